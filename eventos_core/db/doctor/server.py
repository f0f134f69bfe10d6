"""Checks of the server and the installation as a whole."""

from __future__ import annotations

import datetime as dt
import re
import shutil

from procrastinate.schema import SchemaManager

from eventos_core.db import urls as places
from eventos_core.db.bootstrap import EXTENSION_SCHEMA, EXTENSIONS, OLDEST
from eventos_core.db.doctor.check import MIGRATE, Check, Place, failed, judged
from eventos_core.db.sync import revisions
from eventos_core.db.sync.plan import sync_hash
from eventos_core.kernel.clock import now

_CLOCK_SECONDS = 5.0
_FREE_BYTES = 1 << 30
_INSERT_NOTIFY = "procrastinate_jobs_notify_queue_job_inserted_v1"


def server_version(place: Place) -> Check:
    """PostgreSQL new enough."""
    number = int(place.app.exec_driver_sql("show server_version_num").scalar_one())
    version = f"{number // 10000}.{number % 10000}"
    if number // 10000 < OLDEST:
        return failed("server_version", f"PostgreSQL {version}", f"Upgrade the server to {OLDEST} or newer.")
    return Check("server_version", True, f"PostgreSQL {version}")


def migrations(place: Place) -> Check:
    """No revision pending."""
    missing = revisions.pending(place.migrator)
    if missing:
        return failed("migrations", f"pending: {', '.join(missing)}", MIGRATE)
    return Check("migrations", True, f"at {revisions.applied(place.migrator)[-1]}")


def sync(place: Place) -> Check:
    """The last sync was this version's."""
    stored = place.app.exec_driver_sql("select sync_hash from app.installation").scalar()
    if stored == sync_hash():
        return Check("sync", True, "current")
    return failed("sync", "policies, grants and functions were last applied by another version", MIGRATE)


def extensions(place: Place) -> Check:
    """The extensions, in their schema."""
    rows = place.migrator.exec_driver_sql(
        "select e.extname, n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace"
    ).all()
    found = {row[0]: row[1] for row in rows}
    problems = [f"{name} is missing" for name in EXTENSIONS if name not in found]
    problems += [
        f"{name} is in {found[name]}" for name in EXTENSIONS if name in found and found[name] != EXTENSION_SCHEMA
    ]
    return judged("extensions", problems, f"{len(EXTENSIONS)} installed", "Run bootstrap again as administrator.")


def clock(place: Place) -> Check:
    """Server and program agree what time it is."""
    before = now()
    theirs: dt.datetime = place.app.exec_driver_sql("select clock_timestamp()").scalar_one()
    after = now()
    off = abs((theirs - (before + (after - before) / 2)).total_seconds())
    if off > _CLOCK_SECONDS:
        return failed(
            "clock", f"{off:.1f} s apart", "Let both machines keep time by NTP; sign-in and locks depend on it."
        )
    return Check("clock", True, f"{off:.2f} s apart")


def disk(place: Place) -> Check:
    """Room to write, where this program keeps its files."""
    folder = places.data_dir()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    detail = f"{free / (1 << 30):.1f} GiB free at {folder}"
    if free < _FREE_BYTES:
        return failed("disk", detail, "Free some space, or set EVENTOS_DATA_DIR to a larger disk.")
    return Check("disk", True, detail)


def job_engine(place: Place) -> Check:
    """The queue's schema is the installed library's, without its insert trigger."""
    schema = SchemaManager.get_schema()
    functions = {name.lower() for name in re.findall(r"CREATE FUNCTION (\w+)", schema)}
    rows = place.migrator.exec_driver_sql(
        "select p.proname, p.proconfig from pg_proc p where p.pronamespace = to_regnamespace('procrastinate')"
    ).all()
    found = {name: settings or [] for name, settings in rows}
    problems = [f"function {name} is missing" for name in sorted(functions - found.keys())]
    problems += [
        f"function {name} has no fixed search_path"
        for name in sorted(functions & found.keys())
        if not any(setting.startswith("search_path=") for setting in found[name])
    ]
    triggers = set(
        place.migrator.exec_driver_sql(
            "select tgname from pg_trigger where tgrelid = to_regclass('procrastinate.procrastinate_jobs')"
        ).scalars()
    )
    wanted = {name.lower() for name in re.findall(r"CREATE TRIGGER (\w+)", schema)} - {_INSERT_NOTIFY}
    problems += [f"trigger {name} is missing" for name in sorted(wanted - triggers)]
    if _INSERT_NOTIFY in triggers:
        problems.append("its insert trigger is back, which makes every deferral wait for the notify lock")
    return judged("job_engine", problems, "schema complete", MIGRATE)
