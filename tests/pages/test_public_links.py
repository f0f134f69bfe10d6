"""Pages outside the sign-in: the shared programme and the calendar feed, and that nothing else opens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from icalendar import Calendar
from sqlalchemy import select
from starlette.applications import Starlette

from eventos_core.api import routes
from eventos_core.db.registry import execute, read
from eventos_core.db.session import reading, unit_of_work
from eventos_core.enums.events import EventStatus, HostRole, StaffStatus
from eventos_core.enums.operations import FeedScope, LinkKind
from eventos_core.events import commands, queries
from eventos_core.events.commands import ArchiveEvent, CancelSession, ShareProgramme, WithdrawLink
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import MemberCredential, TokenCredential, hash_token, new_token
from eventos_core.kernel.errors import (
    Conflict,
    InvalidInput,
    NotAllowedNow,
    NotFound,
    PermissionDenied,
    RateLimited,
)
from eventos_core.kernel.permissions import Role
from eventos_core.models.events import EventSession, EventStaff, SessionHost
from eventos_core.models.operations import AuditEntry
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations import feeds, links
from eventos_core.operations.links import AllowLinks
from eventos_core.tenancy import commands as team
from tests.events import rows
from tests.pages.asgi_client import Answer, Client
from tests.pages.test_shell_routes import INDEX
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database


@pytest.fixture
def client(database: Database) -> Iterator[Client]:
    yield Client(Starlette(routes=routes.ROUTES, middleware=routes.middleware(INDEX)))
    with database.as_login("migrator") as connection:  # the next test asks from the same address
        connection.execute("delete from rate_limits")


def share(who: MemberCredential, event_id: int, label: str = "Press", *, days: int = 30) -> str:
    """A link to the event's programme; returns its token."""
    token = new_token()
    given = ShareProgramme(event_id, label, hash_token(token), clock.now() + dt.timedelta(days=days))
    execute(who, commands.share_programme, given)
    return token


def ended(answer: Answer) -> bool:
    return answer.status_code == 404 and "This link has ended" in answer.text


def test_whoever_has_the_link_reads_the_public_programme(client: Client, house: TestHouse) -> None:
    event = rows.add_event(house.owner, "Défilé <b>SS27</b>").event_id
    rows.add_session(house.owner, event, "Talk of the town", summary="All about it", internal_notes="Bring water")
    secret = rows.add_session(house.owner, event, "Board dinner")
    with unit_of_work(house.owner) as db:
        db.get_one(EventSession, (house.account_id, secret.session_id)).is_public = False
    token = share(house.owner, event)
    shown = client.get(f"/p/{token}")
    assert shown.status_code == 200
    assert "Défilé &lt;b&gt;SS27&lt;/b&gt;" in shown.text
    assert "Talk of the town" in shown.text
    for hidden in ("Board dinner", "Bring water", "<script"):
        assert hidden not in shown.text
    assert shown.headers["x-robots-tag"] == "noindex, nofollow, noarchive"
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert shown.headers["cache-control"] == "no-store, private"
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    file = client.get(f"/p/{token}/programme.ics")
    assert file.headers["content-type"].startswith("text/calendar")
    assert [event["SUMMARY"] for event in Calendar.from_ical(file.content).events] == ["Talk of the town"]
    assert client.get(f"/p/{token}/code.png").content.startswith(b"\x89PNG")
    listed = read(house.owner, links.event_links, event)
    assert listed[["label", "state", "views"]].to_numpy().tolist() == [["Press", "open", 1]]


def test_every_link_that_does_not_open_is_answered_alike(
    client: Client, database: Database, two_houses: tuple[TestHouse, TestHouse], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, _ = two_houses
    event = rows.add_event(house.owner).event_id
    withdrawn, expired, kept = (share(house.owner, event) for _ in range(3))
    found = read(house.owner, links.event_links, event)
    for _ in range(2):
        execute(house.owner, commands.withdraw_link, WithdrawLink(int(found["id"].iloc[2])))
    with database.as_login("migrator") as connection:
        connection.execute(
            "update one_time_tokens set created_at = now() - interval '2 days', expires_at = now() - interval '1 day'"
            " where token_hash = %s", [hash_token(expired)],
        )  # fmt: skip
    feed = new_token()
    feeds.add(house.owner, hash_token(feed), "Phone", FeedScope.HOUSE)
    answers = [client.get(f"/p/{token}") for token in ("nothing", new_token(), withdrawn, expired, feed)]
    answers += [client.get(f"/calendar/{kept}.ics")]
    declining = [client.get(f"/u/{kept}"), client.post(f"/u/{kept}"), client.get("/u/" + "x" * 43)]
    assert client.get(f"/p/{kept}").status_code == 200
    execute(house.owner, links.allow_links, AllowLinks(False))
    answers += [client.get(f"/p/{kept}"), client.get(f"/p/{kept}/programme.ics"), client.get(f"/calendar/{feed}.ics")]
    with pytest.raises(NotAllowedNow):
        share(house.owner, event)
    with pytest.raises(NotAllowedNow):
        feeds.add(house.owner, hash_token(new_token()), "Laptop", FeedScope.MINE)
    execute(house.owner, links.allow_links, AllowLinks(True))
    assert client.get(f"/p/{kept}").status_code == 200
    monkeypatch.setenv("EVENTOS_PUBLIC_LINKS", "off")
    answers += [client.get(f"/p/{kept}"), client.get(f"/calendar/{feed}.ics")]
    assert all(ended(answer) for answer in answers + declining)
    assert len({answer.content for answer in answers}) == len({answer.content for answer in declining}) == 1
    told = [{k: v for k, v in answer.headers.items() if k != "x-request-id"} for answer in answers]
    assert all(headers == told[0] for headers in told)


def test_a_link_opens_nothing_but_its_programme(two_houses: tuple[TestHouse, TestHouse], client: Client) -> None:
    house, other = two_houses
    event = rows.add_event(house.owner).event_id
    theirs = rows.add_event(other.owner, "Their show").event_id
    token = share(house.owner, event)
    link = TokenCredential(hash_token(token), links.PURPOSE)
    for denied in (queries.events, queries.event_choices, links.links_allowed):
        with pytest.raises(PermissionDenied):
            read(link, denied)
    with pytest.raises(PermissionDenied):
        execute(link, commands.withdraw_link, WithdrawLink(1))
    with pytest.raises(PermissionDenied):
        read(link, feeds.feed)
    with pytest.raises(NotFound):
        share(house.owner, theirs)
    with pytest.raises(NotFound):
        execute(
            other.owner, commands.withdraw_link, WithdrawLink(int(read(house.owner, links.event_links, event)["id"][0]))
        )
    assert client.get(f"/p/{token}").status_code == 200
    assert read(other.owner, links.event_links, event).empty


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER])
def test_who_may_not_publish_makes_and_withdraws_no_link(house: TestHouse, role: Role) -> None:
    event = rows.add_event(house.owner).event_id
    share(house.owner, event)
    who = house.member(role)
    link_id = int(read(who, links.event_links, event)["id"][0])
    with pytest.raises(PermissionDenied):
        share(who, event)
    with pytest.raises(PermissionDenied):
        execute(who, commands.withdraw_link, WithdrawLink(link_id))
    with pytest.raises(PermissionDenied):
        execute(who, links.allow_links, AllowLinks(False))
    share(house.member(Role.MANAGER), event)


def test_input_is_checked_and_the_same_token_is_one_link(house: TestHouse) -> None:
    event = rows.add_event(house.owner).event_id
    end, digest = clock.now() + dt.timedelta(days=3), hash_token(new_token())
    with pytest.raises(InvalidInput) as refused:
        execute(house.owner, commands.share_programme, ShareProgramme(event, " ", b"x", clock.now()))
    assert set(refused.value.fields) == {"label", "token_hash", "expires_at"}
    given = ShareProgramme(event, "Press", digest, end)
    first, second = (execute(house.owner, commands.share_programme, given) for _ in range(2))
    assert first == second
    archived = rows.add_event(house.owner, "Old")
    execute(house.owner, commands.archive_event, ArchiveEvent(archived.event_id, archived.version))
    with pytest.raises(Conflict):
        share(house.owner, archived.event_id)
    with reading(house.owner) as db:
        entries = db.scalars(
            select(AuditEntry).where(AuditEntry.account_id == house.account_id, AuditEntry.table_name == "public_links")
        ).all()
    assert [entry.action for entry in entries] == ["insert"]
    assert "token_hash" not in (entries[0].after or {})


def test_cancelled_and_archived_events_say_so(client: Client, house: TestHouse) -> None:
    saved = rows.add_event(house.owner)
    rows.add_session(house.owner, saved.event_id)
    token = share(house.owner, saved.event_id)
    saved = rows.step_to(house.owner, saved, EventStatus.CANCELLED, reason="The roof leaks")
    assert "This event is cancelled: The roof leaks" in client.get(f"/p/{token}").text
    file = Calendar.from_ical(client.get(f"/p/{token}/programme.ics").content)
    assert [event["STATUS"] for event in file.events] == ["CANCELLED"]
    execute(house.owner, commands.archive_event, ArchiveEvent(saved.event_id, saved.version))
    assert "This event is cancelled" in client.get(f"/p/{token}").text
    other = rows.add_event(house.owner, "Gone by")
    token = share(house.owner, other.event_id)
    execute(house.owner, commands.archive_event, ArchiveEvent(other.event_id, other.version))
    page = client.get(f"/p/{token}").text
    assert "This event is archived" in page
    assert "The programme is not out yet" in page


def test_requests_are_counted_by_address_and_by_link(
    house: TestHouse, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = share(house.owner, rows.add_event(house.owner).event_id)
    monkeypatch.setattr(links, "PER_LINK", 3)
    answers = [client.get(f"/p/{token}") for _ in range(4)]
    # A minute that turns meanwhile lets one more through.
    busy = answers[-1] if answers[-1].status_code == 429 else client.get(f"/p/{token}")
    assert answers[0].status_code == 200
    assert "One moment" in busy.text or busy.status_code == 200
    with pytest.raises(RateLimited) as refused:
        for _ in range(4):
            links.admit(token, LinkKind.PROGRAMME, "192.0.2.1", per_address=1)
    assert 0 < refused.value.retry_after <= 60
    unknown = [client.get("/p/" + "x" * 43).status_code for _ in range(5)]
    assert set(unknown) <= {404, 429}


def add_feed(who: MemberCredential, scope: FeedScope = FeedScope.MINE, event_id: int | None = None) -> str:
    token = new_token()
    feeds.add(who, hash_token(token), "Phone", scope, event_id)
    return token


def titles(client: Client, token: str) -> dict[str, str]:
    """What the feed holds: title → status."""
    answer = client.get(f"/calendar/{token}.ics")
    assert answer.status_code == 200
    return {str(event["SUMMARY"]): str(event["STATUS"]) for event in Calendar.from_ical(answer.content).events}


def member_row(house: TestHouse, who: MemberCredential) -> AccountUser:
    with reading(who) as db:
        member_id = db.context.member_id
    with reading(house.owner) as db:
        return db.get_one(AccountUser, (house.account_id, member_id))


def test_a_feed_holds_what_concerns_its_member(client: Client, two_houses: tuple[TestHouse, TestHouse]) -> None:
    house, other = two_houses
    rows.add_event(other.owner, "Their show")
    who = house.member(Role.VIEWER)
    me = member_row(house, who)
    event = rows.add_event(house.owner, "Show").event_id
    rows.add_event(house.owner, "Gala")
    hosted = rows.add_session(house.owner, event, "Hosted")
    rows.add_session(house.owner, event, "Not mine", starts_at=rows.at(14), ends_at=rows.at(15))
    with unit_of_work(house.owner) as db:
        assert db.context.member_id  # enters the house
        db.add(SessionHost(event_id=event, session_id=hosted.session_id, contact_id=me.contact_id, role=HostRole.HOST))
        for role, status, hour in (("Runner", StaffStatus.INVITED, 16), ("Caller", StaffStatus.DECLINED, 18)):
            start = clock.local_to_utc(rows.at(hour), rows.PARIS)
            db.add(
                EventStaff(
                    event_id=event, contact_id=me.contact_id, member_id=me.id, role=role, status=status,
                    shift_starts_at=start, shift_ends_at=start + dt.timedelta(hours=1),
                )
            )  # fmt: skip
    mine = {"Show": "TENTATIVE", "Hosted (Show)": "CONFIRMED", "Runner (Show)": "TENTATIVE"}
    assert titles(client, add_feed(who)) == mine
    assert titles(client, add_feed(who, FeedScope.HOUSE)) == {**mine, "Gala": "TENTATIVE"}
    assert set(titles(client, add_feed(who, FeedScope.EVENT, event))) == {*mine, "Not mine (Show)"}
    assert titles(client, add_feed(house.member(Role.VIEWER, name="Somebody else"))) == {}
    execute(house.owner, commands.cancel_session, CancelSession(hosted.session_id, hosted.version, "Ill"))
    assert titles(client, add_feed(who))["Hosted (Show)"] == "CANCELLED"


def test_a_feed_that_did_not_change_is_not_sent_again(client: Client, house: TestHouse) -> None:
    rows.add_event(house.owner)
    path = f"/calendar/{add_feed(house.owner, FeedScope.HOUSE)}.ics"
    first = client.get(path)
    same = client.get(path, {"if-none-match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert client.get(path, {"if-modified-since": first.headers["last-modified"]}).status_code == 304
    assert client.get(path, {"if-modified-since": "yesterday"}).status_code == 200
    rows.add_event(house.owner, "Another")
    later = client.get(path, {"if-none-match": first.headers["etag"]})
    assert later.status_code == 200
    assert later.headers["etag"] != first.headers["etag"]
    assert later.headers["referrer-policy"] == "no-referrer"


def test_a_feed_ends_with_its_address_and_with_the_membership(
    client: Client, two_houses: tuple[TestHouse, TestHouse]
) -> None:
    house, other = two_houses
    who = house.member(Role.VIEWER, name="Leaver")
    token = add_feed(who)
    found = read(who, feeds.own_feeds)
    feed_id = int(found["id"].iloc[0])
    for stranger in (house.owner, other.owner):
        with pytest.raises(NotFound):
            feeds.end(stranger, feed_id)
    fresh = new_token()
    feeds.renew(who, feed_id, hash_token(fresh))
    assert ended(client.get(f"/calendar/{token}.ics"))
    assert client.get(f"/calendar/{fresh}.ics").status_code == 200
    second = add_feed(who)
    feeds.end(who, feed_id)
    with pytest.raises(NotFound):
        feeds.renew(who, feed_id, hash_token(new_token()))
    assert ended(client.get(f"/calendar/{fresh}.ics"))
    me = member_row(house, who)
    assert client.get(f"/calendar/{second}.ics").status_code == 200
    execute(house.owner, team.disable_member, team.DisableMember(me.id, me.version))
    assert ended(client.get(f"/calendar/{second}.ics"))


def test_a_feed_is_checked_and_their_number_has_an_end(
    house: TestHouse, two_houses: tuple[TestHouse, TestHouse]
) -> None:
    who, theirs = house.member(Role.VIEWER, name="Collector"), rows.add_event(two_houses[1].owner).event_id
    for name, scope, event_id, error in (
        (" ", FeedScope.MINE, None, InvalidInput),
        ("Phone", FeedScope.EVENT, None, InvalidInput),
        ("Phone", FeedScope.EVENT, theirs, NotFound),
    ):
        with pytest.raises(error):
            feeds.add(who, hash_token(new_token()), name, scope, event_id)
    token = hash_token(new_token())
    assert feeds.add(who, token, "Phone", FeedScope.MINE) == feeds.add(who, token, "Phone", FeedScope.MINE)
    for number in range(feeds.MOST - 1):
        feeds.add(who, hash_token(new_token()), f"Phone {number}", FeedScope.MINE)
    with pytest.raises(Conflict):
        feeds.add(who, hash_token(new_token()), "One more", FeedScope.MINE)
