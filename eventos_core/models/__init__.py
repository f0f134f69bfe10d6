"""All tables, a module per domain; importing this package registers every one of them."""

from eventos_core.models import (
    analytics,
    crm,
    directory,
    events,
    finance,
    marketing,
    operations,
    production,
    sponsors,
    tenancy,
    ticketing,
)
from eventos_core.models.base import Base

__all__ = [
    "Base",
    "analytics",
    "crm",
    "directory",
    "events",
    "finance",
    "marketing",
    "operations",
    "production",
    "sponsors",
    "tenancy",
    "ticketing",
]
