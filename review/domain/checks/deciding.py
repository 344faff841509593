"""Checks from the sealed packet to the growth plan: committee, decision, announcement, appeal."""

from __future__ import annotations

from review.domain.checks.registry import AtLeast, Below, DecisionIs, NoParams, Situation, Verdict, check
from review.domain.text import Text, plural, text

DECISIONS = {"promote": text("Promote"), "not_yet": text("Not yet"), "defer": text("Defer")}


@check(NoParams)
def packet_rendered(situation: Situation, params: NoParams) -> Verdict:
    """The sealed packet exists as PDF."""
    if situation.facts.is_packet_rendered:
        return Verdict(True, text("The packet is ready to read"))
    return Verdict(False, text("The packet is still being made; this takes a minute"), "system")


@check(NoParams)
def packet_opened(situation: Situation, params: NoParams) -> Verdict:
    """The member has opened the packet, as a page or as PDF."""
    if situation.item.is_packet_opened:
        return Verdict(True, text("You have opened the packet"))
    return Verdict(False, text("Open the packet first"), "member")


@check(AtLeast)
def quorum_possible(situation: Situation, params: AtLeast) -> Verdict:
    """Enough seats are neither recused nor absent."""
    have, need = situation.facts.seats_able_to_vote, params.at_least
    return _floor(
        have,
        need,
        plural(
            "%(count)s member can vote; %(need)s are needed",
            "%(count)s members can vote; %(need)s are needed",
            have,
            need=need,
        ),
        "hr",
    )


@check(AtLeast)
def votes_cast(situation: Situation, params: AtLeast) -> Verdict:
    """Enough votes of this round are in."""
    have, need = situation.facts.votes_cast, params.at_least
    return _floor(
        have,
        need,
        plural(
            "%(count)s vote is in; %(need)s are needed", "%(count)s votes are in; %(need)s are needed", have, need=need
        ),
        "member",
    )


@check(NoParams)
def all_present_have_voted(situation: Situation, params: NoParams) -> Verdict:
    """Nobody who is present and may vote is missing."""
    waiting = situation.facts.present_without_vote
    if not waiting:
        return Verdict(True, text("Everybody present has voted"))
    return Verdict(
        False,
        plural("%(count)s member present has not voted yet", "%(count)s members present have not voted yet", waiting),
        "member",
    )


@check(AtLeast)
def quorum(situation: Situation, params: AtLeast) -> Verdict:
    """Enough votes count: of members not recused, present, who had opened the packet."""
    have, need = situation.facts.votes_counted, params.at_least
    return _floor(
        have,
        need,
        plural(
            "%(count)s vote counts; the quorum is %(need)s",
            "%(count)s votes count; the quorum is %(need)s",
            have,
            need=need,
        ),
        "chair",
    )


@check(Below)
def revotes(situation: Situation, params: Below) -> Verdict:
    """The committee has voted again fewer times than this."""
    used, below = situation.facts.revotes_used, params.below
    return Verdict(
        used < below,
        plural(
            "Voted again %(count)s time; the most is %(most)s",
            "Voted again %(count)s times; the most is %(most)s",
            used,
            most=below,
        ),
    )


@check(NoParams)
def not_recused(situation: Situation, params: NoParams) -> Verdict:
    """Who acts is not recused from this case."""
    if situation.facts.is_actor_recused:
        return Verdict(False, text("You are recused from this case; the deputy acts in your place"), "chair")
    return Verdict(True, text("You are not recused"))


@check(NoParams)
def earlier_gaps_answered(situation: Situation, params: NoParams) -> Verdict:
    """Every open gap of an earlier case is answered: met or not met."""
    count = situation.facts.earlier_gaps_unanswered
    if not count:
        return Verdict(True, text("Every gap of an earlier case is answered"))
    return Verdict(
        False,
        plural(
            "%(count)s gap of an earlier case has no answer yet",
            "%(count)s gaps of an earlier case have no answer yet",
            count,
        ),
        "chair",
    )


@check(NoParams)
def gaps_named(situation: Situation, params: NoParams) -> Verdict:
    """At least one dated gap says what is missing."""
    count = situation.facts.gaps_named
    if not count:
        return Verdict(False, text("Name at least one gap: what is missing, and when it is looked at again"), "chair")
    return Verdict(True, plural("%(count)s gap is named", "%(count)s gaps are named", count))


@check(DecisionIs)
def decision_is(situation: Situation, params: DecisionIs) -> Verdict:
    """The committee has decided this."""
    decision, wanted = situation.facts.decision, DECISIONS[params.outcome]
    if decision == params.outcome:
        return Verdict(True, text("The decision is: %(decision)s", decision=wanted))
    if decision is None:
        return Verdict(False, text("Nothing is decided yet"), "chair")
    now: Text | str = DECISIONS.get(decision, decision)
    return Verdict(False, text("The decision is %(now)s, not %(wanted)s", now=now, wanted=wanted))


@check(NoParams)
def letter_ready(situation: Situation, params: NoParams) -> Verdict:
    """The letter to the candidate is marked as ready."""
    if situation.facts.is_letter_ready:
        return Verdict(True, text("The letter is ready"))
    return Verdict(False, text("The letter is not marked as ready"), "hr")


@check(NoParams)
def second_person_approved(situation: Situation, params: NoParams) -> Verdict:
    """Somebody other than who acts has approved the release."""
    if situation.facts.is_approved_by_second_person:
        return Verdict(True, text("A second person has approved the release"))
    return Verdict(False, text("A second person must approve the release"), "hr")


@check(NoParams)
def not_on_committee(situation: Situation, params: NoParams) -> Verdict:
    """Who acts has no seat on this case."""
    if situation.facts.is_actor_on_committee:
        return Verdict(False, text("You sat on the committee of this case; somebody else must do this"))
    return Verdict(True, text("You had no seat on this case"))


@check(Below)
def appeals_used(situation: Situation, params: Below) -> Verdict:
    """The candidate has appealed fewer times than this."""
    used, below = situation.facts.appeals_used, params.below
    return Verdict(
        used < below,
        plural(
            "%(count)s appeal was made; the most is %(most)s",
            "%(count)s appeals were made; the most is %(most)s",
            used,
            most=below,
        ),
    )


@check(NoParams)
def plan_answers_every_gap(situation: Situation, params: NoParams) -> Verdict:
    """The growth plan has an activity for each gap."""
    count = situation.facts.gaps_without_activity
    if not count:
        return Verdict(True, text("The plan answers every gap"))
    return Verdict(
        False,
        plural("%(count)s gap has no activity in the plan", "%(count)s gaps have no activity in the plan", count),
        "manager",
    )


@check(NoParams)
def plan_agreed_by_both(situation: Situation, params: NoParams) -> Verdict:
    """Candidate and manager have both agreed to the growth plan."""
    agreed = situation.facts.plan_agreed_by
    if "candidate" not in agreed:
        return Verdict(False, text("The candidate has not agreed to the plan yet"), "candidate")
    if "manager" not in agreed:
        return Verdict(False, text("The manager has not agreed to the plan yet"), "manager")
    return Verdict(True, text("Candidate and manager have agreed to the plan"))


def _floor(have: int, need: int, reason: Text, holder: str) -> Verdict:
    return Verdict(True, reason) if have >= need else Verdict(False, reason, holder)


CHECKS = (
    packet_rendered,
    packet_opened,
    quorum_possible,
    votes_cast,
    all_present_have_voted,
    quorum,
    revotes,
    not_recused,
    earlier_gaps_answered,
    gaps_named,
    decision_is,
    letter_ready,
    second_person_approved,
    not_on_committee,
    appeals_used,
    plan_answers_every_gap,
    plan_agreed_by_both,
)
