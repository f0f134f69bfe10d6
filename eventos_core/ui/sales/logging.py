"""The compact logger of a record's drawer: choose what it was, say it, done. Two clicks, a next step if you like.

logging.draw(ctx, Links(contact_id=12, opportunity_id=4), name="deal_4")
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import streamlit as st

from eventos_core.crm import commands
from eventos_core.crm.commands import AddNote, LogActivity, NextStep, PlanActivity, WriteMail
from eventos_core.crm.rules.activities import OUTCOMES, ActivityFields, Links, needed, next_working_day
from eventos_core.enums.base import LabelledEnum
from eventos_core.enums.crm import ActivityDirection, ActivityKind
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.permissions import Permission
from eventos_core.ui import page
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import Form, PageContext


class What(LabelledEnum):
    """What can be logged, planned or written."""

    CALL = "call"
    EMAIL = "email"
    MEETING = "meeting"
    NOTE = "note"
    WRITE = "write"
    PLAN = "plan"

    @property
    def label(self) -> str:
        """As its button says it."""
        return {"email": "E-mail", "write": "Write e-mail", "plan": "Plan"}.get(self.value, super().label)


_ICONS = {
    What.CALL: "call", What.EMAIL: "mail", What.MEETING: "event", What.NOTE: "sticky_note_2",
    What.WRITE: "outgoing_mail", What.PLAN: "event_upcoming",
}  # fmt: skip


REACHED = (ActivityDirection.OUTGOING, ActivityDirection.INCOMING)


def reached(one: ActivityDirection) -> str:
    """Who reached out, as a control says it."""
    return "We did" if one is ActivityDirection.OUTGOING else "They did"


def draw(ctx: PageContext, links: Links, *, name: str, reader: str | None = None) -> None:
    """The row of buttons, and below it the form of the one pressed; nothing for who may not write here.

    `links` is what everything logged here is about; `name` tells this logger from others, such as `deal_4`. E-mails
    can be written where `links` names a contact; `reader` is its name, where the drawer is not about that contact.
    """
    if not (ctx.can(Permission.CONTACTS_WRITE) and ctx.can(needed(links.given()))):
        return
    offered = [one for one in What if one is not What.WRITE or _may_write(ctx, links)]
    slot = f"log_{name}_round_{st.session_state.get(_round(name), 0)}"
    with st.container(key=f"log_{name}", gap="small"):
        chosen = st.pills(
            "Log", offered, key=slot, label_visibility="collapsed",
            format_func=lambda one: f":material/{_ICONS[one]}: {one.label}",
        )  # fmt: skip
        if chosen is None:
            return
        what = What(chosen)
        if what is What.WRITE and reader:
            st.caption(f"To {escaped(reader)}")
        with page.form(f"log_{what}_{name}") as form:
            done = _DRAWS[what](ctx, form, links)
        if done:
            # Another control: the form closes, and the next press opens it anew.
            st.session_state[_round(name)] = st.session_state.get(_round(name), 0) + 1
            page.refresh()


def _call(ctx: PageContext, form: Form, links: Links) -> bool:
    return _log(ctx, form, links, ActivityKind.CALL, "Log call")


def _email(ctx: PageContext, form: Form, links: Links) -> bool:
    return _log(ctx, form, links, ActivityKind.EMAIL, "Log e-mail")


def _meeting(ctx: PageContext, form: Form, links: Links) -> bool:
    return _log(ctx, form, links, ActivityKind.MEETING, "Log meeting")


def _log(ctx: PageContext, form: Form, links: Links, kind: ActivityKind, label: str) -> bool:
    outcomes = OUTCOMES[kind]
    outcome = form.field(
        "outcome", st.pills, "How it ended", list(outcomes), default=outcomes[0], format_func=lambda one: one.label
    )
    text = form.area("body", "What was said", height=90, placeholder="May stay empty")
    direction = None
    if kind in (ActivityKind.CALL, ActivityKind.EMAIL):
        direction = form.field(
            "direction", st.segmented_control, "Who reached out", REACHED, required=True,
            default=ActivityDirection.OUTGOING, format_func=reached,
        )  # fmt: skip
    step = next_step(form)
    if not form.submit(label, icon="check"):
        return False
    cmd = LogActivity(links, kind, body=text, direction=direction, outcome=outcome, next_step=step)
    return page.act(ctx, commands.log_activity, cmd, form=form, done=f"{kind.label} logged.", refresh=False) is not None


def next_step(form: Form) -> NextStep | None:
    """Fields for what comes next; None where nothing is written. A day alone is refused by the command."""
    with st.container(horizontal=True, gap="small"):
        with st.container(width="stretch"):
            subject = form.text("next_subject", "Next step", placeholder="Send the offer")
        with st.container(width=150):
            day: dt.date | None = form.field("next_on", st.date_input, "By", value=None, min_value="1990-01-01")
    if not subject and day is None:
        return None
    return NextStep(subject, due_at=None if day is None else dt.datetime.combine(day, dt.time()), all_day=True)


def _note(ctx: PageContext, form: Form, links: Links) -> bool:
    body = form.area("body", "Note", height=120, placeholder="Markdown is fine")
    pinned = bool(form.field("pinned", st.checkbox, "Keep it on top"))
    if not form.submit("Save note", icon="check"):
        return False
    cmd = AddNote(links, body, pinned)
    return page.act(ctx, commands.add_note, cmd, form=form, done="Note saved.", refresh=False) is not None


def _write(ctx: PageContext, form: Form, links: Links) -> bool:
    subject = form.text("subject", "Subject")
    body = form.area("body", "Text", height=180)
    if not form.submit("Send e-mail", icon="send"):
        return False
    cmd = WriteMail(links, subject, body)
    return (
        page.act(ctx, commands.write_mail, cmd, form=form, done="The e-mail is on its way.", refresh=False) is not None
    )


def _plan(ctx: PageContext, form: Form, links: Links) -> bool:
    kind = form.field(
        "kind", st.segmented_control, "Kind", list(ActivityKind), default=ActivityKind.CALL, required=True,
        format_func=lambda one: one.label,
    )  # fmt: skip
    subject = form.text("subject", "What", placeholder="Ask about the budget")
    day = next_working_day(clock.now().astimezone(ctx.house.zone).date())
    due_at, all_day = when(ctx, form, clock.day_bounds(day, ctx.house.timezone)[0], all_day=True)
    if not form.submit("Plan it", icon="check"):
        return False
    if due_at is None:
        form.fail(InvalidInput("Choose a day.", fields={"due_at": "Required"}))
        return False
    fields = replace(ActivityFields(links), kind=ActivityKind(kind), subject=subject, due_at=due_at, all_day=all_day,
                     owner_id=ctx.house.member_id)  # fmt: skip
    cmd = PlanActivity(fields)
    return page.act(ctx, commands.plan_activity, cmd, form=form, done="Planned.", refresh=False) is not None


def when(ctx: PageContext, form: Form, due_at: dt.datetime | None, *, all_day: bool) -> tuple[dt.datetime | None, bool]:
    """Fields for day and time; without a time it is for the whole day. Returns a time on the house's wall clock."""
    local = due_at.astimezone(ctx.house.zone) if due_at else None
    with st.container(horizontal=True, gap="small"):
        with st.container(width="stretch"):
            day: dt.date | None = form.field(
                "due_at", st.date_input, "Day", value=local.date() if local else None, min_value="1990-01-01"
            )
        with st.container(width=150):
            time: dt.time | None = form.field(
                "due_time", st.time_input, "Time", value=local.time() if local and not all_day else None,
                step=dt.timedelta(minutes=15), help="Empty: the whole day.",
            )  # fmt: skip
    if day is None:
        return None, False
    return dt.datetime.combine(day, time or dt.time()), time is None


def _may_write(ctx: PageContext, links: Links) -> bool:
    return links.contact_id is not None and ctx.can(Permission.SALES_WRITE)


def _round(name: str) -> str:
    return f"_log_round_{name}"


_DRAWS = {
    What.CALL: _call, What.EMAIL: _email, What.MEETING: _meeting, What.NOTE: _note, What.WRITE: _write,
    What.PLAN: _plan,
}  # fmt: skip
