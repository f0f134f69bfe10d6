"""Our accounts on social networks, and posts: ours and those of influencers."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.marketing import ConnectionStatus, PostStatus, SocialNetwork
from eventos_core.models.base import (
    Archivable,
    Editable,
    JsonObject,
    Name,
    TenantTable,
    TextList,
    choice,
    ref,
)
from eventos_core.models.types import SILENT, WebAddress


class SocialMediaPlatform(TenantTable, Editable, Archivable):
    """An account of the house on a social network; its credentials are the integration's."""

    __tablename__ = "social_media_platforms"
    __domain__ = "marketing"
    __table_args__ = (
        UniqueConstraint("account_id", "network", "handle", name="uq_social_media_platforms_handle"),
        CheckConstraint("followers >= 0", name="followers_not_negative"),
        CheckConstraint("length(handle) between 1 and 100", name="handle_length"),
    )

    network: Mapped[SocialNetwork] = choice(SocialNetwork)
    """Which network."""
    handle: Mapped[str]
    """Name there without “@”; unique per network."""
    name: Mapped[Name]
    """As people call it in lists."""
    url: Mapped[WebAddress | None]
    """Public page."""
    integration_id: Mapped[int | None] = ref("integrations", on_delete="SET NULL")
    """→ integrations: credentials; NULL = figures and posts are typed by hand."""
    status: Mapped[ConnectionStatus] = choice(ConnectionStatus, ConnectionStatus.DISCONNECTED)
    """Whether it can be used for posting."""
    followers: Mapped[int | None]
    """Followers at the last sync."""
    last_synced_at: Mapped[dt.datetime | None] = mapped_column(info=SILENT)
    """When figures were last fetched."""
    last_error: Mapped[str | None]
    """What went wrong last; NULL after a success."""


class SocialPost(TenantTable, Editable, Archivable):
    """A post on a social network: by the house, or by an influencer for it."""

    __tablename__ = "social_posts"
    __domain__ = "marketing"
    __table_args__ = (
        UniqueConstraint("account_id", "network", "external_id", name="uq_social_posts_external_id"),
        CheckConstraint(
            "status not in ('published', 'removed') or published_at is not null", name="published_has_time"
        ),
        CheckConstraint("status <> 'scheduled' or scheduled_at is not null", name="scheduled_has_time"),
        CheckConstraint("num_nonnulls(platform_id, influencer_id) >= 1", name="by_us_or_influencer"),
        CheckConstraint("campaign_influencer_id is null or influencer_id is not null", name="part_names_influencer"),
        CheckConstraint(
            "least(impressions, reach, likes, comments, shares, saves, clicks, video_views) >= 0",
            name="figures_not_negative",
        ),
        Index("ix_social_posts_calendar", "account_id", "published_at", "id"),
        Index(
            "ix_social_posts_to_publish",
            "account_id",
            "scheduled_at",
            postgresql_where=text("status = 'scheduled'"),
        ),
    )

    campaign_id: Mapped[int | None] = ref("campaigns")
    """→ campaigns: the campaign it belongs to, where one is meant."""
    event_id: Mapped[int | None] = ref("events")
    """→ events: the event it is about."""
    platform_id: Mapped[int | None] = ref("social_media_platforms")
    """→ social_media_platforms: our account that posts; NULL for an influencer's own."""
    influencer_id: Mapped[int | None] = ref("influencers")
    """→ influencers: who posts; NULL for our own."""
    campaign_influencer_id: Mapped[int | None] = ref("campaign_influencers")
    """→ campaign_influencers: the agreement it fulfils."""
    asset_id: Mapped[int | None] = ref("media_assets")
    """→ media_assets: picture or clip."""
    sponsor_deliverable_id: Mapped[int | None] = ref("sponsor_deliverables", on_delete="SET NULL")
    """→ sponsor_deliverables: the promise it fulfils."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who writes it."""
    network: Mapped[SocialNetwork] = choice(SocialNetwork)
    """Where it appears."""
    status: Mapped[PostStatus] = choice(PostStatus, PostStatus.DRAFT)
    """draft → approved → scheduled → published / failed; removed."""
    content: Mapped[str] = mapped_column(server_default=text("''"))
    """The text."""
    hashtags: Mapped[TextList]
    """Without “#”."""
    url: Mapped[WebAddress | None]
    """Link to the post."""
    external_id: Mapped[str | None]
    """The network's id of the post; unique per network."""
    scheduled_at: Mapped[dt.datetime | None]
    """When it is to appear."""
    published_at: Mapped[dt.datetime | None]
    """When it appeared."""
    last_error: Mapped[str | None]
    """Why posting failed last."""
    impressions: Mapped[int | None]
    """Views; NULL = not measured."""
    reach: Mapped[int | None]
    """Distinct persons; NULL = not measured."""
    likes: Mapped[int | None]
    """Likes; NULL = not measured."""
    comments: Mapped[int | None]
    """Comments; NULL = not measured."""
    shares: Mapped[int | None]
    """Shares and reposts; NULL = not measured."""
    saves: Mapped[int | None]
    """Saves; NULL = not measured."""
    clicks: Mapped[int | None]
    """Clicks on its link; NULL = not measured."""
    video_views: Mapped[int | None]
    """Plays; NULL = not measured or no video."""
    metrics: Mapped[JsonObject]
    """Further figures as the network names them."""
    measured_at: Mapped[dt.datetime | None]
    """As of when the figures hold."""
