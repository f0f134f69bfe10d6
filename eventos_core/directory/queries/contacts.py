"""Lists and details of people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, DateTime, Select, Text, and_, cast, false, func, literal, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from eventos_core.db.editing import get
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.directory.rules.contacts import CHILDREN, ContactFields, EmailEntry, PhoneEntry
from eventos_core.directory.rules.custom import CustomKind
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Contact, ContactEmail, ContactPhone, Organization
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.lists import PAGE_SIZE, Cursor, PageOf, paged
from eventos_core.operations.related import Related, everything_about
from eventos_core.operations.timeline import Timeline, timeline

CONTACTS = FrameSpec(
    id="int",
    name="text",
    organization_id="int",
    organization="text",
    job_title="text",
    email="text",
    phone="text",
    owner="text",
    lifecycle="text",
    tags="list",
    do_not_contact="bool",
    created_at="instant",
    archived_at="instant",
    version="int",
    name_sort="text",
)
"""One row per contact; e-mail and phone are the primary ones."""

CONTACTS_IN_FULL = FrameSpec(
    id="int", name="text", first_name="text", last_name="text", emails="text", phones="text", organization="text",
    job_title="text", department="text", owner="text", lifecycle="text", source="text", tags="list", street="text",
    city="text", region="text", postal_code="text", country="text", language="text", marketing_consent="text",
    consent_basis="text", consent_at="instant", do_not_contact="bool", custom="json", created_at="instant",
    name_sort="text",
)  # fmt: skip
"""For exports: addresses joined by `; `, primary first."""

SORTS = {"name": "Name A–Z", "name_desc": "Name Z–A", "newest": "Newest", "oldest": "Oldest"}


@dataclass(frozen=True)
class ContactFilter:
    """What to list. Words of `q` must all occur; `owner` 0 means nobody's."""

    q: str = ""
    owner: int | None = None
    lifecycle: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    organization: int | None = None
    archived: bool = False
    sort: str = "name"


@dataclass(frozen=True)
class ContactPerson:
    """A person in a few words, for pickers and links."""

    id: int
    name: str
    organization: str | None
    email: str | None


@dataclass(frozen=True)
class ContactCard:
    """The card of one contact as a document."""

    contact_id: int


@dataclass(frozen=True)
class ContactDetail:
    """One contact with all that the drawer shows and the form edits."""

    id: int
    version: int
    name: str
    fields: ContactFields
    organization: str | None
    owner: str | None
    reports_to: str | None
    created_at: dt.datetime
    created_by: str | None
    updated_at: dt.datetime
    updated_by: str | None
    archived_at: dt.datetime | None
    merged_into_id: int | None
    erased_at: dt.datetime | None
    is_member: bool
    custom: dict[str, Any]
    do_not_contact_reason: str | None
    """What set “do not contact”, where no person did."""


@query(requires=Permission.CONTACTS_READ)
def contacts(
    db: TenantSession, wanted: ContactFilter | None = None, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> PageOf:
    """One page of contacts as `CONTACTS`, in two index-bound steps of one statement. Raises InvalidInput."""
    email, phone = _primary_email(), _primary_phone()
    statement = (
        select(
            Contact.id,
            Contact.full_name.label("name"),
            Contact.organization_id,
            Organization.name.label("organization"),
            Contact.job_title,
            email.c.email,
            func.coalesce(phone.c.e164, phone.c.number).label("phone"),
            AccountUser.display_name.label("owner"),
            Contact.lifecycle,
            Contact.tags,
            Contact.do_not_contact,
            Contact.created_at,
            Contact.archived_at,
            Contact.version,
            Contact.name_sort,
        )
        .outerjoin(Organization, _same_house(Organization, Contact.organization_id))
        .outerjoin(AccountUser, _same_house(AccountUser, Contact.owner_id))
        .outerjoin(email, and_(email.c.account_id == Contact.account_id, email.c.contact_id == Contact.id))
        .outerjoin(phone, and_(phone.c.account_id == Contact.account_id, phone.c.contact_id == Contact.id))
    )
    return _page(db, CONTACTS, statement, wanted or ContactFilter(), cursor, size)


def at_letter(letter: str) -> str:
    """The cursor at which names with that first letter begin, in name order; the pages before lead back."""
    return Cursor((letter.lower(), 0)).encode()


@query(requires=Permission.CONTACTS_EXPORT)
def contacts_in_full(
    db: TenantSession, wanted: ContactFilter | None = None, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> PageOf:
    """One page of the list as `CONTACTS_IN_FULL`. Raises InvalidInput for a damaged cursor."""
    emails = (
        select(func.string_agg(ContactEmail.email, aggregate_order_by(literal("; "), ContactEmail.is_primary.desc())))
        .where(ContactEmail.account_id == Contact.account_id, ContactEmail.contact_id == Contact.id)
        .scalar_subquery()
    )
    number = func.coalesce(ContactPhone.e164, ContactPhone.number)
    phones = (
        select(func.string_agg(number, aggregate_order_by(literal("; "), ContactPhone.is_primary.desc())))
        .where(ContactPhone.account_id == Contact.account_id, ContactPhone.contact_id == Contact.id)
        .scalar_subquery()
    )
    statement: Select[*tuple[Any, ...]] = (
        select(
            Contact.id, Contact.full_name.label("name"), Contact.first_name, Contact.last_name, emails.label("emails"),
            phones.label("phones"), Organization.name.label("organization"), Contact.job_title, Contact.department,
            AccountUser.display_name.label("owner"), Contact.lifecycle, Contact.source, Contact.tags, Contact.street,
            Contact.city, Contact.region, Contact.postal_code, Contact.country, Contact.language,
            Contact.marketing_consent, Contact.consent_basis, Contact.consent_at, Contact.do_not_contact,
            Contact.custom, Contact.created_at, Contact.name_sort,
        )
        .outerjoin(Organization, _same_house(Organization, Contact.organization_id))
        .outerjoin(AccountUser, _same_house(AccountUser, Contact.owner_id))
    )  # fmt: skip
    return _page(db, CONTACTS_IN_FULL, statement, wanted or ContactFilter(), cursor, size)


@query(requires=Permission.CONTACTS_READ)
def contacts_counted(db: TenantSession, wanted: ContactFilter, limit: int) -> int:
    """How many contacts the filter lists, counted up to `limit` (at most 200 001)."""
    return db.scalar(select(func.count()).select_from(_search(wanted, None, limit).alias())) or 0


@query(requires=Permission.CONTACTS_READ)
def contact_custom_fields(db: TenantSession) -> dict[str, CustomKind]:
    """The custom fields that the house's contacts have, by name, with what most of them hold; at most 200."""
    each = func.jsonb_each(Contact.custom).table_valued("key", "value").lateral("each")
    kind = func.mode().within_group(func.jsonb_typeof(each.c.value))
    rows = db.execute(
        select(each.c.key, kind)
        .select_from(Contact)
        .join(each, true())
        .where(Contact.account_id == db.context.account_id, func.jsonb_typeof(each.c.value) != "null")
        .group_by(each.c.key)
        .order_by(each.c.key)
        .limit(200)
    ).all()
    return {name: CustomKind(found) for name, found in rows}


@query(requires=Permission.CONTACTS_READ)
def colleague_choices(db: TenantSession, organization_id: int | None, *, include: int | None = None) -> dict[int, str]:
    """People in use of a company by id → name for pickers, the first 500 by name, and `include`."""
    there = and_(Contact.organization_id == organization_id, Contact.archived_at.is_(None))
    rows = db.execute(
        select(Contact.id, Contact.full_name)
        .where(
            Contact.account_id == db.context.account_id,
            (there if organization_id is not None else false()) | (Contact.id == (include or 0)),
        )
        .order_by(Contact.id != (include or 0), Contact.name_sort, Contact.id)
        .limit(501)
    ).all()
    return {row.id: row.full_name for row in sorted(rows, key=lambda row: str(row.full_name).casefold())}


@query(requires=Permission.CONTACTS_READ)
def contact(db: TenantSession, contact_id: int) -> ContactDetail:
    """One contact with addresses, in three queries; also an archived or merged one. Raises NotFound."""
    row = get(db, Contact, contact_id, what="contact")
    boss, author, editor = aliased(Contact), aliased(AccountUser), aliased(AccountUser)
    names = db.execute(
        select(
            Organization.name.label("organization"),
            AccountUser.display_name.label("owner"),
            boss.full_name.label("reports_to"),
            author.display_name.label("created_by"),
            editor.display_name.label("updated_by"),
            select(literal(1))
            .where(_member_of(row), AccountUser.account_id == row.account_id)
            .exists()
            .label("is_member"),
        )
        .select_from(Contact)
        .outerjoin(Organization, _same_house(Organization, Contact.organization_id))
        .outerjoin(AccountUser, _same_house(AccountUser, Contact.owner_id))
        .outerjoin(boss, and_(boss.account_id == Contact.account_id, boss.id == Contact.reports_to_id))
        .outerjoin(author, and_(author.account_id == Contact.account_id, author.id == Contact.created_by))
        .outerjoin(editor, and_(editor.account_id == Contact.account_id, editor.id == Contact.updated_by))
        .where(Contact.account_id == row.account_id, Contact.id == row.id)
    ).one()
    return ContactDetail(
        id=row.id,
        version=row.version,
        name=row.full_name,
        fields=fields_of(db, row),
        organization=names.organization,
        owner=names.owner,
        reports_to=names.reports_to,
        created_at=row.created_at,
        created_by=names.created_by,
        updated_at=row.updated_at,
        updated_by=names.updated_by,
        archived_at=row.archived_at,
        merged_into_id=row.merged_into_id,
        erased_at=row.erased_at,
        is_member=names.is_member,
        custom=dict(row.custom),
        do_not_contact_reason=row.do_not_contact_reason,
    )


@query(requires=Permission.CONTACTS_READ)
def contact_timeline(
    db: TenantSession, contact_id: int, *, before: dt.datetime | None = None, limit: int = 30
) -> Timeline:
    """What happened to and with the contact, newest first. Raises NotFound."""
    get(db, Contact, contact_id, what="contact")
    return timeline(db, "contacts", contact_id, before=before, limit=limit)


@query(requires=Permission.CONTACTS_READ)
def contact_related(db: TenantSession, contact_id: int, *, without: tuple[str, ...] = ()) -> tuple[Related, ...]:
    """What belongs to the contact, from every domain the person may read, but for parts of these keys.

    One query a part. Raises NotFound.
    """
    get(db, Contact, contact_id, what="contact")
    return everything_about(db, "contacts", contact_id, without=without)


def fields_of(db: TenantSession, row: Contact) -> ContactFields:
    """The contact as the form edits it; reads e-mails and phones in two queries."""
    plain = {n: getattr(row, n) for n in ContactFields.__dataclass_fields__ if n not in (*CHILDREN, "socials", "tags")}
    return ContactFields(
        **plain,
        socials=dict(row.socials),
        tags=tuple(row.tags),
        emails=tuple(EmailEntry(e.email, e.kind, e.is_primary) for e in emails_of(db, row.id)),
        phones=tuple(
            PhoneEntry(p.number, p.kind, p.is_primary, p.extension, p.accepts_sms, p.e164)
            for p in phones_of(db, row.id)
        ),
    )


def emails_of(db: TenantSession, contact_id: int) -> Sequence[ContactEmail]:
    """The contact's e-mail rows, primary first, then by address."""
    return db.scalars(
        select(ContactEmail)
        .where(ContactEmail.account_id == db.context.account_id, ContactEmail.contact_id == contact_id)
        .order_by(ContactEmail.is_primary.desc(), ContactEmail.email_norm)
    ).all()


def phones_of(db: TenantSession, contact_id: int) -> Sequence[ContactPhone]:
    """The contact's phone rows, primary first, then by digits."""
    return db.scalars(
        select(ContactPhone)
        .where(ContactPhone.account_id == db.context.account_id, ContactPhone.contact_id == contact_id)
        .order_by(ContactPhone.is_primary.desc(), ContactPhone.digits)
    ).all()


def _page(
    db: TenantSession,
    spec: FrameSpec,
    statement: Select[*tuple[Any, ...]],
    wanted: ContactFilter,
    cursor: str | None,
    size: int,
) -> PageOf:
    """The page of the list that begins at `cursor`; `statement` selects what `spec` promises from contacts."""
    place = Cursor.decode(cursor)
    by_time = wanted.sort in ("newest", "oldest")
    down = (wanted.sort in ("name_desc", "newest")) is not (place is not None and place.direction == "previous")
    key = Contact.created_at if by_time else Contact.name_sort
    found = func.array(select(_search(wanted, place, size + 1)).scalar_subquery())
    statement = statement.where(Contact.account_id == db.context.account_id, Contact.id == func.any(found)).order_by(
        key.desc() if down else key.asc(), Contact.id.desc() if down else Contact.id.asc()
    )
    return paged(spec.query(db, statement), ("created_at" if by_time else "name_sort", "id"), place, size=size)


def _search(wanted: ContactFilter, place: Cursor | None, limit: int) -> Any:
    """The call of `app.search_contacts`: ids of the list from `place` on."""
    text_key, time_key, row_id = cursor_parts(place)
    return func.app.search_contacts(
        wanted.q,
        cast(list(wanted.tag), ARRAY(Text)),
        cast(wanted.owner, BigInteger),
        cast(list(wanted.lifecycle), ARRAY(Text)),
        cast(wanted.organization, BigInteger),
        wanted.archived,
        wanted.sort,
        text_key,
        time_key,
        row_id,
        place is not None and place.direction == "previous",
        limit,
    )


def cursor_parts(place: Cursor | None) -> tuple[Any, Any, Any]:
    """(text key, time key, id) of a cursor as typed SQL parameters."""
    if place is None:
        return cast(None, Text), cast(None, DateTime(timezone=True)), cast(None, BigInteger)
    if len(place.values) != 2:
        raise InvalidInput("This link into the list is damaged.", hint="Start from the first page.")
    key, row_id = place.values
    timed = isinstance(key, dt.datetime)
    return (
        cast(None if timed else str(key), Text),
        cast(key if timed else None, DateTime(timezone=True)),
        cast(int(row_id), BigInteger),
    )


def _same_house(model: Any, column: Any) -> Any:
    return and_(model.account_id == Contact.account_id, model.id == column)


def _member_of(row: Contact) -> Any:
    return AccountUser.contact_id == row.id


def _primary_email() -> Any:
    return (
        select(ContactEmail.account_id, ContactEmail.contact_id, ContactEmail.email)
        .where(ContactEmail.is_primary)
        .subquery("primary_email")
    )


def _primary_phone() -> Any:
    return (
        select(ContactPhone.account_id, ContactPhone.contact_id, ContactPhone.e164, ContactPhone.number)
        .where(ContactPhone.is_primary)
        .subquery("primary_phone")
    )
