"""Writing settings: values of a section, rows of a list and their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from eventos_core.db.editing import edit, set_archived
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.kernel.errors import (
    AlreadyExists,
    Conflict,
    EditConflict,
    InvalidInput,
    NotAllowedNow,
    NotFound,
    PermissionDenied,
)
from eventos_core.kernel.permissions import Permission
from eventos_core.models.base import TenantTable
from eventos_core.models.tenancy import Account
from eventos_core.operations import fields
from eventos_core.operations.settings.queries import may_write, of_list, uses
from eventos_core.operations.settings.registry import ManagedList, Section, list_of, section_of

MOST_ROWS = 60
"""Rows in use of one list: more is no list that a person keeps."""


@dataclass(frozen=True)
class ChangeSettings:
    """Values of one section by key, and the ones that the editor saw: a setting that is left out stays."""

    section: str
    version: int
    values: Mapping[str, Any]
    base: Mapping[str, Any]


@dataclass(frozen=True)
class SettingsChanged:
    """The version of the house's row after the change."""

    version: int


@dataclass(frozen=True)
class AddListRow:
    """A row for the end of a managed list."""

    list: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class EditListRow:
    """A row of a managed list as it should be; `version` is the one that was edited."""

    list: str
    row_id: int
    version: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class MoveListRow:
    """A row in use to bring to another place, counted from 0."""

    list: str
    row_id: int
    place: int


@dataclass(frozen=True)
class OneListRow:
    """A row of a managed list; `version` is the one that was seen."""

    list: str
    row_id: int
    version: int


@dataclass(frozen=True)
class ListRowSaved:
    """The row's id and version after the command."""

    row_id: int
    version: int


@command(requires=Permission.SETTINGS_WRITE)
def change_settings(db: TenantSession, cmd: ChangeSettings) -> SettingsChanged:
    """Change settings of one section; audited with the house's row.

    Raises NotFound, PermissionDenied, InvalidInput with the settings that are wrong, EditConflict where somebody
    changed one of the same settings meanwhile.
    """
    section = _writable(db, section_of(cmd.section))
    by_key = {one.key: one.field for one in section.settings}
    wanted = fields.check([by_key[key] for key in cmd.values if key in by_key], cmd.values)
    row = db.scalars(
        select(Account)
        .where(Account.id == db.context.account_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    stored = {one.key: one.of(row.settings) for one in section.settings}
    # What the editor left as it was stays as it is now.
    written = {
        key: value for key, value in wanted.items() if value != stored[key] and value != cmd.base.get(key, stored[key])
    }
    clashing = [key for key in written if cmd.version != row.version and cmd.base.get(key) != stored[key]]
    if clashing:
        raise EditConflict(
            "Somebody changed these settings while you were editing.",
            version=row.version,
            theirs={by_key[key].label: fields.shown(by_key[key], stored[key]) or "–" for key in clashing},
            mine={by_key[key].label: fields.shown(by_key[key], written[key]) or "–" for key in clashing},
        )
    if written:
        kept = {key: value for key, value in row.settings.items() if key not in written}
        row.settings = kept | {key: value for key, value in written.items() if value is not None}
        db.flush()
        db.refresh(row)
    return SettingsChanged(row.version)


@command(requires=Permission.SETTINGS_WRITE)
def add_list_row(db: TenantSession, cmd: AddListRow) -> ListRowSaved:
    """Add a row at the end. Raises NotFound, PermissionDenied, InvalidInput, AlreadyExists for a name in use."""
    section, kept = list_of(cmd.list)
    _writable(db, section)
    rows = _locked(db, kept)
    values = _checked(kept, cmd.values)
    in_use = [row for row in rows if not _archived(row)]
    if len(in_use) >= MOST_ROWS:
        raise NotAllowedNow(f"The list has {MOST_ROWS} entries already.", hint="Archive some that are not needed.")
    _free_name(kept, in_use, values, None)
    _keep(kept, [*map(_plain(kept), in_use), values])
    row = kept.model(**kept.scope, **_stored(kept, values), position=len(in_use))
    db.add(row)
    db.flush()
    db.refresh(row)
    return ListRowSaved(row.id, _version(row))


@command(requires=Permission.SETTINGS_WRITE)
def edit_list_row(db: TenantSession, cmd: EditListRow) -> ListRowSaved:
    """Rename a row or change what it says; records that refer to it go along.

    Raises NotFound, PermissionDenied, InvalidInput, AlreadyExists, Conflict when archived, EditConflict, NotAllowedNow
    for a change of what cannot change any more.
    """
    section, kept = list_of(cmd.list)
    _writable(db, section)
    rows = _locked(db, kept)
    row = _one(rows, cmd.row_id, kept)
    values = _checked(kept, cmd.values)
    in_use = [other for other in rows if not _archived(other)]
    _free_name(kept, in_use, values, row.id)
    changed = [name for name in kept.fixed if _plain(kept)(row)[name] != values[name]]
    if changed and uses(db, kept, [row.id]):
        labels = {field.key: field.label.lower() for field in kept.fields}
        raise NotAllowedNow(
            f"The {labels[changed[0]]} of a {kept.noun} in use cannot change.",
            hint=f"Add another {kept.noun} and move what stands in this one.",
        )
    _keep(kept, [values if other.id == row.id else _plain(kept)(other) for other in in_use])
    saved = edit(db, kept.model, row.id, cmd.version, _stored(kept, values), what=kept.noun)
    return ListRowSaved(saved.id, _version(saved))


@command(requires=Permission.SETTINGS_WRITE)
def move_list_row(db: TenantSession, cmd: MoveListRow) -> ListRowSaved:
    """Bring a row in use to another place; the others close up. Raises NotFound, PermissionDenied, Conflict."""
    section, kept = list_of(cmd.list)
    _writable(db, section)
    rows = _locked(db, kept)
    row = _one(rows, cmd.row_id, kept)
    if _archived(row):
        raise Conflict(f"This {kept.noun} is archived.", hint="Restore it first.")
    others = [other for other in rows if other.id != row.id and not _archived(other)]
    place = max(0, min(cmd.place, len(others)))
    _number([*others[:place], row, *others[place:], *(other for other in rows if _archived(other))])
    db.flush()
    db.refresh(row)
    return ListRowSaved(row.id, _version(row))


@command(requires=Permission.SETTINGS_WRITE)
def archive_list_row(db: TenantSession, cmd: OneListRow) -> ListRowSaved:
    """Take a row out of pickers; records that refer to it keep it. Raises NotFound, PermissionDenied, EditConflict."""
    return _set_archived(db, cmd, archived=True)


@command(requires=Permission.SETTINGS_WRITE)
def restore_list_row(db: TenantSession, cmd: OneListRow) -> ListRowSaved:
    """Bring a row back at the end. Raises NotFound, PermissionDenied, EditConflict, AlreadyExists for a name in use."""
    return _set_archived(db, cmd, archived=False)


@command(requires=Permission.SETTINGS_WRITE)
def remove_list_row(db: TenantSession, cmd: OneListRow) -> ListRowSaved:
    """Delete a row that nothing refers to. Raises NotFound, PermissionDenied, NotAllowedNow for one that is used."""
    section, kept = list_of(cmd.list)
    _writable(db, section)
    rows = _locked(db, kept)
    row = _one(rows, cmd.row_id, kept)
    if times := uses(db, kept, [row.id]).get(row.id, 0):
        raise NotAllowedNow(
            f"{times} {'record refers' if times == 1 else 'records refer'} to this {kept.noun}.",
            hint="Archive it instead: they keep it, and nobody can choose it any more.",
        )
    left = [other for other in rows if other.id != row.id]
    if not _archived(row):
        _keep(kept, [_plain(kept)(other) for other in left if not _archived(other)])
    gone = ListRowSaved(row.id, _version(row))
    db.delete(row)
    _number([*(other for other in left if not _archived(other)), *(other for other in left if _archived(other))])
    db.flush()
    return gone


def _writable(db: TenantSession, section: Section) -> Section:
    if not may_write(db, section):
        raise PermissionDenied(
            "You may not change these settings.", hint="Ask an owner or admin of the house for it.",
            permission=section.writes.value, action=f"settings.{section.key}",
        )  # fmt: skip
    return section


def _locked(db: TenantSession, kept: ManagedList) -> Sequence[Any]:
    """Every row of the list in order, locked: names, order and what must be kept are decided over all of them."""
    return db.scalars(of_list(db, kept).with_for_update().execution_options(populate_existing=True)).all()


def _one(rows: Sequence[Any], row_id: int, kept: ManagedList) -> Any:
    row = next((row for row in rows if row.id == row_id), None)
    if row is None:
        raise NotFound(f"This {kept.noun} does not exist.", hint="It may have been deleted; go back to the list.")
    return row


def _checked(kept: ManagedList, given: Mapping[str, Any]) -> dict[str, Any]:
    return fields.check(kept.fields, given)


def _stored(kept: ManagedList, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as columns take them: enums as members, nothing where a column has its own default."""
    columns = kept.model.__table__.c
    found = {}
    for name, value in values.items():
        kind = columns[name].info.get("enum")
        if value is None and not columns[name].nullable:
            continue
        found[name] = kind(value) if kind is not None and value is not None else value
    return found


def _plain(kept: ManagedList) -> Any:
    def plain(row: Any) -> dict[str, Any]:
        found = {field.key: getattr(row, field.key) for field in kept.fields}
        return {key: value.value if isinstance(value, StrEnum) else value for key, value in found.items()}

    return plain


def _free_name(kept: ManagedList, in_use: Sequence[Any], values: Mapping[str, Any], row_id: int | None) -> None:
    name = str(values.get("name") or "").casefold()
    if any(row.id != row_id and row.name.casefold() == name for row in in_use):
        raise AlreadyExists(f"There is a {kept.noun} “{values['name']}” already.", hint="Choose another name.")


def _keep(kept: ManagedList, after: Sequence[Mapping[str, Any]]) -> None:
    broken = kept.keeps(after) if kept.keeps is not None else None
    if broken:
        raise InvalidInput(broken, fields={"kind": broken} if any(f.key == "kind" for f in kept.fields) else {})


def _set_archived(db: TenantSession, cmd: OneListRow, *, archived: bool) -> ListRowSaved:
    section, kept = list_of(cmd.list)
    _writable(db, section)
    rows = _locked(db, kept)
    row = _one(rows, cmd.row_id, kept)
    others = [other for other in rows if other.id != row.id and not _archived(other)]
    if _archived(row) is not archived:
        if archived:
            _keep(kept, [_plain(kept)(other) for other in others])
        else:
            _free_name(kept, others, _plain(kept)(row), row.id)
        set_archived(db, row, cmd.version, archived=archived, what=kept.noun)
        gone = [other for other in rows if other.id != row.id and _archived(other)]
        _number([*others, row, *gone])
    db.flush()
    db.refresh(row)
    return ListRowSaved(row.id, _version(row))


def _number(rows: Sequence[Any]) -> None:
    for position, row in enumerate(rows):
        if row.position != position:
            row.position = position


def _archived(row: Any) -> bool:
    return getattr(row, "archived_at", None) is not None


def _version(row: TenantTable) -> int:
    return int(row.version)  # type: ignore[attr-defined]
