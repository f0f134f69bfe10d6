"""Makes an input for any command and arguments for any query, and says where in them another house's ids could stand.

Everything comes from the types that commands and queries declare: what is required gets a plain value, what is a
record's id gets the id of a seeded row. A number that is neither a known id nor a known measure stops the run, so that
no new id goes untried.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import inspect
import types
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from eventos_core.crm.commands.quotas import TargetRow
from eventos_core.db.registry import Command, Query
from eventos_core.directory.queries import ContactFilter
from eventos_core.enums.crm import MeetingStatus
from eventos_core.enums.events import EventStatus, StageKind
from eventos_core.enums.operations import PrivacyRequestStatus
from eventos_core.enums.tenancy import LegalBasis, RetentionAction, RetentionAnchor
from eventos_core.kernel.errors import InvalidInput, NotAllowedNow, NotFound, SetupError
from tests.operations.files_support import PDF, picture

Ids = Mapping[str, Any]
"""Table → the id of a house's row of it; some things that are no rows of ours stand under a name of their own."""
Path = tuple[str, ...]

NOON = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
TABLES = {
    "asset": "media_assets", "batch": "import_batches", "contact": "contacts", "delivery": "webhook_deliveries",
    "dismissal": "duplicate_dismissals",
    "endpoint": "webhook_endpoints", "entry": "audit_log", "event": "events", "export": "exports",
    "field": "event_xpls", "host_contact": "contacts", "host_organization": "organizations",
    "integration": "integrations", "job": "jobs", "key": "api_keys", "link": "public_links",
    "host": "account_users", "mapping": "import_mappings", "meeting_type": "meeting_types",
    "member": "account_users", "merge": "merges", "message": "notification_queue",
    "organization": "organizations", "owner": "account_users", "parent": "organizations", "reports_to": "contacts",
    "pipeline": "sales_pipelines", "rate": "exchange_rates", "reason": "lost_reasons",
    "request": "data_subject_requests", "schedule": "scheduled_jobs", "session": "sessions", "space": "venue_spaces",
    "stage": "pipeline_stages", "suppression": "message_suppressions", "template": "notification_templates",
    "venue": "venues", "venue_space": "venue_spaces", "view": "saved_views",
    "activity": "activities", "booking": "meeting_bookings", "deal": "opportunities", "lost_reason": "lost_reasons",
    "note": "notes", "opportunity": "opportunities", "sponsor": "sponsors",
}  # fmt: skip
"""What a field `<name>_id` or `<name>_ids` means."""
NAMED = {
    ("colleague_choices", "include"): "contacts", ("organization_choices", "include"): "organizations",
    ("same_address", "besides"): "contacts", ("same_domain", "besides"): "organizations",
    ("merge_organizations", "winner_id"): "organizations", ("merge_organizations", "loser_id"): "other organizations",
    ("edit_contact", "reports_to_id"): "other contacts", ("edit_organization", "parent_id"): "other organizations",
    ("*", "winner_id"): "contacts", ("*", "loser_id"): "other contacts", ("*", "first_id"): "contacts",
    ("*", "second_id"): "other contacts", ("*", "record_id"): "contacts", ("*", "slug_or_id"): "events",
    ("*", "slug"): "event slug", ("create_event", "slug"): None, ("edit_event", "slug"): None,
    ("stored_file", "public_id"): "file", ("fetch_export", "public_id"): "export",
    ("*", "owner"): "account_users", ("*", "organization"): "organizations", ("media", "event"): "events",
    ("messages", "event"): "events", ("media_counted", "event"): "events", ("messages_counted", "event"): "events",
    ("add_template", "key"): None, ("send_test", "key"): None, ("*", "attachments"): "media_assets",
    ("attachable_files", "also"): "media_assets", ("suppressions", "only"): "message_suppressions",
    ("house_jobs", "before"): "jobs", ("name_person", "row_id"): "contacts", ("record_request", "row_id"): "contacts",
    ("edit_sales_stage", "stage_id"): "sales_stages", ("move_sales_stage", "stage_id"): "sales_stages",
    ("archive_sales_stage", "stage_id"): "sales_stages", ("restore_sales_stage", "stage_id"): "sales_stages",
    ("archive_sales_stage", "move_deals_to_id"): "other sales_stages",
    ("archive_pipeline", "move_deals_to_id"): "other sales_stages",
    ("*", "copy_stages_of_id"): "sales_pipelines", ("add_meeting_type", "slug"): None,
    ("edit_meeting_type", "slug"): None,
    ("*", "row_id"): "pipeline_stages", ("decide_texts", "id"): "notes", ("restore_archived", "id"): "contacts",
    ("reapply_erasure", "id"): "contacts", ("reapply_erasure", "made"): "contacts were made",
    ("activities", "event"): "events", ("activities_counted", "event"): "events",
    ("activity_calendar", "event"): "events", ("meetings", "event"): "events", ("meetings_counted", "event"): "events",
    ("meeting_calendar", "event"): "events", ("*", "host"): "account_users", ("*", "meeting_type"): "meeting_types",
    ("open_activities_of", "row_id"): "contacts", ("notes_of", "row_id"): "contacts",
    ("free_times", "besides"): "meeting_bookings",
    ("create_deal", "stage_id"): "sales_stages", ("reopen_deal", "stage_id"): "sales_stages",
    ("move_deal", "stage_id"): "sales_stages", ("move_deal", "from_stage_id"): "sales_stages",
    ("person_choices", "include"): "contacts", ("deal_choices", "include"): "opportunities",
    **{
        (query, field): table
        for query in (
            "board", "board_columns", "board_counted", "board_deals", "deals", "deals_counted", "deals_in_full",
            "deal_totals",
        )
        for field, table in (("pipeline", "sales_pipelines"), ("stage", "sales_stages"), ("event", "events"),
                             ("contact", "contacts"))
    },
}  # fmt: skip
"""(command or query, field) → table, where the name alone does not say it; None where it is no id at all."""
WORDS_THAT_END_LIKE_IDS = {"tax_id", "vat_id"}
NUMBERS = {
    "version", "capacity", "min_capacity", "size", "limit", "per_kind", "per_verdict", "values", "version_no",
    "requests_per_minute", "fiscal_year_start_month", "week_start", "guest_rank", "target_attendance", "area_sqm",
    "versions", "force_rows", "least", "most", "place", "months", "wip_limit", "weekday", "days_ahead", "max_per_day",
    "days",
}  # fmt: skip
"""Numbers that are no ids; amounts, shares and days are known by their ending."""
WORDS = {
    "timezone": "Europe/Paris", "currency": "EUR", "base_currency": "EUR", "locale": "en", "url": "https://example.org/",
    "website": "https://example.org/", "email": "new@example.org", "schedule": "0 4 * * *", "kind": "contacts",
    "file_name": "rider.pdf", "prefix": "eos_abcdefgh", "domain": "example.org", "owner_email": "new@example.org",
    "facts": "EventCreated", "secret": "s" * 40, "add": "press", "slug": "spring-show", "name": "Spring",
    "iban": "FR7630006000011234567890189", "page": "contacts", "list": "event_stages", "entity": "contacts",
}  # fmt: skip


def of_command(command: Command, ids: Ids) -> tuple[Any, list[Path]]:
    """A valid input with the ids of one house, and the places of ids in it."""
    paths = list(_paths(command.name, command.input_type, ()))
    return _dataclass(command.name, command.input_type, ids), paths


def of_query(query: Query, ids: Ids) -> tuple[dict[str, Any], list[Path]]:
    """Arguments with the ids of one house, and the places of ids in them."""
    name = query.name.rpartition(".")[2]
    hints = get_type_hints(query.function)
    given: dict[str, Any] = {}
    paths: list[Path] = []
    for parameter in list(inspect.signature(query.function).parameters.values())[1:]:
        hint = hints[parameter.name]
        if parameter.default is inspect.Parameter.empty:
            given[parameter.name] = _value(name, parameter.name, hint, ids)
        paths += _places(name, parameter.name, hint, (parameter.name,))
    return given, paths


def put(of: Command | Query, given: Any, path: Path, ids: Ids) -> Any:
    """`given` with the id at `path` taken from `ids`."""
    kind = of.input_type if isinstance(of, Command) else of.function
    return _put(of.name.rpartition(".")[2], kind, given, path, ids)


def _put(action: str, kind: Any, given: Any, path: Path, ids: Ids) -> Any:
    hints = get_type_hints(kind)
    first, rest = path[0], path[1:]
    if rest:
        inner = _inside(hints[first])
        now = given.get(first) if isinstance(given, dict) else getattr(given, first)
        value = _put(action, inner, now if dataclasses.is_dataclass(now) else _dataclass(action, inner, ids), rest, ids)
        if get_origin(_one(hints[first])) is tuple:
            value = (value,)
    else:
        value = _id(action, first, hints[first], ids)
    return {**given, first: value} if isinstance(given, dict) else dataclasses.replace(given, **{first: value})


def _id(action: str, name: str, hint: Any, ids: Ids) -> Any:
    found = ids[str(table_of(action, name))]
    one = _one(hint)
    if get_origin(one) is tuple:
        return (found,)
    return str(found) if one is str else found


def table_of(action: str, name: str) -> str | None:
    """The table whose rows that field names; None for what names no row."""
    for key in ((action, name), ("*", name)):
        if key in NAMED:
            return NAMED[key]
    for ending in ("_ids", "_id"):
        if name.endswith(ending) and name not in WORDS_THAT_END_LIKE_IDS:
            return TABLES[name.removesuffix(ending)]
    return None


def _paths(action: str, kind: type[Any], above: Path) -> Iterator[Path]:
    hints = get_type_hints(kind)
    for field in dataclasses.fields(kind):
        if field.name in ("base", "new_organization"):  # what the person saw before, not what is written
            continue
        yield from _places(action, field.name, hints[field.name], (*above, field.name))


def _places(action: str, name: str, hint: Any, path: Path) -> Iterator[Path]:
    inner = _inside(hint)
    if dataclasses.is_dataclass(inner) and isinstance(inner, type):
        yield from _paths(action, inner, path)
    elif table_of(action, name) is not None:
        yield path
    elif inner is int:
        known = name in NUMBERS or name.endswith(("_minor", "_days", "_ppm", "_minutes"))
        assert known, f"{action}: is {name} an id? Say so in tests/houses/inputs.py"


def _inside(hint: Any) -> Any:
    """The type in Optional, Sequence or tuple."""
    one = _one(hint)
    return _inside(get_args(one)[0]) if get_origin(one) in (tuple, list) and get_args(one) else one


def _one(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        return next(part for part in get_args(hint) if part is not type(None))
    return hint


def _dataclass(action: str, kind: type[Any], ids: Ids) -> Any:
    hints = get_type_hints(kind)
    needed = [
        field.name
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    given = {name: _value(action, name, hints[name], ids) for name in needed}
    if "version" in given:
        edited = next(filter(None, (table_of(action, name) for name in needed)), None)
        given["version"] = ids.get(f"version of {edited}", 1)
    given |= {name: _id(action, name, hints[name], ids) for name in ALSO.get(kind.__name__, ())}
    return kind(**{**given, **MORE.get(kind.__name__, {})})


def _value(action: str, name: str, hint: Any, ids: Ids) -> Any:
    if table_of(action, name) is not None:
        return _id(action, name, hint, ids)
    one = _one(hint)
    origin = get_origin(one)
    if dataclasses.is_dataclass(one) and isinstance(one, type):
        return _dataclass(action, one, ids)
    if origin is tuple:
        return (WORDS[name],) if name in WORDS else ()
    if origin is Literal:
        return get_args(one)[0]
    if (action, name) in CHOSEN:
        return CHOSEN[action, name]
    if origin is not None:
        return {}
    if isinstance(one, type) and issubclass(one, enum.Enum):
        return next(iter(one))
    plain: dict[Any, Any] = {
        str: WORDS.get(name, f"word {name}"), int: 1, bool: True, bytes: b"x" * 32, Any: None,
        dt.date: dt.datetime.now(dt.UTC).date() - dt.timedelta(days=2),
        dt.datetime: NOON + dt.timedelta(hours=2 if name in ("ends_at", "last", "to") else 0),
    }  # fmt: skip
    return plain[one]


CHOSEN: dict[tuple[str, str], Any] = {
    ("retention_due", "entity"): "data_subject_requests", ("retention_due", "basis"): LegalBasis.LEGAL_OBLIGATION,
    ("retention_due", "anchor"): RetentionAnchor.CLOSED,
}  # fmt: skip
"""(query, parameter) → a value that goes with the others."""
ALSO = {"Links": ("contact_id",)}
"""Per type, ids that may be left out one by one but not all at once."""
MORE: dict[str, dict[str, Any]] = {
    "AnswerMeeting": {"confirm": False},
    "BookMeeting": {"guest_name": "Ann One", "guest_email": "ann@one.example", "anyway": True},
    "CloseMeeting": {"status": MeetingStatus.HELD},
    "AddTemplate": {"key": "spring_show", "subject": "Hello"},
    "ChangeEventStatus": {"status": EventStatus.PLANNED},
    "AttachDealFile": {"content": PDF},
    "ContactFields": {"last_name": "Marchand"},
    "DealFields": {"name": "Front row"},
    "EditRate": {"from_currency": "USD", "to_currency": "EUR", "rate": "0.9"},
    "EditListRow": {"values": {"name": "Casting", "kind": StageKind.OPEN.value}},
    "MeetingTypeFields": {"duration_minutes": 30},
    "MoveMeeting": {"anyway": True},
    "OrganizationFields": {"name": "Atelier"},
    "ReapplyErasure": {"at": "2026-03-01T12:00:00+00:00"},
    "RecordRequest": {"entity": "contacts", "name": "Marchand"},
    "ReplaceFile": {"file_name": "look.png", "content": picture(size=(9, 9))},
    "RequestExport": {"filters": ContactFilter()},
    "RewordTemplate": {"subject": "Hello"},
    "SavePolicy": {"entity": "notification_queue", "action": RetentionAction.ANONYMISE},
    "SendTrial": {"address": "+33612345678"},
    "SetTargets": {"starts_on": dt.date(2027, 3, 1), "rows": (TargetRow(value_minor=100),)},
    "SettleRequest": {"status": PrivacyRequestStatus.REFUSED},
    "StoreFile": {"content": PDF},
    "TagContacts": {"add": ("press",)},
    "TagOrganizations": {"add": ("press",)},
    "TargetRow": {"value_minor": 100},
    "TextRef": {"entity": "notes", "column": "body"},
    "TrashItem": {"kind": "contacts"},
    "UploadImport": {"file_name": "people.csv", "content": b"Last name,E-mail\nMarchand,marchand@example.org\n"},
}
"""Per input type, values that a rule across its fields demands."""
NOT_NOW: dict[str, type[Exception]] = {
    "add_existing_login": NotAllowedNow, "archive_pipeline": NotAllowedNow, "archive_sales_stage": NotAllowedNow,
    "cancel_message": NotAllowedNow, "upload_import": InvalidInput,
    "rotate_secret": SetupError, "redeliver": NotAllowedNow,
    "renew_invitation": NotAllowedNow, "resend_message": NotAllowedNow, "reset_second_factor": NotAllowedNow,
    "restore_member": NotAllowedNow, "retire_template": NotAllowedNow, "revoke_invitation": NotAllowedNow,
    "reword_template": NotAllowedNow, "erase_subject": InvalidInput, "hand_out": NotAllowedNow,
    "restore_archived": InvalidInput, "restore_custom_field": NotAllowedNow,
    "undo_import": NotAllowedNow, "undo_merge": NotAllowedNow,
    "answer_meeting": NotAllowedNow, "close_meeting": NotAllowedNow, "reopen_deal": NotAllowedNow,
    "change_deals": InvalidInput,
    # The seeded deal has no such file or person, its pipeline neither end, the seeded view no disabled owner.
    "detach_deal_file": NotFound, "remove_deal_person": NotFound, "win_deal": NotFound, "lose_deal": NotFound,
    "take_over_view": NotFound,
}  # fmt: skip
"""Commands that the seeded row does not permit in its present state, and how they say so: only who finds it is told."""
