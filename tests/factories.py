"""Makes what stories begin with: a published ladder and workflows, an open cycle with a committee, a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.canonical_json import digest
from review.domain.ladder import Ladder
from review.domain.ladder_file import parse_ladder
from review.domain.policy import PolicyFile, parse_policy
from review.domain.workflow_file import Workflow, parse_workflow
from review.models import Case, Committee, CommitteeMember, Cycle, CycleWorkflow, LadderVersion, WorkflowVersion
from review.services.cases import Nomination, nominate
from review.services.cycles import CyclePlan, create_cycle, open_cycle
from tests.kept import kept
from tests.personas import COMMITTEE, FOUNDED_AT, Company, found_company

WORKFLOWS = Path(__file__).parent.parent / "workflows"
DATES = {
    "nomination_deadline": date(2026, 11, 20),
    "packet_deadline": date(2026, 12, 4),
    "feedback_deadline": date(2026, 12, 11),
    "calibration_date": date(2027, 1, 12),
    "announcement_date": date(2027, 1, 22),
    "effective_date": date(2027, 2, 1),
}
REQUIRED = ("Engineering", "Design", "Data")


@dataclass(frozen=True, slots=True)
class Scene:
    """An open cycle in the cast's company."""

    company: Company
    cycle_id: int
    committee_id: int

    def actor(self, key: str) -> Actor:
        """Return one of the cast as who acts."""
        return self.company.actor(key)

    def id(self, key: str) -> int:
        """Return the number of one of the cast."""
        return self.company.id(key)


@cache
def read_ladder(path: Path) -> tuple[str, Ladder]:
    """Return a ladder file's text and the ladder in it; read once, as reading takes longer than most tests."""
    source = path.read_text(encoding="utf-8")
    ladder = parse_ladder(source, file=path.name)
    assert isinstance(ladder, Ladder), ladder
    return source, ladder


@cache
def read_workflow(key: str) -> Workflow:
    """Return a shipped workflow; read once, too."""

    def find(name: str) -> str:
        return (WORKFLOWS / name).read_text(encoding="utf-8")

    parsed = parse_workflow(find(f"{key}.yaml"), f"{key}.yaml", find)
    assert isinstance(parsed, Workflow), parsed
    return parsed


def publish_ladder(session: Session, path: Path = WORKFLOWS / "ladders" / "product-management.yaml") -> LadderVersion:
    """Write a ladder file as a published version."""
    source, ladder = read_ladder(path)
    version = LadderVersion(
        key=ladder.id,
        version=ladder.version,
        name=ladder.name,
        source=source,
        digest=digest(source.encode()),
        published_at=FOUNDED_AT,
    )
    session.add(version)
    session.flush()
    return version


def publish_workflow(session: Session, key: str) -> WorkflowVersion:
    """Write a shipped workflow as a published version."""
    parsed = read_workflow(key)
    version = WorkflowVersion(
        key=key,
        version=parsed.definition.version,
        title=parsed.definition.title,
        sources=dict(parsed.sources),
        digest=parsed.digest,
        proposed_at=FOUNDED_AT,
        published_at=FOUNDED_AT,
    )
    session.add(version)
    session.flush()
    return version


def shipped_policy() -> dict[str, object]:
    """Return the policy that ships with Dualtrack, as plain data."""
    policy = parse_policy((WORKFLOWS / "policy.yaml").read_text(encoding="utf-8"), "policy.yaml")
    assert isinstance(policy, PolicyFile), policy
    return dict(policy.data)


@kept
def open_scene(session: Session, now: datetime) -> Scene:
    """Found the company, publish what ships, open a cycle with one committee, and commit."""
    company = found_company(session)
    ladder = publish_ladder(session)
    plan = CyclePlan(
        code="2026A",
        name="Autumn 2026",
        zone="Europe/Berlin",
        country="DE",
        ladder_version_id=ladder.id,
        workflows={"ic": publish_workflow(session, "ic").id, "people": publish_workflow(session, "management").id},
        dates=dict(DATES),
        required_functions=REQUIRED,
        policy=shipped_policy(),
    )
    hanna = company.actor("hanna")
    cycle: Cycle = create_cycle(session, plan, actor=hanna, now=now)
    committee = Committee(cycle_id=cycle.id, name="Committee A")
    session.add(committee)
    session.flush()
    for key, role in COMMITTEE.items():
        session.add(CommitteeMember(committee_id=committee.id, person_id=company.id(key), role=role))
    open_cycle(session, cycle.id, actor=hanna, now=now)
    session.commit()
    return Scene(company, cycle.id, committee.id)


def next_plan(session: Session, scene: Scene) -> CyclePlan:
    """Return a plan for another cycle with the same ladder and workflows."""
    cycle = session.get_one(Cycle, scene.cycle_id)
    pinned = session.scalars(sa.select(CycleWorkflow).where(CycleWorkflow.cycle_id == scene.cycle_id))
    return CyclePlan(
        code="2027A",
        name="Spring 2027",
        zone="Europe/Berlin",
        country="DE",
        ladder_version_id=cycle.ladder_version_id,
        workflows={row.track_id: row.workflow_version_id for row in pinned},
        dates=dict(DATES),
        required_functions=REQUIRED,
        policy=shipped_policy(),
    )


def draw_the_same(_end: int) -> int:
    """Draw no lot: the order in which a scene's feedback is read hangs on nothing else."""
    return 20261116


@kept
def open_case_of(
    session: Session, scene: Scene, key: str, to_level: str, now: datetime, *, kind: str = "promotion"
) -> Case:
    """Nominate one of the cast by themselves, with the scene's committee, and commit."""
    nomination = Nomination(scene.id(key), kind, to_level)
    case = nominate(session, scene.cycle_id, nomination, actor=scene.actor(key), now=now, draw=draw_the_same)
    case.committee_id = scene.committee_id
    session.commit()
    return case
