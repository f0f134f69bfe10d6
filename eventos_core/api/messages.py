"""`/u/{token}`: declining marketing without signing in; `POST /hooks/mail`: what the mail provider reports.

The link in a message opens a page that asks once; a mail program's own button posts straight away (RFC 8058). Mail
scanners follow links, so that a GET changes nothing.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from eventos_core.api import public
from eventos_core.api.errors import RequestRefused
from eventos_core.db.registry import execute, read
from eventos_core.enums.operations import BounceKind, DeliveryKind, LinkKind
from eventos_core.kernel.credentials import TokenCredential
from eventos_core.kernel.errors import InvalidInput, NotFound
from eventos_core.operations import signing
from eventos_core.operations.messages import reports, settings, unsubscribing
from eventos_core.operations.messages.reports import Report
from eventos_core.operations.messages.unsubscribing import Unsubscribe

PER_ADDRESS = 600
"""Requests a minute from one network address: a mail provider's few servers press the button for many people."""
PER_LINK = 30
"""Requests a minute to one link, which one person got."""


@public.behind_link(declines=True)
async def ask(request: Request) -> Response:
    """The page that asks; 404 for a link that has ended or never was one."""
    credential = await _admit(request)
    offer = await run_in_threadpool(read, credential, unsubscribing.unsubscribe_offer)
    return public.page("unsubscribe.html", house=offer.house, done=False)


@public.behind_link(declines=True)
async def decline(request: Request) -> Response:
    """Decline; the same answer however often it is pressed."""
    content = (await request.body())[:200]
    given = Unsubscribe(one_click=b"List-Unsubscribe=One-Click" in content)
    credential = await _admit(request)
    done = await run_in_threadpool(execute, credential, unsubscribing.unsubscribe, given)
    return public.page("unsubscribe.html", house=done.house, done=True)


async def _admit(request: Request) -> TokenCredential:
    return await public.admit(request, LinkKind.UNSUBSCRIBE, per_address=PER_ADDRESS, per_link=PER_LINK)


async def mail_report(request: Request) -> Response:
    """Signed reports: JSON (one object or a list), or a delivery status notification as it came by mail.

    `message_id`, `kind` (delivered, bounced, complained, deferred, opened), `id`, and for bounces `bounce` (hard or
    soft); `detail` and `at` may be there. Answers how many were new.
    """
    secret = settings.report_secret()
    if secret is None:
        raise NotFound("There is nothing here.")
    body = await request.body()
    if not signing.is_genuine(request.headers.get(signing.HEADER, ""), body, secret):
        raise RequestRefused(401, "wrong_signature", "The signature does not fit.", hint="Sign time and body anew.")
    if request.headers.get("content-type", "").startswith("message/rfc822"):
        found = [reports.parse_dsn(body)]
    else:
        found = _from_json(body)
    taken = [await run_in_threadpool(reports.take, one, provider="report") for one in found]
    return JSONResponse({"taken": sum(taken), "given": len(taken)}, headers={"Cache-Control": "no-store"})


def _from_json(body: bytes) -> list[Report]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("This is no JSON.", hint="Send one report, or a list of them.") from error
    items = given if isinstance(given, list) else [given]
    if len(items) > 1000:
        raise InvalidInput("These are more than 1 000 reports.", hint="Send fewer at once.")
    return [_report(item) for item in items]


def _report(item: Any) -> Report:
    try:
        at = item.get("at")
        when = dt.datetime.fromisoformat(at) if at else None
        return Report(
            message_id=str(item["message_id"]),
            kind=DeliveryKind(item["kind"]),
            report_id=str(item["id"]),
            bounce=BounceKind(item["bounce"]) if item.get("bounce") else None,
            detail=str(item.get("detail") or ""),
            at=when.replace(tzinfo=when.tzinfo or dt.UTC) if when else None,
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidInput(
            f"A report cannot be read: {error}.", hint="It needs message_id, kind and id; bounces say hard or soft."
        ) from error


ROUTES = [
    Route("/u/{token}", ask, methods=["GET"]),
    Route("/u/{token}", decline, methods=["POST"]),
    Route("/hooks/mail", mail_report, methods=["POST"]),
]
