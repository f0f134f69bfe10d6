"""People and files of a deal, in its drawer."""

from __future__ import annotations

from typing import Any

import streamlit as st

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import AttachDealFile, DetachDealFile, PutDealPerson, RemoveDealPerson
from eventos_core.crm.queries import DealDetail
from eventos_core.enums.crm import OpportunityRole
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.files import limits
from eventos_core.ui import formats, page, tables
from eventos_core.ui.directory.choices import pick_id
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext


def people(ctx: PageContext, found: DealDetail) -> None:
    """The main contact and who else takes part, with their roles."""
    rows = tables.records(page.read(ctx, queries.deal_people, found.id))
    may = _may(ctx, found)
    if found.contact:
        with st.container(horizontal=True, vertical_alignment="center", key="deal_main_contact"):
            st.markdown(f"**{escaped(found.contact)}**  \n:gray[:small[Main contact]]", width="stretch")
            if ctx.can(Permission.CONTACTS_READ) and found.fields.contact_id is not None:
                page.link("Open", page="sales_contacts", contact=found.fields.contact_id)
    for row in rows:
        role = OpportunityRole(row["role"]).label
        more = escaped(" · ".join(part for part in (role, row["organization"], row["email"], row["note"]) if part))
        name = f"remove_person_{found.id}_{row['contact_id']}"
        with st.container(horizontal=True, vertical_alignment="center", key=f"deal_person_{row['contact_id']}"):
            st.markdown(f"**{escaped(row['name'])}**  \n:gray[:small[{more}]]", width="stretch")
            asked = may and page.pressed("Remove", name=name, icon="close", quiet=True)
        if asked:
            given = RemoveDealPerson(found.id, row["contact_id"])
            page.act(ctx, commands.remove_deal_person, given, key=name, done=f"{row['name']} takes no part any more.")
    if not rows and not found.contact:
        st.markdown(":gray[Nobody yet.]")
    if may and ctx.can(Permission.CONTACTS_READ):
        with st.expander("Add a person", icon=":material/person_add:"), page.form(f"deal_person_{found.id}") as form:
            offered = page.read(ctx, queries.person_choices, organization_id=found.fields.organization_id)
            person = pick_id(form, "contact_id", "Person", offered, None)
            role = form.choice("role", "Role", OpportunityRole, OpportunityRole.DECISION_MAKER)
            note = form.text("note", "Note", placeholder="How they stand to the deal")
            if form.submit("Add person", icon="person_add"):
                if person is None:
                    form.fail(InvalidInput("Choose a person.", fields={"contact_id": "Required"}))
                    return
                given_ = PutDealPerson(found.id, person, OpportunityRole(role), note)
                page.act(ctx, commands.put_deal_person, given_, form=form, done="Person added.")


def files(ctx: PageContext, found: DealDetail) -> None:
    """Files of the deal with their links, and a place to add one."""
    rows = tables.records(page.read(ctx, queries.deal_files, found.id))
    may = _may(ctx, found)
    for row in rows:
        url = f"/h/{ctx.house.account_slug}/files/{row['public_id']}?download=1"
        when = formats.instant(row["created_at"], ctx.house.zone, ctx.locale)
        more = escaped(" · ".join(part for part in (limits.size(row["size_bytes"]), row["uploaded_by"], when) if part))
        name = f"detach_file_{found.id}_{row['asset_id']}"
        with st.container(horizontal=True, vertical_alignment="center", key=f"deal_file_{row['asset_id']}"):
            st.markdown(f"**{escaped(row['file_name'])}**  \n:gray[:small[{more}]]", width="stretch")
            st.link_button("Download", url, type="tertiary")
            asked = may and page.pressed("Remove", name=name, icon="close", quiet=True)
        if asked:
            given = DetachDealFile(found.id, row["asset_id"])
            page.act(ctx, commands.detach_deal_file, given, key=name, done="File taken off the deal.")
    if not rows:
        st.markdown(":gray[No files yet.]")
    if may:
        with page.form(f"deal_file_{found.id}") as form:
            file: Any = form.field("file", st.file_uploader, f"Add a file, at most {limits.size(limits.MAX_BYTES)}")
            if form.submit("Attach file", icon="attach_file"):
                if file is None:
                    form.fail(InvalidInput("Choose a file.", fields={"file": "Required"}))
                    return
                given_ = AttachDealFile(found.id, file.name, file.getvalue())
                page.act(ctx, commands.attach_deal_file, given_, form=form, done="File attached.")


def _may(ctx: PageContext, found: DealDetail) -> bool:
    return ctx.can(Permission.SALES_WRITE) and found.archived_at is None
