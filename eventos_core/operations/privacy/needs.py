"""What Home says of privacy: requests whose answer comes due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import func, select

from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import PrivacyRequestKind
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import DataSubjectRequest
from eventos_core.operations.needs import Need, Urgency, needs_me
from eventos_core.operations.privacy.subjects import OPEN

_SOON = dt.timedelta(days=7)
_WANTED: Mapping[PrivacyRequestKind, str] = {
    PrivacyRequestKind.EXPORT: "a copy of personal data",
    PrivacyRequestKind.ERASE: "erasure",
    PrivacyRequestKind.RECTIFY: "correction",
    PrivacyRequestKind.RESTRICT: "restriction",
    PrivacyRequestKind.OBJECT: "an end to marketing",
}


@needs_me(Permission.PRIVACY_MANAGE)
def requests_due(db: TenantSession) -> list[Need]:
    """Open requests due within a week, the first three; names stay on their page."""
    today = clock.now().astimezone(db.context.zone).date()
    rows = db.execute(
        select(
            DataSubjectRequest.id, DataSubjectRequest.kind, DataSubjectRequest.due_on, func.count().over().label("all")
        )
        .where(
            DataSubjectRequest.account_id == db.context.account_id,
            DataSubjectRequest.status.in_(OPEN),
            DataSubjectRequest.due_on <= today + _SOON,
        )
        .order_by(DataSubjectRequest.due_on, DataSubjectRequest.id)
        .limit(3)
    ).all()
    found = []
    for row in rows:
        days = (row.due_on - today).days
        when = "overdue" if days < 0 else "due today" if days == 0 else f"due in {days} day{'s' if days > 1 else ''}"
        urgency = Urgency.LATE if days < 0 else Urgency.TODAY if days < 2 else Urgency.SOON
        ends = dt.datetime.combine(row.due_on + dt.timedelta(days=1), dt.time(), tzinfo=db.context.zone)
        title = f"Answer a request for {_WANTED[row.kind]}"
        more = f", one of {row.all}" if row.all > 1 else ""
        found.append(
            Need(title, f"{when.capitalize()}{more}", urgency, "admin_privacy", {"request": str(row.id)},
                 ends.astimezone(dt.UTC))
        )  # fmt: skip
    return found
