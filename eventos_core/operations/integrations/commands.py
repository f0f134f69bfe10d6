"""Connecting services: add, change, switch on and off, make one the default, remove.

Credentials come in and never go out: what stands is kept where a field is left empty, and only the last four signs of
a long one are ever shown. Trying a connection is `testing`: at once for a page, by job for who asks and looks later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from eventos_core.db.editing import edit, get
from eventos_core.db.facts import emit
from eventos_core.db.registry import CLIENTS, command
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import IntegrationStatus
from eventos_core.kernel import clock
from eventos_core.kernel.errors import AlreadyExists, InvalidInput, NotAllowedNow
from eventos_core.kernel.facts import IntegrationRemoved, IntegrationSaved
from eventos_core.kernel.permissions import Permission
from eventos_core.models.operations import Integration
from eventos_core.operations import fields, outbound
from eventos_core.operations.integrations import opening, testing
from eventos_core.operations.integrations.registry import Provider, provider_of
from eventos_core.operations.jobs.defer import defer

MANAGES = Permission.TEAM_MANAGE
"""The database lets nobody else write integrations."""
_HINTED = 12
"""Length from which the last four signs of a secret give nothing away."""


@dataclass(frozen=True)
class AddIntegration:
    """A service to connect: its settings and credentials by field of the provider."""

    provider: str
    name: str
    settings: Mapping[str, Any]
    credentials: Mapping[str, str]


@dataclass(frozen=True)
class EditIntegration:
    """A connected service as it should be; a credential that is left out or empty stays as it is."""

    integration_id: int
    version: int
    name: str
    settings: Mapping[str, Any]
    credentials: Mapping[str, str]


@dataclass(frozen=True)
class SwitchIntegration:
    """Use a service, or leave it be."""

    integration_id: int
    version: int
    active: bool


@dataclass(frozen=True)
class OneIntegration:
    """A connected service; `version` is the one that was seen."""

    integration_id: int
    version: int


@dataclass(frozen=True)
class IntegrationChanged:
    """The integration's id and version after the command."""

    integration_id: int
    version: int


@dataclass(frozen=True)
class TryIntegration:
    """The connected service to try."""

    integration_id: int


@dataclass(frozen=True)
class TrialQueued:
    """The service that is tried soon, and when that was asked for."""

    integration_id: int
    asked_at: dt.datetime


@command(requires=MANAGES, actors=CLIENTS)
def add_integration(db: TenantSession, cmd: AddIntegration) -> IntegrationChanged:
    """Add a service as a draft: it is used once a try has worked. Raises InvalidInput, AlreadyExists, NotFound."""
    provider = provider_of(cmd.provider)
    values, secrets = _checked(provider, cmd.name, cmd.settings, cmd.credentials, {})
    _free(db, provider.key, values["name"], None)
    row = Integration(kind=provider.kind, provider=provider.key, credential_hints=_hints(provider, secrets), **values)
    db.add(row)
    db.flush()
    row.credentials = opening.sealed(row, secrets)  # the id is part of the seal
    db.flush()
    emit(db, IntegrationSaved(row.id, provider.key))
    db.refresh(row)
    return IntegrationChanged(row.id, row.version)


@command(requires=MANAGES, actors=CLIENTS)
def edit_integration(db: TenantSession, cmd: EditIntegration) -> IntegrationChanged:
    """Change name, settings and credentials. Raises InvalidInput, AlreadyExists, NotFound, EditConflict."""
    row = get(db, Integration, cmd.integration_id, lock=True, what="integration")
    provider = provider_of(row.provider)
    before = opening.unsealed(row)  # what a field left empty keeps; it is written back, not shown
    values, secrets = _checked(provider, cmd.name, cmd.settings, cmd.credentials, before)
    _free(db, row.provider, values["name"], row.id)
    changes: dict[str, Any] = dict(values)
    if secrets != before:
        changes |= {"credentials": opening.sealed(row, secrets), "credential_hints": _hints(provider, secrets)}
    row = edit(db, Integration, cmd.integration_id, cmd.version, changes, what="integration")
    emit(db, IntegrationSaved(row.id, row.provider))
    return IntegrationChanged(row.id, row.version)


@command(requires=MANAGES, actors=CLIENTS)
def try_integration(db: TenantSession, cmd: TryIntegration) -> TrialQueued:
    """Try the service in the background: a draft that works is used from then on, nothing is sent.

    Needs integrations.manage as well. `operations.integration` tells how it ended: `last_sync_at` (it works) or
    `last_error_at` (`last_error` says why not) is then later than `asked_at`. One that waits already is not queued
    twice. Raises NotFound, PermissionDenied.
    """
    testing.guard(db)
    row = get(db, Integration, cmd.integration_id, what="integration")
    defer(db, testing.TRY, once=f"{testing.TRY}:{row.id}", integration_id=row.id)
    return TrialQueued(row.id, clock.now())


@command(requires=MANAGES, actors=CLIENTS)
def switch_integration(db: TenantSession, cmd: SwitchIntegration) -> IntegrationChanged:
    """Leave a service be, or use it again: one that never worked is a draft until a try does.

    Raises NotFound, EditConflict.
    """
    row = get(db, Integration, cmd.integration_id, lock=True, what="integration")
    status = IntegrationStatus.DISABLED
    if cmd.active:
        worked = row.connected_at is not None
        failed = IntegrationStatus.ERROR if row.last_error else IntegrationStatus.CONNECTED
        status = failed if worked else IntegrationStatus.DRAFT
    changes: dict[str, Any] = {"status": status} if cmd.active else {"status": status, "is_default": False}
    row = edit(db, Integration, cmd.integration_id, cmd.version, changes, what="integration")
    return IntegrationChanged(row.id, row.version)


@command(requires=MANAGES, actors=CLIENTS)
def prefer_integration(db: TenantSession, cmd: OneIntegration) -> IntegrationChanged:
    """Make it the one of its kind that is taken where none is named. Raises NotFound, EditConflict, NotAllowedNow."""
    row = get(db, Integration, cmd.integration_id, lock=True, what="integration")
    if row.status is IntegrationStatus.DISABLED:
        raise NotAllowedNow("This integration is switched off.", hint="Switch it on first.")
    db.execute(
        update(Integration)
        .where(
            Integration.account_id == row.account_id, Integration.kind == row.kind, Integration.is_default,
            Integration.id != row.id,
        )
        .values(is_default=False)
    )  # fmt: skip
    row = edit(db, Integration, cmd.integration_id, cmd.version, {"is_default": True}, what="integration")
    return IntegrationChanged(row.id, row.version)


@command(requires=MANAGES, actors=CLIENTS)
def remove_integration(db: TenantSession, cmd: OneIntegration) -> IntegrationChanged:
    """Forget a service with its credentials; what was sent with it keeps its log. Raises NotFound, NotAllowedNow."""
    row = get(db, Integration, cmd.integration_id, lock=True, what="integration")
    if row.version != cmd.version:
        raise NotAllowedNow("Somebody changed this integration meanwhile.", hint="Look at it again, then decide.")
    gone = IntegrationChanged(row.id, row.version)
    emit(db, IntegrationRemoved(row.id, row.provider))
    db.delete(row)
    db.flush()
    return gone


def _checked(
    provider: Provider,
    name: str,
    settings: Mapping[str, Any],
    credentials: Mapping[str, str],
    before: Mapping[str, str],
) -> tuple[dict[str, Any], dict[str, str]]:
    """(columns, secrets) as they are stored. Raises InvalidInput with every wrong field."""
    wrong: dict[str, str] = {}
    name = " ".join(name.split())
    if not 1 <= len(name) <= 200:
        wrong["name"] = "1 to 200 characters"
    found: dict[str, Any] = {}
    try:
        found = fields.check(provider.settings, settings)
    except InvalidInput as error:
        wrong |= error.fields
    given = {key: value for key, value in credentials.items() if value}
    secrets = {key: value for key, value in before.items() if key in {one.key for one in provider.secrets}} | given
    try:
        secrets = {k: v for k, v in fields.check(provider.secrets, secrets).items() if v is not None}
    except InvalidInput as error:
        wrong |= error.fields
    for one in provider.settings:
        if one.kind is fields.Kind.URL and found.get(one.key):
            try:
                outbound.check(found[one.key])
            except outbound.AddressRefused as error:
                wrong[one.key] = str(error)
    if not wrong and provider.problems is not None:
        wrong |= provider.problems({**found, **secrets})
    if wrong:
        raise InvalidInput("Check the marked fields.", fields=wrong)
    return {"name": name, "settings": {k: v for k, v in found.items() if v is not None}}, secrets


def _hints(provider: Provider, secrets: Mapping[str, str]) -> dict[str, str]:
    """What is shown of each secret that is set: its last four signs where it is long enough to."""
    return {key: value[-4:] if len(value) >= _HINTED else "" for key, value in secrets.items()}


def _free(db: TenantSession, provider: str, name: str, row_id: int | None) -> None:
    found = db.scalar(
        select(Integration.id).where(
            Integration.account_id == db.context.account_id, Integration.provider == provider, Integration.name == name
        )
    )
    if found is not None and found != row_id:
        raise AlreadyExists(f"There is an integration “{name}” of this service already.", hint="Choose another name.")
