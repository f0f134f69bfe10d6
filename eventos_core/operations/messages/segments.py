"""How a text message is cut: characters of the GSM alphabet or of UCS-2, in parts. Pure.

Source: 3GPP TS 23.038, 6.2.1 (alphabet and extension table) and 23.040, 9.2.3.24.1 (parts of long messages).
"""

from __future__ import annotations

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
"""Each takes two places."""


@dataclass(frozen=True)
class Segments:
    """How long a text is: `units` of its alphabet, in `parts`, of `per_part` each; `outside` forces the wider one."""

    units: int
    parts: int
    per_part: int
    outside: tuple[str, ...]

    @property
    def is_plain(self) -> bool:
        """Whether it fits the GSM alphabet."""
        return not self.outside


def measure(text: str) -> Segments:
    """The parts that carriers count and charge for a text."""
    outside = tuple(dict.fromkeys(sign for sign in text if sign not in _BASIC and sign not in _EXTENDED))
    if outside:
        sizes = [2 if ord(sign) > 0xFFFF else 1 for sign in text]
        single, joined = 70, 67
    else:
        sizes = [2 if sign in _EXTENDED else 1 for sign in text]
        single, joined = 160, 153
    units = sum(sizes)
    if units <= single:
        return Segments(units, 1 if units else 0, single, outside)
    parts, room = 1, joined
    for size in sizes:
        # A sign of two places is not torn apart: it begins the next part whole.
        if size > room:
            parts, room = parts + 1, joined
        room -= size
    return Segments(units, parts, joined, outside)
