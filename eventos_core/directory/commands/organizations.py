"""Writing companies: create, edit with conflicts shown, archive, restore."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from eventos_core.db.editing import edit, get, set_archived
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.directory.commands.checks import check_exists, check_owner, locked, readable
from eventos_core.directory.queries.matching import find_same_company
from eventos_core.directory.rules.custom import merged
from eventos_core.directory.rules.editing import rebase
from eventos_core.directory.rules.organizations import OrganizationFields, check_organization, check_parent
from eventos_core.kernel.errors import AlreadyExists, EditConflict, NotAllowedNow
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Organization
from eventos_core.operations.custom.queries import settle


@dataclass(frozen=True)
class OrganizationSaved:
    """The company's id and version after the command."""

    organization_id: int
    version: int


@dataclass(frozen=True)
class CreateOrganization:
    """A new company. `allow_duplicate` says that a person has seen which one has the same domain or name."""

    fields: OrganizationFields
    allow_duplicate: bool = False
    custom: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class EditOrganization:
    """All fields of a company as they should be; `version` is the one that was edited.

    With `base`, what the editor saw, only fields that differ from it are written, and changes of others to other
    fields are no conflict.
    """

    organization_id: int
    version: int
    fields: OrganizationFields
    base: OrganizationFields | None = None
    custom: Mapping[str, Any] | None = None
    """The custom fields as they should be; None leaves them."""
    base_custom: Mapping[str, Any] | None = None
    """The custom fields that the editor saw; goes with `base`."""


@dataclass(frozen=True)
class ArchiveOrganizations:
    """Companies to take out of lists; `version` is the one that was seen, where it is a single company."""

    organization_ids: tuple[int, ...]
    version: int | None = None


@dataclass(frozen=True)
class RestoreOrganizations:
    """Archived companies to bring back; `version` as in `ArchiveOrganizations`."""

    organization_ids: tuple[int, ...]
    version: int | None = None


@dataclass(frozen=True)
class OrganizationsChanged:
    """Ids of the companies that changed; those that were so already are left out."""

    organization_ids: tuple[int, ...]


@command(requires=Permission.CONTACTS_WRITE)
def create_organization(db: TenantSession, cmd: CreateOrganization) -> OrganizationSaved:
    """Add a company.

    Raises InvalidInput; AlreadyExists where one in use has the domain or exactly the name, unless `allow_duplicate`.
    """
    values = check_organization(cmd.fields)
    check_exists(db, Organization, values["parent_id"], field="parent_id")
    check_owner(db, values["owner_id"])
    if not cmd.allow_duplicate:
        found = find_same_company(db, values["domain"] or "", values["name"])
        if found:
            raise AlreadyExists(
                f"{found[0].name} is there already ({found[0].shared}).",
                hint="Open that organisation, or say that this is another one.",
            )
    custom = {} if cmd.custom is None else settle(db, "organizations", cmd.custom, {})
    row = Organization(**values, custom={name: value for name, value in custom.items() if value is not None})
    db.add(row)
    db.flush()
    db.refresh(row)
    return OrganizationSaved(row.id, row.version)


@command(requires=Permission.CONTACTS_WRITE)
def edit_organization(db: TenantSession, cmd: EditOrganization) -> OrganizationSaved:
    """Write all fields, bank data apart.

    A changed tax number counts as unverified. Raises NotFound, InvalidInput (also for a circle of parents), Conflict
    when archived, EditConflict with both sides when somebody was faster.
    """
    values, version = check_organization(cmd.fields), cmd.version
    row = get(db, Organization, cmd.organization_id, lock=True, what="organisation")
    custom, both = _custom(db, cmd, row)
    if cmd.base is not None:
        stored = {name: getattr(row, name) for name in values}
        values, clashing = rebase(values, check_organization(cmd.base), stored)
        version = cmd.version if clashing or both else row.version
    if row.version == version:
        if values["parent_id"] != row.parent_id:
            _check_parent(db, row.id, values["parent_id"])
        if values["owner_id"] != row.owner_id:
            check_owner(db, values["owner_id"])
    if values["tax_id"] != row.tax_id:
        values["tax_id_checked_at"] = None
    values |= custom
    try:
        row = edit(db, Organization, cmd.organization_id, version, values, what="organisation")
    except EditConflict as conflict:
        raise readable(db, conflict) from None
    return OrganizationSaved(row.id, row.version)


@command(requires=Permission.CONTACTS_WRITE)
def archive_organizations(db: TenantSession, cmd: ArchiveOrganizations) -> OrganizationsChanged:
    """Take companies out of lists; their people and history stay.

    Raises NotAllowedNow for the house's own, EditConflict where a single company was changed since it was seen.
    """
    rows = [row for row in locked(db, Organization, cmd.organization_ids) if row.archived_at is None]
    for row in rows:
        if row.is_own:
            raise NotAllowedNow("The house's own organisation stays.", hint="Leave it out of the selection.")
        set_archived(db, row, cmd.version, archived=True, what="organisation")
    db.flush()
    return OrganizationsChanged(tuple(row.id for row in rows))


@command(requires=Permission.CONTACTS_WRITE)
def restore_organizations(db: TenantSession, cmd: RestoreOrganizations) -> OrganizationsChanged:
    """Bring archived companies back.

    Raises NotAllowedNow for one that was merged into another, EditConflict as `archive_organizations`.
    """
    rows = [row for row in locked(db, Organization, cmd.organization_ids) if row.archived_at is not None]
    for row in rows:
        if row.merged_into_id is not None:
            raise NotAllowedNow(f"{row.name} was merged into another one.", hint="Take the merge back instead.")
        set_archived(db, row, cmd.version, archived=False, what="organisation")
    db.flush()
    return OrganizationsChanged(tuple(row.id for row in rows))


def find_or_add(db: TenantSession, name: str) -> int:
    """The company in use with exactly that name (without accents and case), or a new one; its id."""
    found = find_same_company(db, "", name)
    if found:
        return found[0].id
    row = Organization(**check_organization(OrganizationFields(name=name)))
    db.add(row)
    db.flush()
    return row.id


def _custom(db: TenantSession, cmd: EditOrganization, row: Organization) -> tuple[dict[str, Any], frozenset[str]]:
    """(the column to write, the fields that both changed differently); nothing where the form says nothing of them."""
    if cmd.custom is None:
        return {}, frozenset()
    base = row.custom if cmd.base is None else cmd.base_custom or {}
    found, both = merged(cmd.custom, base, row.custom)
    return {"custom": settle(db, "organizations", found, row.custom)}, both


def _check_parent(db: TenantSession, organization_id: int, parent_id: int | None) -> None:
    if parent_id is None:
        return
    # Two people hanging two groups under each other at once would each see no circle.
    db.execute(
        text("select pg_advisory_xact_lock(hashtextextended('parents:' || cast(:a as text), 0))"),
        {"a": db.context.account_id},
    )
    check_exists(db, Organization, parent_id, field="parent_id")
    above = text(
        "with recursive up (id, parent_id, depth) as ("
        " select id, parent_id, 1 from organizations where account_id = :a and id = :p"
        " union all select o.id, o.parent_id, up.depth + 1 from organizations o join up on o.id = up.parent_id"
        " where o.account_id = :a and up.depth < 100)"
        " select id from up"
    )
    ancestors = db.scalars(above, {"a": db.context.account_id, "p": parent_id}).all()
    check_parent(organization_id, parent_id, ancestors)
