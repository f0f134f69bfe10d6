"""The second factor on the page about oneself, and where a house demands one."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import streamlit as st

from eventos_core.kernel.errors import EventOSError, InvalidInput
from eventos_core.operations import qr
from eventos_core.tenancy import codes, second_factor
from eventos_core.tenancy.identity import House
from eventos_core.tenancy.second_factor import Factor
from eventos_core.ui import acting, auth, errors, formats, forms
from eventos_core.ui.errors import escaped
from eventos_core.ui.forms import Form
from eventos_core.ui.visit import Visitor

_SECRET = "_eventos_factor_secret"  # noqa: S105 a key of the session state
_FRESH = "_eventos_recovery_codes"


def section(who: Visitor) -> None:
    """Set it up, make new recovery codes, or switch it off; new recovery codes are shown once."""
    st.subheader("Second factor", anchor=False)
    if _shows_codes():
        return
    factor = second_factor.own(who.token_hash)
    if factor.since is None:
        _set_up(who, factor)
    else:
        _manage(who, factor)


def demanded(who: Visitor, house: House) -> None:
    """In place of a page of a house that admits nobody without a second factor."""
    with auth.centred():
        st.title("One more step", anchor=False)
        factor = second_factor.own(who.token_hash)
        if factor.since is not None:
            st.markdown(f"**{escaped(house.name)}** demands your second factor. Sign in again and give the code.")
            if st.button("Sign in again", type="primary"):
                auth.sign_out()
                st.rerun()
            return
        st.markdown(f"**{escaped(house.name)}** asks everybody for a second factor: a code from your phone besides the "
                    "password.")  # fmt: skip
        st.session_state.setdefault(_SECRET, codes.new_secret())
        _enrolment(who)


def fresh_codes() -> bool:
    """Before the page asked for: recovery codes that were just made and are not kept yet; False when there are none."""
    if not st.session_state.get(_FRESH):
        return False
    with auth.centred():
        st.title("Your second factor is on", anchor=False)
        return _shows_codes()


def _set_up(who: Visitor, factor: Factor) -> None:
    st.markdown("Off. Switched on, signing in takes a code from your phone besides the password.")
    if factor.demanded_by:
        st.caption(escaped(f"Demanded by {', '.join(factor.demanded_by)}."))
    if _SECRET in st.session_state:
        _enrolment(who)
        if st.button("Not now", icon=":material/arrow_back:", type="tertiary", key="factor_not_now"):
            del st.session_state[_SECRET]
            st.rerun()
    elif st.button("Set up", icon=":material/phonelink_lock:", key="factor_set_up"):
        st.session_state[_SECRET] = codes.new_secret()
        st.rerun()


def _enrolment(who: Visitor) -> None:
    """Key as QR code and text, then the first code; the secret stays on the server until a code confirms it."""
    secret: str = st.session_state[_SECRET]
    st.markdown("Scan this with an authenticator app, or enter the key there by hand.")
    st.html(qr.picture(codes.address(secret, who.person.email), label="QR code of the key"))
    st.code(codes.in_groups(secret), language=None)
    with forms.form("factor_on") as form:
        code = form.text("code", "Code that the app shows", autocomplete="one-time-code", max_chars=10, required=True)
        password = _own_password(form)
        if form.submit("Switch on"):
            try:
                fresh = second_factor.enrol(who.token_hash, password, secret, code)
            except EventOSError as error:
                _refused(form, error)
                return
            form.done()
            del st.session_state[_SECRET]
            st.session_state[_FRESH] = fresh
            st.rerun()


def _manage(who: Visitor, factor: Factor) -> None:
    zone = ZoneInfo(who.person.timezone or st.context.timezone or "UTC")
    since = formats.date(factor.since.astimezone(zone), who.person.locale or "en") if factor.since else ""
    left = "no recovery codes" if not factor.recovery_codes else formats.plural(factor.recovery_codes, "recovery code")
    st.markdown(f":green-badge[:material/check_circle: On] since {escaped(since)}, {left} left.")
    if factor.recovery_codes <= 2:
        st.warning("Make new recovery codes while you can still sign in.", icon=":material/warning:")
    with st.expander("New recovery codes"), forms.form("factor_codes") as form:
        st.caption("The old ones stop working.")
        password = _own_password(form)
        if form.submit("Make new codes"):
            try:
                st.session_state[_FRESH] = second_factor.renew_recovery_codes(who.token_hash, password)
            except EventOSError as error:
                _refused(form, error)
                return
            form.done()
            st.rerun()
    with st.expander("Switch off"), forms.form("factor_off") as form:
        if factor.demanded_by:
            st.caption(escaped(f"{', '.join(factor.demanded_by)} will ask you to set one up again."))
        password = _own_password(form)
        if form.submit("Switch off"):
            try:
                second_factor.switch_off(who.token_hash, password)
            except EventOSError as error:
                _refused(form, error)
                return
            form.done()
            acting.say("Second factor switched off.")
            st.rerun()


def _shows_codes() -> bool:
    """Fresh recovery codes, until the person says that they are kept; True while they are shown."""
    fresh: tuple[str, ...] | None = st.session_state.get(_FRESH)
    if not fresh:
        return False
    st.markdown(":material/key: **Keep these recovery codes** where you keep your passwords. Each signs you in once if "
                "your phone is lost. They are shown only now.")  # fmt: skip
    st.code("\n".join(fresh), language=None)
    if st.button("I have kept them", type="primary", key="factor_codes_kept"):
        del st.session_state[_FRESH]
        st.rerun()
    return True


def _own_password(form: Form) -> str:
    return form.field("old", st.text_input, "Current password", type="password", autocomplete="current-password") or ""


def _refused(form: Form, error: EventOSError) -> None:
    if isinstance(error, InvalidInput):
        form.fail(error)
    else:
        errors.show(error)
