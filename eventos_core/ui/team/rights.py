"""Choosing rights: a role or preset to start from, then what is granted or denied besides."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from eventos_core.kernel.permissions import PRESETS, Permission, Role, effective
from eventos_core.tenancy import rules
from eventos_core.tenancy.rules import Rights
from eventos_core.ui.errors import escaped
from eventos_core.ui.forms import Form
from eventos_core.ui.page import PageContext
from eventos_core.ui.team import words


@dataclass(frozen=True)
class Start:
    """A starting point: the rights it stands for, and its preset where it is one."""

    key: str
    label: str
    rights: Rights
    preset: str | None = None
    about: str = ""


_ROLES = {
    Role.OWNER: "Everything, the account itself included.",
    Role.ADMIN: "Everything but the account itself; manages the team.",
    Role.MANAGER: "Runs events, guests, sales, show and messages; imports.",
    Role.MEMBER: "Works on events, plans, venues and contacts.",
    Role.VIEWER: "Looks, and changes nothing.",
}


def own_rights(ctx: PageContext) -> Rights:
    """The rights of whoever looks at the page."""
    role = ctx.house.role or Role.OWNER
    base, held = effective(role), ctx.house.permissions
    return Rights(role, held - base, base - held)


def starts(actor: Rights) -> list[Start]:
    """Presets and roles that `actor` may give without giving more than they have."""
    presets = [
        Start(f"preset:{p.key}", p.label, rules.from_preset(p), p.key, f"{p.role.label} with changes. {p.about}")
        for p in PRESETS
        if p.role.rank <= actor.role.rank and rules.from_preset(p).permissions <= actor.permissions
    ]
    roles = [
        Start(f"role:{role.value}", role.label, Rights(role), None, _ROLES[role])
        for role in rules.assignable_roles(actor)
    ]
    return [*presets, *roles]


def choose_start(offered: list[Start], *, key: str, default: str | None = None) -> Start:
    """The starting point, outside of any form, since the fields of the form follow from it."""
    labels = {start.key: start.label + (" (role)" if start.preset is None else "") for start in offered}
    names = list(labels)
    chosen = st.selectbox(
        "Rights",
        names,
        index=names.index(default) if default in names else 0,
        format_func=lambda name: labels[name],
        key=key,
        help="A preset is a role with a few changes; both can be adjusted below.",
    )
    found = next(start for start in offered if start.key == chosen)
    if found.about:
        st.caption(escaped(found.about))
    return found


def fields(form: Form, start: Start, actor: Rights) -> Rights:
    """The two lists of exceptions, inside a form; an owner has none."""
    if start.rights.role is Role.OWNER:
        st.caption("An owner has every right; nothing can be denied to one.")
        return Rights(Role.OWNER)
    base = effective(start.rights.role)
    stored = start.rights.as_json()
    grantable = [p for p in Permission if p not in base and (p in actor.permissions or p.value in stored["grant"])]
    granted = _many(form, "grants", "May also", grantable, stored["grant"])
    denied = _many(form, "denials", "May not", [p for p in Permission if p in base], stored["deny"])
    return Rights(start.rights.role, frozenset(granted), frozenset(denied))


def _many(form: Form, name: str, title: str, options: list[Permission], chosen: list[str]) -> list[Permission]:
    return form.field(
        name,
        st.multiselect,
        title,
        options,
        default=[p for p in options if p.value in chosen],
        format_func=words.label,
        placeholder="Nothing besides",
    )
