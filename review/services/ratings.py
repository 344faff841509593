"""Ratings: drafts by criterion, the lock of each round, and the second rater."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import Conflict, Fault, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.evidence_draft import too_long
from review.domain.level_text import describe_level
from review.domain.text import Text, text
from review.models import Evidence, Person, Rating, RatingLine
from review.queries.feedback import read_feedback
from review.queries.ratings import list_unexplained
from review.queries.standing import Standing, lock_standing
from review.services import audit
from review.services.transitions import Fired, fire

MAX_WORDS = 20_000
SCALE = range(1, 6)
REGION = {"first": "rating", "final": "rating", "second": "second_rating"}
OPEN_STATE = {"first": "first_view", "final": "with_feedback", "second": "asked"}
WRITE = {"first": "first_view.draft", "final": "rating.draft", "second": "second_rating.own"}
LOCK = {"first": "lock_first_view", "final": "submit_rating", "second": "submit_second_rating"}


@dataclass(frozen=True, slots=True)
class RatingDraft:
    """What was typed on one criterion. `anchors` are `e:<evidence id>` and `f:<feedback id>`; `value` is 1 to 5."""

    value: int | None
    cannot_judge: bool
    justification: str
    change_reason: str = ""
    sentence: str = ""
    anchors: tuple[str, ...] = ()


def save_line(
    session: Session,
    case_id: int,
    round_name: str,
    criterion_id: str,
    draft: RatingDraft,
    *,
    version: int,
    actor: Actor,
    now: datetime,
) -> int:
    """Keep what the rater typed on one criterion; return the new version.

    Args:
        round_name: first, final or second.
        version: of the line it was written from, 0 for a new one.

    Raises:
        NotFound: the round is not this actor's to write.
        TransitionRefused: the round is not open now.
        Invalid: too long, no such anchor, no such value.
        Conflict: another tab saved first.
    """
    standing = lock_standing(session, case_id, actor, now=now)
    if criterion_id not in {criterion.id for criterion in standing.criteria}:
        raise NotFound
    rating, stored = _own_rating(session, standing, round_name, criterion_id, now)
    faults = [*_faults(session, standing, round_name, draft), *_sentence_faults(standing, criterion_id, draft)]
    if faults:
        raise Invalid(faults)
    signer = _signed(standing, round_name)
    line = stored or RatingLine(rating_id=rating.id, criterion_id=criterion_id)
    if stored is not None and _holds(stored, draft):  # sent again by whoever has not seen the answer
        return stored.version
    _write_line(session, line, draft, version=version, writer=signer, now=now)
    detail = {"rating": rating.id, "criterion": criterion_id}
    audit.record(session, "rating.draft", actor=signer, now=now, case_id=case_id, detail=detail)
    return line.version


def _write_line(
    session: Session, line: RatingLine, draft: RatingDraft, *, version: int, writer: Actor, now: datetime
) -> None:
    """Write a draft into its line, which is new where it has no number yet."""
    stored = line if line.id else None
    if (stored.version if stored else 0) != version:
        raise _conflict(stored, draft)
    session.add(line)
    line.value = None if draft.cannot_judge else draft.value
    line.cannot_judge = draft.cannot_judge
    line.justification, line.change_reason = draft.justification, draft.change_reason
    line.sentence, line.anchors, line.updated_at = draft.sentence, list(draft.anchors), now
    line.written_by_id = writer.person_id
    session.flush()


def lock_round(
    session: Session, case_id: int, round_name: str, *, actor: Actor, now: datetime, request_key: str | None = None
) -> Fired:
    """Hand in a round: the case moves on and the rating is signed with the moment.

    Raises as fire() does, and TransitionRefused where a final rating left the first view without a word on why.
    """
    _require_reasons(session, lock_standing(session, case_id, actor, now=now), round_name)
    fired = fire(session, case_id, LOCK[round_name], actor=actor, now=now, request_key=request_key)
    if fired.is_repeat:
        return fired
    standing = lock_standing(session, case_id, actor, now=now)
    holder = standing.case.second_rater_id if round_name == "second" else standing.case.manager_id
    rows = session.scalars(
        sa.select(Rating).where(
            Rating.case_id == case_id,
            Rating.round == round_name,
            sa.or_(Rating.rater_id == holder, Rating.on_behalf_of_id == holder),
        )
    )
    for row in rows:
        row.locked_at = now
    session.flush()
    return fired


def _require_reasons(session: Session, standing: Standing, round_name: str) -> None:
    """Refuse a final rating that says nothing of what changed since the first view."""
    is_open = standing.facts.tokens.get(REGION[round_name]) == OPEN_STATE[round_name]
    if round_name != "final" or not is_open or not standing.may_write(WRITE[round_name]):
        return
    if names := list_unexplained(session, standing):
        raise TransitionRefused([say_unexplained(names)])


def say_unexplained(names: Sequence[str]) -> Text:
    """Return what is missing where a rating has changed without a reason."""
    return text("Say what changed since the first view: %(criteria)s", criteria=", ".join(names))


def assign_second_rater(
    session: Session, case_id: int, person_id: int, *, actor: Actor, now: datetime, request_key: str | None = None
) -> Fired:
    """Choose the second rater; whoever has a conflict is refused with the reason."""
    standing = lock_standing(session, case_id, actor, now=now)
    person = session.get(Person, person_id)
    if person is None or not person.is_active:
        raise Invalid([Fault(text("Choose somebody who works here"), field="person")])
    if standing.facts.tokens.get("second_rating") != "to_assign":
        raise TransitionRefused([text("The second rater has been chosen already")])
    if not standing.workflow_roles & {"hr", "manager"}:
        raise NotAllowed(text("Only the manager or HR chooses the second rater"), is_known=True)
    standing.case.second_rater_id = person_id
    session.flush()
    return fire(session, case_id, "assign_second_rater", actor=actor, now=now, request_key=request_key)


def _own_rating(
    session: Session, standing: Standing, round_name: str, criterion_id: str, now: datetime
) -> tuple[Rating, RatingLine | None]:
    """Return the rating of an open round, made if it is the first word, and its line on a criterion, if there is one.

    There is one rating for who holds the task, whoever of them and their delegates writes; each line is signed by who
    wrote it last.
    """
    if round_name not in WRITE or not standing.may_write(WRITE[round_name]):
        raise NotFound
    if standing.facts.tokens.get(REGION[round_name]) != OPEN_STATE[round_name]:
        raise TransitionRefused([text("This rating is not open for writing now")])
    signed = _signed(standing, round_name)
    values = {"case_id": standing.case.id, "round": round_name, "criterion_id": criterion_id}
    rows = session.execute(_ratings_with_line(), values).all()
    holder = signed.on_behalf_of or signed.person_id
    rating, line = next(
        ((r, stored) for r, stored in rows if (r.on_behalf_of_id or r.rater_id) == holder), (None, None)
    )
    if any(other.rater_id == signed.person_id for other, _ in rows if other is not rating):
        raise TransitionRefused([text("You have rated this case before, for somebody else; both would bear your name")])
    if rating is None:
        rating = Rating(case_id=standing.case.id, round=round_name, created_at=now)
        session.add(rating)
    rating.rater_id, rating.on_behalf_of_id = signed.person_id or 0, signed.on_behalf_of
    session.flush()
    return rating, line


@cache
def _ratings_with_line() -> sa.Select[Rating, RatingLine]:
    """Return the statement of a round's ratings, each with its line on one criterion, built once."""
    on_criterion = sa.and_(RatingLine.rating_id == Rating.id, RatingLine.criterion_id == sa.bindparam("criterion_id"))
    return (
        sa.select(Rating, RatingLine)
        .outerjoin(RatingLine, on_criterion)
        .where(Rating.case_id == sa.bindparam("case_id"), Rating.round == sa.bindparam("round"))
        .order_by(Rating.id)
    )


def _signed(standing: Standing, round_name: str) -> Actor:
    """Return the actor as who signs: for the person who holds the task, when that is somebody else."""
    holder = standing.case.second_rater_id if round_name == "second" else standing.case.manager_id
    actor = standing.actor
    if actor.person_id == holder or holder not in actor.delegators:
        return actor
    return Actor(actor.person_id, actor.name, actor.roles, actor.delegators, on_behalf_of=holder)


def _faults(session: Session, standing: Standing, round_name: str, draft: RatingDraft) -> list[Fault]:
    faults = []
    if draft.value is not None and draft.value not in SCALE:
        faults.append(Fault(text("There is no such rating"), text("one of the five"), field="value"))
    for name, words in (("justification", draft.justification), ("change_reason", draft.change_reason)):
        if len(words) > MAX_WORDS:
            faults.append(too_long(name, words, MAX_WORDS))
    if draft.anchors and not set(draft.anchors) <= _known_anchors(session, standing, round_name):
        faults.append(Fault(text("Something cited is not in this case"), field="cites"))
    return faults


def _sentence_faults(standing: Standing, criterion_id: str, draft: RatingDraft) -> list[Fault]:
    target = describe_level(standing.ladder, criterion_id, standing.case.to_level_id)
    if not draft.sentence or (target and draft.sentence in {signal.id for signal in target.signals}):
        return []
    return [Fault(text("Choose a sentence of the ladder"), field="sentence")]


def _known_anchors(session: Session, standing: Standing, round_name: str) -> set[str]:
    evidence = session.scalars(
        sa.select(Evidence.id).where(Evidence.case_id == standing.case.id, Evidence.removed_at.is_(None))
    )
    known = {f"e:{number}" for number in evidence}
    if round_name == "final":
        known |= {f"f:{row.id}" for row in read_feedback(session, standing)}
    return known


def _holds(line: RatingLine, draft: RatingDraft) -> bool:
    """Tell whether a line says what a draft says: whoever sends it twice, as after a lost answer, changes nothing."""
    stored = (_choice(line), line.justification, line.change_reason, line.sentence, line.anchors)
    return stored == (_choice(draft), draft.justification, draft.change_reason, draft.sentence, list(draft.anchors))


def _choice(given: RatingLine | RatingDraft) -> str:
    """Return a rating as the form sends it."""
    return "0" if given.cannot_judge else str(given.value or "")


def _conflict(line: RatingLine | None, draft: RatingDraft) -> Conflict:
    theirs = {
        "value": _choice(line) if line else "",
        "justification": line.justification if line else "",
        "change_reason": line.change_reason if line else "",
    }
    mine = {"value": _choice(draft), "justification": draft.justification, "change_reason": draft.change_reason}
    return Conflict(theirs, mine, line.version if line else 0)
