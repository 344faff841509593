"""Markdown of people to safe HTML: a small set of tags, bounded nesting, anchors as links, no address fetched."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

from review.domain.packet_anchors import ANCHOR
from review.domain.writing import break_long_words, clean

DEEPEST = 12
MOST_MARKS = 2000
_MARKS = re.compile(r"[*_~`\[\]<>]")
TAGS = {"p", "br", "em", "strong", "s", "code", "pre", "ul", "ol", "li", "blockquote", "a", "hr", "span"}
_OUTWARD = re.compile(r"https?://[^\s]+|mailto:[^\s]+", re.IGNORECASE)
_TARGET = re.compile(r"[EFR][1-9][0-9]{0,2}(-[0-9]+)?")
_INWARD = re.compile(rf"#{_TARGET.pattern}")
_CLASS = re.compile("ref|pg")
NOWHERE: Mapping[str, str] = MappingProxyType({})


def to_html(words: str, targets: Mapping[str, str] = NOWHERE) -> Markup:
    """Turn Markdown into HTML of paragraphs, lists, quotes, emphasis, code and links.

    HTML in it is shown as text, pictures and headings become plain words, links stay only for web and mail addresses.
    Anchors named in it (E3, F2) become links to their targets, given as anchor to element id. A text with more than
    2,000 marks of Markdown, or nested deeper than 12, is shown as it was typed: no word of it is lost, and neither
    parser nor layout has to take the time.
    """
    tidy = clean(words)
    if len(_MARKS.findall(tidy)) > MOST_MARKS:
        return _as_typed(tidy, targets)
    parser, env = _parser(), {"targets": targets}
    tokens = parser.parse(tidy, env)
    if max((one.level for token in tokens for one in (token, *(token.children or ()))), default=0) > DEEPEST:
        return _as_typed(tidy, targets)
    return Markup(_sanitise(str(parser.renderer.render(tokens, parser.options, env))))  # noqa: S704 - sanitised


def _as_typed(words: str, targets: Mapping[str, str]) -> Markup:
    blocks = (block.strip("\n").split("\n") for block in re.split(r"\n{2,}", words) if block.strip())
    lines = (Markup("<br>\n").join(link_anchors(line, targets) for line in block) for block in blocks)
    return Markup("\n").join(Markup("<p>{}</p>").format(block) for block in lines)


def link_anchors(words: str, targets: Mapping[str, str]) -> Markup:
    """Escape one line of plain text, break its long words and link the anchors that have a target."""
    pieces: list[Markup] = []
    end = 0
    for match in ANCHOR.finditer(words):
        anchor = match.group(1)
        if anchor in targets:
            pieces += [escape(break_long_words(words[end : match.start()])), anchor_link(anchor, targets[anchor])]
            end = match.end()
    return Markup("").join([*pieces, escape(break_long_words(words[end:]))])


def anchor_link(anchor: str, target: str) -> Markup:
    """Return the link from an anchor's number to the element that holds it, with room for its page number."""
    return Markup('<a class="ref" href="#{0}">{1}<span class="pg" title="{0}"> p.00</span></a>').format(target, anchor)


class _PaperRenderer(RendererHTML):
    """Renders text with breakable words and linked anchors, pictures as their description, headings as paragraphs."""

    def renderInline(self, tokens: Sequence[Token], options: OptionsDict, env: EnvType) -> str:  # noqa: N802 - theirs
        depth = 0
        for token in tokens:
            depth += token.nesting if token.type.startswith("link_") else 0
            token.hidden = depth > 0 and token.type == "text"
        return super().renderInline(tokens, options, env)

    def text(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        return str(link_anchors(token.content, NOWHERE if token.hidden else env["targets"]))

    def code_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return str(Markup("<code>{}</code>").format(break_long_words(tokens[idx].content)))

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return str(Markup("<pre>{}</pre>\n").format(break_long_words(tokens[idx].content)))

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return self.code_block(tokens, idx, options, env)

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return str(escape(break_long_words(tokens[idx].content)))

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "<p><strong>"

    def heading_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</strong></p>\n"


@cache
def _parser() -> MarkdownIt:
    options = {"html": False, "maxNesting": 4 * DEEPEST, "breaks": True}  # beyond it the parser drops words
    parser = MarkdownIt("commonmark", options, renderer_cls=_PaperRenderer)
    return parser.enable("strikethrough").disable("html_block").disable("html_inline")


def _sanitise(html: str) -> str:
    return nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href", "class"}, "span": {"class", "title"}},
        attribute_filter=_keep_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )


def _keep_attribute(tag: str, attribute: str, value: str) -> str | None:
    """Keep addresses of the web and of mail, and what `anchor_link` writes."""
    patterns = {"href": (_OUTWARD, _INWARD), "class": (_CLASS,), "title": (_TARGET,)}[attribute]
    return value if any(pattern.fullmatch(value) for pattern in patterns) else None
