"""What every command on deals checks of the records it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import select

from eventos_core.db.session import TenantSession
from eventos_core.directory.commands.checks import Names, check_exists, check_owner
from eventos_core.enums.crm import StageKind
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput, NotFound
from eventos_core.models.crm import LostReason, Opportunity, SalesPipeline, SalesStage
from eventos_core.models.directory import Contact, Organization
from eventos_core.models.events import Event
from eventos_core.models.tenancy import AccountUser

MOST = 1000
"""Deals that one command takes."""

T = TypeVar("T")


class Once:
    """Asks the database each question once, for commands that ask it for each of many deals."""

    def __init__(self, db: TenantSession) -> None:
        self.db = db
        self._answers: dict[Any, Any] = {}

    def __call__(self, question: Callable[..., T], *given: Any) -> T:
        """What `question(db, *given)` answers; the InvalidInput that it raised the first time is raised again."""
        asked = (question, *given)
        if asked not in self._answers:
            try:
                self._answers[asked] = question(self.db, *given)
            except InvalidInput as refused:
                self._answers[asked] = refused
        answer: T = self._answers[asked]
        if isinstance(answer, InvalidInput):
            raise answer
        return answer


def stage_in_use(db: TenantSession, stage_id: int) -> SalesStage:
    """The stage, share-locked so that it is not archived meanwhile; taken before deals are locked.

    Raises NotFound, InvalidInput for one that is not in use.
    """
    row = db.scalars(
        select(SalesStage)
        .where(SalesStage.account_id == db.context.account_id, SalesStage.id == stage_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound("This stage does not exist.", hint="Choose one of the pipeline.")
    if row.archived_at is not None:
        raise InvalidInput("This stage is not in use.", fields={"stage_id": "Choose a stage that is in use"})
    return row


def stage_of_kind(db: TenantSession, like: int, kind: StageKind, *, last: bool = False) -> SalesStage:
    """The first (or last) stage in use of that kind in the pipeline of stage `like`. Raises NotFound."""
    pipeline = (
        select(SalesStage.pipeline_id)
        .where(SalesStage.account_id == db.context.account_id, SalesStage.id == like)
        .scalar_subquery()
    )
    order = SalesStage.position.desc() if last else SalesStage.position
    found = db.scalar(
        select(SalesStage.id)
        .where(
            SalesStage.account_id == db.context.account_id,
            SalesStage.pipeline_id == pipeline,
            SalesStage.kind == kind,
            SalesStage.archived_at.is_(None),
        )
        .order_by(order)
        .limit(1)
    )
    if found is None:
        raise NotFound(f"This pipeline has no stage for {kind.label.lower()} deals.", hint="Add one under Settings.")
    return stage_in_use(db, found)


def first_stage(db: TenantSession) -> SalesStage:
    """Where a new deal goes when nothing says otherwise: the default pipeline's first open stage. Raises NotFound."""
    found = db.scalar(
        select(SalesStage.id)
        .join(
            SalesPipeline,
            (SalesPipeline.account_id == SalesStage.account_id) & (SalesPipeline.id == SalesStage.pipeline_id),
        )
        .where(
            SalesStage.account_id == db.context.account_id,
            SalesStage.kind == StageKind.OPEN,
            SalesStage.archived_at.is_(None),
            SalesPipeline.archived_at.is_(None),
        )
        .order_by(SalesPipeline.is_default.desc(), SalesPipeline.position, SalesStage.position)
        .limit(1)
    )
    if found is None:
        raise NotFound("There is no pipeline with an open stage.", hint="Add one under Settings.")
    return stage_in_use(db, found)


def reason_in_use(db: TenantSession, reason_id: int | None) -> LostReason:
    """The reason for which a deal is lost. Raises InvalidInput for none or one that is not in use, NotFound."""
    if reason_id is None:
        raise InvalidInput("A lost deal needs a reason.", fields={"lost_reason_id": "Choose why it was lost"})
    row = db.scalars(
        select(LostReason).where(LostReason.account_id == db.context.account_id, LostReason.id == reason_id)
    ).one_or_none()
    if row is None:
        raise NotFound("This reason does not exist.", hint="Choose one of the list.")
    if row.archived_at is not None:
        raise InvalidInput("This reason is off the list.", fields={"lost_reason_id": "Choose one that is in use"})
    return row


def check_links(ask: Once, values: Mapping[str, Any], row: Opportunity | None) -> None:
    """Raises InvalidInput for a changed link that leads nowhere; unchanged ones may lead to what was archived since."""

    def changed(name: str) -> bool:
        return name in values and (row is None or getattr(row, name) != values[name])

    if changed("organization_id"):
        ask(_check_organization, values["organization_id"])
    if changed("contact_id"):
        ask(_check_contact, values["contact_id"])
    if changed("owner_id"):
        ask(check_owner, values["owner_id"])
    if changed("event_id"):
        ask(check_event, values["event_id"])


def _check_organization(db: TenantSession, organization_id: int | None) -> None:
    check_exists(db, Organization, organization_id, field="organization_id")


def _check_contact(db: TenantSession, contact_id: int | None) -> None:
    check_exists(db, Contact, contact_id, field="contact_id")


def check_event(db: TenantSession, event_id: int | None) -> None:
    """Raises InvalidInput unless the event is in this house and in use."""
    if event_id is None:
        return
    found = db.scalar(
        select(Event.id).where(
            Event.account_id == db.context.account_id, Event.id == event_id, Event.archived_at.is_(None)
        )
    )
    if found is None:
        raise InvalidInput("This event is not in use.", fields={"event_id": "Choose one that is in use"})


def locked_deals(db: TenantSession, ids: Iterable[int]) -> Sequence[Opportunity]:
    """The deals of this house among `ids`, locked in order of id. Raises InvalidInput for none or too many."""
    wanted = sorted(set(ids))
    if not wanted:
        raise InvalidInput("Choose at least one deal.")
    if len(wanted) > MOST:
        raise InvalidInput(f"At most {MOST} deals at once.", hint="Choose fewer.")
    return db.scalars(
        select(Opportunity)
        .where(Opportunity.account_id == db.context.account_id, Opportunity.id.in_(wanted))
        .order_by(Opportunity.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def touched(db: TenantSession, row: Opportunity) -> None:
    """A person worked on the deal: rotting counts from now."""
    if db.context.member_id is not None:
        row.last_edited_at = clock.now()


NAMES: Names = {
    "organization_id": (Organization, Organization.name),
    "contact_id": (Contact, Contact.full_name),
    "event_id": (Event, Event.name),
    "owner_id": (AccountUser, AccountUser.display_name),
    "stage_id": (SalesStage, SalesStage.name),
}
"""What records that a deal names are called, for conflicts."""
