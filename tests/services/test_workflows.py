"""Proposing, publishing and discarding workflow versions, and moving live cases to another version."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.config import Settings
from review.domain.access import SYSTEM, Actor
from review.domain.errors import Invalid, NotAllowed, NotFound
from review.models import AuditEvent, RoleGrant, WorkflowVersion
from review.queries.pinned import load_definition
from review.queries.workflows import (
    find_earlier,
    find_version,
    list_workflows,
    load_company_facts,
    read_sources,
)
from review.services.workflows import discard_proposal, propose_workflow, publish_workflow
from tests.conftest import Statements
from tests.domain.workflow_mistakes import Change
from tests.domain.workflow_ways import SOURCES
from tests.factories import open_scene
from tests.personas import CAST, Company
from tests.rivals import let_second_come_late
from tests.trail import details_where

IC, MANAGEMENT = SOURCES["ic.yaml"], SOURCES["management.yaml"]
SECOND: Change = ("version: 1\n", "version: 2\n")


def edit(source: str, *changes: Change) -> str:
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    return source


def propose(session: Session, company: Company, now: datetime, source: str = IC, who: str = "hanna") -> WorkflowVersion:
    return propose_workflow(session, source, actor=company.actor(who), now=now, file="ic.yaml")


def publish(session: Session, company: Company, now: datetime, source: str = IC) -> WorkflowVersion:
    row = propose(session, company, now, source)
    return publish_workflow(session, row.id, actor=company.actor("hugo"), now=now)


def told(refused: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [str(fault) for fault in refused.value.faults]


def events(session: Session) -> list[tuple[str, int | None]]:
    return [(row.kind, row.actor_id) for row in session.scalars(sa.select(AuditEvent).order_by(AuditEvent.seq))]


@pytest.mark.both_databases
def test_one_proposes_and_another_publishes(session: Session, company: Company, now: datetime) -> None:
    row = propose(session, company, now)
    assert (row.key, row.version, row.title, row.sources, row.published_at) == (
        "ic",
        1,
        "Promotion, individual contributor",
        {"ic.yaml": IC},
        None,
    )
    published = publish_workflow(session, row.id, actor=company.actor("hugo"), now=now)
    assert (published.id, published.published_at, published.published_by_id) == (row.id, now, company.id("hugo"))
    assert load_definition(session, row.id).states["nominated"].title == "Nominated"
    assert events(session) == [("workflow.propose", company.id("hanna")), ("workflow.publish", company.id("hugo"))]
    detail = details_where(session)[0]
    assert detail == {"key": "ic", "version": 1, "digest": row.digest}


@pytest.mark.both_databases
def test_of_two_who_propose_at_once_the_second_is_told(
    session: Session, company: Company, settings: Settings, database_kind: str, now: datetime
) -> None:
    session.commit()
    propose(session, company, now)
    mine = edit(IC, ("title: Nominated", "title: Named"))
    told = let_second_come_late(
        session,
        settings,
        lambda own: propose(own, company, now, mine, who="hugo"),
        "INSERT INTO workflow_version",
    )
    line = IC[: IC.index("version: 1")].count("\n") + 1
    overtaken = (
        f"ic.yaml:{line}:10: version 1 was proposed in the meantime "
        "(expected: a look at that proposal; yours then takes its place if it should)"
    )
    # Writers of SQLite come one after the other: the later proposal takes the place of the one that is there.
    assert (told, session.scalars(sa.select(WorkflowVersion.sources)).all()) == (
        (overtaken, [{"ic.yaml": IC}]) if database_kind == "postgresql" else ("done", [{"ic.yaml": mine}])
    )


@pytest.mark.both_databases
def test_a_proposal_does_not_replace_what_is_published_at_that_moment(
    session: Session, company: Company, settings: Settings, database_kind: str, now: datetime
) -> None:
    row = propose(session, company, now)
    session.commit()
    publish_workflow(session, row.id, actor=company.actor("hugo"), now=now)
    mine = edit(IC, ("title: Nominated", "title: Named"))
    told = let_second_come_late(session, settings, lambda own: propose(own, company, now, mine), "FOR NO KEY UPDATE")
    line = IC[: IC.index("version: 1")].count("\n") + 1
    why = {
        "postgresql": "version 1 was published in the meantime (expected: a later version, proposed anew)",
        "sqlite": "version 1 is published and never changes (expected: version: 2)",
    }
    assert told == f"ic.yaml:{line}:10: {why[database_kind]}"
    assert session.scalars(sa.select(WorkflowVersion.sources)).all() == [{"ic.yaml": IC}]


def test_nobody_publishes_what_they_proposed(session: Session, company: Company, now: datetime) -> None:
    row = propose(session, company, now)
    with pytest.raises(NotAllowed) as refused:
        publish_workflow(session, row.id, actor=company.actor("hanna"), now=now)
    assert str(refused.value) == "You proposed this version; somebody else in HR must publish it."
    hugo = company.actor("otto")
    lent = replace(hugo, delegators={company.id("hanna"): frozenset({"hr"})})
    with pytest.raises(NotAllowed):
        publish_workflow(session, row.id, actor=lent, now=now)
    assert session.get_one(WorkflowVersion, row.id).published_at is None


@pytest.mark.parametrize("who", ["greta", "noor", "abel"])
def test_only_hr_proposes_publishes_and_discards(session: Session, company: Company, now: datetime, who: str) -> None:
    row = propose(session, company, now)
    for act in (
        lambda actor: propose_workflow(session, IC, actor=actor, now=now),
        lambda actor: publish_workflow(session, row.id, actor=actor, now=now),
        lambda actor: discard_proposal(session, row.id, "No", actor=actor, now=now),
    ):
        for actor in (company.actor(who), SYSTEM):
            with pytest.raises(NotAllowed):
                act(actor)


def test_every_fault_of_the_file_is_told(session: Session, company: Company, now: datetime) -> None:
    broken = edit(IC, ("form: appeal\n", "form: apeal\n"), ("template: please_read", "template: please_reed"))
    with pytest.raises(Invalid) as refused:
        propose(session, company, now, broken)
    lines = [broken[: broken.index(word)].count("\n") + 1 for word in ("please_reed", "apeal\n")]
    assert [fault.line for fault in refused.value.faults] == lines
    assert session.scalar(sa.select(sa.func.count()).select_from(WorkflowVersion)) == 0


def test_a_workflow_must_fit_the_company(session: Session, company: Company, now: datetime) -> None:
    lacking = edit(
        IC,
        ("functions_covered: {at_least: 2, from_cycle: true}", "functions_covered: {at_least: 1, functions: [Legal]}"),
    )
    with pytest.raises(Invalid) as refused:
        propose(session, company, now, lacking)
    assert told(refused) == [
        "ic.yaml actions.seal.when.5: there is no function Legal (expected: a function of the company)",
        (
            "ic.yaml states.collecting.regions.feedback.actions.close_feedback.when.1: "
            "there is no function Legal (expected: a function of the company)"
        ),
    ]  # fmt: skip


def test_the_company_is_looked_at_again_when_it_is_published(session: Session, company: Company, now: datetime) -> None:
    row = propose(session, company, now)
    session.execute(sa.delete(RoleGrant).where(RoleGrant.role == "appeals"))
    with pytest.raises(Invalid) as refused:
        publish_workflow(session, row.id, actor=company.actor("hugo"), now=now)
    assert told(refused) == [
        (
            "ic.yaml roles.appeals: nobody has the role: Appeals panel "
            "(expected: at least one active person; an IT admin gives the role on People › Roles)"
        )
    ]


def test_a_published_version_never_changes(session: Session, company: Company, now: datetime) -> None:
    first = publish(session, company, now)
    assert propose(session, company, now).id == first.id
    with pytest.raises(Invalid) as refused:
        propose(session, company, now, edit(IC, ("title: Nominated", "title: Named")))
    line = IC[: IC.index("version: 1")].count("\n") + 1
    assert told(refused) == [f"ic.yaml:{line}:10: version 1 is published and never changes (expected: version: 2)"]
    with pytest.raises(NotFound):
        publish_workflow(session, first.id, actor=company.actor("hugo"), now=now)
    with pytest.raises(NotFound):
        discard_proposal(session, first.id, "No", actor=company.actor("hanna"), now=now)


def test_a_proposal_can_be_replaced_and_discarded(session: Session, company: Company, now: datetime) -> None:
    first = propose(session, company, now)
    again = propose(session, company, now, edit(IC, ("title: Nominated", "title: Named")), who="hugo")
    assert again.id == first.id
    assert again.proposed_by_id == company.id("hugo")
    assert load_definition(session, again.id).states["nominated"].title == "Named"
    discard_proposal(session, again.id, "No", actor=company.actor("hanna"), now=now)
    assert session.scalar(sa.select(sa.func.count()).select_from(WorkflowVersion)) == 0
    assert [kind for kind, _ in events(session)] == ["workflow.propose", "workflow.propose", "workflow.discard"]


def test_an_overlay_extends_the_newest_published_file(session: Session, company: Company, now: datetime) -> None:
    publish(session, company, now)
    publish(session, company, now, edit(IC, SECOND, ("title: Nominated", "title: Named")))
    row = propose_workflow(session, MANAGEMENT, actor=company.actor("hanna"), now=now, file="given.yaml")
    assert list(read_sources(session, row.id)) == ["management.yaml", "ic.yaml"]
    assert load_definition(session, row.id).states["nominated"].title == "Named"


def test_an_overlay_of_what_is_not_published_is_refused(session: Session, company: Company, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        propose_workflow(session, MANAGEMENT, actor=company.actor("hanna"), now=now, file="given.yaml")
    assert [str(fault.what) for fault in refused.value.faults] == ['there is no file "ic.yaml"']
    row = propose_workflow(session, MANAGEMENT, actor=company.actor("hanna"), now=now, beside={"ic.yaml": IC})
    assert row.key == "management"


def test_an_overlay_cannot_take_the_key_of_what_it_extends(session: Session, company: Company, now: datetime) -> None:
    publish(session, company, now)
    overlay = "extends: ic.yaml\nversion: 2\ntitle: Ours\n"
    with pytest.raises(Invalid) as refused:
        propose_workflow(session, overlay, actor=company.actor("hanna"), now=now, file="ours.yaml")
    assert told(refused) == ['ours.yaml: "ours.yaml" extends another file of its own name (expected: a key of its own)']


def test_proposals_are_for_hr_and_auditors(session: Session, company: Company, now: datetime) -> None:
    publish(session, company, now)
    proposal = propose(session, company, now, edit(IC, SECOND))

    def seen(actor: Actor) -> list[int]:
        return [version.version for row in list_workflows(session, actor) for version in row.versions]

    assert seen(company.actor("hanna")) == seen(company.actor("abel")) == [2, 1]
    assert seen(company.actor("iris")) == [1]
    assert seen(company.actor("xenia")) == seen(Actor(None)) == []
    assert find_version(session, company.actor("iris"), proposal.id) is None
    row = find_version(session, company.actor("hanna"), proposal.id)
    assert row is not None
    assert (row.is_proposal, row.proposed_by, row.published_by) == (True, "Hanna Ruiz", "")
    assert [each.version for each in find_earlier(session, company.actor("hanna"), row)] == [1]


def test_the_list_takes_one_statement_however_many_versions(
    session: Session, company: Company, now: datetime, statements: Statements
) -> None:
    hanna = company.actor("hanna")
    publish(session, company, now)
    counts = []
    for number in range(2, 5):
        with statements() as issued:
            list_workflows(session, hanna)
        counts.append(len(issued))
        publish(session, company, now, edit(IC, ("version: 1\n", f"version: {number}\n")))
    assert counts == [1, 1, 1]


def test_the_facts_of_the_company(session: Session, now: datetime) -> None:
    open_scene(session, now)
    facts = load_company_facts(session)
    assert facts.smallest_committee == 5
    assert facts.staffed_roles == {"hr", "auditor", "it_admin", "executive", "appeals", "chair"}
    assert facts.functions == {function for _, function, *_ in CAST.values()}
