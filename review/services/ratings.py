"""Ratings: drafts by criterion, the lock of each round, and the second rater."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from review.domain.access import Actor
from review.domain.errors import Conflict, Fault, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.evidence_draft import too_long
from review.domain.level_text import describe_level
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.models import Base, Evidence, Person, Rating, RatingLine
from review.queries.feedback import read_feedback
from review.queries.footing import Footing, lock_footing
from review.queries.rating_lines import StoredLine, find_stored_lines
from review.queries.ratings import list_unexplained
from review.queries.ready import Ready
from review.queries.standing import Standing, lock_standing
from review.services import audit
from review.services.request_keys import claim
from review.services.transitions import Fired, fire

MAX_WORDS = 20_000
SCALE = range(1, 6)
REGION = {"first": "rating", "final": "rating", "second": "second_rating"}
OPEN_STATE = {"first": "first_view", "final": "with_feedback", "second": "asked"}
WRITE = {"first": "first_view.draft", "final": "rating.draft", "second": "second_rating.own"}
LOCK = {"first": "lock_first_view", "final": "submit_rating", "second": "submit_second_rating"}


@dataclass(frozen=True)
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
    # What a final rating cites of the feedback is read through the whole standing.
    lock = lock_standing if round_name == "final" and draft.anchors else lock_footing
    standing = lock(session, case_id, actor, now=now)
    if criterion_id not in {criterion.id for criterion in standing.criteria}:
        raise NotFound
    stored = _own_line(session, standing, round_name, criterion_id, now)
    faults = [*_faults(session, standing, round_name, draft), *_sentence_faults(standing, criterion_id, draft)]
    if faults:
        raise Invalid(faults)
    signer = _signed(standing, round_name)
    if stored.id is not None and _holds(stored, draft):  # sent again by whoever has not seen the answer
        return stored.version
    if stored.version != version:
        raise _conflict(stored, draft)
    _write_line(session, stored, criterion_id, draft, writer=signer, now=now)
    detail = {"rating": stored.rating_id, "criterion": criterion_id}
    audit.record(session, "rating.draft", actor=signer, now=now, case_id=case_id, detail=detail)
    return version + 1


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
    if not claim(session, request_key, actor=actor, now=now):
        return Fired(case_id, "assign_second_rater", standing.facts.tokens, is_repeat=True)
    if standing.facts.tokens.get("second_rating") != "to_assign":
        raise TransitionRefused([text("The second rater has been chosen already")])
    if not standing.workflow_roles & {"hr", "manager"}:
        raise NotAllowed(text("Only the manager or HR chooses the second rater"), is_known=True)
    standing.case.second_rater_id = person_id
    session.flush()
    return fire(session, case_id, "assign_second_rater", actor=actor, now=now)


def _own_line(session: Session, standing: Footing, round_name: str, criterion_id: str, now: datetime) -> StoredLine:
    """Return what is stored on a criterion in the rating of an open round, which is made if it is the first word.

    There is one rating for who holds the task, whoever of them and their delegates writes; each line is signed by who
    wrote it last.
    """
    if round_name not in WRITE or not standing.may_write(WRITE[round_name]):
        raise NotFound
    if standing.tokens.get(REGION[round_name]) != OPEN_STATE[round_name]:
        raise TransitionRefused([text("This rating is not open for writing now")])
    signed = _signed(standing, round_name)
    holder = signed.on_behalf_of or signed.person_id
    found = find_stored_lines(session, standing.case.id, round_name, criterion_id)
    own = next((line for line in found if (line.on_behalf_of_id or line.rater_id) == holder), None)
    if any(other.rater_id == signed.person_id for other in found if other is not own):
        raise TransitionRefused([text("You have rated this case before, for somebody else; both would bear your name")])
    if own is not None and (own.rater_id, own.on_behalf_of_id) == (signed.person_id, signed.on_behalf_of):
        return own
    rating = Rating(case_id=standing.case.id, round=round_name, created_at=now)
    if own is not None:
        rating = session.get_one(Rating, own.rating_id)
    rating.rater_id, rating.on_behalf_of_id = signed.person_id or 0, signed.on_behalf_of
    session.add(rating)
    session.flush()
    return own or StoredLine(rating.id, rating.rater_id, rating.on_behalf_of_id)


def _write_line(
    session: Session, stored: StoredLine, criterion_id: str, draft: RatingDraft, *, writer: Actor, now: datetime
) -> None:
    """Write a draft over a stored line, or as a new one; raise Conflict where another has been written meanwhile."""
    values: dict[str, Any] = {
        "value": None if draft.cannot_judge else draft.value,
        "cannot_judge": draft.cannot_judge,
        "justification": draft.justification,
        "change_reason": draft.change_reason,
        "sentence": draft.sentence,
        "anchors": list(draft.anchors),
        "written_by_id": writer.person_id,
        "updated_at": now,
    }
    if stored.id is None:
        session.add(RatingLine(rating_id=stored.rating_id, criterion_id=criterion_id, **values))
        session.flush()
        return
    new = {f"new_{name}": value for name, value in values.items()}
    if not _REWRITE.change(session.connection(), {"line": stored.id, "known": stored.version, **new}):
        raise _conflict(stored, draft)
    held = session.identity_map.get(identity_key(RatingLine, stored.id))
    if held is not None:
        session.expire(held)


def _rewrite() -> sa.Update:
    line = Base.metadata.tables["rating_line"]
    names = (
        *("value", "cannot_judge", "justification", "change_reason", "sentence", "anchors"),
        *("written_by_id", "updated_at"),
    )
    values: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in names}
    known = sa.and_(line.c.id == sa.bindparam("line"), line.c.version == sa.bindparam("known"))
    return sa.update(line).where(known).values(version=line.c.version + 1, **values)


_REWRITE = Ready(_rewrite)
"""On the connection itself: this is what givers and raters wait for while they type."""


def _signed(standing: Footing, round_name: str) -> Actor:
    """Return the actor as who signs: for the person who holds the task, when that is somebody else who lent it."""
    holder = standing.case.second_rater_id if round_name == "second" else standing.case.manager_id
    actor = standing.actor
    if holder not in actor.delegators:  # nobody is their own delegate
        return actor
    return Actor(actor.person_id, actor.name, actor.roles, actor.delegators, on_behalf_of=holder)


def _faults(session: Session, standing: Footing, round_name: str, draft: RatingDraft) -> list[Fault]:
    faults = []
    if draft.value is not None and draft.value not in SCALE:
        faults.append(Fault(text("There is no such rating"), text("one of the five"), field="value"))
    for name, words in (("justification", draft.justification), ("change_reason", draft.change_reason)):
        if len(words) > MAX_WORDS:
            faults.append(too_long(name, words, MAX_WORDS))
    if draft.anchors and not set(draft.anchors) <= _known_anchors(session, standing, round_name):
        faults.append(Fault(text("Something cited is not in this case"), field="cites"))
    return faults


def _sentence_faults(standing: Footing, criterion_id: str, draft: RatingDraft) -> list[Fault]:
    target = describe_level(standing.ladder, criterion_id, standing.case.to_level_id) if draft.sentence else None
    if not draft.sentence or (target and draft.sentence in {signal.id for signal in target.signals}):
        return []
    return [Fault(text("Choose a sentence of the ladder"), field="sentence")]


def _known_anchors(session: Session, standing: Footing, round_name: str) -> set[str]:
    evidence = session.scalars(
        sa.select(Evidence.id).where(Evidence.case_id == standing.case.id, Evidence.removed_at.is_(None))
    )
    known = {f"e:{number}" for number in evidence}
    if isinstance(standing, Standing) and round_name == "final":  # save_line() reads the whole standing for these
        known |= {f"f:{row.id}" for row in read_feedback(session, standing)}
    return known


def _holds(line: StoredLine, draft: RatingDraft) -> bool:
    """Tell whether a line says what a draft says: whoever sends it twice, as after a lost answer, changes nothing."""
    stored = (_choice(line), line.justification, line.change_reason, line.sentence, list(line.anchors))
    return stored == (_choice(draft), draft.justification, draft.change_reason, draft.sentence, list(draft.anchors))


def _choice(given: StoredLine | RatingDraft) -> str:
    """Return a rating as the form sends it."""
    return "0" if given.cannot_judge else str(given.value or "")


def _conflict(line: StoredLine, draft: RatingDraft) -> Conflict:
    theirs = {"value": _choice(line), "justification": line.justification, "change_reason": line.change_reason}
    mine = {"value": _choice(draft), "justification": draft.justification, "change_reason": draft.change_reason}
    return Conflict(theirs, mine, line.version)
