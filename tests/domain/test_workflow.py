"""What is possible in a case, why not, and what an action changes."""

from __future__ import annotations

import pytest

from review.domain.checks import CaseFacts, FeedbackFact, ItemFacts
from review.domain.phase import Phase
from review.domain.workflow import (
    Refusal,
    Step,
    decide,
    decide_item,
    enter,
    item_options,
    options,
    phase_of,
    start,
    state_of,
)
from review.domain.workflow_file import Workflow, parse_workflow
from review.domain.workflow_graph import explore_item
from tests.domain.workflow_ways import BUILD, DEFINITIONS, MEET, READY, SOURCES, load, ready, walk


def test_entering_a_state_again_begins_its_regions_anew() -> None:
    definition = DEFINITIONS["ic"]
    sealed = walk("ic", *BUILD, ("hr", "seal"))
    assert sealed == {"main": "reading"}
    reopened = decide(definition, sealed, "unseal", frozenset({"hr"}), READY)
    assert isinstance(reopened, Step)
    fresh = {"packet": "writing", "feedback": "asking", "rating": "first_view", "second_rating": "to_assign"}
    assert reopened.after == {"main": "collecting", **fresh}
    assert enter(definition, reopened.after, "reading") == {"main": "reading"}


def test_a_step_says_what_changes() -> None:
    definition = DEFINITIONS["ic"]
    tokens = walk("ic", *BUILD)
    step = decide(definition, tokens, "seal", frozenset({"hr"}), READY)
    assert step == Step(
        action="seal",
        region="main",
        before=tokens,
        after={"main": "reading"},
        effects=("seat_committee", "cancel_open_feedback", "seal_packet"),
    )
    discussed = walk("ic", *BUILD, *MEET)
    decided = decide(definition, discussed, "decide_defer", frozenset({"chair"}), READY)
    assert isinstance(decided, Step)
    assert (decided.decision, decided.effects) == ("defer", ("record_decision",))


def test_an_action_of_a_region_moves_that_region_alone() -> None:
    definition = DEFINITIONS["ic"]
    tokens = walk("ic", BUILD[0])
    step = decide(definition, tokens, "submit_packet", frozenset({"candidate"}), READY)
    assert isinstance(step, Step)
    assert (step.region, step.after) == ("packet", {**tokens, "packet": "submitted"})


def test_an_option_lists_what_is_met_and_what_is_missing_with_who_holds_it() -> None:
    tokens = walk("ic", *BUILD[:3])
    seen = ready(feedback=(FeedbackFact("peer", "Engineering"), FeedbackFact("peer", "Design", "writing")))
    (seal,) = (each for each in options(DEFINITIONS["ic"], tokens, frozenset({"hr"}), seen) if each.id == "seal")
    assert not seal.is_allowed
    assert [(each.is_met, str(each.text), each.holder) for each in seal.conditions] == [
        (True, "Self-review submitted", None),
        (False, "Still to come: Feedback complete. Now: Collecting feedback", "manager"),
        (False, "Still to come: Rating in. Now: Manager rates with feedback", "manager"),
        (
            False,
            "Still to come: Second rating in or No second rating. Now: Second rater to be chosen",
            "second_rater",
        ),
        (False, "1 answer is in; 3 are needed", "candidate"),
        (False, "1 function is heard; 2 are needed; nobody yet from: Design, Sales", "giver"),
    ]
    assert seal.reasons == tuple(each for each in seal.conditions if not each.is_met)
    assert (seal.title, seal.region, seal.to, seal.form, seal.needs_confirm, seal.note) == (
        "Seal packet", "main", "reading", None, True, "none",
    )  # fmt: skip


def test_who_has_no_role_gets_no_option_and_is_told_whose_act_it_is() -> None:
    tokens = walk("ic", *BUILD)
    assert [each.id for each in options(DEFINITIONS["ic"], tokens, frozenset({"giver"}), READY)] == []
    refusal = decide(DEFINITIONS["ic"], tokens, "seal", frozenset({"candidate"}), READY)
    assert isinstance(refusal, Refusal)
    assert [str(each.text) for each in refusal.reasons] == [
        "Only for: HR partner who runs the cycle, Manager of the candidate"
    ]


@pytest.mark.parametrize("action", ["seal", "no_such_action"])
def test_what_is_not_possible_here_says_where_the_case_is(action: str) -> None:
    refusal = decide(DEFINITIONS["ic"], {"main": "voting"}, action, frozenset({"hr"}), READY)
    assert isinstance(refusal, Refusal)
    titles = {"seal": "Seal packet", "no_such_action": "no_such_action"}
    assert [str(each.text) for each in refusal.reasons] == [
        f'"{titles[action]}" is not possible at this step: Independent votes'
    ]


def test_groups_of_conditions_speak_with_the_words_of_their_parts() -> None:
    source = SOURCES["ic.yaml"].replace(
        "when: [eligible]",
        "when: [{any: [letter_ready, {all: [gaps_named, packet_rendered]}]}, {not: not_on_committee}]",
    )
    parsed = parse_workflow(source, "ic.yaml", SOURCES.get)
    assert isinstance(parsed, Workflow)
    definition, tokens = parsed.definition, start(parsed.definition)
    first, second = options(definition, tokens, frozenset({"hr"}), CaseFacts())[0].conditions
    assert (first.is_met, str(first.text)) == (
        False,
        (
            "The letter is not marked as ready, or: Name at least one gap: what is missing, and when it is looked at "
            "again; The packet is still being made; this takes a minute"
        ),
    )
    assert (second.is_met, str(second.text)) == (False, "Not while: You had no seat on this case")
    seen = CaseFacts(is_letter_ready=True, is_actor_on_committee=True)
    assert isinstance(decide(definition, tokens, "confirm_eligible", frozenset({"hr"}), seen), Step)


def test_phase_and_state_follow_the_tokens() -> None:
    definition, tokens = DEFINITIONS["ic"], walk("ic", *BUILD)
    assert phase_of(definition, tokens) is Phase.COLLECTING
    assert state_of(definition, tokens, "rating").title == "Rating in"
    assert state_of(definition, tokens, "main").title == "Building the case"


def test_an_item_moves_by_its_own_machine() -> None:
    definition = DEFINITIONS["ic"]
    inside = CaseFacts(tokens=walk("ic", BUILD[0]))
    (accept, decline, submit) = item_options(definition, "feedback", "asked", frozenset({"giver"}), inside, ItemFacts())
    assert [each.id for each in (accept, decline, submit)] == ["accept", "decline", "submit"]
    assert all(each.is_allowed for each in (accept, decline, submit))
    step = decide_item(definition, "feedback", "asked", "decline", frozenset({"giver"}), inside, ItemFacts())
    assert step == Step("decline", "feedback", {"feedback": "asked"}, {"feedback": "declined"}, ("suggest_substitute",))


def test_an_item_is_refused_with_reasons() -> None:
    definition, sealed = DEFINITIONS["ic"], CaseFacts(tokens={"main": "reading"})
    open_questions = ItemFacts(unanswered=("Leadership",))
    refusal = decide_item(definition, "feedback", "writing", "submit", frozenset({"giver"}), sealed, open_questions)
    assert isinstance(refusal, Refusal)
    assert [str(each.text) for each in refusal.reasons] == [
        "Only at this step: Building the case. Now: Packet sealed, committee reads",
        "Not answered yet: Leadership",
    ]
    gone = decide_item(definition, "feedback", "frozen", "recall", frozenset({"giver"}), sealed, ItemFacts())
    assert isinstance(gone, Refusal)
    assert str(gone.reasons[0].text) == "This is not possible any more. Now: In the sealed packet"
    wrong = decide_item(definition, "seat", "read", "cast", frozenset({"hr"}), sealed, ItemFacts())
    assert isinstance(wrong, Refusal)
    assert str(wrong.reasons[0].text) == "Only for: Committee member"


@pytest.mark.parametrize(("kind", "count"), [("feedback", 9), ("seat", 7)])
def test_every_state_of_an_item_can_be_reached(kind: str, count: int) -> None:
    assert len(explore_item(DEFINITIONS["ic"].items[kind]).configurations) == count


def test_digest_is_stable_and_follows_what_is_said_not_how() -> None:
    workflow = load("ic.yaml")
    assert workflow.digest == load("ic.yaml").digest
    commented = parse_workflow("# a word\n" + SOURCES["ic.yaml"], "other.yaml", SOURCES.get)
    assert isinstance(commented, Workflow)
    assert commented.digest == workflow.digest
    changed = parse_workflow(SOURCES["ic.yaml"].replace("title: Nominated", "title: Named"), "ic.yaml", SOURCES.get)
    assert isinstance(changed, Workflow)
    assert changed.digest != workflow.digest


def test_a_workflow_keeps_the_files_it_was_made_of() -> None:
    assert load("management.yaml").sources == {
        "management.yaml": SOURCES["management.yaml"],
        "ic.yaml": SOURCES["ic.yaml"],
    }
