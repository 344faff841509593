"""What is read of many cases at once is, cell by cell of the grid, what each case alone grants."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Right, can
from review.domain.access_grid import GRID
from review.domain.conflicts import ConflictKind, ConflictLevel
from review.domain.errors import NotFound
from review.domain.phase import Phase
from review.models import Case, Conflict, Cycle, Employment, Feedback, Person, Seat
from review.queries.closeness import MOST_NAMED, CaseColumns, find_conflicts_ahead, find_conflicts_of
from review.queries.parties import find_parties_and_conflicts
from review.queries.sights import COMMITTEE, load_sights
from review.queries.standing import load_standing
from tests.committee_room import Room, sealed_room
from tests.conftest import Statements
from tests.personas import CAST, LEFT

THINGS = sorted(GRID)
KEYS = [key for key in CAST if key not in LEFT]


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    """Return a case with its second rater on the committee, a conflict declared, and an HR partner who is out."""
    room = sealed_room(session, now)
    for key, kind in (("aya", "other"), ("hugo", "set_by_hr")):
        session.add(
            Conflict(
                case_id=room.case_id, person_id=room.scene.id(key), kind=kind, reason="x",
                declared_by_id=room.scene.id(key), declared_at=now,
            )
        )  # fmt: skip
    room.case.second_rater_id = room.scene.id("mika")
    session.commit()
    return room


def levels(session: Session, case: Case) -> dict[int, dict[str, str]]:
    return {case.cycle_id: session.get_one(Cycle, case.cycle_id).policy["conflicts"]}


@pytest.mark.both_databases
def test_many_at_once_grant_what_one_alone_grants(room: Room) -> None:
    session, case = room.session, room.case
    for phase in Phase:
        session.execute(sa.update(Case).where(Case.id == case.id).values(phase=str(phase)))
        session.expire_all()
        for key in KEYS:
            sight = load_sights(session, [case], levels(session, case), room.actor(key))[case.id]
            seen = {thing for thing in THINGS if sight.may_read(thing)}
            assert (key, seen) == (key, alone(room, key, phase))


def alone(room: Room, key: str, phase: Phase) -> set[str]:
    """Return what somebody reads of the case by their part in its committee's work, as its own page has it."""
    try:
        roles = load_standing(room.session, room.case_id, room.actor(key), now=room.now).roles & COMMITTEE
    except NotFound:
        return set()
    if not can(Right.READ, "case.existence", roles, phase):
        return set()
    return {thing for thing in THINGS if can(Right.READ, thing, roles, phase)}


def test_the_same_conflicts_are_found_for_many_as_for_one(room: Room) -> None:
    session, case = room.session, room.case
    room.session.add(
        Employment(
            person_id=case.candidate_id, manager_id=room.scene.id("omar"), title="", function="", level_id=None,
            from_on=date(2020, 1, 6), until_on=case.created_at.date(),
        )
    )  # fmt: skip
    session.commit()
    one = find_parties_and_conflicts(session, case)[1]
    assert find_conflicts_of(session, [case], levels(session, case))[case.id] == one
    assert "was_manager" in one[room.scene.id("omar")]


@pytest.mark.parametrize("key", ["clara", "omar", "jonas", "hanna"])
def test_who_has_no_seat_yet_reads_as_one_of_the_committee(room: Room, key: str) -> None:
    session, case = room.session, room.case
    session.execute(sa.delete(Seat))
    session.commit()
    sight = load_sights(session, [case], levels(session, case), room.actor(key))[case.id]
    seen = {thing for thing in THINGS if sight.may_read(thing)}
    assert ("packet.sealed" in seen, seen) == (True, alone(room, key, Phase(case.phase)))


def test_an_hr_partner_who_was_asked_for_feedback_reads_nothing_of_it_among_many(room: Room) -> None:
    session, case = room.session, room.case
    asked = {"giver_id": room.scene.id("hanna"), "function": "People", "entered_at": room.now}
    session.add(Feedback(case_id=case.id, state="asked", **asked))
    session.commit()
    sight = load_sights(session, [case], levels(session, case), room.actor("hanna"))[case.id]
    assert {thing for thing in THINGS if sight.may_read(thing)} == set()


@pytest.mark.both_databases
def test_candidates_for_a_level_with_few_seats_are_rivals(room: Room, now: datetime) -> None:
    session, case = room.session, room.case
    assert load_standing(session, case.id, room.actor("omar"), now=now).may_read("packet.sealed")
    others = [stand_for(room, key, case.to_level_id) for key in ("omar", "jonas", "clara", "aya")]
    others[1].outcome = "withdrawn"
    others[2].to_level_id = "principal-pm"
    others[3].outcome = "ineligible"
    session.commit()
    assert rivals(room, case) == set()
    limit_seats(room, case.to_level_id)
    assert rivals(room, case) == {room.scene.id("omar")}
    assert rivals(room, others[0]) == {case.candidate_id}
    assert rivals(room, others[2]) == set()
    with pytest.raises(NotFound):
        load_standing(session, case.id, room.actor("omar"), now=now)


def test_who_manages_the_case_is_too_close_also_when_the_candidate_reports_to_somebody_else(room: Room) -> None:
    session, case = room.session, room.case
    case.manager_id = room.scene.id("omar")
    session.commit()
    one = find_parties_and_conflicts(session, case)[1]
    assert one[room.scene.id("omar")] == {ConflictKind.CHAIN: ConflictLevel.OUT}
    assert find_conflicts_of(session, [case], levels(session, case))[case.id] == one


def test_rivals_of_many_cases_take_as_many_statements_as_of_one(room: Room, statements: Statements) -> None:
    limit_seats(room, room.case.to_level_id)
    cases = [room.case, *(stand_for(room, key, room.case.to_level_id) for key in ("omar", "jonas"))]
    cycle = room.session.get_one(Cycle, room.case.cycle_id)
    counts = []
    for some in (cases[:1], cases):
        policies = {cycle.id: cycle.policy["conflicts"]}
        for case in cases:
            room.session.refresh(case)
        with statements() as issued:
            find_conflicts_of(room.session, some, policies)
        counts.append(len(issued))
    assert counts == [5, 5]


@pytest.mark.both_databases
def test_conflicts_of_more_cases_than_a_statement_names_are_the_same(room: Room) -> None:
    """Omar was a manager of both until the day on which the first case was opened, Jonas until the day before.

    Greta's own case was opened the day after: of her reports each is in it, and Omar is nobody to her any more.
    """
    session, case = room.session, room.case
    limit_seats(room, case.to_level_id)
    cases = [case, *(stand_for(room, key, case.to_level_id) for key in ("omar", "vera", "greta"))]
    opened_on, day = case.created_at.date(), timedelta(days=1)
    cases[-1].created_at = case.created_at + day
    for key, until_on in (("omar", opened_on), ("jonas", opened_on - day)):
        for candidate in (case.candidate_id, room.scene.id("greta")):
            session.add(
                Employment(
                    person_id=candidate, manager_id=room.scene.id(key), title="", function="", level_id=None,
                    from_on=date(2020, 1, 6), until_on=until_on,
                )
            )  # fmt: skip
    session.commit()
    some = find_conflicts_of(session, cases, levels(session, case))
    assert find_conflicts_of(session, cases * MOST_NAMED, levels(session, case)) == some
    former = {each.id: {person for person, kinds in some[each.id].items() if "was_manager" in kinds} for each in cases}
    assert former == {case.id: {room.scene.id("omar")}} | {each.id: set() for each in cases[1:]}
    reports = set(session.scalars(sa.select(Person.id).where(Person.manager_id == room.scene.id("greta"))))
    assert reports
    assert reports <= some[cases[-1].id].keys()
    for each in cases:
        assert some[each.id] == find_parties_and_conflicts(session, each)[1]


@pytest.mark.parametrize(("has_few_seats", "sizes"), [(False, {0, 1, 2, 3}), (True, {1, 2, 3})])
def test_who_would_be_close_to_a_case_that_is_not_opened_yet(room: Room, has_few_seats: bool, sizes: set[int]) -> None:
    session, policy = room.session, levels(room.session, room.case)
    if has_few_seats:
        limit_seats(room, room.case.to_level_id)
    session.add(
        Employment(
            person_id=room.scene.id("sam"), manager_id=room.scene.id("mika"), title="", function="", level_id=None,
            from_on=date(2020, 1, 6), until_on=room.case.created_at.date(),
        )
    )  # fmt: skip
    session.commit()
    people = session.scalars(sa.select(Person).order_by(Person.id)).all()
    cases = [ahead_of(room, person) for person in people]
    found = find_conflicts_of(session, cases, policy)
    among = {room.scene.id(key) for key in ("omar", "mika", "greta", "jonas", "dario")} | {room.case.candidate_id}
    close = [frozenset(found[case.id].keys() & among) for case in cases]
    assert list(find_conflicts_ahead(session, cases, policy[room.case.cycle_id], among)) == close
    assert {len(each) for each in close} == sizes


def ahead_of(room: Room, person: Person) -> CaseColumns:
    """Return the case that somebody would have in the cycle."""
    like = {name: getattr(room.case, name) for name in CaseColumns._fields}
    own = {"id": -person.id, "candidate_id": person.id, "manager_id": person.manager_id, "nominated_by_id": person.id}
    return CaseColumns(**like | own | {"second_rater_id": None})


def stand_for(room: Room, key: str, level: str) -> Case:
    """Add the case of one more candidate to the cycle."""
    like = room.case
    case = Case(
        code=f"R-{key}", cycle_id=like.cycle_id, workflow_version_id=like.workflow_version_id,
        candidate_id=room.scene.id(key), kind="promotion", track_id=like.track_id, to_level_id=level,
        nominated_by_id=room.scene.id(key), nomination="own", state=like.state, phase=like.phase, shuffle_seed=1,
        created_at=room.now,
    )  # fmt: skip
    room.session.add(case)
    room.session.commit()
    return case


def limit_seats(room: Room, level: str) -> None:
    """Let the cycle say that a level has few seats."""
    cycle = room.session.get_one(Cycle, room.case.cycle_id)
    cycle.policy = {**cycle.policy, "seat_limited_levels": [level]}
    room.session.commit()


def rivals(room: Room, case: Case) -> set[int]:
    """Return the rivals of a case, found alone and among many alike."""
    one = find_parties_and_conflicts(room.session, case)[1]
    assert find_conflicts_of(room.session, [case], levels(room.session, case))[case.id] == one
    return {person for person, kinds in one.items() if "rival" in kinds}


def test_who_gave_a_seat_up_sees_nothing_and_who_only_has_no_vote_reads_on(room: Room) -> None:
    session, case = room.session, room.case
    room.recuse("jonas")
    session.commit()
    sights = {
        key: load_sights(session, [case], levels(session, case), room.actor(key))[case.id].may_read("packet.sealed")
        for key in ("clara", "omar", "jonas", "mika", "aya", "hanna", "hugo", "greta")
    }
    assert sights == {
        "clara": True, "omar": True, "jonas": False, "mika": True, "aya": False,
        "hanna": True, "hugo": False, "greta": False,
    }  # fmt: skip
