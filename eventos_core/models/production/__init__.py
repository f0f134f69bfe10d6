"""Tables of the production domain (the fashion show), by aggregate: people and the show."""

from eventos_core.models.production.people import (
    FashionDesigner,
    FashionModel,
    ModelAvailability,
    PortfolioItem,
)
from eventos_core.models.production.show import (
    Casting,
    Fitting,
    Look,
    LookAssignment,
    ProductionRun,
)

__all__ = [
    "Casting",
    "FashionDesigner",
    "FashionModel",
    "Fitting",
    "Look",
    "LookAssignment",
    "ModelAvailability",
    "PortfolioItem",
    "ProductionRun",
]
