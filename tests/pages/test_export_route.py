"""`/h/{house}/exports/{public_id}`: the file for whoever asked for it, clear words for everybody else."""

from __future__ import annotations

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.types import Message

from eventos_core.api import routes
from eventos_core.api.exports import ExportResponse
from eventos_core.db.registry import execute, read
from eventos_core.directory.queries import ContactFilter
from eventos_core.enums.operations import ExportFormat, RunStatus
from eventos_core.operations import export_history, exports
from eventos_core.operations.exports import RequestExport
from tests.directory.conftest import add_contact
from tests.operations.test_exports import crowd
from tests.pages.asgi_client import Client
from tests.pages.test_shell_routes import COOKIE, INDEX, sign_in
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database
BROWSER = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def client(database: Database) -> Client:
    return Client(Starlette(routes=routes.ROUTES, middleware=routes.middleware(INDEX)))


def link(house: TestHouse, file_format: ExportFormat = ExportFormat.CSV) -> str:
    made = execute(house.owner, exports.request_export, RequestExport("contacts", ContactFilter(), file_format))
    return f"/h/{house.slug}/exports/{made.public_id}"


def test_the_file_comes_as_a_download_that_nothing_keeps(client: Client, house: TestHouse) -> None:
    add_contact(house.owner, "=1+1", "One")
    client.cookies[COOKIE] = house.owner_token
    answer = client.get(link(house))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store, private"
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith(f'attachment; filename="{house.slug}-contacts-')
    assert disposition.endswith('.csv"')
    assert "'=1+1 One" in answer.text


def test_an_excel_file_says_how_long_it_is(client: Client, house: TestHouse) -> None:
    client.cookies[COOKIE] = house.owner_token
    answer = client.get(link(house, ExportFormat.XLSX))
    assert answer.content.startswith(b"PK")
    assert answer.headers["content-length"] == str(len(answer.content))


def test_nobody_else_gets_it(client: Client, two_houses: tuple[TestHouse, TestHouse]) -> None:
    ours, other = two_houses
    url = link(ours)
    assert client.get(url).status_code == 401
    sign_in(client, other)
    assert client.get(url).status_code == 404
    assert client.get(url.replace(ours.slug, other.slug)).status_code == 404
    client.cookies[COOKIE] = ours.owner_token
    assert client.get(url.replace(ours.slug, other.slug)).status_code == 404
    assert client.get(url).status_code == 200


def test_a_person_reads_why_not_on_a_page_and_a_program_as_json(
    client: Client, house: TestHouse, database: Database
) -> None:
    url = link(house)
    with database.as_login("migrator") as connection:
        connection.execute("update exports set expires_at = now()")
    client.cookies[COOKIE] = house.owner_token
    told = client.get(url, headers=BROWSER)
    assert told.status_code == 404
    assert told.headers["content-type"].startswith("text/html")
    assert "This link to an export has expired." in told.text
    assert "export it again" in told.text
    assert client.get(url).json()["error"]["message"] == "This link to an export has expired."


def test_a_page_of_words_escapes_what_it_is_told(client: Client) -> None:
    told = client.get("/h/aurore/exports/x", headers=BROWSER)
    assert told.status_code == 401
    assert "<h1" in told.text
    assert "<script>" not in client.get("/h/<script>/exports/<script>", headers=BROWSER).text


def test_asking_for_headers_alone_is_no_download(client: Client, house: TestHouse) -> None:
    client.cookies[COOKIE] = house.owner_token
    assert client.request("HEAD", link(house)).status_code == 405


def test_a_browser_that_goes_away_leaves_a_download_broken_off(house: TestHouse) -> None:
    crowd(house, 2_500)
    number = execute(house.owner, exports.request_export, RequestExport("contacts", ContactFilter())).public_id
    file = exports.fetch(house.owner, number)
    answer = ExportResponse(file.pieces, media_type=file.media_type, headers={})
    sent: list[Message] = []

    async def receive() -> Message:
        while len(sent) < 2:
            await asyncio.sleep(0)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(answer({"type": "http"}, receive, send))
    assert sent[-1].get("more_body"), "it did not come to its end"
    shown = read(house.owner, export_history.exports_so_far).frame.iloc[0]
    assert shown["status"] == RunStatus.CANCELLED


def test_a_whole_download_is_done(client: Client, house: TestHouse) -> None:
    client.cookies[COOKIE] = house.owner_token
    answer = client.get(link(house))
    shown = read(house.owner, export_history.exports_so_far).frame.iloc[0]
    assert (shown["status"], shown["size_bytes"]) == (RunStatus.DONE, len(answer.content))
