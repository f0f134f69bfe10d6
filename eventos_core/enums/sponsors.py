"""What sponsors, contracts, promises and sellable units can be."""

from __future__ import annotations

from eventos_core.enums.base import LabelledEnum


class SponsorStatus(LabelledEnum):
    """How a sponsor stands to the house."""

    PROSPECT = "prospect"
    ACTIVE = "active"
    LAPSED = "lapsed"


class SponsorContactRole(LabelledEnum):
    """For what a person at the sponsor is asked."""

    PRIMARY = "primary"
    FINANCE = "finance"
    CREATIVE = "creative"
    LEGAL = "legal"
    ONSITE = "onsite"
    EXECUTIVE = "executive"


class SponsorTier(LabelledEnum):
    """Rank of a package, highest first."""

    TITLE = "title"
    PRESENTING = "presenting"
    PLATINUM = "platinum"
    GOLD = "gold"
    SILVER = "silver"
    BRONZE = "bronze"
    SUPPORTER = "supporter"
    IN_KIND = "in_kind"


class EventSponsorStatus(LabelledEnum):
    """Where a sponsor contract for an event stands."""

    ENQUIRY = "enquiry"
    APPROVED = "approved"
    CONTRACTED = "contracted"
    ACTIVE = "active"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"


class InstalmentStatus(LabelledEnum):
    """Where a part of the fee stands."""

    PLANNED = "planned"
    INVOICED = "invoiced"
    PAID = "paid"
    CANCELLED = "cancelled"


class DeliverableType(LabelledEnum):
    """What a sponsor is promised."""

    LOGO = "logo"
    MENTION = "mention"
    SEATS = "seats"
    PASSES = "passes"
    ACTIVATION = "activation"
    POST = "post"
    LEAD_SCANS = "lead_scans"
    SIGNAGE = "signage"
    ADVERT = "advert"
    SPEAKING = "speaking"
    HOSPITALITY = "hospitality"
    PRODUCT_PLACEMENT = "product_placement"
    GIFTING = "gifting"
    CONTENT = "content"
    REPORT = "report"
    OTHER = "other"


class DeliverableStatus(LabelledEnum):
    """Where a promise stands."""

    OPEN = "open"
    DONE = "done"
    NOT_APPLICABLE = "not_applicable"
    WAIVED = "waived"
    MAKE_GOOD = "make_good"


class ProofStatus(LabelledEnum):
    """Whether the proof of a delivery holds."""

    NONE = "none"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class MediaChannel(LabelledEnum):
    """Where a delivery was seen; the price of a thousand views depends on it."""

    ONSITE = "onsite"
    LIVESTREAM = "livestream"
    WEBSITE = "website"
    EMAIL = "email"
    SOCIAL = "social"
    PRESS = "press"
    BROADCAST = "broadcast"
    PRINT = "print"

    @property
    def label(self) -> str:
        """The channel as a person reads it."""
        return "E-mail" if self is MediaChannel.EMAIL else super().label


class InventoryKind(LabelledEnum):
    """What a sellable unit is."""

    PLACEMENT = "placement"
    TIME_SLOT = "time_slot"
    SPACE = "space"
    SEATS = "seats"
    PASSES = "passes"
    DIGITAL = "digital"
    PRODUCT = "product"


class InventoryHoldStatus(LabelledEnum):
    """Where a claim on units stands."""

    HELD = "held"
    BOOKED = "booked"
    RELEASED = "released"
    EXPIRED = "expired"
