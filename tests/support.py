"""What tests stand on: real databases cloned from a migrated template, and two houses that look alike."""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import pickle
import string
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from eventos_core import migrations
from eventos_core.db import engine, urls
from eventos_core.db.bootstrap import bootstrap
from eventos_core.db.registry import execute
from eventos_core.db.urls import Urls
from eventos_core.kernel.credentials import JobCredential, MemberCredential, OperatorCredential, hash_token, new_token
from eventos_core.kernel.permissions import Role
from eventos_core.operations import start
from eventos_core.tenancy import commands as team
from eventos_core.tenancy import identity

PASSWORDS = {"app": "app-for-tests", "migrator": "migrator-for-tests", "backup": "backup-for-tests"}
PASSWORD = "correct horse battery"
HASTY = {
    # What is tested here need not survive a power cut.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Databases that live for seconds are never tidied up, nor backed up step by step.
    "autovacuum": "off",
    # Guards stored verifiers against guessing; with the usual 4096 most of connecting is hashing, on both sides.
    "scram_iterations": "1",
}
"""Settings of the server of a test run."""
_counter = itertools.count(1)


@dataclass(frozen=True)
class Server:
    """A server on which this run may create databases; `admin` names one of its databases."""

    admin: str
    superuser: str | None = None
    """The login that breaks things to see that it is noticed, where the administrator is no superuser."""

    def admin_of(self, database: str) -> str:
        """The administrator's URL of one database."""
        return make_url(self.admin).set(database=database).render_as_string(hide_password=False)

    def superuser_of(self, database: str | None = None) -> str:
        """A superuser's URL of one database; without a name of the administrator's."""
        url = make_url(self.admin_of(database) if database else self.admin)
        return url.set(username=self.superuser or url.username).render_as_string(hide_password=False)

    def run(self, statement: sql.Composable, *, superuser: bool = False) -> None:
        """One statement outside a transaction."""
        url = self.superuser_of() if superuser else self.admin
        with psycopg.connect(urls.libpq(url), autocommit=True) as db:
            db.execute(statement)

    def create(self, name: str, template: str | None = None) -> None:
        """Create a database, as a clone of `template` if given; an older one of that name goes."""
        self.drop(name)
        words = sql.SQL("create database {}").format(sql.Identifier(name))
        if template:
            words += sql.SQL(" template {} strategy file_copy").format(sql.Identifier(template))
        self.run(words)

    def drop(self, name: str) -> None:
        """Drop a database whoever is connected."""
        self.run(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)), superuser=True)


@dataclass(frozen=True)
class Database:
    """One migrated database and its logins."""

    name: str
    admin: str
    urls: Urls
    founded: list[tuple[TestHouse, TestHouse]] = field(default_factory=list, compare=False)
    """Look-alikes that came with its template and nobody has used."""

    @contextmanager
    def as_login(self, login: urls.Login | str = "app", *, autocommit: bool = False) -> Iterator[psycopg.Connection]:
        """A psycopg connection as `app`, `migrator`, `backup` or `admin`."""
        url = self.admin if login == "admin" else self.urls.of(login)  # type: ignore[arg-type]
        with psycopg.connect(urls.libpq(url), autocommit=autocommit) as connection:
            yield connection


@dataclass
class TestHouse:
    """A house with its owner; `member` adds people."""

    __test__ = False

    slug: str
    account_id: int
    owner_user_id: int
    owner_member_id: int
    owner_email: str
    owner_token: str
    operator: OperatorCredential
    _members: dict[str, MemberCredential] = field(default_factory=dict)

    @property
    def owner(self) -> MemberCredential:
        """The owner's sign-in."""
        return MemberCredential(hash_token(self.owner_token), self.slug)

    def member(
        self, role: Role = Role.MEMBER, *, grants: tuple[str, ...] = (), denials: tuple[str, ...] = (), name: str = ""
    ) -> MemberCredential:
        """A signed-in member with that role and overrides; one per combination."""
        key = f"{role}{sorted(grants)}{sorted(denials)}{name}"
        if key not in self._members:
            number = next(_counter)
            email, token = f"{role.value}{number}@{self.slug}.example", new_token()
            shown = name or f"{role.label} {number}"
            execute(
                self.owner,
                team.invite_member,
                team.InviteMember(email, shown, role, hash_token(token), None, grants, denials),
            )
            user_id = identity.accept_invitation(token, shown, PASSWORD)
            self._members[key] = MemberCredential(hash_token(sign_in(user_id)), self.slug)
        return self._members[key]


def sign_in(user_id: int) -> str:
    """A new session of that user; returns the cookie's token."""
    return identity.redeem_ticket(identity.issue_session_ticket(user_id), "127.0.0.1", "tests")


def found_house(name: str, slug: str) -> TestHouse:
    """Found a house in the current database through the operator, as the command line does."""
    start.load()
    session = identity.open_operator_session()
    email = f"owner@{slug}.example"
    user_id = identity.found_house(
        session,
        identity.NewHouse(name, slug, "EUR", "Europe/Paris"),
        identity.NewOwner(f"Claire {name.split()[-1]}", email, PASSWORD),
    )
    token = sign_in(user_id)
    person = identity.session(hash_token(token), slug)
    assert person is not None
    account = next(house["id"] for house in identity.houses(session) if house["slug"] == slug)
    return TestHouse(
        slug, account, user_id, person.houses[0].member_id, email, token, OperatorCredential(session, slug)
    )


def look_alikes(suffix: str | None = None) -> tuple[TestHouse, TestHouse]:
    """Two houses whose names differ in one letter; `suffix` ends their short names, otherwise a new number does."""
    if suffix is None:
        number = next(_counter)
        suffix = f"-{number}" if number > 1 else ""
    return found_house("Maison Aurore", f"maison-aurore{suffix}"), found_house(
        "Maison Aurora", f"maison-aurora{suffix}"
    )


def seal(connection: psycopg.Connection[Any]) -> None:
    """Seal every committed audit entry, as the migrator.

    A transaction that runs anywhere on the server, also in another worker's database, holds sealing back: go on until
    nothing is left to seal.
    """
    until = time.monotonic() + 60
    while True:
        connection.execute("select app.seal_audit()")
        connection.commit()
        left = connection.execute(
            "select count(*) from audit_log where era = app.era() and xid >= (select sealed_to from app.installation)"
        ).fetchone()
        connection.commit()
        if left == (0,):
            return
        assert time.monotonic() < until, "something on this server keeps a transaction open"
        time.sleep(0.05)


def running_job(
    database: Database, house: TestHouse, *, member_id: int | None = None, api_key_id: int | None = None
) -> JobCredential:
    """A job of the house that a worker has in hand; `member_id` or `api_key_id` set it going."""
    arguments = {"account_id": house.account_id, "member_id": member_id, "api_key_id": api_key_id}
    with database.as_login("migrator") as connection:
        row = connection.execute(
            "insert into procrastinate.procrastinate_jobs (queue_name, task_name, args, status)"
            " values ('house', 'test', %s, 'doing') returning id",
            [json.dumps(arguments)],
        ).fetchone()
    assert row is not None
    return JobCredential(row[0])


def prepare_server(place: Path) -> Server:
    """The server of this run: `EVENTOS_TEST_ADMIN_URL`, or an embedded one in `place` that all workers share."""
    given = os.environ.get("EVENTOS_TEST_ADMIN_URL")
    if given:
        return Server(urls.normalise(given), os.environ.get("EVENTOS_TEST_SUPERUSER"))
    server = urls.embedded_server()
    app = make_url(server.start().app)
    stored = json.loads((place / "server" / "credentials.json").read_text())
    # The server's own: with others, its next start would set them back and lock everybody else out.
    PASSWORDS.update({login: stored[login] for login in PASSWORDS})
    admin = app.set(username="postgres", password=stored["superuser"], database="postgres")
    made = Server(admin.render_as_string(hide_password=False))
    with _one_at_a_time():
        for setting, value in HASTY.items():
            made.run(sql.SQL("alter system set {} = {}").format(sql.Identifier(setting), sql.Literal(value)))
        made.run(sql.SQL("select pg_reload_conf()"))
        # Its verifier again, with the few iterations that a new session has.
        made.run(sql.SQL("alter role postgres password {}").format(sql.Literal(stored["superuser"])))
    return made


def prepare_template(server: Server, name: str, lock: Path) -> None:
    """Migrate the template database once per run, whichever worker comes first."""
    done = lock.with_suffix(".done")
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if done.exists():
            return
        server.create(name)
        migrations.migrate(bootstrapped(server, name).urls.migrator)
        done.touch()


def clone(server: Server, template: str, name: str) -> Database:
    """A fresh database with the template's schema; roles' settings live per database, so bootstrap runs again."""
    server.create(name, template)
    return bootstrapped(server, name)


def prepare_houses(server: Server, template: str, name: str, list_of_them: Path) -> None:
    """Found look-alikes in a copy of the template once per run: most tests want two, and founding takes a while."""
    with list_of_them.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if list_of_them.exists():
            return
        with logins_in_environment(clone(server, template, name)):
            founded = [look_alikes(f"-{letter}") for letter in string.ascii_lowercase]
        list_of_them.write_bytes(pickle.dumps(founded))


def clone_with_houses(server: Server, template: str, name: str, list_of_them: Path) -> Database:
    """A fresh database with founded houses in it, whose owners have been there just now."""
    # Another worker may have founded them, and this one knows no domain yet.
    start.load()
    made = clone(server, template, name)
    made.founded.extend(pickle.loads(list_of_them.read_bytes()))
    with made.as_login("admin") as connection:
        # Nothing else may show that it was done.
        connection.execute("set session_replication_role = replica")
        connection.execute("update login_sessions set created_at = now(), last_seen_at = now()")
        connection.execute("update account_users set last_seen_at = now() where last_seen_at is not null")
    return made


@contextmanager
def logins_in_environment(database: Database) -> Iterator[None]:
    """`EVENTOS_*_URL` name this database's logins meanwhile; connections to it are closed at the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENTOS_DATABASE_URL", database.urls.app)
        patch.setenv("EVENTOS_MIGRATOR_URL", database.urls.migrator)
        patch.setenv("EVENTOS_BACKUP_URL", database.urls.backup)
        yield
    engine.dispose_all()


def bootstrapped(server: Server, name: str) -> Database:
    """The roles' settings and logins for an existing database, one process at a time.

    Two that alter the same roles at once fail on each other's rows in the catalogue.
    """
    with _one_at_a_time():
        logins = bootstrap(server.admin_of(name), passwords=PASSWORDS)
    return Database(name, server.superuser_of(name), logins)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (Path(tempfile.gettempdir()) / "eventos-tests-roles.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
