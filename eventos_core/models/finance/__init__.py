"""Invoices, payments, bank statements, refunds and the ledger."""

from eventos_core.models.finance.invoices import Invoice, InvoiceLine, InvoiceSeries
from eventos_core.models.finance.ledger import LedgerEntry
from eventos_core.models.finance.payments import (
    BankStatement,
    BankStatementLine,
    GatewayEvent,
    Payment,
    PaymentAllocation,
    Refund,
)

__all__ = [
    "BankStatement",
    "BankStatementLine",
    "GatewayEvent",
    "Invoice",
    "InvoiceLine",
    "InvoiceSeries",
    "LedgerEntry",
    "Payment",
    "PaymentAllocation",
    "Refund",
]
