"""Merging two people or companies: what stays, what is refused, what comes back."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.db.session import unit_of_work
from eventos_core.directory import commands, queries
from eventos_core.directory.commands import (
    ArchiveContacts,
    ChangeBankData,
    DismissDuplicate,
    EditContact,
    MergeRecords,
    ShowBankData,
    UndoMerge,
)
from eventos_core.directory.rules.contacts import EmailEntry
from eventos_core.enums.directory import ConsentBasis, MarketingConsent, MergeEntity
from eventos_core.kernel.errors import InvalidInput, NotAllowedNow, NotFound, PermissionDenied
from eventos_core.kernel.facts import ContactsMerged
from eventos_core.kernel.permissions import Role
from tests.directory.conftest import add_contact, add_organization, names
from tests.support import TestHouse

pytestmark = pytest.mark.database


def test_the_winner_keeps_its_values_and_takes_what_it_lacks(house: TestHouse) -> None:
    a = add_contact(house.owner, "Ann", "One", "a@x.example", phone="+33612345678", tags=("vip",), city="Lyon")
    b = add_contact(
        house.owner, "Anne", "One-Two", "A@x.example", "b@x.example", phone="+33687654321", tags=("press",),
        job_title="Editor", socials={"instagram": "ann"}, do_not_contact=True,
    )  # fmt: skip
    preview = read(house.owner, queries.merge_preview, MergeEntity.CONTACT, a, b)
    assert {f.key: (f.side, f.open) for f in preview.fields if f.key in ("full_name", "organization_id")} == {
        "full_name": ("winner", True),
        "organization_id": ("loser", False),
    }
    assert preview.moves == {"contact_emails": 2, "contact_phones": 1}
    stays, goes = preview.sides
    assert (stays.id, stays.known_by, stays.place, stays.links) == (a, "a@x.example", "Lyon", 2)
    assert (goes.id, goes.name, goes.links) == (b, "Anne One-Two", 3)
    assert stays.created_at <= goes.created_at
    merged = execute(
        house.owner, commands.merge_contacts, MergeRecords(a, b, {"full_name": "loser"}, versions=preview.versions)
    )
    assert (merged.moved, merged.dropped, merged.kept) == (2, 1, 0)
    now = read(house.owner, queries.contact, a)
    assert now.name == "Anne One-Two"
    assert now.fields.job_title == "Editor"
    assert now.fields.city == "Lyon"
    assert now.fields.tags == ("press", "vip")
    assert now.fields.do_not_contact
    assert [(e.email, e.is_primary) for e in now.fields.emails] == [("a@x.example", True), ("b@x.example", False)]
    assert [p.is_primary for p in now.fields.phones] == [True, False]
    assert names(house.owner, q="one") == ["Anne One-Two"]
    gone = read(house.owner, queries.contact, b)
    assert gone.merged_into_id == a
    assert gone.archived_at is not None


def test_undo_gives_two_contacts_as_they_were(house: TestHouse) -> None:
    a = add_contact(house.owner, "Ann", "One", "a@x.example", phone="+33612345678", tags=("vip",))
    b = add_contact(house.owner, "Anne", "Two", "A@x.example", "b@x.example", tags=("press",), job_title="Editor")
    before = [read(house.owner, queries.contact, x) for x in (a, b)]
    merged = execute(house.owner, commands.merge_contacts, MergeRecords(a, b, {"full_name": "loser"}))
    undone = execute(house.owner, commands.undo_merge, UndoMerge(merged.merge_id))
    assert undone.not_restored == 0
    after = [read(house.owner, queries.contact, x) for x in (a, b)]
    for old, new in zip(before, after, strict=True):
        assert new.fields == old.fields
        assert new.version > old.version
        assert new.archived_at is None
    merges = read(house.owner, queries.merges_of, MergeEntity.CONTACT, a)
    assert len(merges) == 1
    assert merges["undone_at"].notna().all()
    with pytest.raises(NotAllowedNow, match="taken back already"):
        execute(house.owner, commands.undo_merge, UndoMerge(merged.merge_id))


def test_undo_leaves_what_was_changed_since_and_says_so(house: TestHouse) -> None:
    a = add_contact(house.owner, "Ann", "One", "a@x.example")
    b = add_contact(house.owner, "Anne", "Two", "b@x.example", job_title="Editor", city="Lyon")
    merged = execute(house.owner, commands.merge_contacts, MergeRecords(a, b))
    seen = read(house.owner, queries.contact, a)
    edited = replace(seen.fields, job_title="Publisher", emails=(EmailEntry("a@x.example"),))
    execute(house.owner, commands.edit_contact, EditContact(a, seen.version, edited))
    undone = execute(house.owner, commands.undo_merge, UndoMerge(merged.merge_id))
    assert undone.not_restored == 2
    now = read(house.owner, queries.contact, a).fields
    assert (now.job_title, now.city) == ("Publisher", None)
    assert read(house.owner, queries.contact, b).fields.emails == ()


def test_the_later_decision_on_consent_stands(house: TestHouse) -> None:
    a = add_contact(
        house.owner, "Ann", "One", marketing_consent=MarketingConsent.GRANTED, consent_basis=ConsentBasis.OPT_IN,
        consent_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )  # fmt: skip
    b = add_contact(
        house.owner, "Ann", "Two", marketing_consent=MarketingConsent.WITHDRAWN,
        consent_at=dt.datetime(2026, 5, 1, tzinfo=dt.UTC),
    )  # fmt: skip
    (consent,) = (
        field
        for field in read(house.owner, queries.merge_preview, MergeEntity.CONTACT, a, b).fields
        if field.key == "marketing_consent"
    )
    assert (consent.winner, consent.loser) == ("Granted · Opt in · 1 Jan 2026", "Withdrawn · 1 May 2026")
    execute(house.owner, commands.merge_contacts, MergeRecords(a, b))
    assert read(house.owner, queries.contact, a).fields.marketing_consent is MarketingConsent.WITHDRAWN


def test_what_cannot_be_merged_is_refused(two_houses: tuple[TestHouse, TestHouse]) -> None:
    ours, other = two_houses
    a, b = add_contact(ours.owner, "Ann", "One"), add_contact(ours.owner, "Bea", "Two")
    foreign = add_contact(other.owner, "Cleo", "Three")
    with pytest.raises(InvalidInput):
        execute(ours.owner, commands.merge_contacts, MergeRecords(a, a))
    with pytest.raises(NotFound):
        execute(ours.owner, commands.merge_contacts, MergeRecords(a, foreign))
    with pytest.raises(NotAllowedNow, match="changed since"):
        execute(ours.owner, commands.merge_contacts, MergeRecords(a, b, versions=(99, 1)))
    execute(ours.owner, commands.archive_contacts, ArchiveContacts((b,)))
    with pytest.raises(NotAllowedNow, match="archived"):
        execute(ours.owner, commands.merge_contacts, MergeRecords(a, b))
    own = read(ours.owner, queries.own_organization).organization_id
    company = add_organization(ours.owner, "Maison B")
    with pytest.raises(NotAllowedNow, match="own organisation"):
        execute(ours.owner, commands.merge_organizations, MergeRecords(company, own))
    execute(ours.owner, commands.merge_organizations, MergeRecords(own, company))


def test_a_manager_merged_with_their_report_manages_nobody_twice(house: TestHouse) -> None:
    boss = add_contact(house.owner, "Ann", "Boss")
    report = add_contact(house.owner, "Ann", "Report", reports_to_id=boss)
    third = add_contact(house.owner, "Cy", "Third", reports_to_id=report)
    merged = execute(house.owner, commands.merge_contacts, MergeRecords(boss, report))
    assert read(house.owner, queries.contact, boss).fields.reports_to_id is None
    assert read(house.owner, queries.contact, third).fields.reports_to_id == boss
    execute(house.owner, commands.undo_merge, UndoMerge(merged.merge_id))
    assert read(house.owner, queries.contact, report).fields.reports_to_id == boss
    assert read(house.owner, queries.contact, third).fields.reports_to_id == report


def test_a_chain_of_merges_is_taken_back_link_by_link(house: TestHouse) -> None:
    a, b, c = (add_contact(house.owner, "Ann", last, f"{last}@x.example") for last in ("One", "Two", "Three"))
    first = execute(house.owner, commands.merge_contacts, MergeRecords(b, a))
    second = execute(house.owner, commands.merge_contacts, MergeRecords(c, b))
    with pytest.raises(NotAllowedNow, match="Take that merge back first"):
        execute(house.owner, commands.undo_merge, UndoMerge(first.merge_id))
    execute(house.owner, commands.undo_merge, UndoMerge(second.merge_id))
    execute(house.owner, commands.undo_merge, UndoMerge(first.merge_id))
    for contact, address in ((a, "One@x.example"), (b, "Two@x.example"), (c, "Three@x.example")):
        assert [e.email for e in read(house.owner, queries.contact, contact).fields.emails] == [address]


def test_bank_data_are_sealed_anew_for_the_winner(house: TestHouse) -> None:
    a, b = add_organization(house.owner, "Éclat"), add_organization(house.owner, "Eclat SARL")
    bank = ChangeBankData(b, 1, "Eclat SARL", "FR14 2004 1010 0505 0001 3M02 606")
    execute(house.owner, commands.change_bank_data, bank)
    merged = execute(house.owner, commands.merge_organizations, MergeRecords(a, b))
    shown = execute(house.owner, commands.show_bank_data, ShowBankData(a))
    assert shown.iban == "FR1420041010050500013M02606"
    execute(house.owner, commands.undo_merge, UndoMerge(merged.merge_id))
    assert execute(house.owner, commands.show_bank_data, ShowBankData(a)).iban is None
    assert execute(house.owner, commands.show_bank_data, ShowBankData(b)).holder == "Eclat SARL"


def test_two_people_merging_the_same_pair_both_ways_do_not_deadlock(house: TestHouse) -> None:
    a, b = add_contact(house.owner, "Ann", "One"), add_contact(house.owner, "Ann", "Two")
    outcomes: list[object] = []

    def merge(winner: int, loser: int) -> None:
        try:
            outcomes.append(execute(house.owner, commands.merge_contacts, MergeRecords(winner, loser)))
        except NotAllowedNow as refused:
            outcomes.append(refused)

    threads = [threading.Thread(target=merge, args=pair) for pair in ((a, b), (b, a))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(o).__name__ for o in outcomes) == ["Merged", "NotAllowedNow"]


def test_a_merge_is_told_to_other_domains(house: TestHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr("eventos_core.directory.commands.merging.emit", lambda db, fact: told.append(fact))
    a, b = add_contact(house.owner, "Ann", "One"), add_contact(house.owner, "Ann", "Two")
    merged = execute(house.owner, commands.merge_contacts, MergeRecords(a, b))
    assert told == [ContactsMerged(merged.merge_id, a, b)]


def test_members_without_the_right_to_manage_the_team_can_merge_a_member(house: TestHouse) -> None:
    sales = house.member(Role.MEMBER, grants=("contacts.merge",), name="Sam Sales")
    member = int(read(house.owner, queries.contacts, queries.ContactFilter(q="sam sales")).frame["id"].iloc[0])
    contact = add_contact(house.owner, "Sam", "Seller")
    merged = execute(sales, commands.merge_contacts, MergeRecords(contact, member))
    assert read(sales, queries.contact, contact).is_member
    execute(sales, commands.undo_merge, UndoMerge(merged.merge_id))
    assert read(sales, queries.contact, member).is_member
    assert not read(sales, queries.contact, contact).is_member


def test_merging_needs_its_own_permission(house: TestHouse) -> None:
    a, b = add_contact(house.owner, "Ann", "One", "s@x.example"), add_contact(house.owner, "Ann", "Two", "s@x.example")
    member, manager = house.member(Role.MEMBER), house.member(Role.MANAGER)
    with pytest.raises(PermissionDenied):
        execute(member, commands.merge_contacts, MergeRecords(a, b))
    with pytest.raises(PermissionDenied):
        read(member, queries.merge_preview, MergeEntity.CONTACT, a, b)
    with pytest.raises(PermissionDenied):
        execute(member, commands.dismiss_duplicate, DismissDuplicate(MergeEntity.CONTACT, a, b))
    merged = execute(manager, commands.merge_contacts, MergeRecords(a, b))
    with pytest.raises(PermissionDenied):
        execute(member, commands.undo_merge, UndoMerge(merged.merge_id))
    execute(manager, commands.undo_merge, UndoMerge(merged.merge_id))


def test_pairs_found_to_be_different_are_not_proposed_again(house: TestHouse) -> None:
    a = add_contact(house.owner, "Ann", "One", "s@x.example", owner_id=house.owner_member_id)
    b = add_contact(house.owner, "Bea", "Two", "S@x.example")
    pairs = read(house.owner, queries.possible_duplicates, owner_id=house.owner_member_id)
    assert list(pairs["first_id"]) == [a]
    from eventos_core.operations.needs import needs

    assert any("same person" in need.title for need in read(house.owner, needs))
    for _ in range(2):
        execute(house.owner, commands.dismiss_duplicate, DismissDuplicate(MergeEntity.CONTACT, b, a))
    assert read(house.owner, queries.possible_duplicates).empty
    assert not any("same person" in need.title for need in read(house.owner, needs))


def test_before_images_past_their_time_cannot_be_used(house: TestHouse) -> None:
    from sqlalchemy import text

    a, b = add_contact(house.owner, "Ann", "One"), add_contact(house.owner, "Ann", "Two")
    merged = execute(house.owner, commands.merge_contacts, MergeRecords(a, b))
    with unit_of_work(house.owner) as db:
        db.execute(text("update merges set before_expires_at = now() where id = :i"), {"i": merged.merge_id})
    with pytest.raises(NotAllowedNow, match="no longer"):
        execute(house.owner, commands.undo_merge, UndoMerge(merged.merge_id))


def test_organisations_of_one_name_are_told_apart_by_domain(house: TestHouse) -> None:
    a = add_organization(house.owner, "Maison", domain="maison.example")
    b = add_organization(house.owner, "Maison", domain="maison.test")
    preview = read(house.owner, queries.merge_preview, MergeEntity.ORGANIZATION, a, b)
    assert [(side.id, side.name, side.known_by) for side in preview.sides] == [
        (a, "Maison", "maison.example"), (b, "Maison", "maison.test")
    ]  # fmt: skip
