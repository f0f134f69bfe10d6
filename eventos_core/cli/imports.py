"""Bringing files in and taking them back: `import KIND FILE` and `import undo BATCH`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from eventos_core.cli.common import account_option, as_option, json_option, operator, print_json
from eventos_core.db.registry import execute, read
from eventos_core.db.session import TenantSession
from eventos_core.enums.operations import ImportKind, UndoVerdict
from eventos_core.kernel.errors import InvalidInput
from eventos_core.operations.imports import commands, queries
from eventos_core.operations.imports.batches import ImportResult
from eventos_core.operations.imports.limits import MAX_BYTES
from eventos_core.operations.imports.made import MadeRecords, import_made
from eventos_core.operations.imports.running import run_import
from eventos_core.operations.imports.undoing import KEPT

KINDS = (
    ImportKind.CONTACTS, ImportKind.ORGANIZATIONS, ImportKind.VENUES, ImportKind.DEALS, ImportKind.SESSIONS,
)  # fmt: skip
"""What can be imported; each later domain adds its own."""

ERRORS_SHOWN = 20
"""Errors named on standard error without `--json`."""


@dataclass(frozen=True)
class Asked:
    """An import as the command line asks for it."""

    kind: ImportKind
    name: str
    content: bytes
    event: str | None
    format: str
    columns: tuple[tuple[str, str], ...]
    value_maps: dict[str, dict[str, str]] | None
    create_missing: tuple[str, ...]
    new_stages: dict[str, dict[str, str]]

    @property
    def changes_mapping(self) -> bool:
        """Whether options say how to read the columns."""
        return bool(self.columns or self.value_maps or self.create_missing or self.new_stages)


@click.group("import")
def imports() -> None:
    """Import a file, or take an import back."""


def _kind_command(kind: ImportKind) -> click.Command:
    @account_option
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
    @click.option("--event", default=None, metavar="SLUG", help="Event that the rows belong to.")
    @click.option("--format", "format_", default="", metavar="NAME", help="Format, instead of recognising it.")
    @click.option(
        "--map", "columns", multiple=True, metavar="COLUMN=FIELD", help="Where a column goes; #3 is the third."
    )
    @click.option("--map-value", "values", multiple=True, metavar="FIELD:FROM=TO", help="What a cell means.")
    @click.option("--create-missing", default="", metavar="WHAT,…", help="Linked records that may be made.")
    @click.option(
        "--new-stage", "new_stages", multiple=True, metavar="NAME=PERCENT[@AFTER]",
        help="Make this stage so likely, behind the stage AFTER; a bare @ puts it first. Deals only.",
    )  # fmt: skip
    @click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
    @json_option
    @as_option
    def run(
        account: str,
        file: Path,
        event: str | None,
        format_: str,
        columns: tuple[str, ...],
        values: tuple[str, ...],
        create_missing: str,
        new_stages: tuple[str, ...],
        dry_run: bool,
        as_json: bool,
        as_email: str | None,
    ) -> None:
        asked = Asked(
            kind=kind,
            name=file.name,
            content=_content(file),
            event=event,
            format=format_,
            columns=tuple(_column(text) for text in columns),
            value_maps=_value_maps(values) or None,
            create_missing=tuple(what.strip() for what in create_missing.split(",") if what.strip()),
            new_stages=dict(_new_stage(text) for text in new_stages),
        )
        credential = operator(account, as_email)
        if dry_run:
            result = execute(credential, rehearse, asked)
        else:
            result = run_import(credential, execute(credential, prepare, asked))
        made = () if dry_run else read(credential, import_made, result.batch)
        _show(result, made, as_json=as_json, dry_run=dry_run)

    run.__doc__ = f"Import {kind.label.lower()} from a CSV, Excel or JSON file."
    return click.command(kind.value)(run)


for known in KINDS:
    imports.add_command(_kind_command(known))


@imports.command("undo")
@click.argument("batch", type=int)
@account_option
@json_option
@as_option
def undo(batch: int, account: str, as_json: bool, as_email: str | None) -> None:
    """Take the import BATCH back: updated rows are restored, created ones removed.

    Rows whose records were edited or used since stay as they are, with the reason; then the exit code is 1.
    """
    credential = operator(account, as_email)
    result = execute(credential, commands.undo_import, commands.UndoImport(batch))
    made = read(credential, import_made, batch)
    refused = [row for row in result.kept if row.verdict in KEPT]
    if as_json:
        print_json(
            {
                "batch": result.batch,
                "removed": result.removed,
                "restored": result.restored,
                "nothing": result.nothing,
                "kept": [{"row": row.row, "verdict": row.verdict.value, "reason": row.reason} for row in result.kept],
                "made_removed": {one.what: list(one.removed) for one in made if one.removed},
                "made_kept": {one.what: {each.name: each.stays for each in one.records} for one in made if one.records},
            }
        )
    else:
        click.echo(f"Import {result.batch}: {result.removed} rows removed, {result.restored} restored.")
        for one in made:
            _named("Removed besides", one.what, one.removed_count, one.removed)
            stays = [f"{each.name} ({each.stays})" if each.stays else each.name for each in one.records]
            _named("Still there", one.what, one.count, stays)
    for row in result.kept[:ERRORS_SHOWN]:
        click.echo(f"row {row.row} stays ({UndoVerdict(row.verdict).label.lower()}): {row.reason}", err=True)
    _more(len(result.kept))
    raise click.exceptions.Exit(1 if refused else 0)


def prepare(db: TenantSession, asked: Asked) -> int:
    """Store and map the file; returns the batch's id.

    Raises click.UsageError for options that do not fit the file or the kind, FileRefused for the file itself.
    """
    given = commands.UploadImport(
        kind=asked.kind.value, file_name=asked.name, content=asked.content, event=asked.event, format=asked.format
    )
    try:
        uploaded = commands.upload_import(db, given)
    except InvalidInput as error:  # an unknown format, or no event where one is needed
        raise click.UsageError(str(error)) from error
    change = commands.MapImport(uploaded.batch_id, columns=asked.columns, value_maps=asked.value_maps)
    if asked.create_missing or asked.new_stages:
        brought = queries.import_batch(db, uploaded.batch_id).mapping.create_missing
        described = ("stages",) if asked.new_stages else ()
        change = replace(change, create_missing=(*brought, *asked.create_missing, *described))
    if asked.new_stages:
        change = replace(change, made_as={"stages": asked.new_stages})
    try:
        commands.map_import(db, change)
    except InvalidInput as error:
        if asked.changes_mapping:
            raise click.UsageError(str(error)) from error
        raise
    return uploaded.batch_id


def rehearse(db: TenantSession, asked: Asked) -> ImportResult:
    """What importing the file would do; nothing of it stays."""
    totals = queries.import_preview(db, prepare(db, asked), per_verdict=0).totals
    db.rollback()
    return totals


def _show(result: ImportResult, made: Sequence[MadeRecords], *, as_json: bool, dry_run: bool) -> None:
    if as_json:
        named = {one.what: [record.name for record in one.records] for one in made}
        batch = None if dry_run else result.batch
        print_json({**result.as_json(), "batch": batch, "made": named})
        return
    done = "Would import" if dry_run else f"Import {result.batch}:"
    parts = ("created", "updated", "skipped", "rejected", "conflicts")
    counted = ", ".join(f"{getattr(result, part)} {part}" for part in parts)
    click.echo(f"{done} {result.rows} rows: {counted}.")
    for one in made:
        _named("Made besides", one.what, one.count, [record.name for record in one.records])
    for problem in result.errors[:ERRORS_SHOWN]:
        where = f"row {problem.row}" + (f", {problem.column}" if problem.column else "")
        shown = f" “{problem.value}”" if problem.value else ""
        click.echo(f"{where}:{shown} {problem.reason}", err=True)
    _more(len(result.errors))


def _named(said: str, what: str, count: int, names: Sequence[str]) -> None:
    """“Made besides, stages (5): A, B …”; nothing where there are none."""
    if names:
        click.echo(f"{said}, {what} ({count}): {', '.join(names)}{' …' if count > len(names) else ''}")


def _more(count: int) -> None:
    if count > ERRORS_SHOWN:
        click.echo(f"… and {count - ERRORS_SHOWN} more; --json lists them.", err=True)


def _content(file: Path) -> bytes:
    """The file's bytes; of one that is too large only enough to be told so."""
    with file.open("rb") as opened:
        return opened.read(MAX_BYTES + 1)


def _column(text: str) -> tuple[str, str]:
    column, sign, field = text.rpartition("=")
    if not sign or not column.strip() or not field.strip():
        raise click.BadParameter(f"“{text}”: write COLUMN=FIELD.", param_hint="--map")
    return column.strip(), field.strip()


def _new_stage(text: str) -> tuple[str, dict[str, str]]:
    name, sign, rest = text.partition("=")
    percent, at, after = rest.partition("@")
    if not sign or not name.strip() or not (percent.strip() or at):
        raise click.BadParameter(f"“{text}”: write NAME=PERCENT or NAME=PERCENT@AFTER.", param_hint="--new-stage")
    found = {"probability": percent.strip()} if percent.strip() else {}
    return name.strip(), found | ({"after": after.strip()} if at else {})


def _value_maps(texts: Sequence[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for text in texts:
        field, colon, pair = text.partition(":")
        old, sign, new = pair.rpartition("=")
        if not colon or not sign or not field.strip() or not old.strip():
            raise click.BadParameter(f"“{text}”: write FIELD:FROM=TO.", param_hint="--map-value")
        found.setdefault(field.strip(), {})[old.strip()] = new.strip()
    return found


COMMANDS = (imports,)
