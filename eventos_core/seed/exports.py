"""Exports of the demo houses: taken whole, broken off, and asked for without being fetched."""

from __future__ import annotations

import datetime as dt

from eventos_core.directory.queries import ContactFilter, OrganizationFilter
from eventos_core.enums.operations import ExportFormat
from eventos_core.events.queries import EventFilter, VenueFilter
from eventos_core.kernel.credentials import MemberCredential
from eventos_core.operations import exports
from eventos_core.operations.exports import RequestExport
from eventos_core.seed.world import OWNER, DbFactory, Houses, Random

TAKEN = (
    RequestExport("contacts", ContactFilter(tag=("press",))),
    RequestExport("events", EventFilter(), ExportFormat.XLSX),
)
BROKEN_OFF = RequestExport("venues", VenueFilter())
ASKED_FOR = RequestExport("organizations", OrganizationFilter(q="maison"))


def seed(db_factory: DbFactory, houses: Houses, rng: Random, today: dt.date) -> None:
    """Ask for lists as the owner and fetch them, all but one to its end; nothing is written to the disk."""
    for house in houses:
        owner = house.team[OWNER].credential
        if not isinstance(owner, MemberCredential):
            continue
        with db_factory(house) as db:
            taken = [exports.request_export(db, one).public_id for one in TAKEN]
            broken_off = exports.request_export(db, BROKEN_OFF).public_id
            exports.request_export(db, ASKED_FOR)
        for number in taken:
            for _ in exports.fetch(owner, number).pieces:
                pass
        exports.fetch(owner, broken_off).pieces.close()
