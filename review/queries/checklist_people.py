"""The rest of a cycle's checklist: what the people in it make of it, and what has been tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor, Role
from review.domain.cycle_dates import DATE_NAMES
from review.domain.ladder import Ladder
from review.domain.schedule import Calendar
from review.domain.seating import is_there_one
from review.domain.text import Text, plural, text
from review.domain.values import dataclass
from review.domain.working_days import holidays_of
from review.models import Cycle, Message, Person, RoleGrant
from review.queries.checklist import Line, list_needed
from review.queries.closeness import CaseColumns, find_conflicts_ahead
from review.queries.committees import describe_loads, list_committees
from review.queries.cycles import load_dates
from review.queries.eligibility import Judged, list_eligible
from review.queries.pinned import load_ladder
from review.queries.rehearsals import Walked, rehearsal_state

MAIL_TEST = "mail_test"
TWO = 2
MOST_NAMED = 3
WALKED = {
    Walked.NONE: text("The cycle has not been rehearsed"),
    Walked.RUNNING: text("The rehearsal is still being made"),
    Walked.UNSIGNED: text("The rehearsal is not signed off"),
    Walked.STALE: text("The set-up was changed after the rehearsal was signed off"),
    Walked.SIGNED: text("The rehearsal is signed off"),
}


@dataclass(frozen=True)
class MailTest:
    """The last mail that an HR partner sent to themselves for a cycle; all None and empty while there is none."""

    asked_at: datetime | None = None
    sent_at: datetime | None = None
    error: str = ""


def mail_key(cycle_id: int) -> str:
    """Return what the keys of a cycle's test mails begin with."""
    return f"{MAIL_TEST}:{cycle_id}:"


def list_checks(session: Session, cycle: Cycle, *, actor: Actor, now: datetime) -> tuple[Line, ...]:
    """Return every line of the checklist; the number of statements does not grow with the people."""
    ladder = load_ladder(session, cycle.ladder_version_id)
    eligible = list_eligible(session, cycle, actor=actor, now=now)
    return (
        *list_needed(session, cycle, now=now),
        *_days_off(session, cycle),
        *_people(eligible),
        *_cells(eligible, ladder),
        *_quorum(session, cycle, ladder, eligible, now),
        *_release(session),
        *_mail(load_mail_test(session, cycle.id), ZoneInfo(cycle.zone)),
        _rehearsal(session, cycle),
    )


def load_mail_test(session: Session, cycle_id: int) -> MailTest:
    """Return how the last test mail of a cycle fared."""
    row = session.scalar(
        sa.select(Message)
        .where(Message.template == MAIL_TEST, Message.key.startswith(mail_key(cycle_id), autoescape=True))
        .order_by(Message.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return MailTest() if row is None else MailTest(row.created_at, row.sent_at, row.last_error or "")


def _days_off(session: Session, cycle: Cycle) -> Iterator[Line]:
    days = load_dates(session, cycle.id)
    if not days:
        return
    calendar = Calendar(ZoneInfo(cycle.zone), holidays_of(cycle.country, min(days.values()).year - 1))
    off = [name for name in DATE_NAMES if name in days and not calendar.is_working_day(days[name])]
    for name in off:
        words = text("“%(name)s” is on a day off: %(day)s", name=DATE_NAMES[name], day=days[name])
        yield Line(False, words, "calendar")
    if not off:
        yield Line(True, text("Every date is a working day"), "calendar")


def _people(eligible: Sequence[Judged]) -> Iterator[Line]:
    count = len(eligible)
    words = plural("%(count)s person may be nominated", "%(count)s people may be nominated", count)
    yield Line(bool(count), words if count else text("Nobody may be nominated"), "eligibility")
    alone = [row for row in eligible if row.manager_id is None]
    if alone:
        words = plural(
            "%(count)s of them has no manager, who would rate: %(names)s",
            "%(count)s of them have no manager, who would rate: %(names)s",
            len(alone),
            names=_name(row.name for row in alone),
        )
        yield Line(False, words, "people")
    elif count:
        yield Line(True, text("Everybody who may be nominated has a manager"), "people")


def _cells(eligible: Sequence[Judged], ladder: Ladder) -> Iterator[Line]:
    targets = sorted({target for row in eligible for target in row.target_ids})
    empty = []
    for target in targets:
        filled = {criterion.id for criterion in ladder.rated_criteria(target)}
        lacking = [each.name for each in ladder.criteria if each.is_rated and each.id not in filled]
        if lacking:
            words = text("%(level)s (%(criteria)s)", level=ladder.level(target).name, criteria=", ".join(lacking))
            empty.append(words)
    if empty:
        joined = "; ".join(str(each) for each in empty)
        yield Line(False, text("The ladder says nothing for: %(cells)s", cells=joined), "ladder")
    elif targets:
        yield Line(True, text("The ladder says what each target level asks"), "ladder")


def _quorum(
    session: Session, cycle: Cycle, ladder: Ladder, eligible: Sequence[Judged], now: datetime
) -> Iterator[Line]:
    """Yield whether each who may be nominated could be decided on, by the line of reports as it is now."""
    committees = list_committees(session, cycle.id)
    on = {member.person_id for row in committees for member in row.members}
    if not on or not eligible:
        return
    cases = [_as_case(cycle, row, now) for row in eligible]
    near = list(find_conflicts_ahead(session, cases, cycle.policy["conflicts"], on))
    close = sum(map(bool, near))
    if close:
        words = plural(
            "%(count)s of those who may be nominated has a conflict with somebody on a committee",
            "%(count)s of those who may be nominated have a conflict with somebody on a committee",
            close,
        )
        yield Line(True, words, "committees")
    loads, quorum = describe_loads(committees, ladder), int(cycle.policy["ballot"]["quorum"])
    can_take = {some: is_there_one(loads, some, quorum) for some in set(near)}
    stuck = [row.name for row, some in zip(eligible, near, strict=True) if not can_take[some]]
    if stuck:
        words = plural(
            "No committee has a chair and a quorum without a conflict for %(count)s person: %(names)s",
            "No committee has a chair and a quorum without a conflict for %(count)s people: %(names)s",
            len(stuck),
            names=_name(stuck),
        )
        yield Line(False, words, "committees")
    else:
        yield Line(True, text("For everybody there is a committee with a quorum"), "committees")


def _as_case(cycle: Cycle, row: Judged, now: datetime) -> CaseColumns:
    """Return the case that somebody would have; its number is no case's."""
    return CaseColumns(
        id=-row.person_id,
        code="",
        cycle_id=cycle.id,
        workflow_version_id=0,
        candidate_id=row.person_id,
        manager_id=row.manager_id,
        from_level_id=row.level_id,
        to_level_id=row.target_ids[0],
        nominated_by_id=row.person_id,
        committee_id=None,
        second_rater_id=None,
        state="",
        phase="draft",
        vote_round=0,
        present_ids=[],
        created_at=now,
    )


def _release(session: Session) -> Iterator[Line]:
    partners = session.scalar(
        sa.select(sa.func.count())
        .select_from(RoleGrant)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.role == Role.HR, Person.is_active)
    )
    enough = (partners or 0) >= TWO
    words = text("Two HR partners are there to release the letters")
    if not enough:
        words = text("Letters are released by two HR partners; there is only one")
    yield Line(enough, words, "roles")


def _mail(test: MailTest, zone: ZoneInfo) -> Iterator[Line]:
    if test.sent_at:
        yield Line(True, text("A test mail was sent on %(day)s", day=test.sent_at.astimezone(zone).date()), "letters")
    elif test.error:
        yield Line(False, text("The test mail was refused: %(error)s", error=test.error), "letters")
    elif test.asked_at:
        yield Line(False, text("The test mail waits to be sent"), "letters")
    else:
        yield Line(False, text("No test mail was sent"), "letters")


def _rehearsal(session: Session, cycle: Cycle) -> Line:
    walked = rehearsal_state(session, cycle).walked
    return Line(walked is Walked.SIGNED, WALKED[walked], "rehearsal")


def _name(names: Iterator[str] | Sequence[str]) -> Text:
    """Return some names, and how many more there are."""
    known = list(names)
    first, more = ", ".join(known[:MOST_NAMED]), len(known) - MOST_NAMED
    if more <= 0:
        return text("%(names)s", names=first)
    return plural("%(names)s and %(count)s more", "%(names)s and %(count)s more", more, names=first)
