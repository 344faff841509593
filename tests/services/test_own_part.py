"""HR partners with a part in a case, or close to it: no list tells them of it, as its own page does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM, Actor, Role
from review.domain.errors import NotFound
from review.models import Case, Conflict, Cycle, Employment, Person
from review.queries.chasing import ChaseFilter, load_board
from review.queries.cycles import list_cases
from review.queries.open_work import find_open_work
from review.queries.own_cases import list_own_cases
from review.queries.releases import list_rows
from review.queries.standing import load_standing
from review.services.feedback import Proposal, propose_givers
from review.services.people import deactivate
from review.services.transitions import fire
from tests.factories import Scene, open_case_of

pytestmark = pytest.mark.both_databases
TARGET = "staff-pm"
Close = Callable[[Session, Scene, Case, datetime], None]


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    """Return a case in which somebody is asked; its state is what the lists of letters want, its manager has left."""
    case = open_case_of(session, scene, "iris", TARGET, now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    propose_givers(session, case.id, Proposal((scene.id("erin"),)), actor=scene.actor("hanna"), now=now)
    session.execute(sa.update(Case).values(phase="decided"))
    deactivate(session, scene.id("greta"), actor=scene.actor("ines"), now=now)
    session.commit()
    return case


def lists(session: Session, scene: Scene, actor: Actor, now: datetime) -> dict[str, int]:
    """Return how many things of Iris's case each list has for somebody."""
    cycle_id, board = scene.cycle_id, ChaseFilter()
    found = {
        "cases": [row.candidate for row in list_cases(session, cycle_id, actor)],
        "requests": [row.candidate for row in load_board(session, cycle_id, actor, board, now=now).rows],
        "letters": [row.candidate for row in list_rows(session, cycle_id, actor)],
        "leavers": ["Iris Vance" for row in find_open_work(session, actor) if row.where == "2026A-001"],
        "turns": [each.candidate for each in list_own_cases(session, actor) if "hr" in each.roles],
    }
    return {name: names.count("Iris Vance") for name, names in found.items()}


def be_rival(session: Session, scene: Scene, _case: Case, now: datetime) -> None:
    cycle = session.get_one(Cycle, scene.cycle_id)
    cycle.policy = {**cycle.policy, "seat_limited_levels": ["vp-product", TARGET]}
    hugo = session.get_one(Person, scene.id("hugo"))
    hugo.level_id, hugo.level_since_on = "senior-pm", date(2023, 1, 1)
    open_case_of(session, scene, "hugo", TARGET, now)


def take_over(session: Session, scene: Scene, case: Case, _now: datetime) -> None:
    case.manager_id = scene.id("hugo")


def have_managed_until_it_began(session: Session, scene: Scene, case: Case, _now: datetime) -> None:
    began = case.created_at.date()
    session.add(
        Employment(person_id=case.candidate_id, manager_id=scene.id("hugo"), from_on=date(2019, 1, 1), until_on=began)
    )


def declare(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    me = scene.id("hugo")
    session.add(Conflict(case_id=case.id, person_id=me, kind="close_personal", declared_by_id=me, declared_at=now))


@pytest.mark.parametrize("come_close", [be_rival, take_over, have_managed_until_it_began, declare])
def test_no_list_has_a_case_that_one_has_a_part_in(
    session: Session, scene: Scene, case: Case, now: datetime, come_close: Close
) -> None:
    hugo = scene.actor("hugo")
    assert lists(session, scene, hugo, now) == {"cases": 1, "requests": 1, "letters": 1, "leavers": 1, "turns": 1}
    come_close(session, scene, case, now)
    session.commit()
    assert lists(session, scene, hugo, now) == {"cases": 0, "requests": 0, "letters": 0, "leavers": 0, "turns": 0}
    held = int(case.manager_id == scene.id("greta"))  # who has left holds what nobody has taken over
    others = lists(session, scene, scene.actor("hanna"), now)
    assert others == {"cases": 1, "requests": 1, "letters": 1, "leavers": held, "turns": 1}


def runs(session: Session, case: Case, actor: Actor, now: datetime) -> tuple[bool, bool]:
    """Tell whether somebody does HR's work in a case by their list, and by its page."""
    listed = [each.id for each in list_own_cases(session, actor) if "hr" in each.roles]
    try:
        return case.id in listed, "hr" in load_standing(session, case.id, actor, now=now).roles
    except NotFound:
        return case.id in listed, False


@pytest.mark.parametrize("come_close", [be_rival, take_over, have_managed_until_it_began, declare])
def test_nobody_lends_hr_work_of_a_case_that_they_have_a_part_in(
    session: Session, scene: Scene, case: Case, now: datetime, come_close: Close
) -> None:
    lent = frozenset({Role.HR})
    of_one = Actor(scene.id("otto"), "Otto Nagy", delegators={scene.id("hugo"): lent})
    of_both = Actor(scene.id("otto"), "Otto Nagy", delegators={scene.id("hugo"): lent, scene.id("hanna"): lent})
    assert runs(session, case, of_one, now) == (True, True)
    come_close(session, scene, case, now)
    session.commit()
    assert runs(session, case, of_one, now) == (False, False)
    assert runs(session, case, of_both, now) == (True, True)


def test_who_has_withdrawn_is_no_rival_any_more(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    be_rival(session, scene, case, now)
    session.execute(sa.update(Case).where(Case.id != case.id).values(outcome="withdrawn"))
    session.commit()
    assert load_standing(session, case.id, scene.actor("hugo"), now=now).case.code == "2026A-001"
    assert lists(session, scene, scene.actor("hugo"), now)["cases"] == 1


def test_where_every_level_has_seats_enough_nobody_is_a_rival(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    be_rival(session, scene, case, now)
    cycle = session.get_one(Cycle, scene.cycle_id)
    cycle.policy = {**cycle.policy, "seat_limited_levels": ["vp-product", "senior-staff-pm"]}
    session.commit()
    assert lists(session, scene, scene.actor("hugo"), now)["cases"] == 1
    assert load_standing(session, case.id, SYSTEM, now=now).conflicts.keys() & {scene.id("hugo")} == set()


def test_a_rivals_page_is_none(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    be_rival(session, scene, case, now)
    session.commit()
    with pytest.raises(NotFound):
        load_standing(session, case.id, scene.actor("hugo"), now=now)
