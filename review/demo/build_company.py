"""The demo company: its people as they joined, their roles, and what it publishes before the first cycle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.config import ROOT
from review.demo.company import Day, GlobalRole, Person
from review.demo.content import DemoContent
from review.demo.moments import Moments
from review.demo.stage import Stage
from review.domain.access import SYSTEM
from review.domain.people_changes import Scope
from review.domain.people_file import PersonField, PersonRow, file_of
from review.models import Person as PersonModel
from review.services.ladders import publish_ladder
from review.services.people import apply_changes, grant_role
from review.services.workflows import propose_workflow, publish_workflow

FOUNDED: Day = -345
"""The day on which the company set Dualtrack up, in time for the first cycle."""
SHIPPED = ROOT / "workflows"
WORKFLOWS: Mapping[str, str] = {"ic": "ic.yaml", "people": "management.yaml"}
"""Track of the ladder → shipped workflow file."""


def import_founders(session: Session, content: DemoContent, moments: Moments) -> dict[str, int]:
    """Take in everybody who is there from the beginning, and give out the roles; return numbers by external id."""
    now = moments.on(FOUNDED)
    _import(session, content, [each for each in content.people if each.joined > -FOUNDED], moments.today, now)
    ids = read_ids(session)
    for role, holders in content.roles.items():
        for holder in holders:
            grant_role(session, ids[holder], str(role), actor=SYSTEM, now=now)
    return ids


def publish_the_ladder(session: Session, content: DemoContent, moments: Moments) -> int:
    """Publish the shipped ladder, as the installation is set up; return the version's number."""
    path = SHIPPED / "ladders" / f"{content.ladder.id}.yaml"
    source = path.read_text(encoding="utf-8")
    return publish_ladder(session, source, file=path.name, actor=SYSTEM, now=moments.on(FOUNDED)).id


def publish_workflows(stage: Stage, *, now: datetime) -> dict[str, int]:
    """Let one HR partner propose the shipped workflows and another publish them; return version numbers by track."""
    first, second, *_ = (stage.actor(partner, now) for partner in stage.content.roles[GlobalRole.HR])
    beside = {name: (SHIPPED / name).read_text(encoding="utf-8") for name in WORKFLOWS.values()}
    published = {}
    for track, name in WORKFLOWS.items():
        proposed = propose_workflow(stage.session, beside[name], actor=first, now=now, file=name, beside=beside)
        published[track] = publish_workflow(stage.session, proposed.id, actor=second, now=now).id
    return published


def play_joining(stage: Stage) -> None:
    """Let everybody who joined later be taken in on their first day."""
    later: dict[int, list[Person]] = defaultdict(list)
    for person in stage.content.people:
        if person.joined <= -FOUNDED:
            later[person.joined].append(person)
    for joined, people in later.items():
        stage.add(stage.moments.on(-joined), _join, stage, people)


def read_ids(session: Session) -> dict[str, int]:
    """Return everybody's number by external id."""
    return dict(session.execute(sa.select(PersonModel.external_id, PersonModel.id)).all())


def change_title(stage: Stage, person: str, title: str, *, now: datetime) -> None:
    """Write a new title, as the next people file says it."""
    row = PersonRow(1, person, stage.content.person(person).name, title=title)
    _take_in(stage, row, PersonField.TITLE, now)


def change_manager(stage: Stage, person: str, manager: str, *, now: datetime) -> None:
    """Write a new manager, as the next people file says it; running cases go over."""
    row = PersonRow(1, person, stage.content.person(person).name, manager=manager)
    _take_in(stage, row, PersonField.MANAGER, now)


def _take_in(stage: Stage, row: PersonRow, field: PersonField, now: datetime) -> None:
    keeper = stage.content.roles[GlobalRole.IT_ADMIN][0]
    apply_changes(stage.session, file_of([row], field), actor=stage.actor(keeper, now), now=now, scope=Scope.PART)


def _join(stage: Stage, people: list[Person], *, now: datetime) -> None:
    _import(stage.session, stage.content, people, stage.moments.today, now)
    stage.ids.update(read_ids(stage.session))


def _import(session: Session, content: DemoContent, people: Iterable[Person], today: date, now: datetime) -> None:
    rows = [
        PersonRow(
            row=place,
            external_id=each.id,
            name=each.name,
            email=content.email(each.id),
            title=each.title,
            function=each.function,
            manager=each.manager,
            level=each.level,
            level_since=each.level_since_on(today),
            joined_on=each.joined_on(today),
            country=each.country,
            zone=each.zone,
        )
        for place, each in enumerate(people, 1)
    ]
    apply_changes(session, file_of(rows), actor=SYSTEM, now=now, scope=Scope.PART)
