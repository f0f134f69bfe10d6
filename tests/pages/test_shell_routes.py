"""The routes beside the pages and what stands around all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from streamlit.file_util import get_static_dir

from eventos_core.api import routes
from eventos_core.db import engine
from eventos_core.kernel.credentials import hash_token
from eventos_core.kernel.errors import RateLimited, SetupError
from eventos_core.operations import readiness
from eventos_core.tenancy import identity
from tests import support
from tests.pages.asgi_client import Client
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database
INDEX = Path(get_static_dir()) / "index.html"
OWN = {"sec-fetch-site": "same-origin"}
COOKIE = "eventos_session"


async def echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def broken(request: Request) -> JSONResponse:
    raise ZeroDivisionError("secret detail")


async def slow_down(request: Request) -> JSONResponse:
    raise RateLimited("Too many requests.", hint="Wait a little.", retry_after=30)


async def media(request: Request) -> PlainTextResponse:
    return PlainTextResponse("a guest list")


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("open")
    await websocket.close()


@pytest.fixture
def client(database: Database) -> Client:
    own: list[Any] = [
        Route("/echo", echo, methods=["POST"]),
        Route("/broken", broken),
        Route("/slow", slow_down),
        Route("/media/list.csv", media),
        Route("/_stcore/metrics", media),
        Route("/_stcore/agent/openapi.json", media),
        Route("/component/cookie_manager/index.html", media),
        WebSocketRoute("/_stcore/stream", socket),
    ]
    app = Starlette(routes=[*routes.ROUTES, *own], middleware=routes.middleware(INDEX))
    return Client(app)


def sign_in(client: Client, house: TestHouse) -> str:
    ticket = identity.issue_session_ticket(house.owner_user_id)
    answer = client.post("/auth/session", json={"ticket": ticket}, headers=OWN)
    assert answer.status_code == 200, answer.text
    return client.cookies[COOKIE]


def test_alive_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTOS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    assert client.get("/healthz").json()["status"] == "ok"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["reason"] == "The database does not answer."


def test_what_the_server_said_stays_in_the_log(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    said = "LOG: could not open /srv/secret/place"

    def fails() -> None:
        raise SetupError(f"The database server did not start: {said}", hint="Check free disk space.")

    monkeypatch.setattr(readiness, "check_app_login", fails)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "secret" not in answer.text
    told = answer.json()
    assert (told["reason"], told["hint"]) == ("The database server did not start.", "Check free disk space.")
    assert f"Not ready {told['reference']}" in caplog.text
    assert said in caplog.text


def test_ready_with_current_migrations(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() | {"version": ""} == {"status": "ready", "version": "", "pending": []}


@pytest.mark.parametrize("login", ["admin", "migrator"])
def test_not_ready_with_a_login_that_passes_the_fence(
    login: str, client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTOS_DATABASE_URL", database.admin if login == "admin" else database.urls.migrator)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "EventOS does not serve with it" in answer.json()["reason"]
    engine.dispose_all()


def test_a_ticket_becomes_a_cookie_once(client: Client, house: TestHouse) -> None:
    ticket = identity.issue_session_ticket(house.owner_user_id)
    answer = client.post("/auth/session", json={"ticket": ticket}, headers=OWN)
    set_cookie = answer.headers["set-cookie"]
    assert set_cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in set_cookie
    assert "SameSite=lax" in set_cookie
    assert "Secure" not in set_cookie
    person = identity.session(hash_token(client.cookies[COOKIE]))
    assert person is not None
    assert person.email == house.owner_email
    again = client.post("/auth/session", json={"ticket": ticket}, headers=OWN)
    assert again.status_code == 401
    assert again.json()["error"]["code"] == "not_signed_in"


def test_over_tls_the_cookie_is_secure_and_bound_to_the_host(
    client: Client, house: TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTOS_BASE_URL", "https://events.test")
    ticket = identity.issue_session_ticket(house.owner_user_id)
    answer = client.post("/auth/session", json={"ticket": ticket}, headers=OWN)
    set_cookie = answer.headers["set-cookie"]
    assert set_cookie.startswith("__Host-eventos_session=")
    assert "Secure" in set_cookie
    assert "Path=/" in set_cookie
    assert "max-age" in answer.headers["strict-transport-security"]
    unbound = {"cookie": f"{COOKIE}={support.sign_in(house.owner_user_id)}"}
    assert client.get("/media/list.csv", headers=unbound).status_code == 401


def test_signing_in_again_ends_the_older_session(client: Client, house: TestHouse) -> None:
    first = sign_in(client, house)
    sign_in(client, house)
    assert identity.session(hash_token(first)) is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "cross-site", "origin": "http://events.test"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "http://evil.test"},
        {"origin": "null"},
    ],
)
def test_other_sites_can_neither_sign_in_nor_out(headers: dict[str, str], client: Client, house: TestHouse) -> None:
    token = sign_in(client, house)
    ticket = identity.issue_session_ticket(house.owner_user_id)
    for path, body in (("/auth/session", {"ticket": ticket}), ("/auth/sign-out", {})):
        answer = client.post(path, json=body, headers=headers)
        assert answer.status_code == 403, path
        assert answer.json()["error"]["code"] == "wrong_origin"
    assert identity.session(hash_token(token)) is not None


def test_an_older_browser_proves_itself_by_its_origin(client: Client, house: TestHouse) -> None:
    ticket = identity.issue_session_ticket(house.owner_user_id)
    answer = client.post("/auth/session", json={"ticket": ticket}, headers={"origin": "http://events.test"})
    assert answer.status_code == 200


@pytest.mark.parametrize("body", ["", "[]", '"x"', "{}", '{"ticket": 5}', '{"ticket": "short"}', "not json", "\xff"])
def test_an_unreadable_ticket_is_refused(body: str, client: Client) -> None:
    answer = client.post("/auth/session", content=body.encode("latin-1"), headers=OWN)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_sign_out_revokes(client: Client, house: TestHouse) -> None:
    token = sign_in(client, house)
    assert client.post("/auth/sign-out", headers=OWN).status_code == 200
    assert COOKIE not in client.cookies
    assert identity.session(hash_token(token)) is None
    assert client.post("/auth/sign-out", headers=OWN).status_code == 200


@pytest.mark.parametrize("path", ["/media/list.csv", "/_stcore/metrics"])
def test_what_streamlit_leaves_open_needs_a_session(path: str, client: Client, house: TestHouse) -> None:
    assert client.get(path).status_code == 401
    client.cookies[COOKIE] = "forged"
    assert client.get(path).status_code == 401
    client.cookies.clear()
    sign_in(client, house)
    assert client.get(path).text == "a guest list"


@pytest.mark.parametrize("path", ["/_stcore/agent/openapi.json", "/component/cookie_manager/index.html"])
def test_what_nobody_needs_is_closed(path: str, client: Client, house: TestHouse) -> None:
    sign_in(client, house)
    assert client.get(path).status_code == 404


def test_a_socket_opens_only_from_our_own_pages(client: Client) -> None:
    assert client.socket_opens("/_stcore/stream", {"origin": "http://events.test"})
    assert client.socket_opens("/_stcore/stream")
    for origin in ("http://evil.test", "http://localhost:3000", "null"):
        assert not client.socket_opens("/_stcore/stream", {"origin": origin})


def test_large_bodies_are_refused_announced_or_not(client: Client) -> None:
    megabyte = 1024 * 1024
    assert client.post("/echo", content=b"x" * megabyte).text == str(megabyte)
    announced = client.post("/echo", content=b"x" * (megabyte + 1))

    def pieces() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * 65536

    streamed = client.post("/echo", content=pieces())
    for answer in (announced, streamed):
        assert answer.status_code == 413
        assert answer.json()["error"]["code"] == "too_large"


def test_every_answer_is_dressed(client: Client) -> None:
    for path in ("/healthz", "/missing", "/broken"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert len(headers["x-request-id"]) == 16
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["frame-ancestors"] == "'none'"
        assert policy["default-src"] == "'self'"
        assert "unsafe" not in policy["script-src"]
        assert "sha256-" in policy["script-src"]


def test_a_defect_answers_with_a_reference_and_no_detail(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    answer = client.get("/broken")
    assert answer.status_code == 500
    error = answer.json()["error"]
    assert error["request"] == answer.headers["x-request-id"]
    assert "secret detail" not in answer.text
    assert error["reference"] in caplog.text
    assert "ZeroDivisionError: secret detail" in caplog.text


def test_our_errors_keep_their_words_and_status(client: Client) -> None:
    answer = client.get("/slow")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "30"
    assert answer.json()["error"]["message"] == "Too many requests."
