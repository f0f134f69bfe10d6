"""The search field in the sidebar, and its results in place of the page: any fragment, every kind of record."""

from __future__ import annotations

from itertools import groupby

import streamlit as st

from eventos_core.db.session import reading
from eventos_core.kernel.errors import EventOSError
from eventos_core.operations import search
from eventos_core.operations.search import Hit
from eventos_core.ui import errors, navigation, places
from eventos_core.ui.errors import escaped
from eventos_core.ui.navigation import PageSpec
from eventos_core.ui.visit import Visit

KEY = "global_search"
_WHERE = "_eventos_search_where"
SHORTEST = 2


def field(visit: Visit, current: PageSpec) -> None:
    """The field. A result that was opened, or any other move, empties it."""
    if st.session_state.get(KEY) and st.session_state.get(_WHERE) != _where(current):
        st.session_state[KEY] = ""
    st.text_input(
        "Search the house",
        type="search",
        key=KEY,
        placeholder="Search  Ctrl K",
        icon=":material/search:",
        label_visibility="collapsed",
        live="400ms",
        on_change=_remember,
        args=(current,),
    )


def wanted() -> str:
    """What is searched for in this run; empty when the page itself is shown."""
    text = str(st.session_state.get(KEY) or "").strip()
    return text if len(text) >= SHORTEST else ""


def results(visit: Visit, text: str) -> None:
    """What was found, by kind, in place of the page."""
    try:
        with reading(visit.credential) as db:
            hits = [hit for hit in search.everything(db, text) if places.place_of(hit.kind)]
    except EventOSError as error:
        errors.show(error)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(gap="xxsmall", width="stretch"):
            st.title(f"“{escaped(text)}”", anchor=False)
            st.caption(f"{len(hits)} found in {escaped(visit.house.name)}" if hits else escaped(visit.house.name))
        st.button("Back to the page", icon=":material/close:", on_click=_forget, key="search_close")
    if not hits:
        errors.panel("Nothing found.", "Try fewer letters, or another part of the name.", icon="search_off")
        return
    with st.grid(2, min_column_width=320):
        for kind, found in groupby(hits, key=lambda hit: hit.kind):
            _group(visit, kind, list(found))


def _group(visit: Visit, kind: str, hits: list[Hit]) -> None:
    place = places.PLACES[kind]
    spec = navigation.spec_of(place.page)
    with st.container(border=True, gap="xsmall", height="stretch"):
        st.markdown(f":small[**{place.plural}**]")
        for hit in hits:
            event = visit.event.slug if visit.event else None
            query = {"house": visit.house.slug, **places.parameters(place, hit.id, hit.event_slug or event)}
            detail = f" · :gray[{escaped(hit.subtitle)}]" if hit.subtitle else ""
            st.page_link(
                spec.file,
                label=escaped(hit.title) + detail,
                icon=f":material/{place.icon}:",
                query_params=query,
                width="stretch",
            )


def _where(current: PageSpec) -> tuple[str, tuple[tuple[str, str], ...]]:
    return current.key, tuple(sorted(st.query_params.items()))


def _remember(current: PageSpec) -> None:
    st.session_state[_WHERE] = _where(current)


def _forget() -> None:
    st.session_state[KEY] = ""
