"""Moving live cases to another version of their workflow."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.errors import Invalid, NotAllowed, NotFound
from review.models import AuditEvent, Case, CaseToken, Cycle, Feedback, Packet, Timer, WorkflowVersion
from review.queries.pinned import load_definition
from review.queries.workflows import count_live_tokens, plan_move
from review.services.feedback import decide_request
from review.services.feedback_chasing import extend as extend_request
from review.services.timers import calendar_of, extend
from review.services.transitions import fire, open_item
from review.services.workflow_migrations import migrate_cases
from tests.committee_room import sealed_room
from tests.domain.workflow_mistakes import Change
from tests.factories import open_case_of, open_scene
from tests.personas import Company
from tests.services.test_workflows import IC, SECOND, edit, propose, publish
from tests.trail import detail_of

RENAMED: tuple[Change, ...] = (
    SECOND,
    ("  collecting:\n    title", "  building:\n    title"),
    ("    to: collecting\n    by", "    to: building\n    by"),
    ("    to: collecting\n    back", "    to: building\n    back"),
    ("    from: [collecting]\n", "    from: [building]\n"),
    ("from: [nominated, collecting,", "from: [nominated, building,"),
    ("{states: [collecting]}", "{states: [building]}"),
)


def live_case(session: Session, now: datetime) -> tuple[Company, Case]:
    """Open a case that is being built, with somebody asked for feedback."""
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    item = Feedback(giver_id=scene.id("erin"), function="Engineering", proposed_by_id=scene.id("ben"))
    open_item(session, case.id, item, actor=scene.actor("ben"), now=now)
    session.commit()
    return scene.company, case


@pytest.mark.both_databases
def test_live_cases_move_to_another_version(session: Session, now: datetime) -> None:
    company, case = live_case(session, now)
    old_id = case.workflow_version_id
    sooner = ("due: {before: feedback_deadline, days: 0}", "due: {before: feedback_deadline, days: 7}")
    source = edit(IC, SECOND, sooner)
    new = publish(session, company, now, source)
    before = session.scalars(sa.select(CaseToken).where(CaseToken.case_id == case.id, CaseToken.region == "main")).one()
    entered_at, due_at = before.entered_at, before.due_at
    later = now + timedelta(days=1)
    count = migrate_cases(session, old_id, new.id, {}, actor=company.actor("hanna"), now=later)
    session.commit()
    assert count == 1
    assert case.workflow_version_id == new.id
    after = session.scalars(sa.select(CaseToken).where(CaseToken.case_id == case.id, CaseToken.region == "main")).one()
    assert after.entered_at == entered_at
    assert due_at is not None
    assert after.due_at == due_at - timedelta(days=7)
    open_timers = session.scalars(sa.select(Timer).where(Timer.case_id == case.id, Timer.done_at.is_(None))).all()
    assert {timer.entry for timer in open_timers} == {case.moves}
    assert all(timer.due_at > later for timer in open_timers)
    last = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.seq.desc())).first()
    assert last is not None
    assert (last.kind, last.case_id) == ("workflow.migrate", case.id)
    assert detail_of(session, last) == {"from": old_id, "to": new.id}
    fire(session, case.id, "withdraw", actor=company.actor("ben"), now=later)
    assert case.outcome == "withdrawn"


def test_a_move_is_refused_while_a_live_state_has_no_target(session: Session, now: datetime) -> None:
    company, case = live_case(session, now)
    old_id = case.workflow_version_id
    new = publish(session, company, now, renamed())
    with pytest.raises(Invalid) as refused:
        migrate_cases(session, old_id, new.id, {}, actor=company.actor("hanna"), now=now)
    assert "main.collecting" in [fault.field for fault in refused.value.faults]
    assert case.workflow_version_id == old_id


def test_a_renaming_map_moves_cases_and_items(session: Session, now: datetime) -> None:
    company, case = live_case(session, now)
    old_id = case.workflow_version_id
    item = session.scalars(sa.select(Feedback).where(Feedback.case_id == case.id)).one()
    new = publish(session, company, now, renamed())
    rename = {"main.collecting": "building", "item.feedback.proposed": "proposed"}
    assert count_live_tokens(session, old_id) == {
        ("feedback", "asking"): 1,
        ("item.feedback", "proposed"): 1,
        ("main", "collecting"): 1,
        ("packet", "writing"): 1,
        ("rating", "first_view"): 1,
        ("second_rating", "to_assign"): 1,
    }
    assert not plan_move(session, old_id, new.id, rename).is_refused
    assert migrate_cases(session, old_id, new.id, rename, actor=company.actor("hanna"), now=now) == 1
    session.commit()
    assert (case.state, case.phase, item.state) == ("building", "collecting", "proposed")
    assert count_live_tokens(session, old_id) == {}
    assert item.due_at is not None


def test_a_case_moved_back_before_the_seal_leaves_its_packet(session: Session, now: datetime) -> None:
    room = sealed_room(session, now)
    new = publish(session, room.scene.company, now, edit(IC, SECOND))
    rename = {"main.reading": "collecting"}
    migrate_cases(session, room.case.workflow_version_id, new.id, rename, actor=room.actor("hanna"), now=now)
    assert (room.case.phase, session.scalars(sa.select(Packet.unsealed_at)).all()) == ("collecting", [now])
    kinds = session.scalars(sa.select(AuditEvent.kind).order_by(AuditEvent.seq.desc()).limit(2)).all()
    assert kinds == ["workflow.migrate", "packet.unseal"]


def renamed() -> str:
    """Return the shipped workflow with its second state under another name."""
    return edit(IC, *RENAMED)


def test_only_hr_moves_cases_and_only_within_a_workflow(session: Session, now: datetime) -> None:
    company, case = live_case(session, now)
    old_id = case.workflow_version_id
    other = session.scalars(sa.select(WorkflowVersion.id).where(WorkflowVersion.key == "management")).one()
    proposal = propose(session, company, now, edit(IC, SECOND))
    hanna = company.actor("hanna")
    with pytest.raises(NotAllowed):
        migrate_cases(session, old_id, other, {}, actor=company.actor("greta"), now=now)
    for target in (other, old_id):
        with pytest.raises(Invalid):
            migrate_cases(session, old_id, target, {}, actor=hanna, now=now)
    for target in (proposal.id, 999_999):
        with pytest.raises(NotFound):
            migrate_cases(session, old_id, target, {}, actor=hanna, now=now)


@pytest.mark.both_databases
@pytest.mark.parametrize(("day", "has_notice"), [(8, True), (16, False)])
def test_a_later_day_that_hr_gave_goes_along(session: Session, now: datetime, day: int, has_notice: bool) -> None:
    company, case = live_case(session, now)
    new = publish(session, company, now, edit(IC, SECOND))
    packet = (CaseToken.case_id == case.id, CaseToken.region == "packet")
    token = session.scalars(sa.select(CaseToken).where(*packet)).one()
    usual, regions = token.due_at, count_regions(session, case)
    assert usual is not None
    state = load_definition(session, case.workflow_version_id).states[case.state].regions["packet"].states[token.state]
    calendar = calendar_of(session, session.get_one(Cycle, case.cycle_id), now)
    extend(session, case, token, state, calendar, until=date(2026, 12, 9))
    session.commit()
    late = datetime(2026, 12, day, 12, 0, tzinfo=UTC)  # the usual day has passed, the notices of the later one or not
    ahead = {each for each in timers_of_packet(session) if each[1] > late}
    migrate_cases(session, case.workflow_version_id, new.id, {}, actor=company.actor("hanna"), now=late)
    session.commit()
    after = session.scalars(sa.select(CaseToken).where(*packet)).one()
    assert (after.due_at, after.is_extended) == (calendar.end_of(date(2026, 12, 9)), True)
    assert (timers_of_packet(session), bool(ahead)) == (ahead, has_notice)
    assert count_regions(session, case) == regions


@pytest.mark.both_databases
def test_a_later_day_that_hr_gave_a_request_goes_along(session: Session, now: datetime) -> None:
    company, case = live_case(session, now)
    row, hanna = session.scalars(sa.select(Feedback)).one(), company.actor("hanna")
    decide_request(session, case.id, row.id, "approve", actor=company.actor("greta"), now=now)
    extend_request(session, case.id, row.id, date(2026, 12, 9), actor=hanna, now=now)
    new = publish(session, company, now, edit(IC, SECOND))
    later = now + timedelta(days=1)
    ahead = timers_of_request(session)
    migrate_cases(session, case.workflow_version_id, new.id, {}, actor=hanna, now=later)
    calendar = calendar_of(session, session.get_one(Cycle, case.cycle_id), now)
    assert (row.state, row.due_at) == ("asked", calendar.end_of(date(2026, 12, 9)))
    assert (timers_of_request(session), len(ahead)) == (ahead, 4)


@pytest.mark.both_databases
def test_a_usual_day_of_a_request_is_worked_out_anew(session: Session, now: datetime) -> None:
    company, case = live_case(session, now)
    row = session.scalars(sa.select(Feedback)).one()
    decide_request(session, case.id, row.id, "approve", actor=company.actor("greta"), now=now)
    sooner = (
        "        title: Asked\n        due: {working_days: 5}",
        "        title: Asked\n        due: {working_days: 3}",
    )
    new = publish(session, company, now, edit(IC, SECOND, sooner))
    migrate_cases(session, case.workflow_version_id, new.id, {}, actor=company.actor("hanna"), now=now)
    calendar = calendar_of(session, session.get_one(Cycle, case.cycle_id), now)
    assert row.due_at == calendar.end_of(date(2026, 11, 19))


def timers_of_request(session: Session) -> set[tuple[str, datetime]]:
    rows = session.execute(sa.select(Timer.what, Timer.due_at).where(Timer.place.like("feedback:%")))
    return {(row.what, row.due_at) for row in rows}


def timers_of_packet(session: Session) -> set[tuple[str, datetime]]:
    rows = session.execute(sa.select(Timer.what, Timer.due_at).where(Timer.place == "packet"))
    return {(row.what, row.due_at) for row in rows}


def count_regions(session: Session, case: Case) -> int:
    return session.scalar(sa.select(sa.func.count()).where(CaseToken.case_id == case.id)) or 0
