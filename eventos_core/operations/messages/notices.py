"""Telling a member something: in the app, by e-mail at once or in a daily summary, as they wish."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from eventos_core.db.engine import app_engine
from eventos_core.db.frames import FrameSpec
from eventos_core.db.registry import PEOPLE, query
from eventos_core.db.session import TenantSession, entering_error
from eventos_core.enums.operations import MessageCategory, MessageChannel, NoticeLevel, PreferenceMode
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import MemberCredential
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import Notification, NotificationPreference
from eventos_core.operations import site
from eventos_core.operations.jobs.registry import scheduled
from eventos_core.operations.messages.kinds import DIGEST, NOTICE
from eventos_core.operations.messages.outbox import Message, enqueue

FLOOD = 3
"""Mails at once of one kind to one person within an hour; what is more waits for the daily summary."""

NOTICES = FrameSpec(
    id="int", kind="text", level="text", title="text", body="text", link="text", created_at="instant", unread="bool",
    number="int",
)  # fmt: skip
"""One row per notice, newest first; unread ones of one kind beyond three are one row with their `number`."""


@dataclass(frozen=True)
class NoticeKind:
    """Something that members are told of; `email` is what holds for who has not said otherwise."""

    key: str
    name: str
    about: str
    email: PreferenceMode = PreferenceMode.DAILY


@dataclass(frozen=True)
class Notice:
    """What to tell. `link` is a page of the app with its parameters; `dedupe` says it once to the same person."""

    kind: str
    title: str
    text: str = ""
    link: str | None = None
    level: NoticeLevel = NoticeLevel.INFO
    event_id: int | None = None
    about: str | None = None
    about_id: int | None = None
    dedupe: str | None = None


@dataclass(frozen=True)
class Preference:
    """How a person is told of one kind: in the app or not; by e-mail at once, daily or not."""

    kind: str
    name: str
    about: str
    in_app: PreferenceMode
    email: PreferenceMode


_KINDS: dict[str, NoticeKind] = {}
_CHANNELS = (MessageChannel.IN_APP, MessageChannel.EMAIL)


def notice_kind(kind: NoticeKind) -> NoticeKind:
    """Register a kind; called at import by the domain that tells of it. Raises TypeError for a key taken."""
    if kind.key in _KINDS:
        raise TypeError(f"Two kinds of notices are called {kind.key}.")
    _KINDS[kind.key] = kind
    return kind


def notify(db: TenantSession, user_id: int, notice: Notice) -> int | None:
    """Tell a member in the caller's transaction, as they wish; returns the notice's id.

    None where it was said already, the person is no active member, or wants to hear nothing of that kind. Checks no
    permission: the caller's command does. Raises KeyError for a kind that nobody registered.
    """
    kind = _KINDS[notice.kind]
    wish = _wishes(_rows(db, user_id), kind)
    if wish.in_app is PreferenceMode.OFF and wish.email is PreferenceMode.OFF:
        return None
    db.flush()
    told = db.execute(
        text(
            "select id, recent from app.notify(:user, :kind, :level, :title, :body, :link, :event, :about, :about_id,"
            " :dedupe, :hidden)"
        ),
        {
            "user": user_id, "kind": kind.key, "level": notice.level.value, "title": notice.title,
            "body": notice.text or None, "link": notice.link, "event": notice.event_id, "about": notice.about,
            "about_id": notice.about_id, "dedupe": notice.dedupe, "hidden": wish.in_app is PreferenceMode.OFF,
        },
    ).one_or_none()  # fmt: skip
    if told is None:
        return None
    if wish.email is PreferenceMode.AT_ONCE and told.recent <= FLOOD:
        link = f"{site.base_url()}{notice.link}" if notice.link and site.base_url() else ""
        message = Message(
            NOTICE.key, user_id=user_id, category=MessageCategory.OPERATIONAL, event_id=notice.event_id,
            values={"title": notice.title, "text": notice.text, "link": link},
        )  # fmt: skip
        enqueue(db, message, idempotency_key=f"notice:{told.id}")
    return int(told.id)


@query(requires=Permission.HOUSE_READ, actors=PEOPLE)
def unread_notices(db: TenantSession) -> int:
    """How many unread notices the person in context has in this house; an index-only count."""
    return (
        db.scalar(
            select(func.count()).where(
                Notification.account_id == db.context.account_id,
                Notification.user_id == db.context.user_id,
                Notification.read_at.is_(None),
                Notification.dismissed_at.is_(None),
            )
        )
        or 0
    )


@query(requires=Permission.HOUSE_READ, actors=PEOPLE)
def own_notices(db: TenantSession, *, limit: int = 100) -> pd.DataFrame:
    """The person's newest notices that were not put away, as `NOTICES`; floods of one kind are one row. One query."""
    rows = db.execute(
        select(
            Notification.id, Notification.kind, Notification.level, Notification.title, Notification.body,
            Notification.link, Notification.created_at, Notification.read_at.is_(None).label("unread"),
        )
        .where(
            Notification.account_id == db.context.account_id,
            Notification.user_id == db.context.user_id,
            Notification.dismissed_at.is_(None),
        )
        .order_by(Notification.created_at.desc(), Notification.id.desc())
        .limit(limit)
    ).all()  # fmt: skip
    unread: dict[str, int] = {}
    for row in rows:
        unread[row.kind] = unread.get(row.kind, 0) + row.unread
    shown: list[tuple[Any, ...]] = []
    folded: set[str] = set()
    for row in rows:
        many = row.unread and unread[row.kind] > FLOOD
        if many and row.kind in folded:
            continue
        if many:
            folded.add(row.kind)
        shown.append((*row, unread[row.kind] if many else 1))
    return NOTICES.build(shown)


@query(requires=Permission.HOUSE_READ, actors=PEOPLE)
def own_preferences(db: TenantSession) -> tuple[Preference, ...]:
    """How the person in context is told of each kind in this house. One query."""
    if db.context.user_id is None:
        return ()
    rows = _rows(db, db.context.user_id)
    return tuple(_wishes(rows, kind) for kind in sorted(_KINDS.values(), key=lambda kind: kind.name))


def settle(who: MemberCredential, ids: tuple[int, ...] | None = None, *, dismiss: bool = False) -> int:
    """Mark own notices as read, or put them away; all unread ones without `ids`. Returns how many changed.

    A transaction of its own and no command: whoever may only look at a house still reads their own notices. Raises
    NotSignedIn, NotFound.
    """
    statement = "select app.settle_notices(:session, :house, cast(:ids as bigint[]), :dismiss)"
    values = {"ids": None if ids is None else list(ids), "dismiss": dismiss}
    return int(_as_oneself(statement, who, values))


def prefer(who: MemberCredential, kind: str, channel: MessageChannel, mode: PreferenceMode) -> None:
    """Set how a person is told of one kind. Raises InvalidInput for an unknown kind or a mode that makes no sense."""
    if kind not in _KINDS or channel not in _CHANNELS:
        raise InvalidInput("There is no such notification.", fields={"kind": "Unknown"})
    if channel is MessageChannel.IN_APP and mode is PreferenceMode.DAILY:
        raise InvalidInput("In the app you are told at once or not at all.", fields={"mode": "At once or off"})
    statement = "select app.set_notice_preference(:session, :house, :kind, :channel, :mode)"
    _as_oneself(statement, who, {"kind": kind, "channel": channel.value, "mode": mode.value})


@scheduled("daily_summary", title="Daily summary of notifications", cron="0 7 * * *")
def daily_summary(db: TenantSession) -> dict[str, Any]:
    """Mail each member one summary of what they have not read since yesterday, as they wish."""
    since = clock.now() - dt.timedelta(days=1)
    today = clock.now().astimezone(db.context.zone).date()
    rows = db.execute(text("select user_id, kind, number, title from app.notices_of_the_day(:since)"), {"since": since})
    told: dict[int, list[Any]] = {}
    for row in rows:
        told.setdefault(row.user_id, []).append(row)
    sent = 0
    for user_id, kinds in told.items():
        wanted = [row for row in kinds if row.kind in _KINDS and _in_summary(db, user_id, row)]
        if not wanted:
            continue
        number = sum(row.number for row in wanted)
        values = {
            "count": "1 notification" if number == 1 else f"{number} notifications",
            "lines": " · ".join(_line(row) for row in wanted),
            "link": f"{site.base_url()}/account_notices?house={db.context.account_slug}" if site.base_url() else "",
        }
        message = Message(DIGEST.key, user_id=user_id, category=MessageCategory.OPERATIONAL, values=values)
        sent += enqueue(db, message, idempotency_key=f"digest:{user_id}:{today}").new
    return {"summaries": sent}


def _line(row: Any) -> str:
    return str(row.title) if row.number == 1 else f"{row.number} × {_KINDS[row.kind].name} (latest: {row.title})"


def _in_summary(db: TenantSession, user_id: int, row: Any) -> bool:
    """Daily by wish, or because a flood was not mailed at once."""
    mode = _wishes(_rows(db, user_id), _KINDS[row.kind]).email
    return mode is PreferenceMode.DAILY or (mode is PreferenceMode.AT_ONCE and row.number > FLOOD)


def _rows(db: TenantSession, user_id: int) -> Mapping[tuple[str, MessageChannel], PreferenceMode]:
    found = db.execute(
        select(NotificationPreference.kind, NotificationPreference.channel, NotificationPreference.mode).where(
            NotificationPreference.account_id == db.context.account_id, NotificationPreference.user_id == user_id
        )
    )
    return {(row.kind, row.channel): row.mode for row in found}


def _wishes(rows: Mapping[tuple[str, MessageChannel], PreferenceMode], kind: NoticeKind) -> Preference:
    def mode(channel: MessageChannel, default: PreferenceMode) -> PreferenceMode:
        return rows.get((kind.key, channel), rows.get(("*", channel), default))

    return Preference(
        kind.key, kind.name, kind.about, mode(MessageChannel.IN_APP, PreferenceMode.AT_ONCE),
        mode(MessageChannel.EMAIL, kind.email),
    )  # fmt: skip


def _as_oneself(statement: str, who: MemberCredential, values: Mapping[str, Any]) -> Any:
    try:
        with app_engine().begin() as connection:
            found = connection.execute(text(statement), {"session": who.token_hash, "house": who.house, **values})
            return found.scalar_one_or_none()
    except DBAPIError as error:
        raise entering_error(error) from error
