"""Saved views: the filters and columns of a list under a name, for oneself or for the house.

A list takes part by being exportable: its key, and the permission that reading it takes, stand in
`exports.EXPORTABLES`. What a filter row holds is the page's affair; here it is a bounded bag of plain values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert

from eventos_core.db.editing import edit, get
from eventos_core.db.registry import PEOPLE, command, query
from eventos_core.db.session import TenantSession
from eventos_core.kernel import clock
from eventos_core.kernel.errors import AlreadyExists, InvalidInput, NotAllowedNow, NotFound, PermissionDenied
from eventos_core.kernel.permissions import Permission
from eventos_core.models.analytics import SavedView, SavedViewDefault
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.exports import EXPORTABLES

MOST = 50
"""Views that one member may keep for one list."""
MOST_SHARED = 100
"""Shared views of one list in a house."""
NAME = 80
"""Longest name."""
_BYTES = 8_000
_VALUES = 40
_COLUMNS = 60
_KEY = re.compile(r"[a-z][a-z0-9_]{0,79}")


@dataclass(frozen=True)
class View:
    """One view as a member sees it."""

    id: int
    version: int
    name: str
    filters: dict[str, Any]
    """Values of the filter row by field; what is left out stands at its default."""
    columns: tuple[str, ...]
    """Columns in order; none = the list's own."""
    shared: bool
    mine: bool
    """Whether the reader keeps it, and so may change it."""
    owner: str
    is_default: bool
    """Whether the list opens with it for the reader."""


@dataclass(frozen=True)
class SaveView:
    """A new view of the list `page`, for oneself or for the house."""

    page: str
    name: str
    filters: dict[str, Any]
    columns: tuple[str, ...] = ()
    shared: bool = False


@dataclass(frozen=True)
class UpdateView:
    """Other filters and columns for an own view, as seen at `version`."""

    view_id: int
    version: int
    filters: dict[str, Any]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class RenameView:
    """Another name for an own view, as seen at `version`."""

    view_id: int
    version: int
    name: str


@dataclass(frozen=True)
class ShareView:
    """Open an own view to the house, or keep it to oneself again, as seen at `version`."""

    view_id: int
    version: int
    shared: bool


@dataclass(frozen=True)
class DeleteView:
    """An own view to remove, as seen at `version`."""

    view_id: int
    version: int


@dataclass(frozen=True)
class SetDefaultView:
    """The view that the list opens with for oneself; None = the whole list."""

    page: str
    view_id: int | None


@dataclass(frozen=True)
class ViewSaved:
    """The view's id and version after the command; version 0 once it is deleted."""

    view_id: int
    version: int


@dataclass(frozen=True)
class DefaultSet:
    """What the list opens with from now on."""

    page: str
    view_id: int | None


@query(requires=Permission.HOUSE_READ)
def saved_views(db: TenantSession, page: str) -> tuple[View, ...]:
    """The views of a list that the reader may use: own ones first, then shared ones, by name. One query.

    API keys and jobs see what is shared, never what somebody keeps to themselves. Raises InvalidInput for an unknown
    list, PermissionDenied where the reader may not read it.
    """
    _check_page(db, page)
    me = db.context.member_id if db.context.actor_kind in PEOPLE else None
    mine = SavedView.member_id == me
    rows = db.execute(
        select(SavedView, AccountUser.display_name, SavedViewDefault.view_id.label("default_id"))
        .join(AccountUser, (AccountUser.account_id == SavedView.account_id) & (AccountUser.id == SavedView.member_id))
        .outerjoin(
            SavedViewDefault,
            (SavedViewDefault.account_id == SavedView.account_id)
            & (SavedViewDefault.view_id == SavedView.id)
            & (SavedViewDefault.member_id == me),
        )
        .where(
            SavedView.account_id == db.context.account_id,
            SavedView.page == page,
            or_(mine, SavedView.shared),
        )
        .order_by(mine.desc(), func.lower(SavedView.name), SavedView.id)
        .limit(MOST + MOST_SHARED)
    ).all()
    return tuple(
        View(
            row.id, row.version, row.name, dict(row.filters), tuple(row.columns), row.shared,
            me is not None and row.member_id == me, owner, default_id is not None,
        )
        for row, owner, default_id in rows
    )  # fmt: skip


@command(requires=Permission.HOUSE_READ, actors=PEOPLE)
def save_view(db: TenantSession, cmd: SaveView) -> ViewSaved:
    """Keep the filters and columns of a list under a new name.

    Raises InvalidInput, AlreadyExists for a name of one's own that is taken, NotAllowedNow for too many.
    """
    member = _member(db)
    _check_page(db, cmd.page)
    name = _name(cmd.name)
    filters, columns = _checked(cmd.filters, cmd.columns)
    _queue(db, cmd.page)
    _check_free(db, member, cmd.page, name, None)
    kept = db.scalar(
        select(func.count()).where(
            SavedView.account_id == db.context.account_id,
            SavedView.member_id == member,
            SavedView.page == cmd.page,
        )
    )
    if (kept or 0) >= MOST:
        raise NotAllowedNow(f"You keep {MOST} views of this list already.", hint="Delete one that you no longer use.")
    if cmd.shared:
        _check_shared(db, cmd.page)
    row = SavedView(member_id=member, page=cmd.page, name=name, filters=filters, columns=columns, shared=cmd.shared)
    db.add(row)
    db.flush()
    return ViewSaved(row.id, row.version)


@command(requires=Permission.HOUSE_READ, actors=PEOPLE)
def update_view(db: TenantSession, cmd: UpdateView) -> ViewSaved:
    """Give an own view other filters and columns. Raises NotFound, InvalidInput, EditConflict."""
    filters, columns = _checked(cmd.filters, cmd.columns)
    _own(db, cmd.view_id)
    row = edit(db, SavedView, cmd.view_id, cmd.version, {"filters": filters, "columns": columns}, what="view")
    return ViewSaved(row.id, row.version)


@command(requires=Permission.HOUSE_READ, actors=PEOPLE)
def rename_view(db: TenantSession, cmd: RenameView) -> ViewSaved:
    """Give an own view another name. Raises NotFound, InvalidInput, AlreadyExists, EditConflict."""
    name = _name(cmd.name)
    row = _own(db, cmd.view_id)
    _queue(db, row.page)
    _check_free(db, row.member_id, row.page, name, row.id)
    row = edit(db, SavedView, cmd.view_id, cmd.version, {"name": name}, what="view")
    return ViewSaved(row.id, row.version)


@command(requires=Permission.HOUSE_READ, actors=PEOPLE)
def share_view(db: TenantSession, cmd: ShareView) -> ViewSaved:
    """Open an own view to the house, or keep it to oneself; links to it then say so to others.

    Raises NotFound, NotAllowedNow where the house shares too many already, EditConflict.
    """
    row = _own(db, cmd.view_id)
    if cmd.shared and not row.shared:
        _queue(db, row.page)
        _check_shared(db, row.page)
    row = edit(db, SavedView, cmd.view_id, cmd.version, {"shared": cmd.shared}, what="view")
    return ViewSaved(row.id, row.version)


@command(requires=Permission.HOUSE_READ, actors=PEOPLE)
def delete_view(db: TenantSession, cmd: DeleteView) -> ViewSaved:
    """Remove an own view; who opened their list with it gets the whole list. Raises NotFound, EditConflict."""
    _own(db, cmd.view_id)
    row = edit(db, SavedView, cmd.view_id, cmd.version, {}, what="view")
    db.delete(row)
    db.flush()
    return ViewSaved(cmd.view_id, 0)


@command(requires=Permission.HOUSE_READ, actors=PEOPLE)
def set_default_view(db: TenantSession, cmd: SetDefaultView) -> DefaultSet:
    """Let a list open with a view for oneself, or with the whole list. Raises NotFound, InvalidInput."""
    member = _member(db)
    _check_page(db, cmd.page)
    own = (
        SavedViewDefault.account_id == db.context.account_id,
        SavedViewDefault.member_id == member,
        SavedViewDefault.page == cmd.page,
    )
    if cmd.view_id is None:
        for row in db.scalars(select(SavedViewDefault).where(*own)):
            db.delete(row)
        db.flush()
        return DefaultSet(cmd.page, None)
    view = get(db, SavedView, cmd.view_id, what="view")
    if view.page != cmd.page:
        raise InvalidInput("This view belongs to another list.", hint="Choose one of this list.")
    values = {"account_id": db.context.account_id, "member_id": member, "page": cmd.page, "view_id": view.id}
    statement = insert(SavedViewDefault).values(**values)
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["account_id", "member_id", "page"],
            set_={"view_id": statement.excluded.view_id, "updated_at": clock.now()},
        )
    )
    return DefaultSet(cmd.page, view.id)


def _member(db: TenantSession) -> int:
    member = db.context.member_id
    if member is None:
        raise NotAllowedNow("Views belong to members of the house.", hint="Act as a member (--as EMAIL).")
    return member


def _own(db: TenantSession, view_id: int) -> SavedView:
    """An own view, locked. Raises NotFound, also for somebody else's that one sees."""
    member = _member(db)
    row = get(db, SavedView, view_id, what="view")
    if row.member_id != member:
        raise NotFound("This view is not yours to change.", hint="Save what you see as a view of your own.")
    _check_page(db, row.page)
    return get(db, SavedView, view_id, lock=True, what="view")


def _check_page(db: TenantSession, page: str) -> None:
    kind = EXPORTABLES.get(page)
    if kind is None:
        raise InvalidInput("There is no such list.", hint="Save a view from its page.")
    if not db.context.can(kind.reading):
        raise PermissionDenied(
            f"You may not read this list: {kind.title}.",
            hint="Ask an owner or admin of the house for it.",
            permission=kind.reading.value,
            action="saved_views",
        )


def _queue(db: TenantSession, page: str) -> None:
    """Wait for whoever changes views of this list: two at once would each find the name free and room for one."""
    db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"views:{db.context.account_id}:{page}", 0))))


def _check_free(db: TenantSession, member: int, page: str, name: str, besides: int | None) -> None:
    taken = db.scalar(
        select(SavedView.id).where(
            SavedView.account_id == db.context.account_id,
            SavedView.member_id == member,
            SavedView.page == page,
            func.lower(SavedView.name) == name.lower(),
            SavedView.id.is_distinct_from(besides),
        )
    )
    if taken is not None:
        raise AlreadyExists(
            f"You have a view called “{name}” already.",
            hint="Choose another name, or update that view.",
        )


def _check_shared(db: TenantSession, page: str) -> None:
    shared = db.scalar(
        select(func.count()).where(
            SavedView.account_id == db.context.account_id, SavedView.page == page, SavedView.shared
        )
    )
    if (shared or 0) >= MOST_SHARED:
        raise NotAllowedNow(
            f"The house shares {MOST_SHARED} views of this list already.", hint="Make one that nobody uses private."
        )


def _name(given: str) -> str:
    name = " ".join(given.split())
    if not 1 <= len(name) <= NAME:
        raise InvalidInput(f"A name has 1 to {NAME} characters.", fields={"name": f"1 to {NAME} characters"})
    return name


def _checked(filters: Mapping[str, Any], columns: tuple[str, ...]) -> tuple[dict[str, Any], list[str]]:
    """Filters and columns as they are stored. Raises InvalidInput for what no filter row gives."""
    kept = {name: value for name, value in filters.items() if value is not None}
    plain = all(_KEY.fullmatch(name) and _plain(value) for name, value in kept.items())
    fits = len(kept) <= _VALUES and len(json.dumps(kept).encode()) <= _BYTES if plain else False
    if not fits:
        raise InvalidInput("These filters are too long to be kept.", hint="Narrow the list by fewer values.")
    names = list(dict.fromkeys(columns))
    if len(names) > _COLUMNS or not all(_KEY.fullmatch(name) for name in names):
        raise InvalidInput("These columns cannot be kept.", hint="Choose them anew.")
    return kept, names


def _plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return len(value) <= 200 and all(isinstance(item, str) and "\0" not in item for item in value)
    if isinstance(value, str):
        return "\0" not in value
    return isinstance(value, (bool, int))
