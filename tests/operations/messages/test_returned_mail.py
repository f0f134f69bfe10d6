"""Mail that comes back to a house's own server: read from its mailbox, and its addresses get no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.enums.operations import IntegrationStatus
from eventos_core.kernel.errors import InvalidInput
from eventos_core.operations.integrations import commands, queries, testing
from eventos_core.operations.integrations.commands import AddIntegration
from eventos_core.operations.jobs import worker
from eventos_core.operations.messages import jobs, returned, sending
from tests.operations.messages.imap_server import PASSWORD, USER, ImapServer
from tests.operations.messages.mail_server import MailServer
from tests.operations.messages.support import put, rows
from tests.operations.messages.test_integrations import audited
from tests.operations.messages.test_outbox import person
from tests.support import Database, TestHouse, running_job

pytestmark = pytest.mark.database


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ImapServer]:
    server = ImapServer(tmp_path)
    monkeypatch.setenv("EVENTOS_PRIVATE_WEBHOOKS", "1")
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    yield server
    server.stop()


def connected(house: TestHouse, mail_server: MailServer, inbox: ImapServer, **given: Any) -> int:
    """An own mail server with its mailbox, tried."""
    settings = {
        "host": "127.0.0.1", "port": mail_server.port, "security": "none", "from_address": "rsvp@aurore.example",
        "returned_host": "127.0.0.1", "returned_port": inbox.port, "returned_user": USER, **given,
    }  # fmt: skip
    secrets = {"returned_password": PASSWORD}
    made = execute(house.owner, commands.add_integration, AddIntegration("smtp", "Own", settings, secrets))
    return made.integration_id


def came_back(message_id: str, *, status: str = "5.1.1", kind: str = "multipart/report") -> bytes:
    """A delivery report as mail servers write them (RFC 3464)."""
    return f"""From: MAILER-DAEMON@mx.example
To: rsvp@aurore.example
Subject: Undelivered Mail Returned to Sender
Content-Type: {kind}; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain

I could not deliver your message.
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; gone@example.org
Action: failed
Status: {status}
Diagnostic-Code: smtp; 550 no such user
--x
Content-Type: text/rfc822-headers

Message-ID: <{message_id}>
Subject: Doors at seven
--x--
""".replace("\n", "\r\n").encode()


def gone(database: Database, house: TestHouse) -> list[Any]:
    with database.as_login("migrator") as connection:
        return connection.execute(
            "select address_norm, reason from message_suppressions where account_id = %s", [house.account_id]
        ).fetchall()


def refused(database: Database, contact: int) -> Any:
    with database.as_login("migrator") as connection:
        row = connection.execute("select bounced_at is not null from contact_emails where contact_id = %s", [contact])
        return row.fetchone()


def test_the_try_covers_the_mailbox_and_its_password_is_sealed(
    database: Database, house: TestHouse, mail_server: MailServer, inbox: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = connected(house, mail_server, inbox)
    tried = testing.try_connection(house.owner, made)
    assert (tried.ok, tried.said) == (
        True, "Connected to 127.0.0.1. Mail that comes back is read from 127.0.0.1.",
    )  # fmt: skip
    with database.as_login("migrator") as connection:
        ((stored, shown),) = connection.execute("select credentials, integrations::text from integrations").fetchall()
    assert PASSWORD.encode() not in bytes(stored)
    assert PASSWORD not in shown
    assert inbox.seen == set()
    wrong = {"returned_password": "four large ships"}
    settings = dict(read(house.owner, queries.integration, made).settings)
    other = execute(house.owner, commands.add_integration, AddIntegration("smtp", "Other", settings, wrong))
    tried = testing.try_connection(house.owner, other.integration_id)
    assert (tried.ok, "refused user name or password" in tried.said) == (False, True)
    monkeypatch.setenv("EVENTOS_PRIVATE_WEBHOOKS", "0")
    assert "private network" in testing.try_connection(house.owner, made).said
    monkeypatch.setenv("EVENTOS_PRIVATE_WEBHOOKS", "1")
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "CERTIFICATE" in testing.try_connection(house.owner, made).said.upper()


@pytest.mark.parametrize(
    ("given", "field"),
    [({"returned_host": "imap.example.com/x"}, "returned_host"), ({"returned_user": ""}, "returned_user"),
     ({"returned_port": 0}, "returned_port")],
)  # fmt: skip
def test_its_settings_are_checked_before_they_are_kept(
    house: TestHouse, mail_server: MailServer, inbox: ImapServer, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        connected(house, mail_server, inbox, **given)
    assert field in " ".join(error.value.fields)


def test_an_address_that_came_back_gets_no_more(
    database: Database, two_houses: tuple[TestHouse, TestHouse], mail_server: MailServer, inbox: ImapServer
) -> None:
    house, other = two_houses
    made = connected(house, mail_server, inbox)
    testing.try_connection(house.owner, made)
    contact = person(house.owner, "Gone", "gone@example.org")
    for one in two_houses:
        put(one.owner, "gone@example.org")
        sending.send_due(one.owner)
    ((ours,),), ((theirs,),) = (rows(database, one, "provider_message_id") for one in two_houses)
    inbox.mails = [
        b"Subject: A question\r\nContent-Type: text/plain\r\n\r\nMay I bring a friend?\r\n",
        came_back(ours),
        came_back(theirs),  # of a message that another house sent
        came_back("not.ours@elsewhere.example"),
        b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\nnothing readable\r\n",
    ]
    assert returned.read_all(running_job(database, house)) == 1
    assert inbox.seen == {2, 3, 4, 5}
    assert 1 not in inbox.fetched  # what people write there is theirs
    worker.run_until_empty(queues=["house"])
    assert gone(database, house) == [("gone@example.org", "hard_bounce")]
    assert gone(database, other) == []
    assert refused(database, contact) == (True,)
    assert rows(database, house, "last_error")[0][0].startswith("It came back.")
    # The same report once more, as a mailbox that was restored would show it.
    inbox.seen.clear()
    assert returned.read_all(running_job(database, house)) == 0
    purposes = [after["purpose"] for _, after in audited(database, house, "credential_read")]
    assert purposes.count("returned mail") == 2


def test_a_mailbox_that_does_not_answer_is_written_down_and_mail_goes_on(
    database: Database, house: TestHouse, mail_server: MailServer, inbox: ImapServer
) -> None:
    made = connected(house, mail_server, inbox)
    testing.try_connection(house.owner, made)
    inbox.stop()
    assert returned.read_all(running_job(database, house)) == 0
    one = read(house.owner, queries.integration, made)
    assert one.status is IntegrationStatus.ERROR
    assert "The mailbox 127.0.0.1" in (one.last_error or "")
    put(house.owner)
    assert sending.send_due(house.owner).sent == 1


def test_only_houses_with_a_mailbox_are_read(
    database: Database, two_houses: tuple[TestHouse, TestHouse], mail_server: MailServer, inbox: ImapServer
) -> None:
    house, other = two_houses
    testing.try_connection(house.owner, connected(house, mail_server, inbox))
    testing.try_connection(other.owner, connected(other, mail_server, inbox, returned_host=None, returned_user=None))
    jobs.queue_returned_mail()
    jobs.queue_returned_mail()
    with database.as_login("migrator") as connection:
        waiting = connection.execute(
            "select args -> 'account_id' from procrastinate.procrastinate_jobs where task_name = 'read_returned_mail'"
        ).fetchall()
    assert waiting.count((house.account_id,)) == 1
    assert (other.account_id,) not in waiting
    before, inbox.mails = inbox.sign_ins, [came_back("not.ours@elsewhere.example")]
    worker.run_until_empty(queues=["house"])
    assert inbox.sign_ins == before + 1
    assert inbox.seen == {1}
