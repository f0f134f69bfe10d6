"""Whatever the document allows, and much that it does not, is answered: never a defect, and only with its statuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from starlette.applications import Starlette
from streamlit.file_util import get_static_dir

from eventos_core.api import routes
from eventos_core.api.v1 import openapi
from eventos_core.operations import start
from tests import support
from tests.api.test_v1 import ALL, Api, with_key

pytestmark = pytest.mark.database
start.load()
NAMES = sorted({*openapi.commands(), *openapi.queries(), *(f"{name}.file" for name in openapi.FILES)})
LISTED = {200, 401, 403, 404, 409, 413, 415, 422, 429, 503}


@pytest.fixture(scope="module")
def full(database: support.Database) -> Api:
    app = Starlette(routes=routes.ROUTES, middleware=routes.middleware(Path(get_static_dir()) / "index.html"))
    return with_key(database, app, support.found_house("Maison Aurore", "maison-aurore"), ALL)


@pytest.fixture(scope="module")
def operations() -> dict[str, Any]:
    """What the document offers, by name; read by the one worker that asks."""
    schema = schemathesis.openapi.from_dict(openapi.document())
    return {one.ok().definition.raw["operationId"]: one.ok() for one in schema.get_all_operations()}


def test_everything_in_the_document_is_asked(operations: dict[str, Any]) -> None:
    assert sorted(operations) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_no_request_is_a_defect(full: Api, operations: dict[str, Any], name: str) -> None:
    operation = operations[name]

    @settings(
        max_examples=5, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())  # made once: turning a schema into a strategy takes longest
    def ask(case: Any) -> None:
        query = {
            key: value if isinstance(value, str) else json.dumps(value) for key, value in (case.query or {}).items()
        }
        body = b"" if operation.method.upper() == "GET" else json.dumps(case.body, default=str).encode()
        path = case.formatted_path + (f"?{urlencode(query)}" if query else "")
        answer = full.request(operation.method.upper(), path, body, full.headers())
        assert answer.status_code in LISTED, f"{path}\n{body!r}\n{answer.text}"
        assert answer.status_code != 503, f"{path}\n{body!r}\n{answer.text}"

    ask()
