"""Merge and undo over every table that points at people or companies, found in the models, doubles included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, UniqueConstraint, create_engine, text

from eventos_core.db import urls
from eventos_core.db.registry import execute
from eventos_core.directory import commands
from eventos_core.directory.commands import MergeRecords, UndoMerge
from eventos_core.directory.queries.references import Reference, references
from eventos_core.kernel.credentials import Credential
from eventos_core.kernel.permissions import PRESETS
from eventos_core.models import Base
from tests.directory import rows
from tests.support import Database, TestHouse

pytestmark = pytest.mark.database

MERGES = {"contacts": commands.merge_contacts, "organizations": commands.merge_organizations}
# Only the house's own organisation has one, and that is never merged away.
NEVER = {("my_organization_metadata", "organization_id")}
# Written beside by triggers and commands: they tell of the merge and are not part of it.
BESIDE = {"audit_log", "merges", "idempotency_keys", "login_sessions", "account_users"}
VOLATILE = ("version", "updated_at", "updated_by")
SAME = {"email_norm": "email", "digits": "number"}


@pytest.fixture
def admin(database: Database, house: TestHouse) -> Iterator[Connection]:
    """The administrator, past all fences, with the house in context for triggers."""
    engine = create_engine(urls.normalise(database.admin), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(
            text(
                "select set_config('search_path', 'public,extensions', false), set_config('app.account_id', :a, false)"
            ),
            {"a": str(house.account_id)},
        )
        yield connection
    engine.dispose()


def sales(house: TestHouse) -> Credential:
    """A member with what the Sales preset gives, and nothing else."""
    preset = next(p for p in PRESETS if p.key == "sales")
    return house.member(preset.role, grants=tuple(sorted(preset.grants)), name="Sam Sales")


def to_test(target: str) -> list[Reference]:
    return [r for r in references(target) if (r.table.name, r.column) not in NEVER]


@pytest.mark.parametrize("preset", ["owner", "sales"])
@pytest.mark.parametrize("target", ["contacts", "organizations"])
def test_every_reference_moves_and_comes_back(house: TestHouse, admin: Connection, target: str, preset: str) -> None:
    who = house.owner if preset == "owner" else sales(house)
    winner, loser = (rows.make(admin, house.account_id, target)["id"] for _ in range(2))
    made = {(r.table.name, r.column): _point(admin, house, r, loser) for r in to_test(target)}
    assert len(made) > 20
    twins = [twin for r in to_test(target) for twin in _twins(admin, house, r, made[r.table.name, r.column], winner)]
    assert twins
    refs = {"entity": target, "entity_id": loser}
    external = rows.make(admin, house.account_id, "external_refs", **refs, source="made", external_id=f"{target}-1")
    before = _snapshot(admin, house)

    merged = execute(who, MERGES[target], MergeRecords(winner, loser))
    assert merged.kept == 0
    assert merged.dropped >= len(twins)
    for reference in references(target):
        left = admin.execute(
            text(f"select count(*) from {reference.table.name} where account_id = :a and {reference.column} = :l"),
            {"a": house.account_id, "l": loser},
        ).scalar()
        assert left == 0, (reference.table.name, reference.column)
    moved_ref = admin.execute(text("select entity_id from external_refs where id = :i"), {"i": external["id"]}).scalar()
    assert moved_ref == winner

    undone = execute(who, commands.undo_merge, UndoMerge(merged.merge_id))
    assert undone.not_restored == 0
    after = _snapshot(admin, house)
    for table, images in before.items():
        assert after[table] == images, table


def test_references_cover_every_foreign_key() -> None:
    """Whoever adds a table with a link to people or companies has it merged without doing anything."""
    for target in ("contacts", "organizations"):
        moved = {(r.table.name, local) for r in references(target) for local, _ in r.pairs}
        for table in Base.metadata.tables.values():
            for key in table.foreign_key_constraints:
                if key.elements[0].target_fullname.split(".")[0] != target:
                    continue
                for element in key.elements:
                    place = (table.name, element.parent.name)
                    if element.target_fullname.endswith(".id") and element.parent.name != "merged_into_id":
                        carried = any(k.onupdate == "CASCADE" and element.parent in k.columns.values()
                                      for k in table.foreign_key_constraints)  # fmt: skip
                        assert place in moved or carried, place


def _point(db: Connection, house: TestHouse, reference: Reference, target_id: int, **given: Any) -> dict[str, Any]:
    name = reference.table.name
    return rows.make(db, house.account_id, name, **(given | {reference.column: target_id}))


def _twins(
    db: Connection, house: TestHouse, reference: Reference, made: dict[str, Any], winner: int
) -> Iterator[dict[str, Any]]:
    """For each unique key over the reference, the winner's own row with the same other columns."""
    for key in reference.table.constraints:
        if not isinstance(key, UniqueConstraint) or reference.column not in key.columns or "id" in key.columns:
            continue
        others = [c.name for c in key.columns if c.name not in ("account_id", reference.column)]
        others += [name for name in ("event_id",) if name in made and name not in others]
        same = {SAME.get(name, name): made[SAME.get(name, name)] for name in others}
        if others and all(value is not None for value in same.values()):
            yield _point(db, house, reference, winner, **same)


def _snapshot(db: Connection, house: TestHouse) -> dict[str, dict[str, Any]]:
    """Table → id → row without the columns that rise with every write."""
    found = {}
    for table in Base.metadata.tables.values():
        if "account_id" not in table.columns or table.name in BESIDE or "id" not in table.columns:
            continue
        images = db.execute(
            text(f"select to_jsonb(t) from {table.name} t where account_id = :a"), {"a": house.account_id}
        ).scalars()
        # Triggers make bookings anew whenever their source row changes: what they say counts, not their ids.
        volatile = (*VOLATILE, "id", "created_at") if table.name == "bookings" else VOLATILE
        found[table.name] = {
            _called(table.name, image): {name: value for name, value in image.items() if name not in volatile}
            for image in images
        }
    return found


def _called(table: str, image: dict[str, Any]) -> str:
    return f"{image['source_table']} {image['source_id']}" if table == "bookings" else str(image["id"])
