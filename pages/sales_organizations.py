"""Organisations: the companies the house deals with, their people and their data."""

import streamlit as st

from eventos_core.directory import queries
from eventos_core.directory.queries import OrganizationFilter
from eventos_core.enums.directory import MergeEntity
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import exporting, page, views
from eventos_core.ui.directory import merging, organization_drawer, organization_form, organization_list, selecting

ctx = page.start("Organisations", requires=Permission.CONTACTS_READ, icon="domain")
may_edit = ctx.can(Permission.CONTACTS_WRITE)
head = page.head(
    ctx, "Organisations", caption="Brands, sponsors, press, vendors: the companies the house deals with.",
    primary=("New organisation", "domain_add"), primary_requires=Permission.CONTACTS_WRITE,
    menu=[*(["Choose several"] if may_edit else []), *exporting.menu(ctx, Permission.CONTACTS_EXPORT)],
)  # fmt: skip
if head.primary:
    page.open_drawer(new="organization")
if head.menu == "Choose several":
    selecting.turn("organizations")

bar = views.bar(ctx, "organizations", "All organisations", columns=organization_list.COLUMNS)
wanted = organization_list.filter_row(ctx, bar)
exporting.answer(ctx, head, "organizations", wanted, bar.picked)
found = page.read(ctx, queries.organizations, wanted, cursor=page.cursor(organization_list.PREFIX))
if not found.frame.empty:
    if may_edit and selecting.on("organizations"):
        names = {"name": "Organisation", "kind": "Kind", "city": "Town", "owner": "Owner", "tags": "Tags"}
        selecting.draw(ctx, "organizations", found.frame, names)
        page.pager(found, prefix=organization_list.PREFIX)
    else:
        organization_list.table(ctx, found, wanted, bar)
    if len(found.frame) == 1 and wanted == OrganizationFilter() and not page.cursor(organization_list.PREFIX):
        organization_list.first_steps(ctx)
elif wanted != OrganizationFilter() or page.cursor(organization_list.PREFIX):
    page.nothing_yet("No organisation matches.", hint="Change the search or the filters.", icon="filter_alt")
elif page.nothing_yet(
    "No organisations yet.", hint="Add the first one, or bring a list in under Imports and exports.",
    action="Add the first organisation" if may_edit else None, icon="domain",
):  # fmt: skip
    page.open_drawer(new="organization")

if "organization" not in st.query_params:
    organization_drawer.forget()


def add(_: str) -> None:
    """The drawer's body for a new company."""
    organization_form.new(ctx)


page.drawers(
    {
        "new": page.Drawer("New organisation", add, width=560, icon="domain_add", allowed=may_edit),
        "organization": page.Drawer(
            "Organisation", lambda raw: organization_drawer.show(ctx, raw), width=600, icon="domain"
        ),
        "merge": page.Drawer(
            "Merge organisations",
            lambda raw: merging.compare(ctx, MergeEntity.ORGANIZATION, raw),
            width=640,
            icon="call_merge",
        ),
    }
)
