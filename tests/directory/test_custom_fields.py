"""Custom fields of contacts: types kept, edited side by side, told apart from what a form cannot edit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from eventos_core.db.registry import execute, read
from eventos_core.db.session import unit_of_work
from eventos_core.directory import commands, queries
from eventos_core.directory.commands import EditContact
from eventos_core.directory.rules.custom import CustomKind, as_text, from_text, kind_of, merged
from eventos_core.kernel.errors import EditConflict, InvalidInput
from eventos_core.models.directory import Contact
from tests.directory.conftest import add_contact, add_organization
from tests.support import TestHouse

LINES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40)
NAMES = st.sampled_from("abcd")
FIELDS = st.dictionaries(NAMES, st.none() | st.integers(0, 3), max_size=4)


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False) | LINES | st.lists(LINES, min_size=1))
def test_a_value_read_back_from_its_text_is_the_same(value: Any) -> None:
    assert from_text(as_text(value), kind_of(value), field="f") == value
    assert type(from_text(as_text(value), kind_of(value), field="f")) is type(value)


@given(st.text(max_size=30))
def test_a_number_is_one_or_is_refused_at_its_field(text: str) -> None:
    try:
        found = from_text(text, CustomKind.NUMBER, field="f")
    except InvalidInput as error:
        assert list(error.fields) == ["f"]
    else:
        assert found is None if not text.strip() else isinstance(found, (int, float))


@pytest.mark.parametrize("text", ["1 200,5", "1200.5", " 1200.50 "])
def test_numbers_are_read_as_people_write_them(text: str) -> None:
    assert from_text(text, CustomKind.NUMBER, field="f") == 1200.5


@pytest.mark.parametrize(("value", "kind"), [
    ("=1+1", CustomKind.TEXT), (None, CustomKind.TEXT), (True, CustomKind.YES_NO), (1.5, CustomKind.NUMBER),
    (["a"], CustomKind.LIST), ([1], CustomKind.OTHER), ({"a": 1}, CustomKind.OTHER),
])  # fmt: skip
def test_a_value_tells_what_it_is(value: Any, kind: CustomKind) -> None:
    assert kind_of(value) is kind


def test_a_long_text_is_refused() -> None:
    with pytest.raises(InvalidInput):
        from_text("x" * 5001, CustomKind.TEXT, field="f")


@given(FIELDS, FIELDS, FIELDS)
def test_merging_writes_what_was_touched_and_nothing_else(
    mine: dict[str, Any], base: dict[str, Any], stored: dict[str, Any]
) -> None:
    values, clashing = merged(mine, base, stored)
    for name in {*mine, *base, *stored}:
        touched = mine.get(name) != base.get(name)
        if name in mine or name in stored:
            assert values.get(name) == (mine.get(name) if touched else stored.get(name))
        assert (name in clashing) == (
            touched and stored.get(name) != base.get(name) and stored.get(name) != mine.get(name)
        )


def give(house: TestHouse, contact: int, **custom: Any) -> None:
    with unit_of_work(house.owner) as db:
        db.execute(update(Contact).where(Contact.id == contact).values(custom=custom))


def save(house: TestHouse, seen: queries.ContactDetail, **custom: Any) -> None:
    given_now = {**seen.custom, **custom}
    edit = EditContact(seen.id, seen.version, seen.fields, seen.fields, custom=given_now, base_custom=seen.custom)
    execute(house.owner, commands.edit_contact, edit)


@pytest.mark.database
def test_known_fields_are_the_house_s_own_with_what_most_hold(two_houses: tuple[TestHouse, TestHouse]) -> None:
    ours, other = two_houses
    give(other, add_contact(other.owner, "Secret", "Other"), secret="x")
    for number, value in enumerate((1, 2, "three")):
        give(ours, add_contact(ours.owner, "Ann", f"No {number}"), Seat=value, vip=True, empty=None)
    assert read(ours.owner, queries.contact_custom_fields) == {"Seat": CustomKind.NUMBER, "vip": CustomKind.YES_NO}


@pytest.mark.database
def test_two_people_edit_different_fields_and_clash_on_the_same(house: TestHouse) -> None:
    contact = add_contact(house.owner, "Ann", "One")
    give(house, contact, seat=1, badge="red", note=["a"], deep={"x": 1})
    seen = read(house.owner, queries.contact, contact)
    save(house, seen, seat=2)
    save(house, seen, badge="blue", note=None)
    now = read(house.owner, queries.contact, contact)
    assert now.custom == {"seat": 2, "badge": "blue", "deep": {"x": 1}}
    with pytest.raises(EditConflict) as conflict:
        save(house, seen, seat=3)
    assert "seat: 2" in conflict.value.theirs["custom"]
    assert read(house.owner, queries.contact, contact).version == now.version


@pytest.mark.database
def test_an_edit_that_says_nothing_of_them_leaves_them(house: TestHouse) -> None:
    contact = add_contact(house.owner, "Ann", "One")
    give(house, contact, seat=1)
    seen = read(house.owner, queries.contact, contact)
    fields = replace(seen.fields, job_title="Editor")
    execute(house.owner, commands.edit_contact, EditContact(contact, seen.version, fields, seen.fields))
    assert read(house.owner, queries.contact, contact).custom == {"seat": 1}


@pytest.mark.database
def test_colleagues_are_those_of_the_company_and_the_one_chosen(two_houses: tuple[TestHouse, TestHouse]) -> None:
    ours, other = two_houses
    maison, press = add_organization(ours.owner, "Éclat"), add_organization(ours.owner, "Presse")
    boss = add_contact(ours.owner, "Zoé", "Chef", organization_id=press)
    ann = add_contact(ours.owner, "Ann", "One", organization_id=maison, reports_to_id=boss)
    add_contact(ours.owner, "Elsewhere", "Else", organization_id=press)
    add_contact(other.owner, "Secret", "Other", organization_id=add_organization(other.owner, "Éclat"))
    assert read(ours.owner, queries.colleague_choices, maison, include=boss) == {ann: "Ann One", boss: "Zoé Chef"}
    assert read(ours.owner, queries.colleague_choices, None) == {}
