"""From one version to the next: differences, migrations of live cases, and whether the company fits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from review.domain.workflow import Definition
from review.domain.workflow_company import CompanyFacts, check_against_company
from review.domain.workflow_file import Workflow, parse_workflow
from review.domain.workflow_versions import Change, diff_definitions, plan_migration
from tests.domain.test_workflow_lint import change
from tests.domain.workflow_ways import BUILD, DEFINITIONS, SOURCES, walk

IC, MANAGEMENT = DEFINITIONS["ic"], DEFINITIONS["management"]


def changed(*changes: tuple[str, str]) -> Definition:
    parsed = parse_workflow(change(SOURCES["ic.yaml"], changes), "ic.yaml", SOURCES.get)
    assert isinstance(parsed, Workflow), parsed
    return parsed.definition


RENAMED = changed(
    ("  voting:\n    title", "  ballot:\n    title"),
    ("from: [reading]\n    to: voting", "from: [reading]\n    to: ballot"),
    ("from: [voting]\n    to: discussion", "from: [ballot]\n    to: discussion"),
    ("from: [discussion]\n    to: voting", "from: [discussion]\n    to: ballot"),
    ("from: [nominated, collecting, reading, voting,", "from: [nominated, collecting, reading, ballot,"),
    ("packet_opened, {case_in: {states: [reading, voting]}}", "packet_opened, {case_in: {states: [reading, ballot]}}"),
    ("form: ballot, when: [{case_in: {states: [voting]}}]", "form: ballot, when: [{case_in: {states: [ballot]}}]"),
    ("to: read, by: [member], when: [{case_in: {states: [voting]}}]", "to: read, by: [member]"),
)
LIVE = {("main", "voting"): 12, ("main", "collecting"): 40, ("rating", "rated"): 40, ("item.feedback", "asked"): 90}


def test_a_live_token_without_a_target_refuses_the_migration() -> None:
    plan = plan_migration(IC, RENAMED, {}, LIVE)
    assert plan.is_refused
    assert plan.targets == {
        ("main", "voting"): None,
        ("main", "collecting"): "collecting",
        ("rating", "rated"): "rated",
        ("item.feedback", "asked"): "asked",
    }
    assert [str(fault) for fault in plan.faults] == [
        (
            'main.voting: 12 stand at "main.voting", which the new version does not have '
            "(expected: a line in the renaming map: main.voting = a state of the new version)"
        )
    ]


def test_a_renaming_map_gives_the_target() -> None:
    plan = plan_migration(IC, RENAMED, {"main.voting": "ballot"}, LIVE)
    assert not plan.is_refused
    assert plan.migrate({"main": "voting"}) == {"main": "ballot"}
    collecting = walk("ic", *BUILD)
    everywhere = plan_migration(IC, RENAMED, {}, dict.fromkeys(collecting.items(), 1))
    assert everywhere.migrate(collecting) == collecting


def test_a_target_that_does_not_exist_is_none() -> None:
    assert plan_migration(IC, RENAMED, {"main.voting": "vote"}, LIVE).is_refused


def test_nobody_at_a_lost_state_refuses_nothing() -> None:
    assert not plan_migration(IC, RENAMED, {}, {("main", "voting"): 0}).is_refused


def test_a_new_region_begins_where_it_begins() -> None:
    collecting = walk("ic", *BUILD)
    plan = plan_migration(IC, MANAGEMENT, {}, dict.fromkeys(collecting.items(), 1))
    assert plan.migrate(collecting) == {**collecting, "panel": "unscheduled"}


def test_a_lost_region_has_no_target() -> None:
    plan = plan_migration(MANAGEMENT, IC, {}, {("panel", "scored"): 3, ("main", "collecting"): 3})
    assert [fault.field for fault in plan.faults] == ["panel.scored"]


def test_items_are_renamed_too() -> None:
    live = {("item.feedback", "asked"): 2, ("item.seat", "read"): 1, ("item.poll", "open"): 1}
    plan = plan_migration(IC, RENAMED, {"item.feedback.asked": "writing"}, live)
    assert plan.targets == {
        ("item.feedback", "asked"): "writing",
        ("item.seat", "read"): "read",
        ("item.poll", "open"): None,
    }


def test_differences_name_what_was_added_removed_and_changed() -> None:
    found = {each.place: each.change for each in diff_definitions(IC, RENAMED)}
    assert found["states.voting"] is Change.REMOVED
    assert found["states.ballot"] is Change.ADDED
    assert found["actions.open_voting.to"] is Change.CHANGED
    assert found["items.seat.actions.change_vote.when"] is Change.REMOVED
    assert len(found) == 9
    (one,) = (each for each in diff_definitions(IC, RENAMED) if each.place == "actions.open_voting.to")
    assert (one.before, one.after) == ("voting", "ballot")
    assert diff_definitions(IC, IC) == ()


COMPANY = CompanyFacts(
    functions=frozenset({"Product", "Engineering", "Design"}),
    staffed_roles=frozenset({"hr", "chair", "appeals", "executive"}),
    smallest_committee=5,
)


@pytest.mark.parametrize("definition", [IC, MANAGEMENT])
def test_a_company_that_fits(definition: Definition) -> None:
    assert check_against_company(definition, COMPANY) == ()


@pytest.mark.parametrize(
    ("company", "told"),
    [
        (
            replace(COMPANY, staffed_roles=frozenset({"hr", "chair"})),
            [
                (
                    "roles.appeals: nobody has the role: Appeals panel "
                    "(expected: at least one active person; an IT admin gives the role on People › Roles)"
                )
            ],
        ),
        (
            replace(COMPANY, functions=frozenset({"Product"})),
            [
                f"{place}: the company has only 1 function (expected: at_least: at most that many)"
                for place in ("actions.seal.when.5", "states.collecting.regions.feedback.actions.close_feedback.when.1")
            ],
        ),
        (
            replace(COMPANY, smallest_committee=2),
            [
                f"actions.{place}: the smallest committee has 2 members (expected: at_least: at most that many)"
                for place in (
                    "open_voting.when.1",
                    "reveal_votes.when.0",
                    "decide_promote.when.0",
                    "decide_not_yet.when.0",
                    "decide_defer.when.0",
                )
            ],
        ),
        (
            replace(COMPANY, is_for_people_managers=True),
            [
                (
                    "roles: promotions of people managers need an executive's signature "
                    "(expected: the role executive, and an action that only it has)"
                )
            ],
        ),
    ],
)
def test_a_company_that_does_not_fit_is_told_why(company: CompanyFacts, told: list[str]) -> None:
    assert sorted(map(str, check_against_company(IC, company))) == sorted(told)


def test_a_function_that_the_company_lacks_is_found() -> None:
    definition = changed(
        (
            "- functions_covered: {at_least: 2, from_cycle: true}\n    do:",
            "- functions_covered: {at_least: 2, functions: [Legal]}\n    do:",
        )
    )
    (fault,) = check_against_company(definition, COMPANY)
    assert str(fault) == "actions.seal.when.5: there is no function Legal (expected: a function of the company)"
