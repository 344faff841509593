"""The checklist of a draft, line by line: what is met, what is missing, on which step, and what keeps it shut."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM
from review.models import Cycle, Message, Person, RoleGrant
from review.queries.checklist_people import MAIL_TEST, list_checks
from review.services.committees import create_committee, set_member
from review.services.cycles import CyclePlan, create_cycle
from review.services.cycles_tried import send_mail_test
from tests.conftest import Statements
from tests.factories import DATES, Scene, next_plan

LINES = [
    "ok basics The track Individual contributor has a workflow",
    "ok basics The track People has a workflow",
    "ok calendar The dates follow each other and lie ahead",
    "ok committees Rules and workflows count votes alike: quorum 3",
    "ok feedback Of 3 functions, 2 at least are heard",
    "ok roles HR partner who runs the cycle: 2 people",
    "ok roles Appeals panel: 2 people",
    "ok roles Executive who signs off: 1 person",
    "look committees There is no committee yet; it is needed before a packet is sealed",
    "ok calendar Every date is a working day",
    "ok eligibility 10 people may be nominated",
    "ok people Everybody who may be nominated has a manager",
    "ok ladder The ladder says what each target level asks",
    "ok roles Two HR partners are there to release the letters",
    "look letters No test mail was sent",
    "look rehearsal The cycle has not been rehearsed",
]


@pytest.fixture
def plan(session: Session, scene: Scene) -> CyclePlan:
    return next_plan(session, scene)


def told(session: Session, cycle: Cycle, now: datetime) -> list[str]:
    session.flush()
    session.expire_all()
    return [
        f"{'ok' if line.is_met else 'SHUT' if line.is_blocking else 'look'} {line.step} {line.words}"
        for line in list_checks(session, cycle, actor=SYSTEM, now=now)
    ]


def make(session: Session, scene: Scene, plan: CyclePlan, now: datetime) -> Cycle:
    return create_cycle(session, plan, actor=scene.actor("hanna"), now=now)


def test_every_line_of_a_sound_draft(session: Session, scene: Scene, plan: CyclePlan, now: datetime) -> None:
    assert told(session, make(session, scene, plan, now), now) == LINES


def test_committees_quorum_and_conflicts(session: Session, scene: Scene, plan: CyclePlan, now: datetime) -> None:
    """Vera is above every candidate but herself; with her two more are one too few."""
    hanna, cycle = scene.actor("hanna"), make(session, scene, plan, now)
    committee = create_committee(session, cycle.id, "Small", actor=hanna, now=now)
    for key, role in (("vera", "member"), ("clara", "chair")):
        set_member(session, committee.id, scene.id(key), role, actor=hanna, now=now)
    lines = told(session, cycle, now)
    assert "SHUT committees Small has 2 members; the quorum is 3" in lines
    set_member(session, committee.id, scene.id("omar"), "member", actor=hanna, now=now)
    lines = [line.partition(" ")[2] for line in told(session, cycle, now) if " committees " in line]
    stuck = "10 people: Ben Ito, Cora Diaz, Dario Amato and 7 more"
    assert lines == [
        "committees Rules and workflows count votes alike: quorum 3",
        "committees Small has 3 members; the quorum is 3",
        "committees 10 of those who may be nominated have a conflict with somebody on a committee",
        f"committees No committee has a chair and a quorum without a conflict for {stuck}",
    ]
    for key in ("mika", "aya"):
        set_member(session, committee.id, scene.id(key), "member", actor=hanna, now=now)
    assert "ok committees For everybody there is a committee with a quorum" in told(session, cycle, now)


def test_days_off_and_days_that_are_over(session: Session, scene: Scene, plan: CyclePlan, now: datetime) -> None:
    over = {**DATES, "nomination_deadline": date(2026, 11, 13), "calibration_date": date(2027, 1, 1)}
    lines = told(session, make(session, scene, replace(plan, dates=over), now), now)
    assert [line for line in lines if " calendar " in line] == [
        "SHUT calendar “Nominations until” is over: 2026-11-13",
        "look calendar “Committees meet” is on a day off: 2027-01-01",
    ]


def test_people_and_roles_that_are_missing(session: Session, scene: Scene, plan: CyclePlan, now: datetime) -> None:
    cycle = make(session, scene, plan, now)
    session.execute(sa.delete(RoleGrant).where(RoleGrant.role.in_(("executive", "appeals"))))
    session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id == scene.id("hugo")))
    session.get_one(Person, scene.id("ben")).manager_id = None
    missing = [line for line in told(session, cycle, now) if not line.startswith("ok")]
    assert missing == [
        "SHUT roles Nobody is: Appeals panel",
        "SHUT roles Nobody is: Executive who signs off",
        "look committees There is no committee yet; it is needed before a packet is sealed",
        "look people 1 of them has no manager, who would rate: Ben Ito",
        "look roles Letters are released by two HR partners; there is only one",
        "look letters No test mail was sent",
        "look rehearsal The cycle has not been rehearsed",
    ]


def test_nobody_may_be_nominated(session: Session, scene: Scene, plan: CyclePlan, now: datetime) -> None:
    session.execute(sa.update(Person).values(level_id=None))
    lines = told(session, make(session, scene, plan, now), now)
    assert [line for line in lines if " eligibility " in line or " ladder " in line] == [
        "look eligibility Nobody may be nominated"
    ]


@pytest.mark.both_databases
def test_as_many_statements_for_more_people(
    session: Session, scene: Scene, plan: CyclePlan, now: datetime, statements: Statements
) -> None:
    cycle = make(session, scene, plan, now)
    counts = []
    for place in range(2):
        session.add_all(
            Person(
                external_id=f"x{place}-{number}",
                name=f"One more {number}",
                level_id="pm-2",
                level_since_on=date(2020, 1, 1),
                manager_id=scene.id("greta"),
            )
            for number in range(30 * place)
        )
        session.flush()
        session.expire_all()
        cycle = session.get_one(Cycle, cycle.id)
        with statements() as seen:
            list_checks(session, cycle, actor=SYSTEM, now=now)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_the_day_of_the_test_mail_is_that_of_the_cycle(
    session: Session, scene: Scene, plan: CyclePlan, now: datetime
) -> None:
    cycle = create_cycle(session, plan, actor=scene.actor("hanna"), now=now)
    send_mail_test(session, cycle.id, actor=scene.actor("hanna"), now=now)
    late = datetime(2026, 11, 16, 23, 30, tzinfo=UTC)  # half past midnight in Berlin
    session.execute(sa.update(Message).where(Message.template == MAIL_TEST).values(sent_at=late))
    assert [line for line in told(session, cycle, now) if "mail" in line] == [
        "ok letters A test mail was sent on 2026-11-17"
    ]
