"""The parts of the page about oneself: changing the password, seeing and ending one's sign-ins."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import streamlit as st

from eventos_core.enums.tenancy import AttemptReason, SignInMethod
from eventos_core.kernel import clock
from eventos_core.kernel.errors import EventOSError, InvalidInput
from eventos_core.tenancy import identity
from eventos_core.tenancy.identity import SessionInfo
from eventos_core.ui import acting, auth, errors, formats, forms
from eventos_core.ui.errors import escaped
from eventos_core.ui.visit import Visitor


def described(who: Visitor) -> str:
    """One line: name, address, houses."""
    houses = ", ".join(f"{house.name} ({house.role})" for house in who.person.houses)
    return escaped(" · ".join(part for part in (who.person.name, who.person.email, houses) if part))


def password_form(who: Visitor) -> None:
    """Change the password; all other sign-ins end with it."""
    st.subheader("Password", anchor=False)
    with forms.form("own_password") as form:
        old = form.field("old", st.text_input, "Current password", type="password", autocomplete="current-password")
        new = form.field(
            "password", st.text_input, "New password", type="password", autocomplete="new-password",
            help="At least 12 characters; a few unrelated words do well.",
        )  # fmt: skip
        again = form.field("again", st.text_input, "New password again", type="password", autocomplete="new-password")
        if form.submit("Change password"):
            try:
                chosen = auth.new_passwords(new or "", again or "")
                identity.change_password(who.token_hash, old or "", chosen, email=who.person.email)
            except InvalidInput as error:
                form.fail(error)
                return
            except EventOSError as error:
                errors.show(error)
                return
            form.done()
            acting.say("Password changed. Your other sign-ins have ended.")
            st.rerun()


def sign_ins(who: Visitor) -> None:
    """Own live sign-ins, each to be ended, and recent failures with one's address."""
    st.subheader("Where you are signed in", anchor=False)
    zone = ZoneInfo(who.person.timezone or st.context.timezone or "UTC")
    lang = who.person.locale or formats.DEFAULT_LOCALE
    sessions = identity.own_sessions(who.token_hash)
    for session in sessions:
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            _described_session(session, zone, lang)
            if session.method == SignInMethod.SINGLE_SIGN_ON:
                st.markdown(":gray-badge[Single sign-on]", width="content")
            if session.current:
                st.markdown(":green-badge[This one]", width="content")
            elif st.button("End", key=f"end_session_{session.id}", help="End this sign-in"):
                identity.revoke_session(who.token_hash, session.id)
                acting.say("That sign-in has ended.")
                st.rerun()
    if len(sessions) > 1 and st.button("End all others", icon=":material/logout:", key="end_other_sessions"):
        ended = identity.end_other_sessions(who.token_hash)
        acting.say("Your other sign-in has ended." if ended == 1 else f"{ended} other sign-ins have ended.")
        st.rerun()
    st.caption("A mail and the bell tell you when somebody signs in as you with a browser not seen before, and when "
               "your password changes. That cannot be turned off.")  # fmt: skip
    failed = identity.own_attempts(who.token_hash)
    if failed:
        with st.expander(f"Failed sign-ins with your address ({len(failed)})"):
            for attempt in failed:
                place = f" · from {attempt.ip}" if attempt.ip else ""
                reason = AttemptReason(attempt.reason).label if attempt.reason else ""
                st.markdown(escaped(f"{formats.instant(attempt.at, zone, lang)}{place} · {reason}"))


def _described_session(session: SessionInfo, zone: ZoneInfo, lang: str) -> None:
    seen = formats.ago(session.last_seen_at or session.created_at, clock.now(), lang)
    place = f" · from {session.ip}" if session.ip else ""
    with st.container(gap="xxsmall", width="stretch"):
        st.markdown(f"**{escaped(identity.browser_in_words(session.user_agent))}**")
        st.caption(
            escaped(f"Last seen {seen}{place} · since {formats.date(session.created_at.astimezone(zone), lang)}")
        )
