"""Fixtures of the sales tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

from eventos_core.db.engine import app_engine
from tests import support


@pytest.fixture
def statements(database: support.Database) -> Iterator[list[str]]:
    """Every statement that the app sends meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    engine = app_engine()
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)
