"""The form of a company: most-used fields first, the rest folded away."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from eventos_core.directory import commands
from eventos_core.directory.commands import CreateOrganization, EditOrganization
from eventos_core.directory.queries import OrganizationDetail
from eventos_core.directory.rules.organizations import OrganizationFields
from eventos_core.enums.directory import OrganizationKind, OrganizationSize
from eventos_core.kernel.money import currencies
from eventos_core.ui import page
from eventos_core.ui.directory import custom_fields
from eventos_core.ui.directory.choices import (
    Offered,
    handles_from,
    handles_text,
    offered,
    pick_id,
    pick_tags,
    pick_text,
    seen,
)
from eventos_core.ui.directory.contact_form import address
from eventos_core.ui.page import Form, PageContext


def new(ctx: PageContext) -> None:
    """The drawer's form for a new company."""
    found = offered(ctx, "organizations")
    with page.form("new_organization") as form:
        fields = _fields(ctx, form, OrganizationFields(owner_id=ctx.house.member_id), found)
        custom = custom_fields.section(ctx, form, "organizations", {})
        another = form.field("allow_duplicate", st.checkbox, "Add it also if one with the same name or domain is there")
        if not form.submit("Create organisation", icon="domain_add"):
            return
        cmd = CreateOrganization(fields, allow_duplicate=another, custom=custom)
        made = page.act(
            ctx, commands.create_organization, cmd, form=form, done=f"{fields.name} created.", refresh=False
        )
    if made is not None:
        st.query_params.pop("new", None)
        page.open_drawer(organization=made.organization_id)


def edit(ctx: PageContext, now: OrganizationDetail) -> bool:
    """The form of an existing company; True once it was saved."""
    found = offered(ctx, "organizations", include=now.fields.parent_id)
    with page.form(form_name(now.id)) as form:
        before = seen(form, now)
        fields = _fields(ctx, form, before.fields, found, own_id=now.id)
        custom = custom_fields.section(ctx, form, "organizations", before.custom)
        if not form.submit("Save organisation", icon="check"):
            return False
        cmd = EditOrganization(
            now.id, before.version, fields, base=before.fields, custom=custom, base_custom=before.custom
        )
        saved = page.act(ctx, commands.edit_organization, cmd, form=form, done=f"{fields.name} saved.", refresh=False)
        return saved is not None


def form_name(organization_id: int) -> str:
    """The name of the company's form."""
    return f"organization_{organization_id}"


def _fields(
    ctx: PageContext, form: Form, old: OrganizationFields, found: Offered, *, own_id: int = 0
) -> OrganizationFields:
    fields = replace(
        old,
        name=form.text("name", "Name", old.name, required=True, max_chars=200),
        kind=form.choice("kind", "Kind", OrganizationKind, old.kind),
        domain=form.text("domain", "Domain", old.domain, placeholder="maison.example"),
        email=form.text("email", "E-mail", old.email, type="email"),
        phone=form.text("phone", "Phone", old.phone, type="phone"),
        industry=form.text("industry", "Industry", old.industry),
        owner_id=pick_id(form, "owner_id", "Owner", found.owners, old.owner_id),
        tags=pick_tags(form, "tags", "Tags", found.tags, old.tags),
    )
    with st.expander("Address", icon=":material/home_pin:"):
        fields = replace(fields, **address(ctx, form, old))
    with st.expander("Invoices and tax", icon=":material/receipt_long:"):
        fields = _billing(ctx, form, fields)
    with st.expander("More", icon=":material/more_horiz:"):
        return _more(form, fields, {k: v for k, v in found.organizations.items() if k != own_id})


def _billing(ctx: PageContext, form: Form, old: OrganizationFields) -> OrganizationFields:
    codes = {code: code for code in currencies()}
    fields = replace(
        old,
        legal_name=form.text("legal_name", "Legal name", old.legal_name, help="For contracts and invoices."),
        tax_id=form.text("tax_id", "Tax number", old.tax_id),
        registration_no=form.text("registration_no", "Registration number", old.registration_no),
        billing_name=form.text("billing_name", "Addressee of invoices", old.billing_name),
        billing_email=form.text("billing_email", "Invoices go to", old.billing_email, type="email"),
        billing_reference=form.text("billing_reference", "Their reference", old.billing_reference),
        currency=pick_text(form, "currency", "Currency", codes, old.currency),
        payment_terms_days=form.field("payment_terms_days", st.number_input, "Days to pay", min_value=0, max_value=365,
                                      value=old.payment_terms_days, step=1),
    )  # fmt: skip
    st.caption("Invoice address, where it is another one")
    return replace(fields, **address(ctx, form, old, "billing_"))


def _more(form: Form, old: OrganizationFields, organizations: dict[int, str]) -> OrganizationFields:
    sizes = {member.value: member.label for member in OrganizationSize}
    size = pick_text(form, "size", "People there", sizes, old.size)
    return replace(
        old,
        parent_id=pick_id(form, "parent_id", "Belongs to", organizations, old.parent_id),
        size=OrganizationSize(size) if size else None,
        website=form.text("website", "Website", old.website),
        language=form.text("language", "Language", old.language, placeholder="fr"),
        source=form.text("source", "Source", old.source, placeholder="Fair, referral"),
        socials=handles_from(form.area("socials", "Social media", handles_text(old.socials),
                                       help="One a line, as in instagram: handle", height=90)),
        description=form.area("description", "What they do", old.description, height=90),
        do_not_contact=bool(form.field("do_not_contact", st.checkbox, "Do not contact", value=old.do_not_contact)),
    )  # fmt: skip
