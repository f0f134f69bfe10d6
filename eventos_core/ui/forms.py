"""Forms that say what is wrong at the field, and that cannot be sent twice.

Every render of a form carries a key that no other render has. The key is part of the widgets' own keys and goes to
the command as its idempotency key: a second click on the same render repeats the same request and gets the same
answer; after success the next render is a new one, with empty fields.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import streamlit as st

from eventos_core.enums.base import LabelledEnum
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.money import exponent
from eventos_core.ui import errors, formats
from eventos_core.ui.errors import escaped

T = TypeVar("T")
E = TypeVar("E", bound=LabelledEnum)
_RUN = "_eventos_run"
_OWN = "_eventos_own_edit"


def required(label: str) -> str:
    """The label of an input that must not stay empty and has no such option, as Streamlit marks those that have."""
    return f"{label} :small[:gray[(required)]]"


def render_key(name: str) -> str:
    """The key of the present render of the form or button called `name`."""
    nonce: str = st.session_state.setdefault(f"_render_{name}", uuid.uuid4().hex)
    return f"{name}-{nonce}"


def next_render(name: str) -> None:
    """From now on `name` is a new render: its widgets are empty and its old key is spent."""
    st.session_state.pop(f"_version_{render_key(name)}", None)
    st.session_state.pop(f"_render_{name}", None)


def begin_run() -> None:
    """Count the full runs of pages, so that `seen_version` knows what was drawn in the last one."""
    st.session_state[_RUN] = st.session_state.get(_RUN, 0) + 1


def seen_version(name: str, current: int) -> int:
    """The version of a record as this render of `name` first showed it.

    A page reads its record anew in the very run that saves it. The version read there is always the latest and would
    never conflict with anybody; what counts is the version that the person had before their eyes. A render that was
    not drawn in the run before, such as that of a drawer which is opened again, shows the record as it is now. So does
    one whose name holds the id of a record that this very person has just saved from beside it.
    """
    key, run = f"_version_{render_key(name)}", st.session_state.get(_RUN, 0)
    version, drawn = st.session_state.get(key, (current, run))
    if drawn < run - 1 or _by_oneself(name, version, current):
        version = current
    st.session_state[key] = (version, run)
    return int(version)


def own_edit(record: int, version: int) -> None:
    """Note that this person has just saved the record, which stood at `version` before."""
    st.session_state[_OWN] = (record, version, st.session_state.get(_RUN, 0))


def _by_oneself(name: str, seen: int, current: int) -> bool:
    """Whether the record of `name` has moved on by nothing but what its other button or form did a moment ago."""
    record, version, run = st.session_state.get(_OWN, (None, None, 0))
    near = st.session_state.get(_RUN, 0) - run <= 1
    return near and (version, seen + 1) == (seen, current) and str(record) in name.split("_")


class Form:
    """The fields of one render of a form; made by `form`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.key = render_key(name)
        self.labels: dict[str, str] = {}
        """What people read beside each field."""
        self.shows: dict[str, Callable[[Any], str]] = {}
        """How a field that offers choices names them."""
        self._slots: dict[str, Any] = {}

    def field(self, name: str, widget: Callable[..., T], label: str, *args: Any, **kwargs: Any) -> T:
        """Any Streamlit input as the field `name`, with room for what is wrong with it below."""
        kwargs["key"] = f"{self.key}-{name}"
        self.labels[name] = label
        if kwargs.get("format_func") is not None:
            self.shows[name] = kwargs["format_func"]
        value = widget(label, *args, **kwargs)
        self._slots[name] = st.empty()
        return value

    def version(self, current: int) -> int:
        """The version of the edited record as this render first showed it; what the command's input gets."""
        return seen_version(self.name, current)

    def text(self, name: str, label: str, value: str | None = "", **options: Any) -> str:
        """One line of text, trimmed."""
        return str(self.field(name, st.text_input, label, value or "", **options) or "").strip()

    def area(self, name: str, label: str, value: str | None = "", **options: Any) -> str:
        """Several lines of text, trimmed."""
        return str(self.field(name, st.text_area, label, value or "", **options) or "").strip()

    def pick(
        self,
        name: str,
        label: str,
        options: Sequence[T],
        value: T | None = None,
        *,
        format_func: Callable[[T], str] = str,
        **more: Any,
    ) -> T:
        """One of `options`; the first where `value` is none of them."""
        members = list(options)
        index = members.index(value) if value in members else 0
        select: Callable[..., T] = st.selectbox
        return self.field(name, select, label, members, index=index, format_func=format_func, **more)

    def choice(self, name: str, label: str, options: type[E] | Sequence[E], value: E | None = None, **more: Any) -> E:
        """One of an enum's members, by label; the first where `value` is None."""
        return self.pick(name, label, list(options), value, format_func=lambda member: member.label, **more)

    def instant(
        self, name: str, label: str, zone: ZoneInfo, value: dt.datetime | None = None, **options: Any
    ) -> dt.datetime | None:
        """Day and time on the wall clock of `zone` (named in the label); returns the instant in UTC."""
        shown = value.astimezone(zone).replace(tzinfo=None) if value else None
        local: dt.datetime | None = self.field(
            name, st.datetime_input, f"{label} ({formats.zone_label(zone)})", shown, **options
        )
        return None if local is None else clock.local_to_utc(local, zone.key)

    def money(self, name: str, label: str, currency: str, minor: int | None = None, **options: Any) -> int | None:
        """An amount as people write it; returns minor units, None for an empty field.

        What cannot be read is said at the field, and the form does not count as submitted.
        """
        shown = "" if minor is None else plain_amount(minor, currency)
        raw = self.text(name, f"{label} ({currency})", shown, **options)
        try:
            return parse_amount(raw, currency, field=name)
        except InvalidInput as error:
            self.reject(error)
            return None

    _broken = False

    def reject(self, error: InvalidInput) -> None:
        """Say what cannot be read at its field; the form does not count as submitted then."""
        self.fail(error)
        self._broken = True

    def submit(self, label: str, *, icon: str | None = None, disabled: bool = False) -> bool:
        """The form's one button (Enter presses it too); True in the run after it was pressed with readable fields."""
        # Above the button: a long drawer ends at it, and what stands below is out of sight.
        self._note = st.empty()
        pressed = st.form_submit_button(
            label,
            key=f"{self.key}-submit",
            type="primary",
            icon=f":material/{icon}:" if icon else None,
            disabled=disabled,
        )
        return pressed and not self._broken

    _note: Any = None

    def fail(self, error: InvalidInput) -> None:
        """Show what is wrong at the fields it is wrong with; the rest above the button."""
        unplaced = []
        for name, problem in error.fields.items():
            slot = self._slots.get(name)
            if slot is None:
                unplaced.append(problem)
            else:
                slot.markdown(f":red[:small[:material/error: {escaped(problem)}]]")
        if unplaced or not error.fields:
            (self._note or st).error(escaped(" ".join([str(error), *unplaced])), icon=":material/error:")

    def show(self, error: Exception) -> None:
        """Show above the button what stopped the command and belongs to no field."""
        with (self._note or st).container():
            errors.show(error, in_form=True)

    def done(self) -> None:
        """Spend this render: the next one starts empty."""
        next_render(self.name)


@contextmanager
def form(name: str, *, border: bool = False) -> Iterator[Form]:
    """`with form("venue") as f:` – a Streamlit form whose fields are made through `f`."""
    made = Form(name)
    with st.form(made.key, border=border, enter_to_submit=True):
        yield made


def parse_amount(text: str, currency: str, *, field: str = "amount") -> int | None:
    """`8 400,50`, `8,400.50` or `8400.5` as minor units; None for nothing. Raises InvalidInput."""
    cleaned = "".join(character for character in text if character not in "\u202f\u00a0\u200e\u200f '’")
    cleaned = formats.without_sign(cleaned, currency).replace("−", "-")
    if not cleaned:
        return None
    places = exponent(currency)
    digits = cleaned.lstrip("-")
    position = max(digits.rfind("."), digits.rfind(","))
    whole, rest = digits, ""
    # The last separator is a decimal one unless exactly three digits follow it, as after thousands; where the
    # currency itself has three, it is unless there is another one of its kind.
    three = len(digits) - position - 1 == 3
    if position >= 0 and (not three or (places == 3 and digits.count(digits[position]) == 1)):
        whole, rest = digits[:position], digits[position + 1 :]
    whole = whole.replace(",", "").replace(".", "")
    readable = (whole + rest).isascii() and (whole + rest).isdigit() and "-" not in cleaned[1:]
    if not readable or len(rest) > places:
        raise InvalidInput(
            f"“{text.strip()}” is not an amount in {currency}.",
            fields={field: f"Write it like 8400 or 8400{'.50' if places else ''}"},
        )
    minor: int = int(whole or "0") * 10**places + int((rest or "0").ljust(places, "0") if places else "0")
    return -minor if cleaned.startswith("-") else minor


def plain_amount(minor: int, currency: str) -> str:
    """Minor units as a form shows them for editing: `8400.50`, without grouping."""
    places = exponent(currency)
    whole, rest = divmod(abs(minor), 10**places)
    return ("-" if minor < 0 else "") + str(whole) + (f".{rest:0{places}d}" if places and rest else "")
