"""What pickers offer: owners, companies, labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import streamlit as st

from eventos_core.directory import queries
from eventos_core.kernel.permissions import Permission
from eventos_core.tenancy import queries as tenancy
from eventos_core.ui import cache, page
from eventos_core.ui.page import Form, PageContext

T = TypeVar("T")
Entity = Literal["contacts", "organizations"]


@dataclass(frozen=True)
class Offered:
    """Members by id, companies by id (at most 1 000), labels by use."""

    owners: Mapping[int, str]
    organizations: Mapping[int, str]
    tags: Sequence[str]


def offered(ctx: PageContext, entity: Entity, *, include: int | None = None) -> Offered:
    """Fresh choices for a form, in one transaction; `include` is the company chosen now."""
    with page.reading(ctx) as db:
        return Offered(
            owners=tenancy.member_choices(db) if ctx.can(Permission.TEAM_READ) else {},
            organizations=queries.organization_choices(db, include=include),
            tags=queries.tag_choices(db, entity),
        )


def for_filters(ctx: PageContext, entity: Entity) -> Offered:
    """Choices for the filter row, at most a minute old."""
    return cache.kept(ctx, f"{entity}_choices", 0, lambda: offered(ctx, entity))


def seen(form: Form, record: T) -> T:
    """The record as it was when this render of the form was first drawn.

    Every run reads the record anew; what is compared when saving must be what the person saw, or somebody else's
    change would count as seen.
    """
    slot = f"_seen_{form.name}"
    kept: tuple[str, Any] | None = st.session_state.get(slot)
    if kept is None or kept[0] != form.key:
        kept = (form.key, record)
        st.session_state[slot] = kept
    found: T = kept[1]
    return found


def pick_id(form: Form, name: str, label: str, names: Mapping[int, str], value: int | None, **more: Any) -> int | None:
    """One of `names` by id, or none."""
    ids = list(names)
    if value is not None and value not in names:
        ids.append(value)
    return form.field(
        name,
        st.selectbox,
        label,
        ids,
        index=ids.index(value) if value is not None else None,
        format_func=lambda row_id: names.get(row_id, "–"),
        placeholder="None",
        **more,
    )


def pick_text(
    form: Form, name: str, label: str, names: Mapping[str, str], value: str | None, **more: Any
) -> str | None:
    """One of `names` by key, or none."""
    keys = list(names)
    return form.field(
        name,
        st.selectbox,
        label,
        keys,
        index=keys.index(value) if value in keys else None,
        format_func=lambda key: names.get(key, key),
        placeholder="None",
        **more,
    )


def pick_tags(
    form: Form, name: str, label: str, known: Sequence[str], value: Sequence[str], **more: Any
) -> tuple[str, ...]:
    """Labels in use, or new ones typed."""
    options = sorted({*known, *value})
    chosen = form.field(
        name, st.multiselect, label, options, default=list(value), accept_new_options=True,
        placeholder="Choose, or type a new one", **more,
    )  # fmt: skip
    return tuple(chosen or ())


def handles_text(socials: Mapping[str, str]) -> str:
    """Handles as lines `network: handle`."""
    return "\n".join(f"{network}: {handle}" for network, handle in socials.items())


def handles_from(text: str) -> dict[str, str]:
    """Lines `network: handle` as a mapping; a line without a colon counts as the network of that name."""
    found = {}
    for line in text.splitlines():
        network, _, handle = line.partition(":")
        if network.strip():
            found[network.strip()] = handle.strip()
    return found
