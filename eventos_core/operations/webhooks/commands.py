"""Writing endpoints: add, change, rotate the secret, switch on and off, remove, test, deliver again.

The secret is made where it is shown and comes in as an input, like an invitation's token: what a command returns is
kept for idempotency, and a secret must not be.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from eventos_core.db.editing import edit, get
from eventos_core.db.registry import CLIENTS, command
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import EndpointStatus, WebhookStatus
from eventos_core.kernel import clock
from eventos_core.kernel.errors import AlreadyExists, InvalidInput, NotAllowedNow, NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.events import Event
from eventos_core.models.operations import WebhookDelivery, WebhookEndpoint
from eventos_core.operations import encryption, outbound
from eventos_core.operations.webhooks import firing

OVERLAP = dt.timedelta(hours=24)
"""How long a secret goes on signing after it was changed."""
MANAGES = Permission.TEAM_MANAGE
"""The database lets nobody else write endpoints."""


@dataclass(frozen=True)
class AddEndpoint:
    """An address to tell. `facts` are names, or `*` for all; `secret` is at least 32 characters."""

    name: str
    url: str
    facts: tuple[str, ...]
    secret: str
    event_id: int | None = None


@dataclass(frozen=True)
class EditEndpoint:
    """An endpoint as it should be; `version` is the one that was edited."""

    endpoint_id: int
    version: int
    name: str
    url: str
    facts: tuple[str, ...]
    event_id: int | None = None


@dataclass(frozen=True)
class RotateSecret:
    """Another secret; the one before signs beside it for 24 hours."""

    endpoint_id: int
    version: int
    secret: str


@dataclass(frozen=True)
class SwitchEndpoint:
    """Pause an endpoint, or serve it again."""

    endpoint_id: int
    version: int
    active: bool


@dataclass(frozen=True)
class OneEndpoint:
    """An endpoint of the house."""

    endpoint_id: int


@dataclass(frozen=True)
class EndpointSaved:
    """The endpoint's id and version after the command."""

    endpoint_id: int
    version: int


@dataclass(frozen=True)
class Redeliver:
    """A delivery to send again."""

    delivery_id: int


@dataclass(frozen=True)
class DeliveryQueued:
    """The delivery that goes out."""

    delivery_id: int


@command(requires=MANAGES, actors=CLIENTS)
def add_endpoint(db: TenantSession, cmd: AddEndpoint) -> EndpointSaved:
    """Add an endpoint; it is told from now on. Raises InvalidInput, AlreadyExists, NotFound for the event."""
    values = _checked(db, cmd)
    if db.scalar(_by_url(db, values["url"])) is not None:
        raise AlreadyExists("This address is told already.", hint="Change the facts that it is told.")
    # The id is part of the seal, and the column may not be empty.
    row = WebhookEndpoint(secret=b"", **values)
    db.add(row)
    db.flush()
    row.secret = _sealed(row, "secret", cmd.secret)
    db.flush()
    db.refresh(row)
    return EndpointSaved(row.id, row.version)


@command(requires=MANAGES, actors=CLIENTS)
def edit_endpoint(db: TenantSession, cmd: EditEndpoint) -> EndpointSaved:
    """Change name, address and facts. Raises InvalidInput, AlreadyExists, NotFound, EditConflict."""
    values = _checked(db, cmd)
    if db.scalar(_by_url(db, values["url"])) not in (None, cmd.endpoint_id):
        raise AlreadyExists("This address is told already.", hint="Change the facts that it is told.")
    row = edit(db, WebhookEndpoint, cmd.endpoint_id, cmd.version, values, what="endpoint")
    return EndpointSaved(row.id, row.version)


@command(requires=MANAGES, actors=CLIENTS)
def rotate_secret(db: TenantSession, cmd: RotateSecret) -> EndpointSaved:
    """Sign with another secret; for 24 hours both sign. Raises InvalidInput, NotFound, EditConflict."""
    if wrong := _wrong_secret(cmd.secret):
        raise InvalidInput("The secret must have 32 to 200 characters.", fields=wrong)
    row = get(db, WebhookEndpoint, cmd.endpoint_id, lock=True, what="endpoint")
    before = encryption.decrypt(row.account_id, "webhook_endpoints", "secret", row.id, row.secret)
    changes = {
        "secret": _sealed(row, "secret", cmd.secret),
        "previous_secret": _sealed(row, "previous_secret", before),
        "previous_secret_until": clock.now() + OVERLAP,
    }
    row = edit(db, WebhookEndpoint, cmd.endpoint_id, cmd.version, changes, what="endpoint")
    return EndpointSaved(row.id, row.version)


@command(requires=MANAGES, actors=CLIENTS)
def switch_endpoint(db: TenantSession, cmd: SwitchEndpoint) -> EndpointSaved:
    """Pause it, or serve it again, its failures forgotten; what waits goes out then. Raises NotFound, EditConflict."""
    changes: dict[str, Any] = {"status": EndpointStatus.ACTIVE if cmd.active else EndpointStatus.PAUSED}
    if cmd.active:
        changes |= {"failures": 0, "last_error": None}
    row = edit(db, WebhookEndpoint, cmd.endpoint_id, cmd.version, changes, what="endpoint")
    if cmd.active:
        firing.soon(db)
    return EndpointSaved(row.id, row.version)


@command(requires=MANAGES, actors=CLIENTS)
def remove_endpoint(db: TenantSession, cmd: OneEndpoint) -> EndpointSaved:
    """Remove an endpoint with its log. Raises NotFound."""
    row = get(db, WebhookEndpoint, cmd.endpoint_id, lock=True, what="endpoint")
    gone = EndpointSaved(row.id, row.version)
    db.execute(
        delete(WebhookEndpoint).where(WebhookEndpoint.account_id == row.account_id, WebhookEndpoint.id == row.id)
    )
    return gone


@command(requires=MANAGES, actors=CLIENTS)
def ping_endpoint(db: TenantSession, cmd: OneEndpoint) -> DeliveryQueued:
    """Send a Ping, also to a paused endpoint. Raises NotFound."""
    row = get(db, WebhookEndpoint, cmd.endpoint_id, what="endpoint")
    return DeliveryQueued(firing.add(db, row.id, firing.PING, {"test": uuid.uuid4().hex}))


@command(requires=MANAGES, actors=CLIENTS)
def redeliver(db: TenantSession, cmd: Redeliver) -> DeliveryQueued:
    """Send it again under the same id, by which the receiver knows the repeat. Raises NotFound, NotAllowedNow."""
    row = get(db, WebhookDelivery, cmd.delivery_id, lock=True, what="delivery")
    if row.status in (WebhookStatus.PENDING, WebhookStatus.RETRYING):
        raise NotAllowedNow("This delivery is on its way already.")
    row.status, row.attempts, row.delivered_at = WebhookStatus.PENDING, 0, None
    row.next_attempt_at = clock.now()
    db.flush()
    firing.soon(db)
    return DeliveryQueued(row.id)


def _checked(db: TenantSession, given: AddEndpoint | EditEndpoint) -> dict[str, Any]:
    """Columns as they are stored, but for the secret. Raises InvalidInput with every wrong field, NotFound."""
    name, url = given.name.strip(), given.url.strip()
    facts = sorted(set(given.facts))
    wrong = _wrong_secret(given.secret) if isinstance(given, AddEndpoint) else {}
    if not 1 <= len(name) <= 200:
        wrong["name"] = "1 to 200 characters"
    try:
        outbound.check(url)
    except outbound.AddressRefused as error:
        wrong["url"] = str(error)
    if " " in url or len(url) > 2000:
        wrong["url"] = "An address without spaces, at most 2 000 characters"
    known = {"*", *firing.told()}
    if unknown := sorted(set(facts) - known):
        wrong["facts"] = f"There is no {', '.join(unknown[:5])}; known are {', '.join(sorted(known))}"
    elif not facts:
        wrong["facts"] = "Choose from the list"
    if wrong:
        raise InvalidInput("Check the marked fields.", fields=wrong)
    if given.event_id is not None:
        event = select(Event.id).where(Event.account_id == db.context.account_id, Event.id == given.event_id)
        if db.scalar(event) is None:
            raise NotFound("This event does not exist.")
    return {"name": name, "url": url, "facts": facts, "event_id": given.event_id}


def _wrong_secret(secret: str) -> dict[str, str]:
    return {} if 32 <= len(secret) <= 200 else {"secret": "32 to 200 characters"}


def _by_url(db: TenantSession, url: str) -> Any:
    return select(WebhookEndpoint.id).where(
        WebhookEndpoint.account_id == db.context.account_id, WebhookEndpoint.url == url
    )


def _sealed(row: WebhookEndpoint, column: str, secret: str) -> bytes:
    return encryption.encrypt(row.account_id, "webhook_endpoints", column, row.id, secret)
