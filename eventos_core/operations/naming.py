"""What tables and columns are called by people: in the audit, in conflicts, in what a merge moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eventos_core.db.sync.tables import metadata
from eventos_core.enums.base import LabelledEnum

_NOUNS = {
    "account_users": "member", "accounts": "house", "analytics": "event of use", "api_keys": "API key",
    "audit_log": "audit entry", "bank_statement_lines": "bank line", "campaign_influencers": "influencer's part",
    "check_ins": "check-in", "contact_emails": "e-mail address", "contact_phones": "phone number",
    "cue_crew": "crew of a cue", "data_subject_requests": "privacy request", "duplicate_dismissals": "“not the same”",
    "event_budget_lines": "budget line", "event_documents": "document", "event_feedback": "feedback",
    "event_logistics": "transport or delivery", "event_marketing_campaigns": "campaign of an event",
    "event_planning": "task", "event_risks": "risk", "event_roi": "return on an event", "event_schedules": "cue",
    "event_sponsor_instalments": "sponsor's instalment", "event_sponsors": "sponsor of an event",
    "event_staff": "shift", "event_templates": "event template", "event_updates": "update",
    "event_venues": "venue of an event", "event_xpls": "custom field of an event",
    "external_refs": "link to another program", "fashion_designers": "designer", "feedback": "feedback",
    "event_asset_date_versions": "asset date of an event as it was", "exchange_rate_versions": "rate as it was",
    "gateway_events": "message of a payment service", "idempotency_keys": "request done once",
    "import_batches": "import",
    "import_mappings": "import mapping", "invoice_series": "invoice series", "login_sessions": "sign-in",
    "media_asset_versions": "version of a file", "media_assets": "file", "message_suppressions": "declined address",
    "metric_target_versions": "target as it was",
    "model_availability": "model's availability", "my_organization_metadata": "house's own data",
    "notification_preferences": "wish about notices", "notification_queue": "message",
    "notification_templates": "template", "notifications": "notice", "one_time_tokens": "one-time link",
    "opportunities": "deal", "opportunity_contacts": "person in a deal", "opportunity_files": "file of a deal",
    "opportunity_versions": "step of a deal",
    "pipeline_stages": "stage", "promo_code_ticket_types": "ticket type of a promo code",
    "quota_ticket_types": "ticket type of a quota", "real_time_event_metrics": "live figure", "refund_queue": "refund",
    "scheduled_jobs": "schedule", "seating_rule_members": "guest in a seating rule", "session_hosts": "host",
    "social_media_platforms": "social account", "sponsor_inventory": "sponsor inventory",
    "task_dependencies": "order of tasks", "ticket_type_sessions": "session of a ticket type",
    "update_receipts": "receipt of an update", "venue_spaces": "space", "webhook_endpoints": "webhook",
}  # fmt: skip
"""Tables that people call otherwise than by their name in the singular."""
_PLURALS = {
    "crew of a cue": "crews of cues", "event of use": "events of use", "feedback": "feedback",
    "invoice series": "invoice series",
    "house's own data": "house's own data", "model's availability": "model availabilities",
    "sponsor inventory": "sponsor inventory", "return on an event": "returns on events",
    "influencer's part": "influencers' parts", "sponsor's instalment": "sponsors' instalments",
}  # fmt: skip
_FIELDS = {
    "about_id": "About", "bank_changed_at": "Bank account", "changed_secrets": "Secret values", "csat": "Satisfaction",
    "custom": "Custom fields", "e164": "International form", "facts": "Told of", "full_name": "Name",
    "id": "Number", "ip": "Network address", "is_own": "The house itself", "is_primary": "Primary",
    "ics_uid": "Calendar number", "merged_into_id": "Merged into", "nps": "NPS", "organization_id": "Organisation",
    "organization_name": "Organisation", "parent_id": "Belongs to", "reports_to_id": "Reports to", "sha256": "Checksum",
    "timezone": "Time zone", "url": "Address", "vat_id": "VAT number", "key_hash": "Key",
}  # fmt: skip
_ENDINGS = ("_id", "_ids", "_at", "_on", "_minor", "_ppm", "_norm", "_e12")
_SPELT = {
    "api": "API", "bic": "BIC", "iban": "IBAN", "url": "address", "sms": "SMS", "roi": "ROI", "sqm": "m²",
    "nps": "NPS", "oidc": "OIDC", "organization": "organisation", "email": "e-mail", "html": "HTML", "ics": "calendar",
}  # fmt: skip


def noun(table: str) -> str:
    """What a row of the table is called in a sentence: `venues` is a venue, `account_users` a member."""
    if table in _NOUNS:
        return _NOUNS[table]
    words = table.replace("_", " ")
    if words.endswith("ies"):
        return words[:-3] + "y"
    if words.endswith(("ses", "xes", "ches", "shes")):
        return words[:-2]
    return words[:-1] if words.endswith("s") else words


def nouns(table: str) -> str:
    """What several rows of the table are called: `activities`, `contact_emails` are e-mail addresses."""
    one = noun(table)
    if one in _PLURALS:
        return _PLURALS[one]
    head, of, rest = one.partition(" of ")
    if head.endswith("y") and not head.endswith(("ay", "ey", "oy")):
        return f"{head[:-1]}ies{of}{rest}"
    if head.endswith(("s", "x", "ch", "sh")):
        return f"{head}es{of}{rest}"
    return f"{head}s{of}{rest}"


def counted(rows: Mapping[str, int]) -> str:
    """Tables with how many rows of each, in words: “1 deal and 2 activities”; empty for none."""
    parts = [f"{number} {noun(table) if number == 1 else nouns(table)}" for table, number in sorted(rows.items())]
    return listed(parts)


def listed(parts: Sequence[str]) -> str:
    """“time, place and host”; empty for none."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def field(column: str) -> str:
    """A column as people call it: `job_title` is “Job title”, `owner_id` “Owner”, `budget_minor` “Budget”."""
    if column in _FIELDS:
        return _FIELDS[column]
    bare = column
    for ending in _ENDINGS:
        bare = bare.removesuffix(ending)
    words = [_SPELT.get(word, word) for word in (bare or column).split("_")]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def enum_of(table: str, column: str) -> type[LabelledEnum] | None:
    """The enum whose values the column holds, if it holds one's."""
    found = metadata().tables.get(table)
    known = found.c.get(column) if found is not None else None
    enum: type[LabelledEnum] | None = known.info.get("enum") if known is not None else None
    return enum


def actor(kind: str) -> str:
    """Who acts, where it is no person: “API key”, “Public link”."""
    return {"api_key": "API key", "public_token": "Public link"}.get(kind, kind.replace("_", " ").capitalize())
