"""What one HR partner proposes and another agrees to: its kinds, their words, where it is looked at, and reasons."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from review.domain.errors import Fault, Invalid
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.wording_list import PIECES
from review.domain.writing import clean

LONGEST_REASON = 2_000


class Kind(StrEnum):
    """What is proposed."""

    LADDER = "ladder"
    WORKFLOW = "workflow"
    POLICY = "policy"
    WORDS = "words"
    ERASURE = "erasure"
    LETTERS = "letters"


MINUTES: Mapping[Kind, int] = MappingProxyType(
    {Kind.LADDER: 20, Kind.WORKFLOW: 20, Kind.POLICY: 10, Kind.WORDS: 10, Kind.ERASURE: 10, Kind.LETTERS: 10}
)
"""About how long it takes to look at one."""


@dataclass(frozen=True)
class Proposal:
    """Something that waits for a second person. `id` is its row's; `name` and `version` tell which it is.

    Of words `name` is the part of the letter. An erasure has none: lists, mails and programs tell of it without whose.
    Of a batch of letters `name` is the cycle, and `version` its number.
    """

    kind: Kind
    id: int
    name: str = ""
    version: str = ""

    @property
    def place(self) -> str:
        """Return where it is looked at, as mails and lists of things to do say it: `workflow:3`, `policy`."""
        match self.kind:
            case Kind.LADDER:
                return f"ladder_draft:{self.id}"
            case Kind.WORKFLOW:
                return f"workflow:{self.id}"
            case Kind.WORDS:
                return f"words:{self.name}"
            case Kind.LETTERS:
                return f"letters:{self.version}"
            case Kind.POLICY:
                return "policy"
        return "erasures"

    @property
    def task(self) -> Text:
        """Return what a second person has to do with it."""
        match self.kind:
            case Kind.LADDER:
                return text("Publish or discard version %(version)s of a ladder", version=self.version)
            case Kind.WORKFLOW:
                return text("Publish or discard version %(version)s of a workflow", version=self.version)
            case Kind.WORDS:
                return text("Publish or discard other words")
            case Kind.LETTERS:
                return text("Approve a batch of letters, or cancel it")
            case Kind.POLICY:
                return text("Publish or discard another policy")
        return text("Approve an erasure, or give it up")

    @property
    def title(self) -> Text:
        """Return what it is about in a list of things to do; empty for the policy and for an erasure."""
        return PIECES[self.name].title if self.kind is Kind.WORDS else text("%(name)s", name=self.name)

    @property
    def named(self) -> Text:
        """Return what it is in the middle of a sentence of a mail; it names no person."""
        which = {"version": self.version, "name": self.name}
        match self.kind:
            case Kind.LADDER:
                return text("version %(version)s of the ladder “%(name)s”", **which)
            case Kind.WORKFLOW:
                return text("version %(version)s of the workflow “%(name)s”", **which)
            case Kind.WORDS:
                return text("other words (%(name)s)", name=self.title)
            case Kind.LETTERS:
                return text("that a batch of letters of “%(name)s” goes out", name=self.name)
            case Kind.POLICY:
                return text("another policy for new cycles")
        return text("that the data of somebody is erased")


def accept_reason(why: str, *, is_own: bool) -> str:
    """Return why a proposal is discarded; who takes their own back need not say.

    Raises Invalid without a reason, or with one that is too long.
    """
    why = clean(why).strip()
    if len(why) > LONGEST_REASON or not (why or is_own):
        expected = text("a reason of at most %(most)s characters: whoever proposed it reads it", most=LONGEST_REASON)
        raise Invalid([Fault(text("Nothing says why"), expected)])
    return why
