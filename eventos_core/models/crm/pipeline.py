"""What opportunities move through: pipelines and stages; lost reasons and exchange rates."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.crm import ForecastCategory, OpportunityKind, RateSource, StageKind
from eventos_core.models.base import (
    Archivable,
    Count,
    CurrencyCode,
    Editable,
    Name,
    Positive,
    Ppm,
    RateE12,
    TenantTable,
    TextList,
    choice,
    ref,
)


class SalesPipeline(TenantTable, Editable, Archivable):
    """A way of selling: an ordered list of stages."""

    __tablename__ = "sales_pipelines"
    __domain__ = "crm"
    __table_args__ = (
        Index(
            "uq_sales_pipelines_name", "account_id", "name", unique=True, postgresql_where=text("archived_at is null")
        ),
        Index("uq_sales_pipelines_default", "account_id", unique=True, postgresql_where=text("is_default")),
        CheckConstraint("not is_default or archived_at is null", name="default_in_use"),
    )

    name: Mapped[Name]
    """Unique among pipelines in use."""
    description: Mapped[str | None]
    """What belongs in it."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order in lists, from 0."""
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    """Where new and imported deals go when nothing says otherwise; one per house."""
    opportunity_kind: Mapped[OpportunityKind | None] = choice(OpportunityKind)
    """Kind that its new deals get at first; NULL = asked."""


class SalesStage(TenantTable, Editable, Archivable):
    """A step of a pipeline. Renaming keeps history; the kind of a stage that holds deals cannot change."""

    __tablename__ = "sales_stages"
    __domain__ = "crm"
    __table_args__ = (
        # Lets an opportunity's outcome be tied to its stage's kind.
        UniqueConstraint("account_id", "id", "kind", name="uq_sales_stages_kind_key"),
        UniqueConstraint(
            "account_id",
            "pipeline_id",
            "position",
            name="uq_sales_stages_position",
            deferrable=True,
            initially="DEFERRED",
        ),
        Index(
            "uq_sales_stages_name",
            "account_id",
            "pipeline_id",
            "name",
            unique=True,
            postgresql_where=text("archived_at is null"),
        ),
        CheckConstraint(
            "(kind = 'won' and default_probability_ppm = 1000000)"
            " or (kind = 'lost' and default_probability_ppm = 0) or kind = 'open'",
            name="probability_of_closed",
        ),
        CheckConstraint(
            "(kind = 'won' and forecast_category = 'closed') or (kind = 'lost' and forecast_category = 'omitted')"
            " or (kind = 'open' and forecast_category <> 'closed')",
            name="category_fits_kind",
        ),
        CheckConstraint("kind = 'open' or rotting_days = 0", name="only_open_rots"),
    )

    pipeline_id: Mapped[int] = ref("sales_pipelines")
    name: Mapped[Name]
    """Unique among the pipeline's stages in use; free to change."""
    description: Mapped[str | None]
    """When a deal belongs here."""
    position: Mapped[Count]
    """Order on the board, from 0; unique in the pipeline, checked at commit."""
    kind: Mapped[StageKind] = choice(StageKind, StageKind.OPEN)
    """open, won or lost: what reports key on."""
    forecast_category: Mapped[ForecastCategory] = choice(ForecastCategory, ForecastCategory.PIPELINE)
    """Where its deals count in the forecast: won → closed, lost → omitted."""
    default_probability_ppm: Mapped[Ppm] = mapped_column(server_default=text("0"))
    """Probability that its deals follow, in parts per million; won 1000000, lost 0."""
    rotting_days: Mapped[Count] = mapped_column(server_default=text("0"))
    """Days without a touch after which an open deal rots; 0 = never. Shrinks as the event comes near."""
    required_fields: Mapped[TextList]
    """Columns or custom field keys of the deal that must be filled before it may enter."""
    wip_limit: Mapped[Positive | None]
    """Deals above which the board warns; NULL = no limit."""


class LostReason(TenantTable, Editable, Archivable):
    """Why deals are lost, as a list that the house keeps."""

    __tablename__ = "lost_reasons"
    __domain__ = "crm"
    __table_args__ = (
        Index("uq_lost_reasons_name", "account_id", "name", unique=True, postgresql_where=text("archived_at is null")),
    )

    name: Mapped[Name]
    """Unique among reasons in use."""
    position: Mapped[Count] = mapped_column(server_default=text("0"))
    """Order in lists, from 0."""
    requires_note: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether losing a deal for it needs a note (as for “Other”)."""


class ExchangeRate(TenantTable, Editable):
    """What one major unit of a currency is worth in another on a day."""

    __tablename__ = "exchange_rates"
    __domain__ = "crm"
    __table_args__ = (
        UniqueConstraint("account_id", "from_currency", "to_currency", "valid_on", name="uq_exchange_rates_pair_day"),
        CheckConstraint("from_currency <> to_currency", name="two_currencies"),
    )

    from_currency: Mapped[CurrencyCode]
    """What is converted."""
    to_currency: Mapped[CurrencyCode]
    """What it is converted to, usually the house's base currency."""
    valid_on: Mapped[dt.date]
    """First day it holds; it stays in force until the next row of the pair."""
    rate_e12: Mapped[RateE12]
    """Major units of to_currency for one major unit of from_currency, times 10^12."""
    source: Mapped[RateSource] = choice(RateSource, RateSource.MANUAL)
    """Where it comes from."""
