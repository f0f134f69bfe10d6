"""Activities and notes: planned, done, moved, logged; who may, and what two people at once see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import (
    AddNote,
    CompleteActivity,
    EditActivity,
    EditNote,
    LogActivity,
    NextStep,
    OneActivity,
    OneNote,
    PinNote,
    RescheduleActivity,
)
from eventos_core.crm.queries import ActivityFilter
from eventos_core.crm.queries.activities import Shown
from eventos_core.crm.rules.activities import ActivityFields, DueState, Links, Move
from eventos_core.db.registry import execute, read
from eventos_core.db.session import reading
from eventos_core.directory import commands as directory
from eventos_core.enums.crm import ActivityKind, ActivityOutcome
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import Credential
from eventos_core.kernel.errors import Conflict, EditConflict, InvalidInput, NotAllowedNow, NotFound, PermissionDenied
from eventos_core.kernel.permissions import Role
from eventos_core.operations import metrics
from eventos_core.operations.metrics import Scope
from eventos_core.operations.needs import Urgency, needs
from eventos_core.operations.trash import TrashFilter, trash
from tests.crm.deals import put_deal
from tests.crm.doing import activity_row, log, plan
from tests.directory.conftest import add_contact, add_organization, counted
from tests.support import TestHouse

pytestmark = pytest.mark.database
TwoHouses = tuple[TestHouse, TestHouse]


def _ago(**delta: float) -> dt.datetime:
    return clock.now() - dt.timedelta(**delta)


def _ann(house: TestHouse) -> Links:
    return Links(contact_id=add_contact(house.owner, "Ann", "One", phone="+33612345678"))


def test_planned_done_and_what_comes_next_in_one_go(house: TestHouse) -> None:
    links = _ann(house)
    made = plan(house.owner, links, "Call Ann", kind=ActivityKind.CALL, due_at=_ago(hours=1))
    row = activity_row(house.owner, made.activity_id)
    assert (row.owner_id, row.done_at) == (house.owner_member_id, None)
    step = NextStep("Send the offer", due_at=dt.datetime(2027, 1, 4, 9))
    done = execute(
        house.owner, commands.complete_activity,
        CompleteActivity(made.activity_id, made.version, ActivityOutcome.CONNECTED, " She is in. ", next_step=step),
    )  # fmt: skip
    row = activity_row(house.owner, made.activity_id)
    assert (row.outcome, row.outcome_note, row.done_by_id) == ("connected", "She is in.", house.owner_member_id)
    assert done.next_id is not None
    then = activity_row(house.owner, done.next_id)
    assert (then.contact_id, then.subject, then.all_day) == (links.contact_id, "Send the offer", True)
    with pytest.raises(NotAllowedNow):
        execute(house.owner, commands.complete_activity, CompleteActivity(made.activity_id, done.version))
    again = execute(house.owner, commands.reopen_activity, OneActivity(made.activity_id, done.version))
    row = activity_row(house.owner, made.activity_id)
    assert (row.done_at, row.outcome, row.version) == (None, None, again.version)


def test_a_next_step_that_is_wrong_leaves_nothing_done(house: TestHouse) -> None:
    made = plan(house.owner, _ann(house))
    with pytest.raises(InvalidInput):
        execute(
            house.owner, commands.complete_activity,
            CompleteActivity(made.activity_id, made.version, next_step=NextStep(" ")),
        )  # fmt: skip
    assert activity_row(house.owner, made.activity_id).done_at is None


def test_a_click_moves_it(house: TestHouse) -> None:
    made = plan(house.owner, _ann(house), due_at=_ago(days=3))
    before = activity_row(house.owner, made.activity_id)
    moved = execute(
        house.owner, commands.reschedule_activity, RescheduleActivity(made.activity_id, made.version, Move.TOMORROW)
    )
    after = activity_row(house.owner, made.activity_id)
    zone = clock.zone("Europe/Paris")
    assert before.due_at is not None
    assert after.due_at is not None
    assert after.due_at.astimezone(zone).date() == clock.now().astimezone(zone).date() + dt.timedelta(days=1)
    assert after.due_at.astimezone(zone).time() == before.due_at.astimezone(zone).time()
    with pytest.raises(EditConflict):
        execute(
            house.owner,
            commands.reschedule_activity,
            RescheduleActivity(made.activity_id, made.version, Move.NEXT_WEEK),
        )
    assert moved.version == made.version + 1


def test_two_who_edit_see_each_other(house: TestHouse) -> None:
    links = _ann(house)
    made = plan(house.owner, links)
    first = EditActivity(made.activity_id, made.version, ActivityFields(links, subject="Mine"))
    execute(house.member(Role.MANAGER, name="Max"), commands.edit_activity, first)
    with pytest.raises(EditConflict) as conflict:
        theirs = ActivityFields(links, subject="Yours", owner_id=house.owner_member_id)
        execute(house.owner, commands.edit_activity, EditActivity(made.activity_id, made.version, theirs))
    assert conflict.value.theirs["subject"] == "Mine"
    assert str(conflict.value.mine["owner"]).startswith("Claire")
    assert conflict.value.changed_by == "Max"


def test_the_same_request_twice_logs_once(house: TestHouse) -> None:
    links = _ann(house)
    given = LogActivity(links, ActivityKind.CALL, "Asked for the deck", outcome=ActivityOutcome.INTERESTED)
    first, second = (execute(house.owner, commands.log_activity, given, idempotency_key="one render") for _ in range(2))
    assert first == second
    assert len(read(house.owner, queries.activities).frame) == 1


def test_links_lead_to_what_is_there_and_in_use(two_houses: TwoHouses) -> None:
    ours, theirs = two_houses
    strange = add_contact(theirs.owner, "Ann", "One")
    gone = add_organization(ours.owner, "Atelier")
    execute(ours.owner, directory.archive_organizations, directory.ArchiveOrganizations((gone,)))
    kept = _ann(ours)
    for wrong, error in (
        (Links(), InvalidInput),
        (Links(contact_id=strange), NotFound),
        (Links(contact_id=kept.contact_id, organization_id=gone), InvalidInput),
        (Links(event_id=999), NotFound),
        (Links(sponsor_id=999), NotFound),
        (Links(opportunity_id=999), NotFound),
    ):
        with pytest.raises(error):
            plan(ours.owner, wrong)
        with pytest.raises(error):
            log(ours.owner, wrong)
        with pytest.raises(error):
            execute(ours.owner, commands.add_note, AddNote(wrong, "Text"))
    made = plan(ours.owner, kept)
    assert kept.contact_id is not None
    execute(ours.owner, directory.archive_contacts, directory.ArchiveContacts((kept.contact_id,)))
    again = ActivityFields(kept, subject="Still about who is archived")
    execute(ours.owner, commands.edit_activity, EditActivity(made.activity_id, made.version, again))


Writes = Callable[[Credential, Links, int, int, int, int], Any]
WRITES: dict[str, Writes] = {
    "plan_activity": lambda who, links, *_: plan(who, links),
    "log_activity": lambda who, links, *_: log(who, links),
    "edit_activity": lambda who, links, a, v, *_: execute(
        who, commands.edit_activity, EditActivity(a, v, ActivityFields(links, subject="Other"))
    ),
    "complete_activity": lambda who, links, a, v, *_: execute(who, commands.complete_activity, CompleteActivity(a, v)),
    "reopen_activity": lambda who, links, a, v, *_: execute(who, commands.reopen_activity, OneActivity(a, v)),
    "reschedule_activity": lambda who, links, a, v, *_: execute(
        who, commands.reschedule_activity, RescheduleActivity(a, v, Move.TOMORROW)
    ),
    "archive_activity": lambda who, links, a, v, *_: execute(who, commands.archive_activity, OneActivity(a, v)),
    "restore_activity": lambda who, links, a, v, *_: execute(who, commands.restore_activity, OneActivity(a, v)),
    "add_note": lambda who, links, *_: execute(who, commands.add_note, AddNote(links, "Likes the front row")),
    "edit_note": lambda who, links, a, v, n, w: execute(who, commands.edit_note, EditNote(n, w, "Other")),
    "pin_note": lambda who, links, a, v, n, w: execute(who, commands.pin_note, PinNote(n, w, True)),
    "archive_note": lambda who, links, a, v, n, w: execute(who, commands.archive_note, OneNote(n, w)),
    "restore_note": lambda who, links, a, v, n, w: execute(who, commands.restore_note, OneNote(n, w)),
}


@pytest.mark.parametrize("name", WRITES)
def test_contacts_are_written_about_by_all_who_write_contacts_and_deals_by_sellers(house: TestHouse, name: str) -> None:
    viewer, member = house.member(Role.VIEWER), house.member(Role.MEMBER)
    seller = house.member(Role.MEMBER, grants=("sales.write",))
    contact = add_contact(house.owner, "Ann", "One")
    about_person, about_deal = Links(contact), Links(contact, opportunity_id=put_deal(house.owner))

    def fresh(links: Links) -> tuple[Links, int, int, int, int]:
        made = plan(house.owner, links)
        note = execute(house.owner, commands.add_note, AddNote(links, "Text"))
        return links, made.activity_id, made.version, note.note_id, note.version

    run = WRITES[name]
    run(member, *fresh(about_person))
    run(seller, *fresh(about_deal))
    for who, links in ((viewer, about_person), (viewer, about_deal), (member, about_deal)):
        with pytest.raises(PermissionDenied):
            run(who, *fresh(links))


def test_a_deal_cannot_be_slipped_under_an_activity(house: TestHouse) -> None:
    member = house.member(Role.MEMBER)
    person = _ann(house)
    made = plan(member, person)
    deal = Links(person.contact_id, opportunity_id=put_deal(house.owner))
    with pytest.raises(PermissionDenied):
        execute(member, commands.edit_activity, EditActivity(made.activity_id, made.version, ActivityFields(deal)))


def test_who_may_not_read_deals_sees_nothing_about_them(house: TestHouse) -> None:
    blind = house.member(Role.MEMBER, denials=("sales.read",))
    person = _ann(house)
    about_deal = Links(person.contact_id, opportunity_id=put_deal(house.owner))
    open_one, hidden = plan(house.owner, person, "About Ann"), plan(house.owner, about_deal, "About the deal")
    note = execute(house.owner, commands.add_note, AddNote(about_deal, "Budget doubled"))
    gone = plan(house.owner, about_deal, "Archived")
    execute(house.owner, commands.archive_activity, OneActivity(gone.activity_id, gone.version))
    assert list(read(blind, queries.activities).frame["id"]) == [open_one.activity_id]
    assert read(blind, queries.activities_counted, ActivityFilter(), 10) == 1
    assert read(blind, queries.notes_of, "contacts", person.contact_id) == ()
    assert read(blind, trash, TrashFilter(kind="activities")).frame.empty
    for run in (
        lambda: read(blind, queries.activity, hidden.activity_id),
        lambda: read(blind, queries.note, note.note_id),
    ):
        with pytest.raises(NotFound):
            run()
    assert len(read(house.owner, queries.activities).frame) == 2
    assert len(read(house.owner, trash, TrashFilter(kind="activities")).frame) == 1


def test_my_day_in_two_queries(two_houses: TwoHouses) -> None:
    ours, theirs = two_houses
    links = _ann(ours)
    plan(theirs.owner, _ann(theirs), "Theirs", due_at=_ago(days=1))
    plan(ours.owner, links, "Late", kind=ActivityKind.CALL, due_at=_ago(days=1))
    plan(ours.owner, links, "Today", due_at=clock.now().astimezone(clock.zone("Europe/Paris")), all_day=True)
    plan(ours.owner, links, "Soon", due_at=clock.now() + dt.timedelta(days=3))
    plan(ours.owner, links, "Later", due_at=clock.now() + dt.timedelta(days=30))
    plan(ours.owner, links, "Some day")
    colleague = ours.member(Role.MANAGER)
    plan(colleague, links, "A colleague's", due_at=_ago(days=1))
    log(ours.owner, links)
    with counted() as sent:
        day = read(ours.owner, queries.my_day)
    assert len(sent) == 2
    assert list(day.overdue["subject"]) == ["Late"]
    assert list(day.overdue["phone"]) == ["+33612345678"]
    assert list(day.due_today["subject"]) == ["Today"]
    assert list(day.soon["subject"]) == ["Soon"]
    assert list(day.undated["subject"]) == ["Some day"]
    assert (day.done_today, day.more) == (1, False)


def test_the_list_is_filtered_paged_and_counted(house: TestHouse) -> None:
    links = _ann(house)
    for number in range(5):
        plan(house.owner, links, f"Call number {number}", kind=ActivityKind.CALL, due_at=_ago(days=number + 1))
    log(house.owner, links, ActivityKind.EMAIL, subject="Sent the deck", outcome=ActivityOutcome.DONE)
    late = ActivityFilter(show=Shown.OVERDUE, q="call number")
    with counted() as sent:
        first = read(house.owner, queries.activities, late, size=3)
    assert len(sent) == 1
    assert list(first.frame["subject"]) == ["Call number 4", "Call number 3", "Call number 2"]
    rest = read(house.owner, queries.activities, late, cursor=first.next, size=3)
    assert list(rest.frame["subject"]) == ["Call number 1", "Call number 0"]
    assert read(house.owner, queries.activities_counted, late, 4) == 4
    done = read(house.owner, queries.activities, ActivityFilter(show=Shown.DONE)).frame
    assert list(done["subject"]) == ["Sent the deck"]
    assert done["state"].isna().all()
    by_outcome = ActivityFilter(
        outcome=(ActivityOutcome.DONE,), kind=(ActivityKind.EMAIL,), owner=house.owner_member_id
    )
    assert len(read(house.owner, queries.activities, by_outcome).frame) == 1
    today = clock.now().astimezone(clock.zone("Europe/Paris")).date()
    assert len(read(house.owner, queries.activities, ActivityFilter(since=today, until=today)).frame) == 1
    month = read(house.owner, queries.activity_calendar, _ago(days=3.5), clock.now() + dt.timedelta(days=1))
    assert len(month) == 4


def test_one_activity_says_what_it_is_about_in_two_queries(house: TestHouse) -> None:
    links = Links(_ann(house).contact_id, organization_id=add_organization(house.owner, "Atelier"))
    made = plan(house.owner, links, due_at=_ago(minutes=1))
    with counted() as sent:
        one = read(house.owner, queries.activity, made.activity_id)
    assert len(sent) == 2
    assert one.names == {"contact_id": "Ann One", "organization_id": "Atelier"}
    assert (one.state, one.phone, one.fields.links) == (DueState.OVERDUE, "+33612345678", links)


def test_figures_count_what_is_due(two_houses: TwoHouses) -> None:
    ours, theirs = two_houses
    plan(theirs.owner, _ann(theirs), due_at=_ago(days=1))
    links = _ann(ours)
    done = plan(ours.owner, links, due_at=_ago(days=1))
    plan(ours.owner, links, due_at=_ago(days=1))
    plan(ours.owner, links, due_at=clock.now(), all_day=True)
    before = clock.now()
    execute(ours.owner, commands.complete_activity, CompleteActivity(done.activity_id, done.version))

    def value(key: str, **scope: Any) -> Any:
        with reading(ours.owner) as db:
            return metrics.figure(db, key, Scope(**scope)).value

    mine = {"owner_id": ours.owner_member_id}
    assert (value("activities_due", **mine), value("activities_overdue", **mine)) == (2, 1)
    assert (value("activities_due", as_of=before), value("activities_overdue", as_of=before)) == (3, 2)
    assert value("activities_due", owner_id=0) == 0


def test_home_asks_for_what_is_due(house: TestHouse) -> None:
    links = _ann(house)
    late = plan(house.owner, links, "Send the offer", due_at=_ago(days=2))
    plan(house.owner, links, "Call", kind=ActivityKind.CALL, due_at=clock.now(), all_day=True)
    found = [need for need in read(house.owner, needs) if need.page == "sales_activities"]
    assert [(need.title, need.urgency) for need in found] == [
        ("Task: Send the offer (Ann One)", Urgency.LATE), ("Call (Ann One)", Urgency.TODAY),
    ]  # fmt: skip
    assert found[0].parameters == {"activity": str(late.activity_id)}
    for number in range(8):
        plan(house.owner, links, f"More {number}", due_at=_ago(days=1))
    titles = [need.title for need in read(house.owner, needs, limit=50) if need.page == "sales_activities"]
    assert titles[-1] == "4 more activities due"
    assert not [one for one in read(house.member(Role.VIEWER), needs) if one.page == "sales_activities"]


def test_notes_are_pinned_edited_and_put_away(house: TestHouse) -> None:
    links = _ann(house)
    first = execute(house.owner, commands.add_note, AddNote(links, " Front row, always. "))
    execute(house.owner, commands.add_note, AddNote(links, "Second"))
    pinned = execute(house.owner, commands.pin_note, PinNote(first.note_id, first.version, True))
    shown = read(house.owner, queries.notes_of, "contacts", links.contact_id)
    assert [(note.body, note.pinned) for note in shown] == [("Front row, always.", True), ("Second", False)]
    edited = execute(house.owner, commands.edit_note, EditNote(first.note_id, pinned.version, "Third row"))
    with pytest.raises(EditConflict):
        execute(house.owner, commands.edit_note, EditNote(first.note_id, pinned.version, "Fourth row"))
    with pytest.raises(InvalidInput):
        execute(house.owner, commands.edit_note, EditNote(first.note_id, edited.version, "  "))
    gone = execute(house.owner, commands.archive_note, OneNote(first.note_id, edited.version))
    assert len(read(house.owner, queries.notes_of, "contacts", links.contact_id)) == 1
    with pytest.raises(Conflict):
        execute(house.owner, commands.pin_note, PinNote(first.note_id, gone.version, False))
    execute(house.owner, commands.restore_note, OneNote(first.note_id, gone.version))
    assert read(house.owner, queries.note, first.note_id).archived_at is None


def test_an_archived_activity_comes_back(house: TestHouse) -> None:
    made = plan(house.owner, _ann(house))
    gone = execute(house.owner, commands.archive_activity, OneActivity(made.activity_id, made.version))
    assert read(house.owner, queries.activities).frame.empty
    assert len(read(house.owner, queries.activities, ActivityFilter(archived=True)).frame) == 1
    with pytest.raises(Conflict):
        execute(house.owner, commands.complete_activity, CompleteActivity(made.activity_id, gone.version))
    execute(house.owner, commands.restore_activity, OneActivity(made.activity_id, gone.version))
    assert len(read(house.owner, queries.activities).frame) == 1
