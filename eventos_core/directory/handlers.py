"""What the directory does when houses are founded and people join."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update

from eventos_core.db.facts import on
from eventos_core.db.session import TenantSession
from eventos_core.directory.queries.matching import match_by_email
from eventos_core.directory.rules.contacts import COMPLAINED, RETURNED, UNSUBSCRIBED
from eventos_core.enums.directory import ContactLifecycle, EmailKind, MarketingConsent, OrganizationKind
from eventos_core.kernel import clock
from eventos_core.kernel.facts import AddressBounced, HouseFounded, MarketingDeclined, MemberJoined
from eventos_core.models.directory import Contact, ContactEmail, MyOrganizationMetadata, Organization
from eventos_core.models.tenancy import Account, AccountUser


@on(HouseFounded)
def add_own_organization(db: TenantSession, fact: HouseFounded) -> None:
    """Every house begins with its own organisation and what it says of itself."""
    account = db.scalars(select(Account).where(Account.id == fact.account_id)).one()
    own = Organization(
        name=account.name,
        kind=OrganizationKind.ORGANIZER,
        is_own=True,
        country=account.country,
        email=account.contact_email,
        timezone=account.timezone,
        owner_id=fact.owner_member_id,
    )
    db.add(own)
    db.flush()
    db.add(
        MyOrganizationMetadata(
            organization_id=own.id,
            legal_name=account.name,
            country=account.country,
            support_email=account.contact_email,
        )
    )
    db.flush()


@on(MemberJoined)
def add_member_contact(db: TenantSession, fact: MemberJoined) -> None:
    """A member is a person of the house: found by exact e-mail address, else added."""
    linked = db.scalar(
        select(AccountUser.contact_id).where(
            AccountUser.account_id == db.context.account_id, AccountUser.id == fact.member_id
        )
    )
    if linked is not None:
        return
    found = match_by_email(db, fact.email) if fact.email else None
    if found is not None and _is_somebody_else(db, found.id, fact.member_id):
        found = None
    contact_id = found.id if found is not None else _add_person(db, fact)
    _link(db, fact.member_id, contact_id)


@on(AddressBounced)
def mark_address(db: TenantSession, fact: AddressBounced) -> None:
    """Messages go to another address of the person from now on; who has none that works is not contacted any more."""
    account = db.context.account_id
    db.execute(
        update(ContactEmail)
        .where(ContactEmail.account_id == account, ContactEmail.email_norm == fact.address_norm)
        .values(bounced_at=clock.now())
    )
    working = select(ContactEmail.contact_id).where(
        ContactEmail.account_id == account, ContactEmail.bounced_at.is_(None)
    )
    _silence(db, and_(Contact.id.in_(_with_address(db, fact.address_norm)), Contact.id.not_in(working)), RETURNED)


@on(MarketingDeclined)
def decline_marketing(db: TenantSession, fact: MarketingDeclined) -> None:
    """Everybody with that address, and the person written to, has declined: no consent, and not to be contacted."""
    whose: ColumnElement[bool] = Contact.id.in_(_with_address(db, fact.address_norm))
    if fact.contact_id is not None:
        whose = or_(Contact.id == fact.contact_id, whose)
    db.execute(
        update(Contact)
        .where(
            Contact.account_id == db.context.account_id,
            whose,
            Contact.marketing_consent != MarketingConsent.WITHDRAWN,
            Contact.erased_at.is_(None),
        )
        .values(
            marketing_consent=MarketingConsent.WITHDRAWN, consent_at=clock.now(),
            consent_source="Spam report" if fact.complained else "Unsubscribe link",
        )
    )  # fmt: skip
    _silence(db, whose, COMPLAINED if fact.complained else UNSUBSCRIBED)


def _with_address(db: TenantSession, address_norm: str) -> Select[int]:
    return select(ContactEmail.contact_id).where(
        ContactEmail.account_id == db.context.account_id, ContactEmail.email_norm == address_norm
    )


def _silence(db: TenantSession, whose: ColumnElement[bool], reason: str) -> None:
    """Mark people as not to be contacted; who is already keeps the reason that is there.

    Only that mail came back gives way to what the person asked for: a program may take that off.
    """
    known = Contact.do_not_contact_reason
    weaker = or_(~Contact.do_not_contact, and_(known == RETURNED, known != reason))
    db.execute(
        update(Contact)
        .where(Contact.account_id == db.context.account_id, whose, weaker, Contact.erased_at.is_(None))
        .values(do_not_contact=True, do_not_contact_reason=reason)
    )


def _is_somebody_else(db: TenantSession, contact_id: int, member_id: int) -> bool:
    other = db.scalar(
        select(AccountUser.id)
        .where(
            AccountUser.account_id == db.context.account_id,
            AccountUser.contact_id == contact_id,
            AccountUser.id != member_id,
        )
        .limit(1)
    )
    return other is not None


def _add_person(db: TenantSession, fact: MemberJoined) -> int:
    own = db.scalar(
        select(Organization.id).where(Organization.account_id == db.context.account_id, Organization.is_own)
    )
    row = Contact(
        full_name=fact.display_name,
        organization_id=own,
        lifecycle=ContactLifecycle.TEAM,
        source="team",
    )
    db.add(row)
    db.flush()
    if fact.email:
        db.add(ContactEmail(contact_id=row.id, email=fact.email, kind=EmailKind.WORK, is_primary=True))
        db.flush()
    return row.id


def _link(db: TenantSession, member_id: int, contact_id: int) -> None:
    """The member in context may not edit memberships: a definer function links just that one."""
    if member_id == db.context.member_id:
        db.execute(select(func.app.link_member_contact(contact_id)))
        return
    # Somebody with the right to manage the team brought another person in.
    row = db.scalars(
        select(AccountUser).where(AccountUser.account_id == db.context.account_id, AccountUser.id == member_id)
    ).one()
    row.contact_id = contact_id
    db.flush()
