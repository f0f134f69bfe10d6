"""Saved views of the demo houses, shared and private, and a few archived records for the trash."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from sqlalchemy import select

from eventos_core.directory import commands as directory
from eventos_core.models.directory import Contact
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations import views
from eventos_core.operations.views import SaveView
from eventos_core.seed.world import OWNER, DbFactory, Houses, Random

VIEWS: tuple[tuple[str, str, dict[str, Any], tuple[str, ...], bool], ...] = (
    ("contacts", "My people, newest first", {"show": "mine", "sort": "newest"}, (), False),
    ("contacts", "Without an owner", {"show": "unowned"}, ("name", "organization", "email", "created_at"), True),
    ("organizations", "Sponsors", {"kind": ["sponsor"]}, (), True),
    ("events", "All that happened", {"state": "done"}, ("name", "when", "venue", "owner", "sessions"), True),
    ("deals", "Rotting", {"layout": "table", "attention": "rotting"}, (), True),
    ("audit", "Refused", {"action": "denied"}, (), False),
)
"""List, name, filters, columns, whether it is shared."""
_ARCHIVED = 3


def seed(db_factory: DbFactory, houses: Houses, rng: Random, today: dt.date) -> None:
    """Views of each house's owner, one of them opening the events page; some contacts that left."""
    for house in houses:
        owner = cast(views.Person, house.team[OWNER].credential)
        for page, name, filters, columns, shared in VIEWS:
            views.save_view(owner, SaveView(page, name, filters, columns, shared))
        with db_factory(house) as db:
            account = db.context.account_id
            team = select(AccountUser.contact_id).where(
                AccountUser.account_id == account, AccountUser.contact_id.is_not(None)
            )
            ids = db.scalars(
                select(Contact.id)
                .where(Contact.account_id == account, Contact.archived_at.is_(None), Contact.id.not_in(team))
                .order_by(Contact.id)
            ).all()
            for contact_id in rng.sample(ids, min(_ARCHIVED, len(ids) // 10)):
                directory.archive_contacts(db, directory.ArchiveContacts((contact_id,)))
