"""Transactions outside any house: only definer functions answer in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from eventos_core.db.engine import app_engine
from eventos_core.kernel.errors import NotSignedIn, RateLimited, TemporarilyUnavailable

WINDOW_SECONDS = 15 * 60
"""Within which tries of a code or of one's own password are counted."""


@contextmanager
def anonymous() -> Iterator[Connection]:
    """A transaction of the app's login without tenant context.

    Raises NotSignedIn for a link, ticket or session that has ended, RateLimited, TemporarilyUnavailable.
    """
    try:
        with app_engine().begin() as connection:
            yield connection
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state == "EO001":
            raise NotSignedIn("That link or session is no longer valid.", hint="Sign in again.") from error
        if state == "EO005":
            raise RateLimited(
                "Too many tries.", hint="Try again in a quarter of an hour.", retry_after=WINDOW_SECONDS
            ) from error
        if isinstance(error, OperationalError):
            raise TemporarilyUnavailable("The database does not answer.", hint="Try again in a moment.") from error
        raise
