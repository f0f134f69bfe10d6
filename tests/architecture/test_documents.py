"""What is written about the project agrees with the project."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from eventos_core.documents import schema_docs
from tests.architecture.sources import ROOT, python, texts

README = (ROOT / "README.md").read_text(encoding="utf-8")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
LATER = {"docs/images/home.png"}
"""A picture of the running app, taken for each release."""
UNFINISHED = ("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error(", "lorem " + "ipsum")


def test_schema_documents_are_not_stale() -> None:
    stale = [path.relative_to(ROOT).as_posix() for path in schema_docs.stale()]
    assert stale == [], "run: python -m eventos_core docs"


def test_schema_documents_name_every_table_and_column() -> None:
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs/data-dictionary").glob("*.md")}
    facts = schema_docs.survey()
    missing = []
    for domain, tables in facts.domains.items():
        for table in tables:
            part = pages[domain].partition(f"\n## {table.name}\n")[2].partition("\n## ")[0]
            missing += [f"{table.name}.{c.name}" for c in table.columns if f"| `{c.name}` | " not in part]
    assert missing == []


def test_schema_documents_are_the_same_every_time() -> None:
    first = schema_docs.render()
    schema_docs.survey.cache_clear()
    assert schema_docs.render() == first


def test_readme_prints_two_setup_commands() -> None:
    indented = [line for line in README.splitlines() if line.startswith("    ") and line.strip()]
    assert len(indented) == 2
    assert all(line.startswith("    python3 -m venv .venv && ") for line in indented)
    assert indented[0].endswith("streamlit run app.py")
    assert indented[1].endswith("pytest")


def test_ci_runs_the_test_command_of_the_readme() -> None:
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    expression = re.search(r"sed -n 's/(\S.*)/\\1/p' README\.md", script)
    assert expression
    pattern = expression[1].replace(r"\(", "(").replace(r"\)", ")")
    found = [match for line in README.splitlines() if (match := re.fullmatch(pattern, line))]
    assert len(found) == 1


def test_readme_configures_every_variable_that_the_code_reads() -> None:
    documented = set(re.findall(r"^\| `(EVENTOS_[A-Z0-9_]+)` \|", README, re.MULTILINE))
    assert documented == set(_variables())


def test_example_of_secrets_sets_up_single_sign_on() -> None:
    section = tomllib.loads((ROOT / ".streamlit/secrets.toml.example").read_text(encoding="utf-8"))["auth"]
    assert section["redirect_uri"].endswith("/oauth2callback")
    assert "cookie_secret" in section
    providers = {key: value for key, value in section.items() if isinstance(value, dict)}
    assert all({"client_id", "client_secret", "server_metadata_url"} <= set(each) for each in providers.values())
    assert providers
    assert not any("_" in key for key in providers), "Streamlit takes no provider with an underscore in its name"


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", *_pages("docs")):
        text = (ROOT / name).read_text(encoding="utf-8")
        for target in LINK.findall(text):
            if target.startswith(("http://", "https://", "mailto:")):
                continue
            path, _, anchor = target.partition("#")
            file = ((ROOT / name).parent / path).resolve() if path else ROOT / name
            if not file.exists():
                if file.relative_to(ROOT).as_posix() not in LATER:
                    broken.append(f"{name}: {target}")
            elif anchor and anchor not in _anchors(file):
                broken.append(f"{name}: {target}")
    assert broken == []


def test_decisions_are_numbered_and_complete() -> None:
    files = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
    numbers = [int(file.name.partition("-")[0]) for file in files]
    assert numbers == list(range(1, len(files) + 1))
    listed = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert file.name in listed, file.name
        for part in ("## Context", "## Decision", "## Consequences", "## Alternatives"):
            assert part in text, f"{file.name} lacks {part}"


def test_every_runtime_dependency_has_a_decision() -> None:
    block = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("dependencies = [")[2].partition("\n]")[0]
    names = re.findall(r'"([a-z0-9-]+)', block)
    decisions = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "docs/adr").glob("[0-9]*.md"))
    assert names
    assert [name for name in names if f"**{name}**" not in decisions] == []


def test_nothing_is_left_unfinished() -> None:
    found = [
        f"{name}: {word}"
        for name, text in texts()
        for word in UNFINISHED
        if re.search(rf"(?<![\w.]){re.escape(word)}", text)
    ]
    # A task's status may well be called that.
    assert [hit for hit in found if hit != f"eventos_core/enums/events/plan.py: {UNFINISHED[0]}"] == []


def test_no_file_names_the_machine_it_was_written_on() -> None:
    assert [name for name, text in texts() if str(ROOT) in text] == []


def test_no_file_carries_a_secret() -> None:
    key = re.compile("-----BEGIN [A-Z ]*PRIVATE " + "KEY-----")
    assert [name for name, text in texts() if key.search(text)] == []
    login = re.compile(r"postgres(?:ql)?(?:\+psycopg)?://eventos_\w+:(?!\*\*\*|password@|\{)[^@\s\"'`]+@")
    assert [name for name, text in texts() if login.search(text) and not name.startswith("tests/")] == []


def test_every_public_function_says_what_it_does() -> None:
    found = [
        f"{source.name}:{node.lineno}: {node.name}"
        for source in python("eventos_core")
        for node in source.tree.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
        and "overload" not in [ast.unparse(decorator) for decorator in node.decorator_list]
    ]
    assert found == []


def _variables() -> Iterator[str]:
    """Names in the code as a whole string: what is read, not what is spoken of."""
    for source in python("app.py", "eventos_core"):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Constant) and re.fullmatch(r"EVENTOS_[A-Z0-9_]+", str(node.value)):
                yield str(node.value)


def _pages(folder: str) -> Iterator[str]:
    yield from (path.relative_to(ROOT).as_posix() for path in sorted((ROOT / folder).rglob("*.md")))


def _anchors(file: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    plain = (re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", title) for title in titles)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in plain}
