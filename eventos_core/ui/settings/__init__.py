"""Parts of the Settings page: one drawer of a section each, and the general one for values and kept lists."""
