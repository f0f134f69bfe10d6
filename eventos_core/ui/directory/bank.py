"""Bank data in a company's drawer: a hint for everybody, the rest on request and audited."""

from __future__ import annotations

import streamlit as st

from eventos_core.directory import commands
from eventos_core.directory.commands import ChangeBankData, ShowBankData
from eventos_core.directory.queries import OrganizationDetail
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import formats, page
from eventos_core.ui.directory.choices import seen
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext

_OPEN = "_bank_open"


def forget() -> None:
    """Close what was opened."""
    st.session_state.pop(_OPEN, None)


def draw(ctx: PageContext, found: OrganizationDetail) -> None:
    """The account's last characters; to read and to change for those who may."""
    if found.bank_hint is None and not ctx.can(Permission.BANK_WRITE):
        return
    changed = ""
    if found.bank_changed_at is not None:
        changed = f" · changed {formats.date(found.bank_changed_at.astimezone(ctx.house.zone), ctx.locale)}"
    hint = f"… {found.bank_hint}" if found.bank_hint else "None stored"
    st.markdown(f":gray[Bank account]  \n{escaped(hint)}:gray[{escaped(changed)}]")
    open_now: str | None = st.session_state.get(_OPEN)
    with st.container(horizontal=True, gap="small", key="bank_actions"):
        if found.bank_hint and ctx.can(Permission.BANK_READ):
            st.button("Show", icon=":material/visibility:", key="bank_show", on_click=_open, args=("show",),
                      help="Who looked is kept in the audit.")  # fmt: skip
        if ctx.can(Permission.BANK_WRITE) and found.archived_at is None:
            st.button("Change", icon=":material/edit:", key="bank_change", on_click=_open, args=("change",))
    if open_now == "show":
        # Once a press, not once a run: each look is an entry in the audit.
        forget()
        shown = page.act(ctx, commands.show_bank_data, ShowBankData(found.id), refresh=False)
        if shown is not None:
            lines = [part for part in (shown.holder, shown.iban, shown.bic) if part]
            st.code("\n".join(lines), language=None)
    if open_now == "change":
        _change(ctx, found)


def _change(ctx: PageContext, found: OrganizationDetail) -> None:
    with page.form(f"bank_{found.id}") as form:
        before = seen(form, found)
        holder = form.text("holder", "Account holder", found.fields.legal_name or found.fields.name)
        iban = form.text("iban", "IBAN or account number", "", help="Replaces what is stored; empty removes it.")
        bic = form.text("bic", "BIC", "")
        if form.submit("Store bank data", icon="lock"):
            cmd = ChangeBankData(found.id, before.version, holder if iban else None, iban, bic)
            done = page.act(ctx, commands.change_bank_data, cmd, form=form, done="Bank data stored.", refresh=False)
            if done is not None:
                forget()
                page.refresh()


def _open(what: str) -> None:
    st.session_state[_OPEN] = what
