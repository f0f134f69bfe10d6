"""A letter as an e-mail: plain text with an HTML alternative, the headers that mail programs ask for."""

from __future__ import annotations

import html
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from eventos_core.kernel.errors import EventOSError
from eventos_core.operations.messages.senders.base import Letter, Refused

_FRAME = (
    '<!doctype html><html><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1"></head>'
    '<body style="margin:0;background:#f6f4f0;color:#1f1d1a;'
    'font:16px/1.5 -apple-system,Segoe UI,Roboto,Arial,sans-serif">'
    '<div style="max-width:600px;margin:0 auto;padding:24px"><div style="background:#fff;padding:24px 28px;'
    'border-radius:8px">{body}</div><p style="color:#6b665e;font-size:13px;padding:0 28px">{foot}</p></div>'
    "</body></html>"
)


def build(letter: Letter, mail_from: str) -> EmailMessage:
    """The e-mail. Raises Refused for an address or a header that no e-mail can carry."""
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = Address(display_name=_one_line(letter.sender or letter.house), addr_spec=mail_from)
        message["To"] = Address(display_name=_one_line(letter.name), addr_spec=letter.address)
        message["Subject"] = _one_line(letter.subject)
        message["Message-ID"] = f"<{letter.message_id}>"
        message["Date"] = letter.sent_at
        if letter.reply_to:
            message["Reply-To"] = Address(addr_spec=letter.reply_to)
        for name, value in letter.headers.items():
            message[name] = value
    except (ValueError, EventOSError, IndexError) as error:
        raise Refused(f"This cannot be written as an e-mail to {letter.address}: {error}.") from error
    message.set_content(footed(letter))
    message.add_alternative(framed(letter), subtype="html")
    for file in letter.attachments:
        kind, _, subtype = file.content_type.partition("/")
        message.add_attachment(
            file.content, maintype=kind, subtype=subtype or "octet-stream", filename=_one_line(file.name)
        )
    return message


def framed(letter: Letter) -> str:
    """The HTML part: the rendered Markdown in a plain frame, without images or fonts from elsewhere."""
    foot = html.escape(letter.house)
    if link := _unsubscribe(letter):
        foot += f' · <a href="{html.escape(link)}">Unsubscribe</a>'
    signature = "<br>".join(html.escape(line) for line in letter.signature.splitlines())
    signed = f'{letter.html}<p style="color:#6b665e">{signature}</p>' if signature else letter.html
    return _FRAME.format(body=signed, foot=foot)


def footed(letter: Letter) -> str:
    """The text part: the wording, and what the HTML part has under it too: signature, house, link to unsubscribe."""
    foot = [letter.signature.strip("\n"), ""] if letter.signature else []
    foot.append(letter.house)
    if link := _unsubscribe(letter):
        foot.append(f"Unsubscribe: {link}")
    return f"{letter.text}\n-- \n" + "\n".join(foot) + "\n"


def _unsubscribe(letter: Letter) -> str:
    return letter.headers.get("List-Unsubscribe", "").strip(" <>")


def as_bytes(message: EmailMessage) -> bytes:
    """The e-mail as it travels, with CRLF line ends."""
    return message.as_bytes(policy=SMTP)


def _one_line(text: str) -> str:
    return " ".join(text.split())
