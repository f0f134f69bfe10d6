"""Lost reasons, kinds of meeting, exchange rates, quotas: who may change them, conflicts, two houses apart."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from eventos_core.crm.commands import meeting_types as meetings
from eventos_core.crm.commands import quotas, rates, reasons
from eventos_core.crm.commands.meeting_types import AddMeetingType, EditMeetingType, OneMeetingType
from eventos_core.crm.commands.quotas import CopyTargets, SetTargets, TargetRow
from eventos_core.crm.commands.rates import AddRate, EditRate, ImportRates, RemoveRate
from eventos_core.crm.commands.reasons import AddLostReason, EditLostReason, MoveLostReason, OneLostReason
from eventos_core.crm.queries import meeting_types as meeting_queries
from eventos_core.crm.queries import rates as rate_queries
from eventos_core.crm.queries import settings as queries
from eventos_core.crm.queries import targets as target_queries
from eventos_core.crm.queries.rates import RateFilter
from eventos_core.crm.rules.meeting_types import BookableHours, MeetingQuestion, MeetingTypeFields
from eventos_core.db.registry import execute, read
from eventos_core.db.session import reading
from eventos_core.enums.analytics import TargetPeriod
from eventos_core.kernel.errors import (
    AlreadyExists,
    Conflict,
    EditConflict,
    FileRefused,
    InvalidInput,
    NotAllowedNow,
    NotFound,
    PermissionDenied,
)
from eventos_core.kernel.permissions import Permission, Role
from eventos_core.models.crm import Opportunity
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations.trash import RestoreArchived, TrashFilter, TrashItem, restore_archived, trash
from eventos_core.tenancy import commands as team
from tests.crm.deals import change_deal, lost_reason, put_deal
from tests.directory.conftest import counted
from tests.events import rows
from tests.support import Database, TestHouse, look_alikes

pytestmark = pytest.mark.database
Two = tuple[TestHouse, TestHouse]
NOV, DEC = dt.date(2026, 11, 1), dt.date(2026, 12, 1)
MONTH = TargetPeriod.MONTH


@pytest.fixture
def houses(two_houses: Two) -> Two:
    return two_houses


@pytest.fixture(scope="module")
def shared(database: Database) -> Iterator[Two]:
    """For tests that change nothing."""
    yield look_alikes()


def reason_of(house: TestHouse, name: str, *, archived: bool = False) -> queries.LostReasonShown:
    return next(one for one in read(house.owner, queries.lost_reasons, archived=archived) if one.name == name)


def names(house: TestHouse) -> list[str]:
    return [one.name for one in read(house.owner, queries.lost_reasons)]


def member_id(who: Any) -> int:
    with reading(who) as db:
        assert db.context.member_id is not None
        return db.context.member_id


def deal_of(house: TestHouse, deal_id: int) -> Opportunity:
    with reading(house.owner) as db:
        statement = select(Opportunity).where(
            Opportunity.account_id == db.context.account_id, Opportunity.id == deal_id
        )
        return db.scalars(statement).one()


def test_reasons_are_added_renamed_ordered_and_archived_and_lost_deals_keep_theirs(houses: Two) -> None:
    ours, theirs = houses
    budget = lost_reason(ours.owner)
    deal = put_deal(ours.owner, stage="Lost", lost_reason_id=budget)
    added = execute(ours.owner, reasons.add_lost_reason, AddLostReason("  Price  too high ", requires_note=True))
    execute(ours.owner, reasons.move_lost_reason, MoveLostReason(added.reason_id, 0))
    assert names(ours)[:3] == ["Price too high", "Budget", "Timing"]
    one = reason_of(ours, "Budget")
    execute(ours.owner, reasons.edit_lost_reason, EditLostReason(one.id, one.version, "No budget", True))
    assert read(ours.owner, queries.lost_reason_uses) == {budget: 1}
    one = reason_of(ours, "No budget")
    execute(ours.owner, reasons.archive_lost_reason, OneLostReason(one.id, one.version))
    assert "No budget" not in names(ours)
    assert deal_of(ours, deal).lost_reason_id == budget
    listed = read(ours.owner, trash, TrashFilter("", "lost_reasons")).frame
    given = RestoreArchived((TrashItem("lost_reasons", budget, int(listed["version"].iloc[0])),))
    assert execute(ours.owner, restore_archived, given).verdicts[0].restored
    assert names(ours)[-1] == "No budget"
    assert names(theirs)[0] == "Budget"


def test_reasons_refuse_a_taken_name_an_old_version_and_the_last_one_s_end(houses: Two) -> None:
    ours, theirs = houses
    seen = reason_of(ours, "Timing")
    execute(ours.owner, reasons.edit_lost_reason, EditLostReason(seen.id, seen.version, "Too late"))
    with pytest.raises(EditConflict) as conflict:
        execute(ours.owner, reasons.edit_lost_reason, EditLostReason(seen.id, seen.version, "Too early"))
    assert conflict.value.theirs == {"name": "Too late"}
    with pytest.raises(EditConflict):
        execute(ours.owner, reasons.archive_lost_reason, OneLostReason(seen.id, seen.version))
    with pytest.raises(AlreadyExists):
        execute(ours.owner, reasons.add_lost_reason, AddLostReason("budget"))
    with pytest.raises(InvalidInput):
        execute(ours.owner, reasons.add_lost_reason, AddLostReason("  "))
    strange = reason_of(theirs, "Timing")
    for command, given in (
        (reasons.edit_lost_reason, EditLostReason(strange.id, strange.version, "X")),
        (reasons.move_lost_reason, MoveLostReason(strange.id, 0)),
        (reasons.archive_lost_reason, OneLostReason(strange.id, strange.version)),
        (reasons.restore_lost_reason, OneLostReason(strange.id, strange.version)),
    ):
        with pytest.raises(NotFound):
            execute(ours.owner, command, given)  # type: ignore[arg-type]
    *others, last = read(ours.owner, queries.lost_reasons)
    for one in others:
        now = reason_of(ours, one.name)
        execute(ours.owner, reasons.archive_lost_reason, OneLostReason(now.id, now.version))
    last = reason_of(ours, last.name)
    with pytest.raises(NotAllowedNow, match="last reason"):
        execute(ours.owner, reasons.archive_lost_reason, OneLostReason(last.id, last.version))
    gone = reason_of(ours, "Too late", archived=True)
    with pytest.raises(Conflict, match="archived"):
        execute(ours.owner, reasons.move_lost_reason, MoveLostReason(gone.id, 0))


HOURS = (BookableHours(1, dt.time(9), dt.time(12)), BookableHours(5, dt.time(14), dt.time(18)))


def types(house: TestHouse, *, archived: bool = False) -> dict[str, meeting_queries.MeetingTypeShown]:
    return {one.name: one for one in read(house.owner, meeting_queries.meeting_types, archived=archived)}


def test_a_kind_of_meeting_is_made_changed_archived_and_brought_back(houses: Two) -> None:
    ours, theirs = houses
    host = member_id(ours.member(Role.MANAGER))
    event = rows.add_event(ours.owner)
    given = MeetingTypeFields(
        "Showroom appointment", 45, event_id=event.event_id, host_id=host, hours=HOURS, buffer_after_minutes=15,
        questions=(MeetingQuestion("Which looks?", required=True),),
    )  # fmt: skip
    made = execute(ours.owner, meetings.add_meeting_type, AddMeetingType(given))
    again = execute(ours.owner, meetings.add_meeting_type, AddMeetingType(given))
    assert (made.slug, again.slug) == ("showroom-appointment", "showroom-appointment-2")
    elsewhere = execute(
        theirs.owner, meetings.add_meeting_type, AddMeetingType(MeetingTypeFields("Showroom appointment", 45))
    )
    assert elsewhere.slug == "showroom-appointment"
    shown = next(one for one in read(ours.owner, meeting_queries.meeting_types) if one.id == made.meeting_type_id)
    assert (shown.hours, shown.host_id, shown.timezone) == (HOURS, host, "Europe/Paris")
    assert shown.questions == (MeetingQuestion("Which looks?", required=True),)
    edited = MeetingTypeFields("Sponsor call", 30, slug="call", public=True)
    execute(ours.owner, meetings.edit_meeting_type, EditMeetingType(shown.id, shown.version, edited))
    with pytest.raises(EditConflict):
        execute(ours.owner, meetings.edit_meeting_type, EditMeetingType(shown.id, shown.version, given))
    call = types(ours)["Sponsor call"]
    assert (call.slug, call.duration_minutes, call.hours, call.host) == ("call", 30, (), None)
    execute(ours.owner, meetings.archive_meeting_type, OneMeetingType(call.id, call.version))
    assert "Sponsor call" not in types(ours)
    with pytest.raises(Conflict, match="archived"):
        now = types(ours, archived=True)["Sponsor call"]
        execute(ours.owner, meetings.edit_meeting_type, EditMeetingType(now.id, now.version, edited))
    execute(ours.owner, restore_archived, RestoreArchived((TrashItem("meeting_types", call.id, call.version + 1),)))
    assert "Sponsor call" in types(ours)


def test_a_kind_of_meeting_takes_nothing_of_another_house_and_no_link_in_use(houses: Two) -> None:
    ours, theirs = houses
    execute(ours.owner, meetings.add_meeting_type, AddMeetingType(MeetingTypeFields("Call", 30, slug="call")))
    for wrong, error in (
        ({"host_id": member_id(theirs.owner)}, InvalidInput),
        ({"event_id": rows.add_event(theirs.owner).event_id}, NotFound),
        ({"slug": "call"}, AlreadyExists),
        ({"slug": "Not a slug"}, InvalidInput),
        ({"hours": (BookableHours(1, dt.time(9), dt.time(8)),)}, InvalidInput),
    ):
        with pytest.raises(error):
            execute(ours.owner, meetings.add_meeting_type, AddMeetingType(MeetingTypeFields("Call 2", 30, **wrong)))  # type: ignore[arg-type]
    strange = execute(theirs.owner, meetings.add_meeting_type, AddMeetingType(MeetingTypeFields("Theirs", 30)))
    for command in (meetings.archive_meeting_type, meetings.restore_meeting_type):
        with pytest.raises(NotFound):
            execute(ours.owner, command, OneMeetingType(strange.meeting_type_id, strange.version))


def in_force(house: TestHouse, on: dt.date | None = None) -> dict[str, int]:
    return {one.from_currency: one.rate_e12 for one in read(house.owner, rate_queries.rates_in_force, on)}


def test_a_rate_entered_either_way_converts_deals_and_leaves_closed_ones(houses: Two) -> None:
    ours, theirs = houses
    put_deal(ours.owner, currency="USD")
    assert read(ours.owner, rate_queries.currencies_without_rate) == {"USD": 1}
    made = execute(ours.owner, rates.add_rate, AddRate(dt.date(2026, 1, 1), "EUR", "USD", "1.25"))
    execute(ours.owner, rates.add_rate, AddRate(dt.date(2026, 1, 1), "GBP", "EUR", "1,1765"))
    assert in_force(ours) == {"GBP": 1_176_500_000_000, "USD": 800_000_000_000}
    assert in_force(ours, dt.date(2025, 12, 31)) == {}
    assert read(ours.owner, rate_queries.currencies_without_rate) == {}
    closed = put_deal(ours.owner, stage="Won", currency="USD")
    with pytest.raises(AlreadyExists):
        execute(ours.owner, rates.add_rate, AddRate(dt.date(2026, 1, 1), "USD", "EUR", "0.8"))
    execute(ours.owner, rates.edit_rate, EditRate(made.rate_id, made.version, "USD", "EUR", "0.9"))
    assert in_force(ours)["USD"] == 900_000_000_000
    assert deal_of(ours, closed).rate_to_base_e12 == 800_000_000_000
    for wrong in (
        EditRate(made.rate_id, made.version + 1, "USD", "GBP", "0.9"),
        EditRate(made.rate_id, made.version + 1, "EUR", "USD", "0"),
    ):
        with pytest.raises(InvalidInput):
            execute(ours.owner, rates.edit_rate, wrong)
    with pytest.raises(EditConflict):
        execute(ours.owner, rates.edit_rate, EditRate(made.rate_id, made.version, "USD", "EUR", "0.7"))
    with pytest.raises(EditConflict):
        execute(ours.owner, rates.remove_rate, RemoveRate(made.rate_id, made.version))
    with pytest.raises(NotFound):
        execute(theirs.owner, rates.remove_rate, RemoveRate(made.rate_id, made.version + 1))
    execute(ours.owner, rates.remove_rate, RemoveRate(made.rate_id, made.version + 1))
    assert set(in_force(ours)) == {"GBP"}
    assert deal_of(ours, closed).rate_to_base_e12 == 800_000_000_000
    for given in (("USD", "JPY", "1"), ("USD", "XXY", "1"), ("USD", "EUR", "x")):
        with pytest.raises(InvalidInput):
            execute(ours.owner, rates.add_rate, AddRate(dt.date(2026, 1, 2), *given))


ECB = b"Date,USD,JPY,\n2026-11-27,1.0837,162.34,\n2026-11-26,1.08,N/A,\n2026-11-25,oops,161,\n"


def test_a_file_of_rates_adds_keeps_or_replaces_what_stands_there(houses: Two) -> None:
    ours, theirs = houses
    day = dt.date(2026, 11, 27)
    execute(ours.owner, rates.add_rate, AddRate(day, "USD", "EUR", "0.5"))
    first = execute(ours.owner, rates.import_rates, ImportRates("eurofxref.csv", ECB))
    assert (first.added, first.changed, first.kept, first.refused) == (3, 0, 1, 1)
    assert first.refusals[0].value == "oops"
    assert in_force(ours, day)["USD"] == 500_000_000_000
    again = execute(ours.owner, rates.import_rates, ImportRates("eurofxref.csv", ECB, replace=True))
    assert (again.added, again.changed, again.kept) == (0, 1, 3)
    assert in_force(ours, day)["USD"] == 922_764_602_750
    late = execute(ours.owner, rates.import_rates, ImportRates("eurofxref.csv", ECB, since=dt.date(2026, 11, 28)))
    assert (late.added, late.kept, late.refused) == (0, 0, 0)
    with pytest.raises(FileRefused):
        execute(ours.owner, rates.import_rates, ImportRates("people.csv", b"Name,Mail\nAna,a@b.example\n"))
    assert in_force(theirs) == {}


def test_rates_are_listed_by_page_in_one_query_and_come_back_as_an_import(houses: Two) -> None:
    ours, theirs = houses
    execute(ours.owner, rates.import_rates, ImportRates("eurofxref.csv", ECB))
    with counted() as sent:
        page = read(ours.owner, rate_queries.exchange_rates, size=2)
    assert len(sent) == 1
    days = list(zip(page.frame["day"], page.frame["from_currency"], strict=True))
    assert days == [("2026-11-27", "JPY"), ("2026-11-27", "USD")]
    rest = read(ours.owner, rate_queries.exchange_rates, cursor=page.next, size=2).frame
    assert list(zip(rest["day"], rest["from_currency"], strict=True)) == [("2026-11-26", "USD"), ("2026-11-25", "JPY")]
    dollars = read(ours.owner, rate_queries.exchange_rates, RateFilter("usd", dt.date(2026, 11, 26))).frame
    assert dollars["day"].tolist() == ["2026-11-26"]
    assert read(ours.owner, rate_queries.exchange_rates_counted, RateFilter(), 100) == 4
    one = read(ours.owner, rate_queries.exchange_rate, int(dollars["id"].iloc[0]))
    with pytest.raises(NotFound):
        read(theirs.owner, rate_queries.exchange_rate, one.id)


def sheet(house: TestHouse, day: dt.date = NOV, period: TargetPeriod = MONTH) -> target_queries.TargetSheet:
    return read(house.owner, target_queries.target_sheet, period, day)


def put(house: TestHouse, starts_on: dt.date, *given: TargetRow, period: TargetPeriod = MONTH) -> quotas.TargetsSaved:
    return execute(house.owner, quotas.set_targets, SetTargets(period, starts_on, given))


def test_quotas_and_targets_are_set_summed_and_copied_to_the_next_period(houses: Two) -> None:
    ours, theirs = houses
    owner, seller = member_id(ours.owner), member_id(ours.member(Role.MANAGER, name="Ana"))
    viewer = member_id(ours.member(Role.VIEWER, name="Vic"))
    event = rows.add_event(ours.owner)
    saved = put(
        ours, NOV, TargetRow(value_minor=300_000_00), TargetRow(owner, value_minor=100_000_00),
        TargetRow(seller, value_minor=80_000_00), TargetRow(event_id=event.event_id, value_minor=50_000_00),
    )  # fmt: skip
    assert saved.written == 4
    now = sheet(ours)
    assert (now.house.value_minor, now.people_minor, now.events_minor) == (300_000_00, 180_000_00, 50_000_00)
    assert {one.member_id for one in now.people} == {owner, seller}  # who only reads sales has no quota to enter
    assert viewer not in {one.member_id for one in now.people}
    assert put(ours, NOV, TargetRow(seller, value_minor=80_000_00, version=1)).written == 0
    assert put(ours, DEC, TargetRow(seller, value_minor=90_000_00)).written == 1

    copied = execute(ours.owner, quotas.copy_targets, CopyTargets(MONTH, DEC))
    assert (copied.written, copied.kept) == (1, 1)
    december = {one.member_id: (one.value_minor, one.before_minor) for one in sheet(ours, DEC).people}
    assert december == {owner: (100_000_00, 100_000_00), seller: (90_000_00, 80_000_00)}
    assert sheet(ours, DEC).house.value_minor is None
    assert execute(ours.owner, quotas.copy_targets, CopyTargets(MONTH, DEC, everything=True)).written == 2
    totals = {one.label: one for one in read(ours.owner, target_queries.target_totals, MONTH, NOV)}
    assert len(totals) == 12
    november = totals["Nov 2026"]
    assert (november.house_minor, november.people_minor, november.people) == (300_000_00, 180_000_00, 2)
    assert totals["Dec 2026"].people_minor == 190_000_00
    assert sheet(theirs).people_minor == 0
    with pytest.raises(NotAllowedNow, match="nothing to take over"):
        execute(theirs.owner, quotas.copy_targets, CopyTargets(MONTH, DEC))

    put(ours, NOV, TargetRow(seller, value_minor=None, version=1))
    assert sheet(ours).people_minor == 100_000_00


def test_targets_meet_another_edit_a_wrong_day_and_another_house(houses: Two) -> None:
    ours, theirs = houses
    owner = member_id(ours.owner)
    put(ours, NOV, TargetRow(owner, value_minor=1))
    with pytest.raises(EditConflict):
        put(ours, NOV, TargetRow(owner, value_minor=2))
    put(ours, NOV, TargetRow(owner, value_minor=2, version=1))
    with pytest.raises(EditConflict) as conflict:
        put(ours, NOV, TargetRow(value_minor=9), TargetRow(owner, value_minor=3, version=1))
    assert conflict.value.theirs == {f"target_{owner}_0": 2}
    assert sheet(ours).house.value_minor is None, "all or none"
    for wrong in (
        (dt.date(2026, 11, 2), TargetRow(value_minor=1)),
        (NOV, TargetRow(value_minor=-1)),
    ):
        with pytest.raises(InvalidInput):
            put(ours, *wrong)
    with pytest.raises(InvalidInput):
        put(ours, NOV, TargetRow(value_minor=1), TargetRow(value_minor=2))
    with pytest.raises(InvalidInput):
        put(ours, NOV)
    with pytest.raises(NotFound):
        put(ours, NOV, TargetRow(member_id(theirs.owner), value_minor=1))
    with pytest.raises(NotFound):
        put(ours, NOV, TargetRow(event_id=rows.add_event(theirs.owner).event_id, value_minor=1))


def test_who_left_keeps_a_quota_in_the_past_and_gets_no_new_one(houses: Two) -> None:
    ours, _ = houses
    seller = member_id(ours.member(Role.MANAGER, name="Ana"))
    put(ours, NOV, TargetRow(seller, value_minor=5), TargetRow(member_id(ours.owner), value_minor=7))
    with reading(ours.owner) as db:
        version = db.scalar(
            select(AccountUser.version).where(AccountUser.account_id == db.context.account_id, AccountUser.id == seller)
        )
    assert version is not None
    execute(ours.owner, team.disable_member, team.DisableMember(seller, version))
    assert sheet(ours).people_minor == 12
    assert execute(ours.owner, quotas.copy_targets, CopyTargets(MONTH, DEC)).written == 1
    with pytest.raises(InvalidInput, match="left"):
        put(ours, DEC, TargetRow(seller, value_minor=5))


def test_two_who_set_the_same_target_at_once_leave_one(houses: Two) -> None:
    ours, _ = houses
    met: list[Exception] = []
    gate = threading.Barrier(4)

    def run(value: int) -> None:
        gate.wait()
        try:
            put(ours, NOV, TargetRow(value_minor=value))
        except Exception as error:
            met.append(error)

    threads = [threading.Thread(target=run, args=(value,)) for value in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(error) for error in met] == [EditConflict] * 3
    assert sheet(ours).house.value_minor in range(1, 5)


def test_only_who_may_set_up_sales_changes_lists_and_who_reads_sales_sees_them(shared: Two) -> None:
    ours, _ = shared
    one = reason_of(ours, "Budget")
    tries: tuple[tuple[Any, Any], ...] = (
        (reasons.add_lost_reason, AddLostReason("X")),
        (reasons.edit_lost_reason, EditLostReason(one.id, one.version, one.name)),
        (reasons.move_lost_reason, MoveLostReason(one.id, 0)),
        (reasons.archive_lost_reason, OneLostReason(one.id, one.version)),
        (reasons.restore_lost_reason, OneLostReason(one.id, one.version)),
        (meetings.add_meeting_type, AddMeetingType(MeetingTypeFields("X", 30))),
        (meetings.edit_meeting_type, EditMeetingType(1, 1, MeetingTypeFields("X", 30))),
        (meetings.archive_meeting_type, OneMeetingType(1, 1)),
        (meetings.restore_meeting_type, OneMeetingType(1, 1)),
        (rates.add_rate, AddRate(NOV, "USD", "EUR", "1")),
        (rates.edit_rate, EditRate(1, 1, "USD", "EUR", "1")),
        (rates.remove_rate, RemoveRate(1, 1)),
        (rates.import_rates, ImportRates("x.csv", ECB)),
        (quotas.set_targets, SetTargets(MONTH, NOV, (TargetRow(value_minor=1),))),
        (quotas.copy_targets, CopyTargets(MONTH, NOV)),
    )
    for who in (ours.member(Role.MANAGER), ours.member(Role.VIEWER)):
        for command, given in tries:
            with pytest.raises(PermissionDenied):
                execute(who, command, given)
    reads: tuple[tuple[Any, tuple[Any, ...]], ...] = (
        (queries.lost_reasons, ()),
        (queries.lost_reason_uses, ()),
        (meeting_queries.meeting_types, ()),
        (rate_queries.rates_in_force, ()),
        (rate_queries.currencies_without_rate, ()),
        (rate_queries.exchange_rates, ()),
        (rate_queries.exchange_rates_counted, (RateFilter(), 5)),
        (target_queries.target_sheet, (MONTH, NOV)),
        (target_queries.target_totals, (MONTH, NOV)),
    )
    blind = ours.member(Role.VIEWER, denials=(Permission.SALES_READ.value,))
    for query, arguments in reads:
        read(ours.member(Role.VIEWER), query, *arguments)
        with pytest.raises(PermissionDenied):
            read(blind, query, *arguments)
    allowed = ours.member(Role.MEMBER, grants=(Permission.SALES_SETTINGS.value,))
    execute(allowed, reasons.edit_lost_reason, EditLostReason(one.id, one.version, one.name))


def test_lists_take_the_same_few_queries_whatever_is_stored(houses: Two) -> None:
    ours, _ = houses
    wanted: tuple[tuple[int, Any, tuple[Any, ...]], ...] = (
        (1, meeting_queries.meeting_types, ()),
        (1, rate_queries.rates_in_force, ()),
        (1, rate_queries.currencies_without_rate, ()),
        (4, target_queries.target_sheet, (MONTH, NOV)),
        (2, target_queries.target_totals, (MONTH, NOV)),
    )
    for name in ("A", "B", "C"):
        for number, query, arguments in wanted:
            with counted() as sent:
                read(ours.owner, query, *arguments)
            assert len(sent) == number, sent
        execute(ours.owner, meetings.add_meeting_type, AddMeetingType(MeetingTypeFields(name, 30)))
        put(ours, NOV, TargetRow(member_id(ours.member(Role.MANAGER, name=name)), value_minor=1))
        change_deal(ours.owner, put_deal(ours.owner), currency="USD")
