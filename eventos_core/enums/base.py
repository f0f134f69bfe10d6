"""The base of all enums: a value for the database, a label for people."""

from __future__ import annotations

from enum import StrEnum

_SPELT = {
    "api": "API", "crm": "CRM", "csv": "CSV", "email": "e-mail", "json": "JSON", "ods": "ODS",
    "organizations": "organisations", "setup": "set-up", "sms": "SMS", "vip": "VIP", "xls": "Excel (old)",
    "xlsx": "Excel",
}  # fmt: skip
"""Words that are not written as they stand in the database."""


class LabelledEnum(StrEnum):
    """A StrEnum whose members read well: `IN_PROGRESS = "in_progress"` is labelled "In progress"."""

    @property
    def label(self) -> str:
        """The value as a person reads it; override for what this rule gets wrong."""
        text = " ".join(_SPELT.get(word, word) for word in self.value.split("_"))
        return text[:1].upper() + text[1:]
