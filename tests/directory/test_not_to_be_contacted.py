"""Declining, complaining and mail that comes back mark people as not to be contacted, in one house, until a person says
otherwise."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from eventos_core.db.facts import emit
from eventos_core.db.registry import execute, read
from eventos_core.db.session import unit_of_work
from eventos_core.directory import commands, queries
from eventos_core.directory.commands import EditContact, MergeRecords
from eventos_core.directory.queries import ContactDetail
from eventos_core.directory.rules.contacts import COMPLAINED, RETURNED, UNSUBSCRIBED
from eventos_core.enums.directory import ConsentBasis, MarketingConsent
from eventos_core.enums.operations import (
    BounceKind,
    DeliveryKind,
    MessageCategory,
    MessageChannel,
    SuppressionReason,
    SuppressionScope,
)
from eventos_core.kernel.errors import InvalidInput, NotAllowedNow, PermissionDenied
from eventos_core.kernel.facts import MarketingDeclined
from eventos_core.kernel.permissions import Permission, Role
from eventos_core.operations.jobs import worker
from eventos_core.operations.messages import reports, sending
from eventos_core.operations.messages.commands import LiftSuppression, lift_suppression
from eventos_core.operations.messages.queries import suppressions
from eventos_core.operations.messages.recipients import suppress
from eventos_core.operations.messages.reports import Report
from tests.directory.conftest import add_contact
from tests.operations.imports_support import take
from tests.operations.messages.conftest import mail_server as mail_server
from tests.operations.messages.mail_server import MailServer
from tests.operations.messages.support import put, rows
from tests.support import Database, TestHouse
from tests.tenancy.test_api_keys import entering, make

pytestmark = pytest.mark.database
TwoHouses = tuple[TestHouse, TestHouse]
AGREED: dict[str, Any] = {"marketing_consent": MarketingConsent.GRANTED, "consent_basis": ConsentBasis.OPT_IN}
SHARED = "desk@shared.example"


def now(house: TestHouse, contact: int) -> ContactDetail:
    return read(house.owner, queries.contact, contact)


def marks(house: TestHouse, *contacts: int) -> list[tuple[bool, str | None]]:
    """Whether each is not to be contacted, and why."""
    found = [now(house, contact) for contact in contacts]
    return [(one.fields.do_not_contact, one.do_not_contact_reason) for one in found]


def tell(database: Database, house: TestHouse, kind: DeliveryKind, bounce: BounceKind | None = None) -> None:
    """The provider reports something of the house's last message."""
    message = rows(database, house, "provider_message_id")[-1][0]
    assert reports.take(Report(message, kind, f"{kind}-{message}", bounce), provider="test")
    worker.run_until_empty(queues=["house"])


def mailed(house: TestHouse, contact: int, **given: Any) -> None:
    put(house.owner, None, contact_id=contact, **given)
    assert sending.send_due(house.owner).sent == 1


def test_complaint_marks_everybody_of_that_address_in_that_house(
    database: Database, two_houses: TwoHouses, mail_server: MailServer
) -> None:
    first, second = two_houses
    one, two = (add_contact(first.owner, name, "Roux", SHARED, **AGREED) for name in ("Ada", "Bea"))
    apart = add_contact(first.owner, "Cleo", "Roux", "cleo@shared.example", **AGREED)
    elsewhere = add_contact(second.owner, "Ada", "Roux", SHARED, **AGREED)
    mailed(first, one, category=MessageCategory.MARKETING)
    tell(database, first, DeliveryKind.COMPLAINED)
    assert marks(first, one, two, apart) == [(True, COMPLAINED), (True, COMPLAINED), (False, None)]
    assert marks(second, elsewhere) == [(False, None)]
    assert now(first, two).fields.marketing_consent is MarketingConsent.WITHDRAWN
    assert now(first, two).fields.consent_source == "Spam report"
    said = read(first.owner, queries.contact_timeline, two).moments
    changed = {change.column: change.after for moment in said for change in moment.changes}
    assert changed["do_not_contact_reason"] == COMPLAINED
    assert changed["do_not_contact"] is True


def test_returned_mail_marks_who_has_no_other_address(
    database: Database, house: TestHouse, mail_server: MailServer
) -> None:
    one = add_contact(house.owner, "Ada", "Roux", SHARED, **AGREED)
    two = add_contact(house.owner, "Bea", "Roux", "bea@shared.example", SHARED)
    mailed(house, one)
    tell(database, house, DeliveryKind.BOUNCED, BounceKind.SOFT)
    assert marks(house, one, two) == [(False, None), (False, None)]
    mailed(house, one)
    tell(database, house, DeliveryKind.BOUNCED, BounceKind.HARD)
    assert marks(house, one, two) == [(True, RETURNED), (False, None)]
    mailed(house, two)
    tell(database, house, DeliveryKind.BOUNCED, BounceKind.HARD)
    assert marks(house, one, two) == [(True, RETURNED), (True, RETURNED)]


def silenced(house: TestHouse, *names: str, email: str = "ada@roux.example") -> int:
    """Somebody who unsubscribed."""
    contact = add_contact(house.owner, *(names or ("Ada", "Roux")), email, **AGREED)
    with unit_of_work(house.owner) as db:
        emit(db, MarketingDeclined(email, contact))
    assert marks(house, contact) == [(True, UNSUBSCRIBED)]
    return contact


def edit(house: TestHouse, who: Any, contact: int, **given: Any) -> None:
    found = now(house, contact)
    execute(who, commands.edit_contact, EditContact(contact, found.version, dataclasses.replace(found.fields, **given)))


def test_person_with_the_right_makes_them_reachable_again(house: TestHouse) -> None:
    contact = silenced(house)
    edit(house, house.owner, contact, job_title="Editor")
    assert marks(house, contact) == [(True, UNSUBSCRIBED)]
    with pytest.raises(PermissionDenied):
        edit(house, house.member(Role.VIEWER), contact, do_not_contact=False)
    edit(house, house.owner, contact, do_not_contact=False, **AGREED)
    assert marks(house, contact) == [(False, None)]
    edit(house, house.owner, contact, do_not_contact=True)
    assert marks(house, contact) == [(True, None)]


def declined(house: TestHouse, contact: int) -> list[str]:
    """The reasons why this person's addresses get no more."""
    return list(read(house.owner, suppressions, contact_id=contact).frame["reason"])


def unsubscribed(house: TestHouse, email: str = "ada@roux.example") -> int:
    """Somebody who unsubscribed, with the entry that stops mail to the address; mail to another came back for good."""
    contact = add_contact(house.owner, "Ada", "Roux", email, "old@roux.example", **AGREED)
    with unit_of_work(house.owner) as db:
        for address, reason, of in ((email, SuppressionReason.UNSUBSCRIBED, None),
                                    ("old@roux.example", SuppressionReason.HARD_BOUNCE, contact)):  # fmt: skip
            suppress(db, address, channel=MessageChannel.EMAIL, scope=SuppressionScope.MARKETING, reason=reason,
                     contact_id=of)  # fmt: skip
        emit(db, MarketingDeclined(email, contact))
    assert declined(house, contact) == ["unsubscribed"]
    return contact


def write_again(who: Any, found: ContactDetail, **given: Any) -> None:
    fields = dataclasses.replace(found.fields, **given)
    execute(who, commands.edit_contact, EditContact(found.id, found.version, fields, write_again=True))


def test_a_new_consent_takes_off_mark_and_entry_together_when_asked_to(
    database: Database, two_houses: TwoHouses, mail_server: MailServer
) -> None:
    first, second = two_houses
    elsewhere = unsubscribed(second)
    contact = unsubscribed(first)
    edit(first, first.owner, contact, do_not_contact=False, **AGREED)
    assert declined(first, contact) == ["unsubscribed"]  # a consent alone lifts nothing
    put(first.owner, None, contact_id=contact, category=MessageCategory.MARKETING)
    assert sending.send_due(first.owner).sent == 0
    write_again(first.owner, now(first, contact))
    assert declined(first, contact) == []
    mailed(first, contact, category=MessageCategory.MARKETING)
    kept = read(first.owner, suppressions).frame
    assert list(kept["reason"]) == ["hard_bounce"]
    assert declined(second, elsewhere) == ["unsubscribed"]


def test_messages_are_allowed_again_only_with_a_consent_and_by_who_sends_them(house: TestHouse) -> None:
    contact = unsubscribed(house)
    for given in ({"do_not_contact": False}, AGREED):
        with pytest.raises(InvalidInput) as refused:
            write_again(house.owner, now(house, contact), **given)
        assert set(refused.value.fields) == {"write_again"}
    both = {"do_not_contact": False, **AGREED}
    _, secret = make(house.owner, Permission.CONTACTS_WRITE.value, Permission.MESSAGES_SEND.value)
    with pytest.raises(InvalidInput) as program:
        write_again(entering(secret), now(house, contact), **both)
    assert set(program.value.fields) == {"write_again"}
    with pytest.raises(PermissionDenied):
        write_again(house.member(Role.MANAGER, denials=(Permission.MESSAGES_SEND.value,)), now(house, contact), **both)
    assert marks(house, contact) == [(True, UNSUBSCRIBED)]
    assert declined(house, contact) == ["unsubscribed"]


def test_program_does_not_make_them_reachable_again(house: TestHouse) -> None:
    contact = silenced(house)
    _, secret = make(house.owner, Permission.CONTACTS_READ.value, Permission.CONTACTS_WRITE.value)
    key = entering(secret)
    with pytest.raises(InvalidInput) as refused:
        edit(house, key, contact, do_not_contact=False)
    assert set(refused.value.fields) == {"do_not_contact"}
    edit(house, key, contact, job_title="Editor")
    assert marks(house, contact) == [(True, UNSUBSCRIBED)]


def test_program_lifts_what_mail_that_came_back_has_set_and_nothing_else(
    database: Database, house: TestHouse, mail_server: MailServer
) -> None:
    bounced = add_contact(house.owner, "Ada", "Roux", SHARED, **AGREED)
    mailed(house, bounced)
    tell(database, house, DeliveryKind.BOUNCED, BounceKind.HARD)
    silent = add_contact(house.owner, "Bea", "Two", "bea@two.example", do_not_contact=True)
    with unit_of_work(house.owner) as db:
        for reason in SuppressionReason:
            suppress(db, f"{reason}@x.example", channel=MessageChannel.EMAIL, scope=SuppressionScope.MARKETING,
                     reason=reason)  # fmt: skip
    scopes = (Permission.CONTACTS_READ, Permission.CONTACTS_WRITE, Permission.MESSAGES_SEND, Permission.PROMOTE_READ)
    _, secret = make(house.owner, *(scope.value for scope in scopes))
    key = entering(secret)
    edit(house, key, bounced, do_not_contact=False)
    with pytest.raises(InvalidInput):
        edit(house, key, silent, do_not_contact=False)
    assert marks(house, bounced, silent) == [(False, None), (True, None)]
    stopped = read(key, suppressions).frame
    for row in stopped.itertuples():
        if row.reason == "hard_bounce":
            execute(key, lift_suppression, LiftSuppression(row.id))
            continue
        with pytest.raises(NotAllowedNow, match="declined"):
            execute(key, lift_suppression, LiftSuppression(row.id))
    kept = read(house.owner, suppressions).frame
    assert sorted(kept["reason"]) == sorted({*SuppressionReason} - {SuppressionReason.HARD_BOUNCE})
    for row in kept.itertuples():
        execute(house.owner, lift_suppression, LiftSuppression(row.id))
    assert read(house.owner, suppressions).frame.empty


def test_what_a_person_asks_for_stands_in_place_of_mail_that_came_back(
    database: Database, house: TestHouse, mail_server: MailServer
) -> None:
    contact = add_contact(house.owner, "Ada", "Roux", SHARED, **AGREED)
    mailed(house, contact)
    tell(database, house, DeliveryKind.BOUNCED, BounceKind.HARD)
    tell(database, house, DeliveryKind.COMPLAINED)
    assert list(read(house.owner, suppressions).frame["reason"]) == ["complaint"]
    assert marks(house, contact) == [(True, COMPLAINED)]


def test_import_resets_neither_mark_nor_withdrawn_consent(house: TestHouse) -> None:
    contact = silenced(house)
    lines = "First name,Last name,Email,City,Marketing consent\nAda,Roux,ada@roux.example,Brest,yes\n"
    take(house.owner, "contacts", lines)
    found = now(house, contact)
    assert found.fields.city == "Brest"
    assert found.fields.marketing_consent is MarketingConsent.WITHDRAWN
    assert marks(house, contact) == [(True, UNSUBSCRIBED)]


def test_merge_keeps_the_mark_with_its_reason_and_undo_gives_it_back(house: TestHouse) -> None:
    kept = add_contact(house.owner, "Ada", "Roux", "a@roux.example", **AGREED)
    double = silenced(house, "Ada", "Roux-Petit")
    merge = execute(house.owner, commands.merge_contacts, MergeRecords(kept, double)).merge_id
    assert marks(house, kept) == [(True, UNSUBSCRIBED)]
    execute(house.owner, commands.undo_merge, commands.UndoMerge(merge))
    assert marks(house, kept, double) == [(False, None), (True, UNSUBSCRIBED)]
