"""Campaigns, and what each did for an event on a channel."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.marketing import CampaignObjective, CampaignStatus, MarketingChannel
from eventos_core.models.base import (
    Archivable,
    Count,
    CurrencyCode,
    Customised,
    Editable,
    JsonObject,
    MinorUnits,
    Name,
    Slug,
    Tagged,
    TenantTable,
    choice,
    ref,
)
from eventos_core.models.types import SILENT, WebAddress, attributes, fragments, labels


class Campaign(TenantTable, Editable, Archivable, Customised, Tagged):
    """A push to be noticed or to sell, over some channels and any number of events."""

    __tablename__ = "campaigns"
    __domain__ = "marketing"
    __derived__ = {"name_sort": "app.sort_key(new.name)", "search_text": "app.search_key(new.name)"}
    __table_args__ = (
        UniqueConstraint("account_id", "utm_campaign", name="uq_campaigns_utm_campaign"),
        CheckConstraint("starts_at < ends_at", name="window"),
        CheckConstraint("budget_minor >= 0", name="budget_not_negative"),
        CheckConstraint("spend_minor >= 0", name="spend_not_negative"),
        CheckConstraint("target_revenue_minor >= 0", name="target_revenue_not_negative"),
        Index("ix_campaigns_list", "account_id", "status", "starts_at", "id"),
        Index("ix_campaigns_name_sort", "account_id", "name_sort", "id"),
        fragments("campaigns", "search_text"),
        labels("campaigns"),
        attributes("campaigns"),
    )

    name: Mapped[Name]
    """What people call it."""
    name_sort: Mapped[str] = mapped_column(server_default=text("''"))
    """Sort key of the name. Kept by trigger."""
    objective: Mapped[CampaignObjective] = choice(CampaignObjective, CampaignObjective.REGISTRATIONS)
    """What it is for."""
    status: Mapped[CampaignStatus] = choice(CampaignStatus, CampaignStatus.DRAFT)
    """draft → planned → active ⇄ paused → completed; cancelled before."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who runs it."""
    description: Mapped[str | None]
    """Message, tone, what matters."""
    channel_mix: Mapped[JsonObject]
    """Planned share of the budget by channel in parts per million: {"email": 200000, …}; sums to 1000000."""
    budget_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """What it may cost in all."""
    spend_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Spent on no event in particular; spend in all = this + its event_marketing_campaigns + influencer fees."""
    currency: Mapped[CurrencyCode]
    """Currency of budget, spend and target."""
    target_registrations: Mapped[Count | None]
    """Registrations it should bring; NULL = none set."""
    target_revenue_minor: Mapped[MinorUnits | None]
    """Net ticket revenue it should bring; NULL = none set."""
    starts_at: Mapped[dt.datetime | None]
    """Begin."""
    ends_at: Mapped[dt.datetime | None]
    """End (exclusive)."""
    audience_view_id: Mapped[int | None] = ref("saved_views", on_delete="SET NULL")
    """→ saved_views: the saved filter that picks the audience."""
    audience: Mapped[JsonObject]
    """Filter frozen when the campaign was started, so that a changed view does not change who was meant."""
    audience_size: Mapped[Count | None]
    """Contacts the filter found when last counted."""
    utm_source: Mapped[str | None]
    """Link parameter utm_source; NULL = the channel's name."""
    utm_medium: Mapped[str | None]
    """Link parameter utm_medium; NULL = the channel's kind."""
    utm_campaign: Mapped[Slug]
    """Link parameter utm_campaign, unique in the house: by it a touch names the campaign."""
    utm_term: Mapped[str | None]
    """Link parameter utm_term."""
    utm_content: Mapped[str | None]
    """Link parameter utm_content."""
    landing_url: Mapped[WebAddress | None]
    """Where its links lead."""
    search_text: Mapped[str] = mapped_column(server_default=text("''"))
    """The name, normalised. Kept by trigger."""


class EventMarketingCampaign(TenantTable, Editable):
    """What a campaign aims at and reached for one event on one channel.

    Attributed figures are recomputed by job from touches, registrations and the ledger (30 days before); nobody
    types them.
    """

    __tablename__ = "event_marketing_campaigns"
    __domain__ = "marketing"
    __event_key__ = True
    __table_args__ = (
        UniqueConstraint(
            "account_id", "event_id", "campaign_id", "channel", name="uq_event_marketing_campaigns_channel"
        ),
        CheckConstraint("starts_at < ends_at", name="window"),
        CheckConstraint("budget_minor >= 0", name="budget_not_negative"),
        CheckConstraint("spend_minor >= 0", name="spend_not_negative"),
        CheckConstraint("target_revenue_minor >= 0", name="target_revenue_not_negative"),
        CheckConstraint("impressions >= 0 and clicks >= 0", name="reach_not_negative"),
    )

    event_id: Mapped[int] = ref("events")
    campaign_id: Mapped[int] = ref("campaigns")
    platform_id: Mapped[int | None] = ref("social_media_platforms")
    """→ social_media_platforms: for social channels, by which of our accounts."""
    channel: Mapped[MarketingChannel] = choice(MarketingChannel)
    """By what way people are reached."""
    status: Mapped[CampaignStatus] = choice(CampaignStatus, CampaignStatus.PLANNED)
    """Where this part of the campaign stands."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who runs this part."""
    starts_at: Mapped[dt.datetime | None]
    """Begin; NULL = the campaign's."""
    ends_at: Mapped[dt.datetime | None]
    """End (exclusive); NULL = the campaign's."""
    target_registrations: Mapped[Count | None]
    """Registrations it should bring; NULL = none set."""
    target_revenue_minor: Mapped[MinorUnits | None]
    """Net ticket revenue it should bring; NULL = none set."""
    budget_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """What it may cost."""
    spend_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """What it has cost so far."""
    currency: Mapped[CurrencyCode]
    """Currency of all amounts."""
    impressions: Mapped[int] = mapped_column(server_default=text("0"))
    """Views, from the channel or typed."""
    clicks: Mapped[int] = mapped_column(server_default=text("0"))
    """Clicks, from the channel or typed."""
    registrations: Mapped[int] = mapped_column(Integer, server_default=text("0"), info={"check": "{c} >= 0", **SILENT})
    """Registrations whose last touch names it. Recomputed by job."""
    revenue_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"), info=SILENT)
    """Net revenue whose last touch names it; below 0 after refunds. Recomputed by job."""
    first_touch_registrations: Mapped[int] = mapped_column(
        Integer, server_default=text("0"), info={"check": "{c} >= 0", **SILENT}
    )
    """Registrations whose first touch names it. Recomputed by job."""
    first_touch_revenue_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"), info=SILENT)
    """Net revenue whose first touch names it. Recomputed by job."""
    attributed_at: Mapped[dt.datetime | None] = mapped_column(info=SILENT)
    """As of when the attributed figures hold; NULL = never computed."""
    note: Mapped[str | None]
    """Whatever else matters."""
