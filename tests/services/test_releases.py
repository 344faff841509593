"""Releases: two people, one moment for all, the right move for each decision, and nothing told before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.errors import Invalid, NotAllowed, NotFound, TransitionRefused
from review.models import AuditEvent, Case, Conflict, Feedback, Letter, Message, Person, Release, ReleaseItem
from review.queries.releases import list_batches, list_rows, list_sent
from review.services.releases import approve_release, cancel_release, prepare_release
from review.services.transitions import fire
from tests.after_decision import another_decided, decided_anew_room, decided_room, letter_of, make_ready, release
from tests.many_letters import copy_letters

A_LETTER = 25
"""Statements that one letter more costs when its batch is approved: its move, its mails, its print, its new level."""


def rows(room, key="hanna"):
    return list_rows(room.session, room.scene.cycle_id, room.actor(key))


def prepare(room, *others, key="hanna"):
    ids = [room.case_id, *(each.case_id for each in others)]
    batch = prepare_release(room.session, room.scene.cycle_id, ids, actor=room.actor(key), now=room.now)
    room.session.commit()
    return batch


def approve(room, batch, key="hugo"):
    actor = room.actor(key)
    return approve_release(room.session, room.scene.cycle_id, batch.id, actor=actor, now=room.now)


def reasons(refused):
    return [str(each) for each in refused.value.reasons]


def test_promoted_not_yet_and_deferred_go_out_together_each_by_its_own_move(session, now):
    iris = decided_room(session, now, "decide_promote")
    ben = another_decided(iris, "ben", "senior-pm", "decide_not_yet")
    finn = another_decided(iris, "finn", "pm-2", "decide_defer")
    for room in (iris, ben, finn):
        make_ready(room)
    batch = prepare(iris, ben, finn)
    assert {room.case.state for room in (iris, ben, finn)} == {"decided"}
    assert approve(iris, batch) == (iris.case_id, ben.case_id, finn.case_id)
    assert [room.case.state for room in (iris, ben, finn)] == ["promoted", "not_yet", "deferred"]
    assert {letter_of(room).released_at for room in (iris, ben, finn)} == {now}
    people = session.scalars(sa.select(Person).where(Person.external_id.in_(["iris", "ben", "finn"])))
    assert {each.external_id: (each.level_id, each.level_since_on) for each in people} == {
        "iris": ("staff-pm", date(2027, 2, 1)),
        "ben": ("pm-2", date(2023, 1, 1)),
        "finn": ("pm-1", date(2023, 1, 1)),
    }


def test_candidate_and_manager_are_told_once_and_the_mail_says_no_more(session, now):
    room = decided_room(session, now)
    make_ready(room)
    told_before = session.scalars(sa.select(Message.template).where(Message.template.like("letter%"))).all()
    release(room)
    sent = session.execute(
        sa.select(Message.template, Person.external_id, Message.params)
        .join(Person, Person.id == Message.to_person_id)
        .where(Message.template.like("letter%"))
        .order_by(Message.id)
    )
    assert told_before == []
    assert [tuple(row) for row in sent] == [
        ("letter_released", "iris", {}),
        ("letter_released_to_report", "greta", {}),
    ]


def test_after_a_granted_appeal_the_mails_say_that_it_is_the_new_letter(session, now):
    room = decided_anew_room(session, now)
    session.execute(sa.delete(Message))
    make_ready(room)
    release(room)
    sent = session.execute(
        sa.select(Message.template, Person.external_id)
        .join(Person, Person.id == Message.to_person_id)
        .where(Message.template.like("letter%"))
        .order_by(Message.id)
    )
    assert [tuple(row) for row in sent] == [("letter_after_appeal", "iris"), ("letter_after_appeal_to_report", "greta")]


def test_who_prepared_a_batch_does_not_approve_it(session, now):
    room = decided_room(session, now)
    make_ready(room)
    batch = prepare(room)
    with pytest.raises(NotAllowed) as refused:
        approve(room, batch, "hanna")
    assert reasons(refused) == ["You prepared this batch; another HR partner approves it"]
    session.rollback()
    assert (room.case.state, letter_of(room).released_at) == ("decided", None)


@pytest.mark.parametrize("key", ["greta", "clara", "noor", "ines", "iris"])
def test_nobody_but_hr_prepares_approves_or_cancels(session, now, key):
    room = decided_room(session, now)
    make_ready(room)
    batch = prepare(room)
    actor, cycle_id = room.actor(key), room.scene.cycle_id
    assert rows(room, key) == ()
    for act in (
        lambda: prepare_release(session, cycle_id, [room.case_id], actor=actor, now=now),
        lambda: approve_release(session, cycle_id, batch.id, actor=actor, now=now),
        lambda: cancel_release(session, cycle_id, batch.id, actor=actor, now=now),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_a_delegate_of_hr_is_not_a_second_person(session, now):
    room = decided_room(session, now)
    make_ready(room)
    batch = prepare(room)
    delegate = replace(room.actor("otto"), delegators={room.scene.id("hugo"): frozenset({"hr"})})
    with pytest.raises(NotAllowed):
        approve_release(session, room.scene.cycle_id, batch.id, actor=delegate, now=now)


def test_the_case_page_alone_releases_nothing(session, now):
    room = decided_room(session, now)
    make_ready(room)
    prepare(room)
    with pytest.raises(TransitionRefused) as refused:
        fire(session, room.case_id, "announce_promotion", actor=room.actor("hugo"), now=now)
    assert reasons(refused) == ["A second person must approve the release"]


def test_what_is_not_ready_says_why_and_stays_out(session, now):
    room = decided_room(session, now)
    assert [(row.is_ready, [str(each) for each in row.reasons]) for row in rows(room)] == [
        (False, ["The letter is not marked as ready"])
    ]
    with pytest.raises(TransitionRefused) as refused:
        prepare(room)
    assert reasons(refused) == [f"{room.case.code}: The letter is not marked as ready"]
    session.rollback()
    with pytest.raises(Invalid):
        prepare_release(session, room.scene.cycle_id, [], actor=room.actor("hanna"), now=now)


def test_a_batch_that_is_not_there_is_not_found(session, now):
    room = decided_room(session, now)
    make_ready(room)
    batch = prepare(room)
    for act in (approve_release, cancel_release):
        with pytest.raises(NotFound):
            act(session, room.scene.cycle_id, batch.id + 1, actor=room.actor("hugo"), now=now)
        session.rollback()
    assert approve(room, batch) == (room.case_id,)


def test_a_case_waits_in_one_batch_and_a_cancelled_batch_frees_it(session, now):
    room = decided_room(session, now)
    make_ready(room)
    batch = prepare(room)
    with pytest.raises(TransitionRefused) as refused:
        prepare(room, key="hugo")
    assert reasons(refused) == [f"{room.case.code}: It is in another batch"]
    session.rollback()
    cancel_release(session, room.scene.cycle_id, batch.id, actor=room.actor("hugo"), now=now)
    session.commit()
    with pytest.raises(TransitionRefused) as refused:
        approve(room, batch)
    assert reasons(refused) == ["This batch was cancelled"]
    session.rollback()
    assert prepare(room, key="hugo") is not None
    assert [row.batch_id is None for row in rows(room)] == [False]


@pytest.mark.parametrize("hours", [0, 1])
def test_a_case_decided_anew_does_not_go_out_with_the_batch_of_the_old_decision(session, now, hours):
    room = decided_room(session, now)
    make_ready(room)
    batch = prepare(room)
    later = replace(room, now=now + timedelta(hours=hours))
    later.fire("reopen_discussion", "clara", "A sentence was misread.")
    later.fire("decide_defer", "clara", "Next time.", rationale="Other reasons")
    letter = letter_of(room)
    letter.decision_id = session.scalar(sa.text("select max(id) from decision"))
    letter.ready_at = later.now
    session.commit()
    with pytest.raises(TransitionRefused) as refused:
        approve(later, batch)
    assert reasons(refused) == [f"{room.case.code}: It was decided anew after the batch was prepared; cancel the batch"]


def test_a_batch_that_an_earlier_version_prepared_is_prepared_again(session, now):
    room = decided_room(session, now)
    make_ready(room)
    batch = prepare(room)
    session.execute(sa.update(ReleaseItem).values(decision_id=None))
    session.commit()
    with pytest.raises(TransitionRefused) as refused:
        approve(room, batch)
    why = "It was prepared by an earlier version of Dualtrack; cancel the batch and prepare it again"
    assert reasons(refused) == [f"{room.case.code}: {why}"]
    session.rollback()
    cancel_release(session, room.scene.cycle_id, batch.id, actor=room.actor("hugo"), now=now)
    assert approve(room, prepare(room)) == (room.case_id,)


def test_one_letter_that_cannot_go_keeps_all_back(session, now):
    iris = decided_room(session, now)
    ben = another_decided(iris, "ben", "senior-pm", "decide_promote")
    make_ready(iris)
    make_ready(ben)
    batch = prepare(iris, ben)
    ben.fire("reopen_discussion", "clara", "A sentence was misread.")
    session.commit()
    with pytest.raises(TransitionRefused) as refused:
        approve(iris, batch)
    session.rollback()
    assert reasons(refused)[0] == f"{ben.case.code}: It is at another step now: Committee discusses"
    assert (iris.case.state, letter_of(iris).released_at) == ("decided", None)


def test_a_batch_that_a_case_has_left_can_be_cancelled_and_the_others_go_on(session, now):
    iris = decided_room(session, now)
    ben = another_decided(iris, "ben", "senior-pm", "decide_promote")
    make_ready(iris)
    make_ready(ben)
    batch = prepare(iris, ben)
    ben.fire("withdraw", "ben")
    session.commit()
    (waiting,) = list_batches(session, iris.scene.cycle_id, rows(iris, "hugo"))
    assert (waiting.is_complete, [row.code for row in waiting.rows]) == (False, [iris.case.code, ben.case.code])
    cancel_release(session, iris.scene.cycle_id, batch.id, actor=iris.actor("hugo"), now=now)
    session.commit()
    assert [row.case_id for row in rows(iris)] == [iris.case_id]
    release(iris)
    assert iris.case.state == "promoted"


def test_hr_with_a_part_in_a_case_sees_neither_it_nor_a_batch_that_holds_it(session, now):
    iris = decided_room(session, now)
    ben = another_decided(iris, "ben", "senior-pm", "decide_promote")
    make_ready(iris)
    make_ready(ben)
    hugo = iris.scene.id("hugo")
    session.add(Feedback(case_id=ben.case_id, giver_id=hugo, function="People", state="frozen", entered_at=now))
    session.commit()
    batch = prepare(iris, ben)
    seen = rows(iris, "hugo")
    assert [row.case_id for row in seen] == [iris.case_id]
    assert list_batches(session, iris.scene.cycle_id, seen) == ()
    for act in (approve, lambda room, batch: prepare(ben, key="hugo")):
        with pytest.raises(NotFound):
            act(iris, batch)
        session.rollback()


def test_a_declared_conflict_takes_the_case_away_at_the_next_request(session, now):
    room = decided_room(session, now)
    hugo = room.scene.id("hugo")
    session.add(Conflict(case_id=room.case_id, person_id=hugo, kind="dispute", declared_by_id=hugo, declared_at=now))
    session.commit()
    assert (rows(room, "hugo"), [row.case_id for row in rows(room)]) == ((), [room.case_id])


def test_a_people_manager_waits_for_the_signature_first(session, now):
    room = decided_room(session, now, key="greta", to_level="director-pm")
    assert [(row.action, [str(each) for each in row.reasons]) for row in rows(room)] == [
        (None, ["First comes: Executive sign-off"])
    ]


def test_the_page_takes_the_same_statements_for_one_case_and_three(session, now, statements):
    def count(room):
        session.commit()
        with statements() as issued:
            found = rows(room)
            list_batches(session, room.scene.cycle_id, found)
            list_sent(session, room.scene.cycle_id, room.actor("hanna"))
        return len(issued)

    iris = decided_room(session, now)
    count(iris)
    one = count(iris)
    for key, level in (("ben", "senior-pm"), ("finn", "pm-2")):
        another_decided(iris, key, level, "decide_promote")
    assert len(rows(iris)) == 3
    assert count(iris) == one


@pytest.mark.both_databases
def test_of_two_who_approve_at_once_one_wins(session, engine, now):
    room = decided_room(session, now)
    make_ready(room)
    batch_id = prepare(room).id
    session.commit()

    def try_it(key: str) -> str:
        with Session(engine) as own:
            try:
                approve_release(own, room.scene.cycle_id, batch_id, actor=room.actor(key), now=now)
                own.commit()
            except (TransitionRefused, NotFound) as refused:
                return type(refused).__name__
            return "sent"

    with ThreadPoolExecutor(2) as pool:
        results = sorted(pool.map(try_it, ["hugo", "hugo"]))
    session.expire_all()
    events = session.scalars(sa.select(AuditEvent.kind).where(AuditEvent.kind == "case.announce_promotion")).all()
    assert (results, events) == (["TransitionRefused", "sent"], ["case.announce_promotion"])
    assert session.scalars(sa.select(Release.approved_by_id)).all() == [room.scene.id("hugo")]
    assert session.scalars(sa.select(Letter.released_at)).all() == [now]
    assert session.scalars(sa.select(Case.state)).all() == ["promoted"]


def test_more_than_go_out_at_once_are_refused_before_anything_is_looked_at(session, now, statements):
    room = decided_room(session, now)
    session.commit()
    with statements() as issued, pytest.raises(Invalid) as refused:
        prepare_release(session, room.scene.cycle_id, range(1, 502), actor=room.actor("hanna"), now=now)
    assert [(str(each.what), each.field) for each in refused.value.faults] == [
        ("At most 500 letters go out at once, and 501 are chosen; prepare the rest as another batch", "cases")
    ]
    assert [each for each in issued if "release" in each or '"case"' in each] == []


def test_a_batch_takes_the_same_statements_to_prepare_for_one_letter_and_forty(session, now, statements):
    room = decided_room(session, now)
    make_ready(room)
    ids, actor = copy_letters(room, 41), room.actor("hanna")
    prepare(room)
    counts = []
    for chosen in (ids[:1], ids[1:]):
        with statements() as issued:
            prepare_release(session, room.scene.cycle_id, chosen, actor=actor, now=now)
            session.commit()
        counts.append(len(issued))
    assert counts[1] == counts[0]


def test_each_letter_more_costs_its_approval_the_same_few_statements(session, now, statements):
    room = decided_room(session, now)
    make_ready(room)
    ids = copy_letters(room, 13)
    counts = {}
    for count, chosen in ((0, ids[:1]), (1, ids[1:2]), (3, ids[2:5]), (8, ids[5:])):  # the first reads what is kept
        batch = prepare_release(session, room.scene.cycle_id, chosen, actor=room.actor("hanna"), now=now)
        session.commit()
        with statements() as issued:
            approve(room, batch)
            session.commit()
        counts[count] = len(issued)
    assert (counts[3] - counts[1], counts[8] - counts[3]) == (2 * A_LETTER, 5 * A_LETTER)


def test_of_a_batch_that_has_gone_out_hr_counts_the_letters_of_cases_they_run(session, now):
    room = decided_room(session, now)
    ben = another_decided(room, "ben", "senior-pm", "decide_promote")
    make_ready(room)
    make_ready(ben)
    approve(room, prepare(room, ben))
    session.commit()
    hanna = room.actor("hanna")
    assert [batch.count for batch in list_sent(session, room.scene.cycle_id, hanna)] == [2]
    me = hanna.person_id
    session.add(Conflict(case_id=room.case_id, person_id=me, kind="other", declared_by_id=me, declared_at=now))
    session.flush()
    assert [batch.count for batch in list_sent(session, room.scene.cycle_id, hanna)] == [1]
    session.add(Conflict(case_id=ben.case_id, person_id=me, kind="other", declared_by_id=me, declared_at=now))
    session.flush()
    assert list_sent(session, room.scene.cycle_id, hanna) == ()
