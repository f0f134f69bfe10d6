"""The same small change to many records at once: labels and owners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.directory.commands.checks import check_owner, locked
from eventos_core.directory.rules.values import Problems
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Contact, Organization


@dataclass(frozen=True)
class TagContacts:
    """Labels to add to and take from contacts."""

    contact_ids: tuple[int, ...]
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True)
class TagOrganizations:
    """Labels to add to and take from companies."""

    organization_ids: tuple[int, ...]
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True)
class AssignContacts:
    """Contacts that get another owner, or none."""

    contact_ids: tuple[int, ...]
    owner_id: int | None


@dataclass(frozen=True)
class AssignOrganizations:
    """Companies that get another owner, or none."""

    organization_ids: tuple[int, ...]
    owner_id: int | None


@dataclass(frozen=True)
class Changed:
    """Ids of the records that changed, and how many were left out because they are archived."""

    ids: tuple[int, ...]
    archived: int = 0


@command(requires=Permission.CONTACTS_WRITE)
def tag_contacts(db: TenantSession, cmd: TagContacts) -> Changed:
    """Add and remove labels (lower case, no doubles); archived contacts are left out. Raises InvalidInput."""
    return _tag(db, locked(db, Contact, cmd.contact_ids), cmd.add, cmd.remove)


@command(requires=Permission.CONTACTS_WRITE)
def tag_organizations(db: TenantSession, cmd: TagOrganizations) -> Changed:
    """Add and remove labels (lower case, no doubles); archived companies are left out. Raises InvalidInput."""
    return _tag(db, locked(db, Organization, cmd.organization_ids), cmd.add, cmd.remove)


@command(requires=Permission.CONTACTS_WRITE)
def assign_contacts(db: TenantSession, cmd: AssignContacts) -> Changed:
    """Give contacts to a member of the team or to nobody; archived contacts are left out. Raises InvalidInput."""
    check_owner(db, cmd.owner_id)
    return _assign(db, locked(db, Contact, cmd.contact_ids), cmd.owner_id)


@command(requires=Permission.CONTACTS_WRITE)
def assign_organizations(db: TenantSession, cmd: AssignOrganizations) -> Changed:
    """Give companies to a member of the team or to nobody; archived companies are left out. Raises InvalidInput."""
    check_owner(db, cmd.owner_id)
    return _assign(db, locked(db, Organization, cmd.organization_ids), cmd.owner_id)


def _tag(
    db: TenantSession, rows: Sequence[Contact | Organization], add: Sequence[str], remove: Sequence[str]
) -> Changed:
    wrong = Problems()
    added, removed = wrong.tags("add", add), set(wrong.tags("remove", remove))
    if not added and not removed:
        raise InvalidInput("Give at least one tag.", fields={"add": "Required"})
    changed = []
    for row in rows:
        if row.archived_at is not None:
            continue
        tags = wrong.tags("add", [*(tag for tag in row.tags if tag not in removed), *added])
        if tags != list(row.tags):
            row.tags = tags
            changed.append(row.id)
    wrong.raise_if_any()
    db.flush()
    return Changed(tuple(changed), sum(row.archived_at is not None for row in rows))


def _assign(db: TenantSession, rows: Sequence[Contact | Organization], owner_id: int | None) -> Changed:
    changed = []
    for row in rows:
        if row.archived_at is None and row.owner_id != owner_id:
            row.owner_id = owner_id
            changed.append(row.id)
    db.flush()
    return Changed(tuple(changed), sum(row.archived_at is not None for row in rows))
