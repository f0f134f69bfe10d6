"""Connected services: credentials sealed and audited, tried honestly, used for their own house, nothing sent twice."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.db.session import unit_of_work
from eventos_core.enums.operations import (
    IntegrationStatus,
    MessageCategory,
    MessageChannel,
    QueueStatus,
    SendAnchor,
)
from eventos_core.kernel import secret_keys
from eventos_core.kernel.errors import (
    AlreadyExists,
    EditConflict,
    InvalidInput,
    NotAllowedNow,
    NotFound,
    PermissionDenied,
)
from eventos_core.kernel.permissions import Permission, Role
from eventos_core.operations import encryption, needs
from eventos_core.operations.files import commands as files
from eventos_core.operations.integrations import commands, queries, testing
from eventos_core.operations.integrations.commands import (
    AddIntegration,
    EditIntegration,
    OneIntegration,
    SwitchIntegration,
    TryIntegration,
)
from eventos_core.operations.jobs import worker
from eventos_core.operations.messages import commands as messages
from eventos_core.operations.messages import sending
from eventos_core.operations.messages.commands import AddTemplate, OneMessage, RewordTemplate, SendTrial
from eventos_core.operations.messages.queries import messages as outbox
from eventos_core.operations.messages.queries import template
from eventos_core.operations.settings import commands as house_settings
from eventos_core.operations.settings import queries as settings_queries
from eventos_core.operations.settings.commands import ChangeSettings
from tests.events import rows as event_rows
from tests.operations.files_support import PDF
from tests.operations.messages.gateway import Gateway, Got
from tests.operations.messages.mail_server import MailServer
from tests.operations.messages.support import log_of, make_due, put, rows
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database
TwoHouses = tuple[TestHouse, TestHouse]
TOKEN = "token-of-the-gateway-1234"


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    monkeypatch.setenv("EVENTOS_PRIVATE_WEBHOOKS", "1")
    made = Gateway()
    yield made
    made.stop()


def connect(house: TestHouse, provider: str, credentials: dict[str, str] | None = None, **settings: Any) -> int:
    """A service of the house that a try has found to work."""
    given = AddIntegration(provider, provider, settings, credentials or {})
    made = execute(house.owner, commands.add_integration, given).integration_id
    tried = testing.try_connection(house.owner, made)
    assert tried.ok, tried.said
    return made


def of_gateway(gateway: Gateway, **more: Any) -> dict[str, Any]:
    return {
        "url": f"{gateway.url}/send", "body": "json", "to_field": "to", "text_field": "text", "sender_field": "from",
        "sender": "AURORE", "token_header": "Authorization", "scheme": "Bearer", **more,
    }  # fmt: skip


def texts(house: TestHouse, gateway: Gateway, **more: Any) -> int:
    return connect(house, "sms_http", {"token": TOKEN}, **of_gateway(gateway, **more))


def text(house: TestHouse, number: str = "+33612345678", **given: Any) -> int:
    values = {"channel": MessageChannel.SMS, "subject": None, "body": "Doors at seven", **given}
    return put(house.owner, number, **values).message_id


def audited(database: Database, house: TestHouse, action: str) -> list[Any]:
    with database.as_login("migrator") as connection:
        return connection.execute(
            "select row_id, after from audit_log where account_id = %s and action = %s", [house.account_id, action]
        ).fetchall()


def test_credentials_are_sealed_hinted_audited_and_rotated(
    database: Database, two_houses: TwoHouses, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two_houses
    made = texts(first, gateway)
    with database.as_login("migrator") as connection:
        ((stored, shown),) = connection.execute(
            "select credentials, integrations::text from integrations where account_id = %s", [first.account_id]
        ).fetchall()
        assert TOKEN.encode() not in bytes(stored)
        assert TOKEN not in shown
        told = connection.execute("select coalesce(before::text, '') || coalesce(after::text, '') from audit_log"
                                  " where account_id = %s", [first.account_id]).fetchall()  # fmt: skip
        assert not [line for (line,) in told if TOKEN in line]
    one = read(first.owner, queries.integration, made)
    assert one.hints == {"token": "1234"}
    assert TOKEN not in repr(one)
    assert [row[0] for row in audited(database, first, "credential_read")] == [str(made)]
    old, fresh = ",".join(secret_keys.key_file().read_text().split()), secret_keys.new_key()
    monkeypatch.setenv("EVENTOS_SECRET_KEY", f"{fresh},{old}")
    encryption.keyring.cache_clear()
    try:
        with unit_of_work(first.owner) as db:
            assert encryption.rotate(db, first.account_id) == 1
        monkeypatch.setenv("EVENTOS_SECRET_KEY", fresh)
        encryption.keyring.cache_clear()
        assert testing.try_connection(first.owner, made).ok
    finally:
        monkeypatch.undo()
        encryption.keyring.cache_clear()
    with pytest.raises(NotFound):
        read(second.owner, queries.integration, made)


def test_a_credential_left_empty_stays_and_two_editors_see_each_other(house: TestHouse, gateway: Gateway) -> None:
    made = texts(house, gateway)
    one = read(house.owner, queries.integration, made)
    edited = EditIntegration(made, one.version, "Texts", one.settings, {})
    saved = execute(house.owner, commands.edit_integration, edited)
    with pytest.raises(EditConflict):
        execute(house.owner, commands.edit_integration, edited.__class__(made, one.version, "Other", one.settings, {}))
    testing.try_connection(house.owner, made)
    assert gateway.got[-1].headers["Authorization"] == f"Bearer {TOKEN}"
    with pytest.raises(InvalidInput) as wrong:
        bad = {**one.settings, "url": "ftp://x", "nonsense": 1}
        execute(house.owner, commands.edit_integration, EditIntegration(made, saved.version, "", bad, {"pin": "1"}))
    assert set(wrong.value.fields) == {"name", "url", "nonsense", "pin"}
    with pytest.raises(AlreadyExists):
        execute(house.owner, commands.add_integration, AddIntegration("sms_http", "Texts", one.settings, {}))


@pytest.mark.parametrize("role", [Role.MANAGER, Role.VIEWER])
def test_only_who_manages_the_team_connects_services(house: TestHouse, role: Role) -> None:
    given = AddIntegration("sms_sandbox", "Sandbox", {}, {})
    member = house.member(role)
    with pytest.raises(PermissionDenied):
        execute(member, commands.add_integration, given)
    with pytest.raises(PermissionDenied):
        read(member, queries.integrations)
    made = execute(house.owner, commands.add_integration, given).integration_id
    for who in (member, house.member(role, grants=(Permission.INTEGRATIONS_MANAGE.value,))):
        with pytest.raises(PermissionDenied):
            testing.try_connection(who, made)


def test_a_try_says_what_is_wrong_and_home_names_the_service(house: TestHouse, gateway: Gateway) -> None:
    made = texts(house, gateway, test_url=f"{gateway.url}/balance")
    gateway.answer = lambda _: (402, "No credit left")
    tried = testing.try_connection(house.owner, made)
    assert (tried.ok, tried.said) == (False, "The gateway answered 402 No credit left")
    one = read(house.owner, queries.integration, made)
    assert (one.status, one.last_error) == (IntegrationStatus.ERROR, tried.said)
    found = [need for need in read(house.owner, needs.needs) if need.page == "admin_integrations"]
    assert [(need.title, need.context) for need in found] == [("sms_http does not work", tried.said)]
    gateway.answer = lambda _: (200, "12")
    assert testing.try_connection(house.owner, made).ok
    assert read(house.owner, queries.integration, made).status is IntegrationStatus.CONNECTED
    assert not [need for need in read(house.owner, needs.needs) if need.page == "admin_integrations"]


def test_a_try_by_job_makes_a_draft_a_service_in_use(house: TestHouse, gateway: Gateway) -> None:
    settings = of_gateway(gateway, test_url=f"{gateway.url}/balance")
    given = AddIntegration("sms_http", "Texts", settings, {"token": TOKEN})
    made = execute(house.owner, commands.add_integration, given).integration_id
    gateway.answer = lambda _: (402, "No credit left")
    for _ in range(2):  # one that waits is enough
        asked = execute(house.owner, commands.try_integration, TryIntegration(made))
    assert asked.integration_id == made
    worker.run_until_empty(queues=["house"])
    assert len(gateway.got) == 1
    one = read(house.owner, queries.integration, made)
    assert (one.status, one.last_error) == (IntegrationStatus.ERROR, "The gateway answered 402 No credit left")
    assert one.last_error_at is not None
    assert one.last_error_at > asked.asked_at
    gateway.answer = lambda _: (200, "12")
    asked = execute(house.owner, commands.try_integration, TryIntegration(made))
    worker.run_until_empty(queues=["house"])
    one = read(house.owner, queries.integration, made)
    assert (one.status, one.last_error) == (IntegrationStatus.CONNECTED, None)
    assert one.last_sync_at is not None
    assert one.last_sync_at > asked.asked_at


def test_who_may_not_have_credentials_read_asks_for_no_try(house: TestHouse) -> None:
    given = AddIntegration("sms_sandbox", "Sandbox", {}, {})
    made = execute(house.owner, commands.add_integration, given).integration_id
    half = (Permission.TEAM_MANAGE, Permission.INTEGRATIONS_MANAGE)
    for who in (house.member(Role.MANAGER), *(house.member(Role.MANAGER, grants=(one.value,)) for one in half)):
        with pytest.raises(PermissionDenied):
            execute(who, commands.try_integration, TryIntegration(made))
    execute(house.member(Role.ADMIN), commands.try_integration, TryIntegration(made))


def own_server(house: TestHouse, mail_server: MailServer) -> int:
    return execute(
        house.owner, commands.add_integration,
        AddIntegration("smtp", "Own", {
            "host": "127.0.0.1", "port": mail_server.port, "security": "none", "from_address": "rsvp@aurore.example",
        }, {}),
    ).integration_id  # fmt: skip


def test_own_mail_server_sends_its_own_house_s_mail_only(
    database: Database, two_houses: TwoHouses, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first, second = two_houses
    monkeypatch.delenv("EVENTOS_SMTP_URL")
    monkeypatch.setenv("EVENTOS_MAIL_DIR", str(tmp_path))
    made = own_server(first, mail_server)
    put(first.owner)
    sending.send_due(first.owner)
    assert mail_server.letters == []  # a draft is not used
    refused = testing.try_connection(first.owner, made)
    assert (refused.ok, "private network" in refused.said) == (False, True)
    monkeypatch.setenv("EVENTOS_PRIVATE_WEBHOOKS", "1")
    assert testing.try_connection(first.owner, made).ok
    for house in two_houses:
        put(house.owner)
        sending.send_due(house.owner)
    (letter,) = mail_server.letters
    assert letter["From"] == "Maison Aurore <rsvp@aurore.example>"
    assert letter["Message-ID"].endswith("@aurore.example>")
    assert rows(database, first, "status, integration_id")[-1] == ("sent", made)
    assert rows(database, second, "status, integration_id") == [("sent", None)]
    one = read(first.owner, queries.integration, made)
    execute(first.owner, commands.switch_integration, SwitchIntegration(made, one.version, active=False))
    put(first.owner)
    sending.send_due(first.owner)
    assert len(mail_server.letters) == 1


def test_a_server_that_lets_nobody_in_is_in_error_and_mail_waits(
    database: Database, house: TestHouse, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTOS_PRIVATE_WEBHOOKS", "1")
    made = own_server(house, mail_server)
    assert testing.try_connection(house.owner, made).ok
    mail_server.stop()
    for _ in range(2):
        put(house.owner)
    sending.send_due(house.owner)
    assert rows(database, house) == [("queued",), ("queued",)]
    assert read(house.owner, queries.integration, made).status is IntegrationStatus.ERROR
    mail_server.start()
    make_due(database, house)
    assert sending.send_due(house.owner).sent == 2
    assert read(house.owner, queries.integration, made).status is IntegrationStatus.CONNECTED


@pytest.mark.parametrize(("wrong", "field"), [
    ({"security": "none"}, "security"), ({"user": ""}, "user"), ({"host": "http://mail"}, "host"),
    ({"port": 0}, "port"), ({"from_address": "nobody"}, "from_address"),
])  # fmt: skip
def test_a_mail_server_is_checked_before_it_is_kept(house: TestHouse, wrong: dict[str, Any], field: str) -> None:
    given = {"host": "m.example", "port": 465, "security": "tls", "user": "u", "from_address": "a@m.example", **wrong}
    with pytest.raises(InvalidInput) as error:
        execute(house.owner, commands.add_integration, AddIntegration("smtp", "Own", given, {"password": "p"}))
    assert list(error.value.fields) == [field]


def test_texts_go_out_once_in_the_international_form(
    database: Database, two_houses: TwoHouses, gateway: Gateway
) -> None:
    first, second = two_houses
    made = texts(first, gateway, id_field="reference")
    text(first, "+33 6 12 34 56 78", key="door:1")
    text(first, "+33 6 12 34 56 78", key="door:1")
    with pytest.raises(InvalidInput):
        text(first, "12")
    assert sending.send_due(first.owner).sent == 1
    assert sending.send_due(first.owner).sent == 0
    (got,) = gateway.posted
    body = json.loads(got.body)
    assert body.pop("reference")
    assert body == {"to": "+33612345678", "text": "Doors at seven", "from": "AURORE"}
    assert read(first.owner, queries.sent_through, made)["status"].tolist() == ["sent"]
    text(second)
    sending.send_due(second.owner)
    assert len(gateway.posted) == 1  # the other house's texts do not go this way


def test_a_text_whose_answer_was_lost_is_never_sent_again_by_itself(
    database: Database, house: TestHouse, gateway: Gateway
) -> None:
    texts(house, gateway)
    gateway.answer = lambda _: None
    text(house)
    run = sending.send_due(house.owner)
    make_due(database, house)
    sending.send_due(house.owner)
    assert (run.uncertain, len(gateway.posted)) == (1, 1)
    (status, reason), = rows(database, house, "status, last_error")  # fmt: skip
    assert status == "failed"
    assert "arrive twice" in reason
    assert len(log_of(database, house, "uncertain")) == 1
    gateway.answer = lambda _: (503, "busy")
    text(house)
    sending.send_due(house.owner)
    assert rows(database, house)[-1] == ("queued",)  # a plain refusal for now is tried again


def test_a_text_that_a_worker_died_with_is_left_to_a_person(
    database: Database, house: TestHouse, gateway: Gateway
) -> None:
    texts(house, gateway)
    text(house)
    with database.as_login("migrator", autocommit=True) as connection:
        connection.execute(
            "update notification_queue set status = 'sending', provider = 'sms_http', attempts = 1,"
            " claimed_until = now() - interval '1 minute' where account_id = %s", [house.account_id],
        )  # fmt: skip
    sending.send_due(house.owner)
    assert rows(database, house) == [("failed",)]
    assert gateway.posted == []


def test_twilio_takes_texts_and_its_refusals_count(database: Database, house: TestHouse, gateway: Gateway) -> None:
    sid = "AC" + secrets.token_hex(8)
    gateway.answer = lambda got: (200, json.dumps({"friendly_name": "Aurore", "status": "active"}))
    made = connect(house, "twilio", {"auth_token": TOKEN}, account_sid=sid, sender="+33100000000", base_url=gateway.url)
    assert read(house.owner, queries.integration, made).external_account == "Aurore"

    def answer(got: Got) -> tuple[int, str]:
        if parse_qs(got.body)["To"] == ["+33698765432"]:
            return 400, json.dumps({"code": 21610, "message": "Attempt to send to unsubscribed recipient"})
        return 201, json.dumps({"sid": "SM1", "status": "queued"})

    gateway.answer = answer
    text(house)
    text(house, "+33698765432")
    assert sending.send_due(house.owner).sent == 1
    got = gateway.posted[0]
    assert got.path == f"/2010-04-01/Accounts/{sid}/Messages.json"
    assert base64.b64decode(got.headers["Authorization"].removeprefix("Basic ")).decode() == f"{sid}:{TOKEN}"
    assert parse_qs(got.body) == {"To": ["+33612345678"], "From": ["+33100000000"], "Body": ["Doors at seven"]}
    assert put(house.owner, "+33698765432", channel=MessageChannel.SMS, subject=None).status is QueueStatus.SUPPRESSED
    gateway.answer = lambda _: (401, json.dumps({"message": "Authenticate"}))
    text(house)
    sending.send_due(house.owner)
    assert "Authenticate" in (read(house.owner, queries.integration, made).last_error or "")


def test_posts_go_to_their_own_account_and_a_repeat_is_recognised(
    database: Database, house: TestHouse, gateway: Gateway
) -> None:
    given = {"server": gateway.url, "handle": "aurore", "visibility": "public"}
    made = connect(house, "mastodon", {"token": TOKEN}, **given)
    sandbox = connect(house, "social_sandbox", network="instagram", handle="aurore")
    gateway.answer = lambda _: None
    execute(house.owner, messages.send_trial, SendTrial(made, "Tonight https://a.example"))
    execute(house.owner, messages.send_trial, SendTrial(sandbox, "Tonight"))
    sending.send_due(house.owner)
    gateway.answer = lambda _: (200, '{"id": "1", "url": "https://m.example/@aurore/1", "more": "' + "x" * 3000 + '"}')
    make_due(database, house)
    sending.send_due(house.owner)
    assert rows(database, house) == [("sent",), ("sent",)]
    first, second = gateway.posted
    assert parse_qs(first.body)["status"] == ["Tonight https://a.example"]
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert log_of(database, house, "accepted")[-1][1] == "https://m.example/@aurore/1"
    with pytest.raises(AlreadyExists):
        again = {"network": "instagram", "handle": "@aurore"}
        execute(house.owner, commands.add_integration, AddIntegration("social_sandbox", "Twice", again, {}))
    one = read(house.owner, queries.integration, made)
    with pytest.raises(NotAllowedNow):
        execute(house.owner, commands.remove_integration, OneIntegration(made, one.version - 1))
    execute(house.owner, commands.remove_integration, OneIntegration(made, one.version))
    with pytest.raises(NotFound):
        execute(house.owner, messages.send_trial, SendTrial(made, "Gone"))
    assert rows(database, house, "status, integration_id")[0] == ("sent", None)


def test_of_two_services_the_default_is_used(house: TestHouse, gateway: Gateway) -> None:
    texts(house, gateway)
    sandbox = connect(house, "sms_sandbox")
    version = read(house.owner, queries.integration, sandbox).version
    execute(house.owner, commands.prefer_integration, OneIntegration(sandbox, version))
    text(house)
    sending.send_due(house.owner)
    assert gateway.posted == []
    assert len(read(house.owner, queries.sent_through, sandbox)) == 1
    assert list(read(house.owner, outbox).frame["what"]) == ["Doors at seven"], "named by how it begins"


def test_quiet_hours_hold_back_what_is_no_hurry(
    database: Database, house: TestHouse, mailbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = read(house.owner, settings_queries.section_values, "messages")
    wanted = {"messages.quiet_from": "00:00", "messages.quiet_until": "23:59"}
    execute(house.owner, house_settings.change_settings, ChangeSettings("messages", now.version, wanted, now.values))
    connect(house, "sms_sandbox")
    text(house)
    text(house, priority=1)
    put(house.owner)
    run = sending.send_due(house.owner)
    assert (run.held, run.sent) in ((1, 2), (0, 3))  # the last minute of a day is not quiet
    if run.held:
        assert rows(database, house, "last_error", where="status = 'queued'") == [
            ("It waits for the end of the quiet hours.",)
        ]


def test_a_long_text_is_not_saved(house: TestHouse) -> None:
    long = AddTemplate("door.open", "en", "Door", "a" * 800, channel=MessageChannel.SMS)
    with pytest.raises(InvalidInput) as wrong:
        execute(house.owner, messages.add_template, long)
    assert "6 parts" in wrong.value.fields["body"]


def test_files_go_along_with_mail(
    database: Database, house: TestHouse, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EVENTOS_FILES_DIR", str(tmp_path))
    kept = [
        execute(house.owner, files.store_file, files.StoreFile(name, PDF + name.encode())).asset_id
        for name in ("plan.pdf", "menu.pdf")
    ]
    wording = AddTemplate("guest.plan", "en", "Plan", "See the plan.", "Your plan", attachments=(kept[0],))
    made = execute(house.owner, messages.add_template, wording)
    put(house.owner, subject=None, body=None, template="guest.plan", attachments=(kept[1], kept[0]))
    assert sending.send_due(house.owner).sent == 1
    sent = [part for part in mail_server.letters[0].walk() if part.get_filename()]
    assert [part.get_filename() for part in sent] == ["plan.pdf", "menu.pdf"]
    assert sent[0].get_payload(decode=True) == PDF + b"plan.pdf"
    reworded = RewordTemplate(made.template_id, 1, "Plan", "See it.", "Your plan", attachments=())
    again = execute(house.owner, messages.reword_template, reworded)
    assert read(house.owner, template, again.template_id).attachments == ()
    with pytest.raises(InvalidInput):
        put(house.owner, attachments=(10**9,))
    with pytest.raises(InvalidInput):
        text(house, attachments=(kept[0],))
    monkeypatch.setattr("eventos_core.operations.messages.attaching.MOST_BYTES", 10)
    with pytest.raises(InvalidInput, match="together"):
        put(house.owner, attachments=(kept[0],))


def test_the_letterhead_is_the_house_s_own(database: Database, house: TestHouse, mail_server: MailServer) -> None:
    with database.as_login("migrator", autocommit=True) as connection:
        connection.execute(
            "update my_organization_metadata set sender_name = 'Aurore Events', reply_to_email = 'press@a.example',"
            " email_signature = 'Maison Aurore' where account_id = %s", [house.account_id],
        )  # fmt: skip
    put(house.owner)
    sending.send_due(house.owner)
    (letter,) = mail_server.letters
    assert (letter["From"].partition(" <")[0], letter["Reply-To"]) == ("Aurore Events", "press@a.example")
    assert b"-- \r\nMaison Aurore" in letter.get_payload(0).get_payload(decode=True)


def test_a_text_relative_to_an_event_moves_with_it(database: Database, house: TestHouse, gateway: Gateway) -> None:
    texts(house, gateway)
    event = event_rows.add_event(house.owner)
    made = text(
        house, event_id=event.event_id, anchor=SendAnchor.EVENT_START, offset_minutes=-60,
        category=MessageCategory.TRANSACTIONAL,
    )  # fmt: skip
    assert sending.send_due(house.owner).sent == 0
    with pytest.raises(NotAllowedNow):
        execute(house.owner, messages.resend_message, OneMessage(made))
