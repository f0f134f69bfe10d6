"""Exchange rates: those in force, entering one, bringing in a file, and all there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from eventos_core.crm.commands import rates as commands
from eventos_core.crm.commands.rates import AddRate, EditRate, ImportRates, RatesImported, RemoveRate
from eventos_core.crm.queries import rates as queries
from eventos_core.crm.queries.rates import RateFilter, RateShown
from eventos_core.crm.rules import rates as rules
from eventos_core.enums.crm import RateSource
from eventos_core.enums.operations import ExportFormat
from eventos_core.kernel import clock
from eventos_core.kernel.money import currencies
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.imports import limits
from eventos_core.ui import exporting, formats, page, tables
from eventos_core.ui.errors import escaped
from eventos_core.ui.forms import next_render, render_key
from eventos_core.ui.page import Drawer, PageContext
from eventos_core.ui.tables import Column

_NAME = "rates_upload"
_PREFIX = "rates"
_READ = "_eventos_rates_read"
_USUAL = ("USD", "GBP", "CHF", "EUR")
"""The other currency that the form proposes, the first that is not the base."""


def draw(ctx: PageContext, may_write: bool) -> None:
    """What is missing first, then the rates in force, ways to add some, and the whole list."""
    base = ctx.house.currency
    with page.reading(ctx) as db:
        in_force = queries.rates_in_force(db)
        missing = queries.currencies_without_rate(db)
    st.caption(
        f"Figures over several currencies are in {base}. A rate holds until the next one of its currency; "
        "a deal keeps the rate of the day on which it was closed."
    )
    if missing:
        told = ", ".join(f"{currency} ({formats.plural(deals, 'open deal')})" for currency, deals in missing.items())
        st.warning(
            f"No rate to {base} for {told}: these deals count without value.", icon=":material/currency_exchange:"
        )
    _told(ctx)
    if in_force:
        _table(ctx, in_force, "rates_now", "Rates in force today, one line a currency; choose one to change it")
    else:
        st.caption("No rates yet.")
    if may_write:
        with st.expander("Enter a rate", icon=":material/add:", expanded=bool(missing)):
            _add(ctx, base)
        with st.expander("Bring in a file of rates", icon=":material/upload_file:"):
            _upload(ctx, base)
    _all(ctx, in_force)
    page.drawers({"rate": Drawer("Exchange rate", lambda raw: _drawer(ctx, raw, may_write), icon="currency_exchange")})


def _table(ctx: PageContext, rows: Sequence[RateShown], key: str, alt: str) -> None:
    frame = pd.DataFrame(
        {
            "id": [one.id for one in rows],
            "currency": [one.from_currency for one in rows],
            "rate": [f"1 {one.from_currency} = {rules.shown(one.rate_e12)} {one.to_currency}" for one in rows],
            "other": [
                f"1 {one.to_currency} = {rules.shown(one.rate_e12, inverse=True)} {one.from_currency}" for one in rows
            ],
            "since": [formats.date(one.valid_on, ctx.locale) for one in rows],
            "source": [one.source.label for one in rows],
        }
    )
    columns = [
        Column("currency", "Currency", width="small"), Column("rate", "Rate"), Column("other", "The other way"),
        Column("since", "From", width=130), Column("source", "Source", width="small"),
    ]  # fmt: skip
    tables.table(frame, columns, key=key, alt=alt, zone=ctx.house.zone, lang=ctx.locale, opens="rate", rows=10)


def _add(ctx: PageContext, base: str) -> None:
    codes = list(currencies())
    other = next(code for code in _USUAL if code != base)
    with page.form("add_rate") as form:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            left = form.pick("from_currency", "1 unit of", codes, base)
            rate = form.text("rate", "is worth", required=True, placeholder="1.0837", max_chars=30)
            right = form.pick("to_currency", "units of", codes, other)
        day = form.field(
            "valid_on", st.date_input, "From", value=clock.now().astimezone(ctx.house.zone).date(),
            min_value="1970-01-01", max_value="2199-12-31",
        )  # fmt: skip
        st.caption(f"One of the two is {base}; it does not matter which.")
        if form.submit("Add rate", icon="add"):
            cmd = AddRate(day, left, right, rate)
            page.act(ctx, commands.add_rate, cmd, form=form, done="Rate added.")


def _upload(ctx: PageContext, base: str) -> None:
    st.markdown(
        "The history of the European Central Bank as CSV (`Date,USD,JPY,…` per euro), "
        f"or a table with the columns `day`, `from`, `to` and `rate`, where one of the two is {base}."
    )
    most = f"{rules.MOST_RATES:,}".replace(",", "\u202f")
    uploaded = st.file_uploader(
        f"CSV or Excel: at most {limits.MAX_BYTES // (1024 * 1024)} MB and {most} rates",
        type=("csv", "tsv", "txt", "xlsx", "ods"), key=render_key(_NAME),
    )  # fmt: skip
    today = clock.now().astimezone(ctx.house.zone).date()
    since = st.date_input(
        "From the day", value=today - dt.timedelta(days=400), min_value="1970-01-01", max_value="2199-12-31",
        key="rates_since", help="Earlier days of the file are passed over.",
    )  # fmt: skip
    replace = st.checkbox(
        "Replace rates that stand there already", key="rates_replace",
        help="Otherwise a rate of the same day and currency stays, also one that was entered by hand.",
    )  # fmt: skip
    if uploaded is None:
        return
    if page.pressed("Bring in the rates", name=f"{_NAME}_go", icon="upload_file", primary=True):
        cmd = ImportRates(uploaded.name, uploaded.getvalue(), since, replace)
        with st.spinner("Reading the file …"):
            done = page.act(ctx, commands.import_rates, cmd, key=f"{_NAME}_go", refresh=False)
        if done is not None:
            next_render(_NAME)
            st.session_state[_READ] = done
            st.rerun()


def _told(ctx: PageContext) -> None:
    """What became of the file that was brought in last, once."""
    done: RatesImported | None = st.session_state.pop(_READ, None)
    if done is None:
        return
    said = (
        f"{formats.plural(done.added, 'rate')} added, {formats.count(done.changed)} changed, "
        f"{formats.count(done.kept)} stood there already."
    )
    if not done.refused:
        st.success(said, icon=":material/check_circle:")
        return
    with st.container(border=True, key="rates_refused"):
        st.markdown(f":material/error: **{said}** {formats.plural(done.refused, 'cell')} could not be taken:")
        told = [f"- Row {one.row}, {escaped(one.column)}: {escaped(one.reason)}" for one in done.refusals[:10]]
        st.markdown("\n".join(told))
        if done.refused > len(told):
            st.caption(f"And {formats.count(done.refused - len(told))} more.")


def _all(ctx: PageContext, in_force: Sequence[RateShown]) -> None:
    st.markdown("##### All rates")
    with st.container(horizontal=True, vertical_alignment="bottom", key="rates_row"):
        codes = [one.from_currency for one in in_force]
        currency = st.selectbox(
            "Currency", codes, index=None, placeholder="All currencies", key="rates_currency",
            on_change=_from_the_top,
        )  # fmt: skip
        chosen = None
        if ctx.can(Permission.EXPORTS_RUN):
            labels = {"Export as CSV": ExportFormat.CSV, "Export as Excel": ExportFormat.XLSX}
            chosen = labels.get(
                st.menu_button("Export", list(labels), icon=":material/download:", key="rates_export") or ""
            )
    wanted = RateFilter(currency)
    if chosen is not None:
        exporting.start(ctx, "exchange_rates", wanted, chosen)
    found = page.read(ctx, queries.exchange_rates, wanted, cursor=page.cursor(_PREFIX), size=25)
    if found.frame.empty:
        st.caption("None yet.")
        return
    rows = [
        RateShown(
            int(row["id"]), row["valid_on"], row["from_currency"], row["to_currency"], int(row["rate_e12"]),
            RateSource(row["source"]), int(row["version"]),
        )
        for row in found.frame.to_dict("records")
    ]  # fmt: skip
    _table(ctx, rows, "rates_all", "All rates, the latest day first; choose one to change it")
    page.pager(found, prefix=_PREFIX)


def _from_the_top() -> None:
    st.query_params.pop(f"{_PREFIX}_at", None)


def _drawer(ctx: PageContext, raw: str, may_write: bool) -> None:
    one = page.read(ctx, queries.exchange_rate, int(raw) if raw.isdigit() else 0)
    st.markdown(
        f"**1 {one.from_currency} = {rules.exact(one.rate_e12)} {one.to_currency}**  \n"
        f":gray[:small[from {formats.date(one.valid_on, ctx.locale)} on · {one.source.label}]]"
    )
    if not may_write:
        return
    with page.form(f"edit_rate_{one.id}") as form:
        version = form.version(one.version)
        ways: list[tuple[str, str]] = [(one.from_currency, one.to_currency), (one.to_currency, one.from_currency)]
        way = form.pick(
            "from_currency", "Enter it as", ways, ways[0], format_func=lambda pair: f"1 {pair[0]} = … {pair[1]}"
        )
        rate = form.text("rate", "Rate", rules.exact(one.rate_e12), required=True, max_chars=30)
        if form.submit("Save rate", icon="check"):
            cmd = EditRate(one.id, version, way[0], way[1], rate)
            if page.act(ctx, commands.edit_rate, cmd, form=form, done="Rate saved.", refresh=False) is not None:
                page.close_drawer("rate")
    key = f"rate_{one.id}_remove"
    version = page.seen_version(key, one.version)
    st.caption("Removed, the rate before it holds again. Closed deals keep theirs.")
    if page.pressed("Remove this rate", name=key, icon="delete"):
        gone = RemoveRate(one.id, version)
        if page.act(ctx, commands.remove_rate, gone, key=key, done="Rate removed.", refresh=False) is not None:
            page.close_drawer("rate")
