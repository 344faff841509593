"""What the make-up of a cycle's committees follows from: who may sit, who sits, the cases, and their conflicts.

As many statements for two hundred cases as for one. An HR partner's own cases are not in it, and tell nothing in it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import ceil
from string import ascii_uppercase

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.errors import NotFound
from review.domain.ladder import Ladder
from review.domain.make_up import CaseFacts, Part, Place, Sitter, Situation, Wish
from review.domain.phase import Phase
from review.domain.text import Text, plural, text
from review.domain.values import dataclass
from review.models import Case, Committee, CommitteeMember, Cycle, Person, Seat
from review.queries.closeness import barred_from_voting, find_conflicts_of
from review.queries.cycles import list_cases
from review.queries.many_numbers import is_among
from review.queries.pinned import load_ladder

MOVABLE = (str(Phase.DRAFT), str(Phase.COLLECTING))
USUAL_SIZE, USUAL_LOAD = 7, 35
MOST_PROPOSED, MOST_COMMITTEES = len(ascii_uppercase), 500


@dataclass(frozen=True)
class Asked:
    """What HR asked for; None where the page proposes. `people` may sit besides those who sit already."""

    committees: int | None = None
    size: int | None = None
    most: int | None = None
    seed: int | None = None
    people: tuple[int, ...] = ()


@dataclass(frozen=True)
class CaseLabel:
    """A case as HR reads it on the page of the make-up."""

    code: str
    candidate: str
    target: str


@dataclass(frozen=True)
class MakeUp:
    """A situation with the words of a page around it.

    `notes` tell who of those named is not proposed, `seen` is a word that changes with anything that matters here,
    `gone` names those who have left and sit on a committee still.
    """

    cycle_id: int
    cycle: str
    situation: Situation
    labels: Mapping[int, CaseLabel]
    people: tuple[int, ...]
    gone: Mapping[int, str]
    notes: tuple[Text, ...]
    seen: str


def load_make_up(session: Session, cycle_id: int, asked: Asked, actor: Actor) -> MakeUp:
    """Return all that a proposal follows from; raise NotFound for who is no HR partner."""
    cycle = session.get(Cycle, cycle_id)
    if cycle is None or not actor.has(Role.HR):
        raise NotFound
    shown = {row.id: row for row in list_cases(session, cycle_id, actor)}
    rows = session.scalars(
        sa.select(Case).where(is_among(Case.id, shown), Case.closed_at.is_(None)).order_by(Case.code)
    ).all()
    committees = session.execute(
        sa.select(Committee.id, Committee.name).where(Committee.cycle_id == cycle_id).order_by(Committee.id)
    ).all()
    ladder = load_ladder(session, cycle.ladder_version_id)
    wish = _wish(asked, cycle, len(rows), len(committees))
    places = _places(session, cycle_id)
    people = _people(session, {place.person_id for place in places} | set(asked.people))
    candidates = {case.candidate_id for case in rows} - {place.person_id for place in places}
    situation = Situation(
        names=name_committees([(row.id, row.name) for row in committees], wish.committees),
        sitters={
            each.id: Sitter(each.id, each.name, each.function, _grade(ladder, each.level_id))
            for each in people
            if each.is_active and each.id not in candidates
        },
        places=places,
        cases=_cases(session, cycle, rows, ladder),
        wish=wish,
    )
    return MakeUp(
        cycle_id=cycle.id,
        cycle=cycle.name,
        situation=situation,
        labels={
            case.id: CaseLabel(case.code, shown[case.id].candidate, ladder.level(case.to_level_id).name)
            for case in rows
        },
        people=asked.people,
        gone={each.id: each.name for each in people if not each.is_active},
        notes=_notes(people, candidates),
        seen=_fingerprint(situation),
    )


def find_people_named(session: Session, lines: Sequence[str]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return who is meant by names or e-mails, each once, and the lines that mean nobody or several; one statement."""
    wanted = [line.strip() for line in lines if line.strip()]
    lower = [line.lower() for line in wanted]
    rows = session.execute(
        sa.select(Person.id, Person.name, Person.email).where(
            Person.is_active, sa.or_(Person.email.in_(lower), Person.name.in_(wanted))
        )
    ).all()
    found: dict[int, None] = {}
    unknown = []
    for line in wanted:
        meant = {row.id for row in rows if line.lower() == row.email or line == row.name}
        if len(meant) == 1:
            found[meant.pop()] = None
        else:
            unknown.append(line)
    return tuple(found), tuple(unknown)


def list_emails(session: Session, people: Collection[int]) -> tuple[str, ...]:
    """Return how people are named in the field that asks for them: by e-mail, or by name."""
    rows = session.execute(sa.select(Person.name, Person.email).where(Person.id.in_(people)).order_by(Person.name))
    return tuple(row.email or row.name for row in rows)


def name_committees(standing: Iterable[tuple[int, str]], count: int) -> dict[int, str]:
    """Return the names of committees by number: those that are there, then new ones below zero, up to `count`."""
    names = dict(standing)
    taken = {match[1] for name in names.values() if (match := re.search(r"\b([A-Z]|\d+)$", name))}
    letters = (letter for letter in ascii_uppercase if letter not in taken)
    numbers = (number for number in range(len(ascii_uppercase) + 1, 2 * MOST_COMMITTEES) if str(number) not in taken)
    for number in range(len(names), count):
        names[-1 - number] = f"Committee {next(letters, None) or next(numbers)}"
    return names


def _wish(asked: Asked, cycle: Cycle, cases: int, committees: int) -> Wish:
    count = asked.committees or max(committees, min(ceil(cases / USUAL_LOAD), MOST_PROPOSED), 1)
    quorum = cycle.policy["ballot"]["quorum"]
    return Wish(
        committees=min(max(count, committees), max(MOST_COMMITTEES, committees)),
        size=max(asked.size or USUAL_SIZE, quorum),
        quorum=quorum,
        most=asked.most or None,
        seed=cycle.id if asked.seed is None else asked.seed,
    )


def _places(session: Session, cycle_id: int) -> tuple[Place, ...]:
    held = sa.exists().where(
        Seat.person_id == CommitteeMember.person_id,
        Seat.case_id == Case.id,
        Case.committee_id == CommitteeMember.committee_id,
        Case.closed_at.is_(None),
        Seat.state.not_in(("recused", "replaced")),
    )
    rows = session.execute(
        sa.select(CommitteeMember.committee_id, CommitteeMember.person_id, CommitteeMember.role, held.label("is_held"))
        .join(Committee, Committee.id == CommitteeMember.committee_id)
        .where(Committee.cycle_id == cycle_id)
        .order_by(CommitteeMember.committee_id, CommitteeMember.id)
    )
    return tuple(Place(row.committee_id, row.person_id, Part(row.role), bool(row.is_held)) for row in rows)


def _people(session: Session, ids: Collection[int]) -> Sequence[Person]:
    return session.scalars(
        sa.select(Person).where(is_among(Person.id, ids), sa.not_(Person.is_external)).order_by(Person.name, Person.id)
    ).all()


def _cases(session: Session, cycle: Cycle, rows: Sequence[Case], ladder: Ladder) -> tuple[CaseFacts, ...]:
    found = find_conflicts_of(session, rows, {cycle.id: cycle.policy["conflicts"]})
    return tuple(
        CaseFacts(
            id=case.id,
            code=case.code,
            grade=_grade(ladder, case.to_level_id),
            barred=barred_from_voting(found[case.id]),
            committee=case.committee_id,
            is_sealed=case.phase not in MOVABLE,
        )
        for case in rows
    )


def _grade(ladder: Ladder, level_id: str | None) -> int | None:
    return next((level.grade for level in ladder.levels if level.id == level_id), None)


def _notes(people: Sequence[Person], candidates: set[int]) -> tuple[Text, ...]:
    left_out = [each.name for each in people if each.id in candidates]
    gone = [each.name for each in people if not each.is_active]
    notes = []
    if left_out:
        notes.append(text("Not proposed, candidates of this cycle themselves: %(names)s", names=tuple(left_out)))
    if gone:
        notes.append(plural("%(names)s has left", "%(names)s have left", len(gone), names=tuple(gone)))
    return tuple(notes)


def _fingerprint(situation: Situation) -> str:
    facts = (
        sorted(situation.names.items()),
        sorted((each.id, each.function, each.grade) for each in situation.sitters.values()),
        situation.places,
        [(each.id, each.grade, sorted(each.barred), each.committee, each.is_sealed) for each in situation.cases],
        situation.wish,
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]
