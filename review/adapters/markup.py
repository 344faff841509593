"""Markdown of people to safe HTML: a small set of tags, bounded nesting, anchors as links, no address fetched."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from markupsafe import Markup, escape

from review.domain.packet_anchors import ANCHOR
from review.domain.speech import tell_speech
from review.domain.writing import break_long_words, clean

DEEPEST = 12
MOST_MARKS = 2000
_MARKS = re.compile(r"[*_~`\[\]<>]")
NOWHERE: Mapping[str, str] = MappingProxyType({})


def to_html(words: str, targets: Mapping[str, str] = NOWHERE) -> Markup:
    """Turn Markdown into HTML of paragraphs, lists, quotes, emphasis, code and links.

    HTML in it is shown as text, pictures and headings become plain words, links stay only for web and mail addresses.
    Anchors named in it (E3, F2) become links to their targets, given as anchor to element id. A text with more than
    2,000 marks of Markdown, or nested deeper than 12, is shown as it was typed: no word of it is lost, and neither
    parser nor layout has to take the time.
    """
    from review.adapters.markdown_paper import read_markdown  # the parser takes long to load, and few pages need it

    tidy = clean(words)
    if len(_MARKS.findall(tidy)) > MOST_MARKS:
        return _as_typed(tidy, targets)
    html = read_markdown(tidy, targets, deepest=DEEPEST)
    return _as_typed(tidy, targets) if html is None else html


def _as_typed(words: str, targets: Mapping[str, str]) -> Markup:
    blocks = [block.strip("\n") for block in re.split(r"\n{2,}", words) if block.strip()]
    lines = [Markup("<br>\n").join(link_anchors(line, targets) for line in block.split("\n")) for block in blocks]
    return Markup("\n").join(
        Markup("<p{}>{}</p>").format(spoken(block), shown) for block, shown in zip(blocks, lines, strict=True)
    )


def spoken(words: str) -> Markup:
    """Return the attributes `lang` and `dir` of an element with these words; nothing for Latin letters."""
    return Markup("").join(Markup(' {}="{}"').format(name, value) for name, value in tell_speech(words).attributes)


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
