"""The JSON API: every command and query of the registry, by key and scope, told as problems when refused."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from streamlit.file_util import get_static_dir

from eventos_core.api import routes
from eventos_core.api.v1 import openapi
from eventos_core.db import registry
from eventos_core.kernel import secret_keys
from eventos_core.kernel.context import ActorKind
from eventos_core.kernel.credentials import hash_token, new_token
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import start
from eventos_core.operations.integrations.commands import AddIntegration
from tests import support
from tests.pages.asgi_client import Answer, Client

pytestmark = pytest.mark.database
start.load()
ALL = sorted(permission.value for permission in Permission)
IBAN = "FR7630006000011234567890189"
EVENT = {
    "name": "Défilé SS27", "starts_at": "2027-02-27T19:00:00+01:00", "ends_at": "2027-02-27T21:00:00+01:00",
    "timezone": "Europe/Paris",
}  # fmt: skip


@pytest.fixture(scope="module")
def app(database: support.Database) -> Starlette:
    from pathlib import Path

    return Starlette(routes=routes.ROUTES, middleware=routes.middleware(Path(get_static_dir()) / "index.html"))


@pytest.fixture(scope="module")
def houses(database: support.Database) -> tuple[support.TestHouse, support.TestHouse]:
    return support.look_alikes()


class Api(Client):
    """A client with a key."""

    key = ""

    def call(self, name: str, body: Any = None, **headers: str) -> Answer:
        return self.post(f"/api/v1/commands/{name}", json=body or {}, headers=self.headers(**headers))

    def ask(self, name: str, query: str = "") -> Answer:
        return self.get(f"/api/v1/queries/{name}{query}", headers=self.headers())

    def headers(self, **more: str) -> dict[str, str]:
        given = {"authorization": f"Bearer {self.key}", "content-type": "application/json"}
        return given | {name.replace("_", "-"): value for name, value in more.items()}


def with_key(
    database: support.Database, app: Starlette, house: support.TestHouse, scopes: list[str], **columns: object
) -> Api:
    token = new_token()
    values = {"name": token[:12], "prefix": token[:12], "key_hash": hash_token(token), "scopes": scopes}
    values |= {"account_id": house.account_id, "requests_per_minute": 100_000} | columns
    with database.as_login("migrator") as connection:
        names = ", ".join(values)
        marks = ", ".join(["%s"] * len(values))
        connection.execute(f"insert into api_keys ({names}) values ({marks})".encode(), list(values.values()))
    client = Api(app)
    client.key = token
    return client


@pytest.fixture(scope="module")
def full(database: support.Database, app: Starlette, houses: tuple[support.TestHouse, ...]) -> Api:
    """A key of the first house with every scope."""
    return with_key(database, app, houses[0], ALL)


def test_an_event_is_created_read_listed_and_edited(full: Api) -> None:
    made = full.call("create_event", EVENT)
    assert made.status_code == 200, made.text
    event_id = made.json()["event_id"]
    one = full.ask("events.event", f"?slug_or_id={made.json()['slug']}").json()
    assert (one["name"], one["starts_at"]) == ("Défilé SS27", "2027-02-27T18:00:00+00:00")
    listed = full.ask("events.events", "?size=5").json()
    assert [row["id"] for row in listed["rows"]] == [event_id]
    assert listed["next"] is None
    found = full.ask("events.events", "?wanted=%7B%22q%22%3A%22nothing%20like%20it%22%7D")
    assert found.status_code == 200, found.text
    assert found.json()["rows"] == []


def test_a_key_sets_up_sales_as_far_as_its_scopes_go(
    full: Api, database: support.Database, app: Starlette, houses: tuple[support.TestHouse, ...]
) -> None:
    sales = full.ask("crm.pipelines").json()[0]
    fields = {"name": "Site visit", "default_probability_ppm": 300_000, "required_fields": ["contact_id"]}
    made = full.call("add_sales_stage", {"pipeline_id": sales["id"], "fields": fields})
    assert made.status_code == 200, made.text
    names = [one["name"] for one in full.ask("crm.stages", f"?pipeline_id={sales['id']}").json()]
    assert names[-3:] == ["Site visit", "Won", "Lost"]
    file = base64.b64encode(b"day,from,to,rate\n2026-11-27,USD,EUR,0.92\n").decode()
    brought = full.call("import_rates", {"file_name": "rates.csv", "content": file})
    assert (brought.status_code, brought.json()["added"]) == (200, 1), brought.text
    reads = with_key(database, app, houses[0], ["sales.read"])
    assert [one["from_currency"] for one in reads.ask("crm.rates_in_force").json()] == ["USD"]
    assert reads.call("add_lost_reason", {"name": "Price"}).status_code == 403


def test_the_same_idempotency_key_does_it_once(full: Api) -> None:
    body = {"fields": {"last_name": "Marchand", "emails": [{"email": "marchand@example.org"}]}}
    first = full.call("create_contact", body, idempotency_key="k1")
    assert first.status_code == 200, first.text
    assert full.call("create_contact", body, idempotency_key="k1").json() == first.json()
    body["fields"]["last_name"] = "Other"  # type: ignore[index]
    again = full.call("create_contact", body, idempotency_key="k1")
    assert (again.status_code, again.json()["title"]) == (422, "idempotency_key_reused")
    assert again.json()["detail"] == (
        "This Idempotency-Key was used for another request already."
        " Send a new request under a new key; to have the answer to the first, repeat it as it was."
    )


def test_what_is_kept_of_a_request_gives_no_secret_away(
    full: Api, database: support.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reads the database has no way to try passwords; a key added meanwhile makes no request another one."""

    def called() -> Answer:
        return full.call("add_integration", body, idempotency_key="guess")

    settings = {
        "host": "mail.example",
        "port": 465,
        "security": "tls",
        "from_address": "rsvp@aurore.example",
        "user": "rsvp",
    }
    body = {"provider": "smtp", "name": "Own", "settings": settings, "credentials": {"password": "1234"}}
    first = called()
    assert first.status_code == 200, first.text
    with database.as_login("migrator") as connection:
        [(kept,)] = connection.execute("select request_hash from idempotency_keys where key like '%:guess'").fetchall()
    given = AddIntegration(**body)  # type: ignore[arg-type]
    dumped = json.dumps(registry.plain(given), ensure_ascii=False, sort_keys=True)
    content = f"add_integration\n{dumped}".encode()
    assert bytes(kept) == secret_keys.marks("request", content)[0]
    assert bytes(kept) != hashlib.sha256(content).digest()
    older = ",".join(secret_keys.key_file().read_text().split())
    monkeypatch.setenv("EVENTOS_SECRET_KEY", f"{secret_keys.new_key()},{older}")
    assert called().json() == first.json()
    body["credentials"] = {"password": "1235"}
    assert called().status_code == 422


def test_a_request_whose_first_is_still_running_is_told_so(full: Api, database: support.Database) -> None:
    body = {"fields": {"last_name": "Delorme"}}
    assert full.call("create_contact", body, idempotency_key="slow-0").status_code == 200
    with database.as_login("migrator") as connection:
        # The first request as it would stand in the middle: its row is written and not committed.
        connection.execute(
            "insert into idempotency_keys (account_id, key, command, request_hash)"
            " select account_id, replace(key, 'slow-0', 'slow-1'), command, request_hash from idempotency_keys"
            " where key like 'api:%:slow-0'"
        )
        told = full.call("create_contact", body, idempotency_key="slow-1")
        connection.rollback()
    assert (told.status_code, told.json()["title"]) == (409, "request_outstanding")
    assert full.call("create_contact", body | {"allow_duplicate": True}, idempotency_key="slow-1").status_code == 200


def test_an_answer_is_for_the_key_that_asked(
    full: Api, database: support.Database, app: Starlette, houses: tuple[support.TestHouse, ...]
) -> None:
    """Another key may carry less: it does the thing itself, or is refused."""
    body = {"kind": "contacts", "filters": {}}
    first = full.call("request_export", body, idempotency_key="list")
    assert first.status_code == 200, first.text
    less = with_key(database, app, houses[0], ["exports.run"])
    assert less.call("request_export", body, idempotency_key="list").status_code == 403
    alike = with_key(database, app, houses[0], ["exports.run", "contacts.read", "contacts.export"])
    other = alike.call("request_export", body, idempotency_key="list")
    assert other.status_code == 200
    assert other.json()["public_id"] != first.json()["public_id"]


def test_an_answer_with_a_secret_is_not_kept(full: Api, database: support.Database) -> None:
    house = full.call("create_organization", {"fields": {"name": "Atelier Neuf"}}).json()
    given = {"organization_id": house["organization_id"], "version": house["version"], "iban": IBAN, "holder": "A"}
    changed = full.call("change_bank_data", given)
    assert changed.status_code == 200, changed.text
    for _ in range(2):
        shown = full.call("show_bank_data", {"organization_id": house["organization_id"]}, idempotency_key="bank")
        assert (shown.status_code, shown.json()["iban"]) == (200, IBAN), shown.text
    with database.as_login("migrator") as connection:
        kept = connection.execute(
            "select coalesce(string_agg(response::text, ''), '') from idempotency_keys"
        ).fetchone()
    assert kept is not None
    assert IBAN not in kept[0]
    told = openapi.document()["paths"]["/api/v1/commands/show_bank_data"]["post"]
    assert told["parameters"] == []


def test_pages_are_walked_by_cursor(full: Api) -> None:
    for number in range(5):
        body = {"fields": {"last_name": f"Walker {number}"}, "allow_duplicate": True}
        assert full.call("create_contact", body).status_code == 200
    seen: list[int] = []
    cursor = ""
    while True:
        answer = full.ask("directory.contacts", f"?size=2{cursor}").json()
        seen += [row["id"] for row in answer["rows"]]
        if answer["next"] is None:
            break
        cursor = f"&cursor={answer['next']}"
    assert len(seen) == len(set(seen)) >= 5


@pytest.mark.parametrize(
    ("name", "body", "fields"),
    [
        ("create_event", {}, {"name", "starts_at", "ends_at", "timezone"}),
        ("create_event", EVENT | {"colour": "red"}, {"colour"}),
        ("create_contact", {"fields": {"last_name": "X", "shoe_size": 39}}, {"fields.shoe_size"}),
        ("create_event", EVENT | {"starts_at": "tomorrow"}, {"starts_at"}),
    ],
)
def test_every_wrong_field_is_named(full: Api, name: str, body: dict[str, Any], fields: set[str]) -> None:
    refused = full.call(name, body)
    assert refused.status_code == 422
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert set(refused.json()["fields"]) == fields


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("?size=0", {"size"}), ("?size=501", {"size"}), ("?size=many", {"size"}), ("?page=2", {"page"}),
        ("?wanted=nothing", {"wanted"}),
    ],
)  # fmt: skip
def test_every_wrong_parameter_is_named(full: Api, query: str, fields: set[str]) -> None:
    refused = full.ask("events.events", query)
    assert (refused.status_code, set(refused.json()["fields"])) == (422, fields)
    assert full.ask("events.event").json()["fields"] == {"slug_or_id": "It is required."}
    damaged = full.ask("events.events", "?cursor=abc")
    assert (damaged.status_code, damaged.json()["title"]) == (422, "invalid_input")


def test_bodies_that_are_no_json_are_refused(full: Api) -> None:
    for content, kind, status in ((b"{", "application/json", 422), (b"name=x", "text/plain", 415)):
        told = full.post("/api/v1/commands/create_event", content=content, headers=full.headers(content_type=kind))
        assert told.status_code == status
    assert full.call("create_event", {"name": "x" * 1_100_000}).status_code == 413


def test_keys_that_open_nothing(
    database: support.Database, app: Starlette, houses: tuple[support.TestHouse, ...]
) -> None:
    house = houses[0]
    refused = [
        Api(app),
        with_key(database, app, house, ALL, revoked_at="now"),
        with_key(database, app, house, ALL, created_at="2020-01-01", expires_at="2020-02-01"),
        with_key(database, app, house, ALL, allowed_networks=["203.0.113.0/24"]),
    ]
    for client in refused:
        answer = client.ask("events.events")
        assert (answer.status_code, answer.json()["title"]) == (401, "not_signed_in")
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("address", ["203.0.113.9", "::ffff:203.0.113.9"])
def test_key_bound_to_a_network_works_from_there(
    database: support.Database, app: Starlette, houses: tuple[support.TestHouse, ...], address: str
) -> None:
    """Where the server listens for both families, it sees the second form of an IPv4 address."""
    client = with_key(database, app, houses[0], ALL, allowed_networks=["203.0.113.0/24"])
    client.address = address
    assert client.ask("events.season_names").status_code == 200
    with database.as_login("migrator") as connection:
        used = connection.execute(
            "select last_used_ip from api_keys where key_hash = %s", [hash_token(client.key)]
        ).fetchone()
    assert used == ("203.0.113.9",)


def test_a_key_asks_only_so_often(
    database: support.Database, app: Starlette, houses: tuple[support.TestHouse, ...]
) -> None:
    slow = with_key(database, app, houses[0], ALL, requests_per_minute=2)
    # A minute may end between the first requests; in the next one the third is over the limit all the same.
    answers = [slow.ask("events.season_names") for _ in range(6)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60


def test_another_house_s_records_do_not_exist(
    database: support.Database, app: Starlette, full: Api, houses: tuple[support.TestHouse, ...]
) -> None:
    mine = full.call("create_event", EVENT | {"name": "Mine"}).json()["event_id"]
    other = with_key(database, app, houses[1], ALL)
    assert other.ask("events.event", f"?slug_or_id={mine}").status_code == 404
    assert other.ask("events.events").json()["rows"] == []
    assert other.call("archive_event", {"event_id": mine, "version": 1}).status_code == 404


def _reachable() -> Iterator[tuple[str, str, Permission]]:
    for name, command in openapi.commands().items():
        yield "command", name, command.permission
    for name, query in openapi.queries().items():
        yield "query", name, query.permission
    for name in openapi.FILES:
        of = registry.COMMANDS[name] if name in registry.COMMANDS else registry.QUERIES[name]
        yield "file", name, of.permission


@pytest.fixture(scope="module")
def keys(database: support.Database, app: Starlette, houses: tuple[support.TestHouse, ...]) -> dict[str, Api]:
    """Per permission a key with it alone, and one with everything else."""
    found = {}
    for permission in {permission.value for _, _, permission in _reachable()}:
        found[f"+{permission}"] = with_key(database, app, houses[0], [permission])
        found[f"-{permission}"] = with_key(database, app, houses[0], [one for one in ALL if one != permission])
    return found


@pytest.mark.parametrize(("kind", "name", "permission"), sorted(_reachable()))
def test_scope_opens_and_its_lack_closes(keys: dict[str, Api], kind: str, name: str, permission: Permission) -> None:
    def answer(client: Api) -> Answer:
        if kind == "file":
            return client.get(openapi.FILES[name].format(public_id=uuid.uuid4()), headers=client.headers())
        return client.call(name) if kind == "command" else client.ask(name)

    opened = answer(keys[f"+{permission.value}"])
    assert opened.status_code in ((404,) if kind == "file" else (200, 422)), opened.text
    closed = answer(keys[f"-{permission.value}"])
    assert (closed.status_code, closed.json()["title"]) == (403, "permission_denied")
    assert closed.json()["required_scope"] == permission.value
    assert permission.value in closed.json()["detail"]
    assert closed.headers["www-authenticate"] == f'Bearer error="insufficient_scope", scope="{permission.value}"'


def test_what_keys_may_not_do_has_no_route(full: Api) -> None:
    closed = [name for name, one in registry.COMMANDS.items() if ActorKind.API_KEY not in one.actors]
    assert {"make_password_link", "demand_second_factor"} <= set(closed)
    for name in [*closed, "drop_everything"]:
        assert full.call(name).status_code == 404
    assert full.get("/api/v2/anything").status_code == 404


def test_the_document_lists_what_there_is(app: Starlette) -> None:
    told = Client(app).get("/api/v1/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    assert len(told["paths"]) == len(openapi.commands()) + len(openapi.queries()) + len(openapi.FILES)
    assert all(one["x-scope"] in ALL for path in told["paths"].values() for one in path.values())
    made = told["paths"]["/api/v1/commands/create_event"]["post"]
    assert made["x-scope"] == "events.write"
    named = made["requestBody"]["content"]["application/json"]["schema"]
    assert {"name", "starts_at", "ends_at", "timezone"} <= set(named["required"])
