"""What activities, notes, meetings and mails leave behind: timelines, reminders, calendars, e-mail with its fate."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from eventos_core.crm import commands, jobs, queries
from eventos_core.crm.commands import AddNote, CancelMeeting, CompleteActivity, OneActivity, WriteMail
from eventos_core.crm.rules.activities import Links
from eventos_core.db.registry import execute, read
from eventos_core.db.session import reading, unit_of_work
from eventos_core.directory import queries as directory
from eventos_core.enums.crm import ActivityDirection, ActivityKind, ActivityOutcome
from eventos_core.enums.operations import FeedScope, MessageChannel, PreferenceMode
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import hash_token, new_token
from eventos_core.kernel.errors import InvalidInput, NotAllowedNow, PermissionDenied
from eventos_core.kernel.permissions import Role
from eventos_core.operations import feeds
from eventos_core.operations.messages import notices, sending
from eventos_core.operations.timeline import timeline
from tests import support
from tests.crm.deals import put_deal
from tests.crm.doing import activity_row, book, coming, log, meeting_kind, plan
from tests.directory.conftest import add_contact, add_organization, counted
from tests.operations.messages.conftest import mailbox as mailbox
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database
TwoHouses = tuple[TestHouse, TestHouse]


def test_what_is_planned_for_a_whole_day_has_no_hour_until_it_is_done(house: TestHouse) -> None:
    links = Links(opportunity_id=put_deal(house.owner))
    planned = plan(house.owner, links, due_at=dt.datetime(2026, 1, 7), all_day=True)
    plan(house.owner, links, "At nine", due_at=dt.datetime(2026, 1, 8, 9))

    def whole_days() -> list[bool]:
        moments = read(house.owner, queries.deal_timeline, links.opportunity_id).moments
        return [one.whole_day for one in moments if one.kind == ActivityKind.TASK]

    assert whole_days() == [False, True]
    execute(house.owner, commands.complete_activity, CompleteActivity(planned.activity_id, planned.version))
    assert whole_days() == [False, False]


def _moments(who: Any, entity: str, row_id: int) -> list[tuple[str, str]]:
    with reading(who) as db:
        found = timeline(db, entity, row_id).moments
    return [(one.kind, one.title) for one in found if one.kind != "change"]


def test_everything_about_a_deal_is_on_its_timeline_and_its_people_s(two_houses: TwoHouses) -> None:
    ours, theirs = two_houses
    company = add_organization(ours.owner, "Atelier")
    ann = add_contact(ours.owner, "Ann", "One", "ann@one.example", organization_id=company)
    deal = put_deal(ours.owner)
    links = Links(ann, company, deal)
    log(ours.owner, links, subject="Asked for the deck", outcome=ActivityOutcome.INTERESTED)
    log(ours.owner, links, ActivityKind.EMAIL, direction=ActivityDirection.INCOMING)
    execute(ours.owner, commands.add_note, AddNote(links, "Likes the front row", pinned=True))
    gone = plan(ours.owner, links, "Archived")
    execute(ours.owner, commands.archive_activity, OneActivity(gone.activity_id, gone.version))
    plan(ours.owner, links, "Send the offer", due_at=dt.datetime(2026, 1, 7, 9))
    booked = book(ours.owner, meeting_kind(ours.owner), coming(), contact_id=ann, opportunity_id=deal, tell_guest=False)
    execute(ours.owner, commands.cancel_meeting, CancelMeeting(booked.booking_id, booked.version, tell_guest=False))
    plan(theirs.owner, Links(add_contact(theirs.owner, "Ann", "One")), "Theirs")
    expected = [
        ("meeting", "Meeting: Showroom call with Ann One · Cancelled"),
        ("note", "Note, pinned"),
        ("email", "E-mail received"),
        ("call", "Call: Asked for the deck · Interested"),
        ("task", "Planned task: Send the offer · was due Wed 7 Jan 2026, 09:00"),
    ]
    for entity, row_id in (("opportunities", deal), ("contacts", ann), ("organizations", company)):
        told = _moments(ours.owner, entity, row_id)
        assert [one for one in told if one[0] != "stage"] == expected
    blind = ours.member(Role.MEMBER, denials=("sales.read",))
    assert _moments(blind, "contacts", ann) == []
    with counted() as sent:
        read(ours.owner, directory.contact_timeline, ann)
    assert len(sent) == 8  # the contact, its addresses and phones, audit; activities, notes, meetings, mails


def test_a_timeline_continues_before_a_moment(house: TestHouse) -> None:
    links = Links(add_contact(house.owner, "Ann", "One"))
    for number in range(4):
        log(house.owner, links, subject=f"Call {number}", done_at=clock.now() - dt.timedelta(hours=number + 1))
    with reading(house.owner) as db:
        first = timeline(db, "contacts", links.contact_id or 0, limit=3)
        rest = timeline(db, "contacts", links.contact_id or 0, before=first.before)
    titles = [one.title for part in (first, rest) for one in part.moments if one.kind == "call"]
    assert titles == [f"Call: Call {number}" for number in range(4)]


def _message_status(house: TestHouse, entity: str, row_id: int) -> list[str]:
    with reading(house.owner) as db:
        return [one.body for one in timeline(db, entity, row_id).moments if one.kind == "email"]


def test_a_mail_written_on_a_deal_is_sent_and_stays_with_its_fate(
    house: TestHouse, database: Database, mailbox: Path
) -> None:
    ann = add_contact(house.owner, "Ann", "One", "ann@one.example")
    deal = put_deal(house.owner)
    mail = WriteMail(Links(ann, opportunity_id=deal), "The deck", "Dear Ann,\n\nhere it is.")
    written = execute(house.owner, commands.write_mail, mail)
    assert _message_status(house, "opportunities", deal) == ["Dear Ann,\n\nhere it is.\nWaits to be sent."]
    sending.send_due(support.running_job(database, house))
    (letter,) = mailbox.glob("*.eml")
    assert "To: Ann One <ann@one.example>" in letter.read_text()
    assert "here it is" in letter.read_text()
    for entity, row_id in (("opportunities", deal), ("contacts", ann)):
        assert _message_status(house, entity, row_id) == ["Dear Ann,\n\nhere it is.\nSent."]
    row = activity_row(house.owner, written.activity_id)
    assert (row.kind, row.direction, row.owner_id) == ("email", "outgoing", house.owner_member_id)
    assert row.done_at is not None


def test_mails_that_cannot_be_are_refused_whole(house: TestHouse) -> None:
    ann = add_contact(house.owner, "Ann", "One", "ann@one.example")
    no_address = add_contact(house.owner, "Bea", "Two")
    shy = add_contact(house.owner, "Cleo", "Three", "cleo@three.example", do_not_contact=True)
    for wrong, field in (
        (WriteMail(Links(), "Deck", "Text"), "contact_id"),
        (WriteMail(Links(organization_id=add_organization(house.owner, "Atelier")), "Deck", "Text"), "contact_id"),
        (WriteMail(Links(no_address), "Deck", "Text"), "contact_id"),
        (WriteMail(Links(ann), " ", "Text"), "subject"),
        (WriteMail(Links(ann), "Deck", "  "), "body"),
        (WriteMail(Links(ann), "Deck", "Dear {{ nobody.knows }}"), "body"),
    ):
        with pytest.raises(InvalidInput) as refused:
            execute(house.owner, commands.write_mail, wrong)
        assert field in refused.value.fields
    with pytest.raises(NotAllowedNow):
        execute(house.owner, commands.write_mail, WriteMail(Links(shy), "Deck", "Text"))
    with pytest.raises(PermissionDenied):
        execute(house.member(Role.MEMBER), commands.write_mail, WriteMail(Links(ann), "Deck", "Text"))
    assert read(house.owner, queries.activities).frame.empty


def _notices(house: TestHouse) -> list[tuple[str, str]]:
    frame = read(house.owner, notices.own_notices)
    return [(row["kind"], row["title"]) for row in frame.to_dict("records") if row["kind"].startswith("activity.")]


def _run(house: TestHouse, database: Database, job: Any) -> dict[str, Any]:
    with unit_of_work(support.running_job(database, house)) as db:
        told: dict[str, Any] = job(db)
        return told


def test_what_begins_soon_is_told_once_and_again_when_moved(two_houses: TwoHouses, database: Database) -> None:
    house, theirs = two_houses
    links = Links(add_contact(house.owner, "Ann", "One"))
    plan(theirs.owner, Links(add_contact(theirs.owner, "Ann", "One")), "Theirs", due_at=clock.now())
    soon = clock.now() + dt.timedelta(minutes=20)
    made = plan(house.owner, links, "Ring Ann", kind=ActivityKind.CALL, due_at=soon)
    plan(house.owner, links, "Whole day", due_at=clock.now(), all_day=True)
    plan(house.owner, links, "In an hour", due_at=clock.now() + dt.timedelta(hours=1))
    done = plan(house.owner, links, "Done", due_at=soon)
    execute(house.owner, commands.complete_activity, CompleteActivity(done.activity_id, done.version))
    assert _run(house, database, jobs.remind_of_activities) == {"told": 1}
    assert _run(house, database, jobs.remind_of_activities) == {"told": 0}
    local = soon.astimezone(clock.zone("Europe/Paris"))
    assert _notices(house) == [("activity.due", f"{local:%H:%M}: Ring Ann with Ann One")]
    row = activity_row(house.owner, made.activity_id)
    later = {name: getattr(row, name) for name in ("kind", "subject", "owner_id")}
    fields = commands.EditActivity(
        row.id, row.version, commands.activities.ActivityFields(links, due_at=soon + dt.timedelta(minutes=5), **later)
    )
    execute(house.owner, commands.edit_activity, fields)
    assert _run(house, database, jobs.remind_of_activities) == {"told": 1}


def test_what_is_overdue_is_told_once_a_day_to_who_wants_it(house: TestHouse, database: Database) -> None:
    links = Links(add_contact(house.owner, "Ann", "One"))
    for number in range(3):
        plan(house.owner, links, f"Call {number}", due_at=clock.now() - dt.timedelta(days=number + 1))
    colleague = house.member(Role.MANAGER)
    plan(colleague, links, "A colleague's", due_at=clock.now() - dt.timedelta(days=1))
    notices.prefer(colleague, "activity.overdue", MessageChannel.IN_APP, PreferenceMode.OFF)
    notices.prefer(colleague, "activity.overdue", MessageChannel.EMAIL, PreferenceMode.OFF)
    assert _run(house, database, jobs.overdue_activities) == {"told": 1}
    assert _run(house, database, jobs.overdue_activities) == {"told": 0}
    assert _notices(house) == [("activity.overdue", "3 activities are overdue")]
    assert read(colleague, notices.own_notices).empty


def _feed(house: TestHouse, who: Any, scope: FeedScope = FeedScope.MINE) -> list[Any]:
    token = new_token()
    feeds.add(who, hash_token(token), "Phone", scope)
    content = feeds.fetch(token, "127.0.0.1").content
    return list(Calendar.from_ical(content).walk("VEVENT"))


def test_a_member_s_calendar_holds_their_activities_and_meetings(house: TestHouse) -> None:
    ann = add_contact(house.owner, "Ann", "One", "ann@one.example")
    colleague = house.member(Role.MANAGER)
    plan(house.owner, Links(ann), "Ring Ann", kind=ActivityKind.CALL, due_at=coming(2), duration_minutes=15)
    plan(house.owner, Links(ann), "Send the offer", due_at=coming(3), all_day=True)
    plan(house.owner, Links(ann), "Some day")
    plan(colleague, Links(ann), "A colleague's", due_at=coming(2))
    made = book(house.owner, meeting_kind(house.owner), coming(4), contact_id=ann, tell_guest=False)
    found = {str(one["SUMMARY"]): one for one in _feed(house, house.owner)}
    assert sorted(found) == ["Call: Ring Ann (Ann One)", "Showroom call with Ann One", "Task: Send the offer (Ann One)"]
    whole = found["Task: Send the offer (Ann One)"]
    assert whole.decoded("dtstart") == coming(3).date()
    assert whole.decoded("dtend") == coming(3).date() + dt.timedelta(days=1)
    call = found["Call: Ring Ann (Ann One)"]
    assert call.decoded("dtend") - call.decoded("dtstart") == dt.timedelta(minutes=15)
    execute(house.owner, commands.cancel_meeting, CancelMeeting(made.booking_id, made.version, tell_guest=False))
    off = next(one for one in _feed(house, house.owner) if one["SUMMARY"] == "Showroom call with Ann One")
    assert (off["STATUS"], off["SEQUENCE"]) == ("CANCELLED", 1)
    blind = house.member(Role.MEMBER, denials=("sales.read", "contacts.read"))
    assert _feed(house, blind, FeedScope.HOUSE) == []
