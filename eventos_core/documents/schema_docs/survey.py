"""What there is to describe: the models' tables in order of dependence, and what sync adds to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Column, ForeignKeyConstraint, Index, Table
from sqlalchemy.schema import Constraint

from eventos_core.db.sync.functions import Function, View
from eventos_core.db.sync.plan import Plan, plan
from eventos_core.db.sync.policies import Policy
from eventos_core.db.sync.tables import metadata
from eventos_core.db.sync.triggers import Trigger
from eventos_core.migrations.freeze import DOMAINS, domain_of

AUTHORS = frozenset({"created_by", "updated_by"})
"""References that nearly every table has; diagrams leave them out."""


@dataclass(frozen=True)
class Survey:
    """Everything that the generated documents are made from."""

    domains: Mapping[str, tuple[Table, ...]]
    """Domain → its tables, each after those it refers to as far as the references allow."""
    plan: Plan

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables; a table's place in here is its number."""
        return tuple(table for tables in self.domains.values() for table in tables)

    @property
    def views(self) -> tuple[View, ...]:
        """The views, by name."""
        return tuple(sorted(self.plan.views.values(), key=lambda view: view.name))

    def domain(self, table: Table) -> str:
        """The domain that owns `table`."""
        return next(domain for domain, tables in self.domains.items() if table in tables)

    def policies(self, table: Table) -> list[Policy]:
        """Policies of `table`: the restrictive ones first, then by role and name."""
        found = [policy for policy in self.plan.policies.values() if policy.table == table.name]
        return sorted(found, key=lambda policy: (not policy.restrictive, policy.role, policy.name))

    def triggers(self, table: Table) -> list[Trigger]:
        """Triggers of `table` in the order in which they fire."""
        found = [trigger for trigger in self.plan.triggers.values() if trigger.table == table.name]
        return sorted(found, key=lambda trigger: trigger.name)

    def functions(self, table: Table) -> list[Function]:
        """The trigger functions of `table`, each once, in the order of the triggers."""
        names = dict.fromkeys(trigger.function for trigger in self.triggers(table))
        return [self.plan.functions[name] for name in names]

    def grants(self, table: Table) -> list[tuple[str, tuple[str, ...]]]:
        """(role, privileges) of `table`, by role."""
        wanted = f"public.{table.name}"
        return sorted(
            (role, tuple(sorted(privileges))) for (name, role), privileges in self.plan.grants.items() if name == wanted
        )

    def late(self, table: Table) -> list[ForeignKeyConstraint]:
        """Foreign keys of earlier tables that point to `table` and so have to wait for it."""
        tables = self.tables
        earlier = tables[: tables.index(table)]
        return [key for other in earlier for key in foreign_keys(other) if key.referred_table is table]

    def inline(self, table: Table) -> list[ForeignKeyConstraint]:
        """Foreign keys of `table` whose target exists by then."""
        tables = self.tables
        known = tables[: tables.index(table) + 1]
        return [key for key in foreign_keys(table) if key.referred_table in known]


@lru_cache(maxsize=1)
def survey() -> Survey:
    """The survey of this version's models and sync registry; needs no database."""
    domains = domain_of()
    grouped: dict[str, list[Table]] = defaultdict(list)
    for table in metadata().tables.values():
        grouped[domains[table.name]].append(table)
    order = [domain for domain in DOMAINS if domain in grouped]
    found = {domain: _ordered(grouped[domain]) for domain in [*order, *sorted(set(grouped) - set(order))]}
    return Survey(found, plan())


def _ordered(tables: Iterable[Table]) -> tuple[Table, ...]:
    """Tables with the fewest references to tables of their domain not yet placed first; ties by name."""
    left = {table.name: table for table in tables}
    ordered: list[Table] = []
    while left:
        name = min(left, key=lambda name: (len(_targets(left[name]) & left.keys()), name))
        ordered.append(left.pop(name))
    return tuple(ordered)


def _targets(table: Table) -> set[str]:
    return {key.referred_table.name for key in table.foreign_key_constraints} - {table.name}


def foreign_keys(table: Table) -> list[ForeignKeyConstraint]:
    """Foreign keys of `table` by name."""
    return sorted(table.foreign_key_constraints, key=lambda key: str(key.name))


def constraints(table: Table, kind: type[Constraint]) -> list[Constraint]:
    """Constraints of one kind by name."""
    return sorted((c for c in table.constraints if isinstance(c, kind)), key=lambda c: str(c.name))


def indexes(table: Table) -> list[Index]:
    """Indexes besides those of keys and exclusions, by name."""
    return sorted(table.indexes, key=lambda index: str(index.name))


def own_columns(key: ForeignKeyConstraint) -> list[Column[object]]:
    """The columns of `key` that say which row is meant, not which house or event it lies in."""
    own = [column for column in key.columns if column.name not in ("account_id", "event_id")]
    if own:
        return own
    return [column for column in key.columns if column.name == "event_id"] or list(key.columns)


def targets(column: Column[object], keys: Sequence[ForeignKeyConstraint]) -> list[str]:
    """`table.column` that `column` points to, by name."""
    return sorted(
        {
            f"{element.column.table.name}.{element.column.name}"
            for key in keys
            if any(own is column for own in own_columns(key))
            for element in key.elements
            if element.parent is column
        }
    )
