"""Links that people outside the house open without signing in."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.operations import LinkKind
from eventos_core.models.base import Editable, Name, TenantTable, choice, ref
from eventos_core.models.types import SILENT, Digest


class PublicLink(TenantTable, Editable):
    """A link that opens one thing to whoever has it, until it ends or is withdrawn.

    The secret itself is a row of one_time_tokens (purpose public_link) with the same hash.
    """

    __domain__ = "operations"
    __tablename__ = "public_links"
    __secret__ = ("token_hash",)
    __table_args__ = (
        UniqueConstraint("account_id", "token_hash"),
        CheckConstraint("kind <> 'programme' or event_id is not null", name="programme_names_an_event"),
        CheckConstraint("created_at < expires_at", name="expires_after_creation"),
        Index("ix_public_links_recent", "account_id", "event_id", text("created_at desc"), text("id desc")),
    )

    kind: Mapped[LinkKind] = choice(LinkKind)
    """What it opens."""
    event_id: Mapped[int | None] = ref("events", on_delete="CASCADE")
    """→ events: what it is about."""
    label: Mapped[Name]
    """For whom it is, in the words of who made it."""
    token_hash: Mapped[Digest]
    """SHA-256 of the token in the link."""
    expires_at: Mapped[dt.datetime]
    """From when it no longer opens anything."""
    revoked_at: Mapped[dt.datetime | None]
    """When it was withdrawn; NULL while it may open."""
    views: Mapped[int] = mapped_column(Integer, server_default=text("0"), info={"check": "{c} >= 0", **SILENT})
    """How often its page was opened, by whomever."""
    last_opened_at: Mapped[dt.datetime | None] = mapped_column(info=SILENT)
    """When it was opened last."""
