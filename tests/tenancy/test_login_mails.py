"""What a person is told of their login: the link for a forgotten password, a changed password, a new device."""

from __future__ import annotations

import datetime as dt
import email
import itertools
import re
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from eventos_core.db.registry import execute, read
from eventos_core.kernel.credentials import MemberCredential, hash_token, new_token
from eventos_core.kernel.errors import InvalidInput, NotFound, RateLimited
from eventos_core.operations import audit
from eventos_core.operations.audit import AuditFilter
from eventos_core.operations.jobs import upkeep
from eventos_core.operations.messages import notices
from eventos_core.tenancy import commands, identity, login_mails, password_links, queries
from eventos_core.tenancy.commands import DisableMember
from tests import support
from tests.operations.messages.conftest import mailbox as mailbox
from tests.support import PASSWORD, Database, TestHouse
from tests.tenancy.test_password_links import at_once, join_too, member_id, opens, person_of

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("mailbox")]
TwoHouses = tuple[TestHouse, TestHouse]
NEW = "another horse battery"
_networks = (f"198.51.100.{number}" for number in itertools.count(1))


def ask(address: str) -> None:
    password_links.request(address, next(_networks))


def letters(folder: Path) -> list[EmailMessage]:
    """The mails written so far, oldest first."""
    found = [email.message_from_bytes(file.read_bytes(), policy=default) for file in sorted(folder.glob("*.eml"))]
    return [each for each in found if isinstance(each, EmailMessage)]


def sent(folder: Path) -> list[EmailMessage]:
    """What goes out now."""
    before = len(letters(folder))
    login_mails.send_due()
    return letters(folder)[before:]


def said(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def token_in(letter: EmailMessage) -> str:
    found = re.search(r"https://events\.example/\?reset=([^\s>]+)", said(letter))
    assert found, said(letter)
    return found[1]


def rows(database: Database, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with database.as_login("migrator") as connection:
        return connection.execute(statement, list(values)).fetchall()


def run(database: Database, statement: str, *values: Any) -> None:
    with database.as_login("migrator", autocommit=True) as connection:
        connection.execute(statement, list(values))


def sign_in(user_id: int, device: str | None, agent: str = "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0") -> str:
    return identity.redeem_ticket(identity.issue_session_ticket(user_id), "203.0.113.9", agent, device)


def bells(who: MemberCredential) -> list[str]:
    return [str(title) for title in read(who, notices.own_notices)["title"]]


def test_asked_for_link_comes_by_mail_and_sets_the_password(house: TestHouse, mailbox: Path) -> None:
    ana = house.member(name="Ana Keller")
    person = person_of(ana)
    ask(f"  {person.email.upper()} ")
    (letter,) = sent(mailbox)
    assert letter["To"] == f"Ana Keller <{person.email}>"
    assert letter["From"].startswith("EventOS ")
    password_links.set_password(token_in(letter), NEW)
    assert opens(person.email, NEW)
    assert identity.session(ana.token_hash) is None
    entries = read(house.owner, audit.entries, AuditFilter(action="password_set")).frame
    assert len(entries) == 1
    (told,) = sent(mailbox)
    assert told["Subject"] == "Your password was changed"
    assert "/?forgotten=1" in said(told)


def test_unknown_address_costs_and_answers_the_same(
    house: TestHouse, mailbox: Path, database: Database, count_queries: Callable[[Callable[[], Any]], int]
) -> None:
    known = count_queries(lambda: ask(house.owner_email))
    waiting = "select count(*) from login_mails where email_norm is not null and sent_at is null"
    assert rows(database, waiting) == [(1,)]
    assert count_queries(lambda: ask("nobody@maison-aurore.example")) == known == 2
    assert rows(database, waiting) == [(2,)]
    assert [letter["To"].addresses[0].addr_spec for letter in sent(mailbox)] == [house.owner_email]
    assert rows(database, "select email_norm from login_mails where email_norm like 'nobody@%%'") == []


def test_link_lies_nowhere_before_the_mail_is_handed_over(house: TestHouse, mailbox: Path, database: Database) -> None:
    before = rows(database, "select count(*) from one_time_tokens where purpose = 'reset'")
    ask(house.owner_email)
    assert rows(database, "select count(*) from one_time_tokens where purpose = 'reset'") == before
    token = token_in(sent(mailbox)[0])
    (row,) = rows(database, "select expires_at - created_at, payload from one_time_tokens where token_hash = %s",
                  hash_token(token))  # fmt: skip
    assert row == (dt.timedelta(hours=1), {})
    assert token not in str(rows(database, "select * from login_mails"))


def test_link_that_is_used_ends_the_others_and_what_is_still_to_be_mailed(house: TestHouse, mailbox: Path) -> None:
    address = person_of(house.member(name="Ben Adler")).email
    ask(address)
    ask(address)
    first, second = (token_in(letter) for letter in sent(mailbox))
    ask(address)
    password_links.set_password(second, NEW)
    for token in (first, second):
        with pytest.raises(NotFound):
            password_links.set_password(token, PASSWORD)
    assert [letter["Subject"] for letter in sent(mailbox)] == ["Your password was changed"]


def test_three_mails_an_hour_to_one_address(house: TestHouse, mailbox: Path) -> None:
    address = person_of(house.member(name="Cleo Marchand")).email
    for _ in range(5):
        ask(address)
    assert len(sent(mailbox)) == 3


def test_ten_requests_an_hour_from_one_network(house: TestHouse) -> None:
    for number in range(10):
        password_links.request(f"guess{number}@example.org", "192.0.2.44")
    for address in (house.owner_email, "guess@example.org"):
        with pytest.raises(RateLimited):
            password_links.request(address, "192.0.2.44")


def test_what_is_no_address_is_told_at_the_field(house: TestHouse) -> None:
    with pytest.raises(InvalidInput) as refused:
        ask("not an address")
    assert set(refused.value.fields) == {"email"}


def test_person_of_two_houses_or_none_gets_one_mail_that_no_house_sees(
    two_houses: TwoHouses, mailbox: Path, database: Database
) -> None:
    first, second = two_houses
    shared, gone = first.member(name="Shared Person"), first.member(name="Gone Already")
    address, gone_address = person_of(shared).email, person_of(gone).email
    join_too(second, shared)
    member = member_id(gone)
    execute(
        first.owner, commands.disable_member, DisableMember(member, read(first.owner, queries.member, member).version)
    )
    outbox = rows(database, "select count(*) from notification_queue")
    ask(address)
    ask(gone_address)
    assert sorted(letter["To"].addresses[0].addr_spec for letter in sent(mailbox)) == sorted([address, gone_address])
    assert rows(database, "select count(*) from notification_queue") == outbox


def test_disabled_login_gets_no_link(house: TestHouse, mailbox: Path, database: Database) -> None:
    person = person_of(house.member(name="Disabled Login"))
    run(database, "update users set status = 'disabled', disabled_at = now() where id = %s", person.user_id)
    ask(person.email)
    assert sent(mailbox) == []


def test_mail_waits_for_a_server_that_is_down(
    house: TestHouse, mailbox: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(house.owner_email)
    with monkeypatch.context() as patch:
        patch.setenv("EVENTOS_SMTP_URL", "smtp://127.0.0.1:1")
        assert sent(mailbox) == []
    (row,) = rows(
        database, "select attempts, next_attempt_at > now(), last_error from login_mails where sent_at is null"
    )
    assert row[:2] == (1, True)
    assert row[2]
    assert sent(mailbox) == []
    run(database, "update login_mails set next_attempt_at = now() where sent_at is null")
    assert len(sent(mailbox)) == 1


def test_address_that_does_not_exist_is_not_tried_again(house: TestHouse, mailbox: Path, database: Database) -> None:
    person = person_of(house.member(name="Moved Away"))
    run(database, "update users set email = 'moved@nowhere.invalid' where id = %s", person.user_id)
    run(database, "insert into login_mails (kind, email_norm, expires_at)"
        " values ('password_link', 'moved@nowhere.invalid', now() + interval '1 hour')")  # fmt: skip
    assert sent(mailbox) == []
    assert rows(database, "select attempts, expires_at <= now() from login_mails where sent_at is null") == [(1, True)]
    run(database, "delete from login_mails where sent_at is null")


def test_several_workers_send_each_mail_once(house: TestHouse, mailbox: Path) -> None:
    for number in range(6):
        ask(person_of(house.member(name=f"Worker Test {number}")).email)
    before = len(letters(mailbox))
    at_once(3, login_mails.send_due)
    ids = [letter["Message-ID"] for letter in letters(mailbox)[before:]]
    assert len(ids) == len(set(ids)) == 6


@pytest.mark.parametrize(
    ("settings", "offered"),
    [
        ({"EVENTOS_ENV": "prod"}, False),
        ({"EVENTOS_ENV": "prod", "EVENTOS_SMTP_URL": "smtp://mail.example"}, True),
        ({"EVENTOS_ENV": "prod", "EVENTOS_SMTP_URL": "smtp://mail.example", "EVENTOS_BASE_URL": ""}, False),
        ({"EVENTOS_ENV": "prod", "EVENTOS_SMTP_URL": "ftp://mail.example"}, False),
        ({"EVENTOS_BASE_URL": ""}, True),
    ],
)
def test_link_by_mail_is_offered_where_one_can_go_out(
    settings: dict[str, str], offered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EVENTOS_MAIL_DIR")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert password_links.can_be_mailed() is offered


def test_without_a_server_nothing_is_claimed(
    house: TestHouse, mailbox: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(house.owner_email)
    with monkeypatch.context() as patch:
        patch.setenv("EVENTOS_ENV", "prod")
        patch.delenv("EVENTOS_MAIL_DIR")
        assert login_mails.send_due() == 0
    assert rows(database, "select attempts from login_mails where sent_at is null") == [(0,)]
    assert len(sent(mailbox)) == 1


def test_changed_password_is_told_by_mail_and_in_every_house(two_houses: TwoHouses, mailbox: Path) -> None:
    first, second = two_houses
    ana = first.member(name="Ana Keller")
    join_too(second, ana)
    identity.change_password(ana.token_hash, PASSWORD, NEW)
    (letter,) = sent(mailbox)
    assert letter["Subject"] == "Your password was changed"
    for house in two_houses:
        assert bells(MemberCredential(ana.token_hash, house.slug)) == ["Your password was changed"]
        assert "Your password was changed" not in bells(house.owner)
        entries = read(house.owner, audit.entries, AuditFilter(action="password_changed")).frame
        assert list(entries["actor"]) == ["Ana Keller"]
    assert notices.settle(MemberCredential(ana.token_hash, first.slug), dismiss=True) >= 2
    assert bells(MemberCredential(ana.token_hash, second.slug)) == []


def test_first_browser_is_silent_and_another_is_told_once(house: TestHouse, mailbox: Path) -> None:
    ana = house.member(name="Ana Keller")
    person, laptop, phone = person_of(ana), new_token(), new_token()
    sign_in(person.user_id, laptop)
    sign_in(person.user_id, laptop)
    sign_in(person.user_id, None)
    assert sent(mailbox) == []
    sign_in(person.user_id, phone, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1")
    (letter,) = sent(mailbox)
    assert letter["Subject"] == "Sign-in from a new device"
    assert "Safari on iPhone, from 203.0.113.9" in said(letter)
    assert "https://events.example/account_profile" in said(letter)
    assert bells(ana) == ["Sign-in from a new device: Safari on iPhone"]
    sign_in(person.user_id, phone)
    assert sent(mailbox) == []


def test_two_people_at_one_browser_are_told_apart(house: TestHouse, mailbox: Path) -> None:
    kiosk = new_token()
    ana, ben = (person_of(house.member(name=name)).user_id for name in ("Ana Keller", "Ben Adler"))
    sign_in(ana, kiosk)
    sign_in(ben, kiosk)
    assert sent(mailbox) == []
    sign_in(ben, new_token())
    assert len(sent(mailbox)) == 1


@pytest.mark.parametrize("ended", ["one", "all"])
def test_browser_that_was_thrown_out_is_told_again(house: TestHouse, mailbox: Path, ended: str) -> None:
    user, laptop, strange = person_of(house.member(name=f"Ended {ended}")).user_id, new_token(), new_token()
    own = hash_token(sign_in(user, laptop))
    other = sign_in(user, strange)
    assert len(sent(mailbox)) == 1
    if ended == "one":
        theirs = next(each.id for each in identity.own_sessions(hash_token(other)) if each.current)
        assert identity.revoke_session(own, theirs)
    else:
        identity.end_other_sessions(own)
    sign_in(user, strange)
    assert len(sent(mailbox)) == 1
    sign_in(user, laptop)
    assert sent(mailbox) == []


def test_old_browsers_are_forgotten_but_never_the_last(house: TestHouse, database: Database) -> None:
    ana, ben = (person_of(house.member(name=name)).user_id for name in ("Ana Old", "Ben Old"))
    for device in (new_token(), new_token()):
        sign_in(ana, device)
    sign_in(ben, new_token())
    run(database, "update login_devices set first_seen_at = now() - interval '500 days',"
        " last_seen_at = now() - interval '401 days' where user_id = any(%s)", [ana, ben])  # fmt: skip
    upkeep.clean_up()
    left = "select user_id from login_devices where user_id = any(%s) order by user_id"
    assert rows(database, left, [ana, ben]) == sorted([(ana,), (ben,)])


def test_what_was_sent_goes_after_a_week(house: TestHouse, mailbox: Path, database: Database) -> None:
    ask(house.owner_email)
    sent(mailbox)
    run(database, "update login_mails set expires_at = now() - interval '8 days'")
    upkeep.clean_up()
    assert rows(database, "select id from login_mails") == []


def test_asking_queues_the_job_once(house: TestHouse, database: Database) -> None:
    for _ in range(2):
        ask(house.owner_email)
    queued = "select count(*) from procrastinate.procrastinate_jobs where task_name = 'send_login_mails'"
    assert rows(database, f"{queued} and status = 'todo'") == [(1,)]


def test_signing_in_from_the_command_line_is_nobodys_device(house: TestHouse, database: Database) -> None:
    support.sign_in(house.owner_user_id)
    assert rows(database, "select id from login_devices where user_id = %s", house.owner_user_id) == []
