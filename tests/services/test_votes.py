"""Votes: blind until the reveal, counted by the rules, kept over rounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from threading import Thread

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.ballot import BallotDraft, LineDraft, Overall
from review.domain.errors import Conflict, Invalid, NotAllowed, NotFound, TransitionRefused
from review.models import AuditEvent, DiscussionNote, Vote, VoteLine
from review.queries.sessions import load_session_page
from review.queries.standing import load_standing
from review.queries.votes import load_ballot, load_counted_votes, load_result
from review.services.conflicts import declare_conflict
from review.services.transitions import fire
from review.services.votes import add_note, cast_vote, change_vote, save_ballot
from tests.committee_room import MEMBERS, Room, sealed_room


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    return sealed_room(session, now)


def reasons_of(refused: pytest.ExceptionInfo[TransitionRefused]) -> list[str]:
    return [str(each) for each in refused.value.reasons]


def test_a_draft_is_kept_line_by_line(room: Room) -> None:
    room.open_voting()
    anchor = room.evidence()
    draft = BallotDraft({"leadership": LineDraft(2, False, "Only once.", (anchor,))}, None, None, "So far.")
    assert room.save("mika", draft) == 1
    assert room.save("mika", replace(draft, overall="not_yet"), 1) == 2
    assert room.save("mika", replace(draft, overall="not_yet"), 2) == 3  # each save counts, also of the lines alone
    page = load_ballot(room.session, load_standing(room.session, room.case_id, room.actor("mika"), now=room.now))
    assert page.draft == replace(draft, overall="not_yet")
    assert (page.version, page.round, page.seat_state, page.is_cast) == (3, 1, "read", False)


def test_each_draft_stands_in_the_trail_of_the_case(room: Room) -> None:
    room.open_voting()
    room.save("mika", BallotDraft(reason="So far."))
    vote = room.session.scalars(sa.select(Vote)).one()
    about = (AuditEvent.case_id, AuditEvent.subject_type, AuditEvent.subject_id, AuditEvent.actor_id)
    events = room.session.execute(sa.select(*about).where(AuditEvent.kind == "vote.draft")).all()
    assert events == [(room.case_id, "vote", vote.id, room.scene.id("mika"))]


def test_another_tab_is_not_overwritten(room: Room) -> None:
    room.open_voting()
    room.save("mika", BallotDraft(reason="First."))
    with pytest.raises(Conflict) as refused:
        room.save("mika", BallotDraft({"leadership": LineDraft(reason="Mine.")}, reason="Second."))
    assert refused.value.theirs == {"reason": "First.", "reason-leadership": ""}
    assert refused.value.mine == {"reason": "Second.", "reason-leadership": "Mine."}
    assert room.save("mika", BallotDraft(reason="First.")) == 1  # the same again, as after a lost answer


def test_who_may_vote_and_when(room: Room) -> None:
    draft = BallotDraft(reason="x")
    with pytest.raises(TransitionRefused) as refused:
        room.save("mika", draft)
    assert reasons_of(refused) == ["Voting is not open yet"]
    room.render()
    room.read("clara", "omar", "jonas")
    room.fire("open_voting", "clara")
    with pytest.raises(TransitionRefused) as refused:
        room.save("mika", draft)
    assert reasons_of(refused) == ["Read the packet first, and say so"]
    for key in ("hanna", "greta", "iris", "erin", "otto"):
        with pytest.raises(NotFound):
            room.save(key, draft)


def test_a_delegate_never_votes(room: Room) -> None:
    room.open_voting()
    otto = Actor(room.scene.id("otto"), "Otto", delegators={room.scene.id("mika"): frozenset()})
    with pytest.raises(NotFound):
        save_ballot(room.session, room.case_id, BallotDraft(reason="x"), version=0, actor=otto, now=room.now)


def test_a_ballot_is_cast_when_it_is_whole(room: Room) -> None:
    room.open_voting()
    room.save("mika", replace(room.draft(), confidence=None))
    with pytest.raises(Invalid) as refused:
        cast_vote(room.session, room.case_id, actor=room.actor("mika"), now=room.now)
    assert [fault.field for fault in refused.value.faults] == ["confidence"]
    assert room.states()["mika"] == "read"
    room.save("mika", room.draft(), 1)
    cast_vote(room.session, room.case_id, actor=room.actor("mika"), now=room.now, request_key="k")
    repeat = cast_vote(room.session, room.case_id, actor=room.actor("mika"), now=room.now, request_key="k")
    assert repeat.is_repeat
    assert room.states()["mika"] == "voted"
    with pytest.raises(TransitionRefused) as early:
        room.save("mika", room.draft(), 2)
    assert reasons_of(early) == ["Your vote is cast; take it back first"]


def test_a_vote_is_changed_until_the_reveal(room: Room) -> None:
    room.open_voting()
    for key in MEMBERS:
        room.vote(key)
    change_vote(room.session, room.case_id, actor=room.actor("mika"), now=room.now)
    vote = room.session.scalars(sa.select(Vote).where(Vote.person_id == room.scene.id("mika"))).one()
    assert (vote.cast_at, room.states()["mika"]) == (None, "read")
    room.vote("mika", "not_yet", version=vote.version)
    room.fire("reveal_votes", "clara")
    with pytest.raises(TransitionRefused):
        change_vote(room.session, room.case_id, actor=room.actor("mika"), now=room.now)
    with pytest.raises(TransitionRefused) as refused:
        room.save("mika", room.draft(), vote.version)
    assert reasons_of(refused) == ["The votes are revealed; they stay as they are"]


def test_nobody_reads_a_vote_before_the_reveal(room: Room) -> None:
    room.open_voting()
    room.vote("mika", "not_yet")
    seen = {}
    for key in ("clara", "mika", "aya", "hanna", "greta", "dario"):
        standing = load_standing(room.session, room.case_id, room.actor(key), now=room.now)
        turnout = None
        if standing.may_read("committee.seats"):
            seats = load_session_page(room.session, standing).seats
            turnout = seats and {row.name for row in seats if row.has_voted}
        seen[key] = (load_result(room.session, standing), turnout)
    assert seen == {
        "clara": (None, {"Mika Saar"}),
        "mika": (None, None),
        "aya": (None, None),
        "hanna": (None, {"Mika Saar"}),
        "greta": (None, None),
        "dario": (None, None),
    }


def test_what_a_member_polls_does_not_tell_of_others(room: Room) -> None:
    room.open_voting()

    def digests() -> tuple[str, str]:
        found = []
        for key in ("aya", "clara"):
            standing = load_standing(room.session, room.case_id, room.actor(key), now=room.now)
            found.append(load_session_page(room.session, standing).digest)
        return found[0], found[1]

    before = digests()
    room.vote("mika")
    after = digests()
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_the_reveal_waits_for_everybody_in_the_room(room: Room) -> None:
    room.open_voting("clara", "omar", "mika", "jonas")
    for key in ("clara", "omar"):
        room.vote(key)
    with pytest.raises(TransitionRefused) as refused:
        room.fire("reveal_votes", "clara")
    assert reasons_of(refused) == ["2 votes are in; 3 are needed", "2 members present have not voted yet"]
    for key in ("mika", "hanna", "greta"):
        with pytest.raises((NotAllowed, NotFound)) as denied:
            room.fire("reveal_votes", key)
        assert "vote" not in str(denied.value)
    room.vote("mika")
    room.be_present("clara", "omar", "mika")
    room.fire("reveal_votes", "clara")
    assert room.case.phase == "revealed"


def test_what_counts_is_cast_present_opened_and_without_conflict(room: Room) -> None:
    room.open_voting()
    for key, overall in zip(MEMBERS, ("promote", "promote", "promote", "not_yet", "defer"), strict=True):
        room.vote(key, overall)
    declare_conflict(room.session, room.case_id, "other", "Friends.", actor=room.actor("jonas"), now=room.now)
    room.be_present("clara", "omar", "mika")
    room.fire("reveal_votes", "clara")
    standing = load_standing(room.session, room.case_id, room.actor("omar"), now=room.now)
    counted, reasons = load_counted_votes(room.session, standing)
    assert {vote.person_id for vote in counted} == {room.scene.id(key) for key in ("clara", "omar", "mika")}
    assert standing.facts.votes_counted == 3
    assert reasons[room.scene.id("mika")] == "mika says promote."
    result = load_result(room.session, standing)
    assert result is not None
    assert result.tally.outcome is Overall.PROMOTE
    assert [(row.name, row.overall, row.is_counted) for row in result.votes] == [
        ("Aya Sato", "defer", False),
        ("Clara Boateng", "promote", True),
        ("Mika Saar", "promote", True),
        ("Omar Haddad", "promote", True),
    ]
    assert result.voided == 1


def test_a_second_round_keeps_the_first(room: Room) -> None:
    room.reveal({"clara": "promote", "omar": "promote", "mika": "not_yet"})
    room.fire("vote_again", "clara", note="E2 was misread.")
    assert room.case.vote_round == 2
    assert {room.states()[key] for key in ("clara", "omar", "mika")} == {"read"}
    standing = load_standing(room.session, room.case_id, room.actor("mika"), now=room.now)
    assert load_result(room.session, standing) is None
    page = load_ballot(room.session, standing)
    assert (page.draft.overall, page.version, page.is_cast) == ("not_yet", 0, False)  # begins with the first vote
    for key in ("clara", "omar", "mika"):
        room.vote(key, "promote", values=(4, 4, 5, 4))
    room.fire("reveal_votes", "clara")
    result = load_result(room.session, load_standing(room.session, room.case_id, room.actor("mika"), now=room.now))
    assert result is not None
    assert (result.first_split, result.tally.split) == (
        {"promote": 2, "not_yet": 1, "defer": 0},
        {Overall.PROMOTE: 3, Overall.NOT_YET: 0, Overall.DEFER: 0},
    )
    leadership = result.criteria[2]
    assert (dict(leadership.first), leadership.last, leadership.manager) == ({4: 3}, {5: 3}, 4)
    assert room.session.scalar(sa.select(sa.func.count()).select_from(Vote)) == 6


def test_voting_again_has_a_limit_and_needs_a_reason(room: Room) -> None:
    cast = dict.fromkeys(("clara", "omar", "mika"), "promote")
    room.reveal(cast)
    with pytest.raises(Invalid):
        room.fire("vote_again", "clara")
    for _ in range(2):
        room.fire("vote_again", "clara", note="Once more.")
        for key in cast:
            room.vote(key)
        room.fire("reveal_votes", "clara")
    with pytest.raises(TransitionRefused) as refused:
        room.fire("vote_again", "clara", note="Once more.")
    assert reasons_of(refused) == ["Voted again 2 times; the most is 2"]


def test_who_has_not_voted_in_the_new_round_does_not_count(room: Room) -> None:
    room.reveal(dict.fromkeys(MEMBERS, "promote"))
    room.fire("vote_again", "clara", note="Again.")
    room.be_present("clara", "omar", "mika")
    for key in ("clara", "omar", "mika"):
        room.vote(key, "not_yet")
    room.fire("reveal_votes", "clara")
    counted, _ = load_counted_votes(
        room.session, load_standing(room.session, room.case_id, room.actor("omar"), now=room.now)
    )
    assert {vote.overall for vote in counted} == {"not_yet"}
    assert len(counted) == 3


def test_anchors_are_of_this_packet(room: Room) -> None:
    room.open_voting()
    with pytest.raises(Invalid) as refused:
        room.save("mika", BallotDraft({"leadership": LineDraft(4, anchors=("e:999",))}))
    assert [fault.field for fault in refused.value.faults] == ["cites-leadership"]
    assert room.session.scalars(sa.select(VoteLine)).all() == []


def test_notes_are_taken_while_the_committee_discusses(room: Room) -> None:
    room.open_voting()
    with pytest.raises(NotFound):
        add_note(room.session, room.case_id, "Early.", actor=room.actor("mika"), now=room.now)
    for key in MEMBERS:
        room.vote(key)
    room.fire("reveal_votes", "clara")
    add_note(
        room.session, room.case_id, "Is E6 one case?", criterion_id="leadership", actor=room.actor("mika"), now=room.now
    )
    with pytest.raises(NotAllowed):
        add_note(room.session, room.case_id, "HR here.", actor=room.actor("hanna"), now=room.now)
    with pytest.raises(NotFound):
        add_note(room.session, room.case_id, "Me?", actor=room.actor("greta"), now=room.now)
    with pytest.raises(Invalid):
        add_note(room.session, room.case_id, " ", actor=room.actor("mika"), now=room.now)
    note = room.session.scalars(sa.select(DiscussionNote)).one()
    assert (note.body, note.criterion_id, note.author_id) == ("Is E6 one case?", "leadership", room.scene.id("mika"))


@pytest.mark.both_databases
def test_two_chairs_reveal_once(room: Room, engine: sa.Engine) -> None:
    """Two browsers press the same button: one takes effect, the other is refused with where the case is now."""
    room.open_voting("clara", "omar", "mika")
    for key in ("clara", "omar", "mika"):
        room.vote(key)
    room.session.commit()
    outcomes: list[str] = []

    def press() -> None:
        with Session(engine) as session:
            try:
                fire(session, room.case_id, "reveal_votes", actor=room.actor("clara"), now=room.now)
                session.commit()
                outcomes.append("revealed")
            except TransitionRefused as refused:
                outcomes.append(str(refused))

    presses = [Thread(target=press) for _ in range(2)]
    for each in presses:
        each.start()
    for each in presses:
        each.join()
    assert sorted(outcomes) == ['"Reveal votes" is not possible at this step: Committee discusses', "revealed"]
