"""Searches and erasures as background work: one effect, nobody beside it, and a reason where it did not come about."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.db.session import unit_of_work
from eventos_core.directory import queries as contacts
from eventos_core.directory.commands import EditContact, edit_contact
from eventos_core.enums.operations import PrivacyRequestKind, PrivacyRequestStatus, PrivacyWork
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import Credential
from eventos_core.kernel.errors import NotAllowedNow, NotFound, PermissionDenied, TemporarilyUnavailable
from eventos_core.kernel.permissions import Role
from eventos_core.operations.privacy import commands, erasing, queries, working
from eventos_core.operations.privacy.commands import (
    DecideTexts,
    EraseSubject,
    NamePerson,
    OneRequest,
    RecordRequest,
    SettleRequest,
)
from eventos_core.operations.privacy.queries import RequestDetail
from tests.directory.conftest import add_contact
from tests.operations.imports_support import alter, one
from tests.operations.privacy import work
from tests.operations.privacy.subject import wait_for_lock
from tests.operations.privacy.work import work_off
from tests.support import Database, TestHouse, running_job

NAME = "Ada Lovelace"


def asked(house: TestHouse, database: Database) -> RequestDetail:
    """Ada's request for erasure, searched."""
    contact = add_contact(house.owner, "Ada", "Lovelace", "ada@example.org")
    given = RecordRequest(PrivacyRequestKind.ERASE, clock.now().date(), "contacts", contact)
    made = execute(house.owner, commands.record_request, given)
    execute(house.owner, commands.search_subject, OneRequest(made.request_id, made.version))
    work_off(database)
    return shown(house, made.request_id)


def shown(house: TestHouse, request: int) -> RequestDetail:
    """The request as its page has it."""
    return read(house.owner, queries.privacy_request, request)


def press(who: Credential, request: RequestDetail) -> commands.RequestSaved:
    """Ask for the erasure."""
    return execute(who, commands.erase_subject, EraseSubject(request.id, request.version, f"Call with {NAME}", NAME))


def full_name(database: Database, request: RequestDetail) -> str:
    """What the person is called now."""
    return str(one(database, "select full_name from contacts where id = %s", request.contact_id)[0])


def audited(database: Database, request: RequestDetail) -> int:
    """How many erasures the audit knows of the request."""
    return int(one(database, "select count(*) from audit_log where action = 'erase' and row_id = %s",
                   str(request.id))[0])  # fmt: skip


def test_nothing_else_is_done_to_a_request_that_is_worked_on(house: TestHouse, database: Database) -> None:
    request = asked(house, database)
    saved = press(house.owner, request)
    assert (saved.working, saved.status) == (PrivacyWork.ERASE, PrivacyRequestStatus.IN_PROGRESS)
    assert shown(house, request.id).verified_how == "Call with erased", "the audit is not to hold the name anew"
    tries: list[tuple[Any, Any]] = [
        (commands.search_subject, OneRequest(request.id, saved.version)),
        (commands.erase_subject, EraseSubject(request.id, saved.version, "By post", NAME)),
        (commands.decide_texts, DecideTexts(request.id, (), True)),
        (commands.name_person, NamePerson(request.id, saved.version, "contacts", request.contact_id or 0)),
        (commands.settle_request, SettleRequest(request.id, saved.version, PrivacyRequestStatus.REFUSED, "No")),
    ]
    for run, given in tries:
        with pytest.raises(NotAllowedNow, match="is being erased"):
            execute(house.owner, run, given)
    work_off(database)
    assert shown(house, request.id).status is PrivacyRequestStatus.DONE
    assert (full_name(database, request), audited(database, request)) == ("Erased person", 1)


def test_failed_erasure_leaves_all_as_it_was_and_says_so(
    house: TestHouse, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = asked(house, database)
    press(house.owner, request)

    def finds_something(*_: object) -> None:
        raise RuntimeError("an erasure left ['notes.body']")

    with monkeypatch.context() as patched:
        patched.setattr(erasing, "_prove", finds_something)
        with pytest.raises(RuntimeError):
            work_off(database)
    left = shown(house, request.id)
    assert left.work_error == "The erasure ended for a technical reason; nothing was erased. Erase again."
    assert (left.working, left.status, left.verified_how) == (None, request.status, "")
    assert (left.evidence, full_name(database, request)) == (request.evidence, NAME)
    press(house.owner, left)
    assert shown(house, request.id).work_error == ""
    work_off(database)
    assert (full_name(database, request), audited(database, request)) == ("Erased person", 1)


def test_what_forbids_it_meanwhile_is_told_in_its_words(house: TestHouse, database: Database) -> None:
    request = asked(house, database)
    press(house.owner, request)
    alter(database, "update account_users set contact_id = %s where id = %s", request.contact_id, house.owner_member_id)
    with pytest.raises(NotAllowedNow, match="in the team"):
        work_off(database)
    left = shown(house, request.id)
    assert "is in the team. End the membership on the Team page first" in left.work_error
    assert (left.working, full_name(database, request)) == (None, NAME)


def test_job_of_who_may_no_longer_do_it_erases_nothing(house: TestHouse, database: Database) -> None:
    request = asked(house, database)
    admin = house.member(Role.ADMIN, name="Anouk Beaulieu")
    press(admin, request)
    alter(database, "update account_users set role = 'manager' where display_name = 'Anouk Beaulieu'")
    with pytest.raises(PermissionDenied):
        work_off(database)
    assert "may not answer privacy requests any more" in shown(house, request.id).work_error
    assert full_name(database, request) == NAME


def test_killed_erasure_is_done_again_once(
    house: TestHouse, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = asked(house, database)
    press(house.owner, request)
    job = work.take(database)
    assert job is not None

    def killed(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(working.audit, "note", killed)  # the very end: everything is erased, nothing committed
        with pytest.raises(SystemExit):
            work.run(database, *job)
    assert full_name(database, request) == NAME
    alter(database, "update procrastinate.procrastinate_jobs set status = 'doing' where id = %s", job[0].job_id)
    assert shown(house, request.id).working is PrivacyWork.ERASE, "nobody knows yet that its worker is gone"
    assert one(database, "select app.retake_lost_jobs()") == (1,)
    work_off(database)
    done = shown(house, request.id)
    assert done.status is PrivacyRequestStatus.DONE
    # Its first worker was only slow, and ends now.
    alter(database, "update procrastinate.procrastinate_jobs set status = 'doing' where id = %s", job[0].job_id)
    work.run(database, *job)
    assert shown(house, request.id) == done
    assert audited(database, request) == 1
    notes = "select count(*) from procrastinate.procrastinate_jobs where task_name = 'note_erasure'"
    assert one(database, notes + " and (args ->> 'request_id')::bigint = %s", request.id) == (1,)


def test_erasure_whose_database_went_away_is_tried_again(house: TestHouse, database: Database) -> None:
    request = asked(house, database)
    press(house.owner, request)
    detail = read(house.owner, contacts.contact, request.contact_id)
    with unit_of_work(house.member(Role.MEMBER)) as db, ThreadPoolExecutor(1) as pool:
        edit_contact(db, EditContact(detail.id, detail.version, detail.fields))
        waits = pool.submit(work_off, database)
        wait_for_lock(database)
        with database.as_login("admin", autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                " and wait_event_type = 'Lock'"
            )
        with pytest.raises(TemporarilyUnavailable):
            waits.result()
    left = shown(house, request.id)
    assert (left.working, full_name(database, request)) == (None, NAME)
    assert left.work_error.startswith("The erasure ended for a technical reason")
    alter(database, "update procrastinate.procrastinate_jobs set status = 'todo' where task_name = 'erase_subject'"
          " and (args ->> 'request_id')::bigint = %s", request.id)  # fmt: skip
    assert shown(house, request.id).working is PrivacyWork.ERASE
    work_off(database)
    assert full_name(database, request) == "Erased person"


def test_search_that_can_find_nobody_is_refused_at_once(house: TestHouse) -> None:
    given = RecordRequest(PrivacyRequestKind.ERASE, clock.now().date(), name="Madonna")
    made = execute(house.owner, commands.record_request, given)
    with pytest.raises(NotAllowedNow, match="Nobody can be found"):
        execute(house.owner, commands.search_subject, OneRequest(made.request_id, made.version))


def test_another_house_neither_asks_for_it_nor_does_it(
    two_houses: tuple[TestHouse, TestHouse], database: Database
) -> None:
    ours, theirs = two_houses
    request = asked(ours, database)
    for run, given in (
        (commands.search_subject, OneRequest(request.id, request.version)),
        (commands.erase_subject, EraseSubject(request.id, request.version, "By post", NAME)),
    ):
        with pytest.raises(NotFound):
            execute(theirs.owner, run, given)  # type: ignore[arg-type]
    press(ours.owner, request)
    for job in (working.search_job, working.erase_job):
        with pytest.raises(NotFound):
            job(running_job(database, theirs), request.id)
        job(running_job(database, ours), request.id)  # of this house, but not the one that was asked
    assert full_name(database, request) == NAME
    assert shown(ours, request.id).working is PrivacyWork.ERASE
