"""Everything that is a person's: their rows in all tables, and every other text that names them.

Rows are followed from the contact (with what was merged into it) along the links that the registry knows, and by the
person's e-mail addresses. Then every text, list and JSON column of the house is searched, whether a table has joined
the registry or not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Table, Text, and_, cast, func, literal_column, or_, select, text, union
from sqlalchemy.dialects.postgresql import ARRAY

from eventos_core.db.session import TenantSession
from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel.errors import NotAllowedNow
from eventos_core.models.base import Base
from eventos_core.models.directory import Contact, ContactEmail, ContactPhone, Organization
from eventos_core.models.tenancy import AccountUser
from eventos_core.models.ticketing import Attendee
from eventos_core.operations.imports import bulk
from eventos_core.operations.privacy.identifiers import Identifiers, Kind, identifiers
from eventos_core.operations.privacy.registry import (
    ANONYMOUS,
    ANONYMOUS_ADDRESS,
    COPIES,
    Personal,
    registered,
    searched,
    texts,
)

HIDDEN = ("notifications", "saved_views", "calendar_tokens")
"""Tables whose rows belong to one member each: searched by a definer function."""

_NAMES = frozenset({
    "full_name", "first_name", "last_name", "nickname", "name", "display_name", "designer_name", "badge_name",
    "buyer_name", "guest_name", "subject_name", "email", "number", "e164",
})  # fmt: skip
"""Columns in which somebody else of the same name, or at the same address, has their own."""


class Place(StrEnum):
    """What a text that names the person is, which decides what an erasure does with it."""

    OWN = "own"
    """A row of the person; their name goes with it unless somebody else in the house has the same."""
    COPY = "copy"
    """A copy that the program made."""
    TEXT = "text"
    """Somebody's text with an address or number of the person; the name beside it goes as in a row of theirs."""
    MENTION = "mention"
    """A text with the name alone, or with what may be another's address: a person decides whether it is them."""
    KEPT = "kept"
    """A row that the law makes the house keep."""
    SPARED = "spared"
    """Somebody else's own name, address or number."""


@dataclass(frozen=True)
class Hit:
    """One text that names the person; it may stand twice, as what goes and as what is to be decided on."""

    entity: str
    id: int
    column: str
    place: Place


@dataclass
class Person:
    """The rows of a person by table, and how they are named."""

    rows: dict[str, set[int]] = field(default_factory=dict)
    named: Identifiers = field(default_factory=Identifiers)
    colleague: str = ""
    """Name of the membership in use that is this person's; empty for none."""

    def has(self, entity: str, row_id: int) -> bool:
        """Whether the row is the person's."""
        return row_id in self.rows.get(entity, ())


@dataclass(frozen=True)
class Given:
    """What a request says of a person before anything is looked up."""

    rows: Mapping[str, Collection[int]]
    name: str = ""
    email: str = ""
    phone: str = ""


def resolve(db: TenantSession, given: Given, *, by_address: bool = True) -> Person:
    """The person with all rows that are theirs; nothing is written.

    Without `by_address` only links are followed, for many people at once.
    """
    person = Person({entity: set(ids) for entity, ids in given.rows.items() if ids})
    if not person.rows:
        person.rows = {"contacts": _by_words(db, given)}
    person.rows["contacts"] = _merged(db, person.rows.get("contacts", set()))
    if not by_address:
        _gather(db, person)
        return person
    person.named = _named(db, person, given)
    _gather(db, person)
    person.named = _named(db, person, given)
    person.named = replace(person.named, others=_others(db, person), namesake=_has_namesake(db, person))
    person.colleague = _colleague(db, person)
    return person


def known(db: TenantSession, given: Given) -> Person:
    """The person with the rows that links lead to, how they are named and whether they are in the team; soon done.

    What takes reading every row of the house is left out: rows by address, others' addresses, people of the same name.
    """
    person = resolve(db, given, by_address=False)
    person.named = _named(db, person, given)
    person.colleague = _colleague(db, person)
    return person


def nobody_found() -> NotAllowedNow:
    """The refusal of a request by which nobody can be found."""
    return NotAllowedNow("Nobody can be found by this.", hint="Choose the person, or give a full name or an address.")


def search(db: TenantSession, person: Person) -> list[Hit]:
    """Every text of the house that names the person, by table, row and column; one query a table."""
    if not person.named.any:
        return []
    hits = [hit for table in searched() if table.name not in HIDDEN for hit in _search_table(db, person, table)]
    found = db.execute(text("select * from app.hidden_texts(:pattern)"), {"pattern": person.named.rough})
    for row in found.mappings():
        columns = [column.name for column in texts(Base.metadata.tables[row["entity"]])]
        hits += [
            Hit(row["entity"], row["id"], name, Place.COPY)
            for name in columns
            if person.named.kinds(row["content"].get(name)) & {"address", "name"}
        ]
    return hits


def belongs(said: Personal, person: Person) -> ColumnElement[bool] | None:
    """Which rows of a table are the person's; None where none can be."""
    table = Base.metadata.tables[said.table]
    emails = [email for email in person.named.emails if email not in person.named.shared]
    tests: list[ColumnElement[bool]] = []
    nobody_else: list[ColumnElement[bool]] = []
    for name in said.link:
        column, theirs = table.c[name], person.rows.get(_target(table, name), set())
        nobody_else.append(or_(column.is_(None), bulk.among(column, sorted(theirs))))
        if theirs:
            tests.append(bulk.among(column, sorted(theirs)))
    if emails:
        tests += [and_(func.lower(func.btrim(table.c[name])).in_(emails), *nobody_else) for name in said.address]
    if said.table == "account_users" and tests:
        return and_(or_(*tests), table.c.status.in_([MemberStatus.PLACEHOLDER.value, MemberStatus.DISABLED.value]))
    return or_(*tests) if tests else None


def _target(table: Table, column: str) -> str:
    return str(table.c[column].info["ref"].table)


def _by_words(db: TenantSession, given: Given) -> set[int]:
    """The one contact with the address or number of a request that names no record; none where several have it."""
    account = db.context.account_id
    found: set[int] = set()
    if given.email:
        found |= set(
            db.scalars(
                select(ContactEmail.contact_id).where(
                    ContactEmail.account_id == account, ContactEmail.email_norm == given.email.strip().lower()
                )
            )
        )
    if given.phone:
        digits = func.app.phone_digits(given.phone)
        found |= set(
            db.scalars(
                select(ContactPhone.contact_id).where(ContactPhone.account_id == account, ContactPhone.digits == digits)
            )
        )
    return found if len(found) == 1 else set()


def _merged(db: TenantSession, ids: set[int]) -> set[int]:
    """The contacts with those merged into them, and those that they were merged into."""
    known: set[int] = set()
    while ids - known:
        known |= ids
        found = db.execute(
            select(Contact.id, Contact.merged_into_id).where(
                Contact.account_id == db.context.account_id,
                or_(bulk.among(Contact.id, sorted(known)), bulk.among(Contact.merged_into_id, sorted(known))),
            )
        ).all()
        ids = {row.id for row in found} | {row.merged_into_id for row in found if row.merged_into_id is not None}
    return known


def _gather(db: TenantSession, person: Person) -> None:
    """Follow links from table to table until no more rows come."""
    grew = True
    while grew:
        grew = False
        for said in registered().values():
            condition = belongs(said, person)
            if condition is None:
                continue
            table = Base.metadata.tables[said.table]
            ids = db.scalars(select(table.c.id).where(table.c.account_id == db.context.account_id, condition)).all()
            before = person.rows.setdefault(said.table, set())
            grew = grew or not before.issuperset(ids)
            before.update(ids)
    person.rows = {entity: ids for entity, ids in person.rows.items() if ids}


def _named(db: TenantSession, person: Person, given: Given) -> Identifiers:
    account = db.context.account_id
    people = sorted(person.rows.get("contacts", ()))
    names, emails, phones = [given.name], [given.email], [(given.phone, _international(given.phone))]
    for row in db.execute(
        select(Contact.full_name, Contact.first_name, Contact.last_name).where(
            Contact.account_id == account, bulk.among(Contact.id, people), Contact.erased_at.is_(None)
        )
    ):
        names += [row.full_name, f"{row.first_name or ''} {row.last_name or ''}"]
    emails += db.scalars(
        select(ContactEmail.email).where(
            ContactEmail.account_id == account, bulk.among(ContactEmail.contact_id, people)
        )
    ).all()
    phones += [
        (row.number, row.e164)
        for row in db.execute(
            select(ContactPhone.number, ContactPhone.e164).where(
                ContactPhone.account_id == account, bulk.among(ContactPhone.contact_id, people)
            )
        )
    ]
    for guest in db.scalars(
        select(Attendee).where(
            Attendee.account_id == account, bulk.among(Attendee.id, sorted(person.rows.get("attendees", ())))
        )
    ):
        names += [] if guest.name.startswith("Guest of ") else [guest.name, f"{guest.first_name} {guest.last_name}"]
        emails.append(guest.email or "")
        phones.append((guest.phone or "", _international(guest.phone or "")))
    names += db.scalars(
        select(AccountUser.display_name).where(
            AccountUser.account_id == account, bulk.among(AccountUser.id, sorted(person.rows.get("account_users", ())))
        )
    ).all()
    names = [name for name in names if name != ANONYMOUS]
    emails = [email for email in emails if email != ANONYMOUS_ADDRESS]
    made = identifiers(names, emails, phones)
    return identifiers(names, emails, phones, _shared(db, people, made))


def _international(phone: str) -> str | None:
    return phone.strip() if phone.strip().startswith("+") else None


def _shared(db: TenantSession, people: list[int], made: Identifiers) -> list[str]:
    """Addresses and numbers that another person of the house has too."""
    if not made.emails and not made.phones:
        return []
    account = db.context.account_id
    emails = select(ContactEmail.email_norm).where(
        ContactEmail.account_id == account,
        ContactEmail.email_norm.in_(made.emails),
        ContactEmail.contact_id.not_in(people),
    )
    phones = select(func.coalesce(ContactPhone.e164, ContactPhone.number)).where(
        ContactPhone.account_id == account,
        func.coalesce(ContactPhone.e164, ContactPhone.number).in_(made.phones),
        ContactPhone.contact_id.not_in(people),
    )
    return [str(value) for (value,) in db.execute(union(emails, phones))]


def _others(db: TenantSession, person: Person) -> tuple[str, ...]:
    """Addresses and numbers of somebody else that the person's name or number would be found in."""
    account, people, rough = db.context.account_id, sorted(person.rows.get("contacts", ())), person.named.rough
    if not rough:
        return ()
    phone = func.coalesce(ContactPhone.e164, ContactPhone.number)
    guests = and_(Attendee.account_id == account, Attendee.contact_id.is_not(None), Attendee.contact_id.not_in(people))
    parts = [
        select(ContactEmail.email_norm).where(
            ContactEmail.account_id == account,
            ContactEmail.contact_id.not_in(people),
            ContactEmail.email_norm.op("~")(rough),
        ),
        select(phone).where(
            ContactPhone.account_id == account, ContactPhone.contact_id.not_in(people), phone.op("~")(rough)
        ),
        select(func.lower(func.btrim(Attendee.email))).where(guests, Attendee.email.op("~")(rough)),
        select(Attendee.phone).where(guests, Attendee.phone.op("~")(rough)),
        *(
            select(column).where(Organization.account_id == account, column.op("~")(rough))
            for column in (func.lower(Organization.email), func.lower(Organization.billing_email), Organization.phone)
        ),
    ]
    found = {str(value) for (value,) in db.execute(union(*parts))}
    return tuple(sorted(found - {*person.named.emails, *person.named.phones}))


def _has_namesake(db: TenantSession, person: Person) -> bool:
    """Whether another contact of the house has the person's name."""
    if not person.named.full_names:
        return False
    people = sorted(person.rows.get("contacts", ()))
    other = select(Contact.id).where(
        Contact.account_id == db.context.account_id,
        Contact.id.not_in(people),
        Contact.full_name.op("~")(person.named.full_names),
    )
    return db.scalar(other.limit(1)) is not None


def _colleague(db: TenantSession, person: Person) -> str:
    emails = [email for email in person.named.emails if email not in person.named.shared]
    name: str | None = db.scalar(
        select(AccountUser.display_name)
        .where(
            AccountUser.account_id == db.context.account_id,
            AccountUser.status.in_([MemberStatus.ACTIVE, MemberStatus.INVITED]),
            or_(
                bulk.among(AccountUser.contact_id, sorted(person.rows.get("contacts", ()))),
                and_(AccountUser.contact_id.is_(None), AccountUser.invited_email_norm.in_(emails)),
            ),
        )
        .limit(1)
    )
    return name or ""


def _search_table(db: TenantSession, person: Person, table: Table) -> Iterable[Hit]:
    said = registered().get(table.name)
    columns = texts(table)
    links = [] if said is None else [table.c[name] for name in said.link if name not in columns]
    extra = [table.c.entity, table.c.entity_id] if table.name in ("import_rows", "external_refs") else []
    kept: ColumnElement[Any] = literal_column(f"({said.kept})" if said is not None and said.kept else "false").label(
        "_kept"
    )
    listed = {column.name: column for column in (table.c.id, *columns, *links, *extra)}
    whole = func.concat_ws("\n", *(cast(_flat(column), Text) for column in columns))
    rows = db.execute(
        select(*listed.values(), kept).where(
            table.c.account_id == db.context.account_id, whole.op("~")(person.named.rough)
        )
    )
    for row in rows.mappings():
        for column in columns:
            kinds = person.named.kinds(row[column.name])
            if kinds:
                for place in _places(person, table, said, row, column.name, kinds):
                    yield Hit(table.name, row["id"], column.name, place)


def _flat(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.array_to_string(column, "\n") if isinstance(column.type, ARRAY) else column


def emptied(person: Person, said: Personal | None, row_id: int, column: str) -> bool:
    """Whether an erasure empties the column whole, so that nothing in it needs to be replaced."""
    return said is not None and person.has(said.table, row_id) and (said.goes or column in said.cleared)


def _places(
    person: Person, table: Table, said: Personal | None, row: Mapping[Any, Any], column: str, kinds: Collection[Kind]
) -> Iterable[Place]:
    if row["_kept"]:
        return [Place.KEPT]
    if emptied(person, said, row["id"], column):
        return [Place.OWN]
    if table.name in COPIES:
        other = row.get("entity") == "contacts" and not person.has("contacts", row["entity_id"] or 0)
        return [Place.COPY if "address" in kinds or ("name" in kinds and not other) else Place.SPARED]
    own = person.has(table.name, row["id"])
    theirs = {"address", *(["name"] if (own or "address" in kinds) and not person.named.namesake else [])} & {*kinds}
    found = [Place.OWN if own else Place.TEXT] if theirs else []
    if theirs == {*kinds}:
        return found
    spared = not own and column in _NAMES and said is not None and somebody_else(person, table, said, row)
    return [*found, Place.SPARED if spared else Place.MENTION]


def somebody_else(person: Person, table: Table, said: Personal, row: Mapping[Any, Any]) -> bool:
    """Whether the row belongs to another person: a contact is one, other rows by what they point to."""
    if table.name == "contacts":
        return True
    return any(row[name] is not None and not person.has(_target(table, name), row[name]) for name in said.link)
