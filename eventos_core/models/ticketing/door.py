"""The door: gates, the phones that scan there, and every scan."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.ticketing import GateDirection, ScanDirection, ScanReason, ScanResult
from eventos_core.models.base import (
    Archivable,
    Count,
    Editable,
    Fence,
    Name,
    Positive,
    TenantTable,
    TextList,
    choice,
    ref,
)
from eventos_core.models.types import SILENT, Digest


class Gate(TenantTable, Editable, Archivable):
    """A place where tickets of an event are scanned."""

    __tablename__ = "gates"
    __domain__ = "ticketing"
    __event_key__ = True
    __table_args__ = (
        UniqueConstraint("account_id", "event_id", "name", name="uq_gates_name"),
        CheckConstraint("opens_at < closes_at", name="opening_window"),
    )

    event_id: Mapped[int] = ref("events")
    venue_space_id: Mapped[int | None] = ref("venue_spaces")
    """→ venue_spaces: the room behind it."""
    name: Mapped[Name]
    """Unique in the event."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order in lists, from 0."""
    direction: Mapped[GateDirection] = choice(GateDirection, GateDirection.BOTH)
    """Which way people may pass."""
    zones: Mapped[TextList]
    """Zones behind it; a ticket must open one of them. Empty = every ticket of the event."""
    capacity: Mapped[Positive | None]
    """Most persons inside behind it; NULL = no limit."""
    allow_reentry: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether a guest scanned out may come in again."""
    opens_at: Mapped[dt.datetime | None]
    """Scans inwards are refused earlier; NULL = no limit."""
    closes_at: Mapped[dt.datetime | None]
    """Scans inwards are refused from then on; NULL = no limit."""


class Device(TenantTable, Editable):
    """A door phone, known by a token of which only the hash is kept."""

    __tablename__ = "devices"
    __domain__ = "ticketing"
    __event_key__ = True
    __secret__ = ("token_hash",)
    __table_args__ = (
        UniqueConstraint("account_id", "token_hash", name="uq_devices_token_hash"),
        # The device is recognised before its house is known.
        Index("ix_devices_token_hash", "token_hash", postgresql_where=text("revoked_at is null")),
    )

    event_id: Mapped[int] = ref("events")
    gate_id: Mapped[int | None] = ref("gates", through_event=True)
    """→ gates: where it scans now; NULL = asks at start."""
    name: Mapped[Name]
    """As staff call it."""
    token_hash: Mapped[Digest]
    """SHA-256 of the token it presents."""
    user_agent: Mapped[str | None]
    """Browser and system, for telling phones apart."""
    last_seen_at: Mapped[dt.datetime | None] = mapped_column(info=SILENT)
    """Last request."""
    last_synced_at: Mapped[dt.datetime | None] = mapped_column(info=SILENT)
    """When it last delivered scans made offline."""
    expires_at: Mapped[dt.datetime | None]
    """Refused from then on; NULL = at the end of the event."""
    revoked_at: Mapped[dt.datetime | None]
    """When it was locked out."""
    revoked_by_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who locked it out."""


class CheckIn(TenantTable):
    """One scan, accepted or refused; append-only, a mistake is reversed by a further row."""

    __tablename__ = "check_ins"
    __domain__ = "ticketing"
    __fence__ = Fence(app="ra")
    __audit__ = False
    __table_args__ = (
        UniqueConstraint(
            "account_id", "device_id", "nonce", name="uq_check_ins_nonce", postgresql_nulls_not_distinct=True
        ),
        UniqueConstraint("account_id", "reverses_id", name="uq_check_ins_reverses_id"),
        CheckConstraint("(result = 'refused') = (reason is not null)", name="refused_has_reason"),
        CheckConstraint("result = 'refused' or ticket_id is not null", name="accepted_has_ticket"),
        CheckConstraint("not forced or result = 'accepted'", name="forced_is_accepted"),
        CheckConstraint("length(nonce) between 8 and 100", name="nonce_length"),
        Index("ix_check_ins_event_time", "account_id", "event_id", "scanned_at", "id"),
        Index(
            "ix_check_ins_accepted",
            "account_id",
            "event_id",
            "ticket_id",
            "scanned_at",
            postgresql_where=text("result = 'accepted'"),
        ),
    )

    event_id: Mapped[int] = ref("events")
    ticket_id: Mapped[int | None] = ref("tickets", on_delete="CASCADE", through_event=True)
    """→ tickets: the ticket scanned; NULL for a code that is not one of this event's."""
    attendee_id: Mapped[int | None] = ref("attendees", on_delete="CASCADE", through_event=True)
    """→ attendees: the ticket's holder at that moment."""
    gate_id: Mapped[int | None] = ref("gates", through_event=True)
    """→ gates: where; NULL when checked in from the guest list."""
    device_id: Mapped[int | None] = ref("devices", through_event=True)
    """→ devices: with what; NULL when a member used the app's own page."""
    operator_id: Mapped[int | None] = ref("account_users")
    """→ account_users: the member who scanned; NULL for a door phone without sign-in."""
    direction: Mapped[ScanDirection] = choice(ScanDirection, ScanDirection.IN)
    """in or out."""
    result: Mapped[ScanResult] = choice(ScanResult)
    """What the door answered."""
    reason: Mapped[ScanReason | None] = choice(ScanReason)
    """Why it refused; NULL when accepted."""
    nonce: Mapped[str]
    """Made by the client per scan; a repeat gets the first answer and adds no row."""
    code_hash: Mapped[Digest | None]
    """SHA-256 of what was scanned where no ticket matched, to recognise repeats."""
    scanned_at: Mapped[dt.datetime]
    """When it was scanned, by the client's clock corrected to the server's."""
    received_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When the server stored it."""
    offline: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the client decided without the server and delivered later."""
    forced: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the operator let the guest pass against a refusal."""
    note: Mapped[str | None]
    """Operator's remark, such as why a guest was let pass."""
    reverses_id: Mapped[int | None] = ref("check_ins", on_delete="CASCADE")
    """→ check_ins: the accepted scan that this row takes back; neither of the two counts as an entry."""
