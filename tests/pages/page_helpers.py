"""People, houses and an event invented for page tests, and what a page says."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from eventos_core.enums.events import EventStatus
from eventos_core.kernel.context import ActorKind, Context
from eventos_core.kernel.permissions import ROLE_PERMISSIONS, Permission, Role
from eventos_core.operations.search import EventRef
from eventos_core.tenancy.identity import House, Person
from eventos_core.ui import navigation, visit

SHELL = Path(visit.__file__).with_name("shell.py")
AURORE = House("aurore", "Maison Aurore", "owner", 11)
BOREAL = House("boreal", "Studio Boréal", "member", 22)
SHOW = EventRef(
    5, "ss27-show", "SS27 Show", EventStatus.ON_SALE,
    dt.datetime(2026, 12, 12, 18, 30, tzinfo=dt.UTC), dt.datetime(2026, 12, 12, 21, 0, tzinfo=dt.UTC), "Europe/Paris",
)  # fmt: skip


def person(*houses: House) -> Person:
    """An invented person, member of `houses`."""
    return Person(7, "claire@aurore.example", "Claire Duval", None, "Europe/Paris", 70, houses)


def context_of(house: House, permissions: frozenset[Permission] | None = None) -> Context:
    """What the database would answer when that person enters `house`."""
    role = Role(house.role)
    return Context(
        account_id=house.member_id, account_slug=house.slug, account_name=house.name, timezone="Europe/Paris",
        currency="EUR", locale="en", member_id=house.member_id, user_id=7, display_name="Claire Duval",
        actor_kind=ActorKind.MEMBER, actor_id=str(house.member_id), role=role,
        permissions=ROLE_PERMISSIONS[role] if permissions is None else permissions, permission_version="1",
    )  # fmt: skip


def words(at: AppTest) -> str:
    """Everything that the page says, in order, for asserting on."""
    kinds: tuple[Any, ...] = (at.title, at.subheader, at.markdown, at.caption, at.error, at.warning, at.info)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def links(at: AppTest) -> list[str]:
    """The labels of all page links, sidebar first."""
    return [element.label for element in at.get("page_link")]


def begin(at: AppTest, **query: str) -> AppTest:
    """Run the page where `at` stands, with these query parameters besides."""
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def turn_to(at: AppTest, key: str, **query: str) -> AppTest:
    """Go to another page of the same session, or begin it there."""
    return begin(at.switch_page(str(navigation.spec_of(key).file)), **query)
