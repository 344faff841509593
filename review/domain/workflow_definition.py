"""The definition of a workflow as frozen models: the shape of the file, without the rules between its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, model_validator

from review.domain.checks import CHECKS, Place
from review.domain.checks.registry import Id, Params
from review.domain.phase import Phase
from review.domain.text import Text, text

MAIN = "main"
ANY = "any"
GROUPS = ("any", "all", "not")

Days = Annotated[int, Field(strict=True, ge=0, le=730)]
Title = Annotated[str, Field(min_length=1, max_length=120)]
Decided = Literal["promote", "not_yet", "defer"]


class ShapeError(ValueError):
    """A part whose keys do not go together; `what` says it to people."""

    def __init__(self, what: Text) -> None:
        self.what = what
        super().__init__(str(what))


class Model(BaseModel):
    """What every part shares: nothing unknown, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, populate_by_name=True)


class Guard(Model):
    """One condition of an action: a check with parameters, or a group (any, all, not) of conditions.

    In the file: `name`, `{name: {parameters}}`, `{any: [...]}`, `{all: [...]}` or `{not: condition}`.
    """

    name: str
    params: Mapping[str, Any] = {}
    parts: tuple[Guard, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _read_short_form(cls, value: object) -> object:
        if isinstance(value, str):
            return {"name": value}
        if not isinstance(value, dict) or len(value) != 1:
            raise ShapeError(text("a condition is a check's name, or a map with that name as its one key"))
        ((name, inner),) = value.items()
        if name in GROUPS:
            return {"name": name, "parts": inner if isinstance(inner, list) else [inner]}
        if inner is not None and not isinstance(inner, dict):
            raise ShapeError(text("parameters of a check are a map"))
        return {"name": name, "params": inner or {}}

    @cached_property
    def typed_params(self) -> Params:
        """Return the parameters in the check's own type; only after the lint has found no fault."""
        return CHECKS[self.name].params.model_validate(self.params)

    def walk(self) -> Iterator[Guard]:
        """Yield this condition and those within it."""
        yield self
        for part in self.parts:
            yield from part.walk()


class Span(Model):
    """A stretch of time: days or working days, from a start or before or after a date of the cycle."""

    days: Days | None = None
    working_days: Days | None = None
    before: Id | None = None
    after: Id | None = None

    @model_validator(mode="after")
    def _say_one_thing(self) -> Span:
        if (self.days is None) == (self.working_days is None):
            raise ShapeError(text("a span has either days or working_days"))
        if self.before and self.after:
            raise ShapeError(text("a span is either before or after a date"))
        return self

    @property
    def about_days(self) -> float:
        """Return the length in calendar days, working days counted as five in seven."""
        return self.days if self.days is not None else (self.working_days or 0) * 7 / 5

    @property
    def date(self) -> str | None:
        """Return the name of the cycle date the span hangs on."""
        return self.before or self.after


class TimerRule(Model):
    """What happens by itself while a state lasts: roles are told by a mail, or an action fires."""

    after: Span
    since: Literal["entered", "due"] = "entered"
    notify: tuple[Id, ...] = ()
    template: Id | None = None
    every: Span | None = None
    times: Annotated[int, Field(strict=True, ge=1, le=20)] = 1
    fire: Id | None = None

    @model_validator(mode="after")
    def _do_one_thing(self) -> TimerRule:
        if bool(self.notify) == bool(self.fire):
            raise ShapeError(text("a timer either notifies roles or fires an action"))
        if bool(self.notify) != bool(self.template):
            raise ShapeError(text("a timer that notifies names a template, and no other timer does"))
        if (self.times > 1) != (self.every is not None):
            raise ShapeError(text("a timer that repeats has both every and times"))
        if any(span and span.date for span in (self.after, self.every)):
            raise ShapeError(text("a timer counts from its state, not from a date of the cycle"))
        return self


class State(Model):
    """Where a case, a region of it or an item can be."""

    title: Title
    phase: Phase | None = None
    hint: str = ""
    initial: StrictBool = False
    final: StrictBool = False
    outcome: Id | None = None
    due: Span | None = None
    timers: tuple[TimerRule, ...] = ()
    regions: Mapping[Id, Machine] = {}


def _read_sources(value: object) -> object:
    return (ANY,) if value == ANY else value


class Action(Model):
    """A move from a state to another: who may, when, what follows.

    `decision` is what the action decides; `bail` leaves the path (withdraw) and is no progress; `back` says that the
    phase goes back on purpose.
    """

    title: Title
    sources: Annotated[tuple[Id, ...], Field(alias="from", min_length=1), BeforeValidator(_read_sources)]
    to: Id
    by: Annotated[tuple[Id, ...], Field(min_length=1)]
    when: tuple[Guard, ...] = ()
    do: tuple[Id, ...] = ()
    decision: Decided | None = None
    form: Id | None = None
    note: Literal["none", "optional", "required"] = "none"
    confirm: StrictBool = False
    back: StrictBool = False
    bail: StrictBool = False

    @property
    def is_from_any(self) -> bool:
        """Tell whether the action leaves any state that is not final."""
        return self.sources == (ANY,)

    def asks(self, check: str) -> Guard | None:
        """Return the condition of this name that must be met, if there is one (none inside a group)."""
        return next((guard for guard in self.when if guard.name == check), None)


def _rank(state: State) -> int:
    return state.phase.rank if state.phase else 0


class Machine(Model):
    """States and the actions between them."""

    states: Annotated[Mapping[Id, State], Field(min_length=1)]
    actions: Mapping[Id, Action] = {}

    @cached_property
    def initial(self) -> str:
        """Return the state a machine starts in."""
        return next(name for name, state in self.states.items() if state.initial)

    @cached_property
    def in_order(self) -> tuple[str, ...]:
        """Return the states in the order of their phases, then of the way through them; ends come last in a phase."""
        places, depth = {name: place for place, name in enumerate(self.states)}, dict.fromkeys(self.states, 0)
        ahead = [action for action in self.actions.values() if not action.back and not action.bail]
        for _ in self.states:
            for action in ahead:
                for source in self.sources_of(action):
                    if _rank(self.states[source]) <= _rank(self.states[action.to]) and source != action.to:
                        depth[action.to] = min(max(depth[action.to], depth[source] + 1), len(self.states))

        def key(name: str) -> tuple[int, bool, int, int]:
            state = self.states[name]
            return _rank(state), state.final, 0 if state.final else depth[name], places[name]

        return tuple(sorted(self.states, key=key))

    def sources_of(self, action: Action) -> tuple[str, ...]:
        """Return the states an action leaves."""
        if not action.is_from_any:
            return action.sources
        return tuple(name for name, state in self.states.items() if not state.final)

    @cached_property
    def actions_from(self) -> Mapping[str, tuple[tuple[str, Action], ...]]:
        """Return the actions that leave each state, in the order of the file, those that leave the path last."""
        in_order = sorted(self.actions.items(), key=lambda pair: pair[1].bail)
        return {name: tuple(pair for pair in in_order if name in self.sources_of(pair[1])) for name in self.states}


class Definition(Machine):
    """One version of a workflow: the case's machine with its regions, and the machines of its items."""

    schema_name: Literal["review-workflow/1"] = Field(alias="schema")
    key: Id
    version: Annotated[int, Field(strict=True, ge=1)]
    title: Title
    roles: Mapping[Id, Title]
    dates: tuple[Id, ...] = ()
    items: Mapping[Id, Machine] = {}

    @cached_property
    def places(self) -> Mapping[tuple[str, str], Place]:
        """Return the title of each state by (region, state), with the role that brings it about."""
        found: dict[tuple[str, str], Place] = {}
        for region, machine in self.machines():
            for name, state in machine.states.items():
                towards = (action.by[0] for action in machine.actions.values() if action.to == name)
                found[region, name] = Place(state.title, next(towards, None))
        return found

    def machines(self) -> Iterator[tuple[str, Machine]]:
        """Yield the case's machine as `main`, then each region of its states."""
        yield MAIN, self
        for state in self.states.values():
            yield from state.regions.items()
