"""The sales part of the Settings page, what of it lies in the trash, and the list of rates for export."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import func, literal, select

from eventos_core.crm.commands import meeting_types, pipelines, reasons, stages
from eventos_core.crm.queries import rates
from eventos_core.crm.queries.rates import RateFilter
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import RateSource
from eventos_core.kernel.permissions import Permission
from eventos_core.models.base import TenantTable
from eventos_core.models.crm import LostReason, MeetingType, SalesPipeline, SalesStage
from eventos_core.operations.exports import Column, Exportable, column, exportable, label
from eventos_core.operations.settings import Section, section
from eventos_core.operations.trash import Binned, binned

section(
    Section(
        "sales",
        "Sales",
        "handshake",
        "What deals move through, why they are lost, which meetings can be booked, rates and targets.",
        reads=Permission.SALES_READ,
        writes=Permission.SALES_SETTINGS,
        drawn=True,
        order=15,
    )
)


def _restore_pipeline(db: TenantSession, row_id: int, version: int) -> None:
    pipelines.restore_pipeline(db, pipelines.OnePipeline(row_id, version))


def _restore_stage(db: TenantSession, row_id: int, version: int) -> None:
    stages.restore_sales_stage(db, stages.RestoreSalesStage(row_id, version))


def _restore_reason(db: TenantSession, row_id: int, version: int) -> None:
    reasons.restore_lost_reason(db, reasons.OneLostReason(row_id, version))


def _restore_type(db: TenantSession, row_id: int, version: int) -> None:
    meeting_types.restore_meeting_type(db, meeting_types.OneMeetingType(row_id, version))


def _binned(model: type[TenantTable], noun: str, restore: Any, command: str, icon: str, **more: Any) -> None:
    name: Any = model.__table__.c.name
    binned(
        Binned(
            model, noun, Permission.SALES_READ, Permission.SALES_SETTINGS, "admin_settings", "section", name,
            func.app.search_key(name), restore, command, icon=icon, link=literal("sales"), **more,
        )
    )  # fmt: skip


_PIPELINE_OF_STAGE = (
    select(SalesPipeline.name)
    .where(SalesPipeline.account_id == SalesStage.account_id, SalesPipeline.id == SalesStage.pipeline_id)
    .correlate(SalesStage)
    .scalar_subquery()
)
_binned(SalesPipeline, "Pipeline", _restore_pipeline, "restore_pipeline", "view_kanban")
_binned(SalesStage, "Sales stage", _restore_stage, "restore_sales_stage", "view_week", context=_PIPELINE_OF_STAGE)
_binned(LostReason, "Lost reason", _restore_reason, "restore_lost_reason", "thumb_down")
_binned(MeetingType, "Kind of meeting", _restore_type, "restore_meeting_type", "event_available")


def _rate_columns(db: TenantSession, wanted: RateFilter) -> Sequence[Column]:
    # The headers that an import takes back.
    return (
        column("day", "valid_on"),
        column("from", "from_currency"),
        column("to", "to_currency"),
        Column("rate", lambda row: Decimal(int(row["rate_e12"])).scaleb(-12), shown="rate_e12"),
        label("source", "source", RateSource),
    )


exportable(
    Exportable(
        "exchange_rates", "Exchange rates", Permission.SALES_READ, RateFilter,
        lambda db, wanted, cursor, size: rates.exchange_rates(db, wanted, cursor=cursor, size=size),
        rates.exchange_rates_counted, _rate_columns, covers=("crm.exchange_rates",),
    )
)  # fmt: skip
