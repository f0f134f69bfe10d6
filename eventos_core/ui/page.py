"""What a page script uses: read → render → act, in a few lines.

    ctx = page.start("Contacts", requires=Permission.CONTACTS_READ)
    head = page.head(ctx, "Contacts", caption="Everyone the house knows.", primary=("New contact", "add"))
    found = page.read(ctx, queries.contacts, page.filters(ContactFilter, prefix="contacts"))
    chosen = tables.table(found.frame, columns, key="contacts", alt="Contacts")
    page.pager(found, prefix="contacts")

`start` guards the page; `read` runs queries read-only; `act` runs one command in one transaction and says what came
of it. docs/guides/pages.md shows a whole page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import streamlit as st
from sqlalchemy.exc import DBAPIError
from streamlit.elements.lib.mutable_popover_container import PopoverContainer

from eventos_core.charts.theme import Mode, Palette, palette
from eventos_core.db import session
from eventos_core.db.session import TenantSession
from eventos_core.kernel import clock
from eventos_core.kernel.context import Context
from eventos_core.kernel.credentials import MemberCredential
from eventos_core.kernel.errors import EventOSError, NotSignedIn
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.lists import PageOf
from eventos_core.operations.search import EventRef
from eventos_core.tenancy.identity import Person
from eventos_core.ui import acting, errors, formats, forms, navigation, visit
from eventos_core.ui.acting import act, say
from eventos_core.ui.drawers import Drawer, close_drawer, drawers, open_drawer
from eventos_core.ui.figures import tile, tiles
from eventos_core.ui.filters import filters
from eventos_core.ui.forms import Form, render_key, seen_version

__all__ = [
    "Drawer", "Form", "Head", "PageContext", "act", "as_of", "chart", "choose_event", "close_drawer", "colours",
    "cursor", "drawers", "event_names", "filters", "form", "go", "head", "icon_button", "link", "mode", "nothing_yet",
    "open_drawer", "pager", "pressed", "read", "reading", "refresh", "say", "seen_version", "start", "start_personal",
    "tile", "tiles", "until", "when",
]  # fmt: skip

WATCH_SECONDS = 2
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class PageContext:
    """Who looks at the page, in which house, with which event."""

    visit: visit.Visit

    @property
    def credential(self) -> MemberCredential:
        """What every transaction of this page enters the house with."""
        return self.visit.credential

    @property
    def person(self) -> Person:
        """The signed-in person with their houses."""
        return self.visit.visitor.person

    @property
    def house(self) -> Context:
        """The house and the person's standing in it, as the database answered in this run."""
        return self.visit.context

    @property
    def event(self) -> EventRef | None:
        """The event of the URL, where one is chosen."""
        return self.visit.event

    @property
    def zone(self) -> ZoneInfo:
        """The event's zone where one is chosen, else the house's."""
        return self.visit.zone

    @property
    def locale(self) -> str:
        """How this person reads dates and numbers: their own setting, else the house's."""
        return self.person.locale or self.house.locale

    def can(self, permission: Permission) -> bool:
        """Whether the person may; for showing or hiding. The command checks again."""
        return self.house.can(permission)


@dataclass(frozen=True)
class Head:
    """What was pressed in the page's head: the primary action, or an entry of the menu (its label)."""

    primary: bool
    menu: str | None


def start(
    title: str,
    *,
    requires: Permission | None = None,
    or_requires: Permission | None = None,
    icon: str | None = None,
    needs_event: bool = False,
) -> PageContext:
    """Guard the page: a live session, a house in the URL, the permission. Stops the run where one is missing.

    With `or_requires` either permission opens it, and the page draws what the person may.
    `icon` is a Material Symbols name shown beside states of this page. With `needs_event` a page without an event in
    its URL offers the house's events instead of running on.
    """
    try:
        found = visit.take()
    except NotSignedIn as error:
        errors.show(error)
        st.stop()
    ctx = PageContext(found)
    forms.begin_run()
    st.set_page_config(page_title=f"{title} · {found.house.name} · EventOS")
    if requires is not None and not (ctx.can(requires) or (or_requires is not None and ctx.can(or_requires))):
        errors.no_permission(requires, house=found.house.name)
        st.stop()
    if found.wanted_event and found.event is None:
        st.warning(
            f"The link names the event “{errors.escaped(found.wanted_event)}”, which this house does not have.",
            icon=f":material/{icon or 'event_busy'}:",
        )
    if needs_event and found.event is None:
        choose_event(ctx, title)
    return ctx


def start_personal(title: str) -> visit.Visitor:
    """Guard a page that belongs to the person rather than to a house; stops the run where nobody is signed in."""
    who = visit.visitor()
    if who is None:
        errors.show(NotSignedIn("You are not signed in.", hint="Sign in again."))
        st.stop()
    forms.begin_run()
    st.set_page_config(page_title=f"{title} · EventOS")
    return who


def choose_event(ctx: PageContext, title: str) -> NoReturn:
    """Offer the house's events for a page that shows one of them, and stop the run."""
    st.title(title, anchor=False)
    events = ctx.visit.events
    if not events:
        if nothing_yet("This house has no events yet.", hint="One of them is shown here.", action="Open the events"):
            go("plan_events")
        st.stop()
    st.markdown("Choose an event to see this page for it.")
    with st.container(gap="xxsmall"):
        for event in events[:12]:
            # No link: one that leads to its own page leaves the address of the browser as it is.
            with st.container(gap=None):
                key = f"choose_event_{event.slug}"
                name = f"**{errors.escaped(event.name)}**"
                st.button(name, key=key, type="tertiary", on_click=_put_event, args=(event.slug,))
                st.caption(when(ctx, event))
    st.stop()


def _put_event(slug: str) -> None:
    st.query_params["event"] = slug


def when(ctx: PageContext, event: EventRef) -> str:
    """The event's day and time in its own zone."""
    return formats.span(event.starts_at, event.ends_at, ZoneInfo(event.timezone), ctx.locale)


def event_names(ctx: PageContext) -> dict[int, str]:
    """The house's events by id, for pickers: Streamlit knows a choice by its label, so those of one name say when."""
    often = Counter(event.name for event in ctx.visit.events)
    return {
        event.id: f"{event.name} · {when(ctx, event)}" if often[event.name] > 1 else event.name
        for event in ctx.visit.events
    }


def head(
    ctx: PageContext,
    title: str,
    *,
    caption: str = "",
    primary: tuple[str, str] | None = None,
    primary_requires: Permission | None = None,
    menu: Sequence[str] = (),
) -> Head:
    """Serif title, one caption line, the one primary action (label, icon) at right, more actions in a menu.

    An action whose permission the person lacks is not drawn.
    """
    may = primary is not None and (primary_requires is None or ctx.can(primary_requires))
    pressed_primary, chosen = False, None
    with st.container(horizontal=True, vertical_alignment="bottom", key="page_head"):
        with st.container(gap="xxsmall", width="stretch"):
            st.title(title, anchor=False)
            if caption:
                st.caption(caption)
        with st.container(horizontal=True, width="content", gap="small"):
            if menu:
                chosen = st.menu_button("More", list(menu), icon=":material/more_horiz:", key="page_menu")
            if primary is not None and may:
                label, icon = primary
                pressed_primary = st.button(label, icon=f":material/{icon}:", type="primary", key="page_primary")
    return Head(pressed_primary, chosen)


@contextmanager
def reading(ctx: PageContext) -> Iterator[TenantSession]:
    """One READ ONLY transaction for several queries that must agree with each other; errors as in `read`."""
    try:
        with session.reading(ctx.credential) as db:
            yield db
    except NotSignedIn:
        _ended()
    except (EventOSError, DBAPIError) as error:
        if errors.as_ours(error) is None:
            raise
        errors.show(error)
        st.stop()


def read(ctx: PageContext, query: Callable[Concatenate[TenantSession, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run one registered query in a READ ONLY transaction of its own.

    What stops it (no permission, not found, database away) is shown in the page's place and ends the run.
    """
    with reading(ctx) as db:
        return query(db, *args, **kwargs)
    raise AssertionError("unreachable")


@contextmanager
def form(name: str, *, border: bool = False) -> Iterator[Form]:
    """`with page.form("venue") as form:` – fields through `form`, then `form.submit(…)` and `act(…, form=form)`.

    `name` is unique on the page (put the record's id into it where several are drawn). Above the form stands the
    conflict, if saving it met somebody else's edit.
    """
    acting.conflict_panel(name)
    with forms.form(name, border=border) as made:
        yield made


def until(arrived: Callable[[], bool]) -> None:
    """Ask every other second whether what the page shows as on its way has arrived, and then run the page again."""

    @st.fragment(run_every=WATCH_SECONDS)
    def watching() -> None:
        try:
            there = arrived()
        except (EventOSError, DBAPIError):
            return  # the next full run says what is wrong
        if there:
            st.rerun()

    watching()


def refresh() -> NoReturn:
    """Run the page again, with fresh data."""
    st.rerun()


def link(
    label: str, *, page: str, icon: str | None = None, help: str | None = None, **parameters: str | int | list[str]
) -> None:
    """A link to another page of this house; house and event stay in the URL unless `parameters` say otherwise.

    A list gives the parameter once for each of its texts.
    """
    if not navigation.exists(page):
        st.markdown(label)
        return
    spec = navigation.spec_of(page)
    st.page_link(
        spec.file,
        label=label,
        icon=f":material/{icon}:" if icon else "",
        help=help,
        query_params={**_house_query(), **_texts(parameters)},
    )


def go(page: str, **parameters: str | int) -> NoReturn:
    """Open another page of this house; house and event stay in the URL unless `parameters` say otherwise."""
    spec = navigation.spec_of(page)
    st.switch_page(spec.file, query_params={**_house_query(), **_texts(parameters)})


def _texts(parameters: Mapping[str, str | int | list[str]]) -> dict[str, str | list[str]]:
    return {name: value if isinstance(value, list) else str(value) for name, value in parameters.items()}


def pressed(
    label: str, *, name: str, icon: str | None = None, primary: bool = False, quiet: bool = False, bare: bool = False,
    **options: Any,
) -> bool:  # fmt: skip
    """A button for `act(…, key=name)`: two clicks on the same render are one request.

    With `bare` it shows its icon alone. Above it stands the conflict, if what it does met somebody else's edit.
    """
    acting.conflict_panel(name)
    if bare and icon:
        return icon_button(label, icon=icon, key=render_key(name), quiet=quiet, **options)
    return st.button(
        label,
        key=render_key(name),
        icon=f":material/{icon}:" if icon else None,
        type="primary" if primary else "tertiary" if quiet else "secondary",
        **options,
    )


def icon_button(label: str, *, icon: str, key: str, quiet: bool = True, **options: Any) -> bool:
    """A button that shows its icon alone; `label` is what a pointer and a screen reader are told."""
    with st.container(width="content", key=f"bare_{key}"):
        return st.button(
            label, icon=f":material/{icon}:", key=key, type="tertiary" if quiet else "secondary", help=label, **options
        )  # fmt: skip


def popover(label: str, *, name: str, icon: str, disabled: bool = False) -> PopoverContainer:
    """A popover around the form or button called `name`; it closes once that was done."""
    return st.popover(label, icon=f":material/{icon}:", disabled=disabled, key=f"{render_key(name)}-popover")


def nothing_yet(message: str, *, hint: str = "", action: str | None = None, icon: str = "inbox") -> bool:
    """The empty state: what is missing, what to do next, as a button; True when it was pressed.

    A page and its drawer may both be empty: `message` tells their buttons apart.
    """
    with st.container(border=True, horizontal_alignment="center"):
        st.space("small")
        st.markdown(f"**{errors.escaped(message)}**", text_alignment="center")
        if hint:
            st.caption(errors.escaped(hint), text_alignment="center")
        asked = st.button(action, type="primary", key=f"empty_{message}") if action else False
        st.space("small")
    return asked


def pager(found: PageOf, *, prefix: str) -> None:
    """Previous and next for a page of a list; the cursor stands in the URL as `<prefix>_at`."""
    if found.next is None and found.previous is None:
        return
    with st.container(horizontal=True, horizontal_alignment="right", gap="small", key=f"{prefix}_pager"):
        for label, icon, cursor in (
            ("Previous", "chevron_left", found.previous),
            ("Next", "chevron_right", found.next),
        ):
            st.button(
                label,
                icon=f":material/{icon}:",
                icon_position="right" if label == "Next" else "left",
                disabled=cursor is None,
                key=f"{prefix}_{label.lower()}",
                on_click=_turn,
                args=(prefix, cursor),
            )


def cursor(prefix: str) -> str | None:
    """Where the list begins, from the URL; for the query's cursor argument."""
    return st.query_params.get(f"{prefix}_at") or None


def _turn(prefix: str, to: str | None) -> None:
    if to is None:
        st.query_params.pop(f"{prefix}_at", None)
    else:
        st.query_params[f"{prefix}_at"] = to


def mode() -> Mode:
    """Which theme this browser shows."""
    return "dark" if st.context.theme.type == "dark" else "light"


def colours() -> Palette:
    """The palette for charts on this page."""
    return palette(mode())


def chart(made: Any, *, title: str, alt: str, key: str | None = None) -> None:
    """Draw an altair chart at full width; `alt` says in one sentence what it shows.

    `title` says the finding: above the chart as text, for a chart's own title ends where a phone's screen does.
    """
    st.markdown(f"**{errors.escaped(title)}**")
    st.altair_chart(made, width="stretch", alt=alt, key=key)


def as_of() -> str:
    """“figures as of 21:39”: now, for captions of pages whose figures were just computed."""
    return f"figures as of {clock.now():%H:%M} UTC"


def _house_query() -> dict[str, str]:
    return {name: st.query_params[name] for name in ("house", "event") if st.query_params.get(name)}


def _ended() -> NoReturn:
    st.rerun()  # the shell finds no session and shows the sign-in form
