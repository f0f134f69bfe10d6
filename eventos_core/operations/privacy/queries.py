"""Reading requests, looking for people, and the texts that wait for a decision."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from eventos_core.db.editing import get
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import CLIENTS, query
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import PrivacyRequestKind, PrivacyRequestStatus, PrivacyWork
from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.permissions import Permission
from eventos_core.models.base import Base
from eventos_core.models.directory import Contact, ContactEmail, ContactPhone
from eventos_core.models.operations import DataSubjectRequest, Export, QueuedMessage
from eventos_core.models.tenancy import AccountUser
from eventos_core.models.ticketing import Attendee
from eventos_core.operations.lists import PAGE_SIZE, Cursor, PageOf, keyset, paged
from eventos_core.operations.privacy import working
from eventos_core.operations.privacy.finding import resolve
from eventos_core.operations.privacy.registry import title_of
from eventos_core.operations.privacy.subjects import OPEN, given_of, label_of

REQUESTS = FrameSpec(
    id="int", kind="text", person="text", received_at="instant", due_on="date", status="text", handled_by="text",
    completed_at="instant",
)  # fmt: skip
"""One row per request; `person` is NA once erased. Open ones by due day, others by when they were done."""

PEOPLE_FOUND = FrameSpec(entity="text", id="int", name="text", detail="text", kind="text")
"""One row per record that may be the person; `entity` and `id` name it, `kind` says what it is."""


@dataclass(frozen=True)
class RequestFilter:
    """Open requests, or those that are done, refused or withdrawn."""

    ended: bool = False


@dataclass(frozen=True)
class RequestDetail:
    """One request; `person` is empty once erased. Times in UTC."""

    id: int
    version: int
    kind: PrivacyRequestKind
    status: PrivacyRequestStatus
    person: str
    contact_id: int | None
    known: bool
    """Whether a record of the person is chosen."""
    email: str
    phone: str
    message: str
    received_at: dt.datetime
    due_on: dt.date
    verified_how: str
    completed_at: dt.datetime | None
    refusal_reason: str
    handled_by: str
    evidence: Mapping[str, Any]
    undecided: int
    decided: int
    working: PrivacyWork | None
    """What a job does on it now, or will do."""
    work_error: str
    """Why the last search or erasure did not come to its end; empty where it did."""
    export_public_id: str | None
    export_until: dt.datetime | None
    export_is_own: bool
    """Whether who reads this made the link, which works for nobody else."""

    @property
    def open(self) -> bool:
        """Whether it still waits for an answer."""
        return self.status in OPEN


@dataclass(frozen=True)
class Mention:
    """A text with the name alone: what stands before and after it, and what was decided (None: nothing yet)."""

    entity: str
    id: int
    column: str
    title: str
    before: str
    named: str
    after: str
    erase: bool | None


@query(requires=Permission.PRIVACY_MANAGE)
def privacy_requests(
    db: TenantSession,
    wanted: RequestFilter = RequestFilter(),
    *,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> PageOf:
    """Requests as `REQUESTS`, the next one due first; ended ones by the latest end."""
    at = Cursor.decode(cursor)
    statement = (
        select(
            DataSubjectRequest.id,
            DataSubjectRequest.kind,
            func.coalesce(
                Contact.full_name, DataSubjectRequest.subject_name, DataSubjectRequest.subject_email,
                DataSubjectRequest.subject_phone,
            ).label("person"),
            DataSubjectRequest.received_at,
            DataSubjectRequest.due_on,
            DataSubjectRequest.status,
            AccountUser.display_name.label("handled_by"),
            DataSubjectRequest.completed_at,
        )
        .outerjoin(
            Contact,
            and_(
                Contact.account_id == DataSubjectRequest.account_id,
                Contact.id == DataSubjectRequest.contact_id,
                Contact.erased_at.is_(None),
            ),
        )
        .outerjoin(
            AccountUser,
            and_(
                AccountUser.account_id == DataSubjectRequest.account_id,
                AccountUser.id == DataSubjectRequest.handled_by,
            ),
        )
        .where(DataSubjectRequest.account_id == db.context.account_id)
    )  # fmt: skip
    which = DataSubjectRequest.status.not_in(OPEN) if wanted.ended else DataSubjectRequest.status.in_(OPEN)
    order: list[tuple[SQLColumnExpression[Any], Literal["asc", "desc"]]]
    if wanted.ended:
        names, order = (
            ["completed_at", "id"],
            [(DataSubjectRequest.completed_at, "desc"), (DataSubjectRequest.id, "desc")],
        )
    else:
        names, order = ["due_on", "id"], [(DataSubjectRequest.due_on, "asc"), (DataSubjectRequest.id, "asc")]
        at = None if at is None else Cursor(tuple(_day(value) for value in at.values), at.direction)
    frame = REQUESTS.query(db, keyset(statement.where(which), order, at, size=size))
    found = paged(frame.assign(due_on=frame["due_on"].map(str)) if not wanted.ended else frame, names, at, size=size)
    found.frame["due_on"] = found.frame["due_on"].map(_day)
    return found


@query(requires=Permission.PRIVACY_MANAGE)
def privacy_request(db: TenantSession, request_id: int) -> RequestDetail:
    """One request with its evidence. Raises NotFound."""
    row = get(db, DataSubjectRequest, request_id, what="request")
    by = None
    if row.handled_by is not None:
        by = db.scalar(
            select(AccountUser.display_name).where(
                AccountUser.account_id == db.context.account_id, AccountUser.id == row.handled_by
            )
        )
    export = None
    if row.export_id is not None:
        export = db.scalars(
            select(Export).where(Export.account_id == db.context.account_id, Export.id == row.export_id)
        ).one_or_none()
    texts = [ref for ref in row.subject_refs if "column" in ref]
    now = working.under_way(db, row)
    done = row.kind is PrivacyRequestKind.ERASE and row.status is PrivacyRequestStatus.DONE
    return RequestDetail(
        id=row.id, version=row.version, kind=row.kind, status=row.status, person="" if done else label_of(db, row),
        contact_id=row.contact_id, known=bool(given_of(row).rows), email=row.subject_email or "",
        phone=row.subject_phone or "", message=row.message or "", received_at=row.received_at, due_on=row.due_on,
        verified_how=row.verified_how or "", completed_at=row.completed_at, refusal_reason=row.refusal_reason or "",
        handled_by=by or "", evidence=row.evidence, undecided=sum(ref.get("erase") is None for ref in texts),
        decided=sum(ref.get("erase") is not None for ref in texts),
        working=now, work_error=working.error_of(row, now),
        export_public_id=str(export.public_id) if export is not None else None,
        export_until=export.expires_at if export is not None else None,
        export_is_own=export is not None and export.member_id == db.context.member_id,
    )  # fmt: skip


@query(requires=Permission.PRIVACY_MANAGE, actors=CLIENTS)
def texts_to_decide(db: TenantSession, request_id: int, *, limit: int = 50) -> list[Mention]:
    """The texts of a request with the name alone as they stand now; where there are more, `limit`, undecided first."""
    row = get(db, DataSubjectRequest, request_id, what="request")
    refs = sorted((ref for ref in row.subject_refs if "column" in ref), key=lambda ref: (ref["entity"], ref["id"]))
    if len(refs) > limit:
        refs = sorted(refs, key=lambda ref: ref.get("erase") is not None)[:limit]
    if not refs:
        return []
    named = resolve(db, given_of(row)).named
    found = []
    for ref in refs:
        table = Base.metadata.tables[ref["entity"]]
        title = title_of(ref["entity"])
        if ref["column"] in table.c:
            value = db.scalar(
                select(cast(table.c[ref["column"]], Text)).where(
                    table.c.account_id == db.context.account_id, table.c.id == ref["id"]
                )
            )
            before, match, after = named.snippet(value or "")
        else:
            name = db.scalar(
                select(table.c.file_name).where(table.c.account_id == db.context.account_id, table.c.id == ref["id"])
            )
            before, match, after = f"The file “{name}” names the person", "", ""
        found.append(Mention(ref["entity"], ref["id"], ref["column"], title, before, match, after, ref.get("erase")))
    return found


@query(requires=Permission.PRIVACY_MANAGE)
def people_found(db: TenantSession, wanted: str, *, limit: int = 20) -> pd.DataFrame:
    """Who a name, address or number may be, as `PEOPLE_FOUND`: contacts, guests without one, placeholders, recipients.

    Any fragment of a name or address, accents and case aside; of a number its digits. Those come first of whose name
    the fragment begins a word.
    """
    sought = " ".join(wanted.split())[:200]
    digits = "".join(character for character in sought if character.isdigit()).lstrip("0")
    if len(sought) < 2:
        return PEOPLE_FOUND.empty()
    account = db.context.account_id
    like = f"%{sought.lower().replace('%', '').replace('_', '')}%"
    begins = func.concat(func.app.search_key(sought.replace("%", "").replace("_", "")), "%")
    key = func.concat("%", begins)
    addresses = and_(ContactEmail.account_id == Contact.account_id, ContactEmail.contact_id == Contact.id)
    numbers = and_(ContactPhone.account_id == Contact.account_id, ContactPhone.contact_id == Contact.id)
    contact_tests = [Contact.search_text.like(key), exists().where(addresses, ContactEmail.email_norm.like(like))]
    guest_tests = [Attendee.search_text.like(key)]
    if len(digits) >= 6:
        contact_tests.append(exists().where(numbers, ContactPhone.digits.like(f"%{digits}%")))
        guest_tests.append(func.app.phone_digits(Attendee.phone).like(f"%{digits}%"))
    first_address = (
        select(func.string_agg(ContactEmail.email, ", ")).where(addresses).correlate(Contact).scalar_subquery()
    )
    contacts = select(
        literal("contacts").label("entity"), Contact.id, Contact.full_name.label("name"),
        func.coalesce(first_address, Contact.job_title, "").label("detail"),
        case((Contact.merged_into_id.is_not(None), "Contact, merged"), else_="Contact").label("kind"),
        _weight(Contact.full_name, begins).label("weight"),
    ).where(Contact.account_id == account, Contact.erased_at.is_(None), or_(*contact_tests))  # fmt: skip
    guests: Select[*tuple[Any, ...]] = select(
        literal("attendees"), Attendee.id, Attendee.name.label("name"), func.coalesce(Attendee.email, ""),
        literal("Guest"), _weight(Attendee.name, begins).label("weight"),
    ).where(Attendee.account_id == account, Attendee.contact_id.is_(None), or_(*guest_tests))  # fmt: skip
    placeholders: Select[*tuple[Any, ...]] = select(
        literal("account_users"), AccountUser.id, AccountUser.display_name.label("name"),
        func.coalesce(AccountUser.invited_email, ""), literal("Former or future colleague"),
        _weight(AccountUser.display_name, begins).label("weight"),
    ).where(
        AccountUser.account_id == account,
        AccountUser.contact_id.is_(None),
        AccountUser.status.in_([MemberStatus.PLACEHOLDER, MemberStatus.DISABLED]),
        or_(func.app.search_key(AccountUser.display_name).like(key), AccountUser.invited_email_norm.like(like)),
    )  # fmt: skip
    recipients = (
        select(
            literal(""),
            func.max(QueuedMessage.id),
            QueuedMessage.address.label("name"),
            literal(""),
            literal("Recipient of messages"),
            literal(2).label("weight"),
        )
        .where(QueuedMessage.account_id == account, func.lower(QueuedMessage.address).like(like))
        .group_by(QueuedMessage.address)
    )
    return PEOPLE_FOUND.query(db, _best(limit, contacts, guests, placeholders, recipients))


def _weight(name: Any, begins: Any) -> ColumnElement[int]:
    """0 where a word of the name begins so, 1 where something else of the record matches."""
    return case((func.concat(" ", func.app.search_key(name)).like(func.concat("% ", begins)), 0), else_=1)


def _best(limit: int, *parts: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """At most `limit` rows of each part, by `weight` and `name`, without the weight."""
    best = [part.order_by("weight", "name").limit(limit) for part in parts]
    found = union_all(*(select(part.subquery()) for part in best)).subquery()
    shown = [column for column in found.c if column.name != "weight"]
    return select(*shown).order_by(found.c.weight, found.c.name, found.c.id)


def _day(value: Any) -> Any:
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError as error:
        raise InvalidInput("This link into the list is damaged.", hint="Start from the first page.") from error
