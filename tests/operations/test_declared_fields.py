"""Declared fields, quiet hours and the parts of a text: pure decisions."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventos_core.enums.events import FieldType
from eventos_core.enums.operations import MessageCategory, MessageChannel
from eventos_core.kernel.errors import InvalidInput
from eventos_core.operations.custom.rules import CustomField, key_from, settled
from eventos_core.operations.fields import Field, Kind, Unfit, check, read, shown
from eventos_core.operations.messages import quiet, segments

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
CHOICES = {"a": "Alpha", "b": "Beta"}


@given(st.sampled_from(Kind), ANYTHING)
def test_whatever_comes_in_is_storable_or_refused_in_words(kind: Kind, raw: Any) -> None:
    field = Field("f", "F", kind, choices=CHOICES)
    try:
        value = read(field, raw)
    except Unfit as error:
        assert str(error)
        return
    json.dumps(value, allow_nan=False)
    assert read(field, value) == value
    assert isinstance(shown(field, value), str)


@pytest.mark.parametrize(("field", "raw", "stored"), [
    (Field("f", "F"), "  a ", "a"), (Field("f", "F", Kind.INTEGER, least=1, most=9), "7", 7),
    (Field("f", "F", Kind.DECIMAL), "1 200,5", 1200.5), (Field("f", "F", Kind.TIME), dt.time(22), "22:00"),
    (Field("f", "F", Kind.DATE), "2027-02-28", "2027-02-28"), (Field("f", "F", Kind.CHOICE, choices=CHOICES), "b", "b"),
    (Field("f", "F", Kind.MULTI_CHOICE, choices=CHOICES), ["b", "a"], ["a", "b"]),
    (Field("f", "F", Kind.PHONE, country="FR"), "06 12 34 56 78", "+33612345678"),
    (Field("f", "F", Kind.COLOUR), "#FFaa00", "#ffaa00"), (Field("f", "F", Kind.YES_NO), False, False),
    (Field("f", "F"), "", None), (Field("f", "F", Kind.MULTI_CHOICE), [], None),
])  # fmt: skip
def test_a_value_is_stored_as_what_it_is(field: Field, raw: Any, stored: Any) -> None:
    assert read(field, raw) == stored


@pytest.mark.parametrize(("field", "raw"), [
    (Field("f", "F", required=True), " "), (Field("f", "F", Kind.INTEGER, least=1), 0),
    (Field("f", "F", Kind.INTEGER), 1.5), (Field("f", "F", most=3), "abcd"), (Field("f", "F"), "a\x07b"),
    (Field("f", "F", Kind.EMAIL), "nobody"), (Field("f", "F", Kind.PHONE), "12"),
    (Field("f", "F", Kind.URL), "javascript:alert(1)"), (Field("f", "F", Kind.URL), "https://a:b@host"),
    (Field("f", "F", Kind.CHOICE, choices=CHOICES), "c"), (Field("f", "F", Kind.YES_NO), "yes"),
])  # fmt: skip
def test_what_does_not_fit_is_said_at_its_field(field: Field, raw: Any) -> None:
    with pytest.raises(InvalidInput) as wrong:
        check([field], {"f": raw, "stray": 1}, prefix="x.")
    assert set(wrong.value.fields) == {"x.f", "x.stray"}


@pytest.mark.parametrize(("text", "parts", "units"), [
    ("", 0, 0), ("a" * 160, 1, 160), ("a" * 161, 2, 161), ("a" * 306, 2, 306), ("a" * 307, 3, 307),
    ("€" * 80, 1, 160), ("€" * 81, 2, 162), ("ё" * 70, 1, 70), ("ё" * 71, 2, 71), ("👗" * 35, 1, 70), ("ê" * 70, 1, 70),
    ("a" * 152 + "€" + "a" * 10, 2, 164), ("a" * 152 + "€" + "a" * 152, 3, 306),
])  # fmt: skip
def test_texts_are_cut_as_carriers_cut_them(text: str, parts: int, units: int) -> None:
    found = segments.measure(text)
    assert (found.parts, found.units) == (parts, units)


@pytest.mark.parametrize(("now", "ends"), [
    ("2026-12-12T20:59+00:00", None), ("2026-12-12T21:00+00:00", "2026-12-13T07:00+00:00"),
    ("2026-12-13T06:59+00:00", "2026-12-13T07:00+00:00"), ("2026-12-13T07:00+00:00", None),
    ("2026-03-28T23:00+00:00", "2026-03-29T06:00+00:00"),
])  # fmt: skip
def test_quiet_hours_end_in_the_house_s_morning(now: str, ends: str | None) -> None:
    found = quiet.until(dt.datetime.fromisoformat(now), "Europe/Paris", "22:00", "08:00")
    assert (found.isoformat() if found else None) == (f"{ends[:16]}:00+00:00" if ends else None)


def test_hours_of_one_day_and_none_at_all() -> None:
    noon = dt.datetime(2026, 12, 12, 12, tzinfo=dt.UTC)
    assert quiet.until(noon, "UTC", "11:00", "14:00") == noon.replace(hour=14)
    assert quiet.until(noon, "UTC", "13:00", "14:00") is None
    assert quiet.until(noon, "UTC", "12:00", "12:00") is None
    assert quiet.until(noon, "UTC", None, "12:30") is None


def test_what_is_urgent_or_a_ticket_is_not_held_back() -> None:
    sms, mail = MessageChannel.SMS, MessageChannel.EMAIL
    marketing, ticket = MessageCategory.MARKETING, MessageCategory.TRANSACTIONAL
    assert quiet.holds_back(mail, marketing, 5)
    assert quiet.holds_back(sms, ticket, 5)
    assert not quiet.holds_back(sms, ticket, 2)
    assert not quiet.holds_back(mail, ticket, 5)


def defined(key: str, data_type: FieldType = FieldType.TEXT, **more: Any) -> CustomField:
    values = {"help_text": None, "options": (), "required": False, "least": None, "most": None, **more}
    return CustomField(1, "contacts", key, 1, key, data_type, position=0, retired=False, version=1, **values)


@given(st.dictionaries(st.sampled_from("ab"), ANYTHING, max_size=2))
def test_values_that_nobody_touched_stay_to_the_letter(stored: dict[str, Any]) -> None:
    kept = {key: value for key, value in stored.items() if value is not None and value == value}
    assert settled([defined("a", FieldType.INTEGER)], kept, kept) == kept


def test_changed_values_fit_their_definition_and_required_ones_are_there() -> None:
    fields = [defined("seat", FieldType.INTEGER), defined("badge", required=True)]
    assert settled(fields, {"seat": "7", "badge": "red", "old": [1]}, {}) == {"seat": 7, "badge": "red", "old": [1]}
    with pytest.raises(InvalidInput) as wrong:
        settled(fields, {"seat": "seven"}, {"seat": 1})
    assert set(wrong.value.fields) == {"custom.seat", "custom.badge"}
    assert settled(fields, {"seat": None, "badge": "x"}, {"seat": 1}) == {"badge": "x"}


@given(st.text(min_size=1, max_size=90))
def test_a_key_can_be_made_of_any_label(label: str) -> None:
    key = key_from(label)
    assert key[0].isalpha()
    assert len(key) <= 63
    assert set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789_")
