"""The second factor of a person: enrolment, the code at sign-in, recovery codes, switching it off.

The secret is sealed with its place (account 0, `user_credentials.totp_secret`, the person's id); only this process
can open it, so codes are checked here. That a code works once is decided in the database, under the row's lock.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import text

from eventos_core.db.engine import migrator_engine
from eventos_core.enums.tenancy import SignInMethod
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import hash_token, new_token
from eventos_core.kernel.errors import InvalidInput, NotAllowedNow, NotSignedIn
from eventos_core.operations.encryption import Place, keyring
from eventos_core.tenancy import codes, identity
from eventos_core.tenancy.outside import anonymous

_HINT = "A code holds for 30 seconds: wait for the next one, and see that your phone's clock is right."


@dataclass(frozen=True)
class Factor:
    """Where a person stands: `since` is None while there is no second factor."""

    user_id: int
    since: dt.datetime | None
    recovery_codes: int
    demanded_by: tuple[str, ...]
    """Names of the person's houses that admit nobody without one."""


def own(token_hash: bytes) -> Factor:
    """The person's own second factor. Raises NotSignedIn."""
    with anonymous() as connection:
        row = connection.execute(text("select * from app.own_factor(:h)"), {"h": token_hash}).first()
    if row is None:
        raise NotSignedIn("Your session has ended.", hint="Sign in again.")
    return Factor(row.user_id, row.since, row.recovery_codes, tuple(row.demanded_by))


def demanded_of(user_id: int) -> bool:
    """Whether signing in as this person takes a code."""
    with anonymous() as connection:
        return bool(connection.execute(text("select app.has_factor(:u)"), {"u": user_id}).scalar())


def ticket(user_id: int, code: str, method: SignInMethod = SignInMethod.PASSWORD) -> str | None:
    """The session ticket of whoever gave both factors; `code` may be a recovery code. None for a wrong one.

    A code works once. Raises RateLimited after five wrong ones within fifteen minutes or thirty within a day.
    """
    with anonymous() as connection:
        sealed = connection.execute(text("select app.try_factor(:u)"), {"u": user_id}).scalar()
    if sealed is None:
        return None
    recovery = codes.recovery_hash(code)
    secret = keyring().decrypt(_place(user_id), bytes(sealed))
    step = None if recovery else codes.step_of(secret, code, clock.now().timestamp())
    if recovery is None and step is None:
        return None
    fresh = new_token()
    with anonymous() as connection:
        issued = connection.execute(
            text("select app.issue_ticket_by_factor(:u, :h, :s, :r, :m)"),
            {"u": user_id, "h": hash_token(fresh), "s": step, "r": recovery, "m": method.value},
        ).scalar()
    return fresh if issued else None


def enrol(token_hash: bytes, password: str, secret: str, code: str) -> tuple[str, ...]:
    """Switch the second factor on with the first code of `secret`; returns the recovery codes, shown only now.

    Ends all other sign-ins. Raises InvalidInput (fields `old`, `code`), NotAllowedNow when it is on already,
    NotSignedIn, RateLimited.
    """
    identity.confirm_password(token_hash, password)
    step = codes.step_of(secret, code, clock.now().timestamp())
    if step is None:
        raise InvalidInput("This code is not right.", hint=_HINT, fields={"code": f"Not right. {_HINT}"})
    person = own(token_hash)
    fresh = codes.new_recovery_codes()
    values = {"h": token_hash, "s": keyring().encrypt(_place(person.user_id), secret), "t": step, "r": _hashes(fresh)}
    with anonymous() as connection:
        if not connection.execute(text("select app.confirm_factor(:h, :s, :t, :r)"), values).scalar():
            raise NotAllowedNow("A second factor is set up already.", hint="Switch it off to set up another.")
    return fresh


def renew_recovery_codes(token_hash: bytes, password: str) -> tuple[str, ...]:
    """Ten new recovery codes, shown only now; the old ones end. Raises InvalidInput (field `old`), NotAllowedNow."""
    identity.confirm_password(token_hash, password)
    fresh = codes.new_recovery_codes()
    with anonymous() as connection:
        replaced = connection.execute(
            text("select app.replace_recovery_codes(:h, :r)"), {"h": token_hash, "r": _hashes(fresh)}
        ).scalar()
    if not replaced:
        raise NotAllowedNow("There is no second factor.", hint="Set one up first.")
    return fresh


def switch_off(token_hash: bytes, password: str) -> None:
    """Forget the second factor. Raises InvalidInput (field `old`), NotSignedIn, RateLimited."""
    identity.confirm_password(token_hash, password)
    with anonymous() as connection:
        connection.execute(text("select app.remove_factor(:h)"), {"h": token_hash})


def rotate() -> int:
    """Re-encrypt every person's secret under the newest key, as the migrator; returns how many changed."""
    ring, changed = keyring(), 0
    with migrator_engine().begin() as connection:
        rows = connection.execute(
            text("select user_id, totp_secret from user_credentials where totp_secret is not null for update")
        ).all()
        for user_id, stored in rows:
            if ring.is_current(bytes(stored)):
                continue
            sealed = ring.encrypt(_place(user_id), ring.decrypt(_place(user_id), bytes(stored)))
            connection.execute(
                text("update user_credentials set totp_secret = :s where user_id = :u"), {"s": sealed, "u": user_id}
            )
            changed += 1
    return changed


def _place(user_id: int) -> Place:
    return Place(0, "user_credentials", "totp_secret", user_id)


def _hashes(fresh: tuple[str, ...]) -> list[bytes]:
    hashes = [codes.recovery_hash(code) for code in fresh]
    return [value for value in hashes if value is not None]
