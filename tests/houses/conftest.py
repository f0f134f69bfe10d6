"""Two look-alike houses with a row of every table in each, marked so that a leak shows wherever it comes out."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import Column

from eventos_core.db.registry import execute
from eventos_core.db.sync.tables import metadata
from eventos_core.directory.queries import ContactFilter
from eventos_core.enums.operations import ExportFormat, UsageRights
from eventos_core.kernel.credentials import KeyCredential, MemberCredential, hash_token, new_key
from eventos_core.kernel.permissions import Permission, Role
from eventos_core.operations import exports
from eventos_core.operations.files import commands as files
from eventos_core.operations.files.commands import MediaFields, StoreFile
from eventos_core.operations.imports import bulk
from eventos_core.operations.imports import commands as imports
from eventos_core.tenancy import commands as team
from tests import support
from tests.db.rows import House, Rows
from tests.operations.files_support import picture

MARKS = ("Astrakan", "Zibeline")
"""A word in every text of the first and of the second house."""


@dataclass
class Filled:
    """A house with a row of every table."""

    house: support.TestHouse
    mark: str
    ids: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    """An API key with every scope."""
    disabled: str = ""
    """The session of somebody who was a member."""

    @property
    def owner(self) -> MemberCredential:
        """The owner's sign-in."""
        return self.house.owner

    @property
    def program(self) -> KeyCredential:
        """The key as it enters."""
        return KeyCredential(hash_token(self.key))


OWNER_S: dict[str, Callable[[House], dict[str, Any]]] = {
    "calendar_tokens": lambda house: {"member_id": house.member_id},
    "exchange_rates": lambda _: {"from_currency": "USD", "to_currency": "EUR"},
    "event_xpls": lambda _: {"entity": "contacts"},
    "integrations": lambda _: {"provider": "sms_sandbox", "kind": "sms"},
    "notification_templates": lambda _: {"status": "current"},
    "pipeline_stages": lambda _: {"process": "event_planning", "position": 900},
    "saved_views": lambda house: {"page": "contacts", "member_id": house.member_id},
}
"""Rows that are not any: what their commands and queries look for in them."""


class Marked(Rows):
    """Rows whose texts carry a house's mark."""

    mark = ""

    def _value(self, column: Column[Any], house: House, n: int) -> Any:
        made = super()._value(column, house, n)
        return f"{made} {self.mark}" if made == f"{column.name} {n}" else made


@pytest.fixture(scope="module")
def filled(database: support.Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Filled, Filled]]:
    """Ours and theirs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVENTOS_FILES_DIR", str(tmp_path_factory.mktemp("files")))
        houses = support.look_alikes()
        made = tuple(_fill(database, house, mark) for house, mark in zip(houses, MARKS, strict=True))
        yield made[0], made[1]


def _fill(database: support.Database, house: support.TestHouse, mark: str) -> Filled:
    made = Filled(house, mark)
    made.disabled = _disabled(database, house, mark)
    key, prefix = new_key()
    made.key = key
    with database.as_login("migrator") as connection:
        other = connection.execute(
            "select user_id, id from account_users where account_id = %s and role = 'viewer'", [house.account_id]
        ).fetchone()
        assert other is not None
        own = connection.execute(
            "select id from organizations where account_id = %s and is_own", [house.account_id]
        ).fetchone()
        rows = Marked(connection)
        rows.mark = mark
        seeded = House(house.account_id, house.owner_user_id, house.owner_member_id, *other)
        seeded.ids.update(accounts=house.account_id, users=house.owner_user_id, account_users=other[1])
        if own:
            seeded.ids["own organization"] = own[0]
        for table, chosen in OWNER_S.items():
            seeded.ids[table] = rows.make(table, seeded, **chosen(seeded)).key["id"]
        rows.id("notes", seeded)
        refs = [{"entity": "notes", "id": seeded.ids["notes"], "column": "body", "erase": None}]
        asked = {"kind": "erase", "subject_name": f"Ana {mark}", "contact_id": rows.id("contacts", seeded)}
        made_now = {**asked, "subject_refs": Jsonb(refs), "due_on": dt.datetime.now(dt.UTC).date()}
        seeded.ids["data_subject_requests"] = rows.make("data_subject_requests", seeded, **made_now).key["id"]
        rows.seed(seeded, audit=False)
        for table in ("contacts", "organizations"):
            seeded.ids[f"other {table}"] = rows.make(table, seeded).key["id"]
        # Stages in use beside the seeded one: of its pipeline, so that it is not the last, and of the default one.
        sales = connection.execute(
            "select id from sales_pipelines where account_id = %s and is_default", [house.account_id]
        ).fetchone()
        assert sales is not None
        rows.make("sales_stages", seeded)
        other_stage = rows.make("sales_stages", seeded, pipeline_id=sales[0], position=900)
        seeded.ids["other sales_stages"] = other_stage.key["id"]
        seeded.ids["merged contacts"] = rows.make("contacts", seeded).key["id"]
        made.ids.update(seeded.ids)
        _more(connection, house, made, key, prefix)
    _through_commands(made)
    return made


def _disabled(database: support.Database, house: support.TestHouse, mark: str) -> str:
    """A viewer who stays, and the session of a member who was shown the door."""
    house.member(Role.VIEWER, name=f"Ana {mark}")
    house.member(Role.MANAGER)
    with database.as_login("migrator") as connection:
        row = connection.execute(
            "select user_id, id, version from account_users where account_id = %s and role = 'manager'",
            [house.account_id],
        ).fetchone()
    assert row is not None
    token = support.sign_in(row[0])
    execute(house.owner, team.disable_member, team.DisableMember(row[1], row[2]))
    return token


def _more(connection: psycopg.Connection[Any], house: support.TestHouse, made: Filled, key: str, prefix: str) -> None:
    def one(statement: str, *values: Any) -> Any:
        row = connection.execute(statement.encode(), values).fetchone()
        assert row is not None
        return row[0]

    made.ids["event slug"] = one("select slug from events where id = %s", made.ids["events"])
    made.ids["audit_log"] = one("select max(id) from audit_log where account_id = %s", house.account_id)
    arguments = json.dumps({"account_id": house.account_id, "member_id": house.owner_member_id})
    winner = "update merges set winner_id = %s, loser_id = %s where account_id = %s"
    connection.execute(winner, [made.ids["contacts"], made.ids["merged contacts"], house.account_id])
    created_at = one("select created_at from contacts where id = %s", made.ids["contacts"])
    made.ids["contacts were made"] = bulk.to_json(created_at)
    connection.execute("update scheduled_jobs set kind = 'reconcile' where account_id = %s", [house.account_id])
    connection.execute("update api_keys set scopes = '{events.read}' where account_id = %s", [house.account_id])
    connection.execute(
        "update notification_queue set subject = %s where account_id = %s", [f"Hello {made.mark}", house.account_id]
    )
    for table in list(made.ids):
        if table in metadata().tables and "version" in metadata().tables[table].c:
            made.ids[f"version of {table}"] = one(f"select version from {table} where id = %s", made.ids[table])
    made.ids["jobs"] = one(
        "insert into procrastinate.procrastinate_jobs (queue_name, task_name, args, status)"
        " values ('house', 'reconcile', %s, 'failed') returning id", arguments,
    )  # fmt: skip
    connection.execute(
        "insert into api_keys (account_id, name, prefix, key_hash, scopes, requests_per_minute)"
        " values (%s, %s, %s, %s, %s, 100000)",
        [house.account_id, f"Program {made.mark}", prefix, hash_token(key), [p.value for p in Permission]],
    )


def _through_commands(made: Filled) -> None:
    """What is more than a row: a file with its bytes, an import, an export."""
    fields = MediaFields(title=f"Look {made.mark}", usage_rights=UsageRights.UNLIMITED)
    stored = execute(made.owner, files.store_file, StoreFile(f"{made.mark}.png", picture(), fields))
    made.ids["file"] = str(stored.public_id)
    made.ids["media_assets"] = stored.asset_id
    people = f"Last name,E-mail\n{made.mark},{made.mark}@example.org\n".encode()
    upload = imports.UploadImport("contacts", f"{made.mark}.csv", people)
    made.ids["import_batches"] = execute(made.owner, imports.upload_import, upload).batch_id
    export = exports.RequestExport("contacts", ContactFilter(), ExportFormat.CSV)
    made.ids["export"] = str(execute(made.owner, exports.request_export, export).public_id)
    made.ids["export by key"] = str(execute(made.program, exports.request_export, export).public_id)
