"""How overlays merge."""

from __future__ import annotations

from typing import Any

import pytest

from review.domain.workflow_file import Workflow, merge, parse_workflow, read_checked
from tests.domain.workflow_ways import SOURCES


@pytest.mark.parametrize(
    ("base", "overlay", "merged"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}}, {"a": {"b": 1, "c": 3}}),
        ({"a": {"b": 1}, "c": 2}, {"a": None}, {"c": 2}),
        ({"a": [1, 2, 3]}, {"a": [4]}, {"a": [4]}),
        ({"a": {"b": 1}}, {"a": "text"}, {"a": "text"}),
        ({"a": "text"}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({}, {"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 1}}}),
        ({"a": 1}, {}, {"a": 1}),
    ],
)
def test_maps_merge_null_deletes_lists_replace(base: Any, overlay: Any, merged: Any) -> None:
    before = repr(base)
    assert merge(base, overlay) == merged
    assert repr(base) == before


def test_management_is_the_ic_workflow_with_its_overlay() -> None:
    management = parse_workflow(SOURCES["management.yaml"], "management.yaml", SOURCES.get)
    ic = parse_workflow(SOURCES["ic.yaml"], "ic.yaml", SOURCES.get)
    assert isinstance(management, Workflow)
    assert isinstance(ic, Workflow)
    ours, theirs = management.definition, ic.definition
    assert ours.key == "management"
    assert set(ours.states) - set(theirs.states) == {"signoff"}
    assert set(ours.actions) - set(theirs.actions) == {"sign_off", "send_back"}
    assert ours.actions["decide_promote"].to == "signoff"
    assert ours.actions["decide_promote"].when == theirs.actions["decide_promote"].when
    assert ours.actions["decide_not_yet"] == theirs.actions["decide_not_yet"]
    assert list(ours.states["collecting"].regions) == ["packet", "feedback", "rating", "second_rating", "panel"]
    assert ours.items == theirs.items


def test_what_cannot_be_taken_back_asks_once_more() -> None:
    management = parse_workflow(SOURCES["management.yaml"], "management.yaml", SOURCES.get)
    assert isinstance(management, Workflow)
    actions = management.definition.actions
    # A reason that has to be written, and a form with a check of its own, are a second look as well.
    assert {name for name, action in actions.items() if not action.confirm and action.note != "required"} == {
        "confirm_eligible",
        "open_voting",
        "appeal",
        "agree_plan",
    }


def test_an_overlay_may_rename_and_drop_states() -> None:
    overlay = """\
extends: ic.yaml
key: small
title: Small company
states:
  collecting:
    regions:
      second_rating: null
actions:
  seal:
    when:
      - in_state: {region: packet, state: submitted}
      - in_state: {region: feedback, state: enough}
      - in_state: {region: rating, state: rated}
      - feedback_count: {at_least: 3}
"""
    parsed = parse_workflow(overlay, "small.yaml", SOURCES.get)
    assert isinstance(parsed, Workflow)
    assert list(parsed.definition.states["collecting"].regions) == ["packet", "feedback", "rating"]
    assert list(parsed.sources) == ["small.yaml", "ic.yaml"]


@pytest.mark.parametrize("file", ["ic.yaml", "management.yaml"])
def test_what_was_checked_before_is_read_as_the_same(file: str) -> None:
    parsed = parse_workflow(SOURCES[file], file, SOURCES.get)
    assert isinstance(parsed, Workflow)
    assert read_checked(SOURCES[file], file, SOURCES.get) == parsed.definition


def test_what_was_checked_before_is_not_judged_by_what_is_asked_of_workflows_now() -> None:
    roles = "  appeals: Appeals panel\n"
    source = SOURCES["ic.yaml"].replace(roles, f"{roles}  sponsor: Sponsor\n")
    judged = parse_workflow(source, "ic.yaml", SOURCES.get)
    assert isinstance(judged, tuple)
    assert [str(fault.what) for fault in judged] == ['there is no role "sponsor"']
    read = read_checked(source, "ic.yaml", SOURCES.get)
    assert not isinstance(read, tuple)
    assert list(read.roles)[-2:] == ["appeals", "sponsor"]


@pytest.mark.parametrize(
    "source", ["schema: [", "extends: other.yaml", "extends: ic.yaml\nstates:\n  nobody: null", "key: x\nphase: [1]"]
)
def test_what_cannot_be_read_at_all_is_told_in_the_same_way(source: str) -> None:
    told = parse_workflow(source, "bad.yaml", SOURCES.get)
    assert isinstance(told, tuple)
    assert read_checked(source, "bad.yaml", SOURCES.get) == told
