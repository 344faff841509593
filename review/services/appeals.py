"""Appeals: filed once by the candidate, answered by people who did not sit on the case; both kept as moves happen."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import Fault, Invalid, NotFound, TransitionRefused
from review.domain.letter import GROUNDS
from review.domain.text import text
from review.models import Appeal
from review.queries.standing import lock_standing
from review.services import audit
from review.services.effects import Move, effect
from review.services.request_keys import claim
from review.services.transitions import Fired, fire

LONGEST = 20_000
FORM = "appeal"


def file_appeal(
    session: Session,
    case_id: int,
    ground: str,
    body: str,
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> Fired:
    """Appeal against the decision on one's own case.

    Raises:
        NotFound: the case is not the actor's own, or there is nothing to appeal against.
        TransitionRefused: not possible at this step, or an appeal was made before.
        Invalid: no such ground, no reasons, too long.
    """
    standing = lock_standing(session, case_id, actor, now=now)
    if not standing.may_write("appeal.text") or "candidate" not in standing.workflow_roles:
        raise NotFound
    action = next((each.id for each in standing.options() if each.form == FORM), "")
    if not claim(session, request_key, actor=actor, now=now):
        return Fired(case_id, action, standing.facts.tokens, is_repeat=True)
    if not action:
        raise TransitionRefused([text("An appeal is not possible at this step")])
    form = {"ground": ground, "body": body}
    return fire(session, case_id, action, actor=actor, now=now, form=form)


@effect("keep_appeal")
def keep_appeal(move: Move) -> None:
    """Keep ground and reasons of an appeal that has just been made; raise Invalid with every fault."""
    ground, body = str(move.form.get("ground", "")), str(move.form.get("body", "")).strip()
    faults = []
    if ground not in GROUNDS:
        faults.append(Fault(text("Choose what the appeal rests on"), field="ground"))
    if not body:
        faults.append(Fault(text("Say what happened, and where it can be seen"), field="body"))
    if len(body) > LONGEST:
        expected = text("at most %(count)s signs", count=LONGEST)
        faults.append(Fault(text("This is too long"), expected, field="body"))
    if faults:
        raise Invalid(faults)
    appeal = Appeal(case_id=move.standing.case.id, ground=ground, body=body, filed_at=move.now)
    move.session.add(appeal)
    move.session.flush()
    _record(move, "appeal.file", appeal)


@effect("answer_appeal")
def answer_appeal(move: Move) -> None:
    """Keep the answer to the open appeal, by whom and why: granted where the case goes back, else dismissed."""
    appeal = move.session.scalar(
        sa.select(Appeal)
        .where(Appeal.case_id == move.standing.case.id, Appeal.decided_at.is_(None))
        .order_by(Appeal.id.desc())
        .limit(1)
    )
    if appeal is None:
        raise TransitionRefused([text("There is no appeal to answer")])
    appeal.result = "granted" if move.standing.definition.actions[move.action].back else "dismissed"
    appeal.reason, appeal.decided_by_id, appeal.decided_at = move.note.strip(), move.actor.person_id, move.now
    move.session.flush()
    _record(move, "appeal.answer", appeal)


def _record(move: Move, kind: str, appeal: Appeal) -> None:
    audit.record(
        move.session,
        kind,
        actor=move.actor,
        now=move.now,
        case_id=appeal.case_id,
        subject_type="appeal",
        subject_id=appeal.id,
    )
