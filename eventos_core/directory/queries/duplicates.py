"""Pairs of records that may be one: found by address, number, domain and name, scored and explained.

Every comparison is an equality of stored normalised columns, so that it stays inside the fence's index conditions;
the cost follows what is stored (or what a member keeps), never the square of it: of many records with one key each is
compared with the few before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd
from sqlalchemy import (
    CTE,
    BigInteger,
    Boolean,
    ColumnElement,
    Select,
    SelectBase,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import InstrumentedAttribute, aliased

from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.directory.rules.duplicates import (
    COMPANIES,
    LIKELY,
    MOST,
    PEOPLE,
    SIMILAR_FROM,
    Sign,
    explain,
)
from eventos_core.enums.directory import MergeEntity
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Contact, ContactEmail, ContactPhone, DuplicateDismissal, Organization
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.lists import Cursor, PageOf, keyset, paged

NEAR = 5
"""Of many records with one key each is compared with so many before it: enough for any real group, and a whole list
that was imported with one address costs no more than any other."""
NEWEST = 500
"""Records of a member that are compared beside another page."""
SHORTEST_NUMBER = 6
"""Digits from which a phone number says anything."""

PAIRS = FrameSpec(
    entity="text", first_id="int", first="text", first_about="text", second_id="int", second="text",
    second_about="text", shared="text", score_ppm="int", doubt="int", owner_id="int", email="bool", phone="bool",
    domain="bool", same_name="bool", similar="bool", company="bool",
)  # fmt: skip
SUSPECTS = FrameSpec(
    entity="text", first_id="int", first="text", first_about="text", second_id="int", second="text",
    second_about="text", shared="text", score_ppm="int", doubt="int", owner_id="int", why="text",
)  # fmt: skip
"""Pairs that look like one, `first_id` the older: `shared` is the address, number or domain that both have, if any,
`score_ppm` how sure it is, `why` the same in words, `doubt` the rest to a million."""

DISMISSED = FrameSpec(
    id="int", first_id="int", first="text", second_id="int", second="text", reason="text", by="text",
    created_at="instant",
)  # fmt: skip
"""Pairs that somebody found to be two, the latest first."""


@dataclass(frozen=True)
class DuplicateFilter:
    """Which pairs: `by` one of email, phone, domain, name (empty = any); `possible` with the unlikely ones."""

    entity: MergeEntity = MergeEntity.CONTACT
    by: str = ""
    owner: int | None = None
    possible: bool = False


@dataclass(frozen=True)
class DuplicateCounts:
    """How many pairs there are, by how sure it is; dismissed ones stand apart."""

    likely: int
    possible: int
    dismissed: int


@query(requires=Permission.CONTACTS_MERGE)
def duplicates(
    db: TenantSession, wanted: DuplicateFilter | None = None, *, cursor: str | None = None, size: int = 25
) -> PageOf:
    """One page of pairs in use as `SUSPECTS`, the surest first; dismissed ones are left out. Raises InvalidInput."""
    place = Cursor.decode(cursor)
    statement, order = _found(db.context.account_id, wanted or DuplicateFilter())
    frame = _explained(PAIRS.query(db, keyset(statement, order, place, size=size)))
    return paged(frame, ("doubt", "first_id", "second_id"), place, size=size)


@query(requires=Permission.CONTACTS_MERGE)
def duplicates_counted(db: TenantSession, wanted: DuplicateFilter | None = None) -> DuplicateCounts:
    """How many pairs there are under that filter, whatever its `possible`; one query."""
    given = wanted or DuplicateFilter()
    everything = DuplicateFilter(given.entity, given.by, given.owner, possible=True)
    pairs = _found(db.context.account_id, everything)[0].subquery()
    likely = pairs.c.score_ppm >= LIKELY * 10_000
    dismissed = (
        select(func.count())
        .select_from(DuplicateDismissal)
        .where(DuplicateDismissal.account_id == db.context.account_id, DuplicateDismissal.entity == given.entity)
        .scalar_subquery()
    )
    row = db.execute(
        select(func.count().filter(likely), func.count().filter(~likely), dismissed).select_from(pairs)
    ).one()
    return DuplicateCounts(*row)


@query(requires=Permission.CONTACTS_READ)
def possible_duplicates(
    db: TenantSession, entity: MergeEntity = MergeEntity.CONTACT, *, owner_id: int | None = None, limit: int = 50
) -> pd.DataFrame:
    """Likely pairs as `SUSPECTS`, the surest first; with `owner_id` only of the newest records that member keeps.

    For a quiet line on a page that is about something else: its cost is that of `NEWEST` records.
    """
    statement = _quiet(entity, owned=owner_id is not None, limit=limit)
    values = {"account": db.context.account_id} | ({} if owner_id is None else {"owner": owner_id})
    return _explained(PAIRS.query(db, statement, values))


@query(requires=Permission.CONTACTS_MERGE)
def duplicates_of(db: TenantSession, entity: MergeEntity, record_id: int) -> pd.DataFrame:
    """Pairs of one record as `SUSPECTS`, the surest first, unlikely ones too, at most 20."""
    account = db.context.account_id
    statement, order = _found(account, DuplicateFilter(entity, possible=True), _own_rows(account, entity, id=record_id))
    return _explained(PAIRS.query(db, keyset(statement, order, None, size=19)))


@query(requires=Permission.CONTACTS_MERGE)
def dismissed_duplicates(db: TenantSession, entity: MergeEntity = MergeEntity.CONTACT) -> pd.DataFrame:
    """Pairs found to be two as `DISMISSED`, at most 200; those of which one is gone are left out."""
    model: Any = _MODEL[entity]
    first, second = aliased(model), aliased(model)
    name = _NAME[entity]
    row = DuplicateDismissal
    statement = (
        select(
            row.id, row.lower_id.label("first_id"), getattr(first, name).label("first"),
            row.higher_id.label("second_id"), getattr(second, name).label("second"), row.reason,
            AccountUser.display_name.label("by"), row.created_at,
        )
        .join(first, and_(first.account_id == row.account_id, first.id == row.lower_id))
        .join(second, and_(second.account_id == row.account_id, second.id == row.higher_id))
        .outerjoin(AccountUser, and_(AccountUser.account_id == row.account_id, AccountUser.id == row.created_by))
        .where(row.account_id == db.context.account_id, row.entity == entity)
        .order_by(row.created_at.desc(), row.id.desc())
        .limit(200)
    )  # fmt: skip
    return DISMISSED.query(db, statement)


_MODEL: Mapping[MergeEntity, type[Contact] | type[Organization]] = {
    MergeEntity.CONTACT: Contact,
    MergeEntity.ORGANIZATION: Organization,
}
_NAME = {MergeEntity.CONTACT: "full_name", MergeEntity.ORGANIZATION: "name"}
_FLAG = {Sign.EMAIL: "email", Sign.PHONE: "phone", Sign.DOMAIN: "domain", Sign.NAME: "same_name",
         Sign.SIMILAR: "similar", Sign.COMPANY: "company"}  # fmt: skip


def _own_rows(account: Any, entity: MergeEntity, **values: int) -> Select[*tuple[Any, ...]]:
    """Ids of the house's records with these values."""
    model: Any = _MODEL[entity]
    return select(model.id).filter_by(account_id=account, **values)


@lru_cache(maxsize=8)
def _quiet(entity: MergeEntity, *, owned: bool, limit: int) -> Select[*tuple[Any, ...]]:
    """Likely pairs of the house `account`, `owned` of the newest records that the member `owner` keeps.

    Built once: it stands on pages that are about something else, and takes longer to build than the rest of them.
    """
    account, model = bindparam("account", type_=BigInteger), _MODEL[entity]
    newest = (
        select(model.id)
        .where(
            model.account_id == account, model.owner_id == bindparam("owner", type_=BigInteger),
            model.archived_at.is_(None),
        )
        .order_by(model.created_at.desc(), model.id.desc())
        .limit(NEWEST)
    )  # fmt: skip
    statement, order = _found(account, DuplicateFilter(entity), newest if owned else None)
    return keyset(statement, order, None, size=limit - 1)


def _once(statement: SelectBase, name: str) -> CTE:
    """Its rows, found once.

    Of records that came a moment ago the planner knows nothing and takes them for one: what it then nests would be
    worked anew for each of them, and what is nested in that again.
    """
    return statement.cte(name).prefix_with("MATERIALIZED", dialect="postgresql")


def _found(account: Any, wanted: DuplicateFilter, within: Any = None) -> tuple[Select[*tuple[Any, ...]], list[Any]]:
    """(the pairs as `PAIRS`, their order); `within` selects ids of which one must be in each pair."""
    of_people = wanted.entity is MergeEntity.CONTACT
    model: Any = _MODEL[wanted.entity]
    if within is None and wanted.owner is not None:
        within = _own_rows(account, wanted.entity, owner_id=wanted.owner)
    if within is not None:
        within = select(_once(within, "within").c.id)
    keys = _keys_of_people(account, within) if of_people else _keys_of_companies(account, within)
    pairs = _pairs(account, keys, model, _KINDS[wanted.entity])
    first, second = aliased(model, name="first"), aliased(model, name="second")
    signs = _signs(wanted.entity, pairs, first, second)
    score = _score(signs, PEOPLE if of_people else COMPANIES)
    inner = (
        select(
            literal(wanted.entity.value).label("entity"),
            first.id.label("first_id"),
            getattr(first, _NAME[wanted.entity]).label("first"),
            _about(first).label("first_about"),
            second.id.label("second_id"),
            getattr(second, _NAME[wanted.entity]).label("second"),
            _about(second).label("second_about"),
            func.coalesce(*(pairs.c[f"{k}_key"] for k in _KINDS[wanted.entity] if k != "name"), "").label("shared"),
            (score * 10_000).label("score_ppm"),
            (1_000_000 - score * 10_000).label("doubt"),
            first.owner_id,
            *(signs.get(sign, literal(False)).label(flag) for sign, flag in _FLAG.items()),
        )
        .select_from(pairs)
        .join(first, and_(first.account_id == account, first.id == pairs.c.first_id))
        .join(second, and_(second.account_id == account, second.id == pairs.c.second_id))
        .where(*_conditions(account, wanted, within, pairs, first, second))
        .subquery("found")
    )
    statement = select(*(inner.c[column] for column in PAIRS.columns))
    if not wanted.possible:
        statement = statement.where(inner.c.score_ppm >= LIKELY * 10_000)
    return statement, [(inner.c.doubt, "asc"), (inner.c.first_id, "asc"), (inner.c.second_id, "asc")]


_KINDS: Mapping[MergeEntity, Sequence[str]] = {
    MergeEntity.CONTACT: ("email", "phone", "name"),
    MergeEntity.ORGANIZATION: ("domain", "name"),
}


def _keys_of_people(account: Any, within: Any) -> Sequence[Select[*tuple[Any, ...]]]:
    sources: tuple[tuple[str, Any, Any, Any, ColumnElement[bool]], ...] = (
        ("email", ContactEmail, ContactEmail.contact_id, ContactEmail.email_norm, ContactEmail.email_norm != ""),
        ("phone", ContactPhone, ContactPhone.contact_id, ContactPhone.digits,
         func.length(ContactPhone.digits) >= SHORTEST_NUMBER),
        ("name", Contact, Contact.id, Contact.name_sort, Contact.archived_at.is_(None)),
    )  # fmt: skip
    return [_keys(account, within, *source) for source in sources]


def _keys_of_companies(account: Any, within: Any) -> Sequence[Select[*tuple[Any, ...]]]:
    live = Organization.archived_at.is_(None)
    return [
        _keys(account, within, "domain", Organization, Organization.id, Organization.domain_norm, live),
        _keys(account, within, "name", Organization, Organization.id, Organization.name_sort, live),
    ]


def _keys(
    account: int, within: Any, kind: str, model: Any, row_id: Any, key: Any, condition: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    """(kind, id, key) of every row whose key at least one other has; `within` names rows that must have the key."""
    mine = select(row_id.label("id"), key.label("key")).where(model.account_id == account, condition)
    if within is not None:
        wanted = select(key).where(model.account_id == account, row_id.in_(within), key != "").distinct()
        mine = mine.where(key.in_(select(_once(wanted, f"{kind}_keys").c[0])))
    counted = mine.add_columns(func.count().over(partition_by=key).label("often")).subquery()
    return select(literal(kind, Text).label("kind"), counted.c.id, counted.c.key).where(
        counted.c.often > 1, counted.c.key != ""
    )


def _pairs(account: Any, keys: Sequence[Select[*tuple[Any, ...]]], model: Any, kinds: Sequence[str]) -> Any:
    """One row a pair with the key that it has of each kind, NULL where none.

    A window over the sorted keys, not a join of them with themselves.
    """
    shared = _once(union_all(*keys), "shared")
    window: dict[str, Any] = {"partition_by": (shared.c.kind, shared.c.key), "order_by": shared.c.id}
    following = array([func.lead(shared.c.id, place).over(**window) for place in range(1, NEAR + 1)])
    beside = (
        select(shared.c.kind, shared.c.key, shared.c.id, func.unnest(following).label("other"))
        .join(model, and_(model.account_id == account, model.id == shared.c.id))
        .where(model.archived_at.is_(None))
        .subquery("beside")
    )
    return (
        select(
            beside.c.id.label("first_id"),
            beside.c.other.label("second_id"),
            *(func.min(beside.c.key).filter(beside.c.kind == kind).label(f"{kind}_key") for kind in kinds),
        )
        .where(beside.c.other.is_not(None))
        .group_by(beside.c.id, beside.c.other)
        .subquery("pairs")
    )


def _signs(entity: MergeEntity, pairs: Any, first: Any, second: Any) -> dict[Sign, ColumnElement[bool]]:
    same = first.name_sort == second.name_sort
    alike = func.extensions.similarity(first.name_sort, second.name_sort, type_=None) >= SIMILAR_FROM
    signs: dict[Sign, ColumnElement[bool]] = {Sign.NAME: same, Sign.SIMILAR: and_(~same, alike)}
    signs[Sign.OTHER] = and_(~same, ~alike)
    if entity is MergeEntity.ORGANIZATION:
        return signs | {Sign.DOMAIN: pairs.c.domain_key.is_not(None)}
    company = func.coalesce(first.organization_id == second.organization_id, literal(False))
    return signs | {
        Sign.EMAIL: pairs.c.email_key.is_not(None),
        Sign.PHONE: pairs.c.phone_key.is_not(None),
        Sign.COMPANY: cast(company, Boolean),
    }


def _score(signs: Mapping[Sign, ColumnElement[bool]], points: Mapping[Sign, int]) -> ColumnElement[int]:
    total: ColumnElement[int] = literal(0)
    for sign, worth in points.items():
        total = total + case((signs[sign], worth), else_=0)
    return func.least(total, MOST)


def _about(row: Any) -> Any:
    """What tells people of one name apart: title and company; for companies the town."""
    if issubclass(row.__mapper__.class_, Organization):
        return func.concat_ws(" · ", row.domain, row.city)
    company = (
        select(Organization.name)
        .where(Organization.account_id == row.account_id, Organization.id == row.organization_id)
        .scalar_subquery()
    )
    return func.concat_ws(" · ", row.job_title, company)


def _conditions(
    account: Any, wanted: DuplicateFilter, within: Any, pairs: Any, first: Any, second: Any
) -> list[ColumnElement[bool]]:
    found = [~_dismissed(wanted.entity, first.id, second.id, account)]
    if wanted.entity is MergeEntity.CONTACT:
        # A name alone says nothing of two people who work at different companies.
        found.append(
            or_(
                pairs.c.email_key.is_not(None),
                pairs.c.phone_key.is_not(None),
                func.coalesce(first.organization_id == second.organization_id, literal(True)),
            )
        )
    if wanted.by in _KINDS[wanted.entity]:
        found.append(pairs.c[f"{wanted.by}_key"].is_not(None))
    if within is not None:
        found.append(or_(first.id.in_(within), second.id.in_(within)))
    return found


def _dismissed(
    entity: MergeEntity, first: InstrumentedAttribute[int], second: Any, account: int
) -> ColumnElement[bool]:
    return (
        select(DuplicateDismissal.id)
        .where(
            DuplicateDismissal.account_id == account,
            DuplicateDismissal.entity == entity,
            DuplicateDismissal.lower_id == first,
            DuplicateDismissal.higher_id == second,
        )
        .exists()
    )


def _explained(frame: pd.DataFrame) -> pd.DataFrame:
    """`PAIRS` as `SUSPECTS`: the signs in words."""
    why = []
    for row in frame.to_dict("records"):
        signs = {sign for sign, flag in _FLAG.items() if row[flag]}
        if not signs & {Sign.NAME, Sign.SIMILAR}:
            signs.add(Sign.OTHER)
        why.append(explain(frozenset(signs)))
    return frame.assign(why=pd.Series(why, dtype="string"))[list(SUSPECTS.columns)]
