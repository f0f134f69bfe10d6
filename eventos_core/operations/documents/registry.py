"""Which documents there are. They are written far above, in `eventos_core.documents`: asked for by key, not imported.

A document is read in one short transaction and written after it, so that layout holds no connection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import ExportFormat
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import calendars

MEDIA_TYPES: Mapping[ExportFormat, str] = {
    ExportFormat.PDF: "application/pdf",
    ExportFormat.ICS: calendars.MEDIA_TYPE,
}
"""What documents are written as."""


@dataclass(frozen=True)
class Document:
    """A document that can be taken out."""

    key: str
    """As `exports.query` stores it; begins with `paper.`, as no list does."""
    title: str
    permission: Permission
    """What reading it takes, besides `exports.run`; asked when the link is made and whenever it is fetched."""
    given_type: type[Any]
    """A frozen dataclass, JSON-able: what it is about."""
    read: Callable[[TenantSession, Any], Any]
    """`(db, given)` → all that stands in it; raises NotFound."""
    write: Mapping[ExportFormat, Callable[[Any], bytes]]
    """Format → `(what was read)` → the file."""
    of: Callable[[TenantSession, Any], str]
    """`(db, given)` → what it is about, such as an event's name, for title and file name; may be empty."""
    long: Callable[[TenantSession, Any], bool] = lambda _db, _given: False
    """`(db, given)` → whether it takes longer than a person waits; a job then makes it."""
    media_type: Callable[[Any], str] | None = None
    """`(what was read)` → its media type as mail states it, where that says more than the format does."""
    reads: Permission | None = None
    """What reading it on its page takes, where that is less than taking it out."""
    mailed: Callable[[int], Any] | None = None
    """Event id → what it is about where it goes along with mail about that event, holding only what its readers may
    read; None = it goes along with no template."""

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """What taking it out needs besides `exports.run`."""
        return (self.permission,) if self.reads is None else (self.reads, self.permission)


DOCUMENTS: dict[str, Document] = {}


def document(kind: Document) -> Document:
    """Register a document. Raises TypeError for a key that is taken, or could be a list's."""
    if kind.key in DOCUMENTS or not kind.key.startswith("paper."):
        raise TypeError(f"No document can be called {kind.key}.")
    DOCUMENTS[kind.key] = kind
    return kind
