"""The form of a deal: most-used fields first, the rest folded away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import streamlit as st

from eventos_core.crm import commands, queries
from eventos_core.crm.commands import CreateDeal, EditDeal
from eventos_core.crm.queries import DealDetail, PipelineShown, StageShown
from eventos_core.crm.rules.deals import DealFields
from eventos_core.crm.rules.stages import REQUIRABLE
from eventos_core.directory import queries as directory
from eventos_core.enums.crm import OpportunityKind, StageKind
from eventos_core.kernel import clock
from eventos_core.kernel.errors import InvalidInput
from eventos_core.kernel.money import currencies
from eventos_core.kernel.permissions import Permission
from eventos_core.tenancy import queries as team
from eventos_core.ui import formats, page
from eventos_core.ui.directory import custom_fields
from eventos_core.ui.directory.choices import pick_id, pick_tags, seen
from eventos_core.ui.forms import parse_amount, plain_amount
from eventos_core.ui.page import Form, PageContext


@dataclass(frozen=True)
class Choices:
    """What the form's pickers offer."""

    owners: Mapping[int, str]
    organizations: Mapping[int, str]
    people: Mapping[int, str]
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Given:
    """What the form holds; `new_organization` is a company typed by name."""

    fields: DealFields
    new_organization: str | None
    custom: dict[str, Any]


def new(ctx: PageContext, raw: str, pipeline: PipelineShown) -> None:
    """The drawer's form for a new deal; `raw` is `in-12` for stage 12, `of-7` for company 7, `with-9` for person 9."""
    word, _, number = raw.partition("-")
    given_id = int(number) if number.isdigit() else None
    stages = [stage for stage in pipeline.stages if stage.kind is StageKind.OPEN]
    start = DealFields(
        kind=pipeline.opportunity_kind or OpportunityKind.SPONSORSHIP,
        owner_id=ctx.house.member_id,
        event_id=ctx.event.id if ctx.event is not None else None,
        currency=ctx.house.currency,
        organization_id=given_id if word == "of" else None,
        contact_id=given_id if word == "with" else None,
    )
    with page.form("new_deal") as form:
        stage = _stage(form, stages, given_id if word == "in" else None)
        given = _fields(ctx, form, start, {}, _choices(ctx, start))
        if not form.submit("Create deal", icon="add"):
            return
        cmd = CreateDeal(given.fields, stage.id, given.new_organization, given.custom)
        made = page.act(ctx, commands.create_deal, cmd, form=form, done="Deal created.", refresh=False)
    if made is not None:
        st.query_params.pop("new", None)
        page.open_drawer(deal=made.opportunity_id)


def edit(ctx: PageContext, now: DealDetail) -> bool:
    """The form of an existing deal; True once it was saved."""
    with page.form(form_name(now.id)) as form:
        before = seen(form, now)
        given = _fields(ctx, form, before.fields, before.custom, _choices(ctx, now.fields))
        if not form.submit("Save deal", icon="check"):
            return False
        cmd = EditDeal(
            now.id, before.version, given.fields, base=before.fields, new_organization=given.new_organization,
            custom=given.custom, base_custom=before.custom,
        )  # fmt: skip
        return page.act(ctx, commands.edit_deal, cmd, form=form, done="Deal saved.", refresh=False) is not None


def some(ctx: PageContext, form: Form, old: DealFields, names: Sequence[str]) -> dict[str, Any]:
    """Inputs for these columns alone; returns what they hold. An amount is in the deal's own currency."""
    found = _choices(ctx, old)
    labels = {**REQUIRABLE, "amount_minor": f"Amount ({old.currency})", "contact_id": "Main contact"}
    given: dict[str, Any] = {}
    for name in names:
        label, now = labels[name], getattr(old, name)
        if name == "amount_minor":
            raw = form.text(name, label)
            try:
                given[name] = parse_amount(raw, old.currency, field=name)
            except InvalidInput as error:
                form.reject(error)
        elif name.endswith("_on"):
            given[name] = form.field(name, st.date_input, label, value=now)
        elif name.endswith("_id"):
            offered: dict[str, Mapping[int, str]] = {
                "organization_id": found.organizations, "contact_id": found.people, "owner_id": found.owners,
                "event_id": page.event_names(ctx),
            }  # fmt: skip
            given[name] = pick_id(form, name, label, offered[name], now)
        elif name == "description":
            given[name] = form.area(name, label, now, height=110)
        else:
            given[name] = form.text(name, label, now)
    return given


def form_name(deal_id: int) -> str:
    """The name of the deal's form."""
    return f"deal_{deal_id}"


def _stage(form: Form, stages: list[StageShown], wanted: int | None) -> StageShown:
    chosen = next((stage for stage in stages if stage.id == wanted), stages[0])
    return form.pick("stage_id", "Stage", stages, chosen, format_func=lambda stage: stage.name)


def _choices(ctx: PageContext, now: DealFields) -> Choices:
    with page.reading(ctx) as db:
        reads = ctx.can(Permission.CONTACTS_READ)
        return Choices(
            team.member_choices(db) if ctx.can(Permission.TEAM_READ) else {},
            directory.organization_choices(db, include=now.organization_id) if reads else {},
            queries.person_choices(db, organization_id=now.organization_id, include=now.contact_id) if reads else {},
            tuple(queries.deal_tags(db)),
        )


def _fields(ctx: PageContext, form: Form, old: DealFields, custom: Mapping[str, Any], found: Choices) -> Given:
    name = form.text("name", "Name", old.name, placeholder="Front row partner SS27")
    organization = _organization(ctx, form, found, old.organization_id)
    contact = pick_id(form, "contact_id", "Main contact", found.people, old.contact_id)
    amount, currency = _amount(ctx, form, old)
    close = form.field("expected_close_on", st.date_input, "Expected close", value=old.expected_close_on)
    events = page.event_names(ctx)
    event = pick_id(form, "event_id", "Event", events, old.event_id)
    owner = pick_id(form, "owner_id", "Owner", found.owners, old.owner_id)
    step = form.text("next_step", "Next step", old.next_step, placeholder="Send the deck")
    step_on = form.field("next_step_on", st.date_input, "Next step by", value=old.next_step_on)
    fields = replace(
        old, name=name, organization_id=organization if isinstance(organization, int) else None, contact_id=contact,
        amount_minor=amount, currency=currency, expected_close_on=close, event_id=event, owner_id=owner,
        next_step=step, next_step_on=step_on,
    )  # fmt: skip
    with st.expander("More", icon=":material/more_horiz:"):
        fields = _more(ctx, form, fields, old, found)
    own = custom_fields.section(ctx, form, "opportunities", custom)
    return Given(fields, organization if isinstance(organization, str) else None, own)


def _more(ctx: PageContext, form: Form, fields: DealFields, old: DealFields, found: Choices) -> DealFields:
    today = clock.now().astimezone(ctx.house.zone).date()
    return replace(
        fields,
        kind=form.choice("kind", "Kind", OpportunityKind, old.kind),
        probability_override_ppm=_estimate(form, old.probability_override_ppm),
        product=form.text("product", "Product or package", old.product),
        source=form.text("source", "Source", old.source, placeholder="Fair, referral, form"),
        opened_on=form.field("opened_on", st.date_input, "Began on", value=old.opened_on or today, max_value=today),
        tags=pick_tags(form, "tags", "Tags", found.tags, old.tags),
        description=form.area("description", "Description", old.description, height=110),
    )  # fmt: skip


def _amount(ctx: PageContext, form: Form, old: DealFields) -> tuple[int | None, str]:
    """What is written, read in the currency that is chosen beside it."""
    codes = [ctx.house.currency, *(code for code in currencies() if code != ctx.house.currency)]
    now = old.currency or ctx.house.currency
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        with st.container(width="stretch"):
            raw = form.text("amount_minor", "Amount",
                            None if old.amount_minor is None else plain_amount(old.amount_minor, now),
                            placeholder="Not known yet")  # fmt: skip
        with st.container(width=110):
            currency = form.pick("currency", "Currency", codes, now)
    form.shows["amount_minor"] = lambda minor: formats.money(int(minor), currency, ctx.locale)
    try:
        return parse_amount(raw, currency, field="amount_minor"), currency
    except InvalidInput as error:
        form.reject(error)
        return None, currency


def _estimate(form: Form, ppm: int | None) -> int | None:
    """A person's own estimate in percent; empty follows the stage."""
    shown = None if ppm is None else ppm / 10_000
    value: float | None = form.field(
        "probability_override_ppm", st.number_input, "Your own estimate (%)", value=shown, min_value=0.0,
        max_value=100.0, step=5.0, format="%.10g", placeholder="Follows the stage",
        help="Wins over the stage's probability while the deal is open. Empty it to follow the stage again.",
    )  # fmt: skip
    return None if value is None else int(Decimal(str(value)) * 10_000)


def _organization(ctx: PageContext, form: Form, found: Choices, value: int | None) -> int | str | None:
    ids: list[Any] = list(found.organizations)
    if value is not None and value not in found.organizations:
        ids.append(value)
    return form.field(
        "organization_id", st.selectbox, "Organisation", ids, index=ids.index(value) if value in ids else None,
        format_func=lambda row_id: found.organizations.get(row_id, str(row_id)),
        accept_new_options=ctx.can(Permission.CONTACTS_WRITE), placeholder="Choose, or type a new one",
    )  # fmt: skip
