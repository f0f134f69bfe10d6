"""Jeanne: a contact by import and merge, guest, sponsor contact, recipient of messages, and a row of every table that
holds something of people; and a search over every text column of the catalogue for her in any form."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from eventos_core.db.registry import execute
from eventos_core.db.sync.tables import metadata
from eventos_core.directory import commands as directory
from eventos_core.directory.commands import MergeRecords
from eventos_core.operations import start
from eventos_core.operations.privacy.finding import HIDDEN
from eventos_core.operations.privacy.identifiers import Identifiers, identifiers
from eventos_core.operations.privacy.registry import registered, texts
from tests.db.rows import House, Rows
from tests.directory.conftest import add_contact
from tests.operations.imports_support import alter, take
from tests.operations.messages.support import put
from tests.support import Database, TestHouse

_numbers = itertools.count(1)
FIRST = "Jeanne-Amélie"


@dataclass(frozen=True)
class Subject:
    """The person, her ids, and where she came in."""

    house: TestHouse
    database: Database
    contact_id: int
    merged_id: int
    batch: int
    merge_id: int
    number: int
    last: str
    email: str
    phone: str
    named: Identifiers
    rows: dict[str, int]
    """One row of each table that joined, by table."""

    @property
    def name(self) -> str:
        """Her full name."""
        return f"{FIRST} {self.last}"

    def forms(self) -> tuple[str, ...]:
        """Her name, address and number as different people and programs write them."""
        digits = self.phone.removeprefix("+33")
        bare = f"Jeanne-Amelie {self.last}"
        return (
            self.name, self.name.upper(), bare.lower(), f"{self.last}, {FIRST}", f"{self.last} {bare.split()[0]}",
            f"{FIRST}\u00a0{self.last}", f"jeanne_amelie.{self.last.lower()}", self.email, self.email.upper(),
            self.email.replace("@", "%40"), self.phone, f"0033{digits}", f"0{digits}",
            f"+33 (0){digits[0]} " + " ".join(digits[i : i + 2] for i in range(1, 9, 2)),
            ".".join(["0" + digits[0], *(digits[i : i + 2] for i in range(1, 9, 2))]),
        )  # fmt: skip


def make_subject(house: TestHouse, database: Database) -> Subject:
    """Bring her in: import, a double merged away, a message, and one full row of every table that joined."""
    number = next(_numbers)
    last = "Kerguélen" + "bcdfghjklm"[number % 10]
    email, phone = f"jeanne.{last.lower().replace('é', 'e')}@exemple.fr", f"+3361234{number:04}"
    lines = (
        f"External ID,First name,Last name,Email,Phone,City,Shoe\nJ{number},{FIRST},{last},{email},{phone},Brest,37\n"
    )
    batch = take(house.owner, "contacts", lines).batch
    contact = _one(database, "select entity_id from import_rows where batch_id = %s", batch)
    double = add_contact(house.owner, "Jeanne", last, f"j.{email}", city="Quimper")
    merge = execute(
        house.owner,
        directory.merge_contacts,
        MergeRecords(contact, double, reason=f"{FIRST} {last}"),
    ).merge_id
    put(house.owner, None, contact_id=contact, subject=f"Hello {FIRST} {last}", body=f"Write to {email}")
    put(house.owner, email.upper())
    alter(
        database,
        "insert into login_mails (kind, email_norm, expires_at) values ('password_link', %s, now() + '1 hour')", email,
    )  # fmt: skip
    forms = itertools.cycle(Subject(house, database, contact, double, batch, merge, number, last, email, phone,
                                    identifiers([], [], []), {}).forms())  # fmt: skip
    with database.as_login("migrator") as connection:
        rows = _fill(connection, house, contact, email, forms)
    named = identifiers([f"{FIRST} {last}"], [email], [(phone, phone)])
    return Subject(house, database, contact, double, batch, merge, number, last, email, phone, named, rows)


def _fill(
    connection: psycopg.Connection[Any], house: TestHouse, contact: int, email: str, forms: Iterator[str]
) -> dict[str, int]:
    """A row of each table that holds something of people: linked to her, with her in every text that admits it."""
    start.load()
    made = Rows(connection)
    place = House(
        house.account_id, house.owner_user_id, house.owner_member_id, house.owner_user_id, house.owner_member_id
    )
    place.ids.update(accounts=house.account_id, users=house.owner_user_id, account_users=house.owner_member_id)
    place.ids.update(contacts=contact)
    rows: dict[str, int] = {}
    first = ("attendees", "models", "notification_queue")
    for table in [*first, *(name for name in registered() if name not in first)]:
        if table in ("contacts", "contact_emails", "contact_phones", "data_subject_requests"):
            continue
        said, found = registered()[table], metadata().tables[table]
        links = {name: contact for name in said.link if found.c[name].info["ref"].table == "contacts"}
        links |= {name: rows[target] for name in said.link if (target := found.c[name].info["ref"].table) in rows}
        if table == "notification_queue":
            links = {"attendee_id": rows["attendees"], "address": None}
        if table == "account_users":
            links |= {"status": "placeholder", "invited_email": email}
        row = made.make(table, place, **{**links, **_needed(table, place, made, rows)})
        rows[table] = row.key["id"]
        for column in texts(found):
            if column.name not in links:
                _put(connection, table, column, rows[table], next(forms))
    for table in (*HIDDEN, "public_links"):
        row = made.make(table, place)
        for column in texts(metadata().tables[table]):
            _put(connection, table, column, row.key["id"], next(forms))
    return rows


def _put(connection: psycopg.Connection[Any], table: str, column: Column[Any], row_id: int, words: str) -> None:
    """Put words into a column that admits them; codes, keys and states do not."""
    statement = sql.SQL("update {} set {} = %s where id = %s").format(
        sql.Identifier(table), sql.Identifier(column.name)
    )
    try:
        with connection.transaction():
            connection.execute(statement, [_filled(column, words), row_id])
    except psycopg.errors.CheckViolation:
        pass


def _needed(table: str, place: House, made: Rows, rows: dict[str, int]) -> dict[str, Any]:
    if table == "notification_queue":
        return {"event_id": made.id("events", place)}
    if table == "tickets":
        return {"code": "a secret of its own"}
    if table in ("castings", "fittings"):
        return {"model_id": rows["models"]}
    if table == "seating_rule_members":
        return {"attendee_id": None}
    return {"designer_id": None} if table == "portfolio_items" else {}


def _filled(column: Column[Any], words: str) -> Any:
    if isinstance(column.type, JSONB):
        listed = "'array'" in str(column.info.get("check", ""))
        return Jsonb([{"said": words}] if listed else {"said": {"to": [words]}})
    return [words] if isinstance(column.type, ARRAY) else words


def _one(database: Database, statement: str, *values: Any) -> Any:
    with database.as_login("migrator") as connection:
        row = connection.execute(statement, values).fetchone()
    assert row is not None
    return row[0]


def remains(subject: Subject, *, kept: tuple[str, ...] = ()) -> list[str]:
    """Where she is still found: every text, JSON and array column of every schema, searched as superuser.

    The columns come from the catalogue, not from the models; what is compared is folded independently of the program.
    """
    found = []
    with subject.database.as_login("admin") as connection:
        columns = connection.execute(
            "select n.nspname, c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid"
            " join pg_namespace n on n.oid = c.relnamespace join pg_type t on t.oid = a.atttypid"
            " where c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped"
            " and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')"
            " and (t.typcategory in ('S', 'A') or t.typname in ('json', 'jsonb', 'xml'))"
        ).fetchall()
        assert len(columns) > 500
        needles = _needles(subject)
        for schema, table, column in columns:
            if table in kept:
                continue
            values = connection.execute(
                sql.SQL("select {c}::text from {s}.{t} where {c} is not null").format(
                    c=sql.Identifier(column), s=sql.Identifier(schema), t=sql.Identifier(table)
                )
            )
            if any(_holds(value, needles) for (value,) in values):
                found.append(f"{schema}.{table}.{column}")
    return sorted(found)


def _needles(subject: Subject) -> tuple[tuple[str, ...], str, str]:
    last, first = _folded(subject.last), _folded(FIRST)
    digits = subject.phone.removeprefix("+33")
    return (f"{first}{last}", f"{last}{first}"), subject.email.lower(), digits


def _holds(value: str, needles: tuple[tuple[str, ...], str, str]) -> bool:
    names, email, digits = needles
    letters = _folded(value)
    lower = value.lower().replace("%40", "@")
    numbers = "".join(c for c in value.replace("(0)", "") if c in "0123456789" or c.isalpha())
    return any(name in letters for name in names) or email in lower or digits in numbers


def _folded(text: str) -> str:
    """Letters only, lower case, without accents."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain.lower() if c.isalpha() and not unicodedata.combining(c))


def wait_for_lock(database: Database) -> None:
    """Until somebody waits for a row that another transaction holds."""
    with database.as_login("admin", autocommit=True) as connection:
        for _ in range(3000):
            row = connection.execute(
                "select count(*) from pg_locks l join pg_stat_activity a using (pid)"
                " where not l.granted and a.datname = current_database()"
            ).fetchone()
            if row is not None and row[0]:
                return
            connection.execute("select pg_sleep(0.02)")
    raise AssertionError("nobody waited")
