"""The pages of contacts, organisations and the house, without a browser."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from eventos_core.crm.rules.activities import Links
from eventos_core.db.registry import execute, read
from eventos_core.db.session import unit_of_work
from eventos_core.directory import commands, queries
from eventos_core.enums.directory import MarketingConsent
from eventos_core.kernel.permissions import Role
from eventos_core.models.directory import Contact
from eventos_core.operations.related import parts_of
from eventos_core.tenancy.queries import house_settings
from eventos_core.ui.sales.my_day import IN_DRAWERS
from tests.crm.deals import put_deal
from tests.crm.doing import plan
from tests.directory.conftest import add_contact, add_organization, counted
from tests.directory.test_not_to_be_contacted import declined, unsubscribed
from tests.pages.conftest import OpenPage
from tests.pages.page_helpers import links
from tests.support import TestHouse

pytestmark = pytest.mark.database


def said(at: AppTest) -> str:
    """Everything the page says, in one string."""
    parts: list[str] = []
    for kind in ("title", "header", "markdown", "caption", "error", "button"):
        parts += [str(getattr(item, "value", None) or getattr(item, "label", "")) for item in getattr(at, kind)]
        parts += [str(item.label) for item in getattr(at, kind) if hasattr(item, "label")]
    return "\n".join(parts)


def field(at: AppTest, kind: str, label: str) -> Any:
    """The one input of that label."""
    return next(item for item in getattr(at, kind) if item.label == label)


def press(at: AppTest, label: str) -> AppTest:
    """Press the button of that label and run the page."""
    return next(button for button in at.button if button.label == label).click().run()


def tab(at: AppTest, record: str, label: str) -> AppTest:
    """Turn to that tab of the drawer; `record` is contact or organization and its id, joined by `_`."""
    kind, _, row_id = record.rpartition("_")
    at.session_state[f"{kind}_tabs_{row_id}"] = label
    return at.run()


def test_a_new_house_says_what_to_do_next(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("sales_contacts", house.owner)
    assert not at.exception
    assert "You are the only one here so far" in said(at)
    press(at, "Add the first contact")
    assert field(at, "text_input", "First name").value == ""


def test_the_list_shows_this_house_only(two_houses: tuple[TestHouse, TestHouse], open_page: OpenPage) -> None:
    ours, other = two_houses
    add_contact(ours.owner, "Ann", "One")
    add_contact(other.owner, "Secret", "Other")
    at = open_page("sales_contacts", ours.owner, contacts_q="o")
    shown = at.dataframe[0].value
    assert "Ann One" in set(shown["Name"])
    assert not shown.astype(str).apply(lambda column: column.str.contains("Secret")).any().any()


def test_a_list_without_matches_says_so(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("sales_contacts", house.owner, contacts_q="nobody of that name")
    assert "No contact matches" in said(at)


def test_a_contact_is_created_by_the_form_with_a_new_organisation(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("sales_contacts", house.owner, new="contact")
    field(at, "text_input", "First name").input("Zoé")
    field(at, "text_input", "Last name").input("Müller")
    field(at, "text_input", "E-mail").input("zoe@eclat.example")
    at = press(at, "Create contact")
    assert not at.exception
    found = read(house.owner, queries.contacts, queries.ContactFilter(q="zoé müller")).frame
    assert list(found["email"]) == ["zoe@eclat.example"]
    assert list(found["owner"]) == ["Claire Aurore"]


def test_what_is_wrong_stands_at_the_field(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("sales_contacts", house.owner, new="contact")
    field(at, "text_input", "Last name").input("Quux")
    field(at, "text_input", "Phone").input("12")
    at = press(at, "Create contact")
    assert "is not a phone number" in said(at)
    assert read(house.owner, queries.contacts, queries.ContactFilter(q="quux")).frame.empty


def test_somebody_with_the_same_address_is_pointed_out(house: TestHouse, open_page: OpenPage) -> None:
    add_contact(house.owner, "Ann", "One", "shared@x.example")
    at = open_page("sales_contacts", house.owner, new="contact")
    field(at, "text_input", "Last name").input("Two")
    field(at, "text_input", "E-mail").input("shared@x.example")
    at = press(at, "Create contact")
    assert "has the address" in said(at)
    field(at, "checkbox", "Add it also if somebody looks the same").check()
    press(at, "Create contact")
    assert len(read(house.owner, queries.contacts, queries.ContactFilter(q="shared@x")).frame) == 2


def test_the_drawer_shows_and_edits_a_contact(house: TestHouse, open_page: OpenPage) -> None:
    contact = add_contact(house.owner, "Ann", "One", "ann@x.example", phone="+33612345678", tags=("vip",))
    at = open_page("sales_contacts", house.owner, contact=str(contact))
    text = said(at)
    assert "Ann One" in text
    assert "No deals, events or colleagues yet" in text
    assert "Contact added" in said(tab(at, f"contact_{contact}", "Timeline"))
    press(at, "Edit")
    field(at, "text_input", "Title").input("Buyer")
    at = press(at, "Save contact")
    assert not at.exception
    assert read(house.owner, queries.contact, contact).fields.job_title == "Buyer"
    at = tab(at, f"contact_{contact}", "Timeline")
    assert "Job title: – → Buyer" in said(at).replace("\\", "")


def test_a_new_consent_ends_mark_and_declined_mail_in_one_form(house: TestHouse, open_page: OpenPage) -> None:
    contact = unsubscribed(house)
    at = open_page("sales_contacts", house.owner, contact=str(contact))
    press(at, "Edit")
    assert "ada@roux.example (unsubscribed)" in said(at)
    field(at, "checkbox", "They asked for messages again").check()
    press(at, "Save contact")
    assert "Note their new consent above" in said(at)
    field(at, "selectbox", "Consent to marketing").select(MarketingConsent.GRANTED)
    press(at, "Save contact")
    assert not at.exception
    found = read(house.owner, queries.contact, contact)
    assert (found.fields.do_not_contact, found.do_not_contact_reason) == (False, None)
    assert found.fields.marketing_consent is MarketingConsent.GRANTED
    assert found.fields.consent_source is None  # the old decision's proof is none of the new one
    assert declined(house, contact) == []


def test_custom_fields_are_edited_as_what_they_are(house: TestHouse, open_page: OpenPage) -> None:
    contact = add_contact(house.owner, "Ann", "One")
    kept = {"Seat": 12, "Formula": " =1+1 ", "VIP": False, "Shows": ["SS26", "AW26"], "Deep": {"x": [1]}}
    with unit_of_work(house.owner) as db:
        db.execute(update(Contact).where(Contact.id == contact).values(custom=kept))
    at = open_page("sales_contacts", house.owner, contact=str(contact))
    press(at, "Edit")
    field(at, "text_input", "Seat").input("twelve")
    assert "Write it like 12 or 12.5" in said(press(at, "Save contact"))
    field(at, "text_input", "Seat").input("14")
    field(at, "selectbox", "VIP").select(True)
    press(at, "Save contact")
    assert read(house.owner, queries.contact, contact).custom == {**kept, "Seat": 14, "VIP": True}


def test_a_contact_reports_to_somebody_of_the_same_organisation(house: TestHouse, open_page: OpenPage) -> None:
    company = add_organization(house.owner, "Éclat")
    boss = add_contact(house.owner, "Zoé", "Chef", organization_id=company)
    contact = add_contact(house.owner, "Ann", "One", organization_id=company)
    at = open_page("sales_contacts", house.owner, contact=str(contact))
    press(at, "Edit")
    picker = field(at, "selectbox", "Reports to")
    assert picker.options == ["Zoé Chef"]
    picker.select(boss)
    press(at, "Save contact")
    assert read(house.owner, queries.contact, contact).reports_to == "Zoé Chef"


def test_an_edit_meeting_another_shows_both_versions(house: TestHouse, open_page: OpenPage) -> None:
    contact = add_contact(house.owner, "Ann", "One")
    at = open_page("sales_contacts", house.owner, contact=str(contact))
    press(at, "Edit")
    seen = read(house.owner, queries.contact, contact)
    colleague = house.member(Role.MEMBER, name="Paul Petit")
    theirs = commands.EditContact(contact, seen.version, _with(seen.fields, job_title="Editor"), seen.fields)
    execute(colleague, commands.edit_contact, theirs)
    field(at, "text_input", "Title").input("Buyer")
    at = press(at, "Save contact")
    text = said(at)
    assert "Paul Petit changed this contact" in text
    assert "Editor" in text
    assert read(house.owner, queries.contact, contact).fields.job_title == "Editor"
    press(at, "Save mine over it")
    assert read(house.owner, queries.contact, contact).fields.job_title == "Buyer"


def test_archiving_asks_once_and_names_the_contact(house: TestHouse, open_page: OpenPage) -> None:
    contact = add_contact(house.owner, "Ann", "One")
    at = open_page("sales_contacts", house.owner, contact=str(contact))
    press(at, "Archive")
    assert "Archive Ann One?" in said(at)
    at = press(at, "Archive Ann One")
    assert read(house.owner, queries.contact, contact).archived_at is not None
    press(at, "Restore contact")
    assert read(house.owner, queries.contact, contact).archived_at is None


def test_the_drawer_lists_what_belongs_to_a_contact(house: TestHouse, open_page: OpenPage) -> None:
    company = add_organization(house.owner, "Éclat")
    contact = add_contact(house.owner, "Ann", "One", organization_id=company)
    add_contact(house.owner, "Bea", "Two", organization_id=company, job_title="Editor")
    put_deal(house.owner, "Gala *dinner*", contact_id=contact, organization_id=company, amount_minor=840_000)
    at = open_page("sales_contacts", house.owner, contact=str(contact))
    assert not at.exception
    text = said(at)
    assert any("Gala" in label and "dinner" in label for label in links(at))
    assert "open € 8 400" in text.replace("\u202f", " ").replace("\xa0", " ")
    assert "Colleagues" in text
    assert "Editor" in text
    at = open_page("sales_contacts", house.member(Role.VIEWER, denials=("sales.read",)), contact=str(contact))
    assert not any("Gala" in label for label in [*links(at), said(at)])
    at = open_page("sales_organizations", house.owner, organization=str(company))
    assert any("Gala" in label for label in links(at))


def test_opening_a_contact_runs_as_many_statements_as_there_are_parts(house: TestHouse, open_page: OpenPage) -> None:
    contact = add_contact(house.owner, "Ann", "One")
    at = open_page("sales_contacts", house.owner)
    with counted() as closed:
        at.run()
    at = open_page("sales_contacts", house.owner, contact=str(contact))
    with counted() as sent:
        at.run()
    # The contact in four, once more to know that it is there, and one for each part: what is planned stands above.
    assert len(sent) - len(closed) == 5 + len(parts_of("contacts")), sent


def test_what_is_planned_stands_once_in_a_drawer(house: TestHouse, open_page: OpenPage) -> None:
    company = add_organization(house.owner, "Lumen")
    contact = add_contact(house.owner, "Ann", "One", organization_id=company)
    for number in range(IN_DRAWERS):
        plan(house.owner, Links(contact, company), f"Ring about {number}")
    drawers = {"sales_contacts": ("contact", contact), "sales_organizations": ("organization", company)}
    for page, (parameter, row_id) in drawers.items():
        at = open_page(page, house.owner, **{parameter: str(row_id)})
        assert not at.exception
        shown = [*links(at), *(button.label for button in at.button)]
        assert [sum(f"Ring about {number}" in label for label in shown) for number in range(IN_DRAWERS)] == [1, 1, 1]
        assert "More is planned" not in said(at)
    plan(house.owner, Links(contact, company), "Ring once more")
    for page, (parameter, row_id) in drawers.items():
        assert "More is planned" in said(open_page(page, house.owner, **{parameter: str(row_id)}))


def test_two_contacts_are_compared_merged_and_taken_apart(house: TestHouse, open_page: OpenPage) -> None:
    a = add_contact(house.owner, "Ann", "One", "s@x.example", job_title="Buyer")
    b = add_contact(house.owner, "Anne", "Two", "s@x.example", city="Lyon")
    at = open_page("sales_contacts", house.owner, merge=f"{a}-{b}")
    assert "Anne Two" in said(at)
    field(at, "radio", "Name").set_value("loser")
    at = press(at, "Merge into Ann One")
    merged = read(house.owner, queries.contact, a)
    assert (merged.name, merged.fields.job_title, merged.fields.city) == ("Anne Two", "Buyer", "Lyon")
    assert "was merged in" in said(tab(at, f"contact_{a}", "Merges"))
    press(at, "Take back")
    assert read(house.owner, queries.contact, b).merged_into_id is None
    assert read(house.owner, queries.contact, a).name == "Ann One"


def test_a_viewer_reads_and_has_nothing_to_press(house: TestHouse, open_page: OpenPage) -> None:
    contact = add_contact(house.owner, "Ann", "One")
    viewer = house.member(Role.VIEWER)
    at = open_page("sales_contacts", viewer, contact=str(contact), new="contact")
    assert "This is not open to you" in said(at)
    labels = {button.label for button in at.button}
    assert not labels & {"New contact", "Edit", "Archive", "Merge", "Create contact"}
    blind = house.member(Role.VIEWER, denials=("contacts.read",))
    at = open_page("sales_contacts", blind)
    assert "This page is not open to you" in said(at)


@pytest.mark.parametrize("address", ["abc", "999999"])
def test_a_link_to_nobody_says_so(house: TestHouse, open_page: OpenPage, address: str) -> None:
    at = open_page("sales_contacts", house.owner, contact=address)
    assert not at.exception
    assert "does not exist" in said(at) or "There is no such contact" in said(at)


def test_an_organisation_is_created_opened_and_edited(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("sales_organizations", house.owner)
    assert "Only your own house so far" in said(at)
    press(at, "New organisation")
    field(at, "text_input", "Name").input("Éclat")
    field(at, "text_input", "Domain").input("eclat.example")
    at = press(at, "Create organisation")
    assert not at.exception
    opened = at.query_params["organization"]
    company = int(opened if isinstance(opened, str) else "".join(opened))
    press(at, "Edit")
    field(at, "text_input", "Industry").input("Fashion")
    press(at, "Save organisation")
    assert read(house.owner, queries.organization, company).fields.industry == "Fashion"


def test_bank_data_are_stored_and_shown_to_those_who_may(house: TestHouse, open_page: OpenPage) -> None:
    company = add_organization(house.owner, "Éclat")
    at = open_page("sales_organizations", house.owner, organization=str(company))
    press(tab(at, f"organization_{company}", "Details"), "Change")
    field(at, "text_input", "IBAN or account number").input("FR14 2004 1010 0505 0001 3M02 606")
    at = press(at, "Store bank data")
    assert "… 2606" in said(at)
    at = press(at, "Show")
    assert at.code[0].value.splitlines()[1] == "FR1420041010050500013M02606"
    at = at.run()
    assert not at.code
    at = open_page("sales_organizations", house.member(Role.MANAGER), organization=str(company))
    tab(at, f"organization_{company}", "Details")
    assert not {"Show", "Change"} & {button.label for button in at.button}


def test_the_house_is_described_part_by_part(house: TestHouse, open_page: OpenPage) -> None:
    at = open_page("admin_house", house.owner)
    field(at, "text_input", "VAT number").input("FR123")
    at = press(at, "Save legal data")
    field(at, "number_input", "Usual tax rate (%)").set_value(20.0)
    at = press(at, "Save defaults")
    assert not at.exception
    own = read(house.owner, queries.own_organization).fields
    assert (own.vat_id, own.default_tax_ppm, own.legal_name) == ("FR123", 200_000, "Maison Aurore")
    field(at, "text_input", "Name of the house").input("Maison Aurore & Fils")
    press(at, "Save settings")
    assert read(house.owner, house_settings).name == "Maison Aurore & Fils"
    viewer = open_page("admin_house", house.member(Role.VIEWER))
    assert field(viewer, "text_input", "VAT number").disabled


def test_the_contact_list_runs_a_handful_of_statements(house: TestHouse, open_page: OpenPage) -> None:
    for number in range(5):
        add_contact(house.owner, "Ann", str(number), f"{number}@x.example")
    at = open_page("sales_contacts", house.owner)
    with counted() as sent:
        at.run()
    # The session, unread notices, the house's events (twice: the chosen one, the picker), pairs that share an address,
    # saved views, the list.
    assert len(sent) == 7, sent


def _with(fields: Any, **changes: Any) -> Any:
    from dataclasses import replace

    return replace(fields, **changes)
