"""Deals from files: what a row becomes, how it is found again, what is made for it, what undo takes back."""

from __future__ import annotations

import pytest

from tests import support
from tests.operations.imports_support import counts, table, take, undo

pytestmark = pytest.mark.database

FILE = """id,name,organization,stage,amount,currency,created_on,close date,owner,product,lost reason,Colour
D1,Spring show,Maison Bleue,Negotiation,12000.50,EUR,2026-01-10,2027-03-01,Anna Berg,Front row,,red
D2,Autumn show,Maison Bleue,Closed Won,9000,EUR,2026-02-01,2026-03-15,Anna Berg,Front row,,blue
D3,,Atelier Nord,Lost,,EUR,2026-02-01,2026-04-01,,Runway,Budget,
"""


def test_smoke(house: support.TestHouse, database: support.Database) -> None:
    done = take(house.owner, "deals", FILE, create=("organizations", "owners"))
    print(done)
    rows = table(database, "select name, outcome, amount_minor, opened_on, closed_on, expected_close_on, stage_entered_at, last_edited_at, custom, rate_to_base_e12 from opportunities where account_id=%s order by id", house.account_id)
    for r in rows: print(r)
    for r in table(database, "select opportunity_id, stage_id, outcome, valid_from, valid_to, retracted_at from opportunity_versions where account_id=%s order by id", house.account_id): print(r)
    again = take(house.owner, "deals", FILE, create=("organizations", "owners"))
    print(again)
    more = take(house.owner, "deals", FILE.replace("Negotiation", "Won").replace("2027-03-01", "2026-10-01"))
    print(more)
    for r in table(database, "select opportunity_id, stage_id, outcome, valid_from, valid_to, retracted_at from opportunity_versions where account_id=%s order by id", house.account_id): print(r)
    print(undo(house.owner, more.batch))
    for r in table(database, "select opportunity_id, stage_id, outcome, valid_from, valid_to, retracted_at from opportunity_versions where account_id=%s order by id", house.account_id): print(r)
    print(undo(house.owner, done.batch))
    for r in table(database, "select opportunity_id, stage_id, outcome, valid_from, valid_to, retracted_at from opportunity_versions where account_id=%s order by id", house.account_id): print(r)
    print(table(database, "select name from organizations where account_id=%s", house.account_id))
    assert 0
