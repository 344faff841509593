"""Reading feedback: what a giver was shown is what each reader finds, byte for byte; the summary for the candidate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import product

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.domain.phase import Phase
from review.models import Case, CaseToken, Cycle, Feedback, FeedbackAnswer, FeedbackSummary
from review.services.packets import note_opened
from review.services.sign_ins import open_sign_in
from review.web.guards import SEEN, TOKEN
from tests.after_decision import decided_room, make_ready, release
from tests.committee_room import Room, sealed_room

Enter = Callable[[str], FlaskClient]
READERS = {"manager": "greta", "hr": "hanna", "committee": "clara", "candidate": "iris"}
WORDS = {
    "situation": "In **spring** <b>two</b> teams met",
    "done": "=SUM(A1) wrote line 3 \U0001f680",
    "effect": "שלום – signed",
    "link": "Annex B",
}


@pytest.fixture
def enter(client: FlaskClient, session: Session, now: datetime) -> Callable[[Room], Enter]:
    def door(room: Room) -> Enter:
        def sign_in(key: str) -> FlaskClient:
            token = open_sign_in(session, room.scene.id(key), now=now)
            session.commit()
            with client.session_transaction() as cookie:
                cookie[TOKEN], cookie[SEEN] = token, int(now.timestamp())
            return client

        return sign_in

    return door


def quotes(html: str, within: str) -> list[str]:
    return [str(each) for each in BeautifulSoup(html, "html.parser").select(f"{within} blockquote.quote")]


def switch(room: Room, words: str, *, names: bool) -> None:
    cycle = room.session.get_one(Cycle, room.scene.cycle_id)
    anonymity = {**cycle.policy["anonymity"], "candidate_sees_feedback": words, "manager_sees_authors": names}
    cycle.policy = {**cycle.policy, "anonymity": anonymity}


def put_in(room: Room, phase: Phase) -> None:
    """Put the case into a phase; its first view is locked and its answers are in the sealed packet."""
    room.session.execute(sa.update(Case).where(Case.id == room.case_id).values(phase=str(phase)))
    room.session.commit()
    room.session.expire_all()


@pytest.mark.parametrize(("words", "names"), list(product(["summary", "verbatim"], [False, True])))
def test_the_preview_is_what_each_reader_finds_in_every_phase(enter, session, now, words, names):
    room = sealed_room(session, now)
    switch(room, words, names=names)
    note_opened(session, room.case_id, actor=room.actor("clara"), now=now)
    row = session.scalars(sa.select(Feedback).where(Feedback.giver_id == room.scene.id("erin"))).one()
    session.execute(sa.update(FeedbackAnswer).where(FeedbackAnswer.feedback_id == row.id).values(**WORDS))
    states = dict(session.execute(sa.select(Feedback.id, Feedback.state)).all())
    row.state = "writing"
    session.execute(sa.update(Case).where(Case.id == room.case_id).values(phase="collecting"))
    session.commit()
    check = enter(room)("erin").get(f"/cases/{room.case_id}/feedback/{row.id}/check").get_data(as_text=True)
    shown = {reader: quotes(check, f"section[aria-labelledby=r-{reader}]") for reader in READERS}
    assert {reader: len(found) for reader, found in shown.items()} == {
        "manager": 4,
        "hr": 4,
        "committee": 4,
        "candidate": 4 if words == "verbatim" else 0,
    }
    assert ("Erin Malik" in shown["manager"][0]) is names
    assert "Erin Malik" in shown["committee"][0]
    row.state = states[row.id]
    session.commit()
    for phase in tuple(Phase)[2:]:
        put_in(room, phase)
        for reader, key in READERS.items():
            answer = enter(room)(key).get(f"/cases/{room.case_id}/feedback")
            found = quotes(answer.get_data(as_text=True), "main")
            due = [] if reader == "candidate" and phase not in (Phase.ANNOUNCED, Phase.CLOSED) else shown[reader]
            assert [each for each in found if each in due] == due, (reader, phase)
            assert len(found) == 3 * len(due), (reader, phase)


def test_the_packet_page_holds_the_same_words_under_the_same_line(enter, session, now):
    room = sealed_room(session, now)
    client = enter(room)("hanna")
    page, packet = (
        quotes(client.get(f"/cases/{room.case_id}/{name}").get_data(as_text=True), "main")
        for name in ("feedback", "packet")
    )
    assert sorted(page) == sorted(each for each in packet if "<footer>" in each)


def test_a_member_opens_the_packet_before_reading_feedback(enter, session, now):
    room = sealed_room(session, now)
    client, url = enter(room)("clara"), f"/cases/{room.case_id}"
    first = client.get(f"{url}/feedback")
    assert (first.status_code, first.headers["Location"]) == (303, f"{url}/packet")
    assert room.seat("clara").opened_at is None
    client.post(f"{url}/packet/open")
    read = client.get(f"{url}/feedback")
    assert (read.status_code, len(quotes(read.get_data(as_text=True), "main"))) == (200, 12)
    session.refresh(room.seat("clara"))
    assert room.seat("clara").opened_at == now


@pytest.mark.parametrize("key", ["erin", "finn", "abel", "iris"])
def test_who_reads_no_feedback_gets_the_same_404(enter, session, now, key):
    room = sealed_room(session, now)
    client = enter(room)(key)
    mine, none = (client.get(f"/cases/{number}/feedback") for number in (room.case_id, 99999))
    assert (mine.status_code, mine.data) == (404, none.data)


def test_a_manager_reads_nothing_until_feedback_is_closed(enter, session, now):
    room = sealed_room(session, now)
    put_in(room, Phase.COLLECTING)
    session.add(CaseToken(case_id=room.case_id, region="feedback", state="asking", entry=1, entered_at=now))
    again = enter(room)("greta").get(f"/cases/{room.case_id}/feedback")
    assert (again.status_code, len(quotes(again.get_data(as_text=True), "main"))) == (200, 12)
    session.execute(sa.update(Feedback).values(shown_in=None))
    assert enter(room)("greta").get(f"/cases/{room.case_id}/feedback").status_code == 404


def test_the_summary_is_written_after_the_decision_and_read_after_the_announcement(enter, session, now):
    room = decided_room(session, now)
    url, sign_in = f"/cases/{room.case_id}/feedback", enter(room)
    assert sign_in("iris").get(url).status_code == 404
    # The manager learns of the decision with the candidate, and so cannot write while it is not told.
    assert sign_in("greta").post(f"{url}/summary", data={"body": "Early", "version": "0"}).status_code == 404
    client = sign_in("hanna")
    sent = {"body": "Most saw **clear** plans.\n<script>x</script>", "version": "0"}
    assert client.post(f"{url}/summary", data=sent).status_code == 303
    late = client.post(f"{url}/summary", data={"body": "Another tab", "version": "0"})
    assert (late.status_code, "Most saw" in late.get_data(as_text=True)) == (409, True)
    long = client.post(f"{url}/summary", data={"body": "z" * 1_000_000, "version": "1"})
    assert (long.status_code, "z" * 1_000_000 in long.get_data(as_text=True)) == (422, True)
    assert "No summary of feedback is written" not in released(sign_in, room)
    assert sign_in("iris").post(f"{url}/summary", data={"body": "Mine", "version": "1"}).status_code == 404
    assert sign_in("clara").post(f"{url}/summary", data={"body": "Mine", "version": "1"}).status_code == 403
    make_ready(room)
    release(room)
    page = sign_in("iris").get(url)
    main = BeautifulSoup(page.get_data(as_text=True), "html.parser").select_one("main")
    assert main is not None
    assert str(main.select_one("section .serif")) == (
        '<div class="serif"><p>Most saw <strong>clear</strong> plans.<br/>\n&lt;script&gt;x&lt;/script&gt;</p>\n</div>'
    )
    text = main.get_text()
    assert [name for name in ("Greta", "Erin", "Dev", "Lena", "Seen.") if name in text] == []
    assert sign_in("greta").post(f"{url}/summary", data={"body": "Late", "version": "1"}).status_code == 403
    assert session.scalar(sa.select(FeedbackSummary.version)) == 1


def test_below_the_floor_there_is_no_summary_and_it_is_said(enter, session, now):
    room = decided_room(session, now)
    session.execute(sa.update(Feedback).where(Feedback.giver_id == room.scene.id("dev")).values(state="declined"))
    session.commit()
    url = f"/cases/{room.case_id}/feedback"
    answer = enter(room)("hanna").post(f"{url}/summary", data={"body": "Two said", "version": "0"})
    assert answer.status_code == 409
    make_ready(room)
    release(room)
    page = enter(room)("iris").get(url).get_data(as_text=True)
    assert "There is no summary: fewer than 3 answered" in page


def test_a_case_page_leads_to_the_feedback_and_reading_it_takes_few_statements(enter, session, now, statements):
    room = decided_room(session, now)
    client = enter(room)("hanna")
    assert "Write the summary of feedback" in client.get(f"/cases/{room.case_id}").get_data(as_text=True)
    with statements() as counted:
        client.get(f"/cases/{room.case_id}/feedback")
    assert len(counted) <= 12


def released(sign_in: Enter, room: Room) -> str:
    return sign_in("hanna").get(f"/cycles/{room.scene.cycle_id}/release").get_data(as_text=True)
