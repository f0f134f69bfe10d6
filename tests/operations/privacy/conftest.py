"""A person who is everything at once, and the search that finds what is left of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.operations.privacy.subject import Subject, make_subject
from tests.support import Database, TestHouse


@pytest.fixture
def subject(house: TestHouse, database: Database) -> Subject:
    """Jeanne, in every table that knows people, by way of an import, a merge and messages."""
    return make_subject(house, database)


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of this test alone: databases of one run number their houses alike, and notes of erasures stay."""
    monkeypatch.setenv("EVENTOS_FILES_DIR", str(tmp_path / "files"))
