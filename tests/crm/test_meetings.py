"""Meetings: booked against their kind, moved, called off, held; the guest's calendar, and who may."""

from __future__ import annotations

import datetime as dt
from email import message_from_string
from email.policy import default
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import (
    AnswerMeeting,
    CancelMeeting,
    CloseMeeting,
    CompleteActivity,
    EditActivity,
    MoveMeeting,
    OneActivity,
    RescheduleActivity,
)
from eventos_core.crm.queries import MeetingFile, MeetingFilter
from eventos_core.crm.queries.meetings import When
from eventos_core.crm.rules.activities import ActivityFields, Links, Move
from eventos_core.db.registry import execute, read
from eventos_core.db.session import reading, unit_of_work
from eventos_core.directory import queries as directory
from eventos_core.enums.crm import ActivityKind, ActivityOutcome, MeetingStatus
from eventos_core.enums.operations import ExportFormat
from eventos_core.kernel.errors import Clash, EditConflict, InvalidInput, NotAllowedNow, NotFound, PermissionDenied
from eventos_core.kernel.permissions import Role
from eventos_core.models.crm import MeetingBooking
from eventos_core.operations.documents.making import RequestDocument, request_document
from eventos_core.operations.exports import fetch
from eventos_core.operations.messages import sending
from tests import support
from tests.crm.deals import put_deal
from tests.crm.doing import activity_row, book, coming, meeting_kind, meeting_row
from tests.directory.conftest import add_contact, add_organization, counted
from tests.operations.messages.conftest import mailbox as mailbox
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database
TwoHouses = tuple[TestHouse, TestHouse]
PARIS = ZoneInfo("Europe/Paris")


def _guest(house: TestHouse, email: str = "ann@one.example") -> int:
    return add_contact(house.owner, "Ann", "One", email)


def _to_the_past(house: TestHouse, booking_id: int) -> None:
    with unit_of_work(house.owner) as db:
        row = db.get_one(MeetingBooking, (house.account_id, booking_id))
        for name in ("starts_at", "ends_at", "busy_starts_at", "busy_ends_at"):
            setattr(row, name, getattr(row, name) - dt.timedelta(days=10))


def test_booking_takes_the_host_and_makes_an_activity(house: TestHouse) -> None:
    company = add_organization(house.owner, "Atelier")
    guest = add_contact(house.owner, "Ann", "One", "ann@one.example", organization_id=company)
    deal = put_deal(house.owner)
    kind = meeting_kind(house.owner, buffer_before_minutes=10, buffer_after_minutes=20, place="Showroom, 3rd floor")
    made = book(house.owner, kind, coming(), contact_id=guest, opportunity_id=deal)
    row = meeting_row(house.owner, made.booking_id)
    assert row.starts_at.astimezone(PARIS).replace(tzinfo=None) == coming()
    assert row.busy_ends_at - row.busy_starts_at == dt.timedelta(minutes=60)
    assert (row.status, row.host_id, row.organization_id) == ("confirmed", house.owner_member_id, company)
    assert (row.subject, row.place) == ("Showroom call with Ann One", "Showroom, 3rd floor")
    assert made.activity_id is not None
    activity = activity_row(house.owner, made.activity_id)
    assert (activity.kind, activity.due_at, activity.duration_minutes) == ("meeting", row.starts_at, 30)
    assert (activity.contact_id, activity.opportunity_id, activity.owner_id) == (guest, deal, house.owner_member_id)
    for minutes in (0, 15, 45):  # 45 later its own lead-in meets the buffer after
        with pytest.raises(Clash):
            book(house.owner, kind, coming() + dt.timedelta(minutes=minutes), contact_id=guest, anyway=True)
    book(house.owner, kind, coming() + dt.timedelta(minutes=60), contact_id=guest)


def test_who_is_new_becomes_a_contact_and_who_is_known_is_found(house: TestHouse) -> None:
    kind = meeting_kind(house.owner)
    first = book(house.owner, kind, coming(), guest_name="Bea van Two", guest_email="Bea@Two.example")
    second = book(house.owner, kind, coming(hour=12), guest_name="B.", guest_email="bea@two.example")
    rows = [meeting_row(house.owner, one.booking_id) for one in (first, second)]
    assert rows[0].contact_id == rows[1].contact_id
    assert rows[0].contact_id is not None
    assert read(house.owner, directory.contact, rows[0].contact_id).name == "Bea van Two"
    for wrong, field in (({}, "contact_id"), ({"guest_email": "new@two.example"}, "guest_name")):
        with pytest.raises(InvalidInput) as refused:
            book(house.owner, kind, coming(hour=15), **wrong)
        assert field in refused.value.fields


def test_a_taken_time_is_answered_with_free_ones(house: TestHouse) -> None:
    guest = _guest(house)
    kind = meeting_kind(house.owner, hours=[{"weekday": n, "from": "10:00", "to": "12:00"} for n in range(1, 8)])
    book(house.owner, kind, coming(hour=10), contact_id=guest, subject="Fitting room")
    with pytest.raises(Clash) as clash:
        book(house.owner, kind, coming(hour=10), contact_id=guest)
    assert "“Fitting room” from 10:00 to 10:30" in clash.value.message
    day = f"{coming():%a %d %b}"
    assert f"Free: {day}, 10:30; {day}, 11:00; {day}, 11:30;" in clash.value.hint
    colleague = house.member(Role.MANAGER)
    with unit_of_work(colleague) as db:
        other = db.context.member_id
    book(house.owner, kind, coming(hour=10), contact_id=guest, host_id=other)


def test_what_the_kind_does_not_offer_takes_an_anyway(house: TestHouse) -> None:
    guest = _guest(house)
    kind = meeting_kind(house.owner, hours=[])
    with pytest.raises(NotAllowedNow):
        book(house.owner, kind, coming(), contact_id=guest)
    book(house.owner, kind, coming(), contact_id=guest, anyway=True)
    with pytest.raises(Clash):
        book(house.owner, kind, coming(), contact_id=guest, anyway=True)


def test_no_more_a_day_than_the_kind_says(house: TestHouse) -> None:
    guest, kind = _guest(house), meeting_kind(house.owner, max_per_day=2)
    book(house.owner, kind, coming(hour=9), contact_id=guest)
    second = book(house.owner, kind, coming(hour=11), contact_id=guest)
    with pytest.raises(NotAllowedNow) as full:
        book(house.owner, kind, coming(hour=15), contact_id=guest)
    assert "No more" in full.value.message
    execute(house.owner, commands.cancel_meeting, CancelMeeting(second.booking_id, second.version))
    book(house.owner, kind, coming(hour=15), contact_id=guest)


def test_free_times_are_what_can_be_booked(two_houses: TwoHouses) -> None:
    ours, theirs = two_houses
    kind = meeting_kind(ours.owner, hours=[{"weekday": n, "from": "10:00", "to": "12:00"} for n in range(1, 8)])
    other = meeting_kind(theirs.owner)
    book(theirs.owner, other, coming(hour=10), contact_id=_guest(theirs))
    book(ours.owner, kind, coming(hour=11), contact_id=_guest(ours))
    with counted() as sent:
        found = read(ours.owner, queries.free_times, kind, first=coming().date(), days=1)
    assert len(sent) == 4
    assert [f"{slot.starts_at.astimezone(PARIS):%H:%M}" for slot in found.slots] == ["10:00", "10:30", "11:30"]
    with pytest.raises(NotFound):
        read(ours.owner, queries.free_times, other)
    with pytest.raises(NotFound):
        book(ours.owner, other, coming(), contact_id=_guest(ours, "x@one.example"))
    for slot in found.slots:
        book(ours.owner, kind, slot.starts_at, guest_email="ann@one.example")


def test_moving_keeps_the_calendar_number_and_counts_up(house: TestHouse) -> None:
    kind = meeting_kind(house.owner)
    made = book(house.owner, kind, coming(), contact_id=_guest(house))
    before = meeting_row(house.owner, made.booking_id)
    later = coming() + dt.timedelta(minutes=15)  # overlaps itself, which is no clash
    moved = execute(house.owner, commands.move_meeting, MoveMeeting(made.booking_id, made.version, later, anyway=True))
    after = meeting_row(house.owner, made.booking_id)
    assert (after.ics_uid, after.ics_sequence) == (before.ics_uid, before.ics_sequence + 1)
    assert made.activity_id is not None
    assert activity_row(house.owner, made.activity_id).due_at == after.starts_at
    with pytest.raises(EditConflict):
        execute(house.owner, commands.move_meeting, MoveMeeting(made.booking_id, made.version, coming(hour=16)))
    book(house.owner, kind, coming(hour=18), guest_email="ann@one.example")
    with pytest.raises(Clash):
        execute(house.owner, commands.move_meeting, MoveMeeting(made.booking_id, moved.version, coming(hour=18)))


def test_a_move_to_where_it_is_already_is_refused_and_tells_nobody(
    house: TestHouse, database: Database, mailbox: Path
) -> None:
    kind = meeting_kind(house.owner, place="Showroom")
    made = book(house.owner, kind, coming(), contact_id=_guest(house), tell_guest=False)
    for place in (None, "Showroom"):
        with pytest.raises(InvalidInput, match="Nothing would change"):
            execute(
                house.owner, commands.move_meeting, MoveMeeting(made.booking_id, made.version, coming(), place=place)
            )
    row = meeting_row(house.owner, made.booking_id)
    assert (row.version, row.ics_sequence) == (made.version, 0)
    assert _sent(database, house, mailbox) == []
    elsewhere = MoveMeeting(made.booking_id, made.version, coming(), place="Atelier")
    assert execute(house.owner, commands.move_meeting, elsewhere).told
    with pytest.raises(EditConflict):
        execute(house.owner, commands.move_meeting, elsewhere)


def test_calling_off_frees_the_host_and_puts_the_activity_away(house: TestHouse) -> None:
    kind = meeting_kind(house.owner)
    made = book(house.owner, kind, coming(), contact_id=_guest(house))
    gone = execute(house.owner, commands.cancel_meeting, CancelMeeting(made.booking_id, made.version, "Train strike"))
    row = meeting_row(house.owner, made.booking_id)
    assert (row.status, row.cancel_reason) == ("cancelled", "Train strike")
    assert row.cancelled_at is not None
    assert made.activity_id is not None
    assert activity_row(house.owner, made.activity_id).archived_at is not None
    book(house.owner, kind, coming(), guest_email="ann@one.example")
    for again in (
        lambda: execute(house.owner, commands.cancel_meeting, CancelMeeting(made.booking_id, gone.version)),
        lambda: execute(house.owner, commands.move_meeting, MoveMeeting(made.booking_id, gone.version, coming(5))),
        lambda: execute(house.owner, commands.close_meeting, CloseMeeting(made.booking_id, gone.version)),
    ):
        with pytest.raises(NotAllowedNow):
            again()


def test_a_request_is_confirmed_or_declined(house: TestHouse) -> None:
    kind = meeting_kind(house.owner, needs_confirmation=True)
    first = book(house.owner, kind, coming(), contact_id=_guest(house))
    assert meeting_row(house.owner, first.booking_id).status == "requested"
    yes = execute(house.owner, commands.answer_meeting, AnswerMeeting(first.booking_id, first.version, confirm=True))
    assert meeting_row(house.owner, first.booking_id).status == "confirmed"
    with pytest.raises(NotAllowedNow):
        execute(house.owner, commands.answer_meeting, AnswerMeeting(first.booking_id, yes.version, confirm=False))
    second = book(house.owner, kind, coming(hour=14), guest_email="ann@one.example")
    execute(house.owner, commands.answer_meeting, AnswerMeeting(second.booking_id, second.version, confirm=False))
    assert meeting_row(house.owner, second.booking_id).status == "declined"
    book(house.owner, kind, coming(hour=14), guest_email="ann@one.example")


def test_held_and_missed_meetings_and_their_activities_agree(house: TestHouse) -> None:
    kind = meeting_kind(house.owner)
    made = book(house.owner, kind, coming(), contact_id=_guest(house))
    assert made.activity_id is not None
    with pytest.raises(NotAllowedNow):
        execute(house.owner, commands.close_meeting, CloseMeeting(made.booking_id, made.version))
    _to_the_past(house, made.booking_id)
    version = meeting_row(house.owner, made.booking_id).version
    held = execute(house.owner, commands.close_meeting, CloseMeeting(made.booking_id, version, note="Wants two looks"))
    activity = activity_row(house.owner, made.activity_id)
    assert (activity.outcome, activity.outcome_note) == ("done", "Wants two looks")
    missed = CloseMeeting(made.booking_id, held.version, MeetingStatus.NO_SHOW)
    execute(house.owner, commands.close_meeting, missed)
    activity = activity_row(house.owner, made.activity_id)
    assert activity.outcome == "no_show"
    execute(house.owner, commands.reopen_activity, OneActivity(activity.id, activity.version))
    assert meeting_row(house.owner, made.booking_id).status == "confirmed"
    activity = activity_row(house.owner, made.activity_id)
    done = CompleteActivity(activity.id, activity.version, ActivityOutcome.INTERESTED)
    execute(house.owner, commands.complete_activity, done)
    assert meeting_row(house.owner, made.booking_id).status == "held"


def test_the_activity_of_a_meeting_is_moved_through_the_meeting(house: TestHouse) -> None:
    made = book(house.owner, meeting_kind(house.owner), coming(), contact_id=_guest(house))
    assert made.activity_id is not None
    row = activity_row(house.owner, made.activity_id)
    links = Links(row.contact_id)
    fields = ActivityFields(
        links, ActivityKind.MEETING, "Renamed", owner_id=row.owner_id, due_at=row.due_at, duration_minutes=30
    )
    renamed = execute(house.owner, commands.edit_activity, EditActivity(row.id, row.version, fields))
    for forbidden in (
        lambda: execute(
            house.owner, commands.reschedule_activity, RescheduleActivity(row.id, renamed.version, Move.TOMORROW)
        ),
        lambda: execute(house.owner, commands.archive_activity, OneActivity(row.id, renamed.version)),
        lambda: execute(
            house.owner, commands.edit_activity, EditActivity(row.id, renamed.version, ActivityFields(links))
        ),
    ):
        with pytest.raises(NotAllowedNow):
            forbidden()


def test_sellers_book_and_others_look(house: TestHouse) -> None:
    kind = meeting_kind(house.owner)
    guest = _guest(house)
    made = book(house.owner, kind, coming(), contact_id=guest)
    member, viewer = house.member(Role.MEMBER), house.member(Role.VIEWER)
    seller = house.member(Role.MEMBER, grants=("sales.write",))
    for who in (member, viewer):
        assert len(read(who, queries.meetings).frame) == 1
        for refused in (
            lambda who=who: book(who, kind, coming(4), contact_id=guest),
            lambda who=who: execute(who, commands.move_meeting, MoveMeeting(made.booking_id, 1, coming(4))),
            lambda who=who: execute(who, commands.cancel_meeting, CancelMeeting(made.booking_id, 1)),
            lambda who=who: execute(who, commands.answer_meeting, AnswerMeeting(made.booking_id, 1, confirm=True)),
            lambda who=who: execute(who, commands.close_meeting, CloseMeeting(made.booking_id, 1)),
        ):
            with pytest.raises(PermissionDenied):
                refused()
    book(seller, kind, coming(4), contact_id=guest)
    with pytest.raises(PermissionDenied):
        read(house.member(Role.VIEWER, denials=("sales.read",)), queries.meetings)


def test_the_list_shows_what_comes_and_what_was(house: TestHouse) -> None:
    kind = meeting_kind(house.owner)
    guest = _guest(house)
    coming_one = book(house.owner, kind, coming(2), contact_id=guest)
    past = book(house.owner, kind, coming(5), contact_id=guest)
    off = book(house.owner, kind, coming(6), contact_id=guest)
    execute(house.owner, commands.cancel_meeting, CancelMeeting(off.booking_id, off.version))
    _to_the_past(house, past.booking_id)

    def listed(show: When | None, **more: object) -> list[int]:
        return list(read(house.owner, queries.meetings, MeetingFilter(show=show, **more)).frame["id"])  # type: ignore[arg-type]

    assert listed(When.COMING) == [coming_one.booking_id]
    assert listed(When.PAST) == [past.booking_id]
    assert listed(When.CALLED_OFF) == [off.booking_id]
    assert listed(When.TO_CONFIRM) == []
    assert len(listed(None, q="ann showroom", host=house.owner_member_id)) == 3
    with counted() as sent:
        one = read(house.owner, queries.meeting, coming_one.booking_id)
    assert len(sent) == 2
    assert one.links["contact_id"] == (guest, "Ann One")


def _sent(database: Database, house: TestHouse, mailbox: Path) -> list[str]:
    sending.send_due(support.running_job(database, house))
    return [path.read_text() for path in sorted(mailbox.glob("*.eml"))]


def _calendar(mail: str) -> Calendar:

    parts = [
        part for part in message_from_string(mail, policy=default).walk() if part.get_content_type() == "text/calendar"
    ]
    assert len(parts) == 1
    return Calendar.from_ical(parts[0].get_content())


def test_the_guest_gets_a_calendar_file_that_stays_right(house: TestHouse, database: Database, mailbox: Path) -> None:
    kind = meeting_kind(house.owner, place="Showroom")
    made = book(house.owner, kind, coming(), contact_id=_guest(house), note="Knows the CEO")
    assert made.told
    (mail,) = _sent(database, house, mailbox)
    booked = _calendar(mail)
    assert booked["METHOD"] == "REQUEST"
    event = booked.walk("VEVENT")[0]
    assert event["ATTENDEE"] == "mailto:ann@one.example"
    assert event["ORGANIZER"] == f"mailto:{house.owner_email}"
    assert event.decoded("dtstart").astimezone(PARIS).replace(tzinfo=None) == coming()
    assert (event["SEQUENCE"], event["LOCATION"]) == (0, "Showroom")
    assert "CEO" not in mail
    moved = execute(house.owner, commands.move_meeting, MoveMeeting(made.booking_id, made.version, coming(hour=15)))
    gone = execute(house.owner, commands.cancel_meeting, CancelMeeting(made.booking_id, moved.version, "Train strike"))
    assert gone.told
    mails = _sent(database, house, mailbox)
    assert len(mails) == 2  # the one that waited to tell of the move is withdrawn: it would be wrong
    off = _calendar(mails[-1])
    last = off.walk("VEVENT")[0]
    assert (off["METHOD"], last["STATUS"], last["UID"], last["SEQUENCE"]) == ("CANCEL", "CANCELLED", event["UID"], 2)
    assert "Train strike" in mails[-1]


def test_the_guest_is_told_what_of_the_meeting_is_new(house: TestHouse, database: Database, mailbox: Path) -> None:
    kind = meeting_kind(house.owner, place="Showroom")
    bo = house.member(Role.MANAGER, name="Bo Host")
    with reading(bo) as db:
        host = db.context.member_id
    made = book(house.owner, kind, coming(), contact_id=_guest(house))
    _sent(database, house, mailbox)
    steps = (
        ({"place": "Atelier"}, "New place"),
        ({"place": "Atelier", "host_id": host}, "New host"),
        ({"place": "Showroom", "starts_at": coming(hour=15), "host_id": host}, "New time and place"),
    )
    version = made.version
    for number, (given, told) in enumerate(steps, start=1):
        move = MoveMeeting(made.booking_id, version, **{"starts_at": coming()} | given)
        version = execute(house.owner, commands.move_meeting, move).version
        letter = message_from_string(_sent(database, house, mailbox)[-1], policy=default)
        assert letter["Subject"].startswith(f"{told}: Showroom call with Ann One, ")
        text = letter.get_body(("plain",)).get_content()
        assert f"{told} for Showroom call with Ann One" in text and str(given["place"]) in text
        assert _calendar(letter.as_string()).walk("VEVENT")[0]["SEQUENCE"] == number


def test_a_guest_who_read_of_no_change_yet_is_not_told_of_the_last_one_alone(
    house: TestHouse, database: Database, mailbox: Path
) -> None:
    made = book(house.owner, meeting_kind(house.owner), coming(), contact_id=_guest(house))
    _sent(database, house, mailbox)
    later = MoveMeeting(made.booking_id, made.version, coming(hour=15))
    moved = execute(house.owner, commands.move_meeting, later)
    elsewhere = MoveMeeting(made.booking_id, moved.version, coming(hour=15), place="Atelier")
    execute(house.owner, commands.move_meeting, elsewhere)
    letter = message_from_string(_sent(database, house, mailbox)[-1], policy=default)
    assert letter["Subject"].startswith("New details: ")


def test_nobody_is_written_to_who_should_not_be(house: TestHouse, database: Database, mailbox: Path) -> None:
    kind = meeting_kind(house.owner)
    silent = book(house.owner, kind, coming(), contact_id=_guest(house), tell_guest=False)
    unreachable = add_contact(house.owner, "Bea", "Two")
    nobody = book(house.owner, kind, coming(hour=12), contact_id=unreachable)
    assert (silent.told, nobody.told) == (False, False)
    assert _sent(database, house, mailbox) == []


def test_the_calendar_file_can_be_fetched(house: TestHouse) -> None:
    made = book(house.owner, meeting_kind(house.owner), coming(), contact_id=_guest(house))
    asked = RequestDocument("paper.meeting", MeetingFile(made.booking_id), ExportFormat.ICS)
    link = execute(house.owner, request_document, asked)
    file = fetch(house.owner, link.public_id)
    content = b"".join(file.pieces)
    assert Calendar.from_ical(content).walk("VEVENT")[0]["SUMMARY"] == "Showroom call with Ann One"
    assert file.name.endswith(".ics")
    with pytest.raises(PermissionDenied):
        execute(house.member(Role.MEMBER, denials=("sales.read",)), request_document, asked)
