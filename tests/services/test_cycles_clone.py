"""A cycle like an earlier one: all is copied, its days count from the new opening, and what stays behind is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.date_rules import propose
from review.domain.eligibility_rules import Rules, Ruling
from review.domain.errors import Invalid, NotAllowed, TransitionRefused
from review.models import Committee, CommitteeMember, Cycle, EligibilityRuling, OptOut, Person
from review.queries.cycles import load_dates
from review.queries.eligibility import judge_people
from review.services.cycles import create_cycle
from review.services.cycles_clone import clone_cycle
from review.services.cycles_eligibility import rule_on, take_back_ruling
from review.services.cycles_in_draft import edit_cycle, read_plan
from tests.factories import Scene, next_plan, shipped_policy


def test_all_is_copied_and_the_rest_is_told(session: Session, scene: Scene, now: datetime) -> None:
    hanna = scene.actor("hanna")
    rule_on(session, scene.cycle_id, scene.id("ben"), Ruling.OUT, "On leave.", actor=hanna, now=now)
    session.add(OptOut(cycle_id=scene.cycle_id, person_id=scene.id("iris"), reason="Not now.", at=now))
    session.get_one(Person, scene.id("aya")).is_active = False
    session.execute(sa.update(Person).where(Person.function == "Data").values(function="Analytics"))
    session.flush()
    cycle, left = clone_cycle(
        session, scene.cycle_id, code="2027A", name="Next", opening=date(2027, 3, 1), actor=hanna, now=now
    )
    old, new = read_plan(session, scene.cycle_id), read_plan(session, cycle.id)
    assert (new.ladder_version_id, new.workflows, new.zone, new.country, new.policy) == (
        old.ladder_version_id,
        old.workflows,
        old.zone,
        old.country,
        old.policy,
    )
    assert new.required_functions == ("Engineering", "Design")
    opened = date(2026, 11, 16)
    moved = {name: date(2027, 3, 1) + (day - opened) for name, day in load_dates(session, scene.cycle_id).items()}
    assert load_dates(session, cycle.id) == moved
    members = session.execute(
        sa.select(Person.name, CommitteeMember.role)
        .join(Person, Person.id == CommitteeMember.person_id)
        .join(Committee, Committee.id == CommitteeMember.committee_id)
        .where(Committee.cycle_id == cycle.id)
        .order_by(CommitteeMember.id)
    ).all()
    assert members == [
        ("Clara Boateng", "chair"),
        ("Omar Haddad", "deputy"),
        ("Mika Saar", "member"),
        ("Jonas Weber", "member"),
    ]
    assert [str(words) for words in left] == [
        "Nobody works in it any more, so it is not asked for: Data",
        "Aya Sato has left and is not on Committee A",
        "1 person was let in or left out by hand; that was for the last cycle",
        "1 person said “not now”; they are asked anew",
    ]


def test_rules_stay_rules_and_count_from_the_new_opening(session: Session, scene: Scene, now: datetime) -> None:
    hanna, plan = scene.actor("hanna"), next_plan(session, scene)
    first = replace(plan, date_rules=propose(date(2027, 3, 1)))
    source = create_cycle(session, first, actor=hanna, now=now)
    cycle, _ = clone_cycle(
        session, source.id, code="2027B", name="Later", opening=date(2027, 9, 1), actor=hanna, now=now
    )
    assert read_plan(session, cycle.id).date_rules == propose(date(2027, 9, 1))
    assert load_dates(session, cycle.id)["nomination_deadline"] == date(2027, 9, 15)


def test_a_taken_code_and_somebody_else_are_refused(session: Session, scene: Scene, now: datetime) -> None:
    given = {"code": "2026A", "name": "Next", "opening": date(2027, 3, 1), "now": now}
    with pytest.raises(Invalid, match="A cycle with this code exists"):
        clone_cycle(session, scene.cycle_id, actor=scene.actor("hanna"), **given)  # type: ignore[arg-type]
    with pytest.raises(NotAllowed):
        clone_cycle(session, scene.cycle_id, actor=scene.actor("greta"), **given)  # type: ignore[arg-type]


def test_a_cycle_without_any_day_is_refused_with_what_is_missing(session: Session, scene: Scene, now: datetime) -> None:
    """Such as one that past cases were brought in with."""
    ladder_id = session.get_one(Cycle, scene.cycle_id).ladder_version_id
    past = Cycle(code="P", name="Past", ladder_version_id=ladder_id, required_functions=[], policy=shipped_policy())
    session.add(past)
    session.flush()
    new = {"code": "2027A", "name": "Next", "opening": date(2027, 3, 1)}
    with pytest.raises(Invalid) as refused:
        clone_cycle(session, past.id, **new, actor=scene.actor("hanna"), now=now)  # type: ignore[arg-type]
    assert [(each.field, str(each.what)) for each in refused.value.faults] == [("workflows", "No track has a workflow")]


def test_who_is_in_by_rule_and_by_hand(session: Session, scene: Scene, now: datetime) -> None:
    hanna, cycle = scene.actor("hanna"), session.get_one(Cycle, scene.cycle_id)

    def told(rules: Rules | None = None) -> dict[str, list[str]]:
        judged = judge_people(session, cycle, actor=hanna, now=now, rules=rules)
        wanted = {scene.id(key): key for key in ("ben", "iris", "hugo")}
        return {
            wanted[row.person_id]: [*row.target_ids, *map(str, row.reasons)]
            for row in judged
            if row.person_id in wanted
        }

    assert told() == {
        "ben": ["senior-pm"],
        "iris": ["staff-pm"],
        "hugo": ["This person has no level on this ladder"],
    }
    strict = Rules(level_ids=("pm-1", "pm-2"), track_ids=("people",), functions=("Sales",))
    assert told(strict) == {
        "ben": [
            "The cycle is not for this track: Individual contributor",
            "The cycle is not for this function: Product",
        ],
        "iris": [
            "The cycle is not for people who are Senior PM",
            "The cycle is not for this track: Individual contributor",
            "The cycle is not for this function: Product",
        ],
        "hugo": ["This person has no level on this ladder"],
    }
    rule_on(session, cycle.id, scene.id("ben"), Ruling.OUT, "On leave.", actor=hanna, now=now)
    rule_on(session, cycle.id, scene.id("iris"), Ruling.IN, "Agreed with works council.", actor=hanna, now=now)
    assert told(strict) == {
        "ben": ["HR has left this person out of this cycle"],
        "iris": ["staff-pm"],
        "hugo": ["This person has no level on this ladder"],
    }
    take_back_ruling(session, cycle.id, scene.id("ben"), actor=hanna, now=now)
    assert told()["ben"] == ["senior-pm"]
    rows = session.scalars(sa.select(EligibilityRuling)).all()
    assert [(row.person_id, row.ruling, row.ruled_by_id) for row in rows] == [(scene.id("iris"), "in", hanna.person_id)]


def test_nobody_rules_on_themselves_or_without_a_reason(session: Session, scene: Scene, now: datetime) -> None:
    hanna = scene.actor("hanna")
    with pytest.raises(NotAllowed):
        rule_on(session, scene.cycle_id, scene.id("hanna"), Ruling.IN, "Why not.", actor=hanna, now=now)
    with pytest.raises(NotAllowed):
        rule_on(session, scene.cycle_id, scene.id("ben"), Ruling.IN, "Why not.", actor=scene.actor("greta"), now=now)
    with pytest.raises(Invalid, match="Say why"):
        rule_on(session, scene.cycle_id, scene.id("ben"), Ruling.IN, "  ", actor=hanna, now=now)
    session.get_one(Cycle, scene.cycle_id).state = "closed"
    with pytest.raises(TransitionRefused):
        rule_on(session, scene.cycle_id, scene.id("ben"), Ruling.IN, "Why not.", actor=hanna, now=now)


def test_a_quorum_that_cannot_be_reached_is_refused_with_what_would_do(
    session: Session, scene: Scene, now: datetime
) -> None:
    hanna = scene.actor("hanna")
    cycle, _ = clone_cycle(
        session, scene.cycle_id, code="2027A", name="Next", opening=date(2027, 3, 1), actor=hanna, now=now
    )
    plan = read_plan(session, cycle.id)
    more = {**plan.policy, "ballot": {**plan.policy["ballot"], "quorum": 6}}
    asked = replace(plan, policy=more)
    with pytest.raises(Invalid) as refused:
        edit_cycle(session, cycle.id, asked, version=cycle.version, actor=hanna, now=now)
    assert [(each.field, str(each.what), str(each.expected)) for each in refused.value.faults] == [
        ("quorum", "Committee A has only 5 members", "a quorum of 5 at the most"),
        ("quorum", "The workflow “Promotion, individual contributor” counts otherwise", "a quorum of 3"),
        ("quorum", "The workflow “Promotion, people manager” counts otherwise", "a quorum of 3"),
    ]
