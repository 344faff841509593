"""Every mail and part of the letter whose words can be changed, and every name that can stand in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from review.domain import wording_accounts, wording_cases, wording_requests
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.wording import Field, Piece, check_piece, fill_text
from review.domain.wording_frame import FRAME
from review.domain.wording_letter import PARTS

Say = Callable[[Text], str]
Changed = Mapping[str, Mapping[str, str]]
"""The words in force that were changed: piece, its texts. What is not in it is said as it is shipped."""
NONE_CHANGED: Changed = MappingProxyType({})

PIECES: Mapping[str, Piece] = MappingProxyType(
    {
        piece.id: piece
        for piece in (FRAME, *wording_requests.MAILS, *wording_cases.MAILS, *PARTS, *wording_accounts.MAILS)
    }
)


class NoSuchMail(ValueError):
    """There is no mail of this name."""


@dataclass(frozen=True)
class Placeholder:
    """A name that can be filled in: what it stands for, and an example."""

    name: str
    meaning: Text
    example: Text

    @property
    def written(self) -> str:
        """Return the name as it is written in a text."""
        return f"{{{{{self.name}}}}}"


PLACEHOLDERS: Mapping[str, Placeholder] = MappingProxyType(
    {
        each.name: each
        for each in (
            Placeholder("reader", text("the name of who reads the mail"), text("Carla Meyer")),
            Placeholder("company", text("the name of the company"), text("Tarnfield")),
            Placeholder("candidate", text("the name of the candidate"), text("Ines Okafor")),
            Placeholder(
                "case",
                text("“your case” for the candidate, “the case of …” for everybody else"),
                text("the case of Ines Okafor"),
            ),
            Placeholder("Case", text("the same at the beginning of a sentence"), text("The case of Ines Okafor")),
            Placeholder("code", text("the number of the case"), text("2026A-007")),
            Placeholder("cycle", text("the name of the cycle"), text("Autumn 2026")),
            Placeholder(
                "due",
                text("the day by which it is due, if there is one: in brackets alone"),
                text("Friday 13 November"),
            ),
            Placeholder("level", text("the level that the case is for"), text("Master baker")),
            Placeholder("committee", text("the name of the committee"), text("Committee A")),
            Placeholder("day", text("the day that this sentence is about"), text("16 November 2026")),
            Placeholder(
                "proposal",
                text("what was proposed"),
                text("version %(version)s of the ladder “%(name)s”", version="2026.2", name="Bakers"),
            ),
            Placeholder("why", text("why it was discarded, if that was said: in brackets alone"), text("Too vague")),
            Placeholder("within", text("how long an appeal is possible"), text("10 working days")),
        )
    }
)
"""Nothing else can be filled in: no feedback, rating, vote or decision has a name here."""


def find_mail(template: str) -> Piece:
    """Return a mail; raise NoSuchMail."""
    piece = PIECES.get(template)
    if piece is None or piece.is_letter or piece.is_frame:
        raise NoSuchMail(f"there is no mail {template}")
    return piece


def say_shipped(about: Field, say: Say = str) -> str:
    """Return a text as it is shipped, its names not filled in.

    Args:
        say: puts a sentence into the reader's language.
    """
    return "\n\n".join(map(say, about.shipped))


def words_of(piece: Piece, changed: Changed, say: Say = str) -> dict[str, str]:
    """Return every text of a mail or a part of the letter as it is in force, its names not filled in."""
    own = changed.get(piece.id, {})
    return {each.id: own.get(each.id) or say_shipped(each, say) for each in piece.fields}


def fill_piece(piece: Piece, words: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Return every text of a mail or a part of the letter, its names filled in."""
    return {each.id: fill_text(each, words[each.id], values) for each in piece.fields}


def keep_fit(kept: Changed) -> tuple[Changed, tuple[str, ...]]:
    """Return the changed words that can still be said, and the pieces whose words cannot since an upgrade."""
    unfit = tuple(name for name, words in kept.items() if name not in PIECES or check_piece(PIECES[name], words))
    return {name: words for name, words in kept.items() if name not in unfit}, unfit
