"""Trash: what was archived, of every kind, and the way back."""

from eventos_core.kernel.permissions import Permission
from eventos_core.operations import trash as queries
from eventos_core.operations.trash import TrashFilter
from eventos_core.ui import exporting, page, trash

ctx = page.start("Trash", requires=Permission.HOUSE_READ, icon="delete")
head = page.head(
    ctx, "Trash", caption="What was archived is out of lists and pickers, read-only, and can come back.",
    menu=exporting.menu(ctx, Permission.HOUSE_READ),
)  # fmt: skip
wanted, bar = trash.filter_row(ctx)
exporting.answer(ctx, head, "trash", wanted, bar.picked)
trash.verdicts()
found = page.read(ctx, queries.trash, wanted, cursor=page.cursor(trash.PREFIX))
if not found.frame.empty:
    trash.listed(ctx, found)
elif wanted != TrashFilter() or page.cursor(trash.PREFIX):
    page.nothing_yet("Nothing archived matches.", hint="Change the search or the kind.", icon="filter_alt")
else:
    page.nothing_yet(
        "The trash is empty.", hint="Contacts, organisations, events, venues and files that you archive appear here.",
        icon="delete",
    )  # fmt: skip
