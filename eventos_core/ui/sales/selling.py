"""The seller's tiles on Home: pipeline, weighted, won against the quota, activities due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from eventos_core.crm import queries
from eventos_core.crm.queries.activities import Shown
from eventos_core.crm.rules import forecast as rules
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import StageKind
from eventos_core.kernel import clock
from eventos_core.kernel.context import Context
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import metrics
from eventos_core.operations.metrics import Figure, Scope
from eventos_core.ui import formats, navigation, page
from eventos_core.ui.page import PageContext
from eventos_core.ui.sales import drills, listing

COMPARED_DAYS = 30
OPEN = ("open_value_minor", "weighted_value_minor")
WON, DUE = "won_value_minor", "activities_due"


def seller(house: Context) -> int | None:
    """The member whose own deals are shown: who sells without leading the sales; None = those of the whole house."""
    sells = house.can(Permission.SALES_WRITE) and not house.can(Permission.SALES_SETTINGS)
    return house.member_id if sells else None


def read(db: TenantSession, now: dt.datetime) -> tuple[Figure, ...]:
    """The figures in five queries; none for who may not see sales.

    What stands open is compared with how it stood 30 days ago; what was won this month with as many days before it, as
    both are known now.
    """
    house = db.context
    if not house.can(Permission.SALES_READ):
        return ()
    today = now.astimezone(house.zone).date()
    month = today.replace(day=1)
    elapsed = today + dt.timedelta(days=1) - month
    before, starts, ends = (
        clock.day_bounds(day, house.timezone)[0] for day in (month - elapsed, month, rules.next_month(month))
    )
    owner = seller(house)
    so_far = Scope(as_of=now, from_=starts, to=now, owner_id=owner)
    *open_now, won = metrics.figures(db, (*OPEN, WON), so_far)
    stood = metrics.figures(db, OPEN, Scope(as_of=now - dt.timedelta(days=COMPARED_DAYS), owner_id=owner))
    won_before = metrics.figure(db, WON, replace(so_far, from_=before, to=starts))
    won = replace(
        won, previous=won_before.value, compared_with=f"on the {formats.plural(elapsed.days, 'day')} before the month",
        target=queries.sales_target(db, replace(so_far, to=ends)),
    )  # fmt: skip
    return (
        *(
            replace(figure, previous=then.value, compared_with=f"in {COMPARED_DAYS} days")
            for figure, then in zip(open_now, stood, strict=True)
        ),
        won,
        metrics.figure(db, DUE, Scope(as_of=now, owner_id=owner)),
    )


def tiles(ctx: PageContext, figures: Sequence[Figure]) -> None:
    """One row of tiles; below, how much of the quota is won, and the ways to the deals and activities they count."""
    own = seller(ctx.house)
    labels = {WON: "Won this month"}
    if own is not None:
        labels |= {"open_value_minor": "Your pipeline", DUE: "Your activities due"}
    with st.grid(max(len(figures), 1), min_column_width=150):
        for figure in figures:
            page.tile(ctx, figure, label=labels.get(figure.metric.key))
    with st.container(horizontal=True, gap="medium", vertical_alignment="center", key="home_sales"):
        for figure in figures:
            if figure.metric.key == WON and figure.target:
                share = formats.share(rules.ratio(int(figure.value or 0), int(figure.target)), lang=ctx.locale)
                quota = formats.money(int(figure.target), ctx.house.currency, ctx.locale)
                st.caption(f"{share} of the month's quota of {quota} is won")
        for label, target, parameters in ways(ctx.house, figures):
            if navigation.exists(target):
                page.link(label, page=target, icon="arrow_forward", **parameters)


def ways(house: Context, figures: Sequence[Figure]) -> list[tuple[str, str, dict[str, Any]]]:
    """Label, page and URL parameters of what lists the rows behind the figures, in no particular event."""
    if not figures:
        return []
    own, zone = seller(house), house.zone
    scope = Scope(as_of=figures[0].as_of, owner_id=own)
    today = scope.day(zone)
    month = clock.day_bounds(today.replace(day=1), house.timezone)[0]
    won = drills.within(replace(scope, from_=month, to=scope.as_of), zone, StageKind.WON)
    due: dict[str, Any] = {"event": "", "activity_layout": "list", "activities_show": Shown.DUE.value}
    due |= {"activities_owner": own} if own is not None else {}
    return [
        ("Open deals", "sales_pipeline", dict(listing.link(drills.within(scope, zone, StageKind.OPEN)))),
        ("Deals won this month", "sales_pipeline", dict(listing.link(won))),
        ("Activities due", "sales_activities", due),
    ]
