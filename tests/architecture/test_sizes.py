"""Files of at most 500 lines, functions of at most 60: beyond that it is time to split."""

from __future__ import annotations

import ast

from tests.architecture.sources import ROOT, ours

FILE = 500
FUNCTION = 60


def test_files_are_at_most_500_lines() -> None:
    found = [f"{source.name}: {source.lines}" for source in ours() if source.lines > FILE]
    others = [*(ROOT / "eventos_core/db/functions").glob("*.sql"), *(ROOT / "eventos_core/ui").rglob("*.js")]
    lines = {path.relative_to(ROOT): path.read_text(encoding="utf-8").count("\n") for path in sorted(others)}
    found += [f"{name}: {count}" for name, count in lines.items() if count > FILE]
    assert found == []


def test_functions_are_at_most_60_lines() -> None:
    found = []
    for source in ours():
        for node in ast.walk(source.tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION:
                    found.append(f"{source.name}:{node.lineno}: {node.name} has {lines} lines")
    assert found == []
