"""Ratings: drafts by version, what counts as rated, handing in, second raters, a manager who changes or is away."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import Actor
from review.domain.errors import Conflict, Invalid, NotAllowed, NotFound, TransitionRefused
from review.models import (
    AuditEvent,
    Case,
    CaseToken,
    Committee,
    CommitteeMember,
    Employment,
    Feedback,
    Person,
    Rating,
    RatingLine,
)
from review.queries.packet_content import gather_packet
from review.queries.ratings import list_ratings, load_rating_pages
from review.queries.second_raters import list_possible_second_raters
from review.queries.standing import load_standing
from review.services.ratings import MAX_WORDS, RatingDraft, assign_second_rater, lock_round, save_line
from review.services.transitions import fire
from tests.committee_room import CRITERIA, Room, built_room
from tests.factories import Scene, open_case_of
from tests.trail import detail_of

DRAFT = RatingDraft(4, False, "Shown twice.", anchors=("e:1",))


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    case = open_case_of(session, scene, "iris", "staff-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    return case


@pytest.fixture
def room(session: Session, scene: Scene, now: datetime) -> Room:
    """A case that is built, its final rating open again."""
    room = built_room(session, scene, now)
    session.execute(sa.update(CaseToken).where(CaseToken.region == "rating").values(state="with_feedback"))
    return room


def save(session: Session, case: Case, actor: Actor, draft: RatingDraft, now: datetime, **more: object) -> int:
    """Save a first view of leadership, or what is given."""
    values = {"round_name": "first", "criterion_id": "leadership", "version": 0, **more}
    return save_line(session, case.id, draft=draft, actor=actor, now=now, **values)  # type: ignore[arg-type]


def plain(value: int = 4) -> RatingDraft:
    return RatingDraft(value, False, "Shown twice.")


def test_a_draft_is_kept_with_its_version_and_leaves_ids_in_the_record(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    greta = scene.actor("greta")
    first = save(session, case, greta, plain(3), now)
    assert save(session, case, greta, plain(4), now, version=first) == first + 1
    line = session.scalars(sa.select(RatingLine)).one()
    assert (line.value, line.justification, line.criterion_id) == (4, "Shown twice.", "leadership")
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "rating.draft")).first()
    assert event is not None
    assert detail_of(session, event) == {"rating": line.rating_id, "criterion": "leadership"}


@pytest.mark.both_databases
def test_a_line_that_is_at_hand_says_what_was_saved_over_it(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    greta, later = scene.actor("greta"), now + timedelta(minutes=5)
    save(session, case, greta, plain(3), now)
    line = session.scalars(sa.select(RatingLine)).one()
    assert (line.version, line.value, line.updated_at) == (1, 3, now)
    draft = RatingDraft(None, True, "Not seen.", "", "", ("e:1",))
    with pytest.raises(Invalid):
        save(session, case, greta, draft, later, version=1)
    assert save(session, case, greta, replace(draft, anchors=()), later, version=1) == 2
    stored = (line.version, line.value, line.cannot_judge, line.justification, line.updated_at, line.written_by_id)
    assert stored == (2, None, True, "Not seen.", later, greta.person_id)


def test_a_rating_sent_again_changes_nothing_and_leaves_no_second_event(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    drafts = sa.select(sa.func.count()).where(AuditEvent.kind == "rating.draft")
    versions = [save(session, case, scene.actor("greta"), plain(), now, version=version) for version in (0, 0, 1)]
    assert (versions, session.scalar(drafts)) == ([1, 1, 1], 1)


def test_two_tabs_never_overwrite_each_other(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    greta = scene.actor("greta")
    save(session, case, greta, RatingDraft(3, False, "From one tab.", "Hers"), now)
    with pytest.raises(Conflict) as refused:
        save(session, case, greta, RatingDraft(5, False, "From another.", "His"), now)
    assert (refused.value.theirs, refused.value.mine, refused.value.version) == (
        {"value": "3", "justification": "From one tab.", "change_reason": "Hers"},
        {"value": "5", "justification": "From another.", "change_reason": "His"},
        1,
    )
    assert session.scalar(sa.select(RatingLine.value)) == 3
    assert save(session, case, greta, RatingDraft(3, False, "From one tab.", "Hers"), now) == 1  # its answer was lost


@pytest.mark.parametrize(
    ("draft", "fields"),
    [
        (RatingDraft(6, False, "x"), ["value"]),
        (RatingDraft(4, False, "x" * (MAX_WORDS + 1)), ["justification"]),
        (RatingDraft(4, False, "x", "y" * (MAX_WORDS + 1)), ["change_reason"]),
        (RatingDraft(4, False, "x", anchors=("e:99",)), ["cites"]),
        (RatingDraft(4, False, "x", anchors=("f:1",)), ["cites"]),
        (RatingDraft(4, False, "x", anchors=("what",)), ["cites"]),
    ],
)
def test_what_is_wrong_is_named(
    session: Session, scene: Scene, case: Case, now: datetime, draft: RatingDraft, fields: list[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        save(session, case, scene.actor("greta"), draft, now)
    assert [fault.field for fault in refused.value.faults] == fields


@pytest.mark.parametrize("key", ["iris", "dario", "hanna", "erin", "clara", "noor", "otto"])
def test_nobody_else_writes_a_first_view(session: Session, scene: Scene, case: Case, now: datetime, key: str) -> None:
    with pytest.raises(NotFound):
        save(session, case, scene.actor(key), plain(), now)


@pytest.mark.both_databases
def test_a_criterion_that_no_row_can_hold_is_none(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    with pytest.raises(NotFound):
        save(session, case, scene.actor("greta"), plain(), now, criterion_id="be\x00fore")


def test_a_round_that_is_not_open_is_refused(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    with pytest.raises(TransitionRefused):
        save(session, case, scene.actor("greta"), plain(), now, round_name="final")
    with pytest.raises(NotFound):
        save(session, case, scene.actor("greta"), plain(), now, criterion_id="charm")


def test_every_criterion_needs_a_value_and_words(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    greta = scene.actor("greta")
    drafts = [RatingDraft(4, False, ""), RatingDraft(None, True, ""), RatingDraft(None, False, "Words."), plain()]
    for criterion, draft in zip(CRITERIA, drafts, strict=True):
        save(session, case, greta, draft, now, criterion_id=criterion)
    with pytest.raises(TransitionRefused) as refused:
        lock_round(session, case.id, "first", actor=greta, now=now)
    assert [str(reason) for reason in refused.value.reasons] == [
        "Not rated yet: Hard skills, Cross-functionality, Leadership"
    ]


def test_a_lock_signs_the_moment_and_opens_feedback(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    greta = scene.actor("greta")
    for criterion in CRITERIA:
        draft = RatingDraft(None, True, "I joined in May.") if criterion == "leadership" else plain()
        save(session, case, greta, draft, now, criterion_id=criterion)
    assert not load_standing(session, case.id, greta, now=now).may_read("feedback.text")
    first = lock_round(session, case.id, "first", actor=greta, now=now, request_key="one")
    again = lock_round(session, case.id, "first", actor=greta, now=now + timedelta(hours=1), request_key="one")
    assert (first.is_repeat, again.is_repeat) == (False, True)
    assert session.scalar(sa.select(Rating.locked_at)) == now
    assert load_standing(session, case.id, greta, now=now).may_read("feedback.text")
    with pytest.raises(TransitionRefused):
        save(session, case, greta, plain(1), now, criterion_id="leadership", version=1)


def test_a_final_rating_cites_something(session: Session, room: Room, now: datetime) -> None:
    greta = room.actor("greta")
    version = session.scalar(
        sa.select(RatingLine.version)
        .join(Rating, Rating.id == RatingLine.rating_id)
        .where(Rating.round == "final", RatingLine.criterion_id == "leadership")
    )
    save(session, room.case, greta, plain(), now, round_name="final", version=version)
    with pytest.raises(TransitionRefused) as refused:
        lock_round(session, room.case_id, "final", actor=greta, now=now)
    assert [str(reason) for reason in refused.value.reasons] == ["No evidence is cited for: Leadership"]
    feedback = session.scalars(sa.select(Feedback.id).order_by(Feedback.id)).first()
    cited = RatingDraft(4, False, "Shown.", anchors=(f"f:{feedback}",))
    save(session, room.case, greta, cited, now, round_name="final", version=(version or 0) + 1)
    assert lock_round(session, room.case_id, "final", actor=greta, now=now).after["rating"] == "rated"


def hand_over(session: Session, case: Case, scene: Scene, now: datetime, to: str = "mats") -> None:
    """Give the candidate and the case another manager."""
    iris = session.get_one(Person, scene.id("iris"))
    old = iris.manager_id
    session.add(Employment(person_id=iris.id, manager_id=old, from_on=date(2020, 1, 6), until_on=now.date()))
    iris.manager_id = case.manager_id = scene.id(to)
    session.flush()


def test_a_former_managers_first_view_stays_signed_and_is_shown_to_the_new_one(
    session: Session, room: Room, now: datetime
) -> None:
    hand_over(session, room.case, room.scene, now)
    standing = load_standing(session, room.case_id, room.actor("mats"), now=now)
    page = load_rating_pages(session, standing, "final")["leadership"]
    assert page.first is not None
    assert (page.first.rater, page.first.value, page.own) == ("Greta Holm", 4, None)
    assert save(session, room.case, room.actor("mats"), DRAFT, now, round_name="final") == 1
    rows = session.execute(sa.select(Rating.round, Rating.rater_id).order_by(Rating.id))
    assert rows.all() == [
        ("first", room.scene.id("greta")),
        ("final", room.scene.id("greta")),
        ("final", room.scene.id("mats")),
    ]
    with pytest.raises(NotFound):
        save(session, room.case, room.actor("greta"), DRAFT, now, round_name="final")


def test_a_former_managers_draft_is_nobodys_to_read(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    save(session, case, scene.actor("greta"), plain(2), now)
    hand_over(session, case, scene, now)
    standing = load_standing(session, case.id, scene.actor("mats"), now=now)
    page = load_rating_pages(session, standing, "first")["leadership"]
    assert (page.own, page.first, [step.own for step in page.steps]) == (None, None, [None] * 4)
    assert save(session, case, scene.actor("mats"), plain(5), now) == 1


def test_a_page_of_one_criterion_knows_how_far_all_are(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    save(session, case, scene.actor("greta"), plain(2), now)
    standing = load_standing(session, case.id, scene.actor("greta"), now=now)
    pages = load_rating_pages(session, standing, "first")
    assert list(pages) == [criterion.id for criterion in standing.criteria]
    assert load_rating_pages(session, standing, "first", ["leadership"]) == {"leadership": pages["leadership"]}
    assert [step.own is not None for step in pages["leadership"].steps] == [False, False, True, False]


def test_a_delegate_goes_on_where_the_manager_stopped(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    version = save(session, case, scene.actor("greta"), plain(2), now)
    otto = Actor(scene.id("otto"), "Otto Nagy", delegators={scene.id("greta"): frozenset()})
    standing = load_standing(session, case.id, otto, now=now)
    own = load_rating_pages(session, standing, "first")["leadership"].own
    assert own is not None
    assert (own.value, own.version) == (2, version)
    assert save(session, case, otto, plain(3), now, version=version) == version + 1
    row = session.scalars(sa.select(Rating)).one()
    assert (row.rater_id, row.on_behalf_of_id) == (scene.id("otto"), scene.id("greta"))
    save(session, case, scene.actor("greta"), plain(4), now, version=version + 1)
    assert (row.rater_id, row.on_behalf_of_id) == (scene.id("greta"), None)


def test_what_a_delegate_wrote_is_signed_when_the_round_is_handed_in(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    otto = Actor(scene.id("otto"), "Otto Nagy", delegators={scene.id("greta"): frozenset()})
    for criterion in CRITERIA:
        save(session, case, otto, plain(4), now, criterion_id=criterion)
    lock_round(session, case.id, "first", actor=otto, now=now)
    row = session.scalars(sa.select(Rating)).one()
    assert (row.rater_id, row.on_behalf_of_id, row.locked_at) == (scene.id("otto"), scene.id("greta"), now)


def test_each_line_says_who_wrote_it_and_for_whom(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    greta, otto = (
        scene.actor("greta"),
        Actor(scene.id("otto"), "Otto Nagy", delegators={scene.id("greta"): frozenset()}),
    )
    for place, (criterion, actor) in enumerate(zip(CRITERIA, (greta, otto, greta, otto), strict=True)):
        save(session, case, actor, plain(place + 1), now, criterion_id=criterion)
    save(session, case, greta, plain(2), now, criterion_id=CRITERIA[1], version=1)  # the same once more: still Otto's
    lock_round(session, case.id, "first", actor=greta, now=now)
    lines = list_ratings(session, load_standing(session, case.id, greta, now=now))
    assert [(line.rater, line.on_behalf_of) for line in lines] == [
        ("Greta Holm", ""),
        ("Otto Nagy", "Greta Holm"),
        ("Greta Holm", ""),
        ("Otto Nagy", "Greta Holm"),
    ]
    hanna = load_standing(session, case.id, scene.actor("hanna"), now=now)
    packet = gather_packet(session, hanna, company="Acme", sealed_at=now)
    signed = [
        (one.rater.name, one.on_behalf_of and one.on_behalf_of.name) for c in packet.criteria for one in c.ratings
    ]
    assert signed == [("Greta Holm", None), ("Otto Nagy", "Greta Holm")] * 2


def test_a_changed_rating_says_what_changed(session: Session, room: Room, now: datetime) -> None:
    greta = room.actor("greta")
    cited = RatingDraft(2, False, "Shown once.", anchors=(room.evidence(),))
    save(session, room.case, greta, cited, now, round_name="final", version=1)
    with pytest.raises(TransitionRefused) as refused:
        lock_round(session, room.case_id, "final", actor=greta, now=now)
    assert [str(reason) for reason in refused.value.reasons] == ["Say what changed since the first view: Leadership"]
    explained = replace(cited, change_reason="F2 saw less.")
    save(session, room.case, greta, explained, now, round_name="final", version=2)
    assert lock_round(session, room.case_id, "final", actor=greta, now=now).after["rating"] == "rated"


def test_a_rating_turns_on_a_sentence_of_the_target(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    greta = scene.actor("greta")
    page = load_rating_pages(session, load_standing(session, case.id, greta, now=now), "first")["leadership"]
    assert page.target is not None
    assert page.sentences == (("", page.target.summary), *((each.id, each.text) for each in page.target.signals))
    with pytest.raises(Invalid) as refused:
        save(session, case, greta, replace(plain(), sentence="be-nicer"), now)
    assert [fault.field for fault in refused.value.faults] == ["sentence"]
    save(session, case, greta, replace(plain(), sentence=page.sentences[1][0]), now)
    assert session.scalar(sa.select(RatingLine.sentence)) == page.sentences[1][0]


def test_a_second_rater_is_chosen_once_and_without_a_conflict(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    hanna = scene.actor("hanna")
    for key, why in (
        ("iris", "they are the candidate"),
        ("greta", "they are in the candidate's line of reports"),
        ("vera", "they are in the candidate's line of reports"),
        ("ben", "they are in the candidate's own team"),
    ):
        with pytest.raises(TransitionRefused) as refused, session.begin_nested():
            assign_second_rater(session, case.id, scene.id(key), actor=hanna, now=now)
        assert why in str(refused.value.reasons[0]), key
    with pytest.raises(Invalid):
        assign_second_rater(session, case.id, scene.id("xenia"), actor=hanna, now=now)
    with pytest.raises(NotAllowed):
        assign_second_rater(session, case.id, scene.id("ravi"), actor=scene.actor("iris"), now=now)
    assign_second_rater(session, case.id, scene.id("ravi"), actor=hanna, now=now)
    with pytest.raises(TransitionRefused):
        assign_second_rater(session, case.id, scene.id("mats"), actor=hanna, now=now)


def test_who_rated_for_the_manager_is_no_second_rater(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    mats = Actor(scene.id("mats"), "Mats Oduya", delegators={scene.id("greta"): frozenset()})
    hanna = load_standing(session, case.id, scene.actor("hanna"), now=now)
    assert scene.id("mats") in dict(list_possible_second_raters(session, hanna))
    save(session, case, mats, plain(3), now)
    assert scene.id("mats") not in dict(list_possible_second_raters(session, hanna))
    with pytest.raises(TransitionRefused) as refused:
        assign_second_rater(session, case.id, scene.id("mats"), actor=hanna.actor, now=now)
    assert "they have rated this case for the manager" in str(refused.value.reasons[0])


def test_who_sits_on_the_only_committee_is_not_offered_as_second_rater(
    session: Session, case: Case, scene: Scene, now: datetime
) -> None:
    """They would lose their vote; with another committee the case may go to that one."""
    case.committee_id = None
    session.flush()
    hanna, ravi = load_standing(session, case.id, scene.actor("hanna"), now=now), scene.id("ravi")
    offered = [name for _number, name in list_possible_second_raters(session, hanna)]
    session.add(CommitteeMember(committee_id=scene.committee_id, person_id=ravi))
    session.flush()
    left = [name for _number, name in list_possible_second_raters(session, hanna)]
    assert [name for name in offered if name not in left] == ["Ravi Menon, Principal PM"]
    session.add(Committee(cycle_id=case.cycle_id, name="Committee B"))
    session.flush()
    assert [name for _number, name in list_possible_second_raters(session, hanna)] == offered


def test_a_second_rater_sees_what_was_sent_and_nothing_else(session: Session, room: Room, now: datetime) -> None:
    session.execute(sa.update(CaseToken).where(CaseToken.region == "second_rating").values(state="to_assign"))
    assign_second_rater(session, room.case_id, room.scene.id("ravi"), actor=room.actor("hanna"), now=now)
    standing = load_standing(session, room.case_id, room.actor("ravi"), now=now)
    page = load_rating_pages(session, standing, "second")["leadership"]
    assert (page.words, [row.anchor for row in page.evidence]) == ("I did it.", ["E1", "E2", "E3", "E4"])
    assert (page.feedback, page.first, page.own, [step.first for step in page.steps]) == ((), None, None, [None] * 4)
    session.execute(sa.update(CaseToken).where(CaseToken.region == "packet").values(state="writing"))
    standing = load_standing(session, room.case_id, room.actor("ravi"), now=now)
    assert load_rating_pages(session, standing, "second")["leadership"].words == ""


def test_a_second_rating_cites_something_too(session: Session, room: Room, now: datetime) -> None:
    session.execute(sa.update(CaseToken).where(CaseToken.region == "second_rating").values(state="to_assign"))
    assign_second_rater(session, room.case_id, room.scene.id("ravi"), actor=room.actor("hanna"), now=now)
    ravi = room.actor("ravi")
    for criterion in CRITERIA[1:]:
        cited = RatingDraft(4, False, "Shown.", anchors=(room.evidence(),))
        save(session, room.case, ravi, cited, now, round_name="second", criterion_id=criterion)
    save(session, room.case, ravi, plain(), now, round_name="second", criterion_id=CRITERIA[0])
    with pytest.raises(TransitionRefused) as refused:
        lock_round(session, room.case_id, "second", actor=ravi, now=now)
    assert [str(reason) for reason in refused.value.reasons] == ["No evidence is cited for: Hard skills"]
    cannot_judge = RatingDraft(None, True, "I know none of this work.")
    save(session, room.case, ravi, cannot_judge, now, round_name="second", criterion_id=CRITERIA[0], version=1)
    assert lock_round(session, room.case_id, "second", actor=ravi, now=now).after["second_rating"] == "done"


def test_the_form_that_chose_a_second_rater_chooses_nobody_when_it_is_sent_again(
    session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    hanna = scene.actor("hanna")
    assign_second_rater(session, case.id, scene.id("ravi"), actor=hanna, now=now, request_key="k")
    again = assign_second_rater(session, case.id, scene.id("mats"), actor=hanna, now=now, request_key="k")
    assert (again.is_repeat, case.second_rater_id) == (True, scene.id("ravi"))
    fire(session, case.id, "replace_second_rater", actor=hanna, now=now, note="Away until January")
    assert assign_second_rater(session, case.id, scene.id("mats"), actor=hanna, now=now, request_key="k").is_repeat
    assert case.second_rater_id is None
