"""Imports what the first page would otherwise import while somebody waits."""

from __future__ import annotations

import importlib
import logging

_HEAVY = ("pandas", "pyarrow", "altair", "babel.dates", "babel.numbers")
_OURS = ("eventos_core.ui.frame", "eventos_core.ui.page", "eventos_core.ui.tables", "eventos_core.charts.theme")


def imports() -> None:
    """Load the heavy libraries and the pages' toolbox; also makes the sign-in check's decoy hash."""
    # streamlit-authenticator's own dependencies register components while they are imported, which Streamlit
    # remarks on outside of a page. We use none of them.
    remarks = logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context")
    remarks.disabled = True
    try:
        for name in (*_HEAVY, *_OURS):
            importlib.import_module(name)
    finally:
        remarks.disabled = False
    from eventos_core.tenancy.passwords import decoy_hash  # loads bcrypt

    decoy_hash()
