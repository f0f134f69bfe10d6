"""Campaigns and what they reach, influencers, media partners, social media."""

from eventos_core.models.marketing.campaigns import Campaign, EventMarketingCampaign
from eventos_core.models.marketing.partners import CampaignInfluencer, Influencer, MediaPartner
from eventos_core.models.marketing.social import SocialMediaPlatform, SocialPost

__all__ = [
    "Campaign",
    "CampaignInfluencer",
    "EventMarketingCampaign",
    "Influencer",
    "MediaPartner",
    "SocialMediaPlatform",
    "SocialPost",
]
