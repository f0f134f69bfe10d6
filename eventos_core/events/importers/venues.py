"""Importing venues and their spaces: a row with a space is that space, a row without is the venue itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import select, text

from eventos_core.db.session import TenantSession
from eventos_core.directory.importers import formats
from eventos_core.directory.importers.finding import Found, by_text
from eventos_core.enums.events import VenueKind
from eventos_core.enums.operations import ImportKind
from eventos_core.kernel.permissions import Permission
from eventos_core.models.base import TenantTable
from eventos_core.models.events import Venue, VenueSpace
from eventos_core.operations.imports import bulk, values
from eventos_core.operations.imports.fields import Field, Format, Incoming
from eventos_core.operations.imports.plan import Candidate, Existing, Planned, Scope, Target
from eventos_core.operations.imports.records import Link, Match, RecordType
from eventos_core.operations.imports.registry import Kind, register
from eventos_core.operations.imports.values import BadValue, Hints, name_key

_LINE = values.text(200)
_KIND = values.one_of(VenueKind)


def _key(value: Any) -> str:
    return name_key(str(value))


FIELDS = (
    Field("external_id", "Id in the source", values.text(300), ("id", "space id", "venue id"), aux=True),
    Field("venue", "Venue", _LINE, ("venue name", "location", "building", "lieu", "veranstaltungsort"), compare=_key),
    Field("space", "Space", _LINE, ("space name", "room", "room name", "hall", "raum", "saal", "salle")),
    Field("market", "Market", _LINE, ("region market",)),
    Field("kind", "Kind", values.text(100), ("type of space", "category", "venue type", "space type")),
    Field("capacity", "Capacity", values.whole(1), ("maximum capacity", "max capacity", "seats", "kapazität")),
    Field("min_capacity", "Smallest party", values.whole(0), ("minimum capacity",)),
    Field("daily_rate", "Daily rate", values.minor_units, ("daily booking rate", "rate per day", "day rate", "price")),
    Field("city", "City", _LINE, formats.CITY),
    Field("country", "Country", values.country, formats.COUNTRY),
    Field("picture_url", "Picture", values.url, ("picture", "image", "image url", "photo")),
    Field("tags", "Tags", values.tags, ("labels", "features", "keywords"), joined=";", is_set=True),
    Field("street", "Street", values.text(500), formats.STREET, joined=", "),
    Field("region", "Region", _LINE, formats.REGION),
    Field("postal_code", "Postal code", values.text(20), formats.POSTAL_CODE),
)
_OF_VENUE = ("market", "city", "country", "street", "region", "postal_code")
_BY_KEY: Mapping[str, Field] = {known.key: known for known in FIELDS}

FORMATS = (
    Format(
        "easy_spaces",
        "Easy Spaces",
        frozenset(("market", "name", "maximumcapacity", "dailybookingrate")),
        {"market": "venue", "name": "space", "category": "kind", "type": "tags"},
    ),
    Format(
        "easy_spaces_markets",
        "Easy Spaces markets",
        frozenset(("city", "country", "name", "state")),
        {"name": "venue", "state": "region"},
    ),
)


def refine(found: dict[str, Any], hints: Hints) -> list[tuple[str, str]]:
    """A row needs a venue; a venue's kind is one of ours, a space's is free text."""
    if "venue" not in found:
        return [("venue", "Every row needs a venue.")]
    if "space" not in found and "kind" in found:
        try:
            found["kind"] = _KIND(found["kind"], hints)
        except BadValue as error:
            return [("kind", str(error))]
    smallest, most = found.get("min_capacity"), found.get("capacity")
    if smallest is not None and most is not None and smallest > most:
        return [("min_capacity", f"The smallest party is larger than the capacity of {most}.")]
    return []


def find_venues(db: TenantSession, scope: Scope, names: Sequence[str]) -> Found:
    """Venues in use of exactly that name, accents and case aside."""
    return by_text(
        db,
        "select w.value, v.id, concat_ws(', ', v.name, v.city) as name from wanted w join venues v"
        " on v.account_id = :account and v.name_sort = app.sort_key(w.value) where v.archived_at is null order by v.id",
        names,
        "venues",
    )


def _create_venues(
    db: TenantSession, scope: Scope, names: Sequence[str], rows: Sequence[Incoming]
) -> dict[str, Target]:
    records: list[dict[str, Any]] = [
        {
            "name": name,
            # Sources that know markets only, use them as venue.
            "market": row.values.get("market") or (name if scope.source == "easy_spaces" else None),
            "kind": VenueKind.OTHER.value,
            "tags": [],
            "custom": {},
            **{key: row.values.get(key) for key in _OF_VENUE if key != "market"},
        }
        for name, row in zip(names, rows, strict=True)
    ]
    ids = bulk.insert(db, Venue, ("name", "kind", "tags", "custom", *_OF_VENUE), records)
    return {name: Target("venues", record_id) for name, record_id in zip(names, ids, strict=True)}


def _spaces_by_name(db: TenantSession, scope: Scope, rows: Sequence[Incoming]) -> dict[int, list[Candidate]]:
    wanted = [{"n": row.number, "venue": row.values["venue"], "space": row.values["space"]} for row in rows]
    statement = (
        "select r.n, s.id, concat_ws(', ', s.name, v.name) from jsonb_to_recordset(cast(:rows as jsonb))"
        " as r(n integer, venue text, space text)"
        " join venues v on v.account_id = :account and v.name_sort = app.sort_key(r.venue)"
        " join venue_spaces s on s.account_id = v.account_id and s.venue_id = v.id"
        " and s.name_sort = app.sort_key(r.space) where v.archived_at is null order by r.n, s.id"
    )
    return _numbered(db, statement, wanted)


def _venues_by_name(db: TenantSession, scope: Scope, rows: Sequence[Incoming]) -> dict[int, list[Candidate]]:
    wanted = [{"n": row.number, "venue": row.values["venue"]} for row in rows]
    statement = (
        "select r.n, v.id, concat_ws(', ', v.name, v.city) from jsonb_to_recordset(cast(:rows as jsonb))"
        " as r(n integer, venue text) join venues v on v.account_id = :account"
        " and v.name_sort = app.sort_key(r.venue) where v.archived_at is null order by r.n, v.id"
    )
    return _numbered(db, statement, wanted)


def _numbered(db: TenantSession, statement: str, wanted: list[dict[str, Any]]) -> dict[int, list[Candidate]]:
    found: dict[int, list[Candidate]] = {}
    parameters = {"account": db.context.account_id, "rows": bulk.dump(wanted)}
    for number, record_id, name in db.execute(text(statement), parameters):
        found.setdefault(number, []).append(Candidate(record_id, name))
    return found


def _rate(scope: Scope, planned: Planned, write: Mapping[str, Any]) -> dict[str, Any]:
    """The currency that an imported rate is in: the record's own, else the house's."""
    if "daily_rate" not in write:
        return {}
    stored = planned.existing.columns.get("currency") if planned.existing else None
    return {"currency": stored or scope.hints.currency}


class SpaceRecords(RecordType):
    """Rooms and areas of a venue."""

    model: ClassVar[type[TenantTable]] = VenueSpace
    fields: ClassVar[Mapping[str, Field]] = _BY_KEY
    columns: ClassVar[Mapping[str, str]] = {
        "space": "name",
        "kind": "kind",
        "capacity": "capacity",
        "min_capacity": "min_capacity",
        "daily_rate": "daily_rate_minor",
        "picture_url": "picture_url",
    }
    links = (Link("venue", "venues", find_venues, _create_venues, always_create=True, column="venue_id"),)
    matches = (Match("venue and name", _spaces_by_name),)
    derived = ("currency",)

    def identities(self, values: Mapping[str, Any]) -> list[str]:
        """Venue and name."""
        return [f"space:{_key(values['venue'])}|{_key(values['space'])}"]

    def derive(self, scope: Scope, planned: Planned, write: Mapping[str, Any]) -> dict[str, Any]:
        """The currency of a rate."""
        return _rate(scope, planned, write)

    def current(self, db: TenantSession, scope: Scope, ids: Sequence[int]) -> dict[int, Existing]:
        """The spaces with the name of their venue."""
        names = (*self.columns.values(), "currency", "venue_id", "tags", "custom")
        rows = db.execute(
            select(
                VenueSpace.id.label("_id"),
                VenueSpace.version.label("_version"),
                VenueSpace.archived_at.label("_archived_at"),
                Venue.name.label("_venue"),
                *(Venue.__table__.c[key].label(f"_{key}") for key in _OF_VENUE),
                *(VenueSpace.__table__.c[name] for name in names),
            )
            .join(Venue, (Venue.account_id == VenueSpace.account_id) & (Venue.id == VenueSpace.venue_id))
            .where(VenueSpace.account_id == scope.account_id, bulk.among(VenueSpace.id, ids))
        )
        found = {}
        for row in rows.mappings():
            shown = {key: row[column] for key, column in self.columns.items()}
            shown |= {"venue": row["_venue"], "tags": row["tags"]}
            shown |= {f"custom.{key}": value for key, value in row["custom"].items()}
            found[row["_id"]] = _existing(row, shown, "space")
        return found

    def compared(self, existing: Existing, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the row says of the venue never changes the space."""
        return {**existing.values, **{key: values[key] for key in _OF_VENUE if key in values}}


class VenueRecords(RecordType):
    """Venues as a whole."""

    model: ClassVar[type[TenantTable]] = Venue
    fields: ClassVar[Mapping[str, Field]] = _BY_KEY
    columns: ClassVar[Mapping[str, str]] = {
        "venue": "name",
        "kind": "kind",
        "capacity": "capacity",
        "daily_rate": "daily_rate_minor",
        **{key: key for key in _OF_VENUE},
    }
    matches = (Match("name", _venues_by_name),)
    defaults: ClassVar[Mapping[str, Any]] = {"tags": [], "custom": {}, "kind": VenueKind.OTHER.value}
    derived = ("currency",)

    def identities(self, values: Mapping[str, Any]) -> list[str]:
        """The name, with the city where given."""
        return [f"venue:{_key(values['venue'])}|{_key(values.get('city', ''))}"]

    def derive(self, scope: Scope, planned: Planned, write: Mapping[str, Any]) -> dict[str, Any]:
        """The currency of a rate."""
        return _rate(scope, planned, write)

    def current(self, db: TenantSession, scope: Scope, ids: Sequence[int]) -> dict[int, Existing]:
        """The venues."""
        names = (*self.columns.values(), "currency", "tags", "custom")
        rows = db.execute(
            select(
                Venue.id.label("_id"),
                Venue.version.label("_version"),
                Venue.archived_at.label("_archived_at"),
                *(Venue.__table__.c[name] for name in names),
            ).where(Venue.account_id == scope.account_id, bulk.among(Venue.id, ids))
        )
        found = {}
        for row in rows.mappings():
            shown = {key: row[column] for key, column in self.columns.items()}
            shown |= {"tags": row["tags"]} | {f"custom.{key}": value for key, value in row["custom"].items()}
            if shown["kind"] == VenueKind.OTHER:
                shown["kind"] = None  # nobody has said yet
            found[row["_id"]] = _existing(row, shown, "venue")
        return found


def _existing(row: Mapping[Any, Any], shown: dict[str, Any], what: str) -> Existing:
    columns = {name: row[name] for name in row if not str(name).startswith("_")}
    blocked = f"This {what} is archived; restore it first." if row["_archived_at"] else ""
    return Existing(row["_id"], row["name"], row["_version"], shown, columns, blocked)


_SPACES, _VENUES = SpaceRecords(), VenueRecords()

VENUES = register(
    Kind(
        key=ImportKind.VENUES,
        label="Venues",
        fields=FIELDS,
        formats=FORMATS,
        refine=refine,
        records=lambda found: _SPACES if "space" in found else _VENUES,
        writes=Permission.VENUES_WRITE,
    )
)
