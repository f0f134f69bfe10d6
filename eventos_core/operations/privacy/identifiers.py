"""What a person can be recognised by in text: full name, e-mail addresses and phone numbers, however written.

One regular expression serves Python and PostgreSQL alike, so what the database finds is what is replaced here. Case,
accents, decomposed letters, order of first and last name, and the punctuation between the parts of a name or a number
make no difference. Nothing depends on a locale: every letter is spelt out as the class of its variants.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

import phonenumbers

ERASED = "erased"
"""What stands where a person was named; plain letters, so that codes and links keep their form."""
Kind = Literal["address", "name", "unclear"]
"""An address or number that is the person's alone; their name; and what may as well be another's: an address or number
that somebody else has too, and an address of nobody known with the name in it."""

_SPECIAL = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
}  # fmt: skip
_UMLAUTS = {"ä": "a", "ö": "o", "ü": "u"}
_PAIRS = {"ss": "ß", "ae": "æä", "oe": "œöø", "ue": "ü", "th": "þ"}
_MARKS = "[\u0300-\u036f]*"
_LETTER = "0-9A-Za-z\u00c0-\u024f\u1e00-\u1eff"
# A line break reads as backslash and n where JSON is searched as text.
_BETWEEN = rf"(?:[^{_LETTER}]|[\\][nt]){{1,4}}"
_WITHIN = f"[^{_LETTER}]{{0,2}}"
_DIGIT_GAP = "[^0-9A-Za-z]{0,3}"
_SHORTEST_NUMBER = 6
_MAIL = re.compile(r"[\w.+'-]{1,64}(?:@|%40)[\w-]{1,63}(?:[.][\w-]{1,63}){1,8}")
_HIDDEN = "\0"
_AROUND = 1000
"""Characters around a place where the person may be named that are looked at with it: more than an address is long."""


@dataclass(frozen=True)
class Identifiers:
    """How one person may be named. Names of a single word are left out: they stand for too much else.

    `shared` are addresses and numbers that somebody else in the house has as well; they prove no more than a name.
    `others` are those of somebody else alone that read like the person's: never found, never replaced.
    `namesake` says that somebody else in the house has the name; then it never goes without a person's word.
    """

    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    namesake: bool = False

    @cached_property
    def addresses(self) -> str:
        """Pattern of e-mail addresses and phone numbers that are the person's alone; empty for none."""
        return _addresses(one for one in (*self.emails, *self.phones) if one not in self.shared)

    @cached_property
    def weaker(self) -> str:
        """Pattern of names, and of addresses that others share; empty for none."""
        return "|".join(part for part in (self.full_names, _addresses(self.shared)) if part)

    @cached_property
    def full_names(self) -> str:
        """Pattern of names alone; empty for none."""
        return "|".join(_unlike([_name(name) for name in _forms(self.names)]))

    @cached_property
    def foreign(self) -> str:
        """Pattern of `others`; numbers by their international form, since the rest may be the person's."""
        phones = [_phone(one, bare=False) for one in self.others if one.startswith("+")]
        return "|".join(_unlike([*(_email(one) for one in self.others if "@" in one), *phones]))

    @cached_property
    def any(self) -> str:
        """Pattern of all of them; empty where the person cannot be recognised at all."""
        return "|".join(part for part in (self.addresses, self.weaker) if part)

    @cached_property
    def rough(self) -> str:
        """As `any` without what must stand around a match: finds a little more, ten times faster in the database."""
        parts = [_name(name, edges=False) for name in _forms(self.names)]
        parts += [_email(email, edges=False) for email in self.emails]
        parts += [_phone(phone, edges=False) for phone in self.phones]
        return "|".join(_unlike(parts))

    def kinds(self, value: Any) -> set[Kind]:
        """What of the person stands in a text, or anywhere in a JSON value, keys included."""
        return {kind for text in _texts(value) for _, _, kind in self._spans(text)}

    def without(self, value: Any, *, kinds: Iterable[Kind] = ("address", "name", "unclear")) -> Any:
        """The value with what names the person replaced by “erased”."""
        wanted = frozenset(kinds)

        def replaced(text: str) -> str:
            for start, end, kind in reversed(self._spans(text)):
                text = text[:start] + ERASED + text[end:] if kind in wanted else text
            return text

        return _replaced(value, replaced)

    def _spans(self, text: str) -> list[tuple[int, int, Kind]]:
        """Where in a text the person is named, in order; another's address is passed over, and no name is in one."""
        return [
            (at + start, at + end, kind)
            for at, until in self._passages(text)
            for start, end, kind in self._named_in(text[at:until])
        ]

    def _passages(self, text: str) -> list[tuple[int, int]]:
        """The parts of a text that may name the person, cut at spaces so far off that no name or address is cut."""
        found: list[tuple[int, int]] = []
        for match in _compiled(self.rough).finditer(text) if self.any else ():
            least = found[-1][1] if found else 0
            start, end = match.start() - _AROUND, match.end() + _AROUND
            while start > least and not text[start - 1].isspace():
                start -= 1
            end = max(end, least)
            while end < len(text) and not text[end].isspace():
                end += 1
            if found and start <= least:
                found[-1] = found[-1][0], end
            else:
                found.append((max(start, 0), end))
        return found

    def _named_in(self, text: str) -> list[tuple[int, int, Kind]]:
        if not _compiled(self.any).search(text):
            return []
        found: list[tuple[int, int, Kind]] = []

        def take(spans: Iterable[tuple[int, int]], kind: Kind | None) -> None:
            nonlocal text
            pieces, at = [], 0
            for start, end in spans:
                if kind is not None:
                    found.append((start, end, kind))
                pieces += [text[at:start], _HIDDEN * (end - start)]
                at = end
            # Put together once: a list of guests holds thousands of addresses.
            text = "".join((*pieces, text[at:]))

        take(_where(self.foreign, text), None)
        take(_where(self.addresses, text), "address")
        take(_where(_addresses(self.shared), text), "unclear")
        if self.full_names:
            mails = [match.span() for match in _MAIL.finditer(text)]
            names = _compiled(self.full_names)
            take([span for span in mails if names.search(text[slice(*span)])], "unclear")
            take(mails, None)
            take(_where(self.full_names, text), "name")
        return sorted(found)

    def snippet(self, text: str, around: int = 80) -> tuple[str, str, str]:
        """What stands before, the words that may name the person, and what stands after, for a person to decide."""
        spans = self._spans(text)
        if not spans:
            return text[: 2 * around], "", ""
        first, last, _ = next((span for span in spans if span[2] != "address"), spans[0])
        start, end = max(first - around, 0), last + around
        before = ("…" if start else "") + text[start:first]
        return before, text[first:last], text[last:end] + ("…" if end < len(text) else "")


def identifiers(
    names: Iterable[str], emails: Iterable[str], phones: Iterable[tuple[str, str | None]], shared: Iterable[str] = ()
) -> Identifiers:
    """Of what rows hold: names of two words and more, addresses, numbers as `(written, international form)`."""
    words = {" ".join(name.split()) for name in names if name}
    numbers = {(e164 or "").strip() or written for written, e164 in phones if written or e164}
    return Identifiers(
        tuple(sorted(name for name in words if len(_tokens(name)) > 1)),
        tuple(sorted({email.strip().lower() for email in emails if email and "@" in email})),
        tuple(sorted(number for number in numbers if len(_digits(number)) >= _SHORTEST_NUMBER)),
        tuple(sorted(set(shared))),
    )


def _forms(names: Sequence[str]) -> list[list[str]]:
    """A name in the orders it is written in: as given, and with the family name first."""
    forms: dict[tuple[str, ...], None] = {}
    for name in names:
        tokens = _tokens(name)
        forms[tuple(tokens)] = None
        forms[(tokens[-1], *tokens[:-1])] = None
        forms[(*tokens[1:], tokens[0])] = None
    return [list(form) for form in forms]


def _tokens(name: str) -> list[str]:
    parts = unicodedata.normalize("NFC", name).replace(",", " ").split()
    return [part for part in parts if any(character.isalnum() for character in part)]


def _name(tokens: Sequence[str], *, edges: bool = True) -> str:
    inner = _BETWEEN.join(_word(token) for token in tokens)
    return f"(?<![{_LETTER}]){inner}(?![{_LETTER}])" if edges else inner


def _word(word: str) -> str:
    # An umlaut is also written without its dots, or with an e behind the letter.
    parts = [
        f"{_letter(_UMLAUTS[piece.lower()])}[eE]?" if piece.lower() in _UMLAUTS else _plain_word(piece)
        for piece in re.split("([äöüÄÖÜ])", word)
    ]
    return "".join(parts)


def _plain_word(word: str) -> str:
    units = [_folded(character) for character in word]
    parts: list[str] = []
    position = 0
    while position < len(units):
        unit = units[position]
        if len(unit) == 1 and position + 1 < len(units) and len(units[position + 1]) == 1:
            unit = unit + units[position + 1] if unit + units[position + 1] in _PAIRS else unit
            position += len(unit) - 1
        parts.append(_unit(unit))
        position += 1
    return "".join(parts)


def _unit(unit: str) -> str:
    """A letter, or two that are also written as one."""
    if len(unit) == 1:
        return _letter(unit) if unit.isalnum() else _WITHIN
    single = "".join(character + character.upper() for character in _PAIRS.get(unit, ""))
    both = "".join(_letter(character) for character in unit)
    return f"(?:{both}|[{single}])" if single else both


def _folded(character: str) -> str:
    lower = character.lower()
    if lower in _SPECIAL:
        return _SPECIAL[lower]
    bare = "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))
    return bare or lower


@lru_cache(maxsize=1)
def _variants() -> dict[str, str]:
    """Base letter → every Latin letter that is it with an accent, in either case."""
    found: dict[str, list[str]] = {letter: [letter, letter.upper()] for letter in "abcdefghijklmnopqrstuvwxyz"}
    for code in (*range(0x00C0, 0x0250), *range(0x1E00, 0x1F00)):
        character = chr(code)
        base = unicodedata.normalize("NFKD", character)[0].lower()
        base = _SPECIAL.get(character.lower(), base) if len(_SPECIAL.get(character.lower(), "x")) == 1 else base
        if base in found:
            found[base].append(character)
    return {letter: "".join(letters) for letter, letters in found.items()}


def _letter(character: str) -> str:
    if character in _variants():
        return f"[{_variants()[character]}]{_MARKS}"
    both = "".join(dict.fromkeys(character + character.upper() + character.lower()))
    return f"[{both}]" if len(both) > 1 else re.escape(character)


def _email(email: str, *, edges: bool = True) -> str:
    local, _, domain = email.rpartition("@")
    inner = f"{_exact(local)}(?:@|%40){_exact(domain)}"
    if not edges:
        return inner
    # In an encoded link three characters such as %3A may stand before it.
    return f"(?:(?<=%[0-9A-Fa-f][0-9A-Fa-f])|(?<![0-9A-Za-z_.+-])){inner}(?![0-9A-Za-z_-]|[.][0-9A-Za-z])"


def _exact(text: str) -> str:
    return "".join(
        f"[{character.lower()}{character.upper()}]" if character.isalpha() else f"[{character}]"
        if character not in "^\\]" else f"\\{character}"
        for character in text
    )  # fmt: skip


def _phone(phone: str, *, edges: bool = True, bare: bool = True) -> str:
    """Pattern of a number; without `bare` only with its country's code."""
    code, national = _split(phone)
    inner = _DIGIT_GAP.join(national)
    if not edges:
        return inner
    if not code:
        return f"(?<![0-9]){inner}(?![0-9])"
    prefix = _DIGIT_GAP.join(code)
    trunk = f"(?:{_DIGIT_GAP}0(?=[^0-9]))?"
    if not bare:
        return f"(?<![0-9])(?:[+]|00){_DIGIT_GAP}{prefix}{trunk}{_DIGIT_GAP}{inner}(?![0-9])"
    optional = "" if len(national) < _SHORTEST_NUMBER else "?"
    return (
        f"(?<![0-9])(?:(?:(?:[+]|00){_DIGIT_GAP})?{prefix}{trunk}{_DIGIT_GAP}|0{_DIGIT_GAP}){optional}{inner}(?![0-9])"
    )


def _split(phone: str) -> tuple[str, str]:
    """Country code and national number; no code where the number has no international form."""
    if phone.startswith("+"):
        try:
            parsed = phonenumbers.parse(phone, None)
            return str(parsed.country_code), phonenumbers.national_significant_number(parsed)
        except phonenumbers.NumberParseException:
            pass
    return "", _digits(phone)


def _digits(phone: str) -> str:
    return "".join(character for character in phone if character in "0123456789")


def _unlike(parts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(parts))


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)  # a phone number that a file held as a number


def _replaced(value: Any, replace: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return replace(value)
    if isinstance(value, dict):
        return {replace(str(key)): _replaced(inner, replace) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replaced(inner, replace) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and replace(str(value)) != str(value):
        return ERASED
    return value


def _addresses(found: Iterable[str]) -> str:
    return "|".join(_unlike([_email(one) if "@" in one else _phone(one) for one in found]))


def _where(pattern: str, text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _compiled(pattern).finditer(text)] if pattern else []


@lru_cache(maxsize=32)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
