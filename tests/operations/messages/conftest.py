"""Fixtures of the message tests: a mail server, a mailbox of files, and looking into the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operations.messages.mail_server import MailServer
from tests.support import Database
from tests.tenancy.conftest import count_queries as count_queries


@pytest.fixture
def nothing_waiting(database: Database) -> None:
    """No job of an earlier test waits: the worker has two hands, and another house's mail could come first."""
    with database.as_login("migrator", autocommit=True) as connection:
        connection.execute("delete from procrastinate.procrastinate_jobs where status = 'todo'")


@pytest.fixture
def mail_server(monkeypatch: pytest.MonkeyPatch, nothing_waiting: None) -> Iterator[MailServer]:
    """A running mail server that EVENTOS_SMTP_URL names."""
    server = MailServer().start()
    monkeypatch.setenv("EVENTOS_SMTP_URL", server.url)
    monkeypatch.setenv("EVENTOS_MAIL_FROM", "events@mail.example")
    monkeypatch.setenv("EVENTOS_BASE_URL", "https://events.example")
    yield server
    server.stop()


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, nothing_waiting: None) -> Path:
    """Mail is written here as files."""
    monkeypatch.delenv("EVENTOS_SMTP_URL", raising=False)
    monkeypatch.setenv("EVENTOS_MAIL_DIR", str(tmp_path / "mail"))
    monkeypatch.setenv("EVENTOS_BASE_URL", "https://events.example")
    return tmp_path / "mail"
