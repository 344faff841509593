"""An individual contributor's case from nomination to its end, as each person concerned, over HTTP."""

import io

import pypdf
import pytest
import sqlalchemy as sa

from review.domain.canonical_json import digest
from review.models import Case, GrowthPlan, Packet, PacketFile, Person
from review.queries.invariants import find_violations
from review.queries.packets import view_content
from review.services.audit import find_break
from tests.factories import DATES, open_scene
from tests.stories.same_way import go
from tests.stories.walk import CRITERIA, GIVERS, Walk

VOTERS = ("clara", "mika", "jonas", "aya", "omar")
pytestmark = pytest.mark.both_databases


@pytest.fixture
def walk(client, session, now):
    walk = Walk(client, session, open_scene(session, now), now)
    go(walk, Walk.nominate, "iris", "staff-pm")
    return walk


@pytest.fixture
def end(session):
    """Return a function that says how the case ended, after looking whether every row still fits."""

    def tell():
        session.expire_all()
        assert find_violations(session) == []
        assert find_break(session) is None
        case = session.scalars(sa.select(Case)).one()
        return case.state, case.phase, case.outcome

    return tell


def decide(walk, answer, action):
    go(walk, Walk.build, "iris", "greta")
    go(walk, Walk.read_and_vote, dict.fromkeys(VOTERS, answer))
    walk.post("clara", "/session", {"action": "reveal_votes"})
    if action == "decide_not_yet":
        walk.name_gap("clara", "leadership")
    walk.decide("clara", action)


def test_promoted(walk, session, settings, end):
    go(walk, Walk.build, "iris", "greta")
    assert walk.tokens() == {"main": "reading"}
    receipt = digest(view_content(session.scalars(sa.select(Packet)).one(), "committee"))
    walk.post("mika", "/packet/open")
    shown = walk.get("mika", "/packet")
    assert all(f"What I did for {criterion}" in shown for criterion in CRITERIA)
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(walk.fetch("mika", "/packet.pdf"))).pages]
    assert [receipt[:8] in page for page in pages] == [True] * len(pages)
    whole = " ".join(" ".join(pages).split())
    assert [f"{giver} saw it done for {criterion}." in whole for giver in GIVERS for criterion in CRITERIA] == [
        True
    ] * 12
    assert whole.count("ravi finds the target text shown in") == len(CRITERIA)

    walk.read_and_vote(dict.fromkeys(VOTERS, "promote"))
    assert "thinks so." not in walk.get("clara", "/session")
    walk.post("clara", "/session", {"action": "reveal_votes"})
    assert walk.get("mika", "/session").count("thinks so.") >= len(VOTERS)
    walk.decide("clara", "decide_promote")
    assert walk.refused("iris", "/letter") == 404
    walk.release()
    assert end() == ("promoted", "announced", "promoted")
    iris = session.get_one(Person, walk.scene.id("iris"))
    assert (iris.level_id, iris.level_since_on) == ("staff-pm", DATES["effective_date"])
    assert "Staff PM" in walk.get("iris", "/letter")


def test_not_yet_with_a_plan_that_answers_the_gap(walk, session, end):
    decide(walk, "not_yet", "decide_not_yet")
    walk.release()
    assert end() == ("not_yet", "announced", None)
    assert "A second team, without help." in walk.get("iris", "/letter")
    walk.act("iris", "close_appeal_window")
    walk.agree_plan("iris", "greta")
    assert end() == ("closed_not_yet", "closed", "not_yet")
    plan = session.scalars(sa.select(GrowthPlan)).one()
    assert (plan.agreed_by_candidate_at, plan.agreed_by_manager_at) == (walk.now, walk.now)


def test_an_appeal_is_heard_by_people_who_did_not_vote(walk, end):
    decide(walk, "not_yet", "decide_not_yet")
    walk.release()
    walk.post("iris", "/appeal", {"ground": "procedure", "body": "Two members had left the room."})
    assert end() == ("appeal", "announced", None)
    assert walk.refused("mika", "/appeal") == 404
    assert "Two members had left the room." in walk.get("petra", "/appeal")
    walk.act("petra", "dismiss_appeal", "The record names five who were present.")
    assert end() == ("growth_plan", "announced", None)
    answer = walk.enter("iris").post(f"/cases/{walk.case_id}/appeal", data={"ground": "procedure", "body": "Again."})
    assert answer.status_code in {403, 404, 409}


def test_deferred(walk, end):
    decide(walk, "defer", "decide_defer")
    walk.release()
    assert end() == ("deferred", "announced", "deferred")


def test_withdrawn_while_the_committee_reads(walk, end):
    go(walk, Walk.build, "iris", "greta")
    walk.act("iris", "withdraw")
    assert end() == ("withdrawn", "closed", "withdrawn")


def test_a_split_committee_votes_again(walk, session, end):
    go(walk, Walk.build, "iris", "greta")
    votes = dict.fromkeys(VOTERS, "promote") | {"aya": "not_yet", "jonas": "not_yet"}
    walk.read_and_vote(votes)
    walk.post("clara", "/session", {"action": "reveal_votes"})
    walk.post("clara", "/session", {"action": "vote_again", "note": "E2 was read differently."})
    walk.vote(dict.fromkeys(VOTERS, "promote"))
    walk.post("clara", "/session", {"action": "reveal_votes"})
    walk.decide("clara", "decide_promote")
    walk.release()
    assert end() == ("promoted", "announced", "promoted")


def test_a_member_who_declares_a_conflict_is_out_at_once(walk, end):
    go(walk, Walk.build, "iris", "greta")
    go(walk, Walk.read_and_vote, dict.fromkeys(VOTERS, "promote"))
    walk.post("aya", "/conflict", {"kind": "close_personal", "reason": "We share a flat."})
    assert [walk.refused("aya", path) for path in ("", "/packet", "/ballot", "/session")] == [404] * 4
    walk.note_present("clara", VOTERS[:3])
    walk.post("clara", "/session", {"action": "reveal_votes"})
    assert "aya thinks so." not in walk.get("mika", "/session")


def test_printed_files_are_kept_apart_by_reader(walk, session):
    go(walk, Walk.build, "iris", "greta")
    files = {row.view: row for row in session.scalars(sa.select(PacketFile))}
    assert {view: row.state for view, row in files.items()} == dict.fromkeys(
        ("committee", "manager", "candidate"), "ready"
    )
    texts = {}
    for key in ("iris", "greta"):
        pdf = pypdf.PdfReader(io.BytesIO(walk.fetch(key, "/packet.pdf")))
        texts[key] = "".join(page.extract_text() for page in pdf.pages)
    assert ["saw it done" in texts["iris"], "Erin Malik" in texts["greta"]] == [False, False]
    assert "What I did for leadership" in texts["iris"]
