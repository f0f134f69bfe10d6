"""Cells of deals files: money, estimates, days, outcomes, headers of other programs. Pure."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventos_core.crm.importers import DEALS
from eventos_core.crm.importers.fields import BY_KEY, percent_of, ppm_of, refine
from eventos_core.kernel.money import exponent
from eventos_core.operations.imports.mapping import propose
from eventos_core.operations.imports.values import BadValue, Hints

HINTS = Hints(zone="Europe/Paris", currency="EUR")
PROMISED = (
    "external_id,name,kind,organization,contact,event,owner,pipeline,stage,amount,currency,probability,created_on,"
    "expected_close_on,closed_on,source,product,next_step,lost_reason,tags,description,contact_email"
)
PIPEDRIVE = "ID,Title,Owner,Value,Currency of Value,Probability,Organization,Pipeline,Contact person,Stage,Label,Status"


def read(key: str, raw: str) -> object:
    return BY_KEY[key].read(raw, HINTS)


def priced(amount: str, **more: str) -> dict[str, object]:
    found: dict[str, object] = {"name": "A", "amount": read("amount", amount)}
    found |= {key: read(key, raw) for key, raw in more.items()}
    assert refine(found, HINTS) == []
    return found


@given(
    st.integers(min_value=0, max_value=10**14),
    st.sampled_from(["EUR", "USD", "JPY"]),
    st.sampled_from(["plain", "code", "english", "european"]),
)
def test_amounts_survive_every_way_of_writing(minor: int, currency: str, style: str) -> None:
    places = exponent(currency)
    number = Decimal(minor).scaleb(-places)
    text = f"{number:.{places}f}"
    if style == "english":
        text = f"{number:,.{places}f}"
    elif style == "european":
        text = f"{number:,.{places}f}".translate(str.maketrans(",.", ".,"))
    elif style == "code":
        text = f"{currency} {text}"
    found = priced(text, currency=currency)
    assert (found["amount"], found["currency"]) == (minor, currency)


@pytest.mark.parametrize(
    ("raw", "amount", "currency"),
    [
        ("€1.234,50", 123_450, "EUR"), ("1 234,50 €", 123_450, "EUR"), ("US$1,234.50", 123_450, "USD"),
        ("GBP 10", 1_000, "GBP"), ("0", 0, "EUR"), ("1'000.00 CHF", 100_000, "CHF"), ("12,5", 1_250, "EUR"),
        ("KWD 1,234.500", 1_234_500, "KWD"), ("¥ 1,250 JPY", 1_250, "JPY"),
    ],
)  # fmt: skip
def test_amount_says_its_currency(raw: str, amount: int, currency: str) -> None:
    found = priced(raw)
    assert (found["amount"], found["currency"]) == (amount, currency)


def test_currency_of_cell_and_row_must_agree() -> None:
    found = {"name": "A", "amount": read("amount", "USD 5"), "currency": "EUR"}
    assert refine(found, HINTS) == [("amount", "The amount is in USD, the currency of the row is EUR.")]


@given(st.integers(min_value=0, max_value=1_000_000))
def test_estimates_keep_every_part_per_million(ppm: int) -> None:
    assert ppm_of(percent_of(ppm)) == ppm
    assert read("probability", f"{percent_of(ppm)}%") == percent_of(ppm)


@pytest.mark.parametrize(
    ("raw", "percent"),
    [
        ("60", "60"), ("60 %", "60"), ("0.6", "60"), ("1.0", "100"), ("1", "1"), ("0", "0"), ("99.995", "99.995"),
    ],
)  # fmt: skip
def test_estimates_are_percent_or_a_share(raw: str, percent: str) -> None:
    assert read("probability", raw) == percent


@pytest.mark.parametrize("raw", ["101", "-1", "likely"])
def test_estimates_outside_are_refused(raw: str) -> None:
    with pytest.raises(BadValue):
        read("probability", raw)


@given(st.dates(min_value=dt.date(1950, 1, 1), max_value=dt.date(2100, 1, 1)), st.times())
def test_day_is_the_one_written_down(day: dt.date, time: dt.time) -> None:
    written = f"{day.isoformat()} {time.replace(microsecond=0, tzinfo=None).isoformat()}"
    assert read("created_on", written) == day.isoformat()


def test_instant_with_offset_is_a_day_of_the_house() -> None:
    assert read("created_on", "2026-03-01T23:30:00Z") == "2026-03-02"
    assert read("closed_on", "2026-03-01 | 2026-04-01") == "2026-03-01"


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"status": "Won"}, "won"), ({"status": "open"}, "open"), ({"won": "yes"}, "won"),
        ({"closed": "true", "won": "false"}, "lost"), ({"closed": "false", "won": "false"}, "open"),
        ({"closed": "true"}, None), ({}, None),
    ],
)  # fmt: skip
def test_outcome_beside_the_stage(columns: dict[str, str], told: str | None) -> None:
    found: dict[str, object] = {"name": "A", **{key: read(key, raw) for key, raw in columns.items()}}
    refine(found, HINTS)
    assert found.get("_told") == told


def test_name_comes_from_organisation_and_product() -> None:
    found: dict[str, object] = {"organization": "Maison", "product": "Row"}
    assert refine(found, HINTS) == []
    assert found["_name"] == "Maison · Row"
    assert refine({"stage": "New"}, HINTS)[0][0] == "name"
    assert refine({"stage": "New", "external_id": "7"}, HINTS) == []


@pytest.mark.parametrize(
    ("headers", "format_", "targets"),
    [
        (
            "Record ID,Deal Name,Deal Stage,Pipeline,Amount,Close Date,Deal owner,Create Date,Associated Company,"
            "Associated Company IDs,Associated Contact IDs,Last Activity Date",
            "hubspot_deals",
            "external_id name stage pipeline amount closed_on owner created_on organization organization_ids"
            " contact_ids custom.last_activity_date",
        ),
        (
            "Opportunity ID,Opportunity Name,Account Name,Amount Currency,Amount,Close Date,Closed,Won,Stage,Type,"
            "Probability (%),Opportunity Owner,Lead Source,Next Step",
            "salesforce_deals",
            "external_id name organization currency amount closed_on closed won stage custom.type probability owner"
            " source next_step",
        ),
        (
            "Id,Name,AccountId,StageName,Amount,Probability,CloseDate,NextStep,LeadSource,OwnerId,IsWon",
            "salesforce_deals_api",
            "external_id name organization_ids stage amount probability closed_on next_step source custom.ownerid won",
        ),
        (
            ",".join(f"Deal - {header}" for header in PIPEDRIVE.split(",")),
            "pipedrive_deals",
            "external_id name owner amount currency probability organization pipeline contact stage tags status",
        ),
        (
            "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value",
            "",
            "external_id owner product organization stage created_on closed_on amount",
        ),
        ("Deal-Name,Deal-Phase,Betrag,Währung", "", "name stage amount currency"),
    ],
)
def test_headers_of_other_programs_are_recognised(headers: str, format_: str, targets: str) -> None:
    found = propose(DEALS.fields, DEALS.formats, headers.split(","))
    assert (found.format, [column.target for column in found.columns]) == (format_, targets.split())


def test_fields_have_the_names_of_the_command_line() -> None:
    promised = PROMISED.split(",")
    assert set(promised) <= set(DEALS.field_keys)
    assert [c.target for c in propose(DEALS.fields, DEALS.formats, promised).columns] == promised
