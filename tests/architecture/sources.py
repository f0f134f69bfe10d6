"""The project's own source files, parsed once, for tests that read code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ROOT / "eventos_core" / "migrations" / "versions"
"""Frozen DDL: exempt from the rules of size."""
TEXT = (".py", ".md", ".sql", ".toml", ".js", ".css", ".example", ".mako")


@dataclass(frozen=True)
class Source:
    """One Python file."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Path below the project's root."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return self.text.count("\n")

    @cached_property
    def imports(self) -> list[str]:
        """Dotted names of what it imports anywhere, `from a import b` as `a` and `a.b`."""
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        return found

    @cached_property
    def calls(self) -> list[tuple[str, int]]:
        """Dotted names of what it calls, with the line."""
        nodes = (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))
        return [(ast.unparse(node.func), node.lineno) for node in nodes]


@cache
def parsed(path: Path) -> Source:
    """The file at `path`."""
    text = path.read_text(encoding="utf-8")
    return Source(path, text, ast.parse(text))


def python(*below: str) -> list[Source]:
    """Python files under the given folders or files of the project, migrations' frozen DDL left out."""
    found: list[Path] = []
    for name in below:
        place = ROOT / name
        found += [place] if place.is_file() else sorted(place.rglob("*.py"))
    return [parsed(path) for path in found if GENERATED not in path.parents]


def ours() -> list[Source]:
    """All Python files of the project."""
    return python("app.py", "benchmarks", "eventos_core", "pages", "tests")


def texts() -> Iterator[tuple[str, str]]:
    """(path below the root, text) of every file that people write or read in the project."""
    for top in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "app.py", "pyproject.toml"):
        yield top, (ROOT / top).read_text(encoding="utf-8")
    for folder in (".ci", ".streamlit", "benchmarks", "docs", "eventos_core", "pages", "tests"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and (path.suffix in TEXT or folder == ".ci"):
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
