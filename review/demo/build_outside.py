"""Givers from outside of a demo case: who asks them, and what is answered by the link in their mail."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import sqlalchemy as sa

from review.demo.build_feedback import ANSWER_EVERY, APPROVED_AFTER, SOON, draft_of
from review.demo.content import Milestone
from review.demo.script import Answer, OutsideGiver
from review.demo.stage import CaseStage
from review.models import Invite
from review.services.feedback import decide_request
from review.services.feedback_answers import move_own, save_answer
from review.services.feedback_outside import Invitation, invite_outsider, use_link
from review.services.invite_links import end_links, make_link

ASKED_AFTER = timedelta(hours=3)
YESTERDAY, AFTERNOON = -1, time(15, 30)
"""When somebody is asked who has not answered yet: the mail with their link is still to be sent."""


def play_outside(scene: CaseStage) -> None:
    """Put everything about the case's givers from outside on the list."""
    if not scene.has(Milestone.ASKED):
        return
    for giver in scene.case.outside:
        if giver.state == "asked":
            scene.stage.add(scene.stage.moments.on(YESTERDAY, AFTERNOON), _ask, scene, giver)
            continue
        asked = scene.at(Milestone.ASKED) + ASKED_AFTER
        end = min(scene.until(Milestone.FEEDBACK, Milestone.WITHDRAWN) - timedelta(hours=1), asked + SOON)
        scene.stage.add(asked, _propose, scene, giver)
        scene.stage.add(asked + APPROVED_AFTER, _approve, scene, giver)
        (writes,) = scene.stage.moments.spread(asked + APPROVED_AFTER, end, 1)
        for place, (criterion, answer) in enumerate(giver.answers.items(), 1):
            scene.stage.add(writes + ANSWER_EVERY * place, _answer, scene, giver, criterion, answer)
        scene.stage.add(writes + ANSWER_EVERY * (len(giver.answers) + 1), _send, scene, giver)


def _propose(scene: CaseStage, giver: OutsideGiver, *, now: datetime) -> None:
    _invite(scene, giver, scene.case.candidate, now)


def _ask(scene: CaseStage, giver: OutsideGiver, *, now: datetime) -> None:
    _invite(scene, giver, scene.stage.content.person(scene.case.candidate).manager or "", now)


def _invite(scene: CaseStage, giver: OutsideGiver, by: str, now: datetime) -> None:
    given = Invitation(
        giver.name, giver.email, giver.organisation, giver.worked_together, giver.note, zone=giver.zone or None
    )
    row = invite_outsider(scene.session, scene.id, given, actor=scene.stage.stand_in(by, now), now=now)
    if row is not None:
        scene.feedback[giver.key] = row.id


def _approve(scene: CaseStage, giver: OutsideGiver, *, now: datetime) -> None:
    """Approve as the manager; the link is made as if their mail had gone out at once."""
    number = scene.feedback[giver.key]
    decide_request(scene.session, scene.id, number, "approve", actor=scene.manager(now), now=now)
    scene.links[giver.key] = make_link(scene.session, _invite_of(scene, giver), now=now)


def _answer(scene: CaseStage, giver: OutsideGiver, criterion: str, answer: Answer, *, now: datetime) -> None:
    link = use_link(scene.session, scene.links[giver.key], now=now)
    about = (scene.id, scene.feedback[giver.key], criterion, draft_of(answer))
    save_answer(scene.session, *about, version=0, actor=link.actor, now=now)


def _send(scene: CaseStage, giver: OutsideGiver, *, now: datetime) -> None:
    link = use_link(scene.session, scene.links[giver.key], now=now)
    move_own(scene.session, scene.id, scene.feedback[giver.key], "submit", actor=link.actor, now=now)
    end_links(scene.session, link.invite_id, now=now)


def _invite_of(scene: CaseStage, giver: OutsideGiver) -> int:
    found = sa.select(Invite.id).where(Invite.feedback_id == scene.feedback[giver.key])
    return scene.session.scalars(found).one()
