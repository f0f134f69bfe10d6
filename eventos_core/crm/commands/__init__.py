"""Writes of the sales domain."""

from eventos_core.crm.commands import meeting_types, pipelines, quotas, rates, reasons, stages
from eventos_core.crm.commands.activities import (
    ActivitySaved,
    CompleteActivity,
    EditActivity,
    LogActivity,
    NextStep,
    OneActivity,
    PlanActivity,
    RescheduleActivity,
    archive_activity,
    complete_activity,
    edit_activity,
    log_activity,
    plan_activity,
    reopen_activity,
    reschedule_activity,
    restore_activity,
)
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
from eventos_core.crm.commands.mails import MailWritten, WriteMail, write_mail
from eventos_core.crm.commands.meetings import (
    AnswerMeeting,
    BookMeeting,
    CancelMeeting,
    CloseMeeting,
    MeetingSaved,
    MoveMeeting,
    answer_meeting,
    book_meeting,
    cancel_meeting,
    close_meeting,
    move_meeting,
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
from eventos_core.crm.commands.notes import (
    AddNote,
    EditNote,
    NoteSaved,
    OneNote,
    PinNote,
    add_note,
    archive_note,
    edit_note,
    pin_note,
    restore_note,
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
    "ActivitySaved", "AddNote", "AnswerMeeting", "ArchiveDeals", "AttachDealFile", "BookMeeting", "CancelMeeting",
    "ChangeDeals", "CloseMeeting", "CompleteActivity", "CreateDeal", "DealChange", "DealMoved", "DealSaved",
    "DealTouched", "DealVerdict", "DealsChanged", "DealsJudged", "DetachDealFile", "EditActivity", "EditDeal",
    "EditNote", "Ending", "LogActivity", "LoseDeal", "MailWritten", "MeetingSaved", "MoveDeal", "MoveMeeting",
    "NextStep", "NoteSaved", "OneActivity", "OneNote", "PinNote", "PlanActivity", "PutDealPerson", "RemoveDealPerson",
    "ReopenDeal", "RescheduleActivity", "RestoreDeals", "Verdict", "WinDeal", "WriteMail", "add_note",
    "answer_meeting", "archive_activity", "archive_deals", "archive_note", "attach_deal_file", "book_meeting",
    "cancel_meeting", "change_deals", "close_meeting", "complete_activity", "create_deal", "detach_deal_file",
    "edit_activity", "edit_deal", "edit_note", "log_activity", "lose_deal", "meeting_types", "move_deal",
    "move_meeting", "pin_note", "pipelines", "plan_activity", "put_deal_person", "quotas", "rates", "reasons",
    "remove_deal_person", "reopen_activity", "reopen_deal", "reschedule_activity", "restore_activity", "restore_deals",
    "restore_note", "stages", "win_deal", "write_mail",
]  # fmt: skip
