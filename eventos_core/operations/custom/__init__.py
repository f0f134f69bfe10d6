"""Fields that a house adds to its records: defined here, filled in the forms of the domains that join."""

from eventos_core.operations.custom.registry import Entity, entities, entity, entity_of

__all__ = ["Entity", "entities", "entity", "entity_of"]
