"""Short words for what the message tests do."""

from __future__ import annotations

from typing import Any

from eventos_core.db.session import unit_of_work
from eventos_core.kernel.credentials import Credential
from eventos_core.operations.messages import Message, Queued, enqueue
from tests.support import Database, TestHouse

_numbers = iter(range(1, 1_000_000))


def put(who: Credential, address: str | None = "guest@example.org", **given: Any) -> Queued:
    """One e-mail in the outbox."""
    key = given.pop("key", None) or f"test:{next(_numbers)}"
    values = {"subject": "Doors at seven", "body": "See you *tonight*.", "address": address, **given}
    with unit_of_work(who) as db:
        return enqueue(db, Message(**values), idempotency_key=key)


def make_due(database: Database, house: TestHouse) -> None:
    """Let the time pass that waiting messages wait for."""
    with database.as_login("migrator", autocommit=True) as connection:
        connection.execute(
            "update notification_queue set next_attempt_at = now() where account_id = %s and status = 'queued'",
            [house.account_id],
        )


def rows(
    database: Database, house: TestHouse, columns: str = "status", *, where: str = "true"
) -> list[tuple[Any, ...]]:
    """Columns of the house's messages in order."""
    with database.as_login("migrator") as connection:
        return connection.execute(
            f"select {columns} from notification_queue where account_id = %s and {where} order by id",
            [house.account_id],
        ).fetchall()


def log_of(database: Database, house: TestHouse, kind: str) -> list[tuple[int, str]]:
    """(message id, detail) of the house's delivery log of that kind."""
    with database.as_login("migrator") as connection:
        return connection.execute(
            "select message_id, detail from message_deliveries where account_id = %s and kind = %s order by id",
            [house.account_id, kind],
        ).fetchall()
