"""Installation-wide upkeep: seal the audit, make partitions ahead, clear what has expired, take up lost jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from sqlalchemy import text

from eventos_core.db.engine import app_engine
from eventos_core.operations.jobs.registry import nightly

_LAPSES: dict[str, Callable[[], int]] = {}


def lapses(name: str) -> Callable[[Callable[[], int]], Callable[[], int]]:
    """Register `() -> how many`: gives back, in every house, what was held until a moment that has passed.

    `name` is what the cleanup calls it in its count. It may call upkeep functions only, and must do nothing the second
    time. Raises TypeError for a name that is taken.
    """

    def register(function: Callable[[], int]) -> Callable[[], int]:
        if name in _LAPSES:
            raise TypeError(f"Two kinds of holds are called {name}.")
        _LAPSES[name] = function
        return function

    return register


@nightly("seal_audit", cron="* * * * *")
def seal_audit() -> None:
    """Seal committed audit entries in hash-chained batches."""
    with app_engine().begin() as connection:
        connection.execute(text("select app.seal_audit()"))


@nightly("ensure_partitions", cron="10 0 * * *")
def ensure_partitions() -> None:
    """Make the monthly partitions of the coming months."""
    with app_engine().begin() as connection:
        connection.execute(text("select app.ensure_partitions()"))


@nightly("release_holds", cron="*/5 * * * *")
def release_holds() -> None:
    """Give back what was held until a moment that has passed."""
    for release in _LAPSES.values():
        release()


@nightly("cleanup", cron="40 2 * * *")
def cleanup() -> None:
    """Delete expired tokens, sessions, attempts, keys, before-images and finished jobs; release holds."""
    clean_up()


def clean_up() -> dict[str, int]:
    """Delete and release everything whose time is up, in as many transactions as it takes; returns how many of what.

    Doing it again at once finds nothing.
    """
    total = Counter({name: release() for name, release in _LAPSES.items()})
    while True:
        with app_engine().begin() as connection:
            done: dict[str, int] = connection.execute(text("select app.cleanup()")).scalar_one()
        total.update(done)
        if not done["imports"]:
            return dict(total)


@nightly("retake_lost_jobs", cron="* * * * *")
def retake_lost_jobs() -> None:
    """Queue again the jobs whose worker died."""
    with app_engine().begin() as connection:
        connection.execute(text("select app.retake_lost_jobs()"))
