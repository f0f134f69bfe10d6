"""A revision that fills a new column for every house, written as CONTRIBUTING says, and what happens otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.config import Config
from sqlalchemy.exc import DBAPIError

from eventos_core import migrations
from eventos_core.db.sync import revisions as known
from tests import support
from tests.db.rows import Rows

LATER = "29991231_seats"
REVISION = f'''
"""Seats of a venue, filled from its capacity."""

from eventos_core.migrations import ops

revision = "{LATER}"
down_revision = "{{head}}"
branch_labels = None
depends_on = None


def upgrade():
    ops.run("alter table venues add column seats bigint")
    {{fill}}
    ops.run("alter table venues alter column seats set not null")


def downgrade():
    ops.run("alter table venues drop column seats")
'''
UPDATE = 'ops.run("update venues set seats = coalesce(capacity, 0) * 2 where seats is null")'
AS_MIGRATOR = f"with ops.as_login():\n        {UPDATE}"
Write = Callable[[str], None]


@pytest.fixture
def filled(server: support.Server, template: str) -> Iterator[support.Database]:
    """A migrated database with venues in two houses."""
    made = support.clone(server, template, f"{template}_backfill")
    with made.as_login("migrator") as connection:
        rows = Rows(connection)
        for name in ("Maison Aurore", "Maison Aurora"):
            house = rows.house(name)
            for number in range(1, 4):
                rows.make("venues", house, capacity=number * 100, name=f"Hall {number}")
    yield made
    server.drop(made.name)


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """`write(fill)`: one more revision after all others, in a folder of its own."""
    head = migrations.revisions()[-1]
    plain = known.config

    def config() -> Config:
        found = plain()
        places = (found.get_main_option("script_location") + "/versions", str(tmp_path))
        found.set_main_option("version_locations", ";".join(places))
        found.set_main_option("path_separator", ";")
        return found

    def written(fill: str) -> None:
        (tmp_path / f"{LATER}.py").write_text(REVISION.format(head=head, fill=fill))
        monkeypatch.setattr(known, "config", config)

    return written


def test_a_column_is_filled_for_every_house(filled: support.Database, write: Write) -> None:
    write(AS_MIGRATOR)
    assert migrations.migrate(filled.urls.migrator) == [LATER]
    with filled.as_login("migrator") as connection:
        assert connection.execute("show row_security").fetchone() == ("on",)
        found = connection.execute(
            "select account_id, array_agg(seats order by seats) from venues group by account_id order by account_id"
        ).fetchall()
        audited = connection.execute(
            "select count(*) from audit_log where action = 'update' and table_name = 'venues' and actor_kind = 'system'"
        ).fetchone()
    assert [seats for _, seats in found] == [[200, 400, 600]] * 2
    assert audited == (6,)
    with filled.as_login("app") as connection:
        assert connection.execute("select count(*) from venues").fetchone() == (0,)
    assert migrations.rollback(filled.urls.migrator, known_before()) == [LATER]


def known_before() -> str:
    """The last revision of the program itself."""
    return next(name for name in reversed(migrations.revisions()) if name != LATER)


def test_an_update_as_owner_fills_nothing_and_the_constraint_notices(filled: support.Database, write: Write) -> None:
    """Row security is forced, so the tables' owner sees no row; a constraint looks past it."""
    write(UPDATE)
    with pytest.raises(DBAPIError, match="null values"):
        migrations.migrate(filled.urls.migrator)
    assert migrations.pending(filled.urls.migrator) == [LATER]
    with filled.as_login("migrator") as connection:
        added = "select count(*) from information_schema.columns where table_name = 'venues' and column_name = 'seats'"
        assert connection.execute(added).fetchone() == (0,)
