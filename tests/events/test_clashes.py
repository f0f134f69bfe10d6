"""Two people place sessions at once: the database lets one through, whatever the order.

The last tests run on a copy without the exclusion constraint, where the same races do double-book: so the tests above
prove the constraint and not their own timing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from psycopg import sql

from eventos_core.db import engine as engines
from eventos_core.db.registry import execute, read
from eventos_core.events import commands, queries
from eventos_core.events.commands import MoveSession, SetSessionHosts
from eventos_core.kernel.errors import Clash, EventOSError
from tests import support
from tests.directory.conftest import add_contact
from tests.events.conftest import Stage, set_stage
from tests.events.rows import add_session, at
from tests.support import Database, Server, TestHouse

pytestmark = pytest.mark.database
WRITERS = 6


def _at_once(actions: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each action returned or raised, all released at the same moment."""
    gate = threading.Barrier(len(actions))
    results: list[Any] = [None] * len(actions)

    def run(position: int, action: Callable[[], Any]) -> None:
        gate.wait(timeout=30)
        try:
            results[position] = action()
        except EventOSError as error:
            results[position] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads)
    return results


def _outcome(results: Sequence[Any]) -> tuple[int, int]:
    """How many went through, and how many met a clash; nothing else may have happened."""
    clashes = [one for one in results if isinstance(one, Clash)]
    done = [one for one in results if not isinstance(one, Exception)]
    assert len(clashes) + len(done) == len(results), [one for one in results if isinstance(one, Exception)]
    return len(done), len(clashes)


def _same_space(stage: Stage) -> list[Any]:
    return _at_once(
        [
            lambda number=number: add_session(  # type: ignore[misc]
                stage.owner, stage.event_id, f"Talk {number}", space_id=stage.nave,
                starts_at=at(10, 5 * number), ends_at=at(11, 5 * number),
            )
            for number in range(WRITERS)
        ]
    )  # fmt: skip


def _same_host(stage: Stage, host: int) -> list[Any]:
    return _at_once(
        [
            lambda number=number: add_session(  # type: ignore[misc]
                stage.owner, stage.event_id, f"Talk {number}", host_contact_ids=(host,),
                starts_at=at(10, 5 * number), ends_at=at(11, 5 * number),
            )
            for number in range(WRITERS)
        ]
    )  # fmt: skip


def test_one_of_many_sessions_gets_the_space(stage: Stage) -> None:
    assert _outcome(_same_space(stage)) == (1, WRITERS - 1)
    assert len(read(stage.owner, queries.programme, stage.event_id)) == 1


def test_one_of_many_sessions_gets_the_host(stage: Stage) -> None:
    ana = add_contact(stage.owner, "Ana", "Kovač")
    assert _outcome(_same_host(stage, ana)) == (1, WRITERS - 1)
    assert len(read(stage.owner, queries.programme, stage.event_id)) == 1


def test_one_of_two_sessions_moves_into_the_gap(stage: Stage) -> None:
    left = add_session(stage.owner, stage.event_id, "Left", space_id=stage.nave, starts_at=at(8), ends_at=at(9))
    right = add_session(stage.owner, stage.event_id, "Right", space_id=stage.nave, starts_at=at(12), ends_at=at(13))
    results = _at_once(
        [
            lambda saved=saved: execute(  # type: ignore[misc]
                stage.owner, commands.move_session,
                MoveSession(saved.session_id, saved.version, at(10), at(11), stage.nave),
            )
            for saved in (left, right)
        ]
    )  # fmt: skip
    assert _outcome(results) == (1, 1)


def test_hosts_taken_in_opposite_orders_never_deadlock(stage: Stage) -> None:
    """Sessions at different times swap the same people: every change goes through, none is turned away."""
    people = [add_contact(stage.owner, "Host", str(number)) for number in range(4)]
    sessions = [
        add_session(stage.owner, stage.event_id, f"Talk {n}", starts_at=at(8 + n), ends_at=at(9 + n)).session_id
        for n in range(WRITERS)
    ]
    for turn in range(3):
        results = _at_once(
            [
                lambda session_id=session_id, order=order: execute(  # type: ignore[misc]
                    stage.owner, commands.set_session_hosts, SetSessionHosts(session_id, order)
                )
                for position, session_id in enumerate(sessions)
                for order in [tuple(people if (position + turn) % 2 else reversed(people))]
            ]
        )
        assert _outcome(results) == (WRITERS, 0)


@pytest.fixture
def unguarded(
    server: Server, template: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestHouse]:
    """A house in a copy of the database whose clash rule has been taken out."""
    copy = support.clone(server, template, f"{database.name}_unguarded")
    with copy.as_login("admin", autocommit=True) as connection:
        names = connection.execute(
            "select conname from pg_constraint where conrelid = 'public.bookings'::regclass and contype = 'x'"
        ).fetchall()
        assert names
        for (name,) in names:
            statement = sql.SQL("alter table public.bookings drop constraint {}").format(sql.Identifier(name))
            connection.execute(statement)
    monkeypatch.setenv("EVENTOS_DATABASE_URL", copy.urls.app)
    monkeypatch.setenv("EVENTOS_MIGRATOR_URL", copy.urls.migrator)
    monkeypatch.setenv("EVENTOS_BACKUP_URL", copy.urls.backup)
    yield support.look_alikes()[0]
    engines.dispose_all()
    server.drop(copy.name)


def test_without_the_rule_one_space_holds_them_all(unguarded: TestHouse) -> None:
    stage = set_stage(unguarded)
    assert _outcome(_same_space(stage)) == (WRITERS, 0)


def test_without_the_rule_one_host_is_everywhere(unguarded: TestHouse) -> None:
    stage = set_stage(unguarded)
    ana = add_contact(stage.owner, "Ana", "Kovač")
    assert _outcome(_same_host(stage, ana)) == (WRITERS, 0)
