"""Duplicates: people and companies that may be one, the surest first, merged or told apart."""

from eventos_core.directory import queries
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import page
from eventos_core.ui.directory import duplicate_list, merging

ctx = page.start("Duplicates", requires=Permission.CONTACTS_MERGE, icon="content_copy")
page.head(ctx, "Duplicates", caption="People and organisations that may be one, the surest first.")

wanted, dismissed = duplicate_list.filter_row(ctx)
counts = page.read(ctx, queries.duplicates_counted, wanted)
duplicate_list.summary(counts)
if dismissed:
    duplicate_list.told_apart(ctx, page.read(ctx, queries.dismissed_duplicates, wanted.entity))
else:
    found = page.read(ctx, queries.duplicates, wanted, cursor=page.cursor(duplicate_list.PREFIX))
    duplicate_list.pairs(ctx, found, wanted)

page.drawers(
    {
        "merge": page.Drawer(
            "Merge duplicates",
            lambda raw: merging.compare(
                ctx, wanted.entity, raw, then=lambda winner: duplicate_list.next_of(ctx, wanted.entity, winner)
            ),
            width=640,
            icon="call_merge",
        ),
    }
)
