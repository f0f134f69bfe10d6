"""The app as `app.py` builds it, without the tuning."""

from pathlib import Path

import streamlit as st
from streamlit.file_util import get_static_dir

from benchmarks import untuned
from eventos_core.api import routes
from eventos_core.api.startup import lifespan
from eventos_core.ui import errors, warm_up

untuned.apply()
ROOT = Path(__file__).resolve().parents[1]

app = st.App(
    ROOT / "eventos_core" / "ui" / "shell.py",
    lifespan=lifespan(warm_up.imports),
    routes=routes.ROUTES,
    middleware=routes.middleware(Path(get_static_dir()) / "index.html"),
    on_script_error=errors.on_script_error,
)
