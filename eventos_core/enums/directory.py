"""Enums of organisations and contacts."""

from __future__ import annotations

from eventos_core.enums.base import LabelledEnum


class OrganizationKind(LabelledEnum):
    """What a company mainly is to the house."""

    BRAND = "brand"
    SPONSOR = "sponsor"
    AGENCY = "agency"
    PRESS = "press"
    RETAILER = "retailer"
    VENDOR = "vendor"
    VENUE_OPERATOR = "venue_operator"
    INSTITUTION = "institution"
    ORGANIZER = "organizer"
    OTHER = "other"

    @property
    def label(self) -> str:
        """British spelling for people."""
        return "Organiser" if self is OrganizationKind.ORGANIZER else super().label


class OrganizationSize(LabelledEnum):
    """Headcount band."""

    SOLO = "1"
    MICRO = "2_10"
    SMALL = "11_50"
    MEDIUM = "51_250"
    LARGE = "251_1000"
    HUGE = "1001_plus"

    @property
    def label(self) -> str:
        """The band as people write it."""
        return {"1": "1", "1001_plus": "More than 1 000"}.get(self.value, self.value.replace("_", "–"))


class ContactLifecycle(LabelledEnum):
    """How near a person is to the house."""

    LEAD = "lead"
    PROSPECT = "prospect"
    CUSTOMER = "customer"
    PARTNER = "partner"
    GUEST = "guest"
    TEAM = "team"
    FORMER = "former"


class MarketingConsent(LabelledEnum):
    """Whether marketing may be sent to a person."""

    UNKNOWN = "unknown"
    GRANTED = "granted"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"

    @property
    def allows(self) -> bool:
        """Only an explicit yes allows marketing."""
        return self is MarketingConsent.GRANTED


class ConsentBasis(LabelledEnum):
    """On what the permission to send marketing rests."""

    OPT_IN = "opt_in"
    DOUBLE_OPT_IN = "double_opt_in"
    SOFT_OPT_IN = "soft_opt_in"
    LEGITIMATE_INTEREST = "legitimate_interest"
    IMPORTED = "imported"
    IN_PERSON = "in_person"


class EmailKind(LabelledEnum):
    """Where an e-mail address reaches a person."""

    WORK = "work"
    PERSONAL = "personal"
    ASSISTANT = "assistant"
    BILLING = "billing"
    OTHER = "other"


class PhoneKind(LabelledEnum):
    """Where a phone number reaches a person."""

    MOBILE = "mobile"
    WORK = "work"
    HOME = "home"
    ASSISTANT = "assistant"
    OTHER = "other"


class MergeEntity(LabelledEnum):
    """What was merged."""

    CONTACT = "contact"
    ORGANIZATION = "organization"
