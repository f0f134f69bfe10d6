"""Doctor: whether an installation is in order, check by check, each with what to do about it."""

from eventos_core.db.doctor.check import Check
from eventos_core.db.doctor.report import NAMES, run

__all__ = ["NAMES", "Check", "run"]
