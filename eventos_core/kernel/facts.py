"""Facts: what happened, said by a lower domain so that higher ones can react in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """Base of all facts; subclasses carry ids and plain values only."""


@dataclass(frozen=True)
class HouseFounded(Fact):
    """A new account exists and its context is entered."""

    account_id: int
    owner_member_id: int | None


@dataclass(frozen=True)
class MemberJoined(Fact):
    """A membership became active (founding owner, accepted invitation, claimed placeholder)."""

    member_id: int
    display_name: str
    email: str | None


@dataclass(frozen=True)
class EventCreated(Fact):
    """An event row exists."""

    event_id: int


@dataclass(frozen=True)
class EventStatusChanged(Fact):
    """An event moved from one status to another."""

    event_id: int
    old: str
    new: str


@dataclass(frozen=True)
class ContactsMerged(Fact):
    """`loser_id` was merged into `winner_id`; every reference has been moved."""

    merge_id: int
    winner_id: int
    loser_id: int


@dataclass(frozen=True)
class EventMoved(Fact):
    """Start, end or the day on which material is due of an event changed."""

    event_id: int


@dataclass(frozen=True)
class RightsChanged(Fact):
    """A member's role, preset or overrides changed."""

    member_id: int
    old_role: str
    new_role: str


@dataclass(frozen=True)
class AddressBounced(Fact):
    """Mail to an address came back for good; `address_norm` is its normalised form."""

    address_norm: str


@dataclass(frozen=True)
class MarketingDeclined(Fact):
    """A person wants no more marketing at an address; `contact_id` is theirs where it is known.

    `complained`: they reported a message as spam, instead of unsubscribing.
    """

    address_norm: str
    contact_id: int | None
    complained: bool = False


@dataclass(frozen=True)
class IntegrationSaved(Fact):
    """A connected service was added or changed; `provider` is the key of its adapter."""

    integration_id: int
    provider: str


@dataclass(frozen=True)
class IntegrationRemoved(Fact):
    """A connected service is about to be forgotten."""

    integration_id: int
    provider: str


@dataclass(frozen=True)
class OpportunityWon(Fact):
    """A deal was won; `kind` says what was sold, and so what follows: a contract, an order, a production."""

    opportunity_id: int
    kind: str
    event_id: int | None
    organization_id: int | None


@dataclass(frozen=True)
class OpportunityLost(Fact):
    """A deal was lost, for the reason of that id."""

    opportunity_id: int
    lost_reason_id: int | None


@dataclass(frozen=True)
class OpportunityReopened(Fact):
    """A deal that was won or lost is open again; `was` says which."""

    opportunity_id: int
    was: str
