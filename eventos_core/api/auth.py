"""`POST /auth/session` changes a one-time ticket into the session cookie; `POST /auth/sign-out` ends the session.

A page cannot set a cookie itself: its script runs over a WebSocket. So the sign-in form issues a ticket, a small
component posts it here, and the browser gets a cookie that no script can read.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from eventos_core.api.errors import RequestRefused
from eventos_core.api.middleware import check_same_origin, is_secure
from eventos_core.kernel.credentials import hash_token, new_token
from eventos_core.operations import site
from eventos_core.tenancy import identity


async def open_session(request: Request) -> JSONResponse:
    """Redeem `{"ticket": …}`; an older session in the same browser ends."""
    check_same_origin(request.scope)
    try:
        ticket = (await request.json())["ticket"]
    except (ValueError, KeyError, TypeError):
        ticket = None
    if not isinstance(ticket, str) or not 20 <= len(ticket) <= 200:
        raise RequestRefused(400, "unreadable", "There is no ticket in this request.", hint="Sign in again.")
    secure = is_secure(request.scope)
    ip = request.client.host if request.client else None
    agent = request.headers.get("user-agent", "")[:400]
    known = request.cookies.get(site.device_cookie_name(secure=secure), "")
    device = known if 20 <= len(known) <= 200 else new_token()
    token = await run_in_threadpool(identity.redeem_ticket, ticket, ip, agent, device)
    earlier = site.session_token(request.cookies, secure=secure)
    if earlier:
        await run_in_threadpool(identity.end_session, hash_token(earlier))
    response = JSONResponse({"signed_in": True}, headers={"Cache-Control": "no-store"})
    _keep(response, site.device_cookie_name(secure=secure), device, site.DEVICE_DAYS, secure=secure)
    _keep(response, site.cookie_name(secure=secure), token, site.SESSION_DAYS, secure=secure)
    return response


def _keep(response: JSONResponse, name: str, value: str, days: int, *, secure: bool) -> None:
    response.set_cookie(
        name, value, max_age=days * 24 * 3600, path="/", secure=secure, httponly=True, samesite="lax"
    )  # fmt: skip


async def close_session(request: Request) -> JSONResponse:
    """Revoke the session of the cookie, whatever becomes of the cookie itself."""
    check_same_origin(request.scope)
    secure = is_secure(request.scope)
    token = site.session_token(request.cookies, secure=secure)
    if token:
        await run_in_threadpool(identity.end_session, hash_token(token))
    response = JSONResponse({"signed_in": False}, headers={"Cache-Control": "no-store"})
    response.delete_cookie(site.cookie_name(secure=secure), path="/", secure=secure, httponly=True, samesite="lax")
    return response


ROUTES = [
    Route("/auth/session", open_session, methods=["POST"]),
    Route("/auth/sign-out", close_session, methods=["POST"]),
]
