"""What people do with the media library: bring files in, say what they may be used for, replace, archive."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from eventos_core.db.editing import edit, get, set_archived
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import AssetPurpose, AssetVisibility, UsageRights
from eventos_core.kernel import clock
from eventos_core.kernel.errors import Conflict, FileRefused, NotFound, field_errors
from eventos_core.kernel.permissions import Permission
from eventos_core.models.events import Event
from eventos_core.models.operations import MediaAsset
from eventos_core.operations.files import storing

MAX_TAGS = 20
MAX_TAG = 40
_LONGEST = {"title": 200, "alt_text": 1000, "rights_note": 2000, "credit": 300}


@dataclass(frozen=True)
class MediaFields:
    """What people say about a file; empty texts are none. `[rights_from, rights_until]` includes both days."""

    title: str = ""
    alt_text: str = ""
    event_id: int | None = None
    purpose: AssetPurpose = AssetPurpose.PICTURE
    visibility: AssetVisibility = AssetVisibility.HOUSE
    tags: tuple[str, ...] = ()
    usage_rights: UsageRights = UsageRights.UNCLEAR
    rights_note: str = ""
    rights_from: dt.date | None = None
    rights_until: dt.date | None = None
    credit: str = ""
    people_consent: bool | None = None


@dataclass(frozen=True)
class StoreFile:
    """A file for the media library: its name and its bytes, at most 50 MB."""

    file_name: str
    content: bytes
    fields: MediaFields = MediaFields()


@dataclass(frozen=True)
class EditMedia:
    """What is said about a file, as seen at `version`; its bytes stay."""

    asset_id: int
    version: int
    fields: MediaFields


@dataclass(frozen=True)
class ReplaceFile:
    """New bytes for a file, as seen at `version`: a picture for a picture, a film for a film."""

    asset_id: int
    version: int
    file_name: str
    content: bytes
    note: str = ""


@dataclass(frozen=True)
class ArchiveFile:
    """One file, as seen at `version`."""

    asset_id: int
    version: int


@dataclass(frozen=True)
class FileSaved:
    """The file's ids and version; `same_as` is another file in use with the very same bytes, if there is one."""

    asset_id: int
    public_id: str
    version: int
    same_as: int | None = None


@command(requires=Permission.PROMOTE_WRITE)
def store_file(db: TenantSession, cmd: StoreFile) -> FileSaved:
    """Check a file by its bytes, store it and note what is said about it.

    Raises FileRefused for what is empty, larger than 50 MB, of no kind that is taken, not what its name says, or
    beyond the house's quota; InvalidInput, NotFound for the event, TemporarilyUnavailable.
    """
    values = _values(db, cmd.fields)
    file = storing.check(cmd.file_name, cmd.content)
    twin = db.scalar(
        select(MediaAsset.id)
        .where(
            MediaAsset.account_id == db.context.account_id,
            MediaAsset.sha256 == file.sha256,
            MediaAsset.archived_at.is_(None),
        )
        .order_by(MediaAsset.id)
        .limit(1)
    )
    return _saved(storing.keep(db, file, **values), same_as=twin)


@command(requires=Permission.PROMOTE_WRITE)
def edit_media(db: TenantSession, cmd: EditMedia) -> FileSaved:
    """Save what is said about a file: title, tags, rights. Raises InvalidInput, EditConflict, Conflict if archived."""
    return _saved(edit(db, MediaAsset, cmd.asset_id, cmd.version, _values(db, cmd.fields), what="file"))


@command(requires=Permission.PROMOTE_WRITE)
def replace_file(db: TenantSession, cmd: ReplaceFile) -> FileSaved:
    """Make new bytes the current version wherever the file is used; earlier versions stay and can be fetched.

    Raises FileRefused also for a file of another family, EditConflict, Conflict when archived.
    """
    file = storing.check(cmd.file_name, cmd.content)
    row = edit(db, MediaAsset, cmd.asset_id, cmd.version, {}, what="file")
    if file.kind.content_type.partition("/")[0] != row.content_type.partition("/")[0]:
        raise FileRefused(
            f"“{row.file_name}” cannot be replaced by a file of another kind ({file.kind.name}).",
            hint="Store it as a file of its own.",
        )
    if file.sha256 == row.sha256:
        raise Conflict("This is the very file that is stored already.", hint="Choose the new version.")
    storing.replace(db, row, file, cmd.note.strip() or None)
    return _saved(row)


@command(requires=Permission.PROMOTE_WRITE)
def archive_file(db: TenantSession, cmd: ArchiveFile) -> FileSaved:
    """Take a file out of the library; where it is used it stays. Raises EditConflict."""
    row = get(db, MediaAsset, cmd.asset_id, lock=True, what="file")
    if row.archived_at is None:
        row = edit(db, MediaAsset, cmd.asset_id, cmd.version, {"archived_at": clock.now()}, what="file")
    return _saved(row)


@command(requires=Permission.PROMOTE_WRITE)
def restore_file(db: TenantSession, cmd: ArchiveFile) -> FileSaved:
    """Bring an archived file back into the library. Raises EditConflict."""
    row = get(db, MediaAsset, cmd.asset_id, lock=True, what="file")
    set_archived(db, row, cmd.version, archived=False, what="file")
    db.flush()
    db.refresh(row)
    return _saved(row)


def _saved(row: MediaAsset, *, same_as: int | None = None) -> FileSaved:
    return FileSaved(row.id, str(row.public_id), row.version, same_as)


def _values(db: TenantSession, given: MediaFields) -> dict[str, Any]:
    wrong: list[tuple[str, str]] = []
    texts = {name: " ".join(getattr(given, name).split()) or None for name in ("title", "credit")}
    texts |= {name: getattr(given, name).strip() or None for name in ("alt_text", "rights_note")}
    wrong += [(name, f"At most {_LONGEST[name]} characters") for name, text in texts.items()
              if len(text or "") > _LONGEST[name]]  # fmt: skip
    tags = sorted({" ".join(tag.lower().split()) for tag in given.tags} - {""})
    if len(tags) > MAX_TAGS or any(len(tag) > MAX_TAG for tag in tags):
        wrong.append(("tags", f"At most {MAX_TAGS} tags of {MAX_TAG} characters"))
    if given.rights_from and given.rights_until and given.rights_from > given.rights_until:
        wrong.append(("rights_until", "The last day lies before the first"))
    if wrong:
        raise field_errors(wrong)
    if given.event_id is not None:
        _check_event(db, given.event_id)
    return texts | {
        "tags": tags,
        "event_id": given.event_id,
        "purpose": given.purpose,
        "visibility": given.visibility,
        "usage_rights": given.usage_rights,
        "rights_from": given.rights_from,
        "rights_until": given.rights_until,
        "people_consent": given.people_consent,
    }


def _check_event(db: TenantSession, event_id: int) -> None:
    found = db.scalar(select(Event.id).where(Event.account_id == db.context.account_id, Event.id == event_id))
    if found is None:
        raise NotFound("This event does not exist.", hint="Choose one of the list.")
