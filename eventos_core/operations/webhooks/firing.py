"""Facts on their way out: one row for each endpoint that asked for them, in the transaction of the fact itself."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import any_, func, literal, or_, select

from eventos_core.db.facts import on_every
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import EndpointStatus
from eventos_core.kernel import clock
from eventos_core.kernel.facts import (
    ContactsMerged,
    EventCreated,
    EventMoved,
    EventStatusChanged,
    Fact,
    MarketingDeclined,
    MemberJoined,
    RightsChanged,
)
from eventos_core.models.operations import WebhookDelivery, WebhookEndpoint

DELIVER = "deliver_webhooks"
PING = "Ping"
"""What a test sends."""

_TOLD: dict[str, type[Fact]] = {}


def tell(*facts: type[Fact]) -> None:
    """Let endpoints ask for these facts; called at import by the domain that knows them. Names are their classes'."""
    _TOLD.update({fact.__name__: fact for fact in facts})


def told() -> Mapping[str, str]:
    """What endpoints may ask for: the fact's name and what it says."""
    return {name: (fact.__doc__ or "").partition("\n")[0] for name, fact in sorted(_TOLD.items())}


_LABELS = {"*": "Everything", "Ping": "Test"}


def label(fact: str) -> str:
    """A fact's name in words: `EventStatusChanged` is “Event status changed”, `OpportunityWon` “Deal won”."""
    if fact in _LABELS:
        return _LABELS[fact]
    return re.sub(r"(?<!^)(?=[A-Z])", " ", fact.replace("Opportunity", "Deal")).capitalize()


tell(ContactsMerged, EventCreated, EventMoved, EventStatusChanged, MarketingDeclined, MemberJoined, RightsChanged)


@on_every
def fire(db: TenantSession, fact: Fact) -> None:
    """Queue the fact for every endpoint that asked for it; one query where none did."""
    name = type(fact).__name__
    if name not in _TOLD:
        return
    values = {key: _plain(value) for key, value in dataclasses.asdict(fact).items()}
    wanted = or_(literal(name) == any_(WebhookEndpoint.facts), literal("*") == any_(WebhookEndpoint.facts))
    event_id = values.get("event_id")
    endpoints = db.scalars(
        select(WebhookEndpoint.id).where(
            WebhookEndpoint.account_id == db.context.account_id,
            WebhookEndpoint.status == EndpointStatus.ACTIVE,
            wanted,
            or_(WebhookEndpoint.event_id.is_(None), WebhookEndpoint.event_id == event_id),
        )
    ).all()
    for endpoint_id in endpoints:
        add(db, endpoint_id, name, values)


def add(db: TenantSession, endpoint_id: int, fact: str, data: Mapping[str, Any]) -> int:
    """Queue one delivery and let it go once the transaction has committed; returns its id."""
    body = {"fact": fact, "house": db.context.account_slug, "at": clock.now().isoformat(), "data": dict(data)}
    row = WebhookDelivery(endpoint_id=endpoint_id, fact=fact, payload=body)
    db.add(row)
    db.flush()
    soon(db)
    return row.id


def soon(db: TenantSession) -> None:
    """Let the delivering job run as soon as this transaction has committed."""
    db.execute(select(func.app.defer_outgoing(DELIVER)))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (dt.datetime, dt.date)) else value
