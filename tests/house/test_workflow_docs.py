"""workflows/README.md names every key, check, parameter, effect, form, mail, role and outcome, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel

from review.domain.access import LENDABLE
from review.domain.checks import CHECKS, EFFECTS, FORMS, MAILS, OUTCOMES, ROLES
from review.domain.conflicts import ConflictKind
from review.domain.phase import Phase
from review.domain.policy import CONFLICT_KINDS, Policy
from review.domain.workflow_definition import Action, Definition, State, TimerRule
from review.domain.workflow_lint import ITEMS
from review.domain.workflow_words import ROLES as ROLE_WORDS

README = (Path(__file__).parents[2] / "workflows" / "README.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    """Return the text below a heading, up to the next heading."""
    _, _, after = README.partition(f"\n{heading}\n")
    assert after, heading
    return re.split(r"\n#{2,3} ", after, maxsplit=1)[0]


def first_cells(heading: str) -> list[str]:
    """Return the words in code style in the first column of a section's table."""
    rows = [line.split("|")[1] for line in section(heading).splitlines() if line.startswith("| `")]
    return [word for cell in rows for word in re.findall(r"`([^`]+)`", cell)]


def keys(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def policy_keys(model: type[BaseModel], prefix: str = "") -> Iterable[str]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from policy_keys(inner, f"{name}.")
        elif field.alias != "schema":
            yield prefix + name


@pytest.mark.parametrize(
    ("heading", "known"),
    [
        ("### Conditions", CHECKS),
        ("### Effects", EFFECTS),
        ("### Forms", FORMS),
        ("### Mails", MAILS),
        ("### Roles", ROLES),
        ("### Outcomes", OUTCOMES),
        ("### States", dict.fromkeys(keys(State))),
        ("### Actions", dict.fromkeys(keys(Action))),
        ("### Timers", dict.fromkeys(keys(TimerRule))),
        ("## A workflow: `schema: review-workflow/1`", dict.fromkeys(keys(Definition) | {"extends"})),
        ("## The policy: `schema: review-policy/1`", dict.fromkeys(policy_keys(Policy))),
    ],
)
def test_the_tables_are_complete(heading: str, known: Mapping[str, object]) -> None:
    assert sorted(first_cells(heading)) == sorted(known)


def test_every_parameter_of_a_check_is_named_beside_it() -> None:
    rows = {}
    for line in section("### Conditions").splitlines():
        if line.startswith("| `"):
            _, name, params, *_ = line.split("|")
            outside = re.sub(r"\([^)]*\)", "", params)
            rows[name.strip(" `")] = set(re.findall(r"`([^`]+)`", outside))
    assert rows == {name: set(check.params.model_fields) for name, check in CHECKS.items()}


def test_phases_conflicts_delegable_roles_and_needed_states_are_named() -> None:
    assert all(f"`{phase}`" in section("### States") for phase in Phase)
    assert all(f"`{kind}`" in section("## The policy: `schema: review-policy/1`") for kind in CONFLICT_KINDS)
    assert set(ConflictKind) < set(CONFLICT_KINDS)
    named = re.search(r"Delegates may hold ([^.]+?) for somebody", section("### Roles"), re.DOTALL)
    assert named is not None
    assert set(re.findall(r"`(\w+)`", named[1])) == LENDABLE & ROLES.keys()
    kept = section("### What no file can edit away")
    assert all(f"`{word}`" in kept for kind, states in ITEMS.items() for word in (kind, *states))


def test_every_role_has_a_short_word_for_diagrams() -> None:
    assert set(ROLE_WORDS) == {*ROLES, "system"}
