"""Facts dispatch: upward effects inside the same session and transaction, in a fixed order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from eventos_core.db.session import TenantSession
from eventos_core.kernel.facts import Fact

F = TypeVar("F", bound=Fact)
Handler = Callable[[TenantSession, Any], None]

_handlers: dict[type[Fact], list[Handler]] = defaultdict(list)
_every: list[Handler] = []

# Domains react in layer order, whatever order they were imported in.
_LAYERS = (
    "operations", "tenancy", "directory", "events", "ticketing", "crm", "production", "sponsors", "marketing",
    "finance", "analytics",
)  # fmt: skip


def on(fact: type[F]) -> Callable[[Callable[[TenantSession, F], None]], Callable[[TenantSession, F], None]]:
    """Register a handler for `fact`; an exception in it rolls the whole action back."""

    def register(handler: Callable[[TenantSession, F], None]) -> Callable[[TenantSession, F], None]:
        _handlers[fact].append(handler)
        _handlers[fact].sort(key=_order)
        return handler

    return register


def on_every(handler: Callable[[TenantSession, Fact], None]) -> Callable[[TenantSession, Fact], None]:
    """Register a handler for facts of every type; it runs after those of the fact's own."""
    _every.append(handler)
    return handler


def emit(db: TenantSession, fact: Fact) -> None:
    """Tell every handler of the fact's type; pending ORM changes are flushed first so that they see them."""
    db.flush()
    for handler in (*_handlers[type(fact)], *_every):
        handler(db, fact)


def handlers(fact: type[Fact]) -> tuple[str, ...]:
    """Qualified names of the handlers of `fact` in running order."""
    return tuple(f"{h.__module__}.{h.__qualname__}" for h in _handlers[fact])


def _order(handler: Handler) -> tuple[int, str, str]:
    parts = handler.__module__.split(".")
    domain = parts[1] if len(parts) > 1 else ""
    return (_LAYERS.index(domain) if domain in _LAYERS else len(_LAYERS), handler.__module__, handler.__qualname__)
