"""The list of companies: filter row and table."""

from __future__ import annotations

from dataclasses import dataclass

from eventos_core.directory.queries import OrganizationFilter
from eventos_core.directory.queries.contacts import SORTS
from eventos_core.enums.directory import OrganizationKind
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.lists import PageOf
from eventos_core.ui import page, tables
from eventos_core.ui.directory import choices, words
from eventos_core.ui.directory.contact_list import Shown, ways
from eventos_core.ui.page import PageContext
from eventos_core.ui.tables import Column
from eventos_core.ui.views import Bar

PREFIX = "organizations"
COLUMNS = (
    Column("name", "Organisation", width=210),
    Column("kind", "Kind", "status", enum=OrganizationKind, meanings=words.KINDS),
    Column("industry", "Industry"),
    Column("city", "Town"),
    Column("country", "Country"),
    Column("contacts", "People", "count", help="Contacts in use who work there", width="small"),
    Column("owner", "Owner"),
    Column("tags", "Tags", "list"),
    Column("domain", "Domain", extra=True),
    Column("created_at", "Added", "instant", extra=True),
)


@dataclass(frozen=True)
class Wish:
    """The filter row as the URL says it."""

    show: Shown | None = None
    q: str = ""
    kind: tuple[OrganizationKind, ...] = ()
    owner: int | None = None
    tag: tuple[str, ...] = ()
    sort: str = "name"


def filter_row(ctx: PageContext, bar: Bar) -> OrganizationFilter:
    """Draw the filter row; returns the filter for the query."""
    found = choices.for_filters(ctx, "organizations")
    wish = page.filters(
        Wish,
        prefix=PREFIX,
        labels={"q": "Name, domain or town", "tag": "Tags"},
        options={"owner": found.owners, "tag": {tag: tag for tag in found.tags}, "sort": SORTS},
        bar=bar,
    )
    owner = wish.owner
    if wish.show is Shown.MINE:
        owner = ctx.house.member_id
    elif wish.show is Shown.UNOWNED:
        owner = 0
    return OrganizationFilter(
        q=wish.q,
        owner=owner,
        kind=tuple(kind.value for kind in wish.kind),
        tag=wish.tag,
        archived=wish.show is Shown.ARCHIVED,
        sort=wish.sort or "name",
    )


def table(ctx: PageContext, found: PageOf, wanted: OrganizationFilter, bar: Bar) -> None:
    """One page of companies; a name opens its drawer."""
    frame = found.frame.assign(
        country=[words.country(row["country"], ctx.locale) for row in tables.records(found.frame)]
    )
    tables.table(
        frame, bar.columns, key="organizations_table", zone=ctx.zone, lang=ctx.locale, opens="organization",
        alt=f"Organisations with {bar.told}",
    )  # fmt: skip
    ways(found, PREFIX, by_name=wanted.sort == "name")


def first_steps(ctx: PageContext) -> None:
    """A house begins with its own organisation alone: what to do next."""
    may = ctx.can(Permission.CONTACTS_WRITE)
    if page.nothing_yet(
        "Only your own house so far.", hint="Add the brands, sponsors and vendors you work with, or bring a list in.",
        action="Add the first organisation" if may else None, icon="domain",
    ):  # fmt: skip
        page.open_drawer(new="organization")
