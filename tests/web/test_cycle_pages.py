"""Pages of a cycle's list, picked by indexes: in the order of the whole list, and counts of what the reader may see."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.many_cases import copy_cases
from review.models import Case, CaseToken, Conflict
from review.queries.cycle_cases import load_cycle_cases, read_cycle_cases
from review.queries.cycle_narrowing import CaseSearch
from tests.factories import Scene, open_case_of, open_scene

COUNT, ZONE = 130, ZoneInfo("UTC")


@pytest.fixture
def scene(session: Session, now: datetime) -> Scene:
    """Return a cycle with 131 cases: late, still, both or neither, closed ones among each, some due on no day."""
    scene = open_scene(session, now)
    pattern = open_case_of(session, scene, "ben", "senior-pm", now)
    unlike = [
        {
            "code": f"2026A-{1000 - number}",
            "moved_at": (now - timedelta(days=20), None, now)[number % 3],
            "created_at": now - timedelta(days=30 if number % 2 else 1),
            "closed_at": None if number % 5 else now,
        }
        for number in range(COUNT)
    ]
    for number, case_id in enumerate(copy_cases(session, pattern, "Extra", unlike)):
        due_at = None if number % 7 == 0 else now + timedelta(days=number % 11 - 5)
        session.execute(sa.update(CaseToken).where(CaseToken.case_id == case_id).values(due_at=due_at))
    session.commit()
    return scene


def sort_by_hand(session: Session, now: datetime) -> list[str]:
    """Return the numbers of all cases as the list says it sorts them."""
    today = now.replace(hour=0)
    still = today - timedelta(days=14)

    def place(
        row: sa.Row[tuple[str, datetime | None, datetime | None, datetime, datetime | None]],
    ) -> tuple[object, ...]:
        code, due_at, moved_at, created_at, closed_at = row
        is_late = due_at is not None and due_at < today
        stands_still = closed_at is None and (is_late or (moved_at or created_at) < still)
        return not stands_still, due_at is None, due_at, code

    columns = Case.code, CaseToken.due_at, Case.moved_at, Case.created_at, Case.closed_at
    return [row[0] for row in sorted(session.execute(sa.select(*columns).join(CaseToken)).all(), key=place)]


@pytest.mark.both_databases
def test_pages_go_on_where_the_one_before_ends(session: Session, scene: Scene, now: datetime) -> None:
    ground = {"today": now.date(), "zone": ZONE, "levels": ()}
    actor, every = scene.actor("hanna"), sort_by_hand(session, now)
    pages = [load_cycle_cases(session, scene.cycle_id, actor, CaseSearch(page=page), **ground) for page in (1, 2, 3, 4)]
    assert [[line.code for line in page.lines] for page in pages] == [
        every[:50], every[50:100], every[100:], every[:50]
    ]  # fmt: skip
    assert [(page.total, page.count, page.page) for page in pages] == [
        (131, 131, 1), (131, 131, 2), (131, 131, 3), (131, 131, 1)
    ]  # fmt: skip
    whole = load_cycle_cases(session, scene.cycle_id, actor, CaseSearch(is_on_one_page=True), **ground)
    read = read_cycle_cases(session, scene.cycle_id, actor, CaseSearch(), **ground)
    assert ([line.code for line in whole.lines], [line.code for line in read]) == (every, every)


@pytest.mark.both_databases
def test_a_narrowed_list_is_paged_in_the_same_order_and_counted(session: Session, scene: Scene, now: datetime) -> None:
    ground = {"today": now.date(), "zone": ZONE, "levels": ()}
    fitting = [code for code in sort_by_hand(session, now) if code.startswith("2026A-9")]
    pages = [
        load_cycle_cases(
            session, scene.cycle_id, scene.actor("hanna"), CaseSearch("EXTRA 2026a-9", page=page), **ground
        )
        for page in (1, 2)
    ]
    assert [[line.code for line in page.lines] for page in pages] == [fitting[:50], fitting[50:]]
    assert [(page.total, page.count) for page in pages] == [(len(fitting), 131)] * 2


@pytest.mark.both_databases
def test_cases_that_the_reader_is_part_of_are_in_no_count(session: Session, scene: Scene, now: datetime) -> None:
    hanna, ground = scene.actor("hanna"), {"today": now.date(), "zone": ZONE, "levels": ()}
    is_late = sa.case((CaseToken.due_at < now.replace(hour=0), 1), else_=0)
    rows = session.execute(sa.select(Case.id, Case.code, is_late).join(CaseToken).order_by(Case.code)).all()
    known = {"person_id": hanna.person_id, "kind": "other", "declared_by_id": hanna.person_id, "declared_at": now}

    def tell() -> tuple[set[str], list[tuple[str, int, int]]]:
        wanted = CaseSearch(is_on_one_page=True)
        found = load_cycle_cases(session, scene.cycle_id, hanna, wanted, **ground)
        stages = [(stage.state_id, stage.count, stage.late) for stage in found.stages]
        return {line.code for line in found.lines}, stages

    for first, others in ((rows[:12], rows[12:]), (rows[12:], [])):
        session.execute(sa.insert(Conflict), [{**known, "case_id": number} for number, *_ in first])
        session.commit()
        late = sum(each for *_, each in others)
        assert tell() == ({code for _, code, _ in others}, [("nominated", len(others), late)] if others else [])


def test_stages_stand_in_the_order_of_the_way(session: Session, scene: Scene, now: datetime) -> None:
    """The executive's signature, which only cases of people managers need, stands before what follows it."""
    open_case_of(session, scene, "greta", "director-pm", now)
    workflow = sa.select(Case.workflow_version_id).where(Case.candidate_id == scene.id("greta")).scalar_subquery()
    of_people = Case.workflow_version_id == workflow
    session.execute(sa.update(Case).where(of_people).values(state="signoff", phase="decided"))
    numbers = session.scalars(sa.select(Case.id).where(~of_people).order_by(Case.id)).all()
    for number, state in zip(numbers, ("decided", "withdrawn", "promoted"), strict=False):
        session.execute(sa.update(Case).where(Case.id == number).values(state=state))
    session.commit()
    ground = {"today": now.date(), "zone": ZONE, "levels": ()}
    actor, wanted = scene.actor("hanna"), CaseSearch(sort="stage", is_on_one_page=True)
    found = load_cycle_cases(session, scene.cycle_id, actor, wanted, **ground)
    in_order = ["nominated", "signoff", "decided", "promoted", "withdrawn"]
    assert [(stage.state_id, stage.count) for stage in found.stages] == list(
        zip(in_order, (128, 1, 1, 1, 1), strict=True)
    )
    assert [line.state for line in found.lines][-4:] == [found.stages[place].title for place in (1, 2, 3, 4)]
