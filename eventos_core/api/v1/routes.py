"""The two routes behind which every command and query stands, and their document."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from eventos_core.api import errors, exports, files
from eventos_core.api.errors import RequestRefused
from eventos_core.api.middleware import request_id
from eventos_core.api.v1 import openapi, shapes
from eventos_core.db.registry import Command, allow, execute, read
from eventos_core.db.session import TenantSession
from eventos_core.kernel.credentials import KeyCredential, hash_token
from eventos_core.kernel.errors import EventOSError, InvalidInput, NotFound, NotSignedIn, PermissionDenied
from eventos_core.tenancy import identity

_SCHEME = "bearer "


def problems(route: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Answer errors as problem details (RFC 9457)."""

    async def answered(request: Request) -> Response:
        try:
            return await route(request)
        except Exception as error:  # the one place where errors of the API are told
            if isinstance(error, PermissionDenied):
                error = await run_in_threadpool(_explained, request, error)
            return errors.problem(error, request_id(request.scope))

    return answered


@problems
async def run_command(request: Request) -> Response:
    """`POST /api/v1/commands/{name}` with the command's input as JSON; the answer is its result."""
    name = request.path_params["name"]
    command = openapi.commands().get(name)
    if command is None:
        raise NotFound(f"There is no command “{name}”.", hint="The document /api/v1/openapi.json lists all.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise RequestRefused(415, "unsupported_media_type", "The body is not JSON.", hint="Send application/json.")
    body = await request.body()
    key = request.headers.get("idempotency-key") or None
    if key is not None and len(key) > 150:
        raise InvalidInput("The idempotency key is too long.", fields={"Idempotency-Key": "At most 150 characters."})

    def run() -> Any:
        credential = _enter(request)
        api_key_id = read(credential, _allowed, command)
        given = shapes.command_input(command, body)
        done = execute(
            # By API key: another one may carry less, and must not get the answer.
            credential, command.function, given, idempotency_key=f"api:{api_key_id}:{key}" if key else None,
            request_id=request_id(request.scope),
        )  # fmt: skip
        return shapes.as_json(done)

    return _answer(await run_in_threadpool(run))


@problems
async def run_query(request: Request) -> Response:
    """`GET /api/v1/queries/{name}` with its arguments as URL parameters; the answer is what the query returns."""
    name = request.path_params["name"]
    query = openapi.queries().get(name)
    if query is None:
        raise NotFound(f"There is no query “{name}”.", hint="The document /api/v1/openapi.json lists all.")

    def run() -> Any:
        credential = _enter(request)
        read(credential, allow, query)
        arguments = shapes.query_arguments(query, request.query_params)
        return shapes.as_json(read(credential, query.function, **arguments))

    return _answer(await run_in_threadpool(run))


@problems
async def fetch_export(request: Request) -> Response:
    """`GET /api/v1/exports/{public_id}`: the file of an export or document that this key asked for."""
    return await exports.send(request, lambda: _enter(request))


@problems
async def fetch_file(request: Request) -> Response:
    """`GET /api/v1/files/{public_id}`: a stored file, as at the house's own address for it."""
    return await files.send(request, await run_in_threadpool(_enter, request))


async def document(_: Request) -> Response:
    """`GET /api/v1/openapi.json`: names and shapes only, so without a key."""
    return JSONResponse(await run_in_threadpool(openapi.document))


@problems
async def nothing(_: Request) -> Response:
    """Any other address below `/api`."""
    raise NotFound("There is nothing here.", hint="The document /api/v1/openapi.json lists all.")


def _enter(request: Request) -> KeyCredential:
    """The request's key, counted. Raises NotSignedIn, RateLimited."""
    credential = _credential(request)
    try:
        identity.count_request(credential.key_hash, request.client.host if request.client else "")
    except NotSignedIn as error:
        raise NotSignedIn(
            "This API key is not valid.", hint="It was revoked, has expired, or may not be used from here."
        ) from error
    return credential


def _credential(request: Request) -> KeyCredential:
    header = request.headers.get("authorization", "")
    if not header.lower().startswith(_SCHEME) or not header[len(_SCHEME) :].strip():
        raise NotSignedIn("This needs an API key.", hint="Send it as: Authorization: Bearer <key>.")
    return KeyCredential(hash_token(header[len(_SCHEME) :].strip()))


def _explained(request: Request, denial: PermissionDenied) -> Exception:
    """The denial, as `ScopeMissing` where the key has not what it takes."""
    try:
        held = read(_credential(request), _scopes)
    except EventOSError as error:  # the key ended, or its house was suspended
        return error
    lacking = denial.permission and denial.permission not in held
    return errors.ScopeMissing(denial.permission, denial.action) if lacking else denial


def _allowed(db: TenantSession, command: Command) -> int | None:
    allow(db, command)
    return db.context.key_id


def _scopes(db: TenantSession) -> frozenset[str]:
    return frozenset(permission.value for permission in db.context.permissions)


def _answer(content: Any) -> Response:
    return JSONResponse(content, headers={"Cache-Control": "no-store"})


ROUTES = [
    Route("/api/v1/openapi.json", document, methods=["GET"]),
    Route("/api/v1/commands/{name}", run_command, methods=["POST"]),
    Route("/api/v1/queries/{name}", run_query, methods=["GET"]),
    Route("/api/v1/exports/{public_id}", fetch_export, methods=["GET"]),
    Route("/api/v1/files/{public_id}", fetch_file, methods=["GET"]),
    Route("/api/{rest:path}", nothing),
]
