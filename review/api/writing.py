"""What a program may change, by the services of the pages: people from a file, reminders of feedback, nominations."""

from __future__ import annotations

import hashlib
from collections import Counter

from flask import request

from review.adapters.spreadsheet import read_table
from review.api.answers import Made
from review.api.callers import Call
from review.api.problems import Problem, say, say_fault
from review.api.room import operations
from review.api.shapes import (
    Fault,
    ImportAsked,
    Imported,
    Nominated,
    NominationSent,
    Nudged,
    NudgeRefused,
    NudgeSent,
)
from review.domain.api_scope import Scope
from review.domain.chasing import Step
from review.domain.errors import Invalid
from review.domain.people_changes import Plan
from review.domain.people_changes import Scope as Reach
from review.domain.people_file import DateOrder, read_people
from review.domain.text import Text
from review.queries.chasing import ChaseFilter, load_board
from review.services.cases import Nomination, nominate
from review.services.feedback_chasing import MOST_AT_ONCE, plan_step, take_step
from review.services.people import apply_changes, plan_import

ONCE = "Idempotency-Key"
MOST_FAULTS = 200


@operations.post("/people/import", Scope.WRITE_PEOPLE, query=ImportAsked, body="text/csv", answer=Imported)
def import_people(call: Call, asked: ImportAsked, sent: bytes) -> Imported:
    """Say what a people file would change; with `apply` and the fingerprint of that trial, take it in."""
    file = read_people(read_table(sent, "people.csv"), {}, DateOrder.NOT_SAID)
    scope = Reach.FULL if asked.full else Reach.PART
    plan = plan_import(call.session, file, actor=call.actor, now=call.now, scope=scope)
    if not asked.apply:
        return _tell(plan, is_applied=False)
    if plan.faults:
        raise Invalid(plan.faults[:MOST_FAULTS])
    if plan.fingerprint() != asked.fingerprint:
        raise Problem(409, "changed", "The directory has changed since the trial, or there was none. Try it again.")
    digest = hashlib.sha256(sent).hexdigest()
    apply_changes(call.session, file, actor=call.actor, now=call.now, scope=scope, digest=digest)
    return _tell(plan, is_applied=True)


@operations.post("/cycles/<int:cycle_id>/nudges", Scope.WRITE_NUDGES, body=NudgeSent, answer=Nudged)
def nudge(call: Call, cycle_id: int, sent: NudgeSent) -> Nudged:
    """Remind givers who have not answered, at most a hundred at once; or say how many that would be."""
    wanted = ChaseFilter(is_late=sent.late, page=0, most=MOST_AT_ONCE)
    board = load_board(call.session, cycle_id, call.actor, wanted, now=call.now)
    if sent.dry_run:
        planned = plan_step(board, Step.REMIND, None)
    else:
        key = request.headers.get(ONCE)
        once = f"api-{call.token.token_id}-{hashlib.sha256(key.encode()).hexdigest()[:40]}" if key else None
        planned = take_step(
            call.session, board.rows, Step.REMIND, until=None, actor=call.actor, now=call.now, request_key=once
        )
    refused: Counter[Text] = Counter(each.obstacle for each in planned if each.obstacle is not None)
    return Nudged(
        is_done=not sent.dry_run,
        count=sum(each.obstacle is None for each in planned),
        refused=[NudgeRefused(reason=say(reason), count=count) for reason, count in refused.items()],
    )


@operations.post(
    "/cycles/<int:cycle_id>/nominations", Scope.WRITE_NOMINATIONS, body=NominationSent, answer=Nominated, status=201
)
def nominate_one(call: Call, cycle_id: int, sent: NominationSent) -> Made:
    """Open a case for somebody: the owner's own, a direct report's, or anybody's for HR."""
    nomination = Nomination(sent.candidate_id, sent.kind, sent.to_level, sent.reason, sent.role_fit)
    case = nominate(call.session, cycle_id, nomination, actor=call.actor, now=call.now)
    place = f"{call.public_url}/cases/{case.id}"
    told = Nominated(case_id=case.id, code=case.code, url=place)
    return Made(told, f"{call.public_url}/api/v1/cases/{case.id}")


def _tell(plan: Plan, *, is_applied: bool) -> Imported:
    return Imported(
        is_applied=is_applied,
        counts=plan.counts(),
        fingerprint=plan.fingerprint(),
        faults=[Fault(**say_fault(fault)) for fault in plan.faults[:MOST_FAULTS]],
    )
