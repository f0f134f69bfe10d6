"""Every command and query: guarded, typed, frozen, described."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from typing import Any, get_type_hints

import pytest

from eventos_core.db.registry import COMMANDS, QUERIES, Command
from eventos_core.db.session import TenantSession
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import start
from tests.architecture.sources import python

start.load()
EVERY = sorted(COMMANDS.values(), key=lambda command: command.name)
each_command = pytest.mark.parametrize("command", EVERY, ids=lambda command: command.name)


def _frozen(kind: Any) -> bool:
    return dataclasses.is_dataclass(kind) and bool(kind.__dataclass_params__.frozen)  # type: ignore[union-attr]


def test_there_are_commands_and_queries() -> None:
    assert COMMANDS
    assert QUERIES


@each_command
def test_command_needs_a_permission(command: Command) -> None:
    assert isinstance(command.permission, Permission)
    assert command.actors


@each_command
def test_command_takes_and_gives_frozen_dataclasses(command: Command) -> None:
    assert _frozen(command.input_type)
    assert _frozen(command.result_type), f"{command.name} returns {command.result_type}"


@each_command
def test_command_says_what_it_does(command: Command) -> None:
    assert (inspect.getdoc(command.function) or "").strip().partition("\n")[0].endswith((".", "?", ":"))


def test_every_query_needs_a_permission_and_says_what_it_gives() -> None:
    assert [query.name for query in QUERIES.values() if not isinstance(query.permission, Permission)] == []
    assert [query.name for query in QUERIES.values() if not inspect.getdoc(query.function)] == []


def test_no_command_is_left_unregistered() -> None:
    """A public function of a commands module with the shape of a command would run without any check."""
    registered = {command.function for command in COMMANDS.values()}
    found = []
    for source in python("eventos_core"):
        module_name = source.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        if ".commands" not in module_name:
            continue
        module = importlib.import_module(module_name)
        for name, function in vars(module).items():
            mine = inspect.isfunction(function) and function.__module__ == module_name
            if mine and not name.startswith("_") and function not in registered and _looks_like_a_command(function):
                found.append(f"{module_name}.{name}")
    assert found == []


def _looks_like_a_command(function: Any) -> bool:
    names = list(inspect.signature(function).parameters)
    if len(names) != 2:
        return False
    hints = get_type_hints(function)
    return hints.get(names[0]) is TenantSession and _frozen(hints.get(names[1])) and _frozen(hints.get("return"))
