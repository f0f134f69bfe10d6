"""The media library: what is stored, said, replaced and cleared, and what another house sees of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event as sa_event

from eventos_core.db.engine import app_engine
from eventos_core.db.registry import execute, read
from eventos_core.db.session import unit_of_work
from eventos_core.enums.operations import AssetStorage, AssetVisibility, UsageRights
from eventos_core.events import commands as events
from eventos_core.kernel import clock
from eventos_core.kernel.credentials import MemberCredential
from eventos_core.kernel.errors import (
    Conflict,
    EditConflict,
    FileRefused,
    InvalidInput,
    NotFound,
    PermissionDenied,
    TemporarilyUnavailable,
)
from eventos_core.kernel.permissions import Role
from eventos_core.operations import needs
from eventos_core.operations.files import commands, fetching, limits, queries, stores, upkeep
from eventos_core.operations.files.commands import (
    ArchiveFile,
    EditMedia,
    FileSaved,
    MediaFields,
    ReplaceFile,
    StoreFile,
)
from eventos_core.operations.files.kinds import Family
from eventos_core.operations.files.queries import MediaFilter, Rights
from tests.operations.files_support import PDF, PROGRAM, picture
from tests.support import Database, TestHouse, running_job

pytestmark = pytest.mark.database
TODAY = dt.date(2026, 11, 20)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVENTOS_FILES_DIR", str(tmp_path / "files"))
    return tmp_path / "files"


def store(who: MemberCredential, name: str = "look.png", content: bytes | None = None, **fields: object) -> FileSaved:
    given = StoreFile(name, picture() if content is None else content, MediaFields(**fields))  # type: ignore[arg-type]
    return execute(who, commands.store_file, given)


def titles(who: MemberCredential, wanted: MediaFilter | None = None) -> list[str]:
    return list(read(who, queries.media, wanted).frame["title"])


def files_in(place: Path) -> list[Path]:
    return sorted(path for path in place.rglob("*") if path.is_file())


def test_a_file_is_stored_with_what_is_known_of_it(house: TestHouse, place: Path) -> None:
    content = picture("JPEG", (640, 480))
    saved = store(house.owner, "C:\\pictures\\Look 7.jpg", content, title=" Look  7 ", tags=("SS27", "ss27 ", "runway"))
    found = read(house.owner, queries.media_asset, saved.asset_id)
    assert (found.file_name, found.content_type, found.size_bytes) == ("Look 7.jpg", "image/jpeg", len(content))
    assert (found.width, found.height, found.version_no, found.version) == (640, 480, 1, saved.version)
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert (found.fields.title, found.fields.tags) == ("Look 7", ("runway", "ss27"))
    assert found.uploaded_by == "Claire Aurore"
    (path,) = files_in(place)
    assert path.read_bytes() == content
    assert path.relative_to(place).parts[0] == str(house.account_id)
    assert path.relative_to(place).as_posix() != found.sha256


def test_the_same_bytes_again_are_said(house: TestHouse) -> None:
    first = store(house.owner)
    assert first.same_as is None
    assert store(house.owner, "copy.png").same_as == first.asset_id


def test_what_is_refused_leaves_nothing(house: TestHouse, place: Path) -> None:
    for name, content in (("a.png", PROGRAM), ("a.exe", PROGRAM), ("a.png", b"")):
        with pytest.raises(FileRefused):
            store(house.owner, name, content)
    with pytest.raises(InvalidInput) as wrong:
        store(house.owner, rights_from=TODAY, rights_until=TODAY - dt.timedelta(days=1), tags=("x" * 41,))
    assert set(wrong.value.fields) == {"rights_until", "tags"}
    with pytest.raises(NotFound, match="event does not exist"):
        store(house.owner, event_id=10**12)
    assert files_in(place) == []
    assert titles(house.owner) == []


def test_a_full_house_takes_no_more(house: TestHouse, monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    content = picture(colour="#112233")
    store(house.owner, content=content)
    monkeypatch.setattr(limits, "_GIGABYTE", len(content) * 2 - 1)
    monkeypatch.setenv("EVENTOS_FILES_QUOTA_GB", "1")
    with pytest.raises(FileRefused, match="would take more than"):
        store(house.owner, content=content)
    assert len(files_in(place)) == 1
    room = read(house.owner, queries.media_room)
    assert (room.used, room.quota) == (len(content), len(content) * 2 - 1)


def test_a_form_sent_twice_stores_one_file(house: TestHouse, place: Path) -> None:
    given = StoreFile("look.png", picture())
    first = execute(house.owner, commands.store_file, given, idempotency_key="form-1")
    assert execute(house.owner, commands.store_file, given, idempotency_key="form-1") == first
    assert len(files_in(place)) == 1


def test_rights_are_edited_and_two_editors_see_each_other(house: TestHouse) -> None:
    saved = store(house.owner)
    fields = MediaFields(usage_rights=UsageRights.PRESS, credit="© Ana Ruiz", rights_until=TODAY, people_consent=True)
    edited = execute(house.owner, commands.edit_media, EditMedia(saved.asset_id, saved.version, fields))
    assert edited.version == saved.version + 1
    assert read(house.owner, queries.media_asset, saved.asset_id).fields == fields
    with pytest.raises(EditConflict):
        execute(house.owner, commands.edit_media, EditMedia(saved.asset_id, saved.version, MediaFields(credit="X")))


def test_a_new_version_keeps_the_earlier_ones(house: TestHouse, place: Path) -> None:
    saved = store(house.owner)
    newer = picture("JPEG", (100, 80))
    replaced = execute(
        house.owner, commands.replace_file, ReplaceFile(saved.asset_id, saved.version, "new.jpg", newer, "Brighter")
    )
    assert replaced.public_id == saved.public_id
    now = read(house.owner, queries.media_asset, saved.asset_id)
    assert (now.version_no, now.file_name, now.width) == (2, "new.jpg", 100)
    versions = read(house.owner, queries.media_versions, saved.asset_id)
    assert list(versions["version_no"]) == [2, 1]
    assert list(versions["note"].fillna("")) == ["Brighter", ""]
    first = fetching.fetch(house.owner, saved.public_id, 1)
    assert b"".join(first.pieces()) == picture()
    assert b"".join(fetching.fetch(house.owner, saved.public_id).pieces()) == newer
    assert len(files_in(place)) == 2


def test_a_picture_is_not_replaced_by_a_document_or_itself(house: TestHouse) -> None:
    saved = store(house.owner)
    with pytest.raises(FileRefused, match="another kind"):
        execute(house.owner, commands.replace_file, ReplaceFile(saved.asset_id, saved.version, "a.pdf", PDF))
    with pytest.raises(Conflict, match="stored already"):
        execute(house.owner, commands.replace_file, ReplaceFile(saved.asset_id, saved.version, "a.png", picture()))


def test_archived_files_leave_the_list_and_come_back(house: TestHouse) -> None:
    saved = store(house.owner, title="Old logo")
    gone = execute(house.owner, commands.archive_file, ArchiveFile(saved.asset_id, saved.version))
    assert titles(house.owner) == []
    assert titles(house.owner, MediaFilter(archived=True)) == ["Old logo"]
    with pytest.raises(Conflict, match="archived"):
        execute(house.owner, commands.edit_media, EditMedia(saved.asset_id, gone.version, MediaFields(title="New")))
    execute(house.owner, commands.restore_file, ArchiveFile(saved.asset_id, gone.version))
    assert titles(house.owner) == ["Old logo"]


def test_the_library_is_searched_and_filtered(house: TestHouse) -> None:
    today = clock.now().astimezone(dt.UTC).date()
    starts = clock.now() + dt.timedelta(days=9)
    show = execute(
        house.owner, events.create_event, events.CreateEvent("Show", starts, starts + dt.timedelta(hours=3), "UTC")
    )
    soon, over = today + dt.timedelta(days=12), today - dt.timedelta(days=3)
    store(house.owner, "a.png", picture(), title="Défilé, look 1", tags=("runway", "press"), event_id=show.event_id,
          usage_rights=UsageRights.PRESS, rights_until=soon)  # fmt: skip
    store(house.owner, "b.pdf", PDF, title="Floor plan", tags=("runway",), usage_rights=UsageRights.INTERNAL)
    store(house.owner, "c.png", picture(), title="Campaign", credit="Zoë Defilla", rights_until=over)

    def found(**wanted: object) -> set[str]:
        return set(titles(house.owner, MediaFilter(**wanted)))  # type: ignore[arg-type]

    assert found() == {"Défilé, look 1", "Floor plan", "Campaign"}
    assert found(q="defil") == {"Défilé, look 1", "Campaign"}
    assert found(q="LOOK defile") == {"Défilé, look 1"}
    assert found(q="%") == set()
    assert found(family=Family.DOCUMENT) == {"Floor plan"}
    assert found(family=Family.PICTURE) == {"Défilé, look 1", "Campaign"}
    assert found(tag=("runway",)) == {"Défilé, look 1", "Floor plan"}
    assert found(tag=("runway", "press")) == {"Défilé, look 1"}
    assert found(event=show.event_id) == {"Défilé, look 1"}
    assert found(rights=Rights.EXPIRING) == {"Défilé, look 1"}
    assert found(rights=Rights.EXPIRED) == {"Campaign"}
    assert found(rights=Rights.UNCLEAR) == {"Campaign"}
    assert read(house.owner, queries.media_tags) == ["press", "runway"]


def test_the_list_turns_pages_both_ways(house: TestHouse) -> None:
    for number in range(7):
        store(house.owner, title=f"{number}")
    first = read(house.owner, queries.media, size=3)
    second = read(house.owner, queries.media, cursor=first.next, size=3)
    third = read(house.owner, queries.media, cursor=second.next, size=3)
    assert [list(page.frame["title"]) for page in (first, second, third)] == [["6", "5", "4"], ["3", "2", "1"], ["0"]]
    assert (first.previous, third.next) == (None, None)
    back = read(house.owner, queries.media, cursor=third.previous, size=3)
    assert list(back.frame["title"]) == ["3", "2", "1"]


def test_a_page_of_the_library_costs_one_statement(house: TestHouse) -> None:
    store(house.owner)
    said: list[str] = []

    def note(conn: object, cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    sa_event.listen(app_engine(), "before_cursor_execute", note)
    try:
        read(house.owner, queries.media, MediaFilter(q="look"))
    finally:
        sa_event.remove(app_engine(), "before_cursor_execute", note)
    assert len([one for one in said if "app.enter_" not in one]) == 1


def test_another_house_sees_and_reaches_nothing(two_houses: tuple[TestHouse, TestHouse], place: Path) -> None:
    ours, other = two_houses
    saved = store(ours.owner, title="Secret look")
    assert titles(other.owner) == []
    assert titles(other.owner, MediaFilter(q="secret")) == []
    newer = ReplaceFile(saved.asset_id, saved.version, "x.png", picture("PNG", (9, 9)))
    for ask in (
        lambda: read(other.owner, queries.media_asset, saved.asset_id),
        lambda: fetching.fetch(other.owner, saved.public_id),
        lambda: execute(other.owner, commands.edit_media, EditMedia(saved.asset_id, saved.version, MediaFields())),
        lambda: execute(other.owner, commands.archive_file, ArchiveFile(saved.asset_id, saved.version)),
        lambda: execute(other.owner, commands.replace_file, newer),
    ):
        with pytest.raises(NotFound):
            ask()
    assert len(read(other.owner, queries.media_versions, saved.asset_id)) == 0
    assert store(other.owner).same_as is None


def test_only_who_may_change_the_library_changes_it(house: TestHouse) -> None:
    saved = store(house.owner)
    member, viewer = house.member(Role.MEMBER), house.member(Role.VIEWER)
    door = house.member(Role.VIEWER, denials=("promote.read",))
    for who in (member, viewer):
        assert titles(who) == ["look.png"]
        for run, given in (
            (commands.store_file, StoreFile("a.png", picture())),
            (commands.edit_media, EditMedia(saved.asset_id, saved.version, MediaFields())),
            (commands.replace_file, ReplaceFile(saved.asset_id, saved.version, "a.png", picture("PNG", (5, 5)))),
            (commands.archive_file, ArchiveFile(saved.asset_id, saved.version)),
            (commands.restore_file, ArchiveFile(saved.asset_id, saved.version)),
        ):
            with pytest.raises(PermissionDenied):
                execute(who, run, given)  # type: ignore[arg-type]
    for query in (queries.media, queries.media_tags, queries.media_room):
        with pytest.raises(PermissionDenied):
            read(door, query)
    assert fetching.fetch(door, saved.public_id).name == "look.png", "a picture of the house shows on every page"


def test_a_restricted_file_is_for_few(house: TestHouse) -> None:
    saved = store(house.owner, visibility=AssetVisibility.RESTRICTED)
    assert fetching.fetch(house.member(Role.MANAGER), saved.public_id).noted
    for role in (Role.MEMBER, Role.VIEWER):
        with pytest.raises(NotFound):
            fetching.fetch(house.member(role), saved.public_id)


@pytest.mark.parametrize(
    ("rights", "days", "noted"),
    [
        (UsageRights.UNLIMITED, None, False),
        (UsageRights.PROMOTION, 10, False),
        (UsageRights.PROMOTION, -1, True),
        (UsageRights.INTERNAL, None, True),
        (UsageRights.UNCLEAR, None, True),
    ],
)
def test_limited_rights_demand_that_fetching_is_noted(
    house: TestHouse, rights: UsageRights, days: int | None, noted: bool
) -> None:
    until = None if days is None else clock.now().date() + dt.timedelta(days=days)
    saved = store(house.owner, usage_rights=rights, rights_until=until)
    assert fetching.fetch(house.owner, saved.public_id).noted is noted


def test_home_says_which_rights_end_soon(house: TestHouse) -> None:
    today = clock.now().astimezone(ZoneInfo("Europe/Paris")).date()
    for name, days in (("Today", 0), ("Next month", 29), ("Later", 40), ("Over", -2)):
        store(house.owner, title=name, rights_until=today + dt.timedelta(days=days))
    store(house.owner, title="For good")
    found = [need for need in read(house.owner, needs.needs) if need.page == "promote_media"]
    assert [need.title for need in found] == ["Renew the rights of “Today”", "Renew the rights of “Next month”"]
    assert [need.urgency for need in found] == [needs.Urgency.TODAY, needs.Urgency.SOON]
    assert [need for need in read(house.member(Role.VIEWER), needs.needs) if need.page == "promote_media"] == []


def test_bytes_that_nothing_refers_to_go_after_a_day(
    two_houses: tuple[TestHouse, TestHouse], database: Database, place: Path
) -> None:
    ours, other = two_houses
    kept = store(ours.owner)
    fetching.thumbnail(fetching.fetch(ours.owner, kept.public_id))
    disk = stores.of(AssetStorage.LOCAL)
    lost, fresh, foreign = (stores.new_key(one.account_id) for one in (ours, ours, other))
    for key in (lost, lost + stores.THUMBNAIL, fresh, foreign):
        disk.put(key, b"abc")
    before = set(files_in(place))
    old = (clock.now() - upkeep.ORPHANED - dt.timedelta(minutes=1)).timestamp()
    for path in before - {place / fresh}:
        os.utime(path, (old, old))
    told = read_job(database, ours)
    assert told["removed"] == 2
    assert before - set(files_in(place)) == {place / lost, place / (lost + stores.THUMBNAIL)}


def read_job(database: Database, house: TestHouse) -> dict[str, object]:
    with unit_of_work(running_job(database, house)) as db:
        return upkeep.clean_files(db)


def test_a_command_that_fails_leaves_bytes_for_the_job_only(
    house: TestHouse, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise TemporarilyUnavailable("The database does not answer.")

    monkeypatch.setattr(commands.storing, "_note_version", fails)
    with pytest.raises(TemporarilyUnavailable):
        store(house.owner)
    assert titles(house.owner) == []
    assert len(files_in(place)) == 1


def test_missing_bytes_are_found(house: TestHouse, place: Path) -> None:
    saved = store(house.owner, "gone.png")
    assert read(house.owner, upkeep.verify_files) == {"files": 1}
    (path,) = files_in(place)
    path.write_bytes(b"cut")
    with pytest.raises(Conflict, match=r"missing or cut, first “gone\.png”"):
        read(house.owner, upkeep.verify_files)
    path.unlink()
    with pytest.raises(stores.FileMissing):
        fetching.fetch(house.owner, saved.public_id).pieces()
