"""The frame around every page: gate, house, sidebar. The page itself comes last."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import streamlit as st
from sqlalchemy.exc import DBAPIError
from streamlit.runtime.scriptrunner import StopException, get_script_run_ctx

from eventos_core.kernel.errors import EventOSError, NotFound, NotSignedIn, SecondFactorDemanded
from eventos_core.tenancy import identity
from eventos_core.tenancy.identity import House
from eventos_core.ui import (
    account_factor,
    acting,
    address,
    auth,
    errors,
    global_search,
    navigation,
    password_link,
    sidebar,
    visit,
    welcome,
)
from eventos_core.ui.navigation import PageSpec
from eventos_core.ui.visit import Visitor

STATIC = Path(__file__).resolve().parent / "static"
_SOMEBODY = "_eventos_somebody"
_UNKNOWN = "_eventos_unknown_address"
_NOWHERE = PageSpec("nowhere", "No such page", "explore_off", None, None)
"""Stands for every address that no page has."""


def run() -> None:
    """One full run: everything before the page, then the page."""
    with address.caught_up():
        _run()


def _run() -> None:
    st.set_page_config(page_title="EventOS", page_icon=str(STATIC / "favicon.svg"), layout="wide")
    st.html(_style(dark=st.context.theme.type == "dark"))
    st.logo(str(STATIC / "logo.svg"), size="large")
    unknown = _unknown_address()
    page = st.navigation(_pages(navigation.existing(), unknown), position="hidden")
    home = navigation.home()
    if home is not None and page.url_path == home.key:
        st.switch_page(home.file, query_params=st.query_params.to_dict())
    if lost := bool(unknown) and _asked(page) == unknown:
        spec: PageSpec | None = _NOWHERE
    else:
        spec = navigation.spec_of(page.url_path) if page.url_path else home
        st.session_state.pop(_UNKNOWN, None)
    try:
        who = visit.visitor()
        if who is None:
            # Whoever was somebody here a moment ago learns why the form is back.
            st.session_state[auth.ENDED] = st.session_state.pop(_SOMEBODY, False) or st.session_state.get(auth.ENDED)
            _outside()
            st.stop()
        st.session_state[_SOMEBODY] = True
        if auth.leaving() or password_link.page() or welcome.join(who):
            st.stop()
    except (EventOSError, DBAPIError) as error:
        errors.not_ready(error)
        st.stop()
    if spec is not None and _enter(who, spec):
        try:
            if lost:
                errors.nowhere(unknown)
            else:
                page.run()
        except StopException:
            acting.show_done()
            raise
        # Last: Streamlit knows a drawer by its place, and a message before it would make another one of it. What was
        # pressed in the old one meanwhile would come to nothing.
        acting.show_done()


def _enter(who: Visitor, spec: PageSpec) -> bool:
    """Enter the house of the URL and draw the sidebar; False when there is something to choose or say first."""
    if not spec.personal and account_factor.fresh_codes():
        return False
    house = _house(who, spec)
    if house is None:
        sidebar.draw_outside(who)
        visit.keep(None)
        return spec.personal
    try:
        entered = visit.enter(who, house)
    except NotSignedIn:
        st.rerun()
    except SecondFactorDemanded:
        sidebar.draw_outside(who)
        visit.keep(None)
        if not spec.personal:
            account_factor.demanded(who, house)
        return spec.personal
    except EventOSError as error:
        sidebar.draw_outside(who)
        errors.show(error)
        return False
    visit.keep(entered)
    st.session_state["_eventos_page"] = spec.key
    sidebar.draw(entered, spec)
    if wanted := global_search.wanted():
        global_search.results(entered, wanted)
        return False
    return True


def _house(who: Visitor, spec: PageSpec) -> House | None:
    """The house of the URL; asks a person of several, goes straight on for a person of one."""
    houses, slug = who.person.houses, visit.wanted_house()
    if slug is None and len(houses) == 1:
        st.query_params["house"] = houses[0].slug
        return houses[0]
    found = next((house for house in houses if house.slug == slug), None)
    if found is None and not spec.personal:
        _choose(houses, unknown=slug)
    return found


def _choose(houses: Sequence[House], *, unknown: str | None) -> None:
    with auth.centred():
        if not houses:
            st.title("No house is open to you", anchor=False)
            st.markdown(
                "You are not, or no longer, a member of any house here. Ask an owner or admin of the house you belong "
                "to: they can invite your address, or restore your membership."
            )
            return
        st.title("Choose a house", anchor=False)
        if unknown is not None:
            errors.show(NotFound(f"There is no house “{unknown}” for you.", hint="Choose one of your houses."))
        for house in houses:
            st.button(
                f"**{errors.escaped(house.name)}** · {house.role.capitalize()}",
                icon=":material/apartment:",
                key=f"choose_{house.slug}",
                on_click=_chosen,
                args=(house.slug,),
                width="stretch",
            )


def _chosen(slug: str) -> None:
    st.query_params.pop("event", None)
    st.query_params["house"] = slug


def _outside() -> None:
    """Nobody is signed in: set-up, an invitation, or the sign-in form."""
    if password_link.page() or welcome.set_up_or_invitation():
        return
    if identity.is_new_installation():
        welcome.new_installation()
        return
    if not password_link.forgotten():
        auth.sign_in_page()


def _asked(page: st.Page) -> str:
    return page.url_path


def _unknown_address() -> str:
    """The address asked for where no page has it; empty otherwise.

    Streamlit would show a dialog of its own over the first page. Registered like a page, the address runs the shell.
    """
    run = get_script_run_ctx()
    asked = (run.pages_manager.intended_page_name or "") if run is not None else ""
    known = {spec.key for spec in navigation.existing()} | {"home"}
    if asked and asked not in known and "/" not in asked:
        st.session_state[_UNKNOWN] = asked
    return str(st.session_state.get(_UNKNOWN, ""))


def _pages(specs: Sequence[PageSpec], unknown: str) -> list[st.Page]:
    # Without icons: Streamlit would fetch a page's icon for the browser's tab from another host.
    first = navigation.home()
    # The default page answers at "/" only, yet no other page may have its `url_path`. So its key, which people know
    # from the other pages' addresses, is left to a page that sends them there.
    pages = [
        st.Page(spec.file, title=spec.title, url_path="home" if spec == first else spec.key, default=spec == first)
        for spec in specs
    ]
    if first is not None:
        pages.append(st.Page(lambda: None, title=first.title, url_path=first.key, visibility="hidden"))
    if unknown:
        pages.append(st.Page(lambda: None, title=_NOWHERE.title, url_path=unknown, visibility="hidden"))
    return pages


@lru_cache(maxsize=2)
def _style(*, dark: bool) -> str:
    # Drawers hang outside of Streamlit's own themed element; `light-dark()` in the style must know for them too.
    scheme = f":root {{ color-scheme: {'dark' if dark else 'light'}; }}"
    return f"<style>{scheme}{(STATIC / 'app.css').read_text(encoding='utf-8')}</style>"
