"""Documents that go along with mail: named by key, made when it is sent, holding what its readers may read."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pypdf import PdfReader

from eventos_core.db.registry import execute, read
from eventos_core.db.session import unit_of_work
from eventos_core.enums.operations import ExportFormat, MessageChannel, QueueStatus
from eventos_core.events.queries import ProgrammePaper
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.permissions import Role
from eventos_core.models.events import EventSession
from eventos_core.operations.messages import commands, queries, sending
from eventos_core.operations.messages.attaching import Enclosed
from eventos_core.operations.messages.commands import AddTemplate, RewordTemplate, SendTest
from tests.events import rows as event_rows
from tests.operations.messages.mail_server import MailServer
from tests.operations.messages.support import put, rows
from tests.support import Database, TestHouse, running_job

pytestmark = pytest.mark.database
PROGRAMME = "paper.programme"


def evening(house: TestHouse) -> int:
    """An event with a session for guests and one that they do not read of."""
    event = event_rows.add_event(house.owner, "Gala").event_id
    event_rows.add_session(house.owner, event, "Welcome")
    inside = event_rows.add_session(house.owner, event, "Board meeting")
    with unit_of_work(house.owner) as db:
        db.get_one(EventSession, (house.account_id, inside.session_id)).is_public = False
    return event


def sent(mail_server: MailServer) -> list[tuple[str | None, str, str]]:
    """Name, type and text of what went along with the last letter."""
    return [
        (part.get_filename(), part.get_content_type(), text_of(part.get_payload(decode=True)))  # type: ignore[arg-type]
        for part in mail_server.letters[-1].walk()
        if part.get_filename()
    ]


def text_of(content: bytes) -> str:
    if content.startswith(b"%PDF"):
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return content.decode()


def template(house: TestHouse, **given: Any) -> commands.TemplateSaved:
    wording = AddTemplate("guest.plan", "en", "Plan", "See the plan.", "Your plan", documents=(PROGRAMME,), **given)
    return execute(house.owner, commands.add_template, wording)


def test_a_template_takes_the_programme_of_its_message_s_event_along(
    database: Database, house: TestHouse, mail_server: MailServer
) -> None:
    event = evening(house)
    template(house)
    put(house.owner, subject=None, body=None, template="guest.plan", event_id=event)
    # It says what is so when it is sent, not when it was written.
    event_rows.add_session(house.owner, event, "Late news")
    assert sending.send_due(running_job(database, house)).sent == 1
    ((name, kind, text),) = sent(mail_server)
    assert (name, kind) == ("programme-gala.pdf", "application/pdf")
    assert "Welcome" in text
    assert "Late news" in text
    assert "Board meeting" not in text


def test_a_message_takes_its_own_document_along(database: Database, house: TestHouse, mail_server: MailServer) -> None:
    event = evening(house)
    enclosed = Enclosed(PROGRAMME, ProgrammePaper(event, public=True), ExportFormat.ICS)
    put(house.owner, documents=(enclosed, Enclosed(PROGRAMME, ProgrammePaper(event, "place"))))
    assert sending.send_due(running_job(database, house)).sent == 1
    (calendar, paper) = sent(mail_server)
    assert calendar[:2] == ("programme-gala.ics", "text/calendar")
    assert "SUMMARY:Welcome" in calendar[2]
    assert "Board meeting" in paper[2]  # whoever wrote the message chose the house's own


def test_another_house_s_event_is_not_found_and_nothing_goes_out(
    database: Database, two_houses: tuple[TestHouse, TestHouse], mail_server: MailServer
) -> None:
    house, other = two_houses
    put(house.owner, documents=(Enclosed(PROGRAMME, ProgrammePaper(evening(other))),))
    assert sending.send_due(running_job(database, house)).failed == 1
    ((status, said),) = rows(database, house, "status, last_error")
    assert status == QueueStatus.FAILED
    assert said.startswith("Programme that goes along cannot be made: This event does not exist.")
    assert not mail_server.letters


def test_too_large_together_is_refused_with_the_reason(
    database: Database, house: TestHouse, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventos_core.operations.messages.attaching.MOST_BYTES", 100)
    put(house.owner, documents=(Enclosed(PROGRAMME, ProgrammePaper(evening(house))),))
    assert sending.send_due(house.owner).failed == 1
    assert "an e-mail carries" in rows(database, house, "last_error")[0][0]
    assert not mail_server.letters


def test_what_cannot_go_along_is_refused_when_it_is_written(house: TestHouse) -> None:
    event = evening(house)
    template(house)
    with pytest.raises(InvalidInput, match="names no event"):
        put(house.owner, subject=None, body=None, template="guest.plan")
    for wrong in (
        Enclosed("paper.nothing", ProgrammePaper(event)),
        Enclosed("paper.contact", ProgrammePaper(event)),
        Enclosed(PROGRAMME, ProgrammePaper(event), ExportFormat.CSV),
    ):
        with pytest.raises(InvalidInput, match="no such document"):
            put(house.owner, documents=(wrong,))
    with pytest.raises(InvalidInput, match="Only e-mail"):
        put(house.owner, "+33612345678", channel=MessageChannel.SMS, subject=None,
            documents=(Enclosed(PROGRAMME, ProgrammePaper(event)),))  # fmt: skip


def test_templates_take_what_their_writer_may_read(house: TestHouse) -> None:
    blind = house.member(Role.MANAGER, denials=("events.read",))
    assert read(house.owner, queries.attachable_documents) == {PROGRAMME: "Programme"}
    assert read(blind, queries.attachable_documents) == {}
    wording = AddTemplate("guest.other", "en", "Plan", "See it.", "Your plan", documents=(PROGRAMME,))
    with pytest.raises(InvalidInput):
        execute(blind, commands.add_template, wording)
    with pytest.raises(InvalidInput):
        template(house, channel=MessageChannel.SMS)
    made = template(house)
    # What stood there stays for who only changes the words; taking it off is open to them too.
    reworded = RewordTemplate(made.template_id, 1, "Plan", "See it.", "Your plan")
    made = execute(blind, commands.reword_template, reworded)
    assert read(house.owner, queries.template, made.template_id).documents == (PROGRAMME,)
    bare = RewordTemplate(made.template_id, 2, "Plan", "See it.", "Your plan", documents=())
    made = execute(blind, commands.reword_template, bare)
    assert read(house.owner, queries.template, made.template_id).documents == ()


def test_a_test_shows_the_document_of_the_event_chosen(
    database: Database, house: TestHouse, mail_server: MailServer
) -> None:
    event = evening(house)
    given = SendTest("guest.plan", "Your plan", "See it.", event_id=event, documents=(PROGRAMME,))
    execute(house.owner, commands.send_test, given)
    assert sending.send_due(running_job(database, house)).sent == 1
    assert [name for name, _, _ in sent(mail_server)] == ["programme-gala.pdf"]
    with pytest.raises(InvalidInput, match="need an event"):
        execute(house.owner, commands.send_test, SendTest("guest.plan", "Plan", "See it.", documents=(PROGRAMME,)))


def test_an_event_that_is_gone_fails_the_message_with_the_reason(
    database: Database, house: TestHouse, mail_server: MailServer
) -> None:
    made = template(house)
    put(house.owner, subject=None, body=None, template="guest.plan", event_id=evening(house))
    with database.as_login("migrator", autocommit=True) as connection:
        connection.execute(
            "update notification_templates set attachments = array['paper.gone'] where id = %s", [made.template_id]
        )
    assert sending.send_due(house.owner).failed == 1
    assert "paper.gone that goes along cannot be made" in rows(database, house, "last_error")[0][0]
