"""The source documents' verification queries, run unchanged as the migrator."""

from __future__ import annotations

from eventos_core.models import Base
from tests import support

TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name;"
COLUMNS = """
SELECT column_name, data_type, is_nullable, column_default
FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = 'events'
ORDER BY ordinal_position;
"""
FOREIGN_KEYS = """
SELECT tc.table_name, kcu.column_name, ccu.table_name AS foreign_table_name, ccu.column_name AS foreign_column_name
FROM information_schema.table_constraints AS tc
JOIN information_schema.key_column_usage AS kcu ON tc.constraint_name = kcu.constraint_name
JOIN information_schema.constraint_column_usage AS ccu ON ccu.constraint_name = tc.constraint_name
WHERE tc.constraint_type = 'FOREIGN KEY';
"""
POLICIES = "SELECT schemaname, tablename, policyname FROM pg_policies;"

CORE = {
    "accounts", "users", "account_users", "organizations", "contacts", "events", "venues", "sessions", "registrations",
    "tickets", "orders", "payments", "opportunities", "sponsors", "campaigns",
}  # fmt: skip


def _all(database: support.Database, query: str) -> list[tuple[object, ...]]:
    with database.as_login("migrator") as connection:
        # Changes how the server joins the standard's views, not what they say: ten seconds of the suite otherwise.
        connection.execute("set enable_nestloop = off")
        return connection.execute(query.encode()).fetchall()


def test_every_table_is_listed(database: support.Database) -> None:
    listed = [str(row[0]) for row in _all(database, TABLES)]
    assert set(Base.metadata.tables) <= set(listed)
    assert set(listed) >= CORE
    assert listed == sorted(listed)


def test_columns_of_events_are_listed_with_types(database: support.Database) -> None:
    found = {row[0]: row for row in _all(database, COLUMNS)}
    assert set(found) == set(Base.metadata.tables["events"].columns.keys())
    assert found["account_id"][1:3] == ("bigint", "NO")
    assert found["starts_at"][1] == "timestamp with time zone"


def test_every_foreign_key_is_listed_and_carries_the_house(database: support.Database) -> None:
    found = {(row[0], row[1], row[2]) for row in _all(database, FOREIGN_KEYS)}
    expected = {
        (table.name, element.parent.name, element.column.table.name)
        for table in Base.metadata.tables.values()
        for constraint in table.foreign_key_constraints
        for element in constraint.elements
    }
    assert expected <= found


def test_every_tenant_table_has_its_policies_listed(database: support.Database) -> None:
    found: dict[str, set[str]] = {}
    for schema, table, policy in _all(database, POLICIES):
        assert schema == "public"
        found.setdefault(str(table), set()).add(str(policy))
    fenced = {table.name for table in Base.metadata.tables.values() if table.info["fence"].scope == "tenant"}
    assert fenced <= set(found)
