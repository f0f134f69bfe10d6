"""What board and table of deals share: layouts, filter row, what the filters offer."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from eventos_core.crm import queries
from eventos_core.crm.queries import Attention, DealFilter, DealTotals, PipelineShown
from eventos_core.crm.queries.deals import SORTS
from eventos_core.directory import queries as directory
from eventos_core.enums.base import LabelledEnum
from eventos_core.enums.crm import OpportunityKind, StageKind
from eventos_core.kernel.permissions import Permission
from eventos_core.tenancy import queries as team
from eventos_core.ui import address, cache, formats, page
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext
from eventos_core.ui.sales import words
from eventos_core.ui.segments import segments
from eventos_core.ui.tables import Column
from eventos_core.ui.views import Bar

PREFIX = "deals"
EXTRAS = ("layout", "pipeline")
EVERY_PIPELINE = "all"
_PIPELINE = f"{PREFIX}_pipeline"
_OWN_LINE, _BESIDE = 980, 560
_OF_TABLE = ("show", "sort", "stage")
"""Filters that only a table has."""
_OF_TODAY = ("q", "attention", "close_from", "close_to", "tag", "organization", "contact")
"""Those that forecast and funnel have not: they count over time, and what a deal looks like today narrows nothing."""
# A phone shows the first three: what it is, what it is worth, where it stands.
COLUMNS = (
    Column("name", "Deal", width=190),
    Column("amount_minor", "Amount", "money", width=90),
    Column("stage", "Stage", width=95),
    Column("organization", "Organisation", width=140),
    Column("effective_probability_ppm", "Likely", width=65, help="What the forecast uses; ✎ marks a person's estimate"),
    Column("day", "Close", width=95, help="Expected close; for closed deals the day they were closed"),
    Column("owner", "Owner", width=120),
    Column("next", "Next", width=210),
    Column("event", "Event", extra=True),
    Column("contact", "Contact", extra=True),
    Column("kind", "Kind", "status", enum=OpportunityKind, extra=True),
    Column("outcome", "Outcome", "status", enum=StageKind, meanings=words.OUTCOME, extra=True),
    Column("source", "Source", extra=True),
    Column("product", "Product", extra=True),
    Column("tags", "Tags", "list", extra=True),
    Column("stage_entered_at", "In stage since", "instant", extra=True),
    Column("created_at", "Added", "instant", extra=True),
    Column("updated_at", "Changed", "instant", extra=True),
)


class Layout(LabelledEnum):
    """How the deals are laid out."""

    BOARD = "board"
    TABLE = "table"
    FORECAST = "forecast"
    FUNNEL = "funnel"

    @property
    def icon(self) -> str:
        """Beside its name."""
        return {"board": "view_kanban", "table": "table_rows", "forecast": "query_stats", "funnel": "filter_alt"}[
            self.value
        ]


class Shown(LabelledEnum):
    """Which deals the table lists; open ones without."""

    WON = "won"
    LOST = "lost"
    EVERY = "every"
    ARCHIVED = "archived"

    @property
    def label(self) -> str:
        """As the control says it."""
        return "All" if self is Shown.EVERY else super().label


@dataclass(frozen=True)
class Wish:
    """The filter row as the URL says it."""

    show: Shown | None = None
    q: str = ""
    owner: int | None = None
    event: int | None = None
    kind: tuple[OpportunityKind, ...] = ()
    stage: tuple[int, ...] = ()
    attention: Attention | None = None
    close_from: dt.date | None = None
    close_to: dt.date | None = None
    source: str | None = None
    tag: tuple[str, ...] = ()
    organization: int | None = None
    contact: int | None = None
    sort: str = "close"


@dataclass(frozen=True)
class Offered:
    """What the filters offer: pipelines with their stages, members, labels, sources."""

    pipelines: tuple[PipelineShown, ...]
    owners: Mapping[int, str]
    tags: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def usual(self) -> PipelineShown:
        """The default pipeline, the first one where none is."""
        return next((one for one in self.pipelines if one.is_default), self.pipelines[0])

    def stage_names(self, *, of: Collection[int] | None = None) -> dict[int, str]:
        """Stage id → name, of the pipelines `of`, else of all; with its pipeline's where there are several of them."""
        wanted = [one for one in self.pipelines if of is None or one.id in of]
        return {
            stage.id: f"{pipeline.name} · {stage.name}" if len(wanted) > 1 else stage.name
            for pipeline in wanted
            for stage in pipeline.stages
        }

    def pipeline_of(self) -> dict[int, int]:
        """Stage id → pipeline id."""
        return {stage.id: pipeline.id for pipeline in self.pipelines for stage in pipeline.stages}


def offered(ctx: PageContext) -> Offered:
    """Choices of the filter row, at most a minute old; pipelines fresh."""
    pipelines = page.read(ctx, queries.pipelines)
    owners, tags, sources = cache.kept(ctx, "deal_choices", 0, lambda: _choices(ctx))
    return Offered(pipelines, owners, tags, sources)


def _choices(ctx: PageContext) -> tuple[dict[int, str], tuple[str, ...], tuple[str, ...]]:
    with page.reading(ctx) as db:
        owners = team.member_choices(db) if ctx.can(Permission.TEAM_READ) else {}
        return owners, tuple(queries.deal_tags(db)), tuple(queries.deal_sources(db))


def named() -> Layout:
    """Which layout the URL names, before its control is drawn."""
    wanted = st.query_params.get(f"{PREFIX}_layout", "")
    return Layout(wanted) if wanted in set(Layout) else Layout.BOARD


def layout(bar: Bar) -> Layout:
    """Which layout the URL names; drawn as a segmented control."""
    return Layout(
        segments(
            "Layout", f"{PREFIX}_layout", [str(one) for one in Layout], Layout.BOARD.value,
            format_func=lambda value: f":material/{Layout(value).icon}: {Layout(value).label}",
            clears=(f"{PREFIX}_at",), also=bar.left(),
        )
    )  # fmt: skip


def pipeline(found: Offered, chosen: Layout, bar: Bar) -> PipelineShown | None:
    """The pipeline that the URL names; None for all of them, of which a table and a forecast can be.

    Where it names none a forecast is of all and everything else of the default one. A picker where there is a choice.
    """
    several = chosen in (Layout.TABLE, Layout.FORECAST)
    usual = EVERY_PIPELINE if chosen is Layout.FORECAST else str(found.usual.id)
    names = {EVERY_PIPELINE: "All pipelines"} if several else {}
    names |= {str(one.id): one.name for one in found.pipelines}
    named = st.query_params.get(_PIPELINE, usual)
    if len(found.pipelines) > 1 or (several and named == EVERY_PIPELINE != usual):
        named = segments(
            "Pipeline", _PIPELINE, list(names), usual, as_list=True, clears=(f"{PREFIX}_at",),
            format_func=lambda value: escaped(names[value]), also=bar.left(),
        )  # fmt: skip
    else:
        named = usual
    return next((one for one in found.pipelines if str(one.id) == named), None)


def turn_to(wanted: DealFilter) -> None:
    """For callbacks: turn the page to the table of the deals that `wanted` lists; nothing else narrows it."""
    nothing = {f"{PREFIX}_{name}": None for name in ("at", *(f.name for f in dataclasses.fields(Wish)))}
    address.put({**nothing, **_parameters(wanted)})


def link(wanted: DealFilter) -> dict[str, str | list[str]]:
    """The URL parameters of the table of the deals that `wanted` lists, whatever event the sidebar names."""
    return {"event": "", **{name: address.texts(value) for name, value in _parameters(wanted).items()}}


def _parameters(wanted: DealFilter) -> dict[str, Any]:
    """Values by URL parameter; what narrows nothing is left out."""
    shown = {None: Shown.EVERY, StageKind.OPEN: None, StageKind.WON: Shown.WON, StageKind.LOST: Shown.LOST}
    given = {
        "layout": Layout.TABLE, "pipeline": EVERY_PIPELINE if wanted.pipeline is None else wanted.pipeline,
        "show": shown[wanted.outcome], "owner": wanted.owner, "event": wanted.event, "kind": wanted.kind,
        "source": wanted.source, "close_from": wanted.close_from, "close_to": wanted.close_to,
    }  # fmt: skip
    return {f"{PREFIX}_{name}": value for name, value in given.items() if address.texts(value)}


def filter_row(ctx: PageContext, found: Offered, bar: Bar) -> tuple[Layout, PipelineShown, DealFilter]:
    """Draw layout, pipeline and filters; returns them. The event of the sidebar narrows unless the filter names one.

    Where all pipelines are shown the default one is returned, for what needs one; the filter then names none.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="deals_row"):
        chosen = layout(bar)
        line = pipeline(found, chosen, bar)
        # The table's filters take a line of their own; those of the others stand beside the layouts.
        with st.container(width=_OWN_LINE if chosen is Layout.TABLE else _BESIDE):
            wish = _wish(ctx, found, bar, chosen, line)
    states: dict[Shown | None, StageKind | None] = {
        None: StageKind.OPEN, Shown.WON: StageKind.WON, Shown.LOST: StageKind.LOST,
    }  # fmt: skip
    event = ctx.event.id if wish.event is None and ctx.event is not None else wish.event
    return chosen, line or found.usual, DealFilter(
        q=wish.q, outcome=states.get(wish.show), pipeline=line.id if line else None, stage=wish.stage,
        owner=wish.owner, event=event, kind=wish.kind, organization=wish.organization, contact=wish.contact,
        source=wish.source, tag=wish.tag, close_from=wish.close_from, close_to=wish.close_to, attention=wish.attention,
        archived=wish.show is Shown.ARCHIVED, sort=wish.sort or "close",
    )  # fmt: skip


def _wish(ctx: PageContext, found: Offered, bar: Bar, chosen: Layout, line: PipelineShown | None) -> Wish:
    own = {ctx.house.member_id: "Mine"} if ctx.house.member_id is not None else {}
    options: dict[str, dict[Any, str]] = {
        "owner": {**own, 0: "Nobody's", **{k: v for k, v in found.owners.items() if k not in own}},
        "event": {0: "No event", **page.event_names(ctx)},
        "stage": found.stage_names(of=None if line is None else (line.id,)),
        "source": {source: source for source in found.sources},
        "tag": {tag: tag for tag in found.tags},
        "sort": SORTS,
        **_linked(ctx),
    }
    skip = [name for name, values in options.items() if not values]
    skip += [name for name in ("organization", "contact") if name not in options]
    if chosen is not Layout.TABLE:
        skip += _OF_TABLE
    if chosen in (Layout.FORECAST, Layout.FUNNEL):
        skip += _OF_TODAY
    return page.filters(
        Wish,
        prefix=PREFIX,
        labels={
            "q": "Deal, organisation or person", "close_from": "Closes from", "close_to": "Closes until",
            "attention": "Needs a look", "tag": "Tags", "stage": "Stages", "kind": "Kinds",
        },
        options=options,
        skip=skip,
        bar=bar,
        everything="Open",
        main=chosen is Layout.TABLE,
    )  # fmt: skip


def _linked(ctx: PageContext) -> dict[str, dict[Any, str]]:
    """A company or person that a link names is offered by name, so that the filter can be taken off again."""
    found: dict[str, dict[Any, str]] = {}
    if not ctx.can(Permission.CONTACTS_READ):
        return found
    raw = st.query_params.get(f"{PREFIX}_organization", "")
    if raw.isdigit():
        names = page.read(ctx, directory.organization_choices, include=int(raw))
        found["organization"] = {int(raw): names[int(raw)]} if int(raw) in names else {}
    raw = st.query_params.get(f"{PREFIX}_contact", "")
    if raw.isdigit():
        people = page.read(ctx, queries.person_choices, include=int(raw))
        found["contact"] = {int(raw): people[int(raw)]} if int(raw) in people else {}
    return found


def caption(ctx: PageContext, totals: DealTotals) -> str:
    """How many deals the filter lists and what they are worth."""
    parts = [formats.plural(totals.count, "deal")]
    if totals.count:
        parts.append(f"{formats.money(totals.value_minor, totals.currency, ctx.locale)} in all")
        parts.append(f"{formats.money(totals.weighted_minor, totals.currency, ctx.locale)} weighted")
    if totals.without_value:
        parts.append(f"{formats.count(totals.without_value)} without value")
    if totals.without_rate:
        parts.append(f"{formats.count(totals.without_rate)} without exchange rate")
    return " · ".join(parts)
