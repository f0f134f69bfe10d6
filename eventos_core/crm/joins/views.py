"""Board, forecast and funnel as files: what stands on the screen, under its filters and as of its instant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

from eventos_core.crm import queries
from eventos_core.crm.metrics import screens
from eventos_core.crm.queries import shown
from eventos_core.crm.queries.listing import DealFilter
from eventos_core.crm.queries.shown import FiguresFilter, Shown
from eventos_core.db.session import TenantSession
from eventos_core.enums.crm import OpportunityKind, StageKind
from eventos_core.kernel.money import exponent
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import writers
from eventos_core.operations.exports import Column, Exportable, Row, amount, column, exportable, instant, label
from eventos_core.operations.lists import PageOf
from eventos_core.operations.metrics import Unit

Rows = Callable[[TenantSession, Any], pd.DataFrame]
_DIGITS = {"share": 2, "days": 1}
"""Digits behind the point; shares are written as per cent."""


def _whole(rows: Rows) -> Callable[[TenantSession, Any, str | None, int], PageOf]:
    """A table of few rows, which is one page."""
    return lambda db, wanted, _cursor, _size: PageOf(rows(db, wanted), None, None)


def _number(rows: Rows) -> Callable[[TenantSession, Any, int], int]:
    return lambda db, wanted, limit: min(len(rows(db, wanted)), limit)


def _headed(first: tuple[str, str], columns: Sequence[Shown], currency: str) -> list[Column]:
    """The first column (header, name) and those that the screen shows, under its headers with their unit."""
    return [column(*first), *(_column(one, currency) for one in columns)]


def _column(one: Shown, currency: str) -> Column:
    if one.kind in ("money", "money_a_day"):
        return Column(f"{one.label} ({currency})", lambda row: _money(row[one.name], currency), decimals=True)
    if one.kind == "share":
        return Column(f"{one.label} (%)", lambda row: _percent(row[one.name]), decimals=True)
    if one.kind == "days":
        return Column(one.label, lambda row: _rounded(row[one.name], _DIGITS["days"]), decimals=True)
    return column(one.label, one.name)


def _money(minor: Any, currency: str) -> Decimal | None:
    whole = _rounded(minor, 0)
    return None if whole is None else whole.scaleb(-exponent(currency))


def _percent(fraction: Any) -> Decimal | None:
    return None if writers.missing(fraction) else _rounded(Decimal(str(fraction)) * 100, _DIGITS["share"])


def _rounded(value: Any, digits: int) -> Decimal | None:
    if writers.missing(value):
        return None
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _forecast(db: TenantSession, wanted: FiguresFilter) -> pd.DataFrame:
    by = wanted.forecast_by
    return shown.forecast_rows(queries.forecast(db, wanted.scope(), by), by)


def _stages(db: TenantSession, wanted: FiguresFilter) -> pd.DataFrame:
    return shown.stage_rows(queries.funnel(db, wanted.scope()))


def _parts(db: TenantSession, wanted: FiguresFilter) -> pd.DataFrame:
    by = wanted.parts_by
    return shown.part_rows(queries.performance_by(db, wanted.scope(), by), by)


def _forecast_figures(db: TenantSession, wanted: FiguresFilter) -> pd.DataFrame:
    return screens.figure_rows(screens.forecast_head(db, wanted.scope(), wanted.forecast_by)[1], wanted)


def _funnel_figures(db: TenantSession, wanted: FiguresFilter) -> pd.DataFrame:
    return screens.figure_rows(screens.funnel_head(db, wanted.scope()), wanted)


def _figure_columns(db: TenantSession, _wanted: FiguresFilter) -> list[Column]:
    currency = db.context.currency
    units = {
        Unit.MINOR: currency, Unit.MINOR_PER_DAY: f"{currency} a day", Unit.FRACTION: "%", Unit.DAYS: "days",
    }  # fmt: skip

    def value(name: str) -> Callable[[Row], Decimal | None]:
        return lambda row: _in_unit(row[name], Unit(row["unit"]), currency)

    return [
        column("Figure", "name"),
        Column("Value", value("value"), decimals=True),
        Column("Unit", lambda row: units.get(Unit(row["unit"]))),
        Column("Before", value("previous"), decimals=True),
        column("Compared", "compared_with"),
        Column("Target", value("target"), decimals=True),
        column("Definition", "definition"),
        instant("From", "from_"),
        instant("To", "to"),
        instant("As of", "as_of"),
    ]


def _in_unit(value: Any, unit: Unit, currency: str) -> Decimal | None:
    if unit in (Unit.MINOR, Unit.MINOR_PER_DAY):
        return _money(value, currency)
    if unit is Unit.FRACTION:
        return _percent(value)
    return _rounded(value, 0 if unit is Unit.COUNT else 1)


def _board_columns(db: TenantSession, wanted: DealFilter) -> pd.DataFrame:
    return shown.board_rows(queries.board_columns(db, wanted))


def _deal_columns(_db: TenantSession, _wanted: DealFilter) -> Sequence[Column]:
    """What a card says, in the board's order."""
    return (
        column("Id", "id"),
        column("Stage", "stage"),
        column("Deal", "name"),
        amount("Amount", "amount_minor", "currency"),
        column("Currency", "currency"),
        column("Organisation", "organization"),
        column("Event", "event"),
        column("Owner", "owner"),
        label("Kind", "kind", OpportunityKind),
        Column("Probability (%)", lambda row: _ppm(row["effective_probability_ppm"]), decimals=True),
        Column("Own estimate", lambda row: not writers.missing(row["probability_override_ppm"])),
        instant("In stage since", "stage_entered_at"),
        column("Expected close", "expected_close_on"),
        column("Closed on", "closed_on"),
        column("Next step", "next_step"),
        column("Next activity", "next_subject"),
        instant("Next activity due", "next_due_at"),
        column("Rotting", "rotting"),
        column("Tags", "tags"),
    )


def _ppm(value: Any) -> Decimal | None:
    return None if writers.missing(value) else _rounded(Decimal(int(value)).scaleb(-4), _DIGITS["share"])


def _by(labels: Mapping[Any, str], by: str) -> str:
    return f"by {labels[by].lower()}"


def _pipeline_name(db: TenantSession, wanted: FiguresFilter | DealFilter) -> str:
    return queries.pipeline_name(db, wanted.pipeline)


def _day(db: TenantSession, wanted: FiguresFilter) -> dt.date:
    return wanted.scope().day(db.context.zone)


def _table(
    key: str, title: str, filter_type: type[Any], rows: Rows,
    columns: Callable[[TenantSession, Any], Sequence[Column]], of: Callable[[TenantSession, Any], str] | None = None,
    *, covers: tuple[str, ...] = (), sheets: tuple[str, ...] = (),
) -> None:  # fmt: skip
    exportable(
        Exportable(
            key, title, Permission.SALES_READ, filter_type, _whole(rows), _number(rows), columns, of, covers=covers,
            sheets=sheets, as_of=_day if filter_type is FiguresFilter else None,
        )
    )  # fmt: skip


_table("forecast_figures", "Forecast figures", FiguresFilter, _forecast_figures, _figure_columns)
_table(
    "forecast", "Forecast", FiguresFilter, _forecast,
    lambda db, wanted: _headed(
        (shown.FORECAST_BY[wanted.forecast_by], "label"), shown.FORECAST_COLUMNS, db.context.currency
    ),
    lambda _db, wanted: _by(shown.FORECAST_BY, wanted.forecast_by),
    sheets=("forecast_figures",),
)  # fmt: skip
_table("funnel_figures", "Funnel figures", FiguresFilter, _funnel_figures, _figure_columns)
_table(
    "funnel_parts", "Win rates", FiguresFilter, _parts,
    lambda db, wanted: _headed((shown.PARTS_BY[wanted.parts_by], "label"), shown.PART_COLUMNS, db.context.currency),
    lambda _db, wanted: _by(shown.PARTS_BY, wanted.parts_by),
    covers=("crm.performance_by",),
)  # fmt: skip
_table(
    "funnel", "Funnel", FiguresFilter, _stages,
    lambda db, _wanted: _headed(("Stage", "stage"), shown.STAGE_COLUMNS, db.context.currency),
    _pipeline_name,
    sheets=("funnel_figures", "funnel_parts"),
)  # fmt: skip
_table(
    "board_columns", "Board columns", DealFilter, _board_columns,
    lambda db, _wanted: [
        column("Stage", "stage"), label("Outcome", "kind", StageKind),
        *(_column(one, db.context.currency) for one in shown.BOARD_COLUMNS),
    ],
    _pipeline_name,
)  # fmt: skip
exportable(
    Exportable(
        "board", "Board", Permission.SALES_READ, DealFilter,
        lambda db, wanted, cursor, size: queries.board_deals(db, wanted, cursor=cursor, size=size),
        queries.board_counted, _deal_columns, _pipeline_name, covers=("crm.board_deals",), sheets=("board_columns",),
    )
)  # fmt: skip
