"""What the marketing domain adds to registries: what its tables hold of people."""

from __future__ import annotations

from eventos_core.operations.privacy.registry import personal

personal("influencers", own=("handles", "audience", "exclusivities", "note", "custom", "tags"), title="Influencers")
personal("media_partners", title="Media partners")
