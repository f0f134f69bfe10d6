"""Enums of files, integrations, imports, jobs, messages, audit and privacy."""

from __future__ import annotations

from eventos_core.enums.base import LabelledEnum


class AssetPurpose(LabelledEnum):
    """What a file is for."""

    PICTURE = "picture"
    LOGO = "logo"
    COVER = "cover"
    PORTFOLIO = "portfolio"
    PRESS = "press"
    PROOF = "proof"
    FLOOR_PLAN = "floor_plan"
    DOCUMENT = "document"
    ATTACHMENT = "attachment"
    OTHER = "other"


class AssetVisibility(LabelledEnum):
    """Who may fetch a file."""

    RESTRICTED = "restricted"
    HOUSE = "house"
    PUBLIC = "public"


class AssetStorage(LabelledEnum):
    """Where a file's bytes lie."""

    LOCAL = "local"
    OBJECT = "object"


class AssetScan(LabelledEnum):
    """What the check of an uploaded file found."""

    PENDING = "pending"
    CLEAN = "clean"
    REFUSED = "refused"


class UsageRights(LabelledEnum):
    """For what a picture may be used."""

    UNCLEAR = "unclear"
    INTERNAL = "internal"
    PRESS = "press"
    EDITORIAL = "editorial"
    PROMOTION = "promotion"
    UNLIMITED = "unlimited"


class IntegrationKind(LabelledEnum):
    """What a connected service does for the house."""

    EMAIL = "email"
    SMS = "sms"
    PAYMENT = "payment"
    SOCIAL = "social"
    CALENDAR = "calendar"
    TICKETING = "ticketing"
    CRM = "crm"
    STORAGE = "storage"
    CHAT = "chat"
    ACCOUNTING = "accounting"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The kind as a person reads it."""
        return {"email": "E-mail", "sms": "Texts", "social": "Posts", "crm": "CRM"}.get(self.value, super().label)


class IntegrationStatus(LabelledEnum):
    """Whether a connected service works."""

    DRAFT = "draft"
    CONNECTED = "connected"
    ERROR = "error"
    DISABLED = "disabled"


class EndpointStatus(LabelledEnum):
    """Whether a webhook endpoint is served."""

    ACTIVE = "active"
    PAUSED = "paused"
    FAILING = "failing"


class WebhookStatus(LabelledEnum):
    """Where one webhook delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    RETRYING = "retrying"
    GIVEN_UP = "given_up"


class RunStatus(LabelledEnum):
    """Where one run of a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ExportFormat(LabelledEnum):
    """What an export is written as."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    ICS = "ics"
    PDF = "pdf"
    ZIP = "zip"

    @property
    def label(self) -> str:
        """Names of formats as people know them."""
        return {"xlsx": "Excel", "ics": "Calendar"}.get(self.value, self.value.upper())


class ImportKind(LabelledEnum):
    """What a file brings in."""

    CONTACTS = "contacts"
    ORGANIZATIONS = "organizations"
    VENUES = "venues"
    DEALS = "deals"
    ATTENDEES = "attendees"
    ORDERS = "orders"
    SESSIONS = "sessions"


class ImportFileType(LabelledEnum):
    """How an imported file is written."""

    CSV = "csv"
    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"
    JSON = "json"


class ImportStatus(LabelledEnum):
    """Where an import stands."""

    UPLOADED = "uploaded"
    MAPPED = "mapped"
    PREVIEWED = "previewed"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"
    CANCELLED = "cancelled"


class ImportVerdict(LabelledEnum):
    """What an import does, or did, with one line."""

    PENDING = "pending"
    CREATE = "create"
    UPDATE = "update"
    SKIP = "skip"
    REJECT = "reject"
    CONFLICT = "conflict"
    ERASED = "erased"


class UndoVerdict(LabelledEnum):
    """What an undo did with one line."""

    REMOVED = "removed"
    RESTORED = "restored"
    NOTHING = "nothing"
    EDITED_SINCE = "edited_since"
    IN_USE = "in_use"
    EXPIRED = "expired"
    ERASED = "erased"


class AuditActor(LabelledEnum):
    """Who stands behind an audit entry: the kinds of actors, and the system for work without one."""

    MEMBER = "member"
    API_KEY = "api_key"
    JOB = "job"
    PUBLIC_TOKEN = "public_token"  # noqa: S105 a kind of actor, not a secret
    OPERATOR = "operator"
    SETUP = "setup"
    SYSTEM = "system"


class AuditAction(LabelledEnum):
    """Actions the audit names; the database checks only their form, so that others may be added."""

    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    ROLE_CHANGE = "role_change"
    EXPORT = "export"
    DOWNLOAD = "download"
    CREDENTIAL_READ = "credential_read"
    DENIED = "denied"
    IMPORT = "import"
    IMPORT_UNDO = "import_undo"
    MERGE = "merge"
    ERASE = "erase"
    RETENTION = "retention"
    RESTORE = "restore"
    PASSWORD_LINK = "password_link"  # noqa: S105 an action, not a secret
    PASSWORD_SET = "password_set"  # noqa: S105 an action, not a secret
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 an action, not a secret
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_UNLINKED = "identity_unlinked"
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    SECOND_FACTOR_RESET = "second_factor_reset"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_REPLACED = "recovery_codes_replaced"

    @property
    def label(self) -> str:
        """The action as a past event."""
        return {
            "insert": "Created", "update": "Changed", "delete": "Deleted", "sign_in": "Signed in",
            "sign_out": "Signed out", "export": "Exported", "download": "Downloaded", "import": "Imported",
            "import_undo": "Import undone", "merge": "Merged", "erase": "Erased",
            "retention": "Time was up", "restore": "Restored",
            "password_link": "Password link made", "password_set": "Password set by link",
            "identity_linked": "Single sign-on linked", "identity_unlinked": "Single sign-on unlinked",
            "second_factor_on": "Second factor on", "second_factor_off": "Second factor off",
        }.get(self.value, super().label)  # fmt: skip


class PrivacyRequestKind(LabelledEnum):
    """What a person asks for (articles 15 to 21 GDPR)."""

    EXPORT = "export"
    ERASE = "erase"
    RECTIFY = "rectify"
    RESTRICT = "restrict"
    OBJECT = "object"


class PrivacyWork(LabelledEnum):
    """What a job does on a privacy request."""

    SEARCH = "search"
    ERASE = "erase"


class PrivacyRequestStatus(LabelledEnum):
    """Where a privacy request stands."""

    RECEIVED = "received"
    VERIFYING = "verifying"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class MessageChannel(LabelledEnum):
    """By which way a message goes."""

    EMAIL = "email"
    SMS = "sms"
    IN_APP = "in_app"
    SOCIAL = "social"
    WEBHOOK = "webhook"

    @property
    def label(self) -> str:
        """Channels as people write them."""
        return {"email": "E-mail", "sms": "SMS", "in_app": "In the app"}.get(self.value, super().label)


class MessageCategory(LabelledEnum):
    """Whether a message needs consent: a ticket does not, a campaign does."""

    TRANSACTIONAL = "transactional"
    OPERATIONAL = "operational"
    MARKETING = "marketing"


class TemplateStatus(LabelledEnum):
    """Whether a revision of a template is in use."""

    DRAFT = "draft"
    CURRENT = "current"
    RETIRED = "retired"


class SendAnchor(LabelledEnum):
    """What a relative sending time is counted from."""

    EVENT_START = "event_start"
    EVENT_END = "event_end"
    ASSETS_DUE = "assets_due"


class QueueStatus(LabelledEnum):
    """Where a queued message stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"


class DeliveryKind(LabelledEnum):
    """What became of a message after it was handed over."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    DEFERRED = "deferred"
    OPENED = "opened"
    CLICKED = "clicked"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class BounceKind(LabelledEnum):
    """Whether a bounce is for good."""

    SOFT = "soft"
    HARD = "hard"


class SuppressionReason(LabelledEnum):
    """Why an address gets nothing more."""

    UNSUBSCRIBED = "unsubscribed"
    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    MANUAL = "manual"
    ERASED = "erased"


class SuppressionScope(LabelledEnum):
    """Which messages a suppression stops."""

    MARKETING = "marketing"
    ALL = "all"


class NoticeLevel(LabelledEnum):
    """How urgent an in-app message is."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    URGENT = "urgent"


class PreferenceMode(LabelledEnum):
    """How a person wants one kind of message on one channel."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    OFF = "off"


class FeedScope(LabelledEnum):
    """What a calendar feed holds."""

    MINE = "mine"
    EVENT = "event"
    HOUSE = "house"

    @property
    def label(self) -> str:
        """As offered to the person."""
        return {"mine": "My work", "event": "One event", "house": "My work and all events"}[self.value]


class LinkKind(LabelledEnum):
    """What a link outside the sign-in opens."""

    PROGRAMME = "programme"
    UNSUBSCRIBE = "unsubscribe"
    CALENDAR = "calendar"
