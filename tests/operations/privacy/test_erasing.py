"""Erasing a person who is contact, attendee, sponsor contact and recipient: nothing is left, nothing comes back."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.db.session import unit_of_work
from eventos_core.db.sync.tables import metadata
from eventos_core.directory import commands as directory
from eventos_core.directory import queries as contacts
from eventos_core.directory.commands import EditContact, edit_contact
from eventos_core.enums.operations import (
    ImportStatus,
    PrivacyRequestKind,
    PrivacyRequestStatus,
    PrivacyWork,
    UndoVerdict,
)
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import Credential
from eventos_core.kernel.errors import EditConflict, InvalidInput, NotAllowedNow, NotFound
from eventos_core.kernel.permissions import Role
from eventos_core.operations import audit, metrics, reconciling
from eventos_core.operations.files import commands as files
from eventos_core.operations.files import stores
from eventos_core.operations.jobs import worker
from eventos_core.operations.privacy import commands, queries
from eventos_core.operations.privacy.content import kinds_in
from eventos_core.operations.privacy.finding import HIDDEN
from eventos_core.operations.privacy.registry import registered
from tests.directory.conftest import add_contact
from tests.operations.files_support import PDF, picture
from tests.operations.imports_support import alter, one, table, take, undo, upload
from tests.operations.imports_support import counts as counts_of
from tests.operations.privacy.subject import FIRST, Subject, remains, wait_for_lock
from tests.operations.privacy.work import work_off
from tests.support import Database, TestHouse, seal

KEPT = ("payments", "bank_statement_lines")
"""Tables whose rows the law makes the house keep."""


def request(
    who: Credential, kind: PrivacyRequestKind = PrivacyRequestKind.ERASE, **given: Any
) -> commands.RequestSaved:
    """A request recorded today."""
    today = clock.now().date()
    return execute(who, commands.record_request, commands.RecordRequest(kind, today, **given))


def searched(database: Database, who: Credential, made: commands.RequestSaved) -> int:
    """Have the house searched for the request's person; the version of the request then."""
    execute(who, commands.search_subject, commands.OneRequest(made.request_id, made.version))
    work_off(database)
    return read(who, queries.privacy_request, made.request_id).version


def erase(subject: Subject, *, spare: tuple[str, ...] = ()) -> int:
    """Record, search, decide on every text with the name alone (those of tables in `spare` stay), erase."""
    who = subject.house.owner
    made = request(who, entity="contacts", row_id=subject.contact_id)
    version = searched(subject.database, who, made)
    mentions = read(who, queries.texts_to_decide, made.request_id, limit=500)
    for goes in (True, False):
        refs = tuple(commands.TextRef(m.entity, m.id, m.column) for m in mentions if (m.entity not in spare) is goes)
        if refs:
            version = execute(who, commands.decide_texts, commands.DecideTexts(made.request_id, refs, goes)).version
    given = commands.EraseSubject(made.request_id, version, "Answered from the known address", subject.name.upper())
    assert execute(who, commands.erase_subject, given).working is PrivacyWork.ERASE
    work_off(subject.database)
    assert read(who, queries.privacy_request, made.request_id).status is PrivacyRequestStatus.DONE
    return made.request_id


def figures(who: Credential) -> dict[str, Any]:
    """Every figure of the house."""
    return {key: read(who, metrics.figure, key).value for key in metrics.registered()}


def test_nothing_is_left_the_chain_holds_and_nothing_comes_back(subject: Subject) -> None:
    house, database = subject.house, subject.database
    # The search can fail: it finds her in what every table holds of people, in whatever form it was written.
    before = {found.split(".")[1] for found in remains(subject)}
    assert {name for name, said in registered().items() if said.own} - before <= {"data_subject_requests"}
    assert {*HIDDEN, "public_links"} <= before
    assert {"import_rows", "merges", "external_refs", "audit_log", "login_mails"} <= before
    numbers, counts = figures(house.owner), _counts(database, house)
    with database.as_login("migrator") as connection:
        seal(connection)

    made = erase(subject)

    assert remains(subject, kept=(*KEPT, "audit_log")) == []
    assert _audited(subject) <= set(KEPT)
    evidence = read(house.owner, queries.privacy_request, made).evidence
    assert evidence["searched_again"]
    assert set(evidence["kept"]) == set(KEPT)
    assert _counts(database, house) == counts
    assert figures(house.owner) == numbers
    with database.as_login("migrator") as connection:
        seal(connection)
    assert read(house.owner, audit.chain_state).whole
    assert read(house.owner, reconciling.differences) == []

    with pytest.raises(NotAllowedNow, match="erased"):
        execute(house.owner, directory.undo_merge, directory.UndoMerge(subject.merge_id))
    undone = undo(house.owner, subject.batch)
    assert [(kept.verdict, kept.row) for kept in undone.kept] == [(UndoVerdict.ERASED, 2)]
    again = f"External ID,First name,Last name,Email\nJ{subject.number},{FIRST},{subject.last},{subject.email}\n"
    assert counts_of(take(house.owner, "contacts", again)) == (0, 0, 1, 0, 0)
    assert "contacts" not in {found.split(".")[1] for found in remains(subject, kept=KEPT)}


def test_files_exports_and_uploads_are_reached(subject: Subject) -> None:
    house, database = subject.house, subject.database
    letter = PDF + f"Dear {subject.name}, reach me at {subject.email}".encode()
    asset = execute(house.owner, files.store_file, files.StoreFile("letter.pdf", letter)).asset_id
    portrait = execute(house.owner, files.store_file, files.StoreFile("portrait.png", picture())).asset_id
    alter(database, "update contacts set photo_id = %s where id = %s", portrait, subject.contact_id)
    waiting = upload(house.owner, "contacts", f"Name,Email\n{subject.name},{subject.email}\n")
    store, key = stores.current(), stores.new_key(house.account_id)
    store.put(key, f"name\n{subject.name}\n".encode())
    alter(
        database,
        "insert into exports"
        " (account_id, query, permission, title, status, storage_key, sha256, size_bytes, started_at, finished_at,"
        " expires_at) values (%s, 'contacts', 'contacts.export', 'Contacts', 'done', %s, sha256('x'), 1, now(), now(),"
        " now() + '1 day')",
        house.account_id, key,
    )  # fmt: skip
    # The link of another has ended, and upkeep has removed its bytes.
    ended = stores.new_key(house.account_id)
    alter(
        database,
        "insert into exports (account_id, query, permission, title, status, storage_key, sha256, size_bytes,"
        " started_at, finished_at, expires_at) select account_id, query, permission, title, status, %s, sha256,"
        " size_bytes, started_at, finished_at, now() - interval '1 day' from exports where storage_key = %s",
        ended, key,
    )  # fmt: skip
    before = {stored.key for stored in store.listing(f"{house.account_id}/")}

    erase(subject)
    worker.run_until_empty(queues=["house"])

    left = {stored.key for stored in store.listing(f"{house.account_id}/")}
    gone = {
        row[0] for row in table(database, "select storage_key from media_assets where id in (%s, %s)", asset, portrait)
    }
    assert gone <= before
    assert not gone & left
    keys = table(database, "select storage_key from exports where account_id = %s order by id", house.account_id)
    assert keys == [(None,), (ended,)]
    # What no row refers to is cleared by upkeep; the notes of erasures hold nothing of her.
    noted = [key for key in left if key.endswith(stores.LEDGER)]
    assert len(noted) == 1
    assert not kinds_in(b"".join(store.read(noted[0])), subject.named)
    state = one(database, "select status, error from import_batches where id = %s", waiting)
    assert state[0] == ImportStatus.FAILED
    assert "Upload a file without them" in state[1]
    assert table(database, "select from import_files where account_id = %s", house.account_id) == []


def test_document_being_made_is_waited_for(subject: Subject) -> None:
    house, database = subject.house, subject.database
    export = one(
        database,
        "insert into exports (account_id, query, permission, title, expires_at, job_id)"
        " values (%s, 'run_sheet', 'events.read', 'Run sheet', now() + '1 day', 1) returning id", house.account_id,
    )[0]  # fmt: skip
    key = stores.new_key(house.account_id)
    with database.as_login("migrator", autocommit=False) as job, ThreadPoolExecutor(1) as pool:
        job.execute("update exports set status = 'running', started_at = now() where id = %s", [export])
        erased = pool.submit(erase, subject)
        wait_for_lock(database)
        stores.current().put(key, subject.name.encode())
        job.execute(
            "update exports set status = 'done', storage_key = %s, sha256 = sha256('x'), size_bytes = 1,"
            " finished_at = now() where id = %s", [key, export],
        )  # fmt: skip
        job.commit()
        erased.result()
    assert one(database, "select storage_key, status from exports where id = %s", export) == (None, "failed")


def test_text_with_the_name_alone_waits_for_a_person(subject: Subject) -> None:
    house, database = subject.house, subject.database
    other = add_contact(house.owner, FIRST, subject.last, "other@exemple.fr")
    note = one(
        database,
        "insert into notes (account_id, contact_id, body) values (%s, %s, %s) returning id",
        house.account_id, other, f"Cousin of {subject.name}; call {subject.phone} is hers",
    )[0]  # fmt: skip
    event = one(
        database, "update events set description = %s where account_id = %s returning id",
        f"With a talk by {subject.name.upper()}.", house.account_id,
    )[0]  # fmt: skip
    who = house.owner
    made = request(who, entity="contacts", row_id=subject.contact_id)
    version = searched(database, who, made)
    given = commands.EraseSubject(made.request_id, version, "By post", subject.name)
    with pytest.raises(NotAllowedNow, match="not decided on"):
        execute(who, commands.erase_subject, given)
    mentions = {(m.entity, m.id, m.column): m for m in read(who, queries.texts_to_decide, made.request_id, limit=500)}
    talk = mentions["events", event, "description"]
    assert (talk.before, talk.named, talk.after) == ("With a talk by ", subject.name.upper(), ".")
    assert ("contacts", other, "full_name") not in mentions
    ref = commands.TextRef("events", event, "description")
    with pytest.raises(NotFound, match="Search again"):
        execute(
            who,
            commands.decide_texts,
            commands.DecideTexts(made.request_id, (commands.TextRef("events", event, "name"),), True),
        )
    saved = execute(who, commands.decide_texts, commands.DecideTexts(made.request_id, (ref,), False))
    others = tuple(commands.TextRef(*key) for key in mentions if key != ("events", event, "description"))
    if others:
        saved = execute(who, commands.decide_texts, commands.DecideTexts(made.request_id, others, True))
    execute(who, commands.erase_subject, commands.EraseSubject(made.request_id, saved.version, "By post", subject.name))
    work_off(database)
    assert one(database, "select description from events where id = %s", event) == (
        f"With a talk by {subject.name.upper()}.",
    )
    assert one(database, "select full_name from contacts where id = %s", other) == (subject.name,)
    assert one(database, "select body from notes where id = %s", note) == ("Cousin of erased; call erased is hers",)
    assert read(who, queries.privacy_request, made.request_id).evidence["spared"] == 1


def test_what_is_a_namesakes_stays_in_the_persons_own_deal(subject: Subject) -> None:
    """Two of one name: the erased one's deal tells of the other, of whom some addresses are known and some are not."""
    house, database, who = subject.house, subject.database, subject.house.owner
    last = subject.email.removeprefix("jeanne.").partition("@")[0]
    mail = f"Jeanne-Amelie.{last}@autre.example"
    twin = add_contact(who, FIRST, subject.last, mail)
    alter(
        database, "insert into contact_phones (account_id, contact_id, number, e164) values (%s, %s, %s, %s)",
        house.account_id, twin, *["+43" + subject.phone.removeprefix("+33")] * 2,
    )  # fmt: skip
    desk = add_contact(who, "Léa", "Petit", "desk@maison.example")
    alter(database, "insert into contact_emails (account_id, contact_id, email) values (%s, %s, 'desk@maison.example')",
          house.account_id, subject.contact_id)  # fmt: skip
    deal = subject.rows["opportunities"]
    title = f"Gown for {subject.name}"
    said = f"Not {mail.upper()} nor +43 {subject.phone.removeprefix('+33')}; hers: {subject.email}, {subject.phone}"
    step = f"Ask jeanne-amelie.{last}@nobody.example or desk@maison.example"
    alter(
        database, "update opportunities set name = %s, description = %s, next_step = %s where id = %s",
        title, said, step, deal,
    )  # fmt: skip
    elsewhere = one(
        database, "insert into notes (account_id, contact_id, body) values (%s, %s, %s) returning id",
        house.account_id, desk, f"Invite {mail}",
    )[0]  # fmt: skip

    made = request(who, entity="contacts", row_id=subject.contact_id)
    searched(subject.database, who, made)
    mentions = {(m.entity, m.id, m.column): m for m in read(who, queries.texts_to_decide, made.request_id, limit=500)}
    assert mentions["opportunities", deal, "name"].named == subject.name
    assert mentions["opportunities", deal, "next_step"].named.endswith("@nobody.example")
    assert ("opportunities", deal, "description") not in mentions
    assert not [key for key in mentions if key[:2] == ("notes", elsewhere)]
    assert not [key for key in mentions if key[:2] == ("contacts", twin)]
    for goes in (True, False):
        refs = tuple(commands.TextRef(*key) for key in mentions if (key[:2] != ("opportunities", deal)) is goes)
        saved = execute(who, commands.decide_texts, commands.DecideTexts(made.request_id, refs, goes))
    given = commands.EraseSubject(made.request_id, saved.version, "By post", subject.name)
    execute(who, commands.erase_subject, given)
    work_off(database)

    assert one(database, "select name, description, next_step from opportunities where id = %s", deal) == (
        title, f"Not {mail.upper()} nor +43 {subject.phone.removeprefix('+33')}; hers: erased, erased", step,
    )  # fmt: skip
    assert one(database, "select body from notes where id = %s", elsewhere) == (f"Invite {mail}",)
    assert one(database, "select email from contact_emails where contact_id = %s", twin) == (mail,)
    assert one(database, "select email from contact_emails where contact_id = %s", desk) == ("desk@maison.example",)
    kept = table(
        database, "select distinct after is null from audit_log where table_name = 'contact_emails' and account_id = %s"
        " and row_id in (select id::text from contact_emails where contact_id = %s)", house.account_id, twin,
    )  # fmt: skip
    assert kept == [(False,)]


def test_text_decided_to_be_the_persons_goes_whole(subject: Subject) -> None:
    """An address that nobody is known by, with her name in it, goes as a whole once somebody said that it is hers."""
    who, deal = subject.house.owner, subject.rows["opportunities"]
    last = subject.email.removeprefix("jeanne.").partition("@")[0]
    alter(
        subject.database, "update opportunities set name = %s, next_step = %s where id = %s",
        f"Gown for {subject.name}", f"Ask jeanne-amelie.{last}@former.example today", deal,
    )  # fmt: skip
    made = request(who, entity="contacts", row_id=subject.contact_id)
    searched(subject.database, who, made)
    asked = {(m.entity, m.id, m.column) for m in read(who, queries.texts_to_decide, made.request_id, limit=500)}
    assert ("opportunities", deal, "next_step") in asked
    assert ("opportunities", deal, "name") not in asked  # nobody else has the name, and the deal is hers
    erase(subject)
    assert one(subject.database, "select name, next_step from opportunities where id = %s", deal) == (
        "Gown for erased", "Ask erased today",
    )  # fmt: skip


def test_two_admins_a_double_click_and_an_editor(subject: Subject) -> None:
    house = subject.house
    admin, colleague = house.owner, house.member(Role.ADMIN)
    detail = read(admin, contacts.contact, subject.contact_id)
    made = request(admin, entity="contacts", row_id=subject.contact_id)
    version = searched(subject.database, admin, made)
    refs = tuple(
        commands.TextRef(m.entity, m.id, m.column)
        for m in read(admin, queries.texts_to_decide, made.request_id, limit=500)
    )
    if refs:
        decided = commands.DecideTexts(made.request_id, refs, True)
        version = execute(colleague, commands.decide_texts, decided).version
    given = commands.EraseSubject(made.request_id, version, "By post", subject.name)
    with pytest.raises(InvalidInput, match="another name"):
        execute(admin, commands.erase_subject, dataclasses.replace(given, typed_name="Jeanne"))
    with pytest.raises(EditConflict, match="meanwhile"):
        execute(admin, commands.erase_subject, dataclasses.replace(given, version=made.version))
    edited = EditContact(subject.contact_id, detail.version, dataclasses.replace(detail.fields, city="Nantes"))
    first = execute(admin, commands.erase_subject, given, idempotency_key="one click")
    with unit_of_work(house.member(Role.MEMBER)) as db:
        edit_contact(db, edited)
        with ThreadPoolExecutor(1) as pool:
            erased = pool.submit(work_off, subject.database)
            wait_for_lock(subject.database)
            # While it waits or works nobody changes the request, and nobody waits to be told so.
            for who in (admin, colleague):
                with pytest.raises(NotAllowedNow, match="is being erased"):
                    execute(who, commands.erase_subject, dataclasses.replace(given, version=first.version))
            db.commit()
            erased.result()
    assert execute(admin, commands.erase_subject, given, idempotency_key="one click") == first
    ended = read(admin, queries.privacy_request, made.request_id)
    assert (ended.working, ended.work_error) == (None, "")
    with pytest.raises(NotAllowedNow, match="done already"):
        execute(colleague, commands.erase_subject, dataclasses.replace(given, version=ended.version))
    with pytest.raises(NotAllowedNow, match="erased meanwhile"):
        execute(house.member(Role.MEMBER), edit_contact, edited)
    assert remains(subject, kept=(*KEPT, "audit_log")) == []


def test_colleague_is_not_erased_but_their_ended_membership_is(house: TestHouse, database: Database) -> None:
    member = house.member(Role.MEMBER, name="Anouk Beaulieu")
    user, contact, email = one(
        database,
        "select m.user_id, m.contact_id, u.email from account_users m join users u on u.id = m.user_id"
        " where m.account_id = %s and m.display_name = 'Anouk Beaulieu'", house.account_id,
    )  # fmt: skip
    assert member
    made = request(house.owner, entity="contacts", row_id=contact)
    version = searched(database, house.owner, made)
    assert read(house.owner, queries.privacy_request, made.request_id).evidence["found"]["in_team"]
    given = commands.EraseSubject(made.request_id, version, "In person", "anouk  beaulieu")
    with pytest.raises(NotAllowedNow, match="in the team"):
        execute(house.owner, commands.erase_subject, given)
    alter(database, "update account_users set status = 'disabled', disabled_at = now() where contact_id = %s", contact)
    execute(house.owner, commands.erase_subject, given)
    work_off(database)
    row = one(database, "select display_name, invited_email from account_users where contact_id = %s", contact)
    assert row == ("Erased person", None)
    assert one(database, "select name, email from users where id = %s", user) == ("Anouk Beaulieu", email)


def _counts(database: Database, house: TestHouse) -> dict[str, int]:
    """Rows of every table that joined, apart from those that are only addresses and pictures of the person."""
    gone = {name for name, said in registered().items() if said.goes} | {
        "data_subject_requests",
        "message_suppressions",
    }
    return {
        name: one(database, f"select count(*) from {name} where account_id = %s", house.account_id)[0]
        for name in registered()
        if name not in gone and "account_id" in metadata().tables[name].c
    }


def _audited(subject: Subject) -> set[str]:
    """Tables of audit entries in which she is still named."""
    pattern = subject.named.any
    rows = table(
        subject.database,
        "select distinct table_name from audit_log where account_id = %s"
        " and concat_ws(' ', before::text, after::text, reason) ~ %s",
        subject.house.account_id, pattern,
    )  # fmt: skip
    return {row[0] for row in rows}
