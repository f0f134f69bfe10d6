"""What the tables of operations hold of people."""

from __future__ import annotations

from eventos_core.operations.privacy.registry import ANONYMOUS_ADDRESS, copies, personal

personal(
    "notification_queue",
    own=("subject", "payload", "secret_values", "attachments"),
    link=("contact_id", "attendee_id"),
    address=("address",),
    sets={
        "address": f"case when address is not null then '{ANONYMOUS_ADDRESS}' end",
        "body": "case when template_id is null then 'erased' end",
        "last_error": "case when status = 'failed' then 'erased' end",
        "status": "case when status in ('queued', 'sending') then 'cancelled' else status end",
        "cancelled_at": "case when status in ('queued', 'sending') then now() else cancelled_at end",
        "redacted_at": "coalesce(redacted_at, now())",
    },
    title="Messages",
)
personal(
    "message_deliveries",
    own=("address_norm", "detail", "raw"),
    link=("message_id",),
    address=("address_norm",),
    sets={"url": "case when kind = 'clicked' then 'https://erased.invalid/' end"},
    title="Delivery log of messages",
)
personal(
    "message_suppressions", own=("address_norm", "note"), address=("address_norm",), title="Addresses that get nothing"
)
personal("media_assets", link=("licensor_id",), title="Media assets")
personal(
    "data_subject_requests",
    own=("subject_name", "subject_email", "subject_phone", "message"),
    address=("subject_email",),
    # They change as the copy is handed out, which would then be another one than its checksum says.
    inner=(
        "status",
        "verified_at",
        "verified_how",
        "completed_at",
        "refusal_reason",
        "evidence",
        "export_id",
        "job_id",
        "subject_refs",
        "updated_at",
    ),
    title="Privacy requests",
)
copies(
    import_rows="Lines of imports",
    import_batches="Imports",
    import_mappings="Saved mappings",
    external_refs="Records in other systems",
    idempotency_keys="Answers kept for repeated requests",
    merges="Merges",
    duplicate_dismissals="Pairs found to be different",
    notifications="Notifications",
    webhook_deliveries="Webhook deliveries",
    webhook_endpoints="Webhooks",
    integrations="Integrations",
    exports="Exports",
    scheduled_jobs="Schedules",
    saved_views="Saved views",
    media_asset_versions="Versions of files",
    calendar_tokens="Calendar feeds",
)
