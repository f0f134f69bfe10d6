"""What a deal points to, found by the names and foreign ids that files write: companies, people, events, reasons."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import text

from eventos_core.db.session import TenantSession
from eventos_core.directory.importers.finding import (
    OWNERS,
    Found,
    by_text,
    create_members,
    create_organizations,
    find_members,
    find_organizations,
)
from eventos_core.directory.rules.values import compose_name
from eventos_core.enums.directory import ContactLifecycle, EmailKind, MarketingConsent
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import LostReason
from eventos_core.models.directory import Contact, ContactEmail
from eventos_core.operations.imports import bulk
from eventos_core.operations.imports.fields import Incoming
from eventos_core.operations.imports.plan import Scope, Target
from eventos_core.operations.imports.records import Link

CONTACTS, ORGANIZATIONS, LOST_REASONS = "contacts", "organizations", "lost_reasons"


def listed(ids: str) -> list[str]:
    """Several ids of a cell, joined by `;`, in order and each once."""
    return list(dict.fromkeys(part for part in (piece.strip() for piece in ids.split(";")) if part))


def by_foreign_id(db: TenantSession, scope: Scope, entity: str, ids: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Our record and its name for each id, as earlier imports of the same program remember them.

    `hubspot_deals` finds what `hubspot_contacts` brought: sources are told apart by what stands before the first `_`.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    name = "full_name" if entity == CONTACTS else "name"
    rows = db.execute(
        text(
            f"select r.external_id, t.id, t.{name} as name from external_refs r join {entity} f"
            " on f.account_id = r.account_id and f.id = r.entity_id"
            f" join {entity} t on t.account_id = f.account_id and t.id = coalesce(f.merged_into_id, f.id)"
            " where r.account_id = :account and r.entity = :entity and split_part(r.source, '_', 1) = :family"
            " and (r.external_id in (select unnest(cast(:ids as text[])))) is true"
            " and t.archived_at is null and t.merged_into_id is null order by r.id"
        ),
        {
            "account": scope.account_id, "entity": entity, "family": scope.source.partition("_")[0], "ids": wanted,
        },
    )  # fmt: skip
    return {row.external_id: (row.id, row.name) for row in rows}


as_term = json.JSONEncoder(ensure_ascii=False).encode
"""Several values as the text that a link is looked up by; `json.dumps` would make an encoder for every row."""


def _organization_term(name: str, row: Mapping[str, Any]) -> str:
    return as_term([name, row.get("_organization_id")])


def _find_organizations(db: TenantSession, scope: Scope, terms: Sequence[str]) -> Found:
    """The company of the foreign id, else those of exactly that name."""
    wanted = {term: json.loads(term) for term in terms}
    found = find_organizations(db, scope, [name for name, known in wanted.values() if known is None])
    return {
        term: [(Target(ORGANIZATIONS, known), name)] if known is not None else found.get(name, ())
        for term, (name, known) in wanted.items()
    }


def _create_organizations(
    db: TenantSession, scope: Scope, terms: Sequence[str], rows: Sequence[Incoming]
) -> dict[str, Target]:
    names = [json.loads(term)[0] for term in terms]
    made = create_organizations(db, scope, names, rows)
    return {term: made[name] for term, name in zip(terms, names, strict=True)}


def _contact_term(name: str, row: Mapping[str, Any]) -> str:
    known = row.get("_contact_ids")
    return as_term([name, row.get("contact_email"), row.get("organization"), known[0] if known else None])


_CONTACTS = """
with wanted as (
  select r.n, r.email, app.sort_key(r.name) as name, app.sort_key(r.organization) as organization
  from jsonb_to_recordset(cast(:rows as jsonb)) as r(n integer, name text, email text, organization text)
), offered as (
  select w.n, c.id, c.full_name, o.name as organization, 1 as rank
  from wanted w
  join contact_emails e on e.account_id = :account and e.email_norm = app.email_norm(w.email)
  join contacts c on c.account_id = e.account_id and c.id = e.contact_id
  left join organizations o on o.account_id = c.account_id and o.id = c.organization_id
  where c.merged_into_id is null and c.erased_at is null
  union all
  select w.n, c.id, c.full_name, o.name,
    case when o.name_sort = w.organization then 2 when w.organization is null or o.id is null then 3 end
  from wanted w
  join contacts c on c.account_id = :account and c.name_sort in (w.name, app.sort_key(
    regexp_replace(w.name, '^(.*) (\\S+)$', '\\2 \\1')))
  left join organizations o on o.account_id = c.account_id and o.id = c.organization_id
  where c.merged_into_id is null and c.erased_at is null and c.archived_at is null
)
select distinct n, id, concat_ws(', ', full_name, organization) as name, rank
from offered where rank is not null order by n, rank, id
"""


def _find_contacts(db: TenantSession, scope: Scope, terms: Sequence[str]) -> Found:
    """The person of the foreign id, else of the address, else of that name in the company, else without another one."""
    found: dict[str, Sequence[tuple[Target, str]]] = {}
    wanted = []
    for n, term in enumerate(terms):
        name, email, organization, known = json.loads(term)
        if known is not None:
            found[term] = [(Target(CONTACTS, known), name)]
        else:
            address = email or (name if "@" in name else None)
            wanted.append({"n": n, "name": name, "email": address, "organization": organization})
    best: dict[int, int] = {}
    offered: dict[str, list[tuple[Target, str]]] = {}
    for row in db.execute(text(_CONTACTS), {"account": scope.account_id, "rows": bulk.dump(wanted)}):
        if best.setdefault(row.n, row.rank) == row.rank:
            offered.setdefault(terms[row.n], []).append((Target(CONTACTS, row.id), row.name))
    return {**found, **offered}


def _create_contacts(
    db: TenantSession, scope: Scope, terms: Sequence[str], rows: Sequence[Incoming]
) -> dict[str, Target]:
    """A person per name and company, with the address where the file has one."""
    wanted = [json.loads(term) for term in terms]
    companies = find_organizations(db, scope, [company for _, _, company, _ in wanted if company])
    records: list[dict[str, Any]] = []
    for name, email, company, _ in wanted:
        owners = companies.get(company, ()) if company else ()
        first, _, last = name.rpartition(" ") if "@" not in name else ("", "", "")
        records.append(
            {
                "first_name": first or None, "last_name": last or None,
                "full_name": compose_name(first, last, name)[:200] or email,
                "organization_id": owners[0][0].id if len(owners) == 1 else None, "source": scope.source,
                "lifecycle": ContactLifecycle.LEAD.value, "marketing_consent": MarketingConsent.UNKNOWN.value,
                "tags": [], "custom": {},
            }
        )  # fmt: skip
    ids = bulk.insert(db, Contact, tuple(records[0]), records)
    addresses = [
        {"contact_id": i, "email": email or name, "kind": EmailKind.WORK.value, "is_primary": True}
        for i, (name, email, _, _) in zip(ids, wanted, strict=True)
    ]
    known = [address for address in addresses if "@" in address["email"]]
    emails = iter(bulk.insert(db, ContactEmail, ("contact_id", "email", "kind", "is_primary"), known))
    also = {address["contact_id"]: (Target("contact_emails", next(emails)),) for address in known}
    return {term: Target(CONTACTS, i, also.get(i, ())) for term, i in zip(terms, ids, strict=True)}


def find_events(db: TenantSession, scope: Scope, names: Sequence[str]) -> Found:
    """Events in use by link name or by name."""
    return by_text(
        db,
        "select w.value, e.id, e.slug as name from wanted w join events e on e.account_id = :account"
        " and (e.slug = w.value or e.name_sort = app.sort_key(w.value)) where e.archived_at is null order by e.id",
        names,
        "events",
    )


def _owner_term(name: str, row: Mapping[str, Any]) -> str:
    return str(row.get("_owner", name))


def _find_reasons(db: TenantSession, scope: Scope, names: Sequence[str]) -> Found:
    return by_text(
        db,
        "select w.value, r.id, r.name from wanted w join lost_reasons r on r.account_id = :account"
        " and app.sort_key(r.name) = app.sort_key(w.value) where r.archived_at is null order by r.id",
        names,
        LOST_REASONS,
    )


def _create_reasons(
    db: TenantSession, scope: Scope, names: Sequence[str], rows: Sequence[Incoming]
) -> dict[str, Target]:
    last = db.scalar(
        text("select coalesce(max(position), -1) from lost_reasons where account_id = :account"),
        {"account": scope.account_id},
    )
    records = [{"name": name[:200], "position": last + 1 + i, "requires_note": False} for i, name in enumerate(names)]
    ids = bulk.insert(db, LostReason, ("name", "position", "requires_note"), records)
    return {name: Target(LOST_REASONS, i) for name, i in zip(names, ids, strict=True)}


def _all(statement: str) -> Callable[[TenantSession, Sequence[str]], list[str]]:
    """Names that the house has few of."""

    def offer(db: TenantSession, texts: Sequence[str]) -> list[str]:
        return list(db.scalars(text(f"{statement} limit 500"), {"account": db.context.account_id}))

    return offer


def _beginning_alike(table: str, name: str) -> Callable[[TenantSession, Sequence[str]], list[str]]:
    """Names that begin with the same three letters as one of the texts."""

    def offer(db: TenantSession, texts: Sequence[str]) -> list[str]:
        return list(
            db.scalars(
                text(
                    f"select distinct t.{name} from unnest(cast(:texts as text[])) w(value) join {table} t"
                    " on t.account_id = :account and t.name_sort ^@ left(app.sort_key(w.value), 3)"
                    f" where t.archived_at is null and t.merged_into_id is null order by t.{name} limit 2000"
                ),
                {"account": db.context.account_id, "texts": list(texts)[:500]},
            )
        )

    return offer


_MEMBERS = _all(
    "select display_name from account_users where account_id = :account and status <> 'disabled' order by 1"
)
_EVENTS = _all("select name from events where account_id = :account and archived_at is null order by starts_at desc")
_REASONS = _all("select name from lost_reasons where account_id = :account and archived_at is null order by position")

LINKS = (
    Link(
        "organization", ORGANIZATIONS, _find_organizations, _create_organizations,
        needs=Permission.CONTACTS_WRITE, column="organization_id", term=_organization_term,
        offer=_beginning_alike(ORGANIZATIONS, "name"),
    ),
    Link(
        "contact", CONTACTS, _find_contacts, _create_contacts,
        needs=Permission.CONTACTS_WRITE, column="contact_id", term=_contact_term,
        offer=_beginning_alike(CONTACTS, "full_name"),
    ),
    Link("event", "events", find_events, column="event_id", offer=_EVENTS),
    Link(
        "owner", OWNERS, find_members, create_members,
        needs=Permission.TEAM_MANAGE, column="owner_id", term=_owner_term, offer=_MEMBERS,
    ),
    Link(
        "lost_reason", LOST_REASONS, _find_reasons, _create_reasons,
        needs=Permission.SALES_SETTINGS, column="lost_reason_id", offer=_REASONS,
    ),
)  # fmt: skip
"""In the order in which they are made: a person needs the company."""
