"""The sidebar: search, event, sections, house and person; our own links, since built-in ones drop the query."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import streamlit as st

from eventos_core.kernel import clock
from eventos_core.operations.search import EventRef
from eventos_core.tenancy.identity import House
from eventos_core.ui import auth, components, formats, global_search, navigation
from eventos_core.ui.errors import escaped
from eventos_core.ui.navigation import PageSpec
from eventos_core.ui.visit import Visit, Visitor


def draw(visit: Visit, current: PageSpec) -> None:
    """The whole sidebar for a person inside a house."""
    with st.sidebar:
        global_search.field(visit, current)
        _event_picker(visit)
        query = link_query(visit)
        with st.container(key="nav", gap="small"):
            for section, specs in navigation.sections(visit.context.permissions, with_event=visit.event is not None):
                with st.container(gap=None):
                    st.markdown(f":small[**{section}**]")
                    for spec in specs:
                        st.page_link(
                            spec.file, label=spec.title, icon=spec.material, query_params=query, width="stretch"
                        )
        with st.container(key="person", gap="xsmall"):
            _house_switch(visit)
            _bell(visit, query)
            _person_menu(visit.visitor, query)
        components.habits()


def draw_outside(who: Visitor) -> None:
    """The sidebar of a person who is in no house: only themselves."""
    with st.sidebar:
        _person_menu(who, {})


def link_query(visit: Visit) -> dict[str, str]:
    """What every link inside the house carries."""
    query = {"house": visit.house.slug}
    if visit.event is not None:
        query["event"] = visit.event.slug
    return query


def _event_picker(visit: Visit) -> None:
    if not visit.events and visit.event is None:
        return
    events: list[EventRef | None] = [None, *visit.events]
    if visit.event is not None and visit.event not in events:
        events.insert(1, visit.event)
    labels = {event.slug: _event_label(event, visit) for event in events if event is not None}
    slugs: list[str] = ["", *labels]
    st.selectbox(
        "Event",
        slugs,
        index=slugs.index(visit.event.slug) if visit.event else 0,
        format_func=lambda slug: labels.get(slug, "All events"),
        # A new widget whenever the URL says something else: the URL decides, the widget only shows.
        key=f"event_picker_{visit.house.slug}_{visit.event.slug if visit.event else ''}",
        on_change=_pick_event,
        args=(f"event_picker_{visit.house.slug}_{visit.event.slug if visit.event else ''}",),
        label_visibility="collapsed",
    )


def _event_label(event: EventRef, visit: Visit) -> str:
    """Name and day; the year only where it is not the near one."""
    day = event.starts_at.astimezone(ZoneInfo(event.timezone)).date()
    near = abs((day - clock.now().date()).days) < 300
    lang = visit.visitor.person.locale or visit.context.locale
    return f"{event.name} · {formats.date(day, lang, weekday=False, year=not near)}"


def _pick_event(key: str) -> None:
    slug = st.session_state.get(key)
    if slug:
        st.query_params["event"] = slug
    else:
        st.query_params.pop("event", None)


def _house_switch(visit: Visit) -> None:
    houses: Sequence[House] = visit.visitor.person.houses
    if len(houses) < 2:
        st.caption(escaped(visit.house.name))
        return
    names = {house.slug: house.name for house in houses}
    key = f"house_switch_{visit.house.slug}"
    chosen = st.selectbox(
        "House",
        list(names),
        index=list(names).index(visit.house.slug),
        format_func=lambda slug: names[slug],
        key=key,
        label_visibility="collapsed",
    )
    home = navigation.home()
    if chosen != visit.house.slug and home is not None:
        st.switch_page(home.file, query_params={"house": chosen})


def _bell(visit: Visit, query: dict[str, str]) -> None:
    """The person's notices; how many are new stands beside it."""
    if not navigation.exists(navigation.NOTICES):
        return
    count = f" :primary-badge[{min(visit.unread, 99)}{'+' if visit.unread > 99 else ''}]" if visit.unread else ""
    st.page_link(
        navigation.spec_of(navigation.NOTICES).file, label=f"Notifications{count}", query_params=query, width="stretch",
        icon=":material/notifications_active:" if visit.unread else ":material/notifications:",
    )  # fmt: skip


def _person_menu(who: Visitor, query: dict[str, str]) -> None:
    choice = st.menu_button(
        escaped(who.person.name or who.person.email),
        ["Your account", "Sign out"],
        icon=":material/account_circle:",
        type="tertiary",
        key="person_menu",
    )
    if choice == "Your account" and navigation.exists(navigation.ACCOUNT):
        st.switch_page(navigation.spec_of(navigation.ACCOUNT).file, query_params=query)
    if choice == "Sign out":
        auth.sign_out()
        st.rerun()
