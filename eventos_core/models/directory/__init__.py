"""Companies and people: organisations, contacts and their addresses, the house's own data, merges."""

from eventos_core.models.directory.contacts import Contact, ContactEmail, ContactPhone
from eventos_core.models.directory.merges import DuplicateDismissal, Merge
from eventos_core.models.directory.organizations import MyOrganizationMetadata, Organization

__all__ = [
    "Contact",
    "ContactEmail",
    "ContactPhone",
    "DuplicateDismissal",
    "Merge",
    "MyOrganizationMetadata",
    "Organization",
]
