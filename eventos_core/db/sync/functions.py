"""Function files: `db/functions/*.sql`, blocks of one function each under a header that says who may do what.

    -- function: app.seal_audit()
    -- security: definer | invoker
    -- owner: definer (default of definer functions) | owner (default of invoker functions)
    -- reads: audit_log, accounts              tables that it selects from
    -- writes: audit_seals (insert), audit_log (update, delete)
    -- grants: app, migrator, backup           who may execute it; nobody else
    -- about: one sentence, becomes COMMENT ON
    create or replace function …;

A table is one of schema public unless qualified; written tables are read too; without a list in parentheses
insert, update and delete are all meant. A header line that starts with spaces after the dashes continues the
line above. `-- view: public.name` starts a view instead (reads and grants; always security_invoker).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Literal

from eventos_core.db.names import ROLES
from eventos_core.kernel.errors import SetupError

_PINNED = re.compile(r"set search_path = pg_catalog, public, extensions, (?:procrastinate, )?pg_temp\b")
Command = Literal["select", "insert", "update", "delete"]

_START = re.compile(r"^-- (function|view):", re.MULTILINE)
_HEADER = re.compile(r"^-- (function|view|security|owner|reads|writes|grants|about):\s*(.*)$")
_CONTINUED = re.compile(r"^--\s{2,}(\S.*)$")
_ITEM = re.compile(r"([a-z_][a-z0-9_.]*)\s*(?:\(([^)]*)\)|((?:\s*(?:select|insert|update|delete)[ /]?)*))\s*(?:,|$)")
_COMMANDS: tuple[Command, ...] = ("insert", "update", "delete")


@dataclass(frozen=True)
class Function:
    """One function of schema app: its DDL and who owns, calls and needs what."""

    name: str
    """With argument types, as in `app.sort_key(text)`."""
    sql: str
    security: Literal["definer", "invoker"] = "invoker"
    owner: Literal["definer", "owner"] = "owner"
    access: Mapping[str, frozenset[Command]] = field(default_factory=dict)
    """Qualified table → commands that the function runs on it."""
    grants: tuple[str, ...] = ()
    about: str = ""
    source: str = ""

    @property
    def tables(self) -> frozenset[str]:
        """The qualified tables without which it makes no sense."""
        return frozenset(self.access)


@dataclass(frozen=True)
class View:
    """One security_invoker view."""

    name: str
    sql: str
    tables: frozenset[str]
    grants: tuple[str, ...]
    about: str = ""


@lru_cache(maxsize=1)
def load() -> tuple[tuple[Function, ...], tuple[View, ...]]:
    """All functions and views of the packaged files, in order of file name and position.

    Raises SetupError naming file and block for a header that breaks the rules.
    """
    functions: list[Function] = []
    views: list[View] = []
    folder = resources.files("eventos_core.db.functions")
    for file in sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name):
        for item in parse(file.read_text(encoding="utf-8"), file.name):
            if isinstance(item, Function):
                functions.append(item)
            else:
                views.append(item)
    names = [function.name for function in functions] + [view.name for view in views]
    if twice := {name for name in names if names.count(name) > 1}:
        raise SetupError(f"Defined twice in the function files: {', '.join(sorted(twice))}.")
    return tuple(functions), tuple(views)


def parse(text: str, source: str) -> Iterator[Function | View]:
    """The blocks of one file. Raises SetupError for a header that breaks the rules."""
    starts = [match.start() for match in _START.finditer(text)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        headers, sql = _split(text[start:end])
        name = headers.get("function") or headers["view"]
        try:
            yield _function(name, headers, sql, source) if "function" in headers else _view(name, headers, sql)
        except ValueError as error:
            raise SetupError(f"{source}: {name}: {error}") from None


def _split(block: str) -> tuple[dict[str, str], str]:
    headers: dict[str, str] = {}
    last = ""
    lines = block.splitlines()
    for number, line in enumerate(lines):
        if match := _HEADER.match(line):
            last = match[1]
            headers[last] = match[2].strip()
        elif last and (match := _CONTINUED.match(line)):
            headers[last] = f"{headers[last]} {match[1].strip()}"
        else:
            return headers, "\n".join(lines[number:]).strip()
    return headers, ""


def _function(name: str, headers: dict[str, str], sql: str, source: str) -> Function:
    name = squeeze(name)
    if not re.fullmatch(r"app\.[a-z0-9_]+\([^()]*(\(\d+\)[^()]*)*\)", name):
        raise ValueError("write the name as app.name(type, type)")
    security = headers.get("security", "")
    if security not in ("definer", "invoker"):
        raise ValueError("security must be definer or invoker")
    owner = headers.get("owner", "definer" if security == "definer" else "owner").split()[0]
    if owner not in ("definer", "owner"):
        raise ValueError("owner must be definer or owner")
    lowered = re.sub(r"\s+", " ", sql.lower())
    bare = name.partition("(")[0]
    if not lowered.startswith(f"create or replace function {bare}("):
        raise ValueError(f"the block must begin with create or replace function {bare}(")
    if ("security definer" in lowered) != (security == "definer"):
        raise ValueError("header and function disagree on security")
    if security == "definer" and not _PINNED.search(lowered):
        raise ValueError("a definer function must pin: set search_path = pg_catalog, public, extensions, pg_temp")
    if not sql.endswith(";"):
        raise ValueError("the block must end with a semicolon")
    return Function(
        name=name,
        sql=sql,
        security="definer" if security == "definer" else "invoker",
        owner="definer" if owner == "definer" else "owner",
        access=_access(headers.get("reads", ""), headers.get("writes", "")),
        grants=_grants(headers.get("grants", "")),
        about=headers.get("about", ""),
        source=source,
    )


def _view(name: str, headers: dict[str, str], sql: str) -> View:
    if "security_invoker" not in sql.lower() or not sql.lower().startswith(f"create or replace view {name}"):
        raise ValueError("a view begins with create or replace view and is security_invoker")
    tables = frozenset(_access(headers.get("reads", ""), ""))
    return View(name, sql, tables, _grants(headers.get("grants", "")), headers.get("about", ""))


def _access(reads: str, writes: str) -> dict[str, frozenset[Command]]:
    found: dict[str, frozenset[Command]] = {}
    for table, _ in _items(reads):
        found[table] = frozenset({"select"})
    for table, commands in _items(writes):
        before = found.get(table, frozenset())
        found[table] = frozenset[Command]({"select"}) | before | (commands or frozenset(_COMMANDS))
    return found


def _items(text: str) -> Iterator[tuple[str, frozenset[Command]]]:
    rest = text.strip().rstrip(".")
    if rest in ("", "-", "none"):
        return
    position = 0
    while position < len(rest):
        match = _ITEM.match(rest, position)
        if match is None or match.end() == position:
            raise ValueError(f"cannot read the list of tables at “{rest[position : position + 40]}”")
        words = re.split(r"[\s,/]+", (match[2] or match[3] or "").strip())
        if wrong := set(words) - {"", "select", *_COMMANDS}:
            raise ValueError(f"unknown command {', '.join(sorted(wrong))}")
        table = match[1] if "." in match[1] else f"public.{match[1]}"
        yield table, frozenset(command for command in _COMMANDS if command in words)
        position = match.end()
        while position < len(rest) and rest[position] == " ":
            position += 1


def _grants(text: str) -> tuple[str, ...]:
    names = tuple(part for part in re.split(r"[\s,]+", text) if part and part not in ("-", "none", "nobody"))
    if wrong := set(names) - set(ROLES):
        raise ValueError(f"grants names unknown roles: {', '.join(sorted(wrong))}")
    return tuple(sorted(set(names)))


def squeeze(name: str) -> str:
    """`app.f( text,  bigint )` as `app.f(text, bigint)`."""
    bare, _, arguments = name.strip().partition("(")
    parts = [re.sub(r"\s+", " ", part.strip()) for part in arguments.rstrip(")").split(",") if part.strip()]
    return f"{bare.strip()}({', '.join(parts)})"
