"""Two who write in one draft, or propose a policy, at the same moment: the second is told, and nothing is lost."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.config import Settings
from review.domain.errors import NotAllowed, NotFound
from review.domain.house_policy import write_settings
from review.models import AuditEvent, PolicyVersion, WorkflowDraft
from review.queries.cycle_choices import shipped_policy
from review.queries.workflow_drafts import find_draft, list_drafts
from review.services.policies import propose_policy, publish_policy
from review.services.workflows import discard_proposal, propose_workflow
from review.services.workflows_in_draft import discard_draft, keep_draft, start_draft
from tests.domain.workflow_ways import SOURCES
from tests.personas import Company
from tests.rivals import let_second_come_late

IC = SOURCES["ic.yaml"]
MINE, THEIRS = IC.replace("title: Nominated", "title: Mine"), IC.replace("title: Nominated", "title: Theirs")


def kept(session: Session) -> list[tuple[str, int]]:
    session.expire_all()
    return [(row.source, row.version) for row in session.scalars(sa.select(WorkflowDraft))]


@pytest.mark.both_databases
def test_two_save_at_once_and_the_second_is_told(
    session: Session, company: Company, settings: Settings, now: datetime
) -> None:
    row = start_draft(session, IC, actor=company.actor("hanna"), now=now)
    number = row.id
    session.commit()
    keep_draft(session, number, MINE, version=1, actor=company.actor("hanna"), now=now)

    def save_mine(own: Session) -> object:
        return keep_draft(own, number, THEIRS, version=1, actor=company.actor("hugo"), now=now)

    told = let_second_come_late(session, settings, save_mine, "FOR NO KEY UPDATE")
    assert told == "version 2 was saved in the meantime"
    assert kept(session) == [(MINE, 2)]
    keep_draft(session, number, MINE, version=1, actor=company.actor("hugo"), now=now)  # the same: nothing to lose
    assert kept(session) == [(MINE, 2)]
    kinds = session.scalars(sa.select(AuditEvent.kind).order_by(AuditEvent.seq)).all()
    assert kinds == ["workflow.start_draft", "workflow.draft"]


@pytest.mark.both_databases
def test_two_begin_from_one_version_and_share_the_draft(
    session: Session, company: Company, settings: Settings, now: datetime
) -> None:
    base = propose_workflow(session, IC, actor=company.actor("hanna"), now=now)
    number = base.id
    session.commit()
    start_draft(session, MINE, actor=company.actor("hanna"), now=now, base_id=number)

    def begin(own: Session) -> object:
        return start_draft(own, THEIRS, actor=company.actor("hugo"), now=now, base_id=number)

    assert let_second_come_late(session, settings, begin, "INSERT INTO workflow_draft") == "done"
    assert kept(session) == [(MINE.replace("version: 1\n", "version: 2\n"), 1)]
    discard_proposal(session, number, "No", actor=company.actor("hanna"), now=now)
    assert session.scalars(sa.select(WorkflowDraft.base_id)).all() == [None]


@pytest.mark.both_databases
def test_two_propose_a_policy_at_once(
    session: Session, company: Company, settings: Settings, database_kind: str, now: datetime
) -> None:
    propose_policy(session, write_settings(shipped_policy(), {"n3": 4}), actor=company.actor("hanna"), now=now)

    def propose_other(own: Session) -> object:
        other = write_settings(shipped_policy(), {"n3": 5})
        return propose_policy(own, other, actor=company.actor("hugo"), now=now)

    told = let_second_come_late(session, settings, propose_other, "INSERT INTO policy_version")
    overtaken = (
        "somebody has proposed another policy in the meantime "
        "(expected: a look at that proposal; yours then takes its place if it should)"
    )
    # Writers of SQLite come one after the other: the later proposal takes the place of the one that is there.
    first, second = {"thresholds": {"n3": 4}}, {"thresholds": {"n3": 5}}
    assert (told, session.scalars(sa.select(PolicyVersion.said)).all()) == (
        (overtaken, [first]) if database_kind == "postgresql" else ("done", [second])
    )


def test_drafts_and_policy_are_for_hr_alone(session: Session, company: Company, now: datetime) -> None:
    number = start_draft(session, IC, actor=company.actor("hanna"), now=now).id
    stranger = company.actor("iris")
    with pytest.raises(NotAllowed):
        start_draft(session, IC, actor=stranger, now=now)
    with pytest.raises(NotAllowed):
        keep_draft(session, number, MINE, version=1, actor=stranger, now=now)
    with pytest.raises(NotAllowed):
        discard_draft(session, number, actor=stranger, now=now)
    with pytest.raises(NotAllowed):
        propose_policy(session, shipped_policy(), actor=stranger, now=now)
    with pytest.raises(NotFound):
        publish_policy(session, actor=company.actor("hanna"), now=now, digest="")
    assert (find_draft(session, stranger, number), list_drafts(session, stranger)) == (None, ())
    assert kept(session) == [(IC, 1)]
