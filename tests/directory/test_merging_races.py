"""Merges that meet each other or an edit: one wins, the other is told, and no figure moves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from eventos_core.db.registry import execute, read
from eventos_core.db.session import reading, unit_of_work
from eventos_core.directory import commands, queries
from eventos_core.directory.commands import EditContact, Merged, MergeRecords, RestoreContacts, UndoMerge
from eventos_core.enums.directory import MergeEntity
from eventos_core.kernel.errors import Conflict, EventOSError, InvalidInput, NotAllowedNow
from eventos_core.models.crm import Opportunity, OpportunityContact, OpportunityVersion
from eventos_core.operations.audit import chain_state
from tests import support
from tests.crm.deals import put_deal
from tests.directory.conftest import add_contact, add_organization
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database


def together(*actions: Callable[[], object]) -> list[object]:
    """Run the actions at once; their results or what they raised, in their order."""
    outcomes: dict[int, object] = {}
    ready = threading.Barrier(len(actions))

    def run(place: int, action: Callable[[], object]) -> None:
        ready.wait()
        try:
            outcomes[place] = action()
        except EventOSError as refused:
            outcomes[place] = refused

    threads = [threading.Thread(target=run, args=(place, action)) for place, action in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [outcomes[place] for place in range(len(actions))]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("entity", list(MergeEntity))
def test_of_two_who_merge_one_pair_the_second_is_told(house: TestHouse, entity: MergeEntity, turned: bool) -> None:
    if entity is MergeEntity.CONTACT:
        a, b = (add_contact(house.owner, "Ann", "One") for _ in range(2))
        command = commands.merge_contacts
    else:
        a, b = (add_organization(house.owner, "Éclat") for _ in range(2))
        command = commands.merge_organizations
    versions = read(house.owner, queries.merge_preview, entity, a, b).versions
    first, second = together(
        lambda: execute(house.owner, command, MergeRecords(a, b, versions=versions)),
        lambda: execute(
            house.owner, command,
            MergeRecords(b, a, versions=versions[::-1]) if turned else MergeRecords(a, b, versions=versions),
        ),
    )  # fmt: skip
    refused = [each for each in (first, second) if isinstance(each, NotAllowedNow)]
    assert len(refused) == 1
    assert any(isinstance(each, Merged) for each in (first, second))
    assert "archived or was merged already" in str(refused[0])


def test_one_record_goes_to_one_winner_only(house: TestHouse) -> None:
    a, b, loser = (add_contact(house.owner, "Ann", "One") for _ in range(3))
    outcomes = together(
        lambda: execute(house.owner, commands.merge_contacts, MergeRecords(a, loser)),
        lambda: execute(house.owner, commands.merge_contacts, MergeRecords(b, loser)),
    )
    assert sorted(type(each).__name__ for each in outcomes) == ["Merged", "NotAllowedNow"]
    winner = a if isinstance(outcomes[0], Merged) else b
    assert read(house.owner, queries.contact, loser).merged_into_id == winner


def test_an_edit_of_the_loser_refuses_the_merge_that_saw_it_before(house: TestHouse) -> None:
    a, b = (add_contact(house.owner, "Ann", "One") for _ in range(2))
    preview = read(house.owner, queries.merge_preview, MergeEntity.CONTACT, a, b)
    seen = read(house.owner, queries.contact, b)
    edited = EditContact(b, seen.version, replace(seen.fields, job_title="Editor"))
    edit, merge = together(
        lambda: execute(house.owner, commands.edit_contact, edited),
        lambda: execute(house.owner, commands.merge_contacts, MergeRecords(a, b, versions=preview.versions)),
    )
    if isinstance(merge, Merged):
        assert isinstance(edit, EventOSError)
        assert read(house.owner, queries.contact, a).fields.job_title is None
    else:
        assert isinstance(merge, NotAllowedNow)
        assert "changed since you looked" in str(merge)
        assert read(house.owner, queries.contact, b).fields.job_title == "Editor"


def test_what_was_merged_away_is_no_longer_edited_or_archived(house: TestHouse) -> None:
    a, b = (add_contact(house.owner, "Ann", "One") for _ in range(2))
    seen = read(house.owner, queries.contact, b)
    execute(house.owner, commands.merge_contacts, MergeRecords(a, b))
    edited = replace(seen.fields, job_title="Editor")
    with pytest.raises(Conflict, match="was merged into another one"):
        execute(house.owner, commands.edit_contact, EditContact(b, seen.version, edited))
    with pytest.raises(NotAllowedNow, match="was merged"):
        execute(house.owner, commands.restore_contacts, RestoreContacts((b,)))


def test_of_two_who_take_one_merge_back_the_second_is_told(house: TestHouse) -> None:
    a, b = (add_contact(house.owner, "Ann", "One") for _ in range(2))
    merged = execute(house.owner, commands.merge_contacts, MergeRecords(a, b))
    again = [lambda: execute(house.owner, commands.undo_merge, UndoMerge(merged.merge_id))] * 2
    assert sorted(type(each).__name__ for each in together(*again)) == ["NotAllowedNow", "Undone"]


def test_a_person_added_at_a_company_while_it_is_merged_works_at_one_in_use(house: TestHouse) -> None:
    winner, loser = (add_organization(house.owner, "Éclat") for _ in range(2))
    added, merged = together(
        lambda: add_contact(house.owner, "Ann", "One", organization_id=loser),
        lambda: execute(house.owner, commands.merge_organizations, MergeRecords(winner, loser)),
    )
    assert isinstance(merged, Merged)
    if isinstance(added, InvalidInput):
        assert "not in use" in str(added)
    else:
        assert isinstance(added, int)
        assert read(house.owner, queries.contact, added).fields.organization_id == winner


def test_no_figure_moves_and_the_audit_still_verifies(
    two_houses: tuple[TestHouse, TestHouse], database: Database
) -> None:
    house, other = two_houses
    company, double = add_organization(house.owner, "Éclat"), add_organization(house.owner, "Eclat")
    a, b = (add_contact(house.owner, "Ann", "One", organization_id=company) for _ in range(2))
    for number, stage in enumerate(("New", "Qualified", "Won")):
        deal = put_deal(
            house.owner, f"Deal {number}", stage, amount_minor=1_000 * (number + 1),
            contact_id=(a, b)[number % 2], organization_id=(company, double)[number % 2],
        )  # fmt: skip
        with unit_of_work(house.owner) as db:
            db.add_all(OpportunityContact(opportunity_id=deal, contact_id=who) for who in (a, b))
    put_deal(other.owner, "Elsewhere")

    def figures() -> tuple[object, ...]:
        with reading(house.owner) as db:
            account = db.context.account_id
            deals = db.execute(
                select(
                    Opportunity.outcome, func.count(), func.sum(Opportunity.amount_minor),
                    func.sum(Opportunity.effective_probability_ppm), func.max(Opportunity.last_edited_at),
                ).where(Opportunity.account_id == account).group_by(Opportunity.outcome).order_by(Opportunity.outcome)
            ).all()  # fmt: skip
            versions = db.scalar(
                select(func.count()).select_from(OpportunityVersion).where(OpportunityVersion.account_id == account)
            )
            parts = db.scalar(
                select(func.count(func.distinct(OpportunityContact.opportunity_id))).where(
                    OpportunityContact.account_id == account
                )
            )
        return [tuple(row) for row in deals], versions, parts

    before = figures()
    people = execute(house.owner, commands.merge_contacts, MergeRecords(a, b))
    companies = execute(house.owner, commands.merge_organizations, MergeRecords(company, double))
    assert people.dropped == 3
    assert figures() == before
    execute(house.owner, commands.undo_merge, UndoMerge(companies.merge_id))
    execute(house.owner, commands.undo_merge, UndoMerge(people.merge_id))
    assert figures() == before
    with database.as_login("migrator") as connection:
        support.seal(connection)
    chain = read(house.owner, chain_state)
    assert chain.whole
    assert chain.sealed > 0
    assert len(read(house.owner, queries.merges_of, MergeEntity.CONTACT, a)) == 1
