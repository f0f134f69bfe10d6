"""What the ticketing domain adds to registries: what its tables hold of people."""

from __future__ import annotations

from eventos_core.enums.tenancy import LegalBasis, RetentionAction, RetentionAnchor
from eventos_core.operations.privacy.registry import ANONYMOUS, ANONYMOUS_ADDRESS, personal
from eventos_core.operations.privacy.retention import retained

personal(
    "attendees",
    own=(
        "name", "first_name", "last_name", "email", "phone", "organization_name", "job_title", "badge_name", "locale",
        "access_needs", "dietary_needs", "answers", "internal_note", "custom", "tags",
    ),
    address=("email",),
    title="Attendees",
)  # fmt: skip
personal(
    "orders",
    own=(
        "buyer_name", "buyer_email", "buyer_phone", "company_name", "tax_id", "billing_address", "answers",
        "internal_note", "custom",
    ),
    address=("buyer_email",),
    title="Orders",
)  # fmt: skip
personal("registrations", own=("answers", "message", "internal_note", "custom", "tags"), title="Registrations")
personal(
    "waitlist_entries",
    own=("name", "note"),
    address=("email",),
    sets={"email": f"case when contact_id is null and registration_id is null then '{ANONYMOUS_ADDRESS}' end"},
    title="Waiting list",
)
personal("tickets", own=("void_reason",), link=("attendee_id",), title="Tickets")
personal("check_ins", own=("note",), link=("attendee_id",), title="Check-ins")
personal("seat_assignments", own=("hold_note",), link=("attendee_id",), title="Seats taken")
personal("seating_rule_members", link=("contact_id", "attendee_id"), title="People in seating rules")

_EVENT_END = {
    RetentionAnchor.EVENT_END: (
        "(select e.ends_at from events e where e.account_id = t.account_id and e.id = t.event_id)"
    ),
    RetentionAnchor.CREATED: "t.created_at",
}
_ANONYMISE = (RetentionAction.ANONYMISE,)
retained(
    "attendees", LegalBasis.CONTRACT, about="Guests of past events: name, address, needs, answers", months=36,
    anchors=_EVENT_END, actions=_ANONYMISE, where=f"t.name <> '{ANONYMOUS}'", name="t.name",
)  # fmt: skip
retained(
    "orders", LegalBasis.CONTRACT, about="Buyers of past events; amounts stay, invoices are kept apart", months=36,
    anchors=_EVENT_END, actions=_ANONYMISE, name="t.code",
    where="num_nonnulls(t.buyer_name, t.buyer_email, t.buyer_phone) > 0 and t.status <> 'pending'",
)  # fmt: skip
retained(
    "waitlist_entries", LegalBasis.CONTRACT, about="People who waited for a place", months=6, anchors=_EVENT_END,
    actions=(RetentionAction.ERASE, RetentionAction.ANONYMISE), where=f"t.name <> '{ANONYMOUS}'", name="t.name",
)  # fmt: skip
