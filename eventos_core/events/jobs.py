"""What of events runs by itself across the installation."""

from __future__ import annotations

from sqlalchemy import text

from eventos_core.db.engine import app_engine
from eventos_core.operations.jobs.upkeep import lapses


@lapses("space_options")
def release_space_options() -> int:
    """Release options on spaces whose time is up; returns how many."""
    with app_engine().begin() as connection:
        return int(connection.execute(text("select app.release_space_options()")).scalar_one())
