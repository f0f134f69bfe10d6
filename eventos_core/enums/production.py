"""Closed sets of values of the production domain (the fashion show)."""

from __future__ import annotations

from eventos_core.enums.base import LabelledEnum


class Board(LabelledEnum):
    """The board of an agency on which a model is shown."""

    WOMEN = "women"
    MEN = "men"
    NON_BINARY = "non_binary"
    NEW_FACES = "new_faces"
    DEVELOPMENT = "development"
    IMAGE = "image"
    CURVE = "curve"
    CLASSIC = "classic"
    KIDS = "kids"
    TALENT = "talent"

    @property
    def label(self) -> str:
        """The value as a person reads it."""
        return "Non-binary" if self is Board.NON_BINARY else super().label


class ModelStatus(LabelledEnum):
    """Whether a model can be cast."""

    ACTIVE = "active"
    ON_HOLD = "on_hold"
    INACTIVE = "inactive"


class AvailabilityKind(LabelledEnum):
    """What an agency says about a span of a model's time."""

    AVAILABLE = "available"
    TENTATIVE = "tentative"
    UNAVAILABLE = "unavailable"


class DesignerStatus(LabelledEnum):
    """How the house stands with a designer."""

    PROSPECT = "prospect"
    ACTIVE = "active"
    ALUMNI = "alumni"


class RunKind(LabelledEnum):
    """What a pass over the line-up is for."""

    SHOW = "show"
    FIRST_REHEARSAL = "first_rehearsal"
    DRESS_REHEARSAL = "dress_rehearsal"
    TECHNICAL_REHEARSAL = "technical_rehearsal"
    PRESENTATION = "presentation"
    SHOOT = "shoot"


class RunStatus(LabelledEnum):
    """Where a run stands: planned → ready → live → done, or cancelled."""

    PLANNED = "planned"
    READY = "ready"
    LIVE = "live"
    DONE = "done"
    CANCELLED = "cancelled"


class LineupStatus(LabelledEnum):
    """Whether the line-up of a run may still change."""

    DRAFT = "draft"
    PUBLISHED = "published"
    LOCKED = "locked"


class LookStatus(LabelledEnum):
    """Where a look stands on its way to the runway."""

    PLANNED = "planned"
    RECEIVED = "received"
    FITTED = "fitted"
    READY = "ready"
    SHOWN = "shown"
    RETURNED = "returned"
    CUT = "cut"


class AssignmentStatus(LabelledEnum):
    """Where a place in the line-up stands."""

    PLANNED = "planned"
    CONFIRMED = "confirmed"
    WALKED = "walked"
    CUT = "cut"


class CastingStatus(LabelledEnum):
    """Where a casting stands; an option carries a rank, a confirmed one takes the model's time."""

    REQUESTED = "requested"
    OPTION = "option"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class FeeUnit(LabelledEnum):
    """What a casting fee is for."""

    SHOW = "show"
    HOUR = "hour"
    HALF_DAY = "half_day"
    DAY = "day"
    TRADE = "trade"


class FittingStatus(LabelledEnum):
    """Where a fitting stands."""

    SCHEDULED = "scheduled"
    DONE = "done"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"

    @property
    def label(self) -> str:
        """The value as a person reads it."""
        return "No-show" if self is FittingStatus.NO_SHOW else super().label


class FittingResult(LabelledEnum):
    """What a fitting found."""

    PENDING = "pending"
    FITS = "fits"
    ALTERATIONS = "alterations"
    OTHER_MODEL = "other_model"
    OTHER_LOOK = "other_look"
