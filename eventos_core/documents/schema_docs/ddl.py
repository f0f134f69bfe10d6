"""`docs/schema/NN-table.sql`: everything that makes one table, in the order in which it is made."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Table
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable

from eventos_core.db.names import OWNER, ROLES
from eventos_core.db.sync.functions import View
from eventos_core.documents.schema_docs.survey import Survey, indexes
from eventos_core.documents.schema_docs.words import GENERATED, audit, fence, literal, statement

_RULE = "-- " + "-" * 97


def files(survey: Survey) -> dict[str, str]:
    """File name → text, one per table and view; the number is the place in order of dependence."""
    found = {}
    tables = survey.tables
    for number, table in enumerate(tables, start=1):
        found[f"{number:02d}-{table.name}.sql"] = "\n".join(_table(survey, table, number)) + "\n"
    for number, view in enumerate(survey.views, start=len(tables) + 1):
        found[f"{number:02d}-{view.name.partition('.')[2]}.sql"] = "\n".join(_view(view)) + "\n"
    return found


def index(survey: Survey) -> str:
    """The reading order as a page: what each file is about."""
    lines = [
        "# The schema as SQL",
        "",
        GENERATED,
        "",
        "One file per table, numbered so that a table follows those it refers to; the few references that point "
        "forward stand at the end of the later table's file. The files are for reading and for review: databases are "
        "made by migrations (tables, keys, indexes, forced row security) and by sync (policies, grants, triggers, "
        "functions), which these files put side by side.",
        "",
        "Functions that only one table's trigger uses are printed with it; the shared ones stand in "
        "`eventos_core/db/functions/`.",
    ]
    number = 0
    for domain, tables in survey.domains.items():
        lines += ["", f"## {domain.capitalize()}", ""]
        for table in tables:
            number += 1
            lines.append(f"{number}. [{table.name}]({number:02d}-{table.name}.sql): {table.comment}")
    lines += ["", "## Views", ""]
    for view in survey.views:
        number += 1
        name = view.name.partition(".")[2]
        lines.append(f"{number}. [{name}]({number:02d}-{name}.sql): {view.about}")
    return "\n".join(lines) + "\n"


def _table(survey: Survey, table: Table, number: int) -> Iterator[str]:
    yield f"-- {number:02d} {table.name} ({survey.domain(table)})"
    yield f"-- {table.comment}"
    yield f"-- Access: {fence(table)}"
    yield f"-- Audit: {audit(table)}"
    yield f"-- {GENERATED}"
    yield ""
    yield f"set role {OWNER};"
    yield from _section("Table and constraints")
    yield statement(CreateTable(table, include_foreign_key_constraints=survey.inline(table)))
    yield f"alter table public.{table.name} enable row level security;"
    yield f"alter table public.{table.name} force row level security;"
    if found := indexes(table):
        yield from _section("Indexes")
        yield from (statement(CreateIndex(index)) for index in found)
    yield from _section("Comments")
    yield f"comment on table public.{table.name} is {literal(table.comment or '')};"
    for column in table.columns:
        yield f'comment on column public.{table.name}."{column.name}" is {literal(column.comment or "")};'
    yield from _section("Who may touch it")
    for role, privileges in survey.grants(table):
        yield f"grant {', '.join(privileges)} on public.{table.name} to {role};"
    yield from (f"{policy.sql};" for policy in survey.policies(table))
    yield from _triggers(survey, table)
    if late := survey.late(table):
        yield from _section("Foreign keys of earlier tables that waited for this one")
        yield from (statement(AddConstraint(key, isolate_from_table=False)) for key in late)


def _triggers(survey: Survey, table: Table) -> Iterator[str]:
    triggers = survey.triggers(table)
    if not triggers:
        return
    yield from _section("Triggers, in the order in which they fire")
    for function in survey.functions(table):
        if function.source.endswith(".sql"):
            yield f"-- {function.name} (eventos_core/db/functions/{function.source}): {function.about}"
        else:
            yield f"-- {function.name} (from the {function.source}): {function.about}"
            yield function.sql
    yield from (f"{trigger.sql};" for trigger in triggers)


def _section(title: str) -> Iterator[str]:
    yield ""
    yield _RULE
    yield f"-- {title}"


def _view(view: View) -> Iterator[str]:
    yield f"-- {view.name.partition('.')[2]} (view)"
    yield f"-- {view.about}"
    yield f"-- Reads {', '.join(sorted(name.partition('.')[2] for name in view.tables))} with the reader's own rights."
    yield f"-- {GENERATED}"
    yield ""
    yield f"set role {OWNER};"
    yield view.sql.rstrip(";") + ";"
    yield from (f"grant select on {view.name} to {ROLES[role]};" for role in view.grants)
