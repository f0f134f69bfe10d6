"""Posts on social networks: Mastodon over its REST API, and a sandbox; one protocol for both."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from eventos_core.enums.marketing import SocialNetwork
from eventos_core.enums.operations import IntegrationKind
from eventos_core.operations.fields import Field, Kind
from eventos_core.operations.integrations.registry import Answer, CannotConnect, Connection, Provider, provider
from eventos_core.operations.messages.senders.base import ChannelDown, Deferred, Letter, Receipt, Refused
from eventos_core.operations.messages.senders.texts import HouseSandbox, as_object, asked, handed_over

_URL = re.compile(r'"url"\s*:\s*"(https?://[^"\s]+)"')
_VISIBILITY = {"public": "Public", "unlisted": "Public, out of the timelines", "private": "Followers only"}
_HANDLE = Field(
    "handle", "Name there", required=True, most=100, placeholder="maison.aurore", help="Without “@”; posts name it."
)


class MastodonSender:
    """A `Sender` over one account of a Mastodon server; it recognises a repeated post by its idempotency key."""

    name = "mastodon"
    repeatable = True

    def __init__(self, connection: Connection) -> None:
        self.given = connection.settings
        self.token = connection.secrets.get("token", "")

    def send(self, letter: Letter) -> Receipt:
        """Publish one post. Raises Deferred, Refused, Uncertain or ChannelDown."""
        body = urlencode({"status": letter.text.strip(), "visibility": self.given["visibility"]}).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Idempotency-Key": letter.message_id,
            **self._headers(),
        }
        answer = handed_over(self._url("/api/v1/statuses"), body, headers, repeatable=True)
        if answer.ok:
            # The answer is longer than what is read of it; its beginning names the post.
            found = _URL.search(answer.excerpt)
            return Receipt(found[1][:300] if found else f"Published ({answer.status}).")
        words = f"The server answered {answer.status}: {as_object(answer.excerpt).get('error') or 'no reason given'}"
        if answer.status in (401, 403):
            raise ChannelDown(words)
        raise Deferred(words) if answer.status == 429 or answer.status >= 500 else Refused(words)

    def try_out(self) -> Answer:
        """Ask whose token it is. Raises CannotConnect."""
        answer = asked(self._url("/api/v1/accounts/verify_credentials"), self._headers())
        if not answer.ok:
            reason = as_object(answer.excerpt).get("error") or "no reason given"
            raise CannotConnect(f"The server answered {answer.status}: {reason}.")
        return Answer(f"{self.given['server']} knows the token.", f"@{self.given['handle']}")

    def close(self) -> None:
        """Nothing to end."""

    def _url(self, path: str) -> str:
        return f"{self.given['server'].rstrip('/')}{path}"

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def network_of(provider_key: str, settings: Mapping[str, Any]) -> SocialNetwork:
    """The network that a service of that provider posts to."""
    if provider_key == "mastodon":
        return SocialNetwork.MASTODON
    return SocialNetwork(settings.get("network") or SocialNetwork.OTHER)


provider(
    Provider(
        "mastodon",
        IntegrationKind.SOCIAL,
        "Mastodon",
        "Posts on your account at a Mastodon server.",
        (
            Field("server", "Server", Kind.URL, required=True, placeholder="https://mastodon.example"),
            _HANDLE,
            Field("token", "Access token", Kind.SECRET, required=True,
                  help="Made there under Preferences, Development, with the scopes read:accounts and write:statuses."),
            Field("visibility", "Posts are", Kind.CHOICE, required=True, default="public", choices=_VISIBILITY),
        ),
        lambda connection: MastodonSender(connection).try_out(),
        MastodonSender,
        icon="share",
    )
)  # fmt: skip
provider(
    Provider(
        "social_sandbox",
        IntegrationKind.SOCIAL,
        "Social sandbox",
        "Posts are kept here instead of being published, to try things out.",
        (
            Field("network", "Network", Kind.CHOICE, required=True, default=SocialNetwork.INSTAGRAM.value,
                  choices={network.value: network.label for network in SocialNetwork}),
            _HANDLE,
        ),
        lambda connection: Answer("Posts are kept here; nobody sees them.", f"@{connection.settings['handle']}"),
        lambda _: HouseSandbox("social"),
        icon="science",
    )
)  # fmt: skip
