"""Finds everything wrong in a definition: first in its parts, then in the paths through it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from review.domain.checks import ROLES
from review.domain.text import text
from review.domain.workflow_definition import MAIN, Definition
from review.domain.workflow_finding import CASE, REGION, Finding, Spot, one_of, spots
from review.domain.workflow_gates import check_gates, check_sign_off
from review.domain.workflow_graph import check_paths
from review.domain.workflow_lint_actions import check_action
from review.domain.workflow_lint_states import check_state

ITEMS = {
    "feedback": ("proposed", "asked", "writing", "submitted", "frozen"),
    "seat": ("seated", "read", "voted", "recused", "absent"),
}
"""Items that the software acts on, with the states it needs in each."""


def lint(definition: Definition) -> tuple[Finding, ...]:
    """Return every finding; paths are only walked once the parts fit together."""
    findings = [*_check_roles(definition), *_check_items(definition)]
    for spot in spots(definition):
        findings += _check_spot(definition, spot)
    findings += check_gates(definition)
    if not findings:
        findings += check_paths(definition)
        findings += check_sign_off(definition)
    return tuple(findings)


def _check_spot(definition: Definition, spot: Spot) -> Iterator[Finding]:
    yield from _check_initial(spot)
    if spot.kind == REGION:
        yield from _check_region_name(spot)
    if spot.kind == CASE:
        yield from _check_action_names(definition)
    for name in spot.machine.states:
        yield from check_state(definition, spot, name)
    for name in spot.machine.actions:
        yield from check_action(definition, spot, name)


def _check_roles(definition: Definition) -> Iterator[Finding]:
    for role in definition.roles:
        if role not in ROLES:
            yield Finding(("roles", role), text('there is no role "%(role)s"', role=role), one_of(ROLES, role), True)


def _check_items(definition: Definition) -> Iterator[Finding]:
    for kind in definition.items:
        if kind not in ITEMS:
            yield Finding(("items", kind), text('there is no item "%(kind)s"', kind=kind), one_of(ITEMS, kind), True)
    for kind, states in ITEMS.items():
        if kind not in definition.items:
            what = text('the item "%(kind)s" is missing', kind=kind)
            yield Finding(("items",), what, text("the items %(kinds)s", kinds=", ".join(ITEMS)), True)
            continue
        for state in states:
            if state not in definition.items[kind].states:
                what = text('the item "%(kind)s" has no state "%(state)s"', kind=kind, state=state)
                yield Finding(("items", kind, "states"), what, text("the states %(all)s", all=", ".join(states)), True)


def _check_initial(spot: Spot) -> Iterator[Finding]:
    initial = [name for name, state in spot.machine.states.items() if state.initial]
    expected = text("exactly one state with initial: true")
    if not initial:
        yield Finding((*spot.path, "states"), text("no state is the initial one"), expected, True)
    for extra in initial[1:]:
        what = text('a second initial state; the first is "%(first)s"', first=initial[0])
        yield Finding((*spot.path, "states", extra, "initial"), what, expected)


def _check_region_name(spot: Spot) -> Iterator[Finding]:
    if spot.path[-1] == MAIN:
        what = text('a region cannot be called "%(name)s"; that is the case itself', name=MAIN)
        yield Finding(spot.path, what, text("another name"), True)


def _check_action_names(definition: Definition) -> Iterator[Finding]:
    """Find actions of one name that could be meant at the same moment."""
    for name, state in definition.states.items():
        seen = Counter(definition.actions.keys())
        for region, machine in state.regions.items():
            for action in machine.actions:
                seen[action] += 1
                if seen[action] > 1:
                    path = ("states", name, "regions", region, "actions", action)
                    what = text('another action is called "%(action)s" at the same step', action=action)
                    yield Finding(path, what, text("a name of its own"), True)
