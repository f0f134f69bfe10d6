"""`@command` and `@query`: what an actor can do, declared once, guarded once, run at one edge.

A command is a function `(db, input) -> result` where input and result are frozen dataclasses; it checks, writes
and emits facts, and never commits. A query is a function `(db, …) -> frame or dataclass` run read-only.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import hashlib
import inspect
import json
import types
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Concatenate, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

from psycopg import errors as pg
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from eventos_core.db.session import TenantSession, reading, retrying, unit_of_work
from eventos_core.kernel import secret_keys
from eventos_core.kernel.context import ActorKind
from eventos_core.kernel.credentials import Credential
from eventos_core.kernel.errors import (
    AlreadyExists,
    Clash,
    Conflict,
    IdempotencyMismatch,
    InvalidInput,
    PermissionDenied,
    RequestOutstanding,
    TemporarilyUnavailable,
)
from eventos_core.kernel.permissions import Permission

P = ParamSpec("P")
R = TypeVar("R")
I = TypeVar("I")  # noqa: E741 input

PEOPLE = frozenset({ActorKind.MEMBER, ActorKind.OPERATOR, ActorKind.SETUP})
"""A person at a page or at the command line."""
CLIENTS = PEOPLE | {ActorKind.API_KEY}
"""People and their API keys; no background job."""
EVERYONE = PEOPLE | {ActorKind.API_KEY, ActorKind.JOB}
"""People, their API keys and their background jobs: the default of commands and queries."""


@dataclasses.dataclass(frozen=True)
class Command:
    """A registered command: its name, what it takes and gives, who may run it."""

    name: str
    function: Callable[..., Any]
    input_type: type[Any]
    result_type: Any
    permission: Permission
    actors: frozenset[ActorKind]
    keeps_answer: bool
    """Whether an idempotency key keeps the answer; never where it holds a secret: a repeat then runs again."""


@dataclasses.dataclass(frozen=True)
class Query:
    """A registered query."""

    name: str
    function: Callable[..., Any]
    permission: Permission
    actors: frozenset[ActorKind]


COMMANDS: dict[str, Command] = {}
QUERIES: dict[str, Query] = {}


def command(
    *, requires: Permission, actors: frozenset[ActorKind] = EVERYONE, keeps_answer: bool = True
) -> Callable[[Callable[[TenantSession, I], R]], Callable[[TenantSession, I], R]]:
    """Register a command that needs `requires`; the check runs before the body, on every path.

    The input must be a frozen dataclass, the result a frozen JSON-able dataclass: that is what idempotency stores
    and an API answers. The permission is read from the context that the database resolved in this transaction.
    """

    def register(function: Callable[[TenantSession, I], R]) -> Callable[[TenantSession, I], R]:
        hints = get_type_hints(function)
        names = list(inspect.signature(function).parameters)
        if len(names) != 2:
            raise TypeError(f"Command {function.__name__} takes (db, input).")
        input_type: type[Any] = hints[names[1]]
        if not _is_frozen(input_type):
            raise TypeError(f"The input of command {function.__name__} must be a frozen dataclass.")
        if function.__name__ in COMMANDS:
            raise TypeError(f"Two commands are called {function.__name__}.")

        @functools.wraps(function)
        def guarded(db: TenantSession, given: I) -> R:
            _check(db, function.__name__, requires, actors)
            return function(db, given)

        COMMANDS[function.__name__] = Command(
            function.__name__, guarded, input_type, hints.get("return"), requires, actors, keeps_answer
        )
        return guarded

    return register


def query(
    *, requires: Permission, actors: frozenset[ActorKind] = EVERYONE
) -> Callable[[Callable[Concatenate[TenantSession, P], R]], Callable[Concatenate[TenantSession, P], R]]:
    """Register a query that needs `requires`."""

    def register(
        function: Callable[Concatenate[TenantSession, P], R],
    ) -> Callable[Concatenate[TenantSession, P], R]:
        name = f"{function.__module__.split('.')[1]}.{function.__name__}"
        if name in QUERIES:
            raise TypeError(f"Two queries are called {name}.")

        @functools.wraps(function)
        def guarded(db: TenantSession, /, *args: P.args, **kwargs: P.kwargs) -> R:
            _check(db, function.__name__, requires, actors)
            return function(db, *args, **kwargs)

        QUERIES[name] = Query(name, guarded, requires, actors)
        return guarded

    return register


def allow(db: TenantSession, registered: Command | Query) -> None:
    """Raises PermissionDenied unless the actor may run it; for edges that read input only of those who may."""
    _check(db, registered.name, registered.permission, registered.actors)


def _is_frozen(kind: Any) -> bool:
    return dataclasses.is_dataclass(kind) and bool(getattr(kind, "__dataclass_params__").frozen)  # noqa: B009 untyped


def _check(db: TenantSession, action: str, requires: Permission, actors: frozenset[ActorKind]) -> None:
    context = db.context
    if context.actor_kind not in actors or not context.can(requires):
        raise PermissionDenied(
            "You may not do this.",
            hint="Ask an owner or admin of the house for it.",
            permission=requires.value,
            action=action,
        )


def execute(
    credential: Credential,
    run: Callable[[TenantSession, I], R],
    given: I,
    *,
    idempotency_key: str | None = None,
    engine: Engine | None = None,
    request_id: str | None = None,
) -> R:
    """Run one command in one transaction and commit it; what every edge (page, route, command line) calls.

    With `idempotency_key` (at most 200 characters, unique per house and effect) a repeat answers the stored result
    and does nothing; while the first is still running the repeat waits for it. The same key with another input
    raises IdempotencyMismatch, one whose first request outlasts the lock timeout RequestOutstanding; a command that
    keeps no answer runs anew each time. Deadlocks and lock timeouts are retried. Constraint violations that the command
    did not foresee become Conflict with the constraint's rule, never a raw database error.
    """

    def once() -> R:
        with unit_of_work(credential, engine=engine, request_id=request_id) as db:
            if idempotency_key is None:
                return run(db, given)
            return _once_only(db, run, given, idempotency_key)

    try:
        return retrying(once)
    except DBAPIError as error:
        raise translate(error) from error


def read(
    credential: Credential,
    run: Callable[Concatenate[TenantSession, P], R],
    *args: P.args,
    **kwargs: P.kwargs,
) -> R:
    """Run one query in one READ ONLY transaction."""
    try:
        with reading(credential) as db:
            return run(db, *args, **kwargs)
    except DBAPIError as error:
        raise translate(error) from error


def _once_only(db: TenantSession, run: Callable[[TenantSession, I], R], given: I, key: str) -> R:
    if len(key) > 200:
        raise InvalidInput("The idempotency key is longer than 200 characters.")
    name = getattr(run, "__name__", "")
    context = db.context
    if not context.can_write:
        return run(db, given)  # read-only: the permission check inside answers
    if name in COMMANDS and not COMMANDS[name].keeps_answer:
        return run(db, given)
    marks = secret_keys.marks("request", f"{name}\n{_dump(given)}".encode())  # the input may hold a secret
    if not _is_first(db, key, name, marks[0]):
        stored = db.execute(
            text("select request_hash, response from idempotency_keys where account_id = :a and key = :k"),
            {"a": context.account_id, "k": key},
        ).one()
        if bytes(stored.request_hash) not in marks:
            raise IdempotencyMismatch(
                "This form was already sent with other values.", hint="Reload the page and send it again."
            )
        earlier: R = restored(stored.response, COMMANDS[name].result_type if name in COMMANDS else None)
        return earlier
    result = run(db, given)
    db.flush()
    db.execute(
        text("update idempotency_keys set response = cast(:r as jsonb) where account_id = :a and key = :k"),
        {"a": context.account_id, "k": key, "r": _dump(result)},
    )
    return result


def _is_first(db: TenantSession, key: str, name: str, mark: bytes) -> bool:
    """Whether this request is the first with that key; waits for one that is on its way."""
    insert = text(
        "insert into idempotency_keys (account_id, key, command, request_hash) values (:a, :k, :c, :h)"
        " on conflict (account_id, key) do nothing returning id"
    )
    try:
        found = db.execute(insert, {"a": db.context.account_id, "k": key, "c": name, "h": mark})
    except DBAPIError as error:
        if isinstance(error.orig, pg.LockNotAvailable):
            raise RequestOutstanding(
                "The same request is still being worked on.",
                hint="Wait a moment, then send it again as it was.",
            ) from error
        raise
    return found.scalar() is not None


def plain(value: Any) -> Any:
    """`value` as JSON can hold it; `restored` makes it whole again."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return value


def restored(stored: Any, hint: Any) -> Any:
    """What `plain` made of a value of the type `hint`: frozen dataclasses, tuples, enums, days and times again.

    Bytes do not come back: only their hash was kept.
    """
    if get_origin(hint) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not type(None)]
        return stored if stored is None or len(kinds) != 1 else restored(stored, kinds[0])
    if isinstance(stored, list):
        kinds = list(get_args(hint))
        alike = len(kinds) != len(stored) or kinds[-1:] == [...]
        each = [kinds[0] if kinds else Any] * len(stored) if alike else kinds
        values = tuple(restored(value, kind) for value, kind in zip(stored, each, strict=True))
        return frozenset(values) if get_origin(hint) is frozenset else values
    if not isinstance(hint, type):
        return stored
    if dataclasses.is_dataclass(hint) and isinstance(stored, dict):
        kinds_of = get_type_hints(hint)
        # A field that was added since takes its default.
        known = [f for f in dataclasses.fields(hint) if f.name in stored or f.default is dataclasses.MISSING]
        return hint(**{f.name: restored(stored.get(f.name), kinds_of[f.name]) for f in known})
    if isinstance(stored, str) and issubclass(hint, StrEnum):
        return hint(stored)
    if isinstance(stored, str) and issubclass(hint, (dt.date, dt.time)):
        return hint.fromisoformat(stored)
    return stored


def _dump(value: Any) -> str:
    return json.dumps(plain(value), sort_keys=True, ensure_ascii=False, default=str)


def translate(error: DBAPIError) -> Exception:
    """What a database error means to a person; unknown ones are returned unchanged (a defect, with reference)."""
    original = error.orig
    constraint = getattr(getattr(original, "diag", None), "constraint_name", None) or ""
    if isinstance(original, pg.ExclusionViolation):
        return Clash("This overlaps with another booking.", hint="Choose another time, room or person.")
    if isinstance(original, pg.UniqueViolation):
        what = _in_words(constraint, original)
        return AlreadyExists(f"That value is already taken{what}.", hint="Choose another one.")
    if isinstance(original, pg.ForeignKeyViolation):
        return Conflict(
            "Something this refers to does not exist or is still in use.", hint="Reload the page and try again."
        )
    if isinstance(original, (pg.CheckViolation, pg.NotNullViolation)):
        what = _in_words(getattr(original.diag, "column_name", None) or constraint, original)
        return InvalidInput(f"A value is not allowed{what}.", hint="Check the form and try again.")
    if isinstance(original, pg.DataError):  # class 22: too large, too far away, not what was expected
        return InvalidInput("A value is outside what can be stored.", hint="Check numbers, dates and texts.")
    if isinstance(original, pg.ReadOnlySqlTransaction):
        return PermissionDenied("You can look, not change.", hint="Ask an owner or admin of the house for more.")
    if isinstance(original, pg.InsufficientPrivilege):
        return PermissionDenied("The database refused this.", hint="Ask an owner or admin of the house.")
    if isinstance(original, pg.QueryCanceled) or (
        isinstance(original, pg.OperationalError) and not isinstance(error, IntegrityError)
    ):
        return TemporarilyUnavailable("The database does not answer.", hint="Try again in a moment.")
    return error


def _in_words(name: str, error: Any) -> str:
    """A column or a constraint, which is named by what it demands, as the end of a sentence."""
    table = getattr(getattr(error, "diag", None), "table_name", None) or ""
    bare = name
    for prefix in ("ck_", "uq_", "ux_", "ex_", "pk_", f"{table}_", "account_id_"):
        bare = bare.removeprefix(prefix)
    return f": {bare.replace('_', ' ')}" if bare else ""
