"""The second door: signing in through an identity provider that the operator has set up in secrets.toml."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import streamlit as st
from streamlit.errors import StreamlitAuthError

from eventos_core.kernel.errors import EventOSError, InvalidInput
from eventos_core.tenancy import single_sign_on
from eventos_core.tenancy.single_sign_on import Recognised
from eventos_core.ui import acting, components, errors, forms
from eventos_core.ui.visit import Visitor

log = logging.getLogger(__name__)

_ASKED = "_eventos_sso_asked"
SIGN_OUT = "/auth/logout"
"""Streamlit's route that drops its cookie and signs out at the provider, where that offers it."""


@dataclass(frozen=True)
class Provider:
    """A provider as `[auth]` names it; `key` is None for the one without a name."""

    key: str | None
    label: str


def providers() -> tuple[Provider, ...]:
    """The providers of `[auth]` in secrets.toml, in its order; none where it is missing or its packages are."""
    if not st.secrets.load_if_toml_exists():
        return ()
    section = st.secrets.get("auth")
    if not isinstance(section, Mapping):
        return ()
    found = [Provider(None, str(section.get("label", "single sign-on")))] if section.get("client_id") else []
    for key, value in section.items():
        if isinstance(value, Mapping) and value.get("client_id"):
            found.append(Provider(key, str(value.get("label", key.capitalize()))))
    return tuple(found) if not found or _packages_are_there() else ()


@lru_cache(maxsize=1)
def _packages_are_there() -> bool:
    there = importlib.util.find_spec("authlib") is not None
    if not there:
        log.error("Single sign-on is set up but its packages are not installed: pip install 'eventos[sso]'")
    return there


def arrived(ip: str | None) -> Recognised | None:
    """Whom the provider has just vouched for in this browser; None for nobody. Says why somebody is not let in."""
    if not providers() or not st.user.get("is_logged_in"):
        return None
    if _ASKED not in st.session_state:
        # Once per visit: every further run of the page would count as a further try.
        st.session_state[_ASKED] = None
        try:
            return single_sign_on.recognise(st.user.to_dict(), ip)
        except EventOSError as error:
            st.session_state[_ASKED] = error
    refused: EventOSError | None = st.session_state[_ASKED]
    if refused is not None:
        errors.panel(refused.message, errors.escaped(refused.hint), icon="lock")
        if st.button("Use another identity", icon=":material/switch_account:", key="sso_other"):
            st.logout()
    return None


def buttons() -> None:
    """A button per provider; the page asked for is remembered in the tab, since the way back leads to the first one."""
    offered = providers()
    if not offered:
        return
    st.caption("or", text_alignment="center")
    for provider in offered:
        label = f"Continue with {errors.escaped(provider.label)}"
        if st.button(label, icon=":material/key:", key=f"sso_{provider.key or 'default'}", width="stretch"):
            _leave_for(provider)
    components.remember()


def _leave_for(provider: Provider) -> None:
    try:
        st.login(provider.key)
    except StreamlitAuthError:
        log.exception("Single sign-on is not set up completely")
        st.error("Single sign-on is not set up completely. Sign in with your password; the server's log says more.",
                 icon=":material/error:")  # fmt: skip


def way_out() -> str:
    """Where signing out leads: to the provider's sign-out where this browser came through one."""
    return SIGN_OUT if providers() and st.user.get("is_logged_in") else "/"


def section(who: Visitor) -> None:
    """On the page about oneself: the identity that the login is linked with, and unlinking it."""
    issuer = single_sign_on.linked_with(who.token_hash)
    if issuer is None and not providers():
        return
    st.subheader("Single sign-on", anchor=False)
    if issuer is None:
        names = " or ".join(provider.label for provider in providers())
        st.markdown(f"Not linked. It is once you sign in through {errors.escaped(names)} with the same e-mail address.")
        return
    st.markdown(f":green-badge[:material/check_circle: Linked] with {errors.escaped(issuer)}.")
    with st.expander("Unlink"), forms.form("unlink_identity") as form:
        st.caption("You then sign in with your password, or link another identity by signing in with it.")
        password = form.field("old", st.text_input, "Current password", type="password",
                              autocomplete="current-password")  # fmt: skip
        if form.submit("Unlink"):
            _unlink(who, form, password or "")


def _unlink(who: Visitor, form: forms.Form, password: str) -> None:
    try:
        single_sign_on.unlink(who.token_hash, password)
    except InvalidInput as error:
        form.fail(error)
        return
    except EventOSError as error:
        form.show(error)
        return
    form.done()
    acting.say("Single sign-on unlinked.")
    st.rerun()
