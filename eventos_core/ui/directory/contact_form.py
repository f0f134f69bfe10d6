"""The form of a contact: most-used fields first, the rest folded away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import streamlit as st

from eventos_core.directory import commands, queries
from eventos_core.directory.commands import CreateContact, EditContact
from eventos_core.directory.queries import ContactDetail
from eventos_core.directory.rules.contacts import ContactFields, EmailEntry, PhoneEntry
from eventos_core.directory.rules.values import country_choices
from eventos_core.enums.base import LabelledEnum
from eventos_core.enums.directory import ConsentBasis, ContactLifecycle, EmailKind, MarketingConsent, PhoneKind
from eventos_core.enums.operations import SuppressionReason
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.messages.queries import suppressions
from eventos_core.ui import cache, formats, page, tables
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
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import Form, PageContext

E = TypeVar("E", bound=LabelledEnum)


@dataclass(frozen=True)
class Given:
    """What the form holds; `new_organization` is a company typed by name."""

    fields: ContactFields
    new_organization: str | None
    custom: dict[str, Any]
    write_again: bool = False


def new(ctx: PageContext, raw: str = "") -> None:
    """The drawer's form for a new contact; `raw` is `at-12` where it begins in organisation 12."""
    at = raw.removeprefix("at-")
    organization_id = int(at) if raw.startswith("at-") and at.isdigit() else None
    start = ContactFields(owner_id=ctx.house.member_id, organization_id=organization_id)
    found = offered(ctx, "contacts", include=organization_id)
    with page.form("new_contact") as form:
        given = _fields(ctx, form, start, {}, found)
        another = form.field(
            "allow_duplicate", st.checkbox, "Add it also if somebody looks the same",
            help="For shared addresses, such as a press office.",
        )  # fmt: skip
        if not form.submit("Create contact", icon="person_add"):
            return
        cmd = CreateContact(
            given.fields, allow_duplicate=another, new_organization=given.new_organization, custom=given.custom
        )
        made = page.act(ctx, commands.create_contact, cmd, form=form, done="Contact created.", refresh=False)
    if made is not None:
        st.query_params.pop("new", None)
        page.open_drawer(contact=made.contact_id)


def edit(ctx: PageContext, now: ContactDetail) -> bool:
    """The form of an existing contact; True once it was saved."""
    found = offered(ctx, "contacts", include=now.fields.organization_id)
    with page.form(form_name(now.id)) as form:
        before = seen(form, now)
        given = _fields(ctx, form, before.fields, before.custom, found, own_id=now.id, declined=_declined(ctx, now.id))
        if not form.submit("Save contact", icon="check"):
            return False
        cmd = EditContact(
            now.id, before.version, given.fields, base=before.fields, new_organization=given.new_organization,
            custom=given.custom, base_custom=before.custom, write_again=given.write_again,
        )  # fmt: skip
        return page.act(ctx, commands.edit_contact, cmd, form=form, done="Contact saved.", refresh=False) is not None


def form_name(contact_id: int) -> str:
    """The name of the contact's form."""
    return f"contact_{contact_id}"


def _declined(ctx: PageContext, contact_id: int) -> str:
    """What the person declined themselves and somebody who sends messages may lift, as words; empty for nothing."""
    if not (ctx.can(Permission.PROMOTE_READ) and ctx.can(Permission.MESSAGES_SEND)):
        return ""
    rows = tables.records(page.read(ctx, suppressions, contact_id=contact_id).frame)
    return ", ".join(f"{row['address']} ({SuppressionReason(row['reason']).label.lower()})" for row in rows)


def _fields(
    ctx: PageContext,
    form: Form,
    old: ContactFields,
    custom: Mapping[str, Any],
    found: Offered,
    *,
    own_id: int = 0,
    declined: str = "",
) -> Given:
    first = form.text("first_name", "First name", old.first_name)
    last = form.text("last_name", "Last name", old.last_name)
    shown = _shown_name(form, old) if _has_no_parts(old) else old.full_name
    emails = _emails(form, old.emails)
    phones = _phones(form, old.phones)
    organization = _organization(form, found, old.organization_id)
    title = form.text("job_title", "Title", old.job_title)
    owner = pick_id(form, "owner_id", "Owner", found.owners, old.owner_id)
    lifecycle = form.choice("lifecycle", "Lifecycle", ContactLifecycle, old.lifecycle)
    tags = pick_tags(form, "tags", "Tags", found.tags, old.tags)
    renamed = (first, last) != (old.first_name or "", old.last_name or "")
    fields = replace(
        old,
        first_name=first,
        last_name=last,
        # A name in another order than first-last is kept until one of its parts is written anew.
        full_name=None if renamed and shown == old.full_name else shown,
        emails=emails,
        phones=phones,
        organization_id=organization if isinstance(organization, int) else None,
        job_title=title,
        owner_id=owner,
        lifecycle=lifecycle,
        tags=tags,
    )
    with st.expander("Marketing consent", icon=":material/verified_user:"):
        fields = _consent(ctx, form, fields)
        again = bool(declined) and _write_again(form, declined)
        if again:
            fields = replace(fields, do_not_contact=False)
    with st.expander("Address", icon=":material/home_pin:"):
        fields = replace(fields, **address(ctx, form, old))
    with st.expander("More", icon=":material/more_horiz:"):
        fields = replace(_more(form, fields, old), reports_to_id=_boss(ctx, form, old, own_id))
    known = cache.kept(ctx, "contact_custom_fields", 0, lambda: page.read(ctx, queries.contact_custom_fields))
    custom = custom_fields.section(ctx, form, "contacts", custom, known)
    return Given(fields, organization if isinstance(organization, str) else None, dict(custom), again)


def _boss(ctx: PageContext, form: Form, old: ContactFields, own_id: int) -> int | None:
    people = page.read(ctx, queries.colleague_choices, old.organization_id, include=old.reports_to_id)
    people.pop(own_id, None)
    note = "Somebody of the same organisation." if old.organization_id else "Save the organisation first."
    return pick_id(form, "reports_to_id", "Reports to", people, old.reports_to_id, help=note)


def _has_no_parts(old: ContactFields) -> bool:
    return bool(old.full_name) and not old.first_name and not old.last_name


def _shown_name(form: Form, old: ContactFields) -> str | None:
    return form.text("full_name", "Name as shown", old.full_name, help="Composed from first and last name if empty.")


def address(ctx: PageContext, form: Form, old: Any, prefix: str = "") -> dict[str, Any]:
    """The fields of a postal address; `prefix` such as billing_ names another one."""
    labels = {
        "street": "Street and number",
        "street2": "Building, floor",
        "postal_code": "Postal code",
        "city": "Town",
        "region": "Region",
    }
    given: dict[str, Any] = {
        f"{prefix}{name}": form.text(f"{prefix}{name}", label, getattr(old, f"{prefix}{name}"))
        for name, label in labels.items()
    }
    names = country_choices(formats.locale(ctx.locale).language)
    given[f"{prefix}country"] = pick_text(form, f"{prefix}country", "Country", names, getattr(old, f"{prefix}country"))
    return given


def _organization(form: Form, found: Offered, value: int | None) -> int | str | None:
    ids: list[Any] = list(found.organizations)
    return form.field(
        "organization_id", st.selectbox, "Organisation", ids, index=ids.index(value) if value in ids else None,
        format_func=lambda row_id: found.organizations.get(row_id, str(row_id)), accept_new_options=True,
        placeholder="Choose, or type a new one",
    )  # fmt: skip


def _emails(form: Form, old: Sequence[EmailEntry]) -> tuple[EmailEntry, ...]:
    given = []
    for index, entry in enumerate([*old, EmailEntry("", is_primary=not old)]):
        label = "E-mail" if index == 0 else "Another e-mail"
        address_, kind = _line(form, "emails", index, label, entry.email, entry.kind, EmailKind, "email")
        given.append(EmailEntry(address_, kind, entry.is_primary))
    if len(old) < 2:
        return tuple(given)
    chosen = form.pick("primary_email", "Messages go to", [entry.email for entry in old], old[0].email)
    return tuple(replace(e, is_primary=i < len(old) and old[i].email == chosen) for i, e in enumerate(given))


def _phones(form: Form, old: Sequence[PhoneEntry]) -> tuple[PhoneEntry, ...]:
    given = []
    for index, entry in enumerate([*old, PhoneEntry("", is_primary=not old)]):
        label = "Phone" if index == 0 else "Another phone"
        number, kind = _line(form, "phones", index, label, entry.number, entry.kind, PhoneKind, "phone")
        given.append(replace(entry, number=number, kind=kind, e164=None))
    if len(old) < 2:
        return tuple(given)
    chosen = form.pick("primary_phone", "Call first", [entry.number for entry in old], old[0].number)
    return tuple(replace(e, is_primary=i < len(old) and old[i].number == chosen) for i, e in enumerate(given))


def _line(
    form: Form, field: str, index: int, label: str, text: str, kind: E, kinds: type[E], type_: str
) -> tuple[str, E]:
    """An address or number beside its kind; the first carries the field's errors."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        with st.container(width="stretch"):
            value = form.text(field if index == 0 else f"{field}_{index}", label, text, type=type_)
        with st.container(width=130):
            chosen = form.choice(f"{field}_kind_{index}", f"Kind of {label.lower()}", kinds, kind,
                                 label_visibility="collapsed")  # fmt: skip
    return value, chosen


def _consent(ctx: PageContext, form: Form, old: ContactFields) -> ContactFields:
    consent = form.choice("marketing_consent", "Consent to marketing", MarketingConsent, old.marketing_consent)
    basis = pick_text(
        form, "consent_basis", "Rests on", {member.value: member.label for member in ConsentBasis}, old.consent_basis
    )
    at = form.instant("consent_at", "Given, refused or withdrawn", ctx.house.zone, old.consent_at,
                      help="Empty means now, when the decision changes.")  # fmt: skip
    source = form.text("consent_source", "Proof", old.consent_source, placeholder="Form, page or conversation")
    silent = form.field("do_not_contact", st.checkbox, "Do not contact", value=old.do_not_contact,
                        help="No marketing and no calls, whatever the consent says.")  # fmt: skip
    changed = consent is not old.marketing_consent
    same_minute = old.consent_at is not None and at is not None and abs((at - old.consent_at).total_seconds()) < 60
    # The widget knows minutes only: an untouched time keeps its seconds, a new decision without a time is now.
    kept = old.consent_at if same_minute and not changed else None if same_minute else at
    return replace(
        old,
        marketing_consent=consent,
        consent_basis=ConsentBasis(basis) if basis else None,
        consent_at=kept,
        # What proved the decision before proves no new one.
        consent_source=None if changed and source == old.consent_source else source,
        do_not_contact=bool(silent),
    )


def _write_again(form: Form, declined: str) -> bool:
    asked = form.field("write_again", st.checkbox, "They asked for messages again",
                       help="Choose the new consent above first.")  # fmt: skip
    st.caption(escaped(f"Gets no more: {declined}. Tick this to end that and “Do not contact” together."))
    return bool(asked)


def _more(form: Form, old: ContactFields, before: ContactFields) -> ContactFields:
    zones = {name: name.replace("_", " ") for name in clock.zone_names()}
    if before.full_name and not _has_no_parts(before):
        shown = _shown_name(form, before)
        old = replace(old, full_name=old.full_name if shown == before.full_name else shown)
    return replace(
        old,
        salutation=form.text("salutation", "Form of address", old.salutation),
        nickname=form.text("nickname", "Nickname or stage name", old.nickname),
        pronouns=form.text("pronouns", "Pronouns", old.pronouns),
        department=form.text("department", "Department", old.department),
        source=form.text("source", "Source", old.source, placeholder="Fair, referral, form"),
        website=form.text("website", "Website", old.website),
        language=form.text("language", "Language", old.language, placeholder="fr"),
        timezone=pick_text(form, "timezone", "Time zone", zones, old.timezone),
        birthday=form.field("birthday", st.date_input, "Birthday", value=old.birthday, min_value="1900-01-01"),
        guest_rank=form.field("guest_rank", st.number_input, "Protocol rank (1 highest)", value=old.guest_rank,
                              min_value=1, max_value=9, step=1),
        socials=handles_from(form.area("socials", "Social media", handles_text(old.socials),
                                       help="One a line, as in instagram: handle", height=90)),
        summary=form.area("summary", "What to know before meeting them", old.summary, height=90),
    )  # fmt: skip
