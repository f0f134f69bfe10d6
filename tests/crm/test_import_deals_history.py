"""The past of imported deals: seeded from their days, dated back when they move, retracted by an undo."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests import support
from tests.crm.deals import change_deal, lost_reason, put_deal, stages
from tests.operations.imports_support import alter, counts, one, table, take, undo

pytestmark = pytest.mark.database


def day(text: str) -> dt.datetime:
    """Midnight in Paris, where the houses are."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris")).astimezone(dt.UTC)


def versions(database: support.Database, house: support.TestHouse, *, standing: bool = True) -> list[tuple[Any, ...]]:
    """(stage, from, to) of what the house's deals went through, in order; without `standing` the retracted ones."""
    return table(
        database,
        "select s.name, v.valid_from, v.valid_to from opportunity_versions v join sales_stages s on s.id = v.stage_id"
        " where v.account_id = %s and (v.retracted_at is null) = %s order by v.opportunity_id, v.valid_from, v.id",
        house.account_id, standing,
    )  # fmt: skip


def test_closed_deal_stood_at_the_beginning_until_its_day(house: support.TestHouse, database: support.Database) -> None:
    take(house.owner, "deals", "name,stage,created_on,closed_on\nA,Won,2025-01-10,2025-03-01\n")
    assert versions(database, house) == [
        ("New", day("2025-01-10"), day("2025-03-01")), ("Won", day("2025-03-01"), None)
    ]  # fmt: skip
    recorded, changer = one(
        database,
        "select min(recorded_at), count(distinct changed_by_id) from opportunity_versions where account_id = %s",
        house.account_id,
    )
    assert recorded > dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    assert changer == 1


def test_open_deal_has_no_step_that_the_file_does_not_tell(
    house: support.TestHouse, database: support.Database
) -> None:
    take(house.owner, "deals", "name,stage,created_on\nA,Proposal,2025-01-10\n")
    assert versions(database, house) == [("Proposal", day("2025-01-10"), None)]


def test_day_of_the_last_move_is_a_step(house: support.TestHouse, database: support.Database) -> None:
    take(house.owner, "deals", "name,stage,created_on,last stage change\nA,Proposal,2025-01-10,2025-02-01\n")
    assert versions(database, house) == [
        ("New", day("2025-01-10"), day("2025-02-01")), ("Proposal", day("2025-02-01"), None)
    ]  # fmt: skip


def test_deal_won_the_day_it_was_created_passed_the_beginning(
    house: support.TestHouse, database: support.Database
) -> None:
    take(house.owner, "deals", "name,stage,created_on,closed_on\nA,Won,2025-01-10,2025-01-10\n")
    second = dt.timedelta(seconds=1)
    assert versions(database, house) == [
        ("New", day("2025-01-10"), day("2025-01-10") + second), ("Won", day("2025-01-10") + second, None)
    ]  # fmt: skip
    assert one(database, "select closed_on - opened_on from opportunities where account_id = %s",
               house.account_id) == (0,)  # fmt: skip


def test_deal_of_unknown_beginning_begins_when_it_closed(house: support.TestHouse, database: support.Database) -> None:
    take(house.owner, "deals", "name,stage,closed_on\nA,Lost,2025-03-01\n")
    assert one(database, "select opened_on, closed_on from opportunities where account_id = %s", house.account_id) == (
        dt.date(2025, 3, 1), dt.date(2025, 3, 1)
    )  # fmt: skip


def test_deals_made_by_people_get_no_made_up_past(house: support.TestHouse, database: support.Database) -> None:
    put_deal(house.owner, stage="Won", opened_on=dt.date(2025, 1, 1))
    take(house.owner, "deals", "name,stage,created_on,closed_on\nA,Won,2025-01-10,2025-03-01\n")
    assert [name for name, *_ in versions(database, house)] == ["Won", "New", "Won"]


def test_move_is_dated_by_the_closing_day_and_never_before_what_is_known(
    house: support.TestHouse, database: support.Database
) -> None:
    file = "id,name,stage,created_on,closed_on\n1,A,Proposal,2025-01-10,\n"
    take(house.owner, "deals", file)
    assert counts(take(house.owner, "deals", file.replace("Proposal,2025-01-10,", "Won,2025-01-10,2025-02-20"))) == (
        0, 1, 0, 0, 0
    )  # fmt: skip
    assert versions(database, house) == [
        ("Proposal", day("2025-01-10"), day("2025-02-20")), ("Won", day("2025-02-20"), None)
    ]  # fmt: skip
    assert versions(database, house, standing=False) == [("Proposal", day("2025-01-10"), None)]


def test_undo_retracts_what_the_import_recorded_and_deletes_nothing(
    house: support.TestHouse, database: support.Database
) -> None:
    file = "id,name,stage,created_on,closed_on,amount\n1,A,Proposal,2025-01-10,,5\n"
    first = take(house.owner, "deals", file)
    before = versions(database, house)
    second = take(house.owner, "deals", file.replace("Proposal,2025-01-10,,5", "Won,2025-01-10,2025-02-20,9"))
    assert undo(house.owner, second.batch).restored == 1
    stage = one(
        database,
        "select outcome, closed_on, rate_to_base_e12, amount_minor, stage_entered_at from opportunities"
        " where account_id = %s",
        house.account_id,
    )
    assert stage == ("open", None, None, 500, day("2025-01-10"))
    now = versions(database, house)
    assert {name for name, *_ in now} == {"Proposal"}
    assert (now[0][1], now[-1][2]) == (before[0][1], None)
    known = len(now) + len(versions(database, house, standing=False))
    assert undo(house.owner, first.batch).removed == 1
    assert versions(database, house) == []
    assert len(versions(database, house, standing=False)) == known


def test_undo_of_an_amount_takes_the_amount_out_of_the_past(
    house: support.TestHouse, database: support.Database
) -> None:
    file = "id,name,amount\n1,A,5\n"
    take(house.owner, "deals", file)
    undo(house.owner, take(house.owner, "deals", file.replace("5", "9")).batch)
    standing = table(
        database,
        "select distinct amount_minor from opportunity_versions where account_id = %s and retracted_at is null",
        house.account_id,
    )
    assert standing == [(500,)]


def test_undo_gives_back_why_a_deal_was_lost(house: support.TestHouse, database: support.Database) -> None:
    number = put_deal(house.owner, "A", closed_on=dt.date(2026, 2, 1), stage="Lost",
                      lost_reason_id=lost_reason(house.owner), lost_note="Went to a rival")  # fmt: skip
    state = "select outcome, closed_on, lost_note, lost_reason_id is null from opportunities where id = %s"
    before = one(database, state, number)
    done = take(house.owner, "deals", "name,stage,closed_on\nA,Won,2026-05-01\n")
    assert one(database, state, number) == ("won", dt.date(2026, 5, 1), None, True)
    assert undo(house.owner, done.batch).restored == 1
    assert one(database, state, number) == before


def test_undo_keeps_what_was_edited_since_and_says_so(house: support.TestHouse, database: support.Database) -> None:
    done = take(house.owner, "deals", "id,name,stage\n1,A,New\n2,B,New\n3,C,New\n")
    ((edited,), (used,)) = table(
        database, "select id from opportunities where account_id = %s and name in ('A', 'B') order by name",
        house.account_id,
    )  # fmt: skip
    change_deal(house.owner, edited, stage="Qualified")
    alter(
        database,
        "insert into notes (account_id, opportunity_id, body) values (%s, %s, 'Called')", house.account_id, used,
    )  # fmt: skip
    taken = undo(house.owner, done.batch)
    assert taken.removed == 1
    assert [(row.row, row.reason) for row in taken.kept] == [
        (2, "It was edited after the import."), (3, "Used by 1 note.")
    ]  # fmt: skip
    assert len(versions(database, house)) >= 2


def test_undo_removes_what_was_made_for_it(house: support.TestHouse, database: support.Database) -> None:
    made = ("stages", "organizations", "contacts", "lost_reasons")
    file = (
        "name,stage,organization,contact,contact email,lost reason\n"
        "A,Talks,Maison,Ana Bell,ana@x.example,\nB,Lost,Maison,,,Weather\n"
    )
    before = list(stages(house.owner))
    done = take(house.owner, "deals", file, create=made)
    assert counts(done) == (2, 0, 0, 0, 0)
    assert undo(house.owner, done.batch).removed == 2
    assert list(stages(house.owner)) == before
    assert table(database, "select id from opportunities where account_id = %s", house.account_id) == []
    assert table(database, "select id from contacts where account_id = %s and full_name = 'Ana Bell'",
                 house.account_id) == []  # fmt: skip
    assert table(database, "select id from contact_emails where account_id = %s and email like 'ana@%%'",
                 house.account_id) == []  # fmt: skip
    assert table(database, "select id from lost_reasons where account_id = %s and name = 'Weather'",
                 house.account_id) == []  # fmt: skip
