"""The trash: what is archived, by whom, who sees it, and bringing several records back at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from eventos_core.crm import commands as crm
from eventos_core.crm.commands import AddNote, PlanActivity, meeting_types, pipelines
from eventos_core.crm.commands.meeting_types import AddMeetingType
from eventos_core.crm.commands.pipelines import AddPipeline
from eventos_core.crm.rules.activities import ActivityFields, Links
from eventos_core.crm.rules.meeting_types import MeetingTypeFields
from eventos_core.db.registry import execute, read
from eventos_core.db.session import reading, unit_of_work
from eventos_core.directory import commands as directory
from eventos_core.directory.rules.contacts import ContactFields
from eventos_core.directory.rules.organizations import OrganizationFields
from eventos_core.enums.events import EventStatus
from eventos_core.events import commands as events
from eventos_core.kernel.errors import Conflict, InvalidInput, PermissionDenied
from eventos_core.kernel.permissions import Role
from eventos_core.models.operations import AuditEntry
from eventos_core.operations import trash
from eventos_core.operations.files import commands as files
from eventos_core.operations.files.commands import StoreFile
from eventos_core.operations.imports.commands import UploadImport, upload_import
from eventos_core.operations.trash import RestoreArchived, TrashFilter, TrashItem
from tests.crm.deals import lost_reason, put_deal, stages
from tests.directory.conftest import add_contact, add_organization, counted
from tests.events import rows
from tests.operations.files_support import picture
from tests.support import TestHouse

pytestmark = pytest.mark.database
VERSION = 1


@dataclass(frozen=True)
class Made:
    """One archived record of each kind, by table."""

    ids: dict[str, int]
    venue_id: int
    hall_id: int
    """The venue of the space: in use."""
    event: rows.EventSaved


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files go to a folder of the test's own."""
    monkeypatch.setenv("EVENTOS_FILES_DIR", str(tmp_path))


def archive(house: TestHouse, table: str, row_id: int, *, who: Any = None) -> None:
    with unit_of_work(who or house.owner) as db:
        db.execute(text(f"update {table} set archived_at = clock_timestamp() where id = :i"), {"i": row_id})


def one_of_each(house: TestHouse) -> Made:
    venue = rows.add_venue(house.owner, "Palais de Tokyo", city="Paris")
    hall = rows.add_venue(house.owner, "Halle")
    space = rows.add_space(house.owner, hall.venue_id, "Nef")
    event = rows.add_event(house.owner, "Été Show", season="SS27")
    ids = {
        "contacts": add_contact(house.owner, "Ann", "Éclair", city="Lyon"),
        "organizations": add_organization(house.owner, "Maison Noire"),
        "events": event.event_id,
        "venues": venue.venue_id,
        "venue_spaces": space.space_id,
        "media_assets": execute(house.owner, files.store_file, StoreFile("look.png", picture())).asset_id,
        **sales_settings(house),
        **sold(house),
    }
    for table, row_id in ids.items():
        archive(house, table, row_id)
    return Made(ids, venue.venue_id, hall.venue_id, event)


def sold(house: TestHouse) -> dict[str, int]:
    """A deal, and something planned and noted about it."""
    deal = put_deal(house.owner, "Front row", stage="New")
    links = Links(opportunity_id=deal)
    planned = PlanActivity(ActivityFields(links, subject="Call"))
    return {
        "opportunities": deal,
        "activities": execute(house.owner, crm.plan_activity, planned).activity_id,
        "notes": execute(house.owner, crm.add_note, AddNote(links, "Wants the first row")).note_id,
    }


def sales_settings(house: TestHouse) -> dict[str, int]:
    """One of each kind of what the house sells with."""
    pipeline = execute(house.owner, pipelines.add_pipeline, AddPipeline("Renewals")).pipeline_id
    fields = MeetingTypeFields("Showroom", 30)
    return {
        "sales_stages": stages(house.owner)["Proposal"],
        "sales_pipelines": pipeline,
        "lost_reasons": lost_reason(house.owner),
        "meeting_types": execute(house.owner, meeting_types.add_meeting_type, AddMeetingType(fields)).meeting_type_id,
    }


def items(house: TestHouse, **wanted: Any) -> list[TrashItem]:
    frame = read(house.owner, trash.trash, TrashFilter(**wanted)).frame
    return [TrashItem(str(kind), int(row), int(version)) for kind, row, version in
            zip(frame["kind"], frame["id"], frame["version"], strict=True)]  # fmt: skip


@pytest.mark.usefixtures("place")
def test_every_kind_is_there_with_who_and_where(two_houses: tuple[TestHouse, TestHouse]) -> None:
    ours, other = two_houses
    one_of_each(other)
    made = one_of_each(ours)
    with counted() as sent:
        found = read(ours.owner, trash.trash).frame
    assert len(sent) == 1
    assert dict(zip(found["kind"], found["id"], strict=True)) == made.ids
    assert list(made.ids) == list(found["kind"][::-1])  # the last archived first
    assert set(made.ids) == set(trash.kinds())
    assert set(found["archived_by"]) == {"Claire Aurore"}
    by_kind = found.set_index("kind")
    assert by_kind.loc["events", "context"] == "SS27, 2027-03-06"
    assert by_kind.loc["events", "link"] == "ete-show"
    assert by_kind.loc["venue_spaces", "context"] == "Halle"
    assert by_kind.loc["contacts", "link"] == str(made.ids["contacts"])


@pytest.mark.usefixtures("place")
def test_it_is_searched_narrowed_and_paged(house: TestHouse) -> None:
    one_of_each(house)
    assert [one.kind for one in items(house, q="ECLAIR ann")] == ["contacts"]
    assert [one.kind for one in items(house, q="ete")] == ["events"]
    assert [one.kind for one in items(house, kind="venues")] == ["venues"]
    assert items(house, q="nothing of the kind") == items(house, kind="no_such_kind") == []
    first = read(house.owner, trash.trash, size=6)
    second = read(house.owner, trash.trash, cursor=first.next, size=6)
    back = read(house.owner, trash.trash, cursor=second.previous, size=6)
    assert [len(page.frame) for page in (first, second, back)] == [6, 6, 6]
    assert list(back.frame["kind"]) == list(first.frame["kind"])
    assert not set(first.frame["kind"]) & set(second.frame["kind"])
    assert read(house.owner, trash.trash_counted, TrashFilter(), 5) == 5


@pytest.mark.usefixtures("place")
def test_one_sees_the_kinds_that_one_may_read(house: TestHouse) -> None:
    one_of_each(house)
    door = house.member(Role.VIEWER, denials=("contacts.read", "promote.read", "sales.read"))
    assert set(read(door, trash.trash).frame["kind"]) == {"events", "venues", "venue_spaces"}
    nothing = house.member(
        Role.VIEWER,
        name="No One",
        denials=("contacts.read", "promote.read", "events.read", "venues.read", "sales.read"),
    )
    assert read(nothing, trash.trash).frame.empty


@pytest.mark.usefixtures("place")
def test_all_of_them_come_back_at_once(house: TestHouse) -> None:
    made = one_of_each(house)
    asked = items(house)
    done = execute(house.owner, trash.restore_archived, RestoreArchived(tuple(asked)))
    assert [(one.kind, one.restored) for one in done.verdicts] == [(item.kind, True) for item in asked]
    assert {one.name for one in done.verdicts} >= {"Ann Éclair", "Palais de Tokyo"}
    assert items(house) == []
    with reading(house.owner) as db:
        for table, row_id in made.ids.items():
            assert db.scalar(text(f"select archived_at is null from {table} where id = :i"), {"i": row_id})


def test_what_stands_in_the_way_of_one_stops_no_other(house: TestHouse) -> None:
    venue = rows.add_venue(house.owner, "Halle")
    space = rows.add_space(house.owner, venue.venue_id, "Nef")
    contact = add_contact(house.owner, "Ann", "One")
    gone = add_contact(house.owner, "Gone", "Already")
    for table, row_id in (("venue_spaces", space.space_id), ("venues", venue.venue_id), ("contacts", contact)):
        archive(house, table, row_id)
    by_kind = {one.kind: one for one in items(house)}
    stale = TrashItem("contacts", gone, 99)
    done = execute(
        house.owner, trash.restore_archived,
        RestoreArchived((by_kind["venue_spaces"], by_kind["contacts"], TrashItem("venues", 999_999, 1), stale)),
    )  # fmt: skip
    told = {(one.kind, one.id): (one.restored, one.message) for one in done.verdicts}
    assert told["contacts", contact] == (True, "")
    restored, message = told["venue_spaces", space.space_id]
    assert not restored
    assert message == "The venue “Halle” is archived. Restore it first."
    assert told["venues", 999_999] == (False, "It does not exist any more.")
    both = RestoreArchived((by_kind["venue_spaces"], by_kind["venues"]))
    assert all(one.restored for one in execute(house.owner, trash.restore_archived, both).verdicts)


def test_a_record_changed_meanwhile_stays_with_the_reason(house: TestHouse) -> None:
    contact = add_contact(house.owner, "Ann", "One")
    archive(house, "contacts", contact)
    asked = items(house)
    with unit_of_work(house.owner) as db:
        db.execute(text("update contacts set tags = '{new}' where id = :i"), {"i": contact})
    verdict = execute(house.owner, trash.restore_archived, RestoreArchived(tuple(asked))).verdicts[0]
    assert not verdict.restored
    assert "changed this contact meanwhile" in verdict.message


def test_one_that_may_not_be_restored_stops_all_and_is_audited(house: TestHouse) -> None:
    contact, event = add_contact(house.owner, "Ann", "One"), rows.add_event(house.owner)
    archive(house, "contacts", contact)
    archive(house, "events", event.event_id)
    member = house.member(Role.MEMBER)
    asked = tuple(items(house))
    with pytest.raises(PermissionDenied, match="event"):
        execute(member, trash.restore_archived, RestoreArchived(asked))
    assert len(items(house)) == 2
    with reading(house.owner) as db:
        denied = db.scalars(select(AuditEntry).where(AuditEntry.action == "denied")).all()
    assert len(denied) == 1
    only = RestoreArchived(tuple(item for item in asked if item.kind == "contacts"))
    assert execute(member, trash.restore_archived, only).verdicts[0].restored


@pytest.mark.parametrize(
    "given", [(), (TrashItem("users", 1, 1),), tuple(TrashItem("contacts", n, 1) for n in range(101))]
)
def test_what_the_trash_never_held_is_refused(house: TestHouse, given: tuple[TrashItem, ...]) -> None:
    with pytest.raises(InvalidInput):
        execute(house.owner, trash.restore_archived, RestoreArchived(given))


def test_another_house_s_record_does_not_come_back(two_houses: tuple[TestHouse, TestHouse]) -> None:
    ours, other = two_houses
    contact = add_contact(other.owner, "Ann", "One")
    archive(other, "contacts", contact)
    verdict = execute(ours.owner, trash.restore_archived, RestoreArchived(tuple(items(other)))).verdicts[0]
    assert not verdict.restored
    assert "Ann" not in verdict.name
    assert len(items(other)) == 1


def test_a_merged_contact_is_no_trash(house: TestHouse) -> None:
    winner, loser = add_contact(house.owner, "Ann", "One"), add_contact(house.owner, "Ann", "Two")
    with unit_of_work(house.owner) as db:
        db.execute(
            text("update contacts set archived_at = now(), merged_into_id = :w where id = :i"),
            {"i": loser, "w": winner},
        )
    assert items(house) == []


Write = tuple[Callable[..., Any], Callable[[Made, TestHouse], Any]]
WRITES: list[Write] = [
    (directory.edit_contact, lambda m, _: directory.EditContact(
        m.ids["contacts"], VERSION, ContactFields(first_name="New"))),
    (directory.edit_organization, lambda m, _: directory.EditOrganization(
        m.ids["organizations"], VERSION, OrganizationFields(name="New"))),
    (events.change_event_status, lambda m, _: events.ChangeEventStatus(
        m.event.event_id, m.event.version, EventStatus.PLANNED)),
    (events.add_session, lambda m, _: events.AddSession(
        m.event.event_id, "Talk", rows.at(10), rows.at(11))),
    (events.edit_event, lambda m, house: rows.edit_of(house.owner, m.event.event_id, name="New")),
    (events.edit_venue, lambda m, _: events.EditVenue(m.venue_id, VERSION, events.AddVenue("New"))),
    (events.add_space, lambda m, _: events.AddSpace(m.venue_id, "New")),
    (events.edit_space, lambda m, _: events.EditSpace(
        m.ids["venue_spaces"], VERSION, events.AddSpace(m.hall_id, "New"))),
    (files.edit_media, lambda m, _: files.EditMedia(m.ids["media_assets"], VERSION, files.MediaFields(title="New"))),
    (files.replace_file, lambda m, _: files.ReplaceFile(
        m.ids["media_assets"], VERSION, "new.png", picture(size=(9, 9)))),
    (upload_import, lambda m, _: UploadImport(
        "sessions", "p.csv", b"Title,Start\nTalk,2027-03-06 10:00\n", "ete-show")),
]  # fmt: skip


@pytest.mark.usefixtures("place")
def test_what_is_archived_is_not_chosen(house: TestHouse) -> None:
    made = one_of_each(house)
    space = rows.add_space(house.owner, rows.add_venue(house.owner, "Loft").venue_id, "Atelier")
    with reading(house.owner) as db:
        loft = int(db.scalar(text("select venue_id from venue_spaces where id = :i"), {"i": space.space_id}) or 0)
    archive(house, "venues", loft)
    event = rows.add_event(house.owner, "Other")
    for given in (
        {"space_id": made.ids["venue_spaces"]},
        {"space_id": space.space_id},
        {"host_contact_ids": (made.ids["contacts"],)},
        {"host_organization_ids": (made.ids["organizations"],)},
    ):
        with pytest.raises(InvalidInput, match=r"archived|out of use"):
            rows.add_session(house.owner, event.event_id, **given)
    with pytest.raises(InvalidInput, match="archived"):
        rows.add_event(house.owner, "New", venue_id=made.venue_id)
    with pytest.raises(InvalidInput):
        add_contact(house.owner, "New", "One", organization_id=made.ids["organizations"])


@pytest.mark.usefixtures("place")
def test_what_is_archived_is_read_only(house: TestHouse) -> None:
    made = one_of_each(house)
    for command, given in WRITES:
        with pytest.raises(Conflict, match="archived"):
            execute(house.owner, command, given(made, house))
