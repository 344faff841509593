"""The guides of docs/guides as pages: one for each role, in the same words in the repository and in the program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from markupsafe import Markup

from review.config import ROOT
from review.domain.values import dataclass

if TYPE_CHECKING:
    from markdown_it.token import Token

FOLDER = ROOT / "docs" / "guides"
PICTURES = FOLDER / "pictures"
NAMES = (
    "candidate",
    "giver",
    "manager",
    "second-rater",
    "member",
    "chair",
    "hr",
    "executive",
    "appeals",
    "auditor",
    "operator",
)
Lead = Callable[[str], str]


@dataclass(frozen=True)
class Guide:
    """A guide: its name in addresses, its title, and its text without the title as Markdown."""

    name: str
    title: str
    text: str


@cache
def load_guides() -> tuple[Guide, ...]:
    """Return all guides in the order of a case; raises FileNotFoundError where one is missing."""
    return tuple(map(_load, NAMES))


def _load(name: str) -> Guide:
    title, _, text = (FOLDER / f"{name}.md").read_text(encoding="utf-8").partition("\n")
    return Guide(name, title.removeprefix("# "), text.strip())


def write_guide(guide: Guide, *, lead_to_guide: Lead, lead_to_picture: Lead) -> Markup:
    """Return a guide as HTML; its links to other guides and its pictures lead where the caller says.

    A link to any other document becomes plain words: in the program there is no such page.
    """
    from markdown_it import MarkdownIt  # takes long to load, and few pages need it

    parser = MarkdownIt("commonmark")
    tokens = parser.parse(guide.text)
    for token in _walk(tokens):
        if token.type == "link_open":
            place = PurePosixPath(str(token.attrs["href"]).partition("#")[0])
            is_guide = place.parent == PurePosixPath() and place.stem in NAMES
            token.attrs = {"href": lead_to_guide(place.stem)} if is_guide else {}
        elif token.type == "image":
            token.attrs["src"] = lead_to_picture(PurePosixPath(str(token.attrs["src"])).stem)
            token.attrs["loading"] = "lazy"
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704 - our own words


def _walk(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _walk(token.children or ())


def find_picture(name: str) -> Path | None:
    """Return where a picture of the guides is; None where there is none of that name."""
    return next((path for path in PICTURES.glob("*.png") if path.stem == name), None)
