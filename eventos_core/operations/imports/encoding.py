"""From bytes to text: byte order marks, UTF-8, UTF-16 without a mark, and the Windows code pages.

A code page cannot be proved, only guessed. Western files (isolated accents between ASCII letters) are read as
Windows-1252 at once, because statistical detection confuses it with its neighbours on short texts; only runs of
non-ASCII bytes, which no Western language has, are left to charset-normalizer.
"""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from eventos_core.kernel.errors import FileRefused

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 256 * 1024
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_MULTIBYTE = re.compile(rb"[\xc3-\xf4][\x80-\xbf]{1,3}")


def decode(content: bytes, encoding: str = "") -> tuple[str, str]:
    """`(text, encoding)` of the bytes; `encoding` chooses instead of guessing.

    Bytes that break a file which is otherwise UTF-8 come out as lone surrogates, so that only their rows are
    refused. Raises FileRefused when the named or detected encoding cannot read the file at all.
    """
    if encoding:
        return _strictly(content, encoding), encoding
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _strictly(content, name), name
    wide = _wide(content[:_SAMPLE])
    if wide:
        return _strictly(content, wide), wide
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    if _damaged_utf8(content):
        return content.decode("utf-8", "surrogateescape"), "utf-8"
    name = _code_page(content)
    return content.decode(name), name


def _strictly(content: bytes, name: str) -> str:
    try:
        return content.decode(name)
    except LookupError as error:
        raise FileRefused(f"“{name}” is not an encoding.", hint="Use one such as utf-8 or cp1252.") from error
    except UnicodeError as error:
        raise FileRefused(
            f"The file is not readable as {name.upper()}.", hint="Save it as CSV in UTF-8 and upload it again."
        ) from error


def _wide(sample: bytes) -> str:
    """UTF-16 without a mark: every second byte of mostly Latin text is zero."""
    if len(sample) < 8 or sample.count(0) < len(sample) * 0.3:
        return ""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 9 * even:
        return "utf-16-le"
    return "utf-16-be" if even > 9 * odd else ""


def _damaged_utf8(content: bytes) -> bool:
    """Whether UTF-8 sequences, which code pages hardly ever form, make up half of the non-ASCII bytes."""
    good = sum(len(found.group()) for found in _MULTIBYTE.finditer(content))
    high = sum(len(found.group()) for found in _HIGH_RUN.finditer(content))
    return good > 0 and good >= 0.5 * high


def _code_page(content: bytes) -> str:
    sample = content[:_SAMPLE]
    runs = [len(found.group()) for found in _HIGH_RUN.finditer(sample)]
    if runs and sum(runs) / len(runs) >= 1.6:
        best = from_bytes(sample).best()
        if best is not None and _reads(content, best.encoding):
            return best.encoding
    # Latin-1 reads every byte; Windows-1252 leaves five undefined.
    return "cp1252" if _reads(content, "cp1252") else "latin-1"


def _reads(content: bytes, name: str) -> bool:
    try:
        content.decode(name)
    except (UnicodeError, LookupError):
        return False
    return True
