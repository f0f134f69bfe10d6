"""Telling members: in the app to that person alone, by mail as they wish, floods gathered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from eventos_core.db.registry import execute, read
from eventos_core.db.session import reading, unit_of_work
from eventos_core.enums.operations import MessageChannel, PreferenceMode
from eventos_core.kernel.credentials import MemberCredential, hash_token, new_token
from eventos_core.kernel.errors import InvalidInput, NotFound
from eventos_core.kernel.permissions import Role
from eventos_core.operations.messages import notices, sending
from eventos_core.operations.messages.notices import Notice, NoticeKind
from eventos_core.tenancy import commands as team
from eventos_core.tenancy import queries as team_queries
from tests.operations.messages.support import rows
from tests.operations.messages.test_outbox import mails
from tests.support import Database, TestHouse, running_job

pytestmark = pytest.mark.database
TwoHouses = tuple[TestHouse, TestHouse]
KIND = NoticeKind("test.told", "Told by a test", "Says something.", PreferenceMode.AT_ONCE)


@pytest.fixture(autouse=True)
def kind() -> Iterator[None]:
    notices._KINDS[KIND.key] = KIND
    yield
    del notices._KINDS[KIND.key]


def user_of(who: MemberCredential) -> int:
    with reading(who) as db:
        assert db.context.user_id is not None
        return db.context.user_id


def told(who: MemberCredential) -> list[str]:
    """Titles of what the test said and the person has not read."""
    return list(read(who, notices.own_notices).query("unread and kind == @KIND.key")["title"])


def tell(by: MemberCredential, to: MemberCredential, title: str = "The rooms are set", **given: Any) -> int | None:
    user_id = user_of(to)
    with unit_of_work(by) as db:
        return notices.notify(db, user_id, Notice(KIND.key, title, **given))


def test_notice_is_seen_by_that_person_alone(two_houses: TwoHouses) -> None:
    first, second = two_houses
    viewer = first.member(Role.VIEWER)
    assert tell(first.owner, viewer) is not None
    assert read(viewer, notices.unread_notices) == 1
    assert list(read(viewer, notices.own_notices)["title"]) == ["The rooms are set"]
    for other in (first.owner, first.member(Role.ADMIN), second.owner):
        assert told(other) == []
        with reading(other) as db:
            assert db.scalar(text("select count(*) from notifications where kind = 'test.told'")) == 0


def test_nobody_of_the_other_house_is_told(two_houses: TwoHouses) -> None:
    first, second = two_houses
    assert tell(first.owner, second.owner) is None
    assert read(second.owner, notices.unread_notices) == 0


def test_same_thing_is_said_once(house: TestHouse) -> None:
    viewer = house.member(Role.VIEWER)
    assert tell(house.owner, viewer, dedupe="rooms") is not None
    assert tell(house.owner, viewer, dedupe="rooms") is None
    assert tell(house.owner, house.owner, dedupe="rooms") is not None


def test_viewer_settles_their_own_and_nobody_elses(two_houses: TwoHouses) -> None:
    first, second = two_houses
    viewer = first.member(Role.VIEWER)
    mine, other = tell(first.owner, viewer), tell(first.owner, first.owner)
    assert mine is not None
    assert other is not None
    assert notices.settle(viewer, (mine, other)) == 1
    assert told(viewer) == []
    assert told(first.owner) == ["The rooms are set"]
    assert notices.settle(first.owner, dismiss=True) == 2
    assert read(first.owner, notices.own_notices).empty
    with pytest.raises(NotFound):
        notices.settle(MemberCredential(viewer.token_hash, second.slug))


def test_preferences_hold_for_that_person_house_and_kind(database: Database, house: TestHouse) -> None:
    viewer = house.member(Role.VIEWER)
    tell(house.owner, viewer)
    notices.prefer(viewer, KIND.key, MessageChannel.EMAIL, PreferenceMode.OFF)
    tell(house.owner, viewer)
    assert len(rows(database, house)) == 1
    notices.prefer(viewer, KIND.key, MessageChannel.IN_APP, PreferenceMode.OFF)
    assert tell(house.owner, viewer) is None
    assert read(viewer, notices.unread_notices) == 2
    wish = next(one for one in read(viewer, notices.own_preferences) if one.kind == KIND.key)
    assert (wish.in_app, wish.email) == (PreferenceMode.OFF, PreferenceMode.OFF)
    wish = next(one for one in read(house.owner, notices.own_preferences) if one.kind == KIND.key)
    assert (wish.in_app, wish.email) == (PreferenceMode.AT_ONCE, PreferenceMode.AT_ONCE)


@pytest.mark.parametrize(
    ("kind", "channel", "mode"),
    [
        ("nobody.knows", MessageChannel.EMAIL, PreferenceMode.OFF),
        (KIND.key, MessageChannel.IN_APP, PreferenceMode.DAILY),
        (KIND.key, MessageChannel.SMS, PreferenceMode.OFF),
    ],
)
def test_preference_that_makes_no_sense_is_refused(
    house: TestHouse, kind: str, channel: MessageChannel, mode: PreferenceMode
) -> None:
    with pytest.raises(InvalidInput):
        notices.prefer(house.owner, kind, channel, mode)


def test_flood_is_mailed_three_times_and_folded_into_one_line(database: Database, house: TestHouse) -> None:
    viewer = house.member(Role.VIEWER)
    for number in range(6):
        tell(house.owner, viewer, f"Change {number}")
    assert len(rows(database, house)) == 3
    shown = read(viewer, notices.own_notices)
    assert list(zip(shown["title"], shown["number"], strict=True)) == [("Change 5", 6)]
    assert read(viewer, notices.unread_notices) == 6


def test_daily_summary_gathers_what_was_not_read_once_a_day(database: Database, two_houses: TwoHouses) -> None:
    first, second = two_houses
    viewer, admin = first.member(Role.VIEWER), first.member(Role.ADMIN)
    notices.prefer(viewer, KIND.key, MessageChannel.EMAIL, PreferenceMode.DAILY)
    tell(first.owner, viewer, "One")
    tell(first.owner, viewer, "Two")
    tell(first.owner, admin, "At once")
    tell(second.owner, second.owner, "Elsewhere")
    before = len(rows(database, first))
    for _ in range(2):
        with unit_of_work(running_job(database, first)) as db:
            notices.daily_summary(db)
    found = rows(database, first, "user_id, payload ->> 'lines'", where="starts_with(idempotency_key, 'digest:')")
    assert (user_of(viewer), "2 × Told by a test (latest: Two)") in found
    # The owner hears of the two who joined; what went to the admin at once is not told again.
    assert {user_id for user_id, _ in found} == {user_of(viewer), first.owner_user_id}
    assert len(rows(database, first)) == before + 2


def test_flood_that_was_not_mailed_is_in_the_summary(database: Database, house: TestHouse) -> None:
    viewer = house.member(Role.VIEWER)
    for number in range(5):
        tell(house.owner, viewer, f"Change {number}")
    with unit_of_work(running_job(database, house)) as db:
        notices.daily_summary(db)
    found = rows(database, house, "payload ->> 'lines'", where=f"user_id = {user_of(viewer)} and payload ? 'lines'")
    assert found == [("5 × Told by a test (latest: Change 4)",)]


def test_only_the_summary_job_reads_what_others_were_told(house: TestHouse) -> None:
    with pytest.raises(DBAPIError, match="daily summary"), reading(house.owner) as db:
        db.execute(text("select * from app.notices_of_the_day(now() - interval '1 day')"))


def test_member_is_told_that_their_role_changed(database: Database, house: TestHouse) -> None:
    member = house.member(Role.MEMBER)
    with reading(member) as db:
        member_id = db.context.member_id
    assert member_id is not None
    version = read(house.owner, team_queries.member, member_id).version
    execute(house.owner, team.change_rights, team.ChangeRights(member_id, version, Role.MANAGER))
    (told,) = read(member, notices.own_notices).to_dict("records")
    assert told["title"].endswith("made you manager of Maison Aurore")
    assert told["link"] == f"/admin_team?house={house.slug}&member={member_id}"
    assert rows(database, house, "payload ->> 'title'", where="channel = 'email'") == [(told["title"],)]
    assert read(house.owner, notices.own_notices).query("kind == 'team.rights_changed'").empty


def test_whoever_invited_is_told_that_they_joined(house: TestHouse) -> None:
    house.member(Role.VIEWER, name="Ana Keller")
    told = read(house.owner, notices.own_notices)
    assert list(told["title"]) == ["Ana Keller joined Maison Aurore"]


def test_invitation_goes_out_by_mail_with_its_link(database: Database, house: TestHouse, mailbox: Any) -> None:
    token = new_token()
    link = f"https://events.example/?invitation={token}"
    email = f"ana@{house.slug}.example"
    given = team.InviteMember(email, "Ana Keller", Role.MEMBER, hash_token(token), link=link)
    assert execute(house.owner, team.invite_member, given).mailed
    assert rows(database, house, f"address, strpos(payload::text, '{token}')") == [(email, 0)]
    sending.send_due(house.owner)
    (mail,) = mails(mailbox)
    assert link in mail.get_body(("plain",)).get_content()


def test_invitation_is_not_mailed_where_no_mail_is_set_up(
    database: Database, house: TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTOS_ENV", "staging")
    token = new_token()
    link = f"https://events.example/?invitation={token}"
    given = team.InviteMember("ana@elsewhere.example", "Ana", Role.MEMBER, hash_token(token), link=link)
    assert not execute(house.owner, team.invite_member, given).mailed
    assert rows(database, house) == []


def test_link_of_something_else_is_not_mailed(house: TestHouse, mailbox: Any) -> None:
    for link in ("https://evil.example/?invitation={}", "https://events.example/?invitation=another"):
        token = new_token()
        given = team.InviteMember(
            "ana@elsewhere.example", "Ana", Role.MEMBER, hash_token(token), link=link.format(token)
        )
        with pytest.raises(InvalidInput):
            execute(house.owner, team.invite_member, given)
