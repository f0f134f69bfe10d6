"""Triggers and their generated functions, from what the models say about a table.

Row triggers fire in order of name: derived columns, then updated_at and version (both before the row is
stored), then the clash rule, histories and at last the audit.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Table

from eventos_core.db.sync.functions import Function
from eventos_core.kernel.permissions import ROLE_PERMISSIONS

TOUCHED = ("updated_at", "updated_by", "version")
_AUDITED = (
    ("insert", "new table as changed_rows"),
    ("update", "old table as old_rows new table as changed_rows"),
    ("delete", "old table as changed_rows"),
)
_NEW = re.compile(r"\bnew\.([a-z_][a-z0-9_]*)")


@dataclass(frozen=True)
class Trigger:
    """One trigger as sync creates it."""

    table: str
    name: str
    when: str
    function: str
    arguments: tuple[str, ...] = ()
    condition: str = ""
    per: str = "row"
    referencing: str = ""

    @property
    def sql(self) -> str:
        """CREATE TRIGGER."""
        arguments = ", ".join(f"'{argument}'" for argument in self.arguments)
        condition = f" when ({self.condition})" if self.condition else ""
        referencing = f" referencing {self.referencing}" if self.referencing else ""
        return (
            f"create trigger {self.name} {self.when} on public.{self.table}{referencing} "
            f"for each {self.per}{condition} execute function {self.function.partition('(')[0]}({arguments})"
        )


def triggers(table: Table, columns: Collection[str]) -> Iterable[tuple[Trigger, Function | None]]:
    """The generic triggers of `table` as far as `columns` exist, each with its generated function if it has one."""
    name = table.name
    silent = [column.name for column in table.c if column.info.get("silent") and column.name in columns]
    derived = {
        column: expression
        for column, expression in table.info["derived"].items()
        if {column, *_NEW.findall(expression)} <= set(columns)
    }
    if derived:
        function = derive_function(name, derived)
        yield Trigger(name, "eos_10_derive", "before insert or update", function.name), function
    # `version` of a document is no row version: only beside updated_at is it kept by trigger.
    touched = tuple(column for column in TOUCHED if column in columns and column in table.c)
    if "updated_at" in touched:
        quiet = [*silent, *(column.name for column in table.c if column.computed is not None)] if silent else []
        arguments = (",".join(touched), ",".join(quiet)) if quiet else (",".join(touched),)
        yield Trigger(name, "eos_20_touch", "before update", "app.tg_touch()", arguments), None
    if table.info["audit"]:
        left_out = ",".join(table.info["secret"]), ",".join(silent)
        for event, rows in _AUDITED:
            # Per statement: a row trigger cost an import more than all its tables and indexes together.
            yield (
                Trigger(
                    name, f"eos_90_audit_{event}", f"after {event}", "app.tg_audit()", left_out,
                    per="statement", referencing=rows,
                ),
                None,
            )  # fmt: skip


def derive_function(table: str, derived: dict[str, str]) -> Function:
    """`app.tg_derive_<table>()`: sets the derived columns of the row about to be stored."""
    body = "\n".join(f"  new.{column} := {expression};" for column, expression in derived.items())
    name = f"app.tg_derive_{table}()"
    return Function(
        name=name,
        sql=(
            f"create or replace function {name} returns trigger\nlanguage plpgsql\n"
            f"as $$\nbegin\n{body}\n  return new;\nend $$;"
        ),
        grants=("app", "definer", "migrator", "owner"),
        about=f"Keeps the normalised columns of {table}.",
        source="derived columns of the models",
    )


def role_permissions() -> Function:
    """`app.role_permissions(role)`, the kernel's table of roles in SQL."""
    rows = "\n".join(
        f"    when '{role.value}' then array[{', '.join(repr(p.value) for p in sorted(permissions))}]"
        for role, permissions in ROLE_PERMISSIONS.items()
    )
    return Function(
        name="app.role_permissions(text)",
        sql=(
            "create or replace function app.role_permissions(role text) returns text[]\n"
            "language sql immutable parallel safe\n"
            f"as $$\n  select case role\n{rows}\n    else '{{}}'::text[]\n  end\n$$;"
        ),
        grants=("app", "backup", "definer", "migrator"),
        about="The permissions of a role, without a membership’s own grants and denials.",
        source="kernel.permissions",
    )
