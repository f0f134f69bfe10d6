"""Stored bytes that name a person: files of the house and uploaded imports, read as far as text can be found in them.

Plain text in the usual encodings, everything that is a ZIP inside (Office files, archives), and the texts of PDFs as
far as they lie there as text. Pictures, sound and film are not read: what shows a person hangs on their record.
"""

from __future__ import annotations

import io
import logging
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import select

from eventos_core.db.session import TenantSession
from eventos_core.kernel.errors import NotFound
from eventos_core.models.operations import ImportFile, MediaAsset, MediaAssetVersion
from eventos_core.operations.files import stores
from eventos_core.operations.privacy.identifiers import Identifiers, Kind

log = logging.getLogger(__name__)
_MOST = 200 * 1024 * 1024
"""Bytes that one file is unpacked to at most."""
_READABLE = ("text", "application")
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_SHOWN = re.compile(r"\((?:[^()\\]|\\.)*\)")


@dataclass(frozen=True)
class NamedFile:
    """A file whose content names the person."""

    asset_id: int
    kinds: frozenset[Kind]


def files_naming(db: TenantSession, named: Identifiers) -> list[NamedFile]:
    """Files of the house, all versions, whose content names the person; the bytes are read one file at a time."""
    if not named.any:
        return []
    found: dict[int, set[Kind]] = {}
    rows = db.execute(
        select(MediaAssetVersion.asset_id, MediaAssetVersion.storage, MediaAssetVersion.storage_key)
        .join(
            MediaAsset,
            (MediaAsset.account_id == MediaAssetVersion.account_id) & (MediaAsset.id == MediaAssetVersion.asset_id),
        )
        .where(
            MediaAssetVersion.account_id == db.context.account_id,
            MediaAsset.bytes_deleted_at.is_(None),
            MediaAsset.media_kind.in_(_READABLE),
        )
        .order_by(MediaAssetVersion.asset_id, MediaAssetVersion.version_no)
    ).all()
    for row in rows:
        try:
            content = b"".join(stores.of(row.storage).read(row.storage_key))
        except NotFound:
            log.warning("The bytes of file %d are missing, so they were not searched", row.asset_id)
            continue
        if kinds := kinds_in(content, named):
            found.setdefault(row.asset_id, set()).update(kinds)
    return [NamedFile(asset_id, frozenset(kinds)) for asset_id, kinds in found.items()]


def imports_naming(db: TenantSession, named: Identifiers, *, besides: Collection[int]) -> list[int]:
    """Imports whose uploaded file names the person, `besides` aside: those are not read."""
    if not named.any:
        return []
    batches = db.scalars(
        select(ImportFile.batch_id).where(ImportFile.account_id == db.context.account_id).order_by(ImportFile.batch_id)
    ).all()
    return [
        batch
        for batch in batches
        if batch not in besides
        for content in db.scalars(
            select(ImportFile.content).where(
                ImportFile.account_id == db.context.account_id, ImportFile.batch_id == batch
            )
        )
        if kinds_in(content, named)
    ]


def kinds_in(content: bytes, named: Identifiers) -> set[Kind]:
    """What of the person stands in a file's bytes."""
    found: set[Kind] = set()
    for text in texts_of(content):
        found |= named.kinds(text)
    return found


def texts_of(content: bytes) -> Iterator[str]:
    """The texts in a file, as far as they can be read without knowing its program."""
    if content[:2] == b"PK" and zipfile.is_zipfile(io.BytesIO(content)):
        yield from _unpacked(content)
        return
    if content[:5] == b"%PDF-":
        yield from _pdf(content)
    yield from _decoded(content)


def _unpacked(content: bytes) -> Iterator[str]:
    left = _MOST
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            yield member.filename
            left -= member.file_size
            if left < 0:
                return
            try:
                inner = archive.read(member)
            except (RuntimeError, zipfile.BadZipFile, NotImplementedError):  # a password, or damaged
                continue
            for text in _decoded(inner):
                yield text
                # Words that markup cuts into pieces.
                yield re.sub(r"<[^>]*>", "", text)
                yield re.sub(r"<[^>]*>", " ", text)


def _pdf(content: bytes) -> Iterator[str]:
    for match in _STREAM.finditer(content):
        try:
            stream = zlib.decompress(match[1])
        except zlib.error:
            continue
        text = stream.decode("latin-1")
        yield text
        yield "".join(piece[1:-1] for piece in _SHOWN.findall(text))


def _decoded(content: bytes) -> Iterator[str]:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield content.decode("utf-16", errors="replace")
        return
    try:
        yield content.decode("utf-8")
    except UnicodeDecodeError:
        yield content.decode("cp1252", errors="replace")
