"""Reasons for which deals are lost: add, change, order, archive, bring back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eventos_core.crm.commands import ordered
from eventos_core.crm.rules.stages import name_of
from eventos_core.db.editing import edit, set_archived
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.kernel.errors import Conflict, NotAllowedNow
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import LostReason

MOST_REASONS = 60
"""Reasons in use: more is no list that a person chooses from."""


@dataclass(frozen=True)
class AddLostReason:
    """A reason for the end of the list; `requires_note` asks whoever chooses it for a few words."""

    name: str
    requires_note: bool = False


@dataclass(frozen=True)
class EditLostReason:
    """A reason as it should be; `version` is the one that was edited."""

    reason_id: int
    version: int
    name: str
    requires_note: bool = False


@dataclass(frozen=True)
class MoveLostReason:
    """A reason in use to bring to another place, counted from 0."""

    reason_id: int
    place: int


@dataclass(frozen=True)
class OneLostReason:
    """A reason; `version` is the one that was seen."""

    reason_id: int
    version: int


@dataclass(frozen=True)
class LostReasonSaved:
    """The reason's id and version after the command."""

    reason_id: int
    version: int


@command(requires=Permission.SALES_SETTINGS)
def add_lost_reason(db: TenantSession, cmd: AddLostReason) -> LostReasonSaved:
    """Add a reason at the end. Raises InvalidInput, AlreadyExists, NotAllowedNow where there are too many."""
    name = name_of(cmd.name)
    in_use = [row for row in ordered.locked(db, LostReason) if row.archived_at is None]
    if len(in_use) >= MOST_REASONS:
        raise NotAllowedNow(f"There are {MOST_REASONS} reasons already.", hint="Archive some that are not needed.")
    ordered.check_name(in_use, name, None, "reason")
    row = LostReason(name=name, requires_note=cmd.requires_note, position=len(in_use))
    db.add(row)
    db.flush()
    db.refresh(row)
    return LostReasonSaved(row.id, row.version)


@command(requires=Permission.SALES_SETTINGS)
def edit_lost_reason(db: TenantSession, cmd: EditLostReason) -> LostReasonSaved:
    """Rename a reason or change whether it asks for a note; deals lost for it keep it.

    Raises NotFound, InvalidInput, AlreadyExists, EditConflict, Conflict where it is archived.
    """
    name = name_of(cmd.name)
    rows = ordered.locked(db, LostReason)
    ordered.named(rows, cmd.reason_id, "reason")
    ordered.check_name([row for row in rows if row.archived_at is None], name, cmd.reason_id, "reason")
    values = {"name": name, "requires_note": cmd.requires_note}
    row = edit(db, LostReason, cmd.reason_id, cmd.version, values, what="reason")
    return LostReasonSaved(row.id, row.version)


@command(requires=Permission.SALES_SETTINGS)
def move_lost_reason(db: TenantSession, cmd: MoveLostReason) -> LostReasonSaved:
    """Bring a reason to another place; the others close up. Raises NotFound, Conflict where it is archived."""
    rows = ordered.locked(db, LostReason)
    row = ordered.named(rows, cmd.reason_id, "reason")
    if row.archived_at is not None:
        raise Conflict("This reason is archived.", hint="Restore it first.")
    others = [other for other in rows if other is not row and other.archived_at is None]
    place = max(0, min(cmd.place, len(others)))
    return _numbered(db, row, [*others[:place], row, *others[place:]])


@command(requires=Permission.SALES_SETTINGS)
def archive_lost_reason(db: TenantSession, cmd: OneLostReason) -> LostReasonSaved:
    """Take a reason off the list; deals lost for it keep it.

    Raises NotFound, EditConflict, NotAllowedNow for the last one, without which no deal could be lost.
    """
    rows = ordered.locked(db, LostReason)
    row = ordered.named(rows, cmd.reason_id, "reason")
    others = [other for other in rows if other is not row and other.archived_at is None]
    if row.archived_at is None and not others:
        raise NotAllowedNow("This is the last reason.", hint="A lost deal needs one: add another reason first.")
    set_archived(db, row, cmd.version, archived=True, what="reason")
    return _numbered(db, row, others)


@command(requires=Permission.SALES_SETTINGS)
def restore_lost_reason(db: TenantSession, cmd: OneLostReason) -> LostReasonSaved:
    """Bring a reason back at the end. Raises NotFound, EditConflict, AlreadyExists for a name in use."""
    rows = ordered.locked(db, LostReason)
    row = ordered.named(rows, cmd.reason_id, "reason")
    others = [other for other in rows if other is not row and other.archived_at is None]
    if row.archived_at is None:
        return LostReasonSaved(row.id, row.version)
    ordered.check_name(others, row.name, row.id, "reason")
    set_archived(db, row, cmd.version, archived=False, what="reason")
    return _numbered(db, row, [*others, row])


def _numbered(db: TenantSession, row: LostReason, order: Sequence[LostReason]) -> LostReasonSaved:
    ordered.number(db, row, order)
    return LostReasonSaved(row.id, row.version)
