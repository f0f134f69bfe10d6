"""Colour in words: never in captions, which are drawn at 60 % so that their colours fall below 4.5:1."""

from __future__ import annotations

import ast

from tests.architecture.sources import python

COLOURS = tuple(f":{name}" for name in ("red", "orange", "yellow", "green", "blue", "violet", "gray", "primary"))


def test_captions_hold_no_colours() -> None:
    found = []
    for source in [*python("pages"), *python("eventos_core/ui")]:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.caption":
                said = ast.unparse(node)
                found += [f"{source.name}:{node.lineno}" for colour in COLOURS if f"{colour}[" in said]
    assert found == []
