"""Walks through both workflows: no way round a gate, a way to every outcome."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.domain.checks import CaseFacts, FeedbackFact
from review.domain.phase import Phase
from review.domain.text import text
from review.domain.workflow import Definition, Refusal, Step, Tokens, decide, options, outcome_of, phase_of, start
from review.domain.workflow_graph import configuration, explore
from tests.domain.workflow_ways import ALL, BUILD, CRITERIA, DEFINITIONS, EVERYBODY, MEET, PANEL, ready, walk

CONFIGURATIONS = {key: explore(definition).configurations for key, definition in DEFINITIONS.items()}

feedback = st.lists(
    st.builds(
        FeedbackFact,
        kind=st.sampled_from(["peer", "upward"]),
        function=st.sampled_from(["Engineering", "Design", "Sales"]),
        state=st.sampled_from(["submitted", "writing", "declined"]),
    ),
    max_size=7,
).map(tuple)
some = st.sampled_from([frozenset[str](), frozenset({"leadership"}), ALL])
few = st.integers(0, 4)
any_facts = st.builds(
    CaseFacts,
    obstacles=st.sampled_from([(), (text("too early"),)]),
    criteria=st.just(CRITERIA),
    self_reviewed=some,
    evidenced=some,
    feedback=feedback,
    required_functions=st.sampled_from([(), ("Engineering", "Design")]),
    rated=st.dictionaries(st.sampled_from(["first", "final", "second"]), some),
    cited=st.dictionaries(st.sampled_from(["final", "second"]), some),
    panel_scores=few,
    is_packet_rendered=st.booleans(),
    seats_able_to_vote=few,
    votes_cast=few,
    present_without_vote=few,
    votes_counted=few,
    revotes_used=few,
    earlier_gaps_unanswered=st.integers(0, 1),
    gaps_named=st.integers(0, 1),
    decision=st.sampled_from([None, "promote", "not_yet", "defer"]),
    is_letter_ready=st.booleans(),
    is_approved_by_second_person=st.booleans(),
    is_actor_recused=st.booleans(),
    is_actor_on_committee=st.booleans(),
    appeals_used=st.integers(0, 1),
    gaps_without_activity=st.integers(0, 1),
    plan_agreed_by=st.sampled_from([frozenset[str](), frozenset({"candidate", "manager"})]),
)
# Half of the time everything is met, so that walks come far.
facts = st.one_of(any_facts, st.sampled_from(["promote", "not_yet", "defer"]).map(lambda it: ready(decision=it)))


@pytest.mark.parametrize("key", DEFINITIONS)
@settings(max_examples=300)
@given(data=st.data())
def test_walks_stay_on_known_ways_and_pass_every_gate(key: str, data: st.DataObject) -> None:
    definition = DEFINITIONS[key]
    names = sorted({name for _, machine in definition.machines() for name in machine.actions})
    tokens, before, done, decision = start(definition), Phase.DRAFT, [], None
    for _ in range(25):
        seen = data.draw(facts)
        roles = data.draw(st.sets(st.sampled_from(sorted(EVERYBODY)), min_size=1).map(frozenset))
        offered = {option.id: option for option in options(definition, tokens, roles, seen)}
        if definition.states[tokens["main"]].final:
            assert options(definition, tokens, EVERYBODY, seen) == ()
            break
        usable = sorted(name for name, option in offered.items() if option.is_allowed)
        action = data.draw(st.sampled_from(usable * 3 + names))
        result = decide(definition, tokens, action, roles, seen)
        assert isinstance(result, Step) == (action in offered and offered[action].is_allowed)
        for option in offered.values():
            assert option.is_allowed == (option.reasons == ())
            assert option.reasons == tuple(each for each in option.conditions if not each.is_met)
            assert all(str(each.text) for each in option.conditions)
        if isinstance(result, Refusal):
            assert result.reasons
            assert all(str(reason.text) for reason in result.reasons)
            continue
        assert result.before == tokens
        tokens = result.after
        done.append(action)
        decision = result.decision or decision
        assert configuration(tokens) in CONFIGURATIONS[key]
        assert_gates(definition, tokens, done, decision)
        if phase_of(definition, tokens).rank < before.rank:
            assert definition.actions[action].back
        before = phase_of(definition, tokens)


def assert_gates(definition: Definition, tokens: Tokens, done: list[str], decision: str | None) -> None:
    """Say that nothing is sealed, open, decided or told but by the acts that do so."""
    phase, outcome = phase_of(definition, tokens), outcome_of(definition, tokens)
    if outcome in ("ineligible", "withdrawn"):
        return
    if phase.rank >= Phase.SEALED.rank:
        assert "seal" in done
    if phase.rank >= Phase.REVEALED.rank:
        assert "reveal_votes" in done
    if phase.rank >= Phase.DECIDED.rank:
        assert decision is not None
    if outcome == "promoted" and "executive" in definition.roles:
        assert "sign_off" in done


NOT_YET = (("chair", "decide_not_yet"), ("hr", "announce_not_yet"))
DECIDE = {
    "promoted": (("chair", "decide_promote"), ("hr", "announce_promotion")),
    "deferred": (("chair", "decide_defer"), ("hr", "announce_deferral")),
    "not_yet": (*NOT_YET, ("candidate", "close_appeal_window"), ("manager", "agree_plan")),
}
SIGNED = (("chair", "decide_promote"), ("executive", "sign_off"), ("hr", "announce_promotion"))


def whole_way(key: str, outcome: str) -> tuple[tuple[str, str], ...]:
    if outcome == "ineligible":
        return (("hr", "reject_nomination"),)
    if outcome == "withdrawn":
        return (*BUILD, ("candidate", "withdraw"))
    panel = PANEL if key == "management" else ()
    end = SIGNED if (key, outcome) == ("management", "promoted") else DECIDE[outcome]
    return (*BUILD, *panel, *MEET, *end)


@pytest.mark.parametrize("outcome", ["promoted", "deferred", "not_yet", "ineligible", "withdrawn"])
@pytest.mark.parametrize("key", DEFINITIONS)
def test_every_outcome_can_be_reached(key: str, outcome: str) -> None:
    tokens = walk(key, *whole_way(key, outcome))
    assert outcome_of(DEFINITIONS[key], tokens) == outcome


APPEAL = (*BUILD, *MEET, *NOT_YET, ("candidate", "appeal"))


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ((("appeals", "grant_appeal"), *MEET[1:], *DECIDE["promoted"]), "promoted"),
        ((("appeals", "dismiss_appeal"),), "growth_plan"),
        ((("candidate", "withdraw_appeal"),), "growth_plan"),
    ],
)
def test_an_appeal_ends_in_each_of_its_ways(steps: tuple[tuple[str, str], ...], state: str) -> None:
    assert walk("ic", *APPEAL, *steps) == {"main": state}


def test_waiving_the_second_rating_and_voting_again_are_ways_too() -> None:
    steps = (*BUILD[:5], ("hr", "waive_second_rating"), *MEET, ("chair", "vote_again"), ("chair", "reveal_votes"))
    assert walk("ic", *steps, *DECIDE["promoted"]) == {"main": "promoted"}


def test_known_numbers_of_configurations() -> None:
    assert {key: len(found) for key, found in CONFIGURATIONS.items()} == {"ic": 61, "management": 158}
