"""The figures of the pipeline: each definition, each edge case of METRICS, two houses, permissions."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import update

from eventos_core.crm.queries import Performance, performance, performance_by
from eventos_core.crm.rules import forecast as rules
from eventos_core.db.registry import read
from eventos_core.db.session import reading, unit_of_work
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import Credential
from eventos_core.kernel.errors import PermissionDenied
from eventos_core.kernel.permissions import Role
from eventos_core.models.crm import ExchangeRate, SalesStage
from eventos_core.operations import metrics, start
from eventos_core.operations.metrics import Scope
from tests import support
from tests.crm.deals import change_deal, put_deal, stages

PARIS = "Europe/Paris"
JUNE = dt.date(2026, 6, 1)


def window(first: dt.date, end: dt.date, **more: object) -> Scope:
    """The days [first, end) of the house."""
    return Scope(from_=clock.day_bounds(first, PARIS)[0], to=clock.day_bounds(end, PARIS)[0], **more)  # type: ignore[arg-type]


def put_rate(who: Credential, currency: str, rate: float, on: dt.date = dt.date(2020, 1, 1)) -> None:
    """One major unit of `currency` is worth `rate` euros from that day."""
    with unit_of_work(who) as db:
        db.add(
            ExchangeRate(from_currency=currency, to_currency="EUR", valid_on=on, rate_e12=round(rate * 10**6) * 10**6)
        )


def now(who: Credential, scope: Scope | None = None) -> Performance:
    with reading(who) as db:
        return performance(db, scope or Scope())


def test_velocity_of_the_vector() -> None:
    """40 open, 25,000.00 mean, 25 % won, 90 days: 2,777.78 a day."""
    figure = Performance(open_deals=40, won_deals=1, lost_deals=3, won_minor=2_500_000, won_valued=1, cycle_days=90)
    assert figure.velocity_minor_per_day is not None
    assert round(figure.velocity_minor_per_day / 100, 2) == 2_777.78


def test_nothing_divided_by_nothing_is_undefined(house: support.TestHouse) -> None:
    figure = now(house.owner)
    assert figure == Performance()
    assert figure.win_rate is figure.value_win_rate is figure.mean_cycle_days is None
    assert figure.median_cycle_days is figure.mean_won_minor is figure.velocity_minor_per_day is None


def test_every_figure_of_a_small_pipeline(house: support.TestHouse) -> None:
    who = house.owner
    put_deal(who, stage="Proposal", amount_minor=10_001)  # 40 %: 4000.4
    put_deal(who, stage="Qualified", amount_minor=333, probability_override_ppm=500_000)  # 166.5, half up
    put_deal(who, stage="New", amount_minor=None)
    put_deal(who, stage="Won", amount_minor=20_000, opened_on=JUNE, closed_on=dt.date(2026, 6, 11))
    put_deal(who, stage="Won", amount_minor=None, opened_on=JUNE, closed_on=dt.date(2026, 6, 21))
    put_deal(who, stage="Won", amount_minor=40_000, opened_on=JUNE, closed_on=dt.date(2026, 7, 1))
    put_deal(who, stage="Lost", amount_minor=60_000, opened_on=JUNE, closed_on=dt.date(2026, 6, 5))
    figure = now(who)
    assert (figure.open_deals, figure.open_minor, figure.weighted_minor) == (3, 10_334, 4_000 + 167)
    assert (figure.won_deals, figure.lost_deals, figure.won_minor, figure.lost_minor) == (3, 1, 60_000, 60_000)
    assert (figure.win_rate, figure.value_win_rate) == (0.75, 0.5)
    assert (figure.mean_cycle_days, figure.median_cycle_days) == (20, 20)
    assert (figure.mean_won_minor, figure.without_value, figure.without_rate) == (30_000, 2, 0)
    assert figure.velocity_minor_per_day == 3 * 0.75 * 30_000 / 20
    june = now(who, window(JUNE, dt.date(2026, 7, 1)))
    assert (june.won_deals, june.won_minor, june.without_value) == (2, 20_000, 2)
    assert (june.open_deals, june.mean_cycle_days) == (3, 15)


def test_a_deal_won_on_its_first_day_has_a_cycle_of_0(house: support.TestHouse) -> None:
    put_deal(house.owner, stage="Won", opened_on=JUNE, closed_on=JUNE)
    figure = now(house.owner)
    assert (figure.mean_cycle_days, figure.median_cycle_days, figure.velocity_minor_per_day) == (0, 0, None)


def test_a_reopened_deal_is_open_again_and_no_longer_won(house: support.TestHouse) -> None:
    deal = put_deal(house.owner, stage="Won", closed_on=JUNE)
    change_deal(house.owner, deal, stage="Proposal")
    figure = now(house.owner)
    assert (figure.open_deals, figure.won_deals, figure.won_minor) == (1, 0, 0)


def test_almost_certain_is_not_won(house: support.TestHouse) -> None:
    put_deal(house.owner, stage="Verbal yes", amount_minor=1_000_000, probability_override_ppm=999_950)
    figure = now(house.owner)
    assert (figure.open_deals, figure.won_deals, figure.weighted_minor) == (1, 0, 999_950)


def test_rates_move_what_is_open_and_leave_what_is_closed(house: support.TestHouse) -> None:
    who = house.owner
    put_rate(who, "USD", 0.9)
    put_rate(who, "JPY", 0.00625)
    put_deal(who, stage="Won", amount_minor=1_000, currency="USD", closed_on=JUNE)
    put_deal(who, stage="Proposal", amount_minor=1_000, currency="USD")
    put_deal(who, stage="New", amount_minor=1_000, currency="JPY")  # ¥ 1,000, no minor unit: € 6.25
    put_deal(who, stage="New", amount_minor=1_000, currency="CHF")  # no rate
    before = now(who)
    assert (before.won_minor, before.open_minor, before.weighted_minor) == (900, 900 + 625, 360 + 31)
    assert (before.without_rate, before.without_value, before.open_deals) == (1, 0, 3)
    put_rate(who, "USD", 0.5, dt.date(2026, 5, 1))
    after = now(who)
    assert (after.won_minor, after.open_minor) == (900, 500 + 625)


def test_renaming_a_stage_changes_no_figure(house: support.TestHouse) -> None:
    put_deal(house.owner, stage="Won", closed_on=JUNE)
    put_deal(house.owner, stage="Proposal")
    before = now(house.owner)
    with unit_of_work(house.owner) as db:
        for name, stage in stages(house.owner).items():
            db.execute(
                update(SalesStage)
                .where(SalesStage.account_id == db.context.account_id, SalesStage.id == stage)
                .values(name=f"{name} as we now say")
            )
    assert now(house.owner) == before


def test_deals_in_the_trash_do_not_count(house: support.TestHouse) -> None:
    deal = put_deal(house.owner)
    then = clock.now()
    change_deal(house.owner, deal, archived_at=clock.now())
    assert now(house.owner) == Performance()
    assert now(house.owner, Scope(as_of=then)).open_deals == 1


def test_the_previous_period_is_as_long_and_ends_where_the_period_begins() -> None:
    zone = clock.zone(PARIS)
    march = window(dt.date(2026, 3, 1), dt.date(2026, 4, 1), owner_id=7)
    before = march.previous(zone)
    assert before is not None
    assert before.days(zone) == (dt.date(2026, 1, 29), dt.date(2026, 3, 1))
    assert (before.to, before.owner_id, before.as_of) == (march.from_, 7, march.as_of)
    # 31 days with the change to summer time in them, although an hour shorter.
    assert march.days(zone) == (dt.date(2026, 3, 1), dt.date(2026, 4, 1))
    assert Scope().previous(zone) is None
    noon = Scope(from_=march.from_, to=dt.datetime(2026, 3, 10, 12, tzinfo=zone))
    assert noon.days(zone) == (dt.date(2026, 3, 1), dt.date(2026, 3, 11))


def test_a_change_from_nothing_is_told_and_is_not_a_share(house: support.TestHouse) -> None:
    put_deal(house.owner, stage="Won", amount_minor=100, closed_on=JUNE)
    scope = window(JUNE, dt.date(2026, 7, 1))
    with reading(house.owner) as db:
        figures = metrics.figures(
            db, ["won_value_minor", "win_rate"], scope, compare=scope.previous(db.context.zone), compared_with="May"
        )
    assert [(figure.value, figure.previous, figure.change) for figure in figures] == [(100, 0, 100), (1.0, None, None)]


def test_figures_that_belong_together_cost_one_query(house: support.TestHouse, statements: list[str]) -> None:
    put_deal(house.owner)
    with reading(house.owner) as db:
        statements.clear()
        metrics.figures(db, ["open_deals", "win_rate", "velocity_minor_per_day", "deals_without_rate"])
    assert len(statements) == 2  # the first enters the house


def test_narrowed_by_event_owner_kind_source_and_pipeline(house: support.TestHouse) -> None:
    who = house.owner
    put_deal(who, amount_minor=1, owner_id=house.owner_member_id, source="Fair")
    put_deal(who, amount_minor=10, kind="production", source="Referral")
    assert now(who, Scope(owner_id=house.owner_member_id)).open_minor == 1
    assert now(who, Scope(kinds=("production",))).open_minor == 10
    assert now(who, Scope(source="Fair")).open_minor == 1
    assert (now(who, Scope(event_id=1)).open_minor, now(who, Scope(event_id=0, owner_id=0)).open_minor) == (0, 10)
    with reading(who) as db:
        pipeline = db.query(SalesStage.pipeline_id).filter(SalesStage.id == stages(who)["New"]).scalar()
    assert now(who, Scope(pipeline_id=pipeline)).open_minor == 11
    assert now(who, Scope(pipeline_id=pipeline + 10**6)).open_minor == 0


def test_apart_by_owner_source_and_kind(house: support.TestHouse) -> None:
    who = house.owner
    put_deal(who, amount_minor=5, owner_id=house.owner_member_id)
    put_deal(who, stage="Won", amount_minor=100, closed_on=JUNE, source="Fair", kind="production")
    with reading(who) as db:
        owners = performance_by(db, Scope(), "owner")
        kinds = performance_by(db, Scope(), "kind")
        sources = performance_by(db, Scope(), "source")
    assert owners[["label", "open_minor", "won_minor"]].to_dict("records")[1] == {
        "label": "Claire Aurore", "open_minor": 5, "won_minor": 0,
    }  # fmt: skip
    assert list(kinds["key"]) == ["production", "sponsorship"]
    assert list(sources["key"].fillna("–")) == ["Fair", "–"]
    assert list(sources["win_rate"].fillna(-1)) == [1.0, -1]
    assert sources["open_deals"].sum() == now(who).open_deals


def test_the_other_house_is_not_counted(two_houses: tuple[support.TestHouse, support.TestHouse]) -> None:
    ours, theirs = two_houses
    put_deal(theirs.owner, stage="Proposal", owner_id=theirs.owner_member_id)
    put_deal(theirs.owner, stage="Won", closed_on=JUNE)
    assert now(ours.owner) == Performance()
    assert now(ours.owner, Scope(owner_id=theirs.owner_member_id)) == Performance()


def test_only_who_may_see_sales_sees_its_figures(house: support.TestHouse) -> None:
    start.load()
    put_deal(house.owner)
    assert now(house.member(Role.VIEWER)).open_deals == 1
    blind = house.member(Role.MANAGER, denials=("sales.read",))
    with pytest.raises(PermissionDenied):
        now(blind)
    with pytest.raises(PermissionDenied):
        read(blind, lambda db: metrics.figure(db, "open_deals"))


@pytest.mark.parametrize(
    ("part", "whole", "is_"), [(1, 4, 0.25), (0, 4, 0.0), (1, 0, None), (None, 4, None), (3, None, None)]
)
def test_ratio(part: int | None, whole: int | None, is_: float | None) -> None:
    assert rules.ratio(part, whole) == is_


@pytest.mark.parametrize(
    ("target", "won", "is_"), [(300, 100, 2.0), (100, 100, None), (50, 100, None), (None, 1, None)]
)
def test_coverage_is_undefined_once_the_target_is_met(target: int | None, won: int, is_: float | None) -> None:
    assert rules.coverage(400, target, won) == is_
