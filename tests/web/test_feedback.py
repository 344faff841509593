"""The pages of feedback through a real client: asking, the giver's page, checking and sending, one's own list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from review.models import Case, Feedback, FeedbackAnswer, Person
from review.services.feedback import Proposal, ask_direct_reports, propose_givers
from review.services.feedback_answers import AnswerDraft, move_own, save_answer
from review.services.transitions import fire
from tests.conftest import Statements
from tests.factories import Scene, open_case_of
from tests.signed_in import soup, words

Enter = Callable[[str], FlaskClient]
CRITERIA = ("hard-skills", "cross-functionality", "leadership", "accountability")
AUTOSAVE = {"X-Autosave": "1"}


def collecting(session: Session, scene: Scene, key: str, level: str, now: datetime) -> Case:
    case = open_case_of(session, scene, key, level, now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    session.commit()
    return case


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    return collecting(session, scene, "ben", "senior-pm", now)


def ask(session: Session, scene: Scene, case: Case, by: str, *keys: str, now: datetime, note: str = "") -> list[int]:
    proposal = Proposal(tuple(scene.id(key) for key in keys), note)
    rows = propose_givers(session, case.id, proposal, actor=scene.actor(by), now=now)
    session.commit()
    return [row.id for row in rows]


def faults(answer: TestResponse) -> list[str]:
    return [item.get_text(" ", strip=True) for item in soup(answer).select("[data-errors] li")]


def listed(answer: TestResponse) -> list[tuple[str, str]]:
    return [
        (row.select_one(".person b").get_text(), row.select_one(".tag").get_text())  # type: ignore[union-attr]
        for row in soup(answer).select("section[aria-labelledby=list] li[data-item]")
    ]


def test_a_candidate_finds_people_and_proposes_them(enter: Enter, scene: Scene, session: Session, case: Case) -> None:
    client, url = enter("ben"), f"/cases/{case.id}/ask"
    page = soup(client.get(f"{url}?q=engineer"))
    boxes = [box["value"] for box in page.select("input[name=people]")]
    missing = [item.get_text(" ", strip=True) for item in page.select(".cover .no")]
    assert str(scene.id("erin")) in boxes
    assert [item.split(",")[0].split(" ")[0] for item in missing] == ["Engineering", "Design", "Data"]
    sent = {"people": [scene.id("erin"), scene.id("dev")], "note": "The data agreement", "request_key": "once"}
    answer = client.post(f"{url}?q=e", data=sent)
    again = client.post(f"{url}?q=e", data=sent)
    assert (answer.status_code, answer.location, again.status_code) == (303, url, 303)
    assert listed(client.get(url)) == [("Dev Banerjee", "Proposed"), ("Erin Malik", "Proposed")]
    assert session.scalar(sa.select(sa.func.count()).select_from(Feedback)) == 2


def test_a_refused_proposal_comes_back_filled_with_every_reason(enter: Enter, scene: Scene, case: Case) -> None:
    sent = {"people": [scene.id("ben"), scene.id("greta")], "note": "y" * 600, "criteria": ["leadership"]}
    answer = enter("ben").post(f"/cases/{case.id}/ask?q=product", data=sent)
    page = soup(answer)
    assert answer.status_code == 422
    assert [link["href"] for link in page.select("[data-errors] a")] == ["#people", "#people", "#note"]
    assert "Ben Ito: You cannot ask yourself" in words(answer)
    assert "Greta Holm: The manager rates this case and is not asked" in words(answer)
    assert page.select_one("#note").get_text(strip=True) == "y" * 600  # type: ignore[union-attr]
    assert [box["value"] for box in page.select("input[name=criteria][checked]")] == ["leadership"]


def test_the_manager_decides_on_each_proposal(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    erin, dev = ask(session, scene, case, "ben", "erin", "dev", now=now)
    client, url = enter("greta"), f"/cases/{case.id}/ask"
    offered = [form["action"] for form in soup(client.get(url)).select("section[aria-labelledby=list] form")]
    assert offered == [f"{url}/{dev}/approve", f"{url}/{dev}/reject", f"{url}/{erin}/approve", f"{url}/{erin}/reject"]
    bare = client.post(f"{url}/{dev}/reject", data={"note": " "})
    assert (bare.status_code, "Say why" in words(bare)) == (422, True)
    assert client.post(f"{url}/{dev}/reject", data={"note": "Saw none of it"}).status_code == 303
    assert client.post(f"{url}/{erin}/approve", data={"request_key": "a"}).status_code == 303
    assert client.post(f"{url}/{erin}/approve", data={"request_key": "a"}).status_code == 303
    assert listed(client.get(url)) == [("Dev Banerjee", "Not asked"), ("Erin Malik", "Asked")]
    assert "Saw none of it" in words(enter("ben").get(url))


@pytest.mark.parametrize("key", ["otto", "clara", "dario", "erin", "abel", "ines"])
def test_who_may_not_see_the_list_gets_the_same_404(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime, key: str
) -> None:
    ask(session, scene, case, "greta", "erin", now=now)
    client = enter(key)
    hidden, unknown = client.get(f"/cases/{case.id}/ask"), client.get("/cases/999/ask")
    assert (hidden.status_code, hidden.data) == (404, unknown.data)
    assert client.post(f"/cases/{case.id}/ask", data={"people": [scene.id("dev")]}).status_code == 404


def test_a_people_managers_reports_are_asked_with_one_button(
    enter: Enter, session: Session, scene: Scene, now: datetime
) -> None:
    case = collecting(session, scene, "greta", "director-pm", now)
    client, url = enter("dario"), f"/cases/{case.id}/ask"
    button = soup(client.get(url)).select_one(f"form[action='{url}/reports'] button")
    assert button is not None
    assert button.get_text() == "Ask all 4 direct reports"
    assert client.post(f"{url}/reports").status_code == 303
    after = client.get(url)
    assert listed(after) == []
    assert "4 direct reports are asked together" in words(after)
    assert client.post(f"{url}/reports").status_code == 409


def test_a_giver_reads_the_contract_before_a_field_is_there(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    (number,) = ask(session, scene, case, "greta", "erin", now=now, note="Be plain about the launch")
    client, url = enter("erin"), f"/cases/{case.id}/feedback/{number}"
    page = client.get(url)
    told = [item.get_text(" ", strip=True) for item in soup(page).select("dl.kv dt, dl.kv dd")]
    assert told == [
        "The manager",
        (
            "Your words without your name, all answers at once in mixed order: when a first rating is locked and "
            "feedback is closed with at least 3 answers."
        ),
        "HR",
        "Your words with your name, to run the case.",
        "The committee",
        (
            "Your words with your name and function, once the packet is sealed: they weigh who saw what. "
            "An appeals panel would see the same."
        ),
        "Ben Ito",
        "Neither your words nor your name: a summary of all answers, after the announcement.",
    ]
    assert "Confidential, not anonymous." in words(page)
    assert soup(page).select("textarea[name=done]") == []
    assert client.post(f"{url}/accept").status_code == 303
    written = soup(client.get(url))
    assert [mark.get_text() for mark in written.select("form .note .lvl")] == ["IC3"]
    assert len(written.select("[data-primary]")) == 1


def test_a_giver_writes_step_by_step_checks_and_sends(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    (number,) = ask(session, scene, case, "greta", "erin", now=now)
    client, url = enter("erin"), f"/cases/{case.id}/feedback/{number}"
    client.post(f"{url}/accept")
    sent = {"situation": "In spring", "done": "Ran four sessions", "effect": "Signed", "rating": "4", "version": 0}
    stepped = client.post(f"{url}?criterion=hard-skills", data={**sent, "then": "cross-functionality"})
    assert stepped.location == f"{url}?criterion=cross-functionality"
    typed = client.post(f"{url}?criterion=hard-skills", data={**sent, "done": "More", "version": 1}, headers=AUTOSAVE)
    assert (typed.status_code, typed.get_json()["version"]) == (200, 2)
    early = soup(client.get(f"{url}/check"))
    assert early.select_one(".actionbar button")["aria-disabled"] == "true"  # type: ignore[index]
    for criterion in CRITERIA[1:]:
        unjudged = {"rating": "0", "situation": "I saw none of it", "version": 0, "then": "check"}
        last = client.post(f"{url}?criterion={criterion}", data=unjudged)
    assert last.location == f"{url}/check"
    check = client.get(f"{url}/check")
    manager = words(check, "section[aria-labelledby^=r-]")
    assert (manager.count("The situation"), manager.count("I saw none of it")) == (1, 3)
    seen = {
        card.select_one("h2").get_text(): [foot.get_text() for foot in card.select("footer")]  # type: ignore[union-attr]
        for card in soup(check).select("section[aria-labelledby^=r-]")
    }
    unnamed, named = "Without a name; the order is mixed", "Erin Malik, Engineering"
    assert seen == {"The manager": [unnamed] * 4, "HR": [named] * 4, "The committee": [named] * 4, "Ben Ito": []}
    assert client.post(f"{url}/submit", data={"request_key": "once"}).status_code == 303
    assert client.post(f"{url}/submit", data={"request_key": "once"}).status_code == 303
    assert "What came of it Signed" in words(client.get(url))
    assert client.get(f"{url}/check").status_code == 404
    assert client.post(f"{url}/recall").status_code == 303
    assert session.get_one(Feedback, number).state == "writing"


def test_two_tabs_of_a_giver_meet_with_both_texts(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    (number,) = ask(session, scene, case, "greta", "erin", now=now)
    client, url = enter("erin"), f"/cases/{case.id}/feedback/{number}?criterion=leadership"
    client.post(url, data={"done": "First tab", "rating": "4", "version": 0})
    late = client.post(url, data={"done": "Second tab", "rating": "4", "version": 0})
    page = soup(late)
    assert late.status_code == 409
    assert [area["name"] for area in page.select("main textarea")] == ["done"]
    assert [each.get_text() for each in page.select("main section h2")] == ["What they did"]
    again = {str(field["name"]): str(field.get("value", "")) for field in page.select("main form.stack input")}
    solved = client.post(url, data={**again, "done": "Both"})
    assert (page.select_one("main form.stack")["action"], solved.status_code) == (url, 303)  # type: ignore[index]
    assert session.scalars(sa.select(FeedbackAnswer.done)).one() == "Both"


def test_hostile_input_is_refused_with_its_place_and_given_back(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    (number,) = ask(session, scene, case, "greta", "erin", now=now)
    client, url = enter("erin"), f"/cases/{case.id}/feedback/{number}?criterion=leadership"
    sent = {"situation": "z" * 1_000_000, "done": "kept", "link": "data:text/html,x", "rating": "77", "version": 0}
    answer = client.post(url, data=sent)
    page = soup(answer)
    assert answer.status_code == 422
    assert [(link["href"], link.get_text()) for link in page.select("[data-errors] a")] == [
        ("#situation", "980000 characters too many: expected at most 20000 characters"),
        ("#link", "Readers cannot open this address: expected one that begins with https://, or a few words"),
        ("#rating", "This is no rating of the scale: expected 1 to 5"),
    ]
    assert page.select_one("#situation").get_text().strip() == "z" * 1_000_000  # type: ignore[union-attr]
    assert page.select_one("#done").get_text().strip() == "kept"  # type: ignore[union-attr]
    assert client.post(url, data={"done": "a\x00b", "rating": "x", "version": 0}).status_code == 422


def test_a_giver_says_no_and_sees_the_request_no_more_as_work(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    (number,) = ask(session, scene, case, "greta", "erin", now=now)
    client, url = enter("erin"), f"/cases/{case.id}/feedback/{number}"
    bare = client.post(f"{url}/decline", data={"substitute": "Nobody Known", "words": "Sorry"})
    assert (bare.status_code, len(faults(bare))) == (422, 2)
    assert soup(bare).select_one("#words").get_text(strip=True) == "Sorry"  # type: ignore[union-attr]
    assert client.post(f"{url}/decline", data={"kind": "no_time"}).status_code == 303
    assert "You said no to this request" in words(client.get(url))
    assert soup(client.get(url)).select_one("main form")["action"] == f"{url}/reconsider"  # type: ignore[index]
    assert soup(client.get("/asked")).select("td a")[0].get_text(" ", strip=True) == "Open : Ben Ito"


@pytest.mark.parametrize("key", ["ben", "greta", "hanna", "dev", "otto", "clara"])
def test_a_givers_page_is_their_own_alone(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime, key: str
) -> None:
    number, _ = ask(session, scene, case, "greta", "erin", "dev", now=now)
    client = enter(key)
    unknown = client.get("/cases/999/feedback/999")
    for page in ("", "/check"):
        hidden = client.get(f"/cases/{case.id}/feedback/{number}{page}")
        assert (hidden.status_code, hidden.data) == (404, unknown.data)
    assert (
        client.post(f"/cases/{case.id}/feedback/{number}?criterion=leadership", data={"done": "x"}).status_code == 404
    )
    assert client.post(f"/cases/{case.id}/feedback/{number}/accept").status_code == 404


def test_a_mails_address_leads_to_ones_own_request_or_to_the_list_it_stands_on(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    (number,) = ask(session, scene, case, "greta", "erin", now=now)
    led = {}
    for key in ("erin", "greta", "hanna", "ben", "dev", "otto"):
        answer = enter(key).get(f"/feedback/{number}")
        led[key] = answer.location if answer.status_code == 303 else answer.status_code
    listed = f"/cases/{case.id}/ask"
    own = f"/cases/{case.id}/feedback/{number}"
    assert led == {"erin": own, "greta": listed, "hanna": listed, "ben": 404, "dev": 404, "otto": 404}


def test_a_giver_sees_nothing_else_of_the_case(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime
) -> None:
    ask(session, scene, case, "greta", "erin", now=now)
    client = enter("erin")
    for path in ("ask", "self-review/leadership", "evidence/new"):
        assert client.get(f"/cases/{case.id}/{path}").status_code == 404


def colleagues(session: Session, count: int) -> list[int]:
    people = [Person(external_id=f"c{n}", name=f"Colleague {n:02}", function="Data") for n in range(count)]
    session.add_all(people)
    session.flush()
    return [person.id for person in people]


def test_the_list_of_requests_takes_as_many_statements_for_30_as_for_one(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime, statements: Statements
) -> None:
    hanna, url = scene.actor("hanna"), f"/cases/{case.id}/ask"
    people = colleagues(session, 30)
    propose_givers(session, case.id, Proposal((people[0],)), actor=hanna, now=now)
    client = enter("hanna")
    client.get(url)
    with statements() as for_one:
        assert len(listed(client.get(url))) == 1
    for start in (1, 11, 21):
        propose_givers(session, case.id, Proposal(tuple(people[start : start + 10])), actor=hanna, now=now)
    with statements() as for_thirty:
        assert len(listed(client.get(url))) == 30
    assert len(for_one) == len(for_thirty)


def test_what_is_asked_of_me_takes_as_many_statements_for_30_as_for_one(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime, statements: Statements
) -> None:
    (number,) = ask(session, scene, case, "hanna", "erin", now=now)
    client = enter("erin")
    client.get("/asked")
    with statements() as for_one:
        assert len(soup(client.get("/asked")).select("tbody tr")) == 1
    made = session.get_one(Feedback, number)
    for person in colleagues(session, 29):
        other = Case(**{**columns(case), "code": f"X-{person}", "candidate_id": person})
        session.add(other)
        session.flush()
        session.add(Feedback(**{**columns(made), "case_id": other.id}))
    session.commit()
    with statements() as for_thirty:
        assert len(soup(client.get("/asked")).select("tbody tr")) == 30
    assert len(for_one) == len(for_thirty)


def columns(row: Case | Feedback) -> dict[str, object]:
    return {each.key: getattr(row, each.key) for each in row.__table__.columns if each.key not in ("id", "version")}


def test_a_givers_save_takes_few_statements(
    enter: Enter, session: Session, scene: Scene, case: Case, now: datetime, statements: Statements
) -> None:
    (number,) = ask(session, scene, case, "greta", "erin", now=now)
    client, url = enter("erin"), f"/cases/{case.id}/feedback/{number}?criterion=leadership"
    client.post(url, data={"done": "One", "version": 0}, headers=AUTOSAVE)
    with statements() as issued:
        assert client.post(url, data={"done": "Two", "version": 1}, headers=AUTOSAVE).status_code == 200
    assert len(issued) <= 14


def test_a_direct_report_is_promised_that_nobody_sees_a_name(
    enter: Enter, session: Session, scene: Scene, now: datetime
) -> None:
    case = collecting(session, scene, "greta", "director-pm", now)
    rows = ask_direct_reports(session, case.id, actor=scene.actor("dario"), now=now)
    (own,) = [row for row in rows if row.giver_id == scene.id("iris")]
    session.commit()
    client, url = enter("iris"), f"/cases/{case.id}/feedback/{own.id}"
    assert "with your name" not in words(client.get(url))
    move_own(session, case.id, own.id, "accept", actor=scene.actor("iris"), now=now)
    draft = AnswerDraft(cannot_judge=True)
    save_answer(session, case.id, own.id, "leadership", draft, version=0, actor=scene.actor("iris"), now=now)
    session.commit()
    footers = {foot.get_text() for foot in soup(client.get(f"{url}/check")).select("section footer")}
    assert footers == {"Without a name; the order is mixed", "A direct report, without a name"}
