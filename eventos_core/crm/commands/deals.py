"""Writing deals: create, edit with conflicts shown, archive, restore."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from eventos_core.crm.commands.checks import NAMES, Once, check_links, first_stage, locked_deals, stage_in_use, touched
from eventos_core.crm.commands.moving import Ending, demanded_by, enter, tell
from eventos_core.crm.rules.deals import DealFields, check_deal, missing
from eventos_core.crm.rules.stages import REQUIRABLE
from eventos_core.db.editing import edit, get, set_archived
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.directory.commands.checks import readable
from eventos_core.directory.commands.organizations import find_or_add
from eventos_core.directory.rules.custom import merged
from eventos_core.directory.rules.editing import rebase
from eventos_core.enums.crm import StageKind
from eventos_core.kernel import clock
from eventos_core.kernel.errors import EditConflict, InvalidInput, PermissionDenied
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import Opportunity, SalesStage
from eventos_core.operations.custom.queries import settle


@dataclass(frozen=True)
class DealSaved:
    """The deal's id and version after the command."""

    opportunity_id: int
    version: int


@dataclass(frozen=True)
class CreateDeal:
    """A new deal; without `stage_id` it begins in the first open stage of the default pipeline.

    `new_organization` is a company by name in place of `fields.organization_id`: found, or added. `ending` is for a
    deal that is entered when it is closed already.
    """

    fields: DealFields
    stage_id: int | None = None
    new_organization: str | None = None
    custom: Mapping[str, Any] | None = None
    ending: Ending | None = None


@dataclass(frozen=True)
class EditDeal:
    """All fields of a deal as they should be; `version` is the one that was edited.

    With `base`, what the editor saw, only fields that differ from it are written, and changes of others to other
    fields are no conflict.
    """

    opportunity_id: int
    version: int
    fields: DealFields
    base: DealFields | None = None
    new_organization: str | None = None
    custom: Mapping[str, Any] | None = None
    """The custom fields as they should be; None leaves them."""
    base_custom: Mapping[str, Any] | None = None
    """The custom fields that the editor saw; goes with `base`."""


@dataclass(frozen=True)
class ArchiveDeals:
    """Deals to take out of lists; `version` is the one that was seen, where it is a single deal."""

    opportunity_ids: tuple[int, ...]
    version: int | None = None


@dataclass(frozen=True)
class RestoreDeals:
    """Archived deals to bring back; `version` as in `ArchiveDeals`."""

    opportunity_ids: tuple[int, ...]
    version: int | None = None


@dataclass(frozen=True)
class DealsChanged:
    """Ids of the deals that changed; those that were so already are left out."""

    opportunity_ids: tuple[int, ...]


@command(requires=Permission.SALES_WRITE)
def create_deal(db: TenantSession, cmd: CreateDeal) -> DealSaved:
    """Add a deal. Raises InvalidInput, also for what its stage demands; PermissionDenied for a new company."""
    stage = stage_in_use(db, cmd.stage_id) if cmd.stage_id is not None else first_stage(db)
    values = _checked(db, cmd.fields)
    if cmd.new_organization:
        values["organization_id"] = _company(db, cmd.new_organization)
    ask = Once(db)
    check_links(ask, values, None)
    custom = {} if cmd.custom is None else settle(db, "opportunities", cmd.custom, {})
    row = Opportunity(**values, custom={name: value for name, value in custom.items() if value is not None})
    enter(ask, row, stage, cmd.ending)
    db.add(row)
    db.flush()
    db.refresh(row)
    tell(db, row, StageKind.OPEN)
    return DealSaved(row.id, row.version)


@command(requires=Permission.SALES_WRITE)
def edit_deal(db: TenantSession, cmd: EditDeal) -> DealSaved:
    """Write all fields of a deal; its stage stays.

    Raises NotFound, InvalidInput (also for emptying what its stage demands), Conflict when archived, EditConflict with
    both sides when somebody was faster.
    """
    row = get(db, Opportunity, cmd.opportunity_id, lock=True, what="deal")
    values, version = _wanted(db, cmd, row)
    if row.version == version:
        ask = Once(db)
        check_links(ask, values, row)
        check_kept(ask, row, values)
    try:
        row = edit(db, Opportunity, cmd.opportunity_id, version, values, what="deal")
    except EditConflict as conflict:
        raise readable(db, conflict, names=NAMES) from None
    if row.version != version:
        touched(db, row)
        db.flush()
        db.refresh(row)
    return DealSaved(row.id, row.version)


@command(requires=Permission.SALES_WRITE)
def archive_deals(db: TenantSession, cmd: ArchiveDeals) -> DealsChanged:
    """Take deals out of board and lists; history, figures of the past and links stay. Raises EditConflict."""
    return _archived(db, cmd.opportunity_ids, cmd.version, archived=True)


@command(requires=Permission.SALES_WRITE)
def restore_deals(db: TenantSession, cmd: RestoreDeals) -> DealsChanged:
    """Bring archived deals back. Raises EditConflict."""
    return _archived(db, cmd.opportunity_ids, cmd.version, archived=False)


def check_kept(ask: Once, row: Opportunity, values: Mapping[str, Any]) -> None:
    """Raises InvalidInput where `values` would empty what the stage of the deal demands and what it now has."""
    stage = ask(_stage, row.stage_id)
    now = {name: getattr(row, name) for name in REQUIRABLE}
    custom = values.get("custom", row.custom)
    demanded = tuple(ask(demanded_by, stage))
    lost = set(missing(demanded, now | dict(values), custom)) - set(missing(demanded, now, row.custom))
    if lost:
        raise InvalidInput(
            f"“{stage.name}” needs what you emptied.", hint="Fill it in, or move the deal back first.",
            fields=dict.fromkeys(sorted(lost), f"“{stage.name}” needs this"),
        )  # fmt: skip


def _stage(db: TenantSession, stage_id: int) -> SalesStage:
    return db.scalars(
        select(SalesStage).where(SalesStage.account_id == db.context.account_id, SalesStage.id == stage_id)
    ).one()


def _checked(db: TenantSession, fields: DealFields) -> dict[str, Any]:
    today = clock.now().astimezone(db.context.zone).date()
    return check_deal(fields, base_currency=db.context.currency, today=today)


def _company(db: TenantSession, name: str) -> int:
    if not db.context.can(Permission.CONTACTS_WRITE):
        raise PermissionDenied(
            "You may not add a company.", hint="Choose one of the list.", permission=Permission.CONTACTS_WRITE.value,
            action="create_deal",
        )  # fmt: skip
    return find_or_add(db, name)


def _wanted(db: TenantSession, cmd: EditDeal, row: Opportunity) -> tuple[dict[str, Any], int]:
    """The values to write, and the version against which: the stored one where only other fields changed."""
    values = _checked(db, cmd.fields)
    if cmd.new_organization:
        values["organization_id"] = _company(db, cmd.new_organization)
    if row.closed_on is not None and values["opened_on"] > row.closed_on:
        raise InvalidInput("A deal cannot begin after it was closed.",
                           fields={"opened_on": "Not after the day it was closed"})  # fmt: skip
    if values["currency"] != row.currency and row.outcome != StageKind.OPEN:
        # The rate that was frozen belongs to the old currency; the trigger freezes that of the closing day.
        values["rate_to_base_e12"] = None
    if cmd.base is None:
        if cmd.custom is not None:
            found, _ = merged(cmd.custom, row.custom, row.custom)
            values["custom"] = settle(db, "opportunities", found, row.custom)
        return values, cmd.version
    base = _checked(db, cmd.base) | {"rate_to_base_e12": row.rate_to_base_e12}
    values, clashing = rebase(values, base, {name: getattr(row, name) for name in values})
    if cmd.custom is not None:
        found, both = merged(cmd.custom, cmd.base_custom or {}, row.custom)
        values["custom"] = settle(db, "opportunities", found, row.custom)
        clashing |= both
    return values, cmd.version if clashing else row.version


def _archived(db: TenantSession, ids: tuple[int, ...], version: int | None, *, archived: bool) -> DealsChanged:
    rows = [row for row in locked_deals(db, ids) if (row.archived_at is not None) is not archived]
    for row in rows:
        set_archived(db, row, version, archived=archived, what="deal")
    db.flush()
    return DealsChanged(tuple(row.id for row in rows))
