"""Errors of routes: what happened, what to do, and a reference number that also stands in the log.

As JSON for programs, as a small page for a person whose browser followed a link.
"""

from __future__ import annotations

import html
import logging
import secrets
from dataclasses import dataclass

from starlette.responses import HTMLResponse, JSONResponse, Response

from eventos_core.kernel.errors import (
    Conflict,
    EventOSError,
    FileRefused,
    IdempotencyMismatch,
    InvalidInput,
    NotFound,
    NotSignedIn,
    PermissionDenied,
    RateLimited,
    RequestOutstanding,
    SetupError,
    TemporarilyUnavailable,
)

log = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[EventOSError], int, str], ...] = (
    (NotSignedIn, 401, "not_signed_in"),
    (PermissionDenied, 403, "permission_denied"),
    (NotFound, 404, "not_found"),
    (InvalidInput, 422, "invalid_input"),
    (FileRefused, 422, "file_refused"),
    (IdempotencyMismatch, 422, "idempotency_key_reused"),
    (RequestOutstanding, 409, "request_outstanding"),
    (Conflict, 409, "conflict"),
    (RateLimited, 429, "rate_limited"),
    (TemporarilyUnavailable, 503, "temporarily_unavailable"),
    (SetupError, 503, "not_set_up"),
)


class RequestRefused(EventOSError):
    """The request itself is not acceptable: wrong origin, too large, unreadable. `status` is the HTTP status."""

    def __init__(self, status: int, code: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.code = code


class ScopeMissing(PermissionDenied):
    """An API key does not carry the scope that this takes: `permission`."""

    def __init__(self, scope: str, action: str) -> None:
        super().__init__(
            f"This key lacks the scope {scope}.", hint="Use a key that carries it; who manages the team makes keys.",
            permission=scope, action=action,
        )  # fmt: skip


def new_reference() -> str:
    """A short number that a person can read out and an operator can find in the log."""
    return secrets.token_hex(4).upper()


@dataclass(frozen=True)
class Answer:
    """An error as a route tells it."""

    status: int
    code: str
    message: str
    hint: str
    reference: str | None = None
    retry_after: int = 0


def answer_to(error: Exception, request_id: str = "", *, to_person: bool = False) -> Response:
    """`error` as JSON, or as a page. What is no EventOSError is a defect: 500, logged with its traceback."""
    told = _answer(error, request_id)
    headers = {"Cache-Control": "no-store"}
    if told.retry_after:
        headers["Retry-After"] = str(told.retry_after)
    if to_person:
        return HTMLResponse(_page(told), status_code=told.status, headers=headers)
    body = {"code": told.code, "message": told.message, "hint": told.hint, "request": request_id}
    if told.reference:
        body["reference"] = told.reference
    return JSONResponse({"error": body}, status_code=told.status, headers=headers)


def problem(error: Exception, request_id: str = "") -> Response:
    """`error` as problem details (RFC 9457): what happened, what to do, which fields; a defect with its reference.

    A missing scope is named in `required_scope` and, after RFC 6750, in `WWW-Authenticate`.
    """
    if isinstance(error, IdempotencyMismatch):
        error = _KEY_REUSED
    told = _answer(error, request_id)
    body: dict[str, object] = {
        "type": "about:blank",
        "title": told.code,
        "status": told.status,
        "detail": f"{told.message} {told.hint}".strip(),
        "request": request_id,
    }
    if isinstance(error, InvalidInput) and error.fields:
        body["fields"] = error.fields
    if isinstance(error, ScopeMissing):
        body["required_scope"] = error.permission
    if told.reference:
        body["reference"] = told.reference
    headers = {"Cache-Control": "no-store"}
    if told.retry_after:
        headers["Retry-After"] = str(told.retry_after)
    if told.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, ScopeMissing):
        headers["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{error.permission}"'
    return JSONResponse(body, status_code=told.status, headers=headers, media_type="application/problem+json")


_KEY_REUSED = IdempotencyMismatch(
    "This Idempotency-Key was used for another request already.",
    hint="Send a new request under a new key; to have the answer to the first, repeat it as it was.",
)
"""In a program's words: pages speak of their form."""


def _answer(error: Exception, request_id: str) -> Answer:
    if isinstance(error, RequestRefused):
        return Answer(error.status, error.code, error.message, error.hint)
    if isinstance(error, EventOSError):
        status, code = next(((s, c) for kind, s, c in _STATUS if isinstance(error, kind)), (400, "refused"))
        wait = error.retry_after if isinstance(error, RateLimited) else 0
        return Answer(status, code, error.message, error.hint, retry_after=wait)
    reference = new_reference()
    log.error("Defect %s in a route (request %s)", reference, request_id, exc_info=error)
    hint = f"Try again; if it stays, tell your operator the reference {reference}."
    return Answer(500, "defect", "Something went wrong here.", hint, reference)


def _page(told: Answer) -> str:
    message, hint = html.escape(told.message), html.escape(told.hint)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>EventOS</title>'
        '<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 36rem; margin: 20vh auto; padding: 0 1rem">'
        f'<h1 style="font-size: 1.25rem">{message}</h1><p>{hint}</p><p><a href="/">Open EventOS</a></p></body></html>'
    )
