"""Who may import whom: the contracts of pyproject.toml, and what import-linter cannot say."""

from __future__ import annotations

import os
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

from tests.architecture.sources import ROOT, python


def test_import_contracts_hold() -> None:
    # In a process of its own: the tool configures logging and silences every logger there is.
    check = "from importlinter import cli; raise SystemExit(cli.lint_imports('pyproject.toml', no_cache=True))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_imports_form_no_cycle() -> None:
    graph = grimp.build_graph("eventos_core", exclude_type_checking_imports=True, cache_dir=None)
    # A package's __init__ gathers what lies below it; that is its purpose, and not what a cycle means.
    packages = {name for name in graph.modules if graph.find_children(name)}
    needs = {
        name: {found for found in graph.find_modules_directly_imported_by(name) if found not in packages}
        for name in graph.modules - packages
    }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        pytest.fail(f"modules import each other: {' → '.join(error.args[1])}")


def test_streamlit_is_imported_by_launcher_pages_and_ui_only() -> None:
    allowed = ("app.py", "pages/", "eventos_core/ui/")
    found = [
        source.name
        for source in python("app.py", "eventos_core", "pages")
        if any(name.partition(".")[0] in ("streamlit", "streamlit_authenticator") for name in source.imports)
        and not source.name.startswith(allowed)
    ]
    assert found == []


def test_altair_is_imported_by_charts_and_documents_only() -> None:
    allowed = ("eventos_core/charts/", "eventos_core/documents/")
    found = [
        source.name
        for source in python("app.py", "eventos_core", "pages")
        if any(name.partition(".")[0] == "altair" for name in source.imports) and not source.name.startswith(allowed)
    ]
    assert found == []


def test_rules_and_kernel_are_pure() -> None:
    impure = {"sqlalchemy", "pandas", "psycopg", "streamlit", "starlette", "procrastinate", "click", "altair"}
    pure = [
        source
        for source in python("eventos_core")
        if source.name.startswith("eventos_core/kernel/")
        or source.path.name == "rules.py"
        or "rules" in source.path.parts
    ]
    found = [
        f"{source.name}: {name}"
        for source in pure
        for name in source.imports
        if name.partition(".")[0] in impure or name.startswith("eventos_core.db")
    ]
    assert pure
    assert found == []


def test_model_modules_know_each_other_by_table_name_only() -> None:
    found = []
    for source in python("eventos_core/models"):
        parts = source.path.relative_to(ROOT / "eventos_core" / "models").with_suffix("").parts
        own = f"eventos_core.models.{parts[0]}"
        shared = ("eventos_core.models.base", "eventos_core.models.types", own)
        found += [
            f"{source.name}: {name}"
            for name in source.imports
            if name.startswith("eventos_core.models.") and not name.startswith(shared) and parts != ("__init__",)
        ]
    assert found == []


def test_only_the_edges_end_a_transaction() -> None:
    """Commands and queries never commit or roll back: the session's edge does, and the command line for a rehearsal."""
    allowed = ("eventos_core/db/", "eventos_core/migrations/", "eventos_core/cli/")
    found = [
        f"{source.name}:{line}: {call}"
        for source in python("eventos_core", "pages")
        for call, line in source.calls
        if call.startswith(("db.", "session.")) and call.endswith((".commit", ".rollback"))
        and not source.name.startswith(allowed)
    ]  # fmt: skip
    assert found == []


def test_streamlit_caches_in_one_module_only() -> None:
    """What is cached there takes house, permissions and data version as arguments; a second place would forget one."""
    words = ("cache_data", "cache_resource")
    found = [
        source.name
        for source in python("app.py", "eventos_core", "pages")
        if any(f"st.{word}" in source.text for word in words) and source.name != "eventos_core/ui/cache.py"
    ]
    assert found == []
