"""The forecast: categories, periods, the asset date, targets, and past days replayed whatever came later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import delete, update

from eventos_core.crm.commands import quotas
from eventos_core.crm.queries import Forecast, forecast, performance, performance_by
from eventos_core.crm.queries.forecast import By, Sums
from eventos_core.crm.queries.shown import forecast_rows, part_rows
from eventos_core.crm.rules import forecast as rules
from eventos_core.crm.rules.forecast import Target
from eventos_core.db.registry import execute, read
from eventos_core.db.session import reading, unit_of_work
from eventos_core.enums.analytics import MetricScope, TargetPeriod
from eventos_core.events import commands as events
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import Credential
from eventos_core.kernel.errors import PermissionDenied
from eventos_core.kernel.permissions import Role
from eventos_core.models.analytics import MetricTarget
from eventos_core.models.crm import ExchangeRate, SalesStage
from eventos_core.models.events import Event
from eventos_core.operations.metrics import Scope
from tests import support
from tests.crm.deals import change_deal, put_deal, stages
from tests.crm.test_performance import put_rate, window
from tests.crm.test_versions import delete_deal

JULY, AUGUST, SEPTEMBER, OCTOBER = (dt.date(2031, month, 1) for month in (7, 8, 9, 10))
M = TargetPeriod.MONTH


def now(who: Credential, scope: Scope | None = None, by: By = "month") -> Forecast:
    with reading(who) as db:
        return forecast(db, scope or Scope(), by)


def put_event(house: support.TestHouse, name: str, assets_due_at: dt.datetime | None) -> int:
    starts = dt.datetime(2031, 9, 20, 18, tzinfo=dt.UTC)
    made = execute(
        house.owner, events.create_event,
        events.CreateEvent(name, starts, starts + dt.timedelta(hours=4), "Europe/Paris"),
    )  # fmt: skip
    with unit_of_work(house.owner) as db:
        db.execute(
            update(Event)
            .where(Event.account_id == db.context.account_id, Event.id == made.event_id)
            .values(assets_due_at=assets_due_at)
        )
    return made.event_id


def member(house: support.TestHouse, name: str) -> int:
    """Id of a manager of that name."""
    return read(house.member(Role.MANAGER, name=name), lambda db: db.context.member_id)


def put_target(who: Credential, value: int, starts_on: dt.date, ends_on: dt.date, **columns: Any) -> None:
    period = columns.pop("period", M)
    scope = (
        MetricScope.OWNER if columns.get("member_id") else MetricScope.EVENT if columns.get("event_id")
        else MetricScope.ACCOUNT
    )  # fmt: skip
    with unit_of_work(who) as db:
        db.add(
            MetricTarget(
                metric="won_value_minor", scope=scope, period=period, starts_on=starts_on, ends_on=ends_on,
                unit="minor", currency=columns.pop("currency", "EUR"), value=value, **columns,
            )
        )  # fmt: skip


def test_lost_deals_are_in_no_forecast(house: support.TestHouse) -> None:
    put_deal(house.owner, stage="Lost", amount_minor=10**6, expected_close_on=JULY, closed_on=dt.date(2026, 6, 1))
    found = now(house.owner)
    assert (found.total.won_minor, found.total.open_minor, found.total.best_minor) == (0, 0, 0)
    assert found.total.weighted_minor == found.total.usable_minor == 0
    assert found.rows.empty


def test_categories_add_up_by_month(house: support.TestHouse) -> None:
    who = house.owner
    put_deal(who, stage="Won", amount_minor=1_000, closed_on=dt.date(2031, 7, 31), expected_close_on=SEPTEMBER)
    put_deal(who, stage="Verbal yes", amount_minor=100, expected_close_on=dt.date(2031, 7, 2))
    put_deal(who, stage="Negotiation", amount_minor=10, expected_close_on=dt.date(2031, 9, 30))
    put_deal(who, stage="New", amount_minor=200, expected_close_on=dt.date(2031, 9, 1))
    put_deal(who, stage="New", amount_minor=None, expected_close_on=dt.date(2031, 9, 1))
    put_deal(who, stage="New", amount_minor=7, expected_close_on=OCTOBER)
    put_deal(who, stage="New", amount_minor=9)
    found = now(who, window(JULY, OCTOBER))
    assert list(found.rows["label"]) == ["Jul 2031", "Aug 2031", "Sep 2031"]
    assert list(found.rows["won_minor"]) == [1_000, 0, 0]
    assert list(found.rows["commit_minor"]) == [1_100, 0, 0]
    assert list(found.rows["best_minor"]) == [1_100, 0, 10]
    assert list(found.rows["weighted_minor"]) == [1_085, 0, 7 + 10]  # 6.5 and 10: half up, deal by deal
    assert list(found.rows["without_value"]) == [0, 0, 1]
    assert not found.rows["unfinished"].any()
    assert (found.total.commit_minor, found.total.best_minor, found.total.weighted_minor) == (1_100, 1_110, 1_102)
    assert (found.undated_deals, found.undated_minor, found.overdue_deals) == (1, 9, 0)
    whole = now(who)
    assert list(whole.rows["label"].fillna("–")) == ["Jul 2031", "Aug 2031", "Sep 2031", "Oct 2031", "–"]
    assert whole.total.open_minor == 326


def test_what_is_overdue_is_told_and_the_running_month_is_unfinished(house: support.TestHouse) -> None:
    today = clock.now().astimezone(clock.zone("Europe/Paris")).date()
    put_deal(house.owner, amount_minor=70, expected_close_on=today - dt.timedelta(days=1))
    found = now(house.owner, window(today.replace(day=1), rules.next_month(today)))
    assert (found.overdue_deals, found.overdue_minor) == (1, 70)
    assert list(found.rows["unfinished"]) == [True]


def test_deals_after_the_asset_date_count_zero_in_the_usable_forecast(house: support.TestHouse) -> None:
    who = house.owner
    # 23:30 in Paris on 10 September is still that day there.
    event = put_event(house, "Défilé", dt.datetime(2031, 9, 10, 21, 30, tzinfo=dt.UTC))
    free = put_event(house, "Gala", None)
    for day, amount in ((10, 1_000), (11, 500), (30, 100)):
        put_deal(who, stage="Proposal", amount_minor=amount, event_id=event, expected_close_on=dt.date(2031, 9, day))
    put_deal(who, stage="Proposal", amount_minor=40, event_id=free, expected_close_on=dt.date(2031, 9, 30))
    put_deal(
        who,
        stage="Proposal",
        amount_minor=60,
        event_id=event,
        expected_close_on=dt.date(2031, 9, 30),
        kind="venue_hire",
    )
    found = now(who, window(SEPTEMBER, OCTOBER), "event")
    assert list(found.rows["label"]) == ["Défilé", "Gala"]
    assert list(found.rows["weighted_minor"]) == [664, 16]
    assert list(found.rows["usable_minor"]) == [424, 16]
    assert list(found.rows["late_deals"]) == [2, 0]
    assert list(found.rows["late_minor"]) == [600, 0]
    assert found.total.usable_minor == 440


def test_once_the_asset_date_is_past_every_open_deal_comes_too_late(house: support.TestHouse) -> None:
    event = put_event(house, "Défilé", dt.datetime(2026, 1, 10, tzinfo=dt.UTC))
    put_deal(house.owner, event_id=event, expected_close_on=dt.date(2026, 1, 2), amount_minor=1_000)
    put_deal(house.owner, event_id=event, amount_minor=2_000)
    found = now(house.owner)
    assert (found.total.late_deals, found.total.late_minor, found.total.usable_minor) == (2, 3_000, 0)
    assert found.total.weighted_minor == 150


def test_deals_of_unknown_worth_are_counted_apart_where_worth_is_told(house: support.TestHouse) -> None:
    event = put_event(house, "Défilé", dt.datetime(2026, 1, 10, tzinfo=dt.UTC))
    for amount_minor, currency in ((1_000, "EUR"), (None, "EUR"), (None, "CHF"), (700, "CHF")):
        for day in (dt.date(2026, 1, 2), None):
            put_deal(
                house.owner, amount_minor=amount_minor, currency=currency, event_id=event, expected_close_on=day
            )  # fmt: skip
    found = now(house.owner)
    t = found.total
    assert (t.late_deals, t.late_minor, t.late_without_value, t.late_without_rate) == (8, 2_000, 4, 2)
    assert (found.undated_deals, found.undated_minor) == (found.overdue_deals, found.overdue_minor) == (4, 1_000)
    assert (found.undated_without_value, found.undated_without_rate) == (2, 1)
    assert (found.overdue_without_value, found.overdue_without_rate) == (2, 1)


def test_against_targets_and_quotas(house: support.TestHouse) -> None:
    who, seller = house.owner, house.owner_member_id
    event = put_event(house, "Défilé", None)
    put_deal(who, stage="Won", amount_minor=50, closed_on=JULY, owner_id=seller, event_id=event)
    put_deal(who, stage="New", amount_minor=300, expected_close_on=AUGUST, owner_id=seller)
    put_target(who, 200, JULY, AUGUST, member_id=seller)
    put_target(who, 1_000, JULY, OCTOBER, member_id=seller, period=TargetPeriod.QUARTER)
    put_target(who, 70, JULY, AUGUST, member_id=seller, event_id=event)
    put_target(who, 500, JULY, OCTOBER, event_id=event, period=TargetPeriod.EVENT)
    months = now(who, window(JULY, OCTOBER))
    # Nobody set a target for the house: what its people are to reach. The quarter covers more than the one month.
    assert (months.target_minor, months.attainment) == (1_000, 0.05)
    assert months.coverage == pytest.approx(300 / 950)
    assert list(months.rows["target_minor"].fillna(-1)) == [200, -1, -1]
    assert list(months.rows["attainment"].fillna(-1)) == [0.25, -1, -1]
    owners = now(who, window(JULY, OCTOBER), "owner")
    assert list(owners.rows["target_minor"]) == [1_000]
    by_event = now(who, window(JULY, OCTOBER), "event")
    assert by_event.rows.set_index("label")["target_minor"].dropna().to_dict() == {"Défilé": 500}
    assert now(who, window(JULY, AUGUST, owner_id=seller, event_id=event)).target_minor == 70
    assert now(who, window(JULY, AUGUST, kinds=("sponsorship",))).target_minor is None
    put_target(who, 90, JULY, OCTOBER, period=TargetPeriod.QUARTER)
    assert now(who, window(JULY, OCTOBER)).target_minor == 90


def test_who_has_a_target_and_no_deal_has_a_row(house: support.TestHouse) -> None:
    who, seller, idle = house.owner, house.owner_member_id, member(house, "Ana Keller")
    show, quiet = put_event(house, "Défilé", None), put_event(house, "Gala", None)
    put_deal(who, stage="Won", amount_minor=50, closed_on=JULY, owner_id=seller, event_id=show)
    put_target(who, 200, JULY, AUGUST, member_id=seller)
    put_target(who, 300, JULY, AUGUST, member_id=idle)
    put_target(who, 900, JULY, OCTOBER, member_id=member(house, "Ben Ode"), period=TargetPeriod.QUARTER)
    put_target(who, 70, JULY, AUGUST, event_id=quiet, period=TargetPeriod.EVENT)
    put_target(who, 40, JULY, AUGUST, event_id=quiet, member_id=idle)

    def aims(by: By, **narrowed: Any) -> dict[str, int | None]:
        rows = now(who, window(JULY, AUGUST, **narrowed), by).rows
        return {row.label: None if pd.isna(row.target_minor) else row.target_minor for row in rows.itertuples()}

    found = now(who, window(JULY, AUGUST), "owner")
    assert list(found.rows["target_minor"]) == [200, 300] and found.target_minor == 500
    _, last = found.rows.to_dict("records")
    assert (last["key"], last["label"], last["won_minor"], last["weighted_minor"]) == (str(idle), "Ana Keller", 0, 0)
    assert (last["attainment"], last["coverage"]) == (0.0, 0.0)
    assert aims("event") == {"Défilé": None, "Gala": 70}
    # Narrowed to a person, an event or a kind: what is set for exactly these, and nobody else.
    assert list(aims("owner", owner_id=seller).values()) == [200]
    assert aims("owner", owner_id=idle) == {"Ana Keller": 300}
    assert aims("owner", event_id=quiet) == {"Ana Keller": 40}
    assert aims("event", owner_id=idle) == {"Gala": 40}
    assert aims("event", event_id=show) == {"Défilé": None}
    assert aims("owner", owner_id=0) == aims("event", event_id=0) == {}
    assert list(aims("owner", kinds=("sponsorship",)).values()) == [None]
    # Of all time the month of a target is there, too.
    put_target(who, 10, OCTOBER, dt.date(2031, 11, 1), member_id=idle)
    months = now(who).rows
    assert list(months["label"]) == ["Jul 2031", "Aug 2031", "Sep 2031", "Oct 2031"]
    assert list(months["target_minor"].fillna(-1)) == [500, -1, -1, 10]


@pytest.mark.parametrize("by", ["owner", "event"])
def test_the_rows_are_what_pandas_makes_of_deals_and_targets(house: support.TestHouse, by: By) -> None:
    """Outer join: some have deals, some targets, some both."""
    who = house.owner
    column = {"owner": "owner_id", "event": "event_id"}[by]
    names = [f"Number {number}" for number in range(6)]
    of = [member(house, name) if by == "owner" else put_event(house, name, None) for name in names]
    won = pd.DataFrame([(of[n % 4], 100 + n) for n in range(9)], columns=["of", "won"])
    aims = pd.DataFrame(
        [(of[n % 4 + 2], 1_000 + n, (JULY, AUGUST)[n // 4]) for n in range(8)], columns=["of", "aim", "on"]
    )
    for key, amount_minor in won.itertuples(index=False):
        put_deal(who, stage="Won", amount_minor=amount_minor, closed_on=JULY, **{column: key})
    for key, value, on in aims.itertuples(index=False):
        put_target(who, value, on, rules.next_month(on), **{{"owner": "member_id"}.get(by, column): key})
    expected = pd.concat([won.groupby("of")["won"].sum(), aims.groupby("of")["aim"].sum()], axis=1)
    found = now(who, window(JULY, SEPTEMBER), by)
    rows = found.rows.set_index(found.rows["key"].astype(int)).sort_index()
    assert list(rows.index) == sorted(of)
    assert list(rows["won_minor"]) == list(expected.sort_index()["won"].fillna(0))
    assert list(rows["target_minor"].fillna(-1)) == list(expected.sort_index()["aim"].fillna(-1))
    if by == "owner":
        assert found.target_minor == rows["target_minor"].sum() == aims["aim"].sum()


def test_a_target_in_another_currency_is_converted(house: support.TestHouse) -> None:
    put_target(house.owner, 1_000, JULY, AUGUST, currency="USD")
    assert now(house.owner, window(JULY, AUGUST)).target_minor is None
    put_rate(house.owner, "USD", 0.9)
    assert now(house.owner, window(JULY, AUGUST)).target_minor == 900


def test_a_target_counts_where_its_whole_span_lies_in_the_period() -> None:
    targets = [
        Target(M, JULY, AUGUST, 10), Target(M, AUGUST, SEPTEMBER, 20), Target(M, SEPTEMBER, OCTOBER, 30),
        Target(TargetPeriod.QUARTER, JULY, OCTOBER, 100),
        Target(M, JULY, AUGUST, 4, member_id=1), Target(M, JULY, AUGUST, 5, member_id=2),
    ]  # fmt: skip
    assert rules.target_in(targets, JULY, OCTOBER) == 60  # both cover it: the finer
    assert rules.target_in(targets[2:], JULY, OCTOBER) == 100  # one month does not cover the quarter
    assert rules.target_in(targets, JULY, SEPTEMBER) == 30
    assert rules.target_in(targets, dt.date(2031, 7, 2), AUGUST) is None
    assert rules.target_in(targets[4:], JULY, AUGUST) == 9
    assert rules.target_in(targets, JULY, AUGUST, member_id=2) == 5
    assert rules.target_in(targets, None, None, member_id=3) is None


def past(house: support.TestHouse, then: dt.datetime) -> list[Any]:
    """What a reader sees of that instant: every forecast and the pipeline."""
    scope = Scope(as_of=then)
    with reading(house.owner) as db:
        found: list[Any] = [performance(db, scope)]
        for by in ("month", "event", "owner"):
            made = forecast(db, scope, by)  # type: ignore[arg-type]
            found += [made.total, made.undated_minor, made.overdue_minor, made.rows.to_dict("records")]
    return found


def test_a_past_day_is_replayed_as_it_was_computed(house: support.TestHouse) -> None:
    """Whatever is changed, imported with a past, undone, trashed, deleted, re-rated or re-categorised afterwards."""
    who = house.owner
    put_rate(who, "USD", 0.9)
    deal = put_deal(who, stage="Proposal", amount_minor=1_000, expected_close_on=JULY, source="Fair")
    won = put_deal(who, stage="Won", amount_minor=500, currency="USD", closed_on=dt.date(2026, 6, 1))
    gone = put_deal(who, stage="Verbal yes", amount_minor=300, currency="USD", owner_id=house.owner_member_id)
    first = clock.now()
    seen = past(house, first)
    assert seen[0].open_minor == 1_270 and seen[0].won_minor == 450

    change_deal(who, deal, stage="Negotiation", amount_minor=5_000, expected_close_on=AUGUST, source="Referral")
    change_deal(who, won, stage="Qualified")
    change_deal(who, gone, archived_at=clock.now())
    put_rate(who, "USD", 0.1, dt.date(2020, 6, 1))
    with unit_of_work(who) as db:
        db.execute(
            update(SalesStage)
            .where(SalesStage.account_id == db.context.account_id, SalesStage.id == stages(who)["Negotiation"])
            .values(forecast_category="omitted", default_probability_ppm=10)
        )
    second = clock.now()
    seen_second = past(house, second)
    assert past(house, first) == seen

    # An import brings deals with a past of their own, and its undo takes them away again.
    long_ago = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
    seeded = put_deal(who, stage="New", amount_minor=9_999, stage_entered_at=long_ago)
    change_deal(who, seeded, stage="Won", closed_on=dt.date(2026, 3, 1), stage_entered_at=long_ago + dt.timedelta(28))
    third = clock.now()
    seen_third = past(house, third)
    assert seen_third[0].won_minor == 9_999
    assert (past(house, first), past(house, second)) == (seen, seen_second)
    delete_deal(who, seeded)
    delete_deal(who, gone)
    assert (past(house, first), past(house, second), past(house, third)) == (seen, seen_second, seen_third)
    assert past(house, clock.now())[0].won_minor == 0


def test_an_event_deleted_since_has_its_own_row(house: support.TestHouse) -> None:
    who, event = house.owner, put_event(house, "Défilé", None)
    deal = put_deal(who, amount_minor=200, event_id=event)
    put_deal(who, amount_minor=100)
    then = clock.now()
    change_deal(who, deal, event_id=None)
    write(who, delete(Event).where(Event.id == event))
    with reading(who) as db:
        tables = (
            forecast_rows(forecast(db, Scope(as_of=then), "event"), "event"),
            part_rows(performance_by(db, Scope(as_of=then), "event"), "event"),
        )
    for rows in tables:
        values = dict(zip(rows["label"], rows["open_minor"], strict=True))
        assert values == {f"Deleted event ({event})": 200, "No event": 100}


def test_a_past_day_keeps_the_quotas_asset_dates_and_rates_of_then(house: support.TestHouse) -> None:
    """What is planned is changed and taken away afterwards; the past day is held against what was planned then."""
    who, seller = house.owner, house.owner_member_id
    event = put_event(house, "Défilé", dt.datetime(2031, 9, 10, 21, 30, tzinfo=dt.UTC))
    put_deal(who, stage="Won", amount_minor=50, closed_on=JULY, owner_id=seller, event_id=event)
    put_deal(who, stage="Proposal", amount_minor=1_000, event_id=event, expected_close_on=dt.date(2031, 9, 11))
    put_deal(who, stage="Proposal", amount_minor=300, currency="USD", expected_close_on=JULY)

    def put_quota(value_minor: int | None, version: int) -> None:
        row = quotas.TargetRow(seller, None, value_minor, version)
        execute(who, quotas.set_targets, quotas.SetTargets(M, JULY, (row,)))

    def due_on(day: int | None, zone: str = "Europe/Paris") -> None:
        due = None if day is None else dt.datetime(2031, 9, day, 21, 30, tzinfo=dt.UTC)
        write(who, update(Event).where(Event.id == event).values(assets_due_at=due, timezone=zone))

    steps: list[Callable[[], Any]] = [
        lambda: put_rate(who, "USD", 0.9, dt.date(2020, 1, 1)),
        lambda: put_quota(200, 0),
        lambda: put_quota(400, 1),
        lambda: due_on(10, "Asia/Tokyo"),
        lambda: due_on(10, "America/New_York"),
        lambda: due_on(None),
        lambda: due_on(1),
        lambda: write(who, update(ExchangeRate).values(rate_e12=10**11)),
        lambda: write(who, delete(ExchangeRate)),
        lambda: put_quota(None, 2),
        lambda: put_target(who, 70, JULY, OCTOBER, event_id=event, period=TargetPeriod.EVENT),
        lambda: write(who, delete(MetricTarget)),
    ]
    seen: list[tuple[dt.datetime, list[Any]]] = []
    for step in steps:
        step()
        then = clock.now()
        seen.append((then, past(house, then)))
    assert [past(house, then) for then, _ in seen] == [figures for _, figures in seen]
    # Each step did change something: nothing above is equal because nothing happened.
    assert all(one != after for (_, one), (_, after) in pairwise(seen))
    assert [usable(figures) for _, figures in seen] == [158, 158, 158, 558, 158, 558, 158, 62, 50, 50, 50, 50]


def usable(figures: list[Any]) -> int:
    """The usable forecast among what `past` gives."""
    total: Sums = figures[1]
    return total.usable_minor


def write(who: Credential, statement: Any) -> None:
    """Run a statement as the app's login."""
    with unit_of_work(who) as db:
        db.execute(statement)


def test_a_forecast_costs_two_queries(house: support.TestHouse, statements: list[str]) -> None:
    put_deal(house.owner, expected_close_on=JULY)
    for by in ("month", "event", "owner"):
        statements.clear()
        now(house.owner, by=by)  # type: ignore[arg-type]
        assert len(statements) == 3  # the first enters the house


def test_who_has_but_a_target_costs_one_more_for_the_names(house: support.TestHouse, statements: list[str]) -> None:
    put_target(house.owner, 200, JULY, AUGUST, member_id=house.owner_member_id)
    for by, number in (("month", 3), ("owner", 4), ("event", 3)):
        statements.clear()
        now(house.owner, by=by)  # type: ignore[arg-type]
        assert len(statements) == number


def test_another_house_and_who_may_not_see_sales(two_houses: tuple[support.TestHouse, support.TestHouse]) -> None:
    ours, theirs = two_houses
    put_deal(theirs.owner, stage="Proposal", expected_close_on=JULY)
    put_target(theirs.owner, 5, JULY, AUGUST)
    found = now(ours.owner, window(JULY, AUGUST))
    assert (found.total.open_deals, found.target_minor) == (0, None)
    assert now(theirs.member(Role.VIEWER), window(JULY, AUGUST)).total.open_deals == 1
    with pytest.raises(PermissionDenied):
        now(ours.member(Role.MANAGER, denials=("sales.read",)))
