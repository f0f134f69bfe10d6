"""Labels in use, for pickers."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import func, select

from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Contact, Organization

RECENT = 5000


@query(requires=Permission.CONTACTS_READ)
def tag_choices(db: TenantSession, entity: Literal["contacts", "organizations"] = "contacts") -> list[str]:
    """Labels of the newest 5 000 records, most used first, at most 200.

    The newest only, so that the picker costs the same in a house with a million contacts.
    """
    model = Contact if entity == "contacts" else Organization
    recent = (
        select(model.tags)
        .where(model.account_id == db.context.account_id, model.archived_at.is_(None))
        .order_by(model.created_at.desc(), model.id.desc())
        .limit(RECENT)
        .subquery()
    )
    tag = func.unnest(recent.c.tags).label("tag")
    each = select(tag).subquery()
    uses = func.count()
    statement = select(each.c.tag).group_by(each.c.tag).order_by(uses.desc(), each.c.tag).limit(200)
    return list(db.scalars(statement))
