"""Importing deals: found by reference, else by name, organisation and event; their past seeded from their days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from sqlalchemy import select, text

from eventos_core.crm.importers.drafts import Drafts, checked_stage, drafted
from eventos_core.crm.importers.fields import (
    BY_KEY,
    CLOSED_TOO_EARLY,
    FIELDS,
    NAMELESS,
    percent_of,
    ppm_of,
    refine,
)
from eventos_core.crm.importers.formats import FORMATS
from eventos_core.crm.importers.linking import (
    CONTACTS,
    LINKS,
    LOST_REASONS,
    ORGANIZATIONS,
    by_foreign_id,
    find_events,
    listed,
)
from eventos_core.crm.importers.stages import PIPELINES, STAGES, Pipelines, Place, pipeline_link, stage_link
from eventos_core.db.session import TenantSession
from eventos_core.directory.importers.finding import OWNERS, find_members
from eventos_core.enums.crm import OpportunityKind, OpportunityRole, StageKind
from eventos_core.enums.operations import ImportKind
from eventos_core.kernel.permissions import Permission
from eventos_core.models.base import TenantTable
from eventos_core.models.crm import LostReason, Opportunity, OpportunityContact, SalesPipeline, SalesStage
from eventos_core.models.directory import Contact, Organization
from eventos_core.models.events import Event
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.imports import bulk
from eventos_core.operations.imports.fields import Field, Incoming
from eventos_core.operations.imports.plan import Candidate, Existing, Planned, Scope
from eventos_core.operations.imports.records import Change, Match, RecordType
from eventos_core.operations.imports.registry import Kind, register
from eventos_core.operations.imports.values import name_key

_COLUMNS = {
    "name": "name", "kind": "kind", "amount": "amount_minor", "currency": "currency", "created_on": "opened_on",
    "expected_close_on": "expected_close_on", "source": "source", "product": "product", "next_step": "next_step",
    "description": "description",
}  # fmt: skip
_DERIVED = (
    "closed_on", "lost_note", "probability_override_ppm", "stage_entered_at", "last_edited_at",
)  # fmt: skip
_HELD = (
    *_COLUMNS.values(), *_DERIVED, "stage_id", "outcome", "probability_ppm", "rate_to_base_e12", "organization_id",
    "contact_id", "event_id", "owner_id", "lost_reason_id", "tags", "custom",
)  # fmt: skip

_MATCHING = """
with wanted as (
  select r.n, app.sort_key(r.name) as name, coalesce(app.sort_key(r.organization), '') as organization, r.event_id,
    r.created_on, r.has_id
  from jsonb_to_recordset(cast(:rows as jsonb))
    as r(n integer, name text, organization text, event_id bigint, created_on date, has_id boolean)
)
select w.n, d.id, d.name, d.opened_on = w.created_on as same_day
from wanted w
join opportunities d on d.account_id = :account and d.name_sort = w.name and d.event_id is not distinct from w.event_id
left join organizations o on o.account_id = d.account_id and o.id = d.organization_id
where coalesce(o.name_sort, '') = w.organization and d.archived_at is null
  and not (w.has_id and exists (
    select from external_refs e
    where e.account_id = d.account_id and e.entity = 'opportunities' and e.entity_id = d.id and e.source = :source
      and not e.external_id ^@ '~'))
order by w.n, d.id
"""


def _by_name(db: TenantSession, scope: Scope, rows: Sequence[Incoming]) -> dict[int, list[Candidate]]:
    """Deals of that name, organisation and event; an id in the file tells namesakes apart, and so does the first day.

    A deal is offered to the first row that may mean it, so that two rows of one name are two deals.
    """
    wanted = [
        {
            "n": row.number, "name": row.values["_name"], "organization": row.values.get("organization"),
            "event_id": row.values.get("_event_id", scope.event_id), "created_on": row.values.get("created_on"),
            "has_id": "external_id" in row.values,
        }
        for row in rows
        if row.values["_name"] and not ("external_id" in row.values and "name" not in row.values)
    ]  # fmt: skip
    offered: dict[int, list[tuple[Candidate, bool]]] = {}
    parameters = {"account": scope.account_id, "source": scope.source, "rows": bulk.dump(wanted)}
    for number, record_id, name, same_day in db.execute(text(_MATCHING), parameters):
        offered.setdefault(number, []).append((Candidate(record_id, name), bool(same_day)))
    found: dict[int, list[Candidate]] = {}
    taken: set[int] = set()
    with_id = {row["n"] for row in wanted if row["has_id"]}
    for number, several in offered.items():
        left = [(c, same) for c, same in several if c.id not in taken]
        chosen = [c for c, same in left if same] or [c for c, _ in left]
        if len(chosen) == 1:
            taken.add(chosen[0].id)
        elif number in with_id:
            continue  # the id says that it is a deal of its own
        found[number] = chosen
    return found


class DealRecords(RecordType):
    """Deals with their people."""

    model: ClassVar[type[TenantTable]] = Opportunity
    fields: ClassVar[Mapping[str, Field]] = BY_KEY
    columns: ClassVar[Mapping[str, str]] = _COLUMNS
    links = (pipeline_link(), stage_link(drafted), *LINKS)
    matches = (Match("name, organisation and event", _by_name, weak=True),)
    derived = _DERIVED

    def prepare(self, db: TenantSession, scope: Scope, rows: Sequence[Incoming]) -> None:
        """What the stage means here, whose foreign ids are known, and names as the house writes them."""
        known = Pipelines(db)
        today = _today(scope)
        self._resolve(db, scope, rows)
        drafts = Drafts(scope.made_as)
        somewhere = []
        for row in rows:
            found = row.values
            named = "stage" in found
            told = found.get("_told")
            if told == StageKind.OPEN and "stage" not in found:
                told = None  # that it is open says nothing of where an open deal stands
            place = known.place(found.get("pipeline"), found.get("stage"), told)
            if place is not None:
                _placed(found, place)
                if place.unmade and named:
                    drafts.see(place, found.get("probability"))
                elif place.unmade:
                    somewhere.append(found)
            kind = place.stage.kind if place else None
            if kind is not StageKind.LOST:
                # A deal that was lost once and reopened keeps the reason in some programs.
                found.pop("lost_reason", None)
                found.pop("lost_note", None)
            _dated(found, kind, today)
            found["_default"] = known.place(found.get("pipeline"), None, StageKind.OPEN.value)
        _put_first(drafts, somewhere)
        for row in rows:
            new: Place | None = row.values.get("_place")
            if new is not None and new.unmade:
                draft = drafts.of(new)
                row.values["_draft"], row.values["_ppm"] = draft, draft.ppm

    def _resolve(self, db: TenantSession, scope: Scope, rows: Sequence[Incoming]) -> None:
        for chunk in bulk.chunks(rows, 10_000):
            owners = find_members(db, scope, _texts(chunk, "owner"))
            events = find_events(db, scope, _texts(chunk, "event"))
            companies = by_foreign_id(db, scope, ORGANIZATIONS, _ids(chunk, "organization_ids"))
            people = by_foreign_id(db, scope, CONTACTS, _ids(chunk, "contact_ids"))
            for row in chunk:
                found = row.values
                if "owner" in found and len(who := owners.get(found["owner"], ())) == 1:
                    found["_owner"], found["owner"] = found["owner"], who[0][1]
                if "event" in found and len(which := events.get(found["event"], ())) == 1:
                    found["event"], found["_event_id"] = which[0][1], which[0][0].id
                for foreign in listed(found.get("organization_ids", ""))[:1]:
                    if foreign in companies:
                        found["_organization_id"], found["organization"] = companies[foreign]
                known = [people[i] for i in listed(found.get("contact_ids", "")) if i in people]
                if known:
                    found["_contact_ids"], found["contact"] = [i for i, _ in known], known[0][1]
                elif "contact_email" in found:
                    found.setdefault("contact", found["contact_email"])

    def identities(self, values: Mapping[str, Any]) -> list[str]:
        """The id; without one name, organisation and event, and what else tells two deals of one name apart."""
        if "external_id" in values:
            return [f"id:{values['external_id']}"]
        parts = [values["_name"], values.get("organization", ""), values.get("event", "")]
        parts.append(values.get("created_on", ""))
        if "name" not in values:
            parts.append(values.get("owner", ""))
        return [f"deal:{'|'.join(name_key(part) for part in parts)}"]

    def current(self, db: TenantSession, scope: Scope, ids: Sequence[int]) -> dict[int, Existing]:
        """The deals with the names of what they point to."""
        account = Opportunity.account_id
        rows = db.execute(
            select(
                Opportunity.id.label("_id"),
                Opportunity.version.label("_version"),
                Opportunity.archived_at.label("_archived_at"),
                SalesStage.name.label("_stage"),
                SalesPipeline.name.label("_pipeline"),
                SalesPipeline.is_default.label("_is_default"),
                Organization.name.label("_organization"),
                Contact.full_name.label("_contact"),
                Event.slug.label("_event"),
                AccountUser.display_name.label("_owner"),
                LostReason.name.label("_lost_reason"),
                *(Opportunity.__table__.c[name] for name in _HELD),
            )
            .join(SalesStage, (SalesStage.account_id == account) & (SalesStage.id == Opportunity.stage_id))
            .join(
                SalesPipeline, (SalesPipeline.account_id == account) & (SalesPipeline.id == SalesStage.pipeline_id)
            )
            .outerjoin(
                Organization,
                (Organization.account_id == account) & (Organization.id == Opportunity.organization_id),
            )
            .outerjoin(Contact, (Contact.account_id == account) & (Contact.id == Opportunity.contact_id))
            .outerjoin(Event, (Event.account_id == account) & (Event.id == Opportunity.event_id))
            .outerjoin(AccountUser, (AccountUser.account_id == account) & (AccountUser.id == Opportunity.owner_id))
            .outerjoin(LostReason, (LostReason.account_id == account) & (LostReason.id == Opportunity.lost_reason_id))
            .where(account == scope.account_id, bulk.among(Opportunity.id, ids))
        )  # fmt: skip
        return {row["_id"]: _existing(row) for row in rows.mappings()}

    def constants(self, scope: Scope) -> dict[str, Any]:
        """What a new deal is where the file does not say."""
        return {
            "event_id": scope.event_id, "currency": scope.hints.currency, "opened_on": _today(scope).isoformat(),
            "kind": OpportunityKind.SPONSORSHIP.value,
        }  # fmt: skip

    def derive(self, scope: Scope, planned: Planned, write: Mapping[str, Any]) -> dict[str, Any]:
        """Name, stage, closing and estimate of a new deal; closing and estimate of one that moves."""
        row, existing = planned.row.values, planned.existing
        found: dict[str, Any] = {}
        place: Place | None = row.get("_place")
        if existing is None:
            if not row.get("name"):
                found["name"] = row["_name"]
            if place is None:
                place = row["_default"]
                found["stage_id"] = place.stage.id if place else None
            if place is not None and place.pipeline.deals and "kind" not in row:
                found["kind"] = place.pipeline.deals.value
            found |= _closing(scope, row, place.stage.kind if place else StageKind.OPEN, None)
            found["last_edited_at"] = found["stage_entered_at"]
        elif place is not None and "stage" in write and place.stage.id != existing.columns["stage_id"]:
            found |= _closing(scope, row, place.stage.kind, existing.columns)
        elif "closed_on" in write and existing.columns["outcome"] != StageKind.OPEN:
            found["closed_on"] = write["closed_on"]
        if "lost_note" in write:
            found["lost_note"] = write["lost_note"]
        if "probability" in write:
            followed = place.stage.ppm if place and place.stage.id else row.get("_ppm")
            if followed is None and existing is not None:
                followed = existing.columns["probability_ppm"]
            wanted = ppm_of(write["probability"])
            closed = place is not None and place.stage.kind is not StageKind.OPEN
            found["probability_override_ppm"] = None if closed or wanted == followed else wanted
        return found

    def check(self, db: TenantSession, scope: Scope, rows: Sequence[Planned]) -> None:  # noqa: ARG002 a hook
        """Refuse deals without name or stage, closed before they began or in future, or short of what a stage asks."""
        today = _today(scope).isoformat()
        for p in rows:
            held = {} if p.existing is None else p.existing.columns
            then = {**held, **p.columns}
            opened = str(then.get("opened_on") or today)
            closed = None if then.get("closed_on") is None else str(then["closed_on"])
            place: Place | None = p.row.values.get("_place") or p.row.values["_default"]
            if not then.get("name"):
                p.refuse("", "", NAMELESS)
            elif place is None and p.existing is None:
                p.refuse("stage", "", "The pipeline has no open stage to put it in; name a stage.")
            elif closed is not None and closed < opened:
                p.refuse("closed_on", closed, CLOSED_TOO_EARLY)
            elif closed is not None and closed > today and "closed_on" in p.columns:
                p.refuse("closed_on", closed, "A deal cannot have been closed in the future.")
            elif place is not None and "stage_id" in p.columns:
                missing = [name for name in place.stage.required if not _filled(name, p, then)]
                if missing:
                    p.refuse("stage", place.stage.name, f"The stage asks for: {', '.join(missing)}.")

    def write_children(self, db: TenantSession, scope: Scope, changes: Sequence[Change], *, new: bool) -> None:
        """Further people of the file join the deal; a new deal gets its past."""
        wanted = [
            (change, {"opportunity_id": change.record_id, "contact_id": contact, "role": OpportunityRole.OTHER.value})
            for change in changes
            for contact in change.planned.row.values.get("_contact_ids", ())[1:]
        ]
        if wanted and not new:
            ids = [columns["opportunity_id"] for _, columns in wanted]
            present = {
                (row.opportunity_id, row.contact_id)
                for row in db.execute(
                    select(OpportunityContact.opportunity_id, OpportunityContact.contact_id).where(
                        OpportunityContact.account_id == scope.account_id,
                        bulk.among(OpportunityContact.opportunity_id, ids),
                    )
                )
            }
            wanted = [(c, cols) for c, cols in wanted if (cols["opportunity_id"], cols["contact_id"]) not in present]
        names = ("opportunity_id", "contact_id", "role")
        ids = bulk.insert(db, OpportunityContact, names, [columns for _, columns in wanted])
        for (change, columns), row_id in zip(wanted, ids, strict=True):
            change.inserted("opportunity_contacts", row_id, columns)
        if new:
            db.execute(
                text("select app.seed_opportunity_history(cast(:ids as bigint[]))"),
                {"ids": [change.record_id for change in changes]},
            )


def _today(scope: Scope) -> dt.date:
    return scope.now.astimezone(ZoneInfo(scope.hints.zone)).date()


def _texts(rows: Sequence[Incoming], key: str) -> list[str]:
    return list({row.values[key] for row in rows if key in row.values})


def _ids(rows: Sequence[Incoming], key: str) -> set[str]:
    return {i for row in rows if key in row.values for i in listed(row.values[key])}


def _placed(found: dict[str, Any], place: Place) -> None:
    """Write the stage as the house calls it."""
    found["_place"] = place
    found["stage"] = place.pipeline.shown(place.stage.name)
    if place.pipeline.id is None:
        found.setdefault("pipeline", place.pipeline.name)
    found["_ppm"] = place.stage.ppm


def _put_first(drafts: Drafts, rows: Sequence[dict[str, Any]]) -> None:
    """Open deals of a new pipeline that name no stage stand in the first that others name, as in one that is there."""
    pipelines = {found["_place"].pipeline.name: found["_place"].pipeline for found in rows}
    first = {name: drafts.first(pipeline) for name, pipeline in pipelines.items()}
    for found in rows:
        place = first[found["_place"].pipeline.name]
        if place is not None:
            _placed(found, place)
        else:
            drafts.see(found["_place"], found.get("probability"))


def _dated(found: dict[str, Any], kind: StageKind | None, today: dt.date) -> None:
    """“Close date” is the day a closed deal was decided, and the day by which an open one should be."""
    if kind is StageKind.OPEN or (kind is None and "expected_close_on" not in found):
        day = found.pop("closed_on", None)
        if day is not None:
            found.setdefault("expected_close_on", day)
    elif kind is not None and "closed_on" not in found and found.get("expected_close_on", "9") <= today.isoformat():
        found["closed_on"] = found["expected_close_on"]


def _closing(scope: Scope, row: Mapping[str, Any], kind: StageKind, held: Mapping[str, Any] | None) -> dict[str, Any]:
    """When a deal entered its stage and was closed; what hangs on the outcome is named, so that an undo knows it."""
    found: dict[str, Any] = {"closed_on": None}
    today = _today(scope).isoformat()
    if kind is StageKind.OPEN:
        since = row.get("stage_since") or (row.get("created_on") if held is None else None)
        if held is not None:
            found["rate_to_base_e12"] = None
    else:
        known = (held or {}).get("closed_on")
        found["closed_on"] = row.get("closed_on") or row.get("stage_since") or (str(known) if known else today)
        since = found["closed_on"]
    if held is None and "created_on" not in row:
        found["opened_on"] = min(since or today, today)
    if kind is not StageKind.LOST and held is not None:
        found["lost_reason_id"] = found["lost_note"] = None
    moment = scope.now
    if since is not None:
        moment = min(moment, dt.datetime.fromisoformat(since).replace(tzinfo=ZoneInfo(scope.hints.zone)))
        if kind is not StageKind.OPEN and since == row.get("created_on", since):
            moment += dt.timedelta(seconds=1)  # opened and closed on one day, the one after the other
    found["stage_entered_at"] = moment if held is None else max(moment, held["stage_entered_at"])
    return found


def _filled(name: str, p: Planned, then: Mapping[str, Any]) -> bool:
    value = then.get(name)
    if value is None:
        value = (then.get("custom") or {}).get(name)
    waiting = any(link.column == name and link.field in p.targets for link in DealRecords.links)
    return waiting or value not in (None, "", [])


def _existing(row: Mapping[Any, Any]) -> Existing:
    shown = {key: row[column] for key, column in _COLUMNS.items()}
    for key in ("created_on", "expected_close_on"):
        shown[key] = bulk.to_json(shown[key])
    ppm = row["probability_ppm"] if row["probability_override_ppm"] is None else row["probability_override_ppm"]
    stage = row["_stage"] if row["_is_default"] else f"{row['_pipeline']} › {row['_stage']}"
    shown |= {
        "stage": stage, "pipeline": row["_pipeline"], "organization": row["_organization"], "contact": row["_contact"],
        "event": row["_event"], "owner": row["_owner"], "lost_reason": row["_lost_reason"],
        "lost_note": row["lost_note"], "closed_on": bulk.to_json(row["closed_on"]), "probability": percent_of(ppm),
        "tags": row["tags"], **{f"custom.{key}": value for key, value in row["custom"].items()},
    }  # fmt: skip
    columns = {name: row[name] for name in row if not str(name).startswith("_")}
    blocked = "This deal is archived; restore it first." if row["_archived_at"] else ""
    return Existing(row["_id"], row["name"], row["_version"], shown, columns, blocked)


_RECORDS = DealRecords()

DEALS = register(
    Kind(
        key=ImportKind.DEALS,
        label="Deals",
        fields=FIELDS,
        formats=FORMATS,
        refine=refine,
        records=lambda _: _RECORDS,
        writes=Permission.SALES_WRITE,
        creatable=(STAGES, OWNERS, ORGANIZATIONS, PIPELINES, LOST_REASONS, CONTACTS),
        explained=(
            "pipeline", "stage", "status", "owner", "organization", "contact", "event", "product", "lost_reason",
            "currency", "kind", "source",
        ),
        takes_event=True,
        checked_new={STAGES: checked_stage},
    )
)  # fmt: skip
