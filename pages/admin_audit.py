"""Audit: who did what, with before and after, and whether the chain of seals is whole."""

from eventos_core.kernel.permissions import Permission
from eventos_core.operations import audit as queries
from eventos_core.ui import audit, exporting, page, views

ctx = page.start("Audit", requires=Permission.AUDIT_READ, icon="fact_check")
head = page.head(
    ctx, "Audit", caption=f"Every change and act in {ctx.house.account_name}; nothing here can be edited.",
    menu=exporting.menu(ctx, Permission.AUDIT_READ),
)  # fmt: skip
audit.verification(ctx)

with page.reading(ctx) as db:
    words, people = queries.vocabulary(db), queries.people(db)
bar = views.bar(ctx, "audit", "All entries", columns=audit.COLUMNS)
filtered = audit.wanted(ctx, words, people, bar)
exporting.answer(ctx, head, "audit", filtered, bar.picked)
audit.chips(filtered, people, bar)
found = page.read(ctx, queries.entries, filtered, cursor=page.cursor("audit"))
if found.frame.empty:
    page.nothing_yet("No entries match.", hint="Widen the filter.", icon="search_off")
else:
    audit.table(ctx, found, bar)

page.drawers({"entry": page.Drawer("Audit entry", lambda raw: audit.entry(ctx, raw), width=680)})
