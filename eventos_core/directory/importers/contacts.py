"""Importing people: found by reference, by one exact e-mail address, or by name with organisation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import func, select, text

from eventos_core.db.session import TenantSession
from eventos_core.directory.importers import formats
from eventos_core.directory.importers.finding import organization_link, owner_link, person_name
from eventos_core.directory.rules.values import email_norm, show_phone
from eventos_core.enums.directory import ConsentBasis, ContactLifecycle, EmailKind, MarketingConsent, PhoneKind
from eventos_core.enums.operations import ImportKind
from eventos_core.kernel.permissions import Permission
from eventos_core.models.base import TenantTable
from eventos_core.models.directory import Contact, ContactEmail, ContactPhone, Organization
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.imports import bulk, values
from eventos_core.operations.imports.fields import Field, Incoming
from eventos_core.operations.imports.plan import Candidate, Existing, Planned, Scope
from eventos_core.operations.imports.records import Change, Match, RecordType
from eventos_core.operations.imports.registry import Kind, register
from eventos_core.operations.imports.values import Hints, name_key, phone_e164

_NAMELESS = "A contact needs a name or an e-mail address."
_NO_DIGIT = re.compile(r"\D+")
_NAME = values.text(200)
_LINE = values.text(200)
_CONSENT = {
    "true": "granted", "yes": "granted", "1": "granted", "y": "granted", "ja": "granted", "oui": "granted",
    "optedin": "granted", "subscribed": "granted", "x": "granted", "on": "granted", "false": "refused",
    "no": "refused", "0": "refused", "n": "refused", "nein": "refused", "non": "refused", "optedout": "withdrawn",
    "unsubscribed": "withdrawn", "off": "refused",
}  # fmt: skip


def _digits(value: Any) -> str:
    # Numbers that can be read are international by now (`refine`), so their digits tell them apart.
    return _NO_DIGIT.sub("", str(value)).removeprefix("00")


def _norm(value: Any) -> str:
    return email_norm(str(value))


FIELDS = (
    Field("external_id", "Id in the source", values.text(300), ("id", "contact id", "record id", "user id"), aux=True),
    Field("first_name", "First name", _NAME, formats.FIRST_NAME),
    Field("last_name", "Last name", _NAME, formats.LAST_NAME),
    Field("full_name", "Full name", _NAME, formats.FULL_NAME),
    Field("email", "E-mail", values.email, formats.EMAIL, compare=_norm),
    Field("phone", "Phone", values.phone, formats.PHONE, compare=_digits),
    Field("organization", "Organisation", _NAME, formats.ORGANIZATION, compare=lambda v: name_key(str(v))),
    Field("organization_industry", "Industry of a new organisation", _LINE, (), aux=True),
    Field("title", "Job title", _LINE, formats.TITLE),
    Field("owner", "Owner", _NAME, formats.OWNER, compare=lambda v: name_key(str(v))),
    Field("source", "Source", _LINE, formats.SOURCE),
    Field("tags", "Tags", values.tags, formats.TAGS, joined=";", is_set=True),
    Field("street", "Street", values.text(500), formats.STREET, joined=", "),
    Field("city", "City", _LINE, formats.CITY),
    Field("region", "Region", _LINE, formats.REGION),
    Field("postal_code", "Postal code", values.text(20), formats.POSTAL_CODE),
    Field("country", "Country", values.country, formats.COUNTRY),
    Field("marketing_consent", "Marketing consent", values.one_of(MarketingConsent, _CONSENT), formats.CONSENT),
    Field("salutation", "Form of address", values.text(100), ("anrede", "civilité", "name prefix", "honorific")),
    Field("department", "Department", _LINE, ("abteilung", "service", "departamento")),
    Field("lifecycle", "Lifecycle", values.one_of(ContactLifecycle), ("lifecycle stage",)),
    Field("website", "Website", values.url, ("website url", "homepage", "url")),
)


def refine(found: dict[str, Any], hints: Hints) -> list[tuple[str, str]]:
    """A row says whom it means; national phone numbers are read as of the row's country."""
    if not person_name(found) and not found.keys() & {"email", "external_id"}:
        return [("last_name", _NAMELESS)]
    if "phone" in found:
        found["_e164"] = e164 = phone_e164(found["phone"], found.get("country") or hints.country)
        if e164 and not found["phone"].lstrip().startswith(("+", "00")):
            # Written nationally it cannot be compared without knowing the country.
            found["phone"] = show_phone(e164, found["phone"])
    return []


def _by_email(db: TenantSession, scope: Scope, rows: Sequence[Incoming]) -> dict[int, list[Candidate]]:
    return _candidates(
        db,
        "select distinct r.n, c.id, c.full_name from jsonb_to_recordset(cast(:rows as jsonb))"
        " as r(n integer, email text)"
        " join contact_emails e on e.account_id = :account and e.email_norm = app.email_norm(r.email)"
        " join contacts c on c.account_id = e.account_id and c.id = e.contact_id"
        " where c.merged_into_id is null and c.erased_at is null order by r.n, c.id",
        [{"n": row.number, "email": row.values["email"]} for row in rows if "email" in row.values],
    )


def _by_name(db: TenantSession, scope: Scope, rows: Sequence[Incoming]) -> dict[int, list[Candidate]]:
    return _candidates(
        db,
        "select distinct r.n, c.id, c.full_name from jsonb_to_recordset(cast(:rows as jsonb))"
        " as r(n integer, full_name text, organization text)"
        " join organizations o on o.account_id = :account and o.name_sort = app.sort_key(r.organization)"
        " and o.merged_into_id is null"
        " join contacts c on c.account_id = :account and c.organization_id = o.id"
        " and app.sort_key(r.full_name) in (c.name_sort, app.sort_key(c.full_name))"
        " where c.merged_into_id is null and c.erased_at is null and c.archived_at is null order by r.n, c.id",
        [
            {
                "n": row.number,
                "full_name": person_name(row.values),
                "organization": row.values["organization"],
            }
            for row in rows
            if "organization" in row.values and person_name(row.values)
        ],
    )


def _candidates(db: TenantSession, statement: str, rows: list[dict[str, Any]]) -> dict[int, list[Candidate]]:
    found: dict[int, list[Candidate]] = {}
    if rows:
        for number, record_id, name in db.execute(
            text(statement), {"account": db.context.account_id, "rows": bulk.dump(rows)}
        ):
            found.setdefault(number, []).append(Candidate(record_id, name))
    return found


class ContactRecords(RecordType):
    """Contacts with one e-mail address and one phone number per row."""

    model: ClassVar[type[TenantTable]] = Contact
    fields: ClassVar[Mapping[str, Field]] = {known.key: known for known in FIELDS}
    columns: ClassVar[Mapping[str, str]] = {
        "first_name": "first_name",
        "last_name": "last_name",
        "title": "job_title",
        "source": "source",
        "street": "street",
        "city": "city",
        "region": "region",
        "postal_code": "postal_code",
        "country": "country",
        "salutation": "salutation",
        "department": "department",
        "lifecycle": "lifecycle",
        "website": "website",
    }
    links = (organization_link(), owner_link())
    matches = (Match("e-mail address", _by_email), Match("name and organisation", _by_name, weak=True))
    defaults: ClassVar[Mapping[str, Any]] = {
        "tags": [],
        "custom": {},
        "lifecycle": ContactLifecycle.LEAD.value,
        "marketing_consent": MarketingConsent.UNKNOWN.value,
    }
    derived = ("full_name", "consent_basis", "consent_at", "consent_source")

    def identities(self, values: Mapping[str, Any]) -> list[str]:
        """The address; without one, name and organisation, unless an id tells namesakes apart."""
        if "email" in values:
            return [f"email:{email_norm(values['email'])}"]
        if "external_id" in values:
            return []
        return [f"name:{name_key(person_name(values))}|{name_key(values.get('organization', ''))}"]

    def derive(self, scope: Scope, planned: Planned, write: Mapping[str, Any]) -> dict[str, Any]:
        """The composed name, and the proof of a consent."""
        found: dict[str, Any] = {}
        stored = planned.existing.columns if planned.existing else {}
        if {"first_name", "last_name", "full_name"} & write.keys():
            parts = {key: write.get(key) or stored.get(key) for key in ("first_name", "last_name")}
            found["full_name"] = person_name({**parts, "full_name": write.get("full_name")})[:200]
        elif planned.existing is None:
            found["full_name"] = write.get("email")
        if "marketing_consent" in write and write["marketing_consent"] != stored.get("marketing_consent"):
            found["marketing_consent"] = write["marketing_consent"]
            if write["marketing_consent"] != MarketingConsent.UNKNOWN:
                found["consent_basis"] = ConsentBasis.IMPORTED.value
                found["consent_at"] = scope.now
                found["consent_source"] = scope.file_name
        return found

    def check(self, db: TenantSession, scope: Scope, rows: Sequence[Planned]) -> None:  # noqa: ARG002 a hook
        """A new contact needs something to be called by."""
        for p in rows:
            if p.existing is None and not p.columns.get("full_name"):
                p.refuse("", "", _NAMELESS)

    def current(self, db: TenantSession, scope: Scope, ids: Sequence[int]) -> dict[int, Existing]:
        """The contacts, with all addresses and numbers; a merged one answers with its winner."""
        winners = dict(
            db.execute(
                select(Contact.id, Contact.merged_into_id).where(
                    Contact.account_id == scope.account_id,
                    bulk.among(Contact.id, ids),
                    Contact.merged_into_id.is_not(None),
                )
            ).all()
        )
        wanted = [*ids, *(winner for winner in winners.values() if winner is not None)]
        emails = _children(db, ContactEmail, wanted)
        phones = _children(db, ContactPhone, wanted)
        names = (*self.columns.values(), *self.derived, "marketing_consent", "organization_id", "owner_id")
        own = [Contact.__table__.c[name] for name in dict.fromkeys((*names, "tags", "custom"))]
        rows = db.execute(
            select(
                Contact.id.label("_id"),
                Contact.version.label("_version"),
                Contact.archived_at.label("_archived_at"),
                Contact.erased_at.label("_erased_at"),
                Organization.name.label("_organization"),
                AccountUser.display_name.label("_owner"),
                *own,
            )
            .outerjoin(
                Organization,
                (Organization.account_id == Contact.account_id) & (Organization.id == Contact.organization_id),
            )
            .outerjoin(
                AccountUser, (AccountUser.account_id == Contact.account_id) & (AccountUser.id == Contact.owner_id)
            )
            .where(Contact.account_id == scope.account_id, bulk.among(Contact.id, wanted))
        )
        found = {row["_id"]: self._existing(row, emails, phones) for row in rows.mappings()}
        return {i: found[winners.get(i) or i] for i in ids if (winners.get(i) or i) in found}

    def _existing(
        self, row: Mapping[Any, Any], emails: Mapping[int, list[Any]], phones: Mapping[int, list[Any]]
    ) -> Existing:
        record_id = row["_id"]
        addresses, numbers = emails.get(record_id, []), phones.get(record_id, [])
        shown = {key: row[column] for key, column in self.columns.items()}
        shown |= {
            "full_name": row["full_name"],
            "organization": row["_organization"],
            "owner": row["_owner"],
            "tags": row["tags"],
            "marketing_consent": row["marketing_consent"],
            "email": addresses[0].value if addresses else None,
            "phone": numbers[0].value if numbers else None,
            "_emails": addresses,
            "_phones": numbers,
            **{f"custom.{key}": value for key, value in row["custom"].items()},
        }
        if shown["marketing_consent"] == MarketingConsent.UNKNOWN:
            shown["marketing_consent"] = None
        columns = {name: row[name] for name in row if not str(name).startswith("_")}
        blocked = "This contact is archived; restore it first." if row["_archived_at"] else ""
        erased = row["_erased_at"] is not None
        return Existing(record_id, row["full_name"], row["_version"], shown, columns, blocked, erased)

    def compared(self, existing: Existing, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """An address or number that the person has in second place counts as theirs; who declined stays declined."""
        found = dict(existing.values)
        declined = existing.columns["marketing_consent"] in (MarketingConsent.WITHDRAWN, MarketingConsent.REFUSED)
        if declined and MarketingConsent(values.get("marketing_consent", MarketingConsent.UNKNOWN)).allows:
            found["marketing_consent"] = values["marketing_consent"]
        for key, held, norm in (("email", "_emails", _norm), ("phone", "_phones", _digits)):
            if key in values and any(norm(entry.value) == norm(values[key]) for entry in found[held]):
                found[key] = values[key]
        return found

    def has_children(self, write: Mapping[str, Any]) -> bool:
        """Addresses and numbers stand in tables of their own."""
        return "email" in write or "phone" in write

    def write_children(self, db: TenantSession, scope: Scope, changes: Sequence[Change], *, new: bool) -> None:  # noqa: ARG002 a hook
        """The first address and number become primary; a changed one replaces what the file said before."""
        emails: list[tuple[Change, dict[str, Any]]] = []
        phones: list[tuple[Change, dict[str, Any]]] = []
        for change in changes:
            write = change.planned.decision.write
            if "email" in write:
                emails.append((change, {"email": write["email"], "kind": EmailKind.WORK.value}))
            if "phone" in write:
                e164 = change.planned.row.values.get("_e164")
                phones.append((change, {"number": write["phone"], "e164": e164, "kind": PhoneKind.MOBILE.value}))
        _write_entries(db, ContactEmail, "email", "_emails", emails)
        _write_entries(db, ContactPhone, "phone", "_phones", phones)


def _write_entries(
    db: TenantSession,
    model: type[ContactEmail] | type[ContactPhone],
    key: str,
    held: str,
    entries: Sequence[tuple[Change, dict[str, Any]]],
) -> None:
    inserts: list[tuple[Change, dict[str, Any]]] = []
    updates: list[tuple[Change, int, dict[str, Any], dict[str, Any]]] = []
    for change, columns in entries:
        planned = change.planned
        present = planned.existing.values[held] if planned.existing else []
        before = planned.reference.imported.get(key) if planned.reference else None
        replaced = next((e for e in present if before is not None and _same(key, e.value, before)), None)
        if replaced is None:
            inserts.append((change, {"contact_id": change.record_id, "is_primary": not present, **columns}))
        else:
            kept = {name: value for name, value in columns.items() if name != "kind"}
            updates.append((change, replaced.id, {name: getattr(replaced, name) for name in kept}, kept))
    table = str(model.__tablename__)
    names = ("contact_id", "is_primary", *entries[0][1]) if entries else ()
    ids = bulk.insert(db, model, names, [columns for _, columns in inserts])
    for (change, columns), row_id in zip(inserts, ids, strict=True):
        change.inserted(table, row_id, columns)
    bulk.update(db, model, [{"id": row_id, **after} for _, row_id, _, after in updates])
    for change, row_id, old, after in updates:
        change.updated(table, row_id, old, after)


def _same(key: str, one: Any, other: Any) -> bool:
    norm = _norm if key == "email" else _digits
    return norm(one) == norm(other)


def _children(
    db: TenantSession, model: type[ContactEmail] | type[ContactPhone], ids: Sequence[int]
) -> dict[int, list[Any]]:
    """Rows by contact, the primary one first, each with its text also as `value`."""
    table = model.__table__
    value = func.coalesce(table.c.e164, table.c.number) if model is ContactPhone else table.c.email
    rows = db.execute(
        select(table, value.label("value"))
        .where(table.c.account_id == db.context.account_id, bulk.among(table.c.contact_id, ids))
        .order_by(table.c.contact_id, table.c.is_primary.desc(), table.c.id)
    )
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.contact_id, []).append(row)
    return found


_RECORDS = ContactRecords()

CONTACTS = register(
    Kind(
        key=ImportKind.CONTACTS,
        label="Contacts",
        fields=FIELDS,
        formats=formats.CONTACT_FORMATS,
        refine=refine,
        records=lambda _: _RECORDS,
        writes=Permission.CONTACTS_WRITE,
        creatable=("organizations", "owners"),
    )
)
