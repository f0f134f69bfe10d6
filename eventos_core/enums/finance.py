"""What invoices, payments, refunds, bank lines and ledger entries can be."""

from __future__ import annotations

from eventos_core.enums.base import LabelledEnum


class InvoiceKind(LabelledEnum):
    """Whether a document asks for money or gives it back."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class InvoiceStatus(LabelledEnum):
    """Where an invoice stands."""

    DRAFT = "draft"
    ISSUED = "issued"
    PAID = "paid"
    OVERDUE = "overdue"
    VOID = "void"


class PaymentGateway(LabelledEnum):
    """By what way money came."""

    CARD = "card"
    BANK_TRANSFER = "bank_transfer"
    CASH = "cash"
    TERMINAL = "terminal"
    FREE = "free"


class PaymentStatus(LabelledEnum):
    """Where a payment stands."""

    CREATED = "created"
    PENDING = "pending"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    REFUNDED = "refunded"


class BankStatementFormat(LabelledEnum):
    """In what form a statement was imported."""

    CAMT053 = "camt053"
    MT940 = "mt940"
    CSV = "csv"

    @property
    def label(self) -> str:
        """The format as banks write it."""
        return {"camt053": "CAMT.053", "mt940": "MT940", "csv": "CSV"}[self.value]


class BankLineStatus(LabelledEnum):
    """Whether it is known what a bank line is."""

    UNMATCHED = "unmatched"
    SUGGESTED = "suggested"
    MATCHED = "matched"
    IGNORED = "ignored"


class RefundReason(LabelledEnum):
    """Why money goes back."""

    BUYER_REQUEST = "buyer_request"
    EVENT_CANCELLED = "event_cancelled"
    EVENT_CHANGED = "event_changed"
    DUPLICATE = "duplicate"
    OVERPAID = "overpaid"
    GOODWILL = "goodwill"
    FRAUD = "fraud"
    OTHER = "other"


class RefundStatus(LabelledEnum):
    """Where a refund stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    REJECTED = "rejected"


class LedgerKind(LabelledEnum):
    """What a money fact is."""

    SALE = "sale"
    DISCOUNT = "discount"
    TAX = "tax"
    FEE = "fee"
    REFUND = "refund"
    SPONSOR_INCOME = "sponsor_income"
    OTHER_INCOME = "other_income"
    COST = "cost"
