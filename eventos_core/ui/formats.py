"""How values read on a page; documents write them the same way, so it all stands in `operations.formats`."""

from eventos_core.operations.formats import (
    DASH,
    DEFAULT_LOCALE,
    NBSP,
    THIN,
    ago,
    change,
    clock,
    count,
    currency_sign,
    date,
    duration,
    instant,
    locale,
    missing,
    money,
    money_short,
    number,
    plural,
    points,
    share,
    span,
    without_sign,
    zone_label,
)

__all__ = [
    "DASH", "DEFAULT_LOCALE", "NBSP", "THIN", "ago", "change", "clock", "count", "currency_sign", "date", "duration",
    "instant", "locale", "missing", "money", "money_short", "number", "plural", "points", "share", "span",
    "without_sign", "zone_label",
]  # fmt: skip
