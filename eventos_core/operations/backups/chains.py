"""A directory of chains: parts that each hold a base backup, the first whole, the others what changed since the one
before; beside them the stored files of all, under their checksum.

    <directory>/chains.json                    what the directory is, and the lock of who works in it
    <directory>/20261212T021500Z-0-full/       part.json, files.jsonl, base/ (PostgreSQL's own, with its manifest)
    <directory>/20261213T021500Z-1-increment/
    <directory>/files/ab/<sha256>
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from eventos_core.kernel.errors import SetupError
from eventos_core.operations.backups import stored_files, tools

MARK = "chains.json"
PART = "part.json"
BASE = "base"
POSTGRES_MANIFEST = "backup_manifest"
_NAME = re.compile(r"\d{8}T\d{6}Z-\d+-(full|increment)")


@dataclass(frozen=True)
class Part:
    """One link of a chain, as its `part.json` tells it.

    `base_sha256` is the checksum of PostgreSQL's manifest, which holds one for every file of the base backup;
    `previous_sha256` is that of the link before, so that an exchanged link shows.
    """

    name: str
    kind: Literal["full", "increment"]
    number: int
    previous: str | None
    previous_sha256: str | None
    created_at: str
    server_version: int
    system_identifier: str
    database: str
    embedded: bool
    revision: str
    era: int
    key_ids: list[str]
    base_bytes: int
    base_sha256: str
    files: int
    files_bytes: int
    files_sha256: str | None
    files_missing: tuple[str, ...]

    @property
    def made_at(self) -> dt.datetime:
        """Of when it is: the end of its base backup, a moment more."""
        return dt.datetime.fromisoformat(self.created_at)


@dataclass(frozen=True)
class Chains:
    """The chains in one directory. Only `locked` and `drop` change anything."""

    root: Path

    @property
    def pool(self) -> Path:
        """Where the stored files of all parts lie."""
        return self.root / stored_files.POOL

    def place(self, part: Part) -> Path:
        """The directory of a part."""
        return self.root / part.name

    def base(self, part: Part) -> Path:
        """Its base backup."""
        return self.root / part.name / BASE

    def parts(self) -> list[Part]:
        """Every part that can be read, oldest first."""
        found = [read_part(path) for path in self.root.iterdir() if _NAME.fullmatch(path.name)]
        return sorted((part for part in found if part), key=lambda part: (part.created_at, part.number))

    def chain_to(self, part: Part) -> list[Part]:
        """The links that it takes to get `part` back, the full one first. Raises SetupError naming a missing one."""
        known = {one.name: one for one in self.parts()}
        links = [part]
        while (following := links[0]).previous is not None:
            found = known.get(following.previous)
            if found is None or not self.base(found).is_dir():
                raise SetupError(
                    f"The chain of {part.name} is broken: its part {following.previous} is missing in {self.root}.",
                    hint="Bring that directory back, restore an earlier part, or begin a new chain (--new-chain).",
                )
            if found.base_sha256 != following.previous_sha256:
                raise SetupError(
                    f"The chain of {part.name} is broken: {found.name} is not the part that it was made from.",
                    hint="Bring the original directory back, or begin a new chain (--new-chain).",
                )
            links.insert(0, found)
        return links

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Work here alone. Raises SetupError while another process does."""
        from eventos_core.db.embedded.locks import FileLock  # fcntl is missing on Windows

        with FileLock(self.root / MARK) as lock:
            if not lock.try_exclusive():
                raise SetupError(f"Another backup or restore is at work in {self.root}.", hint="Wait until it is done.")
            yield

    def drop_old(self, keep: int) -> list[str]:
        """Remove all but the `keep` newest chains, and stored files that no part left names; names of parts removed.

        A chain goes from its end, so that one interrupted in between is shorter, not broken. The newest chain stays.
        """
        parts = self.parts()
        fulls = [part for part in parts if part.kind == "full"]
        kept = {part.name for part in fulls[-max(keep, 1) :]}
        doomed = [part for part in parts if self._head(part, parts) not in kept]
        for part in reversed(doomed):
            shutil.rmtree(self.place(part))
        used = {
            file.sha256 for part in self.parts() for file in stored_files.listed(self.place(part), part.files_sha256)
        }
        for path in list(stored_files.unreferenced(self.pool, used)):
            path.unlink()
        return [part.name for part in doomed]

    def _head(self, part: Part, parts: list[Part]) -> str:
        """The full part at the head of a chain; for a broken one the newest full part before it."""
        known = {one.name: one for one in parts}
        while part.previous is not None:
            if part.previous not in known:
                earlier = [one.name for one in parts if one.kind == "full" and one.created_at <= part.created_at]
                return earlier[-1] if earlier else ""
            part = known[part.previous]
        return part.name


def read_part(place: Path) -> Part | None:
    """The part in that directory; None where it cannot be read."""
    try:
        given = json.loads((place / PART).read_text("utf-8"))
        part = Part(**given | {"files_missing": tuple(given["files_missing"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return part if part.name == place.name else None


def write_part(place: Path, part: Part) -> None:
    """Its `part.json`, on the disk when this returns."""
    with (place / PART).open("w", encoding="utf-8") as out:
        out.write(json.dumps(asdict(part), indent=2) + "\n")
        out.flush()
        os.fsync(out.fileno())


def opened(root: Path) -> Chains:
    """The chains in `root`, which is made if it is missing or empty. Raises SetupError when it is something else."""
    if not is_chains(root):
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            raise SetupError(
                f"{root} is no directory of incremental backups.", hint="Name a new one, or one made so before."
            )
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        (root / MARK).write_text(json.dumps({"kind": "chains", "format": 1}) + "\n")
    return Chains(root)


def is_chains(root: Path) -> bool:
    """Whether `root` is a directory of chains."""
    return (root / MARK).is_file()


def found_part(directory: Path) -> tuple[Chains, Part] | None:
    """What a restore of `directory` means: the newest part of a directory of chains, or the part that it is itself.

    None where it is neither. Raises SetupError where there is no part, or where it cannot be read.
    """
    if is_chains(directory):
        names = sorted(path.name for path in directory.iterdir() if _NAME.fullmatch(path.name))
        if not names:
            raise SetupError(f"{directory} holds no part yet.", hint="Run: backup DIRECTORY --incremental")
        directory = directory / names[-1]
    if not is_chains(directory.parent) or not _NAME.fullmatch(directory.name):
        return None
    part = read_part(directory)
    if part is None:
        raise SetupError(f"{directory} holds no readable part of a chain.", hint="Restore another part.")
    return Chains(directory.parent), part


def verify(programs: Path, base: Path, wanted_sha256: str) -> None:
    """Prove a base backup by its manifest. Raises SetupError naming what is missing or altered."""
    manifest = base / POSTGRES_MANIFEST
    if not manifest.is_file() or tools.sha256(manifest) != wanted_sha256:
        raise SetupError(f"The manifest of {base} is missing or was altered.", hint="Restore another part.")
    verify_files(programs, base)


def verify_files(programs: Path, base: Path) -> None:
    """Prove every file of a base backup by the manifest that lies in it. Raises SetupError."""
    try:
        tools.run([str(programs / "pg_verifybackup"), "--quiet", str(base)])
    except SetupError as error:
        raise SetupError(f"{base} is damaged: {error.message}", hint="Restore another part.") from error
