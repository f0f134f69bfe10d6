"""The planner learns of a table that grew at once, and the app can neither choose the table nor do it all the time."""

from __future__ import annotations

from tests import support


def test_tables_that_changed_much_are_analysed_once(database: support.Database, house: support.TestHouse) -> None:
    with database.as_login("migrator", autocommit=True) as connection:
        connection.execute(
            "insert into venues (account_id, name) select %s, 'Hall ' || n from generate_series(1, 1500) n",
            [house.account_id],
        )
        connection.execute("select pg_stat_force_next_flush()")
    with database.as_login("app", autocommit=True) as connection:
        with database.as_login("admin") as other:
            other.execute("select pg_advisory_xact_lock(7405003)")
            assert connection.execute("select app.analyze_changed()").fetchone() == (0,), "one at a time"
        done = connection.execute("select app.analyze_changed()").fetchone()
        assert done is not None
        assert done[0] >= 1
        known = connection.execute("select reltuples from pg_class where oid = 'venues'::regclass").fetchone()
        assert known is not None
        assert known[0] >= 1500
        connection.execute("select pg_stat_force_next_flush()")
        assert connection.execute("select app.analyze_changed()").fetchone() == (0,)
