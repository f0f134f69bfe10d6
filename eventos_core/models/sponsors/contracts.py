"""Sponsor contracts for an event: fee and instalments, and what was promised."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Boolean, CheckConstraint, Computed, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.sponsors import (
    DeliverableStatus,
    DeliverableType,
    EventSponsorStatus,
    InstalmentStatus,
    MediaChannel,
    ProofStatus,
    SponsorTier,
)
from eventos_core.models.base import (
    Count,
    CurrencyCode,
    Customised,
    Editable,
    MinorUnits,
    Name,
    Positive,
    Ppm,
    RateE12,
    Tagged,
    TenantTable,
    choice,
    ref,
)
from eventos_core.models.types import WebAddress, attributes, labels

# An exclusive sponsor claims the whole line, any other only its own point on it: two ranges meet as soon as
# one of two sponsors of a category is exclusive.
_CLAIM = "(case when category_exclusive then int8range(null, null) else int8range(id, id, '[]') end)"


class EventSponsor(TenantTable, Editable, Customised, Tagged):
    """A sponsor's contract for one event; starting before it is signed is allowed but flagged."""

    __tablename__ = "event_sponsors"
    __domain__ = "sponsors"
    __event_key__ = True
    __derived__ = {"category_key": "app.search_key(new.category)"}
    __table_args__ = (
        ExcludeConstraint(
            ("account_id", "="),
            ("event_id", "="),
            ("category_key", "="),
            (text(_CLAIM), "&&"),
            where=text("status not in ('enquiry', 'cancelled') and category_key <> ''"),
            using="gist",
            name="ex_event_sponsors_category_exclusivity",
        ),
        UniqueConstraint("account_id", "opportunity_id", name="uq_event_sponsors_opportunity_id"),
        CheckConstraint("not category_exclusive or length(category) > 0", name="exclusive_names_category"),
        CheckConstraint("length(category) <= 100", name="category_length"),
        CheckConstraint("fee_minor >= 0", name="fee_not_negative"),
        CheckConstraint("in_kind_minor >= 0", name="in_kind_not_negative"),
        CheckConstraint("list_price_minor >= 0", name="list_price_not_negative"),
        CheckConstraint("estimated_cost_minor >= 0", name="estimated_cost_not_negative"),
        CheckConstraint("starts_on <= ends_on", name="starts_before_end"),
        CheckConstraint("status <> 'contracted' or contracted_at is not null", name="contracted_has_time"),
        CheckConstraint("status not in ('active', 'fulfilled') or activated_at is not null", name="active_has_time"),
        CheckConstraint("status <> 'fulfilled' or fulfilled_at is not null", name="fulfilled_has_time"),
        CheckConstraint("(status = 'cancelled') = (cancelled_at is not null)", name="cancelled_has_time"),
        CheckConstraint("renewal_of_id <> id", name="not_its_own_renewal"),
        Index("ix_event_sponsors_list", "account_id", "event_id", "status", "tier", "id"),
        Index("ix_event_sponsors_of_sponsor", "account_id", "sponsor_id", "status"),
        labels("event_sponsors"),
        attributes("event_sponsors"),
    )

    event_id: Mapped[int] = ref("events")
    organization_id: Mapped[int] = ref("organizations")
    """→ organizations: the contracting company, the sponsor's."""
    sponsor_id: Mapped[int] = ref("sponsors")
    package_id: Mapped[int | None] = ref("sponsor_packages", through_event=True)
    """→ sponsor_packages: what was bought; NULL = made to measure."""
    opportunity_id: Mapped[int | None] = ref("opportunities", on_delete="SET NULL")
    """→ opportunities: the won deal it came from; one contract each."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who delivers it."""
    billing_contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: who gets the invoices; NULL = the sponsor's finance contact."""
    status: Mapped[EventSponsorStatus] = choice(EventSponsorStatus, EventSponsorStatus.ENQUIRY)
    """enquiry → approved → contracted → active → fulfilled; cancelled from any but fulfilled."""
    stage_id: Mapped[int | None] = ref("pipeline_stages")
    """→ pipeline_stages: place on the fulfilment board."""
    tier: Mapped[SponsorTier] = choice(SponsorTier, SponsorTier.GOLD)
    """Rank; the package's, copied."""
    category: Mapped[str] = mapped_column(server_default=text("''"))
    """Line of business for this event; the sponsor's, copied. Empty = not said."""
    category_key: Mapped[str] = mapped_column(server_default=text("''"))
    """The category normalised. Kept by trigger; the exclusion reads it."""
    category_exclusive: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether no other sponsor of the category may be approved for the event; the database refuses either order."""
    fee_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Fee agreed, without tax."""
    in_kind_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Value of goods and services agreed besides; not income in money."""
    in_kind_description: Mapped[str | None]
    """What goods and services."""
    list_price_minor: Mapped[MinorUnits | None]
    """The package's price when agreed; shows the discount."""
    estimated_cost_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """What delivering it should cost the house."""
    currency: Mapped[CurrencyCode]
    """Currency of all amounts."""
    rate_to_base_e12: Mapped[RateE12 | None]
    """Exchange rate to the base currency frozen when contracted, times 10^12; NULL before."""
    document_id: Mapped[int | None] = ref("event_documents", on_delete="SET NULL", through_event=True)
    """→ event_documents: the contract."""
    purchase_order: Mapped[str | None]
    """The sponsor's order number, printed on invoices."""
    payment_terms_days: Mapped[Count | None]
    """Days to pay; NULL = the house's default."""
    starts_on: Mapped[dt.date | None]
    """First day of the contract."""
    ends_on: Mapped[dt.date | None]
    """Last day of the contract."""
    approved_at: Mapped[dt.datetime | None]
    """When the enquiry was accepted."""
    contracted_at: Mapped[dt.datetime | None]
    """When it became contracted; deliverables were copied then. The fee is committed from here."""
    signed_at: Mapped[dt.datetime | None]
    """When both had signed; NULL = not signed."""
    activated_at: Mapped[dt.datetime | None]
    """When delivery began."""
    started_unsigned: Mapped[bool] = mapped_column(
        Boolean,
        Computed(
            "activated_at is not null and status <> 'cancelled' and (signed_at is null or signed_at > activated_at)",
            persisted=True,
        ),
    )
    """Flag: delivery began before both had signed; generated."""
    fulfilled_at: Mapped[dt.datetime | None]
    """When everything promised was settled."""
    cancelled_at: Mapped[dt.datetime | None]
    """When it was cancelled."""
    cancel_reason: Mapped[str | None]
    """Why."""
    renewal_of_id: Mapped[int | None] = ref("event_sponsors", on_delete="SET NULL")
    """→ event_sponsors: the contract of an earlier edition it renews."""
    note: Mapped[str | None]
    """For the house only."""


class EventSponsorInstalment(TenantTable, Editable):
    """A part of the agreed fee with its due day; becomes an invoice."""

    __tablename__ = "event_sponsor_instalments"
    __domain__ = "sponsors"
    __event_key__ = True
    __table_args__ = (
        UniqueConstraint(
            "account_id",
            "event_sponsor_id",
            "position",
            name="uq_event_sponsor_instalments_position",
            deferrable=True,
            initially="DEFERRED",
        ),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("status not in ('invoiced', 'paid') or invoice_id is not null", name="invoiced_has_invoice"),
        Index(
            "ix_event_sponsor_instalments_due",
            "account_id",
            "due_on",
            postgresql_where=text("status in ('planned', 'invoiced')"),
        ),
    )

    event_id: Mapped[int] = ref("events")
    event_sponsor_id: Mapped[int] = ref("event_sponsors", on_delete="CASCADE", through_event=True)
    invoice_id: Mapped[int | None] = ref("invoices")
    """→ invoices: the invoice made from it."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order, from 0."""
    label: Mapped[Name]
    """On signature, four weeks before …"""
    amount_minor: Mapped[MinorUnits]
    """Part of the fee, without tax."""
    currency: Mapped[CurrencyCode]
    """The contract's."""
    invoice_on: Mapped[dt.date | None]
    """Day on which the invoice should be written; NULL = by hand."""
    due_on: Mapped[dt.date]
    """Day by which it is to be paid."""
    status: Mapped[InstalmentStatus] = choice(InstalmentStatus, InstalmentStatus.PLANNED)
    """planned → invoiced → paid; cancelled."""


class SponsorDeliverable(TenantTable, Editable):
    """One promise to a sponsor, copied from the package at signing or added by hand."""

    __tablename__ = "sponsor_deliverables"
    __domain__ = "sponsors"
    __event_key__ = True
    __table_args__ = (
        CheckConstraint("delivered_quantity <= quantity", name="delivered_up_to_promised"),
        CheckConstraint(
            "(status = 'done') = (done_at is not null) and (status <> 'done' or delivered_quantity = quantity)",
            name="done_is_complete",
        ),
        CheckConstraint("status not in ('waived', 'not_applicable') or reason is not null", name="dropped_has_reason"),
        CheckConstraint("internal_value_minor >= 0", name="internal_value_not_negative"),
        CheckConstraint("cpm_minor >= 0", name="cpm_not_negative"),
        CheckConstraint("impressions >= 0 and reach >= 0", name="media_not_negative"),
        CheckConstraint(
            "proof_status = 'none' or num_nonnulls(proof_asset_id, proof_url, proof_note) >= 1",
            name="proof_is_something",
        ),
        CheckConstraint(
            "(proof_status = 'accepted') = (proof_accepted_at is not null)", name="accepted_proof_has_time"
        ),
        CheckConstraint("make_good_for_id <> id", name="not_its_own_make_good"),
        Index("ix_sponsor_deliverables_list", "account_id", "event_id", "status", "due_on", "id"),
        Index(
            "ix_sponsor_deliverables_open",
            "account_id",
            "due_on",
            "owner_id",
            postgresql_where=text("status in ('open', 'make_good')"),
        ),
    )

    event_id: Mapped[int] = ref("events")
    event_sponsor_id: Mapped[int] = ref("event_sponsors", through_event=True)
    benefit_id: Mapped[int | None] = ref("sponsor_package_benefits", on_delete="SET NULL", through_event=True)
    """→ sponsor_package_benefits: the benefit it was copied from; NULL = an extra."""
    inventory_hold_id: Mapped[int | None] = ref("sponsor_inventory_holds", on_delete="SET NULL", through_event=True)
    """→ sponsor_inventory_holds: the units booked for it."""
    cue_id: Mapped[int | None] = ref("event_schedules", on_delete="SET NULL", through_event=True)
    """→ event_schedules: the cue that delivers it: cue done is proof, cue cut opens a make-good."""
    make_good_for_id: Mapped[int | None] = ref("sponsor_deliverables", through_event=True)
    """→ sponsor_deliverables: the failed promise it makes good."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who sees to it."""
    type: Mapped[DeliverableType] = choice(DeliverableType)
    """What is promised."""
    title: Mapped[Name]
    """As written in the contract."""
    description: Mapped[str | None]
    """What exactly."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order in the contract, from 0."""
    quantity: Mapped[Positive] = mapped_column(server_default=text("1"))
    """How many are promised."""
    delivered_quantity: Mapped[Count] = mapped_column(server_default=text("0"))
    """How many are delivered."""
    due_on: Mapped[dt.date | None]
    """Last day, in the event's zone; NULL = by the event's end."""
    status: Mapped[DeliverableStatus] = choice(DeliverableStatus, DeliverableStatus.OPEN)
    """open → done / not_applicable / waived / make_good (failed, owed again: a further row makes it good)."""
    reason: Mapped[str | None]
    """Why it was waived, does not apply or failed."""
    done_at: Mapped[dt.datetime | None]
    """When the last of it was delivered; after the due day it counts as late."""
    done_by_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who marked it done; NULL when a cue did."""
    proof_required: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether the report expects a proof."""
    proof_status: Mapped[ProofStatus] = choice(ProofStatus, ProofStatus.NONE)
    """none → submitted → accepted / rejected."""
    proof_asset_id: Mapped[int | None] = ref("media_assets")
    """→ media_assets: picture, clip or file that proves it."""
    proof_url: Mapped[WebAddress | None]
    """Link that proves it."""
    proof_note: Mapped[str | None]
    """What proves it in words, such as the cue that ran."""
    proof_accepted_at: Mapped[dt.datetime | None]
    """When the proof was accepted."""
    proof_accepted_by_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who accepted it; NULL when the sponsor did."""
    internal_value_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """What the house holds all of it to be worth; weights the fulfilment rate."""
    currency: Mapped[CurrencyCode]
    """The contract's."""
    channel: Mapped[MediaChannel | None] = choice(MediaChannel)
    """Where it was seen, for media value."""
    impressions: Mapped[int | None]
    """Views counted or estimated."""
    reach: Mapped[int | None]
    """Distinct persons; shown beside media value."""
    cpm_minor: Mapped[MinorUnits | None]
    """Price of a thousand views in the channel; media value = impressions / 1000 × cpm × quality."""
    quality_ppm: Mapped[Ppm | None]
    """Quality factor of the view (size, clarity), in parts per million."""
