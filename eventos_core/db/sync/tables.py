"""The models' tables, all of them."""

from __future__ import annotations

import pkgutil
from functools import lru_cache
from importlib import import_module

from sqlalchemy import MetaData

import eventos_core.models


@lru_cache(maxsize=1)
def metadata() -> MetaData:
    """The metadata after every module of `eventos_core.models` was imported.

    By walking the package and not by what it imports: a module forgotten there would lose its fence and, at the
    next sync, its policies.
    """
    for module in pkgutil.walk_packages(eventos_core.models.__path__, "eventos_core.models."):
        import_module(module.name)
    return eventos_core.models.Base.metadata
