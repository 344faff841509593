"""A company of 279 people and another company's ladder, run through a case to a PDF.

The files lie beside the checkout (see ../shared/data); where a folder of the same shape is elsewhere, DUALTRACK_DATA
names it. Without them there is nothing to run here; the same walk on our own company is in the other stories.
"""

from __future__ import annotations

import io
import os
from datetime import date
from pathlib import Path

import pypdf
import pytest
import sqlalchemy as sa

from review.adapters.spreadsheet import read_table
from review.domain.access import SYSTEM, Actor
from review.domain.people_changes import Scope
from review.domain.people_file import DateOrder, parse_mapping, read_people
from review.models import Committee, CommitteeMember, PacketFile, Person, RoleGrant
from review.queries.invariants import find_violations
from review.services.cycles import CyclePlan, create_cycle, open_cycle
from review.services.people import apply_changes
from tests.factories import DATES, publish_ladder, publish_workflow, shipped_policy
from tests.personas import FOUNDED_AT, Company
from tests.stories.walk import Walk

FOLDER = Path(os.environ.get("DUALTRACK_DATA") or Path(__file__).parents[3] / "shared" / "data")
ORGS = sorted(FOLDER.glob("org/org_*.csv"))
LADDERS = sorted(FOLDER.glob("ladders/gitlab-*.yaml"))
MAPPING = ("external_id=person_id", "name=person_id", "title=role", "function=role", "manager=manager_person_id")


class RealScene:
    """An open cycle in the company that was read; people are called by their external ids."""

    def __init__(self, ids: dict[str, int], cycle_id: int, committee_id: int) -> None:
        self.company = Company(ids)
        self.cycle_id = cycle_id
        self.committee_id = committee_id

    def id(self, key: str) -> int:
        return self.company.id(key)


def read_company(session, path, now):
    mapping, faults = parse_mapping(MAPPING)
    assert not faults
    people = read_people(read_table(path.read_bytes(), path.name), mapping, DateOrder.NOT_SAID)
    plan = apply_changes(session, people, actor=SYSTEM, now=now, scope=Scope.FULL)
    assert not plan.faults
    return dict(session.execute(sa.select(Person.external_id, Person.id)).all())


def open_real_scene(session, org, ladder_path, now):
    ids = read_company(session, org, now)
    hr = sorted(ids)[-2:]
    for key in hr:
        session.add(RoleGrant(person_id=ids[key], role="hr", granted_at=FOUNDED_AT))
    for key, role in zip(sorted(ids)[-4:-2], ("executive", "appeals"), strict=True):
        session.add(RoleGrant(person_id=ids[key], role=role, granted_at=FOUNDED_AT))
    ladder = publish_ladder(session, ladder_path)
    plan = CyclePlan(
        code="R",
        name="Real",
        zone="America/New_York",
        country="US",
        ladder_version_id=ladder.id,
        workflows={"ic": publish_workflow(session, "ic").id, "mgmt": publish_workflow(session, "management").id},
        dates=DATES,
        required_functions=(),
        policy=shipped_policy(),
    )
    actor = Actor(ids[hr[0]], hr[0], frozenset({"hr"}))
    cycle = create_cycle(session, plan, actor=actor, now=now)
    committee = Committee(cycle_id=cycle.id, name="Committee")
    session.add(committee)
    session.flush()
    open_cycle(session, cycle.id, actor=actor, now=now)
    session.commit()
    return RealScene(ids, cycle.id, committee.id), hr[0]


@pytest.mark.both_databases
@pytest.mark.parametrize("org", ORGS, ids=lambda path: path.stem)
@pytest.mark.parametrize("ladder", LADDERS, ids=lambda path: path.stem)
def test_a_real_company_on_a_real_ladder_gets_its_packet(client, session, settings, now, org, ladder):
    scene, hr = open_real_scene(session, org, ladder, now)
    assert len(scene.company.ids) == 279
    candidate = session.scalars(
        sa.select(Person).where(Person.title.startswith("Product Manager"), Person.manager_id.is_not(None))
    ).first()
    manager = session.get_one(Person, candidate.manager_id)
    candidate.level_id, candidate.level_since_on = "pm", date(2023, 1, 1)
    near = {candidate.id, manager.id, *session.scalars(sa.select(Person.id).where(Person.manager_id == candidate.id))}
    others = [
        key for key, number in sorted(scene.company.ids.items(), reverse=True) if number not in near and key != hr
    ]
    givers, seats = tuple(others[:3]), others[3:7]
    for place, key in enumerate(seats):
        role = "chair" if place == 0 else "member"
        session.add(CommitteeMember(committee_id=scene.committee_id, person_id=scene.id(key), role=role))
    session.commit()
    criteria = (
        "product-roadmap-product-led-growth",
        "sensing-mechanisms",
        "thought-leadership",
        "aligning-teams-with-values",
    )
    walk = Walk(client, session, scene, now, criteria=criteria)
    walk.nominate(candidate.external_id, "spm", hr=hr)
    walk.write_case(candidate.external_id)
    walk.rate(manager.external_id, "first-view", 3, cites=False)
    walk.gather_feedback(candidate.external_id, manager.external_id, givers)
    walk.act(manager.external_id, "close_feedback")
    walk.act(hr, "waive_second_rating", "Nobody else knows the work.")
    walk.rate(manager.external_id, "rating")
    walk.seal(hr)
    assert walk.tokens() == {"main": "reading"}
    files = {row.view: (row.state, row.path) for row in session.scalars(sa.select(PacketFile))}
    assert {view: state for view, (state, _) in files.items()} == dict.fromkeys(
        ("committee", "manager", "candidate"), "ready"
    )
    pdf = pypdf.PdfReader(io.BytesIO((settings.files_dir / files["committee"][1]).read_bytes()))
    text = "".join(page.extract_text() for page in pdf.pages)
    assert all(name in text for name in (candidate.name, manager.name, *givers))
    assert text.count("for a year.") == len(criteria)
    assert find_violations(session) == []
