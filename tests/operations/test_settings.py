"""Settings: who may change them, two editors, what they change; lists that are kept; custom fields in forms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.db.session import reading
from eventos_core.directory import commands as directory
from eventos_core.directory import queries as people
from eventos_core.directory.rules.contacts import ContactFields
from eventos_core.directory.rules.organizations import OrganizationFields
from eventos_core.enums.events import EventStatus, FieldType
from eventos_core.events import commands as events
from eventos_core.events import queries as event_queries
from eventos_core.events.commands import AddVenue, ChangeEventStatus, EditVenue
from eventos_core.events.queries.defaults import PROPOSED_HOURS
from eventos_core.kernel.errors import (
    AlreadyExists,
    EditConflict,
    InvalidInput,
    NotAllowedNow,
    NotFound,
    PermissionDenied,
)
from eventos_core.kernel.permissions import Permission, Role
from eventos_core.operations import settings
from eventos_core.operations.custom import commands as custom
from eventos_core.operations.custom import queries as custom_queries
from eventos_core.operations.custom.commands import AddCustomField, EditCustomField, MoveCustomField, OneCustomField
from eventos_core.operations.settings import commands, queries
from eventos_core.operations.settings.commands import (
    AddListRow,
    ChangeSettings,
    EditListRow,
    MoveListRow,
    OneListRow,
)
from eventos_core.operations.settings.queries import ListRow
from tests.events import rows
from tests.support import Database, TestHouse, look_alikes

pytestmark = pytest.mark.database
STAGES = "event_stages"


@pytest.fixture(scope="module")
def houses(database: Database) -> Iterator[tuple[TestHouse, TestHouse]]:
    yield look_alikes()


def change(who: Any, section: str, version: int | None = None, base: dict[str, Any] | None = None, **given: Any) -> int:
    now = read(who, queries.section_values, section)
    values = {f"{section}.{key}": value for key, value in given.items()}
    cmd = ChangeSettings(section, version or now.version, values, base if base is not None else now.values)
    return execute(who, commands.change_settings, cmd).version


def stages(house: TestHouse) -> dict[str, ListRow]:
    return {str(row.values["name"]): row for row in read(house.owner, queries.list_rows, STAGES)}


def test_a_setting_holds_for_its_house_alone_and_is_audited(
    database: Database, houses: tuple[TestHouse, TestHouse]
) -> None:
    ours, theirs = houses
    change(ours.owner, "events", proposed_start=dt.time(20, 30), proposed_hours=3)
    first, last = read(ours.owner, event_queries.proposed_times)
    assert (first.astimezone(ZoneInfo("Europe/Paris")).time(), last - first) == (dt.time(20, 30), dt.timedelta(hours=3))
    first, last = read(theirs.owner, event_queries.proposed_times)
    assert (first.astimezone(ZoneInfo("Europe/Paris")).time(), last - first) == (dt.time(19), dt.timedelta(hours=4))
    with reading(ours.owner) as db:
        assert settings.values(db)[PROPOSED_HOURS] == 3
    with database.as_login("migrator") as connection:
        assert connection.execute(
            "select count(*) from audit_log where account_id = %s and table_name = 'accounts' and action = 'update'",
            [ours.account_id],
        ).fetchone() != (0,)


def test_settings_are_refused_to_who_may_not_and_when_wrong(houses: tuple[TestHouse, TestHouse]) -> None:
    ours, _ = houses
    for who in (ours.member(Role.MANAGER), ours.member(Role.MANAGER, grants=(Permission.SETTINGS_WRITE.value,))):
        with pytest.raises(PermissionDenied):
            change(who, "events", proposed_hours=5)
    assert not any(one.may_write for one in read(ours.member(Role.VIEWER), queries.settings_sections))
    with pytest.raises(InvalidInput) as wrong:
        change(ours.owner, "events", proposed_hours=0, nonsense=1)
    assert set(wrong.value.fields) == {"events.proposed_hours", "events.nonsense"}
    with pytest.raises(NotFound):
        execute(ours.owner, commands.change_settings, ChangeSettings("nowhere", 1, {}, {}))


def test_two_editors_clash_only_over_the_same_setting(houses: tuple[TestHouse, TestHouse]) -> None:
    ours, _ = houses
    seen = read(ours.owner, queries.section_values, "messages")
    change(ours.owner, "messages", seen.version, seen.values, quiet_from="22:00")
    change(ours.owner, "messages", seen.version, seen.values, quiet_until="08:00")
    with pytest.raises(EditConflict) as conflict:
        change(ours.owner, "messages", seen.version, seen.values, quiet_from="21:00")
    assert conflict.value.theirs == {"Quiet from": "22:00"}
    change(ours.owner, "messages", conflict.value.version, seen.values, quiet_from="21:00")
    assert read(ours.owner, queries.section_values, "messages").values == {
        "messages.quiet_from": "21:00", "messages.quiet_until": "08:00", "messages.text_parts": 4,
    }  # fmt: skip


def test_stages_are_renamed_ordered_archived_and_brought_back(houses: tuple[TestHouse, TestHouse]) -> None:
    ours, theirs = houses
    made = rows.add_event(ours.owner)
    idea = stages(ours)["Idea"]
    assert idea.uses == 1
    execute(
        ours.owner, commands.edit_list_row, EditListRow(STAGES, idea.id, idea.version, {**idea.values, "name": "Spark"})
    )
    assert read(ours.owner, event_queries.event, made.event_id).stage == "Spark"
    added = execute(ours.owner, commands.add_list_row, AddListRow(STAGES, {"name": "Venue hunt", "kind": "open"}))
    execute(ours.owner, commands.move_list_row, MoveListRow(STAGES, added.row_id, 0))
    assert list(read(ours.owner, event_queries.stages).values())[:3] == ["Venue hunt", "Spark", "Concept"]
    newer = rows.add_event(ours.owner)
    assert read(ours.owner, event_queries.event, newer.event_id).stage == "Venue hunt"

    with pytest.raises(NotAllowedNow):
        execute(ours.owner, commands.remove_list_row, OneListRow(STAGES, idea.id, 2))
    spark = stages(ours)["Spark"]
    execute(ours.owner, commands.archive_list_row, OneListRow(STAGES, spark.id, spark.version))
    assert "Spark" not in read(ours.owner, event_queries.stages).values()
    assert read(ours.owner, event_queries.event, made.event_id).stage == "Spark"  # it keeps what it stood in
    with pytest.raises(EditConflict):
        execute(ours.owner, commands.restore_list_row, OneListRow(STAGES, spark.id, spark.version))
    execute(ours.owner, commands.restore_list_row, OneListRow(STAGES, spark.id, stages(ours)["Spark"].version))
    assert list(read(ours.owner, event_queries.stages).values())[-1] == "Spark"
    unused = stages(ours)["Concept"]
    execute(ours.owner, commands.remove_list_row, OneListRow(STAGES, unused.id, unused.version))
    assert "Concept" not in stages(ours)
    assert list(read(theirs.owner, event_queries.stages).values())[:2] == ["Idea", "Concept"]


def test_lists_keep_what_the_house_needs_and_refuse_the_rest(houses: tuple[TestHouse, TestHouse]) -> None:
    ours, theirs = houses
    cancelled, planning = stages(ours)["Cancelled"], stages(ours)["Planning"]
    with pytest.raises(InvalidInput, match="cancelled"):
        execute(ours.owner, commands.archive_list_row, OneListRow(STAGES, cancelled.id, cancelled.version))
    for name, error in (("planning ", AlreadyExists), ("", InvalidInput)):
        with pytest.raises(error):
            execute(ours.owner, commands.add_list_row, AddListRow(STAGES, {"name": name, "kind": "open"}))
    for who, what in ((ours.member(Role.MANAGER), PermissionDenied), (theirs.owner, NotFound)):
        with pytest.raises(what):
            execute(who, commands.move_list_row, MoveListRow(STAGES, planning.id, 0))
    with pytest.raises(EditConflict):
        execute(ours.owner, commands.edit_list_row, EditListRow(STAGES, planning.id, 99, {"name": "X", "kind": "open"}))
    event = rows.add_event(ours.owner)
    used = next(row for row in stages(ours).values() if row.uses)
    with pytest.raises(NotAllowedNow, match="means"):
        execute(
            ours.owner,
            commands.edit_list_row,
            EditListRow(STAGES, used.id, used.version, {**used.values, "kind": "done"}),
        )
    gone = ChangeEventStatus(event.event_id, event.version, EventStatus.CANCELLED, "Storm")
    execute(ours.owner, events.change_event_status, gone)
    assert read(ours.owner, event_queries.event, event.event_id).stage == "Cancelled"


def add_field(house: TestHouse, entity: str, label: str, kind: FieldType = FieldType.TEXT, **more: Any) -> int:
    return execute(house.owner, custom.add_custom_field, AddCustomField(entity, label, kind, **more)).field_id


def test_custom_fields_are_asked_for_in_every_form_that_takes_them(houses: tuple[TestHouse, TestHouse]) -> None:
    ours, theirs = houses
    for entity in ("contacts", "organizations", "venues", "events"):
        add_field(ours, entity, "Allergy tier", FieldType.CHOICE, options=("Low", "High"), required=True)

    def make(who: TestHouse, **given: Any) -> None:
        fields = ContactFields(first_name="Ann")
        execute(who.owner, directory.create_contact, directory.CreateContact(fields, custom=given))

    make(theirs)
    for given in ({}, {"allergy_tier": "Middling"}):
        with pytest.raises(InvalidInput) as wrong:
            make(ours, **given)
        assert list(wrong.value.fields) == ["custom.allergy_tier"]
    make(ours, allergy_tier="High", other="kept")
    with pytest.raises(InvalidInput):
        given = directory.CreateOrganization(OrganizationFields(name="Éclat"), custom={"allergy_tier": "?"})
        execute(ours.owner, directory.create_organization, given)
    venue = execute(ours.owner, events.add_venue, AddVenue("Halle", custom={"allergy_tier": "Low"}))
    with pytest.raises(InvalidInput):
        changed = EditVenue(venue.venue_id, venue.version, AddVenue("Halle", custom={"allergy_tier": ""}))
        execute(ours.owner, events.edit_venue, changed)
    assert read(ours.owner, event_queries.venue, venue.venue_id).custom == {"allergy_tier": "Low"}
    seen = read(ours.owner, event_queries.event, rows.add_event(ours.owner).event_id)
    with pytest.raises(InvalidInput):
        execute(ours.owner, events.edit_event, rows.edit_of(ours.owner, seen.id, custom={"allergy_tier": "None"}))
    execute(ours.owner, events.edit_event, rows.edit_of(ours.owner, seen.id, custom={"allergy_tier": "Low"}))
    assert read(ours.owner, event_queries.event, seen.id).custom == {"allergy_tier": "Low"}


def test_a_changed_definition_is_a_revision_and_values_stay(houses: tuple[TestHouse, TestHouse]) -> None:
    ours, theirs = houses
    first = add_field(ours, "organizations", "Rank", FieldType.INTEGER, least=1, most=9)
    add_field(ours, "organizations", "Mood")
    fields = OrganizationFields(name="Rankers")
    tier = {"allergy_tier": "Low"}
    made = execute(
        ours.owner, directory.create_organization, directory.CreateOrganization(fields, custom={**tier, "rank": 9})
    )
    edited = EditCustomField(first, 1, "Order", FieldType.INTEGER, least=1, most=5)
    second = execute(ours.owner, custom.edit_custom_field, edited)
    assert second.revision == 2
    with pytest.raises(EditConflict):
        execute(ours.owner, custom.edit_custom_field, edited)
    with pytest.raises(NotAllowedNow, match="values"):
        text = EditCustomField(second.field_id, 2, "Order", FieldType.TEXT)
        execute(ours.owner, custom.edit_custom_field, text)
    # The nine from before the new limit stays as long as nobody changes it.
    seen = read(ours.owner, people.organization, made.organization_id)

    def save(**given: Any) -> None:
        values = {**seen.custom, **given}
        cmd = directory.EditOrganization(seen.id, seen.version, fields, seen.fields, values, seen.custom)
        execute(ours.owner, directory.edit_organization, cmd)

    save(mood="fine")
    with pytest.raises(InvalidInput):
        save(rank=8)
    assert read(ours.owner, people.organization, seen.id).custom == {**tier, "rank": 9, "mood": "fine"}
    execute(ours.owner, custom.move_custom_field, MoveCustomField(second.field_id, 9))
    labels = [one.label for one in read(ours.owner, custom_queries.custom_fields, "organizations")]
    assert labels[-1] == "Order"
    execute(ours.owner, custom.retire_custom_field, OneCustomField(second.field_id, 2))
    now = read(ours.owner, custom_queries.custom_fields, "organizations", retired=True)
    assert [(one.label, one.retired) for one in now if one.key == "rank"] == [("Order", True)]
    execute(ours.owner, custom.restore_custom_field, OneCustomField(second.field_id, 3))
    assert read(theirs.owner, custom_queries.custom_fields, "organizations") == ()


def test_custom_fields_are_defined_by_who_may_and_make_sense(houses: tuple[TestHouse, TestHouse]) -> None:
    ours, theirs = houses
    with pytest.raises(PermissionDenied):
        execute(ours.member(Role.MANAGER), custom.add_custom_field, AddCustomField("contacts", "X", FieldType.TEXT))
    for given, wrong in (
        (AddCustomField("contacts", "", FieldType.TEXT), {"label"}),
        (AddCustomField("contacts", "X", FieldType.CHOICE), {"options"}),
        (AddCustomField("contacts", "X", FieldType.FILE, key="Ü"), {"data_type", "key"}),
        (AddCustomField("contacts", "X", FieldType.INTEGER, least=3, most=1), {"most"}),
    ):
        with pytest.raises(InvalidInput) as error:
            execute(ours.owner, custom.add_custom_field, given)
        assert set(error.value.fields) == wrong
    with pytest.raises(NotFound):
        add_field(ours, "tickets", "X")
    mine = add_field(ours, "contacts", "Only once")
    with pytest.raises(AlreadyExists):
        add_field(ours, "contacts", "Only once")
    with pytest.raises(NotFound):
        execute(theirs.owner, custom.move_custom_field, MoveCustomField(mine, 0))
