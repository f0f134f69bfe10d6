"""A thousand messages to a mail server that refuses every third and dies once: all arrive, only the doubtful twice."""

from __future__ import annotations

import pytest

from eventos_core.db.session import unit_of_work
from eventos_core.operations.messages import Message, enqueue, sending
from tests.operations.messages.mail_server import MailServer
from tests.operations.messages.support import log_of, make_due, rows
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database
MESSAGES = 1000
DEATH = 500


def answer(number: int) -> str | None:
    if number == DEATH:
        return None
    return "451 Try again later" if number % 3 == 0 else "250 OK"


def test_every_message_arrives_and_none_twice_but_the_one_in_doubt(
    database: Database, house: TestHouse, mail_server: MailServer
) -> None:
    mail_server.answer = answer
    with unit_of_work(house.owner) as db:
        for number in range(MESSAGES):
            message = Message(
                address=f"guest{number}@example.org", subject=f"Seat {number}", body="Doors at **seven**."
            )
            enqueue(db, message, idempotency_key=f"seat:{number}")

    runs = 0
    while rows(database, house, where="status in ('queued', 'sending')"):
        runs += 1
        assert runs < 40, "it does not come to an end"
        sending.send_due(house.owner)
        if mail_server.unanswered and runs == 1:
            mail_server.start()  # somebody starts it again
        make_due(database, house)

    sent = rows(database, house, "id, provider_message_id", where="status = 'sent'")
    assert len(sent) == MESSAGES
    assert set(mail_server.taken) == {f"<{message_id}>" for _, message_id in sent}

    twice = {message_id: times for message_id, times in mail_server.taken.items() if times > 1}
    in_doubt = set(mail_server.unanswered)
    assert len(in_doubt) == 1
    assert set(twice) <= in_doubt
    assert all(times == 2 for times in twice.values())

    by_id = {f"<{message_id}>": number for number, message_id in sent}
    assert {number for number, _ in log_of(database, house, "uncertain")} == {by_id[m] for m in in_doubt}
    assert len(log_of(database, house, "accepted")) == MESSAGES
    # One connection serves many messages.
    assert mail_server.connections < MESSAGES / 50
