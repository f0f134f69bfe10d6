"""Services that every domain writes through, and the registries that domains join."""
