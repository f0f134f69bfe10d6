"""The ASGI entry: `streamlit run app.py`, `python app.py` or `uvicorn app:app`, from any working directory.

Only a launcher. The entry script is `eventos_core/ui/shell.py`: were it this file, beside `pages/`, a fresh
process would run a page without the gate when it is the first address asked for.
"""

from pathlib import Path

import streamlit as st
from streamlit import config
from streamlit.file_util import get_static_dir

from eventos_core.api import routes
from eventos_core.api.startup import lifespan
from eventos_core.ui import errors, warm_up

ROOT = Path(__file__).resolve().parent

# `streamlit run` and `python app.py` set this; an ASGI server started elsewhere would miss .streamlit/config.toml.
if config._main_script_path is None:
    config._main_script_path = str(ROOT / "app.py")

app = st.App(
    ROOT / "eventos_core" / "ui" / "shell.py",
    lifespan=lifespan(warm_up.imports),
    routes=routes.ROUTES,
    middleware=routes.middleware(Path(get_static_dir()) / "index.html"),
    on_script_error=errors.on_script_error,
)

if __name__ == "__main__":
    app.run()
