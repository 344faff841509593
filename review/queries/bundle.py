"""What is kept about a person outside of their own cases, row by row, as domain/personal_data.py lists it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.bundle import Bundle, Entry, Reader, Section, hide_names
from review.domain.bundle_names import collect_names
from review.domain.checks.facts import ANSWERED
from review.domain.errors import NotFound
from review.domain.personal_data import ABOUT_KINDS, CASE_AND_AUTHOR, SOURCES, Source
from review.models import AuditEvent, Base, Case, Feedback, FeedbackAnswer, Message, Person, Rating, RatingLine
from review.queries.bundle_case import gather_own_case
from review.queries.directory import list_newest_ladders
from review.queries.standing import Standing, load_standing

DIGEST = "digest"
THING_OF_ROUND: Mapping[str, str] = {
    "first": "first_view.locked",
    "final": "rating.final",
    "second": "second_rating.own",
}
"""The row of the grid by which a rater still reads what they gave, once it is locked."""
DRAFT_OF_ROUND: Mapping[str, str] = {
    "first": "first_view.draft",
    "final": "rating.draft",
    "second": "second_rating.own",
}
RECORD = (
    "external_id", "name", "email", "title", "function", "level_id", "level_since_on", "joined_on", "left_on",
    "is_active", "is_external", "country", "zone", "locale", "quiet_from", "quiet_until",
)  # fmt: skip


def gather_bundle(session: Session, person_id: int, *, company: str, now: datetime) -> Bundle:
    """Return what somebody may have of all that is kept about them; others in it are left out by rule.

    What their own cases give is what the grid lets a candidate read now. The number of statements is that of the
    sources and of the cases they have a part in. Moments stand in the person's zone, else in UTC.
    """
    person = session.get_one(Person, person_id)
    read = _Reading(session, person, ZoneInfo(person.zone or "UTC"), now)
    entries = (
        read.record(),
        *read.own_cases(),
        *(entry for source in SOURCES for entry in read.rows(source)),
        *read.answers(),
        *read.rating_lines(),
        *read.told_about(),
    )
    made_at = now.astimezone(read.zone).isoformat(timespec="minutes")
    return Bundle(person.name, company, made_at, read.without_names(entries), names=read.names())


class _Reading:
    """One reading of all that is kept about a person."""

    def __init__(self, session: Session, person: Person, zone: ZoneInfo, now: datetime) -> None:
        self.session, self.person, self.zone, self.now = session, person, zone, now
        self.me = Actor(person.id, person.name)
        self._standings: dict[int, Standing | None] = {}

    def record(self) -> Entry:
        """Return the person's own row in the directory."""
        fields = {name: getattr(self.person, name) for name in RECORD}
        return Entry("person", Section.RECORD, "person.id", self.say(fields), reader=Reader.HR)

    def own_cases(self) -> Iterator[Entry]:
        """Yield what the person's own cases give to their candidate."""
        ids = self.session.scalars(sa.select(Case.id).where(Case.candidate_id == self.person.id).order_by(Case.id))
        for case_id in ids.all():
            standing = self.stand(case_id)
            if standing is not None:
                yield from gather_own_case(self.session, standing, self.say)

    def rows(self, source: Source) -> Iterator[Entry]:
        """Yield the rows of a source."""
        table = Base.metadata.tables[source.table]
        mine = [table.c[name] == self.person.id for name in (source.column, source.own) if name]
        key = next(iter(table.primary_key.columns))
        found = sa.select(table).where(*mine, *_more(source, table, self.person.id)).order_by(key)
        for row in self.session.execute(found).mappings():
            case_id = row["id"] if source.table == "case" else row.get("case_id")
            yield Entry(
                f"{source.table}-{source.column}-{row[key.name]}",
                source.section,
                source.name,
                self.say({name: row[name] for name in source.fields}),
                case_id,
                _reader_of(source, row),
                source.things,
            )

    def answers(self) -> Iterator[Entry]:
        """Yield what the person wrote as feedback, handed in or not."""
        found = sa.select(FeedbackAnswer, Feedback.case_id, Feedback.state).join(
            Feedback, Feedback.id == FeedbackAnswer.feedback_id
        )
        mine = found.where(Feedback.giver_id == self.person.id).order_by(FeedbackAnswer.id)
        for row, case_id, state in self.session.execute(mine):
            names = ("criterion_id", "situation", "done", "effect", "link", "value", "cannot_judge", "updated_at")
            fields = self.say({name: getattr(row, name) for name in names})
            reader = Reader.CASE if state in ANSWERED else Reader.NOBODY
            source, key = "feedback.giver_id", f"feedback_answer-{row.id}"
            yield Entry(key, Section.OWN_WORDS, source, fields, case_id, reader, CASE_AND_AUTHOR)

    def rating_lines(self) -> Iterator[Entry]:
        """Yield the ratings that the person gave others, as far as they may still read them."""
        found = sa.select(RatingLine, Rating.case_id, Rating.round, Rating.locked_at).join(
            Rating, Rating.id == RatingLine.rating_id
        )
        mine = found.where(Rating.rater_id == self.person.id).order_by(RatingLine.id)
        for row, case_id, name, locked_at in self.session.execute(mine).all():
            standing, thing = self.stand(case_id), (THING_OF_ROUND if locked_at else DRAFT_OF_ROUND)[name]
            if standing is None or not standing.may_read(thing):
                continue
            names = ("criterion_id", "value", "cannot_judge", "justification", "change_reason", "updated_at")
            fields = self.say({each: getattr(row, each) for each in names})
            reader = Reader.CASE if locked_at else Reader.NOBODY
            yield Entry(
                f"rating_line-{row.id}", Section.OWN_WORDS, "rating.rater_id", fields, case_id, reader,
                ("second_rating.others" if name == "second" else thing,),
            )  # fmt: skip

    def told_about(self) -> Iterator[Entry]:
        """Yield what others did to the person's own record, without who it was; nothing of any case."""
        found = sa.select(AuditEvent.seq, AuditEvent.at, AuditEvent.kind).where(
            AuditEvent.subject_type == "person",
            AuditEvent.subject_id == self.person.id,
            AuditEvent.case_id.is_(None),
            AuditEvent.actor_id.is_distinct_from(self.person.id),
            sa.or_(*(AuditEvent.kind.startswith(kind) for kind in ABOUT_KINDS)),
        )
        for seq, at, kind in self.session.execute(found.order_by(AuditEvent.seq)):
            fields = self.say({"at": at, "kind": kind})
            yield Entry(f"about-{seq}", Section.ACTS, "audit_event.subject_id", fields)

    def stand(self, case_id: int) -> Standing | None:
        """Return how a case stands for the person, None where they may not know of it now."""
        if case_id not in self._standings:
            try:
                self._standings[case_id] = load_standing(self.session, case_id, self.me, now=self.now)
            except NotFound:
                self._standings[case_id] = None
        return self._standings[case_id]

    def say(self, fields: Mapping[str, Any]) -> dict[str, str]:
        """Return fields as words; what is empty is left out, moments stand in the person's zone."""
        return {name: words for name, value in fields.items() if (words := self._word(value))}

    def names(self) -> dict[str, dict[str, str]]:
        """Return what ids stand for: in the newest ladders, and in those of the cases that the person knows of."""
        pinned = [each.ladder for each in self._standings.values() if each is not None]
        return collect_names([*list_newest_ladders(self.session), *pinned])

    def without_names(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """Return the entries without the whole names of the people whose cases they stand in."""
        kept = tuple(entries)
        ids = {each.case_id for each in kept if each.case_id is not None}
        names = dict(
            self.session.execute(
                sa.select(Case.id, Person.name)
                .join(Person, Person.id == Case.candidate_id)
                .where(Case.id.in_(ids), Case.candidate_id != self.person.id)
            ).all()
        )
        return tuple(_without(each, names.get(each.case_id or 0)) for each in kept)

    def _word(self, value: Any) -> str:
        if isinstance(value, datetime):
            return value.astimezone(self.zone).isoformat(timespec="minutes")
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, bool):
            return "yes" if value else ""
        if isinstance(value, dict) and all(isinstance(each, int) for each in value.values()):
            return ", ".join(f"{name} {number}" for name, number in sorted(value.items()))
        return "" if value is None else str(value)


def _without(entry: Entry, name: str | None) -> Entry:
    if name is None:
        return entry
    return replace(entry, fields={field: hide_names(words, [name]) for field, words in entry.fields.items()})


def _more(source: Source, table: sa.Table, person_id: int) -> list[sa.ColumnElement[bool]]:
    """Return what else must be so of a row: mails that went out, parts in cases of others, notes that say something."""
    match source.name:
        case "message.to_person_id":
            return [Message.sent_at.is_not(None), Message.template != DIGEST]
        case "feedback.proposed_by_id":
            return [table.c.note != ""]
    return [table.c.candidate_id != person_id] if source.table == "case" else []


def _reader_of(source: Source, row: Mapping[Any, Any]) -> Reader:
    """Return who of HR may look at a row: feedback that was never handed in is its writer's alone."""
    if source.reader is Reader.CASE and row["state"] not in ANSWERED:
        return Reader.NOBODY
    return source.reader
