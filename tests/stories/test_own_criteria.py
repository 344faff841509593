"""A bakery with criteria, levels, steps and workflows of its own: both tracks from nomination to the letter."""

from __future__ import annotations

import io
from pathlib import Path

import pypdf
import pytest
import sqlalchemy as sa

from review.domain.workflow_file import Workflow, parse_workflow
from review.models import Case, Committee, CommitteeMember, Person, WorkflowVersion
from review.queries.invariants import find_violations
from review.services.audit import find_break
from review.services.cycles import CyclePlan, create_cycle, open_cycle
from tests.factories import DATES, WORKFLOWS, Scene, publish_ladder, shipped_policy
from tests.personas import COMMITTEE, FOUNDED_AT, found_company
from tests.stories.walk import CRITERIA, Walk

OWN = Path(__file__).parent / "own"
OURS = ("dough", "guests", "house")
VOTERS = ("clara", "mika", "jonas", "aya", "omar")
LEVELS = {"iris": "baker", "greta": "shift-lead"}


def publish_own_workflow(session, key):
    def find(name):
        place = OWN if (OWN / name).exists() else WORKFLOWS
        return (place / name).read_text(encoding="utf-8")

    parsed = parse_workflow(find(f"{key}.yaml"), f"{key}.yaml", find)
    assert isinstance(parsed, Workflow), parsed
    told = {"title": parsed.definition.title, "sources": dict(parsed.sources), "digest": parsed.digest}
    row = WorkflowVersion(key=key, version=1, proposed_at=FOUNDED_AT, published_at=FOUNDED_AT, **told)
    session.add(row)
    session.flush()
    return row.id


@pytest.fixture
def walk(client, session, now):
    company = found_company(session)
    session.execute(sa.update(Person).values(level_id=None))
    for key, level_id in LEVELS.items():
        session.get_one(Person, company.id(key)).level_id = level_id
    plan = CyclePlan(
        code="B1",
        name="Harvest",
        zone="Europe/Berlin",
        country="DE",
        ladder_version_id=publish_ladder(session, OWN / "bakery.yaml").id,
        workflows={track: publish_own_workflow(session, track) for track in ("bench", "shift")},
        dates=dict(DATES),
        required_functions=(),
        policy=shipped_policy(),
    )
    cycle = create_cycle(session, plan, actor=company.actor("hanna"), now=now)
    committee = Committee(cycle_id=cycle.id, name="The old hands")
    session.add(committee)
    session.flush()
    for key, role in COMMITTEE.items():
        session.add(CommitteeMember(committee_id=committee.id, person_id=company.id(key), role=role))
    open_cycle(session, cycle.id, actor=company.actor("hanna"), now=now)
    session.commit()
    return Walk(client, session, Scene(company, cycle.id, committee.id), now, criteria=OURS)


def build_and_decide(walk, candidate, manager):
    """Build the case, print it, vote and decide; return the case's page before the seal, and the packet's words."""
    walk.write_case(candidate)
    walk.rate(manager, "first-view", 3, cites=False)
    walk.gather_feedback(candidate, manager)
    walk.act(manager, "close_feedback")
    walk.rate(manager, "rating")
    built = walk.get(candidate, "")
    walk.seal(manager)
    walk.read_and_vote(dict.fromkeys(VOTERS, "promote"))
    pages = pypdf.PdfReader(io.BytesIO(walk.fetch("mika", "/packet.pdf"))).pages
    walk.post("clara", "/session", {"action": "reveal_votes"})
    walk.decide("clara", "decide_promote")
    return built, " ".join(" ".join(page.extract_text() for page in pages).split())


def find_strangers(words):
    """Return what is said of a trade that this company does not have."""
    strangers = [name.replace("-", " ") for name in CRITERIA] + ["product manag", "engineer 1"]
    return [name for name in strangers if name in words.lower()]


def test_a_baker_rises_at_the_bench(walk, session):
    walk.nominate("iris", "master")
    built, packet = build_and_decide(walk, "iris", "greta")
    assert ("Proving" in built, "Building the case" in built, "Second rating" in built) == (True, False, False)
    printed = ("Dough", "Guests", "House", "Makes a bread that others come to learn.")
    assert [words in packet for words in printed] == [True] * 4
    walk.release()
    letter = walk.get("iris", "/letter")
    assert (find_strangers(packet), find_strangers(built), find_strangers(letter)) == ([], [], [])
    assert "Master baker" in letter
    _end(session, walk, "iris", "master")


def test_a_shift_lead_rises_with_the_owners_signature(walk, session):
    walk.nominate("greta", "house-lead")
    build_and_decide(walk, "greta", "dario")
    assert walk.tokens() == {"main": "signoff"}
    assert "The owner signs" in walk.get("hanna", "")
    walk.act("noor", "sign_off")
    walk.release()
    assert "House lead" in walk.get("greta", "/letter")
    _end(session, walk, "greta", "house-lead")


def _end(session, walk, key, level_id):
    session.expire_all()
    case = session.scalars(sa.select(Case)).one()
    person = session.get_one(Person, walk.scene.id(key))
    assert (case.outcome, person.level_id, person.level_since_on) == ("promoted", level_id, DATES["effective_date"])
    assert find_violations(session) == []
    assert find_break(session) is None
