"""What the operator says about sending: mail server, sender, development mailbox, secret of reports."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from eventos_core.db import urls
from eventos_core.kernel.errors import SetupError
from eventos_core.operations import site

NOWHERE = Path("/nonexistent")
"""Stands for a folder where none is written to."""


@dataclass(frozen=True)
class SmtpServer:
    """A mail server as `EVENTOS_SMTP_URL` names it."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    """TLS from the first byte (smtps)."""
    starttls: bool = False


def smtp_server() -> SmtpServer | None:
    """`EVENTOS_SMTP_URL`, as in `smtp://user:password@mail.example:587?starttls=1`; None where it is not set.

    Raises SetupError for anything else than smtp and smtps, and for a password sent in clear to another machine.
    """
    url = os.environ.get("EVENTOS_SMTP_URL", "").strip()
    if not url:
        return None
    hint = "Write it as smtps://user:password@mail.example:465 or smtp://user:password@mail.example:587?starttls=1."
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise SetupError("EVENTOS_SMTP_URL cannot be read.", hint=hint) from error
    if parts.scheme not in ("smtp", "smtps") or not host:
        raise SetupError("EVENTOS_SMTP_URL cannot be read.", hint=hint)
    tls = parts.scheme == "smtps"
    starttls = parse_qs(parts.query).get("starttls", ["0"])[-1] not in ("", "0", "false", "no")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if password and not (tls or starttls or host in ("localhost", "127.0.0.1", "::1")):
        raise SetupError("EVENTOS_SMTP_URL would send its password unencrypted.", hint=hint)
    return SmtpServer(host, port or (465 if tls else 587 if starttls else 25), user, password, tls, starttls)


def mail_from() -> str:
    """`EVENTOS_MAIL_FROM`: the address that mail comes from; outside production one that reaches nobody.

    Raises SetupError for what is no address, and in production where it is missing.
    """
    given = os.environ.get("EVENTOS_MAIL_FROM", "").strip()
    if not given:
        if site.environment() is site.Environment.PROD:
            raise SetupError("EVENTOS_MAIL_FROM is not set.", hint="Set it to the address that mail comes from.")
        return "eventos@localhost.invalid"
    if "@" not in given or any(sign in given for sign in " <>,\r\n"):
        raise SetupError(f"EVENTOS_MAIL_FROM is “{given}”.", hint="Write one plain address, as events@example.com.")
    return given


def mailbox() -> Path | None:
    """Where messages are written as files instead of being sent: `EVENTOS_MAIL_DIR`, in dev a folder of the data.

    None where a mail server is named, and in staging and production unless the variable is set.
    """
    given = os.environ.get("EVENTOS_MAIL_DIR", "").strip()
    if given:
        return Path(given)
    return urls.data_dir() / "mail" if site.environment() is site.Environment.DEV else None


def report_secret() -> bytes | None:
    """`EVENTOS_MAIL_REPORT_SECRET`: with what the mail provider signs bounces; None closes that route."""
    return os.environ.get("EVENTOS_MAIL_REPORT_SECRET", "").strip().encode() or None


def private_addresses_allowed() -> bool:
    """`EVENTOS_PRIVATE_WEBHOOKS=1` lets webhooks and services of houses lie in private networks and on this machine."""
    return os.environ.get("EVENTOS_PRIVATE_WEBHOOKS", "").strip() == "1"
