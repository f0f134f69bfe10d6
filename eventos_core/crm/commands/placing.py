"""Taking a host's time: the queue for the person, the look at what is free, and a clear answer where it is not.

`app.lock_resources` makes those who book one person wait for each other, so that the second sees what the first did;
the exclusion constraint on bookings is the guard for every other way.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.exc import DBAPIError

from eventos_core.crm.queries.slots import offer_of, slots, taken
from eventos_core.crm.rules import meetings as rules
from eventos_core.crm.rules.meetings import Slot
from eventos_core.db.session import TenantSession
from eventos_core.enums.events import BookingLayer, ResourceKind
from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel import clock
from eventos_core.kernel.errors import Clash, InvalidInput, NotFound
from eventos_core.models.crm import MeetingBooking, MeetingType
from eventos_core.models.events import BookingRow, Event
from eventos_core.models.tenancy import AccountUser

_EXCLUSION = "23P01"
_OFFERED = 4
"""Times named where the one wanted is taken."""
_LOOK_AHEAD = 14
_WORK = {"event_staff": "a shift", "session_hosts": "a session", "meeting_bookings": "a meeting"}


@dataclass(frozen=True)
class Host:
    """A member as a host: the person whom the clash rule books."""

    member_id: int
    contact_id: int
    name: str


def host_of(db: TenantSession, member_id: int | None, *, whoever: bool = False) -> Host:
    """The member as a host. Raises InvalidInput for nobody, who has left (unless `whoever`), or is no person here."""
    if member_id is None:
        raise InvalidInput("Choose who hosts the meeting.", fields={"host_id": "Required"})
    row = db.execute(
        select(AccountUser.id, AccountUser.contact_id, AccountUser.display_name, AccountUser.status).where(
            AccountUser.account_id == db.context.account_id, AccountUser.id == member_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound("This person is not in the team.", hint="Choose another host.")
    if not whoever and (row.status is not MemberStatus.ACTIVE or row.contact_id is None):
        raise InvalidInput(
            f"{row.display_name} cannot host meetings.", hint="Choose an active member of the team.",
            fields={"host_id": "Choose somebody else"},
        )  # fmt: skip
    return Host(row.id, row.contact_id or 0, row.display_name)


@contextmanager
def placed(
    db: TenantSession,
    kind: MeetingType,
    host: Host,
    starts_at: dt.datetime,
    *,
    anyway: bool,
    besides: int | None = None,
    also: Sequence[int] = (),
) -> Iterator[Slot]:
    """`with placed(…) as slot:` writes the booking inside; the host's queue is held until the transaction ends.

    `anyway` skips what the type offers; `besides` is the meeting that moves, `also` the contacts whose time it gives
    back. Raises NotAllowedNow, Clash.
    """
    rules.check_time(starts_at)
    queue_for(db, [host.contact_id, *also])
    offer = offer_of(kind)
    day = starts_at.astimezone(clock.zone(kind.timezone)).date()
    found = taken(db, kind, host.contact_id, day, day, besides=besides)
    slot = rules.slot_at(offer, starts_at)
    if not anyway:
        rules.check_slot(offer, starts_at, now=clock.now(), booked=found.booked)
    if any(slot.busy_starts_at < ends and begins < slot.busy_ends_at for begins, ends in found.busy):
        raise _in_the_way(db, kind, host, slot, besides)
    try:
        with db.begin_nested():
            yield slot
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _EXCLUSION:
            raise
        raise _in_the_way(db, kind, host, slot, besides) from error


def queue_for(db: TenantSession, persons: Sequence[int]) -> None:
    """Wait for whoever changes these persons' time, until their transaction ends; contacts by id."""
    db.execute(text("select app.lock_resources('person', :ids)"), {"ids": sorted(set(persons))})


def _in_the_way(db: TenantSession, kind: MeetingType, host: Host, slot: Slot, besides: int | None) -> Clash:
    """What takes the host then, and the next times that are free; said on the type's clock. Reads only."""
    zone = clock.zone(kind.timezone)
    b = BookingRow
    row = db.execute(
        select(b.source_table, b.starts_at, b.ends_at, Event.name.label("event"), MeetingBooking.subject)
        .outerjoin(Event, and_(Event.account_id == b.account_id, Event.id == b.event_id))
        .outerjoin(
            MeetingBooking,
            and_(
                MeetingBooking.account_id == b.account_id,
                MeetingBooking.id == b.source_id,
                b.source_table == "meeting_bookings",
            ),
        )
        .where(
            b.account_id == db.context.account_id,
            b.resource_kind == ResourceKind.PERSON,
            b.resource_id == host.contact_id,
            b.layer.in_([BookingLayer.USE, BookingLayer.SHIFT]),
            b.starts_at < slot.busy_ends_at,
            b.ends_at > slot.busy_starts_at,
            or_(b.source_table != "meeting_bookings", b.source_id != func.coalesce(besides, 0)),
        )
        .order_by(b.starts_at, b.id)
        .limit(1)
    ).one_or_none()
    wanted = f"{slot.starts_at.astimezone(zone):%a %d %b, %H:%M}"
    said = f"{host.name} is taken at that time ({wanted})."
    if row is not None:
        what = f"“{row.subject}”" if row.subject else _WORK.get(row.source_table, "another booking")
        where = f" for {row.event}" if row.event else ""
        begins, ends = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
        said = f"{host.name} has {what}{where} from {begins:%H:%M} to {ends:%H:%M}, so {wanted} is not free."
    return Clash(said, hint=_others(db, kind, host, slot, besides))


def _others(db: TenantSession, kind: MeetingType, host: Host, slot: Slot, besides: int | None) -> str:
    zone = clock.zone(kind.timezone)
    day = slot.starts_at.astimezone(zone).date()
    last = day + dt.timedelta(days=_LOOK_AHEAD)
    found = slots(db, kind, host.contact_id, day, last, besides=besides)
    after = [one for one in found if one.starts_at > slot.starts_at] or found
    free = [f"{one.starts_at.astimezone(zone):%a %d %b, %H:%M}" for one in after[:_OFFERED]]
    if not free:
        return "Choose another day or host."
    return f"Free: {'; '.join(free)}. Or choose another host."
