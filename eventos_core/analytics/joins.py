"""What the analytics domain adds to registries: what its tables hold of people."""

from __future__ import annotations

from eventos_core.operations.privacy.registry import personal

personal("analytics", own=("visitor", "subject"), title="Visits and clicks")
