"""What belongs to a person or a company: parts joined by several domains, each under its own permission."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pandas as pd
import pytest
from sqlalchemy import Connection, create_engine, text

from eventos_core.db import urls
from eventos_core.db.registry import execute, read
from eventos_core.db.session import unit_of_work
from eventos_core.directory import commands, queries
from eventos_core.directory.commands import MergeRecords
from eventos_core.kernel.errors import NotFound, PermissionDenied
from eventos_core.kernel.permissions import PRESETS, Permission, Role
from eventos_core.models.crm import Activity, OpportunityContact
from eventos_core.operations import related
from eventos_core.operations.related import SHOWN, Related
from tests.crm.deals import put_deal
from tests.directory import rows
from tests.directory.conftest import add_contact, add_organization, counted
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database


@pytest.fixture
def admin(database: Database, house: TestHouse) -> Iterator[Connection]:
    """The administrator with the house in context, to make rows that no command makes yet."""
    engine = create_engine(urls.normalise(database.admin), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(
            text(
                "select set_config('search_path', 'public,extensions', false), set_config('app.account_id', :a, false)"
            ),
            {"a": str(house.account_id)},
        )
        yield connection
    engine.dispose()


def parts(found: tuple[Related, ...]) -> dict[str, Related]:
    return {each.part.key: each for each in found}


def test_deals_stand_open_ones_first_with_their_worth(two_houses: tuple[TestHouse, TestHouse]) -> None:
    house, other = two_houses
    company = add_organization(house.owner, "Éclat")
    ann = add_contact(house.owner, "Ann", "One", organization_id=company)
    put_deal(house.owner, "Lost one", "Lost", contact_id=ann, organization_id=company, closed_on=dt.date(2026, 2, 1))
    put_deal(house.owner, "Later", contact_id=ann, amount_minor=5_000, expected_close_on=dt.date(2026, 9, 1))
    put_deal(house.owner, "Sooner", contact_id=ann, amount_minor=2_500, expected_close_on=dt.date(2026, 8, 1))
    part_of = put_deal(house.owner, "With a part", organization_id=company, amount_minor=None)
    put_deal(house.owner, "Somebody else's", amount_minor=9_900)
    with unit_of_work(house.owner) as db:
        db.add(OpportunityContact(opportunity_id=part_of, contact_id=ann))
    put_deal(other.owner, "Elsewhere", contact_id=add_contact(other.owner, "Ann", "One"))
    deals = parts(read(house.owner, queries.contact_related, ann))["deals"]
    assert list(deals.rows["title"]) == ["Sooner", "Later", "With a part", "Lost one"]
    assert list(deals.rows["state"]) == ["open", "open", "open", "lost"]
    assert (deals.total, deals.figure_minor) == (4, 7_500)
    of_company = parts(read(house.owner, queries.organization_related, company))["deals"]
    assert list(of_company.rows["title"]) == ["With a part", "Lost one"]
    assert of_company.figure_minor is None


def test_a_long_part_shows_its_first_rows_and_says_how_many_there_are(house: TestHouse) -> None:
    company = add_organization(house.owner, "Éclat")
    ann, *others = (add_contact(house.owner, "Ann", f"No{n}", organization_id=company) for n in range(SHOWN + 3))
    colleagues = parts(read(house.owner, queries.contact_related, ann))["colleagues"]
    assert colleagues.total == len(others)
    assert list(colleagues.rows["id"]) == others[:SHOWN]


def test_every_part_finds_its_rows_and_none_of_anybody_else(house: TestHouse, admin: Connection) -> None:
    """A row in each table behind a part; with none of them the parts are left out, so that no part lists at random."""
    account = house.account_id
    company = rows.make(admin, account, "organizations")["id"]
    ann = rows.make(admin, account, "contacts", organization_id=company)["id"]
    rows.make(admin, account, "contacts", organization_id=company)
    for table, columns in {
        "opportunities": {"contact_id": ann, "organization_id": company},
        "activities": {"contact_id": ann, "organization_id": company},
        "attendees": {"contact_id": ann},
        "orders": {"contact_id": ann},
        "session_hosts": {"contact_id": ann},
        "event_documents": {"contact_id": ann, "organization_id": company},
        "event_sponsors": {"billing_contact_id": ann, "organization_id": company},
        "events": {"host_organization_id": company},
        "venues": {"organization_id": company},
    }.items():
        rows.make(admin, account, table, **columns)
    rows.make(admin, account, "session_hosts", organization_id=company)
    for entity, row_id, query in (
        ("contacts", ann, queries.contact_related),
        ("organizations", company, queries.organization_related),
    ):
        expected = [part.key for part in related.parts_of(entity)]
        assert [each.part.key for each in read(house.owner, query, row_id)] == expected
        stranger = rows.make(admin, account, entity)["id"]
        assert read(house.owner, query, stranger) == ()
        with counted() as sent:
            read(house.owner, query, row_id)
        # The record, and one query for each part.
        assert len([s for s in sent if s.lstrip().lower().startswith("select")]) == len(expected) + 1


def test_a_part_without_permission_is_not_shown(house: TestHouse, admin: Connection) -> None:
    ann = add_contact(house.owner, "Ann", "One")
    put_deal(house.owner, "Deal", contact_id=ann)
    rows.make(admin, house.account_id, "attendees", contact_id=ann)
    rows.make(admin, house.account_id, "event_sponsors", billing_contact_id=ann)

    def seen(*denials: Permission) -> set[str]:
        who = house.member(Role.VIEWER, denials=tuple(denials))
        return set(parts(read(who, queries.contact_related, ann)))

    assert seen() == {"deals", "attended", "sponsorships"}
    assert seen(Permission.SALES_READ) == {"attended", "sponsorships"}
    assert seen(Permission.GUESTS_READ) == {"deals", "sponsorships"}
    assert seen(Permission.SPONSORS_READ) == {"deals", "attended"}
    door = next(preset for preset in PRESETS if preset.key == "door")
    with pytest.raises(PermissionDenied):
        read(house.member(door.role, denials=tuple(door.denials)), queries.contact_related, ann)


def test_what_was_done_or_archived_is_not_planned(house: TestHouse) -> None:
    ann = add_contact(house.owner, "Ann", "One")
    now = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
    with unit_of_work(house.owner) as db:
        db.add(Activity(subject="Call back", contact_id=ann, due_at=now))
        db.add(Activity(subject="Called", contact_id=ann, done_at=now))
        db.add(Activity(subject="Dropped", contact_id=ann, archived_at=now))
    assert list(parts(read(house.owner, queries.contact_related, ann))["planned"].rows["title"]) == ["Call back"]
    assert read(house.owner, queries.contact_related, ann, without=("planned",)) == ()


def test_after_a_merge_the_winner_has_what_both_had(house: TestHouse) -> None:
    ann, anne = add_contact(house.owner, "Ann", "One"), add_contact(house.owner, "Anne", "One")
    both = put_deal(house.owner, "Both", contact_id=ann, amount_minor=1_000)
    put_deal(house.owner, "Hers", contact_id=anne, amount_minor=2_000)
    with unit_of_work(house.owner) as db:
        db.add_all(OpportunityContact(opportunity_id=both, contact_id=who) for who in (ann, anne))
    execute(house.owner, commands.merge_contacts, MergeRecords(ann, anne))
    deals = parts(read(house.owner, queries.contact_related, ann))["deals"]
    assert (deals.total, deals.figure_minor) == (2, 3_000)
    assert read(house.owner, queries.contact_related, anne) == ()


def test_another_house_s_record_is_not_found(two_houses: tuple[TestHouse, TestHouse]) -> None:
    ours, other = two_houses
    foreign = add_contact(other.owner, "Ann", "One")
    with pytest.raises(NotFound):
        read(ours.owner, queries.contact_related, foreign)
    with pytest.raises(NotFound):
        read(ours.owner, queries.organization_related, add_organization(other.owner, "Éclat"))


def test_a_key_is_joined_once() -> None:
    with pytest.raises(ValueError, match="already"):
        related.related("contacts", "deals", "Deals", icon="handshake", requires=Permission.SALES_READ)(
            lambda db, row_id: pd.DataFrame()
        )
