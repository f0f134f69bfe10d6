"""Money in and out: payments, what they settle, provider events, bank statements, refunds."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.finance import (
    BankLineStatus,
    BankStatementFormat,
    PaymentGateway,
    PaymentStatus,
    RefundReason,
    RefundStatus,
)
from eventos_core.models.base import (
    Authored,
    Cipher,
    Count,
    CurrencyCode,
    Editable,
    Fence,
    JsonObject,
    MinorUnits,
    Name,
    Ppm,
    RateE12,
    TenantTable,
    Timestamped,
    choice,
    ref,
)
from eventos_core.models.types import Digest


class Payment(TenantTable, Editable):
    """Money received for one order or invoice; its amount is never edited after it is confirmed."""

    __tablename__ = "payments"
    __domain__ = "finance"
    __table_args__ = (
        Index(
            "uq_payments_provider_reference",
            "account_id",
            "gateway",
            "provider",
            "provider_reference",
            unique=True,
            postgresql_where=text("provider_reference is not null"),
        ),
        UniqueConstraint("account_id", "idempotency_key", name="uq_payments_idempotency_key"),
        CheckConstraint("num_nonnulls(order_id, invoice_id) <= 1", name="order_or_invoice"),
        CheckConstraint("order_id is null or event_id is not null", name="order_has_event"),
        CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        CheckConstraint("(gateway = 'free') = (amount_minor = 0)", name="free_is_nothing"),
        CheckConstraint("fee_minor between 0 and amount_minor", name="fee_within_amount"),
        CheckConstraint(
            "refunded_minor >= 0 and refunding_minor >= 0 and refunded_minor + refunding_minor <= amount_minor",
            name="refunds_within_amount",
        ),
        CheckConstraint(
            "status not in ('confirmed', 'refunded') or num_nonnulls(received_at, business_on) = 2",
            name="confirmed_has_time",
        ),
        CheckConstraint(
            "status in ('confirmed', 'refunded') or refunded_minor + refunding_minor = 0",
            name="only_received_money_goes_back",
        ),
        CheckConstraint("status <> 'refunded' or refunded_minor = amount_minor", name="refunded_is_all"),
        CheckConstraint("(status = 'failed') = (failed_at is not null)", name="failed_has_time"),
        Index("ix_payments_list", "account_id", "status", "received_at", "id"),
        Index("ix_payments_event", "account_id", "event_id", "status", "business_on"),
        Index(
            "ix_payments_waiting", "account_id", "created_at", postgresql_where=text("status in ('created', 'pending')")
        ),
    )

    order_id: Mapped[int | None] = ref("orders", through_event=True)
    """→ orders: the order it pays."""
    invoice_id: Mapped[int | None] = ref("invoices")
    """→ invoices: the invoice it pays; several are settled by allocations."""
    event_id: Mapped[int | None] = ref("events")
    """→ events: whose money it is; NULL = none in particular."""
    contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: who paid."""
    organization_id: Mapped[int | None] = ref("organizations")
    """→ organizations: which company paid."""
    integration_id: Mapped[int | None] = ref("integrations", on_delete="SET NULL")
    """→ integrations: the provider connection it came through."""
    gateway: Mapped[PaymentGateway] = choice(PaymentGateway)
    """By what way it came."""
    provider: Mapped[str] = mapped_column(server_default=text("''"))
    """Name of the provider within the gateway; empty = none."""
    provider_reference: Mapped[str | None]
    """The provider's id of the payment; unique per gateway and provider."""
    status: Mapped[PaymentStatus] = choice(PaymentStatus, PaymentStatus.CREATED)
    """created → pending → confirmed / failed; confirmed → refunded once all of it went back."""
    amount_minor: Mapped[MinorUnits]
    """What the payer pays; 0 for the gateway free only."""
    fee_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """What the provider keeps of it."""
    refunded_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Gone back: refunds done. Changed under the row lock only."""
    refunding_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """On its way back: refunds requested, approved or sent. Changed under the row lock only."""
    currency: Mapped[CurrencyCode]
    """Currency of all amounts."""
    rate_to_base_e12: Mapped[RateE12 | None]
    """Exchange rate to the base currency frozen when confirmed, times 10^12."""
    received_at: Mapped[dt.datetime | None]
    """When the money was confirmed as received; NULL while it is not."""
    business_on: Mapped[dt.date | None]
    """That day in the house's zone: the business date of its ledger entries."""
    failed_at: Mapped[dt.datetime | None]
    """When it failed for good."""
    failure_reason: Mapped[str | None]
    """What the provider said."""
    payer_name: Mapped[Name | None]
    """As the provider or bank gave it."""
    details: Mapped[JsonObject]
    """What may be shown of the means: brand, last four digits, terminal."""
    idempotency_key: Mapped[str | None]
    """Sent to the provider so that a repeat charges once."""
    note: Mapped[str | None]
    """For the house only."""


class PaymentAllocation(TenantTable, Timestamped, Authored):
    """How much of a payment settles which invoice or order."""

    __tablename__ = "payment_allocations"
    __domain__ = "finance"
    __table_args__ = (
        UniqueConstraint("account_id", "payment_id", "invoice_id", name="uq_payment_allocations_invoice"),
        UniqueConstraint("account_id", "payment_id", "order_id", name="uq_payment_allocations_order"),
        CheckConstraint("num_nonnulls(invoice_id, order_id) = 1", name="invoice_or_order"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
    )

    payment_id: Mapped[int] = ref("payments", on_delete="CASCADE")
    invoice_id: Mapped[int | None] = ref("invoices")
    """→ invoices: what it settles."""
    order_id: Mapped[int | None] = ref("orders")
    """→ orders: what it settles."""
    amount_minor: Mapped[MinorUnits]
    """How much; all of a payment's allocations together never exceed it (checked under its row lock)."""
    currency: Mapped[CurrencyCode]
    """The payment's."""


class GatewayEvent(TenantTable):
    """What a payment provider told us, stored once and raw, before it is worked."""

    __tablename__ = "gateway_events"
    __domain__ = "finance"
    __fence__ = Fence(app="rwk")
    __audit__ = False
    __secret__ = ("payload",)
    __table_args__ = (
        UniqueConstraint("account_id", "provider", "provider_event_id", name="uq_gateway_events_provider_event_id"),
        CheckConstraint("length(provider_event_id) between 1 and 300", name="provider_event_id_length"),
        Index(
            "ix_gateway_events_unprocessed",
            "account_id",
            "received_at",
            postgresql_where=text("processed_at is null"),
        ),
    )

    provider: Mapped[Name]
    """Which provider."""
    provider_event_id: Mapped[str]
    """The provider's id of the event; a repeat adds no row."""
    event_type: Mapped[str]
    """The provider's word for what happened."""
    payment_id: Mapped[int | None] = ref("payments", on_delete="SET NULL")
    """→ payments: the payment it is about, once found."""
    payload: Mapped[Cipher]
    """Encrypted: the message as received."""
    received_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When it arrived."""
    processed_at: Mapped[dt.datetime | None]
    """When it took effect or was found to need none; NULL = waits."""
    attempts: Mapped[Count] = mapped_column(server_default=text("0"))
    """Tries to work it."""
    last_error: Mapped[str | None]
    """Why the last try failed."""


class BankStatement(TenantTable, Editable):
    """An imported bank statement."""

    __tablename__ = "bank_statements"
    __domain__ = "finance"
    __table_args__ = (
        UniqueConstraint("account_id", "checksum", name="uq_bank_statements_checksum"),
        CheckConstraint("from_on <= to_on", name="from_before_to"),
        Index("ix_bank_statements_list", "account_id", "to_on", "id"),
    )

    asset_id: Mapped[int | None] = ref("media_assets", on_delete="SET NULL")
    """→ media_assets: the file."""
    format: Mapped[BankStatementFormat] = choice(BankStatementFormat)
    """In what form it came."""
    checksum: Mapped[Digest]
    """SHA-256 of the file; the same file is imported once."""
    bank_account: Mapped[str]
    """Which account of the house, as its last four characters."""
    reference: Mapped[str | None]
    """The bank's number of the statement."""
    from_on: Mapped[dt.date]
    """First day."""
    to_on: Mapped[dt.date]
    """Last day."""
    opening_minor: Mapped[MinorUnits | None]
    """Balance before; NULL = the file does not say."""
    closing_minor: Mapped[MinorUnits | None]
    """Balance after; NULL = the file does not say."""
    currency: Mapped[CurrencyCode]
    """Currency of the account."""


class BankStatementLine(TenantTable, Editable):
    """A movement on the bank account and what it was found to be."""

    __tablename__ = "bank_statement_lines"
    __domain__ = "finance"
    __secret__ = ("counterparty_account",)
    __table_args__ = (
        UniqueConstraint("account_id", "fingerprint", name="uq_bank_statement_lines_fingerprint"),
        UniqueConstraint("account_id", "statement_id", "position", name="uq_bank_statement_lines_position"),
        CheckConstraint("amount_minor <> 0", name="amount_moves"),
        CheckConstraint(
            "status <> 'matched' or (num_nonnulls(payment_id, refund_id) = 1 and matched_at is not null)",
            name="matched_names_what",
        ),
        CheckConstraint("status <> 'ignored' or ignore_reason is not null", name="ignored_has_reason"),
        Index(
            "ix_bank_statement_lines_open",
            "account_id",
            "booked_on",
            postgresql_where=text("status in ('unmatched', 'suggested')"),
        ),
    )

    statement_id: Mapped[int] = ref("bank_statements", on_delete="CASCADE")
    position: Mapped[Count]
    """Place in the statement, from 0."""
    fingerprint: Mapped[Digest]
    """SHA-256 of account, day, amount, reference and repeat count: overlapping statements add a movement once."""
    booked_on: Mapped[dt.date]
    """Day of booking."""
    value_on: Mapped[dt.date | None]
    """Day of value."""
    amount_minor: Mapped[MinorUnits]
    """Positive = came in, negative = went out."""
    currency: Mapped[CurrencyCode]
    """Currency of the movement."""
    counterparty_name: Mapped[str | None]
    """Who paid or was paid, as the bank wrote it."""
    counterparty_account: Mapped[Cipher | None]
    """Encrypted: the other side's account number."""
    purpose: Mapped[str] = mapped_column(server_default=text("''"))
    """Text of the transfer; order and invoice numbers are looked for here."""
    bank_reference: Mapped[str | None]
    """The bank's own id of the movement."""
    status: Mapped[BankLineStatus] = choice(BankLineStatus, BankLineStatus.UNMATCHED)
    """unmatched → suggested → matched; ignored."""
    suggested_invoice_id: Mapped[int | None] = ref("invoices", on_delete="SET NULL")
    """→ invoices: what it probably pays."""
    suggested_order_id: Mapped[int | None] = ref("orders", on_delete="SET NULL")
    """→ orders: what it probably pays."""
    confidence_ppm: Mapped[Ppm | None]
    """How sure the suggestion is, in parts per million."""
    payment_id: Mapped[int | None] = ref("payments")
    """→ payments: the payment it proved to be."""
    refund_id: Mapped[int | None] = ref("refund_queue")
    """→ refund_queue: the refund it proved to be."""
    matched_at: Mapped[dt.datetime | None]
    """When that was settled."""
    matched_by_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who settled it; NULL for the automatic match."""
    ignore_reason: Mapped[str | None]
    """Why it needs no match."""


class Refund(TenantTable, Editable):
    """Money that is to go back to a payer; never more than was paid less what went back."""

    __tablename__ = "refund_queue"
    __domain__ = "finance"
    __table_args__ = (
        UniqueConstraint("account_id", "idempotency_key", name="uq_refund_queue_idempotency_key"),
        UniqueConstraint("account_id", "payment_id", "provider_reference", name="uq_refund_queue_provider_reference"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("fee_minor >= 0", name="fee_not_negative"),
        CheckConstraint("order_id is null or event_id is not null", name="order_has_event"),
        CheckConstraint(
            "status not in ('approved', 'sent', 'done') or approved_at is not null", name="approved_has_time"
        ),
        CheckConstraint("status not in ('sent', 'done') or sent_at is not null", name="sent_has_time"),
        CheckConstraint(
            "(status = 'done') = (done_at is not null) and (status <> 'done' or business_on is not null)",
            name="done_has_time",
        ),
        CheckConstraint("(status = 'failed') = (failed_at is not null)", name="failed_has_time"),
        CheckConstraint("status <> 'failed' or last_error is not null", name="failed_says_why"),
        CheckConstraint("(status = 'rejected') = (rejected_at is not null)", name="rejected_has_time"),
        CheckConstraint("reason <> 'other' or reason_text is not null", name="other_reason_in_words"),
        Index("ix_refund_queue_list", "account_id", "status", "requested_at", "id"),
        Index(
            "ix_refund_queue_to_send",
            "account_id",
            "next_attempt_at",
            postgresql_where=text("status = 'approved'"),
        ),
    )

    payment_id: Mapped[int] = ref("payments")
    order_id: Mapped[int | None] = ref("orders", through_event=True)
    """→ orders: the order it takes back from."""
    event_id: Mapped[int | None] = ref("events")
    """→ events: the payment's."""
    credit_note_id: Mapped[int | None] = ref("invoices")
    """→ invoices: the credit note written for it."""
    amount_minor: Mapped[MinorUnits]
    """How much goes back."""
    fee_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """What the provider charges for it."""
    currency: Mapped[CurrencyCode]
    """The payment's."""
    reason: Mapped[RefundReason] = choice(RefundReason, RefundReason.BUYER_REQUEST)
    """Why."""
    reason_text: Mapped[str | None]
    """Why, in words."""
    voids_tickets: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether the tickets it pays back are voided when it is done."""
    status: Mapped[RefundStatus] = choice(RefundStatus, RefundStatus.REQUESTED)
    """requested → approved → sent → done / failed; requested → rejected; failed → approved for another try."""
    requested_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When it was asked for."""
    requested_by_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who asked; NULL for a public page or a job."""
    approved_at: Mapped[dt.datetime | None]
    """When it was approved."""
    approved_by_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who approved it."""
    rejected_at: Mapped[dt.datetime | None]
    """When it was turned down."""
    sent_at: Mapped[dt.datetime | None]
    """When the provider or bank took it."""
    done_at: Mapped[dt.datetime | None]
    """When it was confirmed."""
    business_on: Mapped[dt.date | None]
    """That day in the house's zone: the business date of its ledger entries."""
    failed_at: Mapped[dt.datetime | None]
    """When it failed for good; emptied when tried again."""
    attempts: Mapped[Count] = mapped_column(server_default=text("0"))
    """Tries to send it."""
    next_attempt_at: Mapped[dt.datetime | None]
    """When the job tries next; NULL = at once."""
    last_error: Mapped[str | None]
    """What the provider said last."""
    provider_reference: Mapped[str | None]
    """The provider's id of the refund; unique per payment."""
    idempotency_key: Mapped[str | None]
    """Sent to the provider so that a repeat pays once."""
