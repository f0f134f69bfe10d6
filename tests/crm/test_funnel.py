"""The funnel: entries, conversions, times, renamed and archived stages; against a computation in plain Python."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from eventos_core.crm.queries import Funnel, funnel, performance
from eventos_core.crm.rules import funnel as rules
from eventos_core.crm.rules.funnel import Stage
from eventos_core.db.session import reading, unit_of_work
from eventos_core.enums.crm import StageKind
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import Credential
from eventos_core.kernel.errors import NotFound, PermissionDenied
from eventos_core.kernel.permissions import Role
from eventos_core.models.crm import SalesStage
from eventos_core.operations.metrics import Scope
from tests import support
from tests.crm.deals import change_deal, put_deal, stages
from tests.crm.test_versions import delete_deal

BEGIN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
STEPS = ("New", "Qualified", "Proposal", "Negotiation", "Verbal yes", "Won")
PROBABILITY = {"New": 50_000, "Qualified": 200_000, "Proposal": 400_000, "Negotiation": 650_000, "Verbal yes": 850_000}


def walk(who: Credential, *path: str, begin: int = 0, days: int = 10, **columns: Any) -> int:
    """A deal that went through these stages, entering one every `days` days from day `begin` on."""
    at = BEGIN + dt.timedelta(begin)
    deal = put_deal(who, stage=path[0], stage_entered_at=at, opened_on=at.date(), **closing(path[0], at), **columns)
    for stage in path[1:]:
        at += dt.timedelta(days)
        change_deal(who, deal, stage=stage, stage_entered_at=at, **closing(stage, at))
    return deal


def closing(stage: str, at: dt.datetime) -> dict[str, Any]:
    """The day of decision, where the stage is one."""
    return {"closed_on": at.date()} if stage in ("Won", "Lost") else {}


def now(who: Credential, scope: Scope | None = None) -> Funnel:
    with reading(who) as db:
        return funnel(db, scope or Scope())


def column(found: Funnel, name: str) -> dict[str, Any]:
    return {stage: None if pd.isna(value) else value for stage, value in found.rows.set_index("stage")[name].items()}


def test_conversions_count_first_entries_and_keep_lost_deals(house: support.TestHouse) -> None:
    who = house.owner
    walk(who, "New", "Qualified", "Proposal", "Won")
    walk(who, "New", "Qualified", "Lost")
    walk(who, "New", "Qualified", "New", "Qualified")  # entered twice, counts once
    walk(who, "New")
    walk(who, "Qualified", "Proposal")  # never was new
    found = now(who)
    assert (found.pipeline, found.cohort, found.won, found.conversion) == ("Sales", 4, 1, 0.25)
    assert list(found.rows["stage"]) == list(STEPS)
    assert column(found, "entered") == dict(zip(STEPS, (4, 4, 2, 0, 0, 1), strict=True))
    assert column(found, "advanced") == dict(zip(STEPS, (3, 2, 0, 0, 0, None), strict=True))
    assert column(found, "next_rate") == dict(zip(STEPS, (0.75, 0.5, 0, None, None, None), strict=True))
    assert column(found, "reached") == dict(zip(STEPS, (4, 3, 1, 0, 0, 1), strict=True))
    assert column(found, "cumulative_rate") == dict(zip(STEPS, (1, 0.75, 0.25, 0, 0, 0.25), strict=True))
    assert column(found, "skipped") == dict(zip(STEPS, (0, 0, 0, 1, 1, 0), strict=True))
    assert column(found, "lost") == dict(zip(STEPS, (0, 1, 0, 0, 0, 0), strict=True))
    assert column(found, "open_now") == dict(zip(STEPS, (1, 1, 1, 0, 0, 0), strict=True))


def test_going_back_is_no_conversion(house: support.TestHouse) -> None:
    walk(house.owner, "New", "Proposal", "Qualified")
    found = now(house.owner)
    assert column(found, "advanced")["Qualified"] == 0
    assert column(found, "advanced")["New"] == 1


def test_time_in_a_stage_adds_up_over_visits_and_runs_on_while_open(house: support.TestHouse) -> None:
    walk(house.owner, "New", "Qualified", "New", "Lost", days=10)
    walk(house.owner, "New", days=10)
    as_of = clock.now()
    found = now(house.owner, Scope(as_of=as_of))
    open_days = (as_of - BEGIN) / dt.timedelta(days=1)
    assert column(found, "mean_days")["New"] == pytest.approx((20 + open_days) / 2)
    assert column(found, "median_days")["Qualified"] == 10
    assert column(found, "mean_days")["Won"] is None


def test_the_window_chooses_the_cohort(house: support.TestHouse) -> None:
    walk(house.owner, "New", "Qualified", "Won", begin=0, days=40)
    walk(house.owner, "New", "Qualified", begin=60)
    found = now(house.owner, Scope(from_=BEGIN, to=BEGIN + dt.timedelta(days=41)))
    assert column(found, "entered") == dict(zip(STEPS, (1, 1, 0, 0, 0, 0), strict=True))
    # What the cohort did after the window counts.
    assert (found.cohort, found.won, column(found, "advanced")["Qualified"]) == (1, 1, 0)
    assert now(house.owner, Scope(from_=BEGIN + dt.timedelta(days=60))).cohort == 1
    assert now(house.owner, Scope(to=BEGIN)).cohort == 0


def test_renamed_and_archived_stages_keep_their_history(house: support.TestHouse) -> None:
    walk(house.owner, "New", "Qualified", "Proposal")
    walk(house.owner, "New", "Proposal", begin=50)
    names = stages(house.owner)
    with unit_of_work(house.owner) as db:
        for name, values in (
            ("Qualified", {"name": "Met", "archived_at": clock.now()}),
            ("Negotiation", {"archived_at": clock.now()}),
        ):
            db.execute(
                update(SalesStage)
                .where(SalesStage.account_id == db.context.account_id, SalesStage.id == names[name])
                .values(**values)
            )
    found = now(house.owner)
    assert list(found.rows["stage"]) == ["New", "Met", "Proposal", "Verbal yes", "Won"]
    assert list(found.rows["archived"]) == [False, True, False, False, False]
    # What follows an archived stage, and what precedes it, goes on to the next one in use.
    assert column(found, "next_rate") == {"New": 1, "Met": 1, "Proposal": 0, "Verbal yes": None, "Won": None}


def test_deleted_deals_and_those_in_the_trash_leave_the_funnel(house: support.TestHouse) -> None:
    kept, gone, trashed = (walk(house.owner, "New", "Won") for _ in range(3))
    then = clock.now()
    delete_deal(house.owner, gone)
    change_deal(house.owner, trashed, archived_at=clock.now())
    assert kept and now(house.owner).cohort == 1
    assert now(house.owner, Scope(as_of=then)).cohort == 3


def test_narrowed_to_how_the_deal_stood(house: support.TestHouse) -> None:
    deal = walk(house.owner, "New", "Qualified", source="Fair", kind="production")
    walk(house.owner, "New")
    change_deal(house.owner, deal, owner_id=house.owner_member_id)
    for scope in (Scope(source="Fair"), Scope(kinds=("production",)), Scope(owner_id=house.owner_member_id)):
        assert (now(house.owner, scope).cohort, column(now(house.owner, scope), "reached")["Qualified"]) == (1, 1)


def test_an_unknown_pipeline_another_house_and_who_may_not(
    two_houses: tuple[support.TestHouse, support.TestHouse],
) -> None:
    ours, theirs = two_houses
    walk(theirs.owner, "New", "Won")
    assert now(ours.owner).cohort == 0
    assert now(theirs.member(Role.VIEWER)).cohort == 1
    with reading(theirs.owner) as db:
        pipeline = db.scalars(
            select(SalesStage.pipeline_id).where(
                SalesStage.account_id == db.context.account_id, SalesStage.id == stages(theirs.owner)["New"]
            )
        ).one()
    with pytest.raises(NotFound):
        now(ours.owner, Scope(pipeline_id=pipeline))
    with pytest.raises(PermissionDenied):
        now(ours.member(Role.MANAGER, denials=("sales.read",)))


def test_a_funnel_costs_two_queries(house: support.TestHouse, statements: list[str]) -> None:
    walk(house.owner, "New", "Qualified")
    statements.clear()
    now(house.owner)
    assert len(statements) == 3  # the first enters the house


def test_steps_of_a_pipeline_with_two_won_stages() -> None:
    found = rules.steps(
        [
            Stage(1, "Old", StageKind.OPEN, archived=True), Stage(2, "New", StageKind.OPEN),
            Stage(3, "Signed", StageKind.WON), Stage(4, "Lost", StageKind.LOST), Stage(5, "Paid", StageKind.WON),
        ]
    )  # fmt: skip
    assert [(step.name, step.stage_ids, step.next) for step in found] == [
        ("Old", (1,), 2), ("New", (2,), 3), ("Signed", (3, 5), None),
    ]  # fmt: skip
    assert rules.first(found) == 2
    assert rules.steps([]) == ()


# ---- against a computation of its own

paths = st.lists(
    st.tuples(
        st.lists(st.sampled_from([*STEPS, "Lost"]), min_size=1, max_size=6),
        st.integers(0, 60),
        st.integers(1, 9),
        st.one_of(st.none(), st.integers(0, 10**7)),
        st.one_of(st.none(), st.integers(0, 10**6)),
    ),
    max_size=8,
)


@settings(max_examples=25)
@given(paths=paths, span=st.tuples(st.integers(0, 40), st.integers(41, 110)))
def test_every_figure_equals_a_computation_in_plain_python(
    database: support.Database, paths: Sequence[Any], span: tuple[int, int]
) -> None:
    house, other = support.look_alikes()
    walk(other.owner, "New", "Won")
    deals = []
    for path, begin, days, amount, estimate in paths:
        steps = [stage for i, stage in enumerate(path) if i == 0 or stage != path[i - 1]]
        walk(house.owner, *steps, begin=begin, days=days, amount_minor=amount, probability_override_ppm=estimate)
        deals.append((steps, begin, days, amount, estimate))
    zone = clock.zone("Europe/Paris")
    first, end = ((BEGIN + dt.timedelta(day)).date() for day in span)
    scope = Scope(
        from_=dt.datetime.combine(first, dt.time(), tzinfo=zone), to=dt.datetime.combine(end, dt.time(), tzinfo=zone)
    )
    check_performance(house.owner, scope, deals, first, end)
    check_funnel(house.owner, scope, deals)


def check_performance(who: Credential, scope: Scope, deals: Sequence[Any], first: dt.date, end: dt.date) -> None:
    frame = pd.DataFrame(
        [
            {
                "stage": steps[-1],
                "opened": BEGIN.date() + dt.timedelta(begin),
                "closed": BEGIN.date() + dt.timedelta(begin + days * (len(steps) - 1)),
                "amount": amount,
                "ppm": PROBABILITY.get(steps[-1]) if estimate is None else estimate,
            }
            for steps, begin, days, amount, estimate in deals
        ],
        columns=["stage", "opened", "closed", "amount", "ppm"],
    )
    is_open = frame[~frame["stage"].isin(["Won", "Lost"])]
    closed = frame[frame["stage"].isin(["Won", "Lost"]) & (frame["closed"] >= first) & (frame["closed"] < end)]
    won, lost = closed[closed["stage"] == "Won"], closed[closed["stage"] == "Lost"]
    known = is_open[is_open["amount"].notna()]
    with reading(who) as db:
        found = performance(db, scope)
    assert (found.open_deals, found.won_deals, found.lost_deals) == (len(is_open), len(won), len(lost))
    assert (found.open_minor, found.won_minor, found.lost_minor) == (
        int(is_open["amount"].sum()), int(won["amount"].sum()), int(lost["amount"].sum()),
    )  # fmt: skip
    half_up = [(2 * int(a) * int(p) + 10**6) // (2 * 10**6) for a, p in zip(known["amount"], known["ppm"], strict=True)]
    assert found.weighted_minor == sum(half_up)
    assert found.without_value == int(is_open["amount"].isna().sum() + closed["amount"].isna().sum())
    cycles = [(closed - opened).days for closed, opened in zip(won["closed"], won["opened"], strict=True)]
    assert found.mean_cycle_days == (statistics.fmean(cycles) if cycles else None)
    assert found.median_cycle_days == (statistics.median(cycles) if cycles else None)
    assert found.win_rate == (len(won) / len(closed) if len(closed) else None)
    values = won["amount"].dropna()
    if len(values) and sum(cycles):
        mean_won, mean_cycle = Fraction(int(values.sum()), len(values)), Fraction(sum(cycles), len(cycles))
        expected = len(is_open) * Fraction(len(won), len(closed)) * mean_won / mean_cycle
        assert found.velocity_minor_per_day == pytest.approx(float(expected))
    else:
        assert found.velocity_minor_per_day is None


def check_funnel(who: Credential, scope: Scope, deals: Sequence[Any]) -> None:
    found = now(who, scope)
    assert scope.from_ is not None and scope.to is not None
    entered, advanced, reached = defaultdict(int), defaultdict(int), defaultdict(int)
    days_in: dict[str, list[float]] = defaultdict(list)
    for steps, begin, days, _, _ in deals:
        entries = [(stage, BEGIN + dt.timedelta(begin + i * days)) for i, stage in enumerate(steps)]
        left = [at for _, at in entries[1:]] + [scope.as_of]
        firsts = {stage: min(at for s, at in entries if s == stage) for stage in steps}
        for number, stage in enumerate(STEPS):
            if stage not in firsts:
                continue
            if "New" in firsts and scope.from_ <= firsts["New"] < scope.to:
                reached[stage] += 1
            if not scope.from_ <= firsts[stage] < scope.to:
                continue
            entered[stage] += 1
            after = STEPS[number + 1] if stage != "Won" else None
            advanced[stage] += any(s == after and at > firsts[stage] for s, at in entries)
            stay = sum((end - at for (s, at), end in zip(entries, left, strict=True) if s == stage), dt.timedelta())
            days_in[stage].append(stay / dt.timedelta(days=1))
    assert column(found, "entered") == {stage: entered[stage] for stage in STEPS}
    assert column(found, "advanced") == {s: advanced[s] if s != "Won" else None for s in STEPS}
    assert column(found, "reached") == {stage: reached[stage] for stage in STEPS}
    assert (found.cohort, found.won) == (entered["New"], reached["Won"])
    for stage in STEPS[:-1]:
        mean, median = column(found, "mean_days")[stage], column(found, "median_days")[stage]
        if days_in[stage]:
            assert mean == pytest.approx(statistics.fmean(days_in[stage]), abs=0.1)
            assert median == pytest.approx(statistics.median(days_in[stage]), abs=0.1)
        else:
            assert mean is median is None
