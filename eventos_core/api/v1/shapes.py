"""JSON in and out of the types that commands and queries declare."""

from __future__ import annotations

import dataclasses
import datetime as dt
import inspect
import json
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

import pandas as pd
from pydantic import ConfigDict, PydanticSchemaGenerationError, TypeAdapter, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema

from eventos_core.db.registry import Command, Query, plain
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.documents.making import RequestDocument
from eventos_core.operations.documents.registry import DOCUMENTS
from eventos_core.operations.exports import EXPORTABLES, RequestExport
from eventos_core.operations.lists import PageOf

MOST_ROWS = 500
"""Rows that one answer holds at most."""
_LIMITS = ("size", "limit")
_STRICT = ConfigDict(extra="forbid", val_json_bytes="base64", ser_json_bytes="base64", arbitrary_types_allowed=True)

_KINDS: dict[type[Any], tuple[str, Callable[[], Mapping[str, tuple[Any, Sequence[Permission]]]]]] = {
    RequestExport: ("filters", lambda: {key: (one.filter_type, one.permissions) for key, one in EXPORTABLES.items()}),
    RequestDocument: ("given", lambda: {key: (one.given_type, one.permissions) for key, one in DOCUMENTS.items()}),
}
"""Inputs with a field whose type follows from their `kind`: the field, and kind → type and further scopes."""

ROWS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["rows"],
    "properties": {
        "rows": {"type": "array", "items": {"type": "object"}},
        "next": {"type": ["string", "null"], "description": "Cursor of the following page."},
        "previous": {"type": ["string", "null"], "description": "Cursor of the page before."},
    },
}


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """Reads and describes values of a type; unknown keys of a dataclass are refused at every depth."""
    _make_strict(kind, set())
    return TypeAdapter(kind)


def _make_strict(kind: Any, seen: set[Any]) -> None:
    # pydantic takes a dataclass's configuration from this attribute only.
    for part in get_args(kind):
        _make_strict(part, seen)
    if not isinstance(kind, type) or kind in seen or not dataclasses.is_dataclass(kind):
        return
    seen.add(kind)
    kind.__pydantic_config__ = _STRICT  # type: ignore[attr-defined]
    for part in get_type_hints(kind).values():
        _make_strict(part, seen)


def command_input(command: Command, body: bytes) -> Any:
    """The command's input of a JSON body. Raises InvalidInput that names every field that is wrong."""
    kind: Any = command.input_type
    try:
        given = adapter(kind).validate_json(body or b"{}")
    except ValidationError as error:
        raise _refused(error, ()) from error
    given = _by_kind(given)
    if problems := dict(_unstorable(given, ())):
        raise InvalidInput("The request has values that are wrong.", fields=problems)
    return given


def body_schema(command: Command, definitions: dict[str, Any]) -> dict[str, Any]:
    """The JSON schema of the command's input; where one field's type follows from another, an alternative for each."""
    schema = schema_of(command.input_type, definitions)
    if command.input_type not in _KINDS:
        return schema
    field, kinds = _KINDS[command.input_type]
    return {
        "oneOf": [
            {
                **schema,
                "title": f"{schema['title']}, {kind}",
                "description": f"Scopes besides: {', '.join(f'`{scope.value}`' for scope in scopes)}",
                "x-scopes": [scope.value for scope in scopes],
                "properties": {
                    **schema["properties"],
                    "kind": {"const": kind},
                    field: schema_of(given_type, definitions),
                },
            }
            for kind, (given_type, scopes) in sorted(kinds().items())
        ]
    }


def _by_kind(given: Any) -> Any:
    """`given` with the field whose type follows from `kind` read as that type."""
    if type(given) not in _KINDS:
        return given
    field, kinds = _KINDS[type(given)]
    known = kinds()
    if given.kind not in known:
        raise InvalidInput("There is no such kind.", fields={"kind": f"One of: {', '.join(sorted(known))}"})
    try:
        read = adapter(known[given.kind][0]).validate_json(json.dumps(getattr(given, field)))
    except ValidationError as error:
        raise _refused(error, (field,)) from error
    return dataclasses.replace(given, **{field: read})


def query_parameters(query: Query) -> dict[str, tuple[Any, inspect.Parameter]]:
    """Parameter → (type, signature) of a query, the session aside."""
    hints = get_type_hints(query.function)
    parameters = list(inspect.signature(query.function).parameters.values())[1:]
    return {parameter.name: (hints[parameter.name], parameter) for parameter in parameters}


def query_arguments(query: Query, given: Mapping[str, str]) -> dict[str, Any]:
    """The query's arguments of URL parameters: text and numbers as they are, everything else as JSON.

    Raises InvalidInput for unknown, missing and unreadable ones, and for more than `MOST_ROWS` rows.
    """
    known = query_parameters(query)
    problems = {name: "There is no such parameter." for name in given if name not in known}
    found: dict[str, Any] = {}
    for name, (kind, parameter) in known.items():
        if name not in given:
            if parameter.default is inspect.Parameter.empty:
                problems[name] = "It is required."
            continue
        try:
            found[name] = _read(kind, given[name])
        except ValidationError as error:
            problems |= _refused(error, (name,)).fields
        else:
            problems |= dict(_unstorable(found[name], (name,)))
        if name in _LIMITS and isinstance(found.get(name), int) and not 1 <= found[name] <= MOST_ROWS:
            problems[name] = f"1 to {MOST_ROWS} rows."
    if problems:
        raise InvalidInput("The request has parameters that are wrong.", fields=problems)
    return found


def is_simple(kind: Any) -> bool:
    """Whether values of the type stand in a URL as they are; others are written as JSON."""
    parts = get_args(kind) if isinstance(kind, types.UnionType) or get_origin(kind) is not None else (kind,)
    plain_kinds = (str, int, float, bool, type(None))
    if get_origin(kind) is not None and not isinstance(kind, types.UnionType):
        return all(isinstance(part, str) for part in parts)  # Literal["a", "b"]
    return all(isinstance(part, type) and issubclass(part, (*plain_kinds, dt.date)) for part in parts)


def _read(kind: Any, raw: str) -> Any:
    if is_simple(kind):
        return adapter(kind).validate_strings(raw)
    return adapter(kind).validate_json(raw)


def _unstorable(value: Any, place: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Field → problem of what is well-formed JSON and no value of any column."""
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            yield ".".join(place), "The text holds characters that cannot be stored."
    elif isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            yield ".".join(place), "The number is too large."
    elif isinstance(value, dt.datetime):
        if not 1 < value.year < 9999:
            yield ".".join(place), "Years from 2 to 9998."
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _unstorable(getattr(value, field.name), (*place, field.name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _unstorable(key, (*place, "key"))
            yield from _unstorable(item, (*place, str(key)))
    elif isinstance(value, (list, tuple, set, frozenset)):
        for number, item in enumerate(value):
            yield from _unstorable(item, (*place, str(number)))


def _refused(error: ValidationError, place: tuple[str, ...]) -> InvalidInput:
    fields = {
        ".".join((*place, *map(str, problem["loc"]))) or "body": str(problem["msg"]) for problem in error.errors()
    }
    return InvalidInput("The request has values that are wrong.", fields=fields)


def as_json(value: Any) -> Any:
    """What a command or query answers, as JSON: a frame as its rows, a page with its cursors."""
    if isinstance(value, PageOf):
        return {"rows": _rows(value.frame), "next": value.next, "previous": value.previous}
    if isinstance(value, pd.DataFrame):
        return {"rows": _rows(value)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    return plain(value)


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): _cell(value) for key, value in row.items()} for row in frame.to_dict("records")]


def _cell(value: Any) -> Any:
    if isinstance(value, (list, tuple, dict, set)):
        return plain(value)
    if value is None or value is pd.NaT or pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    item = value.item() if hasattr(value, "item") else value
    return plain(item)


def schema_of(kind: Any, definitions: dict[str, Any], *, answer: bool = False) -> dict[str, Any]:
    """The JSON schema of a type; its parts go to `definitions`. What cannot be described is any object."""
    if kind is PageOf or kind is pd.DataFrame:
        return ROWS_SCHEMA
    try:
        made = adapter(kind).json_schema(
            mode="serialization" if answer else "validation", ref_template="#/components/schemas/{model}"
        )
    except (PydanticInvalidForJsonSchema, PydanticSchemaGenerationError):
        return {"type": "object"}
    for name, part in made.pop("$defs", {}).items():
        definitions.setdefault(name, part)
    return dict(json.loads(json.dumps(made, default=str)))
