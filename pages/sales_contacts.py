"""Contacts: everyone the house knows, with who keeps the relationship."""

import streamlit as st

from eventos_core.directory import queries
from eventos_core.directory.queries import ContactFilter
from eventos_core.enums.directory import MergeEntity
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import exporting, page, views
from eventos_core.ui.directory import contact_drawer, contact_form, contact_list, merging, selecting

ctx = page.start("Contacts", requires=Permission.CONTACTS_READ, icon="contacts")
may_edit = ctx.can(Permission.CONTACTS_WRITE)
head = page.head(
    ctx, "Contacts", caption="Everyone the house knows, and who keeps the relationship.",
    primary=("New contact", "person_add"), primary_requires=Permission.CONTACTS_WRITE,
    menu=[*(["Choose several"] if may_edit else []), *exporting.menu(ctx, Permission.CONTACTS_EXPORT)],
)  # fmt: skip
if head.primary:
    page.open_drawer(new="contact")
if head.menu == "Choose several":
    selecting.turn("contacts")

contact_list.duplicates(ctx)
bar = views.bar(ctx, "contacts", "All contacts", columns=contact_list.COLUMNS)
wanted = contact_list.filter_row(ctx, bar)
exporting.answer(ctx, head, "contacts", wanted, bar.picked)
found = page.read(ctx, queries.contacts, wanted, cursor=page.cursor(contact_list.PREFIX))
if not found.frame.empty:
    if may_edit and selecting.on("contacts"):
        names = {"name": "Name", "organization": "Organisation", "email": "E-mail", "owner": "Owner", "tags": "Tags"}
        selecting.draw(ctx, "contacts", found.frame, names)
        page.pager(found, prefix=contact_list.PREFIX)
    else:
        contact_list.table(ctx, found, wanted, bar)
    if len(found.frame) == 1 and wanted == ContactFilter() and not page.cursor(contact_list.PREFIX):
        contact_list.first_steps(ctx)
elif wanted != ContactFilter() or page.cursor(contact_list.PREFIX):
    page.nothing_yet("No contact matches.", hint="Change the search or the filters.", icon="filter_alt")
elif page.nothing_yet(
    "No contacts yet.", hint="Add the first one, or bring a list in under Imports and exports.",
    action="Add the first contact" if may_edit else None, icon="contacts",
):  # fmt: skip
    page.open_drawer(new="contact")

if "contact" not in st.query_params:
    contact_drawer.forget()


def add(raw: str) -> None:
    """The drawer's body for a new contact; `at-12` places it in organisation 12."""
    contact_form.new(ctx, raw)


page.drawers(
    {
        "new": page.Drawer("New contact", add, width=560, icon="person_add", allowed=may_edit),
        "contact": page.Drawer("Contact", lambda raw: contact_drawer.show(ctx, raw), width=600, icon="person"),
        "merge": page.Drawer(
            "Merge contacts", lambda raw: merging.compare(ctx, MergeEntity.CONTACT, raw), width=640, icon="call_merge"
        ),
    }
)
