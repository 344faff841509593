"""Writes a workflow as a Mermaid state diagram, for wikis and pull requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from review.domain.text import Text
from review.domain.workflow import MAIN, Tokens
from review.domain.workflow_definition import Definition, Machine
from review.domain.workflow_words import say_roles

STEP = "  "


def write_mermaid(definition: Definition, tokens: Tokens | None = None, translate: Callable[[Text], str] = str) -> str:
    """Return the case's machine in Mermaid's language, with the present states marked where tokens are given."""
    lines = ["stateDiagram-v2", *_machine(definition, STEP, "", translate)]
    here = [_name(tokens, region, state) for region, state in (tokens or {}).items()]
    if here:
        lines += [f"{STEP}classDef here fill:#0d5a69,color:#ffffff", f"{STEP}class {','.join(here)} here"]
    return "\n".join(lines) + "\n"


def _name(tokens: Tokens | None, region: str, state: str) -> str:
    if region == MAIN or tokens is None:
        return state
    return f"{tokens[MAIN]}__{region}__{state}"


def _machine(machine: Machine, indent: str, prefix: str, translate: Callable[[Text], str]) -> Iterator[str]:
    for name, state in machine.states.items():
        yield f'{indent}state "{_safe(state.title)}" as {prefix}{name}'
        if state.regions:
            yield f"{indent}state {prefix}{name} {{"
            for place, (region, inner) in enumerate(state.regions.items()):
                if place:
                    yield f"{indent}{STEP}--"
                yield from _machine(inner, indent + STEP, f"{prefix}{name}__{region}__", translate)
            yield f"{indent}}}"
        if state.initial:
            yield f"{indent}[*] --> {prefix}{name}"
        if state.final:
            yield f"{indent}{prefix}{name} --> [*]"
    for action in machine.actions.values():
        who = ", ".join(translate(role) for role in say_roles(action.by))
        for source in machine.sources_of(action):
            yield f"{indent}{prefix}{source} --> {prefix}{action.to}: {_safe(action.title)} ({who})"


def _safe(title: str) -> str:
    return title.replace('"', "'").replace(":", "·").replace(";", ",")
