"""What meetings add to registries: the list for export, the calendar file, calendar feeds, requests that wait."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import func, select

from eventos_core.crm import queries
from eventos_core.crm.queries import entries
from eventos_core.crm.queries.invitations import DOCUMENT, MeetingFile, invitation, subject
from eventos_core.crm.queries.meetings import MeetingFilter
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import MeetingStatus
from eventos_core.enums.operations import ExportFormat
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import MeetingBooking
from eventos_core.operations import calendars, feeds, formats
from eventos_core.operations.calendars import Invitation
from eventos_core.operations.documents.registry import Document, document
from eventos_core.operations.exports import Column, Exportable, column, exportable, instant, label
from eventos_core.operations.needs import Need, Urgency, needs_me

P = Permission
_MOST_NEEDS = 4


def _media_type(given: Invitation) -> str:
    """With what the file asks of the guest's calendar: to take the meeting in, or out."""
    return f"text/calendar; charset=utf-8; method={calendars.method(given)}"


@needs_me(P.SALES_WRITE)
def requests_that_wait(db: TenantSession) -> list[Need]:
    """Meetings that guests asked the member for, soonest first."""
    b = MeetingBooking
    rows = db.scalars(
        select(b)
        .where(
            b.account_id == db.context.account_id, b.host_id == db.context.member_id,
            b.status == MeetingStatus.REQUESTED, b.ends_at > func.now(),
        )
        .order_by(b.starts_at, b.id)
        .limit(_MOST_NEEDS)
    )  # fmt: skip
    soon = clock.now() + dt.timedelta(days=1)
    return [
        Need(
            f"Confirm or decline: {row.subject}", formats.instant(row.starts_at, db.context.zone, db.context.locale),
            Urgency.TODAY if row.starts_at < soon else Urgency.SOON, "sales_activities",
            {"activity_layout": "meetings", "meeting": str(row.id)}, row.starts_at,
        )
        for row in rows
    ]  # fmt: skip


def _columns(db: TenantSession, wanted: MeetingFilter) -> Sequence[Column]:
    return (
        column("Id", "id"),
        column("Meeting", "subject"),
        column("Kind", "kind"),
        label("Status", "status", MeetingStatus),
        instant("Starts", "starts_at", shown="when"),
        instant("Ends", "ends_at", shown="when"),
        column("Host", "host"),
        column("Guest", "guest"),
        column("E-mail", "guest_email", shown="guest"),
        column("Organisation", "organization"),
        column("Deal", "deal"),
        column("Event", "event"),
        column("Where", "place"),
        column("Note", "note"),
        column("Called off because", "cancel_reason", shown="status"),
        instant("Booked", "created_at"),
    )


exportable(
    Exportable(
        "meetings", "Meetings", P.SALES_READ, MeetingFilter,
        lambda db, wanted, cursor, size: queries.meetings(db, wanted, cursor=cursor, size=size),
        queries.meetings_counted, _columns, covers=("crm.meetings", "crm.meeting_calendar"),
    )
)  # fmt: skip
document(
    Document(
        DOCUMENT, "Meeting", P.SALES_READ, MeetingFile, invitation, {ExportFormat.ICS: calendars.invitation}, subject,
        media_type=_media_type,
    )
)  # fmt: skip
feeds.part(P.CONTACTS_READ)(entries.activities)
feeds.part(P.SALES_READ)(entries.meetings)
