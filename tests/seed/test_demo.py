"""The demo: the same for the same seed and day, current on any day, refused where it does not belong."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from psycopg.errors import InsufficientPrivilege

from eventos_core.db import engine
from eventos_core.db.registry import read
from eventos_core.db.session import TenantSession, reading, unit_of_work
from eventos_core.enums.directory import OrganizationKind
from eventos_core.enums.events import EventStatus
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import MemberCredential
from eventos_core.kernel.errors import AlreadyExists, InvalidInput, NotAllowedNow, NotSignedIn
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import reconciling
from eventos_core.seed import demo, names
from eventos_core.seed.companies import CORE, more
from eventos_core.seed.seasons import season_bounds, season_code
from eventos_core.seed.world import SCALES, Size
from eventos_core.tenancy import identity, passwords
from tests import support
from tests.cli.conftest import Run
from tests.cli.conftest import run as run

PASSWORD = "correct horse battery"
TODAY = clock.now().date()
COUNTS = (
    "select a.slug, (select count(*) from contacts c where c.account_id = a.id),"
    " (select count(*) from organizations o where o.account_id = a.id),"
    " (select count(*) from events e where e.account_id = a.id) from accounts a order by a.slug"
)
CONTENT = (
    "select md5(string_agg(line, chr(10) order by line)) from ("
    " select concat_ws('|', 'c', full_name, job_title, city, marketing_consent, array_to_string(tags, ','))"
    " from contacts"
    " union all select concat_ws('|', 'o', name, kind, domain, city) from organizations"
    " union all select concat_ws('|', 'e', name, slug, starts_at, status, capacity) from events"
    " union all select concat_ws('|', 's', title, starts_at, ends_at) from sessions"
    " union all select concat_ws('|', 'm', title, sha256, rights_until) from media_assets) as x (line)"
)


@pytest.fixture(scope="module")
def filled(server: support.Server, template: str) -> Iterator[tuple[support.Database, demo.Demo]]:
    """A database with the small demo in it."""
    made = support.clone(server, template, f"{template}_demo")
    with pytest.MonkeyPatch.context() as patch:
        for name, login in (("DATABASE", "app"), ("MIGRATOR", "migrator"), ("BACKUP", "backup")):
            patch.setenv(f"EVENTOS_{name}_URL", made.urls.of(login))  # type: ignore[arg-type]
        patch.setenv(demo.PASSWORD_VARIABLE, PASSWORD)
        yield made, demo.create(today=TODAY)
    engine.dispose_all()
    server.drop(made.name)


@pytest.fixture
def fresh(server: support.Server, template: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[support.Database]:
    """An installation in which nobody has been yet."""
    made = support.clone(server, template, f"{template}_fresh")
    for name, login in (("DATABASE", "app"), ("MIGRATOR", "migrator"), ("BACKUP", "backup")):
        monkeypatch.setenv(f"EVENTOS_{name}_URL", made.urls.of(login))  # type: ignore[arg-type]
    monkeypatch.setenv(demo.PASSWORD_VARIABLE, PASSWORD)
    yield made
    engine.dispose_all()
    server.drop(made.name)


def ask(database: support.Database, query: str) -> list[tuple[object, ...]]:
    with database.as_login("migrator") as connection:
        return connection.execute(query.encode()).fetchall()


def test_two_look_alike_houses_are_filled(filled: tuple[support.Database, demo.Demo]) -> None:
    database, made = filled
    assert made.houses == ("maison-aurore", "maison-aurora")
    rows = {str(slug): counts for slug, *counts in ask(database, COUNTS)}
    for slug, scale in zip(made.houses, SCALES[Size.SMALL], strict=True):
        contacts, organizations, events = rows[slug]
        assert contacts >= scale.contacts  # type: ignore[operator]
        assert organizations >= scale.organizations  # type: ignore[operator]
        assert events == scale.events


def test_everybody_can_sign_in_with_the_one_password(filled: tuple[support.Database, demo.Demo]) -> None:
    _, made = filled
    assert made.password == PASSWORD
    assert {person.email.partition("@")[0] for person in made.people} == {
        "owner",
        "sales",
        "producer",
        "door",
        "viewer",
    }
    for person in made.people:
        row = identity.sign_in_row(person.email)
        assert row is not None
        assert passwords.verify_password(made.password, row.password_hash or "")
        token = support.sign_in(row.user_id)
        found = identity.session(support.hash_token(token))
        assert found is not None
        assert tuple(house.slug for house in found.houses) == tuple(sorted(person.houses))
        identity.end_session(support.hash_token(token))


def test_sessions_of_the_seeding_are_over(filled: tuple[support.Database, demo.Demo]) -> None:
    query = "select count(*) from login_sessions where user_agent = 'demo data' and revoked_at is null"
    assert ask(filled[0], query) == [(0,)]


def test_seasons_lie_around_today(filled: tuple[support.Database, demo.Demo]) -> None:
    rows = ask(filled[0], "select status, starts_at < now(), count(*) from events group by 1, 2 order by 1, 2")
    counts = {(status, past): count for status, past, count in rows}
    assert counts["on_sale", False] == 2
    assert counts["completed", True] >= 12  # type: ignore[operator]
    assert counts["planned", False] >= 10  # type: ignore[operator]
    assert {status for status, past in counts if past} == {"completed", "cancelled"}
    assert {season for (season,) in ask(filled[0], "select distinct season from events where season is not null")} > {
        season_code(clock.now().date() + dt.timedelta(days=24))
    }


def test_every_kind_of_company_and_many_scripts_are_there(filled: tuple[support.Database, demo.Demo]) -> None:
    kinds = {kind for (kind,) in ask(filled[0], "select distinct kind from organizations")}
    assert kinds == {kind.value for kind in OrganizationKind}
    assert ask(filled[0], "select count(*) > 8 from organizations where parent_id is not null") == [(True,)]
    text = "".join(str(name) for (name,) in ask(filled[0], "select full_name from contacts"))
    # Names are drawn by chance, so not every script need be among the few of a small demo.
    scripts = ("éèô", "łøışğ", "Олена", "ελη", "ليل", "שיר", "美咲", "하은서연")
    assert sum(bool(set(script) & set(text)) for script in scripts) >= 4
    strangers = "select email from contact_emails where email !~ '[.@]example$' limit 5"
    assert ask(filled[0], strangers) == []


def test_spaces_hosts_invitations_and_doubles_are_there(filled: tuple[support.Database, demo.Demo]) -> None:
    query = (
        "select (select count(*) from venue_spaces), (select count(*) from session_hosts where contact_id is not null),"
        " (select count(*) from account_users where status = 'invited'),"
        " (select count(*) from import_batches where status = 'done' and rejected_count = 1)"
    )
    spaces, hosts, invited, imports = ask(filled[0], query)[0]
    assert (spaces, invited, imports) == (48, 2, 2)
    assert hosts > 40  # type: ignore[operator]


def test_pictures_with_their_rights_are_there(filled: tuple[support.Database, demo.Demo]) -> None:
    rows = ask(
        filled[0],
        "select a.slug, count(*), count(*) filter (where m.event_id is not null), count(m.rights_until)"
        " from media_assets m join accounts a on a.id = m.account_id group by 1 order by 1",
    )
    assert rows == [("maison-aurora", 4, 3, 1), ("maison-aurore", 4, 3, 1)]
    assert ask(filled[0], "select count(*) from media_assets where width = 720 and height = 480") == [(8,)]


def test_messages_went_failed_and_wait_in_both_houses(filled: tuple[support.Database, demo.Demo]) -> None:
    database, made = filled
    with database.as_login("migrator") as connection:
        found = connection.execute(
            "select a.slug, q.status, count(*) from notification_queue q join accounts a on a.id = q.account_id"
            " where starts_with(q.idempotency_key, 'demo:') group by 1, 2"
        ).fetchall()
    assert {(slug, status): count for slug, status, count in found} == {
        (slug, status): count for slug in made.houses for status, count in (("sent", 6), ("failed", 1), ("queued", 1))
    }


def test_exports_were_taken_broken_off_and_only_asked_for(filled: tuple[support.Database, demo.Demo]) -> None:
    query = "select status, count(*) from exports group by account_id, status order by account_id, status"
    found = ask(filled[0], query)
    assert found == [("cancelled", 1), ("done", 2), ("queued", 1)] * 2


def test_stored_figures_agree(filled: tuple[support.Database, demo.Demo]) -> None:
    for house in filled[1].houses:
        credential = support.OperatorCredential(identity.open_operator_session(), house)
        assert read(credential, lambda db: reconciling.differences(db)) == []


def test_houses_share_nothing_but_the_owner(filled: tuple[support.Database, demo.Demo]) -> None:
    def contacts(db: TenantSession) -> int:
        return len(db.connection().exec_driver_sql("select id from contacts").all())

    rows = {str(slug): counts for slug, *counts in ask(filled[0], COUNTS)}
    for house in filled[1].houses:
        with unit_of_work(support.OperatorCredential(identity.open_operator_session(), house)) as db:
            assert contacts(db) == rows[house][0]


def test_second_demo_is_refused(filled: tuple[support.Database, demo.Demo], run: Run) -> None:
    with pytest.raises(AlreadyExists, match="The demo is there already: the house maison-aurore exists"):
        demo.create()
    refused = run("demo")
    assert (refused.code, refused.out) == (1, "")
    assert "begin with an empty database" in refused.err


def test_production_and_the_future_are_refused(
    filled: tuple[support.Database, demo.Demo], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = clock.now().date() + dt.timedelta(days=2)
    with pytest.raises(InvalidInput, match="lies in the future"):
        demo.create(today=tomorrow)
    assert run("demo", "--today", tomorrow).code == 2
    assert run("demo", "--today", "soon").code == 2
    monkeypatch.setenv("EVENTOS_ENV", "prod")
    with pytest.raises(NotAllowedNow, match="not written in production"):
        demo.create()
    with pytest.raises(NotAllowedNow, match="not written in production"):
        demo.explore("a code")
    assert run("demo").code == 1


def test_explore_fills_a_new_installation_through_its_set_up_code(
    filled: tuple[support.Database, demo.Demo], fresh: support.Database
) -> None:
    code = identity.open_set_up()
    assert code is not None
    made = demo.explore(code, today=TODAY)
    assert (made.house, made.note) == ("maison-aurore", "")
    row = identity.sign_in_row("owner@maison-aurore.example")
    assert row is not None
    assert made.owner_user_id == row.user_id
    with pytest.raises(NotSignedIn):
        demo.explore(code)
    assert ask(fresh, CONTENT) == ask(filled[0], CONTENT), "the same seed and day give the same data"


def test_explore_needs_no_migrator_s_login_for_the_first_house(
    fresh: support.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = identity.open_set_up()
    assert code is not None
    monkeypatch.delenv("EVENTOS_MIGRATOR_URL")
    made = demo.explore(code)
    assert made.houses == ("maison-aurore",)
    assert "Maison Aurora was left out: EVENTOS_MIGRATOR_URL is not set" in made.note
    assert {slug for slug, *_ in ask(fresh, COUNTS)} == {"maison-aurore"}


def test_another_seed_gives_other_data_and_a_password_is_made_where_none_is_given(
    filled: tuple[support.Database, demo.Demo], fresh: support.Database, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(demo.PASSWORD_VARIABLE)
    done = run("demo", "--size", "small", "--seed", 8, "--today", TODAY)
    assert done.code == 0, done.err
    (line,) = [line for line in done.out.splitlines() if line.startswith("Password of all of them: ")]
    password = line.partition(": ")[2]
    row = identity.sign_in_row("sales@maison-aurora.example")
    assert row is not None
    assert passwords.verify_password(password, row.password_hash or "")
    assert password not in done.err
    assert ask(fresh, CONTENT) != ask(filled[0], CONTENT)


@pytest.mark.parametrize(
    ("day", "code"),
    [("2026-01-01", "FW26-27"), ("2026-06-30", "FW26-27"), ("2026-07-01", "SS27"), ("2099-12-31", "SS00")],
)
def test_season_of_a_show(day: str, code: str) -> None:
    shown = dt.date.fromisoformat(day)
    first, last = season_bounds(shown)
    assert season_code(shown) == code
    assert first <= shown <= last


def test_generated_companies_have_names_and_domains_of_their_own() -> None:
    chance = random.Random(1)
    companies = [*CORE, *(company for company, _ in zip(more(chance), range(4_000), strict=False))]
    assert len({company.name for company in companies}) == len(companies)
    assert all(company.domain.endswith(".example") and not company.domain.startswith(".") for company in companies)


def test_addresses_are_plain_and_never_repeat() -> None:
    chance, taken = random.Random(1), set[str]()
    for culture in names.CULTURES:
        for _ in range(40):
            email = names.address(culture.person(chance), "post.example", taken)
            assert email.isascii()
            assert not email.startswith((".", "@"))
    assert len(taken) == 40 * len(names.CULTURES)


def test_scales_grow() -> None:
    for smaller, larger in ((Size.SMALL, Size.MEDIUM), (Size.MEDIUM, Size.LARGE)):
        assert SCALES[smaller][0].contacts < SCALES[larger][0].contacts
    assert SCALES[Size.LARGE][0] == replace(SCALES[Size.LARGE][0], contacts=100_000, events=2_000)
    assert EventStatus.ON_SALE in {plan.status for plan in demo.events.PARIS}


def test_past_days_of_a_year_replay(filled: tuple[support.Database, demo.Demo]) -> None:
    database, made = filled
    house = ask(database, f"select id from accounts where slug = '{made.house}'")[0][0]
    standing = (
        "select count(distinct stage_id) from opportunity_versions"
        f" where account_id = {house} and outcome = 'open' and retracted_at is null"
        " and greatest(recorded_at, valid_from) <= now() - make_interval(days => {days})"
        " and coalesce(valid_to, 'infinity') > now() - make_interval(days => {days})"
    )
    assert [ask(database, standing.format(days=days))[0][0] for days in (30, 60)] > [1, 1]
    assert all(ask(database, standing.format(days=days))[0][0] for days in (150, 240, 330))
    unpriced = (
        "select count(*) from exchange_rate_versions"
        f" where account_id = {house} and recorded_at > now() - interval '1 year'"
    )
    assert ask(database, unpriced) == [(0,)]


def test_what_is_known_of_the_past_cannot_be_written_by_the_app(filled: tuple[support.Database, demo.Demo]) -> None:
    with filled[0].as_login("app") as connection, pytest.raises(InsufficientPrivilege):
        connection.execute("update opportunity_versions set recorded_at = valid_from")


def test_quotas_by_month_meetings_and_their_kinds_are_there(filled: tuple[support.Database, demo.Demo]) -> None:
    query = (
        "select (select count(distinct starts_on) from metric_targets where period = 'month'),"
        " (select count(distinct starts_on) from metric_targets where period = 'quarter'),"
        " (select count(*) from meeting_types where host_id is not null),"
        " (select count(*) from meeting_bookings where starts_at > now()),"
        " (select count(*) from meeting_bookings where status = 'held')"
    )
    months, quarters, hosted, booked, held = ask(filled[0], query)[0]
    assert (months, quarters, hosted) == (21, 7, 4)
    assert booked > 6  # type: ignore[operator]
    assert held > 4  # type: ignore[operator]


def test_no_deal_of_the_demo_is_refused(filled: tuple[support.Database, demo.Demo]) -> None:
    query = "select sum(created_count), sum(rejected_count + conflict_count) from import_batches where kind = 'deals'"
    assert ask(filled[0], query) == [(sum(scale.deals for scale in SCALES[Size.SMALL]), 0)]


def test_the_head_of_sales_may_set_quotas_and_a_trainee_may_not(filled: tuple[support.Database, demo.Demo]) -> None:
    _, made = filled
    able = {}
    for who in ("sales", "viewer"):
        row = identity.sign_in_row(f"{who}@{made.house}.example")
        assert row is not None
        token = support.sign_in(row.user_id)
        with reading(MemberCredential(support.hash_token(token), made.house)) as db:
            able[who] = db.context.can(Permission.SALES_SETTINGS)
        identity.end_session(support.hash_token(token))
    assert able == {"sales": True, "viewer": False}
