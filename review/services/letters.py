"""Letters: drafted from the record, edited, marked as ready, sent out, and printed."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from review.adapters.jobs import job
from review.adapters.letter_files import print_letter_to_file
from review.domain.access import SYSTEM, Actor
from review.domain.errors import Conflict, Fault, Invalid, NotFound, TransitionRefused
from review.domain.letter import Say, Voice, assemble_letter, letter_path, letter_subject
from review.domain.letter_sheet import LetterSheet, write_letter
from review.domain.packet import Level, Person
from review.domain.text import text
from review.domain.wording_letter import DECISION
from review.models import Case, Committee, Cycle, Decision, Letter
from review.models import Person as PersonRow
from review.queries.decisions import current_decision
from review.queries.letter_record import gather_record
from review.queries.letters import (
    THING,
    find_letter,
    is_in_batch,
    list_earlier_letters,
    may_read_letter,
)
from review.queries.pinned import load_ladder
from review.queries.standing import Standing, lock_standing
from review.queries.wordings import find_words_at, load_changed
from review.services import audit, printing
from review.services.effects import Move, effect
from review.services.messages import enqueue_message

RENDER = "render_letter"
LONGEST = 20_000


def draft_letter(
    session: Session,
    case_id: int,
    *,
    version: int,
    letter_id: int | None = None,
    actor: Actor,
    now: datetime,
    say: Say = str,
) -> Letter:
    """Write the letter from the record of the decision, over what was there; what has gone out before stays.

    Args:
        version: of the letter it replaces, 0 where there is none.
        letter_id: of the letter that a form stood for, 0 for none; None where it has just been read.
        say: puts a sentence into the language of the letter, where HR has not changed its words.

    Raises NotFound, and TransitionRefused while nothing is decided, when the letter is marked as ready, or when
    somebody has saved it meanwhile.
    """
    standing = _writing(session, case_id, actor, now)
    decision = current_decision(session, case_id)
    if decision is None:
        raise TransitionRefused([text("Nothing is decided yet")])
    letter = _find_named(session, case_id, letter_id)
    if (letter.version if letter else 0) != version:
        raise TransitionRefused([text("Somebody has saved the letter meanwhile; look at it first")])
    if letter is not None and letter.ready_at is not None and letter.decision_id == decision.id:
        raise TransitionRefused([text("The letter is marked as ready; take that back first")])
    voice = Voice(say, load_changed(session))
    body = assemble_letter(gather_record(session, standing, decision), voice)
    if letter is None:
        letter = Letter(case_id=case_id)
        session.add(letter)
    letter.decision_id, letter.body = decision.id, body
    letter.ready_at = letter.ready_by_id = None
    _touch(session, letter, actor, now, "letter.draft")
    return letter


def save_letter(
    session: Session,
    case_id: int,
    body: str,
    *,
    version: int,
    letter_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Keep an edited letter; return the new version.

    Args:
        letter_id: of the letter that a form stood for; None where it has just been read.

    Raises NotFound, Conflict, Invalid, and TransitionRefused when it is marked as ready or another one by now.
    """
    _writing(session, case_id, actor, now)
    letter = _existing(session, case_id, letter_id)
    if letter.ready_at is not None:
        raise TransitionRefused([text("The letter is marked as ready; take that back first")])
    if len(body) > LONGEST:
        expected = text("at most %(count)s signs", count=LONGEST)
        raise Invalid([Fault(text("This is too long"), expected, field="body")])
    _check(letter, version, body)
    if body != letter.body:
        letter.body = body
        _touch(session, letter, actor, now, "letter.edit")
    return letter.version


def mark_ready(session: Session, case_id: int, *, version: int, actor: Actor, now: datetime) -> Letter:
    """Say that the letter can go out as it is; from now on it is not edited.

    Raises NotFound, Conflict, Invalid when it is empty, TransitionRefused when the decision is another one by now.
    """
    _writing(session, case_id, actor, now)
    letter = _existing(session, case_id)
    _check(letter, version, letter.body)
    decision = current_decision(session, case_id)
    if decision is None or letter.decision_id != decision.id:
        raise TransitionRefused([text("The decision has changed since this letter was drafted; draft it again")])
    if not letter.body.strip():
        raise Invalid([Fault(text("The letter is empty"), field="body")])
    letter.ready_at, letter.ready_by_id = now, actor.person_id
    session.flush()
    _record(session, "letter.ready", letter, actor, now)
    return letter


def take_back_ready(session: Session, case_id: int, *, actor: Actor, now: datetime) -> Letter:
    """Open a letter for editing again; not while it waits in a batch: its approver sees what goes out."""
    _writing(session, case_id, actor, now)
    letter = _existing(session, case_id)
    if is_in_batch(session, case_id):
        raise TransitionRefused([text("The letter waits in a batch; cancel the batch first")])
    letter.ready_at = letter.ready_by_id = None
    session.flush()
    _record(session, "letter.unready", letter, actor, now)
    return letter


def request_pdf(session: Session, case_id: int, letter_id: int | None = None, *, actor: Actor, now: datetime) -> None:
    """Ask for a released letter to be printed, once more where that has failed.

    Args:
        letter_id: of one that went out earlier and counts no more; None for the one that counts.

    Raises NotFound for who may not read it.
    """
    standing = lock_standing(session, case_id, actor, now=now)
    if letter_id is None:
        letter = find_letter(session, case_id)
    else:
        earlier = {each.id for each in list_earlier_letters(session, standing)}
        letter = session.get(Letter, letter_id) if letter_id in earlier else None
    if letter is None or letter.released_at is None or not may_read_letter(standing, letter):
        raise NotFound
    _record(session, "letter.print", letter, actor, now)
    printing.ask(session, RENDER, letter.id, case_id=case_id, now=now)


@effect("release_letter")
def release_letter(move: Move) -> None:
    """Open the letter to candidate and manager, tell both, and have it printed.

    Raises TransitionRefused when there is no letter on this decision that is marked as ready.
    """
    session, case = move.session, move.standing.case
    letter, decision = find_letter(session, case.id), current_decision(session, case.id)
    if letter is None or decision is None or letter.decision_id != decision.id or letter.ready_at is None:
        raise TransitionRefused([text("The letter is not marked as ready")])
    letter.released_at = move.now
    session.flush()
    _record(session, "letter.release", letter, move.actor, move.now)
    is_after_appeal = move.standing.facts.appeals_used > 0
    told = "letter_after_appeal" if is_after_appeal else "letter_released"
    for person_id, template in ((case.candidate_id, told), (case.manager_id, f"{told}_to_report")):
        if person_id is not None:
            enqueue_message(
                session,
                key=f"{template}-{case.id}-{case.moves}-{person_id}",
                to_person_id=person_id,
                template=template,
                case_id=case.id,
                now=move.now,
            )
    printing.ask(session, RENDER, letter.id, case_id=case.id, share=f"letters-{case.cycle_id}", now=move.now)


def _read_for_print(session: Session, letter_id: int) -> dict[str, Any]:
    letter = session.get_one(Letter, letter_id)
    if letter.released_at is None:
        raise NotFound
    folder: Any = session.connection().get_execution_options()["files_dir"]
    return {
        "content": write_letter(_sheet(session, letter, letter.released_at)).decode(),
        "folder": str(folder),
        "path": letter_path(letter.case_id, letter.body, letter.released_at),
    }


def _note_failure(session: Session, error: BaseException | str, letter_id: int, *, now: datetime) -> None:
    printing.note_end(session, RENDER, letter_id, error=str(error), now=now)
    _record(session, "letter.failed", session.get_one(Letter, letter_id), SYSTEM, now)


@job(
    RENDER,
    read=_read_for_print,
    compute=print_letter_to_file,
    fail=_note_failure,
    begin=partial(printing.begin, RENDER),
)
def keep_letter(session: Session, result: dict[str, Any], letter_id: int, *, now: datetime) -> None:
    """Record that a render process has printed the letter; where the file is follows from the letter."""
    printing.note_end(session, RENDER, letter_id, now=now)
    letter = session.get_one(Letter, letter_id)
    audit.record(
        session,
        "letter.rendered",
        actor=SYSTEM,
        now=now,
        case_id=letter.case_id,
        subject_type="letter",
        subject_id=letter.id,
        detail={"digest": result["digest"]},
    )


def _sheet(session: Session, letter: Letter, released_at: datetime) -> LetterSheet:
    case = session.get_one(Case, letter.case_id)
    cycle = session.get_one(Cycle, case.cycle_id)
    decision = session.get_one(Decision, letter.decision_id)
    candidate = session.get_one(PersonRow, case.candidate_id)
    decided_by = case.committee_id if decision.replaced_at is None else None  # since then it is with another one
    committee = session.get(Committee, decided_by) if decided_by else None
    ladder = load_ladder(session, cycle.ladder_version_id)
    level = ladder.level(case.to_level_id)
    changed = find_words_at(session, DECISION, letter.ready_at or released_at)  # as they were, whenever it is printed
    company: str = session.connection().get_execution_options().get("company", "")
    return LetterSheet(
        case_code=case.code,
        company=company,
        committee=committee.name if committee else "",
        candidate=Person(candidate.name, candidate.title, candidate.function),
        to_level=Level(level.id, level.code, level.name, level.grade, ladder.leads_people(level.id)),
        subject=letter_subject(decision.outcome, level.name, Voice(changed=changed)),
        dated_on=released_at.astimezone(ZoneInfo(cycle.zone)).date(),
        body=letter.body,
    )


def _writing(session: Session, case_id: int, actor: Actor, now: datetime) -> Standing:
    standing = lock_standing(session, case_id, actor, now=now)
    if not standing.may_write(THING):
        raise NotFound
    return standing


def _existing(session: Session, case_id: int, letter_id: int | None = None) -> Letter:
    letter = _find_named(session, case_id, letter_id)
    if letter is None:
        raise NotFound
    return letter


def _find_named(session: Session, case_id: int, letter_id: int | None) -> Letter | None:
    """Return the letter as it is written; refuse a form that was opened for another one, whose versions say nothing."""
    letter = find_letter(session, case_id)
    if letter_id not in (None, letter.id if letter else 0):
        raise TransitionRefused([text("This was written for another letter of the case; open the letter anew")])
    return letter


def _check(letter: Letter, version: int, body: str) -> None:
    """Raise Conflict when somebody else has saved since."""
    if letter.version != version:
        raise Conflict({"body": letter.body}, {"body": body}, letter.version)


def _touch(session: Session, letter: Letter, actor: Actor, now: datetime, kind: str) -> None:
    letter.edited_by_id, letter.updated_at = actor.person_id, now
    session.flush()
    _record(session, kind, letter, actor, now)


def _record(session: Session, kind: str, letter: Letter, actor: Actor, now: datetime) -> None:
    audit.record(
        session, kind, actor=actor, now=now, case_id=letter.case_id, subject_type="letter", subject_id=letter.id
    )
