"""How long data are kept: what can have an end, what is switched on, and what would go now."""

from __future__ import annotations

import streamlit as st

from eventos_core.enums.tenancy import LegalBasis
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.privacy import retention
from eventos_core.operations.privacy.retention import Policy, SavePolicy
from eventos_core.ui import formats, page
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext
from eventos_core.ui.privacy import words


def draw(ctx: PageContext) -> None:
    """Every kind of data with its policy; off until somebody switches it on."""
    st.caption("A job works off what is switched on, every night. Invoices and payments stay as long as the law says.")
    for policy in page.read(ctx, retention.retention_policies):
        key = f"{policy.entity}_{policy.basis.value}"
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"policy_{key}"):
            with st.container(gap="xxsmall", width="stretch"):
                state = ":green-badge[On]" if policy.enabled else ":gray-badge[Off]"
                st.markdown(f"**{escaped(policy.title)}** :gray[· {words.BASES[policy.basis]}] {state}")
                st.markdown(escaped(policy.about))
                st.caption(escaped(_said(policy)))
            if st.button("Change", key=f"change_{key}", icon=":material/timer:"):
                page.open_drawer(policy=f"{policy.entity}.{policy.basis.value}")


def show(ctx: PageContext, raw: str) -> None:
    """The drawer's body: one policy, with what it would take now."""
    entity, _, basis = raw.partition(".")
    found = [
        policy
        for policy in page.read(ctx, retention.retention_policies)
        if (policy.entity, policy.basis.value) == (entity, basis)
    ]
    if not found:
        page.nothing_yet("These data have no end that could be set.", hint="Go back to the list.", icon="search_off")
        return
    policy = found[0]
    st.title(escaped(policy.title), anchor=False)
    st.markdown(f"{escaped(policy.about)} :gray[· {words.BASES[policy.basis]}]")
    if not ctx.can(Permission.TEAM_MANAGE):
        st.markdown(escaped(_said(policy)))
        st.caption("Who manages the team changes this: ask an owner or admin of the house.")
        return
    with page.form(f"policy_{raw}") as form:
        version = form.version(policy.version) if policy.version is not None else None
        enabled = form.field("enabled", st.toggle, "Switched on", policy.enabled)
        months = form.field("months", st.number_input, "Months", 1, retention.MOST_MONTHS, policy.months)
        anchor = form.pick(
            "anchor", "Counted from when", policy.anchors, policy.anchor, format_func=words.ANCHORS.__getitem__
        )
        action = form.pick("action", "Then", policy.actions, policy.action, format_func=words.ACTIONS.__getitem__)
        note = form.area("note", "Why this long", policy.note, placeholder="The law or the reasoning", max_chars=2000)
        if form.submit("Save", icon="check"):
            given = SavePolicy(policy.entity, policy.basis, int(months), anchor, action, enabled, note, version)
            page.act(ctx, retention.save_retention_policy, given, form=form, done="Saved. The job runs every night.")
    _due(ctx, policy)


def _due(ctx: PageContext, policy: Policy) -> None:
    due = page.read(
        ctx, retention.retention_due, policy.entity, LegalBasis(policy.basis), policy.months, policy.anchor
    )  # fmt: skip
    with st.container(border=True, key="policy_due"):
        if not due.rows:
            st.markdown(f":material/check: Nothing is older than {formats.plural(policy.months, 'month')}.")
            return
        number = f"More than {formats.count(due.limit)}" if due.rows >= due.limit else formats.count(due.rows)
        told = "go in the coming night" if policy.enabled else "would go now"
        st.markdown(f":material/hourglass_bottom: **{number}** {told}, as the policy is saved:")
        st.markdown("\n".join(f"- {escaped(name)}" for name in due.examples))
        if due.rows > len(due.examples):
            st.caption(f"and {formats.count(due.rows - len(due.examples))} more")


def _said(policy: Policy) -> str:
    return (
        f"{formats.plural(policy.months, 'month')} after {words.ANCHORS[policy.anchor]}:"
        f" {words.ACTIONS[policy.action].lower()}"
    )
