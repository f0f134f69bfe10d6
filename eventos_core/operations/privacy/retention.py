"""How long data are kept: what can be limited, the house's policies, a preview, and the job that works them off.

Every domain says with `retained(…)` which of its rows can have an end. Nothing is on until the house switches it on.
The job takes a batch a transaction and queues itself again while there is more; a row that is done is not due again, so
running twice, or after a crash, changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text

from eventos_core.db.editing import edit
from eventos_core.db.registry import command, query
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import AuditAction
from eventos_core.enums.tenancy import LegalBasis, RetentionAction, RetentionAnchor
from eventos_core.kernel.errors import AlreadyExists, InvalidInput
from eventos_core.kernel.permissions import Permission
from eventos_core.models.tenancy import RetentionPolicy
from eventos_core.operations import audit
from eventos_core.operations.jobs.defer import defer
from eventos_core.operations.jobs.registry import house_job, scheduled
from eventos_core.operations.privacy.erasing import clear_rows, delete_rows
from eventos_core.operations.privacy.registry import title_of

BATCH = 500
MOST_MONTHS = 600
JOB = "work_off_retention"


@dataclass(frozen=True)
class Retained:
    """Rows of one table on one legal basis that can have an end."""

    entity: str
    basis: LegalBasis
    about: str
    """Which rows these are, in words."""
    months: int
    """What is proposed until the house decides."""
    anchors: Mapping[RetentionAnchor, str]
    """From when months can be counted: SQL expression over `t`; the first is proposed."""
    actions: tuple[RetentionAction, ...]
    """What can be done with them; the first is proposed."""
    where: str = "true"
    """SQL condition over `t`: rows on this basis that are not done already."""
    name: str = "t.id::text"
    """SQL expression by which the preview calls a row."""

    @property
    def key(self) -> str:
        """Table and basis."""
        return f"{self.entity}.{self.basis.value}"


_RETAINED: dict[str, Retained] = {}


def retained(entity: str, basis: LegalBasis, **said: Any) -> None:
    """Register rows that can have an end. Raises TypeError for the same table and basis said twice."""
    made = Retained(entity, basis, **said)
    if made.key in _RETAINED:
        raise TypeError(f"Retention of {made.key} is said twice.")
    _RETAINED[made.key] = made


@dataclass(frozen=True)
class Policy:
    """How long rows of one kind are kept; `id` and `version` are None while nobody has saved it."""

    entity: str
    basis: LegalBasis
    title: str
    about: str
    months: int
    anchor: RetentionAnchor
    action: RetentionAction
    enabled: bool
    note: str
    anchors: tuple[RetentionAnchor, ...]
    actions: tuple[RetentionAction, ...]
    id: int | None
    version: int | None


@dataclass(frozen=True)
class Due:
    """Rows whose time is up now, counted up to `limit`, and what some of them are called."""

    rows: int
    limit: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class SavePolicy:
    """The policy for one table and basis, as seen at `version` (None: never saved)."""

    entity: str
    basis: LegalBasis
    months: int
    anchor: RetentionAnchor
    action: RetentionAction
    enabled: bool
    note: str = ""
    version: int | None = None


@dataclass(frozen=True)
class PolicySaved:
    """The policy's id and version after the command."""

    policy_id: int
    version: int


@query(requires=Permission.PRIVACY_MANAGE)
def retention_policies(db: TenantSession) -> list[Policy]:
    """What can have an end, with the house's decision or the proposal; off until switched on."""
    stored = {
        f"{row.entity}.{row.legal_basis.value}": row
        for row in db.scalars(select(RetentionPolicy).where(RetentionPolicy.account_id == db.context.account_id))
    }
    return [_policy(kind, stored.get(key)) for key, kind in sorted(_RETAINED.items())]


@query(requires=Permission.PRIVACY_MANAGE)
def retention_due(
    db: TenantSession, entity: str, basis: LegalBasis, months: int, anchor: RetentionAnchor, *, limit: int = 10_000
) -> Due:
    """What a policy would take now. Raises InvalidInput."""
    kind = _kind(entity, basis)
    _check(kind, months, anchor)
    limit = min(max(limit, 1), 100_000)
    sql = _due(kind, anchor)
    values = {"account": db.context.account_id, "months": months}
    rows = db.scalar(text(f"select count(*) from (select 1 {sql} limit {limit}) as d"), values) or 0
    names = db.scalars(text(f"select {kind.name} {sql} order by t.id limit 5"), values).all() if rows else []
    return Due(rows, limit, tuple(str(name) for name in names))


@command(requires=Permission.TEAM_MANAGE)
def save_retention_policy(db: TenantSession, cmd: SavePolicy) -> PolicySaved:
    """Write how long rows are kept, and whether the job works it off. The database asks for `team.manage` as well.

    Raises InvalidInput, EditConflict when somebody was faster.
    """
    kind = _kind(cmd.entity, cmd.basis)
    _check(kind, cmd.months, cmd.anchor)
    if cmd.action not in kind.actions:
        raise InvalidInput("This cannot be done with these data.", fields={"action": "Choose another one"})
    if len(cmd.note) > 2000:
        raise InvalidInput("The reason is too long.", fields={"note": "At most 2,000 characters"})
    values: dict[str, Any] = {
        "months": cmd.months, "anchor": cmd.anchor, "action": cmd.action, "enabled": cmd.enabled,
        "note": cmd.note.strip() or None,
    }  # fmt: skip
    row = db.scalars(
        select(RetentionPolicy).where(
            RetentionPolicy.account_id == db.context.account_id,
            RetentionPolicy.entity == cmd.entity,
            RetentionPolicy.legal_basis == cmd.basis,
        )
    ).one_or_none()
    if row is not None:
        saved = edit(db, RetentionPolicy, row.id, cmd.version or 0, values, what="policy")
        return PolicySaved(saved.id, saved.version)
    if cmd.version is not None:
        raise AlreadyExists("This policy was removed meanwhile.", hint="Reload the page.")
    made = RetentionPolicy(entity=cmd.entity, legal_basis=cmd.basis, **values)
    db.add(made)
    db.flush()
    db.refresh(made)
    return PolicySaved(made.id, made.version)


@scheduled(JOB, title="Work off retention", cron="10 2 * * *")
def work_off_retention(db: TenantSession) -> dict[str, Any]:
    """Do what the house's retention policies say with rows whose time is up, a batch at a time."""
    return _work_off(db)


@house_job("continue_retention", title="Go on with retention")
def continue_retention(db: TenantSession) -> None:
    """The next batch of rows whose time is up, where one was not enough."""
    _work_off(db)


def _work_off(db: TenantSession) -> dict[str, Any]:
    told: dict[str, Any] = {}
    more = False
    for policy in retention_policies(db):
        if not policy.enabled:
            continue
        kind = _kind(policy.entity, policy.basis)
        ids = db.scalars(
            text(f"select t.id {_due(kind, policy.anchor)} order by t.id limit {BATCH} for update of t skip locked"),
            {"account": db.context.account_id, "months": policy.months},
        ).all()
        if not ids:
            continue
        _do(db, kind, policy.action, ids)
        details = {"rows": len(ids), "action": policy.action.value, "basis": policy.basis.value}
        audit.note(db, AuditAction.RETENTION.value, policy.entity, policy.id or "", details)
        told[policy.title] = told.get(policy.title, 0) + len(ids)
        more = more or len(ids) == BATCH
    if more:
        defer(db, "continue_retention", once="continue_retention")
        told["goes on"] = "yes"
    return told or {"due": 0}


def _do(db: TenantSession, kind: Retained, action: RetentionAction, ids: Sequence[int]) -> None:
    if action is RetentionAction.ARCHIVE:
        db.execute(
            text(f"update {kind.entity} set archived_at = now() where account_id = :account and id = any(:ids)"),
            {"account": db.context.account_id, "ids": list(ids)},
        )
    elif action is RetentionAction.ERASE:
        delete_rows(db, kind.entity, ids)
    else:
        clear_rows(db, {kind.entity: set(ids)})


def _due(kind: Retained, anchor: RetentionAnchor) -> str:
    return (
        f"from {kind.entity} t where t.account_id = :account and ({kind.where})"
        f" and {kind.anchors[anchor]} < now() - make_interval(months => :months)"
    )


def _kind(entity: str, basis: LegalBasis) -> Retained:
    found = _RETAINED.get(f"{entity}.{basis.value}")
    if found is None:
        raise InvalidInput("These data have no end that could be set.", fields={"entity": "Choose from the list"})
    return found


def _check(kind: Retained, months: int, anchor: RetentionAnchor) -> None:
    if not 1 <= months <= MOST_MONTHS:
        raise InvalidInput("Months are out of range.", fields={"months": f"From 1 to {MOST_MONTHS}"})
    if anchor not in kind.anchors:
        raise InvalidInput("Months cannot be counted from there.", fields={"anchor": "Choose another start"})


def _policy(kind: Retained, row: RetentionPolicy | None) -> Policy:
    anchors = tuple(kind.anchors)
    title = title_of(kind.entity)
    if row is None:
        return Policy(kind.entity, kind.basis, title, kind.about, kind.months, anchors[0], kind.actions[0], False, "",
                      anchors, kind.actions, None, None)  # fmt: skip
    return Policy(kind.entity, kind.basis, title, kind.about, row.months, row.anchor, row.action, row.enabled,
                  row.note or "", anchors, kind.actions, row.id, row.version)  # fmt: skip


_CREATED = {RetentionAnchor.CREATED: "t.created_at"}
_BOTH = (RetentionAction.ANONYMISE, RetentionAction.ERASE)
_WHOLE = "t.redacted_at is null and t.status in ('sent', 'failed', 'suppressed', 'cancelled')"

retained(
    "notification_queue", LegalBasis.CONSENT, about="Marketing that was sent, with its delivery log", months=24,
    anchors=_CREATED, actions=_BOTH, where=f"t.category = 'marketing' and {_WHOLE}", name="t.created_at::date::text",
)  # fmt: skip
retained(
    "notification_queue", LegalBasis.CONTRACT, about="Other messages that were sent, with their delivery log",
    months=36, anchors=_CREATED, actions=_BOTH, where=f"t.category <> 'marketing' and {_WHOLE}",
    name="t.created_at::date::text",
)  # fmt: skip
retained(
    "data_subject_requests", LegalBasis.LEGAL_OBLIGATION, about="Requests that were answered: name, address, message",
    months=36, anchors={RetentionAnchor.CLOSED: "t.completed_at"}, actions=_BOTH,
    where="t.completed_at is not null and num_nonnulls(t.subject_name, t.subject_email, t.message) > 0",
    name="t.received_at::date::text",
)  # fmt: skip
