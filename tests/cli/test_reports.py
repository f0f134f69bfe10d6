"""`report` and `reconcile`: keys of the contract, windows, exit codes."""

from __future__ import annotations

import datetime as dt

import pytest

from eventos_core.cli.reports import REPORTS
from eventos_core.db.registry import execute
from eventos_core.events import commands as events
from eventos_core.operations import metrics, start
from tests import support
from tests.cli.conftest import Run

STARTS = dt.datetime(2031, 3, 4, 19, tzinfo=dt.UTC)


def add_event(house: support.TestHouse, name: str = "Défilé") -> int:
    given = events.CreateEvent(name, STARTS, STARTS + dt.timedelta(hours=4), "Europe/Paris")
    return execute(house.owner, events.create_event, given).event_id


def test_overview_has_every_key_with_value_unit_definition_and_rows(house: support.TestHouse, run: Run) -> None:
    add_event(house)
    done = run("report", "overview", "--account", house.slug, "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json.keys() == {"account", "as_of", "currency", "window", "scope", "metrics"}
    assert done.json["account"] == house.slug
    assert done.json["window"].keys() == {"from", "to"}
    assert done.json["window"]["from"] is None
    assert list(done.json["metrics"]) == list(REPORTS["overview"])
    for key, figure in done.json["metrics"].items():
        assert figure.keys() == {"value", "unit", "definition", "rows"}, key
        assert figure["rows"].keys() == {"count", "query"}, key
        assert figure["definition"], key
    assert done.json["metrics"]["events_ahead"]["value"] == 1
    assert dt.datetime.fromisoformat(done.json["as_of"]).tzinfo is not None


def test_every_figure_of_a_report_is_registered() -> None:
    start.load()
    assert {key for keys in REPORTS.values() for key in keys} <= set(metrics.registered())


def test_report_for_people_is_a_table(house: support.TestHouse, run: Run) -> None:
    done = run("report", "overview", "--account", house.slug)
    assert done.code == 0
    assert done.out.splitlines()[0].split() == ["figure", "value", "unit", "rows"]


def test_window_is_in_the_house_s_days(house: support.TestHouse, run: Run) -> None:
    words = ("report", "overview", "--account", house.slug, "--json", "--from", "2031-03-01", "--to", "2031-04-01")
    window = run(*words, "--as-of", "2031-05-01T00:00").json["window"]
    assert (window["from"], window["to"]) == ("2031-02-28T23:00:00+00:00", "2031-03-31T22:00:00+00:00")


@pytest.mark.parametrize(
    "options",
    [("--from", "yesterday"), ("--to", "31.12.2031"), ("--as-of", "noon")],
)
def test_unreadable_times_are_wrong_use(house: support.TestHouse, run: Run, options: tuple[str, str]) -> None:
    done = run("report", "overview", "--account", house.slug, *options)
    assert (done.code, done.out) == (2, "")
    assert options[1] in done.err


def test_unknown_reports_and_events_are_refused(house: support.TestHouse, run: Run) -> None:
    assert run("report", "horoscope", "--account", house.slug).code == 2
    assert run("report", "overview").code == 2
    unknown = run("report", "overview", "--account", house.slug, "--event", "no-such")
    assert unknown.code == 1
    assert "There is no such event" in unknown.err


def test_report_counts_the_own_house_only(two_houses: tuple[support.TestHouse, support.TestHouse], run: Run) -> None:
    first, second = two_houses
    add_event(first)
    values = [
        run("report", "overview", "--account", house.slug, "--json").json["metrics"]["events_ahead"]["value"]
        for house in (first, second)
    ]
    assert values == [1, 0]


def test_reconcile_fails_when_a_stored_figure_is_wrong(
    database: support.Database, house: support.TestHouse, run: Run
) -> None:
    event_id = add_event(house)
    venue = execute(house.owner, events.add_venue, events.AddVenue("Halle Saint-Aubin")).venue_id
    space = execute(house.owner, events.add_space, events.AddSpace(venue, "Grande Nef")).space_id
    session = events.AddSession(event_id, "Show", STARTS, STARTS + dt.timedelta(hours=1), space_id=space)
    execute(house.owner, events.add_session, session)
    fine = run("reconcile", "--account", house.slug, "--json")
    assert (fine.code, fine.json) == (0, {"account": house.slug, "ok": True, "differences": []})
    assert "Everything agrees." in run("reconcile", "--account", house.slug).err
    with database.as_login("admin", autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("delete from bookings where account_id = %s", [house.account_id])
    wrong = run("reconcile", "--account", house.slug, "--event", "defile", "--json")
    assert (wrong.code, wrong.json["ok"]) == (1, False)
    (difference,) = wrong.json["differences"]
    assert difference.keys() == {"what", "stored", "computed"}
    assert difference["stored"] is None
    shown = run("reconcile", "--account", house.slug)
    assert "stored –, facts say 2031-03-04 19:00" in shown.out
    assert "1 differences." in shown.err
