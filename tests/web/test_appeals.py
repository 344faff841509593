"""The pages of an appeal: filed by the candidate, found by the panel on their home page, answered with a reason."""

from __future__ import annotations

import pytest

from tests.after_decision import announced_room, come_in, make_ready, name_gap, release
from tests.committee_room import second_committee
from tests.signed_in import listed, soup

DATA = {"ground": "procedure", "body": "The quorum was not met."}


@pytest.fixture
def room(session, now):
    return announced_room(session, now)


def test_an_appeal_is_filed_found_read_and_answered(client, session, room):
    case = f"/cases/{room.case_id}"
    come_in(client, room, "iris")
    assert "A rule of the process was broken" in client.get(f"{case}/appeal").text
    assert client.post(f"{case}/appeal", data=DATA).status_code == 303
    petra = come_in(client, room, "petra")
    assert "Iris Vance" in petra.get("/").text
    page = petra.get(f"{case}/appeal").text
    assert [words for words in ("The quorum was not met.", "Grant appeal", "Dismiss appeal") if words not in page] == []
    assert [petra.get(f"{case}/letter").status_code, petra.get(f"{case}/packet").status_code] == [200, 200]
    note = {"action": "dismiss_appeal", "note": "Four voted; three are needed."}
    assert petra.post(f"{case}/actions", data=note).status_code == 303
    read = come_in(client, room, "iris").get(f"{case}/appeal").text
    assert [words in read for words in ("Dismissed", "Four voted; three are needed.", "Petra")] == [True, True, False]


def test_a_candidate_whose_appeal_is_granted_is_told_what_comes_next(client, session, room):
    case = f"/cases/{room.case_id}"
    second_committee(session, room.scene, "pavel", "ravi", "sam", "tomas", "otto")
    come_in(client, room, "iris").post(f"{case}/appeal", data=DATA)
    assert listed(client.get(case), ".note.info h2") == []
    note = {"action": "grant_appeal", "note": "Two had left the room."}
    assert come_in(client, room, "petra").post(f"{case}/actions", data=note).status_code == 303
    told = {key: listed(come_in(client, room, key).get(case), ".note.info h2") for key in ("iris", "greta", "hanna")}
    waiting = "Nothing is needed from you today"
    assert told == {"iris": ["Your appeal was granted", waiting], "greta": [waiting], "hanna": []}


def test_the_second_answer_offers_no_appeal_on_letter_case_or_page(client, session, room):
    case, told, accept = f"/cases/{room.case_id}", [], ["Yes: Accept the decision"]
    second_committee(session, room.scene, "pavel", "ravi", "sam", "tomas", "otto")
    iris = come_in(client, room, "iris")
    told.append(offers(iris, case))
    iris.post(f"{case}/appeal", data=DATA)
    room.fire("grant_appeal", "petra", "Two had left the room.")
    decide_afresh(room)
    told.append(offers(come_in(client, room, "iris"), case))
    stage = ["Not yet, before the growth plan(current stage)"]
    assert told == [
        [["Read the letter"], ["Appeal"], ["Appeal"], accept, ["If you do not agree"], [], stage],
        [["Read the letter"], [], [], accept, ["Your appeal"], ["The answer that you have now stands"], stage],
    ]


def offers(client, case):
    """Return what the candidate is offered on the case, the letter and the page of the appeal."""
    page, letter, appeal = (soup(client.get(f"{case}{path}")) for path in ("", "/letter", "/appeal"))
    looked_for = (
        (page, ".note.info .btn"),
        (page, "section[aria-labelledby=actions] .btn"),
        (letter, "section[aria-labelledby=next] .btn-quiet"),
        (page, "section[aria-labelledby=others] button[type=submit]"),
        (letter, "strong"),
        (appeal, ".note h2"),
        (page, ".stepper [aria-current] b"),
    )
    found = [[each.get_text(strip=True) for each in where.select(what)] for where, what in looked_for]
    found[4] = [words for words in found[4] if words in {"If you do not agree", "Your appeal"}]
    return found


def decide_afresh(room):
    """Let the fresh committee read, vote and decide "not yet", and its letter go out."""
    room.render()
    fresh = [key for key, state in room.states().items() if state == "seated"]
    room.read(*fresh)
    room.fire("open_voting", "pavel")
    room.be_present(*fresh, chair="pavel")
    for key in fresh:
        room.vote(key)
    room.fire("reveal_votes", "pavel")
    name_gap(room, "pavel")
    room.fire("decide_not_yet", "pavel", rationale="Read anew.")
    make_ready(room)
    release(room)


def test_faults_come_back_beside_the_words(client, session, room):
    answer = come_in(client, room, "iris").post(f"/cases/{room.case_id}/appeal", data={"body": "Because."})
    assert (answer.status_code, "Choose what the appeal rests on" in answer.text, "Because." in answer.text) == (
        422,
        True,
        True,
    )


@pytest.mark.parametrize("key", ["greta", "mika", "dario", "erin", "otto", "noor"])
def test_nobody_else_finds_it(client, session, room, key):
    url = f"/cases/{room.case_id}/appeal"
    come_in(client, room, "iris").post(url, data=DATA)
    come_in(client, room, key)
    assert [client.get(url).status_code, client.post(url, data=DATA).status_code] == [404, 404]


def test_without_an_appeal_there_is_no_page_for_its_readers(client, session, room):
    url = f"/cases/{room.case_id}/appeal"
    assert {key: come_in(client, room, key).get(url).status_code for key in ("iris", "hanna", "clara", "petra")} == {
        "iris": 200,
        "hanna": 404,
        "clara": 404,
        "petra": 404,
    }


@pytest.mark.parametrize(("key", "meets"), [("petra", False), ("clara", True), ("mika", True), ("hanna", True)])
def test_the_session_is_offered_to_who_may_open_it(client, room, key, meets):
    case = f"/cases/{room.case_id}"
    come_in(client, room, "iris").post(f"{case}/appeal", data=DATA)
    come_in(client, room, key)
    offered = {
        str(link["href"])
        for page in (case, f"{case}/decision")
        for link in soup(client.get(page)).select(f"main a[href^='{case}/']")
    }
    assert (f"{case}/session" in offered) == meets
    assert {url: status for url in offered if (status := client.get(url).status_code) != 200} == {}
