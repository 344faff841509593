"""Who is eligible in a cycle, many at once: each as somebody looked at alone, and only the eligible where asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM
from review.domain.eligibility import Nominee, find_obstacles
from review.domain.eligibility_rules import Ruling, read_rules
from review.domain.text import Text
from review.models import Case, Cycle, EligibilityRuling, Person
from review.queries import eligibility, eligibility_page
from review.queries.eligibility import NO_LEVEL, TOP, Judged, judge_people, list_eligible, narrow
from review.queries.eligibility import promotions_within_track as lead_on
from review.queries.eligibility_page import load_page
from review.queries.pinned import load_ladder
from review.queries.standing import load_standing
from tests.conftest import Statements
from tests.factories import open_case_of, open_scene

LEVELS = ("pm-2", "senior-pm", "vp-product", "none-of-it", None)
DAYS = (None, date(2018, 3, 1), date(2025, 3, 16), date(2025, 9, 17))
FUNCTIONS = ("Product", "Design")
RULINGS = (None, "in", "out")


@pytest.fixture
def cycle(session: Session, now: datetime) -> Cycle:
    """Return a cycle with rules, and people who differ from each other in one of all that they are judged by."""
    scene = open_scene(session, now)
    cycle = session.get_one(Cycle, scene.cycle_id)
    cycle.eligibility = {"functions": ["Product"], "min_months": 10}
    for number, (level, day, function, ruling) in enumerate(product(LEVELS, DAYS, FUNCTIONS, RULINGS)):
        person = Person(
            external_id=f"x{number}",
            name=f"One more {number:03}",
            level_id=level,
            level_since_on=day,
            function=function,
        )
        session.add(person)
        session.flush()
        if ruling:
            session.add(
                EligibilityRuling(
                    cycle_id=cycle.id, person_id=person.id, ruling=ruling, reason="x", ruled_by_id=scene.id("hanna"),
                    ruled_at=now,
                )
            )  # fmt: skip
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    case.outcome, case.closed_at = "not_yet", now - timedelta(days=60)
    session.flush()
    return cycle


def judge_alone(session: Session, cycle: Cycle, person: Person, now: datetime) -> tuple[tuple[str, ...], set[Text]]:
    """Return what the rules make of one person, asked for each level by itself."""
    ladder = load_ladder(session, cycle.ladder_version_id)
    if person.level_id not in {level.id for level in ladder.levels}:
        return (), {NO_LEVEL}
    told = session.scalar(sa.select(Case.id).where(Case.candidate_id == person.id, Case.outcome == "not_yet"))
    ruled = session.scalar(sa.select(EligibilityRuling.ruling).where(EligibilityRuling.person_id == person.id))
    found = {}
    for target in lead_on(ladder, person.level_id):
        nominee = Nominee(
            is_active=True, level_id=person.level_id, level_since_on=person.level_since_on, kind="promotion",
            from_level_id=person.level_id, to_level_id=target, months_since_last=1 if told else None,
            function=person.function, ruling=Ruling(ruled) if ruled else None,
        )  # fmt: skip
        months = int(cycle.policy["months_between_cases"])
        found[target] = find_obstacles(
            ladder, nominee, now.date(), months_between=months, rules=read_rules(cycle.eligibility)
        )
    targets = tuple(target for target, reasons in found.items() if not reasons)
    if targets or not found:
        return targets, set() if found else {TOP}
    return (), {reason for reasons in found.values() for reason in reasons}


@pytest.mark.both_databases
def test_each_of_many_is_judged_as_alone(session: Session, cycle: Cycle, now: datetime) -> None:
    judged = judge_people(session, cycle, actor=SYSTEM, now=now)
    people = {person.id: person for person in session.scalars(sa.select(Person))}
    told = {row.person_id: (row.target_ids, set(row.reasons)) for row in judged}
    assert told == {number: judge_alone(session, cycle, people[number], now) for number in told}
    assert [row.name for row in judged] == sorted(row.name for row in judged)
    assert len(judged) > len(LEVELS) * len(DAYS) * len(FUNCTIONS) * len(RULINGS)
    assert len({row.reasons for row in judged}) > len(DAYS)


@pytest.mark.parametrize(("closed_at", "is_in"), [("2026-05-15T11:59:00Z", True), ("2026-05-15T12:00:00Z", False)])
def test_months_since_a_not_yet_count_by_the_days_of_the_cycle(
    session: Session, now: datetime, closed_at: str, is_in: bool
) -> None:
    """In Auckland the second was told on the 16th: on the 15th of November six months have not passed."""
    scene = open_scene(session, now)
    cycle = session.get_one(Cycle, scene.cycle_id)
    cycle.zone, cycle.policy = "Pacific/Auckland", {**cycle.policy, "months_between_cases": 6}
    told = open_case_of(session, scene, "ben", "senior-pm", now)
    earlier = Cycle(code="2020A", name="Earlier", ladder_version_id=1, required_functions=[], policy={}, state="closed")
    session.add(earlier)
    session.flush()
    told.cycle_id, told.outcome, told.closed_at = earlier.id, "not_yet", datetime.fromisoformat(closed_at)
    session.flush()
    meant = open_case_of(session, scene, "ben", "senior-pm", now - timedelta(days=300))
    day = datetime(2026, 11, 15, 1, tzinfo=UTC)
    row = next(row for row in judge_people(session, cycle, actor=SYSTEM, now=day) if row.person_id == scene.id("ben"))
    standing = load_standing(session, meant.id, SYSTEM, now=day)
    assert (row.is_in, not standing.facts.obstacles) == (is_in, is_in)


def test_the_eligible_are_those_whom_the_whole_list_has_in(session: Session, cycle: Cycle, now: datetime) -> None:
    judged = judge_people(session, cycle, actor=SYSTEM, now=now)
    assert list_eligible(session, cycle, actor=SYSTEM, now=now) == tuple(row for row in judged if row.is_in)
    some = {row.person_id for row in judged[::3]}
    only = tuple(row for row in judged[::3] if row.is_in)
    assert list_eligible(session, cycle, actor=SYSTEM, now=now, only=some) == only


def test_a_page_has_who_is_in_first_and_who_has_no_level_last(session: Session, cycle: Cycle, now: datetime) -> None:
    judged = judge_people(session, cycle, actor=SYSTEM, now=now)
    whole = narrow(judged, words="", show="", page=0)
    assert list(whole.rows) == sorted(judged, key=lambda row: (not row.is_in, row.reasons == (NO_LEVEL,)))
    found = narrow(judged, words="MORE design", show="in", page=0)
    assert list(found.rows) == [row for row in whole.rows if _is_in_design(row)]
    assert (found.total, found.count_in + found.count_out) == (len(found.rows), len(judged))


@pytest.mark.both_databases
@pytest.mark.parametrize("functions", [["Product"], []])
def test_a_page_read_alone_is_that_page_of_the_whole_list(
    session: Session, cycle: Cycle, now: datetime, functions: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (eligibility, eligibility_page):
        monkeypatch.setattr(module, "PAGE_SIZE", 9)
    rules, months = read_rules({"functions": functions, "min_months": 4}), 3
    judged = judge_people(session, cycle, actor=SYSTEM, now=now, rules=rules, months=months)
    last = -(-len(judged) // 9)
    for show, page in product(("", "in", "out", "hand", "?"), (0, *range(1, last + 2))):
        found = load_page(session, cycle, actor=SYSTEM, now=now, rules=rules, months=months, show=show, page=page)
        assert found == narrow(judged, words="", show=show, page=max(page, 1)), (show, page)
    assert last > len(LEVELS)


def test_a_page_takes_as_many_statements_wherever_it_is(
    session: Session, cycle: Cycle, now: datetime, statements: Statements
) -> None:
    counts = []
    for page in (1, 3):
        session.expire_all()
        session.refresh(cycle)
        with statements() as seen:
            load_page(session, cycle, actor=SYSTEM, now=now, rules=read_rules({}), months=0, show="", page=page)
        counts.append(len(seen))
    assert counts == [5, 6]  # on the last ones stand people whom nobody has to judge


def _is_in_design(row: Judged) -> bool:
    return row.is_in and row.function == "Design" and row.name.startswith("One more")


def test_the_eligible_take_as_many_statements_however_many_they_are(
    session: Session, cycle: Cycle, now: datetime, statements: Statements
) -> None:
    counts = []
    for some in ({0}, None):
        session.expire_all()
        session.refresh(cycle)
        with statements() as seen:
            list_eligible(session, cycle, actor=SYSTEM, now=now, only=some)
        counts.append(len(seen))
    assert counts == [3, 3]
