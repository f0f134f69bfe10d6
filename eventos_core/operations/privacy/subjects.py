"""Who a request is about, as it stands in the request's row."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import PrivacyRequestStatus
from eventos_core.models.base import Base
from eventos_core.models.operations import DataSubjectRequest
from eventos_core.operations.privacy.finding import Given

OPEN = (PrivacyRequestStatus.RECEIVED, PrivacyRequestStatus.VERIFYING, PrivacyRequestStatus.IN_PROGRESS)
ROOTS: Mapping[str, str] = {"contacts": "full_name", "attendees": "name", "account_users": "display_name"}
"""Tables whose rows are people, with the column of their name."""


def given_of(row: DataSubjectRequest) -> Given:
    """What the request says of the person."""
    rows: dict[str, set[int]] = {}
    if row.contact_id is not None:
        rows["contacts"] = {row.contact_id}
    for ref in row.subject_refs:
        if "column" not in ref:
            rows.setdefault(ref["entity"], set()).add(ref["id"])
    return Given(rows, row.subject_name or "", row.subject_email or "", row.subject_phone or "")


def decisions_of(row: DataSubjectRequest) -> dict[tuple[str, int, str], bool]:
    """What was decided of texts with the name alone."""
    return {
        (ref["entity"], ref["id"], ref["column"]): ref["erase"]
        for ref in row.subject_refs
        if "column" in ref and ref.get("erase") is not None
    }


def label_of(db: TenantSession, row: DataSubjectRequest) -> str:
    """The person's name: of the row that is them, else as given, else the address or number; empty once erased."""
    for entity, ids in given_of(row).rows.items():
        table = Base.metadata.tables[entity]
        name = db.scalar(
            select(table.c[ROOTS[entity]]).where(table.c.account_id == db.context.account_id, table.c.id == min(ids))
        )
        if name:
            return str(name)
    return row.subject_name or row.subject_email or row.subject_phone or ""


def same_name(typed: str, name: str) -> bool:
    """Whether somebody typed this name; case and spaces aside."""
    return bool(name) and " ".join(typed.split()).casefold() == " ".join(name.split()).casefold()
