"""Settings of a house: a registry of sections that each domain joins, values that are read typed, lists that are kept.

QUIET_FROM = Setting(Field("messages.quiet_from", "Quiet from", Kind.TIME), str | None)
section(Section("messages", "Messages", "mail", "…", settings=(QUIET_FROM,)))
quiet = values(db)[QUIET_FROM]
"""

from eventos_core.operations.settings.registry import ManagedList, Section, Setting, Values, section, sections, values

__all__ = ["ManagedList", "Section", "Setting", "Values", "section", "sections", "values"]
