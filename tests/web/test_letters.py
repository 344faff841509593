"""The pages of letters and their release: embargo, two people, drafts in two tabs, the PDF."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from review.domain.letter import letter_path
from tests.after_decision import (
    CANARY,
    MISSING,
    announced_room,
    another_decided,
    come_in,
    decided_room,
    letter_of,
    make_ready,
    release,
)

PAGES = (
    "",
    "/letter",
    "/letter.pdf",
    "/growth-plan",
    "/growth-plan/items/new",
    "/appeal",
    "/packet",
    "/self-review/leadership",
)
MINE = ("/letter", "/letter.pdf", "/growth-plan", "/growth-plan/items/new", "/appeal")


def text_of(answer):
    return BeautifulSoup(answer.text, "html.parser").get_text(" ", strip=True)


def told(answer):
    return answer.status_code, answer.location


@pytest.mark.parametrize("key", ["iris", "greta"])
def test_before_the_announcement_nothing_of_it_reaches_candidate_and_manager(client, session, now, key):
    """The reasons and the gap are nowhere; letter, plan and appeal are the 404 of a case that does not exist."""
    room = decided_room(session, now, "decide_not_yet")
    make_ready(room)
    come_in(client, room, key)
    case = f"/cases/{room.case_id}"
    unknown = client.get("/cases/999/letter")
    found = {path: client.get(case + path) for path in MINE}
    assert {path: (each.status_code, each.data) for path, each in found.items()} == dict.fromkeys(
        MINE, (404, unknown.data)
    )
    seen = [
        client.get(path)
        for path in ("/", "/cycles", f"/cycles/{room.scene.cycle_id}", *(case + path for path in PAGES))
    ]
    assert [each.request.path for each in seen if CANARY in each.text or MISSING in each.text] == []


def test_before_the_announcement_the_candidate_sees_the_discussion_and_no_outcome(client, session, now):
    room = decided_room(session, now, "decide_not_yet")
    make_ready(room)
    session.commit()
    page = text_of(come_in(client, room, "iris").get(f"/cases/{room.case_id}"))
    assert [words for words in ("Decided", "Not yet", "not yet (", "Appeal", "letter") if words in page] == []


@pytest.mark.parametrize("key", ["iris", "greta", "mika", "dario", "erin", "otto", "ines"])
def test_the_release_page_is_for_hr_alone(client, session, now, key):
    room = decided_room(session, now)
    come_in(client, room, key)
    url = f"/cycles/{room.scene.cycle_id}/release"
    answers = [client.get(url), client.post(url), client.post(f"{url}/1/approve"), client.post(f"{url}/1/cancel")]
    assert [each.status_code for each in answers] == [404] * 4


def test_a_letter_goes_from_draft_to_its_reader_through_the_pages(client, session, now, run_jobs):
    room = decided_room(session, now, "decide_not_yet")
    case, release = f"/cases/{room.case_id}", f"/cycles/{room.scene.cycle_id}/release"
    come_in(client, room, "hanna")
    assert client.get(f"{case}/letter").status_code == 200
    assert client.post(f"{case}/letter/draft", data={"version": 0}).status_code == 303
    body = letter_of(room).body + "\n\nGreta will find time."
    answer = client.post(f"{case}/letter", data={"letter": 1, "version": 1, "body": body, "then": "ready"})
    assert (told(answer), letter_of(room).ready_by_id) == ((303, f"{case}/letter"), room.scene.id("hanna"))
    assert client.post(release, data={"cases": [room.case_id]}).status_code == 303
    own = client.get(release)
    assert "Another HR partner approves it; never the one who prepared it" in text_of(own)
    assert client.post(f"{release}/1/approve").status_code == 403
    come_in(client, room, "hugo")
    assert client.post(f"{release}/1/approve").status_code == 303
    read = come_in(client, room, "iris").get(f"{case}/letter")
    assert (read.status_code, "Greta will find time." in read.text, "The letter as PDF" in read.text) == (
        200,
        True,
        False,
    )
    run_jobs()
    assert "The letter as PDF" in client.get(f"{case}/letter").text
    pdf = client.get(f"{case}/letter.pdf")
    assert (pdf.mimetype, pdf.data[:5]) == ("application/pdf", b"%PDF-")
    pdf.close()


def buttons(answer):
    """Return the words of the links and buttons of a page, and of those that stand out."""
    page = BeautifulSoup(answer.text, "html.parser")
    found = [" ".join(each.get_text(" ").split()) for each in page.select("main .btn")]
    return found, [each.get_text(" ", strip=True) for each in page.select("main .btn-primary")]


@pytest.mark.parametrize(
    ("action", "offers"), [("decide_not_yet", {"Appeal", "Growth plan"}), ("decide_promote", set())]
)
def test_the_candidate_is_led_to_the_letter_before_anything_else(client, session, now, action, offers):
    room = announced_room(session, now, action)
    found, first = buttons(come_in(client, room, "iris").get(f"/cases/{room.case_id}"))
    assert (found.count("Read the letter"), first) == (1, ["Read the letter"])
    assert {"Appeal", "Growth plan"} & set(found) == offers
    found, first = buttons(come_in(client, room, "greta").get(f"/cases/{room.case_id}"))
    assert (found.count("Read the letter"), first) == (1, [])


def test_once_there_is_something_to_do_the_letter_stands_back(client, session, now):
    room = announced_room(session, now)
    room.fire("close_appeal_window", "iris")
    room.session.commit()
    found, first = buttons(come_in(client, room, "iris").get(f"/cases/{room.case_id}"))
    assert (found.count("Read the letter"), first) == (1, [])


def test_a_letter_that_never_went_out_is_offered_to_nobody(client, session, now):
    """Not to those either who know what had been decided when the candidate withdrew: its page is closed to all."""
    room = decided_room(session, now, "decide_not_yet")
    make_ready(room)
    room.fire("withdraw", "iris")
    session.commit()
    offered = {}
    for key in ("iris", "greta", "mika", "hanna"):
        case = come_in(client, room, key).get(f"/cases/{room.case_id}")
        offered[key] = ("Read the letter" in buttons(case)[0], client.get(f"/cases/{room.case_id}/letter").status_code)
    assert offered == dict.fromkeys(offered, (False, 404))


def test_whoever_is_deferred_reads_how_the_case_comes_up_again(client, session, now):
    """Once it is announced, and to those who can do something about it."""
    ben = decided_room(session, now, "decide_defer", key="ben", to_level="senior-pm")
    iris = another_decided(ben, "iris", "staff-pm", "decide_defer")
    cora = another_decided(ben, "cora", "senior-pm", "decide_promote")
    make_ready(iris)
    make_ready(cora)
    release(iris, cora)

    def read(room, key):
        page = BeautifulSoup(come_in(client, room, key).get(f"/cases/{room.case_id}").text, "html.parser")
        notes = [" ".join(note.get_text(" ").split()) for note in page.select(".note.info")]
        return [note for note in notes if "next cycle" in note]

    head = "It comes up again in the next cycle Once that cycle is open, nominate "
    assert {key: read(iris, key) for key in ("iris", "greta", "hanna", "mika")} == {
        "iris": [head + "yourself anew, or let your manager do it. Nothing is moved there by itself."],
        "greta": [head + "Iris Vance anew, or let them do it. Nothing is moved there by itself."],
        "hanna": [],
        "mika": [],
    }
    assert [read(ben, key) for key in ("ben", "greta", "hanna")] == [[], [], []]
    assert [read(cora, key) for key in ("cora", "greta")] == [[], []]


def test_the_pdf_holds_the_words_and_follows_the_rights(client, session, now, run_jobs, settings):
    from pypdf import PdfReader

    room = announced_room(session, now)
    run_jobs()
    letter = letter_of(room)
    path = settings.files_dir / letter_path(room.case_id, letter.body, now)
    words = " ".join(page.extract_text() for page in PdfReader(path).pages)
    assert [part for part in (CANARY, MISSING, "Staff PM", "Committee A") if part not in " ".join(words.split())] == []
    answers = {}
    for key in ("greta", "mika", "erin", "otto"):
        with come_in(client, room, key).get(f"/cases/{room.case_id}/letter.pdf") as answer:
            answers[key] = answer.status_code
    assert answers == {"greta": 200, "mika": 200, "erin": 404, "otto": 404}


def test_while_the_pdf_is_made_its_link_leads_to_the_page(client, session, now):
    room = announced_room(session, now)
    case = f"/cases/{room.case_id}"
    answer = come_in(client, room, "iris").get(f"{case}/letter.pdf")
    assert told(answer) == (303, f"{case}/letter")


def test_two_tabs_show_both_texts(client, session, now):
    room = decided_room(session, now)
    url = f"/cases/{room.case_id}/letter"
    come_in(client, room, "clara").post(f"{url}/draft", data={"version": 0})
    client.post(url, data={"letter": 1, "version": 1, "body": "First tab"})
    answer = client.post(url, data={"letter": 1, "version": 1, "body": "Second tab"})
    assert (answer.status_code, "First" in answer.text, "Second tab" in answer.text) == (409, True, True)


def test_autosave_answers_with_the_version(client, session, now):
    room = decided_room(session, now)
    url = f"/cases/{room.case_id}/letter"
    come_in(client, room, "clara").post(f"{url}/draft", data={"version": 0})
    answer = client.post(url, data={"letter": 1, "version": 1, "body": "Dear Iris"}, headers={"X-Autosave": "1"})
    assert (answer.status_code, answer.json["version"]) == (200, 2)


def test_a_get_writes_nothing(client, session, now):
    room = decided_room(session, now)
    come_in(client, room, "hanna")
    client.get(f"/cases/{room.case_id}/letter")
    client.get(f"/cycles/{room.scene.cycle_id}/release")
    counts = [
        session.connection().exec_driver_sql(f"select count(*) from {name}").scalar() for name in ("letter", "release")
    ]
    assert counts == [0, 0]


def test_an_empty_batch_is_refused_with_a_word(client, session, now):
    room = decided_room(session, now)
    make_ready(room)
    session.commit()
    answer = come_in(client, room, "hanna").post(f"/cycles/{room.scene.cycle_id}/release", data={})
    assert (answer.status_code, "Choose at least one letter" in answer.text) == (422, True)


def test_the_release_page_takes_the_same_statements_for_one_case_and_three(client, session, now, statements):
    iris = decided_room(session, now)
    url = f"/cycles/{iris.scene.cycle_id}/release"
    come_in(client, iris, "hanna").get(url)
    with statements() as one:
        client.get(url)
    for key, level in (("ben", "senior-pm"), ("finn", "pm-2")):
        another_decided(iris, key, level, "decide_promote")
    with statements() as three:
        client.get(url)
    assert len(three) == len(one)
