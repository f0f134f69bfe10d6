"""Drawing declared fields (`operations/fields.py`) in a form: each kind as the input that fits it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import streamlit as st

from eventos_core.operations.fields import Field, Kind
from eventos_core.ui.page import Form

_YES_NO = {None: "–", True: "Yes", False: "No"}


def draw_all(form: Form, fields: Iterable[Field], now: Mapping[str, Any], *, disabled: bool = False) -> dict[str, Any]:
    """All fields one below the other; returns what stands in them by key."""
    return {one.key: draw(form, one, now.get(one.key), disabled=disabled) for one in fields}


def draw(form: Form, one: Field, value: Any, *, name: str | None = None, disabled: bool = False) -> Any:
    """One field with its value; returns what stands in it, for the server to check.

    `name` is the field's name in errors; its key where nothing is said.
    """
    name = name or one.key
    options: dict[str, Any] = {"help": one.help or None, "disabled": disabled}
    if one.required and one.kind not in _UNMARKED:
        options["required"] = True
    draws: _Draw = _DRAWS.get(one.kind, _line)
    return draws(form, one, one.default if value is None and one.required else value, name, options)


_Draw = Callable[[Form, Field, Any, str, dict[str, Any]], Any]
_UNMARKED = (Kind.YES_NO, Kind.MULTI_CHOICE, Kind.COLOUR, Kind.SECRET)
"""Inputs that cannot demand a value themselves; a secret that is set may be left empty. The server asks for all."""


def _line(form: Form, one: Field, value: Any, name: str, options: dict[str, Any]) -> str:
    if one.placeholder:
        options["placeholder"] = one.placeholder
    return form.text(name, one.label, None if value is None else str(value), max_chars=one.most, **options)


def _area(form: Form, one: Field, value: Any, name: str, options: dict[str, Any]) -> str:
    return form.area(name, one.label, value, height=110, max_chars=one.most, **options)


def _integer(form: Form, one: Field, value: Any, name: str, options: dict[str, Any]) -> int | None:
    found: int | None = form.field(
        name, st.number_input, one.label, value=value, min_value=one.least, max_value=one.most, step=1, **options
    )
    return found


def _decimal(form: Form, one: Field, value: Any, name: str, options: dict[str, Any]) -> str:
    return form.text(name, one.label, "" if value is None else f"{value:g}", **options)


def _yes_no(form: Form, one: Field, value: Any, name: str, options: dict[str, Any]) -> bool | None:
    if one.required or isinstance(one.default, bool):
        return bool(form.field(name, st.checkbox, one.label, value=bool(value), **options))
    chosen: bool | None = form.pick(
        name, one.label, list(_YES_NO), value, format_func=lambda member: _YES_NO[member], **options
    )
    return chosen


def _date(form: Form, one: Field, value: Any, name: str, options: dict[str, Any]) -> str | None:
    shown = dt.date.fromisoformat(value) if value else None
    found: dt.date | None = form.field(
        name, st.date_input, one.label, value=shown, min_value="1900-01-01", max_value="2200-12-31", **options
    )
    return None if found is None else found.isoformat()


def _time(form: Form, one: Field, value: Any, name: str, options: dict[str, Any]) -> str | None:
    shown = dt.time.fromisoformat(value) if value else None
    found: dt.time | None = form.field(
        name, st.time_input, one.label, value=shown, step=dt.timedelta(minutes=15), **options
    )
    return None if found is None else f"{found:%H:%M}"


def _choice(form: Form, one: Field, value: Any, name: str, options: dict[str, Any]) -> str | None:
    offered = list(one.choices)
    if value is not None and value not in one.choices:
        offered.append(value)  # an older choice stays until somebody changes it
    index = offered.index(value) if value in offered else None
    found: str | None = form.field(
        name, st.selectbox, one.label, offered, index=index, placeholder="Choose",
        format_func=lambda member: one.choices.get(member, str(member)), **options,
    )  # fmt: skip
    return found


def _multi(form: Form, one: Field, value: Any, name: str, options: dict[str, Any]) -> list[str]:
    chosen = list(value or ())
    offered = [*one.choices, *(member for member in chosen if member not in one.choices)]
    return list(
        form.field(
            name, st.multiselect, one.label, offered, default=chosen, placeholder="Choose",
            format_func=lambda member: one.choices.get(member, str(member)), **options,
        )
    )  # fmt: skip


def _colour(form: Form, one: Field, value: Any, name: str, options: dict[str, Any]) -> str:
    return str(form.field(name, st.color_picker, one.label, value or "#8a8178", **options)).lower()


def _secret(form: Form, one: Field, value: Any, name: str, options: dict[str, Any]) -> str:
    return form.text(name, one.label, "", type="password", autocomplete="new-password", **options)


_DRAWS: Mapping[Kind, _Draw] = {
    Kind.LONG_TEXT: _area, Kind.INTEGER: _integer, Kind.DECIMAL: _decimal, Kind.YES_NO: _yes_no, Kind.DATE: _date,
    Kind.TIME: _time, Kind.CHOICE: _choice, Kind.MULTI_CHOICE: _multi, Kind.COLOUR: _colour, Kind.SECRET: _secret,
}  # fmt: skip
