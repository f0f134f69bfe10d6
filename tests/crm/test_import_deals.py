"""Deals from files: what a row becomes, how it is found again, what is made for it, and who may."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from eventos_core.db.registry import execute
from eventos_core.events import commands as events
from eventos_core.kernel.credentials import Credential
from eventos_core.kernel.errors import PermissionDenied
from eventos_core.kernel.permissions import Permission, Role
from eventos_core.operations.imports.batches import ImportResult
from tests import support
from tests.crm.deals import change_deal, put_deal, stages
from tests.operations.imports_support import alter, counts, one, preview, table, take, undo, upload

pytestmark = pytest.mark.database
MADE = ("organizations", "owners")
FILE = """id,name,organization,stage,amount,currency,created_on,close date,owner,product,lost reason,Colour
D1,Spring show,Maison Bleue,Negotiation,12000.50,EUR,2026-01-10,2027-03-01,Anna Berg,Front row,,red
D2,Autumn show,Maison Bleue,Closed Won,9000,EUR,2026-02-01,2026-03-15,Anna Berg,Front row,,blue
D3,,Atelier Nord,Lost,,EUR,2026-02-01,2026-04-01,,Runway,Budget,
"""


def deal(database: support.Database, house: support.TestHouse, name: str, *columns: str) -> tuple[Any, ...]:
    """Columns of the house's deal of that name."""
    wanted = ", ".join(columns)
    return one(database, f"select {wanted} from opportunities where account_id = %s and name = %s",
               house.account_id, name)  # fmt: skip


def reasons(done: ImportResult) -> list[str]:
    return [problem.reason for problem in done.errors]


def test_row_becomes_a_deal_with_links_days_and_free_columns(
    house: support.TestHouse, database: support.Database
) -> None:
    done = take(house.owner, "deals", FILE, create=MADE)
    assert counts(done) == (3, 0, 0, 0, 0)
    found = one(
        database,
        "select d.amount_minor, d.currency, d.opened_on, d.expected_close_on, d.closed_on, d.custom, d.product, o.name,"
        " m.display_name, m.status, s.name from opportunities d join organizations o on o.id = d.organization_id"
        " join account_users m on m.id = d.owner_id join sales_stages s on s.id = d.stage_id"
        " where d.account_id = %s and d.name = 'Spring show'",
        house.account_id,
    )
    assert found == (
        1_200_050, "EUR", dt.date(2026, 1, 10), dt.date(2027, 3, 1), None, {"colour": "red"}, "Front row",
        "Maison Bleue", "Anna Berg", "placeholder", "Negotiation",
    )  # fmt: skip
    assert deal(database, house, "Autumn show", "outcome", "closed_on", "expected_close_on", "probability_ppm") == (
        "won", dt.date(2026, 3, 15), None, 1_000_000,
    )  # fmt: skip


def test_deal_without_a_name_is_named_from_organisation_and_product(
    house: support.TestHouse, database: support.Database
) -> None:
    take(house.owner, "deals", FILE, create=MADE)
    found = deal(database, house, "Atelier Nord · Runway", "outcome", "lost_reason_id is not null", "amount_minor")
    assert found == ("lost", True, None)
    done = take(house.owner, "deals", "id,stage\nX1,New\n")
    assert (done.rejected, reasons(done)) == (
        1, ["A deal needs a name, or an organisation or product to be named after."]
    )  # fmt: skip


def test_same_file_again_changes_nothing_and_a_changed_one_only_what_differs(
    house: support.TestHouse, database: support.Database
) -> None:
    take(house.owner, "deals", FILE, create=MADE)
    assert counts(take(house.owner, "deals", FILE, create=MADE)) == (0, 0, 3, 0, 0)
    touched = deal(database, house, "Spring show", "last_edited_at")
    done = take(house.owner, "deals", FILE.replace("12000.50", "13000").replace("blue", "green"), create=MADE)
    assert counts(done) == (0, 2, 1, 0, 0)
    assert deal(database, house, "Spring show", "amount_minor", "version") == (1_300_000, 2)
    assert deal(database, house, "Spring show", "last_edited_at") == touched
    assert deal(database, house, "Autumn show", "custom") == ({"colour": "green"},)


def test_imports_are_no_edit_by_a_person(house: support.TestHouse, database: support.Database) -> None:
    take(house.owner, "deals", FILE, create=MADE)
    edited, entered = deal(database, house, "Spring show", "last_edited_at", "stage_entered_at")
    assert edited == entered == dt.datetime(2026, 1, 9, 23, tzinfo=dt.UTC)  # the day in Paris


def test_edit_here_and_in_the_file_is_a_conflict_that_keeps_ours(
    house: support.TestHouse, database: support.Database
) -> None:
    take(house.owner, "deals", FILE, create=MADE)
    ((number,),) = table(database, "select id from opportunities where account_id = %s and name = 'Spring show'",
                         house.account_id)  # fmt: skip
    change_deal(house.owner, number, amount_minor=1)
    assert counts(take(house.owner, "deals", FILE, create=MADE)) == (0, 0, 3, 0, 0)
    done = take(house.owner, "deals", FILE.replace("12000.50", "5"), create=MADE)
    assert counts(done) == (0, 0, 2, 0, 1)
    assert deal(database, house, "Spring show", "amount_minor") == (1,)


def test_row_without_id_means_the_deal_of_its_name_organisation_and_event(
    house: support.TestHouse, database: support.Database
) -> None:
    put_deal(house.owner, "Spring Show")
    file = "name,organization,amount\nspring show,,77\n"
    assert counts(take(house.owner, "deals", file)) == (0, 1, 0, 0, 0)
    assert deal(database, house, "spring show", "amount_minor") == (7_700,)
    other = "name,organization,amount\nspring show,Maison Rouge,77\n"
    assert counts(take(house.owner, "deals", other, create=MADE)) == (1, 0, 0, 0, 0)
    assert counts(take(house.owner, "deals", other, create=MADE)) == (0, 0, 1, 0, 0)


def test_ids_tell_namesakes_apart(house: support.TestHouse) -> None:
    file = "id,organization,product,created_on\n1,Maison,Row,2026-01-01\n2,Maison,Row,2026-01-01\n"
    assert counts(take(house.owner, "deals", file, create=MADE)) == (2, 0, 0, 0, 0)
    more = file + "3,Maison,Row,2026-02-01\n"
    assert counts(take(house.owner, "deals", more, create=MADE)) == (1, 0, 2, 0, 0)


def test_first_day_tells_namesakes_without_ids_apart(house: support.TestHouse) -> None:
    file = "name,created_on\nShow,2026-01-01\nShow,2026-02-01\nShow,2026-01-01\n"
    done = take(house.owner, "deals", file)
    assert counts(done) == (2, 0, 1, 0, 0)
    assert reasons(done) == ["Row 2 is the same; that one was taken."]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A,Engaging,,,,", "There is none of this name among the stages; create it first or allow creating."),
        ("A,New,-5,,,", "An amount cannot be negative."),
        ("A,New,1.0055,,,", "EUR has 2 decimals."),
        ("A,New,5,XXQ,,", "This is not a currency code such as EUR."),
        ("A,Won,5,,2026-02-02,2026-02-01", "The deal would be closed before it was created."),
        ("A,Won,5,,2026-02-02,2999-02-01", "A deal cannot have been closed in the future."),
    ],
)
def test_wrong_row_is_refused_alone_with_its_reason(house: support.TestHouse, row: str, reason: str) -> None:
    file = f"name,stage,amount,currency,created_on,closed_on\nGood,New,1,EUR,,\n{row}\n"
    done = take(house.owner, "deals", file)
    assert (done.created, done.rejected) == (1, 1)
    assert (done.errors[0].row, reasons(done)) == (3, [reason])


def test_estimate_is_kept_only_where_it_differs_from_the_stage(
    house: support.TestHouse, database: support.Database
) -> None:
    take(house.owner, "deals", "name,stage,probability\nA,Proposal,40\nB,Proposal,75%\nC,Won,30\nD,,0.6\n")
    found = table(
        database,
        "select name, probability_override_ppm, effective_probability_ppm from opportunities where account_id = %s"
        " order by name",
        house.account_id,
    )
    assert found == [
        ("A", None, 400_000), ("B", 750_000, 750_000), ("C", None, 1_000_000), ("D", 600_000, 600_000)
    ]  # fmt: skip


def test_pipelines_are_made_with_their_stages_and_go_with_an_undo(
    house: support.TestHouse, database: support.Database
) -> None:
    file = "name,pipeline,stage\nA,Sponsors,Talks\nB,Sponsors,Won\nC,sales,New\nD,Sponsors,\n"
    assert take(house.owner, "deals", file).rejected == 3
    # The one that could be taken stands; it is found again.
    done = take(house.owner, "deals", file, create=("pipelines",))
    assert counts(done) == (3, 0, 1, 0, 0)
    assert list(stages(house.owner, "Sponsors")) == ["Talks", "Won", "Lost"]
    assert counts(take(house.owner, "deals", file, create=("pipelines",))) == (0, 0, 4, 0, 0)
    assert undo(house.owner, done.batch).removed == 3
    assert stages(house.owner, "Sponsors") == {}
    assert table(database, "select name from sales_pipelines where account_id = %s", house.account_id) == [("Sales",)]


def test_outcome_columns_decide_where_the_stage_is_unknown_or_was_the_last_open_one(
    house: support.TestHouse, database: support.Database
) -> None:
    file = (
        "Deal - ID,Deal - Title,Deal - Stage,Deal - Status,Deal - Deal created,Deal - Won time,Deal - Lost time\n"
        "1,Kept open,Negotiation,Open,2026-01-01 10:00:00,,\n"
        "2,Won from there,Negotiation,Won,2026-01-01 10:00:00,2026-02-01 23:30:00,\n"
        "3,Lost somewhere,Handshake,Lost,2026-01-01 10:00:00,,2026-02-03 08:00:00\n"
        "4,Gone,New,Deleted,2026-01-01 10:00:00,,\n"
    )
    done = take(house.owner, "deals", file)
    assert (done.created, done.rejected) == (3, 1)
    assert reasons(done) == ["This deal is deleted where it comes from."]
    assert deal(database, house, "Kept open", "outcome") == ("open",)
    assert deal(database, house, "Won from there", "outcome", "closed_on") == ("won", dt.date(2026, 2, 1))
    assert deal(database, house, "Lost somewhere", "outcome", "closed_on") == ("lost", dt.date(2026, 2, 3))
    moved = take(house.owner, "deals", file.replace("Negotiation,Open", "Negotiation,Lost"))
    assert (moved.updated, moved.skipped, moved.conflicts) == (1, 2, 0)
    assert deal(database, house, "Kept open", "outcome") == ("lost",)


def test_salesforce_flags_and_currency_columns(house: support.TestHouse, database: support.Database) -> None:
    file = (
        "Opportunity ID,Opportunity Name,Stage,Amount Currency,Amount,Close Date,Closed,Won,Created Date,Type,"
        "Probability (%)\n"
        '006A,Alpha,Signed,JPY,"1.250",15.02.2026,true,true,01.02.2026,New,100\n'
        '006B,Beta,No go,USD,"1,250.50",16.02.2026,true,false,01.02.2026,New,0\n'
        '006C,Gamma,Proposal,,"€ 2.000,75",28.02.2027,false,false,01.02.2026,New,40\n'
    )
    assert counts(take(house.owner, "deals", file)) == (3, 0, 0, 0, 0)
    assert deal(database, house, "Alpha", "outcome", "amount_minor", "currency", "closed_on") == (
        "won", 1_250, "JPY", dt.date(2026, 2, 15)
    )  # fmt: skip
    assert deal(database, house, "Beta", "outcome", "amount_minor", "currency") == ("lost", 125_050, "USD")
    assert deal(database, house, "Gamma", "outcome", "amount_minor", "currency", "expected_close_on", "custom") == (
        "open", 200_075, "EUR", dt.date(2027, 2, 28), {"type": "New"}
    )  # fmt: skip


def test_rate_is_frozen_from_the_closing_day(house: support.TestHouse, database: support.Database) -> None:
    for day, rate in (("2026-01-01", 900_000_000_000), ("2026-03-01", 950_000_000_000)):
        alter(
            database,
            "insert into exchange_rates (account_id, from_currency, to_currency, valid_on, rate_e12)"
            " values (%s, 'USD', 'EUR', %s, %s)",
            house.account_id, day, rate,
        )  # fmt: skip
    take(house.owner, "deals", "name,stage,amount,currency,closed_on\nA,Won,5,USD,2026-02-10\nB,New,5,USD,\n")
    assert deal(database, house, "A", "rate_to_base_e12") == (900_000_000_000,)
    assert deal(database, house, "B", "rate_to_base_e12") == (None,)


def test_companies_and_people_are_found_by_the_ids_of_their_own_import(
    house: support.TestHouse, database: support.Database
) -> None:
    take(house.owner, "organizations", "Record ID,Company name\n71,Maison Bleue\n72,Maison Bleue\n")
    take(
        house.owner,
        "contacts",
        "Record ID,First Name,Last Name,Email\n81,Ana,Bell,a@x.example\n82,Bo,Dahl,b@x.example\n",
    )
    file = (
        "Record ID,Deal Name,Deal Stage,Associated Company,Associated Company IDs,Associated Contact IDs\n"
        "1,Show,New,Maison Bleue;Maison Bleue,72;71,82;81;99\n"
    )
    assert counts(take(house.owner, "deals", file)) == (1, 0, 0, 0, 0)
    company, person = one(
        database,
        "select r.external_id, c.full_name from opportunities d join external_refs r on r.entity_id = d.organization_id"
        " and r.entity = 'organizations' join contacts c on c.id = d.contact_id where d.account_id = %s",
        house.account_id,
    )
    assert (company, person) == ("72", "Bo Dahl")
    assert table(
        database,
        "select c.full_name from opportunity_contacts p join contacts c on c.id = p.contact_id where p.account_id = %s",
        house.account_id,
    ) == [("Ana Bell",)]


def test_people_are_told_apart_by_company_and_made_on_request(
    house: support.TestHouse, database: support.Database
) -> None:
    take(house.owner, "contacts", "full_name,organization\nAna Bell,North\nAna Bell,South\n", create=("organizations",))
    file = "name,organization,contact,contact_email\nA,South,Ana Bell,\nB,West,Ana Bell,ana@west.example\n"
    done = take(house.owner, "deals", file)
    assert (done.created, done.rejected) == (1, 1)
    assert take(house.owner, "deals", file, create=("organizations", "contacts")).created == 1
    found = table(
        database,
        "select d.name, o.name, e.email from opportunities d join contacts c on c.id = d.contact_id"
        " join organizations o on o.id = c.organization_id left join contact_emails e on e.contact_id = c.id"
        " where d.account_id = %s order by d.name",
        house.account_id,
    )
    assert found == [("A", "South", None), ("B", "West", "ana@west.example")]


def test_stage_asks_for_its_fields(house: support.TestHouse, database: support.Database) -> None:
    alter(
        database,
        "update sales_stages set required_fields = %s where account_id = %s and name = 'Proposal'",
        ["amount_minor", "organization_id"], house.account_id,
    )  # fmt: skip
    file = "name,stage,amount,organization\nA,Proposal,5,Maison\nB,Proposal,,\nC,New,,\n"
    done = take(house.owner, "deals", file, create=MADE)
    assert (done.created, reasons(done)) == (2, ["The stage asks for: amount_minor, organization_id."])


def test_deals_of_one_event(house: support.TestHouse, database: support.Database) -> None:
    new = events.CreateEvent(
        name="Spring Gala", slug="spring-gala", starts_at=dt.datetime(2027, 3, 1, 18, tzinfo=dt.UTC),
        ends_at=dt.datetime(2027, 3, 1, 23, tzinfo=dt.UTC), timezone="Europe/Paris",
    )  # fmt: skip
    execute(house.owner, events.create_event, new)
    done = take(house.owner, "deals", "name,event\nA,\nB,spring gala\nC,Other\n", event="spring-gala")
    assert (done.created, done.rejected) == (2, 1)
    found = table(
        database,
        "select d.name, e.slug from opportunities d join events e on e.id = d.event_id where d.account_id = %s"
        " order by 1",
        house.account_id,
    )
    assert found == [("A", "spring-gala"), ("B", "spring-gala")]


def seller(house: support.TestHouse, *denials: Permission) -> Credential:
    grants = (Permission.IMPORTS_RUN.value, Permission.SALES_WRITE.value)
    return house.member(Role.MEMBER, grants=grants, denials=tuple(d.value for d in denials))


def test_who_may_import_deals(house: support.TestHouse) -> None:
    assert take(seller(house), "deals", "name\nA\n").created == 1
    with pytest.raises(PermissionDenied):
        take(seller(house, Permission.SALES_WRITE), "deals", "name\nB\n")
    with pytest.raises(PermissionDenied):
        take(house.member(Role.MEMBER, grants=(Permission.SALES_WRITE.value,)), "deals", "name\nB\n")


@pytest.mark.parametrize(
    ("what", "file", "needed"),
    [
        ("stages", "name,stage\nA,Talks\n", Permission.SALES_SETTINGS),
        ("pipelines", "name,pipeline\nA,Sponsors\n", Permission.SALES_SETTINGS),
        ("lost_reasons", "name,stage,lost reason\nA,Lost,Weather\n", Permission.SALES_SETTINGS),
        ("owners", "name,owner\nA,Somebody\n", Permission.TEAM_MANAGE),
        ("organizations", "name,organization\nA,Somebody\n", Permission.CONTACTS_WRITE),
        ("contacts", "name,contact\nA,Somebody\n", Permission.CONTACTS_WRITE),
    ],
)
def test_making_what_is_missing_takes_the_permission_of_it(
    house: support.TestHouse, what: str, file: str, needed: Permission
) -> None:
    denied = take(seller(house, needed), "deals", file, create=(what,))
    assert (denied.rejected, reasons(denied)) == (1, [f"You may not create {what}."])
    assert take(house.owner, "deals", file, create=(what,)).created == 1


def test_other_house_s_records_are_never_found(two_houses: tuple[support.TestHouse, support.TestHouse]) -> None:
    ours, theirs = two_houses
    take(theirs.owner, "deals", FILE, create=MADE)
    done = take(ours.owner, "deals", FILE)
    assert (done.created, done.rejected) == (0, 3)
    assert counts(take(ours.owner, "deals", FILE, create=MADE)) == (3, 0, 0, 0, 0)


def test_preview_says_what_the_run_does(house: support.TestHouse) -> None:
    batch = upload(house.owner, "deals", FILE)
    assert preview(house.owner, batch).totals.rejected == 3
