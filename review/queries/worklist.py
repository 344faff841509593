"""What waits for a person: the home page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.phase import Phase
from review.domain.proposals import MINUTES
from review.domain.stages import find_shown_state, is_embargoed
from review.domain.text import Text, plural, text
from review.domain.values import dataclass
from review.domain.workflow import MAIN, phase_of
from review.domain.worklist import Task, TodoRow, WaitingRow, brings_letter, find_holders, find_tasks
from review.queries.asked_of_me import LETTER, Asked, load_asked
from review.queries.navigation import TO_WRITE
from review.queries.own_cases import OwnCase, list_own_cases
from review.queries.privacy_requests import sum_up
from review.queries.proposals import ProposalRow, list_proposals

DAYS_SOON = 7
LETTER_IS_OUT = text("The letter is out")
SEAT_VERBS = {"seated": text("Read the packet"), "read": text("Vote")}
SEAT_MINUTES = {"seated": 30, "read": 20}


@dataclass(frozen=True)
class Home:
    """Everything on the home page: what waits for the person, and the cases of theirs that wait for others."""

    todo: tuple[TodoRow, ...]
    waiting: tuple[WaitingRow, ...]


def load_home(session: Session, actor: Actor, *, now: datetime) -> Home:
    """Return what waits for the actor, the most urgent first; the same statements for any number of rows."""
    cases = list_own_cases(session, actor)
    asked = load_asked(session, actor, now)
    looked = _Looked(now)
    tasks = {case.id: tuple(_case_tasks(case, looked)) for case in cases}
    todo = [row for rows in tasks.values() for row in rows]
    todo += [*_approvals(asked), *_giving(asked), *_letters(asked), *map(_proposed, list_proposals(session, actor))]
    if for_data := [(row.day, row.zone) for row in asked if row.day is not None]:
        todo.append(sum_up(for_data))
    busy = {row.case_id for row in todo}
    waiting = [
        _waiting(case, looked) for case in cases if case.roles & {"candidate", "manager"} and case.id not in busy
    ]
    return Home(
        tuple(sorted(todo, key=lambda row: (row.due_at is None, row.due_at, row.minutes, row.about))),
        tuple(sorted(waiting, key=lambda row: (row.due_at is None, row.due_at, row.candidate))),
    )


class _Looked:
    """What there is to do in cases and whose turn it is, looked for once for all cases that stand alike."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._tasks: dict[Hashable, tuple[Task, ...]] = {}
        self._holders: dict[Hashable, tuple[str, ...]] = {}

    def find_tasks(self, case: OwnCase) -> tuple[Task, ...]:
        """Return what the reader has to do in a case."""
        late = _late(case, self._now)
        alike = id(case.definition), tuple(case.tokens.items()), case.roles, late, case.heard
        if alike not in self._tasks:
            self._tasks[alike] = find_tasks(case.definition, case.tokens, case.roles, late=late, heard=case.heard)
        return self._tasks[alike]

    def find_holders(self, case: OwnCase, shown: str) -> tuple[str, ...]:
        """Return the roles whose turn it is in a case that is shown in this state, in the order of the workflow."""
        definition, late = case.definition, _late(case, self._now)
        alike = id(definition), tuple(case.tokens.items()), shown, late, case.heard
        if alike not in self._holders:
            found = find_holders(definition, {**case.tokens, MAIN: shown}, late=late, heard=case.heard)
            self._holders[alike] = tuple(role for role in definition.roles if role in found)
        return self._holders[alike]


def _case_tasks(case: OwnCase, looked: _Looked) -> Iterator[TodoRow]:
    tasks = looked.find_tasks(case)
    if "candidate" in case.roles and brings_letter(case.definition, case.tokens):
        # Its page leads on to what can be done about the answer, whose names would tell it to who looks on.
        yield _letter(case.id, case.code, case.due.get(MAIN))
        tasks = tuple(task for task in tasks if task.region != MAIN)
    for task in tasks:
        yield _todo(case, task)
    if "panelist" in case.roles and case.tokens.get("panel") == "scheduled":
        yield _panel_task(case)
    phase = phase_of(case.definition, case.tokens)
    if case.seat == "seated" and phase in {Phase.SEALED, Phase.VOTING}:
        yield _seat_task(case)
    if case.seat == "read" and phase is Phase.VOTING and not case.is_muted:
        yield _seat_task(case)


def _late(case: OwnCase, now: datetime) -> frozenset[str]:
    return frozenset(region for region, due_at in case.due.items() if due_at is not None and due_at < now)


def _todo(case: OwnCase, task: Task) -> TodoRow:
    return TodoRow(
        verb=task.title,
        about="" if "candidate" in case.roles else case.candidate,
        context=text("%(stage)s · case %(code)s", stage=task.stage, code=case.code),
        due_at=case.due.get(task.region) or case.due.get(MAIN),
        minutes=task.minutes,
        page=task.form or "case",
        case_id=case.id,
    )


def _letter(case_id: int, code: str, due_at: datetime | None) -> TodoRow:
    return TodoRow(
        verb=text("Read the letter"),
        about="",
        context=text("It is there, and says what comes next · case %(code)s", code=code),
        due_at=due_at,
        minutes=5,
        page=LETTER,
        case_id=case_id,
    )


def _seat_task(case: OwnCase) -> TodoRow:
    seat = case.seat or ""
    return TodoRow(
        verb=SEAT_VERBS[seat],
        about=case.candidate,
        context=text("Case %(code)s", code=case.code),
        due_at=case.due.get(MAIN),
        minutes=SEAT_MINUTES[seat],
        page="packet" if seat == "seated" else "ballot",
        case_id=case.id,
    )


def _panel_task(case: OwnCase) -> TodoRow:
    return TodoRow(
        verb=text("Score the leadership panel"),
        about=case.candidate,
        context=text("Case %(code)s", code=case.code),
        due_at=case.due.get("panel") or case.due.get(MAIN),
        minutes=10,
        page="panel",
        case_id=case.id,
    )


def _waiting(case: OwnCase, looked: _Looked) -> WaitingRow:
    """Return a case that waits for others, as its candidate and manager see it."""
    definition, tokens = case.definition, case.tokens
    shown = find_shown_state(definition, tokens, is_insider=False, vote_round=case.vote_round)
    is_hidden = is_embargoed(definition, tokens, is_insider=False, vote_round=case.vote_round)
    return WaitingRow(
        case_id=case.id,
        candidate=case.candidate,
        stage=LETTER_IS_OUT if brings_letter(definition, tokens) else text(definition.states[shown].title),
        held_by=looked.find_holders(case, shown),
        due_at=None if is_hidden else case.due.get(MAIN),
    )


def _approvals(asked: Iterable[Asked]) -> Iterator[TodoRow]:
    """Yield one task a case, however many people are proposed in it."""
    by_case: dict[int, list[Asked]] = defaultdict(list)
    for row in asked:
        if row.state == "proposed":
            by_case[row.case_id].append(row)
    for case_id, rows in by_case.items():
        yield TodoRow(
            verb=text("Approve whom to ask"),
            about=rows[0].candidate,
            context=plural("%(count)s person is proposed", "%(count)s people are proposed", len(rows)),
            due_at=min((row.due_at for row in rows if row.due_at), default=None),
            minutes=5,
            page="ask",
            case_id=case_id,
        )


def _letters(asked: Iterable[Asked]) -> Iterator[TodoRow]:
    return (_letter(row.case_id, row.code, None) for row in asked if row.state == LETTER)


def _giving(asked: Iterable[Asked]) -> Iterator[TodoRow]:
    for row in asked:
        if row.state in TO_WRITE:
            is_new = row.state == "asked"
            yield TodoRow(
                verb=text("Give feedback"),
                about=row.candidate,
                context=_answer_words(is_new=is_new),
                due_at=row.due_at,
                minutes=10,
                page="feedback",
                case_id=row.case_id,
                item_id=row.id,
            )


def _proposed(row: ProposalRow) -> TodoRow:
    proposal = row.proposal
    return TodoRow(
        verb=proposal.task,
        about=str(proposal.title),
        context=text("Proposed by %(name)s", name=row.proposed_by) if row.proposed_by else text("Proposed by command"),
        due_at=None,
        minutes=MINUTES[proposal.kind],
        page=proposal.place,
    )


def _answer_words(*, is_new: bool) -> Text:
    if is_new:
        return text("You were asked. Saying no costs nothing and lets somebody else be asked")
    return text("You said yes")
