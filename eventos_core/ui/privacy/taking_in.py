"""Taking a request in: what is asked, and who asks, found among the people of the house or named in words."""

from __future__ import annotations

from typing import Any

import streamlit as st

from eventos_core.directory.queries import contact
from eventos_core.enums.operations import PrivacyRequestKind
from eventos_core.kernel import clock
from eventos_core.kernel.permissions import Permission
from eventos_core.operations.privacy import commands, queries
from eventos_core.operations.privacy.commands import NamePerson, RecordRequest
from eventos_core.operations.privacy.queries import RequestDetail
from eventos_core.ui import formats, page, tables
from eventos_core.ui.errors import escaped
from eventos_core.ui.page import PageContext
from eventos_core.ui.privacy import words

_NOBODY = "None of these"
_WORD_JOINER = "\u2060"


def new(ctx: PageContext, raw: str) -> None:
    """The drawer's body. `raw` may name the contact, as `contact-12`: a link from the contact's drawer."""
    person = _linked(ctx, raw) or _search(ctx, "new")
    with page.form("new_privacy_request") as form:
        kind = form.pick(
            "kind", "What is asked for", list(PrivacyRequestKind), PrivacyRequestKind.ERASE,
            format_func=words.KINDS.__getitem__,
        )  # fmt: skip
        received = form.field(
            "received_on", st.date_input, "Received on", clock.now().astimezone(ctx.house.zone).date(),
            help="The answer is due 30 days later.",
        )  # fmt: skip
        name = email = phone = ""
        if person is None:
            name = form.text("name", "Full name", max_chars=200)
            email = form.text("email", "E-mail", max_chars=320)
            phone = form.text("phone", "Phone", max_chars=50, placeholder="+33 6 12 34 56 78")
        message = form.area("message", "What they wrote", max_chars=20_000)
        if form.submit("Record the request", icon="add"):
            entity, row_id = (person["entity"], person["id"]) if person is not None else ("", None)
            given = RecordRequest(kind, received, entity, row_id, name, email, phone, message)
            saved = page.act(ctx, commands.record_request, given, form=form, done="Request recorded.", refresh=False)
            if saved is not None:
                st.query_params.pop("new", None)
                page.open_drawer(request=saved.request_id)


def choose(ctx: PageContext, found: RequestDetail) -> None:
    """Say which record the person of a request is, or who else."""
    with st.expander("Choose the person" if not found.known else "It is somebody else", icon=":material/person_search:",
                     expanded=not found.known):  # fmt: skip
        start = found.email or found.person or found.phone
        person = _search(ctx, f"request_{found.id}", start)
        name = f"name_{found.id}"
        version = page.seen_version(name, found.version)
        if person is not None and page.pressed(f"It is {person['name']}", name=name, icon="check"):
            given = NamePerson(found.id, version, person["entity"], person["id"])
            page.act(ctx, commands.name_person, given, key=name, done=f"The request is about {person['name']}.")


def _search(ctx: PageContext, key: str, start: str = "") -> dict[str, Any] | None:
    """Look for a person by name, address or number; the one chosen, None for none."""
    sought = st.text_input(
        "Find the person", start, key=f"privacy_sought_{key}", icon=":material/search:",
        placeholder="Name, e-mail or phone",
    )  # fmt: skip
    if len(sought.strip()) < 2:
        return None
    found = page.read(ctx, queries.people_found, sought)
    people = [row for row in tables.records(found) if row["entity"]]
    written = [row for row in tables.records(found) if not row["entity"]]
    if written:
        st.caption(
            escaped(f"Messages went to {', '.join(row['name'] for row in written[:3])}: name this address below.")
        )
    if not people:
        st.caption("Nobody is found by this. You can record the request with name and address.")
        return None
    labels = {f"{row['entity']}-{row['id']}": row for row in people}
    chosen = st.radio(
        "Who it is", [*labels, _NOBODY], index=None, key=f"privacy_who_{key}",  # nobody by default: it may erase
        format_func=lambda value: _label(labels[value]) if value in labels else _NOBODY,
        captions=[*(_plain(row["detail"] or "") for row in people), ""],
    )  # fmt: skip
    if len(people) >= 20:
        st.caption(f"The first {formats.count(len(people))} are shown; write more of the name.")
    return labels.get(chosen or _NOBODY)


def _label(row: dict[str, Any]) -> str:
    return f"**{escaped(row['name'])}** · {row['kind']}"


def _plain(text: str) -> str:
    """Text that becomes no link: a click on an address chooses the person, it writes no mail."""
    return escaped(text).replace("@", f"{_WORD_JOINER}@")


def _linked(ctx: PageContext, raw: str) -> dict[str, Any] | None:
    entity, _, number = raw.partition("-")
    if entity != "contact" or not number.isdigit():
        return None
    if not ctx.can(Permission.CONTACTS_READ):
        return None
    found = page.read(ctx, contact, int(number))
    st.markdown(f":material/person: **{escaped(found.name)}**")
    return {"entity": "contacts", "id": found.id, "name": found.name}
