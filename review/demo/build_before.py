"""What was decided in the demo company before it had Dualtrack: its past cases, brought in from one spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256

from review.adapters.spreadsheet import read_table
from review.demo.build_company import FOUNDED
from review.demo.company import Day, GlobalRole, Person
from review.demo.stage import Stage
from review.domain.ladder import Ladder, MoveKind
from review.domain.past_case import PastOutcome, PastReading
from review.domain.values import dataclass
from review.services.past_cases import PastWish, bring_in

BROUGHT_IN: Day = FOUNDED + 3
OLDEST_DAYS = 1_500
YOUNGEST_DAYS = 120 - FOUNDED
"""Which answers the sheet goes back to, and up to: none so young that it would keep anybody out of the first cycle."""
ROUND_DAYS = 182
"""From one round to the next: who was told "not yet" in one was promoted in the next."""
ROUNDS = ((5, 16), (11, 14))
"""Month and day of the answers."""
FILE = "promotions-before.csv"
HEADER = ("cycle", "announced_on", "person", "from_level", "to_level", "outcome")


@dataclass(frozen=True)
class Answer:
    """One line of the sheet."""

    on: date
    person: str
    from_level: str
    to_level: str
    outcome: PastOutcome

    @property
    def cycle(self) -> str:
        """Return the name of the round."""
        return f"{'Spring' if self.on.month <= 6 else 'Autumn'} {self.on.year}"


def play_before(stage: Stage) -> None:
    """Put the spreadsheet of past cases on the list: an HR partner brings it in days after the beginning."""
    stage.add(stage.moments.on(BROUGHT_IN), _bring_in, stage)


def list_answers(people: tuple[Person, ...], ladder: Ladder, today: date) -> Iterator[Answer]:
    """Yield how people came to their levels, as far as the directory lets one say, nobody twice in a round.

    Each promotion to a level of today, those before it half-way to the first day, and of every third person a "not yet"
    in the round before a promotion.
    """
    for place, person in enumerate(people):
        promoted = list(_promotions(person, ladder, today))
        yield from promoted
        joined = today - timedelta(days=person.joined)
        befores = [*(older.on for older in promoted), joined][1:]
        for each, before in zip(promoted, befores, strict=True):
            earlier = _round(each.on - timedelta(days=ROUND_DAYS))
            if place % 3 == 0 and earlier > before:
                yield replace(each, on=earlier, outcome=PastOutcome.NOT_YET)


def _promotions(person: Person, ladder: Ladder, today: date) -> Iterator[Answer]:
    """Yield somebody's promotions, the newest first, each in an earlier round than the one after it."""
    if person.level is None or person.since is None:
        return
    days, target, later = float(person.since), person.level, today
    while (start := _below(ladder, target)) is not None and YOUNGEST_DAYS < days < min(person.joined, OLDEST_DAYS):
        on = _round(today - timedelta(days=days))
        if not today - timedelta(days=person.joined) < on < later:
            return
        yield Answer(on, person.id, start, target, PastOutcome.PROMOTED)
        days, target, later = (days + person.joined) / 2, start, on


def _below(ladder: Ladder, level: str) -> str | None:
    """Return the level from which a promotion leads to another, the first of several; None where there is none."""
    moves = (move for each in ladder.levels for move in ladder.moves_from(each.id))
    return next((m.from_level for m in moves if m.to_level == level and m.kind is MoveKind.PROMOTION), None)


def _round(on: date) -> date:
    """Return the last day up to a day on which the answers of a round went out."""
    rounds = (date(year, *day) for year in (on.year - 1, on.year) for day in ROUNDS)
    return max(each for each in rounds if each <= on)


def _bring_in(stage: Stage, *, now: datetime) -> None:
    found = list_answers(tuple(stage.content.people), stage.ladder, stage.moments.today)
    rows = [
        (each.cycle, each.on.isoformat(), each.person, each.from_level, each.to_level, each.outcome.value)
        for each in sorted(found, key=lambda answer: (answer.on, answer.person))
    ]
    content = "\n".join(map(",".join, (HEADER, *rows))).encode()
    wish = PastWish(read_table(content, FILE), PastReading(), sha256(content).hexdigest(), FILE)
    partner = stage.content.roles[GlobalRole.HR][0]
    bring_in(stage.session, wish, actor=stage.actor(partner, now), now=now)
