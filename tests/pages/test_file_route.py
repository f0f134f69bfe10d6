"""`/h/{house}/files/{public_id}`: whom it answers, with which bytes and under which headers."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from starlette.applications import Starlette

from eventos_core.api import files, routes
from eventos_core.db.registry import execute
from eventos_core.enums.operations import AssetVisibility, UsageRights
from eventos_core.kernel.permissions import Role
from eventos_core.operations.files import commands
from eventos_core.operations.files.commands import MediaFields, ReplaceFile, StoreFile
from eventos_core.tenancy import identity
from tests.operations.files_support import PDF, SVG, picture
from tests.pages.asgi_client import Client
from tests.pages.test_shell_routes import COOKIE, INDEX
from tests.support import Database, TestHouse, hash_token, sign_in

pytestmark = pytest.mark.database
FREE = MediaFields(usage_rights=UsageRights.UNLIMITED)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVENTOS_FILES_DIR", str(tmp_path / "files"))
    return tmp_path / "files"


@pytest.fixture
def client(database: Database) -> Client:
    return Client(Starlette(routes=routes.ROUTES, middleware=routes.middleware(INDEX)))


def store(house: TestHouse, name: str, content: bytes, fields: MediaFields = FREE) -> str:
    saved = execute(house.owner, commands.store_file, StoreFile(name, content, fields))
    return f"/h/{house.slug}/files/{saved.public_id}"


def viewer_token(house: TestHouse, database: Database) -> str:
    """A sign-in of a member who may only read."""
    house.member(Role.VIEWER)
    with database.as_login("migrator") as connection:
        row = connection.execute(
            "select user_id from account_users where account_id = %s and role = 'viewer'", [house.account_id]
        ).fetchone()
    assert row is not None
    return sign_in(row[0])


def downloads(database: Database, house: TestHouse) -> int:
    with database.as_login("migrator") as connection:
        row = connection.execute(
            "select count(*) from audit_log where account_id = %s and action = 'download'"
            " and table_name = 'media_assets' and actor_kind = 'member' and request_id <> ''",
            [house.account_id],
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_picture_is_shown_and_asked_for_again(client: Client, house: TestHouse) -> None:
    content = picture()
    url = store(house, "Été “1”.png", content)
    client.cookies[COOKIE] = house.owner_token
    answer = client.get(url)
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-length"] == str(len(content))
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["content-disposition"] == (
        "inline; filename=\"_t_ _1_.png\"; filename*=UTF-8''%C3%89t%C3%A9%20%E2%80%9C1%E2%80%9D.png"
    )
    again = client.get(url, headers={"if-none-match": f'W/"x", {answer.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    head = client.request("HEAD", url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(content))


@pytest.mark.parametrize(("name", "content"), [("logo.svg", SVG), ("rider.pdf", PDF), ("list.csv", b"a;b\n")])
def test_what_could_carry_scripts_leaves_as_a_download(
    client: Client, house: TestHouse, name: str, content: bytes
) -> None:
    url = store(house, name, content)
    client.cookies[COOKIE] = house.owner_token
    answer = client.get(url)
    assert answer.content == content
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="{name}"')
    assert answer.headers["content-security-policy"].endswith("sandbox")


def test_a_picture_can_be_kept_too(client: Client, house: TestHouse) -> None:
    url = store(house, "look.png", picture())
    client.cookies[COOKIE] = house.owner_token
    assert client.get(url + "?download").headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("asked", "status", "wanted"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=10-", 206, slice(10, None)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=5-999999", 206, slice(5, None)),
        ("bytes=0-", 200, slice(None)),
        ("bytes=-999999", 200, slice(None)),
        ("bytes=9-5", 416, None),
        ("bytes=999999-", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=0-1,5-9", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
    ],
)
def test_parts_are_served(client: Client, house: TestHouse, asked: str, status: int, wanted: slice | None) -> None:
    content = picture()
    url = store(house, "look.png", content)
    client.cookies[COOKIE] = house.owner_token
    answer = client.get(url, headers={"range": asked})
    assert answer.status_code == status
    if wanted is None:
        assert answer.headers["content-range"] == f"bytes */{len(content)}"
        return
    assert answer.content == content[wanted]
    assert answer.headers["content-length"] == str(len(content[wanted]))
    if status == 206:
        start = wanted.indices(len(content))[0]
        end = start + len(content[wanted]) - 1
        assert answer.headers["content-range"] == f"bytes {start}-{end}/{len(content)}"


def test_a_part_of_another_version_is_not_glued_on(client: Client, house: TestHouse) -> None:
    url = store(house, "look.png", picture())
    client.cookies[COOKIE] = house.owner_token
    answer = client.get(url, headers={"range": "bytes=10-", "if-range": '"another"'})
    assert (answer.status_code, answer.content) == (200, picture())
    assert files.asked_range({"range": "bytes=0-0"}, 0, "") is None


def test_nobody_else_gets_it(client: Client, two_houses: tuple[TestHouse, TestHouse]) -> None:
    ours, other = two_houses
    url = store(ours, "look.png", picture())
    for path in (url, f"{url}/thumb"):
        client.cookies.clear()
        assert client.get(path).status_code == 401
        client.cookies[COOKIE] = other.owner_token
        assert client.get(path).status_code == 404
        assert client.get(path.replace(ours.slug, other.slug)).status_code == 404
        client.cookies[COOKIE] = ours.owner_token
        assert client.get(path.replace(ours.slug, other.slug)).status_code == 404
        assert client.get(path).status_code == 200
    for wrong in ("x", "00000000-0000-0000-0000-000000000000", "..%2F..%2Fetc"):
        assert client.get(f"/h/{ours.slug}/files/{wrong}").status_code == 404
    identity.end_session(hash_token(ours.owner_token))
    assert client.get(url).status_code == 401


def test_a_restricted_file_is_not_there_for_others(client: Client, house: TestHouse, database: Database) -> None:
    url = store(house, "look.png", picture(), MediaFields(visibility=AssetVisibility.RESTRICTED))
    client.cookies[COOKIE] = viewer_token(house, database)
    assert client.get(url).status_code == 404
    assert client.get(f"{url}/thumb").status_code == 404
    client.cookies[COOKIE] = house.owner_token
    assert client.get(url).status_code == 200


def test_fetching_is_noted_where_the_rights_demand_it(client: Client, house: TestHouse, database: Database) -> None:
    free, limited = (
        store(house, "free.png", picture()),
        store(house, "press.png", picture("PNG", (9, 9)), MediaFields()),
    )
    client.cookies[COOKIE] = house.owner_token
    client.get(free)
    client.get(f"{limited}/thumb")
    client.request("HEAD", limited)
    assert downloads(database, house) == 0
    client.get(limited)
    client.get(limited, headers={"range": "bytes=20-"})
    assert downloads(database, house) == 1
    client.cookies[COOKIE] = viewer_token(house, database)
    assert client.get(limited).status_code == 200
    assert downloads(database, house) == 2, "also of somebody who may write nothing"


def test_earlier_versions_are_there_too(client: Client, house: TestHouse) -> None:
    first, second = picture(), picture("PNG", (200, 100))
    saved = execute(house.owner, commands.store_file, StoreFile("look.png", first, FREE))
    url = f"/h/{house.slug}/files/{saved.public_id}"
    client.cookies[COOKIE] = house.owner_token
    small = client.get(f"{url}/thumb")
    execute(house.owner, commands.replace_file, ReplaceFile(saved.asset_id, saved.version, "look.png", second))
    assert client.get(url).content == second
    assert client.get(f"{url}?version=1").content == first
    assert client.get(f"{url}?version=9").status_code == 404
    newer = client.get(f"{url}/thumb", headers={"if-none-match": small.headers["etag"]})
    assert newer.status_code == 200, "the small copy follows the version"


def test_the_small_copy_is_made_once(client: Client, house: TestHouse, place: Path) -> None:
    url = store(house, "look.jpg", picture("JPEG", (1600, 900)))
    client.cookies[COOKIE] = house.owner_token
    answer = client.get(f"{url}/thumb")
    assert answer.headers["content-type"] == "image/webp"
    with Image.open(io.BytesIO(answer.content)) as small:
        assert small.size == (480, 270)
    assert len(list(place.rglob("*.webp"))) == 1
    assert client.get(f"{url}/thumb").content == answer.content
    assert client.get(f"{url}/thumb", headers={"if-none-match": answer.headers["etag"]}).status_code == 304


def test_there_is_no_small_copy_of_a_document(client: Client, house: TestHouse) -> None:
    url = store(house, "rider.pdf", PDF)
    client.cookies[COOKIE] = house.owner_token
    assert client.get(f"{url}/thumb").status_code == 404


def test_lost_bytes_are_said_and_nothing_is_sent(client: Client, house: TestHouse, place: Path) -> None:
    url = store(house, "look.png", picture())
    for path in place.rglob("*"):
        if path.is_file():
            path.unlink()
    client.cookies[COOKIE] = house.owner_token
    answer = client.get(url)
    assert answer.status_code == 404
    assert "content of this file is missing" in answer.json()["error"]["message"]
