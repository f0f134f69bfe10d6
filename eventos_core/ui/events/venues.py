"""The venues page: table, the drawer of a venue with its spaces and when they are taken, and the forms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Literal
from zoneinfo import ZoneInfo

import streamlit as st

from eventos_core.directory import queries as directory
from eventos_core.enums.events import BookingLayer, Setup, VenueKind
from eventos_core.events import commands, queries
from eventos_core.events.commands import AddSpace, AddVenue, ArchiveSpace, ArchiveVenue, EditSpace, EditVenue
from eventos_core.events.queries import VenueDetail, VenueFilter
from eventos_core.kernel import clock, money
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.lists import PageOf
from eventos_core.ui import formats, page, tables
from eventos_core.ui.directory import custom_fields
from eventos_core.ui.errors import escaped
from eventos_core.ui.events import words
from eventos_core.ui.events.forms import count, pick_id, tags_field
from eventos_core.ui.page import Form, PageContext
from eventos_core.ui.tables import Column
from eventos_core.ui.views import Bar

PREFIX = "venues"
COLUMNS = (
    Column("name", "Venue", width=260),
    Column("kind", "Kind"),
    Column("market", "Market"),
    Column("city", "City"),
    Column("country", "Country"),
    Column("spaces", "Spaces", "count", width="small"),
    Column("largest", "Largest space", "count", help="Persons, in the space that holds most"),
    Column("daily_rate_minor", "Day rate", "money"),
    Column("capacity", "Capacity", "count", help="Persons, in the venue as a whole", extra=True),
)
_STEP = "_venue_step"
_DAYS = 90
_OTHER = {
    "fittings": "Fittings",
    "production_runs": "Production run",
    "event_venues": "Kept",
}


def filter_row(ctx: PageContext, bar: Bar) -> VenueFilter:
    """Search and filters; all in the URL."""
    markets = page.read(ctx, queries.markets)
    return page.filters(
        VenueFilter,
        prefix=PREFIX,
        labels={
            "q": "Search venues and spaces",
            "min_capacity": "Room for at least (persons)",
            "archived": "Archived venues",
        },
        options={"market": {market: market for market in markets}},
        bar=bar,
    )


def table(ctx: PageContext, found: PageOf, bar: Bar) -> None:
    """One page of venues; a row opens its drawer."""
    frame = found.frame.assign(
        kind=[VenueKind(row["kind"]).label for row in tables.records(found.frame)],
        country=[_country(row["country"], ctx.locale) for row in tables.records(found.frame)],
    )
    tables.table(
        frame, bar.columns, key="venues_table", zone=ctx.zone, lang=ctx.locale, opens="venue",
        alt=f"Venues with {bar.told}",
    )  # fmt: skip
    page.pager(found, prefix=PREFIX)


def forget() -> None:
    """Start the next drawer with the venue, not with a form left open."""
    st.session_state.pop(_STEP, None)


def new(ctx: PageContext) -> None:
    """The drawer's form for a new venue."""
    with page.form("new_venue") as form:
        given = _venue_fields(ctx, form, AddVenue(name="", timezone=ctx.house.timezone, currency=ctx.house.currency))
        if not form.submit("Add venue", icon="add"):
            return
        made = page.act(ctx, commands.add_venue, given, form=form, done=f"{given.name} added.", refresh=False)
    if made is not None:
        st.query_params.pop("new", None)
        page.open_drawer(venue=made.venue_id)


def show(ctx: PageContext, venue_id: int) -> None:
    """The drawer of one venue: its spaces, when they are taken, its facts; forms take their place."""
    found = page.read(ctx, queries.venue, venue_id)
    may_edit = ctx.can(Permission.VENUES_WRITE)
    step: tuple[str, int] | None = st.session_state.get(_STEP) if may_edit else None
    if step is None:
        _overview(ctx, found, may_edit=may_edit)
        return
    st.button("Back", icon=":material/arrow_back:", type="tertiary", on_click=forget, key="venue_back")
    what, row_id = step
    bodies: Mapping[str, Callable[[], None]] = {
        "edit": lambda: _edit_venue(ctx, found),
        "archive": lambda: _archive_venue(ctx, found),
        "space": lambda: _space(ctx, found, row_id),
        "new_space": lambda: _new_space(ctx, found),
        "archive_space": lambda: _archive_space(ctx, found, row_id),
    }
    bodies[what]()


def _overview(ctx: PageContext, found: VenueDetail, *, may_edit: bool) -> None:
    st.title(escaped(found.name), anchor=False)
    place = ", ".join(part for part in (found.district, found.city, _country(found.country, ctx.locale)) if part)
    facts = [found.kind.label, place, formats.plural(found.capacity, "person", "persons") if found.capacity else ""]
    st.markdown(f":gray[{escaped(' · '.join(fact for fact in facts if fact))}]")
    if found.archived_at is not None:
        st.badge("Archived", icon=":material/inventory_2:", color="gray")
    if may_edit:
        _venue_actions(ctx, found)
    spaces, taken, about = st.tabs(["Spaces", "When taken", "About"])
    with spaces:
        _spaces(ctx, found, may_edit=may_edit)
    with taken:
        _taken(ctx, found)
    with about:
        _about(ctx, found)


def _venue_actions(ctx: PageContext, found: VenueDetail) -> None:
    with st.container(horizontal=True, gap="small", key="venue_actions"):
        if found.archived_at is not None:
            name = f"restore_venue_{found.id}"
            version = page.seen_version(name, found.version)
            if page.pressed("Restore venue", name=name, icon="unarchive", primary=True):
                given = ArchiveVenue(found.id, version)
                page.act(ctx, commands.restore_venue, given, key=name, done=f"{found.name} restored.")
            return
        for label, icon, what in (("Add space", "add", "new_space"), ("Edit", "edit", "edit")):
            st.button(label, icon=f":material/{icon}:", on_click=_go, args=(what, 0), key=f"venue_{what}",
                      type="primary" if what == "new_space" else "secondary")  # fmt: skip
        st.button("Archive", icon=":material/inventory_2:", type="tertiary", on_click=_go, args=("archive", 0),
                  key="venue_archive")  # fmt: skip


def _spaces(ctx: PageContext, found: VenueDetail, *, may_edit: bool) -> None:
    rows = tables.records(page.read(ctx, queries.spaces, found.id, archived=None))
    if not rows:
        st.markdown(":gray[No spaces yet. Add the rooms that sessions and shows take place in.]")
    for row in rows:
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"space_row_{row['id']}"):
            lines = [
                formats.plural(row["capacity"], "person", "persons") if row["capacity"] else "",
                row["kind"] or "",
                f"{row['area_sqm']}{formats.THIN}m²" if row["area_sqm"] else "",
                row["floor"] or "",
                formats.money(row["daily_rate_minor"], row["currency"], ctx.locale) + " a day"
                if row["daily_rate_minor"] is not None else "",
                "" if row["is_bookable"] else "not bookable",
                "out of use" if row["archived_at"] is not None else "",
            ]  # fmt: skip
            said = escaped(" · ".join(line for line in lines if line))
            st.markdown(f"**{escaped(row['name'])}**  \n:gray[:small[{said or 'No details yet'}]]", width="stretch")
            if may_edit and found.archived_at is None:
                with st.container(horizontal=True, gap="small", width="content"):
                    _space_actions(ctx, row)


def _space_actions(ctx: PageContext, row: Mapping[str, Any]) -> None:
    if row["archived_at"] is not None:
        name = f"restore_space_{row['id']}"
        version = page.seen_version(name, row["version"])
        if page.pressed("Restore", name=name):
            given = ArchiveSpace(row["id"], version)
            page.act(ctx, commands.restore_space, given, key=name, done=f"{row['name']} is in use again.")
        return
    st.button("Edit", key=f"space_edit_{row['id']}", type="tertiary", on_click=_go, args=("space", row["id"]))
    st.button("Archive", key=f"space_off_{row['id']}", type="tertiary", on_click=_go,
              args=("archive_space", row["id"]))  # fmt: skip


def _taken(ctx: PageContext, found: VenueDetail) -> None:
    now = clock.now()
    rows = tables.records(page.read(ctx, queries.space_calendar, found.id, now, now + dt.timedelta(days=_DAYS)))
    zone = ZoneInfo(found.timezone or ctx.house.timezone)
    if not rows:
        st.markdown(f":gray[Nothing in its spaces in the next {_DAYS} days.]")
        return
    day = None
    for row in rows:
        local = row["starts_at"].astimezone(zone).date()
        if local != day:
            day = local
            st.markdown(f"**{formats.date(day, ctx.locale)}**")
        times = words.clock_span(row["starts_at"], row["ends_at"], zone, ctx.locale)
        what = row["title"] or _OTHER.get(row["source_table"], "Taken")
        if row["layer"] == BookingLayer.HOLD:
            what = "Kept for the event"
        said = " · ".join(escaped(part) for part in (row["space"], what, row["event"]) if part)
        st.markdown(f":gray[{times}] {said}")
    st.caption(f"Times in {formats.zone_label(zone)}, the next {_DAYS} days.")


def _about(ctx: PageContext, found: VenueDetail) -> None:
    address = [found.street, found.street2, " ".join(p for p in (found.postal_code, found.city) if p), found.region]
    pairs = [
        ("Market", found.market),
        ("Address", ", ".join(part for part in address if part)),
        ("Operated by", found.operator),
        ("Day rate", formats.money(found.daily_rate_minor, found.currency or ctx.house.currency, ctx.locale)
         if found.daily_rate_minor is not None else None),
        ("Time zone", found.timezone),
        ("Phone", found.phone),
        ("E-mail", found.email),
        ("Website", found.website),
        ("Tags", ", ".join(found.tags)),
        ("Getting in", found.access_notes),
        ("Load-in", found.load_in_notes),
        ("Technical", found.technical_notes),
        ("House rules", found.house_rules),
        ("Notes", found.notes),
        *((escaped(label), value) for label, value in custom_fields.facts(ctx, "venues", found.custom)),
    ]  # fmt: skip
    shown = [(label, value) for label, value in pairs if value]
    if not shown:
        st.markdown(":gray[Nothing noted yet.]")
    for label, value in shown:
        st.markdown(f":gray[:small[{label}]]  \n{escaped(str(value))}")


def _edit_venue(ctx: PageContext, found: VenueDetail) -> None:
    start = AddVenue(**{name: getattr(found, name) for name in AddVenue.__dataclass_fields__})
    with page.form(f"edit_venue_{found.id}") as form:
        seen = form.version(found.version)
        given = _venue_fields(ctx, form, start)
        if not form.submit("Save venue", icon="check"):
            return
        edit = EditVenue(found.id, seen, given)
        saved = page.act(ctx, commands.edit_venue, edit, form=form, done=f"{given.name} saved.", refresh=False)
    if saved is not None:
        _back()


def _archive_venue(ctx: PageContext, found: VenueDetail) -> None:
    st.markdown(f"**{escaped(found.name)}** leaves lists and pickers with its spaces; past events keep it.")
    name = f"archive_venue_{found.id}"
    version = page.seen_version(name, found.version)
    if page.pressed("Archive venue", name=name, icon="inventory_2", primary=True):
        given = ArchiveVenue(found.id, version)
        if page.act(ctx, commands.archive_venue, given, key=name, done=f"{found.name} archived.", refresh=False):
            forget()
            page.close_drawer("venue")


def _new_space(ctx: PageContext, found: VenueDetail) -> None:
    with page.form(f"new_space_{found.id}") as form:
        given = _space_fields(form, AddSpace(found.id, "", currency=found.currency or ctx.house.currency))
        if not form.submit("Add space", icon="add"):
            return
        made = page.act(ctx, commands.add_space, given, form=form, done=f"{given.name} added.", refresh=False)
    if made is not None:
        _back()


def _space(ctx: PageContext, found: VenueDetail, space_id: int) -> None:
    row = _space_row(ctx, found, space_id)
    start = AddSpace(
        venue_id=found.id,
        capacities=tuple((row["capacities"] or {}).items()),
        tags=tuple(row["tags"] or ()),
        **{name: row[name] for name in AddSpace.__dataclass_fields__ if name not in {"venue_id", "capacities", "tags"}},
    )
    with page.form(f"edit_space_{space_id}") as form:
        seen = form.version(row["version"])
        given = _space_fields(form, start)
        if not form.submit("Save space", icon="check"):
            return
        edit = EditSpace(space_id, seen, given)
        saved = page.act(ctx, commands.edit_space, edit, form=form, done=f"{given.name} saved.", refresh=False)
    if saved is not None:
        _back()


def _archive_space(ctx: PageContext, found: VenueDetail, space_id: int) -> None:
    row = _space_row(ctx, found, space_id)
    st.markdown(f"**{escaped(row['name'])}** is not offered any more; past sessions keep it.")
    name = f"archive_space_{space_id}"
    version = page.seen_version(name, row["version"])
    if page.pressed("Archive space", name=name, icon="inventory_2", primary=True):
        given = ArchiveSpace(space_id, version)
        if page.act(ctx, commands.archive_space, given, key=name, done=f"{row['name']} archived.", refresh=False):
            _back()


def _space_row(ctx: PageContext, found: VenueDetail, space_id: int) -> dict[str, Any]:
    rows = tables.records(page.read(ctx, queries.spaces, found.id, archived=None))
    row = next((one for one in rows if one["id"] == space_id), None)
    if row is None:
        st.markdown("This space is gone.")
        st.stop()
    return row


def _venue_fields(ctx: PageContext, form: Form, start: AddVenue) -> AddVenue:
    values: dict[str, Any] = {
        "name": form.text("name", "Name", start.name, required=True, max_chars=200),
        "kind": form.choice("kind", "Kind", VenueKind, start.kind),
        "market": form.text("market", "Market", start.market, help="As the house divides the world."),
        "capacity": count(form, "capacity", "Capacity of the whole venue", start.capacity),
        "street": form.text("street", "Street", start.street),
        "postal_code": form.text("postal_code", "Postcode", start.postal_code),
        "city": form.text("city", "City", start.city),
        "country": _country_field(ctx, form, start.country),
        "timezone": form.pick("timezone", "Time zone", _zones(start.timezone), start.timezone or ctx.house.timezone),
    }
    currency = form.pick("currency", "Currency", money.currencies(), start.currency or ctx.house.currency)
    values["daily_rate_minor"] = form.money("daily_rate_minor", "Day rate", currency, start.daily_rate_minor)
    values["currency"] = currency
    operators = {}
    if ctx.can(Permission.CONTACTS_READ):
        operators = page.read(ctx, directory.organization_choices, include=start.organization_id)
    elif start.organization_id is not None:
        operators = {start.organization_id: "As it is"}
    with st.expander("More", icon=":material/more_horiz:"):
        values |= {
            "organization_id": pick_id(form, "organization_id", "Operated by", operators, start.organization_id),
            "district": form.text("district", "District", start.district),
            "street2": form.text("street2", "Second address line", start.street2),
            "region": form.text("region", "Region", start.region),
            "phone": form.text("phone", "Phone", start.phone),
            "email": form.text("email", "E-mail", start.email),
            "website": form.text("website", "Website", start.website),
            "access_notes": form.area("access_notes", "Getting in", start.access_notes, height=80),
            "load_in_notes": form.area("load_in_notes", "Load-in", start.load_in_notes, height=80),
            "technical_notes": form.area("technical_notes", "Technical", start.technical_notes, height=80),
            "house_rules": form.area("house_rules", "House rules", start.house_rules, height=80),
            "notes": form.area("notes", "Notes", start.notes, height=80),
            "tags": tags_field(form, start.tags, ()),
        }
    custom = custom_fields.section(ctx, form, "venues", start.custom or {})
    return AddVenue(**values, latitude=start.latitude, longitude=start.longitude, custom=custom)


def _space_fields(form: Form, start: AddSpace) -> AddSpace:
    values: dict[str, Any] = {
        "name": form.text("name", "Name", start.name, required=True, max_chars=200),
        "kind": form.text("kind", "Kind of room", start.kind, placeholder="Hall, salon, terrace"),
        "capacity": count(form, "capacity", "Capacity", start.capacity, help="Most persons in any set-up."),
        "floor": form.text("floor", "Floor", start.floor),
        "area_sqm": count(form, "area_sqm", "Floor area (m²)", start.area_sqm),
    }
    currency = form.pick("currency", "Currency", money.currencies(), start.currency)
    values["daily_rate_minor"] = form.money("daily_rate_minor", "Day rate", currency, start.daily_rate_minor)
    values["currency"] = currency
    held = dict(start.capacities)
    with st.expander("More", icon=":material/more_horiz:"):
        values["min_capacity"] = count(form, "min_capacity", "Let from (persons)", start.min_capacity)
        values["is_bookable"] = form.field("is_bookable", st.toggle, "Offered when sessions are placed",
                                           value=start.is_bookable)  # fmt: skip
        st.markdown(":small[Persons by set-up]")
        with st.grid(2, min_column_width=150, gap="small"):
            found = {
                setup.value: count(form, f"capacity_{setup.value}", setup.label, held.get(setup.value))
                for setup in Setup
            }
        values["notes"] = form.area("notes", "Notes", start.notes, height=80)
        values["tags"] = tags_field(form, start.tags, ())
    capacities = tuple((setup, most) for setup, most in found.items() if most)
    return AddSpace(venue_id=start.venue_id, picture_url=start.picture_url, capacities=capacities, **values)


def _country_field(ctx: PageContext, form: Form, value: str | None) -> str | None:
    names = _countries(ctx.locale)
    codes = ["", *sorted(names, key=lambda code: names[code])]
    chosen = form.pick("country", "Country", codes, value or "", format_func=lambda code: names.get(code, "Not said"))
    return chosen or None


def _countries(lang: str) -> dict[str, str]:
    territories: Mapping[str, str] = formats.locale(lang).territories
    return {code: name for code, name in territories.items() if len(code) == 2 and code.isalpha() and code not in _NOT}


_NOT = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
"""Codes of CLDR that are no countries."""


def _country(code: str | None, lang: str) -> str:
    return formats.locale(lang).territories.get(code, code) if code else ""


def _zones(value: str | None) -> tuple[str, ...]:
    names = clock.zone_names()
    return names if value is None or value in names else (value, *names)


def _go(what: Literal["edit", "archive", "space", "new_space", "archive_space"], row_id: int) -> None:
    st.session_state[_STEP] = (what, row_id)


def _back() -> None:
    forget()
    page.refresh()
