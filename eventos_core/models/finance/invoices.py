"""Invoices and credit notes with gap-free numbers."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.finance import InvoiceKind, InvoiceStatus
from eventos_core.models.base import (
    Archivable,
    Count,
    CurrencyCode,
    Editable,
    Email,
    JsonList,
    JsonObject,
    MinorUnits,
    Name,
    Positive,
    Ppm,
    RateE12,
    TenantTable,
    Timestamped,
    choice,
    ref,
)
from eventos_core.models.types import fragments


class InvoiceSeries(TenantTable, Editable, Archivable):
    """A run of document numbers without gaps; the row is locked while a number is taken."""

    __tablename__ = "invoice_series"
    __domain__ = "finance"
    __table_args__ = (
        UniqueConstraint("account_id", "prefix", name="uq_invoice_series_prefix"),
        # Lets an invoice's kind be tied to its series.
        UniqueConstraint("account_id", "id", "kind", name="uq_invoice_series_kind_key"),
        CheckConstraint("prefix ~ '^[A-Z0-9/-]{0,20}$'", name="prefix_form"),
        CheckConstraint("digits between 1 and 12", name="digits"),
        CheckConstraint("not is_default or archived_at is null", name="default_in_use"),
        Index("uq_invoice_series_default", "account_id", "kind", unique=True, postgresql_where=text("is_default")),
    )

    name: Mapped[Name]
    """As people choose it."""
    kind: Mapped[InvoiceKind] = choice(InvoiceKind, InvoiceKind.INVOICE)
    """Which documents it numbers."""
    prefix: Mapped[str]
    """Put before the number (“2027-”); unique in the house, so that no two documents read the same."""
    digits: Mapped[int] = mapped_column(server_default=text("5"))
    """The number is filled with zeros to so many digits."""
    next_number: Mapped[Positive] = mapped_column(server_default=text("1"))
    """Number of the next document. Changed under the row lock only, never lowered."""
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    """Used where nothing else is said; one per kind."""


class Invoice(TenantTable, Editable):
    """A demand for money, or a credit note that takes one back; once issued it never changes but in status.

    Amounts of a credit note are positive as well: the kind tells the direction.
    """

    __tablename__ = "invoices"
    __domain__ = "finance"
    __derived__ = {"search_text": "app.search_key(concat_ws(' ', new.number_text, new.buyer_name, new.purchase_order))"}
    __table_args__ = (
        UniqueConstraint("account_id", "series_id", "number", name="uq_invoices_number"),
        UniqueConstraint("account_id", "number_text", name="uq_invoices_number_text"),
        ForeignKeyConstraint(
            ["account_id", "series_id", "kind"],
            ["invoice_series.account_id", "invoice_series.id", "invoice_series.kind"],
            name="fk_invoices_series_kind",
        ),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("(status = 'draft') = (number is null)", name="issued_has_number"),
        CheckConstraint("(number is null) = (number_text is null)", name="number_is_written"),
        CheckConstraint("status = 'draft' or num_nonnulls(issue_on, issued_at) = 2", name="issued_has_day"),
        CheckConstraint("status = 'draft' or kind = 'credit_note' or due_on is not null", name="issued_has_due_day"),
        CheckConstraint("issue_on <= due_on", name="due_after_issue"),
        CheckConstraint("kind = 'invoice' or corrects_id is not null", name="credit_note_corrects"),
        CheckConstraint("kind = 'credit_note' or corrects_id is null", name="only_credit_note_corrects"),
        CheckConstraint("status = 'draft' or num_nonnulls(organization_id, contact_id) >= 1", name="issued_has_buyer"),
        CheckConstraint("status = 'draft' or length(buyer_name) > 0", name="issued_names_buyer"),
        CheckConstraint("num_nonnulls(event_sponsor_id, order_id) <= 1", name="sponsor_or_order"),
        CheckConstraint(
            "event_id is not null or num_nonnulls(event_sponsor_id, order_id) = 0", name="sponsor_and_order_have_event"
        ),
        CheckConstraint("net_minor >= 0 and tax_minor >= 0", name="amounts_not_negative"),
        CheckConstraint("paid_minor >= 0 and credited_minor >= 0", name="settled_not_negative"),
        CheckConstraint("paid_minor + credited_minor <= net_minor + tax_minor", name="settled_within_total"),
        CheckConstraint("(status = 'void') = (voided_at is not null)", name="void_has_time"),
        CheckConstraint("status <> 'paid' or paid_at is not null", name="paid_has_time"),
        Index("ix_invoices_series_id", "account_id", "series_id", "kind"),
        Index("ix_invoices_list", "account_id", "status", "issue_on", "id"),
        Index("ix_invoices_open", "account_id", "due_on", postgresql_where=text("status in ('issued', 'overdue')")),
        fragments("invoices", "search_text"),
    )

    series_id: Mapped[int] = ref("invoice_series")
    number: Mapped[int | None]
    """Taken from the series when issued; NULL while draft."""
    number_text: Mapped[str | None]
    """Prefix and number as printed, frozen when issued; unique in the house."""
    kind: Mapped[InvoiceKind] = choice(InvoiceKind, InvoiceKind.INVOICE)
    """The series' kind."""
    status: Mapped[InvoiceStatus] = choice(InvoiceStatus, InvoiceStatus.DRAFT)
    """draft → issued → paid / overdue / void; overdue → paid / void. A job marks overdue."""
    corrects_id: Mapped[int | None] = ref("invoices")
    """→ invoices: the invoice a credit note takes back."""
    organization_id: Mapped[int | None] = ref("organizations")
    """→ organizations: the buying company."""
    contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: the buying person, or whom at the company to ask."""
    event_id: Mapped[int | None] = ref("events")
    """→ events: whose revenue it is; NULL = none in particular."""
    event_sponsor_id: Mapped[int | None] = ref("event_sponsors", through_event=True)
    """→ event_sponsors: the contract it bills."""
    order_id: Mapped[int | None] = ref("orders", through_event=True)
    """→ orders: the order it bills."""
    buyer_name: Mapped[str] = mapped_column(server_default=text("''"))
    """Buyer as printed, frozen when issued."""
    buyer_email: Mapped[Email | None]
    """Where it is sent."""
    buyer_address: Mapped[JsonObject]
    """Address as printed, frozen when issued."""
    buyer_tax_id: Mapped[str | None]
    """Buyer's tax number as printed."""
    seller: Mapped[JsonObject]
    """The house as printed (legal name, address, tax ids, bank), frozen when issued."""
    purchase_order: Mapped[str | None]
    """Buyer's order number as printed."""
    issue_on: Mapped[dt.date | None]
    """Day of issue, in the house's zone; the business date of its ledger entries."""
    due_on: Mapped[dt.date | None]
    """Day by which it is to be paid."""
    supplied_from_on: Mapped[dt.date | None]
    """First day of the service billed."""
    supplied_to_on: Mapped[dt.date | None]
    """Last day of the service billed."""
    net_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Sum of the lines without tax."""
    tax_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Sum of the tax lines."""
    total_minor: Mapped[int] = mapped_column(BigInteger, Computed("net_minor + tax_minor", persisted=True))
    """What is to be paid; generated."""
    tax_lines: Mapped[JsonList]
    """[{rate_ppm, net_minor, tax_minor, note}] per rate, frozen when issued; sums to net and tax."""
    reverse_charge: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the buyer owes the tax; printed as a note, no tax added."""
    paid_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Confirmed payments allocated to it. Changed under the row lock only."""
    credited_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Taken back by issued credit notes. Changed under the row lock only."""
    open_minor: Mapped[int] = mapped_column(
        BigInteger, Computed("net_minor + tax_minor - paid_minor - credited_minor", persisted=True)
    )
    """Still to be paid; generated."""
    currency: Mapped[CurrencyCode]
    """Currency of all amounts."""
    rate_to_base_e12: Mapped[RateE12 | None]
    """Exchange rate to the base currency frozen when issued, times 10^12."""
    payment_terms: Mapped[str | None]
    """As printed."""
    intro: Mapped[str | None]
    """Text before the lines."""
    footer: Mapped[str | None]
    """Text after the lines."""
    document_asset_id: Mapped[int | None] = ref("media_assets")
    """→ media_assets: the document as sent."""
    issued_at: Mapped[dt.datetime | None]
    """When it was issued."""
    issued_by_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who issued it; NULL for a job."""
    sent_at: Mapped[dt.datetime | None]
    """When it was last sent."""
    reminders: Mapped[Count] = mapped_column(server_default=text("0"))
    """Reminders sent."""
    last_reminded_at: Mapped[dt.datetime | None]
    """When the last reminder was sent."""
    paid_at: Mapped[dt.datetime | None]
    """When nothing was open any more."""
    voided_at: Mapped[dt.datetime | None]
    """When it was voided; the number stays taken."""
    void_reason: Mapped[str | None]
    """Why."""
    internal_note: Mapped[str | None]
    """For the house only."""
    search_text: Mapped[str] = mapped_column(server_default=text("''"))
    """Number, buyer and purchase order, normalised. Kept by trigger."""


class InvoiceLine(TenantTable, Timestamped):
    """One line of an invoice; frozen with it."""

    __tablename__ = "invoice_lines"
    __domain__ = "finance"
    __table_args__ = (
        UniqueConstraint(
            "account_id",
            "invoice_id",
            "position",
            name="uq_invoice_lines_position",
            deferrable=True,
            initially="DEFERRED",
        ),
        CheckConstraint("discount_minor >= 0", name="discount_not_negative"),
        CheckConstraint("length(description) between 1 and 2000", name="description_length"),
    )

    invoice_id: Mapped[int] = ref("invoices", on_delete="CASCADE")
    order_item_id: Mapped[int | None] = ref("order_items")
    """→ order_items: the order line it bills."""
    instalment_id: Mapped[int | None] = ref("event_sponsor_instalments")
    """→ event_sponsor_instalments: the part of a sponsor's fee it bills."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order, from 0."""
    description: Mapped[str]
    """As printed."""
    quantity: Mapped[Positive] = mapped_column(server_default=text("1"))
    """Whole units."""
    unit: Mapped[str | None]
    """Word for one unit, as printed."""
    unit_price_minor: Mapped[MinorUnits]
    """Price of one without tax; negative on a line that takes off."""
    discount_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Taken off the whole line, without tax."""
    net_minor: Mapped[int] = mapped_column(
        BigInteger, Computed("quantity * unit_price_minor - discount_minor", persisted=True)
    )
    """Line without tax; generated."""
    tax_rate_ppm: Mapped[Ppm] = mapped_column(server_default=text("0"))
    """Tax rate in parts per million of net."""
    tax_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """The line's share of its rate's tax, so that lines sum to the invoice to the cent."""
    currency: Mapped[CurrencyCode]
    """The invoice's."""
