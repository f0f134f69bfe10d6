"""Reading settings: the sections a person may see, the values of one, the rows of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, literal, select, union_all

from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.kernel.errors import PermissionDenied
from eventos_core.kernel.permissions import Permission
from eventos_core.models.base import TenantTable
from eventos_core.models.tenancy import Account
from eventos_core.operations.settings.registry import ManagedList, Section, list_of, section_of, sections


@dataclass(frozen=True)
class SectionShown:
    """One section as a person sees it."""

    key: str
    title: str
    icon: str
    about: str
    may_write: bool


@dataclass(frozen=True)
class SectionValues:
    """The values of one section by key, defaults included, and the version of the house's row."""

    section: str
    values: dict[str, Any]
    version: int


@dataclass(frozen=True)
class ListRow:
    """One row of a managed list; `uses` counts the records that refer to it."""

    id: int
    values: dict[str, Any]
    uses: int
    archived: bool
    version: int


@query(requires=Permission.HOUSE_READ)
def settings_sections(db: TenantSession) -> tuple[SectionShown, ...]:
    """The sections that this person may see, in order. No query."""
    return tuple(
        SectionShown(one.key, one.title, one.icon, one.about, may_write(db, one))
        for one in sections()
        if db.context.can(one.reads)
    )


@query(requires=Permission.HOUSE_READ)
def section_values(db: TenantSession, section: str) -> SectionValues:
    """What a section's settings are. One query. Raises NotFound, PermissionDenied."""
    found = readable(db, section_of(section))
    row = db.execute(select(Account.settings, Account.version).where(Account.id == db.context.account_id)).one()
    return SectionValues(section, {one.key: one.of(row.settings) for one in found.settings}, row.version)


@query(requires=Permission.HOUSE_READ)
def list_rows(db: TenantSession, list: str) -> tuple[ListRow, ...]:
    """The rows of a managed list in order, archived ones last, with how often each is used. Two queries at most.

    Raises NotFound, PermissionDenied.
    """
    section, kept = list_of(list)
    readable(db, section)
    rows = db.scalars(of_list(db, kept)).all()
    used = uses(db, kept, [row.id for row in rows])
    names = [field.key for field in kept.fields]
    found = [
        ListRow(
            row.id, {name: getattr(row, name) for name in names}, used.get(row.id, 0),
            getattr(row, "archived_at", None) is not None, row.version,
        )
        for row in rows
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda row: row.archived))


def readable(db: TenantSession, section: Section) -> Section:
    """The section, if this actor may see it. Raises PermissionDenied."""
    if not db.context.can(section.reads):
        raise PermissionDenied(
            "You may not see these settings.", hint="Ask an owner or admin of the house for it.",
            permission=section.reads.value, action=f"settings.{section.key}",
        )  # fmt: skip
    return section


def may_write(db: TenantSession, section: Section) -> bool:
    """Whether this actor may change the section; values stand in the house's row, which who manages the team writes.

    A section that is all an own screen is written by commands of its domain, which ask for `writes` alone.
    """
    needed = {section.writes}
    if section.settings or section.lists:
        needed.add(Permission.SETTINGS_WRITE)
    if section.settings:
        needed.add(Permission.TEAM_MANAGE)
    return all(db.context.can(permission) for permission in needed)


def of_list(db: TenantSession, kept: ManagedList) -> Select[Any]:
    """Every row of the list, in order."""
    columns = kept.model.__table__.c
    return (
        select(kept.model)
        .where(
            columns.account_id == db.context.account_id,
            *(columns[name] == value for name, value in kept.scope.items()),
        )
        .order_by(columns.position, columns.id)
    )


def uses(db: TenantSession, kept: ManagedList, ids: list[int]) -> dict[int, int]:
    """How many records refer to each row, over every table that does; one query."""
    found = [
        select(column.label("row_id"), func.count().label("times"))
        .where(table.c.account_id == db.context.account_id, column.in_(ids))
        .group_by(column)
        for table in TenantTable.metadata.tables.values()
        if "account_id" in table.c
        for column in table.c
        if getattr(column.info.get("ref"), "table", None) == kept.model.__tablename__
    ]
    if not found or not ids:
        return {}
    each = union_all(*found, select(literal(0), literal(0))).subquery()
    rows = db.execute(select(each.c.row_id, func.sum(each.c.times)).group_by(each.c.row_id)).all()
    return {row_id: int(times) for row_id, times in rows}
