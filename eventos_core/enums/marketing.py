"""What campaigns, influencers, media partners and posts can be."""

from __future__ import annotations

from eventos_core.enums.base import LabelledEnum


class CampaignObjective(LabelledEnum):
    """What a campaign is for."""

    AWARENESS = "awareness"
    REGISTRATIONS = "registrations"
    TICKET_SALES = "ticket_sales"
    SPONSORSHIP = "sponsorship"
    PRESS = "press"
    ENGAGEMENT = "engagement"
    LOYALTY = "loyalty"


class CampaignStatus(LabelledEnum):
    """Where a campaign stands."""

    DRAFT = "draft"
    PLANNED = "planned"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class MarketingChannel(LabelledEnum):
    """By what way people are reached."""

    EMAIL = "email"
    SMS = "sms"
    SOCIAL = "social"
    PAID_SOCIAL = "paid_social"
    SEARCH = "search"
    DISPLAY = "display"
    INFLUENCER = "influencer"
    PRESS = "press"
    PARTNER = "partner"
    PRINT = "print"
    OUT_OF_HOME = "out_of_home"
    DIRECT = "direct"
    REFERRAL = "referral"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The channel as a person reads it."""
        return {"email": "E-mail", "sms": "SMS"}.get(self.value, super().label)


class InfluencerTier(LabelledEnum):
    """Size of an influencer's following."""

    NANO = "nano"
    MICRO = "micro"
    MID = "mid"
    MACRO = "macro"
    MEGA = "mega"
    CELEBRITY = "celebrity"


class InfluencerStatus(LabelledEnum):
    """Whether the house works with an influencer."""

    PROSPECT = "prospect"
    ACTIVE = "active"
    PAUSED = "paused"
    BLOCKED = "blocked"


class CollaborationStatus(LabelledEnum):
    """Where an influencer's part in a campaign stands."""

    INVITED = "invited"
    NEGOTIATING = "negotiating"
    AGREED = "agreed"
    DELIVERED = "delivered"
    PAID = "paid"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class MediaPartnerKind(LabelledEnum):
    """What a media partner is."""

    MAGAZINE = "magazine"
    NEWSPAPER = "newspaper"
    ONLINE = "online"
    TELEVISION = "television"
    RADIO = "radio"
    STREAMING = "streaming"
    PHOTO_AGENCY = "photo_agency"
    TRADE_PRESS = "trade_press"
    BLOG = "blog"
    OTHER = "other"


class MediaDealKind(LabelledEnum):
    """What a media partnership rests on."""

    BARTER = "barter"
    PAID = "paid"
    EARNED = "earned"
    EXCLUSIVE = "exclusive"
    LICENCE = "licence"


class MediaPartnerStatus(LabelledEnum):
    """Where a media partnership stands."""

    PROSPECT = "prospect"
    AGREED = "agreed"
    ACTIVE = "active"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class SocialNetwork(LabelledEnum):
    """Where posts appear."""

    INSTAGRAM = "instagram"
    TIKTOK = "tiktok"
    YOUTUBE = "youtube"
    FACEBOOK = "facebook"
    X = "x"
    THREADS = "threads"
    LINKEDIN = "linkedin"
    PINTEREST = "pinterest"
    SNAPCHAT = "snapchat"
    WECHAT = "wechat"
    WEIBO = "weibo"
    TWITCH = "twitch"
    MASTODON = "mastodon"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The network as it writes itself."""
        own = {"tiktok": "TikTok", "youtube": "YouTube", "linkedin": "LinkedIn", "wechat": "WeChat"}
        return own.get(self.value, super().label)


class ConnectionStatus(LabelledEnum):
    """Whether an account on a network can be used."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    EXPIRED = "expired"
    ERROR = "error"


class PostStatus(LabelledEnum):
    """Where a post stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    FAILED = "failed"
    REMOVED = "removed"
