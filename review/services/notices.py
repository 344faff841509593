"""Effects that only tell people: the parties that a case has moved, the second rater that they are asked."""

from __future__ import annotations

from review.services.effects import Move, effect
from review.services.messages import enqueue_message


@effect("notify_parties")
def notify_parties(move: Move) -> None:
    """Tell candidate and manager that the case has moved; the mail says no more than that."""
    case = move.standing.case
    for person_id in dict.fromkeys((case.candidate_id, case.manager_id)):
        if person_id is not None and person_id != move.actor.person_id:
            _tell(move, person_id, "notify_parties")


@effect("notify_second_rater")
def notify_second_rater(move: Move) -> None:
    """Ask the second rater, with the date."""
    if move.standing.case.second_rater_id is not None:
        _tell(move, move.standing.case.second_rater_id, "notify_second_rater")


def _tell(move: Move, person_id: int, template: str) -> None:
    case = move.standing.case
    enqueue_message(
        move.session,
        key=f"{template}-{case.id}-{case.moves}-{person_id}",
        to_person_id=person_id,
        template=template,
        params={"page": "rate"} if template == "notify_second_rater" else {},
        case_id=case.id,
        now=move.now,
    )
