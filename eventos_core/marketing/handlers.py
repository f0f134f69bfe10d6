"""What marketing does about connected services: each social one is an account that posts can name."""

from __future__ import annotations

from sqlalchemy import select

from eventos_core.db.facts import on
from eventos_core.db.session import TenantSession
from eventos_core.enums.marketing import ConnectionStatus
from eventos_core.enums.operations import IntegrationKind
from eventos_core.kernel.errors import AlreadyExists
from eventos_core.kernel.facts import IntegrationRemoved, IntegrationSaved
from eventos_core.models.marketing import SocialMediaPlatform
from eventos_core.models.operations import Integration
from eventos_core.operations.messages.senders.posts import network_of


@on(IntegrationSaved)
def keep_platform(db: TenantSession, fact: IntegrationSaved) -> None:
    """The account that the service posts to: one of that name is taken over, else it is added.

    Raises AlreadyExists where another service posts to it.
    """
    service = db.scalars(
        select(Integration).where(
            Integration.account_id == db.context.account_id, Integration.id == fact.integration_id
        )
    ).one()
    if service.kind is not IntegrationKind.SOCIAL:
        return
    network, handle = network_of(service.provider, service.settings), service.settings["handle"].removeprefix("@")
    mine = SocialMediaPlatform.account_id == db.context.account_id
    own = db.scalars(select(SocialMediaPlatform).where(mine, SocialMediaPlatform.integration_id == service.id)).first()
    named = db.scalars(
        select(SocialMediaPlatform).where(
            mine, SocialMediaPlatform.network == network, SocialMediaPlatform.handle == handle
        )
    ).one_or_none()
    if named is not None and named.integration_id not in (None, service.id):
        raise AlreadyExists(f"Another service posts to {handle} already.", hint="Change that one, or remove it.")
    if own is not None and named is not None and own.id != named.id:
        own.integration_id, own.status = None, ConnectionStatus.DISCONNECTED
    row = named or own
    if row is None:
        row = SocialMediaPlatform(network=network, handle=handle, name=f"{network.label} @{handle}"[:200])
        db.add(row)
    row.network, row.handle = network, handle
    row.integration_id, row.status, row.archived_at = service.id, ConnectionStatus.CONNECTED, None
    db.flush()


@on(IntegrationRemoved)
def let_platform_go(db: TenantSession, fact: IntegrationRemoved) -> None:
    """The account stays with its posts; nothing is posted to it any more."""
    rows = db.scalars(
        select(SocialMediaPlatform).where(
            SocialMediaPlatform.account_id == db.context.account_id,
            SocialMediaPlatform.integration_id == fact.integration_id,
        )
    ).all()
    for row in rows:
        row.integration_id, row.status = None, ConnectionStatus.DISCONNECTED
    db.flush()
