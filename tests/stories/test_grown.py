"""A company is made large: every copy of a case stands as the case it was made from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.orm import Session

from review.cli.demo import demo
from review.config import Settings
from review.demo.scale import Grown, grow_company
from review.domain.access import Actor
from review.domain.packet_anchors import number_feedback
from review.extensions import make_engine
from review.models import AuditEvent, Case, Cycle, Employment, Feedback, Packet, Person, Seat, Timer, Vote
from review.queries.invariants import find_violations
from review.queries.standing import load_standing
from review.services.audit import find_break
from tests.after_decision import announced_room, another_decided
from tests.conftest import environment, make_settings

PEOPLE, CASES = 240, 8
SEED = 11


def grow(session: Session, now: datetime, seed: int = SEED) -> Grown:
    """Take two cases past their decision and make the company large."""
    another_decided(announced_room(session, now), "ben", "senior-pm", "decide_promote")
    before = session.scalars(sa.select(sa.func.count()).select_from(AuditEvent)).one()
    grown = grow_company(
        session, people=PEOPLE, cases=CASES, domain="house.example", now=now, seed=seed, tell=lambda *_: None
    )
    session.commit()
    assert grown.events > before + PEOPLE / 2
    return grown


@pytest.mark.both_databases
def test_copies_stand_as_the_cases_they_were_made_from(session: Session, now: datetime) -> None:
    grown = grow(session, now)

    assert (grown.people, grown.cases) == (PEOPLE, CASES)
    assert find_violations(session) == []
    assert find_break(session) is None
    first, *copies = session.scalars(sa.select(Case).where(Case.state == "not_yet").order_by(Case.id))
    assert len(copies) == CASES // 2 - 1
    for copy in copies:
        assert (copy.state, copy.phase, copy.outcome) == (first.state, first.phase, first.outcome)
        assert counts(session, copy) == counts(session, first)
        assert numbers(session, copy) == numbers(session, first)
        candidate = session.get_one(Person, copy.candidate_id)
        [packet] = session.scalars(sa.select(Packet).where(Packet.case_id == copy.id))
        assert candidate.name in packet.content
        assert copy.code in packet.content
        assert load_standing(session, copy.id, Actor(candidate.id, candidate.name), now=now).case.id == copy.id
    codes = session.scalars(sa.select(Case.code)).all()
    assert len(set(codes)) == session.scalars(sa.select(sa.func.sum(Cycle.case_count))).one()


@pytest.mark.both_databases
def test_new_rows_are_numbered_behind_the_written_ones(session: Session, now: datetime) -> None:
    grow(session, now)
    last = session.scalars(sa.select(sa.func.max(Person.id))).one()
    session.add(Person(external_id="next", name="Next One"))
    session.flush()

    assert session.scalars(sa.select(Person.id).where(Person.external_id == "next")).one() == last + 1


def test_people_report_upwards_and_some_left_or_changed(session: Session, now: datetime) -> None:
    grow(session, now)
    people = session.scalars(sa.select(Person).where(Person.is_external.is_(False))).all()
    by_id = {person.id: person for person in people}

    for person in people:
        seen, at = set(), person
        while at.manager_id is not None:
            assert at.id not in seen
            seen.add(at.id)
            at = by_id[at.manager_id]
    tops = {person.id for person in people if person.manager_id is None}
    assert not tops & {person.id for person in people if person.external_id.startswith("D-")}
    before = {person.left_on for person in people if not person.external_id.startswith("D-")}
    left = {person.id: person.left_on for person in people if person.left_on not in before}
    ends = sa.select(Employment.person_id, Employment.until_on).where(Employment.person_id.in_(left))
    assert dict(session.execute(ends).all()) == left
    assert len(left) > 0


def counts(session: Session, case: Case) -> list[int]:
    """Count what a case has in the larger tables."""
    return [
        session.scalars(sa.select(sa.func.count()).select_from(model).where(model.case_id == case.id)).one()
        for model in (Feedback, Seat, Vote, Timer)
    ]


def numbers(session: Session, case: Case) -> list[str]:
    """Return the numbers that texts call the case's feedback by, in the order of asking."""
    ids = session.scalars(sa.select(Feedback.id).where(Feedback.case_id == case.id).order_by(Feedback.id)).all()
    numbered = number_feedback(ids, case.shuffle_seed)
    return [numbered[one] for one in ids]


@pytest.mark.parametrize("given", [("--cases", "5"), ("--people", "300", "--cases", "61"), ("--people", "199")])
def test_a_size_that_cannot_be_is_refused_unwritten(settings: Settings, given: tuple[str, ...]) -> None:
    refused = CliRunner(env={**environment(settings), "DEMO": "1"}).invoke(demo, given)

    assert refused.exit_code == 2
    assert "--people" in refused.output


def hash_rows(session: Session) -> dict[str, str]:
    """Return a digest of all people, cases and requests with every column but those that are drawn by chance."""
    by_chance = {Case.shuffle_seed.key}
    found = {}
    for table in (Person.__table__, Case.__table__, Feedback.__table__):
        columns = [column for column in table.c if column.key not in by_chance]
        rows = session.execute(sa.select(*columns).order_by(table.c.id)).all()
        found[str(table.name)] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return found


def test_the_same_seed_makes_the_same_company(new_database: Callable[[], str], tmp_path: Path, now: datetime) -> None:
    hashes = []
    for seed in (SEED, SEED, SEED + 1):
        engine = make_engine(make_settings(new_database(), tmp_path))
        with Session(engine) as session:
            grow(session, now, seed)
            hashes.append(hash_rows(session))
        engine.dispose()
    first, again, other = hashes
    assert first == again
    assert first["person"] != other["person"]
