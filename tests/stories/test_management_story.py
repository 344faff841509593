"""A people manager's case: upward feedback, the leadership panel, and an executive who signs off."""

import pytest
import sqlalchemy as sa

from review.models import Case, Decision, Feedback, PanelScore, Person
from review.queries.invariants import find_violations
from review.services.audit import find_break
from tests.factories import DATES, open_scene
from tests.stories.same_way import go
from tests.stories.walk import GIVERS, Walk

REPORTS = ("iris", "ben", "cora", "finn")
VOTERS = ("clara", "mika", "jonas", "aya", "omar")
pytestmark = pytest.mark.both_databases


@pytest.fixture
def walk(client, session, now):
    walk = Walk(client, session, open_scene(session, now), now)
    go(walk, Walk.nominate, "greta", "director-pm")
    return walk


def hear_the_reports(walk):
    """Ask all direct reports and let each answer."""
    walk.post("dario", "/ask/reports")
    rows = walk.session.scalars(sa.select(Feedback).where(Feedback.kind == "upward")).all()
    names = {walk.scene.id(key): key for key in REPORTS}
    assert sorted(names[row.giver_id] for row in rows) == sorted(REPORTS)
    for number, key in [(row.id, names[row.giver_id]) for row in rows]:
        walk.answer(key, number)


def meet_the_panel(walk):
    """Invite two people, let them score, close the panel."""
    people = [walk.scene.id(key) for key in ("petra", "tomas")]
    walk.post("hanna", "/panel/schedule", {"people": people, "meets_at": "2026-12-01T10:00"})
    for key in ("petra", "tomas"):
        row = walk.session.scalars(sa.select(PanelScore).where(PanelScore.person_id == walk.scene.id(key))).one()
        form = {"value": 4, "reason": "Grew two leads in a year.", "version": row.version}
        walk.post(key, "/panel/score", form)
    walk.act("hanna", "close_panel")


def build(walk):
    walk.write_case("greta")
    walk.rate("dario", "first-view", 3, cites=False)
    walk.gather_feedback("greta", "dario", GIVERS)
    hear_the_reports(walk)
    walk.act("dario", "close_feedback")
    walk.act("hanna", "waive_second_rating", "Nobody at this grade is free.")
    meet_the_panel(walk)
    walk.rate("dario", "rating")
    walk.seal("dario")


def recommend(walk):
    walk.read_and_vote(dict.fromkeys(VOTERS, "promote"))
    walk.post("clara", "/session", {"action": "reveal_votes"})
    walk.decide("clara", "decide_promote")


def test_promoted_with_the_signature_of_an_executive(walk, session):
    go(walk, build)
    go(walk, recommend)
    assert walk.tokens() == {"main": "signoff"}
    walk.act("noor", "sign_off")
    walk.release()
    assert walk.tokens() == {"main": "promoted"}
    greta = session.get_one(Person, walk.scene.id("greta"))
    assert (greta.level_id, greta.level_since_on) == ("director-pm", DATES["effective_date"])
    assert find_violations(session) == []
    assert find_break(session) is None


def test_what_waits_for_a_signature_looks_like_a_discussion_to_those_outside(walk, session):
    go(walk, build)
    go(walk, recommend)
    pages = {key: walk.get(key, "") for key in ("greta", "dario")}
    told = {key: ("Executive sign-off" in page, "Committee discusses" in page) for key, page in pages.items()}
    assert told == {"greta": (False, True), "dario": (False, True)}


def test_sent_back_by_the_executive(walk, session):
    go(walk, build)
    go(walk, recommend)
    walk.act("noor", "send_back", "The second market was not discussed.")
    assert walk.tokens() == {"main": "discussion"}
    walk.name_gap("clara", "leadership")
    walk.decide("clara", "decide_not_yet")
    walk.release()
    session.expire_all()
    case = session.scalars(sa.select(Case)).one()
    outcomes = [(row.outcome, row.replaced_at is None) for row in session.scalars(sa.select(Decision).order_by("id"))]
    assert (case.state, outcomes) == ("not_yet", [("promote", False), ("not_yet", True)])
    assert find_violations(session) == []


def test_upward_feedback_carries_no_name_and_no_less_than_three_are_read(walk, session):
    go(walk, build)
    walk.post("mika", "/packet/open")
    shown = walk.get("mika", "/packet")
    assert [f"{key} saw it done for leadership." in shown for key in REPORTS] == [True] * 4
    names = [session.get_one(Person, walk.scene.id(key)).name for key in REPORTS]
    assert [name in shown for name in names] == [False] * 4
