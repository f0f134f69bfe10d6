"""Who a message goes to, and whether it may: addresses, languages, consents and suppressions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import ColumnElement, and_, or_, select, update

from eventos_core.db.registry import PEOPLE
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import MessageCategory, MessageChannel, SuppressionReason, SuppressionScope
from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel import clock
from eventos_core.models.directory import Contact, ContactEmail, ContactPhone
from eventos_core.models.operations import MessageSuppression
from eventos_core.models.tenancy import Account, AccountUser, User
from eventos_core.models.ticketing import Attendee
from eventos_core.operations import fields


class Addressed(Protocol):
    """What names a recipient: a queued message, or one about to be queued."""

    @property
    def channel(self) -> MessageChannel: ...
    @property
    def user_id(self) -> int | None: ...
    @property
    def contact_id(self) -> int | None: ...
    @property
    def attendee_id(self) -> int | None: ...
    @property
    def address(self) -> str | None: ...


@dataclass(frozen=True)
class Recipient:
    """Somebody to write to. `address` is None where they have none on that channel."""

    name: str
    first_name: str
    address: str | None
    locale: str | None = None
    contact_id: int | None = None
    agrees_to_marketing: bool = False
    missing: str = ""
    """Why there is no address, in words."""


def resolve(db: TenantSession, message: Addressed) -> Recipient:
    """The recipient as they stand now; one query."""
    if message.user_id is not None:
        return _member(db, message.user_id)
    if message.contact_id is not None:
        return contact(db, message.contact_id, message.channel)
    if message.attendee_id is not None:
        return _attendee(db, message.attendee_id, message.channel)
    return Recipient("", "", message.address)


def address_norm(address: str) -> str:
    """An address as suppressions compare it: trimmed and lower case."""
    return address.strip().lower()


def number(db: TenantSession, raw: str) -> str | None:
    """A telephone number in E.164, read as of the house's country where it has no prefix; one query then."""
    found = fields.phone(raw, None)
    if found is not None:
        return found
    return fields.phone(raw, db.scalar(select(Account.country).where(Account.id == db.context.account_id)))


def address_hash(address: str) -> bytes:
    """SHA-256 of the normalised address: a suppression outlives the erasure of the address itself."""
    return hashlib.sha256(address_norm(address).encode()).digest()


def stopped(db: TenantSession, recipient: Recipient, channel: MessageChannel, category: MessageCategory) -> str | None:
    """Why this recipient gets no message of that category on that channel; None where they do. At most one query.

    Marketing needs an explicit yes and is stopped by any suppression; everything else is stopped only where mail to
    the address came back for good, its owner complained or was erased.
    """
    marketing = category is MessageCategory.MARKETING
    if marketing and not recipient.agrees_to_marketing:
        return "No consent to marketing."
    if recipient.address is None or channel is MessageChannel.IN_APP:
        return None
    scopes = [SuppressionScope.ALL, *([SuppressionScope.MARKETING] if marketing else [])]
    reason = db.scalar(
        select(MessageSuppression.reason)
        .where(
            MessageSuppression.account_id == db.context.account_id,
            MessageSuppression.channel == channel,
            MessageSuppression.address_hash == address_hash(recipient.address),
            MessageSuppression.scope.in_(scopes),
            MessageSuppression.lifted_at.is_(None),
        )
        .limit(1)
    )
    return None if reason is None else f"The address gets no more: {SuppressionReason(reason).label.lower()}."


def suppress(
    db: TenantSession,
    address: str,
    *,
    channel: MessageChannel,
    scope: SuppressionScope,
    reason: SuppressionReason,
    contact_id: int | None = None,
    message_id: int | None = None,
) -> bool:
    """Send nothing more of that scope to the address; False where that was so already.

    What a person asked for then stands in place of mail that came back: a program may lift that.
    """
    account, hashed = db.context.account_id, address_hash(address)
    found = db.scalar(
        select(MessageSuppression).where(
            MessageSuppression.account_id == account,
            MessageSuppression.channel == channel,
            MessageSuppression.address_hash == hashed,
            MessageSuppression.scope == scope,
            MessageSuppression.lifted_at.is_(None),
        )
    )
    if found is not None:
        if found.reason is SuppressionReason.HARD_BOUNCE:
            found.reason = reason
            db.flush()
        return False
    db.add(
        MessageSuppression(
            channel=channel, address_hash=hashed, address_norm=address_norm(address), contact_id=contact_id,
            scope=scope, reason=reason, message_id=message_id,
        )
    )  # fmt: skip
    db.flush()
    return True


def may_write_again(db: TenantSession, reason: SuppressionReason | None) -> bool:
    """Whether whoever acts may lift what stops messages for that reason (None: a member set it).

    People may; a program only where mail came back, never what a person asked for.
    """
    return db.context.actor_kind in PEOPLE or reason is SuppressionReason.HARD_BOUNCE


def declined_by(account_id: int, contact_id: int) -> ColumnElement[bool]:
    """Condition: what a contact declined themselves by link or spam report, in force, at any of their addresses."""
    own = select(ContactEmail.email_norm).where(
        ContactEmail.account_id == account_id, ContactEmail.contact_id == contact_id
    )
    return and_(
        MessageSuppression.account_id == account_id,
        MessageSuppression.lifted_at.is_(None),
        MessageSuppression.reason.in_((SuppressionReason.UNSUBSCRIBED, SuppressionReason.COMPLAINT)),
        or_(
            MessageSuppression.contact_id == contact_id,
            and_(MessageSuppression.channel == MessageChannel.EMAIL, MessageSuppression.address_norm.in_(own)),
        ),
    )


def lift_declined(db: TenantSession, contact_id: int) -> None:
    """Write to a contact's addresses again because they asked for it; one that mail came back from stays. One query.

    Checks no permission: the caller's command does.
    """
    db.execute(
        update(MessageSuppression)
        .where(declined_by(db.context.account_id, contact_id))
        .values(lifted_at=clock.now(), lifted_by=db.context.member_id)
        .execution_options(synchronize_session=False)
    )


def _member(db: TenantSession, user_id: int) -> Recipient:
    row = db.execute(
        select(User.email, User.locale, AccountUser.display_name)
        .join(AccountUser, AccountUser.user_id == User.id)
        .where(
            AccountUser.account_id == db.context.account_id,
            User.id == user_id,
            AccountUser.status == MemberStatus.ACTIVE,
        )
    ).one_or_none()
    if row is None:
        return Recipient("", "", None, missing="This person is no member of the house any more.")
    return Recipient(row.display_name, row.display_name.split(" ")[0], row.email, row.locale)


def contact(db: TenantSession, contact_id: int, channel: MessageChannel) -> Recipient:
    """That contact with the address that messages on the channel go to; one query."""
    account = db.context.account_id
    person = [
        Contact.full_name, Contact.first_name, Contact.language, Contact.marketing_consent, Contact.do_not_contact,
        Contact.erased_at,
    ]  # fmt: skip
    if channel is MessageChannel.SMS:
        phone = ContactPhone
        address = (
            select(phone.e164)
            .where(
                phone.account_id == account, phone.contact_id == contact_id, phone.e164.is_not(None), phone.accepts_sms
            )
            .order_by(phone.is_primary.desc(), phone.id)
            .limit(1)
            .scalar_subquery()
        )
        missing = "There is no mobile number that takes text messages."
    else:
        mail = ContactEmail
        address = (
            select(mail.email)
            .where(mail.account_id == account, mail.contact_id == contact_id, mail.bounced_at.is_(None))
            .order_by(mail.is_primary.desc(), mail.id)
            .limit(1)
            .scalar_subquery()
        )
        missing = "There is no e-mail address that works."
    row = db.execute(
        select(*person, address.label("address")).where(Contact.account_id == account, Contact.id == contact_id)
    ).one_or_none()
    if row is None or row.erased_at is not None:
        return Recipient("", "", None, missing="This person is not known any more.")
    agrees = row.marketing_consent.allows and not row.do_not_contact
    first = row.first_name or row.full_name
    return Recipient(row.full_name, first, row.address, row.language, contact_id, agrees, missing)


def _attendee(db: TenantSession, attendee_id: int, channel: MessageChannel) -> Recipient:
    row = db.execute(
        select(
            Attendee.name, Attendee.first_name, Attendee.email, Attendee.phone, Attendee.locale, Attendee.contact_id,
            Attendee.marketing_consent, Contact.do_not_contact, Contact.marketing_consent.label("known_consent"),
        )
        .outerjoin(Contact, (Contact.account_id == Attendee.account_id) & (Contact.id == Attendee.contact_id))
        .where(Attendee.account_id == db.context.account_id, Attendee.id == attendee_id)
    ).one_or_none()  # fmt: skip
    if row is None:
        return Recipient("", "", None, missing="This guest is not known any more.")
    texts = channel is MessageChannel.SMS
    address = (number(db, row.phone) if row.phone else None) if texts else row.email
    known = row.known_consent
    # What the person told the house last counts more than a box ticked at one event.
    agrees = bool(row.marketing_consent) and not row.do_not_contact and (known is None or known.value not in _NO)
    missing = "" if address else "The guest left no such address."
    first = row.first_name or row.name
    return Recipient(row.name, first, address, row.locale, row.contact_id, agrees, missing)


_NO = ("withdrawn", "refused")
