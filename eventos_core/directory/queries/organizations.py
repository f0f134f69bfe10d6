"""Lists and details of companies."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Select, Text, and_, cast, func, select
from sqlalchemy.orm import aliased

from eventos_core.db.editing import get
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.directory.queries.contacts import ContactPerson, cursor_parts
from eventos_core.directory.rules.organizations import OrganizationFields
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Contact, ContactEmail, Organization
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.lists import PAGE_SIZE, Cursor, PageOf, paged
from eventos_core.operations.related import Related, everything_about
from eventos_core.operations.timeline import Timeline, timeline

ORGANIZATIONS = FrameSpec(
    id="int",
    name="text",
    kind="text",
    industry="text",
    city="text",
    country="text",
    domain="text",
    owner="text",
    contacts="int",
    tags="list",
    is_own="bool",
    created_at="instant",
    archived_at="instant",
    version="int",
    name_sort="text",
)
"""One row per company; `contacts` counts the people in use who work there."""

ORGANIZATIONS_IN_FULL = FrameSpec(
    id="int", name="text", legal_name="text", kind="text", industry="text", domain="text", website="text", email="text",
    phone="text", owner="text", parent="text", tags="list", street="text", city="text", region="text",
    postal_code="text", country="text", tax_id="text", registration_no="text", currency="text",
    payment_terms_days="int", source="text", do_not_contact="bool", custom="json", created_at="instant",
    name_sort="text",
)  # fmt: skip
"""For exports; bank data never leaves this way."""

CHOICES = 1000


@dataclass(frozen=True)
class OrganizationFilter:
    """What to list. Words of `q` must all occur; `owner` 0 means nobody's."""

    q: str = ""
    owner: int | None = None
    kind: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    archived: bool = False
    sort: str = "name"


@dataclass(frozen=True)
class OrganizationDetail:
    """One company with all that the drawer shows and the form edits; bank data only as a hint."""

    id: int
    version: int
    fields: OrganizationFields
    is_own: bool
    owner: str | None
    parent: str | None
    parts: tuple[tuple[int, str], ...]
    """Companies that belong to it: id and name, at most 20."""
    people: tuple[ContactPerson, ...]
    """Who works there, by name, at most 20."""
    people_count: int
    bank_hint: str | None
    bank_changed_at: dt.datetime | None
    tax_id_checked_at: dt.datetime | None
    created_at: dt.datetime
    created_by: str | None
    updated_at: dt.datetime
    updated_by: str | None
    archived_at: dt.datetime | None
    merged_into_id: int | None
    custom: dict[str, Any]


@query(requires=Permission.CONTACTS_READ)
def organizations(
    db: TenantSession, wanted: OrganizationFilter | None = None, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> PageOf:
    """One page of companies as `ORGANIZATIONS`, in one statement. Raises InvalidInput for a damaged cursor."""
    people = (
        select(func.count())
        .select_from(Contact)
        .where(
            Contact.account_id == Organization.account_id,
            Contact.organization_id == Organization.id,
            Contact.archived_at.is_(None),
        )
        .scalar_subquery()
    )
    statement = select(
        Organization.id,
        Organization.name,
        Organization.kind,
        Organization.industry,
        Organization.city,
        Organization.country,
        Organization.domain,
        AccountUser.display_name.label("owner"),
        people.label("contacts"),
        Organization.tags,
        Organization.is_own,
        Organization.created_at,
        Organization.archived_at,
        Organization.version,
        Organization.name_sort,
    ).outerjoin(AccountUser, _owner())
    return _page(db, ORGANIZATIONS, statement, wanted or OrganizationFilter(), cursor, size)


@query(requires=Permission.CONTACTS_EXPORT)
def organizations_in_full(
    db: TenantSession, wanted: OrganizationFilter | None = None, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> PageOf:
    """One page of the list as `ORGANIZATIONS_IN_FULL`. Raises InvalidInput for a damaged cursor."""
    above = aliased(Organization)
    statement: Select[*tuple[Any, ...]] = (
        select(
            Organization.id, Organization.name, Organization.legal_name, Organization.kind, Organization.industry,
            Organization.domain, Organization.website, Organization.email, Organization.phone,
            AccountUser.display_name.label("owner"), above.name.label("parent"), Organization.tags, Organization.street,
            Organization.city, Organization.region, Organization.postal_code, Organization.country, Organization.tax_id,
            Organization.registration_no, Organization.currency, Organization.payment_terms_days, Organization.source,
            Organization.do_not_contact, Organization.custom, Organization.created_at, Organization.name_sort,
        )
        .outerjoin(AccountUser, _owner())
        .outerjoin(above, and_(above.account_id == Organization.account_id, above.id == Organization.parent_id))
    )  # fmt: skip
    return _page(db, ORGANIZATIONS_IN_FULL, statement, wanted or OrganizationFilter(), cursor, size)


@query(requires=Permission.CONTACTS_READ)
def organizations_counted(db: TenantSession, wanted: OrganizationFilter, limit: int) -> int:
    """How many companies the filter lists, counted up to `limit` (at most 200 001)."""
    return db.scalar(select(func.count()).select_from(_search(wanted, None, limit).alias())) or 0


@query(requires=Permission.CONTACTS_READ)
def organization(db: TenantSession, organization_id: int) -> OrganizationDetail:
    """One company with its people and parts, in five queries; also an archived or merged one. Raises NotFound."""
    row = get(db, Organization, organization_id, what="organisation")
    above, author, editor = aliased(Organization), aliased(AccountUser), aliased(AccountUser)
    names = db.execute(
        select(
            AccountUser.display_name.label("owner"),
            above.name.label("parent"),
            author.display_name.label("created_by"),
            editor.display_name.label("updated_by"),
        )
        .select_from(Organization)
        .outerjoin(AccountUser, _owner())
        .outerjoin(above, and_(above.account_id == Organization.account_id, above.id == Organization.parent_id))
        .outerjoin(author, and_(author.account_id == Organization.account_id, author.id == Organization.created_by))
        .outerjoin(editor, and_(editor.account_id == Organization.account_id, editor.id == Organization.updated_by))
        .where(Organization.account_id == row.account_id, Organization.id == row.id)
    ).one()
    parts = db.execute(
        select(Organization.id, Organization.name)
        .where(
            Organization.account_id == row.account_id,
            Organization.parent_id == row.id,
            Organization.archived_at.is_(None),
        )
        .order_by(Organization.name_sort, Organization.id)
        .limit(20)
    ).all()
    people, count = _people(db, row.id)
    return OrganizationDetail(
        id=row.id,
        version=row.version,
        fields=organization_fields_of(row),
        is_own=row.is_own,
        owner=names.owner,
        parent=names.parent,
        parts=tuple((part.id, part.name) for part in parts),
        people=people,
        people_count=count,
        bank_hint=row.bank_hint,
        bank_changed_at=row.bank_changed_at,
        tax_id_checked_at=row.tax_id_checked_at,
        created_at=row.created_at,
        created_by=names.created_by,
        updated_at=row.updated_at,
        updated_by=names.updated_by,
        archived_at=row.archived_at,
        merged_into_id=row.merged_into_id,
        custom=dict(row.custom),
    )


@query(requires=Permission.CONTACTS_READ)
def organization_timeline(
    db: TenantSession, organization_id: int, *, before: dt.datetime | None = None, limit: int = 30
) -> Timeline:
    """What happened to and with the company, newest first. Raises NotFound."""
    get(db, Organization, organization_id, what="organisation")
    return timeline(db, "organizations", organization_id, before=before, limit=limit)


@query(requires=Permission.CONTACTS_READ)
def organization_related(
    db: TenantSession, organization_id: int, *, without: tuple[str, ...] = ()
) -> tuple[Related, ...]:
    """What belongs to the company, from every domain the person may read, but for parts of these keys.

    One query a part. Raises NotFound.
    """
    get(db, Organization, organization_id, what="organisation")
    return everything_about(db, "organizations", organization_id, without=without)


@query(requires=Permission.CONTACTS_READ)
def organization_choices(db: TenantSession, q: str = "", *, include: int | None = None) -> dict[int, str]:
    """Companies in use by id → name for pickers: those that `q` finds, the first 1 000 by name, and `include`."""
    found = func.array(select(_search(OrganizationFilter(q=q), None, CHOICES)).scalar_subquery())
    rows = db.execute(
        select(Organization.id, Organization.name)
        .where(
            Organization.account_id == db.context.account_id,
            (Organization.id == func.any(found)) | (Organization.id == (include or 0)),
        )
        .order_by(Organization.name_sort, Organization.id)
    ).all()
    return {row.id: row.name for row in rows}


def organization_fields_of(row: Organization) -> OrganizationFields:
    """The company as the form edits it."""
    plain = {n: getattr(row, n) for n in OrganizationFields.__dataclass_fields__ if n not in ("socials", "tags")}
    return OrganizationFields(**plain, socials=dict(row.socials), tags=tuple(row.tags))


def _people(db: TenantSession, organization_id: int) -> tuple[tuple[ContactPerson, ...], int]:
    here = (
        Contact.account_id == db.context.account_id,
        Contact.organization_id == organization_id,
        Contact.archived_at.is_(None),
    )
    rows = db.execute(
        select(Contact.id, Contact.full_name, Contact.job_title, ContactEmail.email)
        .outerjoin(
            ContactEmail,
            and_(
                ContactEmail.account_id == Contact.account_id,
                ContactEmail.contact_id == Contact.id,
                ContactEmail.is_primary,
            ),
        )
        .where(*here)
        .order_by(Contact.name_sort, Contact.id)
        .limit(21)
    ).all()
    people = tuple(ContactPerson(row.id, row.full_name, row.job_title, row.email) for row in rows[:20])
    if len(rows) <= 20:
        return people, len(rows)
    return people, db.scalar(select(func.count()).select_from(Contact).where(*here)) or 0


def _page(
    db: TenantSession,
    spec: FrameSpec,
    statement: Select[*tuple[Any, ...]],
    wanted: OrganizationFilter,
    cursor: str | None,
    size: int,
) -> PageOf:
    """The page of the list that begins at `cursor`; `statement` selects what `spec` promises from organizations."""
    place = Cursor.decode(cursor)
    by_time = wanted.sort in ("newest", "oldest")
    down = (wanted.sort in ("name_desc", "newest")) is not (place is not None and place.direction == "previous")
    key = Organization.created_at if by_time else Organization.name_sort
    found = func.array(select(_search(wanted, place, size + 1)).scalar_subquery())
    statement = statement.where(
        Organization.account_id == db.context.account_id, Organization.id == func.any(found)
    ).order_by(key.desc() if down else key.asc(), Organization.id.desc() if down else Organization.id.asc())
    return paged(spec.query(db, statement), ("created_at" if by_time else "name_sort", "id"), place, size=size)


def _search(wanted: OrganizationFilter, place: Cursor | None, limit: int) -> Any:
    """The call of `app.search_organizations`: ids of the list from `place` on."""
    text_key, time_key, row_id = cursor_parts(place)
    return func.app.search_organizations(
        wanted.q,
        cast(list(wanted.tag), ARRAY(Text)),
        cast(wanted.owner, BigInteger),
        cast(list(wanted.kind), ARRAY(Text)),
        wanted.archived,
        wanted.sort,
        text_key,
        time_key,
        row_id,
        place is not None and place.direction == "previous",
        limit,
    )


def _owner() -> Any:
    return and_(AccountUser.account_id == Organization.account_id, AccountUser.id == Organization.owner_id)
