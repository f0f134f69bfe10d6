"""An app with nothing but the deal board: what it is asked stands below it, as the page would have it."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))


async def ready(request: Request) -> PlainTextResponse:
    return PlainTextResponse("ready")


app = st.App(HERE / "page.py", routes=[Route("/readyz", ready)])
