"""What people wrote in Markdown, shown: notes, descriptions.

Emphasis, lists, quotes, code and links to other pages; pictures and HTML stay the text that they are, since a picture
from elsewhere would tell its owner who reads here and when. A heading becomes a bold line,
since it must not outrank the page's own.
"""

from __future__ import annotations

from functools import lru_cache

import streamlit as st
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_REL = "noopener noreferrer nofollow"


class _Renderer(RendererHTML):
    def link_open(self, tokens: list[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        tokens[idx].attrSet("target", "_blank")
        tokens[idx].attrSet("rel", _REL)
        return self.renderToken(tokens, idx, options, env)

    def heading_open(self, *_: object) -> str:
        return "<p><strong>"

    def heading_close(self, *_: object) -> str:
        return "</strong></p>\n"


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    rules = MarkdownIt("commonmark", {"html": False, "breaks": True}, renderer_cls=_Renderer)
    return rules.disable(["image", "html_block", "html_inline"])


def html(text: str) -> str:
    """The text as HTML; single line breaks stay. Links open beside the app and send no referrer."""
    return str(_markdown().render(text))


def draw(text: str | None) -> None:
    """Show the text; nothing where there is none."""
    if text and text.strip():
        st.html(html(text))
