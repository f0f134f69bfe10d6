"""The schema, described from the models and the sync registry: data dictionary, diagrams, SQL per table, summary.

No database is needed, and the same models give the same bytes. `write` brings `docs/` up to date, `stale` says
what it would change; a test keeps them equal.
"""

from __future__ import annotations

from pathlib import Path

from eventos_core.documents.schema_docs import ddl, diagrams, dictionary, summary
from eventos_core.documents.schema_docs.survey import survey
from eventos_core.documents.schema_docs.words import GENERATED
from eventos_core.kernel.errors import SetupError

ROOT = Path(__file__).resolve().parents[3]
_FOLDERS = ("data-dictionary", "diagrams", "schema")

__all__ = ["render", "stale", "survey", "write"]


def render() -> dict[str, str]:
    """Path below `docs/` → text of every generated file."""
    facts = survey()
    files = {
        "data-dictionary.md": dictionary.index(facts),
        "schema-summary.md": summary.page(facts),
        "schema/README.md": ddl.index(facts),
    }
    files |= {f"data-dictionary/{domain}.md": dictionary.page(facts, domain) for domain in facts.domains}
    files |= {f"diagrams/{name}": text for name, text in diagrams.files(facts).items()}
    files |= {f"schema/{name}": text for name, text in ddl.files(facts).items()}
    return files


def write() -> list[Path]:
    """Bring the files up to date and remove those of tables that are gone; returns the paths changed.

    Raises SetupError where the program runs from an installed copy, which has no `docs/`.
    """
    changed = []
    wanted = render()
    for path in _differing(wanted):
        text = wanted.get(_key(path))
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        changed.append(path)
    return changed


def stale() -> list[Path]:
    """The files that `write` would change, make or remove; changes nothing. Raises SetupError like `write`."""
    return _differing(render())


def _differing(wanted: dict[str, str]) -> list[Path]:
    docs = _docs()
    paths = [docs / name for name, text in wanted.items() if _text(docs / name) != text]
    there = (path for folder in _FOLDERS for path in (docs / folder).glob("*"))
    paths += [path for path in there if _key(path) not in wanted and GENERATED in (_text(path) or "")]
    return sorted(paths)


def _docs() -> Path:
    if not (ROOT / "pyproject.toml").exists():
        raise SetupError("The documents belong to the source tree.", hint="Run this in a checkout of EventOS.")
    return ROOT / "docs"


def _key(path: Path) -> str:
    return path.relative_to(ROOT / "docs").as_posix()


def _text(path: Path) -> str | None:
    return path.read_bytes().decode("utf-8") if path.is_file() else None
