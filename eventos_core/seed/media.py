"""A few pictures for each house: drawn here, so that the demo carries no file of anybody else's."""

from __future__ import annotations

import datetime as dt
import io
import math
from dataclasses import dataclass

from PIL import Image, ImageDraw

from eventos_core.enums.operations import AssetPurpose, UsageRights
from eventos_core.operations.files import commands
from eventos_core.operations.files.commands import MediaFields, StoreFile
from eventos_core.seed.world import DbFactory, Houses, Random

_SIZE = (720, 480)


@dataclass(frozen=True)
class Picture:
    """One picture: `days` until its rights end, None for good; `event` is the key of an event written by hand."""

    name: str
    title: str
    alt: str
    purpose: AssetPurpose
    usage: UsageRights
    credit: str
    tags: tuple[str, ...]
    days: int | None = None
    event: str | None = None


PICTURES: tuple[Picture, ...] = (
    Picture("clairiere-key-visual.jpg", "Clairière, key visual", "Folds of green cloth in low light",
            AssetPurpose.COVER, UsageRights.PROMOTION, "© Studio Halden", ("key visual", "campaign"), 19, "show"),
    Picture("resonance-look-07.jpg", "Résonance, look 7", "A long coat against a dark wall",
            AssetPurpose.PICTURE, UsageRights.PRESS, "© Mara Lindqvist", ("runway", "press"), None, "show_past"),
    Picture("gala-backdrop.jpg", "Gala, backdrop", "Bands of warm light over a stage",
            AssetPurpose.PICTURE, UsageRights.INTERNAL, "", ("stage",), None, "gala"),
    Picture("house-mark.jpg", "House mark", "The initial of the house in a circle",
            AssetPurpose.LOGO, UsageRights.UNLIMITED, "", ("logo",)),
)  # fmt: skip
_COLOURS = (
    ((38, 66, 54), (158, 187, 150)), ((24, 22, 32), (150, 124, 140)), ((60, 28, 22), (226, 164, 96)),
    ((244, 240, 232), (122, 46, 58)),
)  # fmt: skip


def seed(db_factory: DbFactory, houses: Houses, rng: Random, today: dt.date) -> None:
    """Store the pictures as the producer of each house would."""
    for house in houses:
        for number, picture in enumerate(PICTURES):
            content = drawn(number, rng)
            fields = MediaFields(
                title=picture.title,
                alt_text=picture.alt,
                event_id=house.events.get(picture.event or ""),
                purpose=picture.purpose,
                tags=picture.tags,
                usage_rights=picture.usage,
                rights_until=None if picture.days is None else today + dt.timedelta(days=picture.days),
                credit=picture.credit,
            )
            with db_factory(house) as db:
                commands.store_file(db, StoreFile(picture.name, content, fields))


def drawn(number: int, rng: Random) -> bytes:
    """A small JPEG in the colours of picture `number`; what hangs where is drawn by chance."""
    dark, light = _COLOURS[number % len(_COLOURS)]
    width, height = _SIZE
    picture = Image.new("RGB", _SIZE, dark)
    pen = ImageDraw.Draw(picture)
    if number % len(_COLOURS) == len(_COLOURS) - 1:
        middle, radius = (width // 2, height // 2), 150
        box = (middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius)
        pen.ellipse(box, outline=light, width=10)
        pen.polygon([(360, 150), (440, 330), (416, 330), (360, 205), (304, 330), (280, 330)], fill=light)
    else:
        phase, swing = rng.uniform(0, math.tau), rng.uniform(24, 60)
        for fold in range(26):
            share = fold / 25
            mixed = share * (0.55 + 0.45 * (fold % 2))
            colour = tuple(round(a + (b - a) * mixed) for a, b in zip(dark, light, strict=True))
            left = fold * width / 25 - 20
            points = [(left + swing * math.sin(phase + share * 5 + y / 110), y) for y in range(-10, height + 20, 10)]
            pen.line(points, fill=colour, width=22)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()
