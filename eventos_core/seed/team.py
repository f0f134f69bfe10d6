"""The people of the demo houses: one for each way of working, and an invitation that waits."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from dataclasses import dataclass

from eventos_core.db.registry import execute
from eventos_core.db.session import reading
from eventos_core.kernel.credentials import MemberCredential, hash_token, new_token
from eventos_core.kernel.permissions import Permission, Role
from eventos_core.seed.world import OWNER, Colleague, DbFactory, DemoHouse, Houses, Random
from eventos_core.tenancy import commands, identity, queries, rules


@dataclass(frozen=True)
class Job:
    """A place in the team: role or preset, department and title."""

    key: str
    title: str
    department: str
    preset: str | None = None
    role: Role = Role.MEMBER
    also: tuple[Permission, ...] = ()
    """What this person may besides."""


OWNER_JOB = Job(OWNER, "Managing director", "Direction", role=Role.OWNER)
JOBS = (
    Job("sales", "Head of sales", "Sales", "sales", also=(Permission.SALES_SETTINGS,)),
    Job("producer", "Executive producer", "Production", "producer"),
    Job("door", "Front of house", "Guests", "door"),
    Job("viewer", "Trainee", "Communication", role=Role.VIEWER),
)
NAMES: Mapping[str, Mapping[str, str]] = {
    "Paris": {
        OWNER: "Camille Fontaine", "sales": "Éloïse Marchand", "producer": "Théo Béranger",
        "door": "Anaïs Le Goff", "viewer": "Łukasz Wójcik", "invited": "Inès Bouchareb",
    },
    "Milano": {
        OWNER: "Ginevra Sartori", "sales": "Niccolò Ferraro", "producer": "Beatrice Conti",
        "door": "Ettore Gallo", "viewer": "Hana Nováková", "invited": "Davide Lombardi",
    },
}  # fmt: skip


def address_of(house: DemoHouse, key: str) -> str:
    """The sign-in address of that place in the team."""
    return f"{key}@{house.domain}"


def name_of(house: DemoHouse, key: str) -> str:
    """Who has that place in the team."""
    return NAMES[house.city][key]


def sign_in(user_id: int, house: DemoHouse) -> MemberCredential:
    """A session of that person for the time of the seeding."""
    token = identity.redeem_ticket(identity.issue_session_ticket(user_id), None, "demo data")
    return MemberCredential(hash_token(token), house.slug)


def seed(db_factory: DbFactory, houses: Houses, rng: Random, today: dt.date) -> None:
    """Members with presets, house settings, one open invitation; the first owner also helps out in the second house."""
    for house in houses:
        _settings(db_factory, house)
        for job in JOBS:
            house.team[job.key] = _join(house, job)
        with db_factory(house) as db:
            invited = commands.InviteMember(
                f"guest.relations@{house.domain}",
                name_of(house, "invited"),
                Role.MEMBER,
                hash_token(new_token()),
                department="Guests",
            )
            commands.invite_member(db, invited)
    for first, second in itertools.pairwise(houses):
        _lend_a_hand(first, second)


def _settings(db_factory: DbFactory, house: DemoHouse) -> None:
    with db_factory(house) as db:
        now = queries.house_settings(db)
        change = commands.ChangeHouse(
            version=now.version,
            name=house.name,
            base_currency=house.currency,
            timezone=house.timezone,
            locale=house.locale,
            country=house.country,
            contact_email=f"bonjour@{house.domain}" if house.country == "FR" else f"ciao@{house.domain}",
        )
        commands.change_house(db, change)
        own = queries.member(db, house.team[OWNER].member_id)
        described = commands.DescribeMember(own.id, own.version, own.name, OWNER_JOB.department, OWNER_JOB.title)
        commands.describe_member(db, described)


def _join(house: DemoHouse, job: Job) -> Colleague:
    """Invite somebody and take the invitation up for them."""
    chosen = rules.preset(job.preset) if job.preset else None
    rights = rules.from_preset(chosen) if chosen else rules.Rights(job.role)
    token, name = new_token(), name_of(house, job.key)
    invitation = commands.InviteMember(
        address_of(house, job.key),
        name,
        rights.role,
        hash_token(token),
        job.preset,
        tuple(sorted(p.value for p in {*rights.grants, *job.also})),
        tuple(sorted(p.value for p in rights.denials)),
        job.department,
    )
    invited = execute(house.team[OWNER].credential, commands.invite_member, invitation)
    user_id = identity.accept_invitation(token, name, house.password)
    with reading(house.team[OWNER].credential) as db:
        version = queries.member(db, invited.member_id).version
    _describe(house, invited.member_id, version, job)
    return Colleague(invited.member_id, name, sign_in(user_id, house))


def _describe(house: DemoHouse, member_id: int, version: int, job: Job) -> None:
    described = commands.DescribeMember(member_id, version, name_of(house, job.key), job.department, job.title)
    execute(house.team[OWNER].credential, commands.describe_member, described)


def _lend_a_hand(home: DemoHouse, other: DemoHouse) -> None:
    """The owner of `home` becomes an admin of `other`, with the login there is already."""
    own = home.team[OWNER].credential
    if not isinstance(own, MemberCredential):
        return
    token = new_token()
    invitation = commands.InviteMember(
        address_of(home, OWNER), name_of(home, OWNER), Role.ADMIN, hash_token(token), department="Direction"
    )
    execute(other.team[OWNER].credential, commands.invite_member, invitation)
    identity.accept_invitation(token, name_of(home, OWNER), None, own.token_hash)
