"""What people paste, forge and press twice around feedback: a clear answer in its place, no word lost, nothing told."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.adapters.mail import make_mailer
from review.config import Settings
from review.models import Case, Feedback, FeedbackAnswer, Person
from review.services.feedback import Proposal, propose_givers
from review.services.feedback_answers import move_own
from review.services.transitions import fire
from review.worker import send_due
from tests.factories import Scene, open_case_of, open_scene
from tests.outsider import collecting, open_link
from tests.signed_in import Door, faults, soup

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
SIGNS = {
    "NUL": ("before\x00after", "before after"),
    "zero width": ("be\u200bfore\ufeff", "before"),
    "direction": ("\u202eevil\u202c \u200fשלום", "evil  שלום"),
    "joined emoji": (f"{FAMILY} and نامه\u200cای", f"{FAMILY} and نامه\u200cای"),
    "line ends": ("one\r\ntwo\rthree", "one\ntwo\nthree"),
    "HTML": ("<script>alert(1)</script> <b>x</b>", "<script>alert(1)</script> <b>x</b>"),
    "encoded": ("%3Cb%3E %253C &lt;b&gt; &amp;amp; \\u003c", "%3Cb%3E %253C &lt;b&gt; &amp;amp; \\u003c"),
    "format": (
        "%(name)s {0} {name.__class__} %s ${x} {{ 7 * 7 }}",
        "%(name)s {0} {name.__class__} %s ${x} {{ 7 * 7 }}",
    ),
    "formula": ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
    "one long word": ("z" * 20_000, "z" * 20_000),
}
"""What is typed, and what is kept of it: all but the signs that nobody sees and that change what others see."""
MEGABYTE = "ש" * 1_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """A case that asks Erin, and another of somebody else."""

    scene: Scene
    case: Case
    other: Case
    number: int
    door: Door

    @property
    def url(self) -> str:
        """Return the address of Erin's request."""
        return f"/cases/{self.case.id}/feedback/{self.number}"


@pytest.fixture
def place(client: FlaskClient, session: Session, now: datetime) -> Place:
    scene = open_scene(session, now)
    case, other = collecting(session, scene, now), open_case_of(session, scene, "iris", "staff-pm", now)
    fire(session, other.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    (row,) = propose_givers(session, case.id, Proposal((scene.id("erin"),)), actor=scene.actor("greta"), now=now)
    move_own(session, case.id, row.id, "accept", actor=scene.actor("erin"), now=now)
    session.commit()
    return Place(scene, case, other, row.id, Door(client, session, now, scene.company.ids))


def is_harmless(answer: TestResponse) -> bool:
    page = answer.get_data(as_text=True)
    return not any(bad in page for bad in ("<script>alert", "\u202e", "\x00"))


def test_whatever_is_typed_is_kept_without_the_signs_that_do_harm(place: Place, session: Session) -> None:
    client, kept = place.door.enter("erin"), {}
    for version, (name, (typed, _)) in enumerate(SIGNS.items()):
        saved = client.post(f"{place.url}?criterion=leadership", data={"done": typed, "version": version})
        assert (saved.status_code, is_harmless(client.get(saved.location))) == (303, True), name
        kept[name] = session.scalars(sa.select(FeedbackAnswer.done)).one()
        preview = client.post(f"{place.url}/preview", data={"done": typed})
        assert (preview.status_code, is_harmless(preview)) == (200, True), name
    assert kept == {name: wanted for name, (_, wanted) in SIGNS.items()}


def test_a_pasted_megabyte_comes_back_whole_at_every_door(
    place: Place, session: Session, engine: Engine, settings: Settings, now: datetime
) -> None:
    link = open_link(session, engine, place.scene, place.case, settings, now)
    ask, mika = f"/cases/{place.case.id}/ask", str(place.scene.id("mika"))
    (row,) = propose_givers(
        session, place.case.id, Proposal((place.scene.id("dev"),)), actor=place.scene.actor("ben"), now=now
    )
    mira = {"name": "Ada", "email": "ada@x.example", "organisation": "X", "worked_together": "At the port"}
    doors: list[tuple[str, str, dict[str, str], str, int]] = [
        ("erin", f"{place.url}?criterion=leadership", {"done": "kept", "version": "0"}, "situation", 20_000),
        ("erin", f"{place.url}/decline", {"kind": "no_time", "substitute": "Sam Tran"}, "words", 20_000),
        ("greta", f"{ask}?q=mika", {"people": mika}, "note", 500),
        ("greta", f"{ask}?q=nobody", {"people": mika}, "note", 500),
        ("greta", f"{ask}/outside", mira, "note", 500),
        ("greta", f"{ask}/{row.id}/change", {"due_on": ""}, "note", 500),
        ("otto", f"{link}?criterion=leadership", {"done": "kept", "version": "0"}, "effect", 20_000),
    ]
    for who, url, data, field, most in doors:
        answer = place.door.enter(who).post(url, data={**data, field: MEGABYTE})
        page = soup(answer)
        told = f"{1_000_000 - most} characters too many: expected at most {most} characters"
        assert (answer.status_code, [each for each in faults(answer) if told in each]) == (422, faults(answer)), url
        given = page.select_one(f"[name={field}]")
        assert given is not None, url
        assert given.get_text().strip() == MEGABYTE, url
        assert page.select_one(f"[data-errors] a[href='#{field}']") is not None, url
        for name in set(data) & {"done", "substitute", "organisation"}:
            shown = page.select_one(f"#{name}")
            assert shown is not None
            assert (shown.get("value") or shown.get_text()).strip() == data[name], url
    assert session.scalars(sa.select(Feedback.state).order_by(Feedback.id)).all() == ["writing", "asked", "proposed"]


def test_a_request_opens_in_its_own_case_to_its_own_giver_alone(place: Place, session: Session, now: datetime) -> None:
    (other,) = propose_givers(
        session, place.other.id, Proposal((place.scene.id("dev"),)), actor=place.scene.actor("greta"), now=now
    )
    mine, theirs = place.number, other.id
    session.commit()
    client = place.door.enter("erin")
    wrong = [(place.other.id, mine), (place.case.id, theirs), (place.other.id, theirs), (place.case.id, 99_999)]
    sent = {"done": "Mine", "version": "0", "kind": "no_time", "request_key": "once"}
    for end in ("", "/check", "/preview", "/accept", "/submit", "/recall", "/decline"):
        get = [client.get(f"/cases/{case}/feedback/{number}{end}") for case, number in wrong]
        post = [
            client.post(f"/cases/{case}/feedback/{number}{end}?criterion=leadership", data=sent)
            for case, number in wrong
        ]
        for answers in (get, post):
            assert {answer.status_code for answer in answers} in ({404}, {405}), end
            assert len({answer.data for answer in answers}) == 1, end
    unknown = client.post(f"{place.url}?criterion=juggling", data=sent)
    assert (unknown.status_code, unknown.data) == (404, client.post("/cases/99999/feedback/1", data=sent).data)
    assert session.scalars(sa.select(Feedback.state).order_by(Feedback.id)).all() == ["writing", "asked"]
    assert session.scalars(sa.select(FeedbackAnswer.done)).all() == []


def test_a_search_for_nonsense_finds_nobody(place: Place) -> None:
    client = place.door.enter("greta")
    for words in ("%", "_", "'; DROP TABLE person; --", "\x00", "\u202e", "<b>", "=1+1", FAMILY, "z" * 50_000):
        answer = client.get(f"/cases/{place.case.id}/ask", query_string={"q": words})
        assert (answer.status_code, is_harmless(answer)) == (200, True), words[:9]
        assert "Otto Nagy" not in answer.get_data(as_text=True), words[:9]
        assert client.get("/people", query_string={"q": words}).status_code == 200, words[:9]


def test_a_name_begins_no_header_no_line_and_no_formula(
    place: Place, session: Session, engine: Engine, settings: Settings, now: datetime
) -> None:
    evil = "=cmd|' /C calc'!A0\r\nBcc: all@company.example\u202e"
    for key in ("erin", "ben", "greta"):  # an import lets no such name in; suppose one stands there all the same
        session.get_one(Person, place.scene.id(key)).name = f"{evil} {key}"
    session.commit()
    no = {"kind": "no_time", "substitute": evil, "request_key": "no"}
    refused = place.door.enter("erin").post(f"{place.url}/decline", data=no)
    assert (refused.status_code, len(faults(refused))) == (422, 1)
    assert soup(refused).select_one("#substitute")["value"].startswith("=cmd|' /C calc'!A0 Bcc:")  # type: ignore[index,union-attr]
    named = place.door.client.post(f"{place.url}/decline", data={**no, "substitute": "sam@company.example"})
    assert named.status_code == 303
    send_due(engine, make_mailer(settings), settings, now=now + timedelta(days=2))
    mails = [read_mail(path) for path in Path(settings.mail.removeprefix("file:")).glob("*.eml")]
    assert mails
    assert {mail["Bcc"] for mail in mails} == {None}
    assert not any("cmd" in str(mail["Subject"]) for mail in mails)
    board = place.door.enter("hanna").get(f"/cycles/{place.scene.cycle_id}/feedback.csv")
    assert board.status_code == 200
    cells = [cell for row in csv.reader(io.StringIO(board.get_data(as_text=True))) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []


def read_mail(path: Path) -> object:
    return message_from_bytes(path.read_bytes(), policy=policy.default)
