"""Pure rules: what is accepted, how it is normalised, who wins."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from eventos_core.directory.rules import merging
from eventos_core.directory.rules.contacts import ContactFields, EmailEntry, PhoneEntry, check_contact
from eventos_core.directory.rules.editing import rebase
from eventos_core.directory.rules.house import OwnFields, Season, check_own
from eventos_core.directory.rules.organizations import (
    BankData,
    OrganizationFields,
    check_bank,
    check_organization,
    check_parent,
    valid_iban,
)
from eventos_core.directory.rules.values import clean_tags, country_choices, to_e164
from eventos_core.enums.directory import MarketingConsent, MergeEntity
from eventos_core.kernel.errors import InvalidInput, NotAllowedNow

NOW = dt.datetime(2026, 12, 12, 18, tzinfo=dt.UTC)


def checked(**fields: Any) -> dict[str, Any]:
    return check_contact(ContactFields(**fields), country="FR", now=NOW)


def test_a_name_is_composed_in_the_order_people_use() -> None:
    assert checked(first_name=" Zoé ", last_name="Müller")["full_name"] == "Zoé Müller"
    assert checked(first_name="Zoé", last_name="Müller", full_name="Müller  Zoé")["full_name"] == "Müller Zoé"
    assert checked(emails=(EmailEntry("zoe@x.example"),))["full_name"] == "zoe@x.example"
    with pytest.raises(InvalidInput) as caught:
        checked(first_name=" ")
    assert caught.value.fields == {"last_name": "Give a name or an e-mail address"}


def test_addresses_lose_doubles_and_have_one_primary_first() -> None:
    given = (EmailEntry("b@x.example"), EmailEntry(" "), EmailEntry("A@x.example"), EmailEntry("a@X.example"))
    assert [(e.email, e.is_primary) for e in checked(emails=given)["emails"]] == [
        ("b@x.example", True),
        ("a@X.example", False),
    ]
    both = (EmailEntry("b@x.example", is_primary=True), EmailEntry("a@x.example", is_primary=True))
    assert [e.is_primary for e in checked(emails=both)["emails"]] == [True, False]


@pytest.mark.parametrize(
    ("number", "country", "e164"),
    [
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("+44 20 7946 0958", "FR", "+442079460958"),
        ("00 33 6 12 34 56 78", "FR", "+33612345678"),
        ("06 12 34 56 78", None, None),
        ("12345", "FR", None),
    ],
)
def test_numbers_are_read_as_of_their_country(number: str, country: str | None, e164: str | None) -> None:
    assert to_e164(number, country)[0] == e164


def test_the_same_number_written_twice_is_one() -> None:
    given = (PhoneEntry("06 12 34 56 78"), PhoneEntry("+33 6 12 34 56 78", is_primary=True))
    assert [(p.e164, p.is_primary) for p in checked(last_name="X", phones=given)["phones"]] == [("+33612345678", True)]


def test_consent_gets_basis_and_time() -> None:
    assert checked(last_name="X", consent_basis="opt_in")["consent_basis"] is None
    granted = checked(last_name="X", marketing_consent=MarketingConsent.GRANTED, consent_basis="opt_in")
    assert granted["consent_at"] == NOW
    with pytest.raises(InvalidInput):
        checked(last_name="X", marketing_consent=MarketingConsent.GRANTED)
    with pytest.raises(InvalidInput):
        checked(last_name="X", marketing_consent=MarketingConsent.REFUSED, consent_at=NOW + dt.timedelta(days=1))


def test_tags_are_lower_case_without_doubles() -> None:
    assert clean_tags(["VIP", " vip", "Front  row", ""]) == ["front row", "vip"]


def test_countries_are_countries() -> None:
    assert country_choices("fr")["DE"] == "Allemagne"
    assert not {"EU", "UN", "ZZ"} & country_choices().keys()


def test_an_edit_writes_what_was_touched_only() -> None:
    base, stored = {"a": 1, "b": 1, "c": 1, "d": 1}, {"a": 1, "b": 2, "c": 2, "d": 2}
    values, clashing = rebase({"a": 9, "b": 1, "c": 2, "d": 9}, base, stored)
    assert values == {"a": 9, "b": 2, "c": 2, "d": 9}
    assert clashing == {"d"}


@pytest.mark.parametrize("iban", ["FR1420041010050500013M02606", "DE89370400440532013000", "GB82WEST12345698765432"])
def test_ibans_have_check_digits(iban: str) -> None:
    assert valid_iban(iban)
    assert not valid_iban(iban[:-1] + ("1" if iban[-1] != "1" else "2"))
    assert check_bank(BankData("X", f"{iban[:4]} {iban[4:].lower()}")).iban == iban


def test_other_account_numbers_are_taken_as_written() -> None:
    assert check_bank(BankData("X", "021000021 / 123456789")).iban == "021000021/123456789"
    with pytest.raises(InvalidInput):
        check_bank(BankData("X", None))


def test_companies_are_checked_field_by_field() -> None:
    values = check_organization(OrganizationFields(name=" Éclat ", domain="https://WWW.Eclat.example/shop"))
    assert (values["name"], values["domain"]) == ("Éclat", "eclat.example")
    with pytest.raises(InvalidInput) as caught:
        check_organization(
            OrganizationFields(annual_revenue_minor=5, payment_terms_days=900, currency="XXQ", domain="no domain")
        )
    assert caught.value.fields.keys() == {"name", "revenue_currency", "payment_terms_days", "currency", "domain"}


def test_a_company_is_never_above_itself() -> None:
    check_parent(1, 2, [3, 4])
    check_parent(1, None, [])
    for parent, above in ((1, []), (2, [3, 1])):
        with pytest.raises(InvalidInput):
            check_parent(1, parent, above)


def test_seasons_have_codes_and_run_forwards() -> None:
    day = dt.date(2027, 1, 1)
    with pytest.raises(InvalidInput) as caught:
        check_own(OwnFields(legal_name="X", seasons=(Season("fw27", "", day, day - dt.timedelta(days=1)),)))
    assert caught.value.fields == {"seasons": "Season FW27 ends before it starts"}


BLANK: dict[str, Any] = {column: None for item in merging.CONTACT for column in item.columns} | {
    "tags": [], "socials": {}, "custom": {}, "do_not_contact": False, "lifecycle": "lead",
    "marketing_consent": MarketingConsent.UNKNOWN,
}  # fmt: skip


def settled(winner: dict[str, Any], loser: dict[str, Any], **choices: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return merging.settle(merging.CONTACT, BLANK | winner, BLANK | loser, choices)


def test_an_address_is_taken_as_a_whole() -> None:
    changes, _ = settled({"city": "Lyon"}, {"city": "Nice", "street": "Quai 1"})
    assert changes == {}
    changes, _ = settled({"city": "Lyon"}, {"city": "Nice", "street": "Quai 1"}, street="loser")
    assert changes == {"city": "Nice", "street": "Quai 1"}


def test_a_choice_counts_only_where_both_have_something() -> None:
    changes, sides = settled({"summary": "Kind"}, {}, summary="loser")
    assert changes == {}
    assert sides == {"summary": "winner"}


def test_weak_values_give_way_and_lists_are_joined() -> None:
    changes, _ = settled(
        {"tags": ["b"], "socials": {"x": "1"}}, {"lifecycle": "partner", "tags": ["a"], "socials": {"x": "2", "y": "3"}}
    )
    assert changes == {"lifecycle": "partner", "tags": ["a", "b"], "socials": {"x": "1", "y": "3"}}


def test_whoever_must_not_be_contacted_stays_so() -> None:
    assert settled({}, {"do_not_contact": True})[0] == {"do_not_contact": True}
    assert settled({"do_not_contact": True}, {})[0] == {}


def test_unknown_choices_are_refused() -> None:
    with pytest.raises(InvalidInput):
        settled({}, {}, nothing="loser")
    with pytest.raises(InvalidInput):
        settled({}, {}, summary="both")


def test_what_may_not_be_merged() -> None:
    free = {1: False, 2: False}
    merging.check_mergeable("contact", 1, 2, loser_is_own=False, archived=free)
    with pytest.raises(InvalidInput):
        merging.check_mergeable("contact", 1, 1, loser_is_own=False, archived=free)
    for own, archived in ((True, free), (False, {1: False, 2: True})):
        with pytest.raises(NotAllowedNow):
            merging.check_mergeable("organisation", 1, 2, loser_is_own=own, archived=archived)


def test_every_merge_field_is_a_column() -> None:
    from eventos_core.models.directory import Contact, Organization

    for entity, model in ((MergeEntity.CONTACT, Contact), (MergeEntity.ORGANIZATION, Organization)):
        settled_columns = {column for item in merging.FIELDS[entity] for column in item.columns}
        kept = {"id", "account_id", "created_at", "updated_at", "created_by", "updated_by", "version", "archived_at",
                "merged_into_id", "erased_at", "is_own", "name_sort", "search_text", "domain_norm",
                "phone_digits"}  # fmt: skip
        assert settled_columns == set(model.__table__.columns.keys()) - kept
