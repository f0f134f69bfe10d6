"""Companies: lists, groups without circles, bank data behind their own permissions."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import select

from eventos_core.db.registry import execute, read
from eventos_core.db.session import reading
from eventos_core.directory import commands, queries
from eventos_core.directory.commands import (
    ArchiveOrganizations,
    AssignOrganizations,
    ChangeBankData,
    CreateOrganization,
    EditOrganization,
    RestoreOrganizations,
    ShowBankData,
    TagOrganizations,
)
from eventos_core.directory.queries import OrganizationFilter
from eventos_core.directory.rules.organizations import OrganizationFields
from eventos_core.enums.directory import OrganizationKind
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
from eventos_core.models.directory import Organization
from eventos_core.models.operations import AuditEntry
from tests.directory.conftest import add_contact, add_organization
from tests.support import TestHouse

pytestmark = pytest.mark.database
IBAN = "FR14 2004 1010 0505 0001 3M02 606"


def listed(house: TestHouse, **wanted: object) -> list[str]:
    found = read(house.owner, queries.organizations, OrganizationFilter(**wanted))  # type: ignore[arg-type]
    return [name for name, own in zip(found.frame["name"], found.frame["is_own"], strict=True) if not own]


def test_a_company_is_stored_and_found(two_houses: tuple[TestHouse, TestHouse]) -> None:
    ours, other = two_houses
    for house in two_houses:
        add_organization(
            house.owner, "Éclat Paris", kind=OrganizationKind.BRAND, domain="https://www.Eclat.example/shop",
            industry="Fashion", country="FR", tags=("Front row",), owner_id=house.owner_member_id,
        )  # fmt: skip
    add_organization(ours.owner, "Bank Lyon", kind=OrganizationKind.SPONSOR, city="Lyon")
    for q in ("éclat", "ECLAT.ex", "paris ecl"):
        assert listed(ours, q=q) == ["Éclat Paris"], q
    assert listed(ours) == ["Bank Lyon", "Éclat Paris"]
    assert listed(ours, sort="name_desc") == ["Éclat Paris", "Bank Lyon"]
    assert listed(ours, kind=("sponsor",)) == ["Bank Lyon"]
    assert listed(ours, tag=("front row",)) == ["Éclat Paris"]
    assert listed(ours, owner=ours.owner_member_id) == ["Éclat Paris"]
    assert listed(other) == ["Éclat Paris"]


def test_the_detail_shows_people_and_parts(house: TestHouse) -> None:
    group = add_organization(house.owner, "Groupe")
    part = add_organization(house.owner, "Part", parent_id=group)
    contact = add_contact(house.owner, "Ann", "One", "ann@part.example", organization_id=part, job_title="Buyer")
    found = read(house.owner, queries.organization, part)
    assert found.parent == "Groupe"
    assert [(p.id, p.name, p.organization, p.email) for p in found.people] == [
        (contact, "Ann One", "Buyer", "ann@part.example")
    ]
    assert read(house.owner, queries.organization, group).parts == ((part, "Part"),)
    assert read(house.owner, queries.organization_choices, "part") == {part: "Part"}
    assert group in read(house.owner, queries.organization_choices, "part", include=group)


def test_a_group_never_closes_a_circle(house: TestHouse) -> None:
    a = add_organization(house.owner, "A")
    b = add_organization(house.owner, "B", parent_id=a)
    c = add_organization(house.owner, "C", parent_id=b)
    seen = read(house.owner, queries.organization, a)
    for parent in (a, b, c):
        with pytest.raises(InvalidInput) as caught:
            fields = replace(seen.fields, parent_id=parent)
            execute(house.owner, commands.edit_organization, EditOrganization(a, seen.version, fields))
        assert "parent_id" in caught.value.fields


def test_two_people_cannot_close_a_circle_together(house: TestHouse) -> None:
    a, b = add_organization(house.owner, "A"), add_organization(house.owner, "B")
    seen = {x: read(house.owner, queries.organization, x) for x in (a, b)}
    refused: list[Exception] = []

    def hang(child: int, parent: int) -> None:
        fields = replace(seen[child].fields, parent_id=parent)
        try:
            execute(house.owner, commands.edit_organization, EditOrganization(child, seen[child].version, fields))
        except InvalidInput as error:
            refused.append(error)

    threads = [threading.Thread(target=hang, args=pair) for pair in ((a, b), (b, a))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1


def test_domain_and_name_that_are_there_are_pointed_out(house: TestHouse) -> None:
    add_organization(house.owner, "Éclat", domain="eclat.example")
    for fields in (OrganizationFields(name="Other", domain="www.eclat.example"), OrganizationFields(name="ECLAT")):
        with pytest.raises(AlreadyExists, match="Éclat"):
            execute(house.owner, commands.create_organization, CreateOrganization(fields))


def test_two_people_editing_see_both_versions(house: TestHouse) -> None:
    company = add_organization(house.owner, "Éclat")
    seen = read(house.owner, queries.organization, company)
    theirs = EditOrganization(company, seen.version, replace(seen.fields, industry="Beauty"), seen.fields)
    execute(house.owner, commands.edit_organization, theirs)
    mine = EditOrganization(company, seen.version, replace(seen.fields, industry="Fashion"), seen.fields)
    with pytest.raises(EditConflict) as caught:
        execute(house.owner, commands.edit_organization, mine)
    assert (caught.value.mine, caught.value.theirs) == ({"industry": "Fashion"}, {"industry": "Beauty"})
    other = EditOrganization(company, seen.version, replace(seen.fields, city="Lyon"), seen.fields)
    execute(house.owner, commands.edit_organization, other)
    now = read(house.owner, queries.organization, company).fields
    assert (now.industry, now.city) == ("Beauty", "Lyon")


def test_archive_restore_tags_and_owner(house: TestHouse) -> None:
    own = read(house.owner, queries.own_organization).organization_id
    company = add_organization(house.owner, "Éclat")
    with pytest.raises(NotAllowedNow):
        execute(house.owner, commands.archive_organizations, ArchiveOrganizations((company, own)))
    execute(house.owner, commands.archive_organizations, ArchiveOrganizations((company,)))
    assert listed(house) == []
    assert listed(house, archived=True) == ["Éclat"]
    execute(house.owner, commands.restore_organizations, RestoreOrganizations((company,)))
    execute(house.owner, commands.tag_organizations, TagOrganizations((company,), ("VIP",)))
    execute(house.owner, commands.assign_organizations, AssignOrganizations((company,), house.owner_member_id))
    found = read(house.owner, queries.organization, company)
    assert found.fields.tags == ("vip",)
    assert found.owner == found.created_by


def test_bank_data_are_encrypted_and_every_look_is_audited(house: TestHouse) -> None:
    company = add_organization(house.owner, "Éclat")
    with pytest.raises(InvalidInput):
        execute(house.owner, commands.change_bank_data, ChangeBankData(company, 1, "Éclat", "FR14 2004 1010 0505 0001"))
    changed = execute(house.owner, commands.change_bank_data, ChangeBankData(company, 1, "Éclat", IBAN, "BNPAFRPP"))
    assert changed.hint == "2606"
    with pytest.raises(EditConflict):
        execute(house.owner, commands.change_bank_data, ChangeBankData(company, 1, "Éclat", IBAN))
    with reading(house.owner) as db:
        stored = db.scalars(select(Organization.bank_iban).where(Organization.id == company)).one()
        audit = db.scalars(select(AuditEntry).where(AuditEntry.table_name == "organizations")).all()
    assert stored is not None
    assert b"2606" not in bytes(stored)
    assert "2004" not in str([(entry.before, entry.after) for entry in audit if entry.action != "credential_read"])
    shown = execute(house.owner, commands.show_bank_data, ShowBankData(company))
    assert (shown.holder, shown.iban, shown.bic) == ("Éclat", "FR1420041010050500013M02606", "BNPAFRPP")
    with reading(house.owner) as db:
        looks = db.scalars(select(AuditEntry).where(AuditEntry.action == "credential_read")).all()
    assert [entry.row_id for entry in looks] == [str(company)]


def test_permissions_for_companies_and_bank_data(two_houses: tuple[TestHouse, TestHouse]) -> None:
    house, other = two_houses
    company = add_organization(house.owner, "Éclat")
    viewer, manager, finance = (
        house.member(Role.VIEWER),
        house.member(Role.MANAGER),
        house.member(Role.VIEWER, grants=("bank.read", "exports.run")),
    )
    assert read(viewer, queries.organization, company).fields.name == "Éclat"
    for command, given in (
        (commands.create_organization, CreateOrganization(OrganizationFields(name="X"))),
        (commands.edit_organization, EditOrganization(company, 1, OrganizationFields(name="X"))),
        (commands.archive_organizations, ArchiveOrganizations((company,))),
        (commands.restore_organizations, RestoreOrganizations((company,))),
        (commands.tag_organizations, TagOrganizations((company,), ("x",))),
        (commands.assign_organizations, AssignOrganizations((company,), None)),
    ):
        with pytest.raises(PermissionDenied):
            execute(viewer, command, given)
    with pytest.raises(PermissionDenied):
        execute(manager, commands.show_bank_data, ShowBankData(company))
    with pytest.raises(PermissionDenied):
        execute(manager, commands.change_bank_data, ChangeBankData(company, 1))
    assert execute(finance, commands.show_bank_data, ShowBankData(company)).iban is None
    with pytest.raises(NotFound):
        execute(other.owner, commands.show_bank_data, ShowBankData(company))
    with pytest.raises(Conflict):
        execute(house.owner, commands.archive_organizations, ArchiveOrganizations((company,)))
        seen = read(house.owner, queries.organization, company)
        execute(house.owner, commands.edit_organization, EditOrganization(company, seen.version, seen.fields))
        changed = replace(seen.fields, city="X")
        execute(house.owner, commands.edit_organization, EditOrganization(company, seen.version, changed))
