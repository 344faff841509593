"""What must always be true of the rows, whatever happened: found faults are told by case, for tests and operators."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.canonical_json import digest
from review.domain.workflow import MAIN
from review.models import (
    AuditEvent,
    Case,
    CaseToken,
    Decision,
    Feedback,
    Letter,
    Packet,
    Person,
    Rating,
    Seat,
    Timer,
    Vote,
)
from review.queries.event_details import SEALED, DetailState, SealedRow, make_opener, with_keys
from review.queries.pinned import load_definition

Check = Callable[[Session], Iterator[str]]
BUILDING_PHASES = ("draft", "collecting")
SEALED_PHASES = ("sealed", "voting", "revealed", "decided")


def find_violations(session: Session) -> list[str]:
    """Return every invariant that does not hold, as a sentence with the case's code."""
    return [words for check in CHECKS for words in check(session)]


def check_tokens(session: Session) -> Iterator[str]:
    """The main token is the case's state, and the regions are those of that state."""
    tokens: dict[int, dict[str, str]] = {}
    for token in session.scalars(sa.select(CaseToken)):
        tokens.setdefault(token.case_id, {})[token.region] = token.state
    for case in session.scalars(sa.select(Case)):
        definition = load_definition(session, case.workflow_version_id)
        here = definition.states[case.state]
        found = tokens.get(case.id, {})
        if found.get(MAIN) != case.state or found.keys() != {MAIN, *here.regions}:
            yield f"{case.code}: its tokens {sorted(found)} do not fit the state {case.state}"
        if (str(here.phase), here.outcome) != (case.phase, case.outcome):
            yield f"{case.code}: phase or outcome is not that of the state {case.state}"
        if here.final != (case.closed_at is not None):
            yield f"{case.code}: closed without having ended, or the other way round"


def check_kept_columns(session: Session) -> Iterator[str]:
    """What cases and requests keep for lists is what main tokens, candidates and cases say."""
    words = Case.code + " " + Person.name + " " + Person.title + " " + Person.function
    is_due = sa.func.coalesce(
        Case.due_at == CaseToken.due_at, sa.and_(Case.due_at.is_(None), CaseToken.due_at.is_(None))
    )
    rows = (
        sa.select(Case.code, sa.not_(is_due), Case.sought != sa.func.lower(words))
        .join(Person, Person.id == Case.candidate_id)
        .outerjoin(CaseToken, sa.and_(CaseToken.case_id == Case.id, CaseToken.region == MAIN))
        .where(sa.or_(sa.not_(is_due), Case.sought != sa.func.lower(words)))
    )
    for code, is_due_elsewhere, is_sought_elsewhere in session.execute(rows):
        if is_due_elsewhere:
            yield f"{code}: lists hold it due on another day than its main token"
        if is_sought_elsewhere:
            yield f"{code}: a search does not find it by its number and its candidate"
    astray = sa.select(Case.code).join(Feedback, Feedback.case_id == Case.id)
    for code in session.scalars(astray.where(Feedback.cycle_id.is_distinct_from(Case.cycle_id)).distinct()):
        yield f"{code}: requests of it are not on the board of its cycle"


def check_timers(session: Session) -> Iterator[str]:
    """Timers that wait belong to the entry that a region is in."""
    rows = session.execute(
        sa.select(Case.code, Timer.what)
        .join(Case, Case.id == Timer.case_id)
        .outerjoin(
            CaseToken,
            sa.and_(
                CaseToken.case_id == Timer.case_id,
                CaseToken.region == Timer.place,
                CaseToken.entry == Timer.entry,
            ),
        )
        .where(Timer.done_at.is_(None), Timer.place.not_like("%:%"), CaseToken.id.is_(None))
    )
    for code, what in rows:
        yield f"{code}: the timer {what} waits for a state that was left"


def check_packets(session: Session) -> Iterator[str]:
    """A packet's digest is that of its content; one counts behind the seal, none before it."""
    for code, packet in session.execute(sa.select(Case.code, Packet).join(Case, Case.id == Packet.case_id)):
        if digest(packet.content.encode()) != packet.digest:
            yield f"{code}: the packet {packet.number} does not have its digest"
    counting = (
        sa.select(Case.code, sa.func.count(Packet.id))
        .outerjoin(Packet, sa.and_(Packet.case_id == Case.id, Packet.unsealed_at.is_(None)))
        .where(Case.phase.in_(SEALED_PHASES))
        .group_by(Case.id, Case.code)
        .having(sa.func.count(Packet.id) != 1)
    )
    for code, count in session.execute(counting):
        yield f"{code}: sealed, with {count} packets that count"
    early = (
        sa.select(Case.code)
        .join(Packet, Packet.case_id == Case.id)
        .where(Packet.unsealed_at.is_(None), Case.phase.in_(BUILDING_PHASES))
    )
    for code in session.scalars(early):
        yield f"{code}: being built, with a packet that counts"


def check_feedback(session: Session) -> Iterator[str]:
    """Behind the seal no feedback is open, and none that is in is not frozen."""
    rows = session.execute(
        sa.select(Case.code, Feedback.state)
        .join(Case, Case.id == Feedback.case_id)
        .where(Case.phase.in_(SEALED_PHASES), Feedback.state.in_(("proposed", "asked", "writing", "submitted")))
    )
    for code, state in rows:
        yield f"{code}: sealed, with feedback that is {state}"


def check_votes(session: Session) -> Iterator[str]:
    """A vote that counts is of a seat that is not recused and had opened the packet."""
    rows = session.execute(
        sa.select(Case.code, Seat.state)
        .select_from(Vote)
        .join(Case, Case.id == Vote.case_id)
        .join(Seat, Seat.id == Vote.seat_id)
        .where(
            Vote.cast_at.is_not(None),
            Vote.voided_at.is_(None),
            sa.or_(Seat.state == "recused", Seat.opened_at.is_(None), Seat.person_id != Vote.person_id),
        )
    )
    for code, state in rows:
        yield f"{code}: a vote counts from a seat that is {state}"


def check_ratings(session: Session) -> Iterator[str]:
    """Nobody rates their own case."""
    rows = session.scalars(
        sa.select(Case.code).join(Rating, Rating.case_id == Case.id).where(Rating.rater_id == Case.candidate_id)
    )
    for code in rows:
        yield f"{code}: the candidate has rated"


def check_decisions(session: Session) -> Iterator[str]:
    """One decision counts at the most; the letter of that one has not gone out before it could."""
    doubled = (
        sa.select(Case.code)
        .join(Decision, Decision.case_id == Case.id)
        .where(Decision.replaced_at.is_(None))
        .group_by(Case.id, Case.code)
        .having(sa.func.count(Decision.id) > 1)
    )
    for code in session.scalars(doubled):
        yield f"{code}: more than one decision counts"
    early = (
        sa.select(Case.code)
        .join(Letter, Letter.case_id == Case.id)
        .join(Decision, Decision.id == Letter.decision_id)
        .where(
            Letter.released_at.is_not(None),
            Decision.replaced_at.is_(None),
            Case.phase.in_(BUILDING_PHASES + SEALED_PHASES),
        )
    )
    for code in session.scalars(early):
        yield f"{code}: the letter is out before the decision is"


def check_trail(session: Session) -> Iterator[str]:
    """Every case's last move in the trail led to where it stands; after one that nobody can read, none is known."""
    last: dict[int, str] = {}
    opener = make_opener(session)
    events = with_keys(sa.select(AuditEvent.case_id, *SEALED)).where(AuditEvent.kind.like("case.%"))
    for case_id, *sealed in session.execute(events.order_by(AuditEvent.seq).execution_options(yield_per=1000)):
        detail = opener.open(SealedRow(*sealed))
        tokens = detail.value.get("after")  # of what is no move, such as giving a case to a committee, something else
        after = tokens.get(MAIN) if isinstance(tokens, dict) else None
        if detail.state is DetailState.ERASED:
            last.pop(case_id, None)
        elif after is not None:
            last[case_id] = after
    for number, code, state in session.execute(sa.select(Case.id, Case.code, Case.state)):
        if last.get(number, state) != state:
            yield f"{code}: stands at {state}, the trail ends at {last[number]}"


CHECKS: tuple[Check, ...] = (
    check_tokens,
    check_kept_columns,
    check_timers,
    check_packets,
    check_feedback,
    check_votes,
    check_ratings,
    check_decisions,
    check_trail,
)
