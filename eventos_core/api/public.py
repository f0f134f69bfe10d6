"""Pages outside the sign-in: what a public link shows, and a member's calendar feed.

`GET /p/{token}` an event's programme, `…/programme.ics` for a calendar, `…/code.png` the page's address as a QR code;
`GET /calendar/{token}.ics` a feed. Every request passes one door that counts it and says no more than 404, whatever is
wrong with the link. Nothing is kept, indexed or told to other sites; no script runs.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterator
from email.utils import format_datetime, parsedate_to_datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from eventos_core.db.registry import read
from eventos_core.enums.operations import LinkKind
from eventos_core.events import queries
from eventos_core.events.queries import GuestProgramme, GuestSession
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import TokenCredential
from eventos_core.kernel.errors import NotFound, NotSignedIn, PermissionDenied, RateLimited
from eventos_core.kernel.ids import slugify
from eventos_core.operations import calendars, feeds, formats, links, qr, site

_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,100}")
_templates = Environment(
    loader=PackageLoader("eventos_core.api"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip
# Links in other people's words open, HTML in them does not.
_markdown = MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])
_STYLE = _templates.get_template("public.css").render()
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; font-src 'self'; img-src 'self'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    ),
}
"""Of every answer here."""


Answer = Callable[[Request], Awaitable[Response]]


def behind_link(*, declines: bool = False) -> Callable[[Answer], Answer]:
    """Answer for a route under a link: the same 404 page for every link that does not open, 429 over a limit.

    Where a person `declines` messages the pages say what to do about that.
    """

    def guarded(route: Answer) -> Answer:
        async def answered(request: Request) -> Response:
            try:
                return await route(request)
            except (NotSignedIn, NotFound, PermissionDenied):
                return page("ended.html", status=404, declines=declines)
            except RateLimited as error:
                headers = {"Retry-After": str(error.retry_after)}
                return page("busy.html", status=429, headers=headers, declines=declines)

        return answered

    return guarded


def page(template: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: Any) -> Response:
    """A page of `templates/` as the answer, under the headers of all pages here."""
    content = _templates.get_template(template).render(style=Markup(_STYLE), **values)  # noqa: S704 our own file
    return Response(content, status, {**HEADERS, **(headers or {})}, "text/html; charset=utf-8")


async def admit(request: Request, kind: LinkKind, **limits: Any) -> TokenCredential:
    """Let the request's link in; `limits` as `links.admit` takes them. Raises NotFound, RateLimited."""
    return await run_in_threadpool(links.admit, token_of(request), kind, _ip(request), **limits)


def token_of(request: Request) -> str:
    """The token in the address; what cannot be one is not looked up but counts all the same."""
    given: str = request.path_params["token"]
    return given if _TOKEN.fullmatch(given) else "-"


@behind_link()
async def programme(request: Request) -> Response:
    """The programme of an event, for a phone."""
    credential = await admit(request, LinkKind.PROGRAMME, counts=request.method == "GET")
    found = await run_in_threadpool(read, credential, queries.shared_programme)
    return await run_in_threadpool(_programme, found, request.path_params["token"])


@behind_link()
async def programme_calendar(request: Request) -> Response:
    """The same as a calendar file."""
    credential = await admit(request, LinkKind.PROGRAMME)
    found = await run_in_threadpool(read, credential, queries.shared_programme)
    content = await run_in_threadpool(calendars.calendar, found.name, found.entries())
    name = slugify(found.name, limit=60) or "programme"
    disposition = f'attachment; filename="{name}.ics"'
    return Response(content, 200, {**HEADERS, "Content-Disposition": disposition}, calendars.MEDIA_TYPE)


@behind_link()
async def code(request: Request) -> Response:
    """The page's own address as a QR code, to print or to show to somebody."""
    await admit(request, LinkKind.PROGRAMME)
    base = site.base_url() or str(request.base_url).rstrip("/")
    content = await run_in_threadpool(qr.png, f"{base}/p/{request.path_params['token']}")
    return Response(content, 200, HEADERS, "image/png")


@behind_link()
async def calendar(request: Request) -> Response:
    """A member's feed. A program that has it already is told so in a few bytes (ETag, Last-Modified)."""
    found = await run_in_threadpool(feeds.fetch, token_of(request), _ip(request))
    changed = found.changed_at.astimezone(dt.UTC).replace(microsecond=0)
    headers = {
        **HEADERS, "Cache-Control": "private, no-cache", "ETag": found.etag,
        "Last-Modified": format_datetime(changed, usegmt=True),
    }  # fmt: skip
    if _has_it(request, found.etag, changed):
        return Response(status_code=304, headers=headers)
    return Response(found.content, 200, headers, calendars.MEDIA_TYPE)


def _has_it(request: Request, etag: str, changed: dt.datetime) -> bool:
    tags = request.headers.get("if-none-match")
    if tags is not None:  # then the time does not count (RFC 9110, 13.2.2)
        return any(tag.strip().removeprefix("W/") in (etag, "*") for tag in tags.split(","))
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return changed <= (since if since.tzinfo else since.replace(tzinfo=dt.UTC))


def _programme(found: GuestProgramme, token: str) -> Response:
    zone = ZoneInfo(found.timezone)
    return page(
        "programme.html",
        event=found, token=token, when=formats.span(found.starts_at, found.ends_at, zone, found.lang),
        zone=formats.zone_label(zone), days=list(_days(found, zone)),
        description=_html(found.description), website=_web(found.website),
        as_of=formats.instant(clock.now(), zone, found.lang),
    )  # fmt: skip


def _days(found: GuestProgramme, zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    for day, sessions in groupby(found.sessions, key=lambda session: session.starts_at.astimezone(zone).date()):
        yield {"day": formats.date(day, found.lang), "sessions": [_session(one, zone, found) for one in sessions]}


def _session(one: GuestSession, zone: ZoneInfo, found: GuestProgramme) -> dict[str, Any]:
    first = formats.clock(one.starts_at, zone)
    last = formats.clock(one.ends_at, zone) if one.ends_at else ""
    if one.ends_at and one.ends_at - one.starts_at > dt.timedelta(hours=18):
        last = f"{formats.date(one.ends_at.astimezone(zone).date(), found.lang, year=False)}, {last}"
    return {
        "from": first, "to": last, "title": one.title, "hosts": one.hosts, "place": one.place,
        "about": " · ".join(part for part in (one.kind.label, one.track) if part), "summary": one.summary,
        "description": _html(one.description), "url": _web(one.url), "cancelled": one.cancelled, "reason": one.reason,
    }  # fmt: skip


def _html(text: str | None) -> Markup | None:
    return Markup(_markdown.render(text)) if text else None  # noqa: S704 HTML in it is off


def _web(address: str | None) -> str | None:
    return address if address and address.startswith(("http://", "https://")) else None


def _ip(request: Request) -> str:
    return request.client.host if request.client else ""


ROUTES = [
    Route("/p/{token}", programme, methods=["GET"]),
    Route("/p/{token}/programme.ics", programme_calendar, methods=["GET"]),
    Route("/p/{token}/code.png", code, methods=["GET"]),
    Route("/calendar/{token}.ics", calendar, methods=["GET"]),
]
