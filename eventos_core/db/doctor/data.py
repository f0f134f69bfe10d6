"""Checks of the data: the audit's chain, and whether migrator and backup see every row."""

from __future__ import annotations

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from eventos_core.db.doctor.check import MIGRATE, Check, Counter, Place, failed, judged


def audit_chain(place: Place) -> Check:
    """Every house's seals hold."""
    rows = place.migrator.exec_driver_sql("select account_id, broken_seq, problem from app.verify_audit()").all()
    problems = [f"house {account}, seal {seq}: {problem}" for account, seq, problem in rows]
    hint = "Someone changed or removed audit entries outside the program: compare with a backup before anything else."
    return judged("audit_chain", problems, "every chain of seals holds", hint)


def migrator_sees_all(place: Place) -> Check:
    """The migrator counts no fewer rows than the backup, and not none where the statistics know of some."""
    return _sees_all(place, "migrator")


def backup_sees_all(place: Place) -> Check:
    """The backup counts no fewer rows than the migrator, and not none where the statistics know of some."""
    return _sees_all(place, "backup")


def _sees_all(place: Place, login: Counter) -> Check:
    name = f"{login}_sees_all"
    counts = _counts(place)
    mine = counts[login]
    if isinstance(mine, str):
        return failed(name, mine, MIGRATE)
    theirs = counts["backup" if login == "migrator" else "migrator"]
    problems = []
    for table, seen in sorted(mine.items()):
        most = max(seen, 0 if isinstance(theirs, str) else theirs[table])
        if seen < most:
            problems.append(f"{seen} of {most} rows of {table}")
        elif most == 0 and _has_rows(place, table):
            problems.append(f"none of the rows of {table}")
    return judged(name, problems, f"{sum(mine.values())} rows in {len(mine)} tables", MIGRATE)


def _has_rows(place: Place, table: str) -> bool:
    """Whether the table's statistics, which row security does not touch, know of live rows."""
    live = place.migrator.exec_driver_sql(
        "select pg_stat_get_live_tuples(to_regclass(%s))", (f"public.{table}",)
    ).scalar_one()
    return bool(live > 0)


def _counts(place: Place) -> dict[Counter, dict[str, int] | str]:
    """Rows of every table as both logins count them in one and the same snapshot, or why one cannot."""
    if place.counts:
        return place.counts
    tables = sorted(
        name.removeprefix("public.")
        for name, relation in place.catalog.relations.items()
        if (relation.partition and relation.kind == "r") or name.removeprefix("public.") in place.plan.comments
    )
    query = " union all ".join(f"select '{table}', count(*) from public.\"{table}\"" for table in tables)
    place.rollback()
    for connection in (place.migrator, place.backup):
        connection.exec_driver_sql("set transaction isolation level repeatable read, read only")
    snapshot = place.migrator.exec_driver_sql("select pg_export_snapshot()").scalar_one()
    place.backup.exec_driver_sql(f"set transaction snapshot '{snapshot}'")
    logins: tuple[tuple[Counter, Connection], ...] = (("backup", place.backup), ("migrator", place.migrator))
    for login, connection in logins:
        try:
            place.counts[login] = {row[0]: int(row[1]) for row in connection.exec_driver_sql(query).all()}
        except DBAPIError as error:
            place.counts[login] = str(error.orig).strip().splitlines()[0]
    place.rollback()
    return place.counts
