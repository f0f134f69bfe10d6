"""EventOS without its tuning, to measure what the tuning is worth."""

from __future__ import annotations

import gc

from eventos_core.api import startup


def apply() -> None:
    """Leave TCP_NODELAY unset and let Python collect garbage, imports included, as it does by itself.

    Streamlit's own collection after each run is switched on by its option, not here.
    """
    startup.tune_listening_sockets = lambda: None
    gc.freeze = lambda: None
