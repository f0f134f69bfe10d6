"""Migrations: frozen DDL by domain, applied one revision per transaction under an advisory lock, then a sync.

A revision runs as eventos_owner (`SET ROLE`); what it must do as the login (definer functions, backfills under
row security) it wraps in `ops.as_login()`. Before it changes a column that policies or triggers use, or drops a
table, it calls `ops.sync_drop(table)`.
"""

from eventos_core.db.sync.revisions import revisions
from eventos_core.migrations.runner import check, migrate, pending, rollback, settle

__all__ = ["check", "migrate", "pending", "revisions", "rollback", "settle"]
