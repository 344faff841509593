"""A packet's content: numbers, bytes, and what each reader's view holds."""

import os
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.domain.access import Right, granted
from review.domain.canonical_json import digest
from review.domain.errors import Invalid, NotAllowed
from review.domain.packet import RatingKind, UnansweredKind
from review.domain.packet_anchors import (
    RatingKey,
    anchors_of,
    evidence_anchor,
    find_anchors,
    number_feedback,
    number_ratings,
)
from review.domain.packet_json import read_packet, write_packet
from review.domain.packet_size import lists_in, texts_in
from review.domain.packet_view import READERS, Part, View, parts_in, view_of
from review.domain.phase import Phase
from tests.packet import samples
from tests.programs import run_program

SEALED = [phase for phase in Phase if phase.rank >= Phase.SEALED.rank]


def test_evidence_keeps_the_number_of_its_position():
    assert [evidence_anchor(position) for position in (1, 3)] == ["E1", "E3"]


@given(st.sets(st.integers(1, 10_000), max_size=30), st.integers())
def test_feedback_is_shuffled_by_the_seed_alone(ids, seed):
    numbers = number_feedback(sorted(ids), seed)
    assert numbers == number_feedback(sorted(ids, reverse=True), seed)
    assert sorted(numbers.values()) == sorted(f"F{place}" for place in range(1, len(ids) + 1))


def test_another_seed_gives_another_order():
    orders = {tuple(number_feedback(range(1, 6), seed)) for seed in range(20)}
    assert len(orders) > 10
    assert number_feedback([11, 12, 13], 7) == {12: "F1", 11: "F2", 13: "F3"}


def test_ratings_are_numbered_by_kind_then_in_the_ladders_order():
    keys = [RatingKey(kind, criterion) for criterion in ("b", "a") for kind in reversed(RatingKind)]
    numbers = number_ratings([*keys, RatingKey(RatingKind.FINAL, "a", 1)], ["a", "b"])
    assert [(key.kind.value, key.criterion, key.turn) for key in numbers] == [
        ("final", "a", 0),
        ("final", "a", 1),
        ("final", "b", 0),
        ("first", "a", 0),
        ("first", "b", 0),
        ("second", "a", 0),
        ("second", "b", 0),
    ]
    assert list(numbers.values()) == [f"R{place}" for place in range(1, 8)]


@pytest.mark.parametrize(
    ("words", "anchors"),
    [
        ("see E1, (F2) and E1 again; R10.", ("E1", "F2", "R10")),
        ("E0 E01 XE1 E1x E1-2 /E3 #E4 page.E5 e6", ()),
        ("**E7** _F8_", ("E7",)),
    ],
)
def test_anchors_are_found_where_they_stand_alone(words, anchors):
    assert find_anchors(words) == anchors


@pytest.mark.parametrize("make", [samples.whole, samples.entry, samples.long, samples.with_panel, samples.canaries])
def test_a_packet_reads_back_as_it_was_written(make):
    packet = make()
    written = write_packet(packet)
    assert read_packet(written) == packet
    assert write_packet(read_packet(written)) == written


PROGRAM = """
from tests.packet import samples
from review.domain.packet_json import write_packet
from review.domain.canonical_json import digest
print(digest(write_packet(samples.whole())))
"""


def test_the_digest_does_not_depend_on_the_hash_seed():
    def run(seed: str) -> str:
        return run_program(PROGRAM, env={**os.environ, "PYTHONHASHSEED": seed}).strip()

    assert {run("0"), run("99")} == {digest(write_packet(samples.whole()))}


def test_a_moment_without_a_zone_is_refused():
    packet = samples.whole()
    local = replace(packet, case=replace(packet.case, sealed_at=datetime(2026, 11, 18)))  # noqa: DTZ001 - the fault
    with pytest.raises(ValueError, match="time zone"):
        write_packet(local)


def test_what_is_no_packet_is_refused_with_every_fault():
    with pytest.raises(Invalid) as caught:
        read_packet(b'{"case": {"code": 5}, "criteria": [], "ladder": {"id": "a", "name": "b", "version": "c"}}')
    fields = {fault.field for fault in caught.value.faults}
    assert {"case.code", "case.kind", "case.sealed_at", "candidate"} <= fields


def test_a_later_format_is_refused():
    with pytest.raises(Invalid, match="packet/2"):
        read_packet(write_packet(replace(samples.whole(), format="packet/2")))


def test_texts_and_lists_are_named_by_their_place():
    packet = samples.entry()
    assert dict(texts_in(packet))["criteria.0.self_review"] == "I write the weekly list of what hurts (E1)."
    assert dict(lists_in(packet))["role_fit.answers"] == 2


@pytest.mark.parametrize("view", View)
@pytest.mark.parametrize("phase", Phase)
def test_a_view_exists_where_the_packet_may_be_read(view, phase):
    may_read = granted("packet.sealed", READERS[view], phase) is Right.READ
    assert (parts_in(view, phase) != frozenset()) is may_read
    if not may_read:
        with pytest.raises(NotAllowed):
            view_of(samples.whole(), view, phase)


WHAT = {
    Part.SELF_REVIEW: "self_review",
    Part.FIRST_VIEW: "first view",
    Part.FINAL: "final rating",
    Part.SECOND: "second rating",
    Part.FEEDBACK: "feedback",
    Part.AUTHORS: "author",
    Part.COVERAGE: "coverage",
    Part.PRIOR_GAPS: "prior gap",
}
EXPECTED = {
    (View.COMMITTEE, Phase.SEALED): {
        "self_review",
        "final rating",
        "second rating",
        "feedback",
        "author",
        "coverage",
        "prior gap",
    },
    (View.COMMITTEE, Phase.REVEALED): set(WHAT.values()),
    (View.HR, Phase.SEALED): set(WHAT.values()),
    (View.MANAGER, Phase.SEALED): {"self_review", "first view", "final rating", "feedback", "prior gap"},
    (View.MANAGER, Phase.REVEALED): {
        "self_review",
        "first view",
        "final rating",
        "second rating",
        "feedback",
        "prior gap",
    },
    (View.CANDIDATE, Phase.SEALED): {"self_review"},
    (View.CANDIDATE, Phase.DECIDED): {"self_review"},
    (View.CANDIDATE, Phase.ANNOUNCED): {"self_review", "final rating"},
    (View.EXECUTIVE, Phase.DECIDED): {"self_review", "final rating", "feedback", "prior gap"},
    (View.SKIP_LEVEL, Phase.SEALED): {"self_review", "final rating", "prior gap"},
    (View.APPEALS, Phase.ANNOUNCED): set(WHAT.values()) - {"coverage", "prior gap"},
}


@pytest.mark.parametrize(("view", "phase"), EXPECTED)
def test_what_a_view_holds(view, phase):
    packet = view_of(samples.whole(), view, phase)
    ratings = [rating for criterion in packet.criteria for rating in criterion.ratings]
    held = {
        "self_review": any(criterion.self_review for criterion in packet.criteria) and packet.evidence != (),
        "first view": any(rating.kind is RatingKind.FIRST_VIEW for rating in ratings),
        "final rating": any(rating.kind is RatingKind.FINAL for rating in ratings),
        "second rating": any(rating.kind is RatingKind.SECOND for rating in ratings)
        and packet.second_rater is not None,
        "feedback": packet.feedback != (),
        "author": any(one.giver for one in packet.feedback),
        "coverage": packet.coverage != (),
        "prior gap": packet.prior_gaps != (),
    }
    assert {name for name, is_held in held.items() if is_held} == EXPECTED[view, phase]


@pytest.mark.parametrize(
    ("view", "phase"), [(view, phase) for view in View for phase in SEALED if parts_in(view, phase)]
)
def test_no_canary_of_a_denied_part_is_in_the_json(view, phase):
    birds, packet = samples.aviary()
    written = write_packet(view_of(packet, view, phase)).decode()
    denied = {place for place in birds.values() if is_denied(place, view, phase)}
    seen = {place for bird, place in birds.items() if bird in written}
    assert seen & denied == set()
    assert seen | denied == set(birds.values())


def is_denied(place: str, view: View, phase: Phase) -> bool:
    """Say from the grid alone whether a field may not be in a view."""

    def may(thing: str, when: Phase = phase) -> bool:
        return granted(thing, READERS[view], when) in (Right.READ, Right.WRITE)

    for start, things in samples.ROWS.items():
        if place.startswith(start):
            own = view is not View.CANDIDATE or start in samples.OWN
            when = Phase.CLOSED if start in samples.OF_EARLIER_CASES else phase
            return not (own and all(may(thing, when) for thing in things))
    return False


def test_ratings_keep_their_numbers_and_the_committee_misses_some_until_the_reveal():
    def numbers(view, phase):
        ratings = [one.anchor for each in view_of(samples.whole(), view, phase).criteria for one in each.ratings]
        return sorted(int(anchor.removeprefix("R")) for anchor in ratings)

    assert numbers(View.COMMITTEE, Phase.VOTING) == [1, 2, 3, 4, 9, 10, 11, 12]  # as docs/packets.md says
    assert numbers(View.COMMITTEE, Phase.REVEALED) == [*range(1, 13)]
    assert numbers(View.MANAGER, Phase.VOTING) == [*range(1, 9)]
    assert numbers(View.SKIP_LEVEL, Phase.VOTING) == [*range(1, 5)]


def test_reasons_that_lean_on_hidden_feedback_are_withheld():
    packet = view_of(samples.whole(), View.SKIP_LEVEL, Phase.SEALED)
    craft, _, leading, _ = (criterion.ratings[0] for criterion in packet.criteria)
    assert (craft.justification, craft.change, craft.cited, craft.is_withheld) == ("", None, ("E1", "E2"), True)
    assert (leading.value, leading.is_withheld) == (3, False)
    assert leading.justification.startswith("One colleague has grown")


def test_a_final_rating_does_not_tell_the_first_view_before_it_may_be_read():
    before = view_of(samples.whole(), View.COMMITTEE, Phase.VOTING)
    after = view_of(samples.whole(), View.COMMITTEE, Phase.REVEALED)
    assert [criterion.ratings[0].change for criterion in before.criteria] == [None] * 4
    assert [criterion.ratings[0].change.from_value for criterion in after.criteria] == [4, 3, 3, 4]


def test_who_was_heard_is_in_no_view_of_who_may_not_know_who_wrote():
    whole, heard = samples.whole(), {}
    for view in View:
        phase = Phase.ANNOUNCED
        cut = view_of(whole, view, phase)
        heard[view] = (cut.coverage != (), any(one.kind is UnansweredKind.FEEDBACK for one in cut.unanswered))
    assert {view for view, each in heard.items() if any(each)} == {View.COMMITTEE, View.HR}


def test_an_answer_that_came_alone_is_read_with_its_name_or_not_at_all():
    whole = samples.whole()
    alone = replace(whole, feedback=(*whole.feedback[:-1], replace(whole.feedback[-1], is_named_only=True)))
    views = {view: view_of(alone, view, Phase.ANNOUNCED) for view in View}
    least = len(whole.feedback) - 1
    assert {view: len(each.feedback) for view, each in views.items()} == {
        View.COMMITTEE: least + 1,
        View.HR: least + 1,
        View.APPEALS: least + 1,
        View.MANAGER: least,
        View.EXECUTIVE: least,
        View.SKIP_LEVEL: 0,
        View.CANDIDATE: 0,
    }
    assert {view for view, each in views.items() if each.mutual} == {View.COMMITTEE, View.HR, View.APPEALS}


def test_how_many_voices_are_mutual_is_for_those_who_decide():
    views = {view: view_of(samples.whole(), view, Phase.ANNOUNCED).mutual for view in View}
    assert {view for view, each in views.items() if each} == {
        View.COMMITTEE,
        View.HR,
        View.EXECUTIVE,
        View.APPEALS,
    }


def test_what_was_sealed_before_a_field_came_keeps_its_bytes():
    before = replace(samples.whole(), mutual=None)
    written = write_packet(before)
    assert b"mutual" not in written
    assert b"is_named_only" not in written
    assert write_packet(read_packet(written)) == written
    after = samples.whole()
    assert read_packet(write_packet(after)) == after
    assert b'"mutual":{"mutual":1,"voices":' in write_packet(after)


def test_unanswered_items_follow_the_row_of_what_they_are_about():
    whole = samples.whole()
    assert view_of(whole, View.CANDIDATE, Phase.SEALED).unanswered == ()
    assert [one.kind for one in view_of(whole, View.COMMITTEE, Phase.SEALED).unanswered] == [
        UnansweredKind.FEEDBACK,
        UnansweredKind.SECOND_RATING,
    ]


@pytest.mark.parametrize("view", [View.MANAGER, View.SKIP_LEVEL, View.CANDIDATE, View.EXECUTIVE])
def test_no_citation_leads_to_what_is_not_there(view):
    packet = view_of(samples.whole(), view, Phase.ANNOUNCED)
    cited = {anchor for one in packet.criteria for rating in one.ratings for anchor in rating.cited}
    assert cited <= anchors_of(packet)
