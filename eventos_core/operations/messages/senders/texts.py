"""Text messages: Twilio, any gateway with an HTTP address, and a sandbox; one protocol for all three.

None of the two real ones recognises a text that is handed over twice. So where the answer was lost, the text counts as
failed with the reason, and a person decides; it is never sent again by itself.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from eventos_core.enums.operations import IntegrationKind
from eventos_core.operations import outbound
from eventos_core.operations.fields import Field, Kind
from eventos_core.operations.integrations.registry import Answer, CannotConnect, Connection, Provider, provider
from eventos_core.operations.messages import settings
from eventos_core.operations.messages.senders.base import ChannelDown, Deferred, Letter, Receipt, Refused, Uncertain
from eventos_core.operations.messages.senders.files import Sandbox

TWILIO = "https://api.twilio.com"
_GONE = {21211, 21614}
"""Twilio's codes for a number that does not exist or takes no texts."""
_DECLINED = {21610}
"""Twilio's code for a number whose owner answered STOP."""


class TwilioSender:
    """A `Sender` over Twilio's Messages resource."""

    name = "twilio"
    repeatable = False

    def __init__(self, connection: Connection) -> None:
        self.given = connection.settings
        self.token = connection.secrets.get("auth_token", "")

    def send(self, letter: Letter) -> Receipt:
        """Hand one text over. Raises Deferred, Refused, Uncertain or ChannelDown."""
        wanted = {"To": letter.address, "Body": letter.text.strip()}
        sender = self.given["sender"]
        wanted["MessagingServiceSid" if sender.startswith("MG") else "From"] = sender
        body = urlencode(wanted).encode()
        answer = handed_over(self._url("/Messages.json"), body, self._headers())
        said = as_object(answer.excerpt)
        if answer.ok:
            return Receipt(f"{said.get('status', 'queued')} {said.get('sid', '')}".strip())
        words = str(said.get("message") or f"Twilio answered {answer.status}.")
        code = said.get("code")
        if answer.status in (401, 403):
            raise ChannelDown(f"Twilio refused the credentials: {words}")
        if answer.status == 429 or answer.status >= 500:
            raise Deferred(words)
        raise Refused(words, bounced=code in _GONE or code in _DECLINED)

    def try_out(self) -> Answer:
        """Ask for the account. Raises CannotConnect."""
        answer = asked(self._url(".json"), self._headers())
        said = as_object(answer.excerpt)
        if not answer.ok:
            raise CannotConnect(f"Twilio answered {answer.status}: {said.get('message') or 'no reason given'}.")
        if said.get("status") not in (None, "active"):
            raise CannotConnect(f"The account at Twilio is {said['status']}.")
        name = str(said.get("friendly_name") or self.given["account_sid"])
        return Answer(f"Twilio knows the account {name}.", name)

    def close(self) -> None:
        """Nothing to end."""

    def _url(self, path: str) -> str:
        base = self.given.get("base_url") or TWILIO
        return f"{base.rstrip('/')}/2010-04-01/Accounts/{quote(self.given['account_sid'], safe='')}{path}"

    def _headers(self) -> dict[str, str]:
        login = base64.b64encode(f"{self.given['account_sid']}:{self.token}".encode()).decode()
        return {"Authorization": f"Basic {login}", "Content-Type": "application/x-www-form-urlencoded"}


class GatewaySender:
    """A `Sender` over any gateway that takes a text by POST, as a form or as JSON, under field names of its own."""

    name = "sms_http"
    repeatable = False

    def __init__(self, connection: Connection) -> None:
        self.given = connection.settings
        self.token = connection.secrets.get("token", "")

    def send(self, letter: Letter) -> Receipt:
        """Hand one text over. Raises Deferred, Refused, Uncertain or ChannelDown."""
        given = self.given
        wanted = {given["to_field"]: letter.address, given["text_field"]: letter.text.strip()}
        if given.get("sender"):
            wanted[given["sender_field"]] = given["sender"]
        if given.get("id_field"):
            wanted[given["id_field"]] = letter.message_id
        as_form = given["body"] == "form"
        body = urlencode(wanted).encode() if as_form else json.dumps(wanted, ensure_ascii=False).encode()
        kind = "application/x-www-form-urlencoded" if as_form else "application/json"
        answer = handed_over(given["url"], body, {"Content-Type": kind, **self._headers()})
        if answer.ok:
            return Receipt(answer.excerpt.strip()[:300] or str(answer.status))
        words = f"The gateway answered {answer.status} {answer.excerpt.strip()[:200]}".strip()
        if answer.status in (401, 403):
            raise ChannelDown(words)
        raise Deferred(words) if answer.status == 429 or answer.status >= 500 else Refused(words)

    def try_out(self) -> Answer:
        """Ask the address meant for trying; without one, whether the gateway is there at all. Raises CannotConnect."""
        url = self.given.get("test_url")
        if url:
            answer = asked(url, self._headers())
            if not answer.ok:
                raise CannotConnect(f"The gateway answered {answer.status} {answer.excerpt.strip()[:200]}".strip())
            return Answer(f"The gateway answered {answer.status} to the address for trying.")
        asked(self.given["url"], self._headers())
        return Answer("The gateway's address answers. Whether it takes texts shows when you send one.")

    def close(self) -> None:
        """Nothing to end."""

    def _headers(self) -> dict[str, str]:
        if not self.token:
            return {}
        scheme = self.given.get("scheme") or ""
        return {self.given["token_header"]: f"{scheme} {self.token}".strip()}


class HouseSandbox(Sandbox):
    """A sandbox of one house: what would be sent stands in the outbox, and as a file where there is a folder."""

    def __init__(self, kind: str) -> None:
        folder = settings.mailbox()
        self.writes = folder is not None
        super().__init__((folder or settings.NOWHERE) / kind)

    def send(self, letter: Letter) -> Receipt:
        """Keep it. Raises Refused for an address under .invalid."""
        if self.writes:
            return super().send(letter)
        return Receipt("Kept here, not sent.")


def handed_over(url: str, body: bytes, headers: Mapping[str, str], *, repeatable: bool = False) -> outbound.Answer:
    """POST once, with the network's failures as senders say them. Raises ChannelDown, Deferred, Uncertain."""
    try:
        return outbound.post(url, body, headers, allow_private=settings.private_addresses_allowed())
    except outbound.AddressRefused as error:
        raise ChannelDown(str(error)) from error
    except outbound.NoAnswer as error:
        if error.sent:
            words = f"{error} It may have been taken."
            raise Uncertain(words, repeatable=repeatable) from error
        raise Deferred(str(error)) from error


def asked(url: str, headers: Mapping[str, str]) -> outbound.Answer:
    """GET once. Raises CannotConnect, AddressRefused."""
    try:
        return outbound.get(url, headers, allow_private=settings.private_addresses_allowed())
    except outbound.NoAnswer as error:
        raise CannotConnect(str(error)) from error


def as_object(body: str) -> dict[str, Any]:
    """A JSON object; empty for anything else."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _problems(values: Mapping[str, Any]) -> Mapping[str, str]:
    wrong = {}
    if not re.fullmatch(r"[A-Za-z0-9-]+", values["token_header"]):
        wrong["token_header"] = "Letters, digits and hyphens"  # noqa: S105 a field
    if not (values.get("scheme") or "").isascii():
        wrong["scheme"] = "Plain letters"
    return wrong


provider(
    Provider(
        "twilio",
        IntegrationKind.SMS,
        "Twilio",
        "Texts over your account at Twilio.",
        (
            Field("account_sid", "Account SID", required=True, least=2, most=64, placeholder="AC…"),
            Field("auth_token", "Auth token", Kind.SECRET, required=True),
            Field("sender", "Sender", required=True, most=40,
                  help="A number of yours as +33…, a name, or the SID of a messaging service."),
            Field("base_url", "Address of the service", Kind.URL, help="Empty for Twilio itself; for a region of its."),
        ),
        lambda connection: TwilioSender(connection).try_out(),
        TwilioSender,
        icon="sms",
    )
)  # fmt: skip
provider(
    Provider(
        "sms_http",
        IntegrationKind.SMS,
        "Text gateway",
        "Texts over any gateway that takes them by HTTP.",
        (
            Field("url", "Address", Kind.URL, required=True, placeholder="https://gateway.example/send"),
            Field("body", "Sent as", Kind.CHOICE, required=True, default="json",
                  choices={"json": "JSON", "form": "Form fields"}),
            Field("to_field", "Field of the number", required=True, default="to", most=60),
            Field("text_field", "Field of the text", required=True, default="text", most=60),
            Field("sender_field", "Field of the sender", required=True, default="from", most=60),
            Field("sender", "Sender", most=40, help="Left out where it is empty."),
            Field("id_field", "Field of our id", most=60, help="Where the gateway takes one; left out where empty."),
            Field("token_header", "Header of the key", required=True, default="Authorization", most=60),
            Field("scheme", "Before the key", default="Bearer", most=30),
            Field("token", "Key", Kind.SECRET),
            Field("test_url", "Address for trying", Kind.URL, help="Answers a GET with the key, as a balance does."),
        ),
        lambda connection: GatewaySender(connection).try_out(),
        GatewaySender,
        _problems,
        icon="sms",
    )
)  # fmt: skip
provider(
    Provider(
        "sms_sandbox",
        IntegrationKind.SMS,
        "Text sandbox",
        "Texts are kept here instead of being sent, to try things out.",
        (),
        lambda _: Answer("Texts are kept here; nobody gets them."),
        lambda _: HouseSandbox("sms"),
        icon="science",
    )
)
