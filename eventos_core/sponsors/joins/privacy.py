"""What the sponsors domain adds to registries: what its tables hold of people."""

from __future__ import annotations

from eventos_core.operations.privacy.registry import personal

personal("sponsor_contacts", title="Sponsor contacts")
personal("event_sponsors", link=("billing_contact_id",), title="Sponsor contracts")
