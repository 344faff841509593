"""Packets: what was written is what is frozen, views by phase, printing, opening, and sealing anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review.config import Settings
from review.domain import packet
from review.domain.canonical_json import digest
from review.domain.errors import NotFound
from review.domain.packet_json import read_packet, write_packet
from review.domain.packet_view import View
from review.domain.phase import Phase
from review.models import (
    AuditEvent,
    CaseToken,
    Evidence,
    EvidenceTag,
    Feedback,
    FeedbackAnswer,
    Packet,
    PacketFile,
    Rating,
    RatingLine,
    Seat,
    SelfReview,
)
from review.queries.invariants import find_violations
from review.queries.packet_content import gather_packet
from review.queries.packets import (
    EARLY_VIEWS,
    find_missing_signs,
    find_packet,
    name_view,
    read_view,
    view_content,
    view_name,
)
from review.queries.standing import load_standing
from review.services.packets import ask_for_file, note_opened
from review.services.packets_copies import take_copy
from tests.committee_room import CRITERIA, DONE, Room, built_room, sealed_room
from tests.factories import open_scene
from tests.trail import detail_of


@pytest.fixture
def room(session: Session, now: datetime) -> Room:
    return built_room(session, open_scene(session, now), now)


def gather(room: Room, now: datetime) -> packet.PacketContent:
    standing = load_standing(room.session, room.case_id, room.actor("hanna"), now=now)
    return gather_packet(room.session, standing, company="Acme", sealed_at=now)


def enrich(room: Room, now: datetime) -> None:
    """Give the case something of everything that a packet may hold."""
    session, case = room.session, room.case
    case.shuffle_seed, case.second_rater_id = 7, room.scene.id("ravi")
    first = session.scalars(sa.select(Evidence).order_by(Evidence.id)).first()
    assert first is not None
    first.effect, first.measure, first.baseline, first.target, first.actual = "It held.", "Churn", "9 %", "7 %", "6 %"
    first.links, first.is_late = [{"label": "Report", "url": "https://wiki.example/report"}], True
    tag = session.scalars(sa.select(EvidenceTag).where(EvidenceTag.evidence_id == first.id)).one()
    target = load_standing(session, case.id, room.actor("hanna"), now=now).ladder.expectation(CRITERIA[0], "staff-pm")
    tag.signal_id = target.signals[0].id
    session.add(EvidenceTag(evidence_id=first.id, criterion_id=CRITERIA[1]))
    second = Rating(case_id=case.id, round="second", rater_id=room.scene.id("ravi"), locked_at=now, created_at=now)
    draft = Rating(case_id=case.id, round="final", rater_id=room.scene.id("mats"), created_at=now)
    session.add_all([second, draft])
    session.flush()
    session.add(
        RatingLine(
            rating_id=second.id,
            criterion_id=CRITERIA[0],
            cannot_judge=True,
            justification="I have not seen this.",
            anchors=[],
            updated_at=now,
        )
    )
    session.add(RatingLine(rating_id=draft.id, criterion_id=CRITERIA[0], value=1, justification="x", updated_at=now))
    final = session.scalars(
        sa.select(RatingLine)
        .join(Rating, Rating.id == RatingLine.rating_id)
        .where(Rating.round == "final", RatingLine.criterion_id == CRITERIA[0])
    ).first()
    assert final is not None
    feedback = session.scalars(sa.select(Feedback.id).order_by(Feedback.id)).all()
    final.value, final.change_reason, final.sentence = 5, "F1 shows it.", target.signals[0].id
    final.anchors = [f"e:{first.id}", f"f:{feedback[0]}"]
    answers = sa.select(FeedbackAnswer).where(FeedbackAnswer.feedback_id == feedback[1]).order_by(FeedbackAnswer.id)
    answer = session.scalars(answers).first()
    assert answer is not None
    answer.situation, answer.effect, answer.link = "In May", "They agreed.", "https://wiki.example/may"
    session.flush()


def test_what_is_gathered_equals_what_was_written(room: Room, now: datetime) -> None:
    enrich(room, now)
    content = gather(room, now)
    people = {
        key: packet.Person(name, title, function)
        for key, name, title, function in (
            ("iris", "Iris Vance", "Senior PM", "Product"),
            ("greta", "Greta Holm", "Group PM", "Product"),
            ("ravi", "Ravi Menon", "Principal PM", "Product"),
        )
    }
    ladder = load_standing(room.session, room.case_id, room.actor("hanna"), now=now).ladder
    assert content.case == packet.Case(
        code="2026A-001",
        kind=packet.CaseKind.PROMOTION,
        cycle="Autumn 2026",
        track=ladder.track("ic").name,
        to_level=packet.Level("staff-pm", "IC4", "Staff PM", 4, False),
        committee="Committee A",
        sealed_at=now,
        from_level=packet.Level("senior-pm", "IC3", "Senior PM", 3, False),
        company="Acme",
        session_on=date(2027, 1, 12),
        time_zone="Europe/Berlin",
    )
    assert (content.candidate, content.manager, content.second_rater) == (
        people["iris"],
        people["greta"],
        people["ravi"],
    )
    assert (content.former_managers, content.panel, content.prior_gaps, content.role_fit) == ((), (), (), None)
    signal = ladder.expectation(CRITERIA[0], "staff-pm").signals[0]
    assert content.evidence[0] == packet.Evidence(
        anchor="E1",
        title="Work 1",
        done="Did.",
        effect="It held.",
        result=packet.Result("Churn", "9 %", "7 %", "6 %"),
        links=(packet.Link("Report", "https://wiki.example/report"),),
        tags=(packet.Tag(CRITERIA[0], signal.id), packet.Tag(CRITERIA[1], content.evidence[0].tags[1].signal)),
        added_on=date(2026, 11, 16),
        is_late=True,
    )
    assert [each.anchor for each in content.evidence] == ["E1", "E2", "E3", "E4"]
    anchors = {each.giver.name: each.anchor for each in content.feedback if each.giver}
    assert set(anchors) == {"Erin Malik", "Dev Banerjee", "Lena Fuchs"}
    first = content.criteria[0]
    assert (first.id, first.name, first.self_review, first.evidence) == (
        CRITERIA[0],
        "Hard skills",
        "I did it.",
        ("E1",),
    )
    assert content.criteria[1].evidence == ("E1", "E2")
    assert first.ratings == (
        packet.Rating(
            anchor="R1",
            kind=packet.RatingKind.FINAL,
            rater=people["greta"],
            value=5,
            justification="Shown.",
            cited=("E1", anchors["Erin Malik"]),
            sentence=signal.text,
            change=packet.Change(4, "F1 shows it."),
        ),
        packet.Rating(
            anchor="R5",
            kind=packet.RatingKind.FIRST_VIEW,
            rater=people["greta"],
            value=4,
            justification="Shown.",
            cited=("E1",),
            sentence=ladder.expectation(CRITERIA[0], "staff-pm").summary,
        ),
        packet.Rating(
            anchor="R9",
            kind=packet.RatingKind.SECOND,
            rater=people["ravi"],
            value=None,
            reason="I have not seen this.",
        ),
    )
    dev = next(each for each in content.feedback if each.giver and each.giver.name == "Dev Banerjee")
    assert dev.giver == packet.Giver("Dev Banerjee", "Design", packet.GiverKind.PEER)
    assert dev.remarks[0] == packet.Remark(
        criterion=CRITERIA[0],
        situation="In May",
        did="Seen.",
        effect="They agreed.",
        link="https://wiki.example/may",
        rating=4,
    )
    assert content.coverage == tuple(packet.FunctionHeard(name, 1, 1) for name in ("Engineering", "Design", "Data"))
    kinds = packet.UnansweredKind
    assert content.unanswered == tuple(packet.Unanswered(kinds.SECOND_RATING, each) for each in CRITERIA[1:])
    assert read_packet(write_packet(content)) == content


def test_what_is_missing_is_named(room: Room, now: datetime) -> None:
    session = room.session
    session.execute(sa.update(SelfReview).where(SelfReview.criterion_id == CRITERIA[2]).values(body=" "))
    session.execute(sa.update(Evidence).where(Evidence.position == 4).values(removed_at=now))
    session.execute(sa.update(Feedback).where(Feedback.giver_id == room.scene.id("dev")).values(state="declined"))
    kinds = packet.UnansweredKind
    assert gather(room, now).unanswered[:3] == (
        packet.Unanswered(kinds.SELF_REVIEW, CRITERIA[2]),
        packet.Unanswered(kinds.EVIDENCE, CRITERIA[3]),
        packet.Unanswered(kinds.FEEDBACK, "Design"),
    )


def test_words_of_direct_reports_carry_no_name(room: Room, now: datetime) -> None:
    room.session.execute(sa.update(Feedback).values(kind="upward", shown_in=None))
    assert gather(room, now).feedback == ()
    room.session.execute(sa.update(Feedback).values(shown_in=1))
    assert [each.giver for each in gather(room, now).feedback] == [None, None, None]


def test_the_seal_freezes_feedback_and_the_digest_matches(room: Room, now: datetime) -> None:
    before = gather(room, now)
    room.fire("seal", "hanna")
    states = room.session.scalars(sa.select(Feedback.state)).all()
    assert set(states) == {"frozen"}
    row = find_packet(room.session, room.case_id)
    assert row is not None
    assert (row.number, row.sealed_at, row.sealed_by_id) == (1, now, room.scene.id("hanna"))
    assert row.digest == digest(row.content.encode())
    sealed = read_packet(row.content.encode())
    assert (sealed.criteria, sealed.feedback, sealed.evidence) == (before.criteria, before.feedback, before.evidence)
    views = room.session.scalars(sa.select(PacketFile.view).order_by(PacketFile.id)).all()
    assert tuple(views) == EARLY_VIEWS


def test_after_the_seal_nothing_changes_in_it(session: Session, now: datetime) -> None:
    room = sealed_room(session, now)
    content = session.scalar(sa.select(Packet.content))
    session.execute(sa.update(SelfReview).values(body="Other words."))
    standing = load_standing(session, room.case_id, room.actor("mika"), now=now)
    row = find_packet(session, room.case_id)
    assert row is not None
    view = read_view(row, standing)
    assert view is not None
    assert (row.content, view.criteria[0].self_review) == (content, "I did it.")


@pytest.mark.both_databases
def test_an_unsealed_packet_counts_no_more_from_that_moment(session: Session, now: datetime) -> None:
    room = sealed_room(session, now)
    row = find_packet(session, room.case_id)
    assert row is not None
    room.now = now + timedelta(days=1)
    room.fire("unseal", "hanna", note="A giver took words back.")
    assert (row.unsealed_at, find_packet(session, room.case_id)) == (room.now, None)
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "packet.unseal")).one()
    assert (event.actor_id, event.case_id, event.subject_id, detail_of(session, event)) == (
        room.scene.id("hanna"),
        room.case_id,
        row.id,
        {"digest": row.digest},
    )
    assert find_violations(session) == []
    row.unsealed_at = None
    session.flush()
    assert find_violations(session) == [f"{room.case.code}: being built, with a packet that counts"]


def test_sealing_anew_keeps_the_old_packet(session: Session, now: datetime) -> None:
    room = sealed_room(session, now)
    room.fire("unseal", "hanna", note="A giver took words back.")
    old = session.scalars(sa.select(Packet)).one()
    session.execute(sa.update(SelfReview).values(body="Other words."))
    for token in session.scalars(sa.select(CaseToken).where(CaseToken.region != "main")):
        token.state = DONE[token.region]
    room.fire("seal", "hanna")
    new = find_packet(session, room.case_id)
    assert new is not None
    assert (new.number, new.digest != old.digest) == (2, True)
    assert session.scalars(sa.select(Packet.number).order_by(Packet.number)).all() == [1, 2]
    assert (old.unsealed_at, old.digest) == (now, digest(old.content.encode()))


@pytest.mark.parametrize(
    ("view", "names"),
    [
        (View.COMMITTEE, ["committee"] * 2 + ["committee.revealed"] * 4),
        (View.MANAGER, ["manager"] * 2 + ["manager.revealed"] * 4),
        (View.CANDIDATE, ["candidate"] * 4 + ["candidate.announced"] * 2),
        (View.SKIP_LEVEL, ["skip_level"] * 6),
        (View.HR, ["hr"] * 6),
    ],
)
def test_phases_in_which_a_view_holds_the_same_share_a_file(view: View, names: list[str]) -> None:
    assert [name_view(view, phase) for phase in tuple(Phase)[2:]] == names


def test_each_reader_has_a_view_of_their_own(session: Session, now: datetime) -> None:
    room = sealed_room(session, now)
    found = {}
    for key in ("iris", "greta", "dario", "mika", "clara", "hanna"):
        found[key] = view_name(load_standing(session, room.case_id, room.actor(key), now=now))
    assert found == {
        "iris": "candidate",
        "greta": "manager",
        "dario": "skip_level",
        "mika": "committee",
        "clara": "committee",
        "hanna": "hr",
    }
    row = find_packet(session, room.case_id)
    assert row is not None
    held = {name: view_content(row, name).decode() for name in set(found.values()) if name}
    assert {name: ("Erin Malik" in text, "Seen." in text) for name, text in held.items()} == {
        "candidate": (False, False),
        "manager": (False, True),
        "skip_level": (False, False),
        "committee": (True, True),
        "hr": (True, True),
    }


def test_who_has_no_view_asks_for_no_file(session: Session, now: datetime) -> None:
    room = sealed_room(session, now)
    for key in ("erin", "otto", "abel", "noor", "dario"):
        with pytest.raises(NotFound):
            take_copy(session, room.case_id, actor=room.actor(key), now=now)


def test_a_file_that_failed_is_tried_again_and_others_are_left(
    session: Session, now: datetime, settings: Settings
) -> None:
    room = sealed_room(session, now)
    row = find_packet(session, room.case_id)
    assert row is not None
    file = ask_for_file(session, row, "manager", now=now)
    assert (file.state, ask_for_file(session, row, "manager", now=now).id) == ("waiting", file.id)
    file.state, file.error = "failed", "too long"
    session.flush()
    assert (ask_for_file(session, row, "manager", now=now).state, file.error) == ("waiting", None)
    file.state, file.path = "ready", "manager.pdf"
    (settings.files_dir / "manager.pdf").write_bytes(b"%PDF-1.7")
    assert ask_for_file(session, row, "manager", now=now).state == "ready"
    (settings.files_dir / "manager.pdf").unlink()
    assert ask_for_file(session, row, "manager", now=now).state == "waiting"


def test_a_packet_is_printed_for_each_view(session: Session, now: datetime, run_jobs: Callable[[], int]) -> None:
    room = sealed_room(session, now)
    run_jobs()
    session.expire_all()
    rows = session.execute(
        sa.select(PacketFile.view, PacketFile.state, PacketFile.page_count > 0).order_by(PacketFile.id)
    )
    assert rows.all() == [(view, "ready", True) for view in EARLY_VIEWS]
    assert len(set(session.scalars(sa.select(PacketFile.path)))) == 3
    assert room.case.state == "reading"


def test_signs_that_no_font_has_are_told_to_hr_and_the_log(
    session: Session, now: datetime, run_jobs: Callable[[], int], caplog: pytest.LogCaptureFixture
) -> None:
    room = built_room(session, open_scene(session, now), now)
    session.execute(sa.update(Evidence).where(Evidence.position == 1).values(done="Read \U00013000\U00013001."))
    room.fire("seal", "hanna")
    number = session.scalar(sa.select(PacketFile.id).where(PacketFile.view == "committee"))
    run_jobs()
    session.expire_all()
    row = find_packet(session, room.case_id)
    assert row is not None
    found = {
        key: find_missing_signs(session, row, load_standing(session, room.case_id, room.actor(key), now=now))
        for key in ("hanna", "iris", "mika")
    }
    assert found == {"hanna": ("U+13000", "U+13001"), "iris": (), "mika": ()}
    lines = [record.getMessage() for record in caplog.records if record.name == "review.services.packets"]
    assert f"packet file {number}: no font has a shape for U+13000 U+13001" in lines
    assert len(lines) == len(EARLY_VIEWS)


def test_opening_is_kept_once_and_for_members_alone(session: Session, now: datetime) -> None:
    room = sealed_room(session, now)
    later = datetime(2026, 12, 1, tzinfo=UTC)
    note_opened(session, room.case_id, actor=room.actor("mika"), now=now)
    note_opened(session, room.case_id, actor=room.actor("mika"), now=later)
    note_opened(session, room.case_id, actor=room.actor("hanna"), now=now)
    opened = session.execute(sa.select(Seat.person_id, Seat.opened_at).where(Seat.opened_at.is_not(None))).all()
    assert opened == [(room.scene.id("mika"), now)]
    count = session.scalar(sa.select(sa.func.count()).where(AuditEvent.kind == "packet.open"))
    assert count == 1
    with pytest.raises(NotFound):
        note_opened(session, room.case_id, actor=room.actor("otto"), now=now)
