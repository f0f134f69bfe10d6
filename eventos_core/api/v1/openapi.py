"""The OpenAPI document, made of the registry."""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import Any, get_type_hints

from eventos_core import __version__
from eventos_core.api.v1 import shapes
from eventos_core.db import registry
from eventos_core.db.registry import Command, Query
from eventos_core.kernel.context import ActorKind

PREFIX = "/api/v1"
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "request"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string", "description": "A code that stays the same."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened and what to do."},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
        "required_scope": {"type": "string", "description": "Where the key lacks one: the scope that this takes."},
        "request": {"type": "string", "description": "The id of this request, as the audit names it."},
        "reference": {"type": "string", "description": "Of a defect: the number that also stands in the log."},
    },
}
_REFUSALS = {
    "401": "No key, or one that has ended.",
    "403": "The key lacks the scope that `required_scope` names, or the record asks for more than the key may.",
    "404": "No such record in the house.",
    "409": "The state of the data does not allow it, or somebody changed the record; or, as `request_outstanding`, the"
    " first request with this Idempotency-Key has not ended yet.",
    "413": "The body is too large.",
    "422": "Values are wrong; `fields` says which. Or, as `idempotency_key_reused`, the Idempotency-Key was used for"
    " another request.",
    "429": "Too many requests; `Retry-After` says how long to wait.",
    "503": "The database does not answer; try again.",
}


FILES = {
    "fetch_export": f"{PREFIX}/exports/{{public_id}}",
    "operations.stored_file": f"{PREFIX}/files/{{public_id}}",
}
"""Commands and queries of which a route gives the file itself."""


def commands() -> dict[str, Command]:
    """Commands that a key may run, given the scope, and whose answer is JSON."""
    return {
        name: one for name, one in registry.COMMANDS.items() if ActorKind.API_KEY in one.actors and name not in FILES
    }


def queries() -> dict[str, Query]:
    """Queries that a key may run, given the scope."""
    return {name: one for name, one in registry.QUERIES.items() if ActorKind.API_KEY in one.actors}


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """OpenAPI 3.1."""
    definitions: dict[str, Any] = {"Problem": _PROBLEM}
    paths: dict[str, Any] = {}
    for name, command in sorted(commands().items()):
        paths[f"{PREFIX}/commands/{name}"] = {"post": _command(command, definitions)}
    for name, query in sorted(queries().items()):
        paths[f"{PREFIX}/queries/{name}"] = {"get": _query(query, definitions)}
    paths |= {path: {"get": _file(name)} for name, path in FILES.items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "EventOS",
            "version": __version__,
            "description": "Commands change, queries read. A key belongs to one house; its scopes are permissions.",
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": definitions,
        },
    }


def _command(command: Command, definitions: dict[str, Any]) -> dict[str, Any]:
    header = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "minLength": 1, "maxLength": 150},
        "description": "Makes the command safe to repeat: the same key with the same body answers the same and is done"
        " once. With another body it is refused (422); while the first request runs, the second waits for it, and is"
        " refused if that takes long (409). Keys of one API key do not meet another's.",
    }
    body = shapes.body_schema(command, definitions)
    return _operation(
        command.name,
        command.function,
        command.permission.value,
        shapes.schema_of(command.result_type, definitions, answer=True),
        parameters=[header] if command.keeps_answer else [],
        requestBody={"required": True, "content": {"application/json": {"schema": body}}},
    )


def _query(query: Query, definitions: dict[str, Any]) -> dict[str, Any]:
    parameters = []
    for name, (kind, parameter) in shapes.query_parameters(query).items():
        schema = shapes.schema_of(kind, definitions)
        if name in ("size", "limit"):
            schema = {"type": "integer", "minimum": 1, "maximum": shapes.MOST_ROWS}
        told: dict[str, Any] = {"name": name, "in": "query"}
        told["required"] = parameter.default is inspect.Parameter.empty
        if shapes.is_simple(kind):
            told["schema"] = schema
        else:
            told["content"] = {"application/json": {"schema": schema}}
        parameters.append(told)
    answer = shapes.schema_of(get_type_hints(query.function).get("return"), definitions, answer=True)
    return _operation(query.name, query.function, query.permission.value, answer, parameters=parameters)


def _file(name: str) -> dict[str, Any]:
    of: Command | Query = registry.COMMANDS[name] if name in registry.COMMANDS else registry.QUERIES[name]
    public_id = {"name": "public_id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    told = _operation(name, of.function, of.permission.value, {}, parameters=[public_id])
    file = {"schema": {"type": "string", "format": "binary"}}
    told["operationId"] = f"{name}.file"
    told["responses"]["200"] = {"description": "The file.", "content": {"application/octet-stream": file}}
    return told


def _operation(name: str, function: Any, scope: str, answer: dict[str, Any], **more: Any) -> dict[str, Any]:
    about = inspect.getdoc(function) or name
    refusal = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        "operationId": name,
        "summary": about.partition("\n")[0],
        "description": f"{about}\n\nScope: `{scope}`",
        "x-scope": scope,
        **more,
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": {"schema": answer}}},
            **{status: {"description": told, "content": refusal} for status, told in _REFUSALS.items()},
        },
    }
