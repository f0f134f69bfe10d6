"""The error hierarchy: every message says what happened, every hint what to do about it.

The edges (ui, api, cli) map these classes in one place each. Anything that is not an `EventOSError` is a
defect: the person gets a reference number and the log the traceback.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class EventOSError(Exception):
    """Base of all errors that a person may be shown.

    `message` is one sentence without secrets; `hint` says what to do next and may be empty.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class SetupError(EventOSError):
    """The installation itself is not in order: environment, server, roles, keys."""


class TenantContextMissing(EventOSError):
    """Tenant data was asked for without saying for whom; always a defect of the caller."""


class NotSignedIn(EventOSError):
    """The session has ended, was revoked or never existed."""


class PermissionDenied(EventOSError):
    """The actor may not do this; carries what was asked so that the denial can be audited."""

    def __init__(self, message: str, *, hint: str = "", permission: str = "", action: str = "") -> None:
        super().__init__(message, hint=hint)
        self.permission = permission
        self.action = action


class SecondFactorDemanded(PermissionDenied):
    """The house admits nobody whose sign-in has not passed a second factor."""


class NotFound(EventOSError):
    """No such record in this house (also when it exists in another one)."""


class InvalidInput(EventOSError):
    """One or more fields are wrong; `fields` maps a field's name to what is wrong with it."""

    def __init__(self, message: str, *, hint: str = "", fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message, hint=hint)
        self.fields = dict(fields or {})


class Conflict(EventOSError):
    """The state of the data does not allow it now."""


class EditConflict(Conflict):
    """Somebody else changed the record meanwhile.

    `theirs` holds the stored values of the fields that differ, `mine` the values that were about to be
    written, `changed_by` and `version` whose version now stands.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "Compare both versions and save again.",
        version: int,
        theirs: Mapping[str, Any],
        mine: Mapping[str, Any],
        changed_by: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.version = version
        self.theirs = dict(theirs)
        self.mine = dict(mine)
        self.changed_by = changed_by


class Clash(Conflict):
    """A person, space, vehicle or item is already taken at that time."""


class AlreadyExists(Conflict):
    """A value that must be unique is taken."""


class NotAllowedNow(Conflict):
    """A guarded transition: the record's status does not permit this step."""


class IdempotencyMismatch(Conflict):
    """The same idempotency key was used for another request."""


class RequestOutstanding(Conflict):
    """The first request with this idempotency key has not ended yet."""


class RateLimited(EventOSError):
    """Too many attempts; `retry_after` is in seconds."""

    def __init__(self, message: str, *, hint: str = "", retry_after: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class FileRefused(EventOSError):
    """An uploaded file was refused whole."""


class TemporarilyUnavailable(EventOSError):
    """The database is restarting or overloaded; the same call may succeed later."""


def field_errors(errors: Sequence[tuple[str, str]]) -> InvalidInput:
    """Bundle field errors into one `InvalidInput`; `errors` are (field, what is wrong) pairs."""
    first = errors[0][1] if errors else "Check the marked fields."
    return InvalidInput(first, fields=dict(errors))
