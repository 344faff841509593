"""The pages of words: the list, changing a mail with its preview, two editors, versions, and the letter's proposal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO

import pytest
import sqlalchemy as sa
from pypdf import PdfReader
from sqlalchemy.orm import Session

from review.domain.wording_frame import FRAME
from review.domain.wording_list import PIECES, words_of
from review.models import AuditEvent, Message, WordingVersion
from review.queries.wordings import load_changed
from review.services.messages import enqueue_message
from review.services.wordings import save_words
from tests.factories import Scene
from tests.signed_in import NO_REASON, Door, faults, listed, soup, words
from tests.trail import details_where

PIECE, PART = "notify_giver", "letter_decision"
URL, LETTER = f"/words/{PIECE}", f"/words/{PART}"
SHIPPED = words_of(PIECES[PIECE], {})
CHANGED = {**SHIPPED, "subject": "May we ask you?", "body": "Dear {{reader}}, [[by {{due}}|any day]] & <b>bold</b>."}


def test_the_list_says_what_is_sent_to_whom_and_what_is_changed(
    session: Session, scene: Scene, door: Door, now: datetime
) -> None:
    client = door.enter("hanna")
    page = client.get("/words")
    assert len(listed(page, "[data-row]")) == len(PIECES)
    assert "Your feedback is asked for the giver feedback is asked for as shipped" in listed(page, "[data-row]")
    save_words(session, PIECE, CHANGED, version=0, actor=scene.actor("hugo"), now=now)
    save_words(session, PART, letter(), version=0, actor=scene.actor("hugo"), now=now)
    session.commit()
    rows = {
        only: listed(client.get("/words", query_string={"only": only}), "[data-row] th")
        for only in ("changed", "waiting")
    }
    assert rows == {"changed": ["May we ask you?"], "waiting": ["Letter: greeting, decision, closing"]}
    found = listed(client.get("/words", query_string={"words": "ANY DAY"}), "[data-row]")
    assert found == ["May we ask you? the giver feedback is asked for changed"]
    turned = soup(client.get("/words", query_string={"words": " any\x00 \u202eDAY\u202c"}))
    assert [box["value"] for box in turned.select("#words")] == ["any DAY"]
    nothing = client.get("/words", query_string={"words": "<script>"})
    assert (listed(nothing, "[data-row]"), listed(nothing, ".empty b")) == ([], ["Nothing here is like that"])


def test_a_mail_is_changed_seen_and_brought_back(session: Session, door: Door) -> None:
    client = door.enter("hanna")
    page = soup(client.get(URL))
    assert {box.get("name"): box.get_text().strip() or box.get("value") for box in page.select("#body, #subject")} == {
        "subject": SHIPPED["subject"],
        "body": SHIPPED["body"],
    }
    assert client.post(URL, data={**CHANGED, "version": "0"}).location == URL
    after = client.get(URL)
    assert words(after, ".mail-seen h3") == "Your feedback is asked for"
    assert (
        words(after, ".mail-seen")
        .split("Hello Hanna Ruiz, ")[1]
        .startswith("Dear Hanna Ruiz, by Friday 13 November & <b>bold</b>.")
    )
    assert soup(after).select(".mail-seen b") == []
    assert client.post(f"{URL}/reset", data={"version": "1"}).location == URL
    assert client.post(f"{URL}/versions/1/restore", data={"version": "2"}).location == URL
    told = listed(client.get(URL), ".log a")
    assert told == ["Version 3", "Version 2", "Version 1"]
    changes = soup(client.get(f"{URL}/versions/2")).select(".diff ins, .diff del")
    assert ("del", "May we ask you?") in {(each.name, each.get_text()) for each in changes}
    assert load_changed(session) == {PIECE: CHANGED}


def test_the_preview_keeps_nothing_and_says_what_is_wrong(session: Session, door: Door) -> None:
    client, head = door.enter("hanna"), {"HX-Request": "true"}
    undated = client.post(f"{URL}/preview", data={**CHANGED, "dated": ""}, headers=head)
    assert "<html" not in undated.text
    assert (
        words(undated, "article")
        .split("Hello ")[1]
        .startswith("Hanna Ruiz, Dear Hanna Ruiz, any day & <b>bold</b>. Write or say no ")
    )
    bad = client.post(f"{URL}/preview", data={**CHANGED, "body": "Hi\n{{vote}}"}, headers=head)
    known = "{{reader}}, {{company}}, {{candidate}}, {{cycle}}, {{due}}"
    assert faults(bad) == [f"2:1, Paragraphs: “{{{{vote}}}}” is not known here Expected: one of: {known}"]
    whole = client.post(f"{URL}/preview", data=CHANGED)
    assert (whole.status_code, soup(whole).select_one("#subject")["value"]) == (200, "May we ask you?")
    assert session.scalars(sa.select(WordingVersion.id)).all() == []


def test_bad_words_come_back_beside_their_field(session: Session, door: Door) -> None:
    client = door.enter("hanna")
    sent = {**CHANGED, "subject": "Hi\r\nBcc: all@example.org", "heading": "", "button": "{{link}}", "version": "0"}
    refused = client.post(URL, data=sent)
    assert refused.status_code == 422
    assert faults(refused) == [
        "Line 1, column 3: the line ends here: expected one line",
        "Line 1, column 1: Nothing is written here: expected at least a word",
        "Line 1, column 1: “{{link}}” is not known here: expected words alone: nothing is filled in here",
    ]
    assert soup(refused).select_one("#body").get_text().strip() == CHANGED["body"]
    assert session.scalars(sa.select(WordingVersion.id)).all() == []


def test_two_editors_see_both(session: Session, scene: Scene, door: Door, now: datetime) -> None:
    client = door.enter("hanna")
    save_words(session, PIECE, CHANGED, version=0, actor=scene.actor("hugo"), now=now)
    session.commit()
    answer = client.post(URL, data={**SHIPPED, "button": "Go", "version": "0"})
    assert answer.status_code == 409
    assert "Hugo Brandt saved this while you were writing." in words(answer)
    assert listed(answer, ".card-x h2") == ["Subject", "Paragraphs", "Words on the button"]
    form = {box["name"]: box.get("value", "") for box in soup(answer).select("main form input[name]")}
    form |= {box["name"]: box.get_text().strip() for box in soup(answer).select("main form textarea")}
    assert client.post(URL, data={**form, "subject": CHANGED["subject"], "body": CHANGED["body"]}).location == URL
    assert load_changed(session) == {PIECE: {**CHANGED, "button": "Go"}}


def letter() -> dict[str, str]:
    return {**words_of(PIECES[PART], {}), "greeting": "Hello {{candidate}}!"}


def test_the_letters_words_are_published_by_a_second_person(session: Session, door: Door) -> None:
    client = door.enter("hanna")
    assert client.post(LETTER, data={**letter(), "version": "0"}).location == LETTER
    own = client.get(LETTER)
    assert (soup(own).select("form[action$='/publish']"), load_changed(session)) == ([], {})
    assert words(own, ".letter").startswith("Hello Ines Okafor! the committee has decided not to promote you to")
    assert client.post(f"{LETTER}/versions/1/publish").status_code == 403
    client = door.enter("hugo")
    assert len(soup(client.get(LETTER)).select("form[action$='/versions/1/publish']")) == 1
    assert client.post(f"{LETTER}/versions/1/publish").location == LETTER
    assert load_changed(session) == {PART: letter()}
    seen = client.post(f"{LETTER}/preview", data={**letter(), "outcome": "promote"}, headers={"HX-Request": "true"})
    assert "promote you to Master baker" in words(seen, ".letter")
    assert client.post(f"{LETTER}/versions/1/discard", data={"why": "No"}).status_code == 409


def test_whoever_discards_words_of_somebody_else_says_why(session: Session, door: Door) -> None:
    door.enter("hanna").post(LETTER, data={**letter(), "version": "0"})
    client, discard = door.enter("hugo"), f"{LETTER}/versions/1/discard"
    refused = client.post(discard, data={"why": ""})
    assert (refused.status_code, faults(refused)) == (422, [NO_REASON])
    assert client.post(discard, data={"why": "Too stiff"}).location == LETTER
    (told,) = details_where(session, AuditEvent.kind == "words.discard")
    assert told == {"piece": PART, "number": 1, "why": "Too stiff"}


def test_a_made_up_letter_is_printed_in_the_words_that_are_saved(
    session: Session, scene: Scene, door: Door, now: datetime, run_jobs: Callable[[], int]
) -> None:
    client, link = door.enter("hanna"), f"{LETTER}/letter.pdf?outcome=not_yet"
    save_words(session, PART, letter(), version=0, actor=scene.actor("hugo"), now=now)
    session.commit()
    assert client.get(link).location == LETTER
    assert client.post(f"{LETTER}/print", data={"outcome": "not_yet"}).location == LETTER
    run_jobs()
    with client.get(link) as printed:
        pages = PdfReader(BytesIO(printed.data)).pages
        told, kind = " ".join("".join(page.extract_text() for page in pages).split()), printed.mimetype
    assert (kind, "Your case for Master baker: not yet" in told) == ("application/pdf", True)
    assert ("Hello Ines Okafor!" in told, "Dear" in told) == (True, False)
    assert [row["href"] for row in soup(client.get(LETTER)).select("[aria-labelledby=prints] a")] == [link]
    refused = [
        client.post(f"{LETTER}/print", data={"outcome": "x"}),
        client.post(f"{URL}/print"),
        client.get(f"{URL}/letter.pdf"),
    ]
    assert [each.status_code for each in refused] == [404] * 3


def test_a_message_is_listed_by_the_subject_of_today(session: Session, scene: Scene, door: Door, now: datetime) -> None:
    session.execute(sa.delete(Message))
    enqueue_message(session, key="a", to_person_id=scene.id("iris"), template="data_ready", case_id=None, now=now)
    mine = {**words_of(PIECES["data_ready"], {}), "subject": "Your file at {{company}}"}
    save_words(session, "data_ready", mine, version=0, actor=scene.actor("hanna"), now=now)
    session.commit()
    company = door.client.application.extensions["settings"].company
    assert listed(door.enter("iris").get("/messages"), "tbody th") == [f"Your file at {company}"]


@pytest.mark.parametrize("key", ["iris", "abel", "ines"])
def test_words_are_for_hr(door: Door, key: str) -> None:
    client = door.enter(key)
    assert [client.get(path).status_code for path in ("/words", URL, f"{URL}/versions/1")] == [404] * 3
    acts = (
        "",
        "/print",
        "/preview",
        "/reset",
        "/test",
        "/versions/1/restore",
        "/versions/1/publish",
        "/versions/1/discard",
    )
    assert [client.post(URL + act).status_code for act in acts] == [404] * len(acts)
    assert door.enter("hanna").get("/words/no_such_mail").status_code == 404


FOOT = "This mail names no ratings, votes or decisions; they stay behind your sign-in."


def test_the_frame_is_seen_around_a_mail_before_it_is_kept(session: Session, door: Door) -> None:
    client, url = door.enter("hanna"), "/words/mail_frame"
    assert listed(client.get("/words"), "section:first-of-type tbody th") == ["The frame of every mail"]
    assert listed(client.get(url), "form[data-unsaved] .form-label") == [
        "Name of the sender (optional)", "Line at the top", "Greeting", "Sign-off (optional)", "Line below",
        "Line below, to somebody from outside", "Before it, in the mail that carries several",
        "Words of the link below several",
    ]  # fmt: skip
    more = {"sender": "{{company}} reviews", "greeting": "Dear {{reader}},", "sign_off": "Best\n\nWe"}
    mine = {**words_of(FRAME, {}), **more}
    seen = client.post(f"{url}/preview", data=mine, headers={"HX-Request": "true"})
    company, told = client.application.extensions["settings"].company, listed(seen, ".mail-seen p")
    assert told[1:4] == [f"From: {company} reviews", company, "Dear Hanna Ruiz,"]
    place = told.index("Best")
    assert told[place : place + 3] == ["Best", "We", f"{company}. {FOOT}"]
    assert listed(seen, ".mail-seen h3") == ["Your feedback is asked for"]
    assert load_changed(session) == {}
    assert client.post(url, data={**mine, "version": "0"}).location == url
    assert load_changed(session) == {"mail_frame": mine}
    assert "Hello" not in words(client.get(URL), ".mail-seen")
