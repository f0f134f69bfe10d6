"""Several deals in one transaction, with a verdict for each: inline edits of a table, and one change for many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm.attributes import set_committed_value

from eventos_core.crm.commands.checks import Once, check_links, locked_deals, reason_in_use, stage_in_use, touched
from eventos_core.crm.commands.deals import check_kept
from eventos_core.crm.commands.moving import Ending, enter, tell
from eventos_core.crm.rules.deals import DealFields, check_deal
from eventos_core.db.registry import command
from eventos_core.db.session import TenantSession
from eventos_core.directory.rules.values import clean_tags
from eventos_core.enums.base import LabelledEnum
from eventos_core.enums.crm import StageKind
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.permissions import Permission
from eventos_core.models.crm import Opportunity, SalesStage
from eventos_core.operations.imports import bulk

CHANGEABLE = (
    "name", "owner_id", "amount_minor", "probability_override_ppm", "expected_close_on", "next_step", "next_step_on",
    "event_id", "source", "organization_id", "contact_id", "product", "description",
)  # fmt: skip
"""Fields that a change may set besides `stage_id`, `add_tags` and `remove_tags`."""


class Verdict(LabelledEnum):
    """What became of one deal."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class DealChange:
    """What to set on one deal: `set` holds values by field, of those in `CHANGEABLE` and `stage_id`.

    With `version` a deal that somebody changed since is refused instead of overwritten.
    """

    opportunity_id: int
    set: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChangeDeals:
    """Changes, at most one a deal and 1 000 in all; `ending` serves those that move to a won or lost stage.

    `bulk` says that nobody looked at each of them: rotting goes on counting from the last real touch.
    """

    changes: tuple[DealChange, ...]
    ending: Ending | None = None
    bulk: bool = False


@dataclass(frozen=True)
class DealVerdict:
    """What became of one deal, and why where it was refused."""

    opportunity_id: int
    name: str
    verdict: Verdict
    reason: str = ""
    version: int = 0


@dataclass(frozen=True)
class DealsJudged:
    """A verdict for each deal, in the order of the changes."""

    verdicts: tuple[DealVerdict, ...]

    def count(self, verdict: Verdict) -> int:
        """How many deals got it."""
        return sum(one.verdict == verdict for one in self.verdicts)


@command(requires=Permission.SALES_WRITE)
def change_deals(db: TenantSession, cmd: ChangeDeals) -> DealsJudged:
    """Change several deals in one transaction; one that is refused is left as it was, the others change.

    What is asked of the database, and what is written, takes a few statements however many deals they are, but for the
    facts that deals won, lost or opened again emit.

    Raises InvalidInput for none, too many, doubles, or a field that cannot be set this way.
    """
    wanted = {change.opportunity_id: change for change in cmd.changes}
    if len(wanted) != len(cmd.changes):
        raise InvalidInput("A deal is named twice.", hint="Give each deal one change.")
    if cmd.ending is not None and cmd.ending.lost_reason_id is not None:
        reason_in_use(db, cmd.ending.lost_reason_id)
    given = {change.opportunity_id: _read(change) for change in cmd.changes}
    stages = {
        stage_id: stage_in_use(db, stage_id)
        for stage_id in sorted({values["stage_id"] for values in given.values() if "stage_id" in values})
    }
    rows = {row.id: row for row in locked_deals(db, wanted)}
    outcomes = {row.id: StageKind(row.outcome) for row in rows.values()}
    verdicts, writes = [], []
    ask = Once(db)
    with db.no_autoflush:
        for change in cmd.changes:
            row = rows.get(change.opportunity_id)
            if row is None:
                verdicts.append(DealVerdict(change.opportunity_id, "", Verdict.REFUSED, "This deal does not exist."))
                continue
            verdict, write = _judge(ask, row, change, given[row.id], stages, cmd)
            verdicts.append(verdict)
            writes += [{"id": row.id, **write}] if write else []
    versions = bulk.update(db, Opportunity, writes)
    if versions:
        for row in locked_deals(db, versions):
            tell(db, row, outcomes[row.id])
    return DealsJudged(tuple(
        replace(one, version=versions[one.opportunity_id] or 0) if one.opportunity_id in versions else one
        for one in verdicts
    ))  # fmt: skip


def _judge(
    ask: Once,
    row: Opportunity,
    change: DealChange,
    given: Mapping[str, Any],
    stages: Mapping[int, SalesStage],
    cmd: ChangeDeals,
) -> tuple[DealVerdict, dict[str, Any]]:
    """The verdict and the columns to write; the row is left as it is stored."""
    if row.archived_at is not None:
        return DealVerdict(row.id, row.name, Verdict.REFUSED, "It is archived.", row.version), {}
    if change.version is not None and change.version != row.version:
        return DealVerdict(row.id, row.name, Verdict.REFUSED, "Somebody changed it meanwhile.", row.version), {}
    stored = row.name
    try:
        changed = _apply(ask, row, change, given, stages, cmd)
        if changed and not cmd.bulk:
            touched(ask.db, row)
    except InvalidInput as refused:
        said = " ".join(dict.fromkeys([refused.message, *refused.fields.values()]))
        _put_back(row)
        return DealVerdict(row.id, stored, Verdict.REFUSED, said, row.version), {}
    write = _put_back(row)
    if not changed:
        return DealVerdict(row.id, stored, Verdict.UNCHANGED, version=row.version), {}
    return DealVerdict(row.id, write.get("name", stored), Verdict.CHANGED), write


def _put_back(row: Opportunity) -> dict[str, Any]:
    """Take back what was set on the row, so that nothing of it is flushed by itself; returns it by column."""
    state = inspect(row)
    found = {
        name: state.attrs[name].value
        for name in state.mapper.column_attrs.keys()  # noqa: SIM118 no mapping
        if name not in state.unloaded and state.attrs[name].history.has_changes()
    }
    for name in found:
        set_committed_value(row, name, state.committed_state.get(name))
    return found


def _apply(
    ask: Once,
    row: Opportunity,
    change: DealChange,
    given: Mapping[str, Any],
    stages: Mapping[int, SalesStage],
    cmd: ChangeDeals,
) -> bool:
    """Set what differs on the row; whether anything did. Raises InvalidInput."""
    house = ask.db.context
    fields = {name: value for name, value in given.items() if name != "stage_id"}
    tags = clean_tags([*(tag for tag in row.tags if tag not in set(clean_tags(change.remove_tags))), *change.add_tags])
    now = DealFields(**{name: getattr(row, name) for name in DealFields.__dataclass_fields__})
    whole = DealFields(**{**{n: getattr(now, n) for n in DealFields.__dataclass_fields__}, **fields, "tags": tags})
    today = clock.now().astimezone(house.zone).date()
    checked = check_deal(whole, base_currency=house.currency, today=max(today, row.opened_on))
    values = {name: checked[name] for name in (*fields, "tags") if checked[name] != getattr(row, name)}
    check_links(ask, values, row)
    stage = stages.get(given.get("stage_id", 0))
    if stage is None or stage.id == row.stage_id:
        check_kept(ask, row, values)
        stage = None
    for name, value in values.items():
        setattr(row, name, value)
    if stage is not None:
        enter(ask, row, stage, cmd.ending)
    return bool(values) or stage is not None


def _read(change: DealChange) -> dict[str, Any]:
    """`set` with days as days, as the API and pages send them. Raises InvalidInput."""
    found: dict[str, Any] = {}
    for name, value in change.set.items():
        if name not in (*CHANGEABLE, "stage_id"):
            raise InvalidInput(f"“{name}” cannot be changed here.", hint="Edit the deal itself.",
                               fields={"set": f"Unknown field {name}"})  # fmt: skip
        found[name] = _value(name, value)
    return found


def _value(name: str, value: Any) -> Any:
    if value is None and name not in ("stage_id", "name"):
        return None
    try:
        if name.endswith("_on"):
            return value if type(value) is dt.date else dt.date.fromisoformat(str(value))
        if name.endswith(("_id", "_minor", "_ppm")):
            if isinstance(value, bool) or int(value) != value:
                raise ValueError(value)
            return int(value)
    except (ValueError, TypeError) as error:
        raise InvalidInput(f"“{value}” does not fit {name}.", fields={"set": f"{name} is not readable"}) from error
    if not isinstance(value, str):
        raise InvalidInput(f"“{value}” does not fit {name}.", fields={"set": f"{name} is not readable"})
    return value
