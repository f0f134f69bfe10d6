"""The mail that brings an invitation, and what members are told about the team."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qs, urlsplit

from babel.dates import format_date

from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import PreferenceMode
from eventos_core.kernel.credentials import hash_token
from eventos_core.kernel.errors import InvalidInput
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations import site
from eventos_core.operations.messages import Message, MessageKind, enqueue, message_kind, senders
from eventos_core.operations.messages.notices import NoticeKind, notice_kind

INVITATION = message_kind(
    MessageKind(
        "team.invitation",
        "Invitation to the team",
        "To somebody who is invited to the house, with the link that opens it once.",
        "{{ inviter }} invites you to {{ house.name }}",
        "Hello {{ name }},\n\n{{ inviter }} invites you to work with {{ house.name }} in EventOS, as {{ role }}.\n\n"
        "[Accept the invitation]({{ link }})\n\nThe link is yours alone, opens once and ends on {{ expires }}.\n",
        {
            "name": "Name of the person invited",
            "inviter": "Who invites, or the house where nobody is named",
            "role": "The role they get",
            "link": "The link that opens the house; kept until the mail is sent",
            "expires": "Day on which the link ends",
        },
    )
)
RIGHTS_CHANGED = notice_kind(
    NoticeKind(
        "team.rights_changed",
        "Your rights changed",
        "Somebody changed what you may do in the house.",
        PreferenceMode.AT_ONCE,
    )
)
JOINED = notice_kind(NoticeKind("team.joined", "Somebody joined", "A person whom you invited joined the house."))


def mail_link(db: TenantSession, row: AccountUser, link: str | None, token_hash: bytes, expires: dt.datetime) -> bool:
    """Put the invitation's mail into the outbox; False without a link or where no mail can be sent.

    Raises InvalidInput for a link that does not open this very invitation here.
    """
    if link is None or not senders.mail_is_set_up():
        return False
    token = parse_qs(urlsplit(link).query).get("invitation", [""])[0]
    here = site.base_url()
    if hash_token(token) != token_hash or (here and not link.startswith(f"{here}/")):
        raise InvalidInput("This link does not open the invitation.", fields={"link": "Leave it to the page"})
    day = expires.astimezone(db.context.zone).date()
    values = {
        "name": row.display_name,
        "inviter": db.context.display_name if db.context.member_id else db.context.account_name,
        "role": row.role.label,
        "expires": format_date(day, "long", locale="en"),
    }
    message = Message(
        INVITATION.key, address=row.invited_email, values=values, secrets={"link": link},
        about="account_users", about_id=row.id, priority=2,
    )  # fmt: skip
    enqueue(db, message, idempotency_key=f"team.invitation:{row.id}:{token_hash.hex()[:24]}")
    return True
