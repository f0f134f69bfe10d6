"""Members and pipelines by what people call them, for the command line."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, or_, select

from eventos_core.db.session import TenantSession
from eventos_core.kernel.errors import InvalidInput, NotFound
from eventos_core.models.crm import SalesPipeline
from eventos_core.models.tenancy import AccountUser, User


def seller_named(db: TenantSession, who: str) -> int:
    """The id of the member of that name, or who signs in with or was invited at that address, who left included.

    Raises NotFound, and InvalidInput where several have the name.
    """
    address = func.app.email_norm(who)
    logins = select(User.id).where(User.email_norm == address)
    found = db.scalars(
        select(AccountUser.id).where(
            AccountUser.account_id == db.context.account_id,
            or_(
                AccountUser.name_sort == func.app.sort_key(who), AccountUser.invited_email_norm == address,
                AccountUser.user_id.in_(logins),
            ),
        )
    ).all()  # fmt: skip
    return _only(found, "member", who)


def pipeline_named(db: TenantSession, name: str) -> int:
    """The id of the sales pipeline of that name; one in use rather than one that was put away.

    Raises NotFound, and InvalidInput where several have the name.
    """
    rows = db.execute(
        select(SalesPipeline.id, SalesPipeline.archived_at).where(
            SalesPipeline.account_id == db.context.account_id, func.lower(SalesPipeline.name) == name.lower()
        )
    ).all()
    in_use = [row.id for row in rows if row.archived_at is None]
    return _only(in_use or [row.id for row in rows], "sales pipeline", name)


def usual_pipeline(db: TenantSession) -> int:
    """The id of the pipeline that new deals go to, the first in use where none is the default. Raises NotFound."""
    return _pipeline(db, None)[0]


def pipeline_name(db: TenantSession, pipeline_id: int | None) -> str:
    """What a pipeline is called; without an id the one that new deals go to. Raises NotFound."""
    return _pipeline(db, pipeline_id)[1]


def _pipeline(db: TenantSession, pipeline_id: int | None) -> tuple[int, str]:
    wanted = select(SalesPipeline.id, SalesPipeline.name).where(
        SalesPipeline.account_id == db.context.account_id,
        SalesPipeline.archived_at.is_(None) if pipeline_id is None else SalesPipeline.id == pipeline_id,
    )
    order = (SalesPipeline.is_default.desc(), SalesPipeline.position, SalesPipeline.id)
    found = db.execute(wanted.order_by(*order).limit(1)).one_or_none()
    if found is None:
        raise NotFound("There is no such sales pipeline.", hint="Choose another one, or add one under Settings.")
    return found.id, found.name


def _only(found: Sequence[int], what: str, name: str) -> int:
    if not found:
        raise NotFound(f"No {what} is called “{name[:80]}”.", hint="Check the spelling.")
    if len(found) > 1:
        raise InvalidInput(f"{len(found)} of the house's {what}s are called “{name[:80]}”.", hint="Rename one of them.")
    return found[0]
