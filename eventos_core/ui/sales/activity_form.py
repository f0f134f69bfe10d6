"""The form of an activity: what, when, about whom; the rest folded away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import EditActivity, PlanActivity
from eventos_core.crm.queries import ActivityDetail
from eventos_core.crm.rules.activities import ActivityFields, Links
from eventos_core.directory import queries as directory
from eventos_core.enums.crm import ActivityKind, Priority
from eventos_core.kernel.permissions import Permission
from eventos_core.tenancy import queries as team
from eventos_core.ui import page
from eventos_core.ui.directory.choices import pick_id, seen
from eventos_core.ui.page import Form, PageContext
from eventos_core.ui.sales.logging import REACHED, reached, when


@dataclass(frozen=True)
class Choices:
    """What the pickers offer, by id."""

    owners: Mapping[int, str]
    people: Mapping[int, str]
    organizations: Mapping[int, str]
    deals: Mapping[int, str]


def new(ctx: PageContext, raw: str = "") -> None:
    """The drawer's form for something new; `raw` may be a day such as `2026-12-24`, or `contact-12`, `deal-4`."""
    word, _, number = raw.partition("-")
    given = int(number) if number.isdigit() else None
    links = Links(
        contact_id=given if word == "contact" else None, organization_id=given if word == "organization" else None,
        opportunity_id=given if word == "deal" else None, event_id=ctx.event.id if ctx.event else None,
    )  # fmt: skip
    start = ActivityFields(
        links, ActivityKind.CALL, owner_id=ctx.house.member_id, due_at=day_of(ctx, raw), all_day=True
    )
    with page.form("new_activity") as form:
        fields = _fields(ctx, form, start)
        if not form.submit("Plan activity", icon="check"):
            return
        cmd = PlanActivity(fields)
        made = page.act(ctx, commands.plan_activity, cmd, form=form, done="Planned.", refresh=False)
    if made is not None:
        page.close_drawer("new")


def edit(ctx: PageContext, now: ActivityDetail) -> bool:
    """The form of an activity that is there; True once it was saved."""
    with page.form(form_name(now.id)) as form:
        before = seen(form, now)
        fields = _fields(ctx, form, before.fields, booked=now.meeting_booking_id is not None)
        if not form.submit("Save activity", icon="check"):
            return False
        cmd = EditActivity(now.id, before.version, fields)
        return page.act(ctx, commands.edit_activity, cmd, form=form, done="Saved.", refresh=False) is not None


def form_name(activity_id: int) -> str:
    """The name of the activity's form."""
    return f"activity_{activity_id}"


def day_of(ctx: PageContext, raw: str) -> dt.datetime | None:
    """The begin of the day written as `2026-12-24`, on the house's clock; None for anything else."""
    try:
        day = dt.date.fromisoformat(raw)
    except ValueError:
        return None
    return dt.datetime.combine(day, dt.time(), tzinfo=ctx.house.zone)


def choices(ctx: PageContext, links: Links) -> Choices:
    """What the pickers offer now, in one transaction; what is chosen already is among it."""
    with page.reading(ctx) as db:
        return Choices(
            team.member_choices(db) if ctx.can(Permission.TEAM_READ) else {},
            queries.person_choices(db, organization_id=links.organization_id, include=links.contact_id),
            directory.organization_choices(db, include=links.organization_id),
            queries.deal_choices(db, organization_id=links.organization_id, include=links.opportunity_id)
            if ctx.can(Permission.SALES_WRITE) else {},
        )  # fmt: skip


def pick_links(ctx: PageContext, form: Form, old: Links, found: Choices) -> Links:
    """Pickers for what something is about."""
    return Links(
        contact_id=pick_id(form, "contact_id", "Contact", found.people, old.contact_id),
        organization_id=pick_id(form, "organization_id", "Organisation", found.organizations, old.organization_id),
        opportunity_id=pick_id(form, "opportunity_id", "Deal", found.deals, old.opportunity_id)
        if found.deals else old.opportunity_id,
        event_id=pick_id(form, "event_id", "Event", page.event_names(ctx), old.event_id),
        sponsor_id=old.sponsor_id,
    )  # fmt: skip


def _fields(ctx: PageContext, form: Form, old: ActivityFields, *, booked: bool = False) -> ActivityFields:
    found = choices(ctx, old.links)
    kind, due_at, all_day, owner, minutes = old.kind, old.due_at, old.all_day, old.owner_id, old.duration_minutes
    if booked:
        st.caption("Time, length and host of a booked meeting are changed at the meeting itself.")
    else:
        kind = ActivityKind(
            form.field("kind", st.segmented_control, "Kind", list(ActivityKind), default=old.kind, required=True,
                       format_func=lambda one: one.label)
        )  # fmt: skip
    subject = form.text("subject", "What", old.subject, placeholder="Ask about the budget")
    if not booked:
        due_at, all_day = when(ctx, form, old.due_at, all_day=old.all_day)
    links = pick_links(ctx, form, old.links, found)
    body = form.area("body", "Text", old.body, height=90)
    with st.expander("More", icon=":material/more_horiz:"):
        if not booked:
            owner = pick_id(form, "owner_id", "Who does it", found.owners, old.owner_id)
            minutes = form.field(
                "duration_minutes", st.number_input, "Minutes", value=old.duration_minutes, min_value=0, step=5
            )
        priority = form.choice("priority", "Priority", Priority, old.priority)
        location = form.text("location", "Where", old.location, placeholder="Address, or the link of the call")
        direction = form.field(
            "direction", st.segmented_control, "Who reached out (calls and e-mails)", REACHED,
            default=old.direction, format_func=reached,
        )  # fmt: skip
    return ActivityFields(
        links, kind, subject, body, owner, direction, Priority(priority), due_at, all_day, minutes, location
    )
