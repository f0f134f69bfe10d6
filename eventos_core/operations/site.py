"""What the pages and the routes must agree on about this installation: environment, public address, cookie."""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import urlsplit

from eventos_core.kernel.errors import SetupError

SESSION_DAYS = 30
"""How long a browser keeps the session cookie; the session's own row decides whether it still counts."""
DEVICE_DAYS = 400
"""How long a browser keeps the cookie by which it is known again; browsers keep none for longer."""
_listening: list[int] = []


class Environment(StrEnum):
    """What kind of installation this is, from `EVENTOS_ENV`."""

    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"


def environment() -> Environment:
    """`EVENTOS_ENV`, `dev` where it is not set. Raises SetupError for anything but dev, staging and prod."""
    name = os.environ.get("EVENTOS_ENV", "").strip() or Environment.DEV.value
    try:
        return Environment(name)
    except ValueError:
        raise SetupError(f"EVENTOS_ENV is “{name}”.", hint="Set it to dev, staging or prod.") from None


def base_url() -> str:
    """`EVENTOS_BASE_URL` without a final slash: how people reach this installation; empty where it is not set."""
    url = os.environ.get("EVENTOS_BASE_URL", "").strip().rstrip("/")
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.path):
        raise SetupError(f"EVENTOS_BASE_URL is “{url}”.", hint="Write it as https://events.example.com.")
    return url


def listens_at(port: int) -> None:
    """Tell, at start, on which port this process listens."""
    _listening[:] = [port]


def address() -> str:
    """Where people reach this installation: `EVENTOS_BASE_URL`, else this machine. Never what a request says."""
    return base_url() or f"http://localhost:{_listening[0] if _listening else 8501}"


def behind_tls() -> bool:
    """Whether people reach this installation over https, as `EVENTOS_BASE_URL` says."""
    return base_url().startswith("https://")


def public_links() -> bool:
    """Whether links outside the sign-in open on this installation: `EVENTOS_PUBLIC_LINKS`, on where it is not set.

    Raises SetupError for anything but on and off.
    """
    said = os.environ.get("EVENTOS_PUBLIC_LINKS", "").strip().lower() or "on"
    if said not in ("on", "off"):
        raise SetupError(f"EVENTOS_PUBLIC_LINKS is “{said}”.", hint="Set it to on or off.")
    return said == "on"


def cookie_name(*, secure: bool) -> str:
    """The session cookie's name; over TLS the `__Host-` prefix binds it to this very host."""
    return "__Host-eventos_session" if secure else "eventos_session"


def device_cookie_name(*, secure: bool) -> str:
    """The name of the cookie by which a browser is known again; it opens nothing."""
    return "__Host-eventos_device" if secure else "eventos_device"


def session_token(cookies: Mapping[str, str], *, secure: bool) -> str | None:
    """The session token in `cookies`; over TLS a cookie without the prefix is not believed."""
    return cookies.get(cookie_name(secure=True)) or (None if secure else cookies.get(cookie_name(secure=False)))
