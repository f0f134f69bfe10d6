"""Who a person is, before any house is entered: thin, typed calls of the definer functions.

The app's login has no grant on credentials, sessions, attempts and tokens; what stands here is all it can do
with them. Every call is a short transaction of its own, without tenant context.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from eventos_core.db.engine import migrator_engine
from eventos_core.db.session import unit_of_work
from eventos_core.enums.tenancy import SignInMethod
from eventos_core.kernel import clock, ids, money
from eventos_core.kernel.credentials import (
    FoundingCredential,
    InvitationCredential,
    hash_token,
    new_token,
)
from eventos_core.kernel.errors import (
    AlreadyExists,
    InvalidInput,
    NotFound,
    NotSignedIn,
    RateLimited,
    field_errors,
)
from eventos_core.tenancy import commands, passwords, rules
from eventos_core.tenancy.outside import anonymous


@dataclass(frozen=True)
class SignInRow:
    """What the sign-in check needs of a login; `password_hash` is None while none is set."""

    user_id: int
    email: str
    name: str
    password_hash: str | None
    status: str


@dataclass(frozen=True)
class House:
    """A house of the person, as the switch shows it."""

    slug: str
    name: str
    role: str
    member_id: int


@dataclass(frozen=True)
class Person:
    """A signed-in person and their own houses, sorted by name."""

    user_id: int
    email: str
    name: str
    locale: str | None
    timezone: str | None
    session_id: int
    houses: tuple[House, ...]


@dataclass(frozen=True)
class SessionInfo:
    """One of the person's own sign-ins."""

    id: int
    created_at: dt.datetime
    last_seen_at: dt.datetime | None
    ip: str | None
    user_agent: str | None
    method: str
    current: bool


@dataclass(frozen=True)
class FailedAttempt:
    """A failed sign-in with the person's address."""

    at: dt.datetime
    ip: str | None
    reason: str | None


@dataclass(frozen=True)
class Invitation:
    """What an invitation link opens: to which house, as what."""

    account_slug: str
    account_name: str
    email: str
    display_name: str
    role: str
    has_login: bool


@dataclass(frozen=True)
class NewHouse:
    """A house to found."""

    name: str
    slug: str
    currency: str
    timezone: str
    locale: str = "en"


@dataclass(frozen=True)
class NewOwner:
    """The first person of a house; the password is ignored when the address has a login already."""

    name: str
    email: str
    password: str | None


def email_norm(email: str) -> str:
    """The form in which addresses are compared: trimmed, lower case (as `app.email_norm` in the database)."""
    return email.strip().lower()


def sign_in_row(email: str) -> SignInRow | None:
    """The login of that address, if any."""
    with anonymous() as connection:
        row = connection.execute(text("select * from app.sign_in_row(:e)"), {"e": email_norm(email)}).mappings().first()
    return SignInRow(**row) if row else None


def lockout(email: str, ip: str | None) -> dt.datetime | None:
    """Until when sign-in is refused for this address or network address; None when it is open."""
    with anonymous() as connection:
        until: dt.datetime | None = connection.execute(
            text("select app.lockout(:e, :i)"), {"e": email_norm(email), "i": ip}
        ).scalar()
    return until


def record_attempt(email: str, ip: str | None, ok: bool, reason: str = "") -> None:
    """Note a sign-in attempt; failures count towards the lock-out."""
    with anonymous() as connection:
        connection.execute(
            text("select app.record_attempt(:e, :i, :ok, :r)"),
            {"e": email_norm(email), "i": ip, "ok": ok, "r": reason},
        )


def issue_session_ticket(user_id: int, method: SignInMethod = SignInMethod.PASSWORD) -> str:
    """A ticket that `/auth/session` changes into a session; one use, 30 seconds.

    For whoever has a second factor it opens nothing: theirs comes from `second_factor.ticket`.
    """
    ticket = new_token()
    with anonymous() as connection:
        connection.execute(
            text("select app.issue_session_ticket(:u, :h, :m)"),
            {"u": user_id, "h": hash_token(ticket), "m": method.value},
        )
    return ticket


def redeem_ticket(ticket: str, ip: str | None, agent: str | None, device: str | None = None) -> str:
    """The token of a new session, for the cookie. Raises NotSignedIn for a used or expired ticket.

    `device` is the token of the browser's device cookie. Where the person has signed in before, and never with it,
    they are told by a mail and in the app; without one (command line, demo) nobody is.
    """
    token = new_token()
    with anonymous() as connection:
        connection.execute(
            text("select app.redeem_ticket(:t, :s, :i, :a, :d, :b)"),
            {
                "t": hash_token(ticket), "s": hash_token(token), "i": ip, "a": agent,
                "d": hash_token(device) if device else None, "b": browser_in_words(agent),
            },
        )  # fmt: skip
    return token


def browser_in_words(agent: str | None) -> str:
    """`Firefox on Windows` from a user agent, as far as it can be told."""
    told = agent or ""
    names = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
    shown = {"Edg": "Edge", "OPR": "Opera"}
    found = next((name for name in names if re.search(rf"{name}[/ ]", told)), None)
    systems = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
               ("Mac OS X", "macOS"), ("Linux", "Linux"))  # fmt: skip
    system = next((label for mark, label in systems if mark in told), None)
    name = shown.get(found, found) if found else "A browser"
    return f"{name} on {system}" if system else f"{name}"


def session(token_hash: bytes, house: str | None = None) -> Person | None:
    """The person of a live session, or None.

    Keeps last-seen (at most once a minute) and, with `house`, writes the sign-in into that house's audit the first
    time the session enters it.
    """
    with anonymous() as connection:
        row = (
            connection.execute(text("select * from app.session(:h, :house)"), {"h": token_hash, "house": house})
            .mappings()
            .first()
        )
    if row is None:
        return None
    return Person(
        user_id=row["user_id"],
        email=row["email"],
        name=row["name"],
        locale=row["locale"],
        timezone=row["timezone"],
        session_id=row["session_id"],
        houses=tuple(House(**house_row) for house_row in row["houses"]),
    )


def end_session(token_hash: bytes) -> None:
    """Revoke the session; a copied cookie is worth nothing afterwards."""
    with anonymous() as connection:
        connection.execute(text("select app.end_session(:h)"), {"h": token_hash})


def own_sessions(token_hash: bytes) -> list[SessionInfo]:
    """The person's live sign-ins, this one first."""
    with anonymous() as connection:
        rows = connection.execute(text("select * from app.own_sessions(:h)"), {"h": token_hash}).mappings().all()
    return [SessionInfo(**row) for row in rows]


def own_attempts(token_hash: bytes) -> list[FailedAttempt]:
    """Failed sign-ins with the person's address in the last 90 days, newest first, at most 50."""
    with anonymous() as connection:
        rows = connection.execute(text("select * from app.own_attempts(:h)"), {"h": token_hash}).mappings().all()
    return [FailedAttempt(**row) for row in rows]


def revoke_session(token_hash: bytes, session_id: int) -> bool:
    """End one of the person's own sign-ins; False when it had ended or is somebody else's."""
    with anonymous() as connection:
        return bool(
            connection.execute(text("select app.revoke_session(:h, :i)"), {"h": token_hash, "i": session_id}).scalar()
        )


def end_other_sessions(token_hash: bytes) -> int:
    """End every sign-in of the person but this one; returns how many there were."""
    with anonymous() as connection:
        return int(connection.execute(text("select app.end_other_sessions(:h)"), {"h": token_hash}).scalar_one())


def confirm_password(token_hash: bytes, password: str) -> str:
    """Check the person's own password before something that a stolen session must not do; returns its hash.

    Raises InvalidInput (field `old`), NotSignedIn, RateLimited after ten tries within fifteen minutes.
    """
    with anonymous() as connection:
        stored: str | None = connection.execute(text("select app.own_password_hash(:h)"), {"h": token_hash}).scalar()
    if stored is None:
        raise NotSignedIn("Your session has ended.", hint="Sign in again.")
    if not passwords.verify_password(password, stored):
        raise InvalidInput("The current password is not right.", fields={"old": "Not right"})
    return stored


def change_password(token_hash: bytes, old: str, new: str, *, email: str = "") -> None:
    """Set a new password and end all other sign-ins.

    Raises InvalidInput (fields `old`, `password`), NotSignedIn, RateLimited.
    """
    stored = confirm_password(token_hash, old)
    passwords.check_strength(new, email=email)
    hashed = passwords.hash_password(new)
    with anonymous() as connection:
        changed = connection.execute(
            text("select app.change_password(:h, :old, :new)"), {"h": token_hash, "old": stored, "new": hashed}
        ).scalar()
    if not changed:
        raise InvalidInput("Your password was changed elsewhere meanwhile.", hint="Sign in with the new one.")


def count_request(key_hash: bytes, ip: str) -> None:
    """Count a request of an API key. Raises NotSignedIn when the key has ended, RateLimited over its limit."""
    with anonymous() as connection:
        wait = connection.execute(text("select app.count_request(:h, :ip)"), {"h": key_hash, "ip": ip}).scalar_one()
    if wait:
        raise RateLimited("This key asks too often.", hint=f"Wait {wait} seconds.", retry_after=wait)


def is_new_installation() -> bool:
    """Whether no user exists yet; only then does set-up work."""
    with anonymous() as connection:
        return bool(connection.execute(text("select app.is_new_installation()")).scalar())


def open_set_up() -> str | None:
    """A one-time code (7 days) that opens the set-up page, for the server's log; None once a user exists."""
    code = new_token()
    with anonymous() as connection:
        opened = connection.execute(text("select app.open_set_up(:h)"), {"h": hash_token(code)}).scalar()
    return code if opened else None


def set_up_open(code: str) -> bool:
    """Whether `code` opens the set-up page now."""
    with anonymous() as connection:
        return bool(connection.execute(text("select app.set_up_open(:h)"), {"h": hash_token(code)}).scalar())


def set_up(code: str, house: NewHouse, owner: NewOwner) -> int:
    """Found the first house with the one-time code; returns the owner's user id.

    One transaction: account, login, membership, own organization, default stages. Raises InvalidInput with fields,
    NotSignedIn when the code was used or the installation is set up already.
    """
    if owner.password is None:
        raise InvalidInput("Choose a password.", fields={"password": "Required"})
    return _found("setup", hash_token(code), house, owner)


def found_house(operator_hash: bytes, house: NewHouse, owner: NewOwner) -> int:
    """As `set_up`, by an operator session (command line, demo)."""
    return _found("operator", operator_hash, house, owner)


def _found(kind: Any, secret: bytes, house: NewHouse, owner: NewOwner) -> int:
    errors: list[tuple[str, str]] = []
    if not 1 <= len(house.name.strip()) <= 200:
        errors.append(("name", "Give the house a name of 1 to 200 characters."))
    if not 1 <= len(owner.name.strip()) <= 200:
        errors.append(("owner_name", "Give your name."))
    if errors:
        raise field_errors(errors)
    details = {
        "slug": ids.check_slug(house.slug),
        "name": house.name.strip(),
        "currency": money.check_currency(house.currency),
        "timezone": clock.zone(house.timezone).key,
        "locale": house.locale,
        "owner_email": rules.check_email(owner.email),
        "owner_name": owner.name.strip(),
        "password_hash": None,
    }
    if owner.password is not None:
        passwords.check_strength(owner.password, email=owner.email)
        details["password_hash"] = passwords.hash_password(owner.password)
    try:
        with unit_of_work(FoundingCredential(kind, secret, json.dumps(details))) as db:
            commands.found(db)
            user_id = db.context.user_id
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") == "23505":
            raise AlreadyExists(
                f"There is a house with the short name “{house.slug}” already.", hint="Choose another short name."
            ) from error
        raise
    if user_id is None:
        raise NotSignedIn("The house has no owner.")
    return user_id


def invitation(token: str) -> Invitation | None:
    """What the link opens; None when it was used, withdrawn or has expired."""
    with anonymous() as connection:
        row = connection.execute(text("select * from app.invitation(:h)"), {"h": hash_token(token)}).mappings().first()
    if row is None:
        return None
    return Invitation(
        row["account_slug"],
        row["account_name"],
        row["invited_email"],
        row["display_name"],
        row["role"],
        row["has_login"],
    )


def accept_invitation(token: str, name: str, password: str | None, session_hash: bytes | None = None) -> int:
    """Take the invitation up; returns the user id.

    A new address sets `name` and `password`; an address with a login must be signed in (`session_hash`) and keeps
    its password. Raises InvalidInput, NotSignedIn, NotFound.
    """
    found = invitation(token)
    if found is None:
        raise NotFound("This invitation is no longer valid.", hint="Ask for a new link.")
    hashed = None
    if not found.has_login:
        if not name.strip():
            raise InvalidInput("Give your name.", fields={"name": "Required"})
        if password is None:
            raise InvalidInput("Choose a password.", fields={"password": "Required"})
        passwords.check_strength(password, email=found.email)
        hashed = passwords.hash_password(password)
    elif session_hash is None:
        raise NotSignedIn("Sign in with your existing password first.", hint=f"The invitation is for {found.email}.")
    with unit_of_work(InvitationCredential(hash_token(token), name.strip(), hashed, session_hash)) as db:
        commands.welcome(db, found.email)
        user_id = db.context.user_id
    if user_id is None:
        raise NotSignedIn("The invitation could not be taken up.")
    return user_id


def open_operator_session(as_email: str | None = None) -> bytes:
    """The hash of a new operator session: a one-time ticket from the migrator login, redeemed as app.

    With `as_email` the session acts as that member in their houses. Raises NotSignedIn for an unknown address.
    """
    ticket, token = new_token(), new_token()
    with migrator_engine().begin() as connection:
        connection.execute(text("select app.open_operator_ticket(:h)"), {"h": hash_token(ticket)})
    with anonymous() as connection:
        connection.execute(
            text("select app.redeem_operator_ticket(:t, :s, :e)"),
            {
                "t": hash_token(ticket),
                "s": hash_token(token),
                "e": email_norm(as_email) if as_email is not None else None,
            },
        )
    return hash_token(token)


def houses(operator_hash: bytes) -> list[dict[str, Any]]:
    """All houses for the operator: id, slug, name, status, base_currency, timezone, members, created_at; by slug."""
    with anonymous() as connection:
        rows = connection.execute(text("select * from app.operator_houses(:h)"), {"h": operator_hash}).mappings().all()
    return [dict(row) for row in rows]
