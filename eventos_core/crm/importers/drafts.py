"""The open stages that a file names and the house lacks: how likely they would be and where they would stand.

What a person chose counts; else a stage is as likely as the first of its rows that tells a probability, else as the
pipeline's open stages are on average, and stands behind those that are no likelier. In a pipeline without open stages,
such as one that is made too, the stages climb evenly in the order of the file, and stand by their probability.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eventos_core.crm.importers.fields import percent_of, ppm_of, read_percent
from eventos_core.crm.importers.stages import STAGES, Pipeline, Place
from eventos_core.crm.rules.stages import CERTAIN_PPM
from eventos_core.enums.crm import StageKind
from eventos_core.kernel.errors import InvalidInput
from eventos_core.operations.imports.plan import MadeAs
from eventos_core.operations.imports.records import NewRecord
from eventos_core.operations.imports.values import BadValue, name_key

PROBABILITY, AFTER = "probability", "after"
FIRST = ""
"""What `after` says of a stage that stands before all others."""


@dataclass(frozen=True)
class Draft:
    """A stage to be made: its name as a preview shows it, its probability, and the open stage before it."""

    name: str
    ppm: int
    after: str
    pipeline: Pipeline

    def record(self) -> NewRecord:
        """What of it a person may choose."""
        there = [stage.name for stage in self.pipeline.stages if stage.kind is StageKind.OPEN]
        places = {FIRST: "First", **{name: f"After {name}" for name in there}} if there else {FIRST: "By probability"}
        return NewRecord(self.name, {PROBABILITY: percent_of(self.ppm), AFTER: self.after}, {AFTER: places})


class Drafts:
    """The stages that the rows of a file need made, each seen once."""

    def __init__(self, chosen: MadeAs) -> None:
        self._chosen = {name_key(name): settings for name, settings in chosen.get(STAGES, {}).items()}
        self._seen: dict[tuple[str, str], Place] = {}
        self._told: dict[tuple[str, str], int | None] = {}
        self._made: dict[tuple[str, str], Draft] = {}

    def see(self, place: Place, probability: str | None) -> None:
        """A row puts a deal into this unmade stage, and may say how likely it is, in percent."""
        key = _key(place)
        self._seen.setdefault(key, place)
        if self._told.setdefault(key, None) is None and probability is not None:
            self._told[key] = ppm_of(probability)

    def first(self, pipeline: Pipeline) -> Place | None:
        """The stage seen that will stand first in a pipeline to be made; None where no row names one."""
        seen = [place for (name, _), place in self._seen.items() if name == pipeline.name]
        return min(seen, key=lambda place: self.of(place).ppm, default=None)

    def of(self, place: Place) -> Draft:
        """The stage as it would be made, once all rows were seen."""
        key = _key(place)
        if key not in self._made:
            self._made[key] = self._draft(place, key)
        return self._made[key]

    def _draft(self, place: Place, key: tuple[str, str]) -> Draft:
        where, shown = place.pipeline, place.pipeline.shown(place.stage.name)
        chosen = self._chosen.get(name_key(shown), self._chosen.get(key[1], {}))
        there = [stage for stage in where.stages if stage.kind is StageKind.OPEN]
        told = self._told.get(key)
        if PROBABILITY in chosen:
            ppm = ppm_of(chosen[PROBABILITY])
        elif told is not None:
            ppm = told
        elif there:
            # Whole percents, as people write them.
            ppm = round(sum(stage.ppm for stage in there) / len(there) / 10_000) * 10_000
        else:
            new = [stage for pipeline, stage in self._told if pipeline == key[0]]
            ppm = round(CERTAIN_PPM * (new.index(key[1]) + 1) / (len(new) + 1) / 10_000) * 10_000
        before = [stage.name for stage in there if stage.ppm <= ppm]
        if AFTER in chosen:
            wanted = name_key(chosen[AFTER])
            known = [stage.name for stage in there if name_key(stage.name) == wanted]
            # A place that the pipeline does not have says nothing.
            before = known if known or not wanted else before
        return Draft(shown, ppm, before[-1] if before else FIRST, where)


def drafted(row: Mapping[str, Any]) -> NewRecord | None:
    """How the stage that a row lacks would be made; None where it has one, or a closed one is made."""
    draft: Draft | None = row.get("_draft")
    return draft.record() if draft is not None else None


def checked_stage(name: str, settings: Mapping[str, str]) -> Mapping[str, str]:
    """What a person chose for a new stage. Raises InvalidInput for what a stage cannot be."""
    unknown = [key for key in settings if key not in (PROBABILITY, AFTER)]
    if unknown:
        raise InvalidInput(f"Of a new stage {unknown[0]} cannot be chosen.", hint="Possible: probability, after.")
    found = {AFTER: settings[AFTER].strip()} if AFTER in settings else {}
    if PROBABILITY in settings:
        try:
            found[PROBABILITY] = read_percent(settings[PROBABILITY])
        except BadValue as error:
            raise InvalidInput(
                f"The probability of “{name}” is not from 0 to 100 percent.", fields={"made_as": str(error)}
            ) from error
    return found


def _key(place: Place) -> tuple[str, str]:
    return place.pipeline.name, name_key(place.stage.name)
