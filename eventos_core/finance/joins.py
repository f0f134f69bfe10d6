"""What the finance domain adds to registries: what its tables hold of people, and what the law makes it keep."""

from __future__ import annotations

from eventos_core.enums.tenancy import LegalBasis
from eventos_core.operations.privacy.registry import personal

personal(
    "invoices",
    own=("buyer_name", "buyer_email", "buyer_address", "buyer_tax_id", "internal_note"),
    address=("buyer_email",),
    kept="status <> 'draft'",
    ground=LegalBasis.LEGAL_OBLIGATION,
    title="Invoices",
)
personal(
    "payments", own=("payer_name", "details", "note"), kept="true", ground=LegalBasis.LEGAL_OBLIGATION, title="Payments"
)
personal(
    "bank_statement_lines", own=("counterparty_name", "purpose"), link=("payment_id",), kept="true",
    ground=LegalBasis.LEGAL_OBLIGATION, title="Lines of bank statements",
)  # fmt: skip
