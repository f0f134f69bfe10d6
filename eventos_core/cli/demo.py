"""The command that writes demo data."""

from __future__ import annotations

import datetime as dt

import click

from eventos_core.cli.common import base_url, table
from eventos_core.kernel.errors import InvalidInput
from eventos_core.seed import demo as seeding
from eventos_core.seed.world import Size


@click.command()
@click.option("--size", type=click.Choice([size.value for size in Size]), default=Size.SMALL.value, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="The same number gives the same data.")
@click.option("--today", default=None, metavar="DATE", help="Day around which events lie; today otherwise.")
def demo(size: str, seed: int, today: str | None) -> None:
    """Write two demo houses with look-alike names; prints the sign-in once.

    The password comes from EVENTOS_DEMO_PASSWORD, or one is made. Refused in production and where the houses exist.
    """
    try:
        day = dt.date.fromisoformat(today) if today else None
    except ValueError as error:
        raise click.BadParameter(f"“{today}” is not a day; write 2026-12-12.", param_hint="--today") from error
    try:
        made = seeding.create(Size(size), seed=seed, today=day, progress=_tell)
    except InvalidInput as error:
        if "today" in error.fields:
            raise click.BadParameter(f"{error} {error.fields['today']}.", param_hint="--today") from error
        raise
    table(
        ["sign in as", "name", "job", "houses"],
        [[person.email, person.name, person.job, ", ".join(person.houses)] for person in made.people],
    )
    click.echo(f"\nPassword of all of them: {made.password}")
    click.echo(f"{base_url()}/?house={made.house}")


def _tell(domain: str) -> None:
    click.echo(f"Writing {domain} …", err=True)


COMMANDS = (demo,)
