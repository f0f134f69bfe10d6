"""Commands about the server: migrate, bootstrap, rollback, doctor, url, worker, docs."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import get_args

import click

from eventos_core import migrations
from eventos_core.cli.common import json_option, print_json
from eventos_core.db import bootstrap as bootstrapping
from eventos_core.db import doctor as doctoring
from eventos_core.db import urls
from eventos_core.db.doctor import slow as slow_statements
from eventos_core.kernel.errors import SetupError
from eventos_core.operations.backups import schedule
from eventos_core.operations.jobs import start_worker

_SHOWN = 300
"""Characters of a statement in the table; --json has all of it."""


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if anything is pending.")
def migrate(check: bool) -> None:
    """Apply pending migrations, one process at a time."""
    if check:
        pending = migrations.check(urls.resolve("app"))
        click.echo("\n".join(f"pending: {name}" for name in pending) or "Nothing pending.")
        raise click.exceptions.Exit(1 if pending else 0)
    applied = migrations.migrate(urls.resolve("migrator"))
    click.echo("\n".join(f"applied: {name}" for name in applied) or "Already up to date.")


@click.command()
@click.option("--admin-url", required=True, help="URL of an administrator in the database to prepare.")
@click.option(
    "--write", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write the URLs to a file (0600)."
)
def bootstrap(admin_url: str, target: Path | None) -> None:
    """Create roles, schemas and extensions on a server; prints the three logins' URLs once."""
    made = bootstrapping.bootstrap(admin_url)
    lines = "".join(
        f"{name}={value}\n"
        for name, value in (
            ("EVENTOS_DATABASE_URL", made.app),
            ("EVENTOS_MIGRATOR_URL", made.migrator),
            ("EVENTOS_BACKUP_URL", made.backup),
        )
    )
    if target is None:
        click.echo(lines, nl=False)
        return
    with contextlib.suppress(FileNotFoundError):
        target.unlink()
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(lines)
    click.echo(f"Wrote {target}.", err=True)


@click.command()
@click.argument("revision")
def rollback(revision: str) -> None:
    """Downgrade to REVISION (“base” undoes everything); rows of the tables undone are lost."""
    undone = migrations.rollback(urls.resolve("migrator"), revision)
    click.echo("\n".join(f"undone: {name}" for name in undone) or "Nothing to undo.")


@click.command()
@click.option("--slow", is_flag=True, help="List the slowest statements instead, without their values.")
@click.option(
    "--by", type=click.Choice(get_args(slow_statements.Order)), default="total", help="With --slow: which come first."
)
@json_option
def doctor(slow: bool, by: slow_statements.Order, as_json: bool) -> None:
    """Check the installation; exit 1 if any check fails."""
    logins = urls.Urls(*(urls.resolve(login) for login in urls.LOGINS))
    if slow:
        _slow(slow_statements.slowest(logins, by=by), as_json)
        return
    checks = doctoring.run(logins)
    if (scheduled := schedule.check()) is not None:
        checks.append(scheduled)
    failed = [check for check in checks if not check.ok]
    if as_json:
        print_json({"ok": not failed, "checks": [asdict(check) for check in checks]})
    else:
        for check in checks:
            click.echo(f"{'ok  ' if check.ok else 'FAIL'} {check.name}: {check.detail}")
            if not check.ok and check.hint:
                click.echo(f"     {check.hint}")
    raise click.exceptions.Exit(1 if failed else 0)


def _slow(found: slow_statements.Slow, as_json: bool) -> None:
    if as_json:
        print_json(asdict(found))
        return
    since = f" since {found.since:%Y-%m-%d %H:%M} UTC" if found.since else ""
    click.echo(f"{'calls':>9} {'mean ms':>10} {'total ms':>12} {'rows':>10}  statement{since}")
    for one in found.statements:
        query = one.query if len(one.query) <= _SHOWN else f"{one.query[:_SHOWN]} …"
        click.echo(f"{one.calls:>9} {one.mean_ms:>10.2f} {one.total_ms:>12.1f} {one.rows:>10}  {one.login}: {query}")


@click.command()
@click.option("--role", type=click.Choice(urls.LOGINS), default="app", show_default=True)
@click.option("--hold", is_flag=True, help="Keep the embedded server up until this script or terminal ends.")
def url(role: urls.Login, hold: bool) -> None:
    """Print a connection URL for psql and scripts."""
    url = urls.libpq(urls.resolve(role))
    if hold and urls.is_embedded():
        from eventos_core.db.embedded.holder import hold_for_session  # fcntl is missing on Windows

        hold_for_session(urls.embedded_server().data_dir)
    elif urls.is_embedded():
        click.echo(
            "The server stops with the last process that uses it; --hold keeps it up for your session.", err=True
        )
    click.echo(url)


@click.command()
def worker() -> None:
    """Run background jobs in this process until interrupted; the jobs in hand are finished first."""
    if pending := migrations.pending(urls.resolve("app")):
        raise SetupError(f"The database lacks {len(pending)} migrations.", hint="Run: python -m eventos_core migrate")
    asked = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: asked.set())
    working = start_worker()
    click.echo("Working; stop with Ctrl+C.", err=True)
    while not asked.wait(1):  # on Windows a wait without end cannot be interrupted
        pass
    working.stop()
    if working.is_working:
        click.echo("A job did not end in time; it will be taken up again.", err=True)
        sys.stderr.flush()
        # Its thread would keep the process; what it had not committed is undone with the connection.
        os._exit(1)


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if the files are stale.")
def docs(check: bool) -> None:
    """Regenerate the data dictionary, diagrams and the commented SQL of every table."""
    from eventos_core.documents import schema_docs

    stale = schema_docs.stale() if check else schema_docs.write()
    for path in stale:
        click.echo(f"{'stale' if check else 'wrote'}: {path}")
    raise click.exceptions.Exit(1 if check and stale else 0)


COMMANDS = (migrate, bootstrap, rollback, doctor, url, worker, docs)
