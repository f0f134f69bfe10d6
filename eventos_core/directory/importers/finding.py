"""Finding organisations and members by the names that files write; also for the importers of higher domains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text

from eventos_core.db.session import TenantSession
from eventos_core.directory.rules.values import compose_name
from eventos_core.enums.directory import OrganizationKind
from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel.permissions import Permission, Role
from eventos_core.models.directory import Organization
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.imports import bulk
from eventos_core.operations.imports.fields import Incoming
from eventos_core.operations.imports.plan import Scope, Target
from eventos_core.operations.imports.records import Link

ORGANIZATIONS = "organizations"
OWNERS = "owners"

Found = Mapping[str, Sequence[tuple[Target, str]]]


def by_text(db: TenantSession, statement: str, values: Sequence[str], entity: str, **more: Any) -> Found:
    """Records by the texts that mean them: `statement` selects value, id and name, joining `wanted(value)`."""
    found: dict[str, list[tuple[Target, str]]] = {}
    rows = db.execute(
        text(f"with wanted as (select distinct v as value from unnest(cast(:values as text[])) as v) {statement}"),
        {"account": db.context.account_id, "values": list(values), **more},
    )
    for row in rows:
        found.setdefault(row.value, []).append((Target(entity, row.id), row.name))
    return found


def find_organizations(db: TenantSession, scope: Scope, values: Sequence[str]) -> Found:
    """Companies in use of exactly that name, accents and case aside."""
    return by_text(
        db,
        "select w.value, o.id, concat_ws(', ', o.name, o.city) as name from wanted w join organizations o"
        " on o.account_id = :account and o.name_sort = app.sort_key(w.value)"
        " where o.archived_at is null and o.merged_into_id is null order by o.id",
        values,
        ORGANIZATIONS,
    )


def create_organizations(
    db: TenantSession, scope: Scope, values: Sequence[str], rows: Sequence[Incoming]
) -> dict[str, Target]:
    """A company per name, with what the rows that name it first know about it."""
    records: list[dict[str, Any]] = [
        {
            "name": value[:200],
            "kind": OrganizationKind.OTHER.value,
            "industry": row.values.get("organization_industry"),
            "website": row.values.get("organization_website"),
            "description": row.values.get("organization_about"),
            "source": scope.source,
            "tags": [],
            "custom": {},
        }
        for value, row in zip(values, rows, strict=True)
    ]
    names = ("name", "kind", "industry", "website", "description", "source", "tags", "custom")
    ids = bulk.insert(db, Organization, names, records)
    return {value: Target(ORGANIZATIONS, record_id) for value, record_id in zip(values, ids, strict=True)}


def find_members(db: TenantSession, scope: Scope, values: Sequence[str]) -> Found:
    """Members of the house by display name or by the address they sign in with or were invited at."""
    return by_text(
        db,
        "select w.value, m.id, m.display_name as name from wanted w join account_users m"
        " on m.account_id = :account and m.status <> 'disabled'"
        " and (m.name_sort = app.sort_key(w.value) or m.invited_email_norm = app.email_norm(w.value)"
        " or m.user_id in (select u.id from users u where u.email_norm = app.email_norm(w.value))) order by m.id",
        values,
        "account_users",
    )


def create_members(
    db: TenantSession, scope: Scope, values: Sequence[str], rows: Sequence[Incoming]
) -> dict[str, Target]:
    """A placeholder membership per name, to be claimed by invitation later; it opens nothing."""
    records: list[dict[str, Any]] = [
        {
            "display_name": value[:200],
            "role": Role.MEMBER.value,
            "status": MemberStatus.PLACEHOLDER.value,
            "permissions": {"grant": [], "deny": []},
        }
        for value in values
    ]
    ids = bulk.insert(db, AccountUser, ("display_name", "role", "status", "permissions"), records)
    return {value: Target("account_users", record_id) for value, record_id in zip(values, ids, strict=True)}


def organization_link(field: str = "organization", column: str = "organization_id") -> Link:
    """A field that names a company; missing ones are made with `create_missing` = organizations."""
    return Link(field, ORGANIZATIONS, find_organizations, create_organizations, column=column)


def owner_link(column: str = "owner_id") -> Link:
    """A field that names the member who keeps the record; missing ones become placeholders (`owners`)."""
    return Link("owner", OWNERS, find_members, create_members, needs=Permission.TEAM_MANAGE, column=column)


def person_name(values: Mapping[str, Any]) -> str:
    """The person's name from the fields of a row; may be empty."""
    return compose_name(values.get("first_name"), values.get("last_name"), values.get("full_name"))
