"""Shared by the tests of tenancy and of what Home and Audit read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from eventos_core.db.engine import app_engine


@pytest.fixture
def count_queries() -> Callable[[Callable[[], Any]], int]:
    """How many statements some work sends to the database as the app."""

    def count(work: Callable[[], Any]) -> int:
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            seen.append(statement)

        engine = app_engine()
        event.listen(engine, "before_cursor_execute", note)
        try:
            work()
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    return count
