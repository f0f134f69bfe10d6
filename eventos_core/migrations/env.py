"""Alembic's entry: runs revisions on the connection that `runner` hands over, each in a transaction of its own."""

from __future__ import annotations

from alembic import context

from eventos_core.db import engine
from eventos_core.db.names import OWNER
from eventos_core.db.sync.tables import metadata


def main() -> None:
    """Run the revisions alembic has planned; outside `migrate` (alembic's own commands) log in as the migrator."""
    given = context.config.attributes.get("connection")
    connection = given if given is not None else engine.migrator_engine().connect()
    if given is None:
        connection.exec_driver_sql(f"set role {OWNER}")
        connection.exec_driver_sql("set search_path = public, extensions")
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata(),
        version_table_schema="app",
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    if given is None:
        connection.close()


main()
