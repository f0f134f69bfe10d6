"""Makes the TrueType fonts of PDFs from the theme's own woff2 files: `python -m eventos_core.documents.fonts.make`.

The PDF engine reads neither woff2 nor variable fonts. Each file here is one weight of one family with all its parts in
one (Newsreader has neither Greek nor Cyrillic), digits of equal width so that figures stand under each other. The same
sources give the same bytes. Needs fontTools and brotli, which the app itself does without (extra `test`).
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fontTools.merge import Merger
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

FOLDER = Path(__file__).resolve().parent
SOURCES = FOLDER.parents[1] / "ui" / "static"
_LATIN = ("latin", "latin-ext", "vietnamese")
_INTER = tuple(f"inter-{part}-wght-normal" for part in (*_LATIN, "cyrillic", "cyrillic-ext", "greek", "greek-ext"))
FONTS: Mapping[str, tuple[tuple[str, ...], Mapping[str, float]]] = {
    "Inter-Regular": (_INTER, {"wght": 400}),
    "Inter-SemiBold": (_INTER, {"wght": 600}),
    "Newsreader-Medium": (tuple(f"newsreader-{part}-opsz-normal" for part in _LATIN), {"wght": 500, "opsz": 28}),
}
"""File name → sources, and where on their axes it stands."""
_LAYOUT = ("GDEF", "GPOS", "GSUB", "STAT", "MVAR", "HVAR", "avar")
"""Tables that the engine does not read."""


def made(name: str) -> bytes:
    """The TrueType file of that name, from the woff2 files beside the pages."""
    sources, place = FONTS[name]
    parts = []
    for source in sources:
        font = TTFont(SOURCES / f"{source}.woff2", recalcTimestamp=False)
        font = instancer.instantiateVariableFont(font, dict(place), inplace=True)
        _equal_digits(font)
        for table in _LAYOUT:
            if table in font:
                del font[table]
        font.flavor = None
        held = io.BytesIO()
        font.save(held)
        held.seek(0)
        parts.append(held)
    merged = Merger().merge(parts)
    _name(merged, name)
    merged.recalcTimestamp = False
    merged["head"].created = merged["head"].modified = 0
    out = io.BytesIO()
    merged.save(out)
    return out.getvalue()


def _equal_digits(font: Any) -> None:
    """Let the characters 0 to 9 show the font's tabular figures."""
    if "GSUB" not in font:
        return
    table = font["GSUB"].table
    lookups = {i for r in table.FeatureList.FeatureRecord if r.FeatureTag == "tnum" for i in r.Feature.LookupListIndex}
    swaps: dict[str, str] = {}
    for index in lookups:
        for part in table.LookupList.Lookup[index].SubTable:
            swaps.update(getattr(getattr(part, "ExtSubTable", part), "mapping", {}))
    for subtable in font["cmap"].tables:
        for code in range(ord("0"), ord("9") + 1):
            if code in subtable.cmap:
                subtable.cmap[code] = swaps.get(subtable.cmap[code], subtable.cmap[code])


def _name(font: Any, name: str) -> None:
    family, _, weight = name.partition("-")
    for number, value in ((1, family), (2, weight), (3, name), (4, f"{family} {weight}"), (6, name)):
        font["name"].setName(value, number, 3, 1, 0x409)
    for number in (16, 17, 25):
        font["name"].removeNames(nameID=number)


def main() -> None:
    """Write all of them."""
    for name in FONTS:
        (FOLDER / f"{name}.ttf").write_bytes(made(name))


if __name__ == "__main__":
    main()
