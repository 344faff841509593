"""The report of a rehearsal: how the cases went, how long stages took, which mails would go, and what is in the way."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sized
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from statistics import median
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.ladder import Ladder, MoveKind
from review.domain.phase import Phase
from review.domain.text import Text, plural, text
from review.domain.values import dataclass
from review.domain.workflow import MAIN
from review.models import Case, CaseToken, LadderVersion, Message, Person, Timer, WorkflowVersion
from review.queries.pinned import load_definition, load_ladder
from review.rehearsal.cast import Plot, choose_parts
from review.rehearsal.draft import Draft
from review.rehearsal.place import Phases
from review.rehearsal.scene import Scene

NEEDED = {
    "hr": (2, text("Fewer than two people hold the role HR partner: nobody can approve a release")),
    "appeals": (1, text("Nobody holds the role Appeals panel: an appeal would wait for ever")),
    "executive": (1, text("Nobody holds the role Executive: a sign-off would wait for ever")),
}


class Verdict(StrEnum):
    """What a rehearsal comes to, in the report and on the command line."""

    PASSED = "passed"
    FAILED = "failed"
    UNDER_WAY = "under way"


@dataclass(frozen=True)
class Fault:
    """Something that would go wrong in the real cycle, and the page on which it is put right."""

    words: Text
    mend: str  # committees, roles, ladder, draft, workflow


@dataclass(frozen=True)
class StageLine:
    """A phase: how many cases came to it, how many are still there, and how many days it took in the middle."""

    phase: Phase
    came: int
    waiting: int
    days: float | None


@dataclass(frozen=True)
class CaseLine:
    """A synthetic case: its plot, where it stands, and what it waits for."""

    id: int
    code: str
    candidate: str
    track: str
    plot: str
    state: str
    outcome: str
    waits_for: tuple[Text, ...]


@dataclass(frozen=True)
class MailLine:
    """A kind of mail: how many would go, to whom by their part, and one of them to look at."""

    template: str
    count: int
    parts: tuple[str, ...]
    example_id: int


@dataclass(frozen=True)
class Report:
    """Everything that the report says."""

    stages: tuple[StageLine, ...]
    cases: tuple[CaseLine, ...]
    mails: tuple[MailLine, ...]
    timers: tuple[tuple[str, int], ...]
    faults: tuple[Fault, ...]
    notes: tuple[Text, ...] = ()


def gather_report(session: Session, draft: Draft, phases: Phases, *, now: datetime, is_stuck: bool) -> Report:
    """Read the report from a rehearsal's database.

    Args:
        is_stuck: nobody did anything more although cases had not ended; what these wait for are faults.
    """
    cases = _list_cases(session, now)
    faults = [*_faults_of_draft(draft, session)]
    if is_stuck:
        faults += [
            Fault(text("%(case)s goes no further: %(why)s", case=line.code, why=why), "workflow")
            for line in cases
            for why in (line.waits_for or (text("nobody can do anything"),))
            if not line.outcome
        ]
    return Report(
        _list_stages(phases),
        cases,
        _list_mails(session),
        _list_timers(session),
        tuple(faults),
        tuple(_list_notes(draft)),
    )


def find_verdict(walked: Mapping[str, Any], faults: Sized) -> Verdict:
    """Return failed for a refusal, a fault or cases that go no further; passed once all have ended without any.

    Args:
        walked: `refusal`, `is_over` and `is_stuck` of the walk.
    """
    if walked.get("refusal") or walked.get("is_stuck") or faults:
        return Verdict.FAILED
    return Verdict.PASSED if walked.get("is_over") else Verdict.UNDER_WAY


def shorten(report: Report) -> dict[str, Any]:
    """Return what is kept of a report with its signature, in plain values."""
    return {
        "faults": [str(fault.words) for fault in report.faults],
        "notes": [str(words) for words in report.notes],
        "cases": [[line.code, line.plot, line.state, line.outcome] for line in report.cases],
        "mails": [[line.template, line.count] for line in report.mails],
        "timers": [list(line) for line in report.timers],
        "stages": [[str(line.phase), line.came, line.days] for line in report.stages],
    }


def _list_cases(session: Session, now: datetime) -> tuple[CaseLine, ...]:
    rows = session.execute(
        sa.select(Case, Person, CaseToken.state)
        .join(Person, Person.id == Case.candidate_id)
        .join(CaseToken, sa.and_(CaseToken.case_id == Case.id, CaseToken.region == MAIN))
        .order_by(Case.id)
    ).all()
    return tuple(
        CaseLine(
            case.id,
            case.code,
            person.name,
            case.track_id,
            next(plot for plot in Plot if person.external_id.endswith(f"-{plot}")),
            load_definition(session, case.workflow_version_id).states[state].title,
            case.outcome or "",
            () if case.closed_at else _waits_for(session, case, now),
        )
        for case, person, state in rows
    )


def _waits_for(session: Session, case: Case, now: datetime) -> tuple[Text, ...]:
    """Return the conditions that HR sees unmet for what leads on from here."""
    scene = Scene(session, case, Plot.PROMOTED, now, 1.0)
    standing = scene.stand(scene.hr)
    ahead = [option for option in standing.options() if option.region == MAIN and not option.is_allowed]
    return tuple(dict.fromkeys(reason.text for option in ahead for reason in option.reasons))


def _list_stages(phases: Phases) -> tuple[StageLine, ...]:
    spans: dict[str, list[float]] = defaultdict(list)
    came, there = Counter[str](), Counter[str]()
    for steps in phases.values():
        came.update({phase for phase, _ in steps})
        there[steps[-1][0]] += 1
        for (phase, start), (_, end) in pairwise(steps):
            days = (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() / 86_400
            spans[phase].append(days)
    return tuple(
        StageLine(phase, came[phase], there[phase], round(median(spans[phase]), 1) if spans[phase] else None)
        for phase in Phase
    )


def _list_mails(session: Session) -> tuple[MailLine, ...]:
    rows = session.execute(
        sa.select(Message.id, Message.template, Person.external_id)
        .join(Person, Person.id == Message.to_person_id)
        .where(Message.sent_at.is_not(None) | Message.digest_id.is_not(None))
        .order_by(Message.id)
    ).all()
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.template].append(row)
    return tuple(
        MailLine(name, len(each), tuple(sorted({_part(row.external_id) for row in each})), each[0].id)
        for name, each in sorted(found.items())
    )


def _part(key: str) -> str:
    """Return the kind of part in words that a key begins with: `second-rater-2` is a second rater."""
    first, _, rest = key.partition("-")
    return f"{first} {rest.partition('-')[0]}" if first == "second" else first


def _list_timers(session: Session) -> tuple[tuple[str, int], ...]:
    whats = session.scalars(sa.select(Timer.what).where(Timer.done_at.is_not(None)))
    return tuple(sorted(Counter(what.partition(":")[2].replace(":", " ") for what in whats).items()))


def _faults_of_draft(draft: Draft, session: Session) -> list[Fault]:
    found = []
    quorum = int(draft.policy["ballot"]["quorum"])
    if not draft.committees:
        found.append(Fault(text("There is no committee: no packet can be sealed"), "committees"))
    for committee in draft.committees:
        if len(committee.seats) < quorum:
            words = plural(
                "%(name)s has %(count)s member; the quorum is %(quorum)s",
                "%(name)s has %(count)s members; the quorum is %(quorum)s",
                len(committee.seats),
                name=committee.name,
                quorum=quorum,
            )
            found.append(Fault(words, "committees"))
    asked = _roles_asked(session)
    found += [
        Fault(words, "roles")
        for role, (least, words) in NEEDED.items()
        if role in asked and draft.holders[role] < least
    ]
    ladder = load_ladder(session, session.scalars(sa.select(LadderVersion.id)).one())
    return found + _faults_of_ladder(draft, ladder)


def _list_notes(draft: Draft) -> Iterator[Text]:
    """Yield what was not tried, and why."""
    if len(draft.committees) == 1:
        yield text("Not tried: an appeal that is granted. It needs another committee, and the draft has one")


def _roles_asked(session: Session) -> frozenset[str]:
    versions = session.scalars(sa.select(WorkflowVersion.id)).all()
    return frozenset(role for each in versions for role in load_definition(session, each).roles)


def _faults_of_ladder(draft: Draft, ladder: Ladder) -> list[Fault]:
    found = [
        Fault(text("The ladder asks nothing of %(level)s: no case for it can be rated", level=level.name), "ladder")
        for level in ladder.levels
        if any(move.to_level == level.id and move.kind is MoveKind.PROMOTION for move in ladder.moves)
        and not ladder.rated_criteria(level.id)
    ]
    walked = {part.track for part in choose_parts(draft, ladder)}
    return found + [
        Fault(text("Nobody can be promoted on the track %(track)s: the ladder has no way there", track=each), "ladder")
        for each in sorted({pinned.track for pinned in draft.workflows} - walked)
    ]
