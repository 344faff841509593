"""The only writer of where a case stands: every move of a case or of one of its items goes through here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from review.domain.access import Actor, roles_in
from review.domain.checks.facts import ANSWERED
from review.domain.errors import Fault, Invalid, NotAllowed, TransitionRefused
from review.domain.text import text
from review.domain.values import dataclass
from review.domain.workflow import MAIN, Action, Refusal, Step, decide, decide_item, outcome_of, phase_of, start
from review.models import Case, CaseNote, CaseToken, Cycle
from review.queries.items import ITEM_KINDS, load_item_facts, roles_on_item
from review.queries.mirrors import REGION
from review.queries.pinned import load_definition
from review.queries.standing import Standing, lock_standing
from review.services import audit, timers
from review.services.effects import Item, Move, run_effect
from review.services.feedback_sets import show_if_closed
from review.services.request_keys import claim
from review.services.seals import unseal_if_back


@dataclass(frozen=True)
class Fired:
    """What a move did; `is_repeat` when the same form had taken effect before and nothing was done again."""

    case_id: int
    action: str
    after: Mapping[str, str]
    is_repeat: bool = False


def fire(
    session: Session,
    case_id: int,
    action: str,
    *,
    actor: Actor,
    now: datetime,
    form: Mapping[str, object] | None = None,
    note: str = "",
    request_key: str | None = None,
) -> Fired:
    """Make a move of a case: tokens, due dates, timers, effects and the audit event, in the caller's transaction.

    Args:
        form: what the action's form held, for the effects.
        note: what the actor wrote with it; required by some actions.

    Raises:
        NotFound: the actor may not know of the case.
        NotAllowed: the actor has no role that does this.
        TransitionRefused: not possible now, with the reasons.
        Invalid: the note is missing.
    """
    standing = lock_standing(session, case_id, actor, now=now)
    if not claim(session, request_key, actor=actor, now=now):
        return Fired(case_id, action, standing.facts.tokens, is_repeat=True)
    return make_move(session, standing, action, standing.workflow_roles, now=now, form=form, note=note)


def make_move(
    session: Session,
    standing: Standing,
    action: str,
    roles: frozenset[str],
    *,
    now: datetime,
    form: Mapping[str, object] | None = None,
    note: str = "",
    acting: Actor | None = None,
) -> Fired:
    """Make a move of a locked case with these roles; errors as in fire().

    Args:
        acting: who signs it, where that does not follow from their roles; it then needs no note.
    """
    step = decide(standing.definition, standing.facts.tokens, action, roles, standing.facts)
    if isinstance(step, Refusal):
        raise _refused(step, roles, _by(standing, action))
    signed = acting or _sign(session, standing, _action(standing, step), action, note, now=now)
    _move_tokens(session, standing, step, now)
    case_id, detail = standing.case.id, {"before": dict(step.before), "after": dict(step.after)}
    audit.record(session, f"case.{action}", actor=signed, now=now, case_id=case_id, detail=detail)
    unseal_if_back(session, standing.case, standing.phase, actor=signed, now=now)
    if step.region == REGION:
        show_if_closed(session, standing.case, step.after[REGION], actor=signed, now=now)
    _run(step, Move(session, standing, signed, now, action, step.decision, form or {}, note))
    return Fired(case_id, action, step.after)


def fire_item(
    session: Session,
    case_id: int,
    item: Item,
    action: str,
    *,
    actor: Actor,
    now: datetime,
    form: Mapping[str, object] | None = None,
    note: str = "",
    request_key: str | None = None,
) -> Fired:
    """Make a move of one item (feedback, seat) of a case; arguments and errors as in fire()."""
    standing = lock_standing(session, case_id, actor, now=now)
    kind = ITEM_KINDS[type(item)]
    if not claim(session, request_key, actor=actor, now=now):
        return Fired(case_id, action, {kind: item.state}, is_repeat=True)
    session.refresh(item)
    roles = roles_on_item(standing, item)
    facts = load_item_facts(session, standing, item)
    step = decide_item(standing.definition, kind, item.state, action, roles, standing.facts, facts)
    found = standing.definition.items[kind].actions.get(action)
    if isinstance(step, Refusal) or found is None:
        reasons = step if isinstance(step, Refusal) else Refusal(())
        raise _refused(reasons, roles, frozenset(found.by) if found else frozenset())
    acting = _sign(session, standing, found, f"{kind}.{action}", note, now=now)
    _move_item(session, standing, item, step.after[kind], now)
    detail = {"before": step.before[kind], "after": step.after[kind]}
    _record_item(session, standing, item, action, acting, now=now, detail=detail)
    if kind == REGION and not ANSWERED.isdisjoint(detail.values()):
        show_if_closed(session, standing.case, standing.facts.tokens.get(REGION), actor=acting, now=now)
    _run(step, Move(session, standing, acting, now, action, step.decision, form or {}, note, item))
    return Fired(case_id, action, step.after)


def open_case(session: Session, case: Case, *, actor: Actor, now: datetime) -> None:
    """Put a new case at the beginning of its workflow: tokens, due dates, timers, audit event."""
    definition = load_definition(session, case.workflow_version_id)
    tokens = start(definition)
    case.state, case.phase, case.moves, case.moved_at = tokens[MAIN], str(phase_of(definition, tokens)), 1, now
    session.add(case)
    session.flush()
    calendar = timers.calendar_of(session, session.get_one(Cycle, case.cycle_id), now)
    for region, state in tokens.items():
        machine = definition if region == MAIN else definition.states[tokens[MAIN]].regions[region]
        due_at = timers.enter(session, case, calendar, region, machine.states[state], entry=1, now=now)
        session.add(CaseToken(case_id=case.id, region=region, state=state, entered_at=now, entry=1, due_at=due_at))
    audit.record(session, "case.open", actor=actor, now=now, case_id=case.id, detail={"kind": case.kind})


def open_item(
    session: Session, case_id: int, item: Item, *, actor: Actor, now: datetime, kind_detail: str = ""
) -> None:
    """Put a new item at the beginning of its small machine, under the case's lock."""
    standing = lock_standing(session, case_id, actor, now=now)
    item.case_id, item.entered_at = case_id, now
    item.state = standing.definition.items[ITEM_KINDS[type(item)]].initial
    session.add(item)
    session.flush()
    _move_item(session, standing, item, item.state, now)
    _record_item(session, standing, item, "open", actor, now=now, detail={"kind": kind_detail} if kind_detail else {})


def _run(step: Step, move: Move) -> None:
    for name in step.effects:
        run_effect(name, move)


def _sign(session: Session, standing: Standing, action: Action, name: str, note: str, *, now: datetime) -> Actor:
    """Keep the note that goes with an action and return who signs it, a delegate for whom they act."""
    _require_note(action, note)
    acting = _acting_for(standing, action, standing.actor)
    _keep_note(session, standing, name, note, acting, now=now)
    return acting


def _record_item(
    session: Session,
    standing: Standing,
    item: Item,
    action: str,
    actor: Actor,
    *,
    now: datetime,
    detail: dict[str, str],
) -> None:
    kind = ITEM_KINDS[type(item)]
    audit.record(
        session,
        f"{kind}.{action}",
        actor=actor,
        now=now,
        case_id=standing.case.id,
        subject_type=kind,
        subject_id=item.id,
        detail=detail,
    )


def _refused(refusal: Refusal, roles: frozenset[str], by: frozenset[str]) -> NotAllowed | TransitionRefused:
    reasons = [reason.text for reason in refusal.reasons]
    if by and roles.isdisjoint(by):
        return NotAllowed(*reasons, is_known=True)
    return TransitionRefused(reasons or [text("This is not possible at this step")])


def _by(standing: Standing, action: str) -> frozenset[str]:
    for _, machine in standing.definition.machines():
        if action in machine.actions:
            return frozenset(machine.actions[action].by)
    return frozenset()


def _action(standing: Standing, step: Step) -> Action:
    here = standing.definition
    machine = here if step.region == MAIN else here.states[step.before[MAIN]].regions[step.region]
    return machine.actions[step.action]


def _require_note(action: Action, note: str) -> None:
    if action.note == "required" and not note.strip():
        raise Invalid([Fault(text("Say why, in a sentence or two"), field="note")])


def _acting_for(standing: Standing, action: Action, actor: Actor) -> Actor:
    """Name the person on whose behalf a delegate acts, when no role of the delegate's own would do."""
    if not actor.delegators or actor.is_system:
        return actor
    own = {str(role) for role in roles_in(standing.parties, replace(actor, delegators={}))}
    if not own.isdisjoint(action.by):
        return actor
    for delegator, granted in actor.delegators.items():
        lent = roles_in(standing.parties, replace(actor, delegators={delegator: granted}))
        if not {str(role) for role in lent}.isdisjoint(action.by):
            return replace(actor, on_behalf_of=delegator)
    return actor


def _keep_note(session: Session, standing: Standing, action: str, note: str, actor: Actor, *, now: datetime) -> None:
    if note.strip():
        session.add(
            CaseNote(
                case_id=standing.case.id,
                action=action,
                phase=str(standing.phase),
                author_id=actor.person_id,
                on_behalf_of_id=actor.on_behalf_of,
                body=note.strip(),
                at=now,
            )
        )


def _move_tokens(session: Session, standing: Standing, step: Step, now: datetime) -> None:
    """Write the tokens after a step: regions that were left go, those that were entered begin anew."""
    case, definition = standing.case, standing.definition
    case.moves, case.moved_at = case.moves + 1, now
    flag_modified(case, "state")
    is_main = step.region == MAIN
    left = set(step.before) if is_main else {step.region}
    entered = set(step.after) if is_main else {step.region}
    timers.leave(session, case, left)
    calendar = timers.calendar_of(session, standing.cycle, now)
    session.execute(sa.delete(CaseToken).where(CaseToken.case_id == case.id, CaseToken.region.in_(left)))
    for region in sorted(entered):
        machine = definition if region == MAIN else definition.states[step.after[MAIN]].regions[region]
        state = machine.states[step.after[region]]
        due_at = timers.enter(session, case, calendar, region, state, entry=case.moves, now=now)
        session.add(
            CaseToken(
                case_id=case.id,
                region=region,
                state=step.after[region],
                entered_at=now,
                entry=case.moves,
                due_at=due_at,
            )
        )
    case.state = step.after[MAIN]
    case.phase = str(phase_of(definition, step.after))
    case.outcome = outcome_of(definition, step.after)
    case.closed_at = now if definition.states[case.state].final else None
    session.flush()


def _move_item(session: Session, standing: Standing, item: Item, state: str, now: datetime) -> None:
    kind = ITEM_KINDS[type(item)]
    standing.case.moves, standing.case.moved_at = standing.case.moves + 1, now
    place = f"{kind}:{item.id}"
    timers.leave(session, standing.case, [place])
    calendar = timers.calendar_of(session, standing.cycle, now)
    states = standing.definition.items[kind].states
    given = timers.find_given(item, states[item.state], calendar) if states[state].due else None
    item.state, item.entered_at, item.entry = state, now, standing.case.moves
    item.due_at = timers.enter(session, standing.case, calendar, place, states[state], entry=item.entry, now=now)
    timers.keep_given(session, standing.case, item, states[state], calendar, given=given)
    session.flush()
