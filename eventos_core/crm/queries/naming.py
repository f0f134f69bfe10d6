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
    """The id of the sales pipeline of that name, in use or not.

    Raises NotFound, and InvalidInput where several have the name.
    """
    found = db.scalars(
        select(SalesPipeline.id).where(
            SalesPipeline.account_id == db.context.account_id, func.lower(SalesPipeline.name) == name.lower()
        )
    ).all()
    return _only(found, "sales pipeline", name)


def pipeline_name(db: TenantSession, pipeline_id: int | None) -> str:
    """What a pipeline is called; without an id the one that new deals go to. Raises NotFound."""
    wanted = select(SalesPipeline.name).where(SalesPipeline.account_id == db.context.account_id)
    if pipeline_id is not None:
        wanted = wanted.where(SalesPipeline.id == pipeline_id)
    else:
        wanted = wanted.where(SalesPipeline.archived_at.is_(None))
    name = db.scalar(
        wanted.order_by(SalesPipeline.is_default.desc(), SalesPipeline.position, SalesPipeline.id).limit(1)
    )
    if name is None:
        raise NotFound("There is no such sales pipeline.", hint="Choose another one, or add one under Settings.")
    return name


def _only(found: Sequence[int], what: str, name: str) -> int:
    if not found:
        raise NotFound(f"No {what} is called “{name[:80]}”.", hint="Check the spelling.")
    if len(found) > 1:
        raise InvalidInput(f"{len(found)} of the house's {what}s are called “{name[:80]}”.", hint="Rename one of them.")
    return found[0]
