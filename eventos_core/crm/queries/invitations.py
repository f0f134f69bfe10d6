"""A meeting as a calendar file: for the guest's mail and for downloading."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, select

from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import MeetingStatus
from eventos_core.kernel.errors import NotFound
from eventos_core.models.crm import MeetingBooking
from eventos_core.models.tenancy import AccountUser, User
from eventos_core.operations.calendars import Entry, Invitation, Participant

DOCUMENT = "paper.meeting"
_GONE = (MeetingStatus.CANCELLED, MeetingStatus.DECLINED)


@dataclass(frozen=True)
class MeetingFile:
    """The calendar file of one meeting."""

    booking_id: int


def invitation(db: TenantSession, given: MeetingFile) -> Invitation:
    """The meeting as its host invites to it. Raises NotFound. One query."""
    b = MeetingBooking
    found = db.execute(
        select(b, AccountUser.display_name, User.email)
        .join(AccountUser, and_(AccountUser.account_id == b.account_id, AccountUser.id == b.host_id))
        .outerjoin(User, User.id == AccountUser.user_id)
        .where(b.account_id == db.context.account_id, b.id == given.booking_id)
    ).one_or_none()
    if found is None:
        raise NotFound("This meeting does not exist.", hint="Go back to the list.")
    row: MeetingBooking = found[0]
    host = Participant(found.display_name, found.email)
    guest = Participant(row.guest_name or "", row.guest_email) if row.guest_email else None
    return Invitation(entry_of(row), host if found.email else None, guest)


def subject(db: TenantSession, given: MeetingFile) -> str:
    """What the meeting is called. Raises NotFound."""
    return invitation(db, given).entry.title


def entry_of(row: MeetingBooking) -> Entry:
    """The meeting as an entry of a calendar, on the guest's clock; nothing of what the house notes for itself."""
    return Entry(
        row.ics_uid, row.subject, row.starts_at, row.ends_at, row.timezone, row.updated_at, row.ics_sequence,
        place=row.place, cancelled=row.status in _GONE, tentative=row.status is MeetingStatus.REQUESTED,
    )  # fmt: skip
