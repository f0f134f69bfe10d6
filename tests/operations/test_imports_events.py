"""Venues with spaces and programmes: real files, clashes as rejected rows, undo of both."""

from __future__ import annotations

import json

import pytest

from eventos_core.kernel.errors import InvalidInput, NotFound
from tests.operations.imports_support import alter, counts, one, table, take, take_file, undo, upload
from tests.support import Database, TestHouse

PROGRAMME = "wueww2020_sessions.json"


def an_event(database: Database, house: TestHouse, slug: str = "web-week") -> str:
    """An event in Berlin's zone; returns its slug."""
    alter(
        database,
        "insert into events (account_id, slug, name, starts_at, ends_at, timezone, currency) values"
        " (%s, %s, 'Web Week', '2020-10-12 08:00+02', '2020-10-19 22:00+02', 'Europe/Berlin', 'EUR')",
        house.account_id,
        slug,
    )
    return slug


def a_space(database: Database, house: TestHouse, name: str) -> None:
    """A space in a venue of its own."""
    take(house.owner, "venues", f"Venue,Space\nHaus,{name}\n")


def test_easy_spaces_become_spaces_in_venues(house: TestHouse, database: Database) -> None:
    assert counts(take_file(house.owner, "venues", "easy_spaces_space_data.csv")) == (132, 0, 0, 0, 0)
    assert one(database, "select count(*) from venues where account_id = %s", house.account_id) == (11,)
    row = one(
        database,
        "select v.name, v.market, s.kind, s.capacity, s.min_capacity, s.daily_rate_minor, s.currency, s.tags,"
        " s.picture_url from venue_spaces s join venues v on v.account_id = s.account_id and v.id = s.venue_id"
        " where s.account_id = %s and s.name = 'Outdoor Café - Burbank'",
        house.account_id,
    )
    assert row[:7] == ("Burbank - CA", "Burbank - CA", "Café", 250, 2, 145000, "EUR")
    assert row[7] == [
        "come-and-go",
        "conversation starter",
        "individuals or small groups",
        "large groups",
        "outdoor",
        "relaxing",
    ]
    assert row[8].endswith("/cafe_2.png")
    again = take_file(house.owner, "venues", "easy_spaces_space_data.csv")
    assert counts(again) == (0, 0, 132, 0, 0)
    assert one(database, "select max(version) from venue_spaces where account_id = %s", house.account_id) == (1,)


def test_markets_are_venues_that_their_spaces_then_find(house: TestHouse, database: Database) -> None:
    assert counts(take_file(house.owner, "venues", "easy_spaces_market_data.csv")) == (11, 0, 0, 0, 0)
    assert counts(take_file(house.owner, "venues", "easy_spaces_space_data.csv")) == (132, 0, 0, 0, 0)
    rows = table(database, "select name, city, region, country from venues where account_id = %s", house.account_id)
    assert len(rows) == 11
    assert ("Chicago - IL", "Chicago", "IL", "US") in rows


def test_undo_of_spaces_takes_their_new_venues_along(house: TestHouse, database: Database) -> None:
    batch = take_file(house.owner, "venues", "easy_spaces_space_data.csv").batch
    assert undo(house.owner, batch).removed == 132
    assert one(database, "select count(*) from venues where account_id = %s", house.account_id) == (0,)


def test_venues_without_spaces_and_rows_that_contradict_themselves(house: TestHouse, database: Database) -> None:
    content = (
        "Venue,Space,Kind,Capacity,Min capacity,Daily rate\n"
        'Palais,,museum,500,,"12.500,50 €"\n'
        "Palais,Salon,White cube,80,10,900\n"
        "Halle,,submarine,,,\n"
        "Halle,Saal,,10,20,\n"
        ",Saal,,,,\n"
    )
    result = take(house.owner, "venues", content)
    assert counts(result) == (2, 0, 0, 3, 0)
    assert [(e.row, e.column) for e in result.errors] == [(4, "Kind"), (5, "Min capacity"), (6, "Venue")]
    # The room finds the venue of the row above it.
    assert one(
        database,
        "select kind, capacity, daily_rate_minor, currency from venues where account_id = %s",
        house.account_id,
    ) == ("museum", 500, 1250050, "EUR")


def test_a_real_programme_arrives_whole(house: TestHouse, database: Database) -> None:
    event = an_event(database, house)
    result = take_file(house.owner, "sessions", PROGRAMME, event=event)
    assert counts(result) == (140, 0, 0, 0, 0)
    row = one(
        database,
        "select count(*), count(cancelled_at), count(*) filter (where mode = 'online'),"
        " count(*) filter (where ends_at is null), count(location_text), count(distinct event_id)"
        " from sessions where account_id = %s",
        house.account_id,
    )
    assert row == (140, 7, 115, 8, 25, 1)
    assert one(
        database, "select count(*), count(distinct organization_id) from session_hosts where account_id = %s",
        house.account_id,
    ) == (140, 83)  # fmt: skip
    session = one(
        database,
        "select s.title, s.starts_at at time zone 'Europe/Berlin', s.location_text, o.name, o.website"
        " from sessions s join session_hosts h on h.account_id = s.account_id and h.session_id = s.id"
        " join organizations o on o.account_id = h.account_id and o.id = h.organization_id"
        " where s.account_id = %s and s.ends_at is null and s.title = 'KI in der Radiologie'",
        house.account_id,
    )
    assert session[1].isoformat() == "2020-10-14T17:00:00"
    assert session[2].endswith("Hörsaal (Raum 101), Oberdürrbacher Straße 6, 97078, Würzburg")
    assert session[3:] == ("Universitätsklinikum Würzburg", "https://www.ukw.de/startseite/")
    assert counts(take_file(house.owner, "sessions", PROGRAMME, event=event)) == (0, 0, 140, 0, 0)
    assert one(database, "select max(version) from sessions where account_id = %s", house.account_id) == (1,)


def test_undo_of_a_programme_takes_its_hosts_along(house: TestHouse, database: Database) -> None:
    companies = one(database, "select count(*) from organizations where account_id = %s", house.account_id)
    batch = take_file(house.owner, "sessions", PROGRAMME, event=an_event(database, house)).batch
    result = undo(house.owner, batch)
    assert (result.removed, result.kept) == (140, ())
    assert one(database, "select count(*) from organizations where account_id = %s", house.account_id) == companies
    assert one(database, "select count(*) from sessions where account_id = %s", house.account_id) == (0,)


def test_one_programme_in_two_events(house: TestHouse, database: Database) -> None:
    for slug in ("web-week", "web-week-again"):
        assert counts(take_file(house.owner, "sessions", PROGRAMME, event=an_event(database, house, slug)))[0] == 140


def test_sessions_need_their_event(house: TestHouse) -> None:
    with pytest.raises(InvalidInput, match="belong to an event"):
        upload(house.owner, "sessions", "Title,Start\nA,2020-10-12 10:00\n")
    with pytest.raises(NotFound, match="no event"):
        upload(house.owner, "sessions", "Title,Start\nA,2020-10-12 10:00\n", event="nowhere")


def test_times_without_offset_are_the_events(house: TestHouse, database: Database) -> None:
    content = "Title,Start,End\nA,12.10.2020 10:00,12.10.2020 11:30\nB,2020-10-12 10:00 PM,\nC,2020-10-12,2020-10-11\n"
    result = take(house.owner, "sessions", content, event=an_event(database, house))
    assert counts(result) == (2, 0, 0, 1, 0)
    assert [(e.row, e.reason) for e in result.errors] == [(4, "The session ends before it starts.")]
    rows = table(
        database,
        "select title, starts_at at time zone 'UTC', ends_at at time zone 'UTC' from sessions where account_id = %s"
        " order by title",
        house.account_id,
    )
    assert [(title, str(start), str(end)) for title, start, end in rows] == [
        ("A", "2020-10-12 08:00:00", "2020-10-12 09:30:00"), ("B", "2020-10-12 20:00:00", "None"),
    ]  # fmt: skip


def test_clashes_are_rejected_rows(house: TestHouse, database: Database) -> None:
    a_space(database, house, "Saal 1")
    content = (
        "Title,Start,End,Room,Cancelled\n"
        "First,2020-10-12 10:00,2020-10-12 11:00,Saal 1,no\n"
        "Clash,2020-10-12 10:30,2020-10-12 11:30,saal 1,no\n"
        "Called off,2020-10-12 10:30,2020-10-12 11:30,Saal 1,yes\n"
        "Next,2020-10-12 11:00,2020-10-12 12:00,Saal 1,no\n"
        "Elsewhere,2020-10-12 10:00,2020-10-12 11:00,Café Klatsch,no\n"
    )
    result = take(house.owner, "sessions", content, event=an_event(database, house))
    assert counts(result) == (4, 0, 0, 1, 0)
    assert result.errors[0].row == 3
    assert result.errors[0].reason.startswith("This overlaps with another booking.")
    rows = table(
        database,
        "select title, space_id is not null, location_text from sessions where account_id = %s order by id",
        house.account_id,
    )
    assert rows == [
        ("First", True, None), ("Called off", True, None), ("Next", True, None), ("Elsewhere", False, "Café Klatsch"),
    ]  # fmt: skip
    assert one(
        database, "select count(*) from bookings where account_id = %s and source_table = 'sessions'", house.account_id
    ) == (2,)


def test_a_later_file_moves_cancels_and_conflicts(house: TestHouse, database: Database) -> None:
    event = an_event(database, house)
    document = {"format": "0.5.0", "sessions": [
        {"id": i, "start": f"2020-10-12T1{i}:00:00+02:00", "end": None, "cancelled": False, "onlineOnly": True,
         "host": {"id": 1, "name": "Ada Lovelace"}, "title": f"Talk {i}"} for i in range(3)
    ]}  # fmt: skip
    take(house.owner, "contacts", "First Name,Last Name\nAda,Lovelace\n")
    take(house.owner, "sessions", json.dumps(document), name="p.json", event=event)
    hosts = table(
        database,
        "select c.full_name from session_hosts h join contacts c on c.account_id = h.account_id"
        " and c.id = h.contact_id where h.account_id = %s",
        house.account_id,
    )
    assert hosts == [("Ada Lovelace",)] * 3
    alter(
        database, "update sessions set title = 'Renamed' where account_id = %s and title = 'Talk 2'", house.account_id
    )
    document["sessions"][0]["cancelled"] = True  # type: ignore[index]
    document["sessions"][1]["start"] = "2020-10-13T09:00:00+02:00"  # type: ignore[index]
    document["sessions"][2]["title"] = "Talk two"  # type: ignore[index]
    result = take(house.owner, "sessions", json.dumps(document), name="p.json", event=event)
    assert counts(result) == (0, 2, 0, 0, 1)
    rows = table(
        database,
        "select title, cancelled_at is not null, starts_at at time zone 'UTC' from sessions where account_id = %s"
        " order by id",
        house.account_id,
    )
    assert [(title, off, str(start)) for title, off, start in rows] == [
        ("Talk 0", True, "2020-10-12 08:00:00"),
        ("Talk 1", False, "2020-10-13 07:00:00"),
        ("Renamed", False, "2020-10-12 10:00:00"),
    ]
    assert undo(house.owner, result.batch).restored == 2
    assert one(
        database, "select count(cancelled_at), count(*) from sessions where account_id = %s", house.account_id
    ) == (0, 3)
