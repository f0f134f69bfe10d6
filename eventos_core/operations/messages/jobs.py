"""Jobs of messages: sending what is due in one house, and looking once a minute in which houses something is."""

from __future__ import annotations

from sqlalchemy import text

from eventos_core.db.engine import app_engine
from eventos_core.kernel.credentials import JobCredential
from eventos_core.operations.jobs.registry import long_job, nightly
from eventos_core.operations.messages import returned, sending
from eventos_core.operations.messages.outbox import SEND


@long_job(SEND, title="Send messages")
def send_messages(credential: JobCredential) -> None:
    """Send the messages of this house that are due."""
    sending.send_due(credential)


@long_job(returned.READ, title="Read returned mail")
def read_returned_mail(credential: JobCredential) -> None:
    """Take in what came back to the mailboxes of this house's own mail servers."""
    returned.read_all(credential)


@nightly("queue_returned_mail", cron="*/15 * * * *")
def queue_returned_mail() -> None:
    """Queue the reading of mailboxes in every house whose own mail server names one."""
    with app_engine().begin() as connection:
        connection.execute(text("select app.defer_returned_mail()"))


@nightly("queue_outgoing", cron="* * * * *")
def queue_outgoing() -> None:
    """Queue the sending of messages and webhooks in every house that has something due."""
    with app_engine().begin() as connection:
        connection.execute(text("select app.defer_due_outgoing()"))
