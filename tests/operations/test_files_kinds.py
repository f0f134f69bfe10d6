"""What a file is: its bytes say, and a picture that would fill the memory is no picture."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from eventos_core.kernel.errors import EventOSError, FileRefused, SetupError
from eventos_core.operations.files import kinds, limits, pictures
from eventos_core.operations.files.kinds import Family
from tests.operations.files_support import FILM, HTML, PDF, PROGRAM, SVG, archive, bomb, picture

OPEN_TEXT = "application/vnd.oasis.opendocument.text"


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("a.jpg", picture("JPEG"), "image/jpeg"),
        ("A.JPEG", picture("JPEG"), "image/jpeg"),
        ("a.png", picture("PNG"), "image/png"),
        ("a.webp", picture("WEBP"), "image/webp"),
        ("a.gif", picture("GIF"), "image/gif"),
        ("a.tiff", picture("TIFF"), "image/tiff"),
        ("a.avif", picture("AVIF"), "image/avif"),
        ("logo.svg", SVG, "image/svg+xml"),
        ("a.pdf", PDF, "application/pdf"),
        ("a.docx", archive("[Content_Types].xml", "word/document.xml"), kinds.BY_ENDING["docx"].content_type),
        ("a.xlsx", archive("[Content_Types].xml", "xl/workbook.xml"), kinds.BY_ENDING["xlsx"].content_type),
        ("a.odt", archive("content.xml", mimetype=OPEN_TEXT), OPEN_TEXT),
        ("a.zip", archive("one.txt"), "application/zip"),
        ("a.mp4", FILM, "video/mp4"),
        ("a.csv", b"BMW;1\r\nAudi;2\r\n", "text/csv"),
        ("notes.txt", "Größe".encode(), "text/plain"),
        ("a.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar"),
    ],
)
def test_a_file_is_what_name_and_bytes_agree_on(name: str, content: bytes, content_type: str) -> None:
    assert kinds.recognise(name, content).content_type == content_type


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.png", PROGRAM, "is not a PNG picture: its content is that of a"),
        ("a.png", picture("JPEG"), "its content is that of a JPEG picture"),
        ("a.pdf", HTML, "is not a PDF document"),
        ("a.txt", HTML, "is not a text"),
        ("a.csv", SVG, "is not a CSV file"),
        ("a.txt", b"\x00\x01\x02", "is not a text"),
        ("a.docx", archive("xl/workbook.xml"), "is not a Word document"),
        ("a.xlsx", archive("run.exe"), "is not an Excel workbook"),
        ("a.odt", archive("content.xml", mimetype="text/html"), "is not an OpenDocument text"),
        ("a.exe", PROGRAM, "Files like “a.exe” are not taken"),
        ("a.html", HTML, "are not taken"),
        ("a", picture(), "are not taken"),
        ("a.png", b"", "The file is empty"),
        ("a.png", picture() + bytes(limits.MAX_BYTES), "50.0 MB is the most"),
    ],
)
def test_what_is_something_else_is_refused(name: str, content: bytes, said: str) -> None:
    with pytest.raises(FileRefused, match=said) as refused:
        kinds.recognise(name, content)
    assert refused.value.hint


def test_picture_under_another_ending_needs_a_new_name_only() -> None:
    with pytest.raises(FileRefused) as refused:
        kinds.recognise("look 7.jpg", picture())
    assert refused.value.hint == "If that is right, name it “look 7.png” and choose it again."
    with pytest.raises(FileRefused) as other:
        kinds.recognise("look 7.jpg", HTML)
    assert other.value.hint == "Open it in the program that made it and save it anew."


def test_only_what_cannot_carry_scripts_is_shown() -> None:
    shown = {kind.content_type for kind in kinds.KINDS if kinds.may_show(kind.content_type)}
    assert all(name.startswith(("image/", "video/", "audio/")) for name in shown)
    assert "image/svg+xml" not in shown


def test_every_kind_has_a_type_that_the_table_takes() -> None:
    assert {kinds.family_of(kind.content_type) for kind in kinds.KINDS} == set(Family)
    for kind in kinds.KINDS:
        main, _, rest = kind.content_type.partition("/")
        assert main in kinds.family_of(kind.content_type).media_kinds
        assert rest.strip("abcdefghijklmnopqrstuvwxyz0123456789.+-") == ""


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("C:\\Users\\me\\photo.png", "photo.png"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("a\u202egnp.exe\r\nX: y.png", "agnp.exeX: y.png"),
        ("e\u0301te\u0301.jpg", "été.jpg"),
        ("x" * 300 + ".png", "x" * 251 + ".png"),
        ("\x00", "file"),
    ],
)
def test_names_lose_path_and_control_characters(given: str, clean: str) -> None:
    assert kinds.clean_name(given) == clean


@given(st.text(max_size=400), st.binary(max_size=600))
def test_nothing_that_is_thrown_at_it_is_a_defect(name: str, content: bytes) -> None:
    assert 1 <= len(kinds.clean_name(name)) <= kinds.MAX_NAME
    for ending in ("png", "jpg", "zip", "docx", "txt"):
        try:
            kind = kinds.recognise(f"{name}.{ending}", content)
            if pictures.is_readable(kind.content_type):
                pictures.measure(content, kind.content_type)
        except EventOSError:
            pass


def test_size_is_read_as_the_picture_is_seen() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # taken upright with a camera lying on its side
    assert pictures.measure(picture("JPEG", (64, 48), exif=exif), "image/jpeg") == (48, 64)
    assert pictures.measure(picture("PNG", (64, 48)), "image/png") == (64, 48)


@pytest.mark.parametrize("size", [(40_000, 40_000), (10_000, 8_001)])
def test_a_picture_that_would_fill_the_memory_is_refused(size: tuple[int, int]) -> None:
    content = bomb(*size)
    assert len(content) < 100_000
    for look in (pictures.measure, pictures.thumbnail):
        with pytest.raises(FileRefused, match="pixels"):
            look(content, "image/png")


def test_a_damaged_picture_is_refused() -> None:
    whole = picture("PNG", (300, 200))
    with pytest.raises(FileRefused, match="damaged"):
        pictures.measure(whole[:20], "image/png")
    with pytest.raises(FileRefused, match="damaged"):
        pictures.thumbnail(whole[: len(whole) // 2], "image/png")


def test_a_thumbnail_is_small_upright_and_says_nothing_of_the_camera() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera of somebody"
    made = pictures.thumbnail(picture("JPEG", (1600, 1200), exif=exif), "image/jpeg")
    assert b"Camera of somebody" not in made
    with Image.open(io.BytesIO(made)) as small:
        assert (small.format, small.size) == ("WEBP", (360, 480))


def test_a_thumbnail_keeps_what_is_clear() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (600, 600), (255, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(pictures.thumbnail(out.getvalue(), "image/png"))) as small:
        assert small.mode == "RGBA"


def test_quota_is_whole_gigabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits.quota_bytes() == 20 * 1024**3
    monkeypatch.setenv("EVENTOS_FILES_QUOTA_GB", "3")
    assert limits.quota_bytes() == 3 * 1024**3
    monkeypatch.setenv("EVENTOS_FILES_QUOTA_GB", "many")
    with pytest.raises(SetupError, match="many"):
        limits.quota_bytes()
