"""Pages read, render and act: short, guarded, without SQL and without arithmetic."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from eventos_core.ui import navigation
from tests.architecture.sources import Source, python

PAGES = python("pages")
LONGEST = 120
SQL = re.compile(
    r"\b(select\b.+\bfrom|insert\s+into|update\b.+\bset|delete\s+from|with\s+\w+\s+as\s*\()", re.IGNORECASE
)
DATABASE = ("sqlalchemy", "psycopg", "eventos_core.db", "eventos_core.models", "eventos_core.migrations")

each_page = pytest.mark.parametrize("source", PAGES, ids=lambda source: source.path.stem)


@each_page
def test_page_is_at_most_120_lines(source: Source) -> None:
    assert source.lines <= LONGEST


@each_page
def test_page_holds_no_sql_and_no_database(source: Source) -> None:
    texts = [n.value for n in ast.walk(source.tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    assert [text for text in texts if SQL.search(text)] == []
    assert [name for name in source.imports if name.startswith(DATABASE)] == []


@each_page
def test_page_does_no_arithmetic(source: Source) -> None:
    assert [f"line {node.lineno}: {ast.unparse(node)}" for node in _sums(source.tree)] == []


@each_page
def test_page_guards_itself(source: Source) -> None:
    """`page.start` checks session, house and permission, also when a script is run without the shell."""
    starts = [call for call, _ in source.calls if call in ("page.start", "page.start_personal")]
    assert len(starts) == 1


@each_page
def test_page_stands_in_the_navigation(source: Source) -> None:
    assert source.path.stem in navigation.by_key()


def test_pages_are_registered_once() -> None:
    keys = [spec.key for spec in navigation.SPECS]
    assert sorted(keys) == sorted(set(keys))
    assert {spec.key for spec in navigation.existing()} == {source.path.stem for source in PAGES}


def test_links_lead_to_registered_pages() -> None:
    known = navigation.by_key()
    found = [
        f"{source.name}:{node.lineno}: {key}"
        for source in [*PAGES, *python("eventos_core/ui")]
        for node, key in _linked(source)
        if key not in known
    ]
    assert found == []


def _sums(tree: ast.Module) -> Iterator[ast.expr | ast.stmt]:
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(op=ast.BitOr() | ast.BitAnd()) | ast.AugAssign(op=ast.BitOr() | ast.BitAnd()):
                continue  # unions of types and sets
            case ast.BinOp() if _joins_text(node):
                continue
            case ast.BinOp() | ast.AugAssign():
                yield node
            case ast.Call(func=ast.Name(id="sum" | "round" | "divmod" | "pow")):
                yield node


def _joins_text(node: ast.BinOp) -> bool:
    texts = (ast.JoinedStr, ast.List, ast.Tuple)
    return isinstance(node.op, ast.Add) and any(
        isinstance(side, texts) or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in (node.left, node.right)
    )


def _linked(source: Source) -> Iterator[tuple[ast.Call, str]]:
    """Calls of `page.link`, `page.url` and the like with the page's key written out."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("page."):
            for keyword in node.keywords:
                if keyword.arg == "page" and isinstance(keyword.value, ast.Constant):
                    yield node, str(keyword.value.value)
