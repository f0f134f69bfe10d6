"""Writing people: create, edit with conflicts shown, archive, restore."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text

from eventos_core.db.editing import edit, get, set_archived
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.directory.commands.checks import check_exists, check_owner, locked, readable
from eventos_core.directory.commands.organizations import find_or_add
from eventos_core.directory.queries.contacts import emails_of, phones_of
from eventos_core.directory.queries.house import house_country
from eventos_core.directory.queries.matching import find_same_person
from eventos_core.directory.rules.contacts import (
    CHILDREN,
    RETURNED,
    ContactFields,
    EmailEntry,
    PhoneEntry,
    check_contact,
)
from eventos_core.directory.rules.custom import merged
from eventos_core.directory.rules.duplicates import Sign
from eventos_core.directory.rules.editing import rebase
from eventos_core.directory.rules.values import email_norm
from eventos_core.enums.operations import SuppressionReason
from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel import clock
from eventos_core.kernel.errors import AlreadyExists, EditConflict, InvalidInput, NotAllowedNow, PermissionDenied
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Contact, ContactEmail, ContactPhone, Organization
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.custom.queries import settle
from eventos_core.operations.messages.recipients import lift_declined, may_write_again


@dataclass(frozen=True)
class ContactSaved:
    """The contact's id and version after the command."""

    contact_id: int
    version: int


@dataclass(frozen=True)
class CreateContact:
    """A new contact. `allow_duplicate` says that a person has seen who looks the same.

    `new_organization` is a company by name in place of `fields.organization_id`: found, or added.
    """

    fields: ContactFields
    allow_duplicate: bool = False
    new_organization: str | None = None
    custom: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class EditContact:
    """All fields of a contact as they should be; `version` is the one that was edited.

    With `base`, what the editor saw, only fields that differ from it are written, and changes of others to other
    fields are no conflict. `write_again` lifts what the person declined by link or spam report: they said so anew.
    """

    contact_id: int
    version: int
    fields: ContactFields
    base: ContactFields | None = None
    new_organization: str | None = None
    custom: Mapping[str, Any] | None = None
    """The custom fields as they should be; None leaves them."""
    base_custom: Mapping[str, Any] | None = None
    """The custom fields that the editor saw; goes with `base`."""
    write_again: bool = False
    """Their addresses get messages again; needs a consent, no “do not contact”, and messages.send."""


@dataclass(frozen=True)
class ArchiveContacts:
    """Contacts to take out of lists; `version` is the one that was seen, where it is a single contact."""

    contact_ids: tuple[int, ...]
    version: int | None = None


@dataclass(frozen=True)
class RestoreContacts:
    """Archived contacts to bring back; `version` as in `ArchiveContacts`."""

    contact_ids: tuple[int, ...]
    version: int | None = None


@dataclass(frozen=True)
class ContactsChanged:
    """Ids of the contacts that changed; those that were so already are left out."""

    contact_ids: tuple[int, ...]


@command(requires=Permission.CONTACTS_WRITE)
def create_contact(db: TenantSession, cmd: CreateContact) -> ContactSaved:
    """Add a person with their addresses.

    Raises InvalidInput; AlreadyExists where somebody in use has one of the e-mail addresses, one of the numbers under a
    like name, or the name at the same company, unless `allow_duplicate`.
    """
    values = check_contact(cmd.fields, country=house_country(db), now=clock.now())
    if cmd.new_organization:
        values["organization_id"] = find_or_add(db, cmd.new_organization)
    _check_links(db, values, None)
    if not cmd.allow_duplicate:
        _check_new(db, values)
    columns = {name: value for name, value in values.items() if name not in CHILDREN}
    custom = {} if cmd.custom is None else settle(db, "contacts", cmd.custom, {})
    row = Contact(**columns, custom={name: value for name, value in custom.items() if value is not None})
    db.add(row)
    db.flush()
    _write_emails(db, row.id, values["emails"])
    _write_phones(db, row.id, values["phones"])
    db.refresh(row)
    return ContactSaved(row.id, row.version)


@command(requires=Permission.CONTACTS_WRITE)
def edit_contact(db: TenantSession, cmd: EditContact) -> ContactSaved:
    """Write all fields, e-mails and phones; the version rises also where only an address changed.

    Addresses that stay keep their rows (and with them confirmation and bounces). Who is not to be contacted becomes
    reachable by a person's word only: a program is refused. Raises NotFound, InvalidInput, Conflict when archived,
    EditConflict with both sides (e-mails and phones included) when somebody was faster; PermissionDenied for
    `write_again` without messages.send.
    """
    row = get(db, Contact, cmd.contact_id, lock=True, what="contact")
    values, version = _wanted(db, cmd, row)
    if cmd.write_again:
        _check_asked(db, values)
    columns = {name: value for name, value in values.items() if name not in CHILDREN} | _reason(db, row, values)
    stored = _addresses(db, row.id)
    changed = {name: values[name] for name in CHILDREN if stored[name] != values[name]}
    try:
        if row.version == version:
            _check_links(db, columns, row)
        row = edit(db, Contact, cmd.contact_id, version, columns, what="contact")
    except EditConflict as conflict:
        raise readable(db, conflict, mine=changed, theirs={name: stored[name] for name in changed}) from None
    before = row.version
    removed = _write_emails(db, row.id, values["emails"]) + _write_phones(db, row.id, values["phones"])
    if changed and before == version:
        # Only addresses differ: the contact's version must rise all the same.
        statement = text("update contacts set updated_at = now() where account_id = :a and id = :i")
        db.execute(statement, {"a": db.context.account_id, "i": row.id})
    if removed:
        _audit_removed(db, row.id, removed)
    db.flush()
    if cmd.write_again:
        lift_declined(db, row.id)
    db.refresh(row)
    return ContactSaved(row.id, row.version)


@command(requires=Permission.CONTACTS_WRITE)
def archive_contacts(db: TenantSession, cmd: ArchiveContacts) -> ContactsChanged:
    """Take contacts out of lists; their history and links stay.

    Raises NotAllowedNow for members of the team, EditConflict where a single contact was changed since it was seen.
    """
    rows = [row for row in locked(db, Contact, cmd.contact_ids) if row.archived_at is None]
    member = db.scalar(
        select(AccountUser.display_name)
        .where(
            AccountUser.account_id == db.context.account_id,
            AccountUser.contact_id.in_([row.id for row in rows]),
            AccountUser.status == MemberStatus.ACTIVE,
        )
        .limit(1)
    )
    if member is not None:
        raise NotAllowedNow(f"{member} is in the team.", hint="Disable the membership first.")
    for row in rows:
        set_archived(db, row, cmd.version, archived=True, what="contact")
    db.flush()
    return ContactsChanged(tuple(row.id for row in rows))


@command(requires=Permission.CONTACTS_WRITE)
def restore_contacts(db: TenantSession, cmd: RestoreContacts) -> ContactsChanged:
    """Bring archived contacts back.

    Raises NotAllowedNow for one that was merged into another or erased, EditConflict as `archive_contacts`.
    """
    rows = [row for row in locked(db, Contact, cmd.contact_ids) if row.archived_at is not None]
    for row in rows:
        if row.merged_into_id is not None:
            raise NotAllowedNow(f"{row.full_name} was merged into another one.", hint="Take the merge back instead.")
        if row.erased_at is not None:
            raise NotAllowedNow("This person was erased; nothing is left to restore.")
        set_archived(db, row, cmd.version, archived=False, what="contact")
    db.flush()
    return ContactsChanged(tuple(row.id for row in rows))


def _check_links(db: TenantSession, values: Mapping[str, Any], row: Contact | None) -> None:
    """Raises InvalidInput for a changed link that leads nowhere; unchanged ones may lead to what was archived since."""

    def changed(name: str) -> bool:
        return row is None or getattr(row, name) != values[name]

    if changed("organization_id"):
        check_exists(db, Organization, values["organization_id"], field="organization_id")
    if changed("reports_to_id"):
        check_exists(db, Contact, values["reports_to_id"], field="reports_to_id")
    if changed("owner_id"):
        check_owner(db, values["owner_id"])


_TOLD = {Sign.EMAIL: "has the address {} already", Sign.PHONE: "has the number {} already",
         Sign.NAME: "is there already, at the same organisation"}  # fmt: skip


def _check_new(db: TenantSession, values: Mapping[str, Any]) -> None:
    found = find_same_person(
        db,
        [entry.email for entry in values["emails"]],
        values["phones"],
        (values["first_name"], values["last_name"], values["full_name"]),
        values["organization_id"],
    )
    if found:
        raise AlreadyExists(
            f"{found[0].name} {_TOLD[found[0].sign].format(found[0].shared)}.",
            hint="Open that contact, or say that this is another person.",
        )


def _reason(db: TenantSession, row: Contact, values: Mapping[str, Any]) -> dict[str, Any]:
    """Why somebody is not to be contacted stays with the mark.

    Raises InvalidInput where a program takes off what mail that came back did not set.
    """
    if not row.do_not_contact or values["do_not_contact"]:
        return {}
    bounced = SuppressionReason.HARD_BOUNCE if row.do_not_contact_reason == RETURNED else None
    if not may_write_again(db, bounced):
        said = "Only a member can make this person reachable again: send true"
        raise InvalidInput("This person is not to be contacted.", fields={"do_not_contact": said})
    return {"do_not_contact_reason": None}


def _check_asked(db: TenantSession, values: Mapping[str, Any]) -> None:
    """Whether messages may be allowed again: somebody who may send them notes a new consent."""
    if not db.context.can(Permission.MESSAGES_SEND):
        raise PermissionDenied(
            "You may not allow messages to this person again.", hint="Ask somebody who sends messages.",
            permission=Permission.MESSAGES_SEND.value, action="edit_contact",
        )  # fmt: skip
    said = None
    # A consent is asked for only where the person declined themselves.
    if not may_write_again(db, SuppressionReason.UNSUBSCRIBED):
        said = "Only a member can allow messages again: send false"
    elif not values["marketing_consent"].allows:
        said = "Note their new consent above"
    elif values["do_not_contact"]:
        said = "Take “Do not contact” off as well"
    if said is not None:
        raise InvalidInput("This person declined messages.", fields={"write_again": said})


def _entries(rows: Sequence[ContactEmail]) -> tuple[EmailEntry, ...]:
    return tuple(EmailEntry(row.email, row.kind, row.is_primary) for row in rows)


def _numbers(rows: Sequence[ContactPhone]) -> tuple[PhoneEntry, ...]:
    return tuple(PhoneEntry(r.number, r.kind, r.is_primary, r.extension, r.accepts_sms, r.e164) for r in rows)


def _addresses(db: TenantSession, contact_id: int) -> dict[str, Any]:
    return {"emails": _entries(emails_of(db, contact_id)), "phones": _numbers(phones_of(db, contact_id))}


def _wanted(db: TenantSession, cmd: EditContact, row: Contact) -> tuple[dict[str, Any], int]:
    """The values to write, and the version against which: the stored one where only other fields changed."""
    country, now = house_country(db), clock.now()
    values = check_contact(cmd.fields, country=country, now=now)
    if cmd.new_organization:
        values["organization_id"] = find_or_add(db, cmd.new_organization)
    if cmd.fields.consent_at is None and row.marketing_consent == values["marketing_consent"]:
        # The decision is the same as before: so is its time.
        values["consent_at"] = row.consent_at
    if cmd.base is None:
        if cmd.custom is not None:
            found, _ = merged(cmd.custom, row.custom, row.custom)
            values["custom"] = settle(db, "contacts", found, row.custom)
        return values, cmd.version
    stored = {name: getattr(row, name) for name in values if name not in CHILDREN} | _addresses(db, row.id)
    values, clashing = rebase(values, check_contact(cmd.base, country=country, now=now), stored)
    if cmd.custom is not None:
        found, both = merged(cmd.custom, cmd.base_custom or {}, row.custom)
        values["custom"] = settle(db, "contacts", found, row.custom)
        clashing |= both
    return values, cmd.version if clashing else row.version


def _write_emails(db: TenantSession, contact_id: int, wanted: Sequence[EmailEntry]) -> list[str]:
    """Bring the rows in line; returns the addresses that were removed."""
    rows = {row.email_norm: row for row in emails_of(db, contact_id)}
    target = {email_norm(entry.email): entry for entry in wanted}
    removed = [rows[norm].email for norm in rows.keys() - target.keys()]
    for norm in rows.keys() - target.keys():
        db.delete(rows[norm])
    # At most one primary at any moment: the old one steps back before the new one is marked.
    for norm, row in rows.items():
        if norm in target and row.is_primary and not target[norm].is_primary:
            row.is_primary = False
    db.flush()
    for norm, entry in target.items():
        if norm in rows:
            rows[norm].email, rows[norm].kind, rows[norm].is_primary = entry.email, entry.kind, entry.is_primary
        else:
            db.add(ContactEmail(contact_id=contact_id, email=entry.email, kind=entry.kind, is_primary=entry.is_primary))
    db.flush()
    return removed


def _write_phones(db: TenantSession, contact_id: int, wanted: Sequence[PhoneEntry]) -> list[str]:
    """Bring the rows in line; returns the numbers that were removed."""
    rows = {row.digits: row for row in phones_of(db, contact_id)}
    target = {"".join(c for c in entry.e164 or entry.number if c.isdigit()): entry for entry in wanted}
    removed = [rows[digits].number for digits in rows.keys() - target.keys()]
    for digits in rows.keys() - target.keys():
        db.delete(rows[digits])
    for digits, row in rows.items():
        if digits in target and row.is_primary and not target[digits].is_primary:
            row.is_primary = False
    db.flush()
    for digits, entry in target.items():
        values = {name: getattr(entry, name) for name in PhoneEntry.__dataclass_fields__}
        if digits in rows:
            for name, value in values.items():
                setattr(rows[digits], name, value)
        else:
            db.add(ContactPhone(contact_id=contact_id, **values))
    db.flush()
    return removed


def _audit_removed(db: TenantSession, contact_id: int, removed: Sequence[str]) -> None:
    # The deleted rows are audited under their own ids; this entry lets the contact's timeline find them.
    db.execute(
        text("select app.audit_event('address_removed', 'contacts', :i, cast(:d as jsonb), null)"),
        {"i": str(contact_id), "d": json.dumps({"removed": list(removed)})},
    )
