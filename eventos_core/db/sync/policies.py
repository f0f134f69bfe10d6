"""Row security from `Fence`: one restrictive tenant policy for the app, permissive ones for what it may do.

The account test stands bare, so that it becomes an index condition; permission tests are wrapped in a select, so
that they run once per statement (POSTGRES measurements: 0.02 ms against 11 s).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Table

from eventos_core.db.names import APP, BACKUP, DEFINER, MIGRATOR
from eventos_core.models.base import ACCOUNT_IN_CONTEXT, MEMBER_IN_CONTEXT, USER_IN_CONTEXT, Fence, Ref

COMMANDS = ("select", "insert", "update", "delete")
_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "rw": COMMANDS,
    "rwk": ("select", "insert", "update"),
    "ra": ("select", "insert"),
    "r": ("select",),
    "none": (),
}

_VISIBLE_PERSON = (
    f"id = {USER_IN_CONTEXT} or id in (select m.user_id from public.account_users m where m.account_id = "
    f"{ACCOUNT_IN_CONTEXT})"
)


@dataclass(frozen=True)
class Policy:
    """One policy as sync creates it."""

    table: str
    name: str
    role: str
    command: str
    using: str | None = None
    check: str | None = None
    restrictive: bool = False
    needs: frozenset[str] = frozenset()
    """What must exist: columns of the table, or `other_table.column`."""

    @property
    def sql(self) -> str:
        """CREATE POLICY."""
        parts = [
            f"create policy {self.name} on public.{self.table}",
            f"as {'restrictive' if self.restrictive else 'permissive'} for {self.command} to {self.role}",
        ]
        if self.using is not None:
            parts.append(f"using ({self.using})")
        if self.check is not None:
            parts.append(f"with check ({self.check})")
        return " ".join(parts)


def allowed_commands(fence: Fence) -> tuple[str, ...]:
    """What the app role is granted. Houses and persons are made and removed by definer functions only."""
    commands = _ALLOWED[fence.app]
    if fence.scope in ("account", "person"):
        return tuple(command for command in commands if command in ("select", "update"))
    return commands


def policies(table: Table, definer: Iterable[str]) -> tuple[Policy, ...]:
    """Every policy of `table`; `definer` are the commands that definer functions run on it."""
    fence: Fence = table.info["fence"]
    found = list(_app_policies(table, fence))
    found.append(Policy(table.name, "migrator_all", MIGRATOR, "all", "true", "true"))
    found.append(Policy(table.name, "backup_select", BACKUP, "select", "true"))
    found += [
        _permissive(table.name, "definer", DEFINER, command, "true") for command in COMMANDS if command in definer
    ]
    return tuple(found)


def _app_policies(table: Table, fence: Fence) -> Iterable[Policy]:
    allowed = allowed_commands(fence)
    if not allowed:
        return
    name = table.name
    if fence.scope == "person":
        members = frozenset({"account_users.account_id", "account_users.user_id"})
        yield Policy(name, "app_tenant", APP, "select", _VISIBLE_PERSON, restrictive=True, needs=members)
        yield Policy(name, "app_self", APP, "update", f"id = {USER_IN_CONTEXT}", f"id = {USER_IN_CONTEXT}", True)
    elif fence.scope != "system":
        house = f"{'id' if fence.scope == 'account' else 'account_id'} = {ACCOUNT_IN_CONTEXT}"
        yield Policy(name, "app_tenant", APP, "all", house, house, True)
    if fence.personal is None and fence.manage is None and allowed == COMMANDS:
        yield Policy(name, "app_all", APP, "all", "true", "true")
        return
    for command in allowed:
        condition = app_condition(table, fence, command)
        named = frozenset(c for c in (fence.personal, fence.personal_or_shared) if c is not None and c in condition)
        yield _permissive(name, "app", APP, command, condition, named)


def app_condition(table: Table, fence: Fence, command: str) -> str:
    """The permissive condition for one command, besides the house."""
    conditions: list[str] = []
    if fence.personal is not None:
        own = f"{fence.personal} = {_person(table, fence.personal)}"
        conditions.append(
            f"({own} or {fence.personal_or_shared})" if fence.personal_or_shared and command == "select" else own
        )
    if fence.manage is not None and command != "select":
        conditions.append(f"(select app.can('{fence.manage.value}'))")
    return " and ".join(conditions) or "true"


def _person(table: Table, column: str) -> str:
    reference: Ref | None = table.c[column].info.get("ref")
    points_to_user = any(key.column.table.name == "users" for key in table.c[column].foreign_keys)
    if points_to_user or (reference is not None and reference.table == "users"):
        return USER_IN_CONTEXT
    return MEMBER_IN_CONTEXT


def _permissive(
    table: str, prefix: str, role: str, command: str, condition: str, needs: frozenset[str] = frozenset()
) -> Policy:
    using = condition if command != "insert" else None
    check = condition if command in ("insert", "update") else None
    return Policy(table, f"{prefix}_{command}", role, command, using, check, needs=needs)
