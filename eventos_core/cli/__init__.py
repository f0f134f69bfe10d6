"""The command line: names, options, exit codes and JSON keys are a contract that operators script against.

Exit codes: 0 done, 1 the thing asked for failed or a check did not hold, 2 wrong use. With `--json` exactly one JSON
document goes to standard output; messages go to standard error.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import uuid
from collections.abc import Sequence

import click
from sqlalchemy.exc import DBAPIError

from eventos_core import __version__, migrations
from eventos_core.cli import demo, houses, imports, reports, server, upkeep
from eventos_core.db import urls
from eventos_core.db.registry import translate
from eventos_core.kernel.errors import EventOSError, SetupError

log = logging.getLogger("eventos")
_NEVER_MIGRATED = ("42P01", "42703", "42883", "42501", "3F000")
"""No such table, column, function, right, schema: of a database that is not up to date."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="eventos")
def cli() -> None:
    """EventOS: events, guests, sales, sponsors and money of an organiser in one place."""


for module in (server, houses, imports, reports, upkeep, demo):
    for command in module.COMMANDS:
        cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: runs a command and maps errors to exit codes; a defect shows a reference number, not a traceback."""
    logging.basicConfig(
        level=os.environ.get("EVENTOS_LOG_LEVEL", "WARNING").upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    # The usual end by signal would leave half-written files and an embedded server that nobody stops.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        code = cli.main(args=arguments, prog_name="eventos", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # Whoever read our output has had enough; nothing may be flushed to them at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        sys.exit(_told(_meaning(error) if isinstance(error, DBAPIError) else error))


def _meaning(error: DBAPIError) -> Exception:
    """What a database error means to an operator."""
    if getattr(error.orig, "sqlstate", None) in _NEVER_MIGRATED:
        with contextlib.suppress(EventOSError, DBAPIError):
            if pending := migrations.pending(urls.resolve("app")):
                return SetupError(
                    f"The database lacks {len(pending)} migrations.", hint="Run: python -m eventos_core migrate"
                )
    return translate(error)


def _told(error: Exception) -> int:
    """Tell what happened on standard error; returns the exit code."""
    if not isinstance(error, EventOSError):
        reference = uuid.uuid4().hex[:8]
        log.error("Command failed, reference %s", reference, exc_info=error)
        click.echo(f"Something went wrong (reference {reference}); the log says what.", err=True)
        return 1
    click.echo(str(error), err=True)
    for field, problem in getattr(error, "fields", {}).items():
        click.echo(f"  {field}: {problem}", err=True)
    # A missing variable is wrong use: the operator can mend it in the command.
    return 2 if isinstance(error, SetupError) and "is not set" in error.message else 1
