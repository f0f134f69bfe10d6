"""A segmented control or select box whose value stands in the URL under a name of its own.

Streamlit's own binding writes the label into the URL, so a count in a label would break every link.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

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
    as_list: bool = False,
) -> str:
    """One of `options`, from the URL; `clears` are parameters that a change takes out, such as a cursor.

    The URL decides, the widget shows: each value has a widget of its own, so Back and links work.
    """
    wanted = st.query_params.get(parameter)
    value = wanted if wanted is not None and wanted in options else default
    key = f"{parameter}_{value}"
    if as_list:
        st.selectbox(
            label, list(options), index=list(options).index(value), format_func=format_func, key=key, width=280,
            label_visibility="collapsed", on_change=_chosen, args=(key, parameter, default, clears),
        )  # fmt: skip
    else:
        with st.container(key=f"{parameter}_segments", width="content"):
            st.segmented_control(
                label, options, default=value, required=True, format_func=format_func, key=key,
                label_visibility="collapsed", on_change=_chosen, args=(key, parameter, default, clears),
            )  # fmt: skip
    return value


def _chosen(key: str, parameter: str, default: str, clears: Sequence[str]) -> None:
    chosen = st.session_state.get(key)
    for name in clears:
        st.query_params.pop(name, None)
    if chosen is None or chosen == default:
        st.query_params.pop(parameter, None)
    else:
        st.query_params[parameter] = str(chosen)
