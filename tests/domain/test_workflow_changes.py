"""What one version of a workflow changes of another, in sentences."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from review.domain.workflow_changes import mark_states, tell_changes
from review.domain.workflow_definition import Definition
from review.domain.workflow_diagram import draw_workflow
from review.domain.workflow_file import Workflow, parse_workflow
from review.domain.workflow_marks import draw_changes, list_marks
from review.domain.workflow_versions import Change
from tests.domain.workflow_ways import SOURCES

IC = SOURCES["ic.yaml"]
SVG = "{http://www.w3.org/2000/svg}"
WITHDRAW = "  withdraw_appeal: {title: Withdraw the appeal, from: [appeal], to: growth_plan, by: [candidate]"
CASES = [
    ("due: {days: 30}", "due: {days: 44}", ["“Growth plan” is due 2 weeks later: 44 days"]),
    ("due: {days: 30}", "due: {days: 29}", ["“Growth plan” is due 1 day earlier: 29 days"]),
    (
        "due: {before: calibration_date, working_days: 2}", "due: {before: calibration_date, working_days: 5}",
        ["“Packet sealed, committee reads” is due 3 working days earlier: 5 working days before the calibration date"],
    ),
    (
        "due: {days: 30}", "due: {working_days: 20}",
        ["“Growth plan” is due otherwise: 20 working days instead of 30 days"],
    ),
    (
        "    title: Decided, not yet announced\n    phase: decided\n", "    title: Told soon\n    phase: decided\n",
        ["The step “Decided, not yet announced” is called “Told soon”"],
    ),
    (
        "      submitted: {title: Submitted}\n", "      submitted: {title: Submitted, due: {days: 3}}\n",
        ["“Submitted” has a day on which it is due: 3 days"],
    ),
    (
        "    by: [manager, candidate]\n", "    by: [manager]\n",
        ["“Agree growth plan” may not be done any more by: candidate"],
    ),
    (
        "when: [plan_answers_every_gap, plan_agreed_by_both]", "when: [plan_answers_every_gap]",
        ["“Agree growth plan” no longer needs: candidate and manager have agreed"],
    ),
    ("title: Growth plan\n", "title: Plan\n", ["The step “Growth plan” is called “Plan”"]),
    (
        "      - {after: {days: 14}, notify: [manager], template: plan_reminder}\n", "",
        ["“Growth plan” has 1 reminder fewer"],
    ),
    (
        f"{WITHDRAW}, confirm: true}}\n", f"{WITHDRAW}}}\n",
        ["“Withdraw the appeal” does not ask once more"],
    ),
    (
        f"{WITHDRAW}, confirm: true}}\n", "",
        ["Gone: the action “Withdraw the appeal”"],
    ),
]  # fmt: skip


def read(source: str) -> Definition:
    parsed = parse_workflow(source, "ic.yaml", {"ic.yaml": IC}.get)
    assert isinstance(parsed, Workflow), parsed
    return parsed.definition


@pytest.fixture(scope="module")
def shipped() -> Definition:
    return read(IC)


@pytest.mark.parametrize(("old", "new", "told"), CASES)
def test_a_change_is_told(shipped: Definition, old: str, new: str, told: list[str]) -> None:
    assert IC.count(old) == 1
    assert [str(words) for words in tell_changes(shipped, read(IC.replace(old, new)))] == told


def test_states_are_marked_with_what_happened_to_them(shipped: Definition) -> None:
    source = IC.replace("title: Growth plan\n", "title: Plan\n").replace(
        "  deferred: {title: Deferred", "  later: {title: Later"
    )
    source = source.replace("    to: deferred\n", "    to: later\n")
    changed = read(source)
    assert mark_states(shipped, changed) == {
        "deferred": Change.REMOVED, "later": Change.ADDED, "growth_plan": Change.CHANGED, "decided": Change.CHANGED,
    }  # fmt: skip
    assert [str(words) for words in tell_changes(shipped, changed)] == [
        "New step: “Later to the next cycle”",
        "Gone: the step “Deferred to the next cycle”",
        "The step “Growth plan” is called “Plan”",
        "“Announce deferral” leads to: Later to the next cycle",
    ]
    assert mark_states(shipped, shipped) == {}
    assert list_marks(shipped, changed) == (
        (Change.ADDED, ("Later to the next cycle",)),
        (Change.REMOVED, ("Deferred to the next cycle",)),
        (Change.CHANGED, ("Decided, not yet announced", "Plan")),
    )
    drawn = ElementTree.fromstring(draw_changes(shipped, changed))
    labels = [each.text for each in drawn.iter(f"{SVG}text") if each.get("class") == "wf-pill-text"]
    assert labels == ["Changed", "Changed", "New"]
    told = drawn.find(f"{SVG}desc")
    assert told is not None
    assert (told.text or "").endswith(
        "New: Later to the next cycle. Gone: Deferred to the next cycle. Changed: Decided, not yet announced, Plan."
    )
    assert draw_changes(shipped, shipped) == draw_workflow(shipped)
