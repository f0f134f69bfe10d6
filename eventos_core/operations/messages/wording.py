"""The wording of a message: Markdown with placeholders, checked when it is saved, filled when it is sent.

Pure: no database. The engine is Jinja's immutable sandbox behind a list of what may stand in a template: text,
`{{ placeholder }}` and `{% if placeholder %} … {% else %} … {% endif %}`. No loops, calls or filters, so a wording
costs what its length says and reaches nothing but the values that it was given.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markdown_it import MarkdownIt

from eventos_core.kernel.errors import InvalidInput
from eventos_core.operations.messages import plain

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+.!|~&=-])")
_SINGLE = re.compile(r"(?<![{%])\{\s*([a-z_]+(?:\.[a-z_]+)*)\s*\}(?![}%])")
_MARKS = re.compile(r"[{}\r]")
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.Name, nodes.Getattr, nodes.Not, nodes.And,
    nodes.Or,
)  # fmt: skip

LONGEST = 100_000
"""Characters of one wording."""
Values = Mapping[str, Any]
"""Values by placeholder: `{"event": {"name": "SS27 Show"}}` for `{{ event.name }}`."""


@dataclass(frozen=True)
class Rendered:
    """A message as its recipient reads it."""

    subject: str
    text: str
    html: str


def placeholders_of(source: str, *, field: str) -> tuple[str, ...]:
    """The placeholders in `source`, sorted. Raises InvalidInput at `field` for what is not well formed."""
    if len(source) > LONGEST:
        raise _wrong(field, "This is longer than 100 000 characters")
    found: set[str] = set()
    try:
        tree = _parsed(source, field)
        for node in _walk(tree):
            if not isinstance(node, _ALLOWED):
                raise _wrong(field, f"Line {node.lineno}: only {{{{ placeholders }}}} and {{% if … %}} may be used")
            if isinstance(node, nodes.TemplateData):
                _check_text(node, field)
        _collect(tree, found)
    except RecursionError:
        raise _wrong(field, "This is nested too deeply") from None
    return tuple(sorted(found))


def check(source: str, known: Collection[str], *, field: str) -> tuple[str, ...]:
    """The placeholders in `source`, all of which are `known`. Raises InvalidInput at `field` naming what is wrong."""
    found = placeholders_of(source, field=field)
    for name in found:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            meant = f"; did you mean {{{{ {near[0]} }}}}?" if near else ""
            raise _wrong(field, f"There is no placeholder {{{{ {name} }}}}{meant}")
    return found


def render(subject: str | None, body: str, values: Values) -> Rendered:
    """Subject, plain text and HTML of one message. Raises InvalidInput for a placeholder that has no value.

    Values are text, never markup: their Markdown is escaped. Both parts are made of one parsed document.
    """
    line = " ".join(_filled(_plain(), subject or "", values).split())
    engine, references = _markdown(), dict[str, Any]()
    tokens = engine.parse(_filled(_escaping(), body, values), references)
    html = engine.renderer.render(tokens, engine.options, references)
    return Rendered(line[:300], plain.text_of(tokens), str(html))


def _filled(environment: ImmutableSandboxedEnvironment, source: str, values: Values) -> str:
    if not _MARKS.search(source):  # nothing to fill: most subjects, and whatever a person wrote for once
        return source.removesuffix("\n")
    placeholders_of(source, field="body")  # also what never was saved must not reach the engine unchecked
    try:
        return environment.from_string(source).render(**values)
    except UndefinedError as error:
        raise InvalidInput(
            f"A placeholder of this message has no value: {error.message}.", hint="Give it one, or reword the template."
        ) from error
    except TemplateError as error:
        raise _wrong("body", "This cannot be filled") from error


def _parsed(source: str, field: str) -> nodes.Template:
    try:
        return _plain().parse(source)
    except TemplateSyntaxError as error:
        raise _wrong(field, _in_words(error)) from error


def _in_words(error: TemplateSyntaxError) -> str:
    message = (error.message or "").lower()
    if "end of print statement" in message or "unexpected '}'" in message:
        return f"Line {error.lineno}: a placeholder opens with {{{{ and does not close with }}}}"
    if "end of statement block" in message:
        return f"Line {error.lineno}: {{% opens and does not close with %}}"
    if "endif" in message or "unexpected end of template" in message:
        return f"Line {error.lineno}: {{% if … %}} needs its {{% endif %}}"
    if "comment" in message:
        return f"Line {error.lineno}: a comment opens with {{# and does not close"
    return f"Line {error.lineno}: this cannot be read as a placeholder or {{% if %}}"


def _check_text(node: nodes.TemplateData, field: str) -> None:
    """What looks like a placeholder and is none."""
    if single := _SINGLE.search(node.data):
        raise _wrong(field, f"Write {{{{ {single[1]} }}}} with two braces")
    for stray in ("}}", "%}"):
        if stray in node.data:
            line = node.lineno + node.data[: node.data.index(stray)].count("\n")
            raise _wrong(field, f"Line {line}: {stray} closes something that was not opened")


def _walk(node: nodes.Node) -> list[nodes.Node]:
    return [node, *(deeper for child in node.iter_child_nodes() for deeper in _walk(child))]


def _collect(node: nodes.Node, found: set[str]) -> None:
    if isinstance(node, (nodes.Getattr, nodes.Name)):
        found.add(_path(node))
        return
    for child in node.iter_child_nodes():
        _collect(child, found)


def _path(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{_path(node.node)}.{node.attr}"
    return str(getattr(node, "name", ""))


def _wrong(field: str, problem: str) -> InvalidInput:
    return InvalidInput(problem if problem.endswith("?") else f"{problem}.", fields={field: problem})


def _text_of(value: Any) -> str:
    return "" if value is None else str(value)


def _escaped(value: Any) -> str:
    # Its lines stay lines of one paragraph: none may begin a heading, a list or a block of code.
    lines = (" ".join(line.split()) for line in _text_of(value).splitlines())
    return _MARKDOWN.sub(r"\\\1", "\n".join(line for line in lines if line))


@lru_cache(maxsize=1)
def _plain() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, finalize=_text_of)


@lru_cache(maxsize=1)
def _escaping() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, finalize=_escaped)


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True})
