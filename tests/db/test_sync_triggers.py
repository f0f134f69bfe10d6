"""What the triggers keep: derived columns, versions, the clash rule, guarded states, histories of deals."""

from __future__ import annotations

import datetime as dt
from typing import Any

import psycopg
import pytest

from tests.db.conftest import Connection
from tests.db.rows import House, Rows

MORNING = dt.datetime(2027, 5, 1, 9, tzinfo=dt.UTC)


def at(hours: float) -> dt.datetime:
    """Hours after the morning of the day all these things happen on."""
    return MORNING + dt.timedelta(hours=hours)


def one(connection: Connection, statement: str, *values: Any) -> tuple[Any, ...]:
    """The one row of a query."""
    row = connection.execute(statement, values).fetchone()  # type: ignore[call-overload]
    assert row is not None
    return tuple(row)


def taken(connection: Connection, kind: str, resource: int) -> list[tuple[str, dt.datetime, dt.datetime]]:
    """When a resource is taken, and by what."""
    return connection.execute(
        "select source_table, starts_at, ends_at from bookings"
        " where resource_kind = %s and resource_id = %s order by 2",
        [kind, resource],
    ).fetchall()


def test_derived_columns_follow_and_cannot_be_set(migrator: Connection, houses: tuple[House, House]) -> None:
    contact = Rows(migrator).make("contacts", houses[0], full_name="Élodie  d’Été").key["id"]
    migrator.execute("update contacts set search_text = 'garbage' where id = %s", [contact])
    assert one(migrator, "select name_sort, search_text from contacts where id = %s", contact) == ("elodie d'ete",) * 2


def test_update_raises_the_version_and_names_the_member(migrator: Connection, houses: tuple[House, House]) -> None:
    contact = Rows(migrator).make("contacts", houses[0]).key["id"]
    migrator.execute("select set_config('app.member_id', %s, true)", [str(houses[0].member_id)])
    migrator.execute("update contacts set job_title = 'Editor', version = 99 where id = %s", [contact])
    assert one(migrator, "select version, updated_by from contacts where id = %s", contact) == (2, houses[0].member_id)


def test_silent_columns_raise_no_version_and_leave_no_audit(migrator: Connection, houses: tuple[House, House]) -> None:
    key = Rows(migrator).make("api_keys", houses[0]).key["id"]
    migrator.execute("update api_keys set last_used_at = now() where id = %s", [key])
    entries = "select count(*) from audit_log where table_name = 'api_keys' and row_id = %s and action = 'update'"
    assert one(migrator, "select version from api_keys where id = %s", key) == (1,)
    assert one(migrator, entries, str(key)) == (0,)


def test_space_is_taken_once_and_sessions_move_together(migrator: Connection, houses: tuple[House, House]) -> None:
    rows, house = Rows(migrator), houses[0]
    event, space = rows.make("events", house).key["id"], rows.make("venue_spaces", house).key["id"]
    common = {"event_id": event, "space_id": space}
    first = rows.make("sessions", house, **common, starts_at=at(0), ends_at=at(1)).key["id"]
    second = rows.make("sessions", house, **common, starts_at=at(1), ends_at=at(2)).key["id"]
    with pytest.raises(psycopg.errors.ExclusionViolation), migrator.transaction():
        rows.make("sessions", house, **common, starts_at=at(0.5), ends_at=at(1.5))
    migrator.execute(
        "update sessions set starts_at = starts_at + interval '1 hour', ends_at = ends_at + interval '1 hour'"
        " where id = any (%s)",
        [[first, second]],
    )
    assert [begin for _, begin, _ in taken(migrator, "space", space)] == [at(1), at(2)]
    migrator.execute("update sessions set cancelled_at = now() where id = %s", [first])
    assert [begin for _, begin, _ in taken(migrator, "space", space)] == [at(2)]


def test_host_follows_the_session(migrator: Connection, houses: tuple[House, House]) -> None:
    rows, house = Rows(migrator), houses[0]
    event, person = rows.make("events", house).key["id"], rows.make("contacts", house).key["id"]
    session = rows.make("sessions", house, event_id=event, starts_at=at(0), ends_at=at(1)).key["id"]
    host = rows.make("session_hosts", house, event_id=event, session_id=session, contact_id=person).key["id"]
    assert taken(migrator, "person", person) == [("session_hosts", at(0), at(1))]
    migrator.execute("update sessions set starts_at = %s, ends_at = %s where id = %s", [at(3), at(4), session])
    assert taken(migrator, "person", person) == [("session_hosts", at(3), at(4))]
    migrator.execute("update session_hosts set status = 'declined' where id = %s", [host])
    assert taken(migrator, "person", person) == []
    migrator.execute("update session_hosts set status = 'confirmed' where id = %s", [host])
    assert taken(migrator, "person", person) == [("session_hosts", at(3), at(4))]
    migrator.execute("delete from session_hosts where id = %s", [host])
    assert taken(migrator, "person", person) == []


def test_rest_lengthens_a_shift(migrator: Connection, houses: tuple[House, House]) -> None:
    rows, house = Rows(migrator), houses[0]
    event, person = rows.make("events", house).key["id"], rows.make("contacts", house).key["id"]
    common = {"event_id": event, "contact_id": person}
    shift = rows.make("event_staff", house, **common, shift_starts_at=at(0), shift_ends_at=at(4), rest_minutes=60).key[
        "id"
    ]
    assert taken(migrator, "person", person) == [("event_staff", at(0), at(5))]
    with pytest.raises(psycopg.errors.ExclusionViolation), migrator.transaction():
        rows.make("event_staff", house, **common, shift_starts_at=at(4.5), shift_ends_at=at(6))
    migrator.execute("delete from event_staff where id = %s", [shift])
    assert taken(migrator, "person", person) == []


def test_event_status_moves_forward_only(migrator: Connection, houses: tuple[House, House]) -> None:
    event = Rows(migrator).make("events", houses[0]).key["id"]
    with pytest.raises(psycopg.errors.CheckViolation) as caught, migrator.transaction():
        migrator.execute("update events set status = 'completed' where id = %s", [event])
    assert caught.value.diag.constraint_name == "ck_events_status_moves_forward"
    for status in ("planned", "live", "completed"):
        migrator.execute("update events set status = %s where id = %s", [status, event])


def test_house_keeps_an_active_owner(migrator: Connection, houses: tuple[House, House]) -> None:
    with pytest.raises(psycopg.errors.CheckViolation) as caught, migrator.transaction():
        migrator.execute("update account_users set role = 'member' where id = %s", [houses[0].member_id])
    assert caught.value.diag.constraint_name == "ck_account_users_last_owner"
    migrator.execute("update account_users set role = 'owner' where id = %s", [houses[0].other_member_id])
    migrator.execute("update account_users set role = 'member' where id = %s", [houses[0].member_id])


def test_deal_follows_its_stage_and_keeps_versions(migrator: Connection, houses: tuple[House, House]) -> None:
    rows, house = Rows(migrator), houses[0]
    pipeline = rows.make("sales_pipelines", house).key["id"]
    common = {"pipeline_id": pipeline}
    early = rows.make("sales_stages", house, **common, default_probability_ppm=200_000).key["id"]
    won = rows.make(
        "sales_stages", house, **common, kind="won", default_probability_ppm=1_000_000, forecast_category="closed"
    ).key["id"]
    deal = rows.make("opportunities", house, stage_id=early, currency="EUR", opened_on=dt.date(2026, 1, 1)).key["id"]
    state = "select outcome, probability_ppm, closed_on is null, rate_to_base_e12 from opportunities where id = %s"
    assert one(migrator, state, deal) == ("open", 200_000, True, None)
    migrator.execute("update opportunities set stage_id = %s where id = %s", [won, deal])
    assert one(migrator, state, deal) == ("won", 1_000_000, False, 10**12)
    migrator.execute("update opportunities set stage_id = %s where id = %s", [early, deal])
    migrator.execute("update sales_stages set default_probability_ppm = 300000 where id = %s", [early])
    assert one(migrator, state, deal) == ("open", 300_000, True, None)
    # All in one transaction: one version stands, the others were retracted, none was deleted.
    found = one(
        migrator,
        "select count(*), count(*) filter (where retracted_at is null) from opportunity_versions"
        " where opportunity_id = %s",
        deal,
    )
    assert found == (4, 1)
    migrator.execute("delete from opportunities where id = %s", [deal])
    standing = "select count(*) from opportunity_versions where opportunity_id = %s and retracted_at is null"
    assert one(migrator, standing, deal) == (0,)


def test_what_a_forecast_is_held_against_is_kept_as_it_was(migrator: Connection, houses: tuple[House, House]) -> None:
    rows, house = Rows(migrator), houses[0]
    target = rows.make("metric_targets", house, metric="won_value_minor", unit="minor", currency="EUR", value=5)
    event = rows.make("events", house, timezone="Asia/Tokyo", assets_due_at="2031-09-10 21:30+00")
    rate = rows.make(
        "exchange_rates", house, from_currency="USD", to_currency="EUR", valid_on=dt.date(2026, 1, 1), rate_e12=9
    )
    for table, key, column, then, kept in (
        ("metric_targets", target, "value", 7, "value"),
        ("events", event, "assets_due_at", "2031-09-10 10:00+00", "assets_due_on"),
        ("exchange_rates", rate, "rate_e12", 8, "rate_e12"),
    ):
        id_ = key.key["id"]
        for value in (then, then):  # the second changes nothing
            migrator.execute(f"update {table} set {column} = %s where id = %s", [value, id_])  # type: ignore[call-overload]
        migrator.execute(f"update {table} set updated_at = now() where id = %s", [id_])  # type: ignore[call-overload]
        versions = {"events": "event_asset_date_versions"}.get(table, f"{table[:-1]}_versions")
        found = migrator.execute(
            f"select {kept}::text, ended_at is null, recorded_at <= coalesce(ended_at, recorded_at),"  # type: ignore[call-overload]
            f" lead(recorded_at) over (order by id) is not distinct from ended_at from {versions}"
            f" where {table[:-1]}_id = %s order by id",
            [id_],
        ).fetchall()
        was = {"metric_targets": "5", "events": "2031-09-11", "exchange_rates": "9"}[table]
        now = {"metric_targets": "7", "events": "2031-09-10", "exchange_rates": "8"}[table]
        assert found == [(was, False, True, True), (now, True, True, True)]
        migrator.execute(f"delete from {table} where id = %s", [id_])  # type: ignore[call-overload]
        left = f"select count(*) from {versions} where {table[:-1]}_id = %s and ended_at is null"
        assert one(migrator, left, id_) == (0,)
