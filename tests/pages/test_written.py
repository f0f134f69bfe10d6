"""What people wrote in Markdown, as pages show it."""

from __future__ import annotations

import pytest

from eventos_core.ui import written
from eventos_core.ui.sales import words


def test_emphasis_lists_quotes_and_line_breaks_are_kept() -> None:
    shown = written.html("**Front row**\nfor *two*\n\n- silk\n- wool\n\n> so they said")
    assert "<strong>Front row</strong><br />" in shown
    assert "<em>two</em>" in shown
    assert shown.count("<li>") == 2
    assert "<blockquote>" in shown


def test_a_heading_is_a_bold_line() -> None:
    assert written.html("## Visit of *two*\n\nFine") == "<p><strong>Visit of <em>two</em></strong></p>\n<p>Fine</p>\n"


def test_links_open_beside_the_app_and_send_no_referrer() -> None:
    shown = written.html("[the deck](https://example.org/deck)")
    assert 'href="https://example.org/deck" target="_blank" rel="noopener noreferrer nofollow"' in shown


@pytest.mark.parametrize(
    "text",
    [
        "<img src=https://example.org/a.png>",
        "<script>alert(1)</script>",
        "![seen](https://example.org/a.png)",
        "[press](javascript:alert(1))",
        "[press](data:text/html;base64,PHNjcmlwdD4=)",
        "before <b onclick='x()'>bold</b>",
    ],
)
def test_pictures_html_and_scripts_stay_text(text: str) -> None:
    shown = written.html(text)
    assert "<img" not in shown
    assert "<script" not in shown
    assert "<b " not in shown
    assert 'href="javascript' not in shown
    assert 'href="data' not in shown


def test_nothing_of_streamlit_s_own_marks_is_read() -> None:
    assert ":red[cheap] $5 and :material/home:" in written.html(":red[cheap] $5 and :material/home:")


@pytest.mark.parametrize(
    ("days", "allowed", "stage_days", "said"),
    [
        (23, 14.0, 14, "No touch for 23 days. Its stage allows 14."),
        (1, 0.25, 1, "No touch for 1 day. Its stage allows 1, this near to its event less than 1."),
        (9, 7.0, 14, "No touch for 9 days. Its stage allows 14, this near to its event 7."),
    ],
)
def test_how_long_a_deal_lay_untouched_is_said_in_days(days: int, allowed: float, stage_days: int, said: str) -> None:
    assert words.untouched(days, allowed, stage_days) == said
