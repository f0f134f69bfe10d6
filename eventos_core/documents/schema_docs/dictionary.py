"""The data dictionary: an index page, and a page per domain with every table and column."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from eventos_core.documents.schema_docs.survey import Survey, constraints, foreign_keys, indexes, targets
from eventos_core.documents.schema_docs.words import (
    GENERATED,
    audit,
    cell,
    code,
    constraint_sql,
    default,
    fence,
    index_sql,
    type_name,
)
from eventos_core.models.base import Booking, Ref


def index(survey: Survey) -> str:
    """`docs/data-dictionary.md`: every table by domain with its meaning, and how to read the pages."""
    lines = [
        "# Data dictionary",
        "",
        GENERATED,
        "",
        "What holds for every table of a house, and is therefore not repeated under each: the primary key is "
        "`(account_id, id)`, every reference carries `account_id`, row security is enabled and forced, and "
        "`account_id` is filled from the context. Money is in minor units (`_minor`) of the row's currency, "
        "probabilities are in parts per million (`_ppm`), times (`_at`) are stored in UTC, dates (`_on`) count in the "
        "house's zone.",
        "",
        "Counts stand in the [summary](schema-summary.md), pictures in the [diagrams](diagrams/README.md), the SQL of "
        "each table in [schema](schema/README.md).",
    ]
    for domain, tables in survey.domains.items():
        lines += ["", f"## [{domain.capitalize()}](data-dictionary/{domain}.md)", "", "| table | what a row is |"]
        lines.append("|---|---|")
        for table in tables:
            link = f"[{table.name}](data-dictionary/{domain}.md#{table.name})"
            lines.append(f"| {link} | {cell(table.comment or '')} |")
    lines += ["", "## Views", "", "| view | what it shows |", "|---|---|"]
    lines += [f"| {view.name.partition('.')[2]} | {cell(view.about)} |" for view in survey.views]
    return "\n".join(lines) + "\n"


def page(survey: Survey, domain: str) -> str:
    """`docs/data-dictionary/<domain>.md`."""
    tables = survey.domains[domain]
    lines = [f"# {domain.capitalize()}", "", GENERATED, ""]
    lines += ["[All domains](../data-dictionary.md) · " + " · ".join(f"[{t.name}](#{t.name})" for t in tables)]
    for table in tables:
        lines.append("")
        lines += _table(survey, table)
    return "\n".join(lines) + "\n"


def _table(survey: Survey, table: Table) -> Iterator[str]:
    yield f"## {table.name}"
    yield ""
    yield table.comment or ""
    yield ""
    yield f"- **Access**: {fence(table)}"
    yield f"- **Audit**: {audit(table)}"
    if partition := table.dialect_options["postgresql"]["partition_by"]:
        yield f"- **Partitioned** by {partition.lower()}, a partition per month."
    for book in table.info["books"]:
        yield f"- **Clash rule**: {_booking(book)}"
    yield ""
    yield "| column | type | null | default | meaning | references |"
    yield "|---|---|---|---|---|---|"
    keys = foreign_keys(table)
    for column in table.columns:
        points = ", ".join(f"`{target}`" for target in targets(column, keys))
        null = "yes" if column.nullable else ""
        facts = (code(column.name), type_name(column), null, code(default(column)), _meaning(table, column), points)
        yield f"| {' | '.join(facts)} |"
    yield from _list("Keys", _keys(table))
    yield from _list("Constraints", _rules(table))
    yield from _list("Indexes", (f"`{index.name}` {index_sql(index)}" for index in indexes(table)))
    yield from _list("Policies", _policies(survey, table))
    yield from _list("Triggers", _triggers(survey, table))


def _list(title: str, items: Iterator[str]) -> Iterator[str]:
    found = list(items)
    if found:
        yield ""
        yield f"**{title}**"
        yield ""
        yield from (f"- {item}" for item in found)


def _meaning(table: Table, column: Column[object]) -> str:
    parts = [cell(column.comment or "")]
    enum: type[StrEnum] | None = column.info.get("enum")
    if enum is not None:
        parts.append("One of " + ", ".join(f"`{member.value}`" for member in enum) + ".")
    if column.name in table.info["derived"]:
        parts.append("Kept by trigger.")
    if column.name in table.info["secret"]:
        parts.append("Left out of the audit.")
    if column.info.get("silent"):
        parts.append("Bookkeeping: its change is no edit.")
    return " ".join(part if part.endswith((".", ":", ";")) else f"{part}." for part in parts if part)


def _booking(book: Booking) -> str:
    rest = f", lengthened by `{book.rest_minutes_column}`" if book.rest_minutes_column else ""
    event = f" for `{book.event}`" if book.event else ""
    condition = "" if book.active == "true" else f" while `{book.active.replace('new.', '')}`"
    return (
        f"takes the {book.kind} in `{book.resource}`{event} as {book.layer} from `{book.starts}` to "
        f"`{book.ends}`{rest}{condition}."
    )


def _keys(table: Table) -> Iterator[str]:
    yield f"`{table.primary_key.name}` {constraint_sql(table.primary_key)}"
    yield from (f"`{key.name}` {constraint_sql(key)}" for key in constraints(table, UniqueConstraint))
    yield from (f"`{key.name}` {constraint_sql(key)}" for key in constraints(table, ForeignKeyConstraint))
    for column in table.columns:
        reference: Ref | None = column.info.get("ref")
        if reference is not None and reference.through_event:
            yield f"`{column.name}` stays inside the row's event."


def _rules(table: Table) -> Iterator[str]:
    for kind in (CheckConstraint, ExcludeConstraint):
        yield from (f"`{rule.name}` `{constraint_sql(rule)}`" for rule in constraints(table, kind))


def _policies(survey: Survey, table: Table) -> Iterator[str]:
    for policy in survey.policies(table):
        kind = "restrictive" if policy.restrictive else "permissive"
        using = f" using `{policy.using}`" if policy.using is not None else ""
        check = f" with check `{policy.check}`" if policy.check is not None and policy.check != policy.using else ""
        yield f"`{policy.name}` {kind}, {policy.command}, to `{policy.role}`{using}{check}"


def _triggers(survey: Survey, table: Table) -> Iterator[str]:
    for trigger in survey.triggers(table):
        about = survey.plan.functions[trigger.function].about
        yield f"`{trigger.name}` {trigger.when}, per {trigger.per}: {about}"
