"""Votes: one's own ballot, what counts, and after the reveal who voted what; nobody reads more than the grid grants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.ballot import BallotDraft, CountedVote, CriterionTally, LineDraft, Rules, Tally, count_votes
from review.domain.checks import ItemFacts
from review.domain.errors import NotFound
from review.domain.level_text import LevelText, describe_level
from review.domain.text import Text
from review.domain.values import dataclass
from review.domain.workflow import Option
from review.models import Evidence, Feedback, Person, Seat, Vote, VoteLine
from review.queries.cited import titles_of
from review.queries.evidence import EvidenceRow, list_evidence
from review.queries.facts import ABLE_TO_VOTE
from review.queries.feedback import FeedbackRow, read_feedback
from review.queries.items import roles_on_item
from review.queries.ratings import LineRow, list_ratings
from review.queries.standing import Standing

GIVEN_UP = ("recused", "replaced")
WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class BallotCriterion:
    """One criterion of a ballot: what the target asks, the manager's rating, and one's own line so far."""

    id: str
    name: str
    target: LevelText | None
    manager: LineRow | None
    line: LineDraft


@dataclass(frozen=True)
class BallotPage:
    """One's own ballot with everything it is judged by. `anchors` maps E1 to `e:12`, in the order of the packet."""

    criteria: tuple[BallotCriterion, ...]
    draft: BallotDraft
    version: int
    round: int
    seat_state: str
    is_cast: bool
    options: tuple[Option, ...]
    anchors: Mapping[str, str]
    evidence: tuple[EvidenceRow, ...]
    feedback: tuple[FeedbackRow, ...]

    @property
    def names(self) -> Mapping[str, str]:
        """Return the printed name of each anchor: `e:12` → E1."""
        return {key: anchor for anchor, key in self.anchors.items()}

    @property
    def titles(self) -> Mapping[str, str | Text]:
        """Return what each printed name stands for."""
        return titles_of(self.evidence, self.feedback)


@dataclass(frozen=True)
class VoteRow:
    """A vote that was cast, as it is read after the reveal; `is_counted` says whether it stands."""

    person_id: int
    name: str
    round: int
    overall: str
    confidence: str
    reason: str
    lines: Mapping[str, LineDraft]
    is_counted: bool
    is_voided: bool


@dataclass(frozen=True)
class CriterionResult:
    """The votes on one criterion: first and last round, for the dot strip and its table."""

    id: str
    name: str
    first: Mapping[int, int]
    last: Mapping[int, int] | None
    tally: CriterionTally
    manager: int | None


@dataclass(frozen=True)
class Result:
    """What the revealed votes say together."""

    tally: Tally
    first_split: Mapping[str, int]
    criteria: tuple[CriterionResult, ...]
    votes: tuple[VoteRow, ...]
    round: int
    voided: int
    anchor_names: Mapping[str, str]


def load_own_seat(session: Session, standing: Standing) -> Seat | None:
    """Return the actor's own seat that still stands."""
    return session.scalar(
        sa.select(Seat).where(
            Seat.case_id == standing.case.id,
            Seat.person_id == standing.actor.person_id,
            Seat.state.not_in(GIVEN_UP),
        )
    )


def load_ballot(session: Session, standing: Standing) -> BallotPage:
    """Return one's own ballot; raise NotFound for who has no seat, or before voting has been opened.

    In a later round an empty ballot begins with what one voted before.
    """
    seat = load_own_seat(session, standing)
    if seat is None or not standing.may_read("vote.own"):
        raise NotFound
    rounds = {
        vote.round: vote
        for vote in session.scalars(sa.select(Vote).where(Vote.seat_id == seat.id, Vote.voided_at.is_(None)))
    }
    current = rounds.get(standing.case.vote_round)
    shown = current or (rounds[max(rounds)] if rounds else None)
    draft = load_draft(session, shown)
    evidence, feedback = list_evidence(session, standing), read_feedback(session, standing)
    manager = {line.criterion_id: line for line in list_ratings(session, standing) if line.round == "final"}
    case = standing.case
    return BallotPage(
        criteria=tuple(
            BallotCriterion(
                each.id,
                each.name_for(case.track_id),
                describe_level(standing.ladder, each.id, case.to_level_id),
                manager.get(each.id),
                draft.lines.get(each.id, LineDraft()),
            )
            for each in standing.criteria
        ),
        draft=draft,
        version=current.version if current else 0,
        round=case.vote_round,
        seat_state=seat.state,
        is_cast=current is not None and current.cast_at is not None,
        options=seat_options(standing, seat),
        anchors=anchors_of(evidence, feedback),
        evidence=evidence,
        feedback=feedback,
    )


def seat_options(standing: Standing, seat: Seat) -> tuple[Option, ...]:
    """Return what the actor can do with a seat, each with what is still missing."""
    facts = ItemFacts(is_packet_opened=seat.opened_at is not None)
    return standing.item_options("seat", seat.state, roles_on_item(standing, seat), facts)


def anchors_of(evidence: Iterable[EvidenceRow], feedback: Iterable[FeedbackRow]) -> dict[str, str]:
    """Return what can be cited: E1 → `e:12`, F1 → `f:7`."""
    return {row.anchor: f"e:{row.id}" for row in evidence} | {row.anchor: f"f:{row.id}" for row in feedback}


def load_draft(session: Session, vote: Vote | None) -> BallotDraft:
    """Return what a ballot holds; an empty one for none."""
    if vote is None:
        return BallotDraft()
    rows = session.scalars(sa.select(VoteLine).where(VoteLine.vote_id == vote.id))
    return BallotDraft({row.criterion_id: _line(row) for row in rows}, vote.overall, vote.confidence, vote.reason)


def find_manager_values(session: Session, standing: Standing) -> dict[str, int | None]:
    """Return the manager's final rating by criterion; the last one where the manager has changed."""
    return {line.criterion_id: line.value for line in list_ratings(session, standing) if line.round == "final"}


def list_anchor_keys(session: Session, standing: Standing) -> frozenset[str]:
    """Return what a vote or a decision may cite: `e:<evidence id>` and `f:<feedback id>` of the packet."""
    evidence = sa.select(sa.literal("e"), Evidence.id).where(
        Evidence.case_id == standing.case.id, Evidence.removed_at.is_(None)
    )
    given = sa.select(sa.literal("f"), Feedback.id).where(
        Feedback.case_id == standing.case.id, Feedback.state.in_(("submitted", "frozen"))
    )
    return frozenset(f"{kind}:{number}" for kind, number in session.execute(sa.union_all(evidence, given)))


def load_counted_votes(session: Session, standing: Standing) -> tuple[tuple[CountedVote, ...], dict[int, str]]:
    """Return the votes that count in this round, and each voter's reason; for services, whatever the phase."""
    rows = [row for row in _load_votes(session, standing) if row.is_counted and row.round == standing.case.vote_round]
    return tuple(_counted(row) for row in rows), {row.person_id: row.reason for row in rows}


def load_result(session: Session, standing: Standing, *, anchors: Mapping[str, str] | None = None) -> Result | None:
    """Return what the votes say, or None while they are sealed to the actor. Votes of a conflict are only a number.

    The votes on a case that its candidate has withdrawn stay sealed for good: it may never have come to a reveal.

    Args:
        anchors: what can be cited, where the page has read it already.
    """
    if not standing.may_read("vote.others") or standing.case.outcome == WITHDRAWN:
        return None
    rows = _load_votes(session, standing)
    round_now = standing.case.vote_round
    names = {each.id: each.name_for(standing.case.track_id) for each in standing.criteria}
    rules = rules_of(standing.cycle.policy)
    first = count_votes([_counted(row) for row in rows if row.is_counted and row.round == 1], names, rules)
    last = count_votes([_counted(row) for row in rows if row.is_counted and row.round == round_now], names, rules)
    manager = find_manager_values(session, standing)
    if anchors is None:
        anchors = anchors_of(list_evidence(session, standing), read_feedback(session, standing))
    return Result(
        tally=last,
        first_split={str(each): count for each, count in first.split.items()},
        criteria=tuple(
            CriterionResult(
                now.criterion_id,
                names[now.criterion_id],
                before.counts,
                now.counts if round_now > 1 else None,
                now,
                manager.get(now.criterion_id),
            )
            for before, now in zip(first.criteria, last.criteria, strict=True)
        ),
        votes=tuple(row for row in rows if not row.is_voided),
        round=round_now,
        voided=sum(row.is_voided for row in rows),
        anchor_names={key: anchor for anchor, key in anchors.items()},
    )


def rules_of(policy: Mapping[str, Mapping[str, int]]) -> Rules:
    """Return the rules of the ballot from a cycle's policy."""
    ballot = policy["ballot"]
    return Rules(ballot["quorum"], ballot["majority_above_percent"], ballot["discuss_from_spread"])


def _load_votes(session: Session, standing: Standing) -> list[VoteRow]:
    """Read every vote that was cast, of seats that still stand; two statements."""
    case, parties = standing.case, standing.parties
    barred = parties.conflicts | parties.chain | parties.muted
    present = set(case.present_ids)
    records = session.execute(
        sa.select(Vote, Person.name, Seat.state, Seat.opened_at)
        .join(Seat, Seat.id == Vote.seat_id)
        .join(Person, Person.id == Vote.person_id)
        .where(Vote.case_id == case.id, Vote.cast_at.is_not(None), Seat.state != "replaced")
        .order_by(Vote.round, Person.name, Vote.id)
    ).all()
    lines = load_lines(session, [vote.id for vote, *_ in records])
    rows = []
    for vote, name, state, opened_at in records:
        is_voided = vote.voided_at is not None
        is_able = state in ABLE_TO_VOTE and vote.person_id not in barred and opened_at is not None
        was_present = vote.round < case.vote_round or vote.person_id in present
        rows.append(
            VoteRow(
                person_id=vote.person_id,
                name=name,
                round=vote.round,
                overall=vote.overall or "",
                confidence=vote.confidence or "",
                reason=vote.reason,
                lines=lines[vote.id],
                is_counted=not is_voided and is_able and was_present,
                is_voided=is_voided,
            )
        )
    return rows


def load_lines(session: Session, vote_ids: list[int]) -> dict[int, dict[str, LineDraft]]:
    """Read the lines of several votes by criterion, in one statement."""
    found: dict[int, dict[str, LineDraft]] = defaultdict(dict)
    for row in session.scalars(sa.select(VoteLine).where(VoteLine.vote_id.in_(vote_ids)).order_by(VoteLine.id)):
        found[row.vote_id][row.criterion_id] = _line(row)
    return found


def _counted(row: VoteRow) -> CountedVote:
    return CountedVote(row.person_id, row.overall, {each: line.value for each, line in row.lines.items()})


def _line(row: VoteLine) -> LineDraft:
    return LineDraft(row.value, row.cannot_judge, row.reason, tuple(row.anchors))
