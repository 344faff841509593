"""Reading feedback in a case: in mixed order, and no more of it than the reader's rights hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.checks.facts import ANSWERED
from review.domain.feedback_request import PEER, UPWARD
from review.domain.feedback_sets import Given, read_set
from review.domain.feedback_sight import ASKING, SHOWN, Answer, Sight, may_see_any, read_switches, see, sign
from review.domain.packet_anchors import number_feedback
from review.domain.phase import Phase
from review.domain.text import Text
from review.domain.values import dataclass
from review.models import Feedback, FeedbackAnswer, Person
from review.queries.mirrors import mirror_is_due
from review.queries.standing import Standing

KINDS = (PEER, UPWARD)

NAME_AND_ORGANISATION = sa.case((Person.is_external, Person.name + ", " + Person.title), else_=Person.name)
"""What an answer is signed with: somebody from outside also with whom they work for."""


@dataclass(frozen=True)
class AnswerRow:
    """What a giver wrote on one criterion; `value` 1 to 5, or None with `cannot_judge`, or None while a draft."""

    criterion_id: str
    name: str
    situation: str = ""
    done: str = ""
    effect: str = ""
    link: str = ""
    value: int | None = None
    cannot_judge: bool = False
    version: int = 0

    @property
    def is_answered(self) -> bool:
        """Tell whether the question counts as answered, as the check `feedback_complete` does."""
        return self.cannot_judge or (self.value is not None and bool(self.done.strip()))


@dataclass(frozen=True)
class FeedbackRow:
    """One answer that is in; `signed` says who wrote it, as far as the reader may know."""

    id: int
    anchor: str
    signed: Text
    answers: tuple[AnswerRow, ...]

    def on(self, criterion_id: str) -> AnswerRow | None:
        """Return what it says on one criterion, None where it was not asked."""
        return next((answer for answer in self.answers if answer.criterion_id == criterion_id), None)


class Seen(NamedTuple):
    """An answer of which the actor sees something."""

    row: Feedback
    name: str
    sight: Sight


def may_read_answers(standing: Standing) -> bool:
    """Tell whether the actor may read answers now, if there are enough of them.

    Who votes on a case opens its packet first: that is recorded, and there is no second way to what it holds.
    """
    switches = read_switches(standing.cycle.policy)
    is_open = not standing.facts.must_open_packet
    return is_open and may_see_any(switches, standing.reading, standing.phase, _conditions(standing))


def read_feedback(session: Session, standing: Standing) -> tuple[FeedbackRow, ...]:
    """Return the answers that the actor may read now, F1 first; two statements, none where nothing may be read.

    What of each is seen is decided by `feedback_sight.see`, as it was promised to the giver. Anchors number the
    answers that the packet holds, so that F2 is the same answer for everybody; those that are read without names first.
    """
    if not may_read_answers(standing):
        return ()
    records = session.execute(
        sa.select(
            Feedback,
            NAME_AND_ORGANISATION,
            mirror_is_due(standing.case.candidate_id, standing.case.cycle_id),
        )
        .join(Person, Person.id == Feedback.giver_id)
        .where(Feedback.case_id == standing.case.id, given())
    ).all()
    switches, conditions = read_switches(standing.cycle.policy), _conditions(standing)
    heard = Counter(row.kind for row, *_ in records if row.state in ANSWERED)
    in_set = find_read([row for row, *_ in records])
    shown: dict[int, Seen] = {}
    for row, name, is_mirror_due in records:
        answer = Answer(row.kind, row.is_hidden_from_manager, heard[row.kind], row.id in in_set, is_mirror_due)
        sight = see(answer, switches, standing.reading, standing.phase, conditions)
        if sight.words and row.state in ANSWERED:
            shown[row.id] = Seen(row, name, sight)
    answers = load_answers(session, standing, list(shown))
    waiting = {row.id for row, _, is_mirror_due in records if is_mirror_due}
    anchors = number_answers([row for row, *_ in records if row.id not in waiting], standing.case.shuffle_seed)
    return tuple(_row(shown[number], anchor, answers[number]) for number, anchor in anchors.items() if number in shown)


def given() -> sa.ColumnElement[bool]:
    """Return which requests matter to what is read: the answers, and those once read that were taken back."""
    return sa.or_(Feedback.state.in_(ANSWERED), Feedback.shown_in.is_not(None))


def find_read(rows: Sequence[Feedback]) -> frozenset[int]:
    """Return which answers of a case are read without names now, of colleagues and of direct reports each a set."""
    return frozenset().union(*(read_set([as_given(row) for row in rows if row.kind == kind]) for kind in KINDS))


def as_given(row: Feedback, *, waits: bool = False) -> Given:
    """Return a request as the rule of sets looks at it; an answer that waits for another is not in yet."""
    return Given(row.id, row.state in ANSWERED and not waits, row.shown_in)


def number_answers(rows: Sequence[Feedback], seed: int) -> dict[int, str]:
    """Give F1, F2 … to what a packet may hold: each set in mixed order, then what is read with names alone.

    An answer of a direct report that is in no set is in no packet.
    """
    in_set = find_read(rows)
    kept = [row for row in rows if row.state in ANSWERED and (row.kind != UPWARD or row.id in in_set)]
    last = max((row.shown_in or 0 for row in kept), default=0) + 1
    return number_feedback([row.id for row in kept], seed, {row.id: row.shown_in or last for row in kept})


def _conditions(standing: Standing) -> frozenset[str]:
    facts = standing.facts
    is_asking = standing.phase is Phase.COLLECTING and facts.tokens.get("feedback") == ASKING
    is_new = is_asking and not any(each.is_shown for each in facts.feedback)
    return standing.conditions if is_new else standing.conditions | {SHOWN}


def load_answers(session: Session, standing: Standing, feedback_ids: list[int]) -> dict[int, tuple[AnswerRow, ...]]:
    """Return the answers of several givers, in the ladder's order of criteria; the caller decides who may read them."""
    names = {criterion.id: criterion.name_for(standing.case.track_id) for criterion in standing.criteria}
    found: dict[int, dict[str, AnswerRow]] = defaultdict(dict)
    for row in session.scalars(sa.select(FeedbackAnswer).where(FeedbackAnswer.feedback_id.in_(feedback_ids))):
        if row.criterion_id in names:
            found[row.feedback_id][row.criterion_id] = _answer(row, names[row.criterion_id])
    return {
        number: tuple(found[number][criterion] for criterion in names if criterion in found[number])
        for number in feedback_ids
    }


def _answer(row: FeedbackAnswer, name: str) -> AnswerRow:
    return AnswerRow(
        criterion_id=row.criterion_id,
        name=name,
        situation=row.situation,
        done=row.done,
        effect=row.effect,
        link=row.link,
        value=row.value,
        cannot_judge=row.cannot_judge,
        version=row.version,
    )


def _row(seen: Seen, anchor: str, answers: tuple[AnswerRow, ...]) -> FeedbackRow:
    row, name, sight = seen
    return FeedbackRow(row.id, anchor, sign(sight, kind=row.kind, name=name, function=row.function), answers)
