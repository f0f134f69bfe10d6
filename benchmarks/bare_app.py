"""The least that Streamlit can do, as an app: what `benchmarks.pages` takes for the floor.

`EVENTOS_BENCHMARK_UNTUNED=1` leaves out what EventOS does to its process at start.
"""

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st

from benchmarks import untuned
from eventos_core.api import startup
from eventos_core.ui import warm_up

if os.environ.get("EVENTOS_BENCHMARK_UNTUNED") == "1":
    untuned.apply()


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[dict[str, Any]]:
    """The real app's imports and tuning, without its database."""
    warm_up.imports()
    startup.tune_listening_sockets()
    gc.collect()
    gc.freeze()
    yield {}


app = st.App(Path(__file__).with_name("bare_script.py"), lifespan=lifespan)
