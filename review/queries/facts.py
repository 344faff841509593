"""The facts of a case that the workflow's checks look at, from its rows."""

from __future__ import annotations

from typing import Any

from review.domain.access import Actor, Parties
from review.domain.checks import CaseFacts, FeedbackFact
from review.domain.checks.facts import OPEN
from review.domain.feedback_request import LEFT
from review.domain.feedback_sight import ASKING
from review.domain.text import Text, text
from review.queries.case_rows import AnyCase, Row, Rows

ABLE_TO_VOTE = frozenset({"seated", "read", "voted", "closed"})
TO_OPEN = frozenset({"seated", "read", "voted"})
"""States of a seat whose holder opens the packet before reading what it holds."""
COMPLETE, CITED = 1, 2


def gather_facts(
    rows: Rows,
    case: AnyCase,
    parties: Parties,
    actor: Actor,
    *,
    criteria: dict[str, str],
    required_functions: tuple[str, ...],
    may_count: bool,
    obstacles: tuple[Text, ...] = (),
) -> CaseFacts:
    """Turn the fact rows into what the checks ask, as seen by this actor.

    Args:
        criteria: ids and names of the criteria rated at the case's target level.
        may_count: whether the actor may know how many answers are in, and from which functions.
        obstacles: why the candidate is not eligible, worked out where it matters.
    """
    tokens = tokens_of(rows)
    is_asking = tokens.get("feedback") == ASKING
    return CaseFacts(
        tokens=tokens,
        obstacles=obstacles,
        criteria=criteria,
        self_reviewed=frozenset(row.a for row in rows["self_review"] if row.n),
        evidenced=frozenset(row.a for row in rows["evidence"]),
        feedback=tuple(_feedback(row, is_asking=is_asking, may_count=may_count) for row in rows["feedback"]),
        required_functions=required_functions,
        rated={name: _rated(rows, name, _rater(case, name), COMPLETE) for name in ("first", "final", "second")},
        cited={name: _rated(rows, name, _rater(case, name), CITED) for name in ("final", "second")},
        second_rater_conflict=_second_rater_conflict(rows, case, parties),
        panel_scores=len(rows["panel"]),
        is_packet_rendered=any(row.a == "ready" for row in rows["packet"]),
        earlier_gaps_unanswered=len(rows["earlier_gap"]),
        gaps_named=len({row.n for row in rows["gap"]}),
        decision=next((row.a for row in rows["decision"]), None),
        may_count=may_count,
        must_open_packet=any(row.n == actor.person_id and row.a in TO_OPEN and not row.m for row in rows["seat"]),
        is_actor_recused=_is_recused(rows, parties, actor),
        is_actor_on_committee=actor.person_id in {*parties.members, *(row.n for row in rows["seat"])},
        **_votes(rows, case, parties),
        **_after(rows),
    )


def tokens_of(rows: Rows) -> dict[str, str]:
    """Return the case's tokens: region -> state."""
    return {row.a: row.b for row in rows["token"]}


def is_approved_by_second_person(rows: Rows) -> bool:
    """Tell whether somebody else than who prepared the release of the decision has approved it."""
    return any(row.n != row.m for row in rows["release"])


def _feedback(row: Row, *, is_asking: bool, may_count: bool) -> FeedbackFact:
    """Return a request; who may know who has finished no longer waits for somebody who has left, whatever they said."""
    kind, state = row.a.split("/")
    if may_count and row.n & 2 and state in OPEN:
        state = LEFT
    return FeedbackFact(kind, row.b, state, is_kept_back=is_asking and bool(row.n & 1), is_shown=bool(row.m))


def _rater(case: AnyCase, round_name: str) -> int | None:
    return case.second_rater_id if round_name == "second" else case.manager_id


def _rated(rows: Rows, round_name: str, rater: int | None, bit: int) -> frozenset[str]:
    """Criteria rated in a round by who holds the task now, or for them."""
    return frozenset(row.b for row in rows["rating"] if row.a == round_name and row.n == rater and row.m & bit)


def _votes(rows: Rows, case: AnyCase, parties: Parties) -> dict[str, Any]:
    barred = parties.conflicts | parties.chain | parties.muted
    able = {row.n: row for row in rows["seat"] if row.a in ABLE_TO_VOTE and row.n not in barred}
    cast = {row.n for row in rows["vote"] if row.n in able}
    present = set(case.present_ids) & able.keys()
    return {
        "seats_able_to_vote": len(able),
        "votes_cast": len(cast),
        "present_without_vote": len(present - cast),
        "votes_counted": sum(1 for person in cast & present if able[person].m),
        "revotes_used": max(case.vote_round - 1, 0),
    }


def _after(rows: Rows) -> dict[str, Any]:
    named = {row.n for row in rows["gap"]}
    return {
        "is_letter_ready": any(row.n for row in rows["letter"]),
        "is_approved_by_second_person": is_approved_by_second_person(rows),
        "appeals_used": len(rows["appeal"]),
        "gaps_without_activity": len(named - {row.n for row in rows["plan_gap"]}),
        "plan_agreed_by": frozenset(row.a for row in rows["plan"]),
    }


def _is_recused(rows: Rows, parties: Parties, actor: Actor) -> bool:
    barred = parties.conflicts | parties.chain | parties.muted
    return actor.person_id in barred or any(row.n == actor.person_id and row.a == "recused" for row in rows["seat"])


def _second_rater_conflict(rows: Rows, case: AnyCase, parties: Parties) -> Text | None:
    person = case.second_rater_id
    if person is None:
        return None
    line = {case.manager_id, *parties.chain, *parties.skip_level_ids}
    reasons = (
        (person == case.candidate_id, text("they are the candidate")),
        (person in parties.conflicts, text("they have declared a conflict")),
        (person in line, text("they are in the candidate's line of reports")),
        (any(row.n == person for row in rows["rater"]), text("they have rated this case for the manager")),
        (any(row.n == case.manager_id for row in rows["second_rater"]), text("they are in the candidate's own team")),
    )
    return next((reason for is_so, reason in reasons if is_so), None)
