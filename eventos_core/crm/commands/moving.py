"""Deals from stage to stage: moved, won, lost, opened again; one place that every path goes through."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from eventos_core.crm.commands.checks import Once, reason_in_use, stage_in_use, stage_of_kind, touched
from eventos_core.crm.queries.settings import custom_deal_fields
from eventos_core.crm.rules.deals import LONGEST_NOTE, missing
from eventos_core.crm.rules.stages import REQUIRABLE
from eventos_core.db.editing import get
from eventos_core.db.facts import emit
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import StageKind
from eventos_core.kernel import clock
from eventos_core.kernel.errors import Conflict, EditConflict, InvalidInput, NotAllowedNow
from eventos_core.kernel.facts import OpportunityLost, OpportunityReopened, OpportunityWon
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import Opportunity, OpportunityVersion, SalesStage
from eventos_core.models.tenancy import AccountUser


@dataclass(frozen=True)
class Ending:
    """How a deal ends: why it was lost, and on which day it was decided (None: today in the house's zone)."""

    lost_reason_id: int | None = None
    lost_note: str | None = None
    closed_on: dt.date | None = None


@dataclass(frozen=True)
class MoveDeal:
    """A deal to another stage. With `from_stage_id`, where it was seen, a deal that moved meanwhile is left there."""

    opportunity_id: int
    stage_id: int
    from_stage_id: int | None = None
    ending: Ending | None = None


@dataclass(frozen=True)
class WinDeal:
    """A deal that was won, as seen at `version`."""

    opportunity_id: int
    version: int | None = None
    closed_on: dt.date | None = None


@dataclass(frozen=True)
class LoseDeal:
    """A deal that was lost, as seen at `version`, and why."""

    opportunity_id: int
    lost_reason_id: int | None = None
    lost_note: str | None = None
    version: int | None = None
    closed_on: dt.date | None = None


@dataclass(frozen=True)
class ReopenDeal:
    """A closed deal to open again, in the stage it was last open in unless `stage_id` names one."""

    opportunity_id: int
    stage_id: int | None = None
    version: int | None = None


@dataclass(frozen=True)
class DealMoved:
    """Where the deal stands now; `moved` is False where it stood there already."""

    opportunity_id: int
    version: int
    stage_id: int
    outcome: StageKind
    moved: bool


@command(requires=Permission.SALES_WRITE)
def move_deal(db: TenantSession, cmd: MoveDeal) -> DealMoved:
    """Bring a deal into a stage, of another pipeline too; a stage that it is in already changes nothing.

    Raises NotFound, InvalidInput (stage not in use, a field the stage demands is empty, no reason for a loss),
    Conflict when archived, EditConflict that says who moved it where. Emits OpportunityWon, OpportunityLost or
    OpportunityReopened where its outcome changes.
    """
    stage = stage_in_use(db, cmd.stage_id)
    row = get(db, Opportunity, cmd.opportunity_id, lock=True, what="deal")
    if row.stage_id != stage.id and cmd.from_stage_id not in (None, row.stage_id):
        raise _moved_meanwhile(db, row, stage)
    return _moved(db, row, stage, cmd.ending)


@command(requires=Permission.SALES_WRITE)
def win_deal(db: TenantSession, cmd: WinDeal) -> DealMoved:
    """Move a deal to its pipeline's won stage. Raises as `move_deal`, EditConflict where it changed since `version`."""
    return _close(db, cmd.opportunity_id, cmd.version, StageKind.WON, Ending(closed_on=cmd.closed_on))


@command(requires=Permission.SALES_WRITE)
def lose_deal(db: TenantSession, cmd: LoseDeal) -> DealMoved:
    """Move a deal to its pipeline's lost stage, with the reason. Raises as `win_deal`."""
    ending = Ending(cmd.lost_reason_id, cmd.lost_note, cmd.closed_on)
    return _close(db, cmd.opportunity_id, cmd.version, StageKind.LOST, ending)


@command(requires=Permission.SALES_WRITE)
def reopen_deal(db: TenantSession, cmd: ReopenDeal) -> DealMoved:
    """Open a closed deal again; day, reason and frozen rate of its closing go. Raises as `win_deal`, NotAllowedNow."""
    before = get(db, Opportunity, cmd.opportunity_id, what="deal")
    stage = stage_in_use(db, cmd.stage_id) if cmd.stage_id is not None else _last_open(db, before)
    row = get(db, Opportunity, cmd.opportunity_id, lock=True, what="deal")
    _check_version(db, row, cmd.version, stage)
    if row.outcome == StageKind.OPEN:
        raise NotAllowedNow("This deal is open.", hint="Move it to another stage instead.")
    if stage.kind != StageKind.OPEN:
        raise InvalidInput("That stage is not an open one.", fields={"stage_id": "Choose an open stage"})
    return _moved(db, row, stage, None)


def enter(ask: Once, row: Opportunity, stage: SalesStage, ending: Ending | None) -> None:
    """Put the locked deal into the locked stage; the caller flushes, then calls `tell`. Raises InvalidInput."""
    check_required(ask, stage, row)
    ending = ending or Ending()
    if stage.kind == StageKind.LOST or ending.lost_reason_id is not None:
        reason = ask(reason_in_use, ending.lost_reason_id)
    # Nothing is read from here on: stage and reason are one change, in the audit too.
    row.stage_id = stage.id
    if stage.kind == StageKind.LOST:
        note = (ending.lost_note or "").strip() or None
        if reason.requires_note and note is None:
            raise InvalidInput(f"“{reason.name}” needs a note.", fields={"lost_note": "Say in a few words why"})
        if note is not None and len(note) > LONGEST_NOTE:
            raise InvalidInput("The note is too long.", fields={"lost_note": f"At most {LONGEST_NOTE} characters"})
        row.lost_reason_id, row.lost_note = reason.id, note
    if stage.kind != StageKind.OPEN:
        today = clock.now().astimezone(ask.db.context.zone).date()
        day = ending.closed_on or max(today, row.opened_on)
        if day > today and ending.closed_on is not None:
            raise InvalidInput("A deal cannot be closed in the future.", fields={"closed_on": "Not after today"})
        if day < row.opened_on:
            raise InvalidInput("A deal cannot be closed before it began.",
                               fields={"closed_on": "Not before its first day"})  # fmt: skip
        # Another day or currency than before means another rate: the trigger looks it up.
        row.closed_on, row.rate_to_base_e12 = day, None


def check_required(ask: Once, stage: SalesStage, row: Opportunity) -> None:
    """Raises InvalidInput that names what the stage demands and the deal lacks."""
    demanded = ask(demanded_by, stage)
    lacking = missing(tuple(demanded), {name: getattr(row, name) for name in REQUIRABLE}, row.custom)
    if lacking:
        named = ", ".join(demanded[name].lower() for name in lacking)
        raise InvalidInput(
            f"“{stage.name}” needs: {named}.", hint="Fill this in on the deal, then move it.",
            fields=dict.fromkeys(lacking, f"“{stage.name}” needs this"),
        )  # fmt: skip


def demanded_by(db: TenantSession, stage: SalesStage) -> dict[str, str]:
    """Field → label of what a stage demands; a custom field that was taken off forms since is demanded no more."""
    known: dict[str, str] = dict(REQUIRABLE)
    if set(stage.required_fields) - set(REQUIRABLE):
        known |= custom_deal_fields(db)
    return {name: known[name] for name in stage.required_fields if name in known}


def tell(db: TenantSession, row: Opportunity, was: StageKind) -> None:
    """Emit what the flushed move means to others."""
    if row.outcome == was:
        return
    if was != StageKind.OPEN:
        emit(db, OpportunityReopened(row.id, str(was)))
    if row.outcome == StageKind.WON:
        emit(db, OpportunityWon(row.id, str(row.kind), row.event_id, row.organization_id))
    elif row.outcome == StageKind.LOST:
        emit(db, OpportunityLost(row.id, row.lost_reason_id))


def _close(db: TenantSession, deal_id: int, version: int | None, kind: StageKind, ending: Ending) -> DealMoved:
    before = get(db, Opportunity, deal_id, what="deal")
    stage = stage_of_kind(db, before.stage_id, kind)
    row = get(db, Opportunity, deal_id, lock=True, what="deal")
    _check_version(db, row, version, stage)
    return _moved(db, row, stage, ending)


def _moved(db: TenantSession, row: Opportunity, stage: SalesStage, ending: Ending | None) -> DealMoved:
    if row.archived_at is not None:
        raise Conflict("This deal is archived.", hint="Restore it first.")
    if row.stage_id == stage.id:
        return DealMoved(row.id, row.version, row.stage_id, StageKind(row.outcome), moved=False)
    was = StageKind(row.outcome)
    enter(Once(db), row, stage, ending)
    touched(db, row)
    db.flush()
    db.refresh(row)
    tell(db, row, was)
    return DealMoved(row.id, row.version, row.stage_id, StageKind(row.outcome), moved=True)


def _check_version(db: TenantSession, row: Opportunity, version: int | None, stage: SalesStage) -> None:
    if version is None or row.version == version or row.stage_id == stage.id:
        return
    author = _name(db, row.updated_by)
    raise EditConflict(
        f"{author or 'Somebody'} changed this deal meanwhile.", hint="Look at it again, then decide.",
        version=row.version, theirs={"stage": _stage_name(db, row.stage_id)}, mine={"stage": stage.name},
        changed_by=author,
    )  # fmt: skip


def _moved_meanwhile(db: TenantSession, row: Opportunity, wanted: SalesStage) -> EditConflict:
    """Who moved it where, read from its history: somebody else may have edited it since."""
    mover = db.scalar(
        select(OpportunityVersion.changed_by_id)
        .where(
            OpportunityVersion.account_id == db.context.account_id,
            OpportunityVersion.opportunity_id == row.id,
            OpportunityVersion.stage_id == row.stage_id,
            OpportunityVersion.retracted_at.is_(None),
            OpportunityVersion.valid_from >= row.stage_entered_at,
        )
        .order_by(OpportunityVersion.valid_from)
        .limit(1)
    )
    name, stage = _name(db, mover), _stage_name(db, row.stage_id)
    return EditConflict(
        f"{name or 'Somebody'} has moved “{row.name}” to {stage} meanwhile.",
        hint=f"It stays there. Move it again if it belongs in {wanted.name}.",
        version=row.version, theirs={"stage": stage}, mine={"stage": wanted.name}, changed_by=name,
    )  # fmt: skip


def _last_open(db: TenantSession, row: Opportunity) -> SalesStage:
    """The stage in use in which the deal was open last, else its pipeline's last open one."""
    found = db.scalar(
        select(SalesStage.id)
        .join(
            OpportunityVersion,
            (OpportunityVersion.account_id == SalesStage.account_id) & (OpportunityVersion.stage_id == SalesStage.id),
        )
        .where(
            OpportunityVersion.account_id == db.context.account_id,
            OpportunityVersion.opportunity_id == row.id,
            OpportunityVersion.outcome == StageKind.OPEN,
            OpportunityVersion.retracted_at.is_(None),
            SalesStage.archived_at.is_(None),
            SalesStage.kind == StageKind.OPEN,
        )
        .order_by(OpportunityVersion.valid_from.desc())
        .limit(1)
    )
    return stage_in_use(db, found) if found is not None else stage_of_kind(db, row.stage_id, StageKind.OPEN, last=True)


def _name(db: TenantSession, member_id: int | None) -> str:
    if member_id is None:
        return ""
    return (
        db.scalar(
            select(AccountUser.display_name).where(
                AccountUser.account_id == db.context.account_id, AccountUser.id == member_id
            )
        )
        or ""
    )


def _stage_name(db: TenantSession, stage_id: int) -> str:
    return (
        db.scalar(
            select(SalesStage.name).where(SalesStage.account_id == db.context.account_id, SalesStage.id == stage_id)
        )
        or ""
    )
