"""What every domain writes through: files, integrations, jobs, imports, messages, audit and privacy."""

from eventos_core.models.operations.audit import AuditEntry, AuditSeal, DataSubjectRequest
from eventos_core.models.operations.files import Export, MediaAsset, MediaAssetVersion
from eventos_core.models.operations.imports import ExternalRef, ImportBatch, ImportFile, ImportMapping, ImportRow
from eventos_core.models.operations.inbox import CalendarToken, Notification, NotificationPreference
from eventos_core.models.operations.integrations import Integration, WebhookDelivery, WebhookEndpoint
from eventos_core.models.operations.jobs import IdempotencyKey, ScheduledJob
from eventos_core.models.operations.links import PublicLink
from eventos_core.models.operations.messages import (
    MessageDelivery,
    MessageSuppression,
    NotificationTemplate,
    QueuedMessage,
)

__all__ = [
    "AuditEntry",
    "AuditSeal",
    "CalendarToken",
    "DataSubjectRequest",
    "Export",
    "ExternalRef",
    "IdempotencyKey",
    "ImportBatch",
    "ImportFile",
    "ImportMapping",
    "ImportRow",
    "Integration",
    "MediaAsset",
    "MediaAssetVersion",
    "MessageDelivery",
    "MessageSuppression",
    "Notification",
    "NotificationPreference",
    "NotificationTemplate",
    "PublicLink",
    "QueuedMessage",
    "ScheduledJob",
    "WebhookDelivery",
    "WebhookEndpoint",
]
