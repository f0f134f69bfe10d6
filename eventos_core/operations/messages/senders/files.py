"""Development adapters: what would be sent is written as files, so that it can be looked at and reaches nobody."""

from __future__ import annotations

import json
import re
from pathlib import Path

from eventos_core.operations.messages import mime
from eventos_core.operations.messages.senders.base import ChannelDown, Letter, Receipt, Refused


class MailFiles:
    """A `Sender` that writes each e-mail as an .eml file, which any mail program opens."""

    name = "file"
    repeatable = True

    def __init__(self, folder: Path, mail_from: str) -> None:
        self.folder = folder
        self.mail_from = mail_from

    def send(self, letter: Letter) -> Receipt:
        """Write one file, named by time and Message-ID. Raises ChannelDown, Refused for an address under .invalid."""
        _refuse_invalid(letter)
        name = f"{_stem(letter)}.eml"
        _write(self.folder, name, mime.as_bytes(mime.build(letter, self.mail_from)))
        return Receipt(f"Written as {name}")

    def close(self) -> None:
        """Nothing to end."""


class Sandbox:
    """A `Sender` for text messages and social posts that writes what a provider would get, as JSON."""

    name = "sandbox"
    repeatable = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, letter: Letter) -> Receipt:
        """Write one file. Raises ChannelDown, Refused for an address under .invalid."""
        _refuse_invalid(letter)
        name = f"{_stem(letter)}.json"
        content = {"id": letter.message_id, "to": letter.address, "title": letter.subject, "text": letter.text}
        _write(self.folder, name, json.dumps(content, ensure_ascii=False, indent=1).encode())
        return Receipt(f"Written as {name}")

    def close(self) -> None:
        """Nothing to end."""


def _refuse_invalid(letter: Letter) -> None:
    # RFC 2606: nothing under .invalid exists; every real server would say so too.
    if letter.address.lower().rstrip(".").endswith(".invalid"):
        raise Refused(f"550 5.1.2 There is no such domain: {letter.address.rpartition('@')[2]}", bounced=True)


def _stem(letter: Letter) -> str:
    return f"{letter.sent_at:%Y%m%d-%H%M%S}-{re.sub(r'[^A-Za-z0-9.-]', '_', letter.message_id)}"


def _write(folder: Path, name: str, content: bytes) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    except OSError as error:
        raise ChannelDown(f"The mailbox {folder} cannot be written: {error.strerror}.") from error
