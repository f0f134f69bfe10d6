"""`import KIND FILE` and `import undo BATCH`: keys, exit codes, what stays and what goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.db.session import TenantSession
from eventos_core.directory import commands as directory
from eventos_core.directory import queries
from eventos_core.directory.rules.contacts import ContactFields
from tests import support
from tests.cli.conftest import Run
from tests.crm.deals import put_deal, stages

PEOPLE = """first name;last name;email;employer;stage
Ada;Lovelace;ada@example.org;Analytical Engines;Closed Won
Grace;Hopper;grace@example.org;;x
Bad;Row;not-an-address;;x
"""
KEYS = {"batch", "rows", "created", "updated", "skipped", "rejected", "conflicts", "errors", "made"}


@pytest.fixture
def people(tmp_path: Path) -> Path:
    file = tmp_path / "people.csv"
    file.write_text(PEOPLE)
    return file


def count(house: support.TestHouse) -> int:
    def contacts(db: TenantSession) -> int:
        return len(queries.contacts(db).frame)

    return read(house.owner, contacts)


def test_json_has_the_contract_s_keys_and_names_every_error(house: support.TestHouse, people: Path, run: Run) -> None:
    before = count(house)
    done = run("import", "contacts", people, "--account", house.slug, "--create-missing", "organizations", "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json.keys() == KEYS
    assert {key: done.json[key] for key in KEYS - {"batch", "errors", "made"}} == {
        "rows": 3, "created": 2, "updated": 0, "skipped": 0, "rejected": 1, "conflicts": 0
    }  # fmt: skip
    assert done.json["made"] == {"organizations": ["Analytical Engines"]}
    (error,) = done.json["errors"]
    assert error.keys() == {"row", "column", "value", "reason"}
    assert (error["row"], error["column"], error["value"]) == (4, "email", "not-an-address")
    assert count(house) == before + 2


def test_without_json_the_errors_go_to_standard_error(house: support.TestHouse, people: Path, run: Run) -> None:
    done = run("import", "contacts", people, "--account", house.slug, "--create-missing", "organizations")
    assert done.code == 0
    assert "3 rows: 2 created, 0 updated, 0 skipped, 1 rejected, 0 conflicts." in done.out
    assert "row 4, email: “not-an-address”" in done.err


def test_dry_run_says_what_would_happen_and_leaves_nothing(
    database: support.Database, house: support.TestHouse, people: Path, run: Run
) -> None:
    before = count(house)
    words = ("import", "contacts", people, "--account", house.slug, "--create-missing", "organizations", "--dry-run")
    planned = run(*words, "--json")
    assert planned.code == 0
    assert planned.json.keys() == KEYS
    assert (planned.json["batch"], planned.json["created"], planned.json["rejected"]) == (None, 2, 1)
    assert "Would import 3 rows" in run(*words).out
    assert count(house) == before
    with database.as_login("migrator") as connection:
        stored = connection.execute(
            "select count(*) from import_batches where account_id = %s", [house.account_id]
        ).fetchone()
    assert stored == (0,)


def test_columns_and_values_are_mapped_as_told(house: support.TestHouse, people: Path, run: Run) -> None:
    done = run(
        "import", "contacts", people, "--account", house.slug, "--map", "employer=organization", "--map", "stage=tags",
        "--map", "#1=-", "--map-value", "tags:Closed Won=customer", "--map-value", "tags:x=prospect",
        "--create-missing", "organizations", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    frame = read(house.owner, lambda db: queries.contacts(db).frame)
    tags = dict(zip(frame["name"], frame["tags"], strict=True))
    assert tags["Lovelace"] == ["customer"]
    assert tags["Hopper"] == ["prospect"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--map", "employer"), "write COLUMN=FIELD"),
        (("--map", "employer=no_such_field"), "no_such_field"),
        (("--map", "no such column=title"), "no such column"),
        (("--map-value", "tags=customer"), "write FIELD:FROM=TO"),
        (("--format", "no_such_format"), "no_such_format"),
        (("--create-missing", "castles"), "castles"),
    ],
)
def test_wrong_options_are_wrong_use(
    house: support.TestHouse, people: Path, run: Run, options: tuple[str, ...], said: str
) -> None:
    done = run("import", "contacts", people, "--account", house.slug, *options, "--json")
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_file_that_is_refused_whole_fails_with_the_reason(house: support.TestHouse, tmp_path: Path, run: Run) -> None:
    empty, picture, alien = tmp_path / "empty.csv", tmp_path / "picture.csv", tmp_path / "alien.csv"
    empty.write_text("")
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 100)
    alien.write_text("foo,bar\n1,2\n")
    said = {empty: "The file is empty", picture: "is a PNG picture", alien: "No column is mapped to a field"}
    for file, reason in said.items():
        done = run("import", "contacts", file, "--account", house.slug, "--json")
        assert (done.code, done.out) == (1, "")
        assert reason in done.err
    absent = run("import", "contacts", tmp_path / "absent.csv", "--account", house.slug)
    assert absent.code == 2
    assert run("import", "castles", empty, "--account", house.slug).code == 2


def test_sessions_need_their_event(house: support.TestHouse, tmp_path: Path, run: Run) -> None:
    file = tmp_path / "programme.csv"
    file.write_text("title,start,end\nOpening,2031-03-04 19:00,2031-03-04 20:00\n")
    without = run("import", "sessions", file, "--account", house.slug)
    assert without.code == 2
    assert "Name the event" in without.err
    unknown = run("import", "sessions", file, "--account", house.slug, "--event", "no-such")
    assert unknown.code == 1
    run("event", "create", "--account", house.slug, "--name", "Show", "--timezone", "Europe/Paris",
        "--starts", "2031-03-04T18:00", "--ends", "2031-03-04T23:00")  # fmt: skip
    done = run("import", "sessions", file, "--account", house.slug, "--event", "show", "--json")
    assert (done.code, done.json["created"]) == (0, 1)


def test_undo_restores_what_was_updated_and_removes_what_was_created(
    house: support.TestHouse, people: Path, run: Run
) -> None:
    before = count(house)
    words = ("import", "contacts", people, "--account", house.slug, "--create-missing", "organizations", "--json")
    batch = run(*words).json["batch"]
    undone = run("import", "undo", batch, "--account", house.slug, "--json")
    assert undone.code == 0
    assert (undone.json["batch"], undone.json["removed"], undone.json["restored"]) == (batch, 2, 0)
    assert (undone.json["made_removed"], undone.json["made_kept"]) == ({"organizations": ["Analytical Engines"]}, {})
    assert count(house) == before
    again = run("import", "undo", batch, "--account", house.slug)
    assert again.code == 1
    assert "This import is undone" in again.err


def test_undo_is_refused_where_later_edits_would_be_lost(house: support.TestHouse, people: Path, run: Run) -> None:
    words = ("import", "contacts", people, "--account", house.slug, "--create-missing", "organizations", "--json")
    batch = run(*words).json["batch"]
    frame = read(house.owner, lambda db: queries.contacts(db).frame)
    ada = int(frame.loc[frame["name"] == "Ada Lovelace", "id"].iloc[0])
    version = read(house.owner, queries.contact, ada).version
    change = directory.EditContact(ada, version, ContactFields(first_name="Ada", last_name="King"))
    execute(house.owner, directory.edit_contact, change)
    undone = run("import", "undo", batch, "--account", house.slug, "--json")
    assert undone.code == 1
    assert undone.json["removed"] == 1
    assert [(row["row"], row["verdict"]) for row in undone.json["kept"]] == [(2, "edited_since")]
    assert "row 2 stays (edited since): It was edited after the import." in undone.err
    assert read(house.owner, queries.contact, ada).name == "Ada King"


def test_import_of_one_house_cannot_be_undone_from_the_other(
    two_houses: tuple[support.TestHouse, support.TestHouse], people: Path, run: Run
) -> None:
    first, second = two_houses
    batch = run("import", "contacts", people, "--account", first.slug, "--json", "--create-missing", "organizations")
    refused = run("import", "undo", batch.json["batch"], "--account", second.slug)
    assert refused.code == 1
    assert "There is no such import" in refused.err


DEALS = "name,stage,owner\nA,Discovery,Nobody Yet\nB,Demo given,Nobody Yet\n"


def test_new_stages_are_made_as_likely_and_where_they_are_said_to_be(
    house: support.TestHouse, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "deals.csv"
    file.write_text(DEALS)
    said = ("--new-stage", "Discovery=5@", "--new-stage", "Demo given=62@New", "--create-missing", "owners")
    done = run("import", "deals", file, "--account", house.slug, *said)
    assert done.code == 0, done.err
    assert "Made besides, stages (2): Demo given, Discovery" in done.out
    assert "Made besides, owners (1): Nobody Yet" in done.out
    assert list(stages(house.owner))[:3] == ["Discovery", "New", "Demo given"]
    put_deal(house.owner, "Another", stage="Discovery")
    batch = done.out.split()[1].rstrip(":")
    undone = run("import", "undo", batch, "--account", house.slug)
    assert "Removed besides, stages (1): Demo given" in undone.out
    assert "Still there, stages (1): Discovery (" in undone.out


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("Discovery", "write NAME=PERCENT"),
        ("Discovery=101", "is not from 0 to 100 percent"),
        ("Discovery=soon", "is not from 0 to 100 percent"),
    ],
)
def test_a_new_stage_that_cannot_be_is_wrong_use(
    house: support.TestHouse, run: Run, tmp_path: Path, option: str, told: str
) -> None:
    file = tmp_path / "deals.csv"
    file.write_text(DEALS)
    done = run("import", "deals", file, "--account", house.slug, "--new-stage", option)
    assert done.code == 2
    assert told in done.err


def test_contacts_have_no_new_stages(house: support.TestHouse, people: Path, run: Run) -> None:
    assert run("import", "contacts", people, "--account", house.slug, "--new-stage", "A=5").code == 2
