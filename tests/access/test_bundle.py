"""Nothing is forgotten in a bundle, and a candidate's holds nothing that the grid denies them in that phase."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.adapters.bundle_file import write_files
from review.domain.bundle import Bundle, Rule, Section
from review.domain.bundle_words import FIELD_WORDS, SOURCE_WORDS
from review.domain.personal_data import LEFT_OUT, READ_BY_HAND, SOURCES
from review.domain.subject_access import RULE_WORDS, SECTION_NAMES
from review.models import (
    Base,
    CaseNote,
    Conflict,
    Decision,
    DiscussionNote,
    Feedback,
    FeedbackAnswer,
    FeedbackSummary,
    Gap,
    Letter,
    Person,
    RatingLine,
    SelfReview,
    Vote,
    VoteLine,
)
from review.queries.bundle import gather_bundle
from tests.after_decision import MISSING, SEEN, announced_room, decided_room, make_ready
from tests.committee_room import Room, sealed_room

HIDDEN = "Canary"
OWN = "Own-words"


def test_every_column_that_points_to_a_person_is_in_the_bundle_or_argued() -> None:
    """A new table with somebody's number in it stands in domain/personal_data.py, or this fails."""
    pointing = {
        f"{table.name}.{key.parent.name}"
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "person"
    }
    sources = {each.name for each in SOURCES}
    known = [*sources, *(READ_BY_HAND.keys() - {"person.id"}), *LEFT_OUT]
    assert sorted(known) == sorted(pointing)
    assert [name for name, (_, why) in LEFT_OUT.items() if not why.endswith(".")] == []


def test_everything_in_a_bundle_has_a_name() -> None:
    fields = {name for source in SOURCES for name in source.fields}
    assert fields - FIELD_WORDS.keys() == set()
    assert {each.name for each in SOURCES} | READ_BY_HAND.keys() - SOURCE_WORDS.keys() == {
        each.name for each in SOURCES
    }
    assert (set(SECTION_NAMES), set(RULE_WORDS)) == (set(Section), set(Rule))


def gather(room: Room, key: str = "iris") -> Bundle:
    room.session.commit()
    room.session.expire_all()
    return gather_bundle(room.session, room.scene.id(key), company="Tarnfield", now=room.now)


def said(bundle: Bundle) -> str:
    """Return all that the files of a bundle hold."""
    return "\n".join(content.decode() for content in write_files(bundle).values())


def plant(room: Room) -> None:
    """Put a canary into each text of the case that others wrote, and own words into what the candidate wrote."""
    session, case_id = room.session, room.case_id
    of_case = {"case_id": case_id}
    session.execute(sa.update(SelfReview).where(SelfReview.case_id == case_id).values(body=f"{OWN} review"))
    answers = sa.select(Feedback.id).where(Feedback.case_id == case_id)
    session.execute(
        sa.update(FeedbackAnswer)
        .where(FeedbackAnswer.feedback_id.in_(answers))
        .values(
            situation=f"{HIDDEN}-situation", done=f"{HIDDEN}-done", effect=f"{HIDDEN}-effect", link=f"{HIDDEN}-link"
        )
    )
    session.execute(sa.update(Feedback).where(Feedback.case_id == case_id).values(note=f"{HIDDEN}-note"))
    session.execute(sa.update(RatingLine).values(justification=f"{HIDDEN}-rating"))
    session.execute(sa.update(Vote).where(Vote.case_id == case_id).values(reason=f"{HIDDEN}-vote"))
    session.execute(sa.update(VoteLine).values(reason=f"{HIDDEN}-vote-line"))
    by = {"declared_by_id": room.scene.id("hanna"), "declared_at": room.now}
    session.add(
        Conflict(person_id=room.scene.id("aya"), kind="set_by_hr", reason=f"{HIDDEN}-conflict", **by, **of_case)
    )
    clara = {"author_id": room.scene.id("clara")}
    session.add(DiscussionNote(body=f"{HIDDEN}-discussion", created_at=room.now, **clara, **of_case))
    session.add(
        CaseNote(action="seal", phase="sealed", body=f"{HIDDEN}-note-of-a-move", at=room.now, **clara, **of_case)
    )
    if session.scalar(sa.select(FeedbackSummary.id).where(FeedbackSummary.case_id == case_id)) is None:
        row = {"body": "Summary-words", "written_by_id": room.scene.id("greta"), "updated_at": room.now}
        session.add(FeedbackSummary(**row, **of_case))
    session.commit()


def lettered_room(session: Session, now: datetime) -> Room:
    """Take a case up to a letter that is ready and has not gone out."""
    room = decided_room(session, now, "decide_not_yet")
    make_ready(room)
    return room


Build = Callable[[Session, datetime], Room]


@pytest.mark.parametrize(
    ("build", "phase", "told"),
    [(sealed_room, "sealed", False), (lettered_room, "decided", False), (announced_room, "announced", True)],
)
def test_a_candidates_bundle_holds_what_the_grid_gives_a_candidate(
    session: Session, now: datetime, build: Build, phase: str, *, told: bool
) -> None:
    room = build(session, now)
    assert room.case.phase == phase
    plant(room)
    session.execute(sa.update(Decision).values(rationale=f"{HIDDEN}-rationale"))
    session.execute(sa.update(Letter).values(body="Letter-words"))
    words = said(gather(room))
    assert HIDDEN not in words
    givers = ("Erin Malik", "Dev Banerjee", "Lena Fuchs", "Sam Tran")
    assert [name for name in (*givers, "Clara Boateng", "Greta Holm", "Aya Sato") if name in words] == []
    assert f"{OWN} review" in words
    assert ("Summary-words" in words, "Letter-words" in words, MISSING in words, SEEN in words) == (told,) * 4
    outcomes = [each.fields["outcome"] for each in gather(room).of(Section.CASES) if "outcome" in each.fields]
    assert outcomes == (["not_yet"] if told else [])
    ratings = [each for each in gather(room).entries if each.key.startswith("rating-")]
    assert bool(ratings) is told


def test_a_gap_names_no_feedback_and_no_rating_just_as_the_letter(session: Session, now: datetime) -> None:
    room = announced_room(session, now)
    session.execute(sa.update(Gap).values(seen="Asked late F2, and R1 agrees (E1, F3).", missing="Asking first F1."))
    gaps = [each.fields for each in gather(room).entries if each.key.startswith("gap-")]
    assert [(each["seen"], each["missing"]) for each in gaps] == [("Asked late, and agrees (E1).", "Asking first.")]


def test_whether_something_is_hidden_is_not_told(session: Session, now: datetime) -> None:
    """With votes, notes, conflicts and a decision, or without: the bundle is the same."""
    room = decided_room(session, now)
    with_all = gather(room)
    for table in (VoteLine, Vote, DiscussionNote, Conflict, Decision):
        session.execute(sa.delete(table))
    assert gather(room) == with_all


def test_a_giver_gets_their_own_words_without_the_candidates_name(session: Session, now: datetime) -> None:
    room = sealed_room(session, now)
    session.execute(sa.update(FeedbackAnswer).values(done="Iris Vance asked early, and Iris listened"))
    bundle = gather(room, "erin")
    mine = [each.fields["done"] for each in bundle.entries if each.key.startswith("feedback_answer")]
    assert mine == ["▇▇▇ asked early, and Iris listened"] * 4
    assert "Iris Vance" not in said(bundle)
    assert [each.key for each in gather(room, "otto").entries if each.source == "feedback.giver_id"] == []


def test_a_rater_gets_what_they_may_still_read(session: Session, now: datetime) -> None:
    room = sealed_room(session, now)
    given = [each for each in gather(room, "greta").entries if each.key.startswith("rating_line")]
    assert len(given) == 8
    room.case.manager_id = session.get_one(Person, room.scene.id("iris")).manager_id = room.scene.id("mats")
    assert [each for each in gather(room, "greta").entries if each.key.startswith("rating_line")] == []


def test_a_members_votes_and_notes_are_in_no_bundle(session: Session, now: datetime) -> None:
    room = decided_room(session, now)
    plant(room)
    for key in ("clara", "omar", "mika"):
        words = said(gather(room, key))
        assert (f"{HIDDEN}-vote" in words, f"{HIDDEN}-discussion" in words, "Iris" in words) == (False, False, False)
