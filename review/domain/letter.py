"""The letter to a candidate, put together from the record: nothing of votes, authors or notes has a place in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import field
from datetime import date, datetime

from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.wording import fill_text
from review.domain.wording_letter import PARTS
from review.domain.wording_list import Changed, say_shipped

Say = Callable[[Text], str]
SENTENCES = {each.id: (part.id, each) for part in PARTS for each in part.fields}
SOURCE = re.compile(r"(?<![\w/#.-])[FR][1-9][0-9]{0,2}(?![\w-])", re.ASCII)
LEFTOVERS = (
    (re.compile(r"[ \t]*,(?=[ \t]*[,)])"), ""),
    (re.compile(r"\([ \t]*,?[ \t]*"), "("),
    (re.compile(r"[ \t]*\([ \t]*\)"), ""),
    (re.compile(r"[ \t]+(?=[.,;:)])"), ""),
    (re.compile(r"[ \t]{2,}"), " "),
)
"""What is left where a source was taken out: stray commas, empty brackets, spaces before a full stop."""


@dataclass(frozen=True)
class LetterGap:
    """Something missing: the ladder's sentence, what was seen, what is missing, and the day it is looked at again."""

    criterion: str
    sentence: str
    seen: str
    missing: str
    review_on: date
    activity: str = ""


@dataclass(frozen=True)
class EarlierGap:
    """A gap of an earlier case, and whether the committee found it met."""

    criterion: str
    missing: str
    is_met: bool


@dataclass(frozen=True)
class LetterChange:
    """A rating that the committee changed, as its candidate reads it: the manager's value, and the one that stands.

    `kind` is the kind of reason, None where it may not be told; `sentence` the ladder's words that it turns on.
    """

    criterion: str
    before: int | None
    value: int | None
    kind: Text | None
    sentence: str


@dataclass(frozen=True)
class LetterRecord:
    """What a letter is made from.

    `outcome` is promote, not_yet or defer; `kind` promotion, track_change or entry. `asked` are criteria with what the
    target level asks in each. `reasons` are the decision's, written to be read by the candidate. `changed` are ratings
    that stand otherwise than the manager gave them. `appeal_within` says how long an appeal is possible, None where it
    is not; `is_appeal_used` that this answer follows an appeal that was granted, after which there is no other.
    """

    candidate: str
    target: str
    cycle: str
    outcome: str
    decided_on: date
    committee: str = ""
    kind: str = "promotion"
    effective_on: date | None = None
    asked: tuple[tuple[str, str], ...] = ()
    reasons: str = ""
    changed: tuple[LetterChange, ...] = ()
    earlier: tuple[EarlierGap, ...] = ()
    gaps: tuple[LetterGap, ...] = ()
    appeal_within: Text | None = None
    is_appeal_used: bool = False


RATED = {
    1: text("below the current level"),
    2: text("at the current level"),
    3: text("partly at the target level"),
    4: text("at the target level"),
    5: text("beyond the target level"),
    None: text("cannot be judged from the packet"),
}
GROUNDS = {
    "procedure": text("a rule of the process was broken"),
    "evidence": text("evidence that existed then was not looked at"),
    "conflict": text("somebody who judged was too close, for you or against you"),
}
"""On what an appeal can rest: ids as they are kept, and the words."""

MAY_SAY = (
    text("the decision, from the day the letters go out"),
    text("each finding of the letter, with the sentence of the ladder"),
    text("what comes next: the dates, the growth plan, the appeal"),
)
MAY_NOT_SAY = (
    text("who voted how, or how many"),
    text("who wrote which feedback, or what only one person could know"),
    text("what was said in the session"),
    text("anything about other candidates"),
)


@dataclass(frozen=True)
class Voice:
    """Says the letter's sentences: in its language, and as the installation has changed them.

    `say` puts a sentence of ours into the language of the letter; `changed` are the changed words that count for it.
    """

    say: Say = str
    changed: Changed = field(default_factory=dict)

    def __call__(self, sentence: str, /, **values: object) -> str:
        """Return one of the letter's sentences, its names filled in."""
        part, about = SENTENCES[sentence]
        words = self.changed.get(part, {}).get(sentence) or say_shipped(about, self.say)
        return fill_text(about, words, {name: self._value(value) for name, value in values.items()})

    def _value(self, value: object) -> str:
        return value if isinstance(value, str) else self.say(text("%(value)s", value=value))


SHIPPED = Voice()


def letter_subject(outcome: str, level: str, voice: Voice = SHIPPED) -> str:
    """Return what a letter is about, for its head."""
    return voice(f"subject_{outcome}", level=level)


def assemble_letter(record: LetterRecord, voice: Voice = SHIPPED) -> str:
    """Return the letter as Markdown."""
    return "\n\n".join(part for part in _parts(record, voice) if part)


def letter_path(case_id: int, body: str, released_at: datetime) -> str:
    """Return where the printed letter is kept below the files folder: another text or release has another place."""
    told = hashlib.sha256(f"{released_at.isoformat()}\n{body}".encode()).hexdigest()
    return f"letters/{case_id}/{told[:16]}.pdf"


def _parts(record: LetterRecord, voice: Voice) -> Iterator[str]:
    yield voice("greeting", candidate=record.candidate)
    yield _opening(record, voice)
    if record.asked:
        yield _head("asked_head", voice)
        yield voice("asked", level=record.target)
        yield "\n".join(f"- **{_line(name)}:** {_line(words)}" for name, words in record.asked)
    if record.reasons.strip() or record.changed:
        yield _head("seen_head", voice)
        yield without_sources(record.reasons)
    if record.changed:
        yield voice("changed")
        yield "\n".join(_changed(change, voice) for change in record.changed)
    if record.earlier:
        yield _head("earlier_head", voice)
        yield "\n".join(_earlier(gap, voice.say) for gap in record.earlier)
    if record.gaps:
        yield from _gaps(record, voice)
    if record.appeal_within:
        yield from _appeal(record.appeal_within, voice)
    elif record.is_appeal_used:
        yield _head("appealed_head", voice)
        yield voice("appealed")
    yield voice("closing", committee=record.committee or text("the committee"))


def _opening(record: LetterRecord, voice: Voice) -> str:
    level = f"**{_line(record.target)}**"
    sentence = record.kind if record.outcome == "promote" else record.outcome
    said = [voice(sentence, level=level, cycle=record.cycle)]
    if record.outcome == "promote" and record.effective_on:
        said.append(voice("effective", day=record.effective_on))
    said.append(voice("decided", day=record.decided_on, cycle=record.cycle))
    return " ".join(said)


def _gaps(record: LetterRecord, voice: Voice) -> Iterator[str]:
    yield _head("gaps_head", voice)
    yield voice("gaps")
    for number, gap in enumerate(record.gaps, 1):
        rows = [
            ("gap_asks", f"“{_line(gap.sentence)}”"),
            ("gap_seen", _line(gap.seen)),
            ("gap_day", voice.say(text("%(day)s", day=gap.review_on))),
            ("gap_way", _line(gap.activity)),
        ]
        lines = [f"{number}. **{_line(gap.criterion)}:** {_line(gap.missing)}"]
        yield "\n".join([*lines, *(f"    - {voice(label)}: {words}" for label, words in rows if words)])


def _appeal(within: Text, voice: Voice) -> Iterator[str]:
    yield _head("appeal_head", voice)
    yield voice("appeal", within=voice.say(within))
    yield "\n".join(f"- {voice.say(ground)}" for ground in GROUNDS.values())
    yield voice("appeal_way")


def _earlier(gap: EarlierGap, say: Say) -> str:
    verdict = text("met") if gap.is_met else text("not met")
    return f"- **{_line(gap.criterion)}:** {_line(gap.missing)} ({say(verdict)})"


def _changed(change: LetterChange, voice: Voice) -> str:
    said = voice.say(
        text("%(value)s; your manager's was: %(before)s.", value=RATED[change.value], before=RATED[change.before])
    )
    kind = f" {voice.say(change.kind)}." if change.kind else ""
    return f"- **{_line(change.criterion)}:** {said}{kind} {voice('gap_asks')}: “{_line(change.sentence)}”"


def _head(sentence: str, voice: Voice) -> str:
    return f"**{voice(sentence)}**"


def _line(words: str) -> str:
    """Return words as one line, so that a list stays a list."""
    return " ".join(without_sources(words).split())


def without_sources(words: str) -> str:
    """Take out the numbers of feedback and ratings (F2, R5), which say nothing to the candidate; evidence stays."""
    told = SOURCE.sub("", words)
    for pattern, instead in LEFTOVERS:
        told = pattern.sub(instead, told)
    return told.strip()
