"""How the Privacy page says things."""

from __future__ import annotations

from collections.abc import Mapping

from eventos_core.enums.operations import PrivacyRequestKind, PrivacyRequestStatus, PrivacyWork
from eventos_core.enums.tenancy import LegalBasis, RetentionAction, RetentionAnchor
from eventos_core.operations.privacy.registry import title_of
from eventos_core.ui import formats
from eventos_core.ui.errors import escaped
from eventos_core.ui.tables import Meaning

KINDS: Mapping[PrivacyRequestKind, str] = {
    PrivacyRequestKind.EXPORT: "A copy of their data",
    PrivacyRequestKind.ERASE: "Erasure",
    PrivacyRequestKind.RECTIFY: "Correction",
    PrivacyRequestKind.RESTRICT: "Restriction",
    PrivacyRequestKind.OBJECT: "Objection",
}
STATUS: Mapping[str, Meaning] = {
    PrivacyRequestStatus.RECEIVED: "gray",
    PrivacyRequestStatus.VERIFYING: "blue",
    PrivacyRequestStatus.IN_PROGRESS: "blue",
    PrivacyRequestStatus.DONE: "green",
    PrivacyRequestStatus.REFUSED: "red",
    PrivacyRequestStatus.WITHDRAWN: "gray",
}
WORKING: Mapping[PrivacyWork, str] = {
    PrivacyWork.SEARCH: "Searching every record, text and file…",
    PrivacyWork.ERASE: "Erasing, then searching again…",
}
WORKING_MORE: Mapping[PrivacyWork, str] = {
    PrivacyWork.SEARCH: "You may leave this page: what is found stands here afterwards. Nothing is erased.",
    PrivacyWork.ERASE: "You may leave this page: the evidence stands here afterwards. Until then nothing has changed.",
}
BASES: Mapping[LegalBasis, str] = {
    LegalBasis.CONSENT: "Consent",
    LegalBasis.CONTRACT: "Contract",
    LegalBasis.LEGAL_OBLIGATION: "Legal obligation",
    LegalBasis.VITAL_INTEREST: "Vital interest",
    LegalBasis.PUBLIC_TASK: "Public task",
    LegalBasis.LEGITIMATE_INTEREST: "Legitimate interest",
}
ANCHORS: Mapping[RetentionAnchor, str] = {
    RetentionAnchor.CREATED: "they were made",
    RetentionAnchor.LAST_ACTIVITY: "the last activity",
    RetentionAnchor.EVENT_END: "the event ended",
    RetentionAnchor.CLOSED: "they were closed",
}
ACTIONS: Mapping[RetentionAction, str] = {
    RetentionAction.ERASE: "Delete them",
    RetentionAction.ANONYMISE: "Make the person unrecognisable",
    RetentionAction.ARCHIVE: "Archive them",
}


def counted(found: Mapping[str, int]) -> str:
    """Tables with their numbers as Markdown lines, the most first."""
    lines = [
        f"- {escaped(title_of(entity))}: {formats.count(number)}"
        for entity, number in sorted(found.items(), key=lambda item: (-item[1], title_of(item[0])))
        if number
    ]
    return "\n".join(lines)
