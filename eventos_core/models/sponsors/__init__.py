"""Sponsors, what they may buy, what they bought, and what they were promised."""

from eventos_core.models.sponsors.contracts import EventSponsor, EventSponsorInstalment, SponsorDeliverable
from eventos_core.models.sponsors.offers import (
    SponsorInventory,
    SponsorInventoryHold,
    SponsorPackage,
    SponsorPackageBenefit,
)
from eventos_core.models.sponsors.sponsors import Sponsor, SponsorContact

__all__ = [
    "EventSponsor",
    "EventSponsorInstalment",
    "Sponsor",
    "SponsorContact",
    "SponsorDeliverable",
    "SponsorInventory",
    "SponsorInventoryHold",
    "SponsorPackage",
    "SponsorPackageBenefit",
]
