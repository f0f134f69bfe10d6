"""Saved views in the filter rows, without a browser: choosing, keeping, links, what is gone, columns."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Multiselect, TextInput

from eventos_core.db.registry import read
from eventos_core.kernel.permissions import Role
from eventos_core.operations import views
from eventos_core.operations.views import DeleteView, SaveView, SetDefaultView, View, ViewSaved
from eventos_core.ui import navigation
from tests.directory.conftest import add_contact, counted
from tests.events import rows
from tests.operations.test_views import disable
from tests.pages.conftest import OpenPage
from tests.pages.page_helpers import turn_to, words
from tests.support import TestHouse

pytestmark = pytest.mark.database
PRESS: dict[str, Any] = {"q": "ann"}


@pytest.fixture
def people(house: TestHouse) -> TestHouse:
    """The house with Ann and Bob."""
    add_contact(house.owner, "Ann", "One", "ann@x.example")
    add_contact(house.owner, "Bob", "Two")
    return house


def save(house: TestHouse, name: str = "Press", page: str = "contacts", **given: Any) -> ViewSaved:
    who = given.pop("who", house.owner)
    return views.save_view(who, SaveView(page, name, given.pop("filters", PRESS), **given))


def kept(house: TestHouse, page: str = "contacts") -> dict[str, View]:
    return {one.name: one for one in read(house.owner, views.saved_views, page)}


def names(at: AppTest) -> list[str]:
    """The names in the list of contacts."""
    assert not at.exception
    return [] if not at.dataframe else list(at.dataframe[0].value.iloc[:, 0])


def press(at: AppTest, label: str) -> AppTest:
    at = next(button for button in at.button if button.label.startswith(label)).click().run()
    assert not at.exception
    return at


def view(at: AppTest, key: str = "contacts") -> str | None:
    found = at.query_params.get(f"{key}_view")
    return found[0] if isinstance(found, list) else found


def search(at: AppTest) -> TextInput:
    """The search box of the list, not that of the house."""
    return next(one for one in at.text_input if one.key != "global_search" and one.icon == ":material/search:")


def columns(at: AppTest) -> Multiselect:
    return next(one for one in at.multiselect if one.label == "Columns")


def test_a_link_opens_a_colleague_s_view(people: TestHouse, open_page: OpenPage) -> None:
    made = save(people, shared=True, columns=("name", "job_title"))
    colleague = people.member(Role.MEMBER)
    at = open_page("sales_contacts", colleague, contacts_view=str(made.view_id))
    assert names(at) == ["Ann One"]
    assert list(at.dataframe[0].value.columns) == ["Name", "Job title"]
    assert view(at) == str(made.view_id)
    assert "Make private" not in [button.label for button in at.button]


def test_a_view_is_chosen_changed_and_left(people: TestHouse, open_page: OpenPage) -> None:
    made = save(people)
    at = open_page("sales_contacts", people.owner)
    assert len(names(at)) == 3  # the owner is a contact too
    press(at, "Press")
    assert names(at) == ["Ann One"]
    assert search(at).value == "ann"
    search(at).set_value("bob").run()
    assert names(at) == ["Bob Two"]
    assert view(at) == f"{made.view_id}~"
    press(at, "Save changes to “Press”")
    assert kept(people)["Press"].filters == {"q": "bob"}
    assert view(at) == str(made.view_id)
    press(at, "All contacts")
    assert len(names(at)) == 3
    assert view(at) is None


def test_what_is_seen_is_kept_under_a_name_and_opens_the_page(people: TestHouse, open_page: OpenPage) -> None:
    at = open_page("sales_contacts", people.owner)
    search(at).set_value("ann").run()
    columns(at).set_value(["email", "created_at"]).run()
    press(at, "Save as a new view")
    next(one for one in at.text_input if one.label.startswith("Name of the view")).set_value("Anns")
    press(at, "Save view")
    found = kept(people)["Anns"]
    assert (found.filters, found.columns) == (PRESS, ("name", "email", "created_at"))
    assert view(at) == str(found.id)
    press(at, "Open the page with it")
    assert kept(people)["Anns"].is_default
    fresh = open_page("sales_contacts", people.owner)
    assert names(fresh) == ["Ann One"]
    press(fresh, "All contacts")
    assert (len(names(fresh)), view(fresh)) == (3, "all")


def test_the_menus_show_what_the_view_keeps(house: TestHouse, open_page: OpenPage) -> None:
    made = save(house, page="venues", filters={"kind": ["studio"]})
    at = open_page("plan_venues", house.owner, venues_view=str(made.view_id))
    kind = next(one for one in at.multiselect if one.label == "Kind")
    assert (kind.value, kind.proto.set_value) == (["studio"], True)
    assert columns(at).proto.set_value and len(columns(at).value) > 2
    search(at).set_value("salon").run()
    kind = next(one for one in at.multiselect if one.label == "Kind")
    assert "Filters · 1" in [one.proto.popover.label for one in at.get("popover")]
    kind.set_value(["gallery"]).run()
    kind = next(one for one in at.multiselect if one.label == "Kind")
    assert (kind.value, view(at, "venues")) == (["gallery"], f"{made.view_id}~")


def test_columns_follow_the_view(people: TestHouse, open_page: OpenPage) -> None:
    save(people, columns=("name", "job_title"))
    at = open_page("sales_contacts", people.owner)
    press(at, "Press")
    assert columns(at).value == ["job_title"]
    columns(at).set_value(["job_title", "email"]).run()
    assert list(at.dataframe[0].value.columns)[1:] == ["Job title", "E-mail"]
    press(at, "All contacts")
    assert len(columns(at).value) > 2


def test_a_link_with_filters_is_shown_as_it_is_whatever_the_default(people: TestHouse, open_page: OpenPage) -> None:
    made = save(people)
    views.set_default_view(people.owner, SetDefaultView("contacts", made.view_id))
    at = open_page("sales_contacts", people.owner, contacts_q="bob")
    assert names(at) == ["Bob Two"]
    at = open_page("sales_contacts", people.owner, contacts_q="bob", contacts_view=str(made.view_id))
    assert names(at) == ["Bob Two"]
    assert view(at) == f"{made.view_id}~"


def test_coming_back_to_a_page_finds_the_view_again(people: TestHouse, open_page: OpenPage) -> None:
    made = save(people)
    at = open_page("sales_contacts", people.owner)
    press(at, "Press")
    turn_to(at, "sales_organizations", contacts_view="", contacts_q="")
    for name in ("contacts_view", "contacts_q"):
        at.query_params.pop(name, None)
    turn_to(at, "sales_contacts")
    assert names(at) == ["Ann One"]
    assert view(at) == str(made.view_id)


@pytest.mark.parametrize("wrong", ["999999", "nonsense", "-1", "12~"])
def test_a_view_that_is_gone_says_so_and_the_list_stands(people: TestHouse, open_page: OpenPage, wrong: str) -> None:
    at = open_page("sales_contacts", people.owner, contacts_view=wrong)
    assert "That view is gone, or not shared with you" in words(at)
    assert len(names(at)) == 3


def test_another_s_private_view_and_a_deleted_one_are_gone(people: TestHouse, open_page: OpenPage) -> None:
    private = save(people, "Private", who=people.member(Role.ADMIN))
    deleted = save(people, "Deleted")
    views.delete_view(people.owner, DeleteView(deleted.view_id, deleted.version))
    for made in (private, deleted):
        at = open_page("sales_contacts", people.owner, contacts_view=str(made.view_id))
        assert "That view is gone" in words(at)
        assert "Private" not in words(at)


def test_values_that_are_gone_are_named(people: TestHouse, open_page: OpenPage) -> None:
    made = save(people, filters={"q": "ann", "tag": ["vanished"]})
    at = open_page("sales_contacts", people.owner, contacts_view=str(made.view_id))
    assert names(at) == ["Ann One"]
    assert "Some values of this view are offered no more: tag" in words(at)
    assert view(at) == str(made.view_id)


def test_it_is_renamed_shared_and_deleted_with_a_question(people: TestHouse, open_page: OpenPage) -> None:
    made = save(people)
    at = open_page("sales_contacts", people.owner, contacts_view=str(made.view_id))
    press(at, "Share with the house")
    assert kept(people)["Press"].shared
    press(at, "Rename")
    next(one for one in at.text_input if one.label.startswith("Name of the view")).set_value("Anns")
    press(at, "Rename")
    assert set(kept(people)) == {"Anns"}
    press(at, "Delete")
    assert "Nobody in the house will have it any more" in words(at)
    press(at, "Keep it")
    press(at, "Delete")
    press(at, "Delete view")
    assert kept(people) == {}
    assert len(names(at)) == 3
    assert view(at) is None


def test_who_may_only_look_keeps_private_views(people: TestHouse, open_page: OpenPage) -> None:
    save(people, shared=True)
    viewer = people.member(Role.VIEWER)
    at = open_page("sales_contacts", viewer)
    press(at, "Press")
    assert names(at) == ["Ann One"]
    press(at, "Save as a new view")
    assert "Share with the house" not in [one.label for one in at.toggle]
    next(one for one in at.text_input if one.label.startswith("Name of the view")).set_value("My press")
    press(at, "Save view")
    found = {one.name: one for one in read(viewer, views.saved_views, "contacts")}["My press"]
    assert (found.mine, found.shared, view(at)) == (True, False, str(found.id))
    labels = {button.label for button in at.button}
    assert {"Rename", "Delete", "Open the page with it"} <= labels
    assert "Share with the house" not in labels
    press(at, "Delete")
    press(at, "Delete view")
    assert "My press" not in [one.name for one in read(viewer, views.saved_views, "contacts")]


def test_an_admin_takes_over_what_one_who_left_has_shared(people: TestHouse, open_page: OpenPage) -> None:
    leaver, admin = people.member(Role.MEMBER), people.member(Role.ADMIN)
    made = save(people, "Theirs", who=leaver, shared=True)
    assert "Take it over" not in labels_of(open_page("sales_contacts", admin, contacts_view=str(made.view_id)))
    disable(people, leaver)
    assert "Take it over" not in labels_of(
        open_page("sales_contacts", people.member(Role.MANAGER), contacts_view=str(made.view_id))
    )
    at = open_page("sales_contacts", admin, contacts_view=str(made.view_id))
    assert any("has left" in one for one in labels_of(at))
    press(at, "Take it over")
    assert {"Rename", "Delete", "Make private"} <= labels_of(at)


def labels_of(at: AppTest) -> set[str]:
    return {button.label for button in at.button}


def test_views_cost_one_query(people: TestHouse, open_page: OpenPage) -> None:
    for number in range(5):
        save(people, f"View {number}")
    with counted() as sent:
        open_page("sales_contacts", people.owner)
    assert len([one for one in sent if "saved_views" in one]) == 1


PAGES = {
    "sales_contacts": ("contacts", {"q": "a", "show": "mine"}),
    "sales_organizations": ("organizations", {"q": "a", "kind": ["brand"]}),
    "plan_events": ("events", {"q": "a", "state": "all"}),
    "plan_venues": ("venues", {"q": "a", "min_capacity": 5}),
    "plan_programme": ("programme", {"q": "a", "layout": "list", "hide_cancelled": True}),
    "admin_audit": ("audit", {"action": "insert", "since": "2026-01-01"}),
    "admin_imports": ("imports", {"kind": "contacts"}),
    "admin_jobs": ("jobs", {"show": "failed"}),
    "admin_team": ("team", {"q": "claire", "role": "owner", "disabled": True}),
    "admin_trash": ("trash", {"q": "a", "kind": "contacts"}),
    "promote_media": ("media", {"q": "a", "archived": True}),
    "promote_messages": ("messages", {"status": "failed"}),
}


@pytest.mark.parametrize("key", PAGES)
def test_every_list_takes_its_view_whole(house: TestHouse, open_page: OpenPage, key: str) -> None:
    page, filters = PAGES[key]
    event = rows.add_event(house.owner)
    rows.add_session(house.owner, event.event_id, "A talk")
    made = save(house, "All of it", page, filters=filters)
    at = open_page(key, house.owner, event=event.slug, **{f"{page}_view": str(made.view_id)})
    assert not at.exception
    assert "offered no more" not in words(at)
    assert view(at, page) == str(made.view_id)
    press(at, "All of it")
    assert view(at, page) == str(made.view_id)


def test_every_list_page_has_views() -> None:
    listed = {key for key in PAGES if navigation.exists(key)}
    assert listed == PAGES.keys()


@pytest.mark.parametrize(
    ("page", "key", "query"),
    [
        ("admin_keys", "keys", {}),
        ("admin_webhooks", "webhooks", {}),
        ("admin_jobs", "schedules", {}),
        ("promote_messages", "templates", {"messages_tab": "templates"}),
        ("promote_messages", "suppressions", {"messages_tab": "declined"}),
    ],
)
def test_short_lists_keep_views_too(
    house: TestHouse, open_page: OpenPage, page: str, key: str, query: dict[str, str]
) -> None:
    made = save(house, "Mine", page=key, filters={})
    at = open_page(page, house.owner, **query)
    assert not at.exception
    press(at, "Mine")
    assert view(at, key) == str(made.view_id)
