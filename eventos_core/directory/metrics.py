"""Figures about people and companies."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select

from eventos_core.db.session import TenantSession
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Contact, Organization
from eventos_core.operations.metrics import Measured, Scope, Unit, metric


@metric(
    key="contacts",
    name="Contacts",
    unit=Unit.COUNT,
    formula="people in use: not archived, not merged away; made by the as-of time",
    requires=Permission.CONTACTS_READ,
)
def contacts(db: TenantSession, scope: Scope) -> Measured:
    """People in use."""
    return _in_use(db, Contact, scope, "directory.contacts")


@metric(
    key="organizations",
    name="Organisations",
    unit=Unit.COUNT,
    formula="companies in use besides the house itself: not archived, not merged away; made by the as-of time",
    requires=Permission.CONTACTS_READ,
)
def organizations(db: TenantSession, scope: Scope) -> Measured:
    """Companies in use, the house's own aside."""
    return _in_use(db, Organization, scope, "directory.organizations", ~Organization.is_own)


def _in_use(
    db: TenantSession,
    model: type[Contact] | type[Organization],
    scope: Scope,
    listing: str,
    *more: ColumnElement[bool],
) -> Measured:
    """Rows in use, within the scope's window of creation; `owner_id` narrows to one keeper."""
    tests = [
        model.account_id == db.context.account_id,
        model.created_at <= scope.as_of,
        (model.archived_at.is_(None)) | (model.archived_at > scope.as_of),
        *more,
    ]
    if scope.from_ is not None:
        tests.append(model.created_at >= scope.from_)
    if scope.to is not None:
        tests.append(model.created_at < scope.to)
    if scope.owner_id is not None:
        tests.append(model.owner_id == scope.owner_id)
    count = db.scalar(select(func.count()).select_from(model).where(*tests)) or 0
    return Measured(count, count, listing)
