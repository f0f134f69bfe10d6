"""What a company may hold, where it may hang in its group, and which account numbers are plausible."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eventos_core.directory.rules.values import Problems
from eventos_core.enums.directory import OrganizationKind, OrganizationSize
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.money import currencies

BILLING = (
    "billing_name", "billing_street", "billing_street2", "billing_city", "billing_region", "billing_postal_code",
    "billing_reference",
)  # fmt: skip
POSTAL = ("street", "street2", "city", "region", "postal_code")


@dataclass(frozen=True)
class OrganizationFields:
    """Everything people edit of a company, bank data apart; empty text counts as none."""

    name: str = ""
    legal_name: str | None = None
    kind: OrganizationKind = OrganizationKind.OTHER
    parent_id: int | None = None
    owner_id: int | None = None
    domain: str | None = None
    website: str | None = None
    email: str | None = None
    phone: str | None = None
    industry: str | None = None
    size: OrganizationSize | None = None
    annual_revenue_minor: int | None = None
    revenue_currency: str | None = None
    description: str | None = None
    source: str | None = None
    language: str | None = None
    timezone: str | None = None
    do_not_contact: bool = False
    street: str | None = None
    street2: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    billing_name: str | None = None
    billing_email: str | None = None
    billing_street: str | None = None
    billing_street2: str | None = None
    billing_city: str | None = None
    billing_region: str | None = None
    billing_postal_code: str | None = None
    billing_country: str | None = None
    billing_reference: str | None = None
    currency: str | None = None
    payment_terms_days: int | None = None
    tax_id: str | None = None
    registration_no: str | None = None
    socials: Mapping[str, str] = field(default_factory=dict)
    tags: Sequence[str] = ()


def check_organization(given: OrganizationFields) -> dict[str, Any]:
    """The columns of `organizations`, normalised. Raises InvalidInput with every wrong field."""
    wrong = Problems()
    values: dict[str, Any] = {
        name: wrong.text(name, getattr(given, name))
        for name in ("legal_name", "industry", "source", "tax_id", "registration_no", *POSTAL, *BILLING)
    }
    phone = wrong.text("phone", given.phone, limit=50)
    if phone and sum(c.isdigit() for c in phone) < 3:
        wrong.add("phone", "This is not a phone number")
    if given.payment_terms_days is not None and not 0 <= given.payment_terms_days <= 365:
        wrong.add("payment_terms_days", "0 to 365 days")
    revenue, revenue_currency = given.annual_revenue_minor, _currency(wrong, "revenue_currency", given.revenue_currency)
    if revenue is not None and revenue < 0:
        wrong.add("annual_revenue_minor", "Not below zero")
    if revenue is not None and revenue_currency is None:
        wrong.add("revenue_currency", "Choose the currency")
    values |= {
        "name": wrong.text("name", given.name, required=True) or "",
        "kind": OrganizationKind(given.kind),
        "parent_id": given.parent_id,
        "owner_id": given.owner_id,
        "domain": wrong.domain("domain", given.domain),
        "website": wrong.web_address("website", given.website),
        "email": wrong.email("email", given.email),
        "phone": phone,
        "size": OrganizationSize(given.size) if given.size is not None else None,
        "annual_revenue_minor": revenue,
        "revenue_currency": revenue_currency if revenue is not None else None,
        "description": wrong.lines("description", given.description),
        "language": wrong.language("language", given.language),
        "timezone": wrong.timezone("timezone", given.timezone),
        "do_not_contact": bool(given.do_not_contact),
        "country": wrong.country("country", given.country),
        "billing_email": wrong.email("billing_email", given.billing_email),
        "billing_country": wrong.country("billing_country", given.billing_country),
        "currency": _currency(wrong, "currency", given.currency),
        "payment_terms_days": given.payment_terms_days,
        "socials": wrong.socials("socials", given.socials),
        "tags": wrong.tags("tags", given.tags),
    }
    wrong.raise_if_any()
    return values


def check_parent(organization_id: int, parent_id: int | None, ancestors: Sequence[int]) -> None:
    """A company is never above itself; `ancestors` are the parent's own parents upwards. Raises InvalidInput."""
    if parent_id is not None and organization_id in (parent_id, *ancestors):
        raise InvalidInput(
            "A company cannot belong to itself or to one of its own parts.",
            hint="Choose another parent.",
            fields={"parent_id": "Would close a circle"},
        )


@dataclass(frozen=True)
class BankData:
    """Where money to a company goes."""

    holder: str | None = None
    iban: str | None = None
    bic: str | None = None

    @property
    def hint(self) -> str | None:
        """The last four characters of the account, to tell accounts apart."""
        return self.iban[-4:] if self.iban else None


def check_bank(given: BankData) -> BankData:
    """Bank data with account and BIC in upper case without blanks.

    What begins like an IBAN must satisfy its check digits (ISO 13616, remainder 1 modulo 97); other account numbers
    are taken as written. Raises InvalidInput.
    """
    wrong = Problems()
    holder = wrong.text("holder", given.holder)
    account = re.sub(r"\s+", "", given.iban or "").upper()
    bic = re.sub(r"\s+", "", given.bic or "").upper()
    if account and re.match(r"[A-Z]{2}\d{2}", account):
        if not valid_iban(account):
            wrong.add("iban", "The check digits of this IBAN do not fit")
    elif account and not re.fullmatch(r"[A-Z0-9/ .:-]{4,64}", account):
        wrong.add("iban", "Give an IBAN, or an account number of 4 to 64 letters and digits")
    if bic and not re.fullmatch(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", bic):
        wrong.add("bic", "A BIC has 8 or 11 characters")
    if (holder or bic) and not account:
        wrong.add("iban", "Give the account")
    wrong.raise_if_any()
    return BankData(holder, account or None, bic or None)


def valid_iban(iban: str) -> bool:
    """Whether the check digits fit (ISO 13616: moved to the front, letters as 10–35, remainder 1 modulo 97)."""
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", iban):
        return False
    digits = "".join(str(int(c, 36)) for c in iban[4:] + iban[:4])
    return int(digits) % 97 == 1


def _currency(wrong: Problems, name: str, value: str | None) -> str | None:
    code = (value or "").strip().upper()
    if code and code not in currencies():
        wrong.add(name, "Choose a currency")
    return code or None
