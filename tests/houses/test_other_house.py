"""Another house's records do not exist: every command, every query, every route, by every way in.

Nothing here is a list of what to try. Commands and queries come from the registry, routes from the app; a new one is
tried by itself, or fails until it is said how.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.routing import Route

from eventos_core.api import routes
from eventos_core.api.v1 import openapi, shapes
from eventos_core.db import registry
from eventos_core.db.registry import read
from eventos_core.db.session import unit_of_work
from eventos_core.db.sync.tables import metadata
from eventos_core.enums.tenancy import TokenPurpose
from eventos_core.kernel.context import ActorKind
from eventos_core.kernel.credentials import hash_token, new_key, new_token
from eventos_core.kernel.errors import EventOSError, NotFound
from eventos_core.operations import start
from tests import support
from tests.db.rows import insert_statement
from tests.houses import inputs
from tests.houses.conftest import Filled
from tests.pages.asgi_client import Answer, Client
from tests.pages.test_shell_routes import COOKIE, INDEX

pytestmark = pytest.mark.database
start.load()
Two = tuple[Filled, Filled]
COMMANDS = sorted(registry.COMMANDS)
QUERIES = sorted(name for name, query in registry.QUERIES.items() if ActorKind.MEMBER in query.actors)
"""Those of a public link have no house to choose; its routes are tried below."""
SKIP_STRANGERS = {
    "archive_contacts", "archive_organizations", "assign_contacts", "assign_organizations", "restore_contacts",
    "restore_organizations", "archive_deals", "change_deals",
    "move_deal", "restore_deals", "tag_contacts", "tag_organizations", "restore_archived", "reapply_erasure",
}  # fmt: skip
"""Commands over many records, which pass by those that the house does not have; a deal that is where it shall go."""
NOBODY_S = {"unsubscribe"}
"""Commands of a public link, which has no house to choose; `test_routes.py` tries the link."""


_WRITTEN = text("select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::integer from pg_stat_xact_user_tables")


class Undone(Exception):
    """Takes back what a trial did."""


def tried(house: Filled, command: registry.Command, given: Any) -> tuple[Exception | None, int]:
    """What the command says to that input, and how many rows it wrote; nothing of it stays."""
    person = ActorKind.MEMBER in command.actors
    rows = 0
    try:
        with unit_of_work(house.owner if person else house.house.operator) as db:
            before = db.scalar(_WRITTEN)
            command.function(db, given)
            db.flush()
            rows = db.scalar(_WRITTEN) - before
            raise Undone
    except Undone:
        return None, rows
    except DBAPIError as error:
        return registry.translate(error), 0
    except Exception as error:
        return error, 0


def state(connection: psycopg.Connection[Any], *houses: Filled) -> dict[str, tuple[int, str]]:
    """Rows and a checksum of every table of these houses."""
    words = [
        sql.SQL(
            "select {name}, count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text"
            " from {table} t where account_id = any(%(houses)s)"
        ).format(name=table, table=sql.Identifier(table))
        for table in _tables()
    ]
    found = connection.execute(
        sql.SQL(" union all ").join(words), {"houses": [one.house.account_id for one in houses]}
    ).fetchall()
    connection.rollback()
    return {name: (count, checksum) for name, count, checksum in found}


def _tables() -> list[str]:
    # A refusal is noted in the audit, in the house of who asked; the tests below make links.
    skipped = {"audit_log", "one_time_tokens"}
    return sorted(name for name, table in metadata().tables.items() if "account_id" in table.c and name not in skipped)


@pytest.fixture(scope="module")
def looking(database: support.Database) -> Iterator[psycopg.Connection[Any]]:
    with database.as_login("migrator") as connection:
        yield connection


@pytest.fixture(scope="module", autouse=True)
def untouched(looking: psycopg.Connection[Any], filled: Two) -> dict[str, tuple[int, str]]:
    """What stands in both houses before anybody tries anything."""
    return state(looking, *filled)


@pytest.fixture(scope="module")
def client(database: support.Database) -> Client:
    return Client(Starlette(routes=routes.ROUTES, middleware=routes.middleware(INDEX)))


def posted(client: Client, key: str, command: registry.Command, given: Any) -> Answer:
    body = shapes.adapter(command.input_type).dump_json(given)
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    return client.post(f"/api/v1/commands/{command.name}", content=body, headers=headers)


def asked(client: Client, key: str, query: registry.Query, given: dict[str, Any]) -> Answer:
    words = {}
    for name, (kind, _) in shapes.query_parameters(query).items():
        if given.get(name) is not None:
            plain = shapes.is_simple(kind)
            words[name] = str(given[name]) if plain else shapes.adapter(kind).dump_json(given[name]).decode()
    url = f"/api/v1/queries/{query.name}?{urlencode(words)}"
    return client.get(url, headers={"authorization": f"Bearer {key}"})


def asked_directly(house: Filled, query: registry.Query, given: dict[str, Any]) -> str:
    """What the query answers the owner, as text; or why nothing."""
    try:
        found = read(house.owner, query.function, **given)
    except EventOSError as error:
        return str(error)
    return json.dumps(shapes.as_json(found), default=str, ensure_ascii=False)


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in NOBODY_S])
def test_no_command_reaches_into_another_house(filled: Two, client: Client, name: str) -> None:
    ours, theirs = filled
    command = registry.COMMANDS[name]
    mine, paths = inputs.of_command(command, ours.ids)
    for path in paths:
        own, _ = tried(ours, command, inputs.put(command, mine, path, ours.ids))
        assert own is None or isinstance(own, inputs.NOT_NOW.get(name, ())), f"our own {path}: {own!r}"
        strange = inputs.put(command, mine, path, theirs.ids)
        refused, rows = tried(ours, command, strange)
        silent = refused is None and name in SKIP_STRANGERS and not rows
        assert silent or isinstance(refused, NotFound) or (isinstance(refused, EventOSError) and own is None), (
            f"{path}: {refused!r}, {rows} rows written"
        )
        assert theirs.mark not in str(refused)
        if name in openapi.commands():
            answer = posted(client, ours.key, command, strange)
            assert answer.status_code in (200 if silent else 404, 404, 409, 422), f"{path}: {answer.text}"
            assert theirs.mark not in answer.text
    if paths:
        # What is refused to us is theirs to do.
        given, _ = inputs.of_command(command, theirs.ids)
        done, _ = tried(theirs, command, given)
        assert done is None or isinstance(done, inputs.NOT_NOW.get(name, ())), repr(done)


@pytest.mark.parametrize("name", QUERIES)
def test_no_query_shows_another_house(filled: Two, client: Client, name: str) -> None:
    ours, theirs = filled
    query = registry.QUERIES[name]
    mine, paths = inputs.of_query(query, ours.ids)
    assert theirs.mark not in asked_directly(ours, query, mine)
    for path in paths:
        strange = inputs.put(query, mine, path, theirs.ids)
        assert theirs.mark not in asked_directly(ours, query, strange), path
        if name in openapi.queries():
            answer = asked(client, ours.key, query, strange)
            assert answer.status_code in (200, 404), f"{path}: {answer.status_code} {answer.text}"
            assert theirs.mark not in answer.text
    given, _ = inputs.of_query(query, theirs.ids)
    assert "does not exist" not in asked_directly(theirs, query, given)


def test_what_is_hidden_from_us_shows_to_them(filled: Two) -> None:
    """So the mark is looked for where it could have come out."""
    theirs = filled[1]
    shown = set()
    for name, query in registry.QUERIES.items():
        if ActorKind.MEMBER in query.actors:
            given, _ = inputs.of_query(query, theirs.ids)
            if theirs.mark in asked_directly(theirs, query, given):
                shown.add(name)
    assert len(shown) >= 25
    assert {"directory.contact", "events.event", "operations.media_asset", "operations.message"} - shown == set()


def test_nothing_of_all_that_changed_anything(
    looking: psycopg.Connection[Any], filled: Two, untouched: dict[str, tuple[int, str]]
) -> None:
    """Every refusal above ended with nothing written, in their house and in ours."""
    now = state(looking, *filled)
    touched = {table for table, found in now.items() if found != untouched[table]}
    assert touched <= {"api_keys"}, "when a key was last used is noted"


def test_the_api_opens_to_a_key_in_force_alone(filled: Two, client: Client, database: support.Database) -> None:
    theirs = filled[1]
    command, query = registry.COMMANDS["archive_event"], registry.QUERIES["events.event"]
    given, _ = inputs.of_command(command, theirs.ids)
    key, _ = new_key()
    for wrong in ("", key, theirs.house.owner_token, theirs.disabled):
        client.cookies[COOKIE] = theirs.house.owner_token  # a cookie opens pages, not the API
        assert posted(client, wrong, command, given).status_code == 401
        assert asked(client, wrong, query, {"slug_or_id": theirs.ids["events"]}).status_code == 401
    client.cookies.clear()
    assert asked(client, theirs.key, query, {"slug_or_id": theirs.ids["events"]}).status_code == 200


HOUSE_ROUTES: dict[str, Callable[[Filled], str]] = {
    "/h/{house}/exports/{public_id}": lambda one: f"/h/{one.house.slug}/exports/{one.ids['export']}",
    "/h/{house}/files/{public_id}": lambda one: f"/h/{one.house.slug}/files/{one.ids['file']}",
    "/h/{house}/files/{public_id}/thumb": lambda one: f"/h/{one.house.slug}/files/{one.ids['file']}/thumb",
}
"""Routes of a house → the address of something of it; opened by the cookie of one of its members."""
KEY_ROUTES: dict[str, Callable[[Filled], str]] = {
    "/api/v1/exports/{public_id}": lambda one: f"/api/v1/exports/{one.ids['export by key']}",
    "/api/v1/files/{public_id}": lambda one: f"/api/v1/files/{one.ids['file']}",
}
"""Routes that give a file to an API key → the address of one of its house."""
LINK_ROUTES = {
    "/u/{token}": ("unsubscribe", "notification_queue"),
    "/p/{token}": ("programme", "events"),
    "/p/{token}/programme.ics": ("programme", "events"),
    "/p/{token}/code.png": ("programme", "events"),
    "/calendar/{token}.ics": ("calendar", "calendar_tokens"),
}
"""Routes of public links → what their tokens are about, and its table."""
SHOWS_NOTHING = {"/p/{token}/code.png"}
"""Routes of links that read no record: the picture is of the link's own address."""
OTHERS = {
    "/healthz", "/readyz", "/auth/session", "/auth/sign-out", "/hooks/mail", "/api/v1/openapi.json",
    "/api/v1/commands/{name}", "/api/v1/queries/{name}", "/api/{rest:path}",
}  # fmt: skip
"""Routes whose address names no record: those of the API are tried above, a command and a query at a time."""


def test_every_route_is_tried() -> None:
    there = {route.path for route in routes.ROUTES if isinstance(route, Route)}
    assert there == {*HOUSE_ROUTES, *KEY_ROUTES, *LINK_ROUTES, *OTHERS}, "say in this file how a new route is tried"
    assert len([one for one in routes.ROUTES if not isinstance(one, Route)]) == 0


@pytest.mark.parametrize("path", HOUSE_ROUTES)
def test_a_house_s_address_opens_to_its_members_alone(filled: Two, database: support.Database, path: str) -> None:
    ours, theirs = filled
    address = HOUSE_ROUTES[path]
    app = Client(Starlette(routes=routes.ROUTES, middleware=routes.middleware(INDEX)))

    def answers(url: str, token: str = "", key: str = "") -> tuple[int, bytes]:
        app.cookies = {COOKIE: token} if token else {}
        found = app.get(url, headers={"authorization": f"Bearer {key}"} if key else None)
        return found.status_code, found.content

    status, content = answers(address(theirs), theirs.house.owner_token)
    assert status == 200
    assert content
    swapped = (
        address(theirs).replace(f"/h/{theirs.house.slug}/", f"/h/{ours.house.slug}/"),
        address(ours).replace(f"/h/{ours.house.slug}/", f"/h/{theirs.house.slug}/"),
    )
    for url in (address(theirs), *swapped):
        status, said = answers(url, ours.house.owner_token)
        assert (status, content in said) == (404, False), url
    assert answers(swapped[1], theirs.house.owner_token)[0] == 404
    for token, key in (("", ""), ("forged", ""), ("", ours.key), ("", theirs.key)):
        assert answers(address(theirs), token, key)[0] == 401, (token, key)
    assert answers(address(theirs), theirs.disabled)[0] in (401, 404), "who was shown the door"


@pytest.mark.parametrize("path", KEY_ROUTES)
def test_a_file_s_address_opens_to_keys_of_its_house_alone(filled: Two, client: Client, path: str) -> None:
    ours, theirs = filled

    def answers(key: str) -> tuple[int, bytes]:
        found = client.get(KEY_ROUTES[path](theirs), headers={"authorization": f"Bearer {key}"})
        return found.status_code, found.content

    client.cookies.clear()
    status, content = answers(theirs.key)
    assert status == 200
    assert content
    refused, said = answers(ours.key)
    assert (refused, content in said, theirs.mark.encode() in said) == (404, False, False)
    for wrong in ("", new_key()[0], theirs.house.owner_token, theirs.disabled):
        assert answers(wrong)[0] == 401


@pytest.mark.parametrize("path", LINK_ROUTES)
def test_a_link_opens_what_it_was_made_for_and_nothing_else(
    filled: Two, client: Client, database: support.Database, looking: psycopg.Connection[Any], path: str
) -> None:
    ours, theirs = filled
    about, table = LINK_ROUTES[path]
    with database.as_login("migrator") as connection:
        connection.execute("delete from rate_limits")  # more requests here than anybody makes in a minute
    before = state(looking, ours)

    def link(purpose: str = "public_link", house: Filled = theirs, key: str = about, **columns: Any) -> str:
        token = new_token()
        values: dict[str, Any] = {
            "token_hash": hash_token(token), "purpose": purpose, "account_id": house.house.account_id,
            "max_uses": None, "expires_at": "2999-01-01",
            "payload": Jsonb({"permissions": ["contacts.write", "events.read"], key: theirs.ids[table]}), **columns,
        }  # fmt: skip
        if purpose != "public_link":
            values |= {"user_id": house.house.owner_user_id, "member_id": house.house.owner_member_id}
        elif about == "calendar":  # on a member's behalf
            values |= {"member_id": house.house.owner_member_id}
        with database.as_login("migrator") as connection:
            connection.execute(insert_statement("one_time_tokens", values), list(values.values()))
            if about == "calendar" and house is theirs:
                connection.execute(
                    "update calendar_tokens set token_hash = %s where id = %s", [hash_token(token), theirs.ids[table]]
                )
        return path.replace("{token}", token)

    # The last: a link of our own house that names a record of theirs.
    wrong = [link(purpose.value) for purpose in TokenPurpose if purpose is not TokenPurpose.PUBLIC_LINK]
    wrong += [link(revoked_at="now"), link(created_at="2020-01-01", expires_at="2020-02-01"), link(key="something")]
    wrong += [link(key=key) for key in {key for key, _ in LINK_ROUTES.values()} - {about}]
    wrong += [path.replace("{token}", new_token()), path.replace("{token}", theirs.key)]
    wrong += [] if path in SHOWS_NOTHING else [link(house=ours)]
    methods = {
        method for one in routes.ROUTES if isinstance(one, Route) and one.path == path for method in one.methods or ()
    }
    for address in wrong:
        for method in methods - {"HEAD"}:
            answer = client.request(method, address)
            assert answer.status_code in (401, 404), address
            assert theirs.mark not in answer.text
    right = link()
    for method in methods - {"HEAD"}:
        assert client.request(method, right).status_code == 200
    assert state(looking, ours) == before
