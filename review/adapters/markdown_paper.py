"""Markdown read by the library and written as safe HTML of few tags; what it may hold says `markup`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

from review.adapters.markup import NOWHERE, breakable, link_anchors
from review.domain.languages import LANGUAGES, LATIN, tell_speech
from review.domain.writing import clean

TAGS = {"p", "br", "em", "strong", "s", "code", "pre", "ul", "ol", "li", "blockquote", "a", "hr", "span", "wbr"}
_NESTING = 48
"""Levels of the library's own counting, beyond which it drops words; several of them make one of a text."""
WIDEST_SPACE = 64
"""Spaces in a row in code; layout looks at all of them for each line that it tries."""
_SPACES = re.compile(f" {{{WIDEST_SPACE + 1},}}")
_OUTWARD = re.compile(r"https?://[^\s]+|mailto:[^\s]+", re.IGNORECASE)
_TARGET = re.compile(r"[EFR][1-9][0-9]{0,2}(-[0-9]+)?")
_INWARD = re.compile(rf"#{_TARGET.pattern}")
_CLASS = re.compile("ref|pg")
_PATTERNS = {
    "href": (_OUTWARD, _INWARD),
    "class": (_CLASS,),
    "title": (_TARGET,),
    "dir": (re.compile("rtl"),),
    "lang": (re.compile("|".join(LANGUAGES)),),
}
_SPOKEN = ("paragraph_open", "list_item_open", "blockquote_open")


def read_markdown(words: str, targets: Mapping[str, str], *, deepest: int, most_marked: int) -> Markup | None:
    """Turn Markdown into HTML, its anchors linked to their targets.

    None where it is nested deeper than `deepest`, or has more places with emphasis, code or a link than `most_marked`.
    """
    parser, env = _parser(), {"targets": targets}
    tokens = parser.parse(words, env)
    parts = [one for token in tokens for one in (token, *(token.children or ()))]
    if max((one.level for one in parts), default=0) > deepest or sum(map(_is_mark, parts)) > most_marked:
        return None
    _tell_speech(tokens)
    return Markup(_sanitise(str(parser.renderer.render(tokens, parser.options, env))))  # noqa: S704 - sanitised


def _is_mark(token: Token) -> bool:
    return token.type == "code_inline" or (token.nesting == 1 and not token.block)


def _tell_speech(tokens: Sequence[Token]) -> None:
    """Give each block of a text in another script its language and direction: those of its first line."""
    speech = LATIN
    for token in reversed(tokens):
        if token.type == "inline":
            speech = tell_speech(token.content)
        elif token.type in _SPOKEN and speech is not LATIN:
            for name, value in speech.attributes:
                token.attrSet(name, value)


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
        # the parser turns &#x202e; and its like into signs that were cleaned away where they were typed as such
        return str(link_anchors(clean(token.content), NOWHERE if token.hidden else env["targets"]))

    def code_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return str(Markup("<code>{}</code>").format(_code(tokens[idx])))

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return str(Markup("<pre>{}</pre>\n").format(_code(tokens[idx])))

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return self.code_block(tokens, idx, options, env)

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return str(breakable(tokens[idx].content))

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "<p><strong>"

    def heading_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</strong></p>\n"


def _code(token: Token) -> Markup:
    return breakable(_SPACES.sub(" " * WIDEST_SPACE, token.content))


@cache
def _parser() -> MarkdownIt:
    options = {"html": False, "maxNesting": _NESTING, "breaks": True}
    parser = MarkdownIt("commonmark", options, renderer_cls=_PaperRenderer)
    return parser.enable("strikethrough").disable("html_block").disable("html_inline")


def _sanitise(html: str) -> str:
    return nh3.clean(
        html,
        tags=TAGS,
        attributes={
            "a": {"href", "class"},
            "span": {"class", "title"},
            **{tag: {"lang", "dir"} for tag in ("p", "li", "blockquote")},
        },
        attribute_filter=_keep_attribute,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )


def _keep_attribute(tag: str, attribute: str, value: str) -> str | None:
    """Keep addresses of the web and of mail, and what `anchor_link` writes."""
    patterns = _PATTERNS[attribute]
    return value if any(pattern.fullmatch(value) for pattern in patterns) else None
