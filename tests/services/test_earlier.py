"""What an earlier cycle left: which open gaps and which rating stand beside a criterion, and for whom."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import CaseToken, Gap, GapAnswer
from review.queries.case_page import load_case_page
from review.queries.earlier import Earlier, load_earlier
from review.queries.standing import load_standing
from review.services.cycles import create_cycle, open_cycle
from tests.after_decision import MISSING, SEEN, change, conclude, make_ready, release
from tests.committee_room import CRITERIA, Room, sealed_room
from tests.conftest import Statements
from tests.factories import Scene, next_plan, open_case_of

CRITERION = "cross-functionality"


class Two(NamedTuple):
    """Somebody's case that ended with "not yet", and the case of the next cycle."""

    first: Room
    second: Room


def next_case(room: Room, now: datetime) -> Room:
    """Close a case after "not yet" and open another in the next cycle, ready to be rated with feedback."""
    session, scene = room.session, room.scene
    room.case.closed_at, room.case.outcome = now, "not_yet"
    plan = next_plan(session, scene)
    plan.policy["months_between_cases"] = 0
    hanna = scene.actor("hanna")
    cycle = create_cycle(session, plan, actor=hanna, now=now)
    open_cycle(session, cycle.id, actor=hanna, now=now)
    case = open_case_of(session, Scene(scene.company, cycle.id, scene.committee_id), "iris", "staff-pm", now)
    later = Room(session, scene, case.id, now)
    later.fire("confirm_eligible", "hanna")
    tokens = sa.update(CaseToken).where(CaseToken.case_id == case.id, CaseToken.region == "rating")
    session.execute(tokens.values(state="with_feedback"))
    session.commit()
    return later


@pytest.fixture
def two(session: Session, now: datetime) -> Two:
    first = sealed_room(session, now)
    first.reveal()
    change(first, CRITERION, 3)
    conclude(first, "decide_not_yet")
    make_ready(first)
    release(first)
    first.fire("close_appeal_window", "iris")
    return Two(first, next_case(first, now))


def seen_by(room: Room, key: str, criterion: str = CRITERION) -> Earlier:
    room.session.expire_all()
    standing = load_standing(room.session, room.case_id, room.actor(key), now=room.now)
    return load_earlier(room.session, standing, [criterion])[criterion]


def test_open_gaps_and_the_rating_that_stands_are_beside_their_criterion(two: Two) -> None:
    found = seen_by(two.second, "greta")
    gap = two.first.session.scalars(sa.select(Gap)).one()
    assert [(each.cycle, each.sentence, each.seen, each.missing, each.review_on) for each in found.gaps] == [
        ("Autumn 2026", gap.sentence, SEEN, MISSING, date(2027, 6, 30))
    ]
    rating = found.rating
    assert rating is not None
    assert (rating.code, rating.cycle, rating.level) == (two.first.case.code, "Autumn 2026", "Staff PM")
    assert (rating.rater, rating.value, rating.is_changed, rating.stands) == ("Greta Holm", 4, True, 3)
    other = seen_by(two.second, "greta", "leadership")
    assert other.gaps == ()
    assert other.rating is not None
    assert (other.rating.value, other.rating.is_changed, other.rating.stands) == (4, False, 4)


def test_the_candidate_finds_the_gaps_as_the_letter_told_them_and_hr_neither(two: Two) -> None:
    gap = two.first.session.scalars(sa.select(Gap)).one()
    gap.seen, gap.missing = "Two launches (F2, R1)", "A second partner (F3)"
    two.first.session.commit()
    seen = seen_by(two.second, "iris")
    assert [(each.seen, each.missing) for each in seen.gaps] == [("Two launches", "A second partner")]
    assert seen.rating is None
    assert seen_by(two.second, "hanna") == Earlier()


def test_a_manager_from_elsewhere_reads_the_gaps_and_not_the_rating(two: Two) -> None:
    two.second.case.manager_id = two.second.scene.id("mats")  # of the case, not of the line of reports
    two.second.session.flush()
    found = seen_by(two.second, "mats")
    assert ([each.missing for each in found.gaps], found.rating) == ([MISSING], None)


def test_a_gap_that_was_met_is_gone_and_what_was_never_told_is_not_there(two: Two) -> None:
    session, first = two.first.session, two.first.case
    found = []
    for phase, outcome in (("decided", None), ("closed", "withdrawn"), ("closed", "not_yet")):
        first.phase, first.outcome = phase, outcome
        session.flush()
        found.append(len(seen_by(two.second, "greta").gaps))
    gap = session.scalars(sa.select(Gap.id)).one()
    session.add(GapAnswer(gap_id=gap, case_id=first.id, is_met=True, anchor="e:1", reason="Shown."))
    session.flush()
    found.append(len(seen_by(two.second, "greta").gaps))
    assert found == [0, 0, 1, 0]


@pytest.mark.both_databases
@pytest.mark.parametrize("key", ["iris", "greta", "hanna"])
def test_candidates_alone_find_their_other_cases_from_each(session: Session, now: datetime, two: Two, key: str) -> None:
    pages = [
        load_case_page(session, load_standing(session, each.case_id, each.actor(key), now=now), now=now) for each in two
    ]
    found = [[(other.id, other.code, other.cycle) for other in page.others] for page in pages]
    first, second = ((each.case_id, each.case.code) for each in two)
    told = [[(*second, "Spring 2027")], [(*first, "Autumn 2026")]]
    assert found == (told if key == "iris" else [[], []])


def test_few_statements_and_none_without_an_earlier_case(two: Two, statements: Statements) -> None:
    def count(room: Room) -> int:
        standing = load_standing(room.session, room.case_id, room.actor("greta"), now=room.now)
        load_earlier(room.session, standing, CRITERIA)
        with statements() as issued:
            load_earlier(room.session, standing, CRITERIA)
        return len(issued)

    assert (count(two.first), count(two.second)) == (0, 5)
