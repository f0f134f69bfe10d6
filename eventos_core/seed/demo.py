"""The demo: two houses with look-alike names, filled by every domain in turn; the same for the same seed and day."""

from __future__ import annotations

import datetime as dt
import os
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from eventos_core.db.session import reading
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import MemberCredential
from eventos_core.kernel.errors import AlreadyExists, InvalidInput, NotAllowedNow, SetupError
from eventos_core.operations import site, start
from eventos_core.seed import (
    directory,
    events,
    exports,
    lists,
    media,
    messages,
    past,
    privacy,
    sales,
    settings,
    sharing,
    team,
)
from eventos_core.seed.world import OWNER, SCALES, Colleague, DbFactory, DemoHouse, Houses, Random, Scale, Size, acting
from eventos_core.tenancy import identity, passwords

Seed = Callable[[DbFactory, Houses, Random, dt.date], None]
DOMAINS: tuple[tuple[str, Seed], ...] = (
    ("team", team.seed),
    ("directory", directory.seed),
    ("events", events.seed),
    ("sharing", sharing.seed),
    ("media", media.seed),
    ("messages", messages.seed),
    ("settings", settings.seed),
    ("sales", sales.seed),
    ("lists", lists.seed),
    ("exports", exports.seed),
    ("privacy", privacy.seed),
)
"""Every domain adds its own `seed`; the order counts, the random numbers of one do not depend on the others."""

PASSWORD_VARIABLE = "EVENTOS_DEMO_PASSWORD"  # noqa: S105 a variable's name
Progress = Callable[[str], None]


@dataclass(frozen=True)
class SignIn:
    """One person who can sign in to the demo."""

    email: str
    name: str
    job: str
    houses: tuple[str, ...]


@dataclass(frozen=True)
class Demo:
    """What to tell once the demo is there: who can sign in, with the one password they share.

    `owner_user_id` and `house` are what a page needs to sign its visitor in; `note` says what is missing, if anything.
    """

    houses: tuple[str, ...]
    people: tuple[SignIn, ...]
    password: str
    owner_user_id: int
    note: str = ""

    @property
    def house(self) -> str:
        """Short name of the first house."""
        return self.houses[0]


def create(
    size: Size = Size.SMALL, *, seed: int = 1, today: dt.date | None = None, progress: Progress | None = None
) -> Demo:
    """Found and fill both houses through the operator, for the command line.

    Raises NotAllowedNow in production, AlreadyExists when a demo house or sign-in is there already, InvalidInput for
    a day in the future (an event that has not begun cannot be completed), SetupError without the migrator's login.
    """
    day = _allowed_day(today)
    start.load()
    session = identity.open_operator_session()
    houses = _houses(size)
    taken = {house["slug"] for house in identity.houses(session)}
    _check_free(houses, taken)
    owners = [_found(house, session) for house in houses]
    _fill(houses, owners, seed, day, progress)
    past.remember(houses)
    return _demo(houses, owners[0])


def explore(code: str, *, today: dt.date | None = None, progress: Progress | None = None) -> Demo:
    """Fill a new installation with the small demo, from its set-up page; `code` is the one-time set-up code.

    The first house is founded with the code and needs no other login than the app's. The look-alike second one is
    founded by the operator, and what was known on past days is dated back by the migrator; where that login is not at
    hand both are left out, and `note` says so. Raises NotAllowedNow in production, InvalidInput for a day in the
    future, NotSignedIn for a used code.
    """
    day = _allowed_day(today)
    start.load()
    houses = _houses(Size.SMALL)
    first, second = houses
    owners = [identity.set_up(code, _new_house(first), _new_owner(first))]
    note = ""
    try:
        owners.append(_found(second, identity.open_operator_session()))
    except SetupError as error:
        houses, note = [first], f"{second.name} was left out: {error} Figures of past days are empty, too."
    _fill(houses, owners, 1, day, progress)
    if not note:
        past.remember(houses)
    return _demo(houses, owners[0], note)


def _allowed_day(today: dt.date | None) -> dt.date:
    if site.environment() is site.Environment.PROD:
        raise NotAllowedNow(
            "Demo data are not written in production.", hint="Set EVENTOS_ENV to dev or staging where they are wanted."
        )
    actual = clock.now().date()
    if today is not None and today > actual:
        raise InvalidInput("The demo's day lies in the future.", fields={"today": f"At most {actual}"})
    return today or actual


def _houses(size: Size) -> list[DemoHouse]:
    given = os.environ.get(PASSWORD_VARIABLE, "")
    if given:
        passwords.check_strength(given)
    password = given or "-".join(secrets.token_hex(3) for _ in range(3))
    first, second = SCALES[size]
    return [
        _house("Maison Aurore", "Paris", "FR", "Europe/Paris", "en", first, password),
        _house("Maison Aurora", "Milano", "IT", "Europe/Rome", "it", second, password),
    ]


def _house(name: str, city: str, country: str, zone: str, locale: str, scale: Scale, password: str) -> DemoHouse:
    slug = name.lower().replace(" ", "-")
    return DemoHouse(slug, name, city, country, zone, "EUR", locale, scale, password)


def _check_free(houses: Houses, taken: set[str]) -> None:
    for house in houses:
        if house.slug in taken:
            raise AlreadyExists(
                f"The demo is there already: the house {house.slug} exists.",
                hint="Sign in with what was printed when it was made, or begin with an empty database.",
            )
        for key in (OWNER, *(job.key for job in team.JOBS)):
            if identity.sign_in_row(team.address_of(house, key)) is not None:
                raise AlreadyExists(
                    f"Somebody signs in as {team.address_of(house, key)} already.", hint="Begin with an empty database."
                )


def _new_house(house: DemoHouse) -> identity.NewHouse:
    return identity.NewHouse(house.name, house.slug, house.currency, house.timezone, house.locale)


def _new_owner(house: DemoHouse) -> identity.NewOwner:
    return identity.NewOwner(team.name_of(house, OWNER), team.address_of(house, OWNER), house.password)


def _found(house: DemoHouse, operator_session: bytes) -> int:
    return identity.found_house(operator_session, _new_house(house), _new_owner(house))


def _fill(houses: Houses, owners: list[int], seed: int, today: dt.date, progress: Progress | None) -> None:
    for house, user_id in zip(houses, owners, strict=True):
        credential = team.sign_in(user_id, house)
        with reading(credential) as db:
            member_id = db.context.member_id
        house.team[OWNER] = Colleague(member_id or 0, team.name_of(house, OWNER), credential)
    try:
        for name, fill in DOMAINS:
            if progress is not None:
                progress(name)
            # Of its own for each domain: what one draws does not change the others.
            fill(acting, houses, random.Random(f"{seed} {name}"), today)  # noqa: S311 not for secrets
    finally:
        for house in houses:
            for colleague in house.team.values():
                if isinstance(colleague.credential, MemberCredential):
                    identity.end_session(colleague.credential.token_hash)


def _demo(houses: Houses, owner_user_id: int, note: str = "") -> Demo:
    people = []
    for number, house in enumerate(houses):
        for job in (team.OWNER_JOB, *team.JOBS):
            # The first owner also helps out in the other houses.
            where = [h.slug for h in houses] if number == 0 and job.key == OWNER else [house.slug]
            email = team.address_of(house, job.key)
            people.append(SignIn(email, team.name_of(house, job.key), job.title, tuple(where)))
    return Demo(tuple(house.slug for house in houses), tuple(people), houses[0].password, owner_user_id, note)
