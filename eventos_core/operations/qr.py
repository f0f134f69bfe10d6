"""QR codes, by segno: as a picture in a page, as PNG, as squares for a document; and a contact as a vCard."""

from __future__ import annotations

import html
import io

import segno
from segno import helpers

_QUIET = 4
"""Modules of white around the code, as the standard asks."""


def picture(text: str, *, scale: int = 4, label: str) -> str:
    """The code as HTML for a page, dark on white in either theme; `label` says what a screen reader reads.

    A picture with its data in it: Streamlit removes inline SVG from HTML.
    """
    address = _made(text).svg_data_uri(scale=scale, border=_QUIET, light="#fff")
    return f'<img alt="{html.escape(label)}" src="{html.escape(address)}">'


def png(text: str, *, scale: int = 8) -> bytes:
    """The code as a PNG to print."""
    out = io.BytesIO()
    _made(text).save(out, kind="png", scale=scale, border=_QUIET)
    return out.getvalue()


def modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """The code's squares row by row, dark ones True, without the white around."""
    return tuple(tuple(bool(module) for module in row) for row in _made(text).matrix)


def vcard(
    first: str, last: str, shown: str, *, organization: str | None = None, title: str | None = None,
    emails: tuple[str, ...] = (), phones: tuple[str, ...] = (), website: str | None = None,
) -> str:  # fmt: skip
    """A person as a vCard 3.0, for a phone that scans it."""
    card: str = helpers.make_vcard_data(
        f"{_part(last)};{_part(first)}" if last else _part(shown), shown, email=list(emails) or None,
        phone=list(phones) or None, url=website, org=organization, title=title,
    )  # fmt: skip
    return card


def _part(name: str) -> str:
    """One part of a structured name; the library takes it for written already."""
    return name.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _made(text: str) -> segno.QRCode:
    return segno.make(text, error="m", micro=False)
