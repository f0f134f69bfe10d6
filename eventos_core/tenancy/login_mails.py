"""Mails about a person's login: a link for a new password, a changed password, a sign-in from a new device.

They go through a queue of their own and not through a house's outbox. A login belongs to the person: a house that could
reword such a mail could send the link of a login that another house shares to itself; one that has suppressed the
address could keep it away; and who belongs to no house any more has no outbox. The sender, the wording engine and the
letter are the outbox's.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from eventos_core.enums.operations import MessageChannel
from eventos_core.enums.tenancy import LoginMailKind
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import hash_token, new_token
from eventos_core.kernel.errors import EventOSError, SetupError
from eventos_core.operations import site
from eventos_core.operations.messages import filling, senders, settings, wording
from eventos_core.operations.messages.senders import ChannelDown, Letter, Refused, Sender
from eventos_core.operations.messages.sending import wait_after
from eventos_core.tenancy.outside import anonymous

log = logging.getLogger(__name__)

NAME = "EventOS"
"""Who these mails come from: the installation, no house."""
PAUSE = dt.timedelta(minutes=1)
"""How long a mail server that is down is left alone."""


@dataclass(frozen=True)
class _Due:
    id: int
    kind: LoginMailKind
    email: str
    name: str
    timezone: str | None
    details: Mapping[str, Any]
    attempts: int
    created_at: dt.datetime


_WORDINGS = {
    LoginMailKind.PASSWORD_LINK: (
        "A new password for EventOS",
        "Hello {{ name }},\n\nsomebody, probably you, asked for a new password for {{ email }}.\n\n"
        "[Choose a new password]({{ link }})\n\nThe link works once, within the next hour. If it was not you, do "
        "nothing: your password stays as it is.\n",
    ),
    LoginMailKind.PASSWORD_CHANGED: (
        "Your password was changed",
        "Hello {{ name }},\n\nthe password of {{ email }} was changed on {{ at }}. Your other sign-ins have ended.\n\n"
        "If it was you, there is nothing to do. If not, tell an admin of your house and "
        "[ask for a new password at once]({{ link }})\n",
    ),
    LoginMailKind.NEW_DEVICE: (
        "Sign-in from a new device",
        "Hello {{ name }},\n\nsomebody signed in as {{ email }} with a browser not seen before:\n\n"
        "{{ browser }}{% if ip %}, from {{ ip }}{% endif %}, on {{ at }}\n\nIf it was you, there is nothing to do. If "
        "not, change your password at once and [end that sign-in]({{ link }})\n",
    ),
}  # fmt: skip
_LINKS = {LoginMailKind.PASSWORD_CHANGED: "/?forgotten=1", LoginMailKind.NEW_DEVICE: "/account_profile"}


def send_due() -> int:
    """Send what is due, one after the other; returns how many went. What fails is tried again until it is too old.

    Safe to run in several workers: each mail is taken by one. A worker that dies between handing a mail over and
    writing so down leaves it to be sent again after ten minutes, under the same Message-ID.
    """
    try:
        sender = senders.choose(MessageChannel.EMAIL)
    except (ChannelDown, SetupError):
        return 0  # nothing is claimed, so what waits goes out once a server is named
    sent = 0
    try:
        while (due := _claim()) is not None:
            if not _send(sender, due):
                return sent
            sent += 1
        return sent
    finally:
        sender.close()


def _claim() -> _Due | None:
    with anonymous() as connection:
        row = connection.execute(text("select * from app.claim_login_mail()")).mappings().first()
    return None if row is None else _Due(**{**row, "kind": LoginMailKind(row["kind"])})


def _send(sender: Sender, due: _Due) -> bool:
    """Hand one mail over and note what came of it; False where the server is down and nothing else would go."""
    try:
        sender.send(_letter(due))
    except EventOSError as error:
        down = isinstance(error, ChannelDown)
        wait = None if isinstance(error, Refused) else PAUSE if down else wait_after(due.attempts)
        # Without the address: whoever reads the log need not learn who forgot a password.
        log.warning("Mail %d about a login was not sent: %s", due.id, type(error).__name__)
        _done(due.id, str(error), wait)
        return not down
    _done(due.id, None, None)
    return True


def _done(mail_id: int, error: str | None, wait: dt.timedelta | None) -> None:
    with anonymous() as connection:
        connection.execute(
            text("select app.login_mail_done(:m, :e, cast(:w as interval))"), {"m": mail_id, "e": error, "w": wait}
        )


def _letter(due: _Due) -> Letter:
    zone = ZoneInfo(due.timezone or "UTC")
    at = due.created_at.astimezone(zone)
    values = {
        "browser": "", "ip": "", **due.details, "name": due.name, "email": due.email, "link": _link(due),
        "at": f"{at.day} {at:%B %Y at %H:%M} ({zone.key.rpartition('/')[2].replace('_', ' ')})",
    }  # fmt: skip
    subject, body = _WORDINGS[due.kind]
    said = wording.render(subject, body, {name: value or "" for name, value in values.items()})
    return Letter(
        message_id=filling.message_id(0, due.id, settings.mail_from()), address=due.email, name=due.name,
        subject=said.subject, text=said.text, html=said.html, house=NAME, sent_at=clock.now(),
    )  # fmt: skip


def _link(due: _Due) -> str:
    if due.kind is not LoginMailKind.PASSWORD_LINK:
        return site.address() + _LINKS[due.kind]
    token = new_token()
    values = {"m": due.id, "h": hash_token(token)}
    with anonymous() as connection:
        if not connection.execute(text("select app.issue_mailed_link(:m, :h)"), values).scalar():
            raise Refused("The link is not wanted any more.")
    return f"{site.address()}/?reset={token}"
