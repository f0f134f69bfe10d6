"""Guests: parties that sign up or are invited, the people in them, their tickets, the waiting line."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventos_core.enums.ticketing import (
    GuestCategory,
    RegistrationSource,
    RegistrationStatus,
    TicketStatus,
    WaitlistStatus,
)
from eventos_core.models.base import (
    Cipher,
    Count,
    CurrencyCode,
    Customised,
    Editable,
    Email,
    JsonObject,
    MinorUnits,
    Name,
    Positive,
    Tagged,
    TenantTable,
    choice,
    ref,
)
from eventos_core.models.types import SILENT, LocaleCode, attributes, fragments, labels


class Registration(TenantTable, Editable, Customised, Tagged):
    """One party's sign-up or invitation for an event; an invitation has no order."""

    __tablename__ = "registrations"
    __domain__ = "ticketing"
    __event_key__ = True
    __table_args__ = (
        UniqueConstraint("account_id", "code", name="uq_registrations_code"),
        ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_registrations_user_id"),
        CheckConstraint("party_limit is null or party_size <= party_limit", name="party_within_limit"),
        CheckConstraint("status <> 'confirmed' or confirmed_at is not null", name="confirmed_has_time"),
        CheckConstraint("status <> 'declined' or declined_at is not null", name="declined_has_time"),
        CheckConstraint("status <> 'cancelled' or cancelled_at is not null", name="cancelled_has_time"),
        CheckConstraint("status <> 'waitlisted' or waitlisted_at is not null", name="waitlisted_has_time"),
        Index("ix_registrations_user_id", "account_id", "user_id"),
        Index("ix_registrations_event_list", "account_id", "event_id", "status", "registered_at", "id"),
        Index("ix_registrations_category", "account_id", "event_id", "category", "status"),
        Index(
            "ix_registrations_unanswered",
            "account_id",
            "event_id",
            "rsvp_due_on",
            postgresql_where=text("status = 'invited'"),
        ),
        labels("registrations"),
        attributes("registrations"),
    )

    event_id: Mapped[int] = ref("events")
    contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: who signed up or is invited; NULL for an unnamed sale at the door."""
    user_id: Mapped[int | None]
    """→ users: the login that registered, if any."""
    order_id: Mapped[int | None] = ref("orders", through_event=True)
    """→ orders: the order that paid; NULL for invitations."""
    code: Mapped[str]
    """Random, told to the guest as the reference of the party; unique in the house."""
    status: Mapped[RegistrationStatus] = choice(RegistrationStatus, RegistrationStatus.PENDING)
    """invited → confirmed / declined; pending (approval or payment) → confirmed; waitlisted → confirmed; cancelled."""
    source: Mapped[RegistrationSource] = choice(RegistrationSource, RegistrationSource.PUBLIC_FORM)
    """How the party came onto the list."""
    category: Mapped[GuestCategory] = choice(GuestCategory, GuestCategory.GENERAL)
    """Category of the main guest."""
    party_size: Mapped[Positive] = mapped_column(server_default=text("1"))
    """Persons, the main guest counted."""
    party_limit: Mapped[Positive | None]
    """Most persons the invitation allows, the main guest counted; NULL = no limit."""
    owner_id: Mapped[int | None] = ref("account_users")
    """→ account_users: whose guest the party is."""
    invited_by_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who sent the invitation."""
    approved_by_id: Mapped[int | None] = ref("account_users")
    """→ account_users: who confirmed a sign-up that needs approval."""
    event_sponsor_id: Mapped[int | None] = ref("event_sponsors", through_event=True)
    """→ event_sponsors: the sponsor whose guest the party is."""
    campaign_id: Mapped[int | None] = ref("campaigns")
    """→ campaigns: last touch before the sign-up."""
    first_campaign_id: Mapped[int | None] = ref("campaigns")
    """→ campaigns: first touch within 30 days before the sign-up."""
    answers: Mapped[JsonObject]
    """Answers to the questions asked per party, by field key."""
    message: Mapped[str | None]
    """What the guest wrote with the answer."""
    internal_note: Mapped[str | None]
    """For the house only."""
    registered_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When the party came onto the list; imports keep the source's time."""
    invited_at: Mapped[dt.datetime | None]
    """When the invitation went out."""
    rsvp_due_on: Mapped[dt.date | None]
    """Last day for an answer, in the event's zone."""
    responded_at: Mapped[dt.datetime | None]
    """When the guest last answered the invitation."""
    confirmed_at: Mapped[dt.datetime | None]
    """When it became confirmed."""
    declined_at: Mapped[dt.datetime | None]
    """When the guest declined."""
    waitlisted_at: Mapped[dt.datetime | None]
    """When it went to the waiting list."""
    cancelled_at: Mapped[dt.datetime | None]
    """When it was cancelled."""
    cancel_reason: Mapped[str | None]
    """Why, in the words of who cancelled."""


class Attendee(TenantTable, Editable, Customised, Tagged):
    """One person of a party: the main guest or a companion."""

    __tablename__ = "attendees"
    __domain__ = "ticketing"
    __event_key__ = True
    __secret__ = ("access_needs", "dietary_needs")
    __derived__ = {
        "name_sort": "app.sort_key(concat_ws(' ', nullif(new.last_name, ''), nullif(new.first_name, ''), new.name))",
        "email_norm": "coalesce(app.email_norm(new.email), '')",
        "search_text": "app.search_key(concat_ws(' ', new.name, new.email, new.organization_name, new.badge_name))",
    }
    __table_args__ = (
        CheckConstraint("seating_rank > 0", name="seating_rank_positive"),
        CheckConstraint("not is_main or guest_of_id is null", name="main_guest_is_nobodys_companion"),
        Index(
            "uq_attendees_main",
            "account_id",
            "registration_id",
            unique=True,
            postgresql_where=text("is_main and cancelled_at is null"),
        ),
        Index("ix_attendees_event_list", "account_id", "event_id", "name_sort", "id"),
        Index("ix_attendees_category", "account_id", "event_id", "category"),
        Index("ix_attendees_email_norm", "account_id", "email_norm"),
        fragments("attendees", "search_text"),
        labels("attendees"),
        attributes("attendees"),
    )

    event_id: Mapped[int] = ref("events")
    registration_id: Mapped[int] = ref("registrations", through_event=True)
    contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: the person; NULL for a companion not yet named."""
    guest_of_id: Mapped[int | None] = ref("attendees", through_event=True)
    """→ attendees: whose companion the person is; NULL for a main guest."""
    is_main: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether the person is the party's main guest; one per party."""
    name: Mapped[Name]
    """Full name as shown at the door; “Guest of …” until a companion is named."""
    first_name: Mapped[str] = mapped_column(server_default=text("''"))
    """Given name where it is known apart."""
    last_name: Mapped[str] = mapped_column(server_default=text("''"))
    """Family name where it is known apart."""
    name_sort: Mapped[str] = mapped_column(server_default=text("''"))
    """Sort key, family name first. Kept by trigger."""
    email: Mapped[Email | None]
    """Where the ticket is sent; NULL = to the main guest."""
    email_norm: Mapped[str] = mapped_column(server_default=text("''"))
    """Normalised e-mail; empty without one. Kept by trigger."""
    phone: Mapped[str | None]
    """As written."""
    organization_name: Mapped[str | None]
    """Company or title on the badge."""
    job_title: Mapped[str | None]
    """Role on the badge."""
    badge_name: Mapped[str | None]
    """Name on the badge where it differs."""
    category: Mapped[GuestCategory] = choice(GuestCategory, GuestCategory.GENERAL)
    """As what the person comes; seats and gates are allotted by it."""
    seating_rank: Mapped[int | None]
    """Precedence when seats are given out, 1 = first; NULL = by category."""
    locale: Mapped[LocaleCode | None]
    """Language of mails and ticket; NULL = the house's."""
    access_needs: Mapped[Cipher | None]
    """Encrypted: step-free access, companion seat, interpreter …; needs its own permission to read."""
    dietary_needs: Mapped[Cipher | None]
    """Encrypted: diet and allergies; needs its own permission to read."""
    photo_consent: Mapped[bool | None]
    """Whether the person may be pictured; NULL = not asked."""
    sponsor_consent: Mapped[bool | None]
    """Whether sponsors who scan the badge may receive name and e-mail; NULL = not asked."""
    marketing_consent: Mapped[bool | None]
    """Whether the person agreed to mailings at sign-up; NULL = not asked. The contact holds what is in force."""
    consented_at: Mapped[dt.datetime | None]
    """When the consents were last given or withdrawn."""
    answers: Mapped[JsonObject]
    """Answers to the questions asked per person, by field key."""
    internal_note: Mapped[str | None]
    """For the house and the door."""
    cancelled_at: Mapped[dt.datetime | None]
    """When the person was taken off the party; NULL = comes."""
    search_text: Mapped[str] = mapped_column(server_default=text("''"))
    """Name, e-mail and company, normalised. Kept by trigger."""


class Ticket(TenantTable, Editable):
    """One admission: a secret code that a door accepts."""

    __tablename__ = "tickets"
    __domain__ = "ticketing"
    __event_key__ = True
    __secret__ = ("code",)
    __table_args__ = (
        UniqueConstraint("account_id", "code", name="uq_tickets_code"),
        CheckConstraint("length(code) between 8 and 200", name="code_length"),
        CheckConstraint("price_minor >= 0", name="price_not_negative"),
        CheckConstraint("status <> 'void' or voided_at is not null", name="void_has_time"),
        CheckConstraint("status <> 'used' or first_entry_at is not null", name="used_has_entry"),
        CheckConstraint(
            "(status = 'transferred') = (transferred_to_id is not null)", name="transferred_names_new_ticket"
        ),
        CheckConstraint("valid_from < valid_until", name="validity"),
        CheckConstraint("(entries > 0) = (first_entry_at is not null)", name="entries_have_times"),
        CheckConstraint("not inside or entries > 0", name="inside_only_after_entry"),
        Index(
            "ix_tickets_admitting",
            "account_id",
            "event_id",
            "ticket_type_id",
            "issued_at",
            postgresql_where=text("status in ('valid', 'used')"),
        ),
        Index("ix_tickets_event_list", "account_id", "event_id", "status", "issued_at", "id"),
        Index("ix_tickets_inside", "account_id", "event_id", postgresql_where=text("inside")),
    )

    event_id: Mapped[int] = ref("events")
    ticket_type_id: Mapped[int] = ref("ticket_types", through_event=True)
    attendee_id: Mapped[int | None] = ref("attendees", through_event=True)
    """→ attendees: whom it admits; NULL until the buyer names the person."""
    order_id: Mapped[int | None] = ref("orders", through_event=True)
    """→ orders: the order that bought it; NULL for invitations."""
    order_item_id: Mapped[int | None] = ref("order_items", through_event=True)
    """→ order_items: the line that bought it."""
    seat_id: Mapped[int | None] = ref("seats", through_event=True)
    """→ seats: the seat printed on it, kept equal to the live seat assignment, which alone decides."""
    code: Mapped[str]
    """Secret in the QR code, at least 80 random bits; imports keep the barcode sent. Whoever shows it gets in."""
    status: Mapped[TicketStatus] = choice(TicketStatus, TicketStatus.VALID)
    """valid → used / void / transferred (a new ticket takes its place)."""
    price_minor: Mapped[MinorUnits] = mapped_column(server_default=text("0"))
    """Paid for this admission: unit price less its share of the discount."""
    currency: Mapped[CurrencyCode]
    """The order's, else the event's."""
    issued_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When it was issued; imports keep the source's time."""
    valid_from: Mapped[dt.datetime | None]
    """Doors refuse it earlier; NULL = as the gate says."""
    valid_until: Mapped[dt.datetime | None]
    """Doors refuse it from then on; NULL = as the gate says."""
    delivered_at: Mapped[dt.datetime | None]
    """When it was last sent to the guest."""
    entries: Mapped[int] = mapped_column(Integer, server_default=text("0"), info={"check": "{c} >= 0", **SILENT})
    """Accepted scans inwards, reversed ones not counted. Kept by the door commands."""
    inside: Mapped[bool] = mapped_column(server_default=text("false"), info=SILENT)
    """Whether the holder is inside now. Kept by the door commands."""
    first_entry_at: Mapped[dt.datetime | None]
    """First accepted scan inwards."""
    last_entry_at: Mapped[dt.datetime | None] = mapped_column(info=SILENT)
    """Latest accepted scan inwards."""
    voided_at: Mapped[dt.datetime | None]
    """When it was voided."""
    void_reason: Mapped[str | None]
    """Why: refund, cancellation, lost …"""
    transferred_to_id: Mapped[int | None] = ref("tickets", through_event=True)
    """→ tickets: the ticket that replaced it."""


class WaitlistEntry(TenantTable, Editable):
    """A party in line for a full quota; freed places go to the line first.

    The line is ordered by `priority` (high first), then `joined_at`, then `id`.
    """

    __tablename__ = "waitlist_entries"
    __domain__ = "ticketing"
    __table_args__ = (
        CheckConstraint("num_nonnulls(contact_id, email, registration_id) >= 1", name="somebody_can_be_reached"),
        CheckConstraint("status <> 'offered' or num_nonnulls(offered_at, offered_until) = 2", name="offer_has_end"),
        CheckConstraint("offered_at < offered_until", name="offer_window"),
        CheckConstraint("status <> 'accepted' or accepted_at is not null", name="accepted_has_time"),
        Index(
            "ix_waitlist_entries_line",
            "account_id",
            "event_id",
            "quota_id",
            text("priority desc"),
            "joined_at",
            "id",
            postgresql_where=text("status = 'waiting'"),
        ),
        Index(
            "ix_waitlist_entries_offers",
            "account_id",
            "offered_until",
            postgresql_where=text("status = 'offered'"),
        ),
    )

    event_id: Mapped[int] = ref("events")
    quota_id: Mapped[int] = ref("quotas", through_event=True)
    """→ quotas: what is full."""
    ticket_type_id: Mapped[int | None] = ref("ticket_types", through_event=True)
    """→ ticket_types: the type wanted; NULL = any of the quota."""
    registration_id: Mapped[int | None] = ref("registrations", through_event=True)
    """→ registrations: the waitlisted party."""
    order_id: Mapped[int | None] = ref("orders", through_event=True)
    """→ orders: the order made from the offer."""
    contact_id: Mapped[int | None] = ref("contacts")
    """→ contacts: who waits."""
    name: Mapped[Name]
    """Who waits, as given."""
    email: Mapped[Email | None]
    """Where the offer is sent."""
    party_size: Mapped[Positive] = mapped_column(server_default=text("1"))
    """Places wanted; an offer is for all of them."""
    priority: Mapped[int] = mapped_column(server_default=text("0"))
    """Higher goes first; 0 = in order of arrival."""
    joined_at: Mapped[dt.datetime] = mapped_column(server_default=text("now()"))
    """When the party lined up."""
    status: Mapped[WaitlistStatus] = choice(WaitlistStatus, WaitlistStatus.WAITING)
    """waiting → offered → accepted / expired; cancelled at any time before."""
    offered_at: Mapped[dt.datetime | None]
    """When places were offered; they count as taken from then."""
    offered_until: Mapped[dt.datetime | None]
    """Until when the offer stands; then the places go to the next."""
    offers: Mapped[Count] = mapped_column(server_default=text("0"))
    """Offers made so far."""
    accepted_at: Mapped[dt.datetime | None]
    """When the party took the places."""
    note: Mapped[str | None]
    """For the house only."""
