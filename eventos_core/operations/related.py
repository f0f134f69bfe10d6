"""What belongs to a person or a company: deals, events attended, sponsorships … each domain joins what it knows.

A part answers the rows nearest to the eye and how many there are; the 360° view draws all parts alike. A record is
named by its table, as in the audit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Select, func

from eventos_core.db.frames import FrameSpec
from eventos_core.db.session import TenantSession
from eventos_core.enums.base import LabelledEnum
from eventos_core.kernel.permissions import Permission

SHOWN = 6
"""Rows of a part that a view shows at once."""

ROWS = FrameSpec(
    id="int", title="text", about="text", state="text", on="date", amount_minor="int", currency="text", opens="text",
    total="int",
)  # fmt: skip
"""One row per thing: `state` is a value of the part's enum, `opens` the parameter's value where it is not the id,
`total` how many things the part has, in every row."""

FIGURED = FrameSpec(**ROWS.columns, figure_minor="int")
"""As `ROWS`, with a sum over all rows of the part, in the house's currency; the same in every row."""


@dataclass(frozen=True)
class Part:
    """What one domain says of a record, and how it is drawn. Registered once per table and key."""

    key: str
    title: str
    icon: str
    requires: Permission
    query: Query
    states: type[LabelledEnum] | None = None
    """The enum that labels `state`; None where there is none."""
    page: str = ""
    """Key of the page that shows a row; empty where there is none yet."""
    parameter: str = ""
    """The URL parameter of that page which opens the row."""
    figure: str = ""
    """What the sum over all rows is called, such as Open."""
    order: int = 50
    """Place among the parts, low first."""


Query = Callable[[TenantSession, int], pd.DataFrame]


@dataclass(frozen=True)
class Related:
    """A part with what it found: `rows` as `ROWS`, at most `SHOWN`; `figure_minor` in the house's currency."""

    part: Part
    rows: pd.DataFrame
    total: int
    figure_minor: int | None


_parts: dict[str, list[Part]] = {}


def related(
    entity: str,
    key: str,
    title: str,
    *,
    icon: str,
    requires: Permission,
    states: type[LabelledEnum] | None = None,
    page: str = "",
    parameter: str = "",
    figure: str = "",
    order: int = 50,
) -> Callable[[Query], Query]:
    """Register a part for records of table `entity`: `(db, id) -> ROWS`, or `FIGURED` with `figure`; one query.

    It is left out for who lacks `requires`, and where it has no rows.
    """

    def register(query: Query) -> Query:
        joined = _parts.setdefault(entity, [])
        if any(part.key == key for part in joined):
            raise ValueError(f"{entity} has a part {key} already")
        joined.append(Part(key, title, icon, requires, query, states, page, parameter, figure, order))
        joined.sort(key=lambda part: (part.order, part.key))
        return query

    return register


def parts_of(entity: str) -> tuple[Part, ...]:
    """The parts that domains have joined for a table, in order."""
    return tuple(_parts.get(entity, ()))


def everything_about(
    db: TenantSession, entity: str, row_id: int, *, without: Collection[str] = ()
) -> tuple[Related, ...]:
    """The parts of a record that have rows and that the person may read, in order; one query a part.

    `without` names parts to leave out.

    The caller has checked that the record may be read.
    """
    found = []
    for part in parts_of(entity):
        if part.key in without or not db.context.can(part.requires):
            continue
        rows = part.query(db, row_id)
        if rows.empty:
            continue
        figure = rows["figure_minor"].iloc[0] if part.figure else None
        sums = None if figure is None or pd.isna(figure) else int(figure)
        found.append(Related(part, rows[list(ROWS.columns)], int(rows["total"].iloc[0]), sums))
    return tuple(found)


def rows(db: TenantSession, statement: Select[*tuple[object, ...]], spec: FrameSpec = ROWS) -> pd.DataFrame:
    """The first `SHOWN` rows of a part's statement, which selects all columns of `spec` but `total`, with the total.

    `figure_minor`, where promised, is selected as an aggregate over the window of all rows and stands last.
    """
    total = func.count().over().label("total")
    if spec is ROWS:
        return spec.query(db, statement.add_columns(total).limit(SHOWN))
    *first, last = statement.selected_columns
    return spec.query(db, statement.with_only_columns(*first, total, last).limit(SHOWN))
