"""Fixtures of the message tests: a mail server, a mailbox of files, and looking into the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operations.messages.mail_server import MailServer
from tests.support import Database
from tests.tenancy.conftest import count_queries as count_queries


def nothing_waits(database: Database) -> None:
    """Drop the jobs of earlier tests: the worker has two hands, and another house's mail could come first."""
    with database.as_login("migrator", autocommit=True) as connection:
        connection.execute("delete from procrastinate.procrastinate_jobs where status = 'todo'")


@pytest.fixture
def mail_server(monkeypatch: pytest.MonkeyPatch, database: Database) -> Iterator[MailServer]:
    """A running mail server that EVENTOS_SMTP_URL names."""
    nothing_waits(database)
    server = MailServer().start()
    monkeypatch.setenv("EVENTOS_SMTP_URL", server.url)
    monkeypatch.setenv("EVENTOS_MAIL_FROM", "events@mail.example")
    monkeypatch.setenv("EVENTOS_BASE_URL", "https://events.example")
    yield server
    server.stop()


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: Database) -> Path:
    """Mail is written here as files."""
    nothing_waits(database)
    monkeypatch.delenv("EVENTOS_SMTP_URL", raising=False)
    monkeypatch.setenv("EVENTOS_MAIL_DIR", str(tmp_path / "mail"))
    monkeypatch.setenv("EVENTOS_BASE_URL", "https://events.example")
    return tmp_path / "mail"
