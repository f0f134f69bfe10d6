"""What the events domain adds to registries: what waits, for Home; lists for export; what is in a calendar feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from eventos_core.db.session import TenantSession
from eventos_core.enums.events import (
    AdmissionMode,
    AttendanceMode,
    EventKind,
    EventStatus,
    SessionKind,
    StageKind,
    StageProcess,
    VenueKind,
)
from eventos_core.events import commands, queries, rules
from eventos_core.events.queries import EventFilter, ProgrammeSlice, SpaceFilter, VenueFilter
from eventos_core.events.queries import feeds as entries
from eventos_core.events.queries.defaults import PROPOSED_HOURS, PROPOSED_START
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.models.events import Event, PipelineStage, Venue, VenueSpace
from eventos_core.operations import feeds
from eventos_core.operations.custom import Entity, entity
from eventos_core.operations.exports import Column, Exportable, amount, column, exportable, label, local
from eventos_core.operations.exports.own_fields import with_own_fields
from eventos_core.operations.fields import Field, Kind
from eventos_core.operations.lists import PageOf
from eventos_core.operations.needs import Need, Urgency, needs_me
from eventos_core.operations.privacy.registry import personal
from eventos_core.operations.settings import ManagedList, Section, section
from eventos_core.operations.trash import Binned, binned


@needs_me(Permission.EVENTS_WRITE)
def events_that_wait(db: TenantSession) -> list[Need]:
    """Drafts that start within four weeks, live ones that have ended, and events to come without a place."""
    now = clock.now()
    rows = db.scalars(
        select(Event)
        .where(
            Event.account_id == db.context.account_id,
            Event.archived_at.is_(None),
            (
                (Event.status == EventStatus.DRAFT)
                & (Event.starts_at > func.now())
                & (Event.starts_at < func.now() + func.make_interval(0, 0, 4))
            )
            | ((Event.status == EventStatus.LIVE) & (Event.ends_at < func.now()))
            | (
                Event.status.in_([EventStatus.PLANNED, EventStatus.ON_SALE])
                & Event.venue_id.is_(None)
                & (func.coalesce(Event.location_text, "") == "")
                & (Event.attendance != "online")
                & (Event.starts_at > func.now())
            ),
        )
        .order_by(Event.starts_at)
        .limit(8)
    ).all()
    return [_need(row, rules.days_until(row.starts_at, now, row.timezone)) for row in rows]


def _need(row: Event, days: int) -> Need:
    link = {"event": row.slug}
    if row.status is EventStatus.LIVE:
        return Need(f"Complete {row.name}", "It has ended", Urgency.LATE, "plan_event", link, row.ends_at)
    when = "today" if days == 0 else f"in {days} day{'s' if days != 1 else ''}"
    if row.status is EventStatus.DRAFT:
        urgency = Urgency.TODAY if days <= 7 else Urgency.SOON
        return Need(f"Plan {row.name}", f"Still a draft, starts {when}", urgency, "plan_event", link, row.starts_at)
    return Need(f"Choose a venue for {row.name}", f"Starts {when}", Urgency.SOON, "plan_event", link, row.starts_at)


def _events(db: TenantSession, wanted: EventFilter, cursor: str | None, size: int) -> PageOf:
    return queries.events_in_full(db, wanted, cursor=cursor, size=size)


def _event_columns(db: TenantSession, wanted: EventFilter) -> Sequence[Column]:
    columns = (
        column("Id", "id"),
        column("Event", "name"),
        label("Kind", "kind", EventKind),
        column("Season", "season"),
        column("Series", "series"),
        label("Status", "status", EventStatus),
        column("Stage", "stage"),
        local("Starts", "starts_at", "timezone", shown="when"),
        local("Ends", "ends_at", "timezone", shown="when"),
        local("Doors", "doors_at", "timezone"),
        column("Time zone", "timezone", shown="when"),
        column("Venue", "venue"),
        column("City", "city"),
        label("Attendance", "attendance", AttendanceMode),
        label("Admission", "admission", AdmissionMode),
        column("Host", "host"),
        column("Owner", "owner"),
        column("Capacity", "capacity"),
        column("Expected guests", "target_attendance"),
        column("Sessions", "sessions"),
        column("Website", "website"),
        column("Tags", "tags"),
        column("Link name", "slug"),
    )
    return with_own_fields(db, "events", columns)


def _venues(db: TenantSession, wanted: VenueFilter, cursor: str | None, size: int) -> PageOf:
    return queries.venues_in_full(db, wanted, cursor=cursor, size=size)


def _venue_columns(db: TenantSession, wanted: VenueFilter) -> Sequence[Column]:
    columns = (
        column("Id", "id"),
        column("Venue", "name"),
        label("Kind", "kind", VenueKind),
        column("Operator", "operator"),
        column("Market", "market"),
        column("District", "district"),
        column("Street", "street"),
        column("Street, second line", "street2"),
        column("Postal code", "postal_code"),
        column("City", "city"),
        column("Region", "region"),
        column("Country", "country"),
        column("Time zone", "timezone"),
        column("Capacity", "capacity"),
        column("Spaces", "spaces"),
        column("Largest space", "largest"),
        amount("Daily rate", "daily_rate_minor", "currency"),
        column("Currency", "currency", shown="daily_rate_minor"),
        column("Website", "website"),
        column("Phone", "phone"),
        column("E-mail", "email"),
        column("Tags", "tags"),
    )
    return with_own_fields(db, "venues", columns)


def _sessions(db: TenantSession, wanted: ProgrammeSlice, cursor: str | None, size: int) -> PageOf:
    return queries.programme_in_full(db, wanted, cursor=cursor, size=size)


def _session_columns(db: TenantSession, wanted: ProgrammeSlice) -> Sequence[Column]:
    return (
        column("Id", "id"),
        column("Title", "title"),
        label("Kind", "kind", SessionKind),
        column("Track", "track"),
        local("Starts", "starts_at", "timezone", shown="when"),
        local("Ends", "ends_at", "timezone", shown="when"),
        column("Time zone", "timezone", shown="when"),
        label("Mode", "mode", AttendanceMode, shown="place"),
        column("Space", "space", shown="place"),
        column("Venue", "venue", shown="place"),
        column("Place", "place"),
        column("Host", "hosts"),
        column("Capacity", "capacity"),
        column("Language", "language"),
        column("Link", "url"),
        column("Summary", "summary"),
        column("Description", "description"),
        column("Tags", "tags"),
        local("Cancelled", "cancelled_at", "timezone", shown="state"),
        column("Reason", "cancel_reason", shown="state"),
    )


def _event_name(db: TenantSession, wanted: ProgrammeSlice) -> str:
    return queries.event(db, wanted.event_id).name


def _spaces(db: TenantSession, wanted: SpaceFilter, cursor: str | None, size: int) -> PageOf:
    return queries.spaces_in_full(db, wanted, cursor=cursor, size=size)


def _space_columns(db: TenantSession, wanted: SpaceFilter) -> Sequence[Column]:
    return (
        column("Id", "id"),
        column("Venue", "venue"),
        column("Space", "name"),
        column("Kind", "kind"),
        column("Capacity", "capacity"),
        column("Least guests", "min_capacity"),
        column("Floor", "floor"),
        column("Area (m²)", "area_sqm"),
        amount("Daily rate", "daily_rate_minor", "currency"),
        column("Currency", "currency", shown="daily_rate_minor"),
        column("Bookable", "is_bookable"),
        column("Tags", "tags"),
        column("Notes", "notes"),
    )


def _restore_event(db: TenantSession, event_id: int, version: int) -> None:
    commands.restore_event(db, commands.ArchiveEvent(event_id, version))


def _restore_venue(db: TenantSession, venue_id: int, version: int) -> None:
    commands.restore_venue(db, commands.ArchiveVenue(venue_id, version))


def _restore_space(db: TenantSession, space_id: int, version: int) -> None:
    commands.restore_space(db, commands.ArchiveSpace(space_id, version))


_VENUE_OF_SPACE = (
    select(Venue.name)
    .where(Venue.account_id == VenueSpace.account_id, Venue.id == VenueSpace.venue_id)
    .correlate(VenueSpace)
    .scalar_subquery()
)
binned(
    Binned(
        Event, "Event", Permission.EVENTS_READ, Permission.EVENTS_ARCHIVE, "plan_event", "event",
        Event.name.expression, Event.search_text.expression, _restore_event, "restore_event", icon="event",
        context=func.concat_ws(", ", Event.season, func.to_char(func.timezone(Event.timezone, Event.starts_at),
                                                                "YYYY-MM-DD")),
        link=Event.slug.expression,
    )
)  # fmt: skip
binned(
    Binned(
        Venue, "Venue", Permission.VENUES_READ, Permission.VENUES_WRITE, "plan_venues", "venue",
        Venue.name.expression, Venue.search_text.expression, _restore_venue, "restore_venue", icon="location_on",
        context=Venue.city.expression,
    )
)  # fmt: skip
binned(
    Binned(
        VenueSpace, "Space", Permission.VENUES_READ, Permission.VENUES_WRITE, "plan_venues", "venue",
        VenueSpace.name.expression, VenueSpace.search_text.expression, _restore_space, "restore_space",
        icon="meeting_room", context=_VENUE_OF_SPACE, link=VenueSpace.venue_id.expression,
    )
)  # fmt: skip
exportable(
    Exportable(
        "events", "Events", Permission.EVENTS_READ, EventFilter, _events, queries.events_counted, _event_columns,
        covers=("events.events", "events.events_in_full", "events.calendar"),
    )
)  # fmt: skip
exportable(
    Exportable(
        "venues", "Venues", Permission.VENUES_READ, VenueFilter, _venues, queries.venues_counted, _venue_columns,
        covers=("events.venues", "events.venues_in_full"),
    )
)  # fmt: skip
exportable(
    Exportable(
        "spaces", "Spaces", Permission.VENUES_READ, SpaceFilter, _spaces, queries.spaces_counted, _space_columns,
        covers=("events.spaces", "events.spaces_in_full"),
    )
)  # fmt: skip
exportable(
    Exportable(
        "programme", "Programme", Permission.EVENTS_READ, ProgrammeSlice, _sessions, queries.programme_counted,
        _session_columns, _event_name, covers=("events.programme", "events.programme_in_full"),
    )
)  # fmt: skip


def _kept(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """New events begin in the first open stage; completing and cancelling lead to the others."""
    kinds = {row["kind"] for row in rows}
    missing = [kind.label.lower() for kind in StageKind if kind.value not in kinds]
    return f"Keep at least one stage that means “{missing[0]}”" if missing else None


entity(Entity("events", "Events", Event, Permission.EVENTS_READ))
entity(Entity("venues", "Venues", Venue, Permission.VENUES_READ))
section(
    Section(
        "events",
        "Event planning",
        "event",
        "The stages that events move through, and what a new event proposes.",
        reads=Permission.EVENTS_READ,
        settings=(PROPOSED_START, PROPOSED_HOURS),
        lists=(
            ManagedList(
                "event_stages",
                "Planning stages",
                "stage",
                PipelineStage,
                (
                    Field("name", "Name", required=True, most=60),
                    Field("kind", "Means", Kind.CHOICE, required=True, default=StageKind.OPEN.value,
                          choices={kind.value: kind.label for kind in StageKind},
                          help="Completed events move to the first stage that means done, cancelled ones likewise."),
                ),
                about="New events begin in the first open stage. A renamed stage keeps its events.",
                scope={"process": StageProcess.EVENT_PLANNING},
                fixed=("kind",),
                keeps=_kept,
            ),
        ),
        order=10,
    )
)  # fmt: skip
for contribution in (entries.events, entries.sessions, entries.shifts):
    feeds.part(Permission.EVENTS_READ)(contribution)
personal("event_documents", own=("signed_by",), title="Event documents")
personal("event_feedback", link=("attendee_id",), title="Answers after an event")
personal("event_logistics", link=("vendor_contact_id",), title="Logistics")
personal("event_planning", title="Tasks")
personal("event_staff", own=("day_phone", "outfit", "notes", "custom", "tags"), title="Crew")
personal("feedback", own=("subject", "body", "resolution"), title="Feedback and complaints")
personal("session_hosts", own=("billing", "biography", "notes"), title="Hosts of sessions")
personal("update_receipts", title="Updates read")
personal("venue_contacts", own=("notes",), title="People at venues")
