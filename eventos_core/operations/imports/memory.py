"""The interpreter's garbage collection while a whole file is in memory."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_FULL = gc.get_threshold()[2]
_NEVER = 1_000_000


@contextmanager
def young_collections_only() -> Iterator[None]:
    """No full collection meanwhile: each would walk all rows of the file, of which none is garbage.

    Holds for the process; young objects are collected as ever. Where two overlap, the first to end ends it for both.
    """
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, _NEVER)
    try:
        yield
    finally:
        gc.set_threshold(young, middle, _FULL)
