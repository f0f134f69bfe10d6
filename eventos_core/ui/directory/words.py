"""How people and companies read on their pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eventos_core.directory.rules.values import country_choices
from eventos_core.enums.directory import ContactLifecycle, OrganizationKind
from eventos_core.operations import naming
from eventos_core.ui import formats
from eventos_core.ui.tables import Meaning

L, K = ContactLifecycle, OrganizationKind

LIFECYCLE: Mapping[str, Meaning] = {
    L.LEAD: "gray",
    L.PROSPECT: "blue",
    L.CUSTOMER: "green",
    L.PARTNER: "violet",
    L.GUEST: "gray",
    L.TEAM: "primary",
    L.FORMER: "gray",
}
KINDS: Mapping[str, Meaning] = {K.SPONSOR: "violet", K.BRAND: "primary", K.PRESS: "blue", K.ORGANIZER: "primary"}

_LABELS = {
    "organization_id": "Organisation",
    "parent_id": "Belongs to",
    "owner_id": "Owner",
    "reports_to_id": "Reports to",
    "full_name": "Name",
    "is_primary": "Primary",
    "archived_at": "Archived",
    "merged_into_id": "Merged into",
    "e164": "International form",
    "bank_changed_at": "Bank account",
    "changed_secrets": "Bank account",
}


def field_label(name: str) -> str:
    """A column as people call it: `job_title` is “Job title”."""
    return _LABELS.get(name) or naming.field(name)


def value_text(column: str, value: Any) -> str:
    """A stored value in a sentence; ids and secrets are not told."""
    if value in (None, "", [], {}):
        return formats.DASH
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {item}" for key, item in value.items())
    text = str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def country(code: str | None, lang: str) -> str:
    """The country's name in the reader's language; empty for none."""
    return country_choices(formats.locale(lang).language).get(code, code) if code else ""
