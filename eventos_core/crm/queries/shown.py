"""What the tables of forecast, funnel and board show: one definition for the page, the export and the report.

A table is its frame and its columns. What a row without an owner, event or source is called, and what is rounded to
how many digits, is decided here, so that a file cannot differ from the screen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import pandas as pd

from eventos_core.crm.queries.board import BoardColumn
from eventos_core.crm.queries.forecast import By as ForecastBy
from eventos_core.crm.queries.forecast import Forecast
from eventos_core.crm.queries.funnel import Funnel
from eventos_core.crm.queries.performance import By as PartsBy
from eventos_core.db.frames import FrameSpec
from eventos_core.enums.crm import OpportunityKind, StageKind
from eventos_core.kernel.errors import InvalidInput
from eventos_core.operations.metrics import Scope

_B = TypeVar("_B", bound=str)
Kind = Literal["text", "count", "money", "money_a_day", "share", "days"]


@dataclass(frozen=True)
class Shown:
    """One column: money in minor units of the base currency, shares as fractions, days to one digit."""

    name: str
    label: str
    kind: Kind = "text"
    about: str | None = None


FORECAST_BY: Mapping[ForecastBy, str] = {"month": "Month", "event": "Event", "owner": "Owner"}
PARTS_BY: Mapping[PartsBy, str] = {"owner": "Owner", "source": "Source", "kind": "Kind", "event": "Event"}
_NONE = {
    "month": "No date", "event": "No event", "owner": "Nobody", "source": "No source", "kind": "No kind",
}  # fmt: skip

FORECAST_COLUMNS = (
    Shown("won_minor", "Won", "money"),
    Shown("commit_minor", "Commit", "money", "Won, and open deals of category commit"),
    Shown("best_minor", "Best case", "money", "Commit, and open deals of category best case"),
    Shown("weighted_minor", "Weighted", "money", "Won, and open deals times their probability"),
    Shown("usable_minor", "Usable", "money", "Weighted, without deals after the event's asset date"),
    Shown("target_minor", "Target", "money"),
    Shown("attainment", "Attained", "share", "Won / target"),
)
STAGE_COLUMNS = (
    Shown("entered", "Entered", "count", "Deals whose first entry lies in the period; lost ones stay in"),
    Shown("next_rate", "To the next", "share", "Of these, those that entered the next stage afterwards"),
    Shown("cumulative_rate", "Of the first", "share", "Share of the deals that entered the first stage"),
    Shown("skipped", "Skipped", "count", "Got further without entering; they count as not having reached it"),
    Shown("lost", "Lost here", "count", "Of the entered deals, those lost straight from this stage"),
    Shown("open_now", "Here now", "count", "Of the entered deals, those that stand here"),
    Shown("median_days", "Median days", "days", "Time in the stage over all visits; open ones until now"),
    Shown("mean_days", "Mean days", "days"),
)
PART_COLUMNS = (
    Shown("open_deals", "Open", "count"),
    Shown("open_minor", "Pipeline", "money"),
    Shown("won_deals", "Won", "count"),
    Shown("won_minor", "Won", "money"),
    Shown("win_rate", "Win rate", "share", "Won / (won + lost), by close date"),
    Shown("mean_cycle_days", "Cycle, days", "days", "Mean days from first to closing day, won deals"),
    Shown("velocity_minor_per_day", "Velocity a day", "money_a_day", "Open × win rate × mean won / cycle"),
)
BOARD_COLUMNS = (
    Shown("deals", "Deals", "count"),
    Shown("value_minor", "Value", "money"),
    Shown("weighted_minor", "Weighted", "money"),
    Shown("without_value", "Without value", "count"),
    Shown("without_rate", "Without exchange rate", "count"),
    Shown("wip_limit", "Limit", "count"),
)
BOARD = FrameSpec(
    stage="text", kind="text", deals="int", value_minor="int", weighted_minor="int", without_value="int",
    without_rate="int", wip_limit="int",
)  # fmt: skip
"""One row per column of a board; what is closed has no weighted value."""


@dataclass(frozen=True)
class FiguresFilter:
    """Figures as a page shows them: the instant as of which, the window, what narrows them, how they are broken down.

    Instants and narrowing as in `Scope`; `event` and `owner` 0 stand for none. Raises InvalidInput for a `by` that the
    view has not.
    """

    as_of: dt.datetime
    from_: dt.datetime | None = None
    to: dt.datetime | None = None
    event: int | None = None
    owner: int | None = None
    kind: tuple[str, ...] = ()
    source: str | None = None
    pipeline: int | None = None
    by: str = ""

    @classmethod
    def of(cls, scope: Scope, by: str) -> FiguresFilter:
        """The filter of that scope."""
        return cls(
            scope.as_of, scope.from_, scope.to, scope.event_id, scope.owner_id, scope.kinds, scope.source,
            scope.pipeline_id, by,
        )  # fmt: skip

    def scope(self) -> Scope:
        """The scope that it stands for."""
        return Scope(
            self.as_of, self.from_, self.to, self.event, self.owner, self.kind, self.source, self.pipeline
        )  # fmt: skip

    @property
    def forecast_by(self) -> ForecastBy:
        """How a forecast is broken down; by month without a word."""
        return _one_of(FORECAST_BY, self.by or "month")

    @property
    def parts_by(self) -> PartsBy:
        """How a funnel is broken down; by owner without a word."""
        return _one_of(PARTS_BY, self.by or "owner")


def _one_of(known: Mapping[_B, str], wanted: str) -> _B:
    for one in known:
        if one == wanted:
            return one
    raise InvalidInput(
        f"Figures are not broken down by “{wanted[:80]}”.", hint=f"Use one of {', '.join(known)}.",
        fields={"by": "Unknown"},
    )  # fmt: skip


def forecast_rows(found: Forecast, by: ForecastBy) -> pd.DataFrame:
    """The rows of a forecast with a name each."""
    return found.rows.assign(label=_labels(found.rows, by))


def stage_rows(found: Funnel) -> pd.DataFrame:
    """The rows of a funnel, days to one digit; an archived stage says that it is."""
    rows = found.rows
    named = [
        f"{stage} (archived)" if archived else stage
        for stage, archived in zip(rows["stage"], rows["archived"], strict=True)
    ]
    return rows.assign(
        stage=pd.Series(named, dtype="string"), median_days=rows["median_days"].round(1),
        mean_days=rows["mean_days"].round(1),
    )  # fmt: skip


def part_rows(parts: pd.DataFrame, by: PartsBy) -> pd.DataFrame:
    """The rows of a breakdown with a name each, days to one digit, money whole minor units."""
    labels = _labels(parts, by)
    if by == "kind":
        labels = pd.Series([OpportunityKind(value).label for value in parts["key"]], dtype="string")
    return parts.assign(
        label=labels, mean_cycle_days=parts["mean_cycle_days"].round(1),
        velocity_minor_per_day=parts["velocity_minor_per_day"].round(),
    )  # fmt: skip


def _labels(rows: pd.DataFrame, by: str) -> pd.Series:
    """What each row is called; deals of the past may belong to what has been deleted since."""
    gone = f"Deleted {by} (" + rows["key"] + ")"
    return rows["label"].fillna(gone).fillna(_NONE[by])


def board_rows(columns: Sequence[BoardColumn]) -> pd.DataFrame:
    """The columns of a board as a frame of `BOARD`."""
    return BOARD.build(
        [
            (
                one.name, one.kind.value, one.count, one.value_minor,
                one.weighted_minor if one.kind is StageKind.OPEN else None, one.without_value, one.without_rate,
                one.wip_limit,
            )
            for one in columns
        ]
    )  # fmt: skip
