"""Whether this installation can serve: database reached, app login restricted, migrations current."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from eventos_core import migrations
from eventos_core.db import urls
from eventos_core.db.engine import app_engine
from eventos_core.kernel.errors import EventOSError, SetupError

_RESTRICTED = text(
    """
    select r.rolsuper, r.rolbypassrls,
           exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                    where n.nspname in ('public', 'app') and pg_has_role(current_user, c.relowner, 'member')) as owns
      from pg_roles r where r.rolname = current_user
    """
)


@dataclass(frozen=True)
class Readiness:
    """`ready`, or why not and what to do; `pending` are the revisions that `migrate` would apply."""

    ready: bool
    reason: str = ""
    hint: str = ""
    pending: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """The reason for whoever asks; `reason` itself is for the log and the command line."""
        return own_words(self.reason)


def own_words(reason: str) -> str:
    """Without what a server said, which follows the colon."""
    ours, colon, _ = reason.partition(": ")
    return f"{ours}." if colon else reason


def check() -> Readiness:
    """Ask the database now. Never raises: what is wrong is the answer."""
    try:
        check_app_login()
        pending = tuple(migrations.check(urls.resolve("app")))
    except EventOSError as error:
        return Readiness(False, error.message, error.hint)
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state in ("42P01", "42883", "42501", "3F000"):  # no such table, function, right, schema: never migrated
            return Readiness(False, "The database has not been set up yet.", "Run `python -m eventos_core migrate`.")
        return Readiness(False, "The database does not answer.", "Check that the server runs and can be reached.")
    if pending:
        return Readiness(
            False, "Migrations are pending.", "Run `python -m eventos_core migrate`, then try again.", pending
        )
    return Readiness(True)


def check_app_login() -> None:
    """Raises SetupError when the app's login could pass the tenant fence: superuser, BYPASSRLS or owner of tables."""
    with app_engine().connect() as connection:
        row = connection.execute(_RESTRICTED).one()
    if row.rolsuper or row.rolbypassrls or row.owns:
        what = "a superuser" if row.rolsuper else "exempt from row security" if row.rolbypassrls else "owner of tables"
        raise SetupError(
            f"The app's database login is {what}; EventOS does not serve with it.",
            hint="Run `python -m eventos_core bootstrap` and use the app URL that it prints.",
        )
