"""The Messages page, the bell, notifications and how one is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from eventos_core.db.registry import execute, read
from eventos_core.db.session import reading, unit_of_work
from eventos_core.enums.operations import BounceKind, DeliveryKind, PreferenceMode, QueueStatus
from eventos_core.kernel.permissions import Role
from eventos_core.operations.jobs import worker
from eventos_core.operations.messages import Message, enqueue, notices, queries, reports, sending
from eventos_core.operations.messages.commands import AddTemplate, add_template
from eventos_core.operations.messages.notices import Notice
from eventos_core.operations.messages.reports import Report
from eventos_core.ui import page
from eventos_core.ui.errors import escaped
from tests.events import rows
from tests.operations.imports_support import alter
from tests.pages.page_helpers import links, words
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database
OpenPage = Callable[..., AppTest]


def put(house: TestHouse, address: str = "guest@example.org") -> int:
    with unit_of_work(house.owner) as db:
        message = Message(address=address, subject="Doors at seven", body="See you **tonight**.")
        return enqueue(db, message, idempotency_key=address).message_id


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


def test_where_mail_is_kept_is_told_to_who_manages_it(
    house: TestHouse, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("EVENTOS_SMTP_URL", raising=False)
    folder = tmp_path.parent / "kept"
    monkeypatch.setenv("EVENTOS_MAIL_DIR", str(folder))
    assert escaped(f"E-mail is written to {folder} instead") in words(open_page("promote_messages", house.owner))
    told = words(open_page("promote_messages", house.member(Role.VIEWER)))
    assert "E-mail is written to files instead of being sent." in told
    assert "kept" not in told


def test_outbox_lists_what_waits(two_houses: tuple[TestHouse, TestHouse], open_page: OpenPage) -> None:
    first, second = two_houses
    put(first)
    at = open_page("promote_messages", first.owner)
    assert not at.exception
    assert "1 on the way" in words(at)
    assert len(at.dataframe[0].value) == 1
    assert "Nothing was sent yet." in words(open_page("promote_messages", second.owner))


def test_filter_stands_in_the_url(house: TestHouse, open_page: OpenPage) -> None:
    put(house)
    at = open_page("promote_messages", house.owner, messages_status="failed")
    assert not at.exception
    assert "No message matches." in words(at)
    assert not at.warning


def test_events_of_one_name_are_told_apart(house: TestHouse, open_page: OpenPage) -> None:
    """A choice is known by its label; the other one would be taken."""
    for day in (1, 2):
        rows.add_event(house.owner, "Press day", starts_at=rows.at(10, days=day), ends_at=rows.at(12, days=day))
    rows.add_event(house.owner, "Gala")
    at = open_page("promote_messages", house.owner)
    options = at.selectbox(key="messages_event").options
    assert len({*options}) == 3
    assert "Gala" in options
    at = open_page("account_profile", house.owner)
    assert len({*next(box for box in at.selectbox if box.label == "Which event").options}) == 3


def test_drawer_shows_the_message_and_cancels_it(house: TestHouse, open_page: OpenPage) -> None:
    message_id = put(house)
    at = open_page("promote_messages", house.owner, message=str(message_id))
    assert not at.exception
    assert "Doors at seven" in words(at)
    press(at, "Cancel message")
    assert read(house.owner, queries.message, message_id).status is QueueStatus.CANCELLED


@pytest.mark.parametrize(("kind", "told", "why"), [
    (DeliveryKind.BOUNCED, "Came back", "mailbox does not exist"),
    (DeliveryKind.COMPLAINED, "Spam report", "reported it as spam"),
])  # fmt: skip
def test_message_that_came_back_is_not_just_sent(
    house: TestHouse, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    kind: DeliveryKind, told: str, why: str,
) -> None:  # fmt: skip
    monkeypatch.delenv("EVENTOS_SMTP_URL", raising=False)
    monkeypatch.setenv("EVENTOS_MAIL_DIR", str(tmp_path))
    message_id = put(house)
    sending.send_due(house.owner)
    sent = read(house.owner, queries.message, message_id)
    at = open_page("promote_messages", house.owner, message=str(message_id))
    assert at.dataframe[0].value["Status"].tolist() == [["Sent"]]
    assert not at.error
    report = Report(sent.message_id or "", kind, "r1", BounceKind.HARD, "550 mailbox does not exist")
    assert reports.take(report, provider="report")
    worker.run_until_empty(queues=["house"])
    at = open_page("promote_messages", house.owner, message=str(message_id))
    assert at.dataframe[0].value["Status"].tolist() == [[told]]
    assert why in at.error[0].value
    assert f":red-badge[{told}]" in words(at)
    assert escaped("To: guest@example.org") in words(at)


def test_drawer_notices_a_try_that_failed(
    house: TestHouse, open_page: OpenPage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched: list[Callable[[], bool]] = []
    monkeypatch.setattr(page, "until", watched.append)
    message_id = put(house)
    open_page("promote_messages", house.owner, message=str(message_id))
    assert not watched[-1]()
    alter(
        database, "update notification_queue set attempts = 1, last_error = 'Busy', next_attempt_at = now() +"
        " interval '1 minute' where id = %s", message_id,
    )  # fmt: skip
    assert watched[-1]()
    at = open_page("promote_messages", house.owner, message=str(message_id))
    assert at.warning[0].value == "Busy"
    assert not watched[-1]()


def test_message_of_the_other_house_is_not_found(two_houses: tuple[TestHouse, TestHouse], open_page: OpenPage) -> None:
    first, second = two_houses
    at = open_page("promote_messages", second.owner, message=str(put(first)))
    assert "Doors at seven" not in words(at)
    assert "does not exist" in words(at)


def test_viewer_reads_and_may_not_act(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("promote_messages", house.member(Role.VIEWER), message=str(put(house)))
    labels = [button.label for button in at.button]
    assert "Cancel message" not in labels
    assert "New template" not in labels


def test_who_may_not_read_is_told_whom_to_ask(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("promote_messages", house.member(Role.VIEWER, denials=("promote.read",)))
    assert "Ask an owner or admin" in words(at)


def test_standard_wording_is_shown_and_becomes_the_houses_own(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("promote_messages", house.owner, messages_tab="templates", template="team.invitation")
    assert not at.exception
    assert "Standard wording" in words(at)
    at.session_state["template_tabs_team.invitation"] = "Wording"
    at.run()
    next(area for area in at.text_area if area.label == "Text").set_value("Come: {{ link }}")
    press(at, "Save wording")
    assert not at.exception
    own = read(house.owner, queries.templates).set_index("key")
    assert own.loc["team.invitation", "revision"] == 1


def test_unknown_placeholder_is_told_at_the_field(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("promote_messages", house.owner, messages_tab="templates", new="template")
    next(field for field in at.text_input if field.label == "Name").set_value("Reminder")
    next(field for field in at.text_input if field.label == "Key").set_value("guest.reminder")
    next(field for field in at.text_input if field.label == "Subject").set_value("Tomorrow")
    next(area for area in at.text_area if area.label == "Text").set_value("Dear {{ recipient.nme }}")
    press(at, "Add template")
    assert "did you mean" in words(at)
    assert read(house.owner, queries.templates).query("revision > 0").empty


def test_own_template_shows_its_revisions(house: TestHouse, open_page: OpenPage) -> None:
    made = execute(house.owner, add_template, AddTemplate("a.b", "en", "Reminder", "See you.", "Tomorrow"))
    at = open_page("promote_messages", house.owner, messages_tab="templates", template=str(made.template_id))
    at.session_state[f"template_tabs_{made.template_id}"] = "Revisions"
    at.run()
    assert not at.exception
    assert "See you." in [code.value for code in at.code]


def test_bell_counts_and_notices_are_opened_by_their_person(house: TestHouse, open_page: OpenPage) -> None:
    viewer = house.member(Role.VIEWER)
    with reading(viewer) as db:
        user_id = db.context.user_id
    assert user_id is not None
    with unit_of_work(house.owner) as db:
        notices.notify(db, user_id, Notice("team.rights_changed", "You are manager now"))
    at = open_page("account_notices", viewer)
    assert not at.exception
    assert "You are manager now" in words(at)
    assert "Notifications :primary-badge[1]" in links(at)
    next(button for button in at.button if button.help == "Put away").click().run()
    assert "Nothing new." in words(at)
    assert "Notifications" in links(at)


def test_account_page_keeps_how_one_is_told(house: TestHouse, open_page: OpenPage) -> None:
    viewer = house.member(Role.VIEWER)
    at = open_page("account_profile", viewer)
    assert not at.exception
    key = f"prefer_{house.slug}_team.rights_changed_email"
    at.button_group(key=key).set_value(PreferenceMode.OFF).run()
    assert not at.exception
    wish = next(one for one in read(viewer, notices.own_preferences) if one.kind == "team.rights_changed")
    assert wish.email.value == "off"
