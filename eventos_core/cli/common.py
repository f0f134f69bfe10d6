"""What the commands share: who acts, how results are printed."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from eventos_core.db.registry import execute
from eventos_core.db.session import TenantSession
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import OperatorCredential
from eventos_core.kernel.errors import NotFound, NotSignedIn
from eventos_core.operations import start
from eventos_core.tenancy import identity

F = TypeVar("F", bound=Callable[..., Any])

as_option = click.option("--as", "as_email", metavar="EMAIL", help="Act as that member instead of as operator.")
account_option = click.option("--account", required=True, metavar="S", help="Short name of the house.")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")


def operator(account: str, as_email: str | None = None) -> OperatorCredential:
    """A credential for the house, through a one-time ticket of the migrator login.

    Raises NotFound when `as_email` is nobody's sign-in.
    """
    start.load()
    try:
        return OperatorCredential(identity.open_operator_session(as_email), account)
    except NotSignedIn as error:
        if as_email is None:
            raise
        raise NotFound(f"Nobody signs in as {as_email}.", hint="`user add` brings people into a house.") from error


def run(account: str, as_email: str | None, command: Callable[[TenantSession, Any], Any], given: Any) -> Any:
    """One command in one transaction."""
    return execute(operator(account, as_email), command, given)


def print_json(document: Any) -> None:
    """One JSON document; times in ISO 8601, unknown objects as text."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=_plain))


def table(headers: list[str], rows: list[list[Any]]) -> None:
    """A plain table with aligned columns."""
    cells = [[("" if value is None else str(value)) for value in row] for row in rows]
    widths = [max([len(header), *(len(row[i]) for row in cells)]) for i, header in enumerate(headers)]
    click.echo("  ".join(header.ljust(width) for header, width in zip(headers, widths, strict=True)).rstrip())
    for row in cells:
        click.echo("  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip())


def instant(text: str, zone: str) -> dt.datetime:
    """An ISO time from the command line; without offset it is wall-clock time in `zone`."""
    try:
        return clock.local_to_utc(dt.datetime.fromisoformat(text), zone)
    except ValueError as error:
        raise click.BadParameter(f"“{text}” is not a time; write 2026-12-12T19:30.") from error


def password_from(variable: str, prompt: str) -> str:
    """A password from the environment, or asked for twice at a terminal."""
    given = os.environ.get(variable)
    return given if given else str(click.prompt(prompt, hide_input=True, confirmation_prompt=True))


def base_url() -> str:
    """Where people reach the app, for links: EVENTOS_BASE_URL or the local default."""
    return os.environ.get("EVENTOS_BASE_URL", "http://localhost:8501").rstrip("/")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (dt.datetime, dt.date)) else str(value)
