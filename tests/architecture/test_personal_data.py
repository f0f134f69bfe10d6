"""Every table that points to people says what it holds of them."""

from __future__ import annotations

import pytest
from sqlalchemy import Table

from eventos_core.db.sync.tables import metadata
from eventos_core.operations import start
from eventos_core.operations.privacy.finding import HIDDEN
from eventos_core.operations.privacy.registry import COPIES, registered, searched, texts
from eventos_core.operations.privacy.writing import BY_DEFINER, emptied

start.load()
PEOPLE = ("contacts", "attendees")


def _pointing() -> list[Table]:
    return [
        table
        for table in metadata().tables.values()
        if any((ref := column.info.get("ref")) is not None and ref.table in PEOPLE for column in table.columns)
    ]


def test_every_table_that_points_to_people_has_joined() -> None:
    assert [table.name for table in _pointing() if table.name not in registered()] == []


def test_every_table_of_a_house_is_searched() -> None:
    apart = {"audit_log", "audit_seals", "event_xpls"}
    known = {table.name for table in searched()}
    missing = [
        name
        for name, table in metadata().tables.items()
        if "account_id" in table.primary_key.columns and texts(table) and name not in known | apart
    ]
    assert missing == []
    assert set(COPIES) <= known


@pytest.mark.parametrize("table", sorted(registered()))
def test_columns_can_be_emptied(table: str) -> None:
    """What an erasure writes has the column's type; rules across columns are tried on real rows."""
    for name in registered()[table].own:
        column = metadata().tables[table].c[name]
        value = emptied(column)
        assert value is not None or column.nullable
        assert value is None or isinstance(value, column.type.python_type)


def test_rows_of_one_member_are_searched_by_a_definer() -> None:
    """What the app's own policies hide of other members; keys of lists, which the program made, name nobody."""
    personal = {table.name for table in searched() if table.info["fence"].personal}
    assert personal - {"saved_view_defaults"} == set(HIDDEN)


def test_what_the_app_may_not_write_is_written_by_a_definer() -> None:
    """The clash rule's copies hold ids and names of tables only."""
    apart = {
        table.name
        for table in searched()
        if table.info["fence"].manage or table.info["fence"].app in ("ra", "r", "none")
    }
    assert apart - {"bookings"} <= BY_DEFINER
    assert set(HIDDEN) <= BY_DEFINER
