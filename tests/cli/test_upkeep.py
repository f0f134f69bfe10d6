"""Keys, cleanup, jobs, backups from the command line."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.directory import commands as directory
from eventos_core.directory import queries
from eventos_core.kernel import secret_keys
from eventos_core.operations import encryption
from eventos_core.operations.backups import full as backup
from tests import support
from tests.cli.conftest import Run
from tests.operations.jobs_for_tests import people


@pytest.fixture
def own_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A key file of this test's own."""
    monkeypatch.setenv("EVENTOS_KEY_FILE", str(tmp_path / "key"))
    encryption.keyring.cache_clear()
    return tmp_path / "key"


@pytest.fixture(autouse=True)
def _fresh_keys() -> None:
    encryption.keyring.cache_clear()


def test_new_key_is_32_bytes(run: Run) -> None:
    first, second = run("keys", "new"), run("keys", "new")
    assert (first.code, first.err) == (0, "")
    assert len(base64.b64decode(first.out.strip())) == 32
    assert first.out != second.out


def test_rotation_leaves_secrets_readable_under_a_new_key(own_keys: Path, house: support.TestHouse, run: Run) -> None:
    own = read(house.owner, queries.own_organization).organization_id
    iban = "FR7630006000011234567890189"
    bank = directory.ChangeBankData(own, 1, "Maison Aurore", iban, "AGRIFRPP")
    execute(house.owner, directory.change_bank_data, bank)
    old = encryption.keyring().newest
    done = run("keys", "rotate")
    assert done.code == 0
    assert done.out == "Re-encrypted 3 values.\n"
    assert str(own_keys) in done.err
    encryption.keyring.cache_clear()
    assert encryption.keyring().newest != old
    assert len(own_keys.read_text().split()) == 2
    assert execute(house.owner, directory.show_bank_data, directory.ShowBankData(own)).iban == iban
    assert run("keys", "rotate", "--no-add").out == "Re-encrypted 0 values.\n"


def test_rotation_with_a_key_from_the_environment_says_what_to_do(
    house: support.TestHouse, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTOS_SECRET_KEY", secret_keys.new_key())
    encryption.keyring.cache_clear()
    done = run("keys", "rotate")
    encryption.keyring.cache_clear()
    assert (done.code, done.out) == (1, "")
    assert "Put a new key first in that variable" in done.err


def test_cleanup_tells_how_many_rows_of_what(database: support.Database, run: Run) -> None:
    done = run("cleanup")
    assert (done.code, done.err) == (0, "")
    assert {"tokens", "sessions", "idempotency_keys", "imports", "import_files", "merges", "jobs"} <= done.json.keys()
    assert all(isinstance(count, int) for count in done.json.values())


def test_upkeep_runs_now(database: support.Database, run: Run) -> None:
    for name in ("seal_audit", "ensure_partitions", "cleanup", "retake_lost_jobs"):
        done = run("job", "run", name)
        assert (done.code, done.out) == (0, f"Ran {name}.\n")


def test_house_s_job_runs_now_and_its_end_is_told(
    database: support.Database, two_houses: tuple[support.TestHouse, support.TestHouse], run: Run
) -> None:
    first, second = two_houses
    done = run("job", "run", "test.add_contact", "--account", first.slug)
    assert done.code == 0, done.err
    assert done.out.startswith("Ran test.add_contact as job ")
    assert (people(database, first), people(database, second)) == (1, 0)
    refused = run("job", "run", "test.refused", "--account", first.slug)
    assert (refused.code, refused.out) == (1, "")
    assert "failed: The file of this job is gone. Upload it again." in refused.err
    again = run("job", "run", "test.defect", "--account", first.slug)
    assert again.code == 1
    assert "is tried again later: A defect (ValueError)" in again.err
    assert "a secret value" not in again.out


def test_job_that_needs_more_than_a_house_is_wrong_use(house: support.TestHouse, run: Run) -> None:
    unknown = run("job", "run", "no_such_job")
    assert unknown.code == 1
    assert "seal_audit" in unknown.err
    assert run("job", "run", "test.add_contact").code == 2
    single = run("job", "run", "run_import", "--account", house.slug)
    assert single.code == 2
    assert "one batch at a time" in single.err


def test_backup_tells_what_it_holds(house: support.TestHouse, run: Run, tmp_path: Path) -> None:
    place = tmp_path / "backup"
    done = run("backup", place, "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json["rows"]["accounts"] >= 2
    assert backup.read_manifest(place).rows == done.json["rows"]
    again = run("backup", place)
    assert (again.code, again.out) == (1, "")
    assert "is not an empty directory" in again.err
    shown = run("backup", tmp_path / "second")
    assert "Backed up" in shown.out
    assert "encryption key" in shown.err
