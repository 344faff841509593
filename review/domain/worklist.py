"""What waits for a person: from where their cases stand and the roles they hold, without asking every check."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from review.domain.access import COMPANY_ROLES
from review.domain.text import Text, text
from review.domain.values import dataclass
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

CHECK_MINUTES: Mapping[str, int] = {"self_review_complete": 120}
"""About how long the work takes that a check wants done before the button, in minutes."""

OTHERWISE = 5
RELEASING = "release_letter"

VERBS: Mapping[str | None, Text] = {"rating": text("Rate"), "decision": text("Decide")}
"""What people do with a form, where the actions behind it are only its end."""

EFFECT_VERBS: Mapping[str, Text] = {
    RELEASING: text("Announce the decision"),
    "answer_appeal": text("Answer the appeal"),
}
"""What actions come to that have an effect in common, though each does it its own way."""


@dataclass(frozen=True)
class Task:
    """One thing to do in one place of a case: the actions that are open there, the first of them named.

    `title` says what is to be done, `stage` where the case stands there.
    """

    region: str
    title: Text
    stage: Text
    action: str
    form: str | None
    minutes: int


def find_tasks(
    definition: Definition,
    tokens: Tokens,
    roles: frozenset[str],
    *,
    late: Collection[str] = (),
    heard: int | None = None,
) -> tuple[Task, ...]:
    """Return what the roles have to do with a case now: at most one task a region.

    Leaving, going back and what other regions still hold up are no tasks. Who is named first in an action's `by` holds
    it; a role of the whole company named after somebody of the case steps in once it is late. Other facts are not
    asked: a task may still need something, which its page then lists.

    Args:
        late: the regions whose day has passed; `main` counts for all of them.
        heard: how many answers are in, None where nobody has counted.
    """
    found = (
        _task(region, title, actions, _Place(tokens, roles, is_late, heard))
        for region, title, actions, is_late in _find_regions(definition, tokens, late)
    )
    return tuple(task for task in found if task is not None)


def brings_letter(definition: Definition, tokens: Tokens) -> bool:
    """Tell whether a case stands where the letter goes out: nobody has done anything about the answer yet."""
    return any(action.to == tokens[MAIN] and RELEASING in action.do for action in definition.actions.values())


def find_holders(
    definition: Definition, tokens: Tokens, *, late: Collection[str] = (), heard: int | None = None
) -> frozenset[str]:
    """Return the roles whose turn it is: those with something to do now, the system left out."""
    regions = tuple(_find_regions(definition, tokens, late))

    def has_task(role: str) -> bool:
        return any(
            _is_task(region, name, action, _Place(tokens, frozenset({role}), is_late, heard))
            for region, _title, actions, is_late in regions
            for name, action in actions
            if role in action.by
        )

    return frozenset(filter(has_task, definition.roles))


def _find_regions(
    definition: Definition, tokens: Tokens, late: Collection[str]
) -> Iterator[tuple[str, str, Iterable[tuple[str, Action]], bool]]:
    """Yield each region in which a case stands: the title of the place, the actions from there, whether it is late."""
    here = definition.states[tokens[MAIN]]
    yield MAIN, here.title, definition.actions_from[tokens[MAIN]], MAIN in late
    for region, machine in here.regions.items():
        state = tokens[region]
        yield region, machine.states[state].title, machine.actions_from[state], MAIN in late or region in late


@dataclass(frozen=True)
class _Place:
    """Where a case stands, for somebody, in one region."""

    tokens: Tokens
    roles: frozenset[str]
    is_late: bool
    heard: int | None


def _task(region: str, title: str, actions: Iterable[tuple[str, Action]], place: _Place) -> Task | None:
    open_here = [(name, action) for name, action in actions if _is_task(region, name, action, place)]
    if not open_here:
        return None
    name, action = open_here[0]
    return Task(region, _verb([each for _, each in open_here]), text(title), name, action.form, _minutes(action))


def _minutes(action: Action) -> int:
    before = sum(CHECK_MINUTES.get(guard.name, 0) for guard in action.when)
    return before or MINUTES.get(action.form, OTHERWISE)


def _verb(actions: list[Action]) -> Text:
    """Return what is to be done: by the form or the effect that all actions share, or what is on their buttons.

    Actions that need no reason go before those that do; a state's name is never a thing to do.
    """
    forms = {action.form for action in actions}
    if len(forms) == 1 and (form := forms.pop()) in VERBS:
        return VERBS[form]
    for effect, verb in EFFECT_VERBS.items():
        if all(effect in action.do for action in actions):
            return verb
    plain = [action for action in actions if action.note != "required"] or actions
    words = text(plain[0].title)
    for action in plain[1:]:
        words = text("%(one)s / %(other)s", one=words, other=text(action.title))
    return words


def _is_task(region: str, name: str, action: Action, place: _Place) -> bool:
    if action.bail or action.back or (region != MAIN and _is_return(name, action)):
        return False
    turn = [role for role in action.by if role in place.roles and (place.is_late or not _steps_in(role, action))]
    return bool(turn) and all(_may_hold(guard, place) for guard in action.when)


def _steps_in(role: str, action: Action) -> bool:
    """Tell whether a role does this only in place of somebody of the case, who is named before it."""
    return role in COMPANY_ROLES and action.by[0] not in COMPANY_ROLES


def _is_return(name: str, action: Action) -> bool:
    """Tell whether an action inside a region only undoes: it wants a note or takes something back."""
    return action.note == "required" or name.startswith("take_back")


def _may_hold(guard: Guard, place: _Place) -> bool:
    """Tell whether a condition may be met, as far as where the case stands says it."""
    if guard.name == "in_state":
        states = getattr(guard.typed_params, "states", ())
        return place.tokens.get(getattr(guard.typed_params, "region", "")) in states
    if guard.name == "feedback_count" and place.heard is not None:
        return place.heard >= int(getattr(guard.typed_params, "at_least", 0))
    if guard.name == "any":
        return any(_may_hold(part, place) for part in guard.parts)
    if guard.name == "all":
        return all(_may_hold(part, place) for part in guard.parts)
    return True


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class WaitingRow:
    """A case of one's own or of one's team in which others have something to do: whose turn it is, as roles' words."""

    case_id: int
    candidate: str
    stage: Text | str
    held_by: tuple[str, ...]
    due_at: datetime | None
