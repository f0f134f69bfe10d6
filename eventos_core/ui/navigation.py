"""Every page of EventOS: its key in links, where it stands in the sidebar, and who may see it.

A page appears once its file exists in `pages/` and the person holds its permission. The key is the file's name and
the address; an entry without a file is not linked anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from eventos_core.kernel.permissions import Permission

PAGES_DIR = Path(__file__).resolve().parents[2] / "pages"
HOME = "overview_home"
ACCOUNT = "account_profile"
NOTICES = "account_notices"
P = Permission


@dataclass(frozen=True)
class PageSpec:
    """One page. `section` is None for pages that are reached from elsewhere; `personal` ones need no house.

    `of_event` pages show one event: the sidebar offers them once an event is chosen.
    """

    key: str
    title: str
    icon: str
    section: str | None
    permission: P | None
    personal: bool = False
    of_event: bool = False
    or_permission: P | None = None
    """Another permission that opens it as well: the page shows what each of the two allows."""

    @property
    def file(self) -> Path:
        """Where the page's script lies."""
        return PAGES_DIR / f"{self.key}.py"

    def open_to(self, may: frozenset[P]) -> bool:
        """Whether a holder of `may` sees it."""
        return self.permission is None or self.permission in may or self.or_permission in may

    @property
    def material(self) -> str:
        """The icon as Streamlit names it."""
        return f":material/{self.icon}:"


_OF_EVENT = frozenset({"plan_event", "plan_programme"})
_OR = {"admin_imports": P.EXPORTS_RUN}


def _section(name: str | None, *pages: tuple[str, str, str, P]) -> tuple[PageSpec, ...]:
    return tuple(
        PageSpec(key, title, icon, name, permission, of_event=key in _OF_EVENT, or_permission=_OR.get(key))
        for key, title, icon, permission in pages
    )


SPECS: tuple[PageSpec, ...] = (
    *_section(
        "Overview",
        (HOME, "Home", "space_dashboard", P.HOUSE_READ),
    ),
    *_section(
        "Plan",
        ("plan_events", "Events", "event", P.EVENTS_READ),
        ("plan_event", "Event workspace", "dashboard_customize", P.EVENTS_READ),
        ("plan_programme", "Programme", "view_agenda", P.EVENTS_READ),
        ("plan_venues", "Venues", "location_on", P.VENUES_READ),
    ),
    *_section(
        "Sales",
        ("sales_pipeline", "Pipeline", "view_kanban", P.SALES_READ),
        ("sales_activities", "Activities", "task_alt", P.CONTACTS_READ),
        ("sales_contacts", "Contacts", "contacts", P.CONTACTS_READ),
        ("sales_organizations", "Organisations", "domain", P.CONTACTS_READ),
        ("sales_duplicates", "Duplicates", "content_copy", P.CONTACTS_MERGE),
    ),
    *_section(
        "Promote",
        ("promote_messages", "Messages", "mail", P.PROMOTE_READ),
        ("promote_media", "Media assets", "perm_media", P.PROMOTE_READ),
    ),
    *_section(
        "Admin",
        ("admin_house", "House", "home_work", P.HOUSE_READ),
        ("admin_team", "Team and roles", "group", P.TEAM_READ),
        ("admin_settings", "Settings", "settings", P.HOUSE_READ),
        ("admin_imports", "Imports and exports", "swap_vert", P.IMPORTS_RUN),
        ("admin_integrations", "Integrations", "extension", P.INTEGRATIONS_MANAGE),
        ("admin_keys", "API keys", "key", P.INTEGRATIONS_MANAGE),
        ("admin_trash", "Trash", "delete", P.HOUSE_READ),
        ("admin_webhooks", "Webhooks", "webhook", P.INTEGRATIONS_MANAGE),
        ("admin_jobs", "Jobs", "schedule", P.JOBS_READ),
        ("admin_audit", "Audit", "fact_check", P.AUDIT_READ),
        ("admin_privacy", "Privacy", "shield_person", P.PRIVACY_MANAGE),
    ),
    PageSpec(NOTICES, "Notifications", "notifications", None, None),
    PageSpec(ACCOUNT, "Your account", "account_circle", None, None, personal=True),
)


@lru_cache(maxsize=1)
def by_key() -> Mapping[str, PageSpec]:
    """All specs by key, existing or not."""
    return {spec.key: spec for spec in SPECS}


@lru_cache(maxsize=1)
def existing() -> tuple[PageSpec, ...]:
    """The specs whose files are there; looked up once per process."""
    return tuple(spec for spec in SPECS if spec.file.is_file())


def exists(key: str) -> bool:
    """Whether that page is there to be linked to."""
    return any(spec.key == key for spec in existing())


def spec_of(key: str) -> PageSpec:
    """The spec of an existing page. Raises KeyError for any other."""
    return next(spec for spec in existing() if spec.key == key)


def home() -> PageSpec | None:
    """Where a person starts: Home, or the first page there is."""
    return next(iter(existing()), None)


def sections(may: frozenset[P], *, with_event: bool) -> Iterator[tuple[str, list[PageSpec]]]:
    """The sidebar: sections in order with the pages that a holder of `may` sees; empty sections are left out."""
    shown: dict[str, list[PageSpec]] = {}
    for spec in existing():
        if spec.section is not None and spec.open_to(may) and (with_event or not spec.of_event):
            shown.setdefault(spec.section, []).append(spec)
    yield from shown.items()
