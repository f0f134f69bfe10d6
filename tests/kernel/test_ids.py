"""Slugs and codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.ids import check_slug, public_code, slugify


@given(st.text(max_size=300))
def test_whatever_is_slugified_can_be_part_of_a_link(text: str) -> None:
    slug = slugify(text)
    assert slug == "" or check_slug(slug) == slug


def test_accents_are_written_plainly() -> None:
    assert slugify("Été à Paris — Défilé N° 2") == "ete-a-paris-defile-n-2"


@pytest.mark.parametrize("slug", ["", "-a", "a-", "a--b", "A", "a b", "ä", "a" * 64, "a/b"])
def test_what_is_no_slug_is_refused(slug: str) -> None:
    with pytest.raises(InvalidInput):
        check_slug(slug)


def test_codes_use_no_look_alike_characters() -> None:
    codes = {public_code() for _ in range(200)}
    assert len(codes) == 200
    assert not set("".join(codes)) & set("01OIL")
