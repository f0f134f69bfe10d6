"""The log of requests: every answer and every line carries the request's id, and nothing that could open anything."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from streamlit.file_util import get_static_dir

from eventos_core.api import messages, request_log, routes
from eventos_core.api.request_log import Addresses
from eventos_core.db import engine, registry
from eventos_core.kernel.credentials import hash_token
from eventos_core.kernel.errors import SetupError
from eventos_core.operations import signing
from eventos_core.tenancy import identity
from tests import support
from tests.api.test_v1 import ALL, Api, with_key
from tests.pages.asgi_client import Client
from tests.pages.test_shell_routes import COOKIE, OWN, broken

pytestmark = pytest.mark.database
INDEX = Path(get_static_dir()) / "index.html"
CANARY = "canary-7f3a9c-that-nobody-may-read-in-any-log"
SECRET = b"mail-report-secret-canary"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Everything logged anywhere at any level from here on, as the app's own handler writes it."""
    monkeypatch.setenv("EVENTOS_LOG_LEVEL", "DEBUG")
    root, ours = logging.getLogger(), logging.getLogger("eventos_core")
    before = (root.level, ours.level, list(ours.handlers))
    root.setLevel(logging.DEBUG)
    logging.getLogger("sqlalchemy.engine").setLevel(logging.INFO)  # statements; DEBUG would show rows
    ours.handlers = []
    request_log.set_up(routes.ROUTES)
    written = io.StringIO()
    ours.handlers[0].setStream(written)  # type: ignore[attr-defined]
    everything = logging.StreamHandler(written)
    root.addHandler(everything)

    def take() -> str:
        told = written.getvalue()
        written.seek(0)
        written.truncate()
        return told

    yield take

    root.removeHandler(everything)
    logging.getLogger("sqlalchemy.engine").setLevel(logging.NOTSET)
    root.setLevel(before[0])
    ours.setLevel(before[1])
    ours.handlers = before[2]


@pytest.fixture
def app(database: support.Database) -> Starlette:
    own = [*routes.ROUTES, Route("/broken", broken)]
    return Starlette(routes=own, middleware=routes.middleware(INDEX))


def test_each_request_is_one_line_under_the_id_of_its_answer(app: Starlette, lines: Any) -> None:
    client = Client(app)
    for path in ("/api/v1/queries/events.events?size=5", "/h/nowhere/files/x", "/u/x", "/api/v1/openapi.json"):
        answer = client.get(path)
        told = lines()
        own = [line for line in told.splitlines() if "INFO eventos_core.requests" in line]
        assert len(own) == 1, told
        assert f"[{answer.headers['x-request-id']}]" in own[0]
        assert re.search(rf"GET \S+ {answer.status_code} in \d+ ms$", own[0]), own[0]
        assert "size=5" not in told
    client.get("/healthz")
    assert "eventos_core.requests" not in lines(), "what watches the process would fill the log"


def test_a_defect_stands_under_the_id_of_its_answer(app: Starlette, lines: Any) -> None:
    answer = Client(app).get("/broken")
    told = lines()
    assert f"[{answer.headers['x-request-id']}]: Defect {answer.json()['error']['reference']}" in told
    assert told.count("ZeroDivisionError: secret detail") == 2, "once by each of this test's two handlers"


def _requests(client: Client, key: str, house: support.TestHouse) -> Iterator[tuple[str, int]]:
    """Requests with a secret in every place where one travels: (what it was, status)."""
    bearer = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    event = f'{{"name": "{CANARY}", "starts_at": "x"}}'.encode()
    calendar = f"/calendar/{CANARY}.ics"
    for path in (f"/p/{CANARY}", f"/p/{CANARY}/programme.ics", f"/p/{CANARY}/code.png", f"/p/{CANARY}/more", calendar):
        yield path, client.get(path).status_code
    for path in (f"/u/{CANARY}", f"/u/{CANARY}?also={CANARY}", f"/u/{CANARY}%0aforged", f"/u/{CANARY}/more"):
        yield path, client.get(path).status_code
        yield path, client.post(path, content=b"List-Unsubscribe=One-Click").status_code
    yield "ticket", client.post("/auth/session", json={"ticket": CANARY}, headers=OWN).status_code
    ticket = identity.issue_session_ticket(house.owner_user_id)
    yield "good ticket", client.post("/auth/session", json={"ticket": ticket}, headers=OWN).status_code
    client.cookies[COOKIE] = CANARY
    for path in ("/auth/sign-out", "/api/v1/commands/create_event"):
        yield path, client.post(path, headers=OWN).status_code
    for path in (f"/h/{house.slug}/files/x?token={CANARY}", f"/h/{house.slug}/exports/x?{CANARY}"):
        yield path, client.get(path).status_code
    yield "key", client.get("/api/v1/queries/events.events", headers=bearer).status_code
    yield "key", client.post("/api/v1/commands/create_event", content=event, headers=bearer).status_code
    yield "question", client.get(f"/api/v1/queries/events.event?slug_or_id={CANARY}", headers=bearer).status_code
    signed = {signing.HEADER: f"t=1,v1={CANARY}"}
    yield "report", client.post("/hooks/mail", content=CANARY.encode(), headers=signed).status_code


def test_no_secret_reaches_any_log(
    app: Starlette, lines: Any, database: support.Database, house: support.TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTOS_MAIL_REPORT_SECRET", SECRET.decode())
    known = with_key(database, app, house, ALL).key
    hidden = [CANARY, known, hash_token(CANARY).hex(), hash_token(known).hex(), SECRET.decode(), house.owner_token]
    client = Client(app)
    for key in (CANARY, known):
        seen = dict(_requests(client, key, house))
        assert 500 not in seen.values()
    told = lines()
    assert "/u/-" in told
    assert [word for word in hidden if word in told] == []

    # The same where everything goes wrong: a defect in each place, and a database that is gone.
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a defect")

    with monkeypatch.context() as broken_parts:
        for module, name in ((identity, "redeem_ticket"), (identity, "end_session"), (messages, "read")):
            broken_parts.setattr(module, name, fail)
        broken_parts.setattr(messages, "execute", fail)
        broken_parts.setattr(registry, "unit_of_work", fail)
        assert 500 in dict(_requests(client, known, house)).values()
    monkeypatch.setenv("EVENTOS_DATABASE_URL", f"postgresql://app:{CANARY}@127.0.0.1:1/nothing")
    with pytest.raises(Exception, match=r"does not answer|refused"):
        dict(_requests(client, known, house))
    engine.dispose_all()
    told = lines()
    assert "a defect" in told
    assert [word for word in hidden if word in told] == []


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("/u/abc", "/u/-"),
        ("/u/abc/more?x=1", "/u/-/more"),
        ("/p/abc", "/p/-"),
        ("/p/abc/programme.ics", "/p/-/programme.ics"),
        ("/calendar/abc.ics", "/calendar/-"),
        ("/u/a%2fb c/d", "/u/-/d"),
        ("/?reset=abc&house=x", "/"),
        ("/h/maison/files/1?download", "/h/maison/files/1"),
        ("/api/v1/queries/a%0ab\nforged", "/api/v1/queries/a%250ab%0Aforged"),
    ],
)
def test_an_address_is_shown_without_what_opens_something(address: str, shown: str) -> None:
    assert Addresses(routes.ROUTES).shown(address) == shown


def test_the_server_s_own_lines_are_cleaned(lines: Any) -> None:
    access, written = logging.getLogger("uvicorn.access"), io.StringIO()
    handler = logging.StreamHandler(written)
    access.addHandler(handler)
    access.setLevel(logging.INFO)
    for path in (f"/u/{CANARY}", f"/?reset={CANARY}", f"/?invitation={CANARY}&house=x", f"/?setup={CANARY}"):
        access.info('%s - "%s %s HTTP/%s" %d', "127.0.0.1:1", "GET", path, "1.1", 200)
    access.removeHandler(handler)
    assert CANARY not in written.getvalue()
    assert '"GET /u/- HTTP/1.1" 200' in written.getvalue()


def test_an_unknown_level_refuses_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTOS_LOG_LEVEL", "chatty")
    with pytest.raises(SetupError, match="chatty"):
        request_log.set_up(routes.ROUTES)


def test_what_a_statement_was_given_stays_out_of_its_error(house: support.TestHouse) -> None:
    with pytest.raises(Exception, match="no_such_table") as caught, engine.app_engine().connect() as connection:
        connection.exec_driver_sql("select 1 from no_such_table where x = %s", (CANARY,))
    assert CANARY not in str(caught.value)


def test_a_key_s_own_name_is_all_the_api_tells_of_it(app: Starlette) -> None:
    client = Api(app)
    client.key = CANARY
    assert CANARY not in client.ask("events.events").text
