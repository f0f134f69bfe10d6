"""Wordings: what may stand in one, what is said where it is wrong, and that values stay text."""

from __future__ import annotations

import pytest

from eventos_core.kernel.errors import InvalidInput
from eventos_core.operations.messages import wording

KNOWN = ("house.name", "event.name", "link")


def test_known_placeholders_are_found() -> None:
    source = "{{ house.name }}: {% if event.name %}{{ event.name }}{% else %}soon{% endif %}"
    assert wording.check(source, KNOWN, field="body") == ("event.name", "house.name")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("Hello\n{{ event.name", "Line 2: a placeholder opens with {{ and does not close with }}"),
        ("{{ event.name }", "Line 1: a placeholder opens with {{ and does not close with }}"),
        ("{% if event.name %}x", "Line 1: {% if … %} needs its {% endif %}"),
        ("{event.name}", "Write {{ event.name }} with two braces"),
        ("a\nb }} c", "Line 2: }} closes something that was not opened"),
        ("{{ evnt.name }}", "There is no placeholder {{ evnt.name }}; did you mean {{ event.name }}?"),
        ("{{ house.name.upper() }}", "Line 1: only {{ placeholders }} and {% if … %} may be used"),
        ("{% for x in link %}{% endfor %}", "Line 1: only {{ placeholders }} and {% if … %} may be used"),
        ("{{ link|safe }}", "Line 1: only {{ placeholders }} and {% if … %} may be used"),
        ("{{ 'x' * 999 }}", "Line 1: only {{ placeholders }} and {% if … %} may be used"),
        ("{{ link.__class__ }}", "There is no placeholder {{ link.__class__ }}"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(source: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        wording.check(source, KNOWN, field="body")
    assert caught.value.fields["body"].startswith(said)


def test_value_is_text_and_never_markup() -> None:
    values = {"house": {"name": "*Aurore* [win](https://evil.example) <script>alert(1)</script>\n# Big"}}
    shown = wording.render("From {{ house.name }}", "Dear {{ house.name }},\n\n**come**.", values)
    assert "<strong>come</strong>" in shown.html
    assert "<script" not in shown.html
    assert "<a " not in shown.html
    assert "<h1>" not in shown.html
    assert "<em>" not in shown.html
    assert "*Aurore*" in shown.html
    assert "\n" not in shown.subject


def test_value_with_braces_is_not_filled_again() -> None:
    shown = wording.render("x", "{{ house.name }}", {"house": {"name": "{{ link }}"}, "link": "secret"})
    assert "secret" not in shown.text + shown.html


def test_link_with_a_value_works_in_both_parts() -> None:
    link = "https://events.example/?invitation=a_b-c*d"
    shown = wording.render("x", "[Open it]({{ link }})", {"link": link})
    assert f'<a href="{link}">Open it</a>' in shown.html
    assert f"Open it <{link}>" in shown.text


def test_script_link_is_not_made() -> None:
    shown = wording.render("x", "[Open it]({{ link }})", {"link": "javascript:alert(1)"})
    assert "<a " not in shown.html


def test_missing_value_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(InvalidInput, match="no value"):
        wording.render("x", "{{ event.name }}", {"event": {}})


def test_text_part_says_what_the_markdown_says() -> None:
    body = (
        "# Spring show\nDear **{{ house.name }}**,\nwe *hope* that you come.\n\n## Bring\n"
        "- [your ticket](https://a.example/t_1?b=1)\n- one of\n  1. a coat\n  2. an umbrella\n\n"
        "> Doors close\n> at eight.\n\n---\n\n![Plan](https://a.example/plan.png) or <https://a.example/>,"
        " [us@a.example](mailto:us@a.example)\n\n    as is\n\n3. loose\n\n4. list"
    )
    text = wording.render("x", body, {"house": {"name": "A_*B*_ [c](d)"}}).text
    assert text == (
        "Spring show\n===========\n\nDear A_*B*_ [c](d),\nwe hope that you come.\n\nBring\n-----\n\n"
        "- your ticket <https://a.example/t_1?b=1>\n- one of\n  1. a coat\n  2. an umbrella\n\n"
        "> Doors close\n> at eight.\n\n" + "-" * 72 + "\n\nPlan <https://a.example/plan.png> or https://a.example/,"
        " us@a.example\n\n    as is\n\n3. loose\n\n4. list\n"
    )


def test_lines_of_a_value_stay_lines_in_both_parts() -> None:
    shown = wording.render("x", "{{ lines }}", {"lines": "2 tasks are late\n=====\n    1. deal waits\n\n- x"})
    assert shown.text == "2 tasks are late\n=====\n1. deal waits\n- x\n"
    assert shown.html == "<p>2 tasks are late<br />\n=====<br />\n1. deal waits<br />\n- x</p>\n"
