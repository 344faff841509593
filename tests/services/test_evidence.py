"""Self-review and evidence: who writes, what is refused with its place, numbers, late marks, two tabs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.errors import Conflict, Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.evidence_draft import EvidenceDraft, EvidenceLink, Tag
from review.models import AuditEvent, Case, Cycle, Evidence, EvidenceTag, SelfReview
from review.queries.evidence import list_evidence, load_self_review, read_self_reviews
from review.queries.pinned import load_ladder
from review.queries.standing import load_standing
from review.services.cases import Nomination, nominate
from review.services.evidence import add_evidence, edit_evidence, remove_evidence, save_self_review
from review.services.transitions import fire
from tests.factories import Scene, open_case_of
from tests.trail import detail_of

CRITERIA = ("hard-skills", "cross-functionality", "leadership", "accountability")
DRAFT = EvidenceDraft("Pricing memo", "Split the problem into three decisions", tags=tuple(map(Tag, CRITERIA)))


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.commit()
    return case


def write_all(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    for criterion in CRITERIA:
        save_self_review(session, case.id, criterion, "I did it.", version=0, actor=scene.actor("ben"), now=now)
    add_evidence(session, case.id, DRAFT, actor=scene.actor("ben"), now=now)


def submit(session: Session, scene: Scene, case: Case, now: datetime) -> None:
    write_all(session, scene, case, now)
    fire(session, case.id, "submit_packet", actor=scene.actor("ben"), now=now)


def faults(refused: pytest.ExceptionInfo[Invalid]) -> list[tuple[str | None, str]]:
    return [(fault.field, str(fault.what)) for fault in refused.value.faults]


def test_a_draft_is_kept_with_a_version_and_an_event_that_holds_no_words(session, scene, case, now):
    ben = scene.actor("ben")
    first = save_self_review(session, case.id, "leadership", "I lead.", version=0, actor=ben, now=now)
    second = save_self_review(session, case.id, "leadership", "I lead more.", version=first, actor=ben, now=now)
    row = session.scalars(sa.select(SelfReview)).one()
    events = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "self_review.draft")).all()
    assert (first, second, row.body, row.version) == (1, 2, "I lead more.", 2)
    assert [detail_of(session, event) for event in events] == [
        {"criterion": "leadership", "version": 1},
        {"criterion": "leadership", "version": 2},
    ]


def test_saving_the_same_words_again_changes_nothing_and_is_no_conflict(session, scene, case, now):
    ben = scene.actor("ben")
    save_self_review(session, case.id, "leadership", "I lead.", version=0, actor=ben, now=now)
    before = session.scalar(sa.select(sa.func.count()).select_from(AuditEvent))
    for version in (1, 0):
        assert save_self_review(session, case.id, "leadership", "I lead.", version=version, actor=ben, now=now) == 1
    assert session.scalar(sa.select(sa.func.count()).select_from(AuditEvent)) == before


def test_evidence_sent_again_changes_nothing_and_is_no_conflict(session, scene, case, now):
    ben = scene.actor("ben")
    row = add_evidence(session, case.id, DRAFT, actor=ben, now=now)
    newer = replace(DRAFT, done="Two decisions", links=(EvidenceLink("Memo", "https://memo.example"),))
    edit_evidence(session, case.id, row.id, newer, version=1, actor=ben, now=now)
    before = session.scalar(sa.select(sa.func.count()).select_from(AuditEvent))
    edit_evidence(session, case.id, row.id, newer, version=1, actor=ben, now=now)
    assert (session.scalar(sa.select(sa.func.count()).select_from(AuditEvent)), row.version) == (before, 2)
    other_label = replace(newer, links=(EvidenceLink("Paper", "https://memo.example"),))
    for changed in (replace(newer, tags=DRAFT.tags[:1]), other_label, replace(newer, effect="Signed")):
        with pytest.raises(Conflict):
            edit_evidence(session, case.id, row.id, changed, version=1, actor=ben, now=now)


def test_two_tabs_never_overwrite_each_other(session, scene, case, now):
    ben = scene.actor("ben")
    save_self_review(session, case.id, "leadership", "First tab.", version=0, actor=ben, now=now)
    with pytest.raises(Conflict) as conflict:
        save_self_review(session, case.id, "leadership", "Second tab.", version=0, actor=ben, now=now)
    assert (conflict.value.theirs, conflict.value.mine, conflict.value.version) == (
        {"self_review": "First tab."},
        {"self_review": "Second tab."},
        1,
    )


@pytest.mark.parametrize(
    ("key", "error"),
    [
        ("greta", NotFound),
        ("hanna", NotFound),
        ("dario", NotFound),
        ("clara", NotFound),
        ("erin", NotFound),
    ],
)
def test_nobody_else_writes_a_self_review_or_learns_of_the_draft(session, scene, case, now, key, error):
    with pytest.raises(error):
        save_self_review(session, case.id, "leadership", "Mine", version=0, actor=scene.actor(key), now=now)


def test_an_unknown_criterion_is_not_found(session, scene, case, now):
    with pytest.raises(NotFound):
        save_self_review(session, case.id, "charm", "Mine", version=0, actor=scene.actor("ben"), now=now)


def test_a_text_is_cleaned_and_a_text_too_long_is_refused_with_its_limit(session, scene, case, now):
    ben = scene.actor("ben")
    save_self_review(session, case.id, "leadership", "a\x00b\u202ec\u200bd\r\ne\x07", version=0, actor=ben, now=now)
    assert session.scalars(sa.select(SelfReview.body)).one() == "abcd\ne"
    with pytest.raises(Invalid) as refused:
        save_self_review(session, case.id, "leadership", "x" * 1_000_000, version=1, actor=ben, now=now)
    assert [str(fault) for fault in refused.value.faults] == [
        "self_review: 980000 characters too many (expected: at most 20000 characters)"
    ]


def test_the_draft_opens_to_others_when_it_is_sent_and_closes_when_it_is_taken_back(session, scene, case, now):
    def seen(key: str) -> dict[str, str]:
        return read_self_reviews(session, load_standing(session, case.id, scene.actor(key), now=now))

    whole = dict.fromkeys(CRITERIA, "I did it.")
    write_all(session, scene, case, now)
    assert (seen("ben"), seen("greta"), seen("hanna")) == (whole, {}, {})
    fire(session, case.id, "submit_packet", actor=scene.actor("ben"), now=now)
    assert (seen("ben"), seen("greta"), seen("hanna")) == (whole, whole, whole)
    fire(session, case.id, "take_back_packet", actor=scene.actor("ben"), now=now)
    assert (seen("ben"), seen("greta"), seen("hanna")) == (whole, {}, {})


def test_a_draft_of_a_withdrawn_case_stays_its_writers_alone(session, scene, case, now):
    write_all(session, scene, case, now)
    fire(session, case.id, "withdraw", actor=scene.actor("ben"), now=now)
    for key in ("greta", "hanna"):
        assert read_self_reviews(session, load_standing(session, case.id, scene.actor(key), now=now)) == {}


def test_a_candidate_whose_case_has_ended_is_told_so(session, scene, case, now):
    """A page that was open before may still send its words: it is their own case, no unknown one."""
    ben = scene.actor("ben")
    fire(session, case.id, "withdraw", actor=ben, now=now, note="Next time")
    for write in (
        lambda: save_self_review(session, case.id, "leadership", "I lead.", version=0, actor=ben, now=now),
        lambda: add_evidence(session, case.id, DRAFT, actor=ben, now=now),
    ):
        with pytest.raises(NotAllowed) as refused:
            write()
        assert refused.value.is_known
        assert [str(reason) for reason in refused.value.reasons] == [
            "You can write this until the packet is sealed or your case ends"
        ]
    assert session.scalars(sa.select(SelfReview)).all() == []


def test_after_submission_the_words_stay_and_evidence_may_only_be_added_as_late(session, scene, case, now):
    ben = scene.actor("ben")
    submit(session, scene, case, now)
    early = session.scalars(sa.select(Evidence)).one()
    for change in (
        lambda: save_self_review(session, case.id, "leadership", "More", version=1, actor=ben, now=now),
        lambda: edit_evidence(session, case.id, early.id, DRAFT, version=1, actor=ben, now=now),
        lambda: remove_evidence(session, case.id, early.id, actor=ben, now=now),
    ):
        with pytest.raises(TransitionRefused):
            change()
    late = add_evidence(session, case.id, DRAFT, actor=ben, now=now)
    assert late is not None
    assert [(row.position, row.is_late) for row in (early, late)] == [(1, False), (2, True)]


def test_a_number_is_never_given_to_another(session, scene, case, now):
    ben = scene.actor("ben")
    first = add_evidence(session, case.id, DRAFT, actor=ben, now=now)
    second = add_evidence(session, case.id, DRAFT, actor=ben, now=now)
    assert first is not None
    assert second is not None
    remove_evidence(session, case.id, second.id, actor=ben, now=now)
    third = add_evidence(session, case.id, DRAFT, actor=ben, now=now)
    assert third is not None
    rows = list_evidence(session, load_standing(session, case.id, ben, now=now))
    assert [(row.id, row.anchor) for row in rows] == [(first.id, "E1"), (third.id, "E3")]


def test_the_same_form_sent_twice_adds_one(session, scene, case, now):
    ben = scene.actor("ben")
    sent = [add_evidence(session, case.id, DRAFT, actor=ben, now=now, request_key="once") for _ in range(2)]
    assert [row is None for row in sent] == [False, True]
    assert session.scalar(sa.select(sa.func.count()).select_from(Evidence)) == 1


def test_tags_name_criteria_and_signals_of_the_target_level(session, scene, case, now):
    ben = scene.actor("ben")
    cell = load_standing(session, case.id, ben, now=now).ladder.expectation("leadership", "senior-pm")
    signal = cell.signals[0].id
    draft = EvidenceDraft("Coaching", "Coached two", tags=(Tag("leadership", signal),))
    row = add_evidence(session, case.id, draft, actor=ben, now=now)
    assert row is not None
    tags = session.execute(
        sa.select(EvidenceTag.criterion_id, EvidenceTag.signal_id).order_by(EvidenceTag.signal_id)
    ).all()
    assert [tuple(tag) for tag in tags] == [("leadership", ""), ("leadership", signal)]


def test_every_fault_of_evidence_is_told_with_its_field(session, scene, case, now):
    draft = EvidenceDraft(
        title=" \u200b",
        done="x" * 20_001,
        links=(
            EvidenceLink("Memo", "javascript:alert(1)"),
            EvidenceLink("Plain", "http://example.org"),
            EvidenceLink("No address", ""),
            EvidenceLink("", "https://user:secret@example.org/"),
        ),
        baseline="3 days",
        tags=(Tag("charm"),),
    )
    with pytest.raises(Invalid) as refused:
        add_evidence(session, case.id, draft, actor=scene.actor("ben"), now=now)
    unsafe = "Readers cannot open this address"
    assert faults(refused) == [
        ("title", "Please fill this in"),
        ("done", "1 character too many"),
        ("measure", "Say what was measured"),
        ("url-0", unsafe),
        ("url-1", unsafe),
        ("url-2", "This link has no address"),
        ("url-3", unsafe),
        ("tags", "The target level asks nothing of this name"),
    ]


def test_at_least_one_criterion_is_needed(session, scene, case, now):
    with pytest.raises(Invalid) as refused:
        add_evidence(session, case.id, EvidenceDraft("Memo", "Wrote it"), actor=scene.actor("ben"), now=now)
    assert faults(refused) == [("tags", "Choose at least one criterion that it speaks to")]


def test_an_edit_from_an_old_version_is_a_conflict_with_both_texts(session, scene, case, now):
    ben = scene.actor("ben")
    row = add_evidence(session, case.id, DRAFT, actor=ben, now=now)
    assert row is not None
    newer = EvidenceDraft("Pricing memo 2", DRAFT.done, tags=DRAFT.tags)
    edit_evidence(session, case.id, row.id, newer, version=1, actor=ben, now=now)
    older = EvidenceDraft("Pricing memo 3", DRAFT.done, tags=DRAFT.tags)
    with pytest.raises(Conflict) as conflict:
        edit_evidence(session, case.id, row.id, older, version=1, actor=ben, now=now)
    assert (conflict.value.theirs["title"], conflict.value.mine["title"]) == ("Pricing memo 2", "Pricing memo 3")


@pytest.mark.parametrize(("key", "error"), [("greta", NotAllowed), ("hanna", NotAllowed), ("otto", NotFound)])
def test_only_the_candidate_adds_evidence(session, scene, case, now, key, error):
    with pytest.raises(error):
        add_evidence(session, case.id, DRAFT, actor=scene.actor(key), now=now)


def test_evidence_of_another_case_is_not_found(session, scene, case, now):
    other = open_case_of(session, scene, "cora", "senior-pm", now)
    row = add_evidence(session, other.id, DRAFT, actor=scene.actor("cora"), now=now)
    assert row is not None
    with pytest.raises(NotFound):
        remove_evidence(session, case.id, row.id, actor=scene.actor("ben"), now=now)


def test_an_entry_case_shows_its_role_fit_in_place_of_a_level_now(session, scene, now):
    ladder = load_ladder(session, session.get_one(Cycle, scene.cycle_id).ladder_version_id)
    answers = {question.id: f"Answer to {question.id}" for question in ladder.role_fit}
    lena = scene.actor("lena")
    nomination = Nomination(scene.id("lena"), "entry", "pm-1", "", answers)
    case = nominate(session, scene.cycle_id, nomination, actor=lena, now=now)
    page = load_self_review(session, load_standing(session, case.id, lena, now=now), "hard-skills")
    assert page.start is None
    assert [line.answer for line in page.role_fit] == list(answers.values())
