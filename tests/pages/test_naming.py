"""What people read instead of tables, columns and enum values: the audit, conflicts, what a merge moves."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest

from eventos_core.db.sync.tables import metadata
from eventos_core.operations import naming, told
from eventos_core.operations.webhooks import firing


@dataclass(frozen=True)
class Reader:
    zone: ZoneInfo
    locale: str = "en"


PARIS = Reader(ZoneInfo("Europe/Paris"))


def test_no_table_and_no_column_shows_as_it_is_stored() -> None:
    tables = metadata().tables
    said = [word for name in tables for word in (naming.noun(name), naming.nouns(name))]
    said += [naming.field(column.name) for table in tables.values() for column in table.c]
    assert [word for word in said if "_" in word or not word.strip()] == []
    assert {naming.noun("venues"), naming.noun("activities"), naming.noun("invoice_series")} == {
        "venue", "activity", "invoice series",
    }  # fmt: skip
    assert naming.nouns("contact_emails") == "e-mail addresses"
    assert naming.nouns("cue_crew") == "crews of cues"
    assert naming.field("owner_id") == "Owner"


@pytest.mark.parametrize(
    ("table", "column", "stored", "shown"),
    [
        ("events", "status", "on_sale", "On sale"),
        ("events", "starts_at", "2027-02-27T18:00:00+00:00", "Sat 27 Feb 2027, 19:00 Paris"),
        ("event_planning", "due_on", "2027-02-27", "Sat 27 Feb 2027"),
        ("events", "archived_at", None, "–"),
        ("organizations", "do_not_contact", True, "yes"),
        ("events", "owner_id", 7, "number 7"),
        ("events", "tags", ["gala", "press"], "gala, press"),
        ("opportunities", "probability_ppm", 125000, "12.5%"),
        ("", "day", dt.date(2027, 2, 27), "Sat 27 Feb 2027"),
        ("contacts", "custom", {"size": 39}, "size: 39"),
        ("venues", "notes", "two\nlines", "two lines"),
        ("venues", "opened_at", "no day at all", "no day at all"),
    ],
)
def test_values_read_as_people_say_them(table: str, column: str, stored: object, shown: str) -> None:
    assert told.value(PARIS, table, column, stored) == shown


def test_amounts_take_the_currency_of_their_row() -> None:
    assert told.value(PARIS, "events", "budget_minor", 840000, "EUR") == "€\u00a08\u202f400"
    assert told.value(PARIS, "events", "budget_minor", 840000) == "840\u202f000 (minor units)"


def test_what_is_long_is_cut_unless_it_is_wanted_whole() -> None:
    lines, cells = "First.\nSecond. " + "x" * 500, {"Note": "y" * 500}
    assert told.value(PARIS, "contacts", "note", lines) == f"First. Second. {'x' * 385} …"
    assert told.value(PARIS, "contacts", "note", lines, whole=True) == lines
    assert told.value(PARIS, "import_rows", "cells", cells, whole=True) == f"Note: {'y' * 500}"


def test_facts_are_told_in_words() -> None:
    assert [firing.label(name) for name in ("EventStatusChanged", "OpportunityWon", "Ping", "*")] == [
        "Event status changed", "Deal won", "Test", "Everything",
    ]  # fmt: skip
