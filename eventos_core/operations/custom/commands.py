"""Defining custom fields: add, change, order, take off forms, bring back. Values of records are never touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from eventos_core.db.editing import get
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.enums.events import FieldType
from eventos_core.kernel import clock
from eventos_core.kernel.errors import AlreadyExists, EditConflict, NotAllowedNow
from eventos_core.kernel.permissions import Permission
from eventos_core.models.events import EventXpl
from eventos_core.operations.custom.queries import custom_field_uses
from eventos_core.operations.custom.registry import entity_of
from eventos_core.operations.custom.rules import checked

MOST_FIELDS = 60
"""Custom fields of one kind of record."""


@dataclass(frozen=True)
class AddCustomField:
    """A field for a kind of record; `key` empty is made of the label. `options` are those of a choice, in order."""

    entity: str
    label: str
    data_type: FieldType
    key: str = ""
    help_text: str | None = None
    options: tuple[str, ...] = ()
    required: bool = False
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class EditCustomField:
    """A field as it should be; `version` is the revision that was edited. Key and kind of record stay."""

    field_id: int
    version: int
    label: str
    data_type: FieldType
    help_text: str | None = None
    options: tuple[str, ...] = ()
    required: bool = False
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class MoveCustomField:
    """A field to bring to another place in the form, counted from 0."""

    field_id: int
    place: int


@dataclass(frozen=True)
class OneCustomField:
    """A field of the house; `version` is the one that was seen."""

    field_id: int
    version: int


@dataclass(frozen=True)
class CustomFieldSaved:
    """The definition that now stands: its id, revision and version."""

    field_id: int
    revision: int
    version: int


@command(requires=Permission.SETTINGS_WRITE)
def add_custom_field(db: TenantSession, cmd: AddCustomField) -> CustomFieldSaved:
    """Add a field at the end of the form. Raises NotFound, InvalidInput, AlreadyExists, NotAllowedNow."""
    entity_of(cmd.entity)
    values = checked(cmd.label, cmd.key, cmd.data_type, cmd.options, cmd.least, cmd.most, cmd.help_text)
    rows = _locked(db, cmd.entity)
    if len(rows) >= MOST_FIELDS:
        raise NotAllowedNow(f"There are {MOST_FIELDS} fields already.", hint="Take some off the form first.")
    if any(row.field_key == values["field_key"] for row in rows):
        raise AlreadyExists(f"There is a field {values['field_key']} already.", hint="Change that one.")
    row = EventXpl(
        entity=cmd.entity, required=cmd.required, position=len(rows),
        revision=_next_revision(db, cmd.entity, values["field_key"]), **values,
    )  # fmt: skip
    return _added(db, row)


@command(requires=Permission.SETTINGS_WRITE)
def edit_custom_field(db: TenantSession, cmd: EditCustomField) -> CustomFieldSaved:
    """Make the next revision of a definition the one that holds; nothing happens where nothing differs.

    Raises NotFound, InvalidInput, EditConflict, NotAllowedNow for one that is off the forms, and for another type of a
    field that records have values in.
    """
    seen = get(db, EventXpl, cmd.field_id, what="field")
    rows = _locked(db, seen.entity)
    row = next((one for one in rows if one.field_key == seen.field_key), None)
    if row is None:
        raise NotAllowedNow("This field is off the forms.", hint="Bring it back first.")
    values = checked(cmd.label, row.field_key, cmd.data_type, cmd.options, cmd.least, cmd.most, cmd.help_text)
    values["required"] = cmd.required
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    if row.revision != cmd.version:
        raise EditConflict(
            "Somebody changed this field while you were editing.", version=row.revision,
            theirs={name: getattr(row, name) for name in differing}, mine=differing,
        )  # fmt: skip
    if not differing:
        return CustomFieldSaved(row.id, row.revision, row.version)
    if "data_type" in differing and custom_field_uses(db, row.entity, row.field_key):
        raise NotAllowedNow(
            "Records have values in this field, so what it holds cannot change.",
            hint="Take it off the forms and add another one.",
        )
    fresh = EventXpl(entity=row.entity, position=row.position, revision=row.revision + 1, **values)
    row.retired_at = clock.now()
    db.flush()
    return _added(db, fresh)


@command(requires=Permission.SETTINGS_WRITE)
def move_custom_field(db: TenantSession, cmd: MoveCustomField) -> CustomFieldSaved:
    """Bring a field to another place of the form; the others close up. Raises NotFound, NotAllowedNow."""
    seen = get(db, EventXpl, cmd.field_id, what="field")
    rows = _locked(db, seen.entity)
    row = next((one for one in rows if one.field_key == seen.field_key), None)
    if row is None:
        raise NotAllowedNow("This field is off the forms.", hint="Bring it back first.")
    others = [one for one in rows if one.id != row.id]
    place = max(0, min(cmd.place, len(others)))
    _number([*others[:place], row, *others[place:]])
    db.flush()
    db.refresh(row)
    return CustomFieldSaved(row.id, row.revision, row.version)


@command(requires=Permission.SETTINGS_WRITE)
def retire_custom_field(db: TenantSession, cmd: OneCustomField) -> CustomFieldSaved:
    """Take a field off the forms; values that records have stay. Raises NotFound, NotAllowedNow, EditConflict."""
    seen = get(db, EventXpl, cmd.field_id, what="field")
    rows = _locked(db, seen.entity)
    row = next((one for one in rows if one.id == seen.id), None)
    if row is None:
        raise NotAllowedNow("This field was changed or taken off meanwhile.", hint="Look at it again.")
    if row.version != cmd.version:
        raise EditConflict(
            "Somebody changed this field meanwhile.", hint="Look at it again, then decide.", version=row.version,
            theirs={"label": row.label}, mine={"label": "off the forms"},
        )  # fmt: skip
    row.retired_at = clock.now()
    _number([one for one in rows if one.id != row.id])
    db.flush()
    db.refresh(row)
    return CustomFieldSaved(row.id, row.revision, row.version)


@command(requires=Permission.SETTINGS_WRITE)
def restore_custom_field(db: TenantSession, cmd: OneCustomField) -> CustomFieldSaved:
    """Bring a field back at the end of the form, as its last revision was. Raises NotFound, NotAllowedNow."""
    row = get(db, EventXpl, cmd.field_id, what="field")
    rows = _locked(db, row.entity)
    if any(one.field_key == row.field_key for one in rows):
        raise NotAllowedNow("This field is on the forms already.")
    row.retired_at, row.position = None, len(rows)
    db.flush()
    db.refresh(row)
    return CustomFieldSaved(row.id, row.revision, row.version)


def _locked(db: TenantSession, entity: str) -> Sequence[EventXpl]:
    return db.scalars(
        select(EventXpl)
        .where(
            EventXpl.account_id == db.context.account_id, EventXpl.entity == entity, EventXpl.event_id.is_(None),
            EventXpl.retired_at.is_(None),
        )
        .order_by(EventXpl.position, EventXpl.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()  # fmt: skip


def _next_revision(db: TenantSession, entity: str, key: str) -> int:
    latest = db.scalar(
        select(func.max(EventXpl.revision)).where(
            EventXpl.account_id == db.context.account_id, EventXpl.entity == entity, EventXpl.event_id.is_(None),
            EventXpl.field_key == key,
        )
    )  # fmt: skip
    return (latest or 0) + 1


def _number(rows: Sequence[EventXpl]) -> None:
    for position, row in enumerate(rows):
        if row.position != position:
            row.position = position


def _added(db: TenantSession, row: EventXpl) -> CustomFieldSaved:
    db.add(row)
    db.flush()
    db.refresh(row)
    return CustomFieldSaved(row.id, row.revision, row.version)
