"""The first page of a new installation: what comes next, in an order in which it can be done, for both HR partners."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from bs4 import Tag
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.domain.access import COMPANY_ROLES, Role
from review.models import Person, RoleGrant, WorkflowVersion
from review.queries.first_run import SHIPPED_NEED, load_first_steps
from review.queries.pinned import find_definition
from review.services.ladders_drafts import begin_draft
from review.services.ladders_proposals import propose_draft, publish_proposal
from review.services.workflows import propose_workflow, publish_workflow
from tests.factories import WORKFLOWS, open_scene
from tests.personas import Company, found_company
from tests.signed_in import Door, soup


def steps(client: FlaskClient) -> list[tuple[str, str]]:
    """Return what is to be done and where each leads; what is done leads nowhere."""
    found = soup(client.get("/")).select("[aria-labelledby=set-up] .what")
    links = [each.select_one("a") for each in found]
    return [
        (_words(link or each.b), str(link["href"]) if link else "") for each, link in zip(found, links, strict=True)
    ]


def _words(tag: Tag | None) -> str:
    return "" if tag is None else " ".join(tag.get_text(" ").split())


def test_what_is_proposed_leads_to_itself(client: FlaskClient, session: Session, now: datetime) -> None:
    """A second partner comes first, for nothing is published without one; then each proposal is a link of its own."""
    company = found_company(session)
    hanna, hugo = company.actor("hanna"), company.actor("hugo")
    session.commit()
    page = Door(client, session, now, company.ids).enter("hugo")
    rest = [
        ("Take in the people file", ""),
        ("Propose a workflow", "/workflows/propose"),
        ("Set up a cycle", "/cycles/new"),
    ]
    assert steps(page) == [("Have roles given", ""), ("Publish a ladder", "/ladders/drafts/new"), *rest]
    ladder = (WORKFLOWS / "ladders" / "product-management.yaml").read_text(encoding="utf-8")
    draft = begin_draft(session, ladder, becomes="", base_id=None, actor=hanna, now=now, file="ladder.yaml")
    propose_draft(session, draft.id, digest=draft.digest, actor=hanna, now=now)
    session.commit()
    assert steps(page)[1] == ("Look at the ladder that is proposed", f"/ladders/drafts/{draft.id}")
    publish_proposal(session, draft.id, digest=draft.digest, actor=hugo, now=now)
    workflow = (WORKFLOWS / "ic.yaml").read_text(encoding="utf-8")
    version = propose_workflow(session, workflow, actor=hanna, now=now)
    session.commit()
    assert steps(page)[1:4] == [
        ("Publish a ladder", ""),
        ("Take in the people file", ""),
        ("Look at the workflow that is proposed", f"/workflows/{version.id}"),
    ]
    publish_workflow(session, version.id, actor=hugo, now=now)
    management = (WORKFLOWS / "management.yaml").read_text(encoding="utf-8")
    propose_workflow(session, management, actor=hanna, now=now)
    session.commit()
    assert steps(page)[3:] == [("Propose a workflow", ""), ("Set up a cycle", "/cycles/new")]


def test_a_draft_begins_with_a_ladder_that_ships(client: FlaskClient, session: Session, now: datetime) -> None:
    """Nothing has to be chosen first where no ladder is published; a file of one's own is offered last."""
    company = found_company(session)
    session.commit()
    page = soup(Door(client, session, now, company.ids).enter("hanna").get("/ladders/drafts/new"))
    options = [(option["value"], option.has_attr("selected")) for option in page.select("#source option")]
    assert options == [("shipped-product-management", True), ("shipped-software-engineering", False), ("file", False)]


def propose(session: Session, company: Company, now: datetime, name: str) -> WorkflowVersion:
    """Propose a workflow that ships, and publish it where that can be."""
    source = (WORKFLOWS / name).read_text(encoding="utf-8")
    version = propose_workflow(session, source, actor=company.actor("hanna"), now=now)
    if name == "ic.yaml":
        publish_workflow(session, version.id, actor=company.actor("hugo"), now=now)
    return version


def has_roles(session: Session) -> bool:
    session.flush()
    return load_first_steps(session).has_roles


@pytest.mark.both_databases
def test_roles_are_given_once_each_that_a_workflow_names_is_held(session: Session, now: datetime) -> None:
    company = found_company(session)
    found = [has_roles(session)]
    for role in (Role.EXECUTIVE, Role.APPEALS):  # one after the other they are nobody's, then all are held again
        grants = session.scalars(sa.select(RoleGrant).where(RoleGrant.role == role)).all()
        for grant in grants:
            grant.role = Role.AUDITOR
        found.append(has_roles(session))
        for grant in grants:
            grant.role = role
    noor = session.get_one(Person, company.id("noor"))
    noor.is_active = False
    found.append(has_roles(session))
    propose(session, company, now, "ic.yaml")
    found.append(has_roles(session))
    noor.is_active = True
    propose(session, company, now, "management.yaml")
    noor.is_active = False
    found.append(has_roles(session))
    assert found == [True, False, False, False, True, False]


def test_a_second_partner_is_needed_too_and_a_cycle_asks_for_no_role_again(session: Session, now: datetime) -> None:
    scene = open_scene(session, now)
    session.get_one(Person, scene.id("noor")).is_active = False
    found = [has_roles(session)]
    session.get_one(Person, scene.id("hugo")).is_active = False
    assert [*found, has_roles(session)] == [True, False]


def test_the_shipped_workflows_name_the_roles_that_are_needed_first(session: Session, now: datetime) -> None:
    company = found_company(session)
    names = set()
    for name in ("ic.yaml", "management.yaml"):
        version = propose(session, company, now, name)
        names |= set(find_definition(session, version.id, version.digest).roles) & set(COMPANY_ROLES)
    assert names == SHIPPED_NEED
