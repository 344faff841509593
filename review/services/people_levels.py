"""The new level after a promotion, a change of track, or an entry into the ladder."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from review.queries.cycles import load_dates
from review.services.effects import Move, effect
from review.services.people import set_level


@effect("write_new_level")
def write_new_level(move: Move) -> None:
    """Write the case's target level, held from the cycle's effective date, or from today where the cycle has none.

    A date that lies ahead is written as it is: the directory then shows the new level with the day from which it
    counts, and time in level is reckoned from that day.
    """
    case, cycle = move.standing.case, move.standing.cycle
    today = move.now.astimezone(ZoneInfo(cycle.zone)).date()
    since = load_dates(move.session, cycle.id).get("effective_date", today)
    set_level(move.session, case.candidate_id, case.to_level_id, since, actor=move.actor, now=move.now)
