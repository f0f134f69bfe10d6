"""How verdicts and states of imports read, and where their records are shown."""

from __future__ import annotations

from eventos_core.enums.operations import ImportStatus, ImportVerdict, UndoVerdict
from eventos_core.ui.tables import Meaning

VERDICTS: dict[ImportVerdict, str] = {
    ImportVerdict.PENDING: "Pending",
    ImportVerdict.CREATE: "New",
    ImportVerdict.UPDATE: "Change",
    ImportVerdict.SKIP: "Nothing new",
    ImportVerdict.REJECT: "Refused",
    ImportVerdict.CONFLICT: "Conflict",
    ImportVerdict.ERASED: "Erased person",
}
CREATABLE = {
    "organizations": "Organisations",
    "owners": "Owners",
    "stages": "Stages",
    "pipelines": "Pipelines",
    "lost_reasons": "Lost reasons",
    "contacts": "Contacts",
    "venues": "Venues",
}
SETTINGS = {"probability": "Probability (%)", "after": "Place"}
DRAFTED = {
    "stages": "New stages are as likely as their rows say, else as the pipeline's open stages on average, and "
    "stand behind the stages that are no likelier. In a pipeline without open stages they climb evenly in the order of "
    "the file, and stand by their probability. Change what should be otherwise."
}
"""How what is made comes out where nobody chooses, by what it is."""
VERDICT_COLOURS: dict[str, Meaning] = {
    "New": "green",
    "Change": "blue",
    "Nothing new": "gray",
    "Refused": "red",
    "Conflict": "orange",
    "Erased person": "violet",
    "Pending": "gray",
}
STATES: dict[ImportStatus, tuple[str, Meaning]] = {
    ImportStatus.UPLOADED: ("To map", "orange"),
    ImportStatus.MAPPED: ("To check", "orange"),
    ImportStatus.PREVIEWED: ("To check", "orange"),
    ImportStatus.RUNNING: ("Running", "blue"),
    ImportStatus.DONE: ("Done", "green"),
    ImportStatus.FAILED: ("Failed", "red"),
    ImportStatus.UNDOING: ("Being undone", "blue"),
    ImportStatus.UNDONE: ("Undone", "gray"),
    ImportStatus.CANCELLED: ("Cancelled", "gray"),
}
UNDO: dict[UndoVerdict, str] = {
    UndoVerdict.RESTORED: "Old values back",
    UndoVerdict.REMOVED: "Removed",
    UndoVerdict.NOTHING: "Nothing to do",
    UndoVerdict.EDITED_SINCE: "Kept: edited since",
    UndoVerdict.IN_USE: "Kept: in use",
}
# Where the records of a kind are listed.
PAGES = {
    "contacts": ("sales_contacts", "Open contacts"),
    "organizations": ("sales_organizations", "Open organisations"),
    "venues": ("plan_venues", "Open venues"),
    "deals": ("sales_pipeline", "Open the pipeline"),
    "sessions": ("plan_programme", "Open the programme"),
}


def undo_label(verdict: str) -> str:
    """What an undo did with a row."""
    known = UndoVerdict(verdict)
    return UNDO.get(known, known.label)
