"""Shared by the directory's tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from eventos_core.db.engine import app_engine
from eventos_core.db.registry import execute, read
from eventos_core.directory import commands, queries
from eventos_core.directory.rules.contacts import ContactFields, EmailEntry, PhoneEntry
from eventos_core.directory.rules.organizations import OrganizationFields
from eventos_core.kernel.credentials import Credential


def add_contact(who: Credential, first: str, last: str, *emails: str, phone: str = "", **fields: Any) -> int:
    """A contact with the first address as primary; returns its id."""
    given = ContactFields(
        first_name=first,
        last_name=last,
        emails=tuple(EmailEntry(e, is_primary=i == 0) for i, e in enumerate(emails)),
        phones=(PhoneEntry(phone),) if phone else (),
        **fields,
    )
    return execute(who, commands.create_contact, commands.CreateContact(given, allow_duplicate=True)).contact_id


def add_organization(who: Credential, name: str, **fields: Any) -> int:
    """A company; returns its id."""
    given = commands.CreateOrganization(OrganizationFields(name=name, **fields), allow_duplicate=True)
    return execute(who, commands.create_organization, given).organization_id


def names(who: Credential, **wanted: Any) -> list[str]:
    """The names that the contact list shows under that filter."""
    found = read(who, queries.contacts, queries.ContactFilter(**wanted))
    return list(found.frame["name"])


@contextmanager
def counted() -> Iterator[list[str]]:
    """Statements that the app's login sends meanwhile, entering and transaction control left out."""
    sent: list[str] = []

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        if "app.enter_" not in statement:
            sent.append(statement)

    engine = app_engine()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
