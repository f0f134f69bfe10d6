"""Saved views: the filters and columns of a list under a name, for oneself or for the house.

A list takes part by being exportable: its key, and the permission that reading it takes, stand in
`exports.EXPORTABLES`. What a filter row holds is the page's affair; here it is a bounded bag of plain values.

Own views are kept by functions that take the person's session, in a transaction of their own, and not by commands:
whoever may only look at a house keeps views there too. Sharing one with the house takes the right to change something.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select, text
from sqlalchemy.exc import DBAPIError

from eventos_core.db.editing import get
from eventos_core.db.engine import app_engine
from eventos_core.db.registry import PEOPLE, command, query
from eventos_core.db.session import TenantSession, entering_error, reading
from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel.context import ActorKind
from eventos_core.kernel.credentials import MemberCredential, OperatorCredential
from eventos_core.kernel.errors import (
    AlreadyExists,
    Conflict,
    InvalidInput,
    NotAllowedNow,
    NotFound,
    PermissionDenied,
)
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

Person = MemberCredential | OperatorCredential
"""Whose views: a member, or the operator acting as one."""


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
    left: bool
    """Whether its owner is in the house no more, so that an admin may take it over."""
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
class TakeOverView:
    """A shared view of somebody who has left, to become one's own."""

    view_id: int


@dataclass(frozen=True)
class ViewSaved:
    """The view's id and version afterwards; version 0 once it is deleted."""

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
        select(SavedView, AccountUser.display_name, AccountUser.status, SavedViewDefault.view_id.label("default_id"))
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
            me is not None and row.member_id == me, owner, status is MemberStatus.DISABLED,
            default_id is not None,
        )
        for row, owner, status, default_id in rows
    )  # fmt: skip


def save_view(who: Person, given: SaveView) -> ViewSaved:
    """Keep the filters and columns of a list under a new name; sent twice it is one view.

    Raises InvalidInput, AlreadyExists for a name of one's own that is taken, NotAllowedNow for too many,
    PermissionDenied for sharing without the right to change anything in the house.
    """
    name = _name(given.name)
    filters, columns = _checked(given.filters, given.columns)
    with reading(who) as db:
        _member(db)
        _check_page(db, given.page)
        _check_sharing(db, given.shared)
    change = {"name": name, "filters": filters, "columns": columns, "shared": given.shared}
    return _keep(who, None, 0, given.page, change)


def update_view(who: Person, given: UpdateView) -> ViewSaved:
    """Give an own view other filters and columns. Raises NotFound, InvalidInput, Conflict."""
    filters, columns = _checked(given.filters, given.columns)
    return _change(who, given.view_id, given.version, {"filters": filters, "columns": columns})


def rename_view(who: Person, given: RenameView) -> ViewSaved:
    """Give an own view another name. Raises NotFound, InvalidInput, AlreadyExists, Conflict."""
    return _change(who, given.view_id, given.version, {"name": _name(given.name)})


def share_view(who: Person, given: ShareView) -> ViewSaved:
    """Open an own view to the house, or keep it to oneself; links to it then say so to others.

    Raises NotFound, NotAllowedNow where the house shares too many already, Conflict; PermissionDenied as `save_view`.
    """
    return _change(who, given.view_id, given.version, {"shared": given.shared})


def delete_view(who: Person, given: DeleteView) -> ViewSaved:
    """Remove an own view; who opened their list with it gets the whole list. Raises NotFound, Conflict."""
    with reading(who) as db:
        _own(db, given.view_id)
    _verdict(_as_oneself(who, "app.drop_view(:k, :s, :h, :i, :v)", i=given.view_id, v=given.version)[0], "")
    return ViewSaved(given.view_id, 0)


def set_default_view(who: Person, given: SetDefaultView) -> DefaultSet:
    """Let a list open with a view for oneself, or with the whole list. Raises NotFound, InvalidInput."""
    with reading(who) as db:
        _member(db)
        _check_page(db, given.page)
        if given.view_id is not None and get(db, SavedView, given.view_id, what="view").page != given.page:
            raise InvalidInput("This view belongs to another list.", hint="Choose one of this list.")
    _as_oneself(who, "app.open_with_view(:k, :s, :h, :p, cast(:i as bigint))", p=given.page, i=given.view_id)
    return DefaultSet(given.page, given.view_id)


@command(requires=Permission.TEAM_MANAGE, actors=PEOPLE)
def take_over_view(db: TenantSession, cmd: TakeOverView) -> ViewSaved:
    """Make a shared view of somebody who has left the house one's own, to change or delete it as such.

    Raises NotFound; NotAllowedNow while its owner is a member; AlreadyExists for a name of one's own that is taken.
    """
    member = _member(db)
    row = get(db, SavedView, cmd.view_id, what="view")
    _check_page(db, row.page)
    verdict, version = db.execute(
        text("select verdict, now_at from app.take_over_view(:view)"), {"view": cmd.view_id}
    ).one()
    if verdict == "stays" and row.member_id != member:
        raise NotAllowedNow("Whoever shares this view is still in the house.", hint="Ask them to change it.")
    _verdict(verdict if verdict != "stays" else "kept", row.name)
    return ViewSaved(cmd.view_id, version)


def _change(who: Person, view_id: int, version: int, change: Mapping[str, Any]) -> ViewSaved:
    with reading(who) as db:
        page = _own(db, view_id).page
        _check_sharing(db, change.get("shared", False))
    return _keep(who, view_id, version, page, change)


def _keep(who: Person, view_id: int | None, version: int, page: str, change: Mapping[str, Any]) -> ViewSaved:
    verdict, kept, now_at = _as_oneself(
        who, "app.keep_view(:k, :s, :h, cast(:i as bigint), :v, :p, cast(:c as jsonb), :m, :n)",
        i=view_id, v=version, p=page, c=json.dumps(change), m=MOST, n=MOST_SHARED,
    )  # fmt: skip
    _verdict(verdict, str(change.get("name", "")))
    return ViewSaved(kept, now_at)


def _verdict(found: str, name: str) -> None:
    """Raise what the database says against it."""
    if found == "gone":
        raise NotFound("This view does not exist.", hint="It may have been deleted; go back to the list.")
    if found == "changed":
        raise Conflict("This view was changed meanwhile.", hint="Look at it again, then decide.")
    if found == "taken":
        raise AlreadyExists(
            f"You have a view called “{name}” already.", hint="Choose another name, or update that view."
        )
    if found == "full":
        raise NotAllowedNow(f"You keep {MOST} views of this list already.", hint="Delete one that you no longer use.")
    if found == "shared_full":
        raise NotAllowedNow(
            f"The house shares {MOST_SHARED} views of this list already.", hint="Make one that nobody uses private."
        )


def _as_oneself(who: Person, call: str, **values: Any) -> Any:
    """One row of a function that takes the session itself, in a transaction of its own."""
    kind = ActorKind.MEMBER if isinstance(who, MemberCredential) else ActorKind.OPERATOR
    try:
        with app_engine().begin() as connection:
            session = {"k": kind.value, "s": who.token_hash, "h": who.house}
            return connection.execute(text(f"select * from {call}"), {**session, **values}).one()
    except DBAPIError as error:
        raise entering_error(error) from error


def _member(db: TenantSession) -> int:
    member = db.context.member_id
    if member is None:
        raise NotAllowedNow("Views belong to members of the house.", hint="Act as a member (--as EMAIL).")
    return member


def _own(db: TenantSession, view_id: int) -> SavedView:
    """An own view. Raises NotFound, also for somebody else's that one sees."""
    member = _member(db)
    row = get(db, SavedView, view_id, what="view")
    if row.member_id != member:
        raise NotFound("This view is not yours to change.", hint="Save what you see as a view of your own.")
    _check_page(db, row.page)
    return row


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


def _check_sharing(db: TenantSession, shared: bool) -> None:
    if shared and not db.context.can_write:
        raise PermissionDenied("Who may only look shares no views.", hint="Keep this view to yourself.")


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
