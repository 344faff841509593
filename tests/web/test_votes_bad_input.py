"""What is refused around a vote: each with a reason to act on, and not a row changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.models import AuditEvent, Base, Feedback, Vote
from review.services.audit import find_break
from review.services.conflicts import declare_conflict, set_conflict
from tests.committee_room import CRITERIA, MEMBERS, Room, sealed_room
from tests.factories import Scene
from tests.signed_in import words
from tests.trail import detail_of

Enter = Callable[[str], FlaskClient]
Contents = dict[str, list[str]]
KEPT_APART = frozenset({"sign_in", "sign_in_attempt", "audit_event", "audit_head"})
"""What a request writes about who asks, whatever it answers, and the record, which is looked at by itself."""


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    return sealed_room(session, now)


@pytest.fixture
def scene(room: Room) -> Scene:
    """Return the scene of the room: whom the door lets in."""
    return room.scene


def contents(session: Session) -> Contents:
    """Return every row of every table."""
    session.commit()
    tables = [table for name, table in Base.metadata.tables.items() if name not in KEPT_APART]
    return {table.name: sorted(map(repr, session.execute(sa.select(table)))) for table in tables}


def last_seq(session: Session) -> int:
    """Return how long the record is."""
    session.commit()
    return session.scalar(sa.select(sa.func.max(AuditEvent.seq))) or 0


def refusals(session: Session, room: Room, since: int) -> list[tuple[object, ...]]:
    """Return what the record gained: who was refused, of which case, where, with which status."""
    session.commit()
    rows = session.scalars(sa.select(AuditEvent).where(AuditEvent.seq > since).order_by(AuditEvent.seq)).all()
    assert find_break(session) is None
    assert {row.kind for row in rows} <= {"press.refused"}
    keys = {number: key for key, number in room.scene.company.ids.items()}
    told = [(row, detail_of(session, row)) for row in rows]
    return [(keys[row.actor_id or 0], row.case_id, detail["route"], detail["status"]) for row, detail in told]


@dataclass(frozen=True, slots=True)
class Press:
    """A button of a page, and what its form holds."""

    page: str
    fields: dict[str, object]

    def by(self, client: FlaskClient, room: Room) -> TestResponse:
        """Send it."""
        return client.post(f"/cases/{room.case_id}/{self.page}", data=self.fields)


def ballot(anchor: str, **more: object) -> Press:
    """Return a whole ballot being saved."""
    fields: dict[str, object] = {"version": "0", "overall": "promote", "confidence": "high", "reason": "It holds."}
    for criterion in CRITERIA:
        fields |= {f"rating-{criterion}": "4", f"reason-{criterion}": "As shown.", f"cites-{criterion}": anchor}
    return Press("ballot", fields | more)


ROUTES = {
    "ballot": "votes.save",
    "ballot/cast": "votes.cast",
    "ballot/change": "votes.change",
    "read": "votes.say_read",
    "session": "votes.act",
    "session/present": "votes.present",
    "decision": "decisions.record",
}
SAVE = ballot("e:1")
CAST, CHANGE = Press("ballot/cast", {"request_key": "late"}), Press("ballot/change", {"request_key": "late"})
READ, REVEAL = (
    Press("read", {"request_key": "late"}),
    Press("session", {"action": "reveal_votes", "request_key": "late"}),
)
PRESENT = Press("session/present", {"present": "1"})
PROMOTE = Press(
    "decision",
    {"action": "decide_promote", "rationale": "It holds.", "confirmed": "yes", "request_key": "late"},
)
THREE = ("clara", "omar", "mika")


def sealed(room: Room) -> None:
    room.render()
    room.read(*THREE)


def unread(room: Room) -> None:
    room.render()
    room.read("clara", "omar", "jonas")
    room.fire("open_voting", "clara")


def opened(room: Room) -> None:
    room.open_voting(*THREE)


def voted(room: Room) -> None:
    room.open_voting(*THREE)
    for key in THREE:
        room.vote(key)


def revealed(room: Room) -> None:
    voted(room)
    room.fire("reveal_votes", "clara")


def decided(room: Room) -> None:
    revealed(room)
    room.decide()


def withdrawn(room: Room) -> None:
    voted(room)
    room.fire("withdraw", "iris")


def withdrawn_before_a_vote(room: Room) -> None:
    opened(room)
    room.fire("withdraw", "iris")


def muted(room: Room) -> None:
    """Let Mika's feedback be in the case: who gave feedback reads on, and has no vote."""
    opened(room)
    room.session.add(
        Feedback(
            case_id=room.case_id,
            giver_id=room.scene.id("mika"),
            function="Data",
            state="submitted",
            entered_at=room.now,
            submitted_at=room.now,
            shown_in=1,
        )
    )


def give_up(room: Room, key: str = "mika") -> None:
    declare_conflict(room.session, room.case_id, "other", "Friends.", actor=room.actor(key), now=room.now)


def quorum_lost_while_voting(room: Room) -> None:
    voted(room)
    give_up(room)


def quorum_lost_while_talking(room: Room) -> None:
    revealed(room)
    give_up(room)


def quorum_left_the_room(room: Room) -> None:
    revealed(room)
    room.be_present("clara", "omar")


CLOSED = "This case is closed; nobody votes on it any more"
CAST_ALREADY = "Your vote is cast; take it back first"
READ_FIRST = "Read the packet first, and say so"
STAYS = "The votes are revealed; they stay as they are"
NO_VOTE = "You may read this case, but you have no vote on it"
REFUSED: list[tuple[Callable[[Room], None], str, Press, int, str]] = [
    (sealed, "mika", CAST, 409, "Voting is not open yet"),
    (sealed, "clara", REVEAL, 409, '"Reveal votes" is not possible at this step: Packet sealed, committee reads'),
    (unread, "mika", SAVE, 409, READ_FIRST),
    (unread, "mika", CAST, 409, READ_FIRST),
    (unread, "mika", READ, 409, "Open the packet first"),
    (opened, "mika", REVEAL, 403, "Only for: Committee chair"),
    (opened, "mika", PRESENT, 403, "Only the chair records who is in the room"),
    (voted, "mika", SAVE, 409, CAST_ALREADY),
    (voted, "mika", CAST, 409, CAST_ALREADY),
    (revealed, "mika", SAVE, 409, STAYS),
    (revealed, "mika", CAST, 409, STAYS),
    (revealed, "mika", CHANGE, 409, "Only at this step: Independent votes. Now: Committee discusses"),
    (revealed, "clara", REVEAL, 409, '"Reveal votes" is not possible at this step: Committee discusses'),
    (decided, "mika", SAVE, 409, STAYS),
    (decided, "mika", CHANGE, 409, "This is not possible any more. Now: Vote kept"),
    (decided, "clara", PRESENT, 409, "The committee does not meet on this case now"),
    (withdrawn, "mika", SAVE, 409, CLOSED),
    (withdrawn, "mika", CAST, 409, CLOSED),
    (withdrawn, "mika", CHANGE, 409, "Only at this step: Independent votes. Now: Withdrawn"),
    (withdrawn, "clara", REVEAL, 409, '"Reveal votes" is not possible at this step: Withdrawn'),
    (withdrawn, "clara", PRESENT, 409, "The committee does not meet on this case now"),
    (withdrawn_before_a_vote, "mika", SAVE, 409, CLOSED),
    (muted, "mika", SAVE, 403, NO_VOTE),
    (muted, "mika", CAST, 403, NO_VOTE),
    (quorum_lost_while_voting, "clara", REVEAL, 409, "2 votes are in; 3 are needed"),
    (quorum_lost_while_talking, "clara", PROMOTE, 409, "2 votes count; the quorum is 3"),
    (quorum_left_the_room, "clara", PROMOTE, 409, "2 votes count; the quorum is 3"),
]


@pytest.mark.parametrize(
    ("stand", "who", "press", "status", "reason"),
    REFUSED,
    ids=[f"{stand.__name__}-{who}-{press.page}" for stand, who, press, *_ in REFUSED],
)
def test_refused_with_a_reason_and_nothing_half_done(
    room: Room, enter: Enter, stand: Callable[[Room], None], who: str, press: Press, status: int, reason: str
) -> None:
    stand(room)
    client = enter(who)
    before, last = contents(room.session), last_seq(room.session)
    answer = press.by(client, room)
    assert (answer.status_code, reason_of(answer)) == (status, reason)
    assert contents(room.session) == before
    assert refusals(room.session, room, last) == [(who, room.case_id, ROUTES[press.page], status)]


def reason_of(answer: TestResponse) -> str:
    """Return what a refusal says is missing."""
    found = re.search(r"Missing: (.*?) (?:Your text is kept|Back\b)", words(answer))
    return found[1] if found else words(answer)


def test_the_record_keeps_the_reasons_and_none_of_the_words(room: Room, enter: Enter) -> None:
    quorum_lost_while_talking(room)
    client, last = enter("clara"), last_seq(room.session)
    PROMOTE.by(client, room)
    row = room.session.scalars(sa.select(AuditEvent).where(AuditEvent.seq > last)).one()
    why = "%(count)s vote counts; the quorum is %(need)s"
    assert detail_of(room.session, row) == {
        "route": "decisions.record",
        "status": 409,
        "case_id": room.case_id,
        "reasons": [why],
    }


def test_what_saves_itself_while_one_types_is_no_press(room: Room, enter: Enter) -> None:
    withdrawn(room)
    client, last = enter("mika"), last_seq(room.session)
    answer = client.post(f"/cases/{room.case_id}/ballot", data=SAVE.fields, headers={"X-Autosave": "1"})
    assert (answer.status_code, last_seq(room.session)) == (409, last)


@pytest.mark.parametrize("press", [SAVE, CAST, CHANGE, READ, REVEAL, PRESENT, PROMOTE], ids=lambda press: press.page)
def test_who_gave_the_seat_up_presses_on_nothing(room: Room, enter: Enter, press: Press) -> None:
    voted(room)
    give_up(room)
    client = enter("mika")
    before, last = contents(room.session), last_seq(room.session)
    answer = press.by(client, room)
    unknown = client.post(f"/cases/999/{press.page}", data=press.fields)
    assert (answer.status_code, answer.data) == (404, unknown.data)
    assert contents(room.session) == before
    assert refusals(room.session, room, last) == [
        ("mika", room.case_id, ROUTES[press.page], 404),
        ("mika", None, ROUTES[press.page], 404),
    ]


def test_the_same_press_sent_twice_takes_effect_once(room: Room, enter: Enter) -> None:
    opened(room)
    room.save("mika", room.draft())
    client = enter("mika")
    assert CAST.by(client, room).status_code == 303
    before = contents(room.session)
    assert CAST.by(client, room).status_code == 303
    assert contents(room.session) == before


@pytest.mark.parametrize("headers", [{}, {"X-Autosave": "1"}])
def test_a_stale_tab_overwrites_nothing_and_shows_both(room: Room, enter: Enter, headers: dict[str, str]) -> None:
    opened(room)
    room.save("mika", room.draft(reason="From the other tab."))
    client = enter("mika")
    before = contents(room.session)
    stale = client.post(f"/cases/{room.case_id}/ballot", data=SAVE.fields | {"reason": "From this."}, headers=headers)
    assert stale.status_code == 409
    if not headers:
        assert "From the other tab." in words(stale)
        assert "From this." in stale.get_data(as_text=True)
    assert contents(room.session) == before


@pytest.mark.parametrize(
    "forged",
    [
        {"rating-leadership": "9"},
        {"cites-leadership": "e:999"},
        {"overall": "maybe"},
        {"confidence": "very"},
        {"reason": "x" * 20_001},
    ],
    ids=lambda forged: next(iter(forged)),
)
def test_a_forged_ballot_leaves_nothing(room: Room, enter: Enter, forged: dict[str, object]) -> None:
    opened(room)
    client = enter("mika")
    before = contents(room.session)
    assert ballot(room.evidence(), **forged).by(client, room).status_code == 422
    assert contents(room.session) == before


def test_a_conflict_that_comes_up_while_the_case_is_on_screen(room: Room, enter: Enter) -> None:
    """The screen is closed at the next request; the vote is kept, voided and not counted; the trail says when."""
    voted(room)
    client = enter("mika")
    pages = [f"/cases/{room.case_id}/{page}" for page in ("ballot", "session", "packet", "session/live")]
    assert [client.get(page).status_code for page in pages] == [200] * len(pages)
    last = room.session.scalar(sa.select(sa.func.max(AuditEvent.seq))) or 0
    hanna = room.actor("hanna")
    set_conflict(room.session, room.case_id, room.scene.id("mika"), "Related.", actor=hanna, now=room.now)
    before = contents(room.session)
    assert [client.get(page).status_code for page in pages] == [404] * len(pages)
    assert [press.by(client, room).status_code for press in (SAVE, CAST, CHANGE)] == [404] * 3
    assert contents(room.session) == before
    since = sa.select(AuditEvent.kind).where(AuditEvent.seq > last).order_by(AuditEvent.seq)
    assert room.session.scalars(since).all() == ["seat.recuse", "conflict.set", *["press.refused"] * 3]
    kept = sa.select(Vote.overall, Vote.cast_at, Vote.voided_at).where(Vote.person_id == room.scene.id("mika"))
    assert room.session.execute(kept).one() == ("promote", room.now, room.now)


def test_the_votes_on_a_withdrawn_case_are_never_revealed(room: Room, enter: Enter) -> None:
    withdrawn(room)
    for key in (*MEMBERS, "hanna"):
        client = enter(key)
        for page in ("session", "decision", "ballot", ""):
            answer = client.get(f"/cases/{room.case_id}/{page}".rstrip("/"))
            others = [f"{each} says" for each in THREE if each != key]
            assert not [each for each in others if each in answer.get_data(as_text=True)]
            assert "The votes say" not in answer.get_data(as_text=True)
    assert "This case is closed; nobody votes on it any more." in words(
        enter("mika").get(f"/cases/{room.case_id}/ballot")
    )
