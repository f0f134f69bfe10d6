"""Pages opened with another house's record in their address: it does not exist, and nothing of it shows.

The parameters come from the pages' own source; a new one fails until it is said what it opens.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Element

from tests.architecture.sources import Source, python
from tests.houses.conftest import Filled
from tests.houses.conftest import filled as filled
from tests.pages.conftest import components_are_looked_for_once as components_are_looked_for_once
from tests.pages.conftest import open_page as open_page

pytestmark = pytest.mark.database
OpenPage = Callable[..., AppTest]
RECORDS = {
    ("admin_audit", "entry"): "audit_log",
    ("admin_imports", "batch"): "import_batches",
    ("admin_imports", "export"): "exports",
    ("admin_integrations", "integration"): "integrations",
    ("admin_jobs", "job"): "jobs",
    ("admin_jobs", "schedule"): "scheduled_jobs",
    ("admin_keys", "api_key"): "api_keys",
    ("admin_privacy", "request"): "data_subject_requests",
    ("admin_team", "member"): "account_users",
    ("admin_webhooks", "webhook"): "webhook_endpoints",
    ("plan_programme", "session"): "sessions",
    ("plan_venues", "venue"): "venues",
    ("promote_media", "media"): "media_assets",
    ("promote_messages", "message"): "notification_queue",
    ("promote_messages", "suppressed"): "message_suppressions",
    ("promote_messages", "template"): "notification_templates",
    ("sales_activities", "activity"): "activities",
    ("sales_activities", "meeting"): "meeting_bookings",
    ("sales_activities", "note"): "notes",
    ("sales_contacts", "contact"): "contacts",
    ("sales_contacts", "merge"): "contacts",
    ("sales_duplicates", "merge"): "contacts",
    ("sales_organizations", "merge"): "organizations",
    ("sales_organizations", "organization"): "organizations",
    ("sales_pipeline", "deal"): "opportunities",
}
"""(page, parameter of its address) → the table of what it opens."""
SAYS = {"job": "Run again", "suppressed": "Allow messages again"}
"""What a record shows of itself where it has no words of its own."""
NO_RECORD = {"new", "book", "lose", "enter", "invite", "add", "step", "archive", "edit", "share", "policy"}
"""Parameters that open a form or a question about what the page shows already."""
OF_EVENT = ("plan_event", "plan_programme")


def parameters(source: Source) -> Iterator[str]:
    """Names that the page reads from its address: those of its drawers, and those it asks for itself."""
    for node in ast.walk(source.tree):
        called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and called == "page.drawers" and isinstance(node.args[0], ast.Dict):
            yield from (key.value for key in node.args[0].keys if isinstance(key, ast.Constant))
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if ast.unparse(target) == "drawers" and isinstance(node.value, ast.Dict):
                yield from (key.value for key in node.value.keys if isinstance(key, ast.Constant))
            elif isinstance(target, ast.Subscript) and ast.unparse(target.value) == "drawers":
                yield ast.literal_eval(target.slice)
        elif isinstance(node, ast.Call) and called == "st.query_params.get":
            yield ast.literal_eval(node.args[0])
        elif isinstance(node, ast.Compare) and any("query_params" in ast.unparse(one) for one in node.comparators):
            yield ast.literal_eval(node.left)


def test_every_parameter_of_every_page_is_known() -> None:
    found = {(source.path.stem, name) for source in python("pages") for name in parameters(source)}
    assert {one for one in found if one[1] not in NO_RECORD} == set(RECORDS)


def elements(block: Block) -> Iterator[Element]:
    for child in block.children.values():
        if isinstance(child, Block):
            yield from elements(child)
        else:
            yield child


def everything(at: AppTest) -> str:
    """All that the page sends to the browser, tables included."""
    return "\n".join(str(element.proto) for element in elements(at._tree))


def drawn(at: AppTest) -> str:
    """What the record itself shows: its drawer, or the whole page where it has none."""
    dialogs = [block for block in at.get("dialog") if isinstance(block, Block)]
    return "\n".join(str(one.proto) for block in dialogs for one in elements(block)) or everything(at)


@pytest.mark.parametrize(("page", "parameter"), RECORDS)
def test_a_page_opens_only_its_own_house_s_records(
    filled: tuple[Filled, Filled], open_page: OpenPage, page: str, parameter: str
) -> None:
    ours, theirs = filled
    table = RECORDS[page, parameter]

    def value(of: Filled) -> str:
        return f"{of.ids[table]}-{of.ids[f'other {table}']}" if parameter == "merge" else str(of.ids[table])

    event = {"event": ours.ids["event slug"]} if page in OF_EVENT else {}
    at = open_page(page, ours.owner, **{parameter: value(theirs)}, **event)
    assert not at.exception
    assert theirs.mark not in everything(at)
    at = open_page(page, ours.owner, **{parameter: value(ours)}, **event)
    assert not at.exception
    assert SAYS.get(parameter, ours.mark) in drawn(at)


@pytest.mark.parametrize("page", OF_EVENT)
def test_another_house_s_event_is_none_of_ours(filled: tuple[Filled, Filled], open_page: OpenPage, page: str) -> None:
    ours, theirs = filled
    at = open_page(page, ours.owner, event=theirs.ids["event slug"])
    assert not at.exception
    assert theirs.mark not in everything(at)
    assert "which this house does not have" in everything(at)
