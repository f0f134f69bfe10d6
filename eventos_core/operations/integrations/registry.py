"""Which services can be connected: each provider declares its fields, how it is tried, and what it opens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from eventos_core.enums.operations import IntegrationKind
from eventos_core.kernel.errors import EventOSError, NotFound
from eventos_core.operations.fields import Field, Kind


@dataclass(frozen=True)
class Connection:
    """One connected service, opened: its settings, and its credentials in clear for as long as it is used."""

    integration_id: int
    provider: str
    name: str
    house: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Answer:
    """What a successful try found: said to the person, and the account as the provider names it."""

    said: str
    account: str | None = None


class CannotConnect(EventOSError):
    """The service does not answer, or does not let us in; said in words for people."""


@dataclass(frozen=True)
class Provider:
    """One service. `probe` tries it without sending anything and raises EventOSError where it does not work.

    `opens` makes what the adapters of its kind work with: a sender for e-mail, texts and posts.
    """

    key: str
    kind: IntegrationKind
    title: str
    about: str
    fields: tuple[Field, ...]
    probe: Callable[[Connection], Answer]
    opens: Callable[[Connection], Any]
    problems: Callable[[Mapping[str, Any]], Mapping[str, str]] | None = None
    """Further problems of settings that are fine one by one: field → what is wrong."""
    icon: str = "extension"

    @property
    def settings(self) -> tuple[Field, ...]:
        """Its fields that are no secret."""
        return tuple(one for one in self.fields if one.kind is not Kind.SECRET)

    @property
    def secrets(self) -> tuple[Field, ...]:
        """Its fields that are kept encrypted."""
        return tuple(one for one in self.fields if one.kind is Kind.SECRET)


_PROVIDERS: dict[str, Provider] = {}


def provider(made: Provider) -> Provider:
    """Register a provider; called at import by the adapter. Raises TypeError for a key taken."""
    if made.key in _PROVIDERS:
        raise TypeError(f"Two providers are called {made.key}.")
    _PROVIDERS[made.key] = made
    return made


def providers() -> Mapping[str, Provider]:
    """All providers by key, as the page offers them."""
    return dict(sorted(_PROVIDERS.items(), key=lambda item: (list(IntegrationKind).index(item[1].kind), item[1].title)))


def provider_of(key: str) -> Provider:
    """The provider with that key. Raises NotFound."""
    if key not in _PROVIDERS:
        raise NotFound("This service is not known here.", hint="Choose one of the list.")
    return _PROVIDERS[key]
