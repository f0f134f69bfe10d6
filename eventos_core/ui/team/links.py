"""Links that an admin hands over: made here, shown once, never stored; the database gets a hash."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from eventos_core.kernel.credentials import new_token
from eventos_core.operations.messages import senders
from eventos_core.ui import formats, places
from eventos_core.ui.errors import escaped
from eventos_core.ui.forms import Form
from eventos_core.ui.page import PageContext

_SHOWN = "_team_link"


@dataclass(frozen=True)
class FreshLink:
    """A link that was just made, kept until its drawer is left."""

    member_id: int
    name: str
    email: str
    address: str
    expires_at: dt.datetime
    mailed: bool = False


def token_of(form: Form) -> str:
    """The token of this render of the form: a second click on it sends the very same request."""
    token: str = st.session_state.setdefault(f"_token_{form.key}", new_token())
    return token


def keep(form: Form, link: FreshLink) -> None:
    """Remember the link for the drawer and forget the token that the form held."""
    st.session_state.pop(f"_token_{form.key}", None)
    st.session_state[_SHOWN] = link


def forget() -> None:
    """Once its drawer is left the link is gone for good."""
    st.session_state.pop(_SHOWN, None)


def fresh(member_id: int | None = None) -> FreshLink | None:
    """The link just made, for this member if one is given."""
    link: FreshLink | None = st.session_state.get(_SHOWN)
    return link if link is not None and member_id in (None, link.member_id) else None


def address(token: str, *, opens: str = "invitation") -> str:
    """The link that `opens` an invitation or a password (`reset`), on this installation's public address."""
    return f"{places.origin()}/?{urlencode({opens: token})}"


def mailable(token: str) -> str | None:
    """The link for the invitation's mail; None where this installation does not know its own address."""
    link = address(token)
    return link if link.startswith("http") else None


def show(ctx: PageContext, link: FreshLink) -> None:
    """The link with its copy button, and what to do with it."""
    with st.container(border=True, key="fresh_link"):
        if link.mailed and senders.mail_reaches_people():
            st.markdown(f":material/mail: **The invitation is on its way to {escaped(link.email)}**")
            st.caption("If it does not arrive, send the link yourself:")
        else:
            st.markdown(f":material/link: **Send this link to {escaped(link.name)}** ({escaped(link.email)})")
            st.caption(escaped(senders.mailbox_in_words()))
        st.code(link.address, language=None, wrap_lines=True)
        st.caption(
            f"It opens once, until {escaped(formats.instant(link.expires_at, ctx.house.zone, ctx.locale))}. "
            "It is not stored and is shown only now; a new one can be made any time."
        )
