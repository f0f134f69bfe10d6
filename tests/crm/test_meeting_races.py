"""Several people book one host at once: one gets the time, the others a clear answer with other times.

Two things keep that promise: the queue for the host (`app.lock_resources`), and the exclusion constraint behind it.
On copies of the database without the one, the other, or both, the same race shows what each of them does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from psycopg import sql

from eventos_core.crm import queries
from eventos_core.crm.commands import placing
from eventos_core.db import engine as engines
from eventos_core.db.registry import read
from eventos_core.kernel.errors import Clash, EventOSError, NotAllowedNow
from tests import support
from tests.crm.doing import book, coming, meeting_kind
from tests.directory.conftest import add_contact
from tests.support import Database, Server, TestHouse

pytestmark = pytest.mark.database
WRITERS = 4


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


def _race(house: TestHouse, *, apart: bool = False, **kind: Any) -> list[Any]:
    """All book the same host; at one time, or each at another hour of one day."""
    meeting = meeting_kind(house.owner, **kind)
    guests = [add_contact(house.owner, "Guest", str(n), f"guest{n}@one.example") for n in range(WRITERS)]
    return _at_once(
        [
            lambda n=n, guest=guest: book(  # type: ignore[misc]
                house.owner, meeting, coming(hour=10 + n if apart else 10), contact_id=guest
            )
            for n, guest in enumerate(guests)
        ]
    )


def _booked(house: TestHouse) -> int:
    return len(read(house.owner, queries.meetings).frame)


def _refused(results: Sequence[Any], kind: type[Exception]) -> list[Any]:
    refused = [one for one in results if isinstance(one, kind)]
    done = [one for one in results if not isinstance(one, Exception)]
    assert len(refused) + len(done) == len(results), results
    return refused


def test_one_gets_the_time_and_the_others_are_told_of_free_ones(house: TestHouse) -> None:
    refused = _refused(_race(house), Clash)
    assert (len(refused), _booked(house)) == (WRITERS - 1, 1)
    for clash in refused:
        assert "from 10:00 to 10:30" in clash.message
        assert "10:30;" in clash.hint


def test_the_limit_a_day_holds_when_all_come_at_once(house: TestHouse) -> None:
    refused = _refused(_race(house, apart=True, max_per_day=2), NotAllowedNow)
    assert (len(refused), _booked(house)) == (WRITERS - 2, 2)


def test_different_times_do_not_keep_each_other_out(house: TestHouse) -> None:
    assert _refused(_race(house, apart=True), Clash) == []
    assert _booked(house) == WRITERS


MakeCopy = Callable[..., TestHouse]


@pytest.fixture
def copy_without(
    server: Server, template: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeCopy]:
    """`copy_without(queue=…, rule=…)`: a house in a copy of the database that lacks the one or the other."""
    copy = support.clone(server, template, f"{database.name}_unguarded")

    def made(*, queue: bool = False, rule: bool = False) -> TestHouse:
        with copy.as_login("admin", autocommit=True) as connection:
            if queue:
                connection.execute(
                    "create or replace function app.lock_resources(p_kind text, p_ids bigint[]) returns void"
                    " language plpgsql as $$ begin end $$"
                )
                _look_before_anybody_writes(monkeypatch)
            names = connection.execute(
                "select conname from pg_constraint where conrelid = 'public.bookings'::regclass and contype = 'x'"
            ).fetchall()
            assert names
            for (name,) in names if rule else []:
                connection.execute(
                    sql.SQL("alter table public.bookings drop constraint {}").format(sql.Identifier(name))
                )
        monkeypatch.setenv("EVENTOS_DATABASE_URL", copy.urls.app)
        monkeypatch.setenv("EVENTOS_MIGRATOR_URL", copy.urls.migrator)
        monkeypatch.setenv("EVENTOS_BACKUP_URL", copy.urls.backup)
        return support.look_alikes()[0]

    yield made
    engines.dispose_all()
    server.drop(copy.name)


def _look_before_anybody_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worst moment there is: everybody has seen the host free, nobody has booked."""
    looked, real = threading.Barrier(WRITERS), placing.taken

    def taken(*given: Any, **more: Any) -> Any:
        found = real(*given, **more)
        looked.wait(timeout=60)
        return found

    monkeypatch.setattr(placing, "taken", taken)


def test_without_queue_and_rule_the_host_is_everywhere(copy_without: MakeCopy) -> None:
    house = copy_without(queue=True, rule=True)
    assert _refused(_race(house), Clash) == []
    assert _booked(house) == WRITERS


def test_the_rule_alone_lets_one_through(copy_without: MakeCopy) -> None:
    house = copy_without(queue=True)
    refused = _refused(_race(house), Clash)
    assert (len(refused), _booked(house)) == (WRITERS - 1, 1)
    assert all("Free: " in clash.hint for clash in refused)


def test_the_queue_alone_lets_one_through(copy_without: MakeCopy) -> None:
    house = copy_without(rule=True)
    assert (len(_refused(_race(house), Clash)), _booked(house)) == (WRITERS - 1, 1)


def test_without_the_queue_the_limit_a_day_is_broken(copy_without: MakeCopy) -> None:
    house = copy_without(queue=True)
    assert _refused(_race(house, apart=True, max_per_day=2), NotAllowedNow) == []
    assert _booked(house) == WRITERS
