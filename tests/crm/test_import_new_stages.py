"""Stages that an import of deals makes: how likely, in which place, and what of an import goes with its undo."""

from __future__ import annotations

import pytest

from eventos_core.db.registry import read
from eventos_core.kernel.errors import InvalidInput, PermissionDenied
from eventos_core.kernel.permissions import Permission, Role
from eventos_core.operations.imports.made import MadeRecords, import_made, import_remarks
from eventos_core.operations.imports.meanings import import_meanings
from eventos_core.operations.imports.records import NewRecord
from eventos_core.operations.imports.running import run_import
from tests import support
from tests.crm.deals import change_deal, change_stage, put_deal, stages
from tests.operations.imports_support import counts, mapped, one, preview, table, take, undo, upload

pytestmark = pytest.mark.database
FILE = "name,stage,owner,organization\nA,Discovery,Pat Nobody,Nova\nB,Demo given,Pat Nobody,Nova\n"
MADE = ("stages", "owners", "organizations")
NEW_PIPELINE = "name,pipeline,stage\nA,Sponsors,Talks\nB,Sponsors,Offer\nC,Sponsors,Won\nD,Sales,Pitch\n"


def ppm(database: support.Database, house: support.TestHouse, stage: str) -> int:
    statement = "select default_probability_ppm from sales_stages where account_id = %s and name = %s"
    (found,) = one(database, statement, house.account_id, stage)
    return int(found)


def made(house: support.TestHouse, batch: int) -> dict[str, list[str]]:
    found = read(house.owner, import_made, batch)
    return {one.what: [record.name for record in one.records] for one in found if one.records}


def removed(house: support.TestHouse, batch: int) -> dict[str, list[str]]:
    found = read(house.owner, import_made, batch)
    assert all(len(one.removed) == one.removed_count for one in found)
    return {one.what: list(one.removed) for one in found if one.removed}


def new_stages(house: support.TestHouse, batch: int) -> dict[str, NewRecord]:
    found = read(house.owner, import_meanings, batch)
    return {new.name: new for meanings in found if meanings.field == "stage" for new in meanings.new}


def test_stage_is_as_likely_as_its_first_row_that_says_so_and_stands_behind_what_is_no_likelier(
    house: support.TestHouse, database: support.Database
) -> None:
    file = "name,stage,probability\nA,Prospecting,15\nB,Engaging,\nC,prospecting,15\nD,Engaging,30\n"
    assert take(house.owner, "deals", file).rejected == 4
    before = list(stages(house.owner))
    assert counts(take(house.owner, "deals", file, create=("stages",))) == (4, 0, 0, 0, 0)
    now = list(stages(house.owner))
    assert [name for name in now if name in before] == before
    likely = {name: ppm(database, house, name) for name in now}
    assert (likely["Prospecting"], likely["Engaging"]) == (150_000, 300_000)
    opened = now[: now.index("Won")]
    assert [likely[name] for name in opened] == sorted(likely[name] for name in opened)
    overridden = "select name from opportunities where account_id = %s and probability_override_ppm is not null"
    assert table(database, overridden, house.account_id) == []


def test_stage_of_which_nothing_is_said_is_as_likely_as_the_open_ones_on_average(
    house: support.TestHouse, database: support.Database
) -> None:
    opened = [name for name in stages(house.owner) if name not in ("Won", "Lost")]
    mean = round(sum(ppm(database, house, name) for name in opened) / len(opened) / 10_000) * 10_000
    batch = upload(house.owner, "deals", FILE)
    proposed = new_stages(house, batch)
    assert set(proposed) == {"Discovery", "Demo given"}
    assert proposed["Discovery"].settings["probability"] == str(mean // 10_000)
    mapped(house.owner, batch, create_missing=MADE)
    run_import(house.owner, batch)
    assert ppm(database, house, "Discovery") == mean
    after = proposed["Discovery"].settings["after"]
    names = list(stages(house.owner))
    # Both go to one place, in the order of the file.
    assert names[names.index(after) + 1 :][:2] == ["Discovery", "Demo given"]
    category = (
        "select s.forecast_category = t.forecast_category from sales_stages s join sales_stages t using (account_id)"
    )
    alike = f"{category} where account_id = %s and s.name = 'Discovery' and t.name = %s"
    assert one(database, alike, house.account_id, after) == (True,)


def test_what_a_person_chose_counts_and_is_shown_when_the_page_opens_again(
    house: support.TestHouse, database: support.Database
) -> None:
    batch = upload(house.owner, "deals", FILE)
    chosen = {"stages": {"discovery": {"probability": "5 %", "after": ""}, "Demo given": {"after": "new"}}}
    mapped(house.owner, batch, create_missing=MADE, made_as=chosen)
    proposed = new_stages(house, batch)
    assert dict(proposed["Discovery"].settings) == {"probability": "5", "after": ""}
    assert proposed["Demo given"].settings["after"] == "New"
    run_import(house.owner, batch)
    assert list(stages(house.owner))[:3] == ["Discovery", "New", "Demo given"]
    assert ppm(database, house, "Discovery") == 50_000


def test_stages_of_a_pipeline_to_be_made_can_be_chosen_before_and_after_that_is_said(
    house: support.TestHouse, database: support.Database
) -> None:
    batch = upload(house.owner, "deals", NEW_PIPELINE)
    before = new_stages(house, batch)
    assert set(before) == {"Sponsors › Talks", "Sponsors › Offer", "Pitch"}
    assert before["Sponsors › Talks"].settings["probability"] == "33"
    mapped(house.owner, batch, create_missing=("pipelines",))
    assert new_stages(house, batch) == before
    (stage,) = (meanings for meanings in read(house.owner, import_meanings, batch) if meanings.field == "stage")
    assert {m.value: (m.unknown, m.along) for m in stage.values} == {
        "Talks": (1, 1), "Offer": (1, 1), "Won": (1, 1), "Pitch": (1, 0)
    }  # fmt: skip
    assert (stage.unknown_rows, stage.along_rows) == (4, 3)
    mapped(house.owner, batch, made_as={"stages": {"Sponsors › Talks": {"probability": "80"}}})
    assert new_stages(house, batch)["Sponsors › Talks"].settings["probability"] == "80"
    assert counts(run_import(house.owner, batch)) == (3, 0, 0, 1, 0)
    assert list(stages(house.owner, "Sponsors")) == ["Offer", "Talks", "Won", "Lost"]
    assert (ppm(database, house, "Talks"), ppm(database, house, "Offer")) == (800_000, 670_000)


def test_where_no_open_stages_stand_the_new_ones_stand_by_probability_then_as_the_file_names_them(
    house: support.TestHouse,
) -> None:
    file = "name,pipeline,stage,probability\nA,Sponsors,Late,60\nB,Sponsors,Early,20\nC,Sponsors,Also early,20\n"
    batch = upload(house.owner, "deals", file)
    mapped(house.owner, batch, create_missing=("pipelines",))
    for new in new_stages(house, batch).values():
        assert (new.settings["after"], new.choices["after"]) == ("", {"": "By probability"})
    run_import(house.owner, batch)
    assert list(stages(house.owner, "Sponsors")) == ["Early", "Also early", "Late", "Won", "Lost"]


def test_deal_of_a_new_pipeline_that_names_no_stage_stands_in_the_first_that_others_name(
    house: support.TestHouse, database: support.Database
) -> None:
    file = (
        "name,pipeline,stage,probability\nA,Sponsors,,70\nB,Sponsors,Offer,60\nC,Sponsors,Talks,20\nD,Sponsors,Won,\n"
    )
    batch = upload(house.owner, "deals", file)
    mapped(house.owner, batch, create_missing=("pipelines",))
    assert set(new_stages(house, batch)) == {"Sponsors › Offer", "Sponsors › Talks"}
    assert counts(run_import(house.owner, batch)) == (4, 0, 0, 0, 0)
    assert list(stages(house.owner, "Sponsors")) == ["Talks", "Offer", "Won", "Lost"]
    assert ppm(database, house, "Talks") == 200_000
    stands = (
        "select d.name, s.name, d.probability_override_ppm from opportunities d"
        " join sales_stages s on s.id = d.stage_id where d.account_id = %s order by d.name"
    )
    assert table(database, stands, house.account_id) == [
        ("A", "Talks", 700_000), ("B", "Offer", None), ("C", "Talks", None), ("D", "Won", None)
    ]  # fmt: skip


def test_new_pipeline_of_which_the_file_names_no_open_stage_begins_with_one_called_new(
    house: support.TestHouse,
) -> None:
    done = take(house.owner, "deals", "name,pipeline,stage\nA,Sponsors,\nB,Sponsors,Won\n", create=("pipelines",))
    assert counts(done) == (2, 0, 0, 0, 0)
    assert list(stages(house.owner, "Sponsors")) == ["New", "Won", "Lost"]
    assert made(house, done.batch)["stages"] == ["Lost", "New", "Won"]


def test_place_that_the_pipeline_does_not_have_leaves_the_stage_where_its_probability_puts_it(
    house: support.TestHouse,
) -> None:
    batch = upload(house.owner, "deals", FILE)
    proposed = new_stages(house, batch)["Discovery"].settings["after"]
    mapped(house.owner, batch, made_as={"stages": {"Discovery": {"after": "Nowhere"}}})
    assert proposed != ""
    assert new_stages(house, batch)["Discovery"].settings["after"] == proposed


def test_stage_of_a_new_pipeline_is_not_said_to_mean_its_namesake_elsewhere(house: support.TestHouse) -> None:
    batch = upload(house.owner, "deals", "name,pipeline,stage\nA,Sponsors,New\nB,Sponsors,Propsal\n")
    (stage,) = (meanings for meanings in read(house.owner, import_meanings, batch) if meanings.field == "stage")
    assert {m.value: m.nearest for m in stage.values} == {"New": (), "Propsal": ("Proposal",)}


@pytest.mark.parametrize(
    "made_as",
    [
        {"stages": {"A": {"probability": "101"}}},
        {"stages": {"A": {"probability": "-1"}}},
        {"stages": {"A": {"colour": "red"}}},
        {"owners": {"A": {"probability": "5"}}},
    ],
)
def test_what_a_stage_cannot_be_is_refused(
    house: support.TestHouse, made_as: dict[str, dict[str, dict[str, str]]]
) -> None:
    batch = upload(house.owner, "deals", FILE)
    with pytest.raises(InvalidInput):
        mapped(house.owner, batch, made_as=made_as)


def test_result_names_what_was_made_and_an_undo_removes_and_names_it(
    house: support.TestHouse, database: support.Database
) -> None:
    before = stages(house.owner)
    done = take(house.owner, "deals", FILE, create=MADE)
    named = {"owners": ["Pat Nobody"], "organizations": ["Nova"], "stages": ["Demo given", "Discovery"]}
    assert (made(house, done.batch), removed(house, done.batch)) == (named, {})
    assert undo(house.owner, done.batch).removed == 2
    assert (made(house, done.batch), removed(house, done.batch)) == ({}, named)
    assert set(stages(house.owner)) == set(before)
    placeholders = "select count(*) from account_users where account_id = %s and status = 'placeholder'"
    assert one(database, placeholders, house.account_id) == (0,)


def test_what_something_else_uses_stays_after_the_undo_and_says_by_what(house: support.TestHouse) -> None:
    done = take(house.owner, "deals", FILE, create=MADE)
    owner = next(m for m in read(house.owner, import_made, done.batch) if m.what == "owners").records[0]
    other = put_deal(house.owner, "Other")
    change_deal(house.owner, other, stage="Discovery", owner_id=owner.id)
    undo(house.owner, done.batch)
    found: dict[str, MadeRecords] = {one.what: one for one in read(house.owner, import_made, done.batch)}
    assert made(house, done.batch) == {"owners": ["Pat Nobody"], "stages": ["Discovery"]}
    assert removed(house, done.batch) == {"organizations": ["Nova"], "stages": ["Demo given"]}
    for what in ("owners", "stages"):
        stays = found[what].records[0].stays
        assert stays.startswith("used by ")
        assert "1 deal" in stays


def test_what_a_pipeline_was_made_with_is_named_once_after_the_undo(house: support.TestHouse) -> None:
    done = take(house.owner, "deals", NEW_PIPELINE, create=("pipelines",))
    named = {"pipelines": ["Sponsors"], "stages": ["Lost", "Offer", "Talks", "Won"]}
    assert made(house, done.batch) == named
    undo(house.owner, done.batch)
    assert (made(house, done.batch), removed(house, done.batch)) == ({}, named)


def test_what_is_removed_with_a_forced_row_is_named_beside_what_went_before(
    house: support.TestHouse, database: support.Database
) -> None:
    done = take(house.owner, "deals", FILE, create=MADE)
    (deal,) = one(database, "select id from opportunities where account_id = %s and name = 'A'", house.account_id)
    change_deal(house.owner, deal, next_step="Call")
    (kept,) = undo(house.owner, done.batch).kept
    assert removed(house, done.batch) == {"stages": ["Demo given"]}
    undo(house.owner, done.batch, kept.row)
    assert removed(house, done.batch)["stages"] == ["Demo given", "Discovery"]


def test_a_stage_edited_since_stays(house: support.TestHouse) -> None:
    done = take(house.owner, "deals", FILE, create=MADE)
    change_stage(house.owner, "Discovery", description="First talks")
    undo(house.owner, done.batch)
    assert made(house, done.batch) == {"stages": ["Discovery"]}
    (stays,) = [record.stays for one in read(house.owner, import_made, done.batch) for record in one.records]
    assert stays == "edited since"


def test_placeholders_stay_where_who_undoes_may_not_manage_the_team(house: support.TestHouse) -> None:
    done = take(house.owner, "deals", FILE, create=MADE)
    grants = (Permission.IMPORTS_RUN.value, Permission.SALES_WRITE.value, Permission.SALES_SETTINGS.value)
    undo(house.member(Role.MEMBER, grants=grants), done.batch)
    (owners,) = [one for one in read(house.owner, import_made, done.batch) if one.what == "owners"]
    assert [(record.name, record.stays) for record in owners.records] == [
        ("Pat Nobody", "only who may manage the team removes it")
    ]
    assert removed(house, done.batch) == {"organizations": ["Nova"], "stages": ["Demo given", "Discovery"]}


def test_row_with_three_unknowns_says_all_three_and_each_is_counted(house: support.TestHouse) -> None:
    batch = upload(house.owner, "deals", FILE)
    would = {(remark.column, remark.value): remark.rows for remark in preview(house.owner, batch).remarks}
    done = run_import(house.owner, batch)
    told = {(remark.column, remark.value): remark.rows for remark in read(house.owner, import_remarks, batch)}
    assert told == would == {
        ("stage", "Discovery"): 1, ("stage", "Demo given"): 1, ("owner", "Pat Nobody"): 2, ("organization", "Nova"): 2
    }  # fmt: skip
    assert (done.rejected, len(done.errors)) == (2, 6)


def test_other_house_s_imports_say_nothing(two_houses: tuple[support.TestHouse, support.TestHouse]) -> None:
    ours, theirs = two_houses
    batch = take(theirs.owner, "deals", FILE, create=MADE).batch
    mine = take(ours.owner, "deals", FILE, create=MADE).batch
    assert made(ours, mine)["owners"] == ["Pat Nobody"]
    undo(ours.owner, mine)
    assert made(theirs, batch)["owners"] == ["Pat Nobody"]
    assert removed(theirs, batch) == {}


def test_who_may_not_import_reads_nothing_of_it(house: support.TestHouse) -> None:
    batch = take(house.owner, "deals", FILE, create=MADE).batch
    for query in (import_made, import_remarks):
        with pytest.raises(PermissionDenied):
            read(house.member(Role.VIEWER), query, batch)
