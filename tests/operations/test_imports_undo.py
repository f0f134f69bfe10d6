"""Taking imports back: values restored, records removed, later work never lost without being told."""

from __future__ import annotations

import pytest

from eventos_core.db.registry import read
from eventos_core.enums.operations import ImportStatus, UndoVerdict
from eventos_core.kernel.errors import Conflict, NotAllowedNow
from eventos_core.operations.imports import queries
from tests.operations.imports_support import alter, counts, one, table, take, take_file, undo, upload
from tests.support import Database, TestHouse

STATE = (
    "select c.full_name, c.city, c.tags, c.custom, o.name,"
    " array(select email from contact_emails e where e.account_id = c.account_id and e.contact_id = c.id order by id),"
    " array(select number from contact_phones p where p.account_id = c.account_id and p.contact_id = c.id order by id)"
    " from contacts c left join organizations o on o.account_id = c.account_id and o.id = c.organization_id"
    " where c.account_id = %s and c.full_name <> 'Claire Aurore' order by c.id"
)
FIRST = (
    "External ID,Name,City,Email,Phone,Company,Tags,Shoe\n"
    "1,Ada,London,ada@example.com,+44 20 7946 0958,Engines,press,37\n"
)
SECOND = (
    "External ID,Name,City,Email,Phone,Company,Tags,Shoe,Hat\n"
    "1,Ada,Paris,augusta@example.com,+44 20 7946 0000,Looms,vip,38,55\n"
    "2,Bob,Bonn,bob@example.com,,Looms,,,\n"
)


def state(database: Database, house: TestHouse) -> list[tuple[object, ...]]:
    """Everything an import of contacts writes."""
    return table(database, STATE, house.account_id)


def tables(database: Database, house: TestHouse) -> dict[str, int]:
    """How many rows the tables hold that an import of contacts writes."""
    names = ("contacts", "contact_emails", "contact_phones", "organizations", "external_refs")
    return {
        name: one(database, f"select count(*) from {name} where account_id = %s", house.account_id)[0] for name in names
    }


def test_undo_removes_what_was_created(house: TestHouse, database: Database) -> None:
    before = tables(database, house)
    batch = take_file(house.owner, "contacts", "easy_spaces_lead_data.csv").batch
    assert tables(database, house)["organizations"] == before["organizations"] + 11
    result = undo(house.owner, batch)
    assert (result.removed, result.restored, result.kept) == (11, 0, ())
    assert tables(database, house) == before
    assert counts(take_file(house.owner, "contacts", "easy_spaces_lead_data.csv"))[0] == 11


def test_undo_restores_what_was_changed_links_and_children_included(house: TestHouse, database: Database) -> None:
    take(house.owner, "contacts", FIRST, create=("organizations",))
    before, sizes = state(database, house), tables(database, house)
    result = take(house.owner, "contacts", SECOND, create=("organizations",))
    assert counts(result) == (1, 1, 0, 0, 0)
    assert state(database, house)[0] == (
        "Ada", "Paris", ["vip"], {"hat": "55", "shoe": "38"}, "Looms", ["augusta@example.com"], ["+44 20 7946 0000"],
    )  # fmt: skip
    undone = undo(house.owner, result.batch)
    assert (undone.removed, undone.restored, undone.kept) == (1, 1, ())
    assert state(database, house) == before
    assert tables(database, house) == sizes
    assert one(
        database, "select version from contacts where account_id = %s and full_name = 'Ada'", house.account_id
    ) == (3,)
    # The memory of the import goes back too: the same file is news again.
    assert counts(take(house.owner, "contacts", SECOND, create=("organizations",))) == (1, 1, 0, 0, 0)


def test_imports_are_undone_one_after_the_other(house: TestHouse, database: Database) -> None:
    before = tables(database, house)
    first = take(house.owner, "contacts", FIRST, create=("organizations",)).batch
    second = take(house.owner, "contacts", SECOND, create=("organizations",)).batch
    # The first one's record was changed by the second: its undo would lose that.
    kept = undo(house.owner, first)
    assert (kept.removed, [row.verdict for row in kept.kept]) == (0, [UndoVerdict.EDITED_SINCE])
    undo(house.owner, second)
    assert undo(house.owner, first).removed == 1
    assert tables(database, house) == before


def test_an_edited_value_keeps_its_row_until_forced(house: TestHouse, database: Database) -> None:
    take(house.owner, "contacts", "External ID,Name,City,Title\n1,Ada,London,Poet\n2,Bob,Bonn,Poet\n")
    batch = take(house.owner, "contacts", "External ID,City,Title\n1,Paris,Countess\n2,Rome,Count\n").batch
    alter(database, "update contacts set city = 'Lyon' where account_id = %s and full_name = 'Ada'", house.account_id)
    result = undo(house.owner, batch)
    assert result.restored == 1
    assert [(row.row, row.verdict, row.reason) for row in result.kept] == [
        (2, UndoVerdict.EDITED_SINCE, "Edited after the import: city.")
    ]
    assert [row[:2] for row in state(database, house)] == [("Ada", "Lyon"), ("Bob", "Bonn")]
    with pytest.raises(NotAllowedNow):
        undo(house.owner, batch)
    assert undo(house.owner, batch, 2).restored == 1
    assert [row[:2] for row in state(database, house)] == [("Ada", "London"), ("Bob", "Bonn")]
    assert read(house.owner, queries.import_batch, batch).undo_counts == {"restored": 2}


def test_edits_beside_the_imported_values_stay(house: TestHouse, database: Database) -> None:
    take(house.owner, "contacts", "External ID,Name,City,Tags,Shoe\n1,Ada,London,press,37\n")
    batch = take(house.owner, "contacts", "External ID,City,Tags,Shoe\n1,Paris,vip,38\n").batch
    alter(
        database,
        "update contacts set nickname = 'A', tags = tags || array['friend'], custom = custom || '{\"hat\": \"55\"}'"
        " where account_id = %s and full_name = 'Ada'",
        house.account_id,
    )
    assert undo(house.owner, batch).restored == 1
    row = "select nickname, city, tags, custom from contacts where account_id = %s and full_name = 'Ada'"
    assert one(database, row, house.account_id) == ("A", "London", ["friend", "press"], {"hat": "55", "shoe": "37"})


def test_a_created_record_that_was_edited_or_used_stays(house: TestHouse, database: Database) -> None:
    batch = take(
        house.owner, "contacts", "Name,Email\nAda,a@example.com\nBob,b@example.com\nCleo,c@example.com\n"
    ).batch
    alter(database, "update contacts set city = 'Rome' where account_id = %s and full_name = 'Ada'", house.account_id)
    alter(
        database,
        "insert into contact_emails (account_id, contact_id, email) select account_id, id, 'bob2@example.com'"
        " from contacts where account_id = %s and full_name = 'Bob'",
        house.account_id,
    )
    result = undo(house.owner, batch)
    assert result.removed == 1
    assert [(row.row, row.verdict, row.reason) for row in result.kept] == [
        (2, UndoVerdict.EDITED_SINCE, "It was edited after the import."),
        (3, UndoVerdict.IN_USE, "Used by 1 e-mail address."),
    ]
    assert undo(house.owner, batch, 2, 3).removed == 2
    assert state(database, house) == []


def test_a_company_made_by_the_way_stays_once_it_is_used(house: TestHouse, database: Database) -> None:
    batch = take(house.owner, "contacts", FIRST, create=("organizations",)).batch
    take(house.owner, "contacts", "Name,Company\nZoe,Engines\n", source="other")
    assert undo(house.owner, batch).removed == 1
    assert [(row[0], row[4]) for row in state(database, house)] == [("Zoe", "Engines")]


def test_a_link_to_what_is_gone_cannot_be_put_back(house: TestHouse, database: Database) -> None:
    take(house.owner, "contacts", "External ID,Name,Company\n1,Ada,Engines\n2,Bob,Looms\n", create=("organizations",))
    changed = "External ID,Company,City\n1,Mills,Rome\n2,Mills,Rome\n"
    batch = take(house.owner, "contacts", changed, create=("organizations",)).batch
    alter(database, "delete from organizations where account_id = %s and name = 'Engines'", house.account_id)
    result = undo(house.owner, batch)
    assert [(row.row, row.reason) for row in result.kept] == [(2, "What it pointed to before is gone.")]
    assert [(row[0], row[1], row[4]) for row in state(database, house)] == [
        ("Ada", "Rome", "Mills"), ("Bob", None, "Looms"),
    ]  # fmt: skip


def test_the_audit_keeps_both_ways_and_the_batch_remains(house: TestHouse, database: Database) -> None:
    batch = take(house.owner, "contacts", FIRST, create=("organizations",)).batch
    undo(house.owner, batch)
    acts = table(
        database,
        "select action, table_name from audit_log where account_id = %s and (action like 'import%%'"
        " or table_name = 'contacts') order by id desc limit 4",
        house.account_id,
    )
    assert acts == [
        ("import_undo", "import_batches"), ("delete", "contacts"), ("import", "import_batches"), ("insert", "contacts"),
    ]  # fmt: skip
    shown = read(house.owner, queries.import_batch, batch)
    assert (shown.status, shown.result is not None) == (ImportStatus.UNDONE, True)


def test_what_cannot_be_undone_says_why(house: TestHouse, database: Database) -> None:
    batch = upload(house.owner, "contacts", "Name\nAda\n")
    with pytest.raises(NotAllowedNow, match="mapped"):
        undo(house.owner, batch)
    done = take(house.owner, "contacts", "Name\nAda\n").batch
    alter(database, "update import_batches set before_expires_at = now() - interval '1 day' where id = %s", done)
    with pytest.raises(Conflict, match="too old"):
        undo(house.owner, done)


def test_an_erased_person_stays_erased(house: TestHouse, database: Database) -> None:
    take(house.owner, "contacts", "External ID,Name,City\n1,Ada,London\n")
    batch = take(house.owner, "contacts", "External ID,City\n1,Paris\n").batch
    alter(
        database,
        "update contacts set full_name = 'Erased', city = null, erased_at = now() where account_id = %s"
        " and full_name = 'Ada'",
        house.account_id,
    )
    assert [row.verdict for row in undo(house.owner, batch).kept] == [UndoVerdict.ERASED]
    result = take(house.owner, "contacts", "External ID,Name,City\n1,Ada,Lyon\n")
    assert counts(result) == (0, 0, 1, 0, 0)
    assert state(database, house)[0][:2] == ("Erased", None)
