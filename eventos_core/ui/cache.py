"""The one place that keeps computed values between runs.

Streamlit's caches belong to the whole process, so a cached value would pass from house to house unless the house is
part of its key. Here account, permissions and data version are always part of it: what one member may see is never
answered to another, and a change of role or data makes a new key rather than a stale answer.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar, cast

import streamlit as st

from eventos_core.kernel.context import Context

T = TypeVar("T")

SECONDS = 60
ENTRIES = 512


class Seen(Protocol):
    """What the key needs of a page's context."""

    @property
    def house(self) -> Context:
        """Account, member and permission version."""
        ...


@st.cache_data(ttl=SECONDS, max_entries=ENTRIES, show_spinner=False)
def _kept(
    name: str,
    account_id: int,
    permission_version: str,
    data_version: Hashable,
    arguments: tuple[Hashable, ...],
    _compute: Callable[[], Any],
) -> Any:
    """Every argument but `_compute` is the key."""
    return _compute()


def kept(ctx: Seen, name: str, data_version: Hashable, compute: Callable[[], T], *arguments: Hashable) -> T:
    """What `compute` returned for this name, house, permissions, data version and arguments; at most a minute old.

    `data_version` changes with the data (a live counter's version, an `updated_at`); `arguments` are all that `compute`
    depends on besides. Each caller gets a copy.
    """
    house = ctx.house
    return cast(T, _kept(name, house.account_id, house.permission_version, data_version, arguments, compute))
