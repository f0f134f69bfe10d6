"""The command line as the README lists it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from eventos_core.cli import cli
from tests.architecture.sources import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_lists_every_command() -> None:
    listed = {
        " ".join(re.match(r"[a-z ]+", said)[0].split())  # type: ignore[index]
        for row in re.findall(r"^\| (`[a-z].*?) \|", README.partition("## Command line")[2], re.MULTILINE)
        for said in re.findall(r"`([a-z][^`]*)`", row)
    }
    assert listed == set(_commands(cli, ()))


def test_every_command_explains_itself() -> None:
    silent = [" ".join(path) for path, command in _walk(cli, ()) if not (command.help or "").strip()]
    assert silent == []


def _commands(group: click.Group, above: tuple[str, ...]) -> Iterator[str]:
    for path, command in _walk(group, above):
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield " ".join(path)


def _walk(group: click.Group, above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*above, name), command
        if isinstance(command, click.Group):
            yield from _walk(command, (*above, name))
