"""The forms of an event: a new one, all its fields, its next step, archiving."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from eventos_core.directory import queries as directory
from eventos_core.enums.events import AdmissionMode, AttendanceMode, EventKind, EventStatus
from eventos_core.events import commands, queries, rules
from eventos_core.events.commands import ArchiveEvent, ChangeEventStatus, CreateEvent, EditEvent
from eventos_core.events.queries import EventDetail
from eventos_core.kernel import clock, money
from eventos_core.kernel.errors import NotAllowedNow
from eventos_core.kernel.permissions import Permission
from eventos_core.tenancy import queries as team
from eventos_core.ui import errors, page
from eventos_core.ui.directory import custom_fields
from eventos_core.ui.errors import escaped
from eventos_core.ui.events import words
from eventos_core.ui.page import Form, PageContext

NONE = 0
"""Stands for “none” in pickers whose values are ids."""


@dataclass(frozen=True)
class Offered:
    """What the edit form's pickers offer, by id."""

    owners: Mapping[int, str]
    stages: Mapping[int, str]
    venues: Mapping[int, str]
    hosts: Mapping[int, str]
    tags: Sequence[str]


def new_event(ctx: PageContext, day: str) -> None:
    """The drawer's form for a new event; `day` is a date from the calendar, or anything else for the next evening."""
    zone = ctx.house.timezone
    starts_at, ends_at = _proposed(ctx, day, zone)
    venues = page.read(ctx, queries.venue_choices) if ctx.can(Permission.VENUES_READ) else {}
    with page.form("new_event") as form:
        name = form.text("name", "Name", placeholder="SS27 Show", required=True, max_chars=200)
        kind = form.choice("kind", "Kind", EventKind)
        first = _local(form, "starts_at", "Starts", starts_at, zone)
        last = _local(form, "ends_at", "Ends", ends_at, zone)
        chosen_zone = form.pick("timezone", "Time zone", clock.zone_names(), zone, help="Its times are told in it.")
        venue_id = pick_id(form, "venue_id", "Venue", venues, None, none="Not chosen yet")
        where = form.text("location_text", "Place in words", help="While no venue of the house is chosen.")
        season = form.text("season", "Season", max_chars=40, placeholder="SS27")
        capacity = count(form, "capacity", "Capacity", None)
        currency = form.pick("currency", "Currency", money.currencies(), ctx.house.currency)
        if not form.submit("Create event", icon="add"):
            return
        given = CreateEvent(
            name=name, starts_at=first or starts_at, ends_at=last or ends_at, timezone=chosen_zone, kind=kind,
            season=season, capacity=capacity, currency=currency, venue_id=venue_id, location_text=where,
        )  # fmt: skip
        made = page.act(
            ctx, commands.create_event, given, form=form, done=f"{given.name} created as a draft.", refresh=False
        )
    if made is not None:
        page.go("plan_event", event=made.slug)


def edit_page(ctx: PageContext, detail: EventDetail) -> None:
    """The form in the page's place, with the way out."""
    with st.container(width=720, key="event_edit"):
        if st.button("Back to the summary", icon=":material/arrow_back:", type="tertiary", key="edit_back"):
            page.close_drawer("edit")
        edit_event(ctx, detail)


def edit_event(ctx: PageContext, detail: EventDetail) -> None:
    """All editable fields of an event; saving leaves the form, also under a changed link name."""
    offered = _offered(ctx, detail)
    with page.form(f"edit_event_{detail.id}") as form:
        seen = form.version(detail.version)
        values = {
            **_basics(form, detail, offered),
            **_time_and_place(form, detail, offered),
            **_guests_and_money(form, detail),
            **_texts(form, detail),
            "custom": custom_fields.section(ctx, form, "events", detail.custom),
        }
        st.space("small")
        if not form.submit("Save event", icon="check"):
            return
        values["starts_at"] = values["starts_at"] or detail.starts_at
        values["ends_at"] = values["ends_at"] or detail.ends_at
        given = EditEvent(event_id=detail.id, version=seen, **values)
        saved = page.act(ctx, commands.edit_event, given, form=form, done="Event saved.", refresh=False)
    if saved is not None:
        page.go("plan_event", event=saved.slug)


def step(ctx: PageContext, detail: EventDetail, wanted: str) -> None:
    """Confirm one step of the event's life; cancelling asks for the reason."""
    status = next((one for one in EventStatus if one.value == wanted), None)
    if status is None:
        errors.show(NotAllowedNow("There is no such step.", hint="Close this and choose one of the steps at the top."))
        return
    try:
        rules.check_transition(detail.status, status, starts_at=detail.starts_at, now=clock.now())
    except NotAllowedNow as error:
        errors.show(error)
        return
    label, meaning = words.STEPS[status]
    st.markdown(f"**{escaped(detail.name)}** is {detail.status.label.lower()} now. {meaning}")
    with page.form(f"step_{detail.id}_{status.value}") as form:
        seen = form.version(detail.version)
        reason = None
        if status is EventStatus.CANCELLED:
            reason = form.area("reason", "Reason, as told to guests", height=96)
        if form.submit(label, icon=words.ICONS[status]):
            given = ChangeEventStatus(detail.id, seen, status, reason)
            done = f"{detail.name} is {status.label.lower()}."
            if page.act(ctx, commands.change_event_status, given, form=form, done=done, refresh=False):
                page.close_drawer("step")


def archive(ctx: PageContext, detail: EventDetail) -> None:
    """Confirm taking the event out of the lists."""
    st.markdown(
        f"**{escaped(detail.name)}** leaves lists, calendar and pickers and becomes read-only. "
        "Its figures stay, and it can be restored."
    )
    name = f"archive_event_{detail.id}"
    version = page.seen_version(name, detail.version)
    if page.pressed("Archive event", name=name, icon="inventory_2", primary=True):
        given = ArchiveEvent(detail.id, version)
        done = f"{detail.name} archived."
        if page.act(ctx, commands.archive_event, given, key=name, done=done, refresh=False):
            page.close_drawer("archive")


def restore(ctx: PageContext, detail: EventDetail) -> None:
    """The notice on an archived event, with the way back."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="archived_notice"):
        st.markdown(":material/inventory_2: This event is archived: it can be read, not changed.", width="stretch")
        name = f"restore_event_{detail.id}"
        version = page.seen_version(name, detail.version)
        if ctx.can(Permission.EVENTS_ARCHIVE) and page.pressed("Restore event", name=name, icon="unarchive"):
            given = ArchiveEvent(detail.id, version)
            page.act(ctx, commands.restore_event, given, key=name, done=f"{detail.name} restored.")


def pick_id(
    form: Form, name: str, label: str, options: Mapping[int, str], value: int | None, *, none: str = "None", **more: Any
) -> int | None:
    """One of `options` by id, or none of them."""
    members = [NONE, *options]
    chosen = form.pick(name, label, members, value or NONE, format_func=lambda one: options.get(one, none), **more)
    return chosen or None


def count(form: Form, name: str, label: str, value: int | None, **more: Any) -> int | None:
    """A whole number above zero, or nothing."""
    found: int | None = form.field(name, st.number_input, label, value=value, min_value=0, step=1, **more)
    return found


def tags_field(form: Form, value: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Tags: those in use are offered, new ones can be typed."""
    options = sorted({*value, *known})
    chosen: list[str] = form.field(
        "tags", st.multiselect, "Tags", options, default=list(value), accept_new_options=True,
        placeholder="Type and press Enter",
    )  # fmt: skip
    return tuple(chosen)


def _proposed(ctx: PageContext, day: str, zone: str) -> tuple[dt.datetime, dt.datetime]:
    starts_at, ends_at = page.read(ctx, queries.proposed_times)
    try:
        wanted = dt.date.fromisoformat(day)
    except ValueError:
        return starts_at, ends_at
    shift = wanted - starts_at.astimezone(ZoneInfo(zone)).date()
    local = starts_at.astimezone(ZoneInfo(zone)) + shift
    return local.astimezone(dt.UTC), local.astimezone(dt.UTC) + (ends_at - starts_at)


def _local(form: Form, name: str, label: str, value: dt.datetime | None, zone: str, **more: Any) -> dt.datetime | None:
    """A wall-clock time without a zone, since the zone may be chosen in the same form."""
    shown = value.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if value else None
    found: dt.datetime | None = form.field(name, st.datetime_input, label, shown, step=dt.timedelta(minutes=15), **more)
    return found


def _offered(ctx: PageContext, detail: EventDetail) -> Offered:
    with page.reading(ctx) as db:
        owners = team.member_choices(db) if ctx.can(Permission.TEAM_READ) else {}
        stages = queries.stages(db)
        venues = queries.venue_choices(db) if ctx.can(Permission.VENUES_READ) else {}
        hosts = {}
        if ctx.can(Permission.CONTACTS_READ):
            hosts = directory.organization_choices(db, include=detail.host_organization_id)
        tags = queries.event_tags(db)
    return Offered(
        _with(owners, detail.owner_id, detail.owner),
        _with(stages, detail.stage_id, detail.stage),
        _with(venues, detail.venue_id, detail.venue),
        _with(hosts, detail.host_organization_id, detail.host),
        tags,
    )


def _with(options: Mapping[int, str], value: int | None, name: str | None) -> Mapping[int, str]:
    """The options and the present value, which may be out of use or not for this person to list."""
    return options if value is None or value in options else {**options, value: name or f"No. {value}"}


def _basics(form: Form, detail: EventDetail, offered: Offered) -> dict[str, Any]:
    return {
        "name": form.text("name", "Name", detail.name, required=True, max_chars=200),
        "kind": form.choice("kind", "Kind", EventKind, detail.kind),
        "season": form.text("season", "Season", detail.season, max_chars=40),
        "series": form.text(
            "series", "Series", detail.series, max_chars=120, help="The name that all editions of this event share."
        ),
        "owner_id": pick_id(form, "owner_id", "Owner", offered.owners, detail.owner_id, none="Nobody yet"),
        "stage_id": pick_id(form, "stage_id", "Planning stage", offered.stages, detail.stage_id),
        "host_organization_id": pick_id(
            form, "host_organization_id", "Host", offered.hosts, detail.host_organization_id, none="The house itself"
        ),
        "tags": tags_field(form, detail.tags, offered.tags),
    }


def _time_and_place(form: Form, detail: EventDetail, offered: Offered) -> dict[str, Any]:
    st.markdown("##### Time and place")
    zone = detail.timezone
    return {
        "starts_at": _local(form, "starts_at", "Starts", detail.starts_at, zone),
        "ends_at": _local(form, "ends_at", "Ends", detail.ends_at, zone),
        "doors_at": _local(form, "doors_at", "Doors open", detail.doors_at, zone),
        "timezone": form.pick(
            "timezone", "Time zone", _and(clock.zone_names(), zone), zone, help="The times above are told in it."
        ),
        "venue_id": pick_id(form, "venue_id", "Venue", offered.venues, detail.venue_id, none="Not chosen yet"),
        "location_text": form.text(
            "location_text", "Place in words", detail.location_text, help="As guests read it while no venue is named."
        ),
        "attendance": form.choice("attendance", "Guests take part", AttendanceMode, AttendanceMode(detail.attendance)),
    }


def _guests_and_money(form: Form, detail: EventDetail) -> dict[str, Any]:
    st.markdown("##### Guests and money")
    values: dict[str, Any] = {
        "admission": form.choice("admission", "Guests come by", AdmissionMode, AdmissionMode(detail.admission)),
        "capacity": count(form, "capacity", "Capacity", detail.capacity, help="Most persons admitted at once."),
        "target_attendance": count(form, "target_attendance", "Guests wanted", detail.target_attendance),
    }
    currency = form.pick("currency", "Currency", money.currencies(), detail.currency)
    return values | {
        "currency": currency,
        "budget_minor": form.money("budget_minor", "Budget", currency, detail.budget_minor),
        "target_revenue_minor": form.money(
            "target_revenue_minor", "Revenue wanted", currency, detail.target_revenue_minor
        ),
        "target_sponsorship_minor": form.money(
            "target_sponsorship_minor", "Of it from sponsors", currency, detail.target_sponsorship_minor
        ),
        "assets_due_at": _local(form, "assets_due_at", "Sponsor material due", detail.assets_due_at, detail.timezone),
    }


def _texts(form: Form, detail: EventDetail) -> dict[str, Any]:
    st.markdown("##### For guests and for the house")
    return {
        "tagline": form.text("tagline", "Line under the name", detail.tagline),
        "description": form.area("description", "Description (Markdown)", detail.description, height=160),
        "dress_code": form.text("dress_code", "Dress code", detail.dress_code),
        "website": form.text("website", "Website", detail.website, type="url"),
        "internal_notes": form.area("internal_notes", "Internal notes", detail.internal_notes, height=120),
        "slug": form.text(
            "slug", "Link name", detail.slug, help="Part of the event's address; links with the old name stop working."
        ),
    }


def _and(names: Sequence[str], value: str) -> Sequence[str]:
    return names if value in names else (value, *names)
