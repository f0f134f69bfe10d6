"""Codes of the second factor: agreement with RFC 6238, drift, and what is no code."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventos_core.tenancy import codes

RFC = base64.b32encode(b"12345678901234567890").decode()
"""The secret of RFC 6238, appendix B."""


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, eight_digits: str) -> None:
    assert codes.code_at(RFC, seconds // 30) == eight_digits[-6:]


@given(step=st.integers(4, 10**9), away=st.integers(-3, 3))
def test_a_code_counts_one_step_early_and_one_late(step: int, away: int) -> None:
    found = codes.step_of(RFC, codes.code_at(RFC, step + away), step * 30 + 7)
    if abs(away) <= codes.DRIFT:
        assert found is not None
        assert abs(found - step) <= codes.DRIFT
    elif found is not None:  # six digits may repeat by chance
        assert codes.code_at(RFC, found) == codes.code_at(RFC, step + away)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345x", "１２３４５６", "-12345", "12.456"])
def test_what_is_no_code_is_none(code: str) -> None:
    assert codes.step_of(RFC, code, 0) is None


def test_spaces_in_a_code_do_not_matter() -> None:
    code = codes.code_at(RFC, 100)
    assert codes.step_of(RFC, f" {code[:3]} {code[3:]} ", 3000) == 100


def test_secrets_are_long_and_new_each_time() -> None:
    made = {codes.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert {len(base64.b32decode(secret)) for secret in made} == {20}


def test_address_names_issuer_and_person() -> None:
    told = codes.address(RFC, "ana@maison.example")
    assert told.startswith("otpauth://totp/EventOS:ana%40maison.example?")
    assert f"secret={RFC}" in told
    assert "issuer=EventOS" in told


def test_recovery_codes_are_ten_and_typed_as_one_likes() -> None:
    made = codes.new_recovery_codes()
    assert len(set(made)) == 10
    for code in made:
        plain = code.replace("-", "")
        assert codes.recovery_hash(code) == hashlib.sha256(plain.encode()).digest()
        assert codes.recovery_hash(f" {code.lower().replace('-', ' ')} ") == codes.recovery_hash(code)


@pytest.mark.parametrize("code", ["", "123456", "K7QF-2M4A-XN3B", "K7QF-2M4A-XN3B-R6W1", "K7QF-2M4A-XN3B-R6WDA"])
def test_what_is_no_recovery_code_is_none(code: str) -> None:
    assert codes.recovery_hash(code) is None
