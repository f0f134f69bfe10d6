"""Creating, listing, editing, publishing and archiving events, on a real database as the app's login."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.db.session import reading
from eventos_core.enums.events import EventKind, EventStatus
from eventos_core.events import commands, queries
from eventos_core.events.commands import ArchiveEvent, ChangeEventStatus, CreateEvent
from eventos_core.kernel.errors import (
    AlreadyExists,
    Conflict,
    EditConflict,
    InvalidInput,
    NotAllowedNow,
    NotFound,
    PermissionDenied,
)
from eventos_core.kernel.permissions import Role
from eventos_core.operations import metrics
from eventos_core.operations.metrics import Scope
from eventos_core.operations.needs import needs
from tests.directory.conftest import add_organization, counted
from tests.events.conftest import Stage
from tests.events.rows import PARIS, add_event, add_session, add_venue, at, edit_of, names, step_to
from tests.support import TestHouse

pytestmark = pytest.mark.database
S = EventStatus
Houses = tuple[TestHouse, TestHouse]


def test_new_event_is_a_draft_of_its_creator_in_the_first_stage(house: TestHouse) -> None:
    saved = add_event(house.owner, season=" SS27 ", tags=("Runway ", "runway"))
    detail = read(house.owner, queries.event, saved.slug)
    assert (detail.status, detail.stage, detail.owner_id) == (S.DRAFT, "Idea", house.owner_member_id)
    assert (detail.season, detail.tags, detail.currency) == ("SS27", ("runway",), "EUR")
    assert detail.starts_at == dt.datetime(2027, 3, 6, 18, 30, tzinfo=dt.UTC)


def test_times_are_read_on_the_clock_of_the_chosen_zone(house: TestHouse) -> None:
    saved = add_event(house.owner, timezone="America/New_York")
    assert read(house.owner, queries.event, saved.slug).starts_at == dt.datetime(2027, 3, 7, 0, 30, tzinfo=dt.UTC)


def test_two_events_of_one_name_get_two_links(house: TestHouse) -> None:
    assert [add_event(house.owner).slug for _ in range(3)] == ["ss27-show", "ss27-show-2", "ss27-show-3"]


def test_taken_link_name_is_refused_and_free_in_the_other_house(two_houses: Houses) -> None:
    first, second = two_houses
    add_event(first.owner, slug="show")
    with pytest.raises(AlreadyExists):
        add_event(first.owner, slug="show")
    assert add_event(second.owner, slug="show").slug == "show"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "  "}, "name"),
        ({"ends_at": at(19)}, "ends_at"),
        ({"capacity": 0}, "capacity"),
        ({"season": "x" * 41}, "season"),
        ({"currency": "XXXX"}, "currency"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"slug": "Not a slug"}, "slug"),
    ],
)
def test_wrong_fields_are_named(house: TestHouse, change: dict[str, object], field: str) -> None:
    given = CreateEvent(name="Show", starts_at=at(19, 30), ends_at=at(23), timezone=PARIS)
    with pytest.raises(InvalidInput) as error:
        execute(house.owner, commands.create_event, replace(given, **change))  # type: ignore[arg-type]
    assert field in error.value.fields


def test_same_form_sent_twice_makes_one_event(house: TestHouse) -> None:
    given = CreateEvent(name="Show", starts_at=at(19, 30), ends_at=at(23), timezone=PARIS)
    first = execute(house.owner, commands.create_event, given, idempotency_key="form-1")
    assert execute(house.owner, commands.create_event, given, idempotency_key="form-1") == first
    assert names(house.owner) == ["Show"]


def test_other_house_sees_and_changes_nothing(two_houses: Houses) -> None:
    first, second = two_houses
    saved, venue = add_event(first.owner), add_venue(first.owner)
    assert names(second.owner) == []
    assert read(second.owner, queries.event_counts) == {}
    with pytest.raises(NotFound):
        read(second.owner, queries.event, saved.slug)
    with pytest.raises(NotFound):
        execute(second.owner, commands.archive_event, ArchiveEvent(saved.event_id, 1))
    with pytest.raises(NotFound):
        add_event(second.owner, venue_id=venue.venue_id)


def test_edit_saves_every_field_of_the_form(house: TestHouse) -> None:
    saved = add_event(house.owner)
    host = add_organization(house.owner, "Doré Parfums")
    changed = {
        "name": "SS27 Show, Paris", "slug": "ss27-paris", "kind": EventKind.GALA, "season": "SS27", "series": "Show",
        "doors_at": at(18, 45), "assets_due_at": at(12, days=-10), "host_organization_id": host, "capacity": 600,
        "target_attendance": 500, "target_revenue_minor": 12_000_00, "budget_minor": 0, "dress_code": "Black tie",
        "tagline": "One night", "description": "**Bold**", "internal_notes": "Quiet", "website": "https://a.example",
        "tags": ("b", "A"),
    }  # fmt: skip
    done = execute(house.owner, commands.edit_event, edit_of(house.owner, saved.event_id, **changed))
    detail = read(house.owner, queries.event, done.slug)
    for name in changed.keys() - {"tags", "doors_at", "assets_due_at"}:
        assert getattr(detail, name) == changed[name], name
    assert (detail.tags, detail.host, detail.version) == (("a", "b"), "Doré Parfums", 2)
    assert detail.doors_at == dt.datetime(2027, 3, 6, 17, 45, tzinfo=dt.UTC)


def test_saving_an_unchanged_form_changes_nothing(house: TestHouse) -> None:
    saved = add_event(house.owner)
    assert execute(house.owner, commands.edit_event, edit_of(house.owner, saved.event_id)).version == saved.version


def test_edit_over_another_edit_shows_both_in_words(house: TestHouse) -> None:
    saved, venue = add_event(house.owner), add_venue(house.owner, "Palais")
    mine = edit_of(house.owner, saved.event_id, venue_id=venue.venue_id, starts_at=at(20), name="Mine")
    member = house.member(Role.MEMBER, name="Ben Adler")
    execute(member, commands.edit_event, edit_of(member, saved.event_id, name="Theirs"))
    with pytest.raises(EditConflict) as error:
        execute(house.owner, commands.edit_event, mine)
    conflict = error.value
    assert conflict.message.startswith("Ben Adler changed this event")
    assert conflict.mine == {"name": "Mine", "venue": "Palais", "starts": "Sat 06 Mar 2027, 20:00"}
    assert conflict.theirs == {"name": "Theirs", "venue": None, "starts": "Sat 06 Mar 2027, 19:30"}
    assert names(house.owner) == ["Theirs"]


def test_archived_venue_cannot_be_chosen_but_may_stay(house: TestHouse) -> None:
    venue = add_venue(house.owner)
    old = add_event(house.owner, starts_at=at(19, days=-900), ends_at=at(20, days=-900), venue_id=venue.venue_id)
    execute(house.owner, commands.archive_venue, commands.ArchiveVenue(venue.venue_id, venue.version))
    execute(house.owner, commands.edit_event, edit_of(house.owner, old.event_id, name="As it was"))
    with pytest.raises(InvalidInput) as error:
        add_event(house.owner, venue_id=venue.venue_id)
    assert "venue_id" in error.value.fields


def test_steps_keep_their_moments_and_stages(house: TestHouse) -> None:
    saved = add_event(house.owner, starts_at=at(19, days=-400), ends_at=at(23, days=-400))
    planned = step_to(house.owner, saved, S.PLANNED)
    assert read(house.owner, queries.event, saved.slug).published_at is None
    live = step_to(house.owner, planned, S.ON_SALE, S.LIVE)
    assert read(house.owner, queries.event, saved.slug).published_at is not None
    step_to(house.owner, live, S.COMPLETED)
    detail = read(house.owner, queries.event, saved.slug)
    assert (detail.status, detail.stage) == (S.COMPLETED, "Wrapped")


def test_cancelling_asks_for_the_reason(house: TestHouse) -> None:
    saved = add_event(house.owner)
    with pytest.raises(InvalidInput) as error:
        step_to(house.owner, saved, S.CANCELLED, reason=" ")
    assert "reason" in error.value.fields
    step_to(house.owner, saved, S.CANCELLED, reason="Venue flooded")
    detail = read(house.owner, queries.event, saved.slug)
    assert (detail.status, detail.cancel_reason, detail.stage) == (S.CANCELLED, "Venue flooded", "Cancelled")


def test_closed_steps_are_refused(house: TestHouse) -> None:
    saved = add_event(house.owner)
    for status in (S.ON_SALE, S.LIVE, S.COMPLETED, S.DRAFT):
        with pytest.raises(NotAllowedNow):
            step_to(house.owner, saved, status)


def test_step_on_an_older_version_is_a_conflict(house: TestHouse) -> None:
    saved = add_event(house.owner)
    execute(house.owner, commands.edit_event, edit_of(house.owner, saved.event_id, name="Newer"))
    with pytest.raises(EditConflict):
        execute(house.owner, commands.change_event_status, ChangeEventStatus(saved.event_id, 1, S.PLANNED))


def test_member_plans_but_does_not_publish(house: TestHouse) -> None:
    member = house.member(Role.MEMBER)
    planned = step_to(member, add_event(member), S.PLANNED)
    with pytest.raises(PermissionDenied) as denied:
        step_to(member, planned, S.ON_SALE)
    assert denied.value.permission == "events.publish"
    assert step_to(house.member(Role.MANAGER), planned, S.ON_SALE).version == 3


def test_viewer_reads_and_writes_nothing(house: TestHouse) -> None:
    saved, viewer = add_event(house.owner), house.member(Role.VIEWER)
    assert names(viewer) == ["SS27 Show"]
    with pytest.raises(PermissionDenied):
        add_event(viewer)
    with pytest.raises(PermissionDenied):
        execute(viewer, commands.edit_event, edit_of(viewer, saved.event_id, name="Mine"))
    with pytest.raises(PermissionDenied):
        execute(viewer, commands.archive_event, ArchiveEvent(saved.event_id, saved.version))


def test_without_the_permission_to_read_nothing_is_read(house: TestHouse) -> None:
    nobody = house.member(Role.MEMBER, denials=("events.read",))
    for query in (queries.events, queries.event_counts, queries.season_names, queries.stages, queries.event_tags):
        with pytest.raises(PermissionDenied):
            read(nobody, query)  # type: ignore[arg-type]


def test_archived_event_leaves_lists_is_read_only_and_comes_back(house: TestHouse) -> None:
    saved = add_event(house.owner)
    archived = execute(house.owner, commands.archive_event, ArchiveEvent(saved.event_id, saved.version))
    assert (names(house.owner), names(house.owner, archived=True)) == ([], ["SS27 Show"])
    with pytest.raises(Conflict):
        execute(house.owner, commands.edit_event, edit_of(house.owner, saved.event_id, name="Later"))
    with pytest.raises(Conflict):
        add_session(house.owner, saved.event_id)
    execute(house.owner, commands.restore_event, ArchiveEvent(saved.event_id, archived.version))
    assert names(house.owner) == ["SS27 Show"]


def test_event_on_sale_is_not_archived(house: TestHouse) -> None:
    saved = step_to(house.owner, add_event(house.owner), S.PLANNED, S.ON_SALE)
    with pytest.raises(Conflict):
        execute(house.owner, commands.archive_event, ArchiveEvent(saved.event_id, saved.version))


def test_filters_narrow_the_list(house: TestHouse) -> None:
    venue = add_venue(house.owner)
    show = add_event(house.owner, "Défilé d'été", season="SS27", venue_id=venue.venue_id, tags=("runway",))
    step_to(house.owner, show, S.PLANNED)
    add_event(house.owner, "Press day", kind=EventKind.PRESS_DAY, starts_at=at(10, days=1), ends_at=at(18, days=1))
    add_event(house.owner, "Old gala", kind=EventKind.GALA, starts_at=at(19, days=-800), ends_at=at(23, days=-800))
    assert names(house.owner) == ["Old gala", "Défilé d'été", "Press day"]
    assert names(house.owner, latest_first=True) == ["Press day", "Défilé d'été", "Old gala"]
    assert names(house.owner, q="defile ETE") == ["Défilé d'été"]
    assert names(house.owner, q="ss27") == ["Défilé d'été"]
    assert names(house.owner, status=(S.PLANNED,)) == ["Défilé d'été"]
    assert names(house.owner, kind=(EventKind.GALA, EventKind.PRESS_DAY)) == ["Old gala", "Press day"]
    assert names(house.owner, season="SS27") == names(house.owner, venue_id=venue.venue_id) == ["Défilé d'été"]
    assert names(house.owner, tag="Runway") == ["Défilé d'été"]
    assert names(house.owner, owner_id=house.owner_member_id + 1_000) == []
    assert names(house.owner, when="past") == ["Old gala"]
    assert names(house.owner, when="upcoming") == ["Défilé d'été", "Press day"]
    assert read(house.owner, queries.event_counts) == {"planned": 1, "draft": 2}
    assert read(house.owner, queries.season_names) == ["SS27"]
    assert read(house.owner, queries.event_tags) == ["runway"]


def test_pages_of_the_list_lead_there_and_back(house: TestHouse) -> None:
    for number in range(7):
        add_event(house.owner, f"Show {number}", starts_at=at(19, days=number // 2), ends_at=at(23, days=number // 2))
    seen, cursor = [], None
    while True:
        found = read(house.owner, queries.events, None, cursor=cursor, size=3)
        seen += list(found.frame["name"])
        if found.next is None:
            break
        cursor = found.next
    assert seen == [f"Show {number}" for number in range(7)]
    back = read(house.owner, queries.events, None, cursor=found.previous, size=3)
    assert list(back.frame["name"]) == ["Show 3", "Show 4", "Show 5"]
    with pytest.raises(InvalidInput):
        read(house.owner, queries.events, None, cursor="damaged")


def test_list_calendar_and_workspace_take_one_query_each(stage: Stage) -> None:
    for number in range(5):
        add_session(stage.owner, stage.event_id, f"Talk {number}")
    first, last = dt.datetime(2027, 3, 1, tzinfo=dt.UTC), dt.datetime(2027, 4, 1, tzinfo=dt.UTC)
    for ask in (
        lambda: read(stage.owner, queries.events),
        lambda: read(stage.owner, queries.calendar, first, last),
        lambda: read(stage.owner, queries.event, stage.event_id),
        lambda: read(stage.owner, queries.event_counts),
    ):
        with counted() as sent:
            ask()
        assert len(sent) == 1
    assert list(read(stage.owner, queries.events).frame["sessions"]) == [5]


def test_calendar_holds_what_touches_the_period(house: TestHouse) -> None:
    add_event(house.owner, "Before", starts_at=at(10, days=-9), ends_at=at(12, days=-9))
    add_event(house.owner, "Across", starts_at=at(10, days=-2), ends_at=at(12, days=2))
    add_event(house.owner, "After", starts_at=at(10, days=9), ends_at=at(12, days=9))
    gone = add_event(house.owner, "Archived")
    execute(house.owner, commands.archive_event, ArchiveEvent(gone.event_id, gone.version))
    first, last = (dt.datetime(2027, 3, day, tzinfo=dt.UTC) for day in (6, 8))
    assert list(read(house.owner, queries.calendar, first, last)["name"]) == ["Across"]
    narrowed = queries.EventFilter(q="nothing")
    assert read(house.owner, queries.calendar, first, last, narrowed).empty


def test_figures_count_one_house_only(two_houses: Houses) -> None:
    first, second = two_houses
    saved = add_event(first.owner)
    host = add_organization(first.owner, "Doré")
    add_session(first.owner, saved.event_id, host_organization_ids=(host,))
    add_session(first.owner, saved.event_id, "Open end", ends_at=None, starts_at=at(12), location_text="Hall")
    wanted = {
        "events_ahead": (1, 0), "sessions_planned": (2, 0), "sessions_incomplete": (2, 0), "hosts_engaged": (1, 0),
    }  # fmt: skip
    for house, position in ((first, 0), (second, 1)):
        with reading(house.owner) as db:
            scope = Scope(event_id=saved.event_id)
            assert {key: metrics.figure(db, key, scope).value for key in wanted} == {
                key: values[position] for key, values in wanted.items()
            }


def test_days_to_go_count_local_days_and_end_with_the_start(house: TestHouse) -> None:
    saved = add_event(house.owner)
    starts_at = read(house.owner, queries.event, saved.slug).starts_at
    with reading(house.owner) as db:
        for as_of, days in (
            (starts_at - dt.timedelta(days=3), 3),
            (starts_at - dt.timedelta(hours=20), 1),
            (starts_at - dt.timedelta(hours=2), 0),
            (starts_at, None),
        ):
            assert metrics.figure(db, "days_to_event", Scope(as_of, event_id=saved.event_id)).value == days


def test_home_names_events_that_wait(house: TestHouse) -> None:
    over = add_event(house.owner, "Over", starts_at=at(19, days=-400), ends_at=at(20, days=-400))
    step_to(house.owner, over, S.PLANNED, S.LIVE)
    step_to(house.owner, add_event(house.owner, "Homeless"), S.PLANNED)
    found = {need.title for need in read(house.owner, needs)}
    assert {"Complete Over", "Choose a venue for Homeless"} <= found
