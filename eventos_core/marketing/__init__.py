"""Campaigns, influencers, media partners and posts."""
