"""How values read to people, on pages and in documents: dates with their zone named, money, counts, shares.

Undefined values show as “–”. Everything takes plain values and a locale name and returns text; nothing here knows
Streamlit or the database.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_datetime, format_timedelta
from babel.languages import get_official_languages
from babel.numbers import get_currency_symbol, get_decimal_symbol, get_territory_currencies

from eventos_core.kernel.money import exponent, round_half_up_div

DASH = "–"
"""What an undefined value shows as."""
THIN = "\u202f"
"""Narrow no-break space: between thousands, and between a number and its short unit."""
NBSP = "\u00a0"
"""No-break space: between a currency sign and its amount."""
DEFAULT_LOCALE = "en"
_SIGN = re.compile(r"[A-Z]{0,3}[$£¥€₩₹₽₺₫₪₦₱฿₴￥＄￡][A-Z]{0,3}")
"""A currency sign, with the country's letters before or after it."""


@lru_cache(maxsize=64)
def locale(name: str) -> Locale:
    """The locale of that name (`fr`, `fr-FR`, `fr_FR`); English where it is unknown."""
    try:
        return Locale.parse((name or DEFAULT_LOCALE).replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale.parse(DEFAULT_LOCALE)


def missing(value: Any) -> bool:
    """Whether a cell holds nothing: None, NaN, NaT or pandas' NA."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float) and value != value  # NaN is the one value unequal to itself


def zone_label(zone: ZoneInfo) -> str:
    """The zone as people say it: `Europe/Paris` is Paris."""
    return zone.key.rpartition("/")[2].replace("_", " ")


def date(value: dt.date | None, lang: str = DEFAULT_LOCALE, *, weekday: bool = True, year: bool = True) -> str:
    """`Sat 12 Dec 2026`."""
    if missing(value) or value is None:
        return DASH
    pattern = ("EEE " if weekday else "") + "d MMM" + (" y" if year else "")
    return format_date(value, pattern, locale=locale(lang))


def instant(
    value: dt.datetime | None, zone: ZoneInfo, lang: str = DEFAULT_LOCALE, *, named: bool = True, year: bool = True
) -> str:
    """`Sat 12 Dec 2026, 19:30 Paris`: an aware instant on the wall clock of `zone`."""
    if missing(value) or value is None:
        return DASH
    pattern = "EEE d MMM y, HH:mm" if year else "EEE d MMM, HH:mm"
    text = format_datetime(value.astimezone(zone), pattern, locale=locale(lang))
    return f"{text} {zone_label(zone)}" if named else text


def clock(value: dt.datetime | None, zone: ZoneInfo) -> str:
    """`19:30`, on the wall clock of `zone`; for lists under a heading that names day and zone."""
    return DASH if missing(value) or value is None else value.astimezone(zone).strftime("%H:%M")


def span(
    start: dt.datetime | None, end: dt.datetime | None, zone: ZoneInfo, lang: str = DEFAULT_LOCALE, *,
    named: bool = True, year: bool = True,
) -> str:  # fmt: skip
    """`Sat 12 Dec 2026, 19:30–23:00 Paris`; over midnight both days are written out. The zone only where `named`."""
    if start is None or missing(start):
        return DASH
    if end is None or missing(end):
        return instant(start, zone, lang, named=named, year=year)
    local_start, local_end = start.astimezone(zone), end.astimezone(zone)
    first = instant(start, zone, lang, named=False, year=year)
    if local_start.date() == local_end.date():
        return f"{first}–{local_end:%H:%M}" + (f" {zone_label(zone)}" if named else "")
    return f"{first} – {instant(end, zone, lang, named=named, year=year)}"


def ago(value: dt.datetime | None, now: dt.datetime, lang: str = DEFAULT_LOCALE) -> str:
    """`in 6 days`, `2 hours ago`: from `now` to `value`, rounded to the largest unit."""
    if missing(value) or value is None:
        return DASH
    return format_timedelta(value - now, add_direction=True, threshold=1, locale=locale(lang))


def duration(minutes: int | None) -> str:
    """`45 min`, `2 h`, `1 h 20`."""
    if missing(minutes) or minutes is None:
        return DASH
    hours, rest = divmod(int(minutes), 60)
    if not hours:
        return f"{rest}{THIN}min"
    return f"{hours}{THIN}h" + (f"{THIN}{rest:02d}" if rest else "")


def count(value: int | None) -> str:
    """`12 400` with thin thousands."""
    return DASH if missing(value) or value is None else f"{int(value):,}".replace(",", THIN).replace("-", "−")


def plural(number: int, one: str, many: str = "") -> str:
    """`1 session`, `12 sessions`, `2 people`."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def share(fraction: float | None, *, digits: int = 0, lang: str = DEFAULT_LOCALE) -> str:
    """A fraction as `78%`, rounded half up."""
    if missing(fraction) or fraction is None:
        return DASH
    return _decimal(_half_up(float(fraction) * 100, digits), digits, lang) + "%"


def change(fraction: float | None, *, digits: int = 1, lang: str = DEFAULT_LOCALE) -> str:
    """A relative change as `+12.4%`; the sign is always written."""
    if missing(fraction) or fraction is None:
        return DASH
    scaled = _half_up(float(fraction) * 100, digits)
    return ("+" if scaled > 0 else "") + _decimal(scaled, digits, lang) + "%"


def points(difference: float | None, *, digits: int = 0, lang: str = DEFAULT_LOCALE) -> str:
    """A difference of two fractions as `+6 pts`."""
    if missing(difference) or difference is None:
        return DASH
    scaled = _half_up(float(difference) * 100, digits)
    return ("+" if scaled > 0 else "") + _decimal(scaled, digits, lang) + f"{THIN}pts"


def number(value: float | None, *, digits: int = 1, lang: str = DEFAULT_LOCALE) -> str:
    """A plain number with thin thousands and `digits` decimals."""
    if missing(value) or value is None:
        return DASH
    return _decimal(_half_up(float(value), digits), digits, lang)


def money(minor: int | None, currency: str, lang: str = DEFAULT_LOCALE, *, exact: bool = False) -> str:
    """Minor units as `€ 8 400` (English) or `8 400 €` (French); cents when there are any, or when `exact`."""
    if missing(minor) or minor is None:
        return DASH
    places = exponent(currency)
    whole, rest = divmod(abs(int(minor)), 10**places)
    digits = places if rest or exact else 0
    text = count(whole)
    if digits:
        text += get_decimal_symbol(locale(lang)) + str(rest).zfill(places)
    return _with_symbol(text, currency, lang, negative=int(minor) < 0)


def money_short(minor: int | None, currency: str, lang: str = DEFAULT_LOCALE) -> str:
    """Minor units as `€ 182k` or `€ 1.2M`: for axes and narrow cells, never for a figure someone adds up."""
    if missing(minor) or minor is None:
        return DASH
    major = round_half_up_div(abs(int(minor)), 10 ** exponent(currency))
    if major < 10_000:
        text = count(major)
    elif major < 1_000_000:
        text = f"{round_half_up_div(major, 1000)}k"
    else:
        text = _decimal(round_half_up_div(major, 100_000) / 10, 1, lang) + "M"
    return _with_symbol(text, currency, lang, negative=int(minor) < 0)


def currency_sign(currency: str, lang: str = DEFAULT_LOCALE) -> str:
    """`€`, `£`, `US$`; the code itself where there is no sign."""
    return get_currency_symbol(currency, locale=locale(lang))


def without_sign(text: str, currency: str) -> str:
    """`text` without the currency's code and its signs: `$`, `US$`, `$US`, `kr`."""
    text = _SIGN.sub("", text)
    for sign in _signs(currency):
        text = text.replace(sign, "")
    return text


@lru_cache(maxsize=256)
def _signs(currency: str) -> tuple[str, ...]:
    """What the currency is called here and where it is money, the longest first."""
    found = {currency, currency_sign(currency)}
    for territory in get_global("territory_currencies"):
        if currency in get_territory_currencies(territory):
            for language in get_official_languages(territory):
                found.add(currency_sign(currency, f"{language}_{territory}").strip("\u200e\u200f"))
    return tuple(sorted(found, key=lambda sign: (-len(sign), sign)))


def _with_symbol(text: str, currency: str, lang: str, *, negative: bool) -> str:
    sign = "−" if negative else ""
    symbol = currency_sign(currency, lang)
    pattern = locale(lang).currency_formats["standard"].pattern.split(";")[0]
    if pattern.lstrip("\u200e\u200f").startswith("¤"):
        return f"{sign}{symbol}{NBSP}{text}"
    return f"{sign}{text}{NBSP}{symbol}"


def _half_up(value: float, digits: int) -> float:
    scale: int = 10**digits
    # Through an integer of thousandths: 0.125 * 100 must not become 12.499….
    return round_half_up_div(round(value * scale * 1_000_000), 1_000_000) / scale


def _decimal(value: float, digits: int, lang: str) -> str:
    whole, _, rest = f"{abs(value):,.{digits}f}".partition(".")
    text = whole.replace(",", THIN) + (get_decimal_symbol(locale(lang)) + rest if digits else "")
    return ("−" if value < 0 else "") + text
