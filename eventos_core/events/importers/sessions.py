"""Importing a programme into one event: times in its zone, hosts found or made, places matched to our spaces."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import func, select, text

from eventos_core.db.session import TenantSession
from eventos_core.directory.importers.finding import by_text, create_organizations, find_organizations
from eventos_core.enums.events import AttendanceMode, HostRole, HostStatus, SessionKind
from eventos_core.enums.operations import ImportKind
from eventos_core.kernel.permissions import Permission
from eventos_core.models.base import TenantTable
from eventos_core.models.directory import Contact, Organization
from eventos_core.models.events import EventSession, SessionHost, VenueSpace
from eventos_core.operations.imports import bulk, values
from eventos_core.operations.imports.fields import Field, Format, Incoming
from eventos_core.operations.imports.plan import Candidate, Existing, Planned, Scope, Target
from eventos_core.operations.imports.records import Change, Link, Match, RecordType
from eventos_core.operations.imports.registry import Kind, register
from eventos_core.operations.imports.values import BadValue, Hints, name_key

_LINE = values.text(200)


def _key(value: Any) -> str:
    return name_key(str(value))


def _first_page(raw: str, hints: Hints) -> str | None:
    """The first web address of several; a host's page that cannot be read is no reason to refuse a session."""
    try:
        return values.url(raw.split()[0], hints)
    except BadValue:
        return None


_TITLE = ("name", "session", "session title", "talk", "titel", "titre")
_START = ("start", "start time", "begins", "from", "beginn", "début")
_PLACE = ("room", "place", "space", "stage", "raum", "ort", "lieu", "location.name")
_HOST = ("speaker", "presenter", "organiser", "organizer", "host name", "referent")
_LONG = ("long description", "description.long", "details", "text")

FIELDS = (
    Field("external_id", "Id in the source", values.text(300), ("id", "session id", "code"), aux=True),
    Field("title", "Title", _LINE, _TITLE),
    Field("starts_at", "Starts", values.instant, _START, is_date=True),
    Field("ends_at", "Ends", values.instant, ("end", "end time", "until", "to", "ende", "fin"), is_date=True),
    Field("cancelled", "Cancelled", values.boolean, ("canceled", "abgesagt", "annulé")),
    Field("online", "Online only", values.boolean, ("online only", "onlineonly", "virtual"), aux=True),
    Field("mode", "Mode", values.one_of(AttendanceMode), ("attendance mode", "format")),
    Field("kind", "Kind", values.one_of(SessionKind), ("type", "session type", "session kind")),
    Field("track", "Track", values.text(120), ("strand", "category", "stream")),
    Field("location", "Place", values.text(500), _PLACE),
    Field("address", "Address of the place", values.text(500), ("location address",), joined=", ", aux=True),
    Field("host", "Host", _LINE, _HOST, compare=_key),
    Field("organization_website", "Host's page", _first_page, ("host url", "host website"), aux=True),
    Field("organization_about", "About the host", values.text(10_000), ("host infotext",), aux=True),
    Field("summary", "Summary", values.text(5_000), ("abstract", "short description", "teaser")),
    Field("description", "Description", values.text(30_000), _LONG),
    Field("capacity", "Capacity", values.whole(1), ("seats", "places", "max attendees")),
    Field("language", "Language", values.text(20), ("sprache", "langue", "locale")),
    Field("url", "Link", values.text(2_000), ("link", "website", "session url")),
    Field("tags", "Tags", values.tags, ("labels", "keywords", "topics"), joined=";", is_set=True),
)

FORMATS = (
    Format(
        "wueww",
        "Web-week programme (JSON 0.5.0)",
        frozenset(("id", "start", "end", "cancelled", "onlineonly", "title", "hostname")),
        {
            "id": "external_id",
            "onlineonly": "online",
            "hostname": "host",
            "hostid": "custom.host_id",
            "hostinfotext": "organization_about",
            "hostlogo": "custom.host_logo",
            "hostlinkshost": "organization_website",
            "linksevent": "url",
            "locationname": "location",
            "locationstreetno": "address",
            "locationzipcode": "address",
            "locationcity": "address",
            "descriptionshort": "summary",
            "descriptionlong": "description",
        },
    ),
)
"""Nested values are columns with dotted names, such as `host.name`."""


def refine(found: dict[str, Any], hints: Hints) -> list[tuple[str, str]]:
    """A session needs title and start and ends after it; the mode follows from `online` where not given itself."""
    missing = [(key, f"Every session needs a {what}.") for key, what in _NEEDED if key not in found]
    if missing:
        return missing
    starts, ends = dt.datetime.fromisoformat(found["starts_at"]), found.get("ends_at")
    if ends is not None and dt.datetime.fromisoformat(ends) <= starts:
        return [("ends_at", "The session ends before it starts.")]
    if "online" in found and "mode" not in found:
        found["mode"] = AttendanceMode.ONLINE.value if found["online"] else AttendanceMode.ONSITE.value
    return []


_NEEDED = (("title", "title"), ("starts_at", "start"))


def _find_hosts(db: TenantSession, scope: Scope, names: Sequence[str]) -> dict[str, Sequence[tuple[Target, str]]]:
    """Companies of that name; where there is none, people of that name."""
    found = dict(find_organizations(db, scope, names))
    rest = [name for name in names if name not in found]
    people = by_text(
        db,
        "select w.value, c.id, c.full_name as name from wanted w join contacts c on c.account_id = :account"
        " and c.name_sort in (app.sort_key(w.value), app.sort_key(regexp_replace(w.value, '^(.*) (\\S+)$', '\\2 \\1')))"
        " where c.archived_at is null and c.merged_into_id is null order by c.id",
        rest,
        "contacts",
    )
    return {**people, **found}


def _find_spaces(db: TenantSession, scope: Scope, names: Sequence[str]) -> dict[str, Sequence[tuple[Target, str]]]:
    """The spaces of each name: those that the event keeps, else those of the whole house."""
    rows = db.execute(
        text(
            "select w.value, s.id, s.name, exists (select from event_venues k where k.account_id = s.account_id"
            " and k.event_id = :event and k.space_id = s.id) as kept"
            " from unnest(cast(:names as text[])) as w(value) join venue_spaces s"
            " on s.account_id = :account and s.name_sort = app.sort_key(w.value) where s.archived_at is null"
            " order by s.id"
        ),
        {"account": scope.account_id, "event": scope.event_id, "names": sorted(set(names))},
    )
    found: dict[str, list[tuple[bool, Target, str]]] = {}
    for row in rows:
        found.setdefault(row.value, []).append((row.kept, Target("venue_spaces", row.id), row.name))
    return {
        name: [(target, shown) for kept, target, shown in spaces if kept or not any(k for k, *_ in spaces)]
        for name, spaces in found.items()
    }


def _by_title(db: TenantSession, scope: Scope, rows: Sequence[Incoming]) -> dict[int, list[Candidate]]:
    wanted = [{"n": r.number, "title": r.values["title"], "starts_at": r.values["starts_at"]} for r in rows]
    found: dict[int, list[Candidate]] = {}
    for number, record_id, title in db.execute(
        text(
            "select r.n, s.id, s.title from jsonb_to_recordset(cast(:rows as jsonb))"
            " as r(n integer, title text, starts_at timestamptz)"
            " join sessions s on s.account_id = :account and s.event_id = :event and s.starts_at = r.starts_at"
            " and s.title = r.title order by r.n, s.id"
        ),
        {"account": scope.account_id, "event": scope.event_id, "rows": bulk.dump(wanted)},
    ):
        found.setdefault(number, []).append(Candidate(record_id, title))
    return found


class SessionRecords(RecordType):
    """Sessions of one event with their host."""

    model: ClassVar[type[TenantTable]] = EventSession
    fields: ClassVar[Mapping[str, Field]] = {known.key: known for known in FIELDS}
    columns: ClassVar[Mapping[str, str]] = {
        key: key
        for key in (
            "title",
            "starts_at",
            "ends_at",
            "mode",
            "kind",
            "track",
            "summary",
            "description",
            "capacity",
            "url",
        )
    }
    links = (
        Link("host", "organizations", _find_hosts, create_organizations, always_create=True),
        Link("location", "venue_spaces", _find_spaces, optional=True),
    )
    matches = (Match("title and start", _by_title),)
    defaults: ClassVar[Mapping[str, Any]] = {
        "tags": [],
        "custom": {},
        "mode": AttendanceMode.ONSITE.value,
        "kind": SessionKind.TALK.value,
    }
    derived = ("event_id", "cancelled_at", "language", "location_text", "space_id")

    def identities(self, values: Mapping[str, Any]) -> list[str]:
        """The id in the source; without one, title and start."""
        if "external_id" in values:
            return [f"id:{values['external_id']}"]
        return [f"title:{name_key(values['title'])}|{values['starts_at']}"]

    def constants(self, scope: Scope) -> dict[str, Any]:
        """The event."""
        return {"event_id": scope.event_id}

    def derive(self, scope: Scope, planned: Planned, write: Mapping[str, Any]) -> dict[str, Any]:
        """When it was called off, and where it is: one of our spaces, else as written."""
        found: dict[str, Any] = {}
        stored = planned.existing.columns if planned.existing else {}
        if "cancelled" in write:
            found["cancelled_at"] = (stored.get("cancelled_at") or scope.now) if write["cancelled"] else None
        if "language" in write:
            found["language"] = write["language"].replace("_", "-")
        if "location" in write:
            space = planned.targets.get("location")
            online = planned.row.values.get("mode") == AttendanceMode.ONLINE
            found["space_id"] = space.id if space is not None and not online else None
            written = ", ".join(filter(None, (write["location"], planned.row.values.get("address"))))
            found["location_text"] = written if found["space_id"] is None else None
        return found

    def create(self, db: TenantSession, scope: Scope, rows: Sequence[Planned]) -> list[Change]:
        """Queue for the spaces, then insert."""
        _queue(db, rows)
        return super().create(db, scope, rows)

    def update(self, db: TenantSession, scope: Scope, rows: Sequence[Planned]) -> tuple[list[Change], dict[int, Any]]:
        """Queue for the spaces, then write."""
        _queue(db, rows)
        return super().update(db, scope, rows)

    def current(self, db: TenantSession, scope: Scope, ids: Sequence[int]) -> dict[int, Existing]:
        """The sessions with the name of their first host and of their space."""
        names = (*self.columns.values(), *self.derived, "tags", "custom")
        first = (
            select(
                SessionHost.session_id,
                func.min(func.coalesce(Organization.name, Contact.full_name)).label("name"),
                func.count().label("hosts"),
            )
            .outerjoin(
                Organization,
                (Organization.account_id == SessionHost.account_id) & (Organization.id == SessionHost.organization_id),
            )
            .outerjoin(Contact, (Contact.account_id == SessionHost.account_id) & (Contact.id == SessionHost.contact_id))
            .where(SessionHost.account_id == scope.account_id, bulk.among(SessionHost.session_id, ids))
            .group_by(SessionHost.session_id)
            .subquery()
        )
        rows = db.execute(
            select(
                EventSession.id.label("_id"),
                EventSession.version.label("_version"),
                first.c.name.label("_host"),
                VenueSpace.name.label("_space"),
                *(EventSession.__table__.c[name] for name in dict.fromkeys(names)),
            )
            .outerjoin(first, first.c.session_id == EventSession.id)
            .outerjoin(
                VenueSpace,
                (VenueSpace.account_id == EventSession.account_id) & (VenueSpace.id == EventSession.space_id),
            )
            .where(EventSession.account_id == scope.account_id, bulk.among(EventSession.id, ids))
        )
        return {row["_id"]: self._existing(row) for row in rows.mappings()}

    def _existing(self, row: Mapping[Any, Any]) -> Existing:
        shown = {key: bulk.to_json(row[column]) for key, column in self.columns.items()}
        shown |= {
            "cancelled": row["cancelled_at"] is not None,
            "language": row["language"],
            "location": row["_space"] or row["location_text"],
            "host": row["_host"],
            "tags": row["tags"],
            **{f"custom.{key}": value for key, value in row["custom"].items()},
        }
        columns = {name: row[name] for name in row if not str(name).startswith("_")}
        return Existing(row["_id"], row["title"], row["_version"], shown, columns)

    def has_children(self, write: Mapping[str, Any]) -> bool:
        """Hosts stand in a table of their own."""
        return "host" in write

    def write_children(self, db: TenantSession, scope: Scope, changes: Sequence[Change], *, new: bool) -> None:
        """Add the host; one that the file named before and no longer does stays, for people to remove."""
        wanted = [
            (change, {"event_id": scope.event_id, "session_id": change.record_id, **_host(target)})
            for change in changes
            if (target := change.planned.targets.get("host")) is not None
        ]
        if not new:
            present = _present(db, [columns["session_id"] for _, columns in wanted])
            wanted = [(change, columns) for change, columns in wanted if _who(columns) not in present]
        names = ("event_id", "session_id", "contact_id", "organization_id", "role", "status")
        ids = bulk.insert(db, SessionHost, names, [columns for _, columns in wanted])
        for (change, columns), row_id in zip(wanted, ids, strict=True):
            change.inserted("session_hosts", row_id, columns)


def _host(target: Target) -> dict[str, Any]:
    column = "contact_id" if target.entity == "contacts" else "organization_id"
    return {column: target.id, "role": HostRole.HOST.value, "status": HostStatus.CONFIRMED.value}


def _who(columns: Mapping[str, Any]) -> tuple[int, int | None, int | None]:
    return (columns["session_id"], columns.get("contact_id"), columns.get("organization_id"))


def _present(db: TenantSession, sessions: Sequence[int]) -> set[tuple[int, int | None, int | None]]:
    rows = db.execute(
        select(SessionHost.session_id, SessionHost.contact_id, SessionHost.organization_id).where(
            SessionHost.account_id == db.context.account_id, bulk.among(SessionHost.session_id, sessions)
        )
    )
    return {(row.session_id, row.contact_id, row.organization_id) for row in rows}


def _queue(db: TenantSession, rows: Sequence[Planned]) -> None:
    """Wait for the spaces in order, so that imports and people who book do not wait for each other."""
    spaces = sorted({space for p in rows if (space := p.columns.get("space_id")) is not None})
    if spaces:
        db.execute(text("select app.lock_resources('space', :ids)"), {"ids": spaces})


_RECORDS = SessionRecords()

SESSIONS = register(
    Kind(
        key=ImportKind.SESSIONS,
        label="Sessions",
        fields=FIELDS,
        formats=FORMATS,
        refine=refine,
        records=lambda _: _RECORDS,
        writes=Permission.PROGRAMME_WRITE,
        needs_event=True,
    )
)
