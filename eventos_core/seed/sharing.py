"""Links to programmes at the demo houses: one that is open, one that was withdrawn."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from eventos_core.events import commands
from eventos_core.events.commands import ShareProgramme, WithdrawLink
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import hash_token, new_token
from eventos_core.models.events import Event
from eventos_core.seed.world import DbFactory, Houses, Random


def seed(db_factory: DbFactory, houses: Houses, rng: Random, today: dt.date) -> None:
    """For the next event of each house. Nobody knows the links: they are random, and only their hashes are kept."""
    ends = clock.now() + dt.timedelta(days=60)
    for house in houses:
        with db_factory(house) as db:
            event_id = db.scalar(
                select(Event.id)
                .where(
                    Event.account_id == db.context.account_id, Event.archived_at.is_(None),
                    Event.starts_at > clock.now(),
                )
                .order_by(Event.starts_at, Event.id)
                .limit(1)
            )  # fmt: skip
            if event_id is None:
                continue
            for label in ("Press list", "Models' agencies"):
                made = commands.share_programme(db, ShareProgramme(event_id, label, hash_token(new_token()), ends))
            commands.withdraw_link(db, WithdrawLink(made.link_id))
