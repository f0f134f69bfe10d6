"""The Team page: list, invitation with its link shown once, rights in the drawer, states for who may not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from eventos_core.db.registry import execute, read
from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel.credentials import MemberCredential, hash_token, new_token
from eventos_core.kernel.permissions import Permission, Role
from eventos_core.tenancy import commands, identity, queries
from eventos_core.tenancy.commands import DescribeMember, InviteMember
from eventos_core.tenancy.rules import Rights
from eventos_core.ui.team import words as team_words
from tests.pages.page_helpers import words
from tests.support import TestHouse

pytestmark = pytest.mark.database
OpenPage = Callable[..., AppTest]


def invited(house: TestHouse, name: str = "Ana Keller", role: Role = Role.MEMBER) -> int:
    email = f"{name.lower().replace(' ', '.')}@{house.slug}.example"
    given = InviteMember(email, name, role, hash_token(new_token()))
    return execute(house.owner, commands.invite_member, given).member_id


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


def field(at: AppTest, label: str):  # type: ignore[no-untyped-def]
    return next(element for element in at.text_input if element.label == label)


def test_list_says_who_is_in_the_team(house: TestHouse, open_page: OpenPage) -> None:
    invited(house)
    at = open_page("admin_team", house.owner)
    assert not at.exception
    assert "1 active · 1 invited" in words(at)
    shown = at.dataframe[0].value
    assert "Ana Keller" in set(shown.iloc[:, 0].astype(str).str.replace(r"\[|\].*", "", regex=True))


def test_invitation_link_is_shown_once_and_only_its_hash_is_kept(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("admin_team", house.owner, invite="member")
    field(at, "Name").set_value("Ben Adler")
    field(at, "E-mail address").set_value(f"ben@{house.slug}.example")
    press(at, "Make the invitation link")
    assert not at.exception
    link = next(code.value for code in at.code if "invitation=" in code.value)
    token = link.partition("invitation=")[2]
    opened = identity.invitation(token)
    assert opened is not None
    assert opened.display_name == "Ben Adler"
    del at.query_params["invite"]
    at.run()
    assert "_team_link" not in at.session_state
    assert all(token not in code.value for code in at.code)


def test_wrong_address_is_told_at_its_field(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("admin_team", house.owner, invite="member")
    field(at, "Name").set_value("Ben Adler")
    field(at, "E-mail address").set_value("no address")
    press(at, "Make the invitation link")
    assert ":red[" in words(at)
    assert len(read(house.owner, queries.team)) == 1


def test_admin_is_offered_no_role_above_their_own(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("admin_team", house.member(Role.ADMIN), invite="member")
    rights = next(box for box in at.selectbox if box.label == "Rights")
    assert "Owner (role)" not in rights.options
    assert "Admin (role)" in rights.options


def test_member_drawer_shows_the_matrix(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("admin_team", house.owner, member=str(invited(house, "Cleo Marchand")))
    said = words(at)
    assert "Cleo Marchand" in said
    assert "| Area | May | May not |" in said
    assert "The link ends" in said


def test_viewer_sees_rights_and_no_way_to_change_them(house: TestHouse, open_page: OpenPage) -> None:
    viewer: MemberCredential = house.member(Role.VIEWER)
    at = open_page("admin_team", viewer, member=str(house.owner_member_id))
    assert not at.exception
    assert "| Area | May | May not |" in words(at)
    assert "Invite" not in [button.label for button in at.button]
    assert not at.tabs


def test_viewer_with_an_invite_link_in_the_url_gets_no_form(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("admin_team", house.member(Role.VIEWER), invite="member")
    assert not at.exception
    assert "Make the invitation link" not in [button.label for button in at.button]


def test_member_of_the_other_house_is_not_found(two_houses: tuple[TestHouse, TestHouse], open_page: OpenPage) -> None:
    first, second = two_houses
    at = open_page("admin_team", second.owner, member=str(invited(first, "Only Here")))
    assert "Only Here" not in words(at)
    assert "does not exist" in words(at)


def test_withdrawing_the_link_leaves_a_placeholder(house: TestHouse, open_page: OpenPage) -> None:
    member_id = invited(house, "Dora Lang")
    at = open_page("admin_team", house.owner, member=str(member_id))
    press(at, "Withdraw the link")
    assert read(house.owner, queries.member, member_id).status is MemberStatus.PLACEHOLDER


def test_edit_of_a_stale_drawer_shows_both_versions(house: TestHouse, open_page: OpenPage) -> None:
    member_id = invited(house, "Eva Stein")
    at = open_page("admin_team", house.owner, member=str(member_id))
    at.session_state[f"member_tabs_{member_id}"] = "Details"
    at.run()
    version = read(house.owner, queries.member, member_id).version
    execute(house.owner, commands.describe_member, DescribeMember(member_id, version, "Eva By Another"))
    name = next(e for e in at.text_input if e.label == "Name")
    name.set_value("Eva By Me")
    press(at, "Save details")
    assert read(house.owner, queries.member, member_id).name in ("Eva By Another", "Eva By Me")


def test_every_permission_reads_as_words() -> None:
    labels = [team_words.label(permission) for permission in Permission]
    assert len(set(labels)) == len(labels)
    assert not [label for label in labels if "_" in label]
    rows = team_words.overview(
        Rights(Role.MEMBER, frozenset({Permission.PAY_READ}), frozenset({Permission.EVENTS_READ}))
    )
    assert ("Pay", "see (granted)", "–") in rows
    assert any("see (denied)" in may_not for _, _, may_not in rows)
