"""`report pipeline`, `forecast`, `funnel`: keys of the contract, and the same figures as the pages read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from eventos_core.crm.queries import forecast, funnel, performance, performance_by
from eventos_core.db.session import reading
from eventos_core.kernel import clock
from eventos_core.operations.metrics import Scope
from tests import support
from tests.cli.conftest import Run
from tests.cli.test_reports import add_event
from tests.crm.deals import change_deal, put_deal
from tests.crm.test_forecast import put_target

PIPELINE = [
    "open_deals", "open_value_minor", "weighted_value_minor", "won_deals", "lost_deals", "won_value_minor",
    "lost_value_minor", "win_rate", "value_win_rate", "mean_cycle_days", "median_cycle_days", "mean_won_value_minor",
    "velocity_minor_per_day", "deals_without_value",
]  # fmt: skip


def values(report: dict[str, Any]) -> dict[str, Any]:
    return {key: figure["value"] for key, figure in report["metrics"].items()}


def put_deals(house: support.TestHouse) -> None:
    june = dt.date(2026, 6, 1)
    put_deal(house.owner, stage="Proposal", amount_minor=1_000, expected_close_on=dt.date(2031, 1, 15))
    put_deal(house.owner, stage="New", amount_minor=None)
    put_deal(house.owner, stage="Won", amount_minor=300, opened_on=june, closed_on=dt.date(2026, 6, 11))
    put_deal(house.owner, stage="Won", amount_minor=200, opened_on=june, closed_on=dt.date(2026, 7, 1))
    put_deal(house.owner, stage="Lost", amount_minor=500, opened_on=june, closed_on=dt.date(2026, 6, 20))


def test_pipeline_has_the_keys_of_the_contract_in_full_precision(house: support.TestHouse, run: Run) -> None:
    put_deals(house)
    report = run("report", "pipeline", "--account", house.slug, "--json").json
    assert report.keys() == {"account", "currency", "as_of", "window", "scope", "metrics"}
    assert report["currency"] == "EUR"
    assert list(report["metrics"]) == PIPELINE
    assert list(values(report).values()) == [
        2, 1_000, 400, 2, 1, 500, 500, 2 / 3, 0.5, 20, 20, 250, 50 / 3, 1,
    ]  # fmt: skip
    with reading(house.owner) as db:
        found = performance(db, Scope())
    assert values(report)["velocity_minor_per_day"] == found.velocity_minor_per_day
    assert report["metrics"]["won_deals"]["rows"] == {"count": 2, "query": "crm.deals?show=won"}


def test_pipeline_of_a_window_and_of_an_empty_house(
    two_houses: tuple[support.TestHouse, support.TestHouse], run: Run
) -> None:
    ours, theirs = two_houses
    put_deals(ours)
    window = ("--from", "2026-06-01", "--to", "2026-07-01")
    june = values(run("report", "pipeline", "--account", ours.slug, "--json", *window).json)
    assert (june["won_value_minor"], june["lost_deals"], june["open_deals"]) == (300, 1, 2)
    empty = values(run("report", "pipeline", "--account", theirs.slug, "--json").json)
    assert [empty[key] for key in ("open_deals", "open_value_minor", "win_rate", "mean_cycle_days")] == [
        0,
        0,
        None,
        None,
    ]


def test_a_report_as_of_a_past_moment(house: support.TestHouse, run: Run) -> None:
    deal = put_deal(house.owner, stage="Proposal", amount_minor=1_000)
    then = clock.now().isoformat()
    change_deal(house.owner, deal, stage="Won")
    args = ("report", "pipeline", "--account", house.slug, "--json")
    assert values(run(*args, "--as-of", then).json)["open_deals"] == 1
    assert values(run(*args).json)["open_deals"] == 0


def test_forecast_looks_ahead_and_breaks_down_as_the_page_does(house: support.TestHouse, run: Run) -> None:
    put_deals(house)
    report = run("report", "forecast", "--account", house.slug, "--json", "--from", "2026-07-01").json
    assert report["window"]["to"] is None
    with reading(house.owner) as db:
        found = forecast(db, Scope(from_=clock.day_bounds(dt.date(2026, 7, 1), "Europe/Paris")[0]))
    assert values(report)["weighted_forecast_minor"] == found.total.weighted_minor == 600
    assert (values(report)["commit_minor"], values(report)["best_case_minor"]) == (200, 1_200)
    assert (values(report)["quota_attainment"], values(report)["undated_deals"]) == (None, 1)
    assert [row["key"] for row in report["months"]] == list(found.rows["key"])
    assert report["months"][0]["weighted_minor"] == 200
    assert report["months"][0]["target_minor"] is None


def test_forecast_names_who_has_a_quota_and_no_deal(house: support.TestHouse, run: Run) -> None:
    put_deals(house)
    put_target(house.owner, 700, dt.date(2031, 1, 1), dt.date(2031, 2, 1), member_id=house.owner_member_id)
    report = run("report", "forecast", "--account", house.slug, "--json", "--from", "2026-07-01").json
    aims = {row["label"]: row["target_minor"] for row in report["owners"]}
    assert aims == {None: None, "Claire Aurore": 700}
    assert values(report)["quota_minor"] == 700


def test_funnel_lists_the_stages(house: support.TestHouse, run: Run) -> None:
    put_deals(house)
    report = run("report", "funnel", "--account", house.slug, "--json").json
    with reading(house.owner) as db:
        found = funnel(db, Scope())
    assert [row["entered"] for row in report["stages"]] == list(found.rows["entered"]) == [1, 0, 1, 0, 0, 2]
    assert (values(report)["funnel_entered"], values(report)["win_rate"]) == (1, 2 / 3)


@pytest.mark.parametrize("name", ["pipeline", "forecast", "funnel"])
def test_reports_for_people_and_for_one_event(house: support.TestHouse, run: Run, name: str) -> None:
    event = add_event(house)
    put_deals(house)
    put_deal(house.owner, amount_minor=7, event_id=event)
    assert run("report", name, "--account", house.slug).out.startswith("figure")
    report = run("report", name, "--account", house.slug, "--event", "defile", "--json").json
    expected = {"pipeline": ("open_value_minor", 7), "forecast": ("undated_deals", 1), "funnel": ("funnel_entered", 1)}
    key, value = expected[name]
    assert values(report)[key] == value


@pytest.mark.parametrize("name", ["pipeline", "forecast", "funnel"])
def test_reports_are_narrowed_as_their_pages_are(house: support.TestHouse, run: Run, name: str) -> None:
    put_deals(house)
    put_deal(house.owner, amount_minor=9, owner_id=house.owner_member_id, kind="venue_hire", source="Fair")
    key = {"pipeline": "open_deals", "forecast": "undated_deals", "funnel": "funnel_entered"}[name]
    args = ("report", name, "--account", house.slug, "--json")
    for options in (
        ("--owner", house.owner_email), ("--owner", "claire aurore"), ("--kind", "venue_hire"), ("--source", "Fair"),
        ("--kind", "venue_hire", "--kind", "ticket_block", "--pipeline", "SALES"),
    ):  # fmt: skip
        assert values(run(*args, *options).json)[key] == 1, options
    assert values(run(*args, "--owner", "-").json)[key] == values(run(*args, "--event", "-").json)[key] - 1
    document = run(*args, "--kind", "venue_hire", "--source", "Fair").json
    assert document["scope"] == {
        "event": None, "owner": None, "pipeline": None, "kinds": ["venue_hire"], "source": "Fair",
    }  # fmt: skip
    for options, said in (
        (("--owner", "Nobody Known"), "No member"), (("--pipeline", "Nothing"), "No sales pipeline"),
        (("--kind", "nothing"), "nothing"),
    ):  # fmt: skip
        refused = run(*args, *options)
        assert refused.code != 0 and said in refused.err + refused.out


def test_a_report_for_people_names_the_currency(house: support.TestHouse, run: Run) -> None:
    put_deals(house)
    for name in ("pipeline", "forecast", "funnel"):
        assert "EUR, minor units" in run("report", name, "--account", house.slug).out


def test_only_reports_about_deals_are_narrowed_by_them(house: support.TestHouse, run: Run) -> None:
    refused = run("report", "overview", "--account", house.slug, "--kind", "venue_hire")
    assert refused.code != 0 and "--kind" in refused.err


def test_the_funnel_breaks_down_as_its_page_does(house: support.TestHouse, run: Run) -> None:
    put_deals(house)
    report = run("report", "funnel", "--account", house.slug, "--json").json
    with reading(house.owner) as db:
        for by, title in (("owner", "owners"), ("source", "sources"), ("kind", "kinds"), ("event", "events")):
            parts = performance_by(db, Scope(), by)  # type: ignore[arg-type]
            assert [row["won_deals"] for row in report[title]] == list(parts["won_deals"]) == [2]
