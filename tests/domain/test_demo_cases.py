"""Every demo case can be built up to its seal: whoever it names exists, and nothing is missing on the way."""

from __future__ import annotations

from collections import Counter

import pytest

from review.demo.content import Case, DemoContent
from review.demo.script import anchors_in
from review.domain.eligibility import Nominee, find_wrong_move
from review.domain.ladder import Ladder
from tests.domain.demo_cases import (
    CASES,
    CONTENT,
    NEEDED,
    ONE_AFTER_ANOTHER,
    M,
    answered,
    is_management,
    is_sealed,
    lines_with_words,
    manager_of,
    managers_above,
    read_ladder,
)


@pytest.fixture(scope="module")
def content() -> DemoContent:
    return CONTENT


@pytest.fixture(scope="module")
def ladder() -> Ladder:
    return read_ladder()


def test_every_state_is_held(content: DemoContent) -> None:
    held = Counter(case.target.state for case in content.cases if case.cycle == "autumn")
    assert set(held) == set(NEEDED) | {"collecting"}
    assert sum(held.values()) == 23


def test_every_place_of_the_regions_is_held(content: DemoContent) -> None:
    targets = [case.target for case in content.cases if case.target.state == "collecting"]
    assert {target.packet for target in targets} == {"writing", "submitted"}
    assert {target.feedback for target in targets} == {"asking", "enough"}
    assert {target.rating for target in targets} == {"first_view", "with_feedback", "rated"}
    assert {target.second_rating for target in targets} == {"to_assign", "asked", "done", "waived"}
    assert {target.panel for target in targets} == {None, "unscheduled", "scheduled", "scored"}


def test_the_closed_cycle_shows_every_outcome(content: DemoContent) -> None:
    closed = Counter(case.target.state for case in content.cases if case.cycle == "spring")
    assert closed == {"promoted": 2, "closed_not_yet": 1, "deferred": 1, "withdrawn": 1, "ineligible": 1}


def test_special_stories(content: DemoContent) -> None:
    assert [case.key for case in content.cases if case.kind == "track_change"] == ["joaquim-group"]
    assert [case.key for case in content.cases if case.kind == "entry"] == ["suvi-entry"]
    assert [case.key for case in content.cases if case.nomination.kind == "opt_out"] == ["farah-pm2"]
    assert [case.key for case in content.cases if case.manager_change] == ["nadia-staff"]
    assert [case.key for case in content.cases if case.delegation] == ["oskar-senior"]
    assert [case.key for case in content.cases if len(case.rounds) == 2] == ["tobias-principal"]
    assert {case.key for case in content.cases if case.conflicts} == {"chidi-principal", "mateus-senior"}
    assert {giver.state for case in content.cases for giver in case.givers} == {
        "proposed",
        "asked",
        "writing",
        "submitted",
        "declined",
        "rejected",
    }


def test_one_case_for_a_candidate_in_a_cycle(content: DemoContent) -> None:
    cases = Counter((case.cycle, case.candidate) for case in content.cases)
    assert max(cases.values()) == 1


@CASES
def test_everybody_named_exists(content: DemoContent, case: Case) -> None:
    named = {case.candidate, case.nomination.by, *case.readers, *case.absent}
    named |= {giver.person for giver in case.givers}
    named |= {giver.proposed_by for giver in case.givers if giver.proposed_by}
    named |= {rating.by for rating in case.first_views}
    named |= {note.by for note in case.notes} | {edit.by for edit in case.letter}
    named |= {vote.by for votes in case.rounds for vote in votes}
    named |= {score.by for score in case.panel.scores} if case.panel else set()
    assert named <= {person.id for person in content.people}


@CASES
def test_the_move_is_on_the_ladder(content: DemoContent, ladder: Ladder, case: Case) -> None:
    person = content.person(case.candidate)
    nominee = Nominee(
        is_active=True,
        level_id=person.level,
        level_since_on=None,
        kind=case.kind,
        from_level_id=case.from_level,
        to_level_id=case.to_level,
    )
    assert find_wrong_move(ladder, nominee) == ()
    assert set(case.role_fit) == ({question.id for question in ladder.role_fit} if case.kind == "entry" else set())


@CASES
def test_time_in_level_decides_on_eligibility(content: DemoContent, ladder: Ladder, case: Case) -> None:
    since = content.person(case.candidate).since
    if case.from_level is None or since is None:
        assert case.kind == "entry"
        return
    needed = ladder.level(case.from_level).min_months
    assert needed is not None
    months = (since + case.days[M.NOMINATED]) / 30.4
    assert (months < needed - 1) == (case.target.state == "ineligible")
    assert (months > needed + 0.2) == (case.target.state != "ineligible")


@CASES
def test_nominated_by_somebody_who_may(content: DemoContent, case: Case) -> None:
    allowed = {"own": case.candidate, "manager": manager_of(case), "opt_out": content.cycle(case.cycle).opened_by}
    assert case.nomination.by == allowed[case.nomination.kind]


@CASES
def test_days_are_in_order_and_complete(content: DemoContent, case: Case) -> None:
    cycle = content.cycle(case.cycle)
    days = [case.days[milestone] for milestone in ONE_AFTER_ANOTHER if milestone in case.days]
    assert days == sorted(days)
    assert cycle.opened < min(case.days.values())
    assert max(case.days.values()) < (cycle.closed or 0)
    assert NEEDED.get(case.target.state, {M.CONFIRMED, M.ASKED}) <= set(case.days)
    if M.RATED in case.days:
        parts = {M.FIRST_VIEW, M.PACKET, M.FEEDBACK} & set(case.days)
        assert len(parts) == 3
        assert max(case.days[part] for part in parts) < case.days[M.RATED]
    if is_sealed(case):
        assert case.days[M.SECOND] < case.days[M.SEALED]


@CASES
def test_regions_are_named_while_collecting(case: Case) -> None:
    target = case.target
    regions = [target.packet, target.feedback, target.rating, target.second_rating]
    assert all(regions) == any(regions) == (target.state == "collecting")
    assert (target.panel is not None) == (target.state == "collecting" and is_management(case))


@CASES
def test_a_submitted_packet_is_whole(content: DemoContent, case: Case) -> None:
    tagged = {criterion for evidence in case.evidence for criterion in evidence.criteria}
    if is_sealed(case) or case.target.packet == "submitted":
        assert list(case.self_review) == list(content.criteria)
        assert tagged == set(content.criteria)
        assert [c for c, words in case.self_review.items() if not 80 <= len(words.split()) <= 180] == []
        assert 2 <= len(case.evidence) <= 6
    assert tagged <= set(content.criteria)
    assert set(case.self_review) <= set(content.criteria)


@CASES
def test_signals_exist_on_the_ladder(ladder: Ladder, case: Case) -> None:
    named = {(c, n) for evidence in case.evidence for c, ns in evidence.signals.items() for n in ns}
    gaps = case.decision.gaps if case.decision else ()
    named |= {(gap.criterion, gap.signal) for gap in gaps if gap.signal}
    for rating in [*case.first_views, *([case.final] if case.final else [])]:
        named |= {(c, line.sentence) for c, line in rating.lines.items() if line.sentence}
    missing = [(c, n) for c, n in named if not 1 <= n <= len(ladder.expectation(c, case.to_level).signals)]
    assert missing == []
    assert all(set(evidence.signals) <= set(evidence.criteria) for evidence in case.evidence)


@CASES
def test_givers_answer_every_criterion(content: DemoContent, case: Case) -> None:
    assert len({giver.person for giver in case.givers}) == len({giver.key for giver in case.givers}) == len(case.givers)
    for giver in case.givers:
        assert giver.person not in {case.candidate, manager_of(case)}
        assert (giver.state == "declined") == (giver.decline_kind is not None) == bool(giver.decline_text)
        assert (giver.state == "rejected") == bool(giver.refusal)
        if giver.state == "submitted":
            assert list(giver.answers) == list(content.criteria)
            for answer in giver.answers.values():
                written = f"{answer.situation} {answer.done} {answer.effect}".split()
                assert bool(answer.cannot) == (answer.rating is None) == (not written)
                assert answer.cannot or 14 <= len(written) <= 60


@CASES
def test_givers_from_outside_answer_every_criterion_or_none(content: DemoContent, case: Case) -> None:
    keys = [giver.key for giver in (*case.givers, *case.outside)]
    assert len(set(keys)) == len(keys)
    for giver in case.outside:
        assert list(giver.answers) == (list(content.criteria) if giver.state == "submitted" else [])
        for answer in giver.answers.values():
            assert 14 <= len(f"{answer.situation} {answer.done} {answer.effect}".split()) <= 60


def test_the_demo_shows_a_giver_from_outside_who_answered_and_one_who_may(content: DemoContent) -> None:
    assert sorted(giver.state for case in content.cases for giver in case.outside) == ["asked", "submitted"]


@CASES
def test_upward_feedback_is_asked_of_every_report(content: DemoContent, case: Case) -> None:
    upward = {giver.person for giver in case.givers if giver.kind == "upward"}
    reports = {person.id for person in content.people if person.manager == case.candidate}
    assert upward == (reports if is_management(case) else set())


@CASES
def test_enough_feedback_covers_the_functions(content: DemoContent, case: Case) -> None:
    if not is_sealed(case) and case.target.feedback != "enough":
        return
    heard = {content.person(person).function for person in answered(case)}
    assert len(answered(case, "peer")) >= 3
    assert len(answered(case, "upward")) >= (3 if is_management(case) else 0)
    assert set(content.cycle(case.cycle).required_functions) <= heard


@CASES
def test_ratings_are_signed_by_the_manager_of_the_day(content: DemoContent, case: Case) -> None:
    assert [rating.by for rating in case.first_views] in ([], [manager_of(case)])
    if case.final is not None:
        manager = case.manager_change.to if case.manager_change else manager_of(case)
        assert (case.final.for_whom or case.final.by) == manager
        assert (case.final.for_whom is not None) == (case.delegation is not None)
    if is_sealed(case) or case.target.rating == "rated":
        assert case.final is not None
        assert case.final.is_locked
        assert list(case.final.lines) == list(case.first_views[0].lines) == list(content.criteria)


@CASES
def test_a_changed_rating_says_what_changed(case: Case) -> None:
    if case.final is None:
        return
    first = case.first_views[0].lines
    for criterion, line in case.final.lines.items():
        assert bool(line.changed) == (line.value != first[criterion].value), criterion
        assert anchors_in(line.why), criterion


@CASES
def test_early_ratings_know_no_feedback(case: Case) -> None:
    for name, line in lines_with_words(case):
        cited = anchors_in(line.why)
        if not name.startswith("final"):
            assert [anchor for anchor in cited if anchor.startswith("F:")] == [], name


@CASES
def test_the_second_rater_is_from_another_team(content: DemoContent, case: Case) -> None:
    second = case.second
    if second is None or second.rater is None:
        assert second is None or (bool(second.waived) and second.waived_by is not None)
        return
    assert content.person(second.rater).manager != manager_of(case)
    assert second.rater not in {case.candidate, *managers_above(case.candidate), *(g.person for g in case.givers)}
    is_done = is_sealed(case) or case.target.second_rating == "done"
    assert list(second.lines) == (list(content.criteria) if is_done else [])


@CASES
def test_anchors_lead_somewhere(case: Case) -> None:
    known = {f"E:{evidence.key}" for evidence in case.evidence}
    known |= {f"F:{giver.key}" for giver in case.givers if giver.state == "submitted"}
    prose = [*case.self_review.values(), *(line.why for _, line in lines_with_words(case))]
    prose += [line.changed for _, line in lines_with_words(case)]
    prose += [words for votes in case.rounds for vote in votes for words in (vote.reason, *vote.why.values())]
    prose += [note.body for note in case.notes]
    if case.decision:
        prose += [case.decision.rationale, *(answer.why for answer in case.decision.gap_answers)]
        prose += [words for gap in case.decision.gaps for words in (gap.seen, gap.missing, gap.activity)]
    assert {anchor for words in prose for anchor in anchors_in(words)} <= known
