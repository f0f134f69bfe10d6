"""The drawer of a company: its people, what happened, its data, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from eventos_core.crm.rules.activities import Links
from eventos_core.directory import commands, queries
from eventos_core.directory.commands import ArchiveOrganizations, RestoreOrganizations
from eventos_core.directory.queries import OrganizationDetail
from eventos_core.enums.directory import MergeEntity
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import formats, forms, page
from eventos_core.ui.directory import bank, custom_fields, merging, organization_form, related, timeline, words
from eventos_core.ui.directory.contact_drawer import facts
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext
from eventos_core.ui.sales import logging, my_day

_STEP = "_organization_step"


def forget() -> None:
    """Start the next drawer with the company, not with a form left open."""
    st.session_state.pop(_STEP, None)
    bank.forget()


def show(ctx: PageContext, raw: str) -> None:
    """The drawer's body; `raw` is the id from the URL."""
    if not raw.isdigit():
        page.nothing_yet("There is no such organisation.", hint="Go back to the list.", icon="search_off")
        return
    found = page.read(ctx, queries.organization, int(raw))
    may_edit = ctx.can(Permission.CONTACTS_WRITE)
    step: str | None = st.session_state.get(_STEP) if may_edit else None
    if step is None:
        _overview(ctx, found, may_edit=may_edit)
        return
    st.button("Back", icon=":material/arrow_back:", type="tertiary", on_click=forget, key="organization_back")
    bodies: Mapping[str, Callable[[], None]] = {
        "edit": lambda: _edit(ctx, found),
        "archive": lambda: _archive(ctx, found),
        "merge": lambda: merging.choose(ctx, MergeEntity.ORGANIZATION, found.id, found.fields.name),
    }
    bodies[step]()


def _edit(ctx: PageContext, found: OrganizationDetail) -> None:
    st.title(escaped(found.fields.name), anchor=False)
    if organization_form.edit(ctx, found):
        forget()
        page.refresh()


def _overview(ctx: PageContext, found: OrganizationDetail, *, may_edit: bool) -> None:
    f = found.fields
    st.title(escaped(f.name), anchor=False)
    place = ", ".join(part for part in (f.city, words.country(f.country, ctx.locale)) if part)
    line = " · ".join(escaped(part) for part in (f.industry, place) if part)
    if line:
        st.markdown(f":gray[{line}]")
    _badges(found)
    with st.container(horizontal=True, gap="small", key="organization_reach"):
        if f.phone:
            st.link_button(escaped(f.phone), f"tel:{f.phone.replace(' ', '')}", icon=":material/call:",
                           disabled=f.do_not_contact)  # fmt: skip
        if f.email:
            st.link_button(escaped(f.email), f"mailto:{f.email}", icon=":material/mail:")
        if f.website or f.domain:
            st.link_button(
                escaped(f.domain or "Website"), f.website or f"https://{f.domain}", icon=":material/language:"
            )
    if may_edit:
        _actions(ctx, found)
    in_use = found.archived_at is None and not found.is_own
    if in_use:
        logging.draw(ctx, Links(organization_id=found.id), name=f"organization_{found.id}")
        my_day.planned(ctx, "organizations", found.id)
    around, people, happened, details, merges = st.tabs(
        ["Overview", "People", "Timeline", "Details", "Merges"], on_change="rerun", key=f"organization_tabs_{found.id}"
    )
    if around.open:
        with around:
            related.draw(ctx, found.id, queries.organization_related, here="sales_organizations",
                         nothing="No deals, sponsorships or events yet.",
                         without=my_day.PLANNED if in_use else ())  # fmt: skip
    if people.open:
        with people:
            _people(ctx, found)
    if happened.open:
        with happened:
            timeline.draw(ctx, "organizations", found.id, queries.organization_timeline)
    if details.open:
        with details:
            _details(ctx, found)
    if merges.open:
        with merges:
            merging.history(ctx, MergeEntity.ORGANIZATION, found.id)


def _badges(found: OrganizationDetail) -> None:
    f = found.fields
    with st.container(horizontal=True, gap="xsmall", key="organization_badges"):
        st.badge(f.kind.label, color=words.KINDS.get(f.kind, "gray"))
        if found.is_own:
            st.badge("This house", icon=":material/home_work:", color="primary")
        if f.do_not_contact:
            st.badge("Do not contact", icon=":material/block:", color="red")
        if found.merged_into_id is not None:
            st.badge("Merged", icon=":material/call_merge:", color="gray")
        elif found.archived_at is not None:
            st.badge("Archived", icon=":material/inventory_2:", color="gray")
        for tag in f.tags:
            st.badge(escaped(tag), color="gray")


def _actions(ctx: PageContext, found: OrganizationDetail) -> None:
    name = found.fields.name
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="organization_actions"):
        if found.merged_into_id is not None:
            page.link("Open the organisation it was merged into", page="sales_organizations",
                      organization=found.merged_into_id)  # fmt: skip
            return
        if found.archived_at is not None:
            key = f"restore_organization_{found.id}"
            version = page.seen_version(key, found.version)
            if page.pressed("Restore organisation", name=key, icon="unarchive", primary=True):
                given = RestoreOrganizations((found.id,), version)
                page.act(ctx, commands.restore_organizations, given, key=key, done=f"{name} restored.")
            return
        st.button("Edit", icon=":material/edit:", type="primary", key="organization_edit", on_click=_go,
                  args=("edit", found.id))  # fmt: skip
        if found.is_own:
            page.link("Legal data and looks", page="admin_house", icon="home_work")
            return
        if ctx.can(Permission.CONTACTS_MERGE):
            st.button("Merge", icon=":material/call_merge:", key="organization_merge", on_click=_go,
                      args=("merge", found.id))  # fmt: skip
        if ctx.can(Permission.SALES_WRITE) and not found.is_own:
            page.link("New deal", page="sales_pipeline", icon="handshake", new=f"of-{found.id}")
        st.button("Archive", icon=":material/inventory_2:", type="tertiary", key="organization_archive", on_click=_go,
                  args=("archive", found.id))  # fmt: skip


def _archive(ctx: PageContext, found: OrganizationDetail) -> None:
    name = found.fields.name
    st.markdown(f"**Archive {escaped(name)}?**")
    st.markdown("The organisation leaves lists and pickers. Its people and history stay, and it can be restored.")
    key = f"archive_organization_{found.id}"
    version = page.seen_version(key, found.version)
    if page.pressed(f"Archive {name}", name=key, icon="inventory_2", primary=True):
        given = ArchiveOrganizations((found.id,), version)
        done = page.act(ctx, commands.archive_organizations, given, key=key, done=f"{name} archived.", refresh=False)
        if done is not None:
            forget()
            page.refresh()


def _people(ctx: PageContext, found: OrganizationDetail) -> None:
    if not found.people:
        st.markdown(":gray[Nobody yet. Add a contact and choose this organisation.]")
    for person in found.people:
        with st.container(horizontal=True, wrap=False, vertical_alignment="center", key=f"person_{person.id}"):
            more = " · ".join(part for part in (person.organization, person.email) if part)
            st.markdown(f"**{escaped(person.name)}**  \n:gray[:small[{escaped(more)}]]", width="stretch")
            page.link("Open", page="sales_contacts", contact=person.id)
    if found.people_count > len(found.people):
        page.link(f"All {formats.count(found.people_count)} people", page="sales_contacts",
                  contacts_organization=found.id)  # fmt: skip
    if ctx.can(Permission.CONTACTS_WRITE) and found.archived_at is None:
        page.link("Add a contact here", page="sales_contacts", icon="person_add", new=f"at-{found.id}")
    if found.parts:
        st.markdown("**Belongs to it**")
        for part_id, name in found.parts:
            page.link(escaped(name), page="sales_organizations", icon="domain", organization=part_id)


def _details(ctx: PageContext, found: OrganizationDetail) -> None:
    f = found.fields
    pairs = [
        ("Legal name", f.legal_name),
        ("Owner", found.owner),
        ("Belongs to", found.parent),
        ("Address", _address(ctx, found, "")),
        ("Invoice address", _address(ctx, found, "billing_")),
        ("Invoices go to", " · ".join(part for part in (f.billing_name, f.billing_email) if part)),
        ("Their reference", f.billing_reference),
        ("Tax number", f.tax_id),
        ("Registration number", f.registration_no),
        ("Currency", f.currency),
        ("Days to pay", str(f.payment_terms_days) if f.payment_terms_days is not None else None),
        ("People there", f.size.label if f.size else None),
        *((network.capitalize(), handle) for network, handle in f.socials.items()),
        ("Language", f.language),
        ("Source", f.source),
        ("What they do", f.description),
        *custom_fields.facts(ctx, "organizations", found.custom),
    ]
    facts([(label, value) for label, value in pairs if value])
    if not found.is_own:
        bank.draw(ctx, found)
    made = formats.date(found.created_at.astimezone(ctx.house.zone), ctx.locale)
    by = f" by {found.created_by}" if found.created_by else ""
    st.caption(escaped(f"Added {made}{by}"))


def _address(ctx: PageContext, found: OrganizationDetail, prefix: str) -> str:
    def part(name: str) -> str:
        return getattr(found.fields, f"{prefix}{name}") or ""

    town = " ".join(filter(None, (part("postal_code"), part("city"))))
    places = (part("street"), part("street2"), town, part("region"), words.country(part("country"), ctx.locale))
    return ", ".join(place for place in places if place)


def _go(step: str, organization_id: int) -> None:
    # A form left half filled long ago begins anew, with the company as it is now.
    forms.next_render(organization_form.form_name(organization_id))
    st.session_state[_STEP] = step
