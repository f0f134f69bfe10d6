"""Who else takes part in a deal, and which files belong to it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from eventos_core.db.editing import get
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.directory.commands.checks import check_exists
from eventos_core.enums.crm import OpportunityRole
from eventos_core.enums.operations import AssetPurpose, AssetVisibility
from eventos_core.kernel.errors import Conflict, InvalidInput, NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import Opportunity, OpportunityContact, OpportunityFile
from eventos_core.models.directory import Contact
from eventos_core.operations.files import storing


@dataclass(frozen=True)
class PutDealPerson:
    """A person's part in a deal: added, or changed where the person takes part already."""

    opportunity_id: int
    contact_id: int
    role: OpportunityRole = OpportunityRole.OTHER
    note: str | None = None


@dataclass(frozen=True)
class RemoveDealPerson:
    """A person who takes no part any more."""

    opportunity_id: int
    contact_id: int


@dataclass(frozen=True)
class AttachDealFile:
    """A file for a deal: its name and its bytes, at most 50 MB."""

    opportunity_id: int
    file_name: str
    content: bytes


@dataclass(frozen=True)
class DetachDealFile:
    """A file that belongs to the deal no more; it stays in the media library."""

    opportunity_id: int
    asset_id: int


@dataclass(frozen=True)
class DealTouched:
    """The deal, and the record that was tied to it or untied."""

    opportunity_id: int
    record_id: int


@command(requires=Permission.SALES_WRITE)
def put_deal_person(db: TenantSession, cmd: PutDealPerson) -> DealTouched:
    """Add a person to a deal or change their role and note. Raises NotFound, InvalidInput, Conflict when archived."""
    deal = _open_to_change(db, cmd.opportunity_id)
    check_exists(db, Contact, cmd.contact_id, field="contact_id")
    note = (cmd.note or "").strip() or None
    if note is not None and len(note) > 2000:
        raise InvalidInput("The note is too long.", fields={"note": "At most 2000 characters"})
    row = _part(db, deal.id, cmd.contact_id)
    if row is None:
        row = OpportunityContact(opportunity_id=deal.id, contact_id=cmd.contact_id, role=cmd.role, note=note)
        db.add(row)
    else:
        row.role, row.note = cmd.role, note
    db.flush()
    return DealTouched(deal.id, row.id)


@command(requires=Permission.SALES_WRITE)
def remove_deal_person(db: TenantSession, cmd: RemoveDealPerson) -> DealTouched:
    """Take a person out of a deal. Raises NotFound, Conflict when archived."""
    deal = _open_to_change(db, cmd.opportunity_id)
    row = _part(db, deal.id, cmd.contact_id)
    if row is None:
        raise NotFound("This person takes no part in the deal.")
    db.delete(row)
    db.flush()
    return DealTouched(deal.id, row.id)


@command(requires=Permission.SALES_WRITE)
def attach_deal_file(db: TenantSession, cmd: AttachDealFile) -> DealTouched:
    """Store a file with a deal; who may read deals may fetch it. Raises NotFound, FileRefused, Conflict."""
    deal = _open_to_change(db, cmd.opportunity_id)
    file = storing.check(cmd.file_name, cmd.content)
    asset = storing.keep(
        db, file, purpose=AssetPurpose.DOCUMENT, visibility=AssetVisibility.RESTRICTED, event_id=deal.event_id
    )
    db.add(OpportunityFile(opportunity_id=deal.id, media_asset_id=asset.id))
    db.flush()
    return DealTouched(deal.id, asset.id)


@command(requires=Permission.SALES_WRITE)
def detach_deal_file(db: TenantSession, cmd: DetachDealFile) -> DealTouched:
    """Take a file off a deal. Raises NotFound, Conflict when archived."""
    deal = _open_to_change(db, cmd.opportunity_id)
    row = db.scalars(
        select(OpportunityFile).where(
            OpportunityFile.account_id == db.context.account_id,
            OpportunityFile.opportunity_id == deal.id,
            OpportunityFile.media_asset_id == cmd.asset_id,
        )
    ).one_or_none()
    if row is None:
        raise NotFound("This file does not belong to the deal.")
    db.delete(row)
    db.flush()
    return DealTouched(deal.id, cmd.asset_id)


def _open_to_change(db: TenantSession, deal_id: int) -> Opportunity:
    deal = get(db, Opportunity, deal_id, lock=True, what="deal")
    if deal.archived_at is not None:
        raise Conflict("This deal is archived.", hint="Restore it first.")
    return deal


def _part(db: TenantSession, deal_id: int, contact_id: int) -> OpportunityContact | None:
    return db.scalars(
        select(OpportunityContact).where(
            OpportunityContact.account_id == db.context.account_id,
            OpportunityContact.opportunity_id == deal_id,
            OpportunityContact.contact_id == contact_id,
        )
    ).one_or_none()
