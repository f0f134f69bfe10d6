"""Which sections there are, and the one place that reads a house's settings, each as the type it was declared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import select

from eventos_core.db.session import TenantSession
from eventos_core.kernel.errors import NotFound
from eventos_core.kernel.permissions import Permission
from eventos_core.models.base import TenantTable
from eventos_core.models.tenancy import Account
from eventos_core.operations.fields import Field, read

T = TypeVar("T")


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One value of the house. `field.key` is `<section>.<name>`; `field.default` holds where nothing is set."""

    field: Field
    default: T

    @property
    def key(self) -> str:
        """Its key in `accounts.settings`."""
        return self.field.key

    def of(self, stored: Mapping[str, Any]) -> T:
        """The value that holds; what an older or newer version stored and this one cannot read is as if unset."""
        if stored.get(self.key) is None:
            return self.default
        try:
            return cast(T, read(self.field, stored[self.key]))
        except ValueError:
            return self.default


@dataclass(frozen=True)
class ManagedList:
    """Rows that the house keeps in order, such as the stages of a process.

    `scope` are columns that every row of the list shares. `fixed` columns cannot change once a record refers to the
    row. `keeps` says what a change would break, given the rows in use as they would be; None where it breaks nothing.
    """

    key: str
    title: str
    noun: str
    model: type[TenantTable]
    fields: tuple[Field, ...]
    about: str = ""
    scope: Mapping[str, Any] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    keeps: Callable[[Sequence[Mapping[str, Any]]], str | None] | None = None


@dataclass(frozen=True)
class Section:
    """One part of the Settings page. `drawn` means a screen of its own, whose commands ask for `writes`.

    Values and lists take `settings.write` besides.
    """

    key: str
    title: str
    icon: str
    about: str
    reads: Permission = Permission.HOUSE_READ
    writes: Permission = Permission.SETTINGS_WRITE
    settings: tuple[Setting[Any], ...] = ()
    lists: tuple[ManagedList, ...] = ()
    drawn: bool = False
    order: int = 100


class Values:
    """A house's settings as they were read; `values[SETTING]` is typed as the setting."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        self._stored = stored

    def __getitem__(self, setting: Setting[T]) -> T:
        return setting.of(self._stored)


_SECTIONS: dict[str, Section] = {}


def section(made: Section) -> Section:
    """Register a section; called at import by the domain whose it is. Raises TypeError for a key taken or a stray."""
    if made.key in _SECTIONS:
        raise TypeError(f"Two sections of settings are called {made.key}.")
    strays = [one.key for one in made.settings if not one.key.startswith(f"{made.key}.")]
    if strays:
        raise TypeError(f"Settings of {made.key} begin with its key: {', '.join(strays)}.")
    _SECTIONS[made.key] = made
    return made


def sections() -> tuple[Section, ...]:
    """All sections as the page shows them."""
    return tuple(sorted(_SECTIONS.values(), key=lambda one: (one.order, one.title)))


def section_of(key: str) -> Section:
    """The section with that key. Raises NotFound."""
    if key not in _SECTIONS:
        raise NotFound("There is no such section of settings.", hint="Choose one of the list.")
    return _SECTIONS[key]


def list_of(key: str) -> tuple[Section, ManagedList]:
    """The managed list with that key and its section. Raises NotFound."""
    for one in _SECTIONS.values():
        for kept in one.lists:
            if kept.key == key:
                return one, kept
    raise NotFound("There is no such list.", hint="Choose one of the Settings page.")


def values(db: TenantSession) -> Values:
    """The house's settings as they stand; one query. Checks no permission: it is for code that follows them."""
    return Values(db.scalar(select(Account.settings).where(Account.id == db.context.account_id)) or {})
