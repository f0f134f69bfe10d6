"""Templates: wording with its placeholders, preview with real data, a test to oneself, earlier revisions."""

from __future__ import annotations

import streamlit as st

from eventos_core.directory import queries as directory
from eventos_core.directory.queries import ContactFilter
from eventos_core.enums.operations import MessageCategory, MessageChannel, TemplateStatus
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.list_joins import Everything
from eventos_core.operations.messages import commands, queries, segments, wording
from eventos_core.operations.messages.commands import AddTemplate, RetireTemplate, RewordTemplate, SendTest
from eventos_core.operations.messages.kinds import known_placeholders
from eventos_core.operations.messages.queries import TemplateDetail
from eventos_core.ui import exporting, formats, page, tables, views
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import Form, Head, PageContext
from eventos_core.ui.tables import Column, Meaning

_CATEGORY: dict[str, Meaning] = {MessageCategory.MARKETING: "violet"}
COLUMNS = (
    Column("name", "Template", width=250),
    Column("subject", "Subject", width=310),
    Column("channel", "Channel", "status", enum=MessageChannel, width=90),
    Column("locale", "Language", width=80),
    Column("state", "Wording", width=100),
    Column("changed_at", "Since", "instant", width=175),
    Column("category", "Kind", "status", enum=MessageCategory, meanings=_CATEGORY, extra=True),
    Column("changed_by", "By", extra=True),
)
_OFFERED = (MessageChannel.EMAIL, MessageChannel.SMS, MessageChannel.SOCIAL, MessageChannel.WEBHOOK)
_HELP = "Markdown. Placeholders in double braces are filled for each recipient."


def draw(ctx: PageContext, head: Head) -> None:
    """The list of wordings in use; a name opens its drawer. Exports it where that was chosen in the head."""
    bar = views.bar(ctx, "templates", "All templates", columns=COLUMNS)
    exporting.answer(ctx, head, "templates", page.filters(Everything, prefix="templates", bar=bar), bar.picked)
    found = page.read(ctx, queries.templates)
    frame = found.assign(
        opened=[row["key"] if formats.missing(row["id"]) else str(row["id"]) for row in found.to_dict("records")],
        state=["Standard" if number == 0 else f"Revision {number}" for number in found["revision"]],
    )
    tables.table(
        frame, bar.columns, key="templates_table", alt="Templates with subject, channel, language and wording",
        zone=ctx.zone, lang=ctx.locale, opens="template", id_column="opened",
    )  # fmt: skip


def new(ctx: PageContext) -> None:
    """The drawer's body for a new template."""
    with page.form("new_template") as form:
        name = form.text("name", "Name", required=True, max_chars=200, placeholder="Reminder the day before")
        key = form.text("key", "Key", required=True, max_chars=80, help="What campaigns ask for: press.invite, say.")
        channel = form.choice("channel", "Channel", _OFFERED)
        category = form.choice("category", "Kind", MessageCategory, help="Marketing goes only to who agreed to it.")
        locale = form.text("locale", "Language", ctx.house.locale, required=True, max_chars=20)
        subject = form.text("subject", "Subject", max_chars=300)
        body = form.area("body", "Text", height=260, help=_HELP)
        attached, papers = _files(ctx, form, ()), _papers(ctx, form, ())
        _placeholders("", category)
        if form.submit("Add template"):
            given = AddTemplate(
                key, locale, name, body, subject or None, channel=channel, category=category, attachments=attached,
                documents=papers,
            )  # fmt: skip
            made = page.act(ctx, commands.add_template, given, form=form, done="Template added.", refresh=False)
            if made is not None:
                page.close_drawer("new")


def show(ctx: PageContext, raw: str) -> None:
    """The drawer of one template: a number names the house's own, a key a standard wording."""
    own = raw.isdigit()
    one = page.read(ctx, queries.template, int(raw)) if own else page.read(ctx, queries.standard_template, raw)
    st.title(escaped(one.name), anchor=False)
    badges = [f":gray-badge[{one.channel.label}]", f":gray-badge[{escaped(one.locale)}]"]
    badges.append(f":{_CATEGORY.get(one.category, 'gray')}-badge[{one.category.label}]")
    badges.append(":gray-badge[Standard wording]" if one.id is None else f":gray-badge[Revision {one.revision}]")
    if one.status is not TemplateStatus.CURRENT:
        badges.append(":orange-badge[Out of use]")
    st.markdown(" ".join(badges))
    st.caption(escaped(one.description or "") + f" `{one.key}`")
    writes = ctx.can(Permission.PROMOTE_WRITE) and one.status is TemplateStatus.CURRENT
    names = ["Preview", *(["Wording"] if writes else []), *(["Revisions"] if one.id is not None else [])]
    bodies = {"Preview": _preview, "Wording": _wording, "Revisions": _revisions}
    for name, tab in zip(names, st.tabs(names, key=f"template_tabs_{raw}", on_change="rerun"), strict=True):
        if tab.open:
            with tab:
                bodies[name](ctx, one)


def _wording(ctx: PageContext, one: TemplateDetail) -> None:
    with page.form(f"template_{one.key}_{one.locale}") as form:
        seen = form.version(one.revision)
        name = form.text("name", "Name", one.name, required=True, max_chars=200)
        subject = form.text("subject", "Subject", one.subject, max_chars=300)
        body = form.area("body", "Text", one.body, height=300, help=_HELP)
        description = form.text("description", "When it is sent", one.description, max_chars=300)
        mail = one.channel is MessageChannel.EMAIL
        attached = _files(ctx, form, one.attachments) if mail else ()
        papers = _papers(ctx, form, one.documents) if mail else ()
        _placeholders(one.key, one.category)
        if not form.submit("Save wording"):
            return
        if one.id is None:
            added = AddTemplate(
                one.key, one.locale, name, body, subject or None, None, description or None, attachments=attached,
                documents=papers,
            )  # fmt: skip
            made = page.act(ctx, commands.add_template, added, form=form, done="Wording saved.", refresh=False)
        else:
            given = RewordTemplate(
                one.id, seen, name, body, subject or None, one.preheader, description or None, attached,
                papers,
            )  # fmt: skip
            made = page.act(ctx, commands.reword_template, given, form=form, done="Wording saved.", refresh=False)
        if made is not None:
            page.open_drawer(template=made.template_id)


def _preview(ctx: PageContext, one: TemplateDetail) -> None:
    contact_id = _pick_contact(ctx)
    events = page.event_names(ctx)
    needs_event = any(name.startswith("event.") for name in _used(one)) or bool(one.documents)
    event_id = None
    if needs_event and not events:
        st.caption("This wording tells of an event, and the house has none yet.")
        return
    if needs_event:
        event_id = st.selectbox("Event", list(events), format_func=lambda key: events[key], key="preview_event")
    known = known_placeholders(one.key, one.category)
    samples = {n: f"({known[n]})" for n in _used(one) if not n.startswith(("house.", "recipient.", "event."))}
    shown = page.read(
        ctx, queries.template_preview, one.subject, one.body, contact_id=contact_id, event_id=event_id,
        samples=samples, locale=one.locale,
    )  # fmt: skip
    with st.container(border=True, key="template_preview"):
        if shown.subject:
            st.markdown(f"**{escaped(shown.subject)}**")
        if one.channel is MessageChannel.SMS:
            st.text(shown.text.strip())
        else:
            st.html(shown.html)
    if one.channel is MessageChannel.SMS:
        _length(shown.text.strip())
    _goes_along(ctx, one)
    name = f"test_{one.key}"
    if ctx.can(Permission.MESSAGES_SEND) and page.pressed("Send a test to myself", name=name, icon="send"):
        given = SendTest(
            one.key, one.subject, one.body, one.channel, one.category, contact_id, event_id, one.attachments,
            one.documents, one.locale,
        )  # fmt: skip
        page.act(ctx, commands.send_test, given, key=name, done="The test is on its way to you.")


def _pick_contact(ctx: PageContext) -> int | None:
    """Whose data fill the preview; an invented person where none is chosen."""
    if not ctx.can(Permission.CONTACTS_READ):
        return None
    text = st.text_input("As read by", key="preview_search", type="search", placeholder="Name of a contact")
    if not text.strip():
        return None
    found = page.read(ctx, directory.contacts, ContactFilter(q=text), size=20).frame
    names = {int(row["id"]): str(row["name"]) for row in found.to_dict("records")}
    if not names:
        st.caption("No contact matches.")
        return None
    chosen: int | None = st.selectbox(
        "Contact", list(names), format_func=lambda key: names[key], key="preview_contact", label_visibility="collapsed"
    )
    return chosen


def _revisions(ctx: PageContext, one: TemplateDetail) -> None:
    if one.id is None:
        return
    found = page.read(ctx, queries.template_revisions, one.id)
    for row in found.to_dict("records"):
        subject = None if formats.missing(row["subject"]) else row["subject"]
        when = formats.instant(row["created_at"], ctx.zone, ctx.locale)
        by = "" if formats.missing(row["created_by"]) else f" · {row['created_by']}"
        with st.expander(escaped(f"Revision {row['revision']} · {when}{by}"), expanded=False):
            st.markdown(f"**{escaped(subject or '')}**")
            st.code(row["body"], language=None, wrap_lines=True)
            name = f"revision_{row['id']}"
            older = row["status"] != TemplateStatus.CURRENT
            if older and ctx.can(Permission.PROMOTE_WRITE) and page.pressed("Use this wording again", name=name):
                given = RewordTemplate(
                    one.id, one.revision, one.name, row["body"], subject, one.preheader, one.description
                )
                made = page.act(
                    ctx, commands.reword_template, given, key=name, done="Earlier wording in use.", refresh=False
                )
                if made is not None:
                    page.open_drawer(template=made.template_id)
    if one.status is TemplateStatus.CURRENT and ctx.can(Permission.PROMOTE_WRITE):
        label = "Go back to the standard wording" if one.is_system else "Take out of use"
        if page.pressed(label, name=f"retire_{one.id}", icon="block"):
            done = page.act(
                ctx, commands.retire_template, RetireTemplate(one.id), key=f"retire_{one.id}",
                done="Template out of use.", refresh=False,
            )  # fmt: skip
            if done is not None:
                page.close_drawer("template")


def _files(ctx: PageContext, form: Form, chosen: tuple[int, ...]) -> tuple[int, ...]:
    """Stored files that go along; offered newest first."""
    names = page.read(ctx, queries.attachable_files, also=chosen)
    if not names:
        return chosen
    offered = [*names, *(asset for asset in chosen if asset not in names)]
    return tuple(
        form.field(
            "attachments", st.multiselect, "Files that go along (e-mail)", offered, default=list(chosen),
            format_func=lambda asset: names.get(asset, "A file that is gone"), placeholder="From the media library",
        )
    )  # fmt: skip


def _papers(ctx: PageContext, form: Form, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """Documents that go along, made for the event of each message."""
    titles = page.read(ctx, queries.attachable_documents)
    offered = [*titles, *(key for key in chosen if key not in titles)]
    if not offered:
        return chosen
    return tuple(
        form.field(
            "documents", st.multiselect, "Documents that go along (e-mail)", offered, default=list(chosen),
            format_func=lambda key: titles.get(key, key), placeholder="Made for the event when it is sent",
        )
    )  # fmt: skip


def _goes_along(ctx: PageContext, one: TemplateDetail) -> None:
    names: list[str] = []
    if one.documents:
        titles = page.read(ctx, queries.attachable_documents)
        names += [titles.get(key, key) for key in one.documents]
    if one.attachments:
        files = page.read(ctx, queries.attachable_files, also=one.attachments)
        names += [files.get(asset, "a file that is gone") for asset in one.attachments]
    if names:
        st.caption(f":material/attach_file: {escaped(', '.join(names))}")


def _length(text: str) -> None:
    """How many parts of a text message this is, and which letters make it longer."""
    found = segments.measure(text)
    told = f"{formats.plural(found.units, 'character', 'characters')} in {formats.plural(found.parts, 'part', 'parts')}"
    if not found.is_plain:
        letters = " ".join(found.outside[:8])
        told += f", {found.per_part} each because of {letters}"
    st.caption(escaped(told))


def _placeholders(key: str, category: MessageCategory) -> None:
    with st.expander("Placeholders"):
        rows = ["| Placeholder | Stands for |", "|:--|:--|"]
        rows += [
            f"| `{{{{ {name} }}}}` | {escaped(about)} |" for name, about in known_placeholders(key, category).items()
        ]
        st.markdown("\n".join(rows))


def _used(one: TemplateDetail) -> set[str]:
    found = {*wording.placeholders_of(one.body, field="body")}
    return found | set(wording.placeholders_of(one.subject or "", field="subject"))
