"""Feedback of a demo case: who is proposed and approved, who says yes or no, and what they write."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from review.demo.content import Milestone
from review.demo.script import Answer, Giver
from review.demo.stage import CaseStage
from review.services.feedback import Proposal, ask_direct_reports, decide_request, propose_givers
from review.services.feedback_answers import AnswerDraft, Decline, decline, move_own, save_answer

MINUTE = timedelta(minutes=1)
ANSWER_EVERY = 7 * MINUTE
APPROVED_AFTER = timedelta(hours=2)
REPORTS_AFTER = timedelta(minutes=30)
PROPOSED, ASKED, WRITING = -1, -4, -7
"""Days on which requests that still wait were proposed, so that none of them is overdue beyond belief."""
YES, DRAFTED = -5, -1
"""Days on which somebody who still writes said yes, and last wrote."""
SOON = timedelta(days=14)
"""Within which most givers have answered, though feedback stays open longer."""
MORNING, NOON = time(9), time(11)


def play_feedback(scene: CaseStage) -> None:
    """Put everything about the case's feedback on the list."""
    if not scene.has(Milestone.ASKED):
        return
    asked = scene.at(Milestone.ASKED)
    peers = [giver for giver in scene.case.givers if giver.kind == "peer"]
    reports = [giver for giver in scene.case.givers if giver.kind == "upward"]
    for place, giver in enumerate(peers):
        at = max(asked, _asked_on(scene, giver)) + place * MINUTE
        scene.stage.add(at, _propose, scene, giver)
        if giver.state != "proposed" and giver.proposed_by is None:
            scene.stage.add(at + APPROVED_AFTER, _decide, scene, giver)
        _play_answering(scene, giver, at + APPROVED_AFTER, (place + 1) / (len(peers) + 1))
    if reports:
        scene.stage.add(asked + REPORTS_AFTER, _ask_reports, scene)
    for place, giver in enumerate(reports):
        _play_answering(scene, giver, asked + APPROVED_AFTER, (place + 1) / (len(reports) + 1))
    if scene.has(Milestone.FEEDBACK):
        scene.stage.add(scene.at(Milestone.FEEDBACK), _close, scene)


def _asked_on(scene: CaseStage, giver: Giver) -> datetime:
    """Return the earliest moment of asking: requests that wait in a case that is still collecting are recent."""
    days = {"proposed": PROPOSED, "asked": ASKED, "writing": WRITING}
    if scene.case.target.state != "collecting" or giver.state not in days:
        return scene.at(Milestone.ASKED)
    return scene.stage.moments.on(days[giver.state], MORNING)


def _play_answering(scene: CaseStage, giver: Giver, asked: datetime, share: float) -> None:
    """Put what a giver does on the list; `share` of the time until feedback is closed goes by before they write."""
    add, on = scene.stage.add, scene.stage.moments.on
    end = min(scene.until(Milestone.FEEDBACK, Milestone.WITHDRAWN) - timedelta(hours=1), asked + SOON)
    yes, writes = scene.stage.moments.spread(asked, asked + (end - asked) * share, 2)
    if giver.state == "declined":
        add(yes, _decline, scene, giver)
    if giver.state == "writing":
        yes, writes = max(asked, on(YES, NOON)), on(DRAFTED, NOON)
    if giver.state not in {"writing", "submitted"}:
        return
    add(yes, _move, scene, giver, "accept")
    for place, (criterion, answer) in enumerate(giver.answers.items(), 1):
        add(writes + ANSWER_EVERY * place, _answer, scene, giver, criterion, answer)
    if giver.state == "submitted":
        add(writes + ANSWER_EVERY * (len(giver.answers) + 1), _move, scene, giver, "submit")


def _propose(scene: CaseStage, giver: Giver, *, now: datetime) -> None:
    stage = scene.stage
    proposer = giver.proposed_by or scene.case.candidate
    is_rater = stage.content.person(scene.case.candidate).manager == proposer
    actor = stage.stand_in(proposer, now) if is_rater else stage.actor(proposer, now)
    proposal = Proposal((stage.ids[giver.person],), giver.note, (), giver.is_hidden_from_manager)
    rows = propose_givers(scene.session, scene.id, proposal, actor=actor, now=now)
    scene.feedback[giver.key] = rows[0].id


def _decide(scene: CaseStage, giver: Giver, *, now: datetime) -> None:
    action = "reject" if giver.state == "rejected" else "approve"
    number, actor = scene.feedback[giver.key], scene.manager(now)
    decide_request(scene.session, scene.id, number, action, actor=actor, now=now, note=giver.refusal)


def _ask_reports(scene: CaseStage, *, now: datetime) -> None:
    rows = ask_direct_reports(scene.session, scene.id, actor=scene.manager(now), now=now)
    asked = {row.giver_id: row.id for row in rows}
    for giver in scene.case.givers:
        if giver.kind == "upward":
            scene.feedback[giver.key] = asked[scene.stage.ids[giver.person]]


def _move(scene: CaseStage, giver: Giver, action: str, *, now: datetime) -> None:
    number, actor = scene.feedback[giver.key], scene.actor(giver.person, now)
    move_own(scene.session, scene.id, number, action, actor=actor, now=now)


def _answer(scene: CaseStage, giver: Giver, criterion: str, answer: Answer, *, now: datetime) -> None:
    number, actor = scene.feedback[giver.key], scene.actor(giver.person, now)
    save_answer(scene.session, scene.id, number, criterion, draft_of(answer), version=0, actor=actor, now=now)


def draft_of(answer: Answer) -> AnswerDraft:
    """Return what a giver writes on one criterion as the form holds it."""
    return AnswerDraft(
        situation=answer.cannot or answer.situation,
        done=answer.done,
        effect=answer.effect,
        value=answer.rating,
        cannot_judge=bool(answer.cannot),
    )


def _decline(scene: CaseStage, giver: Giver, *, now: datetime) -> None:
    given = Decline(giver.decline_kind or "", giver.decline_text)
    number, actor = scene.feedback[giver.key], scene.actor(giver.person, now)
    decline(scene.session, scene.id, number, given, actor=actor, now=now)


def _close(scene: CaseStage, *, now: datetime) -> None:
    scene.fire("close_feedback", scene.manager(now), now=now)
