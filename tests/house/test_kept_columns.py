"""What cases and requests keep for lists is right whoever writes: when due, what a search finds, in which cycle."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.workflow import MAIN
from review.models import TRIGGERS, Base, Case, CaseToken, Feedback, Person
from review.queries.invariants import check_kept_columns, find_violations
from tests.factories import Scene, open_case_of, open_scene

TRIGGERS_OF = {
    "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
    "postgresql": (
        "SELECT t.tgname, c.relname, pg_get_triggerdef(t.oid), p.prosrc FROM pg_trigger t"
        " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE NOT t.tgisinternal ORDER BY t.tgname"
    ),
}


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Return an open cycle with a case of Iris's and one of Ben's."""
    scene = open_scene(session, now)
    for who, level in (("iris", "staff-pm"), ("ben", "senior-pm")):
        open_case_of(session, scene, who, level, now)
    session.commit()
    return scene


def read_kept(session: Session) -> list[tuple[str, datetime | None]]:
    """Return what every case keeps, by its number."""
    rows = session.execute(sa.select(Case.sought, Case.due_at).order_by(Case.code)).all()
    session.commit()
    return [(row.sought, row.due_at) for row in rows]


def read_triggers(engine: sa.Engine) -> list[tuple[str, ...]]:
    """Return every trigger as the database spells it."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(TRIGGERS_OF[engine.dialect.name])]


@pytest.mark.both_databases
def test_migrations_leave_the_triggers_that_the_models_say(engine: sa.Engine) -> None:
    migrated = read_triggers(engine)
    with engine.begin() as connection:
        for trigger in TRIGGERS:
            on = f' ON "{trigger.table}"' if engine.dialect.name == "postgresql" else ""
            connection.exec_driver_sql(f"DROP TRIGGER {trigger.name}{on}")
    Base.metadata.create_all(engine)
    Base.metadata.create_all(engine)  # a second time changes nothing
    assert (read_triggers(engine), [name for name, *_ in migrated]) == (
        migrated,
        sorted(each.name for each in TRIGGERS),
    )


@pytest.mark.both_databases
def test_a_case_is_sought_by_the_words_that_its_candidate_has_now(session: Session, scene: Scene) -> None:
    before = read_kept(session)
    assert [words for words, _ in before] == [
        "2026a-001 iris vance senior pm product",
        "2026a-002 ben ito pm product",
    ]
    session.execute(sa.update(Person).where(Person.id == scene.id("iris")).values(name="Iris Moreau", title="VP"))
    session.get_one(Person, scene.id("ben")).function = "Data"
    session.execute(sa.update(Case).where(Case.candidate_id == scene.id("ben")).values(code="Z-9"))
    assert [words for words, _ in read_kept(session)] == [
        "2026a-001 iris moreau vp product",
        "z-9 ben ito pm data",
    ]
    assert find_violations(session) == []
    session.execute(sa.update(Case).where(Case.code == "Z-9").values(sought="ben"))
    assert find_violations(session) == ["Z-9: a search does not find it by its number and its candidate"]


@pytest.mark.both_databases
def test_a_case_is_due_when_its_main_token_is(session: Session, scene: Scene, now: datetime) -> None:
    [(_, first), (_, second)] = read_kept(session)
    place = sa.select(CaseToken).join(Case).where(Case.candidate_id == scene.id("iris"), CaseToken.region == MAIN)
    token = session.scalars(place).one()
    assert (token.due_at, first is None, second) == (first, False, first)
    due = []
    for moment in (now + timedelta(days=3), None, now):
        token.due_at = moment
        session.flush()
        due.append([on for _, on in read_kept(session)])
    assert due == [[now + timedelta(days=3), second], [None, second], [now, second]]
    beside = {"case_id": token.case_id, "region": "rating", "state": "x", "entered_at": now, "due_at": now}
    session.execute(sa.insert(CaseToken).values(**beside, entry=1))
    session.execute(sa.delete(CaseToken).where(CaseToken.region != MAIN))
    assert [on for _, on in read_kept(session)] == [now, second]
    session.delete(token)
    assert [on for _, on in read_kept(session)] == [None, second]
    session.execute(sa.update(Case).where(Case.candidate_id == scene.id("ben")).values(due_at=now))
    assert list(check_kept_columns(session)) == ["2026A-002: lists hold it due on another day than its main token"]


@pytest.mark.both_databases
def test_a_request_is_of_the_cycle_of_its_case(session: Session, scene: Scene, now: datetime) -> None:
    case_id = session.scalars(sa.select(Case.id).where(Case.candidate_id == scene.id("ben"))).one()
    request = {"case_id": case_id, "function": "Data", "state": "asked", "entered_at": now, "kind": "peer"}
    known = {"is_hidden_from_manager": False, "entry": 1, "version": 1, "note": "", "criteria": []}
    session.execute(sa.insert(Feedback), [{**request, **known, "giver_id": scene.id("erin")}])
    session.add(Feedback(**request, giver_id=scene.id("dev"), cycle_id=scene.cycle_id + 7))
    session.flush()
    assert session.scalars(sa.select(Feedback.cycle_id)).all() == [scene.cycle_id] * 2
    assert find_violations(session) == []
    session.execute(sa.update(Feedback).where(Feedback.giver_id == scene.id("dev")).values(cycle_id=None))
    assert find_violations(session) == ["2026A-002: requests of it are not on the board of its cycle"]
