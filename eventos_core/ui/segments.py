"""A segmented control or select box whose value stands in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from eventos_core.ui import address

FILTERS_WIDTH = 640
"""Pixels that search, filters and views need beside the segments; where there are fewer they wrap as one."""


def segments(
    label: str,
    parameter: str,
    options: Sequence[str],
    default: str,
    *,
    format_func: Callable[[str], str],
    clears: Sequence[str] = (),
    also: Mapping[str, str | None] | None = None,
    as_list: bool = False,
) -> str:
    """One of `options`, from the address.

    `clears` are parameters that a change takes out, such as a cursor; `also` are parameters that it sets.
    """
    wanted = st.query_params.get(parameter)
    value = wanted if wanted is not None and wanted in options else default
    bound = address.widget(parameter, value, default=default, also={**dict.fromkeys(clears), **(also or {})})
    if as_list:
        st.selectbox(
            label, list(options), format_func=format_func, width=280,
            label_visibility="collapsed", **bound,
        )  # fmt: skip
    else:
        with st.container(key=f"{parameter}_segments", width="content"):
            st.segmented_control(
                label, options, required=True, format_func=format_func, label_visibility="collapsed", **bound
            )  # fmt: skip
    return value
