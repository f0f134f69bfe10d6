"""The doors besides signing in: the one-time set-up of an installation, and invitations to a house."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from eventos_core.kernel import clock, ids, money
from eventos_core.kernel.errors import EventOSError, InvalidInput, NotSignedIn
from eventos_core.operations import site
from eventos_core.tenancy import identity
from eventos_core.tenancy.identity import Invitation, NewHouse, NewOwner
from eventos_core.ui import auth, demo_tour, errors, forms
from eventos_core.ui.errors import escaped
from eventos_core.ui.forms import Form
from eventos_core.ui.visit import Visitor

_DEMO = "_eventos_demo"
LANGUAGES = {"en": "English", "de": "German", "es": "Spanish", "fr": "French", "it": "Italian", "nl": "Dutch"}
"""Languages of dates and numbers; the words on the pages are English."""


def set_up_or_invitation() -> bool:
    """Draw the page that a link in the URL opens; False when there is none."""
    if auth.finish_session():
        return True
    if code := st.query_params.get("setup"):
        if _DEMO in st.session_state:
            demo_tour.show(st.session_state[_DEMO])
        else:
            _set_up_page(code)
        return True
    if token := st.query_params.get("invitation"):
        _invitation_page(token)
        return True
    return False


def join(who: Visitor) -> bool:
    """For a signed-in person with an invitation in the URL; True when its page is shown in place of the one asked."""
    token = st.query_params.get("invitation")
    if not token:
        st.query_params.pop("setup", None)
        return False
    found = identity.invitation(token)
    with auth.centred():
        if found is None:
            ended("This invitation is no longer valid.", "It was used, withdrawn or has expired. Ask for a new link.")
        elif identity.email_norm(found.email) != identity.email_norm(who.person.email):
            st.title(f"Join {escaped(found.account_name)}", anchor=False)
            st.markdown(
                f"This invitation is for **{escaped(found.email)}**; you are signed in as {escaped(who.person.email)}."
            )
            st.button("Sign out and use the invitation", type="primary", on_click=_leave_keeping_link)
        else:
            _join_form(who, token, found)
    return True


def new_installation() -> None:
    """Nobody can sign in yet: ask for the code, and say where it is."""
    with auth.centred():
        st.title("Welcome to EventOS", anchor=False)
        st.markdown(
            "This installation is new. Open the **set-up link** that the server printed when it started, or enter its "
            "code here. It creates your house and its owner, works once, and is valid for 7 days."
        )
        with forms.form("set_up_code") as form:
            given = form.text("code", "Set-up code or link", required=True, max_chars=500)
            if form.submit("Continue"):
                code = given.strip().rpartition("setup=")[2]
                if identity.set_up_open(code):
                    st.query_params["setup"] = code
                    st.rerun()
                problem = "This is not the code that the server printed last."
                form.fail(InvalidInput(problem, fields={"code": problem}))
        st.caption("Restart the server for a fresh link.")


def _set_up_page(code: str) -> None:
    with auth.centred():
        if not identity.set_up_open(code):
            ended("This set-up link is no longer valid.", "It was used, or a newer one was printed by the server.")
            return
        st.title("Set up EventOS", anchor=False)
        st.markdown("Create your house and the person who owns it. Everything here can be changed later.")
        with forms.form("set_up") as form:
            _set_up_fields(form, code)
        if site.environment() is not site.Environment.PROD:
            made = demo_tour.offer(code)
            if made is not None:
                st.session_state[_DEMO] = made
                st.rerun()


def _set_up_fields(form: Form, code: str) -> None:
    name = form.text("name", "Name of your house", required=True, placeholder="Maison Aurore", max_chars=200)
    owner_name = form.text("owner_name", "Your name", required=True, autocomplete="name")
    email = form.text("email", "Your e-mail address", type="email", required=True, autocomplete="username")
    password, again = password_fields(form)
    with st.expander("Currency, time zone, short name"):
        currency = form.pick(
            "currency", "Currency", money.currencies(), "EUR", help="In which all figures are added up."
        )
        zone = form.pick("timezone", "Time zone", clock.zone_names(), st.context.timezone or "UTC")
        language = form.pick("locale", "Dates and numbers as in", list(LANGUAGES), format_func=LANGUAGES.__getitem__)
        slug = form.text(
            "slug", "Short name in links", help="Left empty, it is made from the name. Lower-case letters and hyphens."
        )
    if form.submit("Create the house"):
        house = NewHouse(name, slug or ids.slugify(name), currency, zone, language)
        try:
            owner = NewOwner(owner_name, email, auth.new_passwords(password, again))
            user_id = identity.set_up(code, house, owner)
        except InvalidInput as error:
            form.fail(error)
            return
        except EventOSError as error:
            errors.show(error)
            return
        form.done()
        auth.begin_session(user_id, go="/?" + urlencode({"house": house.slug}))
        st.rerun()


def _invitation_page(token: str) -> None:
    found = identity.invitation(token)
    if found is not None and found.has_login:
        with auth.centred():
            st.info(
                f"You are invited to {escaped(found.account_name)}. Sign in as {escaped(found.email)} to join.",
                icon=":material/mail:",
            )
        auth.sign_in_page()
        return
    with auth.centred():
        if found is None:
            ended("This invitation is no longer valid.", "It was used, withdrawn or has expired. Ask for a new link.")
            return
        st.title(f"Join {escaped(found.account_name)}", anchor=False)
        st.markdown(f"You are invited as **{found.role}**, with the address {escaped(found.email)}.")
        with forms.form("invitation") as form:
            name = form.text("name", "Your name", found.display_name, required=True, autocomplete="name")
            password, again = password_fields(form)
            if form.submit("Join the house"):
                _accept(form, token, found, name, password, again)


def _accept(form: Form, token: str, found: Invitation, name: str, password: str, again: str) -> None:
    try:
        user_id = identity.accept_invitation(token, name, auth.new_passwords(password, again))
    except InvalidInput as error:
        form.fail(error)
        return
    except EventOSError as error:
        errors.show(error)
        return
    form.done()
    auth.begin_session(user_id, go="/?" + urlencode({"house": found.account_slug}))
    st.rerun()


def _join_form(who: Visitor, token: str, found: Invitation) -> None:
    st.title(f"Join {escaped(found.account_name)}", anchor=False)
    st.markdown(f"You are invited as **{found.role}**. Your password stays the one you have.")
    if st.button(f"Join {escaped(found.account_name)}", type="primary"):
        try:
            identity.accept_invitation(token, who.person.name, None, who.token_hash)
        except (InvalidInput, NotSignedIn) as error:
            errors.show(error)
            return
        st.query_params.from_dict({"house": found.account_slug})
        st.rerun()


def password_fields(form: Form) -> tuple[str, str]:
    """A new password, twice."""
    help_text = "At least 12 characters; a few unrelated words do well."
    first = form.field(
        "password", st.text_input, "Password", type="password", autocomplete="new-password", help=help_text
    )
    second = form.field("again", st.text_input, "Password again", type="password", autocomplete="new-password")
    return first or "", second or ""


def ended(title: str, body: str) -> None:
    """A link that opens nothing, and the way on."""
    errors.panel(title, body, icon="link_off")
    if st.button("Go to EventOS", type="primary"):
        st.query_params.clear()
        st.rerun()


def _leave_keeping_link() -> None:
    auth.sign_out(go=_here())


def _here() -> str:
    return "/?" + urlencode({"invitation": st.query_params["invitation"]})
