"""The house's own organisation and what others need of its settings."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from eventos_core.db.registry import query
from eventos_core.db.session import TenantSession
from eventos_core.directory.rules.house import OwnFields, Season
from eventos_core.kernel.errors import NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import MyOrganizationMetadata
from eventos_core.models.tenancy import Account


@dataclass(frozen=True)
class OwnOrganization:
    """What the house says of itself, as the House page edits it."""

    id: int
    organization_id: int
    version: int
    fields: OwnFields


@query(requires=Permission.HOUSE_READ)
def own_organization(db: TenantSession) -> OwnOrganization:
    """The house's own metadata. Raises NotFound in a house that was never founded properly."""
    row = own_row(db)
    plain = {
        name: getattr(row, name)
        for name in OwnFields.__dataclass_fields__
        if name not in ("seasons", "brand_kit", "socials")
    }
    seasons = tuple(
        Season(s["code"], s["name"], dt.date.fromisoformat(s["starts_on"]), dt.date.fromisoformat(s["ends_on"]))
        for s in row.season_calendar
    )
    brand = {key: str(value) for key, value in row.brand_kit.items()}
    fields = OwnFields(**plain, seasons=seasons, brand_kit=brand, socials=dict(row.socials))
    return OwnOrganization(row.id, row.organization_id, row.version, fields)


def own_row(db: TenantSession) -> MyOrganizationMetadata:
    """The metadata row of the house. Raises NotFound."""
    row = db.scalars(
        select(MyOrganizationMetadata).where(MyOrganizationMetadata.account_id == db.context.account_id)
    ).one_or_none()
    if row is None:
        raise NotFound("This house has no organisation of its own yet.", hint="Ask the operator to run doctor.")
    return row


def house_country(db: TenantSession) -> str | None:
    """The house's country (ISO 3166-1 alpha-2), for numbers without a prefix."""
    return db.scalar(select(Account.country).where(Account.id == db.context.account_id))


def house_colour(db: TenantSession) -> str | None:
    """The main colour of the house's documents, as #rrggbb; None where it has chosen none."""
    return db.scalar(
        select(MyOrganizationMetadata.primary_colour).where(MyOrganizationMetadata.account_id == db.context.account_id)
    )
