"""Who a new record might be already: people by e-mail, phone and name; companies by domain and name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, case, func, literal, or_, select, union_all

from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.directory.rules.contacts import PhoneEntry
from eventos_core.directory.rules.duplicates import SIMILAR_FROM, Sign
from eventos_core.directory.rules.values import email_norm
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Contact, ContactEmail, ContactPhone, Organization


@dataclass(frozen=True)
class LookAlike:
    """A record that has what a new one would have: `shared` is the address, number, domain or name."""

    id: int
    name: str
    shared: str
    sign: Sign
    """What it is that both have."""


@query(requires=Permission.CONTACTS_READ)
def same_address(db: TenantSession, emails: tuple[str, ...], *, besides: int | None = None) -> list[LookAlike]:
    """Contacts in use with one of these addresses (compared normalised), at most 10."""
    return find_same_person(db, emails, besides=besides)


@query(requires=Permission.CONTACTS_READ)
def same_domain(db: TenantSession, domain: str, name: str = "", *, besides: int | None = None) -> list[LookAlike]:
    """Companies in use with that domain or exactly that name (without accents and case), at most 10."""
    return find_same_company(db, domain, name, besides=besides)


def find_same_person(
    db: TenantSession,
    emails: Iterable[str],
    phones: Iterable[PhoneEntry] = (),
    names: tuple[str | None, str | None, str] = (None, None, ""),
    organization_id: int | None = None,
    *,
    besides: int | None = None,
) -> list[LookAlike]:
    """Contacts in use whom the search for duplicates would call likely the same as a new one, at most 10; one query.

    `names` are first, last and full name. By e-mail; by phone where the name is the same or similar; by name within
    the company. For commands that have checked their own permission.
    """
    first, last, full = names
    key = func.app.sort_key(" ".join(part for part in (last, first) if part) or full)
    alike = or_(Contact.name_sort == key, func.extensions.similarity(Contact.name_sort, key) >= SIMILAR_FROM)
    mail = _has(ContactEmail, ContactEmail.email, Sign.EMAIL)
    norms = sorted({email_norm(email) for email in emails if email.strip()})
    number = _has(ContactPhone, func.coalesce(ContactPhone.e164, ContactPhone.number), Sign.PHONE)
    digits = sorted({"".join(c for c in entry.e164 or entry.number if c.isdigit()) for entry in phones})
    there = select(Contact.id, Contact.full_name, Contact.full_name.label("shared"), literal(Sign.NAME.value))
    arms = [
        *([mail.where(ContactEmail.email_norm.in_(norms))] if norms else []),
        *([number.where(ContactPhone.digits.in_(digits), alike)] if digits else []),
        *(
            [there.where(Contact.organization_id == organization_id, Contact.name_sort == key)]
            if organization_id
            else []
        ),
    ]
    if not arms:
        return []
    live = (
        Contact.account_id == db.context.account_id, Contact.archived_at.is_(None), Contact.id != (besides or 0)
    )  # fmt: skip
    found = union_all(*(arm.where(*live).order_by(Contact.id).limit(10) for arm in arms)).subquery("found")
    # Who is found twice is told by the surest sign, which stands first.
    rows = sorted(db.execute(select(found).limit(10)), key=lambda row: (list(Sign).index(Sign(row[3])), row[0]))
    return list({row[0]: LookAlike(row[0], row[1], row[2], Sign(row[3])) for row in reversed(rows)}.values())[::-1]


def _has(model: Any, shared: Any, sign: Sign) -> Select[*tuple[Any, ...]]:
    """Contacts joined with one of their kinds of address, as the columns of `LookAlike`."""
    return select(Contact.id, Contact.full_name, shared.label("shared"), literal(sign.value)).join(
        model, and_(model.account_id == Contact.account_id, model.contact_id == Contact.id)
    )


def find_same_company(db: TenantSession, domain: str, name: str, *, besides: int | None = None) -> list[LookAlike]:
    """As `same_domain`, for commands that have checked their own permission."""
    norm = domain.strip().lower()
    tests = [Organization.domain_norm == norm] if norm else []
    if name.strip():
        tests.append(Organization.name_sort == func.app.sort_key(name))
    if not tests:
        return []
    same_name = literal(Sign.NAME.value)
    sign = case((Organization.domain_norm == norm, Sign.DOMAIN.value), else_=same_name) if norm else same_name
    statement = (
        select(Organization.id, Organization.name, func.coalesce(Organization.domain, Organization.name), sign)
        .where(
            Organization.account_id == db.context.account_id,
            or_(*tests),
            Organization.archived_at.is_(None),
            Organization.id != (besides or 0),
        )
        .order_by(Organization.id)
        .limit(10)
    )
    return [LookAlike(row[0], row[1], row[2], Sign(row[3])) for row in db.execute(statement)]


def match_by_email(db: TenantSession, email: str) -> Contact | None:
    """The one contact in use with that address; the oldest where several share it, None where nobody has it."""
    return db.scalars(
        select(Contact)
        .join(
            ContactEmail,
            and_(ContactEmail.account_id == Contact.account_id, ContactEmail.contact_id == Contact.id),
        )
        .where(
            Contact.account_id == db.context.account_id,
            ContactEmail.email_norm == email_norm(email),
            Contact.archived_at.is_(None),
        )
        .order_by(Contact.id)
        .limit(1)
    ).first()
