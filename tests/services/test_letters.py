"""Letters: drafted from the record, edited by chair and HR alone, ready, and what a changed decision does to them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from review.domain.errors import Conflict, Invalid, NotFound, TransitionRefused
from review.models import AuditEvent, Gap
from review.queries.letters import load_letter_page
from review.queries.standing import load_standing
from review.services.letters import LONGEST, draft_letter, mark_ready, save_letter, take_back_ready
from review.services.releases import prepare_release
from tests.after_decision import CANARY, MISSING, SEEN, announced_room, decided_room, letter_of, make_ready
from tests.trail import details_where

WRITERS = ("clara", "hanna", "hugo")
OTHERS = ("iris", "greta", "dario", "mika", "erin", "noor", "petra", "abel", "ines", "otto")


def may_open(room, key):
    try:
        standing = load_standing(room.session, room.case_id, room.actor(key), now=room.now)
    except NotFound:
        return False
    return load_letter_page(room.session, standing) is not None


def test_a_draft_holds_the_record_and_nothing_of_votes(session, now):
    room = decided_room(session, now, "decide_not_yet")
    body = draft_letter(session, room.case_id, version=0, actor=room.actor("hanna"), now=now).body
    sentence = session.scalars(sa.select(Gap.sentence)).one()
    held = [CANARY, MISSING, SEEN, sentence, "2027-06-30", "Run a joint roadmap", "Iris Vance", "10 working days"]
    assert [words for words in held if words not in body] == []
    left_out = ["Clara", "Omar", "Mika", "Erin", "says promote", "Shown.", "vote"]
    assert [words for words in left_out if words in body] == []


@pytest.mark.parametrize(
    ("action", "opening"),
    [
        (
            "decide_promote",
            "the committee has decided to promote you to **Staff PM**. This counts from 2027-02-01.",
        ),
        (
            "decide_defer",
            "the committee could not decide on **Staff PM** in this cycle. Your case comes up again in the next one.",
        ),
    ],
)
def test_a_draft_opens_with_the_decision_and_names_no_appeal_where_there_is_none(session, now, action, opening):
    room = decided_room(session, now, action)
    body = draft_letter(session, room.case_id, version=0, actor=room.actor("clara"), now=now).body
    assert body.split("\n\n")[1] == f"{opening} It was decided on 2026-11-16, in Autumn 2026."
    assert "appeal" not in body


def test_before_the_release_chair_and_hr_alone_open_the_letter(session, now):
    room = decided_room(session, now)
    make_ready(room)
    session.commit()
    assert [key for key in (*WRITERS, *OTHERS) if may_open(room, key)] == list(WRITERS)


@pytest.mark.parametrize("key", ["iris", "greta", "mika", "dario"])
def test_nobody_else_writes(session, now, key):
    room = decided_room(session, now)
    make_ready(room)
    actor = room.actor(key)
    for write in (
        lambda: draft_letter(session, room.case_id, version=1, actor=actor, now=now),
        lambda: save_letter(session, room.case_id, "Mine", version=1, actor=actor, now=now),
        lambda: mark_ready(session, room.case_id, version=1, actor=actor, now=now),
        lambda: take_back_ready(session, room.case_id, actor=actor, now=now),
    ):
        with pytest.raises(NotFound):
            write()


def test_after_the_release_its_readers_open_it_and_nobody_else(session, now):
    room = announced_room(session, now)
    readers = ["clara", "hanna", "hugo", "iris", "greta", "dario", "mika", "noor"]
    assert [key for key in (*WRITERS, *OTHERS) if may_open(room, key)] == readers


def test_two_writers_never_overwrite_each_other(session, now):
    room = decided_room(session, now)
    hanna, clara = room.actor("hanna"), room.actor("clara")
    first = draft_letter(session, room.case_id, version=0, actor=hanna, now=now).version
    second = save_letter(session, room.case_id, "Dear Iris", version=first, actor=clara, now=now)
    with pytest.raises(Conflict) as conflict:
        save_letter(session, room.case_id, "Dear Ms Vance", version=first, actor=hanna, now=now)
    with pytest.raises(TransitionRefused):
        draft_letter(session, room.case_id, version=first, actor=hanna, now=now)
    found = conflict.value
    assert (found.theirs, found.mine, found.version) == ({"body": "Dear Iris"}, {"body": "Dear Ms Vance"}, second)
    assert letter_of(room).body == "Dear Iris"


def test_the_same_words_again_change_nothing(session, now):
    room = decided_room(session, now)
    letter = draft_letter(session, room.case_id, version=0, actor=room.actor("hanna"), now=now)
    version = save_letter(session, room.case_id, letter.body, version=1, actor=room.actor("hanna"), now=now)
    kinds = session.scalars(sa.select(AuditEvent.kind).where(AuditEvent.kind.like("letter.%"))).all()
    assert (version, kinds) == (1, ["letter.draft"])


def test_a_letter_too_long_or_empty_is_refused(session, now):
    room = decided_room(session, now)
    hanna = room.actor("hanna")
    draft_letter(session, room.case_id, version=0, actor=hanna, now=now)
    with pytest.raises(Invalid) as refused:
        save_letter(session, room.case_id, "x" * (LONGEST + 1), version=1, actor=hanna, now=now)
    assert [fault.field for fault in refused.value.faults] == ["body"]
    version = save_letter(session, room.case_id, "", version=1, actor=hanna, now=now)
    with pytest.raises(Invalid):
        mark_ready(session, room.case_id, version=version, actor=hanna, now=now)


def test_a_ready_letter_is_not_edited_until_that_is_taken_back(session, now):
    room = decided_room(session, now)
    hanna = room.actor("hanna")
    version = make_ready(room).version
    for write in (
        lambda: save_letter(session, room.case_id, "Other", version=version, actor=hanna, now=now),
        lambda: draft_letter(session, room.case_id, version=version, actor=hanna, now=now),
    ):
        with pytest.raises(TransitionRefused) as refused:
            write()
        assert [str(each) for each in refused.value.reasons] == ["The letter is marked as ready; take that back first"]
    version = take_back_ready(session, room.case_id, actor=hanna, now=now).version
    save_letter(session, room.case_id, "Other", version=version, actor=hanna, now=now)
    assert (letter_of(room).body, letter_of(room).ready_at) == ("Other", None)


def test_a_letter_in_a_batch_stays_as_its_approver_sees_it(session, now):
    room = decided_room(session, now)
    make_ready(room)
    prepare_release(session, room.scene.cycle_id, [room.case_id], actor=room.actor("hanna"), now=now)
    with pytest.raises(TransitionRefused) as refused:
        take_back_ready(session, room.case_id, actor=room.actor("clara"), now=now)
    assert [str(each) for each in refused.value.reasons] == ["The letter waits in a batch; cancel the batch first"]


def test_a_letter_does_not_outlive_its_decision(session, now):
    """Reopened and decided otherwise: the letter that was ready is not, and cannot be made so without a new draft."""
    room = decided_room(session, now, "decide_promote")
    make_ready(room)
    room.fire("reopen_discussion", "clara", "A sentence was misread.")
    room.fire("decide_defer", "clara", "Next time.", rationale="Other reasons")
    standing = load_standing(session, room.case_id, room.actor("hanna"), now=now)
    assert standing.facts.is_letter_ready is False
    version = take_back_ready(session, room.case_id, actor=room.actor("hanna"), now=now).version
    with pytest.raises(TransitionRefused) as refused:
        mark_ready(session, room.case_id, version=version, actor=room.actor("hanna"), now=now)
    assert [str(each) for each in refused.value.reasons] == [
        "The decision has changed since this letter was drafted; draft it again"
    ]
    letter = draft_letter(session, room.case_id, version=version, actor=room.actor("hanna"), now=now)
    assert ("Other reasons" in letter.body, CANARY in letter.body) == (True, False)


def test_nothing_is_drafted_before_a_decision(session, now):
    room = decided_room(session, now)
    room.fire("reopen_discussion", "clara", "A sentence was misread.")
    with pytest.raises(TransitionRefused) as refused:
        draft_letter(session, room.case_id, version=0, actor=room.actor("clara"), now=now)
    assert [str(each) for each in refused.value.reasons] == ["Nothing is decided yet"]


def test_decisions_leave_no_words_in_the_trail(session, now):
    room = decided_room(session, now, "decide_not_yet")
    make_ready(room)
    details = details_where(session, AuditEvent.kind.like("letter.%"))
    assert [detail for detail in details if CANARY in str(detail)] == []
