"""Events themselves, their templates and stages, and the fields a house adds."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.events import (
    AdmissionMode,
    AttendanceMode,
    EventKind,
    EventStatus,
    EventVisibility,
    FieldType,
    StageKind,
    StageProcess,
)
from eventos_core.models.base import (
    Archivable,
    Count,
    CurrencyCode,
    Customised,
    Editable,
    Email,
    JsonList,
    JsonObject,
    MinorUnits,
    Minutes,
    Name,
    Positive,
    Slug,
    Tagged,
    TextList,
    Zone,
    choice,
    ref,
)
from eventos_core.models.events._parts import EventsTable, Link
from eventos_core.models.types import (
    Colour,
    EntityName,
    LocaleCode,
    OptionalObject,
    PublicId,
    attributes,
    fragments,
    labels,
)


class PipelineStage(EventsTable, Editable, Archivable):
    """A stage of a process as the house names it; reports read its kind, so a rename keeps history."""

    __tablename__ = "pipeline_stages"
    __table_args__ = (
        Index(
            "uq_pipeline_stages_name",
            "account_id",
            "process",
            text("lower(name)"),
            unique=True,
            postgresql_where=text("archived_at is null"),
        ),
        Index("ix_pipeline_stages_board", "account_id", "process", "position"),
    )

    process: Mapped[StageProcess] = choice(StageProcess)
    """The process it is a stage of; a row may only stand in a stage of its own process."""
    name: Mapped[Name]
    """As the board shows it; unique in the process among stages in use, whatever the case."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Column on the board from the left, from 0."""
    kind: Mapped[StageKind] = choice(StageKind, StageKind.OPEN)
    """What it means: work goes on, is done, was called off."""
    wip_limit: Mapped[Positive | None]
    """Most cards the column should hold; more is shown as a warning, not refused."""
    colour: Mapped[Colour | None]
    """Accent of the column."""
    description: Mapped[str | None]
    """What must be true of a card here."""


class EventTemplate(EventsTable, Editable, Archivable, Tagged):
    """A blueprint for new events: settings and the parts to be laid out relative to the start."""

    __tablename__ = "event_templates"
    __table_args__ = (
        Index(
            "uq_event_templates_name",
            "account_id",
            text("lower(name)"),
            unique=True,
            postgresql_where=text("archived_at is null"),
        ),
    )

    name: Mapped[Name]
    """As offered when an event is made; unique among templates in use."""
    description: Mapped[str | None]
    """When to choose it."""
    kind: Mapped[EventKind] = choice(EventKind)
    """Kind of the events made from it."""
    attendance: Mapped[AttendanceMode] = choice(AttendanceMode, AttendanceMode.ONSITE)
    """Where guests of its events take part."""
    duration_minutes: Mapped[Minutes | None]
    """Proposed length of an event."""
    capacity: Mapped[Positive | None]
    """Proposed capacity."""
    defaults: Mapped[JsonObject]
    """Values for further columns of the new event, by column name."""
    parts: Mapped[JsonObject]
    """What is laid out, by table: lists of rows with times in minutes and days relative to the start."""
    source_event_id: Mapped[int | None] = ref("events", on_delete="SET NULL")
    """→ events: the event it was saved from."""
    cover_asset_id: Mapped[int | None] = ref("media_assets", on_delete="SET NULL")
    last_used_at: Mapped[dt.datetime | None]
    """When an event was last made from it."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Place in the list of templates, from 0."""


class Event(EventsTable, Editable, Archivable, Customised, Tagged):
    """An occasion with guests: the unit of planning, sales, reporting and of most rows besides.

    The status moves draft → planned → on_sale → live → completed, or cancelled from any open one (planned → live
    for invitation shows); the guard stands in commands and trigger. Sessions may lie outside its times.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("account_id", "slug", name="uq_events_slug"),
        UniqueConstraint("account_id", "public_id", name="uq_events_public_id"),
        Index("ix_events_calendar", "account_id", "starts_at", "id"),
        Index("ix_events_ends", "account_id", "ends_at"),
        Index("ix_events_status", "account_id", "status", "starts_at"),
        Index("ix_events_list", "account_id", "name_sort", "id", postgresql_where=text("archived_at is null")),
        Index("ix_events_board", "account_id", "stage_id", "starts_at", postgresql_where=text("archived_at is null")),
        Index("ix_events_series", "account_id", "series", "starts_at", postgresql_where=text("series is not null")),
        Index("ix_events_season", "account_id", "season", "starts_at"),
        Index("ix_events_live", "account_id", "starts_at", postgresql_where=text("status in ('on_sale', 'live')")),
        Index(
            "ix_events_archived",
            "account_id",
            text("archived_at desc"),
            postgresql_where=text("archived_at is not null"),
        ),
        fragments("events", "search_text"),
        labels("events"),
        attributes("events"),
        CheckConstraint("starts_at < ends_at", name="starts_before_ends"),
        CheckConstraint("doors_at <= starts_at", name="doors_not_after_start"),
        CheckConstraint("registration_opens_at < registration_closes_at", name="registration_opens_before_closes"),
        CheckConstraint("cancelled_at is null or status = 'cancelled'", name="cancelled_only_with_time"),
        CheckConstraint("cloned_from_id <> id", name="not_cloned_from_itself"),
        CheckConstraint("compare_with_id <> id", name="not_compared_with_itself"),
        CheckConstraint(
            "coalesce(target_revenue_minor, 0) >= 0 and coalesce(target_sponsorship_minor, 0) >= 0"
            " and coalesce(budget_minor, 0) >= 0",
            name="targets_not_negative",
        ),
    )
    __derived__ = {
        "name_sort": "app.sort_key(new.name)",
        "search_text": "app.search_key(concat_ws(' ', new.name, new.slug, new.season, new.series, new.tagline))",
    }

    public_id: Mapped[PublicId]
    """Random id for public links and calendar feeds."""
    slug: Mapped[Slug]
    """The event in links and on the command line; unique in the house."""
    name: Mapped[Name]
    """As printed on the invitation."""
    name_sort: Mapped[str] = mapped_column(server_default=text("''"))
    """Name as sorted; kept by trigger."""
    search_text: Mapped[str] = mapped_column(server_default=text("''"))
    """Name, link, season, series and tagline for fragment search; kept by trigger."""
    tagline: Mapped[str | None]
    """One line under the name."""
    description: Mapped[str | None]
    """For guests, in Markdown."""
    internal_notes: Mapped[str | None]
    """For the house only, in Markdown."""
    kind: Mapped[EventKind] = choice(EventKind, EventKind.FASHION_SHOW)
    """What sort of occasion it is."""
    season: Mapped[str | None] = mapped_column(Text, info={"check": "length({c}) between 1 and 40"})
    """The fashion season, as the house writes it: “FW27”, “SS27”, “Resort 27”."""
    series: Mapped[str | None] = mapped_column(Text, info={"check": "length({c}) between 1 and 120"})
    """Name shared by all editions of a recurring event; comparisons offer these first."""
    edition: Mapped[Positive | None]
    """Which edition of the series it is, from 1."""
    status: Mapped[EventStatus] = choice(EventStatus, EventStatus.DRAFT)
    """Where it stands; guarded."""
    status_changed_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When the status last changed."""
    stage_id: Mapped[int | None] = ref("pipeline_stages")
    """→ pipeline_stages: its column on the planning board; a stage of the process event_planning."""
    stage_changed_at: Mapped[dt.datetime | None]
    """When it entered that stage."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: the event manager."""
    host_organization_id: Mapped[int | None] = ref("organizations")
    """→ organizations: who invites; empty means the house itself."""
    venue_id: Mapped[int | None] = ref("venues")
    """→ venues: the main venue; the spaces booked stand in event_venues."""
    location_text: Mapped[str | None]
    """Where, as guests read it, while no venue is chosen or may be named."""
    attendance: Mapped[AttendanceMode] = choice(AttendanceMode, AttendanceMode.ONSITE)
    """Where guests take part."""
    visibility: Mapped[EventVisibility] = choice(EventVisibility, EventVisibility.PRIVATE)
    """Who may see its public page once published."""
    admission: Mapped[AdmissionMode] = choice(AdmissionMode, AdmissionMode.INVITATION)
    """How guests come to it."""
    starts_at: Mapped[dt.datetime]
    """Start as announced; days before the event count back from its local day."""
    ends_at: Mapped[dt.datetime]
    """End as announced; after it no-shows are counted."""
    doors_at: Mapped[dt.datetime | None]
    """When the doors open; arrivals are expected from then."""
    timezone: Mapped[Zone]
    """IANA zone in which all its times are shown and its days counted."""
    capacity: Mapped[Positive | None]
    """Most persons admitted at once; empty while unknown."""
    currency: Mapped[CurrencyCode]
    """Currency of its targets, budget and statements."""
    target_attendance: Mapped[Count | None]
    """Persons the house wants checked in."""
    target_revenue_minor: Mapped[MinorUnits | None]
    """Revenue wanted in all."""
    target_sponsorship_minor: Mapped[MinorUnits | None]
    """Part of it wanted from sponsors."""
    budget_minor: Mapped[MinorUnits | None]
    """Cost ceiling approved for the event; the lines stand in event_budget_lines."""
    assets_due_at: Mapped[dt.datetime | None]
    """Last moment for sponsor material; open sponsorship deals closing later count for nothing."""
    registration_opens_at: Mapped[dt.datetime | None]
    """From when the public page takes registrations; empty: as soon as published."""
    registration_closes_at: Mapped[dt.datetime | None]
    """Until when; empty: until the event starts."""
    language: Mapped[LocaleCode | None]
    """Main language on stage and in messages to guests."""
    dress_code: Mapped[str | None]
    """As printed on the invitation."""
    hashtag: Mapped[str | None]
    """Without the leading #."""
    website: Mapped[Link | None]
    """The event's own page."""
    stream_url: Mapped[Link | None]
    """Where remote guests watch; sent only to those admitted."""
    contact_email: Mapped[Email | None]
    """Where guests write to."""
    contact_phone: Mapped[str | None]
    """Where guests call on the day."""
    colour: Mapped[Colour | None]
    """Accent on invitation, ticket and calendar."""
    cover_asset_id: Mapped[int | None] = ref("media_assets", on_delete="SET NULL")
    """→ media_assets: picture at the head of its pages."""
    minimum_age: Mapped[Count | None]
    """Youngest guest admitted, in years."""
    cost_centre: Mapped[str | None]
    """Where the accountant books it."""
    template_id: Mapped[int | None] = ref("event_templates", on_delete="SET NULL")
    """→ event_templates: the template it was made from."""
    cloned_from_id: Mapped[int | None] = ref("events", on_delete="SET NULL")
    """→ events: the event it was cloned from."""
    compare_with_id: Mapped[int | None] = ref("events", on_delete="SET NULL")
    """→ events: the earlier event its figures are set against, at the same number of days before the start."""
    published_at: Mapped[dt.datetime | None]
    """When its page was first opened to its visibility; empty while unpublished."""
    went_live_at: Mapped[dt.datetime | None]
    """When it was put live."""
    completed_at: Mapped[dt.datetime | None]
    """When it was closed."""
    cancelled_at: Mapped[dt.datetime | None]
    """When it was called off."""
    cancel_reason: Mapped[str | None]
    """Why it was called off, as told to guests."""


class EventXpl(EventsTable, Editable):
    """A field that the house adds to an entity: definition only; values live in that entity's `custom`.

    A changed definition is a new row with the next revision, so old answers keep the meaning they were given under.
    """

    __tablename__ = "event_xpls"
    __table_args__ = (
        UniqueConstraint(
            "account_id",
            "entity",
            "event_id",
            "field_key",
            "revision",
            name="uq_event_xpls_revision",
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "uq_event_xpls_current",
            "account_id",
            "entity",
            "event_id",
            "field_key",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("retired_at is null"),
        ),
        CheckConstraint(
            "data_type not in ('choice', 'multi_choice') or jsonb_array_length(options) > 0",
            name="choices_have_options",
        ),
        CheckConstraint("min_value <= max_value", name="min_not_above_max"),
    )

    event_id: Mapped[int | None] = ref("events")
    """→ events: the only event it applies to; empty: the whole house."""
    entity: Mapped[EntityName]
    """Table whose rows carry it."""
    field_key: Mapped[str] = mapped_column(Text, info={"check": "{c} ~ '^[a-z][a-z0-9_]{{0,62}}$'"})
    """Key in `custom`; never changes."""
    revision: Mapped[Positive] = mapped_column(server_default=text("1"))
    """Which definition of the key this is, from 1."""
    label: Mapped[Name]
    """As forms and columns show it."""
    help_text: Mapped[str | None]
    """Under the field."""
    data_type: Mapped[FieldType] = choice(FieldType)
    """What a value is."""
    options: Mapped[JsonList]
    """For choices: objects of value and label, in order."""
    condition: Mapped[OptionalObject | None]
    """Shown only when this holds: field, operator and value; empty: always."""
    default_value: Mapped[str | None]
    """Filled into an empty form, as text."""
    required: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether a form refuses to be saved without it."""
    min_value: Mapped[int | None]
    """Least number, length or count of choices, by type."""
    max_value: Mapped[int | None]
    """Greatest number, length or count of choices, by type."""
    is_public: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether guests are asked for it on public forms."""
    is_sensitive: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether exports leave it out unless asked, and erasure empties it."""
    show_in_lists: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether list pages offer it as a column."""
    position: Mapped[int] = mapped_column(Integer, server_default=text("0"), info={"check": "{c} >= 0"})
    """Place in the form, from 0."""
    section: Mapped[str | None]
    """Heading it stands under."""
    applies_to_kinds: Mapped[TextList]
    """Kinds of the entity that have the field; empty: all."""
    retired_at: Mapped[dt.datetime | None]
    """When it was replaced or taken off forms; its values stay."""
