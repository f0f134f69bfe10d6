"""The Settings and Integrations pages: every section opens, changes take effect, who may not is told so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from eventos_core.db.registry import execute, read
from eventos_core.enums.events import FieldType
from eventos_core.events import queries as event_queries
from eventos_core.kernel.permissions import Role
from eventos_core.operations.custom import commands as custom
from eventos_core.operations.integrations import queries
from tests.events import rows
from tests.pages.page_helpers import words
from tests.support import Database, TestHouse, look_alikes

pytestmark = pytest.mark.database
OpenPage = Callable[..., AppTest]


@pytest.fixture(scope="module")
def ours(database: Database) -> TestHouse:
    return look_alikes()[0]


def press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click().run()
    assert not at.exception
    return at


def fill(at: AppTest, label: str, value: str) -> None:
    next(field for field in at.text_input if field.label == label).set_value(value)


def test_a_stage_is_added_and_offered_at_events(ours: TestHouse, open_page: OpenPage) -> None:
    at = open_page("admin_settings", ours.owner, section="events")
    assert "Show week" in words(at)
    fill(at, "Name", "Rehearsal")
    press(at, "Add stage")
    assert "Rehearsal" in read(ours.owner, event_queries.stages).values()
    next(field for field in at.number_input if field.label == "And last").set_value(2)
    press(at, "Save event planning")
    first, last = read(ours.owner, event_queries.proposed_times)
    assert (last - first).seconds == 7200


def test_a_custom_field_is_defined_and_drawn_in_the_form(ours: TestHouse, open_page: OpenPage) -> None:
    at = open_page("admin_settings", ours.owner, section="custom_fields", fields_of="events")
    fill(at, "Label", "Dress rehearsal")
    press(at, "Add field")
    assert "Dress rehearsal" in words(at)
    execute(ours.owner, custom.add_custom_field, custom.AddCustomField("events", "Hashtag", FieldType.LONG_TEXT))
    event = rows.add_event(ours.owner)
    at = open_page("plan_event", ours.owner, event=event.slug, edit="event")
    assert not at.exception
    fill(at, "Dress rehearsal", "Friday")
    press(at, "Save event")
    assert "Friday" in words(open_page("plan_event", ours.owner, event=event.slug))


@pytest.mark.parametrize("section", ["events", "custom_fields", "messages", "sign_in"])
def test_every_section_opens_and_a_viewer_only_looks(ours: TestHouse, open_page: OpenPage, section: str) -> None:
    at = open_page("admin_settings", ours.owner, section=section)
    assert not at.exception
    assert "Something went wrong" not in words(at)
    at = open_page("admin_settings", ours.member(Role.VIEWER), section=section)
    assert not at.exception
    assert "of the house change this." in words(at)
    assert not [button for button in at.button if button.label.startswith(("Add", "Demand")) and not button.disabled]


def test_a_service_is_connected_tried_and_used(ours: TestHouse, open_page: OpenPage) -> None:
    at = open_page("admin_integrations", ours.owner, new="integration")
    next(box for box in at.selectbox if box.label == "Service").set_value("sms_sandbox").run()
    press(at, "Connect and try")
    assert "Texts are kept here; nobody gets them." in "\n".join(str(box.value) for box in at.success)
    found = read(ours.owner, queries.integrations)
    assert found["status"].tolist() == ["connected"]
    fill(at, "To", "+33612345678")
    press(at, "Send")
    press(at, "Switch off")
    assert not at.success  # what the try said held for a service that is on
    assert "This is a test." in words(at)
    assert "Ask an owner or admin" in words(open_page("admin_integrations", ours.member(Role.MANAGER)))
    gone = open_page("admin_integrations", ours.owner, integration="999999")
    assert "does not exist" in words(gone)
