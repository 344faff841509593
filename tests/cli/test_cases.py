"""`dualtrack cycle open` on a real database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from review.cli.cases import cycle
from review.config import Settings
from review.models import AuditEvent, Cycle
from review.services.cycles import CyclePlan, create_cycle
from tests.conftest import environment
from tests.factories import DATES, Scene, next_plan

Run = Callable[..., Result]


@pytest.fixture
def run(session: Session, settings: Settings) -> Run:
    """Return a function that runs the command in this test's installation, the test's own transaction ended."""

    def invoke(*arguments: str) -> Result:
        session.commit()
        return CliRunner(env=environment(settings)).invoke(cycle, arguments)

    return invoke


@pytest.fixture
def draft(session: Session, scene: Scene, now: datetime) -> Cycle:
    return create_cycle(session, plan_ahead(session, scene), actor=scene.actor("hanna"), now=now)


def plan_ahead(session: Session, scene: Scene) -> CyclePlan:
    """Return the next cycle's plan with days that lie ahead whenever this is run: the command asks the clock."""
    days = {name: day.replace(year=day.year + 100) for name, day in DATES.items()}
    return replace(next_plan(session, scene), dates=days)


@pytest.mark.parametrize("who", ["hugo", "hugo@company.example", "Hugo Brandt"])
def test_a_draft_is_opened_by_an_hr_partner(session: Session, scene: Scene, draft: Cycle, run: Run, who: str) -> None:
    result = run("open", "2027A", "--by", who)
    assert (result.exit_code, result.output) == (0, "2027A is open for nominations\n")
    session.refresh(draft)
    assert (draft.state, draft.opened_by_id) == ("open", scene.id("hugo"))
    events = session.execute(
        sa.select(AuditEvent.actor_id, AuditEvent.subject_id).where(AuditEvent.kind == "cycle.open")
    )
    assert events.all() == [(scene.id("hanna"), scene.cycle_id), (scene.id("hugo"), draft.id)]
    again = run("open", "2027A", "--by", who)
    assert (again.exit_code, again.stderr) == (1, "This cycle has been opened already\n")


def test_what_is_missing_is_told(session: Session, scene: Scene, run: Run, now: datetime) -> None:
    plan = plan_ahead(session, scene)
    short = replace(plan, workflows={"ic": plan.workflows["ic"]})
    cycle_id = create_cycle(session, short, actor=scene.actor("hanna"), now=now).id
    result = run("open", "2027A", "--by", "hanna")
    assert (result.exit_code, result.stderr) == (1, "The track People has no workflow\n")
    session.expire_all()
    assert session.get_one(Cycle, cycle_id).state == "draft"


@pytest.mark.parametrize("arguments", [("2027A",), ("2027A", "--by", "greta"), ("2099Z", "--by", "hanna")])
def test_wrong_usage(session: Session, draft: Cycle, run: Run, arguments: tuple[str, ...]) -> None:
    assert run("open", *arguments).exit_code == 2
    session.refresh(draft)
    assert draft.state == "draft"
