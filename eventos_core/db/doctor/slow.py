"""Which statements take longest, as the server counts them: texts without values, of this database's own logins.

The server shows a login what it ran itself, so each of the three is asked for its own and none needs the right to look
into others. pg_stat_statements puts $1 in place of a value; it may fail to when its table is full, and says nothing of
it, so whatever still looks like a value is taken out here as well.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, NullPool, create_engine, make_url
from sqlalchemy.exc import DBAPIError

from eventos_core.db.bootstrap import EXTENSION_SCHEMA, WATCHING
from eventos_core.db.urls import LOGINS, Urls
from eventos_core.kernel.errors import SetupError

Order = Literal["total", "mean"]
_SWITCH_ON = (
    f"Let the server's administrator add {WATCHING} to shared_preload_libraries, restart the server, and run in this"
    f" database: create extension {WATCHING} schema {EXTENSION_SCHEMA}. Hosting services have a switch for it."
)
_ROWS = """
select s.calls, s.mean_exec_time, s.total_exec_time, s.rows, s.query
  from {schema}.pg_stat_statements s
 where s.dbid = (select oid from pg_database where datname = current_database())
   and s.userid = (select oid from pg_roles where rolname = current_user)
   and s.query ~* '^[[:space:](]*(select|insert|update|delete|merge|with|values)[[:space:](]'
 order by {order} desc limit {limit}
"""
# One pass, so that a quote within a name or a comment begins no text.
_VALUES = re.compile(
    r"""
    (?P<comment> --[^\n]* | /\*.*?(?:\*/|\Z) )
  | (?P<name> "(?:[^"]|"")*"? )
  | (?P<value> [eE]'(?:[^'\\]|''|\\.)*(?:'|\Z)
      | (?:[bBxXnN]|[uU]&)?'(?:[^']|'')*(?:'|\Z)
      | \$(?P<tag>[^\W\d]\w*)\$.*?(?:\$(?P=tag)\$|\Z) | \$\$.*?(?:\$\$|\Z)
      | (?<![\w$.])\d[\w.]*(?:(?<=[eE])[+-]\d+)? | (?<![\w$.])\.\d\w* )
  | (?P<word> \$\d+ | [^\W\d][\w$]* )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Statement:
    """One statement by its text without values; times in milliseconds, of the server alone."""

    login: str
    calls: int
    mean_ms: float
    total_ms: float
    rows: int
    query: str


@dataclass(frozen=True)
class Slow:
    """The slowest statements, counted since `since` (None where the server does not say)."""

    since: dt.datetime | None
    statements: tuple[Statement, ...]


def slowest(urls: Urls, *, by: Order = "total", limit: int = 20) -> Slow:
    """What took the server longest, in all or at a time. Raises SetupError where it does not count, saying how to."""
    found: list[Statement] = []
    since: list[dt.datetime] = []
    for login in LOGINS:
        engine = create_engine(make_url(urls.of(login)), poolclass=NullPool)
        with engine.connect() as connection:
            schema = _schema(connection)
            order = "s.total_exec_time" if by == "total" else "s.mean_exec_time"
            try:
                rows = connection.exec_driver_sql(_ROWS.format(schema=schema, order=order, limit=int(limit))).all()
                reset = connection.exec_driver_sql(f"select stats_reset from {schema}.pg_stat_statements_info").scalar()
            except DBAPIError as error:
                said = str(error.orig).strip().splitlines()[0]
                raise SetupError(f"The server does not count statements: {said}.", hint=_SWITCH_ON) from error
        found += [Statement(login, row[0], row[1], row[2], row[3], without_values(row[4])) for row in rows]
        since += [reset] if reset else []
    found.sort(key=lambda one: one.total_ms if by == "total" else one.mean_ms, reverse=True)
    return Slow(min(since, default=None), tuple(found[:limit]))


def without_values(query: str) -> str:
    """The statement on one line, without comments, every literal text and number replaced by “?”.

    Names and parameters ($1) stay. What is open at the end, as in a text cut short, counts as a value to its end.
    """

    def kept(match: re.Match[str]) -> str:
        if match["comment"]:
            return " "
        return "?" if match["value"] else match[0]

    return " ".join(_VALUES.sub(kept, query).split())


def _schema(connection: Connection) -> str:
    schema = connection.exec_driver_sql(
        "select quote_ident(n.nspname) from pg_extension e join pg_namespace n on n.oid = e.extnamespace"
        " where e.extname = %s",
        (WATCHING,),
    ).scalar()
    if schema is None:
        raise SetupError("The server does not count statements in this database.", hint=_SWITCH_ON)
    return str(schema)
