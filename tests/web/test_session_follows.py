"""An open session follows along: changed ratings, notes, voided votes; and before the reveal nothing of a vote."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.models import RoleGrant
from review.queries.standing import load_standing
from review.services.people import deactivate
from review.services.privacy_holds import end_hold, set_hold
from review.services.votes import change_vote
from review.web.guards import PART
from tests.committee_room import MEMBERS, Room, sealed_room
from tests.conftest import Statements
from tests.factories import Scene
from tests.signed_in import listed, soup, words

Enter = Callable[[str], FlaskClient]
CHANGE = {"value": "2", "code": "weaker", "reason": "One quarter is not four.", "seen": "0", "request_key": "change-1"}


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    return sealed_room(session, now)


@pytest.fixture
def scene(room: Room) -> Scene:
    """Return the scene of the room: whom the door lets in."""
    return room.scene


def path(room: Room, page: str) -> str:
    return f"/cases/{room.case_id}/{page}"


def ask(client: FlaskClient, room: Room) -> str:
    """Open the session and return what its page asks from then on."""
    found = soup(client.get(path(room, "session"))).select_one("#follow")
    assert found is not None
    return str(found["hx-get"])


def change_leadership(client: FlaskClient, room: Room) -> None:
    """Change a rating as the chair, on its page."""
    url = path(room, "calibration/leadership")
    sentence = soup(client.get(url)).select("[name=sentence] option")[1]["value"]
    changed = client.post(url, data={**CHANGE, "sentence": sentence, "cites": room.evidence()})
    assert changed.status_code == 303


@pytest.mark.parametrize("key", ["mika", "omar", "clara", "hanna"])
def test_a_changed_rating_comes_to_every_open_session(room: Room, enter: Enter, key: str) -> None:
    room.reveal()
    poll = ask(enter(key), room)
    assert enter(key).get(poll).status_code == 204
    change_leadership(enter("clara"), room)
    news = enter(key).get(poll)
    assert [part["id"] for part in soup(news).select("[hx-swap-oob]")] == ["notes-live", "result-live", "overall-live"]
    line = listed(news, "#result-live [aria-labelledby=changed] li p")
    assert line[0] == ("Leadership: before At target level after At current level stands Clara Boateng, Mon 16 Nov")
    assert listed(enter(key).get(path(room, "session")), "[aria-labelledby=changed] li p") == line
    again = soup(news).select_one("#follow")
    assert again is not None
    assert enter(key).get(str(again["hx-get"])).status_code == 204


def test_a_note_leaves_the_votes_on_the_screen_alone(room: Room, enter: Enter) -> None:
    room.reveal()
    poll = ask(enter("mika"), room)
    enter("aya").post(path(room, "session/notes"), data={"note": "Is E2 hers?", "criterion": ""})
    news = enter("mika").get(poll)
    assert [part["id"] for part in soup(news).select("[hx-swap-oob]")] == ["notes-live"]
    assert "Is E2 hers?" in words(news, "#notes-live")


def test_a_hold_on_the_case_is_no_news(room: Room, enter: Enter, now: datetime) -> None:
    """Not even that something happened: who has the session open may not know of holds."""
    room.reveal()
    poll = ask(enter("mika"), room)
    number = set_hold(room.session, room.case.code, "x", date(2027, 1, 1), actor=room.actor("hanna"), now=now)
    room.session.commit()
    assert enter("mika").get(poll).status_code == 204
    end_hold(room.session, number or 0, actor=room.actor("hanna"), now=now)
    room.session.commit()
    assert enter("mika").get(poll).status_code == 204


def test_a_vote_that_a_conflict_voids_goes_from_open_sessions(room: Room, enter: Enter) -> None:
    room.reveal()
    poll = ask(enter("mika"), room)
    assert "Aya Sato" in words(enter("mika").get(path(room, "session")))
    enter("aya").post(path(room, "conflict"), data={"kind": "other", "reason": "Cousin."})
    news = enter("mika").get(poll)
    assert "Aya Sato" not in words(news, "#result-live")
    assert "1 vote, voided by a conflict that came up" in words(news, "#overall-live")


@pytest.mark.parametrize("key", ["mika", "omar"])
def test_no_vote_is_news_to_other_members_before_the_reveal(room: Room, enter: Enter, key: str) -> None:
    room.render()
    room.read("clara", "omar", "mika", "jonas")
    room.fire("open_voting", "clara")
    room.be_present(*MEMBERS)
    polls = {each: ask(enter(each), room) for each in (key, "clara", "hanna")}
    room.read("aya")
    room.vote("jonas", "not_yet")
    change_vote(room.session, room.case_id, actor=room.actor("jonas"), now=room.now)
    room.vote("jonas", "promote", version=3)
    assert {each: enter(each).get(poll).status_code for each, poll in polls.items()} == {
        key: 204, "clara": 200, "hanna": 200,
    }  # fmt: skip
    room.vote(key)  # in another tab
    assert "You have voted" in words(enter(key).get(polls[key]), "#live")


def test_the_word_of_one_reader_tells_another_nothing(room: Room, enter: Enter) -> None:
    """A member who got hold of what the chair's page asks learns nothing of the turnout by asking it."""
    room.open_voting()
    poll = ask(enter("clara"), room)
    assert enter("clara").get(poll).status_code == 204
    answers = []
    for _ in range(2):
        answers.append(enter("mika").get(poll))
        room.vote("aya" if len(answers) == 1 else "jonas")
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].data == answers[1].data
    assert enter("clara").get(poll).status_code == 200


def test_without_news_one_statement_beside_the_sign_in(room: Room, enter: Enter, statements: Statements) -> None:
    room.open_voting()

    def count(key: str) -> int:
        poll, client = ask(enter(key), room), enter(key)
        with statements() as issued:
            assert client.get(poll).status_code == 204
        return len(issued)

    before = [count(key) for key in ("mika", "clara", "hanna")]
    for key in MEMBERS:
        room.vote(key)
    room.fire("reveal_votes", "clara")
    assert before + [count(key) for key in ("mika", "clara", "hanna")] == [2] * 6


def test_who_is_out_meanwhile_is_told_as_if_there_were_no_case(room: Room, enter: Enter) -> None:
    room.reveal()
    poll = ask(enter("mika"), room)
    enter("mika").post(path(room, "conflict"), data={"kind": "other", "reason": "Cousin."})
    gone = enter("mika").get(poll)
    assert (gone.status_code, gone.data) == (404, enter("mika").get("/cases/999/session/live").data)


def test_who_is_taken_off_the_roles_is_asked_anew(room: Room, enter: Enter) -> None:
    """What a role shows ends with the role, although no event of the case tells of it."""
    room.reveal()
    poll = ask(enter("hanna"), room)
    assert enter("hanna").get(poll).status_code == 204
    room.session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id == room.scene.id("hanna")))
    assert enter("hanna").get(poll).status_code == 404


def test_who_is_signed_out_is_not_sent_a_page_as_a_part(room: Room, enter: Enter, client: FlaskClient) -> None:
    room.reveal()
    poll = ask(enter("mika"), room)
    client.post("/sign-out")
    assert client.get(poll, headers={PART: "true"}).status_code == 401
    assert client.get(poll).status_code == 303


def test_who_has_left_before_their_vote_is_no_longer_waited_for(room: Room, enter: Enter, now: datetime) -> None:
    """Nor where they were in the room; a vote that was cast before stays, and so does its place."""
    room.open_voting("clara", "omar", "jonas")
    for key in ("omar", "clara"):
        room.vote(key)
    page = enter("clara").get(path(room, "session"))
    assert (listed(page, "#live .stat b")[0], len(soup(page).select("[name=present]"))) == ("2/5", 5)
    for key in ("mika", "omar", "jonas"):
        deactivate(room.session, room.scene.id(key), actor=room.actor("ines"), now=now)
    room.session.commit()
    page = enter("clara").get(path(room, "session"))
    told = dict(zip(listed(page, "#live .seats b"), listed(page, "#live .seats .tag"), strict=True))
    here = {"Aya Sato": "Not yet", "Clara Boateng": "Voted", "Omar Haddad": "Voted"}
    assert told == here | {"Mika Saar": "Has left", "Jonas Weber": "Has left"}
    assert (listed(page, "#live .stat b")[0], listed(page, ".seats label b")) == ("2/3", list(here))
    standing = load_standing(room.session, room.case_id, room.actor("clara"), now=now)
    assert (standing.facts.present_without_vote, standing.facts.votes_cast) == (0, 2)
