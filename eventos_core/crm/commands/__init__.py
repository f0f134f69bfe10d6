"""Writes of the sales domain."""

from eventos_core.crm.commands import meeting_types, pipelines, quotas, rates, reasons, stages
from eventos_core.crm.commands.bulk import ChangeDeals, DealChange, DealsJudged, DealVerdict, Verdict, change_deals
from eventos_core.crm.commands.deals import (
    ArchiveDeals,
    CreateDeal,
    DealSaved,
    DealsChanged,
    EditDeal,
    RestoreDeals,
    archive_deals,
    create_deal,
    edit_deal,
    restore_deals,
)
from eventos_core.crm.commands.moving import (
    DealMoved,
    Ending,
    LoseDeal,
    MoveDeal,
    ReopenDeal,
    WinDeal,
    lose_deal,
    move_deal,
    reopen_deal,
    win_deal,
)
from eventos_core.crm.commands.people import (
    AttachDealFile,
    DealTouched,
    DetachDealFile,
    PutDealPerson,
    RemoveDealPerson,
    attach_deal_file,
    detach_deal_file,
    put_deal_person,
    remove_deal_person,
)

__all__ = [
    "ArchiveDeals", "AttachDealFile", "ChangeDeals", "CreateDeal", "DealChange", "DealMoved", "DealSaved",
    "DealTouched", "DealVerdict", "DealsChanged", "DealsJudged", "DetachDealFile", "EditDeal", "Ending", "LoseDeal",
    "MoveDeal", "PutDealPerson", "RemoveDealPerson", "ReopenDeal", "RestoreDeals", "Verdict", "WinDeal",
    "archive_deals", "attach_deal_file", "change_deals", "create_deal", "detach_deal_file", "edit_deal", "lose_deal",
    "meeting_types", "move_deal", "pipelines", "put_deal_person", "quotas", "rates", "reasons", "remove_deal_person",
    "reopen_deal", "restore_deals", "stages", "win_deal",
]  # fmt: skip
