"""Committees, seats and conflicts: who is seated, who is out at once, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.errors import Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.text import text
from review.models import (
    Appeal,
    AuditEvent,
    Case,
    CommitteeMember,
    Conflict,
    Decision,
    Gap,
    Message,
    Person,
    Seat,
    Vote,
)
from review.queries.standing import load_standing
from review.services.committees import (
    assign_all,
    assign_case,
    create_committee,
    drop_member,
    remove_member,
    set_member,
)
from review.services.committees_below import give_case, place_member
from review.services.conflicts import declare_conflict, set_conflict
from review.services.messages import enqueue_message
from review.services.packets import note_opened
from review.services.seats import mark_read, set_present
from review.services.transitions import fire_item
from tests.committee_room import MEMBERS, Room, built_room, sealed_room, second_committee
from tests.factories import Scene, open_case_of
from tests.trail import detail_of


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    return sealed_room(session, now)


def roles_of(session: Session, scene: Scene, committee_id: int) -> dict[str, str]:
    keys = {number: key for key, number in scene.company.ids.items()}
    rows = session.scalars(sa.select(CommitteeMember).where(CommitteeMember.committee_id == committee_id))
    return {keys[row.person_id]: row.role for row in rows}


def test_a_committee_has_one_chair(session: Session, scene: Scene, now: datetime) -> None:
    hanna = scene.actor("hanna")
    committee = create_committee(session, scene.cycle_id, "Committee B", actor=hanna, now=now)
    for key, role in (("sam", "chair"), ("tomas", "deputy"), ("petra", "chair"), ("sam", "deputy")):
        set_member(session, committee.id, scene.id(key), role, actor=hanna, now=now)
    assert roles_of(session, scene, committee.id) == {"petra": "chair", "tomas": "member", "sam": "deputy"}
    remove_member(session, committee.id, scene.id("tomas"), actor=hanna, now=now)
    assert roles_of(session, scene, committee.id) == {"petra": "chair", "sam": "deputy"}


def test_only_hr_sets_up_committees(session: Session, scene: Scene, now: datetime) -> None:
    clara = scene.actor("clara")
    with pytest.raises(NotAllowed):
        create_committee(session, scene.cycle_id, "Mine", actor=clara, now=now)
    with pytest.raises(NotAllowed):
        set_member(session, scene.committee_id, scene.id("erin"), "member", actor=clara, now=now)
    with pytest.raises(NotAllowed):
        remove_member(session, scene.committee_id, scene.id("mika"), actor=clara, now=now)


def test_names_are_given_once(session: Session, scene: Scene, now: datetime) -> None:
    for name in ("Committee A", " ", "x" * 81):
        with pytest.raises(Invalid):
            create_committee(session, scene.cycle_id, name, actor=scene.actor("hanna"), now=now)


def test_who_has_left_sits_nowhere(session: Session, scene: Scene, now: datetime) -> None:
    with pytest.raises(Invalid):
        set_member(session, scene.committee_id, scene.id("xenia"), "member", actor=scene.actor("hanna"), now=now)


def test_the_one_who_has_left_is_taken_off_and_no_other(session: Session, scene: Scene, now: datetime) -> None:
    hanna = scene.actor("hanna")
    session.get_one(Person, scene.id("mika")).is_active = False
    session.commit()
    with pytest.raises(TransitionRefused):
        drop_member(session, scene.committee_id, scene.id("jonas"), actor=hanna, now=now)
    drop_member(session, scene.committee_id, scene.id("mika"), actor=hanna, now=now)
    session.flush()
    assert set(roles_of(session, scene, scene.committee_id)) == set(MEMBERS) - {"mika"}


def test_the_chair_who_has_left_keeps_a_plain_seat(room: Room) -> None:
    room.session.get_one(Person, room.scene.id("clara")).is_active = False
    room.session.commit()
    clara, hanna = room.scene.id("clara"), room.actor("hanna")
    drop_member(room.session, room.scene.committee_id, clara, actor=hanna, now=room.now)
    room.session.flush()
    assert {key: room.seat(key).role for key in ("clara", "omar")} == {"clara": "member", "omar": "deputy"}


@pytest.mark.parametrize("take_off", [remove_member, drop_member])
def test_who_is_on_no_committee_is_not_taken_off_one(
    session: Session, scene: Scene, now: datetime, take_off: Callable[..., None]
) -> None:
    with pytest.raises(NotFound):
        take_off(session, scene.committee_id, scene.id("otto"), actor=scene.actor("hanna"), now=now)


def test_whoever_holds_a_seat_stays_on_the_committee(room: Room) -> None:
    with pytest.raises(TransitionRefused) as refused:
        remove_member(
            room.session, room.scene.committee_id, room.scene.id("mika"), actor=room.actor("hanna"), now=room.now
        )
    assert [str(each) for each in refused.value.reasons] == ["They hold a seat on 1 running case"]


def test_a_new_chair_takes_the_seats_along(room: Room) -> None:
    set_member(
        room.session, room.scene.committee_id, room.scene.id("mika"), "chair", actor=room.actor("hanna"), now=room.now
    )
    roles = {row.person_id: row.role for row in room.session.scalars(sa.select(Seat))}
    assert {key: roles[room.scene.id(key)] for key in MEMBERS} == {
        "clara": "member",
        "omar": "deputy",
        "mika": "chair",
        "jonas": "member",
        "aya": "member",
    }


def test_every_case_goes_to_the_least_loaded_committee_without_conflicts(
    session: Session, scene: Scene, now: datetime
) -> None:
    other = second_committee(session, scene, "sam", "tomas", "petra", "hugo")
    cases = [
        open_case_of(session, scene, key, level, now)
        for key, level in (("iris", "staff-pm"), ("ben", "senior-pm"), ("cora", "senior-pm"))
    ]
    for case in cases:
        case.committee_id = None
    declare = Conflict(
        case_id=cases[0].id,
        person_id=scene.id("aya"),
        kind="close_personal",
        reason="Friends.",
        declared_by_id=scene.id("aya"),
        declared_at=now,
    )
    session.add(declare)
    session.commit()
    done = assign_all(session, scene.cycle_id, [case.id for case in cases], actor=scene.actor("hanna"), now=now)
    assert [(each.code, each.committee, str(each.reason)) for each in done] == [
        (cases[0].code, "Committee of sam", "Nobody on it has a conflict; 0 cases so far"),
        (cases[1].code, "Committee A", "Nobody on it has a conflict; 0 cases so far"),
        (cases[2].code, "Committee A", "Nobody on it has a conflict; 1 case so far"),
    ]
    assert cases[0].committee_id == other
    again = assign_all(session, scene.cycle_id, [case.id for case in cases], actor=scene.actor("hanna"), now=now)
    assert again == ()


def test_a_case_changes_committee_until_it_is_sealed(session: Session, scene: Scene, now: datetime) -> None:
    other = second_committee(session, scene, "sam", "tomas", "petra")
    room, hanna = built_room(session, scene, now), scene.actor("hanna")
    assign_case(session, room.case_id, other, actor=hanna, now=now)
    assert room.case.committee_id == other
    with pytest.raises(Invalid):
        assign_case(session, room.case_id, 999, actor=hanna, now=now)
    with pytest.raises(NotAllowed):
        assign_case(session, room.case_id, scene.committee_id, actor=scene.actor("greta"), now=now)
    room.fire("seal", "hanna")
    assert room.states() == {"sam": "seated", "tomas": "seated", "petra": "seated"}
    with pytest.raises(TransitionRefused):
        assign_case(session, room.case_id, scene.committee_id, actor=hanna, now=now)


def test_sealing_seats_the_committee_and_recuses_conflicts(session: Session, scene: Scene, now: datetime) -> None:
    room = built_room(session, scene, now)
    set_member(session, scene.committee_id, scene.id("erin"), "member", actor=scene.actor("hanna"), now=now)
    set_member(session, scene.committee_id, scene.id("dario"), "member", actor=scene.actor("hanna"), now=now)
    room.fire("seal", "hanna")
    assert room.states() == {**dict.fromkeys(MEMBERS, "seated"), "erin": "recused", "dario": "recused"}
    # a giver without a vote may read; somebody of the line of reports sees no committee work at all
    assert load_standing(session, room.case_id, scene.actor("erin"), now=now).may_read("packet.sealed")
    assert not load_standing(session, room.case_id, scene.actor("dario"), now=now).may_read("committee.seats")


def test_a_case_without_a_committee_gets_one_at_the_seal(session: Session, scene: Scene, now: datetime) -> None:
    second_committee(session, scene, "erin", "dev", "lena")  # all of them gave feedback
    room = built_room(session, scene, now)
    room.case.committee_id = None
    room.fire("seal", "hanna")
    assert room.case.committee_id == scene.committee_id
    assert room.states() == dict.fromkeys(MEMBERS, "seated")


def test_no_committee_at_all_stops_the_seal(session: Session, scene: Scene, now: datetime) -> None:
    room = built_room(session, scene, now)
    room.case.committee_id = None
    session.execute(sa.delete(CommitteeMember))
    session.commit()
    with pytest.raises(TransitionRefused) as refused:
        room.fire("seal", "hanna")
    assert [str(each) for each in refused.value.reasons] == [
        "No committee has a chair without a conflict and enough members who can vote"
    ]


def test_a_new_seal_is_read_anew_and_a_recusal_stays(room: Room) -> None:
    room.render()
    room.read("clara", "mika")
    room.recuse("aya")
    room.fire("unseal", "hanna", note="A wrong file.")
    room.finish_building()
    room.fire("seal", "hanna")
    assert room.states() == {**dict.fromkeys(MEMBERS, "seated"), "aya": "recused"}
    assert room.seat("mika").opened_at is None


@pytest.mark.both_databases
def test_a_declared_conflict_takes_effect_at_once(room: Room) -> None:
    room.open_voting()
    room.vote("mika")
    session, mika = room.session, room.actor("mika")
    enqueue_message(
        session,
        key="m1",
        to_person_id=room.scene.id("mika"),
        template="please_read",
        case_id=room.case_id,
        now=room.now,
    )
    enqueue_message(
        session, key="m2", to_person_id=room.scene.id("aya"), template="please_read", case_id=room.case_id, now=room.now
    )
    declare_conflict(session, room.case_id, "dispute", "We argued in court.", actor=mika, now=room.now)
    session.commit()
    with pytest.raises(NotFound):
        load_standing(session, room.case_id, mika, now=room.now)
    assert room.states()["mika"] == "recused"
    vote = session.scalars(sa.select(Vote)).one()
    assert (vote.cast_at, vote.voided_at, vote.reason) == (room.now, room.now, "mika says promote.")
    dropped = {row.key: row.dropped_at for row in session.scalars(sa.select(Message)) if row.key in ("m1", "m2")}
    assert dropped == {"m1": room.now, "m2": None}
    assert room.scene.id("mika") not in room.case.present_ids
    facts = load_standing(session, room.case_id, room.actor("clara"), now=room.now).facts
    assert (facts.votes_cast, facts.seats_able_to_vote) == (0, 4)
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "conflict.declare")).one()
    assert detail_of(session, event) == {"kind": "dispute", "voided": [vote.id]}


def test_a_declaration_needs_a_kind_and_a_reason(room: Room) -> None:
    with pytest.raises(Invalid) as refused:
        declare_conflict(room.session, room.case_id, "self", " ", actor=room.actor("mika"), now=room.now)
    assert [fault.field for fault in refused.value.faults] == ["kind", "reason"]
    assert room.session.scalars(sa.select(Conflict)).all() == []


@pytest.mark.parametrize(("key", "error"), [("iris", NotFound), ("greta", NotFound), ("otto", NotFound)])
def test_who_has_no_part_in_judging_declares_nothing(room: Room, key: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        declare_conflict(room.session, room.case_id, "other", "So.", actor=room.actor(key), now=room.now)


def test_the_deputy_leads_when_the_chair_declares(room: Room) -> None:
    declare_conflict(room.session, room.case_id, "other", "A cousin.", actor=room.actor("clara"), now=room.now)
    room.render()
    room.read("omar", "mika", "jonas", "aya")
    with pytest.raises(NotFound):
        room.fire("open_voting", "clara")
    room.fire("open_voting", "omar")
    assert room.case.state == "voting"


def test_the_deputy_leads_when_the_chair_has_no_vote(session: Session, scene: Scene, now: datetime) -> None:
    set_member(session, scene.committee_id, scene.id("erin"), "chair", actor=scene.actor("hanna"), now=now)
    room = built_room(session, scene, now)
    room.fire("seal", "hanna")
    room.render()
    room.read("omar", "mika", "jonas", "aya", "clara")
    with pytest.raises(TransitionRefused) as refused:
        room.fire("open_voting", "erin")
    assert [str(each) for each in refused.value.reasons] == [
        "You are recused from this case; the deputy acts in your place"
    ]
    room.fire("open_voting", "omar")
    assert room.case.state == "voting"


def test_hr_sets_a_conflict_for_somebody(room: Room) -> None:
    set_conflict(
        room.session,
        room.case_id,
        room.scene.id("jonas"),
        "They share a flat.",
        actor=room.actor("hanna"),
        now=room.now,
    )
    assert room.states()["jonas"] == "recused"
    with pytest.raises(NotFound):
        load_standing(room.session, room.case_id, room.actor("jonas"), now=room.now)
    with pytest.raises(NotAllowed):
        set_conflict(room.session, room.case_id, room.scene.id("aya"), "No.", actor=room.actor("clara"), now=room.now)


def test_reading_is_refused_until_the_packet_is_opened(room: Room) -> None:
    with pytest.raises(TransitionRefused) as refused:
        mark_read(room.session, room.case_id, actor=room.actor("mika"), now=room.now)
    assert [str(each) for each in refused.value.reasons] == ["Open the packet first"]
    room.read("mika")
    assert room.states()["mika"] == "read"
    with pytest.raises(NotFound):
        mark_read(room.session, room.case_id, actor=room.actor("hanna"), now=room.now)


def test_nobody_but_a_member_says_that_a_member_has_read(room: Room) -> None:
    room.render()
    note_opened(room.session, room.case_id, actor=room.actor("jonas"), now=room.now)
    for key in ("mika", "clara"):
        with pytest.raises(NotAllowed):
            fire_item(room.session, room.case_id, room.seat("jonas"), "mark_read", actor=room.actor(key), now=room.now)
    assert room.states()["jonas"] == "seated"


def test_who_has_come_to_manage_the_candidates_manager_has_no_seat_any_more(room: Room) -> None:
    """They go on reading where the case stands, by the line of reports; their own seat is nothing to them."""
    room.render()
    for key in ("aya", "jonas"):
        note_opened(room.session, room.case_id, actor=room.actor(key), now=room.now)
    room.session.get_one(Person, room.scene.id("greta")).manager_id = room.scene.id("aya")
    room.session.commit()
    mark_read(room.session, room.case_id, actor=room.actor("jonas"), now=room.now)
    with pytest.raises(NotAllowed):
        mark_read(room.session, room.case_id, actor=room.actor("aya"), now=room.now)
    room.session.rollback()
    assert room.seat("aya").state == "seated"


def test_only_the_chair_records_who_is_present(room: Room) -> None:
    ids = {room.scene.id("mika"), room.scene.id("iris")}
    for key in ("mika", "hanna"):
        with pytest.raises(NotAllowed):
            set_present(room.session, room.case_id, ids, actor=room.actor(key), now=room.now)
    room.be_present("mika", "iris")
    assert room.case.present_ids == [room.scene.id("mika")]


def appealed(room: Room) -> None:
    """Bring a case to an open appeal."""
    room.reveal(dict.fromkeys(MEMBERS, "not_yet"))
    room.session.add(
        Gap(
            case_id=room.case_id,
            criterion_id="leadership",
            sentence="s",
            seen="a",
            missing="b",
            review_on=room.now.date(),
            named_by_id=room.scene.id("clara"),
            named_at=room.now,
        )
    )
    room.session.flush()
    room.decide("decide_not_yet")
    room.session.execute(sa.text("UPDATE case_token SET state = 'appeal' WHERE region = 'main'"))
    room.case.state, room.case.phase = "appeal", "announced"
    room.session.add(Appeal(case_id=room.case_id, ground="procedure", body="E2 was not read.", filed_at=room.now))
    room.session.commit()


def test_an_appeal_seats_people_who_never_sat_on_the_case(session: Session, scene: Scene, now: datetime) -> None:
    second_committee(session, scene, "sam", "mika", "otto")  # mika sits on the first one
    fresh = second_committee(session, scene, "tomas", "sam", "otto")
    room = built_room(session, scene, now)
    room.fire("seal", "hanna")
    appealed(room)
    room.fire("grant_appeal", "petra", note="New evidence.")
    assert room.case.committee_id == fresh
    assert room.states() == {
        **dict.fromkeys(MEMBERS, "replaced"),
        "tomas": "seated",
        "sam": "seated",
        "otto": "seated",
    }
    assert (room.case.vote_round, room.case.present_ids, room.case.state) == (0, [], "reading")
    assert session.scalars(sa.select(Decision)).one().replaced_at == now
    assert session.scalars(sa.select(Gap)).one().removed_at == now
    for key in MEMBERS:
        with pytest.raises(NotFound):
            load_standing(session, room.case_id, scene.actor(key), now=now)
    room.render()
    room.read("tomas", "sam", "otto")
    room.fire("open_voting", "tomas")
    facts = load_standing(session, room.case_id, scene.actor("tomas"), now=now).facts
    assert (facts.votes_cast, facts.seats_able_to_vote, facts.revotes_used) == (0, 3, 0)


def test_without_a_fresh_committee_no_appeal_is_granted(room: Room) -> None:
    appealed(room)
    with pytest.raises(TransitionRefused) as refused:
        room.fire("grant_appeal", "petra", note="New evidence.")
    assert [str(each) for each in refused.value.reasons] == [
        "No other committee of this cycle is free of people who sat on this case"
    ]


def test_a_second_rater_who_is_replaced_is_free_again(session: Session, scene: Scene, now: datetime) -> None:
    from review.services.ratings import assign_second_rater

    room = built_room(session, scene, now)
    session.execute(sa.text("UPDATE case_token SET state = 'to_assign' WHERE region = 'second_rating'"))
    session.commit()
    assign_second_rater(session, room.case_id, scene.id("mika"), actor=scene.actor("hanna"), now=now)
    assert session.get_one(Case, room.case_id).second_rater_id == scene.id("mika")
    room.fire("replace_second_rater", "hanna", note="On leave.")
    assert room.case.second_rater_id is None


def test_who_stands_below_a_target_is_put_on_a_committee_with_a_reason_that_is_kept(
    session: Session, scene: Scene, now: datetime
) -> None:
    hanna, ben = scene.actor("hanna"), scene.id("ben")
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    with pytest.raises(Invalid) as refused:
        place_member(session, scene.committee_id, ben, "member", actor=hanna, now=now)
    told = text("%(who)s stands below the target level of %(cases)s", who="Ben Ito", cases=[case.code])
    assert [(fault.what, fault.field) for fault in refused.value.faults] == [(told, "why_below")]
    session.rollback()
    place_member(session, scene.committee_id, ben, "member", actor=hanna, now=now, why="few")
    place_member(session, scene.committee_id, ben, "deputy", actor=hanna, now=now)  # on it already
    assert roles_of(session, scene, scene.committee_id)["ben"] == "deputy"
    kept = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "committee.place_below")).one()
    assert kept.subject_id == scene.committee_id
    assert detail_of(session, kept) == {"person": ben, "count": 1, "why": "few"}
    session.commit()
    with pytest.raises(Invalid):
        give_case(session, case.id, scene.committee_id, actor=hanna, now=now, why="because")
    session.rollback()
    give_case(session, case.id, scene.committee_id, actor=hanna, now=now, why="field")
    given = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "committee.give_below")).one()
    assert (given.case_id, detail_of(session, given)) == (
        case.id, {"committee": scene.committee_id, "people": [ben], "why": "field"},
    )  # fmt: skip


def test_nobody_is_asked_about_who_may_not_vote_or_stands_on_no_ladder(
    session: Session, scene: Scene, now: datetime
) -> None:
    hanna, case = scene.actor("hanna"), open_case_of(session, scene, "iris", "staff-pm", now)
    place_member(session, scene.committee_id, scene.id("erin"), "member", actor=hanna, now=now)
    session.add(
        Conflict(
            case_id=case.id, person_id=scene.id("ben"), kind="dispute", reason="x",
            declared_by_id=scene.id("ben"), declared_at=now,
        )
    )  # fmt: skip
    session.commit()
    place_member(session, scene.committee_id, scene.id("ben"), "member", actor=hanna, now=now)
    give_case(session, case.id, scene.committee_id, actor=hanna, now=now)
    give_case(session, case.id, None, actor=hanna, now=now)
    assert case.committee_id is None


def test_a_sealed_case_goes_where_nobody_stands_below_its_target(session: Session, scene: Scene, now: datetime) -> None:
    other = second_committee(session, scene, "sam", "tomas", "petra")
    room = built_room(session, scene, now)
    set_member(session, other, scene.id("ben"), "member", actor=scene.actor("hanna"), now=now)
    open_case_of(session, scene, "cora", "senior-pm", now)  # the first committee has more to do
    room.case.committee_id = None
    session.commit()
    room.fire("seal", "hanna")
    assert room.case.committee_id == scene.committee_id


def test_a_packet_is_sealed_all_the_same_where_only_those_below_can_judge_it(
    session: Session, scene: Scene, now: datetime
) -> None:
    room = built_room(session, scene, now)
    set_member(session, scene.committee_id, scene.id("cora"), "member", actor=scene.actor("hanna"), now=now)
    room.case.committee_id = None
    session.commit()
    room.fire("seal", "hanna")
    kept = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "committee.give_below")).one()
    assert (kept.case_id, detail_of(session, kept)) == (
        room.case_id, {"committee": scene.committee_id, "count": 1, "why": "few"},
    )  # fmt: skip
