"""Lists as files: who may take what out, what the file holds, and what the audit says of it."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import uuid
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select, text

from eventos_core.crm.queries import ActivityFilter, DealFilter, FiguresFilter, MeetingFilter
from eventos_core.crm.queries.rates import RateFilter
from eventos_core.db.engine import app_engine
from eventos_core.db.registry import execute, read
from eventos_core.db.session import reading, unit_of_work
from eventos_core.directory.queries import ContactFilter, OrganizationFilter
from eventos_core.enums.events import EventStatus
from eventos_core.enums.operations import ExportFormat, RunStatus
from eventos_core.events.queries import EventFilter, ProgrammeSlice, SpaceFilter, VenueFilter
from eventos_core.kernel.credentials import MemberCredential
from eventos_core.kernel.errors import Conflict, InvalidInput, NotFound, NotSignedIn, PermissionDenied
from eventos_core.kernel.permissions import Role
from eventos_core.models.operations import AuditEntry, Export
from eventos_core.operations import export_history, exports, start
from eventos_core.operations.audit import AuditFilter
from eventos_core.operations.export_history import ExportShown
from eventos_core.operations.exports import ExportLink, RequestExport
from eventos_core.operations.files.queries import MediaFilter
from eventos_core.operations.imports.queries import ImportFilter
from eventos_core.operations.imports.running import gather_statistics
from eventos_core.operations.jobs import defer, registry, upkeep
from eventos_core.operations.jobs.queries import JobFilter
from eventos_core.operations.list_joins import Everything
from eventos_core.operations.messages.queries import MessageFilter, SuppressionFilter
from eventos_core.operations.trash import TrashFilter
from eventos_core.tenancy import identity
from eventos_core.tenancy.queries import TeamFilter
from tests.directory.conftest import add_contact, add_organization
from tests.events import rows
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database

FIGURES = ("forecast", "forecast_figures", "funnel", "funnel_figures", "funnel_parts")
EVERY: list[tuple[str, Any]] = [
    ("contacts", ContactFilter()),
    ("organizations", OrganizationFilter()),
    ("events", EventFilter()),
    ("venues", VenueFilter()),
    ("programme", ProgrammeSlice(1)),
    ("audit", AuditFilter()),
    ("spaces", SpaceFilter()),
    ("messages", MessageFilter()),
    ("templates", Everything()),
    ("suppressions", SuppressionFilter()),
    ("media", MediaFilter()),
    ("imports", ImportFilter()),
    ("jobs", JobFilter()),
    ("schedules", Everything()),
    ("team", TeamFilter()),
    ("keys", Everything()),
    ("webhooks", Everything()),
    ("trash", TrashFilter()),
    ("exchange_rates", RateFilter()),
    ("deals", DealFilter()),
    ("activities", ActivityFilter()),
    ("meetings", MeetingFilter()),
    ("board", DealFilter()),
    ("board_columns", DealFilter()),
    *((kind, FiguresFilter(dt.datetime(2026, 11, 29, tzinfo=dt.UTC))) for kind in FIGURES),
]


def request(who: MemberCredential, kind: str, wanted: Any, file_format: ExportFormat = ExportFormat.CSV) -> ExportLink:
    return execute(who, exports.request_export, RequestExport(kind, wanted, file_format))


def taken(who: MemberCredential, kind: str, wanted: Any) -> list[dict[str, str]]:
    """The rows of the CSV, by header."""
    file = exports.fetch(who, request(who, kind, wanted).public_id)
    raw = b"".join(file.pieces)
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def crowd(house: TestHouse, number: int) -> None:
    """That many guests, in one statement; then statistics, as after an import."""
    with unit_of_work(house.owner) as db:
        db.execute(
            text(
                "insert into contacts (account_id, full_name, lifecycle)"
                " select :a, 'Guest ' || lpad(n::text, 5, '0'), 'lead' from generate_series(1, :n) n"
            ),
            {"a": house.account_id, "n": number},
        )
        db.execute(text("select pg_stat_force_next_flush()"))  # else the table does not count as changed yet
    gather_statistics(app_engine())


@pytest.fixture
def small_files(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Limits that a test can reach."""
    monkeypatch.setattr(exports.commands, "ROWS", 3)
    monkeypatch.setattr(exports.commands, "EXCEL_ROWS", 2)
    yield


def test_every_list_is_tried_here() -> None:
    start.load()
    # Rejected rows have tests of their own, beside the imports.
    assert {kind for kind, _ in EVERY} == exports.EXPORTABLES.keys() - {"import_rejected"}


@pytest.mark.parametrize(("kind", "wanted"), [one for one in EVERY if one[0] != "programme"])
def test_every_list_gives_what_it_counts(house: TestHouse, kind: str, wanted: Any) -> None:
    add_contact(house.owner, "Ann", "One")
    rows.add_space(house.owner, rows.add_venue(house.owner).venue_id)
    link = request(house.owner, kind, wanted)
    file = exports.fetch(house.owner, link.public_id)
    found = list(csv.reader(io.StringIO(b"".join(file.pieces).decode("utf-8-sig"), newline="")))
    assert len(found) - 1 == link.rows or kind == "audit"  # fetching is audited, too
    assert len(set(found[0])) == len(found[0])


def test_the_file_follows_the_columns_that_were_chosen(house: TestHouse) -> None:
    rows.add_event(house.owner, "Tokyo Preview", timezone="Asia/Tokyo")
    given = RequestExport("events", EventFilter(), ExportFormat.CSV, ("name", "capacity", "when", "no_such_column"))
    file = exports.fetch(house.owner, execute(house.owner, exports.request_export, given).public_id)
    header = next(csv.reader(io.StringIO(b"".join(file.pieces).decode("utf-8-sig"), newline="")))
    assert header == ["Id", "Event", "Capacity", "Starts", "Ends", "Time zone"]
    with pytest.raises(InvalidInput, match="columns"):
        execute(house.owner, exports.request_export, RequestExport("events", EventFilter(), columns=("x",) * 61))


def test_jobs_and_spaces_are_paged_each_once(house: TestHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports.fetching, "BATCH", 2)
    for number in range(3):
        venue = rows.add_venue(house.owner, f"Venue {number % 2}")
        for name in ("Nef", "Salon"):
            rows.add_space(house.owner, venue.venue_id, name)
        with unit_of_work(house.owner) as db:
            defer(db, next(name for name, job in registry.registered().items() if job.kind == "house"), n=number)
    spaces = taken(house.owner, "spaces", SpaceFilter())
    assert [row["Space"] for row in spaces] == ["Nef", "Salon"] * 3
    jobs = taken(house.owner, "jobs", JobFilter(("todo",)))
    assert len(jobs) == len({row["Id"] for row in jobs}) == 3
    assert {row["Status"] for row in jobs} == {"Waiting"}
    assert taken(house.owner, "jobs", JobFilter(("failed",))) == []


def test_contacts_as_the_filter_lists_them_with_custom_fields(two_houses: tuple[TestHouse, TestHouse]) -> None:
    ours, other = two_houses
    add_contact(other.owner, "Secret", "Other", tags=("vip",))
    made = add_contact(ours.owner, "Ann", "One", "a@x.example", "b@x.example", phone="+33612345678", tags=("vip",))
    add_contact(ours.owner, "Bob", "Two")
    with unit_of_work(ours.owner) as db:
        db.execute(text('update contacts set custom = \'{"Seat": "=1+1"}\' where id = :i'), {"i": made})
    found = taken(ours.owner, "contacts", ContactFilter(tag=("vip",)))
    assert [row["Full name"] for row in found] == ["Ann One"]
    assert found[0]["E-mail"] == "a@x.example; b@x.example"
    assert found[0]["Phone"] == "+33612345678"
    assert found[0]["Seat"] == "'=1+1"
    assert "Created (Europe/Paris)" in found[0]
    assert "Secret Other" not in {row["Full name"] for row in taken(ours.owner, "contacts", ContactFilter())}


def test_a_formula_is_kept_in_the_house_and_neutralised_in_the_file(house: TestHouse) -> None:
    add_contact(house.owner, "=1+1", "", city="=2+2")
    add_organization(house.owner, "@cmd", city="+A1")
    person = next(row for row in taken(house.owner, "contacts", ContactFilter(q="1+1")))
    assert (person["Full name"], person["City"]) == ("'=1+1", "'=2+2")
    company = next(row for row in taken(house.owner, "organizations", OrganizationFilter(q="cmd")))
    assert (company["Name"], company["City"]) == ("'@cmd", "'+A1")
    with reading(house.owner) as db:
        stored = db.scalars(text("select full_name from contacts where city = '=2+2'")).all()
    assert stored == ["=1+1"]


def test_times_are_told_on_the_event_s_own_clock(house: TestHouse) -> None:
    tokyo = rows.add_event(house.owner, "Tokyo Preview", timezone="Asia/Tokyo")
    rows.add_event(house.owner, "Paris Show")
    rows.add_session(house.owner, tokyo.event_id, "Fitting", track="Backstage")
    rows.add_session(house.owner, tokyo.event_id, "Open end", ends_at=None)
    found = {row["Event"]: row for row in taken(house.owner, "events", EventFilter())}
    assert found["Tokyo Preview"]["Starts"] == "2027-03-06 19:30"
    assert found["Tokyo Preview"]["Time zone"] == "Asia/Tokyo"
    assert found["Paris Show"]["Starts"] == "2027-03-06 19:30"
    assert [row["Event"] for row in taken(house.owner, "events", EventFilter(q="tokyo"))] == ["Tokyo Preview"]
    sessions = taken(house.owner, "programme", ProgrammeSlice(tokyo.event_id))
    assert [(row["Title"], row["Starts"], row["Ends"]) for row in sessions] == [
        ("Fitting", "2027-03-06 10:00", "2027-03-06 11:00"),
        ("Open end", "2027-03-06 10:00", ""),
    ]
    assert [row["Title"] for row in taken(house.owner, "programme", ProgrammeSlice(tokyo.event_id, q="fit"))] == [
        "Fitting"
    ]


def test_filters_come_back_from_the_row_as_they_were(house: TestHouse) -> None:
    rows.add_event(house.owner, "Draft")
    planned = rows.add_event(house.owner, "Planned")
    rows.step_to(house.owner, planned, EventStatus.PLANNED)
    wanted = EventFilter(status=(EventStatus.PLANNED, EventStatus.LIVE), when="upcoming", latest_first=True)
    assert [row["Event"] for row in taken(house.owner, "events", wanted)] == ["Planned"]
    since = AuditFilter(table_name="events", from_=dt.datetime.now(dt.UTC) - dt.timedelta(hours=1))
    assert {row["Table"] for row in taken(house.owner, "audit", since)} == {"events"}
    nothing = AuditFilter(table_name="events", to=dt.datetime.now(dt.UTC) - dt.timedelta(hours=1))
    assert taken(house.owner, "audit", nothing) == []


def test_amounts_are_in_their_currency_s_units(house: TestHouse) -> None:
    rows.add_venue(house.owner, "Palais", daily_rate_minor=150_050, currency="EUR")
    rows.add_venue(house.owner, "Budokan", daily_rate_minor=900_000, currency="JPY")
    rows.add_venue(house.owner, "Loft")
    found = {row["Venue"]: (row["Daily rate"], row["Currency"]) for row in taken(house.owner, "venues", VenueFilter())}
    assert found == {"Palais": ("1500.50", "EUR"), "Budokan": ("900000", "JPY"), "Loft": ("", "")}


def test_five_thousand_rows_stream_in_batches_each_once(house: TestHouse) -> None:
    crowd(house, 5_000)
    file = exports.fetch(
        house.owner, request(house.owner, "contacts", ContactFilter(q="guest", sort="newest")).public_id
    )
    pieces = list(file.pieces)
    assert file.size is None
    assert len(pieces) > 5
    found = list(csv.DictReader(io.StringIO(b"".join(pieces).decode("utf-8-sig"), newline="")))
    assert len(found) == len({row["Id"] for row in found}) == 5_000


def test_an_excel_file_has_numbers_times_and_its_size(house: TestHouse) -> None:
    rows.add_venue(house.owner, "=Palais", daily_rate_minor=150_050, currency="EUR", capacity=600)
    link = request(house.owner, "venues", VenueFilter(), ExportFormat.XLSX)
    file = exports.fetch(house.owner, link.public_id)
    raw = b"".join(file.pieces)
    assert file.size == len(raw)
    assert file.name.endswith(".xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(raw)).active
    assert sheet is not None
    headers = [cell.value for cell in sheet[1]]
    values = dict(zip(headers, [cell.value for cell in sheet[2]], strict=True))
    assert (values["Venue"], values["Capacity"], values["Daily rate"]) == ("'=Palais", 600, 1500.5)


def test_the_file_is_named_after_house_list_and_day(house: TestHouse) -> None:
    event = rows.add_event(house.owner, "Défilé Été")
    file = exports.fetch(house.owner, request(house.owner, "programme", ProgrammeSlice(event.event_id)).public_id)
    assert file.name.startswith(f"{house.slug}-programme-defile-ete-20")
    assert file.name.endswith(".csv")


@pytest.mark.parametrize(("kind", "wanted"), EVERY)
def test_a_viewer_may_export_nothing_and_it_is_audited(house: TestHouse, kind: str, wanted: Any) -> None:
    with pytest.raises(PermissionDenied):
        request(house.member(Role.VIEWER), kind, wanted)
    with reading(house.owner) as db:
        denied = db.scalars(select(AuditEntry).where(AuditEntry.action == "denied")).all()
    assert len(denied) == 1


def test_exporting_takes_the_list_s_own_permission_too(house: TestHouse) -> None:
    member = house.member(Role.MEMBER)
    assert request(member, "venues", VenueFilter()).rows == 0
    for kind, wanted in (("contacts", ContactFilter()), ("audit", AuditFilter())):
        with pytest.raises(PermissionDenied, match="may not take this out"):
            request(member, kind, wanted)


def test_a_link_is_for_its_member_in_its_house_only(two_houses: tuple[TestHouse, TestHouse]) -> None:
    ours, other = two_houses
    link = request(ours.owner, "contacts", ContactFilter())
    colleague = ours.member(Role.ADMIN)
    elsewhere = MemberCredential(ours.owner.token_hash, other.slug)
    for who in (colleague, other.owner, elsewhere):
        with pytest.raises(NotFound):
            exports.fetch(who, link.public_id)
    with pytest.raises(NotFound):
        exports.fetch(ours.owner, "not-even-an-id")
    assert exports.fetch(ours.owner, link.public_id).name


def test_the_permission_is_asked_again_at_the_download(house: TestHouse, database: Database) -> None:
    manager = house.member(Role.MANAGER)
    link = request(manager, "contacts", ContactFilter())
    with database.as_login("migrator") as connection:
        connection.execute("update account_users set role = 'member' where role = 'manager'")
    with pytest.raises(PermissionDenied):
        exports.fetch(manager, link.public_id)


def test_a_session_that_ends_meanwhile_breaks_the_download_off(house: TestHouse) -> None:
    crowd(house, 2_500)
    manager = house.member(Role.MANAGER)
    file = exports.fetch(manager, request(manager, "contacts", ContactFilter()).public_id)
    next(file.pieces)
    identity.end_session(manager.token_hash)
    with pytest.raises(NotSignedIn):
        list(file.pieces)


def test_an_expired_link_says_so(house: TestHouse, database: Database) -> None:
    link = request(house.owner, "venues", VenueFilter())
    assert dt.timedelta(hours=23) < link.expires_at - dt.datetime.now(dt.UTC) <= dt.timedelta(hours=24)
    with database.as_login("migrator") as connection:
        connection.execute("update exports set expires_at = now() - interval '1 second'")
    with pytest.raises(NotFound, match="expired"):
        exports.fetch(house.owner, link.public_id)


@pytest.mark.usefixtures("small_files")
def test_a_list_beyond_the_limit_is_refused_with_the_way_out(house: TestHouse) -> None:
    crowd(house, 3)
    guests = ContactFilter(q="guest")
    assert request(house.owner, "contacts", guests).rows == 3
    with pytest.raises(InvalidInput, match="take CSV") as refused:
        request(house.owner, "contacts", guests, ExportFormat.XLSX)
    assert "more than 2 rows" in str(refused.value)
    link = request(house.owner, "contacts", guests)
    crowd(house, 1)
    for run in (lambda: request(house.owner, "contacts", guests), lambda: exports.fetch(house.owner, link.public_id)):
        with pytest.raises(InvalidInput, match="more than 3 rows"):
            run()


def test_a_list_that_grows_while_it_is_written_does_not_end_early_in_silence(
    house: TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd(house, 3)
    link = request(house.owner, "contacts", ContactFilter(q="guest"))
    monkeypatch.setattr(exports.commands, "_counted", lambda *_: 3)
    monkeypatch.setattr(exports.fetching, "ROWS", 2)
    with pytest.raises(Conflict, match="grew"):
        exports.fetch(house.owner, link.public_id)


@pytest.mark.parametrize("given", [RequestExport("nothing", VenueFilter()), RequestExport("venues", ContactFilter())])
def test_an_unknown_list_is_refused(house: TestHouse, given: RequestExport) -> None:
    with pytest.raises(InvalidInput):
        execute(house.owner, exports.request_export, given)


def test_only_csv_and_excel_are_written(house: TestHouse) -> None:
    with pytest.raises(InvalidInput, match="CSV or Excel"):
        request(house.owner, "venues", VenueFilter(), ExportFormat.PDF)


def test_asking_and_fetching_are_audited_with_what_was_taken(house: TestHouse) -> None:
    rows.add_venue(house.owner, "Palais", city="Paris")
    link = request(house.owner, "venues", VenueFilter(q="palais"))
    for _ in range(2):
        list(exports.fetch(house.owner, link.public_id).pieces)
    with reading(house.owner) as db:
        entries = db.scalars(
            select(AuditEntry).where(AuditEntry.action.in_(["export", "download"])).order_by(AuditEntry.id)
        ).all()
        export = db.scalars(select(Export)).one()
    assert [entry.action for entry in entries] == ["export", "download", "download"]
    assert {entry.row_id for entry in entries} == {str(export.id)}
    told = {"title": "Venues", "format": "csv", "rows": 1, "filter": {"q": "palais"}}
    assert all(entry.after == told for entry in entries)
    assert (export.downloads, export.rows, export.storage_key) == (2, 1, None)


def ended(who: MemberCredential, link: ExportLink) -> ExportShown:
    """What the page of imports and exports tells of it."""
    with reading(who) as db:
        number = db.scalars(select(Export.id).where(Export.public_id == uuid.UUID(link.public_id))).one()
    return read(who, export_history.export, number)


def test_a_complete_download_tells_rows_bytes_and_checksum(house: TestHouse) -> None:
    crowd(house, 3)
    link = request(house.owner, "contacts", ContactFilter(q="guest"))
    assert (ended(house.owner, link).status, ended(house.owner, link).rows) == (RunStatus.QUEUED, 3)
    file = exports.fetch(house.owner, link.public_id)
    assert ended(house.owner, link).status is RunStatus.RUNNING
    raw = b"".join(file.pieces)
    file.pieces.close()
    told = ended(house.owner, link)
    assert (told.status, told.rows, told.size_bytes, told.downloads) == (RunStatus.DONE, 3, len(raw), 1)
    assert told.sha256 == hashlib.sha256(raw).hexdigest()
    assert (told.finished_at is not None, told.error, told.link_open) == (True, None, True)


def test_a_download_that_is_given_up_or_fails_says_so(house: TestHouse) -> None:
    crowd(house, 2_500)
    manager = house.member(Role.MANAGER)
    link = request(manager, "contacts", ContactFilter(q="guest"))
    first = exports.fetch(manager, link.public_id)
    next(first.pieces)
    second = exports.fetch(manager, link.public_id)
    first.pieces.close()
    assert ended(manager, link).status is RunStatus.RUNNING, "the latest download counts"
    next(second.pieces)
    second.pieces.close()
    told = ended(manager, link)
    assert (told.status, told.downloads, told.size_bytes) == (RunStatus.CANCELLED, 2, None)
    assert "broken off" in (told.error or "")
    assert list(second.pieces) == []
    third = exports.fetch(manager, link.public_id)
    identity.end_session(manager.token_hash)
    with pytest.raises(NotSignedIn):
        list(third.pieces)
    told = ended(house.owner, link)
    assert (told.status, told.downloads, told.link_open) == (RunStatus.FAILED, 3, False)
    assert told.error == "Your session has ended. Sign in again."


@pytest.mark.usefixtures("small_files")
def test_a_list_that_cannot_be_written_is_failed_with_the_reason(
    house: TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd(house, 3)
    link = request(house.owner, "contacts", ContactFilter(q="guest"))
    monkeypatch.setattr(exports.commands, "_counted", lambda *_: 3)
    monkeypatch.setattr(exports.fetching, "ROWS", 2)
    with pytest.raises(Conflict, match="grew"):
        exports.fetch(house.owner, link.public_id)
    told = ended(house.owner, link)
    assert told.status is RunStatus.FAILED
    assert "grew" in (told.error or "")


def test_a_download_whose_process_died_does_not_run_for_ever(house: TestHouse, database: Database) -> None:
    link = request(house.owner, "venues", VenueFilter())
    exports.fetch(house.owner, link.public_id)
    with database.as_login("migrator") as connection:
        connection.execute("update exports set started_at = now() - interval '2 hours' where status = 'running'")
    assert ended(house.owner, link).status is RunStatus.CANCELLED, "told at once"
    upkeep.clean_up()
    assert upkeep.clean_up()["exports"] == 0
    assert ended(house.owner, link).error == "The download ended unexpectedly."


def test_exports_are_listed_for_who_asked_and_for_readers_of_the_audit(
    two_houses: tuple[TestHouse, TestHouse],
) -> None:
    ours, other = two_houses
    member = ours.member(Role.MEMBER)
    mine = request(member, "venues", VenueFilter(q="a"))
    request(ours.owner, "contacts", ContactFilter())
    request(other.owner, "contacts", ContactFilter())
    assert list(read(member, export_history.exports_so_far).frame["title"]) == ["Venues"]
    assert list(read(ours.owner, export_history.exports_so_far).frame["title"]) == ["Contacts", "Venues"]
    assert list(read(other.owner, export_history.exports_so_far).frame["title"]) == ["Contacts"]
    seen = ended(ours.owner, mine)
    assert (seen.link_open, seen.filters) == (False, {"q": "a"})
    with pytest.raises(NotFound):
        read(other.owner, export_history.export, seen.id)
    with pytest.raises(NotFound):
        read(ours.member(Role.MANAGER), export_history.export, seen.id)
    with pytest.raises(PermissionDenied):
        read(ours.member(Role.VIEWER), export_history.exports_so_far)


def test_a_new_kind_of_list_joins_with_a_few_lines(house: TestHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    known = exports.EXPORTABLES["venues"]
    monkeypatch.setattr(exports.registry, "EXPORTABLES", dict(exports.EXPORTABLES))
    with pytest.raises(TypeError):
        exports.exportable(known)
