"""What the page of a case lists, in one statement: its moves and notes, whom was asked, what the candidate wrote."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy.orm import Session

from review.domain.workflow import MAIN
from review.models import AuditEvent, Case, CaseNote, CaseToken, Cycle, CycleDate, Feedback, Packet, Person, SelfReview
from review.queries.case_rows import EMPTY, ZERO, Picked
from review.queries.event_details import SEALED, DetailState, SealedRow, make_opener, with_keys
from review.queries.ready import Ready
from review.queries.request_states import request_state

ALWAYS = frozenset({"entered", "due", "named", "sealed", "day"})
MOVES = "case."
CASE_ID, CYCLE_ID, CANDIDATE_ID = (
    sa.bindparam(name, type_=sa.Integer) for name in ("case_id", "cycle_id", "candidate_id")
)
NEVER, NOBODY = sa.cast(sa.null(), AuditEvent.at.type), sa.cast(sa.null(), sa.Integer)
EVENT = sa.and_(AuditEvent.case_id == CASE_ID, AuditEvent.kind.like(f"{MOVES}%"))
NO_EVENT = [sa.cast(sa.null(), column.type) for column in SEALED]


class Line(NamedTuple):
    """One line: what it is, its number, moment, name, state and words, and whose it is; of a move what it changed.

    Of somebody `asked`, `person` is who it is, `n` whether HR hides them, and `person_id` who proposed them.

    `detail` is None for all but moves, and for a move of which nobody can tell any more what it changed.
    """

    what: str
    n: int
    at: datetime
    name: str
    state: str
    words: str
    person_id: int | None
    person: str | None
    detail: Mapping[str, Any] | None


LENGTH = len(Line._fields) - 1
Lines = dict[str, list[Line]]


def load_lines(session: Session, case: Case, kinds: frozenset[str]) -> Lines:
    """Read the lines of a case: `entered` and `due` of its main state, `named` people, a `sealed` packet, and `kinds`.

    Each `day` of its cycle is the midnight with which that begins, in UTC.

    Args:
        kinds: of `move`, `note`, `asked`, `written` and `other`, the candidate's other cases, those that the reader may
            know of.
    """
    values = {name: getattr(case, name) for name in ("candidate_id", "cycle_id", "manager_id")}
    values |= {"case_id": case.id, "nominator_id": case.nominated_by_id}
    lines: Lines = defaultdict(list)
    session.flush()
    rows = _ready(ALWAYS | kinds).rows(session.connection(), values)
    opener = make_opener(session) if "move" in kinds else None
    for row in rows:
        told = opener.open(SealedRow._make(row[LENGTH:])) if opener is not None and row[0] == "move" else None
        detail = told.value if told is not None and told.state is DetailState.OPEN else None
        line = Line._make((*row[:LENGTH], detail))
        lines[line.what].append(line)
    for what in ("move", "note", "other"):
        lines[what].sort(key=lambda line: line.n)
    return lines


@cache
def _ready(kinds: frozenset[str]) -> Ready:
    """Return the statement, spelt out once for each set of kinds."""
    return Ready(lambda: _statement(kinds))


def _statement(kinds: frozenset[str]) -> sa.CompoundSelect[Any]:
    """Return the lines by the people's names, as who was asked is listed."""
    selects = _now() | _history() | _content()
    return sa.union_all(*(select for kind, select in selects.items() if kind in kinds)).order_by("person")


def _pick(
    what: str,
    *,
    n: Any = ZERO,
    at: Any = NEVER,
    name: Any = EMPTY,
    state: Any = EMPTY,
    words: Any = EMPTY,
    person_id: Any = NOBODY,
    person: Any = EMPTY,
    sealed: Sequence[Any] = NO_EVENT,
) -> Picked:
    return sa.select(
        sa.literal(what).label("what"),
        n.label("n"),
        at.label("at"),
        name.label("name"),
        state.label("state"),
        words.label("words"),
        person_id.label("person_id"),
        person.label("person"),
        *(column.label(f"sealed_{number}") for number, column in enumerate(sealed)),
    )


def _now() -> dict[str, Picked]:
    is_main = sa.and_(CaseToken.case_id == CASE_ID, CaseToken.region == MAIN)
    people = [sa.bindparam(name, type_=sa.Integer) for name in ("manager_id", "nominator_id")]
    is_here = sa.cast(Person.is_active, sa.Integer)
    return {
        "entered": _pick("entered", at=CaseToken.entered_at).where(is_main),
        "due": _pick("due", at=CaseToken.due_at).where(is_main, CaseToken.due_at.is_not(None)),
        "named": _pick("named", n=is_here, person_id=Person.id, person=Person.name).where(Person.id.in_(people)),
        "day": _pick("day", at=sa.type_coerce(CycleDate.on_day, AuditEvent.at.type), name=CycleDate.name).where(
            CycleDate.cycle_id == CYCLE_ID
        ),
        "sealed": _pick("sealed", n=Packet.id).where(Packet.case_id == CASE_ID, Packet.unsealed_at.is_(None)),
    }


def _history() -> dict[str, Picked]:
    moves = _pick(
        "move",
        n=AuditEvent.seq,
        at=AuditEvent.at,
        name=AuditEvent.kind,
        person_id=AuditEvent.actor_id,
        person=Person.name,
        sealed=SEALED,
    )
    notes = _pick(
        "note",
        n=CaseNote.id,
        at=CaseNote.at,
        name=CaseNote.action,
        state=CaseNote.phase,
        words=CaseNote.body,
        person_id=CaseNote.author_id,
        person=Person.name,
    )
    return {
        "move": with_keys(moves.outerjoin(Person, Person.id == AuditEvent.actor_id)).where(EVENT),
        "note": notes.outerjoin(Person, Person.id == CaseNote.author_id).where(CaseNote.case_id == CASE_ID),
    }


def _content() -> dict[str, Picked]:
    asked = _pick(
        "asked",
        n=sa.cast(Feedback.is_hidden_from_manager, sa.Integer),
        name=Feedback.kind,
        state=request_state(),
        words=Feedback.function,
        person_id=Feedback.proposed_by_id,
        person=Person.name,
    )
    other = sa.orm.aliased(Case)
    others = _pick("other", n=other.id, name=other.code, words=Cycle.name).join(Cycle, Cycle.id == other.cycle_id)
    return {
        "other": others.where(other.candidate_id == CANDIDATE_ID, other.id != CASE_ID),
        "asked": asked.join(Person, Person.id == Feedback.giver_id).where(Feedback.case_id == CASE_ID),
        "written": _pick("written", name=SelfReview.criterion_id, words=SelfReview.body).where(
            SelfReview.case_id == CASE_ID
        ),
    }
