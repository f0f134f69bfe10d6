"""The ledger: every money fact, append-only."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.finance import LedgerKind
from eventos_core.models.base import Count, CurrencyCode, Fence, MinorUnits, RateE12, TenantTable, choice, ref


class LedgerEntry(TenantTable):
    """One money fact; every money figure as of any date is a sum of these.

    Amounts are positive in the sense of their kind (a discount of 500 lowers net by 500); a correction is a further
    entry of the same kind with the opposite sign. Net = sale - discount - tax - fee - refund.
    """

    __tablename__ = "ledger_entries"
    __domain__ = "finance"
    __fence__ = Fence(app="r")
    __audit__ = False
    __table_args__ = (
        # Posting the same part of the same source again adds nothing.
        UniqueConstraint("account_id", "source_table", "source_id", "kind", "part", name="uq_ledger_entries_source"),
        UniqueConstraint("account_id", "reverses_id", name="uq_ledger_entries_reverses_id"),
        CheckConstraint("amount_minor <> 0", name="amount_moves"),
        CheckConstraint("source_table ~ '^[a-z_]+$'", name="source_table_form"),
        CheckConstraint("category is null or kind in ('cost', 'other_income')", name="category_of_cost_or_income"),
        Index("ix_ledger_entries_event", "account_id", "event_id", "business_on", "kind"),
        Index("ix_ledger_entries_day", "account_id", "business_on", "kind"),
        Index("ix_ledger_entries_posted_at", "account_id", "posted_at"),
    )

    kind: Mapped[LedgerKind] = choice(LedgerKind)
    """sale (list price), discount, tax, fee, refund, sponsor_income, other_income, cost."""
    amount_minor: Mapped[MinorUnits]
    """Positive in the sense of the kind; negative = a correction."""
    currency: Mapped[CurrencyCode]
    """Currency of the amount."""
    rate_to_base_e12: Mapped[RateE12 | None]
    """Exchange rate to the base currency frozen when posted, times 10^12; NULL = no rate was known."""
    event_id: Mapped[int | None] = ref("events")
    """→ events: whose money it is; NULL = the house's."""
    business_on: Mapped[dt.date]
    """Day it counts for, in the house's zone."""
    occurred_at: Mapped[dt.datetime]
    """When the fact happened."""
    posted_at: Mapped[dt.datetime] = mapped_column(server_default=text("clock_timestamp()"))
    """When the entry was written; a figure as it was known then reads entries posted by then."""
    source_table: Mapped[str]
    """Table of the row it comes from (orders, payments, refund_queue, invoices, event_budget_lines …)."""
    source_id: Mapped[int] = mapped_column(BigInteger)
    """Id of that row; no foreign key, the ledger outlives it."""
    part: Mapped[Count] = mapped_column(server_default=text("0"))
    """Counts entries of one kind from one source: order lines, corrections."""
    category: Mapped[str | None]
    """Budget category of a cost, or kind of other income."""
    reverses_id: Mapped[int | None] = ref("ledger_entries")
    """→ ledger_entries: the entry this one takes back."""
    memo: Mapped[str | None]
    """Why, where the source does not say."""
    actor_kind: Mapped[str] = mapped_column(
        server_default=text("coalesce(nullif(current_setting('app.actor_kind', true), ''), 'setup')")
    )
    """Kind of actor whose action posted it."""
    actor_id: Mapped[str | None] = mapped_column(
        server_default=text("nullif(current_setting('app.actor_id', true), '')")
    )
    """Who, within that kind."""
