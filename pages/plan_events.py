"""Events: the portfolio as a table and as a calendar."""

from eventos_core.events import queries
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import exporting, page, views
from eventos_core.ui.events import forms, listing, papers

ctx = page.start("Events", requires=Permission.EVENTS_READ, icon="event")
offered = listing.choices(ctx)
head = page.head(
    ctx, "Events", caption=listing.caption(ctx, offered),
    primary=("New event", "add"), primary_requires=Permission.EVENTS_WRITE,
    menu=exporting.menu(ctx, Permission.EVENTS_READ, papers.PORTFOLIO),
)  # fmt: skip
if head.primary:
    page.open_drawer(new="event")

bar = views.bar(ctx, "events", "All events", columns=listing.COLUMNS, extras=listing.EXTRAS)
view, wanted = listing.filter_row(offered, bar)
exporting.answer(ctx, head, "events", wanted, bar.picked)
exporting.paper(ctx, head.menu, papers.portfolio(wanted))

if offered.total == 0 and not wanted.archived:
    may_create = ctx.can(Permission.EVENTS_WRITE)
    if page.nothing_yet(
        "No events yet.",
        hint="Start with a name and a date; venue, programme and team come next."
        if may_create else "Somebody who may edit events creates the first one.",
        action="Create the first event" if may_create else None,
        icon="event",
    ):  # fmt: skip
        page.open_drawer(new="event")
elif view is listing.View.CALENDAR:
    listing.month(ctx, wanted)
else:
    found = page.read(ctx, queries.events, wanted, cursor=page.cursor(listing.PREFIX))
    if found.frame.empty:
        page.nothing_yet("No event matches.", hint="Change the status, the search or the filters.", icon="filter_alt")
    else:
        listing.table(ctx, found, wanted, bar)


def create(day: str) -> None:
    """The drawer's body."""
    forms.new_event(ctx, day)


page.drawers({"new": page.Drawer("New event", create, width=480, icon="add", allowed=ctx.can(Permission.EVENTS_WRITE))})
