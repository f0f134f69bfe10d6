"""What a row of a file may say of a deal, and what can be checked of it without looking into the house."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from eventos_core.crm.importers import formats
from eventos_core.enums.crm import OpportunityKind, StageKind
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.money import check_currency, currencies, exponent
from eventos_core.operations.imports import values
from eventos_core.operations.imports.fields import Field
from eventos_core.operations.imports.values import BadValue, Hints, name_key, squash

_LINE = values.text(200)
_IDS = values.text(2_000)
_BETWEEN = " | "
"""Between the days of several columns that say when a deal was decided; the first one counts."""
_SIGNS = {"€": "EUR", "£": "GBP", "US$": "USD", "CHF": "CHF", "R$": "BRL", "₹": "INR", "₺": "TRY", "zł": "PLN"}
_CODE = re.compile(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")
_NO_NUMBER = re.compile(r"[^\d.,'’+\-−\s()]")
_DECIMAL = re.compile(r"\d{1,9}(\.\d{1,9})?")
_PLAIN = re.compile(r"[\d.,\s]+")
_OFFSET = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")
_LARGEST = 10**15
_WON = frozenset(
    ("won", "closedwon", "win", "gewonnen", "abgeschlossenundgewonnen", "gagné", "fermégagné", "ganado", "ganada",
     "cierreganado", "ganho", "vinto")
)  # fmt: skip
_LOST = frozenset(
    ("lost", "closedlost", "loss", "verloren", "abgeschlossenundverloren", "perdu", "ferméperdu", "perdido", "perdida",
     "cierreperdido", "perso")
)  # fmt: skip


def kind_by_name(stage: str) -> StageKind | None:
    """won or lost where a stage or status is called so in some program; None for any other name."""
    word = squash(stage)
    return StageKind.WON if word in _WON else StageKind.LOST if word in _LOST else None


def _status(raw: str, hints: Hints) -> str:
    word = squash(raw)
    if word in ("open", "offen", "ouvert", "abierto", "aberto", "active", "inprogress"):
        return StageKind.OPEN.value
    if word in ("deleted", "gelöscht", "supprimé", "eliminado"):
        raise BadValue("This deal is deleted where it comes from.")
    found = kind_by_name(raw)
    if found is None:
        raise BadValue("Possible are: open, won, lost.")
    return found.value


def _day(raw: str, hints: Hints) -> str:
    """A calendar day; an instant with an offset gives the day it was in the house's zone."""
    text = raw.split(_BETWEEN)[0]
    if len(text) > 10 and _OFFSET.search(text):
        try:
            return dt.datetime.fromisoformat(text).astimezone(ZoneInfo(hints.zone)).date().isoformat()
        except ValueError:
            pass
    return values.day(text, hints)


@lru_cache(maxsize=256)
def _code_of(raw: str) -> str:
    """Raises InvalidInput for what is no currency; a file has few of them and many rows."""
    return _SIGNS.get(raw.strip()) or check_currency(raw)


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset(currencies())


def _currency(raw: str, hints: Hints) -> str:
    try:
        return _code_of(raw)
    except InvalidInput as error:
        raise BadValue("This is not a currency code such as EUR.") from error


def _amount(raw: str, hints: Hints) -> str:
    """A number in major units as plain text, with the currency where the cell names one: `1200.50 EUR`."""
    code = None
    if not _PLAIN.fullmatch(raw):
        code = next((found for found in _CODE.findall(raw) if found in _codes()), None)
        code = code or next((code for sign, code in _SIGNS.items() if sign in raw), None)
    places = exponent(code or hints.currency)
    number = values.decimal_of(_NO_NUMBER.sub("", raw).strip(), decimals=places)
    if number < 0:
        raise BadValue("An amount cannot be negative.")
    return f"{number:f} {code}" if code else f"{number:f}"


def _percent(raw: str, hints: Hints) -> str:
    """A probability in percent as plain text; a share such as 0.6 or 1.0 means 60 and 100."""
    plain = raw.replace("%", "").strip().replace(",", ".")
    if not _DECIMAL.fullmatch(plain):
        raise BadValue("This is not a probability in percent.")
    number = Decimal(plain)
    share = "%" not in raw and number <= 1 and "." in plain
    percent = number * 100 if share else number
    if percent > 100:
        raise BadValue("A probability is between 0 and 100 percent.")
    return percent_of(int((percent * 10_000).to_integral_value()))


def read_percent(raw: str) -> str:
    """A percentage that a person typed, as plain text. Raises BadValue unless it is from 0 to 100."""
    number = raw.replace("%", "").strip().replace(",", ".")
    if not _DECIMAL.fullmatch(number) or Decimal(number) > 100:
        raise BadValue("A probability is between 0 and 100 percent.")
    return percent_of(ppm_of(number))


def percent_of(ppm: int) -> str:
    """Parts per million as percent in plain text: 600000 → `60`."""
    return f"{(Decimal(ppm) / 10_000).normalize():f}"


def ppm_of(percent: str) -> int:
    """The other way round."""
    return int(Decimal(percent) * 10_000)


def _key(value: Any) -> str:
    return name_key(str(value))


FIELDS = (
    Field("external_id", "Id in the source", values.text(300), formats.EXTERNAL_ID, aux=True),
    Field("name", "Name", _LINE, formats.NAME),
    Field("kind", "Kind", values.one_of(OpportunityKind), formats.KIND, choices=tuple(OpportunityKind)),
    Field("organization", "Organisation", _LINE, formats.ORGANIZATION, compare=_key),
    Field("contact", "Contact", _LINE, formats.CONTACT, compare=_key),
    Field("event", "Event", _LINE, formats.EVENT, compare=_key),
    Field("owner", "Owner", _LINE, formats.OWNER, compare=_key),
    Field("pipeline", "Pipeline", _LINE, formats.PIPELINE, compare=_key),
    Field("stage", "Stage", _LINE, formats.STAGE, compare=_key),
    Field("amount", "Amount", _amount, formats.AMOUNT, priced=True),
    Field("currency", "Currency", _currency, formats.CURRENCY, choices=currencies()),
    Field("probability", "Probability", _percent, formats.PROBABILITY),
    Field("created_on", "Created", _day, formats.CREATED_ON, is_date=True),
    Field("expected_close_on", "Expected close", _day, formats.EXPECTED, is_date=True),
    Field("closed_on", "Closed on", _day, formats.CLOSED_ON, joined=_BETWEEN, is_date=True),
    Field("source", "Source", _LINE, formats.SOURCE),
    Field("product", "Product", _LINE, formats.PRODUCT),
    Field("next_step", "Next step", values.text(500), formats.NEXT_STEP),
    Field("lost_reason", "Lost reason", _LINE, formats.LOST_REASON, compare=_key),
    Field("lost_note", "More on why it was lost", values.text(2_000), ("lost reason note", "competitor")),
    Field("tags", "Tags", values.tags, formats.TAGS, joined=";", is_set=True),
    Field("description", "Description", values.text(10_000), formats.DESCRIPTION),
    Field("contact_email", "E-mail of the contact", values.email, formats.CONTACT_EMAIL, aux=True),
    Field("status", "Status: open, won or lost", _status, formats.STATUS, aux=True, choices=tuple(StageKind)),
    Field("closed", "Whether it is closed", values.boolean, formats.CLOSED, aux=True),
    Field("won", "Whether it is won", values.boolean, formats.WON, aux=True),
    Field("stage_since", "In its stage since", _day, formats.STAGE_SINCE, aux=True, is_date=True),
    Field("organization_ids", "Id of the organisation in the source", _IDS, ("company id", "associated company ids"),
          aux=True),
    Field("contact_ids", "Ids of the contacts in the source", _IDS, ("contact id", "associated contact ids"), aux=True),
)  # fmt: skip
BY_KEY: Mapping[str, Field] = {known.key: known for known in FIELDS}


def refine(found: dict[str, Any], hints: Hints) -> list[tuple[str, str]]:
    """Amounts become minor units of the row's currency; what names the deal and its outcome is put together.

    Leaves `_name` (what to call it where the file does not), `_told` (open, won, lost or absent).
    """
    _first_of_several(found)
    _told(found)
    if "name" not in found:
        parts = [found[key] for key in ("organization", "product") if key in found]
        found["_name"] = " · ".join(parts)[:200]
    else:
        found["_name"] = found["name"]
    if not found["_name"] and "external_id" not in found:
        return [("name", NAMELESS)]
    if "created_on" in found and "closed_on" in found and found["closed_on"] < found["created_on"]:
        closing = found.get("_told") in (StageKind.WON, StageKind.LOST) or kind_by_name(found.get("stage", ""))
        if closing:
            return [("closed_on", CLOSED_TOO_EARLY)]
    return _priced(found, hints)


NAMELESS = "A deal needs a name, or an organisation or product to be named after."
CLOSED_TOO_EARLY = "The deal would be closed before it was created."


def _priced(found: dict[str, Any], hints: Hints) -> list[tuple[str, str]]:
    if "amount" not in found:
        return []
    number, _, code = found["amount"].partition(" ")
    currency = found.setdefault("currency", code or hints.currency)
    if code and code != currency:
        return [("amount", f"The amount is in {code}, the currency of the row is {currency}.")]
    minor = Decimal(number) * (Decimal(10) ** exponent(currency))
    if minor != minor.to_integral_value():
        return [("amount", f"{currency} has {exponent(currency)} decimals.")]
    if minor > _LARGEST:
        return [("amount", "The amount is too large.")]
    found["amount"] = int(minor)
    return []


def _told(found: dict[str, Any]) -> None:
    """What the columns beside the stage say of the outcome."""
    if "status" in found:
        found["_told"] = found["status"]
    elif found.get("won"):
        found["_told"] = StageKind.WON.value
    elif found.get("closed") and "won" in found:
        found["_told"] = StageKind.LOST.value
    elif found.get("closed") is False:
        found["_told"] = StageKind.OPEN.value


def _first_of_several(found: dict[str, Any]) -> None:
    """Of several companies, joined by `;` as their ids are, the first is the deal's."""
    ids = found.get("organization_ids", "").count(";")
    if ids and found.get("organization", "").count(";") == ids:
        found["organization"] = found["organization"].split(";")[0].strip()
