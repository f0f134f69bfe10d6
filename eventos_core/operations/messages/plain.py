"""A message's wording as plain text, from the same parsed Markdown that its HTML part is made of. Pure.

For the text part of e-mails, and for texts and posts, which have no other: links show their address, headings and
lists stay to be seen, and the marks of Markdown are gone.
"""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

_UNDERLINES = {"h1": "=", "h2": "-"}
_WIDEST = 72
"""Characters of a rule or of the line under a heading; texts themselves are wrapped by who shows them."""


def text_of(tokens: Sequence[Token]) -> str:
    """What the tokens of a Markdown document say, with one line break at the end; empty where they say nothing."""
    said = _blocks(SyntaxTreeNode(tokens)).strip("\n")
    return f"{said}\n" if said else ""


def _blocks(parent: SyntaxTreeNode, *, gap: str = "\n\n") -> str:
    return gap.join(_block(node) for node in parent.children)


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "heading":
            line = _inline(node)
            mark = _UNDERLINES.get(node.tag, "")
            width = min(max(map(len, line.splitlines()), default=0), _WIDEST)
            return f"{line}\n{mark * width}" if mark else line
        case "bullet_list" | "ordered_list":
            return _list(node)
        case "blockquote":
            return _indented(_blocks(node), "> ", "> ")
        case "hr":
            return "-" * _WIDEST
        case "fence" | "code_block":
            return _indented(node.content.rstrip("\n"), "    ", "    ")
        case _:
            return _inline(node)


def _list(node: SyntaxTreeNode) -> str:
    first = int(node.attrs.get("start", 1))
    tight = all(block.hidden for item in node.children for block in item.children if block.type == "paragraph")
    gap = "\n" if tight else "\n\n"
    items = []
    for number, item in enumerate(node.children, first):
        mark = "- " if node.type == "bullet_list" else f"{number}. "
        items.append(_indented(_blocks(item, gap=gap), mark, " " * len(mark)))
    return gap.join(items)


def _indented(said: str, first: str, rest: str) -> str:
    lines = said.split("\n")
    led = [first + lines[0], *(rest + line for line in lines[1:])]
    return "\n".join(line.rstrip() for line in led)


def _inline(node: SyntaxTreeNode) -> str:
    match node.type:
        case "text" | "code_inline":
            return node.content
        case "softbreak" | "hardbreak":
            return "\n"
        case "link":
            return _addressed("".join(map(_inline, node.children)), str(node.attrs.get("href", "")))
        case "image":
            return _addressed(node.content, str(node.attrs.get("src", "")))
        case _:
            return "".join(map(_inline, node.children))


def _addressed(label: str, address: str) -> str:
    address = address.removeprefix("mailto:")
    return address if label in ("", address) else f"{label} <{address}>" if address else label
