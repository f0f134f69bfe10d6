"""What is handed to a person who asks what is held of them: one ZIP with their rows, to read and for programs, and the
files that show them.

Made anew for each download, so that no copy of it lies anywhere; the same data give the same bytes, which the request's
evidence names by their checksum.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, select

from eventos_core.db.session import TenantSession
from eventos_core.kernel.errors import NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.base import Base, Ref
from eventos_core.models.operations import ImportRow, MediaAsset
from eventos_core.operations import encryption
from eventos_core.operations.exports import Package, package
from eventos_core.operations.files import stores
from eventos_core.operations.imports import bulk
from eventos_core.operations.imports.references import names_of
from eventos_core.operations.privacy import readable
from eventos_core.operations.privacy.finding import Given, Person, resolve
from eventos_core.operations.privacy.registry import Personal, registered

_FIXED = (2000, 1, 1, 0, 0, 0)
_NOT_THEIRS = ("account_id", "created_by", "updated_by", "version", "search_text", "name_sort", "handled_by")
_READ_ME = """This archive holds what {house} keeps of you.

Your data.html   to read: open it in any browser
person.json      the same for programs; times are in UTC (ISO 8601)
{files}
Not part of it are texts about others or about the house's work that merely name you; the house tells you on request.
"""
_FILES = "files/           files that show you\n"


@dataclass(frozen=True)
class PersonFilter:
    """By which rows and words the person is found."""

    contacts: tuple[int, ...] = ()
    attendees: tuple[int, ...] = ()
    account_users: tuple[int, ...] = ()
    name: str = ""
    email: str = ""
    phone: str = ""

    @property
    def given(self) -> Given:
        """As the search takes it."""
        rows = {"contacts": self.contacts, "attendees": self.attendees, "account_users": self.account_users}
        return Given(rows, self.name, self.email, self.phone)


def counts(db: TenantSession, wanted: PersonFilter) -> dict[str, int]:
    """How many rows of each kind the package holds."""
    return {label: len(rows) for _, label, rows in _contents(db, resolve(db, wanted.given))}


def build(db: TenantSession, wanted: PersonFilter) -> bytes:
    """The ZIP. Values that are stored encrypted are in it in clear: they are the person's own."""
    person = resolve(db, wanted.given)
    found, files = _contents(db, person), _files(db, person)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        read_me = _READ_ME.format(house=db.context.account_name, files=_FILES if files else "")
        _add(archive, "READ ME.txt", read_me.encode())
        _add(archive, "Your data.html", readable.page(db.context, found, [name for name, _ in files]).encode())
        body = json.dumps({label: rows for _, label, rows in found}, ensure_ascii=False, indent=2, default=str)
        _add(archive, "person.json", body.encode())
        for name, content in files:
            _add(archive, f"files/{name}", content)
    return out.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _FIXED)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def _contents(db: TenantSession, person: Person) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Table, what its rows are called, and the rows: who they are first, then what is kept of them."""
    found: list[tuple[str, str, list[dict[str, Any]]]] = []
    for said in sorted(registered().values(), key=lambda said: (not said.table.startswith("contact"), said.label)):
        ids = sorted(person.rows.get(said.table, ()))
        if not ids:
            continue
        table = Base.metadata.tables[said.table]
        rows = db.execute(
            select(table)
            .where(table.c.account_id == db.context.account_id, bulk.among(table.c.id, ids))
            .order_by(table.c.id)
        ).mappings()
        shown = [_shown(db, said, dict(row)) for row in rows]
        _name_references(db, table, shown)
        found.append((said.table, said.label, shown))
    lines = db.scalars(
        select(ImportRow.raw)
        .where(
            ImportRow.account_id == db.context.account_id,
            ImportRow.entity == "contacts",
            bulk.among(ImportRow.entity_id, sorted(person.rows.get("contacts", ()))),
        )
        .order_by(ImportRow.id)
    ).all()
    if lines:
        found.append(("import_rows", "Lines of imports", [{"cells": raw} for raw in lines]))
    return found


def _name_references(db: TenantSession, table: Table, rows: list[dict[str, Any]]) -> None:
    """Put the name of what a row points to beside its number: an organisation, an event; never another person."""
    for column in table.columns:
        reference, named = column.info.get("ref"), column.name.removesuffix("_id")
        if not isinstance(reference, Ref) or reference.table in registered() or named in table.c:
            continue
        names = names_of(db, reference.table, sorted({row[column.name] for row in rows if column.name in row}))
        for place, row in enumerate(rows):
            if (name := names.get(row.get(column.name, 0))) is not None:
                pairs = [(key, value) for key, value in row.items() if key != column.name]
                at = list(row).index(column.name)
                rows[place] = dict([*pairs[:at], (column.name, row[column.name]), (named, name), *pairs[at:]])


def _shown(db: TenantSession, said: Personal, row: Mapping[Any, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    encrypted = {column for table, column in encryption.cipher_columns() if table == said.table}
    for name, value in row.items():
        if name in _NOT_THEIRS or name in said.inner or value in (None, "", [], {}):
            continue
        if name in encrypted:
            # A message's sealed values open something, such as an invitation: no data of the person.
            if name != "secret_values":
                shown[name] = encryption.decrypt(db.context.account_id, said.table, name, row["id"], value)
        elif isinstance(value, bytes):
            continue
        else:
            shown[name] = value.astimezone(dt.UTC).isoformat() if isinstance(value, dt.datetime) else value
    return shown


def _files(db: TenantSession, person: Person) -> list[tuple[str, bytes]]:
    ids: set[int] = set()
    for said in registered().values():
        table = Base.metadata.tables[said.table]
        for column in said.files:
            ids |= set(
                db.scalars(
                    select(table.c[column]).where(
                        table.c.account_id == db.context.account_id,
                        bulk.among(table.c.id, sorted(person.rows.get(said.table, ()))),
                        table.c[column].is_not(None),
                    )
                )
            )
    rows = db.scalars(
        select(MediaAsset)
        .where(
            MediaAsset.account_id == db.context.account_id,
            bulk.among(MediaAsset.id, sorted(ids)),
            MediaAsset.bytes_deleted_at.is_(None),
        )
        .order_by(MediaAsset.id)
    ).all()
    found = []
    for row in rows:
        try:
            found.append((f"{row.id}-{row.file_name}", b"".join(stores.of(row.storage).read(row.storage_key))))
        except NotFound:
            found.append((f"{row.id}-missing.txt", b"The bytes of this file are missing."))
    return found


package(Package("person", "Personal data", Permission.PRIVACY_MANAGE, PersonFilter, build))
