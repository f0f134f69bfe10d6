"""A sales pipeline of 9,000 rows with the faults of real ones, the same every time, and what pandas counts in it.

Headers and faults are those of the CRM sales file that many courses use: stages the house does not have, sellers
without user, blank companies, one product under two spellings, lost deals worth 0, days missing, CRLF line ends.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from functools import cache

import pandas as pd

ROWS = 9_000
HEADERS = (
    "opportunity_id", "sales_agent", "product", "account", "deal_stage", "engage_date", "close_date", "close_value",
)  # fmt: skip
AGENTS = tuple(f"{first} {last}" for first in ("Darcel", "Moses", "Vicki", "Kary", "Zane") for last in
               ("Schlecht", "Frase", "Laflamme", "Hendrixson", "Levy", "Cannizzaro"))  # fmt: skip
PRODUCTS = (("GTX Basic", 550), ("GTX Pro", 4821), ("MG Special", 55), ("MG Advanced", 3393), ("GTX Plus Pro", 5482),
            ("GTX Plus Basic", 1096), ("GTK 500", 26768))  # fmt: skip
_FIRST = ("Can", "Is", "Hot", "Code", "Rang", "Zen", "Plex", "Kon", "Sil")
_LAST = ("city", "dom", "zfax", "hole", "green", "corporation", "ex", "mathfix", "lis")
ACCOUNTS = tuple(first + last for first in _FIRST for last in _LAST)
VALUE_MAPS = {"product": {"GTXPro": "GTX Pro"}}
CREATE = ("stages", "owners", "organizations")


@cache
def content() -> bytes:
    """The file."""
    chance = random.Random(2017)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADERS)
    for number in range(ROWS):
        product, price = chance.choice(PRODUCTS)
        stage = chance.choices(("Won", "Lost", "Engaging", "Prospecting"), (48, 28, 18, 6))[0]
        engaged = dt.date(2016, 10, 20) + dt.timedelta(days=chance.randrange(420))
        closed = engaged + dt.timedelta(days=chance.randrange(138))
        value = {"Won": f"{price * chance.uniform(0.8, 1.2):.2f}", "Lost": "0"}.get(stage, "")
        blank = stage in ("Engaging", "Prospecting") and chance.random() < 0.7
        writer.writerow(
            [
                f"{number:04X}{chance.randrange(16**4):04X}", chance.choice(AGENTS),
                "GTXPro" if product == "GTX Pro" and chance.random() < 0.95 else product,
                "" if blank else chance.choice(ACCOUNTS), stage,
                "" if stage == "Prospecting" else engaged.isoformat(),
                closed.isoformat() if stage in ("Won", "Lost") else "", value,
            ]
        )  # fmt: skip
    return out.getvalue().encode()


@cache
def frame() -> pd.DataFrame:
    """The file as pandas reads it by itself, products in one spelling."""
    found = pd.read_csv(io.BytesIO(content()), parse_dates=["engage_date", "close_date"])
    return found.assign(product=found["product"].replace("GTXPro", "GTX Pro"))
