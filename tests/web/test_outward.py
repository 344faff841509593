"""Links in people's texts lead to a page of our own first, for whoever may read the text, and for nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from review.domain.evidence_draft import EvidenceDraft, EvidenceLink, Tag
from review.models import Case, Feedback, FeedbackAnswer
from review.services.evidence import add_evidence, save_self_review
from review.services.feedback import Proposal, decide_request, propose_givers
from review.services.packets import note_opened
from review.services.transitions import fire
from tests.committee_room import built_room
from tests.factories import Scene, open_case_of
from tests.signed_in import soup, words

Enter = Callable[[str], FlaskClient]
CRITERIA = ("hard-skills", "cross-functionality", "leadership", "accountability")
MEMO = "https://memos.example/q3?a=1&b=2"
TEXT = (
    f"[the memo]({MEMO}) <http://old.example/x> [mail](mailto:a@b.example) [trick](https://bank.example@evil.example/)"
)


@pytest.fixture
def case(session: Session, scene: Scene, now: datetime) -> Case:
    case = open_case_of(session, scene, "ben", "senior-pm", now)
    fire(session, case.id, "confirm_eligible", actor=scene.actor("hanna"), now=now)
    for criterion in CRITERIA:
        text = TEXT if criterion == "leadership" else "Words"
        save_self_review(session, case.id, criterion, text, version=0, actor=scene.actor("ben"), now=now)
    link = EvidenceLink("Numbers", "https://bücher.example/numbers")
    draft = EvidenceDraft("Pricing", "Split it", links=(link,), tags=tuple(map(Tag, CRITERIA)))
    add_evidence(session, case.id, draft, actor=scene.actor("ben"), now=now)
    session.commit()
    return case


def links(client: FlaskClient, path: str) -> dict[str, str]:
    return {link.get_text(): link["href"] for link in soup(client.get(path)).select("main .serif a, main ul a")}


def test_a_link_of_a_text_leads_to_a_page_that_says_where_it_goes(enter: Enter, case: Case) -> None:
    client = enter("ben")
    found = links(client, f"/cases/{case.id}")
    assert sorted(name for name, way in found.items() if "/outward/" in way) == ["http://old.example/x", "the memo"]
    assert found["mail"] == "mailto:a@b.example"
    assert "trick (https://bank.example@evil.example/)" in words(client.get(f"/cases/{case.id}"))
    page = client.get(found["the memo"])
    (onward,) = soup(page).select("main a.btn-primary")
    assert page.status_code == 200
    assert (onward["href"], onward["rel"], onward.get_text()) == (MEMO, ["noreferrer", "noopener"], "Go to that page")
    assert [each.get_text() for each in soup(page).select("#host, #address")] == ["memos.example", MEMO]
    assert "not encrypted" not in words(page)
    assert "not encrypted" in words(client.get(found["http://old.example/x"]))


def test_a_host_in_other_letters_is_spelled_out(
    enter: Enter, case: Case, session: Session, scene: Scene, now: datetime
) -> None:
    fire(session, case.id, "submit_packet", actor=scene.actor("ben"), now=now)
    session.commit()
    client = enter("greta")
    evidence = next(way for way in links(client, f"/cases/{case.id}").values() if "/evidence/" in way)
    page = client.get(links(client, evidence)["Numbers"])
    assert soup(page).select("#host")[0].get_text() == "xn--bcher-kva.example"
    assert "letters of other scripts" in words(page)


def test_whoever_may_not_read_the_text_finds_no_such_page(enter: Enter, case: Case) -> None:
    way = links(enter("ben"), f"/cases/{case.id}")["the memo"]
    unknown = f"/cases/{case.id}/outward/{'0' * 20}"
    for key in ("greta", "erin", "otto"):
        client = enter(key)
        theirs, none = client.get(way), client.get(unknown)
        assert (theirs.status_code, theirs.data) == (404, none.data), key


def test_a_link_of_the_packet_leads_on_for_whoever_has_opened_it(
    enter: Enter, session: Session, scene: Scene, now: datetime
) -> None:
    room = built_room(session, scene, now)
    session.execute(sa.update(FeedbackAnswer).values(done=TEXT))
    room.fire("seal", "hanna")
    room.render()
    session.commit()
    way = soup(enter("hanna").get(f"/cases/{room.case_id}/packet")).select("main a[href*='/outward/']")[0]["href"]
    closed = {key: enter(key).get(way).status_code for key in ("mika", "jonas", "hanna", "otto")}
    note_opened(session, room.case_id, actor=room.actor("mika"), now=now)
    session.commit()
    opened = {key: enter(key).get(way).status_code for key in closed}
    assert closed == {"mika": 404, "jonas": 404, "hanna": 200, "otto": 404}
    assert opened == {**closed, "mika": 200}


def test_no_address_can_be_put_into_the_page(enter: Enter, case: Case) -> None:
    client = enter("ben")
    for tail in ("https%3A%2F%2Fevil.example", "x?address=https://evil.example", "x?next=https://evil.example"):
        answer = client.get(f"/cases/{case.id}/outward/{tail}")
        assert answer.status_code == 404
        assert "evil.example" not in answer.text


def test_a_word_of_one_case_opens_nothing_in_another(
    enter: Enter, case: Case, session: Session, scene: Scene, now: datetime
) -> None:
    other = open_case_of(session, scene, "iris", "staff-pm", now)
    session.commit()
    way = links(enter("ben"), f"/cases/{case.id}")["the memo"]
    assert enter("hanna").get(way.replace(f"/cases/{case.id}/", f"/cases/{other.id}/")).status_code == 404


def test_a_giver_goes_back_to_what_they_may_open(
    enter: Enter, case: Case, session: Session, scene: Scene, now: datetime
) -> None:
    proposal = Proposal((scene.id("erin"),), f"See [this]({MEMO})", ("leadership",))
    (row,) = propose_givers(session, case.id, proposal, actor=scene.actor("ben"), now=now)
    fire_approval(session, case, row, scene, now)
    client = enter("erin")
    way = links(client, f"/cases/{case.id}/feedback/{row.id}")["this"]
    page = client.get(way)
    assert [(each.get_text(), each["href"]) for each in soup(page).select("main .card-x footer a")] == [
        ("Go to that page", MEMO),
        ("Stay here", "/"),
    ]


def fire_approval(session: Session, case: Case, row: Feedback, scene: Scene, now: datetime) -> None:
    decide_request(session, case.id, row.id, "approve", actor=scene.actor("greta"), now=now)
    session.commit()


def test_a_preview_says_the_address_beside_the_words(
    enter: Enter, case: Case, session: Session, scene: Scene, now: datetime
) -> None:
    proposal = Proposal((scene.id("erin"),), "", ("leadership",))
    (row,) = propose_givers(session, case.id, proposal, actor=scene.actor("ben"), now=now)
    fire_approval(session, case, row, scene, now)
    form = {"done": f"[the memo]({MEMO}) <{MEMO}>"}
    answer = enter("erin").post(f"/cases/{case.id}/feedback/{row.id}/preview", data=form)
    assert soup(answer).select("a") == []
    assert " ".join(soup(answer).select(".serif")[0].get_text().split()) == f"the memo ({MEMO}) {MEMO}"
