"""A forgotten password: asking for a link by mail, and the page that the link opens."""

from __future__ import annotations

import streamlit as st

from eventos_core.kernel.errors import EventOSError, InvalidInput
from eventos_core.operations import site
from eventos_core.operations.messages import senders
from eventos_core.tenancy import password_links
from eventos_core.ui import auth, errors, forms, welcome
from eventos_core.ui.errors import escaped

_SET = "_eventos_password_set"
_ASKED = "_eventos_link_asked"


def page() -> bool:
    """Draw the page where the URL carries such a link; False when there is none."""
    token = st.query_params.get("reset")
    if not token:
        return False
    with auth.centred():
        if st.session_state.get(_SET) == token:
            _done()
            return True
        person = password_links.opened(token)
        if person is None:
            welcome.ended(
                "This link is no longer valid.",
                "It was used, replaced by a newer one, or has ended. Ask for a new one.",
            )
            return True
        st.title("Choose a new password", anchor=False)
        st.markdown(f"For {escaped(person.name)}, {escaped(person.email)}. Everywhere you are signed in now, you will "
                    "have to sign in again.")  # fmt: skip
        with forms.form("new_password") as form:
            first, second = welcome.password_fields(form)
            if form.submit("Set the password"):
                try:
                    password_links.set_password(token, auth.new_passwords(first, second))
                except InvalidInput as error:
                    form.fail(error)
                    return True
                except EventOSError as error:
                    errors.show(error)
                    return True
                form.done()
                st.session_state[_SET] = token
                st.rerun()
    return True


def forgotten() -> bool:
    """Draw the form for a link by mail where the URL says so; False where it does not."""
    if not st.query_params.get("forgotten"):
        st.session_state.pop(_ASKED, None)
        return False
    with auth.centred():
        if not password_links.can_be_mailed():
            st.title("Forgotten password", anchor=False)
            st.markdown("No e-mail goes out from here yet. An owner or admin of your house can make you a link with "
                        "which you choose a new password: on the page Team and roles, under your name.")  # fmt: skip
        elif asked := st.session_state.get(_ASKED):
            _on_its_way(asked)
        else:
            _ask()
        st.button("Back to signing in", icon=":material/arrow_back:", type="tertiary", on_click=_back)
    return True


def _ask() -> None:
    st.title("Forgotten password", anchor=False)
    st.markdown("Give the address you sign in with. A mail brings you a link for a new password.")
    with forms.form("forgotten") as form:
        typed = st.session_state.get("sign_in_email") or ""
        email = form.text("email", "E-mail address", typed, type="email", autocomplete="username", max_chars=320)
        if form.submit("Send me a link"):
            try:
                st.session_state[_ASKED] = password_links.request(email, auth.client_ip())
            except InvalidInput as error:
                form.fail(error)
                return
            except EventOSError as error:
                errors.show(error)
                return
            form.done()
            st.rerun()


def _on_its_way(email: str) -> None:
    st.title("Look in your mail", anchor=False)
    st.markdown(f"If somebody here signs in with **{escaped(email)}**, a link is on its way. It works once, within an "
                "hour.")  # fmt: skip
    st.caption("Nothing there after some minutes? Look among the spam, or ask an owner or admin of your house for a "
               "link. At most three mails go to an address within an hour.")  # fmt: skip
    if site.environment() is site.Environment.DEV:
        st.caption(escaped(senders.mailbox_in_words()))


def _back() -> None:
    st.session_state.pop(_ASKED, None)
    st.query_params.pop("forgotten", None)


def _done() -> None:
    st.title("Your password is set", anchor=False)
    st.markdown("It holds from now on. All your earlier sign-ins have ended.")
    if st.button("Sign in", type="primary"):
        del st.session_state[_SET]
        st.query_params.clear()
        st.rerun()
