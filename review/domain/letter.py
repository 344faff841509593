"""The letter to a candidate, put together from the record: nothing of votes, authors or notes has a place in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from review.domain.text import Text, text

Say = Callable[[Text], str]
SOURCE = re.compile(r"(?<![\w/#.-])[FR][1-9][0-9]{0,2}(?![\w-])", re.ASCII)
LEFTOVERS = (
    (re.compile(r"[ \t]*,(?=[ \t]*[,)])"), ""),
    (re.compile(r"\([ \t]*,?[ \t]*"), "("),
    (re.compile(r"[ \t]*\([ \t]*\)"), ""),
    (re.compile(r"[ \t]+(?=[.,;:)])"), ""),
    (re.compile(r"[ \t]{2,}"), " "),
)
"""What is left where a source was taken out: stray commas, empty brackets, spaces before a full stop."""


@dataclass(frozen=True, slots=True)
class LetterGap:
    """Something missing: the ladder's sentence, what was seen, what is missing, and the day it is looked at again."""

    criterion: str
    sentence: str
    seen: str
    missing: str
    review_on: date
    activity: str = ""


@dataclass(frozen=True, slots=True)
class EarlierGap:
    """A gap of an earlier case, and whether the committee found it met."""

    criterion: str
    missing: str
    is_met: bool


@dataclass(frozen=True, slots=True)
class LetterChange:
    """A rating that the committee changed, as its candidate reads it: the manager's value, and the one that stands.

    `kind` is the kind of reason, None where it may not be told; `sentence` the ladder's words that it turns on.
    """

    criterion: str
    before: int | None
    value: int | None
    kind: Text | None
    sentence: str


@dataclass(frozen=True, slots=True)
class LetterRecord:
    """What a letter is made from.

    `outcome` is promote, not_yet or defer; `kind` promotion, track_change or entry. `asked` are criteria with what the
    target level asks in each. `reasons` are the decision's, written to be read by the candidate. `changed` are ratings
    that stand otherwise than the manager gave them. `appeal_within` says how long an appeal is possible, None where it
    is not.
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


OPENINGS = {
    ("promote", "promotion"): text("the committee has decided to promote you to %(level)s."),
    ("promote", "track_change"): text("the committee has decided on your change of track: you become %(level)s."),
    ("promote", "entry"): text("the committee has decided that you enter the ladder as %(level)s."),
}
RATED = {
    1: text("below the current level"),
    2: text("at the current level"),
    3: text("partly at the target level"),
    4: text("at the target level"),
    5: text("beyond the target level"),
    None: text("cannot be judged from the packet"),
}
NOT_YET = text("the committee has decided not to promote you to %(level)s in this cycle: not yet.")
DEFERRED = text("the committee could not decide on %(level)s in this cycle. Your case comes up again in the next one.")
SUBJECTS = {
    "promote": text("Your promotion to %(level)s"),
    "not_yet": text("Your case for %(level)s: not yet"),
    "defer": text("Your case for %(level)s: it comes up again"),
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


def letter_subject(outcome: str, level: str) -> Text:
    """Return what a letter is about, for its head."""
    return text(SUBJECTS[outcome].one, level=level)


def assemble_letter(record: LetterRecord, say: Say = str) -> str:
    """Return the letter as Markdown.

    Args:
        say: puts a sentence into the language of the letter.
    """
    return "\n\n".join(part for part in _parts(record, say) if part)


def letter_path(case_id: int, body: str, released_at: datetime) -> str:
    """Return where the printed letter is kept below the files folder: another text or release has another place."""
    told = hashlib.sha256(f"{released_at.isoformat()}\n{body}".encode()).hexdigest()
    return f"letters/{case_id}/{told[:16]}.pdf"


def _parts(record: LetterRecord, say: Say) -> Iterator[str]:
    yield say(text("Dear %(name)s,", name=record.candidate))
    yield _opening(record, say)
    if record.asked:
        yield _head(text("What was asked"), say)
        yield say(
            text("The committee compared your packet with what the ladder asks of %(level)s:", level=record.target)
        )
        yield "\n".join(f"- **{_line(name)}:** {_line(words)}" for name, words in record.asked)
    if record.reasons.strip() or record.changed:
        yield _head(text("What was seen"), say)
        yield _without_sources(record.reasons)
    if record.changed:
        yield say(text("In these criteria the committee's rating stands, and not your manager's:"))
        yield "\n".join(_changed(change, say) for change in record.changed)
    if record.earlier:
        yield _head(text("What was open from an earlier case"), say)
        yield "\n".join(_earlier(gap, say) for gap in record.earlier)
    if record.gaps:
        yield from _gaps(record, say)
    if record.appeal_within:
        yield from _appeal(record.appeal_within, say)
    yield say(text("For %(committee)s", committee=record.committee or text("the committee")))


def _opening(record: LetterRecord, say: Say) -> str:
    level = f"**{_line(record.target)}**"
    words = {"not_yet": NOT_YET, "defer": DEFERRED}.get(record.outcome) or OPENINGS["promote", record.kind]
    said = [say(text(words.one, level=level))]
    if record.outcome == "promote" and record.effective_on:
        said.append(say(text("This counts from %(day)s.", day=record.effective_on)))
    said.append(say(text("It was decided on %(day)s, in %(cycle)s.", day=record.decided_on, cycle=record.cycle)))
    return " ".join(said)


def _gaps(record: LetterRecord, say: Say) -> Iterator[str]:
    yield _head(text("What is missing"), say)
    yield say(
        text(
            "The next committee reads these first and must say of each whether it is met. "
            "If it finds something new, it has to call it new."
        )
    )
    for number, gap in enumerate(record.gaps, 1):
        rows = [
            (text("The ladder asks"), f"“{_line(gap.sentence)}”"),
            (text("Seen"), _line(gap.seen)),
            (text("Looked at again"), say(text("%(day)s", day=gap.review_on))),
            (text("A way to get there"), _line(gap.activity)),
        ]
        lines = [f"{number}. **{_line(gap.criterion)}:** {_line(gap.missing)}"]
        yield "\n".join([*lines, *(f"    - {say(label)}: {words}" for label, words in rows if words)])


def _appeal(within: Text, say: Say) -> Iterator[str]:
    yield _head(text("If you do not agree"), say)
    yield say(
        text(
            "You can appeal once, within %(within)s of the day this letter reaches you, on one of these grounds:",
            within=within,
        )
    )
    yield "\n".join(f"- {say(ground)}" for ground in GROUNDS.values())
    yield say(text("People who did not sit on your case answer it. The way is on the page of your case."))


def _earlier(gap: EarlierGap, say: Say) -> str:
    verdict = text("met") if gap.is_met else text("not met")
    return f"- **{_line(gap.criterion)}:** {_line(gap.missing)} ({say(verdict)})"


def _changed(change: LetterChange, say: Say) -> str:
    said = say(
        text("%(value)s; your manager's was: %(before)s.", value=RATED[change.value], before=RATED[change.before])
    )
    kind = f" {say(change.kind)}." if change.kind else ""
    asked = say(text("The ladder asks: “%(sentence)s”", sentence=_line(change.sentence)))
    return f"- **{_line(change.criterion)}:** {said}{kind} {asked}"


def _head(words: Text, say: Say) -> str:
    return f"**{say(words)}**"


def _line(words: str) -> str:
    """Return words as one line, so that a list stays a list."""
    return " ".join(_without_sources(words).split())


def _without_sources(words: str) -> str:
    """Take out the numbers of feedback and ratings (F2, R5), which say nothing to the candidate; evidence stays."""
    told = SOURCE.sub("", words)
    for pattern, instead in LEFTOVERS:
        told = pattern.sub(instead, told)
    return told.strip()
