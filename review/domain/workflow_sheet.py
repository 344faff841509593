"""A workflow as tables for people: each action with who may, what it needs and where it leads; where live cases go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow_definition import MAIN, Action, Definition, Guard, Machine
from review.domain.workflow_versions import ITEM, MigrationPlan, Token
from review.domain.workflow_words import say_roles

Say = Callable[[Mapping[str, Any]], Text]
Title = Callable[[str, str], str]

CONDITIONS: Mapping[str, Say] = {
    "eligible": lambda _: text("the person is eligible"),
    "self_review_complete": lambda _: text("the self-review covers every criterion"),
    "evidence_for_every_criterion": lambda _: text("every criterion has evidence"),
    "every_rating_cites_evidence": lambda _: text("every rating cites evidence"),
    "second_rater_not_conflicted": lambda _: text("the second rater has no conflict"),
    "panel_scored": lambda params: text("%(at_least)s panel members have scored", **params),
    "giver_not_conflicted": lambda _: text("the person may be asked"),
    "feedback_complete": lambda _: text("every question is answered"),
    "packet_rendered": lambda _: text("the packet is ready to read"),
    "packet_opened": lambda _: text("the packet was opened"),
    "quorum_possible": lambda params: text("%(at_least)s members can vote", **params),
    "votes_cast": lambda params: text("%(at_least)s votes are in", **params),
    "all_present_have_voted": lambda _: text("everybody present has voted"),
    "quorum": lambda params: text("%(at_least)s votes count", **params),
    "revotes": lambda params: text("voted again fewer than %(below)s times", **params),
    "not_recused": lambda _: text("not recused"),
    "earlier_gaps_answered": lambda _: text("every gap of an earlier case is answered"),
    "gaps_named": lambda _: text("a gap is named"),
    "decision_is": lambda params: DECIDED[params["outcome"]],
    "letter_ready": lambda _: text("the letter is ready"),
    "second_person_approved": lambda _: text("a second person has approved"),
    "not_on_committee": lambda _: text("had no seat on the case"),
    "appeals_used": lambda params: text("fewer than %(below)s appeals so far", **params),
    "plan_answers_every_gap": lambda _: text("the plan answers every gap"),
    "plan_agreed_by_both": lambda _: text("candidate and manager have agreed"),
    "functions_covered": lambda params: text("%(at_least)s functions are heard", at_least=params["at_least"]),
    "feedback_count": lambda params: ANSWERS[params.get("kind")](params),
    "all_criteria_rated": lambda params: ROUNDS[params["round"]],
}

DECIDED: Mapping[str, Text] = {
    "promote": text("the decision is: promote"),
    "not_yet": text("the decision is: not yet"),
    "defer": text("the decision is: defer"),
}
ROUNDS: Mapping[str, Text] = {
    "first": text("every criterion has a first view"),
    "final": text("every criterion is rated"),
    "second": text("every criterion is rated a second time"),
}
ANSWERS: Mapping[str | None, Say] = {
    None: lambda params: text("%(at_least)s answers are in", at_least=params["at_least"]),
    "peer": lambda params: text("%(at_least)s answers of colleagues are in", at_least=params["at_least"]),
    "upward": lambda params: text("%(at_least)s answers of direct reports are in", at_least=params["at_least"]),
}


def say_condition(definition: Definition, guard: Guard) -> Text:
    """Return what a condition asks, before any case."""
    return say_guard(guard, lambda region, state: definition.places[region, state].title)


def say_guard(guard: Guard, title: Title) -> Text:
    """Return what a condition asks; `title` tells what a state of a region is called."""
    if guard.name == "in_state":
        return text("%(states)s", states=_titles(title, guard.params["region"], guard.params["state"]))
    if guard.name == "case_in":
        return text("the case is at: %(states)s", states=_titles(title, MAIN, guard.params["states"]))
    if not guard.parts:
        return CONDITIONS[guard.name](guard.params)
    said = [say_guard(part, title) for part in guard.parts]
    if guard.name == "not":
        return text("not: %(what)s", what=said[0])
    whole = said[0]
    for part in said[1:]:
        if guard.name == "any":
            whole = text("%(left)s or %(right)s", left=whole, right=part)
        else:
            whole = text("%(left)s and %(right)s", left=whole, right=part)
    return whole


def _titles(title: Title, region: str, states: str | list[str] | tuple[str, ...]) -> str:
    names = [states] if isinstance(states, str) else states
    return " / ".join(title(region, name) for name in names)


@dataclass(frozen=True)
class ActionLine:
    """One action of a table; `is_first` at the first action of a state."""

    state: str
    title: str
    who: tuple[Text, ...]
    needs: tuple[Text, ...]
    to: str
    is_back: bool
    is_first: bool


@dataclass(frozen=True)
class ActionTable:
    """The actions of one machine: the case's (name empty), a region's, or an item's."""

    name: str
    is_item: bool
    lines: tuple[ActionLine, ...]


def list_actions(definition: Definition) -> tuple[ActionTable, ...]:
    """Return the actions of the case, of its regions, and of its items, state by state."""
    tables = [
        ActionTable("" if region == MAIN else region, False, tuple(_lines(definition, machine)))
        for region, machine in definition.machines()
    ]
    tables += [
        ActionTable(kind, True, tuple(_lines(definition, machine))) for kind, machine in definition.items.items()
    ]
    return tuple(tables)


def _lines(definition: Definition, machine: Machine) -> Iterator[ActionLine]:
    for name in machine.in_order:
        title = machine.states[name].title
        for place, (_, action) in enumerate(machine.actions_from[name]):
            yield _line(definition, machine, title, action, is_first=place == 0)


def _line(definition: Definition, machine: Machine, state: str, action: Action, *, is_first: bool) -> ActionLine:
    return ActionLine(
        state=state,
        title=action.title,
        who=say_roles(action.by),
        needs=tuple(say_condition(definition, guard) for guard in action.when),
        to=machine.states[action.to].title,
        is_back=action.back,
        is_first=is_first,
    )


@dataclass(frozen=True)
class Choice:
    """A state that live cases could go to."""

    name: str
    title: str


@dataclass(frozen=True)
class MoveLine:
    """Where the live cases (or items) at one state would go; `target` is None while nobody has said."""

    region: str
    state: str
    title: str
    count: int
    target: str | None
    choices: tuple[Choice, ...]
    is_item: bool

    @property
    def token(self) -> str:
        """Return the name in a renaming map."""
        return f"{self.region}.{self.state}"


def list_moves(old: Definition, new: Definition, plan: MigrationPlan) -> tuple[MoveLine, ...]:
    """Return a line for each state in which live cases or items of the old version stand."""
    return tuple(_move(old, new, plan, token) for token in plan.targets if plan.counts[token])


def _move(old: Definition, new: Definition, plan: MigrationPlan, token: Token) -> MoveLine:
    region, state = token
    before, after = _machine_named(old, region), _machine_named(new, region)
    states = after.states if after else {}
    return MoveLine(
        region=region,
        state=state,
        title=before.states[state].title if before and state in before.states else state,
        count=plan.counts[token],
        target=plan.targets[token],
        choices=tuple(Choice(name, each.title) for name, each in states.items()),
        is_item=region.startswith(ITEM),
    )


def _machine_named(definition: Definition, region: str) -> Machine | None:
    if region.startswith(ITEM):
        return definition.items.get(region.removeprefix(ITEM))
    return next((machine for name, machine in definition.machines() if name == region), None)
