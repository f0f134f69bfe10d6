"""Pooled connections keep nothing: threads of two houses share them, with errors, savepoints and commits between."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, Engine, QueuePool, create_engine
from sqlalchemy.exc import DBAPIError

from tests import support
from tests.db.rows import House

THREADS, ROUNDS = 8, 60


@pytest.fixture(params=[1, 4])
def pool(database: support.Database, request: pytest.FixtureRequest) -> Engine:
    """The app's login through one shared connection, or four."""
    return create_engine(
        database.urls.app, poolclass=QueuePool, pool_size=request.param, max_overflow=0, pool_timeout=60
    )


def _transaction(connection: Connection, account_id: int, dice: random.Random, *, local: bool) -> set[int]:
    """Enter the house, do one of several things, and say whose rows were seen."""
    setting = "select set_config('app.account_id', %s, %s)"
    connection.exec_driver_sql(setting, (str(account_id), local))
    seen = set(connection.exec_driver_sql("select account_id from contacts").scalars())
    what = dice.random()
    if what < 0.2:
        connection.exec_driver_sql("select 1 / 0")
    if what < 0.4:
        savepoint = connection.begin_nested()
        try:
            connection.exec_driver_sql("insert into no_such_table values (1)")
        except DBAPIError:
            savepoint.rollback()
    if what < 0.7:
        connection.commit()
        # The next transaction on this connection has entered nothing.
        seen |= set(connection.exec_driver_sql("select account_id from contacts").scalars())
    return seen


def _leaks(pool: Engine, houses: tuple[House, House], *, local: bool) -> int:
    """How many transactions saw rows of a house that they had not entered, or rows without entering."""
    leaks = 0
    lock = threading.Lock()

    def work(number: int) -> None:
        nonlocal leaks
        dice = random.Random(number)
        house = houses[number % 2]
        for _ in range(ROUNDS):
            try:
                with pool.connect() as connection:
                    if dice.random() < 0.2:
                        before = set(connection.exec_driver_sql("select account_id from contacts").scalars())
                        allowed: set[int] = set()
                    else:
                        before = _transaction(connection, house.account_id, dice, local=local)
                        allowed = {house.account_id}
                    if before - allowed:
                        with lock:
                            leaks += 1
            except DBAPIError as error:
                assert "division by zero" in str(error)

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(work, range(THREADS)))
    return leaks


def test_pool_leaks_nothing_between_two_houses(pool: Engine, houses: tuple[House, House]) -> None:
    assert _leaks(pool, houses, local=True) == 0
    pool.dispose()


def test_pool_leaks_when_the_context_is_set_for_the_session(pool: Engine, houses: tuple[House, House]) -> None:
    """The counter-proof: the same work finds leaks once the setting outlives its transaction."""
    assert _leaks(pool, houses, local=False) > 0
    pool.dispose()
