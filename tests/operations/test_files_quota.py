"""The house's room for files, with two uploads at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, local
from typing import Any

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.kernel.errors import FileRefused
from eventos_core.operations.files import commands, limits, queries, stores, storing
from eventos_core.operations.files.commands import StoreFile
from tests.operations.files_support import picture
from tests.support import TestHouse

pytestmark = pytest.mark.database
FILES = (picture(colour="#111111"), picture(colour="#222222"))
ROOM = max(map(len, FILES))


@pytest.fixture
def together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Barrier:
    """Room for one of the two files; both threads have found it before either goes on."""
    monkeypatch.setenv("EVENTOS_FILES_DIR", str(tmp_path))
    monkeypatch.setattr(limits, "quota_bytes", lambda: ROOM)
    barrier = Barrier(2)
    new_key = stores.new_key

    def meeting(account_id: int) -> str:
        barrier.wait()
        return new_key(account_id)

    monkeypatch.setattr(stores, "new_key", meeting)
    return barrier


def upload_both(house: TestHouse) -> list[bool]:
    """Whether each of the two was taken."""

    def upload(content: bytes) -> bool:
        try:
            execute(house.owner, commands.store_file, StoreFile("look.png", content))
        except FileRefused:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        return sorted(threads.map(upload, FILES))


@pytest.mark.usefixtures("together")
def test_of_two_at_once_one_finds_no_room(house: TestHouse) -> None:
    assert upload_both(house) == [False, True]
    assert read(house.owner, queries.media_room).used <= ROOM


def test_without_the_queue_both_would_pass(
    house: TestHouse, together: Barrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why there is one: each looks before the other has committed."""
    looked, seen = storing._check_room, local()

    def look(*given: Any) -> None:
        looked(*given)
        seen.times = getattr(seen, "times", 0) + 1
        if seen.times == 2:
            together.wait()

    monkeypatch.setattr(storing, "_queue", lambda _: None)
    monkeypatch.setattr(storing, "_check_room", look)
    assert upload_both(house) == [True, True]
    assert read(house.owner, queries.media_room).used > ROOM
