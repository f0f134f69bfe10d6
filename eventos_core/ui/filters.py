"""The filter row of a list: a frozen dataclass in, widgets and URL parameters out.

The shape of the filter decides the widgets: the first enum is the main state (segmented control), a field called
`search` is the search box, everything else stands in a popover. Values live in the URL under the page's prefix, so a
link opens the same list for a colleague and Back goes back.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import types
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

import streamlit as st

from eventos_core.ui.errors import escaped

F = TypeVar("F")


class Kept(Protocol):
    """A saved view, as far as the filter row is concerned."""

    @property
    def filters(self) -> Mapping[str, Any]:
        """Values by field."""
        ...


class Views(Protocol):
    """The saved views of a list (`ui.views.Bar`), as far as the filter row is concerned."""

    lost: set[str]
    extras: Sequence[str]
    wanted: Mapping[str, Any] | None

    @property
    def active(self) -> Kept | None:
        """The view in force."""
        ...

    def draw(self, current: Mapping[str, Any]) -> None:
        """The menu, at the end of the row."""
        ...


Options = Mapping[str, Mapping[Any, str]]
_SHOWN = "_eventos_filters_shown"
SEARCH_FIELDS = ("search", "text", "q")
ALL = "all"
FIRST_DAY, LAST_DAY = dt.date(1970, 1, 1), dt.date(2099, 12, 31)
"""What a filter by day takes; Streamlit's own limit of ten years would drop a link to anything older."""


def filters(
    shape: type[F],
    *,
    prefix: str,
    labels: Mapping[str, str] | None = None,
    options: Options | None = None,
    skip: Sequence[str] = (),
    bar: Views | None = None,
    everything: str = "All",
    main: bool = True,
) -> F:
    """Draw the filter row for `shape` and return the filter that the URL says; `bar` adds the list's saved views.

    `everything` is what the main state is called where nothing is chosen; without `main` no field is the main one.

    `labels` name fields for people; `options` offers values for a field that is no enum (`{"owner_id": {3: "Ana"}}`).
    Fields without a default, in `skip`, or of a type that no widget fits keep their default.
    """
    hints = get_type_hints(shape)
    fields = [f for f in dataclasses.fields(shape) if f.name not in skip]  # type: ignore[arg-type]
    drawn: dict[str, Any] = {}
    named, offered = labels or {}, options or {}
    state = _main(fields, hints) if main else None
    search = next((f.name for f in fields if f.name in SEARCH_FIELDS), None)
    rest = [f for f in fields if f.name not in (state, search) and _fits(hints[f.name], f.name, offered)]
    shown = [f for f in fields if f.name in (state, search) or f in rest]
    if bar is not None:
        _follow(bar, prefix, shown, hints, offered, state)
    with st.container(horizontal=True, vertical_alignment="center", key=f"{prefix}_filters"):
        if state:
            drawn[state] = _segmented(prefix, state, hints[state], _label(state, named), everything)
        if search:
            drawn[search] = st.text_input(
                _label(search, named), type="search", key=f"{prefix}_{search}", bind="query-params", width=280,
                placeholder=_label(search, named), icon=":material/search:", label_visibility="collapsed",
                on_change=first_page, args=(prefix,),
            )  # fmt: skip
        if rest:
            active = _active(prefix, rest)
            with st.popover(f"Filters · {active}" if active else "Filters", icon=":material/tune:"):
                for f in rest:
                    label = _label(f.name, named)
                    drawn[f.name] = _widget(prefix, f, hints[f.name], label, offered.get(f.name))
        if bar is not None:
            bar.draw(current(prefix, shown, st.session_state))
    return shape(**{name: value for name, value in drawn.items() if value is not None})


def _active(prefix: str, rest: Sequence[dataclasses.Field[Any]]) -> int:
    """How many of these fields narrow the list: by their widgets, or by a link that these have not read yet."""
    now = current(prefix, rest, st.session_state)
    new = [f.name for f in rest if f"{prefix}_{f.name}" not in st.session_state]
    return len(now) + sum(1 for name in new if st.query_params.get(f"{prefix}_{name}"))


def _follow(
    bar: Views, prefix: str, shown: Sequence[Any], hints: Mapping[str, Any], offered: Options, main: str | None
) -> None:
    """Set the widgets to what the view wants, where it wants anything, and note what of it is offered no more."""
    if bar.active is not None:
        bar.lost |= set(bar.active.filters) - {f.name for f in shown} - set(bar.extras)
    for f in shown:
        stored = (bar.active.filters if bar.active is not None else {}).get(f.name)
        value, whole = as_widget(f, hints[f.name], stored, offered.get(f.name), main=f.name == main)
        if not whole:
            bar.lost.add(f.name)
        if bar.wanted is not None:
            _show(f"{prefix}_{f.name}", value)


def _main(fields: Sequence[Any], hints: Mapping[str, Any]) -> str | None:
    return next((f.name for f in fields if _enum_of(hints[f.name]) and not _is_many(hints[f.name])), None)


def as_widget(
    f: dataclasses.Field[Any], hint: Any, stored: Any, offered: Mapping[Any, str] | None, *, main: bool
) -> tuple[Any, bool]:
    """A stored value as its widget takes it, and whether all of it is still offered; None gives the default."""
    enum, plain = _enum_of(hint), _plain(hint)
    if enum or offered:
        known = {str(m.value) for m in enum} if enum else {str(key) for key in offered or {}}
        if _is_many(hint):
            given = list(stored) if isinstance(stored, (list, tuple)) else []
            return [value for value in given if value in known], stored is None or set(given) <= known
        if not isinstance(stored, str) or stored not in known:
            return (ALL if main else None), stored is None
        return stored, True
    if plain is bool:
        default = bool(f.default) if f.default is not dataclasses.MISSING else False
        return (stored if isinstance(stored, bool) else default), stored is None or isinstance(stored, bool)
    if plain is int:
        return (stored if isinstance(stored, int) else None), stored is None or isinstance(stored, int)
    if plain is dt.date:
        try:
            day = dt.date.fromisoformat(stored) if stored else None
        except (TypeError, ValueError):
            return None, False
        fits = day is None or FIRST_DAY <= day <= LAST_DAY
        return (day if fits else None), fits
    return (stored if isinstance(stored, str) else ""), stored is None or isinstance(stored, str)


def current(prefix: str, shown: Sequence[dataclasses.Field[Any]], state: Mapping[Any, Any]) -> dict[str, Any]:
    """What the widgets of these fields say, as views keep it: plain values, defaults left out."""
    found: dict[str, Any] = {}
    for f in shown:
        value = state.get(f"{prefix}_{f.name}")
        if isinstance(value, dt.date):
            value = value.isoformat()
        if isinstance(value, str):
            value = value.strip()
        if value in (None, "", [], ALL) or (isinstance(value, bool) and value == (f.default is True)):
            continue
        found[f.name] = list(value) if isinstance(value, (list, tuple)) else value
    return found


def show(prefix: str, values: Mapping[str, Any]) -> None:
    """For callbacks: let the widgets of these fields show values as they take them; the address follows."""
    for name, value in values.items():
        _show(f"{prefix}_{name}", value)


def _segmented(prefix: str, name: str, hint: Any, label: str, everything: str) -> Any:
    members = {str(member.value): _member_label(member) for member in _enum_of(hint) or ()}
    _from_link(f"{prefix}_{name}", {ALL: everything, **members}, many=False)
    chosen = st.segmented_control(
        label, [ALL, *members], default=ALL, required=True, key=f"{prefix}_{name}", bind="query-params",
        format_func=lambda value: members.get(value, everything), label_visibility="collapsed",
        on_change=first_page, args=(prefix,),
    )  # fmt: skip
    enum = _enum_of(hint)
    return enum(chosen) if enum and chosen in members else None


def _widget(prefix: str, f: dataclasses.Field[Any], hint: Any, label: str, offered: Mapping[Any, str] | None) -> Any:
    """One widget in the popover, bound to the URL; None where nothing is chosen."""
    more: dict[str, Any] = {
        "key": f"{prefix}_{f.name}", "bind": "query-params", "on_change": first_page, "args": (prefix,),
    }  # fmt: skip
    _show_again(more["key"])
    enum = _enum_of(hint)
    if enum or offered:
        names = (
            {str(m.value): _member_label(m) for m in enum} if enum else {str(k): v for k, v in (offered or {}).items()}
        )
        back: dict[str, Any] = {str(m.value): m for m in enum} if enum else {str(k): k for k in offered or {}}
        names = _told_apart(names)
        _from_link(more["key"], names, many=_is_many(hint))
        if _is_many(hint):
            chosen = st.multiselect(label, list(names), format_func=lambda v: names.get(v, v), **more)
            return tuple(back[v] for v in chosen if v in back) or None
        one = st.selectbox(
            label, list(names), index=None, placeholder="Any", format_func=lambda v: names.get(v, v), **more
        )
        return back.get(one) if one is not None else None
    plain = _plain(hint)
    if plain is bool:
        return st.toggle(label, value=bool(f.default) if f.default is not dataclasses.MISSING else False, **more)
    if plain is dt.date:
        return st.date_input(label, value=None, min_value=FIRST_DAY, max_value=LAST_DAY, **more)
    if plain is int:
        return st.number_input(label, value=None, step=1, **more)
    return (st.text_input(label, **more) or "").strip() or None


def _told_apart(names: Mapping[str, str]) -> dict[str, str]:
    """Two options of one name get their values appended: Streamlit knows a choice by its label alone."""
    often = Counter(names.values())
    return {value: f"{name} ({value})" if often[name] > 1 else name for value, name in names.items()}


def _from_link(key: str, names: Mapping[str, str], *, many: bool) -> None:
    """A link names an option by its value, which stays when its label changes; the widget would look for the label."""
    labels = set(names.values())
    given = [value for value in st.query_params.get_all(key) if value in names and value not in labels]
    if given:
        _show(key, given if many else given[0])


def _show(key: str, value: Any) -> None:
    """Let a widget show a value that nobody gave by hand."""
    st.session_state[key] = value
    if value not in (None, "", [], False):
        st.session_state.setdefault(_SHOWN, {})[key] = value


def _show_again(key: str) -> None:
    """Let a widget of the popover show such a value in this run too, unless somebody has changed it.

    In the browser the popover is empty until it is opened. A widget that learns of its value only in an earlier run
    than that one would then show its default, and the list would lose the filter.
    """
    shown: dict[str, Any] = st.session_state.get(_SHOWN, {})
    if key not in shown:
        return
    if st.session_state.get(key) == shown[key]:
        st.session_state[key] = shown[key]
    else:
        del shown[key]


def first_page(prefix: str) -> None:
    """A new filter starts the list from its beginning."""
    st.query_params.pop(f"{prefix}_at", None)


def _label(name: str, named: Mapping[str, str]) -> str:
    return named.get(name) or name.removesuffix("_id").replace("_", " ").capitalize()


def _member_label(member: StrEnum) -> str:
    return escaped(str(getattr(member, "label", member.value)))


def _alternatives(hint: Any) -> tuple[Any, ...]:
    if get_origin(hint) in (Union, types.UnionType):
        return tuple(part for part in get_args(hint) if part is not type(None))
    return (hint,)


def _plain(hint: Any) -> Any:
    return _alternatives(hint)[0]


def _is_many(hint: Any) -> bool:
    return get_origin(_plain(hint)) in (tuple, frozenset, list)


def _enum_of(hint: Any) -> type[StrEnum] | None:
    part = _plain(hint)
    if _is_many(hint):
        part = get_args(part)[0]
    return part if isinstance(part, type) and issubclass(part, StrEnum) else None


def _fits(hint: Any, name: str, offered: Options) -> bool:
    plain = _plain(hint) in (bool, dt.date, int, str) and not _is_many(hint) and not name.endswith("_id")
    return plain or _enum_of(hint) is not None or name in offered
