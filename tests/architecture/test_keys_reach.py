"""What API keys cannot reach is a short list with reasons: a new command is on it by decision, never by oversight."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventos_core.api.v1 import openapi
from eventos_core.db import registry
from eventos_core.kernel.context import ActorKind
from eventos_core.operations import start

start.load()
DECISION = Path(__file__).parents[2] / "docs" / "adr" / "0065-what-api-keys-reach.md"
CLOSED = {
    # A person's own credentials and sign-ins.
    "make_password_link", "reset_second_factor", "demand_second_factor",
    "operations.own_feeds",
    # A person's own notifications.
    "send_test", "operations.own_notices", "operations.own_preferences", "operations.unread_notices",
    # A person's own views.
    "take_over_view",
    # No page does these: the operator's command line, and whoever holds a public link.
    "add_existing_login", "reapply_erasure",
    "unsubscribe", "operations.unsubscribe_offer", "operations.feed", "events.shared_programme",
}  # fmt: skip


def _everything() -> dict[str, registry.Command | registry.Query]:
    return {**registry.COMMANDS, **registry.QUERIES}


def test_what_keys_cannot_reach_is_decided() -> None:
    closed = {name for name, one in _everything().items() if ActorKind.API_KEY not in one.actors}
    assert closed == CLOSED, "a key should do what a page does; if it must not, decide so in ADR 65 and here"


def test_everything_else_has_an_address() -> None:
    reached = {*openapi.commands(), *openapi.queries(), *openapi.FILES}
    assert reached == _everything().keys() - CLOSED
    documented = {each["operationId"] for path in openapi.document()["paths"].values() for each in path.values()}
    assert {name.removesuffix(".file") for name in documented} == reached


@pytest.mark.parametrize("name", sorted(CLOSED))
def test_the_decision_says_why(name: str) -> None:
    assert f"`{name.rpartition('.')[2]}`" in DECISION.read_text(encoding="utf-8")


def test_who_manages_keys_and_the_team_is_bounded_in_the_document() -> None:
    """Scopes that a command takes besides its own are said where it is described."""
    for name in ("create_key", "rotate_key", "revoke_key", "change_house"):
        told = openapi.document()["paths"][f"/api/v1/commands/{name}"]["post"]["description"]
        assert "team.manage as well" in told
