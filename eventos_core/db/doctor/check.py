"""What a check answers and what it may look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from sqlalchemy import Connection

from eventos_core.db.sync.catalog import Catalog, read
from eventos_core.db.sync.plan import Plan, plan
from eventos_core.db.urls import Urls

Counter = Literal["migrator", "backup"]
MIGRATE = "Run: python -m eventos_core migrate"


@dataclass(frozen=True)
class Check:
    """One line of the report: `detail` says what was found, `hint` what to do when it failed."""

    name: str
    ok: bool
    detail: str
    hint: str = ""


@dataclass
class Place:
    """One connection per login, and what several checks read."""

    urls: Urls
    app: Connection
    migrator: Connection
    backup: Connection
    counts: dict[Counter, dict[str, int] | str] = field(default_factory=dict)
    """Login → rows that it sees by table, or why it cannot, once counted."""

    @cached_property
    def catalog(self) -> Catalog:
        """The database's objects as the migrator reads them."""
        found = read(self.migrator)
        self.migrator.rollback()
        return found

    @cached_property
    def plan(self) -> Plan:
        """What this version of the program wants there."""
        return plan()

    @cached_property
    def synced(self) -> dict[tuple[str, str], str]:
        """(kind, name) → hash of the definition right after the last sync."""
        rows = self.migrator.exec_driver_sql("select kind, name, found from app.synced").all()
        return {(kind, name): found for kind, name, found in rows}

    def rollback(self) -> None:
        """End the transactions of a check, failed or not."""
        for connection in (self.app, self.migrator, self.backup):
            connection.rollback()


def failed(name: str, detail: str, hint: str) -> Check:
    """A check that did not hold."""
    return Check(name, False, detail, hint)


def judged(name: str, problems: Sequence[str], fine: str, hint: str) -> Check:
    """Fine when there are no problems; else the first eight of them."""
    if not problems:
        return Check(name, True, fine)
    shown = "; ".join(problems[:8])
    return failed(name, shown if len(problems) <= 8 else f"{shown}; and {len(problems) - 8} more", hint)
