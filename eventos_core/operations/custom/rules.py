"""What a custom field may hold, and whether a record's values fit their definitions. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eventos_core.enums.events import FieldType
from eventos_core.kernel.errors import InvalidInput
from eventos_core.operations.fields import Field, Kind, read

KINDS: Mapping[FieldType, Kind] = {
    FieldType.TEXT: Kind.TEXT, FieldType.LONG_TEXT: Kind.LONG_TEXT, FieldType.INTEGER: Kind.INTEGER,
    FieldType.DECIMAL: Kind.DECIMAL, FieldType.BOOLEAN: Kind.YES_NO, FieldType.DATE: Kind.DATE,
    FieldType.CHOICE: Kind.CHOICE, FieldType.MULTI_CHOICE: Kind.MULTI_CHOICE, FieldType.EMAIL: Kind.EMAIL,
    FieldType.PHONE: Kind.PHONE, FieldType.URL: Kind.URL, FieldType.RATING: Kind.INTEGER,
}  # fmt: skip
"""The types that forms offer; others exist for guests' forms."""
CHOICES = (FieldType.CHOICE, FieldType.MULTI_CHOICE)
PREFIX = "custom."
"""Before the key, in the names of form fields and of what is wrong with them."""
_KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")
_MOST_OPTIONS = 100


@dataclass(frozen=True)
class CustomField:
    """One definition as it stands; `options` are (value, label) in order."""

    id: int
    entity: str
    key: str
    revision: int
    label: str
    data_type: FieldType
    help_text: str | None
    options: tuple[tuple[str, str], ...]
    required: bool
    least: int | None
    most: int | None
    position: int
    retired: bool
    version: int

    @property
    def field(self) -> Field:
        """As forms draw it and the check reads it."""
        rating = self.data_type is FieldType.RATING
        return Field(
            self.key, self.label, KINDS.get(self.data_type, Kind.TEXT), required=self.required,
            help=self.help_text or "", choices=dict(self.options), least=1 if rating else self.least,
            most=5 if rating else self.most,
        )  # fmt: skip


def settled(defined: Iterable[CustomField], wanted: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """The custom values of a record as they are stored: what was changed fits its definition, what must be is there.

    What nobody touched stays to the letter, also where an older definition or an import put it; so does what has no
    definition. Raises InvalidInput that names every field that is wrong.
    """
    values, wrong = dict(wanted), dict[str, str]()
    for one in defined:
        value = values.get(one.key)
        if value is not None and one.key in stored and value == stored[one.key]:
            continue
        try:
            found = read(one.field, value)
        except ValueError as error:
            wrong[f"{PREFIX}{one.key}"] = str(error)
            continue
        if found is None and stored.get(one.key, 0) is not None:
            values.pop(one.key, None)
        elif found is not None:
            values[one.key] = found
    if wrong:
        raise InvalidInput("Check the marked fields.", fields=wrong)
    return values


def key_from(label: str) -> str:
    """A key made of a label: “Dietary needs” → dietary_needs."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    return (made if made[:1].isalpha() else f"field_{made}".rstrip("_"))[:63]


def checked(
    label: str,
    key: str,
    data_type: FieldType,
    options: Iterable[str],
    least: int | None,
    most: int | None,
    help_text: str | None,
) -> dict[str, Any]:
    """Columns of a definition. Raises InvalidInput with every wrong field."""
    wrong: dict[str, str] = {}
    label = " ".join(label.split())
    if not 1 <= len(label) <= 80:
        wrong["label"] = "1 to 80 characters"
    key = key.strip() or key_from(label)
    if not _KEY.fullmatch(key):
        wrong["key"] = "Lower-case letters, digits and underscores, beginning with a letter"
    if data_type not in KINDS:
        wrong["data_type"] = "Choose from the list"
    names = list(dict.fromkeys(" ".join(one.split()) for one in options if one.strip()))
    if data_type in CHOICES and not 1 <= len(names) <= _MOST_OPTIONS:
        wrong["options"] = f"1 to {_MOST_OPTIONS}, one a line"
    if any(len(name) > 120 for name in names):
        wrong["options"] = "At most 120 characters each"
    if least is not None and most is not None and least > most:
        wrong["most"] = "Not below the least"
    if len(help_text or "") > 300:
        wrong["help_text"] = "At most 300 characters"
    if wrong:
        raise InvalidInput("Check the marked fields.", fields=wrong)
    return {
        "label": label, "field_key": key, "data_type": data_type, "help_text": (help_text or "").strip() or None,
        "options": [{"value": name, "label": name} for name in names] if data_type in CHOICES else [],
        "min_value": least, "max_value": most,
    }  # fmt: skip
