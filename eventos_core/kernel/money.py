"""Money in minor units with its currency; nothing here uses floats."""

from __future__ import annotations

from collections.abc import Sequence

from babel.core import get_global

from eventos_core.kernel.errors import InvalidInput


def currencies() -> tuple[str, ...]:
    """ISO 4217 codes a house may use, sorted."""
    return tuple(sorted(code for code in get_global("all_currencies") if len(code) == 3))


def exponent(currency: str) -> int:
    """Decimal places of the currency's minor unit (EUR 2, JPY 0, KWD 3), from CLDR."""
    fractions = get_global("currency_fractions")
    return int(fractions.get(currency, fractions["DEFAULT"])[0])


def check_currency(code: str) -> str:
    """`code` in upper case. Raises InvalidInput for anything that is not an ISO 4217 code."""
    upper = code.strip().upper()
    if upper not in currencies():
        raise InvalidInput(
            f"“{code}” is not a currency.", hint="Use a three-letter code such as EUR.", fields={"currency": "Unknown"}
        )
    return upper


def round_half_up_div(numerator: int, denominator: int) -> int:
    """`numerator / denominator` rounded half away from zero, exact for integers of any size."""
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    quotient, remainder = divmod(abs(numerator), abs(denominator))
    return sign * (quotient + (1 if 2 * remainder >= abs(denominator) else 0))


def allocate(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """Split `amount_minor` by `weights` without losing a cent: largest remainders first, earlier ones on a tie.

    Weights are non-negative with a positive sum. Raises InvalidInput otherwise.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise InvalidInput("Shares must be positive.", hint="Give at least one share above zero.")
    sign = -1 if amount_minor < 0 else 1
    parts = [divmod(abs(amount_minor) * weight, total) for weight in weights]
    left = abs(amount_minor) - sum(part for part, _ in parts)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-parts[i][1], i))
    extra = set(by_remainder[:left])
    return [sign * (part + (1 if i in extra else 0)) for i, (part, _) in enumerate(parts)]
