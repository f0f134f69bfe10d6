"""What the demo houses knew on past days: their history counts as recorded when it happened, not when it was made.

A figure as it stood on a past day reads what had been recorded by then, and the app cannot write when something was
recorded. The demo, which is never made in production, asks the migrator's login for it, as for its houses.
"""

from __future__ import annotations

from sqlalchemy import text

from eventos_core.db.engine import migrator_engine
from eventos_core.seed.world import Houses

_RECORDED_THEN = (
    """
    update opportunity_versions v set recorded_at = v.valid_from
    from accounts a
    where a.slug = any(:slugs) and v.account_id = a.id and v.retracted_at is null and v.valid_from < v.recorded_at
    """,
    """
    update exchange_rate_versions r set recorded_at = r.valid_on
    from accounts a
    where a.slug = any(:slugs) and r.account_id = a.id and r.valid_on < r.recorded_at
    """,
    """
    update metric_target_versions t set recorded_at = t.starts_on - interval '6 months'
    from accounts a
    where a.slug = any(:slugs) and t.account_id = a.id and t.starts_on - interval '6 months' < t.recorded_at
    """,
    """
    update event_asset_date_versions v set recorded_at = e.starts_at - interval '9 months'
    from events e join accounts a on a.id = e.account_id
    where a.slug = any(:slugs) and v.account_id = a.id and v.event_id = e.id
      and e.starts_at - interval '9 months' < v.recorded_at
    """,
)


def remember(houses: Houses) -> None:
    """Date back what is known of deals, rates, targets and asset dates of these houses.

    Raises SetupError without the migrator's login.
    """
    with migrator_engine().begin() as connection:
        for statement in _RECORDED_THEN:
            connection.execute(text(statement), {"slugs": [house.slug for house in houses]})
