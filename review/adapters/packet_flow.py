"""Which parts of a packet begin below the one before them, so that few words make few pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import ceil

from review.domain.packet import Criterion, Evidence, Expectation, Feedback, PacketContent, Rating

ROOM = 41
"""Lines of prose that surely go on a page below its heading; a page holds about 44."""
PROSE, CELL = 78, 42
"""Signs in a line of prose, and in a line of half its width."""
HEADING, LADDER, FRAME, LABEL, ROW = 3.5, 2.5, 4, 1.5, 2
SMALL = 0.8
"""A line of the ladder beside one of prose."""


def find_running_on(packet: PacketContent) -> frozenset[str]:
    """Return the ids of the parts that begin below the one before them, each page being far from full.

    It is worked out from the texts alone, before the layout, and rather leaves a page half empty than cuts a part.
    """
    running: list[str] = []
    used: float = ROOM
    for name, lines in _parts(packet):
        is_running = used + lines <= ROOM
        running += [name] if is_running else []
        used = lines + used * is_running
    return frozenset(running)


def _parts(packet: PacketContent) -> Iterator[tuple[str, float]]:
    if packet.role_fit:
        answers = packet.role_fit.answers
        yield "fit", HEADING + sum(ROW + _lines(one.question, one.answer) for one in answers)
    for number, criterion in enumerate(packet.criteria, 1):
        yield f"c{number}", _criterion(criterion, packet.feedback)
    if packet.evidence:
        yield "evidence", HEADING + sum(map(_evidence, packet.evidence))
    if packet.feedback:
        yield "feedback", HEADING + ROW + sum(_feedback(one) for one in packet.feedback)


def _criterion(criterion: Criterion, feedback: Iterable[Feedback]) -> float:
    remarks = [one for each in feedback for one in each.remarks if one.criterion == criterion.id]
    return (
        HEADING
        + LADDER
        + _lines(criterion.description)
        + SMALL * max(_expectation(criterion.current), _expectation(criterion.target))
        + max(_lines(criterion.self_review), 2 * LABEL)
        + sum(map(_rating, criterion.ratings))
        + sum(3 * LABEL + _lines(one.situation, one.did, one.effect, one.link) for one in remarks)
        + ROW * len(criterion.evidence)
    )


def _expectation(asked: Expectation | None) -> float:
    if asked is None:
        return ROW
    texts = (asked.summary, *(one.text for one in asked.signals), *(one.name for one in asked.measures))
    return _lines(*texts, width=CELL)


def _rating(rating: Rating) -> float:
    return FRAME + _lines(rating.justification, rating.reason, rating.sentence) + LABEL * bool(rating.change)


def _evidence(one: Evidence) -> float:
    told = _lines(one.title, one.done, one.effect, *(each.address for each in one.links))
    return ROW + told + 2 * ROW * bool(one.result) + LABEL * (len(one.files) + len(one.tags))


def _feedback(one: Feedback) -> float:
    return ROW + ROW * len(one.remarks) + LABEL + _lines(one.advice)


def _lines(*texts: str, width: int = PROSE) -> float:
    return sum(ceil(len(line) / width) for text in texts for line in text.splitlines())
