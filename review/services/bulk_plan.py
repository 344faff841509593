"""What a step would do to each of several cases, or why it would not: said before it is done, and asked again then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.board import Party
from review.domain.bulk import (
    ENDED,
    GONE,
    MANAGER,
    SECOND_RATER,
    Step,
    Wish,
    find_new_day,
    find_obstacle_to_extension,
)
from review.domain.errors import NotFound
from review.domain.phase import Phase
from review.domain.schedule import Calendar
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow import MAIN, phase_of
from review.domain.workflow_definition import Action
from review.models import Cycle, Message, Person
from review.queries.cycle_cases import CaseLine
from review.queries.second_raters import list_possible_second_raters
from review.queries.standing import Standing, load_standing
from review.services.timers import calendar_of

NUDGE, EXTENDED = "case_nudge", "case_extended"
NOTIFY = "notify_parties"
"""The effect that tells candidate and manager that their case has moved."""
PAGES = {"second_rater": "rate", "panelist": "panel", "member": "ballot"}
"""Where whoever has only this to do in a case does it; the page of the case may be closed to them."""


@dataclass(frozen=True)
class Planned:
    """A case with what a step does to it and who gets a mail; with an obstacle it stays as it is."""

    line: CaseLine
    words: Text | None = None
    mails: tuple[Party, ...] = ()
    obstacle: Text | None = None


@dataclass(frozen=True)
class Ground:
    """What the plans of several cases stand on: who asks, the cycle's time, and who was nudged today, by case."""

    actor: Actor
    calendar: Calendar
    today: date
    now: datetime
    nudged: Mapping[int, frozenset[int]]


def plan_step(
    session: Session, cycle_id: int, lines: Sequence[CaseLine], step: Step, wish: Wish, *, actor: Actor, now: datetime
) -> tuple[Planned, ...]:
    """Return what a step would do to each of these cases of a cycle; writes nothing."""
    ground = survey(session, cycle_id, [line.id for line in lines], actor=actor, now=now)
    if step is not Step.REASSIGN:
        return tuple(plan_case(line, step, wish, ground) for line in lines)
    return tuple(_plan_standing(session, line, wish, ground) for line in lines)


def survey(session: Session, cycle_id: int, case_ids: Collection[int], *, actor: Actor, now: datetime) -> Ground:
    """Return what plans for these cases stand on."""
    cycle = session.get_one(Cycle, cycle_id)
    calendar = calendar_of(session, cycle, now)
    today = calendar.day_of(now)
    since = datetime.combine(today, time.min, ZoneInfo(cycle.zone))
    nudged: dict[int, set[int]] = defaultdict(set)
    told = sa.select(Message.case_id, Message.to_person_id).where(
        Message.case_id.in_(case_ids), Message.template == NUDGE, Message.created_at >= since
    )
    for case_id, person_id in session.execute(told):
        nudged[case_id or 0].add(person_id)
    return Ground(actor, calendar, today, now, {case_id: frozenset(people) for case_id, people in nudged.items()})


def plan_case(line: CaseLine, step: Step, wish: Wish, ground: Ground) -> Planned:
    """Return what a step other than handing on would do to one case."""
    if line.turn is None or line.definition.states[line.state_id].final:
        return Planned(line, obstacle=ENDED)
    if step is Step.CONFIRM:
        return _plan_confirmation(line, ground)
    if step is Step.NUDGE:
        return _plan_nudge(line, ground)
    return _plan_extension(line, wish, ground) if step is Step.EXTEND else _plan_withdrawal(line)


def _plan_confirmation(line: CaseLine, ground: Ground) -> Planned:
    found, turn = _confirmation_of(line), line.turn
    if found is None:
        return Planned(line, obstacle=text("Eligibility is not to be confirmed here"))
    parties = (turn.candidate, turn.manager) if turn and NOTIFY in found[1].do else ()
    named = {who.person_id: who for who in parties if who and who.is_here and who.person_id != ground.actor.person_id}
    return Planned(line, text("Confirms it, if level and time in it are right"), tuple(named.values()))


def find_confirmation(line: CaseLine) -> str | None:
    """Return the action by which HR confirms with one press that a candidate is eligible; None for none."""
    found = _confirmation_of(line)
    return found[0] if found else None


def _confirmation_of(line: CaseLine) -> tuple[str, Action] | None:
    actions = line.definition.actions_from[line.state_id]
    of_hr = ((name, each) for name, each in actions if "hr" in each.by and not each.form and each.note != "required")
    return next(((name, each) for name, each in of_hr if each.asks("eligible")), None)


def _plan_nudge(line: CaseLine, ground: Ground) -> Planned:
    named = {who.person_id: who for who in _holders(line)}
    here = [who for who in named.values() if who.is_here and who.person_id != ground.actor.person_id]
    if not here:
        why = text("It is not the turn of anybody by name") if not named else text("Whose turn it is has left")
        return Planned(line, obstacle=why)
    people = tuple(who for who in here if who.person_id not in ground.nudged.get(line.id, frozenset()))
    if not people:
        return Planned(line, obstacle=text("Reminded today already"))
    return Planned(line, text("Reminds %(names)s", names=_names(people)), people)


def _plan_extension(line: CaseLine, wish: Wish, ground: Ground) -> Planned:
    turn = line.turn
    phase = phase_of(line.definition, turn.stand.tokens) if turn else Phase.CLOSED
    new_on = find_new_day(line.due_on, wish, ground.calendar, ground.today) if line.due_on else None
    obstacle = find_obstacle_to_extension(line.due_on, new_on, phase, ground.calendar, ground.today)
    if obstacle is not None:
        return Planned(line, obstacle=obstacle)
    people = tuple({who.person_id: who for who in _holders(line) if who.is_here}.values())
    people = tuple(who for who in people if who.person_id != ground.actor.person_id)
    return Planned(line, text("Until %(day)s instead of %(before)s", day=new_on, before=line.due_on), people)


def _plan_withdrawal(line: CaseLine) -> Planned:
    turn = line.turn
    if turn is None or turn.candidate.is_here:
        return Planned(line, obstacle=text("The candidate works here; only they withdraw"))
    if find_withdrawal(line) is None:
        return Planned(line, obstacle=text("The outcome was announced; it stays"))
    manager = (turn.manager,) if turn.manager and turn.manager.is_here else ()
    return Planned(line, text("Withdraws the case: %(name)s has left", name=turn.candidate.name), manager)


def find_withdrawal(line: CaseLine) -> str | None:
    """Return the action by which a candidate could withdraw their case now, as its workflow says; None for none."""
    actions = line.definition.actions_from[line.state_id]
    return next((name for name, action in actions if action.bail and "candidate" in action.by), None)


def _plan_standing(session: Session, line: CaseLine, wish: Wish, ground: Ground) -> Planned:
    try:
        standing = load_standing(session, line.id, ground.actor, now=ground.now)
    except NotFound:
        return Planned(line, obstacle=GONE)
    return plan_handing_on(session, line, standing, wish)


def plan_handing_on(session: Session, line: CaseLine, standing: Standing, wish: Wish) -> Planned:
    """Return what handing a task on would do to one case: the part of its second rater, or of its manager."""
    if standing.case.closed_at is not None:
        return Planned(line, obstacle=ENDED)
    if wish.to_person_id is None:
        return Planned(line, obstacle=text("Say who takes it over"))
    taker = session.get_one(Person, wish.to_person_id)
    find_obstacle = _obstacle_for_rater if wish.part == SECOND_RATER else _obstacle_for_manager
    obstacle = find_obstacle(session, standing, taker)
    if obstacle is not None:
        return Planned(line, obstacle=obstacle)
    people = line.turn.people if line.turn else {}
    before = people.get(wish.part, ())
    takes = Party(taker.id, taker.name)
    told = (takes, *(who for who in before if who.is_here and wish.part == MANAGER))
    words = {
        SECOND_RATER: text("%(name)s is asked to rate, blind", name=taker.name),
        MANAGER: text("%(name)s becomes the manager in the case", name=taker.name),
    }
    return Planned(line, words[wish.part], told)


def _obstacle_for_rater(session: Session, standing: Standing, taker: Person) -> Text | None:
    if standing.facts.tokens.get("second_rating") not in {"to_assign", "asked"}:
        return text("No second rating is waited for")
    if standing.case.second_rater_id == taker.id:
        return text("%(name)s has this part already", name=taker.name)
    if taker.id not in dict(list_possible_second_raters(session, standing)):
        return text("%(name)s cannot be second rater here: level, team or a conflict", name=taker.name)
    return None


def _obstacle_for_manager(_session: Session, standing: Standing, taker: Person) -> Text | None:
    """Return why somebody does not take a manager's part: their line alone reads with them, so it stays within it."""
    if standing.case.manager_id == taker.id:
        return text("%(name)s has this part already", name=taker.name)
    if standing.facts.tokens[MAIN] and standing.phase not in {Phase.DRAFT, Phase.COLLECTING}:
        return text("The packet is sealed or the case has ended")
    in_line = standing.parties.skip_level_ids | {standing.candidate.manager_id or 0}
    if not taker.is_active or taker.id not in in_line or taker.id in standing.parties.conflicts:
        return text("%(name)s is not in the candidate’s line of managers", name=taker.name)
    if taker.id in standing.parties.giver_ids or taker.id == standing.case.second_rater_id:
        return text("%(name)s has another part in the case", name=taker.name)
    return None


def _holders(line: CaseLine) -> list[Party]:
    return [who for holder in (line.turn.holders if line.turn else ()) for who in holder.people]


def find_page(line: CaseLine, person_id: int) -> str:
    """Return the page of a case where somebody does what is theirs; empty for the case itself, who has more to do."""
    holders = line.turn.holders if line.turn else ()
    roles = {holder.role for holder in holders if any(who.person_id == person_id for who in holder.people)}
    return PAGES.get(roles.pop(), "") if len(roles) == 1 else ""


def _names(people: Sequence[Party]) -> str:
    return ", ".join(who.name for who in people)
