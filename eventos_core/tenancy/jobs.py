"""Jobs of logins: the mails that belong to no house."""

from __future__ import annotations

from eventos_core.operations.jobs.registry import nightly
from eventos_core.tenancy import login_mails


@nightly("send_login_mails", cron="* * * * *")
def send_login_mails() -> None:
    """Send the mails about logins that are due; one that is asked for now queues this job at once."""
    login_mails.send_due()
