"""Pages of the board of requests, picked by indexes: in one order, with counts and functions of what one may see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.many_cases import copy_cases
from review.domain.phase import Phase
from review.models import Case, Conflict, Feedback, Person
from review.queries.chasing import ChaseBoard, ChaseFilter, load_board
from review.services.transitions import fire
from tests.factories import Scene, open_case_of, open_scene

STATES = ("asked", "submitted", "proposed", "declined", "writing", "frozen", "expired")
FUNCTIONS = ("Data", "Design", "Legal")
WAITING = ("asked", "proposed", "writing")
GIVERS = 60
NEVER = datetime.max.replace(tzinfo=UTC)


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Return a cycle with three cases that sixty are asked about, and one, in another phase, that Legal alone is."""
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.commit()
    cases = [case.id, *copy_cases(session, case, "Extra", [{"code": f"2026A-9{number}"} for number in range(3)])]
    people = [
        {"external_id": f"x{number}", "name": f"Giver {number:02}", "function": "Data"} for number in range(GIVERS)
    ]
    givers = session.scalars(sa.insert(Person).returning(Person.id, sort_by_parameter_order=True), people).all()
    about = {"entered_at": now, "kind": "peer", "entry": 1}
    asked = [
        {
            "case_id": case_id,
            "giver_id": giver,
            "function": "Legal" if case_id == cases[-1] else FUNCTIONS[place % 2],
            "state": STATES[place % len(STATES)],
            "due_at": now + timedelta(days=(place * 7) % 11 - 5) if place % 9 else None,
        }
        for case_id in cases
        for place, giver in enumerate(givers[:10] if case_id == cases[-1] else givers)
    ]
    session.execute(sa.insert(Feedback), [{**about, **each} for each in asked])
    session.execute(sa.update(Feedback).where(Feedback.giver_id == givers[0]).values(kind="upward"))
    session.execute(sa.update(Case).where(Case.id == cases[1]).values(phase=str(Phase.SEALED)))
    session.commit()
    return scene


def load(session: Session, scene: Scene, now: datetime, page: int = 1) -> ChaseBoard:
    """Return a page of the board as Hanna sees it."""
    return load_board(session, scene.cycle_id, scene.actor("hanna"), ChaseFilter(page=page), now=now)


@pytest.mark.both_databases
def test_pages_hold_what_waits_and_then_all_others_by_their_days(session: Session, scene: Scene, now: datetime) -> None:
    rows = session.scalars(sa.select(Feedback).where(Feedback.kind == "peer")).all()
    every = [row.id for row in sorted(rows, key=lambda row: (row.state not in WAITING, row.due_at or NEVER, row.id))]
    assert len(every) == 3 * 59 + 9
    session.commit()
    pages = [load(session, scene, now, page) for page in (1, 2, 3, 4, 5)]
    assert [[row.id for row in page.rows] for page in pages] == [
        every[:50], every[50:100], every[100:150], every[150:], []
    ]  # fmt: skip
    whole = load_board(session, scene.cycle_id, scene.actor("hanna"), ChaseFilter(page=0), now=now)
    assert [row.id for row in whole.rows] == every
    first = load_board(session, scene.cycle_id, scene.actor("hanna"), ChaseFilter(page=0, most=70), now=now)
    assert ([row.id for row in first.rows], first.total) == (every[:70], len(every))


@pytest.mark.both_databases
def test_counts_and_functions_are_of_what_the_reader_may_see(session: Session, scene: Scene, now: datetime) -> None:
    def tell() -> tuple[int, int, tuple[str, ...]]:
        found = load(session, scene, now)
        return found.total, found.late, found.functions

    def count(*conditions: sa.ColumnElement[bool]) -> int:
        seen = sa.select(sa.func.count()).select_from(Feedback).join(Case).where(Feedback.kind == "peer", *conditions)
        return session.scalars(seen).one()

    is_late = (Feedback.state.in_(WAITING), Feedback.due_at <= now, Case.phase == "collecting")
    assert tell() == (3 * 59 + 9, count(*is_late), FUNCTIONS)
    cases = session.scalars(sa.select(Case.id).order_by(Case.id)).all()
    for number, functions in ((cases[3], FUNCTIONS[:2]), (cases[0], FUNCTIONS[:2]), (cases[1], FUNCTIONS[:2])):
        hanna = scene.id("hanna")
        session.add(
            Conflict(case_id=number, person_id=hanna, kind="other", declared_by_id=hanna, declared_at=now, reason="")
        )
        session.commit()
        known = sa.select(Conflict.case_id)
        left = Case.id.not_in(known)
        assert tell() == (count(left), count(left, *is_late), functions)
    session.execute(sa.update(Feedback).where(Feedback.case_id == cases[2]).values(kind="upward"))
    session.commit()
    assert tell() == (0, 0, ())
