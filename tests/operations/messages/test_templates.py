"""Templates: checked when saved, kept as revisions, shown with real data, tested on oneself."""

from __future__ import annotations

import re
from typing import Any

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.enums.operations import MessageCategory, QueueStatus, TemplateStatus
from eventos_core.kernel.credentials import Credential
from eventos_core.kernel.errors import (
    AlreadyExists,
    EditConflict,
    InvalidInput,
    NotAllowedNow,
    NotFound,
    PermissionDenied,
)
from eventos_core.kernel.permissions import Role
from eventos_core.operations.messages import commands, queries, sending
from eventos_core.operations.messages.commands import AddTemplate, RetireTemplate, RewordTemplate, SendTest
from tests.directory.conftest import add_contact
from tests.events import rows as event_rows
from tests.operations.messages.support import put, rows
from tests.operations.messages.test_outbox import mails, person
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database
TwoHouses = tuple[TestHouse, TestHouse]


def add(who: Credential, key: str = "press.invite", **given: Any) -> commands.TemplateSaved:
    values = {
        "locale": "en", "name": "Press invitation", "subject": "{{ event.name }}",
        "body": "Dear {{ recipient.first_name }}, come to {{ event.name }} on {{ event.date }}.", **given,
    }  # fmt: skip
    return execute(who, commands.add_template, AddTemplate(key, **values))


def reword(who: Credential, saved: commands.TemplateSaved, body: str, **given: Any) -> commands.TemplateSaved:
    values = {"name": "Press invitation", "subject": "{{ event.name }}", "version": saved.revision, **given}
    return execute(who, commands.reword_template, RewordTemplate(saved.template_id, body=body, **values))


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("body", {"body": "Dear {{ recipient.fist_name }}"}),
        ("subject", {"subject": "{{ event.name"}),
        ("subject", {"subject": ""}),
        ("name", {"name": " "}),
        ("locale", {"locale": "English"}),
        ("body", {"body": "{{ unsubscribe_link }}"}),
    ],
)
def test_what_is_wrong_is_told_at_its_field(house: TestHouse, field: str, given: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        add(house.owner, **given)
    assert list(caught.value.fields) == [field]
    assert len(read(house.owner, queries.templates).query("revision > 0")) == 0


def test_all_wrong_fields_are_told_at_once(house: TestHouse) -> None:
    with pytest.raises(InvalidInput) as caught:
        add(house.owner, subject="{{ nobody }}", body="{{ event.name", name="")
    assert set(caught.value.fields) == {"subject", "body", "name"}


def test_marketing_may_name_the_link_that_ends_it(house: TestHouse) -> None:
    made = add(house.owner, category=MessageCategory.MARKETING, body="[No more]({{ unsubscribe_link }})")
    assert read(house.owner, queries.template, made.template_id).category is MessageCategory.MARKETING


def test_rewording_keeps_the_revision_before(house: TestHouse) -> None:
    first = add(house.owner)
    second = reword(house.owner, first, "Come to {{ event.name }}.")
    assert second.revision == 2
    kept = read(house.owner, queries.template_revisions, second.template_id)
    assert list(kept["revision"]) == [2, 1]
    assert list(kept["status"]) == [TemplateStatus.CURRENT, TemplateStatus.RETIRED]
    same = reword(house.owner, second, "Come to {{ event.name }}.")
    assert same.revision == 2


def test_two_who_reword_at_once_see_both_versions(house: TestHouse) -> None:
    first = add(house.owner)
    reword(house.owner, first, "Mine.")
    with pytest.raises(EditConflict) as caught:
        reword(house.owner, first, "Theirs.")
    assert (caught.value.version, caught.value.theirs["body"], caught.value.mine["body"]) == (2, "Mine.", "Theirs.")


def test_queued_message_keeps_the_wording_it_was_queued_with(house: TestHouse, mailbox: Any) -> None:
    event = event_rows.add_event(house.owner)
    first = add(house.owner)
    put(house.owner, subject=None, body=None, template="press.invite", event_id=event.event_id)
    reword(house.owner, first, "Another wording.")
    sending.send_due(house.owner)
    assert "come to SS27 Show on Saturday, March 6, 2027" in mails(mailbox)[0].get_body(("plain",)).get_content()


def test_template_that_tells_of_an_event_needs_one(house: TestHouse) -> None:
    add(house.owner)
    with pytest.raises(InvalidInput, match="names no event"):
        put(house.owner, subject=None, body=None, template="press.invite")
    with pytest.raises(NotFound):
        put(house.owner, subject=None, body=None, template="nobody.knows")


def test_own_wording_replaces_the_standard_one_until_it_is_retired(house: TestHouse) -> None:
    saved = add(house.owner, "team.invitation", subject="Come", body="{{ inviter }}: {{ link }}")
    listed = read(house.owner, queries.templates).set_index("key")
    assert listed.loc["team.invitation", "revision"] == 1
    execute(house.owner, commands.retire_template, RetireTemplate(saved.template_id))
    assert read(house.owner, queries.templates).set_index("key").loc["team.invitation", "revision"] == 0
    with pytest.raises(NotAllowedNow):
        execute(house.owner, commands.retire_template, RetireTemplate(saved.template_id))
    assert add(house.owner, "team.invitation", subject="Come", body="{{ link }}").revision == 2


def test_key_channel_and_language_stand_once(two_houses: TwoHouses) -> None:
    first, second = two_houses
    add(first.owner)
    with pytest.raises(AlreadyExists):
        add(first.owner)
    add(first.owner, locale="fr")
    add(second.owner)


def test_letter_is_of_one_language_its_reader_s_where_the_house_has_it(house: TestHouse, mailbox: Any) -> None:
    event = event_rows.add_event(house.owner).event_id
    for locale, words in (("en", "Welcome"), ("fr", "Bienvenue")):
        add(house.owner, "guest.hello", locale=locale, subject=words, body=words + " {{ event.date }}")
    for language in ("fr-CH", "de"):
        contact = add_contact(house.owner, "Ada", language, f"{language}@guest.example", language=language)
        put(house.owner, None, subject=None, body=None, template="guest.hello", contact_id=contact, event_id=event)
    sending.send_due(house.owner)
    french, english = (mail.get_body(("plain",)).get_content() for mail in mails(mailbox))
    assert re.match(r"Bienvenue \w+ \d+ [a-zéû]+ \d{4}", french)
    assert re.match(r"Welcome [A-Z]\w+, [A-Z]\w+ \d+, \d{4}", english)


def test_preview_shows_a_contact_and_an_event(house: TestHouse) -> None:
    event = event_rows.add_event(house.owner)
    contact = person(house.owner, "Élodie")
    shown = read(house.owner, queries.template_preview, "{{ event.name }}", "Dear {{ recipient.first_name }}",
                 contact_id=contact, event_id=event.event_id)  # fmt: skip
    assert (shown.subject, shown.text) == ("SS27 Show", "Dear Élodie\n")


def test_preview_and_test_tell_days_in_the_language_of_the_wording(house: TestHouse, mailbox: Any) -> None:
    event = event_rows.add_event(house.owner).event_id
    reader = add_contact(house.owner, "Ada", "fr", "ada@guest.example", language="fr")
    body, german = "{{ event.date }}", r"\w+, \d+\. [A-Zä]\w+ \d{4}"
    shown = read(house.owner, queries.template_preview, "x", body, contact_id=reader, event_id=event, locale="de")
    assert re.match(german, shown.text)
    given = SendTest("guest.hello", "x", body, contact_id=reader, event_id=event, locale="de")
    execute(house.owner, commands.send_test, given)
    sending.send_due(house.owner)
    (mail,) = mails(mailbox)
    assert re.match(german, mail.get_body(("plain",)).get_content())


def test_preview_knows_nobody_of_the_other_house(two_houses: TwoHouses) -> None:
    first, second = two_houses
    contact = person(first.owner, "Élodie")
    with pytest.raises(NotFound):
        read(second.owner, queries.template_preview, "x", "{{ recipient.name }}", contact_id=contact)


def test_test_goes_to_whoever_asks_and_reads_as_to_somebody_else(house: TestHouse, mailbox: Any) -> None:
    contact = person(house.owner, "Élodie")
    given = SendTest("press.invite", "Hello", "Dear {{ recipient.first_name }}", contact_id=contact)
    assert execute(house.owner, commands.send_test, given).status is QueueStatus.QUEUED
    sending.send_due(house.owner)
    (mail,) = mails(mailbox)
    assert house.owner_email in mail["To"]
    assert mail["Subject"] == "[Test] Hello"
    assert "Dear Élodie" in mail.get_body(("plain",)).get_content()


def test_who_may_write_templates(database: Database, two_houses: TwoHouses) -> None:
    first, second = two_houses
    saved = add(first.member(Role.MANAGER))
    attempts: list[tuple[Any, Any]] = [
        (commands.add_template, AddTemplate("a.b", "en", "x", "y", "z")),
        (commands.reword_template, RewordTemplate(saved.template_id, 1, "x", "y", "z")),
        (commands.retire_template, RetireTemplate(saved.template_id)),
        (commands.send_test, SendTest("a.b", "x", "y")),
        (commands.lift_suppression, commands.LiftSuppression(1)),
    ]
    for command, given in attempts:
        with pytest.raises(PermissionDenied):
            execute(first.member(Role.MEMBER), command, given)
    for command, given in attempts[1:3]:
        with pytest.raises(NotFound):
            execute(second.owner, command, given)
    assert read(second.owner, queries.templates).query("revision > 0").empty
    with pytest.raises(NotFound):
        read(second.owner, queries.template_revisions, saved.template_id)
    assert rows(database, first) == []
