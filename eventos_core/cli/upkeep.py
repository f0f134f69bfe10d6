"""Commands of upkeep: keys, cleanup, jobs, backups."""

from __future__ import annotations

import threading
import time
from dataclasses import asdict
from pathlib import Path

import click
from sqlalchemy import text

from eventos_core.cli.common import as_option, json_option, operator, print_json
from eventos_core.db import doctor as doctoring
from eventos_core.db import urls
from eventos_core.db.registry import execute, read
from eventos_core.db.session import TenantSession, unit_of_work
from eventos_core.kernel import secret_keys
from eventos_core.kernel.credentials import OperatorCredential
from eventos_core.kernel.errors import NotFound
from eventos_core.operations import encryption, reconciling, start
from eventos_core.operations import restore as restoring
from eventos_core.operations.backups import full, incremental
from eventos_core.operations.jobs import defer, registry, upkeep, worker
from eventos_core.operations.privacy import ledger
from eventos_core.tenancy import identity, second_factor

NOW = "now"
"""Queue of jobs that the command line runs itself; any other worker may take them too."""
WAIT_SECONDS = 300
"""How long `job run` waits for a job that another worker took."""


@click.group()
def keys() -> None:
    """The key of encrypted columns."""


@keys.command("new")
def new_key() -> None:
    """Print a fresh key for EVENTOS_SECRET_KEY."""
    click.echo(secret_keys.new_key())


@keys.command("rotate")
@click.option("--add/--no-add", default=True, help="Put a new key first in the key file before re-encrypting.")
def rotate(add: bool) -> None:
    """Re-encrypt all stored secrets under the newest key; older keys stay readable until removed by hand."""
    start.load()
    if add:
        click.echo(f"New key first in {encryption.add_key()}.", err=True)
    session = identity.open_operator_session()
    changed = 0
    for house in identity.houses(session):
        with unit_of_work(OperatorCredential(session, house["slug"])) as db:
            changed += encryption.rotate(db, db.context.account_id)
    changed += second_factor.rotate()
    click.echo(f"Re-encrypted {changed} values.")


@click.command()
def cleanup() -> None:
    """Delete what has expired, release holds and make partitions ahead; prints how many rows of what."""
    start.load()
    upkeep.ensure_partitions()
    print_json(upkeep.clean_up())


@click.group()
def job() -> None:
    """Background jobs."""


@job.command("run")
@click.argument("name")
@click.option("--account", default=None, metavar="S", help="The house, for a job of one house.")
@as_option
def run_job(name: str, account: str | None, as_email: str | None) -> None:
    """Run a job now and wait for its end; exit 1 if it fails."""
    start.load()
    found = registry.registered().get(name)
    if found is None:
        raise NotFound(f"There is no job “{name}”.", hint=f"There are: {', '.join(sorted(registry.registered()))}.")
    if found.kind == "upkeep":
        found.function()
        click.echo(f"Ran {name}.")
        return
    if account is None:
        raise click.UsageError(f"{name} is a job of one house: give --account.")
    if missing := registry.missing_arguments(found):
        raise click.UsageError(f"{name} is run for one {missing[0].removesuffix('_id')} at a time, from its page.")
    credential = operator(account, as_email)
    number = execute(credential, _queue, name)
    if number is None:
        click.echo(f"{name} waits in the queue already.", err=True)
        raise click.exceptions.Exit(1)
    worker.run_until_empty(queues=[NOW])
    status, error = _end(credential, number)
    if status != "succeeded":
        click.echo(f"{name} (job {number}) {'is tried again later' if status == 'todo' else status}: {error}", err=True)
        raise click.exceptions.Exit(1)
    click.echo(f"Ran {name} as job {number}.")


def _queue(db: TenantSession, name: str) -> int | None:
    return defer(db, name, once=name, queue=NOW)


def _end(credential: OperatorCredential, number: int) -> tuple[str, str]:
    """How the job ended and why: another worker may have been faster than this process and have it in hand."""
    patience = time.monotonic() + WAIT_SECONDS
    while True:
        status, error = read(credential, _outcome, number)
        if status != "doing" or time.monotonic() > patience:
            return status, error
        threading.Event().wait(0.5)


def _outcome(db: TenantSession, number: int) -> tuple[str, str]:
    row = db.execute(
        text("select status, coalesce(error, '') as error from app.own_jobs(500) where id = :i"), {"i": number}
    ).one()
    return row.status, row.error


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option(
    "--incremental", "in_chain", is_flag=True, help="Add to the chains in DIRECTORY (PostgreSQL 17 or newer)."
)
@click.option("--new-chain", is_flag=True, help="With --incremental: begin a new chain now.")
@click.option(
    "--chain-days",
    type=click.IntRange(1),
    default=incremental.CHAIN_DAYS,
    show_default=True,
    help="With --incremental: begin a new chain when the last one is that old.",
)
@click.option("--keep", type=click.IntRange(1), help="With --incremental: remove all but the newest N chains.")
@click.option("--no-files", is_flag=True, help="Leave stored files out, where another backup has them.")
@json_option
def backup(
    directory: Path, in_chain: bool, new_chain: bool, chain_days: int, keep: int | None, no_files: bool, as_json: bool
) -> None:
    """Write a backup into DIRECTORY: a full one (new or empty), or the next part of a chain; exit 1 if files lack."""
    if not in_chain and (new_chain or keep is not None):
        raise click.UsageError("--new-chain and --keep are about chains: add --incremental.")
    if in_chain:
        missing = _incremental(directory, new_chain, chain_days, keep, not no_files, as_json)
    else:
        missing = _full(directory, not no_files, as_json)
    for one in missing:
        click.echo(f"FAIL stored file {one}", err=True)
    if no_files:
        click.echo("Stored files were left out: they must come back from elsewhere.", err=True)
    if not as_json:
        click.echo("Keep the encryption key elsewhere: it is not part of the backup.", err=True)
    raise click.exceptions.Exit(1 if missing else 0)


def _full(directory: Path, files: bool, as_json: bool) -> tuple[str, ...]:
    manifest = full.backup(directory, files=files)
    if as_json:
        print_json(asdict(manifest))
    else:
        click.echo(
            f"Backed up {len(manifest.rows)} tables, {sum(manifest.rows.values())} rows, {manifest.dump_bytes} bytes"
            f" and {manifest.files} stored files, {manifest.files_bytes} bytes, to {directory}."
        )
    return manifest.files_missing


def _incremental(
    directory: Path, new_chain: bool, chain_days: int, keep: int | None, files: bool, as_json: bool
) -> tuple[str, ...]:
    made = incremental.backup(directory, new_chain=new_chain, chain_days=chain_days, keep=keep, files=files)
    if as_json:
        print_json(asdict(made))
    else:
        began = f"A new chain, since {made.began}: " if made.began else ""
        part = made.part
        click.echo(
            f"{began}{part.name}, {part.base_bytes} bytes and {part.files} stored files, proved, in {directory}."
        )
        for name in made.removed:
            click.echo(f"Removed {name}.")
    return made.part.files_missing


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@json_option
def restore(directory: Path, as_json: bool) -> None:
    """Restore a full backup into an empty database, or a chain (its last part, or the part named) into a new
    EVENTOS_DATA_DIR; exit 1 unless doctor and reconcile are content with it.

    People who were erased since the backup are erased again.
    """
    start.load()
    done = restoring.restore(directory)
    session = identity.open_operator_session()
    active = [house["slug"] for house in identity.houses(session) if house["status"] == "active"]
    reapplied = ledger.reapply_erasures(session, active)
    checks = doctoring.run(urls.Urls(*(urls.resolve(login) for login in urls.LOGINS)))
    failed = [check for check in checks if not check.ok]
    differing = {slug: len(read(OperatorCredential(session, slug), reconciling.differences)) for slug in active}
    differing = {slug: count for slug, count in differing.items() if count}
    if as_json:
        ok = not failed and not differing and not reapplied.failed
        failures = [asdict(check) for check in failed]
        told = {"failed_checks": failures, "differences": differing, "erasures": asdict(reapplied)}
        print_json({"ok": ok, **asdict(done), **told})
    else:
        click.echo(f"Restored {done.tables} tables, {done.rows} rows, as of {done.created_at}.")
        held = "were not part of the backup" if done.files is None else f"proved: {done.files}"
        click.echo(f"Stored files {held}.")
        for one in done.files_missing:
            click.echo(f"Missing since before the backup: {one}", err=True)
        click.echo(f"Closed the audit's era with {done.seals} seals; applied {len(done.applied)} revisions since.")
        if reapplied.again:
            click.echo(f"Erased again {reapplied.again} people who had been erased since the backup.")
        for problem in reapplied.failed:
            click.echo(f"FAIL erasure {problem}", err=True)
        for check in failed:
            click.echo(f"FAIL {check.name}: {check.detail}", err=True)
        for slug, count in differing.items():
            click.echo(f"FAIL reconcile {slug}: {count} stored figures differ from the facts", err=True)
    raise click.exceptions.Exit(1 if failed or differing or reapplied.failed else 0)


COMMANDS = (keys, cleanup, job, backup, restore)
