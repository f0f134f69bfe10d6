"""One-time links with which a person sets a new password: asking for one by mail, what they open, and setting it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from eventos_core.kernel.credentials import hash_token
from eventos_core.kernel.errors import NotFound, RateLimited
from eventos_core.operations import site
from eventos_core.operations.messages import senders
from eventos_core.tenancy import passwords, rules
from eventos_core.tenancy.outside import anonymous


@dataclass(frozen=True)
class LinkedPerson:
    """Whose password a link sets."""

    email: str
    name: str


def can_be_mailed() -> bool:
    """Whether a person can ask for a link: there is a mail server, and an address for the link to lead to.

    Only while developing may the address be this machine's; what the browser calls the host is never believed.
    """
    known = bool(site.base_url()) or site.environment() is site.Environment.DEV
    return known and senders.mail_is_set_up()


def request(email: str, ip: str | None) -> str:
    """Ask for a link by mail; returns the address as it was understood.

    Nothing tells whether the address is known: the answer and the work are the same, the mail's worker looks. Raises
    InvalidInput (field `email`) for what is no address, RateLimited after ten requests of a network within an hour.
    The fourth mail to an address within an hour is not written.
    """
    address = rules.check_email(email)
    with anonymous() as connection:
        # Counted even where what follows fails, so in a transaction of its own.
        allowed = connection.execute(text("select app.may_request_password_link(:i)"), {"i": ip}).scalar()
    if not allowed:
        raise RateLimited(
            "Too many links were asked for from your network.", hint="Try again in an hour.", retry_after=3600
        )
    with anonymous() as connection:
        connection.execute(text("select app.request_password_link(app.email_norm(:e))"), {"e": address})
    return address


def opened(token: str) -> LinkedPerson | None:
    """Whose password the link sets; None once it was used, replaced or has ended."""
    with anonymous() as connection:
        row = connection.execute(text("select * from app.password_link(:h)"), {"h": hash_token(token)}).first()
    return LinkedPerson(row.email, row.name) if row else None


def set_password(token: str, password: str) -> LinkedPerson:
    """Set the password of the link's person, once; all their sign-ins and other links end, and a mail tells them.

    Audited in each of their houses. Signs nobody in. Raises InvalidInput (field `password`), NotFound for a link that
    has ended, NotSignedIn when another use of it was quicker.
    """
    person = opened(token)
    if person is None:
        raise NotFound("This link is no longer valid.", hint="Ask for a new one.")
    passwords.check_strength(password, email=person.email)
    hashed = passwords.hash_password(password)
    with anonymous() as connection:
        connection.execute(text("select app.set_password_by_link(:h, :p)"), {"h": hash_token(token), "p": hashed})
    return person
