"""What revisions use besides alembic's own operations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op

from eventos_core.db import sync
from eventos_core.db.names import OWNER


def run(sql: str) -> None:
    """Run plain SQL, any number of statements; colons and percent signs mean nothing special."""
    op.get_bind().exec_driver_sql(sql, execution_options={"no_parameters": True})


@contextmanager
def as_login() -> Iterator[None]:
    """Run as eventos_migrator: under row security that shows it every row, and with the definer's rights too."""
    run("set local role none")
    yield
    run(f"set local role {OWNER}")


def sync_drop(*tables: str) -> None:
    """Take policies, triggers and views off `tables`; the sync after the revision puts back what still fits."""
    with as_login():
        for table in tables:
            sync.sync_drop(op.get_bind(), table)
