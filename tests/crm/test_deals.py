"""Deals written through commands: created, edited, moved, won, lost, reopened, changed in bulk."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import (
    ArchiveDeals,
    ChangeDeals,
    CreateDeal,
    DealChange,
    EditDeal,
    Ending,
    LoseDeal,
    MoveDeal,
    PutDealPerson,
    RemoveDealPerson,
    ReopenDeal,
    RestoreDeals,
    Verdict,
    WinDeal,
)
from eventos_core.crm.commands.pipelines import AddPipeline, add_pipeline
from eventos_core.crm.queries import Attention, DealDetail, DealFilter
from eventos_core.crm.rules.deals import DealFields
from eventos_core.db.facts import on
from eventos_core.db.registry import execute, read
from eventos_core.db.session import TenantSession, unit_of_work
from eventos_core.enums.crm import OpportunityRole, StageKind
from eventos_core.events.commands import edit_event
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import Credential
from eventos_core.kernel.errors import (
    Conflict,
    EditConflict,
    InvalidInput,
    NotAllowedNow,
    NotFound,
    PermissionDenied,
)
from eventos_core.kernel.facts import Fact, OpportunityLost, OpportunityReopened, OpportunityWon
from eventos_core.kernel.permissions import Role
from eventos_core.models.crm import Opportunity
from tests import support
from tests.crm.deals import change_stage, lost_reason, put_deal, stages
from tests.directory.conftest import add_contact, add_organization
from tests.events.rows import add_event, edit_of

_seen: list[Fact] = []


@on(OpportunityWon)
def _note_won(db: TenantSession, fact: OpportunityWon) -> None:
    _seen.append(fact)


@on(OpportunityLost)
def _note_lost(db: TenantSession, fact: OpportunityLost) -> None:
    _seen.append(fact)


@on(OpportunityReopened)
def _note_reopened(db: TenantSession, fact: OpportunityReopened) -> None:
    _seen.append(fact)


@pytest.fixture(autouse=True)
def _forget() -> None:
    _seen.clear()


def _deal(who: Credential, deal_id: int) -> DealDetail:
    return read(who, queries.deal, deal_id)


def _sales(house: support.TestHouse, name: str = "Sol Sales") -> Credential:
    return house.member(Role.MEMBER, grants=("sales.write",), name=name)


def test_a_deal_begins_in_the_first_stage_with_a_new_company(house: support.TestHouse) -> None:
    who = _sales(house)
    made = execute(
        who, commands.create_deal,
        CreateDeal(DealFields(name="Front row", amount_minor=1_200_000), new_organization="Lumen Cosmetics"),
    )  # fmt: skip
    found = _deal(who, made.opportunity_id)
    assert (found.stage, found.outcome, found.organization) == ("New", StageKind.OPEN, "Lumen Cosmetics")
    assert (found.probability_ppm, found.value_minor, found.weighted_minor) == (50_000, 1_200_000, 60_000)
    assert found.fields.currency == "EUR" and found.created_by == "Sol Sales"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
def test_who_may_not_sell_moves_and_makes_nothing(house: support.TestHouse, role: Role) -> None:
    deal = put_deal(house.owner)
    other = stages(house.owner)["Qualified"]
    who = house.member(role)
    assert _deal(who, deal).stage == "New"
    calls: list[tuple[Any, Any]] = [
        (commands.move_deal, MoveDeal(deal, other)),
        (commands.create_deal, CreateDeal(DealFields(name="No"))),
        (commands.win_deal, WinDeal(deal)),
        (commands.lose_deal, LoseDeal(deal, lost_reason(house.owner))),
        (commands.reopen_deal, ReopenDeal(deal)),
        (commands.change_deals, ChangeDeals((DealChange(deal, {"name": "x"}),))),
        (commands.archive_deals, ArchiveDeals((deal,))),
        (commands.put_deal_person, PutDealPerson(deal, 1)),
        (commands.attach_deal_file, commands.AttachDealFile(deal, "a.pdf", b"x")),
    ]
    for run, given in calls:
        with pytest.raises(PermissionDenied):
            execute(who, run, given)
    assert _deal(house.owner, deal).stage == "New"


def test_who_may_not_read_sales_reads_no_deal(house: support.TestHouse) -> None:
    deal = put_deal(house.owner)
    who = house.member(Role.VIEWER, denials=("sales.read",))
    for run, args in ((queries.deals, ()), (queries.deal, (deal,)), (queries.deal_totals, ())):
        with pytest.raises(PermissionDenied):
            read(who, run, *args)  # type: ignore[arg-type]


def test_another_house_s_deal_stage_and_people_do_not_exist(
    two_houses: tuple[support.TestHouse, support.TestHouse],
) -> None:
    ours, theirs = two_houses
    deal, foreign = put_deal(ours.owner), put_deal(theirs.owner)
    with pytest.raises(NotFound):
        execute(ours.owner, commands.move_deal, MoveDeal(foreign, stages(ours.owner)["Won"]))
    with pytest.raises(NotFound):
        execute(ours.owner, commands.move_deal, MoveDeal(deal, stages(theirs.owner)["Won"]))
    with pytest.raises(InvalidInput):
        execute(ours.owner, commands.put_deal_person, PutDealPerson(deal, add_contact(theirs.owner, "A", "B")))
    judged = execute(ours.owner, commands.change_deals, ChangeDeals((DealChange(foreign, {"name": "x"}),)))
    assert [one.verdict for one in judged.verdicts] == [Verdict.REFUSED]
    assert list(read(ours.owner, queries.deals).frame["id"]) == [deal]


def test_an_edit_meets_somebody_else_s_only_where_both_changed(house: support.TestHouse) -> None:
    deal = put_deal(house.owner, amount_minor=100)
    base = _deal(house.owner, deal)
    mine = DealFields(**{**_values(base.fields), "source": "Fair"})
    theirs = DealFields(**{**_values(base.fields), "product": "Gold"})
    execute(_sales(house), commands.edit_deal, EditDeal(deal, base.version, theirs, base=base.fields))
    execute(house.owner, commands.edit_deal, EditDeal(deal, base.version, mine, base=base.fields))
    now = _deal(house.owner, deal)
    assert (now.fields.source, now.fields.product) == ("Fair", "Gold")
    clash = DealFields(**{**_values(base.fields), "product": "Silver"})
    with pytest.raises(EditConflict) as caught:
        execute(house.owner, commands.edit_deal, EditDeal(deal, base.version, clash, base=base.fields))
    assert (caught.value.theirs, caught.value.mine) == ({"product": "Gold"}, {"product": "Silver"})


def _values(fields: DealFields) -> dict[str, Any]:
    return {name: getattr(fields, name) for name in DealFields.__dataclass_fields__}


def test_winning_stamps_the_day_and_tells_others(house: support.TestHouse) -> None:
    event = add_event(house.owner).event_id
    company = add_organization(house.owner, "Lumen")
    deal = put_deal(house.owner, stage="Proposal", event_id=event, organization_id=company)
    won = execute(_sales(house), commands.win_deal, WinDeal(deal))
    found = _deal(house.owner, deal)
    today = clock.now().astimezone(dt.UTC).date()
    assert (won.outcome, found.stage, found.effective_probability_ppm) == (StageKind.WON, "Won", 1_000_000)
    assert found.closed_on is not None and abs((found.closed_on - today).days) <= 1
    assert _seen == [OpportunityWon(deal, "sponsorship", event, company)]
    again = execute(house.owner, commands.win_deal, WinDeal(deal))
    assert not again.moved and len(_seen) == 1


def test_losing_needs_a_reason_and_other_needs_a_note(house: support.TestHouse) -> None:
    deal = put_deal(house.owner, stage="Proposal")
    with pytest.raises(InvalidInput) as caught:
        execute(house.owner, commands.lose_deal, LoseDeal(deal))
    assert list(caught.value.fields) == ["lost_reason_id"]
    other = lost_reason(house.owner, "Other")
    with pytest.raises(InvalidInput) as caught:
        execute(house.owner, commands.move_deal, MoveDeal(deal, stages(house.owner)["Lost"], ending=Ending(other)))
    assert list(caught.value.fields) == ["lost_note"]
    execute(house.owner, commands.lose_deal, LoseDeal(deal, other, "They merged"))
    found = _deal(house.owner, deal)
    assert (found.outcome, found.lost_reason, found.lost_note) == (StageKind.LOST, "Other", "They merged")
    assert _seen == [OpportunityLost(deal, other)]


def _moves(house: support.TestHouse, deal: int) -> list[tuple[str, str]]:
    moments = read(house.owner, queries.deal_timeline, deal).moments
    return [(one.title, one.body) for one in moments if one.kind == "stage"]


def test_the_timeline_names_the_pipelines_of_a_move_from_one_to_another(house: support.TestHouse) -> None:
    execute(house.owner, add_pipeline, AddPipeline("Venues"))
    deal = put_deal(house.owner, stage="Proposal")
    execute(house.owner, commands.move_deal, MoveDeal(deal, stages(house.owner, "Venues")["New"]))
    execute(house.owner, commands.win_deal, WinDeal(deal))
    assert [title for title, _ in _moves(house, deal)] == [
        "New → Won", "Sales: Proposal → Venues: New", "Began in Proposal"
    ]  # fmt: skip


def test_the_timeline_says_why_a_deal_was_lost_each_time(house: support.TestHouse) -> None:
    deal = put_deal(house.owner, stage="Proposal")
    execute(house.owner, commands.lose_deal, LoseDeal(deal, lost_reason(house.owner, "Timing"), "After the summer"))
    execute(house.owner, commands.reopen_deal, ReopenDeal(deal))
    reopened = [("Lost → Proposal", ""), ("Proposal → Lost", "Timing · After the summer"), ("Began in Proposal", "")]
    assert _moves(house, deal) == reopened
    execute(house.owner, commands.lose_deal, LoseDeal(deal, lost_reason(house.owner)))
    assert _moves(house, deal) == [("Proposal → Lost", "Budget"), *reopened]
    told = read(house.owner, queries.deal_timeline, deal).moments
    assert not [change for one in told for change in one.changes if change.column.startswith("lost")]
    with unit_of_work(house.owner) as db:
        db.get_one(Opportunity, (house.account_id, deal)).lost_note = "Less than half"
    assert _moves(house, deal)[0] == ("Proposal → Lost", "Budget · Less than half")
    told = read(house.owner, queries.deal_timeline, deal).moments
    assert [change.after for one in told for change in one.changes] == ["Less than half"]


def test_reopening_goes_back_to_the_last_open_stage_and_clears_the_closing(house: support.TestHouse) -> None:
    deal = put_deal(house.owner, stage="New")
    execute(house.owner, commands.move_deal, MoveDeal(deal, stages(house.owner)["Negotiation"]))
    execute(house.owner, commands.lose_deal, LoseDeal(deal, lost_reason(house.owner)))
    with pytest.raises(InvalidInput):
        execute(house.owner, commands.reopen_deal, ReopenDeal(deal, stages(house.owner)["Won"]))
    execute(house.owner, commands.reopen_deal, ReopenDeal(deal))
    found = _deal(house.owner, deal)
    assert (found.stage, found.closed_on, found.lost_reason_id) == ("Negotiation", None, None)
    assert _seen[-1] == OpportunityReopened(deal, "lost")
    with pytest.raises(NotAllowedNow):
        execute(house.owner, commands.reopen_deal, ReopenDeal(deal))


@pytest.mark.parametrize(("day", "ok"), [(-400, False), (-10, True), (0, True), (1, False)])
def test_a_deal_closes_between_its_first_day_and_today(house: support.TestHouse, day: int, ok: bool) -> None:
    today = clock.now().astimezone(ZoneInfo("Europe/Paris")).date()
    deal = put_deal(house.owner, opened_on=today - dt.timedelta(days=30))
    given = WinDeal(deal, closed_on=today + dt.timedelta(days=day))
    if ok:
        execute(house.owner, commands.win_deal, given)
        assert _deal(house.owner, deal).closed_on == given.closed_on
        return
    with pytest.raises(InvalidInput) as caught:
        execute(house.owner, commands.win_deal, given)
    assert list(caught.value.fields) == ["closed_on"]


def test_a_stage_demands_its_fields_on_every_path(house: support.TestHouse) -> None:
    proposal = stages(house.owner)["Proposal"]
    change_stage(house.owner, "Proposal", required_fields=["organization_id", "expected_close_on"])
    deal = put_deal(house.owner)
    company = add_organization(house.owner, "Lumen")
    with pytest.raises(InvalidInput) as caught:
        execute(house.owner, commands.move_deal, MoveDeal(deal, proposal))
    assert list(caught.value.fields) == ["organization_id", "expected_close_on"]
    with pytest.raises(InvalidInput):
        execute(house.owner, commands.create_deal, CreateDeal(DealFields(name="x"), stage_id=proposal))
    change = DealChange(deal, {"stage_id": proposal})
    judged = execute(house.owner, commands.change_deals, ChangeDeals((change,)))
    assert judged.verdicts[0].verdict == Verdict.REFUSED and "organisation" in judged.verdicts[0].reason
    fields = DealFields(name="Deal", organization_id=company, expected_close_on=dt.date(2027, 1, 1))
    execute(house.owner, commands.edit_deal, EditDeal(deal, _deal(house.owner, deal).version, fields))
    execute(house.owner, commands.move_deal, MoveDeal(deal, proposal))
    with pytest.raises(InvalidInput) as caught:
        emptied = DealFields(name="Deal", organization_id=company)
        execute(house.owner, commands.edit_deal, EditDeal(deal, _deal(house.owner, deal).version, emptied))
    assert list(caught.value.fields) == ["expected_close_on"]


def test_a_move_says_who_moved_it_where(house: support.TestHouse) -> None:
    ids = stages(house.owner)
    deal = put_deal(house.owner)
    execute(_sales(house, "Ana Rossi"), commands.move_deal, MoveDeal(deal, ids["Qualified"], ids["New"]))
    # Somebody else's later edit of another field does not take the blame.
    execute(_sales(house, "Bo"), commands.change_deals, ChangeDeals((DealChange(deal, {"source": "Fair"}),)))
    with pytest.raises(EditConflict) as caught:
        execute(house.owner, commands.move_deal, MoveDeal(deal, ids["Proposal"], ids["New"]))
    assert "Ana Rossi" in caught.value.message and "Qualified" in caught.value.message
    assert _deal(house.owner, deal).stage == "Qualified"


def test_a_double_drop_moves_once(house: support.TestHouse) -> None:
    ids = stages(house.owner)
    deal = put_deal(house.owner)
    before = _deal(house.owner, deal).version
    drop = MoveDeal(deal, ids["Qualified"], ids["New"])
    results = [
        execute(house.owner, commands.move_deal, drop, idempotency_key="drop-1"),
        execute(house.owner, commands.move_deal, drop, idempotency_key="drop-1"),
        execute(house.owner, commands.move_deal, drop, idempotency_key="drop-2"),
    ]
    assert [one.moved for one in results] == [True, True, False]
    assert _deal(house.owner, deal).version == before + 1


def test_two_people_drag_one_card_at_once_and_one_of_them_hears_of_it(house: support.TestHouse) -> None:
    ids = stages(house.owner)
    people = [_sales(house, "Ana"), _sales(house, "Bo")]
    for _ in range(4):
        deal = put_deal(house.owner)
        barrier, answers = threading.Barrier(2), []

        def drag(who: Credential, to: str, deal: int = deal, barrier: threading.Barrier = barrier,
                 answers: list[str] = answers) -> None:  # fmt: skip
            barrier.wait()
            try:
                execute(who, commands.move_deal, MoveDeal(deal, ids[to], ids["New"]))
                answers.append(to)
            except EditConflict as conflict:
                answers.append(conflict.message)

        threads = [threading.Thread(target=drag, args=pair)
                   for pair in zip(people, ("Qualified", "Proposal"), strict=True)]  # fmt: skip
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        moved = [one for one in answers if one in ids]
        told = [one for one in answers if one not in ids]
        assert len(moved) == 1 and len(told) == 1
        assert moved[0] in told[0]
        assert _deal(house.owner, deal).stage == moved[0]


def test_bulk_changes_give_each_deal_a_verdict_and_leave_its_last_touch(house: support.TestHouse) -> None:
    ids = stages(house.owner)
    first, second, third = (put_deal(house.owner, name) for name in ("One", "Two", "Three"))
    execute(house.owner, commands.archive_deals, ArchiveDeals((third,)))
    touched = _deal(house.owner, first).last_edited_at
    day = dt.date(2027, 2, 1)
    changes = (
        DealChange(first, {"stage_id": ids["Qualified"], "expected_close_on": "2027-02-01"}, add_tags=("VIP",)),
        DealChange(second, {"expected_close_on": day}, version=99),
        DealChange(third, {"expected_close_on": day}),
    )
    judged = execute(house.owner, commands.change_deals, ChangeDeals(changes, bulk=True))
    assert [one.verdict for one in judged.verdicts] == [Verdict.CHANGED, Verdict.REFUSED, Verdict.REFUSED]
    found = _deal(house.owner, first)
    assert (found.stage, found.fields.expected_close_on, found.fields.tags) == ("Qualified", day, ("vip",))
    assert found.last_edited_at == touched
    same = execute(house.owner, commands.change_deals, ChangeDeals((changes[0],), bulk=True))
    assert same.verdicts[0].verdict == Verdict.UNCHANGED
    execute(house.owner, commands.change_deals, ChangeDeals((DealChange(first, {"next_step": "Call"}),)))
    assert _deal(house.owner, first).last_edited_at > touched


def test_a_bulk_change_runs_as_many_statements_for_many_deals_as_for_two(
    house: support.TestHouse, statements: list[str]
) -> None:
    ids, counts = stages(house.owner), []
    event = add_event(house.owner, "Gala").event_id
    for number in (2, 12):
        deals = [put_deal(house.owner, f"Deal {n}") for n in range(number)]
        given = {"stage_id": ids["Qualified"], "event_id": event, "source": "Fair"}
        changes = tuple(DealChange(deal, given, add_tags=("vip",)) for deal in deals)
        statements.clear()
        judged = execute(house.owner, commands.change_deals, ChangeDeals(changes, bulk=True))
        counts.append(len([sent for sent in statements if "app.enter" not in sent]))
        assert judged.count(Verdict.CHANGED) == number
        assert {one.version for one in judged.verdicts} == {2}
    assert counts == [5, 5]


def test_what_is_refused_halfway_leaves_nothing_of_itself(house: support.TestHouse) -> None:
    ids = stages(house.owner)
    fine, early = put_deal(house.owner, "One"), put_deal(house.owner, "Two", opened_on=dt.date(2026, 6, 1))
    changes = tuple(
        DealChange(deal, {"name": "Renamed", "stage_id": ids["Won"], "source": "Fair"}) for deal in (fine, early)
    )
    ending = Ending(closed_on=dt.date(2026, 2, 1))
    judged = execute(house.owner, commands.change_deals, ChangeDeals(changes, ending))
    assert [(one.name, one.verdict, one.version) for one in judged.verdicts] == [
        ("Renamed", Verdict.CHANGED, 2), ("Two", Verdict.REFUSED, 1)
    ]  # fmt: skip
    left = _deal(house.owner, early)
    assert (left.fields.name, left.fields.source, left.stage, left.version) == ("Two", None, "New", 1)


def test_a_bulk_loss_asks_for_the_reason_once(house: support.TestHouse) -> None:
    ids = stages(house.owner)
    pair = put_deal(house.owner, "One"), put_deal(house.owner, "Two")
    changes = tuple(DealChange(deal, {"stage_id": ids["Lost"]}) for deal in pair)
    refused = execute(house.owner, commands.change_deals, ChangeDeals(changes, bulk=True))
    assert {one.verdict for one in refused.verdicts} == {Verdict.REFUSED}
    assert [_deal(house.owner, deal).stage for deal in pair] == ["New", "New"]
    ending = Ending(lost_reason(house.owner))
    done = execute(house.owner, commands.change_deals, ChangeDeals(changes, ending, bulk=True))
    assert done.count(Verdict.CHANGED) == 2 and len(_seen) == 2


@pytest.mark.parametrize(
    "given", [{"probability_ppm": 1}, {"amount_minor": "1.5"}, {"owner_id": True}, {"expected_close_on": "soon"}]
)
def test_a_change_of_what_cannot_be_set_is_refused_whole(house: support.TestHouse, given: dict[str, Any]) -> None:
    deal = put_deal(house.owner)
    with pytest.raises(InvalidInput):
        execute(house.owner, commands.change_deals, ChangeDeals((DealChange(deal, given),)))


def test_archived_deals_leave_lists_and_come_back(house: support.TestHouse) -> None:
    deal = put_deal(house.owner)
    execute(house.owner, commands.archive_deals, ArchiveDeals((deal,), _deal(house.owner, deal).version))
    assert read(house.owner, queries.deals).frame.empty
    with pytest.raises(Conflict):
        execute(house.owner, commands.move_deal, MoveDeal(deal, stages(house.owner)["Qualified"]))
    assert list(read(house.owner, queries.deals, DealFilter(archived=True)).frame["id"]) == [deal]
    execute(house.owner, commands.restore_deals, RestoreDeals((deal,)))
    assert list(read(house.owner, queries.deals).frame["id"]) == [deal]


def test_people_take_part_once_each_with_a_role(house: support.TestHouse) -> None:
    deal, person = put_deal(house.owner), add_contact(house.owner, "Ida", "Berg", "ida@lumen.example")
    execute(house.owner, commands.put_deal_person, PutDealPerson(deal, person, OpportunityRole.CHAMPION))
    execute(house.owner, commands.put_deal_person, PutDealPerson(deal, person, OpportunityRole.FINANCE, "Signs"))
    found = read(house.owner, queries.deal_people, deal)
    assert found[["name", "email", "role", "note"]].values.tolist() == [
        ["Ida Berg", "ida@lumen.example", "finance", "Signs"]
    ]
    assert list(read(house.owner, queries.deals, DealFilter(contact=person)).frame["id"]) == [deal]
    execute(house.owner, commands.remove_deal_person, RemoveDealPerson(deal, person))
    assert read(house.owner, queries.deal_people, deal).empty
    with pytest.raises(NotFound):
        execute(house.owner, commands.remove_deal_person, RemoveDealPerson(deal, person))


def test_lists_are_searched_by_company_and_person_and_paged(house: support.TestHouse) -> None:
    company = add_organization(house.owner, "Éclat Cosmetics")
    person = add_contact(house.owner, "Ida", "Berg")
    first = put_deal(house.owner, "Front row", organization_id=company, expected_close_on=dt.date(2027, 1, 2))
    second = put_deal(house.owner, "Back row", contact_id=person, expected_close_on=dt.date(2027, 1, 1))
    third = put_deal(house.owner, "Lounge", tags=["vip"])

    def ids(**wanted: Any) -> list[int]:
        return list(read(house.owner, queries.deals, DealFilter(**wanted)).frame["id"])

    assert ids(q="eclat") == [first] and ids(q="berg row") == [second] and ids(q="100%") == []
    assert ids(tag=("vip",)) == [third] and ids() == [second, first, third]
    assert ids(close_to=dt.date(2027, 1, 1)) == [second]
    assert ids(close_from=dt.date(2027, 1, 2)) == [first, third]
    seen: list[int] = []
    cursor = None
    while True:
        found = read(house.owner, queries.deals, cursor=cursor, size=1)
        seen += list(found.frame["id"])
        cursor = found.next
        if cursor is None:
            break
    assert seen == [second, first, third]
    with pytest.raises(InvalidInput):
        read(house.owner, queries.deals, DealFilter(sort="colour"))
    assert read(house.owner, queries.deals_counted, DealFilter(), 2) == 2


def test_attention_finds_what_rots_is_overdue_or_comes_too_late(house: support.TestHouse) -> None:
    now = clock.now()
    event = add_event(house.owner).event_id
    execute(house.owner, edit_event, edit_of(house.owner, event, assets_due_at=now + dt.timedelta(days=5)))
    old = now - dt.timedelta(days=30)
    rotten = put_deal(house.owner, "Old", stage="Proposal", stage_entered_at=old, last_edited_at=old)
    fresh = put_deal(house.owner, "Fresh", stage="Proposal", next_step="Call")
    late = put_deal(house.owner, "Late", event_id=event, expected_close_on=(now + dt.timedelta(days=9)).date())
    overdue = put_deal(house.owner, "Overdue", expected_close_on=(now - dt.timedelta(days=3)).date())

    def ids(attention: Attention) -> list[int]:
        return sorted(read(house.owner, queries.deals, DealFilter(attention=attention)).frame["id"])

    assert ids(Attention.ROTTING) == [rotten]
    assert ids(Attention.OVERDUE) == [overdue]
    assert ids(Attention.TOO_LATE) == [late]
    assert fresh not in ids(Attention.NO_NEXT_STEP)
    assert _deal(house.owner, rotten).rotting and not _deal(house.owner, fresh).rotting
    neglected = _deal(house.owner, rotten)
    assert (neglected.untouched_days, neglected.allowed_days) == (30, neglected.stage_days)
    assert _deal(house.owner, fresh).untouched_days == 0
    assert _deal(house.owner, late).too_late


def test_totals_convert_and_say_what_has_no_value(house: support.TestHouse) -> None:
    put_deal(house.owner, stage="Proposal", amount_minor=1001)
    put_deal(house.owner, amount_minor=None)
    put_deal(house.owner, currency="USD")
    totals = read(house.owner, queries.deal_totals)
    assert (totals.count, totals.value_minor, totals.weighted_minor) == (3, 1001, 400)
    assert (totals.without_value, totals.without_rate, totals.currency) == (1, 1, "EUR")
