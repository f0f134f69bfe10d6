"""Venues and their spaces: lists, forms, archiving, and when a space is taken."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.enums.events import VenueKind
from eventos_core.events import commands, queries
from eventos_core.events.commands import (
    AddSpace,
    AddVenue,
    ArchiveEvent,
    ArchiveSpace,
    ArchiveVenue,
    CancelSession,
    EditSpace,
    EditVenue,
)
from eventos_core.kernel.errors import AlreadyExists, Conflict, EditConflict, InvalidInput, NotFound, PermissionDenied
from eventos_core.kernel.permissions import Role
from tests.directory.conftest import counted
from tests.directory.rows import make
from tests.events.conftest import Stage
from tests.events.rows import add_event, add_session, add_space, add_venue, at
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database
Houses = tuple[TestHouse, TestHouse]


def _names(house: TestHouse, **wanted: object) -> list[str]:
    return list(read(house.owner, queries.venues, queries.VenueFilter(**wanted)).frame["name"])  # type: ignore[arg-type]


def test_venue_keeps_what_the_form_says(house: TestHouse) -> None:
    given = AddVenue(
        "Palais  Brongniart", VenueKind.HISTORIC, market="Paris", street="16 place de la Bourse", city="Paris",
        country="fr", latitude=48.8693, longitude=2.3413, timezone="Europe/Paris", capacity=900, currency="eur",
        daily_rate_minor=18_000_00, load_in_notes="Rear dock", tags=("Grand", "grand"),
    )  # fmt: skip
    saved = execute(house.owner, commands.add_venue, given)
    found = read(house.owner, queries.venue, saved.venue_id)
    assert (found.name, found.country, found.currency, found.tags) == ("Palais Brongniart", "FR", "EUR", ("grand",))
    assert (found.latitude, found.capacity, found.load_in_notes) == (48.8693, 900, "Rear dock")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"latitude": 48.0}, "longitude"),
        ({"latitude": 98.0, "longitude": 2.0}, "latitude"),
        ({"latitude": 8.0, "longitude": 182.0}, "longitude"),
        ({"capacity": 0}, "capacity"),
        ({"daily_rate_minor": 5}, "currency"),
        ({"daily_rate_minor": -5, "currency": "EUR"}, "daily_rate_minor"),
        ({"country": "FRA"}, "country"),
        ({"timezone": "Nowhere"}, "timezone"),
    ],
)
def test_wrong_venue_fields_are_named(house: TestHouse, change: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        execute(house.owner, commands.add_venue, replace(AddVenue("Palais"), **change))  # type: ignore[arg-type]
    assert field in error.value.fields


def test_list_is_filtered_also_by_spaces(house: TestHouse) -> None:
    palais = add_venue(house.owner, "Palais", market="Paris", kind=VenueKind.HISTORIC, tags=("grand",))
    add_space(house.owner, palais.venue_id, "Grande nef", capacity=600)
    add_venue(house.owner, "Élysée Studio", market="Paris", kind=VenueKind.STUDIO, capacity=90)
    add_venue(house.owner, "Turbine Hall", market="London", kind=VenueKind.MUSEUM, capacity=2000)
    assert _names(house) == ["Élysée Studio", "Palais", "Turbine Hall"]
    assert _names(house, q="nef") == _names(house, tag="Grand") == ["Palais"]
    assert _names(house, q="elysee") == ["Élysée Studio"]
    assert _names(house, market="Paris") == ["Élysée Studio", "Palais"]
    assert _names(house, kind=(VenueKind.MUSEUM, VenueKind.STUDIO)) == ["Élysée Studio", "Turbine Hall"]
    assert _names(house, min_capacity=500) == ["Palais", "Turbine Hall"]
    assert read(house.owner, queries.markets) == ["London", "Paris"]
    row = read(house.owner, queries.venues, queries.VenueFilter(q="palais")).frame.iloc[0]
    assert (row["spaces"], row["largest"]) == (1, 600)


def test_list_takes_one_query_and_pages(house: TestHouse) -> None:
    for number in range(5):
        venue = add_venue(house.owner, f"Venue {number}")
        add_space(house.owner, venue.venue_id)
    with counted() as sent:
        first = read(house.owner, queries.venues, None, size=3)
    assert len(sent) == 1
    rest = read(house.owner, queries.venues, None, cursor=first.next, size=3)
    assert [*first.frame["name"], *rest.frame["name"]] == [f"Venue {number}" for number in range(5)]
    assert (first.previous, rest.next) == (None, None)


def test_edit_over_another_edit_shows_both(house: TestHouse) -> None:
    saved = add_venue(house.owner)
    execute(house.owner, commands.edit_venue, EditVenue(saved.venue_id, 1, AddVenue("Theirs")))
    with pytest.raises(EditConflict) as error:
        execute(house.owner, commands.edit_venue, EditVenue(saved.venue_id, 1, AddVenue("Mine", VenueKind.STUDIO)))
    assert error.value.mine == {"name": "Mine", "kind": "Studio"}
    assert error.value.theirs == {"name": "Theirs", "kind": "Other"}


def test_venue_of_an_event_to_come_stays(house: TestHouse) -> None:
    saved = add_venue(house.owner)
    event = add_event(house.owner, venue_id=saved.venue_id)
    with pytest.raises(Conflict) as error:
        execute(house.owner, commands.archive_venue, ArchiveVenue(saved.venue_id, saved.version))
    assert "SS27 Show" in error.value.message
    execute(house.owner, commands.archive_event, ArchiveEvent(event.event_id, event.version))
    archived = execute(house.owner, commands.archive_venue, ArchiveVenue(saved.venue_id, saved.version))
    assert (_names(house), _names(house, archived=True)) == ([], ["Palais"])
    assert read(house.owner, queries.venue_choices) == {}
    with pytest.raises(Conflict):
        add_space(house.owner, saved.venue_id)
    execute(house.owner, commands.restore_venue, ArchiveVenue(saved.venue_id, archived.version))
    assert _names(house) == ["Palais"]


def test_spaces_keep_their_order_and_capacities(stage: Stage) -> None:
    given = AddSpace(stage.venue_id, "Terrace", capacity=90, capacities=(("standing", 90), ("banquet", 40)), floor="3")
    saved = execute(stage.owner, commands.add_space, given)
    frame = read(stage.owner, queries.spaces, stage.venue_id)
    assert list(frame["name"]) == ["Grande nef", "Salon", "Terrace"]
    assert frame["capacities"].iloc[2] == {"standing": 90, "banquet": 40}
    edited = replace(given, name="Roof terrace", capacities=(), is_bookable=False)
    execute(stage.owner, commands.edit_space, EditSpace(saved.space_id, saved.version, edited))
    assert list(read(stage.owner, queries.space_choices, stage.venue_id)) == [stage.nave, stage.salon]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"capacity": 10, "min_capacity": 11}, "min_capacity"),
        ({"capacities": (("standing", 0),)}, "capacities"),
        ({"daily_rate_minor": 1}, "currency"),
    ],
)
def test_wrong_space_fields_are_named(stage: Stage, change: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        given = replace(AddSpace(stage.venue_id, "Terrace"), **change)  # type: ignore[arg-type]
        execute(stage.owner, commands.add_space, given)
    assert field in error.value.fields


def test_space_name_is_unique_in_its_venue(stage: Stage) -> None:
    with pytest.raises(AlreadyExists):
        add_space(stage.owner, stage.venue_id, "Salon")
    other = add_venue(stage.owner, "Other")
    add_space(stage.owner, other.venue_id, "Salon")


def test_space_with_a_session_to_come_stays(stage: Stage) -> None:
    saved = add_session(stage.owner, stage.event_id, space_id=stage.salon)
    with pytest.raises(Conflict) as error:
        execute(stage.owner, commands.archive_space, ArchiveSpace(stage.salon, 1))
    assert "“Talk”" in error.value.message
    execute(stage.owner, commands.cancel_session, CancelSession(saved.session_id, saved.version))
    archived = execute(stage.owner, commands.archive_space, ArchiveSpace(stage.salon, 1))
    assert list(read(stage.owner, queries.spaces, stage.venue_id)["name"]) == ["Grande nef"]
    assert list(read(stage.owner, queries.spaces, stage.venue_id, archived=True)["name"]) == ["Salon"]
    assert len(read(stage.owner, queries.spaces, stage.venue_id, archived=None)) == 2
    execute(stage.owner, commands.restore_space, ArchiveSpace(stage.salon, archived.version))
    assert len(read(stage.owner, queries.spaces, stage.venue_id)) == 2


def test_calendar_of_the_spaces_shows_what_takes_them(stage: Stage, house: TestHouse, database: Database) -> None:
    add_session(stage.owner, stage.event_id, "Talk", space_id=stage.salon)
    add_session(stage.owner, stage.event_id, "Open end", space_id=stage.salon, starts_at=at(15), ends_at=None)
    off = add_session(stage.owner, stage.event_id, "Off", space_id=stage.nave)
    execute(stage.owner, commands.cancel_session, CancelSession(off.session_id, off.version))
    other = add_event(stage.owner, "Press day")
    first, last = dt.datetime(2027, 3, 6, tzinfo=dt.UTC), dt.datetime(2027, 3, 8, tzinfo=dt.UTC)
    _keep(house, other.event_id, stage.nave, first, last)
    frame = read(stage.owner, queries.space_calendar, stage.venue_id, first, last)
    assert [(row.space, row.layer, row.event) for row in frame.itertuples()] == [
        ("Grande nef", "hold", "Press day"), ("Salon", "use", "SS27 Show"), ("Salon", "use", "SS27 Show"),
    ]  # fmt: skip
    assert frame["title"].fillna("").tolist() == ["", "Talk", "Open end"]
    add_session(stage.owner, stage.event_id, "Inside", space_id=stage.nave)
    odd = read(stage.owner, queries.worth_a_look, stage.event_id)
    assert odd[["kind", "first", "resource", "second"]].values.tolist() == [
        ["held", "Inside", "Grande nef", "Press day"]
    ]


def test_viewer_reads_and_writes_nothing(stage: Stage, house: TestHouse) -> None:
    viewer = house.member(Role.VIEWER)
    assert len(read(viewer, queries.venues).frame) == 1
    with pytest.raises(PermissionDenied):
        add_venue(viewer)
    with pytest.raises(PermissionDenied):
        add_space(viewer, stage.venue_id, "Terrace")
    for command, given in (
        (commands.archive_venue, ArchiveVenue(stage.venue_id, 1)),
        (commands.restore_venue, ArchiveVenue(stage.venue_id, 1)),
        (commands.archive_space, ArchiveSpace(stage.nave, 1)),
        (commands.restore_space, ArchiveSpace(stage.nave, 1)),
    ):
        with pytest.raises(PermissionDenied):
            execute(viewer, command, given)  # type: ignore[arg-type]
    nobody = house.member(Role.MEMBER, denials=("venues.read",))
    with pytest.raises(PermissionDenied):
        read(nobody, queries.venues)


def test_other_house_finds_nothing(two_houses: Houses) -> None:
    first, second = two_houses
    venue = add_venue(first.owner)
    space = add_space(first.owner, venue.venue_id)
    assert _names(second) == []
    assert read(second.owner, queries.spaces, venue.venue_id).empty
    for command, given in (
        (commands.archive_venue, ArchiveVenue(venue.venue_id, 1)),
        (commands.archive_space, ArchiveSpace(space.space_id, 1)),
        (commands.edit_venue, EditVenue(venue.venue_id, 1, AddVenue("Mine"))),
        (commands.add_space, AddSpace(venue.venue_id, "Mine")),
    ):
        with pytest.raises(NotFound):
            execute(second.owner, command, given)  # type: ignore[arg-type]


def _keep(house: TestHouse, event_id: int, space_id: int, first: dt.datetime, last: dt.datetime) -> None:
    """An event keeps a space; the command for it comes with the event's venues page."""
    from eventos_core.db.session import unit_of_work

    with unit_of_work(house.owner) as db:
        make(db.connection(), house.account_id, "event_venues", event_id=event_id, space_id=space_id,
             load_in_at=first, load_out_at=last, status="confirmed")  # fmt: skip
