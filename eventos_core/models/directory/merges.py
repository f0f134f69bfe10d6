"""What was merged into what, and what was found to be different."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.directory import (
    MergeEntity,
)
from eventos_core.models.base import (
    Authored,
    JsonList,
    JsonObject,
    Ppm,
    TenantTable,
    Timestamped,
    choice,
    ref,
)
from eventos_core.models.types import (
    OptionalObject,
)


class Merge(TenantTable, Timestamped, Authored):
    """One merge of two people or companies, with what is needed to take it back."""

    __domain__ = "directory"
    __tablename__ = "merges"
    # Before-images hold personal data that erasure must reach: they stay out of the audit.
    __secret__ = ("winner_before", "loser_before", "moved")
    __table_args__ = (
        CheckConstraint("winner_id <> loser_id", name="two_different_rows"),
        CheckConstraint("undone_by is null or undone_at is not null", name="undone_by_has_a_time"),
        Index("ix_merges_winner", "account_id", "entity", "winner_id"),
        Index(
            "uq_merges_loser",
            "account_id",
            "entity",
            "loser_id",
            unique=True,
            postgresql_where=text("undone_at is null"),
        ),
        Index("ix_merges_recent", "account_id", text("created_at desc"), text("id desc")),
        Index(
            "ix_merges_expiring",
            "account_id",
            "before_expires_at",
            postgresql_where=text("winner_before is not null"),
        ),
    )

    entity: Mapped[MergeEntity] = choice(MergeEntity)
    """Which table both ids are of; ids carry no foreign key, since the record outlives an erased row."""
    winner_id: Mapped[int]
    """The row that stays."""
    loser_id: Mapped[int]
    """The row merged into it; archived, with merged_into_id set."""
    winner_before: Mapped[OptionalObject | None]
    """The winner's row as it was; NULL once expired or erased."""
    loser_before: Mapped[OptionalObject | None]
    """The loser's row as it was; NULL once expired or erased."""
    moved: Mapped[JsonList]
    """References that were moved: objects with table, id, column, from; and before, where a double was dropped."""
    choices: Mapped[JsonObject]
    """Which side each differing field was taken from: field → winner or loser."""
    score_ppm: Mapped[Ppm | None]
    """How alike the two were, in parts per million; NULL where picked by hand."""
    reason: Mapped[str | None]
    """What they matched on, or what the person said."""
    before_expires_at: Mapped[dt.datetime]
    """Until when it can be taken back; a job then empties the before-images."""
    undone_at: Mapped[dt.datetime | None]
    """When it was taken back; NULL while it stands."""
    undone_by: Mapped[int | None] = ref("account_users")
    """→ account_users: who took it back."""
    undo_report: Mapped[JsonList]
    """What the undo could not restore: objects with table, id and reason (edited since, erased)."""


class DuplicateDismissal(TenantTable, Timestamped, Authored):
    """Two rows that look alike and were found to be different: not proposed for merging again."""

    __domain__ = "directory"
    __tablename__ = "duplicate_dismissals"
    __table_args__ = (
        UniqueConstraint("account_id", "entity", "lower_id", "higher_id", name="uq_duplicate_dismissals_pair"),
        CheckConstraint("lower_id < higher_id", name="pair_in_order"),
        Index("ix_duplicate_dismissals_higher", "account_id", "entity", "higher_id"),
    )

    entity: Mapped[MergeEntity] = choice(MergeEntity)
    """Which table both ids are of."""
    lower_id: Mapped[int] = mapped_column(BigInteger)
    """The smaller id of the pair."""
    higher_id: Mapped[int] = mapped_column(BigInteger)
    """The larger id of the pair."""
    reason: Mapped[str | None]
    """Why they are two."""
