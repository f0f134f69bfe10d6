"""The Privacy page: who may look, a request from the search to the evidence, policies, and the contact's link."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from eventos_core.db.registry import execute, read
from eventos_core.enums.operations import PrivacyRequestKind, PrivacyRequestStatus
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Role
from eventos_core.operations.privacy import commands, queries, retention
from tests.directory.conftest import add_contact
from tests.operations.privacy.work import work_off
from tests.pages.page_helpers import words
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database
OpenPage = Callable[..., AppTest]


def press(at: AppTest, label: str) -> AppTest:
    """Press the button of that label."""
    return next(button for button in at.button if button.label == label).click().run()


def test_manager_is_told_whom_to_ask(house: TestHouse, open_page: OpenPage) -> None:
    assert "Ask an owner or admin" in words(open_page("admin_privacy", house.member(Role.MANAGER)))


def test_empty_page_says_what_to_do(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("admin_privacy", house.owner)
    assert not at.exception
    assert "No request waits for an answer." in words(at)


def test_erasure_from_the_search_to_the_evidence(house: TestHouse, database: Database, open_page: OpenPage) -> None:
    contact = add_contact(house.owner, "Ada", "Lovelace", "ada@example.org")
    given = commands.RecordRequest(PrivacyRequestKind.ERASE, clock.now().date(), "contacts", contact)
    made = execute(house.owner, commands.record_request, given)
    at = open_page("admin_privacy", house.owner, request=str(made.request_id))
    assert not at.exception
    assert "Nothing is erased by searching" in words(at)
    press(at, "Search the house for them")
    assert not at.exception
    assert [status.label for status in at.status] == ["Searching every record, text and file…"]
    assert "Search the house for them" not in [button.label for button in at.button]
    work_off(database)
    at.run()
    assert "Made unrecognisable" in words(at)
    for label, text in (("How you know that it is them", "By post"), ("Name of the person", "Ada Byron")):
        next(field for field in at.text_input if field.label == label).set_value(text)
    press(at, "Erase for good")
    assert "Write the name as it stands above" in words(at)
    next(field for field in at.text_input if field.label == "Name of the person").set_value("ada lovelace")
    press(at, "Erase for good")
    assert not at.exception
    assert [status.label for status in at.status] == ["Erasing, then searching again…"]
    assert "End the request" not in [button.label for button in at.button]
    work_off(database)
    at.run()
    assert not at.exception
    assert "Erased, searched again, nothing found" in words(at)
    assert read(house.owner, queries.privacy_request, made.request_id).status is PrivacyRequestStatus.DONE
    shown = open_page("sales_contacts", house.owner, contact=str(contact))
    assert "This person was erased" in words(shown)


def test_erasure_that_failed_says_why_and_can_be_pressed_again(
    house: TestHouse, database: Database, open_page: OpenPage
) -> None:
    contact = add_contact(house.owner, "Ada", "Lovelace", "ada@example.org")
    given = commands.RecordRequest(PrivacyRequestKind.ERASE, clock.now().date(), "contacts", contact)
    made = execute(house.owner, commands.record_request, given)
    execute(house.owner, commands.search_subject, commands.OneRequest(made.request_id, made.version))
    work_off(database)
    version = read(house.owner, queries.privacy_request, made.request_id).version
    given_again = commands.EraseSubject(made.request_id, version, "By post", "Ada Lovelace")
    execute(house.owner, commands.erase_subject, given_again)
    with database.as_login("migrator") as connection:  # its worker took nine others with it
        connection.execute("update procrastinate.procrastinate_jobs set status = 'failed' where status = 'todo'")
    at = open_page("admin_privacy", house.owner, request=str(made.request_id))
    assert not at.exception
    assert "The erasure ended for a technical reason; nothing was erased. Erase again." in [e.value for e in at.error]
    for label, text in (("How you know that it is them", "By post"), ("Name of the person", "Ada Lovelace")):
        next(field for field in at.text_input if field.label == label).set_value(text)
    press(at, "Erase for good")
    work_off(database)
    at.run()
    assert "Erased, searched again, nothing found" in words(at)


def test_nobody_is_chosen_before_a_hand_does(house: TestHouse, open_page: OpenPage) -> None:
    contact = add_contact(house.owner, "Ada", "Lovelace", "ada@example.org")
    at = open_page("admin_privacy", house.owner, new="request")
    next(field for field in at.text_input if field.label == "Find the person").set_value("lovelace").run()
    (who,) = [radio for radio in at.radio if radio.label == "Who it is"]
    assert who.value is None
    who.set_value(f"contacts-{contact}").run()
    press(at, "Record the request")
    assert not at.exception
    assert list(read(house.owner, queries.privacy_requests).frame["person"]) == ["Ada Lovelace"]


def test_policy_is_saved_and_says_what_would_go(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("admin_privacy", house.owner, policy="contacts.consent")
    assert not at.exception
    assert "Nothing is older than 36 months" in words(at)
    at.number_input[0].set_value(12)
    at.toggle[0].set_value(True)
    press(at, "Save")
    saved = next(p for p in read(house.owner, retention.retention_policies) if p.id is not None)
    assert (saved.entity, saved.months, saved.enabled) == ("contacts", 12, True)
