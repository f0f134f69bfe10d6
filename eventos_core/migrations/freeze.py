"""Write the revisions of the first release anew from the models: `python -m eventos_core.migrations.freeze`.

One revision per domain, low domains first, as plain DDL; foreign keys that point to a later domain are added in
the last one, `…_links`. Only before the first release: afterwards a change is a revision of its own.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import ForeignKeyConstraint, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable, DropConstraint

from eventos_core.db.sync.tables import metadata
from eventos_core.models import Base

VERSIONS = Path(__file__).parent / "versions"
DAY = "20261121"
FIRST = f"{DAY}_00_base"
MARK = "Frozen from the models; not edited by hand."
DOMAINS = (
    "tenancy", "directory", "events", "ticketing", "crm", "production", "sponsors", "marketing", "finance",
    "analytics", "operations",
)  # fmt: skip
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def main() -> None:
    """Rewrite the generated files of `versions/`; prints their names to standard output."""
    for file in VERSIONS.glob("*.py"):
        if MARK in file.read_text(encoding="utf-8"):
            file.unlink()
    for name, text in frozen().items():
        (VERSIONS / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{name}\n")


def frozen() -> dict[str, str]:
    """File name → text of every generated revision."""
    files: dict[str, str] = {}
    done: set[str] = set()
    links: list[ForeignKeyConstraint] = []
    previous = FIRST
    for number, (domain, tables) in enumerate(_by_domain(), start=1):
        revision = f"{DAY}_{number:02d}_{domain}"
        ordered, late = _ordered(tables, done)
        inside = [key for key in late if key.referred_table in tables]
        links += [key for key in late if key.referred_table not in tables]
        up = [_create(table, late) for table in ordered] + [_add(key) for key in inside]
        names = [table.name for table in reversed(ordered)]
        down = [_drop(key) for key in inside] + [f"drop table public.{name}" for name in names]
        files[f"{revision}.py"] = _file(f"Tables of {domain}", revision, previous, up, down, names)
        previous = revision
    if links:
        revision = f"{DAY}_{len(files) + 1:02d}_links"
        files[f"{revision}.py"] = _file(
            "Foreign keys between domains that point forward",
            revision,
            previous,
            [_add(key) for key in links],
            [_drop(key) for key in reversed(links)],
            (),
        )
    return files


def domain_of() -> dict[str, str]:
    """Table → domain, which is the model's module below `eventos_core.models`."""
    found = {table.name: str(table.info.get("domain", "")) for table in metadata().tables.values()}
    for mapper in Base.registry.mappers:
        parts = mapper.class_.__module__.split(".")
        if parts[:2] == ["eventos_core", "models"]:
            found[mapper.local_table.name] = parts[2]  # type: ignore[attr-defined]
    return found


def _by_domain() -> Iterable[tuple[str, list[Table]]]:
    domains = domain_of()
    grouped: dict[str, list[Table]] = defaultdict(list)
    for table in metadata().tables.values():
        grouped[domains[table.name]].append(table)
    order = [domain for domain in DOMAINS if domain in grouped]
    for domain in [*order, *sorted(set(grouped) - set(order))]:
        yield domain, sorted(grouped[domain], key=lambda table: table.name)


def _ordered(tables: Sequence[Table], done: set[str]) -> tuple[list[Table], list[ForeignKeyConstraint]]:
    """An order in which as few foreign keys as possible point forward, and those that still do."""
    ordered: list[Table] = []
    late: list[ForeignKeyConstraint] = []
    own = {table.name for table in tables}
    left = list(tables)
    while left:
        # Fewest open references inside the domain first; ties by name, so that the text is the same every time.
        table = min(left, key=lambda t: (len(_open(t, done) & own), t.name))
        late += [key for key in _keys(table) if key.referred_table.name in _open(table, done)]
        ordered.append(table)
        left.remove(table)
        done.add(table.name)
    return ordered, late


def _keys(table: Table) -> list[ForeignKeyConstraint]:
    return sorted(table.foreign_key_constraints, key=lambda key: str(key.name))


def _open(table: Table, done: set[str]) -> set[str]:
    return {key.referred_table.name for key in _keys(table)} - done - {table.name}


def _create(table: Table, late: Sequence[ForeignKeyConstraint]) -> str:
    inline = [key for key in _keys(table) if key not in late]
    parts = [_ddl(CreateTable(table, include_foreign_key_constraints=inline))]
    parts.append(f"alter table public.{table.name} enable row level security")
    parts.append(f"alter table public.{table.name} force row level security")
    parts += [_ddl(CreateIndex(index)) for index in sorted(table.indexes, key=lambda index: str(index.name))]
    if table.comment:
        parts.append(f"comment on table public.{table.name} is {_literal(table.comment)}")
    parts += [
        f'comment on column public.{table.name}."{column.name}" is {_literal(column.comment)}'
        for column in table.columns
        if column.comment
    ]
    return ";\n".join(parts)


def _add(key: ForeignKeyConstraint) -> str:
    return _ddl(AddConstraint(key))


def _drop(key: ForeignKeyConstraint) -> str:
    return _ddl(DropConstraint(key))


def _ddl(element: AddConstraint | CreateIndex | CreateTable | DropConstraint) -> str:
    text = str(element.compile(dialect=_DIALECT)).strip()
    return "\n".join(line.rstrip().replace("\t", "  ") for line in text.splitlines() if line.strip())


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _file(
    title: str, revision: str, previous: str, up: Sequence[str], down: Sequence[str], tables: Sequence[str]
) -> str:
    upgrade, downgrade = ";\n\n".join(up) + ";", ";\n".join(down) + ";"
    if '"""' in upgrade + downgrade:
        raise ValueError(f"{revision} would need another kind of quotes")
    dropped = "".join(f'    ops.sync_drop("{name}")\n' for name in tables)
    return f'''"""{title}. {MARK}"""

from eventos_core.migrations import ops

revision = "{revision}"
down_revision = "{previous}"
branch_labels = None
depends_on = None

UPGRADE = r"""
{upgrade}
"""

DOWNGRADE = r"""
{downgrade}
"""


def upgrade() -> None:
    ops.run(UPGRADE)


def downgrade() -> None:
{dropped}    ops.run(DOWNGRADE)
'''


if __name__ == "__main__":
    main()
