"""Sync: brings policies, grants, triggers, functions, views and comments in line with the models.

Tables are made by migrations, without any grant and with row security forced; everything that opens or watches
them is applied here after every upgrade or rollback, from the models' registry and the function files, to the
tables that exist. So no table is born unfenced, and a gap denies.
"""

from eventos_core.db.sync.apply import Report, sync, sync_drop
from eventos_core.db.sync.plan import Plan, is_current, plan, sync_hash

__all__ = ["Plan", "Report", "is_current", "plan", "sync", "sync_drop", "sync_hash"]
