"""Every list can be taken out, and every command that brings a record back stands behind the trash."""

from __future__ import annotations

from typing import get_type_hints

import pandas as pd
import pytest

from eventos_core.db.registry import COMMANDS, QUERIES
from eventos_core.operations import start, trash
from eventos_core.operations.exports import EXPORTABLES
from eventos_core.operations.lists import PageOf
from tests.architecture.sources import python

start.load()
STAYS = {
    "crm.deal_files": "part of one deal's drawer",
    "crm.open_activities_of": "part of one record's drawer; activities are exported",
    "crm.deal_people": "part of one deal's drawer",
    "directory.merges_of": "part of one record's drawer",
    "directory.dismissed_duplicates": "pairs to look at, not records",
    "directory.duplicates": "pairs to look at, not records",
    "directory.duplicates_of": "pairs to look at, not records",
    "directory.possible_duplicates": "pairs to look at, not records",
    "events.days_of": "counts for the day picker; the sessions themselves are exported",
    "events.event_choices": "what a picker offers",
    "events.space_calendar": "part of one venue's drawer; sessions and events are exported",
    "events.worth_a_look": "hints about sessions, not records",
    "operations.deliveries": "the log in one message's drawer",
    "operations.event_links": "part of one event's workspace",
    "operations.exports_so_far": "a person's own downloads, which are nobody else's",
    "operations.integrations": "a few services with their state; what they sent is exported",
    "operations.media_versions": "part of one file's drawer",
    "operations.own_notices": "a person's own notices, which are nobody else's",
    "operations.own_feeds": "a person's own feeds, which are nobody else's",
    "operations.people_found": "whom a request may be about, while it is written",
    "operations.privacy_requests": "kept in no more places than the law asks for; each shows its evidence",
    "operations.sent_through": "the log in one service's drawer",
    "operations.template_revisions": "part of one template's drawer",
    "operations.webhook_log": "part of one webhook's drawer",
    "tenancy.failed_sign_ins": "thirty days of sign-in failures beside the team; the audit is exported",
}
"""Queries that give rows but are no list of a page, with the reason."""

LISTS = sorted(
    name
    for name, query in QUERIES.items()
    if get_type_hints(query.function.__wrapped__).get("return") in (PageOf, pd.DataFrame)  # type: ignore[attr-defined]
)
COVERED = {name for kind in EXPORTABLES.values() for name in kind.covers}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_can_be_exported_or_says_why_not(name: str) -> None:
    assert (name in COVERED) is not (name in STAYS)


def test_nothing_is_said_of_queries_that_are_gone() -> None:
    assert (COVERED | STAYS.keys()) - set(LISTS) == set()


def test_every_exported_list_is_offered_by_a_page() -> None:
    texts = [source.text for source in [*python("pages"), *python("eventos_core/ui")]]
    offered = {key for key in EXPORTABLES if any(f'exporting.answer(ctx, head, "{key}"' in text for text in texts)}
    offered |= {key for key in EXPORTABLES if any(f'exporting.start(ctx, "{key}"' in text for text in texts)}
    assert offered == EXPORTABLES.keys()


def test_every_restoring_command_stands_behind_the_trash() -> None:
    # Memberships come back on the Team page, where their rights stand, and rows of settings where they are set.
    elsewhere = {"restore_archived", "restore_member", "restore_custom_field", "restore_list_row"}
    restoring = {name for name in COMMANDS if name.startswith("restore_")} - elsewhere
    assert {kind.command for kind in trash.kinds().values()} == restoring
