"""Bank data of companies: encrypted, behind permissions of their own, every look at it audited."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from eventos_core.db.editing import edit, get
from eventos_core.db.registry import CLIENTS, command
from eventos_core.db.session import TenantSession
from eventos_core.directory.rules.organizations import BankData, check_bank
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.models.directory import Organization
from eventos_core.operations.encryption import decrypt, encrypt

COLUMNS = {"holder": "bank_holder", "iban": "bank_iban", "bic": "bank_bic"}
"""Field → encrypted column of organizations."""


@dataclass(frozen=True)
class ChangeBankData:
    """The whole bank data as they should be; empty ones remove what was there."""

    organization_id: int
    version: int
    holder: str | None = None
    iban: str | None = None
    bic: str | None = None


@dataclass(frozen=True)
class BankChanged:
    """The company's version after the change, and the last four characters of the account."""

    organization_id: int
    version: int
    hint: str | None


@dataclass(frozen=True)
class ShowBankData:
    """Whose bank data to read."""

    organization_id: int


@dataclass(frozen=True)
class BankShown:
    """Bank data in the clear; never to be stored or cached."""

    holder: str | None
    iban: str | None
    bic: str | None


@command(requires=Permission.BANK_WRITE)
def change_bank_data(db: TenantSession, cmd: ChangeBankData) -> BankChanged:
    """Encrypt and store; the time of the change is kept, since a fresh one is confirmed before money goes out.

    Raises NotFound, InvalidInput, Conflict when archived, EditConflict. The audit tells that it changed, never what to.
    """
    given = check_bank(BankData(cmd.holder, cmd.iban, cmd.bic))
    # Locked and versioned first: two people changing an account must not overwrite each other unseen.
    row = edit(
        db,
        Organization,
        cmd.organization_id,
        cmd.version,
        {"bank_hint": given.hint, "bank_changed_at": clock.now()},
        what="organisation",
    )
    for name, column in COLUMNS.items():
        setattr(row, column, sealed(db, row.id, column, getattr(given, name)))
    db.flush()
    db.refresh(row)
    return BankChanged(row.id, row.version, row.bank_hint)


@command(requires=Permission.BANK_READ, actors=CLIENTS, keeps_answer=False)
def show_bank_data(db: TenantSession, cmd: ShowBankData) -> BankShown:
    """Decrypt to be seen; a command, since the look is audited. The answer is kept under no idempotency key.

    Raises NotFound, and SetupError where the key of the stored values is missing.
    """
    row = get(db, Organization, cmd.organization_id, what="organisation")
    db.execute(
        text("select app.audit_event('credential_read', 'organizations', :i, cast(:d as jsonb), null)"),
        {"i": str(row.id), "d": '{"what": "bank data"}'},
    )
    return BankShown(*(opened(db, row.id, column, getattr(row, column)) for column in COLUMNS.values()))


def sealed(db: TenantSession, row_id: int, column: str, value: str | None) -> bytes | None:
    """The encrypted form of a bank value for that row."""
    return encrypt(db.context.account_id, "organizations", column, row_id, value) if value else None


def opened(db: TenantSession, row_id: int, column: str, stored: bytes | None) -> str | None:
    """The bank value in the clear."""
    return decrypt(db.context.account_id, "organizations", column, row_id, bytes(stored)) if stored else None
