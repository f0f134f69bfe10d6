"""Notes about contacts, companies, deals, events and sponsors; permissions as for activities."""

from __future__ import annotations

from dataclasses import dataclass

from eventos_core.crm.commands.linking import check_targets, links_of, permit
from eventos_core.crm.rules.activities import Links, check_links, check_note
from eventos_core.db.editing import edit, get, set_archived
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import Note

_WHAT = "note"


@dataclass(frozen=True)
class AddNote:
    """A text, Markdown, about at least one record."""

    links: Links
    body: str
    pinned: bool = False


@dataclass(frozen=True)
class EditNote:
    """Another text for a note, as seen at `version`."""

    note_id: int
    version: int
    body: str


@dataclass(frozen=True)
class PinNote:
    """Whether a note stays on top, as seen at `version`."""

    note_id: int
    version: int
    pinned: bool


@dataclass(frozen=True)
class OneNote:
    """A note as seen at `version`."""

    note_id: int
    version: int


@dataclass(frozen=True)
class NoteSaved:
    """The note's id and version after the command."""

    note_id: int
    version: int


@command(requires=Permission.CONTACTS_WRITE)
def add_note(db: TenantSession, cmd: AddNote) -> NoteSaved:
    """Write a note. Raises InvalidInput, NotFound for what it is about, PermissionDenied."""
    links = check_links(cmd.links)
    body = check_note(cmd.body)
    permit(db, links, "add_note")
    check_targets(db, links)
    row = Note(body=body, pinned=cmd.pinned, **links)
    db.add(row)
    return _saved(db, row)


@command(requires=Permission.CONTACTS_WRITE)
def edit_note(db: TenantSession, cmd: EditNote) -> NoteSaved:
    """Write another text. Raises NotFound, InvalidInput, EditConflict, Conflict when archived, PermissionDenied."""
    return _edited(db, cmd.note_id, cmd.version, "edit_note", body=check_note(cmd.body))


@command(requires=Permission.CONTACTS_WRITE)
def pin_note(db: TenantSession, cmd: PinNote) -> NoteSaved:
    """Keep a note on top, or let it go. Raises NotFound, EditConflict, Conflict when archived, PermissionDenied."""
    return _edited(db, cmd.note_id, cmd.version, "pin_note", pinned=cmd.pinned)


@command(requires=Permission.CONTACTS_WRITE)
def archive_note(db: TenantSession, cmd: OneNote) -> NoteSaved:
    """Take a note out of timelines. Raises NotFound, EditConflict, PermissionDenied."""
    return _archive(db, cmd, archived=True)


@command(requires=Permission.CONTACTS_WRITE)
def restore_note(db: TenantSession, cmd: OneNote) -> NoteSaved:
    """Bring an archived note back. Raises NotFound, EditConflict, PermissionDenied."""
    return _archive(db, cmd, archived=False)


def _edited(db: TenantSession, note_id: int, version: int, action: str, **changes: object) -> NoteSaved:
    permit(db, links_of(get(db, Note, note_id, what=_WHAT)), action)
    row = edit(db, Note, note_id, version, changes, what=_WHAT)
    return NoteSaved(row.id, row.version)


def _archive(db: TenantSession, cmd: OneNote, *, archived: bool) -> NoteSaved:
    row = get(db, Note, cmd.note_id, lock=True, what=_WHAT)
    permit(db, links_of(row), "archive_note" if archived else "restore_note")
    set_archived(db, row, cmd.version, archived=archived, what=_WHAT)
    return _saved(db, row)


def _saved(db: TenantSession, row: Note) -> NoteSaved:
    db.flush()
    db.refresh(row)
    return NoteSaved(row.id, row.version)
