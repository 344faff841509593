"""Markdown of people to safe HTML: a small set of tags, bounded nesting, anchors as links, no address fetched."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from markupsafe import Markup, escape

from review.domain.languages import tell_speech
from review.domain.packet_anchors import ANCHOR
from review.domain.writing import break_long_words, clean, part_stretches

DEEPEST = 12
MOST_MARKS = 2000
MOST_MARKED = 300
MARKED_FREE = 50
SIGNS_A_MARKED = 40
LINES_FREE = 200
SIGNS_A_LINE = 40
LINE_END = " ¶ "
LINKS_FREE = 50
SIGNS_A_LINK = 100
_MARKS = re.compile(r"[*_~`\[\]<>]")
_LINES = re.compile(r"[ \n]*\n[ \n]*")
NOWHERE: Mapping[str, str] = MappingProxyType({})


def to_html(words: str, targets: Mapping[str, str] = NOWHERE) -> Markup:
    """Turn Markdown into HTML of paragraphs, lists, quotes, emphasis, code and links.

    HTML in it is shown as text, pictures and headings become plain words, links stay only for web and mail addresses.
    Anchors named in it (E3, F2) become links to their targets, given as anchor to element id. A text with more than
    2,000 marks of Markdown, with emphasis, code or a link in 300 places or at nearly every word, or nested deeper than
    12 is shown as it was typed, one of very many short lines runs on with a sign for each line's end, and where nearly
    every word is an anchor none is a link: no word is lost, and neither parser nor layout has to take the time.
    """
    from review.adapters.markdown_paper import read_markdown  # the parser takes long to load, and few pages need it

    tidy = clean(words)
    targets = _linked(tidy, targets)
    if tidy.count("\n") > LINES_FREE + len(tidy) // SIGNS_A_LINE:
        return _as_typed(_LINES.sub(LINE_END, tidy.strip()), targets)
    if len(_MARKS.findall(tidy)) > MOST_MARKS:
        return _as_typed(tidy, targets)
    most_marked = min(MARKED_FREE + len(tidy) // SIGNS_A_MARKED, MOST_MARKED)
    html = read_markdown(tidy, targets, deepest=DEEPEST, most_marked=most_marked)
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
    end, targets = 0, _linked(words, targets)
    for match in ANCHOR.finditer(words):
        anchor = match.group(1)
        if anchor in targets:
            pieces += [breakable(words[end : match.start()]), anchor_link(anchor, targets[anchor])]
            end = match.end()
    return Markup("").join([*pieces, breakable(words[end:])])


def breakable(words: str) -> Markup:
    """Escape plain text, with places to break in its long words, and in pieces where it has no spaces."""
    return Markup(part_stretches(str(escape(break_long_words(words))), "<wbr>"))  # noqa: S704 - escaped


def _linked(words: str, targets: Mapping[str, str]) -> Mapping[str, str]:
    is_thick = len(words) > LINKS_FREE and len(ANCHOR.findall(words)) > LINKS_FREE + len(words) // SIGNS_A_LINK
    return NOWHERE if is_thick else targets


def anchor_link(anchor: str, target: str) -> Markup:
    """Return the link from an anchor's number to the element that holds it, with room for its page number."""
    return Markup('<a class="ref" href="#{0}">{1}<span class="pg" title="{0}"> p.00</span></a>').format(target, anchor)
