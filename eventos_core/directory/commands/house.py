"""What the house says of itself."""

from __future__ import annotations

from dataclasses import dataclass

from eventos_core.db.editing import edit, get
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.directory.queries.house import own_row
from eventos_core.directory.rules.editing import rebase
from eventos_core.directory.rules.house import OwnFields, check_own
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import MyOrganizationMetadata


@dataclass(frozen=True)
class ChangeOwnOrganization:
    """All fields of the house's own metadata as they should be; `version` is the one that was edited.

    With `base`, what the editor saw, only fields that differ from it are written, and changes of others to other
    fields are no conflict.
    """

    version: int
    fields: OwnFields
    base: OwnFields | None = None


@dataclass(frozen=True)
class OwnChanged:
    """The metadata's version after the command."""

    version: int


@command(requires=Permission.HOUSE_WRITE)
def change_own_organization(db: TenantSession, cmd: ChangeOwnOrganization) -> OwnChanged:
    """Write legal data, looks, terms and seasons. Raises InvalidInput, EditConflict with both sides."""
    values, version, row = check_own(cmd.fields), cmd.version, own_row(db)
    if cmd.base is not None:
        row = get(db, MyOrganizationMetadata, row.id, lock=True)
        stored = {name: getattr(row, name) for name in values}
        values, clashing = rebase(values, check_own(cmd.base), stored)
        version = cmd.version if clashing else row.version
    row = edit(db, MyOrganizationMetadata, row.id, version, values, what="description of the house")
    return OwnChanged(row.version)
