"""What a house sets about its messages, and the section of the Settings page that changes it."""

from __future__ import annotations

from eventos_core.kernel.permissions import Permission
from eventos_core.operations.fields import Field, Kind
from eventos_core.operations.settings import Section, Setting, section

QUIET_FROM = Setting[str | None](
    Field(
        "messages.quiet_from", "Quiet from", Kind.TIME,
        help="Marketing, and texts that are no hurry, wait from here on; tickets and sign-in links never do.",
    ),
    None,
)  # fmt: skip
QUIET_UNTIL = Setting[str | None](
    Field("messages.quiet_until", "Quiet until", Kind.TIME, help="In the house's zone. Both empty: no quiet hours."),
    None,
)
TEXT_PARTS = Setting[int](
    Field(
        "messages.text_parts", "Most parts of one text", Kind.INTEGER, default=4, least=1, most=10,
        help="A template for texts that is longer is not saved: every part is charged.",
    ),
    4,
)  # fmt: skip

MESSAGES = section(
    Section(
        "messages",
        "Messages",
        "mail",
        "When the house writes, and how long its texts are.",
        reads=Permission.PROMOTE_READ,
        settings=(QUIET_FROM, QUIET_UNTIL, TEXT_PARTS),
        order=40,
    )
)
