"""Cycles: what a plan must hold, what is needed before one is opened, a date that moves, everybody nominated."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.config import Settings
from review.domain.errors import Invalid, NotAllowed, NotFound, TransitionRefused
from review.models import AuditEvent, CaseToken, Cycle, CycleDate, OptOut, Person
from review.queries.checklist import list_needed
from review.queries.cycle_changes import count_moved, find_nominations
from review.queries.cycles import list_cases, list_cycles, load_cycle
from review.services.cases import nominate_all_eligible
from review.services.cycles import CyclePlan, create_cycle, move_date, open_cycle
from review.services.cycles_in_draft import edit_cycle
from review.services.transitions import fire
from tests.factories import DATES, Scene, next_plan, open_case_of
from tests.rivals import let_second_come_late


@pytest.fixture
def plan(session: Session, scene: Scene) -> CyclePlan:
    return next_plan(session, scene)


def faults(session: Session, scene: Scene, plan: CyclePlan, now: datetime) -> list[tuple[str | None, str]]:
    with pytest.raises(Invalid) as refused:
        create_cycle(session, plan, actor=scene.actor("hanna"), now=now)
    return [(fault.field, str(fault.what)) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"code": " "}, [("code", "This is missing")]),
        ({"name": ""}, [("name", "This is missing")]),
        ({"code": "2026A"}, [("code", "A cycle with this code exists")]),
        ({"zone": "Mars/Olympus"}, [("zone", "No such time zone")]),
        ({"zone": ""}, [("zone", "No such time zone")]),
        ({"country": "ZZ"}, [("country", "The holidays of this country are not known")]),
        ({"required_functions": ("Design", "Magic")}, [("functions", "Nobody works in: ['Magic']")]),
        ({"workflows": {}}, [("workflows", "No track has a workflow")]),
        ({"workflows": {"ic": 99}}, [("workflow-ic", "This workflow version is not published")]),
        (
            {"dates": {**DATES, "packet_deadline": date(2026, 11, 1)}},
            [("packet_deadline", "“Self-review until” lies before “Nominations until”")],
        ),
        (
            {"dates": {name: day for name, day in DATES.items() if name != "effective_date"}},
            [("effective_date", "This date is missing")],
        ),
    ],
)
def test_each_fault_of_a_plan_names_its_field(
    session: Session, scene: Scene, plan: CyclePlan, now: datetime, change: dict[str, object], expected: object
) -> None:
    assert faults(session, scene, replace(plan, **change), now) == expected  # type: ignore[arg-type]


def test_all_faults_come_at_once_and_only_hr_sets_up(
    session: Session, scene: Scene, plan: CyclePlan, now: datetime
) -> None:
    broken = replace(plan, name="", zone="x", country="ZZ")
    assert [field for field, _ in faults(session, scene, broken, now)] == ["name", "zone", "country"]
    with pytest.raises(NotAllowed):
        create_cycle(session, plan, actor=scene.actor("greta"), now=now)


def test_a_draft_is_known_to_hr_alone(session: Session, scene: Scene, plan: CyclePlan, now: datetime) -> None:
    draft = create_cycle(session, plan, actor=scene.actor("hanna"), now=now)
    assert [row.code for row in list_cycles(session, scene.actor("hanna"))] == ["2027A", "2026A"]
    assert [row.code for row in list_cycles(session, scene.actor("iris"))] == ["2026A"]
    with pytest.raises(NotFound):
        load_cycle(session, draft.id, scene.actor("iris"))


def test_what_is_missing_before_it_is_opened(session: Session, scene: Scene, plan: CyclePlan, now: datetime) -> None:
    hanna = scene.actor("hanna")
    draft = create_cycle(session, replace(plan, workflows={"ic": plan.workflows["ic"]}), actor=hanna, now=now)
    assert [(each.is_met, each.is_blocking, str(each.words)) for each in list_needed(session, draft, now=now)] == [
        (True, True, "The track Individual contributor has a workflow"),
        (False, True, "The track People has no workflow"),
        (True, True, "The dates follow each other and lie ahead"),
        (True, True, "Rules and workflows count votes alike: quorum 3"),
        (True, True, "Of 3 functions, 2 at least are heard"),
        (True, True, "HR partner who runs the cycle: 2 people"),
        (True, True, "Appeals panel: 2 people"),
        (False, False, "There is no committee yet; it is needed before a packet is sealed"),
    ]
    with pytest.raises(TransitionRefused) as refused:
        open_cycle(session, draft.id, actor=hanna, now=now)
    assert [str(reason) for reason in refused.value.reasons] == ["The track People has no workflow"]
    whole = create_cycle(session, replace(plan, code="2027B"), actor=hanna, now=now)
    assert open_cycle(session, whole.id, actor=hanna, now=now).state == "open"
    with pytest.raises(TransitionRefused):
        open_cycle(session, whole.id, actor=hanna, now=now)


def test_committees_say_whether_they_reach_the_quorum(session: Session, scene: Scene, now: datetime) -> None:
    cycle = session.get_one(Cycle, scene.cycle_id)
    assert [str(each.words) for each in list_needed(session, cycle, now=now)][-1:] == [
        "Committee A has 5 members; the quorum is 3"
    ]


def test_a_date_keeps_its_order(session: Session, scene: Scene, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        move_date(session, scene.cycle_id, "packet_deadline", date(2027, 5, 1), actor=scene.actor("hanna"), now=now)
    assert [(fault.field, str(fault.what)) for fault in refused.value.faults] == [
        ("day", "“Feedback until” lies before “Self-review until”")
    ]
    with pytest.raises(NotFound):
        move_date(session, scene.cycle_id, "party", date(2027, 5, 1), actor=scene.actor("hanna"), now=now)


@pytest.mark.parametrize("name", [name for name in DATES if name != "effective_date"])
def test_the_dry_run_of_a_move_tells_what_the_move_does(
    session: Session, scene: Scene, now: datetime, name: str
) -> None:
    hanna = scene.actor("hanna")
    open_case_of(session, scene, "ben", "senior-pm", now)
    for key, level in (("iris", "staff-pm"), ("mats", "director-pm")):
        fire(session, open_case_of(session, scene, key, level, now).id, "confirm_eligible", actor=hanna, now=now)
    day = DATES[name] + timedelta(days=1)
    session.get_one(Person, scene.id("hugo")).manager_id = scene.id("iris")  # her case is in no number that Hugo reads
    hugo = count_moved(session, scene.cycle_id, name, day, actor=scene.actor("hugo"), now=now)
    told = count_moved(session, scene.cycle_id, name, day, actor=hanna, now=now)
    before = session.scalars(sa.select(CaseToken.due_at).order_by(CaseToken.id)).all()
    assert move_date(session, scene.cycle_id, name, day, actor=hanna, now=now) == told
    after = session.scalars(sa.select(CaseToken.due_at).order_by(CaseToken.id)).all()
    assert (before != after) == bool(told)
    assert session.scalar(sa.select(CycleDate.on_day).where(CycleDate.name == name)) == day
    expected = {"nomination_deadline": (1, 1), "packet_deadline": (2, 1), "feedback_deadline": (2, 1)}
    assert (told, hugo) == expected.get(name, (0, 0))
    later = day + timedelta(days=1)
    assert move_date(session, scene.cycle_id, name, later, actor=scene.actor("hugo"), now=now) == hugo


def test_the_dry_run_of_nominating_all_names_who_is_nominated(session: Session, scene: Scene, now: datetime) -> None:
    session.add(OptOut(cycle_id=scene.cycle_id, person_id=scene.id("ravi"), reason="A year at home.", at=now))
    session.get_one(Person, scene.id("finn")).level_since_on = now.date()
    open_case_of(session, scene, "iris", "staff-pm", now)
    found = find_nominations(session, scene.cycle_id, actor=scene.actor("hanna"), now=now)
    moves = [(each.name, each.from_level_id, each.to_level_id) for each in found.eligible]
    assert moves == [
        ("Ben Ito", "pm-2", "senior-pm"),
        ("Cora Diaz", "pm-2", "senior-pm"),
        ("Dario Amato", "director-pm", "vp-product"),
        ("Greta Holm", "group-pm", "director-pm"),
        ("Mats Oduya", "group-pm", "director-pm"),
        ("Pavel Novak", "staff-pm", "principal-pm"),
        ("Vera Lind", "vp-product", "cpo"),
    ]
    opened = nominate_all_eligible(session, scene.cycle_id, actor=scene.actor("hanna"), now=now)
    assert [(case.candidate_id, case.to_level_id) for case in opened] == [
        (each.person_id, each.to_level_id) for each in found.eligible
    ]
    assert find_nominations(session, scene.cycle_id, actor=scene.actor("hanna"), now=now).eligible == ()
    assert session.scalar(sa.select(sa.func.count()).where(AuditEvent.kind == "case.open")) == 8


@pytest.mark.both_databases
def test_hr_does_not_list_the_cases_they_are_close_to(session: Session, scene: Scene, now: datetime) -> None:
    open_case_of(session, scene, "iris", "staff-pm", now)
    open_case_of(session, scene, "pavel", "principal-pm", now)
    session.get_one(Person, scene.id("hugo")).manager_id = scene.id("iris")
    session.get_one(Person, scene.id("mats")).manager_id = scene.id("hugo")
    listed = {
        key: [row.candidate for row in list_cases(session, scene.cycle_id, scene.actor(key))]
        for key in ("hanna", "hugo", "greta", "iris")
    }
    assert listed == {"hanna": ["Iris Vance", "Pavel Novak"], "hugo": [], "greta": [], "iris": []}


@pytest.mark.both_databases
@pytest.mark.parametrize("is_new", [True, False])
def test_of_two_who_take_a_code_at_once_the_second_is_told_at_its_field(
    session: Session, scene: Scene, plan: CyclePlan, settings: Settings, now: datetime, is_new: bool
) -> None:
    hanna, other = scene.actor("hanna"), replace(plan, code="2028A")
    draft = create_cycle(session, other, actor=hanna, now=now)
    number, version = draft.id, draft.version
    session.commit()
    create_cycle(session, plan, actor=hanna, now=now)

    def take(own: Session) -> None:
        if is_new:
            create_cycle(own, plan, actor=hanna, now=now)
        else:
            edit_cycle(own, number, plan, version=version, actor=hanna, now=now)

    marker = "INSERT INTO cycle" if is_new else "UPDATE cycle SET"
    told = let_second_come_late(session, settings, take, marker)
    assert told == "code: A cycle with this code exists (expected: another code)"
    codes = sorted(session.scalars(sa.select(Cycle.code).where(Cycle.code.in_(["2027A", "2028A"]))))
    assert codes == ["2027A", "2028A"]


@pytest.mark.both_databases
def test_of_two_presses_of_one_form_at_once_the_second_is_given_what_the_first_made(
    session: Session, scene: Scene, plan: CyclePlan, settings: Settings, now: datetime
) -> None:
    hanna, given = scene.actor("hanna"), []
    made = create_cycle(session, plan, actor=hanna, now=now, request_key="of one form")

    def press_again(own: Session) -> None:
        given.append(create_cycle(own, plan, actor=hanna, now=now, request_key="of one form").id)

    told = let_second_come_late(session, settings, press_again, "INSERT INTO")
    assert (told, given) == ("done", [made.id])


@pytest.mark.both_databases
def test_the_newest_cycle_comes_first_and_before_it_one_without_a_day(session: Session, scene: Scene) -> None:
    ladder_id = session.get_one(Cycle, scene.cycle_id).ladder_version_id
    dated, undated = (
        Cycle(code=code, name=code, ladder_version_id=ladder_id, required_functions=[], policy={}) for code in "DU"
    )
    session.add_all([undated, dated])
    session.flush()
    session.add(CycleDate(cycle_id=dated.id, name="effective_date", on_day=date(2025, 2, 1)))
    session.flush()
    assert [row.name for row in list_cycles(session, scene.actor("hanna"))] == ["U", "Autumn 2026", "D"]
