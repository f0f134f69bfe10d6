"""Documents as PDFs: every session once, pages counted, headers repeated, accents whole, nothing read as markup."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from eventos_core.directory.queries import ContactDetail
from eventos_core.directory.rules.contacts import ContactFields, EmailEntry, PhoneEntry, vcard
from eventos_core.documents import card, portfolio, programme
from eventos_core.documents.catalogue import Card, Portfolio, Programme
from eventos_core.documents.fonts import make
from eventos_core.enums.events import EventStatus, SessionKind
from eventos_core.events.queries import GuestProgramme, GuestSession
from eventos_core.kernel.clock import zone
from eventos_core.operations import qr

PARIS = zone("Europe/Paris")
NOW = dt.datetime(2026, 11, 29, 11, 30, tzinfo=dt.UTC)
START = dt.datetime(2027, 3, 6, 8, tzinfo=dt.UTC)


def session(number: int, **given: Any) -> GuestSession:
    starts_at = START + dt.timedelta(minutes=25 * number)
    values = {
        "public_id": str(number), "title": f"Session {number:03d}", "kind": SessionKind.TALK, "track": None,
        "place": ("Grande nef", "Salon", None)[number % 3], "starts_at": starts_at,
        "ends_at": starts_at + dt.timedelta(minutes=40), "hosts": None, "summary": None, "description": None,
        "language": None, "url": None, "public": True, "cancelled": False, "reason": None, "changed_at": NOW,
        "revision": 0, **given,
    }  # fmt: skip
    return GuestSession(**values)


def programme_of(*sessions: GuestSession, **given: Any) -> GuestProgramme:
    values = {
        "house": "Maison Aurore", "lang": "en", "name": "SS27 Show", "tagline": None, "description": None,
        "status": EventStatus.PLANNED, "archived": False, "reason": None, "starts_at": START,
        "ends_at": START + dt.timedelta(hours=12), "timezone": "Europe/Paris", "place": "Palais, Paris",
        "dress_code": None, "website": None, "sessions": sessions, **given,
    }  # fmt: skip
    return GuestProgramme(**values)


def pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


@pytest.mark.parametrize("by", ["time", "place"])
def test_every_session_stands_there_once_and_pages_are_counted(by: Any) -> None:
    found = pages(programme.pdf(Programme(programme_of(*(session(i) for i in range(150))), by, NOW)))
    text = "\n".join(found)
    assert len(re.findall(r"Session \d{3}", text)) == 150
    assert {f"Session {i:03d}" for i in range(150)} == set(re.findall(r"Session \d{3}", text))
    assert len(found) > 5
    for number, page in enumerate(found, 1):
        assert f"Page {number} of {len(found)}" in page
        assert "As of Sun 29 Nov 2026, 12:30 Paris" in page
        assert "Maison Aurore" in page
        assert "Time (Paris)" in page


def test_a_text_longer_than_a_page_goes_on_and_loses_no_word() -> None:
    words = " ".join(f"word{i:04d}" for i in range(1500))
    lines = "\n".join(f"line{i:03d}" for i in range(200))
    content = programme.pdf(Programme(programme_of(session(0, summary=words), session(1, summary=lines)), "time", NOW))
    text = " ".join(pages(content))
    assert re.findall(r"word\d{4}", text) == words.split()
    assert re.findall(r"line\d{3}", text) == lines.split()


def test_words_of_people_are_not_markup_and_keep_their_accents() -> None:
    title = "Łódź, Şişli & <b>Žižka</b> — “é” ő ğ ș"
    composed = programme_of(session(0, title=title, hosts="Zoe\u0308 <script>"), name="<i>Défilé</i> &amp;")
    text = " ".join(pages(programme.pdf(Programme(composed, "time", NOW))))
    for expected in (title, "Zoë <script>", "<i>Défilé</i> &amp;"):
        assert expected in text


def test_what_was_called_off_says_so() -> None:
    off = programme_of(
        session(0, cancelled=True, reason="The roof leaks"), session(1, public=False),
        status=EventStatus.CANCELLED, reason="Storm", archived=True,
    )  # fmt: skip
    text = " ".join(pages(programme.pdf(Programme(off, "time", NOW))))
    for expected in ("Cancelled: Storm", "Archived", "Cancelled: The roof leaks", "By invitation"):
        assert expected in text
    empty = " ".join(pages(programme.pdf(Programme(programme_of(), "place", NOW))))
    assert "No sessions are planned yet." in empty


def test_dates_are_written_as_the_house_reads_them() -> None:
    text = " ".join(pages(programme.pdf(Programme(programme_of(session(0), lang="fr"), "time", NOW))))
    assert "sam. 6 mars 2027" in text


def test_the_same_programme_gives_the_same_bytes() -> None:
    given = Programme(programme_of(session(0), website="https://aurore.example"), "time", NOW, "#1f6f5c")
    assert programme.pdf(given) == programme.pdf(given)


def test_the_list_of_events_stands_by_month() -> None:
    row = {
        "name": "SS27 Show", "kind": "fashion_show", "season": "SS27", "status": "planned", "starts_at": START,
        "ends_at": START + dt.timedelta(hours=4), "timezone": "Europe/Paris", "venue": "Palais", "city": None,
        "owner": None, "sessions": 3, "capacity": 1200,
    }  # fmt: skip
    month = dt.timedelta(days=31)
    later = {**row, "name": "Gala", "starts_at": START + month, "ends_at": START + month * 1.1}
    text = " ".join(pages(portfolio.pdf(Portfolio("Maison Aurore", "en", PARIS, NOW, (row, later)))))
    for expected in ("2 events", "March 2027", "April 2027", "SS27 Show", "Gala", "1 200", "Palais"):
        assert expected in text
    assert "No event matches." in " ".join(pages(portfolio.pdf(Portfolio("A", "en", PARIS, NOW, ()))))


def test_a_card_holds_the_contact_and_its_code() -> None:
    fields = ContactFields(
        first_name="Zoë", last_name="Durand; Cie", job_title="Editor", emails=(EmailEntry("zoe@example.org"),),
        phones=(PhoneEntry("+33 1 23 45 67 89", e164="+33123456789"),),
    )  # fmt: skip
    code = vcard("Zoë Durand; Cie", fields, "Vogue")
    assert "N:Durand\\; Cie;Zoë" in code
    assert "TEL:+33123456789" in code
    contact = ContactDetail(
        **dict.fromkeys(ContactDetail.__dataclass_fields__)
        | {"id": 1, "version": 1, "name": "Zoë Durand; Cie", "fields": fields, "organization": "Vogue"}
    )
    text = " ".join(pages(card.pdf(Card("Maison Aurore", "en", PARIS, contact, NOW))))
    assert "Zoë Durand; Cie" in text
    assert "zoe@example.org" in text


def test_qr_codes_as_picture_png_and_squares() -> None:
    text = "https://events.example/p/" + "x" * 43
    assert qr.png(text).startswith(b"\x89PNG")
    drawn = qr.picture(text, label='Code of "Zoë"')
    assert 'alt="Code of &quot;Zoë&quot;"' in drawn
    rows = qr.modules(text)
    assert {len(row) for row in rows} == {len(rows)}


def test_fonts_hold_every_letter_of_their_sources() -> None:
    for name, (sources, _) in make.FONTS.items():
        letters = TTFont(make.FOLDER / f"{name}.ttf").getBestCmap()
        for source in sources:
            wanted = TTFont(make.SOURCES / f"{source}.woff2").getBestCmap()
            assert set(wanted) <= set(letters), name


def shown(content: bytes) -> str:
    """The text of the document, each letter of which its font has a shape for: none is a box."""
    said: list[str] = []

    def read(text: str, _: Any, __: Any, font: Any, ___: Any) -> None:
        said.append(text)
        if not text.strip():
            return
        name = font["/BaseFont"].rpartition("+")[2]
        shapes = TTFont(make.FOLDER / f"{name}.ttf").getBestCmap()
        assert not [letter for letter in text if letter not in "\n" and ord(letter) not in shapes], (name, text)

    for page in PdfReader(io.BytesIO(content)).pages:
        page.extract_text(visitor_text=read)
    return "".join(said)


def test_greek_cyrillic_and_vietnamese_are_printed_in_headings_and_text() -> None:
    names = "Ελένη Παπαδοπούλου ᾠδή", "Дмитро Їжак Љубица", "Nguyễn Thị Hạnh Đặng"
    composed = programme_of(
        *(session(i, title=name, hosts=name) for i, name in enumerate(names)), house=names[0], name=" · ".join(names)
    )
    text = " ".join(shown(programme.pdf(Programme(composed, "time", NOW))).split())
    for name in names:
        assert text.count(name) >= 3, name  # title, session, host; the edges of the page may cut it


def test_what_no_font_holds_is_written_in_latin_letters() -> None:
    composed = programme_of(
        session(0, title="秋冬 2027", hosts="محمد", summary="א\u200fב 🎉 \ue000"), name="上海 Show", house="東京 Maison"
    )
    text = shown(programme.pdf(Programme(composed, "time", NOW)))
    for expected in ("QiuDong 2027", "mhmd", "ShangHai Show", "DongJing Maison", "?"):
        assert expected in text
    assert "�" not in text
