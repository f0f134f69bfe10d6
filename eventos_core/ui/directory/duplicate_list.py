"""The list of pairs that may be one: filter row, why they are alike, what was told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import pandas as pd
import streamlit as st

from eventos_core.directory import commands, queries
from eventos_core.directory.commands import DismissDuplicate, ProposeAgain
from eventos_core.directory.queries import DuplicateCounts, DuplicateFilter
from eventos_core.directory.rules.duplicates import LIKELY
from eventos_core.enums.base import LabelledEnum
from eventos_core.enums.directory import MergeEntity
from eventos_core.operations.lists import PageOf
from eventos_core.ui import formats, page, tables
from eventos_core.ui.directory import choices
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext
from eventos_core.ui.segments import segments

PREFIX = "duplicates"
_SURE = 80
_OF = {MergeEntity.CONTACT: "People", MergeEntity.ORGANIZATION: "Organisations"}
_PAGE = {MergeEntity.CONTACT: "sales_contacts", MergeEntity.ORGANIZATION: "sales_organizations"}
_TABLE: dict[MergeEntity, choices.Entity] = {MergeEntity.CONTACT: "contacts", MergeEntity.ORGANIZATION: "organizations"}
_PARAMETER = {MergeEntity.CONTACT: "contact", MergeEntity.ORGANIZATION: "organization"}


class Shown(LabelledEnum):
    """Which pairs; all that are proposed where nothing is chosen."""

    LIKELY = "likely"
    DISMISSED = "dismissed"

    @property
    def label(self) -> str:
        """As the control says it."""
        return {"likely": "Likely", "dismissed": "Told apart"}[self.value]


class By(LabelledEnum):
    """What both have."""

    EMAIL = "email"
    PHONE = "phone"
    DOMAIN = "domain"
    NAME = "name"

    @property
    def label(self) -> str:
        """As the control says it."""
        return {"email": "E-mail", "phone": "Phone", "domain": "Domain", "name": "Name"}[self.value]


@dataclass(frozen=True)
class Wish:
    """The filter row as the URL says it."""

    show: Shown | None = None
    by: By | None = None
    owner: int | None = None


def filter_row(ctx: PageContext) -> tuple[DuplicateFilter, bool]:
    """Draw the filter row; returns the filter for the query, and whether the pairs told apart are wanted."""
    of = segments(
        "Of what", f"{PREFIX}_of", [entity.value for entity in MergeEntity], MergeEntity.CONTACT.value,
        format_func=lambda value: _OF[MergeEntity(value)], clears=(f"{PREFIX}_at", f"{PREFIX}_by", "merge"),
    )  # fmt: skip
    entity = MergeEntity(of)
    wish = page.filters(
        Wish, prefix=PREFIX, labels={"by": "Same", "owner": "Owner of one of the two"},
        options={"owner": choices.for_filters(ctx, _TABLE[entity]).owners},
    )  # fmt: skip
    by = wish.by.value if wish.by else ""
    return (
        DuplicateFilter(entity, by, wish.owner, possible=wish.show is not Shown.LIKELY),
        wish.show is Shown.DISMISSED,
    )


def summary(counts: DuplicateCounts) -> None:
    """How many pairs there are, in a line."""
    likely = formats.plural(counts.likely, "likely pair")
    st.caption(f"{likely} · {formats.count(counts.possible)} possible · {formats.count(counts.dismissed)} told apart")


def pairs(ctx: PageContext, found: PageOf, wanted: DuplicateFilter) -> None:
    """One page of pairs, each with the way to compare it and to tell it apart."""
    if found.frame.empty:
        page.nothing_yet(
            "No two look like one.", icon="done_all",
            hint="Records are compared by e-mail, phone, domain and name as they come in.",
        )  # fmt: skip
    for row in tables.records(found.frame):
        _pair(ctx, wanted.entity, row)
    page.pager(found, prefix=PREFIX)


def told_apart(ctx: PageContext, frame: pd.DataFrame) -> None:
    """Pairs that somebody found to be two, with the way to propose them again."""
    if frame.empty:
        page.nothing_yet("No pair was told apart yet.", icon="call_split")
    for row in tables.records(frame):
        with st.container(
            border=True, horizontal=True, vertical_alignment="center", key=f"duplicates_told_{row['id']}"
        ):
            day = formats.date(row["created_at"].astimezone(ctx.house.zone), ctx.locale)
            said = " · ".join(part for part in (row["reason"], f"{day} by {row['by']}" if row["by"] else day) if part)
            st.markdown(
                f"**{escaped(row['first'])}** and **{escaped(row['second'])}**  \n:gray[:small[{escaped(said)}]]",
                width="stretch",
            )
            name = f"again_{row['id']}"
            if page.pressed("Propose again", name=name, icon="undo"):
                page.act(ctx, commands.propose_again, ProposeAgain(row["id"]), key=name, done="Proposed again.")


def next_of(ctx: PageContext, entity: MergeEntity, winner_id: int) -> NoReturn:
    """After a merge: the next likely pair of the same record, so that a group is done in one sitting; else the list."""
    left = page.read(ctx, queries.duplicates_of, entity, winner_id)
    for row in tables.records(left):
        if row["score_ppm"] >= LIKELY * 10_000:
            other = row["second_id"] if row["first_id"] == winner_id else row["first_id"]
            page.open_drawer(merge=f"{winner_id}-{other}")
    page.close_drawer("merge")


def _pair(ctx: PageContext, entity: MergeEntity, row: dict[str, Any]) -> None:
    key = f"{row['first_id']}_{row['second_id']}"
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"duplicates_pair_{key}"):
        with st.container(gap="xxsmall", width="stretch"):
            with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"duplicates_names_{key}"):
                for side in ("first", "second"):
                    _named(entity, row, side)
            with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"duplicates_why_{key}"):
                _sure(row["score_ppm"] // 10_000)
                why = f"{row['why']}: {row['shared']}" if row["shared"] else row["why"]
                st.caption(escaped(why), width="content")
        with st.container(horizontal=True, gap="small", width="content", key=f"duplicates_do_{key}"):
            _actions(ctx, entity, row, key)


def _named(entity: MergeEntity, row: dict[str, Any], side: str) -> None:
    """One of the two and what it is, in a group of its own that a narrow screen does not tear apart."""
    with st.container(
        horizontal=True, gap="small", vertical_alignment="center", width="content",
        key=f"duplicates_{side}_{row['first_id']}_{row['second_id']}",
    ):  # fmt: skip
        if side == "second":
            st.markdown(":gray[and]", width="content")
        page.link(escaped(row[side]), page=_PAGE[entity], **{_PARAMETER[entity]: row[f"{side}_id"]})
        if row[f"{side}_about"]:
            st.caption(escaped(row[f"{side}_about"]), width="content")


def _actions(ctx: PageContext, entity: MergeEntity, row: dict[str, Any], key: str) -> None:
    if st.button("Compare", key=f"duplicates_compare_{key}", icon=":material/call_merge:"):
        page.open_drawer(merge=f"{row['first_id']}-{row['second_id']}")
    name = f"apart_{key}"
    if page.pressed("Not the same", name=name, icon="close", quiet=True):
        given = DismissDuplicate(entity, row["first_id"], row["second_id"])
        page.act(ctx, commands.dismiss_duplicate, given, key=name, done="Noted: the two are not the same.")


def _sure(points: int) -> None:
    if points >= _SURE:
        st.badge("Nearly sure", icon=":material/content_copy:", color="orange")
    elif points >= LIKELY:
        st.badge("Likely", icon=":material/content_copy:", color="blue")
    else:
        st.badge("Possible", icon=":material/help:", color="gray")
