"""Requests: who may, what is checked, the copy handed out, what comes back with a backup, and how long data stay."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import zipfile
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from eventos_core.db.registry import COMMANDS, QUERIES, execute, read
from eventos_core.db.session import unit_of_work
from eventos_core.enums.operations import PrivacyRequestKind, PrivacyRequestStatus, PrivacyWork
from eventos_core.enums.tenancy import LegalBasis, RetentionAction, RetentionAnchor
from eventos_core.kernel import clock
from eventos_core.kernel.context import ActorKind
from eventos_core.kernel.credentials import JobCredential, MemberCredential
from eventos_core.kernel.errors import EditConflict, InvalidInput, NotAllowedNow, NotFound, PermissionDenied
from eventos_core.kernel.permissions import Role
from eventos_core.operations import exports
from eventos_core.operations.jobs import worker
from eventos_core.operations.needs import Urgency
from eventos_core.operations.privacy import commands, ledger, needs, queries, retention
from eventos_core.operations.privacy.commands import (
    DecideTexts,
    EraseSubject,
    HandOut,
    NamePerson,
    OneRequest,
    RecordRequest,
    RequestSaved,
    SettleRequest,
)
from eventos_core.operations.privacy.queries import RequestDetail
from eventos_core.operations.privacy.registry import registered
from eventos_core.operations.privacy.retention import SavePolicy
from tests.directory.conftest import add_contact, add_organization
from tests.operations.imports_support import alter, one, table
from tests.operations.privacy.subject import Subject
from tests.operations.privacy.work import work_off
from tests.support import Database, TestHouse, running_job

ERASE, EXPORT = PrivacyRequestKind.ERASE, PrivacyRequestKind.EXPORT
TODAY = clock.now().date()
OLD = SavePolicy(
    "contacts", LegalBasis.LEGITIMATE_INTEREST, 24, RetentionAnchor.CREATED, RetentionAction.ANONYMISE, True
)


def ada(house: TestHouse, last: str = "Lovelace") -> int:
    """A contact with an address and a number."""
    return add_contact(house.owner, "Ada", last, f"ada.{last.lower()}@example.org", phone="+442079460958")


def searched(house: TestHouse, database: Database, made: RequestSaved) -> RequestDetail:
    """Have the house searched for the request's person; the request then."""
    asked = execute(house.owner, commands.search_subject, OneRequest(made.request_id, made.version))
    assert asked.working is PrivacyWork.SEARCH
    work_off(database)
    return read(house.owner, queries.privacy_request, made.request_id)


def erased(house: TestHouse, database: Database, contact: int, name: str) -> int:
    """Erase a contact; returns the request."""
    made = execute(house.owner, commands.record_request, RecordRequest(ERASE, TODAY, "contacts", contact))
    found = searched(house, database, made)
    execute(house.owner, commands.erase_subject, EraseSubject(found.id, found.version, "By post", name))
    work_off(database)
    return made.request_id


def worked_off(job: JobCredential) -> dict[str, Any]:
    """One run of the nightly job; what it tells."""
    with unit_of_work(job) as db:
        return dict(retention.work_off_retention(db) or {})


@pytest.mark.parametrize("run", [
    (commands.record_request, RecordRequest(ERASE, TODAY, name="Ada Lovelace")),
    (commands.name_person, NamePerson(1, 1, "contacts", 1)),
    (commands.search_subject, OneRequest(1, 1)),
    (commands.decide_texts, DecideTexts(1, (), True)),
    (commands.hand_out, HandOut(1, 1, "By post")),
    (commands.erase_subject, EraseSubject(1, 1, "By post", "Ada")),
    (commands.settle_request, SettleRequest(1, 1, PrivacyRequestStatus.REFUSED, "Unclear")),
    (retention.save_retention_policy, OLD),
], ids=lambda run: run[0].__name__)  # fmt: skip
def test_managers_may_not(house: TestHouse, run: tuple[Any, Any]) -> None:
    with pytest.raises(PermissionDenied):
        execute(house.member(Role.MANAGER), *run)


def test_a_program_answers_requests_but_no_job_does() -> None:
    work = {"record_request", "name_person", "erase_subject", "hand_out", "search_subject", "decide_texts"}
    assert all(ActorKind.API_KEY in COMMANDS[name].actors for name in work | {"settle_request"})
    assert ActorKind.JOB not in COMMANDS["erase_subject"].actors | COMMANDS["hand_out"].actors
    assert ActorKind.API_KEY in QUERIES["operations.texts_to_decide"].actors
    assert COMMANDS["reapply_erasure"].actors == {ActorKind.OPERATOR}


def test_another_house_sees_nothing(two_houses: tuple[TestHouse, TestHouse]) -> None:
    first, second = two_houses
    contact = ada(first)
    made = execute(first.owner, commands.record_request, RecordRequest(ERASE, TODAY, "contacts", contact))
    assert read(second.owner, queries.privacy_requests).frame.empty
    assert read(second.owner, queries.people_found, "Lovelace").empty
    for run in (
        lambda: read(second.owner, queries.privacy_request, made.request_id),
        lambda: execute(second.owner, commands.search_subject, OneRequest(made.request_id, made.version)),
        lambda: execute(second.owner, commands.record_request, RecordRequest(ERASE, TODAY, "contacts", contact)),
    ):
        with pytest.raises(NotFound):
            run()


@pytest.mark.parametrize(("given", "field"), [
    (RecordRequest(ERASE, TODAY), "name"),
    (RecordRequest(ERASE, TODAY + dt.timedelta(days=2), name="Ada Lovelace"), "received_on"),
    (RecordRequest(ERASE, dt.date(1, 1, 1), name="Ada Lovelace"), "received_on"),
    (RecordRequest(ERASE, TODAY, email="no address"), "email"),
    (RecordRequest(ERASE, TODAY, phone="1" * 51), "phone"),
    (RecordRequest(ERASE, TODAY, entity="users", row_id=1), "entity"),
])  # fmt: skip
def test_request_is_checked(house: TestHouse, given: RecordRequest, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        execute(house.owner, commands.record_request, given)
    assert field in refused.value.fields


@pytest.mark.parametrize("sought", ["lovelace", "ADA LOV", "ada.lovelace@", "+44 20 7946 0958", "020 7946 0958"])
def test_person_is_found(house: TestHouse, sought: str) -> None:
    contact = ada(house)
    found = read(house.owner, queries.people_found, sought)
    assert [(row.entity, row.id) for row in found.itertuples()] == [("contacts", contact)]


def test_request_without_a_record_finds_by_words(house: TestHouse, database: Database) -> None:
    contact = ada(house)
    given = RecordRequest(ERASE, TODAY, name="Ada Lovelace", email="ADA.LOVELACE@example.org")
    made = execute(house.owner, commands.record_request, given)
    found = searched(house, database, made)
    assert found.undecided == 0
    named = execute(house.owner, commands.name_person, NamePerson(made.request_id, found.version, "contacts", contact))
    assert read(house.owner, queries.privacy_request, made.request_id).evidence == {}
    with pytest.raises(EditConflict):
        execute(house.owner, commands.search_subject, OneRequest(made.request_id, found.version))
    again = searched(house, database, named)
    assert sum(again.evidence["found"]["rows"].values()) >= 3


def test_copy_holds_what_is_theirs_and_nothing_else(house: TestHouse) -> None:
    contact = ada(house)
    add_contact(house.owner, "Mary", "Somerville", "mary@example.org")
    made = execute(house.owner, commands.record_request, RecordRequest(EXPORT, TODAY, "contacts", contact))
    with pytest.raises(InvalidInput):
        execute(house.owner, commands.hand_out, HandOut(made.request_id, made.version, " "))
    done = execute(house.owner, commands.hand_out, HandOut(made.request_id, made.version, "By post"))
    assert isinstance(house.owner, MemberCredential)
    file = exports.fetch(house.owner, done.public_id)
    content = b"".join(file.pieces)
    assert (file.media_type, file.size) == ("application/zip", len(content))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        held = json.loads(archive.read("person.json"))
        to_read = archive.read("Your data.html").decode()
        assert "files/" not in archive.read("READ ME.txt").decode()
    assert held["Contacts"][0]["full_name"] == "Ada Lovelace"
    assert held["E-mail addresses"][0]["email"] == "ada.lovelace@example.org"
    assert b"Somerville" not in json.dumps(held).encode()
    detail = read(house.owner, queries.privacy_request, made.request_id)
    assert detail.status is PrivacyRequestStatus.DONE
    assert detail.evidence["sha256"] == [hashlib.sha256(content).hexdigest()]
    assert sum(detail.evidence["rows"].values()) == sum(map(len, held.values()))
    assert '<th scope="row">E-mail</th><td>ada.lovelace@example.org</td>' in to_read
    assert "_norm" not in to_read
    assert detail.export_is_own
    assert not read(house.member(Role.ADMIN), queries.privacy_request, made.request_id).export_is_own
    with pytest.raises(NotFound):
        exports.fetch(house.member(Role.ADMIN), done.public_id)
    again = execute(house.owner, commands.hand_out, HandOut(made.request_id, done.version, ""))
    assert again.public_id != done.public_id
    assert b"".join(exports.fetch(house.owner, again.public_id).pieces) == content


def test_copy_names_organisations_and_events_but_no_other_person(house: TestHouse) -> None:
    organization = add_organization(house.owner, "Analytical Engines")
    contact = add_contact(house.owner, "Ada", "Lovelace", "ada@engines.example", organization_id=organization)
    made = execute(house.owner, commands.record_request, RecordRequest(EXPORT, TODAY, "contacts", contact))
    done = execute(house.owner, commands.hand_out, HandOut(made.request_id, made.version, "By post"))
    content = b"".join(exports.fetch(house.owner, done.public_id).pieces)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        held = json.loads(archive.read("person.json"))
        to_read = archive.read("Your data.html").decode()
    assert held["Contacts"][0]["organization"] == "Analytical Engines"
    assert "<td>Analytical Engines</td>" in to_read
    assert "owner" not in held["Contacts"][0]


def test_copy_holds_a_row_of_every_kind(subject: Subject) -> None:
    owner = subject.house.owner
    alter(subject.database, "update media_assets set bytes_deleted_at = now()")
    made = execute(owner, commands.record_request, RecordRequest(EXPORT, TODAY, "contacts", subject.contact_id))
    done = execute(owner, commands.hand_out, HandOut(made.request_id, made.version, "By post"))
    content = b"".join(exports.fetch(owner, done.public_id).pieces)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        held = json.loads(archive.read("person.json"))
        to_read = archive.read("Your data.html").decode()
    # The line of a bank statement here belongs to no payment.
    labels = {said.label for table, said in registered().items() if table != "bank_statement_lines"}
    assert labels <= held.keys()
    assert all(f"<h2>{label}: " in to_read for label in labels)


def test_whose_name_begins_so_is_found_first(house: TestHouse) -> None:
    for first, last in (("Zoé", "Martin"), ("Anna", "Thomas"), ("Marie", "Zola")):
        add_contact(house.owner, first, last, f"{first}@mapping.example".replace("é", "e").lower())
    found = read(house.owner, queries.people_found, "ma", limit=2)
    assert found["name"].tolist() == ["Marie Zola", "Zoé Martin"]


def test_request_can_be_refused_but_an_erasure_not_ticked_off(house: TestHouse) -> None:
    made = execute(house.owner, commands.record_request, RecordRequest(ERASE, TODAY, "contacts", ada(house)))
    with pytest.raises(NotAllowedNow):
        execute(house.owner, commands.settle_request,
                SettleRequest(made.request_id, made.version, PrivacyRequestStatus.DONE, "Done"))  # fmt: skip
    with pytest.raises(InvalidInput):
        execute(house.owner, commands.settle_request,
                SettleRequest(made.request_id, made.version, PrivacyRequestStatus.REFUSED, " "))  # fmt: skip
    given = SettleRequest(made.request_id, made.version, PrivacyRequestStatus.REFUSED, "Identity unclear")
    execute(house.owner, commands.settle_request, given)
    with pytest.raises(NotAllowedNow, match="refused already"):
        execute(house.owner, commands.settle_request, given)
    ended = read(house.owner, queries.privacy_requests, queries.RequestFilter(ended=True)).frame
    assert ended["status"].tolist() == ["refused"]


@pytest.mark.parametrize(("ago", "urgency"), [(40, Urgency.LATE), (30, Urgency.TODAY), (25, Urgency.SOON), (3, None)])
def test_home_says_what_comes_due(house: TestHouse, ago: int, urgency: Urgency | None) -> None:
    day = clock.now().astimezone(ZoneInfo("Europe/Paris")).date() - dt.timedelta(days=ago)
    execute(house.owner, commands.record_request, RecordRequest(ERASE, day, name="Ada Lovelace"))
    found = read(house.owner, needs.requests_due)
    assert [need.urgency for need in found] == ([urgency] if urgency else [])
    assert not any("Ada" in need.title + need.context for need in found)


def test_backup_does_not_bring_back_who_was_erased(house: TestHouse, database: Database) -> None:
    contact = ada(house)
    other = ada(house, "Byron")
    erased(house, database, contact, "Ada Lovelace")
    worker.run_until_empty(queues=["house"])
    # What a restored backup holds: the person as she was, and another one whose id was given away anew.
    alter(
        database, "update contacts set full_name = 'Ada Lovelace', first_name = 'Ada', last_name = 'Lovelace',"
        " erased_at = null where id = %s", contact,
    )  # fmt: skip
    alter(
        database,
        "insert into contact_emails (account_id, contact_id, email) values (%s, %s, 'ada.lovelace@example.org')",
        house.account_id, contact,
    )  # fmt: skip
    session = house.operator.token_hash
    done = ledger.reapply_erasures(session, [house.slug])
    assert (done.again, done.there, done.failed) == (1, 0, ())
    assert one(database, "select full_name, erased_at is null from contacts where id = %s", contact) == (
        "Erased person",
        False,
    )
    assert one(database, "select full_name from contacts where id = %s", other) == ("Ada Byron",)
    assert ledger.reapply_erasures(session, [house.slug]) == ledger.ReappliedAll(0, 1, ())
    alter(database, "update contacts set erased_at = null, created_at = now() where id = %s", contact)
    assert ledger.reapply_erasures(session, [house.slug]).there == 1


def test_retention_is_off_until_switched_on_and_works_off_in_batches(
    house: TestHouse, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = [ada(house, last) for last in ("Lovelace", "Byron", "King")]
    young = ada(house, "Milbanke")
    alter(database, "update contacts set created_at = now() - interval '3 years' where id = any(%s)", old)
    assert not any(policy.enabled for policy in read(house.owner, retention.retention_policies))
    due = read(house.owner, retention.retention_due, OLD.entity, OLD.basis, OLD.months, OLD.anchor)
    assert (due.rows, due.examples) == (3, ("Ada Lovelace", "Ada Byron", "Ada King"))
    job = running_job(database, house)
    assert worked_off(job) == {"due": 0}
    saved = execute(house.owner, retention.save_retention_policy, OLD)
    with pytest.raises(EditConflict):
        execute(house.owner, retention.save_retention_policy, SavePolicy(**{**OLD.__dict__, "version": 7, "months": 3}))
    monkeypatch.setattr(retention, "BATCH", 2)
    told = [worked_off(job) for _ in range(3)]
    assert told == [{"Contacts": 2, "goes on": "yes"}, {"Contacts": 1}, {"due": 0}]
    rows = table(
        database, "select full_name, erased_at is null, archived_at is null from contacts where id = any(%s)", old
    )
    assert rows == [("Erased person", False, False)] * 3
    assert one(database, "select full_name, archived_at from contacts where id = %s", young) == ("Ada Milbanke", None)
    assert table(database, "select from contact_emails where contact_id = any(%s)", old) == []
    left = "select count(*) from audit_log where table_name = 'contacts' and row_id = any(%s) and erased_at is null"
    assert one(database, left, [str(row_id) for row_id in old]) == (0,)
    assert saved.version == 1
