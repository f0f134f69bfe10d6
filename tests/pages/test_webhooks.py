"""The Webhooks page: adding with the secret shown once, the log, who may look."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from eventos_core.db.registry import execute, read
from eventos_core.enums.operations import EndpointStatus
from eventos_core.kernel.permissions import Role
from eventos_core.operations.webhooks import queries
from eventos_core.operations.webhooks.commands import OneEndpoint, SwitchEndpoint, ping_endpoint, switch_endpoint
from eventos_core.ui import page
from tests.operations.imports_support import alter
from tests.operations.webhooks.test_webhooks import add
from tests.pages.page_helpers import words
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database
OpenPage = Callable[..., AppTest]


def test_secret_is_shown_once(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("admin_webhooks", house.owner, new="webhook")
    next(field for field in at.text_input if field.label == "Name").set_value("Own site")
    next(field for field in at.text_input if field.label == "Address").set_value("https://hooks.example/one")
    next(field for field in at.multiselect if field.label != "Columns").set_value(["EventCreated"])
    next(button for button in at.button if button.label == "Add webhook").click().run()
    assert not at.exception
    assert "shown only once" in words(at)
    assert len(at.code) == 1
    del at.query_params["new"]
    at.run()
    assert not at.code
    assert read(house.owner, queries.webhook_endpoints)["facts"].tolist() == [["EventCreated"]]


def test_drawer_shows_the_endpoint_to_its_own_house(
    two_houses: tuple[TestHouse, TestHouse], open_page: OpenPage
) -> None:
    first, second = two_houses
    made, secret = add(first.owner, "https://hooks.example/one")
    at = open_page("admin_webhooks", first.owner, webhook=str(made.endpoint_id))
    assert not at.exception
    assert "Nothing was delivered yet." in words(at)
    assert secret not in words(at)
    other = open_page("admin_webhooks", second.owner, webhook=str(made.endpoint_id))
    assert "does not exist" in words(other)


def test_log_notices_a_try_that_failed_and_says_when_the_next_is(
    house: TestHouse, open_page: OpenPage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched: list[Callable[[], bool]] = []
    monkeypatch.setattr(page, "until", watched.append)
    made, _ = add(house.owner, "https://hooks.example/one")
    execute(house.owner, ping_endpoint, OneEndpoint(made.endpoint_id))
    open_page("admin_webhooks", house.owner, webhook=str(made.endpoint_id))
    assert not watched[-1]()
    alter(
        database, "update webhook_deliveries set status = 'retrying', attempts = 1, response_status = 500,"
        " next_attempt_at = now() + interval '1 minute' where endpoint_id = %s", made.endpoint_id,
    )  # fmt: skip
    assert watched[-1]()
    told = words(open_page("admin_webhooks", house.owner, webhook=str(made.endpoint_id)))
    assert "Retrying · 500" in told
    assert "next try" in told
    assert not watched[-1]()


def test_what_one_did_oneself_is_no_conflict(house: TestHouse, open_page: OpenPage) -> None:
    made, _ = add(house.owner, "https://hooks.example/one")
    at = open_page("admin_webhooks", house.owner, webhook=str(made.endpoint_id))
    next(box for box in at.checkbox if box.label == "Make a new secret").check().run()
    for label in ("Make it now", "Pause", "Switch on"):
        next(button for button in at.button if button.label == label).click().run()
        assert not at.exception
        assert "while you were editing" not in words(at)
    assert not next(box for box in at.checkbox if box.label == "Make a new secret").value
    assert read(house.owner, queries.webhook_endpoint, made.endpoint_id).status is EndpointStatus.ACTIVE


def test_what_another_did_in_between_is_one(house: TestHouse, open_page: OpenPage) -> None:
    made, _ = add(house.owner, "https://hooks.example/one")
    at = open_page("admin_webhooks", house.owner, webhook=str(made.endpoint_id))
    seen = read(house.owner, queries.webhook_endpoint, made.endpoint_id).version
    other = SwitchEndpoint(made.endpoint_id, seen, active=False)
    execute(house.member(Role.ADMIN), switch_endpoint, other)
    next(button for button in at.button if button.label == "Pause").click().run()
    assert "while you were editing" in words(at)


def test_manager_is_told_whom_to_ask(house: TestHouse, open_page: OpenPage) -> None:
    assert "Ask an owner or admin" in words(open_page("admin_webhooks", house.member(Role.MANAGER)))
