"""Sessions and their hosts: adding, editing, moving, cancelling, reopening, removing, and how the programme reads."""

from __future__ import annotations

import datetime as dt

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.enums.events import AttendanceMode, SessionKind
from eventos_core.events import commands, queries
from eventos_core.events.commands import (
    AddSession,
    ArchiveEvent,
    ArchiveSpace,
    CancelSession,
    EditSession,
    MoveSession,
    SetSessionHosts,
)
from eventos_core.kernel.errors import Clash, Conflict, EditConflict, InvalidInput, NotFound, PermissionDenied
from eventos_core.kernel.permissions import Role
from tests.directory.conftest import add_contact, add_organization, counted
from tests.events.conftest import Stage, set_stage
from tests.events.rows import PARIS, add_event, add_session, at, titles
from tests.support import TestHouse

pytestmark = pytest.mark.database
Houses = tuple[TestHouse, TestHouse]


def _form(stage: Stage, session_id: int, **changed: object) -> AddSession:
    found = read(stage.owner, queries.session, session_id)
    own = {name: getattr(found, name) for name in AddSession.__dataclass_fields__ if hasattr(found, name)}
    hosts = {
        "host_contact_ids": tuple(host.contact_id for host in found.hosts if host.contact_id),
        "host_organization_ids": tuple(host.organization_id for host in found.hosts if host.organization_id),
    }
    return AddSession(**{**own, **hosts, **changed})  # type: ignore[arg-type]


def test_session_keeps_what_the_form_says(stage: Stage) -> None:
    ana, dore = add_contact(stage.owner, "Ana", "Kovač"), add_organization(stage.owner, "Doré")
    saved = add_session(
        stage.owner, stage.event_id, "  Cutting   on the bias ", kind=SessionKind.PANEL, track=" Craft ",
        space_id=stage.salon, capacity=80, language="fr", summary="Short", url="https://a.example", tags=("B", "a"),
        host_contact_ids=(ana,), host_organization_ids=(dore,),
    )  # fmt: skip
    found = read(stage.owner, queries.session, saved.session_id)
    assert (found.title, found.kind, found.track, found.tags) == (
        "Cutting on the bias", SessionKind.PANEL, "Craft", ("a", "b"),
    )  # fmt: skip
    assert [host.name for host in found.hosts] == ["Ana Kovač", "Doré"]
    assert found.place == "Salon · Palais"
    assert found.starts_at == dt.datetime(2027, 3, 6, 9, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " "}, "title"),
        ({"ends_at": at(10)}, "ends_at"),
        ({"ends_at": at(10, days=32)}, "ends_at"),
        ({"capacity": -1}, "capacity"),
        ({"track": "x" * 121}, "track"),
    ],
)
def test_wrong_fields_are_named(stage: Stage, change: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        add_session(stage.owner, stage.event_id, **{"title": "Talk", **change})  # type: ignore[arg-type]
    assert field in error.value.fields


def test_online_session_takes_no_space(stage: Stage) -> None:
    with pytest.raises(InvalidInput) as error:
        add_session(stage.owner, stage.event_id, mode=AttendanceMode.ONLINE, space_id=stage.nave)
    assert "space_id" in error.value.fields


def test_space_out_of_use_is_refused(stage: Stage) -> None:
    execute(stage.owner, commands.archive_space, ArchiveSpace(stage.salon, 1))
    with pytest.raises(InvalidInput):
        add_session(stage.owner, stage.event_id, space_id=stage.salon)


def test_taken_space_names_what_is_in_the_way(stage: Stage) -> None:
    add_session(stage.owner, stage.event_id, "Rehearsal", space_id=stage.nave, starts_at=at(9), ends_at=at(11))
    with pytest.raises(Clash) as error:
        add_session(stage.owner, stage.event_id, "Talk", space_id=stage.nave)
    assert error.value.message == "Grande nef is taken by “Rehearsal” (Sat 06 Mar, 09:00–11:00)."
    assert error.value.hint == "Choose another time or space."
    assert titles(stage.owner, stage.event_id) == ["Rehearsal"]


def test_clash_with_another_event_names_that_event(stage: Stage) -> None:
    other = add_event(stage.owner, "Press day")
    add_session(stage.owner, other.event_id, "Interviews", space_id=stage.nave)
    with pytest.raises(Clash) as error:
        add_session(stage.owner, stage.event_id, space_id=stage.nave)
    assert "“Interviews” (Sat 06 Mar, 10:00–11:00, in Press day)" in error.value.message


def test_host_in_another_session_is_named(stage: Stage) -> None:
    ana = add_contact(stage.owner, "Ana", "Kovač")
    add_session(stage.owner, stage.event_id, "Panel", host_contact_ids=(ana,))
    with pytest.raises(Clash) as error:
        add_session(stage.owner, stage.event_id, "Talk", host_contact_ids=(ana,), starts_at=at(10, 30))
    assert error.value.message == "Ana Kovač hosts “Panel” (Sat 06 Mar, 10:00–11:00)."
    assert error.value.hint == "Choose another time or host."
    assert titles(stage.owner, stage.event_id) == ["Panel"]


def test_sessions_that_only_touch_do_not_clash(stage: Stage) -> None:
    ana = add_contact(stage.owner, "Ana", "Kovač")
    for hour in (10, 11, 12):
        add_session(
            stage.owner, stage.event_id, f"Talk {hour}", space_id=stage.nave, host_contact_ids=(ana,),
            starts_at=at(hour), ends_at=at(hour + 1),
        )  # fmt: skip


def test_open_ended_and_cancelled_sessions_take_nothing(stage: Stage) -> None:
    add_session(stage.owner, stage.event_id, "Open", space_id=stage.nave, ends_at=None)
    off = add_session(stage.owner, stage.event_id, "Off", space_id=stage.nave)
    execute(stage.owner, commands.cancel_session, CancelSession(off.session_id, off.version, "Ill"))
    add_session(stage.owner, stage.event_id, "Talk", space_id=stage.nave)


def test_cancelled_session_stays_and_reopens_unless_its_place_is_gone(stage: Stage) -> None:
    ana = add_contact(stage.owner, "Ana", "Kovač")
    saved = add_session(stage.owner, stage.event_id, space_id=stage.nave, host_contact_ids=(ana,))
    off = execute(stage.owner, commands.cancel_session, CancelSession(saved.session_id, saved.version, "Ill"))
    assert read(stage.owner, queries.session, saved.session_id).cancel_reason == "Ill"
    taking = add_session(stage.owner, stage.event_id, "Instead", host_contact_ids=(ana,))
    with pytest.raises(Clash) as error:
        execute(stage.owner, commands.reopen_session, CancelSession(off.session_id, off.version))
    assert "Ana Kovač hosts “Instead”" in error.value.message
    execute(stage.owner, commands.remove_session, CancelSession(taking.session_id, taking.version))
    execute(stage.owner, commands.reopen_session, CancelSession(off.session_id, off.version))
    assert read(stage.owner, queries.session, saved.session_id).cancelled_at is None


def test_move_changes_time_and_space_on_the_events_clock(stage: Stage) -> None:
    saved = add_session(stage.owner, stage.event_id, space_id=stage.nave, track="Craft")
    moved = MoveSession(saved.session_id, saved.version, at(14), at(15, 30), stage.salon)
    execute(stage.owner, commands.move_session, moved)
    found = read(stage.owner, queries.session, saved.session_id)
    assert (found.starts_at, found.space_id, found.track) == (
        dt.datetime(2027, 3, 6, 13, tzinfo=dt.UTC), stage.salon, "Craft",
    )  # fmt: skip


def test_move_into_a_taken_time_is_refused_for_space_and_host(stage: Stage) -> None:
    ana = add_contact(stage.owner, "Ana", "Kovač")
    add_session(stage.owner, stage.event_id, "Show", space_id=stage.nave, host_contact_ids=(ana,))
    saved = add_session(stage.owner, stage.event_id, "Talk", starts_at=at(14), ends_at=at(15), host_contact_ids=(ana,))
    with pytest.raises(Clash) as error:
        moved = MoveSession(saved.session_id, saved.version, at(10), at(11), stage.nave)
        execute(stage.owner, commands.move_session, moved)
    assert "Grande nef is taken by “Show”" in error.value.message
    assert "Ana Kovač hosts “Show”" in error.value.message
    assert error.value.hint == "Choose another time, space or host."


def test_online_session_is_not_moved_into_a_space(stage: Stage) -> None:
    saved = add_session(stage.owner, stage.event_id, mode=AttendanceMode.ONLINE)
    with pytest.raises(InvalidInput):
        moved = MoveSession(saved.session_id, saved.version, at(10), at(11), stage.nave)
        execute(stage.owner, commands.move_session, moved)


def test_edit_replaces_hosts_in_their_order(stage: Stage) -> None:
    ana, jules = add_contact(stage.owner, "Ana", "Kovač"), add_contact(stage.owner, "Jules", "Moreau")
    saved = add_session(stage.owner, stage.event_id, host_contact_ids=(ana,))
    given = EditSession(saved.session_id, saved.version, _form(stage, saved.session_id, host_contact_ids=(jules, ana)))
    edited = execute(stage.owner, commands.edit_session, given)
    assert [h.contact_id for h in read(stage.owner, queries.session, saved.session_id).hosts] == [jules, ana]
    assert edited.version > saved.version
    given = EditSession(saved.session_id, edited.version, _form(stage, saved.session_id, host_contact_ids=()))
    execute(stage.owner, commands.edit_session, given)
    assert read(stage.owner, queries.session, saved.session_id).hosts == ()


def test_host_who_leaves_does_not_keep_the_session_from_moving(stage: Stage) -> None:
    ana = add_contact(stage.owner, "Ana", "Kovač")
    add_session(stage.owner, stage.event_id, "Panel", host_contact_ids=(ana,))
    saved = add_session(stage.owner, stage.event_id, "Talk", starts_at=at(14), ends_at=at(15), host_contact_ids=(ana,))
    form = _form(stage, saved.session_id, starts_at=at(10), ends_at=at(11), host_contact_ids=())
    execute(stage.owner, commands.edit_session, EditSession(saved.session_id, saved.version, form))
    assert read(stage.owner, queries.session, saved.session_id).starts_at.hour == 9


def test_new_hosts_make_a_new_version(stage: Stage) -> None:
    ana, jules = add_contact(stage.owner, "Ana", "Kovač"), add_contact(stage.owner, "Jules", "Moreau")
    saved = add_session(stage.owner, stage.event_id, host_contact_ids=(ana,))
    changed = execute(stage.owner, commands.set_session_hosts, SetSessionHosts(saved.session_id, (ana, jules)))
    assert changed.version > saved.version
    with pytest.raises(EditConflict):
        form = _form(stage, saved.session_id, title="Mine")
        execute(stage.owner, commands.edit_session, EditSession(saved.session_id, saved.version, form))


def test_edit_over_another_edit_shows_both(stage: Stage) -> None:
    saved = add_session(stage.owner, stage.event_id)
    mine = _form(stage, saved.session_id, title="Mine", space_id=stage.salon)
    theirs = _form(stage, saved.session_id, title="Theirs")
    execute(stage.owner, commands.edit_session, EditSession(saved.session_id, saved.version, theirs))
    with pytest.raises(EditConflict) as error:
        execute(stage.owner, commands.edit_session, EditSession(saved.session_id, saved.version, mine))
    assert error.value.mine == {"title": "Mine", "space": "Salon"}
    assert error.value.theirs == {"title": "Theirs", "space": None}


def test_removing_an_older_version_is_refused(stage: Stage) -> None:
    saved = add_session(stage.owner, stage.event_id)
    form = _form(stage, saved.session_id, title="Newer")
    execute(stage.owner, commands.edit_session, EditSession(saved.session_id, saved.version, form))
    with pytest.raises(EditConflict):
        execute(stage.owner, commands.remove_session, CancelSession(saved.session_id, saved.version))
    execute(stage.owner, commands.remove_session, CancelSession(saved.session_id, saved.version + 1))
    with pytest.raises(NotFound):
        read(stage.owner, queries.session, saved.session_id)


def test_session_of_another_event_is_not_edited_through_this_one(stage: Stage) -> None:
    other = add_event(stage.owner, "Press day")
    saved = add_session(stage.owner, other.event_id)
    form = _form(stage, saved.session_id, event_id=stage.event_id)
    with pytest.raises(InvalidInput):
        execute(stage.owner, commands.edit_session, EditSession(saved.session_id, saved.version, form))


def test_programme_of_an_archived_event_is_read_only(stage: Stage) -> None:
    saved = add_session(stage.owner, stage.event_id)
    execute(stage.owner, commands.archive_event, ArchiveEvent(stage.event_id, 1))
    form = EditSession(saved.session_id, saved.version, _form(stage, saved.session_id, title="Later"))
    moved = MoveSession(saved.session_id, saved.version, at(14), at(15), None)
    cancel = CancelSession(saved.session_id, saved.version)
    for command, given in (
        (commands.edit_session, form),
        (commands.move_session, moved),
        (commands.cancel_session, cancel),
        (commands.reopen_session, cancel),
        (commands.remove_session, cancel),
        (commands.set_session_hosts, SetSessionHosts(saved.session_id)),
    ):
        with pytest.raises(Conflict):
            execute(stage.owner, command, given)  # type: ignore[arg-type]
    assert titles(stage.owner, stage.event_id) == ["Talk"]


def test_viewer_reads_the_programme_and_changes_nothing(stage: Stage, house: TestHouse) -> None:
    saved, viewer = add_session(stage.owner, stage.event_id), house.member(Role.VIEWER)
    assert titles(viewer, stage.event_id) == ["Talk"]
    given = CancelSession(saved.session_id, saved.version)
    for command in (commands.cancel_session, commands.reopen_session, commands.remove_session):
        with pytest.raises(PermissionDenied):
            execute(viewer, command, given)
    with pytest.raises(PermissionDenied):
        add_session(viewer, stage.event_id)
    member = house.member(Role.MEMBER, denials=("programme.write",))
    with pytest.raises(PermissionDenied):
        add_session(member, stage.event_id)


def test_other_house_finds_neither_session_nor_space_nor_host(two_houses: Houses) -> None:
    first, second = set_stage(two_houses[0]), set_stage(two_houses[1])
    ana = add_contact(first.owner, "Ana", "Kovač")
    saved = add_session(first.owner, first.event_id, space_id=first.nave, host_contact_ids=(ana,))
    assert titles(second.owner, first.event_id) == []
    with pytest.raises(NotFound):
        read(second.owner, queries.session, saved.session_id)
    with pytest.raises(NotFound):
        execute(second.owner, commands.remove_session, CancelSession(saved.session_id, saved.version))
    with pytest.raises(NotFound):
        add_session(second.owner, second.event_id, space_id=first.nave)
    with pytest.raises(Conflict):
        add_session(second.owner, second.event_id, host_contact_ids=(ana,))
    # The same room at the same time in two houses is two rooms.
    add_session(second.owner, second.event_id, space_id=second.nave)


def test_programme_is_filtered_by_day_track_words_and_cancellation(stage: Stage) -> None:
    ana = add_contact(stage.owner, "Ana", "Kovač")
    add_session(stage.owner, stage.event_id, "Défilé", space_id=stage.nave, track="Show")
    add_session(stage.owner, stage.event_id, "Talk", track="Craft", host_contact_ids=(ana,), starts_at=at(12),
                ends_at=at(13))  # fmt: skip
    off = add_session(stage.owner, stage.event_id, "Off", starts_at=at(9, days=1), ends_at=None)
    execute(stage.owner, commands.cancel_session, CancelSession(off.session_id, off.version))
    ask = (stage.owner, stage.event_id)
    assert titles(*ask) == ["Défilé", "Talk", "Off"]
    assert titles(*ask, cancelled=False) == ["Défilé", "Talk"]
    assert titles(*ask, track="Craft") == titles(*ask, q="kovac") == ["Talk"]
    assert titles(*ask, q="defile") == titles(*ask, q="grande NEF") == ["Défilé"]
    assert titles(*ask, from_=dt.datetime(2027, 3, 6, 23, tzinfo=dt.UTC)) == ["Off"]
    assert titles(*ask, to=dt.datetime(2027, 3, 6, 11, tzinfo=dt.UTC), limit=1) == ["Défilé"]
    days = read(stage.owner, queries.days_of, stage.event_id, PARIS)
    assert days.to_dict("list") == {
        "day": [dt.date(2027, 3, 6), dt.date(2027, 3, 7)], "sessions": [2, 1], "cancelled": [0, 1],
    }  # fmt: skip
    assert read(stage.owner, queries.tracks, stage.event_id) == ["Craft", "Show"]


def test_days_are_those_of_the_events_zone(stage: Stage) -> None:
    add_session(stage.owner, stage.event_id, "Late", starts_at=at(23, 30), ends_at=at(23, 45))
    found = {zone: list(read(stage.owner, queries.days_of, stage.event_id, zone)["day"])
             for zone in (PARIS, "Asia/Tokyo")}  # fmt: skip
    assert found == {PARIS: [dt.date(2027, 3, 6)], "Asia/Tokyo": [dt.date(2027, 3, 7)]}


def test_programme_page_takes_four_queries_whatever_its_size(stage: Stage) -> None:
    people = [add_contact(stage.owner, "Host", str(number)) for number in range(3)]
    for number in range(12):
        add_session(stage.owner, stage.event_id, f"Talk {number}", starts_at=at(8 + number), ends_at=at(9 + number),
                    space_id=stage.nave, host_contact_ids=(people[number % 3],))  # fmt: skip
    with counted() as sent:
        read(stage.owner, queries.programme, stage.event_id)
        read(stage.owner, queries.days_of, stage.event_id, PARIS)
        read(stage.owner, queries.tracks, stage.event_id)
        read(stage.owner, queries.worth_a_look, stage.event_id)
    assert len(sent) == 4
    with counted() as sent:
        read(stage.owner, queries.session, 1 + read(stage.owner, queries.programme, stage.event_id)["id"].iloc[0])
    assert len(sent) == 3  # the programme, the session, its hosts


def test_what_the_database_allows_is_worth_a_look(stage: Stage, house: TestHouse) -> None:
    dore = add_organization(stage.owner, "Doré")
    one = add_session(stage.owner, stage.event_id, "One", location_text="Café Kitsuné", host_organization_ids=(dore,))
    two = add_session(stage.owner, stage.event_id, "Two", location_text="cafe kitsune", host_organization_ids=(dore,),
                      starts_at=at(10, 30), ends_at=at(12))  # fmt: skip
    add_session(stage.owner, stage.event_id, "Crowd", space_id=stage.salon, capacity=300, starts_at=at(13),
                ends_at=at(14))  # fmt: skip
    add_session(stage.owner, stage.event_id, "Astray", starts_at=at(9, days=40), ends_at=at(10, days=40))
    off = add_session(stage.owner, stage.event_id, "Off", location_text="Café Kitsuné")
    execute(stage.owner, commands.cancel_session, CancelSession(off.session_id, off.version))
    found = read(stage.owner, queries.worth_a_look, stage.event_id)
    told = [(row.kind, row.first_id, row.second_id) for row in found.itertuples() if row.kind in ("place", "host")]
    assert told == [("host", one.session_id, two.session_id), ("place", one.session_id, two.session_id)]
    assert found.set_index("kind").loc["capacity", ["first", "resource", "second"]].tolist() == [
        "Crowd", "Salon", "120",
    ]  # fmt: skip
    assert list(found["kind"]) == ["host", "place", "capacity", "outside"]
