"""Builds the demo company: plays its content through the services, each act at its own moment and by its own person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from review.adapters.jobs import JobQueue
from review.demo.build_after import play_after, play_releases
from review.demo.build_before import play_before
from review.demo.build_committee import play_committee
from review.demo.build_company import FOUNDED, import_founders, play_joining, publish_the_ladder, publish_workflows
from review.demo.build_cycles import play_cycle, play_nomination
from review.demo.build_examples import play_examples
from review.demo.build_feedback import play_feedback
from review.demo.build_growth import play_growth
from review.demo.build_outside import play_outside
from review.demo.build_ratings import play_ratings
from review.demo.build_writing import play_absences, play_writing
from review.demo.content import DemoContent
from review.demo.divisions import COPIED_PEOPLE
from review.demo.moments import Moments
from review.demo.press import Press
from review.demo.stage import CaseStage, Stage
from review.domain.values import dataclass
from review.models import AuditEvent, Feedback, Message, Person, Timer
from review.queries.pinned import load_ladder
from review.services.messages import mark_sent
from review.services.sweep import fire_due_timers

PUBLISHED_AFTER = timedelta(hours=2)
SWEEP_LIMIT = 1000
PARTS = (
    play_nomination,
    play_absences,
    play_writing,
    play_feedback,
    play_outside,
    play_ratings,
    play_committee,
    play_after,
    play_growth,
)
"""What happens to a case, each part put on the list in its own right."""


@dataclass(frozen=True)
class Built:
    """What is there now."""

    people: int
    cases: int
    events: int
    files_to_print: int


def is_built(session: Session, content: DemoContent) -> bool:
    """Tell whether the demo company is there; raise OtherPeople where other people are, who would be mixed with it."""
    known = [person.id for person in content.people]
    here = sa.select(Person.external_id).where(Person.is_external.is_(False))
    if session.scalar(
        here.where(Person.external_id.not_in(known), Person.external_id.not_like(COPIED_PEOPLE)).limit(1)
    ):
        raise OtherPeople
    return session.scalar(here.limit(1)) is not None


class OtherPeople(Exception):
    """The database holds people who do not belong to the demo."""


def build_demo(engine: Engine, content: DemoContent, *, now: datetime, seed: int, processes: int) -> Built:
    """Build the whole demo company into an empty, migrated database, in one transaction: whole or not at all.

    Args:
        now: the moment from whose day the content counts.
        seed: for what is drawn by lot.
        processes: how many packets are printed at once, beside this process; at least 1.

    Raises what the services raise, where the content does not fit them any more.
    """
    queue: JobQueue = engine.get_execution_options()["jobs"]
    with Press(processes) as press, _open(engine, content, press) as session:
        stage = _set_stage(session, content, press, now, seed)
        _play(stage)
        _settle(stage, now)
        press.finish(session)
        left = press.hand_on(session, queue)
        events = session.scalar(sa.select(sa.func.count()).select_from(AuditEvent)) or 0
        session.commit()
    return Built(len(content.people), len(content.cases), events, left)


@contextmanager
def _open(engine: Engine, content: DemoContent, press: Press) -> Iterator[Session]:
    with Session(engine.execution_options(jobs=press, company=content.company.name)) as session:
        yield session


def _set_stage(session: Session, content: DemoContent, press: Press, now: datetime, seed: int) -> Stage:
    """Found the company and write the list of everything that happens in it."""
    zone = content.cycles[0].zone
    moments = Moments(now.date(), zone)
    version = publish_the_ladder(session, content, moments)
    ids = import_founders(session, content, moments)
    lots = Random(seed)  # noqa: S311 - a demo's lots, not a secret
    stage = Stage(session, content, moments, press, lots, version, load_ladder(session, version), ids)
    workflows = publish_workflows(stage, now=moments.on(FOUNDED) + PUBLISHED_AFTER)
    stage.cases.update((case.key, CaseStage(stage, case)) for case in content.cases)
    play_joining(stage)
    play_before(stage)
    play_examples(stage)
    for cycle in content.cycles:
        play_cycle(stage, cycle, workflows)
    for scene in stage.cases.values():
        for play in PARTS:
            play(scene)
    play_releases(stage)
    return stage


def _play(stage: Stage) -> None:
    """Play the list in the order of the moments; timers go off in between when they are due."""
    day = None
    for step in sorted(stage.steps, key=lambda step: step.at):
        if step.at.date() != day:
            day = step.at.date()
            _let_timers_go_off(stage.session, step.at)
        step.play()


def _let_timers_go_off(session: Session, until: datetime) -> None:
    due = sa.select(sa.func.min(Timer.due_at)).where(Timer.done_at.is_(None))
    while (at := session.scalar(due)) is not None and at <= until:
        if fire_due_timers(session, now=at, limit=SWEEP_LIMIT).failed:
            raise RuntimeError(f"a timer due at {at} failed")
        session.flush()


def _settle(stage: Stage, now: datetime) -> None:
    """Let the last timers go off, and take mail of earlier days as sent.

    Today's is left to be sent, and the link of who is asked from outside: it is made only then, for somebody to click.
    """
    _let_timers_go_off(stage.session, now)
    is_link = sa.exists().where(
        Message.template == "outside_asked",
        Feedback.giver_id == Message.to_person_id,
        Feedback.state == "asked",
    )
    old = sa.select(Message.id, Message.due_at).where(
        Message.due_at < stage.moments.on(0) - timedelta(days=1), sa.not_(is_link)
    )
    for number, due_at in stage.session.execute(old).all():
        mark_sent(stage.session, number, now=due_at)
