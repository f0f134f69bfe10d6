"""Which of two records' values stay when they become one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from eventos_core.enums.directory import MarketingConsent, MergeEntity
from eventos_core.kernel.errors import InvalidInput, NotAllowedNow

Side = Literal["winner", "loser"]


@dataclass(frozen=True)
class MergeField:
    """Columns that only make sense together, and how they are settled.

    pick: the winner's unless empty or `weak`; union: both; any: true if either is, with its reason;
    latest: the later decision.
    """

    key: str
    label: str
    columns: tuple[str, ...]
    how: Literal["pick", "union", "any", "latest"] = "pick"
    weak: tuple[Any, ...] = ()


@dataclass(frozen=True)
class FieldOutcome:
    """One field of the two that differs, and which side stays."""

    key: str
    label: str
    winner: str
    loser: str
    side: Side
    open: bool
    """Whether both have something, so that a person may choose."""


def _one(label: str, *columns: str, weak: tuple[Any, ...] = ()) -> MergeField:
    return MergeField(columns[0], label, columns, "pick", weak)


_ADDRESS = ("street", "street2", "city", "region", "postal_code", "country")

CONTACT = (
    _one("Name", "full_name", "first_name", "last_name"),
    _one("Form of address", "salutation"),
    _one("Nickname", "nickname"),
    _one("Pronouns", "pronouns"),
    _one("Organisation and title", "organization_id", "job_title", "department"),
    _one("Reports to", "reports_to_id"),
    _one("Owner", "owner_id"),
    _one("Lifecycle", "lifecycle", weak=("lead",)),
    _one("Source", "source", "source_detail"),
    _one("Protocol rank", "guest_rank"),
    _one("Language", "language"),
    _one("Time zone", "timezone"),
    _one("Birthday", "birthday"),
    _one("Website", "website"),
    _one("Portrait", "photo_id"),
    _one("Summary", "summary"),
    _one("Address", *_ADDRESS),
    MergeField(
        "marketing_consent",
        "Marketing consent",
        ("marketing_consent", "consent_basis", "consent_at", "consent_source"),
        "latest",
    ),
    MergeField("do_not_contact", "Do not contact", ("do_not_contact", "do_not_contact_reason"), "any"),
    MergeField("tags", "Tags", ("tags",), "union"),
    MergeField("socials", "Social media", ("socials",), "union"),
    MergeField("custom", "Further fields", ("custom",), "union"),
)

ORGANIZATION = (
    _one("Name", "name"),
    _one("Legal name", "legal_name"),
    _one("Kind", "kind", weak=("other",)),
    _one("Belongs to", "parent_id"),
    _one("Owner", "owner_id"),
    _one("Domain", "domain"),
    _one("Website", "website"),
    _one("E-mail", "email"),
    _one("Phone", "phone"),
    _one("Industry", "industry"),
    _one("Size", "size"),
    _one("Turnover", "annual_revenue_minor", "revenue_currency"),
    _one("Description", "description"),
    _one("Source", "source"),
    _one("Language", "language"),
    _one("Time zone", "timezone"),
    _one("Address", *_ADDRESS),
    _one(
        "Invoice address", "billing_street", "billing_street2", "billing_city", "billing_region", "billing_postal_code",
        "billing_country", "billing_name",
    ),
    _one("Invoice e-mail", "billing_email"),
    _one("Invoice reference", "billing_reference"),
    _one("Currency", "currency"),
    _one("Payment terms", "payment_terms_days"),
    _one("Tax number", "tax_id", "tax_id_checked_at"),
    _one("Registration number", "registration_no"),
    _one("Bank account", "bank_hint", "bank_changed_at", "bank_holder", "bank_iban", "bank_bic"),
    _one("Logo", "logo_id"),
    MergeField("do_not_contact", "Do not contact", ("do_not_contact",), "any"),
    MergeField("tags", "Tags", ("tags",), "union"),
    MergeField("socials", "Social media", ("socials",), "union"),
    MergeField("custom", "Further fields", ("custom",), "union"),
)  # fmt: skip

FIELDS: Mapping[MergeEntity, Sequence[MergeField]] = {
    MergeEntity.CONTACT: CONTACT,
    MergeEntity.ORGANIZATION: ORGANIZATION,
}


def settle(
    fields: Sequence[MergeField],
    winner: Mapping[str, Any],
    loser: Mapping[str, Any],
    choices: Mapping[str, str],
) -> tuple[dict[str, Any], dict[str, Side]]:
    """(column → value to write on the winner, field → side it came from) for what differs.

    A choice is heeded only where a person may choose (`FieldOutcome.open`). Raises InvalidInput for an unknown one.
    """
    known = {field.key for field in fields}
    if unknown := sorted(set(choices) - known):
        raise InvalidInput(f"There is nothing to choose called {', '.join(unknown)}.")
    if wrong := sorted({side for side in choices.values() if side not in ("winner", "loser")}):
        raise InvalidInput(f"A choice is winner or loser, not {', '.join(wrong)}.")
    changes: dict[str, Any] = {}
    sides: dict[str, Side] = {}
    for field in fields:
        mine = tuple(winner[c] for c in field.columns)
        theirs = tuple(loser[c] for c in field.columns)
        if mine == theirs:
            continue
        if field.how == "union":
            joined = _union(mine[0], theirs[0])
            if joined != mine[0]:
                changes[field.columns[0]] = joined
            continue
        if field.how == "any":
            if theirs[0] and not mine[0]:
                changes |= {c: v for c, v, old in zip(field.columns, theirs, mine, strict=True) if v != old}
            continue
        side = _side(field, mine, theirs, choices)
        sides[field.key] = side
        if side == "loser":
            changes |= {c: v for c, v, old in zip(field.columns, theirs, mine, strict=True) if v != old}
    return changes, sides


def outcomes(
    fields: Sequence[MergeField],
    winner: Mapping[str, Any],
    loser: Mapping[str, Any],
    choices: Mapping[str, str],
    show: Mapping[tuple[str, Any], str] | None = None,
) -> tuple[FieldOutcome, ...]:
    """What a person sees before merging; `show` names values such as ids: (column, value) → text."""
    _, sides = settle(fields, winner, loser, choices)
    changed, _ = settle(fields, winner, loser, choices)
    found = []
    for field in fields:
        mine = tuple(winner[c] for c in field.columns)
        theirs = tuple(loser[c] for c in field.columns)
        if mine == theirs or (_empty(field, mine) and _empty(field, theirs)):
            continue
        side = sides.get(field.key, "loser" if field.columns[0] in changed else "winner")
        both = field.how in ("pick", "latest") and not _empty(field, mine) and not _empty(field, theirs)
        found.append(
            FieldOutcome(
                field.key, field.label, _text(field, mine, show or {}), _text(field, theirs, show or {}), side, both
            )
        )
    return tuple(found)


def check_mergeable(
    noun: str,
    winner_id: int,
    loser_id: int,
    *,
    loser_is_own: bool,
    archived: Mapping[int, bool],
) -> None:
    """Raises InvalidInput for one record twice, NotAllowedNow for an archived one or the house itself as loser."""
    if winner_id == loser_id:
        raise InvalidInput(f"Choose two different {noun}s.", fields={"loser_id": "The same record"})
    if loser_is_own:
        raise NotAllowedNow(
            "The house's own organisation cannot be merged into another.", hint="Merge the other way round."
        )
    if any(archived.values()):
        raise NotAllowedNow(f"One of the two {noun}s is archived or was merged already.", hint="Restore it first.")


def _side(field: MergeField, mine: tuple[Any, ...], theirs: tuple[Any, ...], choices: Mapping[str, str]) -> Side:
    if _empty(field, theirs):
        return "winner"
    if _empty(field, mine):
        return "loser"
    if field.key in choices:
        return "loser" if choices[field.key] == "loser" else "winner"
    if field.how == "latest":
        return "loser" if theirs[2] is not None and (mine[2] is None or theirs[2] > mine[2]) else "winner"
    if mine[0] in field.weak and theirs[0] not in field.weak:
        return "loser"
    return "winner"


def _empty(field: MergeField, values: tuple[Any, ...]) -> bool:
    if field.how == "latest":
        return values[0] in (None, MarketingConsent.UNKNOWN)
    return all(value in (None, "", [], {}, False) for value in values)


def _union(mine: Any, theirs: Any) -> Any:
    if isinstance(mine, dict):
        return {**theirs, **mine}
    return sorted({*mine, *theirs})


def _text(field: MergeField, values: tuple[Any, ...], show: Mapping[tuple[str, Any], str]) -> str:
    if "bank_hint" in field.columns:
        return f"… {values[0]}" if values[0] else ""
    if field.key == "full_name":
        return str(values[0] or "")
    shown = []
    for column, value in zip(field.columns, values, strict=True):
        if value in (None, "", [], {}) or isinstance(value, bytes):
            continue
        if (column, value) in show if not isinstance(value, (list, dict)) else False:
            shown.append(show[column, value])
        elif isinstance(value, bool):
            shown.append("Yes" if value else "No")
        elif isinstance(value, dt.date):
            shown.append(f"{value.day} {value:%b %Y}")
        elif isinstance(value, list):
            shown.append(", ".join(str(item) for item in value))
        elif isinstance(value, dict):
            shown.append(", ".join(f"{k}: {v}" for k, v in value.items()))
        else:
            shown.append(str(getattr(value, "label", value)))
    return " · ".join(shown)
