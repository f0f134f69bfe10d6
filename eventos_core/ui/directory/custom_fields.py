"""Custom fields in a form: those that the house has defined, and those that imports brought, each as what it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from eventos_core.directory.rules.custom import CustomKind, as_text, from_text, kind_of
from eventos_core.kernel.errors import InvalidInput
from eventos_core.operations import fields
from eventos_core.operations.custom import queries
from eventos_core.operations.custom.rules import PREFIX, CustomField
from eventos_core.ui import fields as declared
from eventos_core.ui import page
from eventos_core.ui.directory.words import field_label, value_text
from eventos_core.ui.page import Form, PageContext

_YES_NO = {None: "–", True: "Yes", False: "No"}


def section(
    ctx: PageContext, form: Form, entity: str, now: Mapping[str, Any], known: Mapping[str, CustomKind] | None = None
) -> dict[str, Any]:
    """The fields of that kind of record in a fold of their own, open where one must be filled; none, no fold."""
    defined = page.read(ctx, queries.custom_fields, entity)
    if not (defined or known or now):
        return dict(now)
    with st.expander("Custom fields", icon=":material/tune:", expanded=any(one.required for one in defined)):
        return draw(form, known or {}, now, defined)


def draw(
    form: Form, known: Mapping[str, CustomKind], now: Mapping[str, Any], defined: Sequence[CustomField] = ()
) -> dict[str, Any]:
    """Name and value in a row each; returns all fields as the form holds them, None for an emptied one.

    A value that nobody touched stays what it is, to the letter; one with parts is not offered. `defined` come first,
    as they are defined; a value that does not fit its definition is offered as what it is.
    """
    given = dict(now)
    drawn = set()
    for one in defined:
        stored = now.get(one.key)
        if not _fits(one, stored):
            continue
        drawn.add(one.key)
        found = declared.draw(form, one.field, stored, name=f"{PREFIX}{one.key}")
        if found in ("", []):
            found = None
        if found is not None or stored is not None:
            given[one.key] = found
    for number, name in enumerate(sorted({*known, *now} - drawn, key=str.casefold)):
        stored = now.get(name)
        kind = kind_of(stored) if stored is not None else known.get(name, CustomKind.TEXT)
        field = f"custom_{number}"
        if kind is CustomKind.OTHER:
            continue
        if kind is CustomKind.YES_NO:
            given[name] = form.pick(field, name, list(_YES_NO), stored, format_func=_YES_NO.__getitem__)
            continue
        shown = as_text(stored)
        text = form.area(field, name, shown, height=90) if kind is CustomKind.LIST else form.text(field, name, shown)
        if text == shown.strip():
            continue
        try:
            given[name] = from_text(text, kind, field=field)
        except InvalidInput as error:
            form.reject(error)
    return given


def facts(ctx: PageContext, entity: str, custom: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Label and value of every custom field that holds something: defined ones in order, then the others."""
    if not custom:
        return []
    defined = page.read(ctx, queries.custom_fields, entity)
    shown = [(one.label, fields.shown(one.field, custom.get(one.key))) for one in defined]
    others = {name: value for name, value in custom.items() if name not in {one.key for one in defined}}
    return [
        *((label, value) for label, value in shown if value),
        *((field_label(name), value_text(name, value)) for name, value in others.items()),
    ]


def _fits(one: CustomField, stored: Any) -> bool:
    if stored is None or (one.options and isinstance(stored, str)):
        return True
    try:
        return bool(fields.read(one.field, stored) == stored)
    except ValueError:
        return bool(one.options) and isinstance(stored, list) and all(isinstance(item, str) for item in stored)
