"""`docs/schema-summary.md`: how much there is of what, beside what the source documents expected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import CheckConstraint, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from eventos_core.documents.schema_docs.survey import Survey
from eventos_core.documents.schema_docs.words import GENERATED

_ESTIMATES = {
    "tables": "15 in the core, about 60 in the fuller system",
    "columns": "1,000+",
    "foreign keys": "200+",
    "indexes": "300+",
    "constraints": "150+",
    "policies": "100+",
}


@dataclass(frozen=True)
class Counts:
    """What a set of tables is made of."""

    tables: int
    columns: int
    foreign_keys: int
    plain_indexes: int
    primary: int
    unique: int
    check: int
    exclude: int
    policies: int
    triggers: int

    @property
    def indexes(self) -> int:
        """All of them: each key and exclusion brings one."""
        return self.plain_indexes + self.primary + self.unique + self.exclude

    @property
    def constraints(self) -> int:
        """Besides foreign keys and NOT NULL."""
        return self.primary + self.unique + self.check + self.exclude


def count(survey: Survey, tables: Iterable[Table]) -> Counts:
    """Counts over `tables`; partitions, which hold the same again, are not counted."""
    chosen = list(tables)

    def of(kind: type[object]) -> int:
        return sum(isinstance(constraint, kind) for table in chosen for constraint in table.constraints)

    return Counts(
        tables=len(chosen),
        columns=sum(len(table.columns) for table in chosen),
        foreign_keys=sum(len(table.foreign_key_constraints) for table in chosen),
        plain_indexes=sum(len(table.indexes) for table in chosen),
        primary=len(chosen),
        unique=of(UniqueConstraint),
        check=of(CheckConstraint),
        exclude=of(ExcludeConstraint),
        policies=sum(len(survey.policies(table)) for table in chosen),
        triggers=sum(len(survey.triggers(table)) for table in chosen),
    )


def page(survey: Survey) -> str:
    """The summary as a page."""
    whole = count(survey, survey.tables)
    values = {
        "tables": whole.tables,
        "columns": whole.columns,
        "foreign keys": whole.foreign_keys,
        "indexes": whole.indexes,
        "constraints": whole.constraints,
        "policies": whole.policies,
    }
    lines = [
        "# The schema in numbers",
        "",
        GENERATED,
        "",
        "Counted from the models and the sync registry, schema `public`; monthly partitions are not counted.",
        "",
        "| | here | the source documents expect |",
        "|---|---:|---|",
    ]
    lines += [f"| {name} | {value:,} | {_ESTIMATES[name]} |" for name, value in values.items()]
    audited = sum(bool(table.info["audit"]) for table in survey.tables)
    lines += [
        "",
        f"Indexes: {whole.plain_indexes:,} of their own and {whole.indexes - whole.plain_indexes:,} that keys and "
        f"exclusions bring. Constraints: {whole.primary:,} primary keys, {whole.unique:,} unique, {whole.check:,} "
        f"CHECK, {whole.exclude:,} exclusions; NOT NULL and foreign keys are not among them. Besides: "
        f"{whole.triggers:,} triggers and {len(survey.plan.functions):,} functions; {audited:,} tables are audited row "
        f"by row. Views: {', '.join(view.name.partition('.')[2] for view in survey.views) or 'none'}.",
        "",
        "| domain | tables | columns | foreign keys | indexes | constraints | policies | triggers |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for domain, tables in survey.domains.items():
        part = count(survey, tables)
        lines.append(
            f"| [{domain}](data-dictionary/{domain}.md) | {part.tables:,} | {part.columns:,} | {part.foreign_keys:,} "
            f"| {part.indexes:,} | {part.constraints:,} | {part.policies:,} | {part.triggers:,} |"
        )
    return "\n".join(lines) + "\n"
