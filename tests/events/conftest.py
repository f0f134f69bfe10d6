"""Fixtures of the event tests: one house with a venue, two spaces and an event."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from eventos_core.kernel.credentials import MemberCredential
from tests.events import rows
from tests.support import TestHouse


@dataclass(frozen=True)
class Stage:
    """A house's venue with two spaces and an event in it."""

    house: TestHouse
    owner: MemberCredential
    event_id: int
    venue_id: int
    nave: int
    salon: int


@pytest.fixture
def stage(house: TestHouse) -> Stage:
    """The first house, set up."""
    return set_stage(house)


def set_stage(house: TestHouse) -> Stage:
    """A venue with two spaces and an event there."""
    venue = rows.add_venue(house.owner, city="Paris")
    nave = rows.add_space(house.owner, venue.venue_id, capacity=600)
    salon = rows.add_space(house.owner, venue.venue_id, "Salon", capacity=120)
    event = rows.add_event(house.owner, venue_id=venue.venue_id)
    return Stage(house, house.owner, event.event_id, venue.venue_id, nave.space_id, salon.space_id)
