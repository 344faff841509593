"""Giving feedback: saying yes or no, drafts per criterion, sending and taking back; a giver's own request alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import Conflict, Fault, Invalid, NotFound, TransitionRefused
from review.domain.evidence_draft import MOST_LINE, MOST_TEXT, is_safe_url, too_long
from review.domain.text import text
from review.domain.values import dataclass
from review.domain.writing import clean, clean_line
from review.models import Feedback, FeedbackAnswer
from review.queries.giving import WRITABLE, find_own_request, find_questions
from review.queries.people import find_person_named
from review.queries.standing import Standing, lock_standing
from review.services import audit
from review.services.transitions import Fired, fire_item

OWN_ACTIONS = frozenset({"accept", "submit", "recall", "reconsider"})
DECLINE_KINDS = ("no_time", "unfamiliar", "conflict")
TEXTS = ("situation", "done", "effect")
HIGHEST = 5


@dataclass(frozen=True)
class AnswerDraft:
    """What a giver writes on one criterion; `value` 1 to 5, or None with or without "can't judge"."""

    situation: str = ""
    done: str = ""
    effect: str = ""
    link: str = ""
    value: int | None = None
    cannot_judge: bool = False


@dataclass(frozen=True)
class Decline:
    """Why somebody says no, and who could answer instead: a whole name or an e-mail."""

    kind: str
    words: str = ""
    substitute: str = ""


def save_answer(
    session: Session,
    case_id: int,
    feedback_id: int,
    criterion_id: str,
    draft: AnswerDraft,
    *,
    version: int,
    actor: Actor,
    now: datetime,
) -> int:
    """Keep a draft on one criterion and return the version to edit from.

    Args:
        version: of what the form was written from, 0 for nothing yet.

    Raises:
        NotFound: not the actor's own request, or a criterion that it does not ask about.
        TransitionRefused: it is sent, or the packet is sealed.
        Conflict: another tab saved first.
        Invalid: every field that cannot be accepted.
    """
    standing, row = _lock_own(session, case_id, feedback_id, actor, now)
    if criterion_id not in find_questions(standing, row):
        raise NotFound
    if row.state not in WRITABLE or not standing.may_write("feedback.own_draft"):
        raise TransitionRefused([text("This is sent or closed; what can be taken back is taken back first")])
    draft = check_draft(draft)
    answer = session.scalar(
        sa.select(FeedbackAnswer).where(
            FeedbackAnswer.feedback_id == feedback_id, FeedbackAnswer.criterion_id == criterion_id
        )
    )
    if answer is not None and _draft_of(answer) == draft:
        return answer.version
    blank = FeedbackAnswer(feedback_id=feedback_id, criterion_id=criterion_id)
    answer = _write_answer(session, answer or blank, draft, version, now)
    detail = {"feedback": row.id, "criterion": criterion_id, "version": answer.version}
    audit.record(session, "feedback.draft", actor=actor, now=now, case_id=case_id, detail=detail)
    return answer.version


def _write_answer(
    session: Session, answer: FeedbackAnswer, draft: AnswerDraft, version: int, now: datetime
) -> FeedbackAnswer:
    """Write a draft over the version it was written from; raise Conflict where another one is stored."""
    known = answer.version or 0
    if known != version:
        raise Conflict(_words(_draft_of(answer)), _words(draft), known)
    for name in (*TEXTS, "link", "value", "cannot_judge"):
        setattr(answer, name, getattr(draft, name))
    answer.updated_at = now
    session.add(answer)
    session.flush()
    return answer


def move_own(
    session: Session,
    case_id: int,
    feedback_id: int,
    action: str,
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> Fired:
    """Say yes (accept, or reconsider a no), send (submit) or take back (recall) one's own feedback.

    Errors are those of fire_item().
    """
    if action not in OWN_ACTIONS:
        raise NotFound
    _, row = _lock_own(session, case_id, feedback_id, actor, now)
    fired = fire_item(session, case_id, row, action, actor=actor, now=now, request_key=request_key)
    if action == "submit" and not fired.is_repeat:
        row.submitted_at = now
    if action == "recall" and not fired.is_repeat:
        row.submitted_at = None
    if action == "reconsider" and not fired.is_repeat:
        row.decline_kind, row.decline_text, row.substitute_id = None, "", None
    session.flush()
    return fired


def decline(
    session: Session,
    case_id: int,
    feedback_id: int,
    given: Decline,
    *,
    actor: Actor,
    now: datetime,
    request_key: str | None = None,
) -> Fired:
    """Say no to a request, with a kind of reason for HR and maybe somebody else to ask.

    Raises NotFound, TransitionRefused, Invalid when no kind is chosen or the substitute is nobody to ask.
    """
    standing, row = _lock_own(session, case_id, feedback_id, actor, now)
    words, named = clean(given.words).strip(), clean_line(given.substitute)
    faults = [] if given.kind in DECLINE_KINDS else [Fault(text("Choose what fits best"), field="kind")]
    if len(words) > MOST_TEXT:
        faults.append(too_long("words", words, MOST_TEXT))
    substitute = find_person_named(session, actor, named) if named else None
    taken = {standing.case.candidate_id, standing.case.manager_id, actor.person_id}
    if named and (substitute is None or substitute.id in taken):
        what = text("Nobody of this name can be asked instead")
        faults.append(Fault(what, text("a whole name or an e-mail address, or nothing"), field="substitute"))
    if faults:
        raise Invalid(faults)
    form = {"kind": given.kind, "substitute_id": substitute.id if substitute else None}
    fired = fire_item(session, case_id, row, "decline", actor=actor, now=now, form=form, request_key=request_key)
    if not fired.is_repeat:
        row.decline_kind, row.decline_text = given.kind, words
        row.substitute_id = substitute.id if substitute else None
    session.flush()
    return fired


def _lock_own(
    session: Session, case_id: int, feedback_id: int, actor: Actor, now: datetime
) -> tuple[Standing, Feedback]:
    standing = lock_standing(session, case_id, actor, now=now)
    return standing, find_own_request(session, standing, feedback_id)


def check_draft(draft: AnswerDraft) -> AnswerDraft:
    """Return the draft in clean characters; raise Invalid with every fault."""
    cleaned = replace(
        draft,
        situation=clean(draft.situation).strip(),
        done=clean(draft.done).strip(),
        effect=clean(draft.effect).strip(),
        link=clean_line(draft.link),
        value=None if draft.cannot_judge else draft.value,
    )
    faults = [
        too_long(name, getattr(cleaned, name), MOST_TEXT) for name in TEXTS if len(getattr(cleaned, name)) > MOST_TEXT
    ]
    if len(cleaned.link) > MOST_LINE:
        faults.append(too_long("link", cleaned.link, MOST_LINE))
    if _looks_like_address(cleaned.link) and not is_safe_url(cleaned.link):
        what = text("Readers cannot open this address")
        faults.append(Fault(what, text("one that begins with https://, or a few words"), field="link"))
    if cleaned.value is not None and not 1 <= cleaned.value <= HIGHEST:
        faults.append(Fault(text("This is no rating of the scale"), text("1 to 5"), field="rating"))
    if faults:
        raise Invalid(faults)
    return cleaned


def _looks_like_address(words: str) -> bool:
    """Tell whether words begin with a scheme, as an address does, and not as a remark does ("note: …")."""
    scheme, colon, rest = words.partition(":")
    return bool(colon) and scheme.isascii() and scheme.isalpha() and bool(rest) and not rest[0].isspace()


def _draft_of(answer: FeedbackAnswer) -> AnswerDraft:
    return AnswerDraft(answer.situation, answer.done, answer.effect, answer.link, answer.value, answer.cannot_judge)


def _words(draft: AnswerDraft) -> dict[str, str]:
    rating = "0" if draft.cannot_judge else str(draft.value or "")
    return {
        "situation": draft.situation,
        "done": draft.done,
        "effect": draft.effect,
        "link": draft.link,
        "rating": rating,
    }
