"""Every mistake in a workflow is found at its line and column, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from review.domain.errors import Fault
from review.domain.workflow_file import Workflow, parse_workflow
from review.domain.workflow_lint import lint
from tests.domain.workflow_gate_mistakes import GATES, OVERLAYS
from tests.domain.workflow_mistakes import BROKEN, Change

MISTAKES = {**BROKEN, **GATES}

FOLDER = Path(__file__).parents[2] / "workflows"
IC = (FOLDER / "ic.yaml").read_text(encoding="utf-8")
MANAGEMENT = (FOLDER / "management.yaml").read_text(encoding="utf-8")


def change(source: str, changes: tuple[Change, ...]) -> str:
    """Apply changes, each of which must fit exactly once."""
    for old, new in changes:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return source


def split_marks(source: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the text without «marks» and the line and column of each."""
    places = []
    while "«" in source:
        before, _, after = source.partition("«")
        places.append((before.count("\n") + 1, len(before) - before.rfind("\n")))
        source = before + after
    return source, places


def faults_of(source: str, file: str = "ic.yaml", files: dict[str, str] | None = None) -> tuple[Fault, ...]:
    """Return the faults of a text, none where it reads well."""
    parsed = parse_workflow(source, file, (files or {}).get)
    return () if isinstance(parsed, Workflow) else parsed


@pytest.mark.parametrize("name", MISTAKES)
def test_finds_each_mistake_at_its_place(name: str) -> None:
    changes, told = MISTAKES[name]
    source, places = split_marks(change(IC, changes))
    faults = faults_of(source)
    assert [str(fault.what) for fault in faults] == list(told)
    assert {(fault.line, fault.column) for fault in faults} == set(places)
    assert {fault.file for fault in faults} == {"ic.yaml"}
    assert all(str(fault.what) for fault in faults)


def test_tells_of_all_mistakes_at_once() -> None:
    changes = (
        ("form: appeal\n", "form: «apeal\n"),
        ("template: please_read", "template: «please_reed"),
        ("from: [growth_plan]", "from: [«growthplan]"),
    )
    source, places = split_marks(change(IC, changes))
    assert [(fault.line, fault.column) for fault in faults_of(source)] == places


def test_says_what_was_expected() -> None:
    source = change(IC, (("template: please_read", "template: please_reed"),))
    (fault,) = faults_of(source)
    assert str(fault.expected) == '"please_read"'


@pytest.mark.parametrize(
    ("kind", "state"),
    [("feedback", each) for each in ("proposed", "asked", "writing", "submitted", "frozen")]
    + [("seat", each) for each in ("seated", "read", "voted", "recused", "absent")],
)
def test_says_which_state_the_software_misses_in_an_item(kind: str, state: str) -> None:
    parsed = parse_workflow(IC, "ic.yaml", {}.get)
    assert isinstance(parsed, Workflow)
    machine = parsed.definition.items[kind]
    states = {name: each for name, each in machine.states.items() if name != state}
    items = {**parsed.definition.items, kind: machine.model_copy(update={"states": states})}
    found = [str(each.what) for each in lint(parsed.definition.model_copy(update={"items": items}))]
    assert [each for each in found if each.startswith("the item")] == [f'the item "{kind}" has no state "{state}"']


@pytest.mark.parametrize("name", OVERLAYS)
def test_finds_mistakes_of_an_overlay_in_the_overlay(name: str) -> None:
    changes, told = OVERLAYS[name]
    source, places = split_marks(change(MANAGEMENT, changes))
    faults = faults_of(source, "management.yaml", {"ic.yaml": IC})
    assert [str(fault.what) for fault in faults] == list(told)
    assert {(fault.line, fault.column) for fault in faults} == set(places)
    assert {fault.file for fault in faults} == {"management.yaml"}


def test_finds_mistakes_of_the_extended_file_in_that_file() -> None:
    base, places = split_marks(change(IC, (("form: appeal\n", "form: «apeal\n"),)))
    (fault,) = faults_of(MANAGEMENT, "management.yaml", {"ic.yaml": base})
    assert (fault.file, fault.line, fault.column) == ("ic.yaml", *places[0])


def test_finds_a_deletion_that_breaks_the_rest() -> None:
    overlay = "extends: ic.yaml\nstates:\n  appeal:\n    title: null\n"
    (fault,) = faults_of(overlay, "own.yaml", {"ic.yaml": IC})
    assert str(fault) == 'own.yaml:3:3: "title" is missing (expected: a value for it)'


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({}, 'there is no file "base.yaml"'),
        ({"base.yaml": "extends: own.yaml\n"}, '"own.yaml" extends itself'),
    ],
)
def test_refuses_an_overlay_of_nothing_and_of_itself(files: dict[str, str], what: str) -> None:
    (fault,) = faults_of("extends: base.yaml\n", "own.yaml", files)
    assert (str(fault.what), fault.line, fault.column) == (what, 1, 10)


def test_the_shipped_workflows_have_no_fault() -> None:
    assert faults_of(IC) == ()
    assert faults_of(MANAGEMENT, "management.yaml", {"ic.yaml": IC}) == ()
