"""Reconcile: agrees after everything that commands do, and names what somebody has tampered with."""

from __future__ import annotations

import datetime as dt

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.directory import commands as directory
from eventos_core.directory.rules.contacts import ContactFields
from eventos_core.events import commands as events
from eventos_core.operations import reconciling
from eventos_core.operations.imports import commands as imports
from eventos_core.operations.imports.running import run_import
from tests import support

STARTS = dt.datetime(2031, 3, 4, 19, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def tamper(database: support.Database, statement: str) -> None:
    """One statement past every trigger, as only a superuser can."""
    with database.as_login("admin", autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute(statement.encode())


@pytest.fixture
def show(house: support.TestHouse) -> tuple[int, int]:
    """An event with a session in a space with a host: (event, session)."""
    owner = house.owner
    person = directory.CreateContact(ContactFields(last_name="Beaumont"))
    host = execute(owner, directory.create_contact, person).contact_id
    venue = execute(owner, events.add_venue, events.AddVenue("Halle Saint-Aubin")).venue_id
    space = execute(owner, events.add_space, events.AddSpace(venue, "Grande Nef")).space_id
    event = events.CreateEvent("Défilé", STARTS, STARTS + 4 * HOUR, "Europe/Paris")
    event_id = execute(owner, events.create_event, event).event_id
    session = events.AddSession(event_id, "The show", STARTS, STARTS + HOUR, space_id=space, host_contact_ids=(host,))
    return event_id, execute(owner, events.add_session, session).session_id


def found(house: support.TestHouse, event_id: int | None = None) -> list[reconciling.Difference]:
    return read(house.owner, reconciling.differences, event_id)


def test_agrees_through_a_session_s_life(house: support.TestHouse, show: tuple[int, int]) -> None:
    _, session = show
    assert found(house) == []
    move = events.MoveSession(session, 1, STARTS + HOUR, STARTS + 2 * HOUR, None)
    moved = execute(house.owner, events.move_session, move)
    assert found(house) == []
    execute(house.owner, events.cancel_session, events.CancelSession(session, moved.version))
    assert found(house) == []


def test_names_a_booking_that_is_missing_and_one_that_is_wrong(
    database: support.Database, house: support.TestHouse, show: tuple[int, int]
) -> None:
    event, session = show
    tamper(database, f"delete from bookings where source_table = 'sessions' and source_id = {session}")
    tamper(
        database,
        "update bookings set during = tstzrange(lower(during), upper(during) + interval '1 hour')"
        f" where source_table = 'session_hosts' and event_id = {event}",
    )
    differences = found(house, event)
    assert [d.what.split(" taken by ")[1].split()[0] for d in differences] == ["session_hosts", "sessions"]
    longer, missing = differences
    assert longer.stored == "2031-03-04 19:00–2031-03-04 21:00 UTC"
    assert longer.computed == missing.computed == "2031-03-04 19:00–2031-03-04 20:00 UTC"
    assert missing.stored is None


def test_one_event_s_differences_are_not_the_others(
    database: support.Database, two_houses: tuple[support.TestHouse, support.TestHouse], show: tuple[int, int]
) -> None:
    first, second = two_houses
    other = events.CreateEvent("Gala", STARTS, STARTS + HOUR, "Europe/Paris")
    other_id = execute(first.owner, events.create_event, other).event_id
    tamper(database, f"delete from bookings where event_id = {show[0]}")
    assert found(first, other_id) == []
    assert len(found(first, show[0])) == 2
    assert len(found(first)) == 2
    assert found(second) == []


def test_names_counts_of_an_import_that_its_rows_contradict(
    database: support.Database, house: support.TestHouse
) -> None:
    file = b"first name,last name,email\nAda,Lovelace,ada@example.org\nBad,Row,not-an-address\n"
    given = imports.UploadImport("contacts", "people.csv", file)
    batch = execute(house.owner, imports.upload_import, given).batch_id
    run_import(house.owner, batch)
    assert found(house) == []
    tamper(database, f"update import_rows set verdict = 'update' where batch_id = {batch} and verdict = 'create'")
    assert [(d.what, d.stored, d.computed) for d in found(house)] == [
        (f"created rows of import {batch}", 1, 0),
        (f"updated rows of import {batch}", 0, 1),
    ]
