"""Orders and their lines."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, Computed, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.ticketing import OrderSource, OrderStatus
from eventos_core.models.base import (
    Count,
    CurrencyCode,
    Customised,
    Editable,
    Email,
    JsonObject,
    MinorUnits,
    Name,
    Positive,
    Ppm,
    TenantTable,
    Timestamped,
    choice,
    ref,
)
from eventos_core.models.types import LocaleCode, attributes, fragments


class Order(TenantTable, Editable, Customised):
    """What one buyer orders for one event; it expires, is cancelled or refunded, but never deleted in use.

    Amounts are as the buyer pays them: list prices with tax. `total = subtotal - discount`; `tax` is the part of
    `total` that is tax.
    """

    __tablename__ = "orders"
    __domain__ = "ticketing"
    __event_key__ = True
    __derived__ = {
        "buyer_email_norm": "coalesce(app.email_norm(new.buyer_email), '')",
        "search_text": ("app.search_key(concat_ws(' ', new.code, new.buyer_name, new.buyer_email, new.company_name))"),
    }
    __table_args__ = (
        UniqueConstraint("account_id", "code", name="uq_orders_code"),
        UniqueConstraint("account_id", "idempotency_key", name="uq_orders_idempotency_key"),
        CheckConstraint("code ~ '^[A-Z0-9-]{5,40}$'", name="code_form"),
        CheckConstraint("subtotal_minor >= 0", name="subtotal_not_negative"),
        CheckConstraint("discount_minor between 0 and subtotal_minor", name="discount_within_subtotal"),
        CheckConstraint("total_minor = subtotal_minor - discount_minor", name="total_adds_up"),
        CheckConstraint("tax_minor between 0 and total_minor", name="tax_within_total"),
        CheckConstraint("status <> 'pending' or expires_at is not null", name="pending_expires"),
        CheckConstraint("status not in ('paid', 'refunded') or paid_at is not null", name="paid_has_time"),
        CheckConstraint("status <> 'cancelled' or cancelled_at is not null", name="cancelled_has_time"),
        Index("ix_orders_event_list", "account_id", "event_id", "status", "placed_at", "id"),
        Index("ix_orders_list", "account_id", "placed_at", "id"),
        Index("ix_orders_buyer_email_norm", "account_id", "buyer_email_norm"),
        Index("ix_orders_expiring", "account_id", "expires_at", postgresql_where=text("status = 'pending'")),
        fragments("orders", "search_text"),
        attributes("orders"),
    )

    event_id: Mapped[int] = ref("events")
    contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: the buyer; NULL for a sale at the door without a name."""
    code: Mapped[str]
    """Short, unguessable, told to the buyer; unique in the house."""
    status: Mapped[OrderStatus] = choice(OrderStatus, OrderStatus.PENDING)
    """pending → paid / expired / cancelled; paid → refunded / cancelled."""
    placed_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When the buyer ordered; imports keep the source's time. Pacing curves read it."""
    expires_at: Mapped[dt.datetime | None]
    """Until when a pending order keeps its places; afterwards a job expires it."""
    paid_at: Mapped[dt.datetime | None]
    """When it was paid in full (free orders: when placed)."""
    cancelled_at: Mapped[dt.datetime | None]
    """When it was cancelled."""
    cancel_reason: Mapped[str | None]
    """Why, in the words of who cancelled."""
    subtotal_minor: Mapped[MinorUnits]
    """Sum of the lines at list price, tax included: the gross of METRICS."""
    discount_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Taken off by promo code or hand, over all lines."""
    tax_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Tax contained in the total."""
    total_minor: Mapped[MinorUnits]
    """What the buyer pays."""
    currency: Mapped[CurrencyCode]
    """Currency of all amounts; the event's."""
    promo_code_id: Mapped[int | None] = ref("promo_codes")
    """→ promo_codes: the code used."""
    source: Mapped[OrderSource] = choice(OrderSource, OrderSource.ONLINE)
    """How it came in."""
    campaign_id: Mapped[int | None] = ref("campaigns")
    """→ campaigns: last touch before the order."""
    first_campaign_id: Mapped[int | None] = ref("campaigns")
    """→ campaigns: first touch within 30 days before the order."""
    utm: Mapped[JsonObject]
    """Link parameters of the visit: source, medium, campaign, term, content."""
    opportunity_id: Mapped[int | None] = ref("opportunities")
    """→ opportunities: the ticket-block deal it fulfils."""
    idempotency_key: Mapped[str | None]
    """Sent by the client; a repeat answers with this order instead of making another."""
    buyer_name: Mapped[Name | None]
    """As given in the order; the contact may change later."""
    buyer_email: Mapped[Email | None]
    """As given in the order; tickets are sent there."""
    buyer_email_norm: Mapped[str] = mapped_column(server_default=text("''"))
    """Normalised e-mail; empty without one. Kept by trigger."""
    buyer_phone: Mapped[str | None]
    """As given in the order."""
    company_name: Mapped[str | None]
    """Company on the invoice."""
    tax_id: Mapped[str | None]
    """Buyer's tax number for the invoice."""
    billing_address: Mapped[JsonObject]
    """Address for the invoice: street, postal_code, city, region, country."""
    locale: Mapped[LocaleCode | None]
    """Language of mails and tickets; NULL = the house's."""
    answers: Mapped[JsonObject]
    """Answers to the questions asked once per order, by field key."""
    needs_attention: Mapped[bool] = mapped_column(server_default=text("false"))
    """Shown to the door and in lists as needing care."""
    internal_note: Mapped[str | None]
    """For the house only."""
    search_text: Mapped[str] = mapped_column(server_default=text("''"))
    """Code, name, e-mail and company, normalised. Kept by trigger."""


class OrderItem(TenantTable, Timestamped):
    """One line of an order: some units of one ticket type; immutable once the order is paid."""

    __tablename__ = "order_items"
    __domain__ = "ticketing"
    __event_key__ = True
    __table_args__ = (
        UniqueConstraint("account_id", "order_id", "position", name="uq_order_items_position"),
        CheckConstraint("unit_price_minor >= 0", name="unit_price_not_negative"),
        CheckConstraint("discount_minor between 0 and quantity * unit_price_minor", name="discount_within_price"),
        CheckConstraint(
            "tax_minor between 0 and quantity * unit_price_minor - discount_minor", name="tax_within_total"
        ),
        CheckConstraint("not admits or registration_id is not null", name="admission_has_registration"),
    )

    event_id: Mapped[int] = ref("events")
    order_id: Mapped[int] = ref("orders", on_delete="CASCADE", through_event=True)
    ticket_type_id: Mapped[int] = ref("ticket_types", through_event=True)
    registration_id: Mapped[int | None] = ref("registrations", through_event=True)
    """→ registrations: the party it admits; required for admission."""
    admits: Mapped[bool] = mapped_column(server_default=text("true"))
    """Copied from the ticket type: whether its units become tickets."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order of lines, from 0."""
    description: Mapped[Name]
    """Name of the ticket type when it was sold."""
    quantity: Mapped[Positive]
    """Units."""
    unit_price_minor: Mapped[MinorUnits]
    """List price of one with tax."""
    discount_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Taken off the whole line."""
    tax_rate_ppm: Mapped[Ppm] = mapped_column(server_default=text("0"))
    """Tax rate when it was sold, in parts per million of net."""
    tax_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Tax contained in the line's total."""
    total_minor: Mapped[int] = mapped_column(
        BigInteger, Computed("quantity * unit_price_minor - discount_minor", persisted=True)
    )
    """What the buyer pays for the line; generated."""
    currency: Mapped[CurrencyCode]
    """The order's."""
