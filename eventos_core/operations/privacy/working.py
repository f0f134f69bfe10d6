"""Searching and erasing in the background: a large house takes many seconds, and nobody waits with a page open.

A command checks and marks the request; its job does the work in one transaction that also takes the mark off. While
the job waits or runs, nobody else changes the request. What stops the work is noted on the request, which is otherwise
as before. Killed at any moment, all of it is done or nothing, and the engine runs the job again.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from eventos_core.db.editing import get
from eventos_core.db.registry import translate
from eventos_core.db.session import TenantSession, retrying, unit_of_work
from eventos_core.enums.operations import PrivacyRequestStatus, PrivacyWork
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import JobCredential
from eventos_core.kernel.errors import EventOSError, PermissionDenied, TemporarilyUnavailable
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import DataSubjectRequest
from eventos_core.operations import audit
from eventos_core.operations.jobs.defer import defer, is_under_way
from eventos_core.operations.jobs.registry import first_time, long_job
from eventos_core.operations.privacy import erasing
from eventos_core.operations.privacy.finding import Place, nobody_found
from eventos_core.operations.privacy.ledger import evidence_of
from eventos_core.operations.privacy.subjects import OPEN, decisions_of, given_of

log = logging.getLogger(__name__)

_JOBS = {PrivacyWork.SEARCH: "search_subject", PrivacyWork.ERASE: "erase_subject"}
_LEFT = {
    PrivacyWork.SEARCH: "The search ended for a technical reason. Search again.",
    PrivacyWork.ERASE: "The erasure ended for a technical reason; nothing was erased. Erase again.",
}


def begin(db: TenantSession, row: DataSubjectRequest, work: PrivacyWork) -> None:
    """Mark the locked request and defer the job, as the actor in context; one after the other in a house."""
    row.job_id = defer(db, _JOBS[work], lock="privacy", request_id=row.id)
    row.working, row.work_error = work, None


def under_way(db: TenantSession, row: DataSubjectRequest) -> PrivacyWork | None:
    """What a job does on the request or will do; None also where it was marked and the job is gone."""
    return row.working if row.job_id is not None and row.working and is_under_way(db, row.job_id) else None


def error_of(row: DataSubjectRequest, now: PrivacyWork | None) -> str:
    """Why the last search or erasure did not come to its end, given what is under way; empty where it did."""
    return _LEFT[row.working] if row.working is not None and now is None else row.work_error or ""


@long_job(_JOBS[PrivacyWork.SEARCH], title="Search for a person")
def search_job(credential: JobCredential, request_id: int) -> None:
    """Search the house for the person of a privacy request."""
    _work(credential, request_id, PrivacyWork.SEARCH, search)


@long_job(_JOBS[PrivacyWork.ERASE], title="Erase a person")
def erase_job(credential: JobCredential, request_id: int) -> None:
    """Erase the person of a privacy request."""
    _work(credential, request_id, PrivacyWork.ERASE, erase)


def search(db: TenantSession, row: DataSubjectRequest) -> None:
    """Search the whole house for the person and note on the request where and how many. Earlier decisions stay.

    Raises NotAllowedNow where nobody can be found by what the request says.
    """
    given, decisions = given_of(row), decisions_of(row)
    person, hits = erasing.find(db, given, decisions, lock=False)
    if not person.rows and not person.named.any:
        raise nobody_found()
    mentions = [(hit.entity, hit.id, hit.column) for hit in hits if hit.place is Place.MENTION]
    roots = [ref for ref in row.subject_refs if "column" not in ref]
    # A text decided to be the person's belongs to them now, so it is no mere mention any more.
    kept: list[dict[str, Any]] = [
        ref
        for ref in row.subject_refs
        if ref.get("erase") and (ref["entity"], ref["id"], ref["column"]) not in mentions
    ]
    row.subject_refs = roots + kept + [
        {"entity": entity, "id": row_id, "column": column, "erase": decisions.get((entity, row_id, column))}
        for entity, row_id, column in mentions
    ]  # fmt: skip
    places = {place: Counter(hit.entity for hit in hits if hit.place is place) for place in Place}
    row.evidence = {
        "found": {
            "rows": {entity: len(ids) for entity, ids in sorted(person.rows.items())},
            "copies": dict(places[Place.COPY]),
            "texts": dict(places[Place.TEXT]),
            "kept": dict(places[Place.KEPT]),
            "in_team": bool(person.colleague),
            "at": clock.now().isoformat(),
        }
    }
    row.status, row.handled_by = PrivacyRequestStatus.IN_PROGRESS, db.context.member_id or row.handled_by
    row.working = row.work_error = None


def erase(db: TenantSession, row: DataSubjectRequest) -> None:
    """Erase the person of the request everywhere in this house; the request keeps the evidence.

    Other open requests of the person are closed. Raises NotAllowedNow where the person is in the team, or a text with
    the name alone is not decided on.
    """
    how = row.verified_how or ""
    done = erasing.erase(db, given_of(row), decisions_of(row))
    row = get(db, DataSubjectRequest, row.id, lock=True, what="request")
    row.subject_name = row.subject_email = row.subject_phone = row.message = None
    row.working = row.work_error = None
    row.verified_at = row.completed_at = clock.now()
    row.verified_how, row.status = done.named.without(how), PrivacyRequestStatus.DONE
    row.handled_by = db.context.member_id
    row.subject_refs = done.refs + [ref for ref in row.subject_refs if ref.get("erase")]
    row.evidence = evidence_of(done)
    db.flush()
    _close_others(db, row)
    audit.note(db, "erase", "data_subject_requests", row.id, {"rows": sum(done.rows.values()), "audit": done.audit})
    defer(db, "note_erasure", request_id=row.id)


def _work(
    credential: JobCredential,
    request_id: int,
    work: PrivacyWork,
    effect: Callable[[TenantSession, DataSubjectRequest], None],
) -> None:
    def once() -> None:
        with unit_of_work(credential) as db:
            # Reading files takes longer than a connection may idle within a transaction.
            db.execute(text("set local idle_in_transaction_session_timeout = 0"))
            # Not locked meanwhile: who asks for the request is told at once that it is worked on.
            row = get(db, DataSubjectRequest, request_id, what="request")
            if row.working is work and row.job_id == credential.job_id and first_time(db, row.job_id, _JOBS[work]):
                _check_may(db)
                effect(db, row)

    try:
        retrying(once)
    except TemporarilyUnavailable:
        raise  # the engine tries again, and the mark stays
    except DBAPIError as error:
        known = translate(error)
        if not isinstance(known, TemporarilyUnavailable):
            _note_failure(credential, request_id, work, known)
        raise known from error
    except Exception as error:
        _note_failure(credential, request_id, work, error)
        raise


def _check_may(db: TenantSession) -> None:
    if not db.context.can(Permission.PRIVACY_MANAGE):
        raise PermissionDenied(
            "Who asked for this may not answer privacy requests any more.", hint="Ask an owner or admin of the house.",
            permission=Permission.PRIVACY_MANAGE.value, action="privacy_work",
        )  # fmt: skip


def _note_failure(credential: JobCredential, request_id: int, work: PrivacyWork, error: Exception) -> None:
    try:
        with unit_of_work(credential) as db:
            row = get(db, DataSubjectRequest, request_id, lock=True, what="request")
            if row.working is work and row.job_id == credential.job_id:
                row.working = row.verified_how = None
                row.work_error = str(error) if isinstance(error, EventOSError) else _LEFT[work]
    except (DBAPIError, EventOSError):
        # The database may be what failed: the first error says more, and a mark without a job can be set anew.
        log.exception("Why the work on privacy request %d ended could not be noted", request_id)


def _close_others(db: TenantSession, row: DataSubjectRequest) -> None:
    """Other open requests of the same person, whose words are gone by now, have nothing left to answer."""
    if row.contact_id is None:
        return
    others = db.scalars(
        select(DataSubjectRequest)
        .where(
            DataSubjectRequest.account_id == db.context.account_id,
            DataSubjectRequest.contact_id == row.contact_id,
            DataSubjectRequest.id != row.id,
            DataSubjectRequest.status.in_(OPEN),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for other in others:
        other.status, other.completed_at, other.working = PrivacyRequestStatus.REFUSED, clock.now(), None
        other.refusal_reason = "The person was erased on another request; nothing is left."
    db.flush()
