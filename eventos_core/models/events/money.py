"""The budget of an event and its frozen statements of return."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sqlalchemy import BigInteger, CheckConstraint, Computed, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.events import (
    ApprovalStatus,
    BudgetCategory,
    BudgetDirection,
    BudgetLineStatus,
    CostBehaviour,
)
from eventos_core.models.base import (
    Authored,
    Count,
    CurrencyCode,
    Customised,
    Editable,
    Fence,
    JsonList,
    JsonObject,
    MinorUnits,
    Name,
    Ppm,
    RateE12,
    Tagged,
    Timestamped,
    choice,
    ref,
)
from eventos_core.models.events._parts import EventsTable, OfEvent

# Of a committed cost only what has not yet been charged is still to come; more charged than committed leaves none.
_OUTSTANDING = "greatest(committed_minor - actual_minor, 0)"
_NOT_STARTED = "committed_minor = 0 and actual_minor = 0"


class EventBudgetLine(EventsTable, OfEvent, Editable, Customised, Tagged):
    """A line of an event's budget: planned, committed and actual money, cost or income.

    Ticket and sponsor income is read from the ledger; income lines here hold what is planned of it. Actual amounts
    mirror ledger entries; figures as of a past date are summed from the ledger, never from here.
    """

    __tablename__ = "event_budget_lines"
    __event_key__: ClassVar[bool] = True
    __table_args__ = (
        Index("ix_event_budget_lines_order", "account_id", "event_id", "direction", "category", "position"),
        Index(
            "ix_event_budget_lines_to_approve",
            "account_id",
            "approver_id",
            postgresql_where=text("approval = 'pending'"),
        ),
        CheckConstraint("planned_minor >= 0", name="planned_not_negative"),
        CheckConstraint("committed_minor >= 0", name="committed_not_negative"),
        CheckConstraint("quantity is null or quantity > 0", name="quantity_positive"),
        CheckConstraint(
            "status <> 'planned' or (committed_minor = 0 and actual_minor = 0)", name="planned_has_not_started"
        ),
        CheckConstraint("approval <> 'approved' or approved_at is not null", name="approved_has_time"),
        CheckConstraint("(rate_e12 is null) = (rate_on is null)", name="rate_has_day"),
    )

    direction: Mapped[BudgetDirection] = choice(BudgetDirection, BudgetDirection.COST)
    """Money out or in."""
    category: Mapped[BudgetCategory] = choice(BudgetCategory)
    """What it is for."""
    name: Mapped[Name]
    """The line as the budget shows it."""
    description: Mapped[str | None]
    """What is included."""
    behaviour: Mapped[CostBehaviour] = choice(CostBehaviour, CostBehaviour.FIXED)
    """Whether it grows with the number of guests; break-even divides fixed by price minus variable per guest."""
    quantity: Mapped[int | None] = mapped_column(Integer)
    """How many units were planned; empty for a lump sum."""
    unit: Mapped[str | None]
    """Of what."""
    unit_price_minor: Mapped[MinorUnits | None]
    """Planned price of a unit; `planned_minor` is the total and counts."""
    currency: Mapped[CurrencyCode]
    """Currency of the line."""
    rate_e12: Mapped[RateE12 | None]
    """Rate into the event's currency, frozen; empty: same currency, or the rate of the as-of date."""
    rate_on: Mapped[dt.date | None]
    """Day of that rate."""
    planned_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Planned, without recoverable tax."""
    committed_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Ordered or signed for in all, whether charged yet or not."""
    actual_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Charged so far; credit notes make it smaller."""
    outstanding_minor: Mapped[int] = mapped_column(BigInteger, Computed(_OUTSTANDING, persisted=True))
    """Committed and not yet charged."""
    variance_minor: Mapped[int] = mapped_column(
        BigInteger, Computed(f"planned_minor - actual_minor - {_OUTSTANDING}", persisted=True)
    )
    """Planned − (actual + committed not yet actual); negative: over plan for a cost."""
    forecast_minor: Mapped[int] = mapped_column(
        BigInteger,
        Computed(
            f"case when status = 'cancelled' then actual_minor when {_NOT_STARTED} and status = 'planned'"
            f" then planned_minor else actual_minor + {_OUTSTANDING} end",
            persisted=True,
        ),
    )
    """Expected at completion: planned while not started, else actual + committed not yet actual."""
    tax_minor: Mapped[MinorUnits | None]
    """Recoverable tax on the actual amount, kept apart."""
    status: Mapped[BudgetLineStatus] = choice(BudgetLineStatus, BudgetLineStatus.PLANNED)
    """Where the line stands."""
    vendor_id: Mapped[int | None] = ref("organizations")
    """→ organizations: who is paid, or pays."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who answers for it."""
    approval: Mapped[ApprovalStatus] = choice(ApprovalStatus, ApprovalStatus.NOT_NEEDED)
    """Whether somebody must agree to the commitment, and has."""
    approver_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who must agree, or did."""
    approved_at: Mapped[dt.datetime | None]
    """When they agreed."""
    approval_note: Mapped[str | None]
    """What they said."""
    invoice_id: Mapped[int | None] = ref("invoices")
    """→ invoices: the house's own invoice, where the line is income or is charged on."""
    vendor_invoice_number: Mapped[str | None]
    """Number of the vendor's invoice."""
    invoice_document_id: Mapped[int | None] = ref("event_documents", on_delete="SET NULL", through_event=True)
    """→ event_documents: the vendor's invoice as a file."""
    invoiced_on: Mapped[dt.date | None]
    """Date of the vendor's invoice."""
    payment_due_on: Mapped[dt.date | None]
    """Day by which it is to be paid."""
    paid_on: Mapped[dt.date | None]
    """Day on which it was."""
    is_contingency: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it is a reserve that other lines may draw on."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order within the category, from 0."""
    notes: Mapped[str | None]
    """Internal remarks."""


class EventRoi(EventsTable, OfEvent, Timestamped, Authored):
    """A frozen statement of an event's return as of a moment; never changed, a later one stands beside it.

    ROI = (benefits − cost) / cost, benefit-cost ratio = benefits / cost, after the Phillips methodology; a ratio is
    empty where the cost is 0. Intangibles are listed apart and never priced; media value never counts as revenue.
    """

    __tablename__ = "event_roi"
    __fence__ = Fence(app="ra")
    __audit__ = False
    __table_args__ = (
        UniqueConstraint("account_id", "event_id", "number", name="uq_event_roi_number"),
        Index("ix_event_roi_as_of", "account_id", "event_id", "as_of"),
        CheckConstraint("cost_minor >= 0", name="cost_not_negative"),
        CheckConstraint("break_even_reachable or break_even_tickets is null", name="never_has_no_count"),
        CheckConstraint("nps between -100 and 100", name="nps_in_range"),
    )

    number: Mapped[int] = mapped_column(Integer, info={"check": "{c} > 0"})
    """Which statement of the event it is, from 1."""
    title: Mapped[Name]
    """As the statement is headed: “Preliminary”, “Final”."""
    as_of: Mapped[dt.datetime]
    """Up to when facts were counted."""
    is_final: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether the house stands by it for comparisons."""
    currency: Mapped[CurrencyCode]
    """Currency of all its amounts."""
    revenue_by_source: Mapped[JsonObject]
    """Minor units by source (tickets, sponsorship, other …), as summed from the ledger."""
    cost_by_category: Mapped[JsonObject]
    """Minor units by budget category."""
    revenue_minor: Mapped[MinorUnits]
    """Sum of revenue by source."""
    other_benefits_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Further benefits with a defensible price, such as orders written in the showroom."""
    benefits_minor: Mapped[int] = mapped_column(
        BigInteger, Computed("revenue_minor + other_benefits_minor", persisted=True)
    )
    """Revenue + other benefits."""
    cost_minor: Mapped[MinorUnits]
    """Full cost: sum of cost by category."""
    profit_minor: Mapped[int] = mapped_column(
        BigInteger, Computed("revenue_minor + other_benefits_minor - cost_minor", persisted=True)
    )
    """Benefits − cost."""
    roi_ppm: Mapped[int | None] = mapped_column(
        BigInteger,
        Computed(
            "round((revenue_minor + other_benefits_minor - cost_minor)::numeric * 1000000"
            " / nullif(cost_minor, 0))::bigint",
            persisted=True,
        ),
    )
    """(benefits − cost) / cost in parts per million, may be negative; empty: cost 0."""
    benefit_cost_ppm: Mapped[int | None] = mapped_column(
        BigInteger,
        Computed(
            "round((revenue_minor + other_benefits_minor)::numeric * 1000000 / nullif(cost_minor, 0))::bigint",
            persisted=True,
        ),
    )
    """Benefits / cost in parts per million; empty: cost 0."""
    fixed_cost_minor: Mapped[MinorUnits | None]
    """Fixed part of the cost, as break-even used it."""
    variable_cost_per_guest_minor: Mapped[MinorUnits | None]
    """Variable cost per guest, as break-even used it."""
    mean_net_price_minor: Mapped[MinorUnits | None]
    """Mean net ticket price, as break-even used it."""
    break_even_reachable: Mapped[bool] = mapped_column(server_default=text("true"))
    """False: the price does not exceed the variable cost, so never."""
    break_even_tickets: Mapped[Count | None]
    """ceil(fixed / (price − variable)); empty: never, or not priced."""
    break_even_with_sponsors: Mapped[Count | None]
    """ceil(max(0, fixed − committed sponsor income) / (price − variable))."""
    target_revenue_minor: Mapped[MinorUnits | None]
    """The target then."""
    tickets_sold: Mapped[Count | None]
    """Tickets sold as of then."""
    confirmed: Mapped[Count | None]
    """Persons confirmed as of then."""
    attendance: Mapped[Count | None]
    """Persons checked in as of then."""
    nps: Mapped[int | None] = mapped_column(Integer)
    """Net promoter score as of then, −100 to 100, rounded half-up."""
    csat_ppm: Mapped[Ppm | None]
    """Share of answers 4 or 5, in parts per million."""
    sponsor_fulfilment_ppm: Mapped[Ppm | None]
    """Share of promised sponsor units delivered."""
    media_value_minor: Mapped[MinorUnits | None]
    """Value of coverage by the METRICS definition; shown with reach, part of no sum."""
    media_reach: Mapped[int | None] = mapped_column(BigInteger, info={"check": "{c} >= 0"})
    """Impressions behind the media value."""
    intangibles: Mapped[JsonList]
    """Objects of level, statement and evidence: what is not priced."""
    inputs: Mapped[JsonObject]
    """Every figure that went in, with its definition and count of rows, so that the statement can be re-read."""
    notes: Mapped[str | None]
    """Remarks of its author."""
    supersedes_id: Mapped[int | None] = ref("event_roi")
    """→ event_roi: the statement it replaces."""
