"""Deals as they stood at an instant, replayed from their versions: what every sales figure reads, of today as of then.

A version counts that had been recorded by the instant, had not been taken back by it and held at it. So a past day's
figure is what was computed on that day, whatever has been changed, imported, undone or deleted since. Deals in the
trash do not count while they lie there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, or_, select

from eventos_core.crm.queries.worth import effective_ppm, in_base, rate_of, rates
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import OpportunityKind
from eventos_core.kernel.errors import InvalidInput
from eventos_core.models.crm import OpportunityVersion, SalesStage
from eventos_core.operations.metrics import Scope

V = OpportunityVersion
Days = tuple[dt.date | None, dt.date | None]
"""Half-open; None = without that end."""


def known(db: TenantSession, scope: Scope) -> list[ColumnElement[bool]]:
    """Of the house's versions those that were known at the as-of instant and had begun by it, ended or not."""
    return [
        V.account_id == db.context.account_id,
        V.recorded_at <= scope.as_of,
        or_(V.retracted_at.is_(None), V.retracted_at > scope.as_of),
        V.valid_from <= scope.as_of,
    ]


def stood(
    scope: Scope, version: type[OpportunityVersion] = V, *, days: Days = (None, None)
) -> list[ColumnElement[bool]]:
    """Of versions those that held at the as-of instant as known then: at most one of each deal.

    With half-open `days` those of deals closed on another day are left out.
    """
    # The same as begun, not ended and not taken back by then, in the words of two partial indexes.
    current = and_(version.valid_to.is_(None), version.retracted_at.is_(None))
    tests = [version.recorded_at <= scope.as_of, version.valid_from <= scope.as_of]
    within = [version.closed_on >= days[0]] if days[0] is not None else []
    within += [version.closed_on < days[1]] if days[1] is not None else []
    if not within:
        return [or_(current, version.ended_at > scope.as_of), *tests]
    is_open = version.closed_on.is_(None)
    return [
        or_(and_(current, is_open), and_(current, *within), version.ended_at > scope.as_of),
        or_(is_open, and_(*within)),
        *tests,
    ]


def narrowed(scope: Scope, version: type[OpportunityVersion] = V) -> list[ColumnElement[bool]]:
    """Of versions those that the scope's event, owner, kind, source and pipeline leave; `version` may be an alias."""
    tests: list[ColumnElement[bool]] = []
    for column, wanted in ((version.event_id, scope.event_id), (version.owner_id, scope.owner_id)):
        if wanted is not None:
            tests.append(column == wanted if wanted else column.is_(None))
    unknown = [kind for kind in scope.kinds if kind not in set(OpportunityKind)]
    if unknown:
        raise InvalidInput(
            f"There is no kind of deal called “{unknown[0][:80]}”.", hint=f"Use one of {', '.join(OpportunityKind)}.",
            fields={"kinds": "Unknown"},
        )  # fmt: skip
    if scope.kinds:
        tests.append(version.kind.in_(scope.kinds))
    if scope.source is not None:
        tests.append(version.source == scope.source)
    if scope.pipeline_id is not None:
        stages = select(SalesStage.id).where(
            SalesStage.account_id == version.account_id, SalesStage.pipeline_id == scope.pipeline_id
        )
        tests.append(version.stage_id.in_(stages))
    return tests


def standing(db: TenantSession, scope: Scope, *tests: ColumnElement[bool]) -> Subquery:
    """One row per deal open at the as-of instant or closed by then within the scope's window; how it then stood.

    `tests` are further ones of `OpportunityVersion`.

    Columns as of the version, and `worth_minor` and `weighted_minor`: value and value × probability in minor units of
    the base currency, at the rate frozen at close, else at the one of the as-of day; NULL without amount or rate.
    """
    rate = rates(db, scope.day(db.context.zone), scope.as_of)
    columns: Sequence[Any] = (
        V.opportunity_id, V.stage_id, V.outcome, V.forecast_category, V.kind, V.source, V.owner_id, V.event_id,
        V.opened_on, V.expected_close_on, V.closed_on, V.amount_minor,
    )  # fmt: skip
    return (
        select(
            *columns,
            in_base(db, V, rate).label("worth_minor"),
            in_base(db, V, rate, effective_ppm(V)).label("weighted_minor"),
            and_(V.amount_minor.is_not(None), rate_of(V, rate).is_(None)).label("without_rate"),
        )
        .outerjoin(rate, rate.c.currency == V.currency)
        .where(
            V.account_id == db.context.account_id,
            *stood(scope, days=scope.days(db.context.zone)),
            *narrowed(scope),
            *tests,
        )
        .subquery("deals")
    )
