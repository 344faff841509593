"""The leadership panel: invited by HR, scored by each member alone, closed when enough have scored."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from review.domain.errors import Conflict, Invalid, NotAllowed, NotFound, TransitionRefused
from review.models import PanelScore, Person
from review.queries.panel import MOST_OFFERED, find_possible_panelists, load_panel_page
from review.queries.standing import load_standing
from review.queries.worklist import load_home
from review.services.panel import schedule_panel, score_panel
from review.services.transitions import fire
from tests.committee_room import Room
from tests.factories import open_case_of, open_scene

PANEL = ("clara", "omar", "jonas")


@pytest.fixture
def room(session, now):
    scene = open_scene(session, now)
    case = open_case_of(session, scene, "greta", "director-pm", now)
    room = Room(session, scene, case.id, now)
    room.fire("confirm_eligible", "hanna")
    session.commit()
    return room


def invite(room, *keys, by="hanna"):
    ids = [room.scene.id(key) for key in keys]
    when = room.now + timedelta(days=3)
    return schedule_panel(room.session, room.case_id, ids, when, actor=room.actor(by), now=room.now)


def score(room, key, value=4, reason="She grew two leads.", version=1):
    actor = room.actor(key)
    return score_panel(room.session, room.case_id, value, reason, version=version, actor=actor, now=room.now)


def page(room, key):
    try:
        standing = load_standing(room.session, room.case_id, room.actor(key), now=room.now)
    except NotFound:
        return None
    return load_panel_page(room.session, standing)


def test_a_panel_is_invited_scores_and_is_closed(session, room):
    invite(room, *PANEL)
    with pytest.raises(TransitionRefused):
        room.fire("close_panel", "hanna")
    score(room, "clara")
    score(room, "omar", 3)
    room.fire("close_panel", "hanna")
    rows = session.execute(sa.select(PanelScore.value, PanelScore.reason).order_by(PanelScore.person_id)).all()
    scored = sorted((value, reason) for value, reason in rows if value)
    assert scored == [(3, "She grew two leads."), (4, "She grew two leads.")]
    with pytest.raises(TransitionRefused):
        score(room, "jonas")


@pytest.mark.parametrize(
    "keys", [("clara",), (), ("clara", "greta"), ("clara", "dario"), ("clara", "vera"), ("clara", "ben")]
)
def test_too_few_or_too_close_is_refused(session, room, keys):
    with pytest.raises(Invalid) as refused:
        invite(room, *keys)
    assert [fault.field for fault in refused.value.faults] == ["people"]
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(PanelScore)) == 0


@pytest.mark.parametrize("key", ["greta", "dario", "clara", "otto", "noor"])
def test_only_hr_invites(session, room, key):
    with pytest.raises((NotFound, NotAllowed)):
        invite(room, *PANEL, by=key)


def test_a_member_finds_the_task_until_they_have_scored(session, room):
    def tasks(key):
        return [(str(row.verb), row.page) for row in load_home(session, room.actor(key), now=room.now).todo]

    assert tasks("clara") == []
    invite(room, *PANEL)
    assert tasks("clara") == [("Score the leadership panel", "panel")]
    score(room, "clara")
    assert tasks("clara") == []


def test_who_scores_holds_the_part_where_the_workflow_has_one(session, room):
    invite(room, *PANEL)
    on_track = open_case_of(session, room.scene, "iris", "staff-pm", room.now)
    session.add(PanelScore(case_id=on_track.id, person_id=room.scene.id("clara")))
    session.commit()

    def holds(case_id, key):
        return "panelist" in load_standing(session, case_id, room.actor(key), now=room.now).workflow_roles

    assert {key: holds(room.case_id, key) for key in ("clara", "omar", "hanna", "dario")} == {
        "clara": True,
        "omar": True,
        "hanna": False,
        "dario": False,
    }
    assert [holds(on_track.id, key) for key in ("clara", "hanna")] == [False, False]


def test_a_member_sees_their_own_score_and_nothing_of_the_others(session, room):
    invite(room, *PANEL)
    score(room, "clara", 5, "Zebra")
    found = page(room, "omar")
    assert (found.own.value, found.members, found.options) == (None, (), ())
    assert "Zebra" not in str(found)
    assert page(room, "clara").own.reason == "Zebra"


def test_hr_sees_who_has_scored_and_not_what(session, room):
    invite(room, *PANEL)
    score(room, "clara", 5, "Zebra")
    found = page(room, "hanna")
    assert {row.name: row.has_scored for row in found.members} == {
        "Clara Boateng": True,
        "Omar Haddad": False,
        "Jonas Weber": False,
    }
    assert (found.own, "Zebra" in str(found)) == (None, False)


@pytest.mark.parametrize("key", ["greta", "dario", "vera", "ben", "mika", "otto", "noor", "abel"])
def test_nobody_else_has_the_page(session, room, key):
    invite(room, *PANEL)
    assert page(room, key) is None
    with pytest.raises(NotFound):
        score(room, key)


def test_without_a_people_track_there_is_no_panel(session, room, now):
    case = open_case_of(session, room.scene, "ben", "senior-pm", now)
    other = Room(session, room.scene, case.id, now)
    other.fire("confirm_eligible", "hanna")
    assert page(other, "hanna") is None


@pytest.mark.parametrize(
    ("value", "reason", "fields"), [(None, "Why", ["value"]), (6, "Why", ["value"]), (3, " ", ["reason"])]
)
def test_a_score_needs_a_rating_and_a_reason(session, room, value, reason, fields):
    invite(room, *PANEL)
    with pytest.raises(Invalid) as refused:
        score(room, "clara", value, reason)
    assert [fault.field for fault in refused.value.faults] == fields


def test_two_tabs_never_overwrite_each_other(session, room):
    invite(room, *PANEL)
    score(room, "clara", 4, "First tab")
    with pytest.raises(Conflict) as conflict:
        score(room, "clara", 2, "Second tab")
    assert (conflict.value.theirs, conflict.value.mine) == ({"reason": "First tab"}, {"reason": "Second tab"})


def test_a_rescheduled_panel_keeps_scores_and_drops_who_is_off_the_list(session, room):
    invite(room, *PANEL)
    score(room, "clara")
    fire(session, room.case_id, "reschedule_panel", actor=room.actor("hanna"), now=room.now, note="Ill.")
    with pytest.raises(TransitionRefused):
        score(room, "omar")
    invite(room, "omar", "aya")
    kept = {room.scene.id(key) for key in ("clara", "omar", "aya")}
    assert set(session.scalars(sa.select(PanelScore.person_id))) == kept


def test_offered_are_people_who_lead_and_are_not_close(session, room):
    standing = load_standing(session, room.case_id, room.actor("hanna"), now=room.now)
    offered = find_possible_panelists(session, standing)
    assert [label for _, label in offered.people] == [
        "Clara Boateng, Director of Engineering",
        "Hanna Ruiz, HR partner",
        "Mats Oduya, Group PM",
        "Petra Klein, Head of Finance",
        "Tomas Ek, Head of Marketing",
    ]
    assert offered.has_more is False


def test_who_is_chosen_stays_while_one_looks_for_others(session, room):
    standing = load_standing(session, room.case_id, room.actor("hanna"), now=room.now)
    petra, omar = room.scene.id("petra"), room.scene.id("omar")
    found = find_possible_panelists(session, standing, words="head mark", chosen=(petra, omar))
    labels = ["Petra Klein, Head of Finance", "Tomas Ek, Head of Marketing"]
    assert [label for _, label in found.people] == labels  # Omar leads nobody
    none = find_possible_panelists(session, standing, words="head of nothing")
    assert (none.people, none.has_more) == ((), False)


def test_of_many_leaders_some_are_offered_and_more_are_told(session, room):
    people = [Person(external_id=f"L{n}", name=f"Zoe {n:02}", email=f"z{n}@example.org") for n in range(MOST_OFFERED)]
    session.add_all(people)
    session.flush()
    for person in people:
        report = Person(external_id=f"R{person.id}", name="A report", email=f"r{person.id}@example.org")
        report.manager_id = person.id
        session.add(report)
    session.flush()
    standing = load_standing(session, room.case_id, room.actor("hanna"), now=room.now)
    chosen = people[-1].id
    offered = find_possible_panelists(session, standing, chosen=(chosen,))
    assert (len(offered.people), offered.people[0][0], offered.has_more) == (MOST_OFFERED + 1, chosen, True)
