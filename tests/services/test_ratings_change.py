"""A rating changed in the committee: by the chair, with its reason, beside the one that stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.calibration import ChangeDraft
from review.domain.errors import Invalid, NotAllowed, NotFound
from review.models import AuditEvent, RatingChange, RatingLine
from review.queries.rating_changes import CaseView, find_criterion, load_case_view
from review.queries.standing import load_standing
from review.services.conflicts import set_conflict
from review.services.ratings_change import change_rating
from tests.after_decision import appeal_granted, conclude, make_ready, release, vote_anew
from tests.committee_room import Room, sealed_room
from tests.trail import detail_of

SKILL = "hard-skills"


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    room = sealed_room(session, now)
    room.reveal()
    session.commit()
    return room


def view(room: Room, key: str) -> CaseView:
    return load_case_view(room.session, load_standing(room.session, room.case_id, room.actor(key), now=room.now))


def draft(room: Room, **changes: object) -> ChangeDraft:
    sentence = find_criterion(view(room, "clara"), SKILL).sentences[0]
    good = ChangeDraft(2, False, "weaker", sentence, "Only one launch of three is theirs.", (room.evidence(),), 0)
    return replace(good, **changes)  # type: ignore[arg-type]


def change(room: Room, key: str, given: ChangeDraft, request_key: str | None = None) -> RatingChange | None:
    return change_rating(
        room.session, room.case_id, SKILL, given, actor=room.actor(key), now=room.now, request_key=request_key
    )


@pytest.mark.both_databases
def test_the_chair_changes_a_rating_and_the_managers_stays(room: Room) -> None:
    lines = sa.select(RatingLine.value).order_by(RatingLine.id)
    before = room.session.scalars(lines).all()
    manager = find_criterion(view(room, "clara"), SKILL).stands
    change(room, "clara", draft(room))
    change(room, "clara", draft(room, value=3, seen=1, code="alike"))
    assert room.session.scalars(lines).all() == before
    for key in ("clara", "mika", "hanna"):
        criterion = find_criterion(view(room, key), SKILL)
        assert [(each.before, each.value, each.code, each.who) for each in criterion.changes] == [
            (manager, 2, "weaker", "Clara Boateng"), (2, 3, "alike", "Clara Boateng"),
        ]  # fmt: skip
        assert (criterion.stands, criterion.final and criterion.final.value) == (3, manager)
    events = room.session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "rating.change")).all()
    assert [detail_of(room.session, event) for event in events] == [
        {"criterion": SKILL, "before": manager, "after": 2, "code": "weaker"},
        {"criterion": SKILL, "before": 2, "after": 3, "code": "alike"},
    ]


@pytest.mark.parametrize("key", ["mika", "omar", "hanna"])
def test_nobody_but_the_chair(room: Room, key: str) -> None:
    with pytest.raises(NotAllowed, match="Only the chair changes a rating"):
        change(room, key, draft(room))


@pytest.mark.parametrize("key", ["iris", "greta", "erin", "otto", "abel", "ines"])
def test_others_do_not_know_of_it(room: Room, key: str) -> None:
    with pytest.raises(NotFound):
        change(room, key, draft(room))


def test_the_deputy_where_the_chair_may_not(session: Session, now: datetime) -> None:
    room = sealed_room(session, now)
    who = room.scene.id("clara")
    set_conflict(session, room.case_id, who, "Flatmates.", actor=room.actor("hanna"), now=now)
    room.render()
    room.read("omar", "mika", "jonas", "aya")
    room.fire("open_voting", "omar")
    room.be_present("omar", "mika", "jonas", "aya", chair="omar")
    for key in ("omar", "mika", "jonas", "aya"):
        room.vote(key)
    room.fire("reveal_votes", "omar")
    sentence = find_criterion(view(room, "omar"), SKILL).sentences[0]
    given = ChangeDraft(2, False, "weaker", sentence, "Once only.", (room.evidence(),), 0)
    assert change(room, "omar", given) is not None
    with pytest.raises(NotFound):
        change(room, "clara", given)


def test_not_before_the_reveal_and_not_after_the_decision(session: Session, now: datetime) -> None:
    room = sealed_room(session, now)
    given = ChangeDraft(2, False, "weaker", "x", "Once only.", (room.evidence(),), 0)
    with pytest.raises(NotAllowed):
        change(room, "clara", given)
    room.reveal()
    room.decide()
    with pytest.raises(NotAllowed):
        change(room, "clara", draft(room))


def test_an_older_page_and_a_second_sending_change_nothing(room: Room) -> None:
    assert change(room, "clara", draft(room), "k1") is not None
    with pytest.raises(Invalid, match="changed meanwhile"):
        change(room, "clara", draft(room, value=1))
    assert change(room, "clara", draft(room, value=3, seen=1), "k1") is None
    assert room.session.scalar(sa.select(sa.func.count(RatingChange.id))) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sentence": "My own words"}, "Choose the sentence of the ladder"),
        ({"anchors": ("e:99999",)}, "Cite the packet"),
        ({"code": ""}, "Choose what kind of reason"),
        ({"reason": ""}, "Say why, in a sentence"),
    ],
)
def test_a_change_without_its_reason_is_refused(room: Room, changes: dict[str, object], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        change(room, "clara", draft(room, **changes))
    assert room.session.scalar(sa.select(sa.func.count(RatingChange.id))) == 0


def test_a_criterion_that_is_not_rated_is_not_there(room: Room) -> None:
    with pytest.raises(NotFound):
        change_rating(room.session, room.case_id, "charm", draft(room), actor=room.actor("clara"), now=room.now)


def test_a_granted_appeal_sets_aside_what_the_first_committee_changed(session: Session, now: datetime) -> None:
    room = sealed_room(session, now)
    room.reveal()
    change(room, "clara", draft(room))
    conclude(room, "decide_not_yet")
    make_ready(room)
    release(room)
    appeal_granted(room)
    vote_anew(room)
    criterion = find_criterion(view(room, "pavel"), SKILL)
    assert (criterion.changes, criterion.stands) == ((), 4)
    given = ChangeDraft(3, False, "share", criterion.sentences[0], "Half of it is theirs.", (room.evidence(),), 0)
    later = now + timedelta(hours=1)
    change_rating(session, room.case_id, SKILL, given, actor=room.actor("pavel"), now=later, request_key=None)
    found = find_criterion(view(room, "pavel"), SKILL).changes
    assert [(each.before, each.value, each.who) for each in found] == [(4, 3, "Pavel Novak")]
    assert session.scalars(sa.select(RatingChange.n).order_by(RatingChange.id)).all() == [1, 2]
