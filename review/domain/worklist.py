"""What waits for a person: from where their cases stand and the roles they hold, without asking every check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from review.domain.text import Text, text
from review.domain.workflow import MAIN, Action, Definition, Guard, Tokens

MINUTES: Mapping[str | None, int] = {
    "rating": 40,
    "feedback": 10,
    "ballot": 20,
    "decision": 10,
    "appeal": 30,
    "second_rater": 5,
    "panel": 5,
}
"""About how long the work behind a form takes, in minutes."""

OTHERWISE = 5


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do in one place of a case: the actions that are open there, the first of them named."""

    region: str
    title: Text | str
    action: str
    form: str | None
    minutes: int


def find_tasks(definition: Definition, tokens: Tokens, roles: frozenset[str]) -> tuple[Task, ...]:
    """Return what the roles have to do with a case now: at most one task a region.

    Leaving, going back and what other regions still hold up are no tasks. Conditions on facts are not asked: a task
    may still need something, which its page then lists.
    """
    here = definition.states[tokens[MAIN]]
    found = [_task(MAIN, here.title, definition.actions_from[tokens[MAIN]], tokens, roles)]
    for region, machine in here.regions.items():
        state = machine.states[tokens[region]]
        found.append(_task(region, state.title, machine.actions_from[tokens[region]], tokens, roles))
    return tuple(task for task in found if task is not None)


def find_holders(definition: Definition, tokens: Tokens) -> frozenset[str]:
    """Return the roles whose turn it is: those with something to do now, the system left out."""
    return frozenset(role for role in definition.roles if find_tasks(definition, tokens, frozenset({role})))


def _task(
    region: str, title: str, actions: Iterable[tuple[str, Action]], tokens: Tokens, roles: frozenset[str]
) -> Task | None:
    open_here = []
    for name, action in actions:
        if action.bail or action.back or roles.isdisjoint(action.by):
            continue
        if not all(_may_hold(guard, tokens) for guard in action.when):
            continue
        if region != MAIN and _is_return(name, action):
            continue
        open_here.append((name, action))
    if not open_here:
        return None
    name, action = open_here[0]
    words = text(action.title) if len(open_here) == 1 else text(title)
    return Task(region, words, name, action.form, MINUTES.get(action.form, OTHERWISE))


def _is_return(name: str, action: Action) -> bool:
    """Tell whether an action inside a region only undoes: it wants a note or takes something back."""
    return action.note == "required" or name.startswith("take_back")


def _may_hold(guard: Guard, tokens: Tokens) -> bool:
    """Tell whether a condition may be met, as far as where the case stands says it."""
    if guard.name == "in_state":
        states = getattr(guard.typed_params, "states", ())
        return tokens.get(getattr(guard.typed_params, "region", "")) in states
    if guard.name == "any":
        return any(_may_hold(part, tokens) for part in guard.parts)
    if guard.name == "all":
        return all(_may_hold(part, tokens) for part in guard.parts)
    return True


@dataclass(frozen=True, slots=True)
class TodoRow:
    """One line of the to-do list. `page` names where it is done: a form, `case`, or another page."""

    verb: Text | str
    about: str
    context: Text | str
    due_at: datetime | None
    minutes: int
    page: str
    case_id: int | None = None
    item_id: int | None = None
