"""Walks every configuration a case can be in, conditions taken as maybe, and finds where the paths go wrong."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from review.domain.checks.registry import CaseIn, InState
from review.domain.text import text
from review.domain.values import dataclass
from review.domain.workflow import Tokens, leaving, move, start
from review.domain.workflow_definition import MAIN, Action, Definition, Guard, Machine
from review.domain.workflow_finding import ITEM, REGION, Finding, Path, Spot, spots

Configuration = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Edge:
    """An action that leads from one configuration to another."""

    before: Configuration
    region: str
    action: str
    after: Configuration
    is_bail: bool


@dataclass(frozen=True)
class Graph:
    """Every configuration that can be reached, and every action between them."""

    configurations: Mapping[Configuration, Tokens]
    edges: tuple[Edge, ...]


def configuration(tokens: Tokens) -> Configuration:
    """Return tokens as a value that can be compared and kept in sets."""
    return tuple(sorted(tokens.items()))


def explore(definition: Definition) -> Graph:
    """Return all configurations of a case; conditions on its own places are exact, all others may be met or not."""
    return _explore(definition, definition)


def explore_item(machine: Machine) -> Graph:
    """Return all states of an item; its conditions look at the case and may be met or not."""
    return _explore(machine, None)


def _explore(machine: Machine, case: Definition | None) -> Graph:
    first = start(machine)
    found = {configuration(first): first}
    queue = deque(found)
    edges = []
    while queue:
        key = queue.popleft()
        tokens = found[key]
        for region, name, action in leaving(machine, tokens):
            if case is not None and _is_blocked(action, tokens):
                continue
            after = move(machine, tokens, region, action.to)
            target = configuration(after)
            edges.append(Edge(key, region, name, target, action.bail))
            if target not in found:
                found[target] = after
                queue.append(target)
    return Graph(found, tuple(edges))


def _is_blocked(action: Action, tokens: Tokens) -> bool:
    return any(_judge_place(guard, tokens) is False for guard in action.when)


def _judge_place(guard: Guard, tokens: Tokens) -> bool | None:
    """Return whether a condition holds where it looks at places alone; None where it may or may not."""
    if guard.name == "not":
        inner = _judge_place(guard.parts[0], tokens)
        return None if inner is None else not inner
    if guard.parts:
        parts = [_judge_place(part, tokens) for part in guard.parts]
        decisive = guard.name == "any"
        if decisive in parts:
            return decisive
        return None if None in parts else not decisive
    match guard.name:
        case "in_state":
            params = guard.typed_params
            return isinstance(params, InState) and tokens.get(params.region) in params.states
        case "case_in":
            params = guard.typed_params
            return isinstance(params, CaseIn) and tokens[MAIN] in params.states
    return None


def check_paths(definition: Definition) -> Iterator[Finding]:
    """Yield states never reached, actions never usable, and places from which only bailing out leads on."""
    graph = explore(definition)
    for spot in spots(definition):
        if spot.kind == ITEM:
            inner = explore_item(spot.machine)
            yield from _check_use(spot, inner, MAIN)
            yield from _check_dead_ends(spot.machine, inner, spot.path)
        else:
            yield from _check_use(spot, graph, str(spot.path[-1]) if spot.kind == REGION else MAIN)
    yield from _check_dead_ends(definition, graph, ())


def _check_use(spot: Spot, graph: Graph, region: str) -> Iterator[Finding]:
    owner = spot.path[1] if spot.kind == REGION else None
    reached = {
        tokens[region] for tokens in graph.configurations.values() if region in tokens and owner in (None, tokens[MAIN])
    }
    used = {edge.action for edge in graph.edges if edge.region == region}
    for name in spot.machine.states:
        if name not in reached:
            what = text('the state "%(state)s" can never be reached', state=name)
            yield Finding((*spot.path, "states", name), what, text("an action that leads there"), True)
    for name, action in spot.machine.actions.items():
        if name not in used and reached.intersection(spot.machine.sources_of(action)):
            what = text('the action "%(action)s" can never be used', action=name)
            yield Finding((*spot.path, "actions", name), what, text("conditions that can be met"), True)


def _check_dead_ends(machine: Machine, graph: Graph, path: Path) -> Iterator[Finding]:
    ahead: dict[Configuration, set[Configuration]] = {key: set() for key in graph.configurations}
    for edge in graph.edges:
        if not edge.is_bail:
            ahead[edge.before].add(edge.after)
    finals = {key for key, tokens in graph.configurations.items() if machine.states[tokens[MAIN]].final}
    dead = set(ahead) - _leading_to(finals, ahead)
    told: set[Path] = set()
    for key in graph.configurations:
        if key in dead and _is_sink(key, ahead):
            place = _blame(graph, dead, key)
            if place not in told:
                told.add(place)
                what = text("a dead end: no action leads on to an end (leaving with bail does not count)")
                yield Finding((*path, *place), what, text("an action that leads on"), True)


def _leading_to(goals: set[Configuration], ahead: Mapping[Configuration, set[Configuration]]) -> set[Configuration]:
    good = set(goals)
    is_growing = True
    while is_growing:
        more = {key for key, targets in ahead.items() if key not in good and not targets.isdisjoint(good)}
        good |= more
        is_growing = bool(more)
    return good


def _reach(key: Configuration, ahead: Mapping[Configuration, set[Configuration]]) -> set[Configuration]:
    seen, queue = {key}, deque([key])
    while queue:
        for target in ahead[queue.popleft()] - seen:
            seen.add(target)
            queue.append(target)
    return seen


def _is_sink(key: Configuration, ahead: Mapping[Configuration, set[Configuration]]) -> bool:
    """Tell whether whatever can be reached from here can come back here: the end of the dead end."""
    return all(key in _reach(target, ahead) for target in _reach(key, ahead))


def _blame(graph: Graph, dead: set[Configuration], key: Configuration) -> Path:
    """Return the path of the state that makes the configuration dead: the case's own, or one of a region's."""
    tokens = graph.configurations[key]
    main = tokens[MAIN]
    around = [each for each in graph.configurations if (MAIN, main) in each]
    for region, state in tokens.items():
        alike = [each for each in around if (region, state) in each]
        if region != MAIN and len(alike) < len(around) and dead.issuperset(alike):
            return ("states", main, "regions", region, "states", state)
    return ("states", main)
