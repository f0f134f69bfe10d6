"""Importing companies: found by reference, by domain, or by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import select, text

from eventos_core.db.session import TenantSession
from eventos_core.directory.importers import formats
from eventos_core.directory.importers.finding import owner_link
from eventos_core.enums.directory import OrganizationKind
from eventos_core.enums.operations import ImportKind
from eventos_core.kernel.permissions import Permission
from eventos_core.models.base import TenantTable
from eventos_core.models.directory import Organization
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.imports import bulk, values
from eventos_core.operations.imports.fields import Field, Incoming
from eventos_core.operations.imports.plan import Candidate, Existing, Scope
from eventos_core.operations.imports.records import Match, RecordType
from eventos_core.operations.imports.registry import Kind, register
from eventos_core.operations.imports.values import Hints, name_key

_LINE = values.text(200)
_KINDS = {
    "customer": "other", "press/media": "press", "media": "press", "partner": "other", "supplier": "vendor",
    "venue": "venue_operator", "organiser": "organizer", "fashionbrand": "brand", "label": "brand",
    "pressmedia": "press",
}  # fmt: skip

FIELDS = (
    Field("external_id", "Id in the source", values.text(300), ("id", "record id", "account id"), aux=True),
    Field("name", "Name", _LINE, (*formats.ORGANIZATION, "organization", "name of company")),
    Field("kind", "Kind", values.one_of(OrganizationKind, _KINDS), ("type", "company type", "organization type")),
    Field("domain", "Domain", values.domain, ("company domain name", "domain name", "web domain")),
    Field("industry", "Industry", _LINE, ("sector", "branche", "secteur")),
    Field("country", "Country", values.country, formats.COUNTRY),
    Field("owner", "Owner", _LINE, formats.OWNER, compare=lambda v: name_key(str(v))),
    Field("tags", "Tags", values.tags, formats.TAGS, joined=";", is_set=True),
    Field("website", "Website", values.url, ("website url", "homepage", "url", "web site")),
    Field("email", "E-mail", values.email, formats.EMAIL),
    Field("phone", "Phone", values.phone, formats.PHONE),
    Field("street", "Street", values.text(500), formats.STREET, joined=", "),
    Field("city", "City", _LINE, formats.CITY),
    Field("region", "Region", _LINE, formats.REGION),
    Field("postal_code", "Postal code", values.text(20), formats.POSTAL_CODE),
    Field("legal_name", "Legal name", _LINE, ("registered name",)),
    Field("description", "Description", values.text(10_000), ("about", "about us")),
    Field("source", "Source", _LINE, formats.SOURCE),
)


def refine(found: dict[str, Any], hints: Hints) -> list[tuple[str, str]]:
    """A company needs a name; one that gives only its domain is called by it."""
    if "name" not in found:
        if "domain" not in found:
            return [("name", "An organisation needs a name.")]
        found["name"] = found["domain"]
    return []


def _by_domain(db: TenantSession, scope: Scope, rows: Sequence[Incoming]) -> dict[int, list[Candidate]]:
    return _candidates(db, "o.domain_norm = r.domain", [row for row in rows if "domain" in row.values])


def _by_name(db: TenantSession, scope: Scope, rows: Sequence[Incoming]) -> dict[int, list[Candidate]]:
    # Namesakes with another domain are other companies.
    same = "o.name_sort = app.sort_key(r.name) and (r.domain is null or o.domain_norm in ('', r.domain))"
    return _candidates(db, same, rows)


def _candidates(db: TenantSession, condition: str, rows: Sequence[Incoming]) -> dict[int, list[Candidate]]:
    found: dict[int, list[Candidate]] = {}
    if rows:
        wanted = [{"n": r.number, "name": r.values["name"], "domain": r.values.get("domain")} for r in rows]
        statement = (
            "select r.n, o.id, concat_ws(', ', o.name, o.city) from jsonb_to_recordset(cast(:rows as jsonb))"
            f" as r(n integer, name text, domain text) join organizations o on o.account_id = :account and {condition}"
            " where o.merged_into_id is null and o.archived_at is null order by r.n, o.id"
        )
        parameters = {"account": db.context.account_id, "rows": bulk.dump(wanted)}
        for number, record_id, name in db.execute(text(statement), parameters):
            found.setdefault(number, []).append(Candidate(record_id, name))
    return found


class OrganizationRecords(RecordType):
    """Companies; the house's own row may be updated like any other."""

    model: ClassVar[type[TenantTable]] = Organization
    fields: ClassVar[Mapping[str, Field]] = {known.key: known for known in FIELDS}
    columns: ClassVar[Mapping[str, str]] = {
        key: key
        for key in (
            "name", "kind", "domain", "industry", "country", "website", "email", "phone", "street", "city", "region",
            "postal_code", "legal_name", "description", "source",
        )
    }  # fmt: skip
    links = (owner_link(),)
    matches = (Match("domain", _by_domain), Match("name", _by_name))
    defaults: ClassVar[Mapping[str, Any]] = {"tags": [], "custom": {}, "kind": OrganizationKind.OTHER.value}

    def identities(self, values: Mapping[str, Any]) -> list[str]:
        """Id, else domain, else name."""
        if "external_id" in values:
            return [f"id:{values['external_id']}"]
        return [f"domain:{values['domain']}"] if "domain" in values else [f"name:{name_key(values['name'])}"]

    def current(self, db: TenantSession, scope: Scope, ids: Sequence[int]) -> dict[int, Existing]:
        """The companies; a merged one answers with its winner."""
        winners = dict(
            db.execute(
                select(Organization.id, Organization.merged_into_id).where(
                    Organization.account_id == scope.account_id,
                    bulk.among(Organization.id, ids),
                    Organization.merged_into_id.is_not(None),
                )
            ).all()
        )
        wanted = [*ids, *(winner for winner in winners.values() if winner is not None)]
        names = (*self.columns.values(), "owner_id", "tags", "custom")
        rows = db.execute(
            select(
                Organization.id.label("_id"),
                Organization.version.label("_version"),
                Organization.archived_at.label("_archived_at"),
                AccountUser.display_name.label("_owner"),
                *(Organization.__table__.c[name] for name in names),
            )
            .outerjoin(
                AccountUser,
                (AccountUser.account_id == Organization.account_id) & (AccountUser.id == Organization.owner_id),
            )
            .where(Organization.account_id == scope.account_id, bulk.among(Organization.id, wanted))
        )
        found = {row["_id"]: self._existing(row) for row in rows.mappings()}
        return {i: found[winners.get(i) or i] for i in ids if (winners.get(i) or i) in found}

    def _existing(self, row: Mapping[Any, Any]) -> Existing:
        shown = {key: row[column] for key, column in self.columns.items()}
        shown |= {"owner": row["_owner"], "tags": row["tags"]}
        shown |= {f"custom.{key}": value for key, value in row["custom"].items()}
        if shown["kind"] == OrganizationKind.OTHER:
            shown["kind"] = None  # nobody has said yet
        columns = {name: row[name] for name in row if not str(name).startswith("_")}
        blocked = "This organisation is archived; restore it first." if row["_archived_at"] else ""
        return Existing(row["_id"], row["name"], row["_version"], shown, columns, blocked)


_RECORDS = OrganizationRecords()

ORGANIZATIONS = register(
    Kind(
        key=ImportKind.ORGANIZATIONS,
        label="Organisations",
        fields=FIELDS,
        formats=formats.ORGANIZATION_FORMATS,
        refine=refine,
        records=lambda _: _RECORDS,
        writes=Permission.CONTACTS_WRITE,
        creatable=("owners",),
    )
)
