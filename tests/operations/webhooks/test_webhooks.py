"""Outgoing webhooks against a real receiver: signed, tried again, logged, never into private networks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.kernel.credentials import Credential, new_token
from eventos_core.kernel.errors import AlreadyExists, InvalidInput, NotAllowedNow, NotFound, PermissionDenied
from eventos_core.kernel.permissions import Role
from eventos_core.operations import outbound, signing
from eventos_core.operations.jobs import worker
from eventos_core.operations.webhooks import commands, jobs, queries
from eventos_core.operations.webhooks.commands import (
    AddEndpoint,
    EditEndpoint,
    OneEndpoint,
    Redeliver,
    RotateSecret,
    SwitchEndpoint,
)
from tests.events import rows as event_rows
from tests.support import Database, TestHouse, running_job

pytestmark = pytest.mark.database
TwoHouses = tuple[TestHouse, TestHouse]


class Receiver:
    """An HTTP server that keeps what it got and answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                self.send_response(receiver.status)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()
                self.wfile.write(b"thank you")

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("EVENTOS_PRIVATE_WEBHOOKS", "1")
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def add(who: Credential, url: str, *facts: str, secret: str = "") -> tuple[commands.EndpointSaved, str]:
    secret = secret or new_token()
    given = AddEndpoint("Own site", url, facts or ("*",), secret)
    return execute(who, commands.add_endpoint, given), secret


def make_due(database: Database) -> None:
    with database.as_login("migrator", autocommit=True) as connection:
        connection.execute("update webhook_deliveries set next_attempt_at = now() where next_attempt_at is not null")


def test_fact_arrives_signed_in_its_own_house_only(
    database: Database, two_houses: TwoHouses, receiver: Receiver
) -> None:
    first, second = two_houses
    _, secret = add(first.owner, receiver.url, "EventCreated")
    event_rows.add_event(second.owner)
    saved = event_rows.add_event(first.member(Role.MEMBER))  # who may not manage webhooks
    worker.run_until_empty(queues=["house"])
    ((headers, body),) = receiver.got
    assert signing.is_genuine(headers[signing.HEADER], body, secret.encode())
    assert not signing.is_genuine(headers[signing.HEADER], body + b" ", secret.encode())
    told = json.loads(body)
    assert (told["fact"], told["house"], told["data"]) == ("EventCreated", first.slug, {"event_id": saved.event_id})


def test_only_facts_asked_for_are_told(database: Database, house: TestHouse, receiver: Receiver) -> None:
    add(house.owner, receiver.url, "ContactsMerged")
    event_rows.add_event(house.owner)
    assert jobs.deliver_due(running_job(database, house)) == 0


def test_refused_delivery_is_tried_again_under_the_same_id(
    database: Database, house: TestHouse, receiver: Receiver
) -> None:
    made, _ = add(house.owner, receiver.url, "EventCreated")
    event_rows.add_event(house.owner)
    receiver.status = 503
    for _ in range(jobs.ATTEMPTS):
        assert jobs.deliver_due(running_job(database, house)) == 0
        assert jobs.deliver_due(running_job(database, house)) == 0  # it waits
        make_due(database)
    (row,) = read(house.owner, queries.webhook_log, made.endpoint_id).to_dict("records")
    assert (row["status"], row["attempts"], row["response_status"]) == ("given_up", jobs.ATTEMPTS, 503)
    assert len({headers["X-EventOS-Delivery"] for headers, _ in receiver.got}) == 1
    receiver.status = 200
    execute(house.owner, commands.redeliver, Redeliver(row["id"]))
    assert jobs.deliver_due(running_job(database, house)) == 1
    assert len({headers["X-EventOS-Delivery"] for headers, _ in receiver.got}) == 1
    with pytest.raises(NotAllowedNow):
        execute(house.owner, commands.redeliver, Redeliver(row["id"]))
        execute(house.owner, commands.redeliver, Redeliver(row["id"]))


def test_redirect_is_not_followed(database: Database, house: TestHouse, receiver: Receiver) -> None:
    made, _ = add(house.owner, receiver.url)
    receiver.status = 302
    execute(house.owner, commands.ping_endpoint, OneEndpoint(made.endpoint_id))
    jobs.deliver_due(running_job(database, house))
    assert len(receiver.got) == 1
    assert read(house.owner, queries.webhook_log, made.endpoint_id)["response_status"].tolist() == [302]


def test_endpoint_that_keeps_failing_is_told_no_more_until_it_is_switched_on(
    database: Database, house: TestHouse, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "FAILURES", 2)
    made, _ = add(house.owner, receiver.url, "EventCreated")
    receiver.status = 500
    for _ in range(2):
        event_rows.add_event(house.owner)
    jobs.deliver_due(running_job(database, house))
    one = read(house.owner, queries.webhook_endpoint, made.endpoint_id)
    assert (one.status.value, one.failures) == ("failing", 2)
    receiver.status = 200
    make_due(database)
    assert jobs.deliver_due(running_job(database, house)) == 0
    execute(house.owner, commands.switch_endpoint, SwitchEndpoint(one.id, one.version, active=True))
    assert jobs.deliver_due(running_job(database, house)) == 2


def test_changed_secret_signs_beside_the_one_before(database: Database, house: TestHouse, receiver: Receiver) -> None:
    made, before = add(house.owner, receiver.url)
    after = new_token()
    execute(house.owner, commands.rotate_secret, RotateSecret(made.endpoint_id, made.version, after))
    execute(house.owner, commands.ping_endpoint, OneEndpoint(made.endpoint_id))
    jobs.deliver_due(running_job(database, house))
    headers, body = receiver.got[-1]
    for secret in (before, after):
        assert signing.is_genuine(headers[signing.HEADER], body, secret.encode())


def test_secret_is_stored_encrypted_and_stays_out_of_the_audit(database: Database, house: TestHouse) -> None:
    _, secret = add(house.owner, "https://hooks.example/one")
    with database.as_login("migrator") as connection:
        for table in ("webhook_endpoints", "idempotency_keys", "audit_log"):
            found = connection.execute(f"select count(*) from {table} t where strpos(t::text, %s) > 0", [secret])
            assert found.fetchone() == (0,)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x", "http://localhost/x", "http://169.254.169.254/latest/meta-data", "http://[::1]/x",
        "http://10.1.2.3/x", "http://192.168.0.1/x", "http://[::ffff:127.0.0.1]/x", "http://0.0.0.0/x",
        "http://100.64.0.1/x", "http://[fd00::1]/x", "http://2130706433/x",
    ],
)  # fmt: skip
def test_private_addresses_are_refused(url: str) -> None:
    with pytest.raises(outbound.AddressRefused):
        outbound.post(url, b"{}", {}, allow_private=False)


@pytest.mark.parametrize("url", ["ftp://a.example/x", "file:///etc/passwd", "https://", "https://u:p@a.example/", "x"])
def test_what_is_no_web_address_is_told_at_the_field(house: TestHouse, url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        add(house.owner, url)
    assert "url" in caught.value.fields


def test_private_address_is_given_up_at_once(database: Database, house: TestHouse) -> None:
    made, _ = add(house.owner, "http://127.0.0.1:9/x")
    execute(house.owner, commands.ping_endpoint, OneEndpoint(made.endpoint_id))
    jobs.deliver_due(running_job(database, house))
    (row,) = read(house.owner, queries.webhook_log, made.endpoint_id).to_dict("records")
    assert (row["status"], row["attempts"]) == ("given_up", 1)
    assert "private network" in row["response_excerpt"]


def test_same_address_and_unknown_facts_are_refused(two_houses: TwoHouses) -> None:
    first, second = two_houses
    add(first.owner, "https://hooks.example/one")
    with pytest.raises(AlreadyExists):
        add(first.owner, "https://hooks.example/one")
    add(second.owner, "https://hooks.example/one")
    with pytest.raises(InvalidInput):
        add(first.owner, "https://hooks.example/two", "NothingOfOurs")
    with pytest.raises(InvalidInput) as wrong:
        add(first.owner, "no address", "NothingOfOurs", secret="short")
    assert set(wrong.value.fields) == {"url", "facts", "secret"}
    with pytest.raises(InvalidInput) as wrong:
        add(first.owner, "https://hooks.example/two", secret="short")
    assert set(wrong.value.fields) == {"secret"}


def test_who_may_manage_webhooks(two_houses: TwoHouses) -> None:
    first, second = two_houses
    made, _ = add(first.member(Role.ADMIN), "https://hooks.example/one")
    attempts: list[tuple[Any, Any]] = [
        (commands.edit_endpoint, EditEndpoint(made.endpoint_id, made.version, "x", "https://a.example", ("*",))),
        (commands.rotate_secret, RotateSecret(made.endpoint_id, made.version, new_token())),
        (commands.switch_endpoint, SwitchEndpoint(made.endpoint_id, made.version, active=False)),
        (commands.ping_endpoint, OneEndpoint(made.endpoint_id)),
        (commands.redeliver, Redeliver(1)),
        (commands.remove_endpoint, OneEndpoint(made.endpoint_id)),
    ]
    for command, given in attempts:
        with pytest.raises(PermissionDenied):
            execute(first.member(Role.MANAGER), command, given)
        with pytest.raises(NotFound):
            execute(second.owner, command, given)
    with pytest.raises(PermissionDenied):
        add(first.member(Role.MANAGER), "https://hooks.example/two")
    with pytest.raises(PermissionDenied):
        read(first.member(Role.MANAGER), queries.webhook_endpoints)
    assert read(second.owner, queries.webhook_endpoints).empty
    with pytest.raises(NotFound):
        read(second.owner, queries.webhook_endpoint, made.endpoint_id)
    execute(first.owner, commands.remove_endpoint, OneEndpoint(made.endpoint_id))
    assert read(first.owner, queries.webhook_endpoints).empty
