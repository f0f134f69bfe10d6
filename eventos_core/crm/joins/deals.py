"""Deals in the registries: custom fields, trash, exports, timelines, files, webhooks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Exists,
    SQLColumnExpression,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    select,
)
from sqlalchemy.orm import aliased

from eventos_core.crm import commands, queries
from eventos_core.crm.queries.listing import DealFilter
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import OpportunityKind, StageKind
from eventos_core.kernel.facts import OpportunityLost, OpportunityReopened, OpportunityWon
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import (
    LostReason,
    Opportunity,
    OpportunityContact,
    OpportunityFile,
    OpportunityVersion,
    SalesPipeline,
    SalesStage,
)
from eventos_core.models.operations import AuditEntry
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations import writers
from eventos_core.operations.custom import Entity, entity
from eventos_core.operations.exports import Column, Exportable, amount, column, exportable, instant, label
from eventos_core.operations.exports.own_fields import with_own_fields
from eventos_core.operations.files.fetching import opens_restricted
from eventos_core.operations.lists import PageOf
from eventos_core.operations.timeline import Moment, audited, timeline_source
from eventos_core.operations.trash import Binned, binned
from eventos_core.operations.webhooks.firing import tell

tell(OpportunityWon, OpportunityLost, OpportunityReopened)
entity(Entity("opportunities", "Deals", Opportunity, Permission.SALES_READ))


@opens_restricted(Permission.SALES_READ)
def files_of_deals(account_id: int, asset_id: int) -> Exists:
    """A file that belongs to a deal opens to whoever may read deals."""
    return exists().where(OpportunityFile.account_id == account_id, OpportunityFile.media_asset_id == asset_id)


_FOLLOWS = frozenset({
    "stage_id", "stage_entered_at", "outcome", "probability_ppm", "effective_probability_ppm", "forecast_category",
    "rate_to_base_e12", "last_edited_at", "closed_on",
})  # fmt: skip
"""Columns that a move changes; the timeline tells the move."""
_WHY = frozenset({"lost_reason_id", "lost_note"})
"""Told by the move where the outcome changed with them, as changes of the deal otherwise."""
_NOUNS = {"opportunities": "Deal", "opportunity_contacts": "Person in the deal", "opportunity_files": "File"}


@timeline_source("opportunities", requires=Permission.SALES_READ)
def deal_changes(db: TenantSession, deal_id: int, before: dt.datetime | None, limit: int) -> Sequence[Moment]:
    """Changes of the deal, its people and files, from the audit."""
    account = db.context.account_id
    people = db.scalars(
        select(OpportunityContact.id).where(
            OpportunityContact.account_id == account, OpportunityContact.opportunity_id == deal_id
        )
    ).all()
    files = db.scalars(
        select(OpportunityFile.id).where(
            OpportunityFile.account_id == account, OpportunityFile.opportunity_id == deal_id
        )
    ).all()
    rows = {"opportunities": [deal_id], "opportunity_contacts": people, "opportunity_files": files}
    found = []
    for moment in audited(db, rows, _NOUNS, before, limit):
        names = {change.column for change in moment.changes}
        follows = _FOLLOWS | _WHY if "outcome" in names else _FOLLOWS
        told = tuple(change for change in moment.changes if change.column not in follows)
        # What only followed the stage is told by the move itself.
        if told or not moment.changes:
            found.append(replace(moment, changes=told))
    return found


@timeline_source("opportunities", requires=Permission.SALES_READ)
def stage_moves(db: TenantSession, deal_id: int, before: dt.datetime | None, limit: int) -> Sequence[Moment]:
    """Every entry into a stage that stands, newest first; of one that lost the deal the reason and its note."""
    version = OpportunityVersion
    earlier = func.lag(version.stage_id).over(order_by=(version.valid_from, version.id))
    steps = (
        select(version.stage_id, version.valid_from, version.changed_by_id, version.outcome, earlier.label("earlier"))
        .where(
            version.account_id == db.context.account_id,
            version.opportunity_id == deal_id,
            version.retracted_at.is_(None),
        )
        .subquery()
    )
    until = func.lead(steps.c.valid_from).over(order_by=steps.c.valid_from)
    moves = select(*steps.c, until.label("until")).where(steps.c.earlier.is_distinct_from(steps.c.stage_id)).subquery()
    was, deal, image = aliased(SalesStage), Opportunity, _last_lost(db, deal_id, moves)
    line, line_was = aliased(SalesPipeline), aliased(SalesPipeline)
    lost_now = and_(moves.c.until.is_(None), moves.c.outcome == StageKind.LOST)
    lost_then = and_(moves.c.until.is_not(None), moves.c.outcome == StageKind.LOST)
    reason_id = case((lost_now, deal.lost_reason_id), (lost_then, cast(image["lost_reason_id"].astext, BigInteger)))
    statement = (
        select(
            moves.c.valid_from, SalesStage.name.label("stage"), was.name.label("was"),
            line.name.label("line"), line_was.name.label("line_was"), (line.id != line_was.id).label("elsewhere"),
            AccountUser.display_name.label("actor"), LostReason.name.label("reason"),
            case((lost_now, deal.lost_note), (lost_then, image["lost_note"].astext)).label("note"),
        )
        .select_from(moves)
        .join(deal, and_(deal.account_id == db.context.account_id, deal.id == deal_id))
        .outerjoin(SalesStage, _here(db, SalesStage, moves.c.stage_id))
        .outerjoin(line, _here(db, line, SalesStage.pipeline_id))
        .outerjoin(was, _here(db, was, moves.c.earlier))
        .outerjoin(line_was, _here(db, line_was, was.pipeline_id))
        .outerjoin(AccountUser, _here(db, AccountUser, moves.c.changed_by_id))
        .outerjoin(LostReason, _here(db, LostReason, reason_id))
        .order_by(moves.c.valid_from.desc())
        .limit(limit)
    )  # fmt: skip
    if before is not None:
        statement = statement.where(moves.c.valid_from < before)
    return [
        Moment(
            at=row.valid_from, kind="stage", actor=row.actor or "",
            title=_moved(row),
            body=" · ".join(part for part in (row.reason, row.note) if part),
        )
        for row in db.execute(statement)
    ]  # fmt: skip


def _moved(row: Any) -> str:
    if not row.was:
        return f"Began in {row.stage}"
    if row.elsewhere:
        return f"{row.line_was}: {row.was} → {row.line}: {row.stage}"
    return f"{row.was} → {row.stage or 'a stage'}"


def _last_lost(db: TenantSession, deal_id: int, moves: Subquery) -> Any:
    """The deal as the audit last saw it lost before the end of a move: reopening empties both in the deal itself."""
    entry = AuditEntry
    return (
        select(entry.after)
        .where(
            entry.account_id == db.context.account_id, entry.table_name == Opportunity.__tablename__,
            entry.row_id == str(deal_id), entry.occurred_at < moves.c.until,
            entry.after["outcome"].astext == StageKind.LOST,
        )
        .order_by(entry.occurred_at.desc(), entry.id.desc())
        .limit(1)
        .correlate(moves)
        .scalar_subquery()
    )  # fmt: skip


def _here(
    db: TenantSession,
    model: type[SalesPipeline | SalesStage | AccountUser | LostReason],
    row_id: SQLColumnExpression[Any],
) -> ColumnElement[bool]:
    return and_(model.account_id == db.context.account_id, model.id == row_id)


def _deals(db: TenantSession, wanted: DealFilter, cursor: str | None, size: int) -> PageOf:
    return queries.deals_in_full(db, wanted, cursor=cursor, size=size)


def _columns(db: TenantSession, wanted: DealFilter) -> Sequence[Column]:
    """Headers as imports name them, so that the file can come back; custom fields last."""
    columns = (
        column("Id", "id"),
        column("Deal name", "name"),
        label("Kind", "kind", OpportunityKind),
        column("Organisation", "organization"),
        column("Contact", "contact"),
        column("Contact e-mail", "contact_email", shown="contact"),
        column("Event", "event"),
        column("Owner", "owner"),
        column("Pipeline", "pipeline", shown="stage"),
        column("Stage", "stage"),
        label("Outcome", "outcome", StageKind),
        amount("Amount", "amount_minor", "currency"),
        column("Currency", "currency", shown="amount_minor"),
        Column("Probability (%)", _percent, shown="effective_probability_ppm", decimals=True),
        column("Opened on", "opened_on"),
        column("Expected close", "expected_close_on"),
        column("Closed on", "closed_on"),
        column("Lost reason", "lost_reason"),
        column("Lost note", "lost_note", shown="lost_reason"),
        column("Source", "source"),
        column("Product", "product"),
        column("Next step", "next_step"),
        column("Next step by", "next_step_on", shown="next_step"),
        column("Description", "description"),
        column("Tags", "tags"),
        instant("In stage since", "stage_entered_at"),
        instant("Created", "created_at"),
        instant("Changed", "updated_at"),
    )  # fmt: skip
    return with_own_fields(db, "opportunities", columns)


def _percent(row: Mapping[str, Any]) -> Decimal | None:
    """What a forecast uses: the person's estimate while open, else the stage's."""
    estimate = row["probability_override_ppm"] if row["outcome"] == StageKind.OPEN else None
    ppm: Any = row["probability_ppm"] if writers.missing(estimate) else estimate
    percent = Decimal(int(ppm)).scaleb(-4)
    # Never as 4E+1, which a spreadsheet would not read as a share.
    return percent.quantize(Decimal(1)) if percent == percent.to_integral_value() else percent.normalize()


def _restore(db: TenantSession, deal_id: int, version: int) -> None:
    commands.restore_deals(db, commands.RestoreDeals((deal_id,), version))


binned(
    Binned(
        Opportunity, "Deal", Permission.SALES_READ, Permission.SALES_WRITE, "sales_pipeline", "deal",
        Opportunity.name.expression, Opportunity.search_text.expression, _restore, "restore_deals", icon="handshake",
        context=Opportunity.product.expression,
    )
)  # fmt: skip
exportable(
    Exportable(
        "deals", "Deals", Permission.SALES_READ, DealFilter, _deals, queries.deals_counted, _columns,
        covers=("crm.deals", "crm.deals_in_full"),
    )
)  # fmt: skip
