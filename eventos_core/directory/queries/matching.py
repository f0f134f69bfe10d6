"""Who might be the same: exact normalised e-mail for people, domain for companies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.orm import aliased

from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.directory.rules.values import email_norm
from eventos_core.enums.directory import MergeEntity
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Contact, ContactEmail, DuplicateDismissal, Organization

SUSPECTS = FrameSpec(
    entity="text", first_id="int", first="text", second_id="int", second="text", shared="text", owner_id="int"
)
"""Pairs that look like one; `shared` is the address or domain both have."""


@dataclass(frozen=True)
class LookAlike:
    """A record that has what a new one would have."""

    id: int
    name: str
    shared: str


@query(requires=Permission.CONTACTS_READ)
def same_address(db: TenantSession, emails: tuple[str, ...], *, besides: int | None = None) -> list[LookAlike]:
    """Contacts in use with one of these addresses (compared normalised), at most 10."""
    return find_same_address(db, emails, besides=besides)


@query(requires=Permission.CONTACTS_READ)
def same_domain(db: TenantSession, domain: str, name: str = "", *, besides: int | None = None) -> list[LookAlike]:
    """Companies in use with that domain or exactly that name (without accents and case), at most 10."""
    return find_same_company(db, domain, name, besides=besides)


@query(requires=Permission.CONTACTS_READ)
def possible_duplicates(
    db: TenantSession, entity: MergeEntity = MergeEntity.CONTACT, *, owner_id: int | None = None, limit: int = 50
) -> pd.DataFrame:
    """Pairs in use that share a normalised e-mail (people) or domain (companies) as `SUSPECTS`.

    Pairs that somebody found to be different are left out; with `owner_id` only where that member keeps one of the
    two, which costs what the member keeps, not what the house holds.
    """
    if entity is MergeEntity.CONTACT:
        return _people(db, owner_id, limit)
    return _companies(db, owner_id, limit)


def find_same_address(db: TenantSession, emails: Iterable[str], *, besides: int | None = None) -> list[LookAlike]:
    """As `same_address`, for commands that have checked their own permission."""
    norms = sorted({email_norm(email) for email in emails if email.strip()})
    if not norms:
        return []
    statement = (
        select(Contact.id, Contact.full_name, func.min(ContactEmail.email))
        .join(
            ContactEmail,
            and_(ContactEmail.account_id == Contact.account_id, ContactEmail.contact_id == Contact.id),
        )
        .where(
            Contact.account_id == db.context.account_id,
            ContactEmail.email_norm.in_(norms),
            Contact.archived_at.is_(None),
            Contact.id != (besides or 0),
        )
        .group_by(Contact.id, Contact.full_name)
        .order_by(Contact.id)
        .limit(10)
    )
    return [LookAlike(*row) for row in db.execute(statement)]


def find_same_company(db: TenantSession, domain: str, name: str, *, besides: int | None = None) -> list[LookAlike]:
    """As `same_domain`, for commands that have checked their own permission."""
    norm = domain.strip().lower()
    tests = [Organization.domain_norm == norm] if norm else []
    if name.strip():
        tests.append(Organization.name_sort == func.app.sort_key(name))
    if not tests:
        return []
    statement = (
        select(Organization.id, Organization.name, func.coalesce(Organization.domain, Organization.name))
        .where(
            Organization.account_id == db.context.account_id,
            or_(*tests),
            Organization.archived_at.is_(None),
            Organization.id != (besides or 0),
        )
        .order_by(Organization.id)
        .limit(10)
    )
    return [LookAlike(*row) for row in db.execute(statement)]


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


def _people(db: TenantSession, owner_id: int | None, limit: int) -> pd.DataFrame:
    first, second = aliased(Contact), aliased(Contact)
    one, other = aliased(ContactEmail), aliased(ContactEmail)
    account = db.context.account_id
    statement = (
        select(
            literal(MergeEntity.CONTACT.value).label("entity"),
            first.id.label("first_id"),
            first.full_name.label("first"),
            second.id.label("second_id"),
            second.full_name.label("second"),
            func.min(one.email_norm).label("shared"),
            first.owner_id,
        )
        .select_from(one)
        .join(other, and_(other.account_id == one.account_id, other.email_norm == one.email_norm))
        .join(first, and_(first.account_id == one.account_id, first.id == one.contact_id))
        .join(second, and_(second.account_id == other.account_id, second.id == other.contact_id))
        .where(
            one.account_id == account,
            one.email_norm != "",
            first.archived_at.is_(None),
            second.archived_at.is_(None),
            # Of each pair one order; with an owner, theirs first, so that the walk starts at what they keep.
            first.id < second.id if owner_id is None else first.id != second.id,
            ~_dismissed(MergeEntity.CONTACT, first.id, second.id, account),
        )
        .group_by(first.id, first.full_name, second.id, second.full_name, first.owner_id)
        .order_by(first.id, second.id)
        .limit(limit)
    )
    if owner_id is not None:
        statement = statement.where(
            first.owner_id == owner_id, or_(first.id < second.id, second.owner_id.is_distinct_from(owner_id))
        )
    return SUSPECTS.query(db, statement)


def _companies(db: TenantSession, owner_id: int | None, limit: int) -> pd.DataFrame:
    first, second = aliased(Organization), aliased(Organization)
    account = db.context.account_id
    statement = (
        select(
            literal(MergeEntity.ORGANIZATION.value).label("entity"),
            first.id.label("first_id"),
            first.name.label("first"),
            second.id.label("second_id"),
            second.name.label("second"),
            first.domain_norm.label("shared"),
            first.owner_id,
        )
        .join(second, and_(second.account_id == first.account_id, second.domain_norm == first.domain_norm))
        .where(
            first.account_id == account,
            first.domain_norm != "",
            first.archived_at.is_(None),
            second.archived_at.is_(None),
            first.id < second.id if owner_id is None else first.id != second.id,
            ~_dismissed(MergeEntity.ORGANIZATION, first.id, second.id, account),
        )
        .order_by(first.id, second.id)
        .limit(limit)
    )
    if owner_id is not None:
        statement = statement.where(
            first.owner_id == owner_id, or_(first.id < second.id, second.owner_id.is_distinct_from(owner_id))
        )
    return SUSPECTS.query(db, statement)


def _dismissed(entity: MergeEntity, first: Any, second: Any, account: int) -> ColumnElement[bool]:
    return (
        select(DuplicateDismissal.id)
        .where(
            DuplicateDismissal.account_id == account,
            DuplicateDismissal.entity == entity,
            DuplicateDismissal.lower_id == func.least(first, second),
            DuplicateDismissal.higher_id == func.greatest(first, second),
        )
        .exists()
    )
