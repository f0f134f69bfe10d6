"""What is handed to a person who asks what is held of them: one ZIP with their rows, and the files that show them.

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

from sqlalchemy import select

from eventos_core.db.session import TenantSession
from eventos_core.kernel.errors import NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.base import Base
from eventos_core.models.operations import ImportRow, MediaAsset
from eventos_core.operations import encryption
from eventos_core.operations.exports import Package, package
from eventos_core.operations.files import stores
from eventos_core.operations.imports import bulk
from eventos_core.operations.privacy.finding import Given, Person, resolve
from eventos_core.operations.privacy.registry import registered

_FIXED = (2000, 1, 1, 0, 0, 0)
_NOT_THEIRS = ("account_id", "created_by", "updated_by", "version", "search_text", "name_sort", "handled_by")
_READ_ME = """This archive holds what {house} keeps of you.

person.json   your data, by kind; times are in UTC (ISO 8601)
files/        files that show you

What others wrote about you in free text is not part of it; the house tells you on request.
"""


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
    return {title: len(rows) for title, rows in _contents(db, resolve(db, wanted.given)).items()}


def build(db: TenantSession, wanted: PersonFilter) -> bytes:
    """The ZIP. Values that are stored encrypted are in it in clear: they are the person's own."""
    person = resolve(db, wanted.given)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "READ ME.txt", _READ_ME.format(house=db.context.account_name).encode())
        body = json.dumps(_contents(db, person), ensure_ascii=False, indent=2, default=str)
        _add(archive, "person.json", body.encode())
        for name, content in _files(db, person):
            _add(archive, f"files/{name}", content)
    return out.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _FIXED)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def _contents(db: TenantSession, person: Person) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for said in registered().values():
        ids = sorted(person.rows.get(said.table, ()))
        if not ids:
            continue
        table = Base.metadata.tables[said.table]
        rows = db.execute(
            select(table)
            .where(table.c.account_id == db.context.account_id, bulk.among(table.c.id, ids))
            .order_by(table.c.id)
        ).mappings()
        found[said.label] = [_shown(db, said.table, dict(row)) for row in rows]
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
        found["Lines of imports"] = [{"cells": raw} for raw in lines]
    return found


def _shown(db: TenantSession, entity: str, row: Mapping[Any, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    encrypted = {column for table, column in encryption.cipher_columns() if table == entity}
    for name, value in row.items():
        if name in _NOT_THEIRS or value in (None, "", [], {}):
            continue
        if name in encrypted:
            # A message's sealed values open something, such as an invitation: no data of the person.
            if name != "secret_values":
                shown[name] = encryption.decrypt(db.context.account_id, entity, name, row["id"], value)
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
