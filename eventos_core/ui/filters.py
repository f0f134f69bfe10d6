"""The filter row of a list: a frozen dataclass in, widgets and URL parameters out.

The shape of the filter decides the widgets: the first enum is the main state (segmented control), a field called
`search` is the search box, everything else stands in a popover. Values live in the URL under the page's prefix, so a
link opens the same list for a colleague and Back goes back. What the URL says and nobody offers counts for nothing.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import types
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

import streamlit as st

from eventos_core.ui import address
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
    fields: Sequence[str]

    @property
    def active(self) -> Kept | None:
        """The view in force."""
        ...

    def left(self) -> Mapping[str, str]:
        """What a change by hand writes into the address besides."""
        ...

    def draw(self, current: Mapping[str, Any]) -> None:
        """The menu, at the end of the row."""
        ...


Options = Mapping[str, Mapping[Any, str]]
SEARCH_FIELDS = ("search", "text", "q")
ALL = "all"
FIRST_DAY, LAST_DAY = dt.date(1970, 1, 1), dt.date(2099, 12, 31)
"""What a filter by day takes; Streamlit's own limit of ten years would drop a link to anything older."""
_LIMITS: Mapping[type, tuple[Any, Any]] = {dt.date: (FIRST_DAY, LAST_DAY), int: (-(2**53) + 1, 2**53 - 1)}
"""What the fields of a browser can hold."""


@dataclass(frozen=True)
class Field:
    """One field of a filter: what it may hold, and how the address says it."""

    name: str
    label: str
    default: Any
    kind: type
    """What one of its values is; text where values are offered."""
    many: bool = False
    main: bool = False
    """Whether it may be the main state: one of an enum."""
    names: Mapping[str, str] | None = None
    """What is offered: text in the address → words for people; None where anything may be written."""
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Text in the address → value for the filter."""

    @property
    def start(self) -> Any:
        """What its widget shows where nothing is chosen, if that is a choice by itself."""
        return self.default is True if self.kind is bool and self.names is None else None

    def read(self, given: Sequence[str]) -> Any:
        """What the widget shows for these texts, of the address or of a view; those that mean nothing are left out."""
        if self.names is not None:
            known = [text for text in dict.fromkeys(given) if text in self.names]
            return known if self.many else (known[-1] if known else None)
        text = given[-1].strip() if given else ""
        if self.kind is bool:
            return text == "true" if text in ("true", "false") else self.start
        if self.kind is str:
            return text if "\0" not in text else ""
        try:
            value: Any = int(text) if self.kind is int else dt.date.fromisoformat(text)
        except ValueError:
            return None
        return value if _LIMITS[self.kind][0] <= value <= _LIMITS[self.kind][1] else None

    def meant(self, shown: Any) -> Any:
        """What the filter gets for what the widget shows; None for its default."""
        if self.names is None:
            return shown if shown != "" else None
        if self.many:
            return tuple(self.values[text] for text in shown) or None
        return self.values[shown] if shown is not None else None

    def kept(self, shown: Any) -> Any:
        """What a view keeps of what the widget shows: plain values, None for the default."""
        if not address.texts(shown, self.start):
            return None
        return shown.isoformat() if isinstance(shown, dt.date) else shown

    def whole(self, stored: Any) -> bool:
        """Whether all of what a view has kept is still offered."""
        given = address.texts(stored)
        return address.texts(self.read(given)) == given


def fields_of(
    shape: type[Any], labels: Mapping[str, str] | None, options: Options | None, skip: Sequence[str] = ()
) -> list[Field]:
    """The fields that a widget fits, in the order of `shape`."""
    hints, offered, found = get_type_hints(shape), options or {}, []
    for f in dataclasses.fields(shape):
        hint, label = hints[f.name], (labels or {}).get(f.name) or _label(f.name)
        if f.name in skip or not (f.name in SEARCH_FIELDS or _fits(hint, f.name, offered)):
            continue
        enum, given = _enum_of(hint), offered.get(f.name)
        if enum is not None:
            names = {str(member.value): _member_label(member) for member in enum}
            values: dict[str, Any] = {str(member.value): member for member in enum}
        else:
            names = {str(key): name for key, name in (given or {}).items()}
            values = {str(key): key for key in given or {}}
        if enum is not None or given is not None:
            many = _is_many(hint)
            main = enum is not None and not many
            found.append(Field(f.name, label, f.default, str, many, main, _told_apart(names), values))
        else:
            found.append(Field(f.name, label, f.default, _plain(hint)))
    return found


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
    row = fields_of(shape, labels, options, skip)
    shown = {f.name: f.read(st.query_params.get_all(f"{prefix}_{f.name}")) for f in row}
    state = next((f for f in row if main and f.main), None)
    search = next((f for f in row if f.name in SEARCH_FIELDS), None)
    rest = [f for f in row if f not in (state, search)]
    also: dict[str, str | None] = {f"{prefix}_at": None}
    if bar is not None:
        bar.fields = [f.name for f in dataclasses.fields(shape)]  # type: ignore[arg-type]
        bar.lost |= _missing(bar, row)
        also |= bar.left()

    def bound(f: Field, default: Any = None) -> dict[str, Any]:
        value = default if shown[f.name] is None else shown[f.name]
        return address.widget(f"{prefix}_{f.name}", value, default=default, also=also)

    with st.container(horizontal=True, vertical_alignment="center", key=f"{prefix}_filters"):
        if state:
            _segmented(state, everything, bound(state, ALL))
        if search:
            st.text_input(
                search.label, type="search", width=280, placeholder=search.label,
                icon=":material/search:", label_visibility="collapsed", **bound(search),
            )  # fmt: skip
        if rest:
            active = sum(bool(address.texts(shown[f.name], f.start)) for f in rest)
            with st.popover(f"Filters · {active}" if active else "Filters", icon=":material/tune:"):
                for f in rest:
                    _widget(f, bound(f, f.start))
        if bar is not None:
            kept = {f.name: f.kept(shown[f.name]) for f in row}
            bar.draw({name: value for name, value in kept.items() if value is not None})
    meant = {f.name: f.meant(shown[f.name]) for f in row}
    return shape(**{name: value for name, value in meant.items() if value is not None})


def _missing(bar: Views, row: Sequence[Field]) -> set[str]:
    """Fields of the view of which something is offered no more."""
    stored = bar.active.filters if bar.active is not None else {}
    there = {f.name for f in row if f.name not in stored or f.whole(stored[f.name])}
    return set(stored) - there - set(bar.extras)


def _segmented(f: Field, everything: str, bound: Mapping[str, Any]) -> None:
    names = {ALL: everything, **(f.names or {})}
    st.segmented_control(
        f.label, list(names), required=True, format_func=lambda value: names[value],
        label_visibility="collapsed", **bound,
    )  # fmt: skip


def _widget(f: Field, bound: Mapping[str, Any]) -> None:
    """One widget in the popover."""
    names = f.names
    if names is not None:
        options = list(names)

        def told(text: str) -> str:
            return names.get(text, text)

        if f.many:
            st.multiselect(f.label, options, format_func=told, **bound)
        else:
            st.selectbox(f.label, options, None, placeholder="Any", format_func=told, **bound)
    elif f.kind is bool:
        st.toggle(f.label, **bound)
    elif f.kind is dt.date:
        st.date_input(f.label, None, min_value=FIRST_DAY, max_value=LAST_DAY, **bound)
    elif f.kind is int:
        st.number_input(f.label, value=None, step=1, **bound)
    else:
        st.text_input(f.label, **bound)


def _told_apart(names: Mapping[str, str]) -> dict[str, str]:
    """Two options of one name get their values appended: Streamlit knows a choice by its label alone."""
    often = Counter(names.values())
    return {value: f"{name} ({value})" if often[name] > 1 else name for value, name in names.items()}


def _label(name: str) -> str:
    return name.removesuffix("_id").replace("_", " ").capitalize()


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
    if name in offered:
        return bool(offered[name])
    plain = _plain(hint) in (bool, dt.date, int, str) and not _is_many(hint) and not name.endswith("_id")
    return plain or _enum_of(hint) is not None
