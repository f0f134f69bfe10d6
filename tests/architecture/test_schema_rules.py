"""The models: comments, names, units, keys that carry the house, and an index under every reference."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Column, ForeignKeyConstraint, LargeBinary, Table, UniqueConstraint
from sqlalchemy.dialects import postgresql

from eventos_core.db.sync.tables import metadata

TABLES = sorted(metadata().tables.values(), key=lambda table: table.name)
UNITS = {
    "_at": ("timestamp with time zone",),
    "_on": ("date",),
    "_minor": ("bigint",),
    "_ppm": ("integer", "bigint"),
    "_minutes": ("integer", "smallint"),
    "_e12": ("bigint",),
}
LEAKING = ("numeric", "citext", "money", "json", "varchar")
"""Types whose operators are not leakproof or whose form another type of ours has taken."""

each_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


def _item_names(table: Table) -> list[str]:
    return [*(str(c.name) for c in table.constraints), *(str(index.name) for index in table.indexes)]


def _type(column: Column[object]) -> str:
    return str(column.type.compile(dialect=postgresql.dialect())).lower()  # type: ignore[no-untyped-call]


@each_table
def test_table_and_columns_have_comments(table: Table) -> None:
    assert (table.comment or "").strip()
    assert [column.name for column in table.columns if not (column.comment or "").strip()] == []


@each_table
def test_comment_is_more_than_the_name(table: Table) -> None:
    said = {column.name: re.sub(r"[^a-z]", "", (column.comment or "").lower()) for column in table.columns}
    assert [name for name, text in said.items() if text == re.sub(r"[^a-z]", "", name)] == []


@each_table
def test_names_are_snake_case_and_fit(table: Table) -> None:
    names = [table.name, *(column.name for column in table.columns)]
    names += _item_names(table)
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or len(name) > 63] == []


@each_table
def test_constraints_and_indexes_say_what_they_belong_to(table: Table) -> None:
    pattern = re.compile(rf"(ck|uq|ix|fk|ex)_{table.name}_\w+|pk_{table.name}")
    assert [name for name in _item_names(table) if not pattern.fullmatch(name)] == []


@each_table
def test_units_in_names_are_true(table: Table) -> None:
    wrong = [
        f"{column.name} {_type(column)}"
        for column in table.columns
        for suffix, types in UNITS.items()
        if column.name.endswith(suffix) and _type(column) not in types
    ]
    assert wrong == []


@each_table
def test_money_has_a_currency(table: Table) -> None:
    money = any(column.name.endswith("_minor") for column in table.columns)
    assert not money or any(column.name.endswith("currency") for column in table.columns)


@each_table
def test_column_types_stay_usable_under_row_security(table: Table) -> None:
    assert [f"{c.name} {_type(c)}" for c in table.columns if _type(c).partition("(")[0] in LEAKING] == []


@pytest.mark.parametrize("table", [t for t in TABLES if "account_id" in t.primary_key.columns], ids=lambda t: t.name)
def test_keys_carry_the_house(table: Table) -> None:
    loose = [
        str(key.name)
        for key in table.foreign_key_constraints
        if "account_id" not in key.column_keys and key.referred_table.name != "users"
    ]
    loose += [
        str(key.name)
        for key in table.constraints
        if isinstance(key, UniqueConstraint) and "account_id" not in key.columns and not _is_random(key)
    ]
    loose += [
        str(index.name)
        for index in table.indexes
        if index.unique and "account_id" not in [column.name for column in index.columns]
    ]
    assert loose == []


def _is_random(key: UniqueConstraint) -> bool:
    """A token's hash is looked up before the house is known, and tells nobody of another's rows."""
    return all(isinstance(column.type, LargeBinary) for column in key.columns)


@each_table
def test_every_reference_is_indexed(table: Table) -> None:
    assert [str(key.name) for key in table.foreign_key_constraints if not _is_indexed(table, key)] == []


def _is_indexed(table: Table, key: ForeignKeyConstraint) -> bool:
    own = set(key.column_keys) - {"account_id", "event_id"} or set(key.column_keys)
    return any(
        own & set(lead) and set(lead) <= {*key.column_keys, "account_id", "event_id"}
        for columns in _leads(table)
        for lead in (columns[:length] for length in range(1, len(columns) + 1))
    )


def _leads(table: Table) -> Iterator[list[str]]:
    yield [column.name for column in table.primary_key.columns]
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield [column.name for column in constraint.columns]
    for index in table.indexes:
        names = [getattr(expression, "name", str(expression)) for expression in index.expressions]
        where = index.dialect_options["postgresql"]["where"]
        if where is None or str(where) in {f"{name} is not null" for name in names}:
            yield names
