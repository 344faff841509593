"""What a cycle in draft has and lacks before it is opened, line by line; what would break it keeps it shut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.checks.registry import FunctionsCovered
from review.domain.cycle_dates import DATE_NAMES
from review.domain.date_rules import NAMES, OPENING, find_contradictions, read_rules
from review.domain.policy import find_disagreements, read_policy
from review.domain.text import Text, plural, text
from review.domain.values import dataclass
from review.domain.workflow_company import OF_THE_CASE
from review.domain.workflow_definition import GROUPS, Definition
from review.models import Cycle, CycleWorkflow, Person, RoleGrant
from review.queries.committees import CommitteeRow, list_committees
from review.queries.cycles import load_dates
from review.queries.pinned import load_definition, load_ladder


@dataclass(frozen=True)
class Line:
    """One line: whether it is met, in a sentence, on which step it is mended, and whether it keeps the cycle shut."""

    is_met: bool
    words: Text
    step: str
    is_blocking: bool = False

    @property
    def keeps_shut(self) -> bool:
        """Tell whether the cycle cannot be opened because of it."""
        return self.is_blocking and not self.is_met


def list_needed(session: Session, cycle: Cycle, *, now: datetime) -> tuple[Line, ...]:
    """Return the lines about what a cycle itself says; few statements, however many people there are."""
    pinned = _pinned(session, cycle)
    return (
        *_workflows(session, cycle, pinned),
        *_dates(session, cycle, now),
        *_votes(cycle, pinned),
        *_heard(cycle, pinned),
        *_staff(session, pinned),
        *_committees(cycle, list_committees(session, cycle.id)),
    )


def _pinned(session: Session, cycle: Cycle) -> dict[str, Definition]:
    rows = session.execute(
        sa.select(CycleWorkflow.track_id, CycleWorkflow.workflow_version_id)
        .where(CycleWorkflow.cycle_id == cycle.id)
        .order_by(CycleWorkflow.id)
    ).all()
    return {track: load_definition(session, version) for track, version in rows}


def _workflows(session: Session, cycle: Cycle, pinned: Mapping[str, Definition]) -> Iterator[Line]:
    for track in load_ladder(session, cycle.ladder_version_id).tracks:
        words = text("The track %(track)s has a workflow", track=track.name)
        if track.id not in pinned:
            words = text("The track %(track)s has no workflow", track=track.name)
        yield Line(track.id in pinned, words, "basics", is_blocking=True)


def _dates(session: Session, cycle: Cycle, now: datetime) -> Iterator[Line]:
    days, opening = load_dates(session, cycle.id), read_rules(cycle.date_rules).get(OPENING)
    if opening and opening.day:
        days = {**days, OPENING: opening.day}
    faults = find_contradictions(days)
    for fault in faults:
        yield Line(False, fault.what, "calendar", is_blocking=True)
    first = next((name for name in DATE_NAMES if name in days), None)
    today = now.astimezone(ZoneInfo(cycle.zone)).date()
    if first is None:
        yield Line(False, text("The cycle has no dates"), "calendar", is_blocking=True)
    elif days[first] < today:
        past = text("“%(name)s” is over: %(day)s", name=NAMES[first], day=days[first])
        yield Line(False, past, "calendar", is_blocking=True)
    elif not faults:
        yield Line(True, text("The dates follow each other and lie ahead"), "calendar", is_blocking=True)


def _votes(cycle: Cycle, pinned: Mapping[str, Definition]) -> Iterator[Line]:
    policy, titles = read_policy(cycle.policy), set()
    for definition in pinned.values():
        for finding in find_disagreements(policy, definition):
            titles.add((definition.title, finding.what))
    for title, what in sorted(titles, key=str):
        words = text("The workflow “%(title)s” counts votes otherwise: %(what)s", title=title, what=what)
        yield Line(False, words, "committees", is_blocking=True)
    if not titles:
        words = text("Rules and workflows count votes alike: quorum %(quorum)s", quorum=policy.ballot.quorum)
        yield Line(True, words, "committees", is_blocking=True)


def count_asked(definition: Definition) -> int:
    """Return how many of the functions that a cycle requires a workflow wants heard."""
    most = 0
    for action in definition.actions.values():
        for condition in action.when:
            for guard in condition.walk():
                params = None if guard.name in GROUPS else guard.typed_params
                if isinstance(params, FunctionsCovered) and params.from_cycle:
                    most = max(most, params.at_least)
    return most


def _heard(cycle: Cycle, pinned: Mapping[str, Definition]) -> Iterator[Line]:
    asked = max((count_asked(definition) for definition in pinned.values()), default=0)
    named = len(cycle.required_functions)
    if named and named < asked:
        words = plural(
            "%(count)s function is to be heard, but the workflow wants %(asked)s of them: no packet could be sealed",
            "%(count)s functions are to be heard, but the workflow wants %(asked)s of them: no packet could be sealed",
            named,
            asked=asked,
        )
        yield Line(False, words, "feedback", is_blocking=True)
        return
    words = text("Feedback may come from any functions, %(asked)s at least", asked=asked)
    if named:
        words = text("Of %(named)s functions, %(asked)s at least are heard", named=named, asked=asked)
    yield Line(True, words, "feedback", is_blocking=True)


def _staff(session: Session, pinned: Mapping[str, Definition]) -> Iterator[Line]:
    """Yield a line for each role that somebody has to be given beforehand; a chair comes with a committee."""
    titles: dict[str, str] = {}
    for definition in pinned.values():
        titles |= {role: title for role, title in definition.roles.items() if role not in OF_THE_CASE}
    held = session.execute(
        sa.select(RoleGrant.role, sa.func.count())
        .join(Person, Person.id == RoleGrant.person_id)
        .where(Person.is_active)
        .group_by(RoleGrant.role)
    )
    counts: dict[str, int] = dict(held.all())
    for role, title in titles.items():
        if role == "chair":
            continue
        count = counts.get(role, 0)
        words = plural("%(role)s: %(count)s person", "%(role)s: %(count)s people", count, role=title)
        yield Line(bool(count), words if count else text("Nobody is: %(role)s", role=title), "roles", is_blocking=True)


def _committees(cycle: Cycle, committees: tuple[CommitteeRow, ...]) -> Iterator[Line]:
    quorum = int(cycle.policy["ballot"]["quorum"])
    if not committees:
        yield Line(False, text("There is no committee yet; it is needed before a packet is sealed"), "committees")
    for row in committees:
        size = len(row.members)
        words = plural(
            "%(name)s has %(count)s member; the quorum is %(quorum)s",
            "%(name)s has %(count)s members; the quorum is %(quorum)s",
            size,
            name=row.name,
            quorum=quorum,
        )
        yield Line(size >= quorum, words, "committees", is_blocking=0 < size < quorum)
        if size and not row.has_chair:
            yield Line(False, text("%(name)s has no chair", name=row.name), "committees")
