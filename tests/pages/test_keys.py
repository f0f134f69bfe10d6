"""The page of API keys: made and shown once, made anew, withdrawn; states for who may not."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from eventos_core.db.registry import execute, read
from eventos_core.events import queries as event_queries
from eventos_core.kernel.credentials import KeyCredential, hash_token, new_key
from eventos_core.kernel.errors import NotSignedIn
from eventos_core.kernel.permissions import Role
from eventos_core.operations import views
from eventos_core.tenancy import commands, queries
from eventos_core.tenancy.commands import CreateKey, RevokeKey
from tests.pages.page_helpers import words
from tests.support import TestHouse

pytestmark = pytest.mark.database
OpenPage = Callable[..., AppTest]


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


def shown_key(at: AppTest) -> str:
    return next(code.value for code in at.code if re.fullmatch(r"eos_[\w-]{43}", code.value))


def made(house: TestHouse, name: str = "Ticket shop", scopes: tuple[str, ...] = ("events.read",)) -> tuple[int, str]:
    key, prefix = new_key()
    given = CreateKey(name, scopes, prefix, hash_token(key))
    return execute(house.owner, commands.create_key, given).key_id, key


def test_key_is_shown_once_and_opens_the_house(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("admin_keys", house.owner, new="key")
    next(e for e in at.text_input if e.label == "What it is for").set_value("Ticket shop")
    scopes = next(e for e in at.multiselect if e.label.startswith("What it may do "))
    assert "Team: manage" in scopes.options
    assert not any("Account" in option for option in scopes.options)
    assert scopes.label.endswith("(required)]]")
    scopes.set_value(["events.read"])
    press(at, "Create the key")
    assert not at.exception
    key = shown_key(at)
    read(KeyCredential(hash_token(key)), event_queries.events)
    del at.query_params["new"]
    at.run()
    assert all(key not in code.value for code in at.code)
    assert "_eventos_fresh_key" not in at.session_state
    assert list(read(house.owner, queries.api_keys)["prefix"]) == [key[:12]]


def test_a_view_of_ended_keys_is_kept_and_opened(house: TestHouse, open_page: OpenPage) -> None:
    key_id, _ = made(house)
    execute(house.owner, commands.revoke_key, RevokeKey(key_id))
    assert not open_page("admin_keys", house.owner).dataframe
    at = open_page("admin_keys", house.owner, keys_ended="true")
    assert list(at.dataframe[0].value["Name"]) == ["Ticket shop"]
    press(at, "Save as a new view")
    next(one for one in at.text_input if one.label.startswith("Name of the view")).set_value("Ended")
    press(at, "Save view")
    assert not at.exception
    (kept,) = read(house.owner, views.saved_views, "keys")
    assert kept.filters == {"ended": True}
    opened = open_page("admin_keys", house.owner, keys_view=str(kept.id))
    assert not opened.exception
    assert list(opened.dataframe[0].value["Name"]) == ["Ticket shop"]


def test_key_without_scope_is_refused_at_the_field(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("admin_keys", house.owner, new="key")
    next(e for e in at.text_input if e.label == "What it is for").set_value("Ticket shop")
    press(at, "Create the key")
    assert "Choose at least one thing that it may do." in words(at)
    assert read(house.owner, queries.api_keys).empty


def test_key_tells_its_rights_by_area(house: TestHouse, open_page: OpenPage) -> None:
    key_id, _ = made(house, scopes=("events.read", "events.write", "contacts.read"))
    at = open_page("admin_keys", house.owner, api_key=str(key_id))
    assert "- Events\\: see, edit\n- Contacts\\: see" in words(at)


def test_key_is_made_anew_in_its_drawer(house: TestHouse, open_page: OpenPage) -> None:
    key_id, old = made(house)
    at = open_page("admin_keys", house.owner, api_key=str(key_id))
    assert "Ticket shop" in words(at)
    press(at, "Make it anew")
    fresh = shown_key(at)
    assert fresh != old
    read(KeyCredential(hash_token(fresh)), event_queries.events)
    with pytest.raises(NotSignedIn):
        read(KeyCredential(hash_token(old)), event_queries.events)


def test_withdrawing_asks_once(house: TestHouse, open_page: OpenPage) -> None:
    key_id, key = made(house)
    at = open_page("admin_keys", house.owner, api_key=str(key_id))
    press(at, "Withdraw")
    read(KeyCredential(hash_token(key)), event_queries.events)
    press(at, "Withdraw it")
    with pytest.raises(NotSignedIn):
        read(KeyCredential(hash_token(key)), event_queries.events)


def test_key_of_the_other_house_is_not_named(two_houses: tuple[TestHouse, TestHouse], open_page: OpenPage) -> None:
    first, second = two_houses
    key_id, _ = made(second, "Their shop")
    at = open_page("admin_keys", first.owner, api_key=str(key_id))
    assert "Their shop" not in words(at)
    assert "names no key" in words(at)
    assert "No API keys" in words(at)


def test_page_is_closed_to_who_does_not_manage_integrations(house: TestHouse, open_page: OpenPage) -> None:
    made(house)
    at = open_page("admin_keys", house.member(Role.MANAGER))
    assert "not open to you" in words(at)
    assert not at.dataframe


def test_who_only_manages_integrations_sees_and_makes_none(house: TestHouse, open_page: OpenPage) -> None:
    made(house)
    at = open_page("admin_keys", house.member(Role.MEMBER, grants=("integrations.manage",)), new="key")
    assert not at.exception
    assert "Who manages the team makes keys" in words(at)
    assert "New key" not in {button.label for button in at.button}
    assert not any(e.label.startswith("What it may do") for e in at.multiselect)
