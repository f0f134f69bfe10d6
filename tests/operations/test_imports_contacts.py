"""Contacts and organisations: real files, matching, re-import, conflicts; real database, app's role."""

from __future__ import annotations

import pytest

from eventos_core.kernel.errors import InvalidInput, PermissionDenied
from eventos_core.kernel.permissions import Role
from eventos_core.operations.imports.running import run_import
from tests.operations.imports_support import (
    alter,
    counts,
    mapped,
    one,
    preview,
    table,
    take,
    take_file,
    upload,
)
from tests.support import Database, TestHouse

CONTACT = (
    "select c.full_name, c.city, c.version, e.email from contacts c left join contact_emails e"
    " on e.account_id = c.account_id and e.contact_id = c.id and e.is_primary where c.account_id = %s order by c.id"
)


def people(database: Database, house: TestHouse) -> list[tuple[object, ...]]:
    """Name, city, version and primary address of the imported people (the owner's own contact left out)."""
    rows = table(database, CONTACT, house.account_id)
    return [row for row in rows if row[3] != house.owner_email and row[0] != "Claire Aurore"]


def test_easy_spaces_contacts_arrive_whole(house: TestHouse, database: Database) -> None:
    result = take_file(house.owner, "contacts", "easy_spaces_contact_data.csv")
    assert counts(result) == (12, 0, 0, 0, 0)
    row = one(
        database,
        "select c.first_name, c.last_name, c.street, c.city, c.region, c.postal_code, c.country, c.custom, e.email,"
        " p.number, p.e164 from contacts c join contact_emails e using (account_id) join contact_phones p using"
        " (account_id) where e.contact_id = c.id and p.contact_id = c.id and c.account_id = %s"
        " and c.first_name = 'Phaidra'",
        house.account_id,
    )
    assert row == (
        "Phaidra", "Rayer", "87 Northland Place", "San Bruno", "CA", "94066", "US",
        {"reservation_status": "Not Started"}, "phaidra.rayer@sw-global.com", "+1 (408) 505-1578", "+14085051578",
    )  # fmt: skip


def test_easy_spaces_leads_bring_their_companies(house: TestHouse, database: Database) -> None:
    assert counts(take_file(house.owner, "contacts", "easy_spaces_lead_data.csv")) == (11, 0, 0, 0, 0)
    rows = table(
        database,
        "select o.name, o.industry, c.job_title from contacts c join organizations o on o.account_id = c.account_id"
        " and o.id = c.organization_id where c.account_id = %s and not o.is_own order by c.id",
        house.account_id,
    )
    assert len(rows) == 11
    assert rows[2] == ("Braun-Murray", "Sustainable Engineering", "Founder, CTO")


@pytest.mark.parametrize("name", ["easy_spaces_contact_data.csv", "easy_spaces_lead_data.csv"])
def test_the_same_file_again_changes_nothing(house: TestHouse, database: Database, name: str) -> None:
    take_file(house.owner, "contacts", name)
    before = people(database, house)
    assert counts(take_file(house.owner, "contacts", name))[:2] == (0, 0)
    assert people(database, house) == before
    assert {row[2] for row in before} == {1}


def test_eventbrite_attendees_become_contacts(house: TestHouse, database: Database) -> None:
    result = take_file(house.owner, "contacts", "eventbrite_attendees_classic.csv", create=("organizations",))
    assert counts(result) == (3, 0, 0, 0, 0)
    assert [row[0] for row in people(database, house)] == ["John Doe", "Jane Doe", "Joe Bloggs"]
    custom = one(
        database, "select custom from contacts where account_id = %s and first_name = 'John'", house.account_id
    )[0]
    assert custom["are_you_a_consultant"] == "Yes"


def test_a_house_sees_nothing_of_its_look_alike(two_houses: tuple[TestHouse, TestHouse], database: Database) -> None:
    first, second = two_houses
    content = "First Name,Email\nAda,ada@example.com\n"
    assert counts(take(first.owner, "contacts", content))[0] == 1
    assert counts(take(second.owner, "contacts", content))[0] == 1
    assert counts(take(second.owner, "contacts", content))[2] == 1
    assert [len(people(database, house)) for house in two_houses] == [1, 1]


def test_rows_are_refused_one_by_one_with_column_value_and_reason(house: TestHouse) -> None:
    content = (
        "First Name,Last Name,Email,Phone,Country\n"
        "Ada,Lovelace,ada@example.com,+44 20 7946 0958,GB\n"
        "Bob,,not-an-address,,\n"
        ",,,,FR\n"
        "Cleo,,c@example.com,call me,Freedonia\n"
        "Dan,,d@example.com,,Germany\n"
    )
    result = take(house.owner, "contacts", content)
    assert counts(result) == (2, 0, 0, 3, 0)
    assert [(e.row, e.column, e.value) for e in result.errors] == [
        (3, "Email", "not-an-address"),
        (4, "Last Name", ""),
        (5, "Phone", "call me"),
        (5, "Country", "Freedonia"),
    ]
    assert result.errors[1].reason == "A contact needs a name or an e-mail address."
    assert result.as_json()["errors"][0].keys() == {"row", "column", "value", "reason"}


def test_formulas_are_stored_as_written(house: TestHouse, database: Database) -> None:
    take(house.owner, "contacts", "First Name,Last Name,Note\n=1+1,=cmd|x,@SUM(A1)\n")
    row = one(
        database,
        "select first_name, last_name, custom from contacts where account_id = %s and custom ? 'note'",
        house.account_id,
    )
    assert row == ("=1+1", "=cmd|x", {"note": "@SUM(A1)"})


def test_matching_goes_by_reference_then_address_then_name_with_organisation(
    house: TestHouse, database: Database
) -> None:
    take(
        house.owner,
        "contacts",
        "External ID,First Name,Last Name,Email,Company,City\n1,Ada,Lovelace,ada@example.com,Engines,London\n",
        create=("organizations",),
    )
    # By its id, although address and name changed.
    result = take(house.owner, "contacts", "External ID,First Name,Email\n1,Augusta,augusta@example.com\n")
    assert counts(result) == (0, 1, 0, 0, 0)
    assert people(database, house)[0] == ("Augusta Lovelace", "London", 2, "augusta@example.com")
    # By its address, in another source.
    result = take(house.owner, "contacts", "Email,City\nAUGUSTA@example.com,Paris\n", source="newsletter")
    assert counts(result) == (0, 1, 0, 0, 0)
    # By name with organisation, accents and case aside.
    result = take(house.owner, "contacts", "Name,Company,Job Title\nAugústa LOVELACE,engines,Countess\n", source="fair")
    assert counts(result) == (0, 1, 0, 0, 0)
    # A name alone is nobody in particular.
    result = take(house.owner, "contacts", "Name\nAugusta Lovelace\n", source="list")
    assert counts(result) == (1, 0, 0, 0, 0)
    assert len(people(database, house)) == 2


def test_an_address_of_several_is_ambiguous_and_names_them(house: TestHouse, database: Database) -> None:
    take(house.owner, "contacts", "External ID,Name\n1,Ada\n2,Bob\n")
    alter(
        database,
        "insert into contact_emails (account_id, contact_id, email) select account_id, id, 'press@example.com'"
        " from contacts where account_id = %s and full_name in ('Ada', 'Bob')",
        house.account_id,
    )
    result = take(house.owner, "contacts", "Email,City\npress@example.com,Paris\n")
    assert counts(result) == (0, 0, 0, 1, 0)
    assert "Ada (#" in result.errors[0].reason
    assert "Bob (#" in result.errors[0].reason


def test_doubles_inside_the_file_are_left_out_and_reported(house: TestHouse, database: Database) -> None:
    content = "External ID,First Name,Email\n1,Ada,ada@example.com\n1,Ida,ida@example.com\n2,Ana,ADA@example.com\n"
    result = take(house.owner, "contacts", content)
    assert counts(result) == (1, 0, 2, 0, 0)
    assert [(e.row, e.reason) for e in result.errors] == [
        (3, "Row 2 is the same; that one was taken."),
        (4, "Row 2 is the same; that one was taken."),
    ]
    assert counts(take(house.owner, "contacts", content)) == (0, 0, 3, 0, 0)
    assert people(database, house) == [("Ada", None, 1, "ada@example.com")]


def test_an_unknown_organisation_is_refused_unless_it_may_be_created(house: TestHouse, database: Database) -> None:
    content = "First Name,Email,Company\nAda,ada@example.com,Engines\nBob,bob@example.com,ENGINES\n"
    result = take(house.owner, "contacts", content)
    assert counts(result) == (0, 0, 0, 2, 0)
    assert (result.errors[0].column, result.errors[0].value) == ("Company", "Engines")
    assert counts(take(house.owner, "contacts", content, create=("organizations",))) == (2, 0, 0, 0, 0)
    assert one(
        database, "select count(*) from organizations where account_id = %s and not is_own", house.account_id
    ) == (1,)


def test_owners_are_found_by_name_or_address_or_become_placeholders(house: TestHouse, database: Database) -> None:
    content = f"First Name,Email,Owner\nA,a@example.com,{house.owner_email}\nB,b@example.com,Nora Nobody\n"
    result = take(house.owner, "contacts", content)
    assert counts(result) == (1, 0, 0, 1, 0)
    assert counts(take(house.owner, "contacts", content, create=("owners",))) == (1, 0, 1, 0, 0)
    assert table(
        database,
        "select m.display_name, m.status from contacts c join account_users m on m.account_id = c.account_id"
        " and m.id = c.owner_id where c.account_id = %s order by c.id",
        house.account_id,
    ) == [("Claire Aurore", "active"), ("Nora Nobody", "placeholder")]


def test_only_who_manages_the_team_creates_owners(house: TestHouse) -> None:
    manager = house.member(Role.MANAGER)
    result = take(manager, "contacts", "First Name,Owner\nA,Nora Nobody\n", create=("owners",))
    assert [e.reason for e in result.errors] == ["You may not create owners."]


def test_what_people_edited_stays_when_the_file_did_not_change(house: TestHouse, database: Database) -> None:
    content = "External ID,First Name,City,Tags,Shoe\n1,Ada,London,press;vip,37\n"
    take(house.owner, "contacts", content)
    alter(
        database,
        "update contacts set city = 'Paris', tags = array['vip', 'friend'], custom = '{\"shoe\": \"38\"}'"
        " where account_id = %s and first_name = 'Ada'",
        house.account_id,
    )
    assert counts(take(house.owner, "contacts", content)) == (0, 0, 1, 0, 0)
    row = one(
        database,
        "select city, tags, custom, version from contacts where account_id = %s and first_name = 'Ada'",
        house.account_id,
    )
    assert row == ("Paris", ["vip", "friend"], {"shoe": "38"}, 2)


def test_a_change_on_both_sides_is_a_conflict_and_theirs_stays(house: TestHouse, database: Database) -> None:
    take(house.owner, "contacts", "External ID,First Name,City,Job Title\n1,Ada,London,Poet\n")
    alter(database, "update contacts set city = 'Paris' where account_id = %s and first_name = 'Ada'", house.account_id)
    changed = "External ID,First Name,City,Job Title\n1,Ada,Rome,Countess\n"
    result = take(house.owner, "contacts", changed)
    assert counts(result) == (0, 0, 0, 0, 1)
    assert (result.errors[0].row, result.errors[0].column, result.errors[0].value) == (2, "City", "Rome")
    assert "Paris" in result.errors[0].reason
    row = "select city, job_title from contacts where account_id = %s and first_name = 'Ada'"
    assert one(database, row, house.account_id) == ("Paris", "Countess")
    # It shows again until one side gives in.
    assert counts(take(house.owner, "contacts", changed)) == (0, 0, 0, 0, 1)
    alter(database, "update contacts set city = 'Rome' where account_id = %s and first_name = 'Ada'", house.account_id)
    assert counts(take(house.owner, "contacts", changed)) == (0, 0, 1, 0, 0)


def test_empty_cells_never_erase(house: TestHouse, database: Database) -> None:
    take(house.owner, "contacts", "External ID,First Name,City\n1,Ada,London\n")
    assert counts(take(house.owner, "contacts", "External ID,First Name,City\n1,Ada,\n")) == (0, 0, 1, 0, 0)
    assert people(database, house)[0][1] == "London"


def test_an_address_in_second_place_counts_and_a_new_one_is_added(house: TestHouse, database: Database) -> None:
    take(house.owner, "contacts", "External ID,Name,Email,Phone\n1,Ada,ada@example.com,+33 6 12 34 56 78\n")
    alter(
        database,
        "insert into contact_emails (account_id, contact_id, email) select account_id, id, 'second@example.com'"
        " from contacts where account_id = %s and full_name = 'Ada'",
        house.account_id,
    )
    other = "Email,Phone,City\nsecond@example.com,06 12 34 56 78,Lyon\n"
    batch = upload(house.owner, "contacts", other, source="other")
    mapped(house.owner, batch, constants={"country": "FR"})
    assert counts(run_import(house.owner, batch)) == (0, 1, 0, 0, 0)
    emails = "select email from contact_emails e join contacts c using (account_id) where c.id = e.contact_id"
    emails += " and c.full_name = 'Ada' and account_id = %s order by e.id"
    assert table(database, emails, house.account_id) == [("ada@example.com",), ("second@example.com",)]
    assert one(database, emails.replace("email", "phone").replace("select phone", "select e164"), house.account_id) == (
        "+33612345678",
    )


def test_archived_contacts_are_left_alone(house: TestHouse, database: Database) -> None:
    take(house.owner, "contacts", "First Name,Email\nAda,ada@example.com\n")
    alter(
        database,
        "update contacts set archived_at = now() where first_name = 'Ada' and account_id = %s",
        house.account_id,
    )
    result = take(house.owner, "contacts", "First Name,Email\nIda,ada@example.com\n")
    assert counts(result) == (0, 0, 0, 1, 0)
    assert "archived" in result.errors[0].reason


def test_a_merged_contact_answers_with_its_winner(house: TestHouse, database: Database) -> None:
    take(house.owner, "contacts", "External ID,Name\n1,Ada\n2,Ada L.\n")
    alter(
        database,
        "update contacts set archived_at = now(), merged_into_id = (select id from contacts where full_name = 'Ada'"
        " and account_id = %s) where full_name = 'Ada L.' and account_id = %s",
        house.account_id,
        house.account_id,
    )
    assert counts(take(house.owner, "contacts", "External ID,City\n2,Lyon\n")) == (0, 1, 0, 0, 0)
    assert [(row[0], row[1]) for row in people(database, house)] == [("Ada", "Lyon"), ("Ada L.", None)]


def test_consent_keeps_its_proof(house: TestHouse, database: Database) -> None:
    take(house.owner, "contacts", "Name,Newsletter\nAda,yes\nBob,no\nCleo,\n", name="fair.csv")
    assert table(
        database,
        "select marketing_consent, consent_basis, consent_source, consent_at is not null from contacts"
        " where account_id = %s and full_name in ('Ada', 'Bob', 'Cleo') order by full_name",
        house.account_id,
    ) == [
        ("granted", "imported", "fair.csv", True),
        ("refused", "imported", "fair.csv", True),
        ("unknown", None, None, False),
    ]


def test_a_new_contact_needs_a_name_an_old_one_does_not(house: TestHouse) -> None:
    content = "External ID,City,Email\n1,Lyon,\n2,Lyon,x@example.com\n"
    result = take(house.owner, "contacts", content)
    assert counts(result) == (1, 0, 0, 1, 0)
    assert result.errors[0].reason == "A contact needs a name or an e-mail address."


def test_namesakes_with_ids_of_their_own_are_two(house: TestHouse, database: Database) -> None:
    content = "External ID,Name\n1,John Smith\n2,John Smith\n"
    assert counts(take(house.owner, "contacts", content)) == (2, 0, 0, 0, 0)
    assert counts(take(house.owner, "contacts", content)) == (0, 0, 2, 0, 0)
    assert counts(take(house.owner, "contacts", "Name\nJane Doe\njane  DOE\n")) == (1, 0, 1, 0, 0)


def test_the_preview_says_what_the_run_then_does(house: TestHouse, database: Database) -> None:
    take(house.owner, "contacts", "External ID,First Name,City\n1,Ada,London\n2,Bob,Bonn\n")
    content = (
        "External ID,First Name,City,Email\n1,Ada,Paris,\n2,Bob,Bonn,\n3,Cleo,Rome,\n4,Dan,,nonsense\n3,Cleo,Rome,\n"
    )
    batch = upload(house.owner, "contacts", content)
    before = people(database, house)
    shown = preview(house.owner, batch)
    assert people(database, house) == before
    assert counts(shown.totals) == (1, 1, 2, 1, 0)
    assert [(row.row, row.verdict.value) for row in shown.rows] == [
        (2, "update"), (3, "skip"), (4, "create"), (5, "reject"), (6, "skip"),
    ]  # fmt: skip
    assert shown.rows[0].changes == {"city": ("London", "Paris")}
    ran = run_import(house.owner, batch)
    assert counts(ran) == counts(shown.totals)
    assert ran.errors == shown.totals.errors


def test_columns_are_mapped_by_hand_and_values_replaced(house: TestHouse, database: Database) -> None:
    batch = upload(house.owner, "contacts", "x,y,y,z\nAda,Lovelace,ada@example.com,Gold\n")
    with pytest.raises(InvalidInput, match="occurs 2 times"):
        mapped(house.owner, batch, ("y", "email"))
    with pytest.raises(InvalidInput, match="no field"):
        mapped(house.owner, batch, ("x", "nonsense"))
    mapped(
        house.owner, batch, ("x", "first_name"), ("#2", "last_name"), ("#3", "email"), ("z", "tags"),
        value_maps={"tags": {"gold": "vip;gold"}},
    )  # fmt: skip
    assert counts(run_import(house.owner, batch))[0] == 1
    row = one(
        database, "select full_name, tags, custom from contacts where account_id = %s and last_name = 'Lovelace'",
        house.account_id,
    )  # fmt: skip
    assert row == ("Ada Lovelace", ["gold", "vip"], {})


def test_organizations_are_found_by_domain_then_name(house: TestHouse, database: Database) -> None:
    first = (
        "Record ID,Company name,Company Domain Name,Industry,Country\n"
        "9,Engines Ltd,www.engines.example,Looms,United Kingdom\n"
    )
    assert counts(take(house.owner, "organizations", first)) == (1, 0, 0, 0, 0)
    second = (
        "Name,Website domain,Type\n"
        "Engines,https://engines.example/about,Sponsor\nÉngines ltd,,\nNew,new.example,brand\n"
    )
    batch = upload(house.owner, "organizations", second, source="other")
    mapped(house.owner, batch, ("Website domain", "domain"))
    assert counts(run_import(house.owner, batch)) == (1, 1, 1, 0, 0)
    rows = table(
        database,
        "select name, kind, domain_norm, industry, country from organizations where account_id = %s and not is_own"
        " order by id",
        house.account_id,
    )
    assert rows[0] == ("Engines", "sponsor", "engines.example", "Looms", "GB")


def test_imports_need_their_permissions(house: TestHouse) -> None:
    with pytest.raises(PermissionDenied):
        upload(house.member(Role.MEMBER), "contacts", "Name\nAda\n")
    clerk = house.member(Role.MEMBER, grants=("imports.run",), denials=("contacts.write",))
    batch = upload(clerk, "contacts", "Name\nAda\n")
    with pytest.raises(PermissionDenied, match="contacts"):
        run_import(clerk, batch)
