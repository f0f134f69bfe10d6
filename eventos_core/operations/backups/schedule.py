"""Backups by themselves: one job of the installation, set up by environment variables, that says how it went.

`last-run.json` in the directory tells the last run, also one that failed: it is written where the backups are, since
what failed may be the database. `doctor` reads it where the directory is configured.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import re
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from croniter import croniter

from eventos_core.db.doctor import Check
from eventos_core.kernel import clock
from eventos_core.kernel.errors import EventOSError, InvalidInput, SetupError
from eventos_core.operations.backups import chains, full, incremental
from eventos_core.operations.jobs import cron
from eventos_core.operations.jobs.registry import nightly

log = logging.getLogger(__name__)

LAST_RUN = "last-run.json"
GRACE = dt.timedelta(hours=3)
"""How long after its time a backup may still be running before it counts as missed."""
_NAME = re.compile(r"\d{8}T\d{12}Z")
Kind = Literal["full", "incremental"]


@dataclass(frozen=True)
class Plan:
    """What the variables say: where, of which kind, when (cron, UTC), and how many full backups or chains stay."""

    directory: Path
    kind: Kind
    cron: str
    keep: int


@dataclass(frozen=True)
class LastRun:
    """How the last backup went; `error` is empty when all of it is there. `name` is what it is called there."""

    started_at: str
    seconds: float
    ok: bool
    name: str
    bytes: int
    files: int
    error: str


def plan() -> Plan | None:
    """What is set up; None without `EVENTOS_BACKUP_DIR`. Raises SetupError naming the variable that is wrong."""
    directory = os.environ.get("EVENTOS_BACKUP_DIR", "").strip()
    if not directory:
        return None
    kind = os.environ.get("EVENTOS_BACKUP_KIND", "").strip() or "full"
    if kind not in ("full", "incremental"):
        raise SetupError(f"EVENTOS_BACKUP_KIND is “{kind}”.", hint="Write full or incremental.")
    keep = os.environ.get("EVENTOS_BACKUP_KEEP", "").strip() or "7"
    if not keep.isdigit() or int(keep) < 1:
        raise SetupError(f"EVENTOS_BACKUP_KEEP is “{keep}”.", hint="Give a whole number above zero.")
    try:
        when = cron.check(os.environ.get("EVENTOS_BACKUP_CRON", "").strip() or "15 1 * * *")
    except InvalidInput as error:
        raise SetupError(f"EVENTOS_BACKUP_CRON: {error.message}", hint="“15 1 * * *” is 01:15 UTC daily.") from error
    return Plan(Path(directory).expanduser().absolute(), "full" if kind == "full" else "incremental", when, int(keep))


def when() -> str | None:
    """The schedule for the worker; None where no backups are set up, or where that is wrong, which is logged."""
    try:
        found = plan()
    except SetupError:
        log.exception("No backups are made by themselves")
        return None
    return found.cron if found else None


@nightly("backup", cron=when)
def backup() -> None:
    """Write a backup of the installation into its directory, and remove those that are too many."""
    found = plan()
    if found is None:
        raise SetupError("No backups are set up.", hint="Name a directory in EVENTOS_BACKUP_DIR.")
    run(found)


def run(found: Plan) -> LastRun:
    """One backup now; notes how it went and removes old ones only when it went well.

    Raises what the backup raises, and SetupError when stored files were missing: the backup without them stays.
    """
    began, clocked = clock.now(), time.monotonic()

    def noted(ok: bool, name: str = "", size: int = 0, files: int = 0, error: str = "") -> LastRun:
        told = LastRun(
            began.isoformat(timespec="seconds"), round(time.monotonic() - clocked, 1), ok, name, size, files, error
        )
        _note(found.directory, told)
        return told

    try:
        found.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        name, size, files, missing = _made(found, began)
    except BaseException as error:
        known = isinstance(error, EventOSError)
        noted(False, error=str(error) if known else f"A defect or an interruption ({type(error).__name__}).")
        log.exception("The backup into %s failed", found.directory)
        raise
    if missing:
        told = noted(False, name, size, files, f"{len(missing)} stored files were missing, first {missing[0]}")
        log.error("The backup %s is without some files: %s", name, told.error)
        raise SetupError(
            f"The backup {name} was made, but {told.error}.", hint="Bring them back from an earlier backup."
        )
    return noted(True, name, size, files)


def last_run(directory: Path) -> LastRun | None:
    """How the last one went; None where none was made yet, or where that cannot be read."""
    try:
        return LastRun(**json.loads((directory / LAST_RUN).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def check() -> Check | None:
    """What `doctor` says of scheduled backups: result and age of the last; None where none are set up."""
    try:
        found = plan()
    except SetupError as error:
        return Check("backup", False, error.message, error.hint)
    if found is None:
        return None
    last = last_run(found.directory)
    retry = "Run: python -m eventos_core job run backup"
    if last is None:
        return Check("backup", False, f"none yet in {found.directory}", f"{retry}; is a worker running?")
    age = clock.now() - dt.datetime.fromisoformat(last.started_at)
    if not last.ok:
        return Check("backup", False, f"the last one failed, {_ago(age)} ago: {last.error}", retry)
    if dt.datetime.fromisoformat(last.started_at) < _due(found.cron, clock.now() - GRACE):
        return Check("backup", False, f"the last one is {_ago(age)} old, one was missed", f"{retry}; is a worker up?")
    size = f"{last.bytes / (1 << 20):.1f} MiB, {last.files} files, in {last.seconds:.0f} s"
    return Check("backup", True, f"{found.kind}, {_ago(age)} ago: {last.name}, {size}")


def _made(found: Plan, began: dt.datetime) -> tuple[str, int, int, tuple[str, ...]]:
    """Write one; its name, bytes, how many files, and which were missing."""
    if found.kind == "incremental":
        part = incremental.backup(found.directory / "chains").part
        if not part.files_missing:
            root = chains.opened(found.directory / "chains")
            with root.locked():
                root.drop_old(found.keep)
        return part.name, part.base_bytes + part.files_bytes, part.files, part.files_missing
    name = f"{began:%Y%m%dT%H%M%S%fZ}"  # to the microsecond: two may begin within one second
    manifest = full.backup(found.directory / name)
    if not manifest.files_missing:
        _drop_old(found)
    return name, manifest.dump_bytes + manifest.files_bytes, manifest.files, manifest.files_missing


def _drop_old(found: Plan) -> None:
    """Remove all but the newest full backups of ours."""
    ours = sorted(
        path for path in found.directory.iterdir() if _NAME.fullmatch(path.name) and (path / full.MANIFEST).is_file()
    )
    for path in ours[: -found.keep]:
        shutil.rmtree(path)


def _note(directory: Path, told: LastRun) -> None:
    try:
        beside = directory / f".{LAST_RUN}"
        beside.write_text(json.dumps(asdict(told), indent=2) + "\n", "utf-8")
        beside.replace(directory / LAST_RUN)
    except OSError:
        log.exception("How the backup went could not be noted in %s", directory)


def _due(schedule: str, before: dt.datetime) -> dt.datetime:
    """The last time at which one was due by then."""
    found: dt.datetime = croniter(schedule, before).get_prev(dt.datetime)
    return found


def _ago(age: dt.timedelta) -> str:
    hours = age.total_seconds() / 3600
    if hours < 1:
        return f"{max(int(hours * 60), 0)} min"
    return f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"
