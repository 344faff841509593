"""The ratings of a case as the packet holds them: signed by whoever made them, a former manager's words included."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain import packet
from review.domain.packet_anchors import RatingKey, number_ratings
from review.models import Person, Rating, RatingLine
from review.queries.standing import Standing

KINDS = {
    "first": packet.RatingKind.FIRST_VIEW,
    "final": packet.RatingKind.FINAL,
    "second": packet.RatingKind.SECOND,
}
Line = tuple[Rating, RatingLine]
Numbered = dict[RatingKey, Line]


def gather_ratings(
    session: Session, standing: Standing, anchors: Mapping[str, str], people: Mapping[int, packet.Person]
) -> dict[str, tuple[packet.Rating, ...]]:
    """Return the ratings handed in, by criterion: final, first view, second.

    Args:
        anchors: `e:12` and `f:7` to what is printed.
        people: those already read; other raters are read here.
    """
    order = [criterion.id for criterion in standing.criteria]
    lines = _number(session, standing, order)
    names = number_ratings(lines, order)
    signers = dict(people) | _signers(session, lines, people)
    found: dict[str, list[packet.Rating]] = {criterion: [] for criterion in order}
    first = {key.criterion: line for key, (_, line) in lines.items() if key.kind is packet.RatingKind.FIRST_VIEW}
    for key in sorted(lines, key=lambda key: int(names[key][1:])):
        rating, line = lines[key]
        writer, holder = _who(rating, line)
        found[key.criterion].append(
            packet.Rating(
                anchor=names[key],
                kind=key.kind,
                rater=signers[writer],
                value=line.value,
                reason=line.justification if line.cannot_judge else "",
                on_behalf_of=signers[holder] if holder != writer else None,
                justification="" if line.cannot_judge else line.justification,
                cited=tuple(anchors[each] for each in line.anchors if each in anchors),
                sentence=_sentence(standing, line),
                change=_change(key, line, first.get(key.criterion)),
            )
        )
    return {criterion: tuple(ratings) for criterion, ratings in found.items()}


def _number(session: Session, standing: Standing, order: list[str]) -> Numbered:
    """Read what was handed in; more than one rating of a kind (the manager changed) is told apart by its turn."""
    records = session.execute(
        sa.select(Rating, RatingLine)
        .join(RatingLine, RatingLine.rating_id == Rating.id)
        .where(Rating.case_id == standing.case.id, Rating.locked_at.is_not(None))
        .order_by(Rating.locked_at, Rating.id)
    )
    turns: dict[tuple[str, str], int] = defaultdict(int)
    lines: Numbered = {}
    for rating, line in records:
        if line.criterion_id not in order:
            continue
        turn = turns[(rating.round, line.criterion_id)]
        turns[(rating.round, line.criterion_id)] += 1
        lines[RatingKey(KINDS[rating.round], line.criterion_id, turn)] = (rating, line)
    return lines


def _signers(session: Session, lines: Numbered, known: Mapping[int, packet.Person]) -> dict[int, packet.Person]:
    asked = {number for rating, line in lines.values() for number in _who(rating, line)}
    rows = session.scalars(sa.select(Person).where(Person.id.in_(asked - known.keys())))
    return {row.id: packet.Person(row.name, row.title, row.function) for row in rows}


def _who(rating: Rating, line: RatingLine) -> tuple[int, int]:
    """Return who wrote a line, and whose task it was."""
    return line.written_by_id or rating.rater_id, rating.on_behalf_of_id or rating.rater_id


def _sentence(standing: Standing, line: RatingLine) -> str:
    """Return the sentence of the ladder that a rating turns on: the summary of the target where no signal is named."""
    if line.cannot_judge:
        return ""
    cell = standing.ladder.expectation(line.criterion_id, standing.case.to_level_id)
    named = (signal.text for signal in (*cell.base, *cell.signals) if signal.id == line.sentence)
    return next(named, "") if line.sentence else cell.summary


def _change(key: RatingKey, line: RatingLine, first: RatingLine | None) -> packet.Change | None:
    if key.kind is not packet.RatingKind.FINAL or first is None or first.value == line.value:
        return None
    return packet.Change(first.value, line.change_reason)
