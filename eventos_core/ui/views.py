"""Saved views in a list's filter row: a menu of views, what is kept in one, and the choice of columns.

    bar = views.bar(ctx, "contacts", "All contacts", columns=contact_list.COLUMNS)
    wanted = page.filters(Wish, prefix="contacts", bar=bar)
    tables.table(found.frame, bar.columns, …)

The view in force stands in the URL as `<list>_view`: `12` for view 12 as it was saved, `12~` for filters that began
from it, `all` for the whole list where a view is the default. Its filters stand there too, and they count; a link with
`12` alone takes them from the view as it is by then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from eventos_core.kernel.errors import EventOSError, InvalidInput
from eventos_core.kernel.permissions import Permission
from eventos_core.operations import views
from eventos_core.operations.views import (
    DeleteView,
    RenameView,
    SaveView,
    SetDefaultView,
    ShareView,
    TakeOverView,
    UpdateView,
    View,
    ViewSaved,
)
from eventos_core.ui import acting, address, errors, forms, page
from eventos_core.ui.errors import escaped
from eventos_core.ui.forms import Form
from eventos_core.ui.page import PageContext
from eventos_core.ui.tables import Column

ALL = "all"
_CHANGED = "~"


@dataclass
class Bar:
    """The views of one list in this run of its page."""

    ctx: PageContext
    key: str
    """Key of the list, and prefix of its parameters in the URL."""
    everything: str
    """What the list without a view is called: “All contacts”."""
    offered: tuple[View, ...]
    table: Sequence[Column]
    """All columns of the table, the first one always shown; none where there is nothing to choose."""
    extras: Sequence[str]
    """Fields of the filter row whose controls are drawn apart and live in the URL alone, such as a layout."""
    fields: Sequence[str] = ()
    """Fields of the filter row, which tells them."""
    active: View | None = None
    began: bool = False
    """Whether the URL says that the filters have left the view."""
    lost: set[str] = field(default_factory=set)
    """Fields of the view whose values are offered no more."""

    @property
    def picked(self) -> tuple[str, ...]:
        """The columns chosen by name, in order, from the URL; none = the list's own."""
        given = st.query_params.get(f"{self.key}_columns", "").split(",")
        names = {one.name for one in self.table}
        return self._own([name for name in dict.fromkeys(given) if name in names])

    @property
    def columns(self) -> list[Column]:
        """What the table shows."""
        by_name = {one.name: one for one in self.table}
        return [by_name[name] for name in self.picked] or [one for one in self.table if not one.extra]

    @property
    def told(self) -> str:
        """The columns after the first in words, for the table's `alt`."""
        *names, last = [one.label.lower() for one in self.columns[1:]] or ["nothing else"]
        return f"{', '.join(names)} and {last}" if names else last

    def draw(self, current: Mapping[str, Any]) -> None:
        """The menu, at the end of the filter row; `current` is what the row's fields say now, defaults left out."""
        filled = {**current, **self._drawn_apart()}
        if self.active is not None:
            self._keep_in_step(self.active, filled)
        changed = self.active is not None and self.began
        name = self.active.name if self.active is not None else self.everything
        label = f"{escaped(name)}{' · changed' if changed else ''}"
        with st.popover(label, icon=":material/bookmark:", key=f"{self.key}_views"):
            self._list()
            if self.table:
                self._columns()
            self._keeping(filled, changed=changed)
        if self.active is None and self.broken:
            st.markdown(
                ":orange[:material/link_off: That view is gone, or not shared with you; this is the list without it.]"
            )
        elif self.lost and not changed:
            gone = escaped(", ".join(sorted(name.removesuffix("_id").replace("_", " ") for name in self.lost)))
            st.markdown(f":orange[:material/filter_alt_off: Some values of this view are offered no more: {gone}.]")

    def clear(self) -> None:
        """Show the whole list in the next run; for a button's callback."""
        self._choose(None)

    def show(self, one: View | None) -> None:
        """Put a view into the address, with all that it keeps, or the whole list."""
        kept = one.filters if one is not None else {}
        whole = ALL if any(other.is_default for other in self.offered) else None
        address.put(
            {f"{self.key}_{name}": kept.get(name) for name in {*self.fields, *self.extras, *kept}}
            | {f"{self.key}_columns": ",".join(one.columns) if one is not None else None, f"{self.key}_at": None}
            | {f"{self.key}_view": one.id if one is not None else whole}
        )

    def left(self) -> dict[str, str]:
        """What a change by hand of what views keep writes into the address besides: that it left the view."""
        return {f"{self.key}_view": f"{self.active.id}{_CHANGED}"} if self.active is not None else {}

    @property
    def broken(self) -> bool:
        """Whether the URL names a view that this person has not got."""
        token = st.query_params.get(f"{self.key}_view", "").removesuffix(_CHANGED)
        return token not in ("", ALL) and all(str(one.id) != token for one in self.offered)

    def _choose(self, one: View | None) -> None:
        self.show(one)
        _step_to(self.key, None)

    def _keep_in_step(self, active: View, filled: Mapping[str, Any]) -> None:
        """Say in the URL whether the filters are still the view's."""
        kept, now = (
            {name: value for name, value in one.items() if name not in self.lost} for one in (active.filters, filled)
        )
        self.began = not (kept == now and self._own(active.columns) == self.picked)
        address.put({f"{self.key}_view": f"{active.id}{_CHANGED if self.began else ''}"})

    def _own(self, chosen: Sequence[str]) -> tuple[str, ...]:
        """A choice as it is kept: the first column leads, and nothing where it is the list's own."""
        names = [one.name for one in self.table]
        rest = [name for name in chosen if name in names[1:]]
        own = [one.name for one in self.table[1:] if not one.extra]
        return () if not (names and chosen) or rest == own else (names[0], *rest)

    def _drawn_apart(self) -> dict[str, Any]:
        found = {name: st.query_params.get(f"{self.key}_{name}") for name in self.extras}
        return {name: value for name, value in found.items() if value}

    def _list(self) -> None:
        with st.container(gap="xxsmall", key=f"{self.key}_view_list"):
            for one in (None, *self.offered):
                label = f"{escaped(one.name)}{_mark(one)}" if one is not None else escaped(self.everything)
                st.button(
                    label, key=f"{self.key}_view_{one.id if one is not None else ALL}", type="tertiary",
                    icon=":material/check:" if one == self.active else ":material/bookmark_border:",
                    on_click=self._choose, args=(one,),
                )  # fmt: skip

    def _columns(self) -> None:
        names = {one.name: one.label for one in self.table[1:]}
        now = [one.name for one in self.columns[1:]]
        bound = address.widget(f"{self.key}_columns", now)
        st.multiselect(
            "Columns", list(names), format_func=lambda name: names.get(name, name), width=400,
            placeholder=f"Only {self.table[0].label.lower()}",
            **bound | {"on_change": self._columns_chosen, "args": (bound["key"],)},
        )  # fmt: skip

    def _columns_chosen(self, key: str) -> None:
        picked = self._own((self.table[0].name, *(st.session_state.get(key) or ())))
        address.put({f"{self.key}_columns": ",".join(picked), **self.left()})

    def _keeping(self, filled: Mapping[str, Any], *, changed: bool) -> None:
        step = st.session_state.get(_step(self.key))
        one = self.active
        with st.container(gap="xxsmall", key=f"{self.key}_view_actions"):
            if step == "save":
                self._save(filled)
            elif step == "rename" and one is not None and one.mine:
                self._rename(one)
            elif step == "delete" and one is not None and one.mine:
                self._delete(one)
            else:
                self._actions(filled, changed=changed)

    def _actions(self, filled: Mapping[str, Any], *, changed: bool) -> None:
        one, ctx, key = self.active, self.ctx, self.key
        if one is not None and one.mine:
            name = f"{key}_view_update"
            seen = page.seen_version(f"{name}_{one.id}", one.version)
            if changed and page.pressed(f"Save changes to “{escaped(one.name)}”", name=name, icon="save", primary=True):
                given = UpdateView(one.id, seen, dict(filled), self.picked)
                if _done(lambda: views.update_view(ctx.credential, given), name, f"{one.name} saved."):
                    address.put({f"{key}_view": one.id})
                    page.refresh()
        _button("Save as a new view", key, "save", icon="bookmark_add")
        if one is None:
            return
        name = f"{key}_view_default"
        label = "Do not open the page with it" if one.is_default else "Open the page with it"
        if page.pressed(label, name=name, icon="push_pin", quiet=True):
            wish = SetDefaultView(key, None if one.is_default else one.id)
            if _done(lambda: views.set_default_view(ctx.credential, wish), name, "Noted."):
                page.refresh()
        if not one.mine:
            self._take_over(one)
            return
        if ctx.house.can_write:
            self._share(one)
        _button("Rename", key, "rename", icon="edit")
        _button("Delete", key, "delete", icon="delete")

    def _share(self, one: View) -> None:
        name = f"{self.key}_view_share"
        label = "Make private" if one.shared else "Share with the house"
        if page.pressed(label, name=name, icon="lock" if one.shared else "group", quiet=True):
            given = ShareView(one.id, page.seen_version(f"{name}_{one.id}", one.version), not one.shared)
            done = f"{one.name} is yours alone." if one.shared else f"Everybody in the house sees {one.name}."
            if _done(lambda: views.share_view(self.ctx.credential, given), name, done):
                page.refresh()

    def _take_over(self, one: View) -> None:
        name = f"{self.key}_view_take_over"
        if not (one.left and self.ctx.can(Permission.TEAM_MANAGE)):
            return
        if page.pressed(
            "Take it over", name=name, icon="person_add", quiet=True, help=f"{escaped(one.owner)} has left"
        ):
            page.act(self.ctx, views.take_over_view, TakeOverView(one.id), key=name, done=f"{one.name} is yours now.")

    def _save(self, filled: Mapping[str, Any]) -> None:
        with page.form(f"{self.key}_view_new") as form:
            name = form.text("name", "Name of the view", required=True, max_chars=views.NAME)
            share = self.ctx.house.can_write
            shared = share and form.field("shared", st.toggle, "Share with the house", value=False)
            if form.submit("Save view", icon="bookmark_add"):
                given = SaveView(self.key, name, dict(filled), self.picked, shared)
                made = _sent(lambda: views.save_view(self.ctx.credential, given), form, f"{name} saved.")
                if made is not None:
                    _step_to(self.key, None)
                    address.put({f"{self.key}_view": made.view_id})
                    page.refresh()
        _button("Back", self.key, None, icon="arrow_back")

    def _rename(self, one: View) -> None:
        with page.form(f"{self.key}_view_name_{one.id}") as form:
            name = form.text("name", "Name of the view", one.name, required=True, max_chars=views.NAME)
            seen = form.version(one.version)
            if form.submit("Rename"):
                given = RenameView(one.id, seen, name)
                if _sent(lambda: views.rename_view(self.ctx.credential, given), form, "Renamed."):
                    _step_to(self.key, None)
                    page.refresh()
        _button("Back", self.key, None, icon="arrow_back")

    def _delete(self, one: View) -> None:
        who = " Nobody in the house will have it any more." if one.shared else ""
        st.markdown(f"Delete the view **{escaped(one.name)}**? The list itself stays.{who}")
        name = f"{self.key}_view_delete"
        seen = page.seen_version(f"{name}_{one.id}", one.version)
        if page.pressed("Delete view", name=name, icon="delete", primary=True):
            given = DeleteView(one.id, seen)
            if _done(lambda: views.delete_view(self.ctx.credential, given), name, f"{one.name} deleted."):
                self._choose(None)
                page.refresh()
        _button("Keep it", self.key, None, icon="arrow_back")


def bar(
    ctx: PageContext, key: str, everything: str, *, columns: Sequence[Column] = (), extras: Sequence[str] = ()
) -> Bar:
    """Read the list's views and see which one is asked for; one query. Call it before the filter row is drawn.

    `key` is the list's, as exports name it, and the prefix of its filters. Hand the bar to `page.filters`, or call its
    `draw` where there is no filter row.
    """
    made = Bar(ctx, key, everything, page.read(ctx, views.saved_views, key), columns, extras)
    token = _token(made)
    made.active = next((one for one in made.offered if str(one.id) == token.removesuffix(_CHANGED)), None)
    made.began = token.endswith(_CHANGED)
    if made.active is not None and not made.began and not _filtered(key):
        made.show(made.active)
    else:
        address.put({f"{key}_view": token})
    # For when the page is opened again.
    st.session_state[_last(key)] = token.removesuffix(_CHANGED)
    return made


def plain_row(made: Bar) -> None:
    """The menu on a row of its own, for a list without filters."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"{made.key}_filters"):
        made.draw({})


def _token(made: Bar) -> str:
    """The view that the URL asks for; on the page's first run what this visit had last, or the person's default."""
    key = made.key
    token = st.query_params.get(f"{key}_view", "")
    fresh = f"{key}_view_{ALL}" not in st.session_state  # its button was not there in the run before
    if token or not fresh or _filtered(key):
        return token
    default = next((str(one.id) for one in made.offered if one.is_default), "")
    return str(st.session_state.get(_last(key)) or default)


def _filtered(key: str) -> bool:
    """Whether the URL itself narrows the list, besides naming a view."""
    besides = (f"{key}_view", f"{key}_at")
    return any(name.startswith(f"{key}_") and name not in besides for name in st.query_params)


def _done(work: Callable[[], object], name: str, said: str) -> bool:
    """Whether it was done to an own view, by the `page.pressed` button of that name."""
    try:
        work()
    except EventOSError as error:
        errors.show(error)
        forms.next_render(name)
        return False
    forms.next_render(name)
    acting.say(said)
    return True


def _sent(work: Callable[[], ViewSaved], form: Form, said: str) -> ViewSaved | None:
    """What was done to an own view by a form; None where that says why not."""
    try:
        made = work()
    except InvalidInput as error:
        form.fail(error)
        return None
    except EventOSError as error:
        form.show(error)
        return None
    form.done()
    acting.say(said)
    return made


def _mark(one: View) -> str:
    notes = [] if one.mine else [escaped(one.owner)]
    notes += ["has left"] if one.left and not one.mine else []
    notes += ["shared"] if one.mine and one.shared else []
    notes += ["opens first"] if one.is_default else []
    return f" :gray[· {', '.join(notes)}]" if notes else ""


def _button(label: str, key: str, step: str | None, *, icon: str) -> None:
    st.button(
        label, key=f"{key}_view_step_{step}", icon=f":material/{icon}:", type="tertiary", on_click=_step_to,
        args=(key, step),
    )  # fmt: skip


def _step_to(key: str, step: str | None) -> None:
    st.session_state[_step(key)] = step


def _step(key: str) -> str:
    return f"_view_step_{key}"


def _last(key: str) -> str:
    return f"_view_last_{key}"
