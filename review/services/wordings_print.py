"""A made-up letter as it is printed, in the words that are saved: asked for by HR, found again by what it holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from review.adapters.jobs import enqueue, job
from review.adapters.letter_files import print_letter_to_file
from review.domain.access import SYSTEM, Actor, Role
from review.domain.canonical_json import digest
from review.domain.delegation import acting_as
from review.domain.errors import NotAllowed, NotFound
from review.domain.letter import Voice, assemble_letter, letter_subject
from review.domain.letter_sample import OUTCOMES, make_record
from review.domain.letter_sheet import LetterSheet, write_letter
from review.domain.packet import Level, Person
from review.domain.text import text
from review.domain.wording_list import PLACEHOLDERS
from review.queries.wordings import load_saved_letter
from review.services import audit
from review.services.request_keys import claim

RENDER = "print-words"


def request_sample(
    session: Session, outcome: str, *, actor: Actor, now: datetime, request_key: str | None = None
) -> None:
    """Ask for the made-up letter of an outcome to be printed; raise NotFound for no outcome, NotAllowed but for HR."""
    acting = acting_as(actor, Role.HR)
    if acting is None:
        raise NotAllowed(text("Only HR changes the words of mails and letters."), is_known=True)
    if outcome not in OUTCOMES:
        raise NotFound
    if claim(session, request_key, actor=acting, now=now):
        event = audit.record(session, "words.test", actor=acting, now=now, detail={"outcome": outcome})
        enqueue(session, RENDER, outcome, key=f"{RENDER}-{event.seq}")


def find_sample_path(session: Session, outcome: str) -> str:
    """Return where the made-up letter is once it is printed, below the files folder: other words, another place."""
    return _path(outcome, _compose(session, outcome))


def _path(outcome: str, content: bytes) -> str:
    return f"words/{outcome}-{digest(content)[:16]}.pdf"


def _compose(session: Session, outcome: str) -> bytes:
    record, voice = make_record(outcome), Voice(changed=load_saved_letter(session))
    company: str = session.connection().get_execution_options().get("company", "")
    return write_letter(
        LetterSheet(
            case_code=str(PLACEHOLDERS["code"].example),
            company=company,
            committee=record.committee,
            candidate=Person(record.candidate, "", ""),
            to_level=Level("sample", "B3", record.target, 3, False),
            subject=letter_subject(record.outcome, record.target, voice),
            dated_on=record.decided_on,
            body=assemble_letter(record, voice),
        )
    )


def _read_for_print(session: Session, outcome: str) -> dict[str, Any]:
    content, folder = _compose(session, outcome), session.connection().get_execution_options()["files_dir"]
    return {"content": content.decode(), "folder": str(folder), "path": _path(outcome, content)}


def _note_failure(session: Session, error: BaseException | str, outcome: str, *, now: datetime) -> None:
    why = type(error).__name__ if isinstance(error, BaseException) else "error"
    audit.record(session, "words.test", actor=SYSTEM, now=now, detail={"outcome": outcome, "why": why})


@job(RENDER, read=_read_for_print, compute=print_letter_to_file, fail=_note_failure)
def keep_sample(session: Session, result: dict[str, Any], outcome: str, *, now: datetime) -> None:
    """Record that a made-up letter is printed; where its file is follows from its words."""
    audit.record(session, "words.test", actor=SYSTEM, now=now, detail={"outcome": outcome, "digest": result["digest"]})
