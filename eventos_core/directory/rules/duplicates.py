"""How alike two records are, and why, in words: the points that the search for duplicates adds up."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Sign(StrEnum):
    """Something that two records have in common, or that sets them apart."""

    EMAIL = "same e-mail"
    PHONE = "same phone"
    DOMAIN = "same domain"
    NAME = "same name"
    SIMILAR = "similar name"
    COMPANY = "same organisation"
    OTHER = "other name"


PEOPLE: Mapping[Sign, int] = {
    Sign.EMAIL: 60, Sign.PHONE: 35, Sign.NAME: 35, Sign.SIMILAR: 20, Sign.COMPANY: 15, Sign.OTHER: -10,
}  # fmt: skip
COMPANIES: Mapping[Sign, int] = {Sign.DOMAIN: 60, Sign.NAME: 50, Sign.SIMILAR: 20, Sign.OTHER: -10}
"""Points of a hundred for each sign. People and companies often share an address, a switchboard or a domain, so that
alone is worth a look at most; with the name it is nearly sure."""
MOST = 99
"""The most that signs can say: only a person knows."""
LIKELY = 50
"""From here on two records are likely to be one."""
SIMILAR_FROM = 0.4
"""Trigram similarity of two sort keys from which names count as similar: Fournier Lea and Fournier Léa-Marie do."""


def explain(signs: frozenset[Sign]) -> str:
    """What the two have in common, in a few words, such as “Same phone and similar name”."""
    said = [sign.value for sign in Sign if sign in signs and sign is not Sign.OTHER]
    words = " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)
    if Sign.OTHER in signs:
        words += ", though the names differ"
    return words[:1].upper() + words[1:]
