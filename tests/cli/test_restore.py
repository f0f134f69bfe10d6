"""A backup comes back: on a database of its own, since its values are under the key of this run."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from eventos_core.operations.backups import full as backup
from tests import support
from tests.cli.conftest import Run
from tests.scratch import scratch


def test_backup_comes_back_in_a_new_embedded_database(house: support.TestHouse, run: Run, shell: Run) -> None:
    place = Path(tempfile.mkdtemp(prefix="evt-restore-", dir=scratch()))
    place.chmod(0o711)
    try:
        assert run("backup", place / "backup").code == 0
        alone = {"EVENTOS_DATABASE_URL": "", "EVENTOS_MIGRATOR_URL": "", "EVENTOS_BACKUP_URL": ""}
        done = shell("restore", place / "backup", "--json", EVENTOS_DATA_DIR=str(place / "data"), **alone)
        assert done.code == 0, done.err
        assert done.json["ok"]
        assert done.json["failed_checks"] == []
        assert done.json["rows"] == sum(backup.read_manifest(place / "backup").rows.values())
        again = shell("restore", place / "backup", EVENTOS_DATA_DIR=str(place / "data"), **alone)
        assert (again.code, again.out) == (1, "")
        assert "The database is not empty" in again.err
    finally:
        subprocess.run(["rm", "-rf", str(place)], check=True)
