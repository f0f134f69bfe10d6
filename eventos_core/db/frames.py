"""Typed DataFrames: the columns and dtypes that a query promises hold also when there are no rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import pandas as pd
from sqlalchemy import Executable

from eventos_core.db.session import TenantSession

Dtype = Literal["int", "float", "bool", "text", "instant", "date", "list", "json"]
_PANDAS: Mapping[str, str] = {
    "int": "Int64",
    "float": "Float64",
    "bool": "boolean",
    "text": "string",
    "instant": "datetime64[us, UTC]",
    "date": "object",
    "list": "object",
    "json": "object",
}


class FrameSpec:
    """The columns of a frame in order, as `FrameSpec(id="int", name="text", starts_at="instant")`.

    dtypes: int Int64 · float Float64 · bool boolean · text string · instant datetime64[us, UTC] ·
    date, list, json object (datetime.date, list, dict). Missing values are pd.NA / NaT / None.
    """

    def __init__(self, **columns: Dtype) -> None:
        unknown = {dtype for dtype in columns.values() if dtype not in get_args(Dtype)}
        if unknown:
            raise TypeError(f"Unknown dtypes: {sorted(unknown)}")
        self.columns: dict[str, Dtype] = columns

    def build(self, rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
        """A frame of `rows`, whose cells follow the order of the columns."""
        frame = pd.DataFrame(
            {name: _series([row[i] for row in rows], dtype) for i, (name, dtype) in enumerate(self.columns.items())}
        )
        return frame.reset_index(drop=True)

    def empty(self) -> pd.DataFrame:
        """The frame without rows."""
        return self.build([])

    def query(
        self, db: TenantSession, statement: Executable, parameters: Mapping[str, Any] | None = None
    ) -> pd.DataFrame:
        """Run `statement` and build the frame.

        Raises TypeError when it does not select exactly the promised columns in their order.
        """
        result = db.execute(statement, dict(parameters or {}))
        found = list(result.keys())
        if found != list(self.columns):
            raise TypeError(f"The query selects {found}, the frame promises {list(self.columns)}.")
        return self.build(result.all())


def _series(values: list[Any], dtype: Dtype) -> pd.Series[Any]:
    if dtype == "instant":
        return pd.Series(pd.to_datetime(pd.Series(values, dtype="object"), utc=True)).astype("datetime64[us, UTC]")
    return pd.Series(values, dtype=_PANDAS[dtype])
