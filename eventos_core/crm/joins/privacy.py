"""What the sales domain adds to registries: what its tables hold of people."""

from __future__ import annotations

from eventos_core.enums.tenancy import LegalBasis, RetentionAction, RetentionAnchor
from eventos_core.operations.privacy.registry import ANONYMOUS_ADDRESS, personal
from eventos_core.operations.privacy.retention import retained

personal("activities", own=("subject", "body", "location", "outcome_note"), title="Activities")
personal("notes", own=("body",), title="Notes")
personal(
    "meeting_bookings",
    own=("subject", "place", "guest_name", "answers", "note", "cancel_reason"),
    address=("guest_email",),
    sets={"guest_email": f"case when contact_id is null then '{ANONYMOUS_ADDRESS}' end"},
    title="Meetings",
)
personal("opportunities", title="Deals")
personal("opportunity_contacts", own=("note",), title="People in deals")

retained(
    "meeting_bookings", LegalBasis.LEGITIMATE_INTEREST, about="Guests of past meetings: name, address, answers",
    months=24, anchors={RetentionAnchor.CLOSED: "t.ends_at"}, actions=(RetentionAction.ANONYMISE,),
    where=f"num_nonnulls(t.guest_name, nullif(t.guest_email, '{ANONYMOUS_ADDRESS}')) > 0", name="t.subject",
)  # fmt: skip
