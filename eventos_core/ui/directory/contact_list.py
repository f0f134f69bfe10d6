"""The list of contacts: filter row, table, jump to a letter, what waits for a look."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from eventos_core.directory import queries
from eventos_core.directory.queries import ContactFilter
from eventos_core.directory.queries.contacts import SORTS
from eventos_core.directory.rules.values import show_phone
from eventos_core.enums.base import LabelledEnum
from eventos_core.enums.directory import ContactLifecycle, MergeEntity
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.lists import PageOf
from eventos_core.ui import page, tables
from eventos_core.ui.directory import choices, words
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext
from eventos_core.ui.tables import Column
from eventos_core.ui.views import Bar

PREFIX = "contacts"
_LETTERS = list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
COLUMNS = (
    Column("name", "Name", width=170),
    Column("organization", "Organisation"),
    Column("email", "E-mail", width=200),
    Column("phone", "Phone"),
    Column("lifecycle", "Lifecycle", "status", enum=ContactLifecycle, meanings=words.LIFECYCLE),
    Column("owner", "Owner"),
    Column("tags", "Tags", "list"),
    Column("job_title", "Job title", extra=True),
    Column("do_not_contact", "Do not contact", "yes", extra=True),
    Column("created_at", "Added", "instant", extra=True),
)


class Shown(LabelledEnum):
    """Which contacts, at one glance."""

    MINE = "mine"
    UNOWNED = "unowned"
    ARCHIVED = "archived"

    @property
    def label(self) -> str:
        """As the control says it."""
        return {"mine": "Mine", "unowned": "Without owner", "archived": "Archived"}[self.value]


@dataclass(frozen=True)
class Wish:
    """The filter row as the URL says it."""

    show: Shown | None = None
    q: str = ""
    lifecycle: tuple[ContactLifecycle, ...] = ()
    owner: int | None = None
    organization: int | None = None
    tag: tuple[str, ...] = ()
    sort: str = "name"


def filter_row(ctx: PageContext, bar: Bar) -> ContactFilter:
    """Draw the filter row; returns the filter for the query."""
    found = choices.for_filters(ctx, "contacts")
    wish = page.filters(
        Wish,
        prefix=PREFIX,
        labels={"q": "Name, e-mail, phone or organisation", "tag": "Tags", "organization": "Organisation"},
        options={
            "owner": found.owners,
            "organization": found.organizations,
            "tag": {tag: tag for tag in found.tags},
            "sort": SORTS,
        },
        bar=bar,
    )
    owner = wish.owner
    if wish.show is Shown.MINE:
        owner = ctx.house.member_id
    elif wish.show is Shown.UNOWNED:
        owner = 0
    return ContactFilter(
        q=wish.q,
        owner=owner,
        lifecycle=tuple(stage.value for stage in wish.lifecycle),
        tag=wish.tag,
        organization=wish.organization,
        archived=wish.show is Shown.ARCHIVED,
        sort=wish.sort or "name",
    )


def table(ctx: PageContext, found: PageOf, wanted: ContactFilter, bar: Bar) -> None:
    """One page of contacts; a name opens its drawer."""
    rows = tables.records(found.frame)
    frame = found.frame.assign(
        phone=[show_phone(r["phone"], r["phone"]) if (r["phone"] or "").startswith("+") else r["phone"] for r in rows]
    )
    tables.table(
        frame, bar.columns, key="contacts_table", zone=ctx.zone, lang=ctx.locale, opens="contact",
        alt=f"Contacts with {bar.told}",
    )  # fmt: skip
    ways(found, PREFIX, by_name=wanted.sort == "name")


def ways(found: PageOf, prefix: str, *, by_name: bool) -> None:
    """Under a list of several pages: jump to a letter (in name order), previous and next."""
    if found.next is None and found.previous is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{prefix}_ways"):
        if by_name:
            st.selectbox(
                "Jump to letter", _LETTERS, index=None, placeholder="A–Z", key=f"{prefix}_jump", width=92,
                label_visibility="collapsed", on_change=_to_letter, args=(prefix,),
            )  # fmt: skip
        page.pager(found, prefix=prefix)


def first_steps(ctx: PageContext) -> None:
    """A house begins with its owner alone: what to do next."""
    may = ctx.can(Permission.CONTACTS_WRITE)
    if page.nothing_yet(
        "You are the only one here so far.", hint="Add the people you work with, or bring a list in under Imports.",
        action="Add the first contact" if may else None, icon="contacts",
    ):  # fmt: skip
        page.open_drawer(new="contact")


def duplicates(ctx: PageContext) -> None:
    """A quiet line where one of this member's newest contacts is likely somebody else's too."""
    if not ctx.can(Permission.CONTACTS_MERGE) or ctx.house.member_id is None:
        return
    pairs = page.read(ctx, queries.possible_duplicates, MergeEntity.CONTACT, owner_id=ctx.house.member_id, limit=10)
    if pairs.empty:
        return
    first = pairs.iloc[0]
    shared = f" :gray[({escaped(first['shared'])})]" if first["shared"] else ""
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="contacts_duplicates"):
        st.markdown(
            f":material/content_copy: **{escaped(first['first'])}** and **{escaped(first['second'])}** may be one: "
            f"{escaped(first['why'].lower())}{shared}",
            width="stretch",
        )
        if st.button("Compare", key="contacts_compare"):
            page.open_drawer(merge=f"{first['first_id']}-{first['second_id']}")
        if len(pairs) > 1:
            page.link("All pairs", page="sales_duplicates", icon="content_copy")


def _to_letter(prefix: str) -> None:
    letter = st.session_state.get(f"{prefix}_jump")
    if letter:
        st.query_params[f"{prefix}_at"] = queries.at_letter(str(letter))
