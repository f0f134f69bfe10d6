"""Documents on their way out: asked for by key, authorised each time, audited; long ones made by a job."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from pypdf import PdfReader
from sqlalchemy import select
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from eventos_core.api import routes
from eventos_core.db.registry import execute, read
from eventos_core.db.session import reading
from eventos_core.directory.queries import ContactCard
from eventos_core.documents import catalogue
from eventos_core.enums.operations import ExportFormat, FeedScope
from eventos_core.events.queries import EventFilter, ProgrammePaper
from eventos_core.kernel.credentials import MemberCredential
from eventos_core.kernel.errors import InvalidInput, NotFound, PermissionDenied
from eventos_core.kernel.permissions import Role
from eventos_core.models.operations import AuditEntry
from eventos_core.operations import feeds, links
from eventos_core.operations.documents.making import DocumentLink, RequestDocument, request_document
from eventos_core.operations.files import upkeep
from eventos_core.operations.jobs import worker
from eventos_core.operations.messages import notices
from tests.directory.conftest import add_contact
from tests.events import rows
from tests.pages.asgi_client import Client
from tests.pages.page_helpers import words
from tests.pages.test_shell_routes import COOKIE, INDEX
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database
OpenPage = Callable[..., AppTest]


@pytest.fixture
def client(database: Database) -> Client:
    return Client(Starlette(routes=routes.ROUTES, middleware=routes.middleware(INDEX)))


def ask(who: MemberCredential, kind: str, given: Any, file_format: ExportFormat = ExportFormat.PDF) -> DocumentLink:
    return execute(who, request_document, RequestDocument(kind, given, file_format))


def url(house: TestHouse, link: DocumentLink) -> str:
    return f"/h/{house.slug}/exports/{link.public_id}"


def text_of(content: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_a_programme_is_fetched_by_who_asked_and_audited(
    client: Client, two_houses: tuple[TestHouse, TestHouse]
) -> None:
    house, other = two_houses
    event = rows.add_event(house.owner).event_id
    rows.add_session(house.owner, event, "Talk of the town")
    pdf = ask(house.owner, "paper.programme", ProgrammePaper(event))
    calendar = ask(house.owner, "paper.programme", ProgrammePaper(event), ExportFormat.ICS)
    assert (pdf.title, pdf.waiting) == ("Programme, SS27 Show", False)
    assert client.get(url(house, pdf)).status_code == 401
    client.cookies[COOKIE] = other.owner_token
    assert client.get(url(house, pdf)).status_code == 404
    assert client.get(url(other, pdf)).status_code == 404
    client.cookies[COOKIE] = house.owner_token
    answer = client.get(url(house, pdf))
    assert answer.headers["content-type"] == "application/pdf"
    assert "programme-ss27-show" in answer.headers["content-disposition"]
    assert "Talk of the town" in text_of(answer.content)
    found = Calendar.from_ical(client.get(url(house, calendar)).content)
    assert [event["SUMMARY"] for event in found.events] == ["Talk of the town"]
    with reading(house.owner) as db:
        acts = db.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.account_id == db.context.account_id, AuditEntry.table_name == "exports")
            .order_by(AuditEntry.id)
        ).all()
    assert [str(act) for act in acts] == ["export", "export", "download", "download"]


def test_lists_and_cards_are_documents_too(client: Client, house: TestHouse) -> None:
    rows.add_event(house.owner, "Gala")
    contact = add_contact(house.owner, "Zoë", "Durand")
    client.cookies[COOKIE] = house.owner_token
    assert "Gala" in text_of(client.get(url(house, ask(house.owner, "paper.events", EventFilter()))).content)
    nothing = ask(house.owner, "paper.events", EventFilter(q="nowhere"))
    assert "No event matches." in text_of(client.get(url(house, nothing)).content)
    card = ask(house.owner, "paper.contact", ContactCard(contact))
    assert "Zoë Durand" in text_of(client.get(url(house, card)).content)


def test_what_may_not_be_read_or_is_not_there_is_refused(two_houses: tuple[TestHouse, TestHouse]) -> None:
    house, other = two_houses
    event, theirs = rows.add_event(house.owner).event_id, rows.add_event(other.owner).event_id
    contact = add_contact(house.owner, "Zoë", "Durand")
    for who, kind, given, error in (
        (house.member(Role.VIEWER), "paper.programme", ProgrammePaper(event), PermissionDenied),
        (house.member(denials=("events.read",)), "paper.programme", ProgrammePaper(event), PermissionDenied),
        (house.member(), "paper.contact", ContactCard(contact), PermissionDenied),
        (house.owner, "paper.programme", ProgrammePaper(theirs), NotFound),
        (house.owner, "paper.programme", EventFilter(), InvalidInput),
        (house.owner, "programme", ProgrammePaper(event), InvalidInput),
    ):
        with pytest.raises(error):
            ask(who, kind, given)
    with pytest.raises(InvalidInput):
        ask(house.owner, "paper.events", EventFilter(), ExportFormat.ICS)


def test_a_long_document_is_made_by_a_job_and_told(
    client: Client, house: TestHouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EVENTOS_FILES_DIR", str(tmp_path))
    monkeypatch.setattr(catalogue, "LONG_PROGRAMME", 1)
    event = rows.add_event(house.owner).event_id
    rows.add_session(house.owner, event, "First")
    rows.add_session(house.owner, event, "Second", starts_at=rows.at(12), ends_at=rows.at(13))
    link = ask(house.owner, "paper.programme", ProgrammePaper(event))
    assert link.waiting
    client.cookies[COOKIE] = house.owner_token
    early = client.get(url(house, link))
    assert early.status_code == 409
    assert "still being made" in early.text
    for _ in range(2):
        worker.run_until_empty(queues=["house"])
    answer = client.get(url(house, link))
    assert "Second" in text_of(answer.content)
    told = read(house.owner, notices.own_notices)
    assert told[["title", "link"]].to_numpy().tolist() == [["Programme, SS27 Show is ready", url(house, link)]]
    with reading(house.owner) as db:
        keys = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
        assert len(upkeep._known(db, keys)) == 1


def test_a_long_document_whose_right_is_gone_is_not_made(
    house: TestHouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, client: Client
) -> None:
    monkeypatch.setenv("EVENTOS_FILES_DIR", str(tmp_path))
    monkeypatch.setattr(catalogue, "LONG_PORTFOLIO", 0)
    rows.add_event(house.owner)
    link = ask(house.owner, "paper.events", EventFilter())
    monkeypatch.setattr(catalogue, "MOST_EVENTS", 0)
    worker.run_until_empty(queues=["house"])
    client.cookies[COOKIE] = house.owner_token
    answer = client.get(url(house, link))
    assert answer.status_code == 409
    assert "could not be made" in answer.text
    assert list(read(house.owner, notices.own_notices)["level"]) == ["warning"]


def test_the_workspace_shares_lists_and_withdraws(open_page: OpenPage, house: TestHouse) -> None:
    saved = rows.add_event(house.owner)
    at = open_page("plan_event", house.owner, event="ss27-show", share="programme")
    assert not at.exception
    next(field for field in at.text_input if field.label == "For whom").set_value("Press list")
    next(button for button in at.button if button.label == "Make the link").click().run()
    assert not at.exception
    assert "The link for Press list" in words(at)
    assert any("/p/" in code.value for code in at.code)
    next(button for button in at.button if button.label == "Withdraw").click().run()
    next(button for button in at.button if button.label == "Withdraw for good").click().run()
    assert not at.exception
    assert list(read(house.owner, links.event_links, saved.event_id)["state"]) == ["withdrawn"]
    viewer = open_page("plan_event", house.member(Role.VIEWER), event="ss27-show", share="programme")
    assert "Press list" in words(viewer)
    assert [button.label for button in viewer.button if button.label in ("Make the link", "Withdraw")] == []


def test_the_account_page_adds_renews_and_ends_a_feed(open_page: OpenPage, house: TestHouse) -> None:
    who = house.member(Role.VIEWER)
    rows.add_event(house.owner)
    at = open_page("account_profile", who)
    assert "Calendar feeds" in words(at)
    next(field for field in at.text_input if field.label == "Where you use it").set_value("Phone")
    next(button for button in at.button if button.label == "Add the feed").click().run()
    assert not at.exception
    assert "The address for Phone" in words(at)
    assert any(code.value.endswith(".ics") for code in at.code)
    first = next(code.value for code in at.code if code.value.endswith(".ics"))
    next(button for button in at.button if button.label == "New address").click().run()
    assert next(code.value for code in at.code if code.value.endswith(".ics")) != first
    found = read(who, feeds.own_feeds)
    assert found[["name", "scope"]].to_numpy().tolist() == [["Phone", FeedScope.HOUSE.value]]
    next(button for button in at.button if button.key == f"end_feed_{int(found['id'].iloc[0])}").click().run()
    assert read(who, feeds.own_feeds).empty
