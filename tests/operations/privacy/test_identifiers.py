"""Names, addresses and numbers are found in every form, and nobody else's are."""

from __future__ import annotations

import dataclasses
import io
import unicodedata
import zipfile
import zlib
from collections.abc import Callable

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventos_core.operations.privacy.content import kinds_in
from eventos_core.operations.privacy.identifiers import identifiers

JEANNE = identifiers(["Jeanne-Amélie Müller"], ["Jeanne.M@Exemple.fr"], [("06 12 34 56 78", "+33612345678")])
FORMS = ("{f} {l}", "{l}, {f}", "{f}\u00a0{l}", "{f}.{l}", "x «{f} {l}» y")
LETTERS = st.text("abcdefghijklmnopqrstuvwxyzéèêàçñöüøłß", min_size=3, max_size=9)


def _plain(text: str) -> str:
    folded = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return folded.replace("ø", "o").replace("ł", "l")


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize("text", [
    "Jeanne-Amélie Müller", "JEANNE-AMELIE MULLER", "jeanne amélie mueller", "Müller, Jeanne-Amélie",
    "Muller Jeanne Amelie", "mit Jeanne-Ame\u0301lie Mu\u0308ller gesprochen", "jeanne_amelie.muller",
    "Jeanne-Amélie\nMüller", "«Jeanne-Amélie Müller»",
])  # fmt: skip
def test_full_name_is_found_in_every_form(text: str) -> None:
    assert JEANNE.kinds(text) == {"name"}
    assert not JEANNE.kinds(JEANNE.without(text))


@pytest.mark.parametrize("text", [
    "jeanne.m@exemple.fr", "JEANNE.M@EXEMPLE.FR", "<mailto:Jeanne.M@exemple.fr>", "to=jeanne.m%40exemple.fr&x=1",
    "+33612345678", "0033 6 12 34 56 78", "+33 (0)6 12-34-56-78", "06.12.34.56.78", "0612345678", "tel:+33612345678",
    "6 12 34 56 78", 33612345678,
])  # fmt: skip
def test_addresses_and_numbers_are_found_in_every_form(text: object) -> None:
    assert JEANNE.kinds({"deep": [text]}) == {"address"}
    assert not JEANNE.kinds(JEANNE.without({"deep": [text]}))


@pytest.mark.parametrize("text", [
    "Jeanne Müller", "Marie-Jeanne-Amélie Müllerin", "Amélie Müller", "ajeanne.m@exemple.fr", "jeanne.m@exemple.fr.ch",
    "jeanne.m@exemple.france", "33612345679", "1061234567890", "",
])  # fmt: skip
def test_others_are_not_found(text: str) -> None:
    assert JEANNE.kinds(text) == set()
    assert JEANNE.without(text) == text


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(LETTERS, LETTERS, st.sampled_from(FORMS), st.sampled_from([str.upper, str.title, _plain, _decomposed, str]))
def test_any_name_is_found_however_written(first: str, last: str, form: str, change: Callable[[str], str]) -> None:
    named = identifiers([f"{first.title()} {last.title()}"], [], [])
    assert named.kinds(change(form.format(f=first, l=last))) == {"name"}


def test_single_words_are_no_identifiers() -> None:
    assert not identifiers(["Madonna"], [], [("12", None)]).any


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["Name", "Mail"])
    book.active.append(["Jeanne-Amélie Müller", "jeanne.m@exemple.fr"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _document() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "word/document.xml", "<w:t>jeanne</w:t><w:r/><w:t>.m@exemple.fr, Jeanne-</w:t><w:t>Amélie Müller</w:t>"
        )
    return out.getvalue()


def _pdf() -> bytes:
    text = zlib.compress("BT [(jeanne.m) -20 (@exemple.fr Jeanne-Am\xe9lie M\xfcller)] TJ ET".encode("latin-1"))
    return b"%PDF-1.7\n1 0 obj <<>>\nstream\n" + text + b"\nendstream\n"


@pytest.mark.parametrize("content", [
    b"name;mail\nJeanne-Am\xc3\xa9lie M\xc3\xbcller;jeanne.m@exemple.fr\n",
    "Jeanne-Amélie Müller <jeanne.m@exemple.fr>".encode("utf-16"),
    "Jeanne-Amélie Müller <jeanne.m@exemple.fr>".encode("cp1252"),
    _workbook(), _document(), _pdf(),
], ids=["csv", "utf-16", "cp1252", "xlsx", "docx", "pdf"])  # fmt: skip
def test_files_are_searched(content: bytes) -> None:
    assert kinds_in(content, JEANNE) == {"address", "name"}
    assert kinds_in(content, identifiers(["Jean Martin"], ["jean@exemple.fr"], [])) == set()


@pytest.mark.parametrize("between", ["\n", "x" * 3000 + " ", "x" * 3000], ids=["lines", "words", "no spaces"])
def test_long_texts_are_searched_like_short_ones(between: str) -> None:
    """Far apart, or within one endless word: each place is found where it stands, and nothing that is not hers."""
    crowd = between.join(f"guest{number}@exemple.fr" for number in range(300))
    whole = between.join(("Jeanne-Amélie Müller,", crowd, "(jeanne.m@exemple.fr)", crowd, "ajeanne.m@exemple.fr"))
    text = f"{whole}{between}<jeanne-amelie.mueller@exemple.fr>"
    assert [(text[start:end], kind) for start, end, kind in JEANNE._spans(text)] == [
        ("Jeanne-Amélie Müller", "name"), ("jeanne.m@exemple.fr", "address"),
        ("jeanne-amelie.mueller@exemple.fr", "unclear"),
    ]  # fmt: skip


def test_another_persons_address_is_passed_over_and_one_of_nobody_is_unclear() -> None:
    named = dataclasses.replace(JEANNE, others=("jeanne-amelie.muller@autre.example", "+43612345678"))
    text = "Jeanne-Amelie.Muller@autre.example, +43 6 12 34 56 78, jeanne-amelie.muller@former.example, 06 12 34 56 78"
    assert named.kinds(text) == {"unclear", "address"}
    kept = "Jeanne-Amelie.Muller@autre.example, +43 6 12 34 56 78, "
    assert named.without(text, kinds=("address", "name")) == kept + "jeanne-amelie.muller@former.example, erased"
    assert named.without(text) == kept + "erased, erased"
    assert named.snippet(text)[1] == "jeanne-amelie.muller@former.example"
    assert not dataclasses.replace(named, shared=()).kinds("Jeanne-Amelie.Muller@autre.example")


def test_address_that_two_have_proves_no_more_than_a_name() -> None:
    named = identifiers(
        ["Jeanne Petit"], ["desk@a.example"], [("", "+33612345678")], ["desk@a.example", "+33612345678"]
    )
    assert named.kinds("Write to desk@a.example") == {"unclear"}
    assert named.kinds("or call 06 12 34 56 78") == {"unclear"}
    assert named.without("desk@a.example", kinds=("address", "name")) == "desk@a.example"
