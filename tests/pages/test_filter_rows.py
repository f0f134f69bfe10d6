"""Every filter row: what a link says narrows the list and stays in the address, and junk counts for nothing."""

from __future__ import annotations

import ast
import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from eventos_core.ui import page as page_module
from eventos_core.ui.address import texts
from eventos_core.ui.filters import SEARCH_FIELDS, Field, fields_of, filters
from tests.architecture.sources import python
from tests.houses.conftest import Filled
from tests.houses.conftest import filled as filled
from tests.pages.conftest import OpenPage

pytestmark = pytest.mark.database
ROWS: dict[str, tuple[str, dict[str, str]]] = {
    "activities": ("sales_activities", {"activity_layout": "list"}),
    "audit": ("admin_audit", {}),
    "contacts": ("sales_contacts", {}),
    "deals": ("sales_pipeline", {"deals_layout": "table"}),
    "duplicates": ("sales_duplicates", {}),
    "events": ("plan_events", {}),
    "imports": ("admin_imports", {}),
    "jobs": ("admin_jobs", {}),
    "keys": ("admin_keys", {}),
    "media": ("promote_media", {}),
    "meetings": ("sales_activities", {"activity_layout": "meetings"}),
    "messages": ("promote_messages", {}),
    "organizations": ("sales_organizations", {}),
    "programme": ("plan_programme", {}),
    "schedules": ("admin_jobs", {}),
    "suppressions": ("promote_messages", {"messages_tab": "declined"}),
    "team": ("admin_team", {}),
    "templates": ("promote_messages", {"messages_tab": "templates"}),
    "trash": ("admin_trash", {}),
    "venues": ("plan_venues", {}),
    "webhooks": ("admin_webhooks", {}),
}
"""Prefix of the row → the page, and what else its address says."""
NAMED_BY_LINK = {"deals": {"organization": "organizations", "contact": "contacts"}}
"""Fields that are offered only where a link names them, and the table of what they name."""
NOTHING_TO_CHOOSE = {"schedules", "templates", "webhooks"}
WRITTEN: dict[type, Any] = {str: "12", int: 3, dt.date: dt.date(2026, 5, 1)}


@dataclass
class Drawn:
    """What a row offered, and the filter that came out of it."""

    fields: dict[str, Field]
    found: Any


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, Drawn]:
    """The rows of the page that was opened last, by prefix."""
    rows: dict[str, Drawn] = {}

    def noting(shape: type[Any], **given: Any) -> Any:
        row = fields_of(shape, given.get("labels"), given.get("options"), given.get("skip", ()))
        found = filters(shape, **given)
        rows[given["prefix"]] = Drawn({f.name: f for f in row}, found)
        return found

    monkeypatch.setattr(page_module, "filters", noting)
    return rows


def calls() -> int:
    """How often the code draws a filter row."""
    return sum(
        isinstance(node, ast.Call) and ast.unparse(node.func) == "page.filters"
        for part in ("pages", "eventos_core/ui")
        for source in python(part)
        for node in ast.walk(source.tree)
    )


def test_every_filter_row_is_known() -> None:
    assert calls() == len(ROWS)


def opened(prefix: str, open_page: OpenPage, house: Filled, **query: Any) -> AppTest:
    key, more = ROWS[prefix]
    event = {"event": house.ids["event slug"]} if key == "plan_programme" else {}
    at = open_page(key, house.owner, **more, **event, **query)
    assert not at.exception
    return at


def choice(f: Field) -> Any:
    if f.names is not None:
        return list(f.names)[-2:] if f.many else list(f.names)[-1]
    return not f.start if f.kind is bool else WRITTEN[f.kind]


def said(at: AppTest, parameter: str) -> list[str]:
    value = at.query_params.get(parameter, [])
    return [value] if isinstance(value, str) else list(value)


def in_menu(row: Drawn) -> int:
    """How many of the fields stand in the menu of filters, not in the row itself."""
    main = next((f for f in row.fields.values() if f.main), None)
    return len([f for f in row.fields.values() if f is not main and f.name not in SEARCH_FIELDS])


@pytest.mark.parametrize("prefix", ROWS)
def test_what_a_link_says_narrows_and_stays(
    filled: tuple[Filled, Filled], open_page: OpenPage, drawn: dict[str, Drawn], prefix: str
) -> None:
    ours = filled[0]
    linked = {f"{prefix}_{name}": str(ours.ids[table]) for name, table in NAMED_BY_LINK.get(prefix, {}).items()}
    opened(prefix, open_page, ours, **linked)
    fields = drawn[prefix].fields
    assert bool(fields) != (prefix in NOTHING_TO_CHOOSE)
    chosen = {name: choice(f) for name, f in fields.items()}
    link = {f"{prefix}_{name}": texts(value) for name, value in chosen.items()}
    at = opened(prefix, open_page, ours, **{name: one if len(one) > 1 else one[0] for name, one in link.items()})
    for _ in range(2):
        row = drawn.pop(prefix)
        assert {name: getattr(row.found, name) for name in fields} == {
            name: f.meant(chosen[name]) for name, f in fields.items()
        }
        assert all(getattr(row.found, name) != f.default for name, f in fields.items())
        assert {parameter: said(at, parameter) for parameter in link} == link
        if fields:
            labels = [one.proto.popover.label for one in at.get("popover")]
            assert not in_menu(row) or f"Filters · {in_menu(row)}" in labels
        at.run()
        assert not at.exception


@pytest.mark.parametrize("prefix", [prefix for prefix in ROWS if prefix not in NOTHING_TO_CHOOSE])
def test_what_means_nothing_is_ignored_and_not_counted(
    filled: tuple[Filled, Filled], open_page: OpenPage, drawn: dict[str, Drawn], prefix: str
) -> None:
    ours = filled[0]
    opened(prefix, open_page, ours)
    fields = {name: f for name, f in drawn[prefix].fields.items() if f.names is not None or f.kind is not str}
    at = opened(prefix, open_page, ours, **{f"{prefix}_{name}": "no such thing" for name in fields})
    assert {name: getattr(drawn[prefix].found, name) for name in fields} == {
        name: f.default for name, f in fields.items()
    }
    assert not [one for one in at.get("popover") if one.proto.popover.label.startswith("Filters ·")]
