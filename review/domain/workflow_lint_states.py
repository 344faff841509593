"""Rules for one state: its phase, its outcome, its deadline and its timers."""

from __future__ import annotations

from collections.abc import Iterator

from review.domain.checks import MAILS, OUTCOMES, SYSTEM
from review.domain.phase import Phase
from review.domain.text import text
from review.domain.workflow_definition import Action, Definition, Span, State, TimerRule
from review.domain.workflow_finding import CASE, Finding, Path, Spot, one_of


def check_state(definition: Definition, spot: Spot, name: str) -> Iterator[Finding]:
    """Yield what is wrong in one state."""
    state, path = spot.machine.states[name], (*spot.path, "states", name)
    yield from _check_phase(spot, state, path)
    yield from _check_end(spot, state, path)
    yield from _check_regions(spot, state, path)
    if state.due is not None:
        yield from _check_due(definition, state.due, (*path, "due"))
    for place, timer in enumerate(state.timers):
        yield from _check_timer(definition, state, timer, (*path, "timers", place))
        yield from _check_fire(spot, name, timer, (*path, "timers", place))


def _check_phase(spot: Spot, state: State, path: Path) -> Iterator[Finding]:
    if spot.kind == CASE and state.phase is None:
        what = text("the state has no phase, so nobody knows who may see what in it")
        yield Finding(path, what, one_of(Phase), True)
    if spot.kind != CASE and state.phase is not None:
        yield Finding((*path, "phase"), text("only states of the case have a phase"), text("no phase here"), True)


def _check_end(spot: Spot, state: State, path: Path) -> Iterator[Finding]:
    if state.final and (state.due or state.timers):
        key = "due" if state.due else "timers"
        yield Finding((*path, key), text("a final state has no deadline"), text("neither due nor timers"), True)
    if spot.kind != CASE or not state.final:
        if state.outcome is not None:
            yield Finding((*path, "outcome"), text("only a final state of the case has an outcome"), None, True)
        return
    if state.outcome is None:
        yield Finding(path, text("a final state of the case needs an outcome"), one_of(OUTCOMES), True)
    elif state.outcome not in OUTCOMES:
        what = text('there is no outcome "%(outcome)s"', outcome=state.outcome)
        yield Finding((*path, "outcome"), what, one_of(OUTCOMES, state.outcome))


def _check_regions(spot: Spot, state: State, path: Path) -> Iterator[Finding]:
    if not state.regions:
        return
    if spot.kind != CASE:
        yield Finding((*path, "regions"), text("regions stand in states of the case alone"), None, True)
    if state.final:
        yield Finding((*path, "regions"), text("nothing goes on in a final state"), text("no regions"), True)


def _check_due(definition: Definition, span: Span, path: Path) -> Iterator[Finding]:
    if span.date is not None and span.date not in definition.dates:
        what = text('there is no date "%(date)s"', date=span.date)
        yield Finding((*path, "before" if span.before else "after"), what, one_of(definition.dates, span.date))


def _check_timer(definition: Definition, state: State, timer: TimerRule, path: Path) -> Iterator[Finding]:
    for place, role in enumerate(timer.notify):
        if role not in definition.roles:
            what = text('the role "%(role)s" is not declared', role=role)
            yield Finding((*path, "notify", place), what, one_of(definition.roles, role))
    if timer.template is not None and timer.template not in MAILS:
        what = text('there is no mail "%(mail)s"', mail=timer.template)
        yield Finding((*path, "template"), what, one_of(MAILS, timer.template))
    if timer.since == "due" and state.due is None:
        yield Finding(
            (*path, "since"), text("the state has no due date to count from"), text("since: entered, or a due")
        )
    if _is_after_deadline(state.due, timer):
        yield Finding((*path, "after"), text("the reminder comes after the deadline"), text("an earlier day"))


def _is_after_deadline(due: Span | None, timer: TimerRule) -> bool:
    """Compare where both count from the moment the state is entered; a date of the cycle may be near or far."""
    is_comparable = due is not None and due.date is None and timer.since == "entered" and timer.notify
    return bool(is_comparable and due is not None and timer.after.about_days > due.about_days)


def _check_fire(spot: Spot, state: str, timer: TimerRule, path: Path) -> Iterator[Finding]:
    if timer.fire is None:
        return
    action = spot.machine.actions.get(timer.fire)
    if action is None:
        what = text('there is no action "%(action)s" to fire', action=timer.fire)
        yield Finding((*path, "fire"), what, one_of(spot.machine.actions, timer.fire))
        return
    if state not in spot.machine.sources_of(action):
        what = text('"%(action)s" is not possible in this state', action=timer.fire)
        yield Finding((*path, "fire"), what, text("an action from this state"))
    if SYSTEM not in action.by:
        what = text('"%(action)s" is not for the system', action=timer.fire)
        yield Finding((*path, "fire"), what, text("an action with %(role)s in by", role=SYSTEM))
    if _needs_a_person(action):
        what = text('"%(action)s" asks for a form or a note, which no timer can write', action=timer.fire)
        yield Finding((*path, "fire"), what, text("an action without form and required note"))


def _needs_a_person(action: Action) -> bool:
    return action.form is not None or action.note == "required"
