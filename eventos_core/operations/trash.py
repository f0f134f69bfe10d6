"""The trash: what is archived, of every kind that can be restored, in one list.

A domain joins with one `binned(…)` in its `joins`: the table, what a row is called, where it opens, and the command
that brings it back. Restoring several runs each domain's own command, each with its own verdict.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    Subquery,
    Text,
    cast,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.exc import IntegrityError

from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import command, query, translate
from eventos_core.db.session import TenantSession
from eventos_core.kernel.errors import EventOSError, InvalidInput, PermissionDenied
from eventos_core.kernel.permissions import Permission
from eventos_core.models.base import TenantTable
from eventos_core.models.operations import AuditEntry
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.exports import Column, Exportable, column, exportable, instant, words
from eventos_core.operations.lists import PAGE_SIZE, Cursor, PageOf, counted, keyset, paged

AT_ONCE = 100
"""Most records that one command restores."""
_NEAR = dt.timedelta(days=1)

TRASH = FrameSpec(
    kind="text", id="int", name="text", context="text", link="text", archived_at="instant", archived_by="text",
    version="int",
)  # fmt: skip
"""One row per archived record, the last archived first; `link` is what its page's parameter takes.

`archived_by` comes from the audit; NA where the audit no longer tells.
"""


@dataclass(frozen=True)
class Binned:
    """A kind of record that is archived rather than deleted."""

    model: type[TenantTable]
    noun: str
    """What one is called: “Contact”."""
    reads: Permission
    restores: Permission
    """What the command that brings one back asks for; here to offer it, there to be checked."""
    page: str
    """Key of the page on which it opens, by `parameter` = `link` of the row."""
    parameter: str
    name: ColumnElement[Any]
    search: ColumnElement[Any]
    """Normalised text in which words are looked for."""
    restore: Callable[[TenantSession, int, int], Any]
    """`(db, id, version)`: the domain's own command; raises what it raises."""
    command: str
    """That command's name."""
    icon: str = "inventory_2"
    context: ColumnElement[Any] | None = None
    """A few words that tell it from others of the same name."""
    link: ColumnElement[Any] | None = None
    """What its page's parameter takes; its id where that is not said."""
    where: tuple[ColumnElement[bool], ...] = ()
    """What else must hold for it to be restorable."""
    seen: Callable[[TenantSession], Sequence[ColumnElement[bool]]] | None = None
    """What must hold for this reader to see it, where `reads` alone does not say so."""

    @property
    def key(self) -> str:
        """Its table."""
        return str(self.model.__tablename__)


_KINDS: dict[str, Binned] = {}


def binned(kind: Binned) -> Binned:
    """Register a kind. Raises TypeError for a table that is there already."""
    if kind.key in _KINDS:
        raise TypeError(f"Two kinds of trash are called {kind.key}.")
    _KINDS[kind.key] = kind
    return kind


def kinds() -> dict[str, Binned]:
    """All kinds by table, in the order in which their domains joined."""
    return dict(_KINDS)


def noun_of(key: str) -> str:
    """What a record of that table is called."""
    return _KINDS[key].noun if key in _KINDS else key


@dataclass(frozen=True)
class TrashFilter:
    """What to list: one kind, by table, and words that must all occur."""

    q: str = ""
    kind: str | None = None


@dataclass(frozen=True)
class TrashItem:
    """One archived record, as seen at `version`."""

    kind: str
    id: int
    version: int


@dataclass(frozen=True)
class RestoreArchived:
    """Archived records to bring back, at most 100."""

    items: tuple[TrashItem, ...]


@dataclass(frozen=True)
class TrashVerdict:
    """What became of one record; `message` says why it stays and what to do."""

    kind: str
    id: int
    name: str
    restored: bool
    message: str = ""


@dataclass(frozen=True)
class ArchivedRestored:
    """One verdict per record, in the order asked."""

    verdicts: tuple[TrashVerdict, ...]


@query(requires=Permission.HOUSE_READ)
def trash(
    db: TenantSession, wanted: TrashFilter | None = None, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> PageOf:
    """One page of what the reader may see archived, as `TRASH`, in one query. Raises InvalidInput."""
    place = Cursor.decode(cursor)
    found = _archived(db, wanted or TrashFilter())
    if found is None:
        return PageOf(TRASH.empty(), None, None)
    order: list[tuple[ColumnElement[Any], Literal["asc", "desc"]]] = [
        (found.c.archived_at, "desc"),
        (found.c.kind, "asc"),
        (found.c.id, "desc"),
    ]
    page = keyset(select(found), order, place, size=size).subquery("page")
    who = _who(db.context.account_id, page)
    backwards = place is not None and place.direction == "previous"
    statement = (
        select(*(page.c[name] if name != "archived_by" else who.c.archived_by for name in TRASH.columns))
        .select_from(page.outerjoin(who, true()))
        .order_by(
            *(
                page.c[column.name].asc() if (direction == "asc") is not backwards else page.c[column.name].desc()
                for column, direction in order
            )
        )
    )
    return paged(TRASH.query(db, statement), ("archived_at", "kind", "id"), place, size=size)


@query(requires=Permission.HOUSE_READ)
def trash_counted(db: TenantSession, wanted: TrashFilter, limit: int) -> int:
    """How many archived records the filter lists, counted up to `limit`."""
    found = _archived(db, wanted)
    return 0 if found is None else counted(db, select(found.c.id).select_from(found), limit)


@command(requires=Permission.HOUSE_READ)
def restore_archived(db: TenantSession, cmd: RestoreArchived) -> ArchivedRestored:
    """Bring archived records back, each by its domain's own command; what stands in the way of one stops no other.

    Raises InvalidInput for too many or unknown ones, PermissionDenied where one of them needs a permission that the
    actor lacks: then nothing is restored.
    """
    if not 1 <= len(cmd.items) <= AT_ONCE:
        raise InvalidInput(f"Choose 1 to {AT_ONCE} records.", hint="Restore the others afterwards.")
    for item in cmd.items:
        kind = _KINDS.get(item.kind)
        if kind is None:
            raise InvalidInput("There is no such kind of record.", hint="Choose from the trash.")
        if not db.context.can(kind.restores):
            raise PermissionDenied(
                f"You may not restore this: {kind.noun.lower()}.",
                hint="Ask an owner or admin of the house for it.",
                permission=kind.restores.value,
                action=kind.command,
            )
    known = list(_KINDS)
    # Always in the same order, so that two who restore the same records wait for each other instead of locking up.
    verdicts = {item: _restored(db, item) for item in sorted(set(cmd.items), key=lambda i: (known.index(i.kind), i.id))}
    return ArchivedRestored(tuple(verdicts[item] for item in dict.fromkeys(cmd.items)))


def _restored(db: TenantSession, item: TrashItem) -> TrashVerdict:
    kind = _KINDS[item.kind]
    name = db.scalar(
        select(cast(kind.name, Text))
        .select_from(kind.model)
        .where(kind.model.account_id == db.context.account_id, kind.model.id == item.id, *_seen(db, kind))
    )
    shown = name or f"{kind.noun} {item.id}"
    if name is None:
        return TrashVerdict(item.kind, item.id, shown, False, "It does not exist any more.")
    try:
        with db.begin_nested():
            kind.restore(db, item.id, item.version)
            db.flush()
    except EventOSError as error:
        return TrashVerdict(item.kind, item.id, shown, False, str(error))
    except IntegrityError as error:
        known = translate(error)
        if not isinstance(known, EventOSError):
            raise
        return TrashVerdict(item.kind, item.id, shown, False, str(known))
    return TrashVerdict(item.kind, item.id, shown, True)


def _archived(db: TenantSession, wanted: TrashFilter) -> Subquery | None:
    """What is archived of the kinds that the reader may see; None where there is no such kind."""
    asked = [kind for kind in _KINDS.values() if db.context.can(kind.reads) and wanted.kind in (None, kind.key)]
    if not asked:
        return None
    parts = [_part(db, kind, wanted.q.split()[:8]) for kind in asked]
    together: CompoundSelect[*tuple[Any, ...]] | Select[*tuple[Any, ...]] = (
        union_all(*parts) if len(parts) > 1 else parts[0]
    )
    return together.subquery("archived")


def _part(db: TenantSession, kind: Binned, searched: Sequence[str]) -> Select[*tuple[Any, ...]]:
    model: Any = kind.model
    return select(
        literal(kind.key).label("kind"),
        model.id.label("id"),
        cast(kind.name, Text).label("name"),
        cast(null() if kind.context is None else kind.context, Text).label("context"),
        cast(model.id if kind.link is None else kind.link, Text).label("link"),
        model.archived_at.label("archived_at"),
        cast(model.version, BigInteger).label("version"),
    ).where(
        model.account_id == db.context.account_id,
        model.archived_at.is_not(None),
        *kind.where,
        *_seen(db, kind),
        *(func.strpos(kind.search, func.app.search_key(word)) > 0 for word in searched),
    )


def _seen(db: TenantSession, kind: Binned) -> Sequence[ColumnElement[bool]]:
    return kind.seen(db) if kind.seen is not None else ()


def _who(account: int, page: Subquery) -> Any:
    """Who archived each row of the page, from the audit around that time."""
    entry = AuditEntry
    return (
        select(
            func.coalesce(AccountUser.display_name, func.initcap(func.replace(entry.actor_kind, "_", " "))).label(
                "archived_by"
            )
        )
        .select_from(entry)
        .outerjoin(AccountUser, (AccountUser.account_id == entry.account_id) & (AccountUser.id == entry.member_id))
        .where(
            entry.account_id == account,
            entry.table_name == page.c.kind,
            entry.row_id == cast(page.c.id, Text),
            entry.occurred_at.between(page.c.archived_at - _NEAR, page.c.archived_at + _NEAR),
            entry.after["archived_at"].astext.is_not(None),
            entry.before["archived_at"].astext.is_(None),
        )
        .order_by(entry.occurred_at.desc())
        .limit(1)
        .lateral("who")
    )


def _columns(db: TenantSession, wanted: TrashFilter) -> Sequence[Column]:
    return (
        words("Kind", "kind", noun_of),
        column("Record", "id"),
        column("Name", "name"),
        column("More", "context"),
        instant("Archived", "archived_at"),
        column("By", "archived_by"),
    )


exportable(
    Exportable(
        "trash", "Trash", Permission.HOUSE_READ, TrashFilter,
        lambda db, wanted, cursor, size: trash(db, wanted, cursor=cursor, size=size), trash_counted, _columns,
        covers=("operations.trash",),
    )
)  # fmt: skip
