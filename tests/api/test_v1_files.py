"""Files by API key: lists and documents that it asked for, stored files; what it may not read it does not get."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
from typing import Any

import pytest
from starlette.applications import Starlette

from eventos_core.api import routes
from eventos_core.api.v1 import openapi, shapes
from eventos_core.db.registry import execute
from eventos_core.db.session import reading
from eventos_core.directory.queries import ContactFilter
from eventos_core.kernel.credentials import hash_token
from eventos_core.kernel.errors import NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import exports
from eventos_core.operations.documents.registry import DOCUMENTS
from eventos_core.operations.exports import EXPORTABLES, RequestExport
from eventos_core.operations.files import commands as files
from eventos_core.operations.files.commands import MediaFields, StoreFile
from eventos_core.operations.jobs import worker
from eventos_core.tenancy import commands as team
from tests import support
from tests.api.test_v1 import ALL, EVENT, Api, with_key
from tests.directory.conftest import add_contact
from tests.operations.files_support import picture
from tests.operations.privacy.work import work_off
from tests.pages.test_shell_routes import COOKIE, INDEX
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database
CONTACTS = ["exports.run", "contacts.read", "contacts.export"]


@pytest.fixture
def app(database: Database) -> Starlette:
    return Starlette(routes=routes.ROUTES, middleware=routes.middleware(INDEX))


def fetched(client: Api, public_id: str) -> Any:
    return client.get(f"/api/v1/exports/{public_id}", headers=client.headers())


def request(client: Api, kind: str = "contacts", **filters: Any) -> Any:
    return client.call("request_export", {"kind": kind, "filters": filters})


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_a_key_takes_out_the_rows_that_it_lists(app: Starlette, database: Database, house: TestHouse) -> None:
    for number in range(3):
        add_contact(house.owner, f"Marchand {number}", "Ana")
    add_contact(house.owner, "Delorme", "Ana")
    client = with_key(database, app, house, CONTACTS)
    asked = request(client, q="Marchand")
    assert asked.status_code == 200, asked.text
    assert asked.json()["rows"] == 3
    before = client.ask("operations.export", f"?export_id={asked.json()['export_id']}").json()
    assert (before["status"], before["link_open"]) == ("queued", True)
    file = fetched(client, asked.json()["public_id"])
    assert (file.status_code, file.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert file.headers["cache-control"] == "no-store, private"
    listed = client.ask("directory.contacts", '?wanted={"q":"Marchand"}').json()["rows"]
    assert {row["Id"] for row in rows(file.text)} == {str(row["id"]) for row in listed}
    after = client.ask("operations.export", f"?export_id={asked.json()['export_id']}").json()
    assert (after["status"], after["downloads"], after["rows"]) == ("done", 1, 3)


@pytest.mark.parametrize("missing", CONTACTS)
def test_a_key_without_one_of_the_scopes_takes_nothing_out(
    app: Starlette, database: Database, house: TestHouse, missing: str
) -> None:
    client = with_key(database, app, house, [one for one in ALL if one != missing])
    refused = request(client)
    assert (refused.status_code, refused.json()["required_scope"]) == (403, missing)


@pytest.fixture(scope="module")
def busy(database: Database) -> TestHouse:
    """A house that many keys are made for."""
    return support.found_house("Maison Busy", "maison-busy")


@pytest.mark.parametrize("kind", sorted({*EXPORTABLES, *DOCUMENTS}))
def test_every_list_and_document_needs_its_own_scopes(
    app: Starlette, database: Database, busy: TestHouse, kind: str
) -> None:
    of: Any = EXPORTABLES.get(kind) or DOCUMENTS[kind]
    name, field = ("request_document", "given") if kind in DOCUMENTS else ("request_export", "filters")
    about = of.given_type if kind in DOCUMENTS else of.filter_type
    missing = dict.fromkeys(shapes.adapter(about).json_schema().get("required", ()), 999_999)
    body = {"kind": kind, field: missing} | ({"format": "ics"} if kind == "paper.meeting" else {})
    enough = with_key(database, app, busy, ["exports.run", *(one.value for one in of.permissions)])
    opened = enough.call(name, body)
    nowhere = any(field.endswith("_id") for field in missing)
    assert opened.status_code == (404 if nowhere else 200), opened.text
    if not nowhere:
        assert fetched(enough, opened.json()["public_id"]).status_code == 200, "with these and no others"
    for scope in of.permissions:
        less = with_key(database, app, busy, [one for one in ALL if one != scope.value])
        closed = less.call(name, body)
        assert (closed.status_code, closed.json()["required_scope"]) == (403, scope.value)


def test_what_was_asked_for_is_for_that_key_alone(
    app: Starlette, database: Database, two_houses: tuple[TestHouse, TestHouse]
) -> None:
    ours, theirs = two_houses
    client = with_key(database, app, ours, ALL)
    asked = request(client).json()
    mine = execute(ours.owner, exports.request_export, RequestExport("contacts", ContactFilter()))
    assert fetched(client, mine.public_id).status_code == 404, "a member's own"
    for other in (with_key(database, app, ours, ALL), with_key(database, app, theirs, ALL)):
        refused = fetched(other, asked["public_id"])
        assert (refused.status_code, refused.json()["title"]) == (404, "not_found")
    client.cookies[COOKIE] = ours.owner_token
    assert client.get(f"/h/{ours.slug}/exports/{asked['public_id']}").status_code == 404
    client.cookies.clear()
    assert Api(app).get(f"/api/v1/exports/{asked['public_id']}").status_code == 401
    assert fetched(client, asked["public_id"]).status_code == 200
    assert fetched(client, "not-even-an-id").status_code == 404


def test_a_key_lists_its_own_exports_unless_it_reads_the_audit(
    app: Starlette, database: Database, house: TestHouse
) -> None:
    client = with_key(database, app, house, CONTACTS, name="Ticket shop")
    other = with_key(database, app, house, CONTACTS)
    everything = with_key(database, app, house, ["exports.run", "audit.read"])
    asked = request(client).json()
    execute(house.owner, exports.request_export, RequestExport("contacts", ContactFilter()))
    listed = client.ask("operations.exports_so_far").json()["rows"]
    assert [(row["id"], row["by"]) for row in listed] == [(asked["export_id"], "Ticket shop")]
    assert other.ask("operations.exports_so_far").json()["rows"] == []
    assert other.ask("operations.export", f"?export_id={asked['export_id']}").status_code == 404
    assert len(everything.ask("operations.exports_so_far").json()["rows"]) == 2
    shown = everything.ask("operations.export", f"?export_id={asked['export_id']}").json()
    assert shown["link_open"] is False


def test_a_scope_that_is_gone_meanwhile_closes_the_file(app: Starlette, database: Database, house: TestHouse) -> None:
    client = with_key(database, app, house, CONTACTS)
    asked = request(client).json()
    with database.as_login("migrator") as connection:
        connection.execute(
            "update api_keys set scopes = %s where key_hash = %s", [CONTACTS[:2], hash_token(client.key)]
        )
    refused = fetched(client, asked["public_id"])
    assert (refused.status_code, refused.json()["required_scope"]) == (403, "contacts.export")


def test_wrong_kinds_and_filters_are_named(app: Starlette, database: Database, house: TestHouse) -> None:
    client = with_key(database, app, house, ALL)
    assert set(client.call("request_export", {"kind": "wishes", "filters": {}}).json()["fields"]) == {"kind"}
    assert set(request(client, colour="red").json()["fields"]) == {"filters.colour"}
    assert set(client.call("request_export", {"kind": "contacts"}).json()["fields"]) == {"filters"}
    told = openapi.document()["paths"]["/api/v1/commands/request_export"]["post"]
    offered = told["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
    assert {one["properties"]["kind"]["const"] for one in offered} == set(EXPORTABLES)


def test_a_document_is_fetched_by_the_key_that_asked(app: Starlette, database: Database, house: TestHouse) -> None:
    client = with_key(database, app, house, ALL)
    event = client.call("create_event", EVENT).json()
    body = {"kind": "paper.programme", "given": {"event_id": event["event_id"]}}
    asked = client.call("request_document", body)
    assert asked.status_code == 200, asked.text
    assert asked.json()["waiting"] is False
    file = fetched(client, asked.json()["public_id"])
    assert (file.status_code, file.headers["content-type"]) == (200, "application/pdf")
    assert file.content.startswith(b"%PDF")
    other = with_key(database, app, house, ALL)
    assert fetched(other, asked.json()["public_id"]).status_code == 404


def test_a_long_document_is_made_with_the_key_s_own_scopes(
    app: Starlette, database: Database, house: TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[frozenset[Permission]] = []
    paper = DOCUMENTS["paper.events"]

    def read(db: Any, given: Any) -> Any:
        seen.append(db.context.permissions)
        return paper.read(db, given)

    monkeypatch.setitem(DOCUMENTS, "paper.events", dataclasses.replace(paper, read=read, long=lambda _db, _given: True))
    client = with_key(database, app, house, ["exports.run", "events.read"])
    asked = client.call("request_document", {"kind": "paper.events", "given": {}})
    assert asked.json()["waiting"] is True, asked.text
    waiting = fetched(client, asked.json()["public_id"])
    assert (waiting.status_code, waiting.json()["title"]) == (409, "conflict")
    worker.run_until_empty(queues=["house"])
    shown = client.ask("operations.export", f"?export_id={asked.json()['export_id']}").json()
    assert shown["status"] == "done", shown
    assert fetched(client, asked.json()["public_id"]).content.startswith(b"%PDF")
    assert seen == [frozenset({Permission.EXPORTS_RUN, Permission.EVENTS_READ})]


def test_a_person_s_data_is_handed_out_to_the_key_that_asked(
    app: Starlette, database: Database, house: TestHouse
) -> None:
    contact = add_contact(house.owner, "Ana", "Marchand")
    client = with_key(database, app, house, ["privacy.manage", "exports.run"])
    today = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    body = {"kind": "export", "received_on": today.isoformat(), "entity": "contacts", "row_id": contact}
    asked = client.call("record_request", body).json()
    given = {"request_id": asked["request_id"], "version": asked["version"], "verified_how": "By post"}
    done = client.call("hand_out", given)
    assert done.status_code == 200, done.text
    file = fetched(client, done.json()["public_id"])
    assert (file.status_code, file.headers["content-type"]) == (200, "application/zip")
    other = with_key(database, app, house, ALL)
    assert fetched(other, done.json()["public_id"]).status_code == 404


def test_a_person_is_erased_for_a_key_in_the_background(app: Starlette, database: Database, house: TestHouse) -> None:
    contact = add_contact(house.owner, "Ana", "Marchand")
    client = with_key(database, app, house, ["privacy.manage"])
    today = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    body = {"kind": "erase", "received_on": today.isoformat(), "entity": "contacts", "row_id": contact}
    asked = client.call("record_request", body).json()
    number = asked["request_id"]

    def now() -> dict[str, Any]:
        found: dict[str, Any] = client.ask("operations.privacy_request", f"?request_id={number}").json()
        return found

    sought = client.call("search_subject", {"request_id": number, "version": asked["version"]})
    assert (sought.status_code, sought.json()["working"]) == (200, "search")
    assert now()["working"] == "search"
    work_off(database)
    assert now()["evidence"]["found"]["rows"]["contacts"] == 1
    given = {"request_id": number, "version": now()["version"], "verified_how": "By post", "typed_name": "Ana Marchand"}
    assert client.call("erase_subject", given).json()["working"] == "erase"
    assert client.call("erase_subject", {**given, "version": now()["version"]}).status_code == 409
    work_off(database)
    ended = now()
    assert (ended["status"], ended["working"], ended["work_error"]) == ("done", None, "")
    assert ended["evidence"]["searched_again"]


def test_a_stored_file_is_fetched_and_noted_as_the_key_s(
    app: Starlette, database: Database, two_houses: tuple[TestHouse, TestHouse]
) -> None:
    ours, theirs = two_houses
    stored = execute(ours.owner, files.store_file, StoreFile("look.png", picture(), MediaFields(title="Look")))
    client = with_key(database, app, ours, ["house.read"])
    url = f"/api/v1/files/{stored.public_id}"
    file = client.get(url, headers=client.headers())
    assert (file.status_code, file.content) == (200, picture())
    assert client.get(url, headers=client.headers(range="bytes=0-3")).content == picture()[:4]
    strange = with_key(database, app, theirs, ALL)
    assert strange.get(url, headers=strange.headers()).status_code == 404
    closed = with_key(database, app, ours, ["events.read"])
    assert closed.get(url, headers=closed.headers()).json()["required_scope"] == "house.read"
    with database.as_login("migrator") as connection:
        noted = connection.execute(
            "select actor_kind from audit_log where account_id = %s and action = 'download'", [ours.account_id]
        ).fetchall()
    assert set(noted) == {("api_key",)}, "its rights are not cleared, so fetching it is noted"


def test_a_key_connects_a_service_and_has_it_tried(app: Starlette, database: Database, house: TestHouse) -> None:
    manages = ["team.manage", "integrations.manage"]
    client = with_key(database, app, house, manages)
    given = {"provider": "sms_sandbox", "name": "Sandbox", "settings": {}, "credentials": {}}
    made = client.call("add_integration", given).json()["integration_id"]
    refused = with_key(database, app, house, manages[:1]).call("try_integration", {"integration_id": made})
    assert (refused.status_code, refused.json()["required_scope"]) == (403, "integrations.manage")
    asked = client.call("try_integration", {"integration_id": made})
    assert asked.status_code == 200, asked.text
    worker.run_until_empty(queues=["house"])
    one = client.ask("operations.integration", f"?integration_id={made}").json()
    assert one["status"] == "connected"
    assert dt.datetime.fromisoformat(one["last_sync_at"]) > dt.datetime.fromisoformat(asked.json()["asked_at"])


def test_what_a_key_set_going_ends_with_it(database: Database, house: TestHouse) -> None:
    """A job works with what the key may now, and not at all once it is withdrawn."""
    given = team.CreateKey("Shop", ("events.write",), "eos_abcdefgh", b"k" * 32)
    key_id = execute(house.owner, team.create_key, given).key_id
    job = support.running_job(database, house, api_key_id=key_id)
    with reading(job) as db:
        assert db.context.permissions == frozenset({Permission.EVENTS_WRITE})
    execute(house.owner, team.revoke_key, team.RevokeKey(key_id))
    with pytest.raises(NotFound), reading(job) as db:
        assert db.context
