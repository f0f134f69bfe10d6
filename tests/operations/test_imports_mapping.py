"""Cells to values, headers to fields, three versions to one: the pure half of imports. No database."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventos_core.directory.importers import formats
from eventos_core.directory.importers.contacts import CONTACTS
from eventos_core.directory.importers.organizations import ORGANIZATIONS
from eventos_core.events.importers.sessions import SESSIONS
from eventos_core.events.importers.venues import VENUES
from eventos_core.kernel.errors import InvalidInput
from eventos_core.operations.imports import values
from eventos_core.operations.imports.fields import Field
from eventos_core.operations.imports.mapping import (
    check_mapping,
    propose,
    read_rows,
    recognise,
    remap,
    saved_onto,
    stored_mapping,
)
from eventos_core.operations.imports.merging import decide
from eventos_core.operations.imports.reading import read_file
from eventos_core.operations.imports.registry import Kind
from eventos_core.operations.imports.restoring import Image, restored
from eventos_core.operations.imports.values import BadValue, Hints
from tests.operations.imports_support import DATA

PARIS = Hints("Europe/Paris", "EUR", "FR")


def targets(kind: Kind, header: str) -> dict[str, str]:
    """Header → target as proposed."""
    names = header.split(",")
    mapping = propose(kind.fields, kind.formats, names)
    return {names[column.position]: column.target for column in mapping.columns}


@pytest.mark.parametrize(
    ("kind", "header", "expected"),
    [
        (CONTACTS, "Record ID,First Name,Last Name,Email,Phone Number", "hubspot_contacts"),
        (CONTACTS, "FirstName,LastName,MailingStreet,Email", "salesforce_contacts"),
        (CONTACTS, "FirstName,LastName,Company,Status", "salesforce_leads"),
        (
            CONTACTS,
            "Order #,Order Date,First Name,Last Name,Email,Ticket Type,Attendee #",
            "eventbrite_attendees_classic",
        ),
        (CONTACTS, "Order ID,Attendee email,Barcode number", "eventbrite_attendees"),
        (CONTACTS, "api_id,name,first_name,last_name,email,approval_status,qr_code_url", "luma_guests"),
        (CONTACTS, "Event slug,Order code,Position ID,Attendee email", "pretix_positions"),
        (CONTACTS, "Event slug,Order code,Order total,Email", "pretix_orders"),
        (CONTACTS, "ID,First Name,Last Name,Email,Public ID,Short ID", "hi_events_attendees"),
        (ORGANIZATIONS, "Record ID,Company name,Company Domain Name", "hubspot_companies"),
        (CONTACTS, "Name,Email", None),
    ],
)
def test_formats_are_recognised_by_their_headers(kind: Kind, header: str, expected: str | None) -> None:
    found = recognise(kind.formats, header.split(","))
    assert (found.key if found else None) == expected


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        (CONTACTS, "easy_spaces_contact_data.csv", "salesforce_contacts"),
        (CONTACTS, "easy_spaces_lead_data.csv", "salesforce_leads"),
        (CONTACTS, "eventbrite_attendees_classic.csv", "eventbrite_attendees_classic"),
        (VENUES, "easy_spaces_space_data.csv", "easy_spaces"),
        (VENUES, "easy_spaces_market_data.csv", "easy_spaces_markets"),
        (SESSIONS, "wueww2020_sessions.json", "wueww"),
    ],
)
def test_the_real_files_are_recognised(kind: Kind, name: str, expected: str) -> None:
    table = read_file(name, (DATA / name).read_bytes())
    assert propose(kind.fields, kind.formats, table.headers).format == expected


def test_field_names_need_no_mapping() -> None:
    for kind in (CONTACTS, ORGANIZATIONS, VENUES, SESSIONS):
        names = list(kind.field_keys)
        mapping = propose(kind.fields, (), names)
        assert [column.target for column in mapping.columns] == names


def test_headers_are_known_in_other_spellings_and_languages() -> None:
    assert targets(CONTACTS, " E-Mail ,VORNAME,Nachname,Société,Código Postal,Téléphone") == {
        " E-Mail ": "email", "VORNAME": "first_name", "Nachname": "last_name", "Société": "organization",
        "Código Postal": "postal_code", "Téléphone": "phone",
    }  # fmt: skip


def test_of_two_columns_for_a_field_the_better_known_gets_it() -> None:
    found = targets(CONTACTS, "Home Phone,Phone,Mobile Phone,Address 1,Address 2,,x,X")
    assert found["Phone"] == "phone"
    assert (found["Home Phone"], found["Mobile Phone"]) == ("custom.home_phone", "custom.mobile_phone")
    assert (found["Address 1"], found["Address 2"]) == ("street", "street")
    assert (found["x"], found["X"], found[""]) == ("custom.x", "custom.x_2", "custom.column_6")


def test_a_mapping_is_changed_column_by_column_and_checked() -> None:
    headers = ["Email", "Email", "Colour"]
    mapping = propose(CONTACTS.fields, (), headers)
    assert [c.target for c in mapping.columns] == ["email", "custom.email", "custom.colour"]
    mapping = remap(mapping, CONTACTS.fields, [("#2", "email"), ("colour", "-")])
    assert [c.target for c in mapping.columns] == ["custom.email", "email", "-"]
    check_mapping(mapping, CONTACTS.fields, headers)
    for wrong in ([("Email", "phone")], [("Shape", "phone")], [("#9", "phone")], [("Colour", "shape")]):
        with pytest.raises(InvalidInput):
            remap(mapping, CONTACTS.fields, wrong)
    with pytest.raises(InvalidInput, match="No column is mapped"):
        check_mapping(remap(mapping, CONTACTS.fields, [("#2", "-")]), CONTACTS.fields, headers)
    with pytest.raises(InvalidInput, match="does not fit"):
        check_mapping(mapping, CONTACTS.fields, headers[:2])


def test_a_mapping_survives_storing_and_other_column_orders() -> None:
    headers = ["Email", "Colour", "Email"]
    mapping = remap(propose(CONTACTS.fields, (), headers), CONTACTS.fields, [("#3", "tags")])
    stored = stored_mapping(None, headers, mapping.targets, mapping.value_maps, mapping.options)
    assert stored == mapping
    moved = saved_onto(mapping, ["Colour", "New", "email", "EMAIL"])
    assert [c.target for c in moved.columns] == ["custom.colour", "custom.new", "email", "tags"]


def rows_of(content: str, kind: Kind = CONTACTS) -> tuple[list[dict[str, Any]], list[tuple[int, str]]]:
    """Values by row, and (row, column) of what could not be read."""
    table = read_file("f.csv", content.encode())
    rows, problems = read_rows(kind.fields, kind.refine, table, propose(kind.fields, (), table.headers), PARIS)
    return [row.values for row in rows], [(p.row, p.column) for p in problems]


def test_rows_are_read_field_by_field_or_refused_with_all_their_cells() -> None:
    rows, problems = rows_of("First Name,Email,Country,Shoe\n Ada ,ADA@Example.com,France, 37 \nBob,x@,Mordor,\n")
    assert rows == [{"first_name": "Ada", "email": "ADA@Example.com", "country": "FR", "custom.shoe": "37"}]
    assert problems == [(3, "Email"), (3, "Country")]


def test_dates_of_a_column_are_read_one_way() -> None:
    header = "Title,Start\n"
    rows, _ = rows_of(f"{header}A,03/04/2024 10:00\nB,13/04/2024 10:00\n", SESSIONS)
    assert [row["starts_at"][:10] for row in rows] == ["2024-04-03", "2024-04-13"]
    rows, _ = rows_of(f"{header}A,03/04/2024 10:00\nB,03/14/2024 10:00\n", SESSIONS)
    assert [row["starts_at"][:10] for row in rows] == ["2024-03-04", "2024-03-14"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1250", "1250"), ("1,250", "1250"), ("1.250", "1250"), ("1 250,50", "1250.50"), ("1'250.5", "1250.5"),
        ("12.500,50", "12500.50"), ("12,500.50", "12500.50"), ("1.234.567", "1234567"), ("0,250", "0.250"),
        ("-3,5", "-3.5"), ("(12.00)", "-12.00"), (".5", None), ("1.2.3,4,5", None), ("abc", None), ("", None),
    ],
)  # fmt: skip
def test_numbers_of_either_style(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(BadValue):
            values.decimal_of(text)
    else:
        assert values.decimal_of(text) == Decimal(expected)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False))
def test_amounts_survive_both_styles(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    german = english.replace(",", " ").replace(".", ",").replace(" ", ".")
    assert values.minor_units(f"{english} EUR", PARIS) == values.minor_units(f"€ {german}", PARIS) == int(amount * 100)


def test_amounts_follow_their_currency() -> None:
    assert values.minor_units("1250", Hints(currency="JPY")) == 1250
    assert values.minor_units("1.250", Hints(currency="KWD")) == 1250000
    with pytest.raises(BadValue, match="EUR has 2 decimals"):
        values.minor_units("0.255", PARIS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-11-29T22:28:00+02:00", "2024-11-29T20:28:00+00:00"),
        ("2024-11-29 22:28", "2024-11-29T21:28:00+00:00"),
        ("29.11.2024 22:28", "2024-11-29T21:28:00+00:00"),
        ("29/11/24", "2024-11-28T23:00:00+00:00"),
        ("29/11/24 10:28 PM", "2024-11-29T21:28:00+00:00"),
        ("Nov 29, 2024, 12:05 am", "2024-11-28T23:05:00+00:00"),
        ("29 November 2024 09:00", "2024-11-29T08:00:00+00:00"),
        ("31.02.2024", None), ("29.11.2024 25:00", None), ("soon", None), ("29.11.2024 13:00 pm", None),
    ],
)  # fmt: skip
def test_times_of_many_styles(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(BadValue):
            values.instant(text, PARIS)
    else:
        assert values.instant(text, PARIS) == expected


@given(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2060, 1, 1)))
def test_days_survive_their_styles(moment: dt.datetime) -> None:
    shown = moment.date().isoformat()
    for style, hints in (("%d.%m.%Y", PARIS), ("%Y-%m-%d", PARIS), ("%m/%d/%Y", Hints(day_first=False))):
        assert values.day(moment.strftime(style), hints) == shown


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("ada@example.com", True), ("Ada <ada@example.com>", True), ("ada+x@mail.example.co.uk", True),
        ("jürgen@exämple.de", True), ("o'neill@example.org", True), ("press@house.test", True),
        ("ada@localhost", False), ("ada", False), ("ada@@example.com", False), ("a b@example.com", False),
        ("ada@example..com", False), (".ada@example.com", False), ("a@" + "x" * 250 + ".com", False),
    ],
)  # fmt: skip
def test_addresses_are_checked_by_form(text: str, good: bool) -> None:
    if good:
        assert "@" in values.email(text, PARIS)
    else:
        with pytest.raises(BadValue):
            values.email(text, PARIS)


@given(st.text(max_size=60))
def test_any_cell_is_read_or_refused_by_every_reader(raw: str) -> None:
    for kind in (CONTACTS, ORGANIZATIONS, VENUES, SESSIONS):
        for known in kind.fields:
            try:
                known.read(raw.strip() or "x", PARIS)
            except BadValue as error:
                assert str(error)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("us", "US"), ("USA", "US"), ("United States", "US"), ("Deutschland", "DE"), ("Royaume-Uni", "GB"),
        ("UK", "GB"), ("España", "ES"), ("CH", "CH"),
    ],
)  # fmt: skip
def test_countries_by_code_and_name(text: str, code: str) -> None:
    assert values.country(text, PARIS) == code


FIELDS = {"city": Field("city", "City", values.text()), "tags": Field("tags", "Tags", values.tags, is_set=True)}
maybe = st.none() | st.sampled_from(["Paris", "Rome", "Lyon"])
labels = st.lists(st.sampled_from(["a", "b", "c"]), unique=True).map(sorted)


@given(mine=maybe, base=maybe, theirs=maybe)
def test_an_unchanged_file_changes_nothing_and_theirs_is_never_overwritten(
    mine: str | None, base: str | None, theirs: str | None
) -> None:
    def part(value: str | None) -> dict[str, Any]:
        return {} if value is None else {"city": value}

    decision = decide(FIELDS, part(mine), part(base), {"city": theirs})
    if mine is None or mine in (base, theirs):
        assert not decision.write
        assert not decision.conflicts
    elif base is not None and theirs != base:
        assert (decision.write, decision.conflicts) == ({}, ("city",))
        assert decision.imported == part(base)
    else:
        assert decision.write == {"city": mine}
    # Whatever was decided, the same file again is quiet or says the same.
    again = decide(FIELDS, part(mine), decision.imported, {"city": decision.write.get("city", theirs)})
    assert (again.write, again.conflicts) == ({}, decision.conflicts)


@given(mine=labels, base=st.none() | labels, theirs=labels)
def test_sets_are_merged_element_by_element(mine: list[str], base: list[str] | None, theirs: list[str]) -> None:
    decision = decide(FIELDS, {"tags": mine}, {} if base is None else {"tags": base}, {"tags": theirs})
    result = set(decision.write.get("tags", theirs))
    old = set(base or ())
    for label in "abc":
        if (label in mine) != (label in old):
            assert (label in result) == (label in mine)
        else:
            assert (label in result) == (label in theirs)


flat = st.dictionaries(st.sampled_from(["city", "title"]), maybe, min_size=2, max_size=2)


@given(before=flat, after=flat)
def test_what_nobody_touched_is_restored_exactly(before: dict[str, Any], after: dict[str, Any]) -> None:
    columns, edited = restored(Image(after), before, after)
    assert {**after, **columns} == before
    assert edited == []


def test_edited_columns_are_named() -> None:
    columns, edited = restored(
        Image({"city": "Lyon", "custom": {"shoe": "39", "hat": "1"}, "tags": ["x", "new"]}),
        {"city": "London", "custom": {"shoe": "37"}, "tags": ["old"]},
        {"city": "Paris", "custom": {"shoe": "38"}, "tags": ["new"]},
    )
    assert edited == ["city", "custom.shoe"]
    assert columns == {"city": "London", "custom": {"shoe": "37", "hat": "1"}, "tags": ["old", "x"]}


def test_no_format_maps_to_a_field_that_does_not_exist() -> None:
    for kind in (CONTACTS, ORGANIZATIONS, VENUES, SESSIONS):
        keys = {*kind.field_keys, "-"}
        for known in kind.formats:
            assert {t for t in known.columns.values() if not t.startswith("custom.")} <= keys
            assert set(known.constants) <= keys
            assert set(known.create_missing) <= set(kind.creatable)
    assert formats.CONTACT_FORMATS
