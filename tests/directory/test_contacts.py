"""Contacts: what people can do with them, and what each house sees."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.directory import commands, queries
from eventos_core.directory.commands import (
    ArchiveContacts,
    AssignContacts,
    CreateContact,
    EditContact,
    RestoreContacts,
    TagContacts,
)
from eventos_core.directory.rules.contacts import ContactFields, EmailEntry, PhoneEntry
from eventos_core.enums.directory import ConsentBasis, ContactLifecycle, EmailKind, MarketingConsent
from eventos_core.kernel.errors import (
    AlreadyExists,
    Conflict,
    EditConflict,
    InvalidInput,
    NotAllowedNow,
    NotFound,
    PermissionDenied,
)
from eventos_core.kernel.permissions import Role
from tests.directory.conftest import add_contact, add_organization, names
from tests.support import TestHouse

pytestmark = pytest.mark.database


def test_a_contact_is_stored_with_addresses_normalised(house: TestHouse) -> None:
    organization = add_organization(house.owner, "Éclat Paris")
    fields = ContactFields(
        first_name="  Zoé ",
        last_name="Müller",
        organization_id=organization,
        owner_id=house.owner_member_id,
        lifecycle=ContactLifecycle.PARTNER,
        emails=(EmailEntry("zoe@eclat.example"), EmailEntry("Zoe.M@home.example", EmailKind.PERSONAL, True)),
        phones=(PhoneEntry("+33 6 12 34 56 78"),),
        tags=("VIP", "press ", "vip"),
        socials={"Instagram": "@zoe"},
        marketing_consent=MarketingConsent.GRANTED,
        consent_basis=ConsentBasis.OPT_IN,
        country="fr",
        website="zoe.example",
    )
    saved = execute(house.owner, commands.create_contact, CreateContact(fields))
    found = read(house.owner, queries.contact, saved.contact_id)
    assert found.name == "Zoé Müller"
    assert found.organization == "Éclat Paris"
    assert [str(e) for e in found.fields.emails] == ["Zoe.M@home.example (personal)", "zoe@eclat.example (work)"]
    assert found.fields.phones[0].e164 == "+33612345678"
    assert found.fields.tags == ("press", "vip")
    assert found.fields.socials == {"instagram": "zoe"}
    assert found.fields.website == "https://zoe.example"
    assert found.fields.country == "FR"
    assert found.fields.consent_at is not None
    assert found.created_by == found.owner


def test_a_number_without_prefix_is_read_as_of_the_house(house: TestHouse) -> None:
    from eventos_core.tenancy import commands as tenancy
    from eventos_core.tenancy.queries import house_settings

    now = read(house.owner, house_settings)
    execute(
        house.owner,
        tenancy.change_house,
        tenancy.ChangeHouse(now.version, now.name, "EUR", "Europe/Paris", "fr", country="FR"),
    )
    contact = add_contact(house.owner, "Luc", "Roy", phone="06 12 34 56 78")
    assert read(house.owner, queries.contact, contact).fields.phones[0].e164 == "+33612345678"


def test_fragments_find_name_email_phone_and_organisation(
    two_houses: tuple[TestHouse, TestHouse],
) -> None:
    ours, other = two_houses
    for house in two_houses:
        maison = add_organization(house.owner, "Maison Éclat")
        add_contact(house.owner, "Zoé", "Müller", "zoe@press.example", phone="+33612345678", organization_id=maison)
        add_contact(house.owner, "Anna", "Bell", "anna@bell.example")
    for fragment in ("mull", "MÜLLER", "zoe", "press.ex", "eclat", "maison zoe", "3456", "06 12 34", "lle"):
        assert names(ours.owner, q=fragment) == ["Zoé Müller"], fragment
    assert names(ours.owner, q="be") == ["Anna Bell"]
    assert names(ours.owner, q="no%one") == []
    assert len(names(other.owner, q="müller")) == 1


def test_the_list_is_filtered_sorted_and_jumped_into(house: TestHouse) -> None:
    a = add_contact(house.owner, "Ada", "Zuse", lifecycle=ContactLifecycle.CUSTOMER, tags=("vip",))
    add_contact(house.owner, "Bo", "Moss", owner_id=house.owner_member_id, tags=("vip", "press"))
    add_contact(house.owner, "Cy", "Adler")
    mine = {"lifecycle": ("lead", "customer")}
    assert names(house.owner, **mine) == ["Cy Adler", "Bo Moss", "Ada Zuse"]
    assert names(house.owner, sort="name_desc", **mine) == ["Ada Zuse", "Bo Moss", "Cy Adler"]
    assert names(house.owner, sort="newest", **mine) == ["Cy Adler", "Bo Moss", "Ada Zuse"]
    assert names(house.owner, sort="oldest", **mine) == ["Ada Zuse", "Bo Moss", "Cy Adler"]
    assert names(house.owner, tag=("vip",)) == ["Bo Moss", "Ada Zuse"]
    assert names(house.owner, tag=("vip", "press")) == ["Bo Moss"]
    assert names(house.owner, lifecycle=("customer",)) == ["Ada Zuse"]
    assert names(house.owner, owner=house.owner_member_id) == ["Bo Moss"]
    assert names(house.owner, owner=0, **mine) == ["Cy Adler", "Ada Zuse"]
    execute(house.owner, commands.archive_contacts, ArchiveContacts((a,)))
    assert names(house.owner, tag=("vip",)) == ["Bo Moss"]
    assert names(house.owner, archived=True) == ["Ada Zuse"]


def test_a_letter_is_jumped_to_and_the_names_before_stay_reachable(house: TestHouse) -> None:
    for last in ("Adler", "Moss", "Zuse"):
        add_contact(house.owner, "Cy", last, lifecycle=ContactLifecycle.GUEST)
    guests = queries.ContactFilter(lifecycle=("guest",))
    there = read(house.owner, queries.contacts, guests, cursor=queries.at_letter("M"))
    assert list(there.frame["name"]) == ["Cy Moss", "Cy Zuse"]
    assert there.next is None
    before = read(house.owner, queries.contacts, guests, cursor=there.previous)
    assert list(before.frame["name"]) == ["Cy Adler"]


@pytest.mark.parametrize("sort", ["name", "name_desc", "newest", "oldest"])
def test_pages_lead_forth_and_back_without_gaps(house: TestHouse, sort: str) -> None:
    for number in range(7):
        add_contact(house.owner, "Same", f"Name{number // 2}", lifecycle=ContactLifecycle.GUEST)
    wanted = queries.ContactFilter(sort=sort, lifecycle=("guest",))
    whole = list(read(house.owner, queries.contacts, wanted).frame["id"])
    assert len(whole) == 7
    first = read(house.owner, queries.contacts, wanted, size=3)
    second = read(house.owner, queries.contacts, wanted, cursor=first.next, size=3)
    third = read(house.owner, queries.contacts, wanted, cursor=second.next, size=3)
    assert [*first.frame["id"], *second.frame["id"], *third.frame["id"]] == whole
    assert first.previous is None
    assert third.next is None
    back = read(house.owner, queries.contacts, wanted, cursor=third.previous, size=3)
    assert list(back.frame["id"]) == list(second.frame["id"])


def test_an_address_that_somebody_has_is_pointed_out(house: TestHouse) -> None:
    add_contact(house.owner, "Ann", "One", "shared@press.example")
    fields = ContactFields(last_name="Two", emails=(EmailEntry("Shared@PRESS.example "),))
    with pytest.raises(AlreadyExists, match="Ann One"):
        execute(house.owner, commands.create_contact, CreateContact(fields))
    execute(house.owner, commands.create_contact, CreateContact(fields, allow_duplicate=True))
    pairs = read(house.owner, queries.possible_duplicates)
    assert [(p["first"], p["second"], p["shared"]) for p in pairs.to_dict("records")] == [
        ("Ann One", "Two", "shared@press.example")
    ]


def test_wrong_fields_are_named_all_at_once(house: TestHouse) -> None:
    fields = ContactFields(
        emails=(EmailEntry("not an address"),),
        phones=(PhoneEntry("12"),),
        country="XX",
        timezone="Mars/Olympus",
        marketing_consent=MarketingConsent.GRANTED,
        guest_rank=12,
    )
    with pytest.raises(InvalidInput) as caught:
        execute(house.owner, commands.create_contact, CreateContact(fields))
    assert caught.value.fields.keys() >= {"emails", "phones", "country", "timezone", "consent_basis", "guest_rank"}


def test_editing_keeps_addresses_that_stay_and_moves_the_primary(house: TestHouse) -> None:
    contact = add_contact(house.owner, "Ann", "One", "a@x.example", "b@x.example")
    seen = read(house.owner, queries.contact, contact)
    ids = _email_ids(house, contact)
    fields = replace(seen.fields, emails=(EmailEntry("b@x.example", is_primary=True), EmailEntry("A@x.example")))
    saved = execute(house.owner, commands.edit_contact, EditContact(contact, seen.version, fields))
    assert saved.version > seen.version
    assert _email_ids(house, contact) == ids
    now = read(house.owner, queries.contact, contact)
    assert [(e.email, e.is_primary) for e in now.fields.emails] == [("b@x.example", True), ("A@x.example", False)]


def test_two_people_editing_one_field_see_both_versions(house: TestHouse) -> None:
    maison = add_organization(house.owner, "Maison Bleue")
    contact = add_contact(house.owner, "Ann", "One", "a@x.example")
    colleague = house.member(Role.MEMBER, name="Paul Petit")
    seen = read(house.owner, queries.contact, contact)
    theirs = replace(seen.fields, job_title="Buyer", emails=(EmailEntry("new@x.example"),))
    execute(colleague, commands.edit_contact, EditContact(contact, seen.version, theirs))
    mine = replace(seen.fields, job_title="Editor", organization_id=maison, emails=(EmailEntry("mine@x.example"),))
    with pytest.raises(EditConflict) as caught:
        execute(house.owner, commands.edit_contact, EditContact(contact, seen.version, mine))
    assert caught.value.changed_by == "Paul Petit"
    assert caught.value.theirs["job_title"] == "Buyer"
    assert caught.value.mine["job_title"] == "Editor"
    assert caught.value.mine["organization"] == "Maison Bleue"
    assert caught.value.theirs["emails"] == "new@x.example (work)"
    assert caught.value.mine["emails"] == "mine@x.example (work)"
    assert read(house.owner, queries.contact, contact).fields.job_title == "Buyer"


def test_only_an_address_changed_is_a_conflict_too(house: TestHouse) -> None:
    contact = add_contact(house.owner, "Ann", "One", "a@x.example")
    seen = read(house.owner, queries.contact, contact)
    with_phone = replace(seen.fields, phones=(PhoneEntry("+33612345678"),))
    execute(house.owner, commands.edit_contact, EditContact(contact, seen.version, with_phone))
    with pytest.raises(EditConflict) as caught:
        execute(house.owner, commands.edit_contact, EditContact(contact, seen.version, seen.fields))
    assert caught.value.theirs["phones"] == "+33 6 12 34 56 78 (mobile)"


def test_edits_of_different_fields_are_both_kept(house: TestHouse) -> None:
    contact = add_contact(house.owner, "Ann", "One", "a@x.example")
    seen = read(house.owner, queries.contact, contact)
    theirs = EditContact(contact, seen.version, replace(seen.fields, job_title="Buyer"), seen.fields)
    mine = EditContact(contact, seen.version, replace(seen.fields, city="Lyon"), seen.fields)
    execute(house.owner, commands.edit_contact, theirs)
    execute(house.owner, commands.edit_contact, mine)
    now = read(house.owner, queries.contact, contact).fields
    assert (now.job_title, now.city) == ("Buyer", "Lyon")


def test_the_same_field_edited_twice_conflicts_even_with_a_base(house: TestHouse) -> None:
    contact = add_contact(house.owner, "Ann", "One", "a@x.example")
    seen = read(house.owner, queries.contact, contact)
    execute(
        house.owner,
        commands.edit_contact,
        EditContact(contact, seen.version, replace(seen.fields, city="Nice", job_title="Buyer"), seen.fields),
    )
    mine = EditContact(contact, seen.version, replace(seen.fields, city="Lyon"), seen.fields)
    with pytest.raises(EditConflict) as caught:
        execute(house.owner, commands.edit_contact, mine)
    assert caught.value.mine == {"city": "Lyon"}
    assert caught.value.theirs == {"city": "Nice"}
    # Saving over it writes what was touched and nothing else.
    execute(house.owner, commands.edit_contact, replace(mine, version=caught.value.version))
    now = read(house.owner, queries.contact, contact).fields
    assert (now.job_title, now.city) == ("Buyer", "Lyon")


def test_consent_keeps_its_time_while_the_decision_stands(house: TestHouse) -> None:
    given = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    contact = add_contact(
        house.owner, "Ann", "One", marketing_consent=MarketingConsent.GRANTED, consent_basis=ConsentBasis.OPT_IN,
        consent_at=given,
    )  # fmt: skip
    seen = read(house.owner, queries.contact, contact)
    edited = replace(seen.fields, consent_at=None, city="Lyon")
    execute(house.owner, commands.edit_contact, EditContact(contact, seen.version, edited))
    assert read(house.owner, queries.contact, contact).fields.consent_at == given


def test_archived_contacts_are_read_only_until_restored(house: TestHouse) -> None:
    contact = add_contact(house.owner, "Ann", "One")
    assert execute(house.owner, commands.archive_contacts, ArchiveContacts((contact,))).contact_ids == (contact,)
    seen = read(house.owner, queries.contact, contact)
    with pytest.raises(Conflict, match="archived"):
        execute(house.owner, commands.edit_contact, EditContact(contact, seen.version, replace(seen.fields, city="X")))
    assert execute(house.owner, commands.tag_contacts, TagContacts((contact,), ("vip",))).archived == 1
    assert execute(house.owner, commands.restore_contacts, RestoreContacts((contact,))).contact_ids == (contact,)
    assert read(house.owner, queries.contact, contact).archived_at is None


def test_tags_and_owners_are_changed_in_bulk(house: TestHouse) -> None:
    first = add_contact(house.owner, "A", "One", tags=("old", "stay"))
    second = add_contact(house.owner, "B", "Two")
    changed = execute(house.owner, commands.tag_contacts, TagContacts((first, second), ("VIP",), ("old",)))
    assert changed.ids == (first, second)
    assert read(house.owner, queries.contact, first).fields.tags == ("stay", "vip")
    assert execute(house.owner, commands.tag_contacts, TagContacts((first,), ("vip",))).ids == ()
    execute(house.owner, commands.assign_contacts, AssignContacts((first, second), house.owner_member_id))
    assert names(house.owner, owner=house.owner_member_id, q="one") == ["A One"]
    assert read(house.owner, queries.tag_choices) == ["vip", "stay"]
    with pytest.raises(InvalidInput):
        execute(house.owner, commands.assign_contacts, AssignContacts((first,), 999_999))


def test_members_of_the_team_cannot_be_archived(house: TestHouse) -> None:
    house.member(Role.MEMBER, name="Paul Petit")
    paul = read(house.owner, queries.contacts, queries.ContactFilter(q="paul petit")).frame["id"].iloc[0]
    with pytest.raises(NotAllowedNow, match="in the team"):
        execute(house.owner, commands.archive_contacts, ArchiveContacts((int(paul),)))


def test_another_house_s_records_do_not_exist(two_houses: tuple[TestHouse, TestHouse]) -> None:
    ours, other = two_houses
    theirs = add_contact(other.owner, "Ann", "One")
    company = add_organization(other.owner, "Other")
    with pytest.raises(NotFound):
        read(ours.owner, queries.contact, theirs)
    with pytest.raises(NotFound):
        execute(ours.owner, commands.edit_contact, EditContact(theirs, 1, ContactFields(last_name="X")))
    assert execute(ours.owner, commands.archive_contacts, ArchiveContacts((theirs,))).contact_ids == ()
    assert execute(ours.owner, commands.tag_contacts, TagContacts((theirs,), ("x",))).ids == ()
    with pytest.raises(InvalidInput):
        fields = ContactFields(last_name="X", organization_id=company)
        execute(ours.owner, commands.create_contact, CreateContact(fields))


def test_permissions_are_checked_for_reading_and_writing(house: TestHouse) -> None:
    contact = add_contact(house.owner, "Ann", "One")
    viewer, blind = house.member(Role.VIEWER), house.member(Role.VIEWER, denials=("contacts.read",))
    assert read(viewer, queries.contact, contact).name == "Ann One"
    with pytest.raises(PermissionDenied):
        read(blind, queries.contacts)
    for command, given in (
        (commands.create_contact, CreateContact(ContactFields(last_name="X"))),
        (commands.edit_contact, EditContact(contact, 1, ContactFields(last_name="X"))),
        (commands.archive_contacts, ArchiveContacts((contact,))),
        (commands.restore_contacts, RestoreContacts((contact,))),
        (commands.tag_contacts, TagContacts((contact,), ("x",))),
        (commands.assign_contacts, AssignContacts((contact,), None)),
    ):
        with pytest.raises(PermissionDenied):
            execute(viewer, command, given)
    assert execute(house.member(Role.MEMBER), commands.tag_contacts, TagContacts((contact,), ("x",))).ids == (contact,)


def _email_ids(house: TestHouse, contact: int) -> set[int]:
    from eventos_core.db.session import reading
    from eventos_core.directory.queries.contacts import emails_of

    with reading(house.owner) as db:
        return {row.id for row in emails_of(db, contact)}
