"""Rules for one action: its states, roles, conditions, effects and form exist, and its words agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from review.domain.checks import CHECKS, EFFECTS, FORMS, SYSTEM
from review.domain.checks.registry import CaseIn, InState
from review.domain.text import text
from review.domain.workflow_definition import GROUPS, Action, Definition, Guard
from review.domain.workflow_finding import CASE, Finding, Path, Spot, one_of

RECORD = "record_decision"


def check_action(definition: Definition, spot: Spot, name: str) -> Iterator[Finding]:
    """Yield what is wrong in one action."""
    action, path = spot.machine.actions[name], (*spot.path, "actions", name)
    yield from _check_ends(spot, action, path)
    yield from _check_names(definition, action, path)
    yield from _check_decision(spot, action, path)
    yield from _check_back(spot, action, path)
    for place, guard in enumerate(action.when):
        yield from _check_guard(definition, guard, (*path, "when", place))


def _check_ends(spot: Spot, action: Action, path: Path) -> Iterator[Finding]:
    states = spot.machine.states
    for place, source in enumerate(() if action.is_from_any else action.sources):
        if source not in states:
            what = text('there is no state "%(state)s"', state=source)
            yield Finding((*path, "from", place), what, one_of(states, source))
        elif states[source].final:
            what = text('the state "%(state)s" is final; nothing leaves it', state=source)
            yield Finding((*path, "from", place), what, text("a state that is not final"))
    if action.to not in states:
        yield Finding((*path, "to"), text('there is no state "%(state)s"', state=action.to), one_of(states, action.to))


def _check_names(definition: Definition, action: Action, path: Path) -> Iterator[Finding]:
    roles = (*definition.roles, SYSTEM)
    for place, role in enumerate(action.by):
        if role not in roles:
            what = text('the role "%(role)s" is not declared', role=role)
            yield Finding((*path, "by", place), what, one_of(roles, role))
    for place, effect in enumerate(action.do):
        if effect not in EFFECTS:
            what = text('there is no effect "%(effect)s"', effect=effect)
            yield Finding((*path, "do", place), what, one_of(EFFECTS, effect))
    if action.form is not None and action.form not in FORMS:
        what = text('there is no form "%(form)s"', form=action.form)
        yield Finding((*path, "form"), what, one_of(FORMS, action.form))


def _check_decision(spot: Spot, action: Action, path: Path) -> Iterator[Finding]:
    if action.decision and RECORD not in action.do:
        what = text("an action that decides must keep the decision")
        yield Finding((*path, "decision"), what, text("do: [%(effect)s]", effect=RECORD))
    if RECORD in action.do and not action.decision:
        what = text("%(effect)s does not know what was decided", effect=RECORD)
        yield Finding((*path, "do"), what, text("decision: promote, not_yet or defer"))
    if action.decision and spot.kind != CASE:
        yield Finding((*path, "decision"), text("only an action of the case decides"), text("no decision here"))


def _check_back(spot: Spot, action: Action, path: Path) -> Iterator[Finding]:
    states = spot.machine.states
    target = states[action.to].phase if action.to in states else None
    leaves = [states[name].phase for name in spot.machine.sources_of(action) if name in states]
    goes_back = target is not None and any(phase and phase.rank > target.rank for phase in leaves)
    if goes_back and not action.back:
        what = text("the phase goes back from this action without saying so")
        yield Finding((*path, "to"), what, text("back: true, or a later state"))
    if action.back and not goes_back and target is not None and None not in leaves:
        what = text("back: true, but the phase does not go back")
        yield Finding((*path, "back"), what, text("no back, or an earlier state"))
    if action.back and spot.kind != CASE:
        what = text("only an action of the case can take the phase back")
        yield Finding((*path, "back"), what, text("no back here"))


def _check_guard(definition: Definition, guard: Guard, path: Path) -> Iterator[Finding]:
    if guard.name in GROUPS:
        if not guard.parts or (guard.name == "not" and len(guard.parts) > 1):
            what = text('the group "%(group)s" does not hold the right number of conditions', group=guard.name)
            yield Finding(path, what, text("one condition") if guard.name == "not" else text("conditions in a list"))
        for place, part in enumerate(guard.parts):
            yield from _check_guard(definition, part, (*path, guard.name, place))
        return
    if guard.name not in CHECKS:
        what = text('there is no check "%(check)s"', check=guard.name)
        yield Finding(path, what, one_of((*CHECKS, *GROUPS), guard.name), isinstance(path[-1], str))
        return
    try:
        params = CHECKS[guard.name].params.model_validate(guard.params)
    except ValidationError as error:
        yield from _params_findings(guard, error, path)
        return
    if isinstance(params, InState):
        yield from _check_place(definition, params.region, params.states, (*path, guard.name))
    if isinstance(params, CaseIn):
        yield from _check_case_states(definition, params.states, (*path, guard.name, "states"))


def _params_findings(guard: Guard, error: ValidationError, path: Path) -> Iterator[Finding]:
    fields = CHECKS[guard.name].params.model_fields
    expected = text("the parameters %(names)s", names=", ".join(fields)) if fields else text("no parameters")
    seen: set[Path] = set()
    for each in error.errors():
        place = (*path, guard.name, *each["loc"][:1])
        if place in seen:
            continue
        seen.add(place)
        word = str(each["loc"][0]) if each["loc"] else ""
        match each["type"]:
            case "missing":
                what = text('the check "%(check)s" needs "%(word)s"', check=guard.name, word=word)
                yield Finding((*path, guard.name), what, expected)
            case "extra_forbidden":
                what = text('the check "%(check)s" has no "%(word)s"', check=guard.name, word=word)
                yield Finding(place, what, expected, True)
            case _:
                what = text('"%(word)s" cannot be this: %(why)s', word=word, why=each["msg"])
                yield Finding(place, what, expected)


def _check_place(definition: Definition, region: str, states: Iterable[str], path: Path) -> Iterator[Finding]:
    known: dict[str, set[str]] = {}
    for name, machine in definition.machines():
        known.setdefault(name, set()).update(machine.states)
    if region not in known:
        yield Finding((*path, "region"), text('there is no region "%(region)s"', region=region), one_of(known, region))
        return
    for state in states:
        if state not in known[region]:
            what = text('the region "%(region)s" has no state "%(state)s"', region=region, state=state)
            yield Finding((*path, "state"), what, one_of(known[region], state))


def _check_case_states(definition: Definition, states: Iterable[str], path: Path) -> Iterator[Finding]:
    for place, state in enumerate(states):
        if state not in definition.states:
            what = text('there is no state "%(state)s"', state=state)
            yield Finding((*path, place), what, one_of(definition.states, state))
