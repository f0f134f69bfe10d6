"""Running an import: one transaction for the whole effect, progress committed apart.

Killed at any moment, either everything is there or nothing; running it again takes up where nothing was. Only the
last statement of the effect touches the batch row, so that progress can be written from beside it.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Sequence

from psycopg import errors as pg
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from eventos_core.db.engine import app_engine
from eventos_core.db.registry import translate
from eventos_core.db.session import TenantSession, retrying, unit_of_work
from eventos_core.enums.operations import ImportStatus, ImportVerdict
from eventos_core.kernel.clock import now
from eventos_core.kernel.credentials import Credential, JobCredential
from eventos_core.kernel.errors import EventOSError, NotAllowedNow
from eventos_core.operations.imports.applying import BEFORE_IMAGES_KEPT, apply, store_rows
from eventos_core.operations.imports.batches import (
    ERRORS_SHOWN,
    ImportResult,
    LoadedBatch,
    batch_of,
    check_event_in_use,
    check_may_write,
    finish,
    load,
    result_of,
)
from eventos_core.operations.imports.mapping import read_rows
from eventos_core.operations.imports.memory import young_collections_only
from eventos_core.operations.imports.plan import Planned
from eventos_core.operations.imports.planning import plan
from eventos_core.operations.imports.records import RecordType
from eventos_core.operations.imports.table import RowProblem
from eventos_core.operations.jobs import long_job
from eventos_core.operations.jobs.registry import first_time

log = logging.getLogger(__name__)

_RUNNABLE = (ImportStatus.MAPPED, ImportStatus.PREVIEWED, ImportStatus.RUNNING, ImportStatus.FAILED)
_PROGRESS_EVERY = 1.0
"""Seconds between two progress notes."""
_LARGE = 1_000
"""Rows written from which on the planner's statistics are gathered anew at once."""


def run_import(credential: Credential, batch_id: int, *, engine: Engine | None = None) -> ImportResult:
    """Run a mapped batch to its end and commit it; what the job and the command line call.

    Marks the batch as running, does the effect in one transaction, and on failure notes the reason on the batch
    before raising it. A batch that is done already answers its stored result. Raises NotAllowedNow while another
    process runs it or when it is not mapped.
    """
    with unit_of_work(credential, engine=engine) as db:
        if _mark_running(db, batch_id):
            return result_of(db, batch_of(db, batch_id))

    def effect() -> ImportResult:
        with unit_of_work(credential, engine=engine) as db:
            done = run_batch(db, batch_id)
            db.execute(text("select pg_stat_force_next_flush()"))  # else what changed is counted seconds later
            return done

    try:
        done = retrying(effect)
    except DBAPIError as error:
        known = translate(error)
        _note_failure(credential, batch_id, known, engine)
        raise known from error
    except NotAllowedNow:
        raise  # cancelled, or run by somebody else: the batch says so itself
    except Exception as error:
        _note_failure(credential, batch_id, error, engine)
        raise
    if done.created + done.updated >= _LARGE:
        gather_statistics(engine or app_engine())
    return done


def gather_statistics(engine: Engine) -> None:
    """Tell the planner of tables that changed much: what it knows of them is from before, when they were small.

    Searches planned without read a large house row by row, for minutes. Failing is logged: autovacuum comes by anyway.
    """
    try:
        with engine.begin() as connection:
            connection.execute(text("select app.analyze_changed()"))
    except DBAPIError:
        log.exception("The planner's statistics could not be gathered")


@long_job("run_import", title="Import a file")
def run_import_job(credential: JobCredential, batch_id: int) -> None:
    """Import a file that was mapped."""
    run_import(credential, batch_id)


@young_collections_only()
def run_batch(db: TenantSession, batch_id: int) -> ImportResult:
    """The effect of an import in the caller's transaction; nothing is committed but progress, and that apart.

    The caller must not have changed the batch's row in this transaction. Raises what `load` raises, NotAllowedNow
    for a batch that cannot run, PermissionDenied without the kind's own permission.
    """
    # Reading a large file takes longer than a connection may idle within a transaction.
    db.execute(text("set local idle_in_transaction_session_timeout = 0"))
    batch = batch_of(db, batch_id)
    if not _lock(db, batch_id):
        raise NotAllowedNow("This import is running already.", hint="Wait until it is done.")
    if batch.status is ImportStatus.DONE:
        return result_of(db, batch)
    if batch.status not in _RUNNABLE:
        raise NotAllowedNow(f"This import is {batch.status.label.lower()}.", hint="Upload the file again.")
    check_event_in_use(db, batch.event_id)
    if isinstance(db.credential, JobCredential):
        first_time(db, db.credential.job_id, "run_import")
    loaded = load(db, batch)
    check_may_write(db, loaded.kind)
    # Imports of one kind wait for each other: two runs of one file would both find nothing and create doubles.
    db.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"import:{loaded.scope.account_id}:{loaded.kind.key.value}"},
    )
    progress = _Progress(db, batch_id)
    groups, refused = plan_batch(db, loaded, lock=True)
    progress(len(refused))
    rows: list[Planned] = []
    for record, planned in groups:
        apply(db, loaded.scope, record, planned, progress)
        rows += planned
    rows.sort(key=lambda p: p.number)
    store_rows(db, loaded.scope, loaded.table, rows, refused)
    result = summed(loaded, rows, refused)
    _complete(db, loaded, result)
    return result


def plan_batch(
    db: TenantSession, loaded: LoadedBatch, *, lock: bool
) -> tuple[Iterator[tuple[RecordType, list[Planned]]], dict[int, list[RowProblem]]]:
    """Verdicts of all readable rows, group by group as `plan` gives them, and the problems of the others by row."""
    kind = loaded.kind
    rows, problems = read_rows(kind.fields, kind.refine, loaded.table, loaded.mapping, loaded.scope.hints)
    refused: dict[int, list[RowProblem]] = {}
    for problem in (*loaded.table.refused, *problems):
        refused.setdefault(problem.row, []).append(problem)
    return plan(db, kind, loaded.scope, rows, loaded.column, lock=lock), refused


def summed(loaded: LoadedBatch, planned: Sequence[Planned], refused: dict[int, list[RowProblem]]) -> ImportResult:
    """Counts and errors of a plan, carried out or not."""

    def count(*verdicts: ImportVerdict) -> int:
        return sum(p.verdict in verdicts for p in planned)

    errors = [problem for found in refused.values() for problem in found]
    errors += [problem for p in planned for problem in p.problems]
    return ImportResult(
        batch=loaded.batch.id,
        rows=loaded.table.total,
        created=count(ImportVerdict.CREATE),
        updated=count(ImportVerdict.UPDATE),
        skipped=count(ImportVerdict.SKIP, ImportVerdict.ERASED),
        rejected=count(ImportVerdict.REJECT) + len(refused),
        conflicts=count(ImportVerdict.CONFLICT),
        errors=tuple(sorted(errors, key=lambda problem: problem.row)[:ERRORS_SHOWN]),
    )


def is_running(db: TenantSession, batch_id: int) -> bool:
    """Whether some process works on the batch now; a batch marked running without one was killed."""
    return not _lock(db, batch_id)


def _lock(db: TenantSession, batch_id: int) -> bool:
    """Take the batch for this transaction; False when another transaction has it."""
    return bool(
        db.scalar(
            text("select pg_try_advisory_xact_lock(hashtextextended(:key, 0))"),
            {"key": f"import-batch:{db.context.account_id}:{batch_id}"},
        )
    )


def _mark_running(db: TenantSession, batch_id: int) -> bool:
    """Note the start; True when the batch is done already."""
    batch = batch_of(db, batch_id, lock=True)
    if batch.status is ImportStatus.DONE:
        return True
    if batch.status not in _RUNNABLE:
        raise NotAllowedNow(
            f"This import is {batch.status.label.lower()}.", hint="Map its columns first, or upload the file again."
        )
    batch.status, batch.started_at, batch.error, batch.progress_rows = ImportStatus.RUNNING, now(), None, 0
    return False


def _complete(db: TenantSession, loaded: LoadedBatch, result: ImportResult) -> None:
    batch = batch_of(db, loaded.batch.id, lock=True)
    if batch.status is ImportStatus.CANCELLED:
        raise _cancelled()
    batch.started_at = batch.started_at or loaded.scope.now
    finish(batch, result, at=now(), keep=BEFORE_IMAGES_KEPT)
    db.flush()
    details = {
        "kind": loaded.kind.key.value,
        "file": batch.file_name,
        "rows": result.rows,
        "created": result.created,
        "updated": result.updated,
        "rejected": result.rejected,
        "conflicts": result.conflicts,
    }
    db.execute(
        text("select app.audit_event('import', 'import_batches', :id, cast(:details as jsonb), null)"),
        {"id": str(batch.id), "details": json.dumps(details)},
    )


def _cancelled() -> NotAllowedNow:
    return NotAllowedNow("The import was cancelled.", hint="Nothing was written; start it again if you want it.")


def _note_failure(credential: Credential, batch_id: int, error: Exception, engine: Engine | None) -> None:
    try:
        with unit_of_work(credential, engine=engine) as db:
            batch = batch_of(db, batch_id, lock=True)
            if batch.status is ImportStatus.RUNNING:
                known = isinstance(error, EventOSError)
                batch.status, batch.finished_at = ImportStatus.FAILED, now()
                batch.error = str(error) if known else "The import failed for a technical reason."
    except (DBAPIError, EventOSError):
        # The database may be what failed: the first error says more, and a batch left running can be started again.
        log.exception("The failure of import %s could not be noted", batch_id)


class _Progress:
    """Counts rows and notes them on the batch through a connection of its own, at most once a second."""

    def __init__(self, db: TenantSession, batch_id: int) -> None:
        bind = db.get_bind()
        self._engine = bind if isinstance(bind, Engine) else bind.engine
        self._credential = db.credential
        self._batch_id = batch_id
        self._done = 0
        self._noted_at = time.monotonic()

    def __call__(self, rows: int) -> None:
        """Add `rows`. Raises NotAllowedNow when somebody cancelled the import meanwhile."""
        self._done += rows
        if self._credential is None or time.monotonic() - self._noted_at < _PROGRESS_EVERY:
            return
        self._noted_at = time.monotonic()
        if self._note(self._credential) == ImportStatus.CANCELLED.value:
            raise _cancelled()

    def _note(self, credential: Credential) -> str | None:
        try:
            with unit_of_work(credential, engine=self._engine) as db:
                # Whoever holds the row may wait for this very import: never wait for them.
                db.execute(text("set local lock_timeout = '200ms'"))
                status: str | None = db.scalar(
                    text(
                        "update import_batches set progress_rows = least(:done, rows_total)"
                        " where account_id = :account and id = :batch returning status"
                    ),
                    {"done": self._done, "account": db.context.account_id, "batch": self._batch_id},
                )
                return status
        except DBAPIError as error:
            if isinstance(error.orig, pg.LockNotAvailable):
                return None
            raise
