"""Everybody eligible is nominated: a few at once, many by a job that goes on where it was, and judges each anew."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.domain.errors import NotAllowed, TransitionRefused
from review.models import AuditEvent, Case, Cycle, NominationRun, Person, RoleGrant
from review.queries.cycle_changes import find_nominations
from review.queries.nomination_runs import RunShown, find_last_run
from review.services import audit, cases_nominate_all
from review.services.cases import opt_out
from review.services.cases_nominate_all import nominate_everybody, note_failure, open_the_rest
from tests.factories import Scene, open_scene

pytestmark = pytest.mark.both_databases
ON, OVER = (lambda: False), (lambda: True)
"""What a worker says between two parts: go on, or stop here."""


@pytest.fixture
def scene(session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Return an open cycle in which more are eligible than are nominated at once, two a part."""
    for name, value in {"AT_ONCE": 3, "A_PART": 2, "REST_SECONDS": 0}.items():
        monkeypatch.setattr(cases_nominate_all, name, value)
    scene = open_scene(session, now)
    session.commit()
    return scene


def ask(session: Session, scene: Scene, now: datetime) -> tuple[int, list[int]]:
    """Ask for everybody to be nominated; return the number of the run, and whom it is about."""
    found = find_nominations(session, scene.cycle_id, actor=scene.actor("hanna"), now=now)
    assert nominate_everybody(session, scene.cycle_id, actor=scene.actor("hanna"), now=now) is None
    number = session.scalars(sa.select(NominationRun.id)).one()
    session.commit()
    return number, [each.person_id for each in found.eligible]


def read_candidates(session: Session) -> list[int]:
    """Return whose cases are there, in the order in which they were opened."""
    found = list(session.scalars(sa.select(Case.candidate_id).order_by(Case.id)))
    session.rollback()
    return found


def look(session: Session, scene: Scene) -> tuple[str, int, int, bool]:
    """Return state, cases opened, cases in all, and whether the last run has ended."""
    run = find_last_run(session, scene.cycle_id)
    session.rollback()
    assert run is not None
    return run.state, run.opened, run.total, run.ended_at is not None


def test_a_few_are_nominated_at_once(
    session: Session, scene: Scene, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = find_nominations(session, scene.cycle_id, actor=scene.actor("hanna"), now=now)
    monkeypatch.setattr(cases_nominate_all, "AT_ONCE", len(found.eligible))
    opened = nominate_everybody(session, scene.cycle_id, actor=scene.actor("hanna"), now=now)
    assert opened == len(found.eligible) > 3
    assert find_last_run(session, scene.cycle_id) is None


def test_many_are_nominated_by_a_job(session: Session, engine: Engine, scene: Scene, now: datetime) -> None:
    number, people = ask(session, scene, now)
    assert (look(session, scene), read_candidates(session)) == (("waiting", 0, len(people), False), [])
    assert open_the_rest(engine, number, now=now, is_over=ON) is True
    assert find_last_run(session, scene.cycle_id) == RunShown("done", len(people), len(people), now, now, "Hanna Ruiz")
    assert read_candidates(session) == people
    kinds = ("cycle.nominate_all", "case.open")
    counted = sa.select(AuditEvent.kind, sa.func.count()).where(AuditEvent.kind.in_(kinds)).group_by(AuditEvent.kind)
    assert dict(session.execute(counted).all()) == {"cycle.nominate_all": 1, "case.open": len(people)}
    assert audit.find_break(session) is None


def test_what_was_broken_off_goes_on_and_judges_anew(
    session: Session, engine: Engine, scene: Scene, now: datetime
) -> None:
    number, people = ask(session, scene, now)
    assert open_the_rest(engine, number, now=now, is_over=OVER) is False
    assert (look(session, scene), read_candidates(session)) == (("running", 2, len(people), False), people[:2])
    somebody = next(key for key, number_of in scene.company.ids.items() if number_of == people[3])
    opt_out(session, scene.cycle_id, "A year at home first.", actor=scene.actor(somebody), now=now)
    session.commit()
    assert open_the_rest(engine, number, now=now, is_over=ON) is True
    assert read_candidates(session) == [each for each in people if each != people[3]]
    assert look(session, scene) == ("done", len(people) - 1, len(people) - 1, True)
    assert open_the_rest(engine, number, now=now, is_over=ON) is True  # once more, as after a lost note
    assert len(read_candidates(session)) == len(people) - 1


def test_who_says_not_now_between_two_parts_is_left_alone(
    session: Session, engine: Engine, scene: Scene, now: datetime
) -> None:
    number, people = ask(session, scene, now)
    somebody = next(key for key, number_of in scene.company.ids.items() if number_of == people[2])

    def say_not_now() -> bool:
        opt_out(session, scene.cycle_id, "Not this time.", actor=scene.actor(somebody), now=now)
        session.commit()
        return False

    assert open_the_rest(engine, number, now=now, is_over=say_not_now) is True
    assert read_candidates(session) == [each for each in people if each != people[2]]
    assert look(session, scene) == ("done", len(people) - 1, len(people), True)


@pytest.mark.parametrize("why", ["closed", "no partner", "left"])
def test_it_stops_where_nobody_may_go_on(
    session: Session, engine: Engine, scene: Scene, now: datetime, why: str
) -> None:
    number, people = ask(session, scene, now)
    assert open_the_rest(engine, number, now=now, is_over=OVER) is False
    hanna = scene.id("hanna")
    if why == "closed":
        session.get_one(Cycle, scene.cycle_id).state = "closed"
    elif why == "left":
        session.get_one(Person, hanna).is_active = False
    else:
        session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id == hanna, RoleGrant.role == "hr"))
    session.commit()
    assert open_the_rest(engine, number, now=now, is_over=ON) is True
    assert look(session, scene) == ("stopped", 2, len(people), True)
    assert read_candidates(session) == people[:2]


def test_while_one_is_under_way_no_second_one_is_begun(session: Session, scene: Scene, now: datetime) -> None:
    ask(session, scene, now)
    assert nominate_everybody(session, scene.cycle_id, actor=scene.actor("hugo"), now=now) is None
    assert session.scalar(sa.select(sa.func.count()).select_from(NominationRun)) == 1


def test_a_fault_of_ours_is_noted_and_the_next_one_opens_the_rest(
    session: Session, engine: Engine, scene: Scene, now: datetime
) -> None:
    number, people = ask(session, scene, now)
    open_the_rest(engine, number, now=now, is_over=OVER)
    note_failure(session, "ValueError", number, now=now)
    session.commit()
    assert look(session, scene) == ("failed", 2, len(people), True)
    assert open_the_rest(engine, number, now=now, is_over=ON) is True  # what has ended is not taken up again
    assert (look(session, scene), read_candidates(session)) == (("failed", 2, len(people), True), people[:2])
    assert nominate_everybody(session, scene.cycle_id, actor=scene.actor("hanna"), now=now) is None
    session.commit()
    assert open_the_rest(engine, number + 1, now=now, is_over=ON) is True
    assert read_candidates(session) == people
    assert look(session, scene) == ("done", len(people) - 2, len(people) - 2, True)


def test_only_hr_and_only_while_the_cycle_is_open(session: Session, scene: Scene, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        nominate_everybody(session, scene.cycle_id, actor=scene.actor("greta"), now=now)
    session.get_one(Cycle, scene.cycle_id).state = "closed"
    with pytest.raises(TransitionRefused):
        nominate_everybody(session, scene.cycle_id, actor=scene.actor("hanna"), now=now)
