"""What the directory adds to registries: timelines, duplicates that wait for a look, lists for export."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd
from sqlalchemy import BigInteger, Date, and_, cast, func, null, select
from sqlalchemy.orm import aliased

from eventos_core.db.session import TenantSession
from eventos_core.directory import commands, queries
from eventos_core.directory.queries.contacts import ContactFilter
from eventos_core.directory.queries.duplicates import possible_duplicates
from eventos_core.directory.queries.organizations import OrganizationFilter
from eventos_core.enums.directory import (
    ConsentBasis,
    ContactLifecycle,
    MarketingConsent,
    MergeEntity,
    OrganizationKind,
)
from eventos_core.enums.tenancy import LegalBasis, RetentionAction, RetentionAnchor
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Contact, ContactEmail, ContactPhone, Organization
from eventos_core.operations.custom import Entity, entity
from eventos_core.operations.exports import Column, Exportable, column, exportable, instant, label
from eventos_core.operations.exports.own_fields import with_own_fields
from eventos_core.operations.lists import PageOf
from eventos_core.operations.needs import Need, Urgency, needs_me
from eventos_core.operations.privacy.registry import personal
from eventos_core.operations.privacy.retention import retained
from eventos_core.operations.related import related, rows
from eventos_core.operations.timeline import Moment, audited, timeline_source
from eventos_core.operations.trash import Binned, binned

_NOUNS = {
    "contacts": "Contact",
    "contact_emails": "E-mail address",
    "contact_phones": "Phone number",
    "organizations": "Organisation",
}


@timeline_source("contacts", requires=Permission.CONTACTS_READ)
def contact_changes(db: TenantSession, contact_id: int, before: dt.datetime | None, limit: int) -> Sequence[Moment]:
    """Changes of the contact and of the addresses it has now, from the audit."""
    account = db.context.account_id
    emails = db.scalars(
        select(ContactEmail.id).where(ContactEmail.account_id == account, ContactEmail.contact_id == contact_id)
    ).all()
    phones = db.scalars(
        select(ContactPhone.id).where(ContactPhone.account_id == account, ContactPhone.contact_id == contact_id)
    ).all()
    rows = {"contacts": [contact_id], "contact_emails": emails, "contact_phones": phones}
    return audited(db, rows, _NOUNS, before, limit)


@timeline_source("organizations", requires=Permission.CONTACTS_READ)
def organization_changes(
    db: TenantSession, organization_id: int, before: dt.datetime | None, limit: int
) -> Sequence[Moment]:
    """Changes of the company, from the audit."""
    return audited(db, {"organizations": [organization_id]}, _NOUNS, before, limit)


@related(
    "contacts", "colleagues", "Colleagues", icon="group", requires=Permission.CONTACTS_READ, states=ContactLifecycle,
    page="sales_contacts", parameter="contact", order=70,
)  # fmt: skip
def colleagues(db: TenantSession, contact_id: int) -> pd.DataFrame:
    """People in use at the same company, by name."""
    other = aliased(Contact)
    statement = (
        select(
            other.id,
            other.full_name.label("title"),
            other.job_title.label("about"),
            other.lifecycle.label("state"),
            cast(null(), Date).label("on"),
            cast(null(), BigInteger).label("amount_minor"),
            null().label("currency"),
            null().label("opens"),
        )
        .select_from(Contact)
        .join(other, and_(other.account_id == Contact.account_id, other.organization_id == Contact.organization_id))
        .where(
            Contact.account_id == db.context.account_id,
            Contact.id == contact_id,
            other.id != contact_id,
            other.archived_at.is_(None),
        )
        .order_by(other.name_sort, other.id)
    )
    return rows(db, statement)


@needs_me(Permission.CONTACTS_MERGE)
def duplicates_to_review(db: TenantSession) -> list[Need]:
    """Likely pairs where this member keeps one of the two: one need, at most."""
    member = db.context.member_id
    if member is None:
        return []
    pairs = possible_duplicates(db, MergeEntity.CONTACT, owner_id=member, limit=10)
    if pairs.empty:
        return []
    first = pairs.iloc[0]
    more = len(pairs) - 1
    why = f"{first['why']}: {first['shared']}" if first["shared"] else first["why"]
    return [
        Need(
            title=f"Is {first['first']} the same person as {first['second']}?",
            context=why + (f", and {more} more pairs" if more else ""),
            urgency=Urgency.WHENEVER,
            page="sales_contacts",
            parameters={"merge": f"{first['first_id']}-{first['second_id']}"},
        )
    ]


def _contacts(db: TenantSession, wanted: ContactFilter, cursor: str | None, size: int) -> PageOf:
    return queries.contacts_in_full(db, wanted, cursor=cursor, size=size)


def _contact_columns(db: TenantSession, wanted: ContactFilter) -> Sequence[Column]:
    """Headers as imports name them, so that the file can come back; custom fields last."""
    columns = (
        column("Id", "id"),
        column("Full name", "name"),
        column("First name", "first_name", shown="name"),
        column("Last name", "last_name", shown="name"),
        column("E-mail", "emails", shown="email"),
        column("Phone", "phones", shown="phone"),
        column("Organisation", "organization"),
        column("Job title", "job_title"),
        column("Department", "department"),
        column("Owner", "owner"),
        label("Lifecycle", "lifecycle", ContactLifecycle),
        column("Source", "source"),
        column("Tags", "tags"),
        column("Street", "street"),
        column("City", "city"),
        column("Region", "region"),
        column("Postal code", "postal_code"),
        column("Country", "country"),
        column("Language", "language"),
        label("Marketing consent", "marketing_consent", MarketingConsent),
        label("Basis of consent", "consent_basis", ConsentBasis),
        instant("Consent at", "consent_at"),
        column("Do not contact", "do_not_contact"),
        instant("Created", "created_at"),
    )
    return with_own_fields(db, "contacts", columns)


def _organizations(db: TenantSession, wanted: OrganizationFilter, cursor: str | None, size: int) -> PageOf:
    return queries.organizations_in_full(db, wanted, cursor=cursor, size=size)


def _organization_columns(db: TenantSession, wanted: OrganizationFilter) -> Sequence[Column]:
    columns = (
        column("Id", "id"),
        column("Name", "name"),
        column("Legal name", "legal_name"),
        label("Kind", "kind", OrganizationKind),
        column("Industry", "industry"),
        column("Domain", "domain"),
        column("Website", "website"),
        column("E-mail", "email"),
        column("Phone", "phone"),
        column("Owner", "owner"),
        column("Belongs to", "parent"),
        column("Tags", "tags"),
        column("Street", "street"),
        column("City", "city"),
        column("Region", "region"),
        column("Postal code", "postal_code"),
        column("Country", "country"),
        column("Tax number", "tax_id"),
        column("Registration number", "registration_no"),
        column("Currency", "currency"),
        column("Payment term (days)", "payment_terms_days"),
        column("Source", "source"),
        column("Do not contact", "do_not_contact"),
        instant("Created", "created_at"),
    )
    return with_own_fields(db, "organizations", columns)


def _restore_contact(db: TenantSession, contact_id: int, version: int) -> None:
    commands.restore_contacts(db, commands.RestoreContacts((contact_id,), version))


def _restore_organization(db: TenantSession, organization_id: int, version: int) -> None:
    commands.restore_organizations(db, commands.RestoreOrganizations((organization_id,), version))


binned(
    Binned(
        Contact, "Contact", Permission.CONTACTS_READ, Permission.CONTACTS_WRITE, "sales_contacts", "contact",
        Contact.full_name.expression, Contact.search_text.expression, _restore_contact, "restore_contacts",
        icon="person", context=func.concat_ws(", ", Contact.job_title, Contact.city),
        where=(Contact.merged_into_id.is_(None), Contact.erased_at.is_(None)),
    )
)  # fmt: skip
binned(
    Binned(
        Organization, "Organisation", Permission.CONTACTS_READ, Permission.CONTACTS_WRITE, "sales_organizations",
        "organization", Organization.name.expression, Organization.search_text.expression, _restore_organization,
        "restore_organizations", icon="domain", context=func.concat_ws(", ", Organization.domain, Organization.city),
        where=(Organization.merged_into_id.is_(None),),
    )
)  # fmt: skip
exportable(
    Exportable(
        "contacts", "Contacts", Permission.CONTACTS_EXPORT, ContactFilter, _contacts, queries.contacts_counted,
        _contact_columns, reads=Permission.CONTACTS_READ,
        covers=("directory.contacts", "directory.contacts_in_full"),
    )
)  # fmt: skip
exportable(
    Exportable(
        "organizations", "Organisations", Permission.CONTACTS_EXPORT, OrganizationFilter, _organizations,
        queries.organizations_counted, _organization_columns, reads=Permission.CONTACTS_READ,
        covers=("directory.organizations", "directory.organizations_in_full"),
    )
)  # fmt: skip


entity(Entity("contacts", "Contacts", Contact, Permission.CONTACTS_READ))
entity(Entity("organizations", "Organisations", Organization, Permission.CONTACTS_READ))
_IN_GENERAL = (
    "full_name", "salutation", "first_name", "last_name", "nickname", "pronouns", "organization_id", "job_title",
    "department", "reports_to_id", "source_detail", "guest_rank", "language", "timezone", "birthday", "socials",
    "website", "photo_id", "summary", "consent_source", "street", "street2", "city", "region", "postal_code", "country",
    "custom", "tags",
)  # fmt: skip
personal(
    "contacts",
    own=_IN_GENERAL,
    link=("merged_into_id",),
    sets={
        "erased_at": "coalesce(erased_at, now())",
        "marketing_consent": "'withdrawn'",
        "consent_at": "coalesce(consent_at, now())",
        "do_not_contact": "true",
        "do_not_contact_reason": "null",
    },
    files=("photo_id",),
    title="Contacts",
)
personal("contact_emails", own=("email",), address=("email_norm",), goes=True, title="E-mail addresses")
personal("contact_phones", own=("number", "e164", "extension"), goes=True, title="Phone numbers")

# A visit, a deal or a conversation counts as activity; so does any change of the contact itself.
_LAST_ACTIVITY = (
    "greatest(t.updated_at,"
    " (select max(a.timeline_at) from activities a where a.account_id = t.account_id and a.contact_id = t.id),"
    " (select max(e.ends_at) from attendees g join events e on e.account_id = g.account_id and e.id = g.event_id"
    "   where g.account_id = t.account_id and g.contact_id = t.id),"
    " (select max(o.updated_at) from opportunities o where o.account_id = t.account_id and o.contact_id = t.id))"
)
_ANCHORS = {RetentionAnchor.LAST_ACTIVITY: _LAST_ACTIVITY, RetentionAnchor.CREATED: "t.created_at"}
_NOT_IN_THE_TEAM = (
    "t.erased_at is null and t.merged_into_id is null and not exists (select from account_users m"
    " where m.account_id = t.account_id and m.contact_id = t.id and m.status in ('active', 'invited'))"
)
for _basis, _about, _which, _months in (
    (LegalBasis.CONSENT, "People who agreed to marketing", "= 'granted'", 36),
    (LegalBasis.LEGITIMATE_INTEREST, "People who did not agree to marketing", "<> 'granted'", 24),
):
    retained(
        "contacts", _basis, about=_about, months=_months, anchors=_ANCHORS,
        actions=(RetentionAction.ANONYMISE, RetentionAction.ARCHIVE),
        where=f"t.marketing_consent {_which} and {_NOT_IN_THE_TEAM}", name="t.full_name",
    )  # fmt: skip
