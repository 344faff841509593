"""A letter that went out stays as it was when an appeal sets its decision aside and another letter follows."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from review.domain.errors import NotFound
from review.domain.letter import letter_path
from review.domain.subject_access import Section
from review.models import AuditEvent, Letter
from review.queries.bundle import gather_bundle
from review.queries.invariants import find_violations
from review.queries.letters import list_earlier_letters, load_letter_page
from review.queries.releases import list_rows
from review.queries.standing import load_standing
from review.services.letters import draft_letter, mark_ready, request_pdf, save_letter, take_back_ready
from tests.after_decision import CANARY, decided_anew_room, granted_room, make_ready, release, vote_anew

COMPANY = ("iris", "greta", "dario", "mika", "clara", "omar", "erin", "noor", "petra", "abel", "ines", "otto")
EVERYBODY = (*COMPANY, "hanna", "hugo", "pavel", "ravi", "sam", "tomas")
ANEW = "Read again, and it is there."


@pytest.fixture
def anew(session, now):
    return decided_anew_room(session, now)


def told_anew(room):
    make_ready(room)
    release(room)
    return room


def standing_of(room, key):
    try:
        return load_standing(room.session, room.case_id, room.actor(key), now=room.now)
    except NotFound:
        return None


def earlier_of(room, key):
    standing = standing_of(room, key)
    return [each.id for each in list_earlier_letters(room.session, standing)] if standing else []


def letters(room):
    rows = room.session.scalars(sa.select(Letter).order_by(Letter.id).execution_options(populate_existing=True))
    return [(row.id, CANARY in row.body, ANEW in row.body, row.released_at) for row in rows]


def test_the_second_letter_says_of_a_promotion_too_that_it_takes_the_place_of_the_first(session, anew):
    make_ready(anew)
    first, second = session.scalars(sa.select(Letter.body).order_by(Letter.id))
    place = (
        "**Your appeal**\n\nIt was granted: people who had not sat on your case read the same packet, and this is "
        "their answer. It takes the place of the first one. No further appeal is possible. "
        "Why it was granted is on the page of your appeal.\n\n"
    )
    assert (first.count(place), second.count(place)) == (0, 1)


def test_the_first_letter_stays_and_the_second_is_one_of_its_own(session, anew):
    first = session.scalars(sa.select(Letter)).one()
    before = (first.body, first.version, first.decision_id, first.ready_at, first.released_at)
    told_anew(anew)
    session.expire_all()
    assert (first.body, first.version, first.decision_id, first.ready_at, first.released_at) == before
    assert letters(anew) == [(1, True, False, anew.now), (2, False, True, anew.now)]
    assert find_violations(session) == []


def test_while_it_is_looked_at_anew_no_letter_is_open_to_anybody(session, now):
    """As the grid says of reasons before an announcement; a fresh committee comes to its own mind."""
    room = granted_room(session, now)

    def open_to():
        found = {key: standing_of(room, key) for key in EVERYBODY}
        pages = [key for key, standing in found.items() if standing and load_letter_page(session, standing)]
        return pages, [key for key in EVERYBODY if earlier_of(room, key)]

    assert open_to() == ([], [])
    vote_anew(room)
    assert room.case.phase == "revealed"
    assert open_to() == (["pavel"], [])  # who chairs finds that there is none yet


def test_once_it_is_decided_those_who_write_the_second_read_the_first(session, anew):
    assert [key for key in EVERYBODY if earlier_of(anew, key)] == ["hanna", "hugo", "pavel"]


def test_once_it_is_told_whoever_reads_the_second_reads_the_first(session, anew):
    told_anew(anew)
    readers = [key for key in EVERYBODY if earlier_of(anew, key)]
    now_told = {key: standing_of(anew, key) for key in EVERYBODY}
    assert readers == [key for key, standing in now_told.items() if standing and load_letter_page(session, standing)]
    assert readers == ["iris", "greta", "dario", "noor", "otto", "hanna", "hugo", "pavel", "ravi", "sam", "tomas"]
    standing = standing_of(anew, "iris")
    found = [(each.outcome, each.released_at) for each in load_letter_page(session, standing).earlier]
    assert found == [("not_yet", anew.now)]


def test_a_letter_that_went_out_is_not_edited_when_the_next_is_due(session, anew):
    now, hanna = anew.now, anew.actor("hanna")
    for write in (
        lambda: save_letter(session, anew.case_id, "Other words", version=2, actor=hanna, now=now),
        lambda: mark_ready(session, anew.case_id, version=2, actor=hanna, now=now),
        lambda: take_back_ready(session, anew.case_id, actor=hanna, now=now),
    ):
        with pytest.raises(NotFound):
            write()
    assert letters(anew) == [(1, True, False, now)]


def test_the_batch_counts_a_case_once_and_by_its_new_letter(session, anew):
    def rows():
        found = list_rows(session, anew.scene.cycle_id, anew.actor("hanna"))
        return [(row.case_id, row.has_letter, row.is_ready) for row in found]

    assert rows() == [(anew.case_id, False, False)]
    draft = draft_letter(session, anew.case_id, version=0, actor=anew.actor("hanna"), now=anew.now)
    assert rows() == [(anew.case_id, True, False)]
    mark_ready(session, anew.case_id, version=draft.version, actor=anew.actor("hanna"), now=anew.now)
    assert rows() == [(anew.case_id, True, True)]


def test_who_withdraws_before_the_second_letter_keeps_the_first_and_gets_no_draft(session, anew):
    make_ready(anew)
    anew.fire("withdraw", "iris")
    assert (earlier_of(anew, "iris"), load_letter_page(session, standing_of(anew, "iris"))) == ([1], None)


def test_the_first_is_printed_again_and_names_no_committee_that_did_not_decide_it(session, anew, run_jobs, settings):
    told_anew(anew)
    run_jobs()
    iris = anew.actor("iris")
    request_pdf(session, anew.case_id, 1, actor=iris, now=anew.now)
    run_jobs()
    found = {}
    for letter in session.scalars(sa.select(Letter)):
        printed = PdfReader(settings.files_dir / letter_path(letter.case_id, letter.body, letter.released_at))
        words = " ".join(" ".join(page.extract_text() for page in printed.pages).split())
        found[letter.id] = (CANARY in words, ANEW in words, printed.metadata.author)
    assert found == {1: (True, False, "Dualtrack"), 2: (False, True, "Dualtrack, Committee of pavel")}
    printed = session.scalars(sa.select(AuditEvent.subject_id).where(AuditEvent.kind == "letter.rendered")).all()
    assert printed == [1, 2, 1]


@pytest.mark.parametrize(("key", "letter_id"), [("mika", 1), ("erin", 1), ("iris", 2), ("iris", 9)])
def test_nobody_else_has_it_printed_and_no_other_letter(session, anew, key, letter_id):
    told_anew(anew)
    with pytest.raises(NotFound):
        request_pdf(session, anew.case_id, letter_id, actor=anew.actor(key), now=anew.now)


def test_the_data_of_the_candidate_holds_both(session, anew):
    told_anew(anew)
    bundle = gather_bundle(session, anew.scene.id("iris"), company="Tarnfield", now=anew.now)
    found = [each for each in bundle.of(Section.RESULTS) if each.key.partition("-")[0] == "letter"]
    held = [(each.key, ANEW in each.fields["body"], CANARY in each.fields["body"]) for each in found]
    assert held == [("letter-case-1", True, False), ("letter-1-case-1", False, True)]
