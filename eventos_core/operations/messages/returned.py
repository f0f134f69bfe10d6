"""Mail that comes back to a house's own mail server: its mailbox for it, read over IMAP.

Only delivery reports are looked at, found by the server itself; what people write to the same mailbox is neither
fetched nor marked. A report is marked as read once it is taken in, so that nobody has to remember where reading stood.
"""

from __future__ import annotations

import imaplib
import logging

from sqlalchemy import select

from eventos_core.db.session import retrying, unit_of_work
from eventos_core.enums.operations import IntegrationKind
from eventos_core.kernel.credentials import Credential
from eventos_core.kernel.errors import EventOSError, InvalidInput
from eventos_core.models.operations import Integration
from eventos_core.operations.integrations import opening
from eventos_core.operations.integrations.registry import Connection
from eventos_core.operations.messages import inboxes, reports
from eventos_core.operations.messages.inboxes import Mailbox

log = logging.getLogger(__name__)

READ = "read_returned_mail"
PER_RUN = 500
"""Reports that one run takes in; the next goes on."""
_MOST_BYTES = 256 * 1024
"""Of one report: what follows is the mail that came back."""


def read_all(credential: Credential) -> int:
    """Take in what came back to the mailboxes of the house of `credential`; returns how many reports were new.

    A mailbox that cannot be read is written down at its service and stops no other one.
    """
    taken = 0
    for integration_id in retrying(lambda: _services(credential)):
        try:
            connection, account = retrying(lambda one=integration_id: _opened(credential, one))  # type: ignore[misc]
            place = inboxes.mailbox(connection)
            if place is not None:
                taken += _take_in(place, account)
        except EventOSError as error:
            retrying(lambda one=integration_id, said=str(error): _failed(credential, one, said))  # type: ignore[misc]
    return taken


def _services(credential: Credential) -> list[int]:
    with unit_of_work(credential) as db:
        statement = select(Integration.id).where(
            Integration.account_id == db.context.account_id,
            Integration.kind == IntegrationKind.EMAIL,
            Integration.status.in_(opening.USED),
            Integration.settings[inboxes.HOST].astext != "",
        )
        return list(db.scalars(statement.order_by(Integration.id)))


def _opened(credential: Credential, integration_id: int) -> tuple[Connection, int]:
    with unit_of_work(credential) as db:
        return opening.opened(db, integration_id, purpose="returned mail"), db.context.account_id


def _failed(credential: Credential, integration_id: int, said: str) -> None:
    with unit_of_work(credential) as db:
        opening.report(db, integration_id, said)


def _take_in(place: Mailbox, account: int) -> int:
    taken = 0
    with inboxes.inbox(place) as imap:
        for uid in _reports(imap)[:PER_RUN]:
            _, found = imap.uid("FETCH", uid, f"(BODY.PEEK[]<0.{_MOST_BYTES}>)")
            raw = next((part[1] for part in found if isinstance(part, tuple)), b"")
            try:
                taken += reports.take(reports.parse_dsn(raw), provider="returned mail", of=account)
            except InvalidInput:
                log.info("A delivery report in the mailbox of account %d says nothing of a message", account)
            imap.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")
    return taken


def _reports(imap: imaplib.IMAP4) -> list[str]:
    _, found = imap.uid("SEARCH", "UNSEEN", "HEADER", "Content-Type", "delivery-status")
    return [uid.decode() for uid in (found[0] or b"").split()]
