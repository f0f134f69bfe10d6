"""“Export” in the menus of the lists, without a browser."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from eventos_core.db.session import reading
from eventos_core.enums.operations import ExportFormat
from eventos_core.kernel.permissions import Role
from eventos_core.models.operations import Export
from tests.directory.conftest import add_contact, counted
from tests.events import rows
from tests.pages.conftest import Choose, OpenPage
from tests.pages.page_helpers import words
from tests.support import TestHouse

pytestmark = pytest.mark.database
BOTH = {"Export as CSV", "Export as Excel"}
PAGES = {
    "sales_contacts": ("contacts", {"contacts_q": "a"}, {"q": "a"}),
    "sales_organizations": ("organizations", {"organizations_q": "a"}, {"q": "a"}),
    "plan_venues": ("venues", {"venues_q": "a"}, {"q": "a"}),
    "plan_events": ("events", {"events_q": "a"}, {"q": "a", "status": ["draft", "planned", "on_sale", "live"]}),
    "plan_programme": ("programme", {"programme_q": "a"}, {"q": "a", "cancelled": True}),
    "admin_audit": ("audit", {"audit_table": "events"}, {"table_name": "events"}),
    "admin_team": ("team", {"team_q": "a", "team_disabled": "true"}, {"q": "a", "disabled": True}),
    "admin_imports": ("imports", {"imports_kind": "contacts"}, {"kind": "contacts"}),
    "admin_jobs": ("jobs", {"jobs_show": "done"}, {"states": ["succeeded"]}),
    "admin_trash": ("trash", {"trash_q": "a", "trash_kind": "events"}, {"q": "a", "kind": "events"}),
    "admin_keys": ("keys", {}, {}),
    "admin_webhooks": ("webhooks", {}, {}),
    "promote_media": ("media", {"media_q": "a"}, {"q": "a"}),
    "promote_messages": ("messages", {"messages_status": "failed"}, {"status": "failed"}),
}
BESIDES = {
    ("plan_venues", "Export spaces as CSV"): ("spaces", {}),
    ("admin_jobs", "Export schedules as CSV"): ("schedules", {}),
    ("promote_messages", "Export as CSV"): ("templates", {"messages_tab": "templates"}),
    ("promote_messages", "Export as Excel"): ("suppressions", {"messages_tab": "declined"}),
}


def registered(house: TestHouse) -> list[Export]:
    with reading(house.owner) as db:
        return list(db.scalars(select(Export).order_by(Export.id)))


@pytest.mark.parametrize("key", PAGES)
def test_a_list_is_registered_under_the_filters_in_force(
    house: TestHouse, open_page: OpenPage, menu: Choose, fetched: list[str], key: str
) -> None:
    kind, query, wanted = PAGES[key]
    event = rows.add_event(house.owner)
    rows.add_session(house.owner, event.event_id, "Talk")
    at = open_page(key, house.owner, event=event.slug, **query)
    assert not at.exception
    assert set(menu(None)) >= BOTH
    assert registered(house) == []
    menu("Export as Excel")
    at.run()
    assert not at.exception
    export = registered(house)[0]
    assert (export.query, export.format) == (kind, ExportFormat.XLSX)
    assert {name: value for name, value in export.filters.items() if value}.items() >= wanted.items()
    assert fetched == [f"/h/{house.slug}/exports/{export.public_id}"]
    assert "The download has started" in words(at)


@pytest.mark.parametrize(("key", "entry"), BESIDES)
@pytest.mark.usefixtures("fetched")
def test_other_lists_of_a_page_are_taken_out_too(
    house: TestHouse, open_page: OpenPage, menu: Choose, key: str, entry: str
) -> None:
    kind, query = BESIDES[key, entry]
    menu(entry)
    assert not open_page(key, house.owner, **query).exception
    assert [export.query for export in registered(house)] == [kind]


def test_the_file_follows_the_columns_of_the_page(
    house: TestHouse, open_page: OpenPage, menu: Choose, fetched: list[str]
) -> None:
    menu("Export as CSV")
    open_page("sales_contacts", house.owner, contacts_columns="name,job_title")
    assert registered(house)[0].columns == ["name", "job_title"]
    assert len(fetched) == 1


def test_who_may_not_export_is_not_offered_it(house: TestHouse, open_page: OpenPage, menu: Choose) -> None:
    open_page("plan_venues", house.member(Role.VIEWER))
    assert not BOTH & set(menu(None))
    open_page("sales_contacts", house.member(Role.MEMBER))
    assert menu(None) == ["Choose several"]


def test_a_page_asks_the_database_no_more_because_of_it(house: TestHouse, open_page: OpenPage) -> None:
    add_contact(house.owner, "Ann", "One")
    may = house.member(Role.MANAGER, name="May")
    may_not = house.member(Role.MANAGER, denials=("exports.run",), name="May Not")
    sent = []
    for who in (may, may_not, may, may_not):  # the second time with what the first has cached
        with counted() as statements:
            open_page("sales_contacts", who)
        sent.append(len(statements))
    assert sent[2] == sent[3]
