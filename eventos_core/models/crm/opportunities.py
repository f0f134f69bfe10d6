"""Opportunities (deals), the people in them, and every version of what a forecast reads."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKeyConstraint,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.crm import ForecastCategory, OpportunityKind, OpportunityRole, StageKind
from eventos_core.models.base import (
    Archivable,
    Authored,
    CurrencyCode,
    Customised,
    Editable,
    Fence,
    MinorUnits,
    Name,
    Ppm,
    RateE12,
    Tagged,
    TenantTable,
    Timestamped,
    choice,
    ref,
)
from eventos_core.models.types import attributes, fragments, labels


class Opportunity(TenantTable, Editable, Archivable, Customised, Tagged):
    """A deal: what may be sold to whom, how likely, by when.

    `outcome`, `probability_ppm`, `forecast_category`, `stage_entered_at`, and on closing or reopening `closed_on`,
    `rate_to_base_e12` and the lost reason follow the stage by trigger, on every path.
    """

    __tablename__ = "opportunities"
    __domain__ = "crm"
    __derived__ = {
        "name_sort": "app.sort_key(new.name)",
        "search_text": "app.search_key(concat_ws(' ', new.name, new.product, new.next_step))",
    }
    __table_args__ = (
        # The outcome is the kind of the stage: no path can make them differ.
        ForeignKeyConstraint(
            ["account_id", "stage_id", "outcome"],
            ["sales_stages.account_id", "sales_stages.id", "sales_stages.kind"],
            name="fk_opportunities_stage_outcome",
            ondelete="RESTRICT",
        ),
        CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        CheckConstraint("(outcome = 'open') = (closed_on is null)", name="closed_on_both_outcomes"),
        CheckConstraint("opened_on <= closed_on", name="closed_after_opened"),
        CheckConstraint("outcome = 'lost' or num_nonnulls(lost_reason_id, lost_note) = 0", name="only_lost_has_reason"),
        CheckConstraint("outcome <> 'open' or rate_to_base_e12 is null", name="rate_frozen_only_at_close"),
        CheckConstraint("outcome <> 'won' or probability_ppm = 1000000", name="won_is_certain"),
        CheckConstraint("outcome <> 'lost' or probability_ppm = 0", name="lost_is_impossible"),
        Index(
            "ix_opportunities_board",
            "account_id",
            "stage_id",
            "expected_close_on",
            "id",
            postgresql_where=text("outcome = 'open' and archived_at is null"),
        ),
        Index(
            "ix_opportunities_open_of_owner",
            "account_id",
            "owner_id",
            "expected_close_on",
            postgresql_where=text("outcome = 'open' and archived_at is null"),
        ),
        Index(
            "ix_opportunities_closed",
            "account_id",
            "closed_on",
            "outcome",
            postgresql_where=text("outcome <> 'open'"),
        ),
        Index(
            "ix_opportunities_decided",
            "account_id",
            text("coalesce(closed_on, expected_close_on, date '9999-12-31')"),
            "id",
            postgresql_where=text("archived_at is null"),
        ),
        Index("ix_opportunities_stage_id", "account_id", "stage_id", "outcome"),
        Index("ix_opportunities_event_kind", "account_id", "event_id", "kind", "outcome"),
        Index("ix_opportunities_name_sort", "account_id", "name_sort", "id"),
        Index("ix_opportunities_updated_at", "account_id", "updated_at", "id"),
        fragments("opportunities", "search_text"),
        labels("opportunities"),
        attributes("opportunities"),
    )

    name: Mapped[Name]
    """What people call the deal."""
    name_sort: Mapped[str] = mapped_column(server_default=text("''"))
    """Sort key of the name. Kept by trigger."""
    kind: Mapped[OpportunityKind] = choice(OpportunityKind, OpportunityKind.SPONSORSHIP)
    """What is sold; a won sponsorship becomes an event sponsor, a won ticket block an order."""
    organization_id: Mapped[int | None] = ref("organizations")
    """→ organizations: who would buy."""
    contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: the main person; others in opportunity_contacts."""
    event_id: Mapped[int | None] = ref("events")
    """→ events: for which event; NULL = none in particular."""
    stage_id: Mapped[int] = ref("sales_stages", implied=True)
    """→ sales_stages: where it stands; the pipeline is the stage's."""
    outcome: Mapped[StageKind] = choice(StageKind, StageKind.OPEN)
    """Kind of its stage: open, won or lost. Kept by trigger, proved by foreign key."""
    stage_entered_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When it last entered its stage. Kept by trigger; imports may set the past."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who works it."""
    amount_minor: Mapped[MinorUnits | None]
    """Expected value; NULL = not known, counted apart as “no value”."""
    currency: Mapped[CurrencyCode]
    """Currency of the amount."""
    probability_ppm: Mapped[Ppm] = mapped_column(server_default=text("0"))
    """The stage's default, in parts per million. Kept by trigger, never typed."""
    probability_override_ppm: Mapped[Ppm | None]
    """A person's own estimate; wins over the stage's while the deal is open. NULL = none."""
    effective_probability_ppm: Mapped[int] = mapped_column(
        Integer,
        Computed(
            "case when outcome = 'open' then coalesce(probability_override_ppm, probability_ppm)"
            " else probability_ppm end",
            persisted=True,
        ),
    )
    """What forecasts use: the override while open, else the stage's; generated."""
    forecast_category: Mapped[ForecastCategory] = choice(ForecastCategory, ForecastCategory.PIPELINE)
    """Where it counts in the forecast: its stage's. Kept by trigger."""
    opened_on: Mapped[dt.date]
    """First day of the deal, in the house's zone."""
    expected_close_on: Mapped[dt.date | None]
    """Day by which it should be decided."""
    closed_on: Mapped[dt.date | None]
    """Day it was won or lost; empty while open, emptied on reopening."""
    lost_reason_id: Mapped[int | None] = ref("lost_reasons")
    """→ lost_reasons: why it was lost."""
    lost_note: Mapped[str | None]
    """More on why, such as the competitor chosen."""
    rate_to_base_e12: Mapped[RateE12 | None]
    """Exchange rate to the house's base currency frozen at close, times 10^12; NULL while open."""
    source: Mapped[str | None]
    """Where the lead came from, as the house or the import words it."""
    campaign_id: Mapped[int | None] = ref("campaigns")
    """→ campaigns: which one brought it."""
    product: Mapped[str | None]
    """What is offered, where no package is named."""
    sponsor_package_id: Mapped[int | None] = ref("sponsor_packages", on_delete="SET NULL")
    """→ sponsor_packages: the package offered; the contract starts from it."""
    renews_id: Mapped[int | None] = ref("event_sponsors", on_delete="SET NULL")
    """→ event_sponsors: the contract this deal would renew."""
    description: Mapped[str | None]
    """Whatever else matters."""
    next_step: Mapped[str | None]
    """What the owner does next."""
    next_step_on: Mapped[dt.date | None]
    """By when."""
    last_edited_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """Last edit by a person; imports and bulk changes leave it. Rotting counts from it."""
    search_text: Mapped[str] = mapped_column(server_default=text("''"))
    """Name, product and next step, normalised. Kept by trigger."""


class OpportunityContact(TenantTable, Timestamped, Authored):
    """A person's part in a deal."""

    __tablename__ = "opportunity_contacts"
    __domain__ = "crm"
    __table_args__ = (
        UniqueConstraint("account_id", "opportunity_id", "contact_id", name="uq_opportunity_contacts_pair"),
    )

    opportunity_id: Mapped[int] = ref("opportunities", on_delete="CASCADE")
    contact_id: Mapped[int] = ref("contacts")
    role: Mapped[OpportunityRole] = choice(OpportunityRole, OpportunityRole.OTHER)
    """What part the person plays."""
    note: Mapped[str | None]
    """How the person stands to the deal."""


class OpportunityFile(TenantTable, Timestamped, Authored):
    """A file that belongs to a deal; who may read the deal may fetch it."""

    __tablename__ = "opportunity_files"
    __domain__ = "crm"
    __table_args__ = (
        UniqueConstraint("account_id", "opportunity_id", "media_asset_id", name="uq_opportunity_files_pair"),
    )

    opportunity_id: Mapped[int] = ref("opportunities", on_delete="CASCADE")
    media_asset_id: Mapped[int] = ref("media_assets")
    """→ media_assets: the file."""


class OpportunityVersion(TenantTable):
    """What a figure reads of a deal over a span of time: one row per change, written by trigger only.

    `valid_from`/`valid_to` say when it was so (imports may seed the past), `recorded_at`/`retracted_at` when we knew
    it. A past day's forecast reads rows recorded by then and not retracted by then; funnel and durations read rows
    not retracted. A deal put in the trash has no version while it lies there; one that is deleted has all of its own
    taken back. Ids are kept without foreign keys, so that history outlives what it tells of.
    """

    __tablename__ = "opportunity_versions"
    __domain__ = "crm"
    __fence__ = Fence(app="r")
    __audit__ = False
    __table_args__ = (
        CheckConstraint("valid_from <= valid_to", name="valid_span"),
        CheckConstraint("recorded_at <= retracted_at", name="retracted_after_recorded"),
        CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        ExcludeConstraint(
            ("account_id", "="),
            ("opportunity_id", "="),
            (text("tstzrange(valid_from, valid_to)"), "&&"),
            where=text("retracted_at is null"),
            using="gist",
            name="ex_opportunity_versions_one_at_a_time",
            deferrable=True,
            initially="DEFERRED",
        ),
        Index("ix_opportunity_versions_deal", "account_id", "opportunity_id", "valid_from"),
        Index(
            "ix_opportunity_versions_stage",
            "account_id",
            "stage_id",
            "valid_from",
            postgresql_where=text("retracted_at is null"),
        ),
        # A past day reads the current rows, and those ended since: its cost follows the days in between.
        Index(
            "ix_opportunity_versions_ended",
            "account_id",
            "ended_at",
            postgresql_where=text("ended_at is not null"),
        ),
        # Figures read what is open, and what was closed within their window: their cost follows these.
        Index(
            "ix_opportunity_versions_current",
            "account_id",
            "closed_on",
            postgresql_where=text("valid_to is null and retracted_at is null"),
        ),
    )

    opportunity_id: Mapped[int]
    """The deal's id; no foreign key."""
    stage_id: Mapped[int]
    """The stage's id; no foreign key."""
    outcome: Mapped[StageKind] = choice(StageKind)
    """Kind of that stage."""
    amount_minor: Mapped[MinorUnits | None]
    """Expected value; NULL = not known."""
    currency: Mapped[CurrencyCode]
    """Currency of the amount."""
    probability_ppm: Mapped[Ppm]
    """The stage's probability that held."""
    probability_override_ppm: Mapped[Ppm | None]
    """The person's estimate that held; NULL = none."""
    forecast_category: Mapped[ForecastCategory] = choice(ForecastCategory)
    """Where its stage counted in the forecast."""
    kind: Mapped[OpportunityKind] = choice(OpportunityKind)
    """What was sold."""
    source: Mapped[str | None]
    """Where the lead came from."""
    opened_on: Mapped[dt.date]
    """First day of the deal."""
    expected_close_on: Mapped[dt.date | None]
    """Expected day of decision."""
    closed_on: Mapped[dt.date | None]
    """Day of decision; NULL while open."""
    rate_to_base_e12: Mapped[RateE12 | None]
    """Exchange rate frozen at close; NULL while open."""
    owner_id: Mapped[int | None] = mapped_column(BigInteger)
    """The owner's membership id; no foreign key."""
    event_id: Mapped[int | None] = mapped_column(BigInteger)
    """The event's id; no foreign key."""
    valid_from: Mapped[dt.datetime]
    """Since when it was so."""
    valid_to: Mapped[dt.datetime | None]
    """Until when it was so (exclusive); NULL = still."""
    recorded_at: Mapped[dt.datetime] = mapped_column(server_default=text("clock_timestamp()"))
    """When the row was written."""
    retracted_at: Mapped[dt.datetime | None]
    """When an undo took it back; NULL = stands. Never deleted."""
    ended_at: Mapped[dt.datetime | None] = mapped_column(
        TIMESTAMP(timezone=True), Computed("least(valid_to, retracted_at)", persisted=True)
    )
    """When it ceased to be what we hold true of today; NULL = the current one; generated."""
    changed_by_id: Mapped[int | None] = mapped_column(BigInteger)
    """Membership id of who made the change; NULL for jobs. No foreign key."""
