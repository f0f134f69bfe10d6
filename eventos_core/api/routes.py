"""All routes beside the pages, and the middleware around everything."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from eventos_core.api import auth, exports, files, health, messages, public, v1
from eventos_core.api.middleware import BodyLimit, Guard, Outermost
from eventos_core.api.request_log import Addresses

ROUTES: list[BaseRoute] = [
    *health.ROUTES, *auth.ROUTES, *exports.ROUTES, *files.ROUTES, *messages.ROUTES, *public.ROUTES, *v1.ROUTES,
]  # fmt: skip


def middleware(index: Path) -> list[Middleware]:
    """The middleware, outermost first; `index` is the page whose inline scripts the policy must allow."""
    return [
        Middleware(Outermost, Addresses(ROUTES), inline_scripts(index)),
        Middleware(Guard),
        Middleware(BodyLimit),
    ]


def inline_scripts(index: Path) -> tuple[str, ...]:
    """SHA-256 (base64) of each inline script in `index`, for the content security policy."""
    found = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", index.read_text(encoding="utf-8"), re.DOTALL)
    return tuple(base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in found)
