"""Migrations: frozen text equals the models; up, down and up with data; two at once; unknown revisions."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from eventos_core import migrations
from eventos_core.kernel.errors import InvalidInput
from eventos_core.migrations import freeze
from tests import support
from tests.db.rows import Rows


@pytest.fixture
def empty(server: support.Server, template: str) -> Iterator[support.Database]:
    """A bootstrapped database without a table."""
    name = f"{template}_empty"
    server.create(name)
    yield support.bootstrapped(server, name)
    server.drop(name)


def test_frozen_revisions_are_what_the_models_say() -> None:
    stale = [
        name
        for name, text in freeze.frozen().items()
        if not (freeze.VERSIONS / name).exists() or (freeze.VERSIONS / name).read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run: python -m eventos_core.migrations.freeze"


def test_up_down_and_up_with_data(empty: support.Database) -> None:
    url = empty.urls.migrator
    everything = migrations.revisions()
    assert migrations.pending(url) == everything
    assert migrations.migrate(url) == everything
    assert migrations.check(url) == []
    assert migrations.migrate(url) == []
    with empty.as_login("migrator") as connection:
        rows = Rows(connection)
        house = rows.seed(rows.house("Maison Aurore"))
        connection.commit()
    undone = migrations.rollback(url, "20261121_03_events")
    assert undone == list(reversed(everything[4:]))
    assert migrations.check(url) == [*everything[4:], "sync"]
    with empty.as_login("migrator") as connection:
        assert connection.execute("select count(*) from events where account_id = %s", [house.account_id]).fetchone()
        # What is left works: a row that fires its triggers, among them those of the clash rule.
        Rows(connection).make("contacts", house)
    assert migrations.migrate(url) == everything[4:]
    assert migrations.check(url) == []
    assert migrations.rollback(url, "base") == list(reversed(everything))
    assert migrations.migrate(url) == everything


def test_two_migrates_at_once_apply_everything_once(empty: support.Database) -> None:
    applied: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: applied.append(migrations.migrate(empty.urls.migrator))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(applied) == [[], migrations.revisions()]


def test_unknown_revision_is_refused_by_name(database: support.Database) -> None:
    with pytest.raises(InvalidInput, match="nonsense"):
        migrations.rollback(database.urls.migrator, "nonsense")
