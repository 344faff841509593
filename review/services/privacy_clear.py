"""What people wrote taken out of cases, and what was printed of it taken off the disk; figures and rows stay."""

from __future__ import annotations

import secrets
import shutil
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import (
    Base,
    Book,
    BookPart,
    Case,
    Feedback,
    FeedbackAnswer,
    Packet,
    PacketCopy,
    PacketFile,
    Person,
    PrintJob,
    Rating,
    RatingLine,
    Vote,
    VoteLine,
)
from review.services.many_rows import change_rows

Counts = Counter[str]
TABLES = Base.metadata.tables

VOTES: Mapping[str, Mapping[str, object]] = {
    "vote": {"reason": ""},
    "pulled_case": {"reason": ""},
}
"""Words of votes by case; the votes themselves stay."""
NOTES = ("discussion_note", "case_note")
WORDS: Mapping[str, Mapping[str, object]] = {
    **VOTES,
    "case": {"nomination_reason": "", "role_fit": {}},
    "feedback": {"note": "", "decline_text": "", "refusal": ""},
    "panel_score": {"reason": ""},
    "rating_change": {"reason": "", "anchors": []},
    "conflict": {"reason": ""},
    "decision": {"rationale": "", "dissent": []},
    "gap": {"seen": "", "missing": "", "activity": ""},
    "gap_answer": {"reason": "", "anchor": ""},
    "appeal": {"body": "", "reason": ""},
    "growth_plan": {"mentor": "", "training_budget": ""},
    "emergency_access": {"reason": ""},
    "bulk_step_case": {"said": {}},
}
"""Fields of a case's rows that hold words; the rows stay for the figures."""
GONE = (*NOTES, "feedback_summary", "check_in", "letter", "self_review")
"""Rows of a case that are nothing but words."""
BELOW: tuple[tuple[str, str, str], ...] = (
    ("evidence_tag", "evidence_id", "evidence"),
    ("growth_item", "plan_id", "growth_plan"),
)
"""Rows below a row of a case that go with it: table, column, table above."""
ANSWER_WORDS = {"situation": "", "done": "", "effect": "", "link": ""}


def clear_cases(session: Session, case_ids: Collection[int], folder: Path | None) -> Counts:
    """Take every word out of these cases, and their packets, letters and prints away; return how much of what.

    States, outcomes, ratings and votes as numbers stay, for figures over years.

    Args:
        folder: of the files; None leaves the disk alone.
    """
    counts: Counts = Counter()
    for table, column, above in BELOW:
        ids = sa.select(TABLES[above].c.id).where(TABLES[above].c.case_id.in_(case_ids))
        counts[table] += change_rows(session, sa.delete(TABLES[table]).where(TABLES[table].c[column].in_(ids)))
    for name in (*GONE, "evidence"):
        counts[name] += change_rows(session, sa.delete(TABLES[name]).where(TABLES[name].c.case_id.in_(case_ids)))
    for name, values in WORDS.items():
        key = TABLES[name].c.id if name == "case" else TABLES[name].c.case_id
        counts[name] += change_rows(session, sa.update(TABLES[name]).where(key.in_(case_ids)).values(**values))
    clear_vote_lines(session, case_ids)
    clear_rating_words(session, Rating.case_id.in_(case_ids))
    counts += clear_answers(session, Feedback.case_id.in_(case_ids))
    counts += clear_invites(session, Feedback.case_id.in_(case_ids))
    counts["message"] += delete_messages(session, TABLES["message"].c.case_id.in_(case_ids))
    counts += drop_prints(session, Packet.case_id.in_(case_ids), folder)
    counts["packet"] += change_rows(session, sa.delete(Packet).where(Packet.case_id.in_(case_ids)))
    drop_folders(session, case_ids, folder)
    return +counts


def clear_vote_lines(session: Session, case_ids: Collection[int]) -> None:
    """Take the words out of the lines of votes."""
    votes = sa.select(Vote.id).where(Vote.case_id.in_(case_ids))
    change_rows(session, sa.update(VoteLine).where(VoteLine.vote_id.in_(votes)).values(reason="", anchors=[]))


def clear_rating_words(session: Session, condition: sa.ColumnElement[bool]) -> None:
    """Take the words out of the ratings of some cases."""
    ratings = sa.select(Rating.id).where(condition)
    values = {"justification": "", "change_reason": "", "anchors": []}
    change_rows(session, sa.update(RatingLine).where(RatingLine.rating_id.in_(ratings)).values(values))


def clear_answers(session: Session, condition: sa.ColumnElement[bool]) -> Counts:
    """Take the words out of the answers to some requests; the values stay."""
    requests = sa.select(Feedback.id).where(condition)
    rows = sa.update(FeedbackAnswer).where(FeedbackAnswer.feedback_id.in_(requests)).values(ANSWER_WORDS)
    return Counter({"feedback_answer": change_rows(session, rows)})


def clear_invites(session: Session, condition: sa.ColumnElement[bool]) -> Counts:
    """Take address and words off the invitations of some requests, and their links away."""
    invite, link = TABLES["invite"], TABLES["invite_link"]
    mine = sa.select(invite.c.id).where(invite.c.feedback_id.in_(sa.select(Feedback.id).where(condition)))
    change_rows(session, sa.delete(link).where(link.c.invite_id.in_(mine)))
    cleared = sa.update(invite).where(invite.c.id.in_(mine)).values(email="", worked_together="")
    return Counter({"invite": change_rows(session, cleared)})


def delete_messages(session: Session, condition: sa.ColumnElement[bool]) -> int:
    """Remove mails from the list; what went out in a digest stays without it."""
    message = TABLES["message"]
    gone = sa.select(message.c.id).where(condition)
    change_rows(session, sa.update(message).where(message.c.digest_id.in_(gone)).values(digest_id=None))
    return change_rows(session, sa.delete(message).where(condition))


def drop_prints(session: Session, condition: sa.ColumnElement[bool], folder: Path | None) -> Counts:
    """Remove the prints of some packets, the copies of them and the books that hold them, rows and files."""
    files = sa.select(PacketFile.id).join(Packet, Packet.id == PacketFile.packet_id).where(condition)
    number = drop_books(
        session, Book.id.in_(sa.select(BookPart.book_id).where(BookPart.packet_file_id.in_(files))), folder
    )
    copies = drop_copies(session, PacketCopy.file_id.in_(files), folder)
    kept = session.execute(sa.select(PacketFile.id, PacketFile.path).where(PacketFile.id.in_(files))).all()
    ids = [number for number, _ in kept]
    _unlink(folder, (path for _, path in kept))
    change_rows(session, sa.delete(PrintJob).where(PrintJob.kind == "render_packet", PrintJob.subject_id.in_(ids)))
    change_rows(session, sa.delete(PacketFile).where(PacketFile.id.in_(ids)))
    return Counter({"packet_file": len(ids), "packet_copy": copies, "book": number})


def drop_copies(session: Session, condition: sa.ColumnElement[bool], folder: Path | None) -> int:
    """Remove some readers' copies, rows and files."""
    rows = session.execute(sa.select(PacketCopy.id, PacketCopy.path).where(condition)).all()
    _unlink(folder, (path for _, path in rows))
    change_rows(session, sa.delete(PacketCopy).where(PacketCopy.id.in_([number for number, _ in rows])))
    return len(rows)


def drop_books(session: Session, condition: sa.ColumnElement[bool], folder: Path | None) -> int:
    """Remove some books, rows and files."""
    rows = session.execute(sa.select(Book.id, Book.path).where(condition)).all()
    ids = [number for number, _ in rows]
    _unlink(folder, (path for _, path in rows))
    change_rows(session, sa.delete(BookPart).where(BookPart.book_id.in_(ids)))
    change_rows(session, sa.delete(PrintJob).where(PrintJob.kind == "merge_book", PrintJob.subject_id.in_(ids)))
    change_rows(session, sa.delete(Book).where(Book.id.in_(ids)))
    return len(ids)


def drop_folders(session: Session, case_ids: Collection[int], folder: Path | None) -> None:
    """Remove the printed letters of some cases and the reports of their committees; who asks has them printed anew."""
    if folder is None:
        return
    committees = sa.select(Case.committee_id).where(Case.id.in_(case_ids), Case.committee_id.is_not(None))
    places = [folder / "letters" / str(number) for number in case_ids]
    places += [folder / "reports" / str(number) for number in session.scalars(committees.distinct())]
    for place in places:
        shutil.rmtree(place, ignore_errors=True)


def make_pseudonyms(session: Session, case_ids: Collection[int]) -> int:
    """Put somebody without a name in the place of each person in these cases; return how many.

    Drawn by lot and kept nowhere: nothing leads back from them. The same person is the same somebody within this call,
    so that figures over raters still hold.
    """
    drawn: dict[int, int] = {}
    for table in TABLES.values():
        key = table.c.id if table.name == "case" else table.c.get("case_id")
        if key is None or table.name in ("audit_event", "legal_hold"):
            continue
        for column in _people_columns(table):
            ids = session.scalars(sa.select(column).where(key.in_(case_ids), column.is_not(None)).distinct()).all()
            for person_id in ids:
                stand_in = drawn.get(person_id) or drawn.setdefault(person_id, _draw(session))
                mine = sa.update(table).where(key.in_(case_ids), column == person_id)
                change_rows(session, mine.values({column.name: stand_in}))
    change_rows(session, sa.update(Case).where(Case.id.in_(case_ids)).values(present_ids=[]))
    lines = sa.select(Rating.id).where(Rating.case_id.in_(case_ids))
    change_rows(session, sa.update(RatingLine).where(RatingLine.rating_id.in_(lines)).values(written_by_id=None))
    return len(drawn)


def _people_columns(table: sa.Table) -> list[sa.Column[Any]]:
    return [key.parent for key in table.foreign_keys if key.column.table.name == "person"]


def _draw(session: Session) -> int:
    person = Person(external_id=f"pseudonym-{secrets.token_hex(16)}", name="Somebody", is_active=False)
    session.add(person)
    session.flush()
    return person.id


def _unlink(folder: Path | None, paths: Iterable[str | None]) -> None:
    for path in paths:
        if path and folder is not None:
            (folder / path).unlink(missing_ok=True)
