"""Entity diagrams in mermaid: one per domain, and one of the tables that every flow runs through.

Readable before complete: an entity shows its keys; lines are drawn between tables of the same diagram; the
references that nearly every table has (house, who made and changed the row) are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Column, ForeignKeyConstraint, Table

from eventos_core.documents.schema_docs.survey import AUTHORS, Survey, foreign_keys, own_columns
from eventos_core.documents.schema_docs.words import GENERATED, type_name, unique_sets

CORE = (
    "accounts", "users", "account_users", "organizations", "contacts", "venues", "events", "sessions", "orders",
    "registrations", "attendees", "tickets", "opportunities", "event_sponsors", "payments",
)  # fmt: skip
"""The tables that the flows of the product run through."""
MEMBERS = "account_users"
"""The people of the house: nearly every table refers to them, so that lines would hide the rest."""
_NOTE = (
    "Keys only; every column stands in the [data dictionary](../data-dictionary.md). Every table of a house also has "
    "`account_id`, part of each key and reference, and most have `created_by` and `updated_by`: these are left out. "
    "A reference to a table outside the diagram, or to a person of the house, names its target beside the column."
)


def files(survey: Survey) -> dict[str, str]:
    """File name → page."""
    by_name = {table.name: table for table in survey.tables}
    found = {"core.md": _page("The core", [by_name[name] for name in CORE])}
    for domain, tables in survey.domains.items():
        found[f"{domain}.md"] = _page(domain.capitalize(), tables)
    lines = ["# Diagrams", "", GENERATED, "", "- [The core](core.md): what every flow runs through"]
    lines += [
        f"- [{domain.capitalize()}]({domain}.md): {', '.join(table.name for table in tables)}"
        for domain, tables in survey.domains.items()
    ]
    found["README.md"] = "\n".join(lines) + "\n"
    return found


def _page(title: str, tables: Sequence[Table]) -> str:
    lines = [f"# {title}", "", GENERATED, "", _NOTE, "", "```mermaid", "erDiagram"]
    lines += _lines(tables)
    for table in tables:
        lines += _entity(table, tables)
    lines.append("```")
    return "\n".join(lines) + "\n"


def _shown(table: Table) -> Iterator[tuple[ForeignKeyConstraint, Column[object]]]:
    for key in foreign_keys(table):
        for column in own_columns(key):
            if column.name not in AUTHORS and column.name != "account_id":
                yield key, column


def _lines(tables: Sequence[Table]) -> Iterator[str]:
    names = {table.name for table in tables}
    for table in tables:
        if "accounts" in names and "account_id" in table.columns and _belongs_to_the_house_alone(table, names):
            yield f'  accounts ||--o{{ {table.name} : "account_id"'
        drawn: set[tuple[str, str]] = set()
        for key, column in _shown(table):
            target = key.referred_table
            if target.name not in names or (target.name, column.name) in drawn or _is_tag(key, column):
                continue
            if target.name == MEMBERS and table.name != MEMBERS:
                continue
            drawn.add((target.name, column.name))
            one = "|o" if column.nullable else "||"
            own = frozenset(c.name for c in key.columns)
            many = "o|" if any(unique <= own for unique in unique_sets(table)) else "o{"
            yield f'  {target.name} {one}--{many} {table.name} : "{column.name}"'


def _belongs_to_the_house_alone(table: Table, names: set[str]) -> bool:
    others = {key.referred_table.name for key, _ in _shown(table)} - {table.name, "accounts", MEMBERS}
    return table.name == MEMBERS or not others & names


def _is_tag(key: ForeignKeyConstraint, column: Column[object]) -> bool:
    """Whether the column only repeats a fact of the target (its kind), beside the column that points to it."""
    return any(element.parent is column and element.column.name != "id" for element in key.elements)


def _entity(table: Table, tables: Sequence[Table]) -> Iterator[str]:
    outside: dict[str, str] = {}
    inside: set[str] = set()
    for key, column in _shown(table):
        if _is_tag(key, column):
            continue
        inside.add(column.name)
        if key.referred_table not in tables or (key.referred_table.name == MEMBERS and table.name != MEMBERS):
            outside[column.name] = key.referred_table.name
    single = [names - {"account_id", "event_id"} for names in unique_sets(table)]
    unique = {next(iter(names)) for names in single if len(names) == 1}
    yield f"  {table.name} {{"
    for column in table.columns:
        primary = column.primary_key and column.name != "account_id"
        marks = [m for m, on in (("PK", primary), ("FK", column.name in inside)) if on]
        if column.name in unique and not primary:
            marks.append("UK")
        if marks:
            note = f' "{outside[column.name]}"' if column.name in outside else ""
            kind = type_name(column).replace("(", "_").replace(")", "").replace(" ", "_")
            yield f"    {kind} {column.name} {', '.join(marks)}{note}"
    yield "  }"
