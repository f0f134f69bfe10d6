"""Requests of people: the list, and one in its drawer from the search to the evidence."""

from __future__ import annotations

from typing import Any

import streamlit as st

from eventos_core.db.registry import read
from eventos_core.enums.operations import PrivacyRequestKind, PrivacyRequestStatus, PrivacyWork
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.privacy import commands, queries
from eventos_core.operations.privacy.commands import (
    DecideTexts,
    EraseSubject,
    HandOut,
    OneRequest,
    SettleRequest,
    TextRef,
)
from eventos_core.operations.privacy.queries import Mention, RequestDetail, RequestFilter
from eventos_core.ui import formats, page, tables
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext
from eventos_core.ui.privacy import taking_in, words
from eventos_core.ui.tables import Column

_SHOWN = 50


def draw(ctx: PageContext, *, ended: bool) -> None:
    """The list of open or ended requests; a row opens its drawer."""
    found = page.read(ctx, queries.privacy_requests, RequestFilter(ended), cursor=page.cursor("privacy"))
    if found.frame.empty:
        if ended:
            page.nothing_yet("No request was answered yet.", hint="Answered ones stay here with their evidence.",
                             icon="shield_person")  # fmt: skip
        elif page.nothing_yet(
            "No request waits for an answer.", hint="A person may ask for a copy of their data, or for erasure.",
            action="Record a request", icon="shield_person",
        ):  # fmt: skip
            page.open_drawer(new="request")
        return
    today = clock.now().astimezone(ctx.house.zone).date()
    shown = found.frame.assign(
        person=[value if not formats.missing(value) else "Erased person" for value in found.frame["person"]],
        kind=[words.KINDS[PrivacyRequestKind(value)] for value in found.frame["kind"]],
        received_on=[at.astimezone(ctx.house.zone).date() for at in found.frame["received_at"]],
        left=[_left((day - today).days) for day in found.frame["due_on"]],
    )
    last = Column("completed_at", "Ended", "instant") if ended else Column("left", "Left")
    tables.table(
        shown,
        [
            Column("person", "Person", width=180),
            Column("due_on", "Due", "date", width=135),
            last,
            Column("kind", "Asks for", width=170),
            Column("status", "Status", "status", enum=PrivacyRequestStatus, meanings=words.STATUS, width=110),
            Column("received_on", "Received", "date"),
            Column("handled_by", "Handled by"),
        ],
        key="privacy_requests", alt="Requests of people with what they ask for, status and due day",
        zone=ctx.house.zone, lang=ctx.locale, opens="request",
    )  # fmt: skip
    page.pager(found, prefix="privacy")


def show(ctx: PageContext, raw: str) -> None:
    """The drawer's body: one request."""
    if not raw.isdigit():
        page.nothing_yet("There is no such request.", hint="Go back to the list.", icon="search_off")
        return
    found = page.read(ctx, queries.privacy_request, int(raw))
    _head(ctx, found)
    if not found.open:
        _evidence(ctx, found)
        return
    if found.working is not None:
        _under_way(ctx, found, found.working)
        return
    if found.work_error:
        st.error(escaped(found.work_error), icon=":material/error:")
    if found.kind is PrivacyRequestKind.ERASE:
        taking_in.choose(ctx, found)
        _erase(ctx, found)
    elif found.kind is PrivacyRequestKind.EXPORT:
        taking_in.choose(ctx, found)
        _hand_out(ctx, found)
    _settle(ctx, found)


def _head(ctx: PageContext, found: RequestDetail) -> None:
    st.title(escaped(found.person or "Erased person"), anchor=False)
    with st.container(horizontal=True, gap="xsmall", key="privacy_badges"):
        st.badge(words.KINDS[found.kind], icon=":material/shield_person:", color="primary")
        st.badge(found.status.label, color=words.STATUS[found.status])
        if found.open:
            left = (found.due_on - clock.now().astimezone(ctx.house.zone).date()).days
            st.badge(_left(left), color="red" if left < 0 else "orange" if left <= 7 else "gray")
    zone, locale = ctx.house.zone, ctx.locale
    said = [f"Received {formats.date(found.received_at.astimezone(zone), locale)}",
            f"due {formats.date(found.due_on, locale)}"]  # fmt: skip
    if found.handled_by:
        said.append(f"handled by {found.handled_by}")
    if found.completed_at is not None:
        said.append(f"ended {formats.instant(found.completed_at, zone, locale)}")
    st.caption(escaped(" · ".join(said)))
    reach = " · ".join(part for part in (found.email, found.phone) if part)
    if reach:
        st.markdown(escaped(reach))
    if found.open and found.contact_id is not None and ctx.can(Permission.CONTACTS_READ):
        page.link("Open the contact", page="sales_contacts", icon="person", contact=found.contact_id)
    if found.message:
        with st.container(border=True, key="privacy_message"):
            st.markdown(escaped(found.message))


def _under_way(ctx: PageContext, found: RequestDetail, working: PrivacyWork) -> None:
    """What a job does on the request now; the page asks by itself whether it is done, and may be left."""
    page.until(lambda: read(ctx.credential, queries.privacy_request, found.id).working is not working)
    with st.container(gap="xsmall", key="privacy_working"):
        st.status(words.WORKING[working], state="running")
        st.caption(words.WORKING_MORE[working])


def _erase(ctx: PageContext, found: RequestDetail) -> None:
    name = f"search_{found.id}"
    version = page.seen_version(name, found.version)
    looked = found.evidence.get("found")
    if page.pressed("Search again" if looked else "Search the house for them", name=name, icon="manage_search",
                    primary=not looked):  # fmt: skip
        page.act(ctx, commands.search_subject, OneRequest(found.id, version), key=name)
    if not looked:
        st.caption("Nothing is erased by searching. You see what is found first.")
        return
    _found(looked)
    if found.undecided or found.decided:
        _mentions(ctx, found)
    if looked.get("in_team"):
        st.warning("This person is in the team. End the membership on the Team page first; the login itself belongs "
                   "to the person and is not erased here.", icon=":material/group:")  # fmt: skip
        page.link("Open the Team page", page="admin_team", icon="group")
        return
    if found.undecided:
        st.info(f"{formats.plural(found.undecided, 'text')} to decide on before anything is erased.",
                icon=":material/rule:")  # fmt: skip
        return
    _confirm(ctx, found)


def _found(looked: dict[str, Any]) -> None:
    with st.container(border=True, key="privacy_found"):
        st.markdown("**Made unrecognisable**")
        st.markdown(words.counted(looked["rows"]) or "- No record of their own")
        others = {**looked["copies"], **looked["texts"]}
        if others:
            st.markdown("**Their name, address and number replaced in**")
            st.markdown(words.counted(others))
        if looked["kept"]:
            st.markdown("**Kept, since the law demands it**")
            st.markdown(words.counted(looked["kept"]))
        st.caption("Records stay without the person, so figures do not change. Audit entries lose their content.")


def _mentions(ctx: PageContext, found: RequestDetail) -> None:
    """Texts with the name alone, or an address that may be another's: each is the person, or somebody else."""
    mentions = page.read(ctx, queries.texts_to_decide, found.id, limit=_SHOWN)
    st.markdown("**Is it them?** These texts hold the name, or an address that may be somebody else's.")
    total = found.undecided + found.decided
    if total > len(mentions):
        st.caption(f"{formats.count(len(mentions))} of {formats.count(total)} are shown, undecided ones first.")
    open_ = tuple(TextRef(one.entity, one.id, one.column) for one in mentions if one.erase is None)
    if len(open_) > 1:
        with st.container(horizontal=True, gap="small"):
            for label, icon, erase in (("All are them", "person", True), ("None is", "person_off", False)):
                name = f"decide_all_{found.id}_{erase}"
                if page.pressed(label, name=name, icon=icon):
                    page.act(ctx, commands.decide_texts, DecideTexts(found.id, open_, erase), key=name)
    for one in mentions:
        _mention(ctx, found, one)


def _mention(ctx: PageContext, found: RequestDetail, one: Mention) -> None:
    where = f"{found.id}_{one.entity}_{one.id}_{one.column}"
    with st.container(border=True, key=f"mention_{where}", gap="xsmall"):
        st.caption(escaped(f"{one.title} · {one.column.replace('_', ' ')}"))
        marked = f":orange-background[{escaped(one.named)}]" if one.named else ""
        st.markdown(f"{escaped(one.before)}{marked}{escaped(one.after)}")
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            for label, icon, erase in (("Erase", "ink_eraser", True), ("Somebody else", "person_off", False)):
                name = f"decide_{where}_{erase}"
                if page.pressed(label, name=name, icon=icon, primary=one.erase is erase):
                    refs = (TextRef(one.entity, one.id, one.column),)
                    page.act(ctx, commands.decide_texts, DecideTexts(found.id, refs, erase), key=name)
            if one.erase is None:
                st.markdown(":orange[:material/help: Not decided]")


def _confirm(ctx: PageContext, found: RequestDetail) -> None:
    st.markdown(f"**Erase {escaped(found.person)} for good?**")
    st.markdown(
        "This cannot be undone, not by taking back an import or a merge, and not by restoring a backup. "
        f"Type **{escaped(found.person)}** to confirm."
    )
    with page.form(f"erase_{found.id}") as form:
        version = form.version(found.version)
        how = form.text("verified_how", "How you know that it is them", required=True, max_chars=500,
                        placeholder="Answered from the known address")  # fmt: skip
        typed = form.text("typed_name", "Name of the person", required=True, max_chars=320)
        if form.submit("Erase for good", icon="ink_eraser"):
            given = EraseSubject(found.id, version, how, typed)
            page.act(ctx, commands.erase_subject, given, form=form)


def _hand_out(ctx: PageContext, found: RequestDetail) -> None:
    st.markdown("A ZIP with everything held of the person, made when you fetch it. The link is for you alone and "
                "holds for 24 hours.")  # fmt: skip
    with page.form(f"hand_out_{found.id}") as form:
        version = form.version(found.version)
        how = form.text("verified_how", "How you know that it is them", required=True, max_chars=500,
                        placeholder="Answered from the known address")  # fmt: skip
        if form.submit("Make the copy", icon="folder_zip"):
            given = HandOut(found.id, version, how)
            page.act(ctx, commands.hand_out, given, form=form, done="The copy is ready to be fetched.")


def _settle(ctx: PageContext, found: RequestDetail) -> None:
    by_hand = found.kind not in (PrivacyRequestKind.ERASE, PrivacyRequestKind.EXPORT)
    ways = {PrivacyRequestStatus.REFUSED: "Refuse", PrivacyRequestStatus.WITHDRAWN: "The person withdrew it"}
    if by_hand:
        ways = {PrivacyRequestStatus.DONE: "Done", **ways}
    with (
        st.expander("End the request" if by_hand else "End it another way", expanded=by_hand),
        page.form(f"settle_{found.id}") as form,
    ):
        version = form.version(found.version)
        status = form.pick("status", "How", list(ways), format_func=ways.__getitem__)
        reason = form.area("reason", "What was done" if by_hand else "Why, as told to the person", max_chars=2000)
        if form.submit("End the request", icon="done"):
            given = SettleRequest(found.id, version, status, reason)
            page.act(ctx, commands.settle_request, given, form=form, done="The request is ended.")


def _evidence(ctx: PageContext, found: RequestDetail) -> None:
    if found.verified_how:
        st.markdown(f":gray[Made sure by:] {escaped(found.verified_how)}")
    if found.refusal_reason:
        st.markdown(escaped(found.refusal_reason))
    evidence = found.evidence
    if said := evidence.get("said"):
        st.markdown(escaped(str(said)))
    if found.kind is PrivacyRequestKind.ERASE and found.status is PrivacyRequestStatus.DONE:
        _erased(evidence)
    if found.kind is PrivacyRequestKind.EXPORT and found.status is PrivacyRequestStatus.DONE:
        _handed_out(ctx, found)


def _erased(evidence: Any) -> None:
    with st.container(border=True, key="privacy_evidence"):
        st.markdown(":green[:material/verified:] **Erased, searched again, nothing found**")
        lines = [
            words.counted(evidence["rows"]),
            *(f"- {escaped(name.capitalize())} emptied: {number}" for name, number in evidence["copies"].items()),
            *([f"- Further texts without them: {sum(evidence['texts'].values())}"] if evidence["texts"] else []),
            f"- Audit entries without content: {evidence['audit']}",
            *([f"- Texts about somebody of the same name, left: {evidence['spared']}"] if evidence["spared"] else []),
            *(["- Done again after a backup was restored"] if evidence.get("after_restore") else []),
        ]
        st.markdown("\n".join(lines))
        if evidence["kept"]:
            st.markdown("**Kept by legal obligation**")
            st.markdown(words.counted(evidence["kept"]))


def _handed_out(ctx: PageContext, found: RequestDetail) -> None:
    with st.container(border=True, key="privacy_package"):
        st.markdown("**In the copy**")
        lines = [f"- {escaped(title)}: {formats.count(rows)}" for title, rows in found.evidence["rows"].items()]
        st.markdown("\n".join(lines))
        st.caption(f"SHA-256 {found.evidence['sha256'][-1]}")
    fresh = found.export_until is not None and found.export_until > clock.now()
    if fresh and not found.export_is_own:
        st.caption("The link works for whoever made it only. A new one is yours.")
    elif fresh:
        url = f"/h/{ctx.house.account_slug}/exports/{found.export_public_id}"
        st.link_button("Fetch the copy", url, icon=":material/download:", type="primary")
        st.caption("The link works for you only, for 24 hours; the file names the person only inside.")
    name = f"again_{found.id}"
    version = page.seen_version(name, found.version)
    if page.pressed("Make a new link", name=name, icon="refresh"):
        given = HandOut(found.id, version, found.verified_how)
        page.act(ctx, commands.hand_out, given, key=name, done="The copy is made anew, ready to be fetched.")


def _left(days: int) -> str:
    if days < 0:
        return f"{formats.plural(-days, 'day')} overdue"
    return "Due today" if days == 0 else f"{formats.plural(days, 'day')} left"
