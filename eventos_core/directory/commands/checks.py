"""What every command on people and companies checks of the records it is given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import select

from eventos_core.db.session import TenantSession
from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel import clock
from eventos_core.kernel.errors import EditConflict, InvalidInput
from eventos_core.models.directory import Contact, Organization
from eventos_core.models.tenancy import AccountUser

R = TypeVar("R", Contact, Organization)
MOST = 1000
"""Records that one bulk command takes."""


def check_owner(db: TenantSession, owner_id: int | None, *, field: str = "owner_id") -> None:
    """Raises InvalidInput unless the owner is a member of the house who has not left."""
    if owner_id is None:
        return
    found = db.scalar(
        select(AccountUser.id).where(
            AccountUser.account_id == db.context.account_id,
            AccountUser.id == owner_id,
            AccountUser.status != MemberStatus.DISABLED,
        )
    )
    if found is None:
        raise InvalidInput("This person is not in the team.", fields={field: "Choose somebody from the team"})


def check_exists(db: TenantSession, model: type[R], row_id: int | None, *, field: str) -> None:
    """Raises InvalidInput unless the record is in this house and in use; it stays so until the command is done.

    Without the lock a merge or an archiving just under way would leave the new reference with a record out of use.
    """
    if row_id is None:
        return
    found = db.scalar(
        select(model.id)
        .where(model.account_id == db.context.account_id, model.id == row_id, model.archived_at.is_(None))
        .with_for_update(read=True, key_share=True)
    )
    if found is None:
        raise InvalidInput("The record chosen is not in use.", fields={field: "Choose one that is in use"})


def locked(db: TenantSession, model: type[R], ids: Sequence[int]) -> Sequence[R]:
    """The rows of this house among `ids`, locked in order of id. Raises InvalidInput for none or too many."""
    if not ids:
        raise InvalidInput("Choose at least one record.")
    if len(ids) > MOST:
        raise InvalidInput(f"At most {MOST} records at once.", hint="Choose fewer.")
    statement = (
        select(model)
        .where(model.account_id == db.context.account_id, model.id.in_(sorted(set(ids))))
        .order_by(model.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return db.scalars(statement).all()


Names = Mapping[str, tuple[Any, Any]]
_NAMES: Names = {
    "organization_id": (Organization, Organization.name),
    "parent_id": (Organization, Organization.name),
    "reports_to_id": (Contact, Contact.full_name),
    "owner_id": (AccountUser, AccountUser.display_name),
}


def readable(
    db: TenantSession,
    conflict: EditConflict,
    *,
    names: Names = _NAMES,
    zone: str | None = None,
    mine: Mapping[str, Any] | None = None,
    theirs: Mapping[str, Any] | None = None,
) -> EditConflict:
    """`conflict` as people compare it: names for ids, labels for choices; `mine` and `theirs` are added.

    `names` says what the records of other domains are called: column → (model, its column with the name). Times are
    on the clock of `zone`, left as they are without one.
    """
    return EditConflict(
        conflict.message,
        version=conflict.version,
        theirs=_in_words(db, names, zone, {**conflict.theirs, **(theirs or {})}),
        mine=_in_words(db, names, zone, {**conflict.mine, **(mine or {})}),
        changed_by=conflict.changed_by,
    )


@contextmanager
def told_in_words(db: TenantSession, names: Names, zone: str) -> Iterator[None]:
    """Turn an EditConflict raised inside into one that is `readable`."""
    try:
        yield
    except EditConflict as conflict:
        raise readable(db, conflict, names=names, zone=zone) from conflict


def _in_words(db: TenantSession, names: Names, zone: str | None, values: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name, value in values.items():
        key = name.removesuffix("_id")
        if name in names and value is not None:
            model, label = names[name]
            said[key] = db.scalar(select(label).where(model.account_id == db.context.account_id, model.id == value))
        elif zone is not None and isinstance(value, dt.datetime):
            said[key.removesuffix("_at")] = f"{value.astimezone(clock.zone(zone)):%a %d %b %Y, %H:%M}"
        elif isinstance(value, (list, tuple)):
            said[name] = ", ".join(str(item) for item in value)
        elif isinstance(value, dict):
            said[name] = ", ".join(f"{key}: {item}" for key, item in value.items())
        else:
            said[key if zone is None else key.removesuffix("_at")] = getattr(value, "label", value)
    return said
