"""The growth plan of a case: its gaps with the activities that answer them, and who has agreed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.letter import without_sources
from review.domain.text import Text, text
from review.domain.values import dataclass
from review.domain.workflow import MAIN
from review.models import AuditEvent, CaseToken, GrowthItem, GrowthPlan, Person
from review.queries.letter_record import GapRow, list_gaps
from review.queries.standing import Standing

THING = "growth_plan"
PARTIES = frozenset({"candidate", "manager"})
AGREED = "plan_agreed_by_both"


@dataclass(frozen=True)
class ItemRow:
    """One activity of the plan."""

    id: int
    version: int
    gap_id: int | None
    activity: str
    skill: int | None
    experience: int | None
    interest: int | None
    goal: str
    due_on: date | None


@dataclass(frozen=True)
class GapPlan:
    """A gap with the activities that answer it."""

    gap: GapRow
    items: tuple[ItemRow, ...]


@dataclass(frozen=True)
class GrowthPage:
    """The plan; `reasons` say what is missing before the actor can agree to it."""

    version: int
    mentor: str
    training_budget: str
    gaps: tuple[GapPlan, ...]
    more: tuple[ItemRow, ...]
    candidate_agreed_at: datetime | None
    manager_agreed_at: datetime | None
    manager: str
    manager_agreed_by: str
    can_write: bool
    has_agreed: bool
    reasons: tuple[tuple[bool, Text], ...]
    due_on: date | None

    @property
    def activities(self) -> tuple[ItemRow, ...]:
        """Return all activities, those that answer a gap first."""
        return (*(item for plan in self.gaps for item in plan.items), *self.more)

    @property
    def is_agreed(self) -> bool:
        """Tell whether both have agreed to the plan as it is."""
        return self.candidate_agreed_at is not None and self.manager_agreed_at is not None

    @property
    def may_agree(self) -> bool:
        """Tell whether nothing is missing but the actor's word."""
        return self.can_write and not self.has_agreed and all(is_met for is_met, _ in self.reasons)


def find_plan(session: Session, case_id: int) -> GrowthPlan | None:
    """Return the plan of a case, None while nothing was written."""
    return session.scalar(
        sa.select(GrowthPlan).where(GrowthPlan.case_id == case_id).execution_options(populate_existing=True)
    )


def agreeing_action(standing: Standing) -> str | None:
    """Return the move that waits for both agreements, None at another step."""
    here = standing.definition.actions_from[standing.facts.tokens[MAIN]]
    return next((name for name, action in here if action.asks(AGREED) is not None), None)


def load_growth_page(session: Session, standing: Standing) -> GrowthPage | None:
    """Return the page; None for whoever may not read growth plans here."""
    if not standing.may_read(THING):
        return None
    case = standing.case
    plan = find_plan(session, case.id)
    items = _list_items(session, plan) if plan else ()
    due_at = session.scalar(sa.select(CaseToken.due_at).where(CaseToken.case_id == case.id, CaseToken.region == MAIN))
    has_step = agreeing_action(standing) is not None
    can_write = standing.may_write(THING) and not standing.workflow_roles.isdisjoint(PARTIES)
    agreed = {
        "candidate": plan.agreed_by_candidate_at if plan else None,
        "manager": plan.agreed_by_manager_at if plan else None,
    }
    return GrowthPage(
        version=plan.version if plan else 0,
        mentor=plan.mentor if plan else "",
        training_budget=plan.training_budget if plan else "",
        gaps=tuple(
            GapPlan(_told(gap), tuple(item for item in items if item.gap_id == gap.id))
            for gap in list_gaps(session, standing)
        ),
        more=tuple(item for item in items if item.gap_id is None),
        candidate_agreed_at=agreed["candidate"],
        manager_agreed_at=agreed["manager"],
        manager=session.get_one(Person, case.manager_id).name if case.manager_id else "",
        manager_agreed_by=_who_agreed(session, standing, agreed["manager"]),
        can_write=can_write,
        has_agreed=all(agreed[role] for role in PARTIES & standing.workflow_roles),
        reasons=_reasons(standing, has_plan=plan is not None, has_step=has_step),
        due_on=due_at.astimezone(ZoneInfo(standing.cycle.zone)).date() if due_at and has_step else None,
    )


def load_item(session: Session, standing: Standing, item_id: int) -> ItemRow | None:
    """Return one activity for who may write it, else None."""
    plan = find_plan(session, standing.case.id)
    if plan is None or not standing.may_write(THING):
        return None
    return next((item for item in _list_items(session, plan) if item.id == item_id), None)


def _list_items(session: Session, plan: GrowthPlan) -> tuple[ItemRow, ...]:
    rows = session.scalars(sa.select(GrowthItem).where(GrowthItem.plan_id == plan.id).order_by(GrowthItem.position))
    return tuple(
        ItemRow(
            row.id,
            row.version,
            row.gap_id,
            row.activity,
            row.skill,
            row.experience,
            row.interest,
            row.goal,
            row.due_on,
        )
        for row in rows
    )


def _who_agreed(session: Session, standing: Standing, at: datetime | None) -> str:
    """Return who agreed as the manager: somebody else may be the manager by now."""
    if at is None:
        return ""
    case = standing.case
    found = sa.select(Person.name).join(AuditEvent, AuditEvent.actor_id == Person.id)
    found = found.where(AuditEvent.case_id == case.id, AuditEvent.kind == "growth.agree", AuditEvent.at == at)
    others = found.where(AuditEvent.actor_id != case.candidate_id)
    return session.scalar(others.order_by(AuditEvent.seq.desc()).limit(1)) or ""


def _reasons(standing: Standing, *, has_plan: bool, has_step: bool) -> tuple[tuple[bool, Text], ...]:
    is_over = has_step or standing.case.closed_at is not None
    return (
        (has_plan, text("Something is written in the plan")),
        (standing.facts.gaps_without_activity == 0, text("Each gap has an activity")),
        (is_over, text("The appeal is over or the decision is accepted")),
    )


def _told(gap: GapRow) -> GapRow:
    """Return a gap as its candidate reads it, as in the letter: without the numbers of feedback and ratings."""
    return replace(gap, seen=without_sources(gap.seen), missing=without_sources(gap.missing))
