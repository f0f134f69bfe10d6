"""Who did what, sealed in chains; and what people ask under data protection law."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.operations import AuditActor, PrivacyRequestKind, PrivacyRequestStatus, PrivacyWork
from eventos_core.models.base import (
    Count,
    Editable,
    Email,
    Fence,
    JsonList,
    JsonObject,
    TenantTable,
    choice,
    ref,
)
from eventos_core.models.types import XID8, Digest, OptionalObject


class AuditEntry(TenantTable):
    """One audited change or act; append-only, by month, written by triggers and definer functions."""

    __domain__ = "operations"
    __tablename__ = "audit_log"
    __fence__ = Fence(app="r")
    __audit__ = False
    __table_args__ = (
        CheckConstraint("action ~ '^[a-z][a-z_]*$'", name="action_is_a_word"),
        CheckConstraint(
            "(salt is null) = (erased_at is not null) and (erased_at is null or (before is null and after is null))",
            name="erased_loses_payload_and_salt",
        ),
        Index("ix_audit_log_row", "account_id", "table_name", "row_id", text("occurred_at desc")),
        Index("ix_audit_log_recent", "account_id", text("occurred_at desc"), text("id desc")),
        Index("ix_audit_log_member_id", "account_id", "member_id", text("occurred_at desc")),
        Index("ix_audit_log_action", "account_id", "action", text("occurred_at desc")),
        Index("ix_audit_log_era_xid", "account_id", "era", "xid"),
        {"postgresql_partition_by": "RANGE (occurred_at)"},
    )

    occurred_at: Mapped[dt.datetime] = mapped_column(primary_key=True, server_default=text("clock_timestamp()"))
    """When; the partition key, so that it is part of the primary key."""
    actor_kind: Mapped[AuditActor] = choice(AuditActor)
    """What kind of actor; system = maintenance without one."""
    actor_id: Mapped[str | None]
    """Which one: id of the membership, key, job, token or operator session, as text."""
    member_id: Mapped[int | None]
    """account_users.id where a member stands behind it; no foreign key, since entries outlive rows."""
    action: Mapped[str]
    """insert, update, delete, or an act such as sign_in, role_change, export, download, denied."""
    table_name: Mapped[str] = mapped_column(server_default=text("''"))
    """Table of the row; empty for acts that concern none."""
    row_id: Mapped[str] = mapped_column(server_default=text("''"))
    """Id of the row, or what the act concerned, as text."""
    before: Mapped[OptionalObject | None]
    """The row as it was, without secret columns; NULL for inserts and once erased."""
    after: Mapped[OptionalObject | None]
    """The row as it became, or details of the act; NULL for deletes and once erased."""
    reason: Mapped[str | None]
    """What the person gave as reason, or which command ran."""
    request_id: Mapped[str | None]
    """Ties together all entries of one click, call or job."""
    xid: Mapped[int] = mapped_column(XID8, server_default=text("pg_current_xact_id()"))
    """Writing transaction; sealed once below the snapshot's xmin, when all its entries are visible."""
    era: Mapped[int] = mapped_column(SmallInteger, server_default=text("app.era()"))
    """Life of the database cluster: raised by a restore, after which transaction ids start anew."""
    salt: Mapped[bytes | None]
    """Random bytes hashed with the payload, so that a hash does not give away short payloads; NULL once erased."""
    payload_hash: Mapped[Digest]
    """SHA-256 over salt and payload; stays after erasure, so that the chain still verifies."""
    erased_at: Mapped[dt.datetime | None]
    """When payload and salt were removed on a privacy request; NULL while whole."""


class AuditSeal(TenantTable):
    """One link of a house's chain over its committed audit entries; written by the sealing job."""

    __domain__ = "operations"
    __tablename__ = "audit_seals"
    __fence__ = Fence(app="r")
    __audit__ = False
    __table_args__ = (
        UniqueConstraint("account_id", "seq"),
        CheckConstraint("seq >= 1", name="seq_from_one"),
        CheckConstraint("(seq = 1) = (prev_hash is null)", name="only_the_first_has_none_before"),
        CheckConstraint("from_xid <= to_xid", name="range_in_order"),
        Index("ix_audit_seals_era", "account_id", "era", "to_xid"),
    )

    seq: Mapped[int]
    """Position in the house's chain, from 1 without gaps."""
    era: Mapped[int] = mapped_column(SmallInteger, server_default=text("app.era()"))
    """Era of the entries sealed here; a seal never spans two."""
    from_xid: Mapped[int] = mapped_column(XID8)
    """First transaction covered, inclusive."""
    to_xid: Mapped[int] = mapped_column(XID8)
    """Last transaction covered, inclusive."""
    entries: Mapped[Count]
    """How many entries were sealed; fewer found later means that some were removed."""
    prev_hash: Mapped[Digest | None]
    """Hash of the seal before; NULL in the first."""
    hash: Mapped[Digest]
    """SHA-256 over prev_hash, seq, era, range and the entries in order of id (columns and payload hash)."""
    sealed_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When it was made."""
    released_at: Mapped[dt.datetime | None]
    """When its entries were given up with the months they lie in, so that their absence is no break; NULL = never."""


class DataSubjectRequest(TenantTable, Editable):
    """A person's request under data protection law, and the proof of what was done."""

    __domain__ = "operations"
    __tablename__ = "data_subject_requests"
    __secret__ = ("subject_name", "subject_email", "subject_email_norm", "subject_phone", "message", "work_error")
    __derived__ = {"subject_email_norm": "coalesce(app.email_norm(new.subject_email), '')"}
    __table_args__ = (
        CheckConstraint("due_on >= (received_at at time zone 'UTC')::date - 1", name="due_after_receipt"),
        CheckConstraint("status <> 'done' or completed_at is not null", name="done_has_a_time"),
        CheckConstraint("status <> 'refused' or refusal_reason is not null", name="refused_has_a_reason"),
        CheckConstraint("status <> 'done' or evidence <> '{}'::jsonb", name="done_has_evidence"),
        CheckConstraint(
            "working is null or (job_id is not null and status in ('received', 'verifying', 'in_progress'))",
            name="work_is_a_jobs_on_an_open_one",
        ),
        Index(
            "ix_data_subject_requests_open",
            "account_id",
            "due_on",
            postgresql_where=text("status in ('received', 'verifying', 'in_progress')"),
        ),
        Index("ix_data_subject_requests_email", "account_id", "subject_email_norm"),
        Index(
            "ix_data_subject_requests_reapply",
            "account_id",
            "completed_at",
            postgresql_where=text("kind = 'erase' and status = 'done'"),
        ),
    )

    kind: Mapped[PrivacyRequestKind] = choice(PrivacyRequestKind)
    """What is asked for."""
    status: Mapped[PrivacyRequestStatus] = choice(PrivacyRequestStatus, PrivacyRequestStatus.RECEIVED)
    """Where it stands."""
    contact_id: Mapped[int | None] = ref("contacts", on_delete="SET NULL")
    """→ contacts: the person, once found."""
    subject_name: Mapped[str | None]
    """Name as given; emptied when an erasure is done."""
    subject_email: Mapped[Email | None]
    """Where to answer; emptied when an erasure is done."""
    subject_phone: Mapped[str | None] = mapped_column(info={"check": "length({c}) between 1 and 50"})
    """Number as given, to find the person by; emptied when an erasure is done."""
    subject_email_norm: Mapped[str] = mapped_column(server_default=text("''"))
    """Normalised form, kept by trigger."""
    message: Mapped[str | None]
    """What the person wrote; emptied when an erasure is done."""
    received_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When the request arrived; the law's month runs from here."""
    due_on: Mapped[dt.date]
    """Last day for the answer, in the house's zone."""
    verified_at: Mapped[dt.datetime | None]
    """When it was clear that the person is who they say; NULL until then."""
    verified_how: Mapped[str | None]
    """By what: link to the known address, document seen, in person."""
    handled_by: Mapped[int | None] = ref("account_users")
    """→ account_users: who answers it."""
    completed_at: Mapped[dt.datetime | None]
    """When it was done, refused or withdrawn; NULL while open."""
    refusal_reason: Mapped[str | None]
    """Why it was refused, as told to the person."""
    subject_refs: Mapped[JsonList]
    """Rows exported or erased, objects with entity and id; for texts to decide also column and erase (true, false)."""
    evidence: Mapped[JsonObject]
    """What was done: counts per entity, hashes of files handed out, exceptions with their legal ground."""
    export_id: Mapped[int | None] = ref("exports", on_delete="SET NULL")
    """→ exports: the package handed out."""
    working: Mapped[PrivacyWork | None] = choice(PrivacyWork)
    """What the job was asked to do and has not ended yet; meanwhile nobody changes the request."""
    work_error: Mapped[str | None]
    """Why the last search or erasure did not come to its end, in words; NULL once one did."""
    job_id: Mapped[int | None]
    """Job that does the work, or did it last (procrastinate)."""
