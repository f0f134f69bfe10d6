"""Disk and S3-compatible storage keep one promise; the latter is asked at a real local server."""

from __future__ import annotations

import datetime as dt
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from eventos_core.enums.operations import AssetStorage
from eventos_core.kernel import clock
from eventos_core.kernel.errors import SetupError, TemporarilyUnavailable
from eventos_core.operations.files import stores
from eventos_core.operations.files.stores import DiskStore, FileMissing, Store

CONTENT = bytes(range(256)) * 4_000


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a local S3 server with the buckets `files` and `elsewhere`."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=endpoint, aws_access_key_id="key", aws_secret_access_key="secret", region_name="eu-west-3",
    )  # fmt: skip
    for bucket in ("files", "elsewhere"):
        # What such a server holds is the whole process's, also another module's.
        with suppress(client.exceptions.BucketAlreadyOwnedByYou):
            client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    yield endpoint
    server.stop()


def configure(patch: pytest.MonkeyPatch, endpoint: str, bucket: str = "files") -> None:
    """Say by the environment that files go to that server."""
    for name, value in (
        ("BUCKET", bucket), ("ENDPOINT", endpoint), ("REGION", "eu-west-3"), ("ACCESS_KEY_ID", "key"),
        ("SECRET_ACCESS_KEY", "secret"),
    ):  # fmt: skip
        patch.setenv(f"EVENTOS_S3_{name}", value)


@pytest.fixture(params=["disk", "object"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    if request.param == "disk":
        monkeypatch.setenv("EVENTOS_FILES_DIR", str(tmp_path / "files"))
        assert stores.current().kind is AssetStorage.LOCAL
    else:
        configure(monkeypatch, request.getfixturevalue("s3"))
        assert stores.current().kind is AssetStorage.OBJECT
    return stores.current()


def test_what_is_stored_comes_back_whole_and_in_parts(store: Store) -> None:
    key = stores.new_key(7)
    store.put(key, CONTENT)
    assert b"".join(store.read(key)) == CONTENT
    assert b"".join(store.read(key, 300_000, 500_001)) == CONTENT[300_000:800_001]
    assert b"".join(store.read(key, len(CONTENT) - 1)) == CONTENT[-1:]
    assert b"".join(store.read(key, 5, 0)) == b""
    assert len(list(store.read(key))) > 1, "it comes in pieces"
    assert store.size(key) == len(CONTENT)


def test_what_is_deleted_is_gone(store: Store) -> None:
    key = stores.new_key(7)
    store.put(key, b"x")
    store.delete(key)
    store.delete(key)
    assert store.size(key) is None
    with pytest.raises(FileMissing, match="missing"):
        store.read(key)


def test_a_house_is_listed_by_itself(store: Store) -> None:
    keys = sorted([stores.new_key(31), stores.new_key(31), stores.new_key(31) + stores.THUMBNAIL])
    for key in [*keys, stores.new_key(311)]:
        store.put(key, b"abc")
    found = sorted(store.listing("31/"), key=lambda one: one.key)
    assert [(one.key, one.size) for one in found] == [(key, 3) for key in keys]
    assert all(abs(clock.now() - one.written_at) < dt.timedelta(minutes=5) for one in found)
    assert list(store.listing("30/")) == []


@pytest.mark.parametrize("key", ["../../etc/passwd", "7/ab/../../x", "/etc/passwd", "7/ab/" + "g" * 40, ""])
def test_a_key_cannot_lead_elsewhere(store: Store, key: str) -> None:
    for act in (store.size, store.read, store.delete, lambda k: store.put(k, b"x")):
        with pytest.raises(ValueError, match="no key of a stored file"):
            act(key)


def test_on_the_disk_nobody_else_can_read(tmp_path: Path) -> None:
    root, key = tmp_path / "files", stores.new_key(7)
    earlier = os.umask(0)
    try:
        DiskStore(root).put(key, b"secret")
    finally:
        os.umask(earlier)
    assert stat.S_IMODE((root / key).stat().st_mode) == 0o600
    for folder in (root, root / "7", (root / key).parent):
        assert stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0


def test_an_interrupted_write_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, key = DiskStore(tmp_path / "files"), stores.new_key(7)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stores.os, "fsync", full)
    with pytest.raises(TemporarilyUnavailable, match="could not be written"):
        store.put(key, b"half")
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


def test_a_bucket_that_is_not_there_is_a_fault_of_the_set_up(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, s3, bucket="nobody-made-this")
    with pytest.raises(SetupError, match="bucket for files does not exist"):
        stores.current().put(stores.new_key(7), b"x")


def test_a_store_that_is_away_is_away_for_now(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, "http://127.0.0.1:9")
    store, key = stores.current(), stores.new_key(7)
    for act in (
        store.size,
        store.read,
        store.delete,
        lambda k: store.put(k, b"x"),
        lambda _: list(store.listing("7/")),
    ):
        with pytest.raises(TemporarilyUnavailable, match="does not answer"):
            act(key)


def test_half_a_login_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, "http://127.0.0.1:9")
    monkeypatch.delenv("EVENTOS_S3_SECRET_ACCESS_KEY")
    with pytest.raises(SetupError, match="Only one half"):
        stores.current()


def test_files_in_a_bucket_that_was_given_up_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SetupError, match="EVENTOS_S3_BUCKET"):
        stores.of(AssetStorage.OBJECT)
    assert [store.kind for store in stores.configured()] == [AssetStorage.LOCAL]
