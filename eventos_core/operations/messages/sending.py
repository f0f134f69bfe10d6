"""Sending what is due: claim a few, hand over one by one outside any transaction, write down what came of each.

A claimed message stays `queued` with a lease. It becomes `sending` in the transaction just before it is handed over,
and the same transaction writes the outcome of the one before: one short transaction a message. So a message found
`sending` after its lease is the one that its worker died with, and only that one is in doubt.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import func, select, text, update

from eventos_core.db.facts import emit
from eventos_core.db.session import TenantSession, retrying, unit_of_work
from eventos_core.enums.operations import (
    BounceKind,
    DeliveryKind,
    LinkKind,
    MessageCategory,
    MessageChannel,
    QueueStatus,
    SuppressionReason,
    SuppressionScope,
)
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import Credential, hash_token, new_token
from eventos_core.kernel.errors import EventOSError, InvalidInput, SetupError
from eventos_core.kernel.facts import AddressBounced
from eventos_core.models.operations import MessageDelivery, QueuedMessage
from eventos_core.operations import links, settings, site
from eventos_core.operations.messages import attaching, filling, house_settings, quiet, recipients, senders
from eventos_core.operations.messages.channels import Channels, Route, routes
from eventos_core.operations.messages.outbox import send_soon
from eventos_core.operations.messages.senders import ChannelDown, Letter, Refused, Sender, Uncertain

log = logging.getLogger(__name__)

BATCH = 50
LEASE = dt.timedelta(minutes=10)
PER_RUN = 1000
"""Messages after which a run ends and queues the next one, so that other houses and jobs get their turn."""
PAUSE = dt.timedelta(minutes=1)
"""How long a channel that is down is left alone."""


@dataclass
class Run:
    """What one run did."""

    sent: int = 0
    failed: int = 0
    deferred: int = 0
    suppressed: int = 0
    uncertain: int = 0
    held: int = 0
    """Put off to the end of the quiet hours."""
    down: set[Route] = field(default_factory=set)


@dataclass(frozen=True)
class _Claim:
    id: int
    route: Route
    head: filling.Letterhead
    quiet_until: dt.datetime | None


@dataclass(frozen=True)
class _Outcome:
    """What came of handing one message over."""

    message_id: int
    letter: Letter
    provider: str
    error: EventOSError | None
    note: str = ""


def wait_after(attempts: int) -> dt.timedelta:
    """How long to wait after that many tries: 1, 4, 16, 64 … minutes, at most 6 hours, spread by a tenth."""
    minutes = min(4.0 ** (attempts - 1), 360.0)
    return dt.timedelta(minutes=minutes * random.uniform(0.95, 1.05))  # noqa: S311 not for secrets


def send_due(credential: Credential, *, limit: int = PER_RUN) -> Run:
    """Send what is due in the house of `credential`, at most `limit`; returns what came of it.

    Safe to run in several workers at once and to kill at any moment: only the message that was being handed over may
    then go out a second time, with the same Message-ID and a line `uncertain` in its log.
    """
    run = Run()
    channels = Channels(credential)
    left = limit
    try:
        while left > 0:
            claimed = retrying(partial(_claim, credential, min(BATCH, left)))
            if not claimed:
                return run
            left -= len(claimed)
            _work(credential, claimed, channels, run)
        _again(credential)
        return run
    finally:
        channels.close()


def _work(credential: Credential, claimed: list[_Claim], channels: Channels, run: Run) -> None:
    outcome: _Outcome | None = None
    released: set[int] = set()
    for position, claim in enumerate(claimed):
        if claim.id in released:
            continue
        rest = [other.id for other in claimed[position + 1 :] if other.route == claim.route]
        if claim.route in run.down:
            _release(credential, [claim.id, *rest], "", wait=False)
            released.update(rest)
            continue
        try:
            sender = channels.sender(claim.route)
        except (ChannelDown, SetupError) as error:
            _release(credential, [claim.id, *rest], str(error), wait=True)
            released.update(rest)
            run.down.add(claim.route)
            continue
        letter = _begin(credential, claim, outcome, run, sender)
        outcome = None
        if letter is None:
            continue
        outcome = _hand_over(claim.id, sender, letter)
        if isinstance(outcome.error, ChannelDown):
            channels.failed(claim.route, outcome.error)
            _release(credential, rest, "", wait=False)
            released.update(rest)
            run.down.add(claim.route)
        elif outcome.error is None:
            channels.worked(claim.route)
    if outcome is not None:
        _begin(credential, None, outcome, run, None)


def _hand_over(message_id: int, sender: Sender, letter: Letter) -> _Outcome:
    """Outside any transaction."""
    try:
        receipt = sender.send(attaching.loaded(letter))
    except EventOSError as error:
        return _Outcome(message_id, letter, sender.name, error)
    except Exception as error:
        # An adapter's defect stops this message, not the queue.
        log.exception("Message %d could not be handed over", message_id)
        refused = Refused(f"A defect in the adapter ({type(error).__name__}); the log has it.")
        return _Outcome(message_id, letter, sender.name, refused)
    return _Outcome(message_id, letter, sender.name, None, receipt.note)


def _claim(credential: Credential, size: int) -> list[_Claim]:
    """Take up to `size` due messages for this worker; what a dead worker was handing over is queued again."""
    with unit_of_work(credential) as db:
        account = db.context.account_id
        _recover(db)
        rows = db.execute(
            text(
                "update notification_queue q set claimed_until = now() + :lease, next_attempt_at = now() + :lease"
                "  from (select id from notification_queue"
                "         where account_id = :account and status = 'queued' and next_attempt_at <= now()"
                "         order by next_attempt_at, priority limit :size for update skip locked) due"
                " where q.account_id = :account and q.id = due.id"
                " returning q.id, q.channel, q.priority, q.send_at, q.integration_id, q.platform_id"
            ),
            {"account": account, "lease": LEASE, "size": size},
        ).all()
        if not rows:
            return []
        rows = sorted(rows, key=lambda row: (row.priority, row.send_at, row.id))
        ways = routes(db, [(row.id, MessageChannel(row.channel), row.integration_id, row.platform_id) for row in rows])
        head, wishes = filling.letterhead(db), settings.values(db)
        quiet_until = quiet.until(
            clock.now(), db.context.timezone, wishes[house_settings.QUIET_FROM], wishes[house_settings.QUIET_UNTIL]
        )
        return [_Claim(row.id, ways[row.id], head, quiet_until) for row in rows]


def _recover(db: TenantSession) -> None:
    lost = db.scalars(
        select(QueuedMessage)
        .where(
            QueuedMessage.account_id == db.context.account_id,
            QueuedMessage.status == QueueStatus.SENDING,
            QueuedMessage.claimed_until < func.now(),
        )
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for row in lost:
        said = "The worker ended while it handed the message over: it may have been taken."
        _log(db, row, DeliveryKind.UNCERTAIN, row.provider or row.channel.value, said, None)
        row.status, row.claimed_until, row.last_error = QueueStatus.QUEUED, None, said
        row.next_attempt_at = clock.now()
        if row.attempts >= row.max_attempts or not senders.repeatable(row.channel, row.provider):
            row.status = QueueStatus.FAILED
    db.flush()


def _begin(
    credential: Credential, claim: _Claim | None, before: _Outcome | None, run: Run, sender: Sender | None
) -> Letter | None:
    """Write what came of the message before, and make the next one ready; None where it is not to be sent."""

    def once() -> tuple[Letter | None, Run]:
        step = Run()
        with unit_of_work(credential) as db:
            if before is not None:
                _record(db, before, step)
            return (None if claim is None or sender is None else _ready(db, claim, step, sender)), step

    letter, step = retrying(once)
    run.sent += step.sent
    run.failed += step.failed
    run.deferred += step.deferred
    run.suppressed += step.suppressed
    run.uncertain += step.uncertain
    run.held += step.held
    return letter


def _locked(db: TenantSession, message_id: int) -> QueuedMessage | None:
    return db.scalars(
        select(QueuedMessage)
        .where(QueuedMessage.account_id == db.context.account_id, QueuedMessage.id == message_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _ready(db: TenantSession, claim: _Claim, run: Run, sender: Sender) -> Letter | None:
    row = _locked(db, claim.id)
    now = clock.now()
    if row is None or row.status is not QueueStatus.QUEUED or row.claimed_until is None or row.claimed_until <= now:
        return None  # cancelled meanwhile, or the lease ended and another worker has it
    recipient = recipients.resolve(db, row)
    reason = recipients.stopped(db, recipient, row.channel, row.category)
    if reason is not None:
        run.suppressed += 1
        _end(row, QueueStatus.SUPPRESSED, reason)
        return None
    if not recipient.address and row.channel is not MessageChannel.SOCIAL:
        run.failed += 1
        _end(row, QueueStatus.FAILED, recipient.missing)
        return None
    if claim.quiet_until is not None and quiet.holds_back(row.channel, row.category, row.priority):
        run.held += 1
        row.claimed_until, row.next_attempt_at = None, claim.quiet_until
        row.last_error = "It waits for the end of the quiet hours."
        return None
    mail_from = getattr(sender, "mail_from", "")
    row.provider_message_id = row.provider_message_id or filling.message_id(row.account_id, row.id, mail_from)
    row.provider, row.integration_id = sender.name, claim.route[1]
    try:
        letter = filling.letter(db, row, recipient, unsubscribe=_unsubscribe(db, row), head=claim.head)
    except (InvalidInput, SetupError) as error:
        run.failed += 1
        _end(row, QueueStatus.FAILED, str(error))
        return None
    row.status, row.attempts, row.claimed_until = QueueStatus.SENDING, row.attempts + 1, now + LEASE
    return letter


def _unsubscribe(db: TenantSession, row: QueuedMessage) -> str:
    if row.category is not MessageCategory.MARKETING or row.channel is not MessageChannel.EMAIL:
        return ""
    base = site.base_url()
    if not base:
        raise SetupError("Marketing needs a link to unsubscribe.", hint="Set EVENTOS_BASE_URL.")
    token = new_token()
    until = clock.now() + links.LONGEST
    db.execute(select(func.app.issue_link(hash_token(token), LinkKind.UNSUBSCRIBE.value, row.id, until)))
    return f"{base}/u/{token}"


def _record(db: TenantSession, outcome: _Outcome, run: Run) -> None:
    row = _locked(db, outcome.message_id)
    if row is None:
        return
    error, now = outcome.error, clock.now()
    row.provider, row.claimed_until, row.subject = outcome.provider, None, outcome.letter.subject or row.subject
    if error is None:
        run.sent += 1
        row.status, row.sent_at, row.last_error, row.secret_values = QueueStatus.SENT, now, None, None
        _log(db, row, DeliveryKind.ACCEPTED, outcome.provider, outcome.note, outcome.letter.address)
        return
    said = str(error)
    if isinstance(error, Refused):
        run.failed += 1
        _refused(db, row, outcome, bounced=error.bounced)
        return
    uncertain = isinstance(error, Uncertain)
    run.uncertain += uncertain
    kind = DeliveryKind.UNCERTAIN if uncertain else DeliveryKind.DEFERRED
    _log(db, row, kind, outcome.provider, said, outcome.letter.address)
    if isinstance(error, Uncertain) and not error.repeatable:
        run.failed += 1
        _end(row, QueueStatus.FAILED, f"{said} It is not sent again by itself: it would arrive twice.")
        return
    if row.attempts >= row.max_attempts:
        run.failed += 1
        _end(row, QueueStatus.FAILED, f"Given up after {row.attempts} tries. {said}")
        return
    run.deferred += not uncertain
    row.status, row.last_error = QueueStatus.QUEUED, said[:2000]
    row.next_attempt_at = now + wait_after(row.attempts)


def _refused(db: TenantSession, row: QueuedMessage, outcome: _Outcome, *, bounced: bool) -> None:
    said, address = str(outcome.error), outcome.letter.address
    _end(row, QueueStatus.FAILED, said)
    kind = DeliveryKind.BOUNCED if bounced else DeliveryKind.FAILED
    _log(db, row, kind, outcome.provider, said, address, BounceKind.HARD if bounced else None)
    if bounced:
        gone_for_good(db, row, address)


def gone_for_good(db: TenantSession, row: QueuedMessage, address: str) -> None:
    """Mail to `address` comes back for good: send it nothing more, and tell the domains that keep addresses."""
    recipients.suppress(
        db, address, channel=row.channel, scope=SuppressionScope.ALL, reason=SuppressionReason.HARD_BOUNCE,
        contact_id=row.contact_id, message_id=row.id,
    )  # fmt: skip
    if row.channel is MessageChannel.EMAIL:
        emit(db, AddressBounced(recipients.address_norm(address)))


def _end(row: QueuedMessage, status: QueueStatus, reason: str) -> None:
    row.status, row.last_error, row.claimed_until = status, reason[:2000] or "No reason was given.", None
    if status is QueueStatus.SUPPRESSED:
        row.secret_values = None


def _log(
    db: TenantSession,
    row: QueuedMessage,
    kind: DeliveryKind,
    provider: str,
    detail: str,
    address: str | None,
    bounce: BounceKind | None = None,
) -> None:
    db.add(
        MessageDelivery(
            message_id=row.id, kind=kind, occurred_at=clock.now(), attempt=row.attempts, provider=provider,
            address_norm=recipients.address_norm(address) if address else None, bounce=bounce, detail=detail[:2000],
        )
    )  # fmt: skip


def _release(credential: Credential, ids: list[int], reason: str, *, wait: bool) -> None:
    """Give claimed messages back that were not tried; `wait` for a channel that is not set up."""
    if not ids:
        return

    def once() -> None:
        with unit_of_work(credential) as db:
            values: dict[str, Any] = {
                "claimed_until": None,
                "next_attempt_at": clock.now() + (PAUSE * 10 if wait else PAUSE),
            }
            if reason:
                values["last_error"] = reason[:2000]
            db.execute(
                update(QueuedMessage)
                .where(
                    QueuedMessage.account_id == db.context.account_id,
                    QueuedMessage.id.in_(ids),
                    QueuedMessage.status == QueueStatus.QUEUED,
                )
                .values(values)
            )

    retrying(once)


def _again(credential: Credential) -> None:
    with unit_of_work(credential) as db:
        send_soon(db)
