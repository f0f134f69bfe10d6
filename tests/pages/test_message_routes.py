"""Declining marketing by link, and signed reports of the mail provider."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from eventos_core.api import messages as api_messages
from eventos_core.api import routes
from eventos_core.db.registry import execute, read
from eventos_core.directory import queries as directory
from eventos_core.directory.rules.contacts import UNSUBSCRIBED
from eventos_core.enums.directory import MarketingConsent
from eventos_core.enums.operations import MessageCategory, QueueStatus
from eventos_core.kernel.credentials import TokenCredential, hash_token
from eventos_core.kernel.errors import PermissionDenied
from eventos_core.operations import links, signing
from eventos_core.operations.jobs import worker
from eventos_core.operations.messages import commands, sending
from tests.operations.messages.conftest import mailbox as mailbox
from tests.operations.messages.support import log_of, put, rows
from tests.operations.messages.test_outbox import mails, person
from tests.pages.asgi_client import Client
from tests.pages.test_shell_routes import INDEX
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database
MARKETING = MessageCategory.MARKETING
SECRET = b"between us"


@pytest.fixture
def client(database: Database) -> Client:
    return Client(Starlette(routes=routes.ROUTES, middleware=routes.middleware(INDEX)))


def newsletter(house: TestHouse, mailbox: Path, email: str = "reader@example.org") -> tuple[int, Any]:
    """A contact who agreed, and the mail they got."""
    contact = person(house.owner, "Reader", email, marketing_consent=MarketingConsent.GRANTED)
    put(house.owner, None, contact_id=contact, category=MARKETING)
    sending.send_due(house.owner)
    return contact, mails(mailbox)[-1]


def path_of(mail: Any) -> str:
    link = mail["List-Unsubscribe"].strip(" <>")
    assert link.startswith("https://events.example/u/")
    return str(link.removeprefix("https://events.example"))


def consent(house: TestHouse, contact: int) -> MarketingConsent:
    return read(house.owner, directory.contact, contact).fields.marketing_consent


def test_looking_at_the_page_changes_nothing_and_pressing_declines(
    client: Client, database: Database, house: TestHouse, mailbox: Path
) -> None:
    contact, mail = newsletter(house, mailbox)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = path_of(mail)
    shown = client.get(path)
    assert shown.status_code == 200
    assert "Maison Aurore" in shown.text
    assert consent(house, contact) is MarketingConsent.GRANTED
    for _ in range(2):
        assert client.post(path).status_code == 200
    assert consent(house, contact) is MarketingConsent.WITHDRAWN
    found = read(house.owner, directory.contact, contact)
    assert (found.fields.do_not_contact, found.do_not_contact_reason) == (True, UNSUBSCRIBED)
    assert len(log_of(database, house, "unsubscribed")) == 1
    assert put(house.owner, None, contact_id=contact, category=MARKETING).status is QueueStatus.SUPPRESSED
    assert put(house.owner, None, contact_id=contact).status is QueueStatus.QUEUED


def test_mail_programs_decline_in_one_click(
    client: Client, database: Database, house: TestHouse, mailbox: Path
) -> None:
    contact, mail = newsletter(house, mailbox, "oneclick@example.org")
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post(path_of(mail), content=b"List-Unsubscribe=One-Click", headers=headers).status_code == 200
    assert consent(house, contact) is MarketingConsent.WITHDRAWN
    assert log_of(database, house, "unsubscribed")[0][1] == "By the mail program"


def test_link_opens_nothing_else_and_no_other_house(
    client: Client, two_houses: tuple[TestHouse, TestHouse], mailbox: Path
) -> None:
    first, second = two_houses
    _, mail = newsletter(first, mailbox, "same@example.org")
    other = person(second.owner, "Reader", "same@example.org", marketing_consent=MarketingConsent.GRANTED)
    token = path_of(mail).removeprefix("/u/")
    link = TokenCredential(hash_token(token), links.PURPOSE)
    with pytest.raises(PermissionDenied):
        execute(link, commands.cancel_message, commands.OneMessage(1))
    with pytest.raises(PermissionDenied):
        read(link, directory.contacts)
    client.post(f"/u/{token}")
    assert consent(second, other) is MarketingConsent.GRANTED


def test_link_that_never_was_says_that_it_has_ended(client: Client, house: TestHouse) -> None:
    for answer in (client.get("/u/nothing"), client.post("/u/nothing")):
        assert answer.status_code == 404
        assert "This link has ended" in answer.text
        assert "say that you want no more" in answer.text
        assert answer.headers["x-robots-tag"] == "noindex, nofollow, noarchive"


def test_declining_has_limits_of_its_own(
    client: Client, house: TestHouse, mailbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact, mail = newsletter(house, mailbox, "own@example.org")
    monkeypatch.setattr(links, "PER_ADDRESS", 0)
    assert client.get("/p/" + "x" * 43).status_code == 429
    assert client.get(path_of(mail)).status_code == 200
    monkeypatch.setattr(api_messages, "PER_LINK", 2)
    answers = [client.post(path_of(mail)) for _ in range(5)]  # a minute that turns meanwhile lets two more through
    assert answers[0].status_code == 200
    busy = next(answer for answer in answers if answer.status_code == 429)
    assert "stays declined" in busy.text
    assert 0 < int(busy.headers["retry-after"]) <= 60
    assert consent(house, contact) is MarketingConsent.WITHDRAWN
    monkeypatch.setattr(api_messages, "PER_ADDRESS", 0)
    assert client.get("/u/" + "x" * 43).status_code == 429


def report(
    client: Client, content: Any, *, secret: bytes = SECRET, kind: str = "application/json", at: Any = None
) -> Any:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    headers = {signing.HEADER.lower(): signing.sign(body, secret, at=at), "content-type": kind}
    return client.request("POST", "/hooks/mail", body, headers)


@pytest.fixture
def open_for_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTOS_MAIL_REPORT_SECRET", SECRET.decode())


@pytest.mark.usefixtures("open_for_reports")
def test_hard_bounce_marks_message_and_address_once(
    client: Client, database: Database, two_houses: tuple[TestHouse, TestHouse], mailbox: Path
) -> None:
    house, other = two_houses
    contact = person(house.owner, "Gone", "gone@example.org")
    put(house.owner, None, contact_id=contact)
    sending.send_due(house.owner)
    message_id = rows(database, house, "provider_message_id")[0][0]
    bounce = {
        "message_id": f"<{message_id}>",
        "kind": "bounced",
        "bounce": "hard",
        "id": "b1",
        "detail": "No user",
    }
    assert report(client, [bounce, bounce]).json() == {"taken": 1, "given": 2}
    worker.run_until_empty(queues=["house"])
    assert rows(database, house, "status, last_error") == [("sent", "It came back. No user")]
    assert put(house.owner, "gone@example.org").status is QueueStatus.SUPPRESSED
    assert put(other.owner, "gone@example.org").status is QueueStatus.QUEUED
    with database.as_login("migrator") as connection:
        found = connection.execute("select bounced_at is null from contact_emails where contact_id = %s", [contact])
        assert found.fetchone() == (False,)


@pytest.mark.usefixtures("open_for_reports")
def test_report_that_came_back_by_mail_is_read(
    client: Client, database: Database, house: TestHouse, mailbox: Path
) -> None:
    put(house.owner, "away@example.org")
    sending.send_due(house.owner)
    message_id = rows(database, house, "provider_message_id")[0][0]
    dsn = (
        'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n'
        "--x\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; away@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 no mailbox\r\n\r\n"
        f"--x\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{message_id}>\r\nSubject: x\r\n\r\n--x--\r\n"
    ).encode()
    assert report(client, dsn, kind="message/rfc822").json()["taken"] == 1
    assert log_of(database, house, "bounced")[0][1] == "smtp; 550 no mailbox"


@pytest.mark.usefixtures("open_for_reports")
def test_reports_that_are_not_genuine_are_refused(client: Client, house: TestHouse) -> None:
    good = {"message_id": "1.1.0123456789abcdef@mail.example", "kind": "delivered", "id": "1"}
    assert report(client, good, secret=b"another").status_code == 401
    assert report(client, good, at=1_000_000_000).status_code == 401
    assert report(client, good).json() == {"taken": 0, "given": 1}
    for wrong in ({"kind": "delivered"}, "text", [1], {**good, "kind": "eaten"}, {**good, "kind": "accepted"}, b"{"):
        assert report(client, wrong).status_code == 422


def test_reports_are_closed_without_a_secret(client: Client, database: Database) -> None:
    assert report(client, {}).status_code == 404
