"""Pairs that may be one: what is compared, how sure it is, what is left out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.dialects.postgresql import dialect

from eventos_core.db import urls
from eventos_core.db.registry import execute, read
from eventos_core.db.session import reading
from eventos_core.directory import commands, queries
from eventos_core.directory.commands import (
    ArchiveContacts,
    CreateContact,
    DismissDuplicate,
    MergeRecords,
    ProposeAgain,
)
from eventos_core.directory.queries import DuplicateFilter
from eventos_core.directory.queries.duplicates import NEAR
from eventos_core.directory.queries.duplicates import _found as pairs_statement
from eventos_core.directory.rules.contacts import ContactFields, EmailEntry, PhoneEntry
from eventos_core.directory.rules.duplicates import Sign, explain
from eventos_core.enums.directory import MergeEntity
from eventos_core.kernel.errors import AlreadyExists, NotFound, PermissionDenied
from eventos_core.kernel.permissions import Role
from eventos_core.operations.lists import keyset
from tests.directory.conftest import add_contact, add_organization, counted
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database

Two = tuple[TestHouse, TestHouse]
COMPANIES = MergeEntity.ORGANIZATION


def found(house: TestHouse, **wanted: object) -> list[tuple[int, int, int, str]]:
    """(first, second, points, why) of every pair under that filter."""
    given = DuplicateFilter(**{"possible": True, **wanted})  # type: ignore[arg-type]
    frame = read(house.owner, queries.duplicates, given).frame
    return [(r.first_id, r.second_id, r.score_ppm // 10_000, r.why) for r in frame.itertuples()]


def test_people_are_found_by_address_number_and_name(two_houses: Two) -> None:
    house, other = two_houses
    company = add_organization(house.owner, "Éclat")
    a = add_contact(house.owner, "Léa", "Fournier", "Lea@X.example")
    b = add_contact(house.owner, "Lea", "Fournier", "lea@x.example")
    c = add_contact(house.owner, "Tom", "Berger", phone="06 12 34 56 78", country="FR")
    d = add_contact(house.owner, "Thomas", "Berger", phone="+33 6 12 34 56 78")
    e = add_contact(house.owner, "Zoë", "Müller", organization_id=company)
    f = add_contact(house.owner, "zoe", "muller", organization_id=company)
    add_contact(other.owner, "Léa", "Fournier", "lea@x.example", phone="+33612345678")
    assert found(house) == [
        (a, b, 95, "Same e-mail and same name"),
        (c, d, 55, "Same phone and similar name"),
        (e, f, 50, "Same name and same organisation"),
    ]
    shared = read(house.owner, queries.duplicates).frame
    assert list(shared["shared"]) == ["lea@x.example", "33612345678", ""]
    assert [row[:2] for row in found(house, by="phone")] == [(c, d)]
    assert [row[:2] for row in found(house, by="name")] == [(a, b), (e, f)]


def test_an_address_or_number_under_two_names_is_less_sure(house: TestHouse) -> None:
    a = add_contact(house.owner, "Ann", "Dubois", "desk@x.example", phone="+33 1 99 00 10 10")
    b = add_contact(house.owner, "Olu", "Okafor", "desk@x.example")
    c = add_contact(house.owner, "Kim", "Wexler", phone="+33 1 99 00 10 10")
    assert found(house) == [
        (a, b, 50, "Same e-mail, though the names differ"),
        (a, c, 25, "Same phone, though the names differ"),
    ]
    assert [row[:2] for row in found(house, possible=False)] == [(a, b)]
    counts = read(house.owner, queries.duplicates_counted)
    assert (counts.likely, counts.possible, counts.dismissed) == (1, 1, 0)


def test_a_name_alone_pairs_nobody_of_two_companies(house: TestHouse) -> None:
    here, there = add_organization(house.owner, "Éclat"), add_organization(house.owner, "Lumen")
    a = add_contact(house.owner, "Ann", "One", organization_id=here)
    add_contact(house.owner, "Ann", "One", organization_id=there)
    assert found(house) == []
    nowhere = add_contact(house.owner, "Ann", "One")
    assert (a, nowhere, 35, "Same name") in found(house)
    assert found(house, possible=False) == []


def test_companies_are_found_by_domain_and_name(two_houses: Two) -> None:
    house, other = two_houses
    a = add_organization(house.owner, "Éclat", domain="eclat.example")
    b = add_organization(house.owner, "ECLAT", domain="https://www.eclat.example/fr")
    c = add_organization(house.owner, "Lumen Paris", domain="lumen.example")
    d = add_organization(house.owner, "Obscura", domain="lumen.example")
    add_organization(other.owner, "Éclat", domain="eclat.example")
    assert found(house, entity=COMPANIES) == [
        (a, b, 99, "Same domain and same name"),
        (c, d, 50, "Same domain, though the names differ"),
    ]
    assert [row[:2] for row in found(house, entity=COMPANIES, by="name")] == [(a, b)]


def test_a_list_under_one_address_costs_no_square(house: TestHouse) -> None:
    ids = [add_contact(house.owner, "No", str(n), "info@x.example") for n in range(NEAR + 3)]
    pairs = [row[:2] for row in found(house, by="email")]
    assert sorted(pairs) == [(a, b) for a, b in itertools.combinations(ids, 2) if ids.index(b) - ids.index(a) <= NEAR]


def test_what_is_archived_merged_or_dismissed_is_left_out_until_it_returns(house: TestHouse) -> None:
    a, b, c = (add_contact(house.owner, "Ann", "One", "a@x.example") for _ in range(3))
    assert [row[:2] for row in found(house)] == [(a, b), (a, c), (b, c)]
    execute(house.owner, commands.archive_contacts, ArchiveContacts((c,)))
    assert [row[:2] for row in found(house)] == [(a, b)]
    execute(house.owner, commands.dismiss_duplicate, DismissDuplicate(MergeEntity.CONTACT, b, a, "Mother and daughter"))
    assert found(house) == []
    assert read(house.owner, queries.duplicates_counted).dismissed == 1
    told = read(house.owner, queries.dismissed_duplicates)
    assert list(told["reason"]) == ["Mother and daughter"]
    given = ProposeAgain(int(told["id"].iloc[0]))
    execute(house.owner, commands.propose_again, given)
    assert [row[:2] for row in found(house)] == [(a, b)]
    with pytest.raises(NotFound):
        execute(house.owner, commands.propose_again, given)
    execute(house.owner, commands.merge_contacts, MergeRecords(a, b))
    assert found(house) == []


def test_a_group_is_merged_pair_by_pair(house: TestHouse) -> None:
    a, b, c = (add_contact(house.owner, "Ann", "One", f"{n}@x.example", "ann@x.example") for n in "abc")
    left = [b, c]
    while not (pairs := read(house.owner, queries.duplicates_of, MergeEntity.CONTACT, a)).empty:
        assert list(pairs["second_id"]) == left
        execute(house.owner, commands.merge_contacts, MergeRecords(a, left.pop(0)))
    assert left == []
    assert len(read(house.owner, queries.contact, a).fields.emails) == 4


def test_pages_of_pairs_lead_on_and_back(house: TestHouse) -> None:
    for number in range(5):
        for _ in range(2):
            add_contact(house.owner, "Ann", f"No{number}", f"{number}@x.example")
    first = read(house.owner, queries.duplicates, size=2)
    second = read(house.owner, queries.duplicates, cursor=first.next, size=2)
    third = read(house.owner, queries.duplicates, cursor=second.next, size=2)
    assert third.next is None
    ids = [int(i) for page in (first, second, third) for i in page.frame["first_id"]]
    assert len(set(ids)) == 5
    back = read(house.owner, queries.duplicates, cursor=third.previous, size=2)
    assert back.frame.equals(second.frame)


def test_pairs_of_an_owner_are_those_with_one_of_theirs(house: TestHouse) -> None:
    mine = add_contact(house.owner, "Ann", "One", "a@x.example", owner_id=house.owner_member_id)
    theirs = add_contact(house.owner, "Ann", "One", "a@x.example")
    for _ in range(2):
        add_contact(house.owner, "Bea", "Two", "b@x.example")
    assert [row[:2] for row in found(house, owner=house.owner_member_id)] == [(mine, theirs)]
    near = read(house.owner, queries.possible_duplicates, owner_id=house.owner_member_id)
    assert list(near["first_id"]) == [mine]


def test_lists_of_pairs_take_one_statement_each(two_houses: Two) -> None:
    house, other = two_houses
    for who in (house, other):
        for _ in range(2):
            add_contact(who.owner, "Ann", "One", "a@x.example")
    for query, arguments in (
        (queries.duplicates, ()),
        (queries.duplicates_counted, ()),
        (queries.dismissed_duplicates, ()),
    ):
        with counted() as sent:
            read(house.owner, query, *arguments)
        assert len(sent) == 1, sent
    assert len(found(house)) == len(found(other)) == 1


def test_the_search_reads_the_house_s_own_rows_by_index(two_houses: Two, database: Database) -> None:
    """Beside a house that is many times larger: nothing of it is read and thrown away."""
    house, other = two_houses
    _fill(database, (house, 300), (other, 6000), known=True)
    assert read(house.owner, queries.duplicates_counted).likely > 100
    nodes = _worked(house)
    scans = [n for n in nodes if n.get("Relation Name") in ("contacts", "contact_emails", "contact_phones")]
    assert len(scans) >= 5
    for node in scans:
        assert node["Node Type"] != "Seq Scan", node
        assert node["Actual Rows"] * node["Actual Loops"] <= 400, node
        assert node.get("Rows Removed by Filter", 0) <= 400, node


def test_rows_that_came_a_moment_ago_are_not_nested_deeply(two_houses: Two, database: Database) -> None:
    """Without statistics the planner takes a few hundred rows for one and nests: pairs of them, nothing deeper."""
    house = two_houses[0]
    _fill(database, (house, 400), known=False)
    with database.as_login("migrator", autocommit=True) as connection:
        keeper = [house.owner_member_id, house.account_id]
        connection.execute("update contacts set owner_id = %s where account_id = %s", keeper)
    visited = sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Join Filter", 0))
        * node["Actual Loops"]
        for node in _worked(house, house.owner_member_id)
    )
    assert visited < 20 * 400 * 400  # a third level would make it 400 times that


def _fill(database: Database, *houses: tuple[TestHouse, int], known: bool) -> None:
    """So many people in each house, each twice; `known` = the planner has counted them."""
    engine = create_engine(urls.normalise(database.admin), isolation_level="AUTOCOMMIT")
    with engine.connect() as admin:
        for who, many in houses:
            setting = (
                "select set_config('search_path', 'public,extensions', false), set_config('app.account_id', :a, false)"
            )
            admin.execute(text(setting), {"a": str(who.account_id)})
            for statement in (
                "insert into contacts (account_id, full_name) select :a, 'Person ' || i % (:n / 2) from"
                " generate_series(1, :n) i",
                "insert into contact_emails (account_id, contact_id, email) select account_id, id, 'p' || id % (:n / 2)"
                " || '@x.example' from contacts where account_id = :a and full_name like 'Person %'",
                "insert into contact_phones (account_id, contact_id, number) select account_id, id, '+3361234' ||"
                " id % (:n / 2) from contacts where account_id = :a and full_name like 'Person %'",
            ):
                admin.execute(text(statement), {"a": who.account_id, "n": many})
        if known:
            admin.execute(text("analyze"))
    engine.dispose()


def _worked(house: TestHouse, owner: int | None = None) -> list[dict[str, Any]]:
    """The nodes of the plan by which the pairs of the house are found, as worked."""
    with reading(house.owner) as db:
        statement, order = pairs_statement(db.context.account_id, DuplicateFilter(owner=owner))
        plain = keyset(statement, order, None).compile(dialect=dialect(), compile_kwargs={"literal_binds": True})
        plan = db.scalar(text(f"explain (analyze, format json) {plain}"))
    return list(_nodes(plan[0]["Plan"]))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def test_creating_a_contact_warns_of_the_same_signs(two_houses: Two) -> None:
    house, other = two_houses
    company = add_organization(house.owner, "Éclat")
    add_contact(house.owner, "Léa", "Fournier", "lea@x.example", phone="+33612345678", organization_id=company)
    add_contact(other.owner, "Zoé", "Petit", "zoe@x.example")

    def create(first: str, last: str, email: str = "", phone: str = "", organization_id: int | None = None) -> None:
        fields = ContactFields(country="FR",
            first_name=first, last_name=last, emails=(EmailEntry(email),) if email else (),
            phones=(PhoneEntry(phone),) if phone else (), organization_id=organization_id,
        )  # fmt: skip
        execute(house.owner, commands.create_contact, CreateContact(fields))

    with pytest.raises(AlreadyExists, match=r"Léa Fournier has the address lea@x\.example"):
        create("L.", "F.", "LEA@x.example")
    with pytest.raises(AlreadyExists, match=r"Léa Fournier has the number \+33612345678"):
        create("Lea", "Fournier-Roy", phone="06 12 34 56 78")
    with pytest.raises(AlreadyExists, match="Léa Fournier is there already, at the same organisation"):
        create("lea", "FOURNIER", organization_id=company)
    create("Olu", "Okafor", phone="+33612345678")
    create("Lea", "Fournier")
    create("Zoé", "Petit", "zoe@x.example")


def test_only_who_may_merge_looks_through_pairs(house: TestHouse) -> None:
    a, b = (add_contact(house.owner, "Ann", "One", "a@x.example") for _ in range(2))
    execute(house.owner, commands.dismiss_duplicate, DismissDuplicate(MergeEntity.CONTACT, a, b))
    dismissal = int(read(house.owner, queries.dismissed_duplicates)["id"].iloc[0])
    member, manager = house.member(Role.MEMBER), house.member(Role.MANAGER)
    for query, arguments in (
        (queries.duplicates, ()),
        (queries.duplicates_counted, ()),
        (queries.dismissed_duplicates, ()),
        (queries.duplicates_of, (MergeEntity.CONTACT, a)),
    ):
        with pytest.raises(PermissionDenied):
            read(member, query, *arguments)
        read(manager, query, *arguments)
    with pytest.raises(PermissionDenied):
        execute(member, commands.propose_again, ProposeAgain(dismissal))
    execute(manager, commands.propose_again, ProposeAgain(dismissal))


def test_signs_are_told_in_words() -> None:
    assert explain(frozenset({Sign.PHONE, Sign.SIMILAR})) == "Same phone and similar name"
    assert explain(frozenset({Sign.COMPANY, Sign.NAME, Sign.EMAIL})) == "Same e-mail, same name and same organisation"
    assert explain(frozenset({Sign.DOMAIN, Sign.OTHER})) == "Same domain, though the names differ"
