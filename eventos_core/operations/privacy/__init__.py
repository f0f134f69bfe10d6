"""People's data: what is held of a person, given out or erased on request, and how long it is kept."""
