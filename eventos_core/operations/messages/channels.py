"""The senders of one run: each opened once, through the house's own service where it has one, and what came of it."""

from __future__ import annotations

from sqlalchemy import select

from eventos_core.db.session import TenantSession, retrying, unit_of_work
from eventos_core.enums.operations import MessageChannel
from eventos_core.kernel.credentials import Credential
from eventos_core.kernel.errors import NotFound
from eventos_core.models.marketing import SocialMediaPlatform
from eventos_core.operations.integrations import opening
from eventos_core.operations.integrations.registry import CannotConnect, Connection
from eventos_core.operations.messages import senders
from eventos_core.operations.messages.senders import ChannelDown, Sender

Route = tuple[MessageChannel, int | None]
"""A channel, and the connected service that is to be used; None = the installation's."""


class Channels:
    """Open senders by route; `close` ends their connections and writes down which services worked."""

    def __init__(self, credential: Credential) -> None:
        self.credential = credential
        self._open: dict[Route, Sender] = {}
        self._worked: set[int] = set()
        self._failed: set[int] = set()

    def sender(self, route: Route) -> Sender:
        """The sender of that route. Raises ChannelDown, SetupError."""
        if route not in self._open:
            channel, integration_id = route
            if integration_id is None:
                self._open[route] = senders.choose(channel)
            else:
                self._open[route] = senders.of_house(self._connection(integration_id))
        return self._open[route]

    def worked(self, route: Route) -> None:
        """A message was taken."""
        if route[1] is not None:
            self._worked.add(route[1])

    def failed(self, route: Route, error: Exception) -> None:
        """The service does not answer, or lets nobody in: written down at once."""
        integration_id = route[1]
        if integration_id is not None:
            self._failed.add(integration_id)
            self._report(integration_id, str(error))

    def close(self) -> None:
        """End every connection; safe to call twice."""
        for sender in self._open.values():
            sender.close()
        self._open.clear()
        for integration_id in sorted(self._worked - self._failed):
            self._report(integration_id, None)
        self._worked.clear()

    def _connection(self, integration_id: int) -> Connection:
        def once() -> Connection:
            with unit_of_work(self.credential) as db:
                return opening.opened(db, integration_id, purpose="send")

        try:
            return retrying(once)
        except (CannotConnect, NotFound) as error:
            raise ChannelDown(str(error)) from error

    def _report(self, integration_id: int, error: str | None) -> None:
        def once() -> None:
            with unit_of_work(self.credential) as db:
                opening.report(db, integration_id, error)

        retrying(once)


def routes(db: TenantSession, rows: list[tuple[int, MessageChannel, int | None, int | None]]) -> dict[int, Route]:
    """Which way each message goes: (id, channel, integration it names, platform of a post) → route.

    Two queries at most. A post goes through its platform's own service and through no other one.
    """
    defaults = opening.serving(db) if rows else {}
    platforms = {platform for _, channel, _, platform in rows if channel is MessageChannel.SOCIAL and platform}
    through: dict[int, int | None] = {}
    if platforms:
        found = db.execute(
            select(SocialMediaPlatform.id, SocialMediaPlatform.integration_id).where(
                SocialMediaPlatform.account_id == db.context.account_id, SocialMediaPlatform.id.in_(platforms)
            )
        )
        through = {row.id: row.integration_id for row in found}
    chosen: dict[int, Route] = {}
    for row_id, channel, named, platform in rows:
        if channel is MessageChannel.SOCIAL:
            default = through.get(platform) if platform is not None else None
        else:
            default = defaults.get(senders.KINDS[channel]) if channel in senders.KINDS else None
        chosen[row_id] = (channel, named or default)
    return chosen
