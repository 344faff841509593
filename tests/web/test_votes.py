"""The pages of a vote: ballot, check, session; and that nothing of a vote shows before the reveal."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.models import Seat, Vote
from tests.committee_room import CRITERIA, MEMBERS, Room, sealed_room
from tests.conftest import Statements
from tests.factories import Scene
from tests.signed_in import listed, words

Enter = Callable[[str], FlaskClient]


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    return sealed_room(session, now)


@pytest.fixture
def scene(room: Room) -> Scene:
    """Return the scene of the room: whom the door lets in."""
    return room.scene


def ballot(room: Room, overall: str = "promote", value: int = 4, **more: str) -> dict[str, object]:
    """Return the fields of a whole ballot."""
    fields: dict[str, object] = {"version": "0", "overall": overall, "confidence": "high", "reason": "It holds."}
    for criterion in CRITERIA:
        fields |= {
            f"rating-{criterion}": str(value),
            f"reason-{criterion}": "As shown.",
            f"cites-{criterion}": room.evidence(),
        }
    return fields | more


def path(room: Room, page: str) -> str:
    return f"/cases/{room.case_id}/{page}"


def test_a_ballot_goes_from_draft_to_cast_and_back(room: Room, enter: Enter) -> None:
    room.open_voting()
    client = enter("mika")
    assert client.get(path(room, "ballot")).status_code == 200
    cited = listed(client.get(path(room, "ballot")), "#cites-leadership label")
    assert cited == [
        "E1 Work 1", "E2 Work 2", "E3 Work 3", "E4 Work 4",
        "F1 Lena Fuchs, Data", "F2 Erin Malik, Engineering", "F3 Dev Banerjee, Design",
    ]  # fmt: skip
    saved = client.post(path(room, "ballot"), data=ballot(room, then="check"))
    assert (saved.status_code, saved.location) == (303, path(room, "ballot/check"))
    checked = client.get(saved.location)
    assert "Is this your vote on Iris Vance?" in words(checked)
    assert "It holds." in words(checked)
    cast = client.post(path(room, "ballot/cast"), data={"request_key": "one"})
    assert (cast.status_code, cast.location) == (303, path(room, "ballot"))
    assert "Your vote is cast. Nobody sees it" in words(client.get(cast.location))
    room.session.expire_all()
    assert room.seat("mika").state == "voted"
    assert client.post(path(room, "ballot/cast"), data={"request_key": "one"}).status_code == 303
    assert client.post(path(room, "ballot/change")).status_code == 303
    room.session.expire_all()
    assert room.seat("mika").state == "read"


def test_an_unfinished_ballot_says_what_is_missing_beside_each_field(room: Room, enter: Enter) -> None:
    room.open_voting()
    client = enter("mika")
    fields = ballot(room, value=5, then="check", confidence="")
    fields |= {"reason-leadership": "", "cites-leadership": [], "rating-accountability": ""}
    client.post(path(room, "ballot"), data=fields)
    refused = client.get(path(room, "ballot/check"))
    page = BeautifulSoup(refused.get_data(as_text=True), "html.parser")
    assert refused.status_code == 422
    assert [(link["href"], link.get_text()) for link in page.select("[data-errors] a")] == [
        ("#reason-leadership", "Leadership: say why you see it otherwise than the manager"),
        ("#cites-leadership", "Leadership: cite the packet, you see it otherwise than the manager"),
        ("#rating-accountability", "Accountability has no vote"),
        ("#confidence", "Say how sure you are"),
    ]
    targets = {element["id"] for element in page.select("[id]")}
    assert {str(link["href"])[1:] for link in page.select("[data-errors] a")} <= targets


def test_a_ballot_is_saved_while_one_types(room: Room, enter: Enter) -> None:
    room.open_voting()
    client = enter("mika")
    saved = client.post(path(room, "ballot"), data={"version": "0", "reason": "So far."}, headers={"X-Autosave": "1"})
    assert saved.get_json() == {"words": "Saved 09:00, version 1", "version": 1}
    stale = client.post(path(room, "ballot"), data={"version": "0", "reason": "Other."}, headers={"X-Autosave": "1"})
    assert stale.status_code == 409
    assert room.session.scalars(sa.select(Vote.reason)).one() == "So far."
    cleared = client.post(path(room, "ballot"), data={"version": "1", "reason": ""}, headers={"X-Autosave": "1"})
    assert cleared.get_json()["version"] == 2


def stand_out(answer: TestResponse) -> list[str]:
    """Return the words of the buttons that stand out on a page."""
    found = BeautifulSoup(answer.text, "html.parser").select("main .btn-primary")
    return [" ".join(button.get_text(" ").split()) for button in found]


def test_what_comes_before_and_after_the_ballot(room: Room, enter: Enter) -> None:
    assert "Voting opens when the chair opens it" in words(enter("mika").get(path(room, "ballot")))
    room.render()
    room.read("clara", "omar", "jonas")
    room.fire("open_voting", "clara")
    answer = enter("mika").get(path(room, "ballot"))
    assert "Read the packet first; then vote." in words(answer)
    assert words(answer, ".options") == (
        "Go to the packet I have read the packet Missing: Open the packet first Done: The case is at this step: "
        "Independent votes Go to the session"
    )
    assert stand_out(answer) == ["Go to the packet"]
    enter("mika").post(path(room, "packet/open"))
    assert stand_out(enter("mika").get(path(room, "ballot"))) == ["I have read the packet"]
    for key in ("hanna", "greta", "iris", "otto"):
        assert enter(key).get(path(room, "ballot")).status_code == 404
    for key in ("clara", "omar", "jonas"):
        room.vote(key)
    room.be_present("clara", "omar", "jonas")
    room.fire("reveal_votes", "clara")
    assert "they stay as they are" in words(enter("omar").get(path(room, "ballot")))


def test_saying_that_one_has_read(room: Room, enter: Enter) -> None:
    client = enter("mika")
    assert client.post(path(room, "read")).status_code == 409
    assert client.post(path(room, "packet/open")).status_code == 303
    assert client.post(path(room, "read")).status_code == 303
    room.session.expire_all()
    assert room.seat("mika").state == "read"


SECRET = ("Nothing holds water.", "not_yet")


def every_page(room: Room) -> list[str]:
    pages = ["", "session", "session/live", "ballot", "ballot/check", "decision", "packet", "conflict"]
    here = [path(room, page).rstrip("/") for page in pages]
    return [*here, "/committee", f"/committee/agenda/{room.scene.committee_id}", "/", f"/cycles/{room.scene.cycle_id}"]


@pytest.mark.parametrize("key", ["clara", "omar", "aya", "hanna", "greta", "dario", "iris", "erin", "otto"])
def test_no_page_of_anybody_else_changes_with_a_vote_before_the_reveal(room: Room, enter: Enter, key: str) -> None:
    """Whatever Mika votes, every page of everybody else is the same byte for byte, keys of forms aside."""
    room.open_voting()
    client = enter(key)

    def look() -> list[str]:
        found = []
        for page in every_page(room):
            answer = client.get(page)
            text = re.sub(r'value="[\w.=-]{16,}"', "", answer.get_data(as_text=True))
            found.append(f"{page} {answer.status_code} {answer.headers.get('ETag')} {text}")
        return found

    room.vote("mika", "promote")
    before = look()
    room.session.execute(sa.update(Vote).values(overall=SECRET[1], reason=SECRET[0]))
    room.session.execute(sa.text("UPDATE vote_line SET value = 1, reason = 'Nothing holds water.'"))
    after = look()
    assert after == before
    assert not any(SECRET[0] in page for page in after)


@pytest.mark.parametrize("key", ["omar", "aya", "greta", "dario", "iris", "erin", "otto"])
def test_nobody_but_chair_and_hr_learns_the_turnout(room: Room, enter: Enter, key: str) -> None:
    room.open_voting()
    client = enter(key)

    def look() -> list[str]:
        return [
            re.sub(r'value="[\w.=-]{16,}"', "", client.get(page).get_data(as_text=True)) for page in every_page(room)
        ]

    before = look()
    room.vote("mika")
    assert look() == before


def test_the_chair_sees_how_far_the_votes_are_and_reveals(room: Room, enter: Enter) -> None:
    room.open_voting("clara", "omar", "mika")
    for key in ("clara", "omar"):
        room.vote(key)
    client = enter("clara")
    page = words(client.get(path(room, "session")))
    assert "2/5 votes are in" in page
    assert "1 member present has not voted yet" in page
    refused = client.post(path(room, "session"), data={"action": "reveal_votes"})
    assert refused.status_code == 409
    room.vote("mika")
    done = client.post(path(room, "session"), data={"action": "reveal_votes", "request_key": "r"})
    assert (done.status_code, done.location) == (303, path(room, "session"))
    revealed = words(client.get(path(room, "session")))
    assert "Who voted what, and why" in revealed
    assert "mika says promote." in revealed
    assert "The votes say: Promote" in revealed


def test_the_chair_records_who_is_in_the_room(room: Room, enter: Enter) -> None:
    room.open_voting()
    ids = [str(room.scene.id(key)) for key in ("clara", "mika")]
    assert enter("clara").post(path(room, "session/present"), data={"present": ids}).status_code == 303
    room.session.expire_all()
    assert room.case.present_ids == sorted(room.scene.id(key) for key in ("clara", "mika"))
    assert enter("omar").post(path(room, "session/present"), data={"present": ids}).status_code == 403


def seen_of(page: TestResponse) -> str:
    found = BeautifulSoup(page.get_data(as_text=True), "html.parser").select_one("#follow[hx-get]")
    assert found is not None
    return str(found["hx-get"])


def test_the_session_follows_along(room: Room, enter: Enter) -> None:
    room.open_voting("clara", "omar", "mika")
    client = enter("clara")
    poll = seen_of(client.get(path(room, "session")))
    assert client.get(poll).status_code == 204
    room.vote("mika")
    changed = client.get(poll)
    assert changed.status_code == 200
    assert "1/5" in changed.get_data(as_text=True)
    assert client.get(seen_of(changed)).status_code == 204
    for key in ("clara", "omar"):
        room.vote(key)
    room.fire("reveal_votes", "clara")
    assert client.get(poll).headers["HX-Refresh"] == "true"
    notes = seen_of(client.get(path(room, "session")))
    assert client.get(notes).status_code == 204
    client.post(path(room, "session/notes"), data={"note": "Is E6 one case?", "criterion": "leadership"})
    assert "Is E6 one case?" in client.get(notes).get_data(as_text=True)
    room.session.expire_all()
    room.decide()
    assert "The case has moved on." in client.get(notes).get_data(as_text=True)


def test_who_is_out_of_the_case_finds_nothing(room: Room, enter: Enter) -> None:
    room.open_voting()
    client = enter("mika")
    gone = client.post(path(room, "conflict"), data={"kind": "dispute", "reason": "We argued."})
    assert (gone.status_code, gone.location) == (303, "/committee")
    listed = words(client.get("/committee"))
    assert "We argued." in listed
    assert "No packet waits for you" in listed
    unknown = client.get("/cases/999/session")
    for page in ("", "session", "session/live", "ballot", "decision", "packet", "conflict"):
        answer = client.get(path(room, page).rstrip("/"))
        assert (answer.status_code, answer.data) == (404, unknown.data)
    assert client.post(path(room, "ballot"), data=ballot(room)).status_code == 404


def test_a_voided_vote_is_a_number_without_a_name(room: Room, enter: Enter) -> None:
    room.open_voting()
    for key in MEMBERS:
        room.vote(key)
    enter("mika").post(path(room, "conflict"), data={"kind": "other", "reason": "Cousin."})
    room.session.expire_all()
    room.fire("reveal_votes", "clara")
    page = words(enter("aya").get(path(room, "session")))
    assert "1 vote, voided by a conflict that came up" in page
    assert "Mika" not in page
    assert "Out of this case Who, not why MS Mika Saar" in words(enter("clara").get(path(room, "session")))


def test_as_many_statements_for_one_seat_as_for_all(room: Room, enter: Enter, statements: Statements) -> None:
    room.reveal()
    client = enter("clara")
    counts = {}
    for page in ("session", "decision", "ballot"):
        with statements() as issued:
            assert client.get(path(room, page)).status_code == 200
        counts[page] = len(issued)
    room.session.execute(sa.update(Vote).where(Vote.person_id != room.scene.id("clara")).values(cast_at=None))
    room.session.execute(sa.update(Seat).where(Seat.person_id != room.scene.id("clara")).values(state="absent"))
    for page, count in counts.items():
        with statements() as issued:
            client.get(path(room, page))
        assert len(issued) == count
    assert max(counts.values()) <= 18


def test_the_deputy_takes_the_chair_from_the_session(room: Room, enter: Enter) -> None:
    room.open_voting()
    assert "The chair cannot go on?" not in words(enter("mika").get(path(room, "session")))
    assert "The chair cannot go on?" not in words(enter("clara").get(path(room, "session")))
    refused = enter("mika").post(path(room, "session/chair"), data={"request_key": "m"})
    assert refused.status_code == 403
    client = enter("omar")
    assert "The chair cannot go on?" in words(client.get(path(room, "session")))
    done = client.post(path(room, "session/chair"), data={"request_key": "o"})
    assert (done.status_code, done.location) == (303, path(room, "session"))
    assert "Who is in the room" in words(client.get(path(room, "session")))
    assert "The chair cannot go on?" in words(enter("clara").get(path(room, "session")))
