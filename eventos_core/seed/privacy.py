"""Requests of people in the demo houses, in every state, and one policy of retention switched on."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from eventos_core.db.editing import get
from eventos_core.enums.operations import PrivacyRequestKind, PrivacyRequestStatus
from eventos_core.enums.tenancy import LegalBasis, RetentionAction, RetentionAnchor
from eventos_core.models.directory import Contact
from eventos_core.models.operations import DataSubjectRequest
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.privacy import commands, retention, working
from eventos_core.operations.privacy.commands import RecordRequest, SettleRequest
from eventos_core.seed.world import DbFactory, Houses, Random

_WISH = "Please delete everything you hold about me. I have left the trade."
_COPY = "Under article 15 I ask for a copy of the data you hold about me."


def seed(db_factory: DbFactory, houses: Houses, rng: Random, today: dt.date) -> None:
    """An erasure that was searched already and comes due, a copy asked for, one withdrawn, mail kept for two years."""
    for house in houses:
        with db_factory(house) as db:
            account = db.context.account_id
            team = select(AccountUser.contact_id).where(
                AccountUser.account_id == account, AccountUser.contact_id.is_not(None)
            )
            people = db.scalars(
                select(Contact.id)
                .where(
                    Contact.account_id == account,
                    Contact.archived_at.is_(None),
                    Contact.merged_into_id.is_(None),
                    Contact.id.not_in(team),
                )
                .order_by(Contact.id)
            ).all()
            first, second, third = rng.sample(list(people), 3)
            wish = RecordRequest(
                PrivacyRequestKind.ERASE, today - dt.timedelta(days=25), "contacts", first, message=_WISH
            )
            made = commands.record_request(db, wish)
            working.search(db, get(db, DataSubjectRequest, made.request_id, lock=True))
            copy = RecordRequest(
                PrivacyRequestKind.EXPORT, today - dt.timedelta(days=4), "contacts", second, message=_COPY
            )
            commands.record_request(db, copy)
            doubt = RecordRequest(PrivacyRequestKind.OBJECT, today - dt.timedelta(days=60), "contacts", third)
            ended = commands.record_request(db, doubt)
            settled = SettleRequest(
                ended.request_id, ended.version, PrivacyRequestStatus.WITHDRAWN, "Only the newsletter was meant."
            )
            commands.settle_request(db, settled)
            policy = retention.SavePolicy(
                "notification_queue", LegalBasis.CONSENT, 24, RetentionAnchor.CREATED, RetentionAction.ANONYMISE, True,
                "Proof of what was sent is not needed for longer.",
            )  # fmt: skip
            retention.save_retention_policy(db, policy)
