"""The page of pairs that may be one, without a browser."""

from __future__ import annotations

import pytest

from eventos_core.db.registry import read
from eventos_core.directory import queries
from eventos_core.enums.directory import MergeEntity
from eventos_core.kernel.permissions import Role
from tests.directory.conftest import add_contact, add_organization, counted
from tests.pages.conftest import OpenPage
from tests.pages.test_directory import press, said
from tests.support import TestHouse

pytestmark = pytest.mark.database


def test_a_group_is_merged_in_one_sitting(house: TestHouse, open_page: OpenPage) -> None:
    a, b, c = (add_contact(house.owner, "Ann", "One", "ann@x.example", job_title=title) for title in ("A", "B", "C"))
    at = open_page("sales_duplicates", house.owner)
    text = said(at)
    assert not at.exception
    assert "3 likely pairs" in text
    assert "Same e-mail and same name: ann@x.example" in text.replace("\\", "")
    at = press(at, "Compare")
    assert at.query_params["merge"] in (f"{a}-{b}", [f"{a}-{b}"])
    at = press(at, f"Merge into Ann One (#{a})")
    assert at.query_params["merge"] in (f"{a}-{c}", [f"{a}-{c}"])
    at = press(at, f"Merge into Ann One (#{a})")
    assert "merge" not in at.query_params
    assert "No two look like one" in said(at)
    assert {read(house.owner, queries.contact, row).merged_into_id for row in (b, c)} == {a}


def test_a_pair_is_told_apart_and_proposed_again(house: TestHouse, open_page: OpenPage) -> None:
    for _ in range(2):
        add_organization(house.owner, "Éclat", domain="eclat.example")
    at = open_page("sales_duplicates", house.owner, duplicates_of="organization")
    assert "Same domain and same name" in said(at)
    at = press(at, "Not the same")
    assert "No two look like one" in said(at)
    at = open_page("sales_duplicates", house.owner, duplicates_of="organization", duplicates_show="dismissed")
    at = press(at, "Propose again")
    assert "No pair was told apart yet" in said(at)
    assert len(read(house.owner, queries.possible_duplicates, MergeEntity.ORGANIZATION)) == 1


def test_several_chosen_ones_are_compared_in_turn(house: TestHouse, open_page: OpenPage) -> None:
    a, b, c = (add_contact(house.owner, name, "One") for name in ("Ann", "Bea", "Cy"))
    at = open_page("sales_contacts", house.owner, merge=f"{a}-{b}-{c}")
    assert "1 more record follows after this one" in said(at)
    at = press(at, "Merge into Ann One")
    assert at.query_params["merge"] in (f"{a}-{c}", [f"{a}-{c}"])
    at = press(at, "They are not the same")
    assert "merge" not in at.query_params
    assert read(house.owner, queries.contact, b).merged_into_id == a
    assert read(house.owner, queries.contact, c).merged_into_id is None


def test_a_damaged_link_says_so(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("sales_duplicates", house.owner, merge="12-x")
    assert "This link names no pair" in said(at)


def test_the_page_is_closed_to_who_may_not_merge(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("sales_duplicates", house.member(Role.MEMBER))
    assert "This page is not open to you" in said(at)


def test_the_page_runs_the_list_and_its_counts(house: TestHouse, open_page: OpenPage) -> None:
    for number in range(4):
        for _ in range(2):
            add_contact(house.owner, "Ann", f"No{number}", f"{number}@x.example")
    at = open_page("sales_duplicates", house.owner)
    with counted() as sent:
        at.run()
    # The session, unread notices, the house's events (twice: the chosen one, the picker), the counts, the list.
    assert len(sent) == 6, sent
