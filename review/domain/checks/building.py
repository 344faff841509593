"""Checks while a case is built: eligibility, self-review, feedback, ratings, panel."""

from __future__ import annotations

from collections.abc import Collection

from review.domain.checks.facts import CaseFacts
from review.domain.checks.registry import (
    AtLeast,
    CaseIn,
    FeedbackCount,
    FunctionsCovered,
    InState,
    NoParams,
    Place,
    RatingRound,
    Round,
    Situation,
    Verdict,
    check,
    joined,
    listed,
)
from review.domain.text import Text, plural, text


@check(InState)
def in_state(situation: Situation, params: InState) -> Verdict:
    """A region of the case is in the state, or in one of the states."""
    here = situation.tokens.get(params.region)
    if here in params.states:
        return Verdict(True, text("%(state)s", state=_titled(situation, params.region, here).title))
    wanted = [_titled(situation, params.region, state) for state in params.states]
    titles = joined((text(place.title) for place in wanted), pattern=text("%(left)s or %(right)s"))
    if here is None:
        return Verdict(False, text("Still to come: %(wanted)s", wanted=titles), wanted[0].holder)
    now = _titled(situation, params.region, here).title
    return Verdict(False, text("Still to come: %(wanted)s. Now: %(now)s", wanted=titles, now=now), wanted[0].holder)


@check(CaseIn)
def case_in(situation: Situation, params: CaseIn) -> Verdict:
    """The case is in one of the states."""
    here = situation.tokens.get("main", "")
    now = _titled(situation, "main", here).title
    if here in params.states:
        return Verdict(True, text("The case is at this step: %(now)s", now=now))
    wanted = listed(_titled(situation, "main", state).title for state in params.states)
    return Verdict(False, text("Only at this step: %(wanted)s. Now: %(now)s", wanted=wanted, now=now))


@check(NoParams)
def eligible(situation: Situation, params: NoParams) -> Verdict:
    """The ladder and the cycle's rules let this person be a candidate now."""
    obstacles = situation.facts.obstacles
    if not obstacles:
        return Verdict(True, text("Level, time in level and time since the last case are right"))
    return Verdict(False, joined(obstacles, pattern=text("%(left)s; %(right)s")), "hr")


@check(NoParams)
def self_review_complete(situation: Situation, params: NoParams) -> Verdict:
    """The candidate has written on every criterion."""
    facts = situation.facts
    missing = _missing(facts, facts.self_reviewed)
    if missing:
        return Verdict(False, text("Nothing is written yet on: %(criteria)s", criteria=missing), "candidate")
    return _of_criteria(facts, text("The self-review covers every criterion"))


@check(NoParams)
def evidence_for_every_criterion(situation: Situation, params: NoParams) -> Verdict:
    """Each criterion has at least one piece of evidence."""
    facts = situation.facts
    missing = _missing(facts, facts.evidenced)
    if missing:
        return Verdict(False, text("No evidence yet for: %(criteria)s", criteria=missing), "candidate")
    return _of_criteria(facts, text("Every criterion has evidence"))


@check(FeedbackCount)
def feedback_count(situation: Situation, params: FeedbackCount) -> Verdict:
    """Enough answers are in; `kind` counts only peers or only direct reports (upward)."""
    facts = situation.facts
    asked = [each for each in facts.requests if params.kind in (None, each.kind)]
    have, need = sum([each.is_answered for each in asked]), params.at_least
    reason = _answers_in(params.kind, have, need) if facts.may_count else _tell_enough(params.kind, have, need)
    if have >= need:
        return Verdict(True, reason)
    is_enough_asked = have + sum(each.is_open for each in asked) >= need
    who = "report" if params.kind == "upward" else "giver"
    return Verdict(False, reason, who if is_enough_asked else "candidate")


def _answers_in(kind: str | None, have: int, need: int) -> Text:
    if kind == "upward":
        return plural(
            "%(count)s answer of a direct report is in; %(need)s are needed",
            "%(count)s answers of direct reports are in; %(need)s are needed",
            have,
            need=need,
        )
    if kind == "peer":
        return plural(
            "%(count)s answer of a colleague is in; %(need)s are needed",
            "%(count)s answers of colleagues are in; %(need)s are needed",
            have,
            need=need,
        )
    return plural(
        "%(count)s answer is in; %(need)s are needed", "%(count)s answers are in; %(need)s are needed", have, need=need
    )


def _tell_enough(kind: str | None, have: int, need: int) -> Text:
    """Say whether there are enough, for who may know no count: one more answer changes nothing but at the number."""
    if have >= need:
        told = plural("At least %(count)s answer is in", "At least %(count)s answers are in", need)
    else:
        told = plural("Fewer than %(count)s answer is in", "Fewer than %(count)s answers are in", need)
    if kind is None:
        return told
    return text("Direct reports: %(told)s", told=told) if kind == "upward" else text("Colleagues: %(told)s", told=told)


@check(FunctionsCovered)
def functions_covered(situation: Situation, params: FunctionsCovered) -> Verdict:
    """Answers come from enough functions: of those the cycle requires (`from_cycle`), and all of `functions`."""
    facts = situation.facts
    heard = {each.function for each in facts.requests if each.is_answered}
    pool = facts.required_functions if params.from_cycle and facts.required_functions else None
    counted = heard if pool is None else heard.intersection(pool)
    need = params.at_least if pool is None else min(params.at_least, len(pool))
    named = [function for function in params.functions if function not in heard]
    is_met = len(counted) >= need and not named
    if not facts.may_count:
        told = text("Enough functions are heard") if is_met else text("Not enough functions are heard yet")
        return Verdict(is_met, told, None if is_met else "giver")
    if is_met:
        return Verdict(True, text("Heard from: %(functions)s", functions=listed(sorted(heard))))
    absent = named or [function for function in pool or () if function not in heard]
    reason = _functions_heard(len(counted), need, absent)
    return Verdict(False, reason, "giver" if _may_still_answer(facts, absent) else "candidate")


def _functions_heard(have: int, need: int, absent: list[str]) -> Text:
    who = listed(absent)
    if have >= need:
        return text("Nobody is heard yet from: %(functions)s", functions=who)
    count = plural(
        "%(count)s function is heard; %(need)s are needed",
        "%(count)s functions are heard; %(need)s are needed",
        have,
        need=need,
    )
    return text("%(heard)s; nobody yet from: %(functions)s", heard=count, functions=who) if absent else count


@check(Round)
def all_criteria_rated(situation: Situation, params: Round) -> Verdict:
    """Every criterion is rated in the round: first (view), final or second; "can't judge" with a reason counts."""
    facts = situation.facts
    holder = "second_rater" if params.round == "second" else "manager"
    missing = _missing(facts, facts.rated.get(params.round, frozenset()))
    if missing:
        return Verdict(False, text("Not rated yet: %(criteria)s", criteria=missing), holder)
    return _of_criteria(facts, text("Every criterion is rated"))


@check(RatingRound)
def every_rating_cites_evidence(situation: Situation, params: RatingRound) -> Verdict:
    """Each rating of the round, final or second, cites the packet."""
    facts = situation.facts
    missing = _missing(facts, facts.cited.get(params.round, frozenset()))
    if missing:
        holder = "second_rater" if params.round == "second" else "manager"
        return Verdict(False, text("No evidence is cited for: %(criteria)s", criteria=missing), holder)
    return _of_criteria(facts, text("Every rating cites evidence"))


@check(NoParams)
def second_rater_not_conflicted(situation: Situation, params: NoParams) -> Verdict:
    """The second rater who is chosen has no conflict with the candidate."""
    conflict = situation.facts.second_rater_conflict
    if conflict is None:
        return Verdict(True, text("No conflict of the second rater is known"))
    return Verdict(False, text("This person cannot be second rater: %(why)s", why=conflict), "hr")


@check(AtLeast)
def panel_scored(situation: Situation, params: AtLeast) -> Verdict:
    """Enough members of the leadership panel have given their scores."""
    have = situation.facts.panel_scores
    is_met = have >= params.at_least
    return Verdict(
        is_met,
        plural(
            "%(count)s panel member has scored; %(need)s are needed",
            "%(count)s panel members have scored; %(need)s are needed",
            have,
            need=params.at_least,
        ),
        None if is_met else "panelist",
    )


@check(NoParams)
def giver_not_conflicted(situation: Situation, params: NoParams) -> Verdict:
    """The person to be asked may give feedback on this candidate."""
    conflict = situation.item.giver_conflict
    if conflict is None:
        return Verdict(True, text("No conflict of the giver is known"))
    return Verdict(False, text("This person cannot be asked: %(why)s", why=conflict), "candidate")


@check(NoParams)
def feedback_complete(situation: Situation, params: NoParams) -> Verdict:
    """The giver has answered, or said "can't judge", on every criterion asked about."""
    unanswered = situation.item.unanswered
    if not unanswered:
        return Verdict(True, text("Every question is answered"))
    return Verdict(False, text("Not answered yet: %(criteria)s", criteria=listed(unanswered)), "giver")


def _titled(situation: Situation, region: str, state: str) -> Place:
    return situation.places.get((region, state)) or Place(state, None)


def _missing(facts: CaseFacts, done: Collection[str]) -> str:
    return listed(name for criterion, name in facts.criteria.items() if criterion not in done)


def _of_criteria(facts: CaseFacts, met: Text) -> Verdict:
    """Refuse where nothing is to be rated: an empty list of criteria must not count as done."""
    if facts.criteria:
        return Verdict(True, met)
    return Verdict(False, text("The ladder asks nothing of this level; HR must put that right"), "hr")


def _may_still_answer(facts: CaseFacts, functions: Collection[str]) -> bool:
    return any(each.is_open and each.function in functions for each in facts.feedback)


CHECKS = (
    in_state,
    case_in,
    eligible,
    self_review_complete,
    evidence_for_every_criterion,
    feedback_count,
    functions_covered,
    all_criteria_rated,
    every_rating_cites_evidence,
    second_rater_not_conflicted,
    panel_scored,
    giver_not_conflicted,
    feedback_complete,
)
