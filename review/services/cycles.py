"""Cycles: set up, opened, their dates moved, closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from review.domain.access import Actor, Role
from review.domain.cycle_dates import find_disorder
from review.domain.date_rules import FIXED, OPENING, DateRule, find_contradictions, work_out
from review.domain.eligibility_rules import NO_RULES, Rules, find_rule_faults
from review.domain.errors import Fault, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.policy import SWITCHES, find_policy_faults
from review.domain.schedule import Calendar
from review.domain.text import plural, text
from review.domain.values import dataclass
from review.domain.working_days import holidays_of, is_known_country
from review.models import Case, Cycle, CycleDate, CycleWorkflow, Person, WorkflowVersion
from review.queries.checklist import list_needed
from review.queries.cycles import lock_cycle
from review.queries.own_part import is_part_of, select_part
from review.queries.pinned import load_definition, load_ladder
from review.services import audit, timers
from review.services.request_keys import claim


@dataclass(frozen=True)
class CyclePlan:
    """What HR sets up: names, what is pinned, the calendar, and who must be heard.

    `workflows` maps a track of the ladder to a published workflow version, `dates` a name to a day. With `date_rules`
    the days are those that the rules lead to.
    """

    code: str
    name: str
    zone: str
    country: str | None
    ladder_version_id: int
    workflows: Mapping[str, int]
    dates: Mapping[str, date]
    required_functions: tuple[str, ...]
    policy: Mapping[str, Any]
    date_rules: Mapping[str, DateRule] = field(default_factory=dict)
    eligibility: Rules = NO_RULES

    def words(self) -> dict[str, str]:
        """Return what the plan says field by field, as the forms name them."""
        return {
            "code": self.code,
            "name": self.name,
            "zone": self.zone,
            "country": self.country or "",
            "ladder": str(self.ladder_version_id),
            **{f"workflow-{track}": str(version) for track, version in self.workflows.items()},
            **{name: day.isoformat() for name, day in self.dates.items() if name not in self.date_rules},
            "functions": ", ".join(self.required_functions),
            **dict(self._rule_words()),
            "min_months": str(self.eligibility.min_months),
            "levels": ", ".join(self.eligibility.level_ids),
            "tracks": ", ".join(self.eligibility.track_ids),
            "only_functions": ", ".join(self.eligibility.functions),
            **{name: str(path.read(self.policy)) for name, path in SWITCHES.items()},
        }

    def _rule_words(self) -> Iterator[tuple[str, str]]:
        for name, rule in self.date_rules.items():
            yield f"{name}-way", rule.way
            if rule.way == FIXED:
                yield f"{name}-day", rule.day.isoformat() if rule.day else ""
            else:
                yield f"{name}-count", str(rule.count)
                yield f"{name}-other", rule.other

    def settled(self) -> CyclePlan:
        """Return the plan with the days that its rules lead to; one without rules as it is."""
        if not self.date_rules:
            return self
        days, _ = work_out(self.date_rules, self.calendar())
        return replace(self, dates={name: day for name, day in days.items() if name != OPENING})

    def calendar(self) -> Calendar:
        """Return the working days that the plan counts."""
        fixed = [rule.day.year for rule in self.date_rules.values() if rule.day]
        years = fixed or [day.year for day in self.dates.values()]
        return Calendar(ZoneInfo("UTC"), holidays_of(self.country, min(years) - 1) if years else frozenset())


def create_cycle(
    session: Session, plan: CyclePlan, *, actor: Actor, now: datetime, request_key: str | None = None
) -> Cycle:
    """Set up a cycle as a draft, one for a form that is sent twice; raise NotAllowed or Invalid with every fault."""
    require_hr(actor)
    made = find_made(session, plan.code, request_key, actor=actor, now=now)
    if made is not None:
        return made
    plan = plan.settled()
    accept_plan(session, plan, None)
    cycle = Cycle(state="draft")
    fill_in(cycle, plan)
    session.add(cycle)
    keep_code(session)
    for track, version in plan.workflows.items():
        session.add(CycleWorkflow(cycle_id=cycle.id, track_id=track, workflow_version_id=version))
    for name, day in plan.dates.items():
        session.add(CycleDate(cycle_id=cycle.id, name=name, on_day=day))
    audit.record(session, "cycle.create", actor=actor, now=now, subject_type="cycle", subject_id=cycle.id)
    return cycle


def find_made(session: Session, code: str, key: str | None, *, actor: Actor, now: datetime) -> Cycle | None:
    """Take the key of a form; return the cycle of this code where the form has set it up before."""
    if claim(session, key, actor=actor, now=now):
        return None
    return session.scalar(sa.select(Cycle).where(Cycle.code == code))


def accept_plan(session: Session, plan: CyclePlan, cycle_id: int | None) -> None:
    """Raise Invalid with every fault of a plan for a cycle, None for a new one."""
    faults = find_faults(session, plan)
    holder = session.scalar(sa.select(Cycle.id).where(Cycle.code == plan.code))
    if holder not in (None, cycle_id):
        faults.append(_taken())
    if faults:
        raise Invalid(faults)


def keep_code(session: Session) -> None:
    """Write the cycle's row; raise Invalid where somebody else has just taken its code, the one thing unique in it."""
    try:
        session.flush()
    except IntegrityError as error:
        raise Invalid([_taken()]) from error


def _taken() -> Fault:
    return Fault(text("A cycle with this code exists"), text("another code"), field="code")


def fill_in(cycle: Cycle, plan: CyclePlan) -> None:
    """Write a plan into the cycle's own row: all but its dates and its workflows."""
    cycle.code, cycle.name, cycle.zone, cycle.country = plan.code, plan.name, plan.zone, plan.country
    cycle.ladder_version_id, cycle.required_functions = plan.ladder_version_id, list(plan.required_functions)
    cycle.policy, cycle.eligibility = dict(plan.policy), plan.eligibility.to_data()
    cycle.date_rules = {name: rule.to_data() for name, rule in plan.date_rules.items()}


def find_faults(session: Session, plan: CyclePlan) -> list[Fault]:
    """Return what is wrong with a plan: every fault with its field."""
    faults = [
        Fault(text("This is missing"), field=name)
        for name, value in (("code", plan.code), ("name", plan.name))
        if not value.strip()
    ]
    try:
        ZoneInfo(plan.zone)
    except (ZoneInfoNotFoundError, ValueError):
        faults.append(Fault(text("No such time zone"), text("a name like Europe/Berlin"), field="zone"))
    if plan.country and not is_known_country(plan.country):
        faults.append(Fault(text("The holidays of this country are not known"), text("two letters"), field="country"))
    known = set(session.scalars(sa.select(Person.function).where(Person.is_active).distinct()))
    strange = [name for name in plan.required_functions if name not in known]
    if strange:
        faults.append(Fault(text("Nobody works in: %(functions)s", functions=strange), field="functions"))
    faults += find_rule_faults(plan.eligibility, load_ladder(session, plan.ladder_version_id), frozenset(known))
    return [*faults, *find_policy_faults(plan.policy), *_faults_of_workflows(session, plan)]


def _faults_of_workflows(session: Session, plan: CyclePlan) -> list[Fault]:
    faults: list[Fault] = []
    tracks = {track.id: track.name for track in load_ladder(session, plan.ladder_version_id).tracks}
    asked: list[str] = []
    for track, version_id in plan.workflows.items():
        version = session.get(WorkflowVersion, version_id)
        if track not in tracks:
            faults.append(Fault(text("The ladder has no track %(track)s", track=track), field=f"workflow-{track}"))
        if version is None or version.published_at is None:
            faults.append(Fault(text("This workflow version is not published"), field=f"workflow-{track}"))
            continue
        asked += [name for name in load_definition(session, version_id).dates if name not in asked]
    if not plan.workflows:
        faults.append(Fault(text("No track has a workflow"), text("one for each track in use"), field="workflows"))
    return [*faults, *_faults_of_dates(plan, asked)]


def _faults_of_dates(plan: CyclePlan, asked: list[str]) -> list[Fault]:
    """Return what is wrong with the days; `asked` are those that the workflows hang deadlines on."""
    _, faults = work_out(plan.date_rules, plan.calendar())
    told = {fault.field for fault in faults}
    missing = [name for name in asked if name not in plan.dates and name not in told]
    opening = plan.date_rules.get(OPENING)
    days = {**plan.dates, OPENING: opening.day} if opening and opening.day else plan.dates
    return [
        *faults,
        *(Fault(text("This date is missing"), text("a day"), field=name) for name in missing),
        *find_contradictions(days),
    ]


def open_cycle(session: Session, cycle_id: int, *, actor: Actor, now: datetime) -> Cycle:
    """Open a draft for nominations; from now on its ladder, workflows and policy stay as they are.

    Raises TransitionRefused with what is still missing.
    """
    require_hr(actor)
    cycle = lock_cycle(session, cycle_id)
    if cycle.state != "draft":
        raise TransitionRefused([text("This cycle has been opened already")])
    missing = [each.words for each in list_needed(session, cycle, now=now) if each.keeps_shut]
    if missing:
        raise TransitionRefused(missing)
    cycle.state, cycle.opened_at, cycle.opened_by_id = "open", now, actor.person_id
    audit.record(session, "cycle.open", actor=actor, now=now, subject_type="cycle", subject_id=cycle.id)
    return cycle


def close_cycle(session: Session, cycle_id: int, *, actor: Actor, now: datetime) -> Cycle:
    """Close a cycle whose cases have all ended; raise TransitionRefused with how many have not that the actor finds."""
    require_hr(actor)
    cycle = lock_cycle(session, cycle_id)
    if cycle.state != "open":
        raise TransitionRefused([text("This cycle is not open")])
    running = sa.select(sa.func.count()).select_from(Case).where(Case.cycle_id == cycle_id, Case.closed_at.is_(None))
    if session.scalar(running):
        found = session.scalar(running.where(sa.not_(is_part_of(actor.person_id)))) or 0
        told = plural("%(count)s case is still running", "%(count)s cases are still running", found)
        raise TransitionRefused([told if found else text("Not every case has ended; another HR partner sees which")])
    cycle.state, cycle.closed_at = "closed", now
    audit.record(session, "cycle.close", actor=actor, now=now, subject_type="cycle", subject_id=cycle.id)
    return cycle


def move_date(session: Session, cycle_id: int, name: str, day: date, *, actor: Actor, now: datetime) -> int:
    """Move a date of a cycle; what is due by it moves along. Return how many cases that the actor finds it touches.

    Raises:
        TransitionRefused: the cycle is closed.
        Invalid: the day is out of order with the other dates.
    """
    require_hr(actor)
    cycle = lock_cycle(session, cycle_id)
    rows = {row.name: row for row in session.scalars(sa.select(CycleDate).where(CycleDate.cycle_id == cycle_id))}
    row = rows.get(name)
    if row is None:
        raise NotFound
    if cycle.state == "closed":
        raise TransitionRefused([text("This cycle is closed")])
    faults = find_disorder({each.name: day if each is row else each.on_day for each in rows.values()})
    if faults:
        raise Invalid([Fault(fault.what, fault.expected, field="day") for fault in faults])
    before, row.on_day = row.on_day, day
    if name in cycle.date_rules:
        cycle.date_rules = {**cycle.date_rules, name: DateRule(day=day).to_data()}
    flag_modified(cycle, "state")  # a new version: whoever edits the draft meanwhile is told
    session.flush()
    touched = timers.reschedule(session, cycle, now=now)
    audit.record(
        session,
        "cycle.move_date",
        actor=actor,
        now=now,
        subject_type="cycle",
        subject_id=cycle.id,
        detail={"name": name, "before": before.isoformat(), "after": day.isoformat()},
    )
    return len(touched.difference(session.scalars(select_part(actor.person_id)))) if touched else 0


def require_hr(actor: Actor) -> None:
    """Raise NotAllowed for everybody but HR."""
    if not actor.has(Role.HR):
        raise NotAllowed(text("Only an HR partner runs cycles"))
