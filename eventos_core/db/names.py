"""The roles and schemas of an installation."""

from __future__ import annotations

APP = "eventos_app"
MIGRATOR = "eventos_migrator"
BACKUP = "eventos_backup"
OWNER = "eventos_owner"
DEFINER = "eventos_definer"

ROLES = {"app": APP, "migrator": MIGRATOR, "backup": BACKUP, "owner": OWNER, "definer": DEFINER}
"""Short name in function headers → role."""

JOB_SCHEMA = "procrastinate"
