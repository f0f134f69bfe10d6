"""Delivering what is due: claimed with a lease, posted outside any transaction, written down one by one."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from sqlalchemy import select, text

from eventos_core.db.session import TenantSession, retrying, unit_of_work
from eventos_core.enums.operations import EndpointStatus, WebhookStatus
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import Credential, JobCredential
from eventos_core.kernel.errors import EventOSError, SetupError
from eventos_core.models.operations import WebhookDelivery, WebhookEndpoint
from eventos_core.operations import encryption, outbound, signing
from eventos_core.operations.jobs.registry import long_job
from eventos_core.operations.messages import settings
from eventos_core.operations.messages.sending import wait_after
from eventos_core.operations.webhooks import firing

BATCH = 20
PER_RUN = 200
LEASE = dt.timedelta(minutes=10)
ATTEMPTS = 8
"""Tries of one delivery, over about a day."""
FAILURES = 30
"""Failures in a row after which an endpoint is no longer told, until a person switches it on."""


@dataclass(frozen=True)
class _Post:
    delivery_id: int
    endpoint_id: int
    url: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class _Outcome:
    status: int | None
    excerpt: str
    duration_ms: int | None
    ok: bool
    final: bool = False


@long_job(firing.DELIVER, title="Deliver webhooks")
def deliver_webhooks(credential: JobCredential) -> None:
    """Tell the house's own systems what happened."""
    deliver_due(credential)


def deliver_due(credential: Credential) -> int:
    """Deliver what is due in the house of `credential`, at most 200; returns how many were taken by their receivers."""
    taken = left = 0
    for _ in range(PER_RUN // BATCH):
        posts = retrying(lambda: _claim(credential))
        if not posts:
            return taken
        for post in posts:
            outcome = _send(post)
            _record(credential, post, outcome)
            taken += outcome.ok
        left += len(posts)
    if left >= PER_RUN:
        with unit_of_work(credential) as db:
            firing.soon(db)
    return taken


def _claim(credential: Credential) -> list[_Post]:
    with unit_of_work(credential) as db:
        account = db.context.account_id
        ids = db.scalars(
            text(
                "update webhook_deliveries w set next_attempt_at = now() + :lease, attempts = w.attempts + 1,"
                "       status = 'retrying'"
                "  from (select d.id from webhook_deliveries d"
                "          join webhook_endpoints e on e.account_id = d.account_id and e.id = d.endpoint_id"
                "         where d.account_id = :account and d.status in ('pending', 'retrying')"
                "           and d.next_attempt_at <= now() and (e.status = 'active' or d.fact = :ping)"
                "         order by d.next_attempt_at limit :size for update of d skip locked) due"
                " where w.account_id = :account and w.id = due.id returning w.id"
            ),
            {"account": account, "lease": LEASE, "size": BATCH, "ping": firing.PING},
        ).all()
        rows = db.execute(
            select(WebhookDelivery, WebhookEndpoint)
            .join(
                WebhookEndpoint,
                (WebhookEndpoint.account_id == WebhookDelivery.account_id)
                & (WebhookEndpoint.id == WebhookDelivery.endpoint_id),
            )
            .where(WebhookDelivery.account_id == account, WebhookDelivery.id.in_(ids))
            .order_by(WebhookDelivery.id)
        ).all()
        return [_post(delivery, endpoint) for delivery, endpoint in rows]


def _post(delivery: WebhookDelivery, endpoint: WebhookEndpoint) -> _Post:
    body = json.dumps(delivery.payload, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json",
        "X-EventOS-Delivery": str(delivery.public_id),
        "X-EventOS-Fact": delivery.fact,
        signing.HEADER: signing.sign(body, *_secrets(endpoint)),
    }
    return _Post(delivery.id, endpoint.id, endpoint.url, body, headers)


def _secrets(endpoint: WebhookEndpoint) -> list[bytes]:
    place = (endpoint.account_id, "webhook_endpoints")
    found = [encryption.decrypt(*place, "secret", endpoint.id, endpoint.secret)]
    until = endpoint.previous_secret_until
    if endpoint.previous_secret is not None and until is not None and until > clock.now():
        found.append(encryption.decrypt(*place, "previous_secret", endpoint.id, endpoint.previous_secret))
    return [secret.encode() for secret in found]


def _send(post: _Post) -> _Outcome:
    try:
        private = settings.private_addresses_allowed()
        answer = outbound.post(post.url, post.body, post.headers, allow_private=private)
    except outbound.AddressRefused as error:
        return _Outcome(None, str(error), None, ok=False, final=True)
    except (EventOSError, SetupError) as error:
        return _Outcome(None, str(error), None, ok=False)
    return _Outcome(answer.status, answer.excerpt, answer.duration_ms, ok=answer.ok, final=answer.status == 410)


def _record(credential: Credential, post: _Post, outcome: _Outcome) -> None:
    def once() -> None:
        with unit_of_work(credential) as db:
            _write(db, post, outcome)

    retrying(once)


def _write(db: TenantSession, post: _Post, outcome: _Outcome) -> None:
    account, now = db.context.account_id, clock.now()
    endpoint = db.scalars(
        select(WebhookEndpoint)
        .where(WebhookEndpoint.account_id == account, WebhookEndpoint.id == post.endpoint_id)
        .with_for_update()
    ).one_or_none()
    delivery = db.scalars(
        select(WebhookDelivery)
        .where(WebhookDelivery.account_id == account, WebhookDelivery.id == post.delivery_id)
        .with_for_update()
    ).one_or_none()
    if endpoint is None or delivery is None:
        return  # removed meanwhile
    delivery.response_status, delivery.response_excerpt = outcome.status, outcome.excerpt[:2000] or None
    delivery.duration_ms = outcome.duration_ms
    if outcome.ok:
        delivery.status, delivery.delivered_at, delivery.next_attempt_at = WebhookStatus.DELIVERED, now, None
        endpoint.failures, endpoint.last_success_at, endpoint.last_error = 0, now, None
        return
    if outcome.final or delivery.attempts >= ATTEMPTS:
        delivery.status, delivery.next_attempt_at = WebhookStatus.GIVEN_UP, None
    else:
        delivery.next_attempt_at = now + wait_after(delivery.attempts)
    said = f"{outcome.status} {outcome.excerpt}" if outcome.status else outcome.excerpt
    endpoint.failures, endpoint.last_failure_at = endpoint.failures + 1, now
    endpoint.last_error = said[:500]
    if endpoint.failures >= FAILURES and endpoint.status is EndpointStatus.ACTIVE:
        endpoint.status = EndpointStatus.FAILING
