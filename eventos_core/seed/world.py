"""What every domain's seed is given: the houses, their people, and how to act as one of them."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from eventos_core.db.registry import execute
from eventos_core.db.session import TenantSession, unit_of_work
from eventos_core.kernel.credentials import Credential
from eventos_core.operations.imports import commands as imports
from eventos_core.operations.imports.batches import ImportResult
from eventos_core.operations.imports.running import run_import

OWNER = "owner"


class Size(StrEnum):
    """How much demo data."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


@dataclass(frozen=True)
class Scale:
    """How many records one house gets; those written by hand are among them."""

    contacts: int
    organizations: int
    events: int
    deals: int


SCALES: Mapping[Size, tuple[Scale, Scale]] = {
    Size.SMALL: (Scale(150, 50, 16, 72), Scale(130, 48, 16, 60)),
    Size.MEDIUM: (Scale(5_000, 500, 60, 1_500), Scale(5_000, 500, 60, 1_500)),
    Size.LARGE: (Scale(100_000, 4_000, 2_000, 60_000), Scale(5_000, 500, 60, 1_500)),
}
"""For the first and the second house."""


@dataclass(frozen=True)
class Colleague:
    """A member of a demo house, signed in for the time of the seeding."""

    member_id: int
    name: str
    credential: Credential


@dataclass
class DemoHouse:
    """One of the two houses while it is filled; `team` maps a key (owner, sales, producer …) to the person."""

    slug: str
    name: str
    city: str
    country: str
    timezone: str
    currency: str
    locale: str
    scale: Scale
    password: str = field(repr=False)
    """What everybody signs in with."""
    team: dict[str, Colleague] = field(default_factory=dict)
    organizations: dict[str, int] = field(default_factory=dict)
    """Ids of the companies written by hand, by name; for the domains that come later."""
    contacts: dict[str, list[int]] = field(default_factory=dict)
    """Ids of the people written by hand, by tag."""
    events: dict[str, int] = field(default_factory=dict)
    """Ids of the events written by hand, by key."""

    @property
    def domain(self) -> str:
        """The house's own internet domain, which belongs to nobody."""
        return f"{self.slug}.example"


class DbFactory(Protocol):
    """Opens one transaction in a house, as its owner or as another colleague; commits at its end."""

    def __call__(self, house: DemoHouse, who: str = OWNER) -> AbstractContextManager[TenantSession]:
        """A session for commands and queries."""
        ...


Progress = Callable[[str], None]
Houses = Sequence[DemoHouse]
Random = random.Random


@contextmanager
def acting(house: DemoHouse, who: str = OWNER) -> Iterator[TenantSession]:
    """The factory that demo data is written with."""
    with unit_of_work(house.team[who].credential) as db:
        yield db


def bring_in(
    house: DemoHouse,
    who: str,
    kind: str,
    file_name: str,
    rows: Sequence[Mapping[str, object]],
    *,
    create_missing: tuple[str, ...] = (),
) -> ImportResult:
    """Import `rows` (columns named like fields) as a CSV file, as a person would; for what is too much for commands."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode()
    credential = house.team[who].credential

    def prepare(db: TenantSession, given: imports.UploadImport) -> int:
        batch = imports.upload_import(db, given).batch_id
        if create_missing:
            imports.map_import(db, imports.MapImport(batch, create_missing=create_missing))
        return batch

    given = imports.UploadImport(kind, file_name, content, source="demo")
    return run_import(credential, execute(credential, prepare, given))
