"""The crew, the run of show and logistics."""

from __future__ import annotations

from eventos_core.enums.base import LabelledEnum


class Department(LabelledEnum):
    """The crew's departments, as on a call sheet."""

    PRODUCTION = "production"
    STAGE_MANAGEMENT = "stage_management"
    BACKSTAGE = "backstage"
    CASTING = "casting"
    WARDROBE = "wardrobe"
    HAIR = "hair"
    MAKEUP = "makeup"
    LIGHT = "light"
    SOUND = "sound"
    VIDEO = "video"
    STAGE = "stage"
    FRONT_OF_HOUSE = "front_of_house"
    CHECK_IN = "check_in"
    SEATING = "seating"
    PRESS = "press"
    SPONSORS = "sponsors"
    HOSPITALITY = "hospitality"
    CATERING = "catering"
    SECURITY = "security"
    MEDICAL = "medical"
    TRANSPORT = "transport"
    LOGISTICS = "logistics"
    CLEANING = "cleaning"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The value as a person reads it."""
        names = {Department.MAKEUP: "Make-up", Department.CHECK_IN: "Check-in"}
        return names.get(self) or super().label


class CueKind(LabelledEnum):
    """What sort of item stands in the run of show."""

    LOAD_IN = "load_in"
    FITTING = "fitting"
    REHEARSAL = "rehearsal"
    HAIR_MAKEUP = "hair_makeup"
    DOORS = "doors"
    SHOW = "show"
    LOOK = "look"
    CUE = "cue"
    BREAK = "break"
    LOAD_OUT = "load_out"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The value as a person reads it."""
        names = {
            CueKind.LOAD_IN: "Load-in",
            CueKind.LOAD_OUT: "Load-out",
            CueKind.HAIR_MAKEUP: "Hair and make-up",
        }
        return names.get(self) or super().label


class CueStatus(LabelledEnum):
    """Where a cue stands: planned → ready → live → done, or cut."""

    PLANNED = "planned"
    READY = "ready"
    LIVE = "live"
    DONE = "done"
    CUT = "cut"


class StaffStatus(LabelledEnum):
    """Where a shift stands: invited → confirmed → checked in, or not."""

    INVITED = "invited"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    CHECKED_IN = "checked_in"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The value as a person reads it."""
        return "No-show" if self is StaffStatus.NO_SHOW else super().label


class RateUnit(LabelledEnum):
    """What a rate of pay is for."""

    HOUR = "hour"
    HALF_DAY = "half_day"
    DAY = "day"
    FLAT = "flat"


class LogisticsCategory(LabelledEnum):
    """What sort of item or service is needed."""

    TRANSPORT = "transport"
    FREIGHT = "freight"
    ACCOMMODATION = "accommodation"
    TRAVEL = "travel"
    FURNITURE = "furniture"
    STAGING = "staging"
    LIGHT = "light"
    SOUND = "sound"
    VIDEO = "video"
    POWER = "power"
    DECOR = "decor"
    FLOWERS = "flowers"
    CATERING = "catering"
    WARDROBE = "wardrobe"
    GARMENTS = "garments"
    HAIR_MAKEUP = "hair_makeup"
    PRINT = "print"
    SIGNAGE = "signage"
    GIFTS = "gifts"
    SECURITY = "security"
    MEDICAL = "medical"
    CLEANING = "cleaning"
    IT = "it"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The value as a person reads it."""
        names = {LogisticsCategory.IT: "IT", LogisticsCategory.HAIR_MAKEUP: "Hair and make-up"}
        return names.get(self) or super().label


class LogisticsStatus(LabelledEnum):
    """Where an item stands: needed → quoted → booked → delivered → returned, or cancelled."""

    NEEDED = "needed"
    QUOTED = "quoted"
    BOOKED = "booked"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"
