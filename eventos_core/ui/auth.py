"""Signing in and out: our own form, the check of streamlit-authenticator, a session of our own.

Of that package only the check is used: its cookie can be read by scripts, and its sign-out revokes nothing.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

import streamlit as st
from streamlit_authenticator.controllers import AuthenticationController

from eventos_core.enums.tenancy import AttemptReason, SignInMethod
from eventos_core.kernel import clock
from eventos_core.kernel.errors import EventOSError, InvalidInput, RateLimited
from eventos_core.tenancy import identity, second_factor
from eventos_core.tenancy.passwords import MAX_BYTES, decoy_hash
from eventos_core.ui import components, errors, single_sign_on

_TICKET = "_eventos_ticket"
_LEAVING = "_eventos_leaving"
_HALF_IN = "_eventos_half_in"
_PATIENCE = dt.timedelta(minutes=5)
"""How long a checked password waits for the code."""
ENDED = "_eventos_ended"
"""Set where a session ended under somebody's hands; the sign-in form then says so."""
# What the package's controller leaves in the session; nothing of ours reads it, so nothing of it stays.
_LEFTOVERS = ("authentication_status", "username", "email", "name", "roles", "logout", "password_hint")


@dataclass(frozen=True)
class Outcome:
    """A checked sign-in: the user's id, or what to tell the person. `takes_code`: the second factor comes next."""

    user_id: int | None
    message: str = ""
    takes_code: bool = False


@dataclass(frozen=True)
class _HalfIn:
    """Somebody whose password or identity was right and whose code is not given yet."""

    user_id: int
    email: str
    since: dt.datetime
    method: SignInMethod = SignInMethod.PASSWORD


def check(email: str, password: str) -> Outcome:
    """Check address and password; every path but the lock-out takes one bcrypt check, known address or not.

    Notes the attempt, unless a code comes next. Five failures for an address or thirty from one network address close
    the door for 15 minutes.
    """
    email, ip = identity.email_norm(email), client_ip()
    until = identity.lockout(email, ip)
    if until is not None:
        identity.record_attempt(email, ip, False, AttemptReason.LOCKED)
        return Outcome(None, _locked(until))
    row = identity.sign_in_row(email)
    usable = row is not None and row.status == "active" and row.password_hash is not None
    stored = row.password_hash if row is not None and usable and row.password_hash else decoy_hash()
    short_enough = len(password.strip().encode()) <= MAX_BYTES
    good = _matches(email or "nobody", password if short_enough else "too long", stored)
    if row is not None and usable and short_enough and good:
        if second_factor.demanded_of(row.user_id):
            # Not a good attempt yet: a right password must not forgive the wrong codes before it.
            return Outcome(row.user_id, takes_code=True)
        identity.record_attempt(email, ip, True)
        return Outcome(row.user_id)
    identity.record_attempt(email, ip, False, _reason(row))
    until = identity.lockout(email, ip)
    if until is not None:
        return Outcome(None, _locked(until))
    return Outcome(None, "E-mail address and password do not match. Check both and try again.")


def _reason(row: identity.SignInRow | None) -> AttemptReason:
    if row is None:
        return AttemptReason.UNKNOWN_USER
    if row.status != "active":
        return AttemptReason.DISABLED
    return AttemptReason.WRONG_PASSWORD if row.password_hash is not None else AttemptReason.NO_PASSWORD


def _matches(username: str, password: str, stored: str) -> bool:
    """The package's check on the one row; its session variables are removed again."""
    row = {"email": username, "name": username, "password": stored}
    try:
        controller = AuthenticationController(credentials={"usernames": {username: row}}, auto_hash=False)
        return controller.login(username, password or "empty", max_login_attempts=None) is True
    finally:
        for name in _LEFTOVERS:
            st.session_state.pop(name, None)


def _locked(until: dt.datetime) -> str:
    minutes = max(1, math.ceil((until - clock.now()).total_seconds() / 60))
    wait = "a minute" if minutes == 1 else f"{minutes} minutes"
    return f"Too many attempts. Sign-in opens again in {wait}; an admin of your house can help meanwhile."


def client_ip() -> str | None:
    """The browser's network address, as far as this server knows it."""
    return st.context.ip_address


def begin_session(user_id: int, *, go: str = "", method: SignInMethod = SignInMethod.PASSWORD) -> None:
    """Issue a ticket; the next run lets the browser change it into the cookie and load `go` (or this page again).

    After single sign-on the browser loads the page that was asked for before it left.
    """
    _redeem(identity.issue_session_ticket(user_id, method), go, method)


def _redeem(ticket: str, go: str = "", method: SignInMethod = SignInMethod.PASSWORD) -> None:
    st.session_state[_TICKET] = (ticket, go, method is SignInMethod.SINGLE_SIGN_ON)


def finish_session() -> bool:
    """If a ticket waits, let the browser redeem it; True while that is under way."""
    waiting = st.session_state.get(_TICKET)
    if not waiting:
        return False
    ticket, go, back = waiting
    refused = components.post("/auth/session", {"ticket": ticket}, once=ticket[:12], key="auth_post", go=go, back=back)
    if refused is None:
        with centred():
            st.skeleton(height=180)
            st.caption("Signing you in …")
        return True
    del st.session_state[_TICKET]
    st.error("The sign-in could not be completed. Try again.", icon=":material/error:")
    return False


def sign_out(*, go: str = "") -> None:
    """Revoke the session in the next run and load `go`; without it the first page, or the provider's sign-out."""
    st.session_state[_LEAVING] = go or single_sign_on.way_out()


def leaving() -> bool:
    """Whether a sign-out is under way; lets the browser drop its cookie."""
    go = st.session_state.get(_LEAVING)
    if not go:
        return False
    if components.post("/auth/sign-out", {}, once="sign-out", key="auth_leave", go=go) is not None:
        del st.session_state[_LEAVING]
        st.error("You could not be signed out. Try again.", icon=":material/error:")
        return False
    return True


def centred() -> st.delta_generator.DeltaGenerator:
    """The narrow column in the middle that sign-in, set-up and choices stand in."""
    outer = st.container(horizontal_alignment="center", key="gate")
    return outer.container(width=420, key="gate_card")


def sign_in_page() -> None:
    """Title, form, outcome. The address asked for stays in the URL and opens after signing in."""
    if finish_session():
        return
    half_in: _HalfIn | None = st.session_state.get(_HALF_IN)
    if half_in is not None and clock.now() - half_in.since < _PATIENCE:
        _code_page(half_in)
        return
    st.session_state.pop(_HALF_IN, None)
    with centred():
        st.title("Sign in", anchor=False)
        _take_arrived()
        if st.session_state.get(ENDED):
            st.info("Your session has ended. Sign in again to go on.", icon=":material/lock_clock:")
        with st.form("sign_in", border=False, enter_to_submit=True):
            email = st.text_input("E-mail address", type="email", autocomplete="username", key="sign_in_email")
            password = st.text_input(
                "Password", type="password", autocomplete="current-password", key="sign_in_password"
            )
            submitted = st.form_submit_button("Sign in", type="primary", width="stretch")
        if submitted:
            _try(email or "", password or "")
        st.button("Forgotten password?", type="tertiary", on_click=_forgotten)
        single_sign_on.buttons()


def _forgotten() -> None:
    # In the URL, so that the browser's Back leads to the form again.
    st.query_params["forgotten"] = "1"


def _take_arrived() -> None:
    """Go on with whom an identity provider has just vouched for."""
    found = single_sign_on.arrived(client_ip())
    if found is None:
        return
    method = SignInMethod.SINGLE_SIGN_ON
    if found.takes_code:
        st.session_state[_HALF_IN] = _HalfIn(found.user_id, identity.email_norm(found.email), clock.now(), method)
    else:
        begin_session(found.user_id, method=method)
    st.rerun()


def _try(email: str, password: str) -> None:
    if not email.strip() or not password:
        st.error("Give your e-mail address and your password.", icon=":material/error:")
        return
    outcome = check(email, password)
    if outcome.user_id is None:
        st.error(outcome.message, icon=":material/error:")
        return
    if outcome.takes_code:
        st.session_state[_HALF_IN] = _HalfIn(outcome.user_id, identity.email_norm(email), clock.now())
    else:
        begin_session(outcome.user_id)
    st.rerun()


def _code_page(half_in: _HalfIn) -> None:
    with centred():
        st.title("Second factor", anchor=False)
        st.markdown("Enter the code that your authenticator app shows for EventOS, or one of your recovery codes.")
        with st.form("sign_in_code", border=False, enter_to_submit=True):
            code = st.text_input("Code", autocomplete="one-time-code", max_chars=40, key="sign_in_code_field")
            submitted = st.form_submit_button("Continue", type="primary", width="stretch")
        if submitted:
            _try_code(half_in, code or "")
        if st.button("Start again", type="tertiary"):
            del st.session_state[_HALF_IN]
            st.rerun()
        st.caption("Lost your phone and your recovery codes? An owner or admin of your house can reset this.")


def _try_code(half_in: _HalfIn, code: str) -> None:
    ip = client_ip()
    until = identity.lockout(half_in.email, ip)
    if until is not None:
        st.error(_locked(until), icon=":material/error:")
        return
    try:
        ticket = second_factor.ticket(half_in.user_id, code, half_in.method)
    except RateLimited as error:
        identity.record_attempt(half_in.email, ip, False, AttemptReason.RATE_LIMITED)
        st.error(errors.sentence(error), icon=":material/error:")
        return
    except EventOSError as error:
        errors.show(error)
        return
    if ticket is None:
        identity.record_attempt(half_in.email, ip, False, AttemptReason.WRONG_CODE)
        st.error("This code is not right, or was used already. Wait for the next one.", icon=":material/error:")
        return
    identity.record_attempt(half_in.email, ip, True)
    del st.session_state[_HALF_IN]
    _redeem(ticket, method=half_in.method)
    st.rerun()


def new_passwords(first: str, second: str) -> str:
    """The new password. Raises InvalidInput when the two differ; strength is the service's to judge."""
    if first != second:
        raise InvalidInput("The two passwords differ.", fields={"again": "Not the same"})
    return first
