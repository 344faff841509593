"""Cycles before they are opened: a draft is edited, by one at a time, and discarded with all that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.errors import Conflict, Invalid, NotAllowed, NotFound, TransitionRefused
from review.models import (
    AuditEvent,
    Committee,
    CommitteeMember,
    Cycle,
    CycleDate,
    CycleWorkflow,
    KeptView,
    OptOut,
)
from review.queries.cycles import load_cycle
from review.services.audit import find_break
from review.services.committees import create_committee, set_member
from review.services.cycles import CyclePlan, create_cycle, move_date, open_cycle
from review.services.cycles_in_draft import discard_cycle, edit_cycle
from review.services.kept_views import keep_view
from tests.factories import DATES, Scene, next_plan, open_case_of
from tests.trail import detail_of

LATER = {**DATES, "packet_deadline": date(2026, 12, 7)}


@pytest.fixture
def plan(session: Session, scene: Scene) -> CyclePlan:
    return next_plan(session, scene)


@pytest.fixture
def draft(session: Session, scene: Scene, plan: CyclePlan, now: datetime) -> Cycle:
    return create_cycle(session, plan, actor=scene.actor("hanna"), now=now)


def events(session: Session, kind: str) -> list[tuple[int | None, int | None, Mapping[str, Any]]]:
    rows = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == kind).order_by(AuditEvent.seq))
    return [(row.actor_id, row.subject_id, detail_of(session, row)) for row in rows]


def test_a_draft_becomes_what_the_plan_says(
    session: Session, scene: Scene, draft: Cycle, plan: CyclePlan, now: datetime
) -> None:
    stricter = {**plan.policy, "months_between_cases": 6}
    asked = replace(
        plan,
        code="2027S",
        name="Summer 2027",
        zone="UTC",
        country=None,
        workflows={"ic": plan.workflows["ic"]},
        dates=LATER,
        required_functions=("Sales",),
        policy=stricter,
    )
    hugo = scene.actor("hugo")
    edit_cycle(session, draft.id, asked, version=1, actor=hugo, now=now)
    session.commit()
    stored = load_cycle(session, draft.id, hugo)
    assert (stored.code, stored.name, stored.zone, stored.country) == (
        "2027S",
        "Summer 2027",
        "UTC",
        None,
    )
    assert [(track, number) for track, _, number in stored.workflows] == [("ic", plan.workflows["ic"])]
    assert (dict(stored.dates), stored.required_functions, stored.state) == (LATER, ("Sales",), "draft")
    assert (draft.policy, draft.version) == (stricter, 2)
    fields = ["code", "country", "functions", "months_between_cases", "name", "packet_deadline"]
    fields += ["workflow-people", "zone"]
    assert events(session, "cycle.edit") == [(scene.id("hugo"), draft.id, {"fields": fields})]


def test_the_same_form_sent_twice_is_one_edit(
    session: Session, scene: Scene, draft: Cycle, plan: CyclePlan, now: datetime
) -> None:
    for _ in range(2):
        edit_cycle(session, draft.id, replace(plan, dates=LATER), version=1, actor=scene.actor("hanna"), now=now)
    assert (draft.version, len(events(session, "cycle.edit"))) == (2, 1)


@pytest.mark.both_databases
def test_whoever_saves_second_is_shown_both(
    session: Session, scene: Scene, draft: Cycle, plan: CyclePlan, now: datetime
) -> None:
    """A date alone is a new version too, whether it was edited or moved."""
    hanna, hugo = scene.actor("hanna"), scene.actor("hugo")
    edit_cycle(session, draft.id, replace(plan, dates=LATER), version=1, actor=hugo, now=now)
    with pytest.raises(Conflict) as edited:
        edit_cycle(session, draft.id, replace(plan, name="Mine"), version=1, actor=hanna, now=now)
    move_date(session, draft.id, "effective_date", date(2027, 3, 1), actor=hugo, now=now)
    with pytest.raises(Conflict) as moved:
        edit_cycle(session, draft.id, replace(plan, name="Mine"), version=2, actor=hanna, now=now)
    told = [
        {
            name: (theirs, error.value.mine[name])
            for name, theirs in error.value.theirs.items()
            if theirs != error.value.mine[name]
        }
        for error in (edited, moved)
    ]
    day = ("2026-12-07", "2026-12-04")
    assert told[0] == {"name": ("Spring 2027", "Mine"), "packet_deadline": day}
    assert told[1] == {**told[0], "effective_date": ("2027-03-01", "2027-02-01")}
    assert [error.value.version for error in (edited, moved)] == [2, 3]
    workflows = {"1": "Promotion, individual contributor, 1", "2": "Promotion, people manager, 1"}
    assert edited.value.choices == {
        "ladder": {"1": "Product management 2026.1"},
        "workflow-ic": workflows,
        "workflow-people": workflows,
    }
    assert edit_cycle(session, draft.id, replace(plan, name="Mine"), version=3, actor=hanna, now=now).version == 4


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": " "}, ["name"]),
        ({"code": "2026A", "zone": "Mars"}, ["zone", "code"]),
        ({"dates": {**DATES, "packet_deadline": date(2026, 11, 1)}}, ["packet_deadline"]),
    ],
)
def test_an_edit_is_checked_as_a_set_up_is(
    session: Session,
    scene: Scene,
    draft: Cycle,
    plan: CyclePlan,
    now: datetime,
    change: dict[str, Any],
    fields: list[str],
) -> None:
    with pytest.raises(Invalid) as refused:
        edit_cycle(session, draft.id, replace(plan, **change), version=1, actor=scene.actor("hanna"), now=now)
    assert [fault.field for fault in refused.value.faults] == fields
    assert (draft.version, draft.code, events(session, "cycle.edit")) == (1, "2027A", [])


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("open", "This cycle has been opened: only its dates can be moved now, each by itself"),
        ("closed", "This cycle is closed"),
    ],
)
def test_only_a_draft_is_edited_or_discarded(
    session: Session, scene: Scene, draft: Cycle, plan: CyclePlan, now: datetime, state: str, reason: str
) -> None:
    hanna = scene.actor("hanna")
    open_cycle(session, draft.id, actor=hanna, now=now)
    draft.state = state
    session.flush()
    with pytest.raises(TransitionRefused) as edited:
        edit_cycle(session, draft.id, replace(plan, name="Else"), version=draft.version, actor=hanna, now=now)
    with pytest.raises(TransitionRefused) as discarded:
        discard_cycle(session, draft.id, actor=hanna, now=now)
    assert [str(error.value) for error in (edited, discarded)] == [reason] * 2
    assert (draft.name, events(session, "cycle.edit"), events(session, "cycle.discard")) == ("Spring 2027", [], [])


@pytest.mark.parametrize("key", ["greta", "abel", "ines", "noor"])
def test_only_hr_edits_and_discards(
    session: Session, scene: Scene, draft: Cycle, plan: CyclePlan, now: datetime, key: str
) -> None:
    with pytest.raises(NotAllowed):
        edit_cycle(session, draft.id, replace(plan, name="Else"), version=1, actor=scene.actor(key), now=now)
    with pytest.raises(NotAllowed):
        discard_cycle(session, draft.id, actor=scene.actor(key), now=now)
    assert session.get_one(Cycle, draft.id).name == "Spring 2027"


@pytest.mark.both_databases
def test_a_discarded_draft_leaves_nothing_but_its_record(
    session: Session, scene: Scene, draft: Cycle, now: datetime
) -> None:
    hanna, tables = scene.actor("hanna"), (Cycle, CycleDate, CycleWorkflow, OptOut, Committee, CommitteeMember)
    number = draft.id
    committee = create_committee(session, number, "Committee B", actor=hanna, now=now)
    set_member(session, committee.id, scene.id("clara"), "chair", actor=hanna, now=now)
    session.add(OptOut(cycle_id=number, person_id=scene.id("iris"), reason="Not now.", at=now))
    session.flush()
    assert [count(session, table) for table in tables] == [2, 12, 4, 1, 2, 6]
    discard_cycle(session, number, actor=hanna, now=now)
    session.commit()
    assert [count(session, table) for table in tables] == [1, 6, 2, 0, 1, 5]
    assert events(session, "cycle.discard") == [(scene.id("hanna"), number, {"code": "2027A"})]
    assert find_break(session) is None
    with pytest.raises(NotFound):
        discard_cycle(session, number, actor=hanna, now=now)


def test_a_draft_whose_list_somebody_keeps_a_view_of_is_discarded_with_it(
    session: Session, scene: Scene, draft: Cycle, now: datetime
) -> None:
    hanna = scene.actor("hanna")
    keep_view(session, draft.id, "Late ones", "is_late=1", actor=hanna, now=now)
    keep_view(session, scene.cycle_id, "Late ones", "is_late=1", actor=hanna, now=now)
    discard_cycle(session, draft.id, actor=hanna, now=now)
    assert session.scalars(sa.select(KeptView.cycle_id)).all() == [scene.cycle_id]


def test_a_draft_with_a_case_stays(session: Session, scene: Scene, draft: Cycle, now: datetime) -> None:
    """No draft has one today; were there a way, nothing would be lost by it."""
    hanna = scene.actor("hanna")
    open_cycle(session, draft.id, actor=hanna, now=now)
    open_case_of(session, replace(scene, cycle_id=draft.id), "iris", "staff-pm", now)
    draft.state = "draft"
    with pytest.raises(TransitionRefused) as refused:
        discard_cycle(session, draft.id, actor=hanna, now=now)
    assert str(refused.value) == "1 case belongs to it"
    assert (count(session, Cycle), count(session, CycleDate)) == (2, 12)


def count(session: Session, table: type[Any]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
