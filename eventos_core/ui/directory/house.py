"""The House page: settings of the account and what the house says of itself, a form each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from eventos_core.directory import commands as directory
from eventos_core.directory.commands import ChangeOwnOrganization
from eventos_core.directory.queries import OwnOrganization
from eventos_core.directory.rules.house import OwnFields, Season
from eventos_core.directory.rules.values import country_choices
from eventos_core.kernel import clock
from eventos_core.kernel.money import currencies
from eventos_core.tenancy import commands as tenancy
from eventos_core.tenancy.commands import ChangeHouse
from eventos_core.tenancy.queries import HouseSettings
from eventos_core.ui import formats, page
from eventos_core.ui.directory.choices import handles_from, handles_text, pick_text, seen
from eventos_core.ui.directory.contact_form import address
from eventos_core.ui.page import Form, PageContext

_MONTHS = dict(enumerate(("January", "February", "March", "April", "May", "June", "July", "August", "September",
                          "October", "November", "December"), 1))  # fmt: skip
_DAYS = {1: "Monday", 6: "Saturday", 7: "Sunday"}
_LOCALES = ("en", "en-GB", "en-US", "fr", "de", "it", "es", "pt", "nl", "da", "sv", "ja")
_WHITE = "#ffffff"


def settings(ctx: PageContext, now: HouseSettings, *, may_edit: bool) -> None:
    """Name, currency, zone, language and calendar of the account."""
    with page.form("house_settings") as form:
        old = seen(form, now)
        off: dict[str, Any] = {"disabled": not may_edit}
        name = form.text("name", "Name of the house", old.name, required=True, **off)
        currency = form.pick("base_currency", "Base currency", currencies(), old.base_currency, **off,
                             help="Figures over several currencies are converted to it.")  # fmt: skip
        zone = form.pick("timezone", "Time zone", clock.zone_names(), old.timezone, **off,
                         help="Days, months and due dates run in it; events have their own.")  # fmt: skip
        locales = _LOCALES if old.locale in _LOCALES else (*_LOCALES, old.locale)
        locale = form.pick("locale", "Language and formats", locales, old.locale, **off, format_func=_language)
        country = pick_text(form, "country", "Country", country_choices(formats.locale(ctx.locale).language),
                            old.country, help="For phone numbers and addresses without one.", **off)  # fmt: skip
        month = form.pick("fiscal_year_start_month", "Fiscal year begins in", list(_MONTHS),
                          old.fiscal_year_start_month, format_func=lambda m: _MONTHS[m], **off)  # fmt: skip
        days = list(_DAYS) if old.week_start in _DAYS else [*_DAYS, old.week_start]
        week = form.pick("week_start", "Weeks begin on", days, old.week_start, **off,
                         format_func=lambda d: _DAYS.get(d, str(d)))  # fmt: skip
        email = form.text("contact_email", "Where the operator reaches the house", old.contact_email, **off)
        if form.submit("Save settings", icon="check", disabled=not may_edit):
            cmd = ChangeHouse(old.version, name, currency, zone, locale, month, week, country, email or None)
            page.act(ctx, tenancy.change_house, cmd, form=form, done="Settings saved.")


def legal(ctx: PageContext, now: OwnOrganization, *, may_edit: bool) -> None:
    """Registered name, numbers, address."""

    def draw(form: Form, old: OwnFields, off: dict[str, Any]) -> OwnFields:
        fields = replace(
            old,
            legal_name=form.text("legal_name", "Legal name", old.legal_name, required=True, **off),
            trading_name=form.text("trading_name", "Name guests know", old.trading_name, **off),
            legal_form=form.text("legal_form", "Legal form", old.legal_form, placeholder="SARL", **off),
            registration_no=form.text("registration_no", "Registration number", old.registration_no, **off),
            registration_office=form.text("registration_office", "Register", old.registration_office, **off),
            represented_by=form.text("represented_by", "Signs for the house", old.represented_by, **off),
            tax_id=form.text("tax_id", "Tax number", old.tax_id, **off),
            vat_id=form.text("vat_id", "VAT number", old.vat_id, **off),
            vat_registered=bool(
                form.field("vat_registered", st.checkbox, "Charges VAT", value=old.vat_registered, **off)
            ),
            phone=form.text("phone", "Phone", old.phone, **off),
        )
        return replace(fields, **address(ctx, form, old))

    _part(ctx, now, "legal", "Save legal data", draw, may_edit=may_edit)


def look(ctx: PageContext, now: OwnOrganization, *, may_edit: bool) -> None:
    """Colours and fonts of tickets, mails and documents."""

    def draw(form: Form, old: OwnFields, off: dict[str, Any]) -> OwnFields:
        primary = form.field("primary_colour", st.color_picker, "Main colour", old.primary_colour or _WHITE, **off)
        accent = form.field("accent_colour", st.color_picker, "Second colour", old.accent_colour or _WHITE, **off)
        kit = {
            "heading_font": form.text("heading_font", "Font of headings", old.brand_kit.get("heading_font"), **off),
            "text_font": form.text("text_font", "Font of text", old.brand_kit.get("text_font"), **off),
            "tone": form.area("tone", "Tone of voice", old.brand_kit.get("tone"), height=90, **off),
        }
        return replace(
            old,
            # White stands for “not chosen”: the picker knows no empty state.
            primary_colour=None if primary == _WHITE and not old.primary_colour else primary,
            accent_colour=None if accent == _WHITE and not old.accent_colour else accent,
            brand_kit={**old.brand_kit, **kit},
        )

    _part(ctx, now, "look", "Save looks", draw, may_edit=may_edit)


def documents(ctx: PageContext, now: OwnOrganization, *, may_edit: bool) -> None:
    """Terms, footers, defaults of invoices."""

    def draw(form: Form, old: OwnFields, off: dict[str, Any]) -> OwnFields:
        percent = form.field("default_tax_ppm", st.number_input, "Usual tax rate (%)", min_value=0.0, max_value=100.0,
                             value=old.default_tax_ppm / 10_000, step=0.5, format="%.2f", **off)  # fmt: skip
        days = form.field("payment_terms_days", st.number_input, "Days to pay", min_value=0, max_value=365,
                          value=old.payment_terms_days, step=1, **off)  # fmt: skip
        return replace(
            old,
            default_tax_ppm=round(percent * 10_000),
            payment_terms_days=int(days),
            default_terms=form.area("default_terms", "Terms under offers and contracts", old.default_terms, **off),
            invoice_footer=form.area("invoice_footer", "Foot of invoices", old.invoice_footer, **off),
        )

    _part(ctx, now, "documents", "Save defaults", draw, may_edit=may_edit)


def online(ctx: PageContext, now: OwnOrganization, *, may_edit: bool) -> None:
    """Addresses of mails, links guests see, handles."""
    labels = {
        "sender_name": "Name in the From line",
        "sender_email": "Address in the From line",
        "reply_to_email": "Answers go to",
        "support_email": "Guests write to",
        "website": "Website",
        "imprint_url": "Legal notice",
        "terms_url": "Terms of sale",
        "privacy_url": "Privacy notice",
        "privacy_contact": "Answers privacy requests",
    }

    def draw(form: Form, old: OwnFields, off: dict[str, Any]) -> OwnFields:
        given: dict[str, Any] = {n: form.text(n, label, getattr(old, n), **off) for n, label in labels.items()}
        given["email_signature"] = form.area("email_signature", "Under every mail", old.email_signature, **off)
        socials = form.area("socials", "Social media", handles_text(old.socials), height=90,
                            help="One a line, as in instagram: handle", **off)  # fmt: skip
        return replace(old, **given, socials=handles_from(socials))

    _part(ctx, now, "online", "Save online data", draw, may_edit=may_edit)


def seasons(ctx: PageContext, now: OwnOrganization, *, may_edit: bool) -> None:
    """The calendar of seasons that events and reports pick from."""

    def draw(form: Form, old: OwnFields, off: dict[str, Any]) -> OwnFields:
        frame = pd.DataFrame(
            [(s.code, s.name, s.starts_on, s.ends_on) for s in old.seasons], columns=["code", "name", "from", "to"]
        ).astype({"code": "string", "name": "string"})
        edited = form.field(
            "seasons", _editor, "Seasons", frame, num_rows="dynamic", hide_index=True, **off,
            column_config={
                "code": st.column_config.TextColumn("Code", required=True, max_chars=20),
                "name": st.column_config.TextColumn("Name"),
                "from": st.column_config.DateColumn("From", required=True),
                "to": st.column_config.DateColumn("To", required=True),
            },
        )  # fmt: skip
        return replace(old, seasons=_seasons(edited))

    st.caption("Events and reports pick from these. Add a row below the last one.")
    _part(ctx, now, "seasons", "Save seasons", draw, may_edit=may_edit)


def _part(
    ctx: PageContext,
    now: OwnOrganization,
    name: str,
    label: str,
    draw: Callable[[Form, OwnFields, dict[str, Any]], OwnFields],
    *,
    may_edit: bool,
) -> None:
    """One form over some of the house's own fields."""
    with page.form(f"house_{name}") as form:
        old = seen(form, now)
        fields = draw(form, old.fields, {"disabled": not may_edit})
        if form.submit(label, icon="check", disabled=not may_edit):
            cmd = ChangeOwnOrganization(old.version, fields, base=old.fields)
            page.act(ctx, directory.change_own_organization, cmd, form=form, done="Saved.")


def _editor(label: str, frame: pd.DataFrame, **options: Any) -> pd.DataFrame:
    return st.data_editor(frame, **options)


def _seasons(edited: pd.DataFrame) -> tuple[Season, ...]:
    found = []
    for row in edited.to_dict("records"):
        starts, ends = _day(row["from"]), _day(row["to"])
        if starts is None or ends is None:
            continue
        code, name = ("" if formats.missing(row[key]) else str(row[key]) for key in ("code", "name"))
        found.append(Season(code, name, starts, ends))
    return tuple(found)


def _day(value: Any) -> dt.date | None:
    if formats.missing(value):
        return None
    return value.date() if isinstance(value, dt.datetime) else value


def _language(name: str) -> str:
    found = formats.locale(name)
    shown = found.get_display_name(formats.DEFAULT_LOCALE)
    return str(shown or name)
