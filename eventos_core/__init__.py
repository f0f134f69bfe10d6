"""EventOS: the internal dashboard of an event organiser."""

__version__ = "0.1.0"
