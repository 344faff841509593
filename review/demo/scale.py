"""A company of any size: the demo company over and over, division after division, in few and large statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from random import Random

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.demo.copied_trail import CopiedTrail
from review.demo.divisions import Division, Divisions, Values, shares
from review.demo.pattern import Copy, Pattern
from review.demo.sizes import CASES_A_PERSON
from review.domain.access import SYSTEM
from review.domain.packet_anchors import number_feedback
from review.domain.values import dataclass
from review.models import Case, Cycle, Employment, Feedback, FeedbackAnswer, Person
from review.services import audit

BARE_IN = 3
"""One division in so many has the cases, too, to which nobody has given feedback."""
AT_ONCE = 5_000
MOST_SEEDS = 1_000_000
ANSWERED = ("submitted", "frozen")
Tell = Callable[[str, int, int], None]
"""Hears of a step how much of it is done, of how much."""


@dataclass(frozen=True)
class Grown:
    """What a company that was made large consists of."""

    people: int
    cases: int
    answers: int
    events: int


def is_grown(session: Session, people: int) -> bool:
    """Tell whether there are more people than the demo has of itself."""
    return _count_people(session) > people


def grow_company(
    session: Session, *, people: int, cases: int | None, domain: str, now: datetime, seed: int, tell: Tell
) -> Grown:
    """Let the demo company that the session finds become one of so many people; the caller commits.

    People report to each other as in the demo company, in divisions whose heads report to each other; HR and whoever
    else holds a role of the whole company stays the same. A case is a case of the demo's with other people: its state,
    due dates, feedback, ratings, votes, mails and events come with it. The same seed makes the same company.

    Args:
        cases: how many, the demo's own among them; None: one for each 20 people.
    """
    divisions = Divisions(session, domain=domain, today=now.date(), seed=seed)
    pattern = _read_pattern(session, divisions)
    plan = _Plan(session, divisions, people, cases or people // CASES_A_PERSON, seed)
    copies = _write_people(session, divisions, plan, now=now, tell=tell)
    _write_cases(session, pattern, copies, tell=tell)
    _number_cases(session)
    CopiedTrail(session, pattern).record(copies, now=now, tell=partial(tell, "Recording what happened"))
    _restart_numbers(session)
    last = audit.record(session, "demo.grow", actor=SYSTEM, now=now, detail={"people": people, "seed": seed})
    return Grown(_count_people(session), _count(session, Case), _count(session, FeedbackAnswer), last.seq)


class _Plan:
    """Which division has how many people and which cases, and how its cases are called."""

    def __init__(self, session: Session, divisions: Divisions, people: int, cases: int, seed: int) -> None:
        rows = session.execute(sa.select(Case.id, Case.code, Case.candidate_id, Case.cycle_id).order_by(Case.id)).all()
        self._rows = rows
        self._codes = dict(session.execute(sa.select(Cycle.id, Cycle.code)).all())
        self._counts: Counter[int] = Counter(row.cycle_id for row in rows)
        self._told = set(session.scalars(sa.select(Feedback.case_id).where(Feedback.state.in_(ANSWERED))))
        self._left = cases - len(rows)
        self._lots = Random(seed)  # noqa: S311 - numbers feedback as the texts do, no secret
        self._feedback = _read_numbers(session)
        self.sizes = shares(people - divisions.size, divisions.size)
        self._whole = divisions.size
        self._stride = session.scalar(sa.select(sa.func.max(Feedback.id))) or 0

    def has_cases(self, number: int) -> bool:
        """Tell whether a division has cases: the first ones that are whole have, until there are enough."""
        return self._left > 0 and self.sizes[number - 1] == self._whole

    def make_copy(self, division: Division, people: dict[int, int]) -> Copy:
        """Choose the cases of a division, those of one candidate together, and name them."""
        chosen: set[int] = set()
        for candidate in dict.fromkeys(row.candidate_id for row in self._rows):
            own = {row.id for row in self._rows if row.candidate_id == candidate}
            if len(own) <= self._left and (own & self._told or division.number % BARE_IN == 0):
                chosen |= own
                self._left -= len(own)
        words, seeds = dict(division.names), {}
        for row in self._rows:
            words[row.code] = self._name(row.cycle_id) if row.id in chosen else row.code
            if row.id in chosen:
                seeds[row.id] = self._find_seed(row.id, division.number)
        return Copy(division.number, people, words, seeds, frozenset(row.id for row in self._rows) - chosen)

    def _name(self, cycle_id: int) -> str:
        self._counts[cycle_id] += 1
        return f"{self._codes[cycle_id]}-{self._counts[cycle_id]:03d}"

    def _find_seed(self, case_id: int, copy: int) -> int:
        """Find a seed that numbers the copy's feedback as the texts of the pattern, which say F1 and F2, number it."""
        wanted = self._feedback.get(case_id, [])
        ids = [number + copy * self._stride for number in wanted]
        for _ in range(MOST_SEEDS):
            seed = self._lots.randrange(2**31)
            if list(number_feedback(ids, seed)) == ids:
                return seed
        raise RuntimeError(f"no seed numbers the feedback of case {case_id} as its texts do")


def _read_numbers(session: Session) -> dict[int, list[int]]:
    """Return the numbers of each case's answered feedback in the order F1, F2 …"""
    found: dict[int, list[int]] = {}
    seeds = dict(session.execute(sa.select(Case.id, Case.shuffle_seed)).all())
    rows = session.execute(sa.select(Feedback.case_id, Feedback.id).where(Feedback.state.in_(ANSWERED)))
    for case_id, number in rows:
        found.setdefault(case_id, []).append(number)
    return {case_id: list(number_feedback(ids, seeds[case_id])) for case_id, ids in found.items()}


def _read_pattern(session: Session, divisions: Divisions) -> Pattern:
    names = [member.values["name"] for member in divisions.members]
    return Pattern(session, [*names, *(name.split()[0] for name in names), *session.scalars(sa.select(Case.code))])


def _write_people(session: Session, divisions: Divisions, plan: _Plan, *, now: datetime, tell: Tell) -> list[Copy]:
    """Write everybody and what was true of them, and record that they are here; return the copies with cases."""
    copies: list[Copy] = []
    people: list[Values] = []
    history: list[Values] = []
    for number, size in enumerate(plan.sizes, 1):
        has_cases = plan.has_cases(number)
        division = divisions.make(number, size, has_cases=has_cases)
        if has_cases:
            copies.append(plan.make_copy(division, divisions.play_parts(number)))
        people += division.people
        history += division.history
        if len(people) >= AT_ONCE or number == len(plan.sizes):
            session.execute(sa.insert(Person), people)
            session.execute(sa.insert(Employment), history)
            entries = [audit.Entry("person.join", None, "person", row["id"], {"fields": []}) for row in people]
            audit.record_all(session, entries, actor=SYSTEM, now=now)
            people, history = [], []
            tell("Taking people in", number, len(plan.sizes))
    return copies


def _write_cases(session: Session, pattern: Pattern, copies: Sequence[Copy], *, tell: Tell) -> None:
    for place, (table, rows) in enumerate(pattern.rows.items()):
        tell("Writing cases", place, len(pattern.rows))
        made = (row.copy(copy) for copy in copies for row in rows if row.case_id not in copy.dropped)
        while batch := list(islice(made, AT_ONCE)):
            session.execute(sa.insert(table), batch)


def _number_cases(session: Session) -> None:
    """Let each cycle go on numbering behind the cases that it has now."""
    counted = sa.select(sa.func.count()).where(Case.cycle_id == Cycle.id).scalar_subquery()
    session.execute(sa.update(Cycle).values(case_count=counted).execution_options(synchronize_session=False))


def _restart_numbers(session: Session) -> None:
    """Let the database number new rows behind the written ones; SQLite does so by itself."""
    if session.get_bind().dialect.name == "sqlite":
        return
    for table in _numbered():
        place = sa.func.pg_get_serial_sequence(f'"{table.name}"', "id")
        session.execute(sa.select(sa.func.setval(place, sa.select(sa.func.max(table.c.id)).scalar_subquery())))


def _numbered() -> Iterator[sa.Table]:
    for table in Person.metadata.sorted_tables:
        if "id" in table.c and table.name != "audit_head":
            yield table


def _count(session: Session, model: type[Case] | type[FeedbackAnswer]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def _count_people(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Person).where(~Person.is_external)) or 0
