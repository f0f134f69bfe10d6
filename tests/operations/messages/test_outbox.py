"""The outbox: written with what it tells of, to whom it may, when it should, once."""

from __future__ import annotations

import datetime as dt
import itertools
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.db.session import unit_of_work
from eventos_core.directory import commands as directory
from eventos_core.directory.rules.contacts import ContactFields, EmailEntry
from eventos_core.enums.directory import ConsentBasis, MarketingConsent
from eventos_core.enums.events import EventStatus
from eventos_core.enums.operations import (
    MessageCategory,
    MessageChannel,
    QueueStatus,
    SendAnchor,
    SuppressionReason,
    SuppressionScope,
)
from eventos_core.events import commands as events
from eventos_core.events import queries as event_queries
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import Credential
from eventos_core.kernel.errors import InvalidInput, NotAllowedNow, NotFound, PermissionDenied
from eventos_core.kernel.permissions import Role
from eventos_core.operations.jobs import worker
from eventos_core.operations.messages import Message, commands, enqueue, queries, sending
from eventos_core.operations.messages.commands import OneMessage
from eventos_core.operations.messages.queries import MessageFilter, SuppressionFilter
from tests.events import rows as event_rows
from tests.operations.messages.mail_server import MailServer
from tests.operations.messages.support import log_of, make_due, put, rows
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database
TwoHouses = tuple[TestHouse, TestHouse]
MARKETING = MessageCategory.MARKETING


def person(who: Credential, name: str, email: str | None = None, **given: Any) -> int:
    fields = ContactFields(
        first_name=name, last_name="Keller", emails=(EmailEntry(email),) if email else (),
        consent_basis=ConsentBasis.OPT_IN if given.get("marketing_consent") else None, **given,
    )  # fmt: skip
    return execute(who, directory.create_contact, directory.CreateContact(fields)).contact_id


def mails(folder: Path) -> list[Any]:
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in sorted(folder.glob("*.eml"))]


def parts_of(letter: Any) -> dict[str, str]:
    """The texts of a letter by their type."""
    return {
        part.get_content_type(): part.get_payload(decode=True).decode().replace("\r\n", "\n")
        for part in letter.walk() if not part.is_multipart()
    }  # fmt: skip


def test_message_is_written_with_what_it_tells_of_or_not_at_all(database: Database, house: TestHouse) -> None:
    with pytest.raises(InvalidInput), unit_of_work(house.owner) as db:
        enqueue(db, Message(address="a@example.org", subject="x", body="y"), idempotency_key="rolled back")
        raise InvalidInput("The form is wrong.")
    assert rows(database, house) == []


def test_same_key_says_it_once(database: Database, two_houses: TwoHouses) -> None:
    first, second = two_houses
    made = put(first.owner, key="order.confirmed:1")
    again = put(first.owner, key="order.confirmed:1")
    assert (made.new, again.new) == (True, False)
    assert again.message_id == made.message_id
    assert put(second.owner, key="order.confirmed:1").new
    assert len(rows(database, first)) == 1


@pytest.mark.parametrize(
    "given", [{"address": None}, {"contact_id": 1, "address": "a@example.org"}, {"address": "nowhere"}, {"body": " "}]
)
def test_message_that_could_never_be_sent_is_refused(house: TestHouse, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        put(house.owner, **given)


def test_worker_sends_what_a_member_queued(database: Database, house: TestHouse, mail_server: MailServer) -> None:
    put(house.owner)
    worker.run_until_empty(queues=["house"])
    assert rows(database, house, "status, attempts, secret_values") == [("sent", 1, None)]
    letter = mail_server.letters[0]
    assert letter["To"] == "guest@example.org"
    assert letter["Subject"] == "Doors at seven"
    parts = parts_of(letter)
    assert parts["text/plain"] == "See you tonight.\n\n-- \nMaison Aurore\n"
    assert "<em>tonight</em>" in parts["text/html"]


def test_both_parts_of_marketing_say_the_same_and_can_be_declined(
    database: Database, house: TestHouse, mail_server: MailServer
) -> None:
    agreed = person(house.owner, "Ada", "ada@example.org", marketing_consent=MarketingConsent.GRANTED)
    body = "## Spring show\n\nCome, and [book a seat](https://seats.example/1):\n\n- tea\n- talks"
    put(house.owner, None, contact_id=agreed, category=MARKETING, body=body)
    worker.run_until_empty(queues=["house"])
    letter = mail_server.letters[0]
    parts, link = parts_of(letter), letter["List-Unsubscribe"].strip(" <>\r\n")
    assert link.startswith("https://events.example/u/")
    assert parts["text/plain"] == (
        "Spring show\n-----------\n\nCome, and book a seat <https://seats.example/1>:\n\n- tea\n- talks\n\n"
        f"-- \nMaison Aurore\nUnsubscribe: {link}\n"
    )
    assert f'Maison Aurore · <a href="{link}">Unsubscribe</a>' in parts["text/html"]
    assert '<a href="https://seats.example/1">book a seat</a>' in parts["text/html"]


def test_message_of_who_has_left_is_sent_all_the_same(
    database: Database, house: TestHouse, mail_server: MailServer
) -> None:
    put(house.member(Role.MANAGER, name="Leaves"))
    with database.as_login("migrator", autocommit=True) as connection:
        connection.execute(
            "update account_users set status = 'disabled', disabled_at = now() where display_name = 'Leaves'"
        )
    worker.run_until_empty(queues=["house"])
    assert rows(database, house) == [("sent",)]


def test_marketing_goes_only_to_who_agreed_and_tickets_to_everybody(
    database: Database, house: TestHouse, mailbox: Path
) -> None:
    said_yes = person(house.owner, "Yes", "yes@example.org", marketing_consent=MarketingConsent.GRANTED)
    unknown = person(house.owner, "Unknown", "unknown@example.org")
    closed = person(house.owner, "Closed", "closed@example.org", marketing_consent=MarketingConsent.GRANTED,
                    do_not_contact=True)  # fmt: skip
    found = [put(house.owner, None, contact_id=one, category=MARKETING).status for one in (said_yes, unknown, closed)]
    assert found == [QueueStatus.QUEUED, QueueStatus.SUPPRESSED, QueueStatus.SUPPRESSED]
    assert put(house.owner, None, contact_id=closed).status is QueueStatus.QUEUED
    assert put(house.owner, "stranger@example.org", category=MARKETING).status is QueueStatus.SUPPRESSED
    sending.send_due(house.owner)
    assert sorted(mail["To"] for mail in mails(mailbox)) == [
        "Closed Keller <closed@example.org>", "Yes Keller <yes@example.org>",
    ]  # fmt: skip


def test_consent_withdrawn_while_it_waited_stops_it(database: Database, house: TestHouse, mailbox: Path) -> None:
    contact = person(house.owner, "Late", "late@example.org", marketing_consent=MarketingConsent.GRANTED)
    put(house.owner, None, contact_id=contact, category=MARKETING)
    with database.as_login("migrator", autocommit=True) as connection:
        connection.execute("update contacts set marketing_consent = 'withdrawn' where id = %s", [contact])
    sending.send_due(house.owner)
    assert rows(database, house, "status, last_error") == [("suppressed", "No consent to marketing.")]
    assert mails(mailbox) == []


def test_address_that_does_not_exist_gets_no_more(
    database: Database, house: TestHouse, mail_server: MailServer
) -> None:
    mail_server.recipients = lambda address: "550 5.1.1 No such user" if address.startswith("gone") else None
    contact = person(house.owner, "Gone", "gone@example.org")
    put(house.owner, None, contact_id=contact)
    sending.send_due(house.owner)
    assert rows(database, house) == [("failed",)]
    assert len(log_of(database, house, "bounced")) == 1
    (listed,) = read(house.owner, queries.messages).frame["id"]
    # Where it went, though the contact's address is out of use by now.
    assert read(house.owner, queries.message, int(listed)).address == "gone@example.org"
    assert put(house.owner, "Gone@Example.org ").status is QueueStatus.SUPPRESSED
    with database.as_login("migrator") as connection:
        marked = connection.execute(
            "select bounced_at is not null from contact_emails where contact_id = %s", [contact]
        )
        assert marked.fetchone() == (True,)

    def addresses(**wanted: Any) -> list[str]:
        return list(read(house.owner, queries.suppressions, SuppressionFilter(**wanted)).frame["address"])

    assert (
        addresses() == addresses(q="GONE@") == addresses(reason=SuppressionReason.HARD_BOUNCE) == ["gone@example.org"]
    )
    assert addresses(q="somebody%") == addresses(reason=SuppressionReason.UNSUBSCRIBED) == []
    assert addresses(channel=MessageChannel.SMS) == addresses(scope=SuppressionScope.MARKETING) == []
    assert read(house.owner, queries.suppressions_counted, SuppressionFilter(q="Gone"), 10) == 1


def test_refusal_by_policy_fails_without_marking_the_address(
    database: Database, house: TestHouse, mail_server: MailServer
) -> None:
    mail_server.recipients = lambda _: "550 5.7.1 Relaying denied"
    put(house.owner)
    sending.send_due(house.owner)
    assert rows(database, house) == [("failed",)]
    assert log_of(database, house, "bounced") == []
    assert put(house.owner).status is QueueStatus.QUEUED


def test_failing_message_is_tried_with_growing_waits_and_then_given_up(
    database: Database, house: TestHouse, mail_server: MailServer
) -> None:
    mail_server.answer = lambda _: "451 Not now"
    put(house.owner)
    waits = []
    for _ in range(8):
        sending.send_due(house.owner)
        waits.append(rows(database, house, "extract(epoch from next_attempt_at - now())")[0][0])
        make_due(database, house)
    (status, attempts, error), = rows(database, house, "status, attempts, last_error")  # fmt: skip
    assert (status, attempts) == ("failed", 8)
    assert error.startswith("Given up after 8 tries. The mail server said 451")
    assert all(later > 2 * sooner for sooner, later in itertools.pairwise(waits[:5]))
    assert len(log_of(database, house, "deferred")) == 8
    assert read(house.owner, queries.message_counts)[QueueStatus.FAILED] == 1


def test_server_that_does_not_answer_costs_one_message_a_try_and_the_others_none(
    database: Database, house: TestHouse, mail_server: MailServer
) -> None:
    mail_server.stop()
    for _ in range(3):
        put(house.owner)
    run = sending.send_due(house.owner)
    assert run.down == {(MessageChannel.EMAIL, None)}
    assert sorted(rows(database, house, "attempts")) == [(0,), (0,), (1,)]
    mail_server.start()
    make_due(database, house)
    assert sending.send_due(house.owner).sent == 3


def test_without_a_mail_server_messages_wait_and_say_so(
    database: Database, house: TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTOS_ENV", "staging")
    put(house.owner)
    sending.send_due(house.owner)
    (status, attempts, error), = rows(database, house, "status, attempts, last_error")  # fmt: skip
    assert (status, attempts) == ("queued", 0)
    assert error.startswith("No mail server is set up")


def test_worker_that_died_leaves_one_doubt_and_the_rest_untouched(
    database: Database, house: TestHouse, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        put(house.owner)
    handed_over = []

    def killed(self: object, letter: object) -> None:
        handed_over.append(letter)
        if len(handed_over) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("eventos_core.operations.messages.senders.smtp.SmtpSender.send", killed)
        patch.setattr(sending, "_hand_over", _receipt_of(killed))
        sending.send_due(house.owner)
    assert sorted(rows(database, house)) == [("queued",), ("queued",), ("sending",), ("sent",), ("sent",)]
    assert sending.send_due(house.owner).sent == 0  # the lease still holds
    with database.as_login("migrator", autocommit=True) as connection:
        connection.execute("update notification_queue set claimed_until = now(), next_attempt_at = now()"
                           " where status in ('queued', 'sending')")  # fmt: skip
    assert sending.send_due(house.owner).sent == 3
    assert len(log_of(database, house, "uncertain")) == 1
    assert set(mail_server.taken.values()) == {1}


def _receipt_of(send: Any) -> Any:
    def hand_over(message_id: int, sender: Any, letter: Any) -> Any:
        send(sender, letter)
        return sending._Outcome(message_id, letter, sender.name, None, "taken")

    return hand_over


def test_relative_message_follows_the_event_and_is_withdrawn_with_it(database: Database, house: TestHouse) -> None:
    event = event_rows.add_event(house.owner)
    put(house.owner, event_id=event.event_id, anchor=SendAnchor.EVENT_START, offset_minutes=-60)
    detail = read(house.owner, event_queries.event, event.event_id)
    assert rows(database, house, "send_at") == [(detail.starts_at - dt.timedelta(hours=1),)]

    later = event_rows.at(20, 30, days=1)
    saved = execute(house.owner, events.edit_event, event_rows.edit_of(
        house.owner, event.event_id, starts_at=later, ends_at=later + dt.timedelta(hours=3)))  # fmt: skip
    moved = clock.local_to_utc(later, event_rows.PARIS) - dt.timedelta(hours=1)
    assert rows(database, house, "send_at, next_attempt_at") == [(moved, moved)]

    event_rows.step_to(house.owner, saved, EventStatus.CANCELLED, reason="Storm")
    assert rows(database, house, "status, last_error") == [("cancelled", "The event was cancelled.")]


def test_relative_message_of_an_event_of_the_other_house_is_not_found(two_houses: TwoHouses) -> None:
    first, second = two_houses
    event = event_rows.add_event(first.owner)
    with pytest.raises(NotFound):
        put(second.owner, event_id=event.event_id, anchor=SendAnchor.EVENT_START)


def test_secret_value_is_in_the_mail_and_nowhere_else(database: Database, house: TestHouse, mailbox: Path) -> None:
    made = put(house.owner, body="[Open]({{ link }})", secrets={"link": "https://events.example/?t=hush"})
    with database.as_login("migrator") as connection:
        whole = connection.execute("select q::text from notification_queue q where id = %s", [made.message_id])
        assert "hush" not in str(whole.fetchone())
    shown = read(house.owner, queries.message, made.message_id).rendered
    assert shown is not None
    assert "hush" not in shown.text + shown.html
    sending.send_due(house.owner)
    (mail,) = mails(mailbox)
    assert "hush" in mail.get_body(("plain",)).get_content()
    assert rows(database, house, "secret_values") == [(None,)]
    with pytest.raises(NotAllowedNow, match="no longer kept"):
        execute(house.owner, commands.resend_message, OneMessage(made.message_id))


def test_failed_message_is_sent_again_under_the_same_message_id(
    database: Database, house: TestHouse, mail_server: MailServer
) -> None:
    mail_server.answer = lambda number: "554 Content refused" if number == 1 else "250 OK"
    made = put(house.owner)
    sending.send_due(house.owner)
    before = rows(database, house, "status, provider_message_id")
    execute(house.owner, commands.resend_message, OneMessage(made.message_id))
    sending.send_due(house.owner)
    after = rows(database, house, "status, provider_message_id")
    assert (before[0][0], after[0][0]) == ("failed", "sent")
    assert before[0][1] == after[0][1]


def test_message_that_went_is_sent_again_as_a_copy(database: Database, house: TestHouse, mailbox: Path) -> None:
    made = put(house.owner)
    sending.send_due(house.owner)
    execute(house.owner, commands.resend_message, OneMessage(made.message_id))
    sending.send_due(house.owner)
    assert len({mail["Message-ID"] for mail in mails(mailbox)}) == 2


def test_waiting_message_can_be_cancelled_and_a_sent_one_cannot(
    database: Database, house: TestHouse, mailbox: Path
) -> None:
    made = put(house.owner)
    execute(house.owner, commands.cancel_message, OneMessage(made.message_id))
    assert sending.send_due(house.owner).sent == 0
    sent = put(house.owner)
    sending.send_due(house.owner)
    with pytest.raises(NotAllowedNow):
        execute(house.owner, commands.cancel_message, OneMessage(sent.message_id))


def test_who_may_not_send_is_refused(house: TestHouse) -> None:
    made = put(house.owner)
    for role in (Role.MEMBER, Role.VIEWER):
        for command in (commands.cancel_message, commands.resend_message):
            with pytest.raises(PermissionDenied):
                execute(house.member(role), command, OneMessage(made.message_id))
    assert execute(house.member(Role.MANAGER), commands.cancel_message, OneMessage(made.message_id)).message_id


def test_outbox_shows_its_own_house_only(two_houses: TwoHouses) -> None:
    first, second = two_houses
    made = put(first.owner)
    assert len(read(first.member(Role.VIEWER), queries.messages).frame) == 1
    assert read(second.owner, queries.messages).frame.empty
    for command in (commands.cancel_message, commands.resend_message):
        with pytest.raises(NotFound):
            execute(second.owner, command, OneMessage(made.message_id))
    with pytest.raises(NotFound):
        read(second.owner, queries.message, made.message_id)
    denied = first.member(Role.VIEWER, denials=("promote.read",))
    with pytest.raises(PermissionDenied):
        read(denied, queries.messages)


def test_list_is_paged_and_filtered_in_one_query(house: TestHouse, count_queries: Any) -> None:
    for _ in range(4):
        put(house.owner)
    put(house.owner, "no@example.org", category=MARKETING)
    page = read(house.owner, queries.messages, size=3)
    assert len(page.frame) == 3
    assert len(read(house.owner, queries.messages, size=3, cursor=page.next).frame) == 2
    only = read(house.owner, queries.messages, MessageFilter(status=QueueStatus.SUPPRESSED))
    assert list(only.frame["address"]) == ["no@example.org"]
    # Entering the house, and the list.
    assert count_queries(lambda: read(house.owner, queries.messages)) == 2


def test_text_message_and_post_go_to_the_sandbox(database: Database, house: TestHouse, mailbox: Path) -> None:
    put(house.owner, "+33123456789", channel=MessageChannel.SMS, subject=None)
    sending.send_due(house.owner)
    assert rows(database, house, "status, provider") == [("sent", "sandbox")]
    (file,) = (mailbox / "sms").glob("*.json")
    assert "See you" in file.read_text()
