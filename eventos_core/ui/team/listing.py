"""The list of the team, and failed sign-ins for who manages it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from eventos_core.enums.tenancy import MemberStatus
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Role
from eventos_core.tenancy import queries, rules
from eventos_core.tenancy.queries import TeamFilter
from eventos_core.ui import formats, page, tables
from eventos_core.ui.page import PageContext
from eventos_core.ui.tables import Column, Meaning
from eventos_core.ui.views import Bar

_STATES: dict[str, Meaning] = {
    "Active": "green",
    "Invited": "blue",
    "Link ended": "orange",
    "Placeholder": "gray",
    "Disabled": "red",
}


def caption(team: pd.DataFrame) -> str:
    """“12 active · 2 invited · 1 placeholder”."""
    counts = team["status"].value_counts()
    parts = [
        f"{counts[status.value]} {status.label.lower()}"
        for status in (MemberStatus.ACTIVE, MemberStatus.INVITED, MemberStatus.PLACEHOLDER, MemberStatus.DISABLED)
        if status.value in counts
    ]
    return " · ".join(parts)


COLUMNS = (
    Column("name", "Name"),
    Column("role", "Role", width="small"),
    Column("rights", "Beyond the role"),
    Column("state", "Status", "status", meanings=_STATES, width="small"),
    Column("email", "E-mail address"),
    Column("department", "Department"),
    Column("seen", "Last seen"),
    Column("invited_at", "Invited", "instant", extra=True),
)


def filter_row(bar: Bar) -> TeamFilter:
    """Search, role, and whether disabled members are listed."""
    return page.filters(
        TeamFilter,
        prefix="team",
        labels={"q": "Name, address or department", "disabled": "Show disabled members"},
        bar=bar,
    )


def narrowed(ctx: PageContext, everybody: pd.DataFrame, wanted: TeamFilter) -> pd.DataFrame:
    """Whom the filter lists; read anew only where it says more than who is disabled."""
    if wanted.q or wanted.role is not None:
        return page.read(ctx, queries.team, wanted)
    return everybody if wanted.disabled else everybody[everybody["status"] != MemberStatus.DISABLED.value]


def table(ctx: PageContext, team: pd.DataFrame, bar: Bar) -> None:
    """The list by rank; a row opens the member."""
    shown = team.assign(
        role=[Role(role).label for role in team["role"]],
        rights=pd.Series(
            [_rights(preset, overrides) for preset, overrides in zip(team["preset"], team["overrides"], strict=True)],
            dtype="string",
        ),
        seen=pd.Series([_seen(at, ctx.locale) for at in team["last_seen_at"]], dtype="string"),
        state=[_state(status, alive) for status, alive in zip(team["status"], team["link_open"], strict=True)],
    )
    tables.table(
        shown, bar.columns,
        key="team", alt="The team by rank; choose a member to open them", zone=ctx.house.zone, lang=ctx.locale,
        opens="member", rows=20,
    )  # fmt: skip


def failures(ctx: PageContext, failed: pd.DataFrame) -> None:
    """Failed sign-ins of the last 30 days, for who manages the team."""
    if failed.empty:
        return
    with st.expander(f"Failed sign-ins in 30 days · {int(failed['failures'].sum())}", icon=":material/gpp_maybe:"):
        st.caption("Five failures close sign-in for that address for 15 minutes. Ask the person whether it was them.")
        tables.plain(
            failed,
            [
                Column("email", "E-mail address"),
                Column("failures", "Failures", "count"),
                Column("last_at", "Last", "instant"),
            ],
            zone=ctx.house.zone,
            lang=ctx.locale,
        )


def _seen(at: pd.Timestamp, lang: str) -> str | None:
    return None if pd.isna(at) else formats.ago(at.to_pydatetime(), clock.now(), lang)


def _rights(preset: object, overrides: int) -> str | None:
    found = rules.preset(str(preset)) if not pd.isna(preset) else None  # type: ignore[call-overload]
    if found is not None:
        return found.label
    return f"{overrides} exception{'' if overrides == 1 else 's'}" if overrides else None


def _state(status: str, link_open: bool) -> str:
    known = MemberStatus(status)
    return "Link ended" if known is MemberStatus.INVITED and not link_open else known.label
