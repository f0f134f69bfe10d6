"""Answering requests of people: recorded, the person found, texts decided on, then given out or erased, or refused.

Erasing cannot be undone, so the name of the person is typed, and no job does it by itself: a job searches and erases
when a person asks for it, since that takes long in a large house. Two admins meet at the request's lock and version.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from sqlalchemy import select

from eventos_core.db.editing import get
from eventos_core.db.registry import CLIENTS, command
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import PrivacyRequestKind, PrivacyRequestStatus, PrivacyWork
from eventos_core.kernel import clock
from eventos_core.kernel.errors import EditConflict, InvalidInput, NotAllowedNow, NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.base import Base
from eventos_core.models.operations import DataSubjectRequest
from eventos_core.operations.exports import PACKAGES, TAKERS, offer_package
from eventos_core.operations.privacy import package, working
from eventos_core.operations.privacy.erasing import check_decided, check_not_in_team
from eventos_core.operations.privacy.finding import emptied, known, nobody_found
from eventos_core.operations.privacy.package import PersonFilter
from eventos_core.operations.privacy.registry import registered
from eventos_core.operations.privacy.subjects import OPEN, ROOTS, given_of, label_of, same_name

DAYS = 30
"""In how many days a request is answered."""
_ENDS = (PrivacyRequestStatus.REFUSED, PrivacyRequestStatus.WITHDRAWN)
_DONE_HERE = (PrivacyRequestKind.EXPORT, PrivacyRequestKind.ERASE)


@dataclass(frozen=True)
class RecordRequest:
    """What somebody asks for. The person by a row of theirs (`contacts`, `attendees`, `account_users`), or in words."""

    kind: PrivacyRequestKind
    received_on: dt.date
    entity: str = ""
    row_id: int | None = None
    name: str = ""
    email: str = ""
    phone: str = ""
    message: str = ""


@dataclass(frozen=True)
class NamePerson:
    """The row that is the person whom the request is about."""

    request_id: int
    version: int
    entity: str
    row_id: int


@dataclass(frozen=True)
class OneRequest:
    """A request as seen at `version`."""

    request_id: int
    version: int


@dataclass(frozen=True)
class TextRef:
    """One text that names the person, by where it stands."""

    entity: str
    id: int
    column: str


@dataclass(frozen=True)
class DecideTexts:
    """Whether these texts mean the person, and so are erased."""

    request_id: int
    texts: tuple[TextRef, ...]
    erase: bool


@dataclass(frozen=True)
class HandOut:
    """Give the person's data out; `verified_how` says how it was made sure that they ask themselves."""

    request_id: int
    version: int
    verified_how: str


@dataclass(frozen=True)
class EraseSubject:
    """Erase the person for good; `typed_name` repeats their name."""

    request_id: int
    version: int
    verified_how: str
    typed_name: str


@dataclass(frozen=True)
class SettleRequest:
    """End a request without a package or an erasure; `reason` is told to the person, or says what was done."""

    request_id: int
    version: int
    status: PrivacyRequestStatus
    reason: str


@dataclass(frozen=True)
class RequestSaved:
    """The request's id, version and status after the command, and what a job does on it now, if anything."""

    request_id: int
    version: int
    status: PrivacyRequestStatus
    working: PrivacyWork | None = None


@dataclass(frozen=True)
class HandedOut:
    """Where who handed it out fetches the package: `/h/{house}/exports/{public_id}`, a key `/api/v1/exports/…`."""

    request_id: int
    version: int
    public_id: str
    rows: int


@command(requires=Permission.PRIVACY_MANAGE)
def record_request(db: TenantSession, cmd: RecordRequest) -> RequestSaved:
    """Note a request; it is due 30 days after it came in. Raises InvalidInput, NotFound for a row that is not there."""
    today = clock.now().astimezone(db.context.zone).date()
    fields: dict[str, str] = {}
    if cmd.received_on > today:
        fields["received_on"] = "This day is still to come"
    elif cmd.received_on < today - dt.timedelta(days=366):
        fields["received_on"] = "More than a year ago"
    email = cmd.email.strip()
    if email and (email.count("@") != 1 or " " in email or email[0] == "@" or email[-1] == "@" or len(email) > 320):
        fields["email"] = "Write it as name@example.com"
    if len(cmd.phone.strip()) > 50:
        fields["phone"] = "At most 50 characters"
    if len(cmd.message) > 20_000 or len(cmd.name) > 200:
        fields["message" if len(cmd.message) > 20_000 else "name"] = "Too long"
    if cmd.row_id is None and not (cmd.name.strip() or email or cmd.phone.strip()):
        fields["name"] = "Name the person, or choose them"
    if fields:
        raise InvalidInput("The request is not complete.", fields=fields)
    row = DataSubjectRequest(
        kind=cmd.kind,
        received_at=dt.datetime.combine(cmd.received_on, dt.time(12), tzinfo=db.context.zone).astimezone(dt.UTC),
        due_on=cmd.received_on + dt.timedelta(days=DAYS),
        subject_name=cmd.name.strip() or None,
        subject_email=email or None,
        subject_phone=cmd.phone.strip() or None,
        message=cmd.message.strip() or None,
        handled_by=db.context.member_id,
        subject_refs=[],
    )
    if cmd.row_id is not None:
        _point(db, row, cmd.entity, cmd.row_id)
    db.add(row)
    return _saved(db, row)


@command(requires=Permission.PRIVACY_MANAGE)
def name_person(db: TenantSession, cmd: NamePerson) -> RequestSaved:
    """Say who it is; what was searched and decided before is forgotten. Raises NotFound, EditConflict."""
    row = _open(db, cmd.request_id, cmd.version)
    row.subject_refs, row.evidence, row.contact_id = [], {}, None
    _point(db, row, cmd.entity, cmd.row_id)
    return _saved(db, row)


@command(requires=Permission.PRIVACY_MANAGE, actors=CLIENTS)
def search_subject(db: TenantSession, cmd: OneRequest) -> RequestSaved:
    """Have the whole house searched for the person in the background: what is theirs, what else names them.

    `operations.privacy_request` tells how it ends: `working` is empty again, and `evidence` holds under `found` where
    and how many, never what stands there, or `work_error` says why nothing could be found. Earlier decisions stay.
    Raises NotFound, NotAllowedNow, EditConflict.
    """
    row = _open(db, cmd.request_id, cmd.version)
    person = known(db, given_of(row))
    if not person.rows and not person.named.any:
        raise nobody_found()
    working.begin(db, row, PrivacyWork.SEARCH)
    return _saved(db, row)


@command(requires=Permission.PRIVACY_MANAGE, actors=CLIENTS)
def decide_texts(db: TenantSession, cmd: DecideTexts) -> RequestSaved:
    """Say of texts with the name alone whether they mean the person; the last word counts. Raises NotFound."""
    row = _locked(db, cmd.request_id)
    wanted = {(found.entity, found.id, found.column) for found in cmd.texts}
    known = {(ref["entity"], ref["id"], ref["column"]) for ref in row.subject_refs if "column" in ref}
    if not wanted <= known:
        raise NotFound("Some of these texts were not found by the last search.", hint="Search again.")
    row.subject_refs = [
        {**ref, "erase": cmd.erase} if (ref["entity"], ref["id"], ref.get("column")) in wanted else ref
        for ref in row.subject_refs
    ]
    return _saved(db, row)


@command(requires=Permission.PRIVACY_MANAGE, actors=TAKERS)
def hand_out(db: TenantSession, cmd: HandOut) -> HandedOut:
    """Make the person's package ready to be fetched, by this member or key within 24 hours, and note what is in it.

    Asked again, it gives a fresh link. Raises NotFound, NotAllowedNow, InvalidInput, EditConflict.
    """
    row = get(db, DataSubjectRequest, cmd.request_id, lock=True, what="request")
    if row.kind is not PrivacyRequestKind.EXPORT or row.status in _ENDS:
        raise NotAllowedNow("This request is not for a copy of the data.")
    _same_version(row, cmd.version)
    how = _verified(cmd.verified_how or row.verified_how or "")
    given = given_of(row)
    contacts, attendees, placeholders = (tuple(sorted(given.rows.get(entity, ()))) for entity in ROOTS)
    wanted = PersonFilter(contacts, attendees, placeholders, given.name, given.email, given.phone)
    rows = package.counts(db, wanted)
    if not rows:
        raise NotAllowedNow(
            "Nothing is held of this person.", hint="Choose the person, or tell them so and end the request."
        )
    digest = hashlib.sha256(package.build(db, wanted)).hexdigest()
    export = offer_package(db, PACKAGES["person"], wanted, rows=sum(rows.values()))
    now = clock.now()
    row.evidence = {"rows": rows, "sha256": [*row.evidence.get("sha256", []), digest]}
    row.verified_at, row.verified_how = row.verified_at or now, how
    row.completed_at, row.status, row.export_id = row.completed_at or now, PrivacyRequestStatus.DONE, export.id
    saved = _saved(db, row)
    return HandedOut(saved.request_id, saved.version, str(export.public_id), export.rows)


@command(requires=Permission.PRIVACY_MANAGE, actors=CLIENTS)
def erase_subject(db: TenantSession, cmd: EraseSubject) -> RequestSaved:
    """Have the person of a request erased in the background, for good, everywhere in this house.

    `operations.privacy_request` tells how it ends: the request is done and keeps the evidence, or it is as it was and
    `work_error` says why. Raises NotFound, EditConflict, InvalidInput where the name typed is another, NotAllowedNow
    where the request is done or worked on, the person is in the team, or a text with the name alone is not decided on.
    """
    row = _open(db, cmd.request_id, cmd.version)
    if row.kind is not PrivacyRequestKind.ERASE:
        raise NotAllowedNow("This request is not for an erasure.")
    how = _verified(cmd.verified_how)
    if not same_name(cmd.typed_name, label_of(db, row)):
        raise InvalidInput("This is another name.", fields={"typed_name": "Write the name as it stands above"})
    if not row.evidence.get("found"):
        raise NotAllowedNow("Nobody has looked yet what is found.", hint="Search first.")
    person = known(db, given_of(row))
    check_not_in_team(person)
    # A row that has become the person's since the search is emptied without asking.
    waiting = [ref for ref in row.subject_refs if "column" in ref and ref.get("erase") is None]
    check_decided(sum(not emptied(person, registered().get(r["entity"]), r["id"], r["column"]) for r in waiting))
    row.verified_how = person.named.without(how)
    working.begin(db, row, PrivacyWork.ERASE)
    return _saved(db, row)


@command(requires=Permission.PRIVACY_MANAGE, actors=CLIENTS)
def settle_request(db: TenantSession, cmd: SettleRequest) -> RequestSaved:
    """End a request: refused with the reason told, withdrawn, or done by hand (correct, restrict, object).

    Raises NotFound, EditConflict, InvalidInput without a reason, NotAllowedNow for what is done on its own way.
    """
    row = _open(db, cmd.request_id, cmd.version)
    reason = cmd.reason.strip()
    by_hand = cmd.status is PrivacyRequestStatus.DONE and row.kind not in _DONE_HERE
    if cmd.status not in _ENDS and not by_hand:
        raise NotAllowedNow("A request of this kind ends by doing it, or is refused or withdrawn.")
    if not reason or len(reason) > 2000:
        raise InvalidInput("Say why.", fields={"reason": "Say why, in at most 2,000 characters"})
    row.status, row.completed_at = cmd.status, clock.now()
    row.refusal_reason = reason if cmd.status in _ENDS else None
    row.evidence = {"said": reason} if by_hand else {}
    return _saved(db, row)


def _point(db: TenantSession, row: DataSubjectRequest, entity: str, row_id: int) -> None:
    if entity not in ROOTS:
        raise InvalidInput("A person is a contact, an attendee or a placeholder.", fields={"entity": "Choose a person"})
    table = Base.metadata.tables[entity]
    found = db.execute(
        select(table.c.id).where(table.c.account_id == db.context.account_id, table.c.id == row_id)
    ).first()
    if found is None:
        raise NotFound("This person does not exist.", hint="Search again.")
    if entity == "contacts":
        row.contact_id = row_id
    else:
        row.subject_refs = [{"entity": entity, "id": row_id}]


def _locked(db: TenantSession, request_id: int) -> DataSubjectRequest:
    # Looked at before it is locked: a job that works on it may hold the lock for long.
    _check_idle(db, get(db, DataSubjectRequest, request_id, what="request"))
    row = get(db, DataSubjectRequest, request_id, lock=True, what="request")
    _check_idle(db, row)
    if row.status not in OPEN:
        raise NotAllowedNow(f"This request is {row.status.label.lower()} already.", hint="Record a new one.")
    if row.working is not None:  # its job is gone
        row.working = row.verified_how = None
    return row


def _check_idle(db: TenantSession, row: DataSubjectRequest) -> None:
    match working.under_way(db, row):
        case PrivacyWork.SEARCH:
            raise NotAllowedNow("The house is being searched for this person.", hint="Wait until that is done.")
        case PrivacyWork.ERASE:
            raise NotAllowedNow("This person is being erased.", hint="Wait until that is done.")


def _open(db: TenantSession, request_id: int, version: int) -> DataSubjectRequest:
    row = _locked(db, request_id)
    _same_version(row, version)
    return row


def _same_version(row: DataSubjectRequest, version: int) -> None:
    if row.version != version:
        raise EditConflict(
            "Somebody worked on this request meanwhile.", hint="Look at it again, then decide.",
            version=row.version, theirs={"status": row.status.label}, mine={"status": "as you saw it"},
        )  # fmt: skip


def _verified(how: str) -> str:
    said = how.strip()
    if not said or len(said) > 500:
        raise InvalidInput(
            "Say how you made sure that the person asks themselves.",
            fields={"verified_how": "Such as: answered from the known address"},
        )
    return said


def _saved(db: TenantSession, row: DataSubjectRequest) -> RequestSaved:
    db.flush()
    db.refresh(row)
    return RequestSaved(row.id, row.version, row.status, row.working)
