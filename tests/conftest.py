"""Fixtures: one server a run, one migrated template, one clone a test module, two look-alike houses a test."""

from __future__ import annotations

import atexit
import gc
import itertools
import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.scratch import scratch

if TYPE_CHECKING:
    from tests import support

# How long an example takes says nothing on a machine that does other things besides.
settings.register_profile("eventos", deadline=None)
settings.load_profile("eventos")

# The controller of a parallel run comes first; its workers inherit the name.
_RUN = os.environ.setdefault("EVENTOS_TEST_RUN", str(os.getpid()))
# Not in pytest's tree: the server's own OS user must be able to enter it.
_PLACE = scratch() / f"eventos-tests-{_RUN}"
_PLACE.mkdir(mode=0o711, exist_ok=True)
os.environ.update(
    EVENTOS_BCRYPT_COST="4",
    EVENTOS_DATA_DIR=str(_PLACE / "data"),
    EVENTOS_KEY_FILE=str(_PLACE / "key"),
    EVENTOS_ENV="dev",
)
for name in ("EVENTOS_DATABASE_URL", "EVENTOS_MIGRATOR_URL", "EVENTOS_BACKUP_URL", "EVENTOS_SECRET_KEY"):
    os.environ.pop(name, None)
for name in ("EVENTOS_FILES_DIR", "EVENTOS_FILES_QUOTA_GB", "EVENTOS_S3_BUCKET", "EVENTOS_BACKUP_DIR"):
    os.environ.pop(name, None)

TEMPLATE = f"eventos_template_{_RUN}"
HOUSES = _PLACE / "houses"
_names = itertools.count(1)


# Until the tests are collected nothing is garbage: what is imported stays.
gc.disable()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--on-server`: only what asks the run's server anything, for a run on another server."""
    parser.addoption("--on-server", action="store_true", help="Collect only tests that use the database server.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what would do the same again on every server."""
    if config.getoption("--on-server"):
        items[:] = [item for item in items if isinstance(item, pytest.Function) and "server" in item.fixturenames]


def pytest_collection_finish() -> None:
    """Leave what is there out of every search for garbage: among all that, it took a sixth of the whole run."""
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)
    gc.enable()


def pytest_configure(config: pytest.Config) -> None:
    """Who started the run clears up when its workers, and with them the server, have gone."""
    if not hasattr(config, "workerinput"):
        # Registered before the server's own farewell, and so called after it.
        atexit.register(shutil.rmtree, _PLACE, ignore_errors=True)


@pytest.fixture(scope="session")
def server() -> support.Server:
    """A PostgreSQL server on which databases may be created."""
    # Not above: the environment must be set first, and the controller of a parallel run has no use for it.
    from tests import support

    (_PLACE / "data").mkdir(mode=0o711, exist_ok=True)
    return support.prepare_server(_PLACE / "data")


@pytest.fixture(scope="session")
def template(server: support.Server) -> str:
    """The name of the migrated template database."""
    from tests import support

    support.prepare_template(server, TEMPLATE, _PLACE / "template.lock")
    return TEMPLATE


@pytest.fixture(scope="session")
def inhabited(server: support.Server, template: str) -> str:
    """The name of a template in which the look-alikes of `HOUSES` are founded."""
    from tests import support

    name = f"{TEMPLATE}_inhabited"
    support.prepare_houses(server, template, name, HOUSES)
    return name


@pytest.fixture(scope="module")
def database(request: pytest.FixtureRequest, server: support.Server, template: str) -> Iterator[support.Database]:
    """A migrated database of this module's own; `EVENTOS_*_URL` name its logins meanwhile.

    Where several tests of the module want new houses, there are some in it.
    """
    from tests import support

    name = f"eventos_{_RUN}_{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}_{next(_names)}"
    here = [item for item in request.session.items if isinstance(item, pytest.Function) and item.path == request.path]
    if sum("two_houses" in item.fixturenames for item in here) > 2:
        made = support.clone_with_houses(server, request.getfixturevalue("inhabited"), name, HOUSES)
    else:
        made = support.clone(server, template, name)
    with support.logins_in_environment(made):
        yield made
    server.drop(made.name)


@pytest.fixture
def two_houses(database: support.Database) -> tuple[support.TestHouse, support.TestHouse]:
    """Two new look-alike houses with owners; whatever one test sees of the second is a leak."""
    from tests import support

    return database.founded.pop(0) if database.founded else support.look_alikes()


@pytest.fixture
def house(two_houses: tuple[support.TestHouse, support.TestHouse]) -> support.TestHouse:
    """The first of the two look-alike houses."""
    return two_houses[0]
