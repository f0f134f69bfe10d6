"""Pipeline: deals as a board and as a table, what they promise, and where they are lost."""

import streamlit as st

from eventos_core.kernel.permissions import Permission
from eventos_core.ui import exporting, page, views
from eventos_core.ui.sales import board, closing, deal_drawer, deal_form, entering, forecast, funnel, listing, table
from eventos_core.ui.sales.listing import Layout

PARTS = {Layout.BOARD: board.PARTS, Layout.FORECAST: forecast.PARTS, Layout.FUNNEL: funnel.PARTS}
ctx = page.start("Pipeline", requires=Permission.SALES_READ, icon="view_kanban")
may_sell = ctx.can(Permission.SALES_WRITE)
offered = listing.offered(ctx)
head = page.head(
    ctx, "Pipeline", caption="What is being sold, to whom, how likely, by when.",
    primary=("New deal", "add"), primary_requires=Permission.SALES_WRITE,
    menu=[
        *(["Edit several"] if may_sell else []),
        *exporting.menu(ctx, Permission.SALES_READ, parts=PARTS.get(listing.named(), ())),
    ],
)  # fmt: skip
if head.primary:
    page.open_drawer(new="deal")
if head.menu == "Edit several":
    st.query_params[f"{listing.PREFIX}_layout"] = Layout.TABLE.value
    table.turn()

if not offered.pipelines:
    page.nothing_yet("There is no pipeline.", hint="An admin adds one under Settings.", icon="view_kanban")
    st.stop()
bar = views.bar(ctx, listing.PREFIX, "All deals", columns=listing.COLUMNS, extras=listing.EXTRAS)
layout, pipeline, wanted = listing.filter_row(ctx, offered, bar)
if layout is Layout.BOARD:
    board.draw(ctx, pipeline, wanted, head)
elif layout is Layout.TABLE:
    exporting.answer(ctx, head, "deals", wanted, bar.picked)
    table.draw(ctx, offered, wanted, bar)
elif layout is Layout.FORECAST:
    forecast.draw(ctx, wanted, head)
else:
    funnel.draw(ctx, wanted, head)

if "deal" not in st.query_params:
    deal_drawer.forget()
page.drawers(
    {
        "deal": page.Drawer("Deal", lambda raw: deal_drawer.show(ctx, raw), width=640, icon="handshake"),
        "new": page.Drawer(
            "New deal", lambda raw: deal_form.new(ctx, raw, pipeline), width=560, icon="add", allowed=may_sell
        ),
        "lose": page.Drawer(
            "Lost", lambda raw: closing.lose_from_board(ctx, raw), width=480, icon="cancel", allowed=may_sell
        ),
        "enter": page.Drawer(
            "Move on", lambda raw: entering.draw(ctx, raw), width=480, icon="arrow_forward", allowed=may_sell
        ),
    }
)
