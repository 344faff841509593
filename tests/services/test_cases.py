"""Nominations: whose, for what, and in words why not."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from review.domain.errors import Invalid, NotAllowed, TransitionRefused
from review.models import AuditEvent, Case, Cycle, OptOut, Person
from review.queries.cycles import load_cycle
from review.queries.standing import load_standing
from review.services.cases import Nomination, nominate, nominate_all_eligible, opt_in, opt_out
from review.services.cycles import close_cycle, create_cycle
from tests.factories import next_plan, open_case_of


def faults_of(refused):
    return [(fault.field, str(fault.what)) for fault in refused.value.faults]


@pytest.mark.parametrize(("by", "how"), [("iris", "own"), ("greta", "manager"), ("hanna", "manager")])
def test_oneself_the_manager_and_hr_nominate(session, scene, now, by, how):
    case = nominate(
        session,
        scene.cycle_id,
        Nomination(scene.id("iris"), "promotion", "staff-pm", "Two products in a row."),
        actor=scene.actor(by),
        now=now,
    )
    assert (case.code, case.kind, case.track_id, case.from_level_id, case.to_level_id) == (
        "2026A-001",
        "promotion",
        "ic",
        "senior-pm",
        "staff-pm",
    )
    assert (case.nomination, case.nominated_by_id, case.manager_id) == (how, scene.id(by), scene.id("greta"))
    assert (case.state, case.phase) == ("nominated", "draft")


@pytest.mark.parametrize("by", ["otto", "mats", "dario", "ben"])
def test_nobody_else_nominates(session, scene, now, by):
    with pytest.raises(NotAllowed):
        nominate(
            session,
            scene.cycle_id,
            Nomination(scene.id("iris"), "promotion", "staff-pm"),
            actor=scene.actor(by),
            now=now,
        )


@pytest.mark.parametrize(
    ("who", "kind", "level", "fault"),
    [
        ("iris", "promotion", "principal-pm", "The ladder has no such move from Senior PM to Principal PM"),
        ("iris", "promotion", "no-such", "The ladder has no level no-such"),
        ("erin", "promotion", "pm-2", "This person has no level on this ladder"),
        ("iris", "entry", "pm-1", "This person is on the ladder already; an entry is for another discipline"),
        ("xenia", "entry", "pm-1", "This person has left the company"),
        ("erin", "entry", "staff-pm", "Nobody enters the ladder at Staff PM"),
    ],
)
def test_what_the_ladder_rules_out_is_refused_with_the_reason(session, scene, now, who, kind, level, fault):
    with pytest.raises(Invalid) as refused:
        nominate(session, scene.cycle_id, Nomination(scene.id(who), kind, level), actor=scene.actor("hanna"), now=now)
    assert ("to_level", fault) in faults_of(refused)


def test_a_second_case_in_the_cycle_is_refused(session, scene, now):
    open_case_of(session, scene, "iris", "staff-pm", now)
    with pytest.raises(Invalid) as refused:
        nominate(
            session,
            scene.cycle_id,
            Nomination(scene.id("iris"), "promotion", "staff-pm"),
            actor=scene.actor("iris"),
            now=now,
        )
    assert faults_of(refused) == [("to_level", "This person already has a case in this cycle")]


def test_a_change_of_track_follows_the_other_tracks_workflow(session, scene, now):
    case = open_case_of(session, scene, "pavel", "group-pm", now, kind="track_change")
    standing = load_standing(session, case.id, scene.actor("hanna"), now=now)
    assert (case.track_id, standing.definition.key, standing.facts.obstacles) == ("people", "management", ())


def test_an_entry_asks_for_every_answer_of_the_role_fit_sheet(session, scene, now):
    with pytest.raises(Invalid) as refused:
        nominate(
            session, scene.cycle_id, Nomination(scene.id("otto"), "entry", "pm-1"), actor=scene.actor("otto"), now=now
        )
    missing = [field.removeprefix("fit-") for field, _ in faults_of(refused)]
    answers = dict.fromkeys(missing, "I have done this for two years.")
    case = nominate(
        session,
        scene.cycle_id,
        Nomination(scene.id("otto"), "entry", "pm-1", role_fit=answers),
        actor=scene.actor("otto"),
        now=now,
    )
    assert len(missing) > 2
    assert (case.from_level_id, case.role_fit) == (None, answers)


def test_too_few_months_are_a_reason_that_hr_sees(session, scene, now):
    iris = session.get_one(Person, scene.id("iris"))
    iris.level_since_on = date(2026, 6, 1)
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    standing = load_standing(session, case.id, scene.actor("hanna"), now=now)
    option = standing.options()[0]
    assert (option.id, option.is_allowed) == ("confirm_eligible", False)
    assert (standing.option("confirm_eligible"), standing.option("nominate")) == (option, None)
    assert [standing.option(each.id) for each in standing.options()] == [*standing.options()]
    assert str(option.reasons[0].text).startswith("5 months as Senior PM; the ladder asks for ")


@pytest.mark.parametrize(("key", "outcome"), [("ben", "not_yet"), ("ben", "deferred"), ("cora", "not_yet")])
def test_a_not_yet_of_ones_own_makes_the_next_case_wait(session, scene, now, key, outcome):
    case = open_case_of(session, scene, "ben", "senior-pm", now)

    def obstacles() -> list[str]:
        return [str(each) for each in load_standing(session, case.id, scene.actor("hanna"), now=now).facts.obstacles]

    assert obstacles() == []
    cycle = session.get_one(Cycle, scene.cycle_id)
    like = {each.key: getattr(cycle, each.key) for each in sa.inspect(Cycle).columns}
    earlier = Cycle(**{**like, "id": None, "code": "2026S", "name": "Autumn before"})
    session.add(earlier)
    session.flush()
    of_case = {each.key: getattr(case, each.key) for each in sa.inspect(Case).columns}
    own = {"id": None, "code": "E-1", "cycle_id": earlier.id, "candidate_id": scene.id(key), "outcome": outcome}
    session.add(Case(**{**of_case, **own, "closed_at": now - timedelta(days=40)}))
    session.commit()
    expected = ["The last case ended 1 month ago; the cycle asks for 4"] if (key, outcome) == ("ben", "not_yet") else []
    assert obstacles() == expected


def test_everybody_eligible_is_nominated_unless_they_opted_out(session, scene, now):
    opt_out(session, scene.cycle_id, "A year at home first.", actor=scene.actor("ravi"), now=now)
    open_case_of(session, scene, "iris", "staff-pm", now)
    opened = nominate_all_eligible(session, scene.cycle_id, actor=scene.actor("hanna"), now=now)
    names = {session.get_one(Person, case.candidate_id).external_id for case in opened}
    assert "ravi" not in names
    assert "iris" not in names
    assert {"ben", "cora", "finn"} <= names
    assert {case.nomination for case in opened} == {"opt_out"}


def test_nobody_opts_out_of_a_cycle_that_is_not_open_yet(session, scene, now):
    draft = create_cycle(session, next_plan(session, scene), actor=scene.actor("hanna"), now=now)
    with pytest.raises(TransitionRefused) as refused:
        opt_out(session, draft.id, "A year at home first.", actor=scene.actor("ravi"), now=now)
    assert str(refused.value) == "This cycle is not open yet: nobody is nominated in it before it is"
    assert session.scalars(sa.select(OptOut)).all() == []


def test_only_a_not_now_that_is_there_is_taken_back(session, scene, now):
    ravi = scene.actor("ravi")

    def kinds():
        told = sa.select(AuditEvent.kind).where(AuditEvent.kind.in_(["cycle.opt_out", "cycle.opt_in"]))
        return session.scalars(told.order_by(AuditEvent.seq)).all()

    opt_in(session, scene.cycle_id, actor=ravi, now=now)
    assert kinds() == []
    opt_out(session, scene.cycle_id, "A year at home first.", actor=ravi, now=now)
    for _ in range(2):
        opt_in(session, scene.cycle_id, actor=ravi, now=now)
    assert (kinds(), session.scalars(sa.select(OptOut)).all()) == (["cycle.opt_out", "cycle.opt_in"], [])


def test_the_reason_of_an_opt_out_is_for_the_managers_manager(session, scene, now):
    opt_out(session, scene.cycle_id, "A year at home first.", actor=scene.actor("iris"), now=now)
    readers = {
        key: [row.reason for row in load_cycle(session, scene.cycle_id, scene.actor(key)).opt_outs]
        for key in ("iris", "greta", "dario", "vera", "hanna", "otto")
    }
    assert readers == {
        "iris": ["A year at home first."],
        "greta": [],
        "dario": ["A year at home first."],
        "vera": [],
        "hanna": [],
        "otto": [],
    }
    opt_in(session, scene.cycle_id, actor=scene.actor("iris"), now=now)
    assert session.scalars(sa.select(OptOut)).all() == []


def test_a_cycle_closes_once_every_case_has_ended(session, scene, now):
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    with pytest.raises(TransitionRefused) as refused:
        close_cycle(session, scene.cycle_id, actor=scene.actor("hanna"), now=now)
    assert [str(reason) for reason in refused.value.reasons] == ["1 case is still running"]
    session.execute(sa.update(Case).where(Case.id == case.id).values(closed_at=now))
    assert close_cycle(session, scene.cycle_id, actor=scene.actor("hanna"), now=now).state == "closed"


def test_what_keeps_a_cycle_open_is_counted_as_its_reader_finds_it(session, scene, now):
    """Hugo reports to Iris: her case is in none of his lists, and in no number beside them."""
    session.get_one(Person, scene.id("hugo")).manager_id = scene.id("iris")
    cases = {
        key: open_case_of(session, scene, key, level, now)
        for key, level in (("iris", "staff-pm"), ("ben", "senior-pm"))
    }
    told = []
    for ended in (None, "ben"):
        if ended:
            cases[ended].closed_at = now
        for key in ("hanna", "hugo"):
            with pytest.raises(TransitionRefused) as refused:
                close_cycle(session, scene.cycle_id, actor=scene.actor(key), now=now)
            told.extend(str(reason) for reason in refused.value.reasons)
    assert told == [
        "2 cases are still running",
        "1 case is still running",
        "1 case is still running",
        "Not every case has ended; another HR partner sees which",
    ]
