"""What every house begins with, what it says of itself, members as people, timelines, costs of pages."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.db.session import reading
from eventos_core.directory import commands, queries
from eventos_core.directory.commands import ChangeOwnOrganization, EditContact, MergeRecords
from eventos_core.directory.queries import ContactFilter, OrganizationFilter
from eventos_core.directory.rules.contacts import EmailEntry
from eventos_core.directory.rules.house import Season
from eventos_core.kernel.credentials import hash_token, new_token
from eventos_core.kernel.errors import EditConflict, InvalidInput, PermissionDenied
from eventos_core.kernel.permissions import Role
from eventos_core.operations.metrics import figure
from eventos_core.tenancy import commands as team
from eventos_core.tenancy import identity
from tests.directory.conftest import add_contact, add_organization, counted
from tests.support import PASSWORD, TestHouse

pytestmark = pytest.mark.database


def test_a_house_begins_with_its_own_organisation_and_its_owner_as_a_person(
    two_houses: tuple[TestHouse, TestHouse],
) -> None:
    for house in two_houses:
        own = read(house.owner, queries.own_organization)
        assert own.fields.legal_name.startswith("Maison Auror")
        organization = read(house.owner, queries.organization, own.organization_id)
        assert organization.is_own
        assert [p.name for p in organization.people] == [organization.created_by or organization.people[0].name]
        person = read(house.owner, queries.contact, organization.people[0].id)
        assert person.is_member
        assert person.fields.lifecycle.value == "team"
        assert person.fields.emails[0].email == house.owner_email


def test_who_joins_is_matched_by_exact_address(house: TestHouse) -> None:
    known = add_contact(house.owner, "Sam", "Known", "Sam@Agency.example")
    add_contact(house.owner, "Sam", "Archived", "sam@agency.example.org")
    token = new_token()
    invited = team.InviteMember("sam@agency.example", "Sam K.", Role.VIEWER, hash_token(token))
    execute(house.owner, team.invite_member, invited)
    identity.accept_invitation(token, "Sam K.", PASSWORD)
    found = read(house.owner, queries.contact, known)
    assert found.is_member
    assert found.name == "Sam Known"
    assert read(house.owner, queries.contacts, ContactFilter(q="sam k")).frame["id"].tolist() == [known]


def test_the_house_describes_itself_with_conflicts_shown(house: TestHouse) -> None:
    seen = read(house.owner, queries.own_organization)
    fields = replace(
        seen.fields,
        vat_id="FR12345678901",
        primary_colour="#1F6F5C",
        website="maison.example",
        default_tax_ppm=200_000,
        seasons=(
            Season("fw27", "Autumn–winter 2027", dt.date(2027, 2, 28), dt.date(2027, 3, 8)),
            Season("SS27", "", dt.date(2026, 9, 28), dt.date(2026, 10, 6)),
        ),
    )
    execute(house.owner, commands.change_own_organization, ChangeOwnOrganization(seen.version, fields))
    now = read(house.owner, queries.own_organization)
    assert now.fields.primary_colour == "#1f6f5c"
    assert now.fields.website == "https://maison.example"
    assert [s.code for s in now.fields.seasons] == ["SS27", "FW27"]
    with pytest.raises(EditConflict):
        execute(house.owner, commands.change_own_organization, ChangeOwnOrganization(seen.version, fields_of(fields)))
    old = ChangeOwnOrganization(seen.version, replace(seen.fields, invoice_footer="Bank"), base=seen.fields)
    execute(house.owner, commands.change_own_organization, old)
    now = read(house.owner, queries.own_organization)
    assert (now.fields.invoice_footer, now.fields.vat_id) == ("Bank", "FR12345678901")
    bad = replace(now.fields, legal_name=" ", accent_colour="red", seasons=(*now.fields.seasons, now.fields.seasons[0]))
    with pytest.raises(InvalidInput) as caught:
        execute(house.owner, commands.change_own_organization, ChangeOwnOrganization(now.version, bad))
    assert caught.value.fields.keys() == {"legal_name", "accent_colour", "seasons"}
    manager = house.member(Role.MANAGER)
    with pytest.raises(PermissionDenied):
        execute(manager, commands.change_own_organization, ChangeOwnOrganization(now.version, now.fields))
    assert read(manager, queries.own_organization).version == now.version


def test_the_timeline_tells_who_changed_what(house: TestHouse) -> None:
    contact = add_contact(house.owner, "Ann", "One", "a@x.example")
    seen = read(house.owner, queries.contact, contact)
    fields = replace(seen.fields, job_title="Buyer", emails=(EmailEntry("b@x.example"),))
    execute(house.owner, commands.edit_contact, EditContact(contact, seen.version, fields))
    told = read(house.owner, queries.contact_timeline, contact)
    titles = [moment.title for moment in told.moments]
    assert titles[-1] == "Contact added"
    assert {"Contact changed", "E-mail address added", "Contact address removed"} <= set(titles)
    changed = next(m for m in told.moments if m.title == "Contact changed")
    assert [(c.column, c.before, c.after) for c in changed.changes] == [("job_title", None, "Buyer")]
    first = read(house.owner, queries.contact_timeline, contact, limit=1)
    assert first.before is not None
    rest = read(house.owner, queries.contact_timeline, contact, before=first.before)
    assert [*first.moments, *rest.moments] == list(told.moments)


def test_figures_count_what_is_in_use(house: TestHouse) -> None:
    a, b = add_contact(house.owner, "Ann", "One"), add_contact(house.owner, "Bea", "Two")
    add_organization(house.owner, "Éclat")
    with reading(house.owner) as db:
        assert figure(db, "contacts").value == 3
        assert figure(db, "organizations").value == 1
    execute(house.owner, commands.merge_contacts, MergeRecords(a, b))
    with reading(house.owner) as db:
        assert figure(db, "contacts").value == 2


def test_lists_and_drawers_run_a_fixed_number_of_statements(house: TestHouse) -> None:
    company = add_organization(house.owner, "Éclat")
    contacts = [add_contact(house.owner, "Ann", str(n), f"{n}@x.example", organization_id=company) for n in range(12)]
    with counted() as sent:
        read(house.owner, queries.contacts, ContactFilter(q="ann", tag=(), sort="name"))
    assert len(sent) == 1
    with counted() as sent:
        read(house.owner, queries.organizations, OrganizationFilter(q="ec"))
    assert len(sent) == 1
    with counted() as sent:
        read(house.owner, queries.contact, contacts[0])
    assert len(sent) == 4
    with counted() as sent:
        read(house.owner, queries.organization, company)
    assert len(sent) == 4


def fields_of(fields: object) -> object:
    """The same description with another name."""
    return replace(fields, legal_name="Another")  # type: ignore[type-var]
