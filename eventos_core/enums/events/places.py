"""Venues, spaces, sessions and what the clash rule knows."""

from __future__ import annotations

from eventos_core.enums.base import LabelledEnum


class VenueKind(LabelledEnum):
    """What sort of place a venue is."""

    EVENT_HALL = "event_hall"
    THEATRE = "theatre"
    MUSEUM = "museum"
    GALLERY = "gallery"
    HOTEL = "hotel"
    RESTAURANT = "restaurant"
    SHOWROOM = "showroom"
    STORE = "store"
    STUDIO = "studio"
    WAREHOUSE = "warehouse"
    CONFERENCE_CENTRE = "conference_centre"
    HISTORIC = "historic"
    OUTDOOR = "outdoor"
    OFFICE = "office"
    ONLINE = "online"
    OTHER = "other"


class VenueContactRole(LabelledEnum):
    """What a person does for a venue."""

    BOOKING = "booking"
    MANAGEMENT = "management"
    TECHNICAL = "technical"
    SECURITY = "security"
    CATERING = "catering"
    BILLING = "billing"
    EMERGENCY = "emergency"
    OTHER = "other"


class Setup(LabelledEnum):
    """How a space is set up; the keys of a space's capacities."""

    RUNWAY = "runway"
    THEATRE = "theatre"
    CLASSROOM = "classroom"
    BANQUET = "banquet"
    CABARET = "cabaret"
    RECEPTION = "reception"
    BOARDROOM = "boardroom"
    U_SHAPE = "u_shape"
    SHOWROOM = "showroom"
    STANDING = "standing"
    BACKSTAGE = "backstage"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The value as a person reads it."""
        return "U-shape" if self is Setup.U_SHAPE else super().label


class SpaceUse(LabelledEnum):
    """What an event needs a space for."""

    MAIN = "main"
    RUNWAY = "runway"
    BACKSTAGE = "backstage"
    HAIR_MAKEUP = "hair_makeup"
    FITTING = "fitting"
    SHOWROOM = "showroom"
    RECEPTION = "reception"
    PRESS = "press"
    VIP = "vip"
    CATERING = "catering"
    STORAGE = "storage"
    PARKING = "parking"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The value as a person reads it."""
        names = {SpaceUse.HAIR_MAKEUP: "Hair and make-up", SpaceUse.VIP: "VIP"}
        return names.get(self) or super().label


class SpaceBookingStatus(LabelledEnum):
    """How firmly an event has a space; options and confirmed bookings keep others out."""

    OPTION = "option"
    CONFIRMED = "confirmed"
    RELEASED = "released"


class SessionKind(LabelledEnum):
    """What sort of programme item a session is."""

    SHOW = "show"
    PRESENTATION = "presentation"
    KEYNOTE = "keynote"
    TALK = "talk"
    PANEL = "panel"
    WORKSHOP = "workshop"
    PERFORMANCE = "performance"
    SCREENING = "screening"
    EXHIBITION = "exhibition"
    CEREMONY = "ceremony"
    NETWORKING = "networking"
    MEAL = "meal"
    PARTY = "party"
    TOUR = "tour"
    MEETING = "meeting"
    BREAK = "break"
    OTHER = "other"


class HostRole(LabelledEnum):
    """What a host does in a session."""

    HOST = "host"
    SPEAKER = "speaker"
    MODERATOR = "moderator"
    PANELIST = "panelist"
    DESIGNER = "designer"
    PERFORMER = "performer"
    PRESENTER = "presenter"
    PARTNER = "partner"


class HostStatus(LabelledEnum):
    """Whether a host has agreed."""

    INVITED = "invited"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


class ResourceKind(LabelledEnum):
    """What the clash rule keeps from being in two places."""

    PERSON = "person"
    SPACE = "space"
    VEHICLE = "vehicle"
    ITEM = "item"


class BookingLayer(LabelledEnum):
    """How a booking takes its resource.

    `hold`: an event keeps it; `shift`: a person is on duty; `use`: it is somewhere.
    """

    HOLD = "hold"
    SHIFT = "shift"
    USE = "use"


class MovableKind(LabelledEnum):
    """The kinds of `resources`."""

    VEHICLE = "vehicle"
    ITEM = "item"
