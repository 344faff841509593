"""A rating that the committee changed, on every page that speaks of it: who reads how much, and from when."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.models import Cycle, Packet
from review.services.appeals import file_appeal
from review.services.letters import draft_letter
from tests.after_decision import change, conclude, make_ready, release
from tests.committee_room import Room, sealed_room
from tests.factories import Scene
from tests.signed_in import Door, listed, words

SKILL, LEADERSHIP = "hard-skills", "leadership"
ROW = "section[aria-labelledby=changed] li"
STEP = "before At target level after At current level"
LAST = "before At current level after Partly at target level stands"
EVERYBODY = ("clara", "mika", "hanna", "greta", "dario", "iris", "erin", "otto", "petra", "abel")


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    """Return a case whose rating in one criterion was changed twice after the reveal."""
    room = sealed_room(session, now)
    room.reveal()
    change(room, SKILL, 2)
    change(room, SKILL, 3, "alike")
    return room


@pytest.fixture
def scene(room: Room) -> Scene:
    """Return the scene of the room: whom the door lets in."""
    return room.scene


def rows(room: Room, door: Door, key: str, page: str) -> list[str] | None:
    """Return the changes on a page of the case, None where the page is not there for this reader."""
    answer = door.enter(key).get(f"/cases/{room.case_id}/{page}")
    return listed(answer, ROW) if answer.status_code == 200 else None


def short(found: list[str] | None) -> str:
    """Say how much a reader has: everything, the values with what the ladder says, no line, no page."""
    if found is None:
        return "no page"
    if not found:
        return "nothing"
    whole = ("Only one of three is theirs" in found[0], "Clara Boateng" in found[0], " E1" in found[0])
    return {(True, True, True): "whole", (False, False, False): "values"}[whole]


def announce(room: Room, action: str = "decide_not_yet") -> None:
    conclude(room, action)
    make_ready(room)
    release(room)


def test_the_session_shows_both_values_of_each_change_and_why(room: Room, door: Door) -> None:
    found = rows(room, door, "mika", "session")
    assert found is not None
    assert [line.partition(", ")[0] for line in found] == [
        f"Hard skills: {STEP} Clara Boateng", f"Hard skills: {LAST} Clara Boateng",
    ]  # fmt: skip
    assert "Only one of three is theirs: hard-skills. The packet shows less than was rated · The ladder: “" in found[0]
    assert "A case like this one was rated otherwise · " in found[1]
    assert found[1].endswith("” E1")


def test_before_the_announcement_the_committee_and_hr_alone_know(room: Room, door: Door) -> None:
    everywhere = ("session", "packet", "decision", "appeal", "letter")
    told = {key: {short(rows(room, door, key, page)) for page in everywhere} for key in EVERYBODY}
    assert {key for key, seen in told.items() if seen & {"whole", "values"}} == {"clara", "mika", "hanna"}
    conclude(room, "decide_not_yet")
    told = {key: {short(rows(room, door, key, page)) for page in everywhere} for key in EVERYBODY}
    assert {key for key, seen in told.items() if seen & {"whole", "values"}} == {"clara", "mika", "hanna"}
    assert short(rows(room, door, "clara", "decision")) == "whole"


def test_after_it_candidate_and_managers_read_what_stands_and_the_packet_does_not_change(
    session: Session, room: Room, door: Door
) -> None:
    before = session.scalars(sa.select(Packet.content)).all()
    announce(room)
    assert {key: short(rows(room, door, key, "packet")) for key in EVERYBODY} == {
        "clara": "whole", "mika": "whole", "hanna": "whole", "greta": "values", "dario": "values", "iris": "values",
        "erin": "no page", "otto": "no page", "petra": "no page", "abel": "no page",
    }  # fmt: skip
    found = rows(room, door, "iris", "packet")
    assert found is not None
    assert found[0].startswith(f"Hard skills: {STEP} The packet shows less than was rated · The ladder: “")
    assert found[1].startswith(f"Hard skills: {LAST} The ladder: “")  # nothing of other people's cases
    assert session.scalars(sa.select(Packet.content)).all() == before
    assert "Rating: At target level" in words(door.enter("iris").get(f"/cases/{room.case_id}/packet"))


def test_the_appeals_panel_reads_the_whole_of_it(session: Session, room: Room, door: Door) -> None:
    announce(room)
    file_appeal(
        session, room.case_id, "procedure", "No quorum.", actor=room.actor("iris"), now=room.now, request_key=None
    )
    session.commit()
    assert {key: short(rows(room, door, key, "appeal")) for key in ("petra", "iris", "greta", "mika")} == {
        "petra": "whole", "iris": "values", "greta": "no page", "mika": "no page",
    }  # fmt: skip


def test_the_letter_says_which_rating_stands_once_a_criterion(session: Session, room: Room) -> None:
    change(room, LEADERSHIP, 5, "overlooked")
    change(room, LEADERSHIP, 4, "weaker")  # back to the manager's
    conclude(room, "decide_not_yet")
    body = draft_letter(session, room.case_id, version=0, actor=room.actor("hanna"), now=room.now).body
    lines = [line for line in body.splitlines() if "your manager's was" in line]
    assert [line.partition(" The ladder asks:")[0] for line in lines] == [
        "- **Hard skills:** partly at the target level; your manager's was: at the target level."
    ]
    assert [each for each in ("Clara", "Only one of three", "A case like this") if each in body] == []


def test_where_candidates_see_no_ratings_they_read_of_no_change(session: Session, room: Room, door: Door) -> None:
    cycle = session.get_one(Cycle, room.scene.cycle_id)
    cycle.policy = {**cycle.policy, "anonymity": {**cycle.policy["anonymity"], "candidate_sees_final_rating": False}}
    session.commit()
    announce(room)
    assert (short(rows(room, door, "iris", "packet")), short(rows(room, door, "greta", "packet"))) == (
        "nothing",
        "values",
    )
    letter = words(door.enter("iris").get(f"/cases/{room.case_id}/letter"))
    assert "your manager's was" not in letter
    packet = {key: words(door.enter(key).get(f"/cases/{room.case_id}/packet")) for key in ("iris", "greta")}
    assert ["Rating: At target level" in page for page in packet.values()] == [False, True]
    assert "I did it." in packet["iris"]
