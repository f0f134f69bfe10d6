"""What is on sale: ticket types, the quotas they draw on, promo codes."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.ticketing import (
    GuestCategory,
    PromoCodeStatus,
    PromoDiscount,
    PromoScope,
    TicketTypeKind,
    TicketVisibility,
)
from eventos_core.models.base import (
    Archivable,
    Count,
    CurrencyCode,
    Customised,
    Editable,
    MinorUnits,
    Name,
    Positive,
    Ppm,
    TenantTable,
    TextList,
    Timestamped,
    choice,
    ref,
)
from eventos_core.models.types import SILENT, attributes


class TicketType(TenantTable, Editable, Archivable, Customised):
    """What can be had for an event: a price, a sales window and what it entitles to."""

    __tablename__ = "ticket_types"
    __domain__ = "ticketing"
    __event_key__ = True
    __table_args__ = (
        CheckConstraint("price_minor >= 0", name="price_not_negative"),
        CheckConstraint("kind not in ('free', 'comp') or price_minor = 0", name="free_and_comp_cost_nothing"),
        CheckConstraint("variable_cost_minor >= 0", name="variable_cost_not_negative"),
        CheckConstraint("sales_starts_at < sales_ends_at", name="sales_window"),
        CheckConstraint("min_per_order <= max_per_order", name="min_up_to_max_per_order"),
        CheckConstraint("kind = 'add_on' or admits", name="only_add_ons_do_not_admit"),
        Index(
            "uq_ticket_types_name",
            "account_id",
            "event_id",
            "name",
            unique=True,
            postgresql_where=text("archived_at is null"),
        ),
        Index("ix_ticket_types_list", "account_id", "event_id", "position", "id"),
        attributes("ticket_types"),
    )

    event_id: Mapped[int] = ref("events")
    name: Mapped[Name]
    """As the buyer reads it; unique among the event's types in use."""
    description: Mapped[str | None]
    """What the buyer gets, as shown in the shop."""
    kind: Mapped[TicketTypeKind] = choice(TicketTypeKind, TicketTypeKind.PAID)
    """paid, free, comp (given away, counted apart), donation (buyer names the price), add_on (no admission)."""
    admits: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether one unit becomes a ticket for a person; false only for add-ons."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order in the shop and in lists, from 0."""
    price_minor: Mapped[MinorUnits]
    """List price of one; the least accepted for a donation. `tax_included` says whether it contains tax."""
    currency: Mapped[CurrencyCode]
    """Currency of price and cost; the event's."""
    tax_rate_ppm: Mapped[Ppm] = mapped_column(server_default=text("0"))
    """Sales tax in parts per million of the net price (200000 = 20 %)."""
    tax_included: Mapped[bool] = mapped_column(server_default=text("true"))
    """True: the price contains the tax. False: the tax is added to it at sale."""
    variable_cost_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """What one guest of this type costs the house (catering, gift); enters the break-even."""
    sales_starts_at: Mapped[dt.datetime | None]
    """First moment of sale; NULL = as soon as the event is on sale."""
    sales_ends_at: Mapped[dt.datetime | None]
    """End of sale (exclusive); NULL = until the event ends."""
    min_per_order: Mapped[Positive] = mapped_column(server_default=text("1"))
    """Fewest in one order that contains any."""
    max_per_order: Mapped[Positive] = mapped_column(server_default=text("10"))
    """Most in one order."""
    max_per_contact: Mapped[Positive | None]
    """Most for one buyer over all orders; NULL = no limit."""
    visibility: Mapped[TicketVisibility] = choice(TicketVisibility, TicketVisibility.PUBLIC)
    """public, hidden (sold by the house only) or by_code (shown to holders of an unlocking promo code)."""
    requires_approval: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether a sign-up waits as pending until a member confirms it."""
    guest_category: Mapped[GuestCategory] = choice(GuestCategory, GuestCategory.GENERAL)
    """Category that its guests get at first."""
    zones: Mapped[TextList]
    """Entitlement: zones its tickets open, matched with the gates' zones; empty = every zone."""
    all_sessions: Mapped[bool] = mapped_column(server_default=text("true"))
    """Entitlement: true = every session; false = those in ticket_type_sessions."""
    transferable: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether the holder may pass the ticket on."""
    refundable_until_at: Mapped[dt.datetime | None]
    """Last moment (exclusive) at which a buyer may ask for money back; NULL = at the house's discretion."""


class TicketTypeSession(TenantTable, Timestamped):
    """A session that a ticket type entitles to, where it does not entitle to all."""

    __tablename__ = "ticket_type_sessions"
    __domain__ = "ticketing"
    __table_args__ = (
        UniqueConstraint("account_id", "ticket_type_id", "session_id", name="uq_ticket_type_sessions_pair"),
    )

    event_id: Mapped[int] = ref("events")
    ticket_type_id: Mapped[int] = ref("ticket_types", on_delete="CASCADE", through_event=True)
    session_id: Mapped[int] = ref("sessions", on_delete="CASCADE", through_event=True)


class Quota(TenantTable, Editable, Archivable):
    """Capacity shared by one or several ticket types; never sold beyond."""

    __tablename__ = "quotas"
    __domain__ = "ticketing"
    __event_key__ = True
    __table_args__ = (
        CheckConstraint("capacity is null or taken between 0 and capacity", name="taken_within_capacity"),
        CheckConstraint("blocked <= taken", name="blocked_is_part_of_taken"),
        Index(
            "uq_quotas_name",
            "account_id",
            "event_id",
            "name",
            unique=True,
            postgresql_where=text("archived_at is null"),
        ),
    )

    event_id: Mapped[int] = ref("events")
    name: Mapped[Name]
    """Unique among the event's quotas in use."""
    capacity: Mapped[Count | None]
    """Places in all; NULL = unlimited."""
    taken: Mapped[int] = mapped_column(Integer, server_default=text("0"), info={"check": "{c} >= 0", **SILENT})
    """Places gone: sold, pending unexpired, offered to the waiting list, blocked. Changed under the row lock only."""
    blocked: Mapped[Count] = mapped_column(server_default=text("0"))
    """Places the house keeps off sale; part of `taken`."""
    closed: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether sale is stopped though places are left."""
    waitlist: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether people may line up once it is full."""


class QuotaTicketType(TenantTable, Timestamped):
    """Which ticket types draw on which quota; a type with several needs room in all of them."""

    __tablename__ = "quota_ticket_types"
    __domain__ = "ticketing"
    __table_args__ = (UniqueConstraint("account_id", "quota_id", "ticket_type_id", name="uq_quota_ticket_types_pair"),)

    event_id: Mapped[int] = ref("events")
    quota_id: Mapped[int] = ref("quotas", on_delete="CASCADE", through_event=True)
    ticket_type_id: Mapped[int] = ref("ticket_types", on_delete="CASCADE", through_event=True)
    places: Mapped[Positive] = mapped_column(server_default=text("1"))
    """Places that one ticket of the type takes from the quota."""


class PromoCode(TenantTable, Editable, Archivable):
    """A code that lowers the price or opens hidden ticket types, within limits the database keeps."""

    __tablename__ = "promo_codes"
    __domain__ = "ticketing"
    __table_args__ = (
        UniqueConstraint("account_id", "code", name="uq_promo_codes_code"),
        CheckConstraint("code ~ '^[A-Z0-9][A-Z0-9_-]{1,39}$'", name="code_upper_case"),
        CheckConstraint(
            "(discount = 'percent' and percent_ppm is not null and amount_minor is null)"
            " or (discount = 'amount' and amount_minor is not null and percent_ppm is null)",
            name="percent_or_amount",
        ),
        CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        CheckConstraint(
            "currency is not null or num_nonnulls(amount_minor, budget_minor, min_order_minor) = 0",
            name="money_has_currency",
        ),
        CheckConstraint("max_uses is null or uses <= max_uses", name="uses_within_limit"),
        CheckConstraint("spent_minor >= 0", name="spent_not_negative"),
        CheckConstraint("budget_minor is null or spent_minor <= budget_minor", name="spent_within_budget"),
        CheckConstraint("min_order_minor >= 0", name="min_order_not_negative"),
        CheckConstraint("starts_at < ends_at", name="window"),
        Index("ix_promo_codes_list", "account_id", "event_id", "status", "code"),
    )

    event_id: Mapped[int | None] = ref("events")
    """→ events: the only event where it works; NULL = all events of the house."""
    campaign_id: Mapped[int | None] = ref("campaigns", on_delete="SET NULL")
    """→ campaigns: which one it belongs to."""
    event_sponsor_id: Mapped[int | None] = ref("event_sponsors", on_delete="SET NULL")
    """→ event_sponsors: whose pass allotment it redeems; NULL = none."""
    code: Mapped[str]
    """What the buyer types, kept in upper case; unique in the house."""
    description: Mapped[str | None]
    """What it is for; not shown to buyers."""
    status: Mapped[PromoCodeStatus] = choice(PromoCodeStatus, PromoCodeStatus.ACTIVE)
    """active or paused; window, uses and budget limit it besides."""
    discount: Mapped[PromoDiscount] = choice(PromoDiscount, PromoDiscount.PERCENT)
    """Whether percent_ppm or amount_minor applies."""
    percent_ppm: Mapped[Ppm | None]
    """Part taken off, in parts per million (1000000 = free)."""
    amount_minor: Mapped[MinorUnits | None]
    """Money taken off, once per order or per ticket as `scope` says; never more than the price."""
    currency: Mapped[CurrencyCode | None]
    """Currency of amount, budget and least order; works for orders in it only."""
    scope: Mapped[PromoScope] = choice(PromoScope, PromoScope.ORDER)
    """order = off the whole order; ticket_types = off each ticket of those in promo_code_ticket_types."""
    unlocks_hidden: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it shows ticket types with visibility by_code."""
    starts_at: Mapped[dt.datetime | None]
    """First moment it works; NULL = at once."""
    ends_at: Mapped[dt.datetime | None]
    """End (exclusive); NULL = no end."""
    max_uses: Mapped[Positive | None]
    """Most orders in all; NULL = no limit."""
    max_uses_per_contact: Mapped[Positive | None]
    """Most orders of one buyer; NULL = no limit."""
    uses: Mapped[int] = mapped_column(Integer, server_default=text("0"), info={"check": "{c} >= 0", **SILENT})
    """Orders that hold it now: paid, or pending and unexpired. Changed under the row lock only."""
    budget_minor: Mapped[MinorUnits | None]
    """Most money it may give away in all; NULL = no limit."""
    spent_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"), info=SILENT)
    """Money given away in those orders. Changed under the row lock only."""
    min_order_minor: Mapped[MinorUnits | None]
    """Least order value before discount; NULL = none."""


class PromoCodeTicketType(TenantTable, Timestamped):
    """A ticket type that a promo code works for, where its scope is ticket types."""

    __tablename__ = "promo_code_ticket_types"
    __domain__ = "ticketing"
    __table_args__ = (
        UniqueConstraint("account_id", "promo_code_id", "ticket_type_id", name="uq_promo_code_ticket_types_pair"),
    )

    promo_code_id: Mapped[int] = ref("promo_codes", on_delete="CASCADE")
    ticket_type_id: Mapped[int] = ref("ticket_types", on_delete="CASCADE")
