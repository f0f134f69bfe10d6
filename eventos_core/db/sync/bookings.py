"""The clash rule: triggers that keep `bookings` in step with the rows that take people, spaces and things.

Statement triggers, not row triggers: a statement that moves many rows first gives back all their old times, and
takes its locks for all of them in one order. `app.rebook` does the work and touches nothing that stays the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Table

from eventos_core.db.sync.functions import Function
from eventos_core.db.sync.triggers import Trigger
from eventos_core.models.base import Booking

_NEW = re.compile(r"\bnew\.([a-z_][a-z0-9_]*)")
_COLUMNS = "account_id, source_id, resource_kind, resource_id, layer, event_id, during"
_EVENTS = (("insert", "new table as new_rows"), ("update", "old table as old_rows new table as new_rows"),
           ("delete", "old table as old_rows"))  # fmt: skip


def booking_triggers(table: Table, columns: Collection[str]) -> Iterable[tuple[Trigger, Function | None]]:
    """Triggers that keep `bookings` in step with `table`, as far as the columns they read exist."""
    books: tuple[Booking, ...] = table.info["books"]
    usable = [book for book in books if _needs(book) <= set(columns)]
    if usable:
        function = _function(table.name, [_wanted(book, "new_rows") for book in usable])
        for position, trigger in enumerate(_statement_triggers(table.name, "eos_50_books", function.name)):
            yield trigger, function if position == 0 else None
    # A host's time is the session's: both tables have a say.
    if table.name == "session_hosts" and {"session_id", "contact_id", "status"} <= set(columns):
        for trigger in _statement_triggers(table.name, "eos_50_books", "app.tg_books_session_hosts()"):
            yield trigger, None
    if table.name == "sessions" and {"starts_at", "ends_at", "cancelled_at"} <= set(columns):
        function_name = "app.tg_books_session_times()"
        yield Trigger(table.name, "eos_51_books_hosts", "after update", function_name, per="statement",
                      referencing="new table as new_rows"), None  # fmt: skip


def _statement_triggers(table: str, name: str, function: str) -> Iterable[Trigger]:
    for event, tables in _EVENTS:
        yield Trigger(table, f"{name}_{event}", f"after {event}", function, per="statement", referencing=tables)


def _needs(book: Booking) -> set[str]:
    named = {book.resource, book.starts, book.ends, *_NEW.findall(book.active)}
    return named | {column for column in (book.event, book.rest_minutes_column) if column is not None}


def _wanted(book: Booking, rows: str) -> str:
    """What the rows of relation `rows` take, in the order of `_COLUMNS`."""
    ends = f"new.{book.ends}"
    if book.rest_minutes_column is not None:
        ends += f" + make_interval(mins => new.{book.rest_minutes_column})"
    event = f"new.{book.event}" if book.event is not None else "null::bigint"
    return (
        f"select new.account_id, new.id, '{book.kind}'::text, new.{book.resource}, '{book.layer}'::text, {event},\n"
        f"        tstzrange(new.{book.starts}, {ends})\n"
        f"      from {rows} as new\n"
        f"      where ({book.active}) and new.{book.resource} is not null\n"
        f"        and new.{book.starts} < new.{book.ends}"
    )


def _function(table: str, wanted: Sequence[str]) -> Function:
    name = f"app.tg_books_{table}()"
    union = "\n      union all\n      ".join(wanted)
    sql = f"""create or replace function {name} returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
#variable_conflict use_column
begin
  if tg_op = 'DELETE' then
    perform app.rebook('{table}', array_agg(o.account_id), array_agg(o.id), null, null, null, null, null, null, null)
    from old_rows o;
  else
    perform app.rebook('{table}', t.accounts, t.ids,
      w.accounts, w.sources, w.kinds, w.resources, w.layers, w.events, w.times)
    from (select array_agg(n.account_id) as accounts, array_agg(n.id) as ids from new_rows n) t,
    (
      select array_agg(account_id) as accounts, array_agg(source_id) as sources, array_agg(resource_kind) as kinds,
        array_agg(resource_id) as resources, array_agg(layer) as layers, array_agg(event_id) as events,
        array_agg(during) as times
      from (
      {union}
      ) as r ({_COLUMNS})
    ) w;
  end if;
  return null;
end $$;"""
    return Function(
        name=name,
        sql=sql,
        security="definer",
        owner="definer",
        access={"public.bookings": frozenset({"select"})},
        grants=("owner",),
        about=f"Keeps bookings in step with {table}.",
        source="bookings of the models",
    )
