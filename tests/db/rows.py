"""Makes a valid row of any table for any house, from the models alone: keys, CHECKs, enums, references.

Columns that may be empty stay empty, so that rows are small; what a rule across columns demands is said in
`MORE`. Rows are written by whatever connection is given, normally the migrator's.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
import psycopg.types.range
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Integer,
    LargeBinary,
    Table,
    Time,
    UniqueConstraint,
    types,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE, Range
from sqlalchemy.sql.sqltypes import TIMESTAMP, Double, SmallInteger, Uuid

from eventos_core.db.sync.tables import metadata

NOON = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
_numbers = itertools.count(1)

TEXTS = (
    ("^[A-Z]{3}$", "EUR"),
    ("^[A-Z]{2}$", "FR"),
    ("^[^@ ]+@[^@ ]+$", "person{n}@example.org"),
    ("^https?://", "https://example.org/{n}"),
    ("^#[0-9a-f]{6}$", "#aabbcc"),
    ("like '/%'", "/page/{n}"),
    ("like '$2%'", "$2b$04$abcdefghijklmnopqrstuv"),
)
"""What a text column's CHECK mentions → a text that satisfies it."""


@dataclass
class House:
    """A house as tests seed it: its account, an owner, another member, and one row of every table."""

    account_id: int
    user_id: int
    member_id: int
    other_user_id: int
    other_member_id: int
    ids: dict[str, int] = field(default_factory=dict)


@dataclass
class Row:
    """A row that was written: its table, the columns given and its primary key."""

    table: Table
    values: dict[str, Any]
    key: dict[str, Any]


class Rows:
    """Writes rows through one connection."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def house(self, name: str) -> House:
        """A new house with an active owner and a member besides."""
        n = next(_numbers)
        slug = f"{name.lower().replace(' ', '-')}-{n}"
        account = self._insert(
            "accounts", {"slug": slug, "name": name, "base_currency": "EUR", "timezone": "Europe/Paris"}
        )
        people = []
        for role in ("owner", "member"):
            user = self._insert("users", {"email": f"{role}@{slug}.example", "name": f"{role} of {name}"})
            member = self._insert(
                "account_users",
                {
                    "account_id": account["id"],
                    "user_id": user["id"],
                    "display_name": role,
                    "role": role,
                    "status": "active",
                },
            )
            people.append((user["id"], member["id"]))
        house = House(account["id"], *people[0], *people[1])
        house.ids.update(accounts=house.account_id, users=house.user_id, account_users=house.member_id)
        return house

    def seed(self, house: House, *, audit: bool = True) -> House:
        """One row of every table of the house, and of the tables without a house.

        Without `audit` none of audit_log and audit_seals: made-up entries are no chain.
        """
        for table in metadata().tables:
            if audit or not table.startswith("audit_"):
                self.id(table, house)
        return house

    def id(self, table: str, house: House) -> int:
        """The id of the house's row of `table`, made now if there is none."""
        if table not in house.ids:
            house.ids[table] = -1
            key = self.make(table, house).key
            house.ids[table] = key.get("id", key.get("user_id", -1))
        return house.ids[table]

    def make(self, table: str, house: House, **given: Any) -> Row:
        """Write one more row of `table`; `given` overrides columns."""
        made = metadata().tables[table]
        if table == "my_organization_metadata":  # one per house
            self.connection.execute("delete from my_organization_metadata where account_id = %s", [house.account_id])
        values = {**self.values(table, house), **given}
        return Row(made, values, self._insert(table, values))

    def values(self, table: str, house: House) -> dict[str, Any]:
        """Columns of a valid row, unlike any other row's."""
        found = metadata().tables[table]
        n = next(_numbers)
        more = MORE.get(table, {})
        values: dict[str, Any] = {}
        for column in found.c:
            if column.name in more:
                values[column.name] = self._more(more[column.name], column, house, n)
            elif column.name == "account_id":
                values[column.name] = house.account_id
            elif _needed(column):
                values[column.name] = self._value(column, house, n)
            elif column.name == "position" and _in_unique_key(column):
                values[column.name] = n % 30_000
        return values

    def _more(self, value: Any, column: Column[Any], house: House, n: int) -> Any:
        if value is ...:
            return self._value(column, house, n)
        if isinstance(value, Special):
            return value.make(self, house)
        if callable(value):
            return value(n)
        if isinstance(value, str) and value[:1] == "→":
            return self.id(value[1:], house)
        if isinstance(value, str) and value[:1] == "+":
            return self.make(value[1:], house).key["id"]
        return value.replace("{n}", str(n)) if isinstance(value, str) else value

    def _value(self, column: Column[Any], house: House, n: int) -> Any:
        target = target_of(column)
        if target == "users":
            return house.user_id
        if target is not None:
            return self.id(target, house)
        return plain_value(column, n)

    def _insert(self, table: str, values: Mapping[str, Any]) -> dict[str, Any]:
        found = metadata().tables[table]
        key = [column.name for column in found.primary_key.columns]
        statement = (
            insert_statement(table, values) + sql.SQL(" returning ") + sql.SQL(", ").join(map(sql.Identifier, key))
        )
        row = self.connection.execute(statement, [adapt(value) for value in values.values()]).fetchone()
        assert row is not None
        return dict(zip(key, row, strict=True))


def insert_statement(table: str, values: Mapping[str, Any]) -> sql.Composed:
    """INSERT with a placeholder per value."""
    return sql.SQL("insert into public.{} ({}) values ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join([sql.Placeholder()] * len(values)),
    )


def adapt(value: Any) -> Any:
    """JSON for objects; lists stay arrays unless wrapped already."""
    if isinstance(value, dict):
        return Jsonb(value)
    if isinstance(value, Range):
        return psycopg.types.range.Range(value.lower, value.upper, value.bounds)
    return value


def target_of(column: Column[Any]) -> str | None:
    """The table that the column points to, if any."""
    reference = column.info.get("ref")
    if reference is not None:
        return str(reference.table)
    for key in column.table.foreign_key_constraints:
        for element in key.elements:
            if element.parent is column and element.column.name == "id" and column.name != "account_id":
                return str(element.column.table.name)
    return None


def plain_value(column: Column[Any], n: int) -> Any:
    """A value of the column's type that its own CHECK admits; `n` keeps values apart."""
    check = str(column.info.get("check", ""))
    if column.info.get("enum") is not None and not isinstance(column.type, ARRAY):
        return next(iter(column.info["enum"])).value
    kind = column.type.impl if isinstance(column.type, types.TypeDecorator) else column.type
    if isinstance(kind, TIMESTAMP):
        later = (
            column.name.startswith(("ends", "expires", "load_out", "busy_ends", "valid_to")) or "_ends" in column.name
        )
        return NOON + dt.timedelta(days=n, hours=2 if later else 0)
    if isinstance(kind, Date):
        return NOON.date() + dt.timedelta(days=n + (30 if "ends" in column.name else 0))
    if isinstance(kind, Time):
        return dt.time(18 if "end" in column.name else 9)
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, ARRAY):
        enum = column.info.get("enum")
        return [next(iter(enum)).value] if enum is not None else [_element(kind, n)]
    if isinstance(kind, JSONB):
        return Jsonb([] if "'array'" in check else {})
    if isinstance(kind, LargeBinary):
        return hashlib.sha256(str(n).encode()).digest()
    if isinstance(kind, Uuid):
        return uuid.UUID(int=n)
    if isinstance(kind, TSTZRANGE):
        start = NOON + dt.timedelta(days=n)
        return Range(start, start + dt.timedelta(hours=1))
    if isinstance(kind, Double):
        return 1.5
    if isinstance(kind, BigInteger | Integer | SmallInteger):
        if "between" in check or isinstance(kind, SmallInteger):
            return 1
        return n if isinstance(kind, BigInteger) else 1 + n % 900
    return _text(column, check, n)


def _element(kind: ARRAY[Any], n: int) -> Any:
    if isinstance(kind.item_type, BigInteger):
        return n
    return hashlib.sha256(str(n).encode()).digest() if isinstance(kind.item_type, LargeBinary) else f"word{n}"


def _text(column: Column[Any], check: str, n: int) -> str:
    for mention, text in TEXTS:
        if mention in check.replace("{{", "{").replace("}}", "}"):
            return text.format(n=n)
    if column.name in ("timezone", "zone"):
        return "Europe/Paris"
    if column.name.endswith("currency"):
        return ("EUR", "USD")[n % 2]
    if "a-z" in check:
        # Slugs know hyphens, keys underscores: letters and digits suit both.
        return f"w{n}"
    return f"{column.name} {n}"


def _needed(column: Column[Any]) -> bool:
    return (
        not column.nullable
        and column.server_default is None
        and column.identity is None
        and column.computed is None
        and column.name not in column.table.info["derived"]
    )


def _in_unique_key(column: Column[Any]) -> bool:
    keys = [constraint for constraint in column.table.constraints if isinstance(constraint, UniqueConstraint)]
    return any(column.name in key.columns for key in keys)


def _lately(n: int) -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Special:
    """A value that needs other rows."""

    make: Callable[[Rows, House], Any]


def _own(rows: Rows, house: House) -> int:
    if "own organization" not in house.ids:
        house.ids["own organization"] = rows.make("organizations", house, is_own=True).key["id"]
    return house.ids["own organization"]


def _user(rows: Rows, house: House) -> int:
    return int(rows.make("users", house).key["id"])


MORE: dict[str, dict[str, Any]] = {
    "opportunity_versions": {"opportunity_id": lambda n: 10**9 + n},
    "metric_target_versions": {"metric_target_id": lambda n: 10**9 + n, "metric": "won_value_minor"},
    "event_asset_date_versions": {"event_id": lambda n: 10**9 + n},
    "exchange_rate_versions": {"exchange_rate_id": lambda n: 10**9 + n, "from_currency": "USD", "to_currency": "EUR"},
    "order_items": {"registration_id": "→registrations", "position": lambda n: n},
    "seats": {"event_id": "→events"},
    "seat_assignments": {"seat_id": "+seats", "attendee_id": "+attendees"},
    "sponsor_contacts": {"sponsor_id": "+sponsors"},
    "castings": {"model_id": "+models"},
    "portfolio_items": {"designer_id": "+fashion_designers"},
    "models": {"contact_id": "+contacts"},
    "campaign_influencers": {"influencer_id": "+influencers"},
    "influencers": {"contact_id": "+contacts"},
    "venue_contacts": {"contact_id": "+contacts"},
    "cue_crew": {"staff_id": "+event_staff"},
    "opportunity_contacts": {"contact_id": "+contacts"},
    "opportunity_files": {"media_asset_id": "+media_assets"},
    "activities": {"contact_id": "→contacts"},
    "alerts": {"rule_id": "+alert_rules"},
    "analytics": {"name": "page.viewed", "occurred_at": _lately},
    "attendees": {"registration_id": "+registrations"},
    "audit_log": {"action": "sign_in", "salt": b"salt", "occurred_at": _lately},
    "audit_seals": {"prev_hash": b"x" * 32, "seq": lambda n: n + 1, "from_xid": "1", "to_xid": "2"},
    "bookings": {"layer": "use", "source_table": "sessions"},
    "check_ins": {"result": "refused", "reason": ...},
    "document_versions": {"url": "https://example.org/{n}"},
    "duplicate_dismissals": {"lower_id": lambda n: n, "higher_id": lambda n: n + 1},
    "event_feedback": {"comment": "Good"},
    "event_marketing_campaigns": {"campaign_id": "+campaigns"},
    "exchange_rates": {"from_currency": "USD", "to_currency": "EUR"},
    "import_files": {"batch_id": "+import_batches"},
    "invoice_series": {"prefix": lambda n: f"W{n}"},
    "ledger_entries": {"source_table": "orders"},
    "login_attempts": {"ok": True},
    "login_mails": {"kind": "new_device", "user_id": "→users"},
    "login_sessions": {"user_id": "→users"},
    "look_assignments": {"look_id": "+looks"},
    "media_assets": {"content_type": "image/png"},
    "media_partners": {"organization_id": "+organizations"},
    "meeting_bookings": {"contact_id": "→contacts"},
    "merges": {"winner_id": lambda n: n, "loser_id": lambda n: n + 1},
    "my_organization_metadata": {"organization_id": Special(_own)},
    "notes": {"contact_id": "→contacts"},
    "notification_queue": {"address": "guest{n}@example.org", "body": "Hello"},
    "notification_templates": {"subject": "Hello", "locale": "en"},
    "one_time_tokens": {"purpose": "operator"},
    "orders": {"code": lambda n: f"ORD-{n:05d}", "expires_at": NOON},
    "payment_allocations": {"order_id": "+orders"},
    "promo_code_ticket_types": {"promo_code_id": "+promo_codes"},
    "promo_codes": {"code": lambda n: f"PROMO{n}", "discount": "percent", "percent_ppm": 100_000},
    "public_links": {"event_id": "→events"},
    "quota_ticket_types": {"quota_id": "+quotas"},
    "scheduled_jobs": {"schedule": "0 3 * * *", "next_run_at": NOON},
    "seating_rule_members": {"contact_id": "+contacts"},
    "seating_sections": {"event_id": "→events"},
    "session_hosts": {"contact_id": "+contacts"},
    "social_posts": {"platform_id": "→social_media_platforms"},
    "sponsor_inventory_holds": {"organization_id": "→organizations", "expires_at": NOON},
    "sponsors": {"organization_id": "+organizations"},
    "task_dependencies": {"predecessor_id": "+event_planning", "successor_id": "+event_planning"},
    "ticket_type_sessions": {"session_id": "+sessions"},
    "update_receipts": {"contact_id": "+contacts"},
    "user_credentials": {"user_id": Special(_user)},
    "waitlist_entries": {"contact_id": "→contacts"},
    "webhook_endpoints": {"facts": ["event.created"]},
}
"""Per table, columns that a rule across columns demands: a value, "→table" for the house's row of that table,
"+table" for a fresh one, a function of a number or of other rows, or ... for one by the column's type."""
