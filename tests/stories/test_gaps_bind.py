"""A "not yet" with two gaps, its letter and growth plan; a year later the next committee is held to both of them."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

import pypdf
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import Case, Committee, CommitteeMember, Evidence, Gap, GrowthPlan, Release
from review.queries.invariants import find_violations
from review.services.audit import find_break
from review.services.cycles import create_cycle, open_cycle
from tests.factories import DATES, Scene, next_plan, open_scene
from tests.personas import COMMITTEE
from tests.stories.walk import Walk

VOTERS = ("clara", "mika", "jonas", "aya", "omar")
PARTNER, TEAMS, DRIVER = "Plans made with a second partner.", "Two more teams led.", "A measure that moved."
YEAR = timedelta(days=364)

pytestmark = pytest.mark.both_databases


def vote_not_yet(walk: Walk) -> None:
    walk.read_and_vote(dict.fromkeys(VOTERS, "not_yet"))
    walk.post("clara", "/session", {"action": "reveal_votes"})


def next_cycle(walk: Walk, app: Flask) -> Walk:
    """Let a year pass and HR open the next cycle with the same committee."""
    session, scene, now = walk.session, walk.scene, walk.now + YEAR
    app.extensions["clock"] = lambda: now
    plan, hanna = next_plan(session, scene), scene.actor("hanna")
    plan.dates.update({name: day + YEAR for name, day in DATES.items()})
    cycle = create_cycle(session, plan, actor=hanna, now=now)
    committee = Committee(cycle_id=cycle.id, name="Committee B")
    session.add(committee)
    session.flush()
    for key, role in COMMITTEE.items():
        session.add(CommitteeMember(committee_id=committee.id, person_id=scene.id(key), role=role))
    open_cycle(session, cycle.id, actor=hanna, now=now)
    session.commit()
    return Walk(walk.client, session, Scene(scene.company, cycle.id, committee.id), now)


def words(page: str, selector: str) -> list[str]:
    return [" ".join(found.get_text(" ").split()) for found in BeautifulSoup(page, "html.parser").select(selector)]


def letter_of(walk: Walk) -> str:
    walk.run_jobs()
    page, pdf = walk.get("iris", "/letter"), pypdf.PdfReader(io.BytesIO(walk.fetch("iris", "/letter.pdf")))
    printed = " ".join(" ".join(sheet.extract_text() for sheet in pdf.pages).split())
    shown = " ".join(words(page, "main"))
    for told in ("thinks so.", "saw it done", "Mika", "Erin"):
        assert told not in shown + printed
    assert [said in printed for said in (PARTNER, TEAMS, DRIVER)] == [
        said in shown for said in (PARTNER, TEAMS, DRIVER)
    ]
    return shown


def first_cycle(walk: Walk) -> dict[str, int]:
    """End the first case with two gaps and an agreed plan; return the gaps' numbers."""
    walk.nominate("iris", "staff-pm")
    walk.build("iris", "greta")
    vote_not_yet(walk)
    walk.name_gap("clara", "cross-functionality", PARTNER)
    walk.name_gap("clara", "leadership", TEAMS)
    walk.decide("clara", "decide_not_yet")
    walk.release()
    letter = letter_of(walk)
    gaps = {row.missing: row for row in walk.session.scalars(sa.select(Gap))}
    for row in gaps.values():
        assert f"{row.missing} The ladder asks: “{row.sentence}” Seen: One team used it." in letter
    assert letter.count("1 June 2027") == 2
    walk.act("iris", "close_appeal_window")
    client, plan = walk.enter("iris"), f"/cases/{walk.case_id}/growth-plan"
    activity = {"gap": gaps[PARTNER].id, "activity_free": "A joint roadmap.", "goal": "Sales signs it.", "version": 0}
    assert client.post(f"{plan}/items/new", data=activity).status_code == 422  # a goal for a gap has a day
    client.post(f"{plan}/items/new", data={**activity, "due_on": "2027-05-01"})
    version = walk.session.scalar(sa.select(GrowthPlan.version))
    refused = client.post(f"{plan}/agree", data={"version": version})
    assert (refused.status_code, "First each gap needs an activity" in refused.get_data(as_text=True)) == (409, True)
    walk.agree_plan("iris", "greta")
    case = walk.session.get_one(Case, walk.case_id, populate_existing=True)
    assert (case.state, case.outcome) == ("closed_not_yet", "not_yet")
    return {missing: row.id for missing, row in gaps.items()}


def answer(walk: Walk, gap_id: int, is_met: str, anchor: str, key: str = "clara") -> int:
    form = {"is_met": is_met, "anchor": anchor, "reason": "See the report."}
    return walk.enter(key).post(f"/cases/{walk.case_id}/decision/earlier/{gap_id}", data=form).status_code


def try_to_decide(walk: Walk) -> list[int]:
    """Try to name a new gap, to promote, and to say not yet, as the chair."""
    client, url = walk.enter("clara"), f"/cases/{walk.case_id}/decision"
    page = BeautifulSoup(client.get(url).get_data(as_text=True), "html.parser")
    assert page.select("select[name=sentence]") == []
    gap = {"sentence": "hard-skills/", "seen": "x", "missing": "y", "review_on": "2028-06-01"}
    decisions = [{"action": f"decide_{each}", "rationale": "x", "confirmed": "yes"} for each in ("promote", "not_yet")]
    return [
        client.post(f"{url}/gaps", data=gap).status_code,
        *(client.post(url, data=form).status_code for form in decisions),
    ]


def test_the_next_committee_is_held_to_the_gaps_of_the_letter(
    app: Flask, client: FlaskClient, session: Session, now: datetime
) -> None:
    first = Walk(client, session, open_scene(session, now), now)
    gaps = first_cycle(first)
    walk = next_cycle(first, app)
    walk.nominate("iris", "staff-pm")
    for criterion, missing in (("cross-functionality", PARTNER), ("leadership", TEAMS)):
        beside = words(walk.get("greta", f"/first-view?criterion={criterion}"), "section[aria-labelledby=earlier]")
        assert [
            said in beside[0] for said in (missing, "Looked at again on Tuesday 1 June 2027", "At target level")
        ] == [True] * 3
        assert "late" not in beside[0]
    assert words(walk.get("greta", "/first-view?criterion=hard-skills"), "section[aria-labelledby=earlier] .tag") == []
    walk.build("iris", "greta")
    walk.post("mika", "/packet/open")
    pages = pypdf.PdfReader(io.BytesIO(walk.fetch("mika", "/packet.pdf"))).pages
    printed = " ".join(" ".join(page.extract_text() for page in pages).split())
    shown = " ".join(words(walk.get("mika", "/packet"), "section[aria-labelledby=gaps]"))
    assert [(missing in printed, missing in shown) for missing in gaps] == [(True, True)] * 2

    vote_not_yet(walk)
    anchor = f"e:{session.scalars(sa.select(Evidence.id).where(Evidence.case_id == walk.case_id)).first()}"
    foreign = f"e:{session.scalars(sa.select(Evidence.id).where(Evidence.case_id == first.case_id)).first()}"
    assert try_to_decide(walk) == [409, 409, 409]
    assert [answer(walk, gaps[PARTNER], "yes", cited) for cited in ("", foreign)] == [422, 422]
    assert [answer(walk, gaps[PARTNER], "yes", anchor, key) for key in ("mika", "hanna", "greta", "iris")] == [404] * 4
    assert answer(walk, gaps[PARTNER], "yes", anchor) == 303
    assert try_to_decide(walk) == [409, 409, 409]
    assert answer(walk, gaps[TEAMS], "no", anchor) == 303
    walk.name_gap("clara", "leadership", TEAMS, "2028-06-01")
    walk.name_gap("clara", "accountability", DRIVER, "2028-06-01")
    page = walk.get("clara", "/decision")
    assert words(page, "[aria-labelledby=gaps] h3") == ["Leadership Named before", "Accountability New"]
    assert [each.rsplit(" ", 2)[1] for each in words(page, "[aria-labelledby=earlier] h3")] == ["Met", "met"]
    walk.decide("clara", "decide_not_yet")
    walk.release()
    letter = letter_of(walk)
    assert f"Cross-functionality: {PARTNER} (met)" in letter
    assert f"Leadership: {TEAMS} (not met)" in letter
    assert f"Accountability: {DRIVER} The ladder asks:" in letter
    assert (session.scalar(sa.select(sa.func.count()).select_from(Release)), find_violations(session)) == (2, [])
    assert find_break(session) is None
