"""People and media who spread the word: influencers and media partners."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.marketing import (
    CollaborationStatus,
    InfluencerStatus,
    InfluencerTier,
    MediaDealKind,
    MediaPartnerKind,
    MediaPartnerStatus,
)
from eventos_core.models.base import (
    Archivable,
    Count,
    CurrencyCode,
    Customised,
    Editable,
    JsonList,
    JsonObject,
    MinorUnits,
    Ppm,
    Tagged,
    TenantTable,
    choice,
    ref,
)
from eventos_core.models.types import attributes, labels


class Influencer(TenantTable, Editable, Archivable, Customised, Tagged):
    """A contact with a following."""

    __tablename__ = "influencers"
    __domain__ = "marketing"
    __table_args__ = (
        UniqueConstraint("account_id", "contact_id", name="uq_influencers_contact_id"),
        CheckConstraint("post_rate_minor >= 0", name="post_rate_not_negative"),
        CheckConstraint("story_rate_minor >= 0", name="story_rate_not_negative"),
        CheckConstraint("attendance_rate_minor >= 0", name="attendance_rate_not_negative"),
        CheckConstraint(
            "currency is not null or num_nonnulls(post_rate_minor, story_rate_minor, attendance_rate_minor) = 0",
            name="rates_have_currency",
        ),
        CheckConstraint("followers >= 0", name="followers_not_negative"),
        Index("ix_influencers_list", "account_id", "status", "tier", "id"),
        labels("influencers"),
        attributes("influencers"),
    )

    contact_id: Mapped[int] = ref("contacts")
    """→ contacts: the person; one row each."""
    agency_id: Mapped[int | None] = ref("organizations")
    """→ organizations: who represents the person."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who looks after the person."""
    status: Mapped[InfluencerStatus] = choice(InfluencerStatus, InfluencerStatus.PROSPECT)
    """Whether the house works with the person."""
    tier: Mapped[InfluencerTier] = choice(InfluencerTier, InfluencerTier.MICRO)
    """Size of the following: nano below 10,000, micro 100,000, mid 500,000, macro 1,000,000, mega beyond."""
    handles: Mapped[JsonObject]
    """Handle by network: {"instagram": "name", …}."""
    followers: Mapped[int | None]
    """Followers over all networks."""
    engagement_ppm: Mapped[Ppm | None]
    """Reactions per follower and post, in parts per million."""
    audience: Mapped[JsonObject]
    """Who follows: followers by network, shares by country, age and gender in parts per million."""
    measured_on: Mapped[dt.date | None]
    """Day of these figures."""
    post_rate_minor: Mapped[MinorUnits | None]
    """Usual fee for a post."""
    story_rate_minor: Mapped[MinorUnits | None]
    """Usual fee for a story."""
    attendance_rate_minor: Mapped[MinorUnits | None]
    """Usual fee for coming to an event."""
    currency: Mapped[CurrencyCode | None]
    """Currency of the rates."""
    exclusivities: Mapped[str | None]
    """Brands the person may not work against."""
    note: Mapped[str | None]
    """Whatever else matters, such as brand safety."""


class CampaignInfluencer(TenantTable, Editable):
    """An influencer's part in a campaign; the posts are in social_posts."""

    __tablename__ = "campaign_influencers"
    __domain__ = "marketing"
    __table_args__ = (
        Index(
            "uq_campaign_influencers_part",
            "account_id",
            "campaign_id",
            "influencer_id",
            "event_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("fee_minor >= 0", name="fee_not_negative"),
        CheckConstraint("in_kind_minor >= 0", name="in_kind_not_negative"),
        CheckConstraint(
            "status not in ('agreed', 'delivered', 'paid') or agreed_at is not null", name="agreed_has_time"
        ),
    )

    campaign_id: Mapped[int] = ref("campaigns")
    influencer_id: Mapped[int] = ref("influencers")
    event_id: Mapped[int | None] = ref("events")
    """→ events: for which event; NULL = the campaign as a whole."""
    promo_code_id: Mapped[int | None] = ref("promo_codes")
    """→ promo_codes: the person's own code, for counting what it brought."""
    document_id: Mapped[int | None] = ref("event_documents", on_delete="SET NULL")
    """→ event_documents: the agreement."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who runs it."""
    status: Mapped[CollaborationStatus] = choice(CollaborationStatus, CollaborationStatus.INVITED)
    """invited → negotiating → agreed → delivered → paid; declined or cancelled."""
    fee_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Fee agreed."""
    in_kind_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Value of gifts, travel and clothes."""
    currency: Mapped[CurrencyCode]
    """Currency of fee and gifts."""
    brief: Mapped[str | None]
    """What to say and show, what not."""
    deliverables: Mapped[JsonList]
    """[{type, network, quantity, due_on, done}]: what was agreed."""
    posts_due: Mapped[Count] = mapped_column(server_default=text("0"))
    """Posts and stories agreed in all."""
    due_on: Mapped[dt.date | None]
    """Day by which all is posted."""
    usage_rights_until: Mapped[dt.date | None]
    """Last day the house may use the content; NULL = no rights agreed."""
    agreed_at: Mapped[dt.datetime | None]
    """When it was agreed."""
    delivered_at: Mapped[dt.datetime | None]
    """When all was posted."""
    paid_at: Mapped[dt.datetime | None]
    """When the fee was paid."""
    note: Mapped[str | None]
    """Whatever else matters."""


class MediaPartner(TenantTable, Editable, Archivable, Tagged):
    """A medium that partners with an event: what each gives, and what came of it."""

    __tablename__ = "media_partners"
    __domain__ = "marketing"
    __event_key__ = True
    __table_args__ = (
        UniqueConstraint("account_id", "event_id", "organization_id", "kind", name="uq_media_partners_kind"),
        CheckConstraint("given_minor >= 0", name="given_not_negative"),
        CheckConstraint("received_minor >= 0", name="received_not_negative"),
        CheckConstraint("coverage_reach >= 0", name="coverage_reach_not_negative"),
        CheckConstraint("passes_used <= passes", name="passes_used_within"),
        labels("media_partners"),
    )

    event_id: Mapped[int] = ref("events")
    organization_id: Mapped[int] = ref("organizations")
    contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: whom to ask there."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who looks after it."""
    document_id: Mapped[int | None] = ref("event_documents", on_delete="SET NULL", through_event=True)
    """→ event_documents: the agreement."""
    kind: Mapped[MediaPartnerKind] = choice(MediaPartnerKind)
    """What medium."""
    status: Mapped[MediaPartnerStatus] = choice(MediaPartnerStatus, MediaPartnerStatus.PROSPECT)
    """prospect → agreed → active → completed; cancelled."""
    deal_kind: Mapped[MediaDealKind] = choice(MediaDealKind, MediaDealKind.BARTER)
    """What it rests on."""
    deal: Mapped[str | None]
    """Terms in words: exclusives, embargo, rights."""
    given_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Money or value the house gives."""
    received_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Money or value the house gets."""
    currency: Mapped[CurrencyCode]
    """Currency of both."""
    embargo_until: Mapped[dt.datetime | None]
    """Nothing is published before; NULL = no embargo."""
    deliverables: Mapped[JsonList]
    """[{title, by "us" or "them", quantity, due_on, done}]: what was agreed."""
    coverage: Mapped[JsonList]
    """[{title, url, published_on, reach}]: what appeared."""
    coverage_reach: Mapped[int] = mapped_column(server_default=text("0"))
    """Persons reached by all coverage."""
    passes: Mapped[Count] = mapped_column(server_default=text("0"))
    """Accreditations granted."""
    passes_used: Mapped[Count] = mapped_column(server_default=text("0"))
    """Accreditations named."""
    note: Mapped[str | None]
    """Whatever else matters."""
