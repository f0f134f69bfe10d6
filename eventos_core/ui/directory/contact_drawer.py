"""The drawer of a contact: who it is, ways to reach them, what happened, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from eventos_core.crm.rules.activities import Links
from eventos_core.directory import commands, queries
from eventos_core.directory.commands import ArchiveContacts, RestoreContacts
from eventos_core.directory.queries import ContactCard, ContactDetail
from eventos_core.directory.rules.contacts import vcard
from eventos_core.directory.rules.values import show_phone
from eventos_core.enums.directory import MarketingConsent, MergeEntity
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import qr
from eventos_core.operations.documents.making import RequestDocument
from eventos_core.ui import exporting, formats, forms, page
from eventos_core.ui.directory import contact_form, custom_fields, merging, related, timeline, words
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext
from eventos_core.ui.sales import logging, my_day

_STEP = "_contact_step"


def forget() -> None:
    """Start the next drawer with the contact, not with a form left open."""
    st.session_state.pop(_STEP, None)


def show(ctx: PageContext, raw: str) -> None:
    """The drawer's body; `raw` is the id from the URL."""
    if not raw.isdigit():
        page.nothing_yet("There is no such contact.", hint="Go back to the list.", icon="search_off")
        return
    found = page.read(ctx, queries.contact, int(raw))
    may_edit = ctx.can(Permission.CONTACTS_WRITE)
    step: str | None = st.session_state.get(_STEP) if may_edit else None
    if step is None:
        _overview(ctx, found, may_edit=may_edit)
        return
    st.button("Back", icon=":material/arrow_back:", type="tertiary", on_click=forget, key="contact_back")
    bodies: Mapping[str, Callable[[], None]] = {
        "edit": lambda: _edit(ctx, found),
        "archive": lambda: _archive(ctx, found),
        "merge": lambda: merging.choose(ctx, MergeEntity.CONTACT, found.id, found.name),
    }
    bodies[step]()


def _edit(ctx: PageContext, found: ContactDetail) -> None:
    st.title(escaped(found.name), anchor=False)
    if found.do_not_contact_reason:
        st.info(f"Not to be contacted: {escaped(found.do_not_contact_reason)} Change that under “Marketing consent”, "
                "once they said so themselves.", icon=":material/block:")  # fmt: skip
    if contact_form.edit(ctx, found):
        forget()
        page.refresh()


def _overview(ctx: PageContext, found: ContactDetail, *, may_edit: bool) -> None:
    st.title(escaped(found.name), anchor=False)
    f = found.fields
    line = " · ".join(escaped(part) for part in (f.job_title, found.organization) if part)
    if line:
        st.markdown(f":gray[{line}]")
    _badges(found)
    _reach(ctx, found)
    if found.erased_at is not None:
        st.info("This person was erased. What they were part of stays, without them.", icon=":material/ink_eraser:")
        return
    if may_edit:
        _actions(ctx, found)
    elif found.merged_into_id is not None:
        page.link("Open the contact it was merged into", page="sales_contacts", contact=found.merged_into_id)
    in_use = found.archived_at is None
    if in_use:
        logging.draw(ctx, Links(found.id, f.organization_id), name=f"contact_{found.id}")
        my_day.planned(ctx, "contacts", found.id)
    around, happened, details, merges = st.tabs(
        ["Overview", "Timeline", "Details", "Merges"], on_change="rerun", key=f"contact_tabs_{found.id}"
    )
    if around.open:
        with around:
            related.draw(ctx, found.id, queries.contact_related, here="sales_contacts",
                         nothing="No deals, events or colleagues yet.",
                         without=my_day.PLANNED if in_use else ())  # fmt: skip
    if happened.open:
        with happened:
            timeline.draw(ctx, "contacts", found.id, queries.contact_timeline)
    if details.open:
        with details:
            _details(ctx, found)
            if ctx.can(Permission.PRIVACY_MANAGE):
                page.link("Privacy request", page="admin_privacy", icon="shield_person",
                          help="Give them a copy of their data, or erase them", new=f"contact-{found.id}")  # fmt: skip
    if merges.open:
        with merges:
            merging.history(ctx, MergeEntity.CONTACT, found.id)


def _badges(found: ContactDetail) -> None:
    f = found.fields
    with st.container(horizontal=True, gap="xsmall", key="contact_badges"):
        colour = words.LIFECYCLE.get(f.lifecycle, "gray")
        st.badge(f.lifecycle.label, color=colour)
        if found.is_member and f.lifecycle.value != "team":
            st.badge("In the team", color="primary")
        if f.do_not_contact:
            st.badge("Do not contact", icon=":material/block:", color="red")
        elif f.marketing_consent is not MarketingConsent.UNKNOWN:
            allows = f.marketing_consent.allows
            st.badge(f"Marketing: {f.marketing_consent.label.lower()}", color="green" if allows else "orange",
                     icon=":material/campaign:")  # fmt: skip
        if found.merged_into_id is not None:
            st.badge("Merged", icon=":material/call_merge:", color="gray")
        elif found.archived_at is not None:
            st.badge("Archived", icon=":material/inventory_2:", color="gray")
        for tag in f.tags:
            st.badge(escaped(tag), color="gray")


def _reach(ctx: PageContext, found: ContactDetail) -> None:
    """Large links to call and write, for a thumb, and the contact as a code for another phone."""
    f = found.fields
    with st.container(horizontal=True, gap="small", key="contact_reach"):
        for phone in f.phones[:1]:
            number = phone.e164 or phone.number.replace(" ", "")
            st.link_button(show_phone(phone.e164, phone.number), f"tel:{number}", icon=":material/call:",
                           disabled=f.do_not_contact)  # fmt: skip
        for email in f.emails[:1]:
            st.link_button(escaped(email.email), f"mailto:{email.email}", icon=":material/mail:")
        if f.phones or f.emails:
            with st.popover("QR code", icon=":material/qr_code_2:", key="contact_code"):
                st.html(qr.picture(vcard(found.name, f, found.organization), label=f"QR code of {found.name}"))
                st.caption("Scan it to take the contact into your phone.")
                if exporting.menu(ctx, Permission.CONTACTS_EXPORT):
                    asked = st.button("Card as PDF", icon=":material/picture_as_pdf:", key="contact_card")
                    wanted = RequestDocument("paper.contact", ContactCard(found.id))
                    exporting.paper(ctx, "card" if asked else None, {"card": wanted})


def _actions(ctx: PageContext, found: ContactDetail) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="contact_actions"):
        if found.merged_into_id is not None:
            page.link("Open the contact it was merged into", page="sales_contacts", contact=found.merged_into_id)
            return
        if found.archived_at is not None:
            name = f"restore_contact_{found.id}"
            version = page.seen_version(name, found.version)
            if page.pressed("Restore contact", name=name, icon="unarchive", primary=True):
                given = RestoreContacts((found.id,), version)
                page.act(ctx, commands.restore_contacts, given, key=name, done=f"{found.name} restored.")
            return
        st.button("Edit", icon=":material/edit:", type="primary", key="contact_edit", on_click=_go,
                  args=("edit", found.id))  # fmt: skip
        if ctx.can(Permission.CONTACTS_MERGE):
            st.button("Merge", icon=":material/call_merge:", key="contact_merge", on_click=_go,
                      args=("merge", found.id))  # fmt: skip
        if ctx.can(Permission.SALES_WRITE):
            page.link("New deal", page="sales_pipeline", icon="handshake", new=f"with-{found.id}")
        st.button("Archive", icon=":material/inventory_2:", type="tertiary", key="contact_archive", on_click=_go,
                  args=("archive", found.id))  # fmt: skip


def _archive(ctx: PageContext, found: ContactDetail) -> None:
    st.markdown(f"**Archive {escaped(found.name)}?**")
    st.markdown("The contact leaves lists and pickers. Its history and links stay, and it can be restored.")
    name = f"archive_contact_{found.id}"
    version = page.seen_version(name, found.version)
    if page.pressed(f"Archive {found.name}", name=name, icon="inventory_2", primary=True):
        given = ArchiveContacts((found.id,), version)
        done = page.act(ctx, commands.archive_contacts, given, key=name, done=f"{found.name} archived.", refresh=False)
        if done is not None:
            forget()
            page.refresh()


def _details(ctx: PageContext, found: ContactDetail) -> None:
    f = found.fields
    pairs = [
        *((f"E-mail ({e.kind.label.lower()})", e.email) for e in f.emails),
        *((f"Phone ({p.kind.label.lower()})", show_phone(p.e164, p.number)) for p in f.phones),
        ("Owner", found.owner),
        ("Reports to", found.reports_to),
        ("Department", f.department),
        ("Address", _address(ctx, found)),
        ("Website", f.website),
        *((network.capitalize(), handle) for network, handle in f.socials.items()),
        ("Language", f.language),
        ("Time zone", f.timezone),
        ("Birthday", formats.date(f.birthday, ctx.locale, weekday=False) if f.birthday else None),
        ("Protocol rank", str(f.guest_rank) if f.guest_rank else None),
        ("Do not contact", f.do_not_contact and (found.do_not_contact_reason or "Set by a member of the house.")),
        ("Marketing consent", _consent(ctx, found)),
        ("Source", " · ".join(part for part in (f.source, f.source_detail) if part)),
        ("To know", f.summary),
        *custom_fields.facts(ctx, "contacts", found.custom),
    ]
    facts([(label, value) for label, value in pairs if value])
    if f.organization_id is not None:
        page.link(f"Open {escaped(found.organization or 'the organisation')}", page="sales_organizations",
                  icon="domain", organization=f.organization_id)  # fmt: skip
    made = formats.date(found.created_at.astimezone(ctx.house.zone), ctx.locale)
    by = f" by {found.created_by}" if found.created_by else ""
    st.caption(escaped(f"Added {made}{by}"))


def facts(pairs: list[tuple[str, str]]) -> None:
    """Labels with their values, one a line."""
    if not pairs:
        st.markdown(":gray[No details yet.]")
        return
    lines = [f":gray[{escaped(label)}]  \n{escaped(value)}".replace("\n\n", "\n") for label, value in pairs]
    st.markdown("\n\n".join(lines))


def _address(ctx: PageContext, found: ContactDetail) -> str:
    f = found.fields
    town = " ".join(part for part in (f.postal_code, f.city) if part)
    parts = (f.street, f.street2, town, f.region, words.country(f.country, ctx.locale))
    return ", ".join(part for part in parts if part)


def _consent(ctx: PageContext, found: ContactDetail) -> str:
    f = found.fields
    if f.marketing_consent is MarketingConsent.UNKNOWN:
        return "Not asked"
    said = [f.marketing_consent.label]
    if f.consent_basis:
        said.append(f.consent_basis.label.lower())
    if f.consent_at:
        said.append(formats.date(f.consent_at.astimezone(ctx.house.zone), ctx.locale, weekday=False))
    if f.consent_source:
        said.append(f.consent_source)
    return " · ".join(said)


def _go(step: str, contact_id: int) -> None:
    # A form left half filled long ago begins anew, with the contact as it is now.
    forms.next_render(contact_form.form_name(contact_id))
    st.session_state[_STEP] = step
