"""A house full of deals of every sort, as they stood three days ago and as they stand now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from eventos_core.crm.commands import pipelines
from eventos_core.crm.rules import forecast as rules
from eventos_core.db.registry import execute
from eventos_core.db.session import reading
from eventos_core.kernel import clock
from eventos_core.models.crm import SalesStage
from tests.crm.deals import change_deal, put_deal
from tests.crm.test_forecast import member, put_event, put_target
from tests.crm.test_performance import put_rate
from tests.support import Database, TestHouse

DAYS_AGO = 3
KINDS = ("sponsorship", "ticket_block", "venue_hire")
OPEN = ("New", "Qualified", "Proposal", "Negotiation", "Verbal yes")


@dataclass(frozen=True)
class Varied:
    """Ids that tests narrow by, and the last day on which everything still stood as it first did."""

    event_id: int
    member_id: int
    other_pipeline_id: int
    past: dt.date


def put_varied(house: TestHouse, database: Database) -> Varied:
    """Some thirty deals in two pipelines; currencies with and without a rate, no value, no owner, trash, late ones."""
    who, today = house.owner, clock.now().astimezone(clock.zone("Europe/Paris")).date()
    event = put_event(house, "=Défilé", dt.datetime(2031, 9, 10, 21, 30, tzinfo=dt.UTC))
    put_rate(who, "USD", 0.9)
    month = today.replace(day=1)
    put_target(who, 5_000_000, month, rules.next_month(month), member_id=house.owner_member_id)
    put_target(who, 900_000, month, rules.next_month(month), member_id=member(house, "Ida Quota"))
    put_target(who, 400_000, month, rules.next_month(month), event_id=put_event(house, "Gala", None))
    made = []
    for number in range(24):
        stage = ("Won", "Lost", *OPEN)[number % 7]
        ended = {"closed_on": today - dt.timedelta(number % 5)} if stage in ("Won", "Lost") else {}
        made.append(
            put_deal(
                who, f"Deal {number:02}", stage, amount_minor=None if number % 6 == 5 else 12_345 * (number + 1),
                currency=("EUR", "USD", "CHF")[number % 3], opened_on=today - dt.timedelta(20 + number),
                kind=KINDS[number % 3], source=("Fair", "Referral", None, "=1+1")[number % 4],
                owner_id=house.owner_member_id if number % 2 else None, event_id=event if number % 4 else None,
                expected_close_on=None if number % 8 == 7 else today + dt.timedelta(number * 9 - 20), **ended,
            )
        )  # fmt: skip
    other = other_pipeline(house)
    for outcome in ("open", "won"):
        put_elsewhere(house, other, outcome, today)
    # So that all of it was known some days ago, and something else is true today.
    with database.as_login("migrator") as connection:
        for table in ("metric_target_versions", "event_asset_date_versions", "exchange_rate_versions"):
            connection.execute(f"update {table} set recorded_at = recorded_at - interval '{DAYS_AGO} days'")  # type: ignore[call-overload]
        columns = ("recorded_at", "retracted_at", "valid_from", "valid_to")
        earlier = ", ".join(f"{column} = {column} - interval '{DAYS_AGO} days'" for column in columns)
        connection.execute(f"update opportunity_versions set {earlier}")  # type: ignore[call-overload]
    for number, deal in enumerate(made):
        if number % 9 == 2:
            change_deal(who, deal, stage="Won")
        elif number % 9 == 4:
            change_deal(who, deal, amount_minor=777_700)
    change_deal(who, made[3], archived_at=clock.now())
    return Varied(event, house.owner_member_id, other, today - dt.timedelta(DAYS_AGO - 1))


def other_pipeline(house: TestHouse) -> int:
    """A second pipeline; returns its id."""
    return execute(house.owner, pipelines.add_pipeline, pipelines.AddPipeline("Partners")).pipeline_id


def put_elsewhere(house: TestHouse, pipeline_id: int, outcome: str, today: dt.date) -> int:
    """A deal in the first stage of that kind of another pipeline; returns its id."""
    with reading(house.owner) as db:
        stage_id = db.scalars(
            select(SalesStage.id)
            .where(
                SalesStage.account_id == db.context.account_id, SalesStage.pipeline_id == pipeline_id,
                SalesStage.kind == outcome,
            )
            .order_by(SalesStage.position)
        ).first()  # fmt: skip
    deal = put_deal(house.owner, f"Elsewhere {outcome}", amount_minor=50_000, expected_close_on=today)
    change_deal(house.owner, deal, stage_id=stage_id)
    return deal
