"""Entering a house: credentials, read-only transactions, one action = one transaction."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from eventos_core.db.engine import app_engine
from eventos_core.db.registry import COMMANDS, command, execute, read
from eventos_core.db.session import TenantSession, reading, retrying, unit_of_work
from eventos_core.enums.events import EventKind
from eventos_core.events import commands, queries
from eventos_core.kernel.context import ActorKind
from eventos_core.kernel.credentials import JobCredential, KeyCredential, MemberCredential, TokenCredential, hash_token
from eventos_core.kernel.errors import (
    AlreadyExists,
    IdempotencyMismatch,
    NotFound,
    NotSignedIn,
    PermissionDenied,
    TemporarilyUnavailable,
    TenantContextMissing,
)
from eventos_core.kernel.permissions import Permission, Role
from eventos_core.models.events import Event
from eventos_core.models.operations import AuditEntry
from eventos_core.tenancy import identity
from tests import support

Houses = tuple[support.TestHouse, support.TestHouse]


def show(name: str = "SS27 Show", slug: str | None = None) -> commands.CreateEvent:
    return commands.CreateEvent(
        name, dt.datetime(2027, 3, 1, 19), dt.datetime(2027, 3, 1, 22), "Europe/Paris", EventKind.FASHION_SHOW, slug
    )


def names(credential: MemberCredential) -> list[str]:
    return list(read(credential, queries.events).frame["name"])


def test_a_member_enters_with_their_own_rights(house: support.TestHouse) -> None:
    with reading(house.member(Role.VIEWER)) as db:
        assert db.context.account_id == house.account_id
        assert db.context.role is Role.VIEWER
        assert db.context.actor_kind is ActorKind.MEMBER
        assert not db.context.can_write
        assert db.context.timezone == "Europe/Paris"


def test_the_other_house_is_as_unknown_as_one_that_does_not_exist(two_houses: Houses) -> None:
    mine, other = two_houses
    answers = []
    for slug in (other.slug, "no-such-house"):
        with pytest.raises(NotFound) as refusal, reading(MemberCredential(mine.owner.token_hash, slug)) as db:
            db.context  # noqa: B018 entering is what is tested
        answers.append(str(refusal.value))
    assert answers[0] == answers[1]


def test_a_session_without_credential_fails_loudly(database: support.Database) -> None:
    with pytest.raises(TenantContextMissing):
        TenantSession(credential=None, read_only=True, request_id="x", bind=app_engine()).connection()


def test_the_same_row_is_seen_in_its_house_only(two_houses: Houses) -> None:
    mine, other = two_houses
    execute(mine.owner, commands.create_event, show("Only mine"))
    execute(other.owner, commands.create_event, show("Only theirs"))
    assert names(mine.owner) == ["Only mine"]
    assert names(other.owner) == ["Only theirs"]


def test_the_context_is_entered_again_after_each_commit(two_houses: Houses) -> None:
    mine, other = two_houses
    with unit_of_work(mine.owner) as db:
        first = db.scalar(text("select current_setting('app.account_id')"))
        db.commit()
        second = db.scalar(text("select current_setting('app.account_id')"))
    with reading(other.owner) as db:
        third = db.scalar(text("select current_setting('app.account_id')"))
    assert (first, second, third) == (str(mine.account_id), str(mine.account_id), str(other.account_id))


def test_a_viewer_gets_a_read_only_transaction_also_for_writing(house: support.TestHouse) -> None:
    viewer = house.member(Role.VIEWER)
    with unit_of_work(viewer) as db:
        db.context  # noqa: B018
        assert db.scalar(text("show transaction_read_only")) == "on"
    with pytest.raises(DBAPIError, match="read-only"), unit_of_work(viewer) as db:
        db.context  # noqa: B018
        db.execute(text("update events set name = 'x'"))


def test_reading_is_read_only_for_everybody(house: support.TestHouse) -> None:
    with pytest.raises(DBAPIError, match="read-only"), reading(house.owner) as db:
        db.execute(text("update events set name = 'x'"))


def test_a_denied_command_changes_nothing_and_is_audited(house: support.TestHouse) -> None:
    viewer = house.member(Role.VIEWER)
    with pytest.raises(PermissionDenied, match="owner or admin"):
        execute(viewer, commands.create_event, show())
    assert names(house.owner) == []
    with reading(house.owner) as db:
        entry = db.scalars(select(AuditEntry).where(AuditEntry.action == "denied")).one()
        assert entry.row_id == "create_event"
        assert entry.after == {"permission": "events.write"}
        assert entry.member_id is not None


def test_a_revoked_session_ends_at_the_next_transaction(house: support.TestHouse) -> None:
    token = support.sign_in(house.owner_user_id)
    credential = MemberCredential(hash_token(token), house.slug)
    assert names(credential) == []
    identity.end_session(hash_token(token))
    with pytest.raises(NotSignedIn):
        names(credential)
    assert names(house.owner) == []


def test_a_job_enters_the_house_it_was_deferred_for(database: support.Database, two_houses: Houses) -> None:
    mine, other = two_houses
    execute(mine.owner, commands.create_event, show("Mine"))
    job = support.running_job(database, mine, member_id=mine.owner_member_id)
    with reading(job) as db:
        assert db.context.account_id == mine.account_id
        assert db.context.actor_kind is ActorKind.JOB
        assert db.scalars(select(Event.name)).all() == ["Mine"]
    with reading(support.running_job(database, other)) as db:
        assert db.scalars(select(Event.name)).all() == []
    with pytest.raises(NotSignedIn), reading(JobCredential(10**9)) as db:
        db.context  # noqa: B018


@pytest.mark.parametrize("credential", [KeyCredential(b"x" * 32), TokenCredential(b"x" * 32, "public_link")])
def test_unknown_keys_and_links_open_nothing(
    database: support.Database, credential: KeyCredential | TokenCredential
) -> None:
    with pytest.raises(NotSignedIn), reading(credential) as db:
        db.context  # noqa: B018


def test_an_api_key_carries_its_scopes_and_its_house(database: support.Database, two_houses: Houses) -> None:
    mine, other = two_houses
    with database.as_login("migrator", autocommit=True) as connection:
        connection.execute(
            "insert into api_keys (account_id, name, prefix, key_hash, scopes) values (%s, 'k', 'eos_abcdef', %s, %s)",
            [mine.account_id, hash_token("k" + mine.slug), ["events.read"]],
        )
    execute(mine.owner, commands.create_event, show("Mine"))
    execute(other.owner, commands.create_event, show("Theirs"))
    key = KeyCredential(hash_token("k" + mine.slug))
    assert names(key) == ["Mine"]  # type: ignore[arg-type]
    with pytest.raises(PermissionDenied):
        execute(key, commands.create_event, show())


def test_the_operator_works_under_the_fence(two_houses: Houses) -> None:
    mine, other = two_houses
    execute(mine.operator, commands.create_event, show("By operator"))
    assert names(mine.operator) == ["By operator"]  # type: ignore[arg-type]
    assert names(other.owner) == []


def test_a_repeat_with_the_same_key_answers_the_first_result(house: support.TestHouse) -> None:
    first = execute(house.owner, commands.create_event, show(), idempotency_key="form-1")
    again = execute(house.owner, commands.create_event, show(), idempotency_key="form-1")
    assert again == first
    assert names(house.owner) == ["SS27 Show"]
    with pytest.raises(IdempotencyMismatch):
        execute(house.owner, commands.create_event, show("Other"), idempotency_key="form-1")


def test_the_same_key_in_two_houses_is_two_actions(two_houses: Houses) -> None:
    for each in two_houses:
        execute(each.owner, commands.create_event, show(), idempotency_key="form-1")
        assert names(each.owner) == ["SS27 Show"]


@pytest.mark.parametrize(("keyed", "events"), [(False, 2), (True, 1)])
def test_a_double_click_makes_two_events_without_a_key_and_one_with(
    house: support.TestHouse, keyed: bool, events: int
) -> None:
    barrier = threading.Barrier(2)

    def click() -> int:
        barrier.wait()
        saved = execute(house.owner, commands.create_event, show(), idempotency_key="double" if keyed else None)
        return saved.event_id

    with ThreadPoolExecutor(2) as pool:
        clicks = [pool.submit(click) for _ in range(2)]
        answers = set()
        for future in clicks:
            try:
                answers.add(future.result())
            except AlreadyExists:
                # Without a key both may choose the same free slug; the unique key refuses one: also a race.
                events = 1
    assert len(answers) == events
    assert len(names(house.owner)) == events


def test_deadlocks_and_lock_timeouts_are_retried_and_then_reported(house: support.TestHouse) -> None:
    calls = []

    def busy() -> None:
        calls.append(1)
        with unit_of_work(house.owner) as db:
            db.context  # noqa: B018
            db.execute(text("do $$ begin raise exception 'busy' using errcode = '55P03'; end $$"))

    with pytest.raises(TemporarilyUnavailable):
        retrying(busy)
    assert len(calls) == 4


def test_an_exception_leaves_nothing_behind(house: support.TestHouse) -> None:
    with pytest.raises(KeyboardInterrupt), unit_of_work(house.owner) as db:
        commands.create_event(db, show())
        raise KeyboardInterrupt  # as Streamlit stops a run
    assert names(house.owner) == []
    with reading(house.owner) as db:
        assert db.scalar(select(func.count()).select_from(Event)) == 0


def test_every_command_names_a_permission_and_takes_a_frozen_input() -> None:
    assert COMMANDS
    for registered in COMMANDS.values():
        assert isinstance(registered.permission, Permission)
        assert registered.input_type.__dataclass_params__.frozen


def test_a_command_with_a_mutable_input_is_refused_at_import() -> None:
    @dataclass
    class Loose:
        x: int

    def loosely(db: TenantSession, cmd: Loose) -> None: ...

    loosely.__annotations__ = {"db": TenantSession, "cmd": Loose, "return": None}
    with pytest.raises(TypeError, match="frozen"):
        command(requires=Permission.EVENTS_WRITE)(loosely)
