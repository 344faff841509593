"""Feedback: asking, approving, answering, sending, reading it; each by who may, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.domain.access import SYSTEM
from review.domain.errors import Conflict as SavedFirst
from review.domain.errors import Invalid, NotAllowed, NotFound, TransitionRefused
from review.domain.feedback_request import request_words
from review.domain.phase import Phase
from review.models import (
    AuditEvent,
    Case,
    CaseToken,
    Conflict,
    Cycle,
    Feedback,
    FeedbackAnswer,
    Message,
    Rating,
    RatingLine,
    Timer,
)
from review.queries.asking import AskPage, load_ask_page
from review.queries.feedback import FeedbackRow, read_feedback
from review.queries.giving import list_asked, load_give_page
from review.queries.standing import load_standing
from review.services.feedback import Proposal, ask_direct_reports, decide_request, propose_givers
from review.services.feedback_answers import AnswerDraft, Decline, decline, move_own, save_answer
from review.services.transitions import fire, fire_item
from tests.factories import Scene, open_case_of

CRITERIA = ("hard-skills", "cross-functionality", "leadership", "accountability")
GOOD = AnswerDraft("In spring", "Ran four sessions", "We signed", "Annex B", 4)


def collecting(session: Session, scene: Scene, key: str, level: str, now: datetime) -> Case:
    case = open_case_of(session, scene, key, level, now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.commit()
    return case


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    return collecting(session, scene, "ben", "senior-pm", now)


@pytest.fixture
def manager_case(session: Session, scene: Scene, now: datetime) -> Case:
    return collecting(session, scene, "greta", "director-pm", now)


Propose = Callable[..., tuple[Feedback, ...]]


@pytest.fixture
def propose(session: Session, scene: Scene, case: Case, now: datetime) -> Propose:
    def ask(by: str, *keys: str, **more: object) -> tuple[Feedback, ...]:
        proposal = Proposal(tuple(scene.id(key) for key in keys), **more)  # type: ignore[arg-type]
        return propose_givers(session, case.id, proposal, actor=scene.actor(by), now=now)

    return ask


def answer_all(session: Session, scene: Scene, row: Feedback, key: str, now: datetime) -> None:
    actor = scene.actor(key)
    if row.state == "asked":
        move_own(session, row.case_id, row.id, "accept", actor=actor, now=now)
    for criterion in CRITERIA:
        draft = replace(GOOD, done=f"{key} on {criterion}")
        save_answer(session, row.case_id, row.id, criterion, draft, version=0, actor=actor, now=now)
    move_own(session, row.case_id, row.id, "submit", actor=actor, now=now)


def ask_page(session: Session, scene: Scene, case: Case, key: str, now: datetime, words: str = "") -> AskPage:
    return load_ask_page(session, load_standing(session, case.id, scene.actor(key), now=now), words=words, now=now)


def read(session: Session, scene: Scene, case: Case, key: str, now: datetime) -> tuple[FeedbackRow, ...]:
    return read_feedback(session, load_standing(session, case.id, scene.actor(key), now=now))


def lock_first_view(session: Session, scene: Scene, case: Case, key: str, now: datetime) -> None:
    rating = Rating(case_id=case.id, round="first", rater_id=scene.id(key), created_at=now)
    session.add(rating)
    session.flush()
    session.add_all(
        RatingLine(rating_id=rating.id, criterion_id=each, value=4, justification="Seen", updated_at=now)
        for each in CRITERIA
    )
    session.flush()
    fire(session, case.id, "lock_first_view", actor=scene.actor(key), now=now)


def close_feedback(session: Session, case: Case) -> None:
    session.execute(
        sa.update(CaseToken).where(CaseToken.case_id == case.id, CaseToken.region == "feedback").values(state="enough")
    )
    session.expire_all()


def told(error: pytest.ExceptionInfo[Invalid]) -> list[tuple[str | None, str]]:
    return [(fault.field, str(fault.what)) for fault in error.value.faults]


def mails(session: Session) -> list[tuple[str, int]]:
    return [
        tuple(row) for row in session.execute(sa.select(Message.template, Message.to_person_id).order_by(Message.id))
    ]


# ---- asking


def test_a_proposal_waits_for_approval_and_goes_out_by_itself(session, scene, case, now, propose):
    (row,) = propose("ben", "erin", note="The data agreement", criteria=("leadership",))
    stored = (row.state, row.kind, row.function, row.note, row.criteria, row.proposed_by_id)
    assert stored == ("proposed", "peer", "Engineering", "The data agreement", ["leadership"], scene.id("ben"))
    timer = session.scalars(sa.select(Timer).where(Timer.place == f"feedback:{row.id}")).one()
    assert timer.spec["fire"] == "approve_by_silence"
    assert ("notify_giver", scene.id("erin")) not in mails(session)
    fire_item(session, case.id, row, "approve_by_silence", actor=SYSTEM, now=now)
    assert row.state == "asked"
    assert ("notify_giver", scene.id("erin")) in mails(session)


def test_the_manager_and_hr_ask_at_once(session, scene, case, now, propose):
    (by_manager,) = propose("greta", "erin")
    (by_hr,) = propose("hanna", "dev", is_hidden_from_manager=True)
    assert [(row.state, row.is_hidden_from_manager) for row in (by_manager, by_hr)] == [
        ("asked", False),
        ("asked", True),
    ]
    kinds = session.scalars(
        sa.select(AuditEvent.kind).where(AuditEvent.kind.startswith("feedback.")).order_by(AuditEvent.seq)
    ).all()
    assert kinds == ["feedback.open", "feedback.approve"] * 2


@pytest.mark.parametrize(
    ("by", "whom", "why"),
    [
        ("ben", "ben", "Ben Ito: You cannot ask yourself"),
        ("ben", "greta", "Greta Holm: The manager rates this case and is not asked"),
        ("greta", "greta", "Greta Holm: You cannot ask yourself"),
        ("greta", "ben", "Ben Ito: This is the candidate"),
        ("hanna", "hanna", "Hanna Ruiz: You cannot ask yourself"),
        ("ben", "xenia", "Somebody you chose is not here any more"),
    ],
)
def test_who_cannot_be_asked_is_refused_by_name(propose, by, whom, why):
    with pytest.raises(Invalid) as refused:
        propose(by, whom)
    assert told(refused) == [("people", why)]


def test_nobody_is_asked_twice_and_each_refusal_says_why(session, scene, propose):
    propose("ben", "erin")
    with pytest.raises(Invalid) as refused:
        propose("ben", "erin", "ben", "dev")
    assert told(refused) == [
        ("people", "Erin Malik: On the list already: Proposed"),
        ("people", "Ben Ito: You cannot ask yourself"),
    ]
    assert session.scalar(sa.select(sa.func.count()).select_from(Feedback)) == 1


def test_a_hidden_request_is_refused_in_the_words_of_a_declared_conflict(session, scene, case, now, propose):
    propose("hanna", "dev", is_hidden_from_manager=True)
    lena = scene.id("lena")
    session.add(Conflict(case_id=case.id, person_id=lena, kind="close_personal", declared_by_id=lena, declared_at=now))
    session.flush()
    for by in ("greta", "ben"):
        with pytest.raises(Invalid) as refused:
            propose(by, "dev", "lena")
        assert told(refused) == [
            ("people", "Dev Banerjee: Cannot be asked in this case; choose somebody else"),
            ("people", "Lena Fuchs: Cannot be asked in this case; choose somebody else"),
        ]


def test_everything_wrong_with_a_proposal_is_told_at_once(scene, propose):
    with pytest.raises(Invalid) as refused:
        propose("ben", note="x" * 501, criteria=("charm",), is_hidden_from_manager=True)
    assert told(refused) == [
        ("people", "Choose at least one person"),
        ("note", "1 character too many"),
        ("criteria", "The target level asks nothing of this name"),
        ("is_hidden", "Only HR may ask somebody without the manager"),
    ]


@pytest.mark.parametrize("key", ["dario", "clara", "erin", "otto", "abel", "ines"])
def test_nobody_else_asks_or_sees_whom_a_case_asks(session, scene, case, now, propose, key):
    propose("ben", "erin")
    with pytest.raises(NotFound):
        propose(key, "dev")
    with pytest.raises(NotFound):
        ask_page(session, scene, case, key, now)


def test_nobody_is_asked_before_the_nomination_is_confirmed_or_after_feedback_is_closed(session, scene, now):
    case = open_case_of(session, scene, "cora", "senior-pm", now)
    proposal = Proposal((scene.id("erin"),))
    with pytest.raises(TransitionRefused) as early:
        propose_givers(session, case.id, proposal, actor=scene.actor("cora"), now=now)
    assert [str(reason) for reason in early.value.reasons] == [
        "People can be asked once HR has confirmed the nomination"
    ]


def test_the_same_form_sent_twice_asks_once(session, scene, case, now):
    proposal = Proposal((scene.id("erin"),))
    sent = [
        len(propose_givers(session, case.id, proposal, actor=scene.actor("ben"), now=now, request_key="once"))
        for _ in range(2)
    ]
    assert sent == [1, 0]


# ---- deciding


def test_a_request_is_approved_refused_with_a_reason_or_taken_back(session, scene, case, now, propose):
    greta = scene.actor("greta")
    erin, dev = propose("ben", "erin", "dev")
    decide_request(session, case.id, erin.id, "approve", actor=greta, now=now)
    with pytest.raises(Invalid) as refused:
        decide_request(session, case.id, dev.id, "reject", actor=greta, now=now)
    assert told(refused) == [("note", "Say why, in a sentence or two")]
    decide_request(session, case.id, dev.id, "reject", actor=greta, now=now, note="Saw none of it")
    decide_request(session, case.id, erin.id, "cancel", actor=greta, now=now)
    assert [(erin.state, erin.refusal), (dev.state, dev.refusal)] == [("cancelled", ""), ("rejected", "Saw none of it")]
    assert ("feedback_cancelled", scene.id("erin")) in mails(session)


def test_the_candidate_decides_nothing(session, scene, case, now, propose):
    (row,) = propose("ben", "erin")
    with pytest.raises(NotAllowed):
        decide_request(session, case.id, row.id, "approve", actor=scene.actor("ben"), now=now)


def test_a_yes_is_not_taken_back_by_who_may_not_know_whether_it_is_answered(session, scene, case, now, propose):
    (erin,) = propose("greta", "erin")
    (dev,) = propose("greta", "dev")
    move_own(session, case.id, erin.id, "accept", actor=scene.actor("erin"), now=now)
    answer_all(session, scene, dev, "dev", now)
    reasons = []
    for row in (erin, dev):
        with pytest.raises(TransitionRefused) as refused:
            decide_request(session, case.id, row.id, "cancel", actor=scene.actor("greta"), now=now)
        reasons.append([str(reason) for reason in refused.value.reasons])
    assert reasons[0] == reasons[1] == ["This request has gone too far for that"]
    decide_request(session, case.id, erin.id, "cancel", actor=scene.actor("hanna"), now=now)
    with pytest.raises(TransitionRefused):
        decide_request(session, case.id, dev.id, "cancel", actor=scene.actor("hanna"), now=now)


def test_a_manager_finds_nothing_of_a_giver_whom_hr_hides(session, scene, case, now, propose):
    (row,) = propose("hanna", "dev", is_hidden_from_manager=True)
    with pytest.raises(NotFound):
        decide_request(session, case.id, row.id, "cancel", actor=scene.actor("greta"), now=now)
    rows = {
        key: [each.name for each in ask_page(session, scene, case, key, now).rows] for key in ("greta", "hanna", "ben")
    }
    assert rows == {"greta": [], "hanna": ["Dev Banerjee"], "ben": []}


# ---- the list


def test_the_list_says_who_said_yes_and_never_who_has_finished(session, scene, case, now, propose):
    erin, dev, lena, sam, _mika = propose("ben", "erin", "dev", "lena", "sam", "mika")
    for row in (erin, dev, lena, sam):
        decide_request(session, case.id, row.id, "approve", actor=scene.actor("greta"), now=now)
    move_own(session, case.id, erin.id, "accept", actor=scene.actor("erin"), now=now)
    answer_all(session, scene, dev, "dev", now)
    decline(session, case.id, lena.id, Decline("no_time"), actor=scene.actor("lena"), now=now)
    expected = {
        "Dev Banerjee": "Said yes",
        "Erin Malik": "Said yes",
        "Lena Fuchs": "Declined",
        "Mika Saar": "Proposed",
        "Sam Tran": "Asked",
    }
    for key in ("ben", "greta", "hanna"):
        page = ask_page(session, scene, case, key, now)
        assert {row.name: str(row.words) for row in page.rows} == expected
        assert [row.due_on for row in page.rows if str(row.words) == "Said yes"] == [None, None]
    page = ask_page(session, scene, case, "ben", now)
    assert [(each.function, each.people) for each in page.coverage.functions] == [
        ("Engineering", ("Erin Malik", "Mika Saar")),
        ("Design", ("Dev Banerjee",)),
        ("Data", ()),
        ("Sales", ("Sam Tran",)),
    ]
    assert page.coverage.missing == ("Data",)


def test_sealing_does_not_tell_who_had_finished():
    afterwards = {
        state: str(request_words(state, Phase.SEALED))
        for state in ("asked", "writing", "submitted", "frozen", "cancelled", "expired", "declined", "rejected")
    }
    assert afterwards == {
        "asked": "Was asked",
        "writing": "Was asked",
        "submitted": "Was asked",
        "frozen": "Was asked",
        "cancelled": "Was asked",
        "expired": "Was asked",
        "declined": "Declined",
        "rejected": "Not asked",
    }


def test_the_count_is_told_only_from_three_on_and_never_by_one(session, scene, case, now, propose):
    counts = []
    for key in ("erin", "dev", "lena", "sam"):
        (row,) = propose("greta", key)
        answer_all(session, scene, row, key, now)
        counts.append(tuple(ask_page(session, scene, case, who, now).count for who in ("ben", "greta", "hanna")))
    assert counts == [(None, None, 1), (None, None, 2), (3, 3, 3), (3, 3, 4)]


def test_what_the_workflow_needs_is_told(session, scene, case, manager_case, now):
    pages = [ask_page(session, scene, *which, now) for which in ((case, "ben"), (manager_case, "greta"))]
    assert [(page.answers_needed, page.functions_needed) for page in pages] == [(3, 2), (3, 2)]


def test_people_found_say_why_they_cannot_be_asked(session, scene, case, now, propose):
    propose("ben", "erin")
    found = ask_page(session, scene, case, "ben", now, "product").found.people
    assert {
        each.card.name: each.obstacle and str(each.obstacle)
        for each in found
        if each.card.name in ("Ben Ito", "Cora Diaz", "Greta Holm")
    } == {
        "Ben Ito": "You cannot ask yourself",
        "Cora Diaz": None,
        "Greta Holm": "The manager rates this case and is not asked",
    }


# ---- direct reports


def test_direct_reports_are_asked_all_together_or_none(session, scene, manager_case, now):
    for by in ("greta", "dario"):
        with pytest.raises(Invalid) as refused:
            propose_givers(session, manager_case.id, Proposal((scene.id("ben"),)), actor=scene.actor(by), now=now)
        assert told(refused) == [("people", "Ben Ito: Direct reports are asked all together, or none")]
    with pytest.raises(NotAllowed):
        ask_direct_reports(session, manager_case.id, actor=scene.actor("greta"), now=now)
    rows = ask_direct_reports(session, manager_case.id, actor=scene.actor("dario"), now=now)
    assert {(row.giver_id, row.kind, row.state) for row in rows} == {
        (scene.id(key), "upward", "asked") for key in ("iris", "ben", "cora", "finn")
    }
    with pytest.raises(TransitionRefused) as again:
        ask_direct_reports(session, manager_case.id, actor=scene.actor("dario"), now=now)
    assert [str(reason) for reason in again.value.reasons][-1] == "The direct reports have been asked"
    with pytest.raises(TransitionRefused):
        decide_request(session, manager_case.id, rows[0].id, "cancel", actor=scene.actor("dario"), now=now)


def test_too_few_direct_reports_are_not_asked(session, scene, now):
    case = collecting(session, scene, "mats", "director-pm", now)
    with pytest.raises(TransitionRefused) as refused:
        ask_direct_reports(session, case.id, actor=scene.actor("dario"), now=now)
    assert [str(reason) for reason in refused.value.reasons] == [
        "There are 2 direct reports; answers are shown only from 3 on"
    ]


def test_answers_of_direct_reports_are_read_from_three_on_and_without_names(session, scene, manager_case, now):
    rows = ask_direct_reports(session, manager_case.id, actor=scene.actor("dario"), now=now)
    keys = {scene.id(key): key for key in ("iris", "ben", "cora", "finn")}
    close_feedback(session, manager_case)
    seen = []
    for row in rows[:3]:
        answer_all(session, scene, row, keys[row.giver_id], now)
        seen.append(len(read(session, scene, manager_case, "hanna", now)))
    assert seen == [0, 0, 3]
    shown = read(session, scene, manager_case, "hanna", now)
    assert {str(row.signed) for row in shown} == {"A direct report, without a name"}


# ---- giving


def test_a_giver_says_yes_writes_sends_and_takes_back(session, scene, case, now, propose):
    (row,) = propose("greta", "erin")
    erin = scene.actor("erin")
    move_own(session, case.id, row.id, "accept", actor=erin, now=now)
    first = save_answer(session, case.id, row.id, "leadership", GOOD, version=0, actor=erin, now=now)
    with pytest.raises(TransitionRefused) as early:
        move_own(session, case.id, row.id, "submit", actor=erin, now=now)
    assert [str(reason) for reason in early.value.reasons] == [
        "Not answered yet: Hard skills, Cross-functionality, Accountability"
    ]
    for criterion in CRITERIA:
        unsure = AnswerDraft(cannot_judge=True)
        version = first if criterion == "leadership" else 0
        save_answer(session, case.id, row.id, criterion, unsure, version=version, actor=erin, now=now)
    move_own(session, case.id, row.id, "submit", actor=erin, now=now)
    assert (row.state, row.submitted_at) == ("submitted", now)
    with pytest.raises(TransitionRefused):
        save_answer(session, case.id, row.id, "leadership", GOOD, version=2, actor=erin, now=now)
    move_own(session, case.id, row.id, "recall", actor=erin, now=now)
    assert (row.state, row.submitted_at) == ("writing", None)


def test_only_the_criteria_asked_about_are_answered(session, scene, case, now, propose):
    (row,) = propose("greta", "erin", criteria=("leadership",))
    erin = scene.actor("erin")
    move_own(session, case.id, row.id, "accept", actor=erin, now=now)
    with pytest.raises(NotFound):
        save_answer(session, case.id, row.id, "accountability", GOOD, version=0, actor=erin, now=now)
    save_answer(session, case.id, row.id, "leadership", GOOD, version=0, actor=erin, now=now)
    move_own(session, case.id, row.id, "submit", actor=erin, now=now)
    assert row.state == "submitted"


@pytest.mark.parametrize(
    "half", [replace(GOOD, value=None), replace(GOOD, done=""), replace(GOOD, done="  ")], ids=["words", "value", "gap"]
)
def test_half_an_answer_is_none(session, scene, case, now, propose, half):
    (row,) = propose("greta", "erin", criteria=("leadership",))
    erin = scene.actor("erin")
    version = save_answer(session, case.id, row.id, "leadership", half, version=0, actor=erin, now=now)
    with pytest.raises(TransitionRefused) as early:
        move_own(session, case.id, row.id, "submit", actor=erin, now=now)
    assert [str(reason) for reason in early.value.reasons] == ["Not answered yet: Leadership"]
    save_answer(session, case.id, row.id, "leadership", GOOD, version=version, actor=erin, now=now)
    move_own(session, case.id, row.id, "submit", actor=erin, now=now)
    assert row.state == "submitted"


def test_two_tabs_of_a_giver_never_overwrite_each_other(session, scene, case, now, propose):
    (row,) = propose("greta", "erin")
    erin = scene.actor("erin")
    save_answer(session, case.id, row.id, "leadership", GOOD, version=0, actor=erin, now=now)
    other = AnswerDraft("In spring", "Something else", "", "", 2)
    with pytest.raises(SavedFirst) as conflict:
        save_answer(session, case.id, row.id, "leadership", other, version=0, actor=erin, now=now)
    assert conflict.value.version == 1
    assert (conflict.value.theirs["done"], conflict.value.mine["done"]) == ("Ran four sessions", "Something else")
    assert (conflict.value.theirs["rating"], conflict.value.mine["rating"]) == ("4", "2")


def test_every_fault_of_an_answer_is_told_with_its_field(session, scene, case, now, propose):
    (row,) = propose("greta", "erin")
    bad = AnswerDraft("x" * 20_001, "\x00fine", "y" * 1_000_000, "javascript:alert(1)", 6)
    with pytest.raises(Invalid) as refused:
        save_answer(session, case.id, row.id, "leadership", bad, version=0, actor=scene.actor("erin"), now=now)
    assert told(refused) == [
        ("situation", "1 character too many"),
        ("effect", "980000 characters too many"),
        ("link", "Readers cannot open this address"),
        ("rating", "This is no rating of the scale"),
    ]
    assert session.scalar(sa.select(sa.func.count()).select_from(FeedbackAnswer)) == 0


@pytest.mark.parametrize("key", ["ben", "greta", "hanna", "dev", "clara", "otto"])
def test_a_draft_is_its_givers_alone(session, scene, case, now, propose, key):
    (row,) = propose("greta", "erin")
    propose("greta", "dev")
    actor = scene.actor(key)

    def open_page() -> None:
        load_give_page(session, load_standing(session, case.id, actor, now=now), row.id, now=now)

    with pytest.raises(NotFound):
        open_page()
    with pytest.raises(NotFound):
        save_answer(session, case.id, row.id, "leadership", GOOD, version=0, actor=actor, now=now)


def test_a_proposed_giver_knows_nothing_yet(session, scene, case, now, propose):
    propose("ben", "erin")
    with pytest.raises(NotFound):
        load_standing(session, case.id, scene.actor("erin"), now=now)
    assert list_asked(session, scene.actor("erin"), now=now) == ()


def test_a_no_tells_who_asked_but_not_why(session, scene, case, now, propose):
    (row,) = propose("ben", "erin")
    decide_request(session, case.id, row.id, "approve", actor=scene.actor("greta"), now=now)
    given = Decline("unfamiliar", "We never worked together", "dev@company.example")
    decline(session, case.id, row.id, given, actor=scene.actor("erin"), now=now)
    assert (row.state, row.decline_kind, row.substitute_id) == ("declined", "unfamiliar", scene.id("dev"))
    heard = sorted(person for template, person in mails(session) if template == "feedback_declined")
    assert heard == sorted([scene.id("ben"), scene.id("greta")])
    seen = {}
    for key in ("ben", "greta", "hanna"):
        (line,) = ask_page(session, scene, case, key, now).rows
        seen[key] = (line.substitute.name if line.substitute else None, str(line.decline) if line.decline else None)
    assert seen == {
        "ben": ("Dev Banerjee", None),
        "greta": ("Dev Banerjee", None),
        "hanna": ("Dev Banerjee", "Does not know the work well enough: We never worked together"),
    }


def test_a_no_of_a_hidden_giver_is_heard_by_hr_alone(session, scene, case, now, propose):
    (row,) = propose("hanna", "erin", is_hidden_from_manager=True)
    decline(session, case.id, row.id, Decline("no_time"), actor=scene.actor("erin"), now=now)
    heard = [person for template, person in mails(session) if template == "feedback_declined"]
    assert heard == [scene.id("hanna")]


def test_a_no_is_taken_back_while_the_case_is_built(session, scene, case, now, propose):
    (row,) = propose("greta", "erin")
    erin = scene.actor("erin")
    decline(session, case.id, row.id, Decline("no_time", "Quarter end", "Dev Banerjee"), actor=erin, now=now)
    move_own(session, case.id, row.id, "reconsider", actor=erin, now=now)
    assert (row.state, row.decline_kind, row.decline_text, row.substitute_id) == ("writing", None, "", None)
    save_answer(session, case.id, row.id, "leadership", GOOD, version=0, actor=erin, now=now)
    decline(session, case.id, row.id, Decline("no_time"), actor=erin, now=now)
    fire(session, case.id, "withdraw", actor=scene.actor("ben"), now=now)
    with pytest.raises((TransitionRefused, NotFound)):
        move_own(session, case.id, row.id, "reconsider", actor=erin, now=now)
    assert row.state == "declined"


def test_every_fault_of_a_no_is_told(session, scene, case, now, propose):
    (row,) = propose("greta", "erin")
    for substitute in ("Nobody Known", "Ben Ito", "Erin Malik"):
        given = Decline("", "", substitute)
        with pytest.raises(Invalid) as refused:
            decline(session, case.id, row.id, given, actor=scene.actor("erin"), now=now)
        assert told(refused) == [
            ("kind", "Choose what fits best"),
            ("substitute", "Nobody of this name can be asked instead"),
        ]


def test_a_giver_is_told_who_reads_what_and_never_of_a_mirror(session, scene, case, now, propose):
    (row,) = propose("hanna", "erin", is_hidden_from_manager=True)
    standing = load_standing(session, case.id, scene.actor("erin"), now=now)
    page = load_give_page(session, standing, row.id, now=now)
    assert [(str(each.who), each.sees_words, each.sight.name) for each in page.promises] == [
        ("The manager", True, False),
        ("HR", True, True),
        ("The committee", True, True),
        ("Ben Ito", False, False),
    ]
    assert str(page.guesses) == "HR asked you; the manager is not told of it."
    (mirrored,) = propose("hanna", "cora")
    other = collecting(session, scene, "cora", "senior-pm", now)
    proposal = Proposal((scene.id("ben"),))
    propose_givers(session, other.id, proposal, actor=scene.actor("hanna"), now=now)
    standing = load_standing(session, case.id, scene.actor("cora"), now=now)
    assert load_give_page(session, standing, mirrored.id, now=now).waiting == page.waiting


def test_a_giver_is_told_what_the_cycles_switches_say(session, scene, case, now, propose):
    (row,) = propose("greta", "erin")
    cycle = session.get_one(Cycle, case.cycle_id)
    switched = {"candidate_sees_feedback": "verbatim", "manager_sees_authors": True}
    cycle.policy = {**cycle.policy, "anonymity": switched}
    standing = load_standing(session, case.id, scene.actor("erin"), now=now)
    page = load_give_page(session, standing, row.id, now=now)
    assert [(str(each.who), each.sees_words, each.sight.name) for each in page.promises] == [
        ("The manager", True, True),
        ("HR", True, True),
        ("The committee", True, True),
        ("Ben Ito", True, False),
    ]


# ---- reading


def test_feedback_is_read_in_mixed_order_without_names_after_the_first_view(session, scene, case, now, propose):
    for key in ("erin", "dev", "lena"):
        (row,) = propose("greta", key)
        answer_all(session, scene, row, key, now)
    nobody = {key: read(session, scene, case, key, now) for key in ("ben", "greta", "erin")}
    assert nobody == {"ben": (), "greta": (), "erin": ()}
    lock_first_view(session, scene, case, "greta", now)
    assert read(session, scene, case, "greta", now) == ()
    fire(session, case.id, "close_feedback", actor=scene.actor("greta"), now=now)
    seen = read(session, scene, case, "greta", now)
    assert [row.anchor for row in seen] == ["F1", "F2", "F3"]
    assert {str(row.signed) for row in seen} == {"Without a name; the order is mixed"}
    words = {row.on("leadership").done for row in seen}
    assert words == {"erin on leadership", "dev on leadership", "lena on leadership"}
    by_hr = read(session, scene, case, "hanna", now)
    assert [(row.id, row.anchor) for row in by_hr] == [(row.id, row.anchor) for row in seen]
    assert {str(row.signed) for row in by_hr} == {"Erin Malik, Engineering", "Dev Banerjee, Design", "Lena Fuchs, Data"}


def test_an_answer_taken_back_is_read_by_nobody(session, scene, case, now, propose):
    (row,) = propose("greta", "erin")
    answer_all(session, scene, row, "erin", now)
    assert len(read(session, scene, case, "hanna", now)) == 1
    move_own(session, case.id, row.id, "recall", actor=scene.actor("erin"), now=now)
    assert read(session, scene, case, "hanna", now) == ()


def test_an_hr_partner_who_gives_feedback_reads_none(session, scene, case, now, propose):
    (row,) = propose("greta", "hugo")
    answer_all(session, scene, row, "hugo", now)
    assert read(session, scene, case, "hugo", now) == ()


# ---- the end of a case


def test_open_requests_end_with_the_case_and_the_givers_are_told(session, scene, case, now, propose):
    propose("ben", "sam")
    (erin,) = propose("greta", "erin")
    propose("greta", "dev")
    (lena,) = propose("greta", "lena")
    move_own(session, case.id, erin.id, "accept", actor=scene.actor("erin"), now=now)
    answer_all(session, scene, lena, "lena", now)
    fire(session, case.id, "withdraw", actor=scene.actor("ben"), now=now)
    states = dict(session.execute(sa.select(Feedback.giver_id, Feedback.state)).all())
    assert states == {
        scene.id("sam"): "cancelled",
        scene.id("erin"): "cancelled",
        scene.id("dev"): "cancelled",
        scene.id("lena"): "submitted",
    }
    gone = sorted(person for template, person in mails(session) if template == "feedback_cancelled")
    assert gone == sorted([scene.id("erin"), scene.id("dev")])
