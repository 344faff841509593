"""All rows about one person, erased: what goes, what loses its words, and whose name is taken out of others' words."""

from __future__ import annotations

import json
import re
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.privacy_file import FeedbackGiven
from review.models import (
    Base,
    Book,
    Case,
    Feedback,
    FeedbackAnswer,
    Identity,
    KeptView,
    Packet,
    PacketCopy,
    Person,
    Redaction,
    ScimUser,
    SignInAttempt,
    SubjectRequest,
)
from review.queries.privacy_erasure import ERASED, NAME
from review.queries.privacy_rules import load_privacy_rules
from review.services.many_rows import change_rows
from review.services.privacy_clear import (
    ANSWER_WORDS,
    Counts,
    clear_answers,
    clear_cases,
    clear_invites,
    delete_messages,
    drop_books,
    drop_copies,
    drop_folders,
)
from review.services.privacy_reseal import reseal, without_words

TABLES = Base.metadata.tables
GONE = (
    ("sign_in", "person_id"),
    ("password_reset", "person_id"),
    ("api_token", "person_id"),
    ("identity", "person_id"),
    ("scim_user", "person_id"),
    ("scim_member", "person_id"),
    ("role_grant", "person_id"),
    ("request_key", "person_id"),
    ("employment", "person_id"),
    ("delegation", "person_id"),
    ("delegation", "delegate_id"),
    ("opt_out", "person_id"),
    ("kept_view", "person_id"),
    ("calendar_feed", "person_id"),
    ("eligibility_ruling", "person_id"),
    ("group_value", "person_id"),
    ("past_case", "person_id"),
    ("example_rating", "person_id"),
)
"""Rows about the person alone."""
WORDLESS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("emergency_access", "person_id", {"reason": "", "code": ""}),
    ("conflict", "declared_by_id", {"reason": ""}),
    ("conflict", "person_id", {"reason": ""}),
    ("feedback", "giver_id", {"decline_text": ""}),
    ("feedback", "proposed_by_id", {"note": ""}),
    ("case", "nominated_by_id", {"nomination_reason": ""}),
    ("legal_hold", "person_id", {"reason": ""}),
    ("erasure", "person_id", {"reason": "", "cancelled_why": ""}),
    ("hook", "owner_id", {"name": "", "address": "", "salt": ""}),
)
"""Rows that stay for others, without the person's own words."""
UNTOUCHED = frozenset(
    {
        *("audit_event", "audit_head", "ladder_version", "workflow_version", "tombstone", "packet"),
        *("person", "scim_user", "packet_copy"),
    }
)
"""Tables in which no name is looked for: sealed, published, or hashes; packets are sealed anew. What stands in the rows
of people is what others are called, of whom somebody may bear the same name.
"""
BLANK = {
    "email": None, "title": "", "function": "", "manager_id": None, "level_id": None, "level_since_on": None,
    "joined_on": None, "left_on": None, "country": None, "zone": None, "locale": None, "quiet_from": None,
    "quiet_until": None, "password_hash": None, "is_active": False,
}  # fmt: skip

ROWS_AT_ONCE = 500
Parts = Sequence[int] | None
"""The cases in which words of a person are looked for; None: in all."""
FOLDED = re.compile(r"[^A-HJL-RT-Za-hjl-rt-z0-9 .@'-]+")
"""Signs that databases put into other capitals each in its own way, or JSON spells out.

I, K and S are among them: there are signs beyond ASCII, as İ and ı, that are their other capitals.
"""


def identifiers_of(session: Session, person: Person) -> Iterator[tuple[str, str]]:
    """Yield what an import, a directory or a sign-in could bring somebody back by: kind and value."""
    yield "number", person.external_id
    if person.email:
        yield "email", person.email
    for row in session.scalars(sa.select(ScimUser).where(ScimUser.person_id == person.id)):
        yield "number", row.user_name
        if row.external_id:
            yield "number", row.external_id
    for known in session.scalars(sa.select(Identity).where(Identity.person_id == person.id)):
        yield "identity", f"{known.issuer} {known.subject}"


def erase_rows(session: Session, person: Person, *, has_files: bool) -> dict[str, int]:
    """Erase what is kept about a person and return how much of what; the row stays as somebody without a name.

    Words that they wrote in an office about others stay in those cases, without their name, until those cases end.

    Args:
        has_files: also on the disk; a dry run leaves the disk alone.
    """
    folder = Path(str(session.connection().get_execution_options()["files_dir"])) if has_files else None
    names = [each for each in (person.name, person.email) if each]
    own = session.scalars(sa.select(Case.id).where(Case.candidate_id == person.id)).all()
    others = _find_parts(session, person.id)
    counts: Counts = clear_cases(session, own, folder)
    said = _take_feedback(session, person.id, counts)
    counts += _take_rows(session, person, folder)
    if person.email:
        gone = sa.delete(SignInAttempt).where(SignInAttempt.account == person.email)
        counts["sign_in_attempt"] += change_rows(session, gone)
    for name, value in BLANK.items():
        setattr(person, name, value)
    person.name, person.external_id = NAME, f"{ERASED}{secrets.token_hex(16)}"
    session.flush()
    parts = others if _has_namesake(session, person.id, names[0]) else None
    counts["kept_view"] += _drop_views(session, names) if parts is None else 0
    counts["packets_sealed_anew"] += _reseal(session, names, said, folder, parts)
    counts["names_in_words_of_others"] += _take_names(session, names, parts)
    drop_folders(session, others, folder)
    return dict(+counts)


def _find_parts(session: Session, person_id: int) -> list[int]:
    """Return the cases in which a person is named anywhere."""
    found: set[int] = set()
    for table in TABLES.values():
        key = table.c.id if table.name == "case" else table.c.get("case_id")
        if key is None:
            continue
        named = [each.parent == person_id for each in table.foreign_keys if each.column.table.name == "person"]
        if named:  # the trail, of which no index tells who, is gone through once
            found.update(session.scalars(sa.select(key).where(sa.or_(*named), key.is_not(None)).distinct()))
    return sorted(found)


def _take_feedback(session: Session, person_id: int, counts: Counts) -> frozenset[str]:
    """Take the words of feedback that the person gave, if the company says so; return them, for the packets."""
    counts += clear_invites(session, Feedback.giver_id == person_id)
    if load_privacy_rules().feedback_given is FeedbackGiven.KEEP:
        return frozenset()
    columns = [getattr(FeedbackAnswer, name) for name in ANSWER_WORDS]
    mine = sa.select(*columns).join(Feedback, Feedback.id == FeedbackAnswer.feedback_id)
    said = {value for row in session.execute(mine.where(Feedback.giver_id == person_id)) for value in row if value}
    counts += clear_answers(session, Feedback.giver_id == person_id)
    return frozenset(said)


def _take_rows(session: Session, person: Person, folder: Path | None) -> Counts:
    counts: Counts = Counter()
    for name, column in GONE:
        table = TABLES[name]
        counts[name] += change_rows(session, sa.delete(table).where(table.c[column] == person.id))
    for name, column, values in WORDLESS:
        table = TABLES[name]
        change_rows(session, sa.update(table).where(table.c[column] == person.id).values(**values))
    counts["message"] += delete_messages(session, TABLES["message"].c.to_person_id == person.id)
    counts["book"] += drop_books(session, Book.person_id == person.id, folder)
    counts["packet_copy"] += drop_copies(session, PacketCopy.person_id == person.id, folder)
    requests = sa.select(SubjectRequest.id).where(SubjectRequest.person_id == person.id)
    change_rows(session, sa.delete(Redaction).where(Redaction.request_id.in_(requests)))
    gone = sa.delete(SubjectRequest).where(SubjectRequest.person_id == person.id)
    counts["subject_request"] += change_rows(session, gone)
    return counts


def _has_namesake(session: Session, person_id: int, name: str) -> bool:
    """Tell whether somebody else has the same name: in cases without a part of the first, it means the second."""
    alike = session.scalars(sa.select(Person.name).where(_may_mention(Person.name, name), Person.id != person_id))
    return any(re.fullmatch(re.escape(name), each, re.IGNORECASE) for each in alike)


def _reseal(session: Session, names: list[str], said: frozenset[str], folder: Path | None, parts: Parts) -> int:
    """Seal the packets of others anew in which the person is named, or what they said stands."""
    quoted = [json.dumps(each, ensure_ascii=False)[1:-1] for each in said]
    looked_for = [Packet.content.contains(each, autoescape=True) for each in quoted]
    looked_for += [_may_mention(Packet.content, each) for each in names]
    change = without_words(said, _Unnamed(names))
    named = sa.select(Packet.id).where(sa.or_(sa.false(), *looked_for), *_are_of(Packet.__table__, parts))
    ids = session.scalars(named.order_by(Packet.id)).all()
    return sum(reseal(session, session.get_one(Packet, number), change, folder) for number in ids)


def _take_names(session: Session, names: list[str], parts: Parts) -> int:
    """Take whole names and addresses out of every word that others wrote; return in how many rows."""
    count, unnamed = 0, _Unnamed(names)
    for table in Base.metadata.sorted_tables:
        columns = [each for each in table.columns if isinstance(each.type, sa.Text | sa.JSON) and not each.primary_key]
        if table.name in UNTOUCHED or not columns:
            continue
        named = [_may_mention(sa.cast(each, sa.Text), name) for each in columns for name in names]
        keys = list(table.primary_key.columns)
        found = sa.select(*keys, *columns).where(sa.or_(*named), *_are_of(table, parts))
        changes = []
        for row in session.execute(found.execution_options(yield_per=ROWS_AT_ONCE)).mappings():
            changed = {each.name: unnamed.walk(row[each.name]) for each in columns}
            if any(changed[name] != row[name] for name in changed):
                changes.append(sa.update(table).where(*(each == row[each.name] for each in keys)).values(changed))
        count += sum(change_rows(session, each) for each in changes)
    return count


def _drop_views(session: Session, names: list[str]) -> int:
    """Remove the lists that others keep of a person: in their addresses a name is spelt out as browsers do."""
    unnamed = _Unnamed(names)
    rows = session.execute(sa.select(KeptView.id, KeptView.name, KeptView.address)).all()
    gone = [number for number, *told in rows if any(unnamed(each) != each for each in map(unquote_plus, told))]
    return change_rows(session, sa.delete(KeptView).where(KeptView.id.in_(gone)))


def _are_of(table: sa.FromClause, parts: Parts) -> Iterator[sa.ColumnElement[bool]]:
    """Yield the condition that rows are of some cases, where all are not meant and a table's rows are of cases."""
    if parts is None:
        return
    if table is TABLES["case"]:
        yield table.c.id.in_(parts)
    elif "case_id" in table.c:
        yield sa.or_(table.c.case_id.is_(None), table.c.case_id.in_(parts))
    for key in table.foreign_keys:
        above = key.column.table
        if "case_id" in above.c and "case_id" not in table.c:
            yield key.parent.in_(sa.select(above.c.id).where(above.c.case_id.in_(parts)))


def _may_mention(column: Any, name: str) -> Any:
    """Return the condition that a name may stand in a column, in whatever capitals: who reads it looks again."""
    return column.ilike(f"%{FOLDED.sub('%', name)}%")


class _Unnamed:
    """Puts words in the place of whole names and addresses."""

    def __init__(self, names: list[str]) -> None:
        whole = "|".join(re.escape(each) for each in sorted(names, key=len, reverse=True))
        self._pattern = re.compile(rf"(?<!\w)(?:{whole})(?!\w)", re.IGNORECASE)

    def __call__(self, words: str) -> str:
        return self._pattern.sub(NAME, words)

    def walk(self, value: Any) -> Any:
        """Do so in each text of a value that JSON can hold."""
        if isinstance(value, dict):
            return {self(key): self.walk(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.walk(each) for each in value]
        return self(value) if isinstance(value, str) else value
