"""What is possible in a case, why not, and what would change: pure decisions over a definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from review.domain.checks import CHECKS, CaseFacts, ItemFacts, Situation
from review.domain.checks.registry import joined
from review.domain.phase import Phase
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow_definition import MAIN, Action, Definition, Guard, Machine, State

__all__ = [
    "MAIN",
    "Action",
    "Definition",
    "Guard",
    "Machine",
    "Option",
    "Reason",
    "Refusal",
    "State",
    "Step",
    "Tokens",
    "decide",
    "decide_item",
    "enter",
    "item_options",
    "leaving",
    "move",
    "options",
    "outcome_of",
    "phase_of",
    "start",
    "state_of",
]

Tokens = Mapping[str, str]


@dataclass(frozen=True)
class Reason:
    """One condition of an action in words, met or missing, and the role that holds it."""

    is_met: bool
    text: Text
    holder: str | None = None


@dataclass(frozen=True)
class Option:
    """An action that the actor's role has here; `reasons` are the conditions still missing, `conditions` are all."""

    id: str
    title: str
    region: str
    to: str
    is_allowed: bool
    reasons: tuple[Reason, ...]
    conditions: tuple[Reason, ...]
    form: str | None
    needs_confirm: bool
    note: str


@dataclass(frozen=True)
class Step:
    """What an action changes: the tokens before and after, the effects to run, and what is decided by it."""

    action: str
    region: str
    before: Tokens
    after: Tokens
    effects: tuple[str, ...]
    decision: str | None = None


@dataclass(frozen=True)
class Refusal:
    """Why an action does not happen; never without a reason."""

    reasons: tuple[Reason, ...]


def start(machine: Machine) -> Tokens:
    """Return the tokens of a new case or item."""
    return enter(machine, {}, machine.initial)


def enter(machine: Machine, tokens: Tokens, state: str) -> Tokens:
    """Return the tokens after entering a state: the regions left are dropped, those entered begin anew."""
    left = machine.states[tokens[MAIN]].regions if MAIN in tokens else {}
    kept = {region: here for region, here in tokens.items() if region != MAIN and region not in left}
    entered = {region: inner.initial for region, inner in machine.states[state].regions.items()}
    return {**kept, MAIN: state, **entered}


def phase_of(definition: Definition, tokens: Tokens) -> Phase:
    """Return the phase a case is in."""
    phase = definition.states[tokens[MAIN]].phase
    if phase is None:
        raise ValueError(f"the state {tokens[MAIN]} has no phase")
    return phase


def outcome_of(definition: Definition, tokens: Tokens) -> str | None:
    """Return how a case has ended, None while it goes on."""
    return definition.states[tokens[MAIN]].outcome


def state_of(definition: Definition, tokens: Tokens, region: str) -> State:
    """Return the state that a region of a case is in."""
    return _machine(definition, tokens, region).states[tokens[region]]


def options(
    definition: Definition, tokens: Tokens, roles: frozenset[str], facts: CaseFacts, *, only: str | None = None
) -> tuple[Option, ...]:
    """Return the actions that the roles have here, each with what is still missing.

    Args:
        only: the one action that is asked for; None for all.
    """
    situation = Situation(facts, tokens, definition.places)
    return tuple(
        _option(name, action, region, situation, roles)
        for region, name, action in leaving(definition, tokens)
        if not roles.isdisjoint(action.by) and (only is None or name == only)
    )


def decide(
    definition: Definition, tokens: Tokens, action: str, roles: frozenset[str], facts: CaseFacts
) -> Step | Refusal:
    """Return what the action would change, or why it cannot happen."""
    here = next((each for each in leaving(definition, tokens) if each[1] == action), None)
    if here is None:
        return _impossible(definition, tokens, action)
    region, _, found = here
    refusal = _refuse(definition, found, roles, Situation(facts, tokens, definition.places))
    if refusal:
        return refusal
    return Step(action, region, tokens, move(definition, tokens, region, found.to), found.do, found.decision)


def item_options(  # noqa: PLR0917 - read like options(), with the item's three facts in between
    definition: Definition, kind: str, state: str, roles: frozenset[str], facts: CaseFacts, item_facts: ItemFacts
) -> tuple[Option, ...]:
    """Return the actions that the roles have on one item (feedback, seat) of the case."""
    situation = Situation(facts, facts.tokens, definition.places, item_facts)
    return tuple(
        _option(name, action, kind, situation, roles)
        for name, action in definition.items[kind].actions_from.get(state, ())
        if not roles.isdisjoint(action.by)
    )


def decide_item(  # noqa: PLR0917 - read like decide(), with the item's three facts in between
    definition: Definition,
    kind: str,
    state: str,
    action: str,
    roles: frozenset[str],
    facts: CaseFacts,
    item_facts: ItemFacts,
) -> Step | Refusal:
    """Return what the action would change in one item, or why it cannot happen."""
    machine = definition.items[kind]
    found = dict(machine.actions_from.get(state, ())).get(action)
    if found is None:
        now = machine.states[state].title if state in machine.states else state
        return Refusal((Reason(False, text("This is not possible any more. Now: %(now)s", now=now)),))
    refusal = _refuse(definition, found, roles, Situation(facts, facts.tokens, definition.places, item_facts))
    return refusal or Step(action, kind, {kind: state}, {kind: found.to}, found.do, found.decision)


def leaving(machine: Machine, tokens: Tokens) -> Iterator[tuple[str, str, Action]]:
    """Yield (region, name, action) for every action that leaves where the tokens stand."""
    here = tokens[MAIN]
    for name, action in machine.actions_from[here]:
        yield MAIN, name, action
    for region, inner in machine.states[here].regions.items():
        for name, action in inner.actions_from[tokens[region]]:
            yield region, name, action


def move(machine: Machine, tokens: Tokens, region: str, to: str) -> Tokens:
    """Return the tokens after a region has gone to a state."""
    return enter(machine, tokens, to) if region == MAIN else {**tokens, region: to}


def _machine(definition: Definition, tokens: Tokens, region: str) -> Machine:
    return definition if region == MAIN else definition.states[tokens[MAIN]].regions[region]


def _option(name: str, action: Action, region: str, situation: Situation, roles: frozenset[str]) -> Option:
    conditions = tuple(_tell(_judge(guard, situation), roles) for guard in action.when)
    missing = tuple(reason for reason in conditions if not reason.is_met)
    return Option(
        id=name,
        title=action.title,
        region=region,
        to=action.to,
        is_allowed=not missing,
        reasons=missing,
        conditions=conditions,
        form=action.form,
        needs_confirm=action.confirm,
        note=action.note,
    )


def _tell(reason: Reason, roles: frozenset[str]) -> Reason:
    """Return a reason as who has these roles reads it: nobody is told that something waits for themselves."""
    return replace(reason, holder=None) if reason.holder in roles else reason


def _refuse(definition: Definition, action: Action, roles: frozenset[str], situation: Situation) -> Refusal | None:
    if roles.isdisjoint(action.by):
        who = ", ".join(definition.roles.get(role, role) for role in action.by)
        return Refusal((Reason(False, text("Only for: %(who)s", who=who), action.by[0]),))
    missing = tuple(reason for guard in action.when if not (reason := _judge(guard, situation)).is_met)
    return Refusal(missing) if missing else None


def _impossible(definition: Definition, tokens: Tokens, action: str) -> Refusal:
    now = definition.states[tokens[MAIN]].title
    titles = (
        each.title for _, machine in definition.machines() for name, each in machine.actions.items() if name == action
    )
    return Refusal(
        (
            Reason(
                False, text('"%(action)s" is not possible at this step: %(now)s', action=next(titles, action), now=now)
            ),
        )
    )


def _judge(guard: Guard, situation: Situation) -> Reason:
    """Return the verdict on a condition; a group speaks with the words of its parts."""
    if not guard.parts:
        verdict = CHECKS[guard.name].judge(situation, guard.typed_params)
        return Reason(verdict.is_met, verdict.reason, verdict.holder)
    parts = [_judge(part, situation) for part in guard.parts]
    missing = [part for part in parts if not part.is_met]
    if guard.name == "not":
        return Reason(bool(missing), text("Not while: %(what)s", what=parts[0].text))
    if guard.name == "all":
        told = missing or parts
        return Reason(
            not missing, joined((part.text for part in told), pattern=text("%(left)s; %(right)s")), told[0].holder
        )
    met = next((part for part in parts if part.is_met), None)
    return met or Reason(
        False, joined((part.text for part in parts), pattern=text("%(left)s, or: %(right)s")), parts[0].holder
    )
